"""Which push services we send to. An address that a browser hands in is sent to by our machines, so
it must be one of a browser vendor, over https, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

# A name that starts with a dot stands for every host below it.
HOSTS = (
    "fcm.googleapis.com",
    "android.googleapis.com",
    ".push.apple.com",
    ".push.services.mozilla.com",
    ".notify.windows.com",
)

LONGEST = 1000


def is_listed(endpoint: str, hosts: Sequence[str] = HOSTS) -> bool:
    """Say whether an endpoint is an https address at one of these hosts, with nothing odd in it."""
    if len(endpoint) > LONGEST or not endpoint.isascii() or not endpoint.isprintable():
        return False
    try:
        address = urlsplit(endpoint)
        port = address.port
    except ValueError:
        return False
    name = address.hostname or ""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name):
        return False  # what one reads as a host another may read as a path
    plain = address.scheme == "https" and port in (None, 443) and "@" not in address.netloc
    return plain and any(
        name.endswith(host) if host.startswith(".") else name == host for host in hosts
    )
