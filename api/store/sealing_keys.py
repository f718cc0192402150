"""The public halves of the keys that devices seal to, as they are kept."""

from __future__ import annotations

from dataclasses import dataclass

from api.store.engine import Reads, Tx


@dataclass(frozen=True)
class SealingKey:
    """A public key, as its uncompressed point."""

    id: str
    public: bytes


def add(tx: Tx, id: str, public: bytes) -> None:
    """Keep a new key, and retire the one that was new until now."""
    tx.change("UPDATE sealing_keys SET retired_at = :now WHERE retired_at IS NULL", now=tx.now)
    tx.insert("sealing_keys", id=id, public=public, made_at=tx.now)


def current(db: Reads) -> SealingKey | None:
    """Give the key that is new."""
    row = db.one("SELECT id, public FROM sealing_keys WHERE retired_at IS NULL")
    return SealingKey(row["id"], bytes(row["public"])) if row else None


def spent(db: Reads, before: str) -> list[str]:
    """Give the ids of keys that were retired before this moment, that no browser which may still
    deliver was last given, and to which nothing that waits is sealed."""
    rows = db.query(
        """SELECT k.id FROM sealing_keys k
        WHERE k.retired_at < :before AND k.destroyed_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM enrolments e
            WHERE e.sealing_key_id = k.id AND e.state IN ('pending', 'approved'))
        AND NOT EXISTS (SELECT 1 FROM envelopes v
            WHERE v.sealing_key_id = k.id AND v.state = 'waiting')""",
        before=before,
    )
    return [row["id"] for row in rows]


def destroy(tx: Tx, id: str) -> None:
    """Write that a key is destroyed."""
    tx.change("UPDATE sealing_keys SET destroyed_at = :now WHERE id = :id", now=tx.now, id=id)
