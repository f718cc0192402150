"""The sealer: one order, every committed row, one at a time, and killed at any moment."""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.record import people
from api.store import Tx, erasing
from api.store import chain as stored
from api.trust import sealer, verifying
from push import sealing
from tests.administrator import administrator
from tests.cast import Cast, in_another_process, reopen, write_master_key
from tests.trail import SealedTrail, last_event


def chained(cast: Cast) -> list[str]:
    rows = cast.authority.store.query("SELECT number, event_id FROM audit_chain ORDER BY number")
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["event_id"] for row in rows]


def waiting(cast: Cast) -> set[str]:
    return {row["event_id"] for row in cast.authority.store.query("SELECT * FROM audit_unsealed")}


def committed(cast: Cast) -> set[str]:
    return {row["id"] for row in cast.authority.store.query("SELECT id FROM audit_events")}


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def is_well(cast: Cast, url: str) -> bool:
    return SealedTrail(cast, url).named() == set()


def test_every_row_gets_one_place_and_the_end_is_signed(cast: Cast, cast_url: str) -> None:
    rows = committed(cast)
    assert waiting(cast) == rows
    assert sealer.seal(cast.authority) == len(rows)
    assert set(chained(cast)) == rows
    assert waiting(cast) == set()
    assert sealer.seal(cast.authority) == 0
    first, head = stored.link(cast.authority.store, 1), stored.last_head(cast.authority.store)
    assert first is not None
    assert head is not None
    assert first.previous == sealer.beginning(cast.authority.id)
    assert (head.number, head.previous) == (len(rows), 0)
    assert sealer.is_signed(head, cast.authority.id, sealer.public_key(cast.authority))
    assert not sealer.is_signed(head, "another", sealer.public_key(cast.authority))
    assert is_well(cast, cast_url)


def test_what_is_hashed_is_what_the_docs_say() -> None:
    """Whoever changes what is hashed makes every trail from before read as tampered with."""
    content = stored.Content(
        "e1", "2026-11-01", "w1", "a1", None, "person:looked", "allowed", 'the "circle" \u00e9', None,
        "words", b"\x00sealed",
    )  # fmt: skip
    one = sealer.place(7, "e1", b"\x01" * 32, content, ["p2", "p1"])
    row = (
        b'["inkling audit row 1","e1","2026-11-01","w1","a1",null,"person:looked","allowed",'
        b'"the \\"circle\\" \\u00e9",null,"words"]'
    )
    assert one.event_digest == sha256(row)
    assert one.people_digest == sha256(b'["inkling audit people 1","e1","p1","p2"]')
    assert one.details_digest == sha256(b'["inkling audit details 1","words"]\n\x00sealed')
    digests = [one.event_digest.hex(), one.people_digest.hex(), one.details_digest.hex()]
    place = f'["inkling audit place 1",7,"e1","{"01" * 32}","{digests[0]}",2,"{digests[1]}","{digests[2]}"]'
    assert one.hash == sha256(place.encode())
    assert sealer.beginning("0193") == sha256(b'["inkling audit beginning 1","0193"]')


def sha256(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def test_no_two_contents_are_written_alike() -> None:
    nobody = stored.Content("e", "t", "", None, None, "", "", "", None, None, None)
    alike = [
        nobody._replace(actor="a", action="b"),
        nobody._replace(actor="ab"),
        nobody._replace(actor='a","b'),
        nobody._replace(agency_id=""),
        nobody._replace(enrolment_id=""),
        nobody._replace(actor="null"),
        nobody,
    ]
    assert len({sealer.row_digest(one) for one in alike}) == len(alike)
    people_ = [("e", ["a", "b"]), ("e", ["ab"]), ("e", []), ("ea", ["b"]), ("e", ['a","b'])]
    assert len({sealer.people_digest(*one) for one in people_}) == len(people_)


def test_a_row_that_commits_late_comes_later(cast: Cast, cast_url: str) -> None:
    """Its id and its time lie before rows that have a place already."""
    sealer.seal(cast.authority)
    before = len(chained(cast))
    begun, go = threading.Event(), threading.Event()
    store = cast.authority.store
    late = "0193e6a0-0000-7000-8000-000000000001"

    def slowly() -> None:
        def writing(tx):  # type: ignore[no-untyped-def]
            begun.set()
            if store.engine == "postgres":  # elsewhere nobody else writes meanwhile
                go.wait(10)
            tx.insert(
                "audit_events", id=late, at="2024-11-01T09:00:00.000000Z", actor="worker",
                action="home:looked", verdict="allowed", reason="",
            )  # fmt: skip

        store.upkeep(writing)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(slowly)
        begun.wait(10)
        cast.worry("pastoral", "amara")
        sealer.seal(cast.authority)
        go.set()
        writing.result(10)
    sealer.seal(cast.authority)
    number = chained(cast).index(late)
    assert number == len(chained(cast)) - 1 if store.engine == "postgres" else number >= before
    assert is_well(cast, cast_url)


def test_sealers_side_by_side_make_one_chain(cast: Cast, cast_url: str) -> None:
    others = [reopen(cast_url, cast.ids) for _ in range(3)]
    stop = threading.Event()

    def seal(one: Cast) -> None:
        while not stop.is_set():
            sealer.seal(one.authority)

    with ThreadPoolExecutor(4) as pool:
        sealing_ = [pool.submit(seal, one) for one in (cast, *others)]
        for _ in range(6):
            cast.worry("pastoral", "amara")
        until(lambda: not waiting(cast))
        stop.set()
        for one in sealing_:
            one.result(10)
    for one in others:
        one.authority.close()
    assert set(chained(cast)) == committed(cast)
    assert is_well(cast, cast_url)


SEALING = """
import sys
from pathlib import Path
from api import authority
from api.trust import sealer
sealer.AT_ONCE = 3
opened = authority.open(sys.argv[1], Path(sys.argv[2]))
print("begins", flush=True)
while True:
    print(sealer.seal(opened), flush=True)
"""


def test_a_sealer_killed_again_and_again_leaves_a_whole_chain(
    cast: Cast, cast_url: str, tmp_path: Path
) -> None:
    key = tmp_path / "master.key"
    write_master_key(key)
    for moment in (0.0, 0.004, 0.02):
        cast.worry("pastoral", "amara")
        with in_another_process(SEALING, cast_url, str(key)) as process:
            assert process.stdout
            assert process.stdout.readline() == "begins\n"
            time.sleep(moment)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        until(lambda: set(chained(cast)) | waiting(cast) == committed(cast))

    def all_sealed() -> bool:
        sealer.seal(
            cast.authority
        )  # PostgreSQL hears a little later that the one before was killed
        return set(chained(cast)) == committed(cast)

    until(all_sealed)
    assert is_well(cast, cast_url)


def test_a_backlog_is_sealed_some_at_a_time(
    cast: Cast, cast_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "AT_ONCE", 40)
    monkeypatch.setattr(verifying, "PAGE", 7)
    assert sealer.seal(cast.authority) == len(committed(cast))
    heads = cast.authority.store.query("SELECT number FROM audit_heads ORDER BY number")
    assert [row["number"] for row in heads][:2] == [40, 80]
    assert is_well(cast, cast_url)


def test_erasing_somebody_leaves_the_chain_right(cast: Cast, cast_url: str) -> None:
    store, vault = cast.authority.store, cast.authority.vault
    people.take_on(cast.actor("duty"), cast["lily"], "canary-5521 from a neighbour")
    words = last_event(cast, "person:taken-on")["words_id"]
    sealer.seal(cast.authority)
    assert vault.open(store, [words])

    def erase(tx: Tx) -> None:
        mentions = erasing.typed_about_nobody(tx, "", 500)
        erasing.erase(tx, erasing.records(tx, cast["lily"]), [], mentions)

    store.upkeep(erase)
    assert vault.open(store, [words]) == {}
    assert is_well(cast, cast_url)


def test_it_is_verified_while_rows_come_and_are_sealed(
    cast: Cast, cast_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "PAGE", 20)
    sealer.seal(cast.authority)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            cast.worry("pastoral", "amara")
            sealer.seal(cast.authority)

    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(serve)
        ends = {is_well(cast, cast_url) for _ in range(5)}
        stop.set()
        serving.result(20)
    assert ends == {True}


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE audit_chain SET hash = previous WHERE number = :end",
        "UPDATE audit_chain SET people = people + 1 WHERE number = :end",
        "DELETE FROM audit_chain WHERE number = :end",
        "DELETE FROM audit_heads WHERE number = :end",
        "UPDATE audit_heads SET at = 'now' WHERE number = :end",
    ],
)
def test_nothing_is_sealed_on_top_of_an_end_that_was_changed(
    cast: Cast, cast_url: str, spoil: str
) -> None:
    sealer.seal(cast.authority)
    end = SealedTrail(cast, cast_url).end
    with administrator(cast_url) as admin:
        admin.run(spoil, end=end)
    cast.worry("pastoral", "amara")
    before = waiting(cast)
    with pytest.raises(sealer.Tampered, match="inkling audit verify"):
        sealer.seal(cast.authority)
    assert waiting(cast) == before


def test_a_row_that_goes_before_it_is_sealed_is_named_for_good(cast: Cast, cast_url: str) -> None:
    event = min(waiting(cast))
    with administrator(cast_url) as admin:
        admin.run("DELETE FROM audit_subjects WHERE event_id = :id", id=event)
        admin.run("DELETE FROM audit_events WHERE id = :id", id=event)
    assert ("audit_events", "missing", event) in SealedTrail(cast, cast_url).named()
    sealer.seal(cast.authority)
    assert SealedTrail(cast, cast_url).named() == {("audit_events", "missing", event)}


def test_a_row_that_waits_though_it_has_a_place_keeps_nothing_up(cast: Cast, cast_url: str) -> None:
    sealer.seal(cast.authority)
    with administrator(cast_url) as admin:
        admin.run("INSERT INTO audit_unsealed SELECT event_id FROM audit_chain WHERE number = 3")
    sealer.seal(cast.authority)
    assert waiting(cast) == set()
    assert is_well(cast, cast_url)


def test_rows_that_were_never_queued_are_found_when_the_chain_begins(cast: Cast) -> None:
    """As on PostgreSQL, where rows may commit while the table of those that wait is made."""
    some = sorted(committed(cast))[:5]
    cast.authority.store.upkeep(
        lambda tx: tx.change("DELETE FROM audit_unsealed WHERE event_id IN (:ids)", ids=some)
    )
    sealer.seal(cast.authority)
    assert set(chained(cast)) == committed(cast)


def test_the_worker_seals_at_once_and_keeps_heads(cast: Cast, tmp_path: Path) -> None:
    stop = threading.Event()
    thread = threading.Thread(
        target=sealing.Sealing(cast.authority, tmp_path / "heads", 1.0).work, args=[stop]
    )
    thread.start()
    try:
        cast.worry("pastoral", "amara")
        until(lambda: not waiting(cast), 4.0)  # two seconds, and a machine that does much else
        until((tmp_path / "heads" / "heads.jsonl").exists)
    finally:
        cast.worry("pastoral", "amara")
        stop.set()
        thread.join(10)
    assert waiting(cast) == set()  # what was committed before it stopped, too


def test_the_worker_says_once_what_keeps_it_from_sealing_and_when_that_is_over(
    cast: Cast, cast_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a file").touch()
    one = sealing.Sealing(cast.authority, tmp_path / "a file" / "heads", 1.0)
    caplog.set_level("INFO")
    for _ in range(3):
        one._round()
    assert waiting(cast) == set()  # that heads cannot be kept keeps nothing up
    (said,) = caplog.messages
    assert "The folder of heads cannot be written (Not a directory)." in said
    one._folder = tmp_path / "heads"
    one._next_look = 0.0
    one._round()
    assert caplog.messages[1:] == ["The audit trail is sealed and kept again."]
