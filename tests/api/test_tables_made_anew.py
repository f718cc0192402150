"""Tables of the audit trail that were made anew, without types, keys and constraints, and hold anything: it
is read to its end all the same, and whatever was changed is found and named. Nothing is sealed on top."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api.trust import sealer
from api.trust.verifying import Fault
from tests.administrator import Administrator, administrator
from tests.cast import Cast
from tests.trail import SealedTrail

# The columns that verify reads, by what belongs in them.
TEXT = "id at actor agency_id enrolment_id action verdict reason object words_id event_id person_id"
INTS = {("audit_chain", "number"), ("audit_chain", "people")} | {
    ("audit_heads", "number"),
    ("audit_heads", "previous"),
}
COLUMNS = {
    "audit_events": "id at actor agency_id enrolment_id action verdict reason object words_id",
    "audit_subjects": "event_id person_id",
    "audit_chain": "number event_id previous event_digest people people_digest details_digest hash",
    "audit_heads": "number previous at hash signature",
    "audit_unsealed": "event_id",
    "words": "id sealed",
}
ANYTHING = [
    "NULL", "''", "x''", "x'ff'", "CAST(x'ff' AS TEXT)", "CAST(x'6100ff' AS TEXT)",
    "CAST(x'610062' AS TEXT)", "CAST({c} AS BLOB)", "CAST({c} AS TEXT)", "{c} || 'x'", "{c} || char(0)", "char(27) || '[2J'",
    "7", "-7", "1.5", "9e999", "-9e999", "9223372036854775807",
]  # fmt: skip
# The other engine keeps to a column's type, whoever makes it.
OF_TYPE = {
    "text": ["NULL", "''", "{c} || 'x'", "E'\\x1b[2J'"],
    "int": ["NULL", "7", "-7", "9223372036854775807", "-9223372036854775808"],
    "blob": ["NULL", "''", "'\\xff'::bytea", "{c} || '\\x00'::bytea"],
}


def values(engine: str, table: str, column: str) -> list[str]:
    if engine == "sqlite":
        return ANYTHING
    if (table, column) in INTS:
        return OF_TYPE["int"]
    return OF_TYPE["text" if column in TEXT.split() else "blob"]


def loosen(admin: Administrator, engine: str) -> None:
    """Make the tables anew without types, keys and constraints, each with a mark that names one row."""
    for table, columns in COLUMNS.items():
        names = columns.split()
        if engine == "sqlite":
            admin.run("PRAGMA foreign_keys = OFF")
            admin.run("PRAGMA legacy_alter_table = ON")
            admin.run(f"ALTER TABLE {table} RENAME TO old_{table}")
            some = ", ".join(names)
            admin.run(f"CREATE TABLE {table} ({some}, mark)")
            admin.run(f"INSERT INTO {table} ({some}) SELECT {some} FROM old_{table}")
            admin.run(f"DROP TABLE old_{table}")
            if table == "audit_events":
                admin.run(
                    """CREATE TRIGGER again AFTER INSERT ON audit_events
                    BEGIN INSERT INTO audit_unsealed (event_id) VALUES (NEW.id); END"""
                )
        else:
            kept = f"conrelid = '{table}'::regclass AND contype IN ('p', 'u', 'f', 'c')"
            for (name,) in admin.run(f"SELECT conname FROM pg_constraint WHERE {kept}"):
                admin.run(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")
            for column in names:
                admin.run(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
            admin.run(f"ALTER TABLE {table} ADD COLUMN mark INT")


@contextmanager
def changed(admin: Administrator, table: str, column: str, value: str) -> Iterator[bool]:
    """Put a value into the marked row for a while; say whether that is another one."""
    (before,) = admin.run(f"SELECT {column} FROM {table} WHERE mark = 1")[0]
    # An empty set of parameters, so that the text is taken as it is.
    admin.run(f"UPDATE {table} SET {column} = {value.format(c=column)} WHERE mark = 1")
    same = f"{column} = :before" if before is not None else f"{column} IS NULL"
    yield not admin.run(
        f"SELECT 1 FROM {table} WHERE mark = 1 AND {same}",
        **({} if before is None else {"before": before}),
    )
    admin.run(f"UPDATE {table} SET {column} = :before WHERE mark = 1", before=before)
    admin.run("DELETE FROM audit_unsealed WHERE mark IS NULL")
    admin.run("DELETE FROM audit_events WHERE action = 'audit:verified' AND mark IS NULL")


def mark(admin: Administrator, table: str, where: str, **params: Any) -> None:
    admin.run(f"UPDATE {table} SET mark = 1 WHERE {where}", **params)
    assert admin.get(f"SELECT COUNT(*) FROM {table} WHERE mark = 1") == 1


def tried(engine: str, table: str, column: str, *, deep: bool) -> list[str]:
    """Every value in the deep run; else a few, others for each column, so that each comes to its turn."""
    every = values(engine, table, column)
    if deep:
        return every
    begin = [*COLUMNS].index(table) + 3 * COLUMNS[table].split().index(column)
    return [every[(begin + 5 * n) % len(every)] for n in range(min(4, len(every)))]


def said(trail: SealedTrail) -> list[Fault]:
    """What verify finds in the rows, each a line that any terminal shows."""
    found, report = trail.verify()
    assert report.faults == len(found)
    for fault in found:
        line = str(fault)
        assert line.isascii()
        assert line.isprintable()
        assert line.endswith(".")
        assert len(line) < 400
    return [one for one in found if one.what != "remade"]


def test_whatever_a_row_holds_is_found_and_named(
    cast: Cast, cast_url: str, engine: str, request: pytest.FixtureRequest
) -> None:
    """All of it with `--hypothesis-profile=deep`."""
    deep = request.config.getoption("--hypothesis-profile") == "deep"
    trail = SealedTrail.made(cast, cast_url)
    with administrator(trail.url) as admin:
        loosen(admin, engine)
        number, event = trail.event(admin)
        head = admin.get("SELECT MIN(number) FROM audit_heads")
        words = admin.get("SELECT words_id FROM audit_events WHERE id = :id", id=event)
        waits = "0193e6a0-0000-7000-8000-00000000beef"
        admin.run(
            """INSERT INTO audit_events (id, at, actor, action, verdict, reason)
            VALUES (:id, '2026-11-01T09:00:00.000000Z', 'worker', 'home:looked', 'allowed', '')""",
            id=waits,
        )
        if engine == "postgres":  # where an administrator's session fires no triggers
            admin.run("INSERT INTO audit_unsealed (event_id) VALUES (:id)", id=waits)
        somebody = admin.get(
            "SELECT MIN(person_id) FROM audit_subjects WHERE event_id = :id", id=event
        )
        mark(admin, "audit_events", "id = :id", id=event)
        mark(admin, "audit_subjects", "event_id = :id AND person_id = :p", id=event, p=somebody)
        mark(admin, "audit_chain", "number = :n", n=number)
        mark(admin, "audit_heads", "number = :n", n=head)
        mark(admin, "audit_unsealed", "event_id = :id", id=waits)
        mark(admin, "words", "id = :id", id=words)
        assert said(trail) == []
        names = {event, number, head, waits}
        missed = []
        for table, columns in COLUMNS.items():
            for column in columns.split():
                for value in tried(engine, table, column, deep=deep):
                    with changed(admin, table, column, value) as differs:
                        found = said(trail)
                    named = {one.event_id for one in found} | {one.number for one in found}
                    if bool(found) != differs or (found and not names & named):
                        missed.append((table, column, value, [str(one) for one in found]))
        assert missed == []
        assert said(trail) == []


def test_nothing_is_sealed_on_top_of_what_inkling_did_not_write(
    cast: Cast, cast_url: str, engine: str
) -> None:
    trail = SealedTrail.made(cast, cast_url)
    cast.worry("pastoral", "amara")
    with administrator(trail.url) as admin:
        loosen(admin, engine)
        waits = admin.get(
            """SELECT MAX(e.id) FROM audit_events e JOIN audit_unsealed q ON q.event_id = e.id
            JOIN audit_subjects s ON s.event_id = e.id"""
        )
        mark(admin, "audit_events", "id = :id", id=waits)
        mark(admin, "audit_subjects", "event_id = :id", id=waits)
        mark(admin, "audit_unsealed", "event_id = :id", id=waits)
        mark(admin, "audit_chain", "number = :n", n=trail.end)
        mark(admin, "audit_heads", "number = :n", n=trail.end)
        before = admin.run("SELECT COUNT(*), MAX(number) FROM audit_chain")
        odd = ["NULL"] if engine == "postgres" else ["x'ff'", "CAST(x'ff' AS TEXT)", "1.5"]
        may_be_none = (
            "agency_id",
            "enrolment_id",
            "object",
            "words_id",
            "event_digest",
            "details_digest",
        )
        went_on = []
        for table in (
            "audit_chain",
            "audit_heads",
            "audit_events",
            "audit_subjects",
            "audit_unsealed",
        ):
            for column in COLUMNS[table].split():
                # A row with another id is one that is gone: it is sealed as that.
                if table in ("audit_events", "audit_subjects") and column in ("id", "event_id"):
                    continue
                if column in may_be_none and engine == "postgres":
                    continue
                for value in odd:
                    with changed(admin, table, column, value):
                        try:
                            sealer.seal(cast.authority)
                        except sealer.Tampered:
                            assert not trail.verify()[1].is_well
                        else:
                            went_on.append((table, column, value))
        assert went_on == []
        assert admin.run("SELECT COUNT(*), MAX(number) FROM audit_chain") == before


@pytest.mark.parametrize(
    "table", ["audit_events", "audit_subjects", "audit_chain", "audit_heads", "words"]
)
def test_a_view_in_the_place_of_a_table_is_named_and_not_read(
    cast: Cast, cast_url: str, table: str
) -> None:
    """It could answer without end, or one thing to verify and another to a page."""
    trail = SealedTrail.made(cast, cast_url)
    with administrator(trail.url) as admin:
        admin.run(f"ALTER TABLE {table} RENAME TO elsewhere")
        admin.run(f"CREATE VIEW {table} AS SELECT * FROM elsewhere")
    assert trail.named() == {(table, "remade", None)}


def test_a_trail_that_takes_no_row_is_named_and_read_all_the_same(
    cast: Cast, cast_url: str, engine: str
) -> None:
    trail = SealedTrail.made(cast, cast_url)
    with administrator(trail.url) as admin:
        _, event = trail.event(admin)
        admin.run("UPDATE audit_events SET reason = 'because' WHERE id = :id", id=event)
        if engine == "sqlite":
            admin.run(
                """CREATE TRIGGER closed BEFORE INSERT ON audit_events
                BEGIN SELECT RAISE(ABORT, 'no'); END"""
            )
        else:
            admin.run(
                """CREATE TRIGGER closed BEFORE INSERT ON audit_events
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
            )
    assert trail.named() == {("audit_events", "remade", None), ("audit_events", "changed", event)}


def test_what_stands_there_twice_is_named(cast: Cast, cast_url: str, engine: str) -> None:
    trail = SealedTrail.made(cast, cast_url)
    with administrator(trail.url) as admin:
        number, event = trail.event(admin)
        head = admin.get("SELECT MIN(number) FROM audit_heads")
        loosen(admin, engine)
        for table, where in (
            ("audit_events", f"id = '{event}'"),
            ("audit_chain", f"number = {number - 1}"),
            ("audit_heads", f"number = {head}"),
        ):
            admin.run(f"INSERT INTO {table} SELECT * FROM {table} WHERE {where}")
    named = {(one.table, one.what, one.event_id or one.number) for one in said(trail)}
    assert ("audit_events", "inserted", event) in named
    assert ("audit_chain", "inserted", trail.rows[number - 1]) in named
    assert ("audit_heads", "inserted", head) in named


@pytest.mark.parametrize("engine", ["sqlite"])  # the other one sorts on its own disk
def test_many_rows_without_keys_are_read_in_time(cast: Cast, cast_url: str, engine: str) -> None:
    """Where nothing helps to find a row, it still ends, and soon."""
    trail = SealedTrail.made(cast, cast_url)
    with administrator(trail.url) as admin:
        loosen(admin, engine)
        admin.run(
            """INSERT INTO audit_chain (number, event_id)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
            SELECT x'', x'' FROM n"""
        )
    assert len(said(trail)) == 5000


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("equal", ["NOCASE", "RTRIM"])
def test_a_row_put_in_under_an_id_that_is_held_equal_is_named(
    cast: Cast, cast_url: str, equal: str
) -> None:
    """The tables keep their types, and what is compared in them is held equal that is not."""
    trail = SealedTrail.made(cast, cast_url)
    with administrator(trail.url) as admin:
        admin.run("PRAGMA foreign_keys = OFF")
        admin.run("PRAGMA legacy_alter_table = ON")
        for table in ("audit_events", "audit_subjects", "audit_chain"):
            made = admin.get("SELECT sql FROM sqlite_master WHERE name = :t", t=table)
            admin.run(f"ALTER TABLE {table} RENAME TO old")
            for column in ("id", "event_id"):
                made = made.replace(f"\n    {column} TEXT", f"\n    {column} TEXT COLLATE {equal}")
            for key in ("PRIMARY KEY (event_id, person_id)", "PRIMARY KEY", "UNIQUE"):
                made = made.replace(key, "CHECK (1)" if "(" in key else "")
            admin.run(made)
            admin.run(f"INSERT INTO {table} SELECT * FROM old")
            admin.run("DROP TABLE old")
        _, event = trail.event(admin, "e.id GLOB '*[a-f]*'")
        other = event.upper() if equal == "NOCASE" else f"{event} "
        admin.run(
            """INSERT INTO audit_events (id, at, actor, action, verdict, reason)
            VALUES (:id, '2026-11-01T09:00:00.000000Z', 'a rival', 'person:looked', 'allowed', '')""",
            id=other,
        )
        admin.run("INSERT INTO audit_subjects VALUES (:id, 'an innocent child')", id=other)
        admin.run("DELETE FROM audit_unsealed")
    assert ("audit_events", "inserted", other) in trail.named()
