"""The figures of a month, counted once when it has ended.

Nothing of a sensitive agency is in any of them: neither what its people did, nor what was done about
theirs. Neither is anything about somebody who is restricted when the month is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from api.store import access
from api.store.engine import Reads, Tx


class Figure(NamedTuple):
    """One number of a month: of what, and of which part of it ("" where it has no parts)."""

    month: str
    name: str
    part: str
    number: int


class Read(NamedTuple):
    """A note: when it was written, when a lead first read it, and whether somebody acted on it."""

    id: str
    made_at: str
    read_at: str | None
    acted: int


_OPEN_RESTRICTIONS = """SELECT q.identity_id FROM restrictions x JOIN people q ON q.id = x.person_id
    WHERE x.ended_at IS NULL"""

_UNSEALED_ACTOR = f"e.agency_id IS NOT NULL AND e.actor NOT IN ({access.SEALED_LOOKERS})"
_NOBODY_RESTRICTED = f"""NOT EXISTS (SELECT 1 FROM audit_subjects s JOIN people p ON p.id = s.person_id
    WHERE s.event_id = e.id AND p.identity_id IN ({_OPEN_RESTRICTIONS}))"""

# A note `n` that counts.
_COUNTED = f"""n.made_at >= :from AND n.made_at < :until AND n.hidden IS NULL
    AND n.agency_id NOT IN (SELECT a.id FROM agencies a WHERE a.sensitive = 1)
    AND n.author_id NOT IN ({access.SEALED_LOOKERS})
    AND NOT EXISTS (SELECT 1 FROM note_subjects b
        WHERE b.note_id = n.id AND b.identity_id IN ({_OPEN_RESTRICTIONS}))"""

Moments = tuple[str, str]


def kept(db: Reads) -> list[Figure]:
    """Give all figures that were kept, newest month first."""
    return db.rows(
        Figure._make,
        "SELECT month, name, part, number FROM figures ORDER BY month DESC, name, part",
    )


def months(db: Reads) -> set[str]:
    """Give the months that were counted."""
    return {row["month"] for row in db.query("SELECT DISTINCT month FROM figures")}


def keep(tx: Tx, month: str, counted: Mapping[tuple[str, str], int]) -> None:
    """Write the figures of a month that has none yet."""
    tx.insert_all(
        "figures",
        (
            {"month": month, "name": name, "part": part, "number": number}
            for (name, part), number in counted.items()
        ),
    )


def active(tx: Tx, span: Moments) -> int:
    """Count the practitioners who signed in."""
    return _one(
        tx,
        f"""SELECT COUNT(DISTINCT e.actor) AS number FROM audit_events e
        WHERE e.at >= :from AND e.at < :until AND e.action = 'session:started'
        AND e.verdict = 'allowed' AND {_UNSEALED_ACTOR}""",
        span,
    )


def searches(tx: Tx, span: Moments) -> dict[str, int]:
    """Count searches, by whether they showed anybody."""
    shown = "EXISTS (SELECT 1 FROM audit_subjects s WHERE s.event_id = e.id)"
    return _parts(
        tx,
        f"""SELECT CASE WHEN {shown} THEN 'showed somebody' ELSE 'showed nobody' END AS part,
            COUNT(*) AS number FROM audit_events e
        WHERE e.at >= :from AND e.at < :until AND e.action = 'search:run'
        AND {_UNSEALED_ACTOR} AND {_NOBODY_RESTRICTED} GROUP BY 1""",
        span,
    )


def looks(tx: Tx, span: Moments, levels: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Count what was opened, by level; `levels` names the actions of each."""
    return {
        level: _one(
            tx,
            f"""SELECT COUNT(*) AS number FROM audit_events e
            WHERE e.at >= :from AND e.at < :until AND e.action IN (:actions)
            AND e.verdict = 'allowed' AND {_UNSEALED_ACTOR} AND {_NOBODY_RESTRICTED}""",
            span,
            actions=list(actions),
        )
        for level, actions in levels.items()
    }


def purposes(tx: Tx, span: Moments) -> dict[str, int]:
    """Count the purposes that were given from outside a circle, by purpose."""
    return _parts(
        tx,
        f"""SELECT g.purpose AS part, COUNT(*) AS number FROM grants g
        JOIN people p ON p.id = g.person_id
        WHERE g.kind = 'purpose' AND g.made_at >= :from AND g.made_at < :until
        AND g.practitioner_id NOT IN ({access.SEALED_LOOKERS})
        AND p.identity_id NOT IN ({_OPEN_RESTRICTIONS}) GROUP BY g.purpose""",
        span,
    )


def notes(tx: Tx, span: Moments) -> dict[str, int]:
    """Count notes, by kind."""
    return _parts(
        tx,
        f"SELECT n.kind AS part, COUNT(*) AS number FROM notes n WHERE {_COUNTED} GROUP BY n.kind",
        span,
    )


def categories(tx: Tx, span: Moments) -> dict[str, int]:
    """Count notes by category; a note may have several."""
    return _parts(
        tx,
        f"""SELECT c.category AS part, COUNT(*) AS number FROM notes n
        JOIN note_categories c ON c.note_id = n.id WHERE {_COUNTED} GROUP BY c.category""",
        span,
    )


def read(tx: Tx, span: Moments) -> list[Read]:
    """Give the notes of a month that had a lead to read them who is not their author: the lead is who
    leads when this is asked. What a sensitive service read or did is not there."""
    lead = f"""EXISTS (SELECT 1 FROM note_subjects b JOIN live_involvements i
        ON i.identity_id = b.identity_id WHERE b.note_id = n.id AND i.lead = 1
        AND i.kind = 'active' AND {access.ADMITS} AND i.practitioner_id IS NOT NULL
        AND i.practitioner_id <> n.author_id
        AND i.practitioner_id NOT IN ({access.SEALED_LOOKERS}) AND {{}})"""
    return tx.rows(
        Read._make,
        f"""SELECT n.id, n.made_at, (SELECT MIN(m.made_at) FROM note_marks m
                WHERE m.note_id = n.id AND m.mark = 'read'
                AND {lead.format("i.practitioner_id = m.practitioner_id")}),
            CASE WHEN EXISTS (SELECT 1 FROM note_marks m WHERE m.note_id = n.id
                AND m.mark = 'acted on' AND m.practitioner_id NOT IN ({access.SEALED_LOOKERS}))
                THEN 1 ELSE 0 END
        FROM notes n WHERE {_COUNTED} AND {lead.format("1 = 1")}""",
        **_between(span),
    )


def _parts(tx: Tx, sql: str, span: Moments) -> dict[str, int]:
    return {row["part"]: int(row["number"]) for row in tx.query(sql, **_between(span))}


def _one(tx: Tx, sql: str, span: Moments, **params: object) -> int:
    row = tx.one(sql, **_between(span), **params)
    return int(row["number"]) if row else 0


def _between(span: Moments) -> dict[str, str]:
    return {"from": span[0], "until": span[1]}
