"""What somebody typed to find one person, read: names folded, dates and numbers understood."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property

from api import moment
from api.errors import Invalid
from api.facts import matching
from api.facts.alike import Day, Names, near_numbers

LONGEST = 200
# An expected date is an estimate, and is revised.
DAYS_NEAR_EXPECTED = 21

_NO_NUMBER = "This is no NHS number: it has ten digits, and the last is a check."


@dataclass(frozen=True)
class Query:
    """What somebody typed. Dates are ISO text."""

    first: str = ""
    last: str = ""
    born_on: str | None = None
    birth_year: int | None = None
    postcode: str = ""
    nhs: str = ""
    parent: str = ""
    expected_on: str | None = None


@dataclass(frozen=True)
class Asked:
    """A query, read. `almost_nhs` are the numbers that may have been meant by one that is none."""

    typed: str
    first: str
    last: str
    born: Day | None
    birth_year: int | None
    postcode: str
    nhs: str
    almost_nhs: tuple[str, ...]
    parent: Names | None
    expected: frozenset[str]

    @classmethod
    def read(cls, query: Query) -> Asked:
        """Read a query. Raises Invalid for what cannot be looked for."""
        said = {
            field.name: str(getattr(query, field.name) or "").strip() for field in fields(query)
        }
        for name, text in said.items():
            if len(text) > LONGEST:
                raise Invalid(f"Use {LONGEST} characters or fewer.", name)
        if not any(said.values()):
            raise Invalid("Type a name, a date of birth or an NHS number.", "first")
        nhs, almost = _number(said["nhs"])
        code = matching.postcode(said["postcode"])
        if said["postcode"] and not code:
            raise Invalid("Enter a whole postcode, such as ZZ17 8AU.", "postcode")
        year = query.birth_year
        if year is not None and year not in moment.YEARS:
            raise Invalid(moment.OTHER_YEAR, "birth_year")
        born = moment.read_day(said["born_on"], "born_on")
        due = moment.read_day(said["expected_on"], "expected_on")
        asked = cls(
            typed="; ".join(f"{name}: {text}" for name, text in said.items() if text),
            first=matching.name_key(said["first"]),
            last=matching.name_key(said["last"]),
            born=Day(born) if born else None,
            birth_year=year,
            postcode=code,
            nhs=nhs,
            almost_nhs=almost,
            parent=parent_named(said["parent"]),
            expected=_around(due, DAYS_NEAR_EXPECTED) if due else frozenset(),
        )
        if not asked.says_anything:
            raise Invalid("Type a name in letters.", "first")
        return asked

    @cached_property
    def names(self) -> Names:
        """The names, ready to be compared with many."""
        return Names(self.first, self.last)

    @property
    def says_anything(self) -> bool:
        """Whether there is anything to look for: a name of signs alone is none."""
        dated = self.born or self.birth_year or self.expected
        return bool(self.has_name or dated or self.postcode or self.has_number or self.parent)

    @property
    def has_name(self) -> bool:
        """Whether any name was typed."""
        return bool(self.first or self.last)

    @property
    def has_number(self) -> bool:
        """Whether an NHS number was typed, right or almost."""
        return bool(self.nhs or self.almost_nhs)

    @property
    def has_only_no_number(self) -> bool:
        """Whether nothing was typed but a number that is none."""
        others = self.has_name or self.born or self.birth_year or self.postcode
        return bool(self.almost_nhs) and not (others or self.parent or self.expected)

    @property
    def is_named(self) -> bool:
        """Whether both names were typed, be it in one box."""
        both = self.first and self.last
        return bool(both or " " in (self.first or self.last))

    @property
    def is_near(self) -> bool:
        """Whether something beside the names says who is meant."""
        placed = self.birth_year and self.postcode
        return bool(self.born or placed or self.parent or self.expected or self.almost_nhs)

    @property
    def is_enough(self) -> bool:
        """Whether it is enough to look beyond one's own people."""
        unnamed = self.parent and (self.expected or self.born)
        return bool(self.nhs or (self.is_named and self.is_near) or unnamed)


def refuse_number() -> Invalid:
    """Give what to raise where nothing was typed but a number that is none."""
    return Invalid(_NO_NUMBER, "nhs")


def parent_named(text: str) -> Names | None:
    """Read a parent's name as one writes it: first name first, or only one name."""
    words = matching.name_key(text).split()
    if not words:
        return None
    return Names(words[0] if len(words) > 1 else "", words[-1])


def _number(text: str) -> tuple[str, tuple[str, ...]]:
    """Read an NHS number: the number, and those that may have been meant where one digit of it is
    wrong. The last digit is a check, so that a slip always shows."""
    if not text:
        return "", ()
    if number := matching.nhs_number(text):
        return number, ()
    digits = "".join(text.replace("-", " ").split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == 10):
        raise refuse_number()
    meant = (matching.nhs_number(near) for near in near_numbers(digits))
    almost = tuple(dict.fromkeys(number for number in meant if number))
    if not almost:
        raise refuse_number()
    return "", almost


def _around(day: date, days: int) -> frozenset[str]:
    return frozenset((day + timedelta(days=n)).isoformat() for n in range(-days, days + 1))
