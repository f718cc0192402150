"""For several machines: PostgreSQL through psycopg and its pool, at REPEATABLE READ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from api.errors import Unavailable
from api.store.engine import Conflicted, Store, Tx

CONNECT_SECONDS = 5.0

# A unique row that another transaction made first: run again, this time it will be seen.
_RUN_AGAIN = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UniqueViolation,
)


# A standby, or a server that its operator has set to read only.
_READ_ONLY = psycopg.errors.ReadOnlySqlTransaction
_REASONS: Mapping[type[Exception], str] = {
    psycopg.errors.DiskFull: "its disk is full",
    _READ_ONLY: "it is read-only",
}


class PostgresStore(Store):
    """A database on a server. N web processes and N workers may share it."""

    engine = "postgres"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._pool = ConnectionPool(
            url, min_size=1, max_size=16, timeout=CONNECT_SECONDS, configure=_configure, open=False
        )
        try:
            self._pool.open(wait=True, timeout=CONNECT_SECONDS)
        except PoolTimeout as error:
            self._pool.close()
            raise Unavailable("The database cannot be reached: no PostgreSQL answers.") from error

    @contextmanager
    def _reading(self) -> Iterator[Tx]:
        with self._transaction() as tx:
            yield tx

    @contextmanager
    def _writing(self) -> Iterator[Tx]:
        with self._transaction() as tx:
            yield tx

    @contextmanager
    def _transaction(self) -> Iterator[Tx]:
        try:
            with self._pool.connection() as connection, connection.transaction():

                def run(sql: str, params: Mapping[str, Any]) -> Any:
                    if not params:
                        return connection.execute(sql.encode())
                    return connection.execute(_pyformat(sql).encode(), params)

                yield Tx(run, self.now())
        except _RUN_AGAIN as error:
            raise Conflicted from error
        except (PoolTimeout, psycopg.OperationalError, _READ_ONLY) as error:
            reason = _REASONS.get(type(error), "no PostgreSQL answers")
            raise Unavailable(f"The database cannot be used: {reason}.") from error

    def truncate_log(self) -> None:
        """Nothing to do here: the operator's WAL archive is theirs to expire (docs say so)."""

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def _configure(connection: psycopg.Connection[Any]) -> None:
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ


@lru_cache(maxsize=1024)
def _pyformat(sql: str) -> str:
    """Turn `:name` into `%(name)s`, which is what psycopg reads."""
    return re.sub(r"(?<![:\w]):([a-z][a-z_0-9]*)", r"%(\1)s", sql.replace("%", "%%"))
