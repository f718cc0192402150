"""Inboxes: what a practitioner was told and may know of."""

from __future__ import annotations

from dataclasses import dataclass

from api.store import access
from api.store.engine import Reads, Row, Tx
from api.store.telling import STANDS, Event, Kind


@dataclass(frozen=True)
class Item:
    """Something in an inbox. `by` is who did it, where the reader may know."""

    id: str
    kind: Kind
    at: str
    unread: bool
    actor_id: str | None
    note_id: str | None
    person_id: str | None
    practitioner_id: str | None
    note_kind: str | None
    note_made_at: str | None
    author_id: str | None
    by: str
    by_agency: str
    source: str | None
    source_code: str | None
    correction_id: str | None = None
    request_id: str | None = None
    source_id: str | None = None
    ask_id: str | None = None
    relayed: bool = False


# Whom a practitioner may know of at all; who made a record goes on seeing their own words there.
_KNOWN = f"""({access.MAY_KNOW} OR (NOT {access.LEFT} AND NOT {access.CONFLICTED}
    AND EXISTS (SELECT 1 FROM people q WHERE q.identity_id = p.identity_id AND q.made_by = :me)))"""

# What must not be known is not in the inbox; what can no longer be opened for any other reason is.
_LISTED = f"""d.practitioner_id = :me AND d.channel = 'inbox' AND {STANDS}
    AND (e.kind IN ('left', 'wrong person', 'breach overdue', 'closed to one') OR (
        (e.note_id IS NULL OR {access.NOTE_SHOWN})
        AND NOT EXISTS (SELECT 1 FROM people p WHERE p.id = e.person_id AND NOT {_KNOWN})
        AND NOT EXISTS (SELECT 1 FROM note_subjects b JOIN people p ON p.id = b.person_id
            WHERE b.note_id = e.note_id AND NOT {_KNOWN}))
        OR (e.kind = 'note' AND {access.OVER_CLOSED}))"""

# Reading a note on the child's own page is reading it.
_UNREAD = """d.read_at IS NULL AND NOT (e.kind = 'note' AND EXISTS (SELECT 1 FROM note_marks m
    WHERE m.note_id = e.note_id AND m.practitioner_id = :me AND m.mark = 'read'
    AND m.made_at >= e.made_at))"""

_ITEMS = """FROM deliveries d JOIN outbox e ON e.id = d.event_id
    LEFT JOIN notes n ON n.id = e.note_id LEFT JOIN sources s ON s.id = e.source_id"""

# Who did it: not said of somebody from a sensitive agency, but for the author of a note shown.
_BY_SHOWN = f"""((e.kind = 'note' AND {access.AUTHOR_SHOWN})
    OR (e.kind <> 'note' AND {access.AGENCY_SHOWN}))"""


def items(tx: Tx, me: access.Me, *, before: str, limit: int, only: str | None = None) -> list[Item]:
    """Give what somebody was told and may know of, newest first.

    `before` is an item's id or empty; `only` keeps to one item.
    """
    rows = tx.query(
        f"""SELECT d.id, e.kind, e.made_at AS at, e.actor_id, e.note_id, e.person_id,
            e.practitioner_id, n.kind AS note_kind, n.made_at AS note_made_at, n.author_id,
            s.name AS source, s.code AS source_code, e.correction_id, e.request_id, e.source_id, e.ask_id,
            CASE WHEN e.kind = 'note' AND NOT {access.AUTHOR_SHOWN} THEN 1 ELSE 0 END AS relayed,
            CASE WHEN {_UNREAD} THEN 1 ELSE 0 END AS unread,
            CASE WHEN {_BY_SHOWN} THEN COALESCE(w.name, t.name) END AS by_name,
            CASE WHEN {_BY_SHOWN} THEN a.name END AS by_agency
        {_ITEMS} LEFT JOIN practitioners w ON w.id = COALESCE(e.practitioner_id, e.actor_id)
        LEFT JOIN tokens t ON t.id = e.actor_id
        LEFT JOIN agencies a ON a.id = COALESCE(w.agency_id, t.agency_id)
        WHERE {_LISTED} AND d.id = COALESCE(:only, d.id) AND (:before = '' OR (d.made_at, d.id) <
            (SELECT x.made_at, x.id FROM deliveries x
                WHERE x.id = :before AND x.practitioner_id = :me))
        ORDER BY d.made_at DESC, d.id DESC LIMIT {limit:d}""",
        before=before,
        only=only,
        **access.params(me, tx),
    )
    return [_item(row) for row in rows]


def count_unread(db: Reads, *, limit: int, **params: str) -> int:
    """Count what `items` would give as unread, up to `limit`; `params` as of `access.params`."""
    rows = db.query(
        f"""SELECT COUNT(*) AS number FROM (SELECT d.id {_ITEMS}
        WHERE {_LISTED} AND {_UNREAD} LIMIT {limit:d}) AS unread""",
        **params,
    )
    return int(rows[0]["number"])


def find(tx: Tx, practitioner_id: str, item_id: str) -> Event | None:
    """Give the event behind an item of somebody's own inbox, or None."""
    row = tx.one(
        """SELECT e.id, e.kind, e.actor_id, e.note_id, e.person_id, e.practitioner_id, e.source_id,
            e.correction_id, e.request_id, e.made_at, e.reveal_id, e.ask_id, e.answer_id, e.call_id
        FROM deliveries d JOIN outbox e ON e.id = d.event_id
        WHERE d.id = :id AND d.practitioner_id = :who AND d.channel = 'inbox'""",
        id=item_id,
        who=practitioner_id,
    )
    return Event(**row) if row else None


def mark_read(tx: Tx, item_id: str) -> None:
    """Mark an item as read; the first time stays."""
    tx.change(
        "UPDATE deliveries SET read_at = :now WHERE id = :id AND read_at IS NULL",
        now=tx.now,
        id=item_id,
    )


def _item(row: Row) -> Item:
    by, agency = row.pop("by_name"), row.pop("by_agency")
    row["unread"], row["relayed"] = bool(row["unread"]), bool(row["relayed"])
    return Item(**{**row, "by": by or "", "by_agency": agency or ""})
