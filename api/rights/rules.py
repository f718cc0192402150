"""How long agencies keep what they wrote, for governance leads: the authority's rules, and their years said anew.

Which rules there are is said on the command line (`inkling retention`): they name kinds of agency, plans and
categories. How many years each keeps is the authority's governance lead's to change. Nothing is forgotten by
that: what falls due is looked at, and two people sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.errors import Invalid, NotFound
from api.rights.schedules import MOST_YEARS
from api.staff.setting import NOT_YOURS, NOT_YOURS_TO_SET
from api.store import Tx
from api.store import retention as stored
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action


@dataclass(frozen=True)
class Shown:
    """A rule in words: for which kinds of agency (none: where no other rule holds), with which plan and
    category ("" for any), and how many years from when."""

    code: str
    label: str
    kinds: Sequence[str]
    plan: str
    category: str
    counts_from: str
    years: int


def look(actor: Actor) -> tuple[Sequence[Shown], bool]:
    """Give the rules in their order to a governance lead, and whether they may change them."""

    def looking(tx: Tx) -> tuple[Sequence[Shown], bool]:
        me = access.who(tx, actor)
        if not access.is_governance_lead(me):
            raise access.refuse(tx, actor, Action.AUTHORITY_LOOKED, "no governance lead", NOT_YOURS)
        audit.allowed(tx, actor, Action.AUTHORITY_LOOKED)
        return _shown(tx, actor), access.governs_authority(me)

    return actor.store.look(looking)


def to_change(actor: Actor, code: str) -> Shown:
    """Give a rule to the authority's governance lead. Raises NotAllowed, NotFound."""

    def looking(tx: Tx) -> Shown:
        _require(tx, actor, Action.AUTHORITY_LOOKED)
        audit.allowed(tx, actor, Action.AUTHORITY_LOOKED)
        return _one(tx, actor, code, Action.AUTHORITY_LOOKED)

    return actor.store.look(looking)


def set_years(actor: Actor, code: str, years: str) -> None:
    """Say anew how many years a rule keeps.

    Asks for the passkey. Raises Invalid, NotFound, ConfirmFirst, NotAllowed for all but the authority's
    governance lead.
    """
    text = years.strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0

    def change(tx: Tx) -> None:
        _require(tx, actor, Action.RETENTION_SET)
        rule = _one(tx, actor, code, Action.RETENTION_SET)
        access.require_confirmed(tx, actor, Action.RETENTION_SET)
        if not 1 <= number <= MOST_YEARS:
            raise Invalid(f"Enter a number of years from 1 to {MOST_YEARS}.", "years")
        stored.set_years(tx, code, number)
        audit.allowed(
            tx,
            actor,
            Action.RETENTION_SET,
            object=actor.authority.id,
            details=f"{rule.label}, years kept: {number} (before: {rule.years})",
        )

    actor.store.write(change)


def _require(tx: Tx, actor: Actor, action: Action) -> None:
    if not access.governs_authority(access.who(tx, actor)):
        reason = "not the authority's governance lead"
        raise access.refuse(tx, actor, action, reason, NOT_YOURS_TO_SET)


def _one(tx: Tx, actor: Actor, code: str, action: Action) -> Shown:
    for rule in _shown(tx, actor):
        if rule.code == code:
            return rule
    audit.refused(tx, actor, action, reason="no such rule")
    raise NotFound("There is no such rule here.")


def _shown(tx: Tx, actor: Actor) -> list[Shown]:
    choices = actor.authority.choices
    plans, categories = dict(choices.plan_kinds), dict(choices.categories)
    return [
        Shown(
            code=rule.code,
            label=rule.label,
            kinds=[label for kind, label in choices.agency_kinds if kind in rule.kinds],
            plan=plans.get(rule.plan_kind or "", rule.plan_kind or ""),
            category=categories.get(rule.category or "", rule.category or ""),
            counts_from=rule.counts_from,
            years=rule.years,
        )
        for rule in stored.rules(tx)
    ]
