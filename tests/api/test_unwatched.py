"""Nobody makes themselves unwatched alone, and nothing that is told reaches nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api import moment
from api.errors import Invalid
from api.moment import new_id
from api.record import notes, protections, systems
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.record.systems import Involvement
from api.staff import devices, governors, invitations, practitioners
from api.telling import inbox, outbox
from tests.api import systems as other
from tests.cast import Cast
from tests.phones import Phone


def tell(cast: Cast, seconds: float = 11) -> None:
    """Let the worker tell everything that is due after these seconds."""
    at = moment.parse(cast.authority.store.now()) + timedelta(seconds=seconds)
    cast.authority.store.clock = lambda: at
    while outbox.fan_out(cast.authority):
        pass


def heard(cast: Cast, who: str, kind: str) -> list[str]:
    return [one.text for one in inbox.list_items(cast.actor(who)).items if one.kind == kind]


def hearers(cast: Cast, kind: str) -> set[str]:
    rows = cast.authority.store.query(
        """SELECT DISTINCT d.practitioner_id AS id FROM deliveries d
        JOIN outbox e ON e.id = d.event_id WHERE e.kind = :kind""",
        kind=kind,
    )
    names = {id: name for name, id in cast.ids.items()}
    return {names[row["id"]] for row in rows}


def govern(cast: Cast, who: str = "governance") -> None:
    practitioners.grant(cast.system, cast[who], "governance lead", "authority", "authority")


def close(cast: Cast, *named: str) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "A witness", [cast[one] for one in named])


def worry_anew(cast: Cast) -> str:
    """Let somebody who may not know of her write about her, as about somebody new."""
    note = NewNote(id=new_id(), kind="worry", people=[], saw="A bruise the size of a hand.")
    her = NewPerson("Amara", "Okafor", "2019-05-03")
    return notes.log(cast.actor("outsider"), note, her).note_ids[0]


# --- A record that one person alone can open -----------------------------------------------------------


def test_a_record_that_one_person_alone_can_open_is_told_to_who_governs(cast: Cast) -> None:
    govern(cast)
    close(cast, "social_worker", "supervisor")
    tell(cast)
    assert hearers(cast, "closed to one") == set()
    # A governance lead deals with requests, and reads nothing there: two are named, one can open it.
    close(cast, "social_worker", "governance")
    tell(cast)
    assert hearers(cast, "closed to one") == {"governance"}


def test_who_governs_is_not_told_whose_record_it_is(cast: Cast) -> None:
    govern(cast)
    close(cast, "social_worker")
    tell(cast)
    governance = cast.actor("governance")
    [item] = inbox.list_items(governance).items
    assert "one person alone" in item.text
    assert "Amara" not in item.text
    opened = inbox.open_item(governance, item.id)
    assert (opened.person_id, opened.note_id) == (None, None)
    assert inbox.unread(governance) == 0


# --- Where nobody governs the authority ----------------------------------------------------------------


def test_a_worry_that_nobody_could_be_told_of_waits_for_who_governs(cast: Cast) -> None:
    close(cast, "social_worker")
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["social_worker"])
    note = worry_anew(cast)
    tell(cast)
    assert hearers(cast, "note") == hearers(cast, "closed to one") == set()
    govern(cast)
    tell(cast, 3700)
    assert hearers(cast, "note") == hearers(cast, "closed to one") == {"governance"}
    governance = cast.actor("governance", confirmed=True)
    [left] = protections.forsaken(governance)
    protections.open_forsaken(governance, left.id, "Nobody is left")
    assert notes.read(cast.actor("pastoral"), note).now.saw.startswith("A bruise")


def test_administrators_are_told_to_name_who_governs_whatever_is_closed(cast: Cast) -> None:
    assert governors.tell_missing(cast.authority)
    assert not governors.tell_missing(cast.authority)
    tell(cast)
    [said] = heard(cast, "administrator", "governance missing")
    assert "no governance lead" in said
    tell(cast, 8 * 86400)
    assert governors.tell_missing(cast.authority)
    govern(cast)
    tell(cast, 8 * 86400)
    assert not governors.tell_missing(cast.authority)


# --- Who brings somebody in alone ----------------------------------------------------------------------


def test_a_first_device_let_in_by_who_invited_them_is_told_to_somebody_else(cast: Cast) -> None:
    supervisor = cast.actor("supervisor", confirmed=True)
    asked = Phone(cast).enrol(invitations.make(supervisor, cast["social_worker"]))
    devices.approve(supervisor, asked.enrolment_id, "saw their screen")
    tell(cast)
    assert hearers(cast, "let in alone") == {"governance"}
    [said] = heard(cast, "governance", "let in alone")
    assert said.startswith(
        "The first device of Jo Marsh (Westhaven Children's Social Care) was let in by the same person"
    )


@pytest.mark.parametrize("by", ["supervisor", "night_duty"])
def test_what_two_people_did_is_told_to_nobody(cast: Cast, by: str) -> None:
    inviter = "administrator" if by == "supervisor" else "supervisor"
    token = invitations.make(cast.actor(inviter, confirmed=True), cast["social_worker"])
    asked = Phone(cast).enrol(token)
    devices.approve(cast.actor(by, confirmed=True), asked.enrolment_id, "saw their screen")
    tell(cast)
    assert hearers(cast, "let in alone") == set()


def test_the_front_door_hears_whom_a_system_puts_beside_a_child_whom_nobody_leads(
    cast: Cast,
) -> None:
    actor = other.actor(cast, "force")
    systems.look(actor, cast["lily"])
    systems.say(actor, "S1", Involvement(cast["lily"], "active", "Officer", staff_number="W009"))
    tell(cast)
    assert hearers(cast, "joined") == {"duty", "duty_supervisor"}
    [said] = heard(cast, "duty", "joined")
    assert said.startswith("Now in the circle of Lily")


# --- Where somebody is ---------------------------------------------------------------------------------


def test_a_supervisor_of_one_in_the_circle_does_not_hide_from_the_lead_where_somebody_is(
    cast: Cast,
) -> None:
    practitioners.grant(
        cast.system, cast["safeguarding"], "supervisor", "team", cast["pastoral team"]
    )
    other, why = cast.actor("safeguarding"), "Her father"
    with pytest.raises(Invalid, match="lead as well"):
        protections.protect(other, cast["amara"], why, [other.id])
    assert protections.protect(other, cast["amara"], why, [other.id, cast["social_worker"]])
    assert protections.protect(cast.actor("supervisor"), cast["amara"], why, [cast["supervisor"]])
