"""The child page (30 involvements, 200 notes) against a bare Flask route.

The bare route renders a template as long as ours, with a loop and escaped values as ours has, and
commits one row to SQLite with synchronous=FULL. Both are called through WSGI in this process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, render_template_string
from werkzeug.test import EnvironBuilder

from bench.world import World, side_by_side, world

LINE = (
    '{% for row in rows %}<li class="row"><h3>{{ row.name }}</h3><p>{{ row.job }}, {{ row.place }}'
    '</p><p>{{ row.said }}</p><a href="tel:{{ row.phone }}">{{ row.phone }}</a></li>\n{% endfor %}'
)


def run() -> None:
    """Measure and print."""
    with world() as made:
        ours = caller(made.app, f"/children/{made.cast['amara']}", made.cookie)
        page = ours()
        bare = caller(_bare_app(made, len(page)), "/", "")
        length = len(bare())
        ms, bare_ms = side_by_side(ours, bare)
        print(
            f"  ours {ms:.2f} ms for {len(page):,} bytes, bare {bare_ms:.2f} ms for {length:,} bytes:"
            f" {ms / bare_ms:.2f} times (at most 2)"
        )


def _bare_app(made: World, length: int) -> Flask:
    app = Flask("bare")
    database = sqlite3.connect(made.folder / "bare.db", isolation_level=None)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE looks (who TEXT, what TEXT);"
    )
    row = {
        "name": "Robin Example",
        "job": "Family support worker",
        "place": "Westhaven Children's Social Care",
        "said": "She came to the door in her school jumper & smiled. " * 2,
        "phone": "07700 900200",
    }
    with app.app_context():
        one = len(render_template_string(LINE, rows=[row]))
    template = app.jinja_env.from_string(f"<!doctype html><title>Bare</title><ul>{LINE}</ul>")
    rows = [dict(row) for _ in range(length // one)]

    @app.get("/")
    def look() -> str:
        database.execute("INSERT INTO looks VALUES ('somebody', 'a child')")
        return template.render(rows=rows)

    return app


def caller(app: Any, path: str, cookie: str) -> Callable[[], bytes]:
    """Make a function that asks an app for a page, straight through WSGI, and gives its bytes. It gives
    back the cookies that its first answer sets, as a browser does."""

    def ask(cookies: Iterable[str]) -> Callable[[], tuple[bytes, list[str]]]:
        headers = {"Cookie": "; ".join(cookies), "Host": "localhost:8000"}
        builder = EnvironBuilder(path=path, base_url="http://localhost:8000", headers=headers)

        def call() -> tuple[bytes, list[str]]:
            started: list[tuple[str, list[tuple[str, str]]]] = []
            body = b"".join(app(builder.get_environ(), lambda *said: started.append(said[:2])))
            ((status, sent),) = started
            if not status.startswith("200"):
                raise RuntimeError(f"{path} answered {status}")
            return body, [value.split(";")[0] for name, value in sent if name == "Set-Cookie"]

        return call

    _, given = ask([cookie])()
    again = ask(filter(None, [cookie, *given]))
    return lambda: again()[0]
