"""Declared conflicts of interest."""

from __future__ import annotations

from dataclasses import dataclass

from api.moment import new_id
from api.store.access import Me
from api.store.engine import Reads, Tx


@dataclass(frozen=True)
class Conflict:
    """One practitioner, one person, from when on."""

    id: str
    practitioner_id: str
    practitioner: str
    team_id: str | None
    agency_id: str
    person_id: str
    declared_at: str
    ended_at: str | None


_SELECT = """SELECT x.id, x.practitioner_id, w.name AS practitioner, w.team_id, w.agency_id,
    x.person_id, x.declared_at, x.ended_at
    FROM conflicts x JOIN practitioners w ON w.id = x.practitioner_id"""


def add(tx: Tx, practitioner_id: str, person_id: str) -> str:
    """Write a declaration; give its id."""
    id = new_id()
    tx.insert(
        "conflicts",
        id=id,
        practitioner_id=practitioner_id,
        person_id=person_id,
        declared_at=tx.now,
    )
    return id


def people_of(db: Reads, practitioner_id: str) -> set[str]:
    """Give the identities whom somebody declared a conflict about, ended or not."""
    rows = db.query(
        """SELECT p.identity_id FROM conflicts x JOIN people p ON p.id = x.person_id
        WHERE x.practitioner_id = :id""",
        id=practitioner_id,
    )
    return {row["identity_id"] for row in rows}


def closed_by(db: Reads, identity_id: str, since: str = "") -> frozenset[str]:
    """Give who declared a conflict about a person, since a moment, that stands."""
    rows = db.query(
        """SELECT x.practitioner_id FROM conflicts x JOIN people p ON p.id = x.person_id
        WHERE p.identity_id = :id AND x.ended_at IS NULL AND x.declared_at >= :since""",
        id=identity_id,
        since=since,
    )
    return frozenset(row["practitioner_id"] for row in rows)


def find(db: Reads, conflict_id: str) -> Conflict | None:
    """Give a declaration, ended or not."""
    row = db.one(f"{_SELECT} WHERE x.id = :id", id=conflict_id)
    return Conflict(**row) if row else None


def end(tx: Tx, conflict_id: str, by: str) -> None:
    """End a declaration; the row stays."""
    tx.change(
        "UPDATE conflicts SET ended_by = :by, ended_at = :now WHERE id = :id",
        by=by,
        now=tx.now,
        id=conflict_id,
    )


def under(db: Reads, me: Me) -> list[Conflict]:
    """Give the declarations that stand of others whom `me` supervises or governs, oldest first."""
    rows = db.query(
        f"""{_SELECT} WHERE x.ended_at IS NULL AND x.practitioner_id <> :me AND EXISTS (
            SELECT 1 FROM roles r WHERE r.practitioner_id = :me AND r.ended_at IS NULL
            AND ((r.role = 'supervisor' AND r.scope_id = w.team_id)
                OR (r.role = 'governance lead' AND r.scope_id = w.agency_id)
                OR (r.role = 'governance lead' AND r.scope = 'authority' AND NOT EXISTS (
                    SELECT 1 FROM agencies a WHERE a.id = w.agency_id AND a.sensitive = 1))))
        ORDER BY x.declared_at, x.id""",
        me=me.id,
    )
    return [Conflict(**row) for row in rows]
