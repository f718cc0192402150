"""Numbered, forward-only changes to the schema: the same files for both engines.

A file holds statements that end in `;` at the end of a line, with these tokens in braces:

    {text} {int} {blob}     the engine's type; text compares by bytes on both (C collation)
    {strict}                STRICT, where the engine has it
    {strict_by_key}         the same for a table that is kept in the order of its key
    {fact}                  the columns that every fact has
    {live NAMES}            a view live_NAMES: the facts of that table that stand now
    {append_only NAMES}     triggers that refuse to change or delete a row of that table
    {queued NAMES WAITING}  a trigger that writes the id of each new row of NAMES into WAITING
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from api.store.engine import Store, Tx

FOLDER = Path(__file__).parent

TYPES = {
    "sqlite": {
        "text": "TEXT",
        "int": "INTEGER",
        "blob": "BLOB",
        "strict": "STRICT",
        "strict_by_key": "STRICT, WITHOUT ROWID",
    },
    "postgres": {
        "text": 'TEXT COLLATE "C"',
        "int": "BIGINT",
        "blob": "BYTEA",
        "strict": "",
        "strict_by_key": "",
    },
}

# A fact is an assertion. Dates are half-open London dates; a null end is open.
FACT = """source_id {text} NOT NULL REFERENCES sources (id),
    -- by somebody outside the circle: it comes after all that stands, and decides about nobody
    in_passing {int} NOT NULL DEFAULT 0 CHECK (in_passing IN (0, 1)),
    source_key {text},
    since_load {int} NOT NULL,
    until_load {int},
    valid_from {text},
    valid_to {text},
    recorded_at {text} NOT NULL,
    recorded_by {text},
    replaced_by {text},
    withdrawn_at {text},
    withdrawn_by {text}"""

# The identity comes along, so that every read of facts is by identity and never by record.
LIVE = """CREATE VIEW live_{table} AS
SELECT f.*, q.identity_id, s.name AS source_name, s.reported_at AS source_reported_at
FROM {table} f
JOIN people q ON q.id = f.person_id
JOIN sources s ON s.id = f.source_id
WHERE f.replaced_by IS NULL AND f.withdrawn_at IS NULL
  AND f.since_load <= s.current_load
  AND (f.until_load IS NULL OR f.until_load > s.current_load)"""

APPEND_ONLY = {
    "sqlite": [
        """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
    ],
    "postgres": [
        """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
        """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    ],
}


QUEUED = {
    "sqlite": [
        """CREATE TRIGGER {table}_queued AFTER INSERT ON {table}
BEGIN INSERT INTO {waiting} (event_id) VALUES (NEW.id); END"""
    ],
    "postgres": [
        """CREATE FUNCTION {table}_queued() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO {waiting} (event_id) VALUES (NEW.id); RETURN NULL; END $$""",
        """CREATE TRIGGER {table}_queued AFTER INSERT ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_queued()""",
    ],
}

VERBS = {"sqlite": ("UPDATE", "DELETE"), "postgres": ("UPDATE", "DELETE", "TRUNCATE")}


def run(store: Store) -> list[str]:
    """Apply the migrations that are missing, each in a transaction; give their names."""
    return [name for name in missing(store) if apply(store, name)]


def apply(store: Store, name: str) -> bool:
    """Apply one migration in a transaction of its own; False if another process just did."""
    return store.upkeep(partial(_apply, store, name))


def missing(store: Store) -> list[str]:
    """Give the names of the migrations that this database has not had yet."""
    made = _types(
        store.engine,
        "CREATE TABLE IF NOT EXISTS migrations"
        " (name {text} PRIMARY KEY, applied_at {text} NOT NULL) {strict}",
    )
    store.upkeep(lambda tx: _make(store, tx, made))
    applied = {row["name"] for row in store.query("SELECT name FROM migrations")}
    return [name for name in names() if name not in applied]


def names() -> list[str]:
    """Give the names of all migrations, in their order."""
    return [path.stem for path in sorted(FOLDER.glob("[0-9]*.sql"))]


def statements(engine: str, text: str) -> list[str]:
    """Give the statements of a migration as `engine` reads them."""
    uncommented = re.sub(r"^\s*--.*$", "", text, flags=re.MULTILINE)
    pieces = [piece.strip() for piece in re.split(r";\s*$", uncommented, flags=re.MULTILINE)]
    return [sql for piece in pieces if piece for sql in _expand(engine, piece)]


def _make(store: Store, tx: Tx, made: str) -> None:
    if store.engine == "postgres":
        # IF NOT EXISTS does not keep two processes from making the same table at the same moment.
        tx.run("SELECT pg_advisory_xact_lock(hashtext('inkling migrations'))", {})
    tx.run(made, {})


def _apply(store: Store, name: str, tx: Tx) -> bool:
    if store.engine == "postgres":
        # Two processes that start at once: the second waits here, before its snapshot is taken.
        tx.run("LOCK TABLE migrations IN EXCLUSIVE MODE", {})
    if tx.one("SELECT name FROM migrations WHERE name = :name", name=name):
        return False
    for sql in statements(store.engine, (FOLDER / f"{name}.sql").read_text(encoding="utf-8")):
        tx.run(sql, {})
    tx.insert("migrations", name=name, applied_at=tx.now)
    return True


def _expand(engine: str, piece: str) -> list[str]:
    token = re.fullmatch(r"\{(live|append_only|queued) (\w+)(?: (\w+))?\}", piece)
    if token is None:
        return [_types(engine, piece.replace("{fact}", FACT))]
    kind, table, waiting = token.groups()
    if kind == "live":
        return [LIVE.replace("{table}", table)]
    if kind == "queued":
        return [
            sql.replace("{table}", table).replace("{waiting}", waiting) for sql in QUEUED[engine]
        ]
    return [
        sql.replace("{table}", table).replace("{verb}", verb)
        for verb in VERBS[engine]
        for sql in APPEND_ONLY[engine]
    ]


def _types(engine: str, sql: str) -> str:
    for token, meaning in TYPES[engine].items():
        sql = sql.replace("{" + token + "}", meaning)
    return sql
