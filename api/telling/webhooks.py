"""Webhooks: a system is told that there is something to fetch, and fetches it with its token.

What is sent is thin: which kind of thing happened, when, and from where to fetch. It names nobody and
holds no id of anybody, so whatever stands between learns nothing; what happened is read with a token,
where access is asked and leaves its row. It is signed as Standard Webhooks 1.0.0 has it (HMAC-SHA256),
with a secret that is shown once and kept in the vault.

Each address is told in order, at least once: the next thing waits until the last was taken. Tries come
further and further apart; after three days the webhook stops and its administrators are told. Nothing is
lost by that: events and filings can be fetched all along, and it goes on from where it stopped.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from api import access, moment
from api.authority import Authority
from api.errors import Conflict, Invalid, NotFound
from api.moment import new_id
from api.staff import guards
from api.store import Tx
from api.store import access as stored_access
from api.store import happenings as stored_happenings
from api.store import keys as stored_keys
from api.store import tokens as stored_tokens
from api.store import webhooks as stored
from api.store.access import Me
from api.store.happenings import Happening, Kind
from api.store.webhooks import Webhook
from api.telling import cursors, events, outbox, pushes
from api.trust import audit, push_services
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = [
    "Claim",
    "Made",
    "Outcome",
    "Webhook",
    "add",
    "claim",
    "end",
    "renew",
    "settle",
    "start",
]

AT_MOST = 5
LEASE_SECONDS = 60
# Given up after so long and so many tries: a worker that stood still, or a token that had run out, is no
# fault of who was to be told.
GIVE_UP_HOURS = 72
FEWEST_TRIES = 10
# So long does a secret that was replaced go on signing, beside the new one.
OVERLAP_HOURS = 24
PREFIX = "whsec_"
NO_SUCH_WEBHOOK = "There is no such webhook here."

TYPES: Mapping[Kind, str] = {
    "involvement changed": "involvement.changed",
    "records linked": "records.linked",
    "records unlinked": "records.unlinked",
    "note to be filed": "note.to_be_filed",
    "filed note taken back": "note.taken_back",
}
# What a token hears of that takes filings and reads no events.
FILED: Sequence[Kind] = ("note to be filed",)
_LOOKED_AT = 100


@dataclass(frozen=True)
class Made:
    """A webhook's new secret, which is shown this once."""

    id: str
    secret: str


@dataclass(frozen=True)
class Claim:
    """One thing that one worker may tell one address now."""

    id: str
    url: str
    message_id: str
    body: bytes
    number: int
    attempts: int
    failing_since: str | None
    claimed: str
    secrets: Sequence[bytes] = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """What came of telling. gone: it wants to be told nothing any more. later: try again, `wait`
    seconds from now if it said so."""

    result: Literal["taken", "gone", "later"]
    why: str = ""
    wait: float | None = None


# --- For administrators --------------------------------------------------------------------------


def add(actor: Actor, source_id: str, url: str, hosts: Sequence[str]) -> Made:
    """Let a system be told at an address of one of `hosts`. Asks for the passkey. Raises Invalid,
    NotFound, NotAllowed, ConfirmFirst."""
    url = url.strip()
    if not url.startswith("https://"):
        raise Invalid("Enter an address that starts with https://", "url")
    if not push_services.is_listed(url, hosts):
        raise Invalid(
            "This address is not one that may be told: its host has to stand in INKLING_WEBHOOK_HOSTS, "
            "and no port but 443 is sent to.",
            "url",
        )
    webhook_id, secret_id = new_id(), new_id()
    events.in_order(actor.store)  # what was before is not told

    def change(tx: Tx) -> Made:
        _open(tx, actor)
        agency_id = next(
            (one.agency_id for one in stored_tokens.every(tx) if one.source_id == source_id), None
        )
        if agency_id is None:
            audit.refused(tx, actor, Action.WEBHOOK_CHANGED, reason="no such system")
            raise NotFound("There is no such system here.")
        if sum(one.source_id == source_id for one in stored.every(tx)) >= AT_MOST:
            raise Invalid(f"A system is told at up to {AT_MOST} addresses.", "url")
        stored.add(
            tx,
            webhook_id,
            source_id=source_id,
            agency_id=agency_id,
            url=url,
            made_by=actor.id,
        )
        made = _make_secret(tx, actor, webhook_id, secret_id)
        audit.allowed(tx, actor, Action.WEBHOOK_CHANGED, reason="made", object=webhook_id)
        return made

    return actor.store.write(change)


def renew(actor: Actor, webhook_id: str) -> Made:
    """Give a webhook a new secret; what is sent is signed with the old one too, for a day. Asks for the
    passkey. Raises NotFound, NotAllowed, ConfirmFirst."""
    secret_id = new_id()

    def change(tx: Tx) -> Made:
        _open(tx, actor)
        _find(tx, actor, webhook_id)
        for spent in stored.spent_secrets(tx, webhook_id):
            stored_keys.destroy(tx, "system", _owner(spent))
        stored.end_secrets(tx, webhook_id, moment.later(tx.now, hours=OVERLAP_HOURS))
        made = _make_secret(tx, actor, webhook_id, secret_id)
        audit.allowed(tx, actor, Action.WEBHOOK_CHANGED, reason="new secret", object=webhook_id)
        return made

    return actor.store.write(change)


def end(actor: Actor, webhook_id: str) -> None:
    """Tell an address nothing any more, at once: it takes no passkey, because it only closes. Raises
    NotFound, NotAllowed."""

    def change(tx: Tx) -> None:
        guards.run_agencies(tx, actor, Action.WEBHOOK_CHANGED)
        _find(tx, actor, webhook_id)
        stored.end(tx, webhook_id, actor.id)
        stored.end_secrets(tx, webhook_id, tx.now)
        for spent in stored.spent_secrets(tx, webhook_id):
            stored_keys.destroy(tx, "system", _owner(spent))
        audit.allowed(tx, actor, Action.WEBHOOK_CHANGED, reason="ended", object=webhook_id)

    actor.store.write(change)


def start(actor: Actor, webhook_id: str) -> None:
    """Go on telling an address that was given up, from where it stopped. Raises NotFound, NotAllowed,
    and Conflict for one that goes on."""

    def change(tx: Tx) -> None:
        guards.run_agencies(tx, actor, Action.WEBHOOK_CHANGED)
        if _find(tx, actor, webhook_id).stopped_at is None:
            raise Conflict("This webhook has not stopped.")
        stored.start(tx, webhook_id)
        audit.allowed(tx, actor, Action.WEBHOOK_CHANGED, reason="started again", object=webhook_id)

    actor.store.write(change)


def _open(tx: Tx, actor: Actor) -> None:
    guards.run_agencies(tx, actor, Action.WEBHOOK_CHANGED)
    access.require_confirmed(tx, actor, Action.WEBHOOK_CHANGED)


def _find(tx: Tx, actor: Actor, webhook_id: str) -> Webhook:
    found = stored.find(tx, webhook_id)
    if found is None or found.ended_at:
        audit.refused(tx, actor, Action.WEBHOOK_CHANGED, reason="no such webhook")
        raise NotFound(NO_SUCH_WEBHOOK)
    return found


def _make_secret(tx: Tx, actor: Actor, webhook_id: str, secret_id: str) -> Made:
    stored.add_secret(tx, webhook_id, secret_id)
    vault = actor.authority.vault
    vault.add_key(tx, "system", _owner(secret_id))
    secret = vault.secret(tx, _owner(secret_id))
    return Made(webhook_id, PREFIX + base64.b64encode(secret).decode())


def _owner(secret_id: str) -> str:
    return f"webhook {secret_id}"


# --- For the worker ------------------------------------------------------------------------------


def claim(authority: Authority, limit: int) -> list[Claim]:
    """Claim the next thing to tell each of up to `limit` addresses, for the next minute."""
    store = authority.store
    if not stored.is_any(store):
        return []
    events.in_order(store)
    due = stored.due(store, store.now(), limit)
    claims = (store.upkeep(lambda tx, id=id: _claim(tx, authority, id)) for id in due)  # type: ignore[misc]
    return [one for one in claims if one]


def settle(
    authority: Authority, claim: Claim, outcome: Outcome, *, go_on: bool = True
) -> Claim | None:
    """Write down what came of a claim, and claim the next thing for the same address, if there is one
    now; not where it shall not `go_on`, so that others have their turn. Does nothing to a webhook that another worker has claimed, or somebody ended, since."""
    store = authority.store
    if outcome.result == "taken":
        taken = store.upkeep(lambda tx: stored.told(tx, claim.id, claim.claimed, claim.number))
        if not (taken and go_on):
            return None
        return store.upkeep(lambda tx: _claim(tx, authority, claim.id))
    now = store.now()
    wait = pushes.wait_seconds(claim.attempts, outcome.wait or 0)
    since = claim.failing_since or now
    over = claim.attempts >= FEWEST_TRIES and moment.later(since, hours=GIVE_UP_HOURS) <= now
    if outcome.result == "gone" or over:
        store.write(lambda tx: _give_up(tx, authority, claim, outcome.why))
    else:
        store.upkeep(
            lambda tx: stored.put_off(
                tx, claim.id, claim.claimed, moment.later(tx.now, seconds=wait), outcome.why
            )
        )
    return None


def _give_up(tx: Tx, authority: Authority, claim: Claim, why: str) -> None:
    worker = Actor.system(authority, "worker")
    found = stored.find(tx, claim.id)
    stopped = stored.stop(tx, claim.id, claim.claimed, why)
    reason = "given up" if stopped else "claimed by another"
    audit.allowed(tx, worker, Action.WEBHOOK_CHANGED, reason=reason, object=claim.id)
    if stopped and found:
        outbox.put(tx, worker, "webhook stopped", source_id=found.source_id)


def _claim(tx: Tx, authority: Authority, webhook_id: str) -> Claim | None:
    """Take a webhook, with the next thing that its system may hear of now."""
    held = stored.claim(tx, webhook_id, LEASE_SECONDS)
    token = stored.token(tx, webhook_id) if held else None
    if held is None or token is None:
        return None
    me = stored_access.token(tx, token)
    last = stored.last_number(tx)
    found = stored_happenings.after(tx, me, held.source_id, held.place, _LOOKED_AT)
    kinds: Sequence[Kind] = tuple(TYPES) if "events:read" in me.scopes else FILED
    heard = [one for one in found if one.kind in kinds]
    if not heard:
        place = found[-1].number if len(found) == _LOOKED_AT else last
        stored.pass_over(tx, held.id, held.next_at, place)
        return None
    return Claim(
        id=held.id,
        url=held.url,
        message_id=heard[0].id,
        body=_body(tx, authority, held, me, heard[0], kinds),
        number=heard[0].number,
        attempts=held.attempts,
        failing_since=held.failing_since,
        claimed=held.next_at,
        secrets=[authority.vault.secret(tx, _owner(one)) for one in stored.secrets(tx, held.id)],
    )


def _body(
    tx: Tx, authority: Authority, held: Webhook, me: Me, one: Happening, kinds: Sequence[Kind]
) -> bytes:
    """Say what kind of thing happened, when, and where to fetch from: nobody's id, and no words.

    The cursor is that of the last thing before which this system may hear of: another would say that
    something else happened in between."""
    last = stored_happenings.last_before(tx, me, held.source_id, one.number, kinds)
    cursor = cursors.seal(tx, authority, held.source_id, last)
    what = "filings" if one.kind == "note to be filed" else "events"
    said = {
        "type": TYPES[one.kind],
        "timestamp": one.made_at,
        "data": {"fetch": f"/api/v1/{what}?cursor={cursor}"},
    }
    return json.dumps(said, separators=(",", ":")).encode()
