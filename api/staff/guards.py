"""The doors of this room: each asks a rule of `api.access`, and leaves the refusal's row."""

from __future__ import annotations

from collections.abc import Callable

from api import access
from api.errors import NotFound
from api.store import Tx
from api.store import access as stored
from api.store.access import Me
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

NO_SUCH_PRACTITIONER = "There is no such practitioner here."


def run_agencies(tx: Tx, actor: Actor, action: Action) -> None:
    """Let an administrator and the system through. Raises NotAllowed."""
    if not actor.is_system and not access.may_run_agencies(access.who(tx, actor)):
        raise access.refuse(
            tx, actor, action, "no role for it", "Only an administrator may do this."
        )


def administer(tx: Tx, actor: Actor, agency_id: str, action: Action) -> None:
    """Let through an administrator of this agency or of the authority. Raises NotAllowed."""
    sentence = "Only an administrator may do this."
    _ask(tx, actor, action, lambda me: access.may_run_agency(me, agency_id), sentence)


def run_staff(tx: Tx, actor: Actor, practitioner_id: str, action: Action) -> Me:
    """Let an administrator, this practitioner's supervisor and the system through; give the
    practitioner as the rules see one. Raises NotFound, NotAllowed."""
    other = _find(tx, actor, practitioner_id, action)
    sentence = "Only their supervisor or an administrator may do this."
    _ask(tx, actor, action, lambda me: access.may_run_staff(me, other), sentence)
    return other


def hire(tx: Tx, actor: Actor, agency_id: str, team_id: str | None, action: Action) -> None:
    """Let through whoever may add to this agency's staff, or to this team. Raises NotAllowed."""
    sentence = "Only their supervisor or an administrator may do this."
    _ask(tx, actor, action, lambda me: access.may_hire(me, agency_id, team_id), sentence)


def invite(tx: Tx, actor: Actor, practitioner_id: str, action: Action) -> Me:
    """Let through whoever may invite this practitioner, and give them as the rules see one.
    Raises NotFound, NotAllowed."""
    other = _find(tx, actor, practitioner_id, action)
    sentence = "Only their supervisor or an administrator may do this."
    _ask(tx, actor, action, lambda me: access.may_invite(me, other), sentence)
    return other


def grant(tx: Tx, actor: Actor, practitioner_id: str, role: str, action: Action) -> Me:
    """Let through whoever may give this role to this practitioner, or take it away."""
    other = _find(tx, actor, practitioner_id, action)
    sentence = f"You may not decide who is {role} here."
    _ask(tx, actor, action, lambda me: access.may_grant(me, other, role), sentence)
    return other


def approve(tx: Tx, actor: Actor, practitioner_id: str, action: Action) -> Me:
    """Let through whoever may approve this practitioner's devices: never themselves."""
    other = _find(tx, actor, practitioner_id, action)
    own = actor.id == practitioner_id
    sentence = (
        "Nobody approves their own device. Ask another approver."
        if own
        else "Only an approver of their agency, their supervisor or an administrator may do this."
    )
    _ask(tx, actor, action, lambda me: access.may_approve(me, other), sentence)
    return other


def _find(tx: Tx, actor: Actor, practitioner_id: str, action: Action) -> Me:
    try:
        return stored.me(tx, practitioner_id)
    except LookupError:
        audit.refused(tx, actor, action, reason="no such practitioner")
        raise NotFound(NO_SUCH_PRACTITIONER) from None


def _ask(tx: Tx, actor: Actor, action: Action, rule: Callable[[Me], bool], sentence: str) -> None:
    if not actor.is_system and not rule(access.who(tx, actor)):
        raise access.refuse(tx, actor, action, "no role for it", sentence)
