"""Push subscriptions: which browser of whom is told. Signing out lets go of them."""

from __future__ import annotations

from api import access
from api.errors import Invalid
from api.store import Tx
from api.store import subscriptions as stored
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

LONGEST = 2000


def subscribe(actor: Actor, endpoint: str, p256dh: str, auth: str) -> str:
    """Let this session's device be told; give the subscription's id. The last one stands.

    Whether the endpoint is one that may be sent to is for whoever sends. Raises Invalid,
    NotAllowed without a device.
    """
    if not endpoint.startswith("https://") or not all((p256dh, auth)):
        raise Invalid("This browser did not say where to send.", "endpoint")
    if max(len(endpoint), len(p256dh), len(auth)) > LONGEST:
        raise Invalid("This browser did not say where to send.", "endpoint")

    def change(tx: Tx) -> str:
        enrolment = _enrolment(tx, actor)
        subscription = stored.add(tx, enrolment, endpoint, p256dh, auth)
        audit.allowed(tx, actor, Action.PUSH_SUBSCRIBED, reason="subscribed", object=subscription)
        return subscription

    return actor.store.write(change)


def told(actor: Actor) -> bool:
    """Say whether this session's device is told what happens."""
    return actor.enrolment_id is not None and stored.has_one(actor.store, actor.enrolment_id)


def unsubscribe(actor: Actor) -> None:
    """Tell this session's device nothing more. Raises NotAllowed without a device."""

    def change(tx: Tx) -> None:
        stored.drop_of_enrolment(tx, _enrolment(tx, actor), "unsubscribed")
        audit.allowed(tx, actor, Action.PUSH_SUBSCRIBED, reason="unsubscribed")

    actor.store.write(change)


def _enrolment(tx: Tx, actor: Actor) -> str:
    if actor.enrolment_id is None:
        sentence = "Only a device can be told."
        raise access.refuse(tx, actor, Action.PUSH_SUBSCRIBED, "no device", sentence)
    return actor.enrolment_id
