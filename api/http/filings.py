"""Filings: notes that an agency's practitioners file into its system, and the system's answer."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from werkzeug.wrappers import Response

from api.http import reading, schemas
from api.http.events import CURSOR, given_cursor
from api.http.house import Parameter, actor, answer, operation
from api.record import receipts as core

FILING_ID = Parameter("filing_id", "path", schemas.an_id("The filing."), "The filing.")


@operation(
    "GET",
    "/filings",
    scope="filings:take",
    summary="Notes that your practitioners filed into your system",
    about="Each is given again until you answered it with a receipt, as long as who filed it may read "
    "it. Go on with the cursor until more is false; without one, all that waits comes from the "
    "beginning. Each note that you are given leaves its row as an export.",
    answers={
        200: ("What waits, up to 20", schemas.FILINGS),
        304: ("Nothing changed for you", None),
    },
    refusals=(422,),
    parameters=(CURSOR,),
)
def filings() -> Response:
    """Give what waits after a cursor."""
    page = core.fetch(actor(), given_cursor())
    return answer(
        {
            "filings": [asdict(one) for one in page.filings],
            "cursor": page.cursor,
            "more": page.more,
        }
    )


@operation(
    "PUT",
    "/filings/{filing_id}/receipt",
    scope="filings:take",
    summary="Say what became of a note that you fetched",
    about="Filed, and under which reference, or refused, and why: whoever filed it reads that. The "
    "same receipt again changes nothing; another is refused.",
    sent=schemas.RECEIPT,
    answers={204: ("It was taken", None)},
    refusals=(400, 404, 409, 413, 415, 422),
    parameters=(FILING_ID,),
)
def put_receipt(filing_id: UUID) -> Response:
    """Take a system's answer to a filing."""
    core.receive(actor(), str(filing_id), core.Receipt(**reading.body(schemas.RECEIPT)))
    return Response(status=204)
