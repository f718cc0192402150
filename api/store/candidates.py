"""Whom a row of a feed may be about, where no sure rule says so.

Restricted people, where somebody protected lives, and what only a sensitive agency says (but to its own
source) are excluded here and never leave the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.store import access
from api.store.engine import Reads, Row

# As many are looked through for a row, however many share its names.
MOST = 400

RESTRICTED = """SELECT q.identity_id FROM restrictions x
    JOIN people q ON q.id = x.person_id WHERE x.ended_at IS NULL"""
# Of a row that waits: whom it may be about must not have been restricted since.
HAS_CANDIDATES = f"""EXISTS (SELECT 1 FROM waiting_candidates c JOIN people p ON p.id = c.person_id
    WHERE c.row_id = r.id AND p.identity_id NOT IN ({RESTRICTED}))"""


def not_sealed(f: str) -> str:
    """Whether a fact may decide for the source of the agency `:own`: what a sensitive agency says (its
    feed, or one of its people by hand) decides for its own sources only."""
    return f"""{f}.source_id NOT IN (SELECT s.id FROM sources s JOIN agencies a ON a.id = s.agency_id
            WHERE a.sensitive = 1 AND a.id <> :own)
        AND ({f}.recorded_by IS NULL OR {f}.recorded_by NOT IN (SELECT v.id FROM practitioners v
            JOIN agencies a ON a.id = v.agency_id WHERE a.sensitive = 1 AND a.id <> :own))"""


class Entry(NamedTuple):
    """One way in which somebody is found: a word of each name, a day, and who it is."""

    last: str
    first: str
    day: str
    identity_id: str


_ENTRY = "k.last, k.first, k.day, p.identity_id"
_OPEN = f"p.identity_id NOT IN ({RESTRICTED})"


def by_days(db: Reads, days: Iterable[str]) -> list[Entry]:
    """Give who was born on one of these days."""
    days = sorted(days)
    return db.rows(
        Entry._make,
        f"""SELECT {_ENTRY} FROM search_names k JOIN people p ON p.id = k.person_id
        WHERE k.day IN (:days) AND {_OPEN} LIMIT {MOST * max(1, len(days)):d}""",
        days=days,
    )


def by_names(db: Reads, pairs: Iterable[tuple[str, str]]) -> list[Entry]:
    """Give who has one of these pairs of words in last and first name."""
    asked = sorted(pairs)
    if not asked:
        return []
    # CROSS JOIN makes SQLite begin with what was asked; PostgreSQL finds its own way.
    marks = ", ".join(f"(:last{n}, :first{n})" for n in range(len(asked)))
    words = {f"last{n}": pair[0] for n, pair in enumerate(asked)}
    words |= {f"first{n}": pair[1] for n, pair in enumerate(asked)}
    return db.rows(
        Entry._make,
        f"""WITH asked (last, first) AS (VALUES {marks})
        SELECT {_ENTRY} FROM asked CROSS JOIN search_names k JOIN people p ON p.id = k.person_id
        WHERE k.last = asked.last AND k.first = asked.first AND {_OPEN}
        LIMIT {MOST * len(asked):d}""",
        **words,
    )


def by_postcodes(db: Reads, codes: Iterable[str], own: str) -> list[Row]:
    """Give who lives at one of these postcodes: identity_id, postcode, lines."""
    codes = sorted(codes)
    return db.query(
        f"""SELECT f.identity_id, f.postcode, f.lines FROM live_addresses f
        WHERE f.postcode IN (:codes) AND f.in_passing = 0 AND {not_sealed("f")}
        AND f.identity_id NOT IN ({RESTRICTED})
        AND f.identity_id NOT IN ({access.PROTECTED_PLACES})
        LIMIT {MOST * max(1, len(codes)):d}""",
        codes=codes,
        own=own,
    )


# What is compared of two records, by table.
_COMPARED = {
    "names": "f.first_key, f.last_key, f.first, f.last",
    "particulars": "f.born_on, f.expected_on, f.gender",
    "identifiers": "f.scheme, f.value, f.source_id",
    "addresses": "f.postcode, f.lines",
}


def said_of(db: Reads, identities: Iterable[str], own: str) -> dict[str, list[Row]]:
    """Give what tells people apart, by table, each row with its identity_id: names, particulars,
    identifiers, addresses. Nothing of who is restricted, nor where somebody protected lives."""
    ids = sorted(identities)
    return {
        table: db.query(
            f"""SELECT f.identity_id, {columns} FROM live_{table} f
            WHERE f.identity_id IN (:ids) AND f.in_passing = 0 AND {not_sealed("f")}
            AND f.identity_id NOT IN ({RESTRICTED})
            {f"AND f.identity_id NOT IN ({access.PROTECTED_PLACES})" if table == "addresses" else ""}
            ORDER BY f.recorded_at DESC, f.id DESC""",
            ids=ids,
            own=own,
        )
        for table, columns in _COMPARED.items()
    }


def relatives(db: Reads, identities: Iterable[str], own: str) -> dict[str, set[str]]:
    """Give who is related to each of these people."""
    ids = sorted(identities)
    columns = (("f.identity_id", "o.identity_id"), ("o.identity_id", "f.identity_id"))
    found: dict[str, set[str]] = {}
    for one, other in columns:
        rows = db.query(
            f"""SELECT {one} AS one, {other} AS other FROM live_relationships f
            JOIN people o ON o.id = f.other_id
            WHERE {one} IN (:ids) AND f.in_passing = 0 AND {not_sealed("f")}
            AND {other} NOT IN ({RESTRICTED})""",
            ids=ids,
            own=own,
        )
        for row in rows:
            found.setdefault(row["one"], set()).add(row["other"])
    return found


def restricted(db: Reads, identities: Sequence[str]) -> set[str]:
    """Give those of these people who are restricted."""
    rows = db.query(
        f"""SELECT DISTINCT p.identity_id FROM people p
        WHERE p.identity_id IN (:ids) AND p.identity_id IN ({RESTRICTED})""",
        ids=identities,
    )
    return {row["identity_id"] for row in rows}


def conflicted(db: Reads, identities: Iterable[str], practitioner_id: str) -> set[str]:
    """Give those of these people whom a practitioner declared to be family or a neighbour."""
    rows = db.query(
        """SELECT DISTINCT q.identity_id FROM conflicts x JOIN people q ON q.id = x.person_id
        WHERE q.identity_id IN (:ids) AND x.practitioner_id = :who AND x.ended_at IS NULL""",
        ids=sorted(identities),
        who=practitioner_id,
    )
    return {row["identity_id"] for row in rows}
