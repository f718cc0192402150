"""Rows that are nearly somebody's, and are somebody else's: each waits for a look, none is linked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.facts import mapping, placing, scoring
from api.facts.scoring import Side
from api.record import identities, people, protections
from api.record.people import NewPerson
from tests.api.test_loading import Feeds
from tests.api.test_matching import HEAD, INDEX, whose
from tests.cast import Cast

NHS = "9990000018"
DOUBT = "Its number belongs to somebody here with another name or date of birth."


@pytest.fixture
def feeds(cast: Cast, tmp_path: Path) -> Feeds:
    feeds = Feeds(cast, tmp_path)
    feeds.add("people", mapping.shipped("people"), makes_people=True)
    feeds.load("people", INDEX)
    feeds.workers()
    return feeds


def side(first: str, born: str = "2015-05-03", lines: str = "12 Mill Lane") -> Side:
    return Side(
        names=frozenset({(first, "thornlow")}),
        births=frozenset({born}),
        homes=frozenset({scoring.home("ZZ1 1AA", lines)}),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jayden", "kayden"),
        ("ellie", "ollie"),
        ("daniel", "daniela"),
        ("christian", "christina"),
        ("erin", "aaron"),
        ("hayley", "kayley"),
        ("hamish", "bamish"),
    ],
)
def test_names_that_two_children_of_one_family_have_are_not_one(one: str, other: str) -> None:
    assert not scoring.score(side(one), side(other), household=True).is_sure


@pytest.mark.parametrize(
    ("one", "other"),
    [("dafydd", "davydd"), ("jonathan", "jonahtan"), ("katie", "katherine"), ("aidan", "ayden")],
)
def test_a_name_that_is_only_misspelt_is_one(one: str, other: str) -> None:
    assert scoring.score(side(one), side(other)).is_sure


def test_cousins_of_one_name_in_one_street_born_days_apart_are_two() -> None:
    apart = scoring.score(side("isla"), side("isla", "2015-05-04", "14 Mill Lane"))
    assert apart.is_doubtful
    assert not apart.is_sure
    assert scoring.score(side("isla"), side("isla", "2015-05-04")).is_sure


def test_half_a_first_name_at_another_address_is_not_enough() -> None:
    elsewhere = replace(side("mohammed rose"), homes=frozenset({scoring.home("ZZ9 9ZZ", "3 Quay")}))
    assert not scoring.score(side("mohammed"), elsewhere).is_sure
    assert scoring.score(side("mohammed"), side("mohammed rose")).is_sure


def test_a_birth_date_that_may_only_be_a_year_needs_an_address_beside_the_name(
    feeds: Feeds,
) -> None:
    index = INDEX + '8,Omar,Nasser,01/01/2009,Male,"1 Quay, ZZ5 5ZZ"\n'
    feeds.load("people", index)
    assert whose(feeds, ',Omar,Nasser,01/01/2009,,"9 Far Road, ZZ9 9ZZ"') == placing.ONLY_A_YEAR
    assert whose(feeds, ",Omar,Nasser,01/01/2009,,") == placing.ONLY_A_YEAR
    assert whose(feeds, ',Omar,Nasser,01/01/2009,,"1 Quay, ZZ5 5ZZ"') == "Omar Nasser"
    # The index itself knows them by its own number.
    assert not feeds.load("people", index).waiting


def test_an_own_number_that_passed_to_a_sister_is_not_the_brothers(feeds: Feeds) -> None:
    assert whose(feeds, "7,Isla,Thornlow,03/05/2015,,") == "Isla Thornlow"
    assert whose(feeds, "7,Zara,Thornlow,09/09/2019,,") == DOUBT
    assert whose(feeds, "7,Isla,Marlowe,03/05/2015,,") == "Isla Thornlow"
    assert whose(feeds, "7,Baby,Thornlow,,,") == "Isla Thornlow"


@pytest.mark.parametrize(
    "row",
    [
        f",Patrick,Redden,04/10/2001,{NHS},",  # his son, with his number
        f",Baby,Redden,04/10/2022,{NHS},",  # a newborn, with his number
    ],
)
def test_somebody_elses_nhs_number_makes_nobody_them(feeds: Feeds, row: str) -> None:
    feeds.add("gp", mapping.shipped("council-primary-care"), "health")
    head = "Last Name,First Name,Date of Birth,NHS No,Address\n"
    feeds.load("gp", f"{head}Redden,Patrick,01/02/1970,{NHS},\n")
    assert whose(feeds, row) == DOUBT


def test_what_a_sealed_worker_knows_does_not_make_a_link_sure(feeds: Feeds) -> None:
    known = NewPerson("Gail", "Harper", "2001-02-03", nhs=NHS)
    sealed = people.add(feeds.cast.actor("sealed"), known)
    feeds.load("people", INDEX + "8,Gail,Harper,03/02/2001,Female,\n")
    rows = feeds.facts()["names"]
    (open_to_all,) = {row[1] for row in rows if row[4] == "Harper"}
    assert open_to_all != sealed
    identities.link(feeds.cast.system, open_to_all, sealed, "One person")
    # Outside she has no NHS number, so that no other one speaks against her.
    assert set(whose(feeds, "7,Gail,Harper,03/02/2001,9990000026,").split("; ")) == {"Gail Harper"}


def test_a_source_that_knew_somebody_before_they_were_restricted_sees_no_change(
    feeds: Feeds,
) -> None:
    text = f"{HEAD}77,Isla,Thornlow,03/05/2015,,\n,Ivy,Thornlow,03/05/2015,,\n"
    before = feeds.load("care", text)
    named = [feeds.cast["social_worker"]]
    for first in ("Isla", "Ivy"):
        someone = feeds.find(first, "Thornlow") or ""
        protections.restrict(feeds.cast.system, someone, "Adopted", named)
    report = feeds.load("care", text)
    assert (report.taken, report.waiting) == (before.taken, ())
    assert (report.new, report.ended) == (0, 0)


WILD = (
    *("", "😀", "Ли", "李 小龍", "محمد علي", "\x07\x1f", "O'", "-", "A B C D E F G", "ß", "İ", "ﬁ"),
    *("é" * 199, "é" * 300, "Baby", "Unknown", "Twin 1", "x", "\u0301", "=1+1", "Isla", "Thornlow"),
)


def test_whatever_rows_say_none_is_dropped(feeds: Feeds) -> None:
    rows = [
        f"{key},{first},{last},{born},{NHS if last == 'x' else ''},{first} ZZ1 1AA\n"
        for first in WILD
        for last in WILD
        for key, born in (("", "03/05/2015"), ("", ""), ("8", "29/02/2016"))
    ]
    report = feeds.load("care", HEAD + "".join(rows))
    waits = [row for row in report.waiting if not row.reason.endswith("was taken.")]
    assert report.read == len(rows)
    assert report.taken + len(waits) == report.read
