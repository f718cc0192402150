"""What another system hears: what happened to its agency's own rows, ids and no words.

Whoever goes on from the cursor of the last answer misses nothing and hears nothing twice: events have
numbers that are given after their commit, in one order. A cursor is such a number, encrypted, and good
for the tokens of one system.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api import access
from api.errors import Invalid
from api.store import Tx
from api.store import happenings as stored
from api.store import people as stored_people
from api.store import tokens as stored_tokens
from api.store.happenings import Happening
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["Happening", "Page", "after", "involvement_changed", "records_linked"]

PAGE = 100
_NONCE, _LENGTH = 12, 12 + 8 + 16


@dataclass(frozen=True)
class Page:
    """Some of what happened, in order. `cursor` goes on after it; `more` where there is more now."""

    events: Sequence[Happening]
    cursor: str
    more: bool


def involvement_changed(tx: Tx, agency_id: str, person_id: str, involvement_id: str) -> None:
    """Let an agency's systems hear that a line of theirs is new, changed, confirmed or ended."""
    stored.add(tx, agency_id, "involvement changed", person_id, involvement_id)


def records_linked(tx: Tx, person_id: str, *, undone: bool = False) -> None:
    """Let the systems of who supports a person hear that this record was found to be somebody who is
    here under another id too, or that this was taken back."""
    identity = stored_people.identity(tx, person_id) or person_id
    for agency in stored.supporting(tx, identity):
        stored.add(tx, agency, "records unlinked" if undone else "records linked", person_id)


def after(actor: Actor, cursor: str = "", limit: int = PAGE) -> Page:
    """Give what happened after a cursor, or from the beginning. Raises Invalid for what is no cursor
    of this system, NotAllowed."""
    while stored.is_waiting(actor.store):
        actor.store.upkeep(stored.number)

    def looking(tx: Tx) -> Page:
        me = access.require_scope(tx, actor, "events:read", Action.EVENTS_LOOKED)
        token = stored_tokens.find(tx, actor.id)
        source = token.source_id if token else ""
        last = _open(tx, actor, source, cursor) if cursor else 0
        found = stored.after(tx, me, source, last, limit + 1)
        shown = found[:limit]
        subjects = stored_people.identities(tx, [one.person_id for one in shown])
        audit.allowed(tx, actor, Action.EVENTS_LOOKED, subjects=subjects)
        seal = _seal(tx, actor, source, shown[-1].number if shown else last)
        return Page(shown, seal, len(found) > limit)

    return actor.store.look(looking)


def _seal(tx: Tx, actor: Actor, source: str, number: int) -> str:
    plain, bound = number.to_bytes(8), _bound(actor, source)
    # The same place is the same cursor, so that an answer to which nothing was added is the same answer.
    nonce = hmac.new(
        _secret(tx, actor, b"inkling cursor nonce 1"), bound + plain, hashlib.sha256
    ).digest()
    sealed = nonce[:_NONCE] + _key(tx, actor).encrypt(nonce[:_NONCE], plain, bound)
    return base64.urlsafe_b64encode(sealed).decode()


def _open(tx: Tx, actor: Actor, source: str, cursor: str) -> int:
    try:
        sealed = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        if len(sealed) != _LENGTH:
            raise ValueError
        opened = _key(tx, actor).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(actor, source))
    except (ValueError, binascii.Error, InvalidTag):
        raise Invalid("This is no cursor of yours. Leave it out to begin anew.", "cursor") from None
    return int.from_bytes(opened)


def _key(tx: Tx, actor: Actor) -> AESGCM:
    return AESGCM(_secret(tx, actor, b"inkling cursor key 1"))


def _secret(tx: Tx, actor: Actor, part: bytes) -> bytes:
    secret = actor.authority.vault.secret(tx, "api")
    return hmac.new(secret, part, hashlib.sha256).digest()


def _bound(actor: Actor, source: str) -> bytes:
    return f"inkling cursor 1\n{actor.authority.id}\n{source}".encode()
