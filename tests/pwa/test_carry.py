"""What was typed outlives the session it was typed in."""

from __future__ import annotations

import base64
from collections.abc import Callable
from xml.etree.ElementTree import Element

import pytest
from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField
from wtforms.validators import InputRequired

from api.errors import ConfirmFirst
from pwa.doors import EVERYONE, open_to
from pwa.forms import Form
from tests.cast import Cast
from tests.pwa.test_security import later
from tests.web import Page, Visitor, words

SignIn = Callable[[str], Visitor]
TYPED = "He said <b>it's nothing</b> & looked away\nagain: ünïcode 🙂"


class Diary(Form):
    saw = TextAreaField("Saw", validators=[InputRequired("Say what you saw.")])


@pytest.fixture
def done(app: Flask) -> list[tuple[str, object]]:
    """Three pages that keep what reaches them: a form, a bare button, and something dangerous."""
    kept: list[tuple[str, object]] = []

    @open_to(EVERYONE, form=True)
    def diary() -> ResponseReturnValue:
        form = Diary()
        if form.validate_on_submit():
            kept.append(("sent", form.saw.data))
            return "", 204
        kept.append(("shown", form.saw.data))
        return f"<!doctype html>{form.saw()}", form.status

    @open_to(EVERYONE)
    def button() -> ResponseReturnValue:
        kept.append(("pressed", sorted(request.form.items(multi=True))))
        return "", 204

    @open_to(EVERYONE)
    def dangerous() -> ResponseReturnValue:
        if not g.get("confirmed", len(kept) > 0):
            kept.append(("asked", ""))
            raise ConfirmFirst
        kept.append(("done", request.form["which"]))
        return "", 204

    for name, view in {"diary": diary, "button": button, "dangerous": dangerous}.items():
        app.add_url_rule(f"/{name}", endpoint=name, view_func=view, methods=["GET", "POST"])
    return kept


def held(page: Page) -> dict[str, str]:
    """The fields of the form that carries what was typed."""
    return fields(page.one("form", id="carried"))


def fields(form: Element) -> dict[str, str]:
    """The hidden fields of a form."""
    return {one.get("name", ""): one.get("value", "") for one in form.iter("input")}


def test_typing_comes_back_into_its_form_after_signing_in_again(
    sign_in_as: SignIn, cast: Cast, done: list[object]
) -> None:
    visitor = sign_in_as("pastoral")
    later(cast, minutes=16)
    page = visitor.post("/diary", {"saw": TYPED}, 401)
    assert page.heading == "Sign in"
    carried = held(page)
    visitor.sign_in("pastoral")
    visitor.open("POST", "/diary", data=carried)
    assert done == [("shown", TYPED.replace("\n", "\n"))]
    visitor.post("/diary", {"saw": TYPED}, 204)
    assert done[-1] == ("sent", TYPED)


def test_what_is_carried_cannot_be_read(sign_in_as: SignIn, cast: Cast, done: object) -> None:
    visitor = sign_in_as("pastoral")
    later(cast, minutes=16)
    page = visitor.post("/diary", {"saw": "pomegranate"}, 401)
    assert "pomegranate" not in page.response.text
    assert b"pomegranate" not in base64.b64decode(held(page)["carried"])
    assert "carried" not in page.response.headers.get("Location", "")


def test_nobody_else_gets_it(sign_in_as: SignIn, cast: Cast, done: list[object]) -> None:
    visitor = sign_in_as("pastoral")
    later(cast, minutes=16)
    carried = held(visitor.post("/diary", {"saw": TYPED}, 401))
    visitor.sign_in("safeguarding")
    page = visitor.post("/diary", carried, 409)
    assert "belongs to someone else" in page.text
    assert not done


@pytest.mark.parametrize(
    "spoil",
    [
        {"why": "confirm"},
        {"carried": "AAAA"},
        {"carried": "no base64 é"},
        {"carried": base64.b64encode(b"x" * 200).decode()},
        {"why": "because"},
    ],
)
def test_what_was_tampered_with_is_refused(
    sign_in_as: SignIn, cast: Cast, done: list[object], spoil: dict[str, str]
) -> None:
    visitor = sign_in_as("pastoral")
    later(cast, minutes=16)
    carried = held(visitor.post("/diary", {"saw": TYPED}, 401))
    visitor.sign_in("pastoral")
    visitor.post("/diary", carried | spoil, 409)
    assert not done


def test_it_belongs_to_the_address_it_was_typed_for(
    sign_in_as: SignIn, cast: Cast, done: list[object]
) -> None:
    visitor = sign_in_as("pastoral")
    later(cast, minutes=16)
    carried = held(visitor.post("/diary", {"saw": TYPED}, 401))
    visitor.sign_in("pastoral")
    visitor.post("/button", carried, 409)
    assert not done


def test_it_is_not_kept_for_ever(
    sign_in_as: SignIn, cast: Cast, done: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pwa import carry

    visitor = sign_in_as("pastoral")
    later(cast, minutes=16)
    carried = held(visitor.post("/diary", {"saw": TYPED}, 401))
    visitor.sign_in("pastoral")
    monkeypatch.setitem(carry.SECONDS, carry.SIGN_IN, -1)
    assert "kept for too long" in visitor.post("/diary", carried, 409).text
    assert not done


def test_it_survives_signing_in_twice(sign_in_as: SignIn, cast: Cast, done: list[object]) -> None:
    visitor = sign_in_as("pastoral")
    later(cast, minutes=16)
    first = held(visitor.post("/diary", {"saw": TYPED}, 401))
    second = held(visitor.post("/diary", first, 401))
    visitor.sign_in("pastoral")
    visitor.open("POST", "/diary", data=second)
    assert done == [("shown", TYPED)]


def test_a_bare_button_waits_for_one_more_tap(
    sign_in_as: SignIn, cast: Cast, done: list[object]
) -> None:
    visitor = sign_in_as("pastoral")
    later(cast, minutes=16)
    carried = held(visitor.post("/button", {"which": ["a", "b"]}, 401))
    visitor.sign_in("pastoral")
    page = visitor.post("/button", carried, 200)
    assert not done
    assert [words(one) for one in page.all("button")] == ["Do it now"]
    visitor.post("/button", {**held(page), "again": "yes"}, 204)
    assert done == [("pressed", [("which", "a"), ("which", "b")])]


def test_what_was_confirmed_is_done(sign_in_as: SignIn, done: list[object]) -> None:
    visitor = sign_in_as("supervisor")
    page = visitor.post("/dangerous", {"which": "that one"}, 403)
    page = visitor.post("/confirm/demo", fields(page.one("form", action="/confirm/demo")), 200)
    visitor.post("/dangerous", held(page), 204)
    assert done == [("asked", ""), ("done", "that one")]


def test_confirming_before_a_page_leads_back_to_it(sign_in_as: SignIn, done: object) -> None:
    answer = sign_in_as("supervisor").get("/dangerous", 303)
    assert answer.response.location == "/confirm?next=/dangerous"


def test_nothing_is_carried_for_a_browser_that_nobody_used(nobody: Visitor, done: object) -> None:
    assert not nobody.post("/diary", {"saw": TYPED}, 401).all("form", id="carried")


def test_a_whole_page_is_put_in_place_of_a_part(
    sign_in_as: SignIn, cast: Cast, done: object
) -> None:
    visitor = sign_in_as("pastoral")
    later(cast, minutes=16)
    page = visitor.post("/diary", {"saw": TYPED}, 401, part=True)
    assert page.response.headers["HX-Retarget"] == "body"
