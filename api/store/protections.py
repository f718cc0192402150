"""Restrictions (who may know that a person exists) and protections (who may know where they are)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from api.moment import new_id
from api.store import access, candidates, conflicts
from api.store.access import Me
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
    is_echo: bool = False


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
    echo = "x.echo_of IS NOT NULL" if table == "restrictions" else "1 = 0"
    rows = db.query(
        f"""SELECT x.id, q.identity_id, x.words_id, x.made_by, x.made_at,
            CASE WHEN {echo} THEN 1 ELSE 0 END AS is_echo FROM {table} x
        JOIN people q ON q.id = x.person_id
        WHERE q.identity_id = :id AND x.ended_at IS NULL ORDER BY x.made_at DESC, x.id DESC""",
        id=identity_id,
    )
    return [
        Closed(**{**row, "is_echo": bool(row["is_echo"])}, named=_named(db, table, row["id"]))
        for row in rows
    ]


def openers(tx: Tx, restriction_id: str) -> int:
    """Count who is named on a restriction, works with families here and may read the record."""
    rows = tx.query(
        f"""SELECT y.practitioner_id FROM restrictions x JOIN people p ON p.id = x.person_id
        JOIN restriction_names y ON y.restriction_id = x.id
        JOIN practitioners w ON w.id = y.practitioner_id
        WHERE x.id = :id AND w.left_at IS NULL AND {access.OPENS_AGAIN}""",
        id=restriction_id,
    )
    return len(rows)


def end(tx: Tx, table: Table, id: str, by: str) -> None:
    """Lift one of them; the row stays."""
    tx.change(
        f"UPDATE {table} SET ended_by = :by, ended_at = :now WHERE id = :id",
        by=by,
        now=tx.now,
        id=id,
    )


# --- What nobody who is named can open any more ---------------------------------------------------


class Forsaken(NamedTuple):
    """Something closed or hidden, of whom nobody who is named works with families here any more, or all who
    do know the person privately."""

    id: str
    table: Table
    identity_id: str
    made_at: str
    made_by: str


def forsaken(tx: Tx, me: Me, only: str = "") -> list[Forsaken]:
    """Give what is forsaken and not about whom `me` declared a conflict of interest, the oldest first. Of
    somebody restricted it is not said that their place is hidden too."""
    found = []
    for table, (names, column) in _NAMES.items():
        besides = (
            "x.echo_of IS NULL"
            if table == "restrictions"
            else f"NOT EXISTS ({access.closed_but_for(':me')})"
        )
        found += tx.rows(
            Forsaken._make,
            f"""SELECT x.id, '{table}' AS name, p.id, x.made_at, COALESCE(w.name, '')
            FROM {table} x JOIN people o ON o.id = x.person_id JOIN people p ON p.id = o.identity_id
            LEFT JOIN practitioners w ON w.id = x.made_by
            WHERE x.ended_at IS NULL AND (:only = '' OR x.id = :only) AND NOT {access.CONFLICTED}
            AND {besides} AND NOT EXISTS (SELECT 1 FROM {names} y
                WHERE y.{column} = x.id AND {access.OPENS_AGAIN})""",
            only=only,
            **access.params(me, tx),
        )
    return sorted(found, key=lambda one: (one.made_at, one.id))


# --- Records that are parted -----------------------------------------------------------------------


class Held(NamedTuple):
    """What closes a person: restrictions and protections by their table, and who declared a conflict of
    interest."""

    closed: Sequence[tuple[Table, Closed]]
    conflicts: frozenset[str]


def held(tx: Tx, identity_id: str, since: str = "") -> Held:
    """Give what closes a person, or where they are, to anybody, and was made since a moment; echoes
    aside."""
    tables: tuple[Table, ...] = ("restrictions", "protections")
    return Held(
        [
            (name, one)
            for name in tables
            for one in of(tx, name, identity_id)
            if one.made_at >= since and not one.is_echo
        ],
        conflicts.closed_by(tx, identity_id, since),
    )


def carry(tx: Tx, before: Held, identity_id: str) -> None:
    """Let a person who was parted from another be closed as both were together: what protects one of
    them must not be let out by the other. Whoever is named opens what need not be closed."""
    now: dict[Table, set[str]] = {
        name: {one.words_id for one in of(tx, name, identity_id)} for name, _ in before.closed
    }
    for name, one in before.closed:
        if one.words_id not in now[name]:
            add(tx, name, identity_id, one.words_id, one.made_by, sorted(one.named))
    for who in sorted(before.conflicts - conflicts.closed_by(tx, identity_id)):
        conflicts.add(tx, who, identity_id)


# --- Echoes: records of somebody restricted, made by who may not know of them ----------------------

_ECHOES = """FROM restrictions x JOIN people q ON q.id = x.person_id
    JOIN people r ON r.id = x.echo_of WHERE x.ended_at IS NULL"""


def closed_to(tx: Tx, identities: Sequence[str], me: Me) -> set[str]:
    """Give those of these people who are restricted and must not exist for `me`."""
    rows = tx.query(
        f"""SELECT DISTINCT p.identity_id FROM people p WHERE p.identity_id IN (:ids)
        AND {access.RESTRICTED} AND NOT {access.NAMED}""",
        ids=identities,
        **access.params(me, tx),
    )
    return {row["identity_id"] for row in rows}


def echoing(db: Reads, identities: Sequence[str], maker: str | None) -> set[str]:
    """Give those of these people whose record echoes somebody restricted; not those that `maker`
    added."""
    rows = db.query(
        f"""SELECT DISTINCT q.identity_id {_ECHOES} AND q.identity_id IN (:ids)
        AND COALESCE(x.but_for, '') <> :maker""",
        ids=identities,
        maker=maker or "",
    )
    return {row["identity_id"] for row in rows}


def echoes(db: Reads, identities: Sequence[str]) -> list[str]:
    """Give the identities of the records that echo these people."""
    rows = db.query(
        f"SELECT DISTINCT q.identity_id {_ECHOES} AND r.identity_id IN (:ids) ORDER BY 1",
        ids=identities,
    )
    return [row["identity_id"] for row in rows]


def is_echo_for(db: Reads, identities: Sequence[str], maker: str) -> bool:
    """Whether one of these people is somebody restricted whom `maker` added and believes to be new."""
    return bool(
        db.query(
            f"SELECT 1 {_ECHOES} AND q.identity_id IN (:ids) AND x.but_for = :maker LIMIT 1",
            ids=identities,
            maker=maker,
        )
    )


def add_echo(tx: Tx, person_id: str, identity_id: str, maker: str | None) -> None:
    """Close a record that `maker` (None for a load) just made as the restricted person that it is about
    is closed."""
    for one in of(tx, "restrictions", identity_id):
        _add_echo(tx, person_id, one, maker)


def echo_new(tx: Tx, records: Sequence[str], own: str) -> None:
    """Close the records that a load of the agency `own` just made and that are surely of somebody
    restricted, as that person is closed: they are joined to nobody, and there for those named."""
    born = "b.born_on IS NOT NULL AND b.person_id = n.person_id"
    found = tx.query(
        f"""SELECT n.person_id AS record, f.identity_id AS person FROM names n
            CROSS JOIN live_names f WHERE n.person_id IN (:records) AND f.last_key = n.last_key
            AND f.first_key = n.first_key AND {_MEANT}
            AND EXISTS (SELECT 1 FROM particulars b JOIN live_particulars d
                ON d.identity_id = f.identity_id AND d.born_on || '' = b.born_on WHERE {born})
        UNION SELECT n.person_id, f.identity_id FROM identifiers n
            CROSS JOIN live_identifiers f WHERE n.person_id IN (:records)
            AND n.scheme IN ('nhs', 'upn') AND f.scheme = n.scheme AND f.value = n.value
            AND {_MEANT} ORDER BY 1, 2""",
        records=records,
        own=own,
    )
    echo = {id for id in records if found and of(tx, "restrictions", id)}
    for row in found:
        if row["record"] not in echo and row["record"] != row["person"]:
            add_echo(tx, row["record"], row["person"], None)


_MEANT = f"""f.in_passing = 0 AND {candidates.not_sealed("f")} AND f.identity_id IN (
    SELECT q.identity_id FROM restrictions x JOIN people q ON q.id = x.person_id
    WHERE x.ended_at IS NULL AND x.echo_of IS NULL)"""


def echo_again(tx: Tx, identity_id: str, by: str) -> list[str]:
    """Let the echoes of a person follow whatever restriction stands now; give the records that no
    longer echo anybody."""
    rows = tx.query(
        f"SELECT x.id, x.person_id, x.but_for {_ECHOES} AND r.identity_id = :id", id=identity_id
    )
    held = [one for one in of(tx, "restrictions", identity_id) if not one.is_echo]
    for row in rows:
        end(tx, "restrictions", row["id"], by)
        for one in held:
            _add_echo(tx, row["person_id"], one, row["but_for"])
    return [] if held else sorted({row["person_id"] for row in rows})


def _add_echo(tx: Tx, person_id: str, one: Closed, maker: str | None) -> None:
    id = new_id()
    tx.insert(
        "restrictions",
        id=id,
        person_id=person_id,
        words_id=one.words_id,
        made_by=one.made_by,
        made_at=tx.now,
        echo_of=one.identity_id,
        but_for=maker,
    )
    tx.insert_all(
        "restriction_names",
        ({"restriction_id": id, "practitioner_id": name} for name in sorted(one.named)),
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
