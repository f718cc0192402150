"""For several machines: PostgreSQL through psycopg and its pool, at REPEATABLE READ."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool, PoolTimeout

from api.errors import Unavailable
from api.store.engine import MANY, PARAMETER, STREAMED, Conflicted, Row, Store, Tx, storable

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


class _Tx(Tx):
    """A transaction that inserts many rows as one document: one parameter, and the same statement
    however many rows there are. The table itself says of what type each value is."""

    rows_at_once = 500

    def hold(self, sql: str, /, **params: Any) -> Row | None:
        """Give the first row of a SELECT, and let nobody change it until this transaction ends."""
        return self.one(f"{sql} FOR SHARE", **params)

    def as_it_stands(self, sql: str, /, **params: Any) -> list[tuple[Any, ...]]:
        """Give all rows of a SELECT. Lists, which are of texts, are joined with: where a table has lost its
        key, each of its rows would be compared with all of a list otherwise."""
        for name, value in params.items():
            if type(value) in MANY:
                joined = f"IN (SELECT unnest(CAST(:{name} AS TEXT[])))"
                sql = sql.replace(f"IN (:{name})", joined)
        return super().as_it_stands(sql, **params)

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Give the rows of a SELECT as they stand, some at a time: the server keeps the rest."""
        name = f"stream_{next(_numbers)}"
        self.run(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", {})
        while some := self.run(f"FETCH {STREAMED:d} FROM {name}", {}).fetchall():
            yield from some

    def columns(self, table: str) -> dict[str, str]:
        """Give the columns of a table with what they hold."""
        rows = self.query(
            """SELECT a.attname, format_type(a.atttypid, NULL) AS type
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.oid = to_regclass(:table) AND c.relkind = 'r' AND a.attnum > 0
            AND NOT c.relrowsecurity AND NOT c.relhasrules
            AND NOT a.attisdropped AND a.attgenerated = ''""",
            table=table,
        )
        return {row["attname"]: _TYPES.get(row["type"], "another") for row in rows}

    def is_alone(self, work: str) -> bool:
        """Say whether no other transaction does this work, and keep others from it until this ends."""
        row = self.one("SELECT pg_try_advisory_xact_lock(hashtext(:work)) AS alone", work=work)
        return bool(row and row["alone"])

    def insert_some(
        self, table: str, columns: tuple[str, ...], rows: Sequence[Row], ending: str
    ) -> None:
        document = json.dumps([storable(row) for row in rows], ensure_ascii=False, default=_bytea)
        names = ", ".join(columns)
        self.run(
            f"INSERT INTO {table} ({names}) SELECT {names}"
            f" FROM json_populate_recordset(NULL::{table}, :rows){ending}",
            {"rows": document},
        )


_TYPES = {"text": "text", "bigint": "int", "bytea": "blob"}
_numbers = count()


def _bytea(value: bytes) -> str:
    return f"\\x{value.hex()}"


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

    def snapshot(self) -> AbstractContextManager[Tx]:
        """Read for as long as that takes, all of it as it is at one moment, while others write."""
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[Tx]:
        try:
            with self._pool.connection() as connection, _all_or_nothing(connection):

                def run(sql: str, params: Mapping[str, Any]) -> Any:
                    if not params:
                        return connection.execute(sql.encode())
                    query, names = _numbered(sql)
                    values = [
                        _array(value) if type(value) in MANY else value
                        for value in map(params.__getitem__, names)
                    ]
                    return connection.execute(query, values)

                yield _Tx(run, self.now())
        except _RUN_AGAIN as error:
            raise Conflicted from error
        except (PoolTimeout, psycopg.OperationalError, _READ_ONLY) as error:
            reason = _REASONS.get(type(error), "no PostgreSQL answers")
            raise Unavailable(f"The database cannot be used: {reason}.") from error

    def analyze(self) -> None:
        """Have the tables looked over, as PostgreSQL does by itself some time later: what was planned
        while they were empty is planned anew."""
        self.upkeep(lambda tx: tx.run("ANALYZE", {}))

    def truncate_log(self) -> bool:
        """Nothing to do here: the operator's WAL archive is theirs to expire (docs say so)."""
        return True

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


# Our queries are many and small: planning one takes longer than running it, and compiling it longer
# still. So each is planned once a connection, for any values, as SQLite does, and none is compiled.
# A machine that lost its power in the midst of a transaction would hold its locks for hours otherwise.
_SETTINGS = (
    "SET plan_cache_mode = force_generic_plan; SET jit = off;"
    " SET idle_in_transaction_session_timeout = '5min'"
)
_PREPARED = 256
_TO_TAKE_BACK = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


@contextmanager
def _all_or_nothing(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Commit what is done with a connection, or take it back, and keep what it has planned either way.

    psycopg's own ROLLBACK forgets every plan, lest a type be made anew. Here every refusal takes something
    back, and after each all would be planned again.
    """
    try:
        yield
        connection.commit()
    except BaseException:
        if connection.info.transaction_status in _TO_TAKE_BACK:
            with suppress(psycopg.OperationalError):  # it is cut off: what was done is undone
                connection.pgconn.exec_(b"ROLLBACK")
        raise


def _configure(connection: psycopg.Connection[Any]) -> None:
    connection.execute(_SETTINGS)
    connection.commit()
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.prepared_max = _PREPARED
    # What psycopg would make of a query's own parameters: it reads a long query anew each time.
    connection.cursor_factory = psycopg.RawCursor
    connection.prepare_threshold = 0  # at once: otherwise each is planned five times more


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Turn `:name` into `$1`, as PostgreSQL itself reads it, and give the names in that order; and
    `IN (:names)` into an array, so that it is the same query however many there are: prepared once."""
    sql = re.sub(r"\bNOT IN \(:([a-z][a-z_0-9]*)\)", r"<> ALL(:\1)", sql)
    sql = re.sub(r"\bIN \(:([a-z][a-z_0-9]*)\)", r"= ANY(:\1)", sql)
    names: dict[str, str] = {}
    numbered = PARAMETER.sub(lambda name: names.setdefault(name[1], f"${len(names) + 1}"), sql)
    return numbered.encode(), tuple(names)


def _array(values: Iterable[Any]) -> str:
    """Write values as PostgreSQL reads an array of whatever type. (psycopg takes longer over it.)"""
    texts = (str(one).replace("\\", "\\\\").replace('"', '\\"') for one in values)
    return "{" + ",".join(f'"{text}"' for text in texts) + "}"
