"""The row-drop alarm: much that is missing stops a load, until somebody says yes or gives it up."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from api import moment
from api.errors import Conflict, NotAllowed
from api.facts import loading, mapping, sources
from api.staff import practitioners
from api.telling import inbox, outbox
from tests.api.test_loading import WORKERS, Feeds
from tests.cast import Cast, in_another_process, reopen
from tests.conftest import SEED
from tests.trail import last_event

HEAD = "id,firstName,lastName,dateOfBirth,gender,address\n"


def file_of(numbers: range, address: str = "Mill Lane, Westhaven, ZZ1 1AA") -> str:
    return HEAD + "".join(
        f'cms:{n},Ada,Brook{n},03/05/2015,Female,"{n} {address}"\n' for n in numbers
    )


ALL, HALF = file_of(range(40)), file_of(range(20))


@pytest.fixture
def feeds(cast: Cast, tmp_path: Path) -> Feeds:
    feeds = Feeds(cast, tmp_path)
    source = feeds.add("people", mapping.shipped("people"), makes_people=True)
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", source)
    feeds.load("people", ALL)
    return feeds


def test_half_of_the_rows_gone_stops_the_load_and_nothing_shows(feeds: Feeds) -> None:
    before = feeds.facts()
    report = feeds.load("people", HALF)
    assert report.stopped
    assert report.missing == 20
    assert report.alarm == (
        "20 of the 40 people whom it spoke of are missing; at most 20 in a hundred may be."
    )
    assert feeds.facts() == before
    assert last_event(feeds.cast, "source:loaded")["reason"] == "stopped"
    pending = sources.look(feeds.cast.actor("steward"), "people").pending
    assert pending
    assert (pending.alarm, pending.missing_people, pending.ended_facts) == (report.alarm, 20, 80)


def test_a_yes_lets_it_show_and_undo_takes_it_back(feeds: Feeds) -> None:
    before = feeds.facts()
    number = feeds.load("people", HALF).number
    loading.accept(feeds.cast.actor("steward"), "people", number)
    after = feeds.facts()
    assert len(after["names"]) == 20
    with pytest.raises(Conflict):
        loading.accept(feeds.cast.system, "people", number)
    loading.undo(feeds.cast.system, "people")
    assert feeds.facts() == before
    assert not feeds.load("people", HALF, accept_missing=True).stopped
    assert feeds.facts() == after


def test_given_up_nothing_of_it_is_left(feeds: Feeds) -> None:
    before = feeds.facts()
    feeds.load("people", HALF)
    loading.give_up(feeds.cast.system, "people")
    assert feeds.facts() == before
    assert sources.look(feeds.cast.system, "people").pending is None
    report = feeds.load("people", ALL)
    assert (report.new, report.ended, report.same, report.stopped) == (0, 0, 160, False)
    assert feeds.facts() == before


def test_what_the_source_says_next_takes_the_place_of_what_waits(feeds: Feeds) -> None:
    feeds.load("people", HALF)
    more = feeds.load("people", file_of(range(41)))
    assert (more.stopped, more.people) == (False, 1)
    assert len(feeds.facts()["names"]) == 41
    with pytest.raises(Conflict):
        loading.accept(feeds.cast.system, "people")


def test_a_yes_is_to_the_load_that_was_looked_at(feeds: Feeds) -> None:
    looked_at = feeds.load("people", HALF).number
    feeds.load("people", file_of(range(4)))
    with pytest.raises(Conflict):
        loading.accept(feeds.cast.system, "people", looked_at)
    assert len(feeds.facts()["names"]) == 40


def test_while_it_waits_nothing_is_taken_back(feeds: Feeds) -> None:
    feeds.load("people", HALF)
    with pytest.raises(Conflict) as caught:
        loading.undo(feeds.cast.system, "people")
    assert "waits for an answer" in str(caught.value)


@pytest.mark.parametrize(("left", "stopped"), [(32, False), (31, True)])
def test_a_share_is_missing_or_more(feeds: Feeds, left: int, stopped: bool) -> None:
    assert feeds.load("people", file_of(range(left))).stopped is stopped


def test_the_share_is_the_sources_own(feeds: Feeds) -> None:
    sources.change(
        feeds.cast.system, "people", sources.Description(name="People", missing_share=50)
    )
    assert not feeds.load("people", HALF).stopped


def test_a_few_may_always_be_missing(feeds: Feeds) -> None:
    feeds.load("people", file_of(range(8)), accept_missing=True)
    assert not feeds.load("people", file_of(range(4))).stopped
    assert feeds.load("people", file_of(range(20, 21))).missing == 4


def test_a_column_that_is_gone_is_an_alarm(feeds: Feeds) -> None:
    report = feeds.load("people", ALL.replace("address", "notes"))
    assert report.stopped
    assert report.alarm.startswith("Addresses of 40 people are missing, of 40;")
    assert feeds.load("people", ALL.replace("Mill Lane", "Long Acre")).stopped is False


def test_a_landlord_whose_tenants_are_all_gone_is_an_alarm(feeds: Feeds) -> None:
    head = "First,Last,Born,Worker,Service\n"
    rows = [f"Ada,Brook{n},03/05/2015,Officer {n},x\n" for n in range(40)]
    text = WORKERS.replace('service = ["Service"]', 'provider = ["Service"]')
    feeds.add("housing", text, "care", missing_share=90)
    some = [row.replace(",x", ",Quay Homes") for row in rows[:12]]
    others = [row.replace(",x", ",Mill Homes") for row in rows[12:]]
    feeds.load("housing", head + "".join(some + others))
    report = feeds.load("housing", head + "".join(others))
    assert report.alarm == (
        "All 12 are missing whose line says: Social worker, Quay Homes, "
        "Westhaven Children's Social Care."
    )
    assert not feeds.load("housing", head + "".join(some[:1] + others)).stopped


def test_a_dry_run_says_that_it_would_stop(feeds: Feeds) -> None:
    report = feeds.load("people", HALF, dry_run=True)
    assert (bool(report.alarm), report.stopped) == (True, False)
    assert sources.look(feeds.cast.system, "people").pending is None


def test_a_load_may_be_asked_to_wait(feeds: Feeds) -> None:
    report = feeds.load("people", file_of(range(41)), wait=True)
    assert (report.stopped, report.alarm, report.people) == (True, "", 1)
    assert len(feeds.facts()["names"]) == 40
    loading.accept(feeds.cast.system, "people")
    assert len(feeds.facts()["names"]) == 41


def test_its_steward_is_told_and_led_there(feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    feeds.load("people", HALF)
    later = moment.parse(moment.later(feeds.cast.authority.store.now(), seconds=11))
    monkeypatch.setattr(feeds.cast.authority.store, "clock", lambda: later)
    outbox.fan_out(feeds.cast.authority)
    steward = feeds.cast.actor("steward")
    (item,) = inbox.list_items(steward).items
    assert item.text.startswith("A load of The people feed has stopped")
    assert inbox.open_item(steward, item.id).source == "people"
    assert not inbox.list_items(feeds.cast.actor("administrator")).items
    practitioners.end_role(
        feeds.cast.system,
        feeds.cast["steward"],
        "data steward",
        "source",
        sources.look(feeds.cast.system, "people").source.id,
    )
    with pytest.raises(NotAllowed):
        inbox.open_item(steward, item.id)


@pytest.mark.parametrize("who", ["social_worker", "governance", "outsider", "sealed"])
def test_nobody_else_says_yes(feeds: Feeds, who: str) -> None:
    feeds.load("people", HALF)
    for act in (loading.accept, loading.give_up):
        with pytest.raises(NotAllowed):
            act(feeds.cast.actor(who), "people")


LOADING = """
import sys, pathlib
from api.facts import loading
from tests.cast import reopen

url, file = sys.argv[1:]
cast = reopen(url, {})
print("ready", flush=True)
for n in range(1000):
    text = pathlib.Path(file).read_text()
    loading.load(cast.system, "people", pathlib.Path(file), accept_missing=n % 2 == 0)
    loading.undo(cast.system, "people") if n % 2 == 0 else loading.give_up(cast.system, "people")
"""


def test_killed_at_any_point_a_load_leaves_all_of_it_or_nothing(
    feeds: Feeds, cast_url: str, tmp_path: Path
) -> None:
    """Loads that show, are taken back, stop and are given up, over and over, until the kill."""
    before = feeds.facts()
    feeds.load("people", HALF, accept_missing=True)
    after = feeds.facts()
    loading.undo(feeds.cast.system, "people")
    feeds.cast.authority.close()
    half = tmp_path / "half.csv"
    half.write_text(HALF)
    chance = random.Random(SEED)
    for _ in range(3):
        with in_another_process(LOADING, cast_url, str(half)) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(chance.uniform(0.02, 0.4))
            process.kill()
        assert process.returncode == -signal.SIGKILL
        again = Feeds(reopen(cast_url, feeds.cast.ids), tmp_path)
        store = again.cast.authority.store
        try:
            assert again.facts() in (before, after)
            later = moment.parse(moment.later(store.now(), minutes=6))
            store.clock = lambda at=later: at  # type: ignore[misc]
            again.load("people", ALL)
            assert again.facts() == before
        finally:
            again.cast.authority.close()
