"""A world to measure in: one child with 30 involvements and 200 notes, and who looks at it."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api import store as stores
from api.moment import new_id
from api.record import involvements, notes
from api.record.notes import NewNote
from api.staff import practitioners, sessions
from pwa import create_app
from pwa.config import Config
from pwa.security import cookie_name
from tests.cast import Cast, found, write_master_key

INVOLVEMENTS = 30
NOTES = 200
RUNS = 7


@dataclass
class World:
    """A cast, an app that serves it, and a signed-in social worker's cookies."""

    cast: Cast
    app: object
    folder: Path
    url: str
    token: str

    @property
    def cookie(self) -> str:
        """The header that signs the social worker in."""
        return f"{cookie_name('', secure=False)}={self.token}"


@contextmanager
def world(elsewhere: str = "INKLING_BENCH_DATABASE") -> Iterator[World]:
    """Make the world on SQLite, in a folder that goes away afterwards; or in the empty database that
    INKLING_BENCH_DATABASE (or another variable, for a second world) names."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = os.environ.get(elsewhere, f"sqlite:///{folder / 'bench.db'}")
        store = stores.open(url)
        store.migrate()
        store.close()
        cast = found(url)
        _fill(cast)
        write_master_key(folder / "master.key")
        config = Config.read(
            {
                "INKLING_DATABASE_URL": url,
                "INKLING_MASTER_KEY_FILE": str(folder / "master.key"),
                "INKLING_ORIGIN": "http://localhost:8000",
                "INKLING_SECRET_KEY": "a secret of a bench, and of nothing else",
                "INKLING_DEMO": "1",
            }
        )
        app = create_app(config, cast.authority)
        token = sessions.start_demo(cast.authority, cast["social_worker"], None).session_token
        yield World(cast, app, folder, url, token)
        cast.authority.close()


def median_ms(act: Callable[[], object], times: int = 40) -> float:
    """Give the median of one run, in milliseconds."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent) * 1000


def side_by_side(ours: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Measure two things in turns; give the median of each one's medians, in milliseconds."""
    ours(), other()
    pairs = [(median_ms(ours), median_ms(other)) for _ in range(RUNS)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def _fill(cast: Cast) -> None:
    agencies = ("care", "school", "health", "force")
    held = 4  # in the cast already, the sealed one included, and the school
    for n in range(INVOLVEMENTS - held):
        agency = agencies[n % len(agencies)]
        worker = practitioners.join(
            cast.system,
            agency_id=cast[agency],
            name=f"Robin Example {n}",
            job="Family support worker",
            phone=f"07700 9002{n:02}",
            email=f"robin{n}@westhaven.example",
        )
        involvements.add(
            cast.system,
            cast["amara"],
            agency_id=cast[agency],
            practitioner_id=worker,
            role="Family support worker",
        )
    authors = [cast.actor(name) for name in ("social_worker", "pastoral", "health_visitor")]
    for n in range(NOTES):
        notes.log(
            authors[n % 3],
            NewNote(
                id=new_id(),
                kind=("worry", "contact", "strength")[n % 3],
                people=[cast["amara"]],
                saw=f"Visit {n}. She came to the door in her school jumper, smiled, and said that "
                "her grandmother had made breakfast. The hallway was cold.",
                thinks="I feel easier about mornings than last month.",
            ),
        )
