"""What pages do by themselves: type-ahead, more on scrolling, finding somebody else, letting go."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from api.record import involvements, people
from api.record.people import NewPerson
from tests.browser.phone import Phones
from tests.browser.test_journey import takes_notifications
from tests.browser.vendor import Vendor
from tests.cast import Cast, years

SAW = "Waited at the gate until five."


def test_with_many_children_eight_stand_near_and_typing_finds_the_others(
    phones: Phones, cast: Cast
) -> None:
    for name in ("Zoë", "Yusuf", "Xanthe", "Will", "Vera", "Uma", "Tomasz"):
        child = people.add(cast.system, NewPerson(name, "O'Hara-Łukasz", "2016-01-01"))
        involvements.add(
            cast.system,
            child,
            agency_id=cast["care"],
            practitioner_id=cast["social_worker"],
            role="Social worker",
        )
    cast.worry("social_worker", "rhea")
    phone = phones.new("social_worker")
    page = phone.go("/log")
    chips = page.get_by_role("checkbox").filter(visible=True)
    expect(chips).to_have_count(9)  # and Someone else
    expect(chips.first).to_have_accessible_name(re.compile(f"^Rhea Stone.*{years('rhea')}"))
    find = page.get_by_role("searchbox", name="Another of my children")
    find.fill("luk")
    expect(page.get_by_text("O'Hara-Łukasz")).not_to_have_count(0)
    find.fill("zoe")
    zoe = page.get_by_role("checkbox", name="Zoë O'Hara-Łukasz")
    expect(zoe).to_be_visible()
    find.press("Enter")  # not Send
    expect(zoe).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_label("What I saw or heard").fill(SAW)
    phone.tap(phone.button("Send"))
    expect(page.get_by_role("heading", name="Sent")).to_be_visible()
    expect(phone.link("Zoë O'Hara-Łukasz")).to_be_visible()


def test_older_notes_come_on_scrolling(phones: Phones, cast: Cast) -> None:
    for number in range(23):
        cast.worry("pastoral", "amara", saw=f"Late, number {number:02}.")
    phone = phones.new("social_worker")
    page = phone.go(f"/children/{cast['amara']}")
    notes = phone.region("Notes").get_by_role("article")
    expect(notes).to_have_count(20)
    expect(notes.first).to_contain_text("number 22")
    notes.last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 5000)
    expect(notes).to_have_count(23)
    expect(notes.last).to_contain_text("number 00")


def test_an_outsider_may_write_and_reads_only_that(phones: Phones, cast: Cast) -> None:
    cast.worry("pastoral", "amara", saw="No coat again.")
    phone = phones.new("outsider")
    page = phone.go("/log")
    page.get_by_label("What I saw or heard").fill(SAW)
    for label, value in (
        ("First name", "Amara"),
        ("Last name", "Okafor"),
        ("Day", "3"),
        ("Month", "5"),
        ("Year", "2019"),
    ):
        page.get_by_label(label, exact=True).first.fill(value)
    phone.tap(phone.button("Find"))
    found = page.get_by_role("group", name="1 person found")
    expect(page.get_by_label("What I saw or heard")).to_have_value(SAW)
    phone.tap(found.get_by_text("Amara Okafor"))
    phone.tap(phone.button("Send"))
    expect(page.get_by_role("heading", name="Sent")).to_be_visible()
    phone.tap(phone.link("Amara Okafor"))
    notes = phone.region("Notes").get_by_role("article")
    expect(notes).to_have_count(1)
    expect(notes).to_contain_text(SAW)
    expect(page.get_by_role("main")).not_to_contain_text("Jo Marsh")


def test_signing_out_lets_go_of_notifications(phones: Phones, cast: Cast, vendor: Vendor) -> None:
    phone = phones.new("pastoral", service_worker=True)
    takes_notifications(phone, vendor, "pastoral")
    held = "SELECT id FROM push_subscriptions WHERE dropped_at IS NULL"
    assert len(cast.authority.store.query(held)) == 1
    phone.go("/me")
    phone.tap(phone.button("Sign out"))
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert cast.authority.store.query(held) == []
    phone.go("/inbox")
    assert phone.path.startswith("/sign-in")
