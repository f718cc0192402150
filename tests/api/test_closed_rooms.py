"""Ways round what is closed: what leaves in an emergency, somebody restricted who is added anew, records
that are parted again, and whoever stands for who is missing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.access import Sight
from api.errors import Conflict, InklingError, NotAllowed, NotFound
from api.facts import search
from api.facts.search import Query
from api.moment import new_id
from api.record import (
    acts,
    asks,
    conflicts,
    families,
    filings,
    glass,
    identities,
    involvements,
    notes,
    own_family,
    people,
    plans,
    protections,
    receipts,
    revealing,
    timeline,
)
from api.record.notes import NewNote
from api.record.own_family import Relative
from api.record.people import NewPerson
from api.record.reading import InSystem
from api.record.receipts import Receipt
from api.rights import handling, requests, signing
from api.rights.requests import NewRequest
from api.staff import connected, practitioners
from api.telling import events, inbox, outbox
from api.trust.actor import Actor
from tests.api import systems as other
from tests.cast import Cast

WHY = "Found alone on the bridge; nobody answers the phone"
JUDE = NewPerson("Jude", "Okafor", "2022-01-20", address="5 New Street", postcode="ZZ17 9ZZ")
NEW = NewPerson("Una", "Brandnew", "2022-01-20", address="5 New Street", postcode="ZZ17 9ZZ")


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def restrict(cast: Cast, person: str = "jude", *named: str) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    ids = [cast[name] for name in named or ("social_worker",)]
    protections.restrict(lead, cast[person], "Adopted", ids)


def worry(cast: Cast, who: str, *about: str, **said: Any) -> str:
    note = NewNote(new_id(), "worry", list(about), **{"saw": "Alone.", **said})
    return notes.log(cast.actor(who), note).note_ids[0]


# --- What leaves in an emergency --------------------------------------------------------------------


def test_what_is_open_in_an_emergency_only_is_filed_in_no_other_system(cast: Cast) -> None:
    system = other.actor(cast, "force")
    note, own = worry(cast, "pastoral", cast["amara"]), worry(cast, "outsider", cast["amara"])
    glass.open_record(cast.actor("outsider", confirmed=True), cast["amara"], WHY)
    later(cast, seconds=11)
    viewer = cast.actor("outsider")
    (place,) = notes.read(viewer, note).systems
    assert not place.may
    with pytest.raises(NotAllowed):
        filings.file(viewer, note, place.id, 1)
    filings.file(viewer, own, place.id, 1)
    assert [one.note_id for one in receipts.fetch(system).filings] == [own]


def test_what_is_said_of_a_person_is_changed_by_nobody_who_sees_it_in_an_emergency_only(
    cast: Cast,
) -> None:
    lead, viewer = cast.actor("social_worker"), cast.actor("outsider", confirmed=True)
    mother = families.relate(lead, cast["amara"], kind="mother", other_id=cast["kemi"])
    glass.open_record(viewer, cast["amara"], WHY)
    child = people.look(viewer, cast["amara"])
    for act in (
        lambda: families.withdraw(viewer, mother, "Not so."),
        lambda: families.end(viewer, mother),
        lambda: families.relate(viewer, cast["amara"], kind="father", mentioned="Otis"),
        lambda: involvements.confirm(viewer, child.circle[0].id),
        lambda: plans.set(viewer, cast["amara"], "child in need"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert people.look(lead, cast["amara"]).family == child.family


# --- Somebody of one's own, added ------------------------------------------------------------------------


def test_who_adds_somebody_of_their_own_cannot_tell_whether_they_were_here(cast: Cast) -> None:
    """Amara is here, Una is not; Jude is restricted."""

    def answers(person: NewPerson) -> list[object]:
        actor = cast.actor("outsider")
        own_family.declare(actor, Relative(person.first, person.last, person.born_on))
        added = people.add(actor, person)
        found: list[object] = []
        for act in (
            lambda: people.look(actor, added),
            lambda: people.brief(actor, added),
            lambda: people.add(actor, person) and None,
            lambda: (
                search.find(
                    actor, Query(first=person.first, last=person.last, born_on=person.born_on)
                ).results
            ),
        ):
            try:
                found.append(act())
            except InklingError as error:
                found.append(str(error))
        for note in (NewNote(new_id(), "worry", [added], saw="A"), None):
            new = note or NewNote(new_id(), "worry", [], saw="B")
            said = notes.log(actor, new, None if note else person)
            found.append((len(said.note_ids), said.people, said.told, said.told_names))
        found.append([(one.people, one.may) for one in notes.written(actor).notes[:2]])
        return found

    restrict(cast)
    amara = NewPerson("Amara", "Okafor", "2019-05-03")
    assert answers(amara) == answers(NEW) == answers(JUDE)


def test_whoever_declared_their_own_is_closed_off_as_soon_as_the_record_is_open_again(
    cast: Cast,
) -> None:
    restrict(cast)
    own_family.declare(cast.actor("outsider"), Relative("Jude", "Okafor", "2022-01-20"))
    protections.lift_restriction(cast.actor("social_worker", confirmed=True), cast["jude"], "Over")
    assert people.look(cast.actor("police"), cast["jude"]).sight is Sight.OUTSIDE
    with pytest.raises(NotFound):
        people.look(cast.actor("outsider"), cast["jude"])


# --- Somebody restricted, added anew ------------------------------------------------------------------


def _filed(cast: Cast, system: Actor, person: NewPerson) -> list[object]:
    """All that is read of a note about somebody whom its author added, on its way into their system."""
    author, start = cast.actor("pastoral"), events.after(system).cursor
    added = people.add(author, person)
    note = worry(cast, "pastoral", added)
    at = cast.authority.store.clock() + timedelta(seconds=11)
    cast.authority.store.clock = lambda: at

    def stands() -> tuple[object, ...]:
        (one,) = notes.read(cast.actor("pastoral"), note).systems
        (counted,) = connected.every(cast.actor("administrator"))
        return (one.may, one.shut, one.state, one.reference, counted.waiting)

    seen = [stands()]
    (place,) = notes.read(author, note).systems
    assert isinstance(place, InSystem)
    filings.file(author, note, place.id, 1)
    seen.append(stands())
    given = receipts.fetch(system).filings
    seen.append([(one.saw, one.people[0]["source_ids"], len(one.people)) for one in given])
    receipts.receive(system, given[0].id, Receipt("filed", "CASE/1"))
    seen.append(stands())
    notes.withdraw(author, note, "Not so.")
    seen.append([one.kind for one in events.after(system, start).events])
    return seen


def test_a_note_about_somebody_restricted_who_was_added_anew_is_filed_as_about_anybody_new(
    cast: Cast,
) -> None:
    restrict(cast)
    system = other.actor(cast, "school")
    assert _filed(cast, system, JUDE) == _filed(cast, system, NEW)


@pytest.mark.parametrize("who", ["duty", "outsider"])
def test_who_added_somebody_restricted_reads_nothing_of_those_named_whatever_they_open(
    cast: Cast, who: str
) -> None:
    restrict(cast)
    actor, named = cast.actor(who, confirmed=True), cast.actor("social_worker")
    added = people.add(actor, JUDE)
    note = worry(cast, who, added)
    notes.reply(named, note, "She is Mia Smith now.")
    notes.mark(named, note, "noticed too")
    notes.mark(named, note, "acted on")
    own = worry(cast, "social_worker", added, saw="Mia Smith was seen.")
    people.give_purpose(actor, added, "enquiry")
    if who == "duty":
        people.take_on(actor, added, "Nobody answers.")
        assert people.look(actor, added).sight is Sight.CIRCLE
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    child = people.look(actor, added)
    seen = (
        child,
        notes.about(actor, added),
        notes.read(actor, note),
        notes.latest(actor),
        people.mine(actor),
        timeline.of(actor, added) if who == "duty" else None,
        inbox.list_items(actor),
    )
    for said in ("Mia Smith", "Jo Marsh", own):
        assert said not in repr(seen)
    with pytest.raises(NotFound):
        notes.read(actor, own)
    assert child.notes
    assert [one.acted_on for one in child.notes.notes] == [True]
    assert [one.text for one in inbox.list_items(actor).items] == [
        "Acted on: your note about Jude Okafor"
    ]


def test_nobody_opens_in_an_emergency_what_they_added_and_nobody_supports(cast: Cast) -> None:
    restrict(cast)
    answers = []
    for person in (JUDE, NEW):
        actor = cast.actor("outsider", confirmed=True)
        added = people.add(actor, person)
        for ask in (False, True):
            if ask:
                people.give_purpose(actor, added, "enquiry")
                involvements.ask(actor, added, "Worker")
            assert "break glass" not in acts.of(actor, added).may
            with pytest.raises(NotAllowed) as refused:
                glass.open_record(actor, added, WHY)
            answers.append(str(refused.value))
    assert len(set(answers)) == 1
    # Who was somebody new and is restricted since is no other.
    actor = cast.actor("pastoral", confirmed=True)
    cast.ids["una"] = people.add(actor, NewPerson("Una", "Otherone", "2021-01-20"))
    cast.support("social_worker", "care", "una", lead=True)
    assert "break glass" in acts.of(actor, cast["una"]).may
    restrict(cast, "una")
    with pytest.raises(NotAllowed) as refused:
        glass.open_record(actor, cast["una"], WHY)
    assert str(refused.value) == answers[0]


def test_a_note_about_who_lives_with_somebody_protected_goes_into_no_other_system(
    cast: Cast,
) -> None:
    system = other.actor(cast, "health")
    protections.protect(
        cast.actor("social_worker"), cast["jude"], "Her father", [cast["social_worker"]]
    )
    note = worry(cast, "health_visitor", cast["noor"])  # at the same address
    later(cast, seconds=11)
    (place,) = notes.read(cast.actor("health_visitor"), note).systems
    with pytest.raises(NotAllowed):
        filings.file(cast.actor("health_visitor"), note, place.id, 1)
    assert receipts.fetch(system).filings == []


# --- Records that are parted again --------------------------------------------------------------------


def test_what_was_closed_while_two_records_were_one_stays_closed_for_each(cast: Cast) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    hidden = NewPerson("Juda", "Okafor", address="1 Refuge Road", postcode="ZZ9 9ZZ")
    cast.ids["juda"] = people.add(cast.system, hidden)
    cast.support("health_visitor", "health", "juda")
    made = identities.link(lead, cast["jude"], cast["juda"], "One child.")
    protections.protect(lead, cast["jude"], "Her father", [cast["social_worker"]])
    conflicts.declare(cast.actor("police"), cast["juda"])
    identities.unlink(lead, made)
    child = people.look(cast.actor("health_visitor"), cast["juda"])
    assert child.location_hidden
    assert "Refuge Road" not in repr(child)
    for record in ("jude", "juda"):
        with pytest.raises(NotFound):
            people.look(cast.actor("police"), cast[record])
    made = identities.link(lead, cast["jude"], cast["juda"], "One child.")
    restrict(cast, "jude")
    identities.unlink(lead, made)
    for record in ("jude", "juda"):
        with pytest.raises(NotFound):
            people.look(cast.actor("health_visitor"), cast[record])
        protections.lift_restriction(lead, cast[record], "Over")
    assert people.look(cast.actor("health_visitor"), cast["juda"]).sight is Sight.CIRCLE


# --- What was revealed --------------------------------------------------------------------------------


def test_who_supports_a_person_again_later_has_not_revealed_it(cast: Cast) -> None:
    def reveal() -> str:
        return revealing.reveal(
            cast.actor("sealed"), cast["amara"], revealing.CIRCLE, "welfare", "Ring me."
        )

    def sees() -> bool:
        child = people.look(cast.actor("social_worker"), cast["amara"])
        return "Sil Brook" in repr(child.circle)

    first = reveal()
    assert sees()
    own = people.look(cast.actor("sealed"), cast["amara"]).circle
    involvements.end(cast.actor("sealed"), next(line.id for line in own if line.sealed))
    later(cast, days=40)
    cast.support("sealed", "harbour", "amara")
    assert not sees()
    assert revealing.of(cast.actor("sealed"), cast["amara"]).standing == []
    reveal()
    assert sees()
    revealing.take_back(cast.actor("sealed"), first)
    assert sees()


# --- Who asks for a record ----------------------------------------------------------------------------


def test_who_wrote_a_request_down_reads_nothing_of_what_was_checked(cast: Cast) -> None:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    taken = ask_for_record(cast.actor("outsider"), cast["amara"])
    said = "Her mother fled from him to Leeds"
    handling.check(cast.actor("governance"), taken, "safety", "danger", said)
    handling.end(cast.actor("governance"), taken, "refused", said)
    for who, reads in (("governance", True), ("outsider", False)):
        request, shown = signing.parts(cast.actor(who), taken)
        assert (said in repr((request, shown))) is reads
        assert (request.name, request.outcome) == ("Amara Okafor", "refused")


def test_who_added_somebody_asks_for_their_record_though_they_are_restricted(cast: Cast) -> None:
    actor = cast.actor("outsider")
    cast.ids["una"] = people.add(actor, NEW)
    cast.support("social_worker", "care", "una", lead=True)
    before = ask_for_record(actor, cast["una"])
    restrict(cast, "una")
    after = ask_for_record(actor, cast["una"])
    assert {one.id for one in requests.mine(actor)} == {before, after}
    assert {one.name for one in requests.mine(actor)} == {"Una Brandnew"}
    assert signing.parts(actor, after)[0].name == "Una Brandnew"


def ask_for_record(actor: Actor, person_id: str) -> str:
    today = actor.store.now()[:10]
    return requests.take(actor, person_id, NewRequest(today, "parent", "Her father", "07700 900"))


# --- Who hears of a look at a child whom nobody leads --------------------------------------------------


def looked(cast: Cast, who: str, person: str) -> set[str]:
    """Let somebody look from outside; give who is told."""
    people.give_purpose(cast.actor(who), cast[person], "enquiry")
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    rows = cast.authority.store.query(
        """SELECT d.practitioner_id AS id FROM deliveries d JOIN outbox e ON e.id = d.event_id
        WHERE e.kind = 'directory look' AND d.channel = 'inbox'"""
    )
    names = {id: name for name, id in cast.ids.items()}
    return {names[row["id"]] for row in rows}


@pytest.mark.parametrize(
    ("who", "person", "told"),
    [
        ("outsider", "rhea", {"social_worker"}),
        ("outsider", "jude", {"social_worker"}),
        ("outsider", "lily", {"duty", "duty_supervisor"}),
        ("duty", "lily", {"duty_supervisor"}),
        ("duty_supervisor", "lily", {"duty"}),
        ("sealed", "lily", set()),
        ("outsider", "kemi", set()),
    ],
)
def test_the_front_door_hears_of_a_look_at_a_child_whom_nobody_leads(
    cast: Cast, who: str, person: str, told: set[str]
) -> None:
    assert looked(cast, who, person) == told
    for one in told - {"social_worker"}:
        (item,) = inbox.list_items(cast.actor(one)).items
        assert item.text.startswith("Looked up from outside the circle: Lily Hart")
        assert inbox.open_item(cast.actor(one), item.id).person_id == cast["lily"]


def test_a_sealed_lead_and_a_restricted_child_change_nothing_of_who_hears(cast: Cast) -> None:
    cast.support("sealed", "harbour", "lily", lead=True)
    assert looked(cast, "outsider", "lily") - {"sealed"} == {"duty", "duty_supervisor"}
    cast.support("social_worker", "care", "lily", lead=True)
    restrict(cast, "lily")
    assert [one.text for one in inbox.list_items(cast.actor("duty")).items] == []


def test_a_note_through_the_relay_says_nothing_of_its_author_s_clock(cast: Cast) -> None:
    """Beside what they write by name it stands, and would tell whose the other one is."""
    named, relayed = (
        worry(cast, "pastoral", cast["amara"], voice=voice) for voice in ("named", "relay")
    )
    off = "UPDATE notes SET captured_at = made_at, clock_off = 42"
    cast.authority.store.upkeep(lambda tx: tx.change(off))
    read = {one.id: one for one in notes.about(cast.actor("social_worker"), cast["amara"]).notes}
    assert read[named].clock_off == 42
    assert (read[relayed].clock_off, read[relayed].captured_at) == (None, None)
    assert notes.read(cast.actor("pastoral"), relayed).clock_off == 42


def test_asked_answered_and_revealed_twice_at_once_is_once(cast: Cast) -> None:
    asker, school, sealed = (cast.actor(who) for who in ("social_worker", "pastoral", "sealed"))
    at_once = (
        lambda: asks.ask(asker, cast["amara"]),
        lambda: asks.answer(school, asks.of(school, cast["amara"]).asks[0].id, "relay"),
        lambda: revealing.reveal(sealed, cast["amara"], revealing.CIRCLE, "welfare", "Ring me."),
    )

    def attempt(act: Callable[[], str]) -> bool:
        try:
            return bool(act())
        except Conflict:
            return False

    for act in at_once:
        with ThreadPoolExecutor(3) as pool:
            assert sum(pool.map(attempt, [act] * 3)) == 1


# --- A lead who hears nothing ----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["conflict", "role"])
def test_what_is_said_of_a_child_whose_lead_hears_nothing_reaches_the_front_door(
    cast: Cast, how: str
) -> None:
    """Jude has nobody but the lead, who declares that he is a neighbour, or does other work now."""
    worry(cast, "outsider", cast["jude"])
    if how == "conflict":
        conflicts.declare(cast.actor("social_worker"), cast["jude"])
    else:
        practitioners.end_role(
            cast.system, cast["social_worker"], "practitioner", "agency", cast["care"]
        )
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    for who in ("duty", "duty_supervisor"):
        (item,) = inbox.list_items(cast.actor(who)).items
        assert "Jude Okafor" in item.text
    assert inbox.list_items(cast.actor("social_worker")).items == []
