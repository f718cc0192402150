"""What is sent and answered, each shape once: the same schemas check what comes and fill the document.

Of JSON Schema they use what `api.http.reading` knows, and nothing else.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
SOURCE_ID = "^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$"
CURSOR = "^[A-Za-z0-9_-]{48}$"
# Printable ASCII, so that a key is the same text whatever stands between.
KEY = "^[\\x21-\\x7e]{1,200}$"


def text(longest: int, about: str = "", *, shortest: int = 0) -> Schema:
    """A text on its own terms: no longer than this."""
    said: Schema = {"type": "string", "maxLength": longest}
    if shortest:
        said["minLength"] = shortest
    return {**said, "description": about} if about else said


def an_id(about: str) -> Schema:
    """An id of ours."""
    return {"type": "string", "pattern": UUID, "description": about}


def date(about: str) -> Schema:
    """A date as ISO text."""
    return {"type": "string", "format": "date", "description": about}


def one_of(*values: str, about: str = "") -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(values), "description": about}


def many(items: Schema, longest: int | None = None, shortest: int = 0) -> Schema:
    """A list."""
    said: Schema = {"type": "array", "items": items}
    if longest is not None:
        said |= {"maxItems": longest, "minItems": shortest}
    return said


def thing(required: Schema, optional: Schema | None = None) -> Schema:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


STRING: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
DAY = or_null({"type": "string", "format": "date"})

# --- Sent ----------------------------------------------------------------------------------------

QUERY = thing(
    {},
    {
        "first": text(200, "First name."),
        "last": text(200, "Last name."),
        "born_on": date("Date of birth."),
        "birth_year": {"type": "integer", "minimum": 1850, "maximum": 2100},
        "postcode": text(20, "A whole postcode."),
        "nhs": text(20, "NHS number."),
        "parent": text(200, "A parent's name."),
        "expected_on": date("When a birth is expected."),
    },
)

INVOLVEMENT = thing(
    {
        "person_id": an_id("Whom it is about: somebody whom this token sees."),
        "kind": one_of("active", "universal", about="A named case, or one that every child has."),
        "role": text(100, "What they do for this person.", shortest=1),
    },
    {
        "staff_number": text(100, "The practitioner's staff number in your agency."),
        "contact_name": text(200, "Whom to ring, where that is nobody with an account here."),
        "contact_phone": text(50),
        "contact_email": text(200),
        "last_contact_on": date("The last contact."),
        "starts_on": date("The first day."),
        "ends_on": date("The first day on which it no longer holds."),
    },
)

NOTE = thing(
    {
        "staff_number": text(100, "Whose note it is: their staff number.", shortest=1),
        "people": many(an_id("Whom it is about."), 20, 1),
        "kind": one_of("worry", "contact", "strength"),
    },
    {
        "saw": text(5000, "What they saw or heard."),
        "thinks": text(5000, "What they think or feel."),
        "whose": text(200, "Whose words, where they are somebody else's."),
        "worried": {"type": "integer", "minimum": 0, "maximum": 10},
        "contact": one_of("visit", "call", "meeting", "missed appointment"),
        "child_seen": one_of("seen", "seen alone", "not seen"),
        "happened_on": date("When it happened; today where it is left out."),
        "happened_time": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
        "categories": many(text(100), 20),
        "audience": many(text(100), 20),
    },
)

RECEIPT = thing(
    {"outcome": one_of("filed", "refused")},
    {
        "reference": text(100, "Under which it stands with you, where it was filed.", shortest=1),
        "why": text(500, "Why it was refused, in words for whoever filed it.", shortest=1),
    },
)

# --- Told by webhook -----------------------------------------------------------------------------

TOLD = {
    "involvement.changed": "A line of yours is new, changed, confirmed or ended",
    "records.linked": "Two records were found to be one person",
    "records.unlinked": "Two records were found not to be one person",
    "note.to_be_filed": "A practitioner files a note into your system",
    "note.taken_back": "A note that you fetched was withdrawn, or is on the wrong person",
}


def told(name: str) -> Schema:
    """The body of a webhook: what kind of thing happened, when, and where to fetch it."""
    fetch = {"type": "string", "description": "The path to fetch from, with a cursor."}
    return thing({"type": one_of(name), "timestamp": STRING, "data": thing({"fetch": fetch})})


# --- Answered ------------------------------------------------------------------------------------

PROBLEM = thing(
    {
        "type": STRING,
        "title": STRING,
        "status": {"type": "integer"},
        "detail": {**STRING, "description": "One sentence that a person can read."},
    },
    {"field": {**STRING, "description": "The member or header that it is about."}},
)

FOUND = thing(
    {
        "results": many(
            thing(
                {
                    "id": an_id("The person."),
                    "name": STRING,
                    "born": {**STRING, "description": "The year of birth, where it is known."},
                    "district": {**STRING, "description": "The first half of the postcode."},
                    "why": {**STRING, "description": "What agrees with what was asked."},
                }
            ),
            5,
        ),
        "more": {**FLAG, "description": "Whether others agreed too."},
        "advice": many(STRING),
        "whom_to_ring": thing(
            {"name": STRING, "phone": STRING, "email": STRING, "out_of_hours_phone": STRING}
        ),
    }
)

PERSON = thing(
    {
        "id": an_id("The person; another id than was asked for where two records are one person."),
        "name": STRING,
        "born_on": DAY,
        "expected_on": DAY,
        "died_on": DAY,
        "school": STRING,
        "location_hidden": {**FLAG, "description": "Whether where they are is kept from you."},
        "plans": many(
            thing({"kind": STRING, "label": STRING, "since": DAY, "until": DAY, "source": STRING})
        ),
        "absences": many(
            thing(
                {
                    "source": STRING,
                    "kind": one_of(
                        "no record",
                        "not covered",
                        "silent",
                        "not shown",
                        about="No record: it names nobody. Not covered: it says nothing of people like "
                        "them. Silent: it has not reported, so that it says nothing. Not shown: "
                        "whatever it knows is shown to nobody else.",
                    ),
                    "why": {**STRING, "description": "Why they are not covered."},
                    "since": {**DAY, "description": "When it last reported."},
                }
            )
        ),
    }
)

LINE = thing(
    {
        "id": an_id("The line."),
        "name": STRING,
        "role": STRING,
        "agency": STRING,
        "phone": STRING,
        "email": STRING,
        "lead": {**FLAG, "description": "The one everyone rings first."},
        "kind": one_of("active", "universal"),
        "hidden": {**FLAG, "description": "Whether it would say where the person is."},
        "since": DAY,
        "until": DAY,
        "last_contact_on": DAY,
        "source": STRING,
        "as_of": STRING,
        "confirmed_at": or_null(STRING),
        "covered_by": STRING,
        "covering_phone": STRING,
    }
)

LINES = thing({"now": many(LINE), "before": many(LINE)})

TAKEN = thing({"id": an_id("The involvement, as it stands now.")})

SENT = thing(
    {
        "id": an_id("The note."),
        "again": {**FLAG, "description": "Whether it had been sent before under this key."},
    }
)

EVENTS = thing(
    {
        "events": many(
            thing(
                {
                    "id": an_id("The event."),
                    "kind": one_of(
                        "involvement changed",
                        "records linked",
                        "records unlinked",
                        "note to be filed",
                        "filed note taken back",
                        about="A filed note that was taken back was withdrawn or is on the wrong "
                        "person: take it off the record that it was filed on.",
                    ),
                    "person_id": an_id("Whom it is about."),
                    "involvement_id": or_null(an_id("The line that was changed.")),
                    "source_id": or_null(
                        {**STRING, "description": "Your own id for the line, where you have one."}
                    ),
                    "filing_id": or_null(an_id("The filing, where it is about a filed note.")),
                    "at": STRING,
                }
            )
        ),
        "cursor": {**STRING, "description": "Send it the next time, to go on after these."},
        "more": {**FLAG, "description": "Whether there is more now."},
    }
)

STAFF_NUMBER = or_null({**STRING, "description": "In your agency; null for anybody else's staff."})

FILINGS = thing(
    {
        "filings": many(
            thing(
                {
                    "id": an_id("The filing: send the receipt under it."),
                    "note_id": an_id("The note: the same for all of its revisions."),
                    "revision": {"type": "integer", "minimum": 1},
                    "replaces": or_null(
                        {**STRING, "description": "Your reference of an earlier revision."}
                    ),
                    "kind": one_of("worry", "contact", "strength"),
                    "written_at": STRING,
                    "revised_at": STRING,
                    "happened_on": {"type": "string", "format": "date"},
                    "happened_time": or_null(STRING),
                    "described": {**STRING, "description": "Who is meant, in the author's words."},
                    "saw": {**STRING, "description": "What the author saw or heard."},
                    "thinks": {**STRING, "description": "What the author thinks or feels."},
                    "whose": {**STRING, "description": "Whose words, where somebody else's."},
                    "worried": or_null({"type": "integer"}),
                    "contact": or_null(STRING),
                    "child_seen": or_null(STRING),
                    "categories": many(STRING),
                    "only_for": {
                        **many(STRING),
                        "description": "The kinds of agency that it was narrowed to; none: all.",
                    },
                    "author": thing(
                        {
                            "name": STRING,
                            "job": STRING,
                            "agency": STRING,
                            "staff_number": STAFF_NUMBER,
                        }
                    ),
                    "people": many(
                        thing(
                            {
                                "id": an_id("Whom it is about."),
                                "name": STRING,
                                "born_on": DAY,
                                "source_ids": {
                                    **many(STRING),
                                    "description": "Your own ids of your lines about them.",
                                },
                            }
                        )
                    ),
                    "filed_by": thing({"name": STRING, "staff_number": STAFF_NUMBER}),
                    "filed_at": STRING,
                }
            ),
            20,
        ),
        "cursor": {**STRING, "description": "Send it the next time, to go on after these."},
        "more": {**FLAG, "description": "Whether there is more now."},
    }
)
