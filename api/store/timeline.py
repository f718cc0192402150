"""What happened around a person, by date: one list out of every kind of row that has a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.store import access, assertions
from api.store.access import Me
from api.store.engine import Row, Tx


@dataclass(frozen=True)
class Event:
    """One thing on one day: its kind, the row that says so, and when that was written."""

    day: str
    at: str
    kind: str
    id: str


# What is sealed, hidden or narrowed is left out here, before anything is counted or cut to a page.
# Where two sources say the same of the same day it happened once, told in the word that ranks first.
_LIVE = f"f.identity_id = :id AND {access.FACT_SHOWN}"

_NOTES = f"""SELECT v.happened_on AS day, n.made_at AS at, 'note' AS kind, n.id FROM notes n
    JOIN note_revisions v ON v.note_id = n.id
    WHERE v.number = (SELECT MAX(y.number) FROM note_revisions y WHERE y.note_id = n.id)
    AND n.id IN (SELECT b.note_id FROM note_subjects b WHERE b.identity_id = :id)
    AND {access.NOTE_SHOWN} AND {access.NOTE_OPEN}"""

# A school or a GP gives away where somebody is.
_PLACED = f"NOT (k.located = 1 AND {access.LOCATION_HIDDEN})"


def _involvements(day: str, kind: str, condition: str) -> str:
    return f"""SELECT {day} AS day, MAX(i.recorded_at) AS at, '{kind}' AS kind, MAX(i.id) AS id
    FROM live_involvements i JOIN people p ON p.id = i.identity_id JOIN agencies a ON a.id = i.agency_id
    JOIN agency_kinds k ON k.code = a.kind LEFT JOIN practitioners w ON w.id = i.practitioner_id
    WHERE i.identity_id = :id AND i.asserted_by <> 'self' AND {condition}
    AND {access.INVOLVEMENT_SHOWN} AND {access.SERVICE_OF_AGE} AND {_PLACED}
    GROUP BY {day}, i.agency_id, i.practitioner_id, i.kind, COALESCE(i.contact_name, '')"""


def _plans(day: str, kind: str, condition: str) -> str:
    return f"""SELECT {day} AS day, MAX(f.recorded_at) AS at, '{kind}' AS kind, MAX(f.id) AS id
    FROM live_plans f
    WHERE {_LIVE} AND {condition} GROUP BY {day}, f.kind"""


def _particulars(day: str, kind: str) -> str:
    return f"""SELECT {day} AS day, MAX(f.recorded_at) AS at, '{kind}' AS kind, MAX(f.id) AS id
    FROM live_particulars f
    WHERE {_LIVE} AND f.in_passing = 0 AND {day} IS NOT NULL GROUP BY {day}"""


_MOVES = f"""SELECT f.valid_from AS day, MAX(f.recorded_at) AS at, 'moved' AS kind, MAX(f.id) AS id
    FROM live_addresses f JOIN people p ON p.id = f.identity_id
    WHERE {_LIVE} AND f.valid_from <= :today AND NOT {access.LOCATION_HIDDEN}
    GROUP BY f.valid_from, f.kind, f.postcode, f.lines"""

_BEGUN, _ENDED = "{0}.valid_from <= :today", "{0}.valid_to <= :today"

_EVENTS = " UNION ALL ".join(
    (
        _NOTES,
        _involvements("i.valid_from", "involvement begun", _BEGUN.format("i")),
        _involvements("i.valid_to", "involvement ended", _ENDED.format("i")),
        _plans("f.valid_from", "plan begun", _BEGUN.format("f")),
        _plans("f.valid_to", "plan ended", _ENDED.format("f")),
        _particulars("f.born_on", "born"),
        _particulars("f.died_on", "died"),
        _MOVES,
    )
)


def of(tx: Tx, identity_id: str, me: Me, before: Event | None, limit: int) -> list[Event]:
    """Give what `me` is shown of a person's life, newest day first, from after `before` on.

    Within a day by when it was written: an id may come from a client and decides no order.
    """
    rows = tx.query(
        f"""SELECT e.day, e.at, e.kind, e.id FROM ({_EVENTS}) e
        WHERE :day = '' OR (e.day, e.at, e.id, e.kind) < (:day, :at, :before, :kind)
        ORDER BY e.day DESC, e.at DESC, e.id DESC, e.kind DESC LIMIT {limit:d}""",
        **access.params(me, tx),
        id=identity_id,
        day=before.day if before else "",
        at=before.at if before else "",
        before=before.id if before else "",
        kind=before.kind if before else "",
    )
    return [Event(**row) for row in rows]


def notes(tx: Tx, me: Me, ids: Sequence[str]) -> dict[str, Row]:
    """Give what a timeline says of these notes: the latest text of each, and who wrote it, where that is
    shown to `me`."""
    author = access.AUTHOR_SHOWN
    rows = tx.query(
        f"""SELECT n.id, n.kind, n.made_at, CASE WHEN {author} THEN w.name END AS author,
            CASE WHEN {author} THEN a.name END AS agency,
            CASE WHEN {author} THEN k.located ELSE 0 END AS located, v.words_id, v.contact, v.happened_time,
            CASE WHEN x.note_id IS NULL THEN 0 ELSE 1 END AS withdrawn
        FROM notes n JOIN practitioners w ON w.id = n.author_id
        JOIN agencies a ON a.id = n.agency_id JOIN agency_kinds k ON k.code = a.kind
        JOIN note_revisions v ON v.note_id = n.id
        LEFT JOIN note_withdrawals x ON x.note_id = n.id
        WHERE n.id IN (:ids)
        AND v.number = (SELECT MAX(y.number) FROM note_revisions y WHERE y.note_id = n.id)""",
        ids=ids,
        **access.params(me, tx),
    )
    return {row["id"]: row for row in rows}


def involvements(tx: Tx, me: Me, ids: Sequence[str]) -> dict[str, Row]:
    """Give what a timeline says of these involvements."""
    return _by_id(
        tx,
        me,
        f"""SELECT f.id, COALESCE(w.name, f.contact_name, '') AS who, f.role, a.name AS agency,
            {assertions.SAID} FROM live_involvements f JOIN agencies a ON a.id = f.agency_id
        LEFT JOIN practitioners w ON w.id = f.practitioner_id {assertions.SAID_BY}""",
        ids,
    )


def plans(tx: Tx, me: Me, ids: Sequence[str]) -> dict[str, Row]:
    """Give what a timeline says of these plans."""
    return _by_id(
        tx,
        me,
        f"""SELECT f.id, k.label, {assertions.SAID} FROM live_plans f
        JOIN plan_kinds k ON k.code = f.kind {assertions.SAID_BY}""",
        ids,
    )


def particulars(tx: Tx, me: Me, ids: Sequence[str]) -> dict[str, Row]:
    """Give who says when somebody was born or died."""
    return _by_id(
        tx, me, f"SELECT f.id, {assertions.SAID} FROM live_particulars f {assertions.SAID_BY}", ids
    )


def addresses(tx: Tx, me: Me, ids: Sequence[str]) -> dict[str, Row]:
    """Give what a timeline says of these addresses."""
    return _by_id(
        tx,
        me,
        f"""SELECT f.id, f.kind, f.lines, f.postcode, {assertions.SAID}
        FROM live_addresses f {assertions.SAID_BY}""",
        ids,
    )


def _by_id(tx: Tx, me: Me, select: str, ids: Sequence[str]) -> dict[str, Row]:
    if not ids:
        return {}
    rows = tx.query(f"{select} WHERE f.id IN (:ids)", ids=ids, **access.params(me, tx))
    return {row["id"]: row for row in rows}
