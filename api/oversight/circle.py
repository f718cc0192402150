"""Who looked at a person, for their circle: who, on which day, how much, and why.

What one practitioner did on one day is one line. A look by who stands for a sensitive agency is left out
for all but those who are shown their involvement; and where it is hidden where somebody is, so is the
name of whoever would say it. Times of day are not said: they would say who wrote through the relay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from api import access, moment
from api.access import Sight
from api.errors import Invalid
from api.oversight import watching, wording
from api.oversight.watching import Who
from api.record import briefs
from api.record.briefs import Brief
from api.store import Tx
from api.store import looks as stored
from api.store.looks import DayLook
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

PAGE = 30
# So many rows of the trail are put together for one page.
ROWS = 1000

_SHOWS = ("details", "page", "search", "list", "")


@dataclass
class Line:
    """What one practitioner saw of a person on one day: `did` in words, most telling first."""

    day: str
    who: Who
    did: Sequence[str]
    why: Sequence[str]
    times: int


@dataclass(frozen=True)
class WhoLooked:
    """A page of who looked at a person, newest day first; `more` is where the next one begins."""

    brief: Brief
    lines: Sequence[Line]
    more: str | None


@dataclass
class _Day:
    actions: dict[str, None] = field(default_factory=dict)
    reasons: dict[tuple[str, str], None] = field(default_factory=dict)
    times: int = 0


def around(actor: Actor, person_id: str, before: str = "") -> WhoLooked:
    """Give who looked at a person, to somebody in their circle, on the days before `before`.

    Raises NotFound or NotAllowed outside the circle's sight, Invalid for what is no day.
    """
    until = watching.moments(_read(before))[0] if before else "9"

    def looking(tx: Tx) -> WhoLooked:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.AUDIT_LOOKED)
        standing = verdict.standing
        identity = standing.identity_id
        rows = stored.around(
            tx,
            standing.me,
            identity,
            until,
            wording.TOLD_TO_CIRCLE,
            ROWS,
        )
        audit.allowed(tx, actor, Action.AUDIT_LOOKED, subjects=[identity], reason="who looked")
        days = _by_day(rows)
        kept = _whole(days, whole=len(rows) < ROWS)
        who = watching.who(
            tx,
            {looker for day in kept for looker in days[day]},
            place_hidden=verdict.location_hidden,
        )
        purposes = watching.purposes(tx)
        lines = [
            Line(
                day=day,
                who=who[looker],
                did=[wording.did(action) for action in sorted(seen.actions, key=_telling)],
                why=_why(seen, purposes),
                times=seen.times,
            )
            for day in kept
            for looker, seen in days[day].items()
            if looker in who
        ]
        more = kept[-1] if kept and (len(kept) < len(days) or len(rows) == ROWS) else None
        return WhoLooked(briefs.shown(tx, verdict, person_id), lines, more)

    return actor.store.look(looking)


def _by_day(rows: Sequence[DayLook]) -> dict[str, dict[str, _Day]]:
    """Put together what each did on each day in London, newest first."""
    days: dict[str, dict[str, _Day]] = {}
    for row in rows:
        seen = days.setdefault(moment.day(row.at).isoformat(), {}).setdefault(row.actor, _Day())
        seen.times += 1
        seen.actions[row.action] = None
        if row.reason:
            seen.reasons[row.action, row.reason] = None
    return days


def _whole(days: dict[str, dict[str, _Day]], *, whole: bool) -> list[str]:
    """Give the days of a page: as many as fill it, and none of which a part may be missing."""
    known = list(days) if whole or len(days) == 1 else list(days)[:-1]
    kept: list[str] = []
    lines = 0
    for day in known:
        if kept and lines + len(days[day]) > PAGE:
            break
        kept.append(day)
        lines += len(days[day])
    return kept


def _why(seen: _Day, purposes: dict[str, str]) -> list[str]:
    """Give why in words, each once. Which page it was is no reason."""
    said = (
        wording.why(action, "allowed", reason, purposes)
        for action, reason in seen.reasons
        if reason not in wording.WHICH
    )
    return list(dict.fromkeys(words for words in said if words))


def _telling(action: str) -> int:
    return _SHOWS.index(wording.level(action))


def _read(before: str) -> date:
    try:
        return date.fromisoformat(before)
    except ValueError:
        raise Invalid(watching.NO_PAGE) from None
