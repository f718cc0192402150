"""POST /deliver: no session, no cookie, no token; a signature, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.moment import new_id
from api.record import notes, unsent
from pwa.pages import envelopes as page
from tests.cast import Cast
from tests.delivery import Device, device_of
from tests.phones import refusals
from tests.web import ORIGIN, Visitor

SAW = "He said that nobody was at home when he woke up."


def deliver(visitor: Visitor, posted: Any, **more: Any) -> TestResponse:
    return visitor.open("POST", "/deliver", json=posted, **more)


def envelope(cast: Cast, by: Device, *fields: tuple[str, str], **how: Any) -> str:
    said = (("people", cast["amara"]), ("kind", "worry"), ("saw", SAW), *fields)
    return by.envelope("note", said, **how)


def test_a_note_goes_in_without_session_or_token(nobody: Visitor, cast: Cast) -> None:
    by, id = device_of(cast, "pastoral", origin=ORIGIN), new_id()
    response = deliver(nobody, by.delivery(envelope(cast, by, id=id)))
    assert response.status_code == 200
    assert response.headers.getlist("Set-Cookie") == []
    assert response.headers["Cache-Control"] == "no-store"
    said = response.json
    assert said
    assert (said["state"], said["revoked"], said["shared"]) == ("sent", False, False)
    assert said["key"]["id"] == by.sealing.id
    assert notes.read(cast.actor("social_worker"), id).now.saw == SAW


def test_all_that_the_form_holds_arrives(nobody: Visitor, cast: Cast) -> None:
    """The same form is read as on the page, so that nothing that can be said there is lost here."""
    by, id = device_of(cast, "pastoral", origin=ORIGIN), new_id()
    fields = (
        ("people", cast["lily"]),
        ("thinks", "I feel uneasy."),
        ("whose", "her brother"),
        ("worried", "6"),
        ("happened_on-day", "1"),
        ("happened_on-month", "11"),
        ("happened_on-year", "2025"),
        ("happened_time", "2.30pm"),
        ("categories", "neglect"),
        ("audience", "school"),
        ("audience", "social care"),
    )
    assert deliver(nobody, by.delivery(envelope(cast, by, *fields, id=id))).json["state"] == "sent"  # type: ignore[index]
    note = notes.read(cast.actor("pastoral"), id)
    assert {one.id for one in note.people} == {cast["amara"], cast["lily"]}
    now = note.now
    assert (now.thinks, now.whose, now.worried) == ("I feel uneasy.", "her brother", 6)
    assert (now.happened_on, now.happened_time) == ("2025-11-01", "14:30")
    assert (list(note.categories), sorted(note.narrowed)) == (
        ["Neglect"],
        ["Children's social care", "School"],
    )


def test_cookies_are_ignored(sign_in_as: Callable[[str], Visitor], cast: Cast) -> None:
    """Whoever is signed in on the browser, the note is whose signature it has; none: no note."""
    by, visitor = device_of(cast, "pastoral", origin=ORIGIN), sign_in_as("social_worker")
    id = new_id()
    response = deliver(visitor, by.delivery(envelope(cast, by, id=id)))
    assert response.status_code == 200
    assert response.headers.getlist("Set-Cookie") == []
    assert notes.read(cast.actor("social_worker"), id).author == "Pat Osei"
    unsigned = by.delivery(envelope(cast, by)) | {"signature": "A" * 86}
    assert deliver(visitor, unsigned).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "status", "reason"),
    [
        ({"signature": "A" * 86}, 403, "signature"),
        ({"count": 1}, 403, "signature"),
        ({"envelope": "{}"}, 400, "unreadable"),
        ({"clock": "now"}, 400, "unreadable"),
    ],
)
def test_a_refusal_is_one_sentence_with_its_status(
    nobody: Visitor, cast: Cast, wrong: dict[str, Any], status: int, reason: str
) -> None:
    by = device_of(cast, "pastoral", origin=ORIGIN)
    response = deliver(nobody, by.delivery(envelope(cast, by)) | wrong)
    assert response.status_code == status
    assert response.json
    assert response.json["reason"] == reason
    assert response.json["error"].endswith(".")
    assert refusals(cast)[-1] == reason


def test_what_cannot_be_read_of_a_note_waits_and_does_not_block_the_next(
    nobody: Visitor, cast: Cast
) -> None:
    by = device_of(cast, "pastoral", origin=ORIGIN)
    held = [("happened_on-day", "9" * 30), ("happened_on-month", "1"), ("happened_on-year", "1")]
    said = deliver(nobody, by.delivery(envelope(cast, by, *held))).json
    assert said
    assert (said["state"], said["reason"]) == ("waiting", "not taken")
    [waits] = unsent.waiting(cast.actor("pastoral"))
    assert waits.sentence == "When it happened must be a real date"


def test_a_copy_is_refused_with_the_count(nobody: Visitor, cast: Cast) -> None:
    by = device_of(cast, "pastoral", origin=ORIGIN)
    posted = by.delivery(envelope(cast, by))
    assert deliver(nobody, posted).status_code == 200
    again = deliver(nobody, posted)
    assert again.status_code == 409
    assert again.json == {
        "error": "This was delivered before.",
        "reason": "replayed",
        "count": posted["count"],
    }


def test_for_another_address(nobody: Visitor, cast: Cast) -> None:
    by = device_of(cast, "pastoral", origin="https://elsewhere.example")
    response = deliver(nobody, by.delivery(envelope(cast, by)))
    assert (response.status_code, response.json and response.json["reason"]) == (403, "origin")


def test_who_guesses_is_slowed_and_who_delivers_is_not(
    nobody: Visitor, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "REFUSED", 3)
    by = device_of(cast, "pastoral", origin=ORIGIN)
    for _ in range(6):
        assert deliver(nobody, by.delivery(envelope(cast, by))).status_code == 200
    statuses = [deliver(nobody, {"junk": True}).status_code for _ in range(6)]
    assert statuses == [400, 400, 400, 429, 429, 429]
    assert refusals(cast).count("unreadable") == 4
    waits = deliver(nobody, by.delivery(envelope(cast, by)))
    assert waits.status_code == 429
    assert int(waits.headers["Retry-After"]) > 0


def test_a_store_that_is_away_keeps_the_note_on_the_phone(
    app: Flask, nobody: Visitor, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.errors import Unavailable

    by = device_of(cast, "pastoral", origin=ORIGIN)
    text = envelope(cast, by)

    def away(*_: object) -> None:
        raise Unavailable("The database cannot be used: its disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(cast.authority.store, "_writing", away)
        response = deliver(nobody, by.delivery(text), headers={"Accept": "application/json"})
    assert response.status_code == 503
    assert deliver(nobody, by.delivery(text)).status_code == 200
    assert unsent.count(cast.actor("pastoral")) == 0


def test_nothing_of_it_reaches_a_log(
    nobody: Visitor, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    by = device_of(cast, "pastoral", origin=ORIGIN)
    posted = by.delivery(envelope(cast, by))
    deliver(nobody, posted)
    deliver(nobody, posted | {"signature": "A" * 86})
    for secret in (SAW, posted["signature"], cast["amara"]):
        assert secret not in caplog.text
