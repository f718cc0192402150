"""What happens in the twins: what everybody may know of, and what is hidden from somebody."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from api.moment import new_id
from api.record import (
    asks,
    families,
    glass,
    involvements,
    notes,
    own_family,
    people,
    plans,
    protections,
    sharing,
)
from api.record.notes import NewNote
from api.record.own_family import Relative
from api.record.sharing import NewDecision
from api.rights import sheets, statements
from api.staff import covers
from tests.cast import STAFF
from tests.delivery import device_of
from tests.twins import closing, feeding, furniture
from tests.twins.worlds import Act, World, child

# Who must know of nothing that a sealed service does; and who is named on no restricted record either.
OTHERS = (
    *("social_worker", "pastoral", "health_visitor", "supervisor", "safeguarding", "duty"),
    *("outsider", "governance", "administrator", "steward", "reporter", "night_duty"),
)
UNNAMED = tuple(who for who in OTHERS if who != "social_worker")


def begin(world: World) -> None:
    """Let happen what stands in both worlds before anything else does."""
    cast = world.cast
    furniture.furnish(cast)
    world.here.update({who: cast.actor(who) for who in STAFF})
    named = [cast["social_worker"], cast["colleague"]]
    protections.restrict(world.actor("social_worker"), cast["rhea"], "A witness", named)
    own_family.declare(world.actor("pastoral"), Relative("Ida", "Osei", "2001-02-03"))
    world.devices = {who: device_of(cast, who) for who in closing.SENDING}


# --- What everybody may know of ----------------------------------------------------------------------


def log(world: World, random: Random) -> None:
    who = random.choice(("social_worker", "pastoral", "health_visitor", "outsider", "reporter"))
    world.note(who, child(random), voice=random.choice(("named", "named", "relay")))


def mark(world: World, random: Random) -> None:
    who = world.actor(random.choice(("social_worker", "pastoral", "health_visitor")))
    note = random.choice(world.notes)
    kind = random.choice(("read", "noticed too", "acted on", "reply"))
    notes.read(who, note)
    if kind == "reply":
        notes.reply(who, note, "I see it too.")
    elif kind != "read":
        notes.mark(who, note, kind)  # type: ignore[arg-type]


def look(world: World, random: Random) -> None:
    people.look(world.actor(random.choice(OTHERS)), world.cast[child(random)])


def give_purpose(world: World, random: Random) -> None:
    people.give_purpose(world.actor("outsider"), world.cast[child(random)], "enquiry")


def take_on(world: World, random: Random) -> None:
    people.take_on(world.actor("duty"), world.cast[child(random)], "They rang the front door.")


def plan(world: World, random: Random) -> None:
    plans.set(world.actor("social_worker"), world.cast[child(random)], "child in need")


def ask(world: World, random: Random) -> None:
    lead = world.actor("social_worker")
    world.asks.append(asks.ask(lead, world.cast[child(random)], "Who knows more?"))


def relate(world: World, random: Random) -> None:
    lead, about = world.actor("social_worker"), world.cast[child(random)]
    families.relate(lead, about, kind="mother", other_id=world.cast["kemi"])


def tell(world: World, random: Random) -> None:
    world.tell()


OPEN: Sequence[Act] = (
    *(log, log, mark, mark, look, give_purpose, take_on, plan, ask, relate, tell, tell),
    *feeding.OPEN,
    *closing.OPEN,
)


# --- What a sealed service does ----------------------------------------------------------------------


def sealed(world: World, random: Random) -> Any:
    return world.actor("sealed")


def seal_note(world: World, random: Random) -> None:
    about, service = world.cast[child(random)], sealed(world, random)
    note = NewNote(new_id(), "contact", [about], contact="visit", saw="Seen.", voice="own service")
    notes.log(service, note)
    if random.random() < 0.5:
        notes.revise(service, note.id, note)
    if random.random() < 0.5:
        notes.withdraw(service, note.id, "Another family.")


def seal_mark(world: World, random: Random) -> None:
    # The first is about Amara, whom they support from the start.
    service, note = sealed(world, random), random.choice((world.notes[0], *world.notes))
    notes.read(service, note)
    for kind in ("noticed too", "acted on"):
        if random.random() < 0.5:
            notes.mark(service, note, kind)  # type: ignore[arg-type]
    if random.random() < 0.5:
        notes.reply(service, note, "We know of this.", differs=random.random() < 0.5)


def seal_undone(world: World, random: Random) -> None:
    note = world.worry("sealed", child(random), voice="relay")[0]
    notes.undo(sealed(world, random), note)


def seal_look(world: World, random: Random) -> None:
    people.look(sealed(world, random), world.cast[child(random)])
    asks.of(sealed(world, random), world.cast["amara"])


def seal_purpose(world: World, random: Random) -> None:
    people.give_purpose(sealed(world, random), world.cast[child(random)], "welfare", "With us.")


def seal_family(world: World, random: Random) -> None:
    families.relate(
        sealed(world, random), world.cast["amara"], kind="father", mentioned="A new man"
    )


def seal_shared(world: World, random: Random) -> None:
    decision = NewDecision(True, "Her GP", "A test", "welfare", "They treat her.")
    sharing.decide(sealed(world, random), world.cast["amara"], decision)
    statements.take_down(sealed(world, random), world.cast["amara"], "Her mother", "I get help.")
    sheets.give(
        sealed(world, random),
        world.cast["amara"],
        safe=True,
        to="Her mother",
        how="read out",
        language="cy",
    )


def seal_cover(world: World, random: Random) -> None:
    boss = world.actor("sealed_supervisor")
    covers.add(boss, world.cast["sealed"], boss.id, "2026-11-23", "2026-12-24")


def seal_glass(world: World, random: Random) -> None:
    who = world.cast[random.choice(("jude", "lily"))]
    glass.open_record(sealed(world, random), who, "She is at our door.")
    if random.random() < 0.5:
        glass.end(sealed(world, random))


def seal_involvement(world: World, random: Random) -> None:
    cast, about = world.cast, random.choice(("jude", "noor"))
    cast.support(random.choice(("sealed", "sealed_supervisor")), "harbour", about)


def seal_ending(world: World, random: Random) -> None:
    lines = people.look(sealed(world, random), world.cast["amara"]).circle
    for line in lines:
        if line.practitioner_id == world.cast["sealed"]:
            involvements.end(sealed(world, random), line.id)


def seal_own_family(world: World, random: Random) -> None:
    own_family.declare(sealed(world, random), Relative("Lily", "Hart", "2015-09-09"))


SEALED: Sequence[Act] = (
    *(seal_note, seal_mark, seal_undone, seal_look, seal_purpose, seal_family, seal_shared),
    *(seal_cover, seal_glass, seal_involvement, seal_ending, seal_own_family),
    *feeding.SEALED,
    *closing.SEALED,
)

# Of those, what shows nowhere even once they have revealed that they support somebody: the rest is about the
# line that is shown.
UNSHOWN = tuple(
    act
    for act in SEALED
    if act
    not in (
        *(seal_ending, feeding.seal_feed, feeding.seal_feed_undone, feeding.seal_decision),
        *(feeding.seal_correction, feeding.seal_confirm),
    )
)


# --- What those named on a restricted record do ------------------------------------------------------


def named(world: World) -> Any:
    return world.actor("social_worker")


def hide_note(world: World, random: Random) -> None:
    note = world.worry("social_worker", "rhea", voice=random.choice(("named", "relay")))
    if random.random() < 0.5:
        notes.undo(named(world), note[0])


def hide_plan(world: World, random: Random) -> None:
    plans.set(named(world), world.cast["rhea"], "child protection")


def hide_family(world: World, random: Random) -> None:
    families.relate(named(world), world.cast["rhea"], kind="mother", other_id=world.cast["kemi"])


def hide_place(world: World, random: Random) -> None:
    rhea = world.cast["rhea"]
    protections.protect(named(world), rhea, "Her father", [world.cast["social_worker"]])


def hide_shared(world: World, random: Random) -> None:
    decision = NewDecision(True, "The court", "A statement", "welfare", "It asked.")
    sharing.decide(named(world), world.cast["rhea"], decision)
    statements.take_down(named(world), world.cast["rhea"], "Rhea", "I like it here.")


def hide_look(world: World, random: Random) -> None:
    people.look(named(world), world.cast["rhea"])
    if random.random() < 0.5:
        asks.ask(named(world), world.cast["rhea"], "Who else?")


HIDDEN: Sequence[Act] = (
    *(hide_note, hide_plan, hide_family, hide_place, hide_shared, hide_look),
    *feeding.HIDDEN,
    *closing.HIDDEN,
)
