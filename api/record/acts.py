"""What else somebody may do about a person, beside reading and logging: each act by its rule in
`api.access`, so that a page offers nothing that would be refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.record import briefs
from api.record.briefs import Brief
from api.store import Tx
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action


@dataclass(frozen=True)
class Acts:
    """A person, how much the actor sees of them, and which acts are open to the actor."""

    brief: Brief
    sight: Sight
    may: frozenset[str]


# By name, as the page asks for them. An act that anybody may do who sees the page is not listed.
RULES: dict[str, Callable[[Verdict], bool]] = {
    "reveal": lambda verdict: access.may_reveal(verdict.standing),
    "give the sheet": lambda verdict: access.may_give_sheet(verdict.standing),
    "take a request": lambda verdict: access.may_take_request(verdict.standing),
    "close the record": lambda verdict: access.may_restrict(verdict.standing),
    "open the record": lambda verdict: (
        verdict.standing.restricted and access.may_lift(verdict.standing, verdict.standing.named)
    ),
    "declare": lambda verdict: access.works(verdict.standing.me),
    "break glass": lambda verdict: access.may_break_glass(verdict.standing),
}


def of(actor: Actor, person_id: str) -> Acts:
    """Give what the actor may do about a person. Raises NotFound where they must not exist."""

    def looking(tx: Tx) -> Acts:
        verdict = access.require(tx, actor, person_id, Sight.OUTSIDE, Action.PERSON_LOOKED)
        identity = verdict.standing.identity_id
        audit.allowed(tx, actor, Action.PERSON_LOOKED, subjects=[identity], reason="what to do")
        may = frozenset(name for name, allows in RULES.items() if allows(verdict))
        return Acts(briefs.shown(tx, verdict, person_id), verdict.sight, may)

    return actor.store.look(looking)
