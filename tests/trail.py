"""What the audit trail holds, for tests that ask what stayed behind."""

from __future__ import annotations

from typing import Any

from tests.cast import Cast


def last_event(cast: Cast, action: str) -> dict[str, Any]:
    """Give the newest row of this action, with the people it showed."""
    store = cast.authority.store
    rows = store.query(
        "SELECT * FROM audit_events WHERE action = :action ORDER BY at, id", action=action
    )
    subjects = store.query(
        "SELECT person_id FROM audit_subjects WHERE event_id = :id", id=rows[-1]["id"]
    )
    return {**rows[-1], "subjects": sorted(row["person_id"] for row in subjects)}


def details_of(cast: Cast, event: dict[str, Any]) -> str:
    """Open the sealed details of a row."""
    opened = cast.authority.vault.open(cast.authority.store, [event["words_id"]])
    return opened[event["words_id"]]
