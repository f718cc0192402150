-- What happened to an agency's own rows, for its systems to hear: ids, and no words. Numbers are given
-- after the commit, in one order, so that whoever has seen a number has seen all below it.

CREATE TABLE happenings (
    id {text} PRIMARY KEY,
    agency_id {text} NOT NULL REFERENCES agencies (id),
    kind {text} NOT NULL,
    person_id {text} NOT NULL REFERENCES people (id),
    involvement_id {text} REFERENCES involvements (id),
    made_at {text} NOT NULL,
    number {int}
) {strict};

CREATE UNIQUE INDEX happenings_by_number ON happenings (number);
CREATE INDEX happenings_by_agency ON happenings (agency_id, number);
CREATE INDEX happenings_waiting ON happenings (id) WHERE number IS NULL;

-- The ids that a source has for its involvements, each once: two that say something under the same id at
-- the same moment follow each other.
CREATE TABLE said_ids (
    source_id {text} NOT NULL REFERENCES sources (id),
    source_key {text} NOT NULL,
    said_at {text} NOT NULL,
    PRIMARY KEY (source_id, source_key)
) {strict};
