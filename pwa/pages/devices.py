"""My devices: where I am let in, and since when."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template
from flask.typing import ResponseReturnValue

from api.staff import devices
from api.trust.p256 import b64
from pwa import security
from pwa.doors import EVERYONE, open_to
from pwa.passkeys import relying_party
from pwa.security import actor

page = Blueprint("devices", __name__)


@page.get("/devices")
@open_to(EVERYONE)
def mine() -> ResponseReturnValue:
    """List my devices with their state and last use."""
    return render_template("devices/devices.html", devices=devices.mine(actor()))


@page.post("/devices/<uuid:enrolment_id>/revoke")
@open_to(EVERYONE)
def revoke(enrolment_id: object) -> ResponseReturnValue:
    """Shut a device out, mine or one that I may approve."""
    me = actor()
    devices.revoke(me, str(enrolment_id))
    if me.enrolment_id == str(enrolment_id):
        response = redirect("/sign-in", 303)
        security.end_session(response)
        return response
    flash("Revoked. That device is signed out, and told nothing more.")
    return redirect(security.came_from(), 303)


@page.post("/device")
@open_to(EVERYONE, polling=True)
def here() -> ResponseReturnValue:
    """Tell this browser's scripts whose it is, and which keys to seal to and to check with."""
    found = devices.here(actor())
    return jsonify(
        {
            "enrolment": found.enrolment_id,
            "author": found.practitioner_id,
            "name": found.name,
            "authority": found.authority_id,
            "origin": relying_party().origin,
            "shared": found.shared,
            "credential": b64(found.passkey) if found.passkey else None,
            "deliveryKey": b64(found.delivery_key) if found.delivery_key else None,
            "key": {"id": found.sealing_key.id, "public": b64(found.sealing_key.public)},
            "verify": b64(found.verify_key),
        }
    )
