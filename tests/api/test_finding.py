"""Search forgives: slips, spellings, nicknames, boxes and dates; says what differs; and beyond one's own
people it still takes enough to mean one person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import Invalid, TooOften
from api.facts import alike, search
from api.facts.alike import Day
from api.facts.search import Found, Query
from api.record import involvements, people
from api.record.people import NewPerson
from api.store import Store, Tx, search_names
from api.store import access as stored_access
from api.store import search as stored_search
from bench.people import Someone, Typed, queries
from bench.people import people as made_up
from bench.search import settle
from tests.cast import Cast
from tests.feeds import add_feed, say
from tests.worlds import World, build, prepare, worlds


def find(cast: Cast, who: str, **asked: object) -> Found:
    return search.find(cast.actor(who), Query(**asked))  # type: ignore[arg-type]


def ids(found: Found) -> list[str]:
    return [result.person_id for result in found.results]


def add(cast: Cast, first: str, last: str, born: str | None = None, **more: Any) -> str:
    """Add somebody whom the health visitor supports."""
    person = people.add(cast.system, NewPerson(first, last, born, **more))
    involvements.add(
        cast.system,
        person,
        agency_id=cast["health"],
        practitioner_id=cast["health_visitor"],
        role="Health visitor",
    )
    return person


@pytest.fixture
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "TRIES", 10**6)


# --- What is forgiven, and what is said of it -----------------------------------------------------


@pytest.mark.parametrize(
    ("known", "asked", "why"),
    [
        (("Helena", "Marsh"), {"first": "Helena", "last": "Marsh"}, "Same: the name"),
        (("Helena", "Marsh"), {"first": "Helnea", "last": "Marsh"},
         "Same: the last name; first name is one slip away"),
        (("Helena", "Featherstone"), {"first": "Helena", "last": "Fetherstonne"},
         "Same: the first name; last name sounds alike"),
        (("Katharine", "Marsh"), {"first": "Catherine", "last": "Marsh"},
         "Same: the last name; first name is spelt otherwise"),
        (("Mohammed", "Khan"), {"first": "Muhammad", "last": "Khan"},
         "Same: the last name; first name is spelt otherwise"),
        (("Geoffrey", "Marsh"), {"first": "Jeff", "last": "Marsh"},
         "Same: the last name; first name is another form of it"),
        (("William", "Marsh"), {"first": "Bill", "last": "Marsh"},
         "Same: the last name; first name is another form of it"),
        (("Peggy", "Marsh"), {"first": "Margaret", "last": "Marsh"},
         "Same: the last name; first name is another form of it"),
        (("Michael", "Marsh"), {"first": "Mikc", "last": "Marsh"},
         "Same: the last name; first name is another form of it, spelt otherwise"),
        (("Helena", "Marsh"), {"first": "Marsh", "last": "Helena"},
         "Same: the name; names exchanged"),
        (("Helena", "Marsh"), {"first": "Mrash", "last": "Helena"},
         "Same: the first name; last name is one slip away; names exchanged"),
        (("Helena", "Marsh"), {"last": "Helena Marsh"}, "Same: the name; both names in one box"),
        (("Helena", "Marsh"), {"first": "Marsh Helena"}, "Same: the name; both names in one box"),
        (("Helena", "Marsh"), {"last": "Helena"}, "Same: the first name; in the other box"),
        (("Helena Ruth", "Marsh"), {"first": "Helena", "last": "Marsh"},
         "Same: the last name; first name agrees in one of its parts"),
        (("Helena", "Marsh-Tolland"), {"first": "Helena", "last": "Tolland"},
         "Same: the first name; last name agrees in one of its parts"),
        (("Helena", "Marsh-Tolland"), {"first": "Helena", "last": "Marsh Tolland"}, "Same: the name"),
        (("Helena", "Marsh-Tolland"), {"first": "Helena", "last": "Marshtolland"}, "Same: the name"),
        (("Helena", "O'Rourke"), {"first": "Helena", "last": "O\u2019Rourke"}, "Same: the name"),
        (("Helena", "O'Rourke"), {"first": "Helena", "last": "ORourke"}, "Same: the name"),
        (("Helena", "O'Rourke"), {"first": "Helena", "last": "O Rourke"}, "Same: the name"),
        (("Helena", "O'Rourke"), {"last": "o rourke"}, "Same: the last name"),
        (("Zo\u00eb", "\u0141ukasz"), {"first": "Zoe", "last": "Lukasz"}, "Same: the name"),
    ],
)  # fmt: skip
def test_a_name_is_forgiven_and_the_answer_says_what_differs(
    cast: Cast, known: tuple[str, str], asked: dict[str, object], why: str
) -> None:
    person = add(cast, *known)
    found = find(cast, "health_visitor", **asked)
    assert ids(found)[0] == person
    assert found.results[0].why == why


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("2014-07-12", "Same: the name and the date of birth"),
        ("2014-12-07", "Same: the name; day and month exchanged"),
        ("2014-07-14", "Same: the name; date of birth is a few days off"),
        ("2014-07-22", "Same: the name; date of birth is one digit off"),
        ("2014-07-21", "Same: the name; date of birth has two digits exchanged"),
        ("2014-01-12", "Same: the name; date of birth is one digit off"),
        ("2015-07-12", "Same: the name; date of birth is one year off"),
        ("2041-07-12", "Same: the name; date of birth has another year"),
        ("2014-11-30", "Same: the name; date of birth is another day of the same year"),
        ("1990-02-03", "Same: the name; date of birth differs"),
    ],
)
def test_a_date_is_forgiven_too(cast: Cast, typed: str, why: str) -> None:
    person = add(cast, "Helena", "Marsh", "2014-07-12")
    found = find(cast, "health_visitor", first="Helena", last="Marsh", born_on=typed)
    assert ids(found)[0] == person
    assert found.results[0].why == why


def test_namesakes_come_by_date_then_by_closeness(cast: Cast) -> None:
    turned = add(cast, "Helena", "Marsh", "2014-12-07")
    unlike = add(cast, "Helen", "Marsh", "2014-07-12")
    right = add(cast, "Helena", "Marsh", "2014-07-12")
    other = add(cast, "Helena", "Marsh", "2001-01-01")
    found = find(cast, "health_visitor", first="Helena", last="Marsh", born_on="2014-07-12")
    assert ids(found) == [right, unlike, turned, other]


def test_somebody_whose_last_name_changed_is_found_by_the_date(cast: Cast) -> None:
    person = add(cast, "Helena", "Marsh", "2014-07-12")
    found = find(cast, "health_visitor", first="Helena", last="Quist", born_on="2014-07-12")
    assert ids(found) == [person]
    assert found.results[0].why == "Same: the first name and the date of birth; last name differs"


def test_a_person_without_date_or_address_is_found(cast: Cast) -> None:
    person = add(cast, "Helena", "Marsh", nhs="9990000018")
    for asked in (
        {"first": "Helen"},
        {"first": "Helena", "last": "Marsh", "born_on": "2014-07-12"},
    ):
        assert ids(find(cast, "health_visitor", **asked)) == [person]
    assert (
        "date of birth is not known"
        in find(cast, "health_visitor", first="Helena", last="Marsh", born_on="2014-07-12")
        .results[0]
        .why
    )
    assert ids(find(cast, "outsider", nhs="999 000 0018")) == [person]


def test_a_number_with_a_digit_wrong_is_forgiven_among_ones_own(cast: Cast) -> None:
    person = add(cast, "Helena", "Marsh", "2014-07-12", nhs="9990000018")
    found = find(cast, "health_visitor", nhs="999 000 0019")
    assert ids(found) == [person]
    assert found.results[0].why == "One digit of the NHS number is wrong"
    assert any("NHS number has a digit wrong" in sentence for sentence in found.advice)
    named = {"first": "Helena", "last": "Marsh", "nhs": "999 000 0019"}
    assert ids(find(cast, "outsider", **named)) == [person]
    assert not find(cast, "outsider", **{**named, "first": "Ruth"}).results
    with pytest.raises(Invalid):
        find(cast, "outsider", nhs="999 000 0019")


@pytest.mark.parametrize("asked", [{"first": "Xavier"}, {"last": "Oka"}, {"first": "A"}])
def test_what_is_not_alike_is_not_found(cast: Cast, asked: dict[str, object]) -> None:
    assert not find(cast, "social_worker", **asked).results


# --- Beyond one's own people ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "Helnea", "last": "Marsh", "born_on": "2014-07-12"},
        {"first": "Helnea", "last": "Mrash", "born_on": "2014-07-12"},
        {"first": "Helnea", "last": "Marsh", "born_on": "2014-12-07"},
        {"first": "Marsh", "last": "Helena", "born_on": "2014-07-13"},
        {"last": "Helena Marsh", "born_on": "2014-07-12"},
        {"first": "Helnea", "last": "Marsh", "birth_year": 2014, "postcode": "ZZ17 8AU"},
    ],
)
def test_two_slips_are_forgiven_beyond_ones_own(cast: Cast, asked: dict[str, object]) -> None:
    person = people.add(
        cast.system, NewPerson("Helena", "Marsh", "2014-07-12", postcode="ZZ17 8AU")
    )
    found = find(cast, "outsider", **asked)
    assert ids(found) == [person]
    assert (found.results[0].born, found.results[0].mine) == ("2014", False)


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "Helnea", "last": "Mrash", "born_on": "2014-12-07"},
        {"first": "Helena", "last": "Quist", "born_on": "2014-07-12"},
        {"first": "Hannah", "last": "Marsh", "born_on": "2014-07-12"},
        {"first": "H", "last": "Marsh", "born_on": "2014-07-12"},
        {"last": "Marsh", "born_on": "2014-07-12"},
        {"last": "Marsh Tolland", "born_on": "2014-07-12"},
        {"first": "Helena", "born_on": "2014-07-12"},
        {"first": "Helena", "last": "Marsh", "born_on": "2015-07-12"},
        {"first": "Helena", "last": "Marsh", "born_on": "2014-01-01"},
        {"first": "Helena", "last": "Marsh"},
        {"first": "Helena", "last": "Marsh", "birth_year": 2014},
        {"first": "Helena", "last": "Marsh", "postcode": "ZZ17 8AU"},
        {"born_on": "2014-07-12", "postcode": "ZZ17 8AU"},
    ],
)
def test_too_little_or_too_much_wrong_finds_nobody_beyond_ones_own(
    cast: Cast, asked: dict[str, object]
) -> None:
    people.add(cast.system, NewPerson("Helena", "Marsh", "2014-07-12", postcode="ZZ17 8AU"))
    assert not find(cast, "outsider", **asked).results


def test_a_name_that_a_sensitive_agency_typed_finds_nobody_for_others(cast: Cast) -> None:
    people.add(cast.actor("sealed"), NewPerson("Helena", "Marsh", "2014-07-12"))
    asked = {"first": "Helena", "last": "Marsh", "born_on": "2014-07-12"}
    assert find(cast, "sealed", **asked).results
    for who in ("outsider", "social_worker", "health_visitor"):
        assert not find(cast, who, **asked).results


# --- How many of them -----------------------------------------------------------------------------


def test_most_are_first_and_nearly_all_among_ten(cast: Cast, no_limit: None) -> None:
    everybody = list(made_up(500, seed=11))
    settled = settle(cast, everybody)
    first, ten, many = 0, 0, 0
    missed: list[tuple[Typed, Someone]] = []
    for typed in queries(everybody, each=4, seed=12):
        found = find(
            cast, "health_visitor", first=typed.first, last=typed.last, born_on=typed.born, nhs=typed.nhs
        )  # fmt: skip
        order = ids(found)
        many += 1
        first += order[:1] == [settled[typed.whom]]
        ten += settled[typed.whom] in order[:10]
        if settled[typed.whom] not in order[:10]:
            missed.append((typed, everybody[typed.whom]))
        assert len(order) <= search.INSIDE_AT_MOST
    assert many > 200
    assert first / many >= 0.95, missed
    assert ten / many >= 0.99, missed


def test_whoever_has_many_people_finds_their_own_among_all(
    cast: Cast, no_limit: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.facts import candidates

    monkeypatch.setattr(candidates, "OWN_AT_MOST", 1)
    for _ in range(90):
        people.add(cast.system, NewPerson("Lily", "Marsh"))
    assert ids(find(cast, "pastoral", first="Lily")) == [cast["lily"]]
    assert ids(find(cast, "pastoral", born_on="2015-09-09")) == [cast["lily"]]


TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["Amara", "Okafor", "amara okafor", "O", "a b c d e f", "ß", "\u0130", "%", "'"]
    ),
)
DAYS = st.one_of(st.none(), st.dates().map(str), st.text(max_size=10))


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    who=st.sampled_from(["social_worker", "health_visitor", "outsider", "reporter"]),
    query=st.builds(
        Query,
        first=TEXT,
        last=TEXT,
        born_on=DAYS,
        birth_year=st.one_of(st.none(), st.integers(-10, 3000)),
        postcode=st.sampled_from(["", "ZZ17 8AU", "nowhere"]),
        nhs=st.one_of(st.just(""), st.from_regex(r"[0-9 -]{9,14}")),
        parent=TEXT,
        expected_on=DAYS,
    ),
)
def test_no_search_fails_or_shows_many(cast: Cast, no_limit: None, who: str, query: Query) -> None:
    try:
        found = search.find(cast.actor(who), query)
    except (Invalid, TooOften):
        return
    assert len(found.results) <= search.INSIDE_AT_MOST
    assert sum(not result.mine for result in found.results) <= search.OUTSIDE_AT_MOST


@pytest.mark.parametrize(
    "asked",
    [
        {"last": " ".join("abcdefghijklmnopqrstuvwxyz" * 3)},
        {"first": "ab cd " * 33},
        {"last": "a" * 200},
    ],
)
def test_a_long_name_takes_no_longer_than_another(cast: Cast, asked: dict[str, object]) -> None:
    with_date = {**asked, "born_on": "2019-05-03"}
    compared = []
    word = alike.word

    def counted(typed: str, known: str) -> alike.Likeness:
        compared.append(typed)
        return word(typed, known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "word", counted)
        find(cast, "social_worker", **with_date)
    assert len(compared) < 2000


# --- What people are found by ----------------------------------------------------------------------


def test_what_a_feed_says_by_hand_is_found_at_once(cast: Cast) -> None:
    store = cast.authority.store
    feed = add_feed(store, "names")
    for names in ({"first": "Amarachi", "last": "Eze"}, {"first": "Mara", "last": "Okafor"}):
        keys = {"first_key": names["first"].lower(), "last_key": names["last"].lower()}
        say(store, feed, "names", cast["amara"], kind="known as", **names, **keys)
        assert ids(find(cast, "social_worker", **names))[0] == cast["amara"]


def test_whoever_was_here_before_the_index_is_in_it_after_the_upgrade(cast: Cast) -> None:
    store = cast.authority.store

    def before(tx: Any) -> list[Any]:
        rows = [tx.query(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]
        for table in TABLES:
            tx.change(f"DELETE FROM {table}")
        tx.insert("search_backlog", after="")
        return rows

    was = store.upkeep(before)
    assert not find(cast, "social_worker", first="Amara").results
    everyone = store.query("SELECT COUNT(*) AS n FROM people")[0]["n"]
    assert search_names.catch_up(store) == everyone
    assert search_names.catch_up(store) == 0
    assert [store.query(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES] == was
    assert ids(find(cast, "social_worker", first="Amara")) == [cast["amara"]]


TABLES = ("search_names", "search_keys")


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_who_is_not_closed_may_be_known(store: Store, world: World) -> None:
    """The rule that goes through many people at once says what the one for each of them says."""
    if not store.query("SELECT id FROM sources"):
        _SHARED[store.engine] = prepare(store)
    build(store, _SHARED[store.engine], world)
    records = [world["person", n] for n in range(len(world.people))]
    for n in range(len(world.workers)):
        with store._reading() as tx:
            me = stored_access.me(tx, world["worker", n])
            params = {"ids": records, **stored_access.params(me, tx)}
            open_to_me = f"NOT {stored_access.LEFT} AND {stored_access.not_closed('p.id')}"
            known, open_ = (
                tx.query(f"SELECT p.id FROM people p WHERE p.id IN (:ids) AND {rule} ORDER BY 1", **params)
                for rule in (stored_access.MAY_KNOW, open_to_me)
            )  # fmt: skip
            assert known == open_


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_whoever_is_ones_own_is_among_ones_own(store: Store, world: World) -> None:
    """Nobody whose directory view is open is left out where one's own people are gone through."""
    if not store.query("SELECT id FROM sources"):
        _SHARED[store.engine] = prepare(store)
    build(store, _SHARED[store.engine], world)
    records = [world["person", n] for n in range(len(world.people))]
    source = _SHARED[store.engine]["source", -1]

    def name(tx: Tx) -> None:
        # Whose name nobody said openly is found by who said it, so somebody else says all of them.
        tx.insert_all(
            "names",
            [
                {
                    "id": id,
                    "person_id": id,
                    "kind": "full",
                    "first": "B",
                    "last": "A",
                    "first_key": "b",
                    "last_key": "a",
                    "source_id": source,
                    "since_load": 1,
                    "recorded_at": tx.now,
                }
                for id in records
            ],
        )
        tx.insert_all(
            "search_names",
            [{"last": "a", "first": "b", "day": "", "person_id": id} for id in records],
        )

    store.upkeep(name)
    for n in range(len(world.workers)):
        with store._reading() as tx:
            me = stored_access.me(tx, world["worker", n])
            seen = stored_search.seen(tx, me, list(dict.fromkeys(
                stored_search.identities(tx, records).values()
            )))  # fmt: skip
            mine = stored_search.mine(tx, me, 10**6)
            assert mine is not None
            found = stored_search.identities(tx, [entry.person_id for entry in mine])
            assert seen <= set(found.values())


_SHARED: dict[str, dict[tuple[str, int], str]] = {}


# --- Likeness ----------------------------------------------------------------------------------------


@given(st.dates(date(1850, 1, 1), date(2100, 12, 31)))
def test_a_date_is_like_itself_and_like_few_others(day: date) -> None:
    read = Day(day)
    assert read.compare(day.isoformat()) is alike.SAME
    assert len(read.near) < 100
    assert all(0 < likeness.value <= 1 for likeness in read.near.values())


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_likeness_is_never_more_than_the_same(one: str, other: str) -> None:
    found = alike.word(one, other)
    assert 0 <= found.value <= 1
    assert (found.value == 1) == (one == other)
