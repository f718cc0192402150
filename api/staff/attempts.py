"""Rate limits: sign-in, enrolment and search may be tried so often in a window of time."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from api import moment
from api.authority import Authority
from api.errors import TooOften
from api.store import attempts as stored


def count(authority: Authority, bucket: str, limit: int, seconds: int) -> tuple[int, int]:
    """Count a try; give how many are left, for how many seconds. Raises TooOften, with how long to
    wait, once there were more than `limit`.

    `bucket` says who tries what, such as "sign-in 192.0.2.7": it is kept as a hash for a day.
    """
    hashed, window, left = _window(authority, bucket, seconds)
    tries = authority.store.upkeep(lambda tx: stored.count(tx, hashed, window))
    if tries > limit:
        raise TooOften(wait=left)
    return limit - tries, left


def check(authority: Authority, bucket: str, limit: int, seconds: int) -> None:
    """Raise TooOften where more than `limit` tries were counted, without counting one."""
    hashed, window, left = _window(authority, bucket, seconds)
    if stored.counted(authority.store, hashed, window) > limit:
        raise TooOften(wait=left)


def _window(authority: Authority, bucket: str, seconds: int) -> tuple[str, str, int]:
    """Give the bucket's hash, when the window of time began, and the seconds that are left of it."""
    hashed = hashlib.sha256(f"{authority.id} {bucket}".encode()).hexdigest()
    now = moment.parse(authority.store.now())
    into = now.timestamp() % seconds
    return hashed, moment.text(now - timedelta(seconds=into)), max(1, int(seconds - into))
