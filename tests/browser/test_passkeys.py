"""Passkeys in a real browser: a synced one, a revoked one, one that is not there."""

from __future__ import annotations

from playwright.sync_api import expect

from api.staff import devices, invitations
from tests.browser.conftest import both_engines
from tests.browser.phone import Phones
from tests.browser.site import Site
from tests.cast import Cast


def test_a_synced_passkey_waits_on_another_phone(phones: Phones, cast: Cast) -> None:
    first = phones.new().enrol("social_worker")
    second = phones.new()
    second.add_authenticator()
    second.sync_passkeys(first)
    second.go("/sign-in")
    second.tap(second.button("Sign in with passkey"))
    expect(second.page.get_by_role("heading", level=1)).to_have_text(
        "This device waits for approval"
    )
    waiting = second.path
    second.go("/")
    assert second.path.startswith("/sign-in")

    second.go(waiting)
    [asked] = devices.waiting(cast.system)
    expect(second.page.get_by_text(asked.matching_code)).to_be_visible()
    devices.approve(cast.system, asked.id, "command line")
    expect(second.page.get_by_text("You can sign in on this device now")).to_be_visible()
    second.tap(second.button("Sign in with passkey"))
    expect(second.page.get_by_role("heading", name="My children")).to_be_visible()
    first.go("/devices")
    expect(first.page.get_by_text("Approved", exact=True)).to_have_count(2)


@both_engines
def test_a_revoked_phone_is_out_and_says_so(phones: Phones, cast: Cast) -> None:
    phone, supervisor = phones.new().enrol("social_worker"), phones.new().enrol("supervisor")
    phone.go("/")
    supervisor.go(f"/staff/{cast['social_worker']}")
    supervisor.tap(supervisor.button("Revoke"))
    supervisor.tap(supervisor.button("Confirm with passkey"))
    expect(supervisor.page.get_by_text("That device is signed out")).to_be_visible()

    phone.go("/me")
    assert phone.path.startswith("/sign-in")
    phone.tap(phone.button("Sign in with passkey"))
    expect(phone.page.get_by_role("alert")).to_contain_text("Ask your supervisor")
    assert phone.path.startswith("/sign-in")


def test_a_session_that_idled_comes_back_with_one_tap(phones: Phones, site: Site) -> None:
    phone = phones.new().enrol("social_worker")
    phone.go("/devices")
    site.clock.forward(minutes=16)
    phone.page.reload()
    assert phone.path.startswith("/sign-in")
    phone.touches = 0
    phone.tap(phone.button("Sign in with passkey"))
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("My devices")
    assert phone.touches == 1


def test_a_phone_that_holds_the_passkey_already_says_so(phones: Phones, cast: Cast) -> None:
    phone = phones.new().enrol("social_worker")
    phone.page.context.clear_cookies()
    phone.go(f"/enrol/{invitations.make(cast.system, cast['social_worker'])}")
    phone.tap(phone.button("Create passkey"))
    expect(phone.page.get_by_role("alert")).to_contain_text("Sign in with it instead")


def test_at_the_door_without_a_passkey(phones: Phones, site: Site, cast: Cast) -> None:
    """A browser that has none says so; an invitation that is pasted opens in the installed app."""
    phone = phones.new()
    phone.page.add_init_script("delete window.PublicKeyCredential")
    phone.go("/sign-in")
    phone.tap(phone.button("Sign in with passkey"))
    expect(phone.page.get_by_role("alert")).to_contain_text("This browser has no passkeys")
    phone.tap(phone.page.get_by_text("I have an invitation"))
    token = invitations.make(cast.system, cast["social_worker"])
    phone.page.get_by_label("Paste the link").fill(f"{site.origin}/enrol/{token}")
    phone.tap(phone.button("Open invitation"))
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Welcome, Jo Marsh")
