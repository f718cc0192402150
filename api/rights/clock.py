"""By when a request is answered, and who hears that it is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from api import moment
from api.authority import Authority
from api.rights import days
from api.store import Tx
from api.store import protections as stored_protections
from api.store import requests as stored
from api.store.requests import Kept
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action


@dataclass(frozen=True)
class Clock:
    """By when a request is answered. `due_on` is None while proof of identity is awaited."""

    runs_from: str | None
    due_on: str | None
    first_due_on: str | None
    days_left: int | None


def of(kept: Kept, today: str) -> Clock:
    """Give a request's clock: a month from when it was received, or from when whoever asks had shown
    who they are, where that had to be asked for; three months where it was extended."""
    since: str | None = kept.received_on
    if kept.identity_asked_on:
        since = max(kept.identity_on, kept.received_on) if kept.identity_on else None
    if since is None:
        return Clock(None, None, None, None)
    begun = date.fromisoformat(since)
    first = days.due(begun)
    due = days.due(begun, days.LONGEST) if kept.extended_on else first
    left = (due - date.fromisoformat(today)).days
    return Clock(since, due.isoformat(), first.isoformat(), left)


def may_wait(kept: Kept, today: str) -> bool:
    """Say whether the clock begins to wait where proof of who asks is asked for now: the first time, while
    they were not known yet and the answer is not due already."""
    due = of(kept, today).due_on
    return not (kept.identity_asked_on or kept.identity_on) and due is not None and today <= due


def tell_overdue(authority: Authority) -> int:
    """Let who handles it and who still has to decide hear, once, of what was due by yesterday; give how
    many requests."""
    worker = Actor.system(authority, "worker")
    today = moment.day(authority.store.now()).isoformat()

    def late(kept: Kept) -> bool:
        due = None if kept.overdue_at else of(kept, today).due_on
        return due is not None and due < today

    def change(tx: Tx) -> int:
        found = [kept for kept in stored.waiting(tx) if late(kept)]
        for kept in found:
            stored.change(tx, kept.id, overdue_at=tx.now)
            outbox.put(tx, worker, "request overdue", person_id=kept.person_id, request_id=kept.id)
            if not stored.has_handler(tx, kept):
                _tell_of_no_handler(tx, worker, kept)
        audit.allowed(tx, worker, Action.REQUEST_OVERDUE)
        return len(found)

    if not any(late(kept) for kept in stored.waiting(authority.store)):
        return 0
    return authority.store.write(change)


def tell_unhandled(authority: Authority) -> int:
    """Let it be known, once, of a request that no governance lead may deal with (the record is closed and names
    none, or all who could declared a conflict of interest), and let them hear of it when there is one; give
    how many requests.

    Who may know of the person is told about whom it is; the authority's administrators are not, and hear
    nothing at all where the record is closed: that would say that there is one.
    """
    worker = Actor.system(authority, "worker")

    def changed(tx: Tx) -> list[tuple[Kept, bool]]:
        found = [(kept, stored.has_handler(tx, kept)) for kept in stored.waiting(tx)]
        return [(kept, handled) for kept, handled in found if handled == bool(kept.unhandled_at)]

    def change(tx: Tx) -> int:
        found = changed(tx)
        for kept, handled in found:
            stored.change(tx, kept.id, unhandled_at=None if handled else tx.now)
            if handled:
                about = {"person_id": kept.person_id, "request_id": kept.id}
                outbox.put(tx, worker, "record asked for", **about)
            else:
                _tell_of_no_handler(tx, worker, kept)
        audit.allowed(tx, worker, Action.REQUEST_OVERDUE, reason="nobody handles it")
        return len(found)

    return authority.store.write(change) if authority.store.upkeep(changed) else 0


def _tell_of_no_handler(tx: Tx, worker: Actor, kept: Kept) -> None:
    outbox.put(tx, worker, "request unhandled", person_id=kept.person_id)
    if not stored_protections.of(tx, "restrictions", kept.identity_id):
        outbox.put(tx, worker, "handler missing")
