"""Governance leads, and about whom they answer for something that is kept."""

from __future__ import annotations

from api import access
from api.access import Verdict
from api.errors import Invalid, NotFound
from api.store import Tx
from api.store import retention as stored
from api.store.access import Me
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

REASON_LENGTH = 1000


def require(tx: Tx, actor: Actor, action: Action) -> Me:
    """Give a governance lead as the rules see one. Raises NotAllowed."""
    me = access.who(tx, actor)
    if not access.is_governance_lead(me):
        raise access.refuse(
            tx, actor, action, "no governance lead", "This is for governance leads."
        )
    return me


def require_person(tx: Tx, actor: Actor, person_id: str, action: Action) -> Verdict:
    """Decide on a governance lead and a person whom they answer for. Raises NotFound where the person
    is closed to them, or their agency keeps nothing about them."""
    me = require(tx, actor, action)
    verdict = access.verdict(tx, me, person_id)
    identity = verdict.standing.identity_id
    if identity and not access.is_closed(verdict.standing) and answers(tx, me, identity):
        return verdict
    audit.refused(tx, actor, action, subjects=[identity] if identity else [], reason="not theirs")
    raise NotFound(access.NO_SUCH_PERSON)


def answers(tx: Tx, me: Me, identity: str) -> bool:
    """Say whether somebody answers for anything that is kept about a person."""
    if access.governs_authority(me):
        return True
    agencies = stored.agencies(tx)
    return any(
        access.answers_for(me, one.agency_id, bool(agencies[one.agency_id]["sensitive"]))
        for one in stored.kept(tx, identity_id=identity)
    )


def check_reason(reason: str) -> str:
    """Give a reason as it was typed. Raises Invalid where there is none, or too much."""
    reason = reason.strip()
    if not reason:
        raise Invalid("Say why.", "reason")
    if len(reason) > REASON_LENGTH:
        raise Invalid(f"Use {REASON_LENGTH:,} characters or fewer.", "reason")
    return reason
