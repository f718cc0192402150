"""The names that the design promises, as a screen reader is told them; and the policy of every page."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser import world
from tests.browser.phone import Phones
from tests.browser.site import Site


def test_pages_have_the_names_that_were_promised(phones: Phones, site: Site) -> None:
    made = world.fill(site)
    phone = phones.new("social_worker")
    page = phone.go("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    children = page.get_by_role("list", name="My children")
    amara = children.get_by_role("link", name=re.compile("^Amara Okafor"))
    expect(amara).to_have_attribute("href", f"/children/{made['amara']}")
    news = phone.region("Latest").get_by_role("listitem")
    expect(news.filter(has_text="Worry from").first).to_be_visible()
    expect(phone.region("Latest")).not_to_contain_text("A coat, too thin.")  # words on a tap
    phone.tap(news.filter(has_text="from you").get_by_role("link").first)
    expect(phone.region("Latest").get_by_text("A coat, too thin.").first).to_be_visible()

    phone.tap(phone.link("Log"))
    for kind, chosen in (("Worry", True), ("Contact", False), ("Strength", False)):
        expect(page.get_by_role("radio", name=kind, exact=True)).to_be_checked(checked=chosen)
    for name in ("Amara Okafor", "Jude Okafor", "Noor Khan", "Rhea Stone", "Someone else"):
        expect(page.get_by_role("checkbox", name=name)).to_have_count(1)
    for name in ("What I saw or heard", "What I think or feel"):
        box = page.get_by_role("textbox", name=name, exact=True)
        expect(box).to_have_attribute("autocomplete", "off")
    expect(phone.button("Send")).to_be_in_viewport()

    phone.go(f"/children/{made['amara']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Amara Okafor")
    first = phone.region("Who supports Amara").get_by_role("listitem").filter(has_text="Jo Marsh")
    expect(first.get_by_role("link", name=re.compile("07700 900100"))).to_have_attribute(
        "href", "tel:07700900100"
    )
    expect(phone.region("Notes").get_by_role("article").first).to_be_visible()
    log = page.get_by_role("main").get_by_role("link", name="Log", exact=True)
    expect(log).to_have_attribute("href", f"/log?about={made['amara']}")

    phone.go("/search")
    for name in ("First name", "Last name", "NHS number"):
        expect(page.get_by_role("textbox", name=name, exact=True)).to_be_visible()
    born = page.get_by_role("group", name="Date of birth")
    for name in ("Day", "Month", "Year"):
        expect(born.get_by_role("textbox", name=name, exact=True)).to_be_visible()
    phone.go("/inbox")
    items = page.get_by_role("main").get_by_role("listitem")
    expect(items.first).to_contain_text("Unread")
    phone.go("/devices")
    expect(phone.button("Revoke").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Approved")

    supervisor = phones.new("supervisor")
    supervisor.go("/approvals")
    card = supervisor.region("Jo Marsh")
    expect(card).to_contain_text("Android phone")
    expect(card.get_by_text(re.compile(r"^\d{6}$"))).to_be_visible()
    for name in ("Approve", "Refuse"):
        expect(card.get_by_role("button", name=name, exact=True)).to_be_visible()


def test_what_is_not_ours_does_not_run(phones: Phones, site: Site) -> None:
    phone = phones.new("social_worker")
    page = phone.go("/")
    assert phone.faults == []
    page.evaluate(
        """() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src='x:' onerror='window.ran = true'>");
        document.body.insertAdjacentHTML("beforeend", "<p style='color: red' id='red'>red</p>");
        }"""
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.ran") is None
    assert page.evaluate("getComputedStyle(red).color") != "rgb(255, 0, 0)"
    refused = "\n".join(phone.faults)
    for part in ("script-src", "style-src", "img-src"):
        assert part in refused, refused
    phone.faults.clear()  # every other test ends with none of these
