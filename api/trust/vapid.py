"""The key that signs our pushes (VAPID, RFC 8292). Browsers subscribe for its public half.

Derived from a secret in the vault, so that it is backed up, guarded and never changed with it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from api.authority import Authority

# The order of P-256 (FIPS 186-5). 16 bytes more than it needs leave no bias.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LENGTH = 48


def private_key(authority: Authority) -> ec.EllipticCurvePrivateKey:
    """Give the authority's key: the same one every time."""
    secret = authority.vault.secret(authority.store, "vapid")
    stretched = HKDF(SHA256(), _LENGTH, salt=None, info=b"inkling vapid p-256").derive(secret)
    number = int.from_bytes(stretched, "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def public_key(authority: Authority) -> str:
    """Give the public half as a browser wants it: the uncompressed point in base64url."""
    point = (
        private_key(authority)
        .public_key()
        .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
