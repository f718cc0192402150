"""Settings: what is missing or unsafe stops the start, with one clear sentence."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest
from flask import request

from api import store as stores
from api.errors import Misconfigured
from api.trust.keys import MasterKey
from pwa import create_app
from pwa.config import Config
from tests.cast import Cast
from tests.web import SECRET, Visitor, make_app


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """What a deployment sets."""
    path = tmp_path / "master.key"
    MasterKey.make(path)
    return {
        "INKLING_ORIGIN": "https://inkling.example",
        "INKLING_MASTER_KEY_FILE": str(path),
        "INKLING_DATABASE_URL": f"sqlite:///{tmp_path / 'inkling.db'}",
        "INKLING_SECRET_KEY": "s" * 32,
        "PORT": "8080",
    }


def test_a_deployment_is_read(production: dict[str, str], tmp_path: Path) -> None:
    config = Config.read(production)
    assert config.host == "inkling.example"
    assert config.scheme == "https"
    assert (config.port, config.demo, config.is_local) == (8080, False, False)
    assert config.database_url.startswith("sqlite:////")


def test_where_may_be_sent_to_is_listed(production: dict[str, str]) -> None:
    config = Config.read(production)
    assert "fcm.googleapis.com" in config.push_hosts
    assert list(config.webhook_hosts) == []
    listed = {
        "INKLING_PUSH_HOSTS": "push.example",
        "INKLING_WEBHOOK_HOSTS": "case.example, .C.example",
    }
    config = Config.read({**production, **listed})
    assert list(config.push_hosts) == ["push.example"]
    assert list(config.webhook_hosts) == ["case.example", ".c.example"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"INKLING_SECRET_KEY": ""}, "INKLING_SECRET_KEY is missing"),
        ({"INKLING_SECRET_KEY": "short"}, "INKLING_SECRET_KEY is too short"),
        ({"INKLING_MASTER_KEY_FILE": ""}, "INKLING_MASTER_KEY_FILE is missing"),
        ({"INKLING_ORIGIN": "http://inkling.example"}, "must start with https://"),
        ({"INKLING_ORIGIN": "inkling.example"}, "must be a scheme and a host"),
        ({"INKLING_ORIGIN": "https://inkling.example/app"}, "must be a scheme and a host"),
        ({"INKLING_ORIGIN": "https://me@inkling.example"}, "must be a scheme and a host"),
        ({"INKLING_ORIGIN": "https://inkling.example:port"}, "is not an address"),
        ({"INKLING_ORIGIN": "ftp://inkling.example"}, "must be a scheme and a host"),
        ({"INKLING_DEMO": "1"}, "needs an INKLING_ORIGIN on this machine"),
        ({"INKLING_DEMO": "yes"}, "INKLING_DEMO must be 1 or 0"),
        ({"INKLING_PROXIES": "many"}, "INKLING_PROXIES must be a number"),
        ({"INKLING_PUSH_HOSTS": "https://push.example"}, "INKLING_PUSH_HOSTS must be names"),
        ({"INKLING_WEBHOOK_HOSTS": "127.0.0.1"}, "INKLING_WEBHOOK_HOSTS must be names"),
        ({"INKLING_WEBHOOK_HOSTS": "case.example localhost"}, "names of hosts, not localhost"),
        ({"INKLING_AUDIT_HEADS": "heads"}, "INKLING_AUDIT_HEADS must be a folder's whole path"),
        ({"PORT": "-1"}, "PORT must be a number"),
        ({"PORT": "99999"}, "PORT must be a number"),
    ],
)
def test_what_is_missing_or_unsafe_stops_the_start(
    production: dict[str, str], change: dict[str, str], said: str
) -> None:
    with pytest.raises(Misconfigured, match=r"^[^\n]+$") as stopped:
        Config.read(production | change)
    assert said in stopped.value.sentence


def test_where_heads_of_the_trail_are_kept(production: dict[str, str], tmp_path: Path) -> None:
    config = Config.read(production)
    assert config.audit_heads is None
    (warning,) = config.warnings
    assert warning.startswith("INKLING_AUDIT_HEADS is not set")
    config = Config.read({**production, "INKLING_AUDIT_HEADS": str(tmp_path)})
    assert (config.audit_heads, list(config.warnings)) == (tmp_path, [])
    local = {**production, "INKLING_ORIGIN": "http://localhost:8000"}
    assert not Config.read(local).warnings


def test_a_master_key_that_others_may_read_stops_the_start(production: dict[str, str]) -> None:
    Path(production["INKLING_MASTER_KEY_FILE"]).chmod(0o644)
    with pytest.raises(Misconfigured, match="Others on this machine"):
        Config.read(production)


def test_a_database_that_others_may_read_stops_the_start(
    production: dict[str, str], tmp_path: Path
) -> None:
    stores.open(production["INKLING_DATABASE_URL"]).close()
    assert Config.read(production)
    (tmp_path / "inkling.db").chmod(0o644)
    with pytest.raises(Misconfigured, match="Others on this machine may read the database"):
        Config.read(production)


@pytest.mark.parametrize(
    "origin", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80", "http://a.localhost"]
)
def test_a_loopback_origin_is_development(
    origin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Misconfigured, match="inkling keys make"):
        Config.read({"INKLING_ORIGIN": origin})
    MasterKey.make(tmp_path / "instance" / "secret.key")
    assert Config.read({"INKLING_ORIGIN": origin, "INKLING_DEMO": "1"}).is_local


@pytest.mark.parametrize(
    "origin", ["http://localhost.example", "http://127.0.0.1.example", "http://0.0.0.0"]
)
def test_what_only_looks_like_loopback_is_not(production: dict[str, str], origin: str) -> None:
    with pytest.raises(Misconfigured):
        Config.read(production | {"INKLING_ORIGIN": origin})


def test_settings_are_frozen_and_keep_their_secret_out_of_sight(
    production: dict[str, str],
) -> None:
    config = Config.read(production)
    with pytest.raises(FrozenInstanceError):
        config.demo = True  # type: ignore[misc]
    assert "sss" not in repr(config)


def test_the_demo_needs_a_database_made_for_it(cast: Cast) -> None:
    cast.authority.settings = replace(cast.authority.settings, demo=False)
    with pytest.raises(Misconfigured, match="not a demo"):
        make_app(cast)
    visitor = Visitor(make_app(cast, demo=False))
    visitor.get("/demo", 404)
    visitor.post("/demo/sign-in", {"as": "social-worker"}, 404)


def test_a_demo_database_is_never_served_to_others(cast: Cast) -> None:
    with pytest.raises(Misconfigured, match="this machine only"):
        make_app(cast, origin="https://inkling.example", demo=False)


def test_without_the_setting_a_demo_database_offers_no_demo(cast: Cast) -> None:
    visitor = Visitor(make_app(cast, demo=False))
    visitor.get("/demo", 404)
    visitor.post("/demo/sign-in", {"as": "social-worker"}, 404)


def test_assets_that_are_not_built_stop_the_start(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwa.BUILT", tmp_path)
    with pytest.raises(Misconfigured, match="make assets"):
        create_app(Config(tmp_path, "", "http://localhost:8000", SECRET), cast.authority)


def test_the_address_behind_a_proxy_is_the_clients_own(cast: Cast) -> None:
    for proxies, seen in ((0, "127.0.0.1"), (1, "203.0.113.9")):
        config = Config(Path(), "", "http://localhost:8000", SECRET, demo=True, proxies=proxies)
        app = create_app(config, cast.authority)
        addresses: list[object] = []

        @app.before_request
        def look(addresses: list[object] = addresses) -> None:
            addresses.append(request.remote_addr)

        Visitor(app).open("GET", "/healthz", headers={"X-Forwarded-For": "203.0.113.9"})
        assert addresses == [seen]
