"""What only the demo asks: whether it was made, and who is who in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.store.engine import Reads, Row

# The last thing that is loaded; see api/demo/building.py.
LAST_SOURCE, LAST_LOAD = "people", 4


def has_begun(db: Reads) -> bool:
    """Say whether anything was put into this authority."""
    return db.one("SELECT id FROM agencies LIMIT 1") is not None


def is_done(db: Reads) -> bool:
    """Say whether the demo was made to its end."""
    row = db.one("SELECT current_load FROM sources WHERE code = :code", code=LAST_SOURCE)
    return bool(row and row["current_load"] >= LAST_LOAD)


def staff(db: Reads) -> list[Row]:
    """Give everyone who works here: id, name, job, email, agency."""
    return db.query(
        """SELECT w.id, w.name, w.job, w.email, a.name AS agency
        FROM practitioners w JOIN agencies a ON a.id = w.agency_id WHERE w.left_at IS NULL"""
    )


@contextmanager
def beside(url: str) -> Iterator[str]:
    """Give where to make a database that is to stand at `url`: for an SQLite file a new one beside
    it, which takes its place at the end; nothing is left of it where that is not reached."""
    if not url.startswith("sqlite:///"):
        yield url
        return
    path = Path(url.removeprefix("sqlite:///"))
    new = path.with_name(f"{path.name}.making")
    _forget(new)
    try:
        yield f"sqlite:///{new}"
        _forget(path)
        new.replace(path)
    finally:
        _forget(new)


def _forget(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
