"""Where facts come from: the feeds of other systems, and practitioners themselves."""

from __future__ import annotations

from api.moment import new_id
from api.store import Tx
from api.store import sources as stored
from api.store.sources import Source

PRACTITIONERS = "practitioners"


def practitioners(tx: Tx) -> str:
    """Give the id of the source of everything that is asserted by hand; make it the first time.

    Its load is 0 for good, so that what a practitioner says stands at once (since_load 0).
    """
    found = stored.by_code(tx, PRACTITIONERS)
    if found:
        return found.id
    source = Source(
        id=new_id(),
        code=PRACTITIONERS,
        name="Practitioners",
        kind="practitioners",
        agency_id=None,
        owner="The authority",
        justification="What practitioners know and say about the people they work with.",
        legal_basis="Children Act 2004, sections 10 and 11",
        coverage="Whoever a practitioner works with",
        report_every_days=None,
        makes_people=True,
        mapping="",
        current_load=0,
        reported_at=None,
        made_at=tx.now,
    )
    stored.add(tx, source)
    return source.id
