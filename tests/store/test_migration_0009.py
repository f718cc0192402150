"""0009: two passkeys of one practitioner may wait in one browser; what was there stays."""

from __future__ import annotations

from typing import Any

import pytest

import api.store
from api.store import Store, migrations
from api.store.engine import Tx

NAME = "0009_enrolments_by_passkey"
AT = "2026-11-01T09:00:00.000000Z"


def migrate(store: Store, names: list[str]) -> None:
    for name in names:
        migrations.apply(store, name)


def enrolment(tx: Tx, id: str, credential: str | None, state: str = "pending") -> None:
    tx.insert(
        "enrolments",
        id=id,
        device_id="d",
        practitioner_id="w",
        credential_id=credential,
        state=state,
        matching_code="123456",
        asked_at=AT,
    )


def staff(tx: Tx) -> None:
    rows: list[tuple[str, dict[str, Any]]] = [
        ("agency_kinds", {"code": "k", "label": "K", "located": 0, "position": 0}),
        (
            "agencies",
            {
                "id": "a",
                "name": "A",
                "kind": "k",
                "sensitive": 0,
                "phone": "",
                "email": "",
                "made_at": AT,
            },
        ),
        (
            "practitioners",
            {
                "id": "w",
                "agency_id": "a",
                "name": "W",
                "job": "J",
                "phone": "",
                "email": "",
                "joined_at": AT,
            },
        ),
        ("devices", {"id": "d", "cookie_hash": "h", "kind": "phone", "made_at": AT}),
    ]
    for table, row in rows:
        tx.insert(table, **row)
    for id in ("c1", "c2"):
        tx.insert(
            "credentials",
            id=id,
            practitioner_id="w",
            credential_id=id.encode(),
            public_key=b"",
            sign_count=0,
            transports="",
            backed_up=0,
            made_at=AT,
        )
    enrolment(tx, "e1", "c1", "approved")


def test_two_passkeys_in_one_browser(empty_url: str) -> None:
    store = api.store.open(empty_url)
    try:
        migrations.missing(store)  # makes the table of migrations
        names = migrations.names()
        migrate(store, names[: names.index(NAME)])
        store.upkeep(staff)
        migrate(store, [NAME])
        store.upkeep(lambda tx: enrolment(tx, "e2", "c2"))
        rows = store.query("SELECT id, state FROM enrolments ORDER BY id")
        assert [tuple(row.values()) for row in rows] == [("e1", "approved"), ("e2", "pending")]
        # On PostgreSQL a unique row is taken for a race, run again, and given up.
        with pytest.raises(Exception, match=r"(?i)unique|busy"):
            store.upkeep(lambda tx: enrolment(tx, "e3", "c1"))
    finally:
        store.close()
