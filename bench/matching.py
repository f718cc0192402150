"""Matching on made-up councils whose truth is known: how many sure links are right, how many are made.

Every night that the demo tells of is loaded: its own council first, then others, whose files are dirtier and in more ways than the demo's are,
and say less: half of their rows have no number at all. The generator knows whom each row is about; no
file says it.
"""

from __future__ import annotations

import string
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from unittest.mock import patch

from api import authority as authorities
from api.authority import Authority
from api.demo import building, council, feeds, names
from api.demo.building import Builder
from api.demo.feeds import Feed, Row, Snapshot
from api.facts import alike, cells, placing
from api.facts.mapping import Record
from tests.cast import write_master_key

SEEDS = (1, 2, 3)
# Of a hundred rows of the dirtier councils so many are spoilt.
SPOILT = 0.25
NUMBERLESS = 0.5
LIMITS = " (at least 0.999 and 0.95)"


def run() -> None:
    """Measure and print."""
    _measure("the demo's council", building.SEED, spoil=False)
    total: Counter[str] = Counter()
    for seed in SEEDS:
        total += _measure(f"another council, dirtier ({seed})", seed, spoil=True)
    _say("all the dirtier ones", total, "")


def _measure(what: str, seed: int, *, spoil: bool) -> Counter[str]:
    with tempfile.TemporaryDirectory() as name, _authority(Path(name)) as authority:
        builder = Builder(authority, Path(name), lambda _: None, seed)
        builder.open_agencies()
        counted: Counter[str] = Counter()
        truth: dict[int, str] = {}
        for night in sorted({night for feed in feeds.all_feeds() for night in feed.nights})[::-1]:
            for feed in feeds.all_feeds():
                dirtier = replace(feed, rows=_spoilt(feed, Random(f"{seed} {feed.code}")))
                is_dirtier = spoil and not feed.makes_people
                if night in feed.nights:
                    counted += _load(builder, dirtier if is_dirtier else feed, night, truth)
    _say(what, counted, "" if spoil else LIMITS)
    return counted


def _load(builder: Builder, feed: Feed, night: int, truth: dict[int, str]) -> Counter[str]:
    """Load what a feed reported on a night; count how its rows were placed. `truth`: who each number is."""
    rows = feed.rows(builder.snapshot(feed, night))
    placed: dict[int, str] = {}
    shown: dict[int, list[str]] = {}
    with _watched(placed, shown):
        report = builder.load(feed, night)
    waits = {row.line for row in report.waiting if not row.reason.endswith("was taken.")}
    counted = Counter(read=len(rows), taken=len(placed), waiting=len(waits), asked=len(shown))
    first = 1 if feed.file.endswith(".json") else 2
    for line, row in enumerate(rows, start=first):
        if feed.makes_people and line in placed:
            truth.setdefault(row.about, placed[line])
        known = truth.get(row.about)
        counted["here"] += known is not None
        if line in placed:
            counted["right" if placed[line] == known else "wrong"] += 1
        counted["found"] += known is not None and known in shown.get(line, ())
    return counted


def _say(what: str, counted: Counter[str], limits: str) -> None:
    linked = counted["right"] + counted["wrong"]
    print(
        f"  {what}: {counted['read']:,} rows, {counted['read'] - counted['taken'] - counted['waiting']}"
        f" dropped; of {linked:,} sure links {counted['right'] / linked:.4f} are right, which is"
        f" {counted['right'] / counted['here']:.4f} of all rows about somebody who is here{limits};"
        f" {counted['waiting']:,} wait, {counted['asked']:,} of them with whom it may be (the right one"
        f" among them {counted['found']:,} times)",
        flush=True,
    )


@contextmanager
def _watched(placed: dict[int, str], shown: dict[int, list[str]]) -> Iterator[None]:
    """Note down, by line, where a load places its rows, and whom it asks about."""
    place = placing.People.place

    def watched(people: placing.People, record: Record) -> placing.Place:
        try:
            found = place(people, record)
        except placing.Doubtful as doubt:
            shown[record.line] = [one.identity_id for one in doubt.candidates]
            raise
        placed[record.line] = found.identity_id
        return found

    with patch.object(placing.People, "place", watched):
        yield


@contextmanager
def _authority(folder: Path) -> Iterator[Authority]:
    url = f"sqlite:///{folder / 'bench.db'}"
    write_master_key(folder / "master.key")
    authority = authorities.found_at(url, folder / "master.key", council.SETTINGS, council.LISTS)
    try:
        yield authority
    finally:
        authority.close()


# --- More dirt --------------------------------------------------------------------------------------


def _spoilt(feed: Feed, random: Random) -> Callable[[Snapshot], list[Row]]:
    """Let a feed be dirtier than it is: the same each time that it is asked on one night."""
    state = random.getstate()

    def rows(night: Snapshot) -> list[Row]:
        random.setstate(state)
        found = feed.rows(night)
        for row in found:
            _spoil(row, random)
        return found

    return rows


def _spoil(row: Row, random: Random) -> None:
    if random.random() < NUMBERLESS:
        for number in ("NHS No", "CMS No", "personId", "UPN"):
            if number in row:
                row[number] = ""
    if random.random() < SPOILT:
        for _ in range(random.choice((1, 1, 1, 2))):
            headings, change = random.choice(_KINDS)
            for name in row:
                if name.strip() in headings:
                    row[name] = change(row[name], random)


def _misspelt(text: str, random: Random) -> str:
    if len(text) < 3:
        return text
    at = random.randrange(1, len(text) - 1)
    letter = random.choice(string.ascii_lowercase)
    ways = (
        text[:at] + text[at + 1 :],
        text[:at] + letter + text[at:],
        text[:at] + letter + text[at + 1 :],
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
    )
    return random.choice(ways)


def _nickname(text: str, random: Random) -> str:
    others = sorted(alike.other_names(text.casefold()))
    return random.choice(others).title() if others else text


def _other_day(text: str, random: Random) -> str:
    day = cells.read_date(text, date(2026, 11, 1)) if text else None
    if day is None:
        return text
    turned = day.replace(day=day.month, month=day.day) if day.day <= 12 else day
    off = day.replace(day=(day.day + random.choice((1, 9, 10))) % 28 + 1)
    year = day.replace(day=min(day.day, 28), year=day.year - random.choice((1, 10)))
    return f"{random.choice((turned, turned, off, year)):%d/%m/%Y}"


def _other_surname(_text: str, random: Random) -> str:
    return random.choice(names.LAST)


def _half(text: str, random: Random) -> str:
    parts = text.replace("-", " ").split()
    return random.choice(parts) if parts else text


def _double(text: str, random: Random) -> str:
    return f"{text}-{random.choice(names.LAST)}"


def _moved(_text: str, random: Random) -> str:
    return f"{random.randint(1, 140)} {random.choice(names.STREETS)}, ZZ{random.randint(1, 29)} 3QQ"


def _unknown(_text: str, random: Random) -> str:
    return random.choice(("", "01/01/1900", "1970-01-01", "Unknown"))


_FIRST, _LAST, _BORN = ("First Name",), ("Last Name", "Family Name"), ("Date of Birth",)
_KINDS: Sequence[tuple[tuple[str, ...], Callable[[str, Random], str]]] = (
    (_FIRST, _misspelt),
    (_FIRST, _nickname),
    (_FIRST, lambda _text, _random: "Baby"),
    (_LAST, _misspelt),
    (_LAST, _half),
    (_LAST, _double),
    (_LAST, _other_surname),
    (_BORN, _other_day),
    (_BORN, _other_day),
    (_BORN, _unknown),
    (("Address",), _moved),
    (("Address",), _moved),
    (("Address",), lambda _text, _random: ""),
)
