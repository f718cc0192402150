"""The key that signs our pushes (VAPID, RFC 8292). Browsers subscribe for its public half.

Derived from a secret in the vault, so that it is backed up, guarded and never changed with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from api.trust import p256

if TYPE_CHECKING:
    from api.authority import Authority


def private_key(authority: Authority) -> ec.EllipticCurvePrivateKey:
    """Give the authority's key: the same one every time."""
    return p256.derive(authority.vault.secret(authority.store, "vapid"), b"inkling vapid p-256")


def public_key(authority: Authority) -> str:
    """Give the public half as a browser wants it: the uncompressed point in base64url."""
    return p256.b64(p256.point(private_key(authority).public_key()))
