"""What is compiled for one app stands for the next: each test makes an app of its own, and to compile its
templates and addresses anew takes longer than what most tests do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class _Templates(BytecodeCache):
    kept: dict[str, bytes]

    def __init__(self) -> None:
        self.kept = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = _Templates()


class _Environment(Environment):
    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, bytecode_cache=TEMPLATES, **options)


Builder = Callable[..., tuple[str, str]]


class _Rule(Rule):
    """An address whose builder goes by nothing but what is in the key."""

    kept: dict[tuple[object, ...], Builder] = {}  # noqa: RUF012 - shared on purpose

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        key = (self.rule, self.subdomain, repr(self.defaults), append_unknown)
        if key not in self.kept:
            self.kept[key] = super()._compile_builder(append_unknown)
        return self.kept[key]


def keep() -> None:
    """Let every app that is made from now on share them."""
    Flask.jinja_environment = _Environment
    Flask.url_rule_class = _Rule
