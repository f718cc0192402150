"""Families: people tied by typed, dated relationships with a source.

A relationship reads "other is the mother of person", and right from both ends: on the mother's page
the person is her child. Somebody who is only mentioned has a name here and no record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api import access
from api.access import Sight
from api.errors import Conflict, Invalid, NotFound
from api.facts import sources
from api.record import asserting, briefs
from api.record.asserting import Admitted
from api.record.briefs import Seen
from api.store import Tx
from api.store import assertions as stored_assertions
from api.store import families as stored
from api.store import people as stored_people
from api.store.access import Me
from api.store.engine import Row
from api.store.families import Said
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# Each kind, in the order of a page, and what it is from the other end.
TURNED = {
    "mother": "child",
    "father": "child",
    "step-parent": "stepchild",
    "parent's partner": "partner's child",
    "foster carer": "foster child",
    "carer": "cared for by this person",
    "brother or sister": "brother or sister",
    "grandparent": "grandchild",
    "aunt or uncle": "niece or nephew",
    "other": "other",
}
KINDS = tuple(TURNED)
_ORDER = {kind: n for n, kind in enumerate((*KINDS, *TURNED.values()))}

RESPONSIBILITY = ("yes", "no", "not known")
NAME_LENGTH = 200


@dataclass(frozen=True)
class Relative:
    """Somebody in a person's family. `id` leads to a page that decides by its own access, as it does
    about `age` (no more than a year outside their circle); who is only mentioned has neither, and is
    not `linked`.

    `parental_responsibility` is the adult's for the child, whichever of the two is the relative.
    """

    id: str | None
    relationship_id: str
    name: str
    age: str
    kind: str
    parental_responsibility: str
    since: str | None
    until: str | None
    ended: bool
    source: str
    as_of: str
    linked: bool


def relate(
    actor: Actor,
    person_id: str,
    *,
    kind: str,
    other_id: str | None = None,
    mentioned: str | None = None,
    parental_responsibility: str = "not known",
    starts_on: str | None = None,
) -> str:
    """Say that somebody is the mother (father, grandparent...) of a person; give the
    relationship's id. The other has a record (`other_id`) or is only `mentioned` by name.

    Who has the circle's sight of the person may, if the other may be known to them. The same
    relationship again takes the place of what a practitioner said before.
    """
    name = asserting.one_line(mentioned or "")
    since = asserting.check_day(starts_on, "starts_on")
    _check(kind, other_id, name, parental_responsibility)

    def change(tx: Tx) -> str:
        who = asserting.require_circle(tx, actor, person_id, Action.FAMILY_CHANGED)
        other = _other(tx, actor, who, other_id) if other_id else None
        says = {
            "kind": kind,
            "other_id": other_id or None,
            "mentioned": name or None,
            "parental_responsibility": parental_responsibility,
            "valid_from": since,
        }
        source = sources.practitioners(tx)
        before = [
            said
            for said in stored.by_hand(tx, source, who.identity_id, kind, other or name)
            if stored_assertions.is_of_like(tx, who.me, said)
        ]
        if before:
            id = stored_assertions.restate(
                tx, "relationships", before[0], source, actor.id, who.me, valid_to=None, **says
            )
        else:
            id = stored_people.add_fact(
                tx, "relationships", person_id, source, recorded_by=actor.id, **says
            )
        subjects = [who.identity_id, other] if other else [who.identity_id]
        _audit(tx, actor, subjects, id, "related")
        return id

    return actor.store.write(change)


def end(actor: Actor, relationship_id: str, ends_on: str | None = None) -> str:
    """Say on which day a relationship no longer holds (today, if no day is given); give the new
    row's id. A feed's own word stays beside it."""
    until = asserting.check_day(ends_on, "ends_on")

    def change(tx: Tx) -> str:
        me, fact, subjects = _require_either(tx, actor, relationship_id)
        last = until or tx.today
        asserting.check_order(fact["valid_from"], last)
        if fact["valid_to"] is not None and fact["valid_to"] <= tx.today:
            raise Conflict("This relationship has ended already.")
        new = stored_assertions.restate(
            tx, "relationships", fact, sources.practitioners(tx), actor.id, me, valid_to=last
        )
        _audit(tx, actor, subjects, relationship_id, "ended")
        return new

    return actor.store.write(change)


def withdraw(actor: Actor, relationship_id: str, reason: str) -> None:
    """Take back a relationship that was recorded here by mistake; the row stays, and says so.

    Raises Conflict for a feed's: it has to be put right at its source.
    """
    reason = asserting.check_reason(reason)

    def change(tx: Tx) -> None:
        me, fact, subjects = _require_either(tx, actor, relationship_id)
        asserting.require_by_hand(tx, me, fact)
        stored_assertions.withdraw(tx, "relationships", relationship_id, actor.id)
        _audit(tx, actor, subjects, relationship_id, "withdrawn", reason)

    actor.store.write(change)


def of(tx: Tx, me: Me, identity_id: str) -> list[Relative]:
    """Give a person's family, inside a look with the circle's sight: parents first, then by name;
    what has ended comes last. Whoever must not exist for `me` is not among them."""
    said = _once_each(stored.of(tx, identity_id, me))
    known = briefs.decided(tx, me, [one.other_id for one in said if one.other_id])
    return _sorted([_relative(one, known, tx.today) for one in said])


def mine(tx: Tx, me: Me, identity_id: str) -> list[Relative]:
    """Give those of a person's family in whose circle `me` is: on their pages the same relationships
    stand, so that from a father whom `me` does not support the way leads back to the child."""
    said = [one for one in _once_each(stored.of(tx, identity_id, me)) if one.other_id]
    known = briefs.decided(tx, me, [one.other_id for one in said if one.other_id])
    return _sorted(
        [_relative(one, known, tx.today) for one in said if known[one.other_id or ""].circle]
    )


def add_mother(
    tx: Tx, person_id: str, mother_id: str, source_id: str, recorded_by: str | None
) -> None:
    """Say who the mother of a new record is, in the transaction that makes it."""
    stored_people.add_fact(
        tx,
        "relationships",
        person_id,
        source_id,
        kind="mother",
        other_id=mother_id,
        parental_responsibility="not known",
        recorded_by=recorded_by,
    )


def _check(kind: str, other_id: str | None, name: str, responsibility: str) -> None:
    if kind not in KINDS:
        raise Invalid("Choose how they are related from the list.", "kind")
    if responsibility not in RESPONSIBILITY:
        raise Invalid("Say yes, no or not known.", "parental_responsibility")
    if bool(other_id) == bool(name):
        raise Invalid("Choose somebody who is here, or give a name: one of the two.", "mentioned")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"Use {NAME_LENGTH} characters or fewer.", "mentioned")


def _other(tx: Tx, actor: Actor, who: Admitted, other_id: str) -> str:
    """Give the identity of the other person, if the actor may know of them."""
    if actor.is_system:
        found = stored_people.identity(tx, other_id)
        if found is None:
            audit.refused(tx, actor, Action.FAMILY_CHANGED, reason="no such person")
            raise NotFound(access.NO_SUCH_PERSON)
    else:
        verdict = access.require(tx, actor, other_id, Sight.OUTSIDE, Action.FAMILY_CHANGED)
        found = verdict.standing.identity_id
    if found == who.identity_id:
        raise Invalid("Nobody is their own relative.", "other_id")
    return found


def _require_either(tx: Tx, actor: Actor, relationship_id: str) -> tuple[Me | None, Row, list[str]]:
    """Find a relationship, and ask for the circle's sight of either of its two people."""
    me = None if actor.is_system else access.who(tx, actor)
    fact = stored_assertions.find(tx, "relationships", relationship_id, me)
    ends = [id for id in (fact["person_id"], fact["other_id"]) if id] if fact else []
    seen = [access.verdict(tx, me, id) for id in ends] if me else []
    if fact is None or any(verdict.sight is Sight.NOTHING for verdict in seen):
        audit.refused(tx, actor, Action.FAMILY_CHANGED, reason="no such relationship")
        raise NotFound("There is no such entry here.")
    near = next((id for id, v in zip(ends, seen, strict=False) if v.sight is Sight.CIRCLE), ends[0])
    asserting.require_circle(tx, actor, near, Action.FAMILY_CHANGED)
    identities = [stored_people.identity(tx, id) for id in ends]
    return me, fact, [id for id in identities if id]


def _once_each(said: list[Said]) -> list[Said]:
    """Keep what disagrees; leave out what a later word already says, and "not known" where another
    source knows."""
    kept: dict[tuple[str, str, bool, str, bool], Said] = {}
    knowing = {
        (one.other_id or one.mentioned, one.kind, one.turned)
        for one in said
        if one.parental_responsibility != "not known"
    }
    for one in said:
        who = one.other_id or one.mentioned or ""
        knows = one.parental_responsibility != "not known"
        if not knows and (who, one.kind, one.turned) in knowing:
            continue
        # Brothers and sisters read the same from both ends.
        turned = one.turned and TURNED[one.kind] != one.kind
        key = (who, one.kind, turned, one.parental_responsibility, bool(one.other_id))
        kept.setdefault(key, one)
    return list(kept.values())


def _sorted(family: list[Relative]) -> list[Relative]:
    return sorted(family, key=lambda one: (one.ended, _ORDER[one.kind], one.name))


def _relative(said: Said, known: Mapping[str, Seen], today: str) -> Relative:
    brief = known[said.other_id].brief if said.other_id else None
    return Relative(
        id=said.other_id,
        relationship_id=said.id,
        name=brief.name if brief else said.mentioned or "",
        age=brief.age if brief else "",
        kind=TURNED[said.kind] if said.turned else said.kind,
        parental_responsibility=said.parental_responsibility,
        since=said.valid_from,
        until=said.valid_to,
        ended=said.valid_to is not None and said.valid_to <= today,
        source=said.source,
        as_of=said.as_of,
        linked=said.other_id is not None,
    )


def _audit(
    tx: Tx, actor: Actor, subjects: list[str], id: str, reason: str, details: str = ""
) -> None:
    audit.allowed(
        tx,
        actor,
        Action.FAMILY_CHANGED,
        subjects=subjects,
        object=id,
        reason=reason,
        details=details,
    )
