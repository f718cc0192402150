"""A bad link and a full disk: what waits arrives, once and in order, or is said not to be kept."""

from __future__ import annotations

import random
import re

from playwright.sync_api import expect

from api.moment import new_id
from tests.browser import modules
from tests.browser.phone import Phone, Phones
from tests.browser.site import Site
from tests.browser.test_waiting import (
    SAW,
    find_signal,
    kept,
    lose_signal,
    send,
    settle,
    write,
)
from tests.cast import Cast
from tests.conftest import SEED

NOTES = 200
LOST = 0.3
# As Send does it, without the form.
QUEUE = """async (notes) => {
  const [record] = (await store.all("keys")).filter(({ enrolment }) => enrolment);
  for (const { id, fields } of notes) await store.put("notes", await sealing.envelopeOf(record, "note", id, fields));
}"""
# Fills what this browser may keep, to the last byte or so.
ROOM = 4_000_000
FILL = """async () => {
  for (const size of [50_000, 5_000, 500, 50, 5]) {
    const put = () => store.put("clock", { of: Math.random(), at: crypto.getRandomValues(new Uint8Array(size)) });
    while (await put().then(() => true, () => false));
  }
}"""
# Looks at the phone, and waits until it has tried what it can.
WAKE = """() => {
  document.dispatchEvent(new Event("visibilitychange"));
  return navigator.locks.request("deliver", () => {});
}"""


def captured(phone: Phone) -> list[str]:
    """Give the ids of what was sent, in the order in which it was written."""
    return [one["id"] for one in sorted(kept(phone)["notes"], key=lambda one: int(one["number"]))]


def arrivals(cast: Cast) -> list[str]:
    """Give the ids of what arrived, in the order of its arrival, each as often as it came."""
    rows = cast.authority.store.query(
        "SELECT object FROM audit_events WHERE action = 'envelope:taken' AND verdict = 'allowed' ORDER BY id"
    )
    return [row["object"] for row in rows]


def count(cast: Cast, sql: str) -> int:
    return int(cast.authority.store.query(f"SELECT COUNT(*) AS n FROM {sql}")[0]["n"])


def test_two_hundred_notes_over_a_link_that_loses_answers(
    phones: Phones, site: Site, cast: Cast
) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    with site.unreachable():
        phone.tap(phone.page.get_by_text("Amara Okafor"))
        write(phone)
        send(phone)
        (by_form,) = kept(phone)["notes"]
        about = ["people", cast["amara"]]
        others = [
            {"id": new_id(), "fields": [about, ["kind", "worry"], ["saw", f"Number {n}."]]}
            for n in range(1, NOTES)
        ]
        modules.load(phone.page, sealing="./sealing.js", store="./store.js")
        phone.page.evaluate(QUEUE, others)
        written = captured(phone)
    assert written == [by_form["id"], *(one["id"] for one in others)]
    assert {frozenset(one) - {"reason"} for one in kept(phone)["notes"]} == {
        frozenset(by_form) - {"reason"}
    }

    chance, lost = random.Random(SEED), list[bool]()

    def loses(path: str) -> bool:
        if path == "/deliver":
            lost.append(chance.random() < LOST)
        return path == "/deliver" and lost[-1]

    tries = 0
    site.loses = loses
    phone.go("/me")
    while any(one["state"] != "sent" for one in kept(phone)["notes"]):
        phone.page.evaluate(WAKE)
        tries += 1
        assert tries < 10  # it goes on by itself as long as something gets through
    assert sum(lost) > LOST * NOTES * 0.8
    assert count(cast, "notes") == NOTES
    assert count(cast, "audit_events WHERE action = 'note:logged'") == NOTES
    came = arrivals(cast)
    assert list(dict.fromkeys(came)) == written
    assert len(came) > NOTES  # some came again, and were known
    phone.forgive("ERR_", "Failed to fetch")


def test_a_real_disk_that_is_full_or_was_cleared_is_said_before_anything_is_typed(
    phones: Phones, cast: Cast
) -> None:
    phone = phones.new(service_worker=True)
    browser = phone.context.new_cdp_session(phone.page)
    origin = {"origin": phone.site.origin}
    browser.send("Storage.overrideQuotaForOrigin", {**origin, "quotaSize": ROOM})
    settle(phone.enrol("social_worker"))
    warning = phone.page.locator("[data-keeping]")
    phone.go("/log")
    lose_signal(phone)
    expect(warning).to_be_hidden()
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    # It fills up while somebody types: said, and the words are still there.
    modules.load(phone.page, store="./store.js")
    phone.page.evaluate(FILL)
    write(phone)
    phone.tap(phone.button("Send"))
    expect(
        phone.page.get_by_text(re.compile("Not sent: there is no (signal|answer)"))
    ).to_be_visible()
    expect(warning).to_contain_text("would be lost")
    expect(phone.page.get_by_label("What I saw or heard")).to_have_value(SAW)
    # It is full when somebody begins: said first.
    find_signal(phone)
    phone.page.once("dialog", lambda dialog: dialog.accept())
    phone.go("/log")
    expect(warning).to_contain_text("would be lost")
    # The browser threw away what it kept, and the session goes on.
    browser.send("Storage.clearDataForOrigin", {**origin, "storageTypes": "indexeddb"})
    phone.go("/log")
    expect(warning).to_contain_text("until you sign in here again")
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    write(phone)
    phone.tap(phone.button("Send"))  # with signal there is no need to keep anything
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Sent")
    assert kept(phone)["notes"] == []
    assert count(cast, "notes") == 1
    phone.forgive("Not sent: ", "Failed to fetch", "ERR_INTERNET_DISCONNECTED")
