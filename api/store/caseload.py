"""Who may stand in a caseload that leaves the building, and for whom no number may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.store import access
from api.store.access import Me
from api.store.engine import Tx

_MOTHER_RESTRICTED = f"""EXISTS (SELECT 1 FROM live_relationships f JOIN people m ON m.id = f.other_id
    WHERE f.identity_id = c.id AND f.kind = 'mother'
    AND EXISTS (SELECT 1 FROM people p WHERE p.id = m.identity_id AND {access.RESTRICTED}))"""


@dataclass(frozen=True)
class Carried:
    """Somebody whose name may be carried about, and whether their circle's numbers may be, and the
    name of their mother, where they have none yet."""

    id: str
    numbers: bool
    mother: bool


def carried(tx: Tx, me: Me, identities: Sequence[str]) -> list[Carried]:
    """Give those of these people who are restricted by nobody."""
    rows = tx.query(
        f"""SELECT c.id, c.protected, CASE WHEN {_MOTHER_RESTRICTED} THEN 1 ELSE 0 END AS motherless
        FROM (SELECT p.id, CASE WHEN {access.PLACE_PROTECTED} THEN 1 ELSE 0 END AS protected FROM people p
            WHERE p.id IN (:ids) AND NOT {access.RESTRICTED}) c""",
        ids=identities,
        **access.params(me, tx),
    )
    return [Carried(row["id"], not row["protected"], not row["motherless"]) for row in rows]
