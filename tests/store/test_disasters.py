"""Power, disks and servers that fail: one clear sentence, and nothing that was accepted is lost."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import api.store
from api.errors import InklingError, Misconfigured, Unavailable
from api.record import notes
from api.store import Store, Tx, migrations, postgres
from api.store.sqlite import SqliteStore
from tests import engines
from tests.cast import Cast, in_another_process, reopen
from tests.store.conftest import add, count, events, row

# Logs one note after another on four threads, and says so only when Send was answered.
LOGGING = """
import sys, threading
from api.moment import new_id
from api.record import notes
from tests.cast import reopen

url, author, child = sys.argv[1:]
cast = reopen(url, {"author": author})
lock = threading.Lock()

def log():
    actor = cast.actor("author")
    while True:
        note = notes.NewNote(id=new_id(), kind="worry", people=[child], saw="Still no coat")
        (sent,) = notes.log(actor, note).note_ids
        with lock:
            print(sent, flush=True)

for _ in range(4):
    threading.Thread(target=log).start()
"""


def one_sentence(error: BaseException) -> str:
    """The error's text, which must be one sentence that a person can read."""
    assert isinstance(error, InklingError)
    assert re.fullmatch(r"[A-Z][^\n]*\.", str(error))
    assert "Error" not in str(error)
    return str(error)


def write(store: Store, name: str = "a") -> None:
    def writing(tx: Tx) -> None:
        add(tx, name)
        tx.trail.append(row())

    store.write(writing)


def open_and_write(url: str) -> None:
    with contextlib.closing(api.store.open(url)) as store:
        write(store)


# -- The process is killed ---------------------------------------------------------------------------


def test_a_note_that_was_answered_sent_survives_a_kill(cast: Cast, cast_url: str) -> None:
    cast.authority.close()
    with in_another_process(LOGGING, cast_url, cast["social_worker"], cast["jude"]) as process:
        assert process.stdout
        sent = [process.stdout.readline().strip() for _ in range(40)]
        process.kill()
        sent += process.stdout.read().split()  # what it still said before it died
    assert process.returncode == -signal.SIGKILL

    again = reopen(cast_url, cast.ids)
    store = again.authority.store
    try:
        kept = {one["id"] for one in store.query("SELECT id FROM notes")}
        assert len(sent) >= 40
        assert set(sent) <= kept
        # Each with all of what belongs to it, or not at all.
        for whole in (
            "SELECT note_id AS id FROM note_revisions",
            "SELECT note_id AS id FROM note_subjects",
            "SELECT note_id AS id FROM outbox WHERE kind = 'note'",
            "SELECT object AS id FROM audit_events WHERE action = 'note:logged'",
        ):
            assert {one["id"] for one in store.query(whole)} == kept
        actor = again.actor("social_worker")
        for note_id in sent[:3]:
            assert notes.read(actor, note_id).now.saw == "Still no coat"
        again.worry("social_worker", "jude")
    finally:
        again.authority.close()


def test_what_is_answered_is_on_the_disk_and_not_on_its_way(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "inkling.db"))
    pragmas = {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1}
    for pragma, value in pragmas.items():
        assert store.query(f"PRAGMA {pragma}") == [{pragma: value}]
    store.close()


# -- The disk is full -------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("This user may not mount a disk.")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def write_until_it_fails(store: Store) -> tuple[int, Unavailable]:
    """Write until the store says that it cannot; give how often it could, and what it said."""
    for accepted in range(10_000):
        try:
            write(store, f"counter {accepted}")
        except Unavailable as failed:
            return accepted, failed
    raise AssertionError("The disk was never full.")


def test_a_full_disk_is_said_and_loses_nothing(disk: Path) -> None:
    store = api.store.open(f"sqlite:///{disk}/inkling.db")
    store.migrate()
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - 400_000))
    accepted, failed = write_until_it_fails(store)
    assert re.search("disk (is full|failed)", one_sentence(failed))
    assert accepted
    assert len(events(store)) == accepted
    with pytest.raises(Unavailable):  # no row, no answer
        store.look(lambda tx: tx.trail.extend(row(reason="x" * 5000) for _ in range(50)))
    ballast.unlink()
    write(store)
    store.close()
    again = api.store.open(f"sqlite:///{disk}/inkling.db")
    assert len(events(again)) == accepted + 1
    assert all(count(again, f"counter {n}") == 1 for n in range(accepted))
    again.close()


def test_a_database_at_its_limit_is_said_and_loses_nothing(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "inkling.db"))
    store.migrate()
    (pages,) = store.query("PRAGMA page_count")
    store.query(f"PRAGMA max_page_count = {pages['page_count'] + 2}")
    accepted, failed = write_until_it_fails(store)
    assert "the disk is full" in one_sentence(failed)
    assert len(events(store)) == accepted
    store.query("PRAGMA max_page_count = 1000000")
    write(store)
    assert len(events(store)) == accepted + 1
    store.close()


# -- The folder or the file cannot be used ------------------------------------------------------------


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    for folder in ("/proc/inkling", f"{tmp_path}/a file"):
        with pytest.raises(Unavailable) as failed:
            api.store.open(f"sqlite:///{folder}/inkling.db")
        assert "folder" in one_sentence(failed.value)


def test_a_path_that_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as failed:
        api.store.open(f"sqlite:///{tmp_path}")
    assert "cannot be opened" in one_sentence(failed.value)


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear diary, " * 1000)
    with pytest.raises(Unavailable) as failed:
        api.store.open(f"sqlite:///{path}")
    assert "is not a database" in one_sentence(failed.value)
    assert path.read_text() == "Dear diary, " * 1000


def test_a_read_only_disk_is_said(disk: Path) -> None:
    store = api.store.open(f"sqlite:///{disk}/inkling.db")
    store.migrate()
    write(store)
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(Unavailable) as failed:
        open_and_write(f"sqlite:///{disk}/inkling.db")
    assert re.search("read-only|cannot be opened", one_sentence(failed.value))
    with pytest.raises(Unavailable) as failed:
        api.store.open(f"sqlite:///{disk}/new folder/inkling.db")
    assert "Read-only" in one_sentence(failed.value)


def test_a_database_that_turns_read_only_is_said_and_gives_no_look(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "inkling.db"))
    store.migrate()
    write(store)
    store.query("PRAGMA query_only = ON")
    with pytest.raises(Unavailable) as failed:
        write(store)
    assert "read-only" in one_sentence(failed.value)
    with pytest.raises(Unavailable):
        store.look(lambda tx: tx.trail.append(row()))
    store.query("PRAGMA query_only = OFF")
    assert (count(store, "a"), len(events(store))) == (1, 1)
    store.close()


def test_another_process_that_keeps_the_database_to_itself_is_said(tmp_path: Path) -> None:
    path = tmp_path / "inkling.db"
    store = SqliteStore(str(path))
    store.migrate()
    other = SqliteStore(str(path))
    other.query("PRAGMA busy_timeout = 50")
    with store._writing(), pytest.raises(Unavailable) as failed:
        write(other)
    assert "another process holds it" in one_sentence(failed.value)
    write(other)
    for one in (store, other):
        one.close()


def test_a_log_that_was_cut_off_half_way_loses_only_what_was_never_answered(tmp_path: Path) -> None:
    """As after a power cut: the last bytes of the write-ahead log never reached the disk."""
    store = SqliteStore(str(tmp_path / "inkling.db"))
    store.migrate()
    for _ in range(5):
        write(store)
    log = tmp_path / "inkling.db-wal"
    answered = log.stat().st_size
    write(store)
    shutil.copytree(tmp_path, tmp_path.parent / "after")
    store.close()
    after = tmp_path.parent / "after"
    with (after / "inkling.db-wal").open("r+b") as file:
        file.truncate(answered + 100)
    (after / "inkling.db-shm").unlink()
    again = SqliteStore(str(after / "inkling.db"))
    assert (count(again, "a"), len(events(again))) == (5, 5)
    write(again)
    again.close()


# -- The server is not there -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://inkling@/inkling?host=/nowhere",
        "postgresql://inkling@127.0.0.1:1/inkling",
        "postgres://inkling@[::1]:1/inkling",
    ],
)
def test_a_postgresql_that_is_not_there_is_said(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 0.3)
    with pytest.raises(Unavailable) as failed:
        api.store.open(url)
    assert one_sentence(failed.value) == "The database cannot be reached: no PostgreSQL answers."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, str]]:
    """A migrated store on PostgreSQL, which is asked for impatiently."""
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 0.3)
    url = engines.create_database()
    store = api.store.open(url)
    store.migrate()
    yield store, url
    store.close()
    engines.drop(url)


def test_a_postgresql_that_goes_away_is_said(server: tuple[Store, str]) -> None:
    store, url = server
    write(store)
    engines.drop(url)
    for _ in range(2):
        with pytest.raises(Unavailable) as failed:
            write(store)
        assert "no PostgreSQL answers" in one_sentence(failed.value)
    with pytest.raises(Unavailable):
        store.query("SELECT 1 AS one")


def test_a_connection_that_was_cut_is_said_and_the_next_one_serves(
    server: tuple[Store, str],
) -> None:
    store, url = server
    write(store)

    def cut(tx: Tx) -> None:
        add(tx, "a")
        tx.trail.append(row())
        (backend,) = tx.query("SELECT pg_backend_pid() AS pid")
        other = api.store.open(url)
        other.query("SELECT pg_terminate_backend(:pid) AS gone", pid=backend["pid"])
        other.close()
        add(tx, "a")

    with pytest.raises(Unavailable):
        store.write(cut)
    deadline = time.monotonic() + 5
    while True:
        try:
            write(store)
            break
        except Unavailable:
            assert time.monotonic() < deadline
    assert (count(store, "a"), len(events(store))) == (2, 2)


def test_a_standby_that_takes_no_writes_is_said(server: tuple[Store, str]) -> None:
    store, url = server
    write(store)
    name = url.partition("@/")[2].partition("?")[0]
    store.upkeep(
        lambda tx: tx.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on", {})
    )
    standby = api.store.open(url)
    try:
        assert count(standby, "a") == 1
        with pytest.raises(Unavailable) as failed:
            write(standby)
        assert "read-only" in one_sentence(failed.value)
        with pytest.raises(Unavailable):
            standby.look(lambda tx: tx.trail.append(row()))
    finally:
        standby.close()


def test_an_address_of_no_database_is_said() -> None:
    for url in ("", "mysql://somewhere/inkling", "inkling.db", "sqlite:/x"):
        with pytest.raises(Misconfigured) as failed:
            api.store.open(url)
        assert one_sentence(failed.value)


def test_a_database_without_its_tables_is_told_apart_from_a_current_one(empty_url: str) -> None:
    store = api.store.open(empty_url)
    try:
        assert migrations.missing(store) == migrations.names()
        store.migrate()
        assert migrations.missing(store) == []
    finally:
        store.close()


def test_nobody_else_on_the_machine_reads_the_file_or_what_stands_beside_it(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = api.store.open(f"sqlite:///{tmp_path / 'new.db'}")
        store.migrate()
        modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert set(modes) == {"new.db", "new.db-wal", "new.db-shm"}
    assert set(modes.values()) == {0o600}
