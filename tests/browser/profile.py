"""A browser with a profile folder of its own, that can be killed and started again."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Playwright

from tests.browser.conftest import LAUNCH, chromium
from tests.browser.phone import PATIENCE, PHONE, USER_AGENT, Phone
from tests.browser.site import Site


@dataclass
class Profile:
    """A profile folder, and the browser that runs on it while it is started."""

    playwright: Playwright
    site: Site
    folder: Path
    phone: Phone | None = None

    def start(self) -> Phone:
        """Start the browser, from cold."""
        width, height = PHONE
        context = self.playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=chromium(),
            args=LAUNCH,
            viewport={"width": width, "height": height},
            user_agent=USER_AGENT,
            is_mobile=True,
            has_touch=True,
            permissions=["background-sync"],
            locale="en-GB",
            timezone_id="Europe/London",
        )
        context.set_default_timeout(PATIENCE)
        self.phone = Phone(self.site, context, context.pages[0])
        self.phone.watch()
        return self.phone

    def kill(self) -> None:
        """Kill the browser, all of it at once, as a phone does that needs the room."""
        for process in self._processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        end = time.monotonic() + 20
        while any(_alive(one) for one in self._processes()):
            assert time.monotonic() < end, "the browser outlives being killed"
            time.sleep(0.01)
        self.close()

    def close(self) -> None:
        """Let go of the browser, dead or alive."""
        if self.phone:
            with suppress(Exception):
                self.phone.close()
        self.phone = None

    def _processes(self) -> list[int]:
        found = []
        for process in Path("/proc").iterdir():
            with suppress(OSError):
                if process.name.isdigit() and str(self.folder).encode() in (
                    process / "cmdline"
                ).read_bytes().replace(b"\0", b" "):
                    found.append(int(process.name))
        return [one for one in found if one != os.getpid()]


def _alive(process: int) -> bool:
    with suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return False
