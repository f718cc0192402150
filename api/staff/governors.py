"""Whether somebody governs the authority: without them, what is forsaken is opened by nobody."""

from __future__ import annotations

from api import moment
from api.authority import Authority
from api.store import Tx
from api.store import telling as stored
from api.store.engine import Reads
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

AGAIN_DAYS = 7


def tell_missing(authority: Authority) -> bool:
    """Let the administrators hear, once a week, that the authority has no governance lead; say whether.

    Whether anything is closed, or waits for one, does not matter: they hear the same.
    """
    worker = Actor.system(authority, "worker")

    def is_missing(db: Reads, now: str) -> bool:
        since = moment.later(now, days=-AGAIN_DAYS)
        told = stored.told_since(db, "governance missing", since)
        return not told and not stored.is_governed(db)

    def change(tx: Tx) -> bool:
        missing = is_missing(tx, tx.now)
        if missing:
            outbox.put(tx, worker, "governance missing")
        audit.allowed(tx, worker, Action.DELIVERY_FANNED_OUT, reason="governance missing")
        return missing

    store = authority.store
    return is_missing(store, store.now()) and store.write(change)
