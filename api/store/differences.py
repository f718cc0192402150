"""What was said by hand and what feeds say of the same people, to be compared; and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.store.engine import Reads, Row, Tx

# What is compared of each kind of line.
SAYS: Mapping[str, tuple[str, ...]] = {
    "names": ("kind", "first_key", "last_key"),
    "particulars": ("born_on", "died_on", "gender"),
    "identifiers": ("scheme", "value"),
    "addresses": ("kind", "lines", "postcode"),
    "plans": ("kind",),
    "involvements": (
        *("agency_id", "practitioner_id", "kind", "role"),
        *("contact_name", "contact_phone", "contact_email"),
    ),
}


@dataclass(frozen=True)
class Hand:
    """A line that somebody said by hand, or confirmed, and that stands. `by` is who, `sealed` their
    agency where that is sensitive, or the line's own."""

    id: str
    table: str
    person_id: str
    identity_id: str
    by: str
    at: str
    sealed: str | None
    says: Row


@dataclass(frozen=True)
class Fed:
    """A line of a feed, with what somebody said anew in its place; from `since_load` on, and until
    `until_load`. `ended_at` is when the load that ended it was done. `stands` in the feed's own word."""

    id: str
    table: str
    identity_id: str
    source_id: str
    source_agency: str | None
    sealed: str | None
    at: str
    since_load: int
    until_load: int | None
    ended_at: str | None
    stands: bool
    replaced_by: str | None
    says: Row


@dataclass(frozen=True)
class Known:
    """A difference that was found before, and is not settled or not answered."""

    id: str
    fact: str
    fact_id: str
    confirmed_id: str
    sealed: str | None
    load: int
    answered: bool
    settled: bool


def to_compare(db: Reads) -> list[tuple[str, int]]:
    """Give the feeds that show another load than they were compared at: id and that load."""
    return db.rows(
        lambda row: (row[0], row[1]),
        """SELECT id, current_load FROM sources WHERE kind = 'feed'
        AND (compared_load IS NULL OR compared_load <> current_load) ORDER BY id""",
    )


def compared(tx: Tx, source_id: str, load: int) -> None:
    """Note up to which load a feed was compared."""
    tx.change("UPDATE sources SET compared_load = :load WHERE id = :id", load=load, id=source_id)


def compare_again(tx: Tx, but: str | None) -> None:
    """Let the worker compare the feeds anew of all sensitive agencies but one; and if there is such a
    one, all others as well."""
    tx.change(
        """UPDATE sources SET compared_load = NULL WHERE kind = 'feed'
        AND COALESCE((SELECT a.id FROM agencies a WHERE a.id = sources.agency_id
            AND a.sensitive = 1), '') <> COALESCE(:but, '')""",
        but=but,
    )


def sensitive(db: Reads, agency_id: str | None) -> str | None:
    """Give an agency if it is a sensitive one."""
    row = db.one("SELECT id FROM agencies WHERE id = :id AND sensitive = 1", id=agency_id)
    return row["id"] if row else None


def spoken_of(db: Reads) -> list[str]:
    """Give the identities of whom something is said by hand, in order."""
    each = " UNION ".join(
        f"""SELECT q.identity_id FROM {table} f JOIN people q ON q.id = f.person_id
        WHERE f.recorded_by IS NOT NULL AND f.replaced_by IS NULL"""
        for table in SAYS
    )
    return db.rows(lambda row: str(row[0]), f"SELECT identity_id FROM ({each}) AS x ORDER BY 1")


def by_hand(db: Reads, table: str, identities: Collection[str]) -> list[Hand]:
    """Give what stands by hand of these people."""
    confirmed = table == "involvements"
    by = "COALESCE(f.confirmed_by, f.recorded_by)" if confirmed else "f.recorded_by"
    own = "f.agency_id" if confirmed else "NULL"
    asks = "AND f.asserted_by <> 'self'" if confirmed else ""
    columns = _columns(table)
    rows = db.query(
        f"""SELECT f.id, f.person_id, q.identity_id, {by} AS said_by, f.recorded_at,
            (SELECT MIN(a.id) FROM agencies a WHERE a.sensitive = 1 AND a.id IN (w.agency_id, {own}))
                AS sealed, {columns}
        FROM {table} f JOIN people q ON q.id = f.person_id
        JOIN sources s ON s.id = f.source_id AND s.kind = 'practitioners'
        JOIN practitioners w ON w.id = {by}
        WHERE q.identity_id IN (:ids) AND f.recorded_by IS NOT NULL AND f.replaced_by IS NULL
            AND f.withdrawn_at IS NULL AND f.in_passing = 0 {asks}
        ORDER BY f.recorded_at DESC, f.id DESC""",
        ids=list(identities),
    )
    return [
        Hand(
            id=row["id"],
            table=table,
            person_id=row["person_id"],
            identity_id=row["identity_id"],
            by=row["said_by"],
            at=row["recorded_at"],
            sealed=row["sealed"],
            says=_says(table, row),
        )
        for row in rows
    ]


def by_feeds(
    db: Reads, table: str, identities: Collection[str], source_id: str | None
) -> list[Fed]:
    """Give what a feed, or with None every feed, says and said of these people, the newest first;
    without what a practitioner took back, and what was never shown."""
    own = "f.agency_id" if table == "involvements" else "NULL"
    columns = _columns(table)
    rows = db.query(
        f"""SELECT f.id, q.identity_id, f.source_id, s.agency_id AS source_agency, f.recorded_at,
            f.since_load, f.until_load, l.finished_at, f.replaced_by,
            (SELECT MIN(a.id) FROM agencies a WHERE a.sensitive = 1 AND a.id IN (s.agency_id, {own}))
                AS sealed,
            CASE WHEN f.until_load IS NULL OR f.until_load > s.current_load THEN 1 ELSE 0 END
                AS stands, {columns}
        FROM {table} f JOIN people q ON q.id = f.person_id
        JOIN sources s ON s.id = f.source_id AND s.kind = 'feed'
        LEFT JOIN loads l ON l.source_id = f.source_id AND l.number = f.until_load
        WHERE q.identity_id IN (:ids) AND f.source_id = COALESCE(:source, f.source_id)
            AND f.since_load <= s.current_load AND f.withdrawn_at IS NULL
            AND (f.until_load IS NULL OR f.until_load > f.since_load)
        ORDER BY f.recorded_at DESC, f.id DESC""",
        ids=list(identities),
        source=source_id,
    )
    return [
        Fed(
            id=row["id"],
            table=table,
            identity_id=row["identity_id"],
            source_id=row["source_id"],
            source_agency=row["source_agency"],
            sealed=row["sealed"],
            at=row["recorded_at"],
            since_load=row["since_load"],
            until_load=row["until_load"],
            ended_at=row["finished_at"],
            stands=bool(row["stands"]),
            replaced_by=row["replaced_by"],
            says=_says(table, row),
        )
        for row in rows
    ]


def replacements(db: Reads, table: str, identities: Collection[str]) -> dict[str, str]:
    """Give which line took the place of which, by hand, of these people."""
    rows = db.query(
        f"""SELECT f.id, f.replaced_by FROM {table} f JOIN people q ON q.id = f.person_id
        WHERE q.identity_id IN (:ids) AND f.replaced_by IS NOT NULL""",
        ids=list(identities),
    )
    return {row["id"]: row["replaced_by"] for row in rows}


def known(db: Reads, table: str, identities: Collection[str], source_id: str | None) -> list[Known]:
    """Give the differences of these people that were found before, settled or not, the newest last."""
    rows = db.query(
        """SELECT c.id, c.fact, c.fact_id, c.confirmed_id, c.sealed_agency AS sealed,
            c.load_number AS load,
            CASE WHEN c.answered_at IS NULL THEN 0 ELSE 1 END AS answered,
            CASE WHEN c.settled_at IS NULL THEN 0 ELSE 1 END AS settled
        FROM corrections c JOIN people q ON q.id = c.person_id
        WHERE c.confirmed_id IS NOT NULL AND c.fact = :fact AND q.identity_id IN (:ids)
            AND c.source_id = COALESCE(:source, c.source_id)
        ORDER BY c.made_at, c.id""",
        fact=table,
        ids=list(identities),
        source=source_id,
    )
    return [
        Known(**{**row, "answered": bool(row["answered"]), "settled": bool(row["settled"])})
        for row in rows
    ]


def add_confirmed(tx: Tx, correction_id: str, confirmed_id: str, load: int) -> None:
    """Note that a line which waits for an answer also differs from what somebody confirmed, or differs
    again."""
    tx.change(
        """UPDATE corrections SET confirmed_id = :confirmed, load_number = :load,
            settled_at = NULL, settled_by = NULL
        WHERE id = :id AND (confirmed_id IS NULL OR settled_at IS NOT NULL)""",
        confirmed=confirmed_id,
        load=load,
        id=correction_id,
    )


def settle(tx: Tx, correction_id: str, by: str, confirmed_id: str | None = None) -> None:
    """Note that a difference is settled, and by which line, where it was said anew."""
    tx.change(
        """UPDATE corrections SET settled_at = COALESCE(settled_at, :now),
            settled_by = COALESCE(settled_by, :by),
            confirmed_id = COALESCE(:confirmed, confirmed_id) WHERE id = :id""",
        now=tx.now,
        by=by,
        confirmed=confirmed_id,
        id=correction_id,
    )


def is_only_a_difference(db: Reads, correction_id: str) -> bool:
    """Say whether nobody says that the line is wrong, but who confirmed otherwise."""
    return not db.query(
        "SELECT 1 FROM correction_says WHERE correction_id = :id AND what <> 'differs'",
        id=correction_id,
    )


def _columns(table: str) -> str:
    return ", ".join(f"f.{column}" for column in (*SAYS[table], "valid_from", "valid_to"))


def _says(table: str, row: Mapping[str, Any]) -> Row:
    columns: Sequence[str] = (*SAYS[table], "valid_from", "valid_to")
    return {column: row[column] for column in columns}
