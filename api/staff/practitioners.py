"""Practitioners: joining, roles, leaving."""

from __future__ import annotations

from collections.abc import Sequence

from api import access
from api.errors import Checks, Conflict, Invalid, NotFound
from api.moment import new_id
from api.record import involvements
from api.staff import guards, words
from api.store import Tx
from api.store import agencies as stored_agencies
from api.store import covers as stored_covers
from api.store import devices as stored_devices
from api.store import invitations as stored_invitations
from api.store import own_family as stored_own_family
from api.store import passkeys as stored_passkeys
from api.store import practitioners as stored
from api.store import sessions as stored_sessions
from api.store import sources as stored_sources
from api.store import subscriptions as stored_subscriptions
from api.store.practitioners import Colleague, Held, Practitioner
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = [
    "Colleague",
    "Held",
    "Practitioner",
    "colleagues",
    "end_role",
    "grant",
    "join",
    "leave",
    "me",
    "of_agency",
    "one",
    "team",
]

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
    with Checks() as check:
        row = {
            "name": check(words.required, name, "name", "their name"),
            "job": check(words.required, job, "job", "their job"),
            "phone": check(words.optional, phone, "phone", "the phone number"),
            "email": check(words.optional, email.lower(), "email", "the e-mail address"),
        }
        number = check(words.optional, staff_number or "", "staff_number", "the staff number")

    def change(tx: Tx) -> str:
        _check_place(tx, actor, agency_id, team_id)
        guards.hire(tx, actor, agency_id, team_id, Action.PRACTITIONER_CHANGED)
        if number and stored.by_staff_number(tx, agency_id, number):
            raise Invalid("Someone of this agency has this staff number already.", "staff_number")
        new = new_id()
        stored.add(
            tx,
            id=new,
            agency_id=agency_id,
            team_id=team_id,
            staff_number=number or None,
            **row,
        )
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
    """Take a role away, at once. Asks for the passkey. Raises as `grant` does, and Conflict for the
    role of the last administrator."""

    def change(tx: Tx) -> None:
        access.require_confirmed(tx, actor, Action.ROLE_CHANGED)
        guards.grant(tx, actor, practitioner_id, role, Action.ROLE_CHANGED)
        if role == "administrator" and scope == "authority":
            _require_another_administrator(tx, practitioner_id)
        stored.end_role(tx, practitioner_id, role, scope, scope_id)
        reason = f"ended {role} of {scope} {scope_id}"
        audit.allowed(tx, actor, Action.ROLE_CHANGED, reason=reason, object=practitioner_id)

    actor.store.write(change)


def leave(actor: Actor, practitioner_id: str) -> None:
    """Record that someone left: devices, sessions, roles, covers and sight end at once.

    Whom they supported passes to the supervisor of their team, who is told. Asks for the passkey.
    Raises NotFound, NotAllowed, ConfirmFirst, Conflict for someone who left before and for the last
    administrator.
    """

    def change(tx: Tx) -> None:
        guards.run_staff(tx, actor, practitioner_id, Action.PRACTITIONER_LEFT)
        if actor.id == practitioner_id:
            sentence = "Nobody records their own leaving. Ask your supervisor."
            raise access.refuse(tx, actor, Action.PRACTITIONER_LEFT, "oneself", sentence)
        access.require_confirmed(tx, actor, Action.PRACTITIONER_LEFT)
        _require_another_administrator(tx, practitioner_id)
        if not stored.leave(tx, practitioner_id):
            raise Conflict("They left before.")
        supervisor = stored.supervisor_of(tx, practitioner_id)
        passed = involvements.hand_over(tx, actor, practitioner_id, supervisor)
        _shut_out(tx, actor, practitioner_id)
        outbox.put(tx, actor, "left", practitioner_id=practitioner_id)
        audit.allowed(
            tx,
            actor,
            Action.PRACTITIONER_LEFT,
            subjects=passed,
            reason=f"passed to {supervisor or 'their agency'}",
            object=practitioner_id,
        )

    actor.store.write(change)


def _require_another_administrator(tx: Tx, practitioner_id: str) -> None:
    stored.hold_administrators(tx)
    holders = stored.holders(tx, "administrator", "authority", "authority")
    if holders == [practitioner_id]:
        raise Conflict("This is the last administrator. Make somebody else one first.")


def _shut_out(tx: Tx, actor: Actor, practitioner_id: str) -> None:
    stored_devices.revoke_all(tx, practitioner_id, actor.id)
    stored_passkeys.revoke_all(tx, practitioner_id)
    stored_sessions.end_of_practitioner(tx, practitioner_id)
    stored_subscriptions.drop_of_practitioner(tx, practitioner_id, "left")
    stored_invitations.withdraw_all(tx, practitioner_id)
    stored_covers.end_all(tx, practitioner_id)
    stored_own_family.forget(tx, practitioner_id)
    stored.end_roles(tx, practitioner_id)


def me(actor: Actor) -> Practitioner:
    """Give the actor's own entry. Raises NotFound for a part of the system."""
    found = stored.find(actor.store, actor.id)
    if found is None:
        raise NotFound(guards.NO_SUCH_PRACTITIONER)
    return found


def by_email(actor: Actor, email: str) -> str:
    """Give the id of the one practitioner with this e-mail address, for the command line.

    Raises NotFound, and Invalid where several share it.
    """
    found = stored.by_email(actor.store, email.strip().lower())
    if not found or not actor.is_system:
        raise NotFound(guards.NO_SUCH_PRACTITIONER)
    if len(found) > 1:
        raise Invalid("Several practitioners have this e-mail address: give the id.", "email")
    return found[0].id


def team(actor: Actor) -> list[Practitioner]:
    """Give those whom the actor supervises, by name: the teams, without the actor."""

    def look(tx: Tx) -> list[Practitioner]:
        teams = [scope for role, scope in access.who(tx, actor).roles if role == "supervisor"]
        found = [one for one in stored.in_teams(tx, teams) if one.id != actor.id]
        audit.allowed(tx, actor, Action.STAFF_LOOKED, reason="team")
        return found

    return actor.store.look(look)


def of_agency(actor: Actor, agency_id: str) -> list[Practitioner]:
    """Give an agency's staff by name, to its administrator. Raises NotAllowed."""

    def look(tx: Tx) -> list[Practitioner]:
        guards.administer(tx, actor, agency_id, Action.STAFF_LOOKED)
        audit.allowed(tx, actor, Action.STAFF_LOOKED, reason="agency", object=agency_id)
        return stored.in_agency(tx, agency_id)

    return actor.store.look(look)


def colleagues(actor: Actor) -> list[Colleague]:
    """Give who else works for the actor's agency, by name: to choose who covers."""
    return stored.colleagues(actor.store, actor.agency_id or "", actor.id)


def one(actor: Actor, practitioner_id: str) -> Practitioner:
    """Give someone's entry, to those who invite them, give them roles or record their leaving.

    Raises NotFound, NotAllowed.
    """

    def look(tx: Tx) -> Practitioner:
        guards.run_staff(tx, actor, practitioner_id, Action.STAFF_LOOKED)
        audit.allowed(tx, actor, Action.STAFF_LOOKED, reason="one", object=practitioner_id)
        found = stored.find(tx, practitioner_id)
        if found is None:
            raise LookupError(practitioner_id)
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


def _check_scope(tx: Tx, scope: str, scope_id: str) -> None:
    known = {
        "authority": lambda: scope_id == "authority",
        "agency": lambda: stored_agencies.find(tx, scope_id) is not None,
        "team": lambda: stored_agencies.team(tx, scope_id) is not None,
        "source": lambda: any(one.id == scope_id for one in stored_sources.every(tx)),
    }
    if not known[scope]():
        raise Invalid("What the role should cover is not there.", "scope")


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
    _check_scope(tx, scope, scope_id)
    if other.left:
        raise Invalid("They have left.", None)
    stored.grant(tx, practitioner_id, role, scope, scope_id, actor.id)
    reason = f"gave {role} of {scope} {scope_id}"
    audit.allowed(tx, actor, Action.ROLE_CHANGED, reason=reason, object=practitioner_id)
