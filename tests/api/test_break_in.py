"""Attempts to break in: what somebody must not learn, reach or overturn through the core's own doors."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from api.access import Sight
from api.errors import Conflict, InklingError, Invalid, NotAllowed, NotFound, Refused
from api.facts import loading, placing, search, sources
from api.facts.loading import LoadReport
from api.facts.search import Query
from api.facts.sources import NewSource
from api.moment import new_id
from api.record import (
    conflicts,
    families,
    identities,
    involvements,
    notes,
    people,
    plans,
    protections,
    timeline,
)
from api.record.involvements import Line
from api.record.notes import Logged, NewNote
from api.record.people import NewPerson
from api.staff import covers, devices, invitations, practitioners
from api.telling import inbox, outbox
from tests.cast import STAFF, Cast
from tests.feeds import add_feed, say
from tests.phones import Phone, approved
from tests.trail import last_event


def _later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def _log(cast: Cast, author: str, *about: str, saw: str = "No breakfast.") -> Logged:
    note = NewNote(new_id(), "worry", [cast.ids.get(one, one) for one in about], saw=saw)
    return notes.log(cast.actor(author), note)


def _line(cast: Cast, person: str, who: str) -> Line:
    child = people.look(cast.actor("social_worker"), cast[person])
    return next(line for line in child.circle if line.practitioner_id == cast[who])


def _days(cast: Cast, *days: int) -> list[str]:
    return [(datetime.now(UTC) + timedelta(days=day)).date().isoformat() for day in days]


def _number(cast: Cast, person: str, nhs: str) -> None:
    """Let a feed say somebody's NHS number."""
    store = cast.authority.store
    say(store, add_feed(store, new_id()), "identifiers", cast[person], scheme="nhs", value=nhs)


FEED = """
asserts = ["identifiers"]
[columns]
first = ["First"]
last = ["Last"]
born_on = ["Born"]
nhs = ["NHS"]
"""


def _load(
    cast: Cast, folder: Path, row: str, mapping: str = FEED, agency: str = "health"
) -> LoadReport:
    """Let a feed say one row of names, birth date and NHS number (or what the mapping says)."""
    surgery = NewSource(code="gp", name="GP", mapping=mapping, agency_id=cast[agency])
    sources.add(cast.system, surgery)
    (folder / "gp.csv").write_text(f"First,Last,Born,NHS\n{row}\n", encoding="utf-8")
    return loading.load(cast.system, "gp", folder / "gp.csv")


# --- Whom a note tells ----------------------------------------------------------------------------


def test_who_writes_from_outside_hears_how_many_are_told_and_not_who(cast: Cast) -> None:
    logged = cast.worry("outsider", "amara")
    assert (logged.told, logged.told_names) == (3, [])
    people.give_purpose(cast.actor("outsider"), cast["amara"], "welfare")
    assert "Jo Marsh" in cast.worry("outsider", "amara").told_names


def test_a_reporter_hears_no_names(cast: Cast) -> None:
    added = people.add(cast.actor("reporter"), NewPerson("Amara", "Okafor", "2019-05-03"))
    assert _log(cast, "reporter", added).told_names == []


def test_who_is_told_does_not_say_where_a_protected_child_is(cast: Cast) -> None:
    protections.protect(cast.actor("social_worker"), cast["amara"], "Her father", [cast["duty"]])
    assert cast.worry("social_worker", "amara").told_names == []


# --- A note that was taken back -------------------------------------------------------------------


@pytest.mark.parametrize("act", ["revise", "undo", "noticed too", "acted on"])
def test_a_withdrawn_note_stays_as_it_is(cast: Cast, act: str) -> None:
    note = NewNote(new_id(), "worry", [cast["amara"]], saw="He limped.")
    notes.log(cast.actor("pastoral"), note)
    notes.withdraw(cast.actor("pastoral"), note.id, "Another child.")
    acts: dict[str, Callable[[], object]] = {
        "revise": lambda: notes.revise(cast.actor("pastoral"), note.id, note),
        "undo": lambda: notes.undo(cast.actor("pastoral"), note.id),
        "noticed too": lambda: notes.mark(cast.actor("social_worker"), note.id, "noticed too"),
        "acted on": lambda: notes.mark(cast.actor("social_worker"), note.id, "acted on"),
    }
    with pytest.raises(Conflict):
        acts[act]()
    assert notes.read(cast.actor("social_worker"), note.id).now.number == 1


def test_a_withdrawn_note_can_still_be_said_to_be_about_the_wrong_person(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    notes.withdraw(cast.actor("pastoral"), note_id, "Not so.")
    assert "wrong person" in notes.read(cast.actor("social_worker"), note_id).may
    notes.wrong_person(cast.actor("social_worker"), note_id, "This was another Amara.")
    with pytest.raises(NotFound):
        notes.read(cast.actor("social_worker"), note_id)


def test_undo_ends_with_the_ten_seconds_though_no_worker_told_anyone(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    _later(cast, seconds=15)
    notes.read(cast.actor("social_worker"), note_id)
    with pytest.raises(Conflict):
        notes.undo(cast.actor("pastoral"), note_id)
    assert notes.read(cast.actor("social_worker"), note_id).now.saw


def test_only_the_marks_that_there_are_can_be_left(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    with pytest.raises(Invalid):
        notes.mark(cast.actor("social_worker"), note_id, "read")  # type: ignore[arg-type]


def test_sending_again_gives_every_note_that_the_first_sending_made(cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["rhea"],
        "Adopted",
        [cast["social_worker"]],
    )
    note = NewNote(new_id(), "worry", [cast["jude"], cast["rhea"]], saw="Both were quiet.")
    first = notes.log(cast.actor("social_worker"), note)
    again = notes.log(cast.actor("social_worker"), note)
    assert len(first.note_ids) == 2
    assert set(again.note_ids) == set(first.note_ids)


# --- Where a protected child is -------------------------------------------------------------------


def test_a_school_is_not_named_beside_a_note_where_the_location_is_hidden(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    notes.reply(cast.actor("pastoral"), note_id, "Again today.")
    by_health = cast.worry("health_visitor", "amara").note_ids[0]
    notes.mark(cast.actor("pastoral"), by_health, "noticed too")
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father", [cast["social_worker"]]
    )
    viewer = cast.actor("health_visitor")
    page = notes.about(viewer, cast["amara"]).notes
    assert "St Bede's" not in repr((page, notes.latest(viewer), notes.written(viewer)))
    assert "St Bede's" in repr(notes.about(cast.actor("social_worker"), cast["amara"]).notes)


# --- Cursors and traces -----------------------------------------------------------------------------


def test_a_note_s_id_is_no_cursor(cast: Cast) -> None:
    secret = cast.worry("sealed", "amara").note_ids[0]
    with pytest.raises(Invalid):
        notes.about(cast.actor("social_worker"), cast["amara"], secret)
    with pytest.raises(Invalid):
        notes.written(cast.actor("social_worker"), secret)


def test_another_s_inbox_item_is_no_cursor(cast: Cast) -> None:
    for n, author in enumerate(("pastoral", "social_worker"), start=1):
        cast.worry(author, "amara")
        _later(cast, seconds=11 * n)
        outbox.fan_out(cast.authority)
    theirs = inbox.list_items(cast.actor("health_visitor")).items[0].id
    assert len(inbox.list_items(cast.actor("social_worker")).items) == 1
    assert inbox.list_items(cast.actor("social_worker"), theirs).items == []


def test_a_look_at_notes_lists_everybody_whom_they_name(cast: Cast) -> None:
    cast.worry("pastoral", "amara", "jude")
    both = sorted([cast["amara"], cast["jude"]])
    notes.about(cast.actor("health_visitor"), cast["amara"])
    assert last_event(cast, "note:looked")["subjects"] == both
    notes.written(cast.actor("pastoral"))
    assert last_event(cast, "note:looked")["subjects"] == both
    people.look(cast.actor("health_visitor"), cast["amara"])
    assert last_event(cast, "person:looked")["subjects"] == both
    notes.latest(cast.actor("health_visitor"))
    assert set(both) <= set(last_event(cast, "home:looked")["subjects"])


def test_no_line_says_where_a_protected_child_is(cast: Cast) -> None:
    covers.add(cast.actor("pastoral"), cast["pastoral"], cast["safeguarding"], *_days(cast, -1, 5))
    involvements.confirm(cast.actor("pastoral"), _line(cast, "amara", "social_worker").id)
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father", [cast["social_worker"]]
    )
    inside = people.look(cast.actor("health_visitor"), cast["amara"])
    people.give_purpose(cast.actor("outsider"), cast["amara"], "welfare")
    outside = people.look(cast.actor("outsider"), cast["amara"])
    for said in ("St Bede's", "Ros Imrie", cast["pastoral"]):
        assert said not in repr((inside.circle, outside.circle))
    for line in outside.circle:
        assert not any((line.practitioner_id, line.source, line.covered_by, line.confirmed_by))


def test_a_school_is_not_named_as_the_source_of_a_protected_child_s_facts(cast: Cast) -> None:
    families.relate(cast.actor("pastoral"), cast["amara"], kind="mother", other_id=cast["kemi"])
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father", [cast["social_worker"]]
    )
    child = people.look(cast.actor("health_visitor"), cast["amara"])
    assert [one.name for one in child.family] == ["Kemi Okafor"]
    assert "St Bede's" not in repr(child.family)


def test_a_foster_carer_is_not_shown_where_the_child_s_location_is_hidden(cast: Cast) -> None:
    worker = cast.actor("social_worker")
    families.relate(worker, cast["amara"], kind="foster carer", other_id=cast["kemi"])
    families.relate(worker, cast["amara"], kind="foster carer", mentioned="Mr Placement")
    involvements.add(
        cast.system,
        cast["kemi"],
        agency_id=cast["health"],
        practitioner_id=cast["health_visitor"],
        role="Health visitor",
    )
    protections.protect(worker, cast["amara"], "Her father", [cast["social_worker"]])
    viewer = cast.actor("health_visitor")
    assert people.look(viewer, cast["amara"]).family == []
    assert people.look(viewer, cast["kemi"]).family == []
    assert len(people.look(worker, cast["amara"]).family) == 2


def test_a_school_is_not_a_child_s_because_somebody_there_asked_to_join(cast: Cast) -> None:
    people.give_purpose(cast.actor("pastoral"), cast["jude"], "welfare")
    involvements.ask(cast.actor("pastoral"), cast["jude"], "Pastoral lead")
    assert people.look(cast.actor("social_worker"), cast["jude"]).brief.school == ""


# --- Into a circle --------------------------------------------------------------------------------


def _add(cast: Cast, by: str, person: str, who: str, agency: str, **more: object) -> str:
    return involvements.add(
        cast.actor(by),
        cast.ids.get(person, person),
        agency_id=cast.ids.get(agency, agency),
        practitioner_id=cast.ids.get(who, who),
        role="Worker",
        **more,  # type: ignore[arg-type]
    )


def test_a_supervisor_does_not_let_themselves_in(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        _add(cast, "supervisor", "lily", "supervisor", "care")
    assert people.look(cast.actor("supervisor"), cast["lily"]).sight is Sight.OUTSIDE


def test_nobody_accepts_their_own_asking(cast: Cast) -> None:
    actor = cast.actor("duty_supervisor")
    people.give_purpose(actor, cast["amara"], "enquiry")
    involvements.ask(actor, cast["amara"], "Manager")
    [mine] = cast.authority.store.query(
        "SELECT id FROM involvements WHERE asserted_by = 'self' AND practitioner_id = :id",
        id=cast["duty_supervisor"],
    )
    with pytest.raises(NotAllowed):
        involvements.accept(actor, mine["id"])
    assert people.look(actor, cast["amara"]).sight is Sight.DIRECTORY


def test_who_brings_in_a_worker_does_not_take_the_lead_with_them(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        _add(cast, "duty_supervisor", "amara", "duty", "care", lead=True)
    _add(cast, "duty_supervisor", "amara", "duty", "care")
    with pytest.raises(NotAllowed):
        involvements.make_lead(cast.actor("duty_supervisor"), _line(cast, "amara", "duty").id)
    assert _line(cast, "amara", "social_worker").lead
    involvements.make_lead(cast.actor("supervisor"), _line(cast, "amara", "duty").id)
    assert _line(cast, "amara", "duty").lead


def test_a_child_without_a_lead_is_given_one_by_a_supervisor(cast: Cast) -> None:
    _add(cast, "supervisor", "lily", "social_worker", "care", lead=True)
    assert _line(cast, "lily", "social_worker").lead


def test_a_practitioner_is_added_for_their_own_agency_only(cast: Cast) -> None:
    with pytest.raises(Invalid):
        _add(cast, "social_worker", "amara", "sealed_supervisor", "care")
    assert "Sue Dale" not in repr(people.look(cast.actor("pastoral"), cast["amara"]).circle)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("agency_id", {"agency": "nobody"}),
        ("practitioner_id", {"who": "nobody"}),
        ("kind", {"kind": "friend"}),
        ("starts_on", {"starts_on": "canary-2231"}),
        ("last_contact_on", {"last_contact_on": "yesterday"}),
        ("role", {"role": "x" * 101}),
    ],
)
def test_what_is_no_involvement_names_its_field(
    cast: Cast, field: str, said: dict[str, str]
) -> None:
    given = {"who": "colleague", "agency": "care", "role": "Worker", **said}
    who, agency = given.pop("who"), given.pop("agency")
    with pytest.raises(Invalid) as error:
        involvements.add(
            cast.actor("social_worker"),
            cast["amara"],
            agency_id=cast.ids.get(agency, agency),
            practitioner_id=cast.ids.get(who, who),
            **given,  # type: ignore[arg-type]
        )
    assert error.value.field == field


def test_who_left_is_not_added(cast: Cast) -> None:
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["colleague"])
    with pytest.raises(Invalid):
        _add(cast, "social_worker", "amara", "colleague", "care")


def test_an_ended_involvement_is_neither_accepted_nor_made_lead(cast: Cast) -> None:
    lead = cast.actor("social_worker")
    line = _line(cast, "amara", "health_visitor").id
    involvements.end(lead, line)
    [ended] = people.look(lead, cast["amara"]).others
    with pytest.raises(Conflict):
        involvements.make_lead(lead, ended.id)
    assert _line(cast, "amara", "social_worker").lead
    people.give_purpose(cast.actor("police"), cast["amara"], "enquiry")
    involvements.ask(cast.actor("police"), cast["amara"], "Officer")
    [asked] = people.look(lead, cast["amara"]).waiting
    involvements.end(cast.actor("police"), asked.id)
    child = people.look(lead, cast["amara"])
    assert child.waiting == []
    assert "Paul Quill" not in repr(child.others)


def test_a_line_of_somebody_restricted_is_no_line(cast: Cast) -> None:
    line = _line(cast, "amara", "health_visitor").id
    plan = plans.set(cast.actor("social_worker"), cast["amara"], "child in need")
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Adopted",
        [cast["social_worker"]],
    )
    for act, known in (
        (lambda id: involvements.confirm(cast.actor("pastoral"), id), line),
        (lambda id: plans.end(cast.actor("supervisor"), id), plan),
    ):
        with pytest.raises(NotFound) as closed:
            act(known)
        with pytest.raises(NotFound) as nothing:
            act(new_id())
        assert str(closed.value) == str(nothing.value)


# --- What a sealed service does ----------------------------------------------------------------------


def test_a_sealed_supervisor_decides_about_their_own_service_only(cast: Cast) -> None:
    sealed = cast.actor("sealed_supervisor", confirmed=True)
    child = people.look(sealed, cast["amara"])
    assert not child.may & {"accept", "lead"}
    lead = _line(cast, "amara", "social_worker").id
    for act in (
        lambda: involvements.end(sealed, lead),
        lambda: involvements.make_lead(sealed, _line(cast, "amara", "pastoral").id),
        lambda: plans.set(sealed, cast["amara"], "child in need"),
        lambda: protections.restrict(sealed, cast["amara"], "Why", [cast["sealed"]]),
    ):
        with pytest.raises(NotAllowed):
            act()
    own = next(line for line in child.circle if line.sealed)
    with pytest.raises(Invalid):
        involvements.make_lead(sealed, own.id)
    assert _line(cast, "amara", "social_worker").lead
    involvements.end(sealed, own.id)


@pytest.mark.parametrize("act", ["end", "again", "withdraw"])
def test_what_a_sealed_service_says_of_a_family_takes_nothing_from_others(
    cast: Cast, act: str
) -> None:
    made = families.relate(
        cast.actor("social_worker"), cast["amara"], kind="mother", other_id=cast["kemi"]
    )
    before = people.look(cast.actor("pastoral"), cast["amara"]).family
    sealed = cast.actor("sealed")
    if act == "withdraw":
        with pytest.raises(Conflict):
            families.withdraw(sealed, made, "Not so.")
    elif act == "end":
        families.end(sealed, made)
    else:
        families.relate(sealed, cast["amara"], kind="mother", other_id=cast["kemi"])
    assert people.look(cast.actor("pastoral"), cast["amara"]).family == before


def test_what_others_say_again_leaves_a_sealed_service_its_own_word(cast: Cast) -> None:
    said = {"kind": "mother", "other_id": cast["kemi"]}
    sealed = families.relate(cast.actor("sealed"), cast["amara"], **said)
    families.relate(cast.actor("social_worker"), cast["amara"], **said)
    families.withdraw(cast.actor("sealed"), sealed, "We were wrong.")
    assert len(people.look(cast.actor("pastoral"), cast["amara"]).family) == 1


def test_a_name_that_only_a_sealed_service_knows_sorts_and_filters_nothing(cast: Cast) -> None:
    _number(cast, "amara", "9434765919")
    people.add(cast.actor("sealed"), NewPerson("Amara", "Zzyx", "2019-05-03", nhs="943 476 5919"))
    school = cast.actor("pastoral")
    assert people.universal(school, starts_with="zzyx").total == 0
    assert people.universal(school, starts_with="oka").total == 1


def test_a_mother_who_must_not_be_known_names_no_baby(cast: Cast) -> None:
    adder = cast.actor("health_visitor")
    baby = people.add(adder, NewPerson(expected_on="2027-03-01", mother_id=cast["kemi"]))
    assert people.look(adder, baby).brief.name == "Unborn baby of Kemi Okafor"
    _add(cast, "supervisor", "kemi", "social_worker", "care", lead=True)
    protections.restrict(
        cast.actor("social_worker", confirmed=True), cast["kemi"], "Staff", [cast["duty"]]
    )
    assert people.look(adder, baby).brief.name == "Unborn baby (not yet named)"


def test_outside_the_circle_no_day_is_told(cast: Cast) -> None:
    born, due = (date.fromisoformat(day) for day in _days(cast, -90, 90))
    for kept in (
        NewPerson("Ann", "Uncommon", expected_on=due.isoformat()),
        NewPerson("Bea", "Uncommon", born_on=born.isoformat()),
    ):
        brief = people.brief(cast.actor("outsider"), people.add(cast.system, kept))
        assert (brief.born_on, brief.expected_on) == (None, None)
        assert brief.age in (f"due {due.year}", f"born {born.year}")


# --- Somebody restricted, added anew by who may not know of them -------------------------------------

JUDE = NewPerson("Jude", "Okafor", "2022-01-20", address="5 New Street", postcode="ZZ17 9ZZ")
NEW = NewPerson("Una", "Brandnew", "2022-01-20", address="5 New Street", postcode="ZZ17 9ZZ")


def _restrict(cast: Cast, person: str, *named: str) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast[person],
        "Adopted",
        [cast[name] for name in named],
    )


def _told(cast: Cast, seconds: int = 11) -> set[str]:
    """Let the worker tell everything; give who has anything in their inbox."""
    _later(cast, seconds=seconds)
    outbox.fan_out(cast.authority)
    rows = cast.authority.store.query("SELECT DISTINCT practitioner_id AS id FROM deliveries")
    names = {id: name for name, id in cast.ids.items()}
    return {names[row["id"]] for row in rows}


def _everything(cast: Cast, who: str, person: NewPerson) -> list[object]:
    """All that somebody is answered who adds a person and goes on as far as the doors open."""
    actor = cast.actor(who)
    ids = [people.add(actor, person), people.add(actor, person)]
    answers: list[object] = []

    def note(*about: str, **more: object) -> None:
        logged = notes.log(actor, NewNote(new_id(), "worry", list(about), saw="Alone.", **more))  # type: ignore[arg-type]
        page = notes.written(actor).notes[: len(logged.note_ids)]
        answers.append(
            (logged.told, logged.told_names, len(logged.note_ids), [len(n.people) for n in page])
        )

    def look() -> None:
        child = people.look(actor, ids[0])
        page = child.notes.notes if child.notes else ()
        answers.append((child.sight, child.reason, child.may, len(page), child.brief.age))
        lines = [(line.name, line.joined) for line in (*child.circle, *child.waiting)]
        answers.append((lines, len(child.others), len(child.addresses)))

    def attempt(act: Callable[[], object]) -> None:
        try:
            act()
        except InklingError as error:
            answers.append(str(error))
        else:
            answers.append("done")

    note(ids[0])
    note(ids[0], audience=["health"])
    attempt(lambda: note(cast["lily"], ids[0]))
    look()
    query = Query(first=person.first, last=person.last, born_on=person.born_on)
    answers.append([(hit.why, hit.mine, hit.born) for hit in search.find(actor, query).results])
    attempt(lambda: people.give_purpose(actor, ids[0], "enquiry"))
    look()
    answers.append([(hit.why, hit.mine, hit.born) for hit in search.find(actor, query).results])
    attempt(lambda: involvements.ask(actor, ids[0], "Worker"))
    attempt(lambda: people.take_on(actor, ids[0], "A neighbour rang."))
    look()
    note(ids[0])
    attempt(lambda: _add(cast, who, ids[0], who, "care"))
    attempt(lambda: _add(cast, who, ids[0], "duty", "care"))
    attempt(lambda: identities.links(actor, ids[0]))
    attempt(lambda: timeline.of(actor, ids[0]))
    look()
    return answers


@pytest.mark.parametrize("who", ["outsider", "reporter", "duty", "duty_supervisor", "steward"])
def test_somebody_restricted_who_is_added_anew_reads_as_new_whatever_is_tried(
    cast: Cast, who: str
) -> None:
    _restrict(cast, "jude", "social_worker")
    assert _everything(cast, who, JUDE) == _everything(cast, who, NEW)


def test_what_is_said_of_somebody_restricted_reaches_those_named_and_nobody_else(
    cast: Cast,
) -> None:
    _restrict(cast, "jude", "social_worker")
    added = people.add(cast.actor("outsider"), JUDE)
    _log(cast, "outsider", added, saw="Seen alone at the harbour.")
    assert _told(cast) == {"social_worker"}
    worker = cast.actor("social_worker")
    seen = notes.about(worker, cast["jude"]).notes
    assert [note.now.saw for note in seen] == ["Seen alone at the harbour."]
    assert inbox.open_item(worker, inbox.list_items(worker).items[0].id).person_id == added
    assert people.look(worker, added).sight is Sight.CIRCLE
    for other in ("duty", "supervisor", "police", "pastoral"):
        with pytest.raises(NotFound):
            people.look(cast.actor(other), added)
    query = Query(first="Jude", last="Okafor", born_on="2022-01-20")
    assert search.find(cast.actor("police"), query).results == []


def test_each_who_adds_somebody_restricted_reaches_those_named(cast: Cast) -> None:
    _restrict(cast, "jude", "social_worker")
    for who in ("outsider", "police"):
        _log(cast, who, people.add(cast.actor(who), JUDE), saw=f"Seen by {who}.")
    seen = notes.about(cast.actor("social_worker"), cast["jude"]).notes
    assert [note.now.saw for note in seen] == ["Seen by police.", "Seen by outsider."]
    mine = notes.written(cast.actor("police")).notes
    assert [note.now.saw for note in mine] == ["Seen by police."]


def test_who_is_named_later_hears_of_who_was_added_before(cast: Cast) -> None:
    _restrict(cast, "jude", "social_worker")
    added = people.add(cast.actor("outsider"), JUDE)
    _restrict(cast, "jude", "social_worker", "police")
    assert people.look(cast.actor("police"), added).sight is Sight.CIRCLE
    _restrict(cast, "jude", "social_worker")
    with pytest.raises(NotFound):
        people.look(cast.actor("police"), added)


def test_a_restriction_that_is_lifted_makes_one_person_of_the_records(cast: Cast) -> None:
    _restrict(cast, "jude", "social_worker")
    added = people.add(cast.actor("outsider"), JUDE)
    _log(cast, "outsider", added, saw="Seen alone.")
    protections.lift_restriction(
        cast.actor("social_worker", confirmed=True), cast["jude"], "No longer needed."
    )
    colleague = people.look(cast.actor("supervisor"), added)
    assert colleague.brief.id == cast["jude"]
    assert [note.now.saw for note in colleague.notes.notes] == ["Seen alone."]  # type: ignore[union-attr]


def test_a_feed_that_never_spoke_of_somebody_restricted_finds_neither_them_nor_who_was_added_anew(
    cast: Cast, tmp_path: Path
) -> None:
    _restrict(cast, "jude", "social_worker")
    people.add(cast.actor("outsider"), JUDE)
    report = _load(cast, tmp_path, "Jude,Okafor,20/01/2022,943 476 5919")
    assert (report.taken, [row.reason for row in report.waiting]) == (0, [placing.NOBODY])
    store = cast.authority.store
    assert store.query("SELECT identity_id FROM live_identifiers WHERE scheme = 'nhs'") == []


def test_who_added_somebody_restricted_does_not_open_the_record_by_restricting_it(
    cast: Cast,
) -> None:
    _restrict(cast, "jude", "social_worker")
    added = people.add(cast.actor("duty"), JUDE)
    people.take_on(cast.actor("duty"), added, "A neighbour rang.")
    _add(cast, "duty_supervisor", "lily", "duty", "care")
    involvements.add(
        cast.system, added, agency_id=cast["care"], practitioner_id=cast["duty"],
        role="Worker", lead=True,
    )  # fmt: skip
    protections.restrict(
        cast.actor("duty", confirmed=True), added, "Why", [cast["duty"], cast["police"]]
    )
    assert people.look(cast.actor("social_worker"), added).sight is Sight.CIRCLE


# --- What is said in passing -------------------------------------------------------------------------


def test_a_mention_from_outside_takes_nothing_from_what_the_circle_sees(cast: Cast) -> None:
    _number(cast, "amara", "9434765919")
    before = people.look(cast.actor("social_worker"), cast["amara"])
    for person in (
        NewPerson("Åmara", "Okafor", "2019-05-03", gender="male", address="1 Wrong Road"),
        NewPerson("Amara", "Wrong", nhs="943 476 5919", postcode="AA1 1AA"),
    ):
        people.add(cast.actor("outsider"), person)
    after = people.look(cast.actor("social_worker"), cast["amara"])
    assert after.brief == before.brief
    assert after.addresses[0] == before.addresses[0]
    pupils = people.universal(cast.actor("pastoral"), starts_with="wrong")
    assert pupils.total == 0
    query = Query(first="Amara", last="Okafor", born_on="2019-05-03")
    assert [hit.district for hit in search.find(cast.actor("police"), query).results] == ["ZZ17"]


def test_a_number_said_in_passing_decides_about_nobody(cast: Cast, tmp_path: Path) -> None:
    people.add(
        cast.actor("outsider"), NewPerson("Amara", "Okafor", "2019-05-03", nhs="943 476 5919")
    )
    assert _load(cast, tmp_path, "Lily,Hart,09/09/2015,943 476 5919").taken == 1


def test_the_circle_s_own_word_is_no_mention(cast: Cast) -> None:
    people.add(
        cast.actor("social_worker"),
        NewPerson("Amara", "Okafor", "2019-05-03", address="9 Right Road", postcode="ZZ17 1AA"),
    )
    assert people.look(cast.actor("pastoral"), cast["amara"]).addresses[0].lines == "9 Right Road"


# --- Two records, one person -------------------------------------------------------------------------


def test_a_lead_does_not_reach_another_child_by_calling_it_their_own(cast: Cast) -> None:
    _add(cast, "supervisor", "lily", "colleague", "care", lead=True)
    with pytest.raises(NotAllowed):
        identities.link(cast.actor("colleague"), cast["lily"], cast["rhea"], "The same child")
    assert people.look(cast.actor("colleague"), cast["rhea"]).sight is Sight.OUTSIDE


def test_that_a_sealed_service_added_somebody_again_is_told_to_nobody_else(cast: Cast) -> None:
    people.add(cast.actor("sealed"), NewPerson("Amara", "Okafor", "2019-05-03"))
    assert identities.links(cast.actor("social_worker"), cast["amara"]) == []
    people.add(cast.actor("outsider"), NewPerson("Amara", "Okafor", "2019-05-03"))
    assert len(identities.links(cast.actor("social_worker"), cast["amara"])) == 1


def test_the_lead_hears_who_was_brought_into_the_circle(cast: Cast) -> None:
    _add(cast, "duty_supervisor", "amara", "duty", "care")
    people.give_purpose(cast.actor("police"), cast["amara"], "enquiry")
    involvements.ask(cast.actor("police"), cast["amara"], "Officer")
    _told(cast)
    [asked] = people.look(cast.actor("supervisor"), cast["amara"]).waiting
    involvements.accept(cast.actor("supervisor"), asked.id)
    _later(cast, seconds=30)
    outbox.fan_out(cast.authority)
    heard = [item.text for item in inbox.list_items(cast.actor("social_worker")).items]
    for name in ("Del Finch", "Paul Quill"):
        assert any(
            text.startswith(f"Now in the circle of Amara Okafor: {name} (") for text in heard
        )


def test_nobody_hears_whom_a_sealed_service_brought_in(cast: Cast) -> None:
    _add(cast, "sealed_supervisor", "jude", "sealed", "harbour")
    assert _told(cast) == set()


# --- Roles and accounts ------------------------------------------------------------------------------


def test_nobody_gives_themselves_a_role(cast: Cast) -> None:
    for who, role in (("administrator", "practitioner"), ("supervisor", "reporter")):
        actor = cast.actor(who, confirmed=True)
        with pytest.raises(NotAllowed):
            practitioners.grant(actor, actor.id, role, "agency", cast["care"])


def test_the_last_administrator_stays_until_there_is_another(cast: Cast) -> None:
    administrator = cast.actor("administrator", confirmed=True)
    role = (cast["administrator"], "administrator", "authority", "authority")
    with pytest.raises(Conflict):
        practitioners.end_role(cast.system, *role)
    with pytest.raises(Conflict):
        practitioners.leave(cast.system, cast["administrator"])
    practitioners.grant(
        administrator, cast["governance"], "administrator", "authority", "authority"
    )
    practitioners.end_role(cast.actor("governance", confirmed=True), *role)


def test_a_supervisor_does_not_invite_whoever_decides_about_the_authority(cast: Cast) -> None:
    practitioners.grant(cast.system, cast["colleague"], "administrator", "authority", "authority")
    with pytest.raises(NotAllowed):
        invitations.make(cast.actor("supervisor", confirmed=True), cast["colleague"])
    assert invitations.make(cast.actor("administrator", confirmed=True), cast["colleague"])


def test_nobody_is_let_in_under_another_s_name_unnoticed(cast: Cast) -> None:
    own = approved(cast, "colleague").signed_in()
    # One administrator invited them and let them in: others hear of that, they do not.
    first = _told(cast)
    assert first == {"supervisor", "governance"}
    supervisor = cast.actor("supervisor", confirmed=True)
    theirs = Phone(cast).enrol(invitations.make(supervisor, cast["colleague"]))
    devices.approve(supervisor, theirs.enrolment_id, "saw their screen")
    assert _told(cast, seconds=40) - first == {"colleague"}
    [item] = inbox.list_items(own).items
    assert item.text.startswith("A new device was let in under your name")
    opened = inbox.open_item(own, item.id)
    assert (opened.person_id, opened.note_id) == (None, None)


def test_who_may_not_add_staff_learns_nothing_about_staff_numbers(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        practitioners.join(
            cast.actor("outsider"), agency_id=cast["care"], name="X", job="X", staff_number="W000"
        )


def test_two_who_share_an_address_are_not_told_apart_by_a_feed(cast: Cast) -> None:
    mapping = """
asserts = []
[columns]
first = ["First"]
last = ["Last"]
born_on = ["Born"]
contact_email = ["NHS"]
[involvement]
kind = "active"
role = "Social worker"
"""
    row = "Lily,Hart,09/09/2015,social_worker@westhaven.example"
    practitioners.join(
        cast.actor("supervisor", confirmed=True),
        agency_id=cast["care"],
        team_id=cast["north"],
        name="Not Jo",
        job="Social worker",
        email="social_worker@westhaven.example",
    )
    with TemporaryDirectory() as folder:
        assert _load(cast, Path(folder), row, mapping, "care").taken == 1
    rows = cast.authority.store.query(
        "SELECT practitioner_id FROM live_involvements WHERE identity_id = :id AND kind = 'active'",
        id=cast["lily"],
    )
    assert [row["practitioner_id"] for row in rows] == [None]


def test_an_administrator_does_not_read_the_rows_that_wait(cast: Cast, tmp_path: Path) -> None:
    _load(cast, tmp_path, "Nobody,Here,09/09/2015,943 476 5919")
    with pytest.raises(NotAllowed):
        loading.waiting(cast.actor("administrator"), "gp")
    [source] = cast.authority.store.query("SELECT id FROM sources WHERE code = 'gp'")
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", source["id"])
    assert len(loading.waiting(cast.actor("steward"), "gp")) == 1


def test_who_left_does_nothing_more_with_the_request_they_had_begun(cast: Cast) -> None:
    note = NewNote(new_id(), "worry", [cast["amara"]], saw="He limped.")
    gone = cast.actor("pastoral")
    notes.log(gone, note)
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["pastoral"])
    for act in (
        lambda: notes.written(gone),
        lambda: notes.revise(gone, note.id, note),
        lambda: notes.withdraw(gone, note.id, "Why"),
        lambda: notes.undo(gone, note.id),
        lambda: people.add(gone, NewPerson("Una", "Brandnew")),
        lambda: people.mine(gone),
        lambda: devices.mine(gone),
        lambda: covers.add(gone, gone.id, cast["safeguarding"], *_days(cast, 0, 5)),
    ):
        with pytest.raises(Refused):
            act()


# --- What is kept, and in what words -----------------------------------------------------------------


def test_what_is_no_id_is_not_written_into_the_trail(cast: Cast) -> None:
    actor = cast.actor("social_worker")
    for act in (
        lambda: notes.read(actor, "canary-4410"),
        lambda: notes.revise(actor, "canary-4410", NewNote(new_id(), "worry", ["x"], saw="x")),
        lambda: inbox.open_item(actor, "canary-4410"),
        lambda: involvements.confirm(actor, "canary-4410"),
        lambda: covers.end(actor, "canary-4410"),
        lambda: people.look(actor, "canary-4410"),
    ):
        with pytest.raises(NotFound):
            act()
    assert _columns_with(cast, "canary-4410") == set()


@pytest.mark.parametrize("given", ["2019-W18-5", "20190503", "2019-05-03"])
def test_a_date_is_kept_in_one_spelling(cast: Cast, given: str) -> None:
    added = people.add(cast.actor("outsider"), NewPerson("Una", "Brandnew", given))
    assert people.look(cast.actor("outsider"), added).brief.born_on == "2019-05-03"
    note = NewNote(new_id(), "worry", [cast["amara"]], saw="x", happened_on=given)
    notes.log(cast.actor("outsider"), note)
    assert notes.read(cast.actor("outsider"), note.id).now.happened_on == "2019-05-03"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("gender", {"gender": "canary"}),
        ("postcode", {"postcode": "X" * 201}),
        ("nhs", {"nhs": "9" * 201}),
    ],
)
def test_what_is_no_person_names_its_field(cast: Cast, field: str, said: dict[str, str]) -> None:
    with pytest.raises(Invalid) as error:
        people.add(cast.actor("outsider"), NewPerson("Una", "Brandnew", **said))
    assert error.value.field == field


def test_a_nul_in_a_name_is_left_out_on_either_engine(cast: Cast) -> None:
    added = people.add(cast.actor("outsider"), NewPerson("U\x00na", "Brand\x00new"))
    assert people.look(cast.actor("outsider"), added).brief.name == "Una Brandnew"
    families.relate(cast.actor("social_worker"), cast["amara"], kind="father", mentioned="D\x00ad")
    involvements.add(cast.system, added, agency_id=cast["care"], role="W\x00orker")


def _columns_with(cast: Cast, canary: str) -> set[str]:
    """Every column of text, of any table, that holds this in clear."""
    store = cast.authority.store
    if store.engine == "sqlite":
        tables = store.query("SELECT name FROM sqlite_master WHERE type = 'table'")
    else:
        tables = store.query(
            "SELECT table_name AS name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
    return {
        f"{table['name']}.{column}"
        for table in tables
        for row in store.query(f"SELECT * FROM {table['name']}")
        for column, value in row.items()
        if canary in str(value)
        or canary.encode() in bytes(value if isinstance(value, bytes | memoryview) else b"")
    }


def test_what_is_typed_is_kept_sealed(cast: Cast) -> None:
    canary = "canary-8807"
    lead, outsider = cast.actor("social_worker", confirmed=True), cast.actor("outsider")
    said: dict[str, Any] = {
        name: f"{canary} {name}" for name in ("saw", "thinks", "whose", "described")
    }
    note = NewNote(new_id(), "worry", [cast["amara"]], **said)
    notes.log(lead, note)
    notes.revise(lead, note.id, note)
    notes.reply(cast.actor("pastoral"), note.id, canary)
    notes.withdraw(lead, note.id, canary)
    notes.wrong_person(lead, note.id, canary)
    people.give_purpose(outsider, cast["amara"], "enquiry", canary)
    people.take_on(cast.actor("duty"), cast["amara"], canary)
    plan = plans.set(lead, cast["amara"], "child in need")
    plans.withdraw(lead, plan, canary)
    relation = families.relate(lead, cast["amara"], kind="mother", other_id=cast["kemi"])
    families.withdraw(lead, relation, canary)
    link = identities.link(cast.system, cast["rhea"], cast["noor"], canary)
    identities.unlink(cast.system, link, canary)
    search.find(lead, Query(first=canary, last=canary, parent=canary, postcode="ZZ17 8AU"))
    with pytest.raises(NotAllowed):
        identities.link(outsider, cast["amara"], cast["jude"], canary)
    conflict = conflicts.declare(outsider, cast["jude"], canary)
    conflicts.end(cast.system, conflict, canary)
    hidden = protections.protect(lead, cast["amara"], canary, [cast["social_worker"]])
    protections.lift_protection(lead, cast["amara"], hidden, canary)
    protections.restrict(lead, cast["amara"], canary, [cast["social_worker"]])
    protections.lift_restriction(lead, cast["amara"], canary)
    assert _columns_with(cast, canary) == set()


# --- At the same moment ------------------------------------------------------------------------------


def _at_once(*acts: Callable[[], object]) -> list[object]:
    """Let several do something at the same moment; give what each was answered."""
    ready = threading.Barrier(len(acts))

    def act(one: Callable[[], object]) -> object:
        ready.wait()
        try:
            return one()
        except InklingError as error:
            return type(error)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def test_asking_twice_at_once_asks_once(cast: Cast) -> None:
    people.give_purpose(cast.actor("police"), cast["amara"], "enquiry")
    actor = cast.actor("police")
    roles = ["Officer", "Constable", "Sergeant"]
    answers = _at_once(*(partial(involvements.ask, actor, cast["amara"], role) for role in roles))
    assert sorted(map(str, answers)) == sorted(map(str, [None, Conflict, Conflict]))
    assert len(people.look(cast.actor("social_worker"), cast["amara"]).waiting) == 1


def test_two_leads_named_at_once_leave_one(cast: Cast) -> None:
    for who in ("social_worker", "colleague"):
        _add(cast, "supervisor", "lily", who, "care")
    supervisor = cast.actor("supervisor")
    lines = [_line(cast, "lily", who).id for who in ("social_worker", "colleague")]
    _at_once(*(partial(involvements.make_lead, supervisor, line) for line in lines))
    child = people.look(supervisor, cast["lily"])
    assert len([line for line in child.circle if line.lead]) == 1


def test_two_restrictions_at_once_leave_one(cast: Cast) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    names = [[cast["social_worker"], cast[other]] for other in ("police", "duty")]
    _at_once(*(partial(protections.restrict, lead, cast["amara"], "Why", name) for name in names))
    seen = []
    for who in ("police", "duty"):
        try:
            people.look(cast.actor(who), cast["amara"])
        except NotFound:
            continue
        seen.append(who)
    assert len(seen) == 1


def test_accepted_and_declined_at_once_is_one_of_the_two(cast: Cast) -> None:
    people.give_purpose(cast.actor("police"), cast["amara"], "enquiry")
    involvements.ask(cast.actor("police"), cast["amara"], "Officer")
    lead = cast.actor("social_worker")
    [asked] = people.look(lead, cast["amara"]).waiting
    answers = _at_once(
        partial(involvements.accept, lead, asked.id), partial(involvements.decline, lead, asked.id)
    )
    assert answers.count(None) == 1
    inside = people.look(cast.actor("police"), cast["amara"]).sight is Sight.CIRCLE
    assert inside is (answers[0] is None)


def test_withdrawn_twice_and_sent_twice_at_once_is_once(cast: Cast) -> None:
    actor = cast.actor("pastoral")
    note = NewNote(new_id(), "worry", [cast["amara"]], saw="He limped.")
    sent = _at_once(*[partial(notes.log, actor, note)] * 3)
    assert sorted(one.again for one in sent if isinstance(one, Logged)) == [False, True, True]
    answers = _at_once(*[partial(notes.withdraw, actor, note.id, "Not so.")] * 3)
    assert answers.count(None) == 1


def test_approved_and_refused_at_once_is_one_of_the_two(cast: Cast) -> None:
    waiting = Phone(cast).enrol(invitations.make(cast.system, cast["colleague"])).enrolment_id
    supervisor = cast.actor("supervisor", confirmed=True)
    answers = _at_once(
        partial(devices.approve, supervisor, waiting, "saw their screen"),
        partial(devices.refuse, supervisor, waiting),
    )
    assert sorted(map(str, answers)) == sorted(map(str, [None, Conflict]))


# --- A sealed service, seen from everywhere else -------------------------------------------------------


def _all_that_is_shown(cast: Cast, who: str, note_id: str) -> dict[str, object]:
    """Everything that somebody's doors show them about Jude and themselves."""
    actor, jude = cast.actor(who), cast["jude"]
    query = Query(first="Jude", last="Okafor", born_on="2022-01-20")
    doors: dict[str, Callable[[], object]] = {
        "mine": lambda: people.mine(actor),
        "choices": lambda: people.choices(actor),
        "latest": lambda: notes.latest(actor),
        "universal": lambda: people.universal(actor),
        "search": lambda: search.find(actor, query).results,
        "look": lambda: people.look(actor, jude),
        "mother": lambda: people.look(actor, cast["kemi"]),
        "about": lambda: notes.about(actor, jude),
        "read": lambda: notes.read(actor, note_id),
        "timeline": lambda: timeline.of(actor, jude),
        "written": lambda: notes.written(actor),
        "inbox": lambda: inbox.list_items(actor),
        "unread": lambda: inbox.unread(actor),
        "links": lambda: identities.links(actor, jude),
        "protections": lambda: protections.of(actor, jude),
        "conflicts": lambda: conflicts.under(actor),
        "team": lambda: practitioners.team(actor),
        "covers": lambda: covers.mine(actor),
        "devices": lambda: devices.waiting(actor),
    }
    shown: dict[str, object] = {}
    for name, door in doors.items():
        try:
            shown[name] = door()
        except InklingError as error:
            shown[name] = str(error)
    return shown


def test_nothing_that_a_sealed_service_does_shows_anywhere_else(cast: Cast) -> None:
    _add(cast, "supervisor", "jude", "colleague", "care")
    families.relate(cast.actor("social_worker"), cast["jude"], kind="mother", other_id=cast["kemi"])
    logged = cast.worry("outsider", "jude", saw="Shouting heard.")
    note_id = logged.note_ids[0]
    others = [name for name in STAFF if not name.startswith("sealed")]
    people.give_purpose(cast.actor("police"), cast["jude"], "enquiry")
    people.take_on(cast.actor("duty"), cast["jude"], "A neighbour rang.")
    _told(cast)
    for who in others:
        _all_that_is_shown(cast, who, note_id)
    before = {who: _all_that_is_shown(cast, who, note_id) for who in others}
    worker, supervisor = cast.actor("sealed"), cast.actor("sealed_supervisor")

    people.give_purpose(worker, cast["jude"], "welfare", "A parent is with us.")
    involvements.ask(worker, cast["jude"], "Recovery worker")
    people.give_purpose(supervisor, cast["jude"], "welfare")
    [waiting] = cast.authority.store.query(
        "SELECT id FROM live_involvements WHERE asserted_by = 'self'"
    )
    involvements.accept(supervisor, waiting["id"])
    people.look(worker, cast["jude"])
    notes.read(worker, note_id)
    notes.mark(worker, note_id, "noticed too")
    notes.mark(worker, note_id, "acted on")
    notes.reply(worker, note_id, "We know of this.", differs=True)
    cast.worry("sealed", "jude", saw="Kept in the service.")
    own = NewNote(new_id(), "contact", [cast["jude"]], contact="visit", saw="Seen.")
    notes.log(worker, own)
    notes.revise(worker, own.id, own)
    notes.withdraw(worker, own.id, "Another child.")
    families.relate(worker, cast["jude"], kind="father", mentioned="A father")
    families.relate(worker, cast["jude"], kind="mother", other_id=cast["kemi"])
    people.add(worker, NewPerson("Jüde", "Okafor", "2022-01-20", address="1 Refuge", gender="male"))
    line = next(line for line in people.look(worker, cast["jude"]).circle if line.sealed)
    involvements.confirm(worker, line.id)
    covers.add(supervisor, cast["sealed"], cast["sealed_supervisor"], *_days(cast, 0, 9))
    conflicts.declare(worker, cast["rhea"])
    _later(cast, seconds=60)
    outbox.fan_out(cast.authority)

    for who in others:
        after = _all_that_is_shown(cast, who, note_id)
        for door, was in before[who].items():
            assert (who, door, after[door]) == (who, door, was)
    again = cast.worry("outsider", "jude", saw="Shouting heard.")
    assert (again.told, again.told_names) == (logged.told + 1, [])  # duty took the child on


def test_a_sealed_worker_s_leaving_shows_nowhere_else(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "jude").note_ids[0]
    _add(cast, "sealed_supervisor", "jude", "sealed", "harbour")
    _told(cast)
    others = [name for name in STAFF if not name.startswith("sealed")]
    for who in others:
        _all_that_is_shown(cast, who, note_id)
    before = {who: _all_that_is_shown(cast, who, note_id) for who in others}
    practitioners.leave(cast.actor("sealed_supervisor", confirmed=True), cast["sealed"])
    _later(cast, seconds=60)
    outbox.fan_out(cast.authority)
    for who in others:
        assert _all_that_is_shown(cast, who, note_id) == before[who]


def test_nothing_that_those_named_do_shows_to_anybody_else(cast: Cast) -> None:
    note_id = cast.worry("health_visitor", "jude").note_ids[0]
    _add(cast, "supervisor", "kemi", "social_worker", "care", lead=True)
    _add(cast, "supervisor", "kemi", "colleague", "care")
    families.relate(cast.actor("social_worker"), cast["jude"], kind="mother", other_id=cast["kemi"])
    _told(cast)
    _restrict(cast, "jude", "social_worker")
    people.look(cast.actor("social_worker"), cast["jude"])  # the author hears that it was read
    others = [name for name in STAFF if name != "social_worker"]
    for who in others:
        _all_that_is_shown(cast, who, note_id)
    before = {who: _all_that_is_shown(cast, who, note_id) for who in others}
    assert all("Jude" not in repr(before[who]) for who in others if who != "health_visitor")
    named = cast.actor("social_worker")
    logged = cast.worry("social_worker", "jude")
    notes.reply(named, note_id, "We know of this.")
    notes.mark(named, logged.note_ids[0], "acted on")
    plans.set(named, cast["jude"], "child protection")
    families.relate(named, cast["jude"], kind="father", mentioned="A father")
    families.relate(named, cast["kemi"], kind="brother or sister", other_id=cast["jude"])
    _add(cast, "social_worker", "jude", "colleague", "care")
    involvements.confirm(named, _line(cast, "jude", "social_worker").id)
    protections.protect(named, cast["jude"], "A threat", [cast["social_worker"]])
    people.add(cast.actor("administrator"), JUDE)
    _later(cast, seconds=60)
    outbox.fan_out(cast.authority)
    for who in others:
        after = _all_that_is_shown(cast, who, note_id)
        for door, was in before[who].items():
            # Who added somebody sees them as they typed them.
            if (who, door) not in (("administrator", "search"), ("administrator", "choices")):
                assert (who, door, after[door]) == (who, door, was)


def test_a_note_sent_while_two_records_become_one_is_not_lost(cast: Cast) -> None:
    twice = people.add(cast.system, NewPerson("Judah", "Okafor", "2022-01-21"))
    lead = cast.actor("social_worker")
    for n in range(6):
        note = NewNote(new_id(), "worry", [twice], saw=f"Note {n}.")
        link, _ = _at_once(
            partial(identities.link, cast.system, cast["jude"], twice, "The same child"),
            partial(notes.log, cast.actor("outsider"), note),
        )
        seen = [one.now.saw for one in notes.about(lead, cast["jude"]).notes]
        assert seen[0] == f"Note {n}."
        identities.unlink(cast.system, str(link))


def test_only_the_lead_s_side_shuts_others_out(cast: Cast) -> None:
    _add(cast, "duty_supervisor", "amara", "duty", "care")
    with pytest.raises(NotAllowed):
        protections.restrict(
            cast.actor("duty_supervisor", confirmed=True),
            cast["amara"],
            "Why",
            [cast["duty_supervisor"]],
        )
    assert people.look(cast.actor("social_worker"), cast["amara"]).sight is Sight.CIRCLE


def test_who_added_somebody_restricted_does_not_tie_them_to_another_child(cast: Cast) -> None:
    _restrict(cast, "jude", "social_worker")
    added = people.add(cast.actor("duty"), JUDE)
    for person in (added, cast["lily"]):
        involvements.add(
            cast.system,
            person,
            agency_id=cast["care"],
            practitioner_id=cast["duty"],
            role="Worker",
            lead=True,
        )
    with pytest.raises(NotAllowed):
        identities.link(cast.actor("duty"), cast["lily"], added, "The same child")
    assert people.look(cast.actor("duty"), cast["lily"]).brief.name == "Lily Hart"


def test_only_the_lead_s_side_ends_what_the_lead_does(cast: Cast) -> None:
    _add(cast, "duty_supervisor", "amara", "duty", "care")
    lead = _line(cast, "amara", "social_worker").id
    offered = people.look(cast.actor("duty_supervisor"), cast["amara"]).may
    assert offered & {"accept", "lead"} == {"accept"}
    with pytest.raises(NotAllowed):
        involvements.end(cast.actor("duty_supervisor"), lead)
    involvements.end(cast.actor("supervisor"), lead)
    assert people.look(cast.actor("social_worker"), cast["amara"]).sight is Sight.OUTSIDE


@pytest.mark.parametrize("more", [{"kind": "universal"}, {"practitioner_id": None}])
def test_nobody_but_a_named_worker_leads(cast: Cast, more: dict[str, str | None]) -> None:
    given = {"practitioner_id": cast["colleague"], **more}
    with pytest.raises(Invalid):
        involvements.add(
            cast.actor("social_worker"),
            cast["amara"],
            agency_id=cast["care"],
            role="Worker",
            lead=True,
            **given,  # type: ignore[arg-type]
        )
    assert _line(cast, "amara", "social_worker").lead


def test_who_tries_a_made_up_invitation_leaves_a_row(cast: Cast) -> None:
    with pytest.raises(NotFound):
        invitations.find(cast.authority, "canary-5512")
    event = last_event(cast, "invitation:used")
    assert (event["actor"], event["verdict"], event["object"]) == ("enrolment", "refused", None)
    assert _columns_with(cast, "canary-5512") == set()
