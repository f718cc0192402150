"""What a phone loads: a first visit with everything in it, then a later page.

Compressed as the app sends it to a browser that takes Brotli.
"""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import Client

from bench.world import world

FIRST, LATER = 60, 12  # kB, at most
REFERENCE = re.compile(r'(?:href|src)="(/[^"]+\.(?:css|js|svg|png|ico|webmanifest)[^"]*)"')


def run() -> None:
    """Measure and print."""
    with world() as made:
        client = Client(made.app)
        name, _, value = made.cookie.partition("=")
        client.set_cookie(name, value)
        headers = {"Accept-Encoding": "br, gzip", "Host": "localhost:8000"}

        def size(path: str) -> tuple[int, str]:
            answer: Any = client.get(path, base_url="http://localhost:8000", headers=headers)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answered {answer.status_code}")
            plain = client.get(
                path, base_url="http://localhost:8000", headers={**headers, "Accept-Encoding": ""}
            )
            return len(answer.data), plain.data.decode("utf-8", "replace")

        home, text = size("/")
        parts = {path: size(path)[0] for path in dict.fromkeys(REFERENCE.findall(text))}
        parts["/sw.js"] = size("/sw.js")[0]
        first = home + sum(parts.values())
        for path, weight in parts.items():
            print(f"    {weight:>7,} {re.sub(r'[.-][0-9A-Za-z]{8,}', '', path)}")
        print(f"  first visit (home): {first / 1000:.1f} kB (at most {FIRST})")
        for path in (f"/children/{made.cast['amara']}", "/log", "/inbox"):
            print(f"  {path.split('/')[1]}: {size(path)[0] / 1000:.1f} kB (at most {LATER})")
