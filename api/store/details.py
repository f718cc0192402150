"""Details: what services say of somebody beside who supports them, and who may see which kinds."""

from __future__ import annotations

from typing import NamedTuple

from api.store import access
from api.store.access import Me
from api.store.engine import Row, Tx


class Detail(NamedTuple):
    """One thing that a service says; `value` is empty where it only names a day."""

    id: str
    agency_id: str
    agency: str
    kind: str
    label: str
    value: str
    happened_on: str | None
    source_id: str
    source: str
    as_of: str


def of(tx: Tx, identity_id: str, me: Me) -> list[Detail]:
    """Give what `me` may see of what services say of a person, in the order of their mappings."""
    return tx.rows(
        Detail._make,
        f"""SELECT d.id, d.agency_id, b.name, d.kind, d.label, d.value, d.happened_on, d.source_id,
            d.source_name, COALESCE(d.source_reported_at, d.recorded_at)
        FROM live_details d JOIN people p ON p.id = d.person_id JOIN agencies b ON b.id = d.agency_id
        WHERE d.identity_id = :id AND {access.DETAIL_SHOWN}
        ORDER BY d.source_name, d.place, d.happened_on DESC, d.recorded_at DESC, d.id""",
        id=identity_id,
        **access.params(me, tx),
    )


def kinds(tx: Tx) -> list[Row]:
    """Give the authority's kinds of details in its order, a row for each kind of agency that sees one:
    code, label, agency_kind, sight. A kind that nobody sees has one row without either."""
    return tx.query(
        """SELECT k.code, k.label, o.agency_kind, o.sight FROM detail_kinds k
        LEFT JOIN detail_kind_agencies o ON o.detail_kind = k.code ORDER BY k.position"""
    )
