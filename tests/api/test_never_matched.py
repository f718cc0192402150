"""A source that never spoke of somebody restricted does not learn from a load that they are here: its row
is answered as one about somebody new would be, and is joined to nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.access import Sight
from api.errors import NotFound
from api.facts import mapping, search
from api.facts.loading import LoadReport
from api.facts.search import Query
from api.record import people, protections
from tests.api.test_loading import Feeds
from tests.api.test_matching import HEAD
from tests.cast import Cast

INDEX_HEAD = "id,firstName,lastName,dateOfBirth,gender,address\n"
JUDE = ("Jude", "Okafor", "20/01/2022")  # who is restricted
NEW = ("Juno", "Okapi", "21/02/2021")  # whom nobody knows


@pytest.fixture
def closed(cast: Cast, tmp_path: Path) -> Feeds:
    """Jude's record is closed to all but his social worker, and no feed ever spoke of him."""
    feeds = Feeds(cast, tmp_path)
    feeds.add("people", mapping.shipped("people"), makes_people=True)
    feeds.workers()
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["jude"], "Adopted", [cast["social_worker"]])
    return feeds


def said(report: LoadReport) -> tuple[object, ...]:
    """What a steward reads of a load."""
    reasons = [row.reason for row in report.waiting]
    return (report.read, report.taken, report.people, report.new, report.same, reasons)


def index(feeds: Feeds, who: tuple[str, str, str], *, key: str = "77") -> LoadReport:
    first, last, born = who
    return feeds.load("people", f"{INDEX_HEAD}{key},{first},{last},{born},Male,\n")


def records(feeds: Feeds) -> list[str]:
    rows = feeds.cast.authority.store.query("SELECT id FROM people ORDER BY id")
    return [row["id"] for row in rows]


def test_a_source_that_makes_nobody_lets_either_wait_alike(closed: Feeds) -> None:
    reports = [
        closed.load("care", f"{HEAD},{first},{last},{born},,\n")
        for first, last, born in (JUDE, NEW)
    ]
    assert said(reports[0]) == said(reports[1])
    assert reports[0].taken == 0


def test_a_source_that_makes_people_makes_somebody_new_of_either(closed: Feeds) -> None:
    before = records(closed)
    reports = [index(closed, JUDE, key="77")]
    (made,) = set(records(closed)) - set(before)
    reports.append(
        closed.load("people", f"{INDEX_HEAD}77,{','.join(JUDE)},Male,\n78,{','.join(NEW)},Male,\n")
    )
    assert (reports[0].taken, reports[0].people) == (1, 1)
    assert (reports[1].taken, reports[1].people, reports[1].same) == (2, 1, reports[0].new)
    assert reports[1].new == reports[0].new
    store = closed.cast.authority.store
    row = store.one("SELECT identity_id FROM people WHERE id = :id", id=made)
    assert row == {"identity_id": made}


def test_what_was_made_is_there_for_those_named_and_for_nobody_else(closed: Feeds) -> None:
    before = records(closed)
    index(closed, JUDE)
    (made,) = set(records(closed)) - set(before)
    cast = closed.cast
    assert people.look(cast.actor("social_worker"), made).sight is Sight.CIRCLE
    query = Query(first="Jude", last="Okafor", born_on="2022-01-20")
    for other in ("police", "pastoral", "supervisor"):
        with pytest.raises(NotFound):
            people.look(cast.actor(other), made)
        assert search.find(cast.actor(other), query).results == []


@pytest.mark.parametrize("key", ["77", ""])
def test_the_same_file_again_changes_nothing(closed: Feeds, key: str) -> None:
    index(closed, JUDE, key=key)
    before = records(closed)
    again = index(closed, JUDE, key=key)
    assert (again.people, again.new, again.ended, again.taken) == (0, 0, 0, 1)
    assert records(closed) == before


def test_a_number_joins_nobody_either(closed: Feeds) -> None:
    cast = closed.cast
    nhs = "9990000018"
    known = people.NewPerson("Rosa", "Vale", "2020-02-02", nhs=nhs)
    cast.ids["rosa"] = people.add(cast.system, known)
    protections.restrict(cast.system, cast["rosa"], "Adopted", [cast["social_worker"]])
    closed.add("gp", mapping.shipped("council-primary-care"), "health")
    head = "Last Name,First Name,Date of Birth,NHS No,Address\n"
    report = closed.load("gp", f"{head}Adopted,Rosa,02/02/2020,{nhs},\n")
    other = closed.load("gp", f"{head}Brandnew,Una,03/03/2019,9990000026,\n")
    assert said(report) == said(other)
    assert "Adopted" not in repr(people.look(cast.actor("social_worker"), cast["rosa"]))


def test_a_restriction_that_is_lifted_makes_one_person_of_them(closed: Feeds) -> None:
    index(closed, JUDE)
    cast = closed.cast
    lead = cast.actor("social_worker", confirmed=True)
    protections.lift_restriction(lead, cast["jude"], "The order was refused.")
    query = Query(first="Jude", last="Okafor", born_on="2022-01-20")
    assert len(search.find(cast.actor("police"), query).results) == 1


def test_somebody_of_another_name_or_birth_date_is_closed_to_nobody(closed: Feeds) -> None:
    for n, who in enumerate((("Jude", "Okafor", "21/01/2022"), ("Jude", "Other", "20/01/2022"))):
        index(closed, who, key=f"9{n}")
    store = closed.cast.authority.store
    assert store.query("SELECT id FROM restrictions WHERE echo_of IS NOT NULL") == []
