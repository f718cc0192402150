"""Attempts to break in: what somebody must not learn, reach or overturn through the core's own doors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.errors import Conflict, Invalid, NotFound
from api.moment import new_id
from api.record import notes, people, protections
from api.record.notes import Logged, NewNote
from api.record.people import NewPerson
from api.telling import inbox, outbox
from tests.cast import Cast
from tests.trail import last_event


def _later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def _log(cast: Cast, author: str, *about: str, saw: str = "No breakfast.") -> Logged:
    note = NewNote(new_id(), "worry", [cast.ids.get(one, one) for one in about], saw=saw)
    return notes.log(cast.actor(author), note)


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
    acts = {
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
        cast.actor("social_worker"), cast["rhea"], "Adopted", [cast["social_worker"]]
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
    for look in (
        lambda: notes.about(cast.actor("social_worker"), cast["amara"], secret),
        lambda: notes.written(cast.actor("social_worker"), secret),
    ):
        with pytest.raises(Invalid):
            look()


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
