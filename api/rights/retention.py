"""How long agencies keep what they wrote, what falls due, and what holds it.

A rule counts some years from a day (birth, last contact, closure, death). Then somebody looks and
decides: nothing is ever forgotten by itself. Each agency's notes are its own: they fall due by its
rules, for its governance lead. The person falls due once nothing is kept by anybody any more, for the
governance lead of the authority. While a hold stands, nothing about the person is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from api import access
from api.access import Verdict
from api.errors import Conflict, Invalid, NotFound
from api.facts.matching import name_key
from api.record import briefs
from api.rights.schedules import day_due, years_after
from api.store import Tx
from api.store import people as stored_people
from api.store import retention as stored
from api.store.access import Me
from api.store.retention import Kept, Rule
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

REASON_LENGTH = 1000
# How many are listed at once, the longest due first.
LISTED = 50
FURTHEST_YEARS = 100

KINDS = {
    "inquiry": "An inquiry or a review asks for it",
    "court": "A court asks for it",
    "other": "Something else",
}
# By what a hold is called where nobody placed it.
DIED = "They died"
ELSEWHERE = "A hold was placed elsewhere"


@dataclass(frozen=True)
class Falling:
    """What fell due: an agency's notes about somebody or, without an agency, all about the person.

    `rule` says why it was kept until `due_on`; `notes` counts the agency's notes.
    """

    person_id: str
    name: str
    born_on: str | None
    agency_id: str | None
    agency: str
    rule: str
    due_on: str
    notes: int
    held: bool


@dataclass(frozen=True)
class Falls:
    """What is due now, the longest first; `more` where there is more than is listed."""

    falling: Sequence[Falling]
    more: bool


@dataclass(frozen=True)
class Standing:
    """How long one agency keeps its notes about somebody, or (without an agency) how long the person
    is kept. `due_on` is None while somebody supports them or the day is not known, or is not said."""

    agency_id: str | None
    agency: str
    rule: str
    due_on: str | None
    notes: int
    kept_until: str | None
    is_due: bool


@dataclass(frozen=True)
class Held:
    """A hold that stands. `id` is "" where this actor cannot lift it; words only for its own agency."""

    id: str
    why: str
    reason: str
    by: str
    since: str | None


@dataclass(frozen=True)
class Keeping:
    """How long what is kept about one person is kept, as far as the actor answers for it."""

    person_id: str
    name: str
    born_on: str | None
    standing: Sequence[Standing]
    holds: Sequence[Held]


def due(actor: Actor) -> Falls:
    """List what fell due and is to be decided, to governance leads: each agency's to its own, people
    to the authority's."""

    def looking(tx: Tx) -> Falls:
        me = require(tx, actor, Action.RETENTION_LOOKED)
        rules = stored.rules(tx)
        agencies = stored.agencies(tx)
        found = sorted(
            (
                (one.due_on or "", identity, one)
                for identity, one in _everything(tx, me, rules)
                if one.is_due
            ),
            key=lambda each: each[:2],
        )
        known = stored.open_to(tx, me, sorted({identity for _, identity, _ in found}))
        found = [each for each in found if each[1] in known]
        listed = found[:LISTED]
        identities = sorted({identity for _, identity, _ in listed})
        held = stored.held(tx, identities)
        shown = briefs.many(tx, me, identities)
        audit.allowed(tx, actor, Action.RETENTION_LOOKED, subjects=identities, reason="due")
        return Falls(
            [
                Falling(
                    person_id=identity,
                    name=shown[identity].name,
                    born_on=shown[identity].born_on,
                    agency_id=one.agency_id,
                    agency=agencies[one.agency_id]["name"] if one.agency_id else "",
                    rule=one.rule,
                    due_on=one.due_on or "",
                    notes=one.notes,
                    held=identity in held,
                )
                for _, identity, one in listed
            ],
            more=len(found) > len(listed),
        )

    return actor.store.look(looking)


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
        me = require(tx, actor, Action.RETENTION_LOOKED)
        found = [one for one in stored.named(tx, me, *keys, born_on) if _answers(tx, me, one)]
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


def of(actor: Actor, person_id: str) -> Keeping:
    """Give how long what is kept about a person is kept, to a governance lead who answers for some of
    it. Raises NotFound."""

    def looking(tx: Tx) -> Keeping:
        verdict = require_person(tx, actor, person_id, Action.RETENTION_LOOKED)
        identity = verdict.standing.identity_id
        brief = briefs.many(tx, verdict.standing.me, [identity])[identity]
        audit.allowed(tx, actor, Action.RETENTION_LOOKED, subjects=[identity], reason="a person")
        return Keeping(
            person_id=identity,
            name=brief.name,
            born_on=brief.born_on,
            standing=standing(tx, verdict.standing.me, identity),
            holds=_holds(tx, actor, verdict.standing.me, identity),
        )

    return actor.store.look(looking)


def hold(actor: Actor, person_id: str, kind: str, reason: str) -> str:
    """Hold everything about a person, whoever keeps it; give the hold's id. A governance lead may who
    answers for something of it. Raises Invalid, NotFound."""
    if kind not in KINDS:
        raise Invalid("Choose what asks for it.", "kind")
    reason = check_reason(reason)

    def change(tx: Tx) -> str:
        verdict = require_person(tx, actor, person_id, Action.HOLD_CHANGED)
        identity = verdict.standing.identity_id
        stored_people.hold(tx, identity)
        words = actor.authority.vault.keep(tx, reason, [identity])
        agency = _placing(verdict.standing.me)
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
    reason = check_reason(reason)

    def change(tx: Tx) -> None:
        verdict = require_person(tx, actor, person_id, Action.HOLD_CHANGED)
        me, identity = verdict.standing.me, verdict.standing.identity_id
        stored_people.hold(tx, identity)
        mine = {one.id for one in _holds(tx, actor, me, identity) if one.id}
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


def keep_on(actor: Actor, person_id: str, agency_id: str | None, until: str, reason: str) -> None:
    """Keep what fell due until another day: an agency's notes about somebody or, without an agency,
    the person. Raises Invalid, Conflict for what is not due."""
    reason = check_reason(reason)

    def change(tx: Tx) -> None:
        verdict = require_person(tx, actor, person_id, Action.RETENTION_DECIDED)
        identity = verdict.standing.identity_id
        require_due(tx, actor, verdict, agency_id, Action.RETENTION_DECIDED)
        today = date.fromisoformat(tx.today)
        try:
            day = date.fromisoformat(until)
        except ValueError:
            raise Invalid("Enter the day until which it is kept.", "until") from None
        if not today < day <= years_after(today, FURTHEST_YEARS):
            raise Invalid("The day must be after today, and no further than 100 years.", "until")
        words = actor.authority.vault.keep(tx, reason, [identity])
        stored.keep_on(tx, identity, agency_id, day.isoformat(), words, actor.id)
        audit.allowed(tx, actor, Action.RETENTION_DECIDED, subjects=[identity], reason="kept on")

    actor.store.write(change)


# --- What is kept ----------------------------------------------------------------------------------


def standing(tx: Tx, me: Me, identity: str) -> list[Standing]:
    """Give how long each thing about a person is kept that `me` answers for."""
    return [
        one for _, one in _everything(tx, me, stored.rules(tx), identity) if _has_substance(one)
    ]


def _has_substance(one: Standing) -> bool:
    return one.agency_id is None or one.notes > 0


def _everything(
    tx: Tx, me: Me, rules: Sequence[Rule], identity: str | None = None
) -> Iterable[tuple[str, Standing]]:
    """Give how long each thing is kept that `me` answers for, about one person or everybody."""
    agencies = stored.agencies(tx)
    kept = stored.kept(tx, identity_id=identity)
    until = stored.kept_until(tx, identity)
    by_person: dict[str, list[tuple[Kept, tuple[str, str] | None]]] = {}
    for one in kept:
        falls = day_due(one, rules, agencies[one.agency_id]["kind"])
        by_person.setdefault(one.identity_id, []).append((one, falls))
    for person, all_kept in by_person.items():
        shown: list[tuple[str, str]] = []
        for one, falls in all_kept:
            agency = agencies[one.agency_id]
            sensitive = bool(agency["sensitive"])
            if falls and not sensitive:
                shown.append(falls)
            if one.notes and access.answers_for(me, one.agency_id, sensitive):
                on = until.get((person, one.agency_id))
                yield person, _standing(tx, one.agency_id, agency["name"], falls, one.notes, on)
        if access.governs_authority(me):
            # The person is kept as long as anybody keeps something, and until what was kept on ends. Of
            # which agency that is, and until when, nothing is said: it may be a sealed one.
            days = [falls for _, falls in all_kept]
            last = None if None in days else max(day for day in days if day)
            ends = [on for (who, _), on in until.items() if who == person]
            whole = _standing(tx, None, "", last, 0, max(ends, default=None))
            due_on, rule = max(shown) if whole.is_due and shown else (None, "")
            on = until.get((person, None))
            yield person, replace(whole, due_on=due_on, rule=rule, kept_until=on)
    if access.governs_authority(me):
        for nobodys in stored.of_nobody(tx, identity):
            person = nobodys.identity_id
            on = until.get((person, None))
            yield person, _standing(tx, None, "", day_due(nobodys, rules, ""), 0, on)


def _standing(
    tx: Tx,
    agency_id: str | None,
    agency: str,
    falls: tuple[str, str] | None,
    notes: int,
    kept_until: str | None,
) -> Standing:
    due_on, rule = falls or (None, "")
    is_due = due_on is not None and due_on <= tx.today and (kept_until or "") <= tx.today
    return Standing(agency_id, agency, rule, due_on, notes, kept_until, is_due)


# --- Who may -------------------------------------------------------------------------------------


def require(tx: Tx, actor: Actor, action: Action) -> Me:
    """Give a governance lead as the rules see one. Raises NotAllowed."""
    me = access.who(tx, actor)
    if not access.is_governance_lead(me):
        raise access.refuse(
            tx, actor, action, "no governance lead", "This is for governance leads."
        )
    return me


def require_person(tx: Tx, actor: Actor, person_id: str, action: Action) -> Verdict:
    """Decide on a governance lead and a person whom they answer for. Raises NotFound where the person
    is closed to them, or their agency keeps nothing about them."""
    me = require(tx, actor, action)
    verdict = access.verdict(tx, me, person_id)
    identity = verdict.standing.identity_id
    if identity and not access.is_closed(verdict.standing) and _answers(tx, me, identity):
        return verdict
    audit.refused(tx, actor, action, subjects=[identity] if identity else [], reason="not theirs")
    raise NotFound(access.NO_SUCH_PERSON)


def _answers(tx: Tx, me: Me, identity: str) -> bool:
    if access.governs_authority(me):
        return True
    agencies = stored.agencies(tx)
    return any(
        access.answers_for(me, one.agency_id, bool(agencies[one.agency_id]["sensitive"]))
        for one in stored.kept(tx, identity_id=identity)
    )


def require_due(
    tx: Tx, actor: Actor, verdict: Verdict, agency_id: str | None, action: Action
) -> None:
    """Go on only where this is the actor's to decide and fell due. Raises NotFound, Conflict."""
    me, identity = verdict.standing.me, verdict.standing.identity_id
    found = [one for one in standing(tx, me, identity) if one.agency_id == agency_id]
    if not found:
        audit.refused(tx, actor, action, subjects=[identity], reason="not theirs")
        raise NotFound(access.NO_SUCH_PERSON)
    if not found[0].is_due:
        raise Conflict("This is not due: it is still kept.")


def check_reason(reason: str) -> str:
    """Give a reason as it was typed. Raises Invalid where there is none, or too much."""
    reason = reason.strip()
    if not reason:
        raise Invalid("Say why.", "reason")
    if len(reason) > REASON_LENGTH:
        raise Invalid(f"Use {REASON_LENGTH:,} characters or fewer.", "reason")
    return reason


def _placing(me: Me) -> str:
    """Give the agency for which a governance lead places a hold: the one that they work for, where they
    may lift it again, else one that they govern."""
    governed = sorted(scope for role, scope in me.roles if role == "governance lead")
    return me.agency_id if access.may_lift_hold(me, me.agency_id) else governed[0]


def _holds(tx: Tx, actor: Actor, me: Me, identity: str) -> list[Held]:
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
