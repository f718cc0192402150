"""Where devices deliver what they sealed without signal: by its signature, without a session."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from api.record import envelopes
from api.record.envelopes import NotTaken, Taken
from api.staff import attempts
from api.trust import p256
from pwa.pages.notes import read_note
from pwa.passkeys import relying_party
from pwa.security import authority

page = Blueprint("envelopes", __name__)

STATUSES = {
    "unreadable": 400,
    "unknown device": 403,
    "signature": 403,
    "author": 403,
    "origin": 403,
    "replayed": 409,
    "full": 409,
    "sealing": 422,
}
# Refusals from one machine. What is taken is not limited: a whole day may arrive at once.
REFUSED, SECONDS = 300, 600


@page.post("/deliver")
def deliver() -> ResponseReturnValue:
    """Take one envelope, or say why not. The same again has the same answer."""
    bucket = f"deliver {request.remote_addr}"
    attempts.check(authority(), bucket, REFUSED, SECONDS)
    posted = request.get_json(silent=True)
    try:
        taken = envelopes.take(authority(), relying_party(), posted, read_note)
    except NotTaken as refused:
        attempts.count(authority(), bucket, REFUSED, SECONDS)
        said = {"error": refused.sentence, "reason": refused.reason, "count": refused.count}
        return jsonify(said), STATUSES[refused.reason]
    return jsonify(answer(taken))


def answer(taken: Taken) -> dict[str, object]:
    """Give what a device is told."""
    return {
        "state": taken.state,
        "reason": taken.reason,
        "shared": taken.shared,
        "revoked": taken.revoked,
        "key": {"id": taken.key.id, "public": p256.b64(taken.key.public)},
    }
