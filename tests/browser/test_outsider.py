"""Somebody outside a child's circle: finds one child, says why, and sees whom to ring. No notes."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from api.telling import inbox, outbox
from tests.browser.conftest import both_engines
from tests.browser.phone import Phone, Phones
from tests.browser.site import Site
from tests.cast import Cast

SAW = "Came to school without shoes."


@both_engines
def test_an_outsider_sees_whom_to_ring_once_they_said_why(
    phones: Phones, site: Site, cast: Cast
) -> None:
    cast.worry("pastoral", "amara", saw=SAW)
    phone = phones.new("outsider")
    phone.go("/")
    phone.tap(phone.link("Search", exact=False).last)
    search(phone, "Amara", "Okafor", "3", "5", "2019")
    found = phone.link("Amara Okafor", exact=False)
    expect(found).to_contain_text("2019")
    expect(found).to_contain_text("ZZ17")
    main = phone.page.get_by_role("main")
    for hidden in ("3 May", "Mill Lane", "8AU", "Bede"):
        expect(main).not_to_contain_text(hidden)

    phone.tap(found)
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Amara Okafor")
    supports = phone.region("Who supports Amara")
    for hidden in ("Jo Marsh", "3 May", "Mill Lane", SAW):
        expect(main).not_to_contain_text(hidden)
    ask = supports.get_by_role("button", name="Show who supports Amara")
    phone.tap(ask)  # without saying why
    expect(phone.page.get_by_role("alert")).to_contain_text("Choose why")
    expect(main).not_to_contain_text("Jo Marsh")
    phone.tap(supports.get_by_text("Child protection enquiry"))
    phone.tap(ask)

    marsh = supports.get_by_role("listitem").first
    expect(marsh).to_contain_text("Lead")
    expect(marsh).to_contain_text("Jo Marsh")
    expect(marsh.get_by_role("link", name=re.compile("07700 900100"))).to_have_attribute(
        "href", "tel:07700900100"
    )
    for hidden in ("Sil Brook", "Harbour", "Mill Lane", SAW):
        expect(main).not_to_contain_text(hidden)
    expect(phone.region("Notes").get_by_role("article")).to_have_count(0)

    site.clock.forward(seconds=11)
    outbox.fan_out(cast.authority)
    told = [item.text for item in inbox.list_items(cast.actor("social_worker")).items]
    assert any("Otis Webb" in text and "Amara Okafor" in text for text in told), told


def search(phone: Phone, first: str, last: str, day: str, month: str, year: str) -> None:
    """Fill the form of the search page and send it."""
    for label, value in (
        ("First name", first),
        ("Last name", last),
        ("Day", day),
        ("Month", month),
        ("Year", year),
    ):
        phone.page.get_by_label(label, exact=True).first.fill(value)
    phone.tap(phone.button("Search"))
