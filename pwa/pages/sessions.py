"""Signing in, confirming and signing out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.staff import sessions
from pwa import security
from pwa.doors import EVERYONE, open_to

page = Blueprint("sessions", __name__)


@page.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Offer to sign in with a passkey."""
    wanted = security.safe_path(request.args.get("next"))
    if security.visitor():
        return redirect(wanted, 303)
    return render_template("sessions/sign_in.html", held=None, next=wanted)


@page.get("/confirm")
@open_to(EVERYONE)
def confirm() -> ResponseReturnValue:
    """Ask for the passkey again, before something dangerous."""
    wanted = security.safe_path(request.args.get("next"))
    return render_template("sessions/confirm.html", held=None, next=wanted)


@page.post("/sign-out")
@open_to(EVERYONE)
def sign_out() -> ResponseReturnValue:
    """End the session; this device is told nothing any more."""
    sessions.end(security.actor())
    response = redirect("/sign-in", 303)
    security.end_session(response)
    return response
