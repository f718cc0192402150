"""Identities: which records are one person, by whose word, and what each link moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.moment import new_id
from api.store import access, assertions
from api.store.access import Me
from api.store.engine import Reads, Tx


@dataclass(frozen=True)
class Link:
    """Two identities that somebody found to be one person."""

    id: str
    from_identity: str
    to_identity: str
    words_id: str
    made_by: str
    made_at: str
    undone_at: str | None


_COLUMNS = "l.id, l.from_identity, l.to_identity, l.words_id, l.made_by, l.made_at, l.undone_at"


def find(db: Reads, link_id: str) -> Link | None:
    """Give a link, undone or not."""
    row = db.one(f"SELECT {_COLUMNS} FROM identity_links l WHERE l.id = :id", id=link_id)
    return Link(**row) if row else None


def standing(db: Reads) -> dict[str, str]:
    """Give every link that stands: to which identity each joined one belongs."""
    rows = db.query("SELECT from_identity, to_identity FROM identity_links WHERE undone_at IS NULL")
    return {row["from_identity"]: row["to_identity"] for row in rows}


def of(tx: Tx, identity_id: str, me: Me | None) -> list[Link]:
    """Give the links that hold this person's records together, newest first; what somebody of a
    sensitive agency did only to that agency. What a data steward decided of a row is not among them."""
    rows = tx.query(
        f"""SELECT {_COLUMNS} FROM identity_links l JOIN people p ON p.id = l.from_identity
        LEFT JOIN practitioners w ON w.id = l.made_by LEFT JOIN agencies a ON a.id = w.agency_id
        WHERE p.identity_id = :id AND l.undone_at IS NULL AND (a.id IS NULL OR {access.AGENCY_SHOWN})
            AND p.row_of IS NULL
        ORDER BY l.made_at DESC, l.id DESC""",
        id=identity_id,
        my_agency=me.agency_id if me else "",
    )
    return [Link(**row) for row in rows]


def add(tx: Tx, from_identity: str, to_identity: str, words_id: str, made_by: str) -> str:
    """Join an identity to another; give the link's id. Rows keep the record they hang on."""
    link_id = new_id()
    tx.insert(
        "identity_links",
        id=link_id,
        from_identity=from_identity,
        to_identity=to_identity,
        words_id=words_id,
        made_by=made_by,
        made_at=tx.now,
    )
    moved = records(tx, from_identity)
    tx.insert_all("identity_moves", ({"link_id": link_id, "person_id": id} for id in moved))
    move(tx, moved, to_identity)
    return link_id


def undo(tx: Tx, link_id: str, by: str) -> None:
    """Mark a link as taken back."""
    tx.change(
        "UPDATE identity_links SET undone_by = :by, undone_at = :now WHERE id = :id",
        by=by,
        now=tx.now,
        id=link_id,
    )


def joined(db: Reads, from_identity: str) -> list[str]:
    """Give the links that stand by which an identity was joined to another."""
    rows = db.query(
        "SELECT id FROM identity_links WHERE from_identity = :id AND undone_at IS NULL",
        id=from_identity,
    )
    return [row["id"] for row in rows]


def records(db: Reads, identity_id: str) -> list[str]:
    """Give the records of an identity."""
    rows = db.query("SELECT id FROM people WHERE identity_id = :id ORDER BY id", id=identity_id)
    return [row["id"] for row in rows]


def moved(db: Reads, link_id: str) -> list[str]:
    """Give the records that a link moved."""
    rows = db.query("SELECT person_id FROM identity_moves WHERE link_id = :id", id=link_id)
    return [row["person_id"] for row in rows]


def move(tx: Tx, records: Sequence[str], identity_id: str) -> None:
    """Let records belong to an identity."""
    tx.change(
        "UPDATE people SET identity_id = :identity WHERE id IN (:ids)",
        identity=identity_id,
        ids=records,
    )
    tx.change(
        "UPDATE note_subjects SET identity_id = :identity WHERE person_id IN (:ids)",
        identity=identity_id,
        ids=records,
    )


def sources(db: Reads, identities: Sequence[str]) -> set[str]:
    """Give the sources that made these people's records or name them."""
    rows = db.query(
        """SELECT source_id FROM people WHERE identity_id IN (:ids) AND row_of IS NULL
        UNION SELECT source_id FROM live_names WHERE identity_id IN (:ids)""",
        ids=identities,
    )
    return {row["source_id"] for row in rows}


def is_closed(tx: Tx, identities: Sequence[str], me: Me | None, *, sealed: bool = True) -> bool:
    """Say whether one of these people is restricted or, where `sealed` counts, supported by a sensitive
    agency that `me` may not know of (None: a part of the system, which may know of none)."""
    found = tx.one(
        f"""SELECT 1 AS found FROM people p WHERE p.identity_id IN (:ids) AND (
            EXISTS (SELECT 1 FROM restrictions x JOIN people q ON q.id = x.person_id
                WHERE q.identity_id = p.identity_id AND x.ended_at IS NULL)
            OR :sealed = 1 AND EXISTS (SELECT 1 FROM live_involvements i JOIN agencies a ON a.id = i.agency_id
                LEFT JOIN practitioners w ON w.id = i.practitioner_id
                WHERE i.identity_id = p.identity_id
                AND (i.valid_to IS NULL OR i.valid_to > :today)
                AND NOT {access.UNSEALED}))""",
        ids=identities,
        sealed=int(sealed),
        **assertions.params(me, tx),
    )
    return found is not None


def has_circle(tx: Tx, identity_id: str) -> bool:
    """Whether anybody is said to support this person, by themselves or by others."""
    return bool(
        tx.query("SELECT 1 FROM live_involvements WHERE identity_id = :id LIMIT 1", id=identity_id)
    )


def has_open_circle(tx: Tx, identity_id: str) -> bool:
    """Whether anybody of whom all may know is said to support this person, or was."""
    return bool(
        tx.query(
            """SELECT 1 FROM live_involvements i JOIN agencies a ON a.id = i.agency_id
            WHERE i.identity_id = :id AND a.sensitive = 0 LIMIT 1""",
            id=identity_id,
        )
    )


def names(db: Reads, identity_id: str) -> set[tuple[str, str]]:
    """Give the names that stand for a person, as folded first and last names."""
    rows = db.query(
        """SELECT first_key, last_key FROM live_names
        WHERE identity_id = :id AND in_passing = 0""",
        id=identity_id,
    )
    return {(row["first_key"], row["last_key"]) for row in rows}


def births(db: Reads, identity_id: str) -> set[str]:
    """Give the birth dates that stand for a person."""
    rows = db.query(
        """SELECT born_on FROM live_particulars
        WHERE identity_id = :id AND in_passing = 0 AND born_on IS NOT NULL""",
        id=identity_id,
    )
    return {row["born_on"] for row in rows}


def nhs_numbers(db: Reads, identity_id: str) -> set[str]:
    """Give the NHS numbers that stand for a person."""
    rows = db.query(
        """SELECT value FROM live_identifiers
        WHERE identity_id = :id AND scheme = 'nhs' AND in_passing = 0""",
        id=identity_id,
    )
    return {row["value"] for row in rows}
