"""Identities: two records found to be one person are linked, and a link can be taken back.

A link widens circles, so both leads are told; it never crosses restricted or sealed. Nothing is
copied or rewritten: rows keep the record that they were written with.
"""

from __future__ import annotations

from dataclasses import dataclass

from api import access
from api.access import Sight
from api.errors import Conflict, NotAllowed
from api.facts import differences
from api.facts.matching import Known, is_named, may_be_one, name_key, nhs_number
from api.record import asserting
from api.store import Tx
from api.store import decisions as stored_decisions
from api.store import families as stored_families
from api.store import identities as stored
from api.store import people as stored_people
from api.store import protections as stored_protections
from api.store.access import Me
from api.telling import events, outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# One sentence and one reason for every refusal: that somebody is restricted, or supported by a
# service that must not be known of, may not be read from which answer came.
CANNOT = "These two records cannot be linked here. If they are one person, ask the governance lead."


@dataclass(frozen=True)
class Link:
    """A link that stands: which record was joined to which, when, and why."""

    id: str
    kept_id: str
    joined_id: str
    made_at: str
    reason: str


def link(actor: Actor, kept_id: str, joined_id: str, reason: str) -> str:
    """Link two records that are one person; give the link's id. Both leads are told.

    The lead of either may, and the data steward of a source that knows either. Raises NotAllowed
    with one sentence for every refusal, Conflict where they are one person already.
    """
    reason = asserting.check_reason(reason)

    def change(tx: Tx) -> str:
        kept, joined = _identity(tx, kept_id), _identity(tx, joined_id)
        stored_people.hold(tx, *filter(None, (kept, joined)))
        if not (kept and joined and _may(tx, actor, kept, joined)):
            raise _refused(tx, actor, Action.IDENTITY_LINKED)
        if kept == joined:
            raise Conflict("These two records are one person already.")
        if _is_closed(tx, actor, kept, joined):
            raise _refused(tx, actor, Action.IDENTITY_LINKED)
        words = actor.authority.vault.keep(tx, reason, [kept, joined])
        link_id = stored.add(tx, joined, kept, words, actor.id)
        outbox.put(tx, actor, "identity linked", person_id=kept)
        events.records_linked(tx, joined)
        differences.compare_all(tx, actor, kept)
        audit.allowed(
            tx,
            actor,
            Action.IDENTITY_LINKED,
            subjects=[kept, joined],
            object=link_id,
            details=reason,
        )
        return link_id

    return actor.store.write(change)


def unlink(actor: Actor, link_id: str, reason: str = "") -> None:
    """Take a link back: each record has again the identity that its other links give it, with
    everything that hangs on it. What was closed or hidden while they were one stays so for each. Who may link may. Raises Conflict if it was taken back already."""

    def change(tx: Tx) -> None:
        found = stored.find(tx, link_id)
        if found and stored_decisions.is_of_row(tx, link_id):
            found = None  # it is taken back where it was decided
        ends = [found.from_identity, found.to_identity] if found else []
        now = [identity for identity in (_identity(tx, end) for end in ends) if identity]
        if not (found and now and _may(tx, actor, *now)):
            raise _refused(tx, actor, Action.IDENTITY_UNLINKED)
        if found.undone_at:
            raise Conflict("This link was taken back already.")
        events.records_linked(tx, found.from_identity, undone=True)
        stored.undo(tx, link_id, actor.id)
        _settle(tx, now[0], found.made_at)
        differences.compare_all(tx, actor, *stored_people.identities(tx, ends))
        audit.allowed(
            tx,
            actor,
            Action.IDENTITY_UNLINKED,
            subjects=[found.to_identity, found.from_identity],
            object=link_id,
            details=reason.strip(),
        )

    actor.store.write(change)


def links(actor: Actor, person_id: str) -> list[Link]:
    """Give the links that hold a person's records together, newest first, to who may undo them."""

    def looking(tx: Tx) -> list[Link]:
        whole = _identity(tx, person_id)
        if not (whole and _may(tx, actor, whole)):
            raise _refused(tx, actor, Action.PERSON_LOOKED)
        audit.allowed(tx, actor, Action.PERSON_LOOKED, subjects=[whole], reason="links")
        found = stored.of(tx, whole, None if actor.is_system else access.who(tx, actor))
        reasons = actor.authority.vault.open(tx, [one.words_id for one in found])
        return [
            Link(
                one.id,
                one.to_identity,
                one.from_identity,
                one.made_at,
                reasons.get(one.words_id, ""),
            )
            for one in found
        ]

    return actor.store.look(looking)


@dataclass(frozen=True)
class Same:
    """Who somebody that is added anew surely is: a person whom the adder may know of (`known`), or
    else one who is restricted (`restricted`), which the adder must not learn."""

    known: str | None
    restricted: str | None


def same_person(
    tx: Tx, me: Me | None, first: str, last: str, born_on: str | None, nhs: str
) -> Same:
    """Say who what is typed of a new person surely is, if they are here: by the NHS number with a
    birth date that does not contradict it, or else by the full name with the birth date. Without
    `me` (a part of the system) everybody may be known."""
    numbered = _numbered(tx, born_on, nhs)
    named: set[str] = set()
    if born_on and last and is_named(first):
        named = set(stored_families.same_name(tx, name_key(first), name_key(last), born_on))
    everyone = sorted(numbered | named)
    numbered -= (echoing := stored_protections.echoing(tx, everyone, me.id if me else None))
    named -= echoing
    closed = stored_protections.closed_to(tx, everyone, me) if me else set()
    known = _only(numbered - closed or named - closed)
    restricted = None if known else _only(numbered & closed or named & closed)
    return Same(known, restricted)


def _only(found: set[str]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None


def _numbered(tx: Tx, born_on: str | None, nhs: str) -> set[str]:
    number = nhs_number(nhs)
    known: dict[str, set[str]] = {}
    for row in stored_families.same_nhs(tx, number) if number else ():
        known.setdefault(row["identity_id"], set()).add(row["born_on"] or "")
    return {id for id, dates in known.items() if not born_on or dates & {born_on, ""}}


def join_identity(tx: Tx, actor: Actor, person_id: str, identity_id: str) -> None:
    """Let a record that was just made belong to a person who is here already, in the transaction
    that makes it. No circle is widened by that: the record has none, and its maker goes on seeing
    what they wrote and no more. So nobody is told."""
    words = actor.authority.vault.keep(tx, "Added again by hand", [person_id, identity_id])
    stored.add(tx, person_id, identity_id, words, actor.id)


def join_row(tx: Tx, actor: Actor, record_id: str, identity_id: str, reason: str) -> str:
    """Let the record of a row of a feed belong to a person, in the transaction that decides it; give
    the link's id. It has no circle of its own, unless others wrote on it while it was somebody new:
    then both leads are told. Raises Conflict where that would cross what is restricted or sealed."""
    widens = stored.has_circle(tx, record_id)
    if widens and stored.is_closed(tx, [record_id, identity_id], None):
        raise Conflict(CANNOT)
    words = actor.authority.vault.keep(tx, reason, [record_id, identity_id])
    link_id = stored.add(tx, record_id, identity_id, words, actor.id)
    if widens:
        outbox.put(tx, actor, "identity linked", person_id=identity_id)
        events.records_linked(tx, record_id)
    return link_id


def part_row(tx: Tx, actor: Actor, link_id: str) -> None:
    """Take back what `join_row` did, in the transaction that takes the decision back."""
    found = stored.find(tx, link_id)
    whole = _identity(tx, found.from_identity) if found else None
    if not (found and whole) or found.undone_at:
        return
    stored.undo(tx, link_id, actor.id)
    _settle(tx, whole, found.made_at)
    if stored.has_circle(tx, found.from_identity):
        events.records_linked(tx, found.from_identity, undone=True)


def leave_identity(tx: Tx, actor: Actor, person_id: str) -> None:
    """Take `join_identity` back, for a record that is taken back as soon as it was made."""
    for link_id in stored.joined(tx, person_id):
        stored.undo(tx, link_id, actor.id)
        stored.move(tx, stored.moved(tx, link_id), person_id)


def rejoin(tx: Tx, actor: Actor, person_id: str, identity_id: str) -> None:
    """Let a record belong to the person whom it echoed while that person was restricted; unless it
    has a circle of its own by now, which only a link by hand may widen."""
    found = stored_people.identity(tx, person_id)
    if found and found != identity_id and not stored.has_circle(tx, found):
        join_identity(tx, actor, found, identity_id)


def _identity(tx: Tx, person_id: str) -> str | None:
    return stored_people.identity(tx, person_id)


def _may(tx: Tx, actor: Actor, *identities: str) -> bool:
    if actor.is_system:
        return True
    me = access.who(tx, actor)
    standings = [access.verdict(tx, me, identity).standing for identity in identities]
    return access.may_link(me, standings, stored.sources(tx, identities))


def _is_closed(tx: Tx, actor: Actor, kept: str, joined: str) -> bool:
    """Whether a link would cross what is restricted or sealed, or what is held of the two speaks
    against it: each has an NHS number, and they have none in common; or who sees the circle of one
    alone would reach somebody whom nothing says to be the same."""
    me = None if actor.is_system else access.who(tx, actor)
    # Where one of the two has no circle, none is widened. To refuse it for a sealed service would tell
    # anybody who adds a person again and links the two that there is one.
    widens = all(stored.has_open_circle(tx, id) for id in (kept, joined))
    if stored.is_closed(tx, [kept, joined], me, sealed=widens):
        return True
    one, other = stored.nhs_numbers(tx, kept), stored.nhs_numbers(tx, joined)
    if one and other:
        return not one & other
    if me is None or access.may_link_by_role(me, stored.sources(tx, [kept, joined])):
        return False
    seen = [access.verdict(tx, me, id).sight is Sight.CIRCLE for id in (kept, joined)]
    return not all(seen) and not may_be_one(*(_held(tx, id) for id in (kept, joined)))


def _held(tx: Tx, identity: str) -> Known:
    return Known(
        identity, identity, names=stored.names(tx, identity), births=stored.births(tx, identity)
    )


def _settle(tx: Tx, whole: str, since: str) -> None:
    """Give each record of what was one person the identity that the standing links still give, and let
    what was closed while they were one, `since` a moment, close each of those whom it becomes."""
    joined_to, closed = stored.standing(tx), stored_protections.held(tx, whole, since)
    groups: dict[str, list[str]] = {}
    for record in stored.records(tx, whole):
        identity = record
        while identity in joined_to:
            identity = joined_to[identity]
        groups.setdefault(identity, []).append(record)
    for identity, records in groups.items():
        stored.move(tx, records, identity)
    for identity in groups:
        stored_protections.carry(tx, closed, identity)


def _refused(tx: Tx, actor: Actor, action: Action) -> NotAllowed:
    return access.refuse(tx, actor, action, "cannot be linked", CANNOT)
