"""Revealing oneself: somebody in a sensitive service says that they support a person.

That their service knows a family is itself private, so nobody is told but whom they choose: the circle,
or one practitioner in it, on a basis in law from the authority's list and for a reason in their own words.
It shows their line (name, number, last contact) to those who have the circle's sight, for as long as the
involvement is open, and nothing else: no fact of their service, no note, nothing that they did before.
Neither the directory view nor another system shows it.

They take it back at any time. Then it is as if it had never been: no line, nothing in an inbox, nothing
that ended. What somebody has read or rung they still know, and a push that said that there was news has
been sent. Their supervisor and their own service's governance lead see that, when and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.errors import Checks, Conflict, Invalid, NotFound
from api.record import briefs, involvements
from api.record.briefs import Brief
from api.store import Tx
from api.store import access as stored_access
from api.store import authority as stored_authority
from api.store import people as stored_people
from api.store import reveals as stored
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

REASON_LENGTH = 500
SHOWN = 100
CIRCLE = "circle"
NO_SUCH_REVEAL = "There is no such thing to take back."


@dataclass(frozen=True)
class Reveal:
    """To whom somebody shows that they support a person (`to` is "" for the circle), on which basis and
    why. `about` is "" where the reader may not know of the person."""

    id: str
    about: str
    who: str
    mine: bool
    to: str
    basis: str
    law: str
    reason: str
    made_at: str
    ended_at: str | None


@dataclass(frozen=True)
class Choice:
    """Somebody in the circle to whom one can show oneself."""

    id: str
    name: str
    role: str


@dataclass(frozen=True)
class Revealing:
    """Whom this is about, to whom the actor shows their involvement now, and to whom else they can."""

    brief: Brief
    standing: Sequence[Reveal]
    choices: Sequence[Choice]


def of(actor: Actor, person_id: str) -> Revealing:
    """Give to whom the actor shows that they support a person. Raises NotAllowed for who has nothing to
    reveal."""

    def looking(tx: Tx) -> Revealing:
        verdict = _require(tx, actor, person_id, Action.REVEALS_LOOKED)
        identity = verdict.standing.identity_id
        brief = briefs.shown(tx, verdict, person_id)
        held = stored.standing(tx, identity, actor.id)
        audit.allowed(tx, actor, Action.REVEALS_LOOKED, subjects=[identity], reason="my own")
        return Revealing(brief, _read(tx, actor, held), choices(tx, verdict))

    return actor.store.look(looking)


def reveal(actor: Actor, person_id: str, to: str, basis: str, reason: str) -> str:
    """Show one's own involvement to the circle (`to` is CIRCLE) or to one practitioner in it; give the
    reveal's id. They are told that somebody shows it, not who.

    Raises Invalid, naming the field; NotAllowed; Conflict where they are shown it already.
    """

    def change(tx: Tx) -> str:
        verdict = _require(tx, actor, person_id, Action.REVEAL_MADE)
        if to != CIRCLE and to not in {one.id for one in choices(tx, verdict)}:
            raise Invalid("Choose everyone, or one person.", "to")
        made = reveal_inside(tx, actor, verdict, None if to == CIRCLE else to, basis, reason)
        outbox.put(
            tx,
            actor,
            "revealed",
            person_id=verdict.standing.identity_id,
            practitioner_id=None if to == CIRCLE else to,
            reveal_id=made,
        )
        return made

    return actor.store.write(change)


def _law(tx: Tx, basis: str) -> str:
    law = stored_authority.law(tx, basis)
    if law is None:
        raise Invalid("Choose on which basis you say so.", "basis")
    return law


def reveal_inside(
    tx: Tx, actor: Actor, verdict: Verdict, to: str | None, basis: str, reason: str
) -> str:
    """Write a reveal inside somebody's change, to the circle (None) or to one; who may was decided."""
    reason = reason.strip()
    with Checks() as check:
        law = check(_law, tx, basis)
        check.that(bool(reason), "Say why.", "reason")
        fits = len(reason) <= REASON_LENGTH
        check.that(fits, f"Use {REASON_LENGTH} characters or fewer.", "reason")
    identity = verdict.standing.identity_id
    stored_people.hold(tx, identity)
    if any(one.to_id in (None, to) for one in stored.standing(tx, identity, actor.id)):
        raise Conflict("They are shown already that you support this person.")
    kept = actor.authority.vault.keep(tx, reason, [identity])
    made = stored.add(tx, identity, actor.id, to, basis=basis, law=law, words_id=kept)
    audit.allowed(
        tx,
        actor,
        Action.REVEAL_MADE,
        subjects=[identity],
        reason=basis,
        object=made,
        details=reason,
    )
    return made


def take_back(actor: Actor, reveal_id: str) -> None:
    """Take a reveal back, with whatever was answered by name because of it. Only who made it may, and
    they always may. Raises NotFound."""

    def change(tx: Tx) -> None:
        held = stored.find(tx, reveal_id)
        if held is None or held.practitioner_id != actor.id or held.ended_at:
            audit.refused(tx, actor, Action.REVEAL_TAKEN_BACK, reason="no such reveal")
            raise NotFound(NO_SUCH_REVEAL)
        stored.end(tx, held.id)
        audit.allowed(
            tx, actor, Action.REVEAL_TAKEN_BACK, subjects=[held.person_id], object=held.id
        )

    actor.store.write(change)


def seen(actor: Actor) -> Sequence[Reveal]:
    """Give the actor's own reveals, and those of whom they supervise or whose governance lead they are;
    newest first, those that were taken back too."""

    def looking(tx: Tx) -> Sequence[Reveal]:
        found = stored.seen_by(tx, access.who(tx, actor), SHOWN)
        shown = _read(tx, actor, found)
        subjects = {one.person_id for one, said in zip(found, shown, strict=True) if said.about}
        audit.allowed(tx, actor, Action.REVEALS_LOOKED, subjects=sorted(subjects))
        return shown

    return actor.store.look(looking)


def choices(tx: Tx, verdict: Verdict) -> list[Choice]:
    """Give those in the circle, as its page names them, to whom one can show oneself: whoever has the
    circle's sight, and is not of one's own service."""
    me, identity = verdict.standing.me, verdict.standing.identity_id
    found: dict[str, Choice] = {}
    for line in involvements.of(tx, verdict).now:
        who = line.practitioner_id
        if who is None or not (line.active and line.joined) or line.hidden or who in found:
            continue
        other = stored_access.me(tx, who)
        sees = access.verdict(tx, other, identity).sight is Sight.CIRCLE
        if sees and other.agency_id != me.agency_id and not other.left:
            found[who] = Choice(who, line.name, f"{line.role}, {line.agency}")
    return list(found.values())


def _require(tx: Tx, actor: Actor, person_id: str, action: Action) -> Verdict:
    verdict = access.require(tx, actor, person_id, Sight.CIRCLE, action)
    if not access.may_reveal(verdict.standing):
        sentence = "Only somebody of a private service, who supports this person, has this to show."
        raise access.refuse(tx, actor, action, "nothing sealed of their own", sentence)
    return verdict


def _read(tx: Tx, actor: Actor, held: Sequence[stored.Reveal]) -> list[Reveal]:
    me = access.who(tx, actor)
    known = {
        one.person_id
        for one in held
        if not access.is_closed(access.verdict(tx, me, one.person_id).standing)
    }
    # Words may name whom their reader must not know of: somebody restricted since.
    reasons = actor.authority.vault.open(
        tx, [one.words_id for one in held if one.person_id in known]
    )
    named = briefs.many(tx, me, sorted(known)) if known else {}
    return [
        Reveal(
            id=one.id,
            about=named[one.person_id].name if one.person_id in named else "",
            who=one.practitioner,
            mine=one.practitioner_id == me.id,
            to=one.to_name or "",
            basis=one.label,
            law=one.law,
            reason=reasons.get(one.words_id, ""),
            made_at=one.made_at,
            ended_at=one.ended_at,
        )
        for one in held
    ]
