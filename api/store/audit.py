"""The audit trail, read. Writing it is the engine's own part (`api.store.engine`)."""

from __future__ import annotations

from dataclasses import dataclass

from api.store.engine import Reads


@dataclass(frozen=True)
class Event:
    """One row of the trail, with how many people it showed."""

    id: str
    at: str
    actor: str
    action: str
    verdict: str
    reason: str
    object: str | None
    subjects: int


def latest(db: Reads, limit: int, actor: str, person_id: str) -> list[Event]:
    """Give the newest rows: of one actor, about one person, or (where empty) of everybody."""
    rows = db.query(
        """SELECT e.id, e.at, e.actor, e.action, e.verdict, e.reason, e.object,
            (SELECT COUNT(*) FROM audit_subjects s WHERE s.event_id = e.id) AS subjects
        FROM audit_events e
        WHERE (:actor = '' OR e.actor = :actor)
        AND (:person = '' OR EXISTS (SELECT 1 FROM audit_subjects s
            WHERE s.event_id = e.id AND s.person_id = :person))
        ORDER BY e.at DESC, e.id DESC LIMIT :limit""",
        actor=actor,
        person=person_id,
        limit=limit,
    )
    return [Event(**row) for row in rows]
