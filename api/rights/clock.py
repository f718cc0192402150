"""By when a request is answered, and who hears that it is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from api import moment
from api.authority import Authority
from api.rights import days
from api.store import Tx
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


def tell_overdue(authority: Authority) -> int:
    """Let who handles it and who still has to decide hear, once, of what was due by yesterday; give how
    many requests."""
    worker = Actor.system(authority, "worker")
    today = moment.day(authority.store.now()).isoformat()

    def late(kept: Kept) -> bool:
        due = of(kept, today).due_on
        return due is not None and due < today

    def change(tx: Tx) -> int:
        found = [kept for kept in stored.open_ones(tx) if late(kept)]
        for kept in found:
            stored.change(tx, kept.id, overdue_at=tx.now)
            outbox.put(tx, worker, "request overdue", person_id=kept.person_id, request_id=kept.id)
        audit.allowed(tx, worker, Action.REQUEST_OVERDUE)
        return len(found)

    if not any(late(kept) for kept in stored.open_ones(authority.store)):
        return 0
    return authority.store.write(change)
