"""By when a request is answered: the month, its end where it has no such day, and working days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rights import days

DAYS = st.dates(date(2018, 5, 25), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("since", "months", "due"),
    [
        # The examples of the Information Commissioner's guidance.
        (date(2024, 9, 3), 1, date(2024, 10, 3)),
        (date(2025, 3, 31), 1, date(2025, 4, 30)),
        # No such day: the last one, in a leap year too.
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        # A Saturday, and Christmas with what stands in its place.
        (date(2026, 10, 23), 1, date(2026, 11, 23)),
        (date(2026, 10, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 25), 1, date(2026, 12, 29)),
        # Good Friday to Easter Monday.
        (date(2026, 3, 3), 1, date(2026, 4, 7)),
        (date(2026, 11, 30), 3, date(2027, 3, 1)),
        (date(2025, 12, 31), 1, date(2026, 2, 2)),
    ],
)
def test_due(since: date, months: int, due: date) -> None:
    assert days.due(since, months) == due


@pytest.mark.parametrize(
    ("year", "holidays"),
    [
        # As the government lists them for England and Wales.
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
    ],
)
def test_bank_holidays(year: int, holidays: str) -> None:
    assert sorted(f"{day:%m-%d}" for day in days.bank_holidays(year)) == holidays.split()


@given(since=DAYS, months=st.sampled_from([days.MONTHS, days.LONGEST]))
def test_a_month_ends_on_its_day_or_the_next_working_one(since: date, months: int) -> None:
    named, due = days.after(since, months), days.due(since, months)
    assert (named.year * 12 + named.month) - (since.year * 12 + since.month) == months
    last = monthrange(named.year, named.month)[1]
    assert named.day == min(since.day, last)
    assert days.is_working(due)
    between = [named + timedelta(days=n) for n in range((due - named).days)]
    assert not any(days.is_working(day) for day in between)
    # Christmas at a weekend is the longest that nobody works.
    assert len(between) <= 4


@given(since=DAYS)
def test_a_later_day_is_never_due_earlier(since: date) -> None:
    assert days.due(since) <= days.due(since + timedelta(days=1))
    assert days.due(since) < days.due(since, days.LONGEST)


@given(year=st.integers(2018, 2099))
def test_there_are_eight_holidays_and_none_at_a_weekend(year: int) -> None:
    assert len(days.bank_holidays(year)) == 8
    assert all(day.weekday() < 5 for day in days.bank_holidays(year))
