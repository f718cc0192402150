"""What is asked of the database for somebody says nothing of whom they must not know of: the same statements
are run whether or not there is anybody, so that no answer takes longer for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from api.errors import NotFound
from api.facts import corrections, search
from api.facts.search import Query
from api.moment import new_id
from api.record import (
    glass,
    involvements,
    notes,
    own_family,
    people,
    plans,
    protections,
    systems,
)
from api.record.notes import NewNote
from api.record.own_family import Relative
from api.record.people import NewPerson
from api.record.systems import Involvement
from api.rights import handling, items, requests, signing
from api.rights.requests import NewRequest
from api.staff import practitioners
from api.telling import outbox
from tests.api import systems as other
from tests.cast import Cast
from tests.twins.closing import CHECKS
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


def test_nobody_is_told_later_because_somebody_of_a_sealed_service_is_told(
    cast: Cast, ran: Statements
) -> None:
    first = "UPDATE practitioners SET name = 'Abe Brook' WHERE id = :id"
    cast.authority.store.upkeep(lambda tx: tx.change(first, id=cast["sealed"]))
    cast.worry("pastoral", "amara")
    told_at = datetime.now(UTC) + timedelta(seconds=20)
    cast.authority.store.clock = lambda: told_at
    ran.kept.clear()
    outbox.fan_out(cast.authority)
    told = [one["who"] for sql, one in ran.kept if sql.startswith("INSERT INTO deliveries")]
    theirs = [who == cast["sealed"] for who in told]
    assert {*theirs} == {True, False}
    assert theirs == sorted(theirs)


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


def test_that_somebody_answers_for_a_line_does_not_say_that_there_is_a_sealed_lead(
    cast: Cast, ran: Statements
) -> None:
    lily = cast["lily"]
    cast.support("police", "force", "lily", lead=True)
    plan = plans.set(cast.actor("police"), lily, "child in need")
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["police"])

    def say() -> None:
        with pytest.raises(NotFound, match="Nobody who answers"):
            corrections.say(cast.actor("safeguarding"), lily, "plan", plan, "out of date", "")

    before = asked(ran, say)
    cast.support("sealed", "harbour", "lily", lead=True)
    assert asked(ran, say) == before


def test_to_open_a_record_again_asks_alike_whoever_declared_family(
    cast: Cast, ran: Statements
) -> None:
    lead = cast.actor("social_worker", confirmed=True)

    def lift() -> list[str]:
        protections.restrict(lead, cast["rhea"], "A witness", [lead.id])
        return asked(ran, lambda: protections.lift_restriction(lead, cast["rhea"], "It is over."))

    own_family.declare(cast.actor("pastoral"), Relative("Ida", "Osei", "2001-02-03"))
    before = lift()
    own_family.declare(cast.actor("sealed"), Relative("Lily", "Hart", "2015-09-09"))
    assert lift() == before


def test_to_handle_a_request_asks_nothing_about_what_a_sealed_service_wrote(
    cast: Cast, ran: Statements
) -> None:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    leads, boss = cast.actor("governance", confirmed=True), cast.actor("supervisor")

    cast.worry("social_worker", "amara")

    def handle(what: str) -> list[str]:
        today = cast.authority.store.now()[:10]
        asks = NewRequest(today, "parent", "Kemi Okafor", "12 Mill Lane", what)
        one = requests.take(cast.actor("social_worker"), cast["amara"], asks)
        for kind, said in CHECKS.items():
            handling.check(leads, one, kind, said, "seen")
        items.gather(leads, one)
        return [
            *asked(ran, lambda: signing.parts(boss, one)),
            *asked(ran, lambda: handling.check(leads, one, "identity", "document", "seen")),
        ]

    before = handle("All of it")
    cast.worry("sealed", "amara")
    assert handle("All of it, again") == before
