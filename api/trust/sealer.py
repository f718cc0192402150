"""The sealer gives every committed row of the audit trail a place in one chain of hashes, and signs its
end: whoever changes, removes, adds or moves a row afterwards, by SQL too, is found out and the row is
named (`api.trust.verifying`).

What is hashed, version 1. SHA-256 throughout, of a JSON array in ASCII without spaces (so that no two
contents are written alike) whose first item says what it is:

    row       ["inkling audit row 1", id, at, actor, agency_id, enrolment_id, action, verdict, reason,
              object, words_id]
    people    ["inkling audit people 1", row's id, the ids of the people shown, sorted...]
    details   ["inkling audit details 1", words_id], a line feed, then the ciphertext (words.sealed)
    place     ["inkling audit place 1", number, row's id, hash of the place before, digest of row,
              number of people, digest of people, digest of details]      (digests in hex, or null)
    beginning ["inkling audit beginning 1", the authority's UUID]: before the first place
    head      ["inkling audit head 1", authority's UUID, number, number of the head before, at, hash of
              the place]: this text itself is signed (Ed25519), not its hash

The ciphertext of details is hashed, never what was typed: destroying keys (which is what erasure does)
leaves every hash right. **So the `words` row of an audit row's details stays when somebody is erased**;
only keys and wraps go. Rows that are merely removed from `words` would read as tampering.

A row gets its place within two seconds of its commit, in the order in which the sealer finds rows: one
that commits late simply comes later. There is one sealer at a time, however many workers run; each seals
in whole transactions and may be killed at any moment.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.errors import Unavailable
from api.store import Reads, Tx
from api.store import chain as stored
from api.store.chain import Content, Head, Link, Odd

if TYPE_CHECKING:
    from api.authority import Authority

T = TypeVar("T")

# The secret in the vault that the signing key is derived from.
SECRET = "audit"  # noqa: S105 - its name
# On SQLite nobody else writes meanwhile: so many take some 20 ms.
AT_ONCE = 200

_written = json.JSONEncoder(separators=(",", ":")).encode


class Tampered(Unavailable):
    """The chain's end is not what was signed, or what waits is nothing that Inkling wrote: nothing is
    sealed on top of it."""

    def __init__(self, where: str) -> None:
        super().__init__(f"The audit trail was changed {where}. Run: inkling audit verify")


def seal(authority: Authority) -> int:
    """Give what was committed its places; say how many. Outside a transaction.

    Raises Tampered where the chain's end is not what the last head says, or where something waits that
    Inkling did not write; Unavailable.
    """
    sealed = 0
    while stored.is_waiting(authority.store):
        began = time.monotonic()
        some = authority.store.upkeep(partial(_seal_some, authority))
        sealed += some
        if some < AT_ONCE:  # the rest is new, or another sealer is at it
            break
        authority.store.rest(time.monotonic() - began)
    return sealed


def _seal_some(authority: Authority, tx: Tx) -> int:
    # Two at once would give the same numbers. They are a primary key, so that even then one is lost.
    if not tx.is_alone("inkling sealer"):
        return 0
    key = signing_key(authority, tx)
    number, previous, head_before = _end(authority, tx, key.public_key())
    if number == 0:
        _none_odd(stored.queue_all(tx))
    found = _none_odd(dict.fromkeys(stored.waiting(tx, AT_ONCE)))
    known = stored.placed(tx, found)
    new = [one for one in found if one not in known]
    if new:
        contents = {one.id: one for one in _none_odd(stored.contents(tx, new))}
        shown = {event: _none_odd(some) for event, some in stored.shown(tx, new).items()}
        links = []
        for one in new:
            number += 1
            link = place(number, one, previous, contents.get(one), shown.get(one, []))
            links.append(link)
            previous = link.hash
        text = _head_text(authority.id, number, head_before, tx.now, previous)
        stored.add(tx, links, Head(number, head_before, tx.now, previous, key.sign(text)))
    stored.settle(tx, found)
    return len(found)


def _end(authority: Authority, tx: Tx, public: Ed25519PublicKey) -> tuple[int, bytes, int]:
    """Give number and hash of the last place, and the number of the last head; ask whether they agree.

    Otherwise a signature of today would cover what somebody made of the chain's end.
    """
    link, head = stored.last_link(tx), stored.last_head(tx)
    if link is None and head is None:
        return 0, beginning(authority.id), 0
    if (
        not isinstance(link, Link)
        or not isinstance(head, Head)
        or (link.number, link.hash) != (head.number, head.hash)
        or place_hash(link) != link.hash
        or not is_signed(head, authority.id, public)
    ):
        raise Tampered("where it ends")
    return link.number, link.hash, head.number


def _none_odd(rows: Iterable[T | Odd]) -> list[T]:
    plain = []
    for one in rows:
        if isinstance(one, Odd):
            raise Tampered("before it was sealed")
        plain.append(one)
    return plain


def last_head(authority: Authority) -> Head | None:
    """Give the newest head, None where the trail is empty. Raises Tampered where the authority did not
    sign it."""
    head = stored.last_head(authority.store)
    if head is None:
        return None
    if isinstance(head, Odd) or not is_signed(head, authority.id, public_key(authority)):
        raise Tampered("where it ends")
    return head


def place(
    number: int, event_id: str, previous: bytes, content: Content | None, people: Sequence[str]
) -> Link:
    """Make the place of a row of the trail: with its content, or without where it is gone already."""
    bare = Link(
        number,
        event_id,
        previous,
        row_digest(content) if content else None,
        len(people),
        people_digest(event_id, people),
        details_digest(content) if content else None,
        b"",
    )
    return bare._replace(hash=place_hash(bare))


# --- What is hashed and signed -----------------------------------------------------------------------


def beginning(authority_id: str) -> bytes:
    """Give what the first place comes after: it stands for the authority."""
    return _digest("inkling audit beginning 1", authority_id)


def row_digest(content: Content) -> bytes:
    """Give the digest of a row itself."""
    return _digest("inkling audit row 1", *content[:-1])


def people_digest(event_id: str, people: Sequence[str]) -> bytes:
    """Give the digest of whom a row showed."""
    return _digest("inkling audit people 1", event_id, *sorted(people))


def details_digest(content: Content) -> bytes | None:
    """Give the digest of the ciphertext of a row's details; None where it has none, or where they are
    not there."""
    if content.words_id is None or content.sealed is None:
        return None
    text = _text("inkling audit details 1", content.words_id)
    return hashlib.sha256(text + b"\n" + content.sealed).digest()


def place_hash(link: Link, number: int | None = None) -> bytes:
    """Give the hash that belongs to a place, or that would if it had another number."""
    return _digest(
        "inkling audit place 1",
        link.number if number is None else number,
        link.event_id,
        link.previous.hex(),
        link.event_digest.hex() if link.event_digest is not None else None,
        link.people,
        link.people_digest.hex(),
        link.details_digest.hex() if link.details_digest is not None else None,
    )


def signing_key(authority: Authority, db: Reads) -> Ed25519PrivateKey:
    """Give the key that signs heads: the same one every time, derived from a secret in the vault."""
    secret = authority.vault.secret(db, SECRET)
    seed = HKDF(SHA256(), 32, salt=None, info=b"inkling audit ed25519").derive(secret)
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key(authority: Authority) -> Ed25519PublicKey:
    """Give the key that heads are checked with."""
    return signing_key(authority, authority.store).public_key()


def public_pem(authority: Authority) -> str:
    """Give the same, as `openssl` reads it."""
    key = public_key(authority)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def is_signed(head: Head, authority_id: str, key: Ed25519PublicKey) -> bool:
    """Say whether the holder of the key signed this head, for this authority."""
    text = _head_text(authority_id, head.number, head.previous, head.at, head.hash)
    try:
        key.verify(head.signature, text)
    except InvalidSignature:
        return False
    return True


def _head_text(authority_id: str, number: int, previous: int, at: str, hash: bytes) -> bytes:
    return _text("inkling audit head 1", authority_id, number, previous, at, hash.hex())


def _digest(*values: object) -> bytes:
    return hashlib.sha256(_text(*values)).digest()


def _text(*values: object) -> bytes:
    return _written(values).encode("ascii")
