"""What passkey pages share: the site as passkeys know it, and what kind of device asks."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from api.staff.passkeys import RelyingParty
from pwa import security

# The first of these words in what a browser says of itself names the device; the order matters.
MACHINES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android tablet"),
    ("Windows", "Windows computer"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux computer"),
)
BROWSERS = (
    ("Edg", "Edge"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def relying_party() -> RelyingParty:
    """Give the site as browsers and passkeys know it."""
    origin = security.config().origin
    return RelyingParty(id=urlsplit(origin).hostname or "", name="Inkling", origin=origin)


def device_kind() -> str:
    """Say what this browser runs on, as whoever approves it would: 'Android phone, Chrome'."""
    said = request.headers.get("User-Agent", "")
    machine = _first(MACHINES, said) or "Device"
    if machine == "Android tablet" and "Mobile" in said:
        machine = "Android phone"
    if machine == "Mac" and "touch" in request.args:  # an iPad says that it is a Mac
        machine = "iPad"
    return ", ".join(filter(None, (machine, _first(BROWSERS, said))))


def _first(names: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for mark, name in names if mark in said), "")
