"""What the tests of the store share: a small table of counters, and audit rows made by hand."""

from __future__ import annotations

import pytest

from api.moment import new_id
from api.store import Store, Tx
from api.store.engine import AuditRow


def row(verdict: str = "allowed", **said: str) -> AuditRow:
    """An audit row about nobody."""
    return AuditRow(
        id=new_id(),
        actor=said.get("actor", "somebody"),
        agency_id=None,
        enrolment_id=None,
        action=said.get("action", "counter:changed"),
        verdict=verdict,
        reason=said.get("reason", ""),
        object=None,
        subjects=tuple(said.get("subjects", "").split()),
        details=None,
    )


def events(store: Store) -> list[tuple[str, str]]:
    """What the trail holds, as verdict and reason, oldest first."""
    rows = store.query("SELECT verdict, reason FROM audit_events ORDER BY at, id")
    return [(row["verdict"], row["reason"]) for row in rows]


def add(tx: Tx, name: str, tries: int = 1) -> None:
    """Add to a counter, by reading it first: the pattern that a lost update breaks."""
    found = tx.one("SELECT tries FROM attempts WHERE bucket = :name", name=name)
    if found is None:
        tx.insert("attempts", bucket=name, window_start="", tries=tries)
    else:
        tx.change(
            "UPDATE attempts SET tries = :tries WHERE bucket = :name",
            name=name,
            tries=found["tries"] + tries,
        )


def count(store: Store, name: str) -> int:
    """What a counter stands at."""
    found = store.one("SELECT tries FROM attempts WHERE bucket = :name", name=name)
    return found["tries"] if found else 0


@pytest.fixture
def url(store_url: str) -> str:
    """Where the database stands, for tests that open it more than once."""
    return store_url
