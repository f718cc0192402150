"""Agencies, practitioners, roles, covers, and leaving."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from api import moment
from api.errors import ConfirmFirst, Conflict, Invalid, NotAllowed, NotFound
from api.record import involvements, people
from api.staff import agencies, covers, devices, invitations, practitioners, subscriptions
from api.staff.passkeys import Waiting
from tests.cast import Cast
from tests.phones import approved, invited, refusals, wait

NOBODY = "0193e6a0-0000-7000-8000-000000000009"


def today(cast: Cast, plus: int = 0) -> str:
    day: date = moment.day(cast.authority.store.now())
    return (day + timedelta(days=plus)).isoformat()


def mine(cast: Cast, who: str) -> set[str]:
    return {child.brief.first_name for child in people.mine(cast.actor(who))}


# --- Agencies ----------------------------------------------------------------------------------------


def test_an_administrator_adds_an_agency(cast: Cast) -> None:
    administrator = cast.actor("administrator")
    made = agencies.add(administrator, " Westhaven  Homes ", "housing", phone="01632 960300")
    team = agencies.add_team(administrator, made, "Tenancy team", phone="01632 960301")
    found = next(one for one in agencies.list_agencies(administrator) if one.id == made)
    assert (found.name, found.kind_label, found.sensitive) == ("Westhaven Homes", "Housing", False)
    assert [one.id for one in agencies.list_teams(administrator, made)] == [team]


def test_only_an_administrator_does(cast: Cast) -> None:
    for who in ("supervisor", "social_worker", "governance", "reporter"):
        with pytest.raises(NotAllowed):
            agencies.add(cast.actor(who), "New", "housing", phone="")
        with pytest.raises(NotAllowed):
            agencies.add_team(cast.actor(who), cast["care"], "New")
    assert refusals(cast) == ["no role for it"] * 8


@pytest.mark.parametrize(
    ("name", "kind", "field"),
    [
        ("", "housing", "name"),
        ("   ", "housing", "name"),
        ("x" * 201, "housing", "name"),
        ("bell \x07", "housing", "name"),
        ("Homes", "castle", "kind"),
        ("Westhaven Police", "police", "name"),
    ],
)
def test_an_agency_that_cannot_be(cast: Cast, name: str, kind: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        agencies.add(cast.system, name, kind, phone="")
    assert refused.value.field == field


def test_a_team_needs_an_agency(cast: Cast) -> None:
    with pytest.raises(NotFound):
        agencies.add_team(cast.system, NOBODY, "Team")


# --- Joining and roles ---------------------------------------------------------------------------------


def test_a_supervisor_adds_to_their_own_team(cast: Cast) -> None:
    supervisor = cast.actor("supervisor")
    new = practitioners.join(
        supervisor, agency_id=cast["care"], team_id=cast["north"], name="Nia Poe", job="Student"
    )
    assert "Nia Poe" in [one.name for one in practitioners.team(supervisor)]
    found = practitioners.one(supervisor, new)
    assert [(role.role, role.scope) for role in found.roles] == [("practitioner", "agency")]
    for agency, team in (("care", "front door"), ("school", "pastoral team"), ("care", None)):
        with pytest.raises(NotAllowed):
            practitioners.join(
                supervisor,
                agency_id=cast[agency],
                team_id=cast[team] if team else None,
                name="Nia Poe",
                job="Student",
            )


@pytest.mark.parametrize(
    "role", ["supervisor", "approver", "administrator", "governance lead", "data steward"]
)
def test_a_supervisor_makes_nobody_more_than_they_decide_about(cast: Cast, role: str) -> None:
    supervisor = cast.actor("supervisor", confirmed=True)
    with pytest.raises(NotAllowed):
        practitioners.join(
            supervisor,
            agency_id=cast["care"],
            team_id=cast["north"],
            name="Nia Poe",
            job="Student",
            roles=[role],
        )
    with pytest.raises(NotAllowed):
        practitioners.grant(
            supervisor, cast["colleague"], role, "team" if role == "supervisor" else "agency", cast["north"]
        )  # fmt: skip
    assert "Nia Poe" not in [one.name for one in practitioners.team(supervisor)]


def test_an_agency_s_administrator_stays_in_their_agency(cast: Cast) -> None:
    practitioners.grant(
        cast.system, cast["safeguarding"], "administrator", "agency", cast["school"]
    )
    local = cast.actor("safeguarding", confirmed=True)
    assert "Pat Osei" in [one.name for one in practitioners.of_agency(local, cast["school"])]
    invitations.make(local, cast["pastoral"])
    for act in (
        lambda: practitioners.of_agency(local, cast["care"]),
        lambda: invitations.make(local, cast["social_worker"]),
        lambda: practitioners.grant(
            local, cast["safeguarding"], "administrator", "authority", "authority"
        ),
        lambda: agencies.add(local, "New", "school", phone=""),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_roles_begin_and_end(cast: Cast) -> None:
    administrator = cast.actor("administrator", confirmed=True)
    practitioners.grant(administrator, cast["duty"], "approver", "authority", "authority")
    practitioners.grant(administrator, cast["duty"], "approver", "authority", "authority")
    held = [role.role for role in practitioners.me(cast.actor("duty")).roles]
    assert held == ["practitioner", "approver"]
    practitioners.end_role(administrator, cast["duty"], "approver", "authority", "authority")
    assert not cast.actor("duty").has("approver")


@pytest.mark.parametrize(
    ("role", "scope"), [("wizard", "agency"), ("approver", "world"), ("supervisor", "agency")]
)
def test_a_role_that_is_none(cast: Cast, role: str, scope: str) -> None:
    with pytest.raises(Invalid):
        practitioners.grant(cast.system, cast["duty"], role, scope, cast["care"])


@pytest.mark.parametrize("scope", ["authority", "agency", "team", "source"])
def test_a_role_covers_what_is_there(cast: Cast, scope: str) -> None:
    for nothing in (NOBODY, "authority" if scope != "authority" else "agency"):
        with pytest.raises(Invalid) as refused:
            practitioners.grant(cast.system, cast["duty"], "approver", scope, nothing)
        assert refused.value.field == "scope"


def test_joining_checks_what_is_typed(cast: Cast) -> None:
    def join(**changes: object) -> None:
        given = {"agency_id": cast["care"], "name": "Nia Poe", "job": "Student", **changes}
        practitioners.join(cast.system, **given)  # type: ignore[arg-type]

    for field, changes in (
        ("name", {"name": ""}),
        ("job", {"job": " "}),
        ("team_id", {"team_id": cast["pastoral team"]}),
        ("team_id", {"team_id": NOBODY}),
        ("team_id", {"roles": ["supervisor"]}),
        ("staff_number", {"staff_number": "W000"}),
        ("role", {"roles": ["wizard"]}),
    ):
        with pytest.raises(Invalid) as refused:
            join(**changes)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        join(agency_id=NOBODY)


# --- Covers ----------------------------------------------------------------------------------------


def test_a_cover_lends_sight_until_its_end(cast: Cast) -> None:
    assert mine(cast, "colleague") == set()
    covers.add(
        cast.actor("social_worker"),
        cast["social_worker"],
        cast["colleague"],
        today(cast),
        today(cast, 2),
    )
    assert "Amara" in mine(cast, "colleague")
    wait(cast, days=1)
    assert "Amara" in mine(cast, "colleague")
    wait(cast, days=1)
    assert mine(cast, "colleague") == set()


def test_a_cover_begins_on_its_day(cast: Cast) -> None:
    covers.add(
        cast.system, cast["social_worker"], cast["colleague"], today(cast, 1), today(cast, 3)
    )
    assert mine(cast, "colleague") == set()
    assert [one.covering for one in covers.mine(cast.actor("social_worker"))] == ["Kit Alder"]
    wait(cast, days=1)
    assert "Amara" in mine(cast, "colleague")


def test_ending_a_cover(cast: Cast) -> None:
    def cover() -> str:
        return covers.add(
            cast.system, cast["social_worker"], cast["colleague"], today(cast), today(cast, 9)
        )

    for who in ("social_worker", "colleague", "supervisor", "administrator"):
        made = cover()
        with pytest.raises(NotFound):  # as if there were none: it may be within a sealed service
            covers.end(cast.actor("pastoral"), made)
        covers.end(cast.actor(who), made)
        assert mine(cast, "colleague") == set()
        with pytest.raises(NotFound):
            covers.end(cast.actor(who), made)


def test_who_arranges_a_cover(cast: Cast) -> None:
    days = today(cast), today(cast, 2)
    for who in ("colleague", "duty_supervisor", "pastoral"):
        with pytest.raises(NotAllowed):
            covers.add(cast.actor(who), cast["social_worker"], cast["colleague"], *days)
    covers.add(cast.actor("supervisor"), cast["social_worker"], cast["colleague"], *days)


def test_a_cover_that_cannot_be(cast: Cast) -> None:
    actor = cast.actor("social_worker")
    me, colleague = cast["social_worker"], cast["colleague"]
    covers.add(actor, me, colleague, today(cast, 10), today(cast, 11))
    for field, arguments in (
        ("ends_on", (me, colleague, today(cast), today(cast))),
        ("ends_on", (me, colleague, today(cast, -9), today(cast))),
        ("ends_on", (me, colleague, today(cast), today(cast, 400))),
        ("starts_on", (me, colleague, "31/12/2026", today(cast, 9))),
        ("covering_id", (me, me, today(cast), today(cast, 2))),
        ("covering_id", (me, colleague, today(cast, 9), today(cast, 20))),
        ("covering_id", (me, cast["pastoral"], today(cast), today(cast, 2))),
    ):
        with pytest.raises(Invalid) as refused:
            covers.add(actor, *arguments)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        covers.add(actor, me, NOBODY, today(cast), today(cast, 2))


# --- Leaving -----------------------------------------------------------------------------------------


def test_leaving_takes_everything_at_once(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    actor = phone.signed_in()
    subscriptions.subscribe(actor, "https://push.example/1", "key", "secret")
    waiting = phone.another().sign_in()
    assert isinstance(waiting, Waiting)
    token = invited(cast, "social_worker")
    covers.add(cast.system, cast["social_worker"], cast["colleague"], today(cast), today(cast, 9))
    practitioners.leave(cast.actor("supervisor", confirmed=True), cast["social_worker"])

    assert phone.actor() is None
    with pytest.raises(NotAllowed, match="does not work any more"):
        phone.sign_in()
    with pytest.raises(NotFound):
        invitations.find(cast.authority, token)
    with pytest.raises(Conflict):
        devices.approve(cast.system, waiting.enrolment_id, "command line")
    assert mine(cast, "colleague") == set()
    assert not cast.authority.store.query(
        "SELECT id FROM push_subscriptions WHERE dropped_at IS NULL"
    )
    # Whoever still holds an actor from before sees nothing either.
    with pytest.raises(NotFound):
        people.look(actor, cast["amara"])
    states = [one.state for one in devices.of(cast.actor("administrator"), cast["social_worker"])]
    assert set(states) == {"revoked"}
    with pytest.raises(Conflict):
        invitations.make(cast.system, cast["social_worker"])
    with pytest.raises(Invalid):
        practitioners.grant(
            cast.system, cast["social_worker"], "practitioner", "agency", cast["care"]
        )


def test_whom_they_supported_passes_to_the_supervisor(cast: Cast) -> None:
    assert mine(cast, "supervisor") == set()
    practitioners.leave(cast.actor("supervisor", confirmed=True), cast["social_worker"])
    assert mine(cast, "supervisor") == {"Amara", "Jude", "Rhea", "Noor"}
    circle = people.look(cast.actor("supervisor"), cast["amara"]).circle
    [lead] = [line for line in circle if line.lead]
    assert lead.practitioner_id == cast["supervisor"]
    kept = cast.authority.store.query(
        "SELECT id FROM involvements WHERE practitioner_id = :id AND replaced_by IS NOT NULL",
        id=cast["social_worker"],
    )
    assert len(kept) == 4
    [event] = cast.authority.store.query(
        "SELECT kind, practitioner_id FROM outbox WHERE kind = 'left'"
    )
    assert event["practitioner_id"] == cast["social_worker"]


def test_what_they_only_asked_for_passes_to_nobody(cast: Cast) -> None:
    people.give_purpose(cast.actor("colleague"), cast["lily"], "welfare")
    involvements.ask(cast.actor("colleague"), cast["lily"], "Social worker")
    practitioners.leave(cast.system, cast["colleague"])
    assert mine(cast, "supervisor") == set()


def test_without_a_supervisor_it_stays_with_the_agency(cast: Cast) -> None:
    practitioners.end_role(cast.system, cast["supervisor"], "supervisor", "team", cast["north"])
    practitioners.leave(cast.system, cast["duty_supervisor"])
    practitioners.leave(cast.system, cast["social_worker"])
    rows = cast.authority.store.query(
        """SELECT practitioner_id, lead FROM live_involvements
        WHERE identity_id = :id AND agency_id = :care""",
        id=cast["amara"],
        care=cast["care"],
    )
    assert rows == [{"practitioner_id": None, "lead": 0}]


def test_a_supervisor_who_leaves_passes_to_another_of_the_agency(cast: Cast) -> None:
    practitioners.leave(cast.system, cast["social_worker"])
    practitioners.leave(cast.system, cast["supervisor"])
    assert mine(cast, "duty_supervisor") == {"Amara", "Jude", "Rhea", "Noor"}


def test_who_records_that_someone_left(cast: Cast) -> None:
    for who in ("colleague", "duty_supervisor", "pastoral", "governance"):
        with pytest.raises(NotAllowed):
            practitioners.leave(cast.actor(who, confirmed=True), cast["social_worker"])
    with pytest.raises(NotAllowed, match="their own leaving"):
        practitioners.leave(cast.actor("supervisor", confirmed=True), cast["supervisor"])
    unconfirmed = replace(cast.actor("supervisor"), confirmed_at=None)
    with pytest.raises(ConfirmFirst):
        practitioners.leave(unconfirmed, cast["social_worker"])
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["social_worker"])
    with pytest.raises(Conflict):
        practitioners.leave(cast.actor("administrator", confirmed=True), cast["social_worker"])


def test_lists_of_staff_are_for_those_who_run_them(cast: Cast) -> None:
    assert practitioners.team(cast.actor("colleague")) == []
    names = [one.name for one in practitioners.team(cast.actor("supervisor"))]
    assert names == ["Jo Marsh", "Kit Alder"]
    with pytest.raises(NotAllowed):
        practitioners.of_agency(cast.actor("supervisor"), cast["care"])
    with pytest.raises(NotAllowed):
        practitioners.one(cast.actor("colleague"), cast["social_worker"])
    chosen = [one.name for one in practitioners.colleagues(cast.actor("pastoral"))]
    assert "Ros Imrie" in chosen
    assert "Jo Marsh" not in chosen
