"""Legal holds: while one stands, nothing about a person is forgotten, by anybody."""

from __future__ import annotations

from dataclasses import dataclass

from api import access
from api.errors import Checks, Invalid, NotFound
from api.facts.matching import name_key
from api.record import briefs
from api.rights import governing
from api.store import Tx
from api.store import people as stored_people
from api.store import retention as stored
from api.store.access import Me
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

KINDS = {
    "inquiry": "An inquiry or a review asks for it",
    "court": "A court asks for it",
    "other": "Something else",
}
# By what a hold is called where nobody placed it.
DIED = "They died"
ELSEWHERE = "A hold was placed elsewhere"


@dataclass(frozen=True)
class Held:
    """A hold that stands. `id` is "" where this actor cannot lift it; words only for its own agency."""

    id: str
    why: str
    reason: str
    by: str
    since: str | None


@dataclass(frozen=True)
class Named:
    """Somebody of a name and a date of birth."""

    person_id: str
    name: str
    born_on: str


def find(actor: Actor, first: str, last: str, born_on: str) -> list[Named]:
    """Find somebody by their whole name and date of birth, to place a hold: an inquiry names people. Of
    whom the actor answers for nothing, nobody is found. Raises Invalid where something is missing."""
    keys = (name_key(first), name_key(last))
    if not all(keys):
        raise Invalid("Enter the whole name.", "first" if not keys[0] else "last")
    if not born_on:
        raise Invalid("Enter the date of birth.", "born_on")

    def looking(tx: Tx) -> list[Named]:
        me = governing.require(tx, actor, Action.RETENTION_LOOKED)
        found = [
            one for one in stored.named(tx, me, *keys, born_on) if governing.answers(tx, me, one)
        ]
        shown = briefs.many(tx, me, found)
        audit.allowed(
            tx,
            actor,
            Action.RETENTION_LOOKED,
            subjects=found,
            reason="looked for",
            details=f"{first} {last}, {born_on}",
        )
        return [Named(one, shown[one].name, born_on) for one in found]

    return actor.store.look(looking)


def hold(actor: Actor, person_id: str, kind: str, reason: str) -> str:
    """Hold everything about a person, whoever keeps it; give the hold's id. A governance lead may who
    answers for something of it. What an agency sent before, word for word, is one hold: it is lifted once.
    Raises Invalid, NotFound."""
    with Checks() as check:
        check.that(kind in KINDS, "Choose what asks for it.", "kind")
        reason = check(governing.check_reason, reason)

    def change(tx: Tx) -> str:
        verdict = governing.require_person(tx, actor, person_id, Action.HOLD_CHANGED)
        identity = verdict.standing.identity_id
        stored_people.hold(tx, identity)
        agency, vault = _placing(verdict.standing.me), actor.authority.vault
        before = [
            one for one in stored.holds(tx, identity) if (one.agency_id, one.kind) == (agency, kind)
        ]
        texts = vault.open(tx, [one.words_id for one in before if one.words_id])
        same = [one.id for one in before if texts.get(one.words_id or "") == reason]
        if same:
            made = same[0]
        else:
            words = vault.keep(tx, reason, [identity])
            made = stored.add_hold(tx, identity, kind, agency, words, actor.id)
        audit.allowed(
            tx,
            actor,
            Action.HOLD_CHANGED,
            subjects=[identity],
            object=made,
            reason=f"placed, {kind}",
        )
        return made

    return actor.store.write(change)


def lift(actor: Actor, person_id: str, hold_id: str, reason: str) -> None:
    """Lift a hold: a governance lead of the agency that placed it may, and of the authority for one
    that a death is by itself ("died"). Raises Conflict for one that does not stand any more."""
    reason = governing.check_reason(reason)

    def change(tx: Tx) -> None:
        verdict = governing.require_person(tx, actor, person_id, Action.HOLD_CHANGED)
        me, identity = verdict.standing.me, verdict.standing.identity_id
        stored_people.hold(tx, identity)
        mine = {one.id for one in standing(tx, actor, me, identity) if one.id}
        if hold_id not in mine:
            audit.refused(
                tx, actor, Action.HOLD_CHANGED, subjects=[identity], reason="not theirs to lift"
            )
            raise NotFound("There is no such hold that you can lift.")
        words = actor.authority.vault.keep(tx, reason, [identity])
        if hold_id == "died":
            hold = stored.lift_death(tx, identity, words, actor.id)
        else:
            hold = hold_id
            stored.lift_hold(tx, hold_id, words, actor.id)
        audit.allowed(
            tx, actor, Action.HOLD_CHANGED, subjects=[identity], object=hold, reason="lifted"
        )

    actor.store.write(change)


def _placing(me: Me) -> str:
    """Give the agency for which a governance lead places a hold: the one that they work for, where they
    may lift it again, else one that they govern."""
    governed = sorted(scope for role, scope in me.roles if role == "governance lead")
    return me.agency_id if access.may_lift_hold(me, me.agency_id) else governed[0]


def standing(tx: Tx, actor: Actor, me: Me, identity: str) -> list[Held]:
    """Give the holds on somebody. Which other agency placed one is said to nobody: it may be one that
    nobody may know of."""
    found = stored.holds(tx, identity)
    own = [one for one in found if access.may_lift_hold(me, one.agency_id)]
    words = actor.authority.vault.open(tx, [one.words_id for one in own if one.words_id])
    shown = [
        Held(
            one.id, KINDS.get(one.kind, ""), words.get(one.words_id or "", ""), one.by, one.made_at
        )
        for one in own
    ]
    if stored.died(tx, identity):
        shown.append(Held("died" if access.governs_authority(me) else "", DIED, "", "", None))
    if len(own) < len(found):
        shown.append(Held("", ELSEWHERE, "", "", None))
    return shown
