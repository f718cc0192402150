"""What an authority sets for itself: said anew, and what was recorded before stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api import authority as authorities
from api.errors import ConfirmFirst, Invalid, Misconfigured, NotAllowed, NotFound
from api.oversight import looks
from api.record import people, sharing
from api.record.sharing import NewDecision
from api.rights import items, rules, signing
from api.rights.items import Decision
from api.staff import practitioners, setting
from api.store.authority import Lists
from api.trust.actor import Actor
from tests.api.test_request_items import gathered
from tests.cast import Cast, reopen
from tests.trail import details_of, last_event

HARM = ("harm", "It would do serious harm", "A law of harm", False)
OTHERS = ("others", "Only where another asks", "A law of others", True)
LISTS = Lists(
    agency_kinds=(),
    categories=(),
    plan_kinds=(),
    purposes=[("court", "A court asked me", "A law of courts")],
    bases=[("order", "An order says so", "A law of orders")],
)


def test_what_is_offered_no_more_stays_for_what_was_recorded(cast: Cast, cast_url: str) -> None:
    amara, new = cast["amara"], NewDecision(True, "Her GP", "A note", "welfare", "They treat her.")
    people.give_purpose(cast.actor("outsider"), amara, "enquiry")
    told = sharing.decide(cast.actor("social_worker"), amara, new)
    recorded = sharing.of(cast.actor("social_worker"), amara).decisions
    before = cast.authority.choices
    said = replace(cast.authority.settings, complaints_phone="01632 960011", shift_hours=4)
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    setting.set_all(cast.system, said, LISTS)
    event = last_event(cast, "authority:set")
    assert event["actor"] == "command line"
    told_of = details_of(cast, event)
    assert "Complaints, phone: 01632 960011 (before: nothing)" in told_of
    assert "Purpose added: A court asked me (A law of courts)" in told_of
    assert "Purpose offered no more: Child protection enquiry" in told_of

    again = reopen(cast_url, cast.ids)
    authority = again.authority
    assert authority.choices.purposes == [("court", "A court asked me")]
    assert authority.choices.bases == [("order", "An order says so")]
    # A list that is left out stays as it is.
    assert authority.choices.grounds == before.grounds
    assert authority.settings == said
    with pytest.raises(Invalid):
        people.give_purpose(again.actor("outsider"), amara, "enquiry")
    with pytest.raises(Invalid):
        sharing.decide(again.actor("social_worker"), amara, new)
    assert sharing.of(again.actor("social_worker"), amara).decisions == recorded
    assert [one.id for one in recorded] == [told]
    found = looks.by_purpose(again.actor("governance"), "enquiry")
    assert set(found.listed) == {"court", *dict(before.purposes)}
    (given,) = found.given
    assert given.purpose == dict(before.purposes)["enquiry"]
    authority.close()


def test_exemptions_are_the_authoritys_own(cast: Cast, cast_url: str) -> None:
    """What was held back by one that is offered no more says so in its own words, and stays decided."""
    for _ in range(2):
        cast.worry("social_worker", "amara")
    request = gathered(cast, asker="person")
    [part] = signing.parts(cast.actor("supervisor"), request)[1]
    first, second = [one.id for one in part.entries if one.mine][:2]
    held = Decision("withheld", "crime", "The police asked.", told=True)
    items.decide(cast.actor("supervisor"), request, first, held)
    settings = cast.authority.settings
    setting.set_all(cast.system, settings, replace(LISTS, exemptions=[HARM, OTHERS]))
    again = reopen(cast_url, cast.ids)
    worker = again.actor("supervisor")
    assert items.review(worker, request, first).entry.exemption.endswith("detecting a crime")
    for code in ("crime", "others"):
        with pytest.raises(Invalid):
            items.decide(worker, request, second, replace(held, exemption=code))
    review = items.review(worker, request, second)
    assert [one.code for one in review.exemptions] == ["harm"]
    items.decide(worker, request, second, replace(held, exemption="harm"))
    other = replace(LISTS, exemptions=[(*HARM[:3], True)])
    with pytest.raises(Misconfigured, match="reads otherwise here"):
        setting.set_all(cast.system, settings, other)
    again.authority.close()


def test_what_was_recorded_is_given_no_other_words(cast: Cast, cast_url: str) -> None:
    settings = cast.authority.settings
    for lists in (
        replace(LISTS, purposes=[("enquiry", "Other words", "A law")]),
        replace(LISTS, bases=[("welfare", "Other words", "A law")]),
    ):
        with pytest.raises(Misconfigured, match="reads otherwise here"):
            setting.set_all(cast.system, settings, lists)
    with pytest.raises(NotAllowed):
        setting.set_all(cast.actor("governance"), settings, LISTS)
    again = reopen(cast_url, cast.ids)
    assert again.authority.choices == cast.authority.choices
    again.authority.close()


@pytest.fixture
def governs(cast: Cast) -> Actor:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    return cast.actor("governance", confirmed=True)


def test_an_entry_is_added_retired_and_offered_again(
    cast: Cast, cast_url: str, governs: Actor
) -> None:
    elsewhere = reopen(cast_url, cast.ids).authority
    offered = dict(elsewhere.choices.purposes)
    setting.add(governs, "purposes", "A court asked me", "A law of courts")
    setting.retire(governs, "purposes", "enquiry")
    assert dict(cast.authority.choices.purposes).keys() == {
        *offered.keys() - {"enquiry"},
        "a-court-asked-me",
    }
    with pytest.raises(Invalid):
        people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    people.give_purpose(cast.actor("outsider"), cast["amara"], "a-court-asked-me")

    # Another process has taken it up a minute later.
    elsewhere.keep_up()
    assert dict(elsewhere.choices.purposes) == offered
    elsewhere.store.clock = lambda: datetime.now(UTC) + timedelta(minutes=1)
    elsewhere.keep_up()
    assert elsewhere.choices.purposes == cast.authority.choices.purposes
    elsewhere.close()

    setting.offer_again(governs, "purposes", "enquiry")
    for label in ("a court ASKED me", offered["enquiry"]):
        with pytest.raises(Invalid, match="offered already"):
            setting.add(governs, "purposes", label, "Another law")
    again, retired, added, founded = setting.look(governs).changes
    assert again.what == [
        "Purpose offered again: Child protection enquiry (Children Act 1989, section 47)"
    ]
    assert retired.what[0].startswith("Purpose offered no more: Child protection enquiry")
    assert added.what == ["Purpose added: A court asked me (A law of courts)"]
    assert {again.by, retired.by, added.by} == {governs.name}
    assert founded.founded


def test_the_last_of_a_list_stays(cast: Cast, governs: Actor) -> None:
    first, *rest = [code for code, _ in cast.authority.choices.bases]
    for code in rest:
        setting.retire(governs, "bases", code)
    with pytest.raises(Invalid, match="One must be left"):
        setting.retire(governs, "bases", first)
    for table, code in (("bases", "no such"), ("categories", "neglect"), ("practitioners", "x")):
        with pytest.raises(NotFound):
            setting.retire(governs, table, code)
    law = "A law of harm"
    setting.add(governs, "exemptions", "It would do serious harm", law, parent=True)
    *_, added = setting.look(governs).lists["exemptions"]
    assert (added.label, added.law, added.parent) == ("It would do serious harm", law, 1)


def test_how_the_authority_is_reached_is_said_anew(cast: Cast, governs: Actor) -> None:
    said = {**vars(cast.authority.settings), "complaints_phone": "", "switchboard": "01632 960009"}
    setting.set_contacts(governs, said)
    assert cast.authority.settings.switchboard == "01632 960009"
    assert cast.authority.settings.demo
    (line,) = setting.look(governs).changes[0].what
    assert line.startswith("Switchboard: 01632 960009 (before: ")
    for field, text in (
        ("front_door_phone", "ring us"),
        ("switchboard", " "),
        ("front_door_email", "us at home"),
        ("front_door", "x" * 300),
    ):
        with pytest.raises(Invalid) as refused:
            setting.set_contacts(governs, {**said, field: text})
        assert refused.value.field == field


def test_its_numbers_and_how_long_things_are_kept_are_said_anew(
    cast: Cast, cast_url: str, governs: Actor
) -> None:
    numbers = {"shift_hours": "8", "correction_days": "3", "many_in_an_hour": "30"}
    with pytest.raises(Invalid) as refused:
        setting.set_numbers(governs, {**numbers, "shift_hours": "25"}, shows_plans=False)
    assert refused.value.field == "shift_hours"
    setting.set_numbers(governs, numbers, shows_plans=False)
    of = setting.look(governs).settings
    assert (of.shift_hours, of.correction_days, of.many_in_an_hour) == (8, 3, 30)
    assert not of.directory_shows_plans
    told = details_of(cast, last_event(cast, "authority:set"))
    assert "A purpose for looking holds, in hours: 8 (before: 10)" in told

    kept = ("school", "What a school writes", ["school"], "", "", "birth", 25)
    authorities.set_retention(cast.system, replace(LISTS, retention=[kept]))
    (rule,), may = rules.look(governs)
    assert (rule.label, rule.years, may) == ("What a school writes", 25, True)
    for years in ("", "0", "151", "ten", "-1", "1e2", "٣"):
        with pytest.raises(Invalid):
            rules.set_years(governs, "school", years)
    rules.set_years(governs, "school", "40")
    assert rules.to_change(governs, "school").years == 40
    shown = [line for one in setting.look(governs).changes for line in one.what]
    assert shown[:2] == [
        "What a school writes, years kept: 40 (before: 25)",
        "How long things are kept was said anew",
    ]
    with pytest.raises(NotFound):
        rules.set_years(governs, "elsewhere", "40")
    with pytest.raises(ConfirmFirst):
        rules.set_years(cast.actor("governance"), "school", "10")
    other = cast.actor("administrator", confirmed=True)
    with pytest.raises(NotAllowed):
        rules.set_years(other, "school", "10")
    with pytest.raises(NotAllowed):
        setting.set_numbers(other, numbers, shows_plans=True)


def test_only_the_authoritys_governance_lead_sets_it_and_with_the_passkey(
    cast: Cast, governs: Actor
) -> None:
    said = vars(cast.authority.settings)
    practitioners.grant(
        cast.system, cast["safeguarding"], "governance lead", "agency", cast["school"]
    )
    agencys = cast.actor("safeguarding", confirmed=True)
    assert not setting.look(agencys).may
    for actor, error in (
        (agencys, NotAllowed),
        (cast.actor("administrator", confirmed=True), NotAllowed),
        (cast.actor("governance"), ConfirmFirst),
    ):
        for change in (
            lambda who: setting.add(who, "bases", "New", "A law"),
            lambda who: setting.retire(who, "bases", "welfare"),
            lambda who: setting.offer_again(who, "bases", "welfare"),
            lambda who: setting.set_contacts(who, said),
        ):
            with pytest.raises(error):
                change(actor)
        assert last_event(cast, "authority:set")["verdict"] == "refused"
    with pytest.raises(NotAllowed):
        setting.look(cast.actor("supervisor"))
    with pytest.raises(NotAllowed):
        setting.look(agencys, to_change=True)
