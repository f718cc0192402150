"""What other systems say: involvements by their own ids, and notes of their practitioners."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from api.errors import Invalid
from api.http import reading, schemas
from api.http.house import Parameter, actor, answer, operation
from api.record import systems
from api.record.notes import NewNote
from api.record.systems import Involvement

SOURCE_ID = Parameter(
    "source_id",
    "path",
    {"type": "string", "pattern": schemas.SOURCE_ID},
    "Your own id for this involvement.",
)
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "pattern": schemas.KEY},
    "Your own key for this note: sent again under it, it is the same note.",
)


@operation(
    "PUT",
    "/involvements/{source_id}",
    scope="involvements:write",
    summary="Say whom your agency supports",
    about="Under your own id for it; said again, it changes nothing. A practitioner who is named by "
    "their staff number is in the person's circle by it, where it is active. To end it, say ends_on.",
    sent=schemas.INVOLVEMENT,
    answers={
        200: ("It stood already, or was changed", schemas.TAKEN),
        201: ("It is new", schemas.TAKEN),
    },
    refusals=(400, 404, 409, 413, 415, 422),
    parameters=(SOURCE_ID,),
)
def put_involvement(source_id: str) -> Response:
    """Take an involvement under the system's own id for it."""
    if not reading.matches(schemas.SOURCE_ID, source_id):
        raise Invalid("An id is letters, figures and . _ ~ -, up to 100 of them.", "source_id")
    involvement = Involvement(**reading.body(schemas.INVOLVEMENT))
    taken = systems.say(actor(), source_id, involvement)
    return answer({"id": taken.id}, 201 if taken.new else 200)


@operation(
    "POST",
    "/notes",
    scope="notes:write",
    summary="Send a note of one of your practitioners",
    about="As theirs, by their own access. Whom it is about must be somebody whom your token sees. A "
    "note is not a referral.",
    sent=schemas.NOTE,
    answers={
        200: ("It had been sent before", schemas.SENT),
        201: ("It was taken", schemas.SENT),
    },
    refusals=(400, 404, 413, 415, 422),
    parameters=(IDEMPOTENCY_KEY,),
)
def post_note() -> Response:
    """Take a note in the name of its author."""
    key = request.headers.get("Idempotency-Key", "")
    if not reading.matches(schemas.KEY, key):
        raise Invalid("Send an Idempotency-Key: up to 200 signs, none a space.", "Idempotency-Key")
    said = reading.body(schemas.NOTE)
    staff_number = said.pop("staff_number")
    sent = systems.send_note(actor(), key, staff_number, NewNote(id="", **said))
    return answer({"id": sent.id, "again": sent.again}, 200 if sent.again else 201)
