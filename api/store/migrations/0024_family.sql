-- What a family is told, what they say themselves, and what is told to somebody outside.

-- Why something is not shared. On which basis something is, stands in `bases`. The list is the authority's
-- own: these are to begin with, and founding with a list of its own takes their place.
CREATE TABLE grounds (
    code {text} PRIMARY KEY,
    label {text} NOT NULL,
    law {text} NOT NULL,
    position {int} NOT NULL
) {strict};

INSERT INTO grounds (code, label, law, position) VALUES
    ('danger', 'It could put somebody in danger', 'Children Act 2004 s11; UK GDPR 5(1)(a)', 0),
    ('detriment', 'It would harm the child more than it helps', 'Children Act 2004 s11; UK GDPR 5(1)(a)', 1),
    ('not needed', 'They do not need it for what they do', 'UK GDPR 5(1)(c)', 2),
    ('not sure', 'It is not accurate, or not sure enough yet', 'UK GDPR 5(1)(d)', 3),
    ('confidence', 'It was said in confidence, and nobody is at risk', 'Common law of confidence', 4);

-- How families reach who answers complaints, and the data protection officer.
ALTER TABLE authority ADD COLUMN complaints_phone {text} NOT NULL DEFAULT '';
ALTER TABLE authority ADD COLUMN complaints_email {text} NOT NULL DEFAULT '';
ALTER TABLE authority ADD COLUMN data_protection_phone {text} NOT NULL DEFAULT '';
ALTER TABLE authority ADD COLUMN data_protection_email {text} NOT NULL DEFAULT '';

-- Somebody decides to tell something to somebody outside, or not to.
CREATE TABLE shares (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    shared {int} NOT NULL CHECK (shared IN (0, 1)),
    -- not to give the family its sheet
    of_sheet {int} NOT NULL CHECK (of_sheet IN (0, 1)),
    -- as the authority's lists said it then
    basis {text} NOT NULL,
    law {text} NOT NULL,
    -- with whom, what and why
    words_id {text} NOT NULL REFERENCES words (id),
    agency_id {text} NOT NULL REFERENCES agencies (id),
    made_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL,
    CHECK (shared = 0 OR of_sheet = 0)
) {strict};

CREATE INDEX shares_by_person ON shares (person_id);

-- Somebody was given the sheet about a person.
CREATE TABLE sheets_given (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    language {text} NOT NULL,
    how {text} NOT NULL CHECK (how IN ('handed over', 'read out', 'shown', 'sent')),
    -- to whom
    words_id {text} NOT NULL REFERENCES words (id),
    agency_id {text} NOT NULL REFERENCES agencies (id),
    made_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL
) {strict};

CREATE INDEX sheets_given_by_person ON sheets_given (person_id);

-- What a person, or somebody of their family, says themselves. Nothing changes one: who sees it otherwise
-- by now says so in another.
CREATE TABLE statements (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    -- whose words, and the words
    words_id {text} NOT NULL REFERENCES words (id),
    agency_id {text} NOT NULL REFERENCES agencies (id),
    made_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL
) {strict};

CREATE INDEX statements_by_person ON statements (person_id);
