"""Rotating the master key: while pages are served, interrupted and gone on with, and what is destroyed."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api import authority as authorities
from api.authority import Authority
from api.errors import Conflict, Misconfigured, NotAllowed, Unavailable
from api.record import notes
from api.store import Store, Tx
from api.trust import rotation, sealer
from api.trust.keys import MasterKey, Vault
from tests import engines
from tests.api.test_keys import destroy
from tests.cast import Cast, in_another_process, reopen, write_master_key
from tests.trail import SealedTrail, last_event


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The key file of this machine."""
    path = tmp_path / "machine" / "master.key"
    path.parent.mkdir()
    write_master_key(path)
    return path


@pytest.fixture
def here(cast: Cast, cast_url: str, key: Path) -> Iterator[Cast]:
    """The cast, opened as a command is on a machine with its own key file."""
    opened = authorities.open(cast_url, key)
    yield Cast(opened, cast.ids)
    opened.close()


def versions(store: Store) -> dict[int, int]:
    """How many keys each version of the master key wraps."""
    rows = store.query(
        """SELECT master_version AS version, COUNT(*) AS keys FROM keys
        WHERE wrapped IS NOT NULL GROUP BY master_version"""
    )
    return {row["version"]: row["keys"] for row in rows}


def rotate(cast: Cast) -> rotation.Rotated:
    """Rotate as the docs say, for one machine or for several."""
    rotation.prepare(cast.system)
    return rotation.rotate(cast.system)


def said(cast: Cast, note_id: str) -> str:
    return notes.read(cast.actor("pastoral"), note_id).now.saw


def test_every_key_is_wrapped_anew_and_all_stays_readable(
    here: Cast, cast_url: str, key: Path
) -> None:
    (note,) = here.worry("pastoral", "amara", saw="Before.").note_ids
    sealer.seal(here.authority)
    pem = sealer.public_pem(here.authority)
    before = versions(here.authority.store)[1]
    assert rotate(here) == rotation.Rotated(2, False, (1,))
    assert versions(here.authority.store) == {2: before}
    assert said(here, note) == "Before."
    assert sorted(MasterKey.read(key).versions) == [1, 2]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in key.parent.iterdir()] == ["master.key"]
    assert last_event(here, "master-key:rotated")["reason"] == "version 2"
    assert sealer.public_pem(here.authority) == pem  # what the keys open does not change
    sealer.seal(here.authority)
    assert SealedTrail(here, cast_url).named() == set()
    # What is new is wrapped by the version in use; and the next start takes the file.
    here.authority.store.upkeep(lambda tx: here.authority.vault.add_key(tx, "period", "2031-01"))
    assert versions(here.authority.store) == {2: before + 1}
    again = authorities.open(cast_url, key)
    assert said(Cast(again, here.ids), note) == "Before."
    again.close()


def test_a_version_that_is_prepared_wraps_nothing_yet(here: Cast, key: Path) -> None:
    assert rotation.prepare(here.system) == (2, True)
    assert rotation.prepare(here.system) == (2, False)
    here.worry("pastoral", "amara")
    here.authority.store.upkeep(lambda tx: here.authority.vault.add_key(tx, "period", "2031-01"))
    assert set(versions(here.authority.store)) == {1}
    assert rotation.rotate(here.system).version == 2
    assert sorted(MasterKey.read(key).versions) == [1, 2]


def test_with_several_machines_it_does_not_begin_unprepared(here: Cast, key: Path) -> None:
    if here.authority.store.engine == "sqlite":
        assert rotation.rotate(here.system).version == 2
        return
    with pytest.raises(Misconfigured, match="--prepare"):
        rotation.rotate(here.system)
    assert list(MasterKey.read(key).versions) == [1]
    assert set(versions(here.authority.store)) == {1}


def test_another_machine_reads_its_file_again_and_says_what_it_lacks(
    here: Cast, cast_url: str, key: Path, tmp_path: Path
) -> None:
    (note,) = here.worry("pastoral", "amara", saw="Before.").note_ids
    other_key = tmp_path / "other.key"
    shutil.copy(key, other_key)
    other = Cast(authorities.open(cast_url, other_key), here.ids)
    reader = other.actor("pastoral")
    rotate(here)
    with pytest.raises(Unavailable, match="no version 2"):
        notes.read(reader, note)
    with pytest.raises(Misconfigured, match="has no version 2, which this database needs"):
        authorities.open(cast_url, other_key)
    shutil.copy(key, other_key)
    assert notes.read(reader, note).now.saw == "Before."  # nothing was restarted
    other.worry("pastoral", "amara", saw="After.")
    other.authority.close()


def test_it_is_rotated_while_notes_are_logged_and_read(
    here: Cast, cast_url: str, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 3)
    serving = Cast(authorities.open(cast_url, key), here.ids)
    author, stop, logged = serving.actor("pastoral"), threading.Event(), list[str]()

    def serve() -> None:
        while not stop.is_set():
            (note,) = serving.worry("pastoral", "amara", saw="Meanwhile.").note_ids
            assert notes.read(author, note).now.saw == "Meanwhile."
            logged.append(note)

    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(serve)
        rotate(here)
        stop.set()
        work.result(20)
    assert set(versions(here.authority.store)) == {2}
    assert logged
    assert {said(here, note) for note in logged} == {"Meanwhile."}
    serving.authority.close()


# Stops after some keys, and waits to be killed.
ROTATING = """
import sys, time
from pathlib import Path
from api import authority
from api.trust import rotation
from api.trust.actor import Actor

rotation.AT_ONCE = 5
opened = authority.open(sys.argv[1], Path(sys.argv[2]))

def rest(seconds):
    print("some", flush=True)
    time.sleep(60)

opened.store.rest = rest
actor = Actor.system(opened, "command line")
rotation.prepare(actor)
rotation.rotate(actor)
"""


def test_interrupted_it_goes_on_with_the_same_version(here: Cast, cast_url: str, key: Path) -> None:
    (note,) = here.worry("pastoral", "amara", saw="Before.").note_ids
    with in_another_process(ROTATING, cast_url, str(key)) as process:
        assert process.stdout
        assert process.stdout.readline() == "some\n"
        process.kill()
    half = versions(here.authority.store)
    assert half[2] == 5
    assert said(here, note) == "Before."
    with pytest.raises(Conflict, match=f"{half[1]} keys still need version 1"):
        rotation.retire(here.system, 1)
    assert rotation.rotate(here.system) == rotation.Rotated(2, True, (1,))
    assert versions(here.authority.store) == {2: half[1] + 5}
    assert last_event(here, "master-key:rotated")["reason"] == "version 2 goes on"
    assert said(here, note) == "Before."


@pytest.mark.parametrize(
    "engine", ["postgres"]
)  # elsewhere one writes at a time: nobody began before
def test_who_began_before_wraps_nothing_by_the_old_version_afterwards(here: Cast) -> None:
    """A transaction that read the old version, and writes when every key has been wrapped anew."""
    begun, go, tries = threading.Event(), threading.Event(), list[int]()

    def adding(tx: Tx) -> None:
        tries.append(1)
        tx.query("SELECT 1 AS x")  # what it sees is settled here
        begun.set()
        go.wait(10)
        here.authority.vault.add_key(tx, "period", "2031-01")

    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(here.authority.store.upkeep, adding)
        begun.wait(10)
        rotate(here)
        go.set()
        work.result(20)
    assert len(tries) == 2
    assert set(versions(here.authority.store)) == {2}


def test_two_at_once_on_one_machine_lose_no_version(here: Cast, cast_url: str, key: Path) -> None:
    (note,) = here.worry("pastoral", "amara", saw="Before.").note_ids
    others = [Cast(authorities.open(cast_url, key), here.ids) for _ in range(4)]
    start = threading.Barrier(4)

    def rotating(one: Cast) -> str:
        start.wait()
        try:
            return str(rotate(one).version)
        except Misconfigured as error:
            return error.sentence

    with ThreadPoolExecutor(4) as pool:
        said_ = list(pool.map(rotating, others))
    assert "2" in said_
    assert all(one.isdigit() or one.endswith(" again.") for one in said_)
    for one in others:
        one.authority.close()
    again = Cast(authorities.open(cast_url, key), here.ids)
    assert said(again, note) == "Before."
    again.authority.close()


def test_a_file_that_changed_meanwhile_is_not_written_over(key: Path) -> None:
    first, second = MasterKey.read(key), MasterKey.read(key)
    held = first.with_new_version()
    for act in (second.with_new_version, lambda: held.without(1) and second.without(1)):
        with pytest.raises(Misconfigured, match="has just changed"):
            act()
    assert MasterKey.read(key).versions == {2: held.versions[2]}


def test_a_machine_with_another_key_of_that_number_wraps_nothing_and_rotates_nothing(
    here: Cast, cast_url: str, key: Path, tmp_path: Path
) -> None:
    """Two machines prepared, each for itself, and the file was not copied."""
    other_key = tmp_path / "other.key"
    shutil.copy(key, other_key)
    other = Cast(authorities.open(cast_url, other_key), here.ids)
    rotation.prepare(other.system)
    assert other.authority.vault.master().current == 2
    rotate(here)
    before = versions(here.authority.store)
    with pytest.raises(Unavailable, match="not the one of this database"):
        other.authority.store.upkeep(
            lambda tx: other.authority.vault.add_key(tx, "period", "2031-01")
        )
    with pytest.raises(Misconfigured, match="not the one of this database"):
        rotation.rotate(other.system)
    assert versions(here.authority.store) == before
    other.authority.close()


def test_only_on_the_command_line(here: Cast) -> None:
    for act in (rotation.prepare, rotation.rotate, lambda actor: rotation.retire(actor, 1)):
        with pytest.raises(NotAllowed):
            act(here.actor("administrator"))
    assert last_event(here, "master-key:rotated")["verdict"] == "refused"


@pytest.mark.parametrize("lines", ["1 {new}\n", "2 {new}\n", "1 {new}\n2 {new}\n"])
def test_another_key_in_the_place_of_the_file_is_refused(here: Cast, key: Path, lines: str) -> None:
    key.write_text(lines.format(new=base64.b64encode(os.urandom(32)).decode()))
    before = key.read_bytes()
    for act in (rotation.prepare, rotation.rotate, lambda actor: rotation.retire(actor, 1)):
        with pytest.raises(Misconfigured, match=r"is not the one|has no version 1"):
            act(here.system)
    assert key.read_bytes() == before
    assert set(versions(here.authority.store)) == {1}


# --- Destroying a version -----------------------------------------------------------------------------


def test_a_version_is_destroyed_when_nothing_needs_it(here: Cast, cast_url: str, key: Path) -> None:
    (note,) = here.worry("pastoral", "amara", saw="Before.").note_ids
    for version, why in ((1, "in use"), (2, "no version 2")):
        with pytest.raises((Conflict, Misconfigured), match=why):
            rotation.retire(here.system, version)
    rotate(here)
    with pytest.raises(Conflict, match="in use"):
        rotation.retire(here.system, 2)
    with key.open("rb") as old:
        rotation.retire(here.system, 1)
        assert set(old.read()) == {0}  # the file that held it, where it stood
    assert list(MasterKey.read(key).versions) == [2]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert last_event(here, "master-key:retired")["reason"] == "version 1"
    with pytest.raises(Misconfigured, match="no version 1"):
        rotation.retire(here.system, 1)
    again = Cast(authorities.open(cast_url, key), here.ids)
    assert said(again, note) == "Before."
    again.authority.close()


def test_a_version_that_waits_cannot_be_destroyed(here: Cast) -> None:
    rotation.prepare(here.system)
    with pytest.raises(Conflict, match="or will be"):
        rotation.retire(here.system, 2)


def test_preparing_leaves_other_links_to_the_file_alone_and_follows_a_symbolic_one(
    here: Cast, cast_url: str, key: Path, tmp_path: Path
) -> None:
    copy, link = tmp_path / "copy.key", tmp_path / "link.key"
    os.link(key, copy)
    link.symlink_to(key)
    before = copy.read_bytes()
    key.chmod(0o640)
    linked = Cast(authorities.open(cast_url, link), here.ids)
    rotation.prepare(linked.system)
    linked.authority.close()
    assert copy.read_bytes() == before
    assert link.is_symlink()
    assert sorted(MasterKey.read(key).versions) == [1, 2]
    assert stat.S_IMODE(key.stat().st_mode) == 0o640  # whoever could read it still can


def _backup(cast: Cast, url: str, engine: str, tmp_path: Path) -> str:
    cast.authority.store.truncate_log()
    if engine == "sqlite":
        shutil.copy(url.removeprefix("sqlite:///"), tmp_path / "backup.db")
        return f"sqlite:///{tmp_path / 'backup.db'}"
    cast.authority.close()
    return engines.create_database(url)


def test_a_backup_forgets_what_was_erased_when_the_version_it_needs_is_destroyed(
    cast: Cast, cast_url: str, key: Path, tmp_path: Path, engine: str
) -> None:
    (note,) = cast.worry("pastoral", "amara", saw="Erased later.").note_ids
    words = cast.authority.store.query(
        "SELECT words_id FROM note_revisions WHERE note_id = :id", id=note
    )[0]["words_id"]
    before = _backup(cast, cast_url, engine, tmp_path)
    old_key = tmp_path / "kept apart.key"
    shutil.copy(key, old_key)

    here = Cast(authorities.open(cast_url, key), cast.ids)
    destroy(here.authority.store, cast["amara"])
    rotate(here)
    rotation.retire(here.system, 1)
    assert here.authority.vault.open(here.authority.store, [words]) == {}
    here.authority.close()

    with pytest.raises(Misconfigured, match="has no version 1, which this database needs"):
        authorities.open(before, key)
    backup = reopen(before, cast.ids).authority
    thief = Vault(MasterKey.read(key))
    with pytest.raises(Unavailable, match="no version 1"):
        thief.open(backup.store, [words])
    # It is that version, and nothing else, that keeps it closed.
    found: Authority = authorities.open(before, old_key)
    assert "Erased later." in found.vault.open(found.store, [words])[words]
    for one in (backup, found):
        one.close()
    if engine == "postgres":
        engines.drop(before)


def test_a_master_key_in_no_file_is_not_rotated(cast: Cast) -> None:
    with pytest.raises(Misconfigured, match="in no file"):
        rotation.prepare(cast.system)
