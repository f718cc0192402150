"""When something cannot be done: one clear sentence, what to do about it, and the right status.

Errors of `api.errors` say their own sentence; their statuses stand here, in one place. What nobody
foresaw is logged by its type and place only, because its message may hold somebody's words.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import (
    Flask,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from api import errors, http
from pwa import carry, doors, logs, security

log = logging.getLogger("inkling.web")

STATUSES: dict[type[errors.InklingError], int] = {
    errors.SignInFirst: 401,
    errors.NotAllowed: 403,
    errors.ConfirmFirst: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Invalid: 422,
    errors.TooOften: 429,
    errors.Misconfigured: 500,
    errors.Unavailable: 503,
}


@dataclass(frozen=True)
class Problem:
    """What an error page says."""

    status: int
    title: str
    sentence: str
    advice: str


PROBLEMS = {
    problem.status: problem
    for problem in (
        Problem(
            400,
            "That did not arrive as it should",
            "What was sent arrived incomplete or cannot be read, so nothing was done with it.",
            "Go back, load the page again, and try once more.",
        ),
        Problem(
            401,
            "Sign in",
            "Sign in to go on.",
            "Nothing was changed.",
        ),
        Problem(
            403,
            "Not open to you",
            "You may not see or do this.",
            "If your work needs it, ask your supervisor.",
        ),
        Problem(
            404,
            "Nothing here",
            "There is no such page.",
            "Check the address, or start from the home page.",
        ),
        Problem(
            405,
            "Not this way",
            "This address cannot be used like that.",
            "Go back and use the buttons on the page.",
        ),
        Problem(
            409,
            "Something else happened first",
            "This cannot be done any more.",
            "Load the page again to see how things stand.",
        ),
        Problem(
            413,
            "Too much at once",
            "What was sent is larger than this service takes.",
            "Go back and send less: a note holds text only.",
        ),
        Problem(
            415,
            "Not in this form",
            "What was sent is in a form that this address does not take.",
            "Go back, load the page again, and try once more.",
        ),
        Problem(
            421,
            "Not this address",
            "This service does not answer at this address.",
            "Use the address that your organisation gave you.",
        ),
        Problem(
            422,
            "Something needs another look",
            "What was sent cannot be taken.",
            "Go back and check what you filled in.",
        ),
        Problem(
            429,
            "Too many tries",
            "That was tried too often.",
            "Wait a few minutes, then try again.",
        ),
        Problem(
            500,
            "Sorry, something went wrong here",
            "The fault is ours, and it has been noted.",
            "Nothing that was sent before is lost. Try again in a few minutes.",
        ),
        Problem(
            503,
            "Not available just now",
            "The service cannot be reached.",
            "Nothing that was sent before is lost. Try again in a few minutes.",
        ),
    )
}


def handle(app: Flask) -> None:
    """Answer every kind of error that a page can end in."""
    app.register_error_handler(errors.InklingError, on_inkling_error)
    app.register_error_handler(errors.SignInFirst, on_sign_in_first)
    app.register_error_handler(errors.ConfirmFirst, on_confirm_first)
    app.register_error_handler(CSRFError, on_stale_form)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_fault)


def on_inkling_error(error: errors.InklingError) -> Response:
    """Say the sentence of an error of ours, with its status."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    if status >= 500:
        log.error("%s at %s", type(error).__name__, request.endpoint)
    response = answer(status, error.sentence, getattr(error, "field", None))
    if isinstance(error, errors.TooOften):
        response.headers["Retry-After"] = str(error.wait)
    if status == 503:
        response.headers["Retry-After"] = "30"
    return response


def on_sign_in_first(error: errors.SignInFirst) -> Response:
    """Lead to the sign-in page, and afterwards back to where this was: with what was typed."""
    door = doors.door_of(
        request.endpoint or "", current_app.view_functions.get(request.endpoint or "")
    )
    if (door and door.polling) or _wants_json():
        response = answer(401, error.sentence)
        response.headers["HX-Reswap"] = "none"
        return response
    if request.method == "POST":
        return _whole(
            render_template(
                "sessions/sign_in.html", held=carry.hold(carry.SIGN_IN), next=security.came_from()
            ),
            401,
        )
    if request.endpoint == "notes.log" and security.device_cookie() and not is_part():
        shell = make_response(current_app.view_functions["notes.shell"]())
        shell.headers["Cache-Control"] = "no-store"  # here it stands in for another page
        return shell  # a note can be written without a session
    return _lead("sessions.sign_in", 401)


def on_confirm_first(error: errors.ConfirmFirst) -> Response:
    """Lead to the page that asks for the passkey, and afterwards do what was asked for."""
    if _wants_json():
        return answer(403, error.sentence)
    if request.method == "POST":
        return _whole(
            render_template(
                "sessions/confirm.html", held=carry.hold(carry.CONFIRM), next=security.came_from()
            ),
            403,
        )
    return _lead("sessions.confirm", 403)


def on_stale_form(error: CSRFError) -> Response:
    """Say that a form does not belong to this session."""
    log.info("form refused at %s: %s", request.endpoint, error.description)
    return answer(400, "This page was open for too long, or in two sessions at once.")


def on_http_error(error: HTTPException) -> Response:
    """Answer what Flask and Werkzeug refuse, in our own words."""
    if error.code is None or error.code < 400:
        return error.get_response()
    response = answer(error.code if error.code in PROBLEMS else 400)
    for name in ("Allow", "Retry-After"):
        if value := error.get_response().headers.get(name):
            response.headers[name] = value
    return response


def on_fault(error: Exception) -> Response:
    """Log where an unforeseen error came from, without its message, and apologise."""
    log.error("at %s: %s", request.endpoint, logs.faults(error))
    return answer(500)


def answer(status: int, sentence: str = "", field: str | None = None) -> Response:
    """Make the response that says what is wrong: a page, a part of one, or JSON. `field` is for other
    systems: on a page it stands beside its field."""
    problem = PROBLEMS[status]
    said = sentence or problem.sentence
    if http.is_ours(request.path):
        return http.problem(status, said, field)
    if security.is_asset():
        return Response(f"{said}\n", status, mimetype="text/plain")
    if _wants_json():
        return make_response(jsonify(error=said), status)
    name = "parts/_problem.html" if is_part() else "problem.html"
    if status >= 500:
        g.actor = None  # no page furniture that would ask the database again
    return make_response(render_template(name, problem=problem, sentence=said), status)


def is_part() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request-Type") == "partial"


def _wants_json() -> bool:
    # A page would set a cookie, and devices that deliver read none.
    by_script = request.is_json or request.endpoint in doors.BY_SIGNATURE
    return by_script or request.accept_mimetypes.best == "application/json"


def _lead(endpoint: str, status: int) -> Response:
    """Send the whole window to another page, and from there back to this one."""
    if is_part():
        response = answer(status)
        response.headers["HX-Redirect"] = url_for(endpoint, next=security.came_from())
        return response
    return redirect(url_for(endpoint, next=security.safe_path(request.path)), 303)


def _whole(page: str, status: int) -> Response:
    """Answer with a page that takes the place of the one that asked."""
    response = make_response(page, status)
    if is_part():
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML"
    return response
