"""Rate limits: sign-in, enrolment and search may be tried so often in a window of time."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from api import moment
from api.authority import Authority
from api.errors import TooOften
from api.store import attempts as stored


def count(authority: Authority, bucket: str, limit: int, seconds: int) -> None:
    """Count a try. Raises TooOften, with how long to wait, once there were more than `limit`.

    `bucket` says who tries what, such as "sign-in 192.0.2.7": it is kept as a hash for a day.
    """
    hashed = hashlib.sha256(f"{authority.id} {bucket}".encode()).hexdigest()
    now = moment.parse(authority.store.now())
    into = now.timestamp() % seconds
    window = moment.text(now - timedelta(seconds=into))
    tries = authority.store.upkeep(lambda tx: stored.count(tx, hashed, window))
    if tries > limit:
        raise TooOften(wait=max(1, int(seconds - into)))
