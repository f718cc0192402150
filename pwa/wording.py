"""How pages say dates, numbers of things and telephone numbers. Filters for templates."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from flask import Flask
from markupsafe import Markup, escape

from api import moment
from pwa.rendering import escaped

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
CLOCK_MAY_BE_OFF = 300  # seconds
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def install(app: Flask) -> None:
    """Give the filters to an app's templates. What is said from now on is by the store's clock."""
    store = app.extensions["authority"].store
    for name, filter_ in (
        ("ago", lambda value: ago(value, store.clock())),
        ("when", lambda value: when(value, store.clock())),
        ("clock", lambda value: clock(value, store.clock())),
        ("day", day), ("full", full), ("counted", counted), ("tel", tel), ("first_word", first_word),
        ("written", written), ("clock_wrong", clock_wrong),
    ):  # fmt: skip
        app.add_template_filter(filter_, name)


_NOT_DIALLED = re.compile(r"\(0\)|[^\d+]")


def ago(value: str | None, now: datetime) -> str:
    """Say how long ago a moment or a date was, as people do: '20 minutes ago', '3 days ago'."""
    if not value:
        return ""
    return _ago(value, int(now.timestamp()) // 60)


@lru_cache(maxsize=4096)  # a page says the same few moments again and again
def _ago(value: str, minute: int) -> str:
    now = datetime.fromtimestamp(minute * 60, moment.LONDON)
    if _is_date(value):
        return _days_ago(date.fromisoformat(value), now.date())
    then = moment.parse(value).astimezone(moment.LONDON)
    minutes = int((now - then.replace(second=0, microsecond=0)).total_seconds() // 60)
    if -2 <= minutes < 1:
        return "just now"
    if 1 <= minutes < 60:
        return f"{counted(minutes, 'minute')} ago"
    if minutes >= 60 and then.date() == now.date():
        return f"{counted(minutes // 60, 'hour')} ago"
    return _days_ago(then.date(), now.date())


@lru_cache(maxsize=4096)
def day(value: str | None) -> str:
    """Say a date in full: '3 May 2019'. Takes a moment or a date, as ISO text."""
    if not value:
        return ""
    found = date.fromisoformat(value) if _is_date(value) else moment.day(value)
    return f"{found.day} {MONTHS[found.month - 1]} {found.year}"


@lru_cache(maxsize=4096)
def full(value: str | None) -> str:
    """Say a date with its weekday, and a moment with its time: 'Thursday 19 November 2026, 14:05'."""
    if not value:
        return ""
    if _is_date(value):
        return f"{WEEKDAYS[date.fromisoformat(value).weekday()]} {day(value)}"
    then = moment.parse(value).astimezone(moment.LONDON)
    return f"{WEEKDAYS[then.weekday()]} {day(value)}, {then:%H:%M}"


def when(value: str | None, now: datetime) -> Markup:
    """Say how long ago something was, with the full date on a tap. Not for inside a link or a <p>."""
    if not value:
        return Markup()
    said = f'<time datetime="{escaped(value)}">{ago(value, now)}</time>'
    whole = f'<details class="when"><summary>{said}</summary> {full(value)}</details>'
    return Markup(whole)  # noqa: S704 - the rest is our own words


def written(captured_at: str, arrived_at: str) -> str:
    """Say when something was written without signal, and when it arrived: 'Written 14:10 on 21 Nov,
    arrived 16:02'."""
    then, here = (moment.parse(at).astimezone(moment.LONDON) for at in (captured_at, arrived_at))
    later = f" on {_short(here)}" if here.date() != then.date() else ""
    return f"Written {then:%H:%M} on {_short(then)}, arrived {here:%H:%M}{later}"


def clock(value: str, now: datetime) -> str:
    """Say at what time something was: 'at 14:32', and before today 'on 21 Nov at 14:32'."""
    then = moment.parse(value).astimezone(moment.LONDON)
    today = now.astimezone(moment.LONDON).date()
    return f"at {then:%H:%M}" if then.date() == today else f"on {_short(then)} at {then:%H:%M}"


def clock_wrong(seconds: int | None) -> str:
    """Say by how much a device's clock was wrong, where that is more than five minutes."""
    minutes = round(abs(seconds or 0) / 60)
    if abs(seconds or 0) <= CLOCK_MAY_BE_OFF:
        return ""
    if minutes < 120:
        by = counted(minutes, "minute")
    elif minutes < 48 * 60:
        by = counted(minutes // 60, "hour")
    else:
        by = counted(minutes // 1440, "day")
    return f"The device's clock was {by} {'fast' if (seconds or 0) > 0 else 'slow'}."


def counted(number: int, one: str, many: str = "") -> str:
    """Say a number of things: '1 worry', '4 worries'."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def tel(number: str | None, name: str = "") -> Markup:
    """Make a telephone number that can be tapped; `name` says to screen readers whom it rings."""
    if not number:
        return Markup()
    dialled = _NOT_DIALLED.sub("", number)
    if not dialled:
        return escape(number)
    spoken = f'<span class="govuk-visually-hidden">Ring {escaped(name)}, </span>' if name else ""
    link = f'<a class="govuk-link tap" href="tel:{dialled}">{spoken}{escaped(number)}</a>'
    # Put together by hand: `Markup.format` and `join` cost many times this, and a page has thirty.
    return Markup(link)  # noqa: S704 - escaped piece by piece


def first_word(name: str) -> str:
    """Give the first word of a name."""
    return name.split(" ", 1)[0]


def _short(then: datetime) -> str:
    return f"{then.day} {MONTHS[then.month - 1][:3]}"


def _is_date(value: str) -> bool:
    return len(value) == len("2026-11-19")


def _days_ago(then: date, today: date) -> str:
    days = (today - then).days
    near = {0: "today", 1: "yesterday", -1: "tomorrow"}
    if days in near:
        return near[days]
    if days < 0:
        return f"in {counted(-days, 'day')}"
    if days < 14:
        return f"{days} days ago"
    if days < 60:
        return f"{days // 7} weeks ago"
    if days < 730:
        return f"{days // 30} months ago"
    return f"{days // 365} years ago"
