"""One of two copies of the cast, and the clock that both go by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from api.errors import NotFound
from api.moment import new_id
from api.record import notes
from api.record.notes import NewNote
from api.telling import outbox
from api.trust.actor import Actor
from tests.cast import Cast
from tests.delivery import Device
from tests.twins.chance import CHANCE

START = datetime(2026, 11, 23, 9, 20, tzinfo=UTC)
STEP = timedelta(seconds=20)
CHILDREN = ("amara", "jude", "noor")

T = TypeVar("T")


def at(cast: Cast, number: int) -> None:
    """Let it be this moment, with the chance that belongs to it (where chance is frozen)."""
    now = START + number * STEP
    cast.authority.store.clock = lambda: now
    CHANCE.begin(number, now)


@dataclass
class World:
    """One of two copies of the cast, with what was made in it that everybody may know of."""

    cast: Cast
    url: str = ""
    notes: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    here: dict[str, Actor] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)

    def actor(self, who: str) -> Actor:
        """Somebody who signed in before anything happened, and has just confirmed."""
        return replace(self.here[who], confirmed_at=self.cast.authority.store.now())

    def worry(self, who: str, about: str, **said: Any) -> list[str]:
        """Let somebody log about somebody; give the ids of the notes."""
        note = NewNote(new_id(), "worry", [self.cast[about]], saw="No coat.", **said)
        return list(notes.log(self.actor(who), note).note_ids)

    def note(self, who: str, about: str, **said: Any) -> None:
        """Let somebody log what everybody may know of."""
        self.notes += self.worry(who, about, **said)

    def begin(self) -> None:
        """Let stand what must before anything happens."""

    def tell(self) -> None:
        """Tell what is due."""
        outbox.fan_out(self.cast.authority)


Act = Callable[[World, Random], object]


def child(random: Random) -> str:
    """One of those whom everybody may know."""
    return random.choice(CHILDREN)


def one_of(random: Random, some: Sequence[T]) -> T:
    """One of these, or nothing happens."""
    if not some:
        raise NotFound("There is nothing to choose.")
    return random.choice(some)
