"""Conflicts of interest: declared by oneself, ended by somebody else."""

from __future__ import annotations

import pytest

from api.access import Sight
from api.errors import Conflict, Invalid, NotFound
from api.moment import new_id
from api.record import conflicts, notes, people, protections
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.staff import practitioners
from tests.cast import Cast


def test_who_declares_a_conflict_sees_nothing_afterwards(cast: Cast) -> None:
    worker = cast.actor("pastoral")
    conflicts.declare(worker, cast["amara"], "My niece")
    with pytest.raises(NotFound):
        people.look(worker, cast["amara"])
    assert "Amara Okafor" not in [one.brief.name for one in people.mine(worker)]
    with pytest.raises(NotFound):
        people.give_purpose(worker, cast["amara"], "enquiry")
    with pytest.raises(NotFound):
        conflicts.declare(worker, cast["amara"])
    assert people.look(cast.actor("social_worker"), cast["amara"]).sight is Sight.CIRCLE


def test_anybody_who_can_look_somebody_up_can_declare(cast: Cast) -> None:
    conflicts.declare(cast.actor("outsider"), cast["jude"])
    with pytest.raises(NotFound):
        people.look(cast.actor("outsider"), cast["jude"])


def test_duty_cannot_take_on_somebody_of_their_own(cast: Cast) -> None:
    conflicts.declare(cast.actor("duty"), cast["jude"])
    with pytest.raises(NotFound):
        people.take_on(cast.actor("duty"), cast["jude"], "I would like to know")


@pytest.mark.parametrize("who", ["pastoral", "outsider"])
def test_a_danger_can_still_be_said_and_nothing_is_read_by_that(cast: Cast, who: str) -> None:
    cast.worry("social_worker", "amara", saw="Afraid of going home.")
    worker, note_id = cast.actor(who), new_id()
    conflicts.declare(worker, cast["amara"])
    amara = NewPerson("Amara", "Okafor", "2019-05-03")
    logged = notes.log(worker, NewNote(note_id, "worry", [], saw="My brother hit her."), amara)
    seen = notes.about(cast.actor("health_visitor"), cast["amara"]).notes
    assert [note.now.saw for note in seen] == ["My brother hit her.", "Afraid of going home."]
    assert logged.told > 0
    assert logged.told_names == []
    mine = notes.read(worker, note_id)
    assert (mine.now.saw, mine.may) == (
        "My brother hit her.",
        frozenset({"revise", "withdraw", "wrong person"}),
    )
    assert logged.people == mine.people == []
    for closed in (people.look, people.brief, notes.about):
        with pytest.raises(NotFound):
            closed(worker, cast["amara"])
    assert "Amara Okafor" not in [one.brief.name for one in people.mine(worker)]
    # Chosen on a device before the declaration, and sent after it.
    notes.log(worker, NewNote(new_id(), "worry", [cast["amara"]], saw="He is at the door."))
    assert len(notes.about(cast.actor("health_visitor"), cast["amara"]).notes) == 3


def test_who_may_not_know_of_somebody_writes_about_nobody(cast: Cast) -> None:
    worker = cast.actor("outsider")
    conflicts.declare(worker, cast["amara"])
    supervisor = cast.actor("supervisor", confirmed=True)
    protections.restrict(supervisor, cast["amara"], "Threats", [cast["social_worker"]])
    for person in (cast["amara"], new_id()):
        with pytest.raises(NotFound):
            notes.log(worker, NewNote(new_id(), "worry", [person], saw="Is she there?"))
    practitioners.leave(cast.actor("administrator", confirmed=True), worker.id)
    with pytest.raises(NotFound):
        notes.log(worker, NewNote(new_id(), "worry", [cast["jude"]], saw="One more thing."))


def test_one_s_supervisor_or_governance_lead_ends_it_and_never_oneself(cast: Cast) -> None:
    held = conflicts.declare(cast.actor("social_worker"), cast["amara"])
    own = conflicts.declare(cast.actor("supervisor"), cast["jude"])
    for nobody in ("social_worker", "colleague", "duty_supervisor", "pastoral", "administrator"):
        with pytest.raises(NotFound):
            conflicts.end(cast.actor(nobody), held, "A different family")
    with pytest.raises(NotFound):
        conflicts.end(cast.actor("supervisor"), own, "I changed my mind")
    with pytest.raises(NotFound):
        conflicts.end(cast.actor("supervisor"), "nothing", "Why")
    conflicts.end(cast.actor("supervisor"), held, "A different family")
    conflicts.end(cast.actor("governance"), own, "Moved away")
    assert people.look(cast.actor("social_worker"), cast["amara"]).sight is Sight.CIRCLE
    with pytest.raises(Conflict):
        conflicts.end(cast.actor("supervisor"), held, "Again")


def test_a_supervisor_sees_who_declared_and_not_whom(cast: Cast) -> None:
    held = conflicts.declare(cast.actor("social_worker"), cast["amara"], "My niece")
    conflicts.declare(cast.actor("pastoral"), cast["amara"])
    conflicts.declare(cast.actor("supervisor"), cast["jude"])
    (shown,) = conflicts.under(cast.actor("supervisor"))
    assert (shown.id, shown.practitioner) == (held, "Jo Marsh")
    assert set(vars(shown)) == {"id", "practitioner", "declared_at"}
    assert len(conflicts.under(cast.actor("governance"))) == 2
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    assert len(conflicts.under(cast.actor("governance"))) == 3
    assert conflicts.under(cast.actor("pastoral")) == []
    conflicts.end(cast.actor("supervisor"), held, "A different family")
    assert conflicts.under(cast.actor("supervisor")) == []


def test_ending_needs_a_reason(cast: Cast) -> None:
    held = conflicts.declare(cast.actor("social_worker"), cast["amara"])
    with pytest.raises(Invalid):
        conflicts.end(cast.actor("supervisor"), held, "  ")


def test_a_declaration_and_its_end_leave_their_rows(cast: Cast) -> None:
    held = conflicts.declare(cast.actor("social_worker"), cast["amara"], "My niece")
    with pytest.raises(NotFound):
        conflicts.end(cast.actor("pastoral"), held, "No")
    conflicts.end(cast.actor("supervisor"), held, "A different family")
    rows = cast.authority.store.query(
        """SELECT e.actor, e.reason, s.person_id FROM audit_events e
        LEFT JOIN audit_subjects s ON s.event_id = e.id
        WHERE e.action = 'conflict:declared' ORDER BY e.at"""
    )
    assert [tuple(row.values()) for row in rows] == [
        (cast["social_worker"], "declared", cast["amara"]),
        (cast["pastoral"], "may not end", None),
        (cast["supervisor"], "ended", cast["amara"]),
    ]


def test_what_somebody_of_a_sensitive_service_declared_is_for_their_own(cast: Cast) -> None:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    declared = conflicts.declare(cast.actor("sealed"), cast["jude"])
    assert conflicts.under(cast.actor("governance")) == []
    with pytest.raises(NotFound):
        conflicts.end(cast.actor("governance"), declared, "Not mine to end")
    assert [one.id for one in conflicts.under(cast.actor("sealed_supervisor"))] == [declared]
    conflicts.end(cast.actor("sealed_supervisor"), declared, "Another family")
