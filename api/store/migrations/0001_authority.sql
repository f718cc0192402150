-- The authority itself, the keys it holds, and the lists that it sets (data, not code).
-- One database is one authority. Tokens in braces are explained in store/migrations/__init__.py.

CREATE TABLE authority (
    id {text} PRIMARY KEY,
    name {text} NOT NULL,
    front_door {text} NOT NULL,
    front_door_phone {text} NOT NULL,
    front_door_email {text} NOT NULL,
    switchboard {text} NOT NULL,
    out_of_hours_phone {text} NOT NULL,
    shift_hours {int} NOT NULL CHECK (shift_hours BETWEEN 1 AND 24),
    directory_shows_plans {int} NOT NULL CHECK (directory_shows_plans IN (0, 1)),
    demo {int} NOT NULL CHECK (demo IN (0, 1)),
    master_version {int} NOT NULL,
    master_check {blob} NOT NULL,
    founded_at {text} NOT NULL
) {strict};

-- Keys wrapped by the master key. Destroying one (wrapped set to NULL) is what erasure means.
CREATE TABLE keys (
    id {text} PRIMARY KEY,
    kind {text} NOT NULL CHECK (kind IN ('person', 'period', 'system')),
    owner {text} NOT NULL,
    wrapped {blob},
    master_version {int} NOT NULL,
    made_at {text} NOT NULL,
    destroyed_at {text},
    UNIQUE (kind, owner)
) {strict};

-- Everything that somebody typed (notes, reasons, searches, drafts), encrypted under a key of its
-- own, which is wrapped once for each person (or period) whose erasure must take it along.
CREATE TABLE words (
    id {text} PRIMARY KEY,
    sealed {blob} NOT NULL
) {strict};

CREATE TABLE wraps (
    words_id {text} NOT NULL REFERENCES words (id),
    key_id {text} NOT NULL REFERENCES keys (id),
    wrapped {blob} NOT NULL,
    PRIMARY KEY (words_id, key_id)
) {strict};

CREATE INDEX wraps_by_key ON wraps (key_id);

CREATE TABLE agency_kinds (
    code {text} PRIMARY KEY,
    label {text} NOT NULL,
    -- a located agency gives away where a child is (school, nursery, GP): hidden with the address
    located {int} NOT NULL CHECK (located IN (0, 1)),
    position {int} NOT NULL
) {strict};

CREATE TABLE categories (
    code {text} PRIMARY KEY,
    label {text} NOT NULL,
    position {int} NOT NULL
) {strict};

-- Which kinds of agency see notes of a category. No row: every kind.
CREATE TABLE category_kinds (
    category {text} NOT NULL REFERENCES categories (code),
    agency_kind {text} NOT NULL REFERENCES agency_kinds (code),
    PRIMARY KEY (category, agency_kind)
) {strict};

CREATE TABLE plan_kinds (
    code {text} PRIMARY KEY,
    label {text} NOT NULL,
    legal {int} NOT NULL CHECK (legal IN (0, 1)),
    position {int} NOT NULL
) {strict};

CREATE TABLE purposes (
    code {text} PRIMARY KEY,
    label {text} NOT NULL,
    basis {text} NOT NULL,
    position {int} NOT NULL
) {strict};
