"""Random small worlds for the access rules, and what each rule says of them, in plain Python.

A world is a description: practitioners, people, ties, covers, grants, restrictions. `build` writes it
into a store; the methods of `World` are a third statement of the rules beside the functions of
`api.access` and the SQL of `api.store.access`, made from the description alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from api.access import Sight
from api.moment import new_id, text
from api.store import Store, Tx, authority, notes
from api.store.authority import Lists

# Half past midnight in London, where it is summer: the day there is not the day in UTC.
NOW = datetime(2026, 6, 15, 23, 30, tzinfo=UTC)
TODAY = datetime(2026, 6, 16, tzinfo=UTC)

KINDS = ("social care", "school", "health", "substance misuse")
SENSITIVE = 3
NARROW = {"neglect": (), "health": ("social care", "health"), "offence": ("social care",)}
ADMITTING = ("agency", "supervisor", "lead")
# Kinds of details, and from which sight on which kinds of agency see them.
OPENED = {
    "offences": {"social care": Sight.CIRCLE, "substance misuse": Sight.DIRECTORY},
    "schooling": {"social care": Sight.DIRECTORY, "school": Sight.CIRCLE},
    "condition": {},
}
WORKING = ("practitioner", "supervisor", "safeguarding lead")
SEAL_OPENERS = ("supervisor", "governance lead")


@dataclass(frozen=True)
class Held:
    """A role, and the number of the agency or team that it covers; None for the authority."""

    role: str
    scope: str
    of: int | None
    ended: bool


@dataclass(frozen=True)
class Worker:
    agency: int
    has_team: bool
    left: bool
    roles: tuple[Held, ...]


@dataclass(frozen=True)
class Person:
    """`same_as` is the number of an earlier record that this one is linked to, or its own."""

    same_as: int
    made_by: int | None


@dataclass(frozen=True)
class Cover:
    covered: int
    covering: int
    starts: int
    ends: int
    ended: bool


@dataclass(frozen=True)
class Involved:
    person: int
    agency: int
    worker: int | None
    active: bool
    asserted_by: str
    begins: int | None
    ends: int | None
    state: str


@dataclass(frozen=True)
class Grant:
    worker: int
    person: int
    kind: str
    hours: int
    ended: bool


@dataclass(frozen=True)
class Broken:
    """A record opened in an emergency. Whoever is in one of these teams' agencies does not review it."""

    worker: int
    person: int
    hours: int
    ended: bool
    reviewed: bool
    teams: frozenset[int]


@dataclass(frozen=True)
class Closed:
    """A restriction, a protection (named: who may know) or a conflict (named: whose it is).

    The echo of a restriction binds everybody but for whom it says.
    """

    person: int
    named: frozenset[int]
    ended: bool
    but_for: int | None = None


@dataclass(frozen=True)
class Revealed:
    """Somebody shows that they support a person: to the circle, or to one worker."""

    worker: int
    person: int
    to: int | None
    ended: bool


@dataclass(frozen=True)
class Written:
    author: int
    voice: str
    hidden: str | None
    about: frozenset[int]
    audience: frozenset[str]
    categories: frozenset[str]


@dataclass(frozen=True)
class Said:
    """A fact: from the feed of an agency, or by hand of a worker."""

    person: int
    feed_of: int | None
    by: int | None


@dataclass(frozen=True)
class Told:
    """A detail of what an agency says, from the feed of the same or of another."""

    person: int
    agency: int
    feed_of: int
    kind: str


@dataclass
class World:
    """The description, and the ids that its parts got when it was built."""

    workers: list[Worker]
    people: list[Person]
    covers: list[Cover]
    ties: list[Involved]
    grants: list[Grant]
    glass: list[Broken]
    restrictions: list[Closed]
    protections: list[Closed]
    conflicts: list[Closed]
    notes: list[Written]
    facts: list[Said]
    details: list[Told]
    reveals: list[Revealed]
    ids: dict[tuple[str, int], str] = field(default_factory=dict)

    def __getitem__(self, key: tuple[str, int]) -> str:
        return self.ids[key]

    # -- What the rules say -----------------------------------------------------------------

    def identity(self, person: int) -> int:
        """The record that stands for a person: the one it is linked to, and on."""
        while self.people[person].same_as != person:
            person = self.people[person].same_as
        return person

    def same(self, one: int, other: int) -> bool:
        return self.identity(one) == self.identity(other)

    def holds(self, me: int, role: str, scope: str, of: int | None) -> bool:
        return any(
            not held.ended and held.role == role and held.scope == scope and held.of == of
            for held in self.workers[me].roles
        )

    def supervises(self, me: int, worker: int | None) -> bool:
        if worker is None or not self.workers[worker].has_team:
            return False
        return self.holds(me, "supervisor", "team", self.workers[worker].agency)

    def open_ties(self, person: int) -> Iterable[Involved]:
        for tie in self.ties:
            begun = tie.begins is None or tie.begins <= 0
            ended = tie.ends is not None and tie.ends <= 0
            if self.same(tie.person, person) and tie.state == "live" and begun and not ended:
                yield tie

    def members(self, person: int) -> Iterable[int]:
        for tie in self.open_ties(person):
            if tie.active and tie.asserted_by in ADMITTING and tie.worker is not None:
                yield tie.worker

    def covered(self, me: int) -> set[int]:
        return {
            cover.covered
            for cover in self.covers
            if cover.covering == me and not cover.ended and cover.starts <= 0 < cover.ends
        }

    def granted(self, me: int, person: int, kind: str) -> bool:
        return any(
            grant.worker == me
            and self.same(grant.person, person)
            and grant.kind == kind
            and grant.hours > 0
            and not grant.ended
            for grant in self.grants
        )

    def standing(self, closed: list[Closed], person: int) -> list[Closed]:
        return [one for one in closed if not one.ended and self.same(one.person, person)]

    def rules(self, me: int, person: int) -> dict[str, bool]:
        """Every rule about a worker and a person, by its name."""
        restrictions = self.standing(self.restrictions, person)
        ties = list(self.open_ties(person))
        members = set(self.members(person))
        named = any(me in one.named for one in restrictions)
        agency = self.workers[me].agency
        return {
            "left": self.workers[me].left,
            "conflict of interest": any(
                me in one.named for one in self.standing(self.conflicts, person)
            ),
            "restricted": any(one.but_for != me for one in restrictions) and not named,
            "named": named,
            "in the circle": me in members,
            "covering": bool(members & self.covered(me)),
            "supervising": any(self.supervises(me, worker) for worker in members),
            "safeguarding": any(
                tie.asserted_by in ADMITTING
                and self.holds(me, "safeguarding lead", "agency", tie.agency)
                for tie in ties
            ),
            "taken on": self.granted(me, person, "taken on"),
            "broken glass": any(
                broken.worker == me
                and self.same(broken.person, person)
                and broken.hours > 0
                and not broken.ended
                for broken in self.glass
            ),
            "universal": any(
                not tie.active and tie.asserted_by in ADMITTING and tie.agency == agency
                for tie in ties
            ),
            "asked to join": any(tie.worker == me and tie.asserted_by == "self" for tie in ties),
            "purpose": self.granted(me, person, "purpose"),
            "wrote": any(
                note.author == me and any(self.same(one, person) for one in note.about)
                for note in self.notes
            )
            or any(one.made_by == me and self.same(n, person) for n, one in enumerate(self.people)),
        }

    def works(self, me: int) -> bool:
        return any(not held.ended and held.role in WORKING for held in self.workers[me].roles)

    def sight(self, me: int, person: int) -> Sight:
        """How much a worker sees of a person, asked for by this very record."""
        rule = self.rules(me, person)
        if rule["left"] or rule["conflict of interest"]:
            return Sight.NOTHING
        if rule["restricted"]:
            return Sight.OWN if self.people[person].made_by == me else Sight.NOTHING
        circle = (
            *("named", "in the circle", "covering", "supervising", "safeguarding", "taken on"),
            "broken glass",
        )
        if self.works(me):
            if any(rule[name] for name in circle):
                return Sight.CIRCLE
            if any(rule[name] for name in ("universal", "asked to join", "purpose")):
                return Sight.DIRECTORY
        if rule["wrote"]:
            return Sight.OWN
        return Sight.OUTSIDE if self.works(me) else Sight.NOTHING

    def may_write(self, me: int, person: int) -> bool:
        """Whether a worker may write about a person, whom they may have declared a conflict with."""
        rule = self.rules(me, person)
        if rule["left"]:
            return False
        if rule["restricted"]:
            return self.people[person].made_by == me
        return self.works(me) or rule["wrote"]

    def is_unsealed(self, me: int, tie: Involved) -> bool:
        return (
            tie.agency != SENSITIVE
            or tie.worker == me
            or self.supervises(me, tie.worker)
            or self.holds(me, "governance lead", "agency", tie.agency)
        )

    def shows_tie(self, me: int, tie: Involved) -> bool:
        """A sealed tie is shown by who holds it, while it is open, to who has the circle's sight."""
        member = tie.active and tie.asserted_by in ADMITTING and tie.worker is not None
        revealed = any(
            one.worker == tie.worker
            and self.same(one.person, tie.person)
            and one.to in (None, me)
            and not one.ended
            for one in self.reveals
        )
        return self.is_unsealed(me, tie) or (
            member
            and revealed
            and tie in self.open_ties(tie.person)
            and self.sight(me, self.identity(tie.person)) is Sight.CIRCLE
            and self.stands_in_circle(me, tie.person)
        )

    def stands_in_circle(self, me: int, person: int) -> bool:
        """Whether anything but break-glass gives the circle's sight."""
        rule = self.rules(me, person)
        names = ("named", "in the circle", "covering", "supervising", "safeguarding", "taken on")
        return any(rule[name] for name in names)

    def may_reveal(self, me: int, person: int) -> bool:
        return self.sight(me, person) is Sight.CIRCLE and any(
            tie.agency == SENSITIVE
            and tie.worker == me
            and tie.active
            and tie.asserted_by in ADMITTING
            for tie in self.open_ties(person)
        )

    def shows_note(self, me: int, note: Written) -> bool:
        if note.hidden:
            return False
        if note.author == me:
            return True
        agency = self.workers[me].agency
        heard = note.voice != "own service" or self.workers[note.author].agency == agency
        narrowings = [set(NARROW[code]) for code in note.categories if NARROW[code]]
        if note.audience:
            narrowings.append(set(note.audience))
        return heard and all(KINDS[agency] in kinds for kinds in narrowings)

    def shows_author(self, me: int, note: Written) -> bool:
        """Who wrote through the relay is known in their own agency."""
        same = self.workers[note.author].agency == self.workers[me].agency
        return note.voice != "relay" or same

    def opens_note(self, me: int, note: Written) -> bool:
        """A note about several is closed to whoever one of them is closed to, but its author."""
        closing = ("conflict of interest", "restricted")
        rules = [self.rules(me, person) for person in note.about]
        echoed = any(self.is_echo(me, person) for person in note.about)
        closed = any(rule[name] for rule in rules for name in closing)
        return note.author == me or not (closed or echoed)

    def is_echo(self, me: int, person: int) -> bool:
        """Whether a worker added this person, who is restricted, anew, and is not named."""
        restrictions = self.standing(self.restrictions, person)
        named = any(me in one.named for one in restrictions)
        return any(one.but_for == me for one in restrictions) and not named

    def shows_fact(self, me: int, fact: Said) -> bool:
        if fact.by == me:
            return True
        origins = {fact.feed_of, self.workers[fact.by].agency if fact.by is not None else None}
        if SENSITIVE not in origins:
            return True
        return self.holds(me, "governance lead", "agency", SENSITIVE) or any(
            tie.agency == SENSITIVE and self.is_unsealed(me, tie)
            for tie in self.open_ties(fact.person)
        )

    def shows_detail(self, me: int, detail: Told) -> bool:
        """For each record of the person: linked ones are one person to every rule but OWN."""
        needed = OPENED.get(detail.kind, {}).get(KINDS[self.workers[me].agency])
        return (
            needed is not None
            and SENSITIVE not in (detail.agency, detail.feed_of)
            and not self.hides_location(me, detail.person)
            and self.sight(me, detail.person) >= needed
        )

    def reviews(self, me: int, broken: Broken) -> bool:
        """Whether a worker may review what another opened in an emergency."""
        rule = self.rules(me, broken.person)
        if rule["left"] or rule["conflict of interest"] or broken.worker == me:
            return False
        agency = self.workers[broken.worker].agency
        sealed = agency == SENSITIVE
        of = {"scope": "agency", "of": agency} if sealed else {"scope": "authority", "of": None}
        if self.holds(me, "governance lead", **of):  # type: ignore[arg-type]
            return True
        teams = {
            held.of
            for held in self.workers[me].roles
            if held.role == "supervisor" and not held.ended
        }
        near = broken.teams | self.team_of(broken.worker)
        if rule["restricted"] or not teams or (teams | self.team_of(me)) & near:
            return False
        return not sealed or agency in teams

    def team_of(self, worker: int) -> frozenset[int]:
        """The team that a worker is in, by its agency."""
        one = self.workers[worker]
        return frozenset({one.agency}) if one.has_team else frozenset()

    def handles_breach(self, me: int, note: Written) -> bool:
        """Whether a worker deals with it, where this note is about the wrong person."""
        rules = [self.rules(me, person) for person in note.about]
        conflicted = any(rule["conflict of interest"] for rule in rules)
        if self.workers[me].left or conflicted or note.author == me:
            return False
        agency = self.workers[note.author].agency
        return (
            self.holds(me, "governance lead", "agency", agency)
            or (agency != SENSITIVE and self.holds(me, "governance lead", "authority", None))
            or (self.supervises(me, note.author) and not any(rule["restricted"] for rule in rules))
        )

    def hides_location(self, me: int, person: int) -> bool:
        return any(me not in one.named for one in self.standing(self.protections, person))


# --- Drawing ------------------------------------------------------------------------------------


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world: a few workers, more people, a handful of everything else for each of them, and
    everything ended, linked or out of date now and then."""
    size = draw(st.integers(1, 4))
    return _Drawing(Random(draw(st.integers(0, 2**32))), size).world()


class _Drawing:
    def __init__(self, chance: Random, size: int) -> None:
        self.chance = chance
        self.workers = 2 + size
        self.people = 3 * size

    def world(self) -> World:
        ties = [self.a_tie() for _ in range(self.people * 3)]
        return World(
            workers=[self.a_worker() for _ in range(self.workers)],
            people=[self.a_person(n) for n in range(self.people)],
            covers=[self.a_cover() for _ in range(self.workers * 2)],
            ties=ties,
            grants=[self.a_grant() for _ in range(self.people * 2)],
            glass=[self.a_glass(n) for n in range(self.workers)],
            restrictions=[
                replace(self.closed(), but_for=self.worker() if self.seldom() else None)
                for _ in range(self.people // 2)
            ],
            protections=[self.closed() for _ in range(self.people // 2)],
            conflicts=[self.closed() for _ in range(self.people // 2)],
            notes=[self.a_note() for _ in range(self.people * 2)],
            facts=[self.a_fact() for _ in range(self.people * 2)],
            details=[self.a_detail() for _ in range(self.people * 3)],
            reveals=[self.a_reveal(ties) for _ in range(self.people * 2)],
        )

    def seldom(self) -> bool:
        return self.chance.random() < 0.2

    def worker(self) -> int:
        return self.chance.randrange(self.workers)

    def person(self) -> int:
        return self.chance.randrange(self.people)

    def agency(self) -> int:
        return self.chance.randrange(len(KINDS))

    def some(self, choices: Iterable[str], at_most: int = 2) -> frozenset[str]:
        return frozenset(self.chance.choices(list(choices), k=self.chance.randint(0, at_most)))

    def a_role(self) -> Held:
        role, scope = self.chance.choice(
            [
                ("practitioner", "agency"),
                ("practitioner", "agency"),
                ("reporter", "agency"),
                ("supervisor", "team"),
                ("supervisor", "team"),
                ("supervisor", "authority"),
                ("safeguarding lead", "agency"),
                ("governance lead", "agency"),
                ("governance lead", "authority"),
                ("administrator", "authority"),
            ]
        )
        return Held(role, scope, None if scope == "authority" else self.agency(), self.seldom())

    def a_worker(self) -> Worker:
        roles = tuple(self.a_role() for _ in range(self.chance.randint(1, 4)))
        left = self.chance.random() < 0.1
        return Worker(self.agency(), not self.seldom(), left, roles)

    def a_person(self, number: int) -> Person:
        same_as = self.chance.randint(0, number) if self.seldom() else number
        return Person(same_as, self.worker() if self.seldom() else None)

    def a_cover(self) -> Cover:
        covered, covering = self.chance.sample(range(self.workers), 2)
        return Cover(covered, covering, self.day(), self.day(), self.seldom())

    def day(self) -> int:
        return self.chance.randint(-1, 1)

    def a_tie(self) -> Involved:
        worker = None if self.seldom() else self.worker()
        return Involved(
            person=self.person(),
            agency=self.agency(),
            worker=worker,
            active=self.chance.random() < 0.6,
            asserted_by=self.chance.choice([*ADMITTING, "self", "other source"]),
            begins=self.chance.choice([None, -1, 0, 1]),
            ends=self.chance.choice([None, None, None, 0, 1]),
            state=self.chance.choice(["live"] * 8 + ["replaced", "withdrawn", "to come", "gone"]),
        )

    def a_grant(self) -> Grant:
        kind = self.chance.choice(["purpose", "taken on"])
        hours = self.chance.choice([-1, 0, 1, 1])
        return Grant(self.worker(), self.person(), kind, hours, self.seldom())

    def a_glass(self, worker: int) -> Broken:
        """At most one of each worker waits for its review."""
        teams = frozenset(self.agency() for _ in range(self.chance.randint(0, 2)))
        hours = self.chance.choice([-1, 0, 1, 1])
        return Broken(worker, self.person(), hours, self.seldom(), self.seldom(), teams)

    def a_reveal(self, ties: list[Involved]) -> Revealed:
        """Mostly by somebody who has something to reveal."""
        to = self.worker() if self.chance.random() < 0.5 else None
        held = [tie for tie in ties if tie.agency == SENSITIVE and tie.worker is not None]
        tie = self.chance.choice(held) if held and not self.seldom() else None
        if tie is None or tie.worker is None:
            return Revealed(self.worker(), self.person(), to, self.seldom())
        return Revealed(tie.worker, tie.person, to, self.seldom())

    def closed(self) -> Closed:
        named = frozenset(self.worker() for _ in range(self.chance.randint(1, 2)))
        return Closed(self.person(), named, self.chance.random() < 0.4)

    def a_note(self) -> Written:
        return Written(
            author=self.worker(),
            voice=self.chance.choice(["named", "named", "own service", "relay"]),
            hidden=self.chance.choice([None, None, None, "undone", "wrong person"]),
            about=frozenset({self.person(), self.person()}),
            audience=self.some(KINDS) if self.seldom() else frozenset(),
            categories=self.some(NARROW),
        )

    def a_fact(self) -> Said:
        agency = self.chance.choice([SENSITIVE, self.agency()])
        by_hand = self.chance.random() < 0.5
        return Said(self.person(), None if by_hand else agency, self.worker() if by_hand else None)

    def a_detail(self) -> Told:
        agency = self.agency()
        feed_of = agency if self.chance.random() < 0.8 else self.agency()
        kind = self.chance.choice([*OPENED, *OPENED, "not listed"])
        return Told(self.person(), agency, feed_of, kind)


# --- Writing --------------------------------------------------------------------------------------


def prepare(store: Store) -> dict[tuple[str, int], str]:
    """Write what every world shares: the lists, the agencies, a source for each and one by hand."""
    store.clock = lambda: NOW
    ids: dict[tuple[str, int], str] = {}

    def fill(tx: Tx) -> None:
        for n, kind in enumerate(KINDS):
            tx.insert("agency_kinds", code=kind, label=kind, located=0, position=n)
        for n, (code, kinds) in enumerate(NARROW.items()):
            tx.insert("categories", code=code, label=code, position=n)
            tx.insert_all("category_kinds", ({"category": code, "agency_kind": k} for k in kinds))
        authority.set_detail_kinds(tx, _opened())
        tx.insert("plan_kinds", code="plan", label="Plan", legal=0, position=0)
        tx.insert("words", id="words", sealed=b"")
        for n, kind in enumerate(KINDS):
            ids["agency", n], ids["team", n] = new_id(), new_id()
            tx.insert(
                "agencies", id=ids["agency", n], name=f"Agency {n}", kind=kind,
                sensitive=int(n == SENSITIVE), phone="", email="", made_at=tx.now,
            )  # fmt: skip
            tx.insert(
                "teams", id=ids["team", n], agency_id=ids["agency", n], name="Team", duty=0,
                phone="", made_at=tx.now,
            )  # fmt: skip
        for n in range(-1, len(KINDS)):
            ids["source", n] = new_id()
            tx.insert(
                "sources", id=ids["source", n], code=f"source {n}", name="", owner="",
                kind="feed" if n >= 0 else "practitioners", justification="", legal_basis="",
                agency_id=ids["agency", n] if n >= 0 else None, coverage="", makes_people=0, mapping="",
                current_load=1, made_at=tx.now,
            )  # fmt: skip

    store.upkeep(fill)
    return ids


def _opened() -> Lists:
    def kinds(opened: dict[str, Sight], sight: Sight) -> list[str]:
        return [kind for kind, needed in opened.items() if needed is sight]

    details = [
        (code, code, kinds(opened, Sight.CIRCLE), kinds(opened, Sight.DIRECTORY))
        for code, opened in OPENED.items()
    ]
    return Lists([], [], [], [], details)


def build(store: Store, shared: dict[tuple[str, int], str], world: World) -> None:
    """Write a world beside the ones that were written before."""
    world.ids = dict(shared)
    store.upkeep(lambda tx: _write(tx, world))


def _day(offset: int | None) -> str | None:
    return None if offset is None else (TODAY + timedelta(days=offset)).date().isoformat()


def _write(tx: Tx, world: World) -> None:
    ids = world.ids
    for n, worker in enumerate(world.workers):
        ids["worker", n] = new_id()
        tx.insert(
            "practitioners", id=ids["worker", n], agency_id=ids["agency", worker.agency],
            team_id=ids["team", worker.agency] if worker.has_team else None, name=f"Worker {n}",
            job="", phone="", email="", joined_at=tx.now, left_at=tx.now if worker.left else None,
        )  # fmt: skip
        for held in worker.roles:
            scope_id = "authority" if held.of is None else ids[held.scope, held.of]
            tx.insert(
                "roles", id=new_id(), practitioner_id=ids["worker", n], role=held.role,
                scope=held.scope, scope_id=scope_id, granted_by="", granted_at=tx.now,
                ended_at=tx.now if held.ended else None,
            )  # fmt: skip
    for n in range(len(world.people)):
        ids["person", n] = new_id()
    for n, person in enumerate(world.people):
        by = None if person.made_by is None else ids["worker", person.made_by]
        tx.insert(
            "people", id=ids["person", n], identity_id=ids["person", world.identity(n)],
            made_at=tx.now, made_by=by, source_id=ids["source", -1],
        )  # fmt: skip
    _write_ties(tx, world)
    _write_reveals(tx, world)
    _write_glass(tx, world)
    _write_closed(tx, world)
    _write_notes(tx, world)


def _fact(tx: Tx, world: World, table: str, n: int, person: int, source: int, **row: Any) -> None:
    world.ids[table, n] = new_id()
    block = {"since_load": 1, "recorded_at": tx.now, **row}
    tx.insert(
        table, id=world.ids[table, n], person_id=world["person", person],
        source_id=world["source", source], **block,
    )  # fmt: skip


_STATES: dict[str, dict[str, Any]] = {
    "live": {},
    "replaced": {"replaced_by": "another"},
    "withdrawn": {"withdrawn_at": "then"},
    "to come": {"since_load": 2},
    "gone": {"since_load": 0, "until_load": 1},
}


def _write_ties(tx: Tx, world: World) -> None:
    for n, tie in enumerate(world.ties):
        _fact(
            tx, world, "involvements", n, tie.person, tie.agency,
            agency_id=world["agency", tie.agency],
            practitioner_id=None if tie.worker is None else world["worker", tie.worker],
            kind="active" if tie.active else "universal", role="", lead=0,
            asserted_by=tie.asserted_by, valid_from=_day(tie.begins), valid_to=_day(tie.ends),
            **_STATES[tie.state],
        )  # fmt: skip
    for n, fact in enumerate(world.facts):
        _fact(
            tx, world, "plans", n, fact.person, -1 if fact.feed_of is None else fact.feed_of,
            kind="plan", recorded_by=None if fact.by is None else world["worker", fact.by],
        )  # fmt: skip
    for n, detail in enumerate(world.details):
        _fact(
            tx, world, "details", n, detail.person, detail.feed_of,
            agency_id=world["agency", detail.agency], kind=detail.kind, label=detail.kind,
            value="Yes", place=0,
        )  # fmt: skip
    for cover in world.covers:
        tx.insert(
            "covers", id=new_id(), covered_id=world["worker", cover.covered],
            covering_id=world["worker", cover.covering], starts_on=_day(cover.starts),
            ends_on=_day(cover.ends), made_by="", made_at=tx.now,
            ended_at=tx.now if cover.ended else None,
        )  # fmt: skip
    for grant in world.grants:
        tx.insert(
            "grants", id=new_id(), practitioner_id=world["worker", grant.worker],
            person_id=world["person", grant.person], kind=grant.kind, made_at=tx.now,
            until=text(NOW + timedelta(hours=grant.hours)),
            ended_at=tx.now if grant.ended else None,
        )  # fmt: skip


def _write_glass(tx: Tx, world: World) -> None:
    for n, one in enumerate(world.glass):
        id = world.ids["glass", n] = new_id()
        reviewed = {"reviewed_at": tx.now, "outcome": "justified"} if one.reviewed else {}
        tx.insert(
            "glass", id=id, practitioner_id=world["worker", one.worker],
            agency_id=world["agency", world.workers[one.worker].agency],
            person_id=world["person", one.person], words_id="words", broken_at=tx.now,
            until=text(NOW + timedelta(hours=one.hours)),
            ended_at=tx.now if one.ended else None, **reviewed,
        )  # fmt: skip
        tx.insert_all(
            "glass_teams", ({"glass_id": id, "team_id": world["team", t]} for t in one.teams)
        )


def _write_reveals(tx: Tx, world: World) -> None:
    for one in world.reveals:
        tx.insert(
            "reveals", id=new_id(), person_id=world["person", one.person],
            practitioner_id=world["worker", one.worker],
            to_id=None if one.to is None else world["worker", one.to], basis="harm", law="",
            words_id="words", made_at=tx.now, ended_at=tx.now if one.ended else None,
        )  # fmt: skip


def _write_closed(tx: Tx, world: World) -> None:
    for table, held in (("restriction", world.restrictions), ("protection", world.protections)):
        for one in held:
            id = new_id()
            person = world["person", one.person]
            echo = {"echo_of": person, "but_for": world["worker", one.but_for or 0]}
            tx.insert(
                f"{table}s", id=id, person_id=person, words_id="words",
                made_by="", made_at=tx.now, ended_at=tx.now if one.ended else None,
                **({} if one.but_for is None else echo),
            )  # fmt: skip
            for worker in one.named:
                named = {f"{table}_id": id, "practitioner_id": world["worker", worker]}
                tx.insert(f"{table}_names", **named)
    for one in world.conflicts:
        for worker in one.named:
            tx.insert(
                "conflicts", id=new_id(), practitioner_id=world["worker", worker],
                person_id=world["person", one.person], declared_at=tx.now,
                ended_at=tx.now if one.ended else None,
            )  # fmt: skip


def _write_notes(tx: Tx, world: World) -> None:
    for n, note in enumerate(world.notes):
        id = world.ids["note", n] = new_id()
        tx.insert(
            "notes", id=id, author_id=world["worker", note.author],
            agency_id=world["agency", world.workers[note.author].agency], kind="worry",
            voice=note.voice, made_at=tx.now, hidden=note.hidden,
        )  # fmt: skip
        notes.add_subjects(tx, id, [world["person", p] for p in note.about])
        tx.insert_all("note_audience", ({"note_id": id, "agency_kind": k} for k in note.audience))
        tx.insert_all("note_categories", ({"note_id": id, "category": c} for c in note.categories))
