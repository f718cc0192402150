"""Involvements: who supports a person, who says so, and as of when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Row, Tx

_COPIED = (
    "person_id, agency_id, practitioner_id, kind, role, lead, contact_name, contact_phone,"
    " contact_email, last_contact_on, confirmed_at, confirmed_by, asserted_by, valid_from, valid_to"
)


class Involvement(NamedTuple):
    """One involvement as it stands, with its agency and its practitioner: the columns below."""

    id: str
    identity_id: str
    practitioner_id: str | None
    practitioner: str | None
    job: str | None
    practitioner_phone: str | None
    practitioner_email: str | None
    practitioner_left: int
    team_id: str | None
    agency_id: str
    agency: str
    agency_kind: str
    agency_phone: str
    agency_email: str
    sensitive: int
    located: int
    kind: str
    role: str
    lead: int
    contact_name: str | None
    contact_phone: str | None
    contact_email: str | None
    last_contact_on: str | None
    confirmed_at: str | None
    confirmed_by: str | None
    asserted_by: str
    valid_from: str | None
    valid_to: str | None
    source_id: str
    source: str
    source_located: int
    as_of: str
    recorded_at: str
    by_hand: int

    def is_open(self, today: str) -> bool:
        """Whether it holds on this London date."""
        return (self.valid_from or "") <= today and (self.valid_to is None or self.valid_to > today)


# Whether the name of whom it comes from would say where somebody is: asked only where that is hidden.
_SOURCE_LOCATED = """COALESCE((SELECT sk.located FROM sources s
    JOIN agencies sb ON sb.id = COALESCE(sw.agency_id, s.agency_id)
    JOIN agency_kinds sk ON sk.code = sb.kind WHERE s.id = i.source_id), 0)"""

_COLUMNS = f"""i.id, i.identity_id, i.practitioner_id, w.name AS practitioner, w.job,
    w.phone AS practitioner_phone, w.email AS practitioner_email,
    CASE WHEN w.left_at IS NULL THEN 0 ELSE 1 END AS practitioner_left, w.team_id,
    i.agency_id, a.name AS agency, a.kind AS agency_kind, a.phone AS agency_phone,
    a.email AS agency_email, a.sensitive, k.located, i.kind, i.role, i.lead, i.contact_name,
    i.contact_phone, i.contact_email, i.last_contact_on, i.confirmed_at,
    CASE WHEN a.sensitive = 0 OR a.id = :my_agency THEN c.name END AS confirmed_by,
    i.asserted_by, i.valid_from, i.valid_to, i.source_id,
    CASE WHEN sa.sensitive = 0 OR sa.id = :my_agency THEN sw.name || ', ' || sa.name
        ELSE i.source_name END AS source,
    CASE WHEN :location_hidden = 1 THEN {_SOURCE_LOCATED} ELSE 0 END AS source_located,
    COALESCE(i.source_reported_at, i.recorded_at) AS as_of, i.recorded_at,
    CASE WHEN i.recorded_by IS NULL THEN 0 ELSE 1 END AS by_hand"""

_FROM = """FROM live_involvements i JOIN agencies a ON a.id = i.agency_id
    JOIN agency_kinds k ON k.code = a.kind
    LEFT JOIN practitioners w ON w.id = i.practitioner_id
    LEFT JOIN practitioners c ON c.id = i.confirmed_by
    LEFT JOIN practitioners sw ON sw.id = i.recorded_by
    LEFT JOIN agencies sa ON sa.id = sw.agency_id"""


def of(tx: Tx, identity_id: str, me: Me, *, location_hidden: bool) -> list[Involvement]:
    """Give a person's involvements, ended ones too, that `me` may know of; newest first. Whom a source
    does not cover for their age, it does not speak of."""
    return tx.rows(
        Involvement._make,
        f"""SELECT {_COLUMNS} {_FROM} WHERE i.identity_id = :id AND {access.INVOLVEMENT_SHOWN}
            AND {access.SERVICE_OF_AGE}
        ORDER BY i.recorded_at DESC, i.id DESC""",
        id=identity_id,
        location_hidden=int(location_hidden),
        **access.params(me, tx),
    )


def unsealed(tx: Tx, identities: Sequence[str], me: Me) -> list[Involvement]:
    """Give several people's involvements, ended ones too, but none of a sensitive agency, whoever
    asks; newest first."""
    return tx.rows(
        Involvement._make,
        f"""SELECT {_COLUMNS} {_FROM} WHERE i.identity_id IN (:ids) AND a.sensitive = 0
            AND {access.SERVICE_OF_AGE}
        ORDER BY i.recorded_at DESC, i.id DESC""",
        ids=identities,
        location_hidden=1,
        **access.params(me, tx),
    )


def find(tx: Tx, involvement_id: str, me: Me) -> Involvement | None:
    """Give one involvement that stands and that `me` may change, if any: a sealed one that is revealed to
    them is its own service's still."""
    found = tx.rows(
        Involvement._make,
        f"""SELECT {_COLUMNS} {_FROM} WHERE i.id = :id AND {access.UNSEALED}""",
        id=involvement_id,
        location_hidden=1,
        **access.params(me, tx),
    )
    return next(iter(found), None)


def held_by(tx: Tx, practitioner_id: str) -> list[str]:
    """Give the ids of all open active involvements of a practitioner."""
    rows = tx.query(
        f"""SELECT i.id FROM live_involvements i
        WHERE i.practitioner_id = :id AND i.kind = 'active' AND {access.OPEN}""",
        id=practitioner_id,
        today=tx.today,
    )
    return [row["id"] for row in rows]


def leads(tx: Tx, identity_id: str) -> list[str]:
    """Give the ids of the open involvements that name a lead, sealed ones included."""
    rows = tx.query(
        f"""SELECT i.id FROM live_involvements i
        WHERE i.identity_id = :id AND i.lead = 1 AND {access.OPEN}""",
        id=identity_id,
        today=tx.today,
    )
    return [row["id"] for row in rows]


def replace(tx: Tx, involvement_id: str, source_id: str, recorded_by: str, **changes: Any) -> str:
    """Assert an involvement anew with these changes; the old row stays and is replaced."""
    old = tx.one(f"SELECT {_COPIED} FROM involvements WHERE id = :id", id=involvement_id)
    if old is None:
        raise LookupError(involvement_id)
    new = new_id()
    row = {
        **old,
        "id": new,
        "source_id": source_id,
        "since_load": 0,
        "recorded_at": tx.now,
        "recorded_by": recorded_by,
        **changes,
    }
    tx.insert("involvements", **row)
    tx.change(
        "UPDATE involvements SET replaced_by = :new WHERE id = :id", new=new, id=involvement_id
    )
    return new


def withdraw(tx: Tx, involvement_id: str, by: str) -> None:
    """Take an assertion back."""
    tx.change(
        "UPDATE involvements SET withdrawn_at = :now, withdrawn_by = :by WHERE id = :id",
        now=tx.now,
        by=by,
        id=involvement_id,
    )


def contacts(tx: Tx, identity_id: str, me: Me) -> dict[str, str]:
    """Give the date of each practitioner's last logged contact that `me` may see."""
    rows = tx.query(
        f"""SELECT n.author_id, MAX(v.happened_on) AS last_on FROM notes n
        JOIN note_subjects b ON b.note_id = n.id
        JOIN note_revisions v ON v.note_id = n.id
        WHERE b.identity_id = :id AND n.kind = 'contact'
            AND {access.NOTE_SHOWN} AND {access.NOTE_OPEN} AND {access.AUTHOR_SHOWN}
            AND (v.contact IS NULL OR v.contact <> 'missed appointment')
            AND NOT EXISTS (SELECT 1 FROM note_withdrawals x WHERE x.note_id = n.id)
        GROUP BY n.author_id""",
        id=identity_id,
        **access.params(me, tx),
    )
    return {row["author_id"]: row["last_on"] for row in rows}


def covered_by(tx: Tx, practitioners: list[str]) -> dict[str, Row]:
    """Give who covers for these practitioners today: name and phone by the covered one's id."""
    rows = tx.query(
        """SELECT c.covered_id, w.name, w.phone FROM covers c
        JOIN practitioners w ON w.id = c.covering_id
        WHERE c.covered_id IN (:ids) AND c.ended_at IS NULL
        AND c.starts_on <= :today AND c.ends_on > :today AND w.left_at IS NULL""",
        ids=practitioners,
        today=tx.today,
    )
    return {row["covered_id"]: row for row in rows}
