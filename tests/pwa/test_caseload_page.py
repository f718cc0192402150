"""The caseload, as a browser asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from api.trust import p256, sealing
from tests.cast import Cast
from tests.web import Visitor

SignIn = Callable[[str], Visitor]


def ask(visitor: Visitor) -> TestResponse:
    headers = {"X-CSRFToken": visitor.token()}
    return visitor.open("POST", "/caseload", json={}, headers=headers)


def test_a_browser_is_handed_its_caseload_signed(sign_in_as: SignIn, cast: Cast) -> None:
    answer = ask(sign_in_as("social_worker"))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json
    assert set(answer.json) == {"caseload", "signature"}
    names = [person["name"] for person in json.loads(answer.json["caseload"])["people"]]
    assert names == ["Amara Okafor", "Jude Okafor", "Noor Khan", "Rhea Stone"]
    said = f"inkling caseload 1\n{answer.json['caseload']}".encode()
    key = sealing.verify_key(cast.authority)
    assert p256.verify(key, p256.unb64(answer.json["signature"]), said)


@pytest.mark.parametrize("who", ["reporter", "governance", "administrator", "steward"])
def test_who_does_not_work_with_families_has_none(sign_in_as: SignIn, who: str) -> None:
    assert ask(sign_in_as(who)).status_code == 403


def test_a_page_of_another_site_is_handed_none(sign_in_as: SignIn) -> None:
    assert sign_in_as("social_worker").open("POST", "/caseload", json={}).status_code == 400


def test_asking_for_it_keeps_no_session_alive(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("social_worker")
    start = datetime.now(UTC)
    for minutes in (5, 10, 14):
        cast.authority.store.clock = lambda at=minutes: start + timedelta(minutes=at)  # type: ignore[misc]
        assert ask(visitor).status_code == 200
    cast.authority.store.clock = lambda: start + timedelta(minutes=16)
    answer = ask(visitor)
    assert (answer.status_code, answer.json) == (401, {"error": "Sign in to go on."})


def test_it_is_not_asked_for_without_end(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("social_worker")
    assert {ask(visitor).status_code for _ in range(60)} == {200}
    assert ask(visitor).status_code == 429
