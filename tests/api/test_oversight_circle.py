"""Who looked at a person, as those in the circle are told it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.errors import Invalid, NotAllowed, NotFound
from api.facts import search
from api.facts.search import Query
from api.oversight import circle
from api.oversight.circle import Line
from api.record import glass, people, protections, services
from api.record import systems as system_people
from api.telling import outbox
from tests.api import systems
from tests.cast import Cast
from tests.trail import last_event


def told(cast: Cast, reader: str, person: str = "amara") -> list[tuple[str, list[str], int]]:
    """Who did what, how often, without that somebody read who looked."""
    lines = circle.around(cast.actor(reader), cast[person]).lines
    said = [
        (one.who.name, [did for did in one.did if did != "Read who looked"], one.times)
        for one in lines
    ]
    return [one for one in said if one[1]]


def test_the_circle_is_told_who_looked_on_which_day_how_much_and_why(cast: Cast) -> None:
    outsider = cast.actor("outsider")
    search.find(outsider, Query("Amara", "Okafor", "2019-05-03"))
    people.give_purpose(outsider, cast["amara"], "enquiry", "canary")
    people.look(outsider, cast["amara"])
    people.look(outsider, cast["amara"])
    services.of(outsider, cast["amara"])
    found = circle.around(cast.actor("health_visitor"), cast["amara"])
    [line] = found.lines
    assert (line.who.name, line.who.job, line.who.agency) == (
        "Otis Webb",
        "Neighbourhood officer",
        "Westhaven Police",
    )
    assert line.times == 5
    assert line.did == [
        "Opened what services say",
        "Opened the page, to see whom to ring",
        "Searched",
        "Said why they look",
    ]
    assert line.why == ["gave a purpose", "Child protection enquiry"]
    assert line.day == cast.authority.store.now()[:10]
    assert "canary" not in str(found)


def test_which_page_it_was_is_no_reason(cast: Cast) -> None:
    people.look(cast.actor("pastoral"), cast["amara"])
    protections.closing(cast.actor("pastoral"), cast["amara"])
    [line] = circle.around(cast.actor("health_visitor"), cast["amara"]).lines
    assert (line.times, line.why) == (2, ["supports them"])


def test_reading_it_leaves_a_row_and_is_told_itself(cast: Cast) -> None:
    circle.around(cast.actor("pastoral"), cast["amara"])
    row = last_event(cast, "audit:looked")
    assert (row["actor"], row["reason"]) == (cast["pastoral"], "who looked")
    assert row["subjects"] == [cast["amara"]]
    [line] = circle.around(cast.actor("social_worker"), cast["amara"]).lines
    assert (line.who.name, line.did) == ("Pat Osei", ["Read who looked"])


def test_nobody_outside_the_circle_is_told(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        circle.around(cast.actor("outsider"), cast["amara"])
    with pytest.raises(NotFound):
        circle.around(cast.actor("governance"), cast["amara"])
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    with pytest.raises(NotAllowed):
        circle.around(cast.actor("outsider"), cast["amara"])


def test_a_sealed_look_is_told_to_whom_the_involvement_is_shown(cast: Cast) -> None:
    people.look(cast.actor("sealed"), cast["amara"])
    people.look(cast.actor("sealed_supervisor"), cast["amara"])
    for reader in ("social_worker", "pastoral", "supervisor"):
        assert told(cast, reader) == []
    assert told(cast, "sealed") == [("Sil Brook", ["Opened the page"], 1)]
    # Their supervisor, who has no involvement of their own, is told of both.
    assert {name for name, _, _ in told(cast, "sealed_supervisor")} == {"Sil Brook", "Sue Dale"}


def test_a_list_of_ones_own_people_is_no_look_and_a_refusal_neither(cast: Cast) -> None:
    people.mine(cast.actor("pastoral"))
    with pytest.raises(NotFound):
        people.look(cast.actor("reporter"), cast["amara"])
    assert told(cast, "social_worker") == []


def test_a_part_of_the_system_does_not_look(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    outbox.fan_out(cast.authority)
    assert told(cast, "social_worker") == []


def test_where_somebody_is_hidden_nobody_is_named_who_would_say_it(cast: Cast) -> None:
    people.look(cast.actor("pastoral"), cast["amara"])
    people.look(cast.actor("supervisor"), cast["amara"])
    protections.protect(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "From her father.",
        [cast["social_worker"]],
    )
    found = circle.around(cast.actor("health_visitor"), cast["amara"])
    assert [(one.who.name, one.who.job, one.who.agency) for one in found.lines] == [
        ("Sam Okoro", "Team manager", "Westhaven Children's Social Care"),
        ("Not shown: location protected", "", ""),
    ]
    assert "Pat Osei" in [one[0] for one in told(cast, "social_worker")]


def test_days_are_those_of_london_and_pages_hold_whole_ones(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circle, "PAGE", 2)
    year = datetime.now(UTC).year + 1
    start = datetime(year, 6, 15, 22, 45, tzinfo=UTC)  # a quarter to midnight in London
    readers = {name: cast.actor(name) for name in ("pastoral", "health_visitor", "supervisor")}
    reader = cast.actor("social_worker")
    for hours in (0, 0.5, 24, 48):
        cast.authority.store.clock = lambda hours=hours: start + timedelta(hours=hours)
        for actor in readers.values():
            people.look(actor, cast["amara"])
    seen: list[Line] = []
    days: list[set[str]] = []
    before: str | None = ""
    while before is not None:
        page = circle.around(reader, cast["amara"], before)
        seen += page.lines
        days.append({line.day for line in page.lines})
        before = page.more
    assert [line.day for line in seen if line.who.name == "Pat Osei"] == [
        f"{year}-06-17",
        f"{year}-06-16",
        f"{year}-06-15",
    ]
    assert sum(line.times for line in seen if line.who.name == "Pat Osei") == 4
    assert all(len(days_of_one) == 1 for days_of_one in days if days_of_one)
    with pytest.raises(Invalid):
        circle.around(reader, cast["amara"], "last week")


def test_an_emergency_look_says_that_it_was_one(cast: Cast) -> None:
    stranger = cast.actor("outsider", confirmed=True)
    glass.open_record(stranger, cast["amara"], "A child is missing.")
    people.look(stranger, cast["amara"])
    [line] = circle.around(cast.actor("health_visitor"), cast["amara"]).lines
    assert line.did == ["Opened the page", "Opened a record in an emergency"]
    assert line.why == ["an emergency"]


def test_another_system_is_named_with_its_agency(cast: Cast) -> None:
    system_people.look(systems.actor(cast, "force"), cast["amara"])
    found = circle.around(cast.actor("health_visitor"), cast["amara"])
    [line] = found.lines
    assert line.who.is_system
    assert (line.who.name, line.who.job) == ("Case system", "another system")
    assert line.who.agency == "Westhaven Police"
