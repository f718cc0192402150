"""Sources of facts and their loads, as they are kept."""

from __future__ import annotations

from dataclasses import dataclass

from api.store.engine import Reads, Row, Tx

_COLUMNS = """id, code, name, kind, agency_id, owner, justification, legal_basis, coverage,
    report_every_days, makes_people, mapping, current_load, reported_at, made_at"""


@dataclass(frozen=True)
class Source:
    """Where facts come from: a feed from another system, or the practitioners themselves."""

    id: str
    code: str
    name: str
    kind: str
    agency_id: str | None
    owner: str
    justification: str
    legal_basis: str
    coverage: str
    report_every_days: int | None
    makes_people: bool
    mapping: str
    current_load: int
    reported_at: str | None
    made_at: str


def add(tx: Tx, source: Source) -> None:
    """Write a new source."""
    tx.insert("sources", **{**vars(source), "makes_people": int(source.makes_people)})


def by_code(db: Reads, code: str) -> Source | None:
    """Give the source with this code."""
    row = db.one(f"SELECT {_COLUMNS} FROM sources WHERE code = :code", code=code)
    return _source(row) if row else None


def every(db: Reads) -> list[Source]:
    """Give all sources by name."""
    rows = db.query(f"SELECT {_COLUMNS} FROM sources ORDER BY name, code")
    return [_source(row) for row in rows]


def plan_kinds(db: Reads) -> set[str]:
    """Give the codes of the plans that this authority keeps."""
    return {row["code"] for row in db.query("SELECT code FROM plan_kinds")}


def is_sensitive(db: Reads, agency_id: str | None) -> bool:
    """Say whether it is a sensitive agency, whose feeds tell others nothing."""
    row = db.one("SELECT sensitive FROM agencies WHERE id = :id", id=agency_id)
    return bool(row and row["sensitive"])


def _source(row: Row) -> Source:
    return Source(**{**row, "makes_people": bool(row["makes_people"])})
