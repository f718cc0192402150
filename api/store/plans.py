"""Plans: statuses with dates, as the sources say them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.store import access, assertions
from api.store.access import Me
from api.store.engine import Tx


@dataclass(frozen=True)
class Said:
    """One source's word on one plan."""

    id: str
    identity_id: str
    kind: str
    label: str
    position: int
    legal: bool
    valid_from: str | None
    valid_to: str | None
    source: str
    as_of: str
    recorded_at: str
    recorded_by: str | None

    def is_past(self, today: str) -> bool:
        """Whether it had ended by this London date."""
        return self.valid_to is not None and self.valid_to <= today


def of(tx: Tx, identities: Sequence[str], me: Me | None) -> list[Said]:
    """Give what the sources say of these people's plans, ended ones too, by precedence."""
    rows = tx.query(
        f"""SELECT f.id, f.identity_id, f.kind, k.label, k.position, k.legal, f.valid_from, f.valid_to,
            {assertions.SAID}, f.recorded_at, f.recorded_by
        FROM live_plans f JOIN plan_kinds k ON k.code = f.kind {assertions.SAID_BY}
        WHERE f.identity_id IN (:ids) AND {access.FACT_SHOWN} {assertions.NEWEST_FIRST}""",
        ids=identities,
        **assertions.params(me, tx),
    )
    return [Said(**{**row, "legal": bool(row["legal"])}) for row in rows]
