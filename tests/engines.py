"""A PostgreSQL server for the tests: one a run, shared by every worker, gone afterwards.

It listens on a Unix socket only and never syncs to disk. Whoever asks first starts it, under a file
lock; the run's first process stops it. A run that was killed cannot, so each start also clears away the
servers whose run is no longer alive.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool, PoolClosed

# A socket's path may have 107 characters, so not pytest's own long temporary folders.
ROOM = Path("/tmp")
MARK = f"inkling-tests-{os.getuid()}-"
RUN = "INKLING_TESTS_RUN"
USER = "inkling"

_numbers = itertools.count()


def begin() -> None:
    """Name this run, once, before the workers start: they inherit the name."""
    os.environ.setdefault(RUN, f"{os.getpid()}-{_started(os.getpid())}")


def end() -> None:
    """Let go of the server, and stop it if this process began the run and anyone started one."""
    for kept in _pools.values():
        kept.close()
    if _admin.cache_info().currsize:
        _admin().close()
    if os.environ.get(RUN, "").split("-")[0] == str(os.getpid()):
        _clear(_folder())


def create_database(template: str | None = None) -> str:
    """Make an empty database, or a copy of `template` (a url from here), and give its url."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    if template and _name(template) in _pools:  # copied only while nobody is connected
        _pools[_name(template)].close()
        _end_all(_name(template))
    _make(name, template)
    return _url(name)


def once(name: str, fill: Callable[[str], None]) -> str:
    """The url of the database `name`, filled by `fill(url)` by the first worker that asks."""
    with _locked():
        _start()
        done = _folder() / f"{name}.done"
        if not done.exists():
            _admin().execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
            _make(name, None)
            fill(_url(name))
            done.touch()
    return _url(name)


def drop(url: str) -> None:
    """Drop a database that `create_database` made."""
    name = sql.Identifier(_name(url))
    _admin().execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


# --- Databases that are lent ------------------------------------------------------------------------
#
# Copying a database takes PostgreSQL ten times as long as a test, and planning its questions anew five
# times. So a copy is lent to a test and put back afterwards to what it held, and the connections, which
# keep their plans, stay for the next. Where one of them is not free by then the copy gets another name,
# so that whoever still writes to it writes nowhere.

PLANS = 2000  # one process asks here what an app, a worker and a command line ask there
LENT_AT_MOST = 60  # tables grow with what was put back


@dataclass(frozen=True)
class _Origin:
    """What copies of a template hold: the rows of each table, as JSON, and its schema's marks."""

    rows: dict[str, str | None]
    marks: tuple[object, ...]
    looking: str


# Of each table, how many rows it holds, and which transaction wrote the youngest: another where one was
# added, changed or taken away.
_Look = dict[str, tuple[int, int | None]]

_origins: dict[str, _Origin] = {}
_free: dict[str, list[tuple[str, int]]] = {}
_lent: dict[str, tuple[str, int]] = {}
_seen: dict[str, _Look] = {}
_pools: dict[str, _Pool] = {}


class _Pool:
    """The connections of a database that is lent, the last used first: it has planned the most."""

    def __init__(self, url: str, configure: Callable[[psycopg.Connection[Any]], None]) -> None:
        self._url, self._configure = url, configure
        self._lock = threading.Lock()
        self.free: list[psycopg.Connection[Any]] = []
        self.out = 0
        self.taps: list[_Tap] = []

    @contextlib.contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        with self._lock:
            self.out += 1
            connection = self.free.pop() if self.free else None
        try:
            if connection is None:
                connection = psycopg.connect(self._url)
                self._configure(connection)
                connection.prepared_max = PLANS
            yield connection
        finally:
            with self._lock:
                self.out -= 1
                if connection and connection.info.transaction_status is TransactionStatus.IDLE:
                    self.free.append(connection)
                elif connection:
                    connection.close()

    def close(self) -> None:
        while self.free:
            self.free.pop().close()


class _Tap:
    """What a store has of a pool: nothing any more once its database is given back."""

    def __init__(self, pool: _Pool) -> None:
        self._pool, self.is_shut = pool, False

    def open(self, **_: object) -> None:
        with self._pool.connection():
            pass

    def connection(self) -> contextlib.AbstractContextManager[psycopg.Connection[Any]]:
        if self.is_shut:
            raise PoolClosed("this test's database was given back")
        return self._pool.connection()

    def close(self) -> None:
        self.is_shut = True


def pool(
    url: str, *, configure: Callable[[psycopg.Connection[Any]], None], **settings: Any
) -> ConnectionPool | _Tap:
    """Make a pool, as `ConnectionPool` does; of a database that is lent, give the one that it has."""
    name = _name(url)
    if name not in _lent:
        return ConnectionPool(url, configure=configure, **settings)
    kept = _pools.setdefault(name, _Pool(url, configure))
    tap = _Tap(kept)
    kept.taps.append(tap)
    return tap


def _is_quiet(name: str) -> bool:
    """Whether nobody is connected to a database but its pool, and nobody has any of that."""
    kept = _pools.get(name)
    for tap in kept.taps if kept else ():
        tap.close()
    if kept and kept.out:
        return False
    count = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = %s"
    row = _admin().execute(count, [name]).fetchone()
    return row is not None and row[0] == (len(kept.free) if kept else 0)


def lend(template: str) -> str:
    """Give the url of a copy of `template` (a url from here) that nobody else has, until `give_back`."""
    if _free.get(template):
        name, times = _free[template].pop()
    else:
        url = create_database(template)
        name, times = _name(url), 0
        with psycopg.connect(url, autocommit=True) as copy:
            if template not in _origins:
                rows = _read(copy)
                _origins[template] = _Origin(rows, _marks(copy), _looking(rows))
            _seen[name] = _look(copy, _origins[template])
    _lent[name] = template, times + 1
    return _url(name)


def give_back(url: str) -> None:
    """Take a database back that was lent: put it back to what it held, or drop it."""
    name = _name(url)
    template, times = _lent.pop(name)
    fresh = f"t{os.getpid()}_{next(_numbers)}"
    try:
        if times < LENT_AT_MOST and _is_quiet(name):
            with _connected(name) as copy:
                if _is_put_back(copy, name, _origins[template]):
                    _free.setdefault(template, []).append((name, times))
                    return
        if name in _pools:
            _pools.pop(name).close()
        if times < LENT_AT_MOST and _rename(name, fresh):
            _seen[fresh] = _seen.pop(name)
            with _connected(fresh) as copy:
                if _is_put_back(copy, fresh, _origins[template]):
                    _free.setdefault(template, []).append((fresh, times))
                    return
    except psycopg.Error:
        pass  # whatever a test did to it, it is not lent again
    drop(url)
    drop(_url(fresh))


@contextlib.contextmanager
def _connected(name: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database: one that its pool keeps, which has planned the questions below."""
    if name in _pools:
        with _pools[name].connection() as kept:
            yield kept
            kept.commit()  # psycopg forgets its plans when a change is taken back
    else:
        with psycopg.connect(_url(name), cursor_factory=psycopg.RawCursor) as copy:
            yield copy


def _rename(name: str, fresh: str) -> bool:
    """Give a database another name, once nobody is connected to it any more."""
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    for _ in range(50):
        _end_all(name)
        with contextlib.suppress(psycopg.errors.ObjectInUse):
            _admin().execute(statement.format(sql.Identifier(name), sql.Identifier(fresh)))
            return True
    return False


def _end_all(name: str) -> None:
    """End every connection to a database, and wait for it: renamed or copied while one is still going,
    PostgreSQL would look again only every tenth of a second."""
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    for _ in range(500):
        if not _admin().execute(ending, [name]).fetchall():
            return
        time.sleep(0.002)


def _read(copy: psycopg.Connection[Any]) -> dict[str, str | None]:
    found = {}
    for (table,) in copy.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        rows = copy.execute(f"SELECT json_agg(held)::text FROM {table} held".encode()).fetchone()
        assert rows is not None
        found[str(table)] = rows[0]
    return found


def _looking(tables: Iterable[str]) -> str:
    """The question that `_look` asks."""
    asked = (
        f"SELECT '{table}', COUNT(*), MAX(xmin::text::bigint) FROM {table}"
        for table in sorted(tables)
    )
    return " UNION ALL ".join(asked)


def _look(copy: psycopg.Connection[Any], origin: _Origin) -> _Look:
    found = copy.execute(origin.looking.encode(), prepare=True)
    return {table: (count, youngest) for table, count, youngest in found}


def _is_put_back(copy: psycopg.Connection[Any], name: str, origin: _Origin) -> bool:
    """Put back the tables whose rows are others than when they were last looked at. Not where the schema
    was changed."""
    if _marks(copy) != origin.marks:
        return False
    found = _look(copy, origin)
    changed = [table for table in found if found[table] != _seen[name][table]]
    if changed:
        with copy.pipeline():
            # As a replica: neither foreign keys nor the triggers of what is append-only are asked.
            copy.execute("SET LOCAL session_replication_role = replica")
            for table in changed:
                copy.execute(f"DELETE FROM {table}".encode())
                if rows := origin.rows[table]:
                    putting = f"SELECT * FROM json_populate_recordset(NULL::{table}, $1::json)"
                    copy.execute(f"INSERT INTO {table} {putting}".encode(), [rows])
        _seen[name] = _look(copy, origin)
    return True


def _marks(copy: psycopg.Connection[tuple[object, ...]]) -> tuple[object, ...]:
    """What tells that a test changed the schema, or a setting of the database."""
    row = copy.execute(
        """SELECT
        (SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace),
        (SELECT string_agg(oid::text || tgenabled::text, ' ' ORDER BY oid) FROM pg_trigger),
        (SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM pg_constraint),
        (SELECT COUNT(*) FROM pg_attribute),
        (SELECT string_agg(oid::text || md5(prosrc), ' ' ORDER BY oid) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace),
        (SELECT COUNT(*) FROM pg_db_role_setting WHERE setdatabase <> 0)""",
        prepare=True,
    ).fetchone()
    assert row is not None
    return row


def _make(name: str, template: str | None) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(_name(template) if template else "template0")
    )
    _admin().execute(statement)


def _url(name: str) -> str:
    return f"postgresql://{USER}@/{name}?host={quote(str(_folder()), safe='')}"


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@functools.cache
def _admin() -> psycopg.Connection[tuple[object, ...]]:
    with _locked():
        _start()
    return psycopg.connect(_url("postgres"), autocommit=True)


def _folder() -> Path:
    return ROOM / (MARK + os.environ[RUN])


_held = False


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """One worker at a time; a worker that already holds the lock goes on."""
    global _held
    if _held:
        yield
        return
    with (ROOM / f"{MARK}lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _held = True
        try:
            yield
        finally:
            _held = False


def _start() -> None:
    folder = _folder()
    if (folder / "ready").exists():
        return
    for old in ROOM.glob(f"{MARK}*-*"):
        if old.is_dir() and not _alive(old.name.removeprefix(MARK)):
            _clear(old)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    if os.getuid() == 0:  # initdb and postgres refuse root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    _postgres(
        "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C",
        f"--username={USER}", f"--pgdata={folder}/data",
    )  # fmt: skip
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        "shared_buffers": "64MB",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        # A test asks each question once or twice, so most of its time is planning. Weighing fewer orders
        # of joins halves that; among 100,000 people, where the order matters, it would be fifty times slower.
        "join_collapse_limit": "3",
        "from_collapse_limit": "3",
    }
    _postgres(
        "pg_ctl", "start", "--wait", f"--pgdata={folder}/data", f"--log={folder}/log",
        "--options=" + " ".join(f"-c {name}='{value}'" for name, value in options.items()),
    )  # fmt: skip
    (folder / "ready").touch()


def _postgres(program: str, *arguments: str) -> None:
    command = [_program(program), *arguments]
    if os.getuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    # A file, not a pipe: the server inherits it, and a pipe would never close.
    log = _folder() / f"{program}.log"
    with log.open("w") as output:
        done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{program} failed:\n{log.read_text()}")


def _program(name: str) -> str:
    newest = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: int(path.parts[4]) if path.parts[4].isdigit() else 0,
    )
    found = shutil.which(name) or (str(newest[-1]) if newest else None)
    if not found:
        raise RuntimeError("The tests need PostgreSQL: apt-get install postgresql")
    return found


def _clear(folder: Path) -> None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        server = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        # The number may have passed to another process since.
        if str(folder) in Path(f"/proc/{server}/cmdline").read_text():
            os.kill(server, signal.SIGQUIT)
            _gone(server)
    shutil.rmtree(folder, ignore_errors=True)


def _gone(process: int) -> None:
    for _ in range(200):
        try:
            os.kill(process, 0)
        except OSError:
            return
        time.sleep(0.05)
    with contextlib.suppress(OSError):
        os.kill(process, signal.SIGKILL)


def _alive(run: str) -> bool:
    """Whether the process that began `run` still lives; its start time tells it from a namesake."""
    process, _, started = run.partition("-")
    return process.isdigit() and _started(int(process)) == started


def _started(process: int) -> str:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return "?"
    # The name in brackets may hold spaces; the start time is the 22nd field of all.
    return stat.rpartition(")")[2].split()[19]
