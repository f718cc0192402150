"""What was asked of a circle, and who answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.moment import new_id
from api.store.engine import Tx


@dataclass(frozen=True)
class Ask:
    """Somebody asks who supports a person to ring them."""

    id: str
    person_id: str
    asked_by: str
    name: str
    job: str
    agency_id: str
    agency: str
    located: int
    phone: str
    email: str
    words_id: str | None
    made_at: str
    until: str


@dataclass(frozen=True)
class Answer:
    """An answer that stands; by name, while who gave it works here. `phone` and `email` are the
    practitioner's, or else their agency's."""

    id: str
    ask_id: str
    answered_by: str
    voice: str
    name: str
    job: str
    agency_id: str
    agency: str
    located: int
    phone: str
    email: str
    words_id: str | None
    made_at: str
    shown_at: str
    reveal_id: str | None
    reference: str | None


_WHO = """w.name, w.job, a.id AS agency_id, a.name AS agency, k.located,
    CASE WHEN w.phone <> '' THEN w.phone ELSE a.phone END AS phone,
    CASE WHEN w.email <> '' THEN w.email ELSE a.email END AS email"""

_OF_WHOM = "JOIN agencies a ON a.id = w.agency_id JOIN agency_kinds k ON k.code = a.kind"

_ASKS = f"""SELECT x.id, q.identity_id AS person_id, x.asked_by, {_WHO}, x.words_id, x.made_at, x.until
    FROM asks x JOIN people q ON q.id = x.person_id
    JOIN practitioners w ON w.id = x.asked_by {_OF_WHOM}
    WHERE x.ended_at IS NULL AND x.until > :now AND w.left_at IS NULL"""

_ANSWERS = f"""SELECT z.id, z.ask_id, z.answered_by, z.voice, {_WHO}, z.words_id, z.made_at, z.shown_at,
    z.reveal_id, r.reference
    FROM answers z JOIN practitioners w ON w.id = z.answered_by {_OF_WHOM}
    LEFT JOIN relays r ON r.answer_id = z.id WHERE z.taken_back_at IS NULL
    AND (z.voice = 'relay' OR w.left_at IS NULL)"""


def add(tx: Tx, person_id: str, asked_by: str, words_id: str | None, until: str) -> str:
    """Write an ask; give its id."""
    id = new_id()
    tx.insert(
        "asks",
        id=id,
        person_id=person_id,
        asked_by=asked_by,
        words_id=words_id,
        made_at=tx.now,
        until=until,
    )
    return id


def of(tx: Tx, identity_id: str) -> list[Ask]:
    """Give what is asked about a person now, newest first."""
    return tx.rows(
        lambda row: Ask(*row),
        f"{_ASKS} AND q.identity_id = :id ORDER BY x.made_at DESC, x.id DESC",
        id=identity_id,
        now=tx.now,
    )


def find(tx: Tx, ask_id: str) -> Ask | None:
    """Give one that is asked now, or None."""
    found = tx.rows(lambda row: Ask(*row), f"{_ASKS} AND x.id = :id", id=ask_id, now=tx.now)
    return next(iter(found), None)


def end(tx: Tx, ask_id: str) -> None:
    """Ask no more."""
    tx.change("UPDATE asks SET ended_at = :now WHERE id = :id", now=tx.now, id=ask_id)


def add_answer(
    tx: Tx,
    ask_id: str,
    answered_by: str,
    voice: str,
    *,
    words_id: str | None,
    shown_at: str,
    reveal_id: str | None,
) -> str:
    """Write an answer; give its id."""
    id = new_id()
    tx.insert(
        "answers",
        id=id,
        ask_id=ask_id,
        answered_by=answered_by,
        voice=voice,
        words_id=words_id,
        made_at=tx.now,
        shown_at=shown_at,
        reveal_id=reveal_id,
    )
    return id


def shown(tx: Tx, ask_ids: Sequence[str]) -> list[Answer]:
    """Give the answers that who asked is shown by now: those by name as they came; those through the
    relay by their references, which say nothing of their order."""
    return tx.rows(
        lambda row: Answer(*row),
        f"""{_ANSWERS} AND z.ask_id IN (:ids) AND z.shown_at <= :now
        ORDER BY CASE WHEN z.voice = 'named' THEN z.made_at ELSE '' END, r.reference""",
        ids=ask_ids,
        now=tx.now,
    )


def by(tx: Tx, answered_by: str, ask_ids: Sequence[str]) -> list[Answer]:
    """Give what somebody answered to these and did not take back, shown by now or not."""
    return tx.rows(
        lambda row: Answer(*row),
        f"{_ANSWERS} AND z.answered_by = :who AND z.ask_id IN (:ids) ORDER BY z.made_at",
        who=answered_by,
        ids=ask_ids,
    )


def find_answer(tx: Tx, answer_id: str, answered_by: str) -> Answer | None:
    """Give somebody's own answer that stands, or None."""
    found = tx.rows(
        lambda row: Answer(*row),
        f"{_ANSWERS} AND z.id = :id AND z.answered_by = :who",
        id=answer_id,
        who=answered_by,
    )
    return next(iter(found), None)


def take_back(tx: Tx, answer_id: str) -> None:
    """Take an answer back: who asked is shown it no more."""
    tx.change(
        "UPDATE answers SET taken_back_at = :now WHERE id = :id AND taken_back_at IS NULL",
        now=tx.now,
        id=answer_id,
    )
