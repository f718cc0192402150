"""Finding one person, never browsing. Whom to ring stands on every answer, found or not.

Among one's own people any one field is enough. Beyond them it takes both names and a near date (or a
birth year and postcode, a parent's name, an expected date), or an NHS number. Slips are forgiven, and
each result says what agrees and what differs; beyond one's own people few slips are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api import access
from api.facts import asking, matching
from api.facts.agreeing import MARGIN, Agreement, Facts, agree
from api.facts.asking import Asked, Query
from api.facts.candidates import Candidates
from api.record import briefs
from api.record.briefs import Brief
from api.staff import attempts
from api.store import Tx
from api.store import people as stored_people
from api.store import search as stored
from api.store.access import Me
from api.store.engine import Row
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["Found", "Query", "Result", "WhomToRing", "find", "whom_to_ring"]

OUTSIDE_AT_MOST = 5
INSIDE_AT_MOST = 20
# So often may somebody search in a minute; nobody who looks for one child does.
TRIES, SECONDS = 30, 60

_TOO_LITTLE = "This looked only among the people you work with."
_ENOUGH = (
    "To look further, give first and last name together with a date of birth, a birth year and "
    "postcode, a parent's name or the date a birth is expected; or give an NHS number."
)
_ALMOST_A_NUMBER = (
    "The NHS number has a digit wrong: the last one is a check, and it does not agree."
)


@dataclass(frozen=True)
class Result:
    """Somebody found. `mine` where the actor's own sight opens the directory or more: then `born`
    is the date and there is a school; else `born` is a year. `why` says what agreed."""

    person_id: str
    name: str
    born: str
    age: str
    district: str
    school: str
    mine: bool
    why: str


@dataclass(frozen=True)
class WhomToRing:
    """Who answers when nobody is found, or nobody picks up."""

    name: str
    phone: str
    email: str
    out_of_hours_phone: str


@dataclass(frozen=True)
class Found:
    """The answer to a search. `more` where others agreed too; `advice` says what would be enough
    to look beyond one's own people, where what was typed was too little for that."""

    results: Sequence[Result]
    more: bool
    advice: Sequence[str]
    whom_to_ring: WhomToRing


def find(actor: Actor, query: Query) -> Found:
    """Look for one person. Leaves what was typed and whom it showed.

    Raises Invalid for what cannot be looked for, TooOften for somebody who goes on and on.
    """
    asked = Asked.read(query)
    attempts.count(actor.authority, f"search {actor.id}", TRIES, SECONDS)

    def looking(tx: Tx) -> Found:
        me = access.who(tx, actor)
        works = access.may_search(me)
        inside, outside = _agreeing(tx, me, asked) if works else ([], [])
        own = _typed_by_me(tx, me, asked)
        hits = _once_each([*inside[:INSIDE_AT_MOST], *own, *outside])
        shown = [hit for hit in hits if hit.own or hit.inside]
        others = [hit for hit in hits if not (hit.own or hit.inside)]
        more = len(inside) > INSIDE_AT_MOST or len(others) > OUTSIDE_AT_MOST
        shown = (shown + others[:OUTSIDE_AT_MOST])[:INSIDE_AT_MOST]
        _leave_trace(tx, actor, asked, shown, works)
        return Found(
            results=_results(tx, me, shown),
            more=more,
            advice=list(_advice(asked)),
            whom_to_ring=whom_to_ring(actor),
        )

    found = actor.store.look(looking)
    if asked.has_only_no_number and not found.results:
        raise asking.refuse_number()
    return found


def whom_to_ring(actor: Actor) -> WhomToRing:
    """Give the authority's front door."""
    settings = actor.authority.settings
    return WhomToRing(
        settings.front_door,
        settings.front_door_phone,
        settings.front_door_email,
        settings.out_of_hours_phone,
    )


@dataclass(frozen=True)
class _Hit:
    """A candidate that agrees. `own` is a record that the actor added and sees as they typed it."""

    person_id: str
    identity_id: str
    score: float
    why: str
    inside: bool = False
    own: bool = False


def _agreeing(tx: Tx, me: Me, asked: Asked) -> tuple[list[_Hit], list[_Hit]]:
    """Look among one's own people, and beyond them for what is enough to mean one person."""
    candidates = Candidates(tx, me, asked)
    numbers = [asked.nhs] if asked.nhs else list(asked.almost_nhs)
    numbered = stored.numbered(tx, me, "nhs", numbers) if numbers else []
    parents = candidates.parents()
    children = stored.children_of(tx, me, parents) if parents else []
    at_home = stored.living_at(tx, me, asked.postcode) if asked.postcode else []
    named = candidates.own()
    others = candidates.others() if asked.is_enough else []
    ids = list(dict.fromkeys([*numbered, *children, *at_home, *named, *others]))
    mine = candidates.seen(ids)
    found = [
        (id, agree(asked, facts))
        for id, facts in _facts(tx, me, asked, ids, set(numbered), set(children)).items()
    ]
    own = [(id, said) for id, said in found if id in mine and said.is_of_own]
    # Somebody who is only something like it is shown where nobody is more like it.
    plain = [(id, said) for id, said in own if not said.is_vague]
    inside = [_hit(id, said, inside=True) for id, said in plain or own]
    outside = [
        _hit(id, said)
        for id, said in found
        if id not in mine and asked.is_enough and said.is_of_others
    ]
    return _sorted(inside), _sorted(outside)


def _facts(
    tx: Tx, me: Me, asked: Asked, ids: Sequence[str], numbered: set[str], children: set[str]
) -> dict[str, Facts]:
    names, births = stored.names(tx, me, ids), stored.births(tx, me, ids)
    addresses = stored.addresses(tx, me, ids) if asked.postcode else {}
    mentioned = stored.mentioned(tx, me, ids) if asked.parent else {}
    return {
        id: Facts(
            names=names.get(id, []),
            births=births.get(id, []),
            addresses=addresses.get(id, []),
            mentioned=mentioned.get(id, []),
            has_number=bool(asked.nhs) and id in numbered,
            has_almost_number=bool(asked.almost_nhs) and id in numbered,
            is_child=id in children,
        )
        for id in ids
    }


def _typed_by_me(tx: Tx, me: Me, asked: Asked) -> list[_Hit]:
    """Look through the records that the actor added, as they were typed."""
    return [
        _Hit(row["id"], row["identity_id"], 0, "You added this record", own=True)
        for row in stored.typed_by(tx, me)
        if agree(asked, _as_typed(asked, row)).is_of_own
    ]


def _as_typed(asked: Asked, row: Row) -> Facts:
    return Facts(
        names=[row] if row["last_key"] is not None else [],
        births=[row],
        addresses=[row] if row["postcode"] else [],
        has_number=bool(row["nhs"]) and row["nhs"] == asked.nhs,
        has_almost_number=row["nhs"] in asked.almost_nhs,
    )


def _hit(id: str, said: Agreement, *, inside: bool = False) -> _Hit:
    return _Hit(id, id, said.score, said.why, inside=inside)


def _sorted(hits: Iterable[_Hit]) -> list[_Hit]:
    """Put the best first, and leave out who agrees so much less that nobody would mean them."""
    best = sorted(hits, key=lambda hit: (-hit.score, hit.person_id))
    return [hit for hit in best if hit.score >= best[0].score - MARGIN]


def _once_each(hits: Sequence[_Hit]) -> list[_Hit]:
    """Keep the first of several hits on one identity."""
    kept: dict[str, _Hit] = {}
    for hit in hits:
        kept.setdefault(hit.identity_id, hit)
    return list(kept.values())


def _advice(asked: Asked) -> Iterable[str]:
    if asked.almost_nhs:
        yield _ALMOST_A_NUMBER
    if not asked.is_enough:
        yield _TOO_LITTLE
        yield _ENOUGH


def _results(tx: Tx, me: Me, hits: Sequence[_Hit]) -> list[Result]:
    ids = [hit.identity_id for hit in hits if not hit.own]
    known = stored_people.known(tx, ids, me)
    addresses = stored.addresses(tx, me, ids)
    found = []
    for hit in hits:
        if hit.own:
            brief = briefs.brief_of(stored_people.as_written(tx, hit.person_id, me), tx.today)
        else:
            brief = briefs.brief_of(known[hit.identity_id], tx.today, outside=not hit.inside)
        live = [] if hit.own else addresses.get(hit.identity_id, [])
        standing = [row for row in live if not row["valid_to"] or row["valid_to"] > tx.today]
        found.append(_result(hit, brief, standing))
    return found


def _result(hit: _Hit, brief: Brief, addresses: Sequence[Row]) -> Result:
    born = brief.born_on or brief.age.removeprefix("born ")
    return Result(
        person_id=hit.person_id,
        name=brief.name,
        born=born if born[:4].isdigit() else "",
        age=brief.age,
        district=matching.district(addresses[0]["postcode"]) if addresses else "",
        school=brief.school,
        mine=hit.inside,
        why=hit.why,
    )


def _leave_trace(tx: Tx, actor: Actor, asked: Asked, shown: Sequence[_Hit], works: bool) -> None:
    subjects = [hit.identity_id for hit in shown]
    if works and (asked.is_enough or shown):
        reason = "" if asked.is_enough else "own people only"
        audit.allowed(
            tx, actor, Action.SEARCH_RUN, subjects=subjects, reason=reason, details=asked.typed
        )
    elif shown:
        audit.allowed(
            tx,
            actor,
            Action.SEARCH_RUN,
            subjects=subjects,
            reason="own records only",
            details=asked.typed,
        )
    else:
        reason = "too little" if works else "no working role"
        audit.refused(tx, actor, Action.SEARCH_RUN, reason=reason, details=asked.typed)
