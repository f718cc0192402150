"""Where a protected person is, by every way out: their own record, and of those who live with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from api.facts import search
from api.facts.search import Query
from api.record import (
    caseload,
    families,
    glass,
    involvements,
    linked,
    notes,
    people,
    protections,
    services,
    systems,
    timeline,
)
from api.record.people import NewPerson
from api.store import access, candidates
from api.telling import events, inbox, outbox
from tests import feeds
from tests.api import systems as other
from tests.cast import Cast

LEAD = "social_worker"
WHERE = ("Hidden Row", "ZZ33", "St Bede's", "Nursery")
VIEWER = "police"


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


@pytest.fixture
def family(cast: Cast) -> Cast:
    """Ada (to be protected), her mother Mia and her brother Ben live in one house; each has a school or a
    surgery there, and the police officer and the lead support all three."""
    system, store = cast.system, cast.authority.store
    home = {"address": "3 Hidden Row", "postcode": "ZZ33 3ZZ"}
    for key, born in (("ada", "2018-04-04"), ("ben", "2016-04-04"), ("mia", "1990-04-04")):
        cast.ids[key] = people.add(system, NewPerson(key.capitalize(), "Lowe", born, **home))
        for who, agency in ((LEAD, "care"), (VIEWER, "force")):
            cast.support(who, agency, key, lead=who == LEAD)
        source = feeds.add_feed(store, f"of {key}", cast["school"], name="Nursery feed")
        feeds.say(
            store, source, "addresses", cast[key], kind="home", lines="3 Hidden Row",
            postcode="ZZ33 3ZZ",
        )  # fmt: skip
        involvements.add(
            system, cast[key], agency_id=cast["school"], role="Nursery", kind="universal"
        )
        cast.worry("pastoral", key, saw="Tired today.")
    for child in ("ada", "ben"):
        families.relate(system, cast[child], kind="mother", other_id=cast["mia"])
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    return cast


def hide(cast: Cast, person: str = "ada") -> None:
    protections.protect(cast.actor(LEAD), cast[person], "Her father", [cast[LEAD]])


def shown(cast: Cast, who: str) -> str:
    """All that somebody is shown of the three, by every way there is."""
    actor = cast.actor(who)
    ways: list[Callable[[str], object]] = [
        lambda id: people.look(actor, id),
        lambda id: people.brief(actor, id),
        lambda id: timeline.of(actor, id),
        lambda id: notes.about(actor, id),
        lambda id: services.of(actor, id),
        lambda id: linked.of(actor, id),
    ]
    found: list[object] = [way(cast[key]) for way in ways for key in ("ada", "ben", "mia")]
    for key, born in (("Ada", "2018-04-04"), ("Ben", "2016-04-04"), ("Mia", "1990-04-04")):
        found.append(search.find(actor, Query(first=key, last="Lowe", born_on=born)).results)
    found += [people.mine(actor), people.choices(actor), notes.latest(actor)]
    found += [inbox.list_items(actor), caseload.hand_out(actor)]
    return repr(found)


def test_nothing_says_where_a_protected_child_is_nor_those_who_live_there(family: Cast) -> None:
    for said in WHERE:
        assert said in shown(family, VIEWER), said
    hide(family)
    for said in WHERE:
        assert said not in shown(family, VIEWER), said
    assert "Hidden Row" in shown(family, LEAD)
    assert people.look(family.actor(VIEWER), family["mia"]).location_hidden


def test_a_system_is_told_neither(family: Cast) -> None:
    token = other.actor(family, "force")
    hide(family)
    for key in ("ada", "ben", "mia"):
        said = repr(systems.look(token, family[key]))
        for where in WHERE:
            assert where not in said, where
    assert not any(where in repr(events.after(token)) for where in WHERE)


def test_no_row_of_a_feed_is_compared_with_where_the_house_is(family: Cast) -> None:
    def places() -> set[str]:
        """Whose place is protected, one by one; and what a row is compared with, of the three."""
        store, ids = family.authority.store, [family[key] for key in ("ada", "ben", "mia")]
        sql = f"SELECT p.id FROM people p WHERE p.id IN (:ids) AND {access.PLACE_PROTECTED}"
        hidden = {row["id"] for row in store.query(sql, ids=[*ids, family["amara"]])}
        rows = candidates.by_postcodes(store, ["ZZ33 3ZZ"], family["force"])
        rows += candidates.said_of(store, ids, family["force"])["addresses"]
        assert {row["identity_id"] for row in rows} == set(ids) - hidden
        return hidden

    assert places() == set()
    hide(family)
    assert places() == {family["ada"], family["ben"], family["mia"]}


def test_a_search_by_postcode_finds_nobody_of_the_house(family: Cast) -> None:
    def found(who: str) -> int:
        query = Query(last="Lowe", born_on="2016-04-04", postcode="ZZ33 3ZZ")
        return sum("ZZ33" in repr(hit) for hit in search.find(family.actor(who), query).results)

    assert found(VIEWER)
    hide(family)
    assert not found(VIEWER)


def test_whoever_is_named_sees_the_whole_house_and_lifting_shows_it_again(family: Cast) -> None:
    hide(family)
    lead = family.actor(LEAD, confirmed=True)
    assert people.look(lead, family["mia"]).addresses
    (held,) = protections.of(lead, family["ada"])
    protections.lift_protection(lead, family["ada"], held.id, "He is in prison.")
    assert people.look(family.actor(VIEWER), family["mia"]).addresses


def test_who_moved_away_or_only_lives_in_the_street_is_not_hidden(family: Cast) -> None:
    near = NewPerson("Una", "Near", "2015-01-02", address="9 Hidden Row", postcode="ZZ33 3ZZ")
    family.ids["una"] = people.add(family.system, near)
    family.support(VIEWER, "force", "una")
    hide(family)
    assert people.look(family.actor(VIEWER), family["una"]).addresses
    at_home = NewPerson("Lou", "Lodger", "1980-01-02", address="3 Hidden Row", postcode="ZZ33 3ZZ")
    family.ids["lou"] = people.add(family.system, at_home)
    family.support(VIEWER, "force", "lou")
    assert people.look(family.actor(VIEWER), family["lou"]).location_hidden


def test_what_a_sealed_service_says_hides_nobody_else(family: Cast) -> None:
    alone = NewPerson("Sol", "Stray", "1985-01-02", address="1 Other Road", postcode="ZZ34 4ZZ")
    family.ids["sol"] = people.add(family.system, alone)
    family.support(VIEWER, "force", "sol")
    store = family.authority.store
    sealed = feeds.add_feed(store, "harbour", family["harbour"], name="Harbour")
    for key in ("ada", "sol"):
        feeds.say(
            store, sealed, "addresses", family[key], kind="home", lines="2 Secret Way",
            postcode="ZZ35 5ZZ",
        )  # fmt: skip
    hide(family)
    assert not people.look(family.actor(VIEWER), family["sol"]).location_hidden


def test_somebody_restricted_hides_nobody_else(family: Cast) -> None:
    """That a mother's address were hidden would say that somebody lives with her who is not there."""
    hide(family)
    lead = family.actor(LEAD, confirmed=True)
    protections.restrict(lead, family["ada"], "A witness.", [family[LEAD]])
    child = people.look(family.actor(VIEWER), family["mia"])
    assert not child.location_hidden
    assert "Ada" not in repr(child)


def test_a_break_glass_shows_no_hidden_house(family: Cast) -> None:
    hide(family)
    glass.open_record(family.actor("outsider", confirmed=True), family["mia"], "A fire.")
    said = repr(people.look(family.actor("outsider"), family["mia"]))
    for where in WHERE:
        assert where not in said, where
