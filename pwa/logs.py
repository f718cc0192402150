"""Logs carry ids, never names, words, query strings or secrets.

An address is logged as its rule (`/enrol/<token>`, `/children/<uuid:person_id>`) with the ids of the
people or things in it; whatever else stands in an address is left out.
"""

from __future__ import annotations

import logging
import sys
import time

from flask import Flask, Response, g, request

from api.moment import is_id
from pwa import security

log = logging.getLogger("inkling.web")


def begin(level: int = logging.INFO) -> None:
    """Send our own log to standard error, a line an event; libraries only where they warn."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("inkling").setLevel(level)
    # Its pool says at length, and again and again, what our own error says in one sentence.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


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
