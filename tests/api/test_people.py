"""People and involvements through the core: who sees whom, joins whom, and leaves which trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.access import Sight
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.record import involvements, people
from api.record.people import NewPerson
from api.staff import covers
from tests.cast import Cast


def _later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def _trail(cast: Cast, who: str) -> list[tuple[str, str, str]]:
    rows = cast.authority.store.query(
        "SELECT action, verdict, reason FROM audit_events WHERE actor = :who ORDER BY at, id",
        who=cast[who],
    )
    return [(row["action"], row["verdict"], row["reason"]) for row in rows]


def test_a_childs_page_opens_on_who_supports_them_the_lead_first(cast: Cast) -> None:
    child = people.look(cast.actor("pastoral"), cast["amara"])
    assert child.sight is Sight.CIRCLE
    assert [line.name for line in child.circle if line.active] == [
        "Jo Marsh",
        "Hana Vale",
        "Pat Osei",
    ]
    lead = child.circle[0]
    assert (lead.lead, lead.role, lead.agency) == (
        True,
        "Social worker",
        "Westhaven Children's Social Care",
    )
    assert lead.phone.startswith("07700 900")
    assert lead.source
    assert child.brief.school == "St Bede's Primary School"


def test_the_sealed_are_seen_by_themselves_and_their_supervisor_only(cast: Cast) -> None:
    def lines(viewer: str) -> set[str]:
        return {line.name for line in people.look(cast.actor(viewer), cast["amara"]).circle}

    assert "Sil Brook" in lines("sealed")
    assert "Sil Brook" in lines("sealed_supervisor")
    for viewer in ("social_worker", "pastoral", "supervisor", "safeguarding"):
        assert "Sil Brook" not in lines(viewer)


def test_an_outsider_sees_the_directory_after_a_purpose_for_the_shift(cast: Cast) -> None:
    outsider = cast.actor("outsider")
    before = people.look(outsider, cast["amara"])
    assert (before.sight, list(before.circle), before.brief.born_on) == (Sight.OUTSIDE, [], None)
    assert before.brief.age == "born 2019"
    assert "give purpose" in before.may
    people.give_purpose(outsider, cast["amara"], "welfare")
    child = people.look(outsider, cast["amara"])
    assert child.sight is Sight.DIRECTORY
    assert "Jo Marsh" in {line.name for line in child.circle}
    assert child.notes is None
    _later(cast, hours=11)
    assert people.look(cast.actor("outsider"), cast["amara"]).sight is Sight.OUTSIDE


def test_a_purpose_must_be_one_of_the_authoritys(cast: Cast) -> None:
    with pytest.raises(Invalid):
        people.give_purpose(cast.actor("outsider"), cast["amara"], "curiosity")


def test_universal_involvement_gives_the_directory_and_no_notes(cast: Cast) -> None:
    cast.worry("social_worker", "amara")
    child = people.look(cast.actor("pastoral"), cast["lily"])
    assert (child.sight, child.reason, child.notes) == (Sight.DIRECTORY, "universal", None)


def test_a_schools_safeguarding_lead_sees_its_pupils(cast: Cast) -> None:
    assert people.look(cast.actor("safeguarding"), cast["lily"]).sight is Sight.CIRCLE
    assert people.look(cast.actor("safeguarding"), cast["jude"]).sight is Sight.OUTSIDE


def test_pupils_have_their_own_list_and_do_not_crowd_home(cast: Cast) -> None:
    pastoral = cast.actor("pastoral")
    assert [child.brief.name for child in people.mine(pastoral)] == ["Amara Okafor"]
    listed = people.universal(pastoral)
    assert [brief.name for brief in listed.people] == ["Lily Hart", "Noor Khan", "Amara Okafor"]
    assert [brief.name for brief in people.universal(pastoral, starts_with="oka").people] == [
        "Amara Okafor"
    ]
    assert people.universal(cast.actor("social_worker")).total == 0


def test_duty_takes_a_person_on_for_72_hours_and_nobody_else_can(cast: Cast) -> None:
    people.take_on(cast.actor("duty"), cast["lily"], "Call from a neighbour.")
    assert people.look(cast.actor("duty"), cast["lily"]).sight is Sight.CIRCLE
    with pytest.raises(NotAllowed):
        people.take_on(cast.actor("police"), cast["lily"], "I would like to.")
    with pytest.raises(Invalid):
        people.take_on(cast.actor("duty"), cast["lily"], "  ")
    _later(cast, hours=73)
    assert people.look(cast.actor("duty"), cast["lily"]).sight is Sight.OUTSIDE


def test_cover_sees_the_same_until_it_ends(cast: Cast) -> None:
    today = datetime.now(UTC).date()
    covers.add(
        cast.actor("supervisor"),
        cast["social_worker"],
        cast["colleague"],
        today.isoformat(),
        (today + timedelta(days=2)).isoformat(),
    )
    child = people.look(cast.actor("colleague"), cast["jude"])
    assert (child.sight, child.reason) == (Sight.CIRCLE, "covering")
    assert child.circle[0].covered_by == "Kit Alder"
    _later(cast, days=3)
    assert people.look(cast.actor("colleague"), cast["jude"]).sight is Sight.OUTSIDE


def test_asking_to_join_opens_the_circle_only_once_accepted(cast: Cast) -> None:
    police = cast.actor("police")
    people.give_purpose(police, cast["amara"], "enquiry")
    involvements.ask(police, cast["amara"], "Missing episodes officer")
    with pytest.raises(Conflict):
        involvements.ask(police, cast["amara"], "Missing episodes officer")
    assert people.look(police, cast["amara"]).sight is Sight.DIRECTORY
    assert people.look(cast.actor("pastoral"), cast["amara"]).waiting == ()
    [waiting] = people.look(cast.actor("social_worker"), cast["amara"]).waiting
    with pytest.raises(NotAllowed):
        involvements.accept(cast.actor("pastoral"), waiting.id)
    involvements.accept(cast.actor("social_worker"), waiting.id)
    assert people.look(police, cast["amara"]).sight is Sight.CIRCLE


def test_declining_leaves_them_outside(cast: Cast) -> None:
    people.give_purpose(cast.actor("police"), cast["amara"], "enquiry")
    involvements.ask(cast.actor("police"), cast["amara"], "Officer")
    [waiting] = people.look(cast.actor("supervisor"), cast["amara"]).waiting
    involvements.decline(cast.actor("supervisor"), waiting.id)
    assert people.look(cast.actor("supervisor"), cast["amara"]).waiting == []


def test_someone_in_the_circle_cannot_admit_a_friend(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        involvements.add(
            cast.actor("pastoral"),
            cast["amara"],
            agency_id=cast["force"],
            practitioner_id=cast["outsider"],
            role="Friend",
        )


def test_a_supervisor_admits_their_own_worker(cast: Cast) -> None:
    involvements.add(
        cast.actor("supervisor"),
        cast["lily"],
        agency_id=cast["care"],
        practitioner_id=cast["colleague"],
        role="Social worker",
        lead=True,
    )
    assert people.look(cast.actor("colleague"), cast["lily"]).circle[0].lead


def test_the_lead_passes_on_and_there_is_one_lead(cast: Cast) -> None:
    lead = cast.actor("social_worker")
    line = next(x for x in people.look(lead, cast["amara"]).circle if x.name == "Hana Vale")
    involvements.make_lead(lead, line.id)
    leads = [x.name for x in people.look(lead, cast["amara"]).circle if x.lead]
    assert leads == ["Hana Vale"]


def test_an_ended_involvement_moves_to_before_and_closes_the_circle(cast: Cast) -> None:
    line = next(
        x for x in people.look(cast.actor("pastoral"), cast["amara"]).circle if x.name == "Pat Osei"
    )
    involvements.end(cast.actor("pastoral"), line.id)
    child = people.look(cast.actor("social_worker"), cast["amara"])
    assert "Pat Osei" not in [x.name for x in child.circle]
    assert "Pat Osei" in [x.name for x in child.others]
    assert people.look(cast.actor("pastoral"), cast["amara"]).sight is Sight.DIRECTORY


def test_confirming_a_line_says_who_and_keeps_the_old_row(cast: Cast) -> None:
    line = people.look(cast.actor("pastoral"), cast["amara"]).circle[0]
    involvements.confirm(cast.actor("health_visitor"), line.id)
    confirmed = people.look(cast.actor("pastoral"), cast["amara"]).circle[0]
    assert (confirmed.name, confirmed.confirmed_by) == ("Jo Marsh", "Hana Vale")
    kept = cast.authority.store.one(
        "SELECT replaced_by FROM involvements WHERE id = :id", id=line.id
    )
    assert kept == {"replaced_by": confirmed.id}


@pytest.mark.parametrize("who", ["reporter", "governance", "administrator", "steward"])
def test_roles_without_families_see_no_record(cast: Cast, who: str) -> None:
    with pytest.raises(NotFound):
        people.look(cast.actor(who), cast["amara"])
    assert people.mine(cast.actor(who)) == []
    assert ("person:looked", "refused", "no working role") in _trail(cast, who)


def test_every_look_leaves_who_whom_and_why(cast: Cast) -> None:
    people.look(cast.actor("pastoral"), cast["amara"])
    assert _trail(cast, "pastoral")[-1] == ("person:looked", "allowed", "in the circle")
    shown = cast.authority.store.query(
        """SELECT s.person_id FROM audit_subjects s JOIN audit_events e ON e.id = s.event_id
        WHERE e.actor = :who AND e.action = 'person:looked'""",
        who=cast["pastoral"],
    )
    assert cast["amara"] in [row["person_id"] for row in shown]


def test_unknown_and_malformed_ids_do_not_exist(cast: Cast) -> None:
    for id in ("0193e6a0-0000-7000-8000-00000000dead", "x", "", "' OR 1=1 --", "😀"):
        with pytest.raises(NotFound):
            people.look(cast.actor("social_worker"), id)


def test_unborn_and_unnamed_babies_are_named_after_their_mother(cast: Cast) -> None:
    worker = cast.actor("social_worker")
    involvements.add(
        cast.system,
        cast["kemi"],
        agency_id=cast["care"],
        practitioner_id=cast["social_worker"],
        role="Social worker",
    )
    due = people.add(worker, NewPerson(expected_on="2027-05-01", mother_id=cast["kemi"]))
    assert people.brief(worker, due).name == "Unborn baby of Kemi Okafor"


@pytest.mark.parametrize(
    ("field", "person"),
    [
        ("first", NewPerson()),
        ("born_on", NewPerson("A", "B", "2026-13-01")),
        ("born_on", NewPerson("A", "B", "0001-01-01")),
        ("first", NewPerson("x" * 201)),
    ],
)
def test_a_person_who_cannot_be_added_names_the_field(
    cast: Cast, field: str, person: NewPerson
) -> None:
    with pytest.raises(Invalid) as error:
        people.add(cast.actor("social_worker"), person)
    assert error.value.field == field


def test_a_line_says_who_said_so(cast: Cast) -> None:
    lead = cast.actor("social_worker")
    involvements.add(lead, cast["amara"], agency_id=cast["force"], role="Neighbourhood team")
    said = {line.agency: line.source for line in people.look(lead, cast["amara"]).circle}
    assert said["Westhaven Police"] == "Jo Marsh, Westhaven Children's Social Care"
    assert "Harbour" not in str(said)


def test_who_must_not_be_known_confirms_nothing_that_others_see(cast: Cast) -> None:
    line = people.look(cast.actor("sealed"), cast["amara"]).circle[0]
    with pytest.raises(NotAllowed):
        involvements.confirm(cast.actor("sealed"), line.id)
    involvements.confirm(cast.actor("pastoral"), line.id)
    (lead,) = [x for x in people.look(cast.actor("sealed"), cast["amara"]).circle if x.lead]
    assert lead.confirmed_by == "Pat Osei"


def test_who_only_reports_chooses_among_those_they_named(cast: Cast) -> None:
    reporter = cast.actor("reporter")
    assert people.choices(reporter) == []
    for first in ("Amara", "Bo", "Amara"):
        people.add(reporter, NewPerson(first, "Okafor", "2019-05-03"))
    offered = people.choices(reporter)
    assert [brief.name for brief in offered] == ["Amara Okafor", "Bo Okafor"]
    assert not any(brief.school for brief in offered)


def test_an_address_that_several_sources_give_is_one_line_with_all_of_them(cast: Cast) -> None:
    worker = cast.actor("social_worker")
    added = people.add(
        cast.system,
        NewPerson(
            "Amara", "Okafor", "2019-05-03", address="12 MILL LANE, Westhaven ", postcode="zz17 8au"
        ),
    )
    assert people.look(worker, added).brief.id == cast["amara"]
    [address] = people.look(worker, cast["amara"]).addresses
    assert (address.lines.lower(), len(address.sources)) == ("12 mill lane, westhaven", 2)
