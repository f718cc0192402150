"""Turning notifications on and off; that they arrive is proven in tests/push and tests/browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from api.trust import vapid
from tests.cast import Cast
from tests.web import Visitor

SignIn = Callable[[str], Visitor]
GOOD = {"endpoint": "https://push.example/abc", "p256dh": "B" * 87, "auth": "a" * 22}


def send(visitor: Visitor, way: str, body: object) -> TestResponse:
    headers = {"X-CSRFToken": visitor.token()}
    return visitor.open("POST", f"/notifications/{way}", json=body, headers=headers)


def test_a_device_is_told_until_it_is_turned_off(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("social_worker")
    card = visitor.get("/notifications").one("div", class_="card")
    assert card.get("data-push-key") == vapid.public_key(cast.authority)
    assert card.get("data-told") == "no"
    assert send(visitor, "on", GOOD).status_code == 204
    assert visitor.get("/notifications").one("div", class_="card").get("data-told") == "yes"
    assert send(visitor, "off", {}).status_code == 204
    assert visitor.get("/notifications").one("div", class_="card").get("data-told") == "no"


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {},
        GOOD | {"endpoint": "http://push.example/abc"},
        GOOD | {"endpoint": 5},
        GOOD | {"endpoint": ["https://x"]},
        GOOD | {"auth": ""},
        GOOD | {"p256dh": "B" * 5000},
    ],
)
def test_what_is_no_subscription_is_refused(sign_in_as: SignIn, body: object) -> None:
    answer = send(sign_in_as("social_worker"), "on", body)
    assert answer.status_code == 422
    assert answer.get_json() == {"error": "This browser did not say where to send."}


def test_the_script_hears_in_json_that_the_session_is_over(nobody: Visitor) -> None:
    answer = send(nobody, "on", GOOD)
    assert answer.status_code == 401
    assert answer.get_json() == {"error": "Sign in to go on."}


def test_a_script_without_its_token_is_refused(sign_in_as: SignIn) -> None:
    answer = sign_in_as("social_worker").open("POST", "/notifications/on", json=GOOD)
    assert answer.status_code == 400
    assert "error" in (answer.get_json() or {})
