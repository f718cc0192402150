"""0008: news may be about a practitioner and no child; what waits to be told stays."""

from __future__ import annotations

import api.store
from api.store import Store, migrations
from api.store.engine import Tx

NAME = "0008_outbox_practitioner"
AT = "2026-11-01T09:00:00.000000Z"


def migrate(store: Store, names: list[str]) -> None:
    for name in names:
        migrations.apply(store, name)


def event(tx: Tx, id: str, **more: str) -> None:
    tx.insert("outbox", id=id, kind="left", actor_id="w", made_at=AT, due_at=AT, **more)


def staff(tx: Tx) -> None:
    tx.insert("agency_kinds", code="k", label="K", located=0, position=0)
    contact = {"phone": "", "email": ""}
    tx.insert("agencies", id="a", name="A", kind="k", sensitive=0, made_at=AT, **contact)
    tx.insert("practitioners", id="w", agency_id="a", name="W", job="J", joined_at=AT, **contact)


def test_an_event_may_name_a_practitioner(empty_url: str) -> None:
    store = api.store.open(empty_url)
    try:
        migrations.missing(store)  # makes the table of migrations
        names = migrations.names()
        migrate(store, names[: names.index(NAME)])
        store.upkeep(lambda tx: event(tx, "before"))
        migrate(store, [NAME])
        store.upkeep(staff)
        store.upkeep(lambda tx: event(tx, "after", practitioner_id="w"))
        rows = store.query("SELECT id, practitioner_id FROM outbox ORDER BY id")
        assert [tuple(row.values()) for row in rows] == [("after", "w"), ("before", None)]
    finally:
        store.close()
