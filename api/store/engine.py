"""What both engines share: the shape of a transaction, and the two ways into the store.

`look(fn)` reads from a snapshot, commits the audit rows, then answers. `write(fn)` does access
check, change, audit and outbox in one transaction. Either refuses to end without an audit row.
`upkeep(fn)` is for bookkeeping that nobody did (touching a session, claiming a delivery).
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import count, islice
from typing import Any, ClassVar, Protocol, TypeVar

from api import moment
from api.errors import Refused, Unavailable

T = TypeVar("T")
Row = dict[str, Any]

RETRIES = 6

# What a parameter may be to stand for several values in `IN (:ids)`.
MANY = frozenset({list, tuple, set, frozenset})


class Unaudited(RuntimeError):
    """A look or a write came to its end without an audit row: a fault in our own code."""


class Conflicted(Exception):
    """The engine could not serialise this transaction; it may be run again."""


class NotText(bytes):
    """What stands where a text does and is none: not UTF-8, or with a NUL in it."""


class Reads(Protocol):
    """Something that can be asked: the store itself, or a transaction of it."""

    def query(self, sql: str, /, **params: Any) -> list[Row]: ...

    def rows(self, make: Callable[[Sequence[Any]], T], sql: str, /, **params: Any) -> list[T]: ...

    def as_it_stands(self, sql: str, /, **params: Any) -> list[tuple[Any, ...]]: ...

    def one(self, sql: str, /, **params: Any) -> Row | None: ...


@dataclass(frozen=True)
class SealedWords:
    """Words as they are kept: ciphertext, and its key wrapped for each key that may open it."""

    id: str
    sealed: bytes
    wraps: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class AuditRow:
    """One row of the audit trail, with the people it showed."""

    id: str
    actor: str
    agency_id: str | None
    enrolment_id: str | None
    action: str
    verdict: str
    reason: str
    object: str | None
    subjects: tuple[str, ...]
    details: SealedWords | None


@dataclass
class Tx:
    """One transaction: SQL with `:name` parameters, the moment it runs at, and its audit trail."""

    run: Callable[[str, Mapping[str, Any]], Any]
    now: str
    trail: list[AuditRow] = field(default_factory=list)

    @cached_property
    def today(self) -> str:
        """The date in London, as ISO text."""
        return moment.day(self.now).isoformat()

    def query(self, sql: str, /, **params: Any) -> list[Row]:
        """Give all rows of a SELECT, or of a change with RETURNING.

        A limit stands in the text (`LIMIT {limit:d}`): where it is a parameter, SQLite prepares the
        query anew each time that it runs, which takes longer than running it.
        """
        return _rows(self.run(sql, storable(params)))

    def rows(self, make: Callable[[Sequence[Any]], T], sql: str, /, **params: Any) -> list[T]:
        """Give all rows of a SELECT, each made by `make` of its values in the columns' order: for a
        NamedTuple's `_make`, where there are many rows and no need of a dict for each."""
        return list(map(make, self.run(sql, storable(params)).fetchall()))

    def one(self, sql: str, /, **params: Any) -> Row | None:
        """Give the first row, or None."""
        return next(iter(self.query(sql, **params)), None)

    def as_it_stands(self, sql: str, /, **params: Any) -> list[tuple[Any, ...]]:
        """Give all rows of a SELECT, whatever stands in a table that somebody else may have made anew:
        values of any type, and text that is none as NotText."""
        return self.rows(tuple, sql, **params)

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Give the rows of a SELECT without parameters as they stand, in the memory that some of them
        need. It ends where the answer does, whatever that holds. In a `Store.snapshot` only."""
        cursor = self.run(sql, {})
        while some := cursor.fetchmany(STREAMED):
            yield from some

    def columns(self, table: str) -> dict[str, str]:
        """Give the columns of a table with what they hold: 'text', 'int', 'blob', 'anything', 'another'.
        There are none where it is not there, or is a view or the like."""
        raise NotImplementedError

    def change(self, sql: str, /, **params: Any) -> int:
        """Run an UPDATE or DELETE and give the number of rows that it touched."""
        return int(self.run(sql, storable(params)).rowcount)

    def hold(self, sql: str, /, **params: Any) -> Row | None:
        """Give the first row of a SELECT, and let nobody change it until this transaction ends."""
        return self.one(sql, **params)  # where there is one writer at a time, that is so anyhow

    def is_alone(self, work: str) -> bool:  # noqa: ARG002 - where writers queue, anyone is alone
        """Say whether no other transaction does this work, and keep others from it until this ends."""
        return True

    def insert(self, table: str, **row: Any) -> None:
        """Insert one row, its columns by name."""
        self.run(_insert(table, tuple(row)), storable(row))

    def insert_all(self, table: str, rows: Iterable[Row], *, known: bool = False) -> None:
        """Insert rows that all have the same columns, many at a time. Where some may be `known`,
        those whose key is there already are left out."""
        waiting = iter(rows)
        while some := list(islice(waiting, self.rows_at_once)):
            self.insert_some(table, tuple(some[0]), some, _LEAVE if known else "")

    def insert_some(
        self, table: str, columns: tuple[str, ...], rows: Sequence[Row], ending: str
    ) -> None:
        """Insert these rows by one statement, with this at its end."""
        values = {f"{name}_{n}": row[name] for n, row in enumerate(rows) for name in columns}
        self.run(_insert_many(table, columns, len(rows)) + ending, storable(values))

    rows_at_once: ClassVar[int] = 40


# So many rows a stream holds.
STREAMED = 1000

_LEAVE = " ON CONFLICT DO NOTHING"


class Store:
    """A database, opened. Both engines are used through this one class."""

    engine: str

    def __init__(self) -> None:
        self.clock: Callable[[], datetime] = moment.system_clock

    def look(self, fn: Callable[[Tx], T]) -> T:
        """Read from a snapshot, commit the audit rows that `fn` left, then answer.

        A refusal commits its row and is raised again. Raises Unaudited if `fn` left no row.
        """
        refusal: Refused | None = None
        with self._reading() as tx:
            try:
                answer = fn(tx)
            except Refused as error:
                refusal = error
        self._commit_trail(tx.trail, refusal)
        if refusal is not None:
            raise refusal
        return answer

    def write(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in one transaction and commit it together with its audit rows.

        `fn` may run more than once (serialisation failures), so it changes nothing but the store.
        A refusal rolls everything back, commits the refusal's row and is raised again.
        Raises Unaudited if `fn` left no row.
        """
        refusal: tuple[list[AuditRow], Refused] | None = None

        def audited(tx: Tx) -> T:
            nonlocal refusal
            try:
                answer = fn(tx)
            except Refused as error:
                refusal = [row for row in tx.trail if row.verdict == "refused"], error
                raise
            if not tx.trail:
                raise Unaudited("a write made no audit row")
            insert_trail(tx, tx.trail)
            return answer

        try:
            return self.upkeep(audited)
        except Refused:
            if refusal:
                self._commit_trail(*refusal)
            raise

    def upkeep(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in one transaction without an audit row, again on serialisation failure."""
        for attempt in range(RETRIES):
            try:
                with self._writing() as tx:
                    return fn(tx)
            except Conflicted:
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - not a secret
        raise Unavailable("The service is busy. Nothing was changed. Try again.")

    def query(self, sql: str, /, **params: Any) -> list[Row]:
        """Read outside any transaction: for what is about no person (sessions, lists)."""
        with self._reading() as tx:
            return tx.query(sql, **params)

    def rows(self, make: Callable[[Sequence[Any]], T], sql: str, /, **params: Any) -> list[T]:
        """Read as `query` does, and as `Tx.rows` makes them."""
        with self._reading() as tx:
            return tx.rows(make, sql, **params)

    def one(self, sql: str, /, **params: Any) -> Row | None:
        """Give the first row of `query`, or None."""
        return next(iter(self.query(sql, **params)), None)

    def as_it_stands(self, sql: str, /, **params: Any) -> list[tuple[Any, ...]]:
        """Read as `query` does, and as `Tx.as_it_stands` gives it."""
        with self._reading() as tx:
            return tx.as_it_stands(sql, **params)

    def snapshot(self) -> AbstractContextManager[Tx]:
        """Read for as long as that takes, all of it as it is at one moment, while others write."""
        raise NotImplementedError

    def migrate(self) -> list[str]:
        """Bring the schema up to date; give the names of the migrations that ran."""
        from api.store.migrations import run

        return run(self)

    def now(self) -> str:
        """Give the moment as the store's clock has it, as UTC ISO text."""
        return moment.text(self.clock())

    def _commit_trail(self, trail: list[AuditRow], refusal: Refused | None) -> None:
        if not trail:
            raise Unaudited("a look made no audit row") from refusal
        self.upkeep(lambda tx: insert_trail(tx, trail))

    def _reading(self) -> AbstractContextManager[Tx]:
        raise NotImplementedError

    def _writing(self) -> AbstractContextManager[Tx]:
        raise NotImplementedError

    def rest(self, seconds: float) -> None:
        """Let others write, after a change of so many seconds that is one of many: pages leave rows."""

    def analyze(self) -> None:
        """Let the engine look how many rows there are, where many came at once and its plans depend
        on that."""

    def truncate_log(self) -> bool:
        """Empty what the engine keeps beside the database, so that what was erased is nowhere; give
        False where that must wait, because somebody reads."""
        raise NotImplementedError

    def leave(self) -> None:
        """Let go of what this thread holds: it ends, and others go on."""

    def close(self) -> None:
        raise NotImplementedError


def insert_trail(tx: Tx, trail: Sequence[AuditRow]) -> None:
    """Write the audit rows of a transaction, with the words that explain them."""
    for row in trail:
        if row.details:
            insert_words(tx, row.details)
        tx.insert(
            "audit_events",
            id=row.id,
            at=tx.now,
            actor=row.actor,
            agency_id=row.agency_id,
            enrolment_id=row.enrolment_id,
            action=row.action,
            verdict=row.verdict,
            reason=row.reason,
            object=row.object,
            words_id=row.details.id if row.details else None,
        )
        tx.insert_all(
            "audit_subjects",
            ({"event_id": row.id, "person_id": person} for person in dict.fromkeys(row.subjects)),
        )


def insert_words(tx: Tx, words: SealedWords) -> None:
    """Write encrypted words and their wraps."""
    tx.insert("words", id=words.id, sealed=words.sealed)
    tx.insert_all(
        "wraps",
        ({"words_id": words.id, "key_id": key, "wrapped": wrapped} for key, wrapped in words.wraps),
    )


def _rows(cursor: Any) -> list[Row]:
    if cursor.description is None:
        return []
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, values, strict=False)) for values in cursor.fetchall()]


def spread(sql: str, params: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Number parameters, `:name` becomes `?1`, and spread lists: `IN (:ids)` becomes `IN (?2, ?3)`, and
    `IN (NULL)` if empty. Give the values in that order: SQLite takes them in half the time that it needs
    to find each by its name.

    Lists are filled up, with the last value again, to one of a few lengths, so that the same queries
    come again and need not be prepared anew.
    """
    if not params:
        return sql, []
    lists = {name: list(value) for name, value in params.items() if type(value) in MANY}
    for values in lists.values():
        length = next((some for some in _LENGTHS if some >= len(values)), len(values))
        values.extend(values[-1:] * (length - len(values)))
    lengths = tuple([(name, len(values)) for name, values in lists.items()])
    numbered, names = _numbered(sql, lengths)
    if not lists:
        return numbered, [params[name] for name in names]
    given: list[Any] = []
    for name in names:
        given += lists.get(name) or [params[name]]
    return numbered, given


_LENGTHS = (0, 1, 8, 32, 128, 512, 2048)

# A parameter in a query, as both engines have it numbered; `::` and what is in front of it is none.
PARAMETER = re.compile(r"(?<![:\w]):([a-z][a-z_0-9]*)")


@lru_cache(maxsize=1024)
def _numbered(sql: str, lengths: tuple[tuple[str, int], ...]) -> tuple[str, tuple[str, ...]]:
    """Give a query with its parameters numbered, and their names in that order. `lengths` says for how many
    values each list stands."""
    many, marks, given = dict(lengths), dict[str, str](), count(1)

    def mark(name: re.Match[str]) -> str:
        if name[1] not in marks:
            numbers = [f"?{next(given)}" for _ in range(many.get(name[1], 1))]
            marks[name[1]] = ", ".join(numbers) or "NULL"
        return marks[name[1]]

    numbered = PARAMETER.sub(mark, sql)
    return numbered, tuple(name for name, said in marks.items() if said != "NULL")


def storable(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put a mark in place of what no database keeps as text (NUL, half of a surrogate pair): an id
    with one is then nobody's, and a text with one is kept."""
    texts = [value for value in params.values() if isinstance(value, str)]
    for many in params.values():
        if type(many) in MANY:
            texts += [value for value in many if isinstance(value, str)]
    together = "".join(texts)
    if together.isascii() and "\0" not in together:  # nearly always, so this must be quick
        return params
    return {
        name: [_mended(one) for one in value] if type(value) in MANY else _mended(value)
        for name, value in params.items()
    }


def _mended(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return value.replace("\0", "\ufffd").encode(errors="replace").decode()


@lru_cache(maxsize=512)
def _insert_many(table: str, columns: tuple[str, ...], number: int) -> str:
    rows = (", ".join(f":{column}_{n}" for column in columns) for n in range(number))
    marks = ", ".join(f"({row})" for row in rows)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {marks}"


@lru_cache(maxsize=512)
def _insert(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join(f":{column}" for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
