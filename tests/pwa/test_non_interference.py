"""Non-interference: worlds that differ only in what is sealed or restricted read the same to others.

A random list of acts is played twice over the cast. What everybody may know happens in both worlds, at
the same moments; what a sealed service does, or those named on a restricted record, happens in one of
them and not in the other. Then somebody from whom all of that must be hidden opens the app's pages (every
address takes part: they are found in the app's own map) and searches. The answers are the same, byte for
byte, and so are the SQL statements that were run for them. Ids and tokens, which chance makes, are
counted in the order in which a page names them.

Left out, because they are said on purpose: what a sealed author signs or sends through the relay, a
reveal, an answer to the circle.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.errors import InklingError
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
from api.staff import covers, practitioners
from api.store import sqlite
from api.telling import outbox
from api.trust.actor import Actor
from pwa import doors
from tests.cast import Cast, reopen
from tests.web import Visitor, make_app

START = datetime(2026, 11, 23, 9, 20, tzinfo=UTC)
STEP = timedelta(seconds=20)
NOBODY = "0193e6a0-0000-7000-8000-00000000ffff"

OTHERS = (
    *("social_worker", "pastoral", "health_visitor", "supervisor", "safeguarding", "duty"),
    *("outsider", "governance", "administrator", "steward", "reporter", "night_duty"),
)
UNNAMED = tuple(who for who in OTHERS if who != "social_worker")
CHILDREN = ("amara", "jude", "noor")


@dataclass
class World:
    """One of two copies of the cast, with what was made in it that everybody may know of."""

    cast: Cast
    notes: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    here: dict[str, Actor] = field(default_factory=dict)

    def actor(self, who: str) -> Actor:
        """Somebody who signed in before anything happened, and has just confirmed."""
        return replace(self.here[who], confirmed_at=self.cast.authority.store.now())

    def worry(self, who: str, about: str, **said: Any) -> list[str]:
        """Let somebody log about somebody; give the ids of the notes."""
        note = NewNote(new_id(), "worry", [self.cast[about]], saw="No coat.", **said)
        return list(notes.log(self.actor(who), note).note_ids)

    def note(self, who: str, about: str, **said: Any) -> None:
        """Let somebody log what everybody may know of."""
        self.notes += self.worry(who, about, **said)


Act = Callable[[World, Random], object]


def child(random: Random) -> str:
    return random.choice(CHILDREN)


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
    outbox.fan_out(world.cast.authority)


OPEN: Sequence[Act] = (log, log, mark, mark, look, give_purpose, take_on, plan, ask, relate, tell)


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
    glass.open_record(sealed(world, random), world.cast["jude"], "She is at our door.")


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


HIDDEN: Sequence[Act] = (*(hide_note, hide_plan, hide_family, hide_place, hide_shared, hide_look),)


# --- Two worlds ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Twins:
    """Where the cast stands, to be copied; and a folder for the copies."""

    origin: str
    ids: Mapping[str, str]
    folder: Path

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[World]:
        """A world of its own."""
        path = self.folder / f"{name}.db"
        for old in self.folder.glob(f"{name}.db*"):
            old.unlink()
        shutil.copy(self.origin.removeprefix("sqlite:///"), path)
        cast = reopen(f"sqlite:///{path}", dict(self.ids))
        try:
            yield World(cast)
        finally:
            cast.authority.close()


@pytest.fixture
def twins(cast_origin: Callable[[str], tuple[str, dict[str, str]]], tmp_path: Path) -> Twins:
    url, ids = cast_origin("sqlite")
    return Twins(url, ids, tmp_path)


def play(world: World, acts: Sequence[tuple[Act, int]], hidden: bool) -> set[Act]:
    """Let it all happen, each act at its moment, and give what did. One that is refused has happened as
    well."""
    done = set()
    cast = world.cast
    at(cast, -2)
    governs = ("governance", "governance lead", "authority", "authority")
    practitioners.grant(cast.system, cast[governs[0]], *governs[1:])
    names = (*OTHERS, "sealed", "sealed_supervisor")
    world.here.update({who: cast.actor(who) for who in names})
    protections.restrict(
        world.actor("social_worker"), cast["rhea"], "A witness", [cast["social_worker"]]
    )
    at(cast, -1)
    world.note("pastoral", "amara")
    for number, (act, seed) in enumerate(acts):
        at(cast, number)
        if hidden or act in OPEN:
            with contextlib.suppress(InklingError):
                act(world, Random(seed))
                done.add(act)
    at(cast, len(acts) + 10)
    outbox.fan_out(cast.authority)
    at(cast, len(acts) + 300)
    return done


def at(cast: Cast, number: int) -> None:
    cast.authority.store.clock = lambda: START + number * STEP


# --- What somebody reads ------------------------------------------------------------------------------

CHANCE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b\d{4} \d{4}\b|\b\d{8}\b"
    r'|(?<=csrf-token" content=")[^"]+|(?<=csrf_token" value=")[^"]+'
)


def addresses(app: Flask) -> list[str]:
    """Every address that somebody who is signed in can open."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in doors.PUBLIC
        and not doors.is_by_token(rule.endpoint)
    )


def filled(world: World, address: str) -> Iterator[str]:
    """The address with each of the people, and with the notes and asks that everybody may know of."""
    if "<uuid:person_id>" in address:
        for who in (*CHILDREN, "rhea", "kemi"):
            yield from filled(world, address.replace("<uuid:person_id>", world.cast[who]))
    elif "<uuid:note_id>" in address:
        for note in world.notes[:4]:
            yield from filled(world, address.replace("<uuid:note_id>", note))
    elif "<uuid:ask_id>" in address:
        for ask in world.asks[:2]:
            yield from filled(world, address.replace("<uuid:ask_id>", ask))
    elif "<uuid:agency_id>" in address:
        yield from filled(world, address.replace("<uuid:agency_id>", world.cast["harbour"]))
    elif "<uuid:practitioner_id>" in address:
        yield from filled(world, address.replace("<uuid:practitioner_id>", world.cast["sealed"]))
    else:
        yield re.sub(r"<[^>]+>", NOBODY, address)


@dataclass
class Statements:
    """The SQL statements that were run since `kept` was emptied."""

    kept: list[str] = field(default_factory=list)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Statements:
    found, really = Statements(), sqlite._run

    def listening(connection: Any) -> Callable[[str, Mapping[str, Any]], Any]:
        run = really(connection)

        def noted(sql: str, params: Mapping[str, Any]) -> Any:
            found.kept.append(sql)
            return run(sql, params)

        return noted

    monkeypatch.setattr(sqlite, "_run", listening)
    return found


def read(world: World, who: str, chosen: Callable[[str], bool], ran: Statements) -> dict[str, Any]:
    """What somebody is answered at the chosen addresses and by a search, and what was asked for it."""
    app = make_app(world.cast)
    visitor, found = Visitor(app, world.cast, who), {}

    def ask(number: int, method: str, path: str, **more: object) -> None:
        ran.kept.clear()
        response = visitor.open(method, path, **more)
        text = f"{response.status_code} {response.location} {response.get_data(as_text=True)}"
        found[f"{number} {method} {path}"] = (counted(text), list(ran.kept))

    paths = [path for one in addresses(app) if chosen(one) for path in filled(world, one)]
    for number, path in enumerate(paths):
        ask(number, "GET", path)
    for first, last, born in (("Amara", "Okafor", "3 5 2019"), ("Rhea", "Stone", "6 6 2016")):
        typed = {"first": first, "last": last, "born_on-day": born, "csrf_token": visitor.token()}
        ask(len(paths), "POST", "/search", data=typed)
    return {
        counted_path: answer
        for (_, answer), counted_path in zip(
            found.items(), (CHANCE.sub("#", key) for key in found), strict=True
        )
    }


def counted(text: str) -> str:
    """The text with everything that chance made counted, in the order in which it is named."""
    names: dict[str, str] = {}
    return CHANCE.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), text)


def same(one: dict[str, Any], other: dict[str, Any], who: str) -> None:
    assert one.keys() == other.keys()
    for key, (text, asked) in one.items():
        if text != other[key][0]:
            differing = [
                pair
                for pair in zip(text.split("\n"), other[key][0].split("\n"), strict=False)
                if pair[0] != pair[1]
            ]
            pytest.fail(f"{who} can tell at {key}: {differing[:3]}")
        assert asked == other[key][1], f"for {who}, other SQL at {key}"


def compare(
    twins: Twins,
    ran: Statements,
    acts: Sequence[tuple[Act, int]],
    who: str,
    chosen: Callable[[str], bool],
) -> dict[str, Any]:
    answers = []
    for name, hidden in (("with", True), ("without", False)):
        with twins.copy(name) as world:
            play(world, acts, hidden)
            answers.append(read(world, who, chosen, ran))
    same(answers[0], answers[1], who)
    return answers[0]


# --- The tests ----------------------------------------------------------------------------------------


def acts_of(*kinds: Act) -> st.SearchStrategy[list[tuple[Act, int]]]:
    one = st.tuples(st.sampled_from(kinds), st.integers(0, 2**16))
    return st.lists(one, min_size=4, max_size=14)


# Whoever mends a leak reads the pages, not the shortest list of acts: to shrink one takes minutes.
SETTINGS = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)

# The pages on which the most comes together are opened each time.
ALWAYS = ("/", "/inbox", "/children/<uuid:person_id>", "/children/<uuid:person_id>/timeline")


@given(
    acts=acts_of(*OPEN, *SEALED, *SEALED),
    who=st.sampled_from(OTHERS),
    part=st.integers(0, 9),
)
@SETTINGS
def test_what_is_sealed_changes_nothing_for_others(
    twins: Twins, ran: Statements, acts: list[tuple[Act, int]], who: str, part: int
) -> None:
    compare(twins, ran, acts, who, lambda one: one in ALWAYS or len(one) % 10 == part)


@given(
    acts=acts_of(*OPEN, *HIDDEN, *HIDDEN),
    who=st.sampled_from(UNNAMED),
    part=st.integers(0, 9),
)
@SETTINGS
def test_what_is_restricted_changes_nothing_for_who_is_not_named(
    twins: Twins, ran: Statements, acts: list[tuple[Act, int]], who: str, part: int
) -> None:
    compare(twins, ran, acts, who, lambda one: one in ALWAYS or len(one) % 10 == part)


@pytest.mark.parametrize("who", OTHERS)
def test_every_address_reads_the_same_to_each_of_the_others(
    twins: Twins, ran: Statements, who: str
) -> None:
    """Everything that can be hidden from somebody happens, and every page is opened."""
    hidden = SEALED if who == "social_worker" else (*SEALED, *HIDDEN)
    acts = [(act, number) for number, act in enumerate((*OPEN, *hidden, *OPEN, *hidden))]
    found = compare(twins, ran, acts, who, lambda _: True)
    opened = [key for key, (text, _) in found.items() if text.startswith("200")]
    assert len(opened) > (15 if who in ("steward", "reporter", "night_duty") else 30)


def test_everything_that_is_to_be_hidden_can_happen(twins: Twins) -> None:
    """An act that is always refused would show nothing."""
    acts = [
        (act, number)
        for number, act in enumerate((*OPEN, *[seal_mark] * 9, *SEALED, *HIDDEN, *OPEN))
    ]
    with twins.copy("all") as world:
        assert play(world, acts, hidden=True) == {*OPEN, *SEALED, *HIDDEN}
