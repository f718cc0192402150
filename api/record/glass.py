"""Break-glass: one person's record, opened in an emergency by whoever works with families.

For one hour it shows what the circle sees, and nothing that is sealed, restricted or closed by a
conflict of interest; a protected location stays hidden. It takes a reason and the passkey. The lead and
both supervisors are told at once, another team reviews it (`api.oversight.reviews`), and until then
there is no second one. Nothing seen so is exported or printed (`access.may_take_out`).
"""

from __future__ import annotations

from api import access, moment
from api.access import Sight
from api.errors import Conflict
from api.record import asserting
from api.store import Tx
from api.store import glass as stored
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

OPEN_HOURS = 1

_NOT_YOURS = "Only who works with families can open a record in an emergency."
_NOTHING = "You added this record yourself, and there is nothing on it to open. Ring the front door or 999."
_OUTSTANDING = (
    "Your last one has not been reviewed yet. Until it is, ring the lead, the front door or 999."
)


def open_record(actor: Actor, person_id: str, reason: str) -> str:
    """Open the record of one person for one hour; give the id under which it is reviewed.

    Raises NotFound where the person must not exist for the actor, ConfirmFirst without the passkey,
    NotAllowed while a review of the actor's last one is outstanding, and for a record that they added
    and nobody supports; Conflict where the record is open to them already.
    """
    reason = asserting.check_reason(reason)

    def change(tx: Tx) -> str:
        verdict = access.require(tx, actor, person_id, Sight.OUTSIDE, Action.GLASS_BROKEN)
        standing = verdict.standing
        if not access.works(standing.me):
            raise access.refuse(tx, actor, Action.GLASS_BROKEN, "no working role", _NOT_YOURS)
        if verdict.sight is Sight.CIRCLE:
            raise Conflict("This record is open to you already.")
        if not access.may_break_glass(standing):
            raise access.refuse(tx, actor, Action.GLASS_BROKEN, "nothing to open", _NOTHING)
        if stored.is_outstanding(tx, actor.id):
            raise access.refuse(tx, actor, Action.GLASS_BROKEN, "not reviewed yet", _OUTSTANDING)
        access.require_confirmed(tx, actor, Action.GLASS_BROKEN)
        identity = standing.identity_id
        id = stored.add(
            tx,
            actor.id,
            standing.me.agency_id,
            identity,
            actor.authority.vault.keep(tx, reason, [identity]),
            moment.later(tx.now, hours=OPEN_HOURS),
        )
        outbox.put(tx, actor, "glass broken", person_id=identity)
        audit.allowed(
            tx, actor, Action.GLASS_BROKEN, subjects=[identity], object=id, details=reason
        )
        return id

    return actor.store.write(change)


def is_outstanding(actor: Actor) -> bool:
    """Whether the actor must wait for a review before another one. It shows nobody: it leaves no trace."""
    return stored.is_outstanding(actor.store, actor.id)


def end(actor: Actor) -> None:
    """Close what the actor opened in an emergency, before its hour is over."""

    def change(tx: Tx) -> None:
        ended = stored.end(tx, actor.id)
        for row in ended:
            audit.allowed(
                tx, actor, Action.GLASS_ENDED, subjects=[row["person_id"]], object=row["id"]
            )
        if not ended:
            audit.allowed(tx, actor, Action.GLASS_ENDED, reason="over already")

    actor.store.write(change)
