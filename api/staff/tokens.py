"""Tokens: how another system signs in. Each belongs to one agency, for one purpose, until a day.

The secret is shown once and kept as a hash. A token is an actor: what it may see is decided in
`api.access`, and everything it does leaves a row under its own id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api import access, moment
from api.authority import Authority
from api.errors import Checks, Conflict, Invalid, NotFound
from api.staff import agencies, attempts, guards, secrets, words
from api.store import Tx
from api.store import agencies as stored_agencies
from api.store import tokens as stored
from api.store.tokens import Token
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["SCOPES", "Made", "Token", "every", "make", "refuse", "resume", "revoke"]

# What a token may be for, and nothing else.
SCOPES = {
    "people:search": "look for one person",
    "people:read": "look a person up in the directory, for the token's purpose",
    "involvements:write": "say whom the agency supports",
    "notes:write": "send notes of the agency's own practitioners, in their name",
    "filings:take": "take the notes that the agency's practitioners file into it, and answer",
    "events:read": "hear what happened to the agency's own rows",
}

LONGEST_DAYS = 366
OVER_TRIES, OVER_SECONDS = 30, 60
PREFIX = "inkling_"  # so that a secret that got out is recognised as one
NO_SUCH_TOKEN = "There is no such token here."  # noqa: S105 - a sentence


@dataclass(frozen=True)
class Made:
    """A new token, with the secret that is shown this once."""

    id: str
    secret: str
    expires_at: str


def make(
    actor: Actor, *, agency_id: str, name: str, scopes: Sequence[str], purpose: str, days: int
) -> Made:
    """Make a token for a system of an agency. An administrator may, and the command line.

    Tokens of the same agency and name are one system's: what it said under one it goes on saying under
    the next. Asks for the passkey. Raises Invalid, NotFound, NotAllowed, ConfirmFirst.
    """
    known = bool(scopes) and set(scopes) <= set(SCOPES)
    offered = dict(actor.authority.choices.purposes)
    with Checks() as check:
        check.that(bool(agency_id), "Choose the agency whose system it is.", "agency_id")
        name = check(words.required, name, "name", "the system's name")
        check.that(known, f"Choose what it is for: {', '.join(SCOPES)}.", "scopes")
        check.that(purpose in offered, "Choose for which purpose it looks people up.", "purpose")
        lasts = f"A token lasts from 1 to {LONGEST_DAYS} days."
        check.that(1 <= days <= LONGEST_DAYS, lasts, "days")
    secret = PREFIX + secrets.make()

    def change(tx: Tx) -> Made:
        guards.run_agencies(tx, actor, Action.TOKEN_CHANGED)
        access.require_confirmed(tx, actor, Action.TOKEN_CHANGED)
        agency = stored_agencies.find(tx, agency_id)
        if agency is None:
            audit.refused(tx, actor, Action.TOKEN_CHANGED, reason="no such agency")
            raise NotFound("There is no such agency here.")
        agencies.require_open(tx, agency_id)
        if agency.sensitive:
            raise Invalid("A sensitive service gets no token: its rows come by feed.", "agency_id")
        source = stored.source_of(tx, agency_id, name) or stored.add_source(
            tx, name=name, agency_id=agency_id, owner=agency.name
        )
        expires_at = moment.later(tx.now, days=days)
        made = stored.add(
            tx,
            name=name,
            agency_id=agency_id,
            source_id=source,
            scopes=" ".join(scope for scope in SCOPES if scope in scopes),
            purpose=purpose,
            secret_hash=secrets.digest(secret),
            made_by=actor.id,
            expires_at=expires_at,
        )
        audit.allowed(tx, actor, Action.TOKEN_CHANGED, reason="made", object=made)
        return Made(made, secret, expires_at)

    return actor.store.write(change)


def revoke(actor: Actor, token_id: str) -> None:
    """End a token at once. An administrator may, and the command line: it takes no passkey, because
    it only closes. Raises NotFound, NotAllowed, and Conflict for one that was revoked."""

    def change(tx: Tx) -> None:
        guards.run_agencies(tx, actor, Action.TOKEN_CHANGED)
        if stored.find(tx, token_id) is None:
            audit.refused(tx, actor, Action.TOKEN_CHANGED, reason="no such token")
            raise NotFound(NO_SUCH_TOKEN)
        if not stored.revoke(tx, token_id, actor.id):
            raise Conflict("This token was revoked before.")
        audit.allowed(tx, actor, Action.TOKEN_CHANGED, reason="revoked", object=token_id)

    actor.store.write(change)


def every(actor: Actor) -> list[Token]:
    """Give all tokens, the newest first, to an administrator and the command line. Raises
    NotAllowed."""

    def looking(tx: Tx) -> list[Token]:
        guards.run_agencies(tx, actor, Action.TOKENS_LOOKED)
        audit.allowed(tx, actor, Action.TOKENS_LOOKED)
        return stored.every(tx)

    return actor.store.look(looking)


def resume(authority: Authority, secret: str) -> Actor | None:
    """Give the actor that a token's secret stands for, or None.

    A token that is over leaves the row of a refusal; that it was used is noted once a minute. Raises
    TooOften for one that is over and goes on and on: it must not fill the trail.
    """
    authority.prepare()
    now = authority.store.now()
    found = stored.by_secret(authority.store, secrets.digest(secret))
    if found is None:
        return None
    actor = Actor(
        authority=authority,
        id=found.id,
        name=found.name,
        agency_id=found.agency_id,
        agency=found.agency,
        agency_kind=found.agency_kind,
        is_token=True,
        scopes=found.scopes,
    )
    if why := found.ended(now):
        attempts.count(authority, f"over {found.id}", OVER_TRIES, OVER_SECONDS)
        _leave_refusal(actor, why)
        return None
    if found.used_at is None or moment.later(found.used_at, minutes=1) < now:
        authority.store.upkeep(lambda tx: stored.used(tx, found.id))
    return actor


def refuse(actor: Actor, scope: str) -> None:
    """Leave the row of a refusal where a token is not for what was asked, and raise NotAllowed."""

    def looking(tx: Tx) -> None:
        access.require_scope(tx, actor, scope, Action.TOKEN_REFUSED)
        raise LookupError(f"{actor.id} is for {scope}")

    actor.store.look(looking)


def _leave_refusal(actor: Actor, why: str) -> None:
    def looking(tx: Tx) -> None:
        audit.refused(tx, actor, Action.TOKEN_REFUSED, reason=why)

    actor.store.look(looking)
