"""Keys as they are kept, and the words that they open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from api.store.engine import Reads, Tx


@dataclass(frozen=True)
class Key:
    """A key wrapped by a version of the master key."""

    id: str
    kind: str
    owner: str
    wrapped: bytes
    master_version: int


class KeptWords(NamedTuple):
    """Sealed words with one of the keys that open them."""

    words_id: str
    sealed: bytes
    wrap: bytes
    key_id: str
    key_wrapped: bytes
    master_version: int


def add(tx: Tx, keys: Iterable[Key]) -> None:
    """Keep new keys."""
    tx.insert_all("keys", ({**vars(key), "made_at": tx.now} for key in keys))


def find(db: Reads, kind: str, owners: Sequence[str]) -> list[Key]:
    """Give the undestroyed keys of these owners."""
    rows = db.query(
        """SELECT id, kind, owner, wrapped, master_version FROM keys
        WHERE kind = :kind AND owner IN (:owners) AND wrapped IS NOT NULL ORDER BY id""",
        kind=kind,
        owners=owners,
    )
    return [Key(**row) for row in rows]


def destroy(tx: Tx, kind: str, owner: str) -> None:
    """Destroy a key: what only it opens is unreadable from now on."""
    tx.change(
        """UPDATE keys SET wrapped = NULL, destroyed_at = :now
        WHERE kind = :kind AND owner = :owner""",
        kind=kind,
        owner=owner,
        now=tx.now,
    )


def kept_words(db: Reads, words_ids: Sequence[str]) -> list[KeptWords]:
    """Give these words, once for each undestroyed key that opens them."""
    if not words_ids:
        return []
    return db.rows(
        KeptWords._make,
        """SELECT w.id AS words_id, w.sealed, r.wrapped AS wrap,
            k.id AS key_id, k.wrapped AS key_wrapped, k.master_version
        FROM words w JOIN wraps r ON r.words_id = w.id JOIN keys k ON k.id = r.key_id
        WHERE w.id IN (:words_ids) AND k.wrapped IS NOT NULL""",
        words_ids=words_ids,
    )


# --- Versions of the master key -------------------------------------------------------------------


def version_in_use(tx: Tx) -> tuple[int, bytes] | None:
    """Give the version of the master key that wraps what is new, with the value that it made, and let
    it be that until this transaction ends: nothing is wrapped by a version that was left behind
    meanwhile. None where no authority was founded."""
    row = tx.hold("SELECT master_version, master_check FROM authority")
    return (row["master_version"], bytes(row["master_check"])) if row else None


def use_version(tx: Tx, version: int, check: bytes) -> None:
    """Let a version of the master key wrap what is new from now on."""
    tx.change(
        "UPDATE authority SET master_version = :version, master_check = :check",
        version=version,
        check=check,
    )


def under_earlier(db: Reads, version: int, after: str, limit: int) -> list[Key]:
    """Give undestroyed keys that earlier versions wrap than this one, in the order of their ids."""
    rows = db.query(
        f"""SELECT id, kind, owner, wrapped, master_version FROM keys
        WHERE master_version < :version AND wrapped IS NOT NULL AND id > :after
        ORDER BY id LIMIT {limit:d}""",
        version=version,
        after=after,
    )
    return [Key(**row) for row in rows]


def rewrap(tx: Tx, key_id: str, wrapped: bytes, version: int) -> None:
    """Keep a key as another version wraps it. On PostgreSQL, where it was destroyed at this moment, this
    runs again and finds it no more."""
    tx.change(
        """UPDATE keys SET wrapped = :wrapped, master_version = :version
        WHERE id = :id AND wrapped IS NOT NULL""",
        id=key_id,
        wrapped=wrapped,
        version=version,
    )


def needing(db: Reads, version: int) -> int:
    """Count the undestroyed keys that a version of the master key wraps."""
    row = db.one(
        """SELECT COUNT(*) AS number FROM keys
        WHERE master_version = :version AND wrapped IS NOT NULL""",
        version=version,
    )
    return int(row["number"]) if row else 0
