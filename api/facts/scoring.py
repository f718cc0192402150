"""Whether two records are one person: what agrees, what differs, and what speaks against it.

Points are added for what agrees and taken off for what differs, more for what few people share. They
say something about two records, never about a child. Whatever speaks against it keeps two records
from being taken for one without somebody having looked, however many points there are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from api.facts.alike import EXCHANGED, MANY, NOT_TYPED, SAME, Day, Likeness, Names, is_known_name
from api.facts.matching import GENERATION, is_named, name_key

# From so many points on two records are one person, if the next best has so much less.
SURE = 17.5
MARGIN = 4.0
# From so many points on somebody has to look.
DOUBTFUL = 10.0
# As much as two records that say the same of everything have.
MOST = 33.0

# A birth is expected within so many days.
DAYS_EXPECTED = 42

NHS = "NHS number"
UPN = "pupil number"
ANOTHER_SYSTEM = "number in another system"

Home = tuple[str, str]


@dataclass(frozen=True)
class Side:
    """What one of two records says. Names are folded (first, last); homes are a postcode and the
    folded lines; `keys` are ids of other systems."""

    names: frozenset[tuple[str, str]] = frozenset()
    births: frozenset[str] = frozenset()
    due: frozenset[str] = frozenset()
    nhs: frozenset[str] = frozenset()
    upn: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    genders: frozenset[str] = frozenset()
    homes: frozenset[Home] = frozenset()


@dataclass
class Score:
    """How far two records agree: points, in words why, and in words what speaks against it."""

    points: float = 0.0
    same: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)

    @property
    def is_sure(self) -> bool:
        """Whether the two are one person, nobody else being as like."""
        return self.points >= SURE and not self.against

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody has to look."""
        return self.points >= DOUBTFUL

    @property
    def value(self) -> int:
        """How alike the two records are, of a hundred."""
        return max(0, min(100, round(100 * self.points / MOST)))

    @property
    def why(self) -> str:
        """What agrees and what differs, in words."""
        listed = ", ".join(self.same[:-1]) + " and " + self.same[-1] if self.same[1:] else ""
        said = [f"same {listed or self.same[0]}"] if self.same else []
        words = ", ".join(said + self.differs)
        return words[:1].upper() + words[1:]


def home(postcode: str, lines: str) -> Home:
    """Give an address as it is compared."""
    return postcode, name_key(lines)


def score(one: Side, other: Side, *, household: bool = False) -> Score:
    """Compare two records; it makes no difference which comes first. `household`: others of the
    household of one live where the other does."""
    found = Score()
    _numbers(found, one, other)
    _births(found, one, other)
    _names(found, one, other)
    _homes(found, one, other, household)
    if one.genders and other.genders and not one.genders & other.genders:
        _differ(found, -3, "other gender", against=True)
    return found


def best(scores: Sequence[tuple[str, Score]]) -> str | None:
    """Give the one who is surely meant, or None where nobody is, or somebody else is nearly as like."""
    ranked = sorted(scores, key=lambda pair: -pair[1].points)
    if not ranked or not ranked[0][1].is_sure:
        return None
    if len(ranked) > 1 and ranked[0][1].points - ranked[1][1].points < MARGIN:
        return None
    return ranked[0][0]


def _agree(found: Score, points: float, what: str) -> None:
    found.points += points
    found.same.append(what)


def _differ(found: Score, points: float, what: str, *, against: bool = False) -> None:
    found.points += points
    found.differs.append(what)
    if against:
        found.against.append(what)


# --- Numbers ------------------------------------------------------------------------------------


def _numbers(found: Score, one: Side, other: Side) -> None:
    for what, ours, theirs in (
        (NHS, one.nhs, other.nhs),
        (UPN, one.upn, other.upn),
    ):
        if ours & theirs:
            _agree(found, 10, what)
        elif ours and theirs:
            _differ(found, -6, f"another {what}", against=True)
    if one.keys & other.keys:
        _agree(found, 6, ANOTHER_SYSTEM)


# --- Births -------------------------------------------------------------------------------------


def _births(found: Score, one: Side, other: Side) -> None:
    if one.births and other.births:
        _born(found, one.births, other.births)
    elif one.due and other.due:
        _expected(found, one.due, other.due, "expected date")
    elif (one.due and other.births) or (one.births and other.due):
        # Whoever was expected may be born by now; which of the two it is takes a look.
        _expected(found, one.due or one.births, other.due or other.births, "")
    else:
        found.against.append("date of birth not known")


def _born(found: Score, ours: Collection[str], theirs: Collection[str]) -> None:
    likeness = max(_day_alike(mine, other) for mine in ours for other in theirs)
    if likeness == SAME:
        # What is written where only the year is known says less.
        only_year = all(day.endswith("-01-01") for day in set(ours) & set(theirs))
        _agree(found, 6 if only_year else 8, "date of birth")
    elif likeness.slips == 1:
        turned = likeness.differs.startswith("day and month")
        said = likeness.differs if turned else f"date of birth {likeness.differs}"
        _differ(found, 6.5 if turned else 5, said)
    elif likeness.value >= 0.7:
        _differ(found, 2, "another year of birth", against=True)
    elif _years_apart(ours, theirs) >= GENERATION:
        _differ(found, -12, "born a generation apart", against=True)
    else:
        _differ(found, -8, "another date of birth", against=True)


def _day_alike(one: str, other: str) -> Likeness:
    return max(_day(one).compare(other), _day(other).compare(one))


@lru_cache(maxsize=2048)
def _day(text: str) -> Day:
    return Day(date.fromisoformat(text))


def _years_apart(ours: Iterable[str], theirs: Collection[str]) -> int:
    return min(abs(int(mine[:4]) - int(other[:4])) for mine in ours for other in theirs)


def _expected(found: Score, ours: Iterable[str], theirs: Collection[str], what: str) -> None:
    days = min(_days_apart(mine, other) for mine in ours for other in theirs)
    if days > DAYS_EXPECTED:
        _differ(found, -12, "born at another time", against=True)
    elif what:
        _agree(found, 4, what)
    else:
        _differ(found, 3, "born about when it was expected", against=True)


def _days_apart(one: str, other: str) -> int:
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days)


# --- Names --------------------------------------------------------------------------------------


def _names(found: Score, one: Side, other: Side) -> None:
    pairs = [_compare(mine, theirs) for mine in one.names for theirs in other.names]
    if not pairs:
        found.against.append("name not known")
        return
    first, last, happened, unnamed, may_be_two = max(
        pairs, key=lambda pair: _first_points(pair[0]) + _last_points(pair[1]) - bool(pair[2]) / 2
    )
    if first == last == SAME:
        found.same.append("name")
    else:
        _say(found, first, "first name")
        _say(found, last, "surname")
    found.points += _first_points(first) + _last_points(last)
    if happened:
        _differ(found, -0.5, happened)
    if unnamed:
        found.against.append("no first name yet")
    elif first.slips > 1 or may_be_two:
        found.against.append("other first name")


def _compare(
    one: tuple[str, str], other: tuple[str, str]
) -> tuple[Likeness, Likeness, str, bool, bool]:
    """Give how the first names agree, the last names, what happened to them, whether one of the two
    has no first name yet, and whether the first names may be those of two."""
    unnamed = not (is_named(one[0]) and is_named(other[0]))
    if unnamed or not (one[1] and other[1]):
        last = _field(one[1], other[1])
        first = NOT_TYPED if unnamed else _field(one[0], other[0])
        return first, last, "", unnamed, False
    ways = [Names(*one).compare(*other), Names(*other).compare(*one)]
    way = max(ways, key=lambda way: (_first_points(way[0]) + _last_points(way[1]), way))
    # Where the names were exchanged the first name of one is the last of the other.
    theirs = other[1] if way[2] == EXCHANGED else other[0]
    return *way, False, _may_be_a_twin(way[0], one[0], theirs)


def _field(one: str, other: str) -> Likeness:
    if not (one and other):
        return NOT_TYPED
    return max(Names(one, "").compare(other, "")[0], Names(other, "").compare(one, "")[0])


def _say(found: Score, likeness: Likeness, name: str) -> None:
    if likeness == SAME:
        found.same.append(name)
    elif likeness.differs == "differs":
        found.differs.append(f"other {name}")
    elif likeness.differs:
        found.differs.append(f"{name} {likeness.differs}")


def _first_points(first: Likeness) -> float:
    if first == NOT_TYPED:
        return 0.0
    if first == SAME:
        return 5.0
    if first.slips < MANY:
        return (4.5, 4.0 if first.value >= 0.9 else 3.0, 1.5)[min(first.slips, 2)]
    return 0.0 if first.value >= 0.6 else -6.0


def _last_points(last: Likeness) -> float:
    if last == NOT_TYPED:
        return 0.0
    if last == SAME:
        return 5.0
    if last.slips < MANY:
        return (3.5, 3.5, 1.0)[min(last.slips, 2)]
    return 0.0 if last.value >= 0.6 else -1.0


def _may_be_a_twin(first: Likeness, mine: str, theirs: str) -> bool:
    """Whether a letter or a sound makes two names of it: Mia and Mya, Jayden and Kayden, Daniel and
    Daniela, where a longer name is misspelt."""
    if first.differs not in ("is one slip away", "sounds alike"):
        return False
    if first.differs == "is one slip away" and (first.value < _SHORT or mine[0] != theirs[0]):
        return True
    return is_known_name(mine) and is_known_name(theirs)


# What a slip in a name of five letters is worth; in a shorter one it is worth less.
_SHORT = 0.86


# --- Where they live ----------------------------------------------------------------------------


def _homes(found: Score, one: Side, other: Side, household: bool) -> None:
    if any(is_one_home(mine, theirs) for mine in one.homes for theirs in other.homes):
        _agree(found, 5, "address")
        if household:
            _differ(found, 1, "the family lives there")
        return
    if {code for code, _ in one.homes if code} & {code for code, _ in other.homes}:
        # Two who give their numbers live in two homes of one street, as cousins do.
        _agree(found, 1 if _are_numbered(one) and _are_numbered(other) else 3, "postcode")
    elif one.homes and other.homes:
        _differ(found, -0.5, "other address")
    if household:
        _differ(found, 3, "others of the family live there")


def _are_numbered(side: Side) -> bool:
    return all(re.search(r"\d", lines) for _, lines in side.homes)


def is_one_home(one: Home, other: Home) -> bool:
    """Whether two addresses are one: the same postcode and the same numbers of house and flat."""
    (code, lines), (their_code, their_lines) = one, other
    if code != their_code or not (lines and their_lines):
        return False
    numbers, theirs = (sorted(re.findall(r"\d+", said)) for said in (lines, their_lines))
    if not code or not numbers:
        return lines == their_lines
    return numbers == theirs
