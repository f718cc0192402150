"""Filings at the same moment, corrected, narrow and about several, and such as nobody could end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api import moment
from api.errors import Invalid, NotAllowed
from api.record import conflicts, filings, notes, protections, receipts
from api.record.notes import NewNote
from api.record.receipts import Receipt
from api.staff import connected, practitioners, tokens
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


def test_what_was_corrected_before_it_was_fetched_is_given_once(cast: Cast, system: Actor) -> None:
    (note,) = log(cast)
    filer = cast.actor("pastoral")
    (place,) = notes.read(filer, note).systems
    filings.file(filer, note, place.id, 1)
    said = NewNote(id=note, kind="worry", people=[cast["amara"]], saw="It was not raining.")
    notes.revise(cast.actor("social_worker"), note, said)
    filings.file(filer, note, place.id, 2)
    (one,) = receipts.fetch(system).filings
    assert (one.revision, one.saw) == (2, "It was not raining.")
    assert connected.every(cast.actor("administrator"))[0].waiting == 1
    receipts.receive(system, one.id, Receipt("filed", "12345"))
    assert connected.every(cast.actor("administrator"))[0].waiting == 0


def test_a_category_that_is_narrow_stays_so_in_the_other_system(cast: Cast) -> None:
    health = tokens.resume(cast.authority, other.make(cast, "health").secret)
    assert health
    note = cast.worry("social_worker", "amara", categories=["health", "neglect"]).note_ids[0]
    both = ["social care", "school", "health"]
    narrower = cast.worry("social_worker", "amara", categories=["health"], audience=both)
    log(cast)
    filer = cast.actor("health_visitor")
    for one in (note, *narrower.note_ids):
        (place,) = notes.read(filer, one).systems
        filings.file(filer, one, place.id, 1)
    given = [list(one.only_for) for one in receipts.fetch(health).filings]
    assert given == [["Children's social care", "Health"]] * 2


def test_that_one_of_several_is_closed_off_keeps_no_note_on_another_record(
    cast: Cast, system: Actor
) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    made = [cast.worry("social_worker", "amara", "lily").note_ids[0] for _ in range(2)]
    log(cast)
    for note in made:
        (place,) = notes.read(cast.actor("pastoral"), note).systems
        filings.file(cast.actor("pastoral"), note, place.id, 1)
    given = [one.id for one in receipts.fetch(system).filings]
    protections.restrict(lead, cast["amara"], "A witness.", [cast["social_worker"]])
    for note in made:
        notes.withdraw(lead, note, "Not so.")
    heard = events.after(system).events
    assert [(one.filing_id, one.person_id) for one in heard if "back" in one.kind] == [
        (one, cast["lily"]) for one in given
    ]


def test_an_author_who_may_not_know_of_somebody_any_more_files_nothing_about_them(
    cast: Cast, system: Actor
) -> None:
    filed, kept = log(cast, "pastoral", number=2)
    (place,) = notes.read(cast.actor("pastoral"), filed).systems
    filings.file(cast.actor("pastoral"), filed, place.id, 1)
    conflicts.declare(cast.actor("pastoral"), cast["amara"], "Her aunt.")
    assert receipts.fetch(system).filings == []
    with pytest.raises(NotAllowed):
        filings.file(cast.actor("pastoral"), kept, place.id, 1)
    filings.file(cast.actor("safeguarding"), filed, place.id, 1)
    (one,) = receipts.fetch(system).filings
    assert [person["name"] for person in one.people] == ["Amara Okafor"]


@pytest.mark.parametrize("reference", ["12\n345", "12\u202e345", "\x1b[2J"])
def test_a_reference_is_one_line_of_signs_that_show(
    cast: Cast, system: Actor, reference: str
) -> None:
    (note,) = log(cast)
    (place,) = notes.read(cast.actor("pastoral"), note).systems
    filings.file(cast.actor("pastoral"), note, place.id, 1)
    (one,) = receipts.fetch(system).filings
    with pytest.raises(Invalid) as error:
        receipts.receive(system, one.id, Receipt("filed", reference))
    assert error.value.field == "reference"
