"""Logs carry ids, never names, words, query strings or secrets.

What went wrong is logged by its type and place only, whoever logs it: a database's message quotes the row
that it did not take. An address is logged as its rule (`/enrol/<token>`, `/children/<uuid:person_id>`) with the ids of the
people or things in it; whatever else stands in an address is left out.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request

from api.moment import is_id
from pwa import security

log = logging.getLogger("inkling.web")


class Discreet(logging.Formatter):
    """A line an event; of an error its type and place."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging calls it so
        """Give what stands for a traceback."""
        return faults(ei[1])


def faults(error: BaseException | None) -> str:
    """Say of which type an error is and where it came from, with what it came of, without its message,
    which may hold somebody's words."""
    said: list[str] = []
    while error is not None and len(said) < 4:
        places = " < ".join(
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
            for frame in reversed(traceback.extract_tb(error.__traceback__)[-8:])
        )
        said.append(f"{type(error).__name__}: {places}")
        error = error.__cause__ or error.__context__
    return ", of ".join(said)


def begin(level: int = logging.INFO) -> None:
    """Send our own log to standard error, a line an event; libraries only where they warn."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("inkling").setLevel(level)
    # Its pool says at length, and again and again, what our own error says in one sentence.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    sys.excepthook = _ended
    threading.excepthook = lambda ended: _ended(*ended[:3])


def _ended(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """Log what ended the process, or a thread of it."""
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    log.critical("ended", exc_info=(kind, error, trace) if error else None)


def watch(app: Flask) -> None:
    """Log every request once it is answered, files aside."""

    @app.before_request
    def started() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def answered(response: Response) -> Response:
        if request.endpoint not in ("house.static", "house.alive", "house.ready"):
            log.info(
                "%s %s %s %d %.0fms%s",
                request.method,
                request.url_rule.rule if request.url_rule else "-",
                _who(),
                response.status_code,
                (time.perf_counter() - g.get("started", time.perf_counter())) * 1000,
                _ids(),
            )
        return response


def _who() -> str:
    visitor = security.visitor()
    return visitor.id if visitor else "-"


def _ids() -> str:
    values = {name: str(value) for name, value in (request.view_args or {}).items()}
    return "".join(f" {name}={value}" for name, value in values.items() if is_id(value))
