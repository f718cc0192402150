"""How templates put values into a page: escaped, as everywhere, without a `Markup` made of each.

A page of 30 lines and 20 notes puts some 800 values in. `markupsafe.escape` spends four fifths of its time on
wrapping what it escaped as Markup, and Jinja joins it to the page the next moment.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]


def escaped(value: Any) -> str:
    """Give a value as it stands in a page: what `escape` gives, as text."""
    kind = type(value)
    if kind is str:
        return _escape_inner(value)
    return value if kind is Markup else escape(value)


class _Generator(CodeGenerator):
    """Has `{{ value }}` escaped by `escaped`. Where a template turns escaping on or off, as before."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if finalize.src is None and frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("environment.escaped(")
        else:
            super()._output_child_pre(node, frame, finalize)


class Pages(Environment):
    """The environment of our templates."""

    code_generator_class = _Generator
    escaped = staticmethod(escaped)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Give a template the globals themselves where it has none of its own: Jinja's chain of two maps
        is walked in Python for every include and import."""
        return super().make_globals(d) if d else self.globals
