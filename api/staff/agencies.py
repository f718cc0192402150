"""Agencies and their teams."""

from __future__ import annotations

from api.errors import Invalid, NotFound
from api.moment import new_id
from api.staff import guards, words
from api.store import Tx
from api.store import agencies as stored
from api.store.agencies import Agency, Team
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["Agency", "Team", "add_team", "list_agencies", "list_teams", "open_agency"]


def open_agency(
    actor: Actor, name: str, kind: str, *, phone: str, email: str = "", sensitive: bool = False
) -> str:
    """Open an agency; give its id. Raises Invalid, NotAllowed for all but an administrator."""
    name = words.required(name, "name", "the agency's name")
    phone = words.optional(phone, "phone", "the phone number")
    email = words.optional(email, "email", "the e-mail address")

    def change(tx: Tx) -> str:
        guards.run_agencies(tx, actor, Action.AGENCY_CHANGED)
        if not stored.is_kind(tx, kind):
            raise Invalid("Choose a kind of agency from the list.", "kind")
        if stored.named(tx, name):
            raise Invalid("There is an agency of this name already.", "name")
        agency_id = new_id()
        stored.add(tx, agency_id, name, kind, phone, email, sensitive)
        audit.allowed(tx, actor, Action.AGENCY_CHANGED, reason="opened", object=agency_id)
        return agency_id

    return actor.store.write(change)


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
