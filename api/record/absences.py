"""What it means that a source names nobody: no record, not covered, silent. Never an answer by itself.

A sensitive agency's source always reads "not shown here", whether or not it knows somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api import moment
from api.access import Sight, Verdict
from api.facts import sources
from api.record.briefs import Brief
from api.store import Tx
from api.store import sources as stored
from api.store.sources import Source


@dataclass(frozen=True)
class Absence:
    """A source that names nobody who supports a person. `kind` is "no record", "not covered" (and
    `why`), "silent" or "not shown"; `since` the day on which it last reported, if it ever did."""

    source: str
    kind: str
    why: str = ""
    since: str | None = None


def of(tx: Tx, verdict: Verdict, brief: Brief) -> Sequence[Absence]:
    """Give the sources that name nobody, by name; inside a look. None where it is hidden where the
    person is: which schools have no record would say which one has."""
    if verdict.sight < Sight.DIRECTORY or verdict.location_hidden:
        return ()
    today = moment.day(tx.now)
    return [
        _absence(source, sensitive, brief, today)
        for source, sensitive, names in stored.naming(tx, verdict.standing.identity_id)
        if sensitive or not names
    ]


def _absence(source: Source, sensitive: bool, brief: Brief, today: date) -> Absence:
    if sensitive:
        return Absence(source.name, "not shown")
    fresh = sources.freshness(source, today)
    why = _not_covered(source, brief, today)
    if why:
        return Absence(source.name, "not covered", why, fresh.since)
    kind = "silent" if fresh.state in ("silent", "new") else "no record"
    return Absence(source.name, kind, since=fresh.since)


def _not_covered(source: Source, brief: Brief, today: date) -> str:
    if source.covers_to and source.covers_to <= today.isoformat():
        return f"nothing from {sources.spoken(source.covers_to)} on"
    if source.covers_from and source.covers_from > today.isoformat():
        return f"nothing before {sources.spoken(source.covers_from)}"
    if brief.born_on is None:
        return ""
    age = _age(date.fromisoformat(brief.born_on), today)
    if source.ages_from is not None and age < source.ages_from:
        return f"under {source.ages_from}"
    if source.ages_to is not None and age >= source.ages_to:
        return f"{source.ages_to} or over"
    return ""


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
