"""Whatever goes wrong: one clear sentence, the right status, and never what is inside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import BytesIO
from typing import NoReturn

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from api import errors
from api.record.envelopes import NotTaken
from api.trust.sealer import Tampered
from pwa.doors import EVERYONE, open_to
from pwa.problems import PROBLEMS, STATUSES
from tests.cast import Cast
from tests.web import Visitor

SignIn = Callable[[str], Visitor]
SECRET = "Amara has a bruise"


def break_home(app: Flask, error: Exception) -> None:
    """Let the home page end in this error."""

    @open_to(EVERYONE)
    def broken() -> NoReturn:
        raise error

    app.view_functions["home.home"] = broken


def every_error() -> list[type[errors.InklingError]]:
    kinds = [errors.InklingError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    # What was not delivered is answered where devices deliver (pwa/pages/envelopes.py), and no page seals
    # the trail.
    elsewhere = (errors.InklingError, errors.Refused, NotTaken, Tampered)
    return [kind for kind in kinds if kind not in elsewhere]


def test_every_error_has_a_status_and_a_page() -> None:
    assert set(every_error()) <= set(STATUSES)
    assert set(STATUSES.values()) <= set(PROBLEMS)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotAllowed("You are not in this person's circle."), 403),
        (errors.NotFound("There is no such person here."), 404),
        (errors.Conflict("It was approved already."), 409),
        (errors.Invalid("That is no date.", "when"), 422),
        (errors.TooOften(120), 429),
        (errors.Unavailable("The database cannot be used: the disk is full."), 503),
    ],
    ids=lambda value: str(value)[:20],
)
def test_an_error_says_its_own_sentence(
    app: Flask, sign_in_as: SignIn, error: errors.InklingError, status: int
) -> None:
    visitor = sign_in_as("pastoral")
    break_home(app, error)
    page = visitor.get("/", status)
    assert error.sentence in page.text
    assert PROBLEMS[status].advice in page.text
    part = visitor.get("/", status, part=True)
    assert error.sentence in part.text
    assert not part.all("h1")
    answer = visitor.open("GET", "/", headers={"Accept": "application/json"})
    assert answer.get_json() == {"error": error.sentence}


@pytest.mark.parametrize("status", sorted(PROBLEMS))
def test_every_problem_has_a_page(app: Flask, sign_in_as: SignIn, status: int) -> None:
    visitor = sign_in_as("pastoral")
    error = HTTPException()
    error.code = status
    break_home(app, error)
    page = visitor.get("/", status)
    assert page.heading == PROBLEMS[status].title
    assert PROBLEMS[status].sentence in page.text
    assert "/" in page.links().values()


def test_a_fault_shows_nothing_of_itself_and_logs_no_words(
    app: Flask, sign_in_as: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = sign_in_as("pastoral")
    break_home(app, RuntimeError(SECRET))
    with caplog.at_level(logging.INFO):
        page = visitor.get("/", 500)
    assert "The fault is ours" in page.text
    for hidden in (SECRET, "RuntimeError", "Traceback", "test_problems.py"):
        assert hidden not in page.response.text
    assert "at home.home: RuntimeError: test_problems.py" in caplog.text
    assert SECRET not in caplog.text


def test_logs_hold_rules_and_ids_and_nothing_typed(
    sign_in_as: SignIn, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = sign_in_as("social_worker")
    with caplog.at_level(logging.INFO, "inkling"):
        visitor.open("GET", f"/children/{cast['amara']}?q=Okafor")
        visitor.open("GET", "/enrol/VERYSECRETTOKEN?also=SECRET")
        visitor.open("GET", "/no/such/Okafor")
        visitor.post("/demo/sign-in", {"as": "Okafor"}, 404)
    for hidden in ("Okafor", "SECRET", "Amara", "Marsh"):
        assert hidden not in caplog.text
    assert cast["social_worker"] in caplog.text
    assert "POST /demo/sign-in" in caplog.text


@pytest.mark.parametrize("path", ["/", "/inbox", "/sign-in", "/healthz"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST", "TRACE", "BREW"])
def test_a_method_that_is_not_there(sign_in_as: SignIn, method: str, path: str) -> None:
    assert sign_in_as("pastoral").open(method, path).status_code == 405


def test_ten_megabytes_are_too_much(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("pastoral")
    for path in ("/sign-out", "/demo/sign-in"):
        page = visitor.post(path, {"typed": "a" * 10_000_000}, 413)
        assert "larger than this service takes" in page.text
    visitor.get("/")


@pytest.mark.parametrize("missing", [1, 100])
def test_a_body_that_was_cut_off_is_not_taken(sign_in_as: SignIn, missing: int) -> None:
    visitor = sign_in_as("pastoral")
    body = f"csrf_token={visitor.token()}&saw=He+was+fine+until".encode()
    response = visitor.open(
        "POST",
        "/sign-out",
        content_type="application/x-www-form-urlencoded",
        environ_overrides={
            "CONTENT_LENGTH": str(len(body) + missing),
            "wsgi.input": BytesIO(body),
            "wsgi.input_terminated": True,  # as our web server says
        },
    )
    assert response.status_code == 400
    assert "arrived incomplete" in response.text
    visitor.get("/")


def test_a_body_of_unknown_length_is_not_read(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("pastoral")
    response = visitor.open("POST", "/sign-out", headers={"Transfer-Encoding": "chunked"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    "body", ["%", "&&&=", "csrf_token", "\0\0", "a=%FF%FE", "=" * 5000, '{"cut": "of']
)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json"])
def test_nonsense_is_refused_before_anything_happens(
    sign_in_as: SignIn, body: str, kind: str
) -> None:
    response = sign_in_as("pastoral").open("POST", "/sign-out", data=body, content_type=kind)
    assert response.status_code == 400


@pytest.mark.parametrize(
    "query",
    ["before=x", "before=", "before=%00", "before=%FF", "before='--", "before=" + "9" * 5000],
)
def test_a_made_up_cursor_is_no_fault(sign_in_as: SignIn, query: str) -> None:
    assert sign_in_as("pastoral").open("GET", f"/inbox?{query}").status_code in (200, 400, 404, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/inbox/0193e6a0-0000-7000-8000-00000000beef",
        "/inbox/not-an-id",
        "/inbox/%00",
        "/inbox/..%2f..%2fetc%2fpasswd",
        "/children/%F0%9F%99%82",
        "/static/../../config.py",
        "/static/%2e%2e/%2e%2e/config.py",
        "/" + "a" * 5000,
    ],
)
def test_an_address_that_is_not_there(sign_in_as: SignIn, path: str) -> None:
    response = sign_in_as("pastoral").open("GET", path)
    assert response.status_code == 404
    assert "passwd" not in response.text


def test_somebody_elses_inbox_item_is_not_there(sign_in_as: SignIn, cast: Cast) -> None:
    from api.telling import inbox, outbox
    from tests.pwa.test_security import later

    cast.worry("pastoral", "amara")
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    (item,) = inbox.list_items(cast.actor("social_worker")).items
    sign_in_as("outsider").get(f"/inbox/{item.id}", 404)
    sign_in_as("social_worker").get(f"/inbox/{item.id}", 303)


def test_a_full_disk_is_one_sentence_and_loses_nothing(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("social_worker")
    before = cast.worry("pastoral", "amara")
    disk = cast.authority.store._database().conn  # type: ignore[attr-defined]
    (pages,) = disk.execute("PRAGMA page_count").fetchone()
    (free,) = disk.execute("PRAGMA max_page_count").fetchone()
    disk.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(200):  # what is free within the file goes first
        response = visitor.open("GET", "/")
        if response.status_code != 200:
            break
    assert response.status_code == 503
    assert "the disk is full" in response.text
    assert "Nothing that was sent before is lost" in response.text
    disk.execute(f"PRAGMA max_page_count = {free}")
    visitor.get(f"/notes/{before.note_ids[0]}")
