"""Invitations: a link that works once, for 24 hours. A lost passkey is a new invitation."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn

from api import access, moment
from api.authority import Authority
from api.errors import Conflict, NotFound
from api.moment import new_id
from api.staff import agencies, guards, secrets
from api.store import Tx
from api.store import invitations as stored
from api.store.invitations import Invitation
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["NO_SUCH_INVITATION", "Invitation", "find", "make"]

LASTS = timedelta(hours=24)

NO_SUCH_INVITATION = (
    "This invitation does not work: it was used, or it is older than 24 hours. "
    "Ask whoever sent it for a new one."
)


def make(actor: Actor, practitioner_id: str) -> str:
    """Invite someone to make a passkey; give the secret of the link, which is shown this once.

    Earlier links that they have not used stop working. For their supervisor (but for who holds a
    role over the whole authority), an administrator and the system. Raises NotFound, NotAllowed, ConfirmFirst, Conflict for someone who left.
    """
    token = secrets.make()

    def change(tx: Tx) -> None:
        other = guards.invite(tx, actor, practitioner_id, Action.INVITATION_MADE)
        access.require_confirmed(tx, actor, Action.INVITATION_MADE)
        agencies.require_open(tx, other.agency_id)
        if other.left:
            raise Conflict("They have left, so they cannot be invited.")
        stored.withdraw_all(tx, practitioner_id)
        invitation_id = new_id()
        expires_at = moment.text(moment.parse(tx.now) + LASTS)
        stored.add(tx, invitation_id, practitioner_id, secrets.digest(token), actor.id, expires_at)
        audit.allowed(tx, actor, Action.INVITATION_MADE, object=practitioner_id)

    actor.store.write(change)
    return token


def find(authority: Authority, token: str) -> Invitation:
    """Give the invitation behind a link, using nothing up. Raises NotFound."""
    store = authority.store
    found = stored.find(store, secrets.digest(token), store.now())
    return found or store.look(lambda tx: _no_such(tx, authority))


def _no_such(tx: Tx, authority: Authority) -> NoReturn:
    actor = Actor.system(authority, "enrolment")
    audit.refused(tx, actor, Action.INVITATION_USED, reason="does not work")
    raise NotFound(NO_SUCH_INVITATION)
