"""Notes: a worry, a contact or a strength, put down in ten seconds and never edited away.

What was seen or heard and what is thought or felt are kept apart. A correction is a new revision,
a withdrawal has a reason, a contradiction stands beside what it contradicts.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import TYPE_CHECKING, Literal

from api import access, moment
from api.access import Sight, Verdict
from api.errors import Conflict, Invalid, NotFound
from api.record import briefs, filings, reading, relay
from api.record.briefs import Brief
from api.record.reading import Headline, Note, NotePage, Subject
from api.store import Tx
from api.store import access as stored_access
from api.store import envelopes as stored_envelopes
from api.store import notes as stored
from api.store import people as stored_people
from api.store import protections as stored_protections
from api.store import retention as stored_retention
from api.store.access import Me
from api.store.notes import Heads
from api.telling import events, outbox
from api.telling.outbox import Recipient
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

if TYPE_CHECKING:
    from api.record.people import NewPerson

LENGTH = 5000
PEOPLE_AT_ONCE = 20
BREACH_HOURS = 72
# A note counts as news for this long; what is older is history, read or not.
NEWS_DAYS = 28

KINDS = ("worry", "contact", "strength")
CONTACTS = ("visit", "call", "meeting", "missed appointment")
SEEN = ("seen", "seen alone", "not seen")
MARKS = ("noticed too", "acted on")
VOICES = ("named", "relay", "own service")
NO_SUCH_NOTE = "There is no such note here."
# The record of somebody new says who added it, or, where that was a sealed service, does not.
ADDED_BY_NAME = (
    "Write by name about somebody whom you added yourself: their record says where it comes from."
)


@dataclass(frozen=True)
class NewNote:
    """A note as its author sends it. `id` is a UUID that the client made; dates are ISO text.

    `described` says whom it is about where a name is not enough: "about 7, goes to St Bede's".

    `voice` is "named"; "relay": the circle reads the words, and who wrote them is known to their own
    agency only; or "own service", which nobody else reads. Everybody may write through the relay: if
    only a sealed service could, each such note would prove that there is one.
    """

    id: str
    kind: str
    people: Sequence[str]
    described: str = ""
    saw: str = ""
    thinks: str = ""
    whose: str = ""
    worried: int | None = None
    contact: str | None = None
    child_seen: str | None = None
    happened_on: str = ""
    happened_time: str | None = None
    categories: Sequence[str] = ()
    audience: Sequence[str] = ()
    voice: str = ""


@dataclass(frozen=True)
class Logged:
    """What became of a note at Send: whom it tells, and whether it had been sent before.

    Whoever must not be known to be told is neither counted nor named; who writes from outside, and
    so does not see who supports the person, hears how many and no names.
    """

    note_ids: Sequence[str]
    people: Sequence[Subject]
    told: int
    told_names: Sequence[str]
    again: bool


def log(actor: Actor, note: NewNote, someone: NewPerson | None = None) -> Logged:
    """Take a note and write what it will tell, in one transaction.

    `someone` is a person who is not here yet (or not to be found by this actor): they are added as
    `people.add` adds them. The same id from the same author again is the same note. Where one of
    several people is restricted, or was added by the author, each gets a note of their own. Raises
    Invalid, naming the field, for what cannot be taken; NotFound for somebody who must not exist for
    this actor.
    """
    note, someone = checked(actor, note, someone)
    return actor.store.write(lambda tx: log_inside(tx, actor, note, someone))


def checked(
    actor: Actor, note: NewNote, someone: NewPerson | None = None
) -> tuple[NewNote, NewPerson | None]:
    """Read a note, and who is added for it, as they were typed. Raises Invalid, naming the field."""
    from api.record import people as records

    note = _checked(actor, note, someone is not None)
    return note, records.checked(someone) if someone else None


def log_inside(tx: Tx, actor: Actor, note: NewNote, someone: NewPerson | None) -> Logged:
    """Take a note that was `checked`, inside somebody's change, as `log` says.

    Where it had come sealed from a device, and waited, this settles it.
    """
    from api.record import people as records

    held = stored_envelopes.find(tx, actor.id, note.id)
    stored_envelopes.settle(tx, actor.id, note.id, "sent", actor.id)
    before = stored.find(tx, note.id)
    if before:
        return _sent_before(tx, actor, before)
    me = access.who(tx, actor)
    about = [*note.people, records.add_inside(tx, actor, someone)] if someone else note.people
    verdicts = [access.require_writing(tx, actor, person, Action.NOTE_LOGGED) for person in about]
    people = list(
        dict(zip([v.standing.identity_id for v in verdicts], about, strict=True)).values()
    )
    if note.voice == "relay" and any(verdict.standing.made_record for verdict in verdicts):
        raise Invalid(ADDED_BY_NAME, "voice")
    apart = len(people) > 1 and any(_stands_apart(verdict) for verdict in verdicts)
    notes = [(_own_id(note.id, p), [p]) for p in people] if apart else [(note.id, people)]
    if apart:
        notes[0] = (note.id, notes[0][1])
    for note_id, subjects in notes:
        _write(tx, actor, note, note_id, subjects, held if held and held.kind == "note" else None)
        outbox.put(tx, actor, "note", note_id=note_id)
        audit.allowed(
            tx, actor, Action.NOTE_LOGGED, subjects=subjects, reason=note.kind, object=note_id
        )
    return _told(tx, me, [note_id for note_id, _ in notes], again=False)


def undo(actor: Actor, note_id: str) -> None:
    """Take a note back within ten seconds: nobody is told, and nothing of it can be read again. Who
    was added for it alone is taken back with it.

    Raises Conflict afterwards, whether or not anybody has been told yet.
    """
    from api.record import people as records

    def change(tx: Tx) -> None:
        head = _own(tx, actor, note_id, Action.NOTE_UNDONE)
        if not (outbox.waits(tx, head.made_at) and outbox.cancel_note(tx, note_id)):
            raise Conflict("The ten seconds are over. You can still withdraw the note.")
        stored.hide(tx, note_id, "undone")
        stored.add_withdrawal(tx, note_id, "undone", actor.id, None)
        if not stored_retention.held(tx, _identities(tx, note_id)):
            stored.destroy_words(tx, note_id)
        audit.allowed(
            tx, actor, Action.NOTE_UNDONE, subjects=_identities(tx, note_id), object=note_id
        )
        records.take_back_inside(tx, actor, note_id)

    actor.store.write(change)


def revise(actor: Actor, note_id: str, note: NewNote) -> None:
    """Correct a note: the new text stands first and the old one stays. Only its author may, and whom it
    is about stays as it was: some of them may be closed to the author since."""
    note = _checked(actor, note, someone=True)

    def change(tx: Tx) -> None:
        _own(tx, actor, note_id, Action.NOTE_REVISED)
        subjects = [row["person_id"] for row in stored.subjects(tx, [note_id])]
        number = stored.revisions(tx, [note_id])[0]["number"] + 1
        _write_revision(tx, actor, note, note_id, number, subjects)
        outbox.put(tx, actor, "note", note_id=note_id)
        audit.allowed(
            tx, actor, Action.NOTE_REVISED, subjects=_identities(tx, note_id), object=note_id
        )

    actor.store.write(change)


def withdraw(actor: Actor, note_id: str, reason: str) -> None:
    """Take a note back, saying why. It stays, marked as withdrawn. Only its author may."""
    reason = _text(reason, "reason")
    if not reason:
        raise Invalid("Say why you withdraw this note.", "reason")

    def change(tx: Tx) -> None:
        _own(tx, actor, note_id, Action.NOTE_WITHDRAWN)
        _withdraw(tx, actor, note_id, "withdrawn", reason)
        audit.allowed(
            tx, actor, Action.NOTE_WITHDRAWN, subjects=_identities(tx, note_id), object=note_id
        )

    actor.store.write(change)


def wrong_person(actor: Actor, note_id: str, reason: str) -> None:
    """Say that a note is about the wrong person: every text of it is hidden, those who had read it
    are told, and a breach record opens with a clock of 72 hours.

    Its author may, the person's lead, and whoever supervises the author.
    """
    reason = _text(reason, "reason")
    if not reason:
        raise Invalid("Say what happened.", "reason")

    def change(tx: Tx) -> None:
        head = _shown(tx, actor, note_id, Action.NOTE_WRONG_PERSON)
        me = access.who(tx, actor)
        author = stored_access.me(tx, head.author_id)
        identities = _identities(tx, note_id)
        leads = {who for _, who in stored.leads(tx, identities)}
        if not (
            head.author_id == me.id
            or me.id in leads
            or access.holds(me, "supervisor", author.team_id)
        ):
            raise access.refuse(
                tx,
                actor,
                Action.NOTE_WRONG_PERSON,
                "neither author, lead nor supervisor",
                "Only the author, the lead or the author's supervisor can do this.",
            )
        _withdraw(tx, actor, note_id, "wrong person", reason)
        stored.hide(tx, note_id, "wrong person")
        stored.open_breach(tx, note_id, actor.id, moment.later(tx.now, hours=BREACH_HOURS))
        outbox.cancel_note(tx, note_id)
        outbox.put(tx, actor, "wrong person", note_id=note_id)
        audit.allowed(tx, actor, Action.NOTE_WRONG_PERSON, subjects=identities, object=note_id)

    actor.store.write(change)


def mark(actor: Actor, note_id: str, mark: Literal["noticed too", "acted on"]) -> None:
    """Say "noticed too" or "acted on" of somebody else's note; once, however often it is said.

    Raises Conflict for a note that was taken back.
    """
    if mark not in MARKS:
        raise Invalid("Choose noticed too or acted on.", "mark")

    def change(tx: Tx) -> None:
        head = _shown(tx, actor, note_id, Action.NOTE_MARKED, needed=Sight.CIRCLE)
        if head.author_id == actor.id and mark == "noticed too":
            raise Invalid("This is your own note.")
        _require_standing(tx, note_id)
        stored.mark(tx, [note_id], actor.id, mark)
        outbox.put(tx, actor, mark, note_id=note_id)
        audit.allowed(
            tx,
            actor,
            Action.NOTE_MARKED,
            subjects=_identities(tx, note_id),
            reason=mark,
            object=note_id,
        )

    actor.store.write(change)


def reply(actor: Actor, note_id: str, text: str, differs: bool = False) -> None:
    """Answer a note; `differs` says "I see it differently", and both stand side by side."""
    text = _text(text, "text")
    if not text:
        raise Invalid("Write your reply.", "text")

    def change(tx: Tx) -> None:
        _shown(tx, actor, note_id, Action.NOTE_REPLIED, needed=Sight.CIRCLE)
        people = [row["person_id"] for row in stored.subjects(tx, [note_id])]
        stored.add_reply(
            tx,
            note_id=note_id,
            author_id=actor.id,
            agency_id=access.who(tx, actor).agency_id,
            differs=int(differs),
            words_id=actor.authority.vault.keep(tx, text, people),
        )
        outbox.put(tx, actor, "reply", note_id=note_id)
        audit.allowed(
            tx, actor, Action.NOTE_REPLIED, subjects=_identities(tx, note_id), object=note_id
        )

    actor.store.write(change)


def about(actor: Actor, person_id: str, before: str = "") -> NotePage:
    """Give the notes about a person, twenty at a time, newest first; `before` is the `more` of the
    page before. Raises Invalid for what is no such thing."""
    after = reading.cursor(before)

    def looking(tx: Tx) -> NotePage:
        verdict = access.require(tx, actor, person_id, Sight.OWN, Action.NOTE_LOOKED)
        brief = briefs.shown(tx, verdict, person_id)
        own = verdict.sight < Sight.CIRCLE
        found = page(tx, actor, verdict, brief, before=after, own=own)
        identity = verdict.standing.identity_id
        subjects = [identity, *reading.named_in(tx, found.notes, identity)]
        audit.allowed(
            tx,
            actor,
            Action.NOTE_LOOKED,
            subjects=subjects,
            reason=verdict.reason,
            object=identity,
        )
        return found

    found = actor.store.look(looking)
    mark_read(actor, found.notes)
    return found


def read(actor: Actor, note_id: str) -> Note:
    """Give one note with its words, and leave the mark that the actor has read it."""

    def looking(tx: Tx) -> Note:
        head = _shown(tx, actor, note_id, Action.NOTE_LOOKED)
        identities = _identities(tx, note_id)
        audit.allowed(tx, actor, Action.NOTE_LOOKED, subjects=identities, object=note_id)
        me = access.who(tx, actor)
        note = reading.many(tx, actor, me, [head])[0]
        return note._replace(systems=filings.systems(tx, actor, me, note))

    note = actor.store.look(looking)
    mark_read(actor, [note])
    return note


def latest(actor: Actor) -> list[Headline]:
    """Give what was logged about my people, newest first: whose news there is, not the words."""

    def looking(tx: Tx) -> list[Headline]:
        me = access.who(tx, actor)
        mine = [row["id"] for row in stored_people.mine(tx, me)]
        about = [*mine, *stored_protections.echoes(tx, mine)]
        heads = stored.about(tx, me, about, before=None, limit=reading.PAGE)
        news = reading.headlines(tx, me, heads)
        subjects = [*mine, *reading.named_in(tx, news)]
        audit.allowed(tx, actor, Action.HOME_LOOKED, subjects=subjects, reason="latest")
        return news

    return actor.store.look(looking)


def written(actor: Actor, before: str = "") -> NotePage:
    """Give what the actor wrote, and what became of it; twenty at a time, newest first."""
    after = reading.cursor(before)

    def looking(tx: Tx) -> NotePage:
        me = access.who(tx, actor)
        found = reading.page_of(
            tx, actor, me, stored.by_author(tx, actor.id, before=after, limit=reading.PAGE + 1)
        )
        subjects = reading.named_in(tx, found.notes)
        audit.allowed(tx, actor, Action.NOTE_LOOKED, subjects=subjects, reason="my own")
        return found

    return actor.store.look(looking)


def page(
    tx: Tx,
    actor: Actor,
    verdict: Verdict,
    brief: Brief,
    *,
    before: stored.Before | None = None,
    own: bool = False,
) -> NotePage:
    """Give a page of notes about a person inside a look that was allowed already.

    `brief` is the person as this look shows them.
    """
    me, identity = verdict.standing.me, verdict.standing.identity_id
    about = [identity, *stored_protections.echoes(tx, [identity])]
    heads = stored.about(tx, me, about, before=before, limit=reading.PAGE + 1, own=own)
    return reading.page_of(tx, actor, me, heads, {identity: (verdict, brief)})


def count_unread(tx: Tx, me: Me, identities: Sequence[str]) -> dict[str, int]:
    """Count what is new about each of these people, inside a look."""
    return stored.count_unread(tx, me, identities, moment.later(tx.now, days=-NEWS_DAYS))


def mark_read(actor: Actor, notes: Iterable[Note]) -> None:
    """Leave read marks for notes that were just shown: bookkeeping of a look that is audited."""
    unread = [note.id for note in notes if not note.read and not note.mine]
    if unread:
        actor.store.upkeep(lambda tx: stored.mark(tx, unread, actor.id, "read"))


def _write(
    tx: Tx,
    actor: Actor,
    note: NewNote,
    note_id: str,
    people: Sequence[str],
    held: stored_envelopes.Kept | None,
) -> None:
    me = access.who(tx, actor)
    stored.add(
        tx,
        id=note_id,
        author_id=actor.id,
        agency_id=me.agency_id,
        kind=note.kind,
        voice=note.voice,
        captured_at=held.captured_at if held else None,
        clock_off=held.clock_off if held else None,
    )
    if note.voice == "relay":
        relay.refer(tx, actor.authority, note_id=note_id)
    stored.add_subjects(tx, note_id, people)
    stored.add_categories(tx, note_id, note.categories)
    stored.add_audience(tx, note_id, note.audience)
    today = moment.day(held.captured_at).isoformat() if held else tx.today
    note = replace(note, happened_on=note.happened_on or today)
    _write_revision(tx, actor, note, note_id, 1, people)


def _write_revision(
    tx: Tx, actor: Actor, note: NewNote, note_id: str, number: int, people: Sequence[str]
) -> None:
    words = json.dumps(
        {"described": note.described, "saw": note.saw, "thinks": note.thinks, "whose": note.whose}
    )
    stored.add_revision(
        tx,
        note_id,
        number,
        words_id=actor.authority.vault.keep(tx, words, people),
        worried=note.worried,
        contact=note.contact,
        child_seen=note.child_seen,
        happened_on=note.happened_on or tx.today,
        happened_time=note.happened_time,
        made_by=actor.id,
    )


def _withdraw(tx: Tx, actor: Actor, note_id: str, kind: str, reason: str) -> None:
    people = [row["person_id"] for row in stored.subjects(tx, [note_id])]
    words = actor.authority.vault.keep(tx, reason, people)
    stored.add_withdrawal(tx, note_id, kind, actor.id, words)
    events.note_taken_back(tx, note_id)


def _sent_before(tx: Tx, actor: Actor, before: Heads) -> Logged:
    if before.author_id != actor.id:
        audit.refused(tx, actor, Action.NOTE_LOGGED, reason="another's id", object=before.id)
        raise NotFound("This note cannot be sent. Open Log again.")
    identities = _identities(tx, before.id)
    audit.allowed(
        tx, actor, Action.NOTE_LOGGED, subjects=identities, reason="again", object=before.id
    )
    if before.hidden == "erased":  # it was sent once, and is about nobody any more
        return Logged([before.id], [], 0, [], again=True)
    apart = [
        row["note_id"]
        for row in stored.subjects(tx, stored.at_once(tx, before))
        if row["note_id"] == _own_id(before.id, row["person_id"])
    ]
    return _told(tx, access.who(tx, actor), [before.id, *apart], again=True)


def _told(tx: Tx, me: Me, note_ids: Sequence[str], *, again: bool) -> Logged:
    about = reading.people_in(tx, me, reading.grouped(stored.subjects(tx, note_ids)), {})
    names = {
        told.practitioner_id: told.name
        for note_id in note_ids
        for told in _hear(tx, me, note_id)
        if not told.sensitive
        or stored_access.me(tx, told.practitioner_id).agency_id == me.agency_id
    }
    people = [subject for note_id in note_ids for subject in about.people[note_id]]
    listed = sorted(names.values()) if about.shows_who else []
    return Logged(note_ids, people, len(names), listed, again)


def _stands_apart(verdict: Verdict) -> bool:
    """Whether a note about this person is about nobody else. Who was added by somebody outside may be
    restricted, so that all of them are treated alike."""
    return verdict.standing.restricted or (
        verdict.standing.made_record and verdict.sight < Sight.CIRCLE
    )


def _hear(tx: Tx, me: Me, note_id: str) -> Sequence[Recipient]:
    """Give who hears of a note, as its author may know it: who added somebody restricted, or writes about
    somebody of their own who is closed to them, is answered as if that were somebody new, whom only the
    front door hears of."""
    identities = _identities(tx, note_id)
    closed = not set(identities) <= stored_retention.open_to(tx, me, identities)
    if closed or stored_protections.is_echo_for(tx, identities, me.id):
        return outbox.front_door(tx, me.id, note_id)
    return outbox.audience(tx, "note", actor_id=me.id, note_id=note_id)


def _own(tx: Tx, actor: Actor, note_id: str, action: Action) -> Heads:
    """Find a note of the actor's own that stands; refuse anybody else's.

    Raises Conflict for one that was taken back.
    """
    me = access.who(tx, actor)
    head = stored.find(tx, note_id)
    if head is None or head.author_id != me.id or head.hidden:
        audit.refused(tx, actor, action, reason="not its author", object=note_id)
        raise NotFound(NO_SUCH_NOTE)
    _require_standing(tx, note_id)
    return head


def _require_standing(tx: Tx, note_id: str) -> None:
    if stored.withdrawals(tx, [note_id]):
        raise Conflict("This note was taken back already.")


def _shown(tx: Tx, actor: Actor, note_id: str, action: Action, needed: Sight = Sight.OWN) -> Heads:
    """Find a note that the actor is shown, as its author or by sight of somebody it is about."""
    head = stored.find(tx, note_id)
    me = access.who(tx, actor)
    if head and stored.is_shown(tx, note_id, me):
        if head.author_id == me.id and needed <= Sight.OWN:
            return head
        sights = [access.verdict(tx, me, identity).sight for identity in _identities(tx, note_id)]
        if max(sights) is Sight.CIRCLE:
            return head
    audit.refused(tx, actor, action, reason="not shown", object=note_id)
    raise NotFound(NO_SUCH_NOTE)


def _identities(tx: Tx, note_id: str) -> list[str]:
    return [row["identity_id"] for row in stored.subjects(tx, [note_id])]


def _own_id(note_id: str, person_id: str) -> str:
    """Give the id of a note that was sent about several and must stand apart for this person: the
    same note sent again gives the same ids."""
    return str(uuid.uuid5(uuid.UUID(note_id), person_id))


def _checked(actor: Actor, note: NewNote, someone: bool = False) -> NewNote:
    """Read a note as it was typed. Raises Invalid, naming the field."""
    if not moment.is_id(note.id):
        raise Invalid("This note cannot be sent. Open Log again.", "id")
    people = list(dict.fromkeys(note.people))
    if not people and not someone:
        raise Invalid("Choose who it is about.", "people")
    if len(people) > PEOPLE_AT_ONCE:
        raise Invalid(f"Choose {PEOPLE_AT_ONCE} people or fewer.", "people")
    if note.kind not in KINDS:
        raise Invalid("Choose worry, contact or strength.", "kind")
    saw, thinks = _text(note.saw, "saw"), _text(note.thinks, "thinks")
    if (
        not saw
        and not thinks
        and not (note.kind == "contact" and (note.contact or note.child_seen))
    ):
        raise Invalid("Write what you saw or heard, or what you think or feel.", "saw")
    if note.worried is not None and not 0 <= note.worried <= 10:
        raise Invalid("Say how worried you are from 0 to 10.", "worried")
    contact, seen = note.contact or None, note.child_seen or None
    if contact is not None and contact not in CONTACTS:
        raise Invalid("Choose what kind of contact it was.", "contact")
    if seen is not None and seen not in SEEN:
        raise Invalid("Choose whether the child was seen.", "child_seen")
    _known(note.categories, dict(actor.authority.choices.categories), "categories")
    _known(note.audience, dict(actor.authority.choices.agency_kinds), "audience")
    return NewNote(
        id=note.id,
        kind=note.kind,
        people=people,
        described=_text(note.described, "described", 200),
        saw=saw,
        thinks=thinks,
        whose=_text(note.whose, "whose", 200),
        worried=note.worried,
        contact=contact if note.kind == "contact" else None,
        child_seen=seen if note.kind == "contact" else None,
        happened_on=_check_day(actor, note.happened_on),
        happened_time=_check_time(note.happened_time),
        categories=list(dict.fromkeys(note.categories)),
        audience=list(dict.fromkeys(note.audience)),
        voice=_check_voice(actor, note.voice, someone),
    )


def _check_voice(actor: Actor, voice: str, someone: bool) -> str:
    voice = voice or ("own service" if actor.sensitive else "named")
    if voice not in VOICES:
        raise Invalid("Choose who may know that you wrote this.", "voice")
    if voice == "relay" and someone:
        raise Invalid(ADDED_BY_NAME, "voice")
    return voice


def _check_day(actor: Actor, text: str) -> str:
    if not text:
        return ""
    today = moment.day(actor.store.now())
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("Enter the real date on which it happened.", "happened_on") from None
    if day > today:
        raise Invalid("The date it happened must be today or earlier.", "happened_on")
    if day.year < today.year - 30:
        raise Invalid("The date it happened is too long ago.", "happened_on")
    return day.isoformat()


def _check_time(text: str | None) -> str | None:
    if not text:
        return None
    try:
        return f"{time.fromisoformat(text):%H:%M}"
    except ValueError:
        raise Invalid(
            "Enter the time as hours and minutes, such as 14:30.", "happened_time"
        ) from None


def _known(chosen: Sequence[str], offered: dict[str, str], field: str) -> None:
    if any(code not in offered for code in chosen):
        raise Invalid("Choose from the list.", field)


def _text(text: str, field: str, length: int = LENGTH) -> str:
    # NUL cannot be kept as text by every engine, and nobody types it.
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(text) > length:
        raise Invalid(f"Use {length:,} characters or fewer.", field)
    return text
