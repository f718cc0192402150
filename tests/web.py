"""A visitor to the web app, who checks every page that comes back.

visitor.get("/log")             the parsed page, after asserting that it is a good one
visitor.post("/log", {...})     with the CSRF token that its session has
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from api.staff import sessions
from pwa import create_app
from pwa.config import Config
from tests.cast import Cast

ORIGIN = "http://localhost:8000"
SECRET = "a secret of thirty-two characters"


def make_app(cast: Cast, *, origin: str = ORIGIN, demo: bool = True) -> Flask:
    """Make the app over the cast's authority."""
    config = Config(Path("unused"), "unused", origin, SECRET, demo=demo)
    return create_app(config, cast.authority)


@dataclass(frozen=True)
class Page:
    """A page or a part of one, parsed."""

    response: TestResponse
    root: Element

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """All that is read out, spaces folded."""
        return fold("".join(self.root.itertext()))

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Every element with this tag and these attributes."""
        return [one for one in standing(self.root) if one.tag == tag and _has(one, attributes)]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of <{tag} {attributes}>"
        return found[0]

    @property
    def heading(self) -> str:
        return words(self.one("h1"))

    def links(self) -> dict[str, str]:
        """Where each link leads, by its words."""
        return {words(one): one.get("href", "") for one in self.all("a")}

    def region(self, name: str) -> Element:
        """The part of the page that is labelled so."""
        for one in self.root.iter():
            label = one.get("aria-label")
            if one.get("aria-labelledby"):
                labelled = self.root.iter()
                label = next(
                    words(e) for e in labelled if e.get("id") == one.get("aria-labelledby")
                )
            if label == name:
                return one
        raise AssertionError(f"no region {name}")

    def field(self, name: str) -> str:
        """What stands in a form's field."""
        for tag in ("input", "textarea", "select"):
            for one in self.all(tag, name=name):
                return one.get("value", "") if tag == "input" else words(one)
        raise AssertionError(f"no field {name}")


class Visitor:
    """A browser in somebody's hand, or in nobody's."""

    def __init__(self, app: Flask, cast: Cast | None = None, name: str | None = None) -> None:
        self.app = app
        self.cast = cast
        self.client = app.test_client()
        self.origin = app.extensions["config"].origin
        self.csrf = "c" * 40
        if cast and name:
            self.sign_in(name)

    def sign_in(self, name: str) -> None:
        """Sign a member of the cast in, with the session that the app itself would have made."""
        assert self.cast
        signed_in = sessions.start_demo(self.cast.authority, self.cast[name], None)
        self._cookie("", signed_in.session_token)
        with self.client.session_transaction(base_url=self.origin) as session:
            session["who"] = self.cast[name]

    def confirm(self) -> None:
        """Confirm with the passkey, as the demo does."""
        assert self.cast
        token = self.client.get_cookie(self._name(""), domain="localhost")
        assert token
        actor = sessions.resume(self.cast.authority, token.value, touch=True)
        assert actor
        sessions.confirm_demo(actor)

    def get(self, path: str, status: int = 200, *, part: bool = False) -> Page:
        return self._checked(self.open("GET", path, part=part), status, part)

    def post(
        self,
        path: str,
        data: Mapping[str, str | Sequence[str]] | None = None,
        status: int = 303,
        *,
        part: bool = False,
    ) -> Page:
        response = self.open(
            "POST", path, data={**(data or {}), "csrf_token": self.token()}, part=part
        )
        return self._checked(response, status, part)

    def open(self, method: str, path: str, *, part: bool = False, **more: object) -> TestResponse:
        """Ask without checking anything."""
        headers = dict(more.pop("headers", {}))  # type: ignore[call-overload]
        if part:
            headers |= {"HX-Request": "true", "HX-Request-Type": "partial"}
        if self.origin.startswith("https"):
            headers.setdefault("Referer", f"{self.origin}/")
        return self.client.open(
            path,
            buffered=True,
            method=method,
            base_url=self.origin,
            headers=headers,
            **more,  # type: ignore[arg-type]
        )

    def token(self) -> str:
        """Give a CSRF token that this browser's session would have got in a form."""
        with self.client.session_transaction(base_url=self.origin) as session:
            self.csrf = session.setdefault("csrf_token", self.csrf)
        return URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps(self.csrf)

    def _cookie(self, kind: str, value: str) -> None:
        self.client.set_cookie(self._name(kind), value, domain="localhost")

    def _name(self, kind: str) -> str:
        name = f"inkling-{kind}" if kind else "inkling"
        return f"__Host-{name}" if self.origin.startswith("https") else name

    def _checked(self, response: TestResponse, status: int, part: bool) -> Page:
        said = (
            fold(re.sub(r"<[^>]+>", " ", response.text))[:600] if response.is_json is False else ""
        )
        assert response.status_code == status, f"{response.status_code}, not {status}: {said}"
        root = Element("empty")
        if response.mimetype == "text/html" and response.status_code not in (204, 301, 302, 303):
            root = parse(response.text, part=part and not response.text.startswith("<!doctype"))
        for fault in faults(response, root):
            raise AssertionError(fault)
        return Page(response, root)


def parse(html: str, *, part: bool = False) -> Element:
    """Parse HTML as strictly as it is specified. Raises at the first error."""
    parser = html5lib.HTMLParser(
        tree=html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False
    )
    root: Element = parser.parseFragment(html) if part else parser.parse(html)
    return root


def faults(response: TestResponse, root: Element) -> Iterator[str]:
    """What is wrong with an answer, whatever page it is."""
    headers = response.headers
    if "default-src 'none'" not in headers.get("Content-Security-Policy", ""):
        yield "no content security policy"
    if headers.get("Cache-Control") != "no-store":
        yield f"may be kept: Cache-Control {headers.get('Cache-Control')}"
    vary = headers.get("Vary", "")
    if "HX-Request" not in vary or "HX-Request-Type" not in vary:
        yield "Vary does not name what decides between a page and a part"
    ids = Counter(one.get("id") for one in standing(root) if one.get("id"))
    if twice := [id for id, number in ids.items() if number > 1]:
        yield f"ids stand twice: {twice}"
    for one in standing(root):
        for name in ("for", "aria-labelledby", "aria-describedby"):
            if lost := [id for id in (one.get(name) or "").split() if id not in ids]:
                yield f"{name} names nothing: {lost}"
    if root.find("body") is not None:
        yield from _page_faults(root)


def _page_faults(root: Element) -> Iterator[str]:
    title = root.findtext("head/title") or ""
    if not title.strip().endswith(" \u2013 Inkling"):
        yield f"no proper title: {title!r}"
    if sum(one.tag == "h1" for one in standing(root)) != 1:
        yield "not exactly one h1"
    if len(list(root.iter("main"))) != 1:
        yield "not exactly one main"
    for form in root.iter("form"):
        inputs = [one.get("name") for one in form.iter("input")]
        if form.get("method", "get").lower() == "post" and "csrf_token" not in inputs:
            yield f"a form without CSRF token: {form.get('action')}"


def standing(element: Element) -> Iterator[Element]:
    """An element and what is in it, without templates: those are no part of a page until a script
    puts them there."""
    yield element
    for one in element:
        if one.tag != "template":
            yield from standing(one)


def words(element: Element) -> str:
    """The words of an element, spaces folded."""
    return fold("".join(element.itertext()))


def fold(text: str) -> str:
    return " ".join(text.split())


def _has(element: Element, attributes: Mapping[str, str]) -> bool:
    return all(
        element.get(name.rstrip("_").replace("_", "-")) == value
        for name, value in attributes.items()
    )
