-- Rows that may be about somebody who is here, and what data stewards decided of them.

-- A record that stands for one row of this source: what the row says hangs on it, and a link makes it
-- somebody. Whoever takes the decision back undoes the link.
ALTER TABLE people ADD COLUMN row_of {text} REFERENCES sources (id);

-- How a row that waits is known again: the source's own id of it, or else a keyed digest of what it
-- says of whom it is about; and that digest in any case.
ALTER TABLE waiting_rows ADD COLUMN row_key {text};
ALTER TABLE waiting_rows ADD COLUMN digest {text};

-- Whom a row that waits may be about.
CREATE TABLE waiting_candidates (
    row_id {text} NOT NULL REFERENCES waiting_rows (id),
    person_id {text} NOT NULL REFERENCES people (id),
    PRIMARY KEY (row_id, person_id)
) {strict_by_key};

CREATE TABLE decisions (
    id {text} PRIMARY KEY,
    source_id {text} NOT NULL REFERENCES sources (id),
    row_key {text} NOT NULL,
    -- what the row said when it was decided; NULL where it holds whatever the row says
    digest {text},
    -- the same person as somebody, somebody new, none of those shown, or not whom it was taken for
    kind {text} NOT NULL CHECK (kind IN ('same', 'new', 'none', 'not')),
    -- the record that the row's facts hang on; NULL where they hang on none
    person_id {text} REFERENCES people (id),
    link_id {text} REFERENCES identity_links (id),
    line {int} NOT NULL,
    -- the row as it was, and why, where that was said
    words_id {text} NOT NULL REFERENCES words (id),
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    undone_by {text},
    undone_at {text}
) {strict};

-- A row is one person.
CREATE UNIQUE INDEX decisions_placing ON decisions (source_id, row_key)
    WHERE undone_at IS NULL AND person_id IS NOT NULL;
CREATE INDEX decisions_by_source ON decisions (source_id, made_at);
CREATE INDEX decisions_by_link ON decisions (link_id) WHERE link_id IS NOT NULL;

-- Who was shown when it was decided. Of 'none' and 'not' it is none of them.
CREATE TABLE decision_people (
    decision_id {text} NOT NULL REFERENCES decisions (id),
    person_id {text} NOT NULL REFERENCES people (id),
    PRIMARY KEY (decision_id, person_id)
) {strict_by_key};
