"""Candidates for a search. Whoever must not be known is excluded here and never leaves the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.store import access
from api.store.access import Me
from api.store.engine import Row, Tx

# More namesakes than this are never looked through for somebody outside one's own circle.
CANDIDATES = 2000

PARENTS = "('mother', 'father', 'step-parent', 'carer')"


@dataclass(frozen=True)
class NameKeys:
    """The keys that a typed name may be found by: the whole, and the parts of a double surname."""

    first: str
    last: str

    @property
    def params(self) -> dict[str, object]:
        """What the conditions of this module speak of."""
        return {
            "first": self.first,
            "firsts": [self.first, *self.first.split()[:1]],
            "first_begins": f"{self.first} %",
            "last": self.last,
            "lasts": [self.last, *(part for part in self.last.split() if len(part) > 1)],
            "last_begins": f"{self.last} %",
            "last_ends": f"% {self.last}",
            "last_within": f"% {self.last} %",
        }


def _named(f: str) -> str:
    return f"""(:first = '' OR {f}.first_key IN (:firsts) OR {f}.first_key LIKE :first_begins)
        AND (:last = '' OR {f}.last_key IN (:lasts) OR {f}.last_key LIKE :last_begins
            OR {f}.last_key LIKE :last_ends OR {f}.last_key LIKE :last_within)"""


def named(tx: Tx, me: Me, keys: NameKeys, *, inside: bool) -> list[str]:
    """Give people of this name (what is empty is not asked): those whose directory view is open to
    `me`, or else anyone whom `me` may know of."""
    return _ids(
        tx.query(
            f"""SELECT DISTINCT p.id FROM live_names f JOIN people p ON p.id = f.identity_id
            WHERE {_named("f")} AND {access.FACT_SHOWN} AND {_sight(inside)}
            ORDER BY p.id LIMIT {CANDIDATES:d}""",
            **keys.params,
            **access.params(me, tx),
        )
    )


def born(tx: Tx, me: Me, column: str, days: Sequence[str], *, inside: bool) -> list[str]:
    """Give people who were born (or are expected: `column`) on one of these days."""
    return _ids(
        tx.query(
            f"""SELECT DISTINCT p.id FROM live_particulars f JOIN people p ON p.id = f.identity_id
            WHERE f.{column} IN (:days) AND {access.FACT_SHOWN} AND {_sight(inside)}
            ORDER BY p.id LIMIT {CANDIDATES:d}""",
            days=list(days),
            **access.params(me, tx),
        )
    )


def born_in(tx: Tx, me: Me, year: int) -> list[str]:
    """Give people of one's own who were born in this year."""
    return _ids(
        tx.query(
            f"""SELECT DISTINCT p.id FROM live_particulars f JOIN people p ON p.id = f.identity_id
            WHERE f.born_on >= :begins AND f.born_on <= :ends AND {access.FACT_SHOWN}
            AND {_sight(True)} ORDER BY p.id LIMIT {CANDIDATES:d}""",
            begins=f"{year:04}-01-01",
            ends=f"{year:04}-12-31",
            **access.params(me, tx),
        )
    )


def living_at(tx: Tx, me: Me, postcode: str) -> list[str]:
    """Give people of one's own at this postcode, unless where they are is hidden from `me`."""
    return _ids(
        tx.query(
            f"""SELECT DISTINCT p.id FROM live_addresses f JOIN people p ON p.id = f.identity_id
            WHERE f.postcode = :postcode AND {access.FACT_SHOWN} AND {_sight(True)}
            AND NOT {access.LOCATION_HIDDEN} ORDER BY p.id LIMIT {CANDIDATES:d}""",
            postcode=postcode,
            **access.params(me, tx),
        )
    )


def numbered(tx: Tx, me: Me, scheme: str, value: str, *, inside: bool) -> list[str]:
    """Give who has this number."""
    return _ids(
        tx.query(
            f"""SELECT DISTINCT p.id FROM live_identifiers f JOIN people p ON p.id = f.identity_id
            WHERE f.scheme = :scheme AND f.value = :value AND {access.FACT_SHOWN}
            AND {_sight(inside)} ORDER BY p.id""",
            scheme=scheme,
            value=value,
            **access.params(me, tx),
        )
    )


def children_of(tx: Tx, me: Me, parent: NameKeys, *, inside: bool) -> list[str]:
    """Give the children of a parent of this name, who has a record and whom `me` may know of."""
    return _ids(
        tx.query(
            f"""SELECT DISTINCT p.id FROM live_relationships r JOIN people p ON p.id = r.identity_id
            WHERE r.kind IN {PARENTS} AND {access.fact_shown("r")} AND {_sight(inside)}
            AND r.other_id IN (SELECT q.id FROM people q WHERE q.identity_id IN (
                SELECT p.id FROM live_names f JOIN people p ON p.id = f.identity_id
                WHERE {_named("f")} AND {access.FACT_SHOWN} AND {access.MAY_KNOW}))
            ORDER BY p.id LIMIT {CANDIDATES:d}""",
            **parent.params,
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


@dataclass(frozen=True)
class Facts:
    """What tells candidates apart, by identity. Where a person is, only if `me` may know it."""

    names: dict[str, list[Row]]
    births: dict[str, list[Row]]
    addresses: dict[str, list[Row]]
    mentioned: dict[str, list[Row]]


def facts(tx: Tx, me: Me, identities: Sequence[str]) -> Facts:
    """Give the facts that a search compares."""
    params = {"ids": list(identities), **access.params(me, tx)}
    return Facts(
        names=_by_identity(
            tx.query(
                f"""SELECT f.identity_id, f.first_key, f.last_key FROM live_names f
                WHERE f.identity_id IN (:ids) AND {access.FACT_SHOWN}""",
                **params,
            )
        ),
        births=_by_identity(
            tx.query(
                f"""SELECT f.identity_id, f.born_on, f.expected_on FROM live_particulars f
                WHERE f.identity_id IN (:ids) AND {access.FACT_SHOWN}""",
                **params,
            )
        ),
        addresses=_by_identity(
            tx.query(
                f"""SELECT f.identity_id, f.postcode, f.valid_to FROM live_addresses f
                JOIN people p ON p.id = f.identity_id
                WHERE f.identity_id IN (:ids) AND f.postcode <> '' AND {access.FACT_SHOWN}
                AND NOT {access.LOCATION_HIDDEN} ORDER BY f.in_passing, f.recorded_at DESC, f.id DESC""",
                **params,
            )
        ),
        mentioned=_by_identity(
            tx.query(
                f"""SELECT r.identity_id, r.mentioned FROM live_relationships r
                WHERE r.identity_id IN (:ids) AND r.mentioned IS NOT NULL
                AND r.kind IN {PARENTS} AND {access.fact_shown("r")}""",
                **params,
            )
        ),
    )


def _sight(inside: bool) -> str:
    if inside:
        return access.DIRECTORY_SIGHT
    return f"{access.MAY_KNOW} AND {access.WORKING}"


def _by_identity(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["identity_id"], []).append(row)
    return found


def _ids(rows: Sequence[Row]) -> list[str]:
    return [row["id"] for row in rows]
