"""Every address says who may come to it, and the door keeps to that, whoever comes."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from werkzeug.routing import Rule

from api.http.house import Operation
from api.staff import tokens
from pwa import doors
from pwa.doors import BY_ORIGIN, EVERYONE, PUBLIC, Door, open_to
from tests.api import systems
from tests.cast import STAFF, Cast
from tests.web import Visitor, make_app

ROLES = {role for _, _, _, roles in STAFF.values() for role in roles} | {"approver"}
NOBODY = "nobody"
KINDS = [NOBODY, *STAFF]


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def app(cast: Cast) -> Flask:
    return make_app(cast)


def without_a_rule(app: Flask) -> list[str]:
    """The addresses that do not say who may come, or say it twice."""
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if (rule.endpoint in PUBLIC) == _declares(app, rule)
    ]


def _declares(app: Flask, rule: Rule) -> bool:
    if doors.is_by_token(rule.endpoint):
        stated = getattr(app.view_functions[rule.endpoint], "operation", None)
        return isinstance(stated, Operation) and stated.scope in tokens.SCOPES
    door = getattr(app.view_functions[rule.endpoint], "door", None)
    return isinstance(door, Door) and bool(door.roles) and door.roles <= ROLES | {EVERYONE}


def asks(app: Flask, cast: Cast) -> Iterator[tuple[str, str, str]]:
    """Every address there is, its parameters filled in, signing out last: endpoint, method, path."""
    rules = app.url_map.iter_rules()
    for rule in sorted(rules, key=lambda rule: rule.endpoint == "sessions.sign_out"):
        values = {
            name: _value(type(rule._converters[name]).__name__, name, cast)
            for name in rule.arguments
        }
        _, path = rule.build(values, append_unknown=False) or ("", "")
        assert path, f"cannot fill in {rule.rule}"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def _value(converter: str, name: str, cast: Cast) -> object:
    if converter == "IntegerConverter":
        return 1
    if converter == "UUIDConverter":
        return cast["amara"] if name == "person_id" else "0193e6a0-0000-7000-8000-00000000beef"
    return "kebab-case"


def test_every_address_says_who_may_come(app: Flask) -> None:
    assert not without_a_rule(app)


def test_the_public_list_is_short_and_all_of_it_is_there(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints >= PUBLIC
    assert len(PUBLIC) <= 20


@pytest.mark.parametrize(
    "path", ["/new", "/new/<uuid:person_id>", "/new/<int:n>/kebab-case", "/new/<path:rest>"]
)
def test_an_address_without_a_rule_is_found_and_refused(app: Flask, cast: Cast, path: str) -> None:
    app.add_url_rule(path, endpoint="new.page", view_func=lambda **_: "open")
    assert path in without_a_rule(app)
    visitor = Visitor(app, cast, "administrator")
    (asked,) = [path for endpoint, _, path in asks(app, cast) if endpoint == "new.page"]
    visitor.get(asked, 404)


def test_an_address_of_the_api_that_states_no_operation_is_found_and_refused(
    app: Flask, cast: Cast
) -> None:
    app.add_url_rule("/new", endpoint="api.new", view_func=lambda: "open")
    assert "/new" in without_a_rule(app)
    token = systems.make(cast).secret
    headers = {"Authorization": f"Bearer {token}"}
    assert Visitor(app).open("GET", "/new", headers=headers).status_code == 404


def test_a_page_below_the_address_of_the_api_has_a_page_s_door(app: Flask, cast: Cast) -> None:
    app.add_url_rule("/api/v1/new", endpoint="new.page", view_func=lambda: "open")
    assert "/api/v1/new" in without_a_rule(app)
    assert Visitor(app, cast, "administrator").open("GET", "/api/v1/new").status_code == 404


def test_a_rule_beside_a_public_address_is_a_contradiction(app: Flask) -> None:
    app.view_functions["house.alive"] = open_to(EVERYONE)(lambda: "alive")
    assert "/healthz" in without_a_rule(app)


def test_a_role_that_does_not_exist_is_no_rule(app: Flask) -> None:
    app.add_url_rule("/new", endpoint="new.page", view_func=open_to("headmaster")(lambda: "open"))
    assert "/new" in without_a_rule(app)


def test_saying_nothing_is_no_rule() -> None:
    with pytest.raises(TypeError):
        open_to()


@pytest.mark.parametrize("who", KINDS)
def test_the_door_keeps_to_the_rule(app: Flask, cast: Cast, who: str) -> None:
    roles = set() if who == NOBODY else set(STAFF[who][3])
    visitor = Visitor(app, cast, None if who == NOBODY else who)
    for endpoint, method, path in asks(app, cast):
        data = {"csrf_token": visitor.token()} if method == "POST" else None
        response = visitor.open(method, path, data=data)
        door = doors.door_of(endpoint, app.view_functions[endpoint])
        said = f"{who} {method} {path}: {response.status_code}"
        assert response.status_code < 500 or path == "/readyz", said
        if endpoint in PUBLIC:
            continue
        if doors.is_by_token(endpoint):  # whoever is signed in: no cookie opens anything there
            assert response.status_code == 401, said
            continue
        assert door, said
        if who == NOBODY:
            to_sign_in = response.headers.get("Location", "").startswith("/sign-in")
            assert response.status_code == 401 or (response.status_code == 303 and to_sign_in), said
        elif EVERYONE not in door.roles and not door.roles & roles:
            assert response.status_code == 403, said
        else:
            assert response.status_code != 401, said
            assert "/sign-in" not in response.headers.get("Location", "") or "sign-out" in path, (
                said
            )


def test_a_form_without_its_token_changes_nothing(app: Flask, cast: Cast) -> None:
    visitor = Visitor(app, cast, "administrator")
    for endpoint, method, path in asks(app, cast):
        if method != "GET" and endpoint not in BY_ORIGIN:
            refused = 401 if doors.is_by_token(endpoint) else 400
            assert visitor.open(method, path, data={}).status_code == refused, path


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost", ""])
def test_only_the_demo_takes_a_post_without_a_token_and_from_no_other_site(
    app: Flask, origin: str
) -> None:
    assert {"demo.sign_in"} == BY_ORIGIN
    data = {"as": "nobody"}
    assert Visitor(app).open("POST", "/demo/sign-in", data=data).status_code == 404
    headers = {"Origin": origin}
    answer = Visitor(app).open("POST", "/demo/sign-in", data=data, headers=headers)
    assert answer.status_code == 400


def test_roles_are_read_as_they_are() -> None:
    door = Door(frozenset({"supervisor"}))
    held = SimpleNamespace(has=lambda *roles: "supervisor" in roles)
    assert door.admits(held)  # type: ignore[arg-type]
    assert not door.admits(SimpleNamespace(has=lambda *roles: False))  # type: ignore[arg-type]
