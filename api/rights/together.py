"""Several items of a request decided at once: facts that are about nobody but the person themself.

What somebody wrote, what is about others, what names anybody and what says where somebody protected is
stays one by one; so does everything where a copy could put somebody in danger. Each decision is kept, and
in the trail, as if it had been taken by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from api.errors import Checks, Conflict, NotFound
from api.rights import blacking, held, items, requests
from api.rights.blacking import Line
from api.rights.items import Decision, Entry
from api.rights.requests import Opened
from api.store import Tx
from api.store import requests as stored
from api.store.requests import Exemption, Item
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

DECISIONS = (("given", "Give them"), ("withheld", "Hold them back"))
CHANGED = "What can be decided together has changed since you opened this. Look at it again."


@dataclass(frozen=True)
class Simple:
    """An item that may be decided together with others, with what it says."""

    entry: Entry
    lines: Sequence[Line]


@dataclass(frozen=True)
class Together:
    """What waits for somebody and may be decided together, and how many items wait for them in all;
    nothing while a copy could put somebody in `danger`."""

    request: requests.Request
    simple: Sequence[Simple]
    waiting: int
    danger: bool
    exemptions: Sequence[Exemption]


def look(actor: Actor, request_id: str) -> Together:
    """Give what waits for the actor and may be decided together, with its words.

    Raises NotFound for who decides about nothing of it, Conflict once the request has ended.
    """

    def looking(tx: Tx) -> Together:
        opened, waiting = _require(tx, actor, request_id, Action.REQUEST_ITEM_LOOKED)
        kept, authority = opened.kept, actor.authority
        simple = _simple(tx, actor, opened, waiting)
        entries = items.entries(tx, authority, opened, [one for one, _ in simple], set())
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_ITEM_LOOKED,
            subjects=[kept.identity_id],
            reason="several at once",
            object=request_id,
        )
        return Together(
            request=requests.shown(tx, authority, opened),
            simple=[
                Simple(entry, lines) for entry, (_, lines) in zip(entries, simple, strict=True)
            ],
            waiting=len(waiting),
            danger=_is_dangerous(tx, request_id),
            exemptions=[one for one in stored.exemptions(tx) if items.is_offered(one, kept)],
        )

    return actor.store.look(looking)


def decide(actor: Actor, request_id: str, chosen: Collection[str], decision: Decision) -> int:
    """Decide the same about several items, by their ids; give how many there were.

    Nothing is blacked out in several at once. Raises NotFound for who decides about nothing of it, Invalid
    for what cannot be taken, Conflict where one of them cannot be decided together (any more), its part was
    handed over, or the request has ended.
    """
    with Checks() as check:
        check.that(bool(chosen), "Tick what you decide about.", "which")
        known = decision.decision in dict(DECISIONS)
        check.that(known, "Choose what to do with them.", "decision")
        decision = check(items.tidy, decision)

    def change(tx: Tx) -> int:
        action = Action.REQUEST_ITEM_DECIDED
        opened, waiting = _require(tx, actor, request_id, action, to_change=True)
        kept = opened.kept
        simple = {one.id: (one, lines) for one, lines in _simple(tx, actor, opened, waiting)}
        if not simple.keys() >= set(chosen):
            raise Conflict(CHANGED)
        known = stored.exemptions(tx)
        parts = stored.parts(tx, request_id)
        decided = [simple[id] for id in simple if id in set(chosen)]
        for part in sorted({one.part for one, _ in decided}):
            if parts[part].handed_at:
                raise Conflict("It was handed over already.")
            for one, lines in decided:
                if one.part == part:
                    items.check(lines, kept, decision, known)
            items.settle(tx, actor, kept, [one for one, _ in decided if one.part == part], decision)
        return len(decided)

    return actor.store.write(change)


def _require(
    tx: Tx, actor: Actor, request_id: str, action: Action, *, to_change: bool = False
) -> tuple[Opened, Sequence[Item]]:
    """Give a request, and those of its items that wait for the actor; `to_change` them, while nobody else
    does."""
    opened = requests.require(tx, actor, request_id, action)
    if to_change:
        requests.hold(tx, opened.kept)
    mine = stored.decided_by_me(tx, opened.me, request_id)
    if not mine:
        audit.refused(
            tx,
            actor,
            action,
            subjects=[opened.kept.identity_id],
            reason="not theirs to decide",
            object=request_id,
        )
        raise NotFound(items.NO_SUCH)
    if requests.is_over(opened.kept):
        raise Conflict(requests.ENDED)
    return opened, [one for one in mine if not one.decision]


def _is_dangerous(tx: Tx, request_id: str) -> bool:
    safety = stored.checks(tx, request_id).get("safety")
    return safety is None or safety.answer != "safe"


def _simple(
    tx: Tx, actor: Actor, opened: Opened, waiting: Sequence[Item]
) -> list[tuple[Item, Sequence[Line]]]:
    """Give those of these items that may be decided together, with what they say."""
    if _is_dangerous(tx, opened.kept.id):
        return []
    found: list[tuple[Item, Sequence[Line]]] = []
    plain = [one for one in waiting if one.kind in held.PLAIN and items.may_decide(tx, opened, one)]
    for part in dict.fromkeys(one.part for one in plain):
        some = [one for one in plain if one.part == part]
        whole = held.around(tx, actor.authority, opened.kept, part)
        texts = held.texts(tx, actor.authority, opened.kept, some, whole)
        found += [
            (one, texts[one.id])
            for one in some
            if texts[one.id]
            and not items.named(texts[one.id], whole)
            and not any(blacking.BLACK in line.text for line in texts[one.id])
        ]
    return found
