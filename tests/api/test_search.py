"""Search: one's own by any field, others only by enough to mean one person, and never the closed."""

from __future__ import annotations

import pytest

from api.errors import Invalid, TooOften
from api.facts import search
from api.facts.search import Found, Query
from api.record import conflicts, families, people, protections
from api.record.people import NewPerson
from tests.cast import Cast
from tests.feeds import add_feed, say
from tests.trail import details_of, last_event


def ids(found: Found) -> list[str]:
    return [result.person_id for result in found.results]


def find(cast: Cast, who: str, **asked: object) -> Found:
    return search.find(cast.actor(who), Query(**asked))  # type: ignore[arg-type]


# --- One's own people -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "Amara"},
        {"last": "okafor"},
        {"first": "AMARA", "last": "Okafor"},
        {"born_on": "2019-05-03"},
        {"born_on": "2019-03-05"},
        {"birth_year": 2019},
        {"postcode": "zz178au"},
    ],
)
def test_one_field_finds_ones_own(cast: Cast, asked: dict[str, object]) -> None:
    found = find(cast, "social_worker", **asked)
    assert cast["amara"] in ids(found)
    amara = next(result for result in found.results if result.person_id == cast["amara"])
    assert amara.mine
    assert amara.born == "2019-05-03"
    assert amara.school == "St Bede's Primary School"
    assert amara.why


def test_a_school_finds_its_pupils_by_one_field(cast: Cast) -> None:
    assert ids(find(cast, "pastoral", first="Lily")) == [cast["lily"]]


def test_one_field_is_not_enough_for_others(cast: Cast) -> None:
    for asked in ({"first": "Amara"}, {"last": "Okafor"}, {"born_on": "2019-05-03"}):
        found = find(cast, "outsider", **asked)
        assert not found.results
        assert found.advice
    assert not find(cast, "outsider", first="Amara", last="Okafor").results
    assert not find(cast, "outsider", birth_year=2019, postcode="ZZ17 8AU").results


# --- Beyond them --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "near",
    [
        {"born_on": "2019-05-03"},
        {"born_on": "2019-03-05"},
        {"born_on": "2019-05-05"},
        {"birth_year": 2019, "postcode": "ZZ17 8AU"},
        {"parent": "Kemi Okafor"},
    ],
)
def test_names_and_something_near_find_others(cast: Cast, near: dict[str, object]) -> None:
    families.relate(
        cast.actor("social_worker"), cast["amara"], kind="mother", other_id=cast["kemi"]
    )
    found = find(cast, "outsider", first="Amara", last="Okafor", **near)
    assert ids(found) == [cast["amara"]]
    (result,) = found.results
    assert (result.born, result.district, result.school) == ("2019", "ZZ17", "")
    assert not result.mine
    assert not found.advice


@pytest.mark.parametrize(
    "near",
    [
        {"born_on": "2018-05-03"},
        {"birth_year": 2019, "postcode": "ZZ17 8AX"},
        {"birth_year": 2018, "postcode": "ZZ17 8AU"},
        {"parent": "Kofi Okafor"},
        {"expected_on": "2019-05-03"},
    ],
)
def test_something_far_finds_nobody(cast: Cast, near: dict[str, object]) -> None:
    assert not find(cast, "outsider", first="Amara", last="Okafor", **near).results


def test_an_identifier_finds_others(cast: Cast) -> None:
    number = "9990000018"
    ruth = people.add(cast.system, NewPerson("Ruth", "Adair", "2017-01-01", nhs=number))
    assert ids(find(cast, "outsider", nhs="999 000 0018")) == [ruth]
    with pytest.raises(Invalid) as caught:
        find(cast, "outsider", nhs="999 000 0019")
    assert caught.value.field == "nhs"


@pytest.mark.parametrize(
    ("typed_first", "typed_last"),
    [
        ("Zoe", "O'Brien-Lukasz"),
        ("ZOË", "O\u2019BRIEN \u0141UKASZ"),
        ("Zoë Ann", "OBrien"),
        ("zoe", "Łukasz"),
    ],
)
def test_names_are_found_however_they_are_spelt(
    cast: Cast, typed_first: str, typed_last: str
) -> None:
    zoe = people.add(cast.system, NewPerson("Zoë", "O'Brien-Łukasz", "2016-02-29"))
    asked = {"first": typed_first, "last": typed_last, "born_on": "2016-02-29"}
    assert ids(find(cast, "outsider", **asked)) == [zoe]


def test_an_unborn_child_is_found_by_mother_and_expected_date(cast: Cast) -> None:
    unborn = people.add(cast.system, NewPerson(expected_on="2027-02-01", mother_id=cast["kemi"]))
    found = find(cast, "outsider", parent="Kemi Okafor", expected_on="2027-02-10")
    assert ids(found) == [unborn]
    assert not find(cast, "outsider", parent="Kemi Okafor", expected_on="2027-06-01").results


def test_a_parent_who_is_only_mentioned_helps_too(cast: Cast) -> None:
    families.relate(
        cast.actor("social_worker"), cast["amara"], kind="father", mentioned="Daniel Okafor"
    )
    asked = {"first": "Amara", "last": "Okafor", "parent": "Daniel Okafor"}
    assert ids(find(cast, "outsider", **asked)) == [cast["amara"]]


def test_at_most_five_others_are_shown(cast: Cast) -> None:
    for day in range(1, 8):
        people.add(cast.system, NewPerson("Sam", "Smith", f"2015-03-0{day}"))
    found = find(cast, "outsider", first="Sam", last="Smith", born_on="2015-03-04")
    assert len(found.results) == 5
    assert found.more
    assert found.results[0].why == "Same: the name and the date of birth"


# --- Who must not be found -------------------------------------------------------------------------


WHO = {"first": "Amara", "last": "Okafor", "born_on": "2019-05-03"}


def test_a_restricted_person_is_found_by_nobody_but_those_named(cast: Cast) -> None:
    protections.restrict(
        cast.actor("supervisor", confirmed=True),
        cast["amara"],
        "Somebody looks for her",
        [cast["social_worker"]],
    )
    assert ids(find(cast, "social_worker", **WHO)) == [cast["amara"]]
    for other in ("health_visitor", "pastoral", "outsider", "supervisor"):
        nobody = find(cast, other, first="Amara", last="Nobody", born_on="2019-05-03")
        assert find(cast, other, **WHO) == nobody


def test_a_conflict_of_interest_closes_search_too(cast: Cast) -> None:
    assert find(cast, "outsider", **WHO).results
    conflicts.declare(cast.actor("outsider"), cast["amara"])
    assert not find(cast, "outsider", **WHO).results


def test_a_protected_location_shows_no_district_and_answers_to_no_postcode(cast: Cast) -> None:
    protections.protect(
        cast.actor("supervisor"), cast["amara"], "Her father", [cast["social_worker"]]
    )
    (result,) = find(cast, "outsider", **WHO).results
    assert result.district == ""
    placed = {"first": "Amara", "last": "Okafor", "birth_year": 2019, "postcode": "ZZ17 8AU"}
    assert not find(cast, "outsider", **placed).results
    (hers,) = find(cast, "pastoral", **WHO).results
    assert (hers.district, hers.school) == ("", "")


def test_a_reporter_finds_nobody_and_the_same_answer(cast: Cast) -> None:
    found = find(cast, "reporter", **WHO)
    assert found == find(cast, "reporter", first="No", last="Body", born_on="2019-05-03")
    assert not found.results
    for who in ("governance", "administrator", "steward"):
        assert not find(cast, who, **WHO).results


def test_a_record_that_one_added_is_found_as_one_typed_it(cast: Cast) -> None:
    protections.restrict(
        cast.actor("supervisor", confirmed=True),
        cast["amara"],
        "Somebody looks for her",
        [cast["social_worker"]],
    )
    typed = people.add(
        cast.actor("outsider"), NewPerson("Amara", "Okafor", "2019-05-03", postcode="ZZ99 9ZZ")
    )
    (result,) = find(cast, "outsider", first="amara").results
    assert (result.person_id, result.name) == (typed, "Amara Okafor")
    assert (result.district, result.school) == ("", "")
    assert find(cast, "outsider", **WHO).results == [result]
    assert typed not in ids(find(cast, "health_visitor", **WHO))


# --- What stands on every answer, and what stays behind ------------------------------------------


def test_whom_a_sealed_service_added_is_found_once_another_speaks_of_them(cast: Cast) -> None:
    asked = {"first": "Mina", "last": "Quill", "born_on": "2018-02-01"}
    mina = people.add(cast.actor("sealed"), NewPerson(**asked))  # type: ignore[arg-type]
    assert ids(find(cast, "sealed", **asked)) == [mina]
    assert not find(cast, "outsider", **asked).results
    store = cast.authority.store
    feed = add_feed(store, "school")
    say(store, feed, "names", mina, kind="full", first="Mina", last="Quill",
        first_key="mina", last_key="quill")  # fmt: skip
    say(store, feed, "particulars", mina, born_on="2018-02-01")
    assert ids(find(cast, "outsider", **asked)) == [mina]


@pytest.mark.parametrize("who", ["social_worker", "outsider", "reporter"])
def test_whom_to_ring_stands_on_every_answer(cast: Cast, who: str) -> None:
    settings = cast.authority.settings
    for asked in (WHO, {"first": "Nobody"}):
        ring = find(cast, who, **asked).whom_to_ring
        assert (ring.phone, ring.name) == (settings.front_door_phone, settings.front_door)


def test_a_search_leaves_what_was_typed_and_whom_it_showed(cast: Cast) -> None:
    find(cast, "outsider", **WHO)
    event = last_event(cast, "search:run")
    assert event["verdict"] == "allowed"
    assert event["actor"] == cast["outsider"]
    assert event["subjects"] == [cast["amara"]]
    assert details_of(cast, event) == "first: Amara; last: Okafor; born_on: 2019-05-03"


@pytest.mark.parametrize(
    ("who", "reason"), [("outsider", "too little"), ("reporter", "no working role")]
)
def test_a_refused_search_leaves_what_was_typed(cast: Cast, who: str, reason: str) -> None:
    find(cast, who, first="Amara")
    event = last_event(cast, "search:run")
    assert (event["verdict"], event["reason"], event["subjects"]) == ("refused", reason, [])
    assert details_of(cast, event) == "first: Amara"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "first"),
        ({"first": "  "}, "first"),
        ({"first": "🙂"}, "first"),
        ({"first": "a" * 201}, "first"),
        ({"last": "Okafor", "born_on": "2019-02-30"}, "born_on"),
        ({"last": "Okafor", "born_on": "yesterday"}, "born_on"),
        ({"last": "Okafor", "birth_year": 19}, "birth_year"),
        ({"last": "Okafor", "postcode": "ZZ17"}, "postcode"),
    ],
)
def test_what_cannot_be_looked_for_names_its_field(
    cast: Cast, asked: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        find(cast, "outsider", **asked)
    assert caught.value.field == field


def test_nobody_searches_on_and_on(cast: Cast) -> None:
    actor = cast.actor("outsider")

    def go_on() -> None:
        for n in range(search.TRIES * 2 + 1):
            search.find(actor, Query(first=f"Name {n}"))

    with pytest.raises(TooOften):
        go_on()


@pytest.mark.parametrize("first", ["%", "_", "' OR 1=1 --", "Ama%", "A_ara", "%' --"])
def test_signs_in_a_name_mean_nothing(cast: Cast, first: str) -> None:
    try:
        found = find(cast, "social_worker", first=first)
    except Invalid:
        return
    assert not found.results
