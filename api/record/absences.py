"""What it means that a source names nobody: no record, not covered, silent. Never an answer by itself.

A sensitive agency's source always reads "not shown here", whether or not it knows somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api import access, moment
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
        _absence(one.source, one.sensitive, brief, today)
        for one in stored.naming(tx, verdict.standing.identity_id)
        if one.sensitive
        or not one.names
        or (_too_young_or_old(one.source, brief, today) and not one.admits)
    ]


def _too_young_or_old(source: Source, brief: Brief, today: date) -> str:
    """Such a source is not shown to name anybody, but for those whom it let into the circle."""
    return access.not_of_age(brief.born_on, today.isoformat(), source.ages_from, source.ages_to)


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
    return _too_young_or_old(source, brief, today)
