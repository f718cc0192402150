"""Push subscriptions, as they are kept: each belongs to an enrolment."""

from __future__ import annotations

from api.moment import new_id
from api.store.engine import Reads, Tx


def add(tx: Tx, enrolment_id: str, endpoint: str, p256dh: str, auth: str) -> str:
    """Keep a subscription in place of whatever this browser had before; give its id."""
    tx.change(
        """UPDATE push_subscriptions SET dropped_at = :now, dropped_why = 'replaced'
        WHERE (endpoint = :endpoint OR enrolment_id = :enrolment) AND dropped_at IS NULL""",
        now=tx.now,
        endpoint=endpoint,
        enrolment=enrolment_id,
    )
    subscription_id = new_id()
    tx.insert(
        "push_subscriptions",
        id=subscription_id,
        enrolment_id=enrolment_id,
        endpoint=endpoint,
        p256dh=p256dh,
        auth=auth,
        made_at=tx.now,
    )
    return subscription_id


def has_one(db: Reads, enrolment_id: str) -> bool:
    """Say whether this enrolment's device is told."""
    row = db.one(
        "SELECT id FROM push_subscriptions WHERE enrolment_id = :id AND dropped_at IS NULL",
        id=enrolment_id,
    )
    return row is not None


def drop_of_enrolment(tx: Tx, enrolment_id: str, why: str) -> None:
    """Stop telling this enrolment's device."""
    tx.change(
        """UPDATE push_subscriptions SET dropped_at = :now, dropped_why = :why
        WHERE enrolment_id = :id AND dropped_at IS NULL""",
        now=tx.now,
        why=why,
        id=enrolment_id,
    )


def drop_of_others(tx: Tx, device_id: str, enrolment_id: str, why: str) -> None:
    """Stop telling a device about what concerns anyone but this enrolment's owner."""
    tx.change(
        """UPDATE push_subscriptions SET dropped_at = :now, dropped_why = :why
        WHERE dropped_at IS NULL AND enrolment_id <> :id
        AND enrolment_id IN (SELECT id FROM enrolments WHERE device_id = :device)""",
        now=tx.now,
        why=why,
        id=enrolment_id,
        device=device_id,
    )


def drop_of_practitioner(tx: Tx, practitioner_id: str, why: str) -> None:
    """Stop telling any device of someone."""
    tx.change(
        """UPDATE push_subscriptions SET dropped_at = :now, dropped_why = :why
        WHERE dropped_at IS NULL
        AND enrolment_id IN (SELECT id FROM enrolments WHERE practitioner_id = :id)""",
        now=tx.now,
        why=why,
        id=practitioner_id,
    )
