"""The API over HTTP: its door, its answers, and the document that describes it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from api import http, moment
from api.errors import Invalid, Unavailable
from api.http import house, reading, schemas
from api.http.document import build
from api.record import filings, notes, people, protections
from api.staff import tokens
from api.telling import webhooks
from tests import wild
from tests.api import systems as made
from tests.cast import Cast
from tests.feeds import add_feed
from tests.http_systems import System
from tests.trail import last_event
from tests.web import Visitor

ROOT = Path(__file__).parents[2]
NOBODY = "0193e6a0-0000-7000-8000-000000000009"
AMARA = {"first": "Amara", "last": "Okafor", "born_on": "2019-05-03"}


@pytest.fixture
def system(app: Flask, cast: Cast) -> System:
    """The school's case system."""
    return System(app, made.make(cast).secret)


@pytest.fixture
def police(app: Flask, cast: Cast) -> System:
    return System(app, made.make(cast, "force").secret)


def involvement(cast: Cast, **changes: object) -> dict[str, object]:
    said = {"person_id": cast["amara"], "kind": "active", "role": "Tutor"}
    return {**said, "contact_name": "Tam Reid", **changes}


def worry(cast: Cast, **changes: object) -> dict[str, object]:
    said = {"staff_number": "W005", "people": [cast["amara"]], "kind": "worry"}
    return {**said, "saw": "No coat again today.", **changes}


# --- The door ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic eDp5",
        "Bearer inkling_\xe9",
        "Bearer a b",
        "x" * 9000,
    ],
)
def test_nothing_opens_without_a_good_token(app: Flask, cast: Cast, sent: str) -> None:
    response = System(app).ask(
        "GET", f"/people/{cast['amara']}", headers={"Authorization": sent} if sent else {}
    )
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_s_cookie_opens_nothing_here_and_a_token_no_page(
    app: Flask, cast: Cast, system: System
) -> None:
    worker = Visitor(app, cast, "social_worker")
    assert worker.open("GET", f"/api/v1/people/{cast['amara']}").status_code == 401
    headers = {"Authorization": f"Bearer {system.secret}"}
    page = Visitor(app).open("GET", f"/children/{cast['amara']}", headers=headers)
    assert page.status_code == 303


def test_a_token_is_let_in_for_what_it_is_for_and_nothing_else(app: Flask, cast: Cast) -> None:
    reader = System(app, made.make(cast, scopes=["people:search"]).secret)
    reader.send("POST", "/people/search", AMARA, 200)
    reader.get(f"/people/{cast['amara']}", 403)
    reader.send("PUT", "/involvements/S1", involvement(cast), 403)
    reader.send("POST", "/notes", worry(cast), 403, key="K1")
    refused = last_event(cast, "token:refused")
    assert (refused["reason"], refused["verdict"]) == ("no notes:write", "refused")


def test_a_token_that_is_over_is_answered_like_none(app: Flask, cast: Cast) -> None:
    revoked, expired = made.make(cast), made.make(cast, days=1)
    tokens.revoke(cast.system, revoked.id)
    System(app, revoked.secret).get(f"/people/{cast['amara']}", 401)
    at = moment.parse(cast.authority.store.now()) + timedelta(days=1)
    cast.authority.store.clock = lambda: at
    System(app, expired.secret).get(f"/people/{cast['amara']}", 401)


def test_another_host_is_refused(app: Flask, system: System) -> None:
    system.origin = "http://elsewhere.example"
    system.get(f"/people/{NOBODY}", 421)


def test_every_answer_says_how_often_one_may_ask(
    system: System, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "TRIES", 3)
    path = f"/people/{cast['amara']}"
    left = []
    for _ in range(3):
        response = system.ask("GET", path)
        assert response.status_code == 200
        policy = response.headers["RateLimit-Policy"]
        assert policy == '"token";q=3;w=60'
        left.append(re.findall(r'"token";r=(\d);t=\d+', response.headers["RateLimit"])[0])
    assert left == ["2", "1", "0"]
    response = system.ask("GET", path)
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert response.headers["RateLimit"].startswith('"token";r=0;t=')
    others = System(system.app, made.make(cast, "force").secret)
    assert others.ask("GET", path).status_code == 200


def test_who_guesses_is_slowed_down(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "STRANGERS_TRIES", 2)
    guesser = System(app, "inkling_guess")
    for status in (401, 401, 429):
        guesser.get(f"/people/{cast['amara']}", status)


# --- Errors --------------------------------------------------------------------------------------


def test_what_is_not_there_is_a_problem_as_well(system: System) -> None:
    system.get("/nothing", 404)
    system.get("", 404)
    response = system.ask("DELETE", f"/people/{NOBODY}")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert system.ask("OPTIONS", f"/people/{NOBODY}").status_code == 405
    assert system.ask("GET", "/people/not-an-id").status_code == 404
    assert system.ask("GET", "/openapi.json", headers={"Accept": "text/html"}).status_code == 200


def test_what_is_too_large_or_in_another_form_is_a_problem(system: System) -> None:
    assert system.ask("POST", "/people/search", data=b" " * 1_100_000).status_code == 413
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""):
        response = system.ask("POST", "/people/search", data=b"{}", content_type=kind)
        assert response.status_code == 415


def test_a_fault_of_ours_says_nothing_of_what_it_was(
    system: System, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("No coat again today")

    monkeypatch.setattr("api.record.systems.look", fail)
    response = system.ask("GET", f"/people/{cast['amara']}")
    assert response.status_code == 500
    assert "coat" not in response.text

    def busy(*_: object) -> None:
        raise Unavailable("The database cannot be used.")

    monkeypatch.setattr("api.record.systems.look", busy)
    response = system.ask("GET", f"/people/{cast['amara']}")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]x",
        b'{"first": "A", "first": "B"}',
        b'{"birth_year": NaN}',
        b'{"birth_year": 1e400}',
        b'{"birth_year": 2019.0}',
        b'{"birth_year": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"first": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"first": "A"}'.encode("utf-16"),
    ],
)
def test_what_is_no_json_is_refused(system: System, data: bytes) -> None:
    assert system.ask("POST", "/people/search", data=data).status_code == 400


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ([], None),
        ("Amara", None),
        ({"first": "Amara", "surname": "Okafor"}, "surname"),
        ({"first": None}, "first"),
        ({"first": ["Amara"]}, "first"),
        ({"birth_year": True}, "birth_year"),
        ({"birth_year": 1}, "birth_year"),
        ({"born_on": "03/05/2019"}, "born_on"),
        ({"born_on": "20190503"}, "born_on"),
        ({"first": "x" * 201}, "first"),
        ({"first": "\0"}, "first"),
        ({"first": "\ud800"}, "first"),
        ({}, "first"),
    ],
)
def test_what_was_not_asked_for_is_refused_by_name(
    system: System, said: object, field: str | None
) -> None:
    assert system.send("POST", "/people/search", said, 422).get("field") == field


# --- People --------------------------------------------------------------------------------------


def test_a_parameter_that_is_not_described_is_refused_by_name(system: System, cast: Cast) -> None:
    for path in ("/events", "/filings", f"/people/{cast['amara']}"):
        assert system.get(f"{path}?limit=5", 422)["field"] == "limit"
        assert "field" not in system.get(f"{path}?a-b=5", 422)


def test_one_person_is_found_and_whom_to_ring_stands_by(system: System, cast: Cast) -> None:
    found = system.send("POST", "/people/search", AMARA, 200)
    (result,) = found["results"]
    assert (result["id"], result["name"], result["born"]) == (
        cast["amara"],
        "Amara Okafor",
        "2019",
    )
    assert set(result) == {"id", "name", "born", "district", "why"}
    little = system.send("POST", "/people/search", {"last": "Okafor"}, 200)
    assert (little["results"], bool(little["advice"])) == ([], True)
    assert little["whom_to_ring"]["phone"] == "01632 960100"


def test_a_person_of_one_s_own_is_shown_without_notes(system: System, cast: Cast) -> None:
    cast.worry("pastoral", "amara", saw="Bruises on the arm.")
    person = system.get(f"/people/{cast['amara']}")
    assert (person["name"], person["born_on"]) == ("Amara Okafor", "2019-05-03")
    lines = system.get(f"/people/{cast['amara']}/involvements")
    assert [line["name"] for line in lines["now"] if line["lead"]] == ["Jo Marsh"]
    assert "Harbour" not in str(lines)
    assert "Bruises" not in str((person, lines))
    assert last_event(cast, "directory:looked")["agency_id"] == cast["school"]


def test_that_a_source_names_nobody_says_what_it_means(system: System, cast: Cast) -> None:
    store = cast.authority.store
    for code, agency in (("housing", "care"), ("late", "care"), ("sealed", "harbour")):
        add_feed(store, code, cast[agency], involves=True)
    store.upkeep(lambda tx: tx.change("UPDATE sources SET ages_from = 16 WHERE code = 'late'"))
    said = {
        one["source"]: (one["kind"], one["why"])
        for one in system.get(f"/people/{cast['amara']}")["absences"]
    }
    assert said == {
        "The housing feed": ("no record", ""),
        "The late feed": ("not covered", "under 16"),
        "The sealed feed": ("not shown", ""),
    }


def test_who_is_closed_is_answered_like_nobody(system: System, police: System, cast: Cast) -> None:
    before = system.ask("GET", f"/people/{cast['amara']}")
    tag = before.headers["ETag"]
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "A witness.",
        [cast["social_worker"]],
    )
    for one in (system, police):
        for path in ("", "/involvements"):
            hidden, nobody = (
                one.ask("GET", f"/people/{id}{path}", headers={"If-None-Match": tag})
                for id in (cast["amara"], NOBODY)
            )
            assert (hidden.status_code, nobody.status_code) == (404, 404)
            assert hidden.data == nobody.data
            assert set(hidden.headers.keys()) == set(nobody.headers.keys())
        assert one.send("POST", "/people/search", AMARA, 200)["results"] == []
        said = [
            one.send("PUT", "/involvements/S9", involvement(cast, person_id=id), 404)
            for id in (cast["amara"], NOBODY)
        ]
        assert said[0] == said[1]


def test_a_protected_place_is_nowhere_in_an_answer(
    system: System, police: System, cast: Cast
) -> None:
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father.", [cast["social_worker"]]
    )
    for one in (system, police):
        person = one.get(f"/people/{cast['amara']}")
        assert (person["location_hidden"], person["school"]) == (True, "")
        lines = one.get(f"/people/{cast['amara']}/involvements")
        assert all(line["hidden"] for line in lines["now"])
        found = one.send("POST", "/people/search", AMARA, 200)
        for said in (person, lines, found):
            assert not re.search(r"Bede|ZZ17|Mill Lane|07700", str(said))


def test_a_tag_saves_the_body_follows_access_and_each_look_leaves_its_row(
    system: System, police: System, cast: Cast
) -> None:
    path = f"/people/{cast['amara']}/involvements"
    first, other = system.ask("GET", path), police.ask("GET", path)
    assert first.headers["ETag"] != other.headers["ETag"]
    looks = len(looked(cast))
    again = system.ask("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert len(looked(cast)) == looks + 1
    foreign = system.ask("GET", path, headers={"If-None-Match": other.headers["ETag"]})
    assert foreign.status_code == 200
    system.send("PUT", "/involvements/S1", involvement(cast), 201)
    changed = system.ask("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    nobody = System(system.app).ask("GET", path, headers={"If-None-Match": "*"})
    assert nobody.status_code == 401


def looked(cast: Cast) -> list[dict[str, Any]]:
    return cast.authority.store.query(
        "SELECT id FROM audit_events WHERE action = 'directory:looked'"
    )


# --- Saying --------------------------------------------------------------------------------------


def test_an_involvement_is_put_under_one_s_own_id(system: System, cast: Cast) -> None:
    first = system.send("PUT", "/involvements/case-17.2", involvement(cast), 201)
    assert system.send("PUT", "/involvements/case-17.2", involvement(cast), 200) == first
    changed = system.send("PUT", "/involvements/case-17.2", involvement(cast, role="Mentor"), 200)
    assert changed != first
    lines = system.get(f"/people/{cast['amara']}/involvements")["now"]
    assert [line["role"] for line in lines if line["name"] == "Tam Reid"] == ["Mentor"]
    system.send("PUT", "/involvements/case-17.2", involvement(cast, person_id=cast["lily"]), 409)
    for odd in ("-x", "x" * 101, "a%20b", "a%0A", "%C3%A9"):
        assert system.send("PUT", f"/involvements/{odd}", involvement(cast), 422)["field"]


def test_a_note_is_sent_once_under_its_key(system: System, cast: Cast) -> None:
    first = system.send("POST", "/notes", worry(cast), 201, key="K1")
    again = system.send("POST", "/notes", worry(cast), 200, key="K1")
    assert (first["again"], again) == (False, {"id": first["id"], "again": True})
    (note,) = notes.about(cast.actor("social_worker"), cast["amara"]).notes
    assert (note.id, note.author) == (first["id"], "Pat Osei")
    problem = system.send("POST", "/notes", worry(cast, saw="Another."), 422, key="K1")
    assert problem["field"] == "Idempotency-Key"
    assert system.send("POST", "/notes", worry(cast), 422)["field"] == "Idempotency-Key"
    assert system.send("POST", "/notes", worry(cast), 422, key="a b")["field"] == "Idempotency-Key"
    assert system.send("POST", "/notes", worry(cast, saw=""), 422, key="K2")["field"] == "saw"
    assert people.look(cast.actor("social_worker"), cast["amara"]).notes


def test_what_speaks_through_the_api_stands_among_the_sources_and_takes_no_file(
    app: Flask, cast: Cast, system: System
) -> None:
    system.send("PUT", "/involvements/S1", involvement(cast), 201)
    administrator = Visitor(app, cast, "administrator")
    (link,) = [to for to in administrator.get("/sources").links().values() if "/api-" in to]
    page = administrator.get(link)
    assert page.heading == "Case system"
    assert "This system speaks through the API" in page.text
    assert not page.all("input", type="file")


# --- Events --------------------------------------------------------------------------------------


def test_events_are_heard_from_a_cursor_on(system: System, police: System, cast: Cast) -> None:
    line = system.send("PUT", "/involvements/S1", involvement(cast), 201)
    first = system.get("/events")
    (event,) = first["events"]
    assert (event["kind"], event["person_id"], event["involvement_id"], event["source_id"]) == (
        "involvement changed",
        cast["amara"],
        line["id"],
        "S1",
    )
    path = f"/events?cursor={first['cursor']}"
    again = system.ask("GET", path)
    assert (again.get_json()["events"], first["more"]) == ([], False)
    same = system.ask("GET", path, headers={"If-None-Match": again.headers["ETag"]})
    assert same.status_code == 304
    assert police.get("/events")["events"] == []
    assert police.get(path, 422)["field"] == "cursor"
    for wrong in ("x", "A" * 48, f"{first['cursor']}&cursor={first['cursor']}", ""):
        assert system.get(f"/events?cursor={wrong}", 422)["field"] == "cursor"


# --- Filings -------------------------------------------------------------------------------------


def test_a_filed_note_is_fetched_and_answered(system: System, police: System, cast: Cast) -> None:
    note = cast.worry("social_worker", "amara").note_ids[0]
    at = moment.parse(cast.authority.store.now()) + timedelta(seconds=11)
    cast.authority.store.clock = lambda: at
    (place,) = notes.read(cast.actor("pastoral"), note).systems
    filings.file(cast.actor("pastoral"), note, place.id, 1)
    page = system.get("/filings")
    (filing,) = page["filings"]
    assert (filing["note_id"], filing["saw"], page["more"]) == (
        note,
        "No coat again today, and it was raining.",
        False,
    )
    assert system.get("/events")["events"][-1]["filing_id"] == filing["id"]
    assert system.get(f"/filings?cursor={page['cursor']}")["filings"] == []
    tag = system.ask("GET", "/filings").headers["ETag"]
    assert system.ask("GET", "/filings", headers={"If-None-Match": tag}).status_code == 304
    path = f"/filings/{filing['id']}/receipt"
    receipt = {"outcome": "filed", "reference": "12345"}
    police.send("PUT", path, receipt, 404)
    assert system.send("PUT", path, {"outcome": "filed"}, 422)["field"] == "reference"
    for _ in range(2):
        system.send("PUT", path, receipt, 204)
    system.send("PUT", path, {"outcome": "refused", "why": "No."}, 409)
    assert system.get("/filings")["filings"] == []
    system.get("/filings?cursor=x", 422)


# --- The document --------------------------------------------------------------------------------


def test_the_document_is_served_to_anybody_and_names_every_address_there_is(app: Flask) -> None:
    document = System(app).get("/openapi.json")
    assert document["openapi"].startswith("3.1")
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(http.PREFIX)), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.document"
        for method in (rule.methods or set()) - {"HEAD"}
    }
    written = {
        (path, method.upper()) for path, said in document["paths"].items() for method in said
    }
    assert there == written
    named = {
        one["operationId"]: {p["name"] for p in one["parameters"] if p["in"] == "path"}
        for said in document["paths"].values()
        for one in said.values()
    }
    for rule in app.url_map.iter_rules():
        if rule.endpoint.removeprefix("api.") in named:
            assert named[rule.endpoint.removeprefix("api.")] == rule.arguments


def test_what_is_told_by_webhook_is_described(cast: Cast, system: System) -> None:
    assert set(schemas.TOLD) == set(webhooks.TYPES.values())
    described = build()["webhooks"]
    (token,) = tokens.every(cast.system)
    webhooks.add(cast.system, token.source_id, "https://case.example/", ["case.example"])
    made.filed(cast, system.secret)
    system.send("PUT", "/involvements/S1", involvement(cast), 201)
    (claim,) = webhooks.claim(cast.authority, 1)
    told: webhooks.Claim | None = claim
    for kind in ("note.to_be_filed", "involvement.changed"):
        assert told
        said = json.loads(told.body)
        content = described[kind]["post"]["requestBody"]["content"]["application/json"]
        reading.check(content["schema"], said)
        assert system.get(said["data"]["fetch"].removeprefix(http.PREFIX))
        told = webhooks.settle(cast.authority, told, webhooks.Outcome("taken"))


def test_the_page_for_people_names_every_operation_and_scope(app: Flask) -> None:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    for one in http.operations:
        assert f"`{one.method} {one.path}`" in page
    for name in (*tokens.SCOPES, *schemas.TOLD):
        assert f"`{name}`" in page


@settings(max_examples=60)
@given(
    said=st.dictionaries(
        st.sampled_from(sorted(schemas.NOTE["properties"])) | wild.texts, wild.values
    )
)
def test_whatever_is_sent_is_read_or_refused_by_name(said: dict[str, object]) -> None:
    for schema in (schemas.NOTE, schemas.INVOLVEMENT, schemas.QUERY):
        try:
            reading.check(schema, said)
        except Invalid:
            continue
        assert set(said) <= set(schema["properties"])
        assert set(schema["required"]) <= set(said)
