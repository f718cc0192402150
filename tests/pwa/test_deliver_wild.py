"""POST /deliver: whatever a stranger posts, and whatever a device of ours sealed, there is an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from api.moment import new_id
from pwa.pages import envelopes as page
from tests.cast import Cast
from tests.delivery import Device, device_of, now, written
from tests.pwa.test_deliver import SAW, deliver
from tests.web import ORIGIN, Visitor
from tests.wild import MEMBERS, SAID, texts, values

# One database serves all examples of a test, as one service does all strangers.
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

DEEP = 50_000  # levels
JSON = "application/json"

FIELDS = (
    *("id", "people", "kind", "saw", "thinks", "who", "someone_else", "found", "looked"),
    *("first", "last", "age", "school", "voice", "whose", "worried", "contact", "child_seen"),
    *("born_on-day", "born_on-month", "born_on-year", "categories", "audience", "more"),
    *("happened_on-day", "happened_on-month", "happened_on-year", "happened_time"),
)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is slowed down, however many examples there are."""
    monkeypatch.setattr(page, "REFUSED", 10**6)


def post(visitor: Visitor, body: bytes | str, content_type: str | None = JSON) -> TestResponse:
    return visitor.open("POST", "/deliver", data=body, content_type=content_type)


def answered(response: TestResponse, *, refused: bool = True) -> Any:
    """Check an answer: one sentence, no cookie, and no fault of ours."""
    assert 400 <= response.status_code < 500 or (not refused and response.status_code == 200)
    assert response.headers.getlist("Set-Cookie") == []
    assert response.headers["Cache-Control"] == "no-store"
    said = response.get_json()
    assert said.get("error", "").endswith(".") or said["state"] in ("sent", "waiting")
    return said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * DEEP,
        b"[" * DEEP + b"]" * DEEP,
        b'{"envelope":' * DEEP,
        b'{"clock":' + b"9" * 6000 + b"}",
        b'"\\ud800"',
        b'{"envelope":"\\ud800","clock":1,"count":1,"signature":""}',
        b'{"envelope":"\\u0000","clock":1,"count":1,"signature":"\\u0000"}',
        b'{"envelope":"' + b"[" * 60_000 + b'","clock":1,"count":1,"signature":""}',
        b"\0",
        b"\xff\xfe\x00\xd8",
        "\ud800".encode("utf-16-le", "surrogatepass"),
        b"envelope=1&clock=1",
        b"\x1f\x8b\x08\x00",
    ],
    ids=range(14),
)
@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        f"{JSON}; charset=utf-7",
        "text/plain",
        "application/x-www-form-urlencoded",
        "\xff",
        None,
    ],
)
def test_a_body_that_is_no_delivery(nobody: Visitor, body: bytes, content_type: str | None) -> None:
    assert answered(post(nobody, body, content_type))["reason"] == "unreadable"


@pytest.mark.parametrize("content_type", [JSON, "text/plain"])
def test_a_body_that_is_too_large(nobody: Visitor, content_type: str) -> None:
    response = post(nobody, b'{"envelope":"' + b"x" * 1024 * 1024 + b'"}', content_type)
    answered(response)
    assert response.status_code == 413


@shared
@given(body=st.binary(max_size=200), content_type=st.sampled_from([JSON, "text/plain", None]))
def test_bytes(nobody: Visitor, body: bytes, content_type: str | None) -> None:
    answered(post(nobody, body, content_type))


@shared
@given(posted=values | st.dictionaries(st.sampled_from(MEMBERS), values))
def test_any_json(nobody: Visitor, posted: Any) -> None:
    answered(post(nobody, json.dumps(posted)))


def fresh(cast: Cast) -> Device:
    return device_of(cast, "pastoral", origin=ORIGIN)


@shared
@given(
    outside=st.dictionaries(st.sampled_from(MEMBERS), values, max_size=1),
    inside=st.dictionaries(st.sampled_from(SAID), values, max_size=2),
)
def test_a_delivery_with_something_else_in_it(
    nobody: Visitor, cast: Cast, outside: dict[str, Any], inside: dict[str, Any]
) -> None:
    """Signed by a device of ours after it was changed, so that what is inside is looked at."""
    by = fresh(cast)
    text = by.envelope("note", [("people", cast["amara"]), ("kind", "worry"), ("saw", SAW)])
    changed = json.dumps(json.loads(text) | inside)
    answered(post(nobody, json.dumps(by.delivery(changed) | outside)), refused=False)


@shared
@given(plain=st.binary(max_size=60) | values.map(lambda one: json.dumps(one).encode()))
def test_anything_sealed(nobody: Visitor, cast: Cast, plain: bytes) -> None:
    by, id = fresh(cast), new_id()
    text = by.envelope("note", id=id, sealed=by.seal("note", id, plain))
    assert answered(deliver(nobody, by.delivery(text)))["reason"] == "sealing"


@shared
@given(
    fields=st.lists(st.tuples(st.sampled_from(FIELDS), texts), max_size=8),
    kind=st.sampled_from(["note", "draft"]),
)
def test_any_fields_in_a_form(
    nobody: Visitor, cast: Cast, fields: list[tuple[str, str]], kind: str
) -> None:
    """A note of one of our own devices arrives, whatever was typed: else it would block the rest."""
    by, id = fresh(cast), new_id()
    said = [["people", cast["amara"]], ["kind", "worry"], ["saw", SAW], *map(list, fields)]
    plain = json.dumps({"at": now(), "fields": said}).encode()
    text = written(json.loads(by.envelope(kind, id=id)) | {"sealed": by.seal(kind, id, plain)})
    if len(text) < 60_000:
        assert answered(deliver(nobody, by.delivery(text)), refused=False)["state"] != "gone"


@pytest.mark.parametrize("worried", ["²", "9" * 5000, "11"])
def test_how_worried_is_a_number_or_is_asked_again(
    nobody: Visitor, cast: Cast, worried: str
) -> None:
    by = fresh(cast)
    said = [("people", cast["amara"]), ("kind", "worry"), ("saw", SAW), ("worried", worried)]
    answered(deliver(nobody, by.delivery(by.envelope("note", said))), refused=False)
