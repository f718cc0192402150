"""What practitioners declared of their own family, household and neighbours: sealed words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.moment import new_id
from api.store.engine import Reads, Tx


class Declared(NamedTuple):
    """One declaration: whose, and the words that hold it."""

    id: str
    practitioner_id: str
    words_id: str


def add(tx: Tx, practitioner_id: str, words_id: str) -> None:
    """Write a declaration."""
    tx.insert(
        "own_family",
        id=new_id(),
        practitioner_id=practitioner_id,
        words_id=words_id,
        made_at=tx.now,
    )


def of(db: Reads, practitioner_ids: Sequence[str]) -> list[Declared]:
    """Give what these practitioners declared, oldest first."""
    return db.rows(
        Declared._make,
        """SELECT id, practitioner_id, words_id FROM own_family
        WHERE practitioner_id IN (:practitioners) ORDER BY made_at, id""",
        practitioners=list(practitioner_ids),
    )


def every(db: Reads) -> list[Declared]:
    """Give what everybody declared who is still here."""
    return db.rows(
        Declared._make,
        """SELECT f.id, f.practitioner_id, f.words_id FROM own_family f
        JOIN practitioners w ON w.id = f.practitioner_id WHERE w.left_at IS NULL
        ORDER BY f.practitioner_id, f.id""",
    )


def forget(tx: Tx, practitioner_id: str) -> None:
    """Destroy what a practitioner declared: the words too, which nobody needs any more."""
    mine = "SELECT words_id FROM own_family WHERE practitioner_id = :id"
    words = [row["words_id"] for row in tx.query(mine, id=practitioner_id)]
    tx.change("DELETE FROM own_family WHERE practitioner_id = :id", id=practitioner_id)
    tx.change("DELETE FROM wraps WHERE words_id IN (:words)", words=words)
    tx.change("DELETE FROM words WHERE id IN (:words)", words=words)
