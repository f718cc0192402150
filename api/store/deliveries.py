"""What is on its way to whom: inbox items, and pushes as workers claim and settle them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.moment import day, later, new_id
from api.store.access import AGENCY_SHOWN
from api.store.engine import Reads, Tx
from api.store.telling import NEWS_OPEN, PASS_OVER, stands

# Subscriptions that stand, on an enrolment that stands, of somebody who still works here.
_LIVE = """FROM push_subscriptions s JOIN enrolments e ON e.id = s.enrolment_id
    JOIN practitioners w ON w.id = e.practitioner_id
    WHERE s.dropped_at IS NULL AND e.state = 'approved' AND w.left_at IS NULL"""

# A claim that still stands: nobody else has taken the delivery up since.
_MINE = "id = :id AND state = 'sending' AND claimed_at = :claimed_at"


def _mine(one: Claim) -> dict[str, str]:
    return {"id": one.id, "claimed_at": one.claimed_at}


@dataclass(frozen=True)
class Subscription:
    """Where one browser takes pushes."""

    id: str
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class Claim:
    """A push that one worker may send now. `seen`: its reader opened the inbox item already."""

    id: str
    attempts: int
    claimed_at: str
    made_at: str
    seen: bool
    subscriptions: Sequence[Subscription]


@dataclass(frozen=True)
class Count:
    """How many deliveries of a channel are in a state."""

    channel: str
    state: str
    number: int


@dataclass(frozen=True)
class Failure:
    """A delivery that failed for good. A day and no more: the same moment on two of them would
    say that they were about the same child."""

    id: str
    practitioner_id: str
    why: str
    attempts: int
    failed_on: str


def add(tx: Tx, event_id: str, practitioners: Sequence[str]) -> None:
    """Put an event into these inboxes, and on the way to the devices that take push.

    A delivery that is there already stays as it is.
    """
    pushed = {
        row["practitioner_id"]
        for row in tx.query(
            f"SELECT DISTINCT e.practitioner_id {_LIVE} AND e.practitioner_id IN (:ids)",
            ids=practitioners,
        )
    }
    for one in practitioners:
        _add(tx, event_id, one, "inbox", "delivered", tx.now)
        if one in pushed:
            _add(tx, event_id, one, "push", "waiting", None)


def _add(
    tx: Tx, event_id: str, practitioner_id: str, channel: str, state: str, done_at: str | None
) -> None:
    tx.change(
        """INSERT INTO deliveries (id, event_id, practitioner_id, channel, state, attempts,
            next_at, done_at, made_at)
        VALUES (:id, :event, :who, :channel, :state, 0, :now, :done, :now) ON CONFLICT DO NOTHING""",
        id=new_id(),
        event=event_id,
        who=practitioner_id,
        channel=channel,
        state=state,
        done=done_at,
        now=tx.now,
    )


def has_due(db: Reads, now: str) -> bool:
    """Say whether a push is due, or a worker's claim on one has run out."""
    return bool(
        db.query(
            """SELECT 1 FROM deliveries WHERE state IN ('waiting', 'sending')
            AND next_at <= :now LIMIT 1""",
            now=now,
        )
    )


def claim(tx: Tx, engine: str, limit: int, lease_seconds: float) -> list[Claim]:
    """Claim pushes that are due or whose claim has run out, the longest due first."""
    rows = tx.query(
        f"""WITH due AS MATERIALIZED (SELECT id FROM deliveries
            WHERE state IN ('waiting', 'sending') AND next_at <= :now
            ORDER BY next_at, id LIMIT :limit {PASS_OVER[engine]})
        UPDATE deliveries SET state = 'sending', claimed_at = :now, next_at = :until,
            attempts = attempts + 1
        WHERE id IN (SELECT id FROM due)
        RETURNING id, event_id, practitioner_id, attempts, claimed_at, made_at""",
        now=tx.now,
        until=later(tx.now, seconds=lease_seconds),
        limit=limit,
    )
    return [
        Claim(
            id=row["id"],
            attempts=row["attempts"],
            claimed_at=row["claimed_at"],
            made_at=row["made_at"],
            seen=(seen := _is_seen(tx, row["event_id"], row["practitioner_id"])),
            subscriptions=[] if seen else _to_send(tx, row["id"], row["practitioner_id"]),
        )
        for row in rows
    ]


def _is_seen(tx: Tx, event_id: str, practitioner_id: str) -> bool:
    """Whether there is nothing to send any more: it was opened in the inbox, or was taken back."""
    return not stands(tx, event_id) or bool(
        tx.query(
            """SELECT 1 FROM deliveries WHERE event_id = :event AND practitioner_id = :who
            AND channel = 'inbox' AND read_at IS NOT NULL""",
            event=event_id,
            who=practitioner_id,
        )
    )


def _to_send(tx: Tx, delivery_id: str, practitioner_id: str) -> list[Subscription]:
    rows = tx.query(
        f"""SELECT s.id, s.endpoint, s.p256dh, s.auth {_LIVE} AND e.practitioner_id = :who
        AND NOT EXISTS (SELECT 1 FROM push_receipts r
            WHERE r.delivery_id = :delivery AND r.subscription_id = s.id)
        ORDER BY s.id""",
        who=practitioner_id,
        delivery=delivery_id,
    )
    return [Subscription(**row) for row in rows]


def put_back(tx: Tx, one: Claim, next_at: str, why: str) -> None:
    """Let a delivery wait for its next try."""
    tx.change(
        f"UPDATE deliveries SET state = 'waiting', next_at = :next, why = :why WHERE {_MINE}",
        next=next_at,
        why=why,
        **_mine(one),
    )


def finish(tx: Tx, one: Claim, state: str, why: str | None) -> None:
    """Mark a delivery as delivered, or as failed for good."""
    tx.change(
        f"UPDATE deliveries SET state = :state, why = :why, done_at = :now WHERE {_MINE}",
        state=state,
        why=why,
        now=tx.now,
        **_mine(one),
    )


def add_receipt(tx: Tx, delivery_id: str, subscription_id: str) -> None:
    """Write that a subscription took a delivery: a retry leaves it alone."""
    tx.change(
        """INSERT INTO push_receipts (delivery_id, subscription_id, sent_at)
        VALUES (:delivery, :subscription, :now) ON CONFLICT DO NOTHING""",
        delivery=delivery_id,
        subscription=subscription_id,
        now=tx.now,
    )


def was_taken(tx: Tx, delivery_id: str) -> bool:
    """Say whether any subscription took a delivery."""
    return bool(
        tx.query("SELECT 1 FROM push_receipts WHERE delivery_id = :id LIMIT 1", id=delivery_id)
    )


def drop_subscription(tx: Tx, subscription_id: str, why: str) -> None:
    """Never send to a subscription again."""
    tx.change(
        """UPDATE push_subscriptions SET dropped_at = :now, dropped_why = :why
        WHERE id = :id AND dropped_at IS NULL""",
        now=tx.now,
        why=why,
        id=subscription_id,
    )


# What is told to somebody in a sensitive service, or about somebody restricted, is counted for nobody else,
# but for who runs this. A number that is one too high says that somebody was told who is not known to be
# there, or of whom nobody may know.
_COUNTED = f"""FROM deliveries d JOIN practitioners w ON w.id = d.practitioner_id
    JOIN agencies a ON a.id = w.agency_id JOIN outbox e ON e.id = d.event_id
    WHERE (:me = '' OR ({AGENCY_SHOWN} AND {NEWS_OPEN}))"""


def counts(db: Reads, who: Mapping[str, str]) -> list[Count]:
    """Count the deliveries by channel and state, as somebody may (`who` as of `telling.waiting_events`)."""
    rows = db.query(
        f"""SELECT d.channel, d.state, COUNT(*) AS number {_COUNTED}
        GROUP BY d.channel, d.state ORDER BY d.channel, d.state""",
        **who,
    )
    return [Count(**row) for row in rows]


def failures(db: Reads, who: Mapping[str, str], limit: int = 200) -> list[Failure]:
    """Give the latest deliveries that failed for good, to whom `counts` counts."""
    rows = db.query(
        f"""SELECT d.id, d.practitioner_id, d.why, d.attempts, d.done_at {_COUNTED}
        AND d.state = 'failed' ORDER BY d.done_at DESC, d.id DESC LIMIT {limit:d}""",
        **who,
    )
    return [
        Failure(
            row["id"],
            row["practitioner_id"],
            row["why"] or "",
            row["attempts"],
            day(row["done_at"]).isoformat(),
        )
        for row in rows
    ]
