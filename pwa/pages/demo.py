"""The demo's own door: sign-in without a passkey, on this machine, in the demo authority only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from api.errors import NotFound
from api.staff import sessions
from pwa import security

page = Blueprint("demo", __name__)


@page.before_request
def only_in_the_demo() -> None:
    """Answer 404 in any other configuration."""
    if not (security.config().demo and security.authority().settings.demo):
        raise NotFound("There is no such page.")


@page.get("/demo")
def choose() -> ResponseReturnValue:
    """Offer whom to be."""
    return render_template("demo/choose.html", characters=_characters())


@page.post("/demo/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign in as one of the demo's characters."""
    authority = security.authority()
    wanted = request.form.get("as", "")
    found = next((one for one in _characters() if one.key == wanted), None)
    if found is None:
        raise NotFound("There is nobody of this name in the demo.")
    response = redirect(security.safe_path(request.form.get("next")), 303)
    signed_in = sessions.start_demo(authority, found.practitioner_id, security.device_cookie())
    security.begin_session(response, signed_in, found.practitioner_id)
    return response


def _characters() -> Sequence[Any]:
    try:
        from api import demo
    except ImportError:
        return []
    return demo.characters(security.authority())
