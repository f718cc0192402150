-- An agency opens when it has said under which agreement it shares, who controls what it writes, who
-- leads on safeguarding there and which two approve its devices. Staff undertake to use Inkling rightly,
-- and say whom of their own family it must be closed about.

-- null: being prepared; nobody of it is let in yet
ALTER TABLE agencies ADD COLUMN opened_at {text};
UPDATE agencies SET opened_at = made_at;

-- The newest one stands. An agency from before this was kept has none until somebody records it.
CREATE TABLE agreements (
    id {text} PRIMARY KEY,
    agency_id {text} NOT NULL REFERENCES agencies (id),
    agreement {text} NOT NULL,
    agreed_on {text} NOT NULL,
    review_on {text} NOT NULL,
    controller {text} NOT NULL,
    controller_contact {text} NOT NULL,
    safeguarding_lead_id {text} NOT NULL REFERENCES practitioners (id),
    first_approver_id {text} NOT NULL REFERENCES practitioners (id),
    second_approver_id {text} NOT NULL REFERENCES practitioners (id),
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    CHECK (first_approver_id <> second_approver_id)
) {strict};

CREATE INDEX agreements_by_agency ON agreements (agency_id, made_at);
{append_only agreements};

CREATE TABLE undertakings (
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    version {int} NOT NULL,
    made_at {text} NOT NULL,
    PRIMARY KEY (practitioner_id, version)
) {strict};

{append_only undertakings};

-- A practitioner's own family, household and neighbours, as they gave them: sealed, and gone when they
-- leave. Who is here of them is a declared conflict of interest.
CREATE TABLE own_family (
    id {text} PRIMARY KEY,
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    words_id {text} NOT NULL REFERENCES words (id),
    made_at {text} NOT NULL
) {strict};

CREATE INDEX own_family_by_practitioner ON own_family (practitioner_id);
