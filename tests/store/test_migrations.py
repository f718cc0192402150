"""Each migration is tested with data in it: what was there before is there after, and readable."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import api.store
from api.store import Store, migrations
from tests import engines
from tests.store.rows import ROWS


@pytest.fixture
def empty(empty_url: str) -> Iterator[Store]:
    """A store without tables, on each engine."""
    store = api.store.open(empty_url)
    migrations.missing(store)  # makes the table that says which migrations were had
    yield store
    store.close()


def migrate_to(store: Store, last: str) -> None:
    for name in migrations.names():
        migrations.apply(store, name)
        if name == last:
            return


def fill(store: Store, last: str) -> list[tuple[str, dict[str, object]]]:
    """Insert the rows of every migration up to this one; give them."""
    rows = [row for name, found in ROWS.items() if name <= last for row in found]
    for table, row in rows:
        store.upkeep(lambda tx, table=table, row=row: tx.insert(table, **row))  # type: ignore[misc]
    return rows


def kept(store: Store, table: str, row: dict[str, object]) -> bool:
    """Whether a row stands in its table with everything that was put into it."""
    found = store.query(f"SELECT {', '.join(row)} FROM {table}")
    return any(
        all(value == (bytes(other[name]) if isinstance(value, bytes) else other[name]) for name, value in row.items())
        for other in found
    )  # fmt: skip


@pytest.mark.parametrize("name", migrations.names())
def test_data_lives_through_what_comes_after(empty: Store, name: str) -> None:
    migrate_to(empty, name)
    rows = fill(empty, name)
    empty.migrate()
    for table, row in rows:
        assert kept(empty, table, row), (table, row)
    if name >= "0004_people":
        for table in facts(name):
            live = empty.query(f"SELECT id, identity_id, source_name FROM live_{table}")
            assert live, table
            assert "replaced" not in [row["id"] for row in live]


@pytest.mark.parametrize("name", migrations.names())
def test_every_migration_has_its_rows(name: str) -> None:
    """A new file without rows in tests/store/rows.py fails here."""
    text = (migrations.FOLDER / f"{name}.sql").read_text()
    made = set(re.findall(r"CREATE TABLE (\w+)", text))
    changed = set(re.findall(r"ALTER TABLE (\w+)", text))
    filled = {table for table, _ in ROWS.get(name, [])}
    assert filled
    assert made <= filled
    assert changed <= filled
    added = set(re.findall(r"ADD COLUMN (\w+)", text))
    assert added <= {column for _, row in ROWS[name] for column in row}


def facts(last: str) -> list[str]:
    """The tables of facts that there are after this migration."""
    made = [name for name in migrations.names() if name <= last]
    text = "".join((migrations.FOLDER / f"{name}.sql").read_text() for name in made)
    return re.findall(r"^\{live (\w+)\};", text, flags=re.MULTILINE)


def test_a_migration_runs_once(empty: Store) -> None:
    assert empty.migrate() == migrations.names()
    assert empty.migrate() == []
    assert not migrations.apply(empty, migrations.names()[-1])
    applied = empty.query("SELECT name FROM migrations ORDER BY name")
    assert [row["name"] for row in applied] == migrations.names()


def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    start = threading.Barrier(4)

    def begin(_: int) -> list[str]:
        store = api.store.open(empty_url)
        start.wait()
        try:
            return store.migrate()
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        ran = [name for names in pool.map(begin, range(4)) for name in names]
    assert sorted(ran) == migrations.names()


def test_a_migration_that_fails_leaves_nothing_behind(
    empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    (folder / "9998_good.sql").write_text("CREATE TABLE good (id {text}) {strict};\n")
    broken = folder / "9999_broken.sql"
    broken.write_text("CREATE TABLE half (id {text}) {strict};\nCREATE TABLE half (id {text});\n")
    monkeypatch.setattr(migrations, "FOLDER", folder)
    with pytest.raises(Exception, match="half"):
        empty.migrate()
    assert migrations.missing(empty) == ["9999_broken"]
    assert empty.query("SELECT id FROM good") == []
    broken.write_text("CREATE TABLE half (id {text}) {strict};\n")
    assert empty.migrate() == ["9999_broken"]


def test_both_engines_have_the_same_tables_and_columns(tmp_path: Path) -> None:
    shapes = []
    url = engines.create_database()
    for address in (f"sqlite:///{tmp_path / 'inkling.db'}", url):
        store = api.store.open(address)
        store.migrate()
        shapes.append({table: columns(store, table) for table in tables(store)})
        store.close()
    engines.drop(url)
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) > 50


def tables(store: Store) -> list[str]:
    if store.engine == "sqlite":
        sql = """SELECT name FROM sqlite_schema
            WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"""
    else:
        sql = (
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
        )
    return sorted(row["name"] for row in store.query(sql))


def columns(store: Store, table: str) -> list[str]:
    if store.engine == "sqlite":
        return sorted(row["name"] for row in store.query(f"PRAGMA table_info({table})"))
    rows = store.query(
        "SELECT column_name FROM information_schema.columns WHERE table_name = :table", table=table
    )
    return sorted(row["column_name"] for row in rows)
