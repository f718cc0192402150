"""A child about whom a lot is known, for looking at pages with something on them: every kind of note,
a plan, a family, somebody who asks to join, devices that wait, and words that are too long."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from api import authority as authorities
from api.facts import corrections, loading, mapping, sources
from api.facts.sources import NewSource
from api.moment import day, new_id
from api.oversight import breaches, questions
from api.record import (
    asks,
    conflicts,
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
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.rights import forgetting, handling, holds, items, signing
from api.staff import connected, covers, devices, invitations, practitioners, tokens
from api.store import figures as stored_figures
from api.store import questions as stored_questions
from api.store.questions import Found
from api.telling import inbox, outbox
from tests.api.test_requests import take
from tests.browser.site import Site
from tests.cast import LISTS, Cast
from tests.delivery import device_of, now
from tests.phones import Phone as SoftPhone
from tests.phones import invited

UNBROKEN = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren" * 3
HOSTILE = f'<b onmouseover="x">"Mum\'s" & =1+1</b> https://example.org/{UNBROKEN} {UNBROKEN}'


def fill(site: Site) -> dict[str, str]:
    """Let all this happen, and give the names and ids that addresses need."""
    cast = site.cast
    made = {name: cast[name] for name in ("amara", "jude", "rhea", "lily", "colleague")}
    marsh, pastoral = cast.actor("social_worker"), cast.actor("pastoral")
    for number in range(25):
        cast.worry("pastoral", "noor", saw=f"Late again, number {number}.")
    plans.set(marsh, made["amara"], "child protection", "2026-05-01")
    families.relate(marsh, made["amara"], kind="mother", other_id=cast["kemi"])
    families.relate(marsh, made["amara"], kind="brother or sister", other_id=cast["jude"])
    families.relate(marsh, made["amara"], kind="grandparent", mentioned=f"Gran {UNBROKEN[:60]}")
    closed(cast, made)

    made["mine"] = cast.worry("social_worker", "amara", "jude").note_ids[0]
    told = NewNote(id=made["mine"], kind="worry", people=[made["amara"]], saw="A coat, too thin.")
    notes.revise(marsh, made["mine"], told)
    notes.reply(pastoral, made["mine"], HOSTILE, differs=True)
    notes.mark(pastoral, made["mine"], "noticed too")
    made["theirs"] = cast.worry(
        "pastoral", "amara", saw=HOSTILE, thinks=HOSTILE, whose="Amara", worried=7,
        categories=["neglect", "emotional"], audience=["social care"],
    ).note_ids[0]  # fmt: skip
    cast.worry("health_visitor", "amara", kind="contact", contact="visit", child_seen="seen alone")
    cast.worry("health_visitor", "amara", kind="strength", saw="Ran to the door, laughing.")
    taken_back = cast.worry("health_visitor", "amara", saw="Not so.").note_ids[0]
    notes.withdraw(cast.actor("health_visitor"), taken_back, "It was another day.")
    cast.worry("sealed", "amara", voice="own service")
    relayed = cast.worry("sealed", "amara", voice="relay", saw=HOSTILE).note_ids[0]
    number = notes.read(marsh, relayed).reference
    relay.pass_on(cast.actor("duty"), number, "Jo Marsh", "07700 900100", HOSTILE[:400])
    made["ask"] = asks.ask(marsh, made["amara"], HOSTILE[:400])
    asks.answer(pastoral, made["ask"], "named", "Ring me after three.")
    basis = {"basis": "welfare", "reason": HOSTILE[:400]}
    revealing.reveal(cast.actor("sealed"), made["amara"], cast["health_visitor"], **basis)

    colleague = cast.actor("colleague")
    people.give_purpose(colleague, made["amara"], "enquiry")
    involvements.ask(colleague, made["amara"], "Family support worker")
    today = day(cast.authority.store.now())
    covers.add(
        marsh,
        cast["social_worker"],
        made["colleague"],
        today.isoformat(),
        str(today.replace(year=today.year + 1)),
    )
    site.clock.forward(seconds=11)
    while outbox.fan_out(cast.authority):
        pass
    made["item"] = inbox.list_items(marsh).items[0].id
    made["line"] = people.look(marsh, made["amara"]).circle[1].id
    made["correction"] = corrections.say(
        pastoral, made["amara"], "involvement", made["line"], "out of date", HOSTILE[:500]
    )
    made["token"] = invitations.make(cast.system, cast["duty"])
    waiting = SoftPhone(cast)
    waiting.enrol(invited(cast, "social_worker"))
    tokens.make(
        cast.system,
        agency_id=cast["school"],
        name=f"Registers {UNBROKEN[:60]}",
        scopes=["people:search", "notes:write"],
        purpose="enquiry",
        days=30,
    )
    made["system"] = connected.every(cast.system)[0].id
    watched(cast, made)
    due(site, made)
    return made | unsent(site) | sources_with(site)


def watched(cast: Cast, made: dict[str, str]) -> None:
    """Let the administrator watch over looks as well, one of which deserves a question, and let a month
    be counted."""
    practitioners.grant(
        cast.system, cast["administrator"], "governance lead", "authority", "authority"
    )
    asked = Found("own surname", cast["police"], cast["force"], cast["amara"])
    cast.authority.store.upkeep(lambda tx: stored_questions.add(tx, "2026-11-20", [asked]))
    cast.authority.store.upkeep(
        lambda tx: stored_figures.keep(tx, "2026-10", {("notes", "worry"): 41})
    )
    lead = cast.actor("administrator")
    made["question"] = questions.waiting(lead).questions[0].id
    questions.answer(lead, made["question"], "asked", HOSTILE[:400])
    made["care"] = cast["care"]
    asked_for(cast, made)


def asked_for(cast: Cast, made: dict[str, str]) -> None:
    """Let somebody ask for Amara's record, and keep it meanwhile."""
    lead = cast.actor("administrator")
    made["request"] = take(cast, wanted=HOSTILE[:400])
    for kind, answer in (("identity", "document"), ("authority", "responsibility")):
        handling.check(lead, made["request"], kind, answer, "seen")
    for kind, answer in (("wish", "too young"), ("safety", "safe")):
        handling.check(lead, made["request"], kind, answer, HOSTILE[:400])
    items.gather(lead, made["request"])
    made["request_item"] = next(
        entry.id
        for part in signing.parts(cast.actor("supervisor"), made["request"])[1]
        for entry in part.entries
        if entry.mine
    )
    made["hold"] = holds.hold(lead, made["amara"], "inquiry", HOSTILE[:400])


def due(site: Site, made: dict[str, str]) -> None:
    """Let it wait for a second person that somebody is forgotten, about whom a note is that is about
    another too."""
    cast = site.cast
    rule = ("other", "What others write", [], "", "", "last contact", 6)
    authorities.set_retention(cast.system, replace(LISTS, retention=[rule]))
    site.clock.forward(days=-7 * 365)
    cast.authority.prepare()
    for first in ("Ivo", "Una"):
        made[first] = people.add(cast.system, NewPerson(first, "Marsh", "1990-04-04"))
    cast.ids |= {"ivo": made["Ivo"], "una": made["Una"]}
    made["shared"] = cast.worry("social_worker", "ivo", "una", saw=HOSTILE).note_ids[0]
    site.clock.forward(days=7 * 365)
    lead = cast.actor("administrator", confirmed=True)
    made["forgetting"] = forgetting.ask(lead, made["Ivo"], None, HOSTILE[:400])


def closed(cast: Cast, made: dict[str, str]) -> None:
    """Let something be hidden, declared, opened in an emergency, and put on the wrong person; nobody
    lives with Rhea, so that she alone is hidden."""
    marsh = cast.actor("social_worker")
    cast.authority.store.upkeep(
        lambda tx: tx.change(
            "UPDATE addresses SET lines = '7 Far Road', postcode = 'ZZ5 5ZZ' WHERE person_id = :id",
            id=made["rhea"],
        )
    )
    made["hidden"] = protections.protect(marsh, made["rhea"], "Her father", [cast["supervisor"]])
    made["closed"] = people.add(marsh, NewPerson("Tess", "Marrow", "2017-02-02"))
    involvements.add(
        cast.system,
        made["closed"],
        agency_id=cast["care"],
        practitioner_id=cast["social_worker"],
        role="Social worker",
        lead=True,
    )
    protections.restrict(
        cast.actor("social_worker", confirmed=True), made["closed"], UNBROKEN, [marsh.id]
    )
    made["forsaken"] = protections.protect(marsh, made["rhea"], "Her uncle", [cast["night_duty"]])
    made["conflict"] = conflicts.declare(cast.actor("colleague"), made["rhea"])
    officer = cast.actor("police", confirmed=True)
    made["glass"] = glass.open_record(officer, made["lily"], UNBROKEN)
    glass.end(officer)
    wrong = cast.worry("social_worker", "jude", saw=HOSTILE).note_ids[0]
    notes.about(cast.actor("supervisor"), made["jude"])
    notes.wrong_person(marsh, wrong, UNBROKEN)
    (line,) = breaches.mine(cast.actor("supervisor"))
    made["breach"] = line.id
    breaches.note_step(cast.actor("supervisor"), line.id, UNBROKEN)


def sources_with(site: Site) -> dict[str, str]:
    """Let a source have a row that waits, another a load that waits for a yes, another a row that may
    be about somebody."""
    cast = site.cast
    people = "".join(f"{n},Ada{n},Brook,03/05/2015,Female,x\n" for n in range(40))
    bad = f'99,"{UNBROKEN[:90]}",Brook,31/02/2015,Female,"{UNBROKEN}"\n'
    head = "id,firstName,lastName,dateOfBirth,gender,address\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{UNBROKEN[:60]}.csv"
        # A day and a month that changed places: it may be Amara.
        turned = f'7,Amara,Okafor,05/03/2019,Female,"{UNBROKEN}"\n'
        for code, nights in (
            ("people", [head + bad]),
            ("stopped", [head + people, head + bad]),
            ("turned", [head + turned]),
        ):
            source = sources.add(
                cast.system,
                NewSource(
                    code=code,
                    name="People index",
                    mapping=mapping.shipped("people"),
                    makes_people=True,
                ),
            )
            practitioners.grant(cast.system, cast["steward"], "data steward", "source", source)
            for night in nights:
                path.write_text(night)
                loading.load(cast.system, code, path)
    (row,) = loading.waiting(cast.system, "people")
    (doubtful,) = loading.waiting(cast.system, "turned")
    return {"row": row.id, "doubtful": doubtful.id}


def unsent(site: Site) -> dict[str, str]:
    """Let notes wait for every reason that there is; give their ids by reason."""
    cast = site.cast
    mine, lost = (
        device_of(cast, who, origin=site.origin) for who in ("social_worker", "colleague")
    )
    devices.revoke(cast.actor("colleague", confirmed=True), lost.enrolment)
    about = ("people", cast["amara"])
    made = {}
    for name, by, kind, fields in (
        ("to_match", mine, "note", [("who", f"Red coat, {UNBROKEN}"), ("saw", HOSTILE)]),
        ("draft", mine, "draft", [about, ("thinks", "I was not sure whether"), ("saw", UNBROKEN)]),
        ("not_taken", mine, "note", [about, ("saw", "No coat."), ("happened_time", "tea")]),
        ("held", lost, "note", [about, ("saw", HOSTILE), ("thinks", HOSTILE)]),
    ):
        made[name] = new_id()
        said = [("kind", "worry"), *fields]
        sealed = by.envelope(kind, said, id=made[name], at=now() - 3_600_000)
        posted = by.delivery(sealed, clock=now() + 720_000)
        answer = site.app.test_client().post("/deliver", json=posted, base_url=site.origin)
        assert answer.json
        assert answer.json["state"] == "waiting"
    return made
