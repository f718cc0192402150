"""Acts with facts: what feeds say, what data stewards decide of it, lines that are said to be wrong, records
that are joined and parted, and what other systems say and fetch."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from random import Random

from api.errors import NotAllowed, NotFound
from api.facts import corrections, deciding, doubtful, loading, parting, quarantine
from api.moment import new_id
from api.record import filings, identities, involvements, notes, people, receipts, systems
from api.record.people import NewPerson
from api.record.receipts import Receipt
from api.record.systems import Involvement
from api.staff import tokens
from api.trust.actor import Actor
from tests.twins import furniture
from tests.twins.furniture import FIRST, JO, MILL_LANE, SIL
from tests.twins.worlds import Act, World, child, one_of

NOTE = "No coat again today."

# Lines that a feed may say or not: somebody else by their own number, somebody in doubt, nobody, nonsense.
CARE_LINES = (
    f"4,Jude,Okafor,20/01/2022,,{MILL_LANE},{JO}\n",
    f"5,Rhea,Stone,06/06/2016,,9 Quayside,{JO}\n",
    f"6,Amara,Okafor,05/03/2019,,,{JO}\n",
    f"7,Zed,Nowhere,01/01/2001,,,{JO}\n",
    f"8,Lily,Hart,31/02/2015,,,{JO}\n",
    f"9,Rhea,Stone,09/06/2016,,,{JO}\n",
)
HARBOUR_LINES = (
    f"2,Jude,Okafor,20/01/2022,,{MILL_LANE},{SIL}\n",
    f"3,Amara,Okafor,05/03/2019,,9 Quayside,{SIL}\n",
    f"4,Kemi,Okafor,11/02/1990,,{MILL_LANE},{SIL}\n",
    f"5,Noor,Khan,18/08/2018,,9 Quayside,{SIL}\n",
    f"6,Lily,Hart,31/02/2015,,,{SIL}\n",
)


def some(lines: Sequence[str], random: Random) -> str:
    return "".join(line for line in lines if random.random() < 0.5)


def system(world: World, agency: str) -> Actor:
    """Another system, by its token."""
    found = tokens.resume(world.cast.authority, world.cast[f"secret {agency}"])
    assert found
    return found


def settle(steward: Actor, code: str, random: Random) -> None:
    """Let a data steward do something about a row that waits, or about what was decided."""
    kind = random.choice(("same", "none", "back", "aside", "part"))
    rows = doubtful.rows(steward, code)
    if kind == "back":
        standing = [one for one in deciding.made(steward, code) if not one.undone_at]
        deciding.take_back(steward, code, one_of(random, standing).id)
    elif kind == "part":
        _, whole, person = parting.taken_for(steward, code, "1")
        parting.part(steward, code, whole, person.id, "Another of that name", is_new=False)
    elif kind == "aside":
        waiting = one_of(random, loading.waiting(steward, code))
        quarantine.set_aside(steward, code, waiting.id, "Asked for it again")
    else:
        question = doubtful.look(steward, code, one_of(random, rows).id)
        if kind == "same" and question.matches:
            person = question.matches[0].person.id
            deciding.same(steward, code, question.id, person, "Rang the mother")
        else:
            deciding.none(steward, code, question.id)


def say_wrong(actor: Actor, about: str, random: Random) -> None:
    """Let somebody say that a line of theirs is wrong, of those that feeds and others said."""
    seen = people.look(actor, about)
    lines = [("involvement", line.id) for line in seen.circle if line.source_id]
    lines += [("address", id) for one in seen.addresses for _, _, id in one.sources]
    lines += [("plan", plan.id) for plan in seen.plans]
    kind, fact = one_of(random, lines)
    corrections.say(actor, about, kind, fact, "out of date", "They moved.")


# --- What everybody may know of ----------------------------------------------------------------------


def feed(world: World, random: Random) -> None:
    text = FIRST["care"] + some(CARE_LINES, random)
    furniture.load(world.actor("steward"), "care", text)


def feed_undone(world: World, random: Random) -> None:
    loading.undo(world.actor("steward"), random.choice(("care", "index")))


def decide(world: World, random: Random) -> None:
    settle(world.actor("steward"), "care", random)


def correct(world: World, random: Random) -> None:
    who = world.actor(random.choice(("social_worker", "pastoral", "health_visitor")))
    say_wrong(who, world.cast[child(random)], random)


def answer(world: World, random: Random) -> None:
    steward, worker = world.actor("steward"), world.actor("social_worker")
    waiting = [(steward, one) for one in corrections.of_source(steward, "care").waiting]
    waiting += [(worker, one) for one in corrections.mine(worker).waiting]
    # Not of Rhea, of whom only those named on her record may know.
    who, one = one_of(
        random, [each for each in waiting if each[1].name not in ("Rhea Stone", "Hana Hidden")]
    )
    said = random.choice([code for code, _ in corrections.ANSWERS])
    corrections.answer(who, one.id, said, "Looked it up.")


def join(world: World, random: Random) -> None:
    lead, about = world.actor("social_worker"), world.cast[child(random)]
    twin = people.add(lead, NewPerson("Amara", "Okafor", "2019-03-05"))
    if people.look(lead, twin).circle:  # added before, and somebody else's since
        raise NotFound("Two circles are not joined where one is sealed: docs/sealed-services.md.")
    link = identities.link(lead, about, twin, "The same girl, by her aunt's name")
    if random.random() < 0.5:
        identities.unlink(lead, link, "Two girls after all")


def add_again(world: World, random: Random) -> None:
    """Somebody who is here, or somebody restricted, whom they cannot know of."""
    who = world.actor(random.choice(("outsider", "pastoral", "duty")))
    known = ("Amara", "Okafor", "2019-05-03")
    person = NewPerson(*random.choice((known, ("Rhea", "Stone", "2016-06-06"))))
    note = notes.NewNote(new_id(), "worry", [], saw=NOTE)
    world.notes += notes.log(who, note, person).note_ids


def system_says(world: World, random: Random) -> None:
    agency, about = random.choice(furniture.SYSTEMS), world.cast[child(random)]
    said = Involvement(about, "active", "Tutor", contact_name=random.choice(("Tam Reid", "Al Fox")))
    systems.say(system(world, agency), f"S{random.randint(1, 3)}", said)


def system_looks(world: World, random: Random) -> None:
    systems.look(system(world, random.choice(furniture.SYSTEMS)), world.cast[child(random)])


def system_notes(world: World, random: Random) -> None:
    note = notes.NewNote("", "worry", [world.cast[child(random)]], saw=NOTE)
    sent = systems.send_note(system(world, "school"), f"K{random.randint(1, 3)}", "W005", note)
    world.notes.append(sent.id)


def file_note(world: World, random: Random) -> None:
    who = world.actor(random.choice(("pastoral", "social_worker")))
    note = one_of(random, (world.notes[0], *world.notes))
    place = one_of(random, notes.read(who, note).systems)
    filings.file(who, note, place.id, 1)


def receive(world: World, random: Random) -> None:
    into = system(world, random.choice(("school", "care")))
    one = one_of(random, receipts.fetch(into).filings)
    said = random.choice((Receipt("filed", reference="R1"), Receipt("refused", why="Not ours")))
    receipts.receive(into, one.id, said)


OPEN: Sequence[Act] = (
    *(feed, feed_undone, decide, correct, answer, join, add_again),
    *(system_says, system_looks, system_notes, file_note, receive),
)


# --- What a sealed service does ----------------------------------------------------------------------


def seal_feed(world: World, random: Random) -> None:
    text = FIRST["harbour"] + some(HARBOUR_LINES, random)
    furniture.load(world.actor("sealed_supervisor"), "harbour", text)


def seal_feed_undone(world: World, random: Random) -> None:
    loading.undo(world.actor("sealed_supervisor"), "harbour")


def seal_decision(world: World, random: Random) -> None:
    settle(world.actor("sealed_supervisor"), "harbour", random)


def seal_correction(world: World, random: Random) -> None:
    """Of a line of their own: what others said is theirs, and they hear that somebody says it is wrong."""
    worker, amara = world.actor("sealed"), world.cast["amara"]
    own = [line for line in people.look(worker, amara).circle if line.sealed]
    corrections.say(
        worker, amara, "involvement", one_of(random, own).id, "wrong detail", "I moved."
    )
    steward = world.actor("sealed_supervisor")
    if random.random() < 0.5:
        for one in corrections.of_source(steward, "harbour").waiting:
            corrections.answer(steward, one.id, "right")


def seal_person(world: World, random: Random) -> None:
    """Somebody whom they alone know of, twice over."""
    worker = world.actor("sealed")
    people.add(worker, NewPerson("Una", "Known", "2017-07-07"))
    again = people.add(worker, NewPerson("Una", "Known", "2017-07-07"))
    note = notes.NewNote(new_id(), "worry", [again], saw=NOTE, voice="own service")
    notes.log(worker, note)


def seal_confirm(world: World, random: Random) -> None:
    worker = world.actor("sealed")
    own = [line for line in people.look(worker, world.cast["amara"]).circle if line.sealed]
    involvements.confirm(worker, one_of(random, own).id)


SEALED: Sequence[Act] = (
    *(seal_feed, seal_feed_undone, seal_decision, seal_correction, seal_person, seal_confirm),
)


# --- What those named on a restricted record do ------------------------------------------------------


def hide_correction(world: World, random: Random) -> None:
    say_wrong(world.actor("social_worker"), world.cast["rhea"], random)


def hide_again(world: World, random: Random) -> None:
    """Added again by hand, which joins the two records."""
    lead = world.actor(random.choice(("social_worker", "colleague")))
    people.add(lead, NewPerson("Rhea", "Stone", "2016-06-06", postcode="ZZ2 2BB"))


def hide_circle(world: World, random: Random) -> None:
    """Lines of who supports them are added, confirmed and ended: systems may not hear of it."""
    lead, rhea = world.actor("social_worker"), world.cast["rhea"]
    lines = people.look(lead, rhea).circle
    kind = random.choice(("add", "confirm", "end"))
    if kind == "add":
        involvements.add(
            lead,
            rhea,
            agency_id=world.cast[random.choice(("care", "school"))],
            role="Placement",
        )
    elif kind == "confirm":
        involvements.confirm(lead, one_of(random, lines).id)
    else:
        others = [line for line in lines if not line.lead]
        involvements.end(lead, one_of(random, others).id)


def hide_filing(world: World, random: Random) -> None:
    note = world.worry("colleague", "rhea")[0]
    places = notes.read(world.actor("colleague"), note).systems
    for place in places:
        with contextlib.suppress(NotAllowed):  # a token is named on nobody's record
            filings.file(world.actor("colleague"), note, place.id, 1)


HIDDEN: Sequence[Act] = (hide_correction, hide_again, hide_circle, hide_filing)
