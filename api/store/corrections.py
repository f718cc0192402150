"""What is said to be wrong, and what became of it, as it is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

from api.moment import later, new_id, parse
from api.store import access
from api.store.access import Me
from api.store.assertions import NEWEST_FIRST
from api.store.engine import Reads, Row, Tx

STATS_DAYS = 365


@dataclass(frozen=True)
class Kept:
    """One row: a line that was said to be wrong, or that differs from what somebody confirmed.
    `other_id` is the record of whom a relationship names too."""

    id: str
    source_id: str
    source: str
    source_code: str
    source_agency: str | None
    is_feed: bool
    asserted_by: str | None
    person_id: str
    identity_id: str
    other_id: str | None
    fact: str
    fact_id: str
    sealed_agency: str | None
    confirmed_id: str | None
    load_number: int | None
    made_at: str
    due_on: str
    overdue_at: str | None
    answered_at: str | None
    answered_by: str | None
    answer: str | None
    words_id: str | None
    settled_at: str | None


class Say(NamedTuple):
    """One practitioner's word that a line is wrong."""

    practitioner_id: str
    what: str
    words_id: str | None
    made_at: str


@dataclass(frozen=True)
class Figures:
    """What became of the lines of a source that were said to be wrong in the last year, of `lines`
    that it says now (0 where no load counted them). What waits, and is overdue, counts differences."""

    lines: int = 0
    said: int = 0
    put_right: int = 0
    waiting: int = 0
    overdue: int = 0
    days: Sequence[float] = ()

    @property
    def typical_days(self) -> int | None:
        """In how many days an answer came, at the median; None where none came."""
        return round(median(self.days)) if self.days else None

    @property
    def share(self) -> str:
        """What share of the source's lines was said to be wrong, as people say it; "" for none."""
        if not (self.said and self.lines):
            return ""
        share = 100 * self.said / self.lines
        return f"{share:.1f} in a hundred" if share >= 0.1 else "fewer than 1 in a thousand"


_COLUMNS = """c.id, c.source_id, s.name AS source, s.code AS source_code,
    s.agency_id AS source_agency,
    CASE WHEN s.kind = 'feed' THEN 1 ELSE 0 END AS is_feed, c.asserted_by, c.person_id,
    p.identity_id, (SELECT r.other_id FROM relationships r
        WHERE c.fact = 'relationships' AND r.id = c.fact_id) AS other_id, c.fact, c.fact_id, c.sealed_agency, c.confirmed_id, c.load_number, c.made_at,
    c.due_on, c.overdue_at, c.answered_at, c.answered_by, c.answer, c.words_id, c.settled_at"""
_FROM = """FROM corrections c JOIN sources s ON s.id = c.source_id
    JOIN people p ON p.id = c.person_id"""

# Whose load was taken back differs no more; what somebody said is wrong waits all the same.
_DIFFERS_NOW = "(c.load_number IS NULL OR c.load_number <= s.current_load)"
_SAID_NOW = f"""({_DIFFERS_NOW} OR EXISTS (SELECT 1 FROM correction_says y
    WHERE y.correction_id = c.id AND y.what <> 'differs'))"""


def add(tx: Tx, **columns: Any) -> str:
    """Write a new one, which waits; give its id."""
    id = new_id()
    tx.insert("corrections", id=id, made_at=tx.now, **columns)
    return id


def add_say(
    tx: Tx, correction_id: str, practitioner_id: str, what: str, words_id: str | None
) -> None:
    """Write that somebody says so."""
    tx.insert(
        "correction_says",
        id=new_id(),
        correction_id=correction_id,
        practitioner_id=practitioner_id,
        what=what,
        words_id=words_id,
        made_at=tx.now,
    )


def find(db: Reads, correction_id: str) -> Kept | None:
    """Give one, whoever asks."""
    row = db.one(f"SELECT {_COLUMNS} {_FROM} WHERE c.id = :id", id=correction_id)
    return _kept(row) if row else None


def open_on(db: Reads, fact_id: str) -> str | None:
    """Give the id of the one that waits about a line."""
    row = db.one(
        "SELECT id FROM corrections WHERE fact_id = :id AND answered_at IS NULL", id=fact_id
    )
    return row["id"] if row else None


def says(db: Reads, correction_id: str) -> list[Say]:
    """Give who said so, the first one first."""
    return db.rows(
        Say._make,
        """SELECT practitioner_id, what, words_id, made_at FROM correction_says
        WHERE correction_id = :id ORDER BY made_at, id""",
        id=correction_id,
    )


def sayers(db: Reads, correction_id: str) -> set[str]:
    """Give who said so."""
    rows = db.query(
        "SELECT DISTINCT practitioner_id AS id FROM correction_says WHERE correction_id = :id",
        id=correction_id,
    )
    return {row["id"] for row in rows}


def of_source(tx: Tx, source_id: str, me: Me, *, waiting: bool, limit: int) -> list[Kept]:
    """Give those of a feed about people who are not closed to `me`: those that wait, the first to be
    due first, or those that were answered, the last ones first."""
    state, order = _state(waiting)
    rows = tx.query(
        f"""SELECT {_COLUMNS} {_FROM} WHERE c.source_id = :source AND {state} AND {_SAID_NOW}
        AND (c.sealed_agency IS NULL OR c.sealed_agency = s.agency_id)
        AND {access.not_closed("c.person_id")} ORDER BY {order} LIMIT {limit:d}""",
        source=source_id,
        **access.params(me, tx),
    )
    return [_kept(row) for row in rows]


def of_hands(tx: Tx, me: Me, *, limit: int) -> list[Kept]:
    """Give those that wait about lines said by hand: by `me`, by whoever left a team that I supervise,
    and, where no such one is to be asked, about people whom I lead."""
    state, order = _state(waiting=True)
    rows = tx.query(
        f"""SELECT {_COLUMNS} {_FROM} LEFT JOIN practitioners z ON z.id = c.asserted_by
        WHERE s.kind = 'practitioners' AND {state} AND {access.not_closed("c.person_id")}
        AND (c.sealed_agency IS NULL OR c.sealed_agency = :my_agency)
        AND (c.asserted_by = :me
            OR (z.left_at IS NOT NULL AND z.team_id IN (SELECT r.scope_id FROM roles r
                WHERE r.practitioner_id = :me AND r.role = 'supervisor' AND r.ended_at IS NULL))
            OR ((c.asserted_by IS NULL OR (z.left_at IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM roles r JOIN practitioners v ON v.id = r.practitioner_id
                    WHERE r.role = 'supervisor' AND r.scope_id = z.team_id
                    AND r.ended_at IS NULL AND v.left_at IS NULL)))
                AND EXISTS (SELECT 1 FROM live_involvements i
                    WHERE i.identity_id = p.identity_id AND i.practitioner_id = :me
                    AND i.lead = 1 AND {access.OPEN})))
        ORDER BY {order} LIMIT {limit:d}""",
        **access.params(me, tx),
    )
    return [_kept(row) for row in rows]


def said_by(tx: Tx, me: Me, limit: int) -> list[Kept]:
    """Give those that I said, the last ones first."""
    rows = tx.query(
        f"""SELECT {_COLUMNS} {_FROM} WHERE c.id IN (SELECT y.correction_id FROM correction_says y
            WHERE y.practitioner_id = :me) AND {access.not_closed("c.person_id")}
        ORDER BY c.made_at DESC, c.id DESC LIMIT {limit:d}""",
        **access.params(me, tx),
    )
    return [_kept(row) for row in rows]


def answer(tx: Tx, correction_id: str, answer: str, by: str, words_id: str | None = None) -> bool:
    """Write the owner's answer; False where somebody else was first."""
    changed = tx.change(
        """UPDATE corrections SET answered_at = :now, answered_by = :by, answer = :answer,
            words_id = :words WHERE id = :id AND answered_at IS NULL""",
        now=tx.now,
        by=by,
        answer=answer,
        words=words_id,
        id=correction_id,
    )
    return changed == 1


def take_overdue(tx: Tx, limit: int) -> list[Kept]:
    """Give those that were due before today and of which nobody was told yet, as told now."""
    rows = tx.query(
        f"""SELECT {_COLUMNS} {_FROM} WHERE c.answered_at IS NULL AND c.overdue_at IS NULL
        AND c.due_on < :today AND {_SAID_NOW} ORDER BY c.due_on, c.id LIMIT {limit:d}""",
        today=tx.today,
    )
    tx.change(
        "UPDATE corrections SET overdue_at = :now WHERE id IN (:ids)",
        now=tx.now,
        ids=[row["id"] for row in rows],
    )
    return [_kept(row) for row in rows]


def has_overdue(db: Reads, today: str) -> bool:
    """Say whether one is overdue of which nobody was told."""
    return bool(
        db.query(
            f"""SELECT 1 FROM corrections c JOIN sources s ON s.id = c.source_id
            WHERE c.answered_at IS NULL AND c.overdue_at IS NULL AND c.due_on < :today
            AND {_SAID_NOW} LIMIT 1""",
            today=today,
        )
    )


def shown_with(tx: Tx, identity_id: str, relationships: Sequence[str]) -> list[Row]:
    """Give what is open about the lines of a person, and about these relationships, which may be
    another's: id, fact, fact_id, confirmed_id, made_at, due_on, sealed, waits, differs."""
    return tx.query(
        f"""SELECT c.id, c.fact, c.fact_id, c.confirmed_id, c.made_at, c.due_on,
            CASE WHEN c.sealed_agency IS NULL THEN 0 ELSE 1 END AS sealed,
            CASE WHEN c.answered_at IS NULL THEN 1 ELSE 0 END AS waits,
            CASE WHEN c.confirmed_id IS NOT NULL AND c.settled_at IS NULL AND {_DIFFERS_NOW}
            THEN 1 ELSE 0 END AS differs
        FROM corrections c JOIN sources s ON s.id = c.source_id
        WHERE c.id IN (SELECT x.id FROM corrections x
                WHERE x.person_id IN (SELECT q.id FROM people q WHERE q.identity_id = :id)
            UNION SELECT x.id FROM corrections x
                WHERE x.answered_at IS NULL AND x.fact_id IN (:relationships))
        AND (c.answered_at IS NULL OR (c.confirmed_id IS NOT NULL AND c.settled_at IS NULL))
        AND {_SAID_NOW}""",
        id=identity_id,
        relationships=list(relationships),
    )


def figures(tx: Tx, me: Me | None, source_ids: Collection[str]) -> dict[str, Figures]:
    """Give the figures of feeds, without anybody who is closed to `me`, or without `me` to most."""
    bounds = {"me": "", "since": later(tx.now, days=-STATS_DAYS), "sources": list(source_ids)}
    bounds |= {"me": me.id} if me else {}
    rows = tx.query(
        f"""SELECT c.source_id, c.made_at, c.answered_at, c.answer, c.due_on,
            CASE WHEN EXISTS (SELECT 1 FROM correction_says y WHERE y.correction_id = c.id
                AND y.what <> 'differs') THEN 1 ELSE 0 END AS said
        FROM corrections c JOIN sources s ON s.id = c.source_id
        WHERE c.source_id IN (:sources) AND (c.made_at >= :since OR c.answered_at IS NULL)
        AND (c.sealed_agency IS NULL OR c.sealed_agency = s.agency_id)
        AND {_SAID_NOW} AND {access.not_closed("c.person_id")}""",
        **bounds,
    )
    by_source: dict[str, list[Row]] = {}
    for row in rows:
        by_source.setdefault(row["source_id"], []).append(row)
    lines = tx.query(
        """SELECT l.source_id AS id, l.new_facts + l.same_facts AS lines FROM loads l
        JOIN sources s ON s.id = l.source_id AND s.current_load = l.number"""
    )
    counted = {row["id"]: row["lines"] for row in lines}
    return {
        source: _figures(by_source.get(source, ()), counted.get(source, 0), tx)
        for source in source_ids
    }


def stewards(tx: Tx, source_id: str) -> set[str]:
    """Give the data stewards of a source."""
    rows = tx.query(
        """SELECT r.practitioner_id AS id FROM roles r
        JOIN practitioners w ON w.id = r.practitioner_id AND w.left_at IS NULL
        WHERE r.role = 'data steward' AND r.scope_id = :source AND r.ended_at IS NULL""",
        source=source_id,
    )
    return {row["id"] for row in rows}


def administrators(tx: Tx, source_id: str) -> set[str]:
    """Give the administrators of the agency whose source it is; where it has none, the authority's,
    who hear nothing of a sensitive agency's."""
    rows = tx.query(
        """SELECT r.practitioner_id AS id, CASE WHEN r.scope_id = s.agency_id THEN 1 ELSE 0 END AS own
        FROM sources s LEFT JOIN agencies a ON a.id = s.agency_id
        JOIN roles r ON r.role = 'administrator' AND r.ended_at IS NULL
            AND (r.scope_id = s.agency_id
                OR (r.scope = 'authority' AND COALESCE(a.sensitive, 0) = 0))
        JOIN practitioners w ON w.id = r.practitioner_id AND w.left_at IS NULL
        WHERE s.id = :source""",
        source=source_id,
    )
    own = {row["id"] for row in rows if row["own"]}
    return own or {row["id"] for row in rows}


# --- The lines themselves ----------------------------------------------------------------------

# What else is read of a line, by its table: who is meant, of which agency.
_MORE: Mapping[str, tuple[str, str, str]] = {
    "involvements": (
        """, a.name AS agency, a.sensitive, k.located, w.name AS worker,
        w.phone AS worker_phone, w.email AS worker_email, a.phone AS agency_phone, c.name AS confirmer""",
        """JOIN agencies a ON a.id = f.agency_id JOIN agency_kinds k ON k.code = a.kind
        LEFT JOIN practitioners w ON w.id = f.practitioner_id
        LEFT JOIN practitioners c ON c.id = f.confirmed_by
        JOIN involvements i ON i.id = f.id""",
        access.UNSEALED,
    ),
    "plans": (", l.label", "JOIN plan_kinds l ON l.code = f.kind", access.FACT_SHOWN),
    "details": (
        ", a.name AS agency",
        """JOIN agencies a ON a.id = f.agency_id JOIN people p ON p.id = f.identity_id
        JOIN (SELECT x.*, q.identity_id FROM details x JOIN people q ON q.id = x.person_id) d
            ON d.id = f.id""",
        access.DETAIL_SHOWN,
    ),
}


def fact(tx: Tx, table: str, fact_id: str, me: Me) -> Row | None:
    """Give a line that stands or stood, with who says it; `shown` where its own secrecy lets `me` see
    it, `sealed` the sensitive agency behind it. Who may see the person is another matter."""
    more, joins, shown = _MORE.get(table, ("", "", access.FACT_SHOWN))
    agency = "f.agency_id" if table in ("involvements", "details") else "NULL"
    row = tx.one(
        f"""SELECT f.*, s.name AS source_name, s.kind AS source_kind, s.agency_id AS source_agency,
            COALESCE(s.reported_at, f.recorded_at) AS as_of, z.name AS recorder,
            z.left_at AS recorder_left,
            CASE WHEN za.sensitive = 0 OR za.id = :my_agency THEN za.name END AS recorder_agency,
            COALESCE(zk.located, sk.located, 0) AS source_located,
            (SELECT MIN(x.id) FROM agencies x WHERE x.sensitive = 1
                AND x.id IN (s.agency_id, z.agency_id, {agency})) AS sealed,
            CASE WHEN f.replaced_by IS NULL AND f.withdrawn_at IS NULL
                AND f.since_load <= s.current_load
                AND (f.until_load IS NULL OR f.until_load > s.current_load)
            THEN 1 ELSE 0 END AS stands,
            CASE WHEN {shown} THEN 1 ELSE 0 END AS shown {more}
        FROM (SELECT x.*, q.identity_id FROM {table} x JOIN people q ON q.id = x.person_id
            WHERE x.id = :id) f
        JOIN sources s ON s.id = f.source_id
        LEFT JOIN practitioners z ON z.id = f.recorded_by
        LEFT JOIN agencies za ON za.id = z.agency_id
        LEFT JOIN agency_kinds zk ON zk.code = za.kind
        LEFT JOIN agencies sa ON sa.id = s.agency_id
        LEFT JOIN agency_kinds sk ON sk.code = sa.kind
        {joins}""",
        id=fact_id,
        **access.params(me, tx),
    )
    return dict(row) if row else None


def lines_of(tx: Tx, table: str, identity_id: str, me: Me) -> list[Row]:
    """Give the ids of what stands of a person in one table and may be shown, by precedence."""
    return tx.query(
        f"""SELECT f.id FROM live_{table} f WHERE f.identity_id = :id AND {access.FACT_SHOWN}
        {NEWEST_FIRST}""",
        id=identity_id,
        **access.params(me, tx),
    )


def _state(waiting: bool) -> tuple[str, str]:
    if waiting:
        return "c.answered_at IS NULL", "c.due_on, c.made_at, c.id"
    return "c.answered_at IS NOT NULL", "c.answered_at DESC, c.id DESC"


def _figures(rows: Sequence[Row], lines: int, tx: Tx) -> Figures:
    since = later(tx.now, days=-STATS_DAYS)
    said = [row for row in rows if row["said"] and row["made_at"] >= since]
    answered = [row for row in said if row["answered_at"]]
    return Figures(
        lines=lines,
        said=len(said),
        put_right=sum(row["answer"] == "put right" for row in answered),
        overdue=sum(row["answered_at"] is None and row["due_on"] < tx.today for row in rows),
        waiting=sum(row["answered_at"] is None for row in rows),
        days=sorted(_days(row["made_at"], row["answered_at"]) for row in answered),
    )


def _days(since: str, until: str) -> float:
    return (parse(until) - parse(since)).total_seconds() / 86400


def _kept(row: Row) -> Kept:
    return Kept(**{**row, "is_feed": bool(row["is_feed"])})
