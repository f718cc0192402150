"""Looks, writes and upkeep: no row, no answer; all or nothing; run again where two collide."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

import api.store
from api.errors import NotAllowed, NotFound, Unavailable
from api.moment import text
from api.store import Store, Tx
from api.store import engine as shared
from api.store.engine import Conflicted, SealedWords, Unaudited
from tests.store.conftest import add, count, events, row


def elsewhere(work: Callable[[], object]) -> None:
    """Do something on another thread, which has a connection of its own, and wait for it."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


# -- Looks ------------------------------------------------------------------------------------------


def test_a_look_leaves_its_row_and_then_answers(store: Store) -> None:
    def looking(tx: Tx) -> str:
        tx.trail.append(row(reason="seen", subjects="p1 p2 p1"))
        return "answer"

    assert store.look(looking) == "answer"
    assert events(store) == [("allowed", "seen")]
    shown = store.query("SELECT person_id FROM audit_subjects ORDER BY person_id")
    assert [one["person_id"] for one in shown] == ["p1", "p2"]


def test_a_look_without_a_row_gives_no_answer(store: Store) -> None:
    with pytest.raises(Unaudited):
        store.look(lambda tx: tx.query("SELECT 1 AS one"))


def test_a_look_whose_row_cannot_be_kept_gives_no_answer(store: Store) -> None:
    def looking(tx: Tx) -> str:
        tx.trail.append(row("no such verdict"))
        return "answer"

    with pytest.raises(Exception, match=r"(?i)check"):
        store.look(looking)
    assert events(store) == []


def test_a_refused_look_leaves_its_row_and_says_no(store: Store) -> None:
    def looking(tx: Tx) -> str:
        tx.trail.append(row("refused", reason="outside"))
        raise NotAllowed("No.")

    with pytest.raises(NotAllowed, match="No"):
        store.look(looking)
    assert events(store) == [("refused", "outside")]


def test_a_refusal_without_a_row_is_a_fault_of_ours(store: Store) -> None:
    def refusing(tx: Tx) -> str:
        raise NotFound("Nothing.")

    with pytest.raises(Unaudited):
        store.look(refusing)


def test_a_look_reads_one_moment(store: Store) -> None:
    """What is committed meanwhile does not show half way through."""

    def looking(tx: Tx) -> tuple[int, int]:
        tx.trail.append(row())
        before = len(tx.query("SELECT bucket FROM attempts"))
        elsewhere(lambda: store.upkeep(lambda other: add(other, "meanwhile")))
        return before, len(tx.query("SELECT bucket FROM attempts"))

    assert store.look(looking) == (0, 0)
    assert count(store, "meanwhile") == 1


def test_looks_do_not_wait_for_a_writer(store: Store) -> None:
    def writing(tx: Tx) -> None:
        tx.trail.append(row())
        add(tx, "slow")
        elsewhere(lambda: store.query("SELECT bucket FROM attempts"))

    store.write(writing)


# -- Writes -----------------------------------------------------------------------------------------


def test_a_write_is_kept_together_with_its_row(store: Store) -> None:
    def writing(tx: Tx) -> str:
        add(tx, "a", 3)
        tx.trail.append(row(reason="added"))
        return "done"

    assert store.write(writing) == "done"
    assert (count(store, "a"), events(store)) == (3, [("allowed", "added")])


def test_a_write_without_a_row_changes_nothing(store: Store) -> None:
    with pytest.raises(Unaudited):
        store.write(lambda tx: add(tx, "a"))
    assert count(store, "a") == 0


def test_a_refused_write_changes_nothing_and_leaves_the_refusal_alone(store: Store) -> None:
    def writing(tx: Tx) -> None:
        add(tx, "a")
        tx.trail.append(row("allowed", reason="the first half"))
        tx.trail.append(row("refused", reason="the second"))
        raise NotAllowed("No.")

    with pytest.raises(NotAllowed):
        store.write(writing)
    assert (count(store, "a"), events(store)) == (0, [("refused", "the second")])


def test_a_write_refused_without_a_row_is_a_fault_of_ours(store: Store) -> None:
    def writing(tx: Tx) -> None:
        tx.trail.append(row("allowed"))
        raise NotAllowed("No.")

    with pytest.raises(Unaudited):
        store.write(writing)
    assert events(store) == []


def test_an_accident_half_way_changes_nothing(store: Store) -> None:
    def writing(tx: Tx) -> None:
        add(tx, "a")
        tx.trail.append(row())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(writing)
    assert (count(store, "a"), events(store)) == (0, [])
    store.upkeep(lambda tx: add(tx, "a"))  # and the connection is as good as new
    assert count(store, "a") == 1


def test_a_row_s_words_are_kept_with_it(store: Store) -> None:
    def writing(tx: Tx) -> None:
        tx.insert("keys", id="k", kind="period", owner="x", master_version=1, made_at=tx.now)
        given = vars(row()) | {"details": SealedWords("w", b"sealed", (("k", b"wrapped"),))}
        tx.trail.append(shared.AuditRow(**given))

    store.write(writing)
    kept = store.one(
        "SELECT e.words_id, w.sealed FROM audit_events e JOIN words w ON w.id = e.words_id"
    )
    assert kept
    assert (kept["words_id"], bytes(kept["sealed"])) == ("w", b"sealed")


def test_upkeep_leaves_no_row_and_is_all_or_nothing(store: Store) -> None:
    store.upkeep(lambda tx: add(tx, "a"))
    assert (count(store, "a"), events(store)) == (1, [])

    def failing(tx: Tx) -> None:
        add(tx, "a")
        raise KeyError

    with pytest.raises(KeyError):
        store.upkeep(failing)
    assert count(store, "a") == 1


# -- Together ---------------------------------------------------------------------------------------


Together = Callable[[int, Callable[[int], object]], list[Any]]


@pytest.fixture
def together(store: Store) -> Together:
    """Run something on so many threads that all begin at once; give what each returned."""

    def run(threads: int, work: Callable[[int], object]) -> list[Any]:
        start = threading.Barrier(threads)

        def begin(n: int) -> object:
            start.wait()
            return work(n)

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(begin, range(threads)))

    return run


def test_two_changes_of_one_row_at_once_both_count(store: Store, together: Together) -> None:
    """Both read, then both write. PostgreSQL fails one of them, which is run again; SQLite lets
    one wait for the other. `tries` counts how often they were run."""
    store.upkeep(lambda tx: add(tx, "row", 0))
    both_read, tries = threading.Barrier(2, timeout=1), []

    def writing(tx: Tx) -> None:
        tries.append(1)
        found = tx.one("SELECT tries FROM attempts WHERE bucket = 'row'")
        with contextlib.suppress(threading.BrokenBarrierError):
            both_read.wait()
        assert found
        tx.change("UPDATE attempts SET tries = :n WHERE bucket = 'row'", n=found["tries"] + 1)
        tx.trail.append(row())

    together(2, lambda n: store.write(writing))
    assert count(store, "row") == 2
    assert len(events(store)) == 2
    assert len(tries) == (3 if store.engine == "postgres" else 2)


def test_two_that_make_the_same_row_at_once_make_one(store: Store, together: Together) -> None:
    def writing(tx: Tx) -> str:
        tx.trail.append(row())
        found = tx.one("SELECT window_start FROM attempts WHERE bucket = 'one'")
        if found:
            return "there already"
        tx.insert("attempts", bucket="one", window_start="", tries=1)
        return "made"

    assert sorted(together(4, lambda n: store.write(writing))) == ["made"] + ["there already"] * 3


def test_what_never_gets_through_says_so_and_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    tries = []

    def colliding(tx: Tx) -> None:
        tries.append(1)
        add(tx, "a")
        raise Conflicted

    with pytest.raises(Unavailable, match="busy"):
        store.write(colliding)
    assert (len(tries), count(store, "a"), events(store)) == (shared.RETRIES, 0, [])


def test_eight_threads_write_a_hundred_times_each(store: Store, together: Together) -> None:
    """And nobody is told that the database is locked."""

    def writing(tx: Tx) -> None:
        add(tx, "all" if store.engine == "sqlite" else threading.current_thread().name)
        tx.trail.append(row())

    def hundred(n: int) -> None:
        for _ in range(100):
            store.write(writing)

    together(8, hundred)
    total = store.one("SELECT SUM(tries) AS n FROM attempts")
    assert total
    assert int(total["n"]) == 800
    assert len(events(store)) == 800


def test_readers_and_writers_of_several_stores_share_a_database(store: Store, url: str) -> None:
    other = api.store.open(url)
    try:
        store.upkeep(lambda tx: add(tx, "a"))
        assert count(other, "a") == 1
        other.upkeep(lambda tx: add(tx, "a"))
        assert count(store, "a") == 2
    finally:
        other.close()


# -- SQL, the same on both -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ([], []),
        (["a"], ["a"]),
        (["a", "b", "nobody"], ["a", "b"]),
        (("a", "b"), ["a", "b"]),
        ({"a", "b"}, ["a", "b"]),
        (frozenset({"b"}), ["b"]),
        ([f"x{n}" for n in range(5000)] + ["c"], ["c"]),
    ],
    ids=["none", "one", "several", "tuple", "set", "frozenset", "thousands"],
)
def test_a_list_spreads_by_itself(store: Store, asked: Any, found: list[str]) -> None:
    for name in "abc":
        store.upkeep(lambda tx, name=name: add(tx, name))  # type: ignore[misc]
    rows = store.query(
        "SELECT bucket FROM attempts WHERE bucket IN (:names) ORDER BY bucket", names=asked
    )
    assert [one["bucket"] for one in rows] == found


@pytest.mark.parametrize(
    "name", ['"', "\\", '\\"', "a,b", "{a}", "NULL", "null", " a ", "", "é 😀", "'", "a\nb", "a\0b"]
)
def test_a_list_finds_what_a_value_finds(store: Store, name: str) -> None:
    store.upkeep(lambda tx: add(tx, name))
    store.upkeep(lambda tx: add(tx, "another"))
    sql = "SELECT tries FROM attempts WHERE bucket {}"
    assert len(store.query(sql.format("= :name"), name=name)) == 1
    assert len(store.query(sql.format("IN (:names)"), names=[name])) == 1
    assert len(store.query(sql.format("IN (:names)"), names=["nobody", name])) == 1
    assert len(store.query(sql.format("NOT IN (:names)"), names=["nobody", name])) == 1


def test_many_rows_are_kept_as_they_are(store: Store) -> None:
    texts = ["", '"', "\\", "\\u0041", "é 😀", "a\nb\t", "{}", "null", "%s :name", "\udcff", "a\0b"]
    rows = [{"id": f"{n} {text}", "sealed": bytes([n % 256, 0, 255])} for n, text in
            enumerate(texts * 100)]  # fmt: skip
    store.upkeep(lambda tx: tx.insert_all("words", rows))
    kept = {row["id"]: bytes(row["sealed"]) for row in store.query("SELECT id, sealed FROM words")}
    mended = {"\udcff": "?", "a\0b": "a\ufffdb"}
    assert kept == {
        f"{n} {mended.get(text, text)}": bytes([n % 256, 0, 255])
        for n, text in enumerate(texts * 100)
    }


def test_of_many_rows_those_that_are_known_are_left_as_they_are(store: Store) -> None:
    rows = [{"bucket": str(n), "window_start": "", "tries": n} for n in range(100)]
    store.upkeep(lambda tx: tx.insert_all("attempts", rows[50:]))
    again = [{**row, "tries": -1} for row in rows]
    store.upkeep(lambda tx: tx.insert_all("attempts", again, known=True))
    kept = store.query("SELECT bucket, tries FROM attempts")
    assert {int(row["bucket"]): row["tries"] for row in kept} == {
        n: n if n >= 50 else -1 for n in range(100)
    }


def test_rows_with_nothing_in_a_column_and_no_rows_at_all(store: Store) -> None:
    row = {"kind": "person", "owner": "a", "wrapped": None, "master_version": 1, "made_at": "now"}
    store.upkeep(lambda tx: tx.insert_all("keys", [{"id": "one", **row}]))
    store.upkeep(lambda tx: tx.insert_all("keys", []))
    (kept,) = store.query("SELECT wrapped, master_version FROM keys WHERE id = :id", id="one")
    assert kept == {"wrapped": None, "master_version": 1}


def test_the_engine_looks_how_many_rows_there_are(store: Store) -> None:
    rows = [{"bucket": str(n), "window_start": "", "tries": n} for n in range(300)]
    store.upkeep(lambda tx: tx.insert_all("attempts", rows))
    store.analyze()
    if store.engine == "postgres":
        (found,) = store.query("SELECT reltuples AS n FROM pg_class WHERE relname = 'attempts'")
        assert found["n"] == 300
    assert len(store.query("SELECT 1 FROM attempts")) == 300


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_what_is_planned_stays_when_a_change_is_taken_back(store: Store) -> None:
    # The connection has planned other tests' questions too.
    asked = "SELECT 1 AS asked_by_this_test_alone"
    planned = "SELECT COUNT(*) AS number FROM pg_prepared_statements WHERE statement = :asked"

    def refused(tx: Tx) -> None:
        tx.query(asked)
        raise NotAllowed("no")

    with pytest.raises(NotAllowed):
        store.upkeep(refused)
    assert store.query(planned, asked=asked)[0]["number"] == 1
    assert store.upkeep(lambda tx: tx.query(asked)) == [{"asked_by_this_test_alone": 1}]


def test_two_lists_and_a_value_stand_side_by_side(store: Store) -> None:
    for n, name in enumerate("abc"):
        store.upkeep(lambda tx, n=n, name=name: add(tx, name, n))  # type: ignore[misc]
    rows = store.query(
        """SELECT bucket FROM attempts WHERE bucket IN (:names) AND tries IN (:names_too)
        AND bucket <> :not_this AND bucket NOT IN (:none_at_all_of_them)
        UNION SELECT bucket FROM attempts WHERE bucket IN (:names) AND tries = 0""",
        names=["a", "b", "c"],
        names_too=[1, 2],
        not_this="c",
        none_at_all_of_them=["d"],
    )
    assert sorted(one["bucket"] for one in rows) == ["a", "b"]


def test_nothing_that_is_typed_is_read_as_sql(store: Store) -> None:
    nasty = "'; DROP TABLE attempts; -- %s %(x)s :name \\ \" 100% 😀"
    store.upkeep(lambda tx: add(tx, nasty))
    (found,) = store.query(
        "SELECT bucket, '100%' AS percent FROM attempts WHERE bucket = :name", name=nasty
    )
    assert found == {"bucket": nasty, "percent": "100%"}
    assert store.one("SELECT '5%' AS percent") == {"percent": "5%"}


@pytest.mark.parametrize("broken", ["\0", "a\0b", "\ud800", "é\udfff"])
def test_text_that_no_database_keeps_is_marked_and_finds_nothing(store: Store, broken: str) -> None:
    store.upkeep(lambda tx: add(tx, "a"))
    assert store.query("SELECT bucket FROM attempts WHERE bucket = :name", name=broken) == []
    assert store.query("SELECT bucket FROM attempts WHERE bucket IN (:name)", name=[broken]) == []
    store.upkeep(lambda tx: tx.insert("attempts", bucket=broken, window_start="", tries=1))
    assert len(store.query("SELECT bucket FROM attempts")) == 2


def test_values_come_back_as_they_went_in(store: Store) -> None:
    given = {
        "id": "Ünï '\"\n\t😀",
        "kind": "system",
        "owner": "",
        "wrapped": bytes(range(256)),
        "master_version": 2**53,
        "made_at": "x",
    }
    store.upkeep(lambda tx: tx.insert("keys", **given))
    (found,) = store.query("SELECT * FROM keys")
    found["wrapped"] = bytes(found["wrapped"])
    assert found == {**given, "destroyed_at": None}


def test_text_sorts_by_its_bytes_on_both(store: Store) -> None:
    names = ["a", "B", "Z", "_", "é", "z", "ä", "10", "2"]
    for name in names:
        store.upkeep(lambda tx, name=name: add(tx, name))  # type: ignore[misc]
    found = [one["bucket"] for one in store.query("SELECT bucket FROM attempts ORDER BY bucket")]
    assert found == sorted(names)
    after = store.query("SELECT bucket FROM attempts WHERE bucket > 'Z' ORDER BY bucket")
    assert [one["bucket"] for one in after] == sorted(name for name in names if name > "Z")


def test_a_change_says_how_many_rows_it_touched(store: Store) -> None:
    for name in "abc":
        store.upkeep(lambda tx, name=name: add(tx, name))  # type: ignore[misc]
    assert store.upkeep(lambda tx: tx.change("UPDATE attempts SET tries = 5")) == 3
    assert store.upkeep(lambda tx: tx.change("DELETE FROM attempts WHERE bucket = 'x'")) == 0
    returned = store.upkeep(
        lambda tx: tx.query(
            "UPDATE attempts SET tries = 6 WHERE bucket = 'a' RETURNING bucket, tries"
        )
    )
    assert returned == [{"bucket": "a", "tries": 6}]


def test_a_transaction_has_one_moment_and_london_s_date(store: Store) -> None:
    moment = datetime(2026, 6, 15, 23, 30, tzinfo=UTC)
    store.clock = lambda: moment

    def looking(tx: Tx) -> tuple[str, str, str]:
        before = tx.now
        store.clock = lambda: datetime(2030, 1, 1, tzinfo=UTC)
        return before, tx.now, tx.today

    assert store.upkeep(looking) == (text(moment), text(moment), "2026-06-16")


# -- Only ever added to ----------------------------------------------------------------------------

ATTACKS = [
    "UPDATE audit_events SET reason = 'nothing to see'",
    "DELETE FROM audit_events",
    "UPDATE audit_subjects SET person_id = 'another'",
    "DELETE FROM audit_subjects",
    """INSERT INTO audit_events (id, at, actor, action, verdict, reason)
        SELECT id, at, 'another', action, verdict, reason FROM audit_events WHERE 1 = 1
        ON CONFLICT (id) DO UPDATE SET actor = 'another'""",
]
OF_ONE_ENGINE = {
    "sqlite": [
        "REPLACE INTO audit_subjects SELECT * FROM audit_subjects",
        """INSERT OR REPLACE INTO audit_events (id, at, actor, action, verdict, reason)
            SELECT id, at, 'another', action, verdict, reason FROM audit_events""",
    ],
    "postgres": ["TRUNCATE audit_subjects", "TRUNCATE audit_events CASCADE"],
}


def test_the_trail_is_only_ever_added_to(store: Store) -> None:
    def looking(tx: Tx) -> None:
        tx.trail.append(row(reason="seen", subjects="p1"))

    store.look(looking)
    before = store.query("SELECT * FROM audit_events"), store.query("SELECT * FROM audit_subjects")
    for attack in [*ATTACKS, *OF_ONE_ENGINE[store.engine]]:
        with pytest.raises(Exception, match="append-only"):
            store.upkeep(lambda tx, attack=attack: tx.change(attack))  # type: ignore[misc]
    after = store.query("SELECT * FROM audit_events"), store.query("SELECT * FROM audit_subjects")
    assert after == before
