"""Builds the demo: everything that happened in six months, in the order in which it happened."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random

from api import moment
from api.authority import Authority
from api.demo import cases, council, feeds, households
from api.demo.council import Worker
from api.demo.feeds import Feed, Snapshot
from api.demo.households import Household, Person
from api.demo.writing import Writing, written
from api.facts import loading, sources
from api.facts.loading import LoadReport
from api.facts.sources import NewSource
from api.record import families, involvements, notes, people, plans, protections
from api.record.notes import Logged, NewNote
from api.record.people import NewPerson
from api.staff import agencies, covers, practitioners, undertakings
from api.store import finding as stored_finding
from api.store import sources as stored_sources
from api.telling import outbox
from api.trust.actor import Actor

SEED = 20261101
# Notes older than this were told long ago: nobody's inbox begins with them.
NEWS_DAYS = notes.NEWS_DAYS
BEGAN = 200

Say = Callable[[str], object]


@dataclass(frozen=True)
class Happening:
    """Something that happened at a moment, and how it is brought about."""

    at: datetime
    order: int
    do: Callable[[], object]


class Builder:
    """Fills an empty demo authority."""

    def __init__(self, authority: Authority, folder: Path, say: Say, seed: int = SEED) -> None:
        self.authority, self.folder, self.say, self.seed = authority, folder, say, seed
        self.random = Random(seed)  # noqa: S311 - a made-up council, always the same one
        self.now = moment.parse(authority.store.now())
        self.today = moment.day(moment.text(self.now))
        self.world = households.make(self.random, self.today)
        self.staff = council.staff(self.random)
        self.cases = cases.make(self.random, self.world, self.staff)
        self.system = Actor.system(authority, "demo")
        self.ids: dict[str, str] = {}  # agencies, teams and workers by key
        self.people: dict[int, str] = {}
        self.related: set[int] = set()
        self.joined: set[int] = set()
        self.reported: dict[int, str] = {}
        self.told: dict[str, frozenset[str]] = {}
        self.happenings: list[Happening] = []

    def build(self) -> None:
        """Let it all happen. The authority's clock runs as it did then, and is set right again."""
        clock = self.authority.store.clock
        try:
            self._set_clock(self.now - timedelta(days=BEGAN))
            self.open_agencies()
            self._plan()
            self._run()
        finally:
            self.authority.store.clock = clock
        self.authority.prepare()

    # --- The council ---------------------------------------------------------------------------

    def open_agencies(self) -> None:
        """Open the agencies, with their staff and their feeds."""
        self.say("  agencies and staff")
        for agency in council.AGENCIES:
            self.ids[agency.key] = agencies.add(
                self.system,
                agency.name,
                agency.kind,
                phone=agency.phone,
                email=f"office@{agency.domain}",
                sensitive=agency.sensitive,
            )
            for team in agency.teams:
                self.ids[team.key] = agencies.add_team(
                    self.system, self.ids[agency.key], team.name, phone=agency.phone, duty=team.duty
                )
        for worker in self.staff:
            self.ids[worker.key] = practitioners.join(
                self.system,
                agency_id=self.ids[worker.agency],
                team_id=self.ids[worker.team],
                name=worker.name,
                job=worker.job,
                phone=worker.phone,
                email=worker.email,
                staff_number=worker.staff_number,
                roles=worker.roles,
            )
        self._grant("governance", "governance lead", "authority", "authority")
        for key in council.OUT_OF_HOURS:
            self._grant(key, "approver", "authority", "authority")
        for key, lead in council.SAFEGUARDING_LEADS.items():
            self._open_agency(key, lead)
        for key in council.CHARACTERS:
            undertakings.accept(self.actor(key))
        for feed in feeds.all_feeds():
            self._add_source(feed)

    def _open_agency(self, key: str, lead: str) -> None:
        agency = next(agency for agency in council.AGENCIES if agency.key == key)
        today = moment.day(self.authority.store.now())
        terms = agencies.Terms(
            agreement="Westhaven information sharing agreement, tier 2: safeguarding children",
            agreed_on=(today - timedelta(days=30)).isoformat(),
            review_on=(today + timedelta(days=335)).isoformat(),
            controller=agency.name,
            controller_contact=f"data.protection@{agency.domain}",
            safeguarding_lead_id=self.ids[lead],
            approver_ids=[self.ids[one] for one in council.OUT_OF_HOURS],
        )
        agencies.open_agency(self.system, self.ids[key], terms)

    def _add_source(self, feed: Feed) -> None:
        agency = next((a for a in council.AGENCIES if a.key == feed.agency), None)
        ages_from, ages_to = feeds.AGES.get(feed.code, (None, None))
        source = sources.add(
            self.system,
            NewSource(
                code=feed.code,
                name=feed.name,
                mapping=feed.mapping,
                agency_id=self.ids[feed.agency] if feed.agency else None,
                owner=f"Systems lead, {agency.name}" if agency else "Stu Lark",
                justification="To show who supports a child, and how to reach them.",
                legal_basis="Children Act 2004, sections 10 and 11",
                area="Westhaven",
                ages_from=ages_from,
                ages_to=ages_to,
                covers_from="2015-01-01",
                report_every_days=1,
                makes_people=feed.makes_people,
            ),
        )
        own = [worker.key for worker in self.staff if worker.agency == feed.agency]
        steward = own[-1] if agency and agency.sensitive else "data-steward"
        self._grant(steward, "data steward", "source", source)

    def _grant(self, key: str, role: str, scope: str, scope_id: str) -> None:
        practitioners.grant(self.system, self.ids[key], role, scope, scope_id)

    # --- What happened, and when ----------------------------------------------------------------

    def _plan(self) -> None:
        for feed in feeds.all_feeds():
            for night in feed.nights:
                self._at(night, 2, partial(self.load, feed, night))
        self._at(feeds.FIRST - 1, 9, self._protect)
        self._at(6, 8, self._cover)
        self._at(1, 10, self._take_on)
        self._at(2, 11, self._look)
        for writing in written(self.random, self.world, self.cases):
            self._add_writing(writing)
        for day in range(NEWS_DAYS):
            self._at(day, 22, self._tell)

    def _at(self, days_ago: int, hour: int, do: Callable[[], object], minute: int = 0) -> None:
        day = self.today - timedelta(days=days_ago)
        at = datetime.combine(day, time(hour, minute), tzinfo=moment.LONDON).astimezone(UTC)
        if at < self.now:
            self.happenings.append(Happening(at, len(self.happenings), do))

    def _run(self) -> None:
        happenings = sorted(self.happenings, key=lambda one: (one.at, one.order))
        for n, happening in enumerate(happenings):
            if n % 200 == 0:
                day = happening.at.date()
                self.say(f"  {day.day} {day:%B}: {100 * n // len(happenings)} %")
            self._set_clock(happening.at)
            happening.do()

    def _set_clock(self, at: datetime) -> None:
        self.authority.store.clock = lambda: at
        self.authority.prepare()

    # --- Feeds -----------------------------------------------------------------------------------

    def snapshot(self, feed: Feed, night: int) -> Snapshot:
        """Give what a feed's system held on a night, so many days ago."""
        day = self.today - timedelta(days=night)
        random = Random(f"{self.seed} {feed.code}")  # noqa: S311 - the same dirt every night
        return Snapshot(self.world, self.cases, day, random)

    def load(self, feed: Feed, night: int) -> LoadReport:
        """Load what a feed reported on a night."""
        path = feeds.write_night(self.folder, feed, self.snapshot(feed, night))
        report = loading.load(self.system, feed.code, path)
        if feed.makes_people:
            self._know_people(feed.code)
        elif feed.code == "childrens-social-care":
            self._know_circles()
        return report

    def _know_people(self, code: str) -> None:
        """Look up whom the index made, and say by hand who belongs to whom."""
        numbers = {f"cms:{person.number}": person.number for person in self.world.people}
        store = self.authority.store
        index = stored_sources.by_code(store, code)
        if index is None:
            raise LookupError(code)
        for row in stored_finding.by_number(store, index.id, "local", numbers):
            self.people.setdefault(numbers[row["value"]], row["person_id"])
        for household in self.world.households:
            for child in household.children:
                if child.number in self.people and child.number not in self.related:
                    self.related.add(child.number)
                    self._relate(household, child)

    def _relate(self, household: Household, child: Person) -> None:
        child_id = self.people[child.number]
        for adult in household.those("mother", "father", "step-parent", "grandparent"):
            other_id = self.people.get(adult.number)
            responsible = adult.is_ in households.PARENTS
            # Of some who live there nobody says who they are to the child.
            unsaid = adult.key == "mark" or (adult.is_ == "step-parent" and household.number % 2)
            if other_id and not unsaid:
                families.relate(
                    self.system,
                    child_id,
                    kind=adult.is_,
                    other_id=other_id,
                    parental_responsibility="yes" if responsible else "no",
                )
        for sibling in household.children:
            other_id = self.people.get(sibling.number)
            if other_id and sibling.number < child.number:
                families.relate(self.system, child_id, kind="brother or sister", other_id=other_id)
        for name, kind in _MENTIONED.get(child.key, ()):
            families.relate(self.system, child_id, kind=kind, mentioned=name)

    def _know_circles(self) -> None:
        """Let the lead add those of the school and the nursery who work with a child."""
        for person in self.world.people:
            known = self.people.get(person.number)
            held = self.cases.roles.get(person.number, {})
            if not known or "sw" not in held or person.number in self.joined:
                continue
            self.joined.add(person.number)
            for role in ("pastoral", "teacher", "nursery", "youth"):
                if worker := held.get(role):
                    involvements.add(
                        self.system,
                        known,
                        agency_id=self.ids[worker.agency],
                        practitioner_id=self.ids[worker.key],
                        role=worker.job,
                    )

    # --- What people decided -----------------------------------------------------------------------

    def _protect(self) -> None:
        for key in ("noor", "idris", "samira"):
            named = [self.ids[who] for who in ("social-worker", "supervisor")]
            protections.protect(
                self.actor("social-worker") if key != "samira" else self.system,
                self.people[self.world.one(key).number],
                "Her former husband, and anybody who might tell him",
                named,
            )
        rosa = self.people[self.world.one("rosa").number]
        named = [self.ids[who] for who in ("after-worker", "after-manager")]
        protections.restrict(self.actor("after-manager"), rosa, "To be placed for adoption", named)
        tyler = self.people[self.world.one("tyler").number]
        families.relate(self.system, tyler, kind="foster carer", mentioned="Joan and Bill Askew")
        lily = self.people[self.world.one("lily").number]
        plans.set(self.system, lily, "ehcp", (self.today - timedelta(days=300)).isoformat())

    def _cover(self) -> None:
        first = self.today - timedelta(days=6)
        covers.add(
            self.actor("supervisor"),
            self.ids["colleague"],
            self.ids["social-worker"],
            first.isoformat(),
            (first + timedelta(days=14)).isoformat(),
        )

    def _take_on(self) -> None:
        baby = self.people[self.world.one("zofia").number]
        people.take_on(self.actor("duty"), baby, "The hospital rang: discharge today, no address.")

    def _look(self) -> None:
        baby, actor = self.people[self.world.one("zofia").number], self.actor("outsider")
        people.give_purpose(actor, baby, "worry", "A friend asked whether anybody visits them.")
        people.look(actor, baby)

    # --- Notes ---------------------------------------------------------------------------------------

    def _add_writing(self, writing: Writing) -> None:
        id = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        weekday = (self.today - timedelta(days=writing.days_ago)).weekday()
        if weekday >= 5 and writing.author.agency != "police":
            writing = replace(writing, days_ago=writing.days_ago + weekday - 4)
        self._at(writing.days_ago, writing.hour, partial(self._log, writing, id), writing.minute)
        for n, (who, what) in enumerate(writing.then):
            answer = partial(self._answer, id, who, what)
            self._at(writing.days_ago, writing.hour, answer, min(59, writing.minute + 3 + 2 * n))

    def _log(self, writing: Writing, id: str) -> None:
        about = [self.people[p.number] for p in writing.people if p.number in self.people]
        if not about:
            return
        step = writing.step
        note = NewNote(
            id=id,
            kind=step.kind,
            people=about,
            saw=step.saw,
            thinks=step.thinks,
            whose=step.whose,
            worried=step.worried,
            contact=step.contact,
            child_seen=step.seen,
            happened_on=(self.today - timedelta(days=writing.days_ago)).isoformat(),
            categories=step.categories,
            audience=step.audience,
        )
        actor = self.actor(writing.author.key)
        if "reporter" in writing.author.roles:
            logged = self._report(actor, note, writing.people[0])
        else:
            logged = notes.log(actor, note)
        self.told[id] = frozenset(logged.told_names)
        if writing.days_ago >= NEWS_DAYS:
            self.authority.store.upkeep(lambda tx: outbox.cancel_note(tx, id))

    def _report(self, actor: Actor, note: NewNote, child: Person) -> Logged:
        """A reporter finds nobody: they write the child's name down, once."""
        if record := self.reported.get(child.number):
            return notes.log(actor, replace(note, people=[record]))
        born = child.born.isoformat() if child.born else None
        someone = NewPerson(first=child.first, last=child.last, born_on=born)
        logged = notes.log(actor, replace(note, people=[]), someone)
        self.reported[child.number] = logged.people[0].id
        return logged

    def _answer(self, id: str, who: Worker, what: str) -> None:
        """Only who was told can answer: the note may be narrowed, or the circle was another."""
        if who.name not in self.told.get(id, ()):
            return
        actor = self.actor(who.key)
        notes.read(actor, id)
        if what in ("noticed too", "acted on"):
            notes.mark(actor, id, what)  # type: ignore[arg-type]
        elif what != "read":
            notes.reply(actor, id, what)

    def _tell(self) -> None:
        outbox.fan_out(self.authority)

    def actor(self, key: str) -> Actor:
        """Give somebody as they would be signed in, just confirmed."""
        worker = next(worker for worker in self.staff if worker.key == key)
        agency = next(agency for agency in council.AGENCIES if agency.key == worker.agency)
        return Actor(
            authority=self.authority,
            id=self.ids[key],
            name=worker.name,
            job=worker.job,
            agency_id=self.ids[agency.key],
            agency=agency.name,
            agency_kind=agency.kind,
            sensitive=agency.sensitive,
            team_id=self.ids[worker.team],
            confirmed_at=self.authority.store.now(),
        )


# Adults who are only spoken of.
_MENTIONED: dict[str, Sequence[tuple[str, str]]] = {
    "amara": (("Daniel Okafor", "father"), ("Lee, a friend from work", "other")),
    "isla": (("Craig, surname not known", "father"),),
    "ivy": (("Craig, surname not known", "father"),),
    "noor": (("Farid Rahman", "father"),),
    "idris": (("Farid Rahman", "father"),),
}
