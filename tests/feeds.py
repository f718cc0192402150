"""Facts as a feed leaves them, for tests of what is done with facts and not of loading."""

from __future__ import annotations

from typing import Any

from api.moment import new_id
from api.store import Store
from api.store import people as stored_people
from api.store import sources as stored_sources
from api.store.sources import Source

LOAD = 1


def add_feed(store: Store, code: str, agency_id: str | None = None, **changes: Any) -> str:
    """Add a feed that has reported once, just now; give its id."""
    now = store.now()
    given: dict[str, Any] = {
        "id": new_id(),
        "code": code,
        "name": f"The {code} feed",
        "kind": "feed",
        "agency_id": agency_id,
        "owner": "Somebody",
        "justification": "A test",
        "legal_basis": "A law",
        "coverage": "Everybody",
        "report_every_days": 1,
        "makes_people": False,
        "mapping": "",
        "current_load": LOAD,
        "reported_at": now,
        "made_at": now,
    }
    names = Source.__dataclass_fields__
    source = Source(
        **{name: value for name, value in {**given, **changes}.items() if name in names}
    )
    store.upkeep(lambda tx: stored_sources.add(tx, source))
    return source.id


def say(store: Store, feed: str, table: str, person_id: str, **columns: Any) -> str:
    """Let a feed assert a fact about a person; give the fact's id."""
    block = {"since_load": LOAD, **columns}
    return store.upkeep(lambda tx: stored_people.add_fact(tx, table, person_id, feed, **block))


def report(store: Store, feed: str) -> None:
    """Let a feed report again, with nothing new to say."""
    store.upkeep(
        lambda tx: tx.change(
            "UPDATE sources SET reported_at = :now WHERE id = :id", now=tx.now, id=feed
        )
    )
