"""Finding whom a row of a feed is about, by numbers and by full name and birth date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.store import candidates
from api.store.engine import Reads, Row

# What may say something of a person: any of it by a source is that it spoke of them.
_SAYING = ("involvements", "names", "identifiers", "particulars", "addresses", "plans", "details")


# What is said in passing decides about nobody, nor what only a sensitive agency knows about anybody
# outside it; and whoever is restricted is met by a source that spoke of them before, and by no other:
# for those they are somebody new.
def _decides(f: str) -> str:
    spoke = " OR ".join(
        f"""EXISTS (SELECT 1 FROM people z JOIN {table} y ON y.person_id = z.id
            WHERE z.identity_id = {f}.identity_id AND y.source_id = :source)"""
        for table in _SAYING
    )
    return f"""{f}.in_passing = 0 AND {candidates.not_sealed(f)}
        AND NOT EXISTS (SELECT 1 FROM restrictions x
            JOIN people q ON q.id = x.person_id WHERE q.identity_id = {f}.identity_id
            AND x.ended_at IS NULL AND NOT ({spoke}))"""


# What one source says of somebody whom it was linked to by hand leads to the person, never to the
# record of that one row.
def _record(f: str) -> str:
    return f"""CASE WHEN EXISTS (SELECT 1 FROM people z WHERE z.id = {f}.person_id
        AND z.row_of IS NOT NULL) THEN {f}.identity_id ELSE {f}.person_id END AS person_id"""


def by_number(
    db: Reads, source_id: str, scheme: str, values: Iterable[str], own: str = ""
) -> list[Row]:
    """Give who has these numbers, for a source of the agency `own`: value, identity_id, person_id."""
    return db.query(
        f"""SELECT f.value, f.identity_id, {_record("f")} FROM live_identifiers f
        WHERE f.scheme = :scheme AND f.value IN (:values) AND {_decides("f")}
        ORDER BY f.person_id""",
        source=source_id,
        scheme=scheme,
        values=list(values),
        own=own,
    )


def by_own_key(db: Reads, source_id: str, keys: Iterable[str]) -> list[Row]:
    """Give whom this source meant by its own ids, undone loads included, so that a load that is
    repeated finds the people it made: value, identity_id, person_id. Not what hung on the record of
    a row: of that the decision says where it belongs."""
    return db.query(
        """SELECT f.value, q.identity_id, f.person_id
        FROM identifiers f JOIN people q ON q.id = f.person_id
        WHERE f.scheme = 'local' AND f.value IN (:keys) AND f.source_id = :source
            AND q.row_of IS NULL
        UNION SELECT i.source_key, q.identity_id, i.person_id
        FROM involvements i JOIN people q ON q.id = i.person_id
        WHERE i.source_id = :source AND i.source_key IN (:keys) AND q.row_of IS NULL ORDER BY 3""",
        source=source_id,
        keys=list(keys),
    )


def by_name_and_birth(
    db: Reads, source_id: str, asked: Sequence[tuple[str, str, str]], own: str = ""
) -> list[Row]:
    """Give who has one of these full names and was born on its day (last key, first key, day), for a
    source of the agency `own`: first_key, last_key, born_on, identity_id, person_id."""
    if not asked:
        return []
    # CROSS JOIN makes SQLite begin with what was asked, and || keeps it from going through everybody
    # who was born on a day; PostgreSQL finds its own way.
    marks = ", ".join(f"(:last{n}, :first{n}, :born{n})" for n in range(len(asked)))
    values = {
        f"{name}{n}": value
        for n, row in enumerate(asked)
        for name, value in zip(("last", "first", "born"), row, strict=True)
    }
    return db.query(
        f"""WITH asked (last_key, first_key, born_on) AS (VALUES {marks})
        SELECT DISTINCT n.first_key, n.last_key, asked.born_on, n.identity_id, {_record("n")}
        FROM asked CROSS JOIN live_names n
        WHERE n.last_key = asked.last_key AND n.first_key = asked.first_key AND {_decides("n")}
            AND EXISTS (SELECT 1 FROM live_particulars d WHERE d.identity_id = n.identity_id
                AND d.born_on || '' = asked.born_on AND d.in_passing = 0)
        ORDER BY person_id""",
        source=source_id,
        own=own,
        **values,
    )


def said_of(db: Reads, identities: Iterable[str], own: str = "") -> dict[str, list[Row]]:
    """Give what tells people apart for a source of the agency `own`, by table: names, particulars,
    identifiers; each row with its identity_id."""
    ids = list(identities)
    said = {
        "names": "first_key, last_key",
        "particulars": "born_on",
        "identifiers": "scheme, value, source_id",
    }
    return {
        table: db.query(
            f"""SELECT f.identity_id, {columns} FROM live_{table} f
            WHERE f.identity_id IN (:ids) AND f.in_passing = 0 AND {candidates.not_sealed("f")}""",
            ids=ids,
            own=own,
        )
        for table, columns in said.items()
    }
