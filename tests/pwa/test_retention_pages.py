"""Keeping and forgetting, as pages: what is due, holds, keeping on, and two people who forget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from api.record import notes
from tests.api.test_stolen_file import forget_her
from tests.canaries import NAMED, type_everything
from tests.cast import Cast
from tests.forgetting import add, pass_years, second, set_rules
from tests.web import Visitor, words

SignIn = Callable[[str], Visitor]


@pytest.fixture
def ready(cast: Cast) -> Cast:
    set_rules(cast)
    second(cast)
    add(cast, "ivo", "Ivo", "Marsh", "1990-04-04")
    add(cast, "una", "Una", "Marsh", "1991-05-05")
    cast.worry("police", "ivo")
    cast.ids["note"] = cast.worry("police", "ivo", "una", saw="Ivo hit Una.").note_ids[0]
    return cast


def confirmed(sign_in_as: SignIn, who: str) -> Visitor:
    visitor = sign_in_as(who)
    visitor.get("/")
    visitor.confirm()
    return visitor


def test_two_people_forget_somebody_page_by_page(ready: Cast, sign_in_as: SignIn) -> None:
    pass_years(ready, 7)
    gwen = confirmed(sign_in_as, "governance")
    assert "Keeping and forgetting" in gwen.get("/me").text
    said = gwen.get("/retention").text
    assert "nobody needs to keep this person any more" in said
    assert "2 notes of Westhaven Police" in said
    path = f"/children/{ready['ivo']}"
    keeping = gwen.get(f"{path}/keeping")
    assert "Ivo" not in words(keeping.one("title"))
    assert f"{path}/forget" in keeping.links().values()
    assert "Say why." in gwen.post(f"{path}/forget", {"reason": " "}, 422).text
    asked = gwen.post(f"{path}/forget", {"reason": "No longer needed."}, 303).response.location
    # What waits for a second person is not due as well.
    listed = gwen.get("/retention")
    assert "Ivo Marsh" in words(listed.region("For a second person"))
    assert "Ivo Marsh" not in words(listed.region("Due"))
    waits = gwen.get(asked).text
    assert "Paul Quill must first say" in waits
    assert "Sign: forget" not in waits
    _look_at_shared(ready, sign_in_as)
    assert "somebody else signs" in gwen.get(asked).text
    stu = confirmed(sign_in_as, "steward")
    assert "Ivo Marsh" in stu.get("/retention").text
    assert "Sign: forget for good" in stu.get(asked).text
    stu.post(f"{asked}/sign", {}, 303)
    assert "Forgotten. It cannot be brought back." in stu.get("/retention").text
    gwen.get(f"{path}/keeping", 404)
    gwen.get(asked, 404)
    assert notes.read(ready.actor("police"), ready["note"]).now.saw == "Una was hit."
    mine = sign_in_as("police").get("/notes").text
    assert "Words were taken out of this on" in mine
    assert "Ivo" not in mine


def _look_at_shared(ready: Cast, sign_in_as: SignIn) -> None:
    paul = sign_in_as("police")
    assert "to be looked at" in paul.get("/shared-notes").text
    links = paul.get("/shared-notes").links().values()
    (link,) = [href for href in links if href.startswith("/shared-notes/")]
    page = paul.get(link)
    assert page.field("saw") == "Ivo hit Una."
    assert "Choose what becomes of it." in paul.post(link, {"saw": "Una was hit."}, 422).text
    paul.post(link, {"decision": "redact", "saw": "Una was hit."}, 303)
    assert "only what you wrote stays" in paul.get("/shared-notes").text


def test_a_hold_is_placed_by_name_and_lifted(ready: Cast, sign_in_as: SignIn) -> None:
    gwen = confirmed(sign_in_as, "governance")
    name = {"first": "ivo", "last": "MARSH"}
    born = {"born_on-day": "4", "born_on-month": "4", "born_on-year": "1990"}
    gwen.get("/retention")
    assert "Enter the date of birth." in gwen.post("/retention", name, 422).text
    nobody = gwen.post("/retention", {**name, **born, "born_on-year": "1991"}, 200).text
    assert "Nobody of this name and date of birth" in nobody
    path = f"/children/{ready['ivo']}"
    found = gwen.post("/retention", {**name, **born}, 200)
    assert f"{path}/keeping" in found.links().values()
    assert "Choose what asks" in gwen.post(f"{path}/hold", {"reason": "They wrote."}, 422).text
    gwen.post(f"{path}/hold", {"kind": "inquiry", "reason": "The inquiry wrote."}, 303)
    shown = gwen.get(f"{path}/keeping")
    assert "The inquiry wrote." in shown.text
    pass_years(ready, 7)
    gwen = confirmed(sign_in_as, "governance")
    shown = gwen.get(f"{path}/keeping")
    assert f"{path}/forget" not in shown.links().values()
    gwen.post(f"{path}/forget", {"reason": "No longer needed."}, 409)
    (lift,) = [href for href in shown.links().values() if "/lift" in href]
    gwen.get(lift)
    gwen.post(lift, {"reason": "It is over."}, 303)
    assert "A death starts one by itself" in gwen.get(f"{path}/keeping").text


def test_what_is_due_is_kept_on(ready: Cast, sign_in_as: SignIn) -> None:
    pass_years(ready, 7)
    gwen = sign_in_as("governance")
    path = f"/children/{ready['ivo']}/keep-on?agency={ready['force']}"
    assert "due since" in gwen.get(path).text
    year = str(int(ready.authority.store.now()[:4]) + 2)
    until = {"until-day": "1", "until-month": "2", "until-year": year}
    assert "Say why." in gwen.post(path, until, 422).text
    gwen.post(path, {**until, "reason": "A review is not over."}, 303)
    assert "notes of Westhaven Police" not in gwen.get("/retention").text
    gwen.get(f"/children/{ready['ivo']}/keep-on?agency={ready['harbour']}", 404)


def test_it_is_taken_back(ready: Cast, sign_in_as: SignIn) -> None:
    pass_years(ready, 7)
    gwen = confirmed(sign_in_as, "governance")
    path = f"/children/{ready['ivo']}/forget"
    gwen.get(path)
    asked = gwen.post(path, {"reason": "No longer needed."}, 303).response.location
    gwen.get(asked)
    gwen.post(f"{asked}/take-back", {}, 303)
    assert "Taken back. Nothing was forgotten." in gwen.get("/retention").text


@pytest.mark.parametrize("who", ["supervisor", "safeguarding"])
def test_whoever_may_only_sign_sees_nothing_that_is_due(
    ready: Cast, sign_in_as: SignIn, who: str
) -> None:
    pass_years(ready, 7)
    visitor = sign_in_as(who)
    page = visitor.get("/retention").text
    assert "Nothing waits for you" in page
    assert "Marsh" not in page
    visitor.get(f"/children/{ready['ivo']}/keeping", 403)
    visitor.get(f"/children/{ready['ivo']}/hold", 403)


@pytest.mark.parametrize("who", ["social_worker", "administrator", "reporter"])
def test_nobody_else_comes_to_these_pages(ready: Cast, sign_in_as: SignIn, who: str) -> None:
    visitor = sign_in_as(who)
    for path in ("/retention", f"/children/{ready['ivo']}/keeping"):
        visitor.get(path, 403)
    assert "None." in visitor.get("/shared-notes").text


def test_every_page_goes_on_after_somebody_was_forgotten(
    app: Flask, cast: Cast, sign_in_as: SignIn, tmp_path: Path
) -> None:
    """Whoever knew her: no list trips over a gap, and none names her."""
    set_rules(cast)
    said = type_everything(cast, tmp_path)
    forget_her(cast, said, tmp_path)
    paths = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and "static" not in rule.rule
    ]
    assert len(paths) > 30
    paths += [f"/audit/practitioners/{cast[who]}" for who in ("outsider", "social_worker")]
    paths += [f"/audit/people/{cast['zephyrine']}", "/audit/purposes?purpose=welfare"]
    paths += [f"/children/{cast['jude']}", f"/children/{cast['jude']}/looks"]
    for who in ("social_worker", "supervisor", "sealed", "governance", "steward", "duty"):
        visitor = sign_in_as(who)
        for path in paths:
            response = visitor.open("GET", path)
            assert response.status_code < 500, (who, path)
            if response.mimetype == "text/html":
                assert not [name for name in NAMED if name in response.text], (who, path)
