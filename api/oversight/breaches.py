"""Notes on the wrong person: each is a breach, to be dealt with within 72 hours.

Its author's supervisor and governance lead see what was said, to whom it went and what was done about
it, and close it with what came of it. A sealed author's stays within their own service.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from api import access, moment
from api.access import Sight, Verdict
from api.authority import Authority
from api.errors import Conflict, NotFound
from api.record import asserting, briefs
from api.store import Tx
from api.store import breaches as stored
from api.store import notes as stored_notes
from api.store import telling as stored_telling
from api.store.access import HIDDEN_PLACE, Me
from api.store.breaches import Kept
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

SHOWN = 100
NO_SUCH = "There is no such breach here."
_CLOSED = "This was closed already."


@dataclass(frozen=True)
class Line:
    """A breach in the list. `hours_left` is negative once it is overdue; `author` empty where the reader
    may not know them."""

    id: str
    author: str
    opened_at: str
    due_at: str
    closed_at: str | None
    hours_left: int


@dataclass(frozen=True)
class Reader:
    """Somebody who had read the note; no agency, where its name would say where somebody is."""

    name: str
    job: str
    agency: str
    read_at: str


@dataclass(frozen=True)
class Step:
    """What somebody did about it."""

    who: str
    text: str
    at: str


@dataclass(frozen=True)
class Breach:
    """A breach, whole. `about` and the note's words are empty where they are closed to the reader; `found`
    says what came of it, once it is closed. `told_at` is when its readers were told."""

    line: Line
    about: Sequence[str]
    saw: str
    thinks: str
    reason: str
    readers: Sequence[Reader]
    told_at: str | None
    steps: Sequence[Step]
    found: str


def mine(actor: Actor) -> list[Line]:
    """Give the breaches that the actor deals with: open ones first, those due soonest first."""

    def looking(tx: Tx) -> list[Line]:
        me = access.who(tx, actor)
        audit.allowed(tx, actor, Action.BREACHES_LOOKED, reason="list")
        return [_line(tx, me, kept) for kept in stored.of(tx, me, SHOWN)]

    return actor.store.look(looking)


def look(actor: Actor, breach_id: str) -> Breach:
    """Give a breach to who deals with it. Raises NotFound for anybody else."""

    def looking(tx: Tx) -> Breach:
        me, kept, verdicts = _require(tx, actor, breach_id, Action.BREACHES_LOOKED)
        closed = any(access.is_closed(one.standing) for one in verdicts)
        texts = [] if closed else stored_notes.revisions(tx, [kept.note_id])
        steps = stored.steps(tx, kept.id)
        ids = [kept.words_id, kept.reason_id, *(step["words_id"] for step in steps)]
        ids += [row["words_id"] for row in texts[:1]]
        # Words may name whom their reader must not know of: somebody restricted since.
        kept_words = [] if closed else [id for id in ids if id]
        words = actor.authority.vault.open(tx, kept_words)
        said = json.loads(words.get(texts[0]["words_id"], "{}")) if texts else {}
        hidden = any(one.standing.location_hidden for one in verdicts)
        audit.allowed(
            tx,
            actor,
            Action.BREACHES_LOOKED,
            subjects=_identities(verdicts),
            object=kept.note_id,
        )
        return Breach(
            line=_line(tx, me, kept),
            about=[
                briefs.shown(tx, one, one.standing.identity_id).name
                for one in verdicts
                if one.sight >= Sight.OUTSIDE
            ],
            saw=said.get("saw", ""),
            thinks=said.get("thinks", ""),
            reason=words.get(kept.reason_id or "", ""),
            readers=[
                Reader(
                    row["name"],
                    row["job"],
                    HIDDEN_PLACE if hidden and row["located"] else row["agency"],
                    row["read_at"],
                )
                for row in stored.readers(tx, kept.id, me)
            ],
            told_at=stored.told_at(tx, kept.note_id),
            steps=[
                Step(step["name"], words.get(step["words_id"], ""), step["made_at"])
                for step in steps
            ],
            found=words.get(kept.words_id or "", ""),
        )

    return actor.store.look(looking)


def note_step(actor: Actor, breach_id: str, what: str) -> None:
    """Write what was done about a breach. Raises NotFound for who does not deal with it, Conflict once it
    is closed."""
    text = asserting.check_reason(what)

    def change(tx: Tx) -> None:
        _, kept, verdicts = _require(tx, actor, breach_id, Action.BREACH_HANDLED)
        if kept.closed_at:
            raise Conflict(_CLOSED)
        words = _keep(tx, actor, verdicts, text)
        stored.add_step(tx, kept.id, actor.id, words)
        _audit(tx, actor, Action.BREACH_HANDLED, kept, verdicts, text)

    actor.store.write(change)


def close(actor: Actor, breach_id: str, found: str) -> None:
    """Close a breach with what came of it: whether anybody was harmed, and whether the regulator was
    told. Raises as `note_step` does."""
    text = asserting.check_reason(found)

    def change(tx: Tx) -> None:
        _, kept, verdicts = _require(tx, actor, breach_id, Action.BREACH_CLOSED)
        if not stored.close(tx, kept.id, actor.id, _keep(tx, actor, verdicts, text)):
            raise Conflict(_CLOSED)
        _audit(tx, actor, Action.BREACH_CLOSED, kept, verdicts, text)

    actor.store.write(change)


def tell_overdue(authority: Authority) -> int:
    """Let those who deal with a breach hear, once, that its 72 hours are over; give how many there were."""
    worker = Actor.system(authority, "worker")

    def change(tx: Tx) -> int:
        found = stored.take_overdue(tx)
        for note_id in found:
            outbox.put(tx, worker, "breach overdue", note_id=note_id)
        audit.allowed(tx, worker, Action.BREACH_OVERDUE)
        return len(found)

    if not stored.has_overdue(authority.store, authority.store.now()):
        return 0
    return authority.store.write(change)


def _require(
    tx: Tx, actor: Actor, breach_id: str, action: Action
) -> tuple[Me, Kept, list[Verdict]]:
    me = access.who(tx, actor)
    kept = stored.find(tx, breach_id, me)
    if kept is None:
        audit.refused(tx, actor, action, reason="not theirs to deal with", object=breach_id)
        raise NotFound(NO_SUCH)
    people = stored_telling.subjects(tx, kept.note_id)
    return me, kept, [access.verdict(tx, me, person) for person in people]


def _identities(verdicts: Sequence[Verdict]) -> list[str]:
    return sorted({one.standing.identity_id for one in verdicts})


def _keep(tx: Tx, actor: Actor, verdicts: Sequence[Verdict], text: str) -> str:
    return actor.authority.vault.keep(tx, text, _identities(verdicts))


def _audit(
    tx: Tx, actor: Actor, action: Action, kept: Kept, verdicts: Sequence[Verdict], text: str
) -> None:
    audit.allowed(
        tx, actor, action, subjects=_identities(verdicts), object=kept.note_id, details=text
    )


def _line(tx: Tx, me: Me, kept: Kept) -> Line:
    shown = access.shows_author(me, kept.author_id, kept.author_agency, kept.voice)
    left = moment.parse(kept.due_at) - moment.parse(tx.now)
    return Line(
        id=kept.id,
        author=kept.author if shown else "",
        opened_at=kept.opened_at,
        due_at=kept.due_at,
        closed_at=kept.closed_at,
        hours_left=int(left.total_seconds() // 3600),
    )
