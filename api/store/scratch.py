"""Room for sorting a file's rows by person: a private SQLite file that vanishes with the load."""

from __future__ import annotations

import json
import marshal
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3


class Scratch:
    """Rows by the person they are about; numbers and names of those first seen in this file."""

    def __init__(self) -> None:
        # A database without a name would be kept in memory. The file loses its name as soon as it is
        # open, so that it is gone with the process, whatever becomes of that.
        handle, path = tempfile.mkstemp(prefix="inkling-")
        os.close(handle)
        try:
            connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
            # It is never read again after a crash, so nothing has to be on the disk.
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = OFF", "synchronous = OFF"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN EXCLUSIVE")
        finally:
            Path(path).unlink()
        self._db = Database(connection)
        self._has_found = self._has_kept = False
        self._db.table("rows").create(
            {"identity": str, "line": int, "person": str, "is_new": int, "row": bytes},
            pk=("identity", "line"),
        )
        self._db.table("found").create({"kind": str, "value": str, "identity": str})
        self._db.table("found").create_index(["kind", "value"])
        self._db.table("kept").create({"key": str, "of": str}, pk=("key", "of"))
        self._db.table("lost").create({"what": str, "identity": str}, pk=("what", "identity"))
        self._run = self._db.conn.execute

    def close(self) -> None:
        """Let the file vanish."""
        self._db.conn.close()

    def put(
        self, identity: str, person: str, is_new: bool, line: int, row: tuple[Any, ...]
    ) -> None:
        """Keep a row that was matched to a person."""
        # Nothing but this process reads it, and marshal is by far the quickest.
        kept = (identity, line, person, int(is_new), marshal.dumps(row))
        self._run("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", kept)

    def remember(self, kind: str, value: str, identity: str) -> None:
        """Let later rows of this file find a person that it brought."""
        self._has_found = True
        self._run("INSERT INTO found VALUES (?, ?, ?)", (kind, value, identity))

    def find(self, pairs: Iterable[tuple[str, str]]) -> list[str]:
        """Give the identities that this file brought with any of these kinds and values."""
        if not self._has_found:
            return []
        sql = "SELECT identity FROM found WHERE kind = ? AND value = ?"
        found = [row[0] for pair in pairs for row in self._run(sql, pair)]
        return list(dict.fromkeys(found))

    def rows(self, identity: str) -> list[tuple[Any, ...]]:
        """Give the rows of one person, by line."""
        return self.rows_between(identity, identity).get(identity, [])

    def rows_between(self, first: str, last: str) -> dict[str, list[tuple[Any, ...]]]:
        """Give the rows of everyone from one identity to another, by identity and line."""
        sql = (
            "SELECT identity, row FROM rows WHERE identity BETWEEN ? AND ? ORDER BY identity, line"
        )
        found: dict[str, list[tuple[Any, ...]]] = {}
        for identity, row in self._run(sql, (first, last)):
            found.setdefault(identity, []).append(marshal.loads(row))  # noqa: S302 - our own
        return found

    def keep(self, key: str, table: str = "") -> None:
        """Remember the source's id of a row that waits: what it said before goes on standing, all
        of it or what it said in one table."""
        self._has_kept = True
        self._run("INSERT OR IGNORE INTO kept VALUES (?, ?)", (key, table))

    def is_kept(self, key: str | None, table: str) -> bool:
        """Say whether a fact of this table, from a row with this id, goes on standing."""
        if not self._has_kept:
            return False
        sql = "SELECT 1 FROM kept WHERE key = ? AND of IN ('', ?)"
        return bool(self._run(sql, (key, table)).fetchone())

    def lose(self, what: str, identity: str) -> None:
        """Remember that nothing of this kind is said of somebody any more."""
        self._run("INSERT OR IGNORE INTO lost VALUES (?, ?)", (what, identity))

    def lost(self, fewest: int) -> dict[str, int]:
        """Give of how many people each kind is said no more, where it is at least so many."""
        sql = "SELECT what, COUNT(*) FROM lost GROUP BY what HAVING COUNT(*) >= ?"
        return dict(self._run(sql, (fewest,)).fetchall())

    def silent_about(self, identities: Iterable[str]) -> set[str]:
        """Give those of these people whom the file does not speak of."""
        silent = set(identities)
        asked = json.dumps(list(silent))
        sql = "SELECT identity FROM rows WHERE identity IN (SELECT value FROM json_each(?))"
        return silent.difference(row[0] for row in self._run(sql, (asked,)))

    def count(self) -> int:
        """Give how many people the file speaks of."""
        return int(self._run("SELECT COUNT(DISTINCT identity) FROM rows").fetchone()[0])

    def people(self, size: int) -> Iterator[list[tuple[str, str, bool]]]:
        """Give everyone the file speaks of, `size` at a time: identity, record, whether new."""
        after = ""
        while True:
            found = self._run(
                "SELECT identity, person, is_new, MIN(line) FROM rows WHERE identity > ?"
                " GROUP BY identity ORDER BY identity LIMIT ?",
                (after, size),
            ).fetchall()
            if not found:
                return
            yield [(identity, person, bool(is_new)) for identity, person, is_new, _ in found]
            after = found[-1][0]
