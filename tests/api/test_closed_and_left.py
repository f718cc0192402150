"""Closed records to which something else happens: who is named leaves, or turns out to be family."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api import moment
from api.errors import NotFound
from api.moment import new_id
from api.record import conflicts, notes, own_family, protections
from api.record.notes import NewNote
from api.record.own_family import Relative
from api.record.people import NewPerson
from api.staff import practitioners
from api.telling import inbox, outbox
from tests.cast import Cast

HER = NewPerson("Amara", "Okafor", "2019-05-03")
SENTENCE = "Something was written about somebody whose record is closed, and nobody who is named on it can read"


def close(cast: Cast, *named: str) -> None:
    who = [cast[one] for one in named]
    protections.restrict(
        cast.actor("social_worker", confirmed=True), cast["amara"], "A witness", who
    )


def worry_anew(cast: Cast) -> str:
    """Let somebody who may not know of her write about her, as about somebody new."""
    note = NewNote(id=new_id(), kind="worry", people=[], saw="A bruise the size of a hand.")
    return notes.log(cast.actor("outsider"), note, HER).note_ids[0]


def told(cast: Cast) -> set[str]:
    """Let the worker tell everything; give who has anything about a note in their inbox."""
    at = moment.parse(cast.authority.store.now()) + timedelta(seconds=11)
    cast.authority.store.clock = lambda: at
    while outbox.fan_out(cast.authority):
        pass
    rows = cast.authority.store.query(
        """SELECT DISTINCT d.practitioner_id AS id FROM deliveries d
        JOIN outbox e ON e.id = d.event_id WHERE e.kind = 'note'"""
    )
    names = {id: name for name, id in cast.ids.items()}
    return {names[row["id"]] for row in rows}


def govern(cast: Cast) -> None:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )


def test_who_is_named_and_conflicted_reads_nothing_that_is_added_anew(cast: Cast) -> None:
    close(cast, "social_worker", "supervisor")
    conflicts.declare(cast.actor("social_worker"), cast["amara"])
    note = worry_anew(cast)
    assert told(cast) == {"supervisor"}
    assert notes.read(cast.actor("supervisor"), note).now.saw.startswith("A bruise")
    with pytest.raises(NotFound):
        notes.read(cast.actor("social_worker"), note)
    # Whoever declares it afterwards reads it no more.
    conflicts.declare(cast.actor("supervisor"), cast["amara"])
    with pytest.raises(NotFound):
        notes.read(cast.actor("supervisor"), note)


def test_who_added_somebody_anew_is_answered_as_ever_though_they_know_them(cast: Cast) -> None:
    conflicts.declare(cast.actor("outsider"), cast["amara"])
    close(cast, "social_worker")
    note = worry_anew(cast)
    assert notes.read(cast.actor("outsider"), note).now.saw.startswith("A bruise")


@pytest.mark.parametrize("how", ["left", "declared", "own family"])
def test_what_is_written_where_nobody_named_can_read_it_is_told_to_governance(
    cast: Cast, how: str
) -> None:
    govern(cast)
    close(cast, "social_worker")
    assert protections.forsaken(cast.actor("governance")) == []
    worry_anew(cast)
    assert told(cast) == {"social_worker"}
    if how == "left":
        practitioners.leave(cast.actor("administrator", confirmed=True), cast["social_worker"])
    elif how == "declared":
        conflicts.declare(cast.actor("social_worker"), cast["amara"])
    else:
        own_family.declare(cast.actor("social_worker"), Relative("Amara", "Okafor", "2019-05-03"))
    note = worry_anew(cast)
    assert told(cast) == {"social_worker", "governance"}
    governance = cast.actor("governance", confirmed=True)
    [item] = [one for one in inbox.list_items(governance).items if one.kind == "note"]
    assert item.text.startswith(SENTENCE)
    assert "Amara" not in item.text
    assert "Webb" not in item.text
    opened = inbox.open_item(governance, item.id)
    assert (opened.person_id, opened.note_id, opened.is_closed) == (None, None, True)
    # That one person alone could open it is the other.
    assert inbox.unread(governance) == 1

    # They open the record, and the circle reads it.
    [one] = protections.forsaken(governance)
    protections.open_forsaken(governance, one.id, "Nobody is left")
    assert notes.read(cast.actor("pastoral"), note).now.saw.startswith("A bruise")


def test_nobody_else_hears_of_it_nor_of_what_a_sealed_service_keeps_to_itself(cast: Cast) -> None:
    govern(cast)
    close(cast, "social_worker")
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["social_worker"])
    note = NewNote(id=new_id(), kind="worry", people=[], saw="Not for others.", voice="own service")
    notes.log(cast.actor("sealed"), note, HER)
    assert told(cast) == set()
    items = inbox.list_items(cast.actor("governance")).items
    assert [one.kind for one in items] == ["closed to one"]


def test_what_those_named_write_themselves_is_told_to_nobody_else(cast: Cast) -> None:
    govern(cast)
    close(cast, "social_worker")
    cast.worry("social_worker", "amara")
    assert told(cast) == set()
