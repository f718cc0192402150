"""What a phone on a weak signal has to load, and what an installed app needs."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from api.errors import Unavailable
from tests.cast import Cast
from tests.web import Visitor

SignIn = Callable[[str], Visitor]
STATIC = Path(__file__).parents[2] / "pwa" / "static"
FIRST_VISIT = 60_000
LATER_PAGE = 12_000


def weigh(visitor: Visitor, path: str, encoding: str) -> int:
    """The size of an answer as it is sent."""
    sent = visitor.open("GET", path, headers={"Accept-Encoding": encoding})
    assert sent.status_code == 200, path
    return len(sent.data)


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_first_visit_is_light(sign_in_as: SignIn, app: Flask, encoding: str) -> None:
    visitor = sign_in_as("social_worker")
    html = visitor.open("GET", "/").text
    files = {"/", *re.findall(r'(?:href|src)="(/[^"]+\.[a-z]+)"', html)}
    # What the page asks for by itself: the worker with its shell, the manifest with an icon.
    files |= {
        "/sw.js",
        "/offline",
        "/offline/log",
        f"/static/{app.extensions['built']['icon-192.png']}",
    }
    assert len(files) >= 8
    assert sum(weigh(visitor, path, encoding) for path in files) <= FIRST_VISIT


@pytest.mark.parametrize("path", ["/", "/inbox", "/log", "/search", "/me", "/children/{}"])
def test_a_later_page_is_light(sign_in_as: SignIn, cast: Cast, path: str) -> None:
    for n in range(20):
        cast.worry("pastoral", "amara", saw=f"No coat again today, and it was raining. {n}")
    visitor = sign_in_as("social_worker")
    assert weigh(visitor, path.format(cast["amara"]), "gzip") <= LATER_PAGE


def test_our_own_scripts_are_few_and_light() -> None:
    sources = [one.read_text(encoding="utf-8") for one in (STATIC / "src").glob("*.js")]
    assert sum(len(source.splitlines()) for source in sources) <= 1_000
    # As they stand, comments and all: what browsers get is smaller.
    assert len(gzip.compress("".join(sources).encode())) <= 25_000


@pytest.mark.parametrize(
    ("accepted", "given"),
    [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("", None), ("br;q=0, gzip", "gzip")],
)
def test_a_file_comes_as_the_browser_can_read_it(
    nobody: Visitor, app: Flask, accepted: str, given: str | None
) -> None:
    path = f"/static/{app.extensions['built']['app.css']}"
    answer = nobody.open("GET", path, headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == given
    assert answer.mimetype == "text/css"
    assert "Accept-Encoding" in answer.headers["Vary"]
    again = nobody.open(
        "GET", path, headers={"Accept-Encoding": accepted, "If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


def test_the_manifest_has_what_installing_needs(nobody: Visitor) -> None:
    answer = nobody.open("GET", "/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    manifest = json.loads(answer.text)
    assert manifest["start_url"] == manifest["scope"] == "/"
    assert manifest["display"] == "standalone"
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert any(icon.get("purpose") == "maskable" for icon in manifest["icons"])
    for icon in manifest["icons"]:
        assert nobody.open("GET", icon["src"]).mimetype == "image/png"


def test_the_service_worker_keeps_only_what_is_the_same_for_everyone(
    nobody: Visitor, sign_in_as: SignIn
) -> None:
    script = nobody.open("GET", "/sw.js").text
    kept = set(re.findall(r'"(/[^"]*)"', script))
    # /log is what /offline/log stands in for, /deliver is posted to, /inbox opened by a notification.
    assert {path for path in kept if not path.startswith("/static/")} == {
        "/offline", "/offline/log", "/log", "/deliver", "/inbox"
    }  # fmt: skip
    # What is put in the cache is listed by the build.
    assert script.count("caches.open") == 2
    assert script.count("addAll") == 1
    for path in ("/offline", "/offline/log"):
        answers = [one.open("GET", path) for one in (nobody, sign_in_as("social_worker"))]
        assert answers[0].text == answers[1].text
        assert "csrf" not in answers[0].text
        assert not answers[0].headers.getlist("Set-Cookie")


def test_the_service_worker_changes_with_the_pages_it_keeps(nobody: Visitor, cast: Cast) -> None:
    before = nobody.open("GET", "/sw.js").text
    assert nobody.open("GET", "/sw.js").text == before
    settings = cast.authority.settings
    cast.authority.settings = replace(settings, front_door_phone="01632 960111")
    assert nobody.open("GET", "/sw.js").text != before


def test_log_opens_without_a_session_where_a_device_is_known(nobody: Visitor) -> None:
    stranger = nobody.open("GET", "/log")
    assert stranger.status_code == 303
    nobody.client.set_cookie("inkling-device", "whatever", domain="localhost")
    known = nobody.open("GET", "/log")
    assert known.status_code == 200
    assert known.headers["Cache-Control"] == "no-store"
    assert known.text == nobody.open("GET", "/offline/log").text


def test_alive_and_ready(nobody: Visitor, monkeypatch: pytest.MonkeyPatch, cast: Cast) -> None:
    assert nobody.open("GET", "/healthz").text == "alive\n"
    assert nobody.open("GET", "/readyz").text == "ready\n"

    def gone(_: object) -> None:
        raise Unavailable("The database cannot be used: no PostgreSQL answers.")

    monkeypatch.setattr(cast.authority.store, "upkeep", gone)
    answer = nobody.open("GET", "/readyz")
    assert (answer.status_code, answer.text[:32]) == (503, "The database cannot be used: no ")
    assert nobody.open("GET", "/healthz").status_code == 200
