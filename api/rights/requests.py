"""Somebody asks for a copy of what is kept about a person: taken down, checked, and its month watched.

UK GDPR, Articles 12 and 15. A request may be made to anybody and in any form, so whoever works with
families writes it down the day it comes (Information Commissioner, guidance on the right of access).
Governance leads check who asks and watch the clock; they see no words of a note. Each agency decides
about the items that it controls (`items`), and two people sign the pack off (`packs`).

A child has the right themself. In England and Wales no age is set: whether a child understands is asked
each time (Gillick v West Norfolk and Wisbech AHA [1986] AC 112); in Scotland twelve is presumed to be
enough (Data Protection Act 2018, section 208). A parent asks for a child only while the child does not
understand, or agrees; and never by right of being one where it would put somebody in danger.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api import access, moment
from api.access import Sight
from api.authority import Authority
from api.errors import Conflict, Invalid, NotFound
from api.record import briefs
from api.rights import blacking, days, held
from api.store import Tx
from api.store import held as stored_held
from api.store import people as stored_people
from api.store import requests as stored
from api.store.access import Me, Standing
from api.store.requests import Check, Kept
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

# What is checked, and what the answers are. Those that let a request go on are in GOES_ON.
CHECKS: Mapping[str, Sequence[tuple[str, str]]] = {
    "identity": (
        ("known", "Known to us, and seen or rung back"),
        ("document", "A document was seen"),
        ("asked", "Proof was asked for: the clock waits"),
    ),
    "authority": (
        ("responsibility", "Parental responsibility: evidence was seen"),
        ("written", "Written authority of the person was seen"),
        ("court", "An order of a court was seen"),
        ("none", "There is none"),
    ),
    "wish": (
        ("agrees", "They understand, and want it"),
        ("does not agree", "They understand, and do not want it"),
        ("too young", "They do not understand enough to decide"),
    ),
    "safety": (
        ("safe", "Nothing speaks against it"),
        ("danger", "It could put somebody in danger: say what to leave out"),
    ),
}
GOES_ON = {
    "identity": ("known", "document"),
    "authority": ("responsibility", "written", "court"),
    "wish": ("agrees", "too young"),
    "safety": ("safe", "danger"),
}
ENDS = (("refused", "Refused"), ("withdrawn", "Taken back by whoever asked"))

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
class Clock:
    """By when a request is answered. `due_on` is None while proof of identity is awaited."""

    runs_from: str | None
    due_on: str | None
    first_due_on: str | None
    days_left: int | None


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
class Checked:
    """A check: what was asked, what was found, and by whom; "" where it was not made yet."""

    kind: str
    answer: str
    label: str
    words: str
    by: str
    at: str


@dataclass(frozen=True)
class Request:
    """A request as one actor sees it. `handles` says whether they check and watch it, `missing` what
    keeps it from being put together or signed off. Who only took it reads neither what was checked (it may
    say from whom somebody is hidden) nor why it ended."""

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
    others_ask: bool


@dataclass(frozen=True)
class Opened:
    """A request that an actor may know of, with what the rules looked at."""

    kept: Kept
    me: Me
    standing: Standing
    handles: bool


def take(actor: Actor, person_id: str, new: NewRequest) -> str:
    """Write down that a person's record is asked for; give the request's id. Governance leads are told.

    Raises NotFound where the person must not exist for the actor, Invalid for what cannot be taken.
    """
    received = _check_received(actor, new.received_on)
    if new.asker not in dict(ASKERS):
        raise Invalid("Choose who asks.", "asker")
    said = {
        "who": line(new.who, "who", "Say who asks."),
        "contact": line(new.contact, "contact", "Say how to reach them."),
        "wanted": words(new.wanted, "wanted"),
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


def to_handle(actor: Actor, request_id: str, kind: str = "") -> Request:
    """Give a request to the governance lead who handles it, to check something of `kind`, extend it or
    end it. Raises NotFound for a check that it does not need."""

    def looking(tx: Tx) -> Request:
        opened = require(tx, actor, request_id, Action.REQUESTS_LOOKED)
        kept = opened.kept
        if not opened.handles:
            raise access.refuse(tx, actor, Action.REQUESTS_LOOKED, "does not handle it", NOT_YOURS)
        if kind and kind not in needed(kept):
            audit.refused(tx, actor, Action.REQUESTS_LOOKED, reason="no such check")
            raise NotFound(NO_SUCH)
        audit.allowed(
            tx,
            actor,
            Action.REQUESTS_LOOKED,
            subjects=[kept.identity_id],
            object=request_id,
        )
        return shown(tx, actor.authority, opened)

    return actor.store.look(looking)


def check(actor: Actor, request_id: str, kind: str, answer: str, said: str = "") -> None:
    """Write down what was found when something of CHECKS was checked, with how it was seen.

    Raises NotAllowed for anybody but a governance lead who handles it, Invalid for an answer that is
    none, Conflict once the request has ended.
    """
    if kind not in CHECKS or answer not in dict(CHECKS[kind]):
        raise Invalid("Choose an answer.", "answer")
    said = words(said, "words")
    if not said and answer not in ("asked", "safe"):
        raise Invalid("Say how you know, in a few words.", "words")

    def change(tx: Tx) -> None:
        opened = require_handling(tx, actor, request_id, Action.REQUEST_CHECKED)
        kept = opened.kept
        if kind == "authority" and kept.asker == "person":
            raise Invalid("The person asks themself: no authority is needed.", "answer")
        about = actor.authority.vault.keep(tx, said, [kept.identity_id]) if said else None
        stored.add_check(tx, request_id, kind, answer, actor.id, about)
        if kind == "identity" and answer == "asked" and not kept.identity_asked_on:
            stored.change(tx, request_id, identity_asked_on=tx.today)
        if kind == "identity" and answer != "asked" and not kept.identity_on:
            stored.change(tx, request_id, identity_on=tx.today)
        _unsign(tx, kept)
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_CHECKED,
            subjects=[kept.identity_id],
            reason=f"{kind}: {answer}",
            object=request_id,
            details=said,
        )

    actor.store.write(change)


def extend(actor: Actor, request_id: str, why: str) -> None:
    """Write down that the asker was told, within the month, that it takes up to two months more.

    UK GDPR, Article 12A(4): where it is necessary because of the complexity of requests or their
    number, and the asker is told why. Raises Conflict after that month, or the second time.
    """
    why = words(why, "why")
    if not why:
        raise Invalid("Say why it takes longer, as you told whoever asks.", "why")

    def change(tx: Tx) -> None:
        kept = require_handling(tx, actor, request_id, Action.REQUEST_EXTENDED).kept
        time = clock(kept, tx.today)
        if kept.extended_on:
            raise Conflict("It was extended already: it can be once.")
        if time.first_due_on is None:
            raise Conflict("The clock waits for proof of who asks. There is nothing to extend yet.")
        if tx.today > time.first_due_on:
            raise Conflict(
                "The month has passed: whoever asks had to be told of it within the month."
            )
        about = actor.authority.vault.keep(tx, why, [kept.identity_id])
        stored.change(
            tx, request_id, extended_on=tx.today, extended_words_id=about, overdue_at=None
        )
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_EXTENDED,
            subjects=[kept.identity_id],
            object=request_id,
            details=why,
        )

    actor.store.write(change)


def end(actor: Actor, request_id: str, outcome: str, why: str) -> None:
    """End a request that is refused or was taken back, with the reason. Whoever is refused must be told
    why, and that they may complain to the Information Commissioner (UK GDPR, Article 12(4))."""
    why = words(why, "why")
    if outcome not in dict(ENDS):
        raise Invalid("Choose how it ends.", "outcome")
    if not why:
        raise Invalid("Say why, in a few words.", "why")

    def change(tx: Tx) -> None:
        kept = require_handling(tx, actor, request_id, Action.REQUEST_ENDED).kept
        close(tx, actor, kept, outcome, actor.authority.vault.keep(tx, why, [kept.identity_id]))
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_ENDED,
            subjects=[kept.identity_id],
            reason=outcome,
            object=request_id,
            details=why,
        )

    actor.store.write(change)


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


def tell_overdue(authority: Authority) -> int:
    """Let who handles it and who still has to decide hear, once, of what was due by yesterday; give how
    many requests."""
    worker = Actor.system(authority, "worker")
    today = moment.day(authority.store.now()).isoformat()

    def late(kept: Kept) -> bool:
        due = clock(kept, today).due_on
        return due is not None and due < today

    def change(tx: Tx) -> int:
        found = [kept for kept in stored.open_ones(tx) if late(kept)]
        for kept in found:
            stored.change(tx, kept.id, overdue_at=tx.now)
            outbox.put(tx, worker, "request overdue", person_id=kept.person_id, request_id=kept.id)
        audit.allowed(tx, worker, Action.REQUEST_OVERDUE)
        return len(found)

    if not any(late(kept) for kept in stored.open_ones(authority.store)):
        return 0
    return authority.store.write(change)


def clock(kept: Kept, today: str) -> Clock:
    """Give a request's clock: a month from when it was received, or from when whoever asks had shown
    who they are, where that had to be asked for; three months where it was extended."""
    since: str | None = kept.received_on
    if kept.identity_asked_on:
        since = max(kept.identity_on, kept.received_on) if kept.identity_on else None
    if since is None:
        return Clock(None, None, None, None)
    begun = date.fromisoformat(since)
    first = days.due(begun)
    due = days.due(begun, days.LONGEST) if kept.extended_on else first
    left = (due - date.fromisoformat(today)).days
    return Clock(since, due.isoformat(), first.isoformat(), left)


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
        name=_name(tx, opened.me, kept),
        received_on=kept.received_on,
        taken_at=kept.made_at,
        asker=dict(ASKERS)[kept.asker],
        who=said.get("who", ""),
        contact=said.get("contact", ""),
        wanted=said.get("wanted", ""),
        clock=clock(kept, tx.today),
        extended_on=kept.extended_on,
        extended_why=texts.get(kept.extended_words_id or "", ""),
        checks=[_checked(kind, made.get(kind), texts) for kind in needed(kept) if reads],
        missing=missing(kept, made) if reads else [],
        gathered_at=kept.gathered_at,
        ended_at=kept.ended_at,
        outcome=kept.outcome,
        outcome_why=texts.get(kept.outcome_words_id or "", ""),
        handles=opened.handles,
        others_ask=kept.asker != "person",
    )


def needed(kept: Kept) -> list[str]:
    """Give the kinds of checks that a request needs: whoever asks for themself needs no authority."""
    return [kind for kind in CHECKS if kind != "authority" or kept.asker != "person"]


def missing(kept: Kept, made: Mapping[str, Check]) -> list[str]:
    """Say what keeps a request from going on, in sentences; nothing where all is well."""
    sentences = {
        "identity": "Who asks has not been shown yet.",
        "authority": "By what authority they ask for somebody else has not been shown.",
        "wish": "The person's own wish and understanding: not asked, or they do not want it.",
        "safety": "Whether it is safe has not been said.",
    }
    return [
        sentences[kind]
        for kind in needed(kept)
        if kind not in made or made[kind].answer not in GOES_ON[kind]
    ]


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


def _unsign(tx: Tx, kept: Kept) -> None:
    """What was signed off before something was checked anew has to be signed off again."""
    for part in stored.parts(tx, kept.id).values():
        if not part.handed_at:
            unsign(tx, kept.id, part.part)


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
    return Listed(
        id=kept.id,
        name=_name(tx, me, kept),
        asker=dict(ASKERS)[kept.asker],
        received_on=kept.received_on,
        clock=clock(kept, tx.today),
        state=state,
        mine=0 if is_over(kept) else len(waiting),
    )


def _name(tx: Tx, me: Me, kept: Kept) -> str:
    """Name whom a request is about; to who added them, and sees no more, as they wrote it."""
    verdict = access.verdict(tx, me, kept.person_id)
    if verdict.sight is Sight.OWN and verdict.standing.made_record:
        return briefs.shown(tx, verdict, kept.person_id).name
    names = stored_held.names(tx, [kept.identity_id], kept.identity_id)
    return held.name_of(names.get(kept.identity_id, ()))


def _checked(kind: str, made: Check | None, texts: Mapping[str, str]) -> Checked:
    if made is None:
        return Checked(kind, "", "Not checked yet", "", "", "")
    label = dict(CHECKS[kind])[made.answer]
    return Checked(
        kind, made.answer, label, texts.get(made.words_id or "", ""), made.by, made.made_at
    )


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
