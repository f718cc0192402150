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
        WHERE kind = :kind AND owner IN (:owners) AND wrapped IS NOT NULL""",
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
