"""Agencies and their teams, as they are kept."""

from __future__ import annotations

from dataclasses import dataclass

from api.store.engine import Reads, Row, Tx

_SELECT = """SELECT a.id, a.name, a.kind, k.label AS kind_label, a.sensitive, a.phone, a.email,
    k.located, a.opened_at IS NOT NULL AS is_open FROM agencies a JOIN agency_kinds k ON k.code = a.kind"""


@dataclass(frozen=True)
class Agency:
    """An organisation. `sensitive`: being known to it is itself sensitive."""

    id: str
    name: str
    kind: str
    kind_label: str
    sensitive: bool
    phone: str
    email: str
    located: bool
    is_open: bool


@dataclass(frozen=True)
class Team:
    """A part of an agency. `duty`: the front door's team, which may take a person on."""

    id: str
    agency_id: str
    name: str
    duty: bool
    phone: str


def add(tx: Tx, id: str, name: str, kind: str, phone: str, email: str, sensitive: bool) -> None:
    """Write a new agency."""
    tx.insert(
        "agencies",
        id=id,
        name=name,
        kind=kind,
        sensitive=int(sensitive),
        phone=phone,
        email=email,
        made_at=tx.now,
    )


def open_now(tx: Tx, agency_id: str) -> None:
    """Open an agency, if it was not."""
    tx.change(
        "UPDATE agencies SET opened_at = :now WHERE id = :id AND opened_at IS NULL",
        now=tx.now,
        id=agency_id,
    )


def add_team(tx: Tx, id: str, agency_id: str, name: str, phone: str, duty: bool) -> None:
    """Write a new team."""
    tx.insert(
        "teams",
        id=id,
        agency_id=agency_id,
        name=name,
        duty=int(duty),
        phone=phone,
        made_at=tx.now,
    )


def every(db: Reads) -> list[Agency]:
    """Give all agencies that are open, by name."""
    rows = db.query(f"""{_SELECT} WHERE a.closed_at IS NULL ORDER BY a.name, a.id""")
    return [_agency(row) for row in rows]


def find(db: Reads, agency_id: str) -> Agency | None:
    """Give one agency."""
    row = db.one(
        f"""{_SELECT} WHERE a.id = :id AND a.closed_at IS NULL""",
        id=agency_id,
    )
    return _agency(row) if row else None


def named(db: Reads, name: str) -> Agency | None:
    """Give the agency with exactly this name."""
    row = db.one(
        f"""{_SELECT} WHERE a.name = :name AND a.closed_at IS NULL""",
        name=name,
    )
    return _agency(row) if row else None


def is_kind(db: Reads, code: str) -> bool:
    """Whether the authority has this kind of agency."""
    return db.one("SELECT code FROM agency_kinds WHERE code = :code", code=code) is not None


def teams(db: Reads, agency_id: str) -> list[Team]:
    """Give an agency's teams, by name."""
    rows = db.query(
        """SELECT id, agency_id, name, duty, phone FROM teams WHERE agency_id = :agency
        ORDER BY name, id""",
        agency=agency_id,
    )
    return [_team(row) for row in rows]


def team(db: Reads, team_id: str) -> Team | None:
    """Give one team."""
    row = db.one("SELECT id, agency_id, name, duty, phone FROM teams WHERE id = :id", id=team_id)
    return _team(row) if row else None


def _agency(row: Row) -> Agency:
    return Agency(**row | {name: bool(row[name]) for name in ("sensitive", "located", "is_open")})


def _team(row: Row) -> Team:
    return Team(**{**row, "duty": bool(row["duty"])})
