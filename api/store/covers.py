"""Who covers for whom, and until when, as it is kept. Dates are half-open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from api.store.engine import Reads, Tx

_SELECT = """SELECT c.id, c.covered_id, x.name AS covered, c.covering_id, y.name AS covering,
        c.starts_on, c.ends_on
    FROM covers c JOIN practitioners x ON x.id = c.covered_id
    JOIN practitioners y ON y.id = c.covering_id"""


@dataclass(frozen=True)
class Cover:
    """From `starts_on` up to, but not including, `ends_on`, one practitioner covers for another."""

    id: str
    covered_id: str
    covered: str
    covering_id: str
    covering: str
    starts_on: str
    ends_on: str

    @property
    def last_on(self) -> str:
        """The last day of the cover."""
        return (date.fromisoformat(self.ends_on) - timedelta(days=1)).isoformat()


def add(
    tx: Tx, id: str, covered_id: str, covering_id: str, starts_on: str, ends_on: str, by: str
) -> None:
    """Write a new cover."""
    tx.insert(
        "covers",
        id=id,
        covered_id=covered_id,
        covering_id=covering_id,
        starts_on=starts_on,
        ends_on=ends_on,
        made_by=by,
        made_at=tx.now,
    )


def overlaps(db: Reads, covered_id: str, covering_id: str, starts_on: str, ends_on: str) -> bool:
    """Say whether one covers for the other on any of these days already."""
    return bool(
        db.query(
            """SELECT id FROM covers WHERE covered_id = :covered AND covering_id = :covering
            AND ended_at IS NULL AND starts_on < :ends AND ends_on > :starts""",
            covered=covered_id,
            covering=covering_id,
            starts=starts_on,
            ends=ends_on,
        )
    )


def find(db: Reads, cover_id: str) -> Cover | None:
    """Give one cover that was not ended."""
    row = db.one(f"{_SELECT} WHERE c.id = :id AND c.ended_at IS NULL", id=cover_id)
    return Cover(**row) if row else None


def of(db: Reads, practitioner_id: str, today: str) -> list[Cover]:
    """Give the covers, now or to come, for this practitioner and by them."""
    rows = db.query(
        f"""{_SELECT} WHERE (c.covered_id = :id OR c.covering_id = :id)
        AND c.ended_at IS NULL AND c.ends_on > :today ORDER BY c.starts_on, c.id""",
        id=practitioner_id,
        today=today,
    )
    return [Cover(**row) for row in rows]


def end(tx: Tx, cover_id: str) -> bool:
    """End a cover at once; give False if it had ended."""
    return bool(
        tx.change(
            "UPDATE covers SET ended_at = :now WHERE id = :id AND ended_at IS NULL",
            now=tx.now,
            id=cover_id,
        )
    )


def end_all(tx: Tx, practitioner_id: str) -> None:
    """End every cover for and by someone who leaves."""
    tx.change(
        """UPDATE covers SET ended_at = :now
        WHERE (covered_id = :id OR covering_id = :id) AND ended_at IS NULL""",
        now=tx.now,
        id=practitioner_id,
    )
