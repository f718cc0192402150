"""Chance and time, frozen: what is made at a moment is the same in both worlds, whatever else was made in one
of them before.

Every id, key, secret, token, nonce and signature takes its chance from os.urandom, and its time from one
of two clocks. While twins are played and read, all three give what the moment alone decides.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import itsdangerous
import pytest

from api import moment
from api.store import Tx
from api.store.telling import Event
from api.telling import hearing
from api.telling.hearing import News

# Before anything is said to happen.
BEFORE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY_BEFORE = BEFORE - timedelta(days=1)


class Chance:
    """Where chance and time come from while they are frozen."""

    def __init__(self) -> None:
        self._random = random.Random()
        self._begun = self._now = BEFORE.timestamp()

    def begin(self, what: object, now: datetime) -> None:
        """From now on, give what this moment decides."""
        self._now = self._begun = now.timestamp()
        self._draw(f"{what} {now}")

    def _draw(self, what: str) -> None:
        self._random = random.Random(what)
        moment._last_made = 0

    def freeze(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the system's chance and clocks, as far as ids and tokens go by them."""
        monkeypatch.setattr(os, "urandom", self._bytes)
        monkeypatch.setattr(random, "_urandom", self._bytes)  # of `secrets`
        clock = SimpleNamespace(time_ns=lambda: int(self._now * 1000) * 1_000_000)
        monkeypatch.setattr(moment, "time", clock)
        monkeypatch.setattr(moment, "system_clock", self._moment)  # of what is just being opened
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(BEFORE.timestamp())))  # of files for people
        monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda _: int(self._now))
        # Events are told one after the other, each in a transaction of its own: those that are in both
        # worlds are told alike, and those of another moment in another millisecond.
        news_of = hearing.news_of

        def begun(tx: Tx, event: Event) -> News:
            self._now = self._begun + (moment.parse(event.made_at).timestamp() % 10_000) / 1000
            self._draw(event.id)
            return news_of(tx, event)

        monkeypatch.setattr(hearing, "news_of", begun)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now, UTC)

    def _bytes(self, number: int) -> bytes:
        return self._random.randbytes(number)


CHANCE = Chance()
