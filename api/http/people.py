"""People: looking for one, the directory view, and who supports them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Response

from api.facts import search
from api.http import reading, schemas
from api.http.house import Parameter, actor, answer, operation
from api.record import systems
from api.record.involvements import Line

PERSON_ID = Parameter("person_id", "path", schemas.an_id("The person."), "The person.")
IF_NONE_MATCH = Parameter(
    "If-None-Match",
    "header",
    {"type": "string"},
    "The ETag of an earlier answer: where nothing changed for you, 304 comes without a body.",
    required=False,
)


@operation(
    "POST",
    "/people/search",
    scope="people:search",
    summary="Look for one person",
    about="Both names and something that says who is meant (a date of birth, a birth year with a "
    "postcode, a parent, an expected date), or an NHS number. At most five results; your agency's own "
    "people are found by the same rules. What was asked is kept, sealed, with whom it showed.",
    sent=schemas.QUERY,
    answers={200: ("Whoever agrees, and whom to ring", schemas.FOUND)},
    refusals=(400, 413, 415, 422),
)
def search_people() -> Response:
    """Look for one person."""
    found = search.find(actor(), search.Query(**reading.body(schemas.QUERY)))
    return answer(
        {
            "results": [
                {
                    "id": result.person_id,
                    "name": result.name,
                    "born": result.born,
                    "district": result.district,
                    "why": result.why,
                }
                for result in found.results
            ],
            "more": found.more,
            "advice": list(found.advice),
            "whom_to_ring": asdict(found.whom_to_ring),
        }
    )


@operation(
    "GET",
    "/people/{person_id}",
    scope="people:read",
    summary="A person's directory view",
    about="One of your agency's own people, or somebody whom you look up: for your token's purpose, "
    "which holds for a shift, and of which the person's lead is told. No notes. A source that names "
    "nobody who supports them stands under absences, with what that means.",
    answers={
        200: ("The person", schemas.PERSON),
        304: ("Nothing changed for you", None),
    },
    refusals=(404,),
    parameters=(PERSON_ID, IF_NONE_MATCH),
)
def person(person_id: UUID) -> Response:
    """Give the directory view of a person."""
    child = systems.look(actor(), str(person_id))
    return answer(
        {
            "id": child.brief.id,
            "name": child.brief.name,
            "born_on": child.brief.born_on,
            "expected_on": child.brief.expected_on,
            "died_on": child.brief.died_on,
            "school": child.brief.school,
            "location_hidden": child.location_hidden,
            "plans": [
                {
                    "kind": plan.kind,
                    "label": plan.label,
                    "since": plan.since,
                    "until": plan.until,
                    "source": plan.source,
                }
                for plan in child.plans
            ],
            "absences": [
                {"source": one.source, "kind": one.kind, "why": one.why, "since": one.since}
                for one in child.absences
            ],
        }
    )


@operation(
    "GET",
    "/people/{person_id}/involvements",
    scope="people:read",
    summary="Who supports a person",
    about="Whom to ring, the lead first; who supported them before. That nobody stands here does not "
    "say that nobody is there: some services are never shown.",
    answers={
        200: ("Who supports them", schemas.LINES),
        304: ("Nothing changed for you", None),
    },
    refusals=(404,),
    parameters=(PERSON_ID, IF_NONE_MATCH),
)
def involvements(person_id: UUID) -> Response:
    """Give who supports a person."""
    child = systems.look(actor(), str(person_id))
    return answer(
        {
            "now": [_line(line) for line in child.circle],
            "before": [_line(line) for line in child.others],
        }
    )


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "role": line.role,
        "agency": line.agency,
        "phone": line.phone,
        "email": line.email,
        "lead": line.lead,
        "kind": "active" if line.active else "universal",
        "hidden": line.hidden,
        "since": line.since,
        "until": line.until,
        "last_contact_on": line.last_contact_on,
        "source": line.source,
        "as_of": line.as_of,
        "confirmed_at": line.confirmed_at,
        "covered_by": line.covered_by,
        "covering_phone": line.covering_phone,
    }
