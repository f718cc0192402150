-- By what people are found. Names and days of a record, a row for each pair of words: it may say more
-- than stands, and whoever is found is compared with the facts. `day` is a date of birth, 'due ' and an
-- expected date, or nothing.

CREATE TABLE search_names (
    last {text} NOT NULL,
    first {text} NOT NULL,
    day {text} NOT NULL,
    person_id {text} NOT NULL REFERENCES people (id),
    PRIMARY KEY (last, first, day, person_id)
) {strict_by_key};

CREATE INDEX search_names_by_first ON search_names (first, last, day, person_id);
CREATE INDEX search_names_by_day ON search_names (day, last, first, person_id);
CREATE INDEX search_names_by_person ON search_names (person_id, last, first, day);

-- What people were found by before.
DROP INDEX names_by_first_key;

-- The words of names, each under what is left of it without a letter or two and what it sounds like.
CREATE TABLE search_keys (
    key {text} NOT NULL,
    word {text} NOT NULL,
    PRIMARY KEY (key, word)
) {strict_by_key};

-- While there is a row, whoever comes after this record was here before the index and is not in it
-- yet: the keys are made in Python, by `inkling migrate`.
CREATE TABLE search_backlog (
    after {text} NOT NULL
) {strict};

INSERT INTO search_backlog (after) SELECT '' WHERE EXISTS (SELECT 1 FROM people);
