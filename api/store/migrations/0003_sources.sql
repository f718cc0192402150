-- Where facts come from. A feed's load is staged row by row and appears by raising
-- sources.current_load: a fact is live while since_load <= current_load < until_load.

CREATE TABLE sources (
    id {text} PRIMARY KEY,
    code {text} NOT NULL UNIQUE,
    name {text} NOT NULL,
    kind {text} NOT NULL CHECK (kind IN ('feed', 'practitioners')),
    agency_id {text} REFERENCES agencies (id),
    owner {text} NOT NULL,
    justification {text} NOT NULL,
    legal_basis {text} NOT NULL,
    coverage {text} NOT NULL,
    report_every_days {int},
    -- the source that is trusted to say that a person exists
    makes_people {int} NOT NULL CHECK (makes_people IN (0, 1)),
    -- how the columns of its files are read (see api/facts/mapping.py); empty where there are none
    mapping {text} NOT NULL,
    current_load {int} NOT NULL,
    reported_at {text},
    made_at {text} NOT NULL
) {strict};

CREATE TABLE loads (
    source_id {text} NOT NULL REFERENCES sources (id),
    number {int} NOT NULL,
    -- the load that stood before, to which undoing goes back
    previous {int} NOT NULL,
    file_name {text} NOT NULL,
    digest {text} NOT NULL,
    state {text} NOT NULL CHECK (state IN ('staging', 'live', 'undone', 'failed')),
    read_rows {int} NOT NULL,
    taken_rows {int} NOT NULL,
    waiting_rows {int} NOT NULL,
    started_at {text} NOT NULL,
    -- a load that was not touched for some minutes has died, and the next one may begin
    touched_at {text} NOT NULL,
    finished_at {text},
    made_by {text} NOT NULL,
    PRIMARY KEY (source_id, number)
) {strict};

-- One load of a source at a time: the second one is refused by this index.
CREATE UNIQUE INDEX loads_staging ON loads (source_id) WHERE state = 'staging';

-- Rows that could not be taken: the row itself is words, because it holds a person's facts.
CREATE TABLE waiting_rows (
    id {text} PRIMARY KEY,
    source_id {text} NOT NULL REFERENCES sources (id),
    load_number {int} NOT NULL,
    line {int} NOT NULL,
    reason {text} NOT NULL,
    words_id {text} NOT NULL REFERENCES words (id),
    made_at {text} NOT NULL,
    settled_at {text},
    settled_by {text}
) {strict};

CREATE INDEX waiting_rows_by_source ON waiting_rows (source_id, load_number);
