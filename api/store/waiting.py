"""Rows of a load that wait for somebody: where each stands in its file, why, and what it says, sealed."""

from __future__ import annotations

from dataclasses import dataclass

from api.store.candidates import HAS_CANDIDATES
from api.store.engine import Reads, Tx
from api.store.loads import Load
from api.store.sources import Source

NOBODY = "Nobody here has its numbers, or its name and date of birth."

# Whom it may have been about is not to be known any more: neither is that there is somebody.
_REASON = f"""CASE WHEN r.row_key IS NULL OR {HAS_CANDIDATES} THEN r.reason ELSE '{NOBODY}' END"""


@dataclass(frozen=True)
class Waiting:
    """A row that waits for somebody: where it stands, why, and the words that hold it."""

    id: str
    line: int
    reason: str
    words_id: str


def add(
    tx: Tx,
    load: Load,
    id: str,
    line: int,
    reason: str,
    words_id: str,
    row_key: str | None = None,
    digest: str | None = None,
) -> None:
    """Let a row wait, under this load. `row_key` and `digest` of what may be about somebody (see
    `api.store.decisions`)."""
    tx.insert(
        "waiting_rows",
        id=id,
        source_id=load.source_id,
        load_number=load.number,
        line=line,
        reason=reason,
        words_id=words_id,
        made_at=tx.now,
        row_key=row_key,
        digest=digest,
    )


def every(
    db: Reads, source: Source, *, only: str | None = None, limit: int = 1_000_000
) -> list[Waiting]:
    """Give the rows of the current load that wait, by line; `only` keeps to one."""
    rows = db.query(
        f"""SELECT r.id, r.line, {_REASON} AS reason, r.words_id FROM waiting_rows r
        WHERE r.source_id = :source AND r.load_number = :current AND r.settled_at IS NULL
        AND r.id = COALESCE(:only, r.id) ORDER BY r.line, r.id LIMIT {limit:d}""",
        source=source.id,
        current=source.current_load,
        only=only,
    )
    return [Waiting(**row) for row in rows]


def reopen(tx: Tx, source: Source, row_key: str, digest: str | None) -> int:
    """Let rows of the load that shows wait again, about which somebody decided; give how many."""
    return tx.change(
        """UPDATE waiting_rows SET outcome = NULL, settled_at = NULL, settled_by = NULL
        WHERE source_id = :source AND load_number = :current AND row_key = :key
        AND digest = :digest AND settled_at IS NOT NULL""",
        source=source.id,
        current=source.current_load,
        key=row_key,
        digest=digest,
    )


def has(db: Reads, source: Source, row_key: str) -> bool:
    """Whether the load that shows has a row of this key that waits, or waited."""
    row = db.one(
        """SELECT 1 AS x FROM waiting_rows
        WHERE source_id = :source AND load_number = :current AND row_key = :key""",
        source=source.id,
        current=source.current_load,
        key=row_key,
    )
    return row is not None


def settle(tx: Tx, row_id: str, outcome: str, by: str) -> None:
    """Say what became of a row that waited."""
    tx.change(
        """UPDATE waiting_rows SET outcome = :outcome, settled_at = :now, settled_by = :by
        WHERE id = :id""",
        outcome=outcome,
        now=tx.now,
        by=by,
        id=row_id,
    )


def count(db: Reads) -> dict[str, int]:
    """Give how many rows wait, by the id of their source."""
    rows = db.query(
        """SELECT r.source_id, COUNT(*) AS n FROM waiting_rows r
        JOIN sources s ON s.id = r.source_id AND s.current_load = r.load_number
        WHERE r.settled_at IS NULL GROUP BY r.source_id"""
    )
    return {row["source_id"]: row["n"] for row in rows}


def forget(tx: Tx, source: Source, limit: int) -> int:
    """Delete rows that waited under other loads than the current one; give how many."""
    rows = tx.query(
        """SELECT id, words_id FROM waiting_rows
        WHERE source_id = :source AND load_number <> :current LIMIT :limit""",
        source=source.id,
        current=source.current_load,
        limit=limit,
    )
    words = [row["words_id"] for row in rows]
    tx.change(
        "DELETE FROM waiting_candidates WHERE row_id IN (:ids)", ids=[row["id"] for row in rows]
    )
    tx.change("DELETE FROM waiting_rows WHERE id IN (:ids)", ids=[row["id"] for row in rows])
    tx.change("DELETE FROM wraps WHERE words_id IN (:ids)", ids=words)
    tx.change("DELETE FROM words WHERE id IN (:ids)", ids=words)
    return len(rows)
