"""Nothing is kept of somebody who is erased because nobody thought of it: every table and column of the
real schema stands in the register (api/store/register.py), which erasing follows."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

from api.store import Store, erasing
from api.store.register import REGISTER, Trace
from tests.store.rows import ROWS

ROOT = Path(__file__).parents[2]
VANISHES = {table for table, trace in REGISTER.items() if trace.does == "deleted"}
BY_HAND = {"envelopes", "search_keys", "wraps", "words", "keys"}


# By what a core function takes what somebody typed.
BOXES = {
    "reason",
    "words",
    "text",
    "saw",
    "thinks",
    "why",
    "hidden_from",
    "said",
    "what",
    "statement",
}
FORMS = ("NewNote", "NewPerson", "NewRequest", "NewDecision", "Query")
# What is not typed in tests/canaries.py, and why not.
EXCUSED = {
    "notes.checked": "writes nothing",
    "people.add": "facts, which stand in clear",
    "systems.send_note": "logs as notes.log does",
    "deciding.same": "kept as deciding.none is",
    "deciding.new": "kept as deciding.none is",
    "parting.part": "kept as deciding.none is",
    "questions.answer": "kept as reviews.decide is, and needs a day of looks",
    "protections.open_forsaken": "kept as protections.lift_restriction is",
    "forgetting.ask": "typed in tests/api/test_stolen_file.py",
    "forgetting.decide": "typed in tests/api/test_stolen_file.py",
    "retention.keep_on": "typed in tests/api/test_stolen_file.py",
}


def boxes() -> set[str]:
    """Every public function of the core that takes something that somebody typed."""
    found = set()
    for room in ("record", "staff", "facts", "telling", "oversight", "rights"):
        for module in pkgutil.iter_modules([str(ROOT / "api" / room)], f"api.{room}."):
            for name, made in vars(importlib.import_module(module.name)).items():
                if name.startswith("_") or getattr(made, "__module__", "") != module.name:
                    continue
                if not inspect.isfunction(made):
                    continue
                first, *rest = [*inspect.signature(made).parameters.values(), None]
                if first and first.name == "actor" and any(map(_is_typed, rest)):
                    found.add(f"{module.name.rsplit('.', 1)[1]}.{name}")
    return found


def _is_typed(parameter: inspect.Parameter | None) -> bool:
    if parameter is None:
        return False
    kind = str(parameter.annotation)
    return (parameter.name in BOXES and kind == "str") or any(form in kind for form in FORMS)


def test_every_box_is_typed_into_before_files_are_searched() -> None:
    text = (ROOT / "tests/canaries.py").read_text("utf-8")
    typed = {name for name in boxes() if f"{name}(" in text}
    assert boxes() - typed - EXCUSED.keys() == set()
    assert len(typed) > 30


def tables(store: Store) -> dict[str, dict[str, str]]:
    """Each table with its columns, and the table that each refers to ("" for none)."""
    if store.engine == "sqlite":
        names = store.query(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        return {
            row["name"]: {
                column["name"]: "" for column in store.query(f"PRAGMA table_info({row['name']})")
            }
            | {
                key["from"]: key["table"]
                for key in store.query(f"PRAGMA foreign_key_list({row['name']})")
            }
            for row in names
        }
    columns = store.query(
        """SELECT c.table_name, c.column_name FROM information_schema.columns c
        JOIN information_schema.tables t ON t.table_name = c.table_name
            AND t.table_schema = c.table_schema
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"""
    )
    keys = store.query(
        """SELECT k.table_name, k.column_name, u.table_name AS other
        FROM information_schema.key_column_usage k
        JOIN information_schema.referential_constraints r
            ON r.constraint_name = k.constraint_name AND r.constraint_schema = k.constraint_schema
        JOIN information_schema.table_constraints u
            ON u.constraint_name = r.unique_constraint_name
        WHERE k.table_schema = 'public'"""
    )
    found: dict[str, dict[str, str]] = {}
    for row in columns:
        found.setdefault(row["table_name"], {})[row["column_name"]] = ""
    for row in keys:
        found[row["table_name"]][row["column_name"]] = row["other"]
    return found


def faults(table: str, trace: Trace | None, columns: dict[str, str]) -> list[str]:
    if trace is None:
        return [f"{table} is not in the register"]
    if not trace.why:
        return [f"{table} has no reason"]
    said = set(trace.stays.split()) | set(re.findall(r"(\w+)\s*=", trace.blank))
    if trace.does == "by hand":
        said |= set(trace.blank.split())
    elif trace.does == "deleted":
        sealed = {name for name, other in columns.items() if other == "words"}
        missing = sealed - set(trace.words.split())
        lost = {
            name
            for name, other in columns.items()
            if other in VANISHES and not re.search(rf"\bt\.{name}\b", trace.where)
        }
        return [
            *(f"{table}.{name} holds words that stay readable" for name in sorted(missing)),
            *(f"{table}.{name} refers to what is deleted" for name in sorted(lost)),
        ]
    dangling = {name for name, other in columns.items() if other in VANISHES}
    return [
        *(f"{table}.{name} is not in the register" for name in sorted(columns.keys() - said)),
        *(f"{table}.{name} is in the register only" for name in sorted(said - columns.keys())),
        *(f"{table}.{name} refers to what is deleted" for name in sorted(dangling)),
    ]


def test_every_table_and_column_is_in_the_register(store: Store) -> None:
    found = [
        fault for table, columns in tables(store).items()
        for fault in faults(table, REGISTER.get(table), columns)
    ]  # fmt: skip
    assert not found


def test_what_is_done_by_hand_is_known() -> None:
    assert {table for table, trace in REGISTER.items() if trace.does == "by hand"} == BY_HAND


def test_the_guard_bites() -> None:
    kept = Trace("kept", "a list", stays="code label")
    assert faults("new", None, {"id": ""})
    assert faults("lists", kept, {"code": "", "label": "", "person_id": "people"})
    assert faults("lists", kept, {"code": ""})
    gone = Trace("deleted", "theirs", "t.person_id IN (:people)")
    assert not faults("facts", gone, {"id": "", "person_id": "people"})
    assert faults("facts", gone, {"person_id": "people", "words_id": "words"})
    assert faults("facts", gone, {"person_id": "people", "other_id": "people"})


def test_a_row_of_every_table_is_erased_with_its_person(store: Store) -> None:
    """The rows that stand in tests/store/rows.py for each migration: all refer to one child."""
    for rows in ROWS.values():
        for table, row in rows:
            store.upkeep(lambda tx, table=table, row=row: tx.insert(table, **row))  # type: ignore[misc]
    people = erasing.records(store, "child")
    assert {"child", "twice"} <= set(people)
    store.upkeep(lambda tx: erasing.erase(tx, people, ["note"], []))
    schema = tables(store)
    for table, trace in REGISTER.items():
        for column in schema.get(table, {}):
            if (table, column) in (("keys", "owner"), ("audit_subjects", "person_id")):
                continue
            held = store.query(f"SELECT {column} AS value FROM {table}")
            named = [row["value"] for row in held if row["value"] in people]
            assert not named or (trace.does == "kept" and column == "after"), (table, column)
    assert not store.query("SELECT words_id FROM wraps WHERE words_id = 'words'")
    assert store.query("SELECT hidden FROM notes WHERE id = 'note'") == [{"hidden": "erased"}]
