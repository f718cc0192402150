"""The demo's own door: sign-in without a passkey, on this machine, in the demo authority only."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from api import demo
from api.errors import Invalid, NotFound
from api.staff import sessions
from api.trust.p256 import unb64
from pwa import carry, security
from pwa.security import authority

page = Blueprint("demo", __name__)


@page.before_request
def only_in_the_demo() -> None:
    """Answer 404 in any other configuration."""
    if not (security.config().demo and authority().settings.demo):
        raise NotFound("There is no such page.")


@page.route("/demo", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """Offer whom to be. What was typed before a session ended comes along, sealed."""
    return render_template(
        "demo/choose.html", characters=demo.characters(authority()), kept=request.form
    )


@page.post("/demo/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign in as one of the demo's characters."""
    wanted = request.form.get("as", "")
    found = next((one for one in demo.characters(authority()) if one.key == wanted), None)
    if found is None:
        raise NotFound("There is nobody of this name in the demo.")
    signed_in = sessions.start_demo(
        authority(),
        found.practitioner_id,
        security.device_cookie(),
        delivery_key=_delivery_key(),
    )
    response = _go_on(security.safe_path(request.form.get("then")), request.form.get("held"))
    security.begin_session(response, signed_in, found.practitioner_id)
    return response


def _delivery_key() -> bytes | None:
    """Give the browser's own key, which a script put into the form; None where no script ran."""
    filled = request.form.get("delivery_key")
    try:
        return unb64(filled) if filled else None
    except ValueError:
        raise Invalid("This browser's own key could not be read.", "delivery_key") from None


def _go_on(path: str, sealed: str | None) -> Response:
    if not sealed:
        return redirect(path, 303)
    held = carry.Held(path, carry.SIGN_IN, sealed)
    return make_response(render_template("demo/go_on.html", held=held))
