"""Who looked at whom, as governance leads and the circle may read it from the trail.

Whoever the reader does not watch over, and whoever is closed to the reader, is left out in the query
that finds rows: nothing that is counted, paged or timed knows of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from api.store import access, precedence
from api.store.access import Me
from api.store.engine import Row, Tx

# A page that is read on: whatever happened before this moment, and this row.
Before = tuple[str, str]


class Event(NamedTuple):
    """One row of the trail. `object` is whose page it was, where it was somebody's."""

    id: str
    at: str
    actor: str
    action: str
    verdict: str
    reason: str
    object: str | None
    words_id: str | None


class Looker(NamedTuple):
    """Who looked: a practitioner, or the token of another system."""

    id: str
    name: str
    job: str
    agency: str
    located: int
    is_system: int


class Agency(NamedTuple):
    """An agency whose people the reader watches over."""

    id: str
    name: str
    people: int


class Colleague(NamedTuple):
    """Somebody whom the reader watches over."""

    id: str
    name: str
    job: str
    left_at: str | None


class DayLook(NamedTuple):
    """One look at a person, as their circle may see it."""

    at: str
    actor: str
    action: str
    reason: str


_EVENT = "e.id, e.at, e.actor, e.action, e.verdict, e.reason, e.object, e.words_id"
# Who wrote or answered through the relay is for their own agency to know, whatever agency that is.
_NO_RELAY = f"""(e.action NOT IN ('ask:answered', 'answer:taken-back', 'relay:looked')
        OR e.agency_id = :my_agency)
    AND NOT EXISTS (SELECT 1 FROM notes n WHERE n.id = e.object AND n.author_id = e.actor
        AND NOT {access.AUTHOR_SHOWN})"""
_WATCHED = f"""{access.watched("e.actor", "e.agency_id")} AND {_NO_RELAY}"""
# The rows about a person: those of their records, and those of another's while the two were linked, which
# were about both.
_RECORDS = "SELECT z.id FROM people z WHERE z.identity_id = :identity"
_ABOUT = f"""SELECT s.event_id FROM audit_subjects s WHERE s.person_id IN ({_RECORDS})
    UNION SELECT s.event_id FROM identity_links l JOIN audit_subjects s ON s.person_id = l.to_identity
        JOIN audit_events v ON v.id = s.event_id WHERE l.from_identity IN ({_RECORDS})
        AND l.undone_at IS NOT NULL AND v.at >= l.made_at AND v.at < l.undone_at"""
_BEFORE = "(e.at < :at OR (e.at = :at AND e.id < :id))"
_NEWEST = "ORDER BY e.at DESC, e.id DESC"
_LAST = ("9", "")


def by_person(tx: Tx, me: Me, identity_id: str, before: Before | None, limit: int) -> list[Event]:
    """Give the rows about a person, under any of their records, newest first."""
    return tx.rows(
        Event._make,
        f"""SELECT {_EVENT}
        FROM ({_ABOUT}) x
        CROSS JOIN audit_events e WHERE e.id = x.event_id AND {_BEFORE}
        AND {_WATCHED} AND {access.EVENT_OPEN} {_NEWEST} LIMIT {limit:d}""",
        identity=identity_id,
        **_cursor(before),
        **access.params(me, tx),
    )


def by_practitioner(
    tx: Tx, me: Me, practitioner_id: str, before: Before | None, limit: int
) -> list[Event]:
    """Give the rows that a practitioner left, newest first."""
    return tx.rows(
        Event._make,
        f"""SELECT {_EVENT} FROM audit_events e WHERE e.actor = :actor AND {_BEFORE}
        AND {_WATCHED} AND {access.EVENT_OPEN} {_NEWEST} LIMIT {limit:d}""",
        actor=practitioner_id,
        **_cursor(before),
        **access.params(me, tx),
    )


def on_a_day(
    tx: Tx,
    me: Me,
    practitioner_id: str,
    identity_id: str | None,
    day: tuple[str, str],
    actions: Sequence[str],
    limit: int,
) -> list[Event]:
    """Give what of these a practitioner did between two moments: about a person, or (about nobody in
    particular) about everybody."""
    about = f"""AND e.id IN
        (SELECT s.event_id FROM audit_subjects s WHERE s.person_id IN ({_RECORDS}))"""
    return tx.rows(
        Event._make,
        f"""SELECT {_EVENT} FROM audit_events e WHERE e.actor = :actor
        AND e.at >= :from AND e.at < :until AND e.action IN (:actions) AND {_WATCHED} AND {access.EVENT_OPEN}
        {about if identity_id else ""} {_NEWEST} LIMIT {limit:d}""",
        actor=practitioner_id,
        identity=identity_id,
        actions=actions,
        **{"from": day[0], "until": day[1]},
        **access.params(me, tx),
    )


def around(
    tx: Tx,
    me: Me,
    identity_id: str,
    until: str,
    actions: Sequence[str],
    limit: int,
) -> list[DayLook]:
    """Give who did which of these about a person before a moment, newest first, for somebody in their
    circle."""
    return tx.rows(
        DayLook._make,
        f"""SELECT e.at, e.actor, e.action, e.reason
        FROM ({_ABOUT}) x
        CROSS JOIN audit_events e WHERE e.id = x.event_id AND e.at < :until
        AND e.verdict = 'allowed' AND e.agency_id IS NOT NULL AND e.action IN (:actions)
        AND {access.look_shown("e.actor", ":identity")} AND {access.EVENT_OPEN}
        {_NEWEST} LIMIT {limit:d}""",
        identity=identity_id,
        until=until,
        actions=actions,
        **access.params(me, tx),
    )


def shown_in(tx: Tx, me: Me, event_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Give whom these rows are about, as pairs of the row and the identity; nobody closed to `me`."""
    return tx.rows(
        lambda row: (row[0], row[1]),
        f"""SELECT DISTINCT s.event_id, p.identity_id FROM audit_subjects s
        JOIN people p ON p.id = s.person_id
        WHERE s.event_id IN (:ids) AND s.person_id NOT IN ({access.CLOSED_RECORDS})
        ORDER BY s.event_id, p.identity_id""",
        ids=event_ids,
        **access.params(me, tx),
    )


def closed(tx: Tx, me: Me, identities: Sequence[str]) -> set[str]:
    """Give those of these people who are closed to `me`."""
    rows = tx.query(
        f"""SELECT DISTINCT p.identity_id FROM people p
        WHERE p.identity_id IN (:ids) AND p.id IN ({access.CLOSED_RECORDS})""",
        ids=identities,
        **access.params(me, tx),
    )
    return {row["identity_id"] for row in rows}


def lookers(tx: Tx, ids: Sequence[str]) -> dict[str, Looker]:
    """Give who these are: practitioners and the tokens of other systems, by id."""
    rows = tx.rows(
        Looker._make,
        """SELECT w.id, w.name, w.job, a.name, k.located, 0 FROM practitioners w
        JOIN agencies a ON a.id = w.agency_id JOIN agency_kinds k ON k.code = a.kind
        WHERE w.id IN (:ids)
        UNION ALL SELECT t.id, t.name, 'another system', a.name, k.located, 1 FROM tokens t
        JOIN agencies a ON a.id = t.agency_id JOIN agency_kinds k ON k.code = a.kind
        WHERE t.id IN (:ids)""",
        ids=ids,
    )
    return {one.id: one for one in rows}


def watched_agencies(tx: Tx, me: Me) -> list[Agency]:
    """Give the agencies somebody of whom `me` watches over, by name, and how many they are."""
    return tx.rows(
        Agency._make,
        f"""SELECT a.id, a.name, COUNT(*) FROM practitioners w JOIN agencies a ON a.id = w.agency_id
        WHERE {access.watched("w.id", "w.agency_id")}
        GROUP BY a.id, a.name ORDER BY a.name, a.id""",
        **access.params(me, tx),
    )


def watched_staff(tx: Tx, me: Me, agency_id: str, after: int, limit: int) -> list[Colleague]:
    """Give whom of an agency `me` watches over, who left included, by name."""
    return tx.rows(
        Colleague._make,
        f"""SELECT w.id, w.name, w.job, w.left_at FROM practitioners w
        WHERE w.agency_id = :agency AND {access.watched("w.id", "w.agency_id")}
        ORDER BY w.name, w.id LIMIT {limit:d} OFFSET {after:d}""",
        agency=agency_id,
        **access.params(me, tx),
    )


def watched_one(tx: Tx, me: Me, practitioner_id: str) -> Colleague | None:
    """Give somebody whom `me` watches over, or None."""
    return next(
        iter(
            tx.rows(
                Colleague._make,
                f"""SELECT w.id, w.name, w.job, w.left_at FROM practitioners w
                WHERE w.id = :id AND {access.watched("w.id", "w.agency_id")}""",
                id=practitioner_id,
                **access.params(me, tx),
            )
        ),
        None,
    )


def named_so(tx: Tx, me: Me, first_key: str, last_key: str, born_on: str) -> list[str]:
    """Give who is known by this full name, folded, and born on this day, as far as `me` may know."""
    return _ids(
        tx,
        me,
        f"""SELECT DISTINCT f.identity_id FROM live_names f
        JOIN live_particulars z ON z.identity_id = f.identity_id
        WHERE f.last_key = :last AND f.first_key = :first AND z.born_on = :born_on
        AND {access.FACT_SHOWN} AND {access.fact_shown("z")}
        AND {access.not_closed("f.identity_id")} ORDER BY f.identity_id LIMIT 20""",
        first=first_key,
        last=last_key,
        born_on=born_on,
    )


def numbered_so(tx: Tx, me: Me, nhs: str) -> list[str]:
    """Give who has this NHS number, as far as `me` may know."""
    return _ids(
        tx,
        me,
        f"""SELECT DISTINCT f.identity_id FROM live_identifiers f
        WHERE f.scheme = 'nhs' AND f.value = :nhs AND {access.FACT_SHOWN}
        AND {access.not_closed("f.identity_id")} ORDER BY f.identity_id LIMIT 20""",
        nhs=nhs,
    )


def districts(tx: Tx, me: Me, identities: Sequence[str]) -> dict[str, str]:
    """Give the postcode of where each of them lives, as far as `me` may know where."""
    rows = tx.query(
        f"""SELECT f.identity_id, f.postcode FROM live_addresses f JOIN people p ON p.id = f.identity_id
        WHERE f.identity_id IN (:ids) AND f.postcode <> '' AND f.kind = 'home'
        AND (f.valid_to IS NULL OR f.valid_to > :today)
        AND {access.FACT_SHOWN} AND NOT {access.LOCATION_HIDDEN} ORDER BY {precedence.order("f")}""",
        ids=identities,
        **access.params(me, tx),
    )
    found: dict[str, str] = {}
    for row in rows:
        found.setdefault(row["identity_id"], row["postcode"])
    return found


# --- Purposes --------------------------------------------------------------------------------------

# What followed a purpose within its shift: `g` is the grant, `q` the person's record.
_FOLLOWED = {
    "noted": """EXISTS (SELECT 1 FROM note_subjects b JOIN notes n ON n.id = b.note_id
        WHERE b.identity_id = q.identity_id AND n.author_id = g.practitioner_id AND n.hidden IS NULL
        AND n.made_at >= g.made_at AND n.made_at <= g.until {shown})""",
    "joined": """EXISTS (SELECT 1 FROM involvements i JOIN people j ON j.id = i.person_id
        WHERE j.identity_id = q.identity_id AND i.practitioner_id = g.practitioner_id
        AND i.recorded_at >= g.made_at AND i.recorded_at <= g.until)""",
    "taken_on": """EXISTS (SELECT 1 FROM grants t JOIN people j ON j.id = t.person_id
        WHERE j.identity_id = q.identity_id AND t.practitioner_id = g.practitioner_id
        AND t.kind = 'taken on' AND t.made_at >= g.made_at AND t.made_at <= g.until)""",
}
_FLAGS = ", ".join(
    f"CASE WHEN {sql.replace('{shown}', f'AND {access.AUTHOR_SHOWN}')} THEN 1 ELSE 0 END AS {name}"
    for name, sql in _FOLLOWED.items()
)
NOTHING_FOLLOWED = " AND ".join(f"NOT {sql.replace('{shown}', '')}" for sql in _FOLLOWED.values())


class Purpose(NamedTuple):
    """A purpose that somebody gave, and what followed within the shift that it held for."""

    id: str
    at: str
    until: str
    practitioner_id: str
    identity_id: str
    purpose: str
    words_id: str | None
    noted: int
    joined: int
    taken_on: int


def purposes(tx: Tx, me: Me, purpose: str, before: Before | None, limit: int) -> list[Purpose]:
    """Give the purposes that practitioners gave, newest first: all, or where one is named that one."""
    return tx.rows(
        Purpose._make,
        f"""SELECT g.id, g.made_at, g.until, g.practitioner_id, q.identity_id, g.purpose, g.words_id,
            {_FLAGS}
        FROM grants g JOIN people q ON q.id = g.person_id
        JOIN practitioners w ON w.id = g.practitioner_id
        WHERE g.kind = 'purpose' AND (:purpose = '' OR g.purpose = :purpose)
        AND (g.made_at < :at OR (g.made_at = :at AND g.id < :id))
        AND {access.watched("g.practitioner_id", "w.agency_id")}
        AND {access.not_closed("g.person_id")}
        ORDER BY g.made_at DESC, g.id DESC LIMIT {limit:d}""",
        purpose=purpose,
        **_cursor(before),
        **access.params(me, tx),
    )


def _cursor(before: Before | None) -> Mapping[str, str]:
    at, id = before or _LAST
    return {"at": at, "id": id}


def _ids(tx: Tx, me: Me, sql: str, **params: str) -> list[str]:
    rows: list[Row] = tx.query(sql, **params, **access.params(me, tx))
    return [row["identity_id"] for row in rows]
