"""Somebody asks for a copy of what is kept about a person: taken down, and who may know of that.

UK GDPR, Articles 12 and 15. A request may be made to anybody and in any form, so whoever works with
families writes it down the day it comes (Information Commissioner, guidance on the right of access).
Governance leads check who asks and watch the clock; they see no words of a note. Each agency decides
about the items that it controls, and two people sign the pack off. Here a request is taken down and shown.
What follows, in its order:

    checks      what is checked before a request goes on
    clock       by when it is answered (days: the calendar)
    handling    what the governance lead who handles it does
    items       what is held, decided one by one (held: what it says; blacking: words taken out)
    packs       the pack as its reader sees it
    signing     signed off by two people, and handed over
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from api import access, moment
from api.access import Sight, Verdict
from api.authority import Authority
from api.errors import Checks, Conflict, Invalid, NotFound
from api.record import briefs
from api.rights import blacking, checks, saying
from api.rights import clock as clocks
from api.rights.checks import Checked
from api.rights.clock import Clock
from api.store import Tx
from api.store import held as stored_held
from api.store import people as stored_people
from api.store import requests as stored
from api.store.access import Me, Standing
from api.store.requests import Kept
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

WORDS_LENGTH = 1000
LINE_LENGTH = 200
OLDEST_DAYS = 366

ASKERS = (
    ("person", "The person themself"),
    ("parent", "A parent, or somebody with parental responsibility"),
    ("other", "Somebody else with authority, such as a solicitor"),
)

NO_SUCH = "There is no such request here."
ENDED = "This request has ended."
NOT_YOURS = "Only a governance lead who handles this request can do this."


@dataclass(frozen=True)
class NewRequest:
    """What somebody takes down: when it came, who asks, how to reach them and what they want."""

    received_on: str
    asker: str
    who: str
    contact: str
    wanted: str = ""


@dataclass(frozen=True)
class Listed:
    """A request in a list."""

    id: str
    name: str
    asker: str
    received_on: str
    clock: Clock
    state: str
    mine: int


@dataclass(frozen=True)
class Request:
    """A request as one actor sees it. `handles` says whether they check and watch it, `unhandled` whether no
    governance lead may, `missing` what keeps it from being put together or signed off. Who only took it
    reads neither what was checked (it may say from whom somebody is hidden) nor why it ended."""

    id: str
    name: str
    received_on: str
    taken_at: str
    asker: str
    who: str
    contact: str
    wanted: str
    clock: Clock
    extended_on: str | None
    extended_why: str
    checks: Sequence[Checked]
    missing: Sequence[str]
    gathered_at: str | None
    ended_at: str | None
    outcome: str | None
    outcome_why: str
    handles: bool
    unhandled: bool
    others_ask: bool


@dataclass(frozen=True)
class Opened:
    """A request that an actor may know of, with what the rules looked at."""

    kept: Kept
    me: Me
    standing: Standing
    handles: bool


def take(actor: Actor, person_id: str, new: NewRequest) -> str:
    """Write down that a person's record is asked for; give the request's id. Governance leads are told. What
    the actor sent before, word for word, is one request.

    Raises NotFound where the person must not exist for the actor, Invalid for what cannot be taken.
    """
    with Checks() as check:
        received = check(_check_received, actor, new.received_on)
        check.that(new.asker in dict(ASKERS), "Choose who asks.", "asker")
        said = {
            "who": check(line, new.who, "who", "Say who asks."),
            "contact": check(line, new.contact, "contact", "Say how to reach them."),
            "wanted": check(words, new.wanted, "wanted"),
        }

    def change(tx: Tx) -> str:
        verdict = access.require(tx, actor, person_id, Sight.OUTSIDE, Action.REQUEST_TAKEN)
        standing = verdict.standing
        identity = standing.identity_id
        if not access.may_take_request(standing):
            sentence = (
                "Your role takes no requests. Pass it on to somebody who works with families."
            )
            raise access.refuse(tx, actor, Action.REQUEST_TAKEN, "no working role", sentence)
        stored_people.hold(tx, identity)
        before = stored.taken(tx, identity, actor.id, received, new.asker)
        texts = actor.authority.vault.open(tx, [one.words_id for one in before])
        for one in before:
            if texts.get(one.words_id) == json.dumps(said):
                audit.allowed(
                    tx,
                    actor,
                    Action.REQUEST_TAKEN,
                    subjects=[identity],
                    reason="again",
                    object=one.id,
                )
                return one.id
        request_id = stored.add(
            tx,
            person_id=person_id,
            received_on=received,
            asker=new.asker,
            words_id=actor.authority.vault.keep(tx, json.dumps(said), [identity]),
            agency_id=standing.me.agency_id,
            made_by=actor.id,
        )
        outbox.put(tx, actor, "record asked for", person_id=person_id, request_id=request_id)
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_TAKEN,
            subjects=[identity],
            reason=new.asker,
            object=request_id,
        )
        return request_id

    return actor.store.write(change)


def mine(actor: Actor) -> list[Listed]:
    """Give the requests that the actor took, handles or decides about, the oldest that wait first."""

    def looking(tx: Tx) -> list[Listed]:
        me = access.who(tx, actor)
        found = stored.shown(tx, me)
        audit.allowed(
            tx,
            actor,
            Action.REQUESTS_LOOKED,
            subjects=sorted({kept.identity_id for kept in found}),
        )
        return [_listed(tx, me, kept) for kept in found]

    return actor.store.look(looking)


# --- For the other files of this room ------------------------------------------------------------


def require(tx: Tx, actor: Actor, request_id: str, action: Action) -> Opened:
    """Find a request that the actor took, handles or decides about. Raises NotFound for anybody else."""
    me = access.who(tx, actor)
    kept = stored.find(tx, request_id)
    if kept and stored.is_shown(tx, me, request_id):
        standing = access.verdict(tx, me, kept.person_id).standing
        return Opened(kept, me, standing, access.may_handle_request(standing, kept.agency_id))
    audit.refused(tx, actor, action, reason="no such request")
    raise NotFound(NO_SUCH)


def require_handling(tx: Tx, actor: Actor, request_id: str, action: Action) -> Opened:
    """Find a request that the actor handles and that has not ended, and let nobody else change it."""
    opened = require(tx, actor, request_id, action)
    if not opened.handles:
        raise access.refuse(tx, actor, action, "does not handle it", NOT_YOURS)
    hold(tx, opened.kept)
    if opened.kept.ended_at:
        raise Conflict(ENDED)
    return opened


def hold(tx: Tx, kept: Kept) -> None:
    """Let what changes a request at the same moment follow one another."""
    stored_people.hold(tx, kept.person_id)
    stored.hold(tx, kept.id)


def shown(tx: Tx, authority: Authority, opened: Opened) -> Request:
    """Make a request whole for somebody who may know of it, inside a look."""
    kept = opened.kept
    reads = stored.is_read_by(tx, opened.me, kept.id)
    made = stored.checks(tx, kept.id) if reads else {}
    texts = authority.vault.open(
        tx,
        [
            id
            for id in (
                kept.words_id,
                *((kept.extended_words_id, kept.outcome_words_id) if reads else ()),
                *(one.words_id for one in made.values()),
            )
            if id
        ],
    )
    said = json.loads(texts.get(kept.words_id, "{}"))
    return Request(
        id=kept.id,
        name=_name(tx, access.verdict(tx, opened.me, kept.person_id), kept),
        received_on=kept.received_on,
        taken_at=kept.made_at,
        asker=dict(ASKERS)[kept.asker],
        who=said.get("who", ""),
        contact=said.get("contact", ""),
        wanted=said.get("wanted", ""),
        clock=clocks.of(kept, tx.today),
        extended_on=kept.extended_on,
        extended_why=texts.get(kept.extended_words_id or "", ""),
        checks=[
            checks.as_read(kind, made.get(kind), texts) for kind in checks.needed(kept) if reads
        ],
        missing=checks.missing(kept, made) if reads else [],
        gathered_at=kept.gathered_at,
        ended_at=kept.ended_at,
        outcome=kept.outcome,
        outcome_why=texts.get(kept.outcome_words_id or "", ""),
        handles=opened.handles,
        unhandled=_is_unhandled(tx, kept, opened.standing),
        others_ask=kept.asker != "person",
    )


def close(tx: Tx, actor: Actor, kept: Kept, outcome: str, words_id: str | None) -> None:
    """Write that a request has ended, inside a change that is allowed."""
    stored.change(
        tx,
        kept.id,
        ended_at=tx.now,
        ended_by=actor.id,
        outcome=outcome,
        outcome_words_id=words_id,
    )


def _is_unhandled(tx: Tx, kept: Kept, standing: Standing) -> bool:
    """Whether nobody handles a request; to who added somebody anew who is restricted, it is as any other."""
    hidden = access.is_closed(standing) or access.is_echo(standing)
    return not (hidden or kept.ended_at or stored.has_handler(tx, kept))


def words(text: str, field: str) -> str:
    """Give what was typed, trimmed. Raises Invalid where it is too long."""
    text = blacking.clean(text).strip()
    if len(text) > WORDS_LENGTH:
        raise Invalid(f"Use {WORDS_LENGTH:,} characters or fewer.", field)
    return text


def line(text: str, field: str, sentence: str) -> str:
    """Give what was typed on one line. Raises Invalid with the sentence where there is nothing."""
    text = " ".join(blacking.clean(text).split())
    if not text:
        raise Invalid(sentence, field)
    if len(text) > LINE_LENGTH:
        raise Invalid(f"Use {LINE_LENGTH} characters or fewer.", field)
    return text


def unsign(tx: Tx, request_id: str, part: str) -> None:
    """Take back the signatures of a part, because something of it has changed."""
    stored.sign(
        tx,
        request_id,
        part,
        governance_by=None,
        governance_at=None,
        controller_by=None,
        controller_at=None,
        signed_text=None,
    )


def is_over(kept: Kept) -> bool:
    """Say whether a request ended without a pack: nothing of it is decided or handed over any more."""
    return kept.outcome in ("refused", "withdrawn")


def _listed(tx: Tx, me: Me, kept: Kept) -> Listed:
    waiting = [one for one in stored.decided_by_me(tx, me, kept.id) if not one.decision]
    state = kept.outcome or ("being decided" if kept.gathered_at else "being checked")
    verdict = access.verdict(tx, me, kept.person_id)
    if kept.unhandled_at and _is_unhandled(tx, kept, verdict.standing):
        state = "nobody may deal with it"
    return Listed(
        id=kept.id,
        name=_name(tx, verdict, kept),
        asker=dict(ASKERS)[kept.asker],
        received_on=kept.received_on,
        clock=clocks.of(kept, tx.today),
        state=state,
        mine=0 if is_over(kept) else len(waiting),
    )


def _name(tx: Tx, verdict: Verdict, kept: Kept) -> str:
    """Name whom a request is about; to who added them, and sees no more, as they wrote it."""
    if verdict.sight is Sight.OWN and verdict.standing.made_record:
        return briefs.shown(tx, verdict, kept.person_id).name
    names = stored_held.names(tx, [kept.identity_id], kept.identity_id)
    return saying.name_of(names.get(kept.identity_id, ()))


def _check_received(actor: Actor, text: str) -> str:
    day = moment.read_day(text, "received_on")
    today = moment.day(actor.store.now())
    if day is None:
        raise Invalid("Say on which day it was received.", "received_on")
    if day > today:
        raise Invalid("The day must be today or earlier.", "received_on")
    if day < today - timedelta(days=OLDEST_DAYS):
        raise Invalid("This is more than a year ago. Ask your governance lead.", "received_on")
    return day.isoformat()
