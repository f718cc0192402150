"""Sending a note: with a keyboard, without JavaScript, twice, and taken back."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from api.demo import council
from api.record import involvements
from api.staff import practitioners
from api.telling import inbox
from tests.browser.conftest import both_engines
from tests.browser.phone import Phone, Phones
from tests.browser.site import Site
from tests.browser.vendor import Vendor
from tests.cast import Cast

# Whether what has the focus looks different from when it has not, itself or the chip around it.
FOCUS_SHOWS = """() => {
  const one = document.activeElement;
  const seen = [one, one.labels?.[0]].filter(Boolean);
  const look = () => seen.map((part) => {
    const { outline, boxShadow, backgroundColor, borderColor } = getComputedStyle(part);
    return [outline, boxShadow, backgroundColor, borderColor].join();
  }).join();
  const focused = look();
  one.blur();
  const blurred = look();
  one.focus();
  return focused !== blurred;
}"""

SAW = "Has worn the same jumper all week."


def notes_in(cast: Cast) -> int:
    """Count the notes there are."""
    return len(cast.authority.store.query("SELECT id FROM notes"))


def compose(phone: Phone, page: Page | None = None) -> None:
    """Choose Amara and type."""
    page = page or phone.page
    phone.tap(page.get_by_text("Amara Okafor"))
    page.get_by_label("What I saw or heard").fill(SAW)


@both_engines
def test_undo_within_ten_seconds_tells_nobody(
    phones: Phones, site: Site, cast: Cast, vendor: Vendor
) -> None:
    colleague = phones.new("pastoral", service_worker=True)
    vendor.serve(colleague, "pastoral")
    colleague.go("/notifications")
    colleague.tap(colleague.button("Turn on notifications"))
    expect(colleague.button("Turn off notifications")).to_be_visible()

    phone = phones.new("social_worker")
    phone.go("/log")
    compose(phone)
    phone.tap(phone.button("Send"))
    phone.tap(phone.button("Undo"))
    expect(phone.page.get_by_text("Nobody was told")).to_be_visible()
    expect(phone.page.get_by_label("What I saw or heard")).to_have_value(SAW)
    with site.worker(vendor.origin):
        site.clock.forward(seconds=11)
        phone.tap(phone.button("Send"))  # this time it is meant
        expect(phone.button("Undo")).to_be_visible()
        site.clock.forward(seconds=11)
        vendor.wait(1)
    assert len(vendor.messages) == 1
    assert len(inbox.list_items(cast.actor("pastoral")).items) == 1
    colleague.go(f"/children/{cast['amara']}")
    expect(colleague.region("Notes").get_by_text(SAW)).to_have_count(1)


def test_undo_after_ten_seconds_says_what_can_still_be_done(
    phones: Phones, site: Site, cast: Cast
) -> None:
    phone = phones.new("social_worker")
    phone.go("/log")
    compose(phone)
    phone.tap(phone.button("Send"))
    expect(phone.button("Undo")).to_be_visible()
    with site.worker():
        site.clock.forward(seconds=11)
        colleague = cast.actor("pastoral")
        phone.until(lambda: inbox.list_items(colleague).items, "the circle is told")
    phone.tap(phone.button("Undo"))
    expect(phone.page.get_by_text("The ten seconds are over.")).to_be_visible()
    expect(phone.link("Withdraw")).to_be_visible()


def test_two_tabs_sending_the_same_note_make_one(phones: Phones, cast: Cast) -> None:
    phone = phones.new("social_worker")
    phone.go("/log")
    other = phone.context.new_page()
    other.goto(phone.page.url)
    same = phone.page.locator("input[name=id]").input_value()
    other.locator("input[name=id]").evaluate("(field, id) => { field.value = id; }", same)
    for page in (phone.page, other):
        compose(phone, page)
    for page in (phone.page, other):
        page.get_by_role("button", name="Send", exact=True).tap()
    for page in (phone.page, other):
        expect(page.get_by_role("heading", name="Sent")).to_be_visible()
    assert notes_in(cast) == 1


def test_what_was_not_sent_stays_in_the_form(phones: Phones, cast: Cast) -> None:
    phone = phones.new("social_worker")
    phone.go("/log")
    words = phone.page.get_by_label("What I saw or heard")
    words.fill(SAW)
    phone.tap(phone.button("Send"))
    summary = phone.page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_be_visible()
    expect(words).to_have_value(SAW)
    phone.tap(summary.get_by_role("link"))
    assert phone.page.evaluate("document.activeElement.name") == "people"
    assert notes_in(cast) == 0
    phone.tap(phone.page.get_by_text("Amara Okafor"))

    def lose(route: Route) -> None:
        route.fetch()  # it reaches the service, and the answer does not come back
        route.abort()

    phone.page.route("**/log", lose, times=1)
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_role("alert").filter(has_text="Not sent")).to_be_visible()
    expect(words).to_have_value(SAW)
    assert notes_in(cast) == 1
    phone.page.wait_for_timeout(1000)  # so long the button takes a second tap for the first
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_role("heading", name="Sent")).to_be_visible()
    assert notes_in(cast) == 1
    phone.forgive("net::ERR_FAILED", "Failed to fetch")


def test_without_javascript_forms_do_it_all(phones: Phones, cast: Cast) -> None:
    joins_the_demo(cast)
    phone = phones.new(javascript=False)
    phone.go("/")
    phone.tap(phone.button("Choose who to be in the demo"))
    phone.tap(phone.page.get_by_role("listitem").filter(has_text="Dee Moe").get_by_role("button"))
    phone.tap(phone.button("I accept"))
    phone.tap(phone.link("I have nobody to declare"))
    phone.tap(phone.link("Log"))
    phone.page.get_by_label("What I saw or heard").fill(SAW)
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_role("alert").first).to_contain_text("There is a problem")
    expect(phone.page.get_by_label("What I saw or heard")).to_have_value(SAW)
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Sent")
    expect(phone.page.get_by_role("status").last).to_contain_text("Told 3 people")
    assert notes_in(cast) == 1
    phone.tap(phone.button("Undo"))
    expect(phone.page.get_by_label("What I saw or heard")).to_have_value(SAW)
    phone.tap(phone.button("Send"))

    colleague = phones.new("pastoral", javascript=False)
    colleague.go(f"/children/{cast['amara']}")
    note = colleague.region("Notes").get_by_role("article")
    expect(note).to_have_count(1)
    colleague.tap(note.get_by_role("button", name="Noticed too"))
    expect(colleague.page.get_by_text("You noticed this too")).to_be_visible()


def joins_the_demo(cast: Cast) -> None:
    """Let somebody support Amara whom the demo's door offers to be."""
    dee = next(one for one in council.named_staff() if one.key == "social-worker")
    joined = practitioners.join(
        cast.system, agency_id=cast["care"], name="Dee Moe", job=dee.job, email=dee.email
    )
    involvements.add(
        cast.system, cast["amara"], agency_id=cast["care"], practitioner_id=joined, role=dee.job
    )


def test_with_a_keyboard_from_home_to_sent(phones: Phones, cast: Cast) -> None:
    phone = phones.new("social_worker")
    keys = phone.page.keyboard
    phone.go("/")
    keys.press("Tab")
    assert focused(phone) == "Skip to main content"
    tab_to(phone, "Log")
    keys.press("Enter")
    phone.page.wait_for_url("**/log")
    tab_to(phone, "Amara Okafor")
    keys.press("Space")
    tab_to(phone, "What I saw or heard")
    keys.type(SAW)
    tab_to(phone, "Send")
    keys.press("Enter")
    expect(phone.page.get_by_role("heading", name="Sent")).to_be_focused()
    tab_to(phone, "Undo")
    assert notes_in(cast) == 1


def tab_to(phone: Phone, name: str) -> None:
    """Press Tab until something with this name has the focus, and shows it."""
    for _ in range(60):
        phone.page.keyboard.press("Tab")
        if focused(phone).startswith(name):
            break
    else:
        raise AssertionError(f"Tab does not lead to {name}")
    with_focus = phone.page.evaluate(FOCUS_SHOWS)
    assert with_focus, f"nothing shows that {name} has the focus"


def focused(phone: Phone) -> str:
    """Give the name of what has the focus."""
    name: str = phone.page.evaluate(
        """() => {
        const one = document.activeElement;
        return ((one.labels?.[0] ?? one).textContent || "").trim();
        }"""
    )
    return name
