"""Filings: notes on their way into the case-management system of somebody's own agency, and receipts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Row, Tx


class System(NamedTuple):
    """A system that takes notes."""

    source_id: str
    name: str


class Filing(NamedTuple):
    """One revision of a note, filed into one system."""

    id: str
    note_id: str
    revision: int
    source_id: str
    system: str
    filed_by: str
    filed_by_name: str
    filed_at: str
    state: str
    digest: str | None
    fetched_at: str | None
    settled_at: str | None
    reference: str | None
    words_id: str | None


# What was corrected and filed again before the system answered is given once, as it stands now.
_NEWEST = """NOT EXISTS (SELECT 1 FROM filings y WHERE y.note_id = f.note_id
    AND y.source_id = f.source_id AND y.revision > f.revision)"""


class Waiting(NamedTuple):
    """A filing that its system has not answered, and its place in the order of what happened."""

    number: int
    filing_id: str


_COLUMNS = """f.id, f.note_id, f.revision, f.source_id, s.name AS system, f.filed_by,
    w.name AS filed_by_name, f.filed_at, f.state, f.digest, f.fetched_at, f.settled_at, f.reference,
    f.words_id"""

_FROM = """FROM filings f JOIN sources s ON s.id = f.source_id
    JOIN practitioners w ON w.id = f.filed_by"""


def systems(tx: Tx, agency_id: str) -> list[System]:
    """Give the systems of an agency that take notes: those with a token for it that is good."""
    return tx.rows(
        System._make,
        """SELECT DISTINCT t.source_id, s.name FROM tokens t JOIN sources s ON s.id = t.source_id
        JOIN agencies a ON a.id = t.agency_id
        WHERE t.agency_id = :agency AND t.revoked_at IS NULL AND t.expires_at > :now
        AND a.sensitive = 0 AND a.closed_at IS NULL
        AND ' ' || t.scopes || ' ' LIKE '% filings:take %' ORDER BY s.name, t.source_id""",
        agency=agency_id,
        now=tx.now,
    )


def add(
    tx: Tx, note_id: str, revision: int, source_id: str, filed_by: str, people: Sequence[str]
) -> str:
    """Write that somebody files a note; give the filing's id."""
    filing_id = new_id()
    tx.insert(
        "filings",
        id=filing_id,
        note_id=note_id,
        revision=revision,
        source_id=source_id,
        filed_by=filed_by,
        filed_at=tx.now,
        state="waiting",
    )
    tx.insert_all("filing_subjects", ({"filing_id": filing_id, "person_id": p} for p in people))
    return filing_id


def again(tx: Tx, filing_id: str, filed_by: str) -> None:
    """Let a filing that was refused, or that nobody could fetch, wait again."""
    tx.change(
        """UPDATE filings SET state = 'waiting', filed_by = :who, filed_at = :now, settled_at = NULL,
            words_id = NULL WHERE id = :id AND state <> 'filed'""",
        who=filed_by,
        now=tx.now,
        id=filing_id,
    )


def of_note(tx: Tx, note_id: str, agency_id: str) -> list[Filing]:
    """Give the filings of a note into the systems of one agency, the latest revision first."""
    return tx.rows(
        Filing._make,
        f"""SELECT {_COLUMNS} {_FROM} WHERE f.note_id = :note AND s.agency_id = :agency
        ORDER BY f.revision DESC, f.id DESC""",
        note=note_id,
        agency=agency_id,
    )


def find(tx: Tx, filing_id: str, source_id: str) -> Filing | None:
    """Give a filing into one system, or None."""
    found = tx.rows(
        Filing._make,
        f"SELECT {_COLUMNS} {_FROM} WHERE f.id = :id AND f.source_id = :source",
        id=filing_id,
        source=source_id,
    )
    return next(iter(found), None)


def waiting(tx: Tx, me: Me, source_id: str, number: int, limit: int) -> list[Waiting]:
    """Give what waits for a system after a number, in order; nothing about whoever is closed to it.

    A filing that was tried again stands once, at its last place.
    """
    return tx.rows(
        Waiting._make,
        f"""SELECT h.number, f.id FROM happenings h JOIN filings f ON f.id = h.filing_id
        JOIN people p ON p.id = h.person_id
        WHERE h.agency_id = :my_agency AND h.source_id = :source AND h.kind = 'note to be filed'
        AND h.number > :number AND f.state = 'waiting' AND {_NEWEST} AND NOT {access.LEFT}
        AND NOT EXISTS ({access.closed_but_for("f.filed_by")})
        AND NOT EXISTS (SELECT 1 FROM happenings x WHERE x.filing_id = f.id
            AND x.kind = 'note to be filed' AND x.id > h.id)
        ORDER BY h.number LIMIT {limit:d}""",
        source=source_id,
        number=number,
        **access.params(me, tx),
    )


def fetched(tx: Tx, filing_id: str, digest: str) -> None:
    """Write what a system was given."""
    tx.change(
        "UPDATE filings SET digest = :digest, fetched_at = :now WHERE id = :id",
        digest=digest,
        now=tx.now,
        id=filing_id,
    )


def settle(
    tx: Tx, filing_id: str, state: str, *, reference: str | None, words_id: str | None
) -> None:
    """Write what a system answered."""
    tx.change(
        """UPDATE filings SET state = :state, settled_at = :now, reference = :reference,
            words_id = :words WHERE id = :id""",
        state=state,
        now=tx.now,
        reference=reference,
        words=words_id,
        id=filing_id,
    )


def kept_back(tx: Tx, identities: Sequence[str], me: Me) -> bool:
    """Say whether one of these people is restricted or their place is protected, by whom they live with
    too: what is written about them goes into no other system. Who added a record is answered as if it
    were new."""
    return bool(
        tx.query(
            f"""SELECT 1 FROM people p WHERE p.id IN (:ids)
            AND ({access.PLACE_PROTECTED} OR EXISTS ({access.closed_but_for(":me")})) LIMIT 1""",
            ids=identities,
            **access.params(me, tx),
        )
    )


def only_for(tx: Tx, note_id: str) -> list[str]:
    """Give the names of the kinds of agency that may read a note, by its own narrowing and by those of
    its categories; none where it is for all. One that is for nobody else is for its author's kind."""
    rows = tx.query(
        """SELECT k.label, CASE WHEN k.code = a.kind THEN 1 ELSE 0 END AS own,
            CASE WHEN NOT EXISTS (SELECT 1 FROM note_audience x WHERE x.note_id = n.id)
                OR EXISTS (SELECT 1 FROM note_audience x
                    WHERE x.note_id = n.id AND x.agency_kind = k.code)
                THEN 1 ELSE 0 END AS chosen,
            CASE WHEN EXISTS (SELECT 1 FROM note_categories c
                WHERE c.note_id = n.id
                AND EXISTS (SELECT 1 FROM category_kinds z WHERE z.category = c.category)
                AND NOT EXISTS (SELECT 1 FROM category_kinds z
                    WHERE z.category = c.category AND z.agency_kind = k.code))
                THEN 0 ELSE 1 END AS fitting
        FROM agency_kinds k, notes n JOIN agencies a ON a.id = n.agency_id
        WHERE n.id = :note ORDER BY k.position""",
        note=note_id,
    )
    found = [row for row in rows if row["chosen"] and row["fitting"]]
    found = found or [row for row in rows if row["own"]]
    return [row["label"] for row in found] if len(found) < len(rows) else []


def own_ids(tx: Tx, source_id: str, identities: Sequence[str]) -> list[Row]:
    """Give a system's own ids of its lines about these people: identity_id, source_key."""
    return tx.query(
        """SELECT DISTINCT identity_id, source_key FROM live_involvements
        WHERE source_id = :source AND identity_id IN (:ids) AND source_key IS NOT NULL
        ORDER BY source_key""",
        source=source_id,
        ids=identities,
    )


def counts(tx: Tx) -> list[Row]:
    """Give how many notes wait and were refused, by system: source_id, state, number, since. Those that
    were taken back are not counted, nor those about somebody who is closed off."""
    return tx.query(
        f"""SELECT f.source_id, f.state, COUNT(*) AS number, MIN(f.filed_at) AS since
        FROM filings f JOIN notes n ON n.id = f.note_id
        WHERE f.state <> 'filed' AND n.hidden IS NULL AND {_NEWEST}
        AND NOT EXISTS (SELECT 1 FROM note_withdrawals x WHERE x.note_id = f.note_id)
        AND NOT EXISTS (SELECT 1 FROM note_subjects b JOIN people p ON p.id = b.identity_id
            WHERE b.note_id = f.note_id
            AND ({access.PLACE_PROTECTED} OR EXISTS ({access.closed_but_for("f.filed_by")})))
        GROUP BY f.source_id, f.state"""
    )
