"""Times and ids: UTC ISO text and UUIDv7 text, so that one set of SQL runs on both engines."""

from __future__ import annotations

import os
import threading
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from api.errors import Invalid

LONDON = ZoneInfo("Europe/London")
# In which people who are still on a record were born, and things about them begin and end.
YEARS = range(1900, 2101)
OTHER_YEAR = f"The year must be between {YEARS[0]} and {YEARS[-1]}."

# The millisecond and the counter of the last id, in one number: a full counter runs into the next.
_last_made = 0
_making = threading.Lock()
_STEPS = 1 << 20


def text(moment: datetime) -> str:
    """Give an aware moment as UTC ISO text with microseconds, which sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(moment: str) -> datetime:
    """Read what `text` wrote."""
    return datetime.fromisoformat(moment)


def later(moment: str, **span: float) -> str:
    """Give the moment that lies `span` (the arguments of timedelta) after `moment`."""
    return text(parse(moment) + timedelta(**span))


def day(moment: str) -> date:
    """Give the date in London at a moment: facts are valid by London dates."""
    return parse(moment).astimezone(LONDON).date()


def read_day(text: str | None, field: str) -> date | None:
    """Read an ISO date of our time that somebody gave, or none. Raises Invalid."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("Enter a real date.", field) from None
    if day.year not in YEARS:
        raise Invalid(OTHER_YEAR, field)
    return day


def system_clock() -> datetime:
    """Give the time now. Tests and the demo put their own clock in its place."""
    return datetime.now(UTC)


def new_id() -> str:
    """Make a UUIDv7 as text (RFC 9562, section 5.7): sorts by when it was made.

    Within a millisecond a counter of 32 bits keeps the order in this process (section 6.2, methods 1
    and 2); the other 42 bits are random. It begins anywhere and goes on by steps of any size: who reads
    an id must not learn from it how many others were made in the same millisecond.
    """
    global _last_made  # noqa: PLW0603 - the counter is the process's own
    drawn = int.from_bytes(os.urandom(12), "big")
    begin, step, random = drawn >> 65, (drawn >> 42) % _STEPS + 1, drawn % (1 << 42)
    with _making:
        now = time.time_ns() // 1_000_000
        fresh = now << 32 | begin
        _last_made = made = fresh if now > _last_made >> 32 else _last_made + step
    counter = made & 0xFFFF_FFFF
    value = made >> 32 << 80 | 0x7 << 76 | counter >> 20 << 64 | 0x2 << 62
    return str(uuid.UUID(int=value | (counter & 0xF_FFFF) << 42 | random))


def is_id(text: str) -> bool:
    """Say whether a text is a UUID in the one spelling that we use."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
