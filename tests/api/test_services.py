"""What services say of somebody: loaded like all facts, shown to whom it is open, and looked at with a
trace of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api import authority, moment
from api.errors import Invalid, Misconfigured, NotAllowed, NotFound
from api.facts import corrections, details, loading, mapping
from api.record import conflicts, involvements, people, protections, services
from api.record.people import NewPerson
from api.record.services import Service, Services
from api.staff import practitioners
from api.store.authority import Lists
from api.trust.actor import Actor
from tests.api import systems
from tests.api.test_loading import Feeds
from tests.cast import LISTS, Cast
from tests.feeds import add_feed, say
from tests.trail import details_of, last_event

TODAY = moment.day("2026-11-22T12:00:00.000000Z")
HEAD = (
    "First Name,Family Name,Date of Birth,Service involvement,Date current as of,Contact name,"
    "Anti-social behaviour,Anti-social behaviour case,Rent arrears,Rent arrears case,personId\n"
)
ADA = "Ada,Brook,03/05/2015,Current,21/11/2026,Hal Roe,No,No records found,Y,Case open,cms:1\n"


@pytest.fixture
def feeds(cast: Cast, tmp_path: Path) -> Feeds:
    feeds = Feeds(cast, tmp_path)
    feeds.people()
    feeds.add("homes", mapping.shipped("housing"), "care")
    return feeds


def told(feeds: Feeds) -> set[tuple[str, str]]:
    """What stands of what services said: labels and values."""
    return {(row[4], row[5]) for row in feeds.facts()["details"]}


def tell(cast: Cast, whom: str = "amara", *, agency: str = "force", **said: Any) -> str:
    """Let a feed of an agency say a detail; give the feed's id."""
    about = {name: said.pop(name) for name in tuple(said) if name.startswith("ages_")}
    feed = said.pop("feed", None) or add_feed(
        cast.authority.store, f"feed-{agency}", cast[agency], involves=True, **about
    )
    given = {"kind": "offences", "label": "Offences", "value": "No", "place": 0, **said}
    say(cast.authority.store, feed, "details", cast[whom], agency_id=cast[agency], **given)
    return feed


def seen(found: Services) -> dict[str, list[tuple[str, str]]]:
    """What is said of somebody, by service: labels and values."""
    return {
        one.name: [(detail.label, detail.value) for told in one.told for detail in told.details]
        for one in found.services
        if one.told
    }


def look(cast: Cast, who: str, whom: str = "amara") -> dict[str, list[tuple[str, str]]]:
    return seen(services.of(cast.actor(who), cast[whom]))


def service(found: Services, name: str) -> Service:
    return next(one for one in found.services if one.name == name)


POLICE = "Westhaven Police"


# --- Reading them ----


def read(text: str, **cells: str) -> tuple[list[details.Said], list[str]]:
    shape = mapping.parse(f'needs = []\n[columns]\n[involvement]\nkind = "active"\n{text}')
    return details.read(shape.details, cells, TODAY)


ARREARS = """[[details]]
kind = "tenancy-risk"
label = "Arrears"
says = ["Arrears"]
also = ["Case"]
on = ["Day"]
one_of = ["Yes", "No", "Case open"]
"""


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"arrears": "Yes", "case": "Case open"}, ("Yes, case open", None)),
        ({"arrears": "y", "day": "01/02/2026"}, ("Yes", "2026-02-01")),
        ({"case": "CASE OPEN"}, ("Case open", None)),
        ({"arrears": "No", "day": "01/01/1900"}, ("No", None)),
    ],
)
def test_a_detail_is_read_from_one_column_or_two(
    cells: dict[str, str], said: tuple[str, str | None]
) -> None:
    assert read(ARREARS, **cells) == ([("tenancy-risk", "Arrears", *said, 0)], [])


@pytest.mark.parametrize("cells", [{}, {"day": "01/02/2026"}, {"arrears": ""}])
def test_an_empty_cell_says_nothing(cells: dict[str, str]) -> None:
    assert read(ARREARS, **cells) == ([], [])


@pytest.mark.parametrize(
    "cells", [{"arrears": "12 Mill Lane"}, {"arrears": "Yes", "day": "31/02/2026"}]
)
def test_what_it_cannot_mean_is_left_out(cells: dict[str, str]) -> None:
    assert read(ARREARS, **cells) == ([], ["Arrears"])
    assert "Mill Lane" not in details.unread("Arrears")


def test_a_detail_may_be_a_mere_day() -> None:
    text = '[[details]]\nkind = "tenancy"\nlabel = "Began"\nsays = ["Start"]\ndate = true\n'
    assert read(text, start="01-Feb-20") == ([("tenancy", "Began", "", "2020-02-01", 0)], [])
    assert read(text, start="soon") == ([], ["Began"])


def test_text_that_is_too_long_is_left_out() -> None:
    text = '[[details]]\nkind = "condition"\nlabel = "Condition"\nsays = ["Condition"]\n'
    assert read(text, condition="=1+1") == ([("condition", "Condition", "=1+1", None, 0)], [])
    assert read(text, condition="x" * 201) == ([], ["Condition"])


@pytest.mark.parametrize(
    "text",
    [
        '[[details]]\nkind = "x"\nlabel = "X"\n',
        '[[details]]\nkind = "Not a kind"\nlabel = "X"\nsays = ["X"]\n',
        '[[details]]\nkind = "x"\nlabel = "X"\nsays = ["X"]\nseen_by = ["everybody"]\n',
        'details = "x"\n',
    ],
)
def test_a_detail_without_its_words_is_no_mapping(text: str) -> None:
    with pytest.raises(Invalid):
        mapping.parse(f'{text}\n[involvement]\nkind = "active"\n')
    with pytest.raises(Invalid, match="Only who supports somebody"):
        mapping.parse(ARREARS)


def test_up_to_three_offences_are_told_of_with_date_type_and_nature() -> None:
    shape = mapping.parse(mapping.shipped("police"))
    row = {
        "First Name": "Ada",
        "Family Name": "Brook",
        "Date of Birth": "03/05/1985",
        "Service involvement": "Current",
        "Safeguarding offences": "Yes",
        "Date of offence 2": "04/02/2021",
        "Type of offence 2": "Violence with injury",
        "Nature of involvement 2": "Suspect",
        "Non-safeguarding offences": "No",
    }
    record = mapping.read(shape, 2, row, TODAY)
    assert [said[1:4] for said in record.details] == [
        ("Safeguarding offences", "Yes", None),
        ("Offence", "Violence with injury, suspect", "2021-02-04"),
        ("Other offences", "No", None),
    ]


# --- Loading them ----


def test_details_are_loaded_repeated_and_taken_back_like_all_facts(feeds: Feeds) -> None:
    before = feeds.facts()
    feeds.load("homes", HEAD + ADA)
    said = {
        ("Anti-social behaviour", "No, no records found"),
        ("Rent arrears", "Yes, case open"),
    }
    assert told(feeds) == said
    once = feeds.facts()
    report = feeds.load("homes", HEAD + ADA)
    assert (report.new, report.ended) == (0, 0)
    feeds.load("homes", HEAD + ADA.replace("Case open", "Case closed"))
    assert ("Rent arrears", "Yes, case closed") in told(feeds)
    loading.undo(feeds.cast.system, "homes")
    assert feeds.facts() == once
    loading.undo(feeds.cast.system, "homes")
    loading.undo(feeds.cast.system, "homes")
    assert feeds.facts() == before


def test_what_is_said_no_more_ends(feeds: Feeds) -> None:
    feeds.load("homes", HEAD + ADA)
    feeds.load("homes", HEAD + ADA.replace("Y,Case open", ","))
    assert told(feeds) == {("Anti-social behaviour", "No, no records found")}


def test_what_cannot_be_read_tonight_stands_as_it_did(feeds: Feeds) -> None:
    feeds.load("homes", HEAD + ADA)
    changed = ADA.replace("Y,Case open", "perhaps,").replace("No,No records", "Yes,No records")
    report = feeds.load("homes", HEAD + changed)
    reason = "What it says under Rent arrears cannot be read. The rest of the row was taken."
    assert feeds.reasons(report) == [(2, reason)]
    assert told(feeds) == {
        ("Anti-social behaviour", "Yes, no records found"),
        ("Rent arrears", "Yes, case open"),
    }


def test_who_is_not_supported_has_no_details(feeds: Feeds) -> None:
    feeds.load("homes", HEAD + ADA.replace("Current", "None found"))
    assert told(feeds) == set()


def test_a_column_that_vanishes_is_an_alarm(feeds: Feeds) -> None:
    people = "".join(f"cms:{n},Pu,Pil{n:02},01/01/2015,Male,x\n" for n in range(10, 30))
    feeds.load("people", "id,firstName,lastName,dateOfBirth,gender,address\n" + people)
    rows = "".join(
        f"Pu,Pil{n:02},01/01/2015,Current,21/11/2026,Hal Roe,No,,No,,cms:{n}\n"
        for n in range(10, 30)
    )
    feeds.load("homes", HEAD + rows)
    report = feeds.load("homes", (HEAD + rows).replace(",No,,No,,", ",,,,,"))
    assert report.alarm.startswith("Details of services of 20 people are missing, of 20")


def test_what_nobody_may_see_is_not_taken_in(feeds: Feeds) -> None:
    feeds.add("acute", mapping.shipped("council-acute"), "health")
    head = "First Name,Last Name,Date of Birth,Presenting condition,CMS No\n"
    feeds.load("acute", head + "Ada,Brook,03/05/2015,A fall,1\n")
    assert told(feeds) == set()


@pytest.mark.parametrize("of_feed", [True, False])
def test_a_sensitive_agency_says_nothing_beside_its_involvement(
    feeds: Feeds, of_feed: bool
) -> None:
    text = mapping.shipped("housing").replace(
        'key = ["personId"', 'agency = ["Agency"]\nkey = ["personId"'
    )
    feeds.add("mixed", text, "harbour" if of_feed else "care")
    agency = "Westhaven Police" if of_feed else "Harbour Recovery Service"
    feeds.load(
        "mixed", HEAD.replace("Contact", "Agency,Contact") + ADA.replace("Hal", f"{agency},Hal")
    )
    assert told(feeds) == set()
    assert [row for row in feeds.facts()["involvements"] if row[0] == "mixed"]


# --- Showing them ----


def test_details_are_shown_to_the_kinds_of_agency_that_are_named(cast: Cast) -> None:
    tell(cast, value="Yes", happened_on="2021-02-04")
    assert look(cast, "social_worker") == {POLICE: [("Offences", "Yes")]}
    assert look(cast, "pastoral") == {}
    assert look(cast, "health_visitor") == {}
    assert look(cast, "sealed") == {}
    (said,) = service(services.of(cast.actor("social_worker"), cast["amara"]), POLICE).told
    assert (said.source, said.details[0].happened_on) == ("The feed-force feed", "2021-02-04")


def test_the_directory_view_shows_those_that_are_listed_for_it(cast: Cast) -> None:
    tell(cast)
    tell(cast, agency="school", kind="schooling", label="Admission", value="Main provision")
    with pytest.raises(NotAllowed):
        services.of(cast.actor("outsider"), cast["amara"])
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    assert look(cast, "outsider") == {"St Bede's Primary School": [("Admission", "Main provision")]}
    people.give_purpose(cast.actor("duty"), cast["amara"], "enquiry")
    people.take_on(cast.actor("duty"), cast["amara"], "Rang the front door")
    assert set(look(cast, "duty")) == {POLICE, "St Bede's Primary School"}


@pytest.mark.parametrize("kind", ["condition", "never heard of"])
def test_a_kind_that_is_not_opened_is_shown_to_nobody(cast: Cast, kind: str) -> None:
    tell(cast, kind=kind)
    for who in ("social_worker", "supervisor", "pastoral", "health_visitor"):
        assert look(cast, who) == {}


def test_what_is_closed_is_said_whether_or_not_there_is_any(cast: Cast) -> None:
    def closed() -> list[str]:
        return list(services.of(cast.actor("pastoral"), cast["amara"]).closed)

    before = closed()
    assert before == ["Arrears and eviction", "Safeguarding offences", "Presenting condition"]
    tell(cast)
    assert closed() == before


def test_nothing_of_a_sensitive_agency_is_shown_however_it_came_in(cast: Cast) -> None:
    def all_that_is_seen(who: str) -> Services:
        return services.of(cast.actor(who), cast["amara"])

    before = {who: all_that_is_seen(who) for who in ("social_worker", "sealed", "pastoral")}
    feed = add_feed(cast.authority.store, "mixed", cast["care"])
    tell(cast, agency="harbour", feed=feed, kind="schooling")
    for who, found in before.items():
        assert all_that_is_seen(who) == found


def test_where_somebody_is_hidden_no_service_says_more(cast: Cast) -> None:
    tell(cast)
    tell(cast, agency="school", kind="schooling")
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father", [cast["social_worker"]]
    )
    found = services.of(cast.actor("supervisor"), cast["amara"])
    assert seen(found) == {}
    assert found.location_hidden
    assert "St Bede" not in repr(found)
    assert len(look(cast, "social_worker")) == 2


def test_who_must_not_know_somebody_sees_none_of_it(cast: Cast) -> None:
    tell(cast)
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "To be adopted",
        [cast["social_worker"]],
    )
    with pytest.raises(NotFound):
        services.of(cast.actor("pastoral"), cast["amara"])
    conflicts.declare(cast.actor("social_worker"), cast["jude"])
    with pytest.raises(NotFound):
        services.of(cast.actor("social_worker"), cast["jude"])


# --- At what ages ----


@pytest.mark.parametrize(
    ("born", "ages", "why"),
    [
        (17, {"ages_from": 18}, "under 18"),
        (18, {"ages_from": 18}, ""),
        (19, {"ages_from": 4, "ages_to": 20}, ""),
        (20, {"ages_from": 4, "ages_to": 20}, "20 or over"),
        (15, {"ages_from": 16}, "under 16"),
        (None, {"ages_from": 16}, ""),
    ],
)
def test_a_service_is_shown_at_the_ages_that_its_source_covers(
    cast: Cast, born: int | None, ages: dict[str, Any], why: str
) -> None:
    today = moment.day(cast.authority.store.now())
    day = None if born is None else f"{today.year - born}-01-01"
    person = people.add(cast.system, NewPerson("Zed", "Quist", day))
    cast.ids["zed"] = person
    involvements.add(
        cast.system,
        person,
        agency_id=cast["care"],
        practitioner_id=cast["social_worker"],
        role="Social worker",
    )
    feed = tell(cast, "zed", **ages)
    say(
        cast.authority.store,
        feed,
        "involvements",
        person,
        agency_id=cast["force"],
        kind="active",
        role="Police",
        lead=0,
        asserted_by="agency",
        valid_from="2020-01-01",
    )
    actor = cast.actor("social_worker")
    found = services.of(actor, person)
    assert (POLICE in {one.name for one in found.services}) is not bool(why)
    assert bool(seen(found)) is not bool(why)
    assert [(one.kind, one.why) for one in found.absences] == (
        [("not covered", why)] if why else []
    )
    assert any(line.agency == POLICE for line in people.look(actor, person).circle) is not bool(why)


def test_who_is_in_the_circle_is_shown_whatever_a_source_covers(cast: Cast) -> None:
    feed = add_feed(
        cast.authority.store, "visitors", cast["health"], involves=True, ages_from=0, ages_to=5
    )
    say(
        cast.authority.store,
        feed,
        "involvements",
        cast["jude"],
        agency_id=cast["health"],
        practitioner_id=cast["health_visitor"],
        kind="active",
        role="Health visitor, family",
        lead=0,
        asserted_by="agency",
    )
    cast.authority.store.clock = lambda: moment.parse("2030-06-01T12:00:00.000000Z")
    found = services.of(cast.actor("health_visitor"), cast["jude"])
    assert "Westhaven Health Visiting" in {one.name for one in found.services}
    assert found.absences == []


# --- By service, and by source ----


def test_services_stand_with_whom_they_name_now_and_named_before(cast: Cast) -> None:
    store = cast.authority.store
    silent = moment.later(store.now(), days=-20)
    feed = add_feed(
        store, "homes", cast["force"], involves=True, reported_at=silent, area="Westhaven"
    )
    add_feed(store, "adults", cast["care"], involves=True, ages_from=18)
    for role, until in (("Visit", "2025-01-01"), ("Tenancy", None)):
        say(
            store,
            feed,
            "involvements",
            cast["jude"],
            agency_id=cast["force"],
            kind="active",
            role=role,
            lead=0,
            contact_name="Hal Roe",
            asserted_by="other source",
            valid_from="2020-01-01",
            valid_to=until,
        )
    found = services.of(cast.actor("social_worker"), cast["jude"])
    assert [one.name for one in found.services] == ["Westhaven Children's Social Care", POLICE]
    homes = service(found, POLICE)
    assert [line.role for line in homes.now] == ["Tenancy"]
    assert [(line.role, line.until) for line in homes.before] == [("Visit", "2025-01-01")]
    (origin,) = homes.origins
    assert origin.covers == "Everybody; Westhaven"
    assert origin.silent_since == moment.day(silent).isoformat()
    assert [(one.kind, one.why) for one in found.absences] == [("not covered", "under 18")]


def test_two_sources_that_say_the_same_of_a_day_stand_each(cast: Cast) -> None:
    tell(cast, value="Yes", happened_on="2021-02-04")
    feed = add_feed(cast.authority.store, "second", cast["force"])
    for _ in range(2):
        tell(cast, feed=feed, value="Yes", happened_on="2021-02-04")
    found = service(services.of(cast.actor("social_worker"), cast["amara"]), POLICE)
    assert [(one.source, len(one.details)) for one in found.told] == [
        ("The feed-force feed", 1),
        ("The second feed", 1),
    ]


# --- Who looked ----


def test_a_look_at_details_is_a_level_of_its_own(cast: Cast) -> None:
    tell(cast)
    people.look(cast.actor("social_worker"), cast["amara"])
    assert last_event(cast, "person:looked")["reason"] == "in the circle"
    with pytest.raises(IndexError):
        last_event(cast, "details:looked")
    services.of(cast.actor("social_worker"), cast["amara"])
    event = last_event(cast, "details:looked")
    assert (event["verdict"], event["reason"]) == ("allowed", "in the circle")
    assert event["subjects"] == [cast["amara"]]
    assert details_of(cast, event) == "offences"
    with pytest.raises(NotAllowed):
        services.of(cast.actor("outsider"), cast["amara"])
    event = last_event(cast, "details:looked")
    assert (event["verdict"], event["reason"]) == ("refused", "outside")


def test_another_system_sees_no_details_whatever_the_directory_shows(cast: Cast) -> None:
    tell(cast, agency="school", kind="schooling")
    with pytest.raises(NotAllowed):
        services.of(systems.actor(cast, "care"), cast["amara"])
    assert last_event(cast, "details:looked")["reason"] == "a token"


# --- Who says who sees them ----


def test_what_is_closed_anew_is_seen_by_nobody_at_once(cast: Cast) -> None:
    tell(cast)

    def only(kind: str) -> Lists:
        return replace(LISTS, detail_kinds=[("schooling", "Schooling", [kind], [])])

    with pytest.raises(NotAllowed):
        authority.open_details(cast.actor("administrator"), only("school"))
    assert look(cast, "social_worker") == {POLICE: [("Offences", "No")]}
    authority.open_details(cast.system, only("school"))
    assert look(cast, "social_worker") == {}
    assert services.of(cast.actor("pastoral"), cast["amara"]).closed == []
    assert last_event(cast, "details:opened")["verdict"] == "allowed"
    with pytest.raises(Misconfigured, match="pirates"):
        authority.open_details(cast.system, only("pirates"))


# --- This is wrong ----


def test_a_detail_that_is_wrong_reaches_its_source_and_nobody_who_may_not_see_it(
    cast: Cast,
) -> None:
    feed = tell(cast, value="Yes", happened_on="2021-02-04")
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", feed)
    lead = cast.actor("social_worker")
    (told,) = service(services.of(lead, cast["amara"]), POLICE).told
    fact = told.details[0].id
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    for who in ("pastoral", "sealed", "outsider"):
        with pytest.raises(NotFound):
            corrections.say(cast.actor(who), cast["amara"], "service", fact, "never was")
    id = corrections.say(lead, cast["amara"], "service", fact, "never was", "It was his brother.")
    assert services.of(lead, cast["amara"]).wrong[fact].id == id
    (waits,) = corrections.of_source(cast.actor("steward"), "feed-force").waiting
    assert waits.line
    assert waits.line.text == "Westhaven Police: Offences, Yes, 4 February 2021"
    assert [one.words for one in waits.sayings] == ["It was his brother."]
    protections.protect(lead, cast["amara"], "Her father", [cast["social_worker"]])
    (waits,) = corrections.of_source(cast.actor("steward"), "feed-force").waiting
    assert waits.line is None


def test_every_page_that_shows_a_detail_leaves_a_look_at_details(cast: Cast) -> None:
    feed = tell(cast, value="Yes", happened_on="2021-02-04")
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", feed)
    lead, steward = cast.actor("social_worker"), cast.actor("steward")
    (told,) = service(services.of(lead, cast["amara"]), POLICE).told
    fact = told.details[0].id
    id = corrections.say(lead, cast["amara"], "service", fact, "never was")
    looks: list[tuple[Actor, Callable[[], object]]] = [
        (lead, lambda: corrections.subject(lead, cast["amara"], "service", fact)),
        (lead, lambda: corrections.look(lead, id)),
        (lead, lambda: corrections.mine(lead)),
        (steward, lambda: corrections.of_source(steward, "feed-force")),
    ]
    before = last_event(cast, "details:looked")["id"]
    for actor, look in looks:
        look()
        event = last_event(cast, "details:looked")
        assert event["id"] != before
        assert (event["actor"], event["subjects"]) == (actor.id, [cast["amara"]])
        before = event["id"]


def test_a_detail_of_a_sensitive_agency_cannot_even_be_called_wrong(cast: Cast) -> None:
    feed = add_feed(cast.authority.store, "mixed", cast["care"])
    said = {"kind": "schooling", "label": "Admission", "value": "x", "place": 0}
    fact = say(
        cast.authority.store, feed, "details", cast["amara"], agency_id=cast["harbour"], **said
    )
    for who in ("social_worker", "sealed", "sealed_supervisor"):
        with pytest.raises(NotFound):
            corrections.say(cast.actor(who), cast["amara"], "service", fact, "never was")
