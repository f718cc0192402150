"""Notes on the wrong person, as the breaches that they are: by when they are to be dealt with, who had
read them, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Reads, Row, Tx


@dataclass(frozen=True)
class Kept:
    """One breach, and whose note it is."""

    id: str
    note_id: str
    author_id: str
    author: str
    author_agency: str
    voice: str
    sealed: bool
    opened_at: str
    due_at: str
    closed_at: str | None
    words_id: str | None
    reason_id: str | None


_SELECT = """SELECT c.id, c.note_id, n.author_id, w.name AS author, w.agency_id AS author_agency,
    n.voice, a.sensitive AS sealed, c.opened_at, c.due_at, c.closed_at, c.words_id,
    (SELECT d.words_id FROM note_withdrawals d WHERE d.note_id = n.id AND d.kind = 'wrong person')
        AS reason_id
    FROM breaches c JOIN notes n ON n.id = c.note_id
    JOIN practitioners w ON w.id = n.author_id JOIN agencies a ON a.id = w.agency_id"""


def of(tx: Tx, me: Me, limit: int) -> list[Kept]:
    """Give those that `me` deals with: open ones by when they are due, then the last that were closed."""
    rows = tx.query(
        f"""{_SELECT} WHERE {access.HANDLES_BREACH}
        ORDER BY CASE WHEN c.closed_at IS NULL THEN 0 ELSE 1 END,
            CASE WHEN c.closed_at IS NULL THEN c.due_at END, c.closed_at DESC, c.id
        LIMIT {limit:d}""",
        **access.params(me, tx),
    )
    return [_kept(row) for row in rows]


def find(tx: Tx, breach_id: str, me: Me) -> Kept | None:
    """Give one that `me` deals with."""
    row = tx.one(
        f"{_SELECT} WHERE c.id = :id AND {access.HANDLES_BREACH}",
        id=breach_id,
        **access.params(me, tx),
    )
    return _kept(row) if row else None


def readers(tx: Tx, breach_id: str, me: Me) -> list[Row]:
    """Give who had read it: name, job, agency, read_at. Nobody of a sensitive agency to others."""
    return tx.query(
        f"""SELECT w.name, w.job, a.name AS agency, k.located, m.read_at FROM breach_readers m
        JOIN practitioners w ON w.id = m.practitioner_id JOIN agencies a ON a.id = w.agency_id
        JOIN agency_kinds k ON k.code = a.kind
        WHERE m.breach_id = :id AND {access.AGENCY_SHOWN} ORDER BY m.read_at, w.name""",
        id=breach_id,
        my_agency=me.agency_id,
    )


def told_at(tx: Tx, note_id: str) -> str | None:
    """Say when those who had read it were told, or None while they are not."""
    row = tx.one(
        "SELECT MIN(fanned_at) AS at FROM outbox WHERE note_id = :id AND kind = 'wrong person'",
        id=note_id,
    )
    return row["at"] if row else None


def steps(tx: Tx, breach_id: str) -> list[Row]:
    """Give what was done about it, oldest first: words_id, name, made_at."""
    return tx.query(
        """SELECT s.words_id, w.name, s.made_at FROM breach_steps s
        JOIN practitioners w ON w.id = s.made_by WHERE s.breach_id = :id
        ORDER BY s.made_at, s.id""",
        id=breach_id,
    )


def add_step(tx: Tx, breach_id: str, by: str, words_id: str) -> None:
    """Write what was done about it."""
    tx.insert(
        "breach_steps",
        id=new_id(),
        breach_id=breach_id,
        words_id=words_id,
        made_by=by,
        made_at=tx.now,
    )


def close(tx: Tx, breach_id: str, by: str, words_id: str) -> bool:
    """Close it; say whether it was open still."""
    changed = tx.change(
        """UPDATE breaches SET closed_by = :by, closed_at = :now, words_id = :words
        WHERE id = :id AND closed_at IS NULL""",
        by=by,
        now=tx.now,
        words=words_id,
        id=breach_id,
    )
    return changed == 1


def has_overdue(db: Reads, now: str) -> bool:
    """Say whether one is overdue of which nobody was told."""
    return bool(db.query(f"SELECT 1 FROM breaches c WHERE {_OVERDUE} LIMIT 1", now=now))


def take_overdue(tx: Tx) -> Sequence[str]:
    """Give the notes of those that are overdue and of which nobody was told yet, as told now."""
    rows = tx.query(
        f"UPDATE breaches AS c SET overdue_at = :now WHERE {_OVERDUE} RETURNING note_id", now=tx.now
    )
    return [row["note_id"] for row in rows]


_OVERDUE = "c.closed_at IS NULL AND c.overdue_at IS NULL AND c.due_at < :now"


def _kept(row: Row) -> Kept:
    return Kept(**{**row, "sealed": bool(row["sealed"])})
