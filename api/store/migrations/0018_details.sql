-- What a service says of somebody beside who supports them (an admission, arrears, an offence), and
-- which kinds of agency see it. Kinds of details are named by the mappings of sources: a kind that the
-- authority opened to nobody is neither shown nor taken in.

CREATE TABLE details (
    id {text} PRIMARY KEY,
    person_id {text} NOT NULL REFERENCES people (id),
    -- the service that it is about, which need not be the owner of the source
    agency_id {text} NOT NULL REFERENCES agencies (id),
    kind {text} NOT NULL,
    label {text} NOT NULL,
    value {text} NOT NULL,
    -- the day that it speaks of, such as that of an offence
    happened_on {text},
    -- its place among the details of its mapping
    place {int} NOT NULL,
    {fact}
) {strict};

CREATE INDEX details_by_person ON details (person_id);
{live details};

CREATE TABLE detail_kinds (
    code {text} PRIMARY KEY,
    label {text} NOT NULL,
    position {int} NOT NULL
) {strict};

-- Which kinds of agency see details of a kind, and with which sight. No row: nobody.
CREATE TABLE detail_kind_agencies (
    detail_kind {text} NOT NULL REFERENCES detail_kinds (code),
    agency_kind {text} NOT NULL REFERENCES agency_kinds (code),
    sight {text} NOT NULL CHECK (sight IN ('circle', 'directory')),
    PRIMARY KEY (detail_kind, agency_kind)
) {strict};
