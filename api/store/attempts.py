"""How often something was tried, as it is kept: a row for each bucket and window of time."""

from __future__ import annotations

from api.moment import later
from api.store.engine import Reads, Tx


def count(tx: Tx, bucket: str, window_start: str) -> int:
    """Count one more try; give how many this window has seen."""
    row = tx.one(
        """INSERT INTO attempts (bucket, window_start, tries) VALUES (:bucket, :start, 1)
        ON CONFLICT (bucket, window_start) DO UPDATE SET tries = attempts.tries + 1
        RETURNING tries""",
        bucket=bucket,
        start=window_start,
    )
    tries = int(row["tries"]) if row else 1
    if tries == 1:
        tx.change("DELETE FROM attempts WHERE window_start < :old", old=later(tx.now, days=-1))
    return tries


def counted(db: Reads, bucket: str, window_start: str) -> int:
    """Give how many tries this window has seen."""
    row = db.one(
        "SELECT tries FROM attempts WHERE bucket = :bucket AND window_start = :start",
        bucket=bucket,
        start=window_start,
    )
    return int(row["tries"]) if row else 0
