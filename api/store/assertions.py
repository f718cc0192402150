"""What all facts about a person share: whose word comes first (see `precedence`), who said it, and saying
it anew."""

from __future__ import annotations

from typing import Any

from api.moment import new_id
from api.store import access, precedence, search_names
from api.store.access import Me
from api.store.engine import Row, Tx

NEWEST_FIRST = f"ORDER BY {precedence.order('f')}"

# Who says it and as of when: by hand it is a practitioner, otherwise the feed and its last report.
# A school's name says where a child is, so it is not said where that is hidden.
SAID = f"""CASE WHEN sk.located = 1 AND EXISTS (SELECT 1 FROM people p
        WHERE p.id = f.identity_id AND {access.LOCATION_HIDDEN}) THEN '{access.HIDDEN_PLACE}'
    WHEN sa.sensitive = 0 OR sa.id = :my_agency THEN sw.name || ', ' || sa.name
    ELSE f.source_name END AS source,
    COALESCE(f.source_reported_at, f.recorded_at) AS as_of"""
SAID_BY = """LEFT JOIN practitioners sw ON sw.id = f.recorded_by
    LEFT JOIN agencies sa ON sa.id = sw.agency_id
    LEFT JOIN agencies sb ON sb.id = COALESCE(sw.agency_id,
        (SELECT s.agency_id FROM sources s WHERE s.id = f.source_id))
    LEFT JOIN agency_kinds sk ON sk.code = sb.kind"""

# What a fact of each kind says, apart from when and by whom.
_SAYS = {
    "names": ("person_id", "kind", "first", "last", "first_key", "last_key"),
    "particulars": ("person_id", "born_on", "expected_on", "died_on", "gender"),
    "identifiers": ("person_id", "scheme", "value"),
    "addresses": ("person_id", "kind", "lines", "postcode"),
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


def is_of_like(tx: Tx, me: Me | None, fact: Row) -> bool:
    """Whether whoever may know of a fact may know as well of what `me` says in its place: what a
    sensitive agency says stands beside the word of others and never takes it away, nor they its."""
    agency = tx.one(
        """SELECT a.id FROM practitioners w JOIN agencies a ON a.id = w.agency_id
        WHERE w.id = :id AND a.sensitive = 1""",
        id=fact["recorded_by"],
    )
    mine = tx.one(
        "SELECT id FROM agencies WHERE id = :id AND sensitive = 1", id=me.agency_id if me else None
    )
    return agency == mine


def restate(
    tx: Tx,
    table: str,
    fact: Row,
    source_id: str,
    recorded_by: str | None,
    me: Me | None,
    **changes: Any,
) -> str:
    """Assert a fact anew by hand, with these changes; give the new row's id.

    An assertion by hand is replaced by the next one; a feed's stays, and both stand. So they do where
    one of the two is sealed.
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
    if fact["source_id"] == source_id and is_of_like(tx, me, fact):
        replace(tx, table, fact["id"], new)
    if table in search_names.SAID_IN:
        search_names.refresh(tx, [fact["person_id"]])
    return new


def replace(tx: Tx, table: str, fact_id: str, new: str) -> None:
    """Let another assertion stand in the place of this one."""
    tx.change(f"UPDATE {table} SET replaced_by = :new WHERE id = :id", new=new, id=fact_id)


def withdraw(tx: Tx, table: str, fact_id: str, by: str) -> None:
    """Take an assertion back: it was wrong from the start."""
    tx.change(
        f"UPDATE {table} SET withdrawn_at = :now, withdrawn_by = :by WHERE id = :id",
        now=tx.now,
        by=by,
        id=fact_id,
    )
