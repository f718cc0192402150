"""Takes pictures of the demo's main pages: python -m tests.browser.screenshots FOLDER [page ...]

At phone and tablet width, light and dark: home-390-light.png and so on. Makes a demo authority of its
own in a temporary folder, always the same one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from api import authority as authorities
from api import demo
from api.trust.keys import MasterKey
from tests.browser.conftest import LAUNCH, chromium
from tests.browser.phone import PHONE, TABLET, Phone, Phones
from tests.browser.site import Site
from tests.cast import Cast

SCHEMES = ("light", "dark")


def home(phone: Phone) -> None:
    phone.go("/")


def log(phone: Phone) -> None:
    phone.go("/log")
    phone.page.get_by_text("Amara Okafor").tap()
    saw = phone.page.get_by_label("What I saw or heard")
    saw.fill("No coat again today, and it was raining. Asked twice whether there is more toast.")
    saw.blur()
    saw.evaluate("(one) => one.scrollIntoView({ block: 'center' })")


def sent(phone: Phone) -> None:
    log(phone)
    phone.button("Send").tap()
    expect(phone.button("Undo")).to_be_visible()


def child(phone: Phone) -> None:
    home(phone)
    phone.page.get_by_role("list", name="My children").get_by_role("link").first.tap()
    expect(phone.page.get_by_role("heading", name="Notes")).to_be_visible()


def notes(phone: Phone) -> None:
    child(phone)
    phone.page.get_by_role("article").first.scroll_into_view_if_needed()


def timeline(phone: Phone) -> None:
    child(phone)
    phone.link("Timeline").tap()
    phone.page.wait_for_url("**/timeline")


def search(phone: Phone) -> None:
    phone.go("/search")


def inbox(phone: Phone) -> None:
    phone.go("/inbox")


def approvals(phone: Phone) -> None:
    phone.go("/approvals")


# Each page with who looks at it.
PICTURES: dict[str, tuple[Callable[[Phone], None], str]] = {
    one.__name__: (one, who)
    for one, who in (
        (home, "social-worker"),
        (log, "social-worker"),
        (sent, "social-worker"),
        (child, "social-worker"),
        (notes, "social-worker"),
        (timeline, "social-worker"),
        (search, "outsider"),
        (inbox, "health-visitor"),
        (approvals, "supervisor"),
    )
}


def take(browser: Browser, site: Site, folder: Path, names: list[str]) -> Iterator[Path]:
    """Take pictures; gives the path of each."""
    for size in (PHONE, TABLET):
        for scheme in SCHEMES:
            phones = Phones(browser, site)
            for name in names:
                show, who = PICTURES[name]
                phone = phones.new(who, size=size, scheme=scheme)  # type: ignore[arg-type]
                show(phone)
                path = folder / f"{name}-{size[0]}-{scheme}.png"
                phone.page.screenshot(path=path)
                yield path
            phones.close()


@contextmanager
def demo_site() -> Iterator[Site]:
    """Serve a demo authority of our own."""
    with tempfile.TemporaryDirectory() as folder:
        key, url = Path(folder) / "master.key", f"sqlite:///{folder}/inkling.db"
        MasterKey.make(key)
        demo.make(url, key)
        authority = authorities.open(url, key)
        try:
            with Site(Cast(authority, demo.actors(authority))) as site:
                yield site
        finally:
            authority.close()


def main(folder: Path, names: list[str]) -> None:
    """Take the pictures that are named, or all."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, demo_site() as site:
        browser = playwright.chromium.launch(executable_path=chromium(), args=LAUNCH)
        for path in take(browser, site, folder, names or list(PICTURES)):
            sys.stdout.write(f"{path}  {path.stat().st_size // 1024} kB\n")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 2 or set(sys.argv[2:]) - set(PICTURES):
        raise SystemExit(f"{__doc__}\nPages: {', '.join(PICTURES)}")
    main(Path(sys.argv[1]), sys.argv[2:])
