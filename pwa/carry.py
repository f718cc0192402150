"""What was typed is kept when a session ends, or a passkey is asked for, between typing and sending.

The server seals the form that was posted and puts it as one hidden field into the page that asks
for the passkey. It stands in no address and in no storage, the browser cannot read it, and only the
same practitioner can have it opened, for a time. Posted to the address that it was meant for, the
fields are put back as if they had just been sent:

- after signing in again, into the form, to be read over and sent (or, where the address has no form of
  ours, behind one button);
- after a confirmation, as they were: the act that was confirmed is done.
"""

from __future__ import annotations

import base64
import json
import os
import time
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app, g, render_template, request, session
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from api.errors import Conflict
from api.trust.actor import Actor
from pwa.doors import Door

FIELD = "carried"
SIGN_IN, CONFIRM = "sign in", "confirm"
SECONDS = {SIGN_IN: 12 * 3600, CONFIRM: 5 * 60}
LARGEST = 256 * 1024
# Ours, and not part of what was typed.
_OWN = frozenset({"csrf_token", FIELD, "why", "again"})


@dataclass(frozen=True)
class Held:
    """A form on its way: where it belongs, why it was held, and what it holds, sealed."""

    path: str
    why: str
    sealed: str


def hold(why: str) -> Held | None:
    """Seal what this request posted, or None where there is nothing, or nobody, to keep it for."""
    who = session.get("who")
    if request.method != "POST" or request.is_json or not who:
        return None
    if FIELD in request.form:  # held before, and signed out again since
        return Held(request.path, request.form.get("why", why), request.form[FIELD])
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
    text = json.dumps({"at": int(time.time()), "fields": fields}).encode()
    if len(text) > LARGEST:
        return None
    nonce = os.urandom(12)
    sealed = nonce + _cipher().encrypt(nonce, text, _bound(who, why))
    return Held(request.path, why, base64.b64encode(sealed).decode())


def take_up(actor: Actor, door: Door) -> Response | None:
    """Put held fields back into the request, as the door lets it through.

    Gives the page to answer with where nothing must happen before a person has looked again.
    Raises Conflict where they cannot be opened: too old, or not this practitioner's.
    """
    if request.method != "POST" or FIELD not in request.form:
        return None
    sealed, why = request.form[FIELD], request.form.get("why", SIGN_IN)
    again = "again" in request.form
    request.form = ImmutableMultiDict(_opened(actor, sealed, why))
    if why == CONFIRM or again:
        return None
    if door.form:
        g.put_back = True
        return None
    page = render_template("carried.html", held=Held(request.path, why, sealed))
    return current_app.make_response(page)


def _opened(actor: Actor, sealed: str, why: str) -> list[tuple[str, str]]:
    try:
        raw = base64.b64decode(sealed, validate=True)
        text = json.loads(_cipher().decrypt(raw[:12], raw[12:], _bound(actor.id, why)))
    except (ValueError, InvalidTag) as error:
        raise Conflict(
            "What was typed here belongs to someone else who used this device, so it was not sent."
        ) from error
    if time.time() - text["at"] > SECONDS.get(why, 0):
        raise Conflict("What was typed here was kept for too long, so it was not sent.")
    return [(name, value) for name, value in text["fields"]]


def _bound(who: str, why: str) -> bytes:
    return f"{request.path}\n{who}\n{why}".encode()


def _cipher() -> AESGCM:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"inkling carried form").derive(secret))
