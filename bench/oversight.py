"""Reading the trail with a million rows in it: by person, practitioner, purpose, who looked, a day's rules."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from api import moment
from api.moment import new_id
from api.oversight import circle, figures, finding, looks, questions
from api.record import people
from api.record.people import NewPerson
from api.staff import practitioners
from api.store import Tx
from api.store.engine import Row
from bench.world import world
from tests.cast import Cast

ROWS = int(os.environ.get("INKLING_BENCH_AUDIT_ROWS", "1000000"))
STAFF, PEOPLE, DAYS = 400, 5000, 365
AT_ONCE = 20_000
ACTIONS = (
    ("person:looked", "in the circle"),
    ("person:looked", "supervising"),
    ("directory:looked", "purpose"),
    ("details:looked", "in the circle"),
    ("timeline:looked", "in the circle"),
    ("search:run", ""),
    ("home:looked", ""),
    ("session:started", "passkey"),
)


def run() -> None:
    """Fill the trail, measure and print."""
    with world() as made:
        cast = made.cast
        practitioners.grant(
            cast.system, cast["governance"], "governance lead", "authority", "authority"
        )
        begun = time.perf_counter()
        busiest = _fill(cast)
        cast.authority.store.analyze()
        print(f"  filled {ROWS:,} rows in {time.perf_counter() - begun:.0f} s", flush=True)
        lead, worker = cast.actor("governance"), cast.actor("social_worker")
        for name, act in (
            ("by person", lambda: looks.at_person(lead, busiest)),
            ("by person, whom 1 in 10 rows is about", lambda: looks.at_person(lead, cast["amara"])),
            ("by practitioner", lambda: looks.by_practitioner(lead, cast["social_worker"])),
            ("by purpose", lambda: looks.by_purpose(lead)),
            ("questions", lambda: questions.waiting(lead)),
            ("who looked", lambda: circle.around(worker, cast["noor"])),
            (
                "who looked, whom 1 in 10 rows is about",
                lambda: circle.around(worker, cast["amara"]),
            ),
        ):
            print(f"  {name}: {_median(act):.0f} ms", flush=True)
        for name, work in (
            ("31 days gone through for questions", lambda: finding.find(cast.authority)),
            ("12 months counted", lambda: figures.count(cast.authority)),
        ):
            begun = time.perf_counter()
            found = work()
            print(f"  {name}: {time.perf_counter() - begun:.1f} s ({found})", flush=True)


def _median(act: Callable[[], object]) -> float:
    spent = []
    for _ in range(7):
        begun = time.perf_counter()
        act()
        spent.append(time.perf_counter() - begun)
    return sorted(spent)[3] * 1000


def _fill(cast: Cast) -> str:
    chance = Random(1)
    force = cast["force"]
    staff = [
        (practitioners.join(cast.system, agency_id=force, name=f"Robin{n} Page", job="PC"), force)
        for n in range(STAFF)
    ] + [(cast["social_worker"], cast["care"]), (cast["sealed"], cast["harbour"])] * 20
    known = [
        people.add(
            cast.system,
            NewPerson(
                f"Ash {n}", "Page" if n % 50 == 0 else "Field", "2015-05-05", postcode="ZZ17 8AU"
            ),
        )
        for n in range(PEOPLE)
    ]
    known += [cast["noor"]] * 5
    now = datetime.now(UTC)
    for start in range(0, ROWS, AT_ONCE):
        events: list[Row] = []
        subjects: list[Row] = []
        for n in range(start, min(ROWS, start + AT_ONCE)):
            at = moment.text(now - timedelta(days=DAYS) * (1 - n / ROWS))
            action, reason = ACTIONS[n % len(ACTIONS)]
            actor, agency = chance.choice(staff)
            event = new_id()
            events.append(
                {
                    "id": event, "at": at, "actor": actor, "agency_id": agency, "action": action,
                    "verdict": "allowed", "reason": reason,
                }
            )  # fmt: skip
            if action != "session:started":
                person = cast["amara"] if n % 10 == 1 else chance.choice(known)
                subjects.append({"event_id": event, "person_id": person})

        def write(tx: Tx, events: list[Row] = events, subjects: list[Row] = subjects) -> None:
            tx.insert_all("audit_events", events)
            tx.insert_all("audit_subjects", subjects)

        cast.authority.store.upkeep(write)
    return known[0]
