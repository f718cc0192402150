"""Filing, fetching and taking back at the same moment, and filings that nobody could end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api import moment
from api.record import filings, notes, receipts
from api.staff import practitioners
from api.telling import events
from api.trust.actor import Actor
from tests.api import systems as other
from tests.cast import Cast


@pytest.fixture
def system(cast: Cast) -> Actor:
    """The school's case system."""
    return other.actor(cast)


def log(cast: Cast, author: str = "social_worker", number: int = 1) -> list[str]:
    made = [cast.worry(author, "amara").note_ids[0] for _ in range(number)]
    at = moment.parse(cast.authority.store.now()) + timedelta(seconds=11)
    cast.authority.store.clock = lambda: at
    return made


def at_once(*acts: Callable[[], object]) -> None:
    ready = threading.Barrier(len(acts))

    def act(one: Callable[[], object]) -> None:
        ready.wait()
        one()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(act, acts))


def test_a_note_that_is_taken_back_while_it_is_fetched_is_not_given_or_the_system_hears(
    cast: Cast, system: Actor
) -> None:
    author, filer = cast.actor("social_worker"), cast.actor("pastoral")
    for note in log(cast, number=12):
        (place,) = notes.read(filer, note).systems
        filings.file(filer, note, place.id, 1)
        given: list[str] = []
        at_once(
            lambda: given.extend(one.id for one in receipts.fetch(system).filings),  # noqa: B023
            lambda: notes.withdraw(author, note, "Not so."),  # noqa: B023
        )
        heard = [one.filing_id for one in events.after(system).events if "back" in one.kind]
        assert set(given) <= set(heard)


def test_two_colleagues_who_file_at_once_file_once(cast: Cast, system: Actor) -> None:
    one, two = cast.actor("pastoral"), cast.actor("safeguarding")
    for note in log(cast, number=4):
        (place,) = notes.read(one, note).systems
        at_once(*(lambda who=who: filings.file(who, note, place.id, 1) for who in (one, two, one)))  # noqa: B023
    assert len(receipts.fetch(system).filings) == 4
    assert len(events.after(system).events) == 4


def test_who_may_not_file_any_more_holds_no_note_up(cast: Cast, system: Actor) -> None:
    (note,) = log(cast, "pastoral")
    (place,) = notes.read(cast.actor("pastoral"), note).systems
    filings.file(cast.actor("pastoral"), note, place.id, 1)
    practitioners.end_role(cast.system, cast["pastoral"], "practitioner", "agency", cast["school"])
    assert receipts.fetch(system).filings == []
    colleague = cast.actor("safeguarding")
    (place,) = notes.read(colleague, note).systems
    assert place.may
    filings.file(colleague, note, place.id, 1)
    assert [one.note_id for one in receipts.fetch(system).filings] == [note]
