"""Nothing that was written on a phone can be read on it: its disk is searched, every byte of it.

So that the search means something, other words are put into the same browser readably, by every way that
leads to its disk, and must be found there.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Playwright, expect

from tests.browser import residue
from tests.browser.phone import Phone
from tests.browser.profile import Profile
from tests.browser.site import Site
from tests.browser.test_waiting import kept, send, settle_with_children, write
from tests.cast import NAMES, Cast

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Words that stand nowhere else in a browser.
NOTE = ["quinquereme", "Nineveh", "Palestine"]
DRAFT = ["stately", "galleon", "Isthmus"]
WHO = ["sandalwood", "cedarwood"]
STAFF = ["peacocks", "ivory"]
PACKED = {"br": brotli.compress, "gzip": gzip.compress, "deflate": zlib.compress}
PLANTED = {
    "small": "plantedsmall", "wide": "plantedwide", "large": "plantedlarge", "bytes": "plantedbytes",
    "base64": "plantedbase", "deleted": "planteddeleted", "cached": "plantedcached",
    "local": "plantedlocal", "session": "plantedsession", "title": "plantedtitle",
    "typed": "plantedtyped", "br": "plantedbrotli", "gzip": "plantedgzip", "deflate": "planteddeflate",
}  # fmt: skip
PLANT = """async (words) => {
  document.title = words.title;
  const field = document.body.appendChild(document.createElement("textarea"));
  field.name = "typed";
  field.value = words.typed;
  const database = await new Promise((done) => {
    indexedDB.open("inkling").onsuccess = ({ target }) => done(target.result);
  });
  const within = (work) => new Promise((done) => {
    const transaction = database.transaction("clock", "readwrite", { durability: "strict" });
    work(transaction.objectStore("clock"));
    transaction.oncomplete = done;
  });
  const large = "It was said again, and once more: ".repeat(5000);
  for (const [of, at] of Object.entries({
    small: words.small, wide: words.wide + " \\u2019", large: large + words.large + large,
    bytes: new TextEncoder().encode(words.bytes), base64: btoa("." + words.base64 + "."), deleted: words.deleted,
  })) await within((store) => store.put({ of, at }));
  await within((store) => store.delete("deleted"));
  database.close();
  await (await caches.open("planted")).put("/planted", new Response(words.cached));
  localStorage.setItem("planted", words.local);
  sessionStorage.setItem("planted", words.session);
  for (const coding of ["br", "gzip", "deflate"]) await (await fetch(`/planted/${coding}`)).text();
}"""
# More than LevelDB keeps in a log.
NOISE = """async () => {
  const database = await new Promise((done) => {
    indexedDB.open("inkling").onsuccess = ({ target }) => done(target.result);
  });
  const transaction = database.transaction("clock", "readwrite", { durability: "strict" });
  for (let of = 0; of < 160; of++) {
    transaction.objectStore("clock").put({ of, at: crypto.getRandomValues(new Uint8Array(40_000)) });
  }
  await new Promise((done) => (transaction.oncomplete = done));
  database.close();
}"""


@pytest.fixture
def profile(playwright: Playwright, site: Site, tmp_path: Path) -> Iterator[Profile]:
    """A browser that can be killed and started again."""
    given = Profile(playwright, site, tmp_path / "profile")
    yield given
    given.close()


def serve_planted(site: Site) -> None:
    """Let the site serve pages that browsers keep in their own cache, packed."""
    inner: WSGIApplication = site.app.wsgi_app

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        before, _, coding = environ["PATH_INFO"].rpartition("/")
        if before != "/planted":
            return inner(environ, start)
        words = f"Once upon a time, {PLANTED[coding]}. Once upon a time."
        body: bytes = PACKED[coding](words.encode() * 3)
        kept = [("Cache-Control", "max-age=3600"), ("Content-Encoding", coding)]
        start("200 OK", [("Content-Length", str(len(body))), ("Content-Type", "text/html"), *kept])
        return [body]

    site.app.wsgi_app = app  # type: ignore[assignment,method-assign]


def read_and_write_with_signal(phone: Phone, cast: Cast) -> None:
    """Look at children, and type words that go to another page and nowhere else."""
    note = cast.worry("pastoral", "amara", saw=" and ".join(NOTE)).note_ids[0]
    child = f"/children/{cast['amara']}"
    for path in (child, f"{child}/timeline", f"/notes/{note}", "/"):
        phone.go(path)
        expect(phone.page.get_by_text("Amara").first).to_be_visible()
    phone.go("/log")
    expect(phone.page.get_by_text("Amara Okafor")).to_be_visible()
    write(phone, "He said: " + " and ".join(STAFF))
    phone.tap(phone.link("Is this about a member of staff?"))
    expect(phone.page.get_by_label("Your words")).to_have_value("He said: " + " and ".join(STAFF))
    # It may have been kept a moment ago, and is not any more.
    phone.until(lambda: not kept(phone)["drafts"], "no draft is left")


def unlock(phone: Phone) -> None:
    """Have the passkey open the caseload."""
    phone.tap(phone.button("Unlock my children"))
    phone.tap(phone.page.get_by_text("Amara Okafor"))


def wait_until_on_disk(phone: Phone, profile: Profile, words: Sequence[str]) -> None:
    """Wait until Chromium wrote all these, by itself, into what it keeps."""

    def written() -> bool:
        return len(residue.find(profile.folder, words)) == len(words)

    phone.until(written, "the browser's own files are written", 40)


def tables(profile: Profile) -> list[Path]:
    """Give the tables that LevelDB made of what IndexedDB keeps."""
    return list((profile.folder / "Default/IndexedDB").rglob("*.ldb"))


def test_nothing_that_was_written_can_be_read_on_the_disk(
    profile: Profile, site: Site, cast: Cast
) -> None:
    serve_planted(site)
    phone = settle_with_children(profile.start().enrol("social_worker"))
    read_and_write_with_signal(phone, cast)
    phone.go("/healthz")
    phone.page.evaluate(PLANT, PLANTED)

    with site.unreachable():
        phone.go("/log")
        unlock(phone)
        write(phone, "A " + ", ".join(NOTE), who=" and ".join(WHO))
        send(phone)
        phone.go("/log")
        unlock(phone)
        write(phone, "A " + ", ".join(DRAFT))
        phone.until(lambda: kept(phone)["drafts"], "the draft is kept")
        # Moving within the page has Chromium write down what stands in it, as it does by the minute.
        phone.page.evaluate("location.hash = 'after-all-that'")
        wait_until_on_disk(phone, profile, ["after-all-that", *PLANTED.values()])
        stored = kept(phone)
        profile.kill()

        (caseload,), (key,) = stored["caseload"], stored["keys"]
        draft, note = sorted(stored["notes"], key=lambda one: str(one["state"]))
        # Sealed parts, where they begin and in their middle: the search reads these very records.
        sealed = [json.loads(one["envelope"])["sealed"] for one in (note, draft)]
        sealed += [draft["mine"], caseload["sealed"]]
        parts = [one[at : at + 40] for one in sealed for at in (0, len(one) // 2)]
        # Long enough not to turn up by chance in megabytes of sealed bytes.
        children = ["Amara", "Okafor", "Noor Khan", cast["jude"], "900100", "Pat Osei"]
        secret = [*NOTE, *DRAFT, *WHO, *STAFF, *children]
        planted = dict(PLANTED)
        for again in (False, True):
            if again:
                # From cold, all is there; and once there is enough of it, LevelDB makes tables of its log.
                del planted["session"]
                phone = profile.start()
                phone.go("/log")
                expect(phone.page.get_by_role("heading", name="1 waiting")).to_be_visible()
                phone.page.evaluate(NOISE)
                phone.until(partial(tables, profile), "tables are made", 40)
                profile.kill()
            found = residue.find(profile.folder, [*planted.values(), *parts, note["id"], *secret])
            assert sorted(set(planted.values()) - found.keys()) == []
            assert [one for one in (*parts, note["id"]) if one not in found] == []
            assert {word: found[word] for word in secret if word in found} == {}
    assert key["name"] == NAMES["social_worker"]  # kept, to tell colleagues apart
