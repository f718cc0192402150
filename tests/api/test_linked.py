"""Linked people: family and household, each decided by their own access."""

from __future__ import annotations

from typing import Any

import pytest

from api.errors import NotFound
from api.record import conflicts, families, involvements, linked, people, protections
from api.record.linked import Linked, LinkedPeople
from api.record.people import NewPerson
from tests.cast import Cast
from tests.feeds import add_feed, say
from tests.trail import last_event

AT_MILL_LANE = {"Jude Okafor", "Lily Hart", "Rhea Stone", "Noor Khan"}


def look(cast: Cast, whom: str = "amara", who: str = "social_worker") -> LinkedPeople:
    return linked.of(cast.actor(who), cast[whom])


def names(found: LinkedPeople) -> set[str]:
    return {one.brief.name for one in found.people}


def one(found: LinkedPeople, name: str) -> Linked:
    return next(one for one in found.people if one.brief.name == name)


def add(cast: Cast, key: str, first: str, **said: Any) -> str:
    where = {"address": "1 Quay Street, Westhaven", "postcode": "ZZ1 1AA", **said}
    cast.ids[key] = people.add(cast.system, NewPerson(first, "Reed", **where))
    return cast.ids[key]


def say_of(cast: Cast, whom: str, agency: str, **more: Any) -> None:
    feed = add_feed(cast.authority.store, f"feed-{agency}-{whom}", cast[agency], involves=True)
    said = {"kind": "active", "role": "Service", "lead": 0, "asserted_by": "other source", **more}
    say(cast.authority.store, feed, "involvements", cast[whom], agency_id=cast[agency], **said)


def test_family_and_household_stand_together(cast: Cast) -> None:
    lead = cast.actor("social_worker")
    families.relate(lead, cast["amara"], kind="brother or sister", other_id=cast["jude"])
    families.relate(
        lead, cast["amara"], kind="mother", other_id=cast["kemi"], parental_responsibility="yes"
    )
    families.relate(lead, cast["amara"], kind="father", mentioned="Dayo")
    found = look(cast)
    assert names(found) == AT_MILL_LANE | {"Kemi Okafor"}
    kemi, jude, lily = (one(found, name) for name in ("Kemi Okafor", "Jude Okafor", "Lily Hart"))
    (mother,) = kemi.relations
    assert (mother.kind, mother.parental_responsibility) == ("mother", "yes")
    assert mother.source == "Jo Marsh, Westhaven Children's Social Care"
    assert not kemi.same_address
    assert jude.relations
    assert jude.address_said == [("Practitioners", jude.address_said[0][1])]
    assert (lily.relations, lily.same_address, lily.directory) == ([], True, False)
    # Who says that she lives there would say who knows her.
    assert lily.address_said == ()
    assert [(one.name, one.kind) for one in found.mentioned] == [("Dayo", "father")]


def test_each_is_decided_by_their_own_access(cast: Cast) -> None:
    lead = cast.actor("social_worker")
    for kind, other in (("mother", "kemi"), ("brother or sister", "jude")):
        families.relate(lead, cast["amara"], kind=kind, other_id=cast[other])
    say_of(cast, "kemi", "force")
    say_of(cast, "jude", "force")
    found = look(cast)
    kemi, jude = one(found, "Kemi Okafor"), one(found, "Jude Okafor")
    assert (kemi.directory, kemi.brief.age, kemi.brief.born_on) == (False, "born 1990", None)
    assert kemi.known_to == ()
    assert [known.agency for known in jude.known_to] == [
        "Westhaven Children's Social Care",
        "Westhaven Police",
    ]
    people.give_purpose(lead, cast["kemi"], "enquiry")
    kemi = one(look(cast), "Kemi Okafor")
    assert (kemi.directory, kemi.brief.born_on) == (True, "1990-02-11")
    assert [known.agency for known in kemi.known_to] == ["Westhaven Police"]
    relatives = people.look(cast.actor("pastoral"), cast["amara"]).family
    assert {(one.name, one.age) for one in relatives} >= {("Kemi Okafor", "born 1990")}


def test_who_knew_somebody_before_comes_last_with_the_day(cast: Cast) -> None:
    say_of(cast, "jude", "force", valid_from="2020-01-01", valid_to="2021-02-03")
    known = one(look(cast), "Jude Okafor").known_to
    assert [(one.agency, one.until) for one in known] == [
        ("Westhaven Children's Social Care", None),
        ("Westhaven Police", "2021-02-03"),
    ]


def test_a_sealed_service_is_known_by_nobody(cast: Cast) -> None:
    before = {who: look(cast, who=who) for who in ("social_worker", "sealed")}
    say_of(cast, "jude", "harbour")
    for who, found in before.items():
        assert look(cast, who=who) == found
    feed = add_feed(cast.authority.store, "clients", cast["harbour"])
    somebody = add(cast, "client", "Cal")
    say(
        cast.authority.store,
        feed,
        "addresses",
        somebody,
        kind="home",
        lines="12 Mill Lane, Westhaven",
        postcode="ZZ17 8AU",
    )
    assert look(cast) == before["social_worker"]


def test_who_must_not_be_known_is_not_linked(cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["rhea"],
        "To be adopted",
        [cast["supervisor"]],
    )
    assert names(look(cast)) == AT_MILL_LANE - {"Rhea Stone"}
    conflicts.declare(cast.actor("pastoral"), cast["lily"])
    assert names(look(cast, who="pastoral")) == AT_MILL_LANE - {"Rhea Stone", "Lily Hart"}
    with pytest.raises(NotFound):
        look(cast, "rhea")


def test_a_protected_place_links_nobody_either_way(cast: Cast) -> None:
    protections.protect(
        cast.actor("social_worker"), cast["noor"], "Her father", [cast["social_worker"]]
    )
    assert names(look(cast, "noor", "health_visitor")) == set()
    assert look(cast, "noor", "health_visitor").location_hidden
    assert names(look(cast, "amara", "health_visitor")) == set()
    assert "Noor Khan" in names(look(cast, "amara"))


def test_where_somebody_is_hidden_no_service_is_said_to_know_them(cast: Cast) -> None:
    families.relate(
        cast.actor("social_worker"),
        cast["amara"],
        kind="brother or sister",
        other_id=cast["noor"],
    )
    assert one(look(cast, who="health_visitor"), "Noor Khan").known_to
    protections.protect(
        cast.actor("social_worker"), cast["noor"], "Her father", [cast["social_worker"]]
    )
    noor = one(look(cast, who="health_visitor"), "Noor Khan")
    assert (noor.known_to, noor.same_address, noor.brief.school) == ((), False, "")


@pytest.mark.parametrize(
    ("said", "linked_too"),
    [
        ({"address": "12 MILL LANE Westhaven", "postcode": "ZZ17 8AU"}, True),
        ({"address": "14 Mill Lane, Westhaven", "postcode": "ZZ17 8AU"}, False),
        ({"address": "12 Mill Lane, Westhaven", "postcode": "ZZ17 8AB"}, False),
        ({"address": "", "postcode": "ZZ17 8AU"}, False),
    ],
)
def test_a_household_is_one_address(cast: Cast, said: dict[str, str], linked_too: bool) -> None:
    add(cast, "cal", "Cal", **said)
    assert ("Cal Reed" in names(look(cast))) is linked_too


def test_who_moved_out_is_no_household(cast: Cast) -> None:
    feed = add_feed(cast.authority.store, "old")
    add(cast, "cal", "Cal")
    home = {"kind": "home", "lines": "12 Mill Lane, Westhaven", "postcode": "ZZ17 8AU"}
    say(
        cast.authority.store,
        feed,
        "addresses",
        cast["cal"],
        valid_from="2020-01-01",
        valid_to="2021-01-01",
        **home,
    )
    assert "Cal Reed" not in names(look(cast))
    say(cast.authority.store, feed, "addresses", cast["cal"], valid_from="2022-01-01", **home)
    assert "Cal Reed" in names(look(cast))


def test_a_hostel_is_no_household(cast: Cast) -> None:
    for n in range(linked.HOUSEHOLD - len(AT_MILL_LANE)):
        add(cast, f"p{n}", f"Pat{n}", address="12 Mill Lane, Westhaven", postcode="ZZ17 8AU")
    assert len(look(cast).people) == linked.HOUSEHOLD
    add(cast, "more", "Moira", address="12 Mill Lane, Westhaven", postcode="ZZ17 8AU")
    found = look(cast)
    assert (found.people, found.crowded) == ([], True)


def test_nobody_links_themselves_by_adding_somebody_again(cast: Cast) -> None:
    add(cast, "cal", "Cal", born_on="1980-02-03", nhs="9434765919")
    outsider = cast.actor("outsider")
    people.add(
        outsider,
        NewPerson(
            "Cal", "Reed", "1980-02-03",
            address="12 Mill Lane, Westhaven", postcode="ZZ17 8AU", nhs="9434765919",
        ),
    )  # fmt: skip
    assert "Cal Reed" not in names(look(cast))


def test_from_an_adult_the_way_leads_back_to_the_child_whom_one_supports(cast: Cast) -> None:
    lead = cast.actor("social_worker")
    families.relate(lead, cast["amara"], kind="mother", other_id=cast["kemi"])
    families.relate(cast.system, cast["lily"], kind="mother", other_id=cast["kemi"])
    families.relate(cast.system, cast["lily"], kind="father", mentioned="Dan")
    page = people.look(lead, cast["kemi"])
    assert [(one.id, one.kind) for one in page.family] == [(cast["amara"], "child")]
    found = look(cast, "kemi")
    assert names(found) == {"Amara Okafor"}
    assert found.mentioned == []
    assert people.look(cast.actor("outsider"), cast["kemi"]).family == []
    people.give_purpose(cast.actor("outsider"), cast["kemi"], "enquiry")
    assert look(cast, "kemi", "outsider").people == []
    involvements.add(
        cast.system,
        cast["kemi"],
        agency_id=cast["health"],
        practitioner_id=cast["health_visitor"],
        role="Health visitor",
    )
    assert names(look(cast, "kemi", "health_visitor")) == {"Amara Okafor", "Lily Hart"}


def test_whoever_is_listed_was_looked_at(cast: Cast) -> None:
    look(cast)
    event = last_event(cast, "person:looked")
    assert event["reason"] == "linked people, in the circle"
    assert set(event["subjects"]) == {
        cast[name] for name in ("amara", "jude", "lily", "rhea", "noor")
    }
