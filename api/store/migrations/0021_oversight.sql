-- Watching over looks: the trail by day, looks that deserve a question and what became of it, and the
-- figures of months that have ended.

CREATE INDEX audit_events_by_day ON audit_events (at, action, actor);
CREATE INDEX grants_by_day ON grants (kind, made_at);
CREATE INDEX notes_by_day ON notes (made_at);

-- So many people's pages in one hour deserve a question.
ALTER TABLE authority ADD COLUMN many_in_an_hour {int} NOT NULL DEFAULT 20;

-- The days, in London, whose looks were gone through for what deserves a question.
CREATE TABLE watched_days (
    day {text} PRIMARY KEY,
    made_at {text} NOT NULL
) {strict};

CREATE TABLE questions (
    id {text} PRIMARY KEY,
    kind {text} NOT NULL CHECK (kind IN ('own surname', 'own family', 'own address', 'no involvement',
        'far from the area', 'many in an hour')),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    agency_id {text} NOT NULL REFERENCES agencies (id),
    -- whom they looked at; null where it is about how many
    person_id {text} REFERENCES people (id),
    day {text} NOT NULL,
    people {int} NOT NULL,
    made_at {text} NOT NULL,
    state {text} NOT NULL CHECK (state IN ('open', 'asked', 'settled'))
) {strict};

CREATE UNIQUE INDEX questions_once ON questions (practitioner_id, day, kind, (COALESCE(person_id, '')));
CREATE INDEX questions_by_state ON questions (state, day);
CREATE INDEX questions_by_person ON questions (person_id);

-- What was done about a question: asked, then settled. The words are sealed.
CREATE TABLE question_steps (
    id {text} PRIMARY KEY,
    question_id {text} NOT NULL REFERENCES questions (id),
    state {text} NOT NULL CHECK (state IN ('asked', 'settled')),
    outcome {text} CHECK (outcome IN ('a proper reason', 'a talk', 'taken further')),
    words_id {text} NOT NULL REFERENCES words (id),
    made_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL,
    CHECK ((state = 'settled') = (outcome IS NOT NULL))
) {strict};

CREATE INDEX question_steps_by_question ON question_steps (question_id, made_at);

-- Counted once, when a month has ended, and never again: what is counted later differs by whoever was
-- restricted or erased since, and the difference would tell of them.
CREATE TABLE figures (
    month {text} NOT NULL,
    name {text} NOT NULL,
    part {text} NOT NULL,
    number {int} NOT NULL,
    PRIMARY KEY (month, name, part)
) {strict};
