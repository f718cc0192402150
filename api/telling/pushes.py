"""Pushes on their way: claimed by a worker for a minute, sent, and settled.

A claim is a lease. A worker that is killed loses it, another takes the delivery up again, and the
tag of the message keeps a repeat from showing twice.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api import moment
from api.authority import Authority
from api.store import Tx
from api.store import deliveries as stored
from api.store.deliveries import Claim, Subscription

LEASE_SECONDS = 60
GIVE_UP_HOURS = 24
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 3600
LONGEST_ASKED_SECONDS = 6 * 3600

NO_DEVICE = "no device takes push any more"

__all__ = ["Claim", "Outcome", "Subscription", "claim", "settle"]


@dataclass(frozen=True)
class Outcome:
    """What came of sending to one subscription.

    taken: the push service has it. gone: it does not know the subscription any more. later: try
    again, `wait` seconds from now if it said so. refused: it will never take this.
    """

    subscription_id: str
    result: Literal["taken", "gone", "later", "refused"]
    why: str = ""
    wait: float | None = None


def claim(authority: Authority, limit: int) -> list[Claim]:
    """Claim up to `limit` due pushes for the next minute, with the subscriptions to send to."""
    store = authority.store
    if not stored.has_due(store, store.now()):
        return []
    return store.upkeep(lambda tx: stored.claim(tx, store.engine, limit, LEASE_SECONDS))


def settle(authority: Authority, claim: Claim, outcomes: Sequence[Outcome]) -> None:
    """Write down what came of a claim: delivered, failed for good, or due again later.

    Does nothing to a delivery that another worker has claimed since; that a subscription took the
    message is kept all the same.
    """

    def settling(tx: Tx) -> None:
        for outcome in outcomes:
            if outcome.result == "taken":
                stored.add_receipt(tx, claim.id, outcome.subscription_id)
            if outcome.result == "gone":
                stored.drop_subscription(tx, outcome.subscription_id, outcome.why)
        waits = [outcome for outcome in outcomes if outcome.result == "later"]
        if waits:
            next_at = moment.later(tx.now, seconds=_wait(claim.attempts, waits))
            if next_at < moment.later(claim.made_at, hours=GIVE_UP_HOURS):
                stored.put_back(tx, claim, next_at, waits[-1].why)
                return
        if claim.seen or stored.was_taken(tx, claim.id):
            stored.finish(
                tx, claim, "delivered", "opened in the inbox first" if claim.seen else None
            )
        else:
            whys = [outcome.why for outcome in outcomes if outcome.result != "gone"]
            stored.finish(tx, claim, "failed", whys[-1] if whys else NO_DEVICE)

    authority.store.upkeep(settling)


def _wait(attempts: int, outcomes: Sequence[Outcome]) -> float:
    return wait_seconds(attempts, max((outcome.wait or 0 for outcome in outcomes), default=0))


def wait_seconds(attempts: int, asked: float) -> float:
    """Give the seconds until the next try: longer each time, as long as was asked, never in step."""
    own = min(FIRST_WAIT_SECONDS * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT_SECONDS)
    jitter = random.uniform(0.5, 1)  # noqa: S311 - not a secret
    return max(own * jitter, min(asked, LONGEST_ASKED_SECONDS) * (1.5 - jitter / 2))
