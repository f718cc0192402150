"""What waits for its author, matched with a thumb: scripts leave it the note that it was."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import world
from tests.browser.phone import Phones
from tests.browser.site import Site


def test_a_note_without_a_child_is_matched_and_sent_as_the_same_note(
    phones: Phones, site: Site
) -> None:
    made = world.fill(site)
    phone = phones.new("social_worker")
    phone.go("/")
    phone.tap(phone.region("Waiting for you").get_by_role("link"))
    phone.tap(phone.button("Match"))
    expect(phone.page.get_by_text("You wrote:")).to_contain_text("Red coat")
    phone.page.get_by_label("First name").fill("Lily")
    phone.page.get_by_label("Last name").fill("Hart")
    phone.page.get_by_label("Year", exact=True).first.fill("2015")
    phone.page.get_by_label("Month", exact=True).first.fill("9")
    phone.page.get_by_label("Day", exact=True).first.fill("9")
    phone.tap(phone.button("Find"))
    phone.tap(phone.page.get_by_text("Lily Hart").first)
    phone.tap(phone.button("Send"))
    expect(phone.button("Undo")).to_be_visible()
    phone.go(f"/notes/{made['to_match']}")
    expect(phone.page.get_by_text("The device's clock was 12 minutes fast.")).to_be_visible()
    expect(phone.page.get_by_role("link", name="Lily Hart")).to_be_visible()
