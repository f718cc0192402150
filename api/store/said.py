"""Involvements as another system says them, by its own ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.moment import new_id
from api.store.engine import Tx

SAYS = (
    "kind, role, practitioner_id, contact_name, contact_phone, contact_email, last_contact_on,"
    " valid_from, valid_to"
)


@dataclass(frozen=True)
class Said:
    """The last that a source said under one of its own ids. `stands` where nobody replaced or took
    back that assertion since."""

    id: str
    person_id: str
    identity_id: str
    says: dict[str, Any]
    stands: bool


def last(tx: Tx, source_id: str, source_key: str) -> Said | None:
    """Give the last that a source said under this id of its own."""
    row = tx.one(
        f"""SELECT f.id, f.person_id, q.identity_id, {SAYS},
            CASE WHEN f.replaced_by IS NULL AND f.withdrawn_at IS NULL THEN 1 ELSE 0 END AS stands
        FROM involvements f JOIN people q ON q.id = f.person_id
        WHERE f.source_key = :key AND f.source_id = :source
        ORDER BY f.recorded_at DESC, f.id DESC LIMIT 1""",
        key=source_key,
        source=source_id,
    )
    if row is None:
        return None
    about = {name: row.pop(name) for name in ("id", "person_id", "identity_id", "stands")}
    return Said(**{**about, "stands": bool(about["stands"])}, says=row)


def add(
    tx: Tx,
    source_id: str,
    source_key: str,
    person_id: str,
    agency_id: str,
    says: dict[str, Any],
    instead_of: str | None,
) -> str:
    """Assert an involvement that the agency's own system says; `instead_of` is replaced by it."""
    new = new_id()
    tx.insert(
        "involvements",
        id=new,
        person_id=person_id,
        agency_id=agency_id,
        source_id=source_id,
        source_key=source_key,
        since_load=0,
        recorded_at=tx.now,
        asserted_by="agency",
        lead=0,
        **says,
    )
    if instead_of:
        tx.change(
            "UPDATE involvements SET replaced_by = :new WHERE id = :id", new=new, id=instead_of
        )
    return new


def hold(tx: Tx, source_id: str, source_key: str) -> None:
    """Let two that say something under one id at the same moment follow each other: on PostgreSQL
    whoever comes second runs again, and sees what the first said."""
    tx.query(
        """INSERT INTO said_ids (source_id, source_key, said_at) VALUES (:source, :key, :now)
        ON CONFLICT (source_id, source_key) DO UPDATE SET said_at = :now RETURNING said_at""",
        source=source_id,
        key=source_key,
        now=tx.now,
    )


def touch_source(tx: Tx, source_id: str, before: str) -> None:
    """Note that a source reported now, unless it did after `before`."""
    tx.change(
        """UPDATE sources SET reported_at = :now
        WHERE id = :id AND (reported_at IS NULL OR reported_at < :before)""",
        now=tx.now,
        id=source_id,
        before=before,
    )
