"""Practitioners and their roles, as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.moment import new_id
from api.store.engine import Reads, Row, Tx

_COLUMNS = """w.id, w.name, w.job, w.agency_id, a.name AS agency, a.kind AS agency_kind,
    a.sensitive, w.team_id, t.name AS team, w.phone, w.email, w.staff_number, w.joined_at, w.left_at"""

_FROM = """FROM practitioners w JOIN agencies a ON a.id = w.agency_id
    LEFT JOIN teams t ON t.id = w.team_id"""


@dataclass(frozen=True)
class Held:
    """A role that a practitioner holds, and what it covers."""

    role: str
    scope: str
    scope_id: str


@dataclass(frozen=True)
class Practitioner:
    """A person who works for an agency, as colleagues see one."""

    id: str
    name: str
    job: str
    agency_id: str
    agency: str
    agency_kind: str
    sensitive: bool
    team_id: str | None
    team: str | None
    phone: str
    email: str
    staff_number: str | None
    joined_at: str
    left_at: str | None
    roles: tuple[Held, ...]


@dataclass(frozen=True)
class Colleague:
    """Someone of the same agency, to choose from a list."""

    id: str
    name: str
    job: str


def add(
    tx: Tx,
    *,
    id: str,
    agency_id: str,
    team_id: str | None,
    name: str,
    job: str,
    phone: str,
    email: str,
    staff_number: str | None,
) -> None:
    """Write a new practitioner."""
    tx.insert(
        "practitioners",
        id=id,
        agency_id=agency_id,
        team_id=team_id,
        name=name,
        job=job,
        phone=phone,
        email=email,
        staff_number=staff_number,
        joined_at=tx.now,
    )


def find(db: Reads, practitioner_id: str) -> Practitioner | None:
    """Give one practitioner, whether still here or not."""
    rows = db.query(f"SELECT {_COLUMNS} {_FROM} WHERE w.id = :id", id=practitioner_id)
    return _with_roles(db, rows)[0] if rows else None


def by_staff_number(db: Reads, agency_id: str, staff_number: str) -> str | None:
    """Give the id of the practitioner whom an agency's own systems know by this number."""
    row = db.one(
        """SELECT id FROM practitioners WHERE agency_id = :agency AND staff_number = :number""",
        agency=agency_id,
        number=staff_number,
    )
    return str(row["id"]) if row else None


def by_email(db: Reads, email: str) -> list[Practitioner]:
    """Give those who are still here and have this e-mail address."""
    rows = db.query(
        f"SELECT {_COLUMNS} {_FROM} WHERE w.email = :email AND w.left_at IS NULL ORDER BY w.id",
        email=email,
    )
    return _with_roles(db, rows)


def in_teams(db: Reads, team_ids: Sequence[str]) -> list[Practitioner]:
    """Give those who are still in these teams, by name."""
    rows = db.query(
        f"""SELECT {_COLUMNS} {_FROM} WHERE w.team_id IN (:teams) AND w.left_at IS NULL
        ORDER BY w.name, w.id""",
        teams=list(team_ids),
    )
    return _with_roles(db, rows)


def in_agency(db: Reads, agency_id: str) -> list[Practitioner]:
    """Give those who are still with an agency, by name."""
    rows = db.query(
        f"""SELECT {_COLUMNS} {_FROM} WHERE w.agency_id = :agency AND w.left_at IS NULL
        ORDER BY w.name, w.id""",
        agency=agency_id,
    )
    return _with_roles(db, rows)


def colleagues(db: Reads, agency_id: str, but: str) -> list[Colleague]:
    """Give those who are still with an agency, by name, without one of them."""
    rows = db.query(
        """SELECT id, name, job FROM practitioners
        WHERE agency_id = :agency AND left_at IS NULL AND id <> :but ORDER BY name, id""",
        agency=agency_id,
        but=but,
    )
    return [Colleague(**row) for row in rows]


def governance(db: Reads, but: str) -> list[Colleague]:
    """Give the authority's governance leads, by name, without one of them and without who works in a
    sensitive agency."""
    rows = db.query(
        """SELECT w.id, w.name, w.job FROM practitioners w JOIN agencies a ON a.id = w.agency_id
        WHERE w.left_at IS NULL AND w.id <> :but AND a.sensitive = 0
        AND EXISTS (SELECT 1 FROM roles r WHERE r.practitioner_id = w.id AND r.ended_at IS NULL
            AND r.role = 'governance lead' AND r.scope = 'authority') ORDER BY w.name, w.id""",
        but=but,
    )
    return [Colleague(**row) for row in rows]


def approvers(db: Reads, agency_id: str) -> list[Colleague]:
    """Give who may approve devices in an agency, its own approvers and the authority's, by name."""
    rows = db.query(
        """SELECT w.id, w.name, w.job FROM practitioners w WHERE w.left_at IS NULL
        AND EXISTS (SELECT 1 FROM roles r WHERE r.practitioner_id = w.id AND r.role = 'approver'
            AND r.ended_at IS NULL AND (r.scope = 'authority' OR r.scope_id = :agency))
        ORDER BY w.name, w.id""",
        agency=agency_id,
    )
    return [Colleague(**row) for row in rows]


def supervisor_of(db: Reads, practitioner_id: str) -> str | None:
    """Give who supervises a practitioner's team, never themselves; where the team has nobody else,
    who supervises another team of the agency. Of several, who has done so longest."""
    row = db.one(
        """SELECT s.id FROM practitioners w
        JOIN practitioners s ON s.agency_id = w.agency_id AND s.id <> w.id AND s.left_at IS NULL
        JOIN roles r ON r.practitioner_id = s.id AND r.role = 'supervisor' AND r.ended_at IS NULL
        WHERE w.id = :id
        ORDER BY CASE WHEN r.scope_id = w.team_id THEN 0 ELSE 1 END, r.granted_at, r.id LIMIT 1""",
        id=practitioner_id,
    )
    return str(row["id"]) if row else None


def hold(tx: Tx, practitioner_id: str) -> None:
    """Let what gives somebody work, and their leaving, follow one another: on PostgreSQL whoever comes
    second runs again, and sees what the first did."""
    tx.change("UPDATE practitioners SET left_at = left_at WHERE id = :id", id=practitioner_id)


def hold_administrators(tx: Tx) -> None:
    """Let whatever takes an administrator of the authority away follow one another."""
    tx.change(
        """UPDATE roles SET ended_at = ended_at
        WHERE role = 'administrator' AND scope = 'authority' AND ended_at IS NULL"""
    )


def leave(tx: Tx, practitioner_id: str) -> bool:
    """Write that someone left; give False if they had left before."""
    return bool(
        tx.change(
            "UPDATE practitioners SET left_at = :now WHERE id = :id AND left_at IS NULL",
            id=practitioner_id,
            now=tx.now,
        )
    )


# --- Roles ---------------------------------------------------------------------------------------


def grant(tx: Tx, practitioner_id: str, role: str, scope: str, scope_id: str, by: str) -> bool:
    """Give a role; give False if it was held already."""
    held = tx.one(
        """SELECT id FROM roles WHERE practitioner_id = :who AND role = :role AND scope = :scope
        AND scope_id = :scope_id AND ended_at IS NULL""",
        who=practitioner_id,
        role=role,
        scope=scope,
        scope_id=scope_id,
    )
    if held:
        return False
    tx.insert(
        "roles",
        id=new_id(),
        practitioner_id=practitioner_id,
        role=role,
        scope=scope,
        scope_id=scope_id,
        granted_by=by,
        granted_at=tx.now,
    )
    return True


def end_role(tx: Tx, practitioner_id: str, role: str, scope: str, scope_id: str) -> bool:
    """End a role; give False if it was not held."""
    return bool(
        tx.change(
            """UPDATE roles SET ended_at = :now WHERE practitioner_id = :who AND role = :role
            AND scope = :scope AND scope_id = :scope_id AND ended_at IS NULL""",
            now=tx.now,
            who=practitioner_id,
            role=role,
            scope=scope,
            scope_id=scope_id,
        )
    )


def end_roles(tx: Tx, practitioner_id: str) -> None:
    """End all roles of someone who leaves."""
    tx.change(
        "UPDATE roles SET ended_at = :now WHERE practitioner_id = :id AND ended_at IS NULL",
        now=tx.now,
        id=practitioner_id,
    )


def holders(db: Reads, role: str, scope: str, scope_id: str) -> list[str]:
    """Give the ids of those who hold a role for exactly this scope and are still here."""
    rows = db.query(
        """SELECT r.practitioner_id FROM roles r JOIN practitioners w ON w.id = r.practitioner_id
        WHERE r.role = :role AND r.scope = :scope AND r.scope_id = :scope_id
          AND r.ended_at IS NULL AND w.left_at IS NULL ORDER BY r.granted_at, r.id""",
        role=role,
        scope=scope,
        scope_id=scope_id,
    )
    return [row["practitioner_id"] for row in rows]


def _with_roles(db: Reads, rows: list[Row]) -> list[Practitioner]:
    if not rows:
        return []
    held: dict[str, list[Held]] = {row["id"]: [] for row in rows}
    for role in db.query(
        """SELECT practitioner_id, role, scope, scope_id FROM roles
        WHERE practitioner_id IN (:ids) AND ended_at IS NULL ORDER BY granted_at, id""",
        ids=list(held),
    ):
        held[role.pop("practitioner_id")].append(Held(**role))
    return [
        Practitioner(**{**row, "sensitive": bool(row["sensitive"])}, roles=tuple(held[row["id"]]))
        for row in rows
    ]
