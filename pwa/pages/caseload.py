"""The caseload: asked for by the browser itself, which keeps it sealed for Log without signal."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from api.record import caseload
from api.trust.p256 import b64
from pwa.doors import WORKING, limited, open_to
from pwa.security import actor

page = Blueprint("caseload", __name__)


@page.post("/caseload")
@open_to(*WORKING, polling=True)
@limited("caseload", tries=60, minutes=10)
def hand_out() -> ResponseReturnValue:
    """Give my caseload, signed, to the device that I am signed in on."""
    given = caseload.hand_out(actor())
    return jsonify(caseload=given.text, signature=b64(given.signature))
