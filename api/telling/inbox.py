"""What I was told: listed as far as I may still know of it, opened only while I may still see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api import access, moment
from api.access import Sight, Verdict
from api.errors import NotAllowed, NotFound
from api.facts.sources import PRACTITIONERS
from api.record import briefs
from api.store import Tx
from api.store import inbox as stored
from api.store import people as stored_people
from api.store import telling as stored_events
from api.store.access import Me
from api.store.inbox import Item
from api.store.telling import Event
from api.telling import hearing
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

PAGE = 20
# A number beside a word: who has more than this unread has many.
COUNTED = 100

NO_SUCH_ITEM = "There is no such item in your inbox."
NO_LONGER = "You no longer have access to what this was about."


@dataclass(frozen=True)
class InboxItem:
    """One line of an inbox: one sentence, when it happened, and whether it was read."""

    id: str
    kind: str
    text: str
    at: str
    read: bool


@dataclass(frozen=True)
class InboxPage:
    """Some items, newest first; `more` is what to pass as `before` for the next ones."""

    items: Sequence[InboxItem]
    more: str | None


@dataclass(frozen=True)
class Opened:
    """Where an item leads: a note on a person's page, the person's page, a source (by its code), a line
    that is said to be wrong, a system that uses the API, what was asked of a circle, who rang through the
    relay, what is closed with nobody left, or its sentence alone. `kind` is what it tells of."""

    kind: str
    text: str
    person_id: str | None
    note_id: str | None
    source: str | None = None
    correction: str | None = None
    system: str | None = None
    request: str | None = None
    ask: str | None = None
    is_call: bool = False
    is_closed: bool = False


@dataclass(frozen=True)
class _Person:
    """Somebody an item is about."""

    id: str
    name: str
    verdict: Verdict

    @property
    def identity_id(self) -> str:
        return self.verdict.standing.identity_id


def list_items(actor: Actor, before: str | None = None) -> InboxPage:
    """Give what the actor was told, newest first, twenty at a time."""

    def looking(tx: Tx) -> InboxPage:
        me = access.who(tx, actor)
        found = stored.items(tx, me, before=before or "", limit=PAGE + 1)
        kept = found[:PAGE]
        about = _about(tx, me, kept)
        shown = {one.identity_id for people in about.values() for one in people}
        audit.allowed(tx, actor, Action.INBOX_LOOKED, subjects=sorted(shown))
        items = [
            InboxItem(item.id, item.kind, _text(me, item, about[item.id]), item.at, not item.unread)
            for item in kept
        ]
        return InboxPage(items, kept[-1].id if len(found) > PAGE else None)

    return actor.store.look(looking)


def unread(actor: Actor) -> int:
    """Count what the actor has not read, up to a hundred.

    A plain query for polling: it leaves no trace, because it shows nobody.
    """
    now = actor.store.now()
    return stored.count_unread(
        actor.store,
        limit=COUNTED,
        me=actor.id,
        my_agency=actor.agency_id or "",
        my_agency_kind=actor.agency_kind,
        now=now,
        today=moment.day(now).isoformat(),
    )


def open_item(actor: Actor, item_id: str) -> Opened:
    """Say where an item leads, and mark it as read. Access is asked again, as for everything else.

    Raises NotFound for what is not in the actor's inbox, or must not exist for them any more;
    NotAllowed for what they may no longer see.
    """

    def change(tx: Tx) -> Opened:
        event = stored.find(tx, actor.id, item_id)
        if event is None:
            audit.refused(tx, actor, Action.INBOX_OPENED, reason="not in the inbox", object=item_id)
            raise NotFound(NO_SUCH_ITEM)
        me = access.who(tx, actor)
        item = next(iter(stored.items(tx, me, before="", limit=1, only=item_id)), None)
        subjects = stored_people.identities(tx, _people(tx, event))
        if item is None or not _may_open(tx, actor, event):
            audit.refused(
                tx,
                actor,
                Action.INBOX_OPENED,
                subjects=subjects,
                reason="no longer shown",
                object=item_id,
            )
            raise NotAllowed(NO_LONGER) if item else NotFound(NO_SUCH_ITEM)
        stored.mark_read(tx, item_id)
        audit.allowed(tx, actor, Action.INBOX_OPENED, subjects=subjects, object=item_id)
        return _opened(me, item, _about(tx, me, [item])[item.id])

    return actor.store.write(change)


def _may_open(tx: Tx, actor: Actor, event: Event) -> bool:
    one = next(iter(stored_events.candidates(tx, [actor.id])), None)
    return one is not None and hearing.may_hear(tx, one, hearing.news_of(tx, event))


def _opened(me: Me, item: Item, about: Sequence[_Person]) -> Opened:
    """Lead to the note where its page shows it, else to the person, if there is one to show."""
    alone = Opened(item.kind, _text(me, item, about), None, None)
    if _is_over_closed(me, item, about):
        return replace(alone, is_closed=True)
    if item.correction_id and not _names_steward(me, item):
        return replace(alone, correction=item.correction_id)
    if item.correction_id:
        return replace(alone, source=item.source_code if access.may_see_sources(me) else None)
    if item.request_id:
        return replace(alone, request=item.request_id)
    if item.kind == "webhook stopped":
        return replace(alone, system=item.source_id)
    if item.source_code and not item.note_id:
        return replace(alone, source=item.source_code)
    if item.kind == "rung":
        return replace(alone, is_call=True)
    best = max(about, key=lambda one: one.verdict.sight, default=None)
    if best is None or item.kind == "wrong person":
        return alone
    shows_note = best.verdict.sight is Sight.CIRCLE or item.author_id == me.id
    note = item.note_id if shows_note else None
    return replace(alone, person_id=best.id, note_id=note, ask=item.ask_id)


def _about(tx: Tx, me: Me, items: Sequence[Item]) -> dict[str, list[_Person]]:
    """Give whom each item is about, as far as the reader may know of them."""
    people = {item.id: _people(tx, item) for item in items}
    known: dict[str, _Person] = {}
    for person in dict.fromkeys(one for those in people.values() for one in those):
        verdict = access.verdict(tx, me, person)
        if verdict.sight:
            known[person] = _Person(person, briefs.shown(tx, verdict, person).name, verdict)
    return {item: [known[one] for one in those if one in known] for item, those in people.items()}


def _people(tx: Tx, item: Item | Event) -> list[str]:
    if item.note_id:
        return stored_events.subjects(tx, item.note_id)
    return [item.person_id] if item.person_id else []


def _text(me: Me, item: Item, about: Sequence[_Person]) -> str:
    """Say in one sentence what happened, to whom, and by whom where the reader may know."""
    if _is_over_closed(me, item, about):
        return _OVER_CLOSED
    by = _by(item, about)
    sentence = _SENTENCES[item.kind] + (_NAME_ONE if _names_steward(me, item) else "")
    return sentence.format(
        what=_what(item),
        who=" and ".join(one.name for one in about) or "somebody",
        by=by,
        joined=by.removeprefix(", by ") or "somebody",
        whose="your" if item.author_id == me.id else "a",
        source=item.source,
        line=_line(item),
    )


def _is_over_closed(me: Me, item: Item, about: Sequence[_Person]) -> bool:
    """Whether somebody is told of a note only because nobody who is named on a closed record can read it."""
    sees = any(one.verdict.sight is Sight.CIRCLE for one in about)
    over = access.governs_authority(me) and not sees
    return over and item.kind == "note" and item.author_id != me.id


def _names_steward(me: Me, item: Item) -> bool:
    """Whether somebody is told of a line only because nobody is its source's data steward."""
    told = item.kind in ("correction", "correction overdue") and item.source_code != PRACTITIONERS
    return told and not access.holds(me, "data steward", item.source_id)


def _line(item: Item) -> str:
    by_hand = item.source_code == PRACTITIONERS
    return "a line that was said by hand" if by_hand else f"a line of {item.source}"


def _what(item: Item) -> str:
    revised = item.note_made_at is not None and item.at > item.note_made_at
    return f"{'Correction to a' if revised else 'New'} {item.note_kind}"


def _by(item: Item, about: Sequence[_Person]) -> str:
    """Name who did it; not to someone outside, who hears that their note was acted on, no more."""
    if item.relayed:
        return ", through the relay"
    within = any(
        one.verdict.sight is Sight.CIRCLE and not access.is_echo(one.verdict.standing)
        for one in about
    )
    if not item.by or (item.note_id and item.kind != "note" and not within):
        return ""
    # A school's or a surgery's name says where a child is.
    hidden = any(one.verdict.location_hidden for one in about)
    return f", by {item.by}" if hidden else f", by {item.by} ({item.by_agency})"


_OVER_CLOSED = (
    "Something was written about somebody whose record is closed, and nobody who is named on it can read "
    "it. Open the record, so that whoever supports them does."
)
_NAME_ONE = " Its source has no data steward who could answer: name one."

_SENTENCES = {
    "note": "{what} about {who}{by}",
    "reply": "Reply to {whose} note about {who}{by}",
    "noticed too": "Noticed too: {whose} note about {who}{by}",
    "acted on": "Acted on: {whose} note about {who}{by}",
    "wrong person": (
        "A note turned out to be about the wrong person. If you read it, do not use what it said."
    ),
    "directory look": "Looked up from outside the circle: {who}{by}",
    "taken on": "Taken on by the duty team: {who}{by}",
    "asked to join": "Asked to join the circle of {who}{by}",
    "identity linked": "Two records were joined: {who}",
    "joined": "Now in the circle of {who}: {joined}",
    "device": (
        "A new device was let in under your name. If it is not yours, revoke it and "
        "tell your supervisor."
    ),
    "released": (
        "Your supervisor put a note on the record that came in your name from a device that was shut "
        "out. If you did not write it, tell them."
    ),
    "discarded": (
        "Your supervisor refused a note that came in your name from a device that was shut out. It is "
        "on no record."
    ),
    "load stopped": (
        "A load of {source} has stopped, because much is missing from it. Nothing of it shows until "
        "somebody says yes."
    ),
    "correction": "Said to be wrong: {line}. It waits for an answer.",
    "correction answered": "Answered: what you said is wrong about {who}",
    "correction overdue": "An answer is overdue: {line} is said to be wrong",
    "difference": "A source says otherwise than what was confirmed about {who}. Which is right?",
    "webhook stopped": (
        "{source} is told nothing any more: it could not be reached, or did not take it. Start its "
        "webhook again once that is put right; nothing is lost meanwhile."
    ),
    "filing refused": "{source} refused the note about {who} that you filed there",
    "glass broken": "Opened for one hour in an emergency: the record of {who}{by}",
    "glass reviewed": (
        "A record that was opened in an emergency was reviewed by another team. Read what they found."
    ),
    "breach overdue": (
        "A note on the wrong person was not dealt with within 72 hours. Deal with it today."
    ),
    "revealed": "Somebody who supports {who} shows it to you. See who supports them.",
    "asked": "You are asked to ring about {who}{by}",
    "answered": "Answered: what you asked everyone who supports {who}",
    "rung": "Somebody rang you through the relay about {who}. Read who it was.",
    "record asked for": "Somebody asks for a copy of a record. Check who asks: the month has begun.",
    "items to decide": "A copy of a record is asked for: decide what your agency gives of it.",
    "items decided": "Every item of a record that was asked for is decided. It can be signed off.",
    "request overdue": "A copy of a record that was asked for is overdue",
    "request unhandled": (
        "A copy of the record of {who} is asked for, and no governance lead may deal with it. The answer is "
        "due within a month. If the record is closed, close it again and name a governance lead."
    ),
    "handler missing": (
        "A copy of a record is asked for, and no governance lead may deal with it. The answer is due within "
        "a month. See that there is a governance lead, and that whoever closes a record names one."
    ),
    "blacked out": (
        "Words were taken out of {whose} note about {who}, and answers to it: they are kept no longer"
    ),
    "closed to one": (
        "A record was closed so that one person alone can open it{by}. When they leave, nobody can. Ask them "
        "to name somebody else as well."
    ),
    "let in alone": (
        "The first device of {joined} was let in by the same person who invited them. Ask them whether it "
        "is theirs."
    ),
    "governance missing": (
        "The authority has no governance lead. What is written on a closed record that nobody can open "
        "reaches nobody until there is one. Name one today."
    ),
    "left": "Someone in your team has left, and what they held has passed to you{by}",
}
