"""Rows that wait are corrected and released, or set aside: by the source's data steward only."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.facts import loading, quarantine, sources
from api.facts.loading import WaitingRow
from api.staff import practitioners
from tests.api.test_loading import PEOPLE, Feeds
from tests.cast import Cast
from tests.trail import last_event

CARE = "No,First,Last,Born,NHS,Address,Worker,Email,From\n"
BAD = (
    CARE
    + "1,Ada,Brook,31/02/2015,,1 Mill Lane,Jo Marsh,social_worker@westhaven.example,01/02/2020\n"
)


@pytest.fixture
def feeds(cast: Cast, tmp_path: Path) -> Feeds:
    feeds = Feeds(cast, tmp_path)
    feeds.people()
    feeds.workers()
    steward_of(cast, "care")
    return feeds


def steward_of(cast: Cast, code: str, who: str = "steward") -> None:
    source = sources.look(cast.system, code).source.id
    practitioners.grant(cast.system, cast[who], "data steward", "source", source)


def the_row(feeds: Feeds, code: str = "care") -> WaitingRow:
    (row,) = loading.waiting(feeds.cast.system, code)
    return row


def test_a_corrected_row_shows_at_once(feeds: Feeds) -> None:
    report = feeds.load("care", BAD)
    assert feeds.reasons(report) == [(2, "The date of birth cannot be read.")]
    steward, row = feeds.cast.actor("steward"), the_row(feeds)
    seen = quarantine.look(steward, "care", row.id)
    assert (seen.line, seen.values["Last"]) == (2, "Brook")
    quarantine.release(steward, "care", row.id, {**seen.values, "Born": "03/05/2015"})
    ((code, person, *said),) = [one for one in feeds.facts()["involvements"] if one[0] == "care"]
    assert (code, person) == ("care", feeds.find("Ada"))
    assert feeds.cast["social_worker"] in said
    event = last_event(feeds.cast, "source:loaded")
    assert (event["verdict"], event["reason"]) == ("allowed", "row released")
    assert loading.waiting(steward, "care") == []
    with pytest.raises(NotFound):
        quarantine.release(steward, "care", row.id, seen.values)


def test_what_is_released_is_what_the_whole_file_would_have_said(feeds: Feeds) -> None:
    feeds.load("care", BAD)
    row = the_row(feeds)
    good = {**row.values, "Born": "03/05/2015"}
    quarantine.release(feeds.cast.actor("steward"), "care", row.id, good)
    released = feeds.facts()
    report = feeds.load("care", BAD.replace("31/02/2015", "03/05/2015"))
    assert (report.new, report.ended) == (0, 0)
    assert feeds.facts() == released


def test_undo_takes_what_was_released_back_too(feeds: Feeds) -> None:
    feeds.load("care", CARE + "1,Ada,Brook,03/05/2015,,9 Old Road,,,\n")
    before = feeds.facts()
    feeds.load("care", BAD)
    assert feeds.facts() == before
    row = the_row(feeds)
    good = {**row.values, "Born": "03/05/2015"}
    quarantine.release(feeds.cast.system, "care", row.id, good)
    assert "9 Old Road" not in str(feeds.facts())
    loading.undo(feeds.cast.system, "care")
    assert feeds.facts() == before


def test_the_next_load_of_the_same_row_leaves_what_was_released(feeds: Feeds) -> None:
    feeds.load("care", BAD)
    row = the_row(feeds)
    quarantine.release(feeds.cast.system, "care", row.id, {**row.values, "Born": ""})
    released = feeds.facts()
    feeds.load("care", BAD)
    assert feeds.facts() == released


def test_a_row_that_still_cannot_be_taken_says_why(feeds: Feeds) -> None:
    feeds.load("care", BAD)
    row, before = the_row(feeds), feeds.facts()
    for wrong, why in (
        ({"Born": "never"}, "The date of birth cannot be read."),
        (
            {"No": "", "Born": "03/05/1984"},
            "Nobody here has its numbers, or its name and date of birth.",
        ),
    ):
        with pytest.raises(Invalid) as caught:
            quarantine.release(feeds.cast.system, "care", row.id, {**row.values, **wrong})
        assert str(caught.value) == why
    assert feeds.facts() == before
    assert the_row(feeds).id == row.id


def test_a_released_row_can_make_a_person_where_its_source_does(feeds: Feeds) -> None:
    feeds.load("people", PEOPLE + "cms:9,Eve,Brook,31/02/2011,Female,x\n")
    row = the_row(feeds, "people")
    good = {**row.values, "dateOfBirth": "03/02/2011"}
    quarantine.release(feeds.cast.system, "people", row.id, good)
    eve = feeds.find("Eve")
    assert eve
    feeds.cast.ids["eve"] = eve
    assert feeds.cast.worry("outsider", "eve").note_ids
    report = feeds.load("people", PEOPLE + "cms:9,Eve,Brook,03/02/2011,Female,x\n")
    assert (report.people, report.new, report.ended) == (0, 0, 0)


def test_a_row_that_lost_its_columns_offers_them(feeds: Feeds) -> None:
    feeds.load("care", CARE + "1\n")
    seen = quarantine.look(feeds.cast.system, "care", the_row(feeds).id)
    assert (seen.values["No"], seen.values["First"], seen.values["Last"]) == ("1", "", "")


def test_a_row_is_set_aside_with_a_reason(feeds: Feeds) -> None:
    feeds.load("care", BAD)
    steward, row = feeds.cast.actor("steward"), the_row(feeds)
    with pytest.raises(Invalid):
        quarantine.set_aside(steward, "care", row.id, "  ")
    quarantine.set_aside(steward, "care", row.id, "A test entry")
    assert loading.waiting(steward, "care") == []
    assert last_event(feeds.cast, "source:loaded")["reason"] == "row set aside"
    with pytest.raises(NotFound):
        quarantine.look(steward, "care", row.id)


def test_nothing_is_released_while_a_load_waits(feeds: Feeds) -> None:
    feeds.load("care", BAD)
    row = the_row(feeds)
    feeds.load("care", BAD, wait=True)
    with pytest.raises(Conflict):
        quarantine.release(feeds.cast.system, "care", row.id, row.values)


@pytest.mark.parametrize("who", ["administrator", "governance", "social_worker", "sealed"])
def test_others_see_no_row(feeds: Feeds, who: str) -> None:
    feeds.load("care", BAD)
    row, actor = the_row(feeds), feeds.cast.actor(who, confirmed=True)
    for act in (
        lambda: quarantine.look(actor, "care", row.id),
        lambda: quarantine.release(actor, "care", row.id, row.values),
        lambda: quarantine.set_aside(actor, "care", row.id, "x"),
        lambda: loading.waiting(actor, "care"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_sensitive_sources_rows_are_its_own_stewards(feeds: Feeds) -> None:
    feeds.add("recovery", "".join(WORKERS_OF_HARBOUR), "harbour")
    steward_of(feeds.cast, "recovery", "sealed_supervisor")
    feeds.load("recovery", BAD)
    row = the_row(feeds, "recovery")
    own = feeds.cast.actor("sealed_supervisor")
    assert quarantine.look(own, "recovery", row.id).values["First"] == "Ada"
    assert [one.source.code for one in sources.overview(own)] == ["recovery"]
    practitioners.grant(
        feeds.cast.system, feeds.cast["governance"], "governance lead", "authority", "authority"
    )
    for who in ("steward", "administrator", "governance"):
        other = feeds.cast.actor(who, confirmed=True)
        assert "recovery" not in [one.source.code for one in sources.overview(other)]
        with pytest.raises(NotFound):
            sources.look(other, "recovery")
        with pytest.raises(NotAllowed):
            quarantine.look(other, "recovery", row.id)
        with pytest.raises(NotAllowed):
            loading.load(other, "recovery", feeds.file(BAD))


WORKERS_OF_HARBOUR = (
    'needs = ["first", "last"]\n[columns]\nkey = ["No"]\nfirst = ["First"]\nlast = ["Last"]\n',
    'born_on = ["Born"]\n[involvement]\nkind = "active"\nrole = "Recovery worker"\n',
)
