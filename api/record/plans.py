"""Plans: child in need, child protection, looked after, care orders, early help: a status with
dates and a source. The list of kinds is the authority's own data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.errors import Conflict, Invalid
from api.facts import differences, sources
from api.record import asserting
from api.store import Tx
from api.store import assertions as stored_assertions
from api.store import people as stored_people
from api.store import plans as stored
from api.store.access import Me
from api.store.plans import Said
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

SAY_WHY = "Only this person's lead, or a supervisor of someone in the circle, can change plans."


@dataclass(frozen=True)
class Plan:
    """One source's word on a plan, from `since` up to but not including `until`.

    `ended`: this source says that it is over, where another that ranks lower says that it is not.
    """

    id: str
    kind: str
    label: str
    legal: bool
    since: str | None
    until: str | None
    source: str
    as_of: str
    future: bool
    ended: bool


def set(
    actor: Actor,
    person_id: str,
    kind: str,
    starts_on: str | None = None,
    ends_on: str | None = None,
) -> str:
    """Say that a plan is in force, was or will be; give its id.

    Dates are London dates, `ends_on` the first day that it no longer holds. The lead may, and a
    supervisor of someone in the circle. Raises Invalid for what is no plan, Conflict for one that
    stands already.
    """
    if kind not in dict(actor.authority.choices.plan_kinds):
        raise Invalid("Choose a kind of plan from the list.", "kind")
    since = asserting.check_day(starts_on, "starts_on")
    until = asserting.check_day(ends_on, "ends_on")
    asserting.check_order(since, until)

    def change(tx: Tx) -> str:
        who = asserting.require_circle(tx, actor, person_id, Action.PLAN_CHANGED, steering=SAY_WHY)
        held = stored.of(tx, [who.identity_id], who.me)
        if any(
            said.recorded_by and said.kind == kind and _meets(said, since, until) for said in held
        ):
            raise Conflict("This plan is on the record for that time already.")
        plan_id = stored_people.add_fact(
            tx,
            "plans",
            person_id,
            sources.practitioners(tx),
            kind=kind,
            valid_from=since,
            valid_to=until,
            recorded_by=actor.id,
        )
        differences.compare(tx, actor, who.identity_id, "plans")
        _audit(tx, actor, who.identity_id, plan_id, "set")
        return plan_id

    return actor.store.write(change)


def end(actor: Actor, plan_id: str, ends_on: str | None = None) -> str:
    """Say on which day a plan no longer holds (today, if no day is given); give the new row's id.

    A feed's own word stays beside it: until the feed says something new, the end is shown first.
    """
    until = asserting.check_day(ends_on, "ends_on")

    def change(tx: Tx) -> str:
        who, fact = asserting.require_fact(
            tx, actor, "plans", plan_id, Action.PLAN_CHANGED, steering=SAY_WHY
        )
        last = until or tx.today
        asserting.check_order(fact["valid_from"], last)
        if fact["valid_to"] is not None and fact["valid_to"] <= tx.today:
            raise Conflict("This plan has ended already.")
        new = stored_assertions.restate(
            tx, "plans", fact, sources.practitioners(tx), actor.id, who.me, valid_to=last
        )
        differences.compare(tx, actor, who.identity_id, "plans")
        _audit(tx, actor, who.identity_id, plan_id, "ended")
        return new

    return actor.store.write(change)


def withdraw(actor: Actor, plan_id: str, reason: str) -> None:
    """Take back a plan that was set here by mistake; the row stays, and says so.

    Raises Conflict for a feed's plan: the feed has to be put right at its source.
    """
    reason = asserting.check_reason(reason)

    def change(tx: Tx) -> None:
        who, fact = asserting.require_fact(
            tx, actor, "plans", plan_id, Action.PLAN_CHANGED, steering=SAY_WHY
        )
        asserting.require_by_hand(tx, who.me, fact)
        stored_assertions.withdraw(tx, "plans", plan_id, actor.id)
        differences.compare(tx, actor, who.identity_id, "plans")
        _audit(tx, actor, who.identity_id, plan_id, "withdrawn", reason)

    actor.store.write(change)


def of(tx: Tx, identity_id: str, me: Me | None = None) -> list[Plan]:
    """Give the plans that hold or are to come, inside somebody's look.

    Without `me`, what a sensitive source says is left out.
    """
    return of_many(tx, [identity_id], me).get(identity_id, [])


def of_many(tx: Tx, identities: Sequence[str], me: Me | None = None) -> dict[str, list[Plan]]:
    """Give the plans of several people that hold or are to come, in the authority's order."""
    plans: dict[str, list[Plan]] = {}
    by_kind: dict[tuple[str, str], list[Said]] = {}
    for said in stored.of(tx, identities, me) if identities else ():
        by_kind.setdefault((said.identity_id, said.kind), []).append(said)
    for ranked in sorted(by_kind.values(), key=lambda ranked: ranked[0].position):
        plans.setdefault(ranked[0].identity_id, []).extend(_standing(ranked, tx.today))
    return plans


def _standing(ranked: Sequence[Said], today: str) -> list[Plan]:
    """Give what to show of one kind: every open period once, and beside it the word of another source
    that says that it has ended."""
    shown: dict[tuple[str | None, str | None], Plan] = {}
    going_on = [said for said in ranked if not said.is_past(today)]
    for said in ranked:
        contradicts = all(other.source != said.source for other in going_on) and any(
            _meets(other, said.valid_from, said.valid_to) for other in going_on
        )
        if not said.is_past(today) or contradicts:
            shown.setdefault((said.valid_from, said.valid_to), _plan(said, today))
    return list(shown.values())


def _plan(said: Said, today: str) -> Plan:
    return Plan(
        id=said.id,
        kind=said.kind,
        label=said.label,
        legal=said.legal,
        since=said.valid_from,
        until=said.valid_to,
        source=said.source,
        as_of=said.as_of,
        future=(said.valid_from or "") > today,
        ended=said.is_past(today),
    )


def _meets(said: Said, since: str | None, until: str | None) -> bool:
    """Whether two half-open periods have a day in common."""
    return (since is None or said.valid_to is None or since < said.valid_to) and (
        said.valid_from is None or until is None or said.valid_from < until
    )


def _audit(
    tx: Tx, actor: Actor, identity: str, plan_id: str, reason: str, details: str = ""
) -> None:
    audit.allowed(
        tx,
        actor,
        Action.PLAN_CHANGED,
        subjects=[identity],
        object=plan_id,
        reason=reason,
        details=details,
    )
