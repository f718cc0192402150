-- Who works here, with which roles, on which devices.

CREATE TABLE agencies (
    id {text} PRIMARY KEY,
    name {text} NOT NULL,
    kind {text} NOT NULL REFERENCES agency_kinds (code),
    sensitive {int} NOT NULL CHECK (sensitive IN (0, 1)),
    phone {text} NOT NULL,
    email {text} NOT NULL,
    made_at {text} NOT NULL,
    closed_at {text}
) {strict};

CREATE TABLE teams (
    id {text} PRIMARY KEY,
    agency_id {text} NOT NULL REFERENCES agencies (id),
    name {text} NOT NULL,
    -- the front door's duty team: may take on a person, hears of children without a lead
    duty {int} NOT NULL CHECK (duty IN (0, 1)),
    phone {text} NOT NULL,
    made_at {text} NOT NULL
) {strict};

CREATE TABLE practitioners (
    id {text} PRIMARY KEY,
    agency_id {text} NOT NULL REFERENCES agencies (id),
    team_id {text} REFERENCES teams (id),
    name {text} NOT NULL,
    job {text} NOT NULL,
    phone {text} NOT NULL,
    email {text} NOT NULL,
    -- how the agency's own systems know this person
    staff_number {text},
    joined_at {text} NOT NULL,
    left_at {text},
    UNIQUE (agency_id, staff_number)
) {strict};

CREATE INDEX practitioners_by_team ON practitioners (team_id);
CREATE INDEX practitioners_by_email ON practitioners (email);

CREATE TABLE roles (
    id {text} PRIMARY KEY,
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    role {text} NOT NULL CHECK (role IN ('practitioner', 'reporter', 'supervisor', 'safeguarding lead',
        'approver', 'data steward', 'governance lead', 'administrator')),
    scope {text} NOT NULL CHECK (scope IN ('authority', 'agency', 'team', 'source')),
    scope_id {text} NOT NULL,
    granted_by {text} NOT NULL,
    granted_at {text} NOT NULL,
    ended_at {text}
) {strict};

CREATE INDEX roles_by_practitioner ON roles (practitioner_id);
CREATE INDEX roles_by_scope ON roles (scope_id, role);

-- Half-open dates: from starts_on, up to but not including ends_on.
CREATE TABLE covers (
    id {text} PRIMARY KEY,
    covered_id {text} NOT NULL REFERENCES practitioners (id),
    covering_id {text} NOT NULL REFERENCES practitioners (id),
    starts_on {text} NOT NULL,
    ends_on {text} NOT NULL,
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    ended_at {text},
    CHECK (covered_id <> covering_id)
) {strict};

CREATE INDEX covers_by_covering ON covers (covering_id);
CREATE INDEX covers_by_covered ON covers (covered_id);

CREATE TABLE invitations (
    id {text} PRIMARY KEY,
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    token_hash {text} NOT NULL UNIQUE,
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    expires_at {text} NOT NULL,
    used_at {text},
    withdrawn_at {text}
) {strict};

-- A device is a browser: known by a long-lived cookie, and by a delivery key that cannot leave it.
CREATE TABLE devices (
    id {text} PRIMARY KEY,
    cookie_hash {text} NOT NULL UNIQUE,
    kind {text} NOT NULL,
    delivery_key {blob},
    made_at {text} NOT NULL
) {strict};

CREATE TABLE credentials (
    id {text} PRIMARY KEY,
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    credential_id {blob} NOT NULL UNIQUE,
    public_key {blob} NOT NULL,
    sign_count {int} NOT NULL,
    transports {text} NOT NULL,
    backed_up {int} NOT NULL CHECK (backed_up IN (0, 1)),
    made_at {text} NOT NULL,
    used_at {text},
    revoked_at {text}
) {strict};

CREATE INDEX credentials_by_practitioner ON credentials (practitioner_id);

-- An enrolment lets one practitioner in on one device. The same passkey on another device makes
-- another, waiting enrolment, because passkeys are copied between phones.
CREATE TABLE enrolments (
    id {text} PRIMARY KEY,
    device_id {text} NOT NULL REFERENCES devices (id),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    credential_id {text} REFERENCES credentials (id),
    state {text} NOT NULL CHECK (state IN ('pending', 'approved', 'refused', 'revoked')),
    matching_code {text} NOT NULL,
    asked_at {text} NOT NULL,
    decided_by {text},
    decided_at {text},
    checked_how {text} CHECK (checked_how IN ('saw their screen', 'rang the number we hold',
        'command line', 'demo')),
    revoked_by {text},
    revoked_at {text},
    used_at {text}
) {strict};

CREATE INDEX enrolments_by_practitioner ON enrolments (practitioner_id, state);
CREATE INDEX enrolments_by_device ON enrolments (device_id, practitioner_id);
CREATE UNIQUE INDEX enrolments_open ON enrolments (device_id, practitioner_id)
    WHERE state IN ('pending', 'approved');

CREATE TABLE challenges (
    id {text} PRIMARY KEY,
    challenge {blob} NOT NULL,
    ceremony {text} NOT NULL CHECK (ceremony IN ('enrol', 'sign in', 'confirm')),
    -- what the answer is bound to: the invitation, nothing, or the session
    bound_to {text},
    made_at {text} NOT NULL,
    expires_at {text} NOT NULL,
    used_at {text}
) {strict};

CREATE INDEX challenges_by_expiry ON challenges (expires_at);

CREATE TABLE sessions (
    id {text} PRIMARY KEY,
    token_hash {text} NOT NULL UNIQUE,
    enrolment_id {text} NOT NULL REFERENCES enrolments (id),
    started_at {text} NOT NULL,
    touched_at {text} NOT NULL,
    ends_at {text} NOT NULL,
    confirmed_at {text},
    ended_at {text}
) {strict};

CREATE INDEX sessions_by_enrolment ON sessions (enrolment_id);

CREATE TABLE push_subscriptions (
    id {text} PRIMARY KEY,
    enrolment_id {text} NOT NULL REFERENCES enrolments (id),
    endpoint {text} NOT NULL,
    p256dh {text} NOT NULL,
    auth {text} NOT NULL,
    made_at {text} NOT NULL,
    dropped_at {text},
    dropped_why {text}
) {strict};

CREATE UNIQUE INDEX push_subscriptions_live ON push_subscriptions (endpoint) WHERE dropped_at IS NULL;
CREATE INDEX push_subscriptions_by_enrolment ON push_subscriptions (enrolment_id);

-- How often something was tried in a window of time: sign-in, enrolment, search.
CREATE TABLE attempts (
    bucket {text} NOT NULL,
    window_start {text} NOT NULL,
    tries {int} NOT NULL,
    PRIMARY KEY (bucket, window_start)
) {strict};
