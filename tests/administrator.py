"""A database administrator who means ill: connects past Inkling, switches triggers and foreign keys off,
and runs what SQL they like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlite_utils.utils import sqlite3

from api.store.engine import spread
from api.store.postgres import _numbered

TABLES = ("audit_events", "audit_subjects", "audit_chain", "audit_heads")


class Administrator:
    """Runs SQL with `:name` parameters on either engine, a commit each."""

    def __init__(self, connection: Any, engine: str) -> None:
        self._connection, self._engine = connection, engine

    def run(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """Run a statement; give what it gives."""
        if self._engine == "sqlite":
            cursor = self._connection.execute(*spread(sql, params))
        else:
            query, names = _numbered(sql) if params else (sql.encode(), ())
            cursor = self._connection.execute(query, [params[name] for name in names])
        return list(cursor.fetchall()) if cursor.description else []

    def get(self, sql: str, **params: Any) -> Any:
        """Give the first value of a query."""
        return self.run(sql, **params)[0][0]


@contextmanager
def administrator(url: str) -> Iterator[Administrator]:
    """Connect to a database as its administrator."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for table in TABLES:
            for verb in ("UPDATE", "DELETE"):
                connection.execute(f"DROP TRIGGER IF EXISTS {table}_{verb}")
        made = Administrator(connection, "sqlite")
    else:
        connection = psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor)
        connection.execute("SET session_replication_role = replica")  # neither triggers nor keys
        made = Administrator(connection, "postgres")
    try:
        yield made
    finally:
        connection.close()
