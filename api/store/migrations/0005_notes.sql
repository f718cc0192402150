-- Notes: added to, never edited away. The client makes the id; the same id again is the same note.

CREATE TABLE notes (
    id {text} PRIMARY KEY,
    author_id {text} NOT NULL REFERENCES practitioners (id),
    -- the agency that controls the note: the author's when it was written
    agency_id {text} NOT NULL REFERENCES agencies (id),
    kind {text} NOT NULL CHECK (kind IN ('worry', 'contact', 'strength')),
    -- named, or kept to the author's own service; 'relay' is for sensitive authors
    voice {text} NOT NULL CHECK (voice IN ('named', 'own service', 'relay')),
    made_at {text} NOT NULL,
    -- gone from everyone's sight but the author's (and, for a wrong person, supervisor and governance)
    hidden {text} CHECK (hidden IN ('undone', 'wrong person'))
) {strict};

CREATE INDEX notes_by_author ON notes (author_id, made_at);

CREATE TABLE note_subjects (
    note_id {text} NOT NULL REFERENCES notes (id),
    person_id {text} NOT NULL REFERENCES people (id),
    -- Derived: the person's identity now, and the note's moment. They let the newest notes about
    -- somebody be read in order, however many there are. A link of identities moves the first.
    identity_id {text} NOT NULL,
    made_at {text} NOT NULL,
    PRIMARY KEY (note_id, person_id)
) {strict};

CREATE INDEX note_subjects_by_person ON note_subjects (person_id, note_id);
CREATE INDEX note_subjects_by_identity ON note_subjects (identity_id, made_at, note_id);

-- What was said: the first text is revision 1, a correction is the next, all stay.
CREATE TABLE note_revisions (
    note_id {text} NOT NULL REFERENCES notes (id),
    number {int} NOT NULL,
    words_id {text} NOT NULL REFERENCES words (id),
    worried {int} CHECK (worried BETWEEN 0 AND 10),
    contact {text} CHECK (contact IN ('visit', 'call', 'meeting', 'missed appointment')),
    child_seen {text} CHECK (child_seen IN ('seen', 'seen alone', 'not seen')),
    happened_on {text} NOT NULL,
    happened_time {text},
    made_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL,
    PRIMARY KEY (note_id, number)
) {strict};

CREATE TABLE note_categories (
    note_id {text} NOT NULL REFERENCES notes (id),
    category {text} NOT NULL REFERENCES categories (code),
    PRIMARY KEY (note_id, category)
) {strict};

-- Narrowed by the author to some kinds of agency. No row: not narrowed.
CREATE TABLE note_audience (
    note_id {text} NOT NULL REFERENCES notes (id),
    agency_kind {text} NOT NULL REFERENCES agency_kinds (code),
    PRIMARY KEY (note_id, agency_kind)
) {strict};

-- A withdrawal keeps the note, and says that and why its author takes it back.
CREATE TABLE note_withdrawals (
    note_id {text} NOT NULL REFERENCES notes (id),
    kind {text} NOT NULL CHECK (kind IN ('undone', 'withdrawn', 'wrong person')),
    words_id {text} REFERENCES words (id),
    made_by {text} NOT NULL REFERENCES practitioners (id),
    made_at {text} NOT NULL,
    PRIMARY KEY (note_id, kind)
) {strict};

CREATE TABLE note_marks (
    note_id {text} NOT NULL REFERENCES notes (id),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    mark {text} NOT NULL CHECK (mark IN ('read', 'noticed too', 'acted on')),
    made_at {text} NOT NULL,
    PRIMARY KEY (note_id, practitioner_id, mark)
) {strict};

CREATE TABLE replies (
    id {text} PRIMARY KEY,
    note_id {text} NOT NULL REFERENCES notes (id),
    author_id {text} NOT NULL REFERENCES practitioners (id),
    agency_id {text} NOT NULL REFERENCES agencies (id),
    differs {int} NOT NULL CHECK (differs IN (0, 1)),
    words_id {text} NOT NULL REFERENCES words (id),
    made_at {text} NOT NULL
) {strict};

CREATE INDEX replies_by_note ON replies (note_id, made_at);

-- A note on the wrong child is a breach: who had read it, and by when it must be dealt with.
CREATE TABLE breaches (
    id {text} PRIMARY KEY,
    note_id {text} NOT NULL REFERENCES notes (id),
    opened_by {text} NOT NULL REFERENCES practitioners (id),
    opened_at {text} NOT NULL,
    due_at {text} NOT NULL,
    closed_by {text},
    closed_at {text}
) {strict};

CREATE TABLE breach_readers (
    breach_id {text} NOT NULL REFERENCES breaches (id),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    read_at {text} NOT NULL,
    PRIMARY KEY (breach_id, practitioner_id)
) {strict};
