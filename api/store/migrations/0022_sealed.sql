-- What somebody in a sensitive service may say of themselves, and to whom: reveals, the relay, and
-- asking the circle.

-- On which basis in law somebody says that they support a person. The list is the authority's own: these
-- are to begin with, and founding with a list of its own takes their place.
CREATE TABLE bases (
    code {text} PRIMARY KEY,
    label {text} NOT NULL,
    law {text} NOT NULL,
    position {int} NOT NULL
) {strict};

INSERT INTO bases (code, label, law, position) VALUES
    ('harm', 'A child may come to significant harm', 'Children Act 1989 s47; UK GDPR 6(1)(c), 9(2)(g)', 0),
    ('welfare', 'To safeguard or promote a child''s welfare', 'Children Act 2004 s10, s11; UK GDPR 6(1)(e), 9(2)(g)', 1),
    ('agreed', 'They know, and agree that it is said', 'Common law of confidence; UK GDPR 6(1)(e), 9(2)(g)', 2),
    ('vital', 'To protect somebody''s life', 'UK GDPR 6(1)(d), 9(2)(c)', 3);

-- The basis of a purpose, as the authority's list said it then.
ALTER TABLE grants ADD COLUMN basis {text};

-- Somebody in a sensitive service shows their own involvement: to the circle, or to one in it.
CREATE TABLE reveals (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    -- null: to the circle
    to_id {text} REFERENCES practitioners (id),
    basis {text} NOT NULL REFERENCES bases (code),
    law {text} NOT NULL,
    words_id {text} NOT NULL REFERENCES words (id),
    made_at {text} NOT NULL,
    ended_at {text}
) {strict};

CREATE INDEX reveals_by_person ON reveals (person_id);
CREATE INDEX reveals_by_practitioner ON reveals (practitioner_id, made_at);

-- "Would anyone else who supports this child ring me?"
CREATE TABLE asks (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    asked_by {text} NOT NULL REFERENCES practitioners (id),
    words_id {text} REFERENCES words (id),
    made_at {text} NOT NULL,
    until {text} NOT NULL,
    ended_at {text}
) {strict};

CREATE INDEX asks_by_person ON asks (person_id);

CREATE TABLE answers (
    id {text} PRIMARY KEY,
    ask_id {text} NOT NULL REFERENCES asks (id),
    answered_by {text} NOT NULL REFERENCES practitioners (id),
    voice {text} NOT NULL CHECK (voice IN ('named', 'relay')),
    words_id {text} REFERENCES words (id),
    made_at {text} NOT NULL,
    -- through the relay: the next full hour, so that its moment says nothing of who wrote it
    shown_at {text} NOT NULL,
    taken_back_at {text},
    -- who answers by name from a sensitive service reveals themselves to who asked
    reveal_id {text} REFERENCES reveals (id)
) {strict};

CREATE INDEX answers_by_ask ON answers (ask_id);

-- What the general number is told to reach who wrote through the relay.
CREATE TABLE relays (
    reference {text} PRIMARY KEY,
    note_id {text} REFERENCES notes (id),
    answer_id {text} REFERENCES answers (id),
    CHECK ((note_id IS NULL) <> (answer_id IS NULL))
) {strict};

CREATE UNIQUE INDEX relays_by_note ON relays (note_id) WHERE note_id IS NOT NULL;
CREATE UNIQUE INDEX relays_by_answer ON relays (answer_id) WHERE answer_id IS NOT NULL;

-- That somebody rang the general number with a reference: their name, number and words.
CREATE TABLE relay_calls (
    id {text} PRIMARY KEY,
    reference {text} NOT NULL REFERENCES relays (reference),
    words_id {text} NOT NULL REFERENCES words (id),
    passed_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL
) {strict};

CREATE INDEX relay_calls_by_reference ON relay_calls (reference, made_at);

ALTER TABLE outbox ADD COLUMN reveal_id {text} REFERENCES reveals (id);
ALTER TABLE outbox ADD COLUMN ask_id {text} REFERENCES asks (id);
ALTER TABLE outbox ADD COLUMN answer_id {text} REFERENCES answers (id);
ALTER TABLE outbox ADD COLUMN call_id {text} REFERENCES relay_calls (id);
