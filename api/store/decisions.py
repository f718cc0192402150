"""What data stewards decided of rows: whom each is about, or that it is about none of those shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.moment import new_id
from api.store import search_names
from api.store.candidates import HAS_CANDIDATES
from api.store.engine import Reads, Row, Tx
from api.store.loads import EXTRA, SAYS
from api.store.sources import Source


@dataclass(frozen=True)
class Decision:
    """One decision about the rows of a source that go by `row_key`. `digest`: what such a row must
    say for it to hold, None for whatever it says. `person_id`: the record that its facts hang on."""

    id: str
    source_id: str
    row_key: str
    digest: str | None
    kind: str
    person_id: str | None
    link_id: str | None
    line: int
    words_id: str
    made_by: str
    made_at: str
    undone_at: str | None


_COLUMNS = ", ".join(f"d.{name}" for name in Decision.__dataclass_fields__)


def add(
    tx: Tx,
    source: Source,
    kind: str,
    row_key: str,
    digest: str | None,
    *,
    person_id: str | None,
    link_id: str | None,
    line: int,
    words_id: str,
    made_by: str,
    shown: Iterable[str],
    id: str | None = None,
) -> str:
    """Write a decision, with who was shown; give its id."""
    id = id or new_id()
    tx.insert(
        "decisions",
        id=id,
        source_id=source.id,
        row_key=row_key,
        digest=digest,
        kind=kind,
        person_id=person_id,
        link_id=link_id,
        line=line,
        words_id=words_id,
        made_by=made_by,
        made_at=tx.now,
    )
    tx.insert_all(
        "decision_people", ({"decision_id": id, "person_id": one} for one in sorted(set(shown)))
    )
    return id


def undo(tx: Tx, decision_id: str, by: str) -> None:
    """Mark a decision as taken back."""
    tx.change(
        "UPDATE decisions SET undone_by = :by, undone_at = :now WHERE id = :id",
        by=by,
        now=tx.now,
        id=decision_id,
    )


def find(db: Reads, source: Source, decision_id: str) -> Decision | None:
    """Give a decision about a row of this source, taken back or not."""
    rows = _decisions(db, "d.id = :id AND d.source_id = :source", id=decision_id, source=source.id)
    return next(iter(rows), None)


def every(db: Reads, source: Source, limit: int) -> list[Decision]:
    """Give what was decided of a source's rows, the newest first, taken back or not."""
    return _decisions(
        db,
        "d.source_id = :source",
        f"ORDER BY d.made_at DESC, d.id DESC LIMIT {limit:d}",
        source=source.id,
    )


def standing(db: Reads, source: Source, row_key: str = "") -> list[Decision]:
    """Give the decisions about a source's rows that stand, or those about the rows of one key."""
    return _decisions(
        db,
        "d.source_id = :source AND d.undone_at IS NULL AND d.row_key = COALESCE(:key, d.row_key)",
        "ORDER BY d.made_at, d.id",
        source=source.id,
        key=row_key or None,
    )


def shown(db: Reads, decisions: Sequence[str]) -> dict[str, set[str]]:
    """Give who was shown, by decision, as they are now: identities."""
    rows = db.query(
        """SELECT x.decision_id, p.identity_id FROM decision_people x
        JOIN people p ON p.id = x.person_id WHERE x.decision_id IN (:ids)""",
        ids=decisions,
    )
    found: dict[str, set[str]] = {id: set() for id in decisions}
    for row in rows:
        found[row["decision_id"]].add(row["identity_id"])
    return found


def identities(db: Reads, records: Sequence[str]) -> dict[str, str]:
    """Give whose these records are: identities, by record."""
    rows = db.query("SELECT id, identity_id FROM people WHERE id IN (:ids)", ids=records)
    return {row["id"]: row["identity_id"] for row in rows}


def record_of(db: Reads, source: Source, row_key: str) -> str | None:
    """Give the record that stood for the rows of this key before, whatever became of it."""
    row = db.one(
        """SELECT person_id FROM decisions WHERE source_id = :source AND row_key = :key
        AND person_id IS NOT NULL ORDER BY made_at DESC, id DESC LIMIT 1""",
        source=source.id,
        key=row_key,
    )
    return row["person_id"] if row else None


def add_record(tx: Tx, source: Source, person_id: str) -> None:
    """Write a record that stands for one row of a source."""
    tx.insert(
        "people",
        id=person_id,
        identity_id=person_id,
        made_at=tx.now,
        source_id=source.id,
        row_of=source.id,
    )


def is_of_row(db: Reads, link_id: str) -> bool:
    """Whether an identity link was made by deciding about a row."""
    return bool(db.one("SELECT 1 AS x FROM decisions WHERE link_id = :id", id=link_id))


def _decisions(db: Reads, condition: str, order: str = "", **params: object) -> list[Decision]:
    rows = db.query(f"SELECT {_COLUMNS} FROM decisions d WHERE {condition} {order}", **params)
    return [Decision(**row) for row in rows]


# --- Rows that may be about somebody ------------------------------------------------------------


@dataclass(frozen=True)
class Doubtful:
    """A row that may be about somebody who is here."""

    id: str
    line: int
    reason: str
    words_id: str
    row_key: str
    digest: str


def add_candidates(tx: Tx, row_id: str, people: Iterable[str]) -> None:
    """Say whom a row that waits may be about."""
    tx.insert_all(
        "waiting_candidates", ({"row_id": row_id, "person_id": one} for one in sorted(set(people)))
    )


def doubtful(
    db: Reads, source: Source, *, only: str | None = None, limit: int = 1_000_000
) -> list[Doubtful]:
    """Give the rows of the load that shows that wait and may be about somebody, by line."""
    rows = db.query(
        f"""SELECT r.id, r.line, r.reason, r.words_id, r.row_key, r.digest FROM waiting_rows r
        WHERE r.source_id = :source AND r.load_number = :current AND r.settled_at IS NULL
        AND r.row_key IS NOT NULL AND r.id = COALESCE(:only, r.id) AND {HAS_CANDIDATES}
        ORDER BY r.line, r.id LIMIT {limit:d}""",
        source=source.id,
        current=source.current_load,
        only=only,
    )
    return [Doubtful(**row) for row in rows]


def alike(db: Reads, source: Source, row: Doubtful) -> list[Doubtful]:
    """Give the rows that wait and say the same under the same key: one decision is about them all."""
    rows = db.query(
        """SELECT r.id, r.line, r.reason, r.words_id, r.row_key, r.digest FROM waiting_rows r
        WHERE r.source_id = :source AND r.load_number = :current AND r.settled_at IS NULL
        AND r.row_key = :key AND r.digest = :digest ORDER BY r.line, r.id""",
        source=source.id,
        current=source.current_load,
        key=row.row_key,
        digest=row.digest,
    )
    return [Doubtful(**one) for one in rows]


def contested(db: Reads) -> set[str]:
    """Give who may not be the only one of their name and birth date: a row waits, of a source that says
    who exists, that may be about them or about somebody new."""
    rows = db.query(
        """SELECT DISTINCT p.identity_id FROM waiting_candidates c
        JOIN waiting_rows r ON r.id = c.row_id JOIN people p ON p.id = c.person_id
        JOIN sources s ON s.id = r.source_id AND s.current_load = r.load_number
        WHERE r.settled_at IS NULL AND s.makes_people = 1"""
    )
    return {row["identity_id"] for row in rows}


def count(db: Reads) -> dict[str, int]:
    """Give how many rows wait that may be about somebody, by the id of their source."""
    rows: list[Row] = db.query(
        f"""SELECT r.source_id, COUNT(*) AS n FROM waiting_rows r
        JOIN sources s ON s.id = r.source_id AND s.current_load = r.load_number
        WHERE r.settled_at IS NULL AND r.row_key IS NOT NULL AND {HAS_CANDIDATES}
        GROUP BY r.source_id"""
    )
    return {row["source_id"]: row["n"] for row in rows}


# --- What one row says, decided otherwise -------------------------------------------------------

# Of a fact everything but its id, whom it is about, and that it was taken back.
_BLOCK = (
    *("source_id", "source_key", "since_load", "until_load", "recorded_at", "recorded_by"),
    *("valid_from", "valid_to", "replaced_by"),
)


def part(
    tx: Tx, source: Source, source_key: str, whose: str, decision_id: str, to_person: str | None
) -> None:
    """Take back what a source said of somebody under this id of its own, because of a decision, and
    let it hang on another record from the load on that first said it. Nothing is written over."""
    for table, columns in SAYS.items():
        rows = tx.query(
            f"""SELECT f.* FROM {table} f JOIN people q ON q.id = f.person_id
            WHERE f.source_id = :source AND f.source_key = :key AND q.identity_id = :whose
                AND f.withdrawn_at IS NULL
                AND (f.until_load IS NULL OR f.until_load > f.since_load)""",
            source=source.id,
            key=source_key,
            whose=whose,
        )
        tx.change(
            f"UPDATE {table} SET withdrawn_at = :now, withdrawn_by = :by WHERE id IN (:ids)",
            now=tx.now,
            by=decision_id,
            ids=[row["id"] for row in rows],
        )
        if to_person:
            names = dict.fromkeys((*columns, *EXTRA.get(table, ()), *_BLOCK))
            said = [{name: row[name] for name in names} for row in rows]
            tx.insert_all(table, ({"id": new_id(), "person_id": to_person, **one} for one in said))
    search_names.refresh(tx, [to_person] if to_person else [])


def join_again(tx: Tx, decision_id: str) -> None:
    """Let what was taken back because of a decision stand as it did."""
    for table in SAYS:
        tx.change(
            f"""UPDATE {table} SET withdrawn_at = NULL, withdrawn_by = NULL
            WHERE withdrawn_by = :by""",
            by=decision_id,
        )


def void(tx: Tx, source: Source, person_id: str) -> None:
    """Let nothing that a source says stand on a record, in any of its loads."""
    for table in SAYS:
        tx.change(
            f"""UPDATE {table} SET until_load = since_load
            WHERE source_id = :source AND person_id = :person""",
            source=source.id,
            person=person_id,
        )
