-- How long an agency keeps what it wrote about somebody, what holds it longer, and what was forgotten.

-- "From which day, how many years": then somebody looks at it and decides. A rule without a kind of agency
-- holds where no other does; one with a plan or a category for whoever has been on it, or has such a note.
CREATE TABLE retention_rules (
    code {text} PRIMARY KEY,
    label {text} NOT NULL,
    plan_kind {text} REFERENCES plan_kinds (code),
    category {text} REFERENCES categories (code),
    counts_from {text} NOT NULL CHECK (counts_from IN ('birth', 'last contact', 'closure', 'death')),
    years {int} NOT NULL CHECK (years BETWEEN 1 AND 150),
    position {int} NOT NULL
) {strict};

-- To which kinds of agency a rule applies. No row: to every kind.
CREATE TABLE retention_rule_kinds (
    rule {text} NOT NULL REFERENCES retention_rules (code),
    agency_kind {text} NOT NULL REFERENCES agency_kinds (code),
    PRIMARY KEY (rule, agency_kind)
) {strict};

-- While one stands nothing about the person is forgotten, by anybody. A death starts one by itself.
CREATE TABLE holds (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    kind {text} NOT NULL CHECK (kind IN ('inquiry', 'court', 'died', 'other')),
    -- of whoever placed it; null where nobody did
    agency_id {text} REFERENCES agencies (id),
    words_id {text} REFERENCES words (id),
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    lifted_by {text},
    lifted_at {text},
    lifted_words_id {text} REFERENCES words (id),
    CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
) {strict};

CREATE INDEX holds_by_person ON holds (person_id);

-- What fell due and is kept on, until when and why. No agency: the person, for all of them.
CREATE TABLE keepings (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    agency_id {text} REFERENCES agencies (id),
    until {text} NOT NULL,
    words_id {text} NOT NULL REFERENCES words (id),
    made_by {text} NOT NULL,
    made_at {text} NOT NULL
) {strict};

CREATE INDEX keepings_by_person ON keepings (person_id);

-- Somebody asks that a person, or an agency's notes about one, be forgotten; somebody else signs. The row
-- stays when they are: it holds ids, and its reason opens no more.
CREATE TABLE forgettings (
    id {text} PRIMARY KEY,
    -- the record as it was; it refers to nothing once it is done
    person_id {text} NOT NULL,
    -- whose notes; null: the person
    agency_id {text} REFERENCES agencies (id),
    words_id {text} NOT NULL REFERENCES words (id),
    asked_by {text} NOT NULL,
    asked_at {text} NOT NULL,
    state {text} NOT NULL CHECK (state IN ('asked', 'done', 'taken back')),
    ended_by {text},
    ended_at {text},
    CHECK ((state = 'asked') = (ended_at IS NULL)),
    CHECK (state <> 'done' OR ended_by <> asked_by)
) {strict};

CREATE UNIQUE INDEX forgettings_open ON forgettings (person_id, COALESCE(agency_id, '')) WHERE state = 'asked';

-- What becomes of a note that is about others too: kept as it is for them, or without what is about the
-- person. `revision` is what it said when it was decided.
CREATE TABLE forgetting_notes (
    forgetting_id {text} NOT NULL REFERENCES forgettings (id),
    note_id {text} NOT NULL REFERENCES notes (id),
    revision {int} NOT NULL,
    decision {text} NOT NULL CHECK (decision IN ('keep', 'redact')),
    -- what it will say to the others
    words_id {text} REFERENCES words (id),
    decided_by {text} NOT NULL,
    decided_at {text} NOT NULL,
    PRIMARY KEY (forgetting_id, note_id),
    CHECK ((decision = 'redact') = (words_id IS NOT NULL))
) {strict};

-- A note that was erased leaves its author and its id.
ALTER TABLE notes RENAME COLUMN hidden TO hidden_as;
ALTER TABLE notes ADD COLUMN hidden {text} CHECK (hidden IN ('undone', 'wrong person', 'erased'));
UPDATE notes SET hidden = hidden_as;
ALTER TABLE notes DROP COLUMN hidden_as;
