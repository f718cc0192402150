"""Revealing oneself: who is shown that a sealed service is there, what of it, and no trace once taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from api import access
from api.access import Sight
from api.errors import Conflict, InklingError, Invalid, NotAllowed, NotFound
from api.facts import corrections
from api.moment import new_id
from api.record import (
    acts,
    asks,
    conflicts,
    families,
    glass,
    identities,
    involvements,
    linked,
    notes,
    people,
    protections,
    relay,
    revealing,
    services,
    timeline,
)
from api.record.notes import NewNote
from api.staff import covers, practitioners, subscriptions
from api.store import Tx
from api.store import access as stored_access
from api.telling import inbox, outbox, pushes
from tests.cast import STAFF, Cast
from tests.trail import details_of, last_event

OTHERS = [name for name in STAFF if not name.startswith("sealed")]
IN_CIRCLE = ("social_worker", "pastoral", "health_visitor", "supervisor", "safeguarding")


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def reveal(cast: Cast, to: str = revealing.CIRCLE, **said: str) -> str:
    given = {"basis": "welfare", "reason": "The lead must know whom to ring.", **said}
    to = cast.ids.get(to, to)
    return revealing.reveal(cast.actor("sealed"), cast["amara"], to, **given)


def circle(cast: Cast, who: str, person: str = "amara") -> list[involvements.Line]:
    return list(people.look(cast.actor(who), cast[person]).circle)


def sees(cast: Cast, who: str) -> bool:
    return "Sil Brook" in [line.name for line in circle(cast, who)]


def told(cast: Cast, who: str) -> list[str]:
    return [item.text for item in inbox.list_items(cast.actor(who)).items]


def shown(cast: Cast, who: str, person: str = "amara") -> dict[str, object]:
    """Everything that somebody's doors show them about a person and themselves."""
    actor, id = cast.actor(who), cast[person]
    doors: dict[str, Callable[[], object]] = {
        "mine": lambda: people.mine(actor),
        "latest": lambda: notes.latest(actor),
        "look": lambda: people.look(actor, id),
        "about": lambda: notes.about(actor, id),
        "timeline": lambda: timeline.of(actor, id),
        "services": lambda: services.of(actor, id),
        "linked": lambda: linked.of(actor, id),
        "acts": lambda: acts.of(actor, id),
        "asks": lambda: asks.of(actor, id),
        "reveals": lambda: revealing.seen(actor),
        "reveal": lambda: revealing.of(actor, id),
        "relay": lambda: relay.calls(actor),
        "corrections": lambda: corrections.mine(actor),
        "written": lambda: notes.written(actor),
        "inbox": lambda: inbox.list_items(actor),
        "unread": lambda: inbox.unread(actor),
        "links": lambda: identities.links(actor, id),
        "protections": lambda: protections.of(actor, id),
    }
    found: dict[str, object] = {}
    for name, door in doors.items():
        try:
            found[name] = door()
        except InklingError as error:
            found[name] = str(error)
    return found


# --- To whom --------------------------------------------------------------------------------------


def test_the_circle_is_shown_the_line_and_whom_to_ring(cast: Cast) -> None:
    assert not any(sees(cast, who) for who in OTHERS if who in IN_CIRCLE)
    reveal(cast)
    assert all(sees(cast, who) for who in IN_CIRCLE)
    line = next(line for line in circle(cast, "pastoral") if line.name == "Sil Brook")
    assert (line.agency, line.phone, line.revealed) == (
        "Harbour Recovery Service",
        "07700 900110",
        True,
    )


def test_nobody_who_looks_from_outside_is_shown_it(cast: Cast) -> None:
    reveal(cast)
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    assert not sees(cast, "outsider")
    lines = people.look(cast.actor("outsider"), cast["amara"]).circle
    assert [line.name for line in lines if line.active] == [
        "Jo Marsh",
        "Pat Osei",
        "Hana Vale",
    ] or (len(lines) >= 3)
    people.take_on(cast.actor("duty"), cast["amara"], "Rang the front door")
    assert sees(cast, "duty")


def test_one_in_the_circle_is_shown_it_and_nobody_else(cast: Cast) -> None:
    reveal(cast, "health_visitor")
    assert [who for who in IN_CIRCLE if sees(cast, who)] == ["health_visitor"]


def test_who_was_shown_it_sees_it_no_more_once_they_left_the_circle(cast: Cast) -> None:
    reveal(cast, "health_visitor")
    own = next(one for one in circle(cast, "health_visitor") if one.name == "Hana Vale")
    involvements.end(cast.actor("social_worker"), own.id)
    people.give_purpose(cast.actor("health_visitor"), cast["amara"], "welfare")
    assert not sees(cast, "health_visitor")


def test_it_is_shown_as_long_as_the_involvement_is_open(cast: Cast) -> None:
    reveal(cast)
    line = next(line for line in circle(cast, "sealed") if line.name == "Sil Brook")
    involvements.end(cast.actor("sealed"), line.id)
    child = people.look(cast.actor("social_worker"), cast["amara"])
    assert "Sil Brook" not in repr((child, timeline.of(cast.actor("social_worker"), cast["amara"])))
    # Whoever supports a person again has not said so.
    later(cast, days=40)
    again = {"agency_id": cast["harbour"], "practitioner_id": cast["sealed"], "role": "Worker"}
    involvements.add(cast.system, cast["amara"], **again)
    assert "Sil Brook" in [line.name for line in circle(cast, "sealed")]
    assert not sees(cast, "social_worker")


# --- What of it -----------------------------------------------------------------------------------


def test_no_fact_no_note_and_no_mark_of_the_service_comes_with_it(cast: Cast) -> None:
    worker, lead = cast.actor("sealed"), cast.actor("social_worker")
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    families.relate(worker, cast["amara"], kind="father", mentioned="A father")
    cast.worry("sealed", "amara", saw="Kept in the service.")
    notes.log(worker, NewNote(new_id(), "contact", [cast["amara"]], contact="visit", saw="Seen."))
    notes.mark(worker, note_id, "noticed too")
    notes.mark(worker, note_id, "acted on")
    notes.reply(worker, note_id, "We know of this.")
    covers.add(
        cast.actor("sealed_supervisor"),
        cast["sealed"],
        cast["sealed_supervisor"],
        *[(datetime.now(UTC) + timedelta(days=day)).date().isoformat() for day in (0, 9)],
    )
    reveal(cast)
    child = people.look(lead, cast["amara"])
    read = notes.read(lead, note_id)
    for text in ("A father", "Kept in the service.", "Seen.", "We know of this.", "Sue Dale"):
        assert text not in repr((child, read, timeline.of(lead, cast["amara"])))
    assert (read.noticed, read.replies, read.acted_on) == ([], [], False)
    line = next(line for line in child.circle if line.name == "Sil Brook")
    assert line.last_contact_on is None


def test_the_line_is_its_own_service_s_still(cast: Cast) -> None:
    reveal(cast)
    lead = cast.actor("social_worker")
    line = next(line for line in circle(cast, "social_worker") if line.name == "Sil Brook")
    for act in (involvements.end, involvements.confirm, involvements.make_lead):
        with pytest.raises(NotFound):
            act(lead, line.id)
    with pytest.raises(NotFound):
        corrections.say(lead, cast["amara"], "involvement", line.id, "out of date")
    assert sees(cast, "pastoral")


# --- Telling --------------------------------------------------------------------------------------


def test_whom_it_is_shown_to_is_told_that_somebody_is_and_not_who(cast: Cast) -> None:
    reveal(cast, "health_visitor")
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    sentence = "Somebody who supports Amara Okafor shows it to you. See who supports them."
    assert told(cast, "health_visitor") == [sentence]
    assert not any(told(cast, who) for who in OTHERS if who != "health_visitor")


def test_the_circle_is_told_and_nobody_outside_it(cast: Cast) -> None:
    reveal(cast)
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    assert {who for who in OTHERS if told(cast, who)} == {
        "social_worker",
        "pastoral",
        "health_visitor",
    }


# --- Taking back ----------------------------------------------------------------------------------


@pytest.mark.parametrize("to", [revealing.CIRCLE, "health_visitor"])
def test_taken_back_it_is_as_if_it_had_never_been(cast: Cast, to: str) -> None:
    for who in OTHERS:
        shown(cast, who)
    before = {who: shown(cast, who) for who in OTHERS}
    made = reveal(cast, to)
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    assert any(shown(cast, who) != before[who] for who in OTHERS)
    revealing.take_back(cast.actor("sealed"), made)
    for who in OTHERS:
        after = shown(cast, who)
        for door, was in before[who].items():
            assert (who, door, after[door]) == (who, door, was)


def test_taken_back_in_time_it_is_told_to_nobody(cast: Cast) -> None:
    revealing.take_back(cast.actor("sealed"), reveal(cast))
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    assert not any(told(cast, who) for who in OTHERS)


def test_it_is_taken_back_after_one_s_own_involvement_ended_too(cast: Cast) -> None:
    made = reveal(cast)
    line = next(line for line in circle(cast, "sealed") if line.name == "Sil Brook")
    involvements.end(cast.actor("sealed"), line.id)
    assert [one.id for one in revealing.seen(cast.actor("sealed"))] == [made]
    revealing.take_back(cast.actor("sealed"), made)
    with pytest.raises(NotFound):
        revealing.take_back(cast.actor("sealed"), made)


@pytest.mark.parametrize("who", ["social_worker", "sealed_supervisor", "governance"])
def test_nobody_else_takes_it_back(cast: Cast, who: str) -> None:
    made = reveal(cast)
    with pytest.raises(NotFound, match="There is no such thing"):
        revealing.take_back(cast.actor(who), made)
    assert sees(cast, "pastoral")


# --- Who may, and what is kept --------------------------------------------------------------------


@pytest.mark.parametrize("who", ["social_worker", "sealed_supervisor", "supervisor"])
def test_who_has_nothing_sealed_of_their_own_reveals_nothing(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        revealing.reveal(cast.actor(who), cast["amara"], revealing.CIRCLE, "welfare", "Why")


def test_a_conflict_of_interest_closes_it(cast: Cast) -> None:
    reveal(cast)
    conflicts.declare(cast.actor("pastoral"), cast["amara"])
    with pytest.raises(NotFound):
        people.look(cast.actor("pastoral"), cast["amara"])


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("to", {"to": "outsider"}),
        ("to", {"to": "sealed_supervisor"}),
        ("to", {"to": "nobody"}),
        ("basis", {"basis": "curiosity"}),
        ("reason", {"reason": " "}),
        ("reason", {"reason": "x" * 501}),
    ],
)
def test_what_cannot_be_taken_names_its_field(cast: Cast, field: str, said: dict[str, str]) -> None:
    with pytest.raises(Invalid) as error:
        reveal(cast, **said)
    assert error.value.field == field


def test_who_is_shown_it_already_is_not_shown_it_again(cast: Cast) -> None:
    reveal(cast)
    with pytest.raises(Conflict):
        reveal(cast, "pastoral")


def test_the_basis_stays_as_it_was_and_the_reason_is_sealed(cast: Cast) -> None:
    made = reveal(cast, basis="harm", reason="Mum asked us to.")
    store = cast.authority.store
    [row] = store.query("SELECT * FROM reveals WHERE id = :id", id=made)
    assert row["law"] == "Children Act 1989 s47; UK GDPR 6(1)(c), 9(2)(g)"
    words = store.query("SELECT sealed FROM words")
    assert not any(b"Mum asked us to." in bytes(word["sealed"]) for word in words)
    event = last_event(cast, "reveal:made")
    assert (event["reason"], event["subjects"]) == ("harm", [cast["amara"]])
    assert details_of(cast, event) == "Mum asked us to."
    revealing.take_back(cast.actor("sealed"), made)
    assert last_event(cast, "reveal:taken-back")["object"] == made


def test_their_supervisor_and_their_own_governance_lead_see_that_and_why(cast: Cast) -> None:
    practitioners.grant(
        cast.system, cast["sealed_supervisor"], "governance lead", "agency", cast["harbour"]
    )
    made = reveal(cast, "pastoral", reason="Mum asked us to.")
    revealing.take_back(cast.actor("sealed"), made)
    [one] = revealing.seen(cast.actor("sealed_supervisor"))
    assert (one.who, one.about, one.to, one.reason) == (
        "Sil Brook",
        "Amara Okafor",
        "Pat Osei",
        "Mum asked us to.",
    )
    assert one.ended_at
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    for who in ("governance", "supervisor", "pastoral", "administrator"):
        assert revealing.seen(cast.actor(who)) == []

    def oversees(tx: Tx) -> set[str]:
        team = cast[STAFF["sealed"][1] or ""]
        me = {who: stored_access.me(tx, cast[who]) for who in STAFF}
        return {w for w in STAFF if access.may_oversee_reveals(me[w], cast["harbour"], team)}

    assert cast.authority.store.upkeep(oversees) == {"sealed_supervisor"}


def test_break_glass_opens_nothing_that_is_sealed(cast: Cast) -> None:
    reveal(cast)
    officer = cast.actor("outsider", confirmed=True)
    glass.open_record(officer, cast["amara"], "She was found alone at the station.")
    assert people.look(officer, cast["amara"]).sight is Sight.CIRCLE
    assert not sees(cast, "outsider")


def test_what_was_taken_back_is_pushed_to_nobody(cast: Cast) -> None:
    subscriptions.subscribe(cast.actor("pastoral"), "https://push.example/1", "key", "auth")
    made = reveal(cast, "pastoral")
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    revealing.take_back(cast.actor("sealed"), made)
    [claim] = pushes.claim(cast.authority, 10)
    assert claim.subscriptions == []


def test_who_must_not_know_of_the_person_is_shown_no_word_of_it(cast: Cast) -> None:
    reveal(cast, reason="Amara's mother is with us.")
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "A witness", [lead.id])
    for seen in revealing.seen(cast.actor("sealed_supervisor")):
        assert (seen.about, seen.reason) == ("", "")
    conflicts.declare(cast.actor("sealed_supervisor"), cast["jude"])
    assert "mother" not in str(revealing.seen(cast.actor("sealed_supervisor")))
