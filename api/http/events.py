"""Events: what happened to an agency's own rows."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from api.errors import Invalid
from api.http import reading, schemas
from api.http.house import Parameter, actor, answer, operation
from api.telling import events as told

CURSOR = Parameter(
    "cursor",
    "query",
    {"type": "string", "pattern": schemas.CURSOR},
    "The cursor of the answer before; without one, from the beginning.",
    required=False,
)


@operation(
    "GET",
    "/events",
    scope="events:read",
    summary="What happened to your agency's own rows",
    about="Ids and no words, in order: going on from the last cursor misses nothing and repeats "
    "nothing. Feeds are not told again what they said.",
    answers={200: ("Events, up to 100", schemas.EVENTS), 304: ("Nothing changed for you", None)},
    refusals=(422,),
    parameters=(CURSOR,),
)
def events() -> Response:
    """Give what happened after a cursor."""
    page = told.after(actor(), given_cursor())
    return answer(
        {
            "events": [
                {
                    "id": one.id,
                    "kind": one.kind,
                    "person_id": one.person_id,
                    "involvement_id": one.involvement_id,
                    "source_id": one.source_key,
                    "filing_id": one.filing_id,
                    "at": one.made_at,
                }
                for one in page.events
            ],
            "cursor": page.cursor,
            "more": page.more,
        }
    )


def given_cursor() -> str:
    """Give the cursor that was sent, or nothing. Raises Invalid for what cannot be one."""
    said = request.args.getlist("cursor")
    if len(said) > 1 or (said and not reading.matches(schemas.CURSOR, said[0])):
        raise Invalid("This is no cursor of yours. Leave it out to begin anew.", "cursor")
    return said[0] if said else ""
