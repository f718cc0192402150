"""What has run out and is of no use to anyone: tidied up by the worker."""

from __future__ import annotations

from api.authority import Authority
from api.store import expired as stored


def clear(authority: Authority) -> int:
    """Remove sessions, challenges and counts of attempts that ran out a day ago; give how many."""
    return authority.store.upkeep(stored.clear)
