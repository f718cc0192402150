"""The chain of the audit trail: what waits for a place in it, its places, and its signed heads.

`links`, `contents` and `shown` are read page by page, so that a trail of any length is verified in
the memory that one page needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from api.store.engine import Reads, Store, Tx


class Content(NamedTuple):
    """A row of the trail as it is hashed, with the ciphertext of its details."""

    id: str
    at: str
    actor: str
    agency_id: str | None
    enrolment_id: str | None
    action: str
    verdict: str
    reason: str
    object: str | None
    words_id: str | None
    sealed: bytes | None


class Link(NamedTuple):
    """A place in the chain: which row stands there, digests of it, and the hash that covers these and
    the place before."""

    number: int
    event_id: str
    previous: bytes
    event_digest: bytes | None
    people: int
    people_digest: bytes
    details_digest: bytes | None
    hash: bytes


class Head(NamedTuple):
    """The signed end of the chain at a moment. `previous` is the number of the head before."""

    number: int
    previous: int
    at: str
    hash: bytes
    signature: bytes


@dataclass(frozen=True)
class Ends:
    """Where the chain and its heads end; 0 where there are none."""

    chain: int
    heads: int


_LINK = """number, event_id, previous, event_digest, people, people_digest, details_digest, hash"""
_HEAD = "number, previous, at, hash, signature"


# --- Sealing --------------------------------------------------------------------------------------


def is_waiting(db: Reads) -> bool:
    """Say whether any row of the trail has no place yet."""
    return db.one("SELECT event_id FROM audit_unsealed LIMIT 1") is not None


def is_empty(db: Reads) -> bool:
    """Say whether the chain has not begun."""
    return db.one("SELECT number FROM audit_chain LIMIT 1") is None


def queue_all(tx: Tx) -> None:
    """Let every row of the trail wait that has no place: before the chain begins. (On PostgreSQL a row
    that committed while the table was made is in no other way in the queue.)"""
    tx.change(
        """INSERT INTO audit_unsealed (event_id) SELECT e.id FROM audit_events e
        WHERE NOT EXISTS (SELECT 1 FROM audit_unsealed q WHERE q.event_id = e.id)"""
    )


def waiting(tx: Tx, limit: int) -> list[str]:
    """Give the ids of rows that wait for a place, about in the order that they were written in."""
    rows = tx.query(f"SELECT event_id FROM audit_unsealed ORDER BY event_id LIMIT {limit:d}")
    return [row["event_id"] for row in rows]


def placed(tx: Tx, event_ids: Sequence[str]) -> set[str]:
    """Give those of these rows that have a place already."""
    rows = tx.query("SELECT event_id FROM audit_chain WHERE event_id IN (:ids)", ids=event_ids)
    return {row["event_id"] for row in rows}


def add(tx: Tx, links: Iterable[Link], head: Head) -> None:
    """Add places to the chain's end, and the head that signs it."""
    tx.insert_all("audit_chain", (link._asdict() for link in links))
    tx.insert("audit_heads", **head._asdict())


def settle(tx: Tx, event_ids: Sequence[str]) -> None:
    """Take rows from those that wait."""
    tx.change("DELETE FROM audit_unsealed WHERE event_id IN (:ids)", ids=event_ids)


def last_link(db: Reads) -> Link | None:
    """Give the chain's last place."""
    rows = db.rows(Link._make, f"SELECT {_LINK} FROM audit_chain ORDER BY number DESC LIMIT 1")
    return rows[0] if rows else None


def last_head(db: Reads) -> Head | None:
    """Give the newest head."""
    rows = db.rows(Head._make, f"SELECT {_HEAD} FROM audit_heads ORDER BY number DESC LIMIT 1")
    return rows[0] if rows else None


# --- Reading again --------------------------------------------------------------------------------


def ends(db: Reads) -> Ends:
    """Say where the chain and its heads end, both at one moment."""
    row = db.one(
        """SELECT (SELECT COALESCE(MAX(number), 0) FROM audit_chain) AS chain,
            (SELECT COALESCE(MAX(number), 0) FROM audit_heads) AS heads"""
    )
    return Ends(**row) if row else Ends(0, 0)


def links(db: Reads, after: Link | None, until: int, limit: int) -> list[Link]:
    """Give places in their order: after one of them, or from the first. Two with one number, which an
    administrator could make, come both."""
    beyond = "(number > :number OR (number = :number AND event_id > :event))"
    return db.rows(
        Link._make,
        f"""SELECT {_LINK} FROM audit_chain
        WHERE number >= :number AND number <= :until AND {beyond}
        ORDER BY number, event_id LIMIT {limit:d}""",
        number=after.number if after else -(2**63),
        event=after.event_id if after else "",
        until=until,
    )


def link(db: Reads, number: int) -> Link | None:
    """Give the place with a number."""
    sql = f"SELECT {_LINK} FROM audit_chain WHERE number = :number ORDER BY event_id"
    return next(iter(db.rows(Link._make, sql, number=number)), None)


def contents(db: Reads, event_ids: Sequence[str]) -> list[Content]:
    """Give rows of the trail, as they are now."""
    return db.rows(
        Content._make,
        """SELECT e.id, e.at, e.actor, e.agency_id, e.enrolment_id, e.action, e.verdict, e.reason,
            e.object, e.words_id, w.sealed
        FROM audit_events e LEFT JOIN words w ON w.id = e.words_id WHERE e.id IN (:ids)""",
        ids=event_ids,
    )


def shown(db: Reads, event_ids: Sequence[str]) -> dict[str, list[str]]:
    """Give whom rows of the trail showed: the ids of people in their order, by row."""
    people: dict[str, list[str]] = {}
    for event, person in db.rows(
        tuple,
        """SELECT event_id, person_id FROM audit_subjects WHERE event_id IN (:ids)
        ORDER BY event_id, person_id""",
        ids=event_ids,
    ):
        people.setdefault(event, []).append(person)
    return people


def heads(db: Reads, after: int, until: int, limit: int) -> list[Head]:
    """Give heads in their order: after a number, until another."""
    return db.rows(
        Head._make,
        f"""SELECT {_HEAD} FROM audit_heads WHERE number > :after AND number <= :until
        ORDER BY number LIMIT {limit:d}""",
        after=after,
        until=until,
    )


def queue(db: Reads) -> tuple[int, str | None]:
    """Say how many rows wait for a place, and when the oldest of them was written."""
    row = db.one(
        """SELECT COUNT(*) AS waiting, MIN(e.at) AS oldest
        FROM audit_unsealed q JOIN audit_events e ON e.id = q.event_id"""
    )
    return (row["waiting"], row["oldest"]) if row else (0, None)


def gone_before(db: Reads, after: str | None, limit: int) -> list[str]:
    """Give ids that wait for a place, of rows that are not there, in their order."""
    rows = db.query(
        f"""SELECT q.event_id FROM audit_unsealed q
        WHERE {_after("q.event_id", after)}
        AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.id = q.event_id)
        ORDER BY q.event_id LIMIT {limit:d}""",
        after=after or "",
    )
    return [row["event_id"] for row in rows]


def page_end(db: Reads, table: str, after: str | None, limit: int) -> str | None:
    """Give the id of a row of the trail (`audit_events`, `audit_subjects`) at which the page ends that
    begins after another; None where there are no more."""
    column = _IDS[table]
    row = db.one(
        f"""SELECT MAX(id) AS last FROM (SELECT {column} AS id FROM {table}
        WHERE {_after(column, after)} ORDER BY {column} LIMIT {limit:d}) page""",
        after=after or "",
    )
    return row["last"] if row else None


def without_place(db: Store, after: str | None, until: str) -> list[str]:
    """Give the ids of rows on a page of the trail that have no place in the chain and wait for none."""
    rows = db.query(
        f"""SELECT e.id FROM audit_events e WHERE {_after("e.id", after)} AND e.id <= :until
        AND NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.event_id = e.id)
        AND NOT EXISTS (SELECT 1 FROM audit_unsealed q WHERE q.event_id = e.id) ORDER BY e.id""",
        after=after or "",
        until=until,
    )
    return [row["id"] for row in rows]


def without_row(db: Store, after: str | None, until: str) -> list[str]:
    """Give the ids on a page of `audit_subjects` that are of no row, and of none that had a place."""
    rows = db.query(
        f"""SELECT DISTINCT s.event_id FROM audit_subjects s
        WHERE {_after("s.event_id", after)} AND s.event_id <= :until
        AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.id = s.event_id)
        AND NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.event_id = s.event_id)
        ORDER BY s.event_id""",
        after=after or "",
        until=until,
    )
    return [row["event_id"] for row in rows]


_IDS = {"audit_events": "id", "audit_subjects": "event_id"}


def _after(column: str, after: str | None) -> str:
    return f"{column} >= :after" if after is None else f"{column} > :after"
