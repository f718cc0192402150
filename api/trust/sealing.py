"""The keys that devices seal to (HPKE, RFC 9180) and the one that signs what they may keep.

A browser knows the public half of a sealing key and can only close with it. The private half is
derived from a secret in the vault, like everything that the master key guards. A rotated key goes on
opening what was sealed to it, for as long as a browser may hold it and for twelve months at least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from api import moment
from api.moment import new_id
from api.store import Reads, Tx
from api.store import keys as stored_keys
from api.store import sealing_keys as stored
from api.store.sealing_keys import SealingKey
from api.trust import audit, deliveries, p256
from api.trust.actor import Actor
from api.trust.audit import Action

if TYPE_CHECKING:
    from api.authority import Authority
    from api.trust.keys import Vault

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
KEPT_FOR_DAYS = 366


class Unopened(Exception):
    """What was sealed cannot be opened: another key, another note, or changed on its way."""


def make(tx: Tx, vault: Vault) -> str:
    """Make a new sealing key, and retire the one before; give its id."""
    key_id = new_id()
    vault.add_key(tx, "system", _owner(key_id))
    stored.add(tx, key_id, p256.point(_private_key(tx, vault, key_id).public_key()))
    return key_id


def current(authority: Authority, db: Reads | None = None) -> SealingKey:
    """Give the key that devices are to seal to now."""
    found = stored.current(db or authority.store)
    if found is None:
        raise LookupError("an authority has a sealing key from its founding")
    return found


def rotate(actor: Actor) -> tuple[str, int]:
    """Make a new sealing key; give its id, and how many old ones were destroyed.

    An old one is destroyed a year after it was retired, unless a browser that may still deliver was
    last given it, or something that waits is sealed to it.
    """

    def change(tx: Tx) -> tuple[str, int]:
        made = make(tx, actor.authority.vault)
        spent = stored.spent(tx, moment.later(tx.now, days=-KEPT_FOR_DAYS))
        for key_id in spent:
            stored.destroy(tx, key_id)
            stored_keys.destroy(tx, "system", _owner(key_id))
        reason = f"{len(spent)} destroyed"
        audit.allowed(tx, actor, Action.SEALING_KEY_ROTATED, reason=reason, object=made)
        return made, len(spent)

    return actor.store.write(change)


def info(authority_id: str, key_id: str, author_id: str, note_id: str, kind: str) -> bytes:
    """Give what a seal is bound to: opened for anything else, it does not open."""
    parts = (
        f"inkling envelope {deliveries.VERSION}",
        authority_id,
        key_id,
        author_id,
        note_id,
        kind,
    )
    return "\n".join(parts).encode()


def unseal(authority: Authority, db: Reads, key_id: str, sealed: bytes, bound: bytes) -> bytes:
    """Open what a device sealed to one of our keys. Raises Unopened."""
    try:
        key = _private_key(db, authority.vault, key_id)
        return bytes(SUITE.decrypt(sealed, key, bound))
    except (LookupError, InvalidTag, ValueError) as error:
        raise Unopened from error


def verify_key(authority: Authority) -> bytes:
    """Give the point with which browsers check what was signed for them to keep."""
    return p256.point(_caseload_key(authority).public_key())


def sign_caseload(authority: Authority, text: str) -> bytes:
    """Sign a caseload for the browser that keeps it; give r and s, 32 bytes each."""
    return p256.sign(_caseload_key(authority), f"inkling caseload 1\n{text}".encode())


def _private_key(db: Reads, vault: Vault, key_id: str) -> ec.EllipticCurvePrivateKey:
    return p256.derive(vault.secret(db, _owner(key_id)), b"inkling sealing p-256")


def _caseload_key(authority: Authority) -> ec.EllipticCurvePrivateKey:
    secret = authority.vault.secret(authority.store, "caseload")
    return p256.derive(secret, b"inkling caseload p-256")


def _owner(key_id: str) -> str:
    return f"sealing {key_id}"
