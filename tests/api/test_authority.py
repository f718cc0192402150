"""What an authority sets for itself: said anew, and what was recorded before stays as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api import authority as authorities
from api.errors import Invalid, Misconfigured, NotAllowed
from api.oversight import looks
from api.record import people, sharing
from api.record.sharing import NewDecision
from api.rights import items, signing
from api.rights.items import Decision
from api.staff import practitioners
from api.store.authority import Lists
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
    said = replace(cast.authority.settings, complaints_phone="01632 960011", shift_hours=4)
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    authorities.set_settings(cast.system, said, LISTS)
    event = last_event(cast, "authority:set")
    assert event["actor"] == "command line"
    told_of = details_of(cast, event)
    assert "complaints_phone" in told_of
    assert "01632 960011" in told_of
    assert "purposes: court" in told_of

    again = reopen(cast_url, cast.ids)
    authority = again.authority
    assert authority.choices.purposes == [("court", "A court asked me")]
    assert authority.choices.bases == [("order", "An order says so")]
    # A list that is left out stays as it is.
    assert authority.choices.grounds == cast.authority.choices.grounds
    assert authority.settings == said
    with pytest.raises(Invalid):
        people.give_purpose(again.actor("outsider"), amara, "enquiry")
    with pytest.raises(Invalid):
        sharing.decide(again.actor("social_worker"), amara, new)
    assert sharing.of(again.actor("social_worker"), amara).decisions == recorded
    assert [one.id for one in recorded] == [told]
    found = looks.by_purpose(again.actor("governance"), "enquiry")
    assert set(found.listed) == {"court", *dict(cast.authority.choices.purposes)}
    (given,) = found.given
    assert given.purpose == dict(cast.authority.choices.purposes)["enquiry"]
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
    authorities.set_settings(cast.system, settings, replace(LISTS, exemptions=[HARM, OTHERS]))
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
        authorities.set_settings(cast.system, settings, other)
    again.authority.close()


def test_what_was_recorded_is_given_no_other_words(cast: Cast, cast_url: str) -> None:
    settings = cast.authority.settings
    for lists in (
        replace(LISTS, purposes=[("enquiry", "Other words", "A law")]),
        replace(LISTS, bases=[("welfare", "Other words", "A law")]),
    ):
        with pytest.raises(Misconfigured, match="reads otherwise here"):
            authorities.set_settings(cast.system, settings, lists)
    with pytest.raises(NotAllowed):
        authorities.set_settings(cast.actor("governance"), settings, LISTS)
    again = reopen(cast_url, cast.ids)
    assert again.authority.choices == cast.authority.choices
    again.authority.close()
