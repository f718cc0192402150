-- Nobody looks unseen. Rows can be added and never changed; details are words, under a key that
-- erasure can take, while the row itself stays.

CREATE TABLE audit_events (
    id {text} PRIMARY KEY,
    at {text} NOT NULL,
    -- a practitioner's id, or the part of the system that acted ('worker', 'command line')
    actor {text} NOT NULL,
    agency_id {text},
    enrolment_id {text},
    action {text} NOT NULL,
    verdict {text} NOT NULL CHECK (verdict IN ('allowed', 'refused')),
    reason {text} NOT NULL,
    -- what was acted on, where that is not a person: a note, a device, a source
    object {text},
    words_id {text} REFERENCES words (id)
) {strict};

CREATE INDEX audit_events_by_actor ON audit_events (actor, at);
{append_only audit_events};

CREATE TABLE audit_subjects (
    event_id {text} NOT NULL REFERENCES audit_events (id),
    person_id {text} NOT NULL,
    PRIMARY KEY (event_id, person_id)
) {strict};

CREATE INDEX audit_subjects_by_person ON audit_subjects (person_id, event_id);
{append_only audit_subjects};
