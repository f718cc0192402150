-- Somebody asks for a copy of what is kept about a person (UK GDPR, Articles 12 and 15). Each of its items
-- belongs to the agency that controls it, which decides about it.

-- Why an item, or a part of one, is not given. What the law says stands beside it, so that an authority
-- can put the list right. `parent` is 1 where it holds only if somebody asks for another person.
CREATE TABLE exemptions (
    code {text} PRIMARY KEY,
    label {text} NOT NULL,
    law {text} NOT NULL,
    parent {int} NOT NULL CHECK (parent IN (0, 1)),
    position {int} NOT NULL
) {strict};

INSERT INTO exemptions VALUES
    ('third party', 'It is about somebody else, who has not agreed', 'Data Protection Act 2018, Schedule 2, paragraph 16', 0, 1),
    ('harm social work', 'Giving it would be likely to cause serious harm (social work)', 'Data Protection Act 2018, Schedule 3, paragraph 11', 0, 2),
    ('harm health', 'Giving it would be likely to cause serious harm (health; a health professional was asked)', 'Data Protection Act 2018, Schedule 3, paragraphs 5 and 6', 0, 3),
    ('harm education', 'Giving it would be likely to cause serious harm (education)', 'Data Protection Act 2018, Schedule 3, paragraph 19', 0, 4),
    ('child abuse', 'It is about abuse of a child, and giving it is not in their best interests', 'Data Protection Act 2018, Schedule 3, paragraph 21', 1, 5),
    ('wishes', 'The person said it expecting that whoever asks would not be told', 'Data Protection Act 2018, Schedule 3, paragraphs 4 and 10', 1, 6),
    ('crime', 'Giving it would be likely to prejudice preventing or detecting a crime', 'Data Protection Act 2018, Schedule 2, paragraph 2', 0, 7),
    ('privilege', 'It is legal advice, or part of legal proceedings', 'Data Protection Act 2018, Schedule 2, paragraph 19', 0, 8);

CREATE TABLE requests (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    received_on {text} NOT NULL,
    -- who asks: the person, a parent, or somebody else with authority
    asker {text} NOT NULL CHECK (asker IN ('person', 'parent', 'other')),
    -- who that is, how to reach them and what they asked for
    words_id {text} NOT NULL REFERENCES words (id),
    -- the agency of whoever took it: shown to nobody, because it may be a sensitive one
    agency_id {text} NOT NULL REFERENCES agencies (id),
    made_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL,
    -- proof of identity was asked for: the clock waits until it was seen
    identity_asked_on {text},
    identity_on {text},
    -- an extension that the asker was told of
    extended_on {text},
    extended_words_id {text} REFERENCES words (id),
    overdue_at {text},
    -- what is held was put together
    gathered_at {text},
    ended_at {text},
    ended_by {text},
    outcome {text} CHECK (outcome IN ('given', 'refused', 'withdrawn')),
    outcome_words_id {text} REFERENCES words (id),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
) {strict};

CREATE INDEX requests_by_person ON requests (person_id);
CREATE INDEX requests_open ON requests (received_on) WHERE ended_at IS NULL;

-- What was checked; the newest of a kind stands.
CREATE TABLE request_checks (
    id {text} PRIMARY KEY,
    request_id {text} NOT NULL REFERENCES requests (id),
    kind {text} NOT NULL CHECK (kind IN ('identity', 'authority', 'wish', 'safety')),
    answer {text} NOT NULL,
    words_id {text} REFERENCES words (id),
    made_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL
) {strict};

CREATE INDEX request_checks_by_request ON request_checks (request_id, made_at);

-- The pack that all services share is the part 'main'. A sensitive agency decides about a part of its own,
-- which carries its id, and which nobody else knows of.
CREATE TABLE request_parts (
    request_id {text} NOT NULL REFERENCES requests (id),
    part {text} NOT NULL,
    governance_by {text} REFERENCES practitioners (id),
    governance_at {text},
    controller_by {text} REFERENCES practitioners (id),
    controller_at {text},
    handed_by {text} REFERENCES practitioners (id),
    handed_at {text},
    PRIMARY KEY (request_id, part),
    CHECK (governance_by IS NULL OR controller_by IS NULL OR governance_by <> controller_by)
) {strict};

CREATE TABLE request_items (
    id {text} PRIMARY KEY,
    request_id {text} NOT NULL REFERENCES requests (id),
    part {text} NOT NULL,
    -- its number in its part
    number {int} NOT NULL,
    kind {text} NOT NULL,
    -- the row that it is
    ref {text} NOT NULL,
    -- who controls it; null for what the authority itself keeps
    agency_id {text} REFERENCES agencies (id),
    -- who wrote it; of what nobody there wrote, who of that agency supports the person
    author_id {text} REFERENCES practitioners (id),
    -- the note that it is, or answers
    note_id {text} REFERENCES notes (id),
    day {text} NOT NULL,
    decision {text} CHECK (decision IN ('given', 'withheld', 'blacked out')),
    exemption {text} REFERENCES exemptions (code),
    -- whether the reader is told that it is held back: to be told can be what must not be told
    told {int} NOT NULL CHECK (told IN (0, 1)),
    -- the reason, and what is blacked out
    words_id {text} REFERENCES words (id),
    decided_by {text} REFERENCES practitioners (id),
    decided_at {text},
    UNIQUE (request_id, part, number),
    CHECK ((decision IS NULL) = (decided_at IS NULL)),
    CHECK (decision IS NULL OR decision = 'given' OR exemption IS NOT NULL)
) {strict};

CREATE INDEX request_items_by_agency ON request_items (agency_id) WHERE decision IS NULL;

ALTER TABLE outbox ADD COLUMN request_id {text} REFERENCES requests (id);
