"""The main job, end to end: from an invitation to the circle being told and the author hearing back."""

from __future__ import annotations

from playwright.sync_api import expect

from api.staff import invitations
from push import wording
from tests.browser.conftest import both_engines
from tests.browser.phone import Phone, Phones
from tests.browser.site import Site
from tests.browser.vendor import Vendor
from tests.cast import Cast

SAW = "Fell asleep on the sofa at two in the afternoon."


@both_engines
def test_from_an_invitation_to_noticed_too(
    phones: Phones, site: Site, cast: Cast, vendor: Vendor
) -> None:
    supervisor = phones.new().enrol("supervisor")
    colleague, other = phones.new(service_worker=True), phones.new(service_worker=True)
    for phone, name in ((colleague, "pastoral"), (other, "health_visitor")):
        takes_notifications(phone.be(name), vendor, name)

    phone = comes_in(phones.new(), supervisor, invitations.make(cast.system, cast["social_worker"]))

    phone.touches = 0
    sends_a_worry(phone, SAW)
    assert phone.touches <= 4

    with site.worker(vendor.origin):
        site.clock.forward(seconds=11)
        vendor.wait(2)
    with site.worker(vendor.origin):  # a worker that was started again says nothing twice
        colleague.page.wait_for_timeout(300)
    assert sorted(message.browser for message in vendor.messages) == ["health_visitor", "pastoral"]
    for message in vendor.messages:
        assert message.text == wording.TEXT
        for secret in ("Amara", "Okafor", "sofa", "Marsh", cast["amara"]):
            assert secret not in message.raw.decode()
    assert len({message.tag for message in vendor.messages}) == 2

    colleague.go("/inbox")
    item = colleague.page.get_by_role("main").get_by_role("listitem")
    expect(item).to_have_count(1)
    expect(item).to_contain_text("Unread")
    colleague.tap(item.get_by_role("link"))
    note = colleague.page.get_by_role("article").filter(has_text=SAW)
    expect(note).to_contain_text("Jo Marsh")
    colleague.tap(note.get_by_role("button", name="Noticed too"))
    expect(note).to_contain_text("You noticed this too")
    colleague.go("/inbox")
    expect(item).not_to_contain_text("Unread")

    with site.worker(vendor.origin):
        site.clock.forward(seconds=11)
        until_told(phone)
    told = phone.page.get_by_role("main").get_by_role("listitem")
    expect(told).to_contain_text("Noticed too: your note about Amara Okafor")
    phone.tap(told.get_by_role("link"))
    mine = phone.page.get_by_role("article").filter(has_text=SAW)
    expect(mine).to_contain_text("Noticed too by Pat Osei")


def takes_notifications(phone: Phone, vendor: Vendor, name: str) -> None:
    """Turn notifications on, as its owner does it."""
    vendor.serve(phone, name)
    phone.go("/me")
    phone.tap(phone.link("Notifications", exact=False))
    phone.tap(phone.button("Turn on notifications"))
    expect(phone.button("Turn off notifications")).to_be_visible()


def comes_in(phone: Phone, supervisor: Phone, invitation: str) -> Phone:
    """Make a passkey, wait, be approved with the matching code, sign in."""
    phone.add_authenticator()
    phone.go(f"/enrol/{invitation}")
    phone.tap(phone.button("Create passkey"))
    expect(phone.code()).to_be_visible()

    supervisor.go("/approvals")
    card = supervisor.region("Jo Marsh")
    expect(card).to_contain_text("Social worker, Westhaven Children's Social Care")
    expect(card).to_contain_text("Android phone, Chrome")
    expect(card).to_contain_text(phone.code().inner_text())
    card.get_by_text("I saw their screen").tap()
    supervisor.tap(card.get_by_role("button", name="Approve"))
    supervisor.tap(supervisor.button("Confirm with passkey"))  # and then goes on by itself
    expect(supervisor.page.get_by_role("status").first).to_contain_text("Approved")
    assert supervisor.path == "/approvals"
    expect(card).to_have_count(0)

    expect(phone.page.get_by_role("status").last).to_contain_text("Approved")
    phone.tap(phone.button("Sign in with passkey"))
    expect(phone.page.get_by_role("list", name="My children")).to_contain_text("Amara Okafor")
    return phone


def sends_a_worry(phone: Phone, saw: str) -> None:
    """From home: Log, the child, the words, Send."""
    phone.tap(phone.link("Log"))
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    phone.tap(phone.page.get_by_label("What I saw or heard"))
    phone.page.keyboard.type(saw)
    phone.tap(phone.button("Send"))
    sent = phone.page.get_by_role("status").filter(has_text="Sent")
    expect(sent).to_contain_text("Told 2 people")
    expect(sent).to_contain_text("This is not a referral.")
    expect(sent).to_contain_text("01632 960100")
    expect(phone.button("Undo")).to_be_visible()


def until_told(phone: Phone) -> None:
    """Look into the inbox until something is there."""
    for _ in range(100):
        phone.go("/inbox")
        if phone.page.get_by_role("main").get_by_role("listitem").count():
            return
        phone.page.wait_for_timeout(50)
