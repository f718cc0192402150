-- Break-glass: who opened whose record in an emergency, why, and what another team found of it later.

CREATE TABLE glass (
    id {text} PRIMARY KEY,
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    -- where they worked then: a sensitive agency's is told and reviewed within that agency only
    agency_id {text} NOT NULL REFERENCES agencies (id),
    person_id {text} NOT NULL REFERENCES people (id),
    words_id {text} NOT NULL REFERENCES words (id),
    broken_at {text} NOT NULL,
    until {text} NOT NULL,
    -- ended by whoever opened it, before the hour was over
    ended_at {text},
    reviewed_by {text} REFERENCES practitioners (id),
    reviewed_at {text},
    outcome {text} CHECK (outcome IN ('justified', 'not justified')),
    review_words_id {text} REFERENCES words (id),
    CHECK ((reviewed_at IS NULL) = (outcome IS NULL))
) {strict};

-- None while a review of one's last is outstanding.
CREATE UNIQUE INDEX glass_outstanding ON glass (practitioner_id) WHERE reviewed_at IS NULL;
CREATE INDEX glass_by_practitioner ON glass (practitioner_id, person_id);
CREATE INDEX glass_by_person ON glass (person_id);

-- The teams of who opened it and of the lead then: their supervisors do not review it.
CREATE TABLE glass_teams (
    glass_id {text} NOT NULL REFERENCES glass (id),
    team_id {text} NOT NULL REFERENCES teams (id),
    PRIMARY KEY (glass_id, team_id)
) {strict};

-- A note on the wrong person: what was done about it, how it was closed, and that it is overdue.
ALTER TABLE breaches ADD COLUMN words_id {text} REFERENCES words (id);
ALTER TABLE breaches ADD COLUMN overdue_at {text};
CREATE INDEX breaches_due ON breaches (due_at) WHERE closed_at IS NULL AND overdue_at IS NULL;
CREATE INDEX breaches_by_note ON breaches (note_id);

CREATE TABLE breach_steps (
    id {text} PRIMARY KEY,
    breach_id {text} NOT NULL REFERENCES breaches (id),
    words_id {text} NOT NULL REFERENCES words (id),
    made_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL
) {strict};

CREATE INDEX breach_steps_by_breach ON breach_steps (breach_id, made_at);

-- An echo that a source's load made has nobody to whom it reads as new: the CHECK of 0004 is loosened.
ALTER TABLE restriction_names RENAME TO restriction_names_before;
ALTER TABLE restrictions RENAME TO restrictions_before;

CREATE TABLE restrictions (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    words_id {text} NOT NULL REFERENCES words (id),
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    ended_by {text},
    ended_at {text},
    -- An echo: somebody who may not know of a restricted person (echo_of) added them anew, or a source that
    -- never spoke of them. The record is closed like that person's, to all but who added it (but_for).
    echo_of {text} REFERENCES people (id),
    but_for {text} REFERENCES practitioners (id),
    CHECK (but_for IS NULL OR echo_of IS NOT NULL)
) {strict};

INSERT INTO restrictions (id, person_id, words_id, made_by, made_at, ended_by, ended_at, echo_of, but_for)
SELECT id, person_id, words_id, made_by, made_at, ended_by, ended_at, echo_of, but_for
FROM restrictions_before;

CREATE TABLE restriction_names (
    restriction_id {text} NOT NULL REFERENCES restrictions (id),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    PRIMARY KEY (restriction_id, practitioner_id)
) {strict};

INSERT INTO restriction_names (restriction_id, practitioner_id)
SELECT restriction_id, practitioner_id FROM restriction_names_before;

DROP TABLE restriction_names_before;
DROP TABLE restrictions_before;
CREATE INDEX restrictions_by_person ON restrictions (person_id);
CREATE INDEX restrictions_open ON restrictions (person_id) WHERE ended_at IS NULL;
CREATE INDEX restrictions_by_echo ON restrictions (echo_of) WHERE echo_of IS NOT NULL;
CREATE INDEX restriction_names_by_practitioner ON restriction_names (practitioner_id);
