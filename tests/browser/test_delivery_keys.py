"""Delivery keys in a real browser: made there, proved at each ceremony, and never seen outside it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import Request, expect
from webauthn.helpers import bytes_to_base64url

from api.demo import council
from api.staff import devices, practitioners
from pwa.security import cookie_name
from tests.browser.phone import Phone, Phones
from tests.cast import Cast

RECORDS = """async () => {
  const database = await new Promise((done) => {
    indexedDB.open("inkling").onsuccess = ({ target }) => done(target.result);
  });
  const records = await new Promise((done) => {
    database.transaction("keys").objectStore("keys").getAll().onsuccess = ({ target }) => done(target.result);
  });
  database.close();
  const taken = (key) => crypto.subtle.exportKey("pkcs8", key).then(() => true, () => false);
  return Promise.all(records.map(async ({ private: key, public: point, credential, locker, demo }) => ({
    point, credential, demo, locked: Boolean(locker), usages: key.usages, taken: await taken(key),
  })));
}"""
# What the page's own scripts are given by the passkey is noted down on its way to them.
OVERHEARD = """for (const ceremony of ["create", "get"]) {
  const ask = navigator.credentials[ceremony].bind(navigator.credentials);
  navigator.credentials[ceremony] = async (options) => {
    const credential = await ask(options);
    const secret = credential.getClientExtensionResults().prf?.results?.first;
    if (secret) await overheard([...new Uint8Array(secret)]);
    return credential;
  };
}"""


def records(phone: Phone) -> list[dict[str, Any]]:
    """Give the keys in this browser, as far as it lets them be read."""
    found: list[dict[str, Any]] = phone.page.evaluate(RECORDS)
    return found


def enrolled_keys(cast: Cast) -> list[str]:
    """Give the keys of all enrolments, oldest first, as a browser writes them."""
    rows = cast.authority.store.query("SELECT delivery_key FROM enrolments ORDER BY id")
    return [bytes_to_base64url(bytes(row["delivery_key"] or b"")) for row in rows]


def approve(cast: Cast) -> None:
    """Let in what waits."""
    (waiting,) = devices.waiting(cast.system)
    devices.approve(cast.system, waiting.id, "command line")


def sign_in_again(phone: Phone) -> None:
    """Have the session end, and show the passkey."""
    phone.context.clear_cookies(name=cookie_name("", secure=False))
    phone.go("/sign-in")
    phone.tap(phone.button("Sign in with passkey"))


def clear_storage(phone: Phone) -> None:
    """Clear what scripts keep, and not the cookie, as some browsers do by themselves after a week."""
    phone.go("/healthz")  # a page without scripts
    phone.page.evaluate(
        """new Promise((done, fail) => Object.assign(indexedDB.deleteDatabase("inkling"),
            { onsuccess: () => done(), onerror: fail }))"""
    )


def test_the_key_is_bound_and_the_secret_stays(phones: Phones, cast: Cast) -> None:
    phone, secrets, bodies = phones.new(), list[bytes](), list[bytes]()

    def hear(request: Request) -> None:
        bodies.append(request.url.encode() + b"\n" + (request.post_data_buffer or b""))

    phone.context.expose_function("overheard", lambda secret: secrets.append(bytes(secret)))
    phone.context.add_init_script(OVERHEARD)
    phone.context.on("request", hear)
    phone.enrol("social_worker")
    sign_in_again(phone)
    expect(phone.page.get_by_role("heading", name="My children")).to_be_visible()
    phone.page.wait_for_load_state("networkidle")

    (key,) = records(phone)
    assert enrolled_keys(cast) == [key["point"]]
    assert (key["taken"], key["usages"], key["locked"]) == (False, ["sign"], True)
    (passkey,) = phone.passkeys()
    assert key["credential"] == bytes_to_base64url(base64.b64decode(passkey["credentialId"]))

    # The passkey gave the same secret each time, to the page; none of it went any further.
    assert len(secrets) >= 2
    assert set(map(len, secrets)) == {32}
    assert len(set(secrets)) == 1
    (secret,) = set(secrets)
    finished = [body for body in bodies if b"/finish" in body]
    assert len(finished) == 3
    for body in finished:
        assert key["point"].encode() in body
        assert b"xtension" not in body
    written = (
        secret,
        secret.hex().encode(),
        base64.b64encode(secret).rstrip(b"="),
        bytes_to_base64url(secret).encode(),
        json.dumps(list(secret), separators=(",", ":")).encode(),
        json.dumps({str(n): byte for n, byte in enumerate(secret)}, separators=(",", ":")).encode(),
    )
    assert not [body for body in bodies for form in written if form in body]


def test_a_browser_that_lost_its_key_is_approved_again(phones: Phones, cast: Cast) -> None:
    phone = phones.new().enrol("social_worker")
    clear_storage(phone)
    sign_in_again(phone)
    expect(phone.page.get_by_text("This browser lost its key")).to_be_visible()

    supervisor = phones.new("supervisor")
    supervisor.go("/approvals")
    expect(supervisor.page.get_by_text("lost its key")).to_be_visible()
    approve(cast)
    phone.tap(phone.button("Sign in with passkey"))
    expect(phone.page.get_by_role("heading", name="My children")).to_be_visible()
    (key,) = records(phone)
    assert key["point"] in enrolled_keys(cast)


def test_a_browser_that_keeps_nothing_is_let_in_all_the_same(phones: Phones, cast: Cast) -> None:
    phone = phones.new()
    phone.context.add_init_script("delete IDBFactory.prototype.open")
    phone.enrol("social_worker")
    expect(phone.page.get_by_role("heading", name="My children")).to_be_visible()
    assert enrolled_keys(cast) == [""]


def test_a_key_that_another_enrolment_has_is_followed_by_a_new_one(
    phones: Phones, cast: Cast
) -> None:
    phone = phones.new().enrol("social_worker")
    (old,) = records(phone)
    phone.context.clear_cookies()
    phone.go("/sign-in")
    phone.tap(phone.button("Sign in with passkey"))
    phone.page.wait_for_url("**/sign-in/waiting/*")
    approve(cast)
    phone.tap(phone.button("Sign in with passkey"))
    expect(phone.page.get_by_role("heading", name="My children")).to_be_visible()
    (new,) = (one for one in records(phone) if one["credential"])
    assert enrolled_keys(cast) == [old["point"], new["point"]]
    assert len(records(phone)) == 2  # the old one still delivers what it was to deliver


def test_two_people_in_one_browser_have_a_key_each(phones: Phones, cast: Cast) -> None:
    tablet = phones.new().enrol("social_worker")
    passkeys = {"Jo Marsh": tablet.take_passkeys()}
    tablet.context.clear_cookies(name=cookie_name("", secure=False))
    tablet.enrol("pastoral")
    passkeys["Pat Osei"] = tablet.take_passkeys()
    points = {one["point"] for one in records(tablet)}
    assert len(points) == 2
    assert set(enrolled_keys(cast)) == points
    for name in (*passkeys, *passkeys):
        tablet.put_passkeys(passkeys[name])
        sign_in_again(tablet)
        tablet.page.wait_for_url(f"{tablet.site.origin}/")
        tablet.go("/me")
        expect(tablet.page.get_by_role("heading", level=1)).to_have_text(name)
        passkeys[name] = tablet.take_passkeys()
    assert {one["point"] for one in records(tablet)} == points
    assert devices.waiting(cast.system) == []


@pytest.fixture
def characters(cast: Cast) -> list[str]:
    """Two of those whom the demo offers to be, joined to the cast's authority."""
    keys = ["social-worker", "school-pastoral"]
    for one in council.named_staff():
        if one.key in keys:
            join = practitioners.join
            joined = join(
                cast.system, agency_id=cast["care"], name=one.name, job="Staff", email=one.email
            )
            cast.undertakes(joined, cast["care"])
    return keys


def test_the_demo_enrols_a_key_for_each_person(
    phones: Phones, cast: Cast, characters: list[str]
) -> None:
    phone = phones.new()
    for key in (*characters, *characters):
        phone.go("/demo")
        phone.page.locator(f"button[value={key}]").tap()
        phone.page.wait_for_url(f"{phone.site.origin}/")
        phone.page.wait_for_load_state("networkidle")
    found = {one["demo"]: one["point"] for one in records(phone)}
    assert enrolled_keys(cast) == [found[key] for key in characters]
    assert len(records(phone)) == 2

    plain = phones.new(javascript=False)
    plain.go("/demo")
    plain.page.locator(f"button[value={characters[0]}]").tap()
    expect(plain.page.get_by_role("heading", name="My children")).to_be_visible()
    assert enrolled_keys(cast)[2:] == [""]
