"""Practitioners: joining, roles, leaving."""

from __future__ import annotations

from collections.abc import Sequence

from api import access
from api.errors import Invalid, NotFound
from api.moment import new_id
from api.staff import guards, words
from api.store import Tx
from api.store import agencies as stored_agencies
from api.store import practitioners as stored
from api.store.practitioners import Held, Practitioner
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["Held", "Practitioner", "end_role", "grant", "join", "me", "team"]

ROLES = (
    "practitioner",
    "reporter",
    "supervisor",
    "safeguarding lead",
    "approver",
    "data steward",
    "governance lead",
    "administrator",
)
SCOPES = ("authority", "agency", "team", "source")


def join(
    actor: Actor,
    *,
    agency_id: str,
    name: str,
    job: str,
    team_id: str | None = None,
    phone: str = "",
    email: str = "",
    staff_number: str | None = None,
    roles: Sequence[str] = ("practitioner",),
) -> str:
    """Add someone to the staff with these roles; give their id.

    A supervisor's scope is their team, an administrator's the authority, everyone else's their
    agency. An administrator may add anyone; a supervisor a practitioner or reporter of their team.
    Raises Invalid, NotFound, NotAllowed.
    """
    row = {
        "name": words.required(name, "name", "their name"),
        "job": words.required(job, "job", "their job"),
        "phone": words.optional(phone, "phone", "the phone number"),
        "email": words.optional(email, "email", "the e-mail address").lower(),
    }
    number = words.optional(staff_number or "", "staff_number", "the staff number") or None

    def change(tx: Tx) -> str:
        _check_place(tx, actor, agency_id, team_id)
        if number and stored.by_staff_number(tx, agency_id, number):
            raise Invalid("Someone of this agency has this staff number already.", "staff_number")
        new = new_id()
        stored.add(tx, id=new, agency_id=agency_id, team_id=team_id, staff_number=number, **row)
        guards.run_staff(tx, actor, new, Action.PRACTITIONER_CHANGED)
        for role in roles:
            scope, scope_id = _usual_scope(role, agency_id, team_id)
            _grant(tx, actor, new, role, scope, scope_id)
        audit.allowed(tx, actor, Action.PRACTITIONER_CHANGED, reason="joined", object=new)
        return new

    return actor.store.write(change)


def grant(actor: Actor, practitioner_id: str, role: str, scope: str, scope_id: str) -> None:
    """Give a role. Asks for the passkey. Raises Invalid, NotFound, NotAllowed, ConfirmFirst."""

    def change(tx: Tx) -> None:
        access.require_confirmed(tx, actor, Action.ROLE_CHANGED)
        _grant(tx, actor, practitioner_id, role, scope, scope_id)

    actor.store.write(change)


def end_role(actor: Actor, practitioner_id: str, role: str, scope: str, scope_id: str) -> None:
    """Take a role away, at once. Asks for the passkey. Raises as `grant` does."""

    def change(tx: Tx) -> None:
        access.require_confirmed(tx, actor, Action.ROLE_CHANGED)
        guards.grant(tx, actor, practitioner_id, role, Action.ROLE_CHANGED)
        stored.end_role(tx, practitioner_id, role, scope, scope_id)
        reason = f"ended {role} of {scope} {scope_id}"
        audit.allowed(tx, actor, Action.ROLE_CHANGED, reason=reason, object=practitioner_id)

    actor.store.write(change)


def me(actor: Actor) -> Practitioner:
    """Give the actor's own entry. Raises NotFound for a part of the system."""
    found = stored.find(actor.store, actor.id)
    if found is None:
        raise NotFound(guards.NO_SUCH_PRACTITIONER)
    return found


def team(actor: Actor) -> list[Practitioner]:
    """Give those whom the actor supervises, by name: the teams, without the actor."""

    def look(tx: Tx) -> list[Practitioner]:
        teams = [scope for role, scope in access.who(tx, actor).roles if role == "supervisor"]
        found = [one for one in stored.in_teams(tx, teams) if one.id != actor.id]
        audit.allowed(tx, actor, Action.STAFF_LOOKED, reason="team")
        return found

    return actor.store.look(look)


def _check_place(tx: Tx, actor: Actor, agency_id: str, team_id: str | None) -> None:
    if stored_agencies.find(tx, agency_id) is None:
        audit.refused(tx, actor, Action.PRACTITIONER_CHANGED, reason="no such agency")
        raise NotFound("There is no such agency here.")
    if team_id is not None:
        team = stored_agencies.team(tx, team_id)
        if team is None or team.agency_id != agency_id:
            raise Invalid("Choose a team of this agency.", "team_id")


def _usual_scope(role: str, agency_id: str, team_id: str | None) -> tuple[str, str]:
    if role == "administrator":
        return "authority", "authority"
    if role == "supervisor":
        if team_id is None:
            raise Invalid("A supervisor needs a team.", "team_id")
        return "team", team_id
    return "agency", agency_id


def _grant(
    tx: Tx, actor: Actor, practitioner_id: str, role: str, scope: str, scope_id: str
) -> None:
    if role not in ROLES:
        raise Invalid("Choose a role from the list.", "role")
    if scope not in SCOPES:
        raise Invalid("Choose what the role covers.", "scope")
    if role == "supervisor" and scope != "team":
        raise Invalid("A supervisor's role covers a team.", "scope")
    other = guards.grant(tx, actor, practitioner_id, role, Action.ROLE_CHANGED)
    if other.left:
        raise Invalid("They have left.", None)
    stored.grant(tx, practitioner_id, role, scope, scope_id, actor.id)
    reason = f"gave {role} of {scope} {scope_id}"
    audit.allowed(tx, actor, Action.ROLE_CHANGED, reason=reason, object=practitioner_id)
