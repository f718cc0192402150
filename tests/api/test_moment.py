"""Ids: one spelling, in the order they were made, never twice. Dates: of our time, or refused."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import SimpleNamespace

import pytest

from api import moment
from api.errors import Invalid
from api.facts.asking import Asked, Query
from api.moment import is_id, new_id
from api.record import asserting


def test_ids_are_uuids_of_version_seven_in_one_spelling() -> None:
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert is_id(str(made))
    assert not is_id(str(made).upper())


def test_ids_sort_as_they_were_made_also_within_a_millisecond() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)


def test_an_id_does_not_say_how_many_were_made_before_it_in_its_millisecond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moment, "time", SimpleNamespace(time_ns=lambda: 10**18))
    firsts, steps = set(), set()
    for _ in range(40):
        monkeypatch.setattr(moment, "_last_made", 0)
        first, second = (uuid.UUID(new_id()).int for _ in range(2))
        firsts.add(first >> 64)
        steps.add((second >> 42) - (first >> 42))
    assert len(firsts) > 30
    assert len(steps) > 30


def test_threads_never_make_the_same_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(), range(20_000)))
    assert len(set(made)) == len(made)
    assert len({id[19:] for id in made}) == len(made)


@pytest.mark.parametrize("wrong", ["31 May", "2019-02-29", "2019-5-3", "1899-12-31", "2101-01-01"])
def test_a_date_that_is_none_of_our_time_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        moment.read_day(wrong, "born_on")
    assert refused.value.field == "born_on"
    with pytest.raises(Invalid):
        Asked.read(Query(first="Amara", last="Okafor", born_on=wrong))
    with pytest.raises(Invalid):
        asserting.check_day(wrong, "born_on")


def test_a_date_or_none_is_read() -> None:
    assert moment.read_day(None, "born_on") is moment.read_day("", "born_on") is None
    assert moment.read_day("1900-01-01", "born_on") == date(1900, 1, 1)
    assert asserting.check_day("2100-12-31", "born_on") == "2100-12-31"
