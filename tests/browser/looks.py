"""What is asked of every page as it looks: axe finds nothing, and nothing has to be scrolled sideways."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.phone import PHONE, TABLET

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NARROW = 320
SCHEMES = ("light", "dark")

# What sticks out beyond the window, by its selector: enough to find it.
STICKING_OUT = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 0.5 && !one.closest("details:not([open])"));
  return [`${root.scrollWidth} > ${root.clientWidth}`].concat(wide.slice(0, 4).map((one) =>
    `<${one.tagName.toLowerCase()} class="${one.className}">${one.textContent.trim().slice(0, 30)}`));
}"""

# Names in the accessibility tree do not move; what moves is not for axe.
STILL = (
    """() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))"""
)


def faults(page: Page) -> list[str]:
    """Look at the page at both widths, light and dark, then narrow, then with large text."""
    size = page.viewport_size
    assert size
    open_all(page)
    found = []
    for width, height in (PHONE, TABLET):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.evaluate(STILL)
            found += [f"{width} {scheme}: {fault}" for fault in axe(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": NARROW, "height": 640})
    found += [f"{NARROW} wide: {fault}" for fault in page.evaluate(STICKING_OUT)]
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += [f"{NARROW} wide, text at 200 %: {fault}" for fault in page.evaluate(STICKING_OUT)]
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found += [f"text at 200 %: {fault}" for fault in page.evaluate(STICKING_OUT)]
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(size)
    return found


def axe(page: Page) -> list[str]:
    """Let axe look at the page with all its rules; give what it finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())  # not by a script element, which the policy refuses
    found: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]} "
        f"({node['failureSummary'].splitlines()[-1].strip()})"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]


def open_all(page: Page) -> None:
    """Unfold whatever is folded, so that it is looked at as well."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")
