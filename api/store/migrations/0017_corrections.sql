-- What is said to be wrong: one row for each line while it waits for an answer, however many say so.
-- A difference is one too: a feed says otherwise than what somebody confirmed (`confirmed_id`).

CREATE TABLE corrections (
    id {text} PRIMARY KEY,
    -- whose line it is; `asserted_by` is who said it, where that was somebody by hand
    source_id {text} NOT NULL REFERENCES sources (id),
    asserted_by {text} REFERENCES practitioners (id),
    person_id {text} NOT NULL REFERENCES people (id),
    fact {text} NOT NULL CHECK (fact IN ('names', 'particulars', 'identifiers', 'addresses',
        'relationships', 'plans', 'involvements', 'details')),
    fact_id {text} NOT NULL,
    -- the sensitive agency behind the line: nobody else may know of it, nor of this
    sealed_agency {text} REFERENCES agencies (id),
    -- the line that somebody confirmed, and from which load on the source says otherwise
    confirmed_id {text},
    load_number {int},
    made_at {text} NOT NULL,
    due_on {text} NOT NULL,
    overdue_at {text},
    -- what the source's owner answered, with a reason in words
    answered_at {text},
    answered_by {text},
    answer {text} CHECK (answer IN ('put right', 'right', 'unknown', 'gone')),
    words_id {text} REFERENCES words (id),
    -- a difference is settled by who confirms one of both, or once it is gone
    settled_at {text},
    settled_by {text},
    CHECK ((answered_at IS NULL) = (answer IS NULL))
) {strict};

CREATE UNIQUE INDEX corrections_open ON corrections (fact_id) WHERE answered_at IS NULL;
CREATE INDEX corrections_by_person ON corrections (person_id);
CREATE INDEX corrections_by_source ON corrections (source_id, made_at);
CREATE INDEX corrections_due ON corrections (due_on) WHERE answered_at IS NULL AND overdue_at IS NULL;

-- Who said so, and what, in their own words too.
CREATE TABLE correction_says (
    id {text} PRIMARY KEY,
    correction_id {text} NOT NULL REFERENCES corrections (id),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    what {text} NOT NULL,
    words_id {text} REFERENCES words (id),
    made_at {text} NOT NULL
) {strict};

CREATE INDEX correction_says_by_correction ON correction_says (correction_id);
CREATE INDEX correction_says_by_practitioner ON correction_says (practitioner_id);

ALTER TABLE outbox ADD COLUMN correction_id {text} REFERENCES corrections (id);

-- In how many working days the owner of a source answers.
ALTER TABLE authority ADD COLUMN correction_days {int} NOT NULL DEFAULT 5;

-- Up to which load a source was compared with what was confirmed; none: it has to be again.
ALTER TABLE sources ADD COLUMN compared_load {int};

-- What was said by hand and stands: compared with what feeds say of the same people.
CREATE INDEX names_by_hand ON names (person_id) WHERE recorded_by IS NOT NULL AND replaced_by IS NULL;
CREATE INDEX particulars_by_hand ON particulars (person_id) WHERE recorded_by IS NOT NULL AND replaced_by IS NULL;
CREATE INDEX identifiers_by_hand ON identifiers (person_id) WHERE recorded_by IS NOT NULL AND replaced_by IS NULL;
CREATE INDEX addresses_by_hand ON addresses (person_id) WHERE recorded_by IS NOT NULL AND replaced_by IS NULL;
CREATE INDEX plans_by_hand ON plans (person_id) WHERE recorded_by IS NOT NULL AND replaced_by IS NULL;
CREATE INDEX involvements_by_hand ON involvements (person_id) WHERE recorded_by IS NOT NULL AND replaced_by IS NULL;
