"""An invitation's link: whoever holds it makes a passkey, and their device then waits."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.staff import invitations, passkeys
from pwa import security
from pwa.doors import limited
from pwa.passkeys import device_kind, relying_party
from pwa.security import authority

page = Blueprint("enrolment", __name__)


@page.get("/enrol/<token>")
def invitation(token: str) -> ResponseReturnValue:
    """Say who is invited, and offer to make a passkey. Uses nothing up."""
    found = invitations.find(authority(), token)
    return render_template("enrolment/invitation.html", invitation=found, token=token)


@page.post("/enrol/<token>/begin")
@limited("enrol", tries=200, minutes=10)
def begin(token: str) -> ResponseReturnValue:
    """Give the options for making a passkey."""
    options = passkeys.begin_enrol(authority(), relying_party(), token)
    return Response(options, mimetype="application/json")


@page.post("/enrol/<token>/finish")
@limited("enrol", tries=200, minutes=10)
def finish(token: str) -> ResponseReturnValue:
    """Take the new passkey: the device now waits, and shows its matching code."""
    made = passkeys.finish_enrol(
        authority(),
        relying_party(),
        token,
        request.get_data(as_text=True),
        security.device_cookie(),
        device_kind(),
    )
    go = url_for("sessions.waiting", enrolment_id=made.enrolment_id)
    response = jsonify(go=go, spent=made.spent_key)
    security.keep_device(response, made.device_cookie)
    return response
