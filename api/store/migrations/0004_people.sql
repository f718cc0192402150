-- People and the facts about them. A fact is an assertion by a source: never overwritten,
-- only replaced, withdrawn or outlived. {fact} is the block of columns that every fact has;
-- {live X} makes the view live_X of the facts that stand now.

CREATE TABLE people (
    id {text} PRIMARY KEY,
    -- Two records found to be one person share an identity; rows keep the id they were written
    -- with, so that the link can be taken back.
    identity_id {text} NOT NULL,
    made_at {text} NOT NULL,
    made_by {text},
    source_id {text} NOT NULL REFERENCES sources (id)
) {strict};

CREATE INDEX people_by_identity ON people (identity_id);
CREATE INDEX people_by_maker ON people (made_by);

CREATE TABLE identity_links (
    id {text} PRIMARY KEY,
    from_identity {text} NOT NULL,
    to_identity {text} NOT NULL,
    words_id {text} NOT NULL REFERENCES words (id),
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    undone_by {text},
    undone_at {text}
) {strict};

CREATE TABLE identity_moves (
    link_id {text} NOT NULL REFERENCES identity_links (id),
    person_id {text} NOT NULL REFERENCES people (id),
    PRIMARY KEY (link_id, person_id)
) {strict};

CREATE TABLE names (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    kind {text} NOT NULL CHECK (kind IN ('full', 'known as', 'former')),
    first {text} NOT NULL,
    last {text} NOT NULL,
    first_key {text} NOT NULL,
    last_key {text} NOT NULL,
    {fact}
) {strict};

CREATE INDEX names_by_person ON names (person_id);
CREATE INDEX names_by_key ON names (last_key, first_key);
CREATE INDEX names_by_first_key ON names (first_key);
{live names};

-- Birth, death and gender. Unborn: expected_on without born_on.
CREATE TABLE particulars (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    born_on {text},
    expected_on {text},
    died_on {text},
    gender {text} CHECK (gender IN ('female', 'male', 'other', 'unknown')),
    {fact}
) {strict};

CREATE INDEX particulars_by_person ON particulars (person_id);
CREATE INDEX particulars_by_birth ON particulars (born_on);
{live particulars};

CREATE TABLE identifiers (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    scheme {text} NOT NULL CHECK (scheme IN ('nhs', 'upn', 'local')),
    value {text} NOT NULL,
    {fact}
) {strict};

CREATE INDEX identifiers_by_person ON identifiers (person_id);
CREATE INDEX identifiers_by_value ON identifiers (scheme, value);
{live identifiers};

CREATE TABLE addresses (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    kind {text} NOT NULL CHECK (kind IN ('home', 'placement', 'other')),
    lines {text} NOT NULL,
    postcode {text} NOT NULL,
    {fact}
) {strict};

CREATE INDEX addresses_by_person ON addresses (person_id);
CREATE INDEX addresses_by_postcode ON addresses (postcode);
{live addresses};

-- "other is the (kind) of person". An adult who is only mentioned has a name and no record.
CREATE TABLE relationships (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    other_id {text} REFERENCES people (id),
    mentioned {text},
    kind {text} NOT NULL CHECK (kind IN ('mother', 'father', 'step-parent', 'parent''s partner',
        'brother or sister', 'grandparent', 'aunt or uncle', 'foster carer', 'carer', 'other')),
    parental_responsibility {text} NOT NULL CHECK (parental_responsibility IN ('yes', 'no', 'not known')),
    {fact},
    CHECK ((other_id IS NULL) <> (mentioned IS NULL))
) {strict};

CREATE INDEX relationships_by_person ON relationships (person_id);
CREATE INDEX relationships_by_other ON relationships (other_id);
{live relationships};

CREATE TABLE plans (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    kind {text} NOT NULL REFERENCES plan_kinds (code),
    {fact}
) {strict};

CREATE INDEX plans_by_person ON plans (person_id);
{live plans};

CREATE TABLE involvements (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    agency_id {text} NOT NULL REFERENCES agencies (id),
    practitioner_id {text} REFERENCES practitioners (id),
    kind {text} NOT NULL CHECK (kind IN ('active', 'universal')),
    role {text} NOT NULL,
    lead {int} NOT NULL CHECK (lead IN (0, 1)),
    -- who the source says to ring, where that is not a practitioner with an account here
    contact_name {text},
    contact_phone {text},
    contact_email {text},
    last_contact_on {text},
    confirmed_at {text},
    confirmed_by {text},
    -- Only the first three admit to the circle; the rest is directory information.
    asserted_by {text} NOT NULL CHECK (asserted_by IN ('agency', 'supervisor', 'lead', 'self', 'other source')),
    {fact}
) {strict};

CREATE INDEX involvements_by_person ON involvements (person_id);
CREATE INDEX involvements_by_practitioner ON involvements (practitioner_id);
CREATE INDEX involvements_by_agency ON involvements (agency_id, kind);
CREATE INDEX involvements_by_source_key ON involvements (source_key, source_id);
{live involvements};

-- Ended or lifted, never deleted.
CREATE TABLE restrictions (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    words_id {text} NOT NULL REFERENCES words (id),
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    ended_by {text},
    ended_at {text},
    -- An echo: somebody who may not know of a restricted person (echo_of) added them anew. Their record
    -- is closed like that person's, to all but who added it (but_for), to whom it reads as new.
    echo_of {text} REFERENCES people (id),
    but_for {text} REFERENCES practitioners (id),
    CHECK ((echo_of IS NULL) = (but_for IS NULL))
) {strict};

CREATE INDEX restrictions_by_person ON restrictions (person_id);
CREATE INDEX restrictions_open ON restrictions (person_id) WHERE ended_at IS NULL;
CREATE INDEX restrictions_by_echo ON restrictions (echo_of) WHERE echo_of IS NOT NULL;

CREATE TABLE restriction_names (
    restriction_id {text} NOT NULL REFERENCES restrictions (id),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    PRIMARY KEY (restriction_id, practitioner_id)
) {strict};

CREATE INDEX restriction_names_by_practitioner ON restriction_names (practitioner_id);

-- Where a person is (address, school, GP, placement, team, area), hidden from somebody.
CREATE TABLE protections (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    -- who it is hidden from, and why, in words
    words_id {text} NOT NULL REFERENCES words (id),
    made_by {text} NOT NULL,
    made_at {text} NOT NULL,
    ended_by {text},
    ended_at {text}
) {strict};

CREATE INDEX protections_by_person ON protections (person_id);

CREATE TABLE protection_names (
    protection_id {text} NOT NULL REFERENCES protections (id),
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    PRIMARY KEY (protection_id, practitioner_id)
) {strict};

-- Own family, a neighbour: such a person is closed to this practitioner.
CREATE TABLE conflicts (
    id {text} PRIMARY KEY,
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    person_id {text} NOT NULL REFERENCES people (id),
    declared_at {text} NOT NULL,
    ended_by {text},
    ended_at {text}
) {strict};

CREATE INDEX conflicts_by_practitioner ON conflicts (practitioner_id, person_id);
CREATE INDEX conflicts_by_person ON conflicts (person_id);

-- Sight for a while: a purpose (directory view for the shift), or duty's taking on (circle, 72 hours).
CREATE TABLE grants (
    id {text} PRIMARY KEY,
    practitioner_id {text} NOT NULL REFERENCES practitioners (id),
    person_id {text} NOT NULL REFERENCES people (id),
    kind {text} NOT NULL CHECK (kind IN ('purpose', 'taken on')),
    purpose {text} REFERENCES purposes (code),
    words_id {text} REFERENCES words (id),
    made_at {text} NOT NULL,
    until {text} NOT NULL,
    ended_at {text}
) {strict};

CREATE INDEX grants_by_practitioner ON grants (practitioner_id, person_id);
CREATE INDEX grants_by_person ON grants (person_id);
