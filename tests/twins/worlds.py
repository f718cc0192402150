"""One of two copies of the cast, and the clock that both go by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from api.moment import new_id
from api.record import notes
from api.record.notes import NewNote
from api.trust.actor import Actor
from tests.cast import Cast

START = datetime(2026, 11, 23, 9, 20, tzinfo=UTC)
STEP = timedelta(seconds=20)


def at(cast: Cast, number: int) -> None:
    cast.authority.store.clock = lambda: START + number * STEP


@dataclass
class World:
    """One of two copies of the cast, with what was made in it that everybody may know of."""

    cast: Cast
    notes: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    here: dict[str, Actor] = field(default_factory=dict)

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


Act = Callable[[World, Random], object]
