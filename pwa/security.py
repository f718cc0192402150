"""What stands between an address and its page: the door, sessions and their cookies.

Closed unless listed: `at_the_door` runs before every request and refuses each address whose rule
(see `pwa.doors`) does not let this actor in. Pages ask here who they are serving.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from flask import Flask, Request, abort, current_app, g, redirect, request, session, url_for
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from api import http
from api.authority import Authority
from api.errors import NotAllowed, NotFound, SignInFirst
from api.facts.loading import LARGEST_UPLOAD
from api.staff import attempts, sessions, undertakings
from api.trust.actor import Actor
from pwa import carry, doors, headers
from pwa.config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 1024 * 1024
UNDERTAKE_FIRST = "Read how Inkling may be used, and accept it, before you do this."
NO_USE = "Your role has no use for this page."
SESSION_HOURS = 12
DEVICE_DAYS = 400  # the longest that browsers keep a cookie

csrf = CSRFProtect()
logins = LoginManager()


class SignedIn(UserMixin):  # type: ignore[misc]
    """An actor as Flask-Login wants to see one."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        """Give the practitioner's id."""
        return self.actor.id


class AtOrigin:
    """Tells an app behind proxies how it is reached: by its origin's scheme, from which address."""

    def __init__(self, app: WSGIApplication, config: Config) -> None:
        self._scheme = config.scheme
        self._app = app
        if config.proxies:
            self._app = ProxyFix(app, x_for=config.proxies, x_proto=0, x_host=0)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        environ["wsgi.url_scheme"] = self._scheme
        return self._app(environ, start_response)


class FormSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, except for files (the same for everyone, and cached so) and the API."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open the session, or none for a file or another system."""
        if is_asset() or http.is_ours(request.path):
            return None
        return super().open_session(app, request)


class StrangersJSON(DefaultJSONProvider):
    """JSON as it is posted: what is nested too deeply to be read is no JSON, and no fault of ours."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON. Raises ValueError."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def protect(app: Flask, config: Config) -> None:
    """Put the door, the session, CSRF protection and the headers around an app."""
    secure = config.scheme == "https"
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        # Flask's own cookie holds the CSRF secret and whose typing may be kept; no session rests on it.
        SESSION_COOKIE_NAME=cookie_name("form", secure),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        REMEMBER_COOKIE_NAME=cookie_name("unused", secure),
        # A page may stay open for a shift: its token lasts as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,  # the door does it, before anything else
    )
    app.wsgi_app = AtOrigin(app.wsgi_app, config)  # type: ignore[method-assign]
    app.json = StrangersJSON(app)
    app.session_interface = FormSessions()
    csrf.init_app(app)
    logins.session_protection = None  # 'strong' signs phones out when their address changes
    logins.request_loader(_resume)
    logins.init_app(app)
    app.before_request(at_our_address)
    app.before_request(at_the_door)
    app.after_request(lambda response: headers.put_on(response, secure=secure))


# --- Who is served ------------------------------------------------------------------------------


def authority() -> Authority:
    """Give the authority that this app serves."""
    return cast(Authority, current_app.extensions["authority"])


def config() -> Config:
    """Give the settings of this deployment."""
    return cast(Config, current_app.extensions["config"])


def csrf_token() -> str:
    """Give the token that every form of this page carries: made once, however many forms."""
    if "csrf_token_made" not in g:
        g.csrf_token_made = generate_csrf()
    return cast(str, g.csrf_token_made)


def csrf_field() -> Markup:
    """Give the hidden field of a form that is written by hand."""
    if "csrf_field_made" not in g:
        opening = Markup('<input type="hidden" name="csrf_token" value="')
        g.csrf_field_made = opening + csrf_token() + Markup('">')
    return cast(Markup, g.csrf_field_made)


def built(name: str) -> str:
    """Give the built file that stands for a name, such as app.css."""
    return all_built()[name]


def all_built() -> Mapping[str, str]:
    """Give every built file by its name."""
    return cast("dict[str, str]", current_app.extensions["built"])


def actor() -> Actor:
    """Give who is signed in. Raises SignInFirst where nobody is."""
    found = visitor()
    if found is None:
        raise SignInFirst
    return found


def visitor() -> Actor | None:
    """Give who is signed in, or None. Never asks the database: the door did."""
    return cast("Actor | None", g.get("actor"))


def _resume(_request: object) -> SignedIn | None:
    token = request.cookies.get(session_cookie())
    if not token:
        return None
    # What a page asks by itself keeps no session alive, nor does what needs none.
    door = doors.door_of(request.endpoint or "", _view())
    found = sessions.resume(authority(), token, touch=bool(door and not door.polling))
    return SignedIn(found) if found else None


# --- The door -----------------------------------------------------------------------------------


def at_our_address() -> None:
    """Refuse whoever asks for another host."""
    if request.host.lower() != config().host and not _is_probe():
        abort(421)


def at_the_door() -> AnyResponse | None:
    """Let a request through or raise: form, limit, session and role, in this order."""
    if not (request.endpoint or "").startswith("house."):
        authority().keep_up()
    if doors.is_by_token(request.endpoint):
        return None  # the API's own door follows
    if not (request.endpoint or "").startswith("house.") and not _is_by_signature():
        g.actor = current_user.actor if current_user.is_authenticated else None
    if request.endpoint is None:
        return None  # no such address: Flask answers 404 or 405
    view, door = _view(), doors.door_of(request.endpoint, _view())
    public = request.endpoint in doors.PUBLIC
    if door is None and not public:
        current_app.logger.error("no rule for endpoint %s", request.endpoint)
        raise NotFound("There is no such page.")
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        _check_body(door)
        if not _is_by_signature():
            _check_sender()
    _count_attempt(doors.limit_of(view))
    if door is None:
        return None
    if not door.admits(actor()):
        raise NotAllowed(NO_USE)
    return _undertake_first() or carry.take_up(actor(), door)


def _undertake_first() -> AnyResponse | None:
    """Send whoever has not undertaken to use Inkling rightly to the page that asks for it. What was typed
    before the page changed is taken all the same."""
    accepted = actor().undertaken
    if accepted >= undertakings.VERSION or request.endpoint in doors.BEFORE_UNDERTAKING:
        return None
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("undertakings.undertake"), 303)
    if not accepted:
        raise NotAllowed(UNDERTAKE_FIRST)
    return None


def _is_by_signature() -> bool:
    return request.endpoint in doors.BY_SIGNATURE


def _is_probe() -> bool:
    """Whether a load balancer asks how a process is: it does so by number, not by name."""
    return request.endpoint in ("house.alive", "house.ready") and not config().is_local


def _check_body(door: doors.Door | None = None) -> None:
    """Refuse a body that is too large, says nothing of its length, or was cut off on its way."""
    if door and door.upload and request.content_length is not None:
        if not door.admits(actor()):
            raise NotAllowed(NO_USE)
        # It is read with its form; one that was cut off has lost its form's end, and has no token.
        request.max_content_length = LARGEST_UPLOAD + LARGEST_BODY
        return
    if request.content_length is None:
        if "Transfer-Encoding" in request.headers:
            abort(411)
    elif len(request.get_data()) != request.content_length:
        # The server says that its stream ends by itself, so Werkzeug does not notice.
        abort(400, "cut off")


def _check_sender() -> None:
    """Refuse what was posted from another site's page."""
    if request.endpoint not in doors.BY_ORIGIN:
        csrf.protect()
    elif request.headers.get("Origin", config().origin) != config().origin:
        abort(400, "another origin")


def is_asset() -> bool:
    """Whether a file of the build is asked for, which is the same for everyone."""
    return request.path.startswith("/static/")


def _view() -> object:
    return current_app.view_functions.get(request.endpoint or "")


def _count_attempt(limit: doors.Limit | None) -> None:
    if limit is None or request.method != "POST":
        return
    who = visitor()
    bucket = f"{limit.bucket} {who.id if who else request.remote_addr}"
    attempts.count(authority(), bucket, limit.tries, limit.seconds)


def safe_path(wanted: str | None) -> str:
    """Give a path on this site to go on to, or the home page for anything else."""
    wanted = wanted or "/"
    return wanted if re.fullmatch(r"/(?![/\\])[^\\\s\x00-\x1f]*", wanted) else "/"


def came_from() -> str:
    """Give the path of the page that this request was made from, for going back there."""
    current = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    here = current.netloc.lower() == config().host
    return safe_path(current.path) if here else url_for("home.home")


# --- Cookies ------------------------------------------------------------------------------------


def cookie_name(kind: str, secure: bool) -> str:
    """Give a cookie's full name: over http a browser would refuse the __Host- prefix."""
    name = f"inkling-{kind}" if kind else "inkling"
    return f"__Host-{name}" if secure else name


def session_cookie() -> str:
    """Give the name of the session's cookie."""
    return cookie_name("", config().scheme == "https")


def device_cookie() -> str | None:
    """Give what this browser was given to be known by, or None."""
    return request.cookies.get(cookie_name("device", config().scheme == "https"))


def keep_device(response: AnyResponse, cookie: str) -> None:
    """Have this browser known again: a passkey alone does not make an approved device."""
    _set(response, "device", cookie, days=DEVICE_DAYS)


def begin_session(
    response: AnyResponse, signed_in: sessions.SignedIn, practitioner_id: str
) -> None:
    """Set the cookies of a session that has just begun."""
    if session.get("who") != practitioner_id:
        session.clear()  # the CSRF secret of whoever was here before goes with them
        session["who"] = practitioner_id
    keep_device(response, signed_in.device_cookie)
    # Lax: a link in an e-mail or a tapped notification must find its reader signed in.
    _set(response, "", signed_in.session_token, hours=SESSION_HOURS)


def end_session(response: AnyResponse) -> None:
    """Take the session's cookie back; the device stays known."""
    session.clear()
    secure = config().scheme == "https"
    response.delete_cookie(session_cookie(), path="/", secure=secure, httponly=True, samesite="Lax")


def _set(response: AnyResponse, kind: str, value: str, *, days: int = 0, hours: int = 0) -> None:
    secure = config().scheme == "https"
    response.set_cookie(
        cookie_name(kind, secure),
        value,
        max_age=days * 86400 + hours * 3600,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
