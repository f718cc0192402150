"""Sources of facts and their loads, as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from api.store.engine import Reads, Row, Tx

_COLUMNS = """id, code, name, kind, agency_id, owner, justification, legal_basis, coverage,
    report_every_days, makes_people, mapping, current_load, reported_at, made_at, missing_share,
    involves, area, ages_from, ages_to, covers_from, covers_to"""

_FLAGS = ("makes_people", "involves")


@dataclass(frozen=True)
class Source:
    """Where facts come from: a feed from another system, or the practitioners themselves.

    It covers people of `ages_from` until `ages_to`, and what happened from `covers_from` until
    `covers_to`. `missing_share`: of a hundred, how many may be missing before a load waits.
    """

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
    missing_share: int = 20
    involves: bool = False
    area: str = ""
    ages_from: int | None = None
    ages_to: int | None = None
    covers_from: str | None = None
    covers_to: str | None = None


def add(tx: Tx, source: Source) -> None:
    """Write a new source."""
    tx.insert("sources", **_row(source))


def hold(tx: Tx, source_id: str) -> None:
    """Let two that change this source at once follow one another, on either engine."""
    tx.change("UPDATE sources SET code = code WHERE id = :id", id=source_id)


def change(tx: Tx, source: Source, said: Mapping[str, Any]) -> None:
    """Write what is said about a source anew, by its columns."""
    columns = ", ".join(f"{name} = :{name}" for name in said)
    tx.change(f"UPDATE sources SET {columns} WHERE id = :id", id=source.id, **said)


def by_code(db: Reads, code: str) -> Source | None:
    """Give the source with this code."""
    row = db.one(f"SELECT {_COLUMNS} FROM sources WHERE code = :code", code=code)
    return _source(row) if row else None


def every(db: Reads) -> list[Source]:
    """Give all sources by name."""
    rows = db.query(f"SELECT {_COLUMNS} FROM sources ORDER BY name, code")
    return [_source(row) for row in rows]


def agencies(db: Reads) -> dict[str, tuple[str, bool]]:
    """Give by id what agencies are called, and whether they are sensitive."""
    rows = db.query("SELECT id, name, sensitive FROM agencies")
    return {row["id"]: (row["name"], bool(row["sensitive"])) for row in rows}


class Naming(NamedTuple):
    """A feed that says who supports people: whether it is sensitive, whether it names anybody for this
    person, and whether it ever let one of those into the circle."""

    source: Source
    sensitive: bool
    names: bool
    admits: bool


def naming(db: Reads, identity_id: str) -> list[Naming]:
    """Give the feeds that say who supports somebody, by name. What a practitioner said anew is still
    what the feed says too, and a line of a sensitive agency counts for none, whichever feed it came
    in."""
    columns = ", ".join(f"s.{name.strip()}" for name in _COLUMNS.split(","))
    rows = db.query(
        f"""SELECT {columns}, COALESCE(a.sensitive, 0) AS sensitive,
            COALESCE(n.says, 0) AS says
        FROM sources s LEFT JOIN agencies a ON a.id = s.agency_id
        LEFT JOIN (SELECT f.source_id, MAX(CASE WHEN f.kind = 'active' AND f.practitioner_id
                IS NOT NULL AND f.asserted_by = 'agency' THEN 2 ELSE 1 END) AS says
            FROM involvements f
            JOIN people q ON q.id = f.person_id JOIN sources x ON x.id = f.source_id
            JOIN agencies b ON b.id = f.agency_id AND b.sensitive = 0
            WHERE q.identity_id = :identity AND f.since_load <= x.current_load
            AND (f.until_load IS NULL OR f.until_load > x.current_load)
            GROUP BY f.source_id) n ON n.source_id = s.id
        WHERE s.kind = 'feed' AND s.involves = 1 ORDER BY s.name, s.code""",
        identity=identity_id,
    )
    found = []
    for row in rows:
        sensitive, says = bool(row.pop("sensitive")), row.pop("says")
        found.append(Naming(_source(row), sensitive, says >= 1, says == 2))
    return found


def plan_kinds(db: Reads) -> set[str]:
    """Give the codes of the plans that this authority keeps."""
    return {row["code"] for row in db.query("SELECT code FROM plan_kinds")}


def is_sensitive(db: Reads, agency_id: str | None) -> bool:
    """Say whether it is a sensitive agency, whose feeds tell others nothing."""
    row = db.one("SELECT sensitive FROM agencies WHERE id = :id", id=agency_id)
    return bool(row and row["sensitive"])


def _source(row: Row) -> Source:
    flags = {name: bool(row[name]) for name in _FLAGS}
    return Source(**{**row, **flags})


def _row(source: Source) -> Row:
    return {**vars(source), **{name: int(getattr(source, name)) for name in _FLAGS}}
