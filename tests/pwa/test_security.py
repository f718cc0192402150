"""The door, the session's cookie and the headers, as a browser meets them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from api.trust.keys import MasterKey
from pwa.security import safe_path
from tests.cast import Cast
from tests.web import Visitor, make_app

SignIn = Callable[[str], Visitor]


def later(cast: Cast, **span: float) -> None:
    """Let time pass for the authority."""
    now = cast.authority.store.clock() + timedelta(**span)

    def clock() -> datetime:
        return now

    cast.authority.store.clock = clock


def test_every_answer_carries_the_strict_headers(nobody: Visitor) -> None:
    for path in ("/sign-in", "/healthz", "/no-such-page", "/sw.js", "/static/no-such-file"):
        headers = nobody.open("GET", path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        for part in ("frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
            assert part in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "geolocation=()" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers


def test_production_asks_for_https_and_host_cookies(cast: Cast) -> None:
    cast.authority.settings = _without_demo(cast)
    visitor = Visitor(make_app(cast, origin="https://inkling.example", demo=False))
    response = visitor.open("GET", "/sign-in")
    assert response.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-inkling-form=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in cookie
    assert "Domain" not in cookie


def test_a_probe_may_ask_by_number_in_production(cast: Cast) -> None:
    cast.authority.settings = _without_demo(cast)
    client = make_app(cast, origin="https://inkling.example", demo=False).test_client()
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/sign-in", 421), ("/", 421)):
        assert client.get(path, headers={"Host": "10.0.0.7:8080"}).status_code == status


def test_posting_over_https_needs_token_and_referrer(cast: Cast) -> None:
    cast.authority.settings = _without_demo(cast)
    app = make_app(cast, origin="https://inkling.example", demo=False)
    visitor = Visitor(app)
    data = {"csrf_token": visitor.token(), "link": "nonsense"}
    for referrer, status in (
        ("https://inkling.example/sign-in", 404),
        ("https://evil.example/", 400),
        ("", 400),
    ):
        answer = visitor.open(
            "POST", "/sign-in/invitation", data=data, headers={"Referer": referrer}
        )
        assert answer.status_code == status


def _without_demo(cast: Cast) -> object:
    from dataclasses import replace

    return replace(cast.authority.settings, demo=False)


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:8001", ""])
def test_another_host_is_refused(app: Flask, host: str) -> None:
    for path in ("/", "/sign-in", "/demo", "/healthz"):
        response = app.test_client().get(path, headers={"Host": host})
        assert response.status_code == 421


def test_a_session_ends_after_fifteen_idle_minutes(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("social_worker")
    later(cast, minutes=14)
    visitor.get("/")
    later(cast, minutes=14)
    visitor.get("/")
    later(cast, minutes=16)
    assert visitor.get("/", 303).response.location == "/sign-in?next=/"


def test_polling_does_not_keep_a_session_alive(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("social_worker")
    for _ in range(3):
        later(cast, minutes=4)
        visitor.get("/inbox/unread", part=True)
    later(cast, minutes=4)
    answer = visitor.get("/inbox/unread", 401, part=True)
    assert answer.response.headers["HX-Reswap"] == "none"
    assert "HX-Redirect" not in answer.response.headers


def test_a_part_asked_for_without_a_session_leads_the_whole_page_to_sign_in(
    nobody: Visitor,
) -> None:
    headers = {
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "HX-Current-URL": f"{nobody.origin}/inbox?x=1",
    }
    response = nobody.open("GET", "/inbox?before=1", headers=headers)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/sign-in?next=/inbox"


def test_signing_out_ends_the_session_everywhere(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("social_worker")
    kept = visitor.client.get_cookie("inkling", domain="localhost")
    assert kept
    visitor.post("/sign-out")
    visitor.client.set_cookie("inkling", kept.value, domain="localhost")
    visitor.get("/", 303)


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "é" * 50, "a" * 4000])
def test_a_made_up_session_is_none(nobody: Visitor, token: str) -> None:
    nobody.client.set_cookie("inkling", token, domain="localhost")
    nobody.get("/", 303)


def test_a_made_up_remember_cookie_is_nothing(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("social_worker")
    visitor.client.set_cookie("remember_token", "someone|beef", domain="localhost")
    visitor.get("/")


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/children/1", "/children/1"),
        (None, "/"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/\t/evil.example", "/"),
    ],
)
def test_going_on_stays_on_this_site(wanted: str | None, given: str) -> None:
    assert safe_path(wanted) == given


def test_what_shows_people_is_never_kept_and_files_are(nobody: Visitor, app: Flask) -> None:
    assert nobody.open("GET", "/").headers["Cache-Control"] == "no-store"
    css = app.extensions["built"]["app.css"]
    answer = nobody.open("GET", f"/static/{css}")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in answer.headers["Vary"]
    assert nobody.open("GET", "/sw.js").headers["Cache-Control"] == "no-cache"


def test_signing_in_too_often_is_slowed_down(app: Flask, cast: Cast) -> None:
    from api.errors import TooOften
    from pwa.doors import limited

    view = app.view_functions["demo.sign_in"]
    app.view_functions["demo.sign_in"] = limited("sign-in", tries=3, minutes=5)(view)
    visitor = Visitor(app)
    for _ in range(3):
        visitor.post("/demo/sign-in", {"as": "nobody"}, 404)
    answer = visitor.post("/demo/sign-in", {"as": "nobody"}, 429)
    assert answer.response.headers["Retry-After"].isdigit()
    assert TooOften(int(answer.response.headers["Retry-After"])).sentence in answer.text
    later(cast, minutes=6)
    visitor.post("/demo/sign-in", {"as": "nobody"}, 404)


def test_a_master_key_is_made_for_its_owner_alone(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "master.key"
    assert MasterKey.make(path)
    assert path.stat().st_mode & 0o777 == 0o600
