"""Notifications on this device, turned on and off by a tap."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from api.errors import Invalid
from api.staff import subscriptions
from api.trust import vapid
from pwa.doors import EVERYONE, limited, open_to
from pwa.security import actor, authority

page = Blueprint("notifications", __name__)


@page.get("/notifications")
@open_to(EVERYONE)
def choose() -> ResponseReturnValue:
    """Say whether this device tells its owner anything, and let that be changed."""
    return render_template(
        "notifications/notifications.html",
        push_key=vapid.public_key(authority()),
        told=subscriptions.told(actor()),
        back="/me",
    )


@page.post("/notifications/on")
@open_to(EVERYONE)
@limited("notifications", tries=20, minutes=10)
def turn_on() -> ResponseReturnValue:
    """Keep where this browser can be told."""
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        raise Invalid("This browser did not say where to send.", "endpoint")
    fields = [told.get(name) for name in ("endpoint", "p256dh", "auth")]
    subscriptions.subscribe(actor(), *(one if isinstance(one, str) else "" for one in fields))
    return "", 204


@page.post("/notifications/off")
@open_to(EVERYONE)
def turn_off() -> ResponseReturnValue:
    """Tell this browser nothing any more."""
    subscriptions.unsubscribe(actor())
    return "", 204
