"""Search for an actor who may see everyone: who is first, who is among ten, and how long it takes.

`python -m bench search` asks 100,000 made-up people. INKLING_BENCH_PEOPLE says how many,
INKLING_BENCH_SAMPLE a folder with people_30k.csv.gz and queries.csv to ask instead, and
INKLING_BENCH_DATABASE an empty PostgreSQL database to do it in.
"""

from __future__ import annotations

import csv
import gzip
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from api import store as stores
from api.errors import Invalid
from api.facts import search
from api.facts.matching import name_key
from api.facts.search import Query, Result
from api.moment import new_id
from api.store import Tx, search_names
from bench.memory import peak_megabytes
from bench.people import Someone, Typed, people, queries
from tests.cast import Cast, found, reopen
from tests.feeds import LOAD, add_feed

PEOPLE = 100_000
EACH = 30
AT_ONCE = 2000


def run() -> None:
    """Measure and print."""
    sample = os.environ.get("INKLING_BENCH_SAMPLE")
    count = int(os.environ.get("INKLING_BENCH_PEOPLE", PEOPLE))
    everybody = list(_sample_people(Path(sample)) if sample else people(count))
    asked = list(_sample_queries(Path(sample)) if sample else queries(everybody, EACH))
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.get("INKLING_BENCH_DATABASE", f"sqlite:///{folder}/bench.db")
        store = stores.open(url)
        store.migrate()
        store.close()
        cast = found(url)
        start = time.perf_counter()
        ids = settle(cast, everybody)
        print(f"  {len(ids):,} people in {time.perf_counter() - start:.0f} s", flush=True)
        store = cast.authority.store
        if store.engine == "postgres":
            store.upkeep(lambda tx: tx.run("ANALYZE", {}))
        cast.authority.close()
        # Another process searches, so that what it holds is what searching needs.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            searches = fresh.submit(search_all, url, cast.ids, asked).result()
        _say_all(everybody, ids, asked, searches)


@dataclass(frozen=True)
class Searches:
    """What searching gave: who was found, by query and in order; seconds by the clock and of the
    processor; megabytes after the first search and at the end."""

    found: list[list[Result]]
    spent: list[float]
    worked: list[float]
    memory: tuple[float, float]


def search_all(url: str, cast_ids: dict[str, str], asked: list[Typed]) -> Searches:
    """Open a store and search it for everything that is asked."""
    search.TRIES = 10**9
    cast = reopen(url, cast_ids)
    actor = cast.actor("health_visitor")
    found, spent, worked, memory = [], [], [], 0.0
    for typed in asked:
        query = Query(first=typed.first, last=typed.last, born_on=typed.born, nhs=typed.nhs)
        start, began = time.perf_counter(), time.process_time()
        try:
            results = list(search.find(actor, query).results)
        except Invalid:
            results = []
        spent.append(time.perf_counter() - start)
        worked.append(time.process_time() - began)
        memory = memory or peak_megabytes()
        found.append(results)
    cast.authority.close()
    return Searches(found, spent, worked, (memory, peak_megabytes()))


def _say_all(
    everybody: list[Someone], ids: list[str], asked: list[Typed], searches: Searches
) -> None:
    namesakes = Counter((name_key(one.first), name_key(one.last)) for one in everybody)
    places: dict[str, list[int | None]] = {}
    caps: dict[str, float] = {}
    for typed, results in zip(asked, searches.found, strict=True):
        order = [result.person_id for result in results]
        right = ids[typed.whom]
        place = order.index(right) if right in order else None
        places.setdefault(typed.kind, []).append(place)
        one = everybody[typed.whom]
        alike = namesakes[name_key(one.first), name_key(one.last)]
        caps[typed.kind] = caps.get(typed.kind, 0) + (
            1 / alike if not (typed.born or typed.nhs) else 1
        )
        if os.environ.get("INKLING_BENCH_MISSED") and place != 0:
            best = [f"{r.name} {r.born} ({r.why})" for r in results[:2]]
            print(
                f"    {place} {typed.kind}: {typed.first}|{typed.last}|{typed.born} for {one[:3]}: {best}"
            )
    for kind, found_at in places.items():
        _say(kind, found_at, caps[kind])
    for name, kinds in (
        ("one slip", [kind for kind in places if " + " not in kind]),
        ("two slips", [kind for kind in places if " + " in kind]),
        ("all", list(places)),
    ):
        if kinds:
            _say(
                name,
                [place for kind in kinds for place in places[kind]],
                sum(caps[k] for k in kinds),
            )
    # The processor's own time is what remains where others are at work on the machine.
    for name, times in (("time", sorted(searches.spent)), ("processor", sorted(searches.worked))):
        p50, p95 = statistics.median(times) * 1000, times[int(len(times) * 0.95)] * 1000
        print(f"  {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, most {times[-1] * 1000:.1f} ms")
    first, last = searches.memory
    print(
        f"  memory: {last:.0f} MB after {len(asked):,} searches, {first:.0f} MB after the first,"
        f" among {len(everybody):,} people"
    )


def _say(kind: str, places: list[int | None], cap: float) -> None:
    first = sum(place == 0 for place in places) / len(places)
    ten = sum(place is not None and place < 10 for place in places) / len(places)
    capped = (
        f", of what namesakes allow {first * len(places) / cap:.2f}" if cap < len(places) else ""
    )
    print(
        f"  {kind:45} {len(places):5}  first {first:.3f}  among ten {ten:.3f}{capped}", flush=True
    )


def settle(cast: Cast, everybody: Iterable[Someone]) -> list[str]:
    """Write people as a feed leaves them, each supported by health visiting as every child is; give
    their ids. The rows go past the loader, which has a bench of its own to do."""
    store = cast.authority.store
    feed = add_feed(store, "everybody", makes_people=True)
    ids: list[str] = []
    waiting = iter(everybody)
    while batch := list(islice(waiting, AT_ONCE)):

        def writing(tx: Tx, batch: list[Someone] = batch) -> list[str]:
            made = [_write(tx, cast, feed, one) for one in batch]
            search_names.refresh(tx, made, new=True)
            return made

        ids += store.upkeep(writing)
    return ids


def _write(tx: Tx, cast: Cast, feed: str, one: Someone) -> str:
    person = new_id()
    tx.insert("people", id=person, identity_id=person, made_at=tx.now, source_id=feed)
    cast.authority.vault.add_key(tx, "person", person)
    for table, said in (
        (
            "names",
            {
                "kind": "full",
                "first": one.first,
                "last": one.last,
                "first_key": name_key(one.first),
                "last_key": name_key(one.last),
            },
        ),
        ("particulars", {"born_on": one.born}),
        ("identifiers", {"scheme": "nhs", "value": one.nhs}),
        ("addresses", {"kind": "home", "lines": "1 Some Street", "postcode": "ZZ17 8AU"}),
        (
            "involvements",
            {
                "agency_id": cast["health"],
                "kind": "universal",
                "role": "Health visiting",
                "lead": 0,
                "asserted_by": "agency",
            },
        ),
    ):
        fact = {"id": new_id(), "person_id": person, "source_id": feed, "since_load": LOAD}
        tx.insert(table, **fact, recorded_at=tx.now, **said)
    return person


def _sample_people(folder: Path) -> Iterator[Someone]:
    with gzip.open(folder / "people_30k.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Someone(row["first_name"], row["last_name"], row["dob"], row["nhs_number"])


def _sample_queries(folder: Path) -> Iterator[Typed]:
    with gzip.open(folder / "people_30k.csv.gz", "rt", encoding="utf-8", newline="") as file:
        places = {row["id"]: place for place, row in enumerate(csv.DictReader(file))}
    with (folder / "queries.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Typed(
                row["category"],
                places[row["expected_id"]],
                row["first_name"],
                row["last_name"],
                row["dob"] or None,
            )
