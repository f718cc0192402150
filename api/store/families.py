"""Families: relationships, as the sources say them. "other is the (kind) of person"."""

from __future__ import annotations

from dataclasses import dataclass

from api.store import access, assertions
from api.store.access import Me
from api.store.engine import Reads, Row, Tx


@dataclass(frozen=True)
class Said:
    """One source's word on one relationship, as read from one of its two people."""

    id: str
    other_id: str | None
    mentioned: str | None
    kind: str
    turned: bool
    parental_responsibility: str
    valid_from: str | None
    valid_to: str | None
    source: str
    as_of: str
    recorded_at: str


_COLUMNS = f"""f.id, f.mentioned, f.kind, f.parental_responsibility, f.valid_from, f.valid_to,
    {assertions.SAID}, f.recorded_at"""


# A placement says where a child is: `f.identity_id` is the child, from whichever end it is read.
_PLACED = f"""NOT (f.kind = 'foster carer' AND EXISTS (SELECT 1 FROM people p
    WHERE p.id = f.identity_id AND {access.LOCATION_HIDDEN}))"""


def of(tx: Tx, identity_id: str, me: Me) -> list[Said]:
    """Give this person's relationships from both of their ends, by precedence.

    Left out in the query: whoever must not exist for `me`, and what a sealed source says.
    """
    asked = {"id": identity_id, **assertions.params(me, tx)}
    forth = tx.query(
        f"""SELECT {_COLUMNS}, p.identity_id AS other_id, 0 AS turned
        FROM live_relationships f LEFT JOIN people p ON p.id = f.other_id {assertions.SAID_BY}
        WHERE f.identity_id = :id AND (p.id IS NULL OR (p.identity_id <> :id AND {access.MAY_KNOW}))
        AND {_PLACED} AND {access.FACT_SHOWN} {assertions.NEWEST_FIRST}""",
        **asked,
    )
    back = tx.query(
        f"""SELECT {_COLUMNS}, p.identity_id AS other_id, 1 AS turned
        FROM live_relationships f JOIN people o ON o.id = f.other_id
        JOIN people p ON p.id = f.person_id {assertions.SAID_BY}
        WHERE o.identity_id = :id AND p.identity_id <> :id AND {access.MAY_KNOW}
        AND {_PLACED} AND {access.FACT_SHOWN} {assertions.NEWEST_FIRST}""",
        **asked,
    )
    said = [Said(**{**row, "turned": bool(row["turned"])}) for row in (*forth, *back)]
    return sorted(said, key=lambda one: one.recorded_at, reverse=True)


def same_address(tx: Tx, identity_id: str, me: Me) -> tuple[list[Row], list[Row]]:
    """Give a person's addresses of today, and those of other people with the same postcodes: identity_id,
    lines, postcode, source, as_of. Nobody who must not exist for `me`, or whose place is hidden from
    `me`; nothing that was said in passing, so that nobody can be linked by who adds them again."""
    columns = f"f.identity_id, f.lines, f.postcode, {assertions.SAID}"
    stands = f"""f.kind <> 'other' AND f.lines <> '' AND f.postcode <> '' AND f.in_passing = 0
        AND (f.valid_from IS NULL OR f.valid_from <= :today)
        AND (f.valid_to IS NULL OR f.valid_to > :today) AND {access.FACT_SHOWN}"""
    asked = assertions.params(me, tx)
    own = tx.query(
        f"""SELECT {columns} FROM live_addresses f {assertions.SAID_BY}
        WHERE f.identity_id = :id AND {stands} {assertions.NEWEST_FIRST}""",
        id=identity_id,
        **asked,
    )
    others = tx.query(
        f"""SELECT {columns} FROM live_addresses f JOIN people p ON p.id = f.identity_id
        {assertions.SAID_BY}
        WHERE f.postcode IN (:codes) AND f.identity_id <> :id AND {stands}
        AND {access.MAY_KNOW} AND NOT {access.LOCATION_HIDDEN} {assertions.NEWEST_FIRST}""",
        id=identity_id,
        codes=sorted({row["postcode"] for row in own}),
        **asked,
    )
    return own, others


def by_hand(tx: Tx, source_id: str, identity_id: str, kind: str, other: str) -> list[Row]:
    """Give what stands by hand already of this kind, for this other person (an identity) or this
    name that is only mentioned."""
    return tx.query(
        """SELECT f.* FROM live_relationships f LEFT JOIN people o ON o.id = f.other_id
        WHERE f.source_id = :source AND f.identity_id = :id AND f.kind = :kind
        AND (o.identity_id = :other OR f.mentioned = :other)""",
        source=source_id,
        id=identity_id,
        kind=kind,
        other=other,
    )


def same_name(db: Reads, first_key: str, last_key: str, born_on: str) -> list[str]:
    """Give the identities known by this full name, folded, and born on this day."""
    rows = db.query(
        """SELECT DISTINCT n.identity_id FROM live_names n
        JOIN live_particulars b ON b.identity_id = n.identity_id
        WHERE n.last_key = :last AND n.first_key = :first AND b.born_on = :born_on
        AND n.in_passing = 0 AND b.in_passing = 0""",
        last=last_key,
        first=first_key,
        born_on=born_on,
    )
    return [row["identity_id"] for row in rows]


def known_as(db: Reads, person_id: str) -> set[tuple[str, str, str]]:
    """Give the full names of a person, folded, each with every birth date said of them: first name, last
    name, ISO date."""
    rows = db.query(
        """SELECT DISTINCT n.first_key, n.last_key, b.born_on FROM people p
        JOIN live_names n ON n.identity_id = p.identity_id
        JOIN live_particulars b ON b.identity_id = p.identity_id
        WHERE p.id = :person AND b.born_on IS NOT NULL AND n.in_passing = 0 AND b.in_passing = 0""",
        person=person_id,
    )
    return {(row["first_key"], row["last_key"], row["born_on"]) for row in rows}


def same_nhs(db: Reads, nhs: str) -> list[Row]:
    """Give the identities with this NHS number, each with every birth date said of it."""
    return db.query(
        """SELECT DISTINCT f.identity_id, b.born_on FROM live_identifiers f
        LEFT JOIN live_particulars b ON b.identity_id = f.identity_id AND b.born_on IS NOT NULL
            AND b.in_passing = 0
        WHERE f.scheme = 'nhs' AND f.value = :nhs AND f.in_passing = 0""",
        nhs=nhs,
    )
