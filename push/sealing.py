"""The worker's second thread: seals the audit trail, and keeps its heads elsewhere once an hour.

Apart from telling, so that a long round of that does not keep rows of the trail waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from api.authority import Authority
from api.errors import InklingError
from api.trust import heads, sealer

# How often it is looked whether an hour went by since the last head that was kept.
LOOK_SECONDS = 60.0

log = logging.getLogger("inkling.push")


class Sealing:
    """Seals for one worker. Any number may: one at a time does it, and each may be killed."""

    def __init__(self, authority: Authority, folder: Path | None, poll: float) -> None:
        self._authority, self._folder, self._poll = authority, folder, poll
        self._next_look = 0.0
        self._why_not_sealed = ""
        self._why_not_kept = ""
        self._said = ""

    def work(self, stop: threading.Event) -> None:
        """Seal until `stop` is set, and what was committed before that."""
        try:
            while not stop.wait(self._poll):
                self._round()
            self._round()
        finally:
            self._authority.store.leave()

    def _round(self) -> None:
        self._why_not_sealed = _why_not(lambda: sealer.seal(self._authority))
        folder, now = self._folder, time.monotonic()
        if folder and now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._why_not_kept = _why_not(lambda: heads.keep_hourly(self._authority, folder))
        self._say(self._why_not_sealed or self._why_not_kept)

    def _say(self, what: str) -> None:
        """Say once what is in the way, and that it is no longer."""
        if what and what != self._said:
            log.error("The audit trail is not sealed or kept. %s", what)
        elif self._said and not what:
            log.info("The audit trail is sealed and kept again.")
        self._said = what


def _why_not(work: Callable[[], object]) -> str:
    try:
        work()
    except InklingError as error:
        return error.sentence
    except OSError as error:
        return f"The folder of heads cannot be written ({error.strerror})."
    except Exception:
        # A fault of ours must not end the sealing of what comes later.
        log.exception("The audit trail could not be sealed.")
        return "See above."
    return ""
