"""Looks that deserve a question, found once a day: the looks of each day that has ended.

What is asked about is a look from outside: at somebody whom neither the practitioner nor their team was
ever said to support. The rules are stated in `docs/pilot.md`, one by one; each is a function here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from api import moment
from api.authority import Authority
from api.facts.matching import district, name_key
from api.oversight import watching, wording
from api.record import own_family
from api.record.own_family import Relative
from api.store import Tx
from api.store import questions as stored
from api.store.questions import Found, Opened, Pair
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# The first time, and after a long pause, so many days are gone through.
DAYS_BACK = 31
# Whose district is usual is known once a team supports so many people whose address is known.
USUAL_FROM = 20

SEEN = (*wording.PAGES, Action.SEARCH_RUN)


def find(authority: Authority) -> int:
    """Go through the days that have ended since the last one; give how many questions are new.

    For the worker, as often as it likes: a day is gone through once.
    """
    store = authority.store
    yesterday = moment.day(store.now()) - timedelta(days=1)
    last, first = stored.last_day(store), stored.first_moment(store)
    if first is None:
        return 0
    begin = date.fromisoformat(last) + timedelta(days=1) if last else moment.day(first)
    day = max(begin, yesterday - timedelta(days=DAYS_BACK - 1))
    found = 0
    while day <= yesterday:
        found += store.write(_going_through(authority, day))
        day += timedelta(days=1)
    return found


def _going_through(authority: Authority, day: date) -> Callable[[Tx], int]:
    worker = Actor.system(authority, "worker")

    def change(tx: Tx) -> int:
        audit.allowed(tx, worker, Action.QUESTIONS_FOUND)
        if not stored.gone_through(tx, day.isoformat()):
            return 0
        moments = watching.moments(day)
        pairs = stored.pairs(tx, moments, SEEN)
        opened = stored.opened(tx, moments, tuple(wording.PAGES))
        found = [
            *_own(tx, authority, pairs, day.isoformat()),
            *_far(tx, pairs, day.isoformat()),
            *_many(opened, authority.settings.many_in_an_hour),
            *stored.for_nothing(tx, moments),
        ]
        return stored.add(tx, day.isoformat(), found)

    return change


def _own(tx: Tx, authority: Authority, pairs: Sequence[Pair], day: str) -> Iterator[Found]:
    """The last name is the practitioner's own; or somebody has a name that they declared of their own
    family; or lives at a postcode that they declared as theirs, their family's or a neighbour's."""
    lookers = sorted({pair.practitioner_id for pair in pairs})
    own_names = {id: name_key(name).split() for id, name in stored.names(tx, lookers).items()}
    declared = own_family.of(tx, authority, lookers)
    for agency, some in _by_agency(pairs).items():
        identities = sorted({pair.identity_id for pair in some})
        names = stored.last_names(tx, identities, agency)
        homes = stored.postcodes(tx, identities, agency, day)
        for pair in some:
            known = names.get(pair.identity_id, set())
            relatives = declared.get(pair.practitioner_id, [])
            if any(_same_last(own_names.get(pair.practitioner_id, []), last) for _, last in known):
                yield _found("own surname", pair)
            if known & {(name_key(one.first), name_key(one.last)) for one in relatives if one.last}:
                yield _found("own family", pair)
            if homes.get(pair.identity_id, set()) & _postcodes(relatives):
                yield _found("own address", pair)


def _far(tx: Tx, pairs: Sequence[Pair], day: str) -> Iterator[Found]:
    """Nobody whom the practitioner's team (without one: their agency) supports lives in a district in
    which this person lives; and the team supports twenty people or more whose address is known."""
    outside = [pair for pair in pairs if pair.outside]
    usual: dict[tuple[str | None, str], set[str] | None] = {}
    for agency, some in _by_agency(outside).items():
        identities = sorted({pair.identity_id for pair in some})
        homes = stored.postcodes(tx, identities, agency, day)
        for pair in some:
            place = (pair.team_id, pair.agency_id)
            if place not in usual:
                lived = stored.team_postcodes(tx, *place, day)
                many = len({person for person, _ in lived}) >= USUAL_FROM
                usual[place] = {district(code) for _, code in lived} if many else None
            districts = usual[place]
            theirs = {district(code) for code in homes.get(pair.identity_id, set())}
            if districts is not None and theirs and not theirs & districts:
                yield _found("far from the area", pair)


def _many(opened: Sequence[Opened], threshold: int) -> Iterator[Found]:
    """The pages of so many people were opened within one hour, whoever they are."""
    looks: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in opened:
        looks.setdefault((one.practitioner_id, one.agency_id), []).append((one.at, one.identity_id))
    for (practitioner, agency), pages in looks.items():
        most = _most_in_an_hour(sorted(pages))
        if most >= threshold:
            yield Found("many in an hour", practitioner, agency, None, most)


def _most_in_an_hour(pages: Sequence[tuple[str, str]]) -> int:
    """Give the number of people in the busiest hour of pages in the order of their moments."""
    most = begin = 0
    held: dict[str, int] = {}
    for at, person in pages:
        held[person] = held.get(person, 0) + 1
        while pages[begin][0] <= moment.later(at, hours=-1):
            gone = pages[begin][1]
            held[gone] -= 1
            if not held[gone]:
                del held[gone]
            begin += 1
        most = max(most, len(held))
    return most


def _found(kind: stored.Kind, pair: Pair) -> Found:
    return Found(kind, pair.practitioner_id, pair.agency_id, pair.identity_id)


def _same_last(words: Sequence[str], last: str) -> bool:
    """Whether a folded last name is a practitioner's: of "Ann Bell Marsh" it may be the last word, or
    the last two."""
    return bool(last) and len(words) > 1 and last in (words[-1], " ".join(words[-2:]))


def _postcodes(relatives: Sequence[Relative]) -> set[str]:
    return {one.postcode for one in relatives if one.postcode}


def _by_agency(pairs: Sequence[Pair]) -> Mapping[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.agency_id, []).append(pair)
    return found
