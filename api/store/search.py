"""Candidates for a search. Whoever must not be known is excluded here and never leaves the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.store import access, precedence, search_names
from api.store.access import Me
from api.store.engine import Row, Tx

# More candidates than this are never looked through, however many people there are.
CANDIDATES = 2000
WORDS = 1000
# As many live at one postcode, or are children of parents of one name, as are ever compared.
NEARBY = 500

PARENTS = "('mother', 'father', 'step-parent', 'carer')"


class Entry(NamedTuple):
    """One way in which a record may be found: a word of each name, and a day (see search_names)."""

    last: str
    first: str
    day: str
    person_id: str


_ENTRY = "k.last, k.first, k.day, k.person_id"
_NOT_CLOSED = access.not_closed("k.person_id")

# Somebody whom a sensitive agency's people added, and of whom nothing is said but what I may not see: what
# they typed leads nobody else to them, and keeps nobody from finding somebody else. Once another system
# speaks of them, or who added them reveals that, they are found like anybody.
_NOT_SEALED = f"""k.person_id NOT IN (SELECT z.id FROM agencies y
    CROSS JOIN practitioners x CROSS JOIN people z
    WHERE y.sensitive = 1 AND x.agency_id = y.id AND x.id <> :me AND z.made_by = x.id
    AND NOT EXISTS (SELECT 1 FROM live_names f WHERE f.person_id = z.id AND {access.FACT_SHOWN}))"""


def words_like(tx: Tx, keys: Iterable[str]) -> list[str]:
    """Give words of names that share one of these keys."""
    return search_names.words_like(tx, keys, WORDS)


def words_beginning(tx: Tx, begins: str) -> list[str]:
    """Give words of names that begin so."""
    return search_names.words_beginning(tx, begins, WORDS)


def words_known(tx: Tx, words: Iterable[str]) -> list[str]:
    """Give those of these words that are in anybody's name."""
    return search_names.words_known(tx, words)


def by_day(tx: Tx, me: Me, days: Sequence[str]) -> list[Entry]:
    """Give who has one of these days; a birth is expected on "due " and a date."""
    return _entries(tx, me, "k.day IN (:days)", days=days)


def by_year(tx: Tx, me: Me, year: int) -> list[Entry]:
    """Give people who were born in this year."""
    begins, ends = f"{year:04}-01-01", f"{year:04}-12-31"
    return _entries(tx, me, "k.day >= :begins AND k.day <= :ends", begins=begins, ends=ends)


def by_names(tx: Tx, me: Me, firsts: Sequence[str], lasts: Sequence[str]) -> list[Entry]:
    """Give who has one of these words in the first name and one of those in the last."""
    return _entries(
        tx,
        me,
        "k.last IN (:lasts) AND k.first IN (:firsts)",
        firsts=firsts,
        lasts=lasts,
    )


def by_first(tx: Tx, me: Me, words: Sequence[str]) -> list[Entry]:
    """Give who has one of these words in the first name."""
    return _entries(tx, me, "k.first IN (:words)", words=words)


def by_last(tx: Tx, me: Me, words: Sequence[str]) -> list[Entry]:
    """Give who has one of these words in the last name."""
    return _entries(tx, me, "k.last IN (:words)", words=words)


def _entries(tx: Tx, me: Me, condition: str, **params: object) -> list[Entry]:
    return tx.rows(
        Entry._make,
        f"""SELECT {_ENTRY} FROM search_names k
        WHERE {condition} AND {_NOT_CLOSED} AND {_NOT_SEALED} LIMIT {CANDIDATES:d}""",
        **access.params(me, tx),
        **params,
    )


# Whom the rules that open may open for `me`, and some more: the rules themselves decide.
_WORKERS = """i.practitioner_id IN (SELECT w.id FROM practitioners w
    WHERE w.id = :me OR w.id IN (:covers) OR w.team_id IN (:teams))"""
_PUPILS = "i.agency_id IN (:schools)"
# A school's pupils are its staff's; whom an agency supports in any way is its token's.
_OF_AGENCY = "i.agency_id = :my_agency AND i.kind IN (:kinds)"
_TIES = (_WORKERS, _PUPILS, _OF_AGENCY)


def mine(tx: Tx, me: Me, limit: int) -> list[Entry] | None:
    """Give how the people may be found who may be one's own, or None where that may be more than
    `limit` of them: their names lead to them sooner."""
    ties = {
        **access.params(me, tx),
        "kinds": ["universal", "active"] if me.is_token else ["universal"],
        "covers": sorted(me.covers),
        "teams": sorted(scope for role, scope in me.roles if role == "supervisor"),
        "schools": sorted(scope for role, scope in me.roles if role == "safeguarding lead"),
    }
    for tie in _TIES:
        beyond = f"SELECT 1 FROM involvements i WHERE {tie} LIMIT 1 OFFSET {limit:d}"
        if tx.query(beyond, **ties):
            return None
    tied = " UNION ".join(f"SELECT i.person_id FROM involvements i WHERE {tie}" for tie in _TIES)
    return tx.rows(
        Entry._make,
        f"""SELECT DISTINCT {_ENTRY} FROM search_names k JOIN people p ON p.id = k.person_id
        WHERE p.identity_id IN (SELECT q.identity_id FROM people q WHERE q.id IN ({tied}
            UNION SELECT g.person_id FROM grants g WHERE g.practitioner_id = :me
            UNION SELECT g.person_id FROM glass g WHERE g.practitioner_id = :me
            UNION SELECT g.person_id FROM token_looks g WHERE g.token_id = :me
            UNION SELECT x.person_id FROM restrictions x
                JOIN restriction_names y ON y.restriction_id = x.id WHERE y.practitioner_id = :me))
        AND {_NOT_CLOSED} AND {_NOT_SEALED}""",
        **ties,
    )


def identities(tx: Tx, records: Sequence[str]) -> dict[str, str]:
    """Give the identities that these records belong to, by record."""
    rows = tx.query("SELECT id, identity_id FROM people WHERE id IN (:ids)", ids=records)
    return {row["id"]: row["identity_id"] for row in rows}


def seen(tx: Tx, me: Me, identities: Sequence[str]) -> set[str]:
    """Give those of these people whose directory view is open to `me`."""
    rows = tx.query(
        f"SELECT p.id FROM people p WHERE p.id IN (:ids) AND {access.DIRECTORY_SIGHT}",
        ids=identities,
        **access.params(me, tx),
    )
    return {row["id"] for row in rows}


def living_at(tx: Tx, me: Me, postcode: str) -> list[str]:
    """Give people of one's own at this postcode, unless where they are is hidden from `me`."""
    return _ids(
        tx.query(
            f"""SELECT DISTINCT p.id FROM live_addresses f JOIN people p ON p.id = f.identity_id
            WHERE f.postcode = :postcode AND {access.FACT_SHOWN} AND {access.DIRECTORY_SIGHT}
            AND NOT {access.LOCATION_HIDDEN} ORDER BY p.id LIMIT {NEARBY:d}""",
            postcode=postcode,
            **access.params(me, tx),
        )
    )


def numbered(tx: Tx, me: Me, scheme: str, values: Sequence[str]) -> list[str]:
    """Give who has one of these numbers."""
    return _ids(
        tx.query(
            f"""SELECT DISTINCT p.id FROM live_identifiers f JOIN people p ON p.id = f.identity_id
            WHERE f.scheme = :scheme AND f.value IN (:values) AND {access.FACT_SHOWN}
            AND {access.MAY_KNOW} AND {access.MAY_SEARCH} ORDER BY p.id LIMIT {CANDIDATES:d}""",
            scheme=scheme,
            values=list(values),
            **access.params(me, tx),
        )
    )


def children_of(tx: Tx, me: Me, parents: Sequence[str]) -> list[str]:
    """Give the children of these people whom `me` may know of."""
    return _ids(
        tx.query(
            f"""SELECT DISTINCT p.id FROM live_relationships r JOIN people p ON p.id = r.identity_id
            WHERE r.kind IN {PARENTS} AND {access.fact_shown("r")}
            AND {access.MAY_KNOW} AND {access.MAY_SEARCH}
            AND r.other_id IN (SELECT q.id FROM people q WHERE q.identity_id IN (:parents))
            ORDER BY p.id LIMIT {NEARBY:d}""",
            parents=parents,
            **access.params(me, tx),
        )
    )


def _mine_stands(fact: str) -> str:
    """Say that `me` asserted a fact and that it stands. What is asserted by hand belongs to no load,
    so this needs no live view, which SQLite would make whole for a LEFT JOIN."""
    return (
        f"{fact}.recorded_by = :me AND {fact}.replaced_by IS NULL AND {fact}.withdrawn_at IS NULL"
    )


def typed_by(tx: Tx, me: Me) -> list[Row]:
    """Give the records that `me` added, as `me` typed them: id, identity_id, first_key, last_key,
    born_on, expected_on, nhs, postcode. Closed only where `me` left or declared a conflict."""
    return tx.query(
        f"""SELECT p.id, p.identity_id, n.first_key, n.last_key, f.born_on, f.expected_on,
            x.value AS nhs, a.postcode
        FROM people p
        LEFT JOIN names n ON n.person_id = p.id AND {_mine_stands("n")}
        LEFT JOIN particulars f ON f.person_id = p.id AND {_mine_stands("f")}
        LEFT JOIN identifiers x ON x.person_id = p.id AND {_mine_stands("x")} AND x.scheme = 'nhs'
        LEFT JOIN addresses a ON a.person_id = p.id AND {_mine_stands("a")}
        WHERE p.made_by = :me AND NOT {access.LEFT} AND NOT {access.CONFLICTED}
        ORDER BY p.id""",
        **access.params(me, tx),
    )


# --- What tells candidates apart, by identity ---------------------------------------------------


def names(tx: Tx, me: Me, identities: Sequence[str]) -> dict[str, list[Row]]:
    """Give their names: first_key, last_key."""
    return _by_identity(
        tx.query(
            f"""SELECT f.identity_id, f.first_key, f.last_key FROM live_names f
            WHERE f.identity_id IN (:ids) AND {access.FACT_SHOWN}""",
            ids=identities,
            **access.params(me, tx),
        )
    )


def births(tx: Tx, me: Me, identities: Sequence[str]) -> dict[str, list[Row]]:
    """Give when they were born, or are expected: born_on, expected_on."""
    return _by_identity(
        tx.query(
            f"""SELECT f.identity_id, f.born_on, f.expected_on FROM live_particulars f
            WHERE f.identity_id IN (:ids) AND {access.FACT_SHOWN}""",
            ids=identities,
            **access.params(me, tx),
        )
    )


def addresses(tx: Tx, me: Me, identities: Sequence[str]) -> dict[str, list[Row]]:
    """Give where they live and lived, as far as `me` may know it: postcode, valid_to."""
    return _by_identity(
        tx.query(
            f"""SELECT f.identity_id, f.postcode, f.valid_to FROM live_addresses f
            JOIN people p ON p.id = f.identity_id
            WHERE f.identity_id IN (:ids) AND f.postcode <> '' AND {access.FACT_SHOWN}
            AND NOT {access.LOCATION_HIDDEN} ORDER BY {precedence.order("f")}""",
            ids=identities,
            **access.params(me, tx),
        )
    )


def mentioned(tx: Tx, me: Me, identities: Sequence[str]) -> dict[str, list[Row]]:
    """Give the parents who are only mentioned: mentioned."""
    return _by_identity(
        tx.query(
            f"""SELECT r.identity_id, r.mentioned FROM live_relationships r
            WHERE r.identity_id IN (:ids) AND r.mentioned IS NOT NULL
            AND r.kind IN {PARENTS} AND {access.fact_shown("r")}""",
            ids=identities,
            **access.params(me, tx),
        )
    )


def _by_identity(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["identity_id"], []).append(row)
    return found


def _ids(rows: Sequence[Row]) -> list[str]:
    return [row["id"] for row in rows]
