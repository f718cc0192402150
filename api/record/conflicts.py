"""Conflicts of interest: own family, a neighbour. Who declares one sees nothing of the person
afterwards, and cannot take it back: their supervisor can, or the governance lead. They can still say
that the person is in danger (`access.may_write`)."""

from __future__ import annotations

from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.errors import Conflict, NotFound
from api.record import asserting, briefs
from api.record.briefs import Brief
from api.store import Tx
from api.store import access as stored_access
from api.store import conflicts as stored
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action


@dataclass(frozen=True)
class Declared:
    """A declaration by one of my staff: not about whom, which is theirs to say."""

    id: str
    practitioner: str
    declared_at: str


def declare(actor: Actor, person_id: str, why: str = "") -> str:
    """Declare a conflict of interest of one's own; give its id.

    Raises NotFound where the person does not exist for the actor, as after declaring.
    """
    why = asserting.check_reason(why) if why.strip() else ""

    def change(tx: Tx) -> str:
        identity = _require(tx, actor, person_id, Action.CONFLICT_DECLARED).standing.identity_id
        id = stored.add(tx, actor.id, identity)
        audit.allowed(
            tx,
            actor,
            Action.CONFLICT_DECLARED,
            subjects=[identity],
            object=id,
            reason="declared",
            details=why,
        )
        return id

    return actor.store.write(change)


def about(actor: Actor, person_id: str) -> Brief:
    """Give whom somebody is about to declare a conflict about: to a governance lead, as to anybody outside
    the circle. Raises NotFound where the person does not exist for the actor."""

    def looking(tx: Tx) -> Brief:
        verdict = _require(tx, actor, person_id, Action.PERSON_LOOKED)
        identity = verdict.standing.identity_id
        audit.allowed(tx, actor, Action.PERSON_LOOKED, subjects=[identity], reason="to write")
        return briefs.shown(tx, verdict, person_id)

    return actor.store.look(looking)


def end(actor: Actor, conflict_id: str, reason: str) -> None:
    """End a declaration of somebody whom the actor supervises or governs, never one's own."""
    reason = asserting.check_reason(reason)

    def change(tx: Tx) -> None:
        declared = stored.find(tx, conflict_id)
        if declared is None or not (actor.is_system or _may_end(tx, actor, declared)):
            audit.refused(tx, actor, Action.CONFLICT_DECLARED, reason="may not end")
            raise NotFound("There is no such entry here.")
        if declared.ended_at:
            raise Conflict("This was ended already.")
        stored.end(tx, conflict_id, actor.id)
        audit.allowed(
            tx,
            actor,
            Action.CONFLICT_DECLARED,
            subjects=[declared.person_id],
            object=conflict_id,
            reason="ended",
            details=reason,
        )

    actor.store.write(change)


def under(actor: Actor) -> list[Declared]:
    """Give the declarations of those whom the actor supervises or governs, oldest first."""

    def looking(tx: Tx) -> list[Declared]:
        audit.allowed(tx, actor, Action.STAFF_LOOKED, reason="conflicts of interest")
        held = stored.under(tx, access.who(tx, actor))
        return [Declared(one.id, one.practitioner, one.declared_at) for one in held]

    return actor.store.look(looking)


def _require(tx: Tx, actor: Actor, person_id: str, action: Action) -> Verdict:
    verdict = access.verdict(tx, access.who(tx, actor), person_id)
    if access.may_declare(verdict.standing) and verdict.standing.identity_id:
        return verdict
    return access.require(tx, actor, person_id, Sight.OUTSIDE, action)


def _may_end(tx: Tx, actor: Actor, declared: stored.Conflict) -> bool:
    me, other = access.who(tx, actor), stored_access.me(tx, declared.practitioner_id)
    return access.may_end_conflict(me, other)
