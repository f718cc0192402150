"""The demo's own door, on this machine and in the demo authority only (see also test_config)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from webauthn.helpers import bytes_to_base64url

from api.demo import council
from api.staff import practitioners
from tests.cast import Cast
from tests.delivery import Key
from tests.pwa.test_carry import fields, held
from tests.pwa.test_security import later
from tests.web import Page, Visitor, words

KEYS = ("social-worker", "school-pastoral")


@pytest.fixture
def characters(cast: Cast) -> dict[str, str]:
    """Two of those whom the demo offers to be, joined to the cast's authority."""
    staff = {worker.key: worker for worker in council.named_staff()}
    joined = {
        key: practitioners.join(
            cast.system,
            agency_id=cast["care"],
            name=staff[key].name,
            job="Social worker",
            email=staff[key].email,
        )
        for key in KEYS
    }
    for one in joined.values():
        cast.undertakes(one, cast["care"])
    return joined


def be(visitor: Visitor, key: str) -> Page:
    """Tap somebody on the demo's page."""
    page = visitor.get("/demo")
    (button,) = page.all("button", name="as", value=key)
    assert "Jo Marsh" in words(button) or key != "social-worker"
    return visitor.post("/demo/sign-in", {"as": key})


def test_one_tap_signs_in(nobody: Visitor, characters: dict[str, str]) -> None:
    answer = be(nobody, "social-worker").response
    assert answer.location == "/"
    cookies = {one.split("=")[0]: one for one in answer.headers.getlist("Set-Cookie")}
    assert set(cookies) == {"inkling", "inkling-device", "inkling-form"}
    for cookie in cookies.values():
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie  # the demo is http, on this machine
    assert nobody.get("/").heading.startswith("Good ")


def test_only_who_is_there_is_offered(nobody: Visitor, characters: dict[str, str]) -> None:
    offered = [one.get("value") for one in nobody.get("/demo").all("button", name="as")]
    assert offered == list(KEYS)
    for wanted in ("outsider", "", "social_worker", "<b>"):
        nobody.post("/demo/sign-in", {"as": wanted}, 404)
    nobody.get("/", 303)


def test_a_browser_is_one_person_at_a_time(app: Flask, characters: dict[str, str]) -> None:
    visitor = Visitor(app)
    be(visitor, "social-worker")
    first = visitor.client.get_cookie("inkling", domain="localhost")
    assert first
    be(visitor, "school-pastoral")
    visitor.get("/")
    visitor.client.set_cookie("inkling", first.value, domain="localhost")
    visitor.get("/", 303)


@pytest.mark.parametrize("key", KEYS)
def test_typing_comes_back_through_the_demo_to_whoever_typed_it(
    app: Flask, cast: Cast, characters: dict[str, str], key: str
) -> None:
    visitor = Visitor(app)
    be(visitor, "social-worker")
    later(cast, minutes=16)
    page = visitor.post("/log", {"kind": "worry", "saw": "An unusual pomegranate."}, 401)
    page = visitor.post("/demo", fields(page.one("form", action="/demo")), 200)
    typed = fields(page.one("form", action="/demo/sign-in"))
    page = visitor.post("/demo/sign-in", {**typed, "as": key}, 200)
    answer = visitor.open("POST", "/log", data={**held(page)})
    if key == "social-worker":
        assert "An unusual pomegranate." in answer.text
        assert "read it over and send it" in answer.text
    else:
        assert answer.status_code == 400
        assert "pomegranate" not in answer.text


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_going_on_from_the_demo_stays_here(
    nobody: Visitor, characters: dict[str, str], path: str
) -> None:
    answer = nobody.post("/demo/sign-in", {"as": "social-worker", "then": path})
    assert answer.response.location == "/"


def device(visitor: Visitor) -> dict[str, str | None]:
    """Ask what a page's scripts ask of their device."""
    headers = {"X-CSRFToken": visitor.token()}
    said: dict[str, str | None] = visitor.open(
        "POST", "/device", json={}, headers=headers
    ).get_json()
    return said


def test_a_browser_s_key_is_enrolled(app: Flask, characters: dict[str, str]) -> None:
    visitor, key = Visitor(app), bytes_to_base64url(Key().point)
    be(visitor, "social-worker")  # no script ran
    before = device(visitor)
    assert before["deliveryKey"] is None
    visitor.post("/demo/sign-in", {"as": "social-worker", "delivery_key": key})
    after = device(visitor)
    assert after == {**before, "deliveryKey": key}
    assert after["author"] == characters["social-worker"]
    assert after["credential"] is None


# A padded key; a fixed one, because every worker must know a test by the same name.
PADDED = bytes_to_base64url(Key(ec.derive_private_key(7, ec.SECP256R1())).point) + "="


@pytest.mark.parametrize("key", ["x", "AAAA", "é", "=", PADDED])
def test_what_is_no_key_is_refused(nobody: Visitor, characters: dict[str, str], key: str) -> None:
    page = nobody.post("/demo/sign-in", {"as": "social-worker", "delivery_key": key}, 422)
    assert "own key" in page.text
    nobody.get("/", 303)
