"""The relay: references by which the general number reaches who wrote through it, and who rang."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.moment import new_id
from api.store.engine import Tx

# Who wrote what a reference `x` stands for; nobody once it was taken back.
_WRITERS = """FROM relays x LEFT JOIN notes n ON n.id = x.note_id AND n.hidden IS NULL
    LEFT JOIN answers z ON z.id = x.answer_id AND z.taken_back_at IS NULL
    JOIN practitioners w ON w.id = COALESCE(n.author_id, z.answered_by)"""


@dataclass(frozen=True)
class Writer:
    """Who wrote what a reference stands for."""

    practitioner_id: str
    note_id: str | None
    person_id: str | None


@dataclass(frozen=True)
class Call:
    """Somebody rang with a reference. `words_id` holds who, from which number, and what they said; `own`
    where it is for the reader, not for somebody who has left."""

    id: str
    reference: str
    note_id: str | None
    person_id: str
    words_id: str
    made_at: str
    own: int


def add(
    tx: Tx, reference: str, *, note_id: str | None = None, answer_id: str | None = None
) -> bool:
    """Let a reference stand for a note or an answer; False where it stands for another already."""
    return bool(
        tx.query(
            """INSERT INTO relays (reference, note_id, answer_id)
            VALUES (:reference, :note, :answer) ON CONFLICT DO NOTHING RETURNING reference""",
            reference=reference,
            note=note_id,
            answer=answer_id,
        )
    )


def of_notes(tx: Tx, note_ids: Sequence[str]) -> dict[str, str]:
    """Give the references of those of these notes that went through the relay, by the note's id."""
    rows = tx.query("SELECT note_id, reference FROM relays WHERE note_id IN (:ids)", ids=note_ids)
    return {row["note_id"]: row["reference"] for row in rows}


def writer(tx: Tx, reference: str) -> Writer | None:
    """Give who wrote what a reference stands for, or None where it stands for nothing."""
    row = tx.one(
        f"""SELECT w.id AS practitioner_id, x.note_id, k.person_id {_WRITERS}
        LEFT JOIN asks k ON k.id = z.ask_id WHERE x.reference = :reference""",
        reference=reference,
    )
    return Writer(**row) if row else None


def add_call(tx: Tx, reference: str, words_id: str, passed_by: str) -> str:
    """Write that somebody rang with a reference; give the call's id."""
    call = new_id()
    tx.insert(
        "relay_calls",
        id=call,
        reference=reference,
        words_id=words_id,
        passed_by=passed_by,
        made_at=tx.now,
    )
    return call


def calls(tx: Tx, practitioner_id: str, limit: int) -> list[Call]:
    """Give the calls to somebody, and to those who left the teams that they supervise, newest first."""
    rows = tx.query(
        f"""SELECT c.id, c.reference, x.note_id, COALESCE(k.person_id,
            (SELECT MIN(b.person_id) FROM note_subjects b WHERE b.note_id = x.note_id)) AS person_id,
            c.words_id, c.made_at, CASE WHEN w.id = :who THEN 1 ELSE 0 END AS own
        {_WRITERS} JOIN relay_calls c ON c.reference = x.reference LEFT JOIN asks k ON k.id = z.ask_id
        WHERE w.id = :who OR (w.left_at IS NOT NULL AND EXISTS (SELECT 1 FROM roles r
            WHERE r.practitioner_id = :who AND r.role = 'supervisor' AND r.ended_at IS NULL
            AND r.scope_id = w.team_id))
        ORDER BY c.made_at DESC, c.id DESC LIMIT {limit:d}""",
        who=practitioner_id,
    )
    return [Call(**row) for row in rows]
