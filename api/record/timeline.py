"""The timeline: what happened around a person, of every kind, newest day first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.errors import Invalid
from api.record import briefs, reading
from api.record.briefs import Brief
from api.store import Tx
from api.store import notes as stored_notes
from api.store import timeline as stored
from api.store.engine import Row
from api.store.timeline import Event
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

PAGE = 30
TEXT_LENGTH = 280


@dataclass(frozen=True)
class Entry:
    """One thing on one day.

    `kind` is one of: worry, contact, strength, involvement begun, involvement ended, plan begun,
    plan ended, born, died, moved. `what` says it in words; `text` is the beginning of a note,
    `felt` where that is what its author thinks or feels; `who` and `agency` say whose note or whose involvement, `source` who says so.
    """

    day: str
    time: str
    kind: str
    what: str
    text: str
    felt: bool
    who: str
    agency: str
    note_id: str | None
    withdrawn: bool
    source: str
    as_of: str


@dataclass(frozen=True)
class Timeline:
    """A page of a timeline; `more` is where the next one begins."""

    brief: Brief
    entries: Sequence[Entry]
    more: str | None


def of(actor: Actor, person_id: str, before: str | None = None) -> Timeline:
    """Give what happened around a person, thirty entries at a time, from `before` on (the `more`
    of the page before). Notes that are shown count as read.

    Raises NotFound or NotAllowed outside the circle's sight, Invalid for what is no cursor.
    """
    after = _cursor(before)
    notes: list[str] = []

    def looking(tx: Tx) -> Timeline:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.TIMELINE_LOOKED)
        identity = verdict.standing.identity_id
        events = stored.of(tx, identity, verdict.standing.me, after, PAGE + 1)
        audit.allowed(tx, actor, Action.TIMELINE_LOOKED, subjects=[identity], reason=verdict.reason)
        kept = events[:PAGE]
        notes[:] = [event.id for event in kept if event.kind == "note"]
        return Timeline(
            brief=briefs.shown(tx, verdict, person_id),
            entries=_entries(tx, actor, verdict, kept),
            more=_more(kept[-1]) if len(events) > PAGE else None,
        )

    timeline = actor.store.look(looking)
    if notes:
        actor.store.upkeep(lambda tx: stored_notes.mark(tx, notes, actor.id, "read"))
    return timeline


def _entries(tx: Tx, actor: Actor, verdict: Verdict, events: Sequence[Event]) -> list[Entry]:
    me = verdict.standing.me
    notes = stored.notes(tx, me, _ids(events, "note"))
    words = actor.authority.vault.open(tx, [row["words_id"] for row in notes.values()])
    rows = {
        **stored.involvements(tx, me, _ids(events, "involvement begun", "involvement ended")),
        **stored.plans(tx, me, _ids(events, "plan begun", "plan ended")),
        **stored.particulars(tx, me, _ids(events, "born", "died")),
        **stored.addresses(tx, me, _ids(events, "moved")),
    }
    return [
        _note(event, notes[event.id], words, verdict.location_hidden)
        if event.kind == "note"
        else _fact(event, rows[event.id])
        for event in events
    ]


def _note(event: Event, row: Row, words: dict[str, str], located: bool) -> Entry:
    said = json.loads(words.get(row["words_id"], "{}"))
    text = said.get("saw") or said.get("thinks") or ""
    return Entry(
        day=event.day,
        time=row["happened_time"] or "",
        kind=row["kind"],
        what=(row["contact"] or row["kind"]).capitalize(),
        text="" if row["withdrawn"] else _short(text),
        felt=not said.get("saw"),
        who=row["author"] or reading.SOMEBODY,
        agency=briefs.HIDDEN_PLACE
        if located and row["located"]
        else row["agency"] or reading.THROUGH_THE_RELAY,
        note_id=event.id,
        withdrawn=bool(row["withdrawn"]),
        source="",
        as_of=row["made_at"],
    )


_WORDING = {
    "involvement begun": "{role} began",
    "involvement ended": "{role} ended",
    "plan begun": "{label} began",
    "plan ended": "{label} ended",
    "born": "Born",
    "died": "Died",
    "moved": "Moved to {place}",
}


def _fact(event: Event, row: Row) -> Entry:
    return Entry(
        day=event.day,
        time="",
        kind=event.kind,
        what=_WORDING[event.kind].format(**row, place=_place(row)),
        text="",
        felt=False,
        who=row.get("who", ""),
        agency=row.get("agency", ""),
        note_id=None,
        withdrawn=False,
        source=row["source"],
        as_of=row["as_of"],
    )


def _place(row: Row) -> str:
    return ", ".join(part for part in (row.get("lines"), row.get("postcode")) if part)


def _ids(events: Sequence[Event], *kinds: str) -> list[str]:
    return [event.id for event in events if event.kind in kinds]


def _short(text: str) -> str:
    if len(text) <= TEXT_LENGTH:
        return text
    return text[:TEXT_LENGTH].rsplit(" ", 1)[0] + "…"


def _more(event: Event) -> str:
    return f"{event.day}~{event.at}~{event.kind}~{event.id}"


def _cursor(before: str | None) -> Event | None:
    if not before:
        return None
    parts = before.split("~")
    if len(parts) != 4:
        raise Invalid("There is no such page. Go back to the beginning of the timeline.")
    return Event(*parts)
