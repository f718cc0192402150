"""Opening an agency: on which terms, named first. What staff undertake, and whom of their own they declare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.errors import ConfirmFirst, Conflict, Invalid, NotAllowed, NotFound
from api.record import conflicts, own_family, people
from api.record.own_family import Relative
from api.record.people import NewPerson
from api.staff import agencies, invitations, practitioners, tokens, undertakings
from tests.cast import LEADS, OUT_OF_HOURS, Cast, terms
from tests.trail import last_event

HOMES = "Westhaven Homes"


def prepared(cast: Cast) -> tuple[str, str]:
    """An agency that is not open, with somebody on its staff."""
    agency = agencies.add(cast.system, HOMES, "housing", phone="01632 960300")
    lead = practitioners.join(cast.system, agency_id=agency, name="Gil Hurst", job="Manager")
    return agency, lead


def test_nobody_is_let_in_before_an_agency_is_open(cast: Cast) -> None:
    administrator = cast.actor("administrator", confirmed=True)
    agency, lead = prepared(cast)
    with pytest.raises(Conflict, match="not open"):
        invitations.make(administrator, lead)
    with pytest.raises(Conflict, match="not open"):
        tokens.make(
            administrator,
            agency_id=agency,
            name="Homes",
            scopes=["people:search"],
            purpose="welfare",
            days=10,
        )
    agencies.open_agency(
        administrator, agency, replace(terms(cast.ids, "care"), safeguarding_lead_id=lead)
    )
    assert invitations.make(administrator, lead)


def test_its_terms_stand_on_its_page(cast: Cast) -> None:
    administrator = cast.actor("administrator", confirmed=True)
    agency, lead = prepared(cast)
    before = agencies.one(administrator, agency)
    assert (before.agency.is_open, before.agreement) == (False, None)
    assert before.wants == ["Nobody has recorded a sharing agreement."]
    agreed = replace(terms(cast.ids, "care"), safeguarding_lead_id=lead, controller="Homes Ltd")
    agencies.open_agency(administrator, agency, agreed)
    found = agencies.one(administrator, agency)
    assert found.agreement
    assert found.agreement.controller == "Homes Ltd"
    assert found.agreement.safeguarding_lead == "Gil Hurst"
    assert sorted(found.agreement.approver_names) == ["Nell Frost", "Sam Okoro"]
    assert (found.agency.is_open, list(found.wants)) == (True, [])


def test_terms_are_put_in_the_place_of_the_old_and_due_for_review(cast: Cast) -> None:
    administrator = cast.actor("administrator", confirmed=True)
    agencies.open_agency(
        administrator, cast["care"], terms(cast.ids, "care", review_on="2026-02-01")
    )
    assert agencies.one(administrator, cast["care"]).wants == ["The agreement is due for review."]


def test_two_who_approve_are_missed_when_one_leaves(cast: Cast) -> None:
    administrator = cast.actor("administrator", confirmed=True)
    assert agencies.one(administrator, cast["force"]).wants == []
    practitioners.leave(administrator, cast["night_duty"])
    wants = agencies.one(administrator, cast["force"]).wants
    assert wants == ["Fewer than two people here can approve devices."]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"agreement": " "}, "agreement"),
        ({"agreed_on": ""}, "agreed_on"),
        ({"agreed_on": "tomorrow"}, "agreed_on"),
        ({"agreed_on": "2089-01-01"}, "agreed_on"),
        ({"review_on": "2026-01-05"}, "review_on"),
        ({"controller": ""}, "controller"),
        ({"controller_contact": ""}, "controller_contact"),
        ({"safeguarding_lead_id": "nobody"}, "safeguarding_lead_id"),
        ({"safeguarding_lead_id": "pastoral"}, "safeguarding_lead_id"),
        ({"approver_ids": ["supervisor"]}, "approver_ids"),
        ({"approver_ids": ["supervisor", "supervisor"]}, "approver_ids"),
        ({"approver_ids": ["supervisor", "social_worker"]}, "approver_ids"),
        ({"approver_ids": ["supervisor", "nobody"]}, "approver_ids"),
        ({"approver_ids": ["supervisor", "night_duty", "social_worker"]}, "approver_ids"),
    ],
)
def test_terms_that_cannot_be(cast: Cast, said: dict[str, object], field: str) -> None:
    if "approver_ids" in said:
        said = {"approver_ids": [cast.ids.get(one, one) for one in said["approver_ids"]]}  # type: ignore[attr-defined]
    elif "safeguarding_lead_id" in said:
        said = {field: cast.ids.get(str(said[field]), str(said[field]))}
    with pytest.raises(Invalid) as refused:
        agencies.open_agency(cast.system, cast["care"], terms(cast.ids, "care", **said))
    assert refused.value.field == field


def test_only_an_administrator_with_the_passkey_opens(cast: Cast) -> None:
    agreed = terms(cast.ids, "care")
    for who in ("supervisor", "governance", "night_duty"):
        with pytest.raises(NotAllowed):
            agencies.open_agency(cast.actor(who, confirmed=True), cast["care"], agreed)
        with pytest.raises(NotAllowed):
            agencies.standing(cast.actor(who))
    with pytest.raises(ConfirmFirst):
        agencies.open_agency(cast.actor("administrator"), cast["care"], agreed)
    with pytest.raises(NotFound):
        agencies.open_agency(cast.system, cast["north"], agreed)


def test_every_agency_of_the_cast_named_its_people(cast: Cast) -> None:
    standing = {one.agency.id: one for one in agencies.standing(cast.actor("administrator"))}
    assert set(standing) == {cast[key] for key in LEADS}
    assert all(one.agreement for one in standing.values())
    assert len(OUT_OF_HOURS) == 2


def test_an_undertaking_is_kept_by_its_version(
    cast: Cast,
) -> None:
    new = practitioners.join(cast.system, agency_id=cast["care"], name="New", job="Worker")
    cast.ids["new"] = new
    assert cast.actor("new").undertaken == 0
    undertakings.accept(cast.actor("new"))
    undertakings.accept(cast.actor("new"))
    assert cast.actor("new").undertaken == undertakings.VERSION
    assert last_event(cast, "use:undertaken")["reason"] == "version 1"


def closed(cast: Cast, who: str, person: str) -> bool:
    try:
        people.look(cast.actor(who), cast[person])
    except NotFound:
        return True
    return False


def test_own_family_who_is_here_is_closed_at_once(cast: Cast) -> None:
    own_family.declare(cast.actor("outsider"), Relative("amara", "OKAFOR", "2019-05-03"))
    assert closed(cast, "outsider", "amara")
    assert not closed(cast, "outsider", "jude")
    assert not closed(cast, "police", "amara")


def test_own_family_who_comes_later_is_closed_by_the_worker(cast: Cast) -> None:
    own_family.declare(cast.actor("outsider"), Relative("Bea", "Webb", "2017-07-07"))
    assert own_family.close_all(cast.authority) == 0
    cast.ids["bea"] = people.add(cast.system, NewPerson("Bea", "Webb", "2017-07-07"))
    assert not closed(cast, "outsider", "bea")
    assert own_family.close_all(cast.authority) == 1
    assert closed(cast, "outsider", "bea")
    assert own_family.close_all(cast.authority) == 0


def test_whether_they_are_here_is_told_to_nobody(cast: Cast) -> None:
    """The answer is the same for somebody who is here, who is not and who is restricted."""
    for relative in (
        Relative("Amara", "Okafor", "2019-05-03"),
        Relative("Nobody", "Atall", "2019-05-03"),
        Relative("", "Webb", None, "zz17 8au"),
    ):
        own_family.declare(cast.actor("outsider"), relative)
    mine = own_family.mine(cast.actor("outsider"))
    assert [(one.first, one.last, one.postcode) for one in mine] == [
        ("Amara", "Okafor", ""),
        ("Nobody", "Atall", ""),
        ("", "Webb", "ZZ17 8AU"),
    ]
    assert own_family.mine(cast.actor("police")) == []


def test_a_restricted_person_adds_no_line_to_the_supervisor_s_list(cast: Cast) -> None:
    from api.record import protections

    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Adopted",
        [cast["social_worker"]],
    )
    own_family.declare(cast.actor("colleague"), Relative("Amara", "Okafor", "2019-05-03"))
    assert own_family.close_all(cast.authority) == 0
    assert conflicts.under(cast.actor("supervisor")) == []
    protections.lift_restriction(
        cast.actor("social_worker", confirmed=True), cast["amara"], "Open again"
    )
    # It was never open to them: whoever opens it again closes it to those whose own family it is.
    assert own_family.close_all(cast.authority) == 0
    assert closed(cast, "colleague", "amara")
    assert len(conflicts.under(cast.actor("supervisor"))) == 1


def test_what_a_supervisor_opened_again_stays_open(cast: Cast) -> None:
    own_family.declare(cast.actor("colleague"), Relative("Jude", "Okafor", "2022-01-20"))
    (held,) = conflicts.under(cast.actor("supervisor"))
    conflicts.end(cast.actor("supervisor"), held.id, "Another Jude")
    assert own_family.close_all(cast.authority) == 0
    assert not closed(cast, "colleague", "jude")


def test_a_name_alone_closes_nobody(cast: Cast) -> None:
    own_family.declare(cast.actor("outsider"), Relative("", "Okafor"))
    own_family.declare(cast.actor("outsider"), Relative("Amara", "Okafor"))
    assert not closed(cast, "outsider", "amara")


def test_what_was_declared_goes_with_its_practitioner(cast: Cast) -> None:
    own_family.declare(cast.actor("outsider"), Relative("Bea", "Webb", "2017-07-07"))
    store = cast.authority.store
    (held,) = store.query("SELECT words_id FROM own_family")
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["outsider"])
    assert store.query("SELECT id FROM own_family") == []
    assert store.query("SELECT id FROM words WHERE id = :id", id=held["words_id"]) == []


@pytest.mark.parametrize(
    ("relative", "field"),
    [
        (Relative("Bea"), "last"),
        (Relative("Bea", "x" * 101), "last"),
        (Relative("Bea", "Webb", "1066-13-40"), "born_on"),
    ],
)
def test_a_declaration_that_cannot_be(cast: Cast, relative: Relative, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        own_family.declare(cast.actor("outsider"), relative)
    assert refused.value.field == field
