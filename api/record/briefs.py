"""One person in a list or a choice: enough not to mistake them for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.access import Sight, Verdict
from api.store import Tx
from api.store import access as stored_access
from api.store import people as stored
from api.store.access import HIDDEN_PLACE, Me
from api.store.people import Known

__all__ = ["HIDDEN_PLACE", "Brief", "age_on", "brief_of", "many", "shown"]


@dataclass(frozen=True)
class Brief:
    """Name, age and school. `id` is what this actor's addresses take."""

    id: str
    name: str
    first_name: str
    born_on: str | None
    expected_on: str | None
    died_on: str | None
    age: str
    school: str


def shown(tx: Tx, verdict: Verdict, person_id: str) -> Brief:
    """Give a person's brief as this sight shows it: outside, no more than the birth year."""
    standing = verdict.standing
    if verdict.sight is Sight.OWN and standing.made_record:
        return brief_of(stored.as_written(tx, person_id, standing.me), tx.today)
    known = stored.known(tx, [standing.identity_id], standing.me)[standing.identity_id]
    return brief_of(known, tx.today, outside=verdict.sight < Sight.DIRECTORY)


def many(tx: Tx, me: Me, identities: Sequence[str], *, outside: bool = False) -> dict[str, Brief]:
    """Give the briefs of people whose access was decided already; from `outside`, no more than the
    birth year."""
    known = stored.known(tx, list(identities), me)
    return {id: brief_of(person, tx.today, outside=outside) for id, person in known.items()}


@dataclass(frozen=True)
class Seen:
    """Somebody in another person's list, decided by their own access: outside their circle no more
    than name and birth year. `directory` is at least that view, `circle` the circle's sight."""

    brief: Brief
    directory: bool
    circle: bool
    location_hidden: bool


def decided(tx: Tx, me: Me, identities: Sequence[str]) -> dict[str, Seen]:
    """Give the briefs of people who may be known, each as far as their own access goes."""
    if not identities:
        return {}
    known = stored.known(tx, list(identities), me)
    return {
        id: Seen(
            brief=brief_of(known[id], tx.today, outside=not sees.directory),
            directory=bool(sees.directory),
            circle=bool(sees.circle),
            location_hidden=bool(sees.location_hidden),
        )
        for id, sees in stored_access.seen(tx, me, list(known)).items()
    }


def age_on(today: str, known: Known) -> str:
    """Say how old a person is on a date, as people say it."""
    died, born, due = (known.particular(c) for c in ("died_on", "born_on", "expected_on"))
    if died:
        return f"died {_long_date(died)}"
    if born:
        years, months = _years_months(date.fromisoformat(born), date.fromisoformat(today))
        if years >= 2:
            return f"{years} years"
        total = years * 12 + months
        if total >= 1:
            return f"{total} month{'' if total == 1 else 's'}"
        weeks = (date.fromisoformat(today) - date.fromisoformat(born)).days // 7
        return f"{weeks} week{'' if weeks == 1 else 's'}" if weeks > 0 else "newborn"
    if due:
        return f"due {_long_date(due)}"
    return "age not known"


def brief_of(known: Known, today: str, outside: bool = False) -> Brief:
    """Make a person's brief from what is known; outside a circle no more than the birth year."""
    name = next((row for row in known.names if row["kind"] == "full"), None)
    name = name or next(iter(known.names), None)
    born, due = known.particular("born_on"), known.particular("expected_on")
    if name:
        full = f"{name['first']} {name['last']}".strip()
        first = name["first"] or full
    else:
        baby = "Baby" if born else "Unborn baby"
        full = f"{baby} of {known.mother}" if known.mother else f"{baby} (not yet named)"
        first = "this baby"
    return Brief(
        id=known.id,
        name=full,
        first_name=first,
        born_on=None if outside else born,
        expected_on=None if outside else due,
        died_on=None if outside else known.particular("died_on"),
        age=_year_of(known) if outside else age_on(today, known),
        school="" if outside else known.school,
    )


def _year_of(known: Known) -> str:
    """Say how old somebody is to whom no day is told."""
    for said, column in (("died", "died_on"), ("born", "born_on"), ("due", "expected_on")):
        day = known.particular(column)
        if day:
            return f"{said} {day[:4]}"
    return "age not known"


def _years_months(born: date, today: date) -> tuple[int, int]:
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return divmod(max(0, months), 12)


def _long_date(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day.strftime('%B %Y')}"
