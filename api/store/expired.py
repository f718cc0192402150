"""Rows that have run out. What they did stands in the audit trail, which is never tidied."""

from __future__ import annotations

from api.moment import later
from api.store.engine import Tx

KEPT_DAYS = 1


def clear(tx: Tx) -> int:
    """Delete sessions, challenges and attempts that ran out over a day ago; give how many."""
    before = later(tx.now, days=-KEPT_DAYS)
    return sum(
        tx.change(sql, before=before)
        for sql in (
            "DELETE FROM sessions WHERE ends_at < :before OR ended_at < :before",
            "DELETE FROM challenges WHERE expires_at < :before",
            "DELETE FROM attempts WHERE window_start < :before",
        )
    )
