"""What a template puts into a page is escaped as by Jinja itself."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.templating import Environment
from jinja2 import DictLoader
from markupsafe import Markup, escape

from pwa.rendering import Pages, escaped


class Typed(str):
    """A text that is more than a text."""

    __slots__ = ()


class Made:
    """Something that says itself how it stands in a page."""

    def __html__(self) -> str:
        return "<b>made</b>"


VALUES = {
    "typed": "<script>alert(\"1\")</script> & 'so on' </title>",
    "plain": "Amara Example",
    "empty": "",
    "letters": "Siân Ó Dálaigh 李 <ł>",
    "subclass": Typed("<i>"),
    "safe": Markup("<b>&amp;</b>"),
    "made": Made(),
    "number": 7,
    "none": None,
    "list": ["<", "&"],
}

TEMPLATE = """{% macro named(value) %}<p class="{{ value }}">{{ value }}</p>{% endmacro %}
{{ value }}|{{ named(value) }}|{{ missing }}|{{ "<" }}|{{ value | upper }}|{{ value ~ "<" }}
{% set kept %}<i>{{ value }}</i>{% endset %}{{ kept }}
{% filter upper %}{{ value }}{% endfilter %}
{% for one in [value] %}{{ one }}{{ caller() if caller else "<none>" }}{% endfor %}
{% autoescape false %}{{ value }}{% endautoescape %}
{% autoescape some %}{{ value }}{% endautoescape %}"""


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_is_escaped_as_by_markupsafe(value: Any) -> None:
    assert escaped(value) == escape(value)


@pytest.mark.parametrize("some", [True, False], ids=["escaping", "not"])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_page_reads_as_by_flasks_own_templates(value: Any, some: bool) -> None:
    def page(kind: type[Environment]) -> str:
        app = Flask("some")
        app.jinja_environment = kind
        app.jinja_loader = DictLoader({"page.html": TEMPLATE})
        return app.jinja_env.get_template("page.html").render(value=value, some=some)

    assert page(Pages) == page(Environment)


def test_a_templates_own_globals_are_its_own() -> None:
    app = Flask("some")
    app.jinja_environment = Pages
    app.jinja_loader = DictLoader(
        {
            "part.html": "{% macro said() %}{{ everywhere }}{{ own }}{% endmacro %}",
            "page.html": '{% from "part.html" import said %}{{ said() }}{{ own }}',
        }
    )
    pages = app.jinja_env
    pages.globals["everywhere"] = "E"
    own = pages.from_string(pages.loader.get_source(pages, "page.html")[0], globals={"own": "O"})
    assert own.render() == "EOO"
    assert pages.get_template("page.html").render() == "E"
