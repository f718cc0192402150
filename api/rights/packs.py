"""The pack: what is given of a person's record, signed off by two people and made when it is fetched.

It is kept nowhere. One function, `_made`, makes it for the preview and for the copy that is handed over,
so that both hold the same. A pack of the main part knows of no sensitive agency; the part of one is a
pack of its own, signed off and handed over by that service.

Nobody is told by a pack that something was held back, unless whoever decided said so: to be told can be
what must not be told (Information Commissioner, guidance on the right of access, on exemptions). Every
pack says that something may have been, and how to complain.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from api import access, moment
from api.authority import Authority
from api.errors import Conflict, NotFound
from api.rights import blacking, held, items, requests
from api.rights.blacking import Line
from api.rights.items import Entry
from api.rights.requests import Opened
from api.store import Tx
from api.store import requests as stored
from api.store.requests import MAIN, Item
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

NO_SUCH = "There is no such pack here for you."
READ_FIRST = "Read it as its reader will see it, and sign it off below it."
READS_OTHERWISE = "It reads otherwise by now. Read it again before you sign it off."


@dataclass(frozen=True)
class PackItem:
    """One item of a pack: its number there, what it is, and what it says."""

    number: int
    what: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Pack:
    """A pack as its reader sees it."""

    title: str
    about: Sequence[Line]
    controllers: Sequence[str]
    items: Sequence[PackItem]
    held_back: Sequence[str]
    rights: Sequence[str]

    def as_json(self) -> str:
        """Give the pack for machines."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)


@dataclass(frozen=True)
class Reading:
    """A pack with `version`, which says which text it is, and whether its reader may sign that off."""

    pack: Pack
    version: str
    may_sign: bool


@dataclass(frozen=True)
class PartView:
    """A part of a request as one actor sees it: its items without their words, who still has to decide,
    who signed it off. `has_changed`: it reads otherwise than what was signed, which counts no more. `signs`
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
        seen = [
            _view(tx, actor.authority, opened, part)
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
        pack = _made(tx, actor.authority, opened, view.part)
        signs = any(act.startswith("sign") for act in view.may)
        return Reading(pack, _version(tx, actor.authority, opened, pack), signs)

    return actor.store.look(looking)


def sign(actor: Actor, request_id: str, part: str, version: str = "") -> None:
    """Sign a part off: once by a governance lead and once for its controllers, by two people, each with
    their passkey, and both the same text. Who may read it signs the `version` that they read; a governance
    lead who may not, that all of it was decided.

    Raises ConfirmFirst, Conflict while something is missing or where it reads otherwise by now, NotFound for
    anybody else.
    """

    def change(tx: Tx) -> None:
        opened, view = _require(tx, actor, request_id, part, "sign", Action.REQUEST_SIGNED)
        access.require_confirmed(tx, actor, Action.REQUEST_SIGNED)
        requests.hold(tx, opened.kept)
        lacking = requests.missing(opened.kept, stored.checks(tx, request_id))
        if lacking:
            raise Conflict(" ".join(lacking))
        if not any(act.startswith("sign") for act in view.may):
            raise Conflict("You signed this off already, or somebody else did as you would.")
        now = _version(tx, actor.authority, opened, _made(tx, actor.authority, opened, part))
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
                "It reads otherwise than what was signed off."
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
        return _made(tx, actor.authority, opened, part)

    return actor.store.write(change)


def _require(
    tx: Tx, actor: Actor, request_id: str, part: str, act: str, action: Action
) -> tuple[Opened, PartView]:
    """Find a part that the actor signs off, reads or hands over; refuse anybody else as if there were
    none. Raises Conflict where it is not decided yet."""
    opened = requests.require(tx, actor, request_id, action)
    known = opened.kept.gathered_at and part in stored.parts(tx, request_id)
    view = _view(tx, actor.authority, opened, part) if known else None
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


def _view(tx: Tx, authority: Authority, opened: Opened, part: str) -> PartView | None:
    """Give a part as somebody sees it, or None where they have nothing to do with it."""
    kept = opened.kept
    mine = {one.id for one in stored.decided_by_me(tx, opened.me, kept.id) if one.part == part}
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
        != _version(tx, authority, opened, _made(tx, authority, opened, part))
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
        nobody=_without_reviewer(tx, whole, named) if watches else [],
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


def _without_reviewer(tx: Tx, whole: Sequence[Item], named: Callable[[Item], str]) -> list[str]:
    """Give the agencies that have items to decide and nobody who could."""
    waiting = {one.agency_id: named(one) for one in whole if one.agency_id and not one.decision}
    held_by = stored.reviewing(tx, sorted(waiting))
    return sorted({name for id, name in waiting.items() if id not in held_by})


def _version(tx: Tx, authority: Authority, opened: Opened, pack: Pack) -> str:
    """Say which text a pack is: keyed, so that nobody can try out texts on what is kept of it."""
    secret = authority.vault.secret(tx, "api")
    said = f"inkling pack 1\n{opened.kept.id}\n{pack.as_json()}".encode()
    return hmac.new(secret, said, hashlib.sha256).hexdigest()


def _made(tx: Tx, authority: Authority, opened: Opened, part: str) -> Pack:
    """Make the pack of a part: the same for its preview and for the copy that is handed over."""
    kept = opened.kept
    whole = stored.items(tx, kept.id, part)
    around = held.around(tx, authority, kept, part)
    texts = held.texts(tx, authority, kept, whole, around)
    decided = items.decisions(tx, authority, whole)
    laws = {one.code: f"{one.label} ({one.law})" for one in stored.exemptions(tx)}
    given: list[PackItem] = []
    for one in whole:
        lines = items.as_read(texts[one.id], decided[one.id])
        if lines:
            given.append(PackItem(len(given) + 1, held.WHAT[one.kind], lines))
    controllers = sorted({line.text for item in given for line in item.lines[:1]})
    held_back = sorted(
        {laws[one.exemption] for one in whole if one.exemption and decided[one.id].told}
    )
    return Pack(
        title="A copy of what is kept",
        about=[
            Line("About", around.name),
            Line("Asked for on", held.long_date(date.fromisoformat(kept.received_on))),
            Line("As it was kept on", held.long_date(moment.day(kept.gathered_at or tx.now))),
            Line("Kept in Inkling by", ", ".join(controllers)),
        ],
        controllers=controllers,
        items=given,
        held_back=held_back,
        rights=_rights(authority),
    )


def _rights(authority: Authority) -> list[str]:
    """Say what goes with every copy (UK GDPR, Article 15(1)), in plain words."""
    settings = authority.settings
    return [
        (
            "Why it is kept: so that the people who support a child know what the others know, and can act "
            "in time to keep the child safe and well. The law asks them to work together (Children Act "
            "1989, sections 17 and 47; Children Act 2004, sections 10 and 11)."
        ),
        (
            "Who sees it: the people who support this child and family, and those who stand in for them. "
            "Each part says which agency controls it. Nobody else sees it without a reason that is written "
            "down, and nothing in it is decided by a computer."
        ),
        "How long it is kept: each agency keeps it as long as its own rules say, and then it is erased.",
        (
            "We may have left something out. The law lets us do so where something is about somebody else, "
            "where telling could cause serious harm, or where it would hinder the prevention of a crime. "
            f"Where words were taken out, it says {blacking.BLACK}."
        ),
        (
            "You can ask for what is wrong to be put right, for something to be erased, or object to its "
            f"being kept: ask the agency that controls it, or {settings.front_door}, "
            f"{settings.front_door_phone}, {settings.front_door_email}."
        ),
        (
            "If you are not content with this answer, you can complain to the Information Commissioner: "
            "ico.org.uk, or 0303 123 1113. You can also ask a court."
        ),
    ]
