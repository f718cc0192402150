"""A real Chromium, a site of its own for each test, and a phone for whoever walks in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from api.trust import vapid
from tests.browser.phone import PATIENCE, Phone, Phones
from tests.browser.site import Site
from tests.browser.vendor import Vendor
from tests.cast import Cast

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but this machine's own is ever looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def chromium() -> str | None:
    """Give the system's own Chromium, or None where playwright brought one."""
    own = os.environ.get("INKLING_TEST_CHROMIUM")
    return own or next(filter(None, map(shutil.which, NAMES)), None)


expect.set_options(timeout=PATIENCE)

both_engines = pytest.mark.parametrize("engine", ["sqlite", "postgres"], indirect=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium(), "args": LAUNCH}


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """SQLite, but for the journeys that ask for both (`@both_engines`)."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def site(cast: Cast) -> Iterator[Site]:
    """The whole service on this machine: pages, store and clock, with the cast in it."""
    with Site(cast) as opened:
        yield opened


@pytest.fixture
def phones(browser: Browser, site: Site) -> Iterator[Phones]:
    """Gives phones; when the test ends, each must have been without fault in its console."""
    given = Phones(browser, site)
    yield given
    given.close()


@pytest.fixture
def phone(phones: Phones) -> Phone:
    """One phone that nobody signed in on."""
    return phones.new()


@pytest.fixture
def vendor(cast: Cast, tmp_path: Path) -> Iterator[Vendor]:
    """A push service that knows our key; nothing may have reached it with a wrong signature."""
    with Vendor(vapid.public_key(cast.authority), tmp_path) as running:
        yield running
        assert running.faults == []
