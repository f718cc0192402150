"""Acts about who may know of whom: circles, covers, emergencies, notes on the wrong person, conflicts,
protected places, reveals, copies of a record, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from api.facts import corrections
from api.moment import new_id
from api.oversight import breaches, reviews
from api.record import (
    asks,
    conflicts,
    envelopes,
    families,
    glass,
    involvements,
    notes,
    people,
    plans,
    protections,
    relay,
    revealing,
)
from api.record.envelopes import Fields, Typed
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.rights import handling, holds, items, requests, signing
from api.rights.items import Decision
from api.rights.requests import NewRequest
from api.staff import covers
from tests.phones import RP
from tests.twins.worlds import Act, World, child, one_of

# Whose devices send what was sealed on them.
SENDING = ("social_worker", "pastoral", "colleague", "sealed")
# Of whom only those named on their records may know.
HIDDEN_NAMES = ("Rhea Stone", "Hana Hidden")
BASIS = {"basis": "welfare", "reason": "They must know whom to ring."}
DAYS = ("2026-11-23", "2026-12-24")
CHECKS = {
    "identity": "document",
    "authority": "responsibility",
    "wish": "too young",
    "safety": "safe",
}


def wrong(world: World, who: str, note_id: str) -> None:
    notes.wrong_person(world.actor(who), note_id, "It was another child.")


def typed(fields: Fields) -> Typed:
    said = dict(fields)
    about = [value for name, value in fields if name == "people"]
    return Typed(NewNote("", "worry", about, saw=said["saw"], voice=said["voice"]), None, False, "")


def deliver(world: World, who: str, about: str, voice: str = "") -> None:
    """Send a note that was sealed on somebody's device."""
    device = world.devices[who]
    fields = [("people", about), ("saw", "The back door was off its hinges."), ("voice", voice)]
    now = int(world.cast.authority.store.clock().timestamp() * 1000)
    posted = device.delivery(device.envelope("note", fields, at=now), clock=now)
    envelopes.take(world.cast.authority, RP, posted, typed)


# --- What everybody may know of ----------------------------------------------------------------------


def wrong_person(world: World, random: Random) -> None:
    who = random.choice(("social_worker", "pastoral"))
    note = world.worry(who, child(random))[0]
    for reader in ("supervisor", "health_visitor"):
        people.look(world.actor(reader), world.cast["amara"])
    world.notes.append(note)
    wrong(world, who, note)


def breach(world: World, random: Random) -> None:
    handler = world.actor(random.choice(("supervisor", "governance")))
    one = one_of(random, breaches.mine(handler))
    breaches.look(handler, one.id)
    breaches.note_step(handler, one.id, "Rang everybody who had read it.")
    if random.random() < 0.3:
        breaches.close(handler, one.id, "Nobody acted on it.")


def change_note(world: World, random: Random) -> None:
    who = random.choice(("social_worker", "pastoral", "health_visitor"))
    kind = random.choice(("narrow", "undo", "revise", "withdraw"))
    about = child(random)
    note = NewNote(new_id(), "worry", [world.cast[about]], saw="He limps.", audience=["health"])
    notes.log(world.actor(who), note)
    world.notes.append(note.id)
    if kind == "undo":
        notes.undo(world.actor(who), note.id)
    elif kind == "revise":
        notes.revise(world.actor(who), note.id, note)
    elif kind == "withdraw":
        notes.withdraw(world.actor(who), note.id, "He does not.")


def circle(world: World, random: Random) -> None:
    lead, about = world.actor("social_worker"), world.cast[child(random)]
    kind = random.choice(("add", "ask", "end", "confirm", "lead"))
    lines = [line for line in people.look(lead, about).circle if not line.lead]
    if kind == "add":
        who, agency = random.choice((("police", "force"), ("colleague", "care")))
        ids = {"agency_id": world.cast[agency], "practitioner_id": world.cast[who]}
        involvements.add(lead, about, role="Worker", **ids)
    elif kind == "ask":
        people.give_purpose(world.actor("police"), about, "enquiry")
        involvements.ask(world.actor("police"), about, "Officer")
        waiting = one_of(random, people.look(lead, about).waiting)
        decides = random.choice((involvements.accept, involvements.decline))
        decides(lead, waiting.id)
    elif kind == "end":
        involvements.end(lead, one_of(random, lines).id)
    elif kind == "confirm":
        involvements.confirm(lead, one_of(random, lines).id)
    else:
        active = [line for line in lines if line.active]
        involvements.make_lead(lead, one_of(random, active).id)


def cover(world: World, random: Random) -> None:
    boss = world.actor("supervisor")
    covers.add(boss, world.cast["social_worker"], world.cast["colleague"], *DAYS)


def emergency(world: World, random: Random) -> None:
    who = world.actor(random.choice(("outsider", "police", "pastoral")))
    glass.open_record(who, world.cast[random.choice(("jude", "lily", "noor"))], "On the bridge.")
    if random.random() < 0.6:
        glass.end(who)


def review(world: World, random: Random) -> None:
    who = world.actor(random.choice(("duty_supervisor", "supervisor", "governance")))
    one = one_of(random, reviews.mine(who).waiting)
    reviews.look(who, one.id)
    reviews.decide(who, one.id, random.choice(("justified", "not justified")), "Rang them.")


def conflict(world: World, random: Random) -> None:
    who = world.actor("police")
    conflicts.declare(who, world.cast[random.choice(("jude", "lily"))], "A neighbour")


def protect(world: World, random: Random) -> None:
    lead, about = world.actor("social_worker"), world.cast[child(random)]
    protections.protect(lead, about, "Her uncle", [lead.id, world.cast["supervisor"]])


def end_plan(world: World, random: Random) -> None:
    lead, about = world.actor("social_worker"), world.cast[child(random)]
    one = one_of(random, people.look(lead, about).plans)
    if random.random() < 0.5:
        plans.end(lead, one.id)
    else:
        plans.withdraw(lead, one.id, "It was another child's.")


def end_family(world: World, random: Random) -> None:
    lead, about = world.actor("social_worker"), world.cast[child(random)]
    known = [one for one in people.look(lead, about).family if one.name not in HIDDEN_NAMES]
    one = one_of(random, known)
    families.withdraw(lead, one.relationship_id, "It was another woman.")


def send_sealed(world: World, random: Random) -> None:
    deliver(world, random.choice(("social_worker", "pastoral")), world.cast[child(random)])


def request(world: World, random: Random) -> None:
    """Somebody asks for a copy of a record, and what becomes of that."""
    asked = NewRequest(DAYS[0], "parent", "Kemi Okafor, her mother", "12 Mill Lane", "All of it")
    leads = world.actor("governance")
    one = requests.take(world.actor("social_worker"), world.cast[child(random)], asked)
    if random.random() < 0.3:
        return
    for kind, said in CHECKS.items():
        handling.check(leads, one, kind, said, "seen")
    items.gather(leads, one)
    decide_items(world, one, ("governance", "supervisor", "safeguarding"), random)


def decide_items(world: World, request_id: str, who: Sequence[str], random: Random) -> None:
    for name in who:
        actor = world.actor(name)
        for part in signing.parts(actor, request_id)[1]:
            for entry in part.entries:
                if entry.mine and not entry.decision:
                    held = Decision("withheld", "third party", "It is about her aunt.")
                    given = random.choice((Decision("given"), held))
                    items.decide(actor, request_id, entry.id, given)


def keep(world: World, random: Random) -> None:
    leads, about = world.actor("governance"), world.cast[child(random)]
    held = holds.hold(leads, about, "inquiry", "The inquiry asked for it.")
    if random.random() < 0.5:
        holds.lift(leads, about, held, "It is over.")


def answer_ask(world: World, random: Random) -> None:
    who, ask = (
        world.actor(random.choice(("pastoral", "health_visitor"))),
        one_of(random, world.asks),
    )
    made = asks.answer(who, ask, random.choice(("named", "relay")), "Ring me.")
    if random.random() < 0.3:
        asks.take_back(who, made)


def ring(world: World, random: Random) -> None:
    """Somebody rings through the relay for what came through it in everybody's sight."""
    world.note("pastoral", child(random), voice="relay")
    reference = notes.read(world.actor("social_worker"), world.notes[-1]).reference
    relay.pass_on(world.actor("duty"), reference, "Jo Marsh", "01632 960111", "Please ring.")


OPEN: Sequence[Act] = (
    *(wrong_person, breach, change_note, circle, cover, emergency, review, conflict, protect),
    *(end_plan, end_family, send_sealed, request, keep, answer_ask, ring),
)


# --- What a sealed service shows on purpose ----------------------------------------------------------


def reveal(world: World, random: Random) -> None:
    """Shown to the circle: that they are there and how to reach them, and nothing else that they do."""
    worker = world.actor("sealed")
    revealing.reveal(worker, world.cast["amara"], revealing.CIRCLE, **BASIS)


SHOWN: Sequence[Act] = (reveal,)


# --- What a sealed service does ----------------------------------------------------------------------


def seal_wrong(world: World, random: Random) -> None:
    note = world.worry("sealed", "amara", voice="own service")[0]
    wrong(world, "sealed", note)
    boss = world.actor("sealed_supervisor")
    one = one_of(random, breaches.mine(boss))
    breaches.note_step(boss, one.id, "Nobody had read it.")


def seal_sent(world: World, random: Random) -> None:
    deliver(world, "sealed", world.cast["amara"], "own service")


def seal_reveal(world: World, random: Random) -> None:
    """Shown, and taken back before anybody was told."""
    worker = world.actor("sealed")
    to = random.choice((revealing.CIRCLE, world.cast["pastoral"]))
    revealing.take_back(worker, revealing.reveal(worker, world.cast["amara"], to, **BASIS))


def seal_answer(world: World, random: Random) -> None:
    worker = world.actor("sealed")
    voice = random.choice(("relay", "named"))
    said = BASIS if voice == "named" else {}
    asks.take_back(worker, asks.answer(worker, one_of(random, world.asks), voice, "Yes.", **said))


def seal_lists(world: World, random: Random) -> None:
    worker = world.actor("sealed")
    for listed in (people.mine, notes.written, corrections.mine, revealing.seen):
        listed(worker)


def seal_conflict(world: World, random: Random) -> None:
    conflicts.declare(world.actor("sealed_supervisor"), world.cast["lily"], "My niece")


def seal_keep(world: World, random: Random) -> None:
    boss, amara = world.actor("sealed_supervisor"), world.cast["amara"]
    # While it stands, others read that there is one elsewhere, which may be anybody's.
    held = holds.hold(boss, amara, "inquiry", "Our own inquiry.")
    holds.lift(boss, amara, held, "It is over.")


def seal_asking(world: World, random: Random) -> None:
    people.give_purpose(world.actor("sealed"), world.cast["lily"], "welfare")
    involvements.ask(world.actor("sealed"), world.cast["lily"], "Recovery worker")


SEALED: Sequence[Act] = (
    *(seal_wrong, seal_sent, seal_reveal, seal_answer, seal_lists, seal_conflict, seal_keep),
    seal_asking,
)


# --- What those named on a restricted record do ------------------------------------------------------


def hidden(world: World, random: Random) -> str:
    """One of those whom nobody but the named may know of."""
    return world.cast[random.choice([one for one in ("rhea", "hana") if one in world.cast.ids])]


def hide_person(world: World, random: Random) -> None:
    """Somebody new, who is restricted before anybody else could know of her."""
    lead, cast = world.actor("social_worker"), world.cast
    made = people.add(
        lead,
        NewPerson(
            "Hana", "Hidden", "2017-07-07", address="12 Mill Lane, Westhaven", postcode="ZZ17 8AU"
        ),
    )
    cast.ids["hana"] = made
    cast.support("social_worker", "care", "hana", lead=True)
    cast.support("colleague", "care", "hana")
    families.relate(lead, made, kind="brother or sister", other_id=cast["noor"])
    protections.restrict(lead, made, "A witness", [lead.id, cast["colleague"]])


def hide_change(world: World, random: Random) -> None:
    note = world.worry("colleague", "rhea")[0]
    # That it was on the wrong person is left out: a governance lead deals with that, named or not.
    kind = random.choice(("withdraw", "revise", "mark", "relay"))
    if kind == "withdraw":
        notes.withdraw(world.actor("colleague"), note, "He does not.")
    elif kind == "revise":
        again = NewNote(note, "worry", [world.cast["rhea"]], saw="He limps.")
        notes.revise(world.actor("colleague"), note, again)
    else:
        notes.read(world.actor("social_worker"), note)
        notes.mark(world.actor("social_worker"), note, "acted on")
        notes.reply(world.actor("social_worker"), note, "I see it too.")


def hide_wrong(world: World, random: Random) -> None:
    wrong(world, "colleague", world.worry("colleague", "rhea")[0])


def hide_sent(world: World, random: Random) -> None:
    deliver(world, "colleague", hidden(world, random))


def hide_ask(world: World, random: Random) -> None:
    ask = asks.ask(world.actor("social_worker"), hidden(world, random), "Who else?")
    asks.answer(world.actor("colleague"), ask, "named", "I do.")


def hide_request(world: World, random: Random) -> None:
    asked = NewRequest(DAYS[0], "parent", "Her mother", "9 Quayside", "All of it")
    requests.take(world.actor("social_worker"), hidden(world, random), asked)


def hide_named(world: World, random: Random) -> None:
    lead, cast = world.actor("social_worker"), world.cast
    # Never one person alone: of that, who governs the authority hears.
    named = [lead.id, cast["colleague"]]
    protections.restrict(lead, cast["rhea"], "The court said so", named)


def hide_plan_end(world: World, random: Random) -> None:
    lead, about = world.actor("social_worker"), hidden(world, random)
    one = one_of(random, people.look(lead, about).plans)
    plans.end(lead, one.id)


HIDDEN: Sequence[Act] = (
    *(hide_person, hide_change, hide_sent, hide_ask, hide_request, hide_named, hide_plan_end),
)
# What governance leads hear of as well, who deal with every breach.
GOVERNED: Sequence[Act] = (hide_wrong,)
