"""Linked people: who belongs to a person's family, and who has the same address.

Each is decided by their own access: outside their circle they are a name and a birth year, and a link
to a page that asks why. Fathers and adults whom nobody related are what earlier systems left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.facts.matching import name_key
from api.record import briefs, families
from api.record.briefs import Brief, Seen
from api.record.families import Relative
from api.store import Tx
from api.store import families as stored
from api.store import involvements as stored_involvements
from api.store.access import Me
from api.store.engine import Row
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# More people than this at one address are no household, but a hostel or a block: they are not listed.
HOUSEHOLD = 10


@dataclass(frozen=True)
class KnownTo:
    """A service that supports somebody, or did until a day."""

    agency: str
    until: str | None


@dataclass(frozen=True)
class Linked:
    """Somebody linked to a person: by which relationships, and whether by an address. Who says that they
    live there (as of when), and which services know them, only where the actor has at least their
    directory view (`directory`): the name of a source says who knows somebody."""

    brief: Brief
    relations: Sequence[Relative]
    same_address: bool
    address_said: Sequence[tuple[str, str]]
    directory: bool
    known_to: Sequence[KnownTo]


@dataclass(frozen=True)
class LinkedPeople:
    """Whom a person is linked to. `mentioned` have no record; `crowded` says that too many have the same
    address to be a household."""

    brief: Brief
    sight: Sight
    people: Sequence[Linked]
    mentioned: Sequence[Relative]
    crowded: bool
    location_hidden: bool


def of(actor: Actor, person_id: str) -> LinkedPeople:
    """Give whom a person is linked to, family first. Outside the circle, those of the family in whose
    circle the actor is, and nobody by an address.

    Raises NotFound where the person must not exist for this actor.
    """

    def looking(tx: Tx) -> LinkedPeople:
        verdict = access.require(tx, actor, person_id, Sight.OUTSIDE, Action.PERSON_LOOKED)
        me, identity = verdict.standing.me, verdict.standing.identity_id
        at_home, crowded = _household(tx, verdict)
        if verdict.sight is Sight.CIRCLE:
            family = families.of(tx, me, identity)
        else:
            family = [] if access.is_closed(verdict.standing) else families.mine(tx, me, identity)
        ids = list(dict.fromkeys([*(one.id for one in family if one.id), *at_home]))
        seen = briefs.decided(tx, me, ids)
        known_to = _known_to(tx, me, seen)
        audit.allowed(
            tx,
            actor,
            Action.PERSON_LOOKED,
            subjects=[identity, *ids],
            reason=f"linked people, {verdict.reason}",
            object=identity,
        )
        return LinkedPeople(
            brief=briefs.shown(tx, verdict, person_id),
            sight=verdict.sight,
            people=[
                Linked(
                    brief=seen[id].brief,
                    relations=[one for one in family if one.id == id],
                    same_address=id in at_home,
                    address_said=at_home.get(id, ()) if seen[id].directory else (),
                    directory=seen[id].directory,
                    known_to=known_to.get(id, ()),
                )
                for id in ids
            ],
            mentioned=[one for one in family if one.id is None],
            crowded=crowded,
            location_hidden=verdict.location_hidden and verdict.sight >= Sight.DIRECTORY,
        )

    return actor.store.look(looking)


def _household(tx: Tx, verdict: Verdict) -> tuple[dict[str, list[tuple[str, str]]], bool]:
    """Give who has the same address today, with who says so; or that there are too many of them."""
    if verdict.sight is not Sight.CIRCLE or verdict.location_hidden:
        return {}, False
    standing = verdict.standing
    own, others = stored.same_address(tx, standing.identity_id, standing.me)
    homes = {_home(row) for row in own}
    found: dict[str, list[tuple[str, str]]] = {}
    for row in others:
        if _home(row) in homes:
            found.setdefault(row["identity_id"], []).append((row["source"], row["as_of"]))
    return ({}, True) if len(found) > HOUSEHOLD else (found, False)


def _home(row: Row) -> tuple[str, str]:
    return name_key(row["lines"]), row["postcode"]


def _known_to(tx: Tx, me: Me, seen: Mapping[str, Seen]) -> dict[str, list[KnownTo]]:
    """Give which services know these people, current ones first. None of a sensitive agency, and none
    where it is hidden where somebody is."""
    ids = [id for id, one in seen.items() if one.directory and not one.location_hidden]
    held = stored_involvements.unsealed(tx, ids, me) if ids else []
    found: dict[str, dict[str, str]] = {}
    for i in held:
        if i.asserted_by != "self" and (i.valid_from or "") <= tx.today:
            services = found.setdefault(i.identity_id, {})
            until = "" if i.is_open(tx.today) else i.valid_to or ""
            services[i.agency] = _last(services.get(i.agency), until)
    return {id: _sorted(services.items()) for id, services in found.items()}


def _last(one: str | None, other: str) -> str:
    """Give the later of two ends, "" for none yet."""
    return other if one is None else "" if "" in (one, other) else max(one, other)


def _sorted(services: Iterable[tuple[str, str]]) -> list[KnownTo]:
    known = [KnownTo(agency, until or None) for agency, until in services]
    return sorted(known, key=lambda one: (one.until is not None, one.agency))
