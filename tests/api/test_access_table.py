"""Who may see what: the table of the design, row by row, each as a small world and what is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from api.access import Sight
from api.errors import NotAllowed, NotFound
from api.moment import LONDON
from api.record import (
    conflicts,
    families,
    glass,
    involvements,
    notes,
    people,
    plans,
    protections,
    revealing,
    timeline,
)
from api.record.people import NewPerson
from api.staff import covers, practitioners
from api.trust.actor import Actor
from tests.cast import Cast

ALL = "a worry for all"
NARROW = "for social care and health"
OWN = "what I wrote myself"

Setup = Callable[[Cast], object]


@dataclass(frozen=True)
class Row:
    """One line of the table: who looks at Amara after what, and what they see.

    `sees` are the notes by their text; `but` what else there is to see: circle, family, plans,
    addresses, timeline, sealed (the line of the sensitive agency).
    """

    who: str
    viewer: str
    sight: Sight
    sees: tuple[str, ...] = ()
    but: str = ""
    given: Setup = lambda cast: None


CIRCLE = "circle family plans addresses timeline"
DIRECTORY = "circle plans"


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def day(cast: Cast, days: int) -> str:
    today = cast.authority.store.clock().astimezone(LONDON).date()
    return (today + timedelta(days=days)).isoformat()


def cover(cast: Cast) -> None:
    covers.add(cast.system, cast["social_worker"], cast["colleague"], day(cast, 0), day(cast, 2))


def purpose(cast: Cast) -> None:
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")


def take_on(cast: Cast) -> None:
    people.take_on(cast.actor("duty"), cast["amara"], "Rang the front door")


def break_glass(who: str) -> Setup:
    return lambda cast: glass.open_record(
        cast.actor(who, confirmed=True), cast["amara"], "Missing since last night"
    )


def end_glass(who: str) -> Setup:
    return lambda cast: glass.end(cast.actor(who))


def after(setup: Setup, **span: float) -> Setup:
    return both(setup, lambda cast: later(cast, **span))


def both(first: Setup, second: Setup) -> Setup:
    def one_by_one(cast: Cast) -> None:
        first(cast)
        second(cast)

    return one_by_one


def grant(who: str, role: str, scope: str, of: str) -> Setup:
    return lambda cast: practitioners.grant(
        cast.system, cast[who], role, scope, cast.ids.get(of, of)
    )


def leave(who: str) -> Setup:
    return lambda cast: practitioners.leave(cast.system, cast[who])


def restrict(*named: str) -> Setup:
    return lambda cast: protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Adopted",
        [cast[name] for name in named],
    )


def declare(who: str) -> Setup:
    return lambda cast: conflicts.declare(cast.actor(who), cast["amara"])


def reveal(to: str) -> Setup:
    return lambda cast: revealing.reveal(
        cast.actor("sealed"), cast["amara"], cast.ids.get(to, to), "welfare", "To be rung"
    )


def take_back(cast: Cast) -> None:
    [held] = revealing.of(cast.actor("sealed"), cast["amara"]).standing
    revealing.take_back(cast.actor("sealed"), held.id)


def write(who: str) -> Setup:
    return lambda cast: cast.worry(who, "amara", saw=OWN)


def end_work(who: str) -> Setup:
    def end(cast: Cast) -> None:
        circle = people.look(cast.actor("social_worker"), cast["amara"]).circle
        (line,) = [line for line in circle if line.practitioner_id == cast[who] and line.active]
        involvements.end(cast.actor("social_worker"), line.id)

    return end


def ask(cast: Cast) -> None:
    purpose(cast)
    involvements.ask(cast.actor("outsider"), cast["amara"], "Officer")


def accepted(cast: Cast) -> None:
    ask(cast)
    (line,) = people.look(cast.actor("social_worker"), cast["amara"]).waiting
    involvements.accept(cast.actor("social_worker"), line.id)


def said_by_another(cast: Cast) -> None:
    """Another agency's feed says that the officer is involved: directory information, no more."""
    involvements.add(
        cast.system, cast["amara"], agency_id=cast["force"], practitioner_id=cast["outsider"], role="Officer"
    )  # fmt: skip
    store = cast.authority.store
    store.upkeep(
        lambda tx: tx.change(
            "UPDATE involvements SET asserted_by = 'other source' WHERE practitioner_id = :id",
            id=cast["outsider"],
        )
    )


TABLE = [
    Row("the lead", "social_worker", Sight.CIRCLE, (ALL, NARROW), CIRCLE),
    Row("in the circle", "health_visitor", Sight.CIRCLE, (ALL, NARROW), CIRCLE),
    Row("in the circle, a kind of agency that a narrowing leaves out", "pastoral", Sight.CIRCLE, (ALL,), CIRCLE),
    Row("accepted into the circle", "outsider", Sight.CIRCLE, (ALL,), CIRCLE, accepted),
    Row("whose involvement has ended, but for what they wrote", "health_visitor", Sight.OWN, (NARROW,), "", end_work("health_visitor")),
    Row("whose involvement another source asserts", "outsider", Sight.OUTSIDE, (), "", said_by_another),
    Row("covering", "colleague", Sight.CIRCLE, (ALL, NARROW), CIRCLE, cover),
    Row("covering, on the last day", "colleague", Sight.CIRCLE, (ALL, NARROW), CIRCLE, after(cover, days=1)),
    Row("who covered, on the cover's end date", "colleague", Sight.OUTSIDE, (), "", after(cover, days=2)),
    Row("a colleague in the same team", "colleague", Sight.OUTSIDE),
    Row("the supervisor of someone in the circle", "supervisor", Sight.CIRCLE, (ALL, NARROW), CIRCLE),
    Row("the supervisor of another team", "duty_supervisor", Sight.OUTSIDE),
    Row("a supervisor of that agency, not of that team", "colleague", Sight.OUTSIDE, (), "", grant("colleague", "supervisor", "team", "front door")),
    Row("a school's safeguarding lead for its pupil", "safeguarding", Sight.CIRCLE, (ALL,), CIRCLE),
    Row("universal involvement only", "pastoral", Sight.DIRECTORY, (), DIRECTORY, end_work("pastoral")),
    Row("universal involvement only, and a note of one's own", "pastoral", Sight.DIRECTORY, (OWN,), DIRECTORY, both(write("pastoral"), end_work("pastoral"))),
    Row("duty, before taking on", "duty", Sight.OUTSIDE),
    Row("duty, having taken on", "duty", Sight.CIRCLE, (ALL, NARROW), CIRCLE, take_on),
    Row("duty, after 72 hours", "duty", Sight.OUTSIDE, (), "", after(take_on, hours=72)),
    Row("duty, just before 72 hours", "duty", Sight.CIRCLE, (ALL, NARROW), CIRCLE, after(take_on, hours=71.9)),
    Row("anyone else", "outsider", Sight.OUTSIDE),
    Row("anyone else, with a purpose", "outsider", Sight.DIRECTORY, (), DIRECTORY, purpose),
    Row("anyone else, after the shift", "outsider", Sight.OUTSIDE, (), "", after(purpose, hours=10)),
    Row("who says: I am working with this child", "outsider", Sight.DIRECTORY, (), DIRECTORY, ask),
    Row("who says so, after the shift", "outsider", Sight.DIRECTORY, (), DIRECTORY, after(ask, hours=10)),
    Row("anyone else who wrote", "outsider", Sight.OWN, (OWN,), "", write("outsider")),
    Row("break-glass", "outsider", Sight.CIRCLE, (ALL,), CIRCLE, break_glass("outsider")),
    Row("break-glass, by a kind of agency that a narrowing lets in", "duty", Sight.CIRCLE, (ALL, NARROW), CIRCLE, break_glass("duty")),
    Row("break-glass, after the hour", "outsider", Sight.OUTSIDE, (), "", after(break_glass("outsider"), hours=1)),
    Row("break-glass, just before the hour", "outsider", Sight.CIRCLE, (ALL,), CIRCLE, after(break_glass("outsider"), hours=0.98)),
    Row("break-glass, ended", "outsider", Sight.OUTSIDE, (), "", both(break_glass("outsider"), end_glass("outsider"))),
    Row("break-glass, of somebody restricted since", "outsider", Sight.NOTHING, (), "", both(break_glass("outsider"), restrict("social_worker"))),
    Row("break-glass, and a conflict of interest", "outsider", Sight.NOTHING, (), "", both(break_glass("outsider"), declare("outsider"))),
    Row("a colleague of who broke glass", "police", Sight.OUTSIDE, (), "", break_glass("outsider")),
    Row("a reporter", "reporter", Sight.NOTHING),
    Row("a sealed practitioner", "sealed", Sight.CIRCLE, (ALL,), f"{CIRCLE} sealed"),
    Row("their own service's supervisor", "sealed_supervisor", Sight.CIRCLE, (ALL,), f"{CIRCLE} sealed"),
    Row("a restricted person's circle", "pastoral", Sight.NOTHING, (), "", restrict("social_worker")),
    Row("a restricted person's supervisor", "supervisor", Sight.NOTHING, (), "", restrict("social_worker")),
    Row("a sealed practitioner of a restricted person", "sealed", Sight.NOTHING, (), "", restrict("social_worker")),
    Row("who wrote about somebody restricted since", "outsider", Sight.NOTHING, (), "", both(write("outsider"), restrict("social_worker"))),
    Row("duty who took on somebody restricted since", "duty", Sight.NOTHING, (), "", both(take_on, restrict("social_worker"))),
    Row("named on a restricted record", "social_worker", Sight.CIRCLE, (ALL, NARROW), CIRCLE, restrict("social_worker")),
    Row("named, from outside the circle", "outsider", Sight.CIRCLE, (ALL,), CIRCLE, restrict("outsider")),
    Row("who declared a conflict of interest", "pastoral", Sight.NOTHING, (), "", declare("pastoral")),
    Row("a conflicted lead", "social_worker", Sight.NOTHING, (), "", declare("social_worker")),
    Row("named and conflicted", "outsider", Sight.NOTHING, (), "", both(declare("outsider"), restrict("outsider"))),
    Row("conflicted, having written", "outsider", Sight.NOTHING, (), "", both(write("outsider"), declare("outsider"))),
    Row("a data steward", "steward", Sight.NOTHING),
    Row("the governance lead", "governance", Sight.NOTHING),
    Row("the governance lead of the authority", "governance", Sight.NOTHING, (), "", grant("governance", "governance lead", "authority", "authority")),
    Row("an administrator", "administrator", Sight.NOTHING),
    Row("whom a sealed practitioner shows it, with the circle", "health_visitor", Sight.CIRCLE, (ALL, NARROW), f"{CIRCLE} sealed", reveal("circle")),
    Row("a supervisor, where it is shown to the circle", "supervisor", Sight.CIRCLE, (ALL, NARROW), f"{CIRCLE} sealed", reveal("circle")),
    Row("whom alone a sealed practitioner shows it", "health_visitor", Sight.CIRCLE, (ALL, NARROW), f"{CIRCLE} sealed", reveal("health_visitor")),
    Row("in the circle, where it is shown to another", "pastoral", Sight.CIRCLE, (ALL,), CIRCLE, reveal("health_visitor")),
    Row("in the circle, once it was taken back", "health_visitor", Sight.CIRCLE, (ALL, NARROW), CIRCLE, both(reveal("circle"), take_back)),
    Row("with a purpose, where it is shown to the circle", "outsider", Sight.DIRECTORY, (), DIRECTORY, both(purpose, reveal("circle"))),
    Row("universal involvement only, where it is shown to the circle", "pastoral", Sight.DIRECTORY, (), DIRECTORY, both(reveal("circle"), end_work("pastoral"))),
    Row("a practitioner who is governance lead of a sealed service too", "outsider", Sight.DIRECTORY, (), f"{DIRECTORY} sealed", both(purpose, grant("outsider", "governance lead", "agency", "harbour"))),
]  # fmt: skip


@pytest.fixture
def amara(cast: Cast) -> Cast:
    """Everything there is to see of Amara: plans, family, notes, addresses, a sealed worker."""
    lead = cast.actor("social_worker")
    plans.set(lead, cast["amara"], "child protection")
    families.relate(lead, cast["amara"], kind="mother", other_id=cast["kemi"])
    cast.worry("social_worker", "amara", saw=ALL)
    cast.worry("health_visitor", "amara", saw=NARROW, audience=["social care", "health"])
    return cast


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.who.replace(" ", "-"))
def test_a_row_of_the_table(amara: Cast, row: Row) -> None:
    viewer = amara.actor(row.viewer)
    row.given(amara)
    lists_no_more_than_the_page(amara, viewer, row)
    if row.sight is Sight.NOTHING:
        for look in (people.look, notes.about, timeline.of):
            with pytest.raises(NotFound):
                look(viewer, amara["amara"])
        return
    child = people.look(viewer, amara["amara"])
    assert child.sight is row.sight
    texts = [note.now.saw for note in child.notes.notes] if child.notes else []
    assert sorted(texts) == sorted(row.sees)
    parts = set(row.but.split())
    assert bool(child.circle) is ("circle" in parts)
    assert bool(child.family) is ("family" in parts)
    assert bool(child.plans) is ("plans" in parts)
    assert bool(child.addresses) is ("addresses" in parts)
    sealed = [line for line in child.circle if line.practitioner_id == amara["sealed"]]
    assert bool(sealed) is ("sealed" in parts)
    if "timeline" in parts:
        assert timeline.of(viewer, amara["amara"]).entries
        assert notes.about(viewer, amara["amara"]).notes
    else:
        with pytest.raises(NotAllowed):
            timeline.of(viewer, amara["amara"])


def lists_no_more_than_the_page(amara: Cast, viewer: Actor, row: Row) -> None:
    """Home and latest show no child and no note that the child's own page would not."""
    mine = [child.brief.id for child in people.mine(viewer)]
    assert (amara["amara"] in mine) <= (row.sight is Sight.CIRCLE)
    latest = notes.latest(viewer)
    about_amara = [line for line in latest if amara["amara"] in [one.id for one in line.people]]
    assert len(about_amara) <= len(row.sees)


@pytest.mark.parametrize(
    "who", ["social_worker", "outsider", "duty", "sealed", "governance", "reporter"]
)
def test_someone_who_left_has_no_session_and_no_sight(amara: Cast, who: str) -> None:
    viewer = amara.actor(who)
    leave(who)(amara)
    with pytest.raises(NotFound):
        people.look(viewer, amara["amara"])
    with pytest.raises(NotFound):
        timeline.of(viewer, amara["amara"])


def test_a_reporter_s_own_note_comes_back_to_them_alone(amara: Cast) -> None:
    reporter = amara.actor("reporter")
    amara.ids["named"] = people.add(reporter, NewPerson("Amara", "Okafor", "2019-05-03"))
    amara.worry("reporter", "named", saw=OWN)
    assert [note.now.saw for note in notes.written(reporter).notes] == [OWN]
    child = people.look(reporter, amara["named"])
    assert child.sight is Sight.OWN
    assert child.notes
    assert [note.now.saw for note in child.notes.notes] == [OWN]
    assert not any((child.circle, child.plans, child.family, child.addresses))
    reached = people.look(amara.actor("pastoral"), amara["amara"]).notes
    assert reached
    assert OWN in [note.now.saw for note in reached.notes]


def test_nothing_hints_at_a_sealed_involvement(amara: Cast) -> None:
    """A child with and one without a sealed practitioner read the same to everybody else."""
    with_sealed = {
        viewer: people.look(amara.actor(viewer), amara["amara"])
        for viewer in ("social_worker", "pastoral", "supervisor", "safeguarding")
    }
    for viewer, child in with_sealed.items():
        names = [line.name for line in (*child.circle, *child.others, *child.waiting)]
        assert "Sil Brook" not in names, viewer
        assert "Harbour" not in str(child), viewer
        assert amara["harbour"] not in str(child), viewer
        assert amara["sealed"] not in str(child), viewer
    trail = str(timeline.of(amara.actor("social_worker"), amara["amara"]))
    assert "Sil Brook" not in trail
    assert "Harbour" not in trail
