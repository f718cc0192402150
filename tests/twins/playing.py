"""Two copies of the cast, and how the same acts are played in them with and without what is hidden."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from api.errors import InklingError
from tests import engines
from tests.cast import reopen
from tests.twins.acts import OPEN, begin
from tests.twins.worlds import Act, World, at


@dataclass(frozen=True)
class Twins:
    """Where the cast stands on an engine, to be copied; and a folder for the copies."""

    origin: str
    ids: Mapping[str, str]
    folder: Path

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[World]:
        """A world of its own."""
        with self._copied(name) as url:
            cast = reopen(url, dict(self.ids))
            try:
                yield World(cast)
            finally:
                cast.authority.close()

    @contextlib.contextmanager
    def _copied(self, name: str) -> Iterator[str]:
        if not self.origin.startswith("sqlite"):
            url = engines.lend(self.origin)
            try:
                yield url
            finally:
                engines.give_back(url)
            return
        path = self.folder / f"{name}.db"
        for old in self.folder.glob(f"{name}.db*"):
            old.unlink()
        shutil.copy(self.origin.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"


def play(world: World, acts: Sequence[tuple[Act, int]], hidden: bool) -> set[Act]:
    """Let it all happen, each act at its moment, and give what did. One that is refused has happened as
    well."""
    done = set()
    cast = world.cast
    at(cast, -2)
    begin(world)
    at(cast, -1)
    world.note("pastoral", "amara")
    # Whoever has a family that is kept is not forgotten, whatever else is hidden of that family.
    world.note("pastoral", "kemi")
    for number, (act, seed) in enumerate(acts):
        at(cast, number)
        if hidden or act in OPEN:
            with contextlib.suppress(InklingError):
                act(world, Random(seed))
                done.add(act)
    at(cast, len(acts) + 10)
    world.tell()
    at(cast, len(acts) + 300)
    return done
