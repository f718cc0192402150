"""Whatever is posted to a form, the answer is a page: refused, asked again or taken, never a failure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.cast import Cast
from tests.web import Visitor

# Beside what the form itself names: what a page without one takes.
FIELDS = ("decision", "reason", "why", "words", "answer", "person_id", "id", "purpose", "saw")
NOBODY = "01890000-0000-7000-8000-000000000000"
# Not forms, or the session's end.
ELSEWHERE = ("/api/", "/demo", "/deliver", "/sign-out")
WILD = {
    "nothing": [],
    "NUL": ["\0"],
    "half a pair": [b"\xed\xa0\x80"],
    "long": ["x" * 100_000],
    "digits": ["9" * 4_400],
    "no digits": ["²"],
    "an id": [NOBODY],
    "twice": ["1", "2"],
    "markup": ["<script>{{ 7*7 }}' --"],
}


def addresses(app: Flask, cast: Cast) -> Iterator[str]:
    """Every address that takes a form, with the cast's Amara, and ids and words of nothing."""
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(ELSEWHERE):
            path = rule.rule.replace("<uuid:person_id>", cast["amara"])
            path = re.sub(r"<uuid:\w+>", NOBODY, path)
            yield re.sub(r"<\w+>", "main", path.replace("<code>", "people"))


def chosen(html: str) -> Iterator[tuple[str, str]]:
    """What somebody would choose in a form, and a day that is one."""
    name = ""
    for tag in re.findall(r"<(?:input|select|option)\b[^>]*>", html):
        said = dict(re.findall(r'(name|value|type)="([^"]*)"', tag))
        if tag.startswith("<select"):
            name = said["name"]
        elif tag.startswith("<option") and said.get("value"):
            yield name, said["value"]
        elif said.get("type") in ("radio", "checkbox"):
            yield said["name"], said.get("value", "y")
        elif said.get("name", "").endswith(("-day", "-month")):
            yield said["name"], "2"
        elif said.get("name", "").endswith("-year"):
            yield said["name"], "2026"


@pytest.mark.parametrize("who", ["social_worker", "governance", "administrator", "steward"])
def test_no_form_fails(app: Flask, cast: Cast, who: str) -> None:
    visitor = Visitor(app, cast, who)
    visitor.confirm()
    for path in addresses(app, cast):
        html = visitor.open("GET", path).text
        names = {*re.findall(r'name="([\w-]+)"', html), *FIELDS} - {"csrf_token"}
        for wild, values in WILD.items():
            everywhere = dict.fromkeys(names, values)
            # What is chosen is chosen well, so that what is typed goes further.
            in_boxes = everywhere | dict(chosen(html))
            for data in (everywhere, in_boxes):
                answer = visitor.open("POST", path, data={**data, "csrf_token": visitor.token()})
                assert answer.status_code < 500, (path, wild)
