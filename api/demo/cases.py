"""Who supports whom in the made-up council, as the agencies' own systems have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from api.demo.council import Worker
from api.demo.households import Household, Person, World


@dataclass(frozen=True)
class Event:
    """One line of an agency's case system: a service for a person, by a worker, over some time."""

    person: Person
    worker: Worker
    service: str
    starts: date
    ends: date | None = None


@dataclass
class Cases:
    """All lines by system; and by person who supports them in which way (for the stories)."""

    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    roles: dict[int, dict[str, Worker]] = field(default_factory=lambda: defaultdict(dict))

    def role(self, person: Person, *names: str) -> Worker | None:
        """Give who supports a person in the first of these ways that there is."""
        held = self.roles[person.number]
        return next((held[name] for name in names if name in held), None)

    def add(self, system: str, role: str, event: Event) -> None:
        """Write a line, and remember its worker where it is open."""
        self.events[system].append(event)
        if event.ends is None:
            self.roles[event.person.number].setdefault(role, event.worker)


# The social worker of the families that are told, and what their case system says of each child.
_TOLD: Mapping[str, tuple[str, Sequence[tuple[str, int, int | None]]]] = {
    "okafor": ("social-worker", [("Child in need plan", 200, None)]),
    "hart": (
        "social-worker",
        [("Child in need plan", 400, 130), ("Child protection plan", 130, None)],
    ),
    "thornlow": ("social-worker", [("Child in need plan", 240, None)]),
    "baptiste": ("social-worker", [("Child in need plan", 210, None)]),
    "rahman": ("social-worker", [("Child in need plan", 230, None)]),
    "whitlock": ("social-worker", [("Child in need plan", 260, None)]),
    "brien": ("social-worker", [("Supervision order", 300, None)]),
    "long": ("social-worker", [("Assessment", 190, None)]),
    "hussain": ("colleague", [("Child in need plan", 220, None)]),
    "bromfield": ("after-worker", [("Looked after child", 500, None), ("Care order", 480, None)]),
    "hale": ("after-worker", [("Looked after child", 350, None), ("Care order", 320, None)]),
}
_SERVICES = (
    ("Child in need plan", 5),
    ("Child protection plan", 3),
    ("Assessment", 3),
    ("Looked after child", 1),
)


_GROWN = ("mother", "father", "step-parent", "grandparent")


def make(random: Random, world: World, staff: Sequence[Worker]) -> Cases:
    """Give every line of every system, as of the world's day."""
    cases = Cases()
    by_key = {worker.key: worker for worker in staff}
    _social_care(random, world, cases, staff, by_key)
    _early_help(random, world, cases, _team(staff, "families"))
    _health(random, world, cases, by_key, _team(staff, "visitors"))
    _schools(random, world, cases, by_key, staff)
    _others(random, world, cases, staff, by_key)
    return cases


def _social_care(
    random: Random,
    world: World,
    cases: Cases,
    staff: Sequence[Worker],
    by_key: Mapping[str, Worker],
) -> None:
    for household in world.households:
        if household.key in _TOLD:
            key, services = _TOLD[household.key]
            for child in household.children:
                _told_events(world, cases, by_key[key], child, services)
    workers = [w for w in staff if w.agency == "care" and w.team in ("north", "south", "after")]
    told = ("social-worker", "colleague", "after-worker")
    workers = [w for w in workers if w.job == "Social worker" and w.key not in told]
    families = _unknown(random, world, 3 * len(workers))
    for n, household in enumerate(families):
        service = random.choices([s for s, _ in _SERVICES], [w for _, w in _SERVICES])[0]
        starts = world.today - timedelta(days=random.randint(20, 500))
        for child in household.children:
            _event(cases, "care", "sw", child, workers[n % len(workers)], service, starts)
    for household in _unknown(random, world, 14):  # over, and still known
        starts = world.today - timedelta(days=random.randint(500, 900))
        for child in household.children:
            ends = starts + timedelta(days=random.randint(60, 300))
            worker = random.choice(workers)
            if child.born and child.born < starts:
                cases.add("care", "sw", Event(child, worker, "Child in need plan", starts, ends))


def _told_events(
    world: World,
    cases: Cases,
    worker: Worker,
    child: Person,
    services: Sequence[tuple[str, int, int | None]],
) -> None:
    if child.key == "unborn":
        services = [("Child protection plan", 50, None)]
    for service, since, until in services:
        starts = world.today - timedelta(days=since)
        ends = world.today - timedelta(days=until) if until else child.died
        cases.add("care", "sw", Event(child, worker, service, starts, ends))


def _early_help(random: Random, world: World, cases: Cases, workers: Sequence[Worker]) -> None:
    for household in _unknown(random, world, 24, cases):
        worker = random.choice(workers)
        starts = world.today - timedelta(days=random.randint(10, 300))
        for child in household.children:
            _event(cases, "early", "eh", child, worker, "Early help plan", starts)


def _health(
    random: Random,
    world: World,
    cases: Cases,
    by_key: Mapping[str, Worker],
    visitors: Sequence[Worker],
) -> None:
    hana = by_key["health-visitor"]
    for household in world.households:
        small = [child for child in household.children if child.age(world.today) < 5]
        hers = household.key in ("okafor", "baptiste", "wieczorek", "whitlock")
        worker = hana if hers else random.choice(visitors)
        for child in small:
            starts = child.born or world.today - timedelta(days=50)
            event = Event(child, worker, "Health visiting", starts, child.died)
            cases.events["health"].append(event)
            if hers or random.random() < 0.22:
                cases.add("caseload", "hv", event)
    # The family's health visitor knows the sister too.
    amara = world.one("amara")
    starts = world.today - timedelta(days=200)
    cases.add("caseload", "hv", Event(amara, hana, "Health visiting, family", starts))


def _schools(
    random: Random,
    world: World,
    cases: Cases,
    by_key: Mapping[str, Worker],
    staff: Sequence[Worker],
) -> None:
    """Only who is in a circle has a teacher and a pastoral worker of their own there."""
    priya = by_key["school-pastoral"]
    hers = ("amara", "lily", "noah", "isla", "ivy", "daithi", "noor", "zain")
    pastoral, teachers = _team(staff, "pastoral"), _team(staff, "teachers")
    mentors, tutors = _team(staff, "inclusion"), _team(staff, "tutors")
    pastoral = [worker for worker in pastoral if worker.job == "Pastoral worker"]
    mentors = [worker for worker in mentors if worker.job == "Mentor"]
    rooms = _team(staff, "rooms")
    for household in world.households:
        for child in household.children:
            held = cases.roles[child.number]
            if not ("sw" in held or "eh" in held):
                continue
            if child.school == "bedes":
                held["pastoral"] = priya if child.key in hers else random.choice(pastoral)
                held["teacher"] = random.choice(teachers)
                held["ta"] = by_key["reporter"]
            elif child.school == "harbour":
                held["pastoral"] = random.choice(mentors)
                held["teacher"] = random.choice(tutors)
            elif child.school == "acorns":
                held["nursery"] = random.choice(rooms)


def _others(
    random: Random,
    world: World,
    cases: Cases,
    staff: Sequence[Worker],
    by_key: Mapping[str, Worker],
) -> None:
    officers, estates = _team(staff, "streets"), _team(staff, "estates")
    officers = [worker for worker in officers if worker.key not in ("outsider", "sergeant")]
    protecting, youth = _team(staff, "protecting"), _team(staff, "youth")
    for household in world.households:
        officer, doctor = random.choice(estates), random.choice(_team(staff, "doctors"))
        rents = household.key in ("okafor", "hart", "thornlow", "long") or random.random() < 0.36
        for person in household.people:
            held = cases.roles[person.number]
            held.setdefault("gp", doctor)
            held.setdefault("police", random.choice(officers))
            if person.age(world.today) >= 11 and "sw" in held:
                held["youth"], held["police"] = random.choice(youth), random.choice(protecting)
            if rents:
                held["housing"] = officer
        _adults(random, world, cases, household, _team(staff, "community"), officers + protecting)
        if rents:
            _tenants(random, world, cases, household, officer)
    _recovery(random, world, cases, by_key["substance-misuse"], _team(staff, "recoverers"))
    # The parents of two who are told of: one whom the police knew, one whom adult social care supports.
    day = world.today
    over = day - timedelta(days=500), day - timedelta(days=410)
    cases.add("police", "police", Event(world.one("steven"), protecting[0], "Contact", *over))
    carer, since = _team(staff, "community")[0], day - timedelta(days=120)
    cases.add("adults", "adults", Event(world.one("rachel"), carer, "Support", since))


def _adults(
    random: Random,
    world: World,
    cases: Cases,
    household: Household,
    carers: Sequence[Worker],
    police: Sequence[Worker],
) -> None:
    for person in household.those(*_GROWN):
        if random.random() < 0.06:
            starts = world.today - timedelta(days=random.randint(30, 700))
            worker = random.choice(carers)
            cases.add("adults", "adults", Event(person, worker, "Support", starts))
            for child in household.children:
                cases.roles[child.number]["adults"] = worker
        if random.random() < 0.07:
            starts = world.today - timedelta(days=random.randint(30, 900))
            ends = starts + timedelta(days=90) if random.random() < 0.6 else None
            worker = random.choice(police)
            cases.add("police", "police", Event(person, worker, "Contact", starts, ends))


def _tenants(
    random: Random, world: World, cases: Cases, household: Household, officer: Worker
) -> None:
    for person in household.those(*_GROWN):
        if person.address == household.people[0].address:
            starts = world.today - timedelta(days=random.randint(200, 3000))
            cases.add("homes", "housing", Event(person, officer, "Tenancy", starts))


def _recovery(
    random: Random, world: World, cases: Cases, sil: Worker, recoverers: Sequence[Worker]
) -> None:
    since = world.today - timedelta(days=195)
    for key in ("kemi", "amara", "lorraine", "gemma"):
        service = "Parent's recovery" if key == "amara" else "Recovery"
        cases.add("recovery", "recovery", Event(world.one(key), sil, service, since))
    for household in _unknown(random, world, 8):
        worker = random.choice(recoverers)
        person = household.those(*_GROWN)[0]
        cases.add("recovery", "recovery", Event(person, worker, "Recovery", since))


def _event(
    cases: Cases,
    system: str,
    role: str,
    child: Person,
    worker: Worker,
    service: str,
    starts: date,
) -> None:
    """Write a line, which begins no earlier than the child was born."""
    born = child.born or starts
    cases.add(system, role, Event(child, worker, service, max(starts, born)))


def _unknown(
    random: Random, world: World, count: int, cases: Cases | None = None
) -> Sequence[Household]:
    """Choose families that no story tells of (and, with `cases`, that social care does not know)."""

    def is_free(household: Household) -> bool:
        known = cases and any("sw" in cases.roles[p.number] for p in household.children)
        return not household.key and not known and bool(household.children)

    free = [household for household in world.households if is_free(household)]
    return random.sample(free, count)


def _team(staff: Sequence[Worker], team: str) -> list[Worker]:
    return [worker for worker in staff if worker.team == team]


def known_on(events: Sequence[Event], day: date) -> Iterator[Event]:
    """Give the lines as they stood on an earlier day."""
    for event in events:
        if event.starts <= day:
            ended = event.ends is not None and event.ends <= day
            yield event if ended else Event(event.person, event.worker, event.service, event.starts)
