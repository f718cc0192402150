"""Decisions, loads and taking back in any order: what stood before stands again."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from api.errors import Conflict, NotFound
from api.facts import deciding, doubtful, loading
from api.record import people, protections
from api.record.people import NewPerson
from tests.api.test_doubtful import (
    CARE,
    DORA,
    TURNED,
    WORKER,
    asked,
    decide,
    lines,
    take_back,
)
from tests.api.test_loading import PEOPLE, Feeds
from tests.api.test_quarantine import steward_of
from tests.cast import Cast

BEN = f"{CARE}77,Ben,Brook,04/06/2017,,,{WORKER}\n"
# The number was Ben's, and who has it now is in doubt.
ADA = TURNED.replace("05/03/2015", "03/05/2015")


SEEDS = 5


@pytest.fixture
def feeds(cast: Cast, tmp_path: Path) -> Feeds:
    feeds = Feeds(cast, tmp_path)
    feeds.people()
    feeds.workers()
    for code in ("care", "people"):
        steward_of(cast, code)
    return feeds


def same(feeds: Feeds) -> None:
    deciding.same(feeds.cast.actor("steward"), "care", asked(feeds).id, feeds.find("Ada") or "")


def none(feeds: Feeds) -> None:
    deciding.none(feeds.cast.actor("steward"), "care", asked(feeds).id)


@pytest.mark.parametrize("later", [0, 1], ids=["at once", "a night later"])
@pytest.mark.parametrize("act", [same, none])
def test_what_a_number_meant_before_stands_again(feeds: Feeds, act: object, later: int) -> None:
    feeds.load("care", BEN)
    first = feeds.facts()
    feeds.load("care", ADA)
    before = feeds.facts()
    assert callable(act)
    act(feeds)
    decided = feeds.facts()
    assert decided != before
    for _ in range(later):
        feeds.load("care", ADA)
    take_back(feeds)
    assert feeds.facts() == before
    assert feeds.load("care", ADA).ended == 0
    assert feeds.facts() == before
    act(feeds)
    assert feeds.facts() == decided
    for _ in range(later + 2):
        loading.undo(feeds.cast.system, "care")
    assert lines(feeds) == lines_of(first)


def lines_of(facts: dict[str, list[tuple[object, ...]]]) -> list[object]:
    return [row[1] for row in facts["involvements"] if row[0] == "care"]


def test_what_the_source_says_no_more_does_not_come_back(feeds: Feeds) -> None:
    feeds.load("care", BEN)
    feeds.load("care", ADA)
    same(feeds)
    feeds.load("care", f"{CARE}3,Cleo,O'Hara-Finch,02/01/2012,,,{WORKER}\n", accept_missing=True)
    gone = feeds.facts()
    take_back(feeds)
    assert feeds.facts() == gone


def test_a_record_that_was_restricted_since_is_joined_to_nobody(feeds: Feeds) -> None:
    feeds.cast.ids["dora"] = people.add(feeds.cast.system, NewPerson("Dora", "Brook", "2017-06-04"))
    feeds.load("people", PEOPLE + DORA)
    steward = feeds.cast.actor("steward")
    deciding.new(steward, "people", asked(feeds, "people").id)
    born = feeds.find("Dora", "Brooke") or ""
    protections.restrict(feeds.cast.system, born, "To be adopted", [feeds.cast["social_worker"]])
    take_back(feeds, "people")
    decide(feeds, "people")
    rows = feeds.cast.authority.store.query(
        """SELECT p.identity_id FROM restrictions x JOIN people p ON p.id = x.person_id
        WHERE x.ended_at IS NULL"""
    )
    assert {row["identity_id"] for row in rows} == {born}
    assert feeds.find("Dora", "Brooke") == feeds.cast["dora"]


def test_two_stewards_who_decide_at_once_decide_once(feeds: Feeds) -> None:
    steward_of(feeds.cast, "care", "outsider")
    feeds.load("care", TURNED)
    question = asked(feeds)
    both = threading.Barrier(2)
    said: list[str] = []

    def decides(who: str) -> None:
        both.wait()
        try:
            person = question.matches[0].person.id
            deciding.same(feeds.cast.actor(who), "care", question.id, person)
            said.append("decided")
        except (NotFound, Conflict) as error:
            said.append(type(error).__name__)
        finally:
            feeds.cast.authority.store.leave()

    threads = [threading.Thread(target=decides, args=[who]) for who in ("steward", "outsider")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["NotFound", "decided"]
    assert lines(feeds) == [feeds.find("Ada")]


def test_what_a_decision_says_is_compared_with_what_was_said_by_hand(feeds: Feeds) -> None:
    known = NewPerson("Fay", "Reed", "2016-03-02", address="5 Old Lane", postcode="ZZ8 8ZZ")
    people.add(feeds.cast.actor("social_worker"), known)
    feeds.load("care", f'{CARE}78,Fay,Reed,03/02/2016,,"7 New Street, ZZ9 9ZZ",{WORKER}\n')
    decide(feeds)
    store = feeds.cast.authority.store
    rows = "SELECT answered_at FROM corrections WHERE fact = 'addresses'"
    assert [row["answered_at"] for row in store.query(rows)] == [None]
    take_back(feeds)
    assert all(row["answered_at"] for row in store.query(rows))


# --- In any order ---------------------------------------------------------------------------------

FILES = (BEN, ADA, TURNED, TURNED.replace("77", "78"))


def step(feeds: Feeds, random: Random) -> None:
    """One thing that may happen: a load, an undone load, a decision, one taken back."""
    steward = feeds.cast.actor("steward")
    act = random.choice(("load", "load", "undo", "same", "none", "back", "back"))
    if act == "load":
        feeds.load("care", random.choice(FILES), accept_missing=True)
    elif act == "undo":
        loading.undo(feeds.cast.system, "care")
    elif act == "back":
        standing = [one for one in deciding.made(steward, "care") if not one.undone_at]
        deciding.take_back(steward, "care", random.choice(standing).id)
    else:
        (line,) = doubtful.rows(steward, "care")
        question = doubtful.look(steward, "care", line.id)
        before, made = feeds.facts(), len(deciding.made(steward, "care"))
        standing = [one for one in deciding.made(steward, "care") if not one.undone_at]
        if act == "same":
            person = random.choice(question.matches).person.id
            deciding.same(steward, "care", line.id, person)
        else:
            deciding.none(steward, "care", line.id)
        if random.random() < 0.5 and not standing:
            newest = deciding.made(steward, "care")
            assert len(newest) == made + 1
            deciding.take_back(steward, "care", newest[0].id)
            assert feeds.facts() == before


@pytest.mark.parametrize("seed", range(SEEDS))
def test_in_any_order_nothing_breaks_and_nothing_is_left_behind(feeds: Feeds, seed: int) -> None:
    clean, random = {}, Random(seed)
    for text in FILES:
        feeds.load("care", text, accept_missing=True)
        clean[text] = feeds.facts()
        loading.undo(feeds.cast.system, "care")
    for _ in range(12):
        with suppress(Conflict, IndexError, ValueError):
            step(feeds, random)
    steward = feeds.cast.actor("steward")
    for one in deciding.made(steward, "care"):
        if not one.undone_at:
            try:
                deciding.take_back(steward, "care", one.id)
            except Conflict:  # no load shows
                feeds.load("care", BEN, accept_missing=True)
                deciding.take_back(steward, "care", one.id)
    feeds.load("care", f"{CARE}3,Cleo,O'Hara-Finch,02/01/2012,,,{WORKER}\n", accept_missing=True)
    feeds.load("care", BEN, accept_missing=True)
    assert feeds.facts() == clean[BEN]
