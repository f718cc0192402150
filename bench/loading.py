"""Loading a file of many rows: rows a second, memory, and child pages meanwhile.

Without matching: the same file as last night, each row known by its own number. With: each row by name
and birth date, as a source without numbers sends them. The load runs in a process of its own, as
`inkling feed load` does, and is halted now and then, to ask for pages without it. Then the same file is
uploaded, which this process stages beside the pages that it answers.

INKLING_BENCH_ROWS sets how many rows; INKLING_BENCH_DATABASE an empty PostgreSQL database to do it in.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from api.facts import loading, mapping, sources
from api.facts.sources import NewSource
from bench.child_page import caller
from bench.world import World, world

ROWS = int(os.environ.get("INKLING_BENCH_ROWS", "100000"))
FIRSTS = ("Ada", "Ben", "Cleo", "Dora", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jude")

LOAD = """
import os, sys, time
from pathlib import Path
from api.facts import loading
from bench.memory import peak_megabytes
from tests.cast import reopen

os.nice(10)
cast = reopen(sys.argv[1], {})
halt, halted = Path(sys.argv[4]), 0.0

def wait(*_):
    global halted
    start = time.perf_counter()
    while halt.exists():
        time.sleep(0.01)
    halted += time.perf_counter() - start

start = time.process_time(), time.perf_counter()
report = loading.load(cast.system, sys.argv[2], Path(sys.argv[3]), progress=wait)
busy, spent = time.process_time() - start[0], time.perf_counter() - start[1] - halted
print(report.read / spent, report.read / busy, peak_megabytes(), report.taken)
"""
# Seconds with the load and without, in turns; a little passes before a load has halted.
TURN, HALTING = 0.4, 0.2


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
        for what, code, file in (
            ("everybody is new", "index", index),
            ("without matching, the same again (at least 5,000)", "index", index),
            ("with matching (at least 1,500)", "register", register),
            ("with matching, the same again", "register", register),
        ):
            _load(made, what, code, file, ask)
        _upload(made, register, ask)


def _load(made: World, what: str, code: str, file: Path, ask: Callable[[], bytes]) -> None:
    halt = made.folder / "halt"
    busy: list[float] = []
    alone: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-c", LOAD, made.url, code, str(file), str(halt)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None:
            busy += _for_a_while(ask)
            halt.touch()
            time.sleep(HALTING)
            alone += _for_a_while(ask)
            halt.unlink()
        said = process.communicate()[0]
    rate, of_a_core, memory, taken = (float(one) for one in said.split())
    print(
        f"  {what}: {rate:,.0f} rows a second, {of_a_core:,.0f} on one core of its own;"
        f" {memory:,.0f} MB, {taken:,.0f} of {ROWS:,} taken"
    )
    _say(busy, alone)


def _upload(made: World, file: Path, ask: Callable[[], bytes]) -> None:
    alone, busy = _apart(ask, 60), []
    with file.open("rb") as stream:
        thread = loading.upload(made.cast.system, "register", file.name, stream)
    start = time.perf_counter()
    while thread.is_alive():
        busy += _apart(ask, 1)
    print(f"  uploaded: staged in {time.perf_counter() - start:,.0f} s by the process of the pages")
    _say(busy, alone + _apart(ask, 60))


def _say(busy: list[float], alone: list[float]) -> None:
    for what, of in (("median", statistics.median), ("mean", statistics.fmean)):
        during, without = of(busy) * 1000, of(alone) * 1000
        print(
            f"    child pages meanwhile, {what} {during:.1f} ms, without {without:.1f} ms:"
            f" {during / without:.2f} times (at most 1.5)",
            flush=True,
        )


def _for_a_while(ask: Callable[[], bytes]) -> list[float]:
    start = time.perf_counter()
    spent = []
    while time.perf_counter() < start + TURN:
        spent += _apart(ask, 1)
    return spent


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
