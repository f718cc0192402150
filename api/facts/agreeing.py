"""How what was typed agrees with what is known of somebody: how well, in words, and whether it is
enough, among one's own people or beyond them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from api.facts.alike import MANY, NOT_KNOWN, NOT_TYPED, SAME, UNLIKE, Likeness
from api.facts.asking import Asked, parent_named
from api.facts.matching import is_named
from api.store.engine import Row

# Beyond one's own people so much may be wrong, of both names and the date together.
SLIPS = 2
# From here on a name agrees, among one's own people.
AGREES = 0.6
# The only name that was typed must be more than an initial.
AGREES_ALONE = 0.63
AGREES_WELL = 0.85
# Where somebody agrees well, those who agree so much less are not shown.
MARGIN = 45


@dataclass(frozen=True)
class Facts:
    """What is known of one person, as far as it was asked for and may be shown."""

    names: list[Row] = field(default_factory=list)
    births: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    mentioned: list[Row] = field(default_factory=list)
    has_number: bool = False
    has_almost_number: bool = False
    is_child: bool = False


@dataclass(frozen=True)
class Agreement:
    """How one person agrees with what was typed. `happened`: what befell the names on the way."""

    asked: Asked
    facts: Facts
    first: Likeness
    last: Likeness
    happened: str
    born: Likeness
    expected: bool
    year: bool
    place: bool
    parent: bool

    @property
    def score(self) -> float:
        """How well they agree: date first, then closeness of the names."""
        weighed = (
            (100.0, self.facts.has_number),
            (60.0, self.facts.has_almost_number),
            (40.0, self.expected),
            (10.0, self.year),
            (20.0, self.place),
            (30.0, self.parent),
        )
        score = sum(weight for weight, agrees in weighed if agrees)
        if self.asked.has_name:
            score += 30 * (self.first.value + self.last.value) - (2 if self.happened else 0)
        if self.asked.born:
            score += 40 * self.born.value
        return score

    @property
    def why(self) -> str:
        """What agrees and what differs, in words."""
        same, differs = list(self._same()), list(self._differs())
        listed = ", ".join(same[:-1]) + " and " + same[-1] if len(same) > 1 else "".join(same)
        said = "; ".join([f"Same: {listed}"] * bool(same) + differs)
        return said[:1].upper() + said[1:]

    @property
    def is_of_own(self) -> bool:
        """Whether it is enough among one's own people, where any one thing will do."""
        if self.facts.has_number or self.facts.has_almost_number or self.parent:
            return True
        if self.asked.has_name:
            return self._names_agree
        if self.asked.born:
            return self.born.value >= 0.5
        return self.year or self.place or self.expected

    @property
    def is_vague(self) -> bool:
        """Whether a name is only something like it, and the date does not make up for that."""
        names = [name for name in (self.first, self.last) if name != NOT_TYPED]
        if self.facts.has_number or not any(name.slips >= MANY for name in names):
            return False
        return not self.asked.born or self.born.value < 0.7

    @property
    def is_of_others(self) -> bool:
        """Whether it is enough to mean this one person and nobody else."""
        if self.facts.has_number:
            return True
        if self.parent and not any(is_named(row["first_key"]) for row in self.facts.names):
            return self.expected or self.born.slips <= 1
        if self.names_slips > SLIPS:
            return False
        if self.asked.born and self.born.slips + self.names_slips <= SLIPS:
            return True
        numbered = self.facts.has_almost_number
        return self.parent or self.expected or numbered or (self.year and self.place)

    @property
    def names_slips(self) -> int:
        """How much is wrong of the names."""
        return self.first.slips + self.last.slips + bool(self.happened)

    @property
    def _names_agree(self) -> bool:
        values = sorted((self.first.value, self.last.value))
        is_alone = NOT_TYPED in (self.first, self.last)
        if values[0] >= (AGREES_ALONE if is_alone else AGREES):
            return True
        return bool(self.asked.born) and values[1] >= AGREES_WELL and self.born.value >= 0.7

    def _same(self) -> Iterator[str]:
        yield from self._same_names()
        for words, agrees in (
            ("the date of birth", bool(self.asked.born) and self.born is SAME),
            ("the NHS number", self.facts.has_number),
            ("the expected date", self.expected),
            ("the birth year", self.year),
            ("the postcode", self.place),
            ("a parent's name", self.parent),
        ):
            if agrees:
                yield words

    def _same_names(self) -> Iterator[str]:
        if self.first == self.last == SAME:
            yield "the name"
        elif self.first == SAME:
            yield "the first name"
        elif self.last == SAME:
            yield "the last name"

    def _differs(self) -> Iterator[str]:
        for name, likeness in (("first name", self.first), ("last name", self.last)):
            if likeness.differs:
                yield f"{name} {likeness.differs}"
        if self.happened:
            yield self.happened
        if self.asked.born and self.born.differs:
            says_all = self.born.differs.startswith("day and month")
            yield self.born.differs if says_all else f"date of birth {self.born.differs}"
        if self.facts.has_almost_number:
            yield "one digit of the NHS number is wrong"


def agree(asked: Asked, facts: Facts) -> Agreement:
    """Compare what was typed with what is known."""
    first, last, happened = _names(asked, facts)
    return Agreement(
        asked=asked,
        facts=facts,
        first=first,
        last=last,
        happened=happened,
        born=_born(asked, facts),
        expected=any(row["expected_on"] in asked.expected for row in facts.births),
        year=any((row["born_on"] or "").startswith(str(asked.birth_year)) for row in facts.births),
        place=any(row["postcode"] == asked.postcode for row in facts.addresses),
        parent=facts.is_child or _mentions(asked, facts),
    )


def _names(asked: Asked, facts: Facts) -> tuple[Likeness, Likeness, str]:
    if not asked.has_name:
        return NOT_TYPED, NOT_TYPED, ""
    found = [asked.names.compare(row["first_key"], row["last_key"]) for row in facts.names]
    return max(found, key=lambda ways: ways[0].value + ways[1].value, default=_NAMELESS)


_NAMELESS = (UNLIKE, UNLIKE, "")


def _born(asked: Asked, facts: Facts) -> Likeness:
    if asked.born is None:
        return Likeness(0.0, MANY, "")
    days = [row["born_on"] for row in facts.births if row["born_on"]]
    return max(map(asked.born.compare, days), default=NOT_KNOWN)


def _mentions(asked: Asked, facts: Facts) -> bool:
    """Whether a parent who is only mentioned has this name."""
    return any(
        mentioned and is_parent(asked, mentioned.first, mentioned.last)
        for mentioned in (parent_named(row["mentioned"]) for row in facts.mentioned)
    )


def is_parent(asked: Asked, first: str, last: str) -> bool:
    """Say whether a name is that of the parent who was typed, one slip allowed."""
    if asked.parent is None:
        return False
    ours, theirs, happened = asked.parent.compare(first, last)
    if not asked.parent.first:
        return not happened and theirs.slips <= 1
    return ours.slips + theirs.slips + bool(happened) <= 1
