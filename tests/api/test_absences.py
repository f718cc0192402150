"""Absence reads in three ways, and a sensitive source's the same whether or not it knows somebody."""

from __future__ import annotations

from datetime import date

import pytest

from api import moment
from api.record import involvements, people, protections
from api.record.absences import Absence
from api.store import Store
from tests.cast import Cast
from tests.feeds import add_feed, say


def read(cast: Cast, who: str = "social_worker", whom: str = "amara") -> dict[str, str]:
    found = people.look(cast.actor(who), cast[whom]).absences
    return {one.source: f"{one.kind} {one.why}".strip() for one in found}


@pytest.fixture
def store(cast: Cast) -> Store:
    return cast.authority.store


def back(store: Store, days: int) -> str:
    return moment.later(store.now(), days=-days)


def named(store: Store, feed: str, cast: Cast, agency: str = "health", whom: str = "amara") -> None:
    say(
        store,
        feed,
        "involvements",
        cast[whom],
        agency_id=cast[agency],
        kind="active",
        role="Nurse",
        lead=0,
        asserted_by="agency",
    )


def test_a_fresh_source_without_a_line_has_no_record(cast: Cast, store: Store) -> None:
    add_feed(store, "housing", cast["health"], involves=True)
    today = moment.day(store.now()).isoformat()
    found = people.look(cast.actor("social_worker"), cast["amara"]).absences
    assert list(found) == [Absence("The housing feed", "no record", "", today)]


def test_a_source_that_names_somebody_is_not_absent(cast: Cast, store: Store) -> None:
    feed = add_feed(store, "nurses", cast["health"], involves=True)
    named(store, feed, cast)
    assert read(cast) == {}
    assert read(cast, whom="rhea") == {"The nurses feed": "no record"}


def test_what_was_confirmed_by_hand_is_still_named(cast: Cast, store: Store) -> None:
    feed = add_feed(store, "nurses", cast["health"], involves=True)
    named(store, feed, cast)
    circle = people.look(cast.actor("social_worker"), cast["amara"]).circle
    (line,) = [line for line in circle if line.source == "The nurses feed"]
    involvements.confirm(cast.actor("social_worker"), line.id)
    assert read(cast) == {}


def test_what_says_nothing_of_support_is_not_listed(cast: Cast, store: Store) -> None:
    add_feed(store, "births", involves=False)
    assert read(cast) == {}


AGE = int((date.today() - date(2019, 5, 3)).days / 365.2425)  # noqa: DTZ011 - of Amara


@pytest.mark.parametrize(
    ("covers", "said"),
    [
        ({"ages_from": AGE + 2}, f"not covered under {AGE + 2}"),
        ({"ages_to": AGE - 1}, f"not covered {AGE - 1} or over"),
        ({"ages_from": AGE - 1, "ages_to": AGE + 2}, "no record"),
        ({"covers_to": "2020-09-01"}, "not covered nothing from 1 September 2020 on"),
        ({"covers_from": "2099-09-01"}, "not covered nothing before 1 September 2099"),
    ],
)
def test_who_is_not_covered_is_told_why(
    cast: Cast, store: Store, covers: dict[str, object], said: str
) -> None:
    add_feed(store, "school", cast["school"], involves=True, **covers)
    assert read(cast) == {"The school feed": said}


def test_ages_are_half_open_on_the_birthday(
    cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_feed(store, "adults", cast["care"], involves=True, ages_from=16, ages_to=18)
    for day, said in (
        (date(2035, 5, 2), "not covered under 16"),
        (date(2035, 5, 3), "silent"),
        (date(2037, 5, 2), "silent"),
        (date(2037, 5, 3), "not covered 18 or over"),
    ):
        noon = moment.system_clock().replace(year=day.year, month=day.month, day=day.day, hour=12)
        monkeypatch.setattr(store, "clock", lambda at=noon: at)
        assert read(cast) == {"The adults feed": said}


@pytest.mark.parametrize(("days", "said"), [(0, "no record"), (3, "no record"), (4, "silent")])
def test_a_source_that_went_silent_is_no_answer(
    cast: Cast, store: Store, days: int, said: str
) -> None:
    reported = back(store, days)
    add_feed(store, "housing", cast["care"], involves=True, reported_at=reported)
    (one,) = people.look(cast.actor("social_worker"), cast["amara"]).absences
    assert (one.kind, one.since) == (said, moment.day(reported).isoformat())


def test_a_source_that_never_reported_is_no_answer(cast: Cast, store: Store) -> None:
    add_feed(store, "new", cast["care"], involves=True, reported_at=None, current_load=0)
    (one,) = people.look(cast.actor("social_worker"), cast["amara"]).absences
    assert (one.kind, one.since) == ("silent", None)


@pytest.mark.parametrize("who", ["social_worker", "pastoral", "health_visitor", "sealed"])
def test_a_sensitive_source_reads_the_same_whatever_it_knows(
    cast: Cast, store: Store, who: str
) -> None:
    silent = back(store, 90)
    feed = add_feed(
        store, "recovery", cast["harbour"], involves=True, ages_from=30, reported_at=silent
    )
    before = people.look(cast.actor(who), cast["amara"]).absences
    assert list(before) == [Absence("The recovery feed", "not shown")]
    named(store, feed, cast, "harbour")
    assert people.look(cast.actor(who), cast["amara"]).absences == before


def test_a_sealed_line_in_anothers_feed_changes_nothing(cast: Cast, store: Store) -> None:
    feed = add_feed(store, "mixed", involves=True)
    before = read(cast)
    named(store, feed, cast, "harbour")
    assert read(cast) == before == {"The mixed feed": "no record"}


def test_where_a_place_is_protected_no_source_says_that_it_has_no_record(
    cast: Cast, store: Store
) -> None:
    add_feed(store, "school", cast["school"], involves=True)
    assert read(cast, "pastoral")
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father", [cast["social_worker"]]
    )
    assert read(cast, "pastoral") == {}
    assert read(cast) == {"The school feed": "no record"}


def test_outside_nothing_is_said_of_any_source(cast: Cast, store: Store) -> None:
    add_feed(store, "housing", cast["care"], involves=True)
    assert read(cast, "outsider") == {}
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    assert read(cast, "outsider") == {"The housing feed": "no record"}
