"""How names and days are said in a copy of a record, and what stands where nothing can be said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from api import moment
from api.store.engine import Row

NOBODY = "Somebody who is not named here"
GONE = "These words were erased."


def name_of(rows: Sequence[Row]) -> str:
    """Give the name of somebody whose names these are, the first of them first."""
    return name(rows) if rows else "A child who is not named yet"


def name(rows: Sequence[Row]) -> str:
    """Give the name that somebody of these names has in full, or the first of them."""
    row = next((row for row in rows if row["kind"] == "full"), rows[0])
    return full(row)


def full(row: Row) -> str:
    """Give a name: first and last."""
    return f"{row['first']} {row['last']}".strip()


def at(when: str | None) -> str:
    """Give the day of a moment; "" for none."""
    return long_date(moment.day(when)) if when else ""


def on(day: str | None) -> str:
    """Give a day, said as ISO text; "" for none."""
    return long_date(date.fromisoformat(day)) if day else ""


def long_date(day: date) -> str:
    """Give a date as people write it: 3 May 2026."""
    return f"{day.day} {day.strftime('%B %Y')}"
