"""Somebody's phone (or tablet): a browser context with a passkey authenticator and a thumb.

It keeps what went wrong in its console, and at the end of a test that must be nothing: no refused
script or style, no error, and no request to anywhere but the site.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Error,
    Locator,
    Page,
    Request,
    Response,
)

from api.staff import devices, invitations, sessions
from pwa.security import cookie_name
from tests.browser.site import Site
from tests.cast import NAMES

PHONE = (390, 844)
TABLET = (820, 1180)
USER_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)
AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
    "hasPrf": True,
}

# Milliseconds, for a machine that has much else to do: who waits so long waits for nothing.
PATIENCE = 30_000

# Chromium writes a line for each answer of 400 and more; the tests look at those themselves.
EXPECTED = "Failed to load resource: the server responded with a status of"


@dataclass
class Phone:
    """One person's browser."""

    site: Site
    context: BrowserContext
    page: Page
    touches: int = 0
    faults: list[str] = field(default_factory=list)
    _keys: CDPSession | None = None
    _authenticator: str = ""

    def go(self, path: str) -> Page:
        """Open an address of the site."""
        self.page.goto(self.site.origin + path)
        return self.page

    @property
    def path(self) -> str:
        """Where the page is."""
        return self.page.url.removeprefix(self.site.origin)

    # -- A thumb -----------------------------------------------------------------

    def tap(self, target: Locator) -> None:
        """Touch something, and count it."""
        self.touches += 1
        target.tap()

    def button(self, name: str) -> Locator:
        """Give the button with exactly this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str, exact: bool = True) -> Locator:
        """Give the link with this name."""
        return self.page.get_by_role("link", name=name, exact=exact)

    def region(self, name: str) -> Locator:
        """Give the region with this name."""
        return self.page.get_by_role("region", name=name)

    def until(
        self, happened: Callable[[], object], what: str, seconds: float = PATIENCE / 1000
    ) -> None:
        """Wait until something has happened that no page shows. Fails, saying what it was."""
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, f"{what}: not within {seconds} seconds"
            self.page.wait_for_timeout(20)

    # -- Coming in ---------------------------------------------------------------

    def be(self, who: str) -> Phone:
        """Be signed in as one of the cast, without the steps that lead there."""
        cast = self.site.cast
        signed_in = sessions.start_demo(cast.authority, cast[who], None)
        self.context.add_cookies(
            [
                {
                    "name": cookie_name(kind, secure=False),
                    "value": value,
                    "url": self.site.origin,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
                for kind, value in (
                    ("", signed_in.session_token),
                    ("device", signed_in.device_cookie),
                )
            ]
        )
        return self

    # -- Passkeys ----------------------------------------------------------------

    def enrol(self, who: str) -> Phone:
        """Make a passkey by an invitation, have it approved on the command line, and sign in."""
        system = self.site.cast.system
        if self._keys is None:
            self.add_authenticator()
        self.go(f"/enrol/{invitations.make(system, self.site.cast[who])}")
        self.button("Create passkey").tap()
        self.page.wait_for_url("**/sign-in/waiting/*")
        code = self.code().inner_text()
        (device,) = (one for one in devices.waiting(system) if one.matching_code == code)
        assert device.owner == NAMES[who]
        devices.approve(system, device.id, "command line")
        self.sign_in()
        return self

    def code(self) -> Locator:
        """Give the matching code on this phone's screen."""
        return self.page.get_by_text(re.compile(r"^\d{6}$"))

    def sign_in(self, path: str = "/") -> None:
        """Sign in with the passkey, and be led to a page."""
        self.go(f"/sign-in?next={path}")
        self.button("Sign in with passkey").tap()
        self.page.wait_for_url(self.site.origin + path)

    def add_authenticator(self) -> None:
        """Have this phone make and keep passkeys, its owner agreeing to everything."""
        self._keys = self.context.new_cdp_session(self.page)
        self._keys.send("WebAuthn.enable")
        made = self._keys.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self._authenticator = made["authenticatorId"]

    def passkeys(self) -> list[dict[str, Any]]:
        """Give the passkeys in this phone, private keys and all."""
        assert self._keys
        found = self._keys.send("WebAuthn.getCredentials", {"authenticatorId": self._authenticator})
        return list(found["credentials"])

    def take_passkeys(self) -> list[dict[str, Any]]:
        """Take the passkeys out of this phone, as one takes a security key along."""
        assert self._keys
        taken = self.passkeys()
        self._keys.send("WebAuthn.clearCredentials", {"authenticatorId": self._authenticator})
        return taken

    def sync_passkeys(self, other: Phone) -> None:
        """Put another phone's passkeys into this one, as a cloud account does."""
        self.put_passkeys(other.passkeys())

    def put_passkeys(self, passkeys: list[dict[str, Any]]) -> None:
        """Put passkeys into this phone."""
        assert self._keys
        for passkey in passkeys:
            self._keys.send(
                "WebAuthn.addCredential",
                {"authenticatorId": self._authenticator, "credential": passkey},
            )

    # -- The service worker ------------------------------------------------------

    def push(self, message: bytes) -> None:
        """Hand this browser a message that its vendor's push service took and decrypted."""
        self._to_worker("deliverPushMessage", data=message.decode())

    def sync(self, tag: str) -> None:
        """Let this browser find that there is signal, with or without a page open."""
        self._to_worker("dispatchSyncEvent", tag=tag, lastChance=False)

    def _to_worker(self, event: str, **said: object) -> None:
        found: list[dict[str, Any]] = []
        workers = self.context.new_cdp_session(self.page)
        workers.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: found.extend(
                one
                for one in event["registrations"]
                if one["scopeURL"].startswith(self.site.origin + "/") and not one["isDeleted"]
            ),
        )
        workers.send("ServiceWorker.enable")
        self.until(lambda: found, "a service worker is registered")
        where = {"origin": self.site.origin, "registrationId": found[0]["registrationId"]}
        workers.send(f"ServiceWorker.{event}", {**where, **said})
        workers.detach()

    def close(self) -> None:
        """Put this phone away.

        From an empty page: closed in the middle of a navigation, Chromium now and then never answers,
        and playwright waits for it without end.
        """
        for page in self.context.pages:
            with suppress(Error):  # a page that is on its way somewhere may get there first
                page.goto("about:blank")
        self.context.close()

    # -- What went wrong ---------------------------------------------------------

    def watch(self) -> None:
        """Keep whatever goes wrong in this browser from here on."""
        self.context.on("console", lambda said: self._say(said.type, said.text))
        self.context.on("weberror", lambda error: self.faults.append(f"threw {error.error}"))
        self.context.on("request", self._asked)
        self.context.on("response", self._answered)

    def forgive(self, *parts: str) -> None:
        """Forget faults with these words in them, that the test itself brought about."""
        self.faults[:] = [
            fault for fault in self.faults if not any(part in fault for part in parts)
        ]

    def _say(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(EXPECTED):
            self.faults.append(f"console: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site.origin + "/", "data:", "blob:")):
            self.faults.append(f"asked for {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} at {response.url}")


@dataclass
class Phones:
    """Gives phones on one site, and takes them back."""

    browser: Browser
    site: Site
    given: list[Phone] = field(default_factory=list)

    def new(
        self,
        who: str | None = None,
        *,
        size: tuple[int, int] = PHONE,
        scheme: Literal["light", "dark"] = "light",
        javascript: bool = True,
        service_worker: bool = False,
    ) -> Phone:
        """Give a phone, in the hands of one of the cast if `who` is said.

        Service workers are blocked where a test is not about them: each costs a dozen requests.
        """
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            user_agent=USER_AGENT,
            is_mobile=True,
            has_touch=True,
            color_scheme=scheme,
            java_script_enabled=javascript,
            service_workers="allow" if service_worker else "block",
            locale="en-GB",
            timezone_id="Europe/London",
        )
        context.set_default_timeout(PATIENCE)
        phone = Phone(self.site, context, context.new_page())
        phone.watch()
        self.given.append(phone)
        return phone.be(who) if who else phone

    def close(self) -> None:
        """Take all phones back. Fails where one of them has something to complain about."""
        faults = [fault for phone in self.given for fault in phone.faults]
        for phone in self.given:
            phone.close()
        if faults:
            pytest.fail("\n".join(faults))
