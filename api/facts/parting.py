"""A number of a source's own that was taken for somebody else: parted from them, and joined again."""

from __future__ import annotations

from api.errors import Conflict, Invalid, NotFound
from api.facts import deciding, differences, doubtful, likely, loading, mapping, taking
from api.facts.decided import own_key
from api.facts.doubtful import Person
from api.moment import new_id
from api.store import Tx
from api.store import candidates as stored_candidates
from api.store import decisions as stored
from api.store import loads as stored_loads
from api.store import people as stored_people
from api.store import protections as stored_protections
from api.store.sources import Source
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action


def taken_for(actor: Actor, source_code: str, key: str) -> tuple[Source, str, Person]:
    """Give whom the rows are taken for that have this id of the source's own, and that id in full.
    Raises NotFound where they are taken for nobody whom this steward may know of."""

    def looking(tx: Tx) -> tuple[Source, str, Person]:
        source = doubtful.require(tx, actor, source_code, Action.ROW_LOOKED)
        whole, person = _taken_for(tx, actor, source, key, Action.ROW_LOOKED)
        audit.allowed(
            tx,
            actor,
            Action.ROW_LOOKED,
            subjects=[person.id],
            object=source.id,
            reason="own number",
            details=whole,
        )
        return source, whole, person

    return actor.store.look(looking)


def part(
    actor: Actor, source_code: str, key: str, person_id: str, reason: str = "", *, is_new: bool
) -> None:
    """Say that the rows of this id are not about whom they were taken for. What they said goes to
    somebody new, who is closed and hidden as they are, where the source makes people and `is_new`; or stands no more, and the rows are
    compared with others when the source says them next."""
    reason = deciding.check_reason(reason)
    actor.authority.prepare()

    def change(tx: Tx) -> None:
        source = doubtful.require(tx, actor, source_code, Action.ROW_DECIDED)
        loading.require_still(tx, source)
        taking.showing(tx, source)
        whole, person = _taken_for(tx, actor, source, key, Action.ROW_DECIDED)
        if person.id != person_id:
            raise Conflict("These rows are taken for somebody else by now. Look again.")
        if is_new and not source.makes_people:
            raise Invalid("This source does not say who exists, so it makes nobody new.")
        row_key = own_key(whole)
        if any(one.person_id for one in stored.standing(tx, source, row_key)):
            raise Conflict("Somebody decided about these rows. Take that decision back instead.")
        stored_people.hold(tx, person.id)
        place = deciding.make_place(tx, actor, source, row_key, "", reason)[0] if is_new else None
        id = new_id()
        stored.part(tx, source, whole, person.id, id, place.person_id if place else None)
        if place:
            closed = stored_protections.held(tx, person.id)
            stored_protections.carry(tx, closed, place.identity_id)
        differences.compare_all(tx, actor, person.id, *([place.identity_id] if place else []))
        deciding.keep(
            tx,
            actor,
            source,
            deciding.NOT,
            row_key,
            None,
            place=place,
            link=None,
            line=0,
            said={"rows": [], "reason": reason, "name": next(iter(person.names), "")},
            shown=[person.id],
            details="; ".join(filter(None, (whole, reason))),
            id=id,
        )

    actor.store.write(change)


def _taken_for(
    tx: Tx, actor: Actor, source: Source, key: str, action: Action
) -> tuple[str, Person]:
    prefix = mapping.parse(source.mapping).key_prefix
    key = key.strip()
    whole = key if key.startswith(prefix) else prefix + key
    units = [one.unit for one in stored_loads.held_by_key(tx, source, whole)] if key else []
    whose = stored.identities(tx, list(dict.fromkeys(units)))
    closed = stored_candidates.conflicted(tx, whose.values(), actor.id)
    held = likely.held(tx, source, set(whose.values()) - closed)
    if len(held) != 1:
        audit.refused(tx, actor, action, reason="no such number", object=source.id)
        raise NotFound("Nobody is known here by that number of the source's own.")
    ((identity, known),) = held.items()
    return whole, doubtful.person_of(identity, known)
