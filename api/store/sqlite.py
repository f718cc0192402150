"""The embedded default: SQLite through sqlite-utils, one connection a thread."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from api.errors import Unavailable
from api.store.engine import NotText, Store, Tx, spread

# secure_delete: what erasure removes is overwritten. synchronous=FULL: "sent" survives power loss.
# recursive_triggers: without it REPLACE INTO goes past the triggers that keep a table append-only.
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16000",
)

_LONGEST_REST = 0.05

# So many prepared statements a connection keeps, at about 10 kB each. Once there are more, whatever was not
# among the first is prepared anew each time, which took a page twice as long as running it.
STATEMENTS = 1000


@dataclass
class _Tx(Tx):
    connection: Any = None

    def as_it_stands(self, sql: str, /, **params: Any) -> list[tuple[Any, ...]]:
        """Give all rows of a SELECT, whatever stands there."""
        before, self.connection.text_factory = self.connection.text_factory, _text
        try:
            return super().as_it_stands(sql, **params)
        finally:
            self.connection.text_factory = before

    def columns(self, table: str) -> dict[str, str]:
        """Give the columns of a table with what they hold."""
        made = self.one(
            """SELECT strict FROM pragma_table_list
            WHERE schema = 'main' AND lower(name) = :table AND type = 'table'""",
            table=table,
        )
        if made is None:
            return {}
        rows = self.query("SELECT name, type FROM pragma_table_xinfo(:t) WHERE hidden = 0", t=table)
        types = _TYPES if made["strict"] else {}
        return {row["name"]: types.get(row["type"], "anything") for row in rows}


_TYPES = {"TEXT": "text", "INTEGER": "int", "BLOB": "blob"}


def _text(value: bytes) -> str | NotText:
    try:
        return NotText(value) if b"\0" in value else value.decode()
    except UnicodeDecodeError:
        return NotText(value)


class SqliteStore(Store):
    """One file. Writers queue behind BEGIN IMMEDIATE, readers have the snapshot of a WAL."""

    engine = "sqlite"

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = Path(path)
        self._local = threading.local()
        self._opened: list[Database] = []
        self._lock = threading.Lock()
        # Writers of this process take turns. SQLite's own waiting is a poll, in which a thread that is
        # unlucky long enough is told that the database is busy. Again by the same thread: an error.
        self._turn = threading.RLock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"The database cannot be used: its folder cannot be made ({error.strerror})."
            ) from error
        # Names and addresses are in it as they are: nobody else on this machine reads it. What SQLite keeps
        # beside it (-wal, -shm) is as open as the file.
        with contextlib.suppress(OSError):  # it is there, or the next line says what is wrong
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
        with self._said_plainly():
            self._database()

    def _database(self) -> Database:
        database: Database | None = getattr(self._local, "database", None)
        if database is None:
            database = self._local.database = Database(self._connected())
            with self._lock:
                self._opened.append(database)
        return database

    def _connected(self) -> Any:
        connection = sqlite3.connect(
            str(self.path),
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
        )
        for pragma in PRAGMAS:
            connection.execute(pragma)
        return connection

    @contextmanager
    def _reading(self) -> Iterator[Tx]:
        with self._said_plainly():
            connection = self._database().conn
            connection.execute("BEGIN")
            try:
                yield _Tx(_run(connection), self.now(), connection=connection)
            finally:
                connection.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[Tx]:
        """Read for as long as that takes, all of it as it is at one moment, while others write."""
        with self._said_plainly(), contextlib.closing(self._connected()) as connection:
            # Where a table has lost its key it is sorted, and memory has no room for all of it.
            connection.execute("PRAGMA temp_store = FILE")
            connection.text_factory = _text
            connection.execute("BEGIN")
            yield _Tx(_run(connection), self.now(), connection=connection)

    @contextmanager
    def _writing(self) -> Iterator[Tx]:
        with self._turn, self._said_plainly():
            connection = self._database().conn
            # A deferred transaction that reads, then writes, fails at once under concurrency.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield _Tx(_run(connection), self.now(), connection=connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _said_plainly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            # What Python itself cannot read (text that is none) comes without a code.
            reason = _REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
            if reason is None:
                raise
            raise Unavailable(f"The database cannot be used: {reason}.") from error

    def rest(self, seconds: float) -> None:
        """Let others write. There is one writer at a time, and who waits looks only now and then
        whether it is their turn: without a pause another change would nearly always have it."""
        time.sleep(min(seconds, _LONGEST_REST))

    def truncate_log(self) -> bool:
        """Empty the write-ahead log, so that what was erased is in no file of ours; give False where
        somebody reads from it."""
        with self._said_plainly():
            row = self._database().conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not row[0]

    def leave(self) -> None:
        """Close this thread's connection."""
        database: Database | None = getattr(self._local, "database", None)
        if database is not None:
            del self._local.database
            with self._lock:
                if database in self._opened:
                    self._opened.remove(database)
                    database.conn.close()

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            while self._opened:
                self._opened.pop().conn.close()
        self._local = threading.local()


def _run(connection: Any) -> Callable[[str, Mapping[str, Any]], Any]:
    def run(sql: str, params: Mapping[str, Any]) -> Any:
        return connection.execute(*spread(sql, params))

    return run


# https://www.sqlite.org/rescode.html
_REASONS: Mapping[int, str] = {
    sqlite3.SQLITE_BUSY: "another process holds it",
    sqlite3.SQLITE_READONLY: "it or its folder is read-only",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_PERM: "its file may not be opened",
    sqlite3.SQLITE_NOTADB: "its file is not a database",
    sqlite3.SQLITE_CORRUPT: "its file is damaged",
}
