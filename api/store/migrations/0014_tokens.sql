-- Tokens of other systems. A token is an actor of one agency; only a hash of its secret is kept.

CREATE TABLE tokens (
    id {text} PRIMARY KEY,
    name {text} NOT NULL,
    agency_id {text} NOT NULL REFERENCES agencies (id),
    -- where its involvements come from: the tokens that one system has after another share it
    source_id {text} NOT NULL REFERENCES sources (id),
    -- what it may do, separated by spaces (see api/staff/tokens.py)
    scopes {text} NOT NULL,
    -- for what it looks people up, fixed for good
    purpose {text} NOT NULL REFERENCES purposes (code),
    secret_hash {text} NOT NULL UNIQUE,
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    expires_at {text} NOT NULL,
    used_at {text},
    revoked_by {text},
    revoked_at {text}
) {strict};

CREATE INDEX tokens_by_agency ON tokens (agency_id, name);

-- Whom a token looked up from outside, for its purpose: the directory view, until then.
CREATE TABLE token_looks (
    id {text} PRIMARY KEY,
    token_id {text} NOT NULL REFERENCES tokens (id),
    person_id {text} NOT NULL REFERENCES people (id),
    purpose {text} NOT NULL REFERENCES purposes (code),
    made_at {text} NOT NULL,
    until {text} NOT NULL
) {strict};

CREATE INDEX token_looks_by_token ON token_looks (token_id, person_id);
CREATE INDEX token_looks_by_person ON token_looks (person_id);

-- The keys under which notes were sent: the same key again is the same note. What was sent is kept as
-- a keyed digest, so that another note under the same key is refused.
CREATE TABLE token_notes (
    token_id {text} NOT NULL REFERENCES tokens (id),
    key_hash {text} NOT NULL,
    digest {text} NOT NULL,
    note_id {text} NOT NULL REFERENCES notes (id),
    made_at {text} NOT NULL,
    PRIMARY KEY (token_id, key_hash)
) {strict};
