"""Signing in, waiting for approval, confirming and signing out.

Limits are for a whole office behind one address at nine in the morning: a passkey cannot be guessed, so
they keep floods out and nobody's guesses. A ceremony is two posts from `passkeys.js`: `begin` gives the options as JSON, `finish` takes the
browser's answer and says where to go. What the browser sends is JSON of its own making, so it goes to
the core as the text that it is.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from api.errors import NotFound
from api.staff import devices, passkeys, sessions
from api.staff.invitations import NO_SUCH_INVITATION
from api.staff.passkeys import Waiting
from pwa import carry, security
from pwa.doors import EVERYONE, limited, open_to
from pwa.passkeys import device_kind, relying_party
from pwa.security import actor, authority

page = Blueprint("sessions", __name__)


# --- Signing in --------------------------------------------------------------------------------------


@page.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Offer to sign in with a passkey."""
    wanted = security.safe_path(request.args.get("next"))
    if security.visitor():
        return redirect(wanted, 303)
    return render_template("sessions/sign_in.html", held=None, next=wanted)


@page.post("/sign-in/begin")
@limited("sign in", tries=600, minutes=10)
def begin_sign_in() -> ResponseReturnValue:
    """Give the options for signing in with whichever passkey is chosen."""
    return _json(passkeys.begin_sign_in(authority(), relying_party()))


@page.post("/sign-in/finish")
@limited("sign in", tries=600, minutes=10)
def finish_sign_in() -> ResponseReturnValue:
    """Take the passkey's answer: a session, or a device that waits."""
    done = passkeys.finish_sign_in(
        authority(),
        relying_party(),
        request.get_data(as_text=True),
        security.device_cookie(),
        device_kind(),
    )
    if isinstance(done, Waiting):
        go = url_for("sessions.waiting", enrolment_id=done.enrolment_id)
        response = jsonify(go=go, spent=done.spent_key)
        security.keep_device(response, done.device_cookie)
        return response
    # Typing that was kept through signing in comes back to whoever typed it, and to nobody else.
    kept = session.get("who") == done.practitioner_id
    response = jsonify(go=None, kept=kept, spent=done.spent_key)
    security.begin_session(response, done, done.practitioner_id)
    return response


@page.get("/sign-in/waiting/<uuid:enrolment_id>")
def waiting(enrolment_id: object) -> ResponseReturnValue:
    """Show a waiting device its matching code."""
    asked = devices.asked(authority(), str(enrolment_id), security.device_cookie())
    return render_template("sessions/waiting.html", asked=asked, id=enrolment_id)


@page.get("/sign-in/waiting/<uuid:enrolment_id>/state")
def waiting_state(enrolment_id: object) -> ResponseReturnValue:
    """Say how the asking stands: nothing while it waits. Asked for every few seconds."""
    asked = devices.asked(authority(), str(enrolment_id), security.device_cookie())
    if asked.state == "pending":
        return "", 204
    return render_template("sessions/_asked.html", asked=asked, id=enrolment_id)


@page.post("/sign-in/invitation")
@limited("enrol", tries=200, minutes=10)
def follow_invitation() -> ResponseReturnValue:
    """Follow the link of an invitation that was pasted: an installed app has no address bar."""
    found = re.search(r"/enrol/([A-Za-z0-9_-]{20,100})", request.form.get("link", ""))
    if found is None:
        raise NotFound(NO_SUCH_INVITATION)
    return redirect(url_for("enrolment.invitation", token=found.group(1)), 303)


# --- Confirming --------------------------------------------------------------------------------------


@page.get("/confirm")
@open_to(EVERYONE)
def confirm() -> ResponseReturnValue:
    """Ask for the passkey again, before something dangerous."""
    wanted = security.safe_path(request.args.get("next"))
    return render_template("sessions/confirm.html", held=None, next=wanted)


@page.post("/confirm/begin")
@open_to(EVERYONE)
def begin_confirm() -> ResponseReturnValue:
    """Give the options for showing the session's own passkey."""
    return _json(passkeys.begin_confirm(actor(), relying_party()))


@page.post("/confirm/finish")
@open_to(EVERYONE)
@limited("confirm", tries=30, minutes=10)
def finish_confirm() -> ResponseReturnValue:
    """Take the passkey's answer: good for five minutes of what is dangerous."""
    passkeys.finish_confirm(actor(), relying_party(), request.get_data(as_text=True))
    return jsonify(go=None, kept=True)


@page.post("/confirm/demo")
@open_to(EVERYONE)
def confirm_in_the_demo() -> ResponseReturnValue:
    """Confirm with a button, in the demo only; then do what was held, or go on."""
    if not security.config().demo:
        raise NotFound("There is no such page.")
    sessions.confirm_demo(actor())
    wanted, sealed = security.safe_path(request.form.get("then")), request.form.get("held")
    if not sealed:
        return redirect(wanted, 303)
    held = carry.Held(wanted, carry.CONFIRM, sealed)
    return render_template("sessions/confirmed.html", held=held)


@page.app_context_processor
def _for_confirming() -> dict[str, object]:
    return {"has_passkey": lambda: passkeys.can_confirm(actor())}


# --- Signing out -------------------------------------------------------------------------------------


@page.post("/sign-out")
@open_to(EVERYONE)
def sign_out() -> ResponseReturnValue:
    """End the session; this device is told nothing any more."""
    sessions.end(actor())
    response = redirect("/sign-in", 303)
    security.end_session(response)
    return response


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")
