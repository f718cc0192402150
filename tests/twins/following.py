"""Where a page leads: its links, and its forms as somebody would send them who fills in every field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

LINK = re.compile(r'\s(?:href|src|hx-get)="([^"#][^"]*)"')
FORM = re.compile(r'<form\b[^>]*\smethod="post".*?</form>', re.DOTALL)
TYPED = {"day": "24", "month": "11", "year": "2026"}
WORDS = "What I typed."
# Everything else that a form holds is sent as it stands.
CHOSEN = ("radio", "checkbox")


@dataclass
class Form:
    """A form that is posted: where to, and what it holds once it is filled in."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


def links(body: str, path: str) -> Iterator[str]:
    """Where a page leads, in its order, as addresses of this site."""
    for found in LINK.findall(body):
        to = urlsplit(urljoin(f"http://here{path}", unescape(found)))
        if to.netloc == "here":
            yield to.path + (f"?{to.query}" if to.query else "")


def endpoint(app: Flask, path: str, method: str = "GET") -> str:
    """Whose an address is; nobody's, or one that is only posted to: the empty name."""
    try:
        name, _ = app.url_map.bind("localhost").match(path.partition("?")[0], method)
    except (HTTPException, RequestRedirect):
        return ""
    return str(name)


def forms(body: str, path: str) -> list[Form]:
    """The forms of a page, filled in."""
    return [form for one in FORM.findall(body) for form in _read(one, path)]


@cache
def _read(form: str, path: str) -> list[Form]:
    """The same form stands on many pages, and twice on each: in either world."""
    reader = _Forms(path)
    reader.feed(form)
    return reader.found


class _Forms(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.found: list[Form] = []
        self.form: Form | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and said.get("method", "").lower() == "post":
            self.form = Form(urljoin(self.path, said.get("action") or self.path))
            self.found.append(self.form)
        elif self.form and tag == "select":
            self.select = said.get("name", "")
        elif self.form and tag == "option" and self.select and said.get("value"):
            self.form.fields.setdefault(self.select, said["value"])
        elif self.form and tag in ("input", "textarea", "button") and said.get("name"):
            self._fill(self.form, tag, said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""

    def _fill(self, form: Form, tag: str, said: dict[str, str]) -> None:
        name, kind = said["name"], said.get("type", "text")
        if tag == "button" or kind in CHOSEN:
            form.fields.setdefault(name, said.get("value", "on"))
        elif kind != "file":
            part = re.split(r"[-_]", name)[-1]
            form.fields[name] = said.get("value") or TYPED.get(part, WORDS)
