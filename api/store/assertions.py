"""What all facts about a person share: whose word comes first, who said it, and saying it anew.

The rule of precedence is stated here once. When sources disagree both stand; the newest assertion is
shown first: a practitioner's word that came after the feed's, or a feed that has since said
something new. A feed that only repeats itself keeps its old row, so it does not outrank the
practitioner who put it right. Between two of the same age the source that reported last comes first.
"""

from __future__ import annotations

from typing import Any

from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Row, Tx

NEWEST_FIRST = "ORDER BY f.recorded_at DESC, COALESCE(f.source_reported_at, '') DESC, f.id DESC"

# Who says it and as of when: by hand it is a practitioner, otherwise the feed and its last report.
SAID = """COALESCE(sw.name || ', ' || sa.name, f.source_name) AS source,
    COALESCE(f.source_reported_at, f.recorded_at) AS as_of"""
SAID_BY = """LEFT JOIN practitioners sw ON sw.id = f.recorded_by
    LEFT JOIN agencies sa ON sa.id = sw.agency_id"""

# What a fact of each kind says, apart from when and by whom.
_SAYS = {
    "plans": ("person_id", "kind"),
    "relationships": ("person_id", "other_id", "mentioned", "kind", "parental_responsibility"),
}


def find(tx: Tx, table: str, fact_id: str, me: Me | None) -> Row | None:
    """Give a fact that stands and that `me` may know of (None: a part of the system)."""
    return tx.one(
        f"""SELECT f.* FROM live_{table} f
        WHERE f.id = :id AND ({access.FACT_SHOWN})""",
        id=fact_id,
        **params(me, tx),
    )


def params(me: Me | None, tx: Tx) -> dict[str, str]:
    """Give what the predicates speak of; without `me` whatever is sealed stays out."""
    if me is None:
        return {"me": "", "my_agency": "", "my_agency_kind": "", "now": tx.now, "today": tx.today}
    return dict(access.params(me, tx))


def restate(
    tx: Tx, table: str, fact: Row, source_id: str, recorded_by: str | None, **changes: Any
) -> str:
    """Assert a fact anew by hand, with these changes; give the new row's id.

    An assertion by hand is replaced by the next one; a feed's stays, and both stand.
    """
    new = new_id()
    row = {column: fact[column] for column in (*_SAYS[table], "valid_from", "valid_to")}
    row.update(
        source_id=source_id,
        since_load=0,
        recorded_at=tx.now,
        recorded_by=recorded_by,
        **changes,
    )
    tx.insert(table, id=new, **row)
    if fact["source_id"] == source_id:
        tx.change(
            f"UPDATE {table} SET replaced_by = :new WHERE id = :id",
            new=new,
            id=fact["id"],
        )
    return new


def withdraw(tx: Tx, table: str, fact_id: str, by: str) -> None:
    """Take an assertion back: it was wrong from the start."""
    tx.change(
        f"UPDATE {table} SET withdrawn_at = :now, withdrawn_by = :by WHERE id = :id",
        now=tx.now,
        by=by,
        id=fact_id,
    )
