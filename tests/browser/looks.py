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
# Dark is other colours and nothing else, so it is asked for those alone: a third of axe's time.
COLOUR = "runOnly: ['color-contrast', 'link-in-text-block']"

# What sticks out beyond the window, by its selector: enough to find it.
STICKING_OUT = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 0.5 && !one.closest("details:not([open])"));
  return [`${root.scrollWidth} > ${root.clientWidth}`].concat(wide.slice(0, 4).map((one) =>
    `<${one.tagName.toLowerCase()} class="${one.className}">${one.textContent.trim().slice(0, 30)}`));
}"""

# What a thumb cannot hit: above and below its middle, within 44 px, something else would be touched.
# Links within a sentence need no more than their line.
TOO_SMALL = """() => {
  const whole = (one) => one.closest(".chip, .govuk-checkboxes__item, .govuk-radios__item") ?? one;
  const all = [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden])")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && getComputedStyle(one).display !== "inline")
    .map(whole);
  const small = [];
  for (const one of new Set(all)) {
    one.scrollIntoView({ block: "center" });
    const box = one.getBoundingClientRect();
    if (box.width < 2 || one.matches(".govuk-skip-link")) continue; // shown with the focus only
    const [x, y] = [box.left + Math.min(box.width / 2, 40), box.top + box.height / 2];
    const mine = (dx, dy) => one.contains(document.elementFromPoint(x + dx, y + dy));
    const high = box.height > 43.5 || (mine(0, -20) && mine(0, 20));
    const wide = box.width > 43.5 || one.textContent.trim() || (mine(-20, 0) && mine(20, 0));
    if (!high || !wide) small.push(`${Math.round(box.width)}x${Math.round(box.height)} ${one.outerHTML.slice(0, 150)}`);
  }
  return small;
}"""

# What fades in is looked at when it is there. The ten seconds of Undo are not waited for.
STILL = """() => Promise.all(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime < 2000)
  .map((one) => one.finished.catch(() => null)))"""


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
            rules = COLOUR if scheme == "dark" else ""
            found += [f"{width} {scheme}: {fault}" for fault in axe(page, rules)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found += [f"too small for a thumb: {fault}" for fault in page.evaluate(TOO_SMALL)]
    page.set_viewport_size({"width": NARROW, "height": 640})
    found += [f"{NARROW} wide: {fault}" for fault in page.evaluate(STICKING_OUT)]
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += [f"{NARROW} wide, text at 200 %: {fault}" for fault in page.evaluate(STICKING_OUT)]
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found += [f"text at 200 %: {fault}" for fault in page.evaluate(STICKING_OUT)]
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(size)
    return found


def axe(page: Page, rules: str = "") -> list[str]:
    """Let axe look at the page with all its rules, or with some; give what it finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())  # not by a script element, which the policy refuses
    found: dict[str, Any] = page.evaluate(f"axe.run({{resultTypes: ['violations'], {rules}}})")
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
