"""The house keeps its shape: who may import whom, where Flask may be, where SQL may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What a room may import, besides itself and the small leaves of api (errors, moments, ids).
ABOVE_STORE = {"api.trust", "api.access", "api.store"}
MIDDLE = {"api.record", "api.staff", "api.facts", "api.telling"}
# Over the record and the staff: watching over looks, and what families may ask.
UPPER = {"api.oversight", "api.rights"}
MAY_IMPORT = {
    "api": set(),
    "api.leaf": set(),
    "api.store": set(),
    "api.trust": ABOVE_STORE,
    "api.access": ABOVE_STORE,
    "api.authority": ABOVE_STORE,
    **{room: MIDDLE | ABOVE_STORE | {"api.authority"} for room in MIDDLE},
    **{room: UPPER | MIDDLE | ABOVE_STORE | {"api.authority"} for room in UPPER},
    "api.http": MIDDLE | {"api.trust", "api.access", "api.authority"},
    "api.demo": UPPER | MIDDLE | ABOVE_STORE | {"api.authority"},
    "push": UPPER | MIDDLE | {"api.trust", "api.access", "api.authority"},
    "pwa": UPPER | MIDDLE | {"api.trust", "api.access", "api.authority", "api.http", "api.demo"},
    "pwa.cli": UPPER
    | MIDDLE
    | {"api.trust", "api.access", "api.authority", "api.http", "api.demo", "pwa", "push"},
}
EVERYONE = {"api", "api.leaf"}

WEB = re.compile(r"^(flask|flask_\w+|htmx_flask|werkzeug|wtforms|govuk_frontend_\w+)(\.|$)")
ENGINES = re.compile(r"^(sqlite3|pysqlite3|sqlite_utils|psycopg|psycopg_pool)(\.|$)")

# SQL is written in capitals or all in small letters; a sentence ("Select a child from the list") is not.
SQL = re.compile(
    r"""^\s*(
        (SELECT|select)\s[^.!?]*\s(FROM|from)\s+\w
      | (INSERT|insert)\s+(OR\s+\w+\s+)?(INTO|into)\s
      | (UPDATE|update)\s+\w+\s+(SET|set)\s
      | (DELETE|delete)\s+(FROM|from)\s
      | (CREATE|create|DROP|drop|ALTER|alter)\s+(UNIQUE\s+|unique\s+)?(TABLE|table|INDEX|index|VIEW|view)\s
      | (WITH|with)\s+(RECURSIVE\s+|recursive\s+)?\w+\s+(AS|as)\s*\(
      | PRAGMA\s
    )""",
    re.VERBOSE | re.DOTALL,
)


def room_of(module: str) -> str | None:
    """The room a module belongs to, or None when it is not ours."""
    if f"{module}.".startswith("pwa.cli."):
        return "pwa.cli"
    top, _, rest = module.partition(".")
    if top in ("pwa", "push"):
        return top
    if top != "api":
        return None
    if not rest:
        return "api"
    room = f"api.{rest.split('.')[0]}"
    return room if room in MAY_IMPORT else "api.leaf"


def for_types(tree: ast.Module) -> set[int]:
    """The imports that only a type checker follows."""
    return {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }


def imports(module: str, tree: ast.Module, *, package: bool) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node, name.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                above = parts[: len(parts) - node.level + package]
                base = ".".join([*above, base] if base else above)
            # `from api import store` imports a room as much as `import api.store` does.
            for name in node.names:
                yield node, f"{base}.{name.name}"


def words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string that is not a docstring; an f-string whole, with a word in each gap."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (
                part.value if isinstance(part, ast.Constant) else "gap" for part in node.values
            )
            yield node.lineno, "".join(map(str, parts))
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        ):
            yield node.lineno, node.value


def faults(module: str, source: str, *, package: bool = False) -> list[str]:
    tree = ast.parse(source)
    room = room_of(module)
    assert room, f"{module} is in no room"
    found = []
    typing = for_types(tree)
    for node, name in imports(module, tree, package=package):
        line, target = node.lineno, room_of(name)
        allowed = MAY_IMPORT[room] | EVERYONE
        if id(node) in typing and room != "api.store":
            allowed |= {
                "api.authority"
            }  # everything carries the authority; naming it calls nothing
        if target and target != room and target not in allowed:
            found.append(f"{module}:{line} imports {name}: {room} may not import {target}")
        if WEB.match(name) and room not in ("pwa", "pwa.cli", "api.http"):
            found.append(f"{module}:{line} imports {name}: Flask stays in pwa and api.http")
        if ENGINES.match(name) and room != "api.store":
            found.append(f"{module}:{line} imports {name}: only api.store talks to a database")
    if room != "api.store":
        for line, text in words(tree):
            if SQL.match(text):
                found.append(f"{module}:{line} holds SQL: only api.store may")
    return found


def modules() -> list[tuple[str, Path]]:
    found = []
    for top in ("api", "pwa", "push"):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append((".".join(parts).removesuffix(".__init__"), path))
    return found


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: str(value)[-60:])
def test_a_module_keeps_to_its_room(module: str, path: Path) -> None:
    assert not faults(module, path.read_text(), package=path.name == "__init__.py")


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pwa.pages.people", "from api.store import people"),
        ("pwa.pages.people", "from api import store"),
        ("push.worker", "import api.store.outbox"),
        ("push.worker", "from flask import current_app"),
        ("push.worker", "import pwa"),
        ("pwa.security", "import push.worker"),
        ("api.http.children", "from api.store import people"),
        ("api.record.notes", "from api.http import children"),
        ("api.record.notes", "from ..http import children"),
        ("api.record.notes", "import flask_login"),
        ("api.trust.audit", "from api.record import notes"),
        ("api.access", "from api.staff.practitioners import find"),
        ("api.store.notes", "from api.trust import keys"),
        ("api.errors", "from api.store import Store"),
        ("api.authority", "from api.record import people"),
        ("api.record.notes", "import sqlite3"),
        ("api.record.notes", "store.query('SELECT id FROM notes')"),
        ("api.record.notes", "x = f'select {y} from notes'"),
        ("api.telling.outbox", "q = 'insert into outbox values (1)'"),
        ("pwa.cli", "from api import store"),
        ("api.trust.actor", "from api.authority import Authority"),
        ("pwa", "if TYPE_CHECKING:\n    from api.store import Store"),
    ],
)
def test_the_guard_bites(module: str, source: str) -> None:
    assert faults(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pwa.pages.people", "from api.record import people\nfrom api.errors import NotFound"),
        ("pwa", "from api import http"),
        ("pwa.cli", "from push import worker\nimport pwa\nfrom api import demo"),
        ("api.http.children", "import flask\nfrom api.record import people"),
        ("api.record.notes", "from api import access\nfrom api.store import notes\nimport api"),
        ("api.record.notes", "from api.authority import Authority\nfrom .people import Person"),
        ("api.trust.actor", "if TYPE_CHECKING:\n    from api.authority import Authority"),
        ("api.authority", "from api.trust import keys\nfrom api import store"),
        ("api.demo.people", "from api.facts import loading\nfrom api.store import open"),
        ("api.store.notes", "import psycopg\nx = 'SELECT 1 FROM notes'"),
        (
            "api.record.notes",
            "'''SELECT words FROM a docstring.'''\nx = 'Select a child from a list'",
        ),
    ],
)
def test_the_guard_lets_the_house_be(module: str, source: str) -> None:
    assert not faults(module, source)
