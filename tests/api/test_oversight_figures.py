"""The figures of a pilot: numbers only, none of them small, none of them of a sealed service."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import NotAllowed
from api.facts import search
from api.facts.search import Query
from api.oversight import figures
from api.record import notes, people, protections
from api.staff import practitioners, setting
from api.trust.actor import Actor
from tests.cast import Cast
from tests.trail import last_event

NEXT_MONTH = datetime(2031, 2, 2, 12, tzinfo=UTC)


@pytest.fixture
def lead(cast: Cast) -> Actor:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    return cast.actor("governance")


@pytest.fixture
def january(cast: Cast) -> Cast:
    """A month in which everything happened, and after which the clock can go on."""
    cast.authority.store.clock = lambda: datetime(2031, 1, 15, 12, tzinfo=UTC)
    return cast


def after(cast: Cast) -> dict[str, dict[str, str]]:
    """Let the month end, count it, and give each figure's parts."""
    cast.authority.store.clock = lambda: NEXT_MONTH
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    figures.count(cast.authority)
    found = figures.shown(cast.actor("governance"))
    at = list(found.months).index("2031-01")
    return {
        table.name: {part.label: part.numbers[at] for part in table.parts} for table in found.tables
    }


def test_a_month_is_counted(january: Cast) -> None:
    for _ in range(6):
        logged = january.worry("pastoral", "amara", categories=["neglect"])
        notes.read(january.actor("social_worker"), logged.note_ids[0])
    for _ in range(5):
        search.find(january.actor("police"), Query("Amara", "Okafor", "2019-05-03"))
        people.give_purpose(january.actor("police"), january["lily"], "enquiry")
        people.give_purpose(january.actor("police"), january["jude"], "enquiry")
    for _ in range(7):
        search.find(january.actor("police"), Query("No", "Body", "2019-05-03"))
        people.look(january.actor("social_worker"), january["amara"])
    found = after(january)
    assert found["Notes"] == {
        "Worries": "6",
        "Contacts": "fewer than 5",
        "Strengths": "fewer than 5",
        "All": "not shown",
    }
    assert found["Notes by category"]["Neglect"] == "6"
    assert found["Searches"] == {"Showed somebody": "5", "Showed nobody": "7", "All": "12"}
    assert found["Looks"]["A person's page, notes or timeline"] == "13"
    assert found["What became of notes"] == {
        "Notes that had a lead to read them": "6",
        "Read by the lead": "not shown",
        "Hours until the lead read it, half of the time": "under 1",
        "Acted on": "not shown",
    }
    assert found["Practitioners who signed in"] == {"Practitioners": "fewer than 5"}


def test_a_month_that_goes_on_is_not_counted_and_one_that_was_is_not_counted_again(
    january: Cast, lead: Actor
) -> None:
    for _ in range(5):
        january.worry("social_worker", "rhea")
    figures.count(january.authority)
    assert "2031-01" not in figures.shown(lead).months
    assert after(january)["Notes"]["Worries"] == "5"
    # Whoever is restricted since is not missed: the difference would tell of them.
    protections.restrict(
        january.actor("social_worker", confirmed=True),
        january["rhea"],
        "Found.",
        [january["social_worker"]],
    )
    figures.count(january.authority)
    assert after(january)["Notes"]["Worries"] == "5"


def test_neither_a_sealed_service_nor_a_restricted_person_counts(january: Cast) -> None:
    protections.restrict(
        january.actor("social_worker", confirmed=True),
        january["rhea"],
        "Found.",
        [january["social_worker"]],
    )
    for _ in range(6):
        january.worry("sealed", "amara")
        january.worry("social_worker", "rhea")
        people.look(january.actor("sealed"), january["amara"])
        people.look(january.actor("social_worker"), january["rhea"])
        search.find(january.actor("sealed"), Query("Amara", "Okafor", "2019-05-03"))
        search.find(january.actor("social_worker"), Query("Rhea", "Stone", "2016-06-06"))
        people.give_purpose(january.actor("sealed"), january["lily"], "enquiry")
    found = after(january)
    small = {"fewer than 5", "not shown"}
    for name in ("Notes", "Searches", "Looks", "Looks from outside a circle, by purpose"):
        assert set(found[name].values()) <= small, name
    assert set(found["What became of notes"].values()) <= small


def test_they_are_the_authoritys_governance_leads_and_leave_a_row(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        figures.shown(cast.actor("governance"))  # of one agency
    with pytest.raises(NotAllowed):
        figures.export(cast.actor("administrator"))
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    text = figures.export(cast.actor("governance"))
    assert text.splitlines()[0] == "month,figure,part,number"
    assert last_event(cast, "audit:looked")["reason"] == "figures exported"


def test_no_spreadsheet_takes_a_purpose_for_a_formula(january: Cast, lead: Actor) -> None:
    sets = january.actor("governance", confirmed=True)
    setting.add(sets, "purposes", '=HYPERLINK("https://evil.example")', "Children Act 1989")
    after(january)
    said = [line for line in figures.export(lead).splitlines() if "HYPERLINK" in line]
    assert said
    assert not [line for line in said if ",=" in line or ',"=' in line]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_no_small_number_is_said_and_none_can_be_had_by_subtraction(numbers: list[int]) -> None:
    said, total = figures.in_parts(numbers)
    for number, text in zip(numbers, said, strict=True):
        assert text == (str(number) if number >= figures.SMALL else figures.FEWER)
    assert (total == figures.NOT_SHOWN) is (min(numbers) < figures.SMALL)


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_share_is_said_only_of_what_is_not_small(number: int, rest: int) -> None:
    said = figures.share(number, number + rest)
    assert (said == figures.NOT_SHOWN) is (min(number, rest) < figures.SMALL)
