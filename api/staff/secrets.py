"""Secrets that are given out once: kept as a hash, and compared as one."""

from __future__ import annotations

import hashlib
import secrets


def make() -> str:
    """Make a secret of 256 bits, fit for an address or a cookie."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Give what is kept of a secret. A plain hash does: nobody can guess 256 bits."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
