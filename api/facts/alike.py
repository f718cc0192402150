"""How alike two names are, or two dates, and in what they differ, in words.

A likeness has a value, by which people are ranked, and a number of slips: what somebody would have
to have got wrong. Beyond one's own people few slips are allowed, whatever the value is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from api import spelling

# So many slips mean that two things do not agree.
MANY = 9
DAYS_NEAR = 3
# The shortest beginning of a name that says anything.
BEGINNING = 4


class Likeness(NamedTuple):
    """How alike, from 0 to 1; how many slips; and in what they differ, in words."""

    value: float
    slips: int
    differs: str


SAME = Likeness(1.0, 0, "")
UNLIKE = Likeness(0.0, MANY, "differs")
NOT_KNOWN = Likeness(0.3, MANY, "is not known")
# What was not typed agrees with everybody, and means nobody.
NOT_TYPED = Likeness(0.9, MANY, "")

EXCHANGED = "names exchanged"
ONE_BOX = "both names in one box"
OTHER_BOX = "in the other box"


# --- Words --------------------------------------------------------------------------------------


class _Groups(NamedTuple):
    """The groups of nicknames.txt, by word: its spellings, and everything that it may stand for."""

    spellings: dict[str, frozenset[str]]
    names: dict[str, frozenset[str]]


@cache
def _groups() -> _Groups:
    spellings: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    text = Path(__file__).with_name("nicknames.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        spelt, _, short = line.partition(":")
        full = spelt.split()
        for word in full:
            spellings.setdefault(word, set()).update(full)
        for word in (*full, *short.split()):
            names.setdefault(word, set()).update(full, short.split())
    return _Groups(
        {word: frozenset(found) for word, found in spellings.items()},
        {word: frozenset(found) for word, found in names.items()},
    )


@lru_cache(maxsize=1024)
def other_names(word: str) -> Mapping[str, Likeness]:
    """Give what else somebody may be called who is called this, a slip in it allowed."""
    groups = _groups()
    found: dict[str, Likeness] = {}
    if word not in groups.names and len(word) >= BEGINNING - 1:
        near = process.extract(
            word, groups.names.keys(), scorer=OSA.distance, score_cutoff=1, limit=6
        )
        for close in (close for close, _, _ in near if max(len(close), len(word)) >= BEGINNING):
            found |= dict.fromkeys(groups.names[close], _MISSPELT_NICKNAME)
    found |= dict.fromkeys(groups.names.get(word, ()), _NICKNAME)
    found |= dict.fromkeys(groups.spellings.get(word, ()), _SPELT)
    found.pop(word, None)
    return found


def is_known_name(word: str) -> bool:
    """Whether a first name is one that many have, spelt as it is, and no slip."""
    return word in _groups().spellings


_SPELT = Likeness(0.96, 1, "is spelt otherwise")
_NICKNAME = Likeness(0.94, 1, "is another form of it")
_MISSPELT_NICKNAME = Likeness(0.8, 2, "is another form of it, spelt otherwise")


@cache
def _slip(length: int) -> Likeness:
    """One letter too many, too few, wrong, or two exchanged: it says less in a short word."""
    return Likeness(0.94 - 0.4 / length, 1, "is one slip away")


def word(typed: str, known: str) -> Likeness:
    """Compare two words."""
    if typed == known:
        return SAME
    groups = _groups()
    if known in groups.spellings.get(typed, ()):
        return _SPELT
    if known in groups.names.get(typed, ()):
        return _NICKNAME
    length = max(len(typed), len(known))
    distance = OSA.distance(typed, known)
    close = 1 - distance / length
    if distance == 1 and length > 2:
        return _slip(length)
    if close >= 0.45 and _sound_alike(typed, known):
        return Likeness(0.7 + 0.22 * close, 1, "sounds alike")
    if distance == 2 and length >= spelling.LONG:
        return Likeness(0.86 - 0.8 / length, 2, "is two slips away")
    return _weakly(typed, known, distance)


def _weakly(typed: str, known: str, distance: int) -> Likeness:
    """Compare two words that are alike in part at best."""
    short, long = sorted((typed, known), key=len)
    if long.startswith(short) and (len(short) == 1 or len(short) >= BEGINNING):
        return Likeness(0.6 + len(short) / 100, MANY, "begins alike")
    if misspelt := other_names(typed).get(known):
        return misspelt
    if distance == 2 and len(long) >= BEGINNING and typed[0] == known[0]:
        return Likeness(0.61, MANY, "is something like it")
    if distance <= 3 and len(short) >= BEGINNING and JaroWinkler.similarity(typed, known) >= 0.82:
        return Likeness(0.62, MANY, "is something like it")
    return UNLIKE


def _sound_alike(one: str, other: str) -> bool:
    return bool(spelling.sounds(one) & spelling.sounds(other))


def near_words(typed: str, known: Sequence[str]) -> list[str]:
    """Give those of many words that are no more than two slips away."""
    found = process.extract(typed, known, scorer=OSA.distance, score_cutoff=2, limit=len(known))
    return [word for word, _, _ in found]


def loose_words(key: str) -> list[str]:
    """Give the words of a typed name that may be slips of others. Words that an initial is part of
    are put together only as they stand: O Brien is OBrien, and A Ara is not Amara."""
    found, parts = spelling.words(key), key.split()
    return found[:-1] if len(found) > 1 and any(len(part) == 1 for part in parts) else found


# --- Names --------------------------------------------------------------------------------------


class Names:
    """What was typed as a name, ready to be compared with many. Both are folded names."""

    def __init__(self, first: str, last: str) -> None:
        self.first, self.last = first, last
        self._fields: dict[tuple[str, str], Likeness] = {}

    def compare(self, first: str, last: str) -> tuple[Likeness, Likeness, str]:
        """Give how the first name and the last name agree, and what happened to them on the way
        ("names exchanged")."""
        found = [
            (self._field(one, first), self._field(other, last), happened)
            for one, other, happened in self._readings()
        ]
        return max(found, key=lambda ways: _weight(*ways))

    def _readings(self) -> Iterator[tuple[str, str, str]]:
        """Give how the boxes may have been meant: as they are, exchanged, both names in one."""
        yield self.first, self.last, ""
        yield self.last, self.first, EXCHANGED if self.first and self.last else OTHER_BOX
        parts = (self.first or self.last).split()[: spelling.WORDS + 1]
        if len(parts) > 1 and not (self.first and self.last):
            for n in range(1, len(parts)):
                begins, ends = " ".join(parts[:n]), " ".join(parts[n:])
                yield begins, ends, ONE_BOX
                yield ends, begins, ONE_BOX

    def _field(self, typed: str, known: str) -> Likeness:
        found = self._fields.get((typed, known))
        if found is None:
            found = self._fields[typed, known] = _compare(typed, known)
        return found


def _weight(first: Likeness, last: Likeness, happened: str) -> float:
    return first.value + last.value - (0.06 if happened else 0)


def _compare(typed: str, known: str) -> Likeness:
    """Compare two first names or two last names, each of one or more words."""
    if not typed:
        return NOT_TYPED
    if typed == known:
        return SAME
    if not known:
        return UNLIKE
    ours, theirs = loose_words(typed), spelling.words(known)
    if "".join(typed.split()) == "".join(known.split()):
        return SAME
    best = max(word(one, other) for one in ours for other in theirs)
    one_word = [len(words) == 1 for words in (ours, theirs)]
    if all(one_word) or best.value == 0:
        return best
    return _in_part(best, ours, theirs, one_word)


def _in_part(best: Likeness, ours: list[str], theirs: list[str], one_word: list[bool]) -> Likeness:
    """Compare names of several words, of which one agrees."""
    if any(one_word):
        differs = best.differs or "agrees in one of its parts"
        return Likeness(best.value - 0.04, best.slips, differs)
    pairs = _pair_up(ours[:-1], theirs[:-1])
    worst = min(pairs, default=best)
    if len(ours) == len(theirs) or worst.value < _AGREES:
        value = sum(pair.value for pair in pairs) / len(pairs)
        slips = sum(pair.slips for pair in pairs)
        differs = next((pair.differs for pair in sorted(pairs) if pair.differs), "")
        if worst.value < _AGREES:
            return Likeness(min(best.value - 0.12, max(value, 0.7)), best.slips + 1, _PART)
        return Likeness(value, min(slips, MANY), differs)
    return Likeness(best.value - 0.04, best.slips, best.differs or _PART)


_AGREES = 0.65
_PART = "agrees in one of its parts"


def _pair_up(ours: list[str], theirs: list[str]) -> list[Likeness]:
    """Give how each word of the shorter name agrees with the word of the other that is most like it."""
    short, long = sorted((ours, theirs), key=len)
    return [max(word(one, other) for other in long) for one in short]


# --- Dates --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """A date as it was typed, and the dates that may have been meant."""

    day: date

    @cached_property
    def near(self) -> dict[str, Likeness]:
        """Every date that this one may be a slip of. Worked out where it is asked for: it takes a
        while, and rows of feeds have many dates."""
        found: dict[str, Likeness] = {}
        for on, likeness in _meant(self.day):
            if on not in found or likeness.value > found[on].value:
                found[on] = likeness
        return found

    def compare(self, known: str | None) -> Likeness:
        """Compare it with a date of birth."""
        if not known:
            return NOT_KNOWN
        found = self.near.get(known)
        if found is None:
            return _SAME_YEAR if known[:4] == f"{self.day.year:04}" else UNLIKE
        return found


_SAME_YEAR = Likeness(0.25, MANY, "is another day of the same year")
_TURNED = Likeness(0.85, 1, "day and month exchanged")
_CLOSE = Likeness(0.75, 1, "is a few days off")
_DIGIT = Likeness(0.75, 1, "is one digit off")
_DIGITS_TURNED = Likeness(0.75, 1, "has two digits exchanged")
# Somebody a year older or younger is somebody else, to whoever may not look through everybody.
_YEAR_DIGIT = Likeness(0.72, MANY, "has another year")
_YEAR_OFF = Likeness(0.74, MANY, "is one year off")
_TURNED_AND_YEAR = Likeness(0.5, MANY, "day and month exchanged, and one year off")


def _meant(day: date) -> Iterator[tuple[str, Likeness]]:
    yield day.isoformat(), SAME
    for n in range(1, DAYS_NEAR + 1):
        for on in _around(day, n):
            yield on.isoformat(), _CLOSE
    text = f"{day.year:04}{day.month:02}{day.day:02}"
    for changed, at, turned in _slips(text):
        year, month, on_day = int(changed[:4]), int(changed[4:6]), int(changed[6:])
        if found := _date(year, month, on_day):
            in_day = _DIGITS_TURNED if turned else _DIGIT
            yield found, in_day if at >= 4 else _YEAR_DIGIT
    for year, turned, likeness in (
        (day.year, True, _TURNED),
        *((day.year + off, False, _YEAR_OFF) for off in (-1, 1)),
        *((day.year + off, True, _TURNED_AND_YEAR) for off in (-1, 1)),
    ):
        month, on_day = (day.day, day.month) if turned else (day.month, day.day)
        if found := _date(year, month, on_day):
            yield found, likeness


def _slips(text: str) -> Iterator[tuple[str, int, bool]]:
    """Give a row of digits with each one changed, and with each two neighbours exchanged."""
    for at, digit in enumerate(text):
        for other in "0123456789":
            if other != digit:
                yield text[:at] + other + text[at + 1 :], at, False
    # The last digit of a year and the first of a month are no neighbours to whoever writes them.
    for at in (0, 1, 2, 4, 6):
        yield text[:at] + text[at + 1] + text[at] + text[at + 2 :], at, True


def _around(day: date, days: int) -> Iterator[date]:
    for n in (-days, days):
        try:
            yield day + timedelta(days=n)
        except OverflowError:
            continue


def _date(year: int, month: int, day: int) -> str | None:
    if not 1850 <= year <= 2100:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def near_numbers(number: str) -> Iterable[str]:
    """Give a number with each one of its digits changed, and with each two neighbours exchanged."""
    for at, digit in enumerate(number):
        yield from (
            number[:at] + other + number[at + 1 :] for other in "0123456789" if other != digit
        )
        yield number[:at] + number[at + 1 : at + 2] + digit + number[at + 2 :]
