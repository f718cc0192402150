"""Asking the circle: would anyone else who supports this child ring me?

It reaches everybody who has the circle's sight, sealed services too, and says who asks. Nobody has to
answer. Who does, answers by name, or through the relay (see `api.record.relay`), which anybody in the
circle may: so an answer through it proves nothing. Who asked reads the same page whether or not a sealed
service is there: nobody is counted, nobody who has not answered is named, and what comes through the
relay is shown from the next full hour on, so that its moment says nothing of who wrote it. Answers are
for who asked, and for nobody else.

Somebody in a sensitive service who answers by name reveals themselves to who asked: with a basis and a
reason, as anywhere else. They do not ask, because an ask says who asks: they see whom they can ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from api import access, moment
from api.access import Sight, Verdict
from api.errors import Conflict, Invalid, NotFound
from api.record import briefs, relay, revealing
from api.record.briefs import Brief
from api.store import Tx
from api.store import access as stored_access
from api.store import asks as stored
from api.store import people as stored_people
from api.store import reveals as stored_reveals
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

WORDS_LENGTH = 500
ASKED_FOR_DAYS = 28
VOICES = ("named", "relay")
NO_SUCH_ASK = "This is not asked any more."
NO_SUCH_ANSWER = "There is no such answer of yours."


@dataclass(frozen=True)
class Answer:
    """An answer as it is read. Through the relay it has a `reference` in place of a name and a number,
    and the day on which it was passed on."""

    id: str
    named: bool
    name: str
    job: str
    agency: str
    phone: str
    email: str
    words: str
    reference: str
    at: str


@dataclass(frozen=True)
class Ask:
    """Somebody asks who supports a person to ring them. `answers` are for who asked; `answer` is the
    actor's own, which may not be shown yet."""

    id: str
    name: str
    job: str
    agency: str
    phone: str
    email: str
    words: str
    made_at: str
    until: str
    mine: bool
    answers: Sequence[Answer] = ()
    answer: Answer | None = None


@dataclass(frozen=True)
class Asks:
    """What is asked about a person now. `may_ask` where the actor may, and does not already; `sealed`
    where they may not because it would say who they are; `may_be_named` where they can answer by name,
    which is `revealing` themselves for somebody in a sensitive service."""

    brief: Brief
    asks: Sequence[Ask]
    may_ask: bool
    sealed: bool
    may_be_named: bool
    revealing: bool


def of(actor: Actor, person_id: str) -> Asks:
    """Give what is asked about a person now, the actor's own with its answers first."""

    def looking(tx: Tx) -> Asks:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.ASKS_LOOKED)
        standing = verdict.standing
        found = _read(tx, actor, verdict)
        audit.allowed(tx, actor, Action.ASKS_LOOKED, subjects=[standing.identity_id])
        return Asks(
            brief=briefs.shown(tx, verdict, person_id),
            asks=sorted(found, key=lambda ask: not ask.mine),
            may_ask=access.may_ask_circle(standing) and not any(ask.mine for ask in found),
            sealed=standing.me.sealed,
            may_be_named=not standing.me.sealed or access.may_reveal(standing),
            revealing=standing.me.sealed,
        )

    return actor.store.look(looking)


def ask(actor: Actor, person_id: str, words: str = "") -> str:
    """Ask everybody who supports a person to ring; give the ask's id. It stands for four weeks.

    Raises NotAllowed outside the circle's sight and for a sealed service; Conflict for who asks already.
    """
    words = _words(words)

    def change(tx: Tx) -> str:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.CIRCLE_ASKED)
        identity = verdict.standing.identity_id
        if not access.may_ask_circle(verdict.standing):
            sentence = "An ask says who asks, and that your service knows this family is private."
            raise access.refuse(tx, actor, Action.CIRCLE_ASKED, "a sealed service", sentence)
        stored_people.hold(tx, identity)
        if any(one.asked_by == actor.id for one in stored.of(tx, identity)):
            raise Conflict("You have asked them already.")
        kept = actor.authority.vault.keep(tx, words, [identity]) if words else None
        until = moment.later(tx.now, days=ASKED_FOR_DAYS)
        made = stored.add(tx, identity, actor.id, kept, until)
        outbox.put(tx, actor, "asked", person_id=identity, ask_id=made)
        audit.allowed(tx, actor, Action.CIRCLE_ASKED, subjects=[identity], object=made)
        return made

    return actor.store.write(change)


def end(actor: Actor, ask_id: str) -> None:
    """Ask no more: what was answered is shown to nobody any longer. Only who asked may."""

    def change(tx: Tx) -> None:
        held = stored.find(tx, ask_id)
        if held is None or held.asked_by != actor.id:
            audit.refused(tx, actor, Action.ASK_ENDED, reason="not theirs", object=ask_id)
            raise NotFound(NO_SUCH_ASK)
        stored.end(tx, held.id)
        audit.allowed(tx, actor, Action.ASK_ENDED, subjects=[held.person_id], object=held.id)

    actor.store.write(change)


def answer(
    actor: Actor, ask_id: str, voice: str, words: str = "", basis: str = "", reason: str = ""
) -> str:
    """Answer what was asked, by name or through the relay; give the answer's id.

    Only who asked reads it. By name from a sensitive service it reveals the actor to them, for which
    `basis` and `reason` are asked. Raises NotFound, NotAllowed; Invalid, naming the field; Conflict for
    who answered already.
    """
    words = _words(words)
    if voice not in VOICES:
        raise Invalid("Choose by name or through the relay.", "voice")

    def change(tx: Tx) -> str:
        held, verdict = _require(tx, actor, ask_id)
        standing = verdict.standing
        identity = standing.identity_id
        stored_people.hold(tx, identity)
        if stored.by(tx, actor.id, [held.id]):
            raise Conflict("You have answered this. Take your answer back to answer otherwise.")
        revealed = None
        if voice == "named" and standing.me.sealed:
            if not access.may_reveal(standing):
                sentence = (
                    "You do not support this person yourself, so you can answer only unnamed."
                )
                raise access.refuse(tx, actor, Action.ASK_ANSWERED, "nothing of theirs", sentence)
            revealed = _reveal(tx, actor, verdict, held.asked_by, basis, reason)
        shown_at = tx.now if voice == "named" else next_hour(tx.now)
        kept = actor.authority.vault.keep(tx, words, [identity]) if words else None
        made = stored.add_answer(
            tx,
            held.id,
            actor.id,
            voice,
            words_id=kept,
            shown_at=shown_at,
            reveal_id=revealed,
        )
        if voice == "relay":
            relay.refer(tx, actor.authority, answer_id=made)
        outbox.put(
            tx,
            actor,
            "answered",
            person_id=identity,
            practitioner_id=held.asked_by,
            due_at=shown_at if voice == "relay" else None,
            ask_id=held.id,
            answer_id=made,
        )
        audit.allowed(
            tx, actor, Action.ASK_ANSWERED, subjects=[identity], reason=voice, object=made
        )
        return made

    return actor.store.write(change)


def take_back(actor: Actor, answer_id: str) -> None:
    """Take one's own answer back: who asked is shown it no more, nor that there was one. A reveal that
    was made by it goes with it. Raises NotFound."""

    def change(tx: Tx) -> None:
        held = stored.find_answer(tx, answer_id, actor.id)
        if held is None:
            audit.refused(tx, actor, Action.ANSWER_TAKEN_BACK, reason="no such answer")
            raise NotFound(NO_SUCH_ANSWER)
        stored.take_back(tx, held.id)
        shown = stored_reveals.find(tx, held.reveal_id) if held.reveal_id else None
        if shown and shown.made_at == held.made_at:  # not one that they had made before
            stored_reveals.end(tx, shown.id)
        audit.allowed(tx, actor, Action.ANSWER_TAKEN_BACK, object=held.id)

    actor.store.write(change)


def next_hour(at: str) -> str:
    """Give the next full hour after a moment."""
    hour = moment.parse(at).replace(minute=0, second=0, microsecond=0)
    return moment.text(hour + timedelta(hours=1))


def _require(tx: Tx, actor: Actor, ask_id: str) -> tuple[stored.Ask, Verdict]:
    held = stored.find(tx, ask_id)
    if held is None:
        audit.refused(tx, actor, Action.ASK_ANSWERED, reason="not asked")
        raise NotFound(NO_SUCH_ASK)
    verdict = access.require(tx, actor, held.person_id, Sight.CIRCLE, Action.ASK_ANSWERED)
    if not _stands(tx, held):
        audit.refused(tx, actor, Action.ASK_ANSWERED, reason="not asked any more")
        raise NotFound(NO_SUCH_ASK)
    if not access.may_answer(verdict.standing, held.asked_by):
        sentence = "You asked this yourself."
        raise access.refuse(tx, actor, Action.ASK_ANSWERED, "their own", sentence)
    return held, verdict


def _stands(tx: Tx, held: stored.Ask) -> bool:
    """Whether who asked supports the person still."""
    asker = stored_access.me(tx, held.asked_by)
    return access.verdict(tx, asker, held.person_id).sight is Sight.CIRCLE


def _reveal(tx: Tx, actor: Actor, verdict: Verdict, to: str, basis: str, reason: str) -> str | None:
    identity = verdict.standing.identity_id
    standing = stored_reveals.standing(tx, identity, actor.id)
    shown = next((one.id for one in standing if one.to_id in (None, to)), None)
    return shown or revealing.reveal_inside(tx, actor, verdict, to, basis, reason)


def _read(tx: Tx, actor: Actor, verdict: Verdict) -> list[Ask]:
    me, located = verdict.standing.me, verdict.location_hidden
    held = [one for one in stored.of(tx, verdict.standing.identity_id) if _stands(tx, one)]
    asked = [one.id for one in held if one.asked_by == me.id]
    theirs = stored.shown(tx, asked) if asked else []
    own = stored.by(tx, me.id, [one.id for one in held]) if held else []
    words_ids = [*(one.words_id for one in held), *(one.words_id for one in (*theirs, *own))]
    said = actor.authority.vault.open(tx, filter(None, words_ids))

    def place(one: stored.Ask | stored.Answer) -> dict[str, str]:
        """Say how somebody is reached, unless that says where the person is."""
        if located and one.located and one.agency_id != me.agency_id:
            switchboard = actor.authority.settings.switchboard
            return {"agency": briefs.HIDDEN_PLACE, "phone": switchboard, "email": ""}
        return {"agency": one.agency, "phone": one.phone, "email": one.email}

    def named(one: stored.Answer) -> Answer:
        relayed = one.voice == "relay"
        words = said.get(one.words_id or "", "")
        if relayed:
            day = moment.day(one.shown_at).isoformat()
            return Answer(one.id, False, "", "", "", "", "", words, one.reference or "", day)
        return Answer(
            one.id, True, one.name, one.job, words=words, reference="", at=one.made_at, **place(one)
        )

    found = [
        Ask(
            id=one.id,
            name=one.name,
            job=one.job,
            words=said.get(one.words_id or "", ""),
            made_at=one.made_at,
            until=one.until,
            mine=one.asked_by == me.id,
            answers=[named(answer) for answer in theirs if answer.ask_id == one.id],
            answer=next((named(answer) for answer in own if answer.ask_id == one.id), None),
            **place(one),
        )
        for one in held
    ]
    return [replace(ask, answers=ask.answers if ask.mine else ()) for ask in found]


def _words(words: str) -> str:
    words = words.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(words) > WORDS_LENGTH:
        raise Invalid(f"Use {WORDS_LENGTH} characters or fewer.", "words")
    return words
