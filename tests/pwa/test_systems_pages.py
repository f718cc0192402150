"""Systems, for administrators: tokens and webhooks on pages, each secret shown once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from api.staff import connected, tokens
from tests.api import systems
from tests.cast import Cast
from tests.http_systems import System
from tests.web import Page, Visitor

URL = "https://case.example/inkling"


@pytest.fixture
def app(app: Flask) -> Flask:
    app.extensions["config"] = replace(app.extensions["config"], webhook_hosts=["case.example"])
    return app


@pytest.fixture
def administrator(sign_in_as: Callable[[str], Visitor]) -> Visitor:
    visitor = sign_in_as("administrator")
    visitor.confirm()
    return visitor


def wanted(cast: Cast, **changes: object) -> dict[str, object]:
    said = {
        "agency_id": cast["school"],
        "name": "Liquidlogic",
        "scopes": ["people:read", "filings:take"],
        "purpose": "enquiry",
        "days": "30",
    }
    return {**said, **changes}


def secret(page: Page) -> str:
    assert page.response.headers["Cache-Control"] == "no-store"
    return page.one("input", id="secret").get("value") or ""


def test_a_token_is_made_shown_once_used_and_revoked(
    app: Flask, cast: Cast, administrator: Visitor
) -> None:
    assert administrator.get("/me").links()["Systems tokens, and where they are told"] == "/systems"
    assert "will be listed here" in administrator.get("/systems").text
    made = administrator.post("/systems/new", wanted(cast), 200)  # type: ignore[arg-type]
    token = secret(made)
    system = System(app, token)
    system.get(f"/people/{cast['amara']}")
    page = administrator.get("/systems")
    assert token not in page.response.text
    assert "purpose; take the notes that the agency's practitioners file" in page.text
    assert "last used just now" in page.text
    page = administrator.get(page.links()["Liquidlogic"])
    assert token not in page.response.text
    (form,) = [one for one in page.all("form") if "revoke" in one.get("action", "")]
    administrator.post(form.get("action", ""))
    system.get(f"/people/{cast['amara']}", 401)
    assert "No token of it is good" in administrator.get("/systems").text


def test_it_asks_for_the_passkey_first(cast: Cast, sign_in_as: Callable[[str], Visitor]) -> None:
    visitor = sign_in_as("administrator")
    page = visitor.post("/systems/new", wanted(cast), 403)  # type: ignore[arg-type]
    assert tokens.every(cast.system) == []
    page = visitor.post("/confirm/demo", {n: page.field(n) for n in ("then", "held")}, 200)
    carried = {n: page.field(n) for n in ("carried", "why")}
    shown = secret(visitor.post("/systems/new", carried, 200))
    assert tokens.resume(cast.authority, shown)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"agency_id": ""}, "Choose an agency"),
        ({"name": ""}, "name"),
        ({"scopes": []}, "Choose what it is for"),
        ({"purpose": ""}, "Choose for which purpose"),
        ({"days": "soon"}, "Enter a number"),
        ({"days": "9999"}, "from 1 to 366 days"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    cast: Cast, administrator: Visitor, changes: dict[str, object], says: str
) -> None:
    page = administrator.post("/systems/new", wanted(cast, **changes), 422)  # type: ignore[arg-type]
    assert says in page.text
    assert "Harbour" not in page.text
    assert tokens.every(cast.system) == []


def test_a_webhook_is_added_renewed_and_removed(cast: Cast, administrator: Visitor) -> None:
    systems.make(cast)
    source = tokens.every(cast.system)[0].source_id
    path = f"/systems/{source}"
    refused = administrator.post(f"{path}/webhooks", {"url": "https://elsewhere.example/"}, 422)
    assert "INKLING_WEBHOOK_HOSTS" in refused.text
    first = secret(administrator.post(f"{path}/webhooks", {"url": URL}, 200))
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", first)
    page = administrator.get(path)
    assert URL in page.text
    assert "nothing told yet" in page.text
    assert first not in page.response.text
    (webhook,) = connected.one(cast.system, source).webhooks
    assert secret(administrator.post(f"{path}/webhooks/{webhook.id}/secret", {}, 200)) != first
    administrator.post(f"{path}/webhooks/{webhook.id}/start", {}, 409)
    cast.authority.store.upkeep(
        lambda tx: tx.change(
            "UPDATE webhooks SET stopped_at = :now, failing_since = :now, why = 'it answered 500'",
            now=tx.now,
        )
    )
    assert "A webhook has stopped" in administrator.get("/systems").text
    assert "it answered 500" in administrator.get(path).text
    administrator.post(f"{path}/webhooks/{webhook.id}/start")
    assert "has stopped" not in administrator.get("/systems").text
    administrator.post(f"{path}/webhooks/{webhook.id}/end")
    assert URL not in administrator.get(path).text


def test_without_listed_hosts_none_is_offered(
    app: Flask, cast: Cast, administrator: Visitor
) -> None:
    app.extensions["config"] = replace(app.extensions["config"], webhook_hosts=())
    systems.make(cast)
    page = administrator.get(f"/systems/{tokens.every(cast.system)[0].source_id}")
    assert "listed no host" in page.text


def test_what_waits_is_counted_and_nobody_named(cast: Cast, administrator: Visitor) -> None:
    systems.filed(cast, systems.make(cast).secret)
    page = administrator.get("/systems")
    assert "1 note waits to be filed" in page.text
    assert "Amara" not in page.text
