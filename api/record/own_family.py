"""A practitioner's own family, household and neighbours: whose records must be closed to them.

They say so once, without looking anybody up, and are never told whether somebody is here. Who is here
under the same name and birth date is a declared conflict of interest (see `api.record.conflicts`), at
once, and later when they come. What was declared goes when its practitioner leaves.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from api import access
from api.authority import Authority
from api.errors import Invalid, NotAllowed
from api.facts.matching import name_key
from api.record import asserting
from api.store import Reads, Tx
from api.store import access as stored_access
from api.store import conflicts as stored_conflicts
from api.store import families as stored_families
from api.store import own_family as stored
from api.store import protections as stored_protections
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

MOST = 30


@dataclass(frozen=True)
class Relative:
    """Somebody of a practitioner's own family or household, or a neighbour, or (with a postcode and no
    name) where the practitioner lives. The birth date is ISO text."""

    first: str = ""
    last: str = ""
    born_on: str | None = None
    postcode: str = ""


def declare(actor: Actor, relative: Relative) -> None:
    """Declare somebody of one's own. Raises Invalid for nobody, and where there are too many."""
    relative = _checked(relative)

    def change(tx: Tx) -> None:
        me = access.who(tx, actor)
        if me.is_token:
            raise NotAllowed("This is not for another system.")
        if len(stored.of(tx, [actor.id])) >= MOST:
            raise Invalid(f"No more than {MOST} can be declared. Tell your supervisor.", "first")
        text = json.dumps(asdict(relative))
        kept = actor.authority.vault.keep(tx, text, period=actor.authority.period(tx))
        stored.add(tx, actor.id, kept)
        _close(tx, actor, actor.id, [relative])

    actor.store.write(change)


def close_added(tx: Tx, actor: Actor) -> None:
    """Close whoever of the actor's own family they have just added, in the transaction that does it: they
    must not tell from what comes next whether that person was here already."""
    relatives = of(tx, actor.authority, [actor.id]).get(actor.id, [])
    if _here(tx, relatives):
        _close(tx, actor, actor.id, relatives)


def mine(actor: Actor) -> list[Relative]:
    """Give what the actor declared, as they gave it: not whether anybody of them is here."""

    def looking(tx: Tx) -> list[Relative]:
        audit.allowed(tx, actor, Action.STAFF_LOOKED, reason="own family")
        return of(tx, actor.authority, [actor.id]).get(actor.id, [])

    return actor.store.look(looking)


def of(tx: Tx, authority: Authority, practitioner_ids: Sequence[str]) -> dict[str, list[Relative]]:
    """Give what these practitioners declared, by their ids: for the rules that look for questions."""
    return _opened(tx, authority, stored.of(tx, practitioner_ids))


def close_all(authority: Authority) -> int:
    """Close the records of everybody's own family who have come since; give how many were closed.

    For the worker, once a day: nobody is told.
    """
    store = authority.store
    closed = 0
    for who, relatives in _opened(store, authority, stored.every(store)).items():
        if _here(store, relatives) - stored_conflicts.people_of(store, who):
            closed += _close_for(authority, who, relatives)
    return closed


def close_opened(authority: Authority, person_id: str) -> None:
    """Close a record that was just opened again to whoever declared this person of their own. However
    many declared somebody, no more is asked for it."""
    store = authority.store
    declared = _opened(store, authority, stored.every(store))
    here = stored_families.known_as(store, person_id)
    for who, relatives in declared.items():
        if here & {_key(one) for one in relatives}:
            _close_for(authority, who, relatives)


def _close_for(authority: Authority, who: str, relatives: Sequence[Relative]) -> int:
    worker = Actor.system(authority, "worker")
    return authority.store.write(partial(_close, actor=worker, whose=who, relatives=relatives))


def _opened(
    db: Reads, authority: Authority, declared: Collection[stored.Declared]
) -> dict[str, list[Relative]]:
    words = authority.vault.open(db, [one.words_id for one in declared])
    found: dict[str, list[Relative]] = {}
    for one in declared:
        if one.words_id in words:
            relative = Relative(**json.loads(words[one.words_id]))
            found.setdefault(one.practitioner_id, []).append(relative)
    return found


def _here(db: Reads, relatives: Sequence[Relative]) -> set[str]:
    """Give who is surely one of these: a name alone is nobody."""
    found: set[str] = set()
    for one in relatives:
        first, last, born_on = _key(one)
        if born_on and one.first and one.last:
            found |= set(stored_families.same_name(db, first, last, born_on))
    return found


def _key(one: Relative) -> tuple[str, str, str]:
    return name_key(one.first), name_key(one.last), one.born_on or ""


def _close(tx: Tx, actor: Actor, whose: str, relatives: Sequence[Relative]) -> int:
    """Declare a conflict about whoever is here, where there is none, and leave a row of having looked.

    A conflict that was ended stays ended: a supervisor looked at it. Who is restricted is closed to
    them already, and another line in a list would say that they are here.
    """
    audit.allowed(tx, actor, Action.CONFLICT_DECLARED, reason="own family", object=whose)
    new = _here(tx, relatives) - stored_conflicts.people_of(tx, whose)
    new -= stored_protections.closed_to(tx, sorted(new), stored_access.me(tx, whose))
    for identity in sorted(new):
        id = stored_conflicts.add(tx, whose, identity)
        audit.allowed(
            tx,
            actor,
            Action.CONFLICT_DECLARED,
            subjects=[identity],
            object=id,
            reason="own family",
        )
    return len(new)


def _checked(relative: Relative) -> Relative:
    first, last, postcode = (
        asserting.one_line(text) for text in (relative.first, relative.last, relative.postcode)
    )
    if not (last or postcode):
        raise Invalid("Give a last name, or a postcode.", "last")
    for field, text in (("first", first), ("last", last), ("postcode", postcode)):
        if len(text) > 100:
            raise Invalid("Use 100 characters or fewer.", field)
    born_on = asserting.check_day(relative.born_on, "born_on")
    return Relative(first, last, born_on, postcode.upper())
