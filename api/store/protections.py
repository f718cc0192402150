"""Restrictions (who may know that a person exists) and protections (who may know where they are)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.moment import new_id
from api.store.engine import Reads, Row, Tx

Table = Literal["restrictions", "protections"]
_NAMES = {
    "restrictions": ("restriction_names", "restriction_id"),
    "protections": ("protection_names", "protection_id"),
}


@dataclass(frozen=True)
class Closed:
    """One restriction or protection, and the ids of those named on it."""

    id: str
    identity_id: str
    words_id: str
    made_by: str
    made_at: str
    named: frozenset[str]


def add(
    tx: Tx, table: Table, person_id: str, words_id: str, made_by: str, named: Sequence[str]
) -> str:
    """Close a person, or where they are, to all but those named; give the id."""
    id = new_id()
    names, column = _NAMES[table]
    tx.insert(table, id=id, person_id=person_id, words_id=words_id, made_by=made_by, made_at=tx.now)
    tx.insert_all(names, ({column: id, "practitioner_id": one} for one in named))
    return id


def of(db: Reads, table: Table, identity_id: str) -> list[Closed]:
    """Give what stands for a person, newest first."""
    rows = db.query(
        f"""SELECT x.id, q.identity_id, x.words_id, x.made_by, x.made_at FROM {table} x
        JOIN people q ON q.id = x.person_id
        WHERE q.identity_id = :id AND x.ended_at IS NULL ORDER BY x.made_at DESC, x.id DESC""",
        id=identity_id,
    )
    return [Closed(**row, named=_named(db, table, row["id"])) for row in rows]


def end(tx: Tx, table: Table, id: str, by: str) -> None:
    """Lift one of them; the row stays."""
    tx.change(
        f"UPDATE {table} SET ended_by = :by, ended_at = :now WHERE id = :id",
        by=by,
        now=tx.now,
        id=id,
    )


def workers(db: Reads, ids: Sequence[str]) -> dict[str, str]:
    """Give the names of those of these practitioners who work here still, by id."""
    rows: list[Row] = db.query(
        "SELECT id, name FROM practitioners WHERE id IN (:ids) AND left_at IS NULL", ids=ids
    )
    return {row["id"]: row["name"] for row in rows}


def _named(db: Reads, table: Table, id: str) -> frozenset[str]:
    names, column = _NAMES[table]
    rows = db.query(f"SELECT practitioner_id FROM {names} WHERE {column} = :id", id=id)
    return frozenset(row["practitioner_id"] for row in rows)
