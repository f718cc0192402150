"""What is asked of the database for somebody says nothing of whom they must not know of: the same statements
are run whether or not there is anybody, so that no answer takes longer for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.facts import search
from api.facts.search import Query
from api.moment import new_id
from api.record import glass, involvements, notes, people, systems
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.record.systems import Involvement
from tests.api import systems as other
from tests.cast import Cast
from tests.twins.reading import Statements, listen


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Statements:
    return listen(monkeypatch)


def asked(ran: Statements, act: Callable[[], object]) -> list[str]:
    """The statements that something takes, without what they were run with."""
    ran.kept.clear()
    act()
    return [sql for sql, _ in ran.kept]


def sealed_line(cast: Cast) -> str:
    circle = people.look(cast.actor("sealed"), cast["amara"]).circle
    return next(line.id for line in circle if line.sealed)


def test_sending_a_note_asks_nothing_about_a_sealed_service(cast: Cast, ran: Statements) -> None:
    pastoral, amara = cast.actor("pastoral"), cast["amara"]

    def send() -> list[str]:
        note = NewNote(new_id(), "worry", [amara], saw="No coat.")
        return asked(ran, lambda: notes.log(pastoral, note))

    send()
    with_them = send()
    involvements.end(cast.actor("sealed"), sealed_line(cast))
    assert send() == with_them


def test_nobody_is_led_to_somebody_whom_a_sealed_service_added(cast: Cast, ran: Statements) -> None:
    query, outsider = Query("Una", "Known", "2017-07-07"), cast.actor("outsider")
    search.find(outsider, query)
    before = asked(ran, lambda: search.find(outsider, query))
    people.add(cast.actor("sealed"), NewPerson("Una", "Known", "2017-07-07"))
    assert asked(ran, lambda: search.find(outsider, query)) == before
    (own,) = search.find(cast.actor("sealed"), query).results
    assert own.name == "Una Known"


def test_what_another_system_says_is_compared_alike_whatever_a_sealed_service_confirmed(
    cast: Cast, ran: Statements
) -> None:
    system = other.actor(cast)

    def say(name: str) -> list[str]:
        said = Involvement(cast["amara"], "active", "Tutor", contact_name=name)
        return asked(ran, lambda: systems.say(system, "S1", said))

    say("Tam Reid")
    before = say("Al Fox")
    involvements.confirm(cast.actor("sealed"), sealed_line(cast))
    assert say("Tam Reid") == before


def test_to_break_glass_asks_nothing_about_a_sealed_lead(cast: Cast, ran: Statements) -> None:
    police = cast.actor("police", confirmed=True)
    outsider = cast.actor("outsider", confirmed=True)
    unled = asked(ran, lambda: glass.open_record(police, cast["lily"], "On the bridge."))
    cast.support("sealed", "harbour", "lily", lead=True)
    assert unled == asked(ran, lambda: glass.open_record(outsider, cast["lily"], "On the bridge."))
