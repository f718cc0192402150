"""People: what the sources say of them, and which of them are somebody's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from api.moment import new_id
from api.store import access, precedence, search_names
from api.store.access import Me
from api.store.assertions import NEWEST_FIRST, SAID, SAID_BY
from api.store.engine import Reads, Row, Tx

_CANDIDATES = """SELECT i.identity_id FROM live_involvements i WHERE i.practitioner_id = :me
    UNION SELECT i.identity_id FROM covers c
        JOIN live_involvements i ON i.practitioner_id = c.covered_id WHERE c.covering_id = :me
    UNION SELECT q.identity_id FROM grants g JOIN people q ON q.id = g.person_id
        WHERE g.practitioner_id = :me"""


@dataclass
class Known:
    """What is known of one person, newest assertions first."""

    id: str
    names: list[Row] = field(default_factory=list)
    particulars: list[Row] = field(default_factory=list)
    mother: str = ""
    school: str = ""

    def particular(self, column: str) -> str | None:
        """Give the newest assertion that says anything in this column."""
        return next((row[column] for row in self.particulars if row[column]), None)


def add(tx: Tx, source_id: str, made_by: str | None) -> str:
    """Make the record of a person that nothing is known of yet; give its id."""
    person_id = new_id()
    tx.insert(
        "people",
        id=person_id,
        identity_id=person_id,
        made_at=tx.now,
        made_by=made_by,
        source_id=source_id,
    )
    return person_id


def add_fact(tx: Tx, table: str, person_id: str, source_id: str, **columns: Any) -> str:
    """Assert a fact about a person; give its id. What is not said is left open."""
    fact_id = new_id()
    block = {"since_load": 0, "recorded_at": tx.now}
    tx.insert(table, id=fact_id, person_id=person_id, source_id=source_id, **{**block, **columns})
    if table in search_names.SAID_IN:
        search_names.refresh(tx, [person_id])
    return fact_id


def made_for(tx: Tx, note_id: str) -> list[str]:
    """Give the records that came into being with a note, and on which nothing else hangs."""
    rows = tx.query(
        """SELECT p.id FROM note_subjects s JOIN notes n ON n.id = s.note_id
        JOIN people p ON p.id = s.person_id
        WHERE n.id = :note AND p.made_by = n.author_id AND p.made_at = n.made_at
            AND NOT EXISTS (SELECT 1 FROM note_subjects x
                WHERE x.person_id = p.id AND x.note_id <> n.id)
            AND NOT EXISTS (SELECT 1 FROM involvements x WHERE x.person_id = p.id)
            AND NOT EXISTS (SELECT 1 FROM plans x WHERE x.person_id = p.id)
            AND NOT EXISTS (SELECT 1 FROM relationships x
                WHERE x.person_id = p.id OR x.other_id = p.id)
            AND NOT EXISTS (SELECT 1 FROM people x WHERE x.identity_id = p.id AND x.id <> p.id)
        ORDER BY p.id""",
        note=note_id,
    )
    return [row["id"] for row in rows]


def take_back(tx: Tx, person_id: str, by: str) -> None:
    """Withdraw what was said of somebody when their record was made: nobody finds it any more."""
    for table in ("names", "particulars", "identifiers", "addresses"):
        tx.change(
            f"""UPDATE {table} SET withdrawn_at = :now, withdrawn_by = :by
            WHERE person_id = :id AND recorded_by = :by AND withdrawn_at IS NULL""",
            now=tx.now,
            by=by,
            id=person_id,
        )


def identity(db: Reads, person_id: str) -> str | None:
    """Give the identity that a record belongs to."""
    row = db.one("SELECT identity_id FROM people WHERE id = :id", id=person_id)
    return row["identity_id"] if row else None


def hold(tx: Tx, *records: str) -> None:
    """Let what changes something about these people at the same moment follow one another: on
    PostgreSQL whoever comes second runs again, and sees what the first did."""
    for person_id in sorted(set(records)):
        tx.change("UPDATE people SET identity_id = identity_id WHERE id = :id", id=person_id)


def identities(db: Reads, people: Sequence[str]) -> list[str]:
    """Give the identities that these records belong to: what the trail calls people by."""
    rows = db.query(
        "SELECT DISTINCT identity_id FROM people WHERE id IN (:ids) ORDER BY identity_id",
        ids=people,
    )
    return [row["identity_id"] for row in rows]


def known(tx: Tx, identities: Sequence[str], me: Me) -> dict[str, Known]:
    """Give what is known of these people; where they are only as far as `me` may know it."""
    found = {identity: Known(identity) for identity in identities}
    if not found:
        return found
    for row in tx.query(
        f"""SELECT f.identity_id, f.kind, f.first, f.last, f.source_name, f.recorded_at
        FROM live_names f WHERE f.identity_id IN (:ids) AND {access.FACT_SHOWN} {NEWEST_FIRST}""",
        ids=list(found),
        **access.params(me, tx),
    ):
        found[row["identity_id"]].names.append(row)
    for row in tx.query(
        f"""SELECT f.identity_id, f.born_on, f.expected_on, f.died_on, f.gender
        FROM live_particulars f
        WHERE f.identity_id IN (:ids) AND {access.FACT_SHOWN} {NEWEST_FIRST}""",
        ids=list(found),
        **access.params(me, tx),
    ):
        found[row["identity_id"]].particulars.append(row)
    for row in tx.query(
        f"""SELECT i.identity_id, a.name FROM live_involvements i
        JOIN agencies a ON a.id = i.agency_id JOIN people p ON p.id = i.identity_id
        WHERE i.identity_id IN (:ids) AND a.kind IN ('school', 'nursery') AND a.sensitive = 0
        AND i.asserted_by <> 'self' AND {access.OPEN} AND {access.SERVICE_OF_AGE}
        AND NOT {access.LOCATION_HIDDEN}""",
        ids=list(found),
        **access.params(me, tx),
    ):
        found[row["identity_id"]].school = row["name"]
    nameless = [person.id for person in found.values() if not person.names]
    if nameless:
        for row in tx.query(
            f"""SELECT r.identity_id, f.first, f.last FROM live_relationships r
            JOIN people p ON p.id = r.other_id
            JOIN live_names f ON f.identity_id = p.identity_id AND f.kind = 'full'
            WHERE r.identity_id IN (:ids) AND r.kind = 'mother' AND {access.MAY_KNOW}
            AND {access.FACT_SHOWN} AND {access.fact_shown("r")} ORDER BY f.recorded_at""",
            ids=nameless,
            **access.params(me, tx),
        ):
            found[row["identity_id"]].mother = f"{row['first']} {row['last']}"
    return found


def as_written(tx: Tx, person_id: str, me: Me) -> Known:
    """Give a record as its author wrote it, and nothing that others know of the person."""
    names = tx.query(
        f"""SELECT f.kind, f.first, f.last, f.source_name, f.recorded_at FROM live_names f
        WHERE f.person_id = :id AND f.recorded_by = :me {NEWEST_FIRST}""",
        id=person_id,
        me=me.id,
    )
    particulars = tx.query(
        f"""SELECT f.born_on, f.expected_on, f.died_on, f.gender FROM live_particulars f
        WHERE f.person_id = :id AND f.recorded_by = :me {NEWEST_FIRST}""",
        id=person_id,
        me=me.id,
    )
    mothers = tx.query(
        f"""SELECT n.first, n.last FROM live_relationships f
        JOIN people p ON p.id = f.other_id
        JOIN live_names n ON n.identity_id = p.identity_id AND n.kind = 'full'
        WHERE f.person_id = :id AND f.recorded_by = :me AND f.kind = 'mother'
        AND {access.MAY_KNOW} AND {access.fact_shown("n")} ORDER BY n.recorded_at DESC, n.id DESC""",
        id=person_id,
        **access.params(me, tx),
    )
    mother = f"{mothers[0]['first']} {mothers[0]['last']}" if mothers else ""
    return Known(person_id, names, particulars, mother)


def mine(tx: Tx, me: Me) -> list[Row]:
    """Give the people who are mine: id, and by which rule."""
    return tx.query(
        f"""SELECT p.id, CASE WHEN {access.IN_CIRCLE} THEN 'in the circle'
            WHEN {access.COVERING} THEN 'covering' ELSE 'taken on' END AS why
        FROM people p WHERE p.id IN ({_CANDIDATES}) AND {access.MINE}""",
        **access.params(me, tx),
    )


def last_logged(tx: Tx, me: Me, identities: Sequence[str]) -> dict[str, str]:
    """Give when I last wrote about each of these people."""
    rows = tx.query(
        """SELECT b.identity_id, MAX(b.made_at) AS last_at FROM notes n
        JOIN note_subjects b ON b.note_id = n.id
        WHERE n.author_id = :me AND b.identity_id IN (:ids) GROUP BY b.identity_id""",
        me=me.id,
        ids=identities,
    )
    return {row["identity_id"]: row["last_at"] for row in rows}


def universal(tx: Tx, me: Me, starts_with: str, limit: int, offset: int) -> tuple[list[str], int]:
    """Give a page of the people whom my agency supports as it supports every child, and how many
    there are in all, by last name. `starts_with` is a folded beginning of the last name."""
    name = f"""(SELECT f.last_key || ' ' || f.first_key FROM live_names f
        WHERE f.identity_id = p.identity_id AND {access.FACT_SHOWN}
        ORDER BY {precedence.order("f")} LIMIT 1)"""
    listed = f"""FROM people p WHERE p.id IN (
            SELECT i.identity_id FROM live_involvements i
            WHERE i.kind = 'universal' AND i.agency_id = :my_agency)
        AND {access.DIRECTORY_SIGHT} AND {access.UNIVERSAL}
        AND (:starts_with = '' OR {name} >= :starts_with AND {name} < :beyond)"""
    params = dict(access.params(me, tx), starts_with=starts_with, beyond=starts_with + "\uffff")
    rows = tx.query(
        f"SELECT p.id {listed} ORDER BY {name}, p.id LIMIT {limit:d} OFFSET :offset",
        offset=offset,
        **params,
    )
    count = tx.one(f"SELECT COUNT(*) AS n {listed}", **params)
    return [row["id"] for row in rows], count["n"] if count else 0


def addresses(tx: Tx, identity_id: str, me: Me) -> list[Row]:
    """Give where a person lives and lived, unless that is hidden from `me`."""
    return tx.query(
        f"""SELECT f.id, f.kind, f.lines, f.postcode, f.valid_from AS since, f.valid_to AS until, {SAID}
        FROM live_addresses f JOIN people p ON p.id = f.identity_id {SAID_BY}
        WHERE f.identity_id = :id AND NOT {access.LOCATION_HIDDEN} AND {access.FACT_SHOWN}
        {NEWEST_FIRST}""",
        id=identity_id,
        **access.params(me, tx),
    )


def add_grant(
    tx: Tx,
    kind: str,
    practitioner_id: str,
    person_id: str,
    until: str,
    purpose: str | None = None,
    words_id: str | None = None,
) -> None:
    """Give sight for a while: for a purpose, or because duty took the person on. The basis of a purpose
    is kept as the authority's list says it now."""
    basis = tx.one("SELECT basis FROM purposes WHERE code = :code", code=purpose or "")
    tx.insert(
        "grants",
        id=new_id(),
        kind=kind,
        practitioner_id=practitioner_id,
        person_id=person_id,
        purpose=purpose,
        basis=basis["basis"] if basis else None,
        words_id=words_id,
        made_at=tx.now,
        until=until,
    )


def is_duty(tx: Tx, me: Me) -> bool:
    """Say whether I am on a duty team."""
    return bool(
        me.team_id and tx.one("SELECT id FROM teams WHERE id = :id AND duty = 1", id=me.team_id)
    )
