"""Restricted records and protected locations: who closes, who opens, and what is left to see."""

from __future__ import annotations

import pytest

from api.access import Sight
from api.errors import ConfirmFirst, Conflict, Invalid, NotAllowed, NotFound
from api.record import conflicts, involvements, people, plans, protections
from api.record.people import Child
from api.staff import practitioners
from tests.cast import Cast

LEAD = "social_worker"


def look(cast: Cast, viewer: str, person: str = "amara") -> Child:
    return people.look(cast.actor(viewer), cast[person])


def restrict(cast: Cast, by: str, *named: str, person: str = "amara") -> str:
    return protections.restrict(
        cast.actor(by, confirmed=True), cast[person], "An adoption", [cast[name] for name in named]
    )


def protect(cast: Cast, by: str, *named: str) -> str:
    return protections.protect(
        cast.actor(by),
        cast["amara"],
        "Her father, who has threatened her",
        [cast[n] for n in named],
    )


def test_a_restricted_person_exists_only_for_those_named(cast: Cast) -> None:
    restrict(cast, LEAD, LEAD, "police")
    for named in (LEAD, "police"):
        assert look(cast, named).sight is Sight.CIRCLE
    for other in ("pastoral", "supervisor", "safeguarding", "sealed", "outsider", "governance"):
        with pytest.raises(NotFound) as closed:
            look(cast, other)
        with pytest.raises(NotFound) as nobody:
            people.look(cast.actor(other), "0193e6a0-0000-7000-8000-00000000dead")
        assert str(closed.value) == str(nobody.value)
    assert "Amara Okafor" not in [one.brief.name for one in people.mine(cast.actor("pastoral"))]
    assert "Amara Okafor" in [one.brief.name for one in people.mine(cast.actor(LEAD))]


def test_who_restricts_without_naming_themselves_sees_nothing_afterwards(cast: Cast) -> None:
    restrict(cast, LEAD, "police")
    with pytest.raises(NotFound):
        look(cast, LEAD)


def test_restricting_again_puts_new_names_in_place_of_the_old(cast: Cast) -> None:
    restrict(cast, LEAD, LEAD, "police")
    restrict(cast, LEAD, LEAD, "pastoral")
    assert look(cast, "pastoral").sight is Sight.CIRCLE
    with pytest.raises(NotFound):
        look(cast, "police")


def test_a_purpose_given_before_opens_nothing_any_more(cast: Cast) -> None:
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    assert look(cast, "outsider").sight is Sight.DIRECTORY
    restrict(cast, LEAD, LEAD)
    with pytest.raises(NotFound):
        look(cast, "outsider")
    with pytest.raises(NotFound):
        people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")


def test_lifting_gives_everybody_back_what_their_rules_give(cast: Cast) -> None:
    restrict(cast, LEAD, LEAD)
    with pytest.raises(NotFound):
        protections.lift_restriction(
            cast.actor("supervisor", confirmed=True), cast["amara"], "Over"
        )
    protections.lift_restriction(
        cast.actor(LEAD, confirmed=True), cast["amara"], "The order was refused"
    )
    assert look(cast, "pastoral").sight is Sight.CIRCLE
    assert look(cast, "outsider").sight is Sight.OUTSIDE
    with pytest.raises(NotFound):  # named no longer, and nothing is left to lift
        protections.lift_restriction(cast.actor(LEAD, confirmed=True), cast["amara"], "Again")
    kept = cast.authority.store.one("SELECT ended_by, ended_at FROM restrictions")
    assert kept
    assert kept["ended_by"] == cast[LEAD]
    assert kept["ended_at"]


def test_when_everybody_named_has_left_the_governance_lead_opens_again(cast: Cast) -> None:
    restrict(cast, LEAD, "police")
    practitioners.leave(cast.system, cast["police"])
    governance = cast.actor("governance", confirmed=True)
    with pytest.raises(NotFound):  # the governance lead of one agency only
        protections.lift_restriction(governance, cast["amara"], "Nobody named is left")
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    protections.lift_restriction(governance, cast["amara"], "Nobody named is left")
    assert look(cast, LEAD).sight is Sight.CIRCLE
    with pytest.raises(NotFound):  # which shows the governance lead no record
        look(cast, "governance")
    with pytest.raises(Conflict):
        protections.lift_restriction(governance, cast["amara"], "Again")


def test_nobody_opens_what_a_conflict_of_interest_closes_to_them(cast: Cast) -> None:
    restrict(cast, LEAD, LEAD, "police")
    conflicts.declare(cast.actor("police"), cast["amara"])
    with pytest.raises(NotFound):
        protections.lift_restriction(
            cast.actor("police", confirmed=True), cast["amara"], "Let me see"
        )


@pytest.mark.parametrize("act", [protections.restrict, protections.protect])
def test_the_lead_and_a_circle_s_supervisor_close_and_nobody_else(cast: Cast, act) -> None:  # type: ignore[no-untyped-def]
    names = [cast[LEAD], cast["supervisor"]]
    for member in ("pastoral", "health_visitor", "sealed", "safeguarding", "outsider", "duty"):
        with pytest.raises(NotAllowed):
            act(cast.actor(member, confirmed=True), cast["amara"], "Why", names)
    for blind in ("reporter", "governance", "administrator", "steward"):
        with pytest.raises(NotFound):
            act(cast.actor(blind), cast["amara"], "Why", names)
    act(cast.actor("supervisor", confirmed=True), cast["amara"], "Why", names)
    act(cast.actor(LEAD, confirmed=True), cast["amara"], "Why", names)


def test_names_are_people_who_work_here_and_at_least_one(cast: Cast) -> None:
    practitioners.leave(cast.system, cast["police"])
    for names in ([], ["nobody"], [cast[LEAD], cast["police"]]):
        with pytest.raises(Invalid) as refused:
            protections.restrict(cast.actor(LEAD, confirmed=True), cast["amara"], "Why", names)
        assert refused.value.field == "named"
    protections.restrict(
        cast.actor(LEAD, confirmed=True), cast["amara"], "Why", [cast[LEAD], cast[LEAD]]
    )


def test_closing_the_record_and_opening_anything_takes_the_passkey(cast: Cast) -> None:
    lead, names = cast.actor(LEAD), [cast[LEAD]]
    with pytest.raises(ConfirmFirst):
        protections.restrict(lead, cast["amara"], "Adopted", names)
    assert look(cast, "pastoral").sight is Sight.CIRCLE
    held = protections.protect(lead, cast["amara"], "Her father", names)
    with pytest.raises(ConfirmFirst):
        protections.lift_protection(lead, cast["amara"], held, "He moved away")
    restrict(cast, LEAD, LEAD)
    with pytest.raises(ConfirmFirst):
        protections.lift_restriction(lead, cast["amara"], "Over")


def test_who_may_close_is_offered_whom_they_are_shown(cast: Cast) -> None:
    found = protections.closing(cast.actor(LEAD), cast["amara"])
    names = [one.name for one in found.choices]
    assert names[0] == "Jo Marsh (you)"
    assert {"Pat Osei", "Hana Vale"} <= set(names)
    colleagues = {one.name for one in found.colleagues}
    assert {"Kit Alder", "Sam Okoro"} <= colleagues
    assert not colleagues & set(names)
    assert "Sil Brook" not in {*names, *colleagues}
    assert (found.may_restrict, found.restricted) == (True, False)
    other = protections.closing(cast.actor("pastoral"), cast["amara"])
    assert (other.may_restrict, other.choices, other.colleagues) == (False, (), ())
    with pytest.raises(NotAllowed):
        protections.closing(cast.actor("outsider"), cast["amara"])


def test_closing_and_opening_need_their_reasons(cast: Cast) -> None:
    for words in ("", " ", "x" * 501):
        with pytest.raises(Invalid):
            protections.restrict(
                cast.actor(LEAD, confirmed=True), cast["amara"], words, [cast[LEAD]]
            )
        with pytest.raises(Invalid):
            protections.protect(cast.actor(LEAD), cast["amara"], words, [cast[LEAD]])
        with pytest.raises(Invalid):
            protections.lift_restriction(cast.actor(LEAD, confirmed=True), cast["amara"], words)


# --- Protected location -----------------------------------------------------------------------------


def test_a_protected_location_is_shown_to_those_named_only(cast: Cast) -> None:
    assert look(cast, "pastoral").addresses
    protect(cast, LEAD, LEAD, "health_visitor")
    for named in (LEAD, "health_visitor"):
        assert look(cast, named).addresses
        assert not look(cast, named).location_hidden
    for other in ("pastoral", "supervisor", "sealed"):
        child = look(cast, other)
        assert child.sight is Sight.CIRCLE
        assert child.location_hidden
        assert not child.addresses
        assert child.brief.school == ""


def test_who_is_named_sees_whom_it_is_hidden_from(cast: Cast) -> None:
    held = protect(cast, LEAD, LEAD, "health_visitor")
    (shown,) = protections.of(cast.actor("health_visitor"), cast["amara"])
    assert (shown.id, shown.hidden_from) == (held, "Her father, who has threatened her")
    assert shown.named == ["Hana Vale", "Jo Marsh"]
    assert protections.of(cast.actor("pastoral"), cast["amara"]) == []
    with pytest.raises(NotAllowed):
        protections.of(cast.actor("outsider"), cast["amara"])


def test_two_protections_hide_from_everybody_who_is_not_on_both(cast: Cast) -> None:
    first = protect(cast, LEAD, LEAD, "pastoral")
    protect(cast, LEAD, LEAD, "health_visitor")
    assert not look(cast, LEAD).location_hidden
    assert look(cast, "pastoral").location_hidden
    assert look(cast, "health_visitor").location_hidden
    protections.lift_protection(
        cast.actor("pastoral", confirmed=True), cast["amara"], first, "He is in prison"
    )
    assert look(cast, "pastoral").location_hidden
    assert not look(cast, "health_visitor").location_hidden
    with pytest.raises(NotFound):
        protections.lift_protection(cast.actor(LEAD, confirmed=True), cast["amara"], first, "Again")


def test_a_protection_is_lifted_by_who_is_named_on_it_and_not_by_rank(cast: Cast) -> None:
    held = protect(cast, LEAD, LEAD)
    for other in ("supervisor", "pastoral", "outsider", "governance", "administrator"):
        with pytest.raises(NotFound):
            protections.lift_protection(
                cast.actor(other, confirmed=True), cast["amara"], held, "Let me see"
            )
    # Somebody named who is in no circle any more has nothing to lift.
    with pytest.raises(NotFound):
        protections.lift_protection(
            cast.actor(LEAD, confirmed=True), cast["jude"], held, "Another's"
        )
    protections.lift_protection(
        cast.actor(LEAD, confirmed=True), cast["amara"], held, "He is in prison"
    )
    assert look(cast, "pastoral").addresses


def test_a_protected_person_s_plans_and_circle_stay(cast: Cast) -> None:
    plans.set(cast.actor(LEAD), cast["amara"], "child protection")
    involvements.add(
        cast.system, cast["amara"], agency_id=cast["force"], practitioner_id=cast["police"],
        role="Officer",
    )  # fmt: skip
    protect(cast, LEAD, LEAD)
    child = look(cast, "police")
    assert [plan.kind for plan in child.plans] == ["child protection"]
    assert child.circle


def test_what_was_typed_is_kept_sealed_and_every_act_leaves_its_row(cast: Cast) -> None:
    protect(cast, LEAD, LEAD)
    restrict(cast, LEAD, LEAD)
    with pytest.raises(NotFound):
        restrict(cast, "pastoral", "pastoral")
    protections.lift_restriction(cast.actor(LEAD, confirmed=True), cast["amara"], "Over")
    store = cast.authority.store
    rows = store.query(
        """SELECT e.action, e.verdict, e.reason, e.words_id FROM audit_events e
        WHERE e.action IN ('person:restricted', 'person:protected') ORDER BY e.at"""
    )
    assert [(row["action"], row["verdict"]) for row in rows] == [
        ("person:protected", "allowed"),
        ("person:restricted", "allowed"),
        ("person:restricted", "refused"),
        ("person:restricted", "allowed"),
    ]
    words = cast.authority.vault.open(store, [row["words_id"] for row in rows if row["words_id"]])
    assert sorted(words.values()) == ["An adoption", "Her father, who has threatened her", "Over"]
