"""Inkling on a home screen: what an installed app needs, and what stays on the device."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from playwright.sync_api import expect

from push import wording
from tests.browser.phone import Phone, Phones
from tests.browser.site import Site
from tests.cast import Cast

# All that this browser keeps and can be read by a page: cached answers with their words, and storage.
KEPT = """async () => {
  const cached = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      cached[new URL(request.url).pathname] = await (await cache.match(request)).text();
    }
  }
  const databases = await indexedDB.databases();
  return { cached, stored: [Object.entries(localStorage), Object.entries(sessionStorage), databases] };
}"""


SHOWN = """async () => (await self.registration.getNotifications())
  .map(({ title, body, tag }) => [tag, title, body])"""


def shell(phone: Phone) -> None:
    """Wait until the service worker keeps the shell."""
    phone.page.evaluate("navigator.serviceWorker.ready.then((one) => one.active.state)")


def test_can_be_installed(phones: Phones) -> None:
    phone = phones.new("social_worker", service_worker=True)
    phone.go("/")
    shell(phone)
    keys = phone.context.new_cdp_session(phone.page)
    manifest = keys.send("Page.getAppManifest")
    assert manifest["errors"] == []
    said = json.loads(manifest["data"])
    assert (said["name"], said["start_url"], said["display"]) == ("Inkling", "/", "standalone")
    missing = keys.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A test's browser keeps nothing, and Chromium installs nothing from such a window.
    assert [one["errorId"] for one in missing] in ([], ["in-incognito"])


def test_without_signal_there_is_a_page_and_afterwards_the_real_one(
    phones: Phones, cast: Cast
) -> None:
    phone = phones.new("social_worker", service_worker=True)
    phone.go("/")
    shell(phone)
    phone.context.set_offline(True)
    phone.go(f"/children/{cast['amara']}")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("No signal")
    expect(phone.link("999")).to_have_attribute("href", "tel:999")
    paint = "getComputedStyle(document.querySelector('.govuk-button')).backgroundColor"
    assert phone.page.evaluate(paint) != "rgba(0, 0, 0, 0)", "the shell's style is missing"
    phone.context.set_offline(False)
    phone.go(f"/children/{cast['amara']}")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Amara Okafor")
    phone.forgive("ERR_INTERNET_DISCONNECTED")


def test_nothing_about_a_person_is_kept(phones: Phones, cast: Cast) -> None:
    cast.worry("pastoral", "amara", saw="Says the heating is off at home.")
    phone = phones.new("social_worker", service_worker=True)
    phone.go("/")
    shell(phone)
    child = f"/children/{cast['amara']}"
    for path in ("/", child, f"{child}/timeline", "/inbox", "/search", "/log", "/me"):
        phone.go(path)
        expect(phone.page.get_by_role("heading", level=1)).to_be_visible()
    kept: dict[str, Any] = phone.page.evaluate(KEPT)
    files = set(kept["cached"])
    pages = {"/offline", "/offline/log"}
    assert pages == {one for one in files if not one.startswith("/static/")}
    words = "\n".join([*kept["cached"].values(), json.dumps(kept["stored"])])
    for secret in ("Amara", "Okafor", "heating", "Jo Marsh", cast["amara"]):
        assert secret not in words
    assert all("csrf" not in kept["cached"][page] for page in pages)


def test_a_push_is_shown_once_and_leads_to_the_inbox(phones: Phones, site: Site) -> None:
    phone = phones.new("social_worker", service_worker=True)
    phone.context.grant_permissions(["notifications"])
    phone.go("/")
    shell(phone)
    tags = [wording.tag("a delivery"), wording.tag("another delivery")]
    worker = phone.context.service_workers[0]

    def shown() -> list[list[str]]:
        found: list[list[str]] = worker.evaluate(SHOWN)
        return found

    def shows(tag: str) -> bool:
        if any(one[0] == tag for one in shown()):
            return True
        phone.push(wording.message(tag))  # a worker that was killed sends the same again, too
        phone.page.wait_for_timeout(500)
        return False

    for tag in (tags[0], tags[0], tags[1]):
        phone.push(wording.message(tag))
        phone.until(partial(shows, tag), "the notification is shown")
    assert sorted(shown()) == sorted([tag, "Inkling", wording.TEXT] for tag in tags)
    # Only a finger on a real notification may open a window, so what would be opened is written down.
    opened = worker.evaluate(
        """async () => {
        const opened = [];
        self.clients.openWindow = async (path) => { opened.push(path); };
        const [notification] = await self.registration.getNotifications();
        const click = new NotificationEvent("notificationclick", { notification });
        const done = [];
        click.waitUntil = (promise) => done.push(promise);
        self.dispatchEvent(click);
        await Promise.all(done);
        return [opened, (await self.registration.getNotifications()).length];
        }"""
    )
    assert opened == [["/inbox"], 1]
