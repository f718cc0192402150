"""Covers: someone stands in for someone else until an end date, and sees what they see."""

from __future__ import annotations

from datetime import date

from api import access, moment
from api.errors import Checks, Invalid, NotFound
from api.moment import new_id
from api.staff import guards
from api.store import Tx
from api.store import access as stored_access
from api.store import covers as stored
from api.store.covers import Cover
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["Cover", "add", "end", "mine"]

LONGEST_DAYS = 366


def add(actor: Actor, covered_id: str, covering_id: str, starts_on: str, ends_on: str) -> str:
    """Let one practitioner cover for another from one day up to, but not including, another.

    One may arrange one's own cover; an administrator, or the supervisor of whoever is covered, may
    arrange another's. Both are of one agency. Raises Invalid, NotFound, NotAllowed; gives the id.
    """
    with Checks() as check:
        check.that(bool(covering_id), "Choose who covers.", "covering_id")
        starts = check(_day, starts_on, "starts_on", "first")
        ends = check(_day, ends_on, "ends_on", "last")

    def change(tx: Tx) -> str:
        _check_days(starts, ends, date.fromisoformat(tx.today))
        _require(tx, actor, covered_id)
        covered = _practitioner(tx, actor, covered_id)
        covering = _practitioner(tx, actor, covering_id)
        if covered_id == covering_id:
            raise Invalid("Choose somebody else to cover.", "covering_id")
        if covering.agency_id != covered.agency_id:
            raise Invalid("Choose someone from the same agency.", "covering_id")
        if stored.overlaps(tx, covered_id, covering_id, starts.isoformat(), ends.isoformat()):
            raise Invalid("They cover on some of these days already.", "covering_id")
        cover_id = new_id()
        days = starts.isoformat(), ends.isoformat()
        stored.add(tx, cover_id, covered_id, covering_id, *days, actor.id)
        reason = f"{covering_id} covers for {covered_id} from {days[0]} to {days[1]}"
        audit.allowed(tx, actor, Action.COVER_CHANGED, reason=reason, object=cover_id)
        return cover_id

    return actor.store.write(change)


def end(actor: Actor, cover_id: str) -> None:
    """End a cover at once: whoever is covered or covers, their supervisor, an administrator.

    Raises NotFound for anybody else, who learns of no cover: it may be within a sealed service.
    """

    def change(tx: Tx) -> None:
        cover = stored.find(tx, cover_id)
        if cover is None or not _may_end(tx, actor, cover):
            audit.refused(tx, actor, Action.COVER_CHANGED, reason="no such cover")
            raise NotFound("There is no such cover, or it has ended.")
        stored.end(tx, cover_id)
        audit.allowed(tx, actor, Action.COVER_CHANGED, reason="ended", object=cover_id)

    actor.store.write(change)


def mine(actor: Actor) -> list[Cover]:
    """Give the covers, now or to come, for the actor and by the actor."""
    return stored.of(actor.store, actor.id, moment.day(actor.store.now()).isoformat())


def _require(tx: Tx, actor: Actor, covered_id: str) -> None:
    if actor.id != covered_id:
        guards.run_staff(tx, actor, covered_id, Action.COVER_CHANGED)


def _may_end(tx: Tx, actor: Actor, cover: Cover) -> bool:
    if actor.is_system or actor.id in (cover.covering_id, cover.covered_id):
        return True
    covered = stored_access.me(tx, cover.covered_id)
    return access.may_run_staff(access.who(tx, actor), covered)


def _practitioner(tx: Tx, actor: Actor, practitioner_id: str) -> stored_access.Me:
    try:
        found = stored_access.me(tx, practitioner_id)
    except LookupError:
        found = None
    if found is None or found.left:
        audit.refused(tx, actor, Action.COVER_CHANGED, reason="no such practitioner")
        raise NotFound(guards.NO_SUCH_PRACTITIONER)
    return found


def _day(text: str, field: str, which: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"Enter the {which} day, such as 27 3 2026.", field) from None


def _check_days(starts: date, ends: date, today: date) -> None:
    if ends <= starts:
        raise Invalid("The cover must end after it starts.", "ends_on")
    if ends <= today:
        raise Invalid("The cover must end in the future.", "ends_on")
    if (ends - starts).days > LONGEST_DAYS:
        raise Invalid("A cover lasts a year at most.", "ends_on")
