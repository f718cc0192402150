"""By when a request is answered: a calendar month, and what a working day is.

UK GDPR, Article 12(3) and 12A (put in by the Data (Use and Access) Act 2025, section 76): one month from
when the request, or what was asked for to see who asks, was received; two months more where requests are
complex or many, if the asker is told of it and why within the first. The Information Commissioner's
guidance on the right of access: the month runs from the day of receipt, a working day or not, to the
corresponding date of the next month; to its last day where there is none; where that is a weekend or a
public holiday, to the next working day.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

MONTHS = 1
LONGEST = 3

MONDAY = 0
SATURDAY = 5


def due(since: date, months: int = MONTHS) -> date:
    """Give the last day for an answer that is due so many calendar months after a day."""
    last = after(since, months)
    while not is_working(last):
        last += timedelta(days=1)
    return last


def after(since: date, months: int) -> date:
    """Give the corresponding date so many months later, or that month's last day where it has none."""
    years, month = divmod(since.month - 1 + months, 12)
    year, month = since.year + years, month + 1
    return date(year, month, min(since.day, monthrange(year, month)[1]))


def is_working(day: date) -> bool:
    """Say whether a day is a working day in England and Wales."""
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)


@lru_cache(maxsize=16)
def bank_holidays(year: int) -> frozenset[date]:
    """Give the bank and public holidays of England and Wales that return every year (Banking and
    Financial Dealings Act 1971, schedule 1, and those proclaimed under it each year).

    One that is proclaimed or moved for a single year, as for a coronation, is not known here.
    """
    easter = _easter(year)
    return frozenset(
        {
            _not_at_weekend(date(year, 1, 1)),
            easter - timedelta(days=2),
            easter + timedelta(days=1),
            _monday_from(date(year, 5, 1)),
            _monday_from(date(year, 5, 25)),
            _monday_from(date(year, 8, 25)),
            *_christmas(year),
        }
    )


def _christmas(year: int) -> set[date]:
    """Give the two days of Christmas, or those in their place where they are at a weekend."""
    taken = set[date]()
    day = date(year, 12, 25)
    while len(taken) < 2:
        if day.weekday() < SATURDAY:
            taken.add(day)
        day += timedelta(days=1)
    return taken


def _not_at_weekend(day: date) -> date:
    return day if day.weekday() < SATURDAY else _monday_from(day)


def _monday_from(day: date) -> date:
    return day + timedelta(days=(MONDAY - day.weekday()) % 7)


def _easter(year: int) -> date:
    """Give Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leaps, left = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    quarters, odd = divmod(rest, 4)
    weekday = (32 + 2 * left + 2 * quarters - epact - odd) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
