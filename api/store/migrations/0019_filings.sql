-- Notes that somebody filed into their own agency's case-management system. The system fetches them and
-- answers with its reference; each revision is filed once.

CREATE TABLE filings (
    id {text} PRIMARY KEY,
    note_id {text} NOT NULL REFERENCES notes (id),
    revision {int} NOT NULL,
    -- the system: the source of its tokens
    source_id {text} NOT NULL REFERENCES sources (id),
    filed_by {text} NOT NULL REFERENCES practitioners (id),
    filed_at {text} NOT NULL,
    state {text} NOT NULL CHECK (state IN ('waiting', 'filed', 'refused')),
    -- of what the system fetched last
    digest {text},
    fetched_at {text},
    settled_at {text},
    reference {text},
    -- why the system refused it
    words_id {text} REFERENCES words (id)
) {strict};

CREATE UNIQUE INDEX filings_once ON filings (note_id, source_id, revision);
CREATE INDEX filings_waiting ON filings (source_id) WHERE state = 'waiting';

-- Whom a filed note was about, for finding receipts by person.
CREATE TABLE filing_subjects (
    filing_id {text} NOT NULL REFERENCES filings (id),
    person_id {text} NOT NULL REFERENCES people (id),
    PRIMARY KEY (filing_id, person_id)
) {strict};

CREATE INDEX filing_subjects_by_person ON filing_subjects (person_id);

-- That a note is to be filed is heard by one system.
ALTER TABLE happenings ADD COLUMN filing_id {text} REFERENCES filings (id);
ALTER TABLE happenings ADD COLUMN source_id {text} REFERENCES sources (id);
CREATE INDEX happenings_by_filing ON happenings (filing_id, number) WHERE filing_id IS NOT NULL;

-- Where a system is told that there is something to fetch. What was told is a place in the order of
-- what happened: all up to there was taken.
CREATE TABLE webhooks (
    id {text} PRIMARY KEY,
    source_id {text} NOT NULL REFERENCES sources (id),
    agency_id {text} NOT NULL REFERENCES agencies (id),
    url {text} NOT NULL,
    place {int} NOT NULL,
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    ended_by {text},
    ended_at {text},
    next_at {text} NOT NULL,
    attempts {int} NOT NULL,
    told_at {text},
    failing_since {text},
    why {text},
    -- given up, until an administrator starts it again
    stopped_at {text}
) {strict};

CREATE INDEX webhooks_due ON webhooks (next_at) WHERE ended_at IS NULL AND stopped_at IS NULL;
CREATE INDEX webhooks_by_source ON webhooks (source_id);

-- The secrets that it is signed with, wrapped in the vault; one that was replaced goes on for a while.
CREATE TABLE webhook_secrets (
    id {text} PRIMARY KEY,
    webhook_id {text} NOT NULL REFERENCES webhooks (id),
    made_at {text} NOT NULL,
    until {text}
) {strict};

CREATE INDEX webhook_secrets_by_webhook ON webhook_secrets (webhook_id);
