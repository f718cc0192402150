"""A load that is killed at any point leaves what stood before, or all that it brings."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from api import moment
from api.facts import loading
from tests.api.test_loading import PEOPLE, Feeds
from tests.cast import Cast

ROOT = Path(__file__).parents[2]
# The load runs some 170 statements. The last two stand around the one that makes all of it show.
KILLS = random.Random(4).sample(range(1, 160), 10)
SHOWING = ["SET current_load = ", "read_rows = :read_rows"]
MINUTES = 10  # after so long a load of which nothing is heard is given up

# Reads "minutes statement" and loads the file in a process of its own, which is killed at that
# statement (a number, or what it says). Says "loaded" or "killed".
LOADER = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from api import moment
from api.facts import loading
from tests.cast import reopen

url, file = sys.argv[1:]

def load(minutes, kill_at):
    count = 0
    cast = reopen(url, {})
    cast.authority.store.clock = lambda: moment.system_clock() + timedelta(minutes=int(minutes))
    with cast.authority.store._reading() as tx:
        made = type(tx)  # each engine's own
    begun = made.__init__

    def counted(self, run, now, **more):
        def running(sql, params):
            nonlocal count
            count += 1
            if kill_at and (kill_at == str(count) or kill_at in sql):
                os.kill(os.getpid(), signal.SIGKILL)
            return run(sql, params)
        begun(self, running, now, **more)

    made.__init__ = counted
    loading.load(cast.system, "people", Path(file))
    print("loaded", flush=True)

for line in sys.stdin:
    child = os.fork()
    if not child:
        load(*line.strip("\\n").split(" ", 1))
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status:
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if killed else "fell", flush=True)
"""


def _shown(feeds: Feeds) -> Counter[tuple[Any, ...]]:
    """All that stands, without the ids of records, which differ where people are new."""
    facts = feeds.facts().items()
    return Counter((table, row[0], *row[2:]) for table, rows in facts for row in rows)


def _name(number: int) -> str:
    return "Brook" + "".join(chr(97 + int(figure)) for figure in str(number))


def test_a_load_that_is_killed_leaves_all_or_nothing(
    cast: Cast, cast_url: str, tmp_path: Path
) -> None:
    feeds = Feeds(cast, tmp_path)
    feeds.people()
    # Some new, some changed, one gone, and one that waits; in several commits.
    rows = [f"cms:{n},Fay,{_name(n)},0{n % 9 + 1}/05/2015,," for n in range(9, 200)]
    text = "\n".join(
        [*PEOPLE.replace("Ben", "Benjamin").splitlines()[:3], *rows, "cms:8,Eve,Yo,31/02/2011,,"]
    )
    path = feeds.file(text)
    before = _shown(feeds)
    store = cast.authority.store
    with subprocess.Popen(
        [sys.executable, "-c", LOADER, cast_url, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as loader:
        assert loader.stdin
        assert loader.stdout
        minutes = 0

        def load(kill_at: int | str = "") -> str:
            nonlocal minutes
            minutes += MINUTES
            print(minutes, kill_at, file=loader.stdin, flush=True)
            assert loader.stdout
            said = loader.stdout.readline().strip()
            store.clock = lambda: moment.system_clock() + timedelta(minutes=minutes)
            return said

        for point in [*KILLS, *SHOWING]:
            assert load(point) == "killed"
            assert _shown(feeds) == before
        assert load() == "loaded"
        after = _shown(feeds)
        assert sum((after - before).values()) > 380
        assert before - after
        loading.undo(cast.system, "people")
        assert _shown(feeds) == before
        assert load() == "loaded"
        assert _shown(feeds) == after
        loader.stdin.close()
