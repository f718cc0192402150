"""Copies of the cast, and how the same acts are played in them with and without what is hidden."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from api.errors import InklingError
from tests import engines
from tests.cast import reopen
from tests.twins.acts import OPEN, begin
from tests.twins.chance import BEFORE, CHANCE
from tests.twins.closing import SHOWN
from tests.twins.worlds import Act, World, at

W = TypeVar("W", bound=World)


@dataclass(frozen=True)
class Kept:
    """A world as it was at a moment, to be copied: where its database stands, and what else it held."""

    url: str
    ids: Mapping[str, str]
    held: Mapping[str, Any]


# What this process keeps, by where its cast stands and what happened since: what stands in every world takes
# as long to make as ten acts.
_kept: dict[tuple[object, ...], Kept] = {}


@dataclass(frozen=True)
class Twins:
    """Where the cast stands on an engine, to be copied; and a folder for the copies."""

    origin: str
    ids: Mapping[str, str]
    folder: Path

    @contextlib.contextmanager
    def copy(self, name: str, kind: type[W]) -> Iterator[W]:
        """A world of its own, in which nothing has happened yet."""
        what = (self.origin,)
        if what not in _kept:
            with self._again(Kept(self.origin, self.ids, {}), name, World) as world:
                at(world.cast, -3)
                begin(world)
                at(world.cast, -2)
                world.note("pastoral", "amara")
                # Whoever has a family that is kept is not forgotten, whatever else is hidden of it.
                world.note("pastoral", "kemi")
                self._keep(world, what)
        with self._again(_kept[what], name, kind) as again:
            yield again

    @contextlib.contextmanager
    def played(
        self, name: str, acts: Sequence[tuple[Act, int]], *, hidden: bool, often: bool = False
    ) -> Iterator[World]:
        """A world in which it all has happened; it is kept as it is then, where it is asked for often."""
        what = (self.origin, hidden, *acts)
        if often and what not in _kept:
            with self.copy(name, World) as world:
                play(world, acts, hidden=hidden)
                self._keep(world, what)
        if often:
            with self._again(_kept[what], name, World) as again:
                at(again.cast, afterwards(acts))
                yield again
            return
        with self.copy(name, World) as world:
            play(world, acts, hidden=hidden)
            yield world

    def _keep(self, world: World, what: tuple[object, ...]) -> None:
        held = {
            "here": world.here,
            "devices": {who: replace(one) for who, one in world.devices.items()},
            "notes": list(world.notes),
            "asks": list(world.asks),
        }
        world.cast.authority.store.truncate_log()
        world.cast.authority.close()
        if world.url.startswith("sqlite"):
            file = Path(self.origin.removeprefix("sqlite:///")).with_name(f"kept{len(_kept)}.db")
            shutil.copy(world.url.removeprefix("sqlite:///"), file)
            url = f"sqlite:///{file}"
        else:
            url = engines.create_database(world.url)
        _kept[what] = Kept(url, dict(world.cast.ids), held)

    @contextlib.contextmanager
    def _again(self, kept: Kept, name: str, kind: type[W]) -> Iterator[W]:
        with self._copied(kept.url, name) as url:
            CHANCE.begin("opened", BEFORE)
            cast = reopen(url, dict(kept.ids))
            held = {name: type(one)(one) for name, one in kept.held.items()}
            for who, actor in held.get("here", {}).items():
                held["here"][who] = replace(actor, authority=cast.authority)
            for who, device in held.get("devices", {}).items():
                held["devices"][who] = replace(device)
            try:
                yield kind(cast, url, **held)
            finally:
                cast.authority.close()

    @contextlib.contextmanager
    def _copied(self, origin: str, name: str) -> Iterator[str]:
        if not origin.startswith("sqlite"):
            url = engines.lend(origin)
            try:
                yield url
            finally:
                engines.give_back(url)
            return
        path = self.folder / f"{name}.db"
        for old in self.folder.glob(f"{name}.db*"):
            old.unlink()
        shutil.copy(origin.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"


def afterwards(acts: Sequence[object]) -> int:
    """The moment at which everything has happened, and is told."""
    return len(acts) + 300


def play(world: World, acts: Sequence[tuple[Act, int]], *, hidden: bool) -> set[Act]:
    """Let it all happen, each act at its moment, and give what did. One that is refused has happened as
    well."""
    done = set()
    cast = world.cast
    at(cast, -1)
    world.begin()
    for number, (act, seed) in enumerate(acts):
        at(cast, number)
        if hidden or act in (*OPEN, *SHOWN):
            with contextlib.suppress(InklingError):
                act(world, Random(seed))
                done.add(act)
    at(cast, len(acts) + 10)
    world.tell()
    at(cast, afterwards(acts))
    return done
