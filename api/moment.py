"""Times and ids: UTC ISO text and UUIDv7 text, so that one set of SQL runs on both engines."""

from __future__ import annotations

import os
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


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


def system_clock() -> datetime:
    """Give the time now. Tests and the demo put their own clock in its place."""
    return datetime.now(UTC)


def new_id() -> str:
    """Make a UUIDv7 (RFC 9562, section 5.7) as text: sorts by the millisecond it was made in."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Say whether a text is a UUID in the one spelling that we use."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
