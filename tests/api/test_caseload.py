"""Caseloads: what leaves the building with a device, to the last key, and what must not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api import moment
from api.errors import NotAllowed, NotFound
from api.record import caseload, conflicts, involvements, people, protections
from api.record.people import NewPerson
from api.staff import covers, devices, practitioners
from api.store import Tx
from api.trust import p256, sealing
from api.trust.actor import Actor
from tests.cast import STAFF, Cast, years
from tests.trail import last_event

JO = {"name": "Jo Marsh", "phone": "07700 900100"}
HANA = {"name": "Hana Vale", "phone": "07700 900107"}
PAT = {"name": "Pat Osei", "phone": "07700 900105"}


def handed(actor: Actor) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(caseload.hand_out(actor).text)
    return found


def people_of(actor: Actor) -> dict[str, dict[str, Any]]:
    return {person["name"]: person for person in handed(actor)["people"]}


def cover_for(cast: Cast, covered: str, covering: str, *, days: int = 2) -> str:
    today = datetime.now(UTC).date()
    return covers.add(
        cast.actor(covered),
        cast[covered],
        cast[covering],
        today.isoformat(),
        (today + timedelta(days=days)).isoformat(),
    )


def line_of(cast: Cast, person: str, who: str) -> str:
    circle = people.look(cast.actor("social_worker"), cast[person]).circle
    return next(line.id for line in circle if line.practitioner_id == cast[who])


def involve(cast: Cast, person: str, who: str, *, lead: bool = False) -> str:
    return involvements.add(
        cast.system,
        person,
        agency_id=cast[STAFF[who][0]],
        practitioner_id=cast[who],
        role="Worker",
        lead=lead,
    )


def test_it_holds_names_ages_and_numbers_the_lead_first(cast: Cast) -> None:
    actor = cast.actor("social_worker")
    held = handed(actor)
    assert set(held) == {"enrolment", "author", "made", "expires", "people"}
    assert (held["enrolment"], held["author"]) == (actor.enrolment_id, cast["social_worker"])
    assert [person["name"] for person in held["people"]] == [
        "Amara Okafor",
        "Jude Okafor",
        "Noor Khan",
        "Rhea Stone",
    ]
    amara = held["people"][0]
    assert set(amara) == {"id", "name", "age", "circle"}
    assert (amara["id"], amara["age"]) == (cast["amara"], years("amara"))
    assert amara["circle"][0] == JO
    assert sorted(amara["circle"], key=str) == sorted([JO, HANA, PAT], key=str)
    assert {frozenset(line) for person in held["people"] for line in person["circle"]} == {
        frozenset({"name", "phone"})
    }


def test_it_holds_nothing_else_that_is_known(cast: Cast) -> None:
    child = people.add(
        cast.system,
        NewPerson(
            "Wren", "Vole", "2018-02-03", gender="female", nhs="9434765919",
            address="77 Canary Wharf Lane", postcode="ZZ19 9ZZ",
        ),
    )  # fmt: skip
    involve(cast, child, "social_worker", lead=True)
    involvements.add(
        cast.system, child, agency_id=cast["school"], role="Canary pupil", kind="universal"
    )
    cast.ids["wren"] = child
    cast.worry("social_worker", "wren", saw="canary song", thinks="canary fear", whose="Canary")
    given = caseload.hand_out(cast.actor("social_worker")).text
    assert "Wren Vole" in given
    for canary in ("anary", "ZZ19", "9434765919", "2018-02-03", "female", "Bede", "01632", "@"):
        assert canary not in given


def test_it_lasts_seven_days(cast: Cast) -> None:
    held = handed(cast.actor("social_worker"))
    made, expires = moment.parse(held["made"]), moment.parse(held["expires"])
    assert expires - made == timedelta(days=7)
    assert abs(made - datetime.now(UTC)) < timedelta(minutes=1)


def test_its_signature_is_the_authoritys_and_of_every_letter(cast: Cast) -> None:
    given = caseload.hand_out(cast.actor("social_worker"))
    key = sealing.verify_key(cast.authority)
    assert p256.verify(key, given.signature, f"inkling caseload 1\n{given.text}".encode())
    changed = given.text.replace('"expires":"2', '"expires":"3')
    assert not p256.verify(key, given.signature, f"inkling caseload 1\n{changed}".encode())


def test_it_is_a_look_at_everybody_in_it(cast: Cast) -> None:
    actor = cast.actor("social_worker")
    caseload.hand_out(actor)
    row = last_event(cast, "caseload:handed-out")
    assert (row["actor"], row["verdict"]) == (cast["social_worker"], "allowed")
    assert row["enrolment_id"] == row["object"] == actor.enrolment_id
    assert row["subjects"] == sorted(cast[name] for name in ("amara", "jude", "noor", "rhea"))


def test_whoever_is_restricted_is_left_out_for_those_named_too(cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Sensitive",
        [cast["social_worker"]],
    )
    actor = cast.actor("social_worker")
    assert "Amara Okafor" in {one.brief.name for one in people.mine(actor)}
    given = caseload.hand_out(actor).text
    assert "Amara" not in given
    assert cast["amara"] not in given
    assert cast["amara"] not in last_event(cast, "caseload:handed-out")["subjects"]
    assert "Amara Okafor" not in people_of(cast.actor("pastoral"))


def test_a_baby_is_not_called_after_a_restricted_mother(cast: Cast) -> None:
    baby = people.add(cast.system, NewPerson(expected_on="2027-01-05", mother_id=cast["kemi"]))
    involve(cast, baby, "social_worker", lead=True)
    involve(cast, cast["kemi"], "social_worker", lead=True)
    actor = cast.actor("social_worker", confirmed=True)
    assert people_of(actor)["Unborn baby of Kemi Okafor"]["age"] == "due 5 January 2027"
    protections.restrict(actor, cast["kemi"], "Sensitive", [cast["social_worker"]])
    given = caseload.hand_out(actor).text
    assert "Unborn baby (not yet named)" in given
    assert "Kemi" not in given


@pytest.mark.parametrize("named", ["social_worker", "supervisor"])
def test_nobody_is_rung_for_a_child_whose_location_is_protected(cast: Cast, named: str) -> None:
    actor = cast.actor("social_worker")
    far = NewPerson("Ina", "Moss", "2017-07-07", address="2 Quayside", postcode="ZZ2 2ZZ")
    involve(cast, people.add(cast.system, far), "social_worker", lead=True)
    protections.protect(actor, cast["amara"], "Her father", [cast[named]])
    found = people_of(actor)
    assert found["Amara Okafor"]["circle"] == []
    assert found["Noor Khan"]["circle"] == []  # who has the same address
    assert found["Ina Moss"]["circle"]
    (held,) = protections.of(cast.actor(named), cast["amara"])
    protections.lift_protection(
        cast.actor(named, confirmed=True), cast["amara"], held.id, "He was found."
    )
    assert people_of(actor)["Amara Okafor"]["circle"]


@pytest.mark.parametrize("who", ["social_worker", "sealed"])
def test_a_sealed_service_stands_in_no_circle_not_in_its_own_either(cast: Cast, who: str) -> None:
    actor = cast.actor(who)
    given = caseload.hand_out(actor).text
    assert "Amara Okafor" in given
    assert "Sil Brook" not in given
    assert "Harbour" not in given


def test_who_has_ended_or_only_asks_is_not_there(cast: Cast) -> None:
    actor = cast.actor("social_worker")
    involvements.end(actor, line_of(cast, "amara", "health_visitor"))
    people.give_purpose(cast.actor("colleague"), cast["amara"], "enquiry")
    involvements.ask(cast.actor("colleague"), cast["amara"], "Family support worker")
    found = people_of(actor)["Amara Okafor"]["circle"]
    assert [line["name"] for line in found] == ["Jo Marsh", "Pat Osei"]
    assert "Amara Okafor" not in people_of(cast.actor("health_visitor"))
    assert people_of(cast.actor("colleague")) == {}


def test_who_left_is_not_rung(cast: Cast) -> None:
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["pastoral"])
    found = people_of(cast.actor("social_worker"))["Amara Okafor"]["circle"]
    assert PAT not in found
    assert JO in found


def test_who_covers_has_the_children_and_stands_in_their_circles(cast: Cast) -> None:
    assert people_of(cast.actor("colleague")) == {}
    cover_id = cover_for(cast, "social_worker", "colleague")
    found = people_of(cast.actor("colleague"))
    assert set(found) == {"Amara Okafor", "Jude Okafor", "Noor Khan", "Rhea Stone"}
    assert found["Jude Okafor"]["circle"] == [
        JO,
        {"name": "Kit Alder, covers for Jo Marsh", "phone": "07700 900101"},
    ]
    covers.end(cast.actor("social_worker"), cover_id)
    assert people_of(cast.actor("colleague")) == {}


def test_who_was_taken_on_for_three_days_is_not_carried_for_seven(cast: Cast) -> None:
    people.take_on(cast.actor("duty"), cast["lily"], "Call from a neighbour.")
    assert people_of(cast.actor("duty")) == {}


def test_supervising_or_teaching_a_child_puts_nobody_into_a_caseload(cast: Cast) -> None:
    for who in ("supervisor", "safeguarding", "governance", "reporter"):
        assert people_of(cast.actor(who)) == {}
    assert set(people_of(cast.actor("pastoral"))) == {"Amara Okafor"}


def test_a_declared_conflict_closes_it(cast: Cast) -> None:
    conflicts.declare(cast.actor("pastoral"), cast["amara"], "She is my niece.")
    assert people_of(cast.actor("pastoral")) == {}


def test_only_an_approved_device_is_handed_one(cast: Cast) -> None:
    actor = cast.actor("social_worker")
    other = cast.actor("pastoral")
    for wrong in (None, other.enrolment_id, moment.new_id()):
        with pytest.raises(NotAllowed, match="Only an approved device"):
            caseload.hand_out(replace(actor, enrolment_id=wrong))
    assert actor.enrolment_id
    devices.revoke(cast.actor("social_worker", confirmed=True), actor.enrolment_id)
    with pytest.raises(NotAllowed):
        caseload.hand_out(actor)
    row = last_event(cast, "caseload:handed-out")
    assert (row["verdict"], row["reason"], row["subjects"]) == ("refused", "not approved", [])


def test_who_has_left_is_handed_nothing(cast: Cast) -> None:
    actor = cast.actor("pastoral")
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["pastoral"])
    with pytest.raises((NotAllowed, NotFound)):
        caseload.hand_out(actor)


def queries_for(cast: Cast, actor: Actor) -> int:
    """How many statements a caseload is read with."""
    count = 0

    def counting(tx: Tx) -> Tx:
        def run(sql: str, params: Mapping[str, Any]) -> Any:
            nonlocal count
            count += 1
            return read(sql, params)

        read = tx.run
        return replace(tx, run=run)

    look = cast.authority.store.look
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cast.authority.store, "look", lambda fn: look(lambda tx: fn(counting(tx))))
        caseload.hand_out(actor)
    return count


def test_thirty_children_are_read_with_as_many_queries_as_one(cast: Cast) -> None:
    actor = cast.actor("pastoral")
    few = queries_for(cast, actor)
    for n in range(29):
        child = people.add(cast.system, NewPerson(f"Child{n}", "Grove", "2016-01-01"))
        for who in ("social_worker", "pastoral", "health_visitor"):
            involve(cast, child, who)
    assert queries_for(cast, actor) == few
    assert few < 15
    assert len(people_of(actor)) == 30
