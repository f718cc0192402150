"""What must be told: written with what happened, told ten seconds later.

A change puts its event into the same transaction. The worker fans a due event out into deliveries,
one each for everybody who is to be told, and asks access again at that moment.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api import moment
from api.authority import Authority
from api.errors import InklingError
from api.staff import guards
from api.store import Tx
from api.store import deliveries as stored_deliveries
from api.store import telling as stored
from api.store.deliveries import Count, Failure
from api.store.telling import Event, Kind
from api.telling import hearing
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

AT_ONCE = 100
TRY_AGAIN_SECONDS = 60
# What waits until the authority has a governance lead is looked at this often.
HELD_SECONDS = 3600

log = logging.getLogger("inkling.telling")


@dataclass(frozen=True)
class Recipient:
    """Somebody who is told. Who is `sensitive` is told and never counted or named to others."""

    practitioner_id: str
    name: str
    sensitive: bool


@dataclass(frozen=True)
class Deliveries:
    """What an administrator sees of telling: numbers, and what failed for good. Never about whom."""

    counts: Sequence[Count]
    waiting_events: int
    waiting_since: str | None
    failed: Sequence[Failure]


class _NothingDue(Exception):
    """Ends a transaction that found no event to tell: there is nothing to audit."""


def put(
    tx: Tx,
    actor: Actor,
    kind: Kind,
    *,
    note_id: str | None = None,
    person_id: str | None = None,
    practitioner_id: str | None = None,
    source_id: str | None = None,
    correction_id: str | None = None,
    due_at: str | None = None,
    **about: str | None,
) -> str:
    """Put an event into the outbox, in the transaction of what happened; give its id.

    `practitioner_id` is whom the news is about, where that is not the actor (who left, who was
    brought in, whose device), or whom alone it is for; `source_id` which source it is about,
    `correction_id` which line that is said to be wrong; `about` any of reveal_id, ask_id, answer_id and
    call_id. It is told ten seconds later, or at `due_at`.
    """
    return stored.add_event(
        tx,
        kind,
        actor_id=actor.id,
        note_id=note_id,
        person_id=person_id,
        practitioner_id=practitioner_id,
        source_id=source_id,
        correction_id=correction_id,
        due_at=due_at,
        **about,
    )


def waits(tx: Tx, made_at: str) -> bool:
    """Whether what happened then is still to be told: for ten seconds it can be undone."""
    return tx.now <= moment.later(made_at, seconds=stored.WAIT_SECONDS)


def cancel_note(tx: Tx, note_id: str) -> bool:
    """Cancel what is not told yet about a note; False if the note itself was told already."""
    return stored.cancel_note(tx, note_id)


def audience(
    tx: Tx,
    kind: Kind,
    *,
    actor_id: str | None,
    note_id: str | None = None,
    person_id: str | None = None,
    practitioner_id: str | None = None,
) -> list[Recipient]:
    """Give who is to be told of something now, by name, with access asked for each of them; of a note, as
    `actor_id` may know it: nobody of a sensitive service but their own, and nothing is asked for them."""
    news = hearing.look_at(
        tx,
        kind,
        actor_id=actor_id,
        note_id=note_id,
        person_id=person_id,
        practitioner_id=practitioner_id,
    )
    news = replace(news, asked_by=actor_id or "")
    return [Recipient(one.id, one.name, one.sensitive) for one in hearing.listeners(tx, news)]


def front_door(tx: Tx, actor_id: str, note_id: str) -> list[Recipient]:
    """Give who would hear of a note if it were about somebody whom nobody knows yet."""
    return [
        Recipient(one.id, one.name, one.sensitive)
        for one in hearing.front_door(tx, actor_id, note_id)
    ]


def fan_out(authority: Authority, at_once: int = AT_ONCE) -> int:
    """Turn due events into deliveries, each in one transaction of its own; give how many.

    Any number of workers may do this side by side, and each may be killed at any moment.
    """
    told = 0
    while told < at_once and stored.has_due(authority.store, authority.store.now()):
        if not _fan_out_next(authority):
            break
        told += 1
    return told


def deliveries(actor: Actor) -> Deliveries:
    """Give how telling goes: for an administrator, or the command line.

    Raises NotAllowed for anybody else.
    """

    def looking(tx: Tx) -> Deliveries:
        guards.run_agencies(tx, actor, Action.DELIVERIES_LOOKED)
        audit.allowed(tx, actor, Action.DELIVERIES_LOOKED)
        who = stored.EVERYBODY
        if not actor.is_system:
            who = {"me": actor.id, "my_agency": actor.agency_id or ""}
        number, since = stored.waiting_events(tx, who)
        counts = stored_deliveries.counts(tx, who)
        return Deliveries(counts, number, since, stored_deliveries.failures(tx, who))

    return actor.store.look(looking)


def _fan_out_next(authority: Authority) -> bool:
    worker = Actor.system(authority, "worker")
    taken: Event | None = None

    def change(tx: Tx) -> None:
        nonlocal taken
        taken = stored.take_event(tx, authority.store.engine)
        if taken is None:
            raise _NothingDue
        # A sealed service's come last: nobody else's is made, or sent, later because of them.
        news = hearing.news_of(tx, taken)
        who = sorted(hearing.listeners(tx, news), key=lambda one: one.sensitive)
        if not who and hearing.waits_for_governance(tx, news):
            stored.hold_back(tx, taken.id, HELD_SECONDS)
        stored_deliveries.add(tx, taken.id, [one.id for one in who])
        audit.allowed(tx, worker, Action.DELIVERY_FANNED_OUT, reason=taken.kind, object=taken.id)

    try:
        authority.store.write(change)
    except _NothingDue:
        return False
    except InklingError:
        raise
    except Exception:
        if taken is None:
            raise
        # One event that cannot be told must not hold up the others.
        log.exception("Event %s could not be told; it is tried again later.", taken.id)
        stuck = taken.id
        authority.store.upkeep(lambda tx: stored.put_off(tx, stuck, TRY_AGAIN_SECONDS))
    return True
