"""Log under a thumb: four touches, type-ahead, and words that go along or stay."""

from __future__ import annotations

from playwright.sync_api import expect

from api.record import involvements, people
from api.record.people import NewPerson
from tests.browser.phone import Phones
from tests.cast import Cast


def test_a_worry_takes_four_touches_at_most(phones: Phones) -> None:
    phone = phones.new("social_worker")
    phone.go("/")
    phone.touches = 0
    phone.tap(phone.link("Log").first)
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    phone.page.get_by_label("What I saw or heard").fill("No coat today.")
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_role("status").filter(has_text="Told 2 people")).to_be_visible()
    assert phone.touches <= 4


def test_beyond_eight_children_a_few_letters_are_enough(phones: Phones, cast: Cast) -> None:
    for name in ("Zoë Ångström", "Bo O'Neill", *(f"Child{n:02} Grove" for n in range(10))):
        first, _, last = name.partition(" ")
        involvements.add(
            cast.system,
            people.add(cast.system, NewPerson(first, last, "2016-01-01")),
            agency_id=cast["care"],
            practitioner_id=cast["colleague"],
            role="Social worker",
        )
    phone = phones.new("colleague")
    phone.go("/log")
    child = phone.page.get_by_text("Zoë Ångström")
    expect(child).to_be_hidden()
    find = phone.page.get_by_label("Another of my children")
    find.fill("angs")
    expect(child).to_be_visible()
    expect(phone.page.get_by_text("1 child", exact=True)).to_be_visible()
    phone.tap(child)
    find.fill("nobody")
    expect(child).to_be_visible()  # whoever is chosen stays in sight
    find.press("Enter")  # chooses nobody and sends nothing
    phone.page.get_by_label("What I saw or heard").fill("At school today.")
    phone.tap(phone.button("Send"))
    expect(phone.link("Zoë Ångström")).to_be_visible()


def test_undo_is_offered_for_ten_seconds(phones: Phones) -> None:
    phone = phones.new("social_worker")
    phone.page.clock.install()
    phone.go("/log")
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    phone.page.get_by_label("What I saw or heard").fill("No coat today.")
    phone.tap(phone.button("Send"))
    phone.page.locator("form.undo[data-started]").wait_for()  # the ten seconds have begun
    phone.page.clock.run_for(10_000)
    expect(phone.button("Undo")).to_have_count(0)
    expect(phone.link("Your note", exact=False)).to_be_visible()


def test_words_go_along_to_where_a_concern_about_staff_belongs(phones: Phones) -> None:
    phone = phones.new("pastoral")
    phone.go("/log")
    phone.page.get_by_label("What I saw or heard").fill("Mr B shouted at her.")
    phone.tap(phone.link("Is this about a member of staff?"))
    expect(phone.page.get_by_label("Your words")).to_have_value("Mr B shouted at her.")
    expect(phone.button("Copy")).to_be_visible()


def test_leaving_with_words_asks_first(phones: Phones) -> None:
    phone = phones.new("pastoral")
    phone.go("/log")
    phone.page.get_by_label("What I saw or heard").press_sequentially("Half a sen")
    asked = []
    phone.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    phone.tap(phone.link("Home"))
    expect(phone.page.get_by_label("What I saw or heard")).to_have_value("Half a sen")
    assert asked == ["beforeunload"]
