"""Agencies and their teams. An agency is prepared first, and opens when it has said under which
agreement it shares, who controls what it writes, who leads on safeguarding and who approves devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.errors import Checks, Conflict, Invalid, NotFound
from api.moment import new_id, read_day
from api.staff import guards, words
from api.store import Tx
from api.store import access as stored_access
from api.store import agencies as stored
from api.store import agreements as stored_agreements
from api.store import practitioners as stored_practitioners
from api.store.agencies import Agency, Team
from api.store.agreements import Agreement
from api.store.practitioners import Colleague
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = [
    "Agency",
    "Agreement",
    "Standing",
    "Team",
    "Terms",
    "add",
    "add_team",
    "approvers",
    "list_agencies",
    "list_teams",
    "one",
    "open_agency",
    "standing",
]

NO_KIND = "Choose a kind of agency from the list."
NO_LEAD = "Choose somebody of this agency."
NO_APPROVERS = "Choose two different people who are approvers of this agency, or of all."
NOT_OPEN = "Their agency is not open yet. Record its sharing agreement first."


@dataclass(frozen=True)
class Terms:
    """On which terms an agency takes part. Dates are ISO text, `approver_ids` two different people."""

    agreement: str
    agreed_on: str
    review_on: str
    controller: str
    controller_contact: str
    safeguarding_lead_id: str
    approver_ids: Sequence[str]


@dataclass(frozen=True)
class Standing:
    """How an agency stands: `agreement` is None before one was recorded, and `wants` says in a sentence
    each what is missing from it now."""

    agency: Agency
    agreement: Agreement | None
    wants: Sequence[str]


def add(
    actor: Actor, name: str, kind: str, *, phone: str, email: str = "", sensitive: bool = False
) -> str:
    """Add an agency, which is not open yet; give its id. Raises Invalid, NotAllowed for all but an
    administrator."""
    with Checks() as check:
        name = check(words.required, name, "name", "the agency's name")
        check.that(bool(kind), NO_KIND, "kind")
        phone = check(words.optional, phone, "phone", "the phone number")
        email = check(words.optional, email, "email", "the e-mail address")

    def change(tx: Tx) -> str:
        guards.run_agencies(tx, actor, Action.AGENCY_CHANGED)
        if not stored.is_kind(tx, kind):
            raise Invalid(NO_KIND, "kind")
        if stored.named(tx, name):
            raise Invalid("There is an agency of this name already.", "name")
        agency_id = new_id()
        stored.add(tx, agency_id, name, kind, phone, email, sensitive)
        audit.allowed(tx, actor, Action.AGENCY_CHANGED, reason="added", object=agency_id)
        return agency_id

    return actor.store.write(change)


def open_agency(actor: Actor, agency_id: str, terms: Terms) -> None:
    """Record on which terms an agency takes part, and open it if it was not: from now on its staff can
    be invited and its systems let in. Recording again puts the new terms in the place of the old.

    Asks for the passkey. Raises Invalid, NotFound, NotAllowed for all but an administrator, ConfirmFirst.
    """
    contact = terms.controller_contact
    with Checks() as check:
        said = {
            "agreement": check(
                words.required, terms.agreement, "agreement", "which agreement it is"
            )
        }
        agreed_on = check(_day, terms.agreed_on, "agreed_on", "it was agreed")
        review_on = check(_day, terms.review_on, "review_on", "it is to be reviewed")
        said["controller"] = check(words.required, terms.controller, "controller", "the controller")
        said["controller_contact"] = check(
            words.required, contact, "controller_contact", "how to reach the controller"
        )
        check.that(bool(terms.safeguarding_lead_id), NO_LEAD, "safeguarding_lead_id")
        check.that(len({*terms.approver_ids} - {""}) == 2, NO_APPROVERS, "approver_ids")
    if review_on <= agreed_on:
        raise Invalid("The review must be after the agreement.", "review_on")

    def change(tx: Tx) -> None:
        guards.run_agencies(tx, actor, Action.AGENCY_CHANGED)
        access.require_confirmed(tx, actor, Action.AGENCY_CHANGED)
        if stored.find(tx, agency_id) is None:
            audit.refused(tx, actor, Action.AGENCY_CHANGED, reason="no such agency")
            raise NotFound("There is no such agency here.")
        if agreed_on > tx.today:
            raise Invalid("The agreement cannot be from a day to come.", "agreed_on")
        stored_agreements.add(
            tx,
            agency_id,
            agreed_on=agreed_on,
            review_on=review_on,
            safeguarding_lead_id=_lead(tx, agency_id, terms.safeguarding_lead_id),
            approver_ids=_approvers(tx, agency_id, terms.approver_ids),
            made_by=actor.id,
            **said,
        )
        stored.open_now(tx, agency_id)
        audit.allowed(tx, actor, Action.AGENCY_CHANGED, reason="opened", object=agency_id)

    actor.store.write(change)


def require_open(tx: Tx, agency_id: str) -> None:
    """Raise Conflict for an agency that was not opened yet: nothing of it is let in."""
    agency = stored.find(tx, agency_id)
    if agency is not None and not agency.is_open:
        raise Conflict(NOT_OPEN)


def standing(actor: Actor) -> list[Standing]:
    """Give how every agency stands, by name, to an administrator. Raises NotAllowed."""

    def looking(tx: Tx) -> list[Standing]:
        guards.run_agencies(tx, actor, Action.STAFF_LOOKED)
        audit.allowed(tx, actor, Action.STAFF_LOOKED, reason="agencies")
        held = stored_agreements.standing(tx)
        return [_standing(tx, agency, held.get(agency.id)) for agency in stored.every(tx)]

    return actor.store.look(looking)


def one(actor: Actor, agency_id: str) -> Standing:
    """Give how one agency stands, to an administrator. Raises NotFound, NotAllowed."""
    for found in standing(actor):
        if found.agency.id == agency_id:
            return found
    raise NotFound("There is no such agency here.")


def approvers(actor: Actor, agency_id: str) -> list[Colleague]:
    """Give who may approve devices in an agency, by name, to an administrator. Raises NotAllowed."""

    def looking(tx: Tx) -> list[Colleague]:
        guards.run_agencies(tx, actor, Action.STAFF_LOOKED)
        audit.allowed(tx, actor, Action.STAFF_LOOKED, reason="approvers", object=agency_id)
        return stored_practitioners.approvers(tx, agency_id)

    return actor.store.look(looking)


def _standing(tx: Tx, agency: Agency, agreement: Agreement | None) -> Standing:
    if agreement is None:
        return Standing(agency, None, ["Nobody has recorded a sharing agreement."])
    wants = []
    if agreement.review_on <= tx.today:
        wants.append("The agreement is due for review.")
    if agreement.approvers < 2:
        wants.append("Fewer than two people here can approve devices.")
    return Standing(agency, agreement, wants)


def _day(text: str, field: str, what: str) -> str:
    day = read_day(text, field)
    if day is None:
        raise Invalid(f"Enter when {what}.", field)
    return day.isoformat()


def _lead(tx: Tx, agency_id: str, practitioner_id: str) -> str:
    found = stored_practitioners.find(tx, practitioner_id)
    if found is None or found.left_at or found.agency_id != agency_id:
        raise Invalid(NO_LEAD, "safeguarding_lead_id")
    return found.id


def _approvers(tx: Tx, agency_id: str, ids: Sequence[str]) -> tuple[str, str]:
    chosen = [one for one in dict.fromkeys(ids) if stored_practitioners.find(tx, one)]
    able = [one for one in chosen if access.is_approver(stored_access.me(tx, one), agency_id)]
    if len(able) != 2 or len(ids) != 2:
        raise Invalid(NO_APPROVERS, "approver_ids")
    return able[0], able[1]


def add_team(
    actor: Actor, agency_id: str, name: str, *, phone: str = "", duty: bool = False
) -> str:
    """Add a team to an agency; give its id. Raises Invalid, NotFound, NotAllowed."""
    name = words.required(name, "name", "the team's name")
    phone = words.optional(phone, "phone", "the phone number")

    def change(tx: Tx) -> str:
        guards.run_agencies(tx, actor, Action.AGENCY_CHANGED)
        if stored.find(tx, agency_id) is None:
            audit.refused(tx, actor, Action.AGENCY_CHANGED, reason="no such agency")
            raise NotFound("There is no such agency here.")
        team_id = new_id()
        stored.add_team(tx, team_id, agency_id, name, phone, duty)
        audit.allowed(tx, actor, Action.AGENCY_CHANGED, reason="team added", object=team_id)
        return team_id

    return actor.store.write(change)


def list_agencies(actor: Actor) -> list[Agency]:
    """Give all agencies by name: that an agency exists is no secret, whom it knows is."""
    return stored.every(actor.store)


def list_teams(actor: Actor, agency_id: str) -> list[Team]:
    """Give an agency's teams by name."""
    return stored.teams(actor.store, agency_id)
