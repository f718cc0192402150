"""The only place with SQL: one set of portable statements, on SQLite and on PostgreSQL."""

from __future__ import annotations

from api.errors import Misconfigured
from api.store.engine import Reads, Store, Tx

__all__ = ["Reads", "Store", "Tx", "open"]


def open(url: str) -> Store:
    """Open the store at `sqlite:////a/path.db` or `postgresql://...`.

    Raises Misconfigured for any other kind of address, Unavailable where nothing answers there.
    """
    if url.startswith("sqlite:///"):
        from api.store.sqlite import SqliteStore

        return SqliteStore(url.removeprefix("sqlite:///"))
    if url.startswith(("postgresql://", "postgres://")):
        from api.store.postgres import PostgresStore

        return PostgresStore(url)
    raise Misconfigured("INKLING_DATABASE_URL must start with sqlite:/// or postgresql://.")
