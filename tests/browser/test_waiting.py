"""Without signal: a note is sealed on the phone, outlives the browser, and arrives once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect

from api.record import unsent
from api.staff import devices
from api.trust import sealing
from tests.browser import looks
from tests.browser.phone import Phone, Phones
from tests.browser.profile import Profile
from tests.browser.site import Site
from tests.cast import NAMES, Cast

SAW = "Had not eaten since yesterday."
# All that stands in this browser's own database, keys apart.
KEPT = """async () => {
  const database = await new Promise((done) => {
    indexedDB.open("inkling").onsuccess = ({ target }) => done(target.result);
  });
  const found = {};
  for (const name of database.objectStoreNames) {
    found[name] = await new Promise((done) => {
      database.transaction(name).objectStore(name).getAll().onsuccess = ({ target }) => done(target.result);
    });
  }
  database.close();
  return found;
}"""
# Another page seals a note: the same envelope will do, under another id.
SEALS_ANOTHER = """async () => {
  const opened = indexedDB.open("inkling");
  await new Promise((done) => (opened.onsuccess = done));
  const store = opened.result.transaction("notes", "readwrite").objectStore("notes");
  await new Promise((done) => {
    store.getAll().onsuccess = ({ target }) => {
      const [note] = target.result;
      store.put({ ...note, id: crypto.randomUUID(), number: 99, state: "waiting" }).onsuccess = done;
    };
  });
  opened.result.close();
}"""
# A hotel's sign-in page answers what is posted first.
PORTAL = """() => {
  const real = window.fetch;
  window.fetch = (path, how) => {
    if (!String(path).endsWith("/log")) return real(path, how);
    window.fetch = real;
    return Promise.resolve(new Response("<h1>Wi-Fi for guests</h1>"));
  };
}"""
# A browser that keeps nothing for anybody, and one whose device is full.
REFUSES = "delete IDBFactory.prototype.open"
FULL = """IDBObjectStore.prototype.put = () => {
  throw new DOMException("no room", "QuotaExceededError");
};"""


@pytest.fixture
def profile(playwright: Playwright, site: Site, tmp_path: Path) -> Iterator[Profile]:
    """A browser that can be killed and started again."""
    given = Profile(playwright, site, tmp_path / "profile")
    yield given
    given.close()


@pytest.fixture(autouse=True)
def without_signal(phones: Phones) -> Iterator[None]:
    """Chromium writes a line for each request that is made without signal, some of them late."""
    yield
    for phone in phones.given:
        phone.forgive("ERR_INTERNET_DISCONNECTED")


def kept(phone: Phone) -> dict[str, list[dict[str, Any]]]:
    """Give what this browser keeps."""
    found: dict[str, list[dict[str, Any]]] = phone.page.evaluate(KEPT)
    found["drafts"] = [one for one in found["notes"] if one["state"] == "draft"]
    return found


def settle(phone: Phone) -> Phone:
    """Wait until the worker keeps the shell, and this browser knows whose it is."""
    phone.page.evaluate("navigator.serviceWorker.ready.then((one) => one.active.state)")
    phone.until(lambda: owners(phone) == 1, "the key is its owner's")
    return phone


def owners(phone: Phone) -> int:
    """Count whose keys this browser keeps."""
    return len([one for one in kept(phone)["keys"] if one.get("enrolment")])


def settle_with_children(phone: Phone) -> Phone:
    """Wait also until the children of whom it is are kept behind the passkey."""
    settle(phone)
    phone.until(lambda: kept(phone)["caseload"], "the caseload is kept")
    return phone


def lose_signal(phone: Phone) -> None:
    """Go down into the cellar. A worker that is started there has a signal all the same, so that the
    service is out of its reach as well."""
    phone.context.set_offline(True)
    phone.site.go_away()


def find_signal(phone: Phone) -> None:
    """Come up again."""
    phone.site.come_back()
    phone.context.set_offline(False)
    phone.forgive("ERR_INTERNET_DISCONNECTED", "ERR_EMPTY_RESPONSE")


def wake(phone: Phone) -> None:
    """Look at the phone again."""
    phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def write(phone: Phone, saw: str = SAW, who: str = "") -> None:
    """Type a note."""
    if who:
        phone.page.get_by_label("Who is it about?").fill(who)
    phone.page.get_by_label("What I saw or heard").fill(saw)


def send(phone: Phone) -> None:
    """Tap Send, and be told that the note waits."""
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Waiting for signal")


def seen(cast: Cast) -> list[str]:
    """Give what was seen, of all notes, in the order in which they came in."""
    rows = cast.authority.store.query("SELECT id FROM notes ORDER BY id")
    return [str(row["id"]) for row in rows]


def arrived(phone: Phone, count: int = 1) -> None:
    """Wait until so many have gone out."""

    def sent() -> bool:
        return [one["state"] for one in kept(phone)["notes"]].count("sent") == count

    phone.until(sent, f"{count} went out")


def unsent_of(cast: Cast, who: str = "social_worker") -> list[tuple[str, str]]:
    """Give what waits on the server for somebody: why, and what they saw."""
    waiting = unsent.waiting(cast.actor(who))
    return [(one.reason, dict(one.fields).get("saw", "")) for one in waiting]


def test_a_note_outlives_the_browser_and_arrives_once(
    profile: Profile, site: Site, cast: Cast
) -> None:
    settle(profile.start().enrol("social_worker"))
    profile.close()  # by the book, so that its cookies are on the disk
    phone = profile.start()
    phone.go("/log")
    with site.unreachable():
        phone.tap(phone.page.get_by_text("Amara Okafor"))
        write(phone)
        send(phone)
        assert SAW not in phone.page.content()
        profile.kill()

        phone = profile.start()
        phone.go("/log")  # from cold, without signal
        expect(phone.page.get_by_role("heading", name="1 waiting for signal")).to_be_visible()
        write(phone, "A second one.", who="The girl from number 9")
        send(phone)
        expect(phone.page.get_by_role("heading", name="2 waiting for signal")).to_be_visible()
    assert len(seen(cast)) == 0
    wake(phone)
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Sent")
    arrived(phone, 2)
    assert len(seen(cast)) == 1
    assert unsent_of(cast) == [("to match", "A second one.")]
    profile.kill()
    phone = profile.start()
    phone.go("/log")
    wake(phone)
    assert len(seen(cast)) == 1


def test_what_was_typed_comes_back_after_the_browser_was_killed(
    profile: Profile, cast: Cast
) -> None:
    settle(profile.start().enrol("social_worker"))
    profile.close()
    phone = profile.start()
    phone.page.clock.install()
    phone.go("/log")
    write(phone)
    phone.page.clock.run_for(2000)
    phone.until(lambda: kept(phone)["drafts"], "what was typed two seconds ago is kept")
    profile.kill()

    phone = profile.start()
    phone.go("/sign-in")
    phone.until(lambda: unsent_of(cast), "the draft arrived")
    assert unsent_of(cast) == [("draft", SAW)]
    phone.until(lambda: not kept(phone)["drafts"], "this browser knows that it arrived")
    assert seen(cast) == []


def test_no_answer_is_waited_for_no_longer_than_it_takes(phones: Phones, cast: Cast) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    write(phone)

    lost: list[str] = []

    def loses(path: str) -> bool:  # it reaches the service, and the answer does not come back
        lost.append(path)
        return path == "/log" and lost.count("/log") == 1

    phone.site.loses = loses
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Sent")
    arrived(phone)
    assert len(seen(cast)) == 1
    assert kept(phone)["drafts"] == []
    phone.forgive("net::ERR_", "Failed to fetch")


def test_what_answers_in_the_service_s_place_is_no_answer(phones: Phones, cast: Cast) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    blocked: list[str] = []

    def blocks(path: str, posted: str) -> str | tuple[str, str]:
        if path != "/deliver" or blocked:
            return posted
        blocked.append(posted)
        return "403 Forbidden", '{"error": "Blocked by your organisation."}'

    phone.site.between = blocks
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    write(phone)
    phone.page.evaluate(PORTAL)
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(re.compile("Waiting|Sent"))
    wake(phone)
    arrived(phone)
    assert len(seen(cast)) == 1
    phone.forgive("403")


def test_the_passkey_opens_my_children_and_my_draft(phones: Phones, cast: Cast) -> None:
    phone = settle_with_children(phones.new(service_worker=True).enrol("social_worker"))
    lose_signal(phone)
    phone.go("/log")
    assert "Amara" not in phone.page.content()
    phone.tap(phone.button("Unlock my children"))
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    wrong = looks.faults(phone.page)
    write(phone)
    phone.page.evaluate(  # the screen goes dark
        """() => {
        Object.defineProperty(document, "hidden", { value: true, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
        delete document.hidden;
        }"""
    )
    expect(phone.button("Unlock my children")).to_be_visible()
    assert "Amara" not in phone.page.content()
    phone.until(lambda: kept(phone)["drafts"], "what was typed is kept")

    phone.go("/log")
    phone.tap(phone.button("Unlock my children"))
    phone.tap(phone.page.get_by_role("button", name="Go on with what you wrote at"))
    expect(phone.page.get_by_label("What I saw or heard")).to_have_value(SAW)
    expect(phone.page.get_by_role("checkbox", name="Amara Okafor")).to_be_checked()
    send(phone)
    wrong += looks.faults(phone.page)
    assert kept(phone)["drafts"] == []
    phone.go(f"/children/{cast['amara']}")
    phone.tap(phone.button("Unlock names and numbers"))
    ring = phone.page.get_by_role("listitem").filter(has_text="Amara").get_by_role("link")
    expect(ring.first).to_have_attribute("href", "tel:07700900100")
    wrong += looks.faults(phone.page)
    assert not wrong, "\n".join(wrong)
    find_signal(phone)
    wake(phone)
    arrived(phone)
    assert len(seen(cast)) == 1


def test_a_signal_too_weak_is_none(phones: Phones, site: Site, cast: Cast) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    with site.unreachable(silent=True):
        phone.tap(phone.page.get_by_text("Amara Okafor"))
        write(phone)
        phone.tap(phone.button("Send"))
        waiting = phone.page.get_by_role("heading", name="Waiting for signal", level=1)
        expect(waiting).to_be_visible(timeout=15_000)
        phone.go("/log")
        expect(phone.page.get_by_text("sealed on this device")).to_be_visible()
        phone.go("/")
        expect(phone.page.get_by_role("heading", level=1)).to_have_text("No signal")
    wake(phone)
    arrived(phone)
    assert len(seen(cast)) == 1
    phone.forgive("net::ERR_")


def test_what_is_unlocked_locks_by_itself(phones: Phones) -> None:
    phone = settle_with_children(phones.new(service_worker=True).enrol("social_worker"))
    lose_signal(phone)
    clock, now = phone.page.clock, datetime.now(UTC)
    clock.install(time=now)
    phone.go("/log")
    phone.tap(phone.button("Unlock my children"))
    expect(phone.page.get_by_text("Amara Okafor")).to_be_visible()
    clock.fast_forward("05:01")
    expect(phone.page.get_by_text("Locked again.")).to_be_visible()
    assert "Amara" not in phone.page.content()
    clock.set_system_time(now + timedelta(days=8))
    phone.tap(phone.button("Unlock my children"))
    expect(phone.page.get_by_text("seven days, and they are over")).to_be_visible()
    clock.set_system_time(now)
    phone.tap(phone.button("Unlock my children"))
    expect(phone.page.get_by_text("clock was set back")).to_be_visible()
    assert "Amara" not in phone.page.content()


def test_with_no_page_open_the_worker_delivers(phones: Phones, site: Site, cast: Cast) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    with site.unreachable():
        phone.tap(phone.page.get_by_text("Amara Okafor"))
        write(phone)
        send(phone)
        phone.page.goto("about:blank")
    phone.sync("deliver")
    phone.until(lambda: seen(cast), "the note arrived")
    assert len(seen(cast)) == 1
    sealing.rotate(cast.system)
    phone.go("/")
    new = sealing.current(cast.authority).id
    phone.until(lambda: kept(phone)["keys"][0]["sealing"]["id"] == new, "the new key is taken")
    phone.forgive("net::ERR_")


def test_what_is_refused_stays_until_its_author_removes_it(phones: Phones, cast: Cast) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    phone.page.evaluate("navigator.serviceWorker.ready.then((one) => (one.sync.register = null))")

    def tampers(path: str, posted: str) -> str:
        return posted.replace('\\"kind\\":\\"note\\"', '\\"kind\\":\\"draft\\"')

    phone.site.between = tampers
    lose_signal(phone)
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    write(phone)
    send(phone)
    find_signal(phone)
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Not taken")
    expect(phone.page.get_by_text("Refused: This note was not signed").first).to_be_visible()
    phone.go("/offline")
    expect(phone.page.get_by_text("Refused: This note was not signed")).to_be_visible()
    expect(phone.button("Remove")).to_be_hidden()  # whoever looks, it need not be its author
    phone.go("/log")
    phone.page.once("dialog", lambda dialog: dialog.accept())
    phone.tap(phone.button("Remove"))
    expect(phone.page.get_by_text("Refused")).to_have_count(0)
    assert kept(phone)["notes"] == []
    assert seen(cast) == []


def test_what_is_too_long_is_never_sealed(phones: Phones) -> None:
    """No service takes it, and whoever wrote it could not read it here."""
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    lose_signal(phone)
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    write(phone, "x" * 50_000)
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_text("use 5,000 characters or fewer")).to_be_visible()
    assert kept(phone)["notes"] == []
    phone.forgive("use 5,000 characters")
    phone.page.wait_for_timeout(1_000)  # a second tap within a second is a slip
    write(phone)
    send(phone)


def test_what_was_refused_is_tried_again_after_an_hour(phones: Phones, cast: Cast) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    phone.page.evaluate("navigator.serviceWorker.ready.then((one) => (one.sync.register = null))")
    full = '{"error": "Too much waits for you already.", "reason": "full"}'

    def is_full(path: str, posted: str) -> str | tuple[str, str]:
        return ("409 Conflict", full) if path == "/deliver" else posted

    phone.site.between = is_full
    lose_signal(phone)
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    write(phone)
    send(phone)
    find_signal(phone)
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Not taken")
    phone.site.between = lambda _path, posted: posted
    phone.page.clock.set_system_time(datetime.now(UTC) + timedelta(minutes=50))
    wake(phone)
    expect(phone.page.get_by_text("Refused: Too much").first).to_be_visible()
    phone.page.clock.set_system_time(datetime.now(UTC) + timedelta(minutes=70))
    wake(phone)
    arrived(phone)
    assert len(seen(cast)) == 1
    phone.forgive("409")


def test_two_people_on_one_tablet(phones: Phones, cast: Cast) -> None:
    phone = settle_with_children(phones.new(service_worker=True).enrol("social_worker"))
    phone.tap(phone.link("Me"))
    phone.tap(phone.button("Sign out"))
    phone.page.wait_for_url("**/sign-in")
    hers = phone.take_passkeys()
    phone.enrol("pastoral").take_passkeys()
    phone.put_passkeys(hers)
    phone.until(lambda: owners(phone) == 2, "each has a key")
    phone.until(lambda: len(kept(phone)["caseload"]) == 2, "each has a caseload")
    lose_signal(phone)
    phone.go("/log")
    expect(phone.button("Send")).to_be_hidden()
    assert looks.axe(phone.page) == []
    phone.tap(phone.page.get_by_text(NAMES["social_worker"]))
    write(phone, who="Amara")
    send(phone)
    # A colleague's name, without the colleague's passkey.
    phone.go("/log")
    expect(phone.page.get_by_text(f", {NAMES['social_worker']}")).to_be_visible()
    phone.tap(phone.page.get_by_text(NAMES["pastoral"]))
    write(phone, "As if I were her.", who="Amara")
    send(phone)
    find_signal(phone)
    arrived(phone, 2)
    phone.go("/")  # signed in, each sees their own
    mine = phone.region("On this device").get_by_role("listitem")
    expect(mine).to_have_text(re.compile("until you say that it is yours"))
    assert unsent_of(cast) == [("to match", SAW)]
    assert unsent_of(cast, "pastoral") == [("not confirmed", "As if I were her.")]

    # One of them is shut out; what the other has here stays.
    (shut_out,) = (one for one in kept(phone)["keys"] if one["name"] == NAMES["social_worker"])
    lose_signal(phone)
    for who in ("social_worker", "pastoral"):
        phone.go("/log")
        phone.tap(phone.page.get_by_role("radio", name=NAMES[who]).locator("+ label"))
        write(phone, "Another one.", who="Amara")
        send(phone)
    devices.revoke(cast.system, shut_out["enrolment"])
    find_signal(phone)
    phone.until(lambda: len(kept(phone)["keys"]) == 1, "who was shut out is wiped")
    arrived(phone, 2)
    left = kept(phone)
    assert left["caseload"]
    assert {one["enrolment"] for one in (*left["notes"], *left["caseload"])} == {
        left["keys"][0]["enrolment"]
    }
    assert unsent_of(cast) == [("to match", SAW), ("revoked device", "Another one.")]
    assert len(unsent_of(cast, "pastoral")) == 2


def test_a_revoked_phone_uploads_and_wipes_its_own(phones: Phones, cast: Cast) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    lose_signal(phone)
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    write(phone)
    send(phone)
    (key,) = kept(phone)["keys"]
    devices.revoke(cast.system, key["enrolment"])
    find_signal(phone)
    phone.go("/log")
    expect(phone.page.get_by_text("until you sign in here again")).to_be_visible()
    left = kept(phone)
    assert [left[name] for name in ("keys", "notes", "drafts", "caseload")] == [[], [], [], []]
    assert unsent_of(cast) == [("revoked device", SAW)]
    assert seen(cast) == []


def test_what_is_sealed_while_a_revoked_phone_uploads_goes_too(phones: Phones, cast: Cast) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    phone.page.evaluate("navigator.serviceWorker.ready.then((one) => (one.sync.register = null))")
    uploads: list[str] = []
    sealed = threading.Event()

    def slowly(path: str, posted: str) -> str:
        if '\\"kind\\":\\"note\\"' in posted:
            uploads.append(posted)
            sealed.wait(10)
        return posted

    phone.site.between = slowly
    lose_signal(phone)
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    write(phone)
    send(phone)
    (key,) = kept(phone)["keys"]
    devices.revoke(cast.system, key["enrolment"])
    find_signal(phone)
    phone.until(lambda: uploads, "it uploads")
    phone.page.evaluate(SEALS_ANOTHER)
    sealed.set()

    def all_uploaded() -> bool:
        # By itself it tries again only half a minute later.
        phone.page.evaluate("window.dispatchEvent(new Event('online'))")
        return len(uploads) > 1

    phone.until(all_uploaded, "what was sealed meanwhile is uploaded")
    phone.until(lambda: not kept(phone)["keys"], "it is wiped")
    phone.go("/log")
    expect(phone.page.get_by_text("until you sign in here again")).to_be_visible()
    left = kept(phone)
    assert [left[name] for name in ("keys", "notes")] == [[], []]


def test_a_browser_that_keeps_nothing_says_so_first(phones: Phones) -> None:
    phone = settle(phones.new(service_worker=True).enrol("social_worker"))
    phone.go("/log")
    phone.page.wait_for_timeout(300)
    expect(phone.page.get_by_text("would be lost")).to_be_hidden()
    for broken in (FULL, REFUSES):
        phone.context.add_init_script(broken)
        phone.go("/log")
        expect(phone.page.get_by_text("would be lost")).to_be_visible()
        phone.tap(phone.page.get_by_text("Amara Okafor"))
        write(phone)
        phone.tap(phone.button("Send"))  # with signal it is sent all the same
        expect(phone.page.get_by_role("heading", level=1)).to_have_text("Sent")
    phone.forgive("threw no room")  # from within a transaction, that ends by it
