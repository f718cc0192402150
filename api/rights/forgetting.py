"""Forgetting, as people decide it: one asks, authors look at what others share, another signs.

Only what fell due is forgotten (see `retention`), never while a hold stands, and by two people.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.errors import Conflict, Invalid, NotFound
from api.record import briefs
from api.record.notes import LENGTH
from api.rights import erasing, governing, retention
from api.store import Tx
from api.store import access as stored_access
from api.store import erasing as stored_erasing
from api.store import forgetting as stored
from api.store import notes as stored_notes
from api.store import people as stored_people
from api.store import retention as stored_retention
from api.store.access import Me
from api.store.forgetting import Forgetting, Written
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

NO_SUCH = "There is nothing here that waits for you."


@dataclass(frozen=True)
class Asked:
    """Something that is to be forgotten and waits for a second person.

    `waits_for` are the authors who must still look at notes that others share; `mine` where the actor
    asked, `may_sign` where the actor is somebody else who may sign.
    """

    id: str
    person_id: str
    name: str
    born_on: str | None
    agency_id: str | None
    agency: str
    reason: str
    by: str
    at: str
    notes: int
    shared: int
    waits_for: Sequence[str]
    held: bool
    mine: bool
    may_sign: bool


@dataclass(frozen=True)
class Shared:
    """A note that others share, for its author to look at before somebody is forgotten. `saw` and
    `thinks` are what it says now, since `made_at`; `asked_at` is when it was asked to be looked at;
    `decision` what was decided of that, or "".
    """

    forgetting_id: str
    note_id: str
    name: str
    others: Sequence[str]
    saw: str
    thinks: str
    answers: int
    made_at: str
    asked_at: str
    decision: str


def ask(actor: Actor, person_id: str, agency_id: str | None, reason: str) -> str:
    """Ask that what fell due be forgotten: an agency's notes about somebody or, without an agency, the
    person. Gives its id. Asks for the passkey. Raises Invalid, NotFound, Conflict, ConfirmFirst."""
    reason = governing.check_reason(reason)

    def change(tx: Tx) -> str:
        action = Action.FORGETTING_ASKED
        verdict = governing.require_person(tx, actor, person_id, action)
        identity = verdict.standing.identity_id
        stored_people.hold(tx, identity)
        retention.require_due(tx, actor, verdict, agency_id, action)
        erasing.require_unheld(tx, identity)
        access.require_confirmed(tx, actor, action)
        people = stored_erasing.records(tx, identity)
        if any(
            one.person_id in people and one.agency_id == agency_id for one in stored.waiting(tx)
        ):
            raise Conflict("Somebody asked for this already. It waits for a second person.")
        words = actor.authority.vault.keep(tx, reason, [identity])
        asked = stored.ask(tx, identity, agency_id, words, actor.id)
        audit.allowed(tx, actor, action, subjects=[identity], object=asked)
        return asked

    return actor.store.write(change)


def waiting(actor: Actor) -> list[Asked]:
    """List what was asked and waits, to those who may sign it or take it back."""

    def looking(tx: Tx) -> list[Asked]:
        me = access.who(tx, actor)
        found = _mine_to_end(tx, me)
        audit.allowed(
            tx,
            actor,
            Action.RETENTION_LOOKED,
            subjects=sorted({one.person_id for one, _ in found}),
            reason="asked",
        )
        return [_asked(tx, actor, me, one, sensitive) for one, sensitive in found]

    return actor.store.look(looking)


def look(actor: Actor, forgetting_id: str) -> Asked:
    """Give one of them. Raises NotFound."""

    def looking(tx: Tx) -> Asked:
        found, me = _require(tx, actor, forgetting_id, Action.RETENTION_LOOKED)
        audit.allowed(
            tx, actor, Action.RETENTION_LOOKED, subjects=[found.person_id], object=found.id
        )
        return _asked(tx, actor, me, found, _sensitive(tx, found.agency_id))

    return actor.store.look(looking)


def take_back(actor: Actor, forgetting_id: str) -> None:
    """Take back that something be forgotten. Who asked may, and whoever may sign it."""

    def change(tx: Tx) -> None:
        found, _ = _require(tx, actor, forgetting_id, Action.FORGETTING_TAKEN_BACK)
        stored.end(tx, found.id, "taken back", actor.id)
        audit.allowed(
            tx,
            actor,
            Action.FORGETTING_TAKEN_BACK,
            subjects=[found.person_id],
            object=found.id,
        )

    actor.store.write(change)


def sign(actor: Actor, forgetting_id: str) -> bool:
    """Sign as the second person: what was asked is forgotten, for good. Asks for the passkey.

    Gives False where the database's log could not be emptied at once, because somebody was reading:
    the worker does it within the hour. Raises NotFound, NotAllowed, ConfirmFirst; Conflict while a hold
    stands, something is undecided, or it is not due any more.
    """
    authority = actor.authority

    def may(tx: Tx) -> list[str]:
        found, identity, _ = _require_signing(tx, actor, forgetting_id)
        audit.allowed(
            tx,
            actor,
            Action.RETENTION_LOOKED,
            subjects=[identity],
            reason="to sign",
            object=found.id,
        )
        return [] if found.agency_id else stored_erasing.records(tx, identity)

    # What was typed about nobody is opened only for who may sign.
    mentions = erasing.look_for_mentions(authority, actor.store.look(may))

    def change(tx: Tx) -> None:
        asked = stored.find(tx, forgetting_id)
        if asked:
            stored_people.hold(tx, stored_people.identity(tx, asked.person_id) or "")
        found, identity, action = _require_signing(tx, actor, forgetting_id)
        whole = found.agency_id is None
        records = stored_erasing.records(tx, identity)
        if found.agency_id:
            erasing.erase_notes(tx, actor, records, found.agency_id, found.id)
            stored.end(tx, found.id, "done", actor.id)
        else:
            for other in stored.waiting(tx):
                if other.person_id in records and other.id != found.id:
                    stored.end(tx, other.id, "taken back", actor.id)
            erasing.erase_person(tx, actor, records, found.id, mentions)
            stored.end(tx, found.id, "done", actor.id)
        audit.allowed(tx, actor, action, subjects=records if whole else [identity], object=found.id)

    authority.store.write(change)
    return authority.store.truncate_log()


# --- Notes that others share -----------------------------------------------------------------------


def to_look_at(actor: Actor) -> list[Shared]:
    """List the notes that others share and that the actor must look at before somebody is forgotten."""

    def looking(tx: Tx) -> list[Shared]:
        me = access.who(tx, actor)
        found = [
            _shared(tx, actor, me, asked, note, people)
            for asked in stored.waiting(tx)
            for people in [stored_erasing.records(tx, asked.person_id)]
            for note in erasing.notes_about(tx, people, asked.agency_id, asked.id).looked_at
            if _may_redact(tx, me, note)
        ]
        identities = stored_people.identities(
            tx,
            [row["person_id"] for row in stored_notes.subjects(tx, [one.note_id for one in found])],
        )
        audit.allowed(tx, actor, Action.NOTE_LOOKED, subjects=identities, reason="shared")
        return found

    return actor.store.look(looking)


def one_to_look_at(actor: Actor, forgetting_id: str, note_id: str) -> Shared:
    """Give one of them. Raises NotFound."""
    for shared in to_look_at(actor):
        if (shared.forgetting_id, shared.note_id) == (forgetting_id, note_id):
            return shared
    raise NotFound(NO_SUCH)


def decide(
    actor: Actor, forgetting_id: str, note_id: str, decision: str, saw: str = "", thinks: str = ""
) -> None:
    """Say what becomes of a note that others share: "keep" it for them as it is, or "redact" it, so that
    it says `saw` and `thinks` and nothing else. Then its earlier texts and the answers to it are gone as
    soon as the person is. Raises Invalid, NotFound."""
    if decision not in ("keep", "redact"):
        raise Invalid("Choose what becomes of it.", "decision")
    saw, thinks = saw.replace("\r\n", "\n").strip(), thinks.replace("\r\n", "\n").strip()
    if decision == "redact" and not (saw or thinks):
        raise Invalid("Write what stays for the others.", "saw")
    for field, text in (("saw", saw), ("thinks", thinks)):
        if len(text) > LENGTH:
            raise Invalid(f"Use {LENGTH:,} characters or fewer.", field)

    def change(tx: Tx) -> None:
        me = access.who(tx, actor)
        asked = stored.find(tx, forgetting_id)
        note = None
        if asked and asked.state == "asked":
            people = stored_erasing.records(tx, asked.person_id)
            shared = erasing.notes_about(tx, people, asked.agency_id, asked.id).looked_at
            note = next((one for one in shared if one.id == note_id), None)
        if asked is None or note is None or not _may_redact(tx, me, note):
            audit.refused(
                tx, actor, Action.SHARED_NOTE_DECIDED, reason="not theirs", object=note_id
            )
            raise NotFound(NO_SUCH)
        if decision == "keep" and stored.is_restricted(tx, people):
            raise Invalid("More people will read it then: write what stays for them.", "decision")
        words = None
        if decision == "redact":
            text = {"described": "", "saw": saw, "thinks": thinks, "whose": ""}
            words = actor.authority.vault.keep(tx, json.dumps(text), note.others)
        stored.decide(tx, asked.id, note, decision, words, actor.id)
        audit.allowed(
            tx,
            actor,
            Action.SHARED_NOTE_DECIDED,
            subjects=stored_people.identities(tx, [*people, *note.others]),
            reason=decision,
            object=note_id,
        )

    actor.store.write(change)


# --- Inside ----------------------------------------------------------------------------------------


def _sensitive(tx: Tx, agency_id: str | None) -> bool:
    return bool(agency_id and stored_retention.agencies(tx)[agency_id]["sensitive"])


def _may_sign(tx: Tx, me: Me, asked: Forgetting) -> bool:
    sensitive = _sensitive(tx, asked.agency_id)
    return access.may_sign_forgetting(me, asked.asked_by, asked.agency_id, sensitive)


def _require_signing(tx: Tx, actor: Actor, forgetting_id: str) -> tuple[Forgetting, str, Action]:
    """Give what the actor may sign now, whom it is about, and what is done. Raises as `sign` does."""
    found, me = _require(tx, actor, forgetting_id, Action.PERSON_FORGOTTEN)
    action = Action.NOTES_FORGOTTEN if found.agency_id else Action.PERSON_FORGOTTEN
    if not _may_sign(tx, me, found):
        raise access.refuse(
            tx, actor, action, "asked for it", "Somebody else signs this: two people forget."
        )
    identity = stored_people.identity(tx, found.person_id) or ""
    erasing.require_unheld(tx, identity)
    _require_still_due(tx, found, identity)
    access.require_confirmed(tx, actor, action)
    return found, identity, action


def _mine_to_end(tx: Tx, me: Me) -> list[tuple[Forgetting, bool]]:
    """Give what the actor asked or may sign, but about whom they may not know, each with whether the
    agency is sensitive."""
    found = [
        (one, _sensitive(tx, one.agency_id))
        for one in stored.waiting(tx)
        if one.asked_by == me.id or _may_sign(tx, me, one)
    ]
    known = stored_retention.open_to(tx, me, [one.person_id for one, _ in found])
    return [each for each in found if each[0].person_id in known]


def _require(tx: Tx, actor: Actor, forgetting_id: str, action: Action) -> tuple[Forgetting, Me]:
    me = access.who(tx, actor)
    found = next((one for one, _ in _mine_to_end(tx, me) if one.id == forgetting_id), None)
    if found is None:
        audit.refused(tx, actor, action, reason="not theirs", object=forgetting_id)
        raise NotFound(NO_SUCH)
    return found, me


def _require_still_due(tx: Tx, asked: Forgetting, identity: str) -> None:
    """Somebody may have written about them since, or kept them on."""
    asker = stored_access.me(tx, asked.asked_by)
    due = [
        one.is_due
        for one in retention.standing(tx, asker, identity)
        if one.agency_id == asked.agency_id
    ]
    if due != [True]:
        raise Conflict(erasing.NOT_DUE)


def _asked(tx: Tx, actor: Actor, me: Me, one: Forgetting, sensitive: bool) -> Asked:
    people = stored_erasing.records(tx, one.person_id)
    identity = stored_people.identity(tx, one.person_id) or ""
    notes = erasing.notes_about(tx, people, one.agency_id, one.id)
    brief = briefs.many(tx, me, [identity])[identity]
    agency = stored_retention.agencies(tx)[one.agency_id]["name"] if one.agency_id else ""
    alone = [note for note in notes.alone if sensitive or not note.sensitive]
    return Asked(
        id=one.id,
        person_id=identity,
        name=brief.name,
        born_on=brief.born_on,
        agency_id=one.agency_id,
        agency=agency,
        reason=actor.authority.vault.open(tx, [one.words_id]).get(one.words_id, ""),
        by=one.asked_by_name,
        at=one.asked_at,
        notes=len(alone) + len(notes.looked_at),
        shared=len(notes.looked_at),
        waits_for=sorted({note.author for note in notes.undecided}),
        held=bool(stored_retention.held(tx, [identity])),
        mine=one.asked_by == me.id,
        may_sign=access.may_sign_forgetting(me, one.asked_by, one.agency_id, sensitive),
    )


def _may_redact(tx: Tx, me: Me, note: Written) -> bool:
    author = stored_access.me(tx, note.author_id)
    return access.may_redact(me, author) and stored_notes.is_shown(tx, note.id, me)


def _shared(
    tx: Tx, actor: Actor, me: Me, asked: Forgetting, note: Written, people: Sequence[str]
) -> Shared:
    newest = stored_notes.revisions(tx, [note.id])[0]
    words = actor.authority.vault.open(tx, [newest["words_id"]])
    said = json.loads(words.get(newest["words_id"], "{}"))
    gone = stored_retention.open_to(tx, me, stored_people.identities(tx, people))
    others = sorted(stored_retention.open_to(tx, me, stored_people.identities(tx, note.others)))
    shown = briefs.many(tx, me, [*gone, *others])
    head = stored_notes.find(tx, note.id)
    return Shared(
        forgetting_id=asked.id,
        note_id=note.id,
        name=shown[asked.person_id].name if asked.person_id in shown else "",
        others=[shown[one].name for one in others],
        saw=said.get("saw", ""),
        thinks=said.get("thinks", ""),
        answers=len(stored_notes.replies(tx, [note.id], me)),
        made_at=head.made_at if head else "",
        asked_at=asked.asked_at,
        decision=note.decision or "",
    )
