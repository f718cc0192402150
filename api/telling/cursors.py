"""Cursors of other systems: a place in the order of what happened, encrypted, and good for the tokens
of one system. It says nothing of how much happened elsewhere."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.authority import Authority
from api.errors import Invalid
from api.store import Tx

_NONCE, _LENGTH = 12, 12 + 8 + 16


def seal(tx: Tx, authority: Authority, source_id: str, number: int) -> str:
    """Give the cursor that goes on after a number, for the system of this source."""
    plain, bound = number.to_bytes(8), _bound(authority, source_id)
    # The same place is the same cursor, so that an answer to which nothing was added is the same answer.
    nonce = hmac.new(
        _secret(tx, authority, b"inkling cursor nonce 1"), bound + plain, hashlib.sha256
    ).digest()
    sealed = nonce[:_NONCE] + _key(tx, authority).encrypt(nonce[:_NONCE], plain, bound)
    return base64.urlsafe_b64encode(sealed).decode()


def unseal(tx: Tx, authority: Authority, source_id: str, cursor: str) -> int:
    """Give the number after which a cursor goes on; 0 for none. Raises Invalid for what is no cursor
    of this system."""
    if not cursor:
        return 0
    try:
        sealed = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        if len(sealed) != _LENGTH:
            raise ValueError
        bound = _bound(authority, source_id)
        opened = _key(tx, authority).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except (ValueError, binascii.Error, InvalidTag):
        raise Invalid("This is no cursor of yours. Leave it out to begin anew.", "cursor") from None
    return int.from_bytes(opened)


def _key(tx: Tx, authority: Authority) -> AESGCM:
    return AESGCM(_secret(tx, authority, b"inkling cursor key 1"))


def _secret(tx: Tx, authority: Authority, part: bytes) -> bytes:
    return hmac.new(authority.vault.secret(tx, "api"), part, hashlib.sha256).digest()


def _bound(authority: Authority, source_id: str) -> bytes:
    return f"inkling cursor 1\n{authority.id}\n{source_id}".encode()
