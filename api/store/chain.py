"""The chain of the audit trail: what waits for a place in it, its places, and its signed heads.

Who has the database can make its tables anew, without their types, keys and constraints, and put in
anything. So rows are read as they stand, and one that has what nothing of ours writes is `Odd`. What
is read to its end is one answer, some rows of it at a time: it ends whatever they hold, and a trail
of any length is verified in the memory that some rows need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from types import NoneType
from typing import Any, NamedTuple, TypeVar

from api.store.engine import Reads, Tx

T = TypeVar("T")


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


class Odd(NamedTuple):
    """A row that nothing of ours wrote: no value where one belongs, or one of another type."""

    values: tuple[Any, ...]

    @property
    def is_odd_only_at_its_end(self) -> bool:
        """Whether a row of the trail is as it may be, and the ciphertext of its details is not."""
        return tuple(map(type, (*self.values[:-1], None))) in _CONTENTS


_COLUMNS = {
    "audit_events": {
        "id": "text",
        "at": "text",
        "actor": "text",
        "agency_id": "text or none",
        "enrolment_id": "text or none",
        "action": "text",
        "verdict": "text",
        "reason": "text",
        "object": "text or none",
        "words_id": "text or none",
    },
    "audit_subjects": {"event_id": "text", "person_id": "text"},
    "audit_unsealed": {"event_id": "text"},
    "audit_chain": {
        "number": "int",
        "event_id": "text",
        "previous": "blob",
        "event_digest": "blob or none",
        "people": "int",
        "people_digest": "blob",
        "details_digest": "blob or none",
        "hash": "blob",
    },
    "audit_heads": {
        "number": "int",
        "previous": "int",
        "at": "text",
        "hash": "blob",
        "signature": "blob",
    },
    "words": {"id": "text", "sealed": "blob"},
}
_TYPES: dict[str, type] = {"text": str, "int": int, "blob": bytes, "none": NoneType}


def _shapes(*columns: str) -> frozenset[tuple[type, ...]]:
    """Give the types that the values of a row may be of, all together: so it is one look for each row."""
    return frozenset(product(*([_TYPES[one] for one in kind.split(" or ")] for kind in columns)))


_TEXT = _shapes("text")
_TEXTS = _shapes("text", "text")
_LINKS = _shapes(*_COLUMNS["audit_chain"].values())
_HEADS = _shapes(*_COLUMNS["audit_heads"].values())
_CONTENTS = _shapes(*_COLUMNS["audit_events"].values(), "blob or none")


def _checked(
    make: Callable[[Iterable[Any]], T],
    shapes: frozenset[tuple[type, ...]],
    rows: Iterable[tuple[Any, ...]],
) -> Iterator[T | Odd]:
    for row in rows:
        yield make(row) if tuple(map(type, row)) in shapes else Odd(tuple(row))


_LINK = """number, event_id, previous, event_digest, people, people_digest, details_digest, hash"""
_HEAD = "number, previous, at, hash, signature"


# --- Sealing --------------------------------------------------------------------------------------


def is_waiting(db: Reads) -> bool:
    """Say whether any row of the trail has no place yet."""
    return db.one("SELECT 1 AS found FROM audit_unsealed LIMIT 1") is not None


def queue_all(tx: Tx) -> list[Odd]:
    """Let every row of the trail wait that has no place: before the chain begins. (On PostgreSQL a row
    that committed while the table was made is in no other way in the queue.) Give those that cannot."""
    rows = tx.as_it_stands(
        """SELECT e.id FROM audit_events e
        WHERE NOT EXISTS (SELECT 1 FROM audit_unsealed q WHERE q.event_id = e.id)"""
    )
    ids = [one if isinstance(one, Odd) else one[0] for one in _checked(tuple, _TEXT, rows)]
    tx.insert_all("audit_unsealed", ({"event_id": one} for one in ids if not isinstance(one, Odd)))
    return [one for one in ids if isinstance(one, Odd)]


def waiting(tx: Tx, limit: int) -> list[str | Odd]:
    """Give the ids of rows that wait for a place, about in the order that they were written in."""
    rows = tx.as_it_stands(f"SELECT event_id FROM audit_unsealed ORDER BY event_id LIMIT {limit:d}")
    return [one if isinstance(one, Odd) else one[0] for one in _checked(tuple, _TEXT, rows)]


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


def last_link(db: Reads) -> Link | Odd | None:
    """Give the chain's last place."""
    rows = db.as_it_stands(f"SELECT {_LINK} FROM audit_chain ORDER BY number DESC LIMIT 1")
    return next(_checked(Link._make, _LINKS, rows), None)


def last_head(db: Reads) -> Head | Odd | None:
    """Give the newest head."""
    rows = db.as_it_stands(f"SELECT {_HEAD} FROM audit_heads ORDER BY number DESC LIMIT 1")
    return next(_checked(Head._make, _HEADS, rows), None)


# --- Reading again --------------------------------------------------------------------------------


def remade(db: Tx) -> dict[str, bool]:
    """Give the tables that are not as Inkling makes them, and of each whether it can be read."""
    found = {}
    for table, columns in _COLUMNS.items():
        made = db.columns(table)
        wanted = {name: kind.removesuffix(" or none") for name, kind in columns.items()}
        held = {name: made.get(name) for name in wanted}
        if held != wanted:
            found[table] = all(
                kind == "anything" or kind == wanted[name] for name, kind in held.items()
            )
    return found


def links(db: Tx) -> Iterator[Link | Odd]:
    """Give all places in their order. Two with one number, which an administrator could make, come
    both."""
    rows = db.stream(f"SELECT {_LINK} FROM audit_chain ORDER BY number, event_id")
    return _checked(Link._make, _LINKS, rows)


def heads(db: Tx) -> Iterator[Head | Odd]:
    """Give all heads in their order."""
    return _checked(
        Head._make, _HEADS, db.stream(f"SELECT {_HEAD} FROM audit_heads ORDER BY number")
    )


def link(db: Reads, number: int) -> Link | Odd | None:
    """Give the place with a number."""
    sql = f"SELECT {_LINK} FROM audit_chain WHERE number = :number ORDER BY event_id"
    return next(_checked(Link._make, _LINKS, db.as_it_stands(sql, number=number)), None)


def contents(db: Reads, event_ids: Sequence[str]) -> list[Content | Odd]:
    """Give rows of the trail, as they are now. The first value of an odd one is its id, too."""
    rows = db.as_it_stands(
        """SELECT e.id, e.at, e.actor, e.agency_id, e.enrolment_id, e.action, e.verdict, e.reason,
            e.object, e.words_id, w.sealed
        FROM audit_events e LEFT JOIN words w ON w.id = e.words_id WHERE e.id IN (:ids)""",
        ids=event_ids,
    )
    return list(_checked(Content._make, _CONTENTS, rows))


def shown(db: Reads, event_ids: Sequence[str]) -> dict[str, list[str | Odd]]:
    """Give whom rows of the trail showed: the ids of people in their order, by row."""
    people: dict[str, list[str | Odd]] = {}
    for event, person in db.as_it_stands(
        """SELECT event_id, person_id FROM audit_subjects WHERE event_id IN (:ids)
        ORDER BY event_id, person_id""",
        ids=event_ids,
    ):
        people.setdefault(event, []).append(person if type(person) is str else Odd((person,)))
    return people


# A table that was made anew may hold other things equal: letters of either case, or what ends in spaces.
# So what an id was found by is compared once more here.


def queue(db: Tx) -> Iterator[tuple[Any, bool]]:
    """Give the ids that wait for a place, as they stand, and whether there is a row for each."""
    for event, id in db.stream(
        """SELECT q.event_id, e.id FROM audit_unsealed q LEFT JOIN audit_events e ON e.id = q.event_id
        ORDER BY q.event_id"""
    ):
        yield event, _is_among(event, id)


def without_place(db: Tx) -> Iterator[Any]:
    """Give the ids, as they stand, of rows that have no place in the chain and wait for none."""
    for event, *others in db.stream(
        """SELECT e.id, c.event_id AS placed, q.event_id AS waits FROM audit_events e
        LEFT JOIN audit_chain c ON c.event_id = e.id LEFT JOIN audit_unsealed q ON q.event_id = e.id"""
    ):
        if not _is_among(event, *others):
            yield event


def without_row(db: Tx) -> Iterator[Any]:
    """Give the ids, as they stand, that people were shown by and that are of no row, and of none that
    had a place."""
    for event, *others in db.stream(
        """SELECT s.event_id, e.id, c.event_id AS placed FROM audit_subjects s
        LEFT JOIN audit_events e ON e.id = s.event_id LEFT JOIN audit_chain c ON c.event_id = s.event_id
        ORDER BY s.event_id"""
    ):
        if not _is_among(event, *others):
            yield event


def _is_among(event: Any, *others: Any) -> bool:
    return event is not None and any(
        event == other and type(event) is type(other) for other in others
    )
