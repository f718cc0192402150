"""Whom a row is about where no sure rule says it: twins, fathers and sons, new surnames, moved families."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.facts import likely, loading, mapping, placing, scoring
from api.facts.mapping import Record
from api.facts.scoring import Side
from api.record import families, people
from api.record.people import NewPerson
from tests.api.test_loading import Feeds
from tests.cast import Cast

INDEX = """id,firstName,lastName,dateOfBirth,gender,address
1,Isla,Thornlow,03/05/2015,Female,"12 Mill Lane, Westhaven, ZZ1 1AA"
2,Ivy,Thornlow,03/05/2015,Female,"12 Mill Lane, Westhaven, ZZ1 1AA"
3,Gemma,Thornlow,09/09/1988,Female,"12 Mill Lane, Westhaven, ZZ1 1AA"
4,Patrick,Redden,01/02/1970,Male,"3 Quayside, Saltby, ZZ2 2BB"
5,Patrick,Redden,07/08/1999,Male,"3 Quayside, Saltby, ZZ2 2BB"
6,Mariam,Siddiq-Khan,11/04/2012,Female,"8 Long Acre, ZZ3 3CC"
7,Dafydd,Wragg,23/07/2013,Male,"40 Park View, ZZ4 4DD"
"""
HEAD = "No,First,Last,Born,NHS,Address\n"
HOME = '"12 Mill Lane, ZZ1 1AA"'


@pytest.fixture
def feeds(cast: Cast, tmp_path: Path) -> Feeds:
    feeds = Feeds(cast, tmp_path)
    feeds.add("people", mapping.shipped("people"), makes_people=True)
    feeds.load("people", INDEX)
    feeds.workers()
    return feeds


def whose(feeds: Feeds, row: str) -> str:
    """Whom a row is placed with, or why it waits."""
    report = feeds.load("care", f"{HEAD}{row}\n", accept_missing=True)
    if report.waiting:
        return report.waiting[0].reason
    rows = feeds.cast.authority.store.query(
        """SELECT n.first, n.last FROM live_involvements i JOIN sources s ON s.id = i.source_id
        JOIN live_names n ON n.identity_id = i.identity_id WHERE s.code = 'care'"""
    )
    return "; ".join(f"{row['first']} {row['last']}" for row in rows)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        # Twins: who is meant is only sure where the first name is.
        (f",Isla,Thornlow,03/05/2015,,{HOME}", "Isla Thornlow"),
        (f",Ivy,Thornlow,05/03/2015,,{HOME}", "Ivy Thornlow"),
        (f",Ila,Thornlow,03/05/2015,,{HOME}", placing.MAY_BE),
        (f",Baby,Thornlow,03/05/2015,,{HOME}", placing.MAY_BE),
        (f",,Thornlow,03/05/2015,,{HOME}", placing.MAY_BE),
        (f",Iris,Thornlow,03/05/2015,,{HOME}", placing.MAY_BE),
        # Fathers and sons: the birth date says which of the two, and without one nobody can.
        (',Patrick,Redden,02/01/1970,,"3 Quayside, ZZ2 2BB"', "Patrick Redden"),
        (',Patrick,Redden,,,"3 Quayside, ZZ2 2BB"', placing.MAY_BE),
        (',Patrick,Redden,01/01/1900,,"3 Quayside, ZZ2 2BB"', placing.MAY_BE),
        (',Patrick,Redden,04/10/2022,,"3 Quayside, ZZ2 2BB"', placing.NOBODY),
        # A new surname: the same address is not enough, and nothing is dropped.
        (f",Isla,Marlowe,03/05/2015,,{HOME}", placing.MAY_BE),
        (",Isla,Marlowe,03/05/2015,,", placing.MAY_BE),
        (",Isla,Marlowe,04/07/2015,,", placing.NOBODY),
        # Spelt otherwise, and everything that befalls a name.
        (',Davydd,Wragg,23/07/2013,,"40 Park View, ZZ4 4DD"', "Dafydd Wragg"),
        (',Wragg,Dafydd,23/07/2013,,', "Dafydd Wragg"),
        (',Mariam,Khan,11/04/2012,,"8 Long Acre, ZZ3 3CC"', "Mariam Siddiq-Khan"),
        (',Mariam Bibi,Siddiq Khan,11/04/2012,,', "Mariam Siddiq-Khan"),
        (',Dafydd,Wragg,23/07/2014,,"40 Park View, ZZ4 4DD"', placing.MAY_BE),
        (',Dafydd,Wragg,25/07/2013,,"40 Park View, ZZ4 4DD"', "Dafydd Wragg"),
    ],
)  # fmt: skip
def test_who_is_meant(feeds: Feeds, row: str, found: str) -> None:
    assert whose(feeds, row) == found


def test_an_nhs_number_that_somebody_else_was_given_too(feeds: Feeds) -> None:
    feeds.add("gp", mapping.shipped("council-primary-care"), "health")
    head = "Last Name,First Name,Date of Birth,NHS No,Address\n"
    feeds.load("gp", f"{head}Thornlow,Isla,03/05/2015,9990000018,\nWragg,Dafydd,23/07/2013,,\n")
    feeds.load("care", f"{HEAD}7,Dafydd,Wragg,23/07/2013,9990000018,\n")
    care = feeds.facts()["identifiers"]
    assert [row[0] for row in care if row[-1] == "9990000018"] == ["gp"]  # that row waits
    feeds.add("other", mapping.shipped("council-community"), "health")
    store, dafydd = feeds.cast.authority.store, feeds.find("Dafydd", "Wragg")
    row = store.one("SELECT * FROM identifiers WHERE value = '9990000018'") or {}
    store.upkeep(lambda tx: tx.insert("identifiers", **{**row, "id": "x", "person_id": dafydd}))
    assert whose(feeds, f",Isla,Thornlow,03/05/2015,9990000018,{HOME}") == "Isla Thornlow"
    assert whose(feeds, f",Ila,Thornlow,03/05/2015,9990000018,{HOME}") == (
        "Its numbers belong to different people here."
    )


def test_a_new_surname_is_sure_where_the_family_lives(feeds: Feeds) -> None:
    gemma, isla = feeds.find("Gemma", "Thornlow") or "", feeds.find("Isla", "Thornlow") or ""
    families.relate(feeds.cast.system, isla, kind="mother", other_id=gemma)
    assert whose(feeds, f",Isla,Marlowe,03/05/2015,,{HOME}") == "Isla Thornlow"
    assert whose(feeds, f",Iris,Marlowe,03/05/2015,,{HOME}") != "Isla Thornlow"


def test_a_family_that_moved_is_known_by_who_moved_with_it(feeds: Feeds) -> None:
    row = ',Iva,Thornlow,05/03/2015,,"7 New Street, ZZ9 9ZZ"'
    slip = ',Ivy,Thornlov,05/03/2015,,"7 New Street, ZZ9 9ZZ"'
    assert whose(feeds, slip) == placing.MAY_BE
    gemma, ivy = feeds.find("Gemma", "Thornlow") or "", feeds.find("Ivy", "Thornlow") or ""
    families.relate(feeds.cast.system, ivy, kind="mother", other_id=gemma)
    feeds.load(
        "care",
        f'{HEAD}3,Gemma,Thornlow,09/09/1988,,"7 New Street, ZZ9 9ZZ"\n',
    )
    text = f'{HEAD}3,Gemma,Thornlow,09/09/1988,,"7 New Street, ZZ9 9ZZ"\n{slip}\n'
    assert not feeds.load("care", text).waiting
    # One letter of a short name may be her sister's.
    assert feeds.reasons(feeds.load("care", f"{HEAD}{row}\n", accept_missing=True))


def test_namesakes_are_told_apart_by_where_they_live(feeds: Feeds) -> None:
    cast, ids = feeds.cast, []
    for address, code, day in (("1 Quay", "ZZ6 1AA", "02"), ("2 Quay", "ZZ7 2BB", "03")):
        person = NewPerson("Sam", "Twice", f"2015-01-{day}", address=address, postcode=code)
        ids.append(people.add(cast.system, person))
    cast.authority.store.upkeep(
        lambda tx: tx.change(
            "UPDATE particulars SET born_on = '2015-01-02' WHERE person_id = :id", id=ids[1]
        )
    )
    assert whose(feeds, ",Sam,Twice,02/01/2015,,").startswith("More than one person")
    for person_id, home in zip(ids, ("1 Quay, ZZ6 1AA", "2 Quay, ZZ7 2BB"), strict=True):
        assert whose(feeds, f',Sam,Twice,02/01/2015,,"{home}"') == "Sam Twice"
        rows = cast.authority.store.query(
            """SELECT i.identity_id FROM live_involvements i JOIN sources s ON s.id = i.source_id
            WHERE s.code = 'care'"""
        )
        assert [row["identity_id"] for row in rows] == [person_id]


def test_a_name_that_another_row_may_have_too_is_not_enough(feeds: Feeds) -> None:
    twice = INDEX + '8,Mariam,Siddiq-Khan,11/04/2012,Female,"5 Beacon Rise, ZZ5 5EE"\n'
    report = feeds.load("people", twice)
    assert [row.line for row in report.waiting] == [9]
    assert whose(feeds, ',Mariam,Siddiq-Khan,11/04/2012,,"8 Long Acre, ZZ3 3CC"').startswith("Mar")
    waits = whose(feeds, ',Mariam,Siddiq-Khan,11/04/2012,,"5 Beacon Rise, ZZ5 5EE"')
    assert waits == "Somebody else may have this name and date of birth: a row waits."


def test_two_of_a_file_that_makes_people_are_two(feeds: Feeds) -> None:
    twins = INDEX + '8,Iva,Thornlow,03/05/2015,Female,"12 Mill Lane, Westhaven, ZZ1 1AA"\n'
    report = feeds.load("people", twins)
    assert (report.people, len(report.waiting)) == (1, 0)


def test_every_row_is_taken_or_waits(feeds: Feeds) -> None:
    rows = "".join(
        f",{first},{last},{born},,{HOME}\n"
        for first in ("Isla", "Ila", "Baby", "", "Zed")
        for last in ("Thornlow", "Thornlov", "")
        for born in ("03/05/2015", "05/03/2015", "", "1900-01-01", "31/02/2015")
    )
    report = feeds.load("care", HEAD + rows)
    lines = [row.line for row in report.waiting]
    assert report.read == 75
    assert len(lines) == len(set(lines))
    assert report.taken + len(lines) == report.read


def test_a_dry_run_asks_nobody(feeds: Feeds) -> None:
    report = loading.load(
        feeds.cast.system, "care", feeds.file(f"{HEAD},Ila,Thornlow,03/05/2015,,{HOME}\n"), True
    )
    assert [row.reason for row in report.waiting] == [placing.MAY_BE]
    assert not feeds.cast.authority.store.query("SELECT 1 FROM waiting_candidates")


# --- Scores ---------------------------------------------------------------------------------------


ADA = Side(
    names=frozenset({("ada", "brook")}),
    births=frozenset({"2015-05-03"}),
    homes=frozenset({scoring.home("ZZ1 1AA", "1 Mill Lane")}),
)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (ADA, "Same date of birth, name and address"),
        (
            replace(ADA, names=frozenset({("ada", "newname")})),
            "Same date of birth, first name and address, other surname",
        ),
        (
            replace(ADA, names=frozenset({("brook", "ada")}), homes=frozenset()),
            "Same date of birth and name, names exchanged",
        ),
        (
            replace(ADA, births=frozenset({"2015-03-05"})),
            "Same name and address, day and month exchanged",
        ),
        (
            replace(ADA, births=frozenset({"1985-05-03"})),
            "Same name and address, born a generation apart",
        ),
        (
            replace(ADA, names=frozenset({("dora", "brook")})),
            "Same date of birth, surname and address, other first name",
        ),
    ],
)
def test_a_person_can_read_why(other: Side, why: str) -> None:
    assert scoring.score(ADA, other).why == why


WORDS = st.sampled_from(
    [
        *("ada", "ida", "adam", "baby", "unknown", "", "brook", "brooks", "o brien", "liz"),
        *("elizabeth", "van der berg", "siddiq khan", "khan", "\u0142ukasz", "x" * 60),
    ]
)
DAYS = st.dates().filter(lambda day: day.year >= 1000).map(str) | st.sampled_from(
    ["2015-05-03", "2015-03-05", "2016-02-29", "2000-01-01"]
)
NUMBERS = st.sampled_from(["9990000018", "9990000026", "9990000034"])


def few(what: st.SearchStrategy[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(what, max_size=2)


SIDES = st.builds(
    Side,
    names=st.frozensets(st.tuples(WORDS, WORDS), max_size=2),
    births=few(DAYS),
    due=few(DAYS),
    nhs=few(NUMBERS),
    upn=few(st.sampled_from(["A", "B"])),
    keys=few(st.sampled_from(["1", "2"])),
    genders=few(st.sampled_from(["female", "male"])),
    homes=st.frozensets(
        st.builds(
            scoring.home,
            st.sampled_from(["", "ZZ1 1AA", "ZZ2 2BB"]),
            st.sampled_from(["", "1 Mill Lane", "Flat 2, 1 Mill Lane", "The Barn"]),
        ),
        max_size=2,
    ),
)


@given(SIDES, SIDES, st.booleans())
def test_it_makes_no_difference_which_record_comes_first(
    one: Side, other: Side, household: bool
) -> None:
    there = scoring.score(one, other, household=household)
    back = scoring.score(other, one, household=household)
    assert (there.points, there.is_sure, set(there.against)) == (
        back.points,
        back.is_sure,
        set(back.against),
    )
    assert 0 <= there.value <= 100


@given(SIDES, SIDES)
def test_two_different_nhs_numbers_are_never_one_person(one: Side, other: Side) -> None:
    one, other = replace(one, nhs=frozenset({"1"})), replace(other, nhs=frozenset({"2"}))
    score = scoring.score(one, other, household=True)
    assert not score.is_sure
    assert scoring.best([("x", score)]) is None


@given(SIDES)
def test_nobody_is_chosen_between_two_who_are_as_like(side: Side) -> None:
    score = scoring.score(side, side)
    assert scoring.best([("x", score), ("y", score)]) is None


@given(
    st.builds(
        Record,
        line=st.just(2),
        first=WORDS | st.text(max_size=8),
        last=WORDS | st.text(max_size=8),
        born_on=st.none() | DAYS,
        expected_on=st.none() | DAYS,
        nhs=st.just("") | NUMBERS,
        address=st.text(max_size=8),
        postcode=st.sampled_from(["", "ZZ1 1AA"]),
        key=st.sampled_from(["", "1", "cms:1"]),
    )
)
def test_whatever_a_row_says_it_can_be_compared(record: Record) -> None:
    side = likely.side_of(record)
    assert scoring.score(side, side).why is not None
    assert scoring.score(side, ADA).points == scoring.score(ADA, side).points
