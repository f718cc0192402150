"""What every change by hand to a person's facts begins with: who may, of whom, and the dates."""

from __future__ import annotations

from dataclasses import dataclass

from api import access, moment
from api.access import Sight
from api.errors import Conflict, Invalid, NotFound
from api.facts import sources
from api.store import Tx
from api.store import assertions as stored
from api.store import people as stored_people
from api.store.access import Me
from api.store.engine import Row
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

REASON_LENGTH = 500
BY_GLASS = (
    "This record is open to you in an emergency only. Log what you know: those who support this person "
    "put it right."
)


@dataclass(frozen=True)
class Admitted:
    """An actor who may change this person's facts; `me` is None for a part of the system."""

    identity_id: str
    me: Me | None


def require_circle(
    tx: Tx, actor: Actor, person_id: str, action: Action, *, steering: str = ""
) -> Admitted:
    """Ask for the circle's sight, and not by break-glass; with `steering` (the sentence that refuses),
    also for the right of the lead or of a supervisor of someone in the circle."""
    if actor.is_system:
        identity = stored_people.identity(tx, person_id)
        if identity is None:
            audit.refused(tx, actor, action, reason="no such person")
            raise NotFound(access.NO_SUCH_PERSON)
        return Admitted(identity, None)
    verdict = access.require(tx, actor, person_id, Sight.CIRCLE, action)
    if not access.may_take_out(verdict.standing):
        raise access.refuse(tx, actor, action, verdict.reason, BY_GLASS)
    if steering and not access.may_admit(verdict.standing):
        raise access.refuse(tx, actor, action, "neither lead nor supervisor", steering)
    return Admitted(verdict.standing.identity_id, verdict.standing.me)


def require_fact(
    tx: Tx, actor: Actor, table: str, fact_id: str, action: Action, *, steering: str = ""
) -> tuple[Admitted, Row]:
    """Find a fact that stands and that the actor may know of, and ask as `require_circle` does.

    Raises NotFound, in one sentence, whether there is none or the actor may not know of it.
    """
    me = None if actor.is_system else access.who(tx, actor)
    fact = stored.find(tx, table, fact_id, me)
    closed = me and fact and access.verdict(tx, me, fact["person_id"]).sight is Sight.NOTHING
    if fact is None or closed:
        audit.refused(tx, actor, action, reason="no such fact")
        raise NotFound("There is no such entry here.")
    return require_circle(tx, actor, fact["person_id"], action, steering=steering), fact


def require_by_hand(tx: Tx, who: Me | None, fact: Row) -> None:
    """Raise Conflict for a fact of a feed, which only the feed can take back; and, for somebody of a
    sealed service, for what others said: it would vanish by nobody who may be known."""
    if fact["source_id"] != sources.practitioners(tx):
        raise Conflict("This comes from another system. It has to be put right there.")
    if not stored.is_of_like(tx, who, fact):
        raise Conflict("Others said this. Say that it has ended: your word stands beside theirs.")


def one_line(text: str) -> str:
    """Give what was typed on one line, without its margins. NUL cannot be kept by every engine."""
    return " ".join(text.replace("\x00", "").split())


def check_day(text: str | None, field: str) -> str | None:
    """Read an ISO date of our time, or none, as it is kept. Raises Invalid."""
    day = moment.read_day(text, field)
    return day.isoformat() if day else None


def check_order(since: str | None, until: str | None) -> None:
    """Raise Invalid where something would end before it began. Dates are half-open."""
    if since and until and until <= since:
        raise Invalid("The end must be after the start.", "ends_on")


def check_reason(reason: str) -> str:
    """Give a reason in words, trimmed. Raises Invalid where there is none or too much of it."""
    reason = reason.strip()
    if not reason:
        raise Invalid("Say why, in a few words.", "reason")
    if len(reason) > REASON_LENGTH:
        raise Invalid(f"Use {REASON_LENGTH} characters or fewer.", "reason")
    return reason
