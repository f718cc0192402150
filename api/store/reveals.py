"""Reveals: to whom somebody in a sensitive service shows their own involvement."""

from __future__ import annotations

from dataclasses import dataclass

from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Tx


@dataclass(frozen=True)
class Reveal:
    """One reveal: whose, about whom, to whom (None: the circle), on which basis."""

    id: str
    person_id: str
    practitioner_id: str
    practitioner: str
    team_id: str | None
    agency_id: str
    to_id: str | None
    to_name: str | None
    label: str
    law: str
    words_id: str
    made_at: str
    ended_at: str | None


_SELECT = """SELECT v.id, q.identity_id AS person_id, v.practitioner_id, w.name AS practitioner,
    w.team_id, w.agency_id, v.to_id, u.name AS to_name, s.label, v.law, v.words_id, v.made_at, v.ended_at
    FROM reveals v JOIN people q ON q.id = v.person_id JOIN practitioners w ON w.id = v.practitioner_id
    JOIN bases s ON s.code = v.basis LEFT JOIN practitioners u ON u.id = v.to_id"""


def add(
    tx: Tx,
    person_id: str,
    practitioner_id: str,
    to_id: str | None,
    *,
    basis: str,
    law: str,
    words_id: str,
) -> str:
    """Write a reveal; give its id."""
    id = new_id()
    tx.insert(
        "reveals",
        id=id,
        person_id=person_id,
        practitioner_id=practitioner_id,
        to_id=to_id,
        basis=basis,
        law=law,
        words_id=words_id,
        made_at=tx.now,
    )
    return id


def standing(tx: Tx, identity_id: str, practitioner_id: str) -> list[Reveal]:
    """Give to whom somebody shows their involvement with a person now, newest first; not what they showed
    of one that has ended."""
    return tx.rows(
        lambda row: Reveal(*row),
        f"""{_SELECT} WHERE q.identity_id = :id AND v.practitioner_id = :who AND v.ended_at IS NULL
        AND EXISTS (SELECT 1 FROM live_involvements i WHERE i.identity_id = q.identity_id
            AND i.practitioner_id = v.practitioner_id AND i.kind = 'active' AND {access.ADMITS}
            AND {access.OPEN} AND {access.BEGUN_BY_THEN})
        ORDER BY v.made_at DESC, v.id DESC""",
        id=identity_id,
        who=practitioner_id,
        today=tx.today,
    )


def find(tx: Tx, reveal_id: str) -> Reveal | None:
    """Give one reveal, or None."""
    found = tx.rows(lambda row: Reveal(*row), f"{_SELECT} WHERE v.id = :id", id=reveal_id)
    return next(iter(found), None)


def seen_by(tx: Tx, me: Me, limit: int) -> list[Reveal]:
    """Give a practitioner's own reveals, and those of whom they supervise or whose governance lead they
    are, newest first; none about somebody who is closed to them, but what they can take back."""
    return tx.rows(
        lambda row: Reveal(*row),
        f"""{_SELECT} JOIN people p ON p.id = q.identity_id
        WHERE (v.practitioner_id = :me AND (v.ended_at IS NULL OR {access.MAY_KNOW}))
        OR ({access.MAY_KNOW} AND v.practitioner_id <> :me AND {access.REVEAL_OVERSEEN})
        ORDER BY v.made_at DESC, v.id DESC LIMIT {limit:d}""",
        **access.params(me, tx),
    )


def end(tx: Tx, reveal_id: str) -> None:
    """Take a reveal back: what went out because of it and was not told yet is told to nobody."""
    tx.change(
        "UPDATE reveals SET ended_at = :now WHERE id = :id AND ended_at IS NULL",
        now=tx.now,
        id=reveal_id,
    )
    tx.change(
        """UPDATE answers SET taken_back_at = :now
        WHERE reveal_id = :id AND taken_back_at IS NULL""",
        now=tx.now,
        id=reveal_id,
    )
