"""A pack is signed off by two people, each reading the same text, and handed over.

Who may sign, and as what, is asked anew each time: for the agencies that control what is in it somebody who
decides about it, and a governance lead who watches over it. The part of a sensitive agency is signed off
and handed over by that service alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from api import access
from api.authority import Authority
from api.errors import Conflict, NotFound
from api.rights import checks, items, packs, requests
from api.rights.items import Entry
from api.rights.packs import Pack
from api.rights.requests import Opened
from api.store import Tx
from api.store import requests as stored
from api.store.requests import MAIN, Item
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

NO_SUCH = "There is no such pack here for you."
READ_FIRST = "Read it as its reader will see it, and sign it off below it."
READS_OTHERWISE = "It has changed since you read it. Read it again, and sign it off below."


@dataclass(frozen=True)
class Reading:
    """A pack with `version`, which says which text it is, and whether its reader may sign that off."""

    pack: Pack
    version: str
    may_sign: bool


@dataclass(frozen=True)
class PartView:
    """A part of a request as one actor sees it: its items without their words, who still has to decide,
    who signed it off. `has_changed`: it has changed since it was signed, which counts no more. `signs`
    says as what the actor may, `may` holds some of "sign as governance", "sign as controller", "read", "hand
    over".
    """

    part: str
    name: str
    entries: Sequence[Entry]
    waiting: Sequence[tuple[str, int]]
    nobody: Sequence[str]
    governance: str
    governance_at: str | None
    controller: str
    controller_at: str | None
    handed_at: str | None
    has_changed: bool
    signs: frozenset[str]
    may: frozenset[str]


def parts(actor: Actor, request_id: str) -> tuple[requests.Request, Sequence[PartView]]:
    """Give a request with the parts of it that the actor has to do with. Raises NotFound."""

    def looking(tx: Tx) -> tuple[requests.Request, Sequence[PartView]]:
        opened = requests.require(tx, actor, request_id, Action.REQUESTS_LOOKED)
        audit.allowed(
            tx,
            actor,
            Action.REQUESTS_LOOKED,
            subjects=[opened.kept.identity_id],
            object=request_id,
        )
        # Once for all parts: another question for each would take longer for one of a sealed service.
        mine = stored.decided_by_me(tx, opened.me, request_id)
        seen = [
            _view(tx, actor.authority, opened, part, mine)
            for part in stored.parts(tx, request_id)
            if opened.kept.gathered_at
        ]
        order = sorted((view for view in seen if view), key=lambda view: view.part != MAIN)
        return requests.shown(tx, actor.authority, opened), order

    return actor.store.look(looking)


def read(actor: Actor, request_id: str, part: str) -> Reading:
    """Give a pack as its reader will see it, to whoever may sign it off for a controller, once all of it
    is decided. Raises NotFound for anybody else, Conflict before."""

    def looking(tx: Tx) -> Reading:
        opened, view = _require(tx, actor, request_id, part, "read", Action.REQUEST_PACK_LOOKED)
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_PACK_LOOKED,
            subjects=[opened.kept.identity_id],
            object=request_id,
        )
        pack = packs.made(tx, actor.authority, opened, view.part)
        signs = any(act.startswith("sign") for act in view.may)
        return Reading(pack, packs.version(tx, actor.authority, opened, pack), signs)

    return actor.store.look(looking)


def sign(actor: Actor, request_id: str, part: str, version: str = "") -> None:
    """Sign a part off: once by a governance lead and once for its controllers, by two people, each with
    their passkey, and both the same text. Who may read it signs the `version` that they read; a governance
    lead who may not, that all of it was decided.

    Raises ConfirmFirst, Conflict while something is missing or where it has changed since, NotFound for
    anybody else.
    """

    def change(tx: Tx) -> None:
        opened, view = _require(tx, actor, request_id, part, "sign", Action.REQUEST_SIGNED)
        access.require_confirmed(tx, actor, Action.REQUEST_SIGNED)
        requests.hold(tx, opened.kept)
        lacking = checks.missing(opened.kept, stored.checks(tx, request_id))
        if lacking:
            raise Conflict(" ".join(lacking))
        if not any(act.startswith("sign") for act in view.may):
            raise Conflict("You signed this off already, or somebody else did as you would.")
        now = packs.version(
            tx, actor.authority, opened, packs.made(tx, actor.authority, opened, part)
        )
        if "read" in view.may and version != now:
            raise Conflict(READS_OTHERWISE if version else READ_FIRST)
        if view.has_changed:
            requests.unsign(tx, request_id, part)
        if "sign as controller" in view.may:
            as_what, by = "controller", {"controller_by": actor.id, "controller_at": tx.now}
        else:
            as_what, by = "governance lead", {"governance_by": actor.id, "governance_at": tx.now}
        stored.sign(tx, request_id, part, signed_text=now, **by)
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_SIGNED,
            subjects=[opened.kept.identity_id],
            reason=as_what,
            object=request_id,
        )

    actor.store.write(change)


def hand_over(actor: Actor, request_id: str, part: str) -> Pack:
    """Give a pack that was signed off, to be handed over, and end the request with its main part.

    An export, audited as one; it takes the passkey. Raises ConfirmFirst, Conflict before it is signed
    off, NotFound for anybody but who may sign for a controller.
    """

    def change(tx: Tx) -> Pack:
        opened, view = _require(tx, actor, request_id, part, "hand over", Action.REQUEST_EXPORTED)
        access.require_confirmed(tx, actor, Action.REQUEST_EXPORTED)
        requests.hold(tx, opened.kept)
        if "hand over" not in view.may:
            raise Conflict(
                "It has changed since it was signed off. It has to be signed off again."
                if view.has_changed
                else "It has to be signed off by two people first."
            )
        if not view.handed_at:
            stored.sign(tx, request_id, part, handed_by=actor.id, handed_at=tx.now)
            if part == MAIN and not opened.kept.ended_at:
                requests.close(tx, actor, opened.kept, "given", None)
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_EXPORTED,
            subjects=[opened.kept.identity_id],
            object=request_id,
        )
        return packs.made(tx, actor.authority, opened, part)

    return actor.store.write(change)


def _require(
    tx: Tx, actor: Actor, request_id: str, part: str, act: str, action: Action
) -> tuple[Opened, PartView]:
    """Find a part that the actor signs off, reads or hands over; refuse anybody else as if there were
    none. Raises Conflict where it is not decided yet."""
    opened = requests.require(tx, actor, request_id, action)
    known = opened.kept.gathered_at and part in stored.parts(tx, request_id)
    mine = stored.decided_by_me(tx, opened.me, request_id)
    view = _view(tx, actor.authority, opened, part, mine) if known else None
    if view is None or not ("controller" in view.signs or (view.signs and act == "sign")):
        audit.refused(
            tx, actor, action, subjects=[opened.kept.identity_id], reason=f"may not {act}"
        )
        raise NotFound(NO_SUCH)
    if view.waiting:
        raise Conflict("Not everything is decided yet.")
    if requests.is_over(opened.kept):
        raise Conflict(requests.ENDED)
    return opened, view


def _signs(
    tx: Tx, opened: Opened, mine: Collection[str], whole: Sequence[Item], part: str
) -> set[str]:
    """Say as what somebody signs a part off. Who decides about an item of it, signs for its controllers;
    who watches over it, as governance lead. Where no agency controls anything of it, both are governance
    leads: there are no words of a note in it. A part that a service has to itself may be signed off by
    two who decide there: it may have no governance lead of its own."""
    watches = _watches(opened, part)
    controlled = [one for one in whole if one.agency_id is not None]
    # Of an agency that has nobody near the person anybody decides, and reads no more for it.
    near = [one for one in controlled if one.author_id] or controlled
    decides = any(one.id in mine for one in (near if part == MAIN else controlled))
    if decides and part == MAIN:
        agencies = {one.agency_id or "" for one in controlled}
        supporting = stored.supporting(tx, opened.kept.identity_id, sorted(agencies))
        decides = access.may_sign_for_controllers(opened.me, agencies, supporting)
    signs = {"governance"} if watches or (decides and part != MAIN) else set()
    return signs | ({"controller"} if decides or (watches and not controlled) else set())


def _watches(opened: Opened, part: str) -> bool:
    if part == MAIN:
        return opened.handles
    return access.may_watch_part(opened.standing, part)


def _view(
    tx: Tx, authority: Authority, opened: Opened, part: str, decides: Sequence[stored.Item]
) -> PartView | None:
    """Give a part as somebody sees it who decides these items, or None where they have nothing to do with
    it."""
    kept = opened.kept
    mine = {one.id for one in decides if one.part == part}
    watches = _watches(opened, part)
    if not mine and not watches:
        return None
    whole = stored.items(tx, kept.id, part)
    named = items.names_agencies(authority, opened)
    waiting: dict[str, int] = {}
    for one in whole:
        if not one.decision:
            waiting[named(one)] = waiting.get(named(one), 0) + 1
    signed = stored.parts(tx, kept.id)[part]
    has_changed = (
        bool(signed.governance_by or signed.controller_by)
        and not waiting
        and signed.signed_text
        != packs.version(tx, authority, opened, packs.made(tx, authority, opened, part))
    )
    if has_changed:
        signed = replace(
            signed,
            governance=None,
            governance_by=None,
            governance_at=None,
            controller=None,
            controller_by=None,
            controller_at=None,
        )
    listed = whole if watches else [one for one in whole if one.id in mine]
    signs = _signs(tx, opened, mine, whole, part)
    return PartView(
        part=part,
        name="" if part == MAIN else next((one.agency or "" for one in whole), ""),
        entries=items.entries(tx, authority, opened, listed, mine),
        waiting=sorted(waiting.items()),
        nobody=_without_reviewer(tx, opened.kept.identity_id, whole, named) if watches else [],
        governance=signed.governance or "",
        governance_at=signed.governance_at,
        controller=signed.controller or "",
        controller_at=signed.controller_at,
        handed_at=signed.handed_at,
        has_changed=has_changed,
        signs=frozenset(signs),
        may=_may(opened, signed, signs, bool(waiting)),
    )


def _may(opened: Opened, signed: stored.Part, signs: set[str], waiting: bool) -> frozenset[str]:
    if waiting or requests.is_over(opened.kept):
        return frozenset()
    may = set()
    both = {signed.governance_by, signed.controller_by}
    if "controller" in signs:
        may.add("read")
        if None not in both:
            may.add("hand over")
    if not signed.handed_at and opened.me.id not in both:
        free = {"governance": signed.governance_by, "controller": signed.controller_by}
        may |= {f"sign as {one}" for one in signs if free[one] is None}
    return frozenset(may)


def _without_reviewer(
    tx: Tx, identity: str, whole: Sequence[Item], named: Callable[[Item], str]
) -> list[str]:
    """Give the agencies that have items to decide and nobody who could."""
    waiting = {one.agency_id: named(one) for one in whole if one.agency_id and not one.decision}
    held_by = stored.reviewing(tx, identity, sorted(waiting))
    return sorted({name for id, name in waiting.items() if id not in held_by})
