"""Requests for a copy of a record: who asked, what was checked, the items and who decides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Reads, Row, Tx

MAIN = "main"
# A list of requests has an end; the oldest that wait come first.
SHOWN = 200


@dataclass(frozen=True)
class Kept:
    """A request as it is kept. `agency_id` is where it was taken, for the rules only."""

    id: str
    person_id: str
    identity_id: str
    received_on: str
    asker: str
    words_id: str
    agency_id: str
    made_by: str
    made_at: str
    identity_asked_on: str | None
    identity_on: str | None
    extended_on: str | None
    extended_words_id: str | None
    overdue_at: str | None
    unhandled_at: str | None
    gathered_at: str | None
    ended_at: str | None
    ended_by: str | None
    outcome: str | None
    outcome_words_id: str | None


class Check(NamedTuple):
    """What was found when something was checked."""

    kind: str
    answer: str
    words_id: str | None
    by: str
    made_at: str


@dataclass(frozen=True)
class Part:
    """The part of a pack: who signed it off, the digest of what they signed, and who handed it over."""

    part: str
    governance_by: str | None
    governance: str | None
    governance_at: str | None
    controller_by: str | None
    controller: str | None
    controller_at: str | None
    signed_text: str | None
    handed_by: str | None
    handed_at: str | None


@dataclass(frozen=True)
class Item:
    """One thing that is held about a person, and what was decided of it."""

    id: str
    request_id: str
    part: str
    number: int
    kind: str
    ref: str
    agency_id: str | None
    agency: str | None
    located: int
    author_id: str | None
    author_team: str | None
    note_id: str | None
    day: str
    decision: str | None
    exemption: str | None
    told: int
    words_id: str | None
    decided_by: str | None
    decided_at: str | None


class Exemption(NamedTuple):
    """Why something may be held back; `parent` where only from who asks for another, `retired` where it is
    offered no more."""

    code: str
    label: str
    law: str
    parent: int
    retired: int


_REQUESTS = """SELECT k.id, k.person_id, p.identity_id, k.received_on, k.asker, k.words_id, k.agency_id,
    k.made_by, k.made_at, k.identity_asked_on, k.identity_on, k.extended_on, k.extended_words_id,
    k.overdue_at, k.unhandled_at, k.gathered_at, k.ended_at, k.ended_by, k.outcome, k.outcome_words_id
    FROM requests k JOIN people p ON p.id = k.person_id"""

_ITEMS = """SELECT t.id, t.request_id, t.part, t.number, t.kind, t.ref, t.agency_id, a.name AS agency,
    COALESCE(j.located, 0) AS located, t.author_id,
    CASE WHEN v.agency_id = t.agency_id THEN v.team_id END AS author_team, t.note_id, t.day,
    t.decision, t.exemption, t.told, t.words_id, t.decided_by, t.decided_at
    FROM request_items t JOIN requests k ON k.id = t.request_id JOIN people p ON p.id = k.person_id
    LEFT JOIN agencies a ON a.id = t.agency_id LEFT JOIN agency_kinds j ON j.code = a.kind
    LEFT JOIN practitioners v ON v.id = t.author_id"""

# What the authority itself keeps is nobody's words: whoever handles the request decides about it.
_DECIDES = f"""({access.ITEM_REVIEWED} OR (t.agency_id IS NULL AND {access.REQUEST_HANDLED}))"""

_HAS_ITEM = f"""EXISTS (SELECT 1 FROM request_items t WHERE t.request_id = k.id AND {_DECIDES})"""
_WATCHES = f"""EXISTS (SELECT 1 FROM request_parts g WHERE g.request_id = k.id
    AND {access.PART_WATCHED})"""
# Whoever added somebody goes on as if that were somebody new, though they are restricted by now.
_TOOK = f"""(k.made_by = :me AND ({access.MAY_KNOW}
    OR (p.made_by = :me AND NOT {access.LEFT} AND NOT {access.CONFLICTED})))"""
_READ = f"({access.REQUEST_HANDLED} OR {_HAS_ITEM} OR {_WATCHES})"
_SHOWN = f"({_TOOK} OR {_READ})"


def add(tx: Tx, **columns: Any) -> str:
    """Write down that a record is asked for; give the id."""
    id = new_id()
    tx.insert("requests", id=id, made_at=tx.now, **columns)
    tx.insert("request_parts", request_id=id, part=MAIN)
    return id


def taken(db: Reads, identity_id: str, by: str, received_on: str, asker: str) -> list[Kept]:
    """Give the requests about a person that somebody took of an asker's kind, of a day, and that wait."""
    rows = db.query(
        f"""{_REQUESTS} WHERE p.identity_id = :identity AND k.made_by = :by
        AND k.received_on = :day AND k.asker = :asker AND k.ended_at IS NULL ORDER BY k.id""",
        identity=identity_id,
        by=by,
        day=received_on,
        asker=asker,
    )
    return [Kept(**row) for row in rows]


def find(db: Reads, request_id: str) -> Kept | None:
    """Give a request, whoever asks: the rules come after."""
    row = db.one(f"{_REQUESTS} WHERE k.id = :id", id=request_id)
    return Kept(**row) if row else None


def hold(tx: Tx, request_id: str) -> None:
    """Let what changes a request at the same moment follow one another (see `people.hold`)."""
    tx.change("UPDATE requests SET made_by = made_by WHERE id = :id", id=request_id)


def shown(tx: Tx, me: Me) -> list[Kept]:
    """Give the requests that somebody took, handles or decides about, the oldest that wait first."""
    rows = tx.query(
        f"""{_REQUESTS} WHERE {_SHOWN}
        ORDER BY CASE WHEN k.ended_at IS NULL THEN 0 ELSE 1 END, k.received_on, k.id LIMIT {SHOWN:d}""",
        **access.params(me, tx),
    )
    return [Kept(**row) for row in rows]


def change(tx: Tx, request_id: str, **columns: Any) -> None:
    """Write columns of a request."""
    tx.change(
        f"UPDATE requests SET {', '.join(f'{name} = :{name}' for name in columns)} WHERE id = :id",
        id=request_id,
        **columns,
    )


def add_check(tx: Tx, request_id: str, kind: str, answer: str, by: str, words: str | None) -> None:
    """Write what was found when something was checked."""
    tx.insert(
        "request_checks",
        id=new_id(),
        request_id=request_id,
        kind=kind,
        answer=answer,
        words_id=words,
        made_by=by,
        made_at=tx.now,
    )


def checks(db: Reads, request_id: str) -> dict[str, Check]:
    """Give the newest check of each kind."""
    rows = db.rows(
        Check._make,
        """SELECT c.kind, c.answer, c.words_id, w.name, c.made_at FROM request_checks c
        JOIN practitioners w ON w.id = c.made_by
        WHERE c.request_id = :id ORDER BY c.made_at, c.id""",
        id=request_id,
    )
    return {check.kind: check for check in rows}


def exemptions(db: Reads) -> list[Exemption]:
    """Give the authority's list of exemptions, in its order, with those that are offered no more."""
    return db.rows(
        Exemption._make,
        "SELECT code, label, law, parent, retired FROM exemptions ORDER BY position, code",
    )


# --- Items ---------------------------------------------------------------------------------------


def add_items(tx: Tx, request_id: str, part: str, rows: Sequence[Row]) -> None:
    """Write the items of a part, numbered in their order."""
    if part != MAIN:
        tx.insert("request_parts", request_id=request_id, part=part)
    tx.insert_all(
        "request_items",
        (
            {"id": new_id(), "request_id": request_id, "part": part, "number": n, "told": 0, **row}
            for n, row in enumerate(rows, start=1)
        ),
    )


def items(db: Reads, request_id: str, part: str) -> list[Item]:
    """Give all items of a part, in order."""
    rows = db.query(
        f"{_ITEMS} WHERE t.request_id = :id AND t.part = :part ORDER BY t.number",
        id=request_id,
        part=part,
    )
    return [Item(**row) for row in rows]


def decided_by_me(tx: Tx, me: Me, request_id: str) -> list[Item]:
    """Give the items of a request that are somebody's to decide, in order."""
    rows = tx.query(
        f"{_ITEMS} WHERE t.request_id = :id AND {_DECIDES} ORDER BY t.part, t.number",
        id=request_id,
        **access.params(me, tx),
    )
    return [Item(**row) for row in rows]


def is_supervised(db: Reads, item: Item) -> bool:
    """Say whether anybody supervises who wrote an item, at the agency that controls it."""
    return bool(
        db.query(
            """SELECT 1 FROM roles r JOIN practitioners u ON u.id = r.practitioner_id
            WHERE r.role = 'supervisor' AND r.scope_id = :team AND r.ended_at IS NULL
            AND u.left_at IS NULL LIMIT 1""",
            team=item.author_team,
        )
    )


def supporting(db: Reads, identity_id: str, agencies: Sequence[str]) -> set[str]:
    """Give those of these agencies that support a person, or did, as they or the lead say."""
    rows = db.query(
        f"""SELECT DISTINCT i.agency_id FROM live_involvements i
        WHERE i.identity_id = :id AND i.agency_id IN (:ids) AND {access.ADMITS}""",
        id=identity_id,
        ids=agencies,
    )
    return {row["agency_id"] for row in rows}


def reviewing(db: Reads, identity_id: str, agencies: Sequence[str]) -> set[str]:
    """Give those of these agencies where somebody may decide about items of a person: of a closed record,
    somebody who is named on it."""
    rows = db.query(
        """SELECT DISTINCT w.agency_id FROM roles r JOIN practitioners w ON w.id = r.practitioner_id
        WHERE w.agency_id IN (:ids) AND r.role IN ('supervisor', 'safeguarding lead')
        AND r.ended_at IS NULL AND w.left_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM restrictions x JOIN people q ON q.id = x.person_id
            WHERE q.identity_id = :identity AND x.ended_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM restriction_names y
                WHERE y.restriction_id = x.id AND y.practitioner_id = w.id))""",
        ids=agencies,
        identity=identity_id,
    )
    return {row["agency_id"] for row in rows}


def decide(tx: Tx, item_id: str, **columns: Any) -> None:
    """Write what was decided of an item."""
    tx.change(
        f"""UPDATE request_items SET {", ".join(f"{name} = :{name}" for name in columns)}
        WHERE id = :id""",
        id=item_id,
        **columns,
    )


def parts(db: Reads, request_id: str) -> dict[str, Part]:
    """Give the parts of a request, by their names."""
    rows = db.query(
        """SELECT g.part, g.governance_by, w.name AS governance, g.governance_at, g.controller_by,
            v.name AS controller, g.controller_at, g.signed_text, g.handed_by, g.handed_at
        FROM request_parts g LEFT JOIN practitioners w ON w.id = g.governance_by
        LEFT JOIN practitioners v ON v.id = g.controller_by WHERE g.request_id = :id""",
        id=request_id,
    )
    return {row["part"]: Part(**row) for row in rows}


def sign(tx: Tx, request_id: str, part: str, **columns: Any) -> None:
    """Write columns of a part: who signed it, who handed it over."""
    tx.change(
        f"""UPDATE request_parts SET {", ".join(f"{name} = :{name}" for name in columns)}
        WHERE request_id = :request AND part = :part""",
        request=request_id,
        part=part,
        **columns,
    )


def unsign(tx: Tx, request_id: str) -> None:
    """Take back the signatures of all parts that were not handed over: one statement, however many parts
    sensitive services have to themselves."""
    tx.change(
        """UPDATE request_parts SET governance_by = NULL, governance_at = NULL, controller_by = NULL,
        controller_at = NULL, signed_text = NULL WHERE request_id = :request AND handed_at IS NULL""",
        request=request_id,
    )


# --- Telling -------------------------------------------------------------------------------------


def concerned(tx: Tx, request_id: str) -> set[str]:
    """Give everyone a request may concern: governance leads, and who may decide about its items."""
    rows = tx.query(
        """SELECT r.practitioner_id AS id FROM roles r
        JOIN practitioners w ON w.id = r.practitioner_id
        WHERE r.ended_at IS NULL AND w.left_at IS NULL AND (r.role = 'governance lead'
            OR (r.role IN ('supervisor', 'safeguarding lead') AND w.agency_id IN
                (SELECT t.agency_id FROM request_items t WHERE t.request_id = :id)))""",
        id=request_id,
    )
    return {row["id"] for row in rows}


def is_handled_by(tx: Tx, me: Me, request_id: str) -> bool:
    """Say whether somebody handles a request."""
    return _holds(tx, me, request_id, access.REQUEST_HANDLED)


def is_shown(tx: Tx, me: Me, request_id: str) -> bool:
    """Say whether somebody took, handles or decides about a request."""
    return _holds(tx, me, request_id, _SHOWN)


def is_read_by(tx: Tx, me: Me, request_id: str) -> bool:
    """Say whether somebody handles a request or decides about it: not only took it."""
    return _holds(tx, me, request_id, _READ)


def waits_for(tx: Tx, me: Me, request_id: str) -> bool:
    """Say whether an item of a request waits for somebody's decision."""
    waiting = f"""EXISTS (SELECT 1 FROM request_items t
        WHERE t.request_id = k.id AND t.decision IS NULL AND {_DECIDES})"""
    return _holds(tx, me, request_id, waiting)


def _holds(tx: Tx, me: Me, request_id: str, rule: str) -> bool:
    return bool(
        tx.query(
            f"""SELECT 1 FROM requests k JOIN people p ON p.id = k.person_id
            WHERE k.id = :id AND {rule} LIMIT 1""",
            id=request_id,
            **access.params(me, tx),
        )
    )


def waiting(db: Reads) -> list[Kept]:
    """Give the requests that are not ended."""
    rows = db.query(f"{_REQUESTS} WHERE k.ended_at IS NULL ORDER BY k.received_on, k.id")
    return [Kept(**row) for row in rows]


def has_handler(tx: Tx, kept: Kept) -> bool:
    """Say whether there is a governance lead who handles a request."""
    rows = tx.query(
        """SELECT DISTINCT r.practitioner_id AS id FROM roles r
        JOIN practitioners w ON w.id = r.practitioner_id
        WHERE r.role = 'governance lead' AND r.ended_at IS NULL AND w.left_at IS NULL
        AND (r.scope = 'authority' OR r.scope_id = :agency)""",
        agency=kept.agency_id,
    )
    return any(is_handled_by(tx, access.me(tx, row["id"]), kept.id) for row in rows)
