"""What every page for governance leads begins with: who reads, and how people and lookers are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from api import access, moment
from api.errors import Invalid
from api.facts import matching
from api.record import briefs
from api.store import Tx
from api.store import authority as stored_authority
from api.store import looks as stored
from api.store.access import HIDDEN_PLACE, Me
from api.store.looks import Before
from api.trust.actor import Actor
from api.trust.audit import Action

NOT_YOURS = "This is for governance leads."
NO_PAGE = "There is no such page. Go back to the beginning of the list."


@dataclass(frozen=True)
class Shown:
    """Somebody who was looked at: name, birth year and district, and no more."""

    id: str
    name: str
    born: str
    district: str


@dataclass(frozen=True)
class Who:
    """Who looked: a practitioner, or another system of an agency."""

    id: str
    name: str
    job: str
    agency: str
    is_system: bool = False


def require(tx: Tx, actor: Actor) -> Me:
    """Give a governance lead as the rules see one. Raises NotAllowed for everybody else."""
    me = access.who(tx, actor)
    if not access.is_governance_lead(me):
        raise access.refuse(tx, actor, Action.AUDIT_LOOKED, "no governance lead", NOT_YOURS)
    return me


def people(tx: Tx, me: Me, identities: Iterable[str]) -> dict[str, Shown]:
    """Give those of these people who may be known to `me`, enough to tell them apart."""
    ids = sorted(set(identities))
    if not ids:
        return {}
    known = briefs.many(tx, me, ids, outside=True)
    places = stored.districts(tx, me, ids)
    return {
        id: Shown(id, one.name, one.age, matching.district(places.get(id, "")))
        for id, one in known.items()
    }


def who(tx: Tx, ids: Iterable[str], *, place_hidden: bool = False) -> dict[str, Who]:
    """Give who these are; where it is hidden where somebody is, nobody of an agency that says it."""
    found = stored.lookers(tx, sorted(set(ids)))
    return {
        id: Who(id, HIDDEN_PLACE, "", "")
        if place_hidden and one.located
        else Who(id, one.name, one.job, one.agency, bool(one.is_system))
        for id, one in found.items()
    }


def purposes(tx: Tx) -> dict[str, str]:
    """Give the authority's purposes in its order, each with its label, also those offered no more."""
    return {row["code"]: row["label"] for row in stored_authority.choices(tx, "purposes")}


def read_before(text: str) -> Before | None:
    """Read where a page begins, as `more` wrote it. Raises Invalid for what is none."""
    if not text:
        return None
    at, _, id = text.partition("~")
    if not at or not id or len(text) > 100:
        raise Invalid(NO_PAGE)
    return at, id


def more(rows: Sequence[tuple[str, str]], page: int) -> str | None:
    """Say where the next page begins, of rows as pairs of a moment and an id, one more than a page."""
    if len(rows) <= page:
        return None
    at, id = rows[page - 1]
    return f"{at}~{id}"


def moments(day: date) -> tuple[str, str]:
    """Give when a day in London begins and ends, as moments."""
    begins, ends = (
        datetime.combine(one, time.min, moment.LONDON) for one in (day, day + timedelta(days=1))
    )
    return moment.text(begins), moment.text(ends)
