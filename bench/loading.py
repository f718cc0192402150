"""Loading a file of many rows: rows a second, memory, and child pages meanwhile.

Without matching: the same file as last night, each row known by its own number. With: each row by name
and birth date, as a source without numbers sends them. The load runs in a process of its own, as
`inkling feed load` does. INKLING_BENCH_ROWS sets how many rows.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from api.facts import mapping, sources
from api.facts.sources import NewSource
from bench.child_page import caller
from bench.world import World, world

ROWS = int(os.environ.get("INKLING_BENCH_ROWS", "100000"))
FIRSTS = ("Ada", "Ben", "Cleo", "Dora", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jude")

LOAD = """
import os, resource, sys, time
from pathlib import Path
from api.facts import loading
from tests.cast import reopen

os.nice(10)
cast = reopen(sys.argv[1], {})
start = time.process_time(), time.perf_counter()
report = loading.load(cast.system, sys.argv[2], Path(sys.argv[3]))
busy, spent = time.process_time() - start[0], time.perf_counter() - start[1]
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(report.read / spent, report.read / busy, memory, report.taken)
"""


def run() -> None:
    """Measure and print."""
    with world() as made:
        index, register = _files(made.folder)
        system = made.cast.system
        people, surgery = mapping.shipped("people"), mapping.shipped("council-primary-care")
        for source in (
            NewSource(code="index", name="Index", mapping=people, makes_people=True),
            NewSource(
                code="register", name="Register", mapping=surgery, agency_id=made.cast["health"]
            ),
        ):
            sources.add(system, source)
        ask = caller(made.app, f"/children/{made.cast['amara']}", made.cookie)
        ask()
        alone = statistics.median(_apart(ask, 60))
        for what, code, file in (
            ("everybody is new", "index", index),
            ("without matching, the same again (at least 5,000)", "index", index),
            ("with matching (at least 1,500)", "register", register),
            ("with matching, the same again", "register", register),
        ):
            pages = _load(made, what, code, file, ask)
            busy = statistics.median(pages)
            print(
                f"    child pages meanwhile {busy * 1000:.1f} ms, alone {alone * 1000:.1f} ms:"
                f" {busy / alone:.2f} times (at most 1.5)",
                flush=True,
            )


def _load(made: World, what: str, code: str, file: Path, ask: Callable[[], bytes]) -> list[float]:
    url = f"sqlite:///{made.folder / 'bench.db'}"
    pages: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-c", LOAD, url, code, str(file)], stdout=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None:
            pages += _apart(ask, 1)
        said = process.communicate()[0]
    rate, of_a_core, memory, taken = (float(one) for one in said.split())
    print(
        f"  {what}: {rate:,.0f} rows a second, {of_a_core:,.0f} on one core of its own;"
        f" {memory:,.0f} MB, {taken:,.0f} of {ROWS:,} taken"
    )
    return pages


def _apart(ask: Callable[[], bytes], times: int) -> list[float]:
    """Ask so many times, with a pause before each, as people do."""
    spent = []
    for _ in range(times):
        time.sleep(0.02)
        start = time.perf_counter()
        ask()
        spent.append(time.perf_counter() - start)
    return spent


def _files(folder: Path) -> tuple[Path, Path]:
    """Write a people index, and a register of the same people without their numbers."""
    index, register = folder / "index.csv", folder / "register.csv"
    with index.open("w") as one, register.open("w") as other:
        one.write("id,firstName,lastName,dateOfBirth,gender,address\n")
        other.write(
            "Last Name,First Name,Date of Birth,NHS No,Address,Name of GP,Date registered\n"
        )
        for n in range(ROWS):
            first, last = FIRSTS[n % 10], f"Brook{_letters(n // 10)}"
            born = f"{n % 28 + 1:02}/{n % 12 + 1:02}/{1950 + n % 70}"
            one.write(f'cms:{n},{first},{last},{born},Female,"{n} Mill Lane, ZZ1 1AA"\n')
            other.write(f"{last},{first},{born},,,Dr Vale,01/02/2020\n")
    return index, register


def _letters(number: int) -> str:
    return "".join(chr(97 + int(figure)) for figure in str(number))
