"""A session that ends while a page is open: nothing stays on show, and nothing typed is lost."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import both_engines
from tests.browser.phone import Phone, Phones
from tests.browser.site import Site
from tests.cast import Cast

TYPED = "He said <b>it's nothing</b> & looked away"


def come_back(phone: Phone) -> int:
    """Wake the screen, as picking up a phone does: the page asks for the number beside Inbox, as it
    does every minute. Gives the answer's status."""
    with phone.page.expect_response("**/inbox/unread") as answer:
        phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    return answer.value.status


def notes_in(cast: Cast) -> int:
    """Count the notes there are."""
    return len(cast.authority.store.query("SELECT id FROM notes"))


def test_a_page_that_is_left_open_is_covered_and_polling_keeps_it_no_longer(
    phones: Phones, cast: Cast, site: Site
) -> None:
    phone = phones.new("social_worker")
    phone.go("/")
    site.clock.forward(minutes=10)
    phone.go(f"/children/{cast['amara']}")  # this is use
    site.clock.forward(minutes=10)
    assert come_back(phone) == 200  # this is not
    expect(phone.page.get_by_role("heading", name="Amara Okafor")).to_be_visible()
    site.clock.forward(minutes=6)
    assert come_back(phone) == 401
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert "Amara" not in phone.page.content()


@both_engines
def test_what_was_typed_comes_back_after_signing_in_again(
    phones: Phones, cast: Cast, site: Site
) -> None:
    phone = phones.new().enrol("social_worker")
    phone.go("/log")
    phone.page.get_by_text("Amara Okafor").first.tap()
    phone.page.get_by_label("What I saw or heard").fill(TYPED)
    site.clock.forward(minutes=16)
    come_back(phone)
    expect(phone.page.get_by_label("What I saw or heard")).to_have_value(TYPED)

    phone.button("Send").tap()
    expect(phone.page.get_by_text("What you typed is kept")).to_be_visible()
    assert "looked away" not in phone.page.content()
    phone.touches = 0
    phone.tap(phone.button("Sign in with passkey"))
    expect(phone.page.get_by_text("read it over and send it")).to_be_visible()
    assert phone.touches == 1
    expect(phone.page.get_by_label("What I saw or heard")).to_have_value(TYPED)
    expect(phone.page.get_by_role("checkbox", name="Amara Okafor").first).to_be_checked()
    assert notes_in(cast) == 0
    phone.button("Send").tap()
    expect(phone.page.get_by_text("This is not a referral").first).to_be_visible()
    assert notes_in(cast) == 1
