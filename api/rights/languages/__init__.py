"""The languages of the sheet for families: a file each, and the file adds the choice.

A file holds every sentence of the sheet by its key, and how dates and numbers of years are said. What is
the authority's own (names of agencies, jobs, the front door) stands on the sheet as the authority wrote it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
FIRST = "en"
# Unicode's first strong isolate, and its end (UAX #9).
APART, END = "\u2068", "\u2069"


@dataclass(frozen=True)
class Language:
    """One language: its code, what it calls itself, its `lang` and `dir` attributes, and what it says."""

    code: str
    name: str
    lang: str
    dir: str
    months: tuple[str, ...]
    date: str
    numbers: Mapping[str, str]
    sentences: Mapping[str, str]

    def say(self, key: str, **values: str) -> str:
        """Give the sentence of a key ("support.heading") with its places filled in. Written from the right, what
        is filled in stands apart: else a number's parts, or a name's, would change places."""
        if self.dir == "rtl":
            values = {place: f"{APART}{value}{END}" for place, value in values.items()}
        return self.sentences[key].format(**values)

    def day(self, iso: str) -> str:
        """Say a date, given as ISO text."""
        day = date.fromisoformat(iso)
        return self.date.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def years(self, number: int) -> str:
        """Say a number of years."""
        return self.numbers.get(str(number), self.numbers["other"]).format(years=number)


@cache
def every() -> Mapping[str, Language]:
    """Give all languages by their codes, English first and the others by code."""
    files = sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != FIRST, path.stem))
    return {path.stem: _read(path) for path in files}


def _read(path: Path) -> Language:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    name, lang, way, dates, numbers = (
        told.pop(part) for part in ("name", "lang", "dir", "dates", "years")
    )
    return Language(
        code=path.stem,
        name=name,
        lang=lang,
        dir=way,
        months=tuple(dates["months"]),
        date=dates["day"],
        numbers=numbers,
        sentences={
            f"{part}.{key}": sentence
            for part, sentences in told.items()
            for key, sentence in sentences.items()
        },
    )
