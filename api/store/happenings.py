"""What happened to an agency's own rows, as it is kept for its systems."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, NamedTuple

from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Reads, Tx

Kind = Literal[
    "involvement changed",
    "records linked",
    "records unlinked",
    "note to be filed",
    "filed note taken back",
]

# Who has no token hears nothing, and nothing is kept for them; a sensitive service has none.
_HEARS = """EXISTS (SELECT 1 FROM tokens t JOIN agencies a ON a.id = t.agency_id
    WHERE t.agency_id = :agency AND a.sensitive = 0)"""

AT_ONCE = 500


@dataclass(frozen=True)
class Happening:
    """One thing that happened. `source_key` is the system's own id of the line, where it has one;
    `filing_id` the filing, where it is about one."""

    number: int
    id: str
    kind: Kind
    person_id: str
    involvement_id: str | None
    source_key: str | None
    filing_id: str | None
    made_at: str


class Given(NamedTuple):
    """A filing whose note a system was given."""

    filing_id: str
    source_id: str
    agency_id: str
    person_id: str


def add(
    tx: Tx,
    agency_id: str,
    kind: Kind,
    person_id: str,
    *,
    involvement_id: str | None = None,
    filing_id: str | None = None,
    source_id: str | None = None,
) -> None:
    """Write what happened, where a system of this agency may hear of it; of the agency's systems only
    the one of `source_id`, where it is for one."""
    if tx.one(f"SELECT 1 AS x WHERE {_HEARS}", agency=agency_id):
        tx.insert(
            "happenings",
            id=new_id(),
            agency_id=agency_id,
            kind=kind,
            person_id=person_id,
            involvement_id=involvement_id,
            filing_id=filing_id,
            source_id=source_id,
            made_at=tx.now,
        )


def supporting(tx: Tx, identity_id: str) -> list[str]:
    """Give the agencies that say themselves that they support a person now."""
    rows = tx.query(
        f"""SELECT DISTINCT i.agency_id FROM live_involvements i
        WHERE i.identity_id = :id AND {access.ADMITS} AND {access.OPEN} ORDER BY i.agency_id""",
        id=identity_id,
        today=tx.today,
    )
    return [row["agency_id"] for row in rows]


def given_to(tx: Tx, note_id: str) -> list[Given]:
    """Give the filings of a note that a system has fetched, with somebody whom the note is about: who is
    restricted only where all are, because nothing is heard about them.

    On PostgreSQL a system that fetches at this moment, or who asks this, runs again, and sees the other.
    """
    tx.change("UPDATE filings SET note_id = note_id WHERE note_id = :note", note=note_id)
    return tx.rows(
        Given._make,
        """SELECT f.id, f.source_id, s.agency_id,
            (SELECT b.person_id FROM note_subjects b WHERE b.note_id = f.note_id
                ORDER BY CASE WHEN EXISTS (SELECT 1 FROM restrictions x
                    JOIN people q ON q.id = x.person_id
                    WHERE q.identity_id = b.identity_id AND x.ended_at IS NULL)
                    THEN 1 ELSE 0 END, b.person_id LIMIT 1)
        FROM filings f JOIN sources s ON s.id = f.source_id
        WHERE f.note_id = :note AND f.fetched_at IS NOT NULL ORDER BY f.id""",
        note=note_id,
    )


def is_waiting(db: Reads) -> bool:
    """Say whether anything has no number yet."""
    return db.one("SELECT id FROM happenings WHERE number IS NULL LIMIT 1") is not None


def number(tx: Tx) -> None:
    """Give numbers to what has none, the oldest first. Two that do this at once would give the same
    numbers: they are UNIQUE, so that one of them runs again."""
    row = tx.one("SELECT COALESCE(MAX(number), 0) AS last FROM happenings")
    last = int(row["last"]) if row else 0
    waiting = tx.query(
        f"SELECT id FROM happenings WHERE number IS NULL ORDER BY id LIMIT {AT_ONCE:d}"
    )
    for n, one in enumerate(waiting, start=last + 1):
        tx.change("UPDATE happenings SET number = :n WHERE id = :id", n=n, id=one["id"])


# What a system hears of: nothing about whoever is closed to its token, but what was filed by who added them
# and believes them to be new. `p` is the person, `f` the filing.
_HEARD = f"""h.agency_id = :my_agency AND (h.source_id IS NULL OR h.source_id = :source)
    AND NOT {access.LEFT} AND NOT EXISTS ({access.closed_but_for("f.filed_by")})"""


def after(tx: Tx, me: Me, source_id: str, number: int, limit: int) -> list[Happening]:
    """Give what happened to the rows of a token's agency after a number, in order, as far as it hears of
    it."""
    return tx.rows(
        lambda row: Happening(*row),
        f"""SELECT h.number, h.id, h.kind, h.person_id, h.involvement_id, i.source_key, h.filing_id,
            h.made_at
        FROM happenings h JOIN people p ON p.id = h.person_id
        LEFT JOIN involvements i ON i.id = h.involvement_id AND i.source_id = :source
        LEFT JOIN filings f ON f.id = h.filing_id
        WHERE h.number > :number AND {_HEARD} ORDER BY h.number LIMIT {limit:d}""",
        source=source_id,
        number=number,
        **access.params(me, tx),
    )


def last_before(tx: Tx, me: Me, source_id: str, number: int, kinds: Collection[Kind]) -> int:
    """Give the number of the last thing before a number that a token hears of; 0 for none."""
    row = tx.one(
        f"""SELECT h.number FROM happenings h JOIN people p ON p.id = h.person_id
        LEFT JOIN filings f ON f.id = h.filing_id
        WHERE h.number < :number AND h.kind IN (:kinds) AND {_HEARD}
        ORDER BY h.number DESC LIMIT 1""",
        source=source_id,
        number=number,
        kinds=sorted(kinds),
        **access.params(me, tx),
    )
    return int(row["number"]) if row else 0
