"""Settling what a source and a practitioner say differently: by confirming one of both."""

from __future__ import annotations

from api import access
from api.errors import Conflict, Invalid
from api.facts import corrections, differences, lines, sources
from api.facts.corrections import Correction
from api.facts.lines import Line
from api.record import asserting, involvements, plans
from api.store import Tx
from api.store import assertions as stored_assertions
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

CONFIRMED, SOURCE = "confirmed", "source"
SETTLED = "This was settled already, or it is not yours to say."
SEALED = "Others would see that your service confirmed this, so it cannot be done."


def settle(actor: Actor, correction_id: str, right: str) -> None:
    """Say which is right now: what was `confirmed`, or what the `source` says. That line is confirmed
    anew; where the source was right its correction is answered by that.

    Who may confirm, end or change such a line may. Raises Conflict where it was settled meanwhile.
    """
    if right not in (CONFIRMED, SOURCE):
        raise Invalid("Choose which is right.", "right")
    found = corrections.look(actor, correction_id)
    if "confirm" not in found.may or found.line is None or found.confirmed is None:
        raise Conflict(SETTLED)
    if found.line.table == "involvements":
        _settle_involvement(actor, found.line, found.confirmed, right)
    elif found.line.table == "plans" and right == SOURCE and not found.line.stands:
        plans.end(actor, found.confirmed.id)
    else:
        _settle_fact(actor, found, found.line, found.confirmed, right)


def _settle_involvement(actor: Actor, said: Line, confirmed: Line, right: str) -> None:
    if right == CONFIRMED:
        involvements.confirm(actor, confirmed.id)
    elif said.stands:
        involvements.take_word(actor, confirmed.id, said.id)
    else:
        involvements.end(actor, confirmed.id)


def _settle_fact(actor: Actor, found: Correction, said: Line, confirmed: Line, right: str) -> None:
    """Say the right one anew, by hand, in the place of what was confirmed before."""
    table = said.table
    action = Action.PLAN_CHANGED if table == "plans" else Action.PERSON_CHANGED
    steering = plans.SAY_WHY if table == "plans" else ""

    def change(tx: Tx) -> None:
        who, held = asserting.require_fact(
            tx, actor, table, confirmed.id, action, steering=steering
        )
        if actor.sensitive or who.me is None:
            raise access.refuse(tx, actor, action, "sealed", SEALED)
        fact = held
        if right == SOURCE and said.stands:
            fact = lines.find(tx, table, said.id, who.me) or held
        ends = {"valid_to": tx.today} if right == SOURCE and not said.stands else {}
        new = stored_assertions.restate(
            tx, table, fact, sources.practitioners(tx), actor.id, who.me, **ends
        )
        stored_assertions.replace(tx, table, held["id"], new)
        differences.compare(tx, actor, who.identity_id, table)
        audit.allowed(
            tx, actor, action, subjects=[who.identity_id], object=found.id, reason="confirmed"
        )

    actor.store.write(change)
