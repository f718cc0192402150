"""Every access rule stands three times: as a function, as SQL, and plainly in `tests.worlds`.

Random worlds hold the three equal, for every practitioner and every record in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from api import access
from api.access import DetailFacts, GlassFacts, Origin, Sight
from api.moment import new_id
from api.store import Store, Tx
from api.store import access as stored
from api.store.access import Me
from api.telling import hearing
from tests.worlds import OPENED, SENSITIVE, World, build, prepare, worlds

SQL = {
    "left": stored.LEFT,
    "conflict of interest": stored.CONFLICTED,
    "restricted": f"({stored.RESTRICTED} AND NOT {stored.NAMED})",
    **stored.CIRCLE_RULES,
    **stored.DIRECTORY_RULES,
    "wrote": stored.WROTE,
}
FUNCTIONS = {
    **access.CLOSING_RULES,
    **access.CIRCLE_RULES,
    **access.DIRECTORY_RULES,
    "wrote": access.wrote,
}

random_worlds = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)

Shared = tuple[Store, dict[tuple[str, int], str]]


@pytest.fixture
def shared(store: Store) -> Shared:
    """A store with what all worlds share; each example adds a world with ids of its own."""
    return store, prepare(store)


def flags(predicates: dict[str, str]) -> str:
    """A column for each predicate: 1 where it holds."""
    return ", ".join(
        f"CASE WHEN {sql} THEN 1 ELSE 0 END AS rule_{n}"
        for n, sql in enumerate(predicates.values())
    )


def told(row: dict[str, object], predicates: dict[str, str]) -> dict[str, bool]:
    return {name: bool(row[f"rule_{n}"]) for n, name in enumerate(predicates)}


def by_sql(
    tx: Tx, me: Me, source: str, ids: list[str], predicates: dict[str, str]
) -> dict[str, dict[str, bool]]:
    """Ask every predicate about each of these rows, in one query."""
    alias = source.split()[2]  # FROM table alias ...
    rows = tx.query(
        f"SELECT {alias}.id AS row_id, {flags(predicates)} {source}",
        ids=ids,
        **stored.params(me, tx),
    )
    return {str(row["row_id"]): told(row, predicates) for row in rows}


def each(world: World, store: Store) -> Iterator[tuple[int, Tx, Me]]:
    """Every practitioner of a world, in a transaction of their own."""
    for n in range(len(world.workers)):
        with store._reading() as tx:
            yield n, tx, stored.me(tx, world["worker", n])


def test_every_rule_has_its_function_and_its_sql() -> None:
    assert list(access.CIRCLE_RULES) == list(stored.CIRCLE_RULES)
    assert list(access.DIRECTORY_RULES) == list(stored.DIRECTORY_RULES)
    assert set(SQL) == set(FUNCTIONS)


@random_worlds
@given(world=worlds())
def test_the_rules_about_people_agree(shared: Shared, world: World) -> None:
    store, ids = shared
    build(store, ids, world)
    people = {world["person", n]: n for n in range(len(world.people))}
    predicates = {
        **SQL,
        "may know": stored.MAY_KNOW,
        "works": stored.WORKING,
        "circle sight": stored.CIRCLE_SIGHT,
        "directory sight": stored.DIRECTORY_SIGHT,
        "mine": stored.MINE,
        "location hidden": stored.LOCATION_HIDDEN,
    }
    for who, tx, me in each(world, store):
        found = by_sql(tx, me, "FROM people p WHERE p.id IN (:ids)", list(people), predicates)
        for id, n in people.items():
            verdict = access.verdict(tx, me, id)
            rules, sight = world.rules(who, n), world.sight(who, n)
            assert {name: rule(verdict.standing) for name, rule in FUNCTIONS.items()} == rules
            assert verdict.sight is sight
            assert access.may_write(verdict.standing) is world.may_write(who, n)
            closed = rules["left"] or rules["conflict of interest"] or rules["restricted"]
            mine = rules["in the circle"] or rules["covering"] or rules["taken on"]
            # A reporter's or an administrator's own words give OWN, and no list of people.
            assert found[id] == {
                **rules,
                "may know": not closed,
                "works": world.works(who),
                "circle sight": sight is Sight.CIRCLE,
                "directory sight": sight >= Sight.DIRECTORY,
                "mine": world.works(who) and mine and not closed,
                "location hidden": world.hides_location(who, n),
            }
            assert verdict.location_hidden is world.hides_location(who, n)


@random_worlds
@given(world=worlds())
def test_the_rules_about_involvements_agree(shared: Shared, world: World) -> None:
    store, ids = shared
    build(store, ids, world)
    live = {
        world["involvements", n]: tie for n, tie in enumerate(world.ties) if tie.state == "live"
    }
    source = """FROM live_involvements i JOIN agencies a ON a.id = i.agency_id
        LEFT JOIN practitioners w ON w.id = i.practitioner_id WHERE i.id IN (:ids)"""
    for who, tx, me in each(world, store):
        predicates = {"shown": stored.INVOLVEMENT_SHOWN, "unsealed": stored.UNSEALED}
        found = by_sql(tx, me, source, list(live), predicates)
        assert set(found) == set(live)
        for id, tie in live.items():
            assert found[id]["shown"] is world.shows_tie(who, tie)
            assert found[id]["unsealed"] is world.is_unsealed(who, tie)
        for n in range(len(world.people)):
            standing = access.verdict(tx, me, world["person", n]).standing
            open_ties = list(world.open_ties(n))
            assert len(standing.ties) == len(open_ties)
            shown = sum(access.shows_involvement(standing, tie) for tie in standing.ties)
            assert shown == sum(world.shows_tie(who, tie) for tie in open_ties)
            unsealed = sum(access.is_unsealed(me, tie) for tie in standing.ties)
            assert unsealed == sum(world.is_unsealed(who, tie) for tie in open_ties)
            assert access.may_reveal(standing) is world.may_reveal(who, n)


@random_worlds
@given(world=worlds())
def test_the_rules_about_reviewing_break_glass_agree(shared: Shared, world: World) -> None:
    store, ids = shared
    build(store, ids, world)
    ones = {world["glass", n]: one for n, one in enumerate(world.glass)}
    source = """FROM glass g JOIN agencies a ON a.id = g.agency_id
        JOIN people q ON q.id = g.person_id JOIN people p ON p.id = q.identity_id
        WHERE g.id IN (:ids)"""
    for who, tx, me in each(world, store):
        found = by_sql(tx, me, source, list(ones), {"reviews": stored.REVIEWS_GLASS})
        for id, one in ones.items():
            agency = world.workers[one.worker].agency
            facts = GlassFacts(
                practitioner_id=world["worker", one.worker],
                agency_id=world["agency", agency],
                sealed=agency == SENSITIVE,
                teams=frozenset(world["team", n] for n in one.teams | world.team_of(one.worker)),
                own_teams=frozenset({world["team", agency]}),
            )
            standing = access.verdict(tx, me, world["person", one.person]).standing
            assert found[id]["reviews"] is world.reviews(who, one)
            assert access.may_review_glass(standing, facts) is world.reviews(who, one)


@random_worlds
@given(world=worlds())
def test_the_rules_about_notes_on_the_wrong_person_agree(shared: Shared, world: World) -> None:
    store, ids = shared
    build(store, ids, world)
    notes = {world["note", n]: note for n, note in enumerate(world.notes)}
    source = """FROM notes n JOIN practitioners w ON w.id = n.author_id
        JOIN agencies a ON a.id = w.agency_id WHERE n.id IN (:ids)"""
    for who, tx, me in each(world, store):
        found = by_sql(tx, me, source, list(notes), {"handles": stored.HANDLES_BREACH})
        for id, note in notes.items():
            author = stored.me(tx, world["worker", note.author])
            about = [access.verdict(tx, me, world["person", n]).standing for n in note.about]
            sealed = world.workers[note.author].agency == SENSITIVE
            assert found[id]["handles"] is world.handles_breach(who, note)
            assert access.may_handle_breach(about, me, author, sealed) is found[id]["handles"]


@random_worlds
@given(world=worlds())
def test_the_rules_about_notes_agree(shared: Shared, world: World) -> None:
    store, ids = shared
    build(store, ids, world)
    notes = {world["note", n]: note for n, note in enumerate(world.notes)}
    for who, tx, me in each(world, store):
        predicates = {
            "shown": stored.NOTE_SHOWN,
            "open": stored.NOTE_OPEN,
            "author": stored.AUTHOR_SHOWN,
        }
        found = by_sql(tx, me, "FROM notes n WHERE n.id IN (:ids)", list(notes), predicates)
        for id, note in notes.items():
            news = hearing.look_at(
                tx, "note", actor_id=None, note_id=id, person_id=None, practitioner_id=None
            )
            assert news.note
            assert found[id]["shown"] is world.shows_note(who, note)
            assert access.shows_note(me, news.note) is world.shows_note(who, note)
            standings = [access.verdict(tx, me, person).standing for person in news.people]
            assert found[id]["author"] is world.shows_author(who, note)
            author = (news.note.author_id, news.note.agency_id, news.note.voice)
            assert access.shows_author(me, *author) is world.shows_author(who, note)
            assert found[id]["open"] is world.opens_note(who, note)
            assert access.opens_note(me, news.note, standings) is world.opens_note(who, note)


@random_worlds
@given(world=worlds())
def test_the_rules_about_facts_agree(shared: Shared, world: World) -> None:
    store, ids = shared
    build(store, ids, world)
    facts = {world["plans", n]: fact for n, fact in enumerate(world.facts)}
    for who, tx, me in each(world, store):
        found = by_sql(
            tx,
            me,
            "FROM live_plans f WHERE f.id IN (:ids)",
            list(facts),
            {"shown": stored.FACT_SHOWN},
        )
        for id, fact in facts.items():
            agencies = {fact.feed_of}
            if fact.by is not None:
                agencies.add(world.workers[fact.by].agency)
            sealed = (
                frozenset({world["agency", SENSITIVE]}) if SENSITIVE in agencies else frozenset()
            )
            origin = Origin(None if fact.by is None else world["worker", fact.by], sealed)
            standing = access.verdict(tx, me, world["person", fact.person]).standing
            assert found[id]["shown"] is world.shows_fact(who, fact)
            assert access.shows_fact(standing, origin) is world.shows_fact(who, fact)


@random_worlds
@given(world=worlds())
def test_the_rules_about_details_agree(shared: Shared, world: World) -> None:
    store, ids = shared
    build(store, ids, world)
    details = {world["details", n]: detail for n, detail in enumerate(world.details)}
    source = "FROM live_details d JOIN people p ON p.id = d.person_id WHERE d.id IN (:ids)"
    for who, tx, me in each(world, store):
        found = by_sql(tx, me, source, list(details), {"shown": stored.DETAIL_SHOWN})
        for id, detail in details.items():
            facts = DetailFacts(
                opened=OPENED.get(detail.kind, {}),
                sealed=SENSITIVE in (detail.agency, detail.feed_of),
                covered=True,
            )
            standing = access.verdict(tx, me, world["person", detail.person]).standing
            assert found[id]["shown"] is world.shows_detail(who, detail)
            assert access.shows_detail(standing, facts) is world.shows_detail(who, detail)


@given(
    born=st.dates(date(1900, 1, 1), date(2030, 12, 31)),
    today=st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    ages=st.tuples(*[st.none() | st.integers(0, 130)] * 2),
)
@example(born=date(2008, 2, 29), today=date(2026, 2, 28), ages=(18, None))
@example(born=date(2008, 2, 29), today=date(2026, 3, 1), ages=(18, None))
@example(born=date(2010, 2, 28), today=date(2028, 2, 29), ages=(None, 18))
@random_worlds
def test_the_ages_that_a_source_covers_agree(
    shared: Shared, born: date, today: date, ages: tuple[int | None, int | None]
) -> None:
    store, ids = shared
    said = {"source_id": ids["source", 0], "since_load": 1, "recorded_at": "then"}

    def asking(tx: Tx) -> bool:
        """Say it of somebody new, ask, and leave nothing behind."""
        person = new_id()
        tx.insert(
            "people", id=person, identity_id=person, made_at=tx.now, source_id=ids["source", 0]
        )
        tx.insert("particulars", id=new_id(), person_id=person, born_on=born.isoformat(), **said)
        tx.insert("names", id=person, person_id=person, kind="full", first="A", last="B",
                  first_key="a", last_key="b", **said)  # fmt: skip
        tx.change(
            "UPDATE sources SET ages_from = :a, ages_to = :b WHERE id = :id",
            a=ages[0], b=ages[1], id=ids["source", 0],
        )  # fmt: skip
        me = {"me": "", "my_agency": "", "my_agency_kind": "", "now": tx.now}
        rows = tx.query(
            f"SELECT f.id FROM live_names f WHERE f.id = :id AND {stored.of_age('f')}",
            id=person, today=today.isoformat(), **me,
        )  # fmt: skip
        return bool(rows)

    why = access.not_of_age(born.isoformat(), today.isoformat(), *ages)
    assert store.upkeep(asking) is not bool(why)
