"""The figures that an authority needs to judge a pilot: month by month, in numbers only.

Each month is counted once, when it has ended (see the migration), and shown with small numbers left out
so that they cannot be had by subtraction either. `docs/pilot.md` says what each of them means.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial

from api import access, moment
from api.authority import Authority
from api.oversight import watching, wording
from api.store import Tx
from api.store import authority as stored_authority
from api.store import figures as stored
from api.store import questions as stored_questions
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# Below this a number could be about somebody.
SMALL = 5
FEWER = f"fewer than {SMALL}"
NOT_SHOWN = "not shown"
# So many months back are counted the first time.
MONTHS_BACK = 24

_KINDS = {"worry": "Worries", "contact": "Contacts", "strength": "Strengths"}
_SEARCHES = {"showed somebody": "Showed somebody", "showed nobody": "Showed nobody"}
_LEVELS = {"page": "A person's page, notes or timeline", "details": "What services say"}


@dataclass(frozen=True)
class Part:
    """One line of a figure: a label, and for each month a number, or why there is none."""

    label: str
    numbers: Sequence[str]


@dataclass(frozen=True)
class Table:
    """One figure by month. `sums` where the last line is the sum of the others."""

    name: str
    parts: Sequence[Part]
    sums: bool


@dataclass(frozen=True)
class Figures:
    """All figures, the newest month first."""

    months: Sequence[str]
    tables: Sequence[Table]


def count(authority: Authority) -> int:
    """Count the months that have ended since the trail began, each once; give how many were new.

    For the worker, as often as it likes.
    """
    store = authority.store
    this = moment.day(store.now()).replace(day=1)
    known = stored.months(store)
    new = 0
    month = _before(this, MONTHS_BACK)
    first = stored_questions.first_moment(store)
    begun = moment.day(first).replace(day=1) if first else this
    for _ in range(MONTHS_BACK):
        name = month.isoformat()[:7]
        if name not in known and month >= begun:
            store.write(partial(_count, authority=authority, month=month))
            new += 1
        month = _before(month, -1)
    return new


def shown(actor: Actor) -> Figures:
    """Give the figures, to the authority's governance lead. Raises NotAllowed for everybody else."""
    return actor.store.look(lambda tx: _shown(tx, actor, "figures"))


def export(actor: Actor) -> str:
    """Give the figures as CSV (RFC 4180): a line a figure, part and month. Raises as `shown` does."""
    found = actor.store.look(lambda tx: _shown(tx, actor, "figures exported"))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["month", "figure", "part", "number"])
    for n, month in enumerate(found.months):
        for table in found.tables:
            for part in table.parts:
                writer.writerow([month, table.name, _plain(part.label), part.numbers[n]])
    return text.getvalue()


def _plain(text: str) -> str:
    """Give words of the authority's own, such as a purpose, so that no spreadsheet takes them for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _count(tx: Tx, authority: Authority, month: date) -> None:
    worker = Actor.system(authority, "worker")
    audit.allowed(tx, worker, Action.FIGURES_COUNTED)
    if month.isoformat()[:7] in stored.months(tx):
        return
    span = _moments(month)
    levels = {
        name: [one for one in wording.PAGES if wording.level(one) == name] for name in _LEVELS
    }
    read = stored.read(tx, span)
    hours = [_hours(one.made_at, one.read_at) for one in read if one.read_at]
    counted = {
        ("active", ""): stored.active(tx, span),
        **{("searches", part): n for part, n in stored.searches(tx, span).items()},
        **{("looks", part): n for part, n in stored.looks(tx, span, levels).items()},
        **{("purposes", part): n for part, n in stored.purposes(tx, span).items()},
        **{("notes", part): n for part, n in stored.notes(tx, span).items()},
        **{("categories", part): n for part, n in stored.categories(tx, span).items()},
        ("read", "with a lead"): len(read),
        ("read", "read"): len(hours),
        ("read", "acted on"): sum(one.acted for one in read),
    }
    if len(hours) >= SMALL:
        counted["read", "hours"] = round(statistics.median(hours))
    stored.keep(tx, month.isoformat()[:7], counted)


def _shown(tx: Tx, actor: Actor, reason: str) -> Figures:
    me = watching.require(tx, actor)
    if not access.governs_authority(me):
        sentence = "The figures are for the authority's governance lead."
        raise access.refuse(tx, actor, Action.AUDIT_LOOKED, "not the authority's", sentence)
    audit.allowed(tx, actor, Action.AUDIT_LOOKED, reason=reason)
    kept: dict[str, dict[tuple[str, str], int]] = {}
    for one in stored.kept(tx):
        kept.setdefault(one.month, {})[one.name, one.part] = one.number
    months = list(kept)
    purposes = watching.purposes(tx)
    categories = {row["code"]: row["label"] for row in stored_authority.choices(tx, "categories")}

    def table(title: str, name: str, parts: Mapping[str, str], *, sums: bool) -> Table:
        columns = []
        for month in months:
            said, total = in_parts([kept[month].get((name, part), 0) for part in parts])
            columns.append([*said, total] if sums else said)
        labels = [*parts.values(), *(["All"] if sums else [])]
        lines = [Part(label, [column[n] for column in columns]) for n, label in enumerate(labels)]
        return Table(title, lines, sums)

    return Figures(
        months,
        [
            table("Practitioners who signed in", "active", {"": "Practitioners"}, sums=False),
            table("Notes", "notes", _KINDS, sums=True),
            table("Notes by category", "categories", categories, sums=False),
            Table("What became of notes", _became([kept[month] for month in months]), False),
            table("Searches", "searches", _SEARCHES, sums=True),
            table("Looks", "looks", _LEVELS, sums=True),
            table("Looks from outside a circle, by purpose", "purposes", purposes, sums=True),
        ],
    )


def in_parts(numbers: Sequence[int]) -> tuple[list[str], str]:
    """Say the parts of a figure, and their sum. A small part is left out, and where one is, so is the
    sum: it would say what the small ones come to."""
    whole = all(number >= SMALL for number in numbers)
    return [alone(number) for number in numbers], str(sum(numbers)) if whole else NOT_SHOWN


def alone(number: int) -> str:
    """Say a number, unless it is small."""
    return str(number) if number >= SMALL else FEWER


def _became(months: Sequence[Mapping[tuple[str, str], int]]) -> list[Part]:
    """Say what became of notes: small numbers, and small remainders, are left out."""
    lines: dict[str, list[str]] = {
        "Notes that had a lead to read them": [],
        "Read by the lead": [],
        "Hours until the lead read it, half of the time": [],
        "Acted on": [],
    }
    for month in months:
        whole, read, acted = (
            month.get(("read", part), 0) for part in ("with a lead", "read", "acted on")
        )
        said = [alone(whole), share(read, whole), "", share(acted, whole)]
        hours = month.get(("read", "hours"))
        said[2] = NOT_SHOWN if hours is None else "under 1" if hours < 1 else str(hours)
        for line, text in zip(lines.values(), said, strict=True):
            line.append(text)
    return [Part(label, numbers) for label, numbers in lines.items()]


def share(number: int, whole: int) -> str:
    """Say a share in hundredths, where neither it nor what is left is small."""
    if number < SMALL or whole - number < SMALL:
        return NOT_SHOWN
    return f"{round(100 * number / whole)} %"


def _hours(since: str, until: str | None) -> float:
    return (moment.parse(until or since) - moment.parse(since)).total_seconds() / 3600


def _before(month: date, months: int) -> date:
    """Give the first day of the month so many months before."""
    number = month.year * 12 + month.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _moments(month: date) -> tuple[str, str]:
    """Give when a month in London begins and ends, as moments."""
    begins, ends = (
        datetime.combine(day, time.min, moment.LONDON) for day in (month, _before(month, -1))
    )
    return moment.text(begins), moment.text(ends)
