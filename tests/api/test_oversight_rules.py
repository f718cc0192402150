"""Who watches over whom: as a function, as SQL, and plainly here, equal on random worlds."""

from __future__ import annotations

import pytest
from hypothesis import given

from api import access
from api.access import Looker
from api.store import Store
from api.store import access as stored
from tests.api.test_access_rules import Shared, by_sql, each, random_worlds
from tests.worlds import SENSITIVE, World, build, prepare, worlds


@pytest.fixture
def shared(store: Store) -> Shared:
    """A store with what all worlds share."""
    return store, prepare(store)


def stands_for(world: World, worker: int) -> bool:
    """Works for the sensitive agency, or holds or held a role over it or over its team."""
    who = world.workers[worker]
    return who.agency == SENSITIVE or any(held.of == SENSITIVE for held in who.roles)


def watches(world: World, me: int, other: int) -> bool:
    if world.workers[me].left:
        return False
    own = world.holds(me, "governance lead", "agency", SENSITIVE)
    if stands_for(world, other):
        return own
    return world.holds(me, "governance lead", "authority", None) or world.holds(
        me, "governance lead", "agency", world.workers[other].agency
    )


def looker(world: World, worker: int) -> Looker:
    sealed = {world["agency", SENSITIVE]} if stands_for(world, worker) else set()
    agency = world["agency", world.workers[worker].agency]
    return Looker(world["worker", worker], agency, frozenset(sealed))


@random_worlds
@given(world=worlds())
def test_who_watches_over_whom(shared: Shared, world: World) -> None:
    store, ids = shared
    build(store, ids, world)
    others = {world["worker", n]: n for n in range(len(world.workers))}
    predicates = {"watched": stored.watched("w.id", "w.agency_id")}
    for who, tx, me in each(world, store):
        source = "FROM practitioners w WHERE w.id IN (:ids)"
        found = by_sql(tx, me, source, list(others), predicates)
        for id, n in others.items():
            assert found[id]["watched"] is watches(world, who, n)
            assert access.may_watch(me, looker(world, n)) is watches(world, who, n)


@random_worlds
@given(world=worlds())
def test_whose_looks_a_circle_is_shown(shared: Shared, world: World) -> None:
    store, ids = shared
    build(store, ids, world)
    people = {world["person", n]: n for n in range(len(world.people))}
    for who, tx, me in each(world, store):
        for other in range(len(world.workers)):
            predicates = {"shown": stored.look_shown(":looker", "p.identity_id")}
            rows = tx.query(
                f"""SELECT p.id FROM people p WHERE p.id IN (:ids) AND {predicates["shown"]}""",
                ids=list(people),
                looker=world["worker", other],
                **stored.params(me, tx),
            )
            shown = {row["id"] for row in rows}
            for id, n in people.items():
                standing = access.verdict(tx, me, id).standing
                said = access.shows_look(standing, looker(world, other))
                assert (id in shown) is said
                if not stands_for(world, other) or other == who:
                    assert said
                elif not any(tie.worker == other for tie in world.open_ties(n)):
                    assert not said
