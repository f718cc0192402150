"""Rows that may be about somebody: shown side by side, decided for good, and taken back with all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.access import Sight
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.facts import deciding, doubtful, loading, mapping, parting, placing
from api.facts.doubtful import Question
from api.record import conflicts, identities, people, protections
from api.record.people import NewPerson
from tests.api.test_loading import PEOPLE, Feeds
from tests.api.test_quarantine import WORKERS_OF_HARBOUR, steward_of
from tests.cast import Cast
from tests.trail import last_event

CARE = "No,First,Last,Born,NHS,Address,Worker,Email,From\n"
WORKER = "Jo Marsh,social_worker@westhaven.example,01/02/2020"
# Day and month exchanged, and no address that would make it sure.
TURNED = f"{CARE}77,Ada,Brook,05/03/2015,,,{WORKER}\n"
NAMELESS = f"{CARE},Ada,Brook,05/03/2015,,,{WORKER}\n"
NHS = ("9990000018", "9990000026")
DORA = "cms:9,Dora,Brooke,04/06/2017,Female,\n"


@pytest.fixture
def feeds(cast: Cast, tmp_path: Path) -> Feeds:
    feeds = Feeds(cast, tmp_path)
    feeds.people()
    feeds.workers()
    for code in ("care", "people"):
        steward_of(cast, code)
    return feeds


def asked(feeds: Feeds, code: str = "care") -> Question:
    """The one row that may be about somebody."""
    steward = feeds.cast.actor("steward")
    (line,) = doubtful.rows(steward, code)
    return doubtful.look(steward, code, line.id)


def decide(feeds: Feeds, code: str = "care") -> Question:
    """Say that the one doubtful row is whoever is likest to it."""
    question = asked(feeds, code)
    person = question.matches[0].person.id
    deciding.same(feeds.cast.actor("steward"), code, question.id, person, "Rang the mother")
    return question


def take_back(feeds: Feeds, code: str = "care") -> None:
    steward = feeds.cast.actor("steward")
    standing = [one for one in deciding.made(steward, code) if not one.undone_at]
    deciding.take_back(steward, code, standing[0].id)


def lines(feeds: Feeds, code: str = "care") -> list[str]:
    """Whom the source says somebody of: by identity."""
    rows = feeds.cast.authority.store.query(
        """SELECT i.identity_id FROM live_involvements i JOIN sources s ON s.id = i.source_id
        WHERE s.code = :code ORDER BY 1""",
        code=code,
    )
    return [row["identity_id"] for row in rows]


# --- The question -------------------------------------------------------------------------------


def test_a_row_that_may_be_somebody_waits_with_whom_and_why(feeds: Feeds) -> None:
    report = feeds.load("care", TURNED)
    assert feeds.reasons(report) == [(2, placing.MAY_BE)]
    question = asked(feeds)
    assert (question.line, list(question.row.names)) == (2, ["Ada Brook"])
    assert question.row.births == ["2015-03-05"]
    (match,) = question.matches
    assert (match.person.id, list(match.person.names)) == (feeds.find("Ada"), ["Ada Brook"])
    assert match.why == "Same name, day and month exchanged"
    assert list(match.person.addresses) == ["1 Mill Lane, Westhaven, ZZ1 1AA"]
    event = last_event(feeds.cast, "row:looked")
    assert (event["verdict"], event["reason"]) == ("allowed", "doubtful row")


@pytest.mark.parametrize("text", [TURNED, NAMELESS], ids=["own id", "no id"])
def test_the_same_person_shows_at_once_and_on_every_later_night(feeds: Feeds, text: str) -> None:
    feeds.load("care", text)
    decide(feeds)
    ada = feeds.find("Ada")
    assert lines(feeds) == [ada]
    assert people.look(feeds.cast.actor("social_worker"), ada or "").sight is Sight.CIRCLE
    decided = feeds.facts()
    for _ in range(2):
        report = feeds.load("care", text)
        assert (report.taken, report.new, report.ended, len(report.waiting)) == (1, 0, 0, 0)
        assert feeds.facts() == decided
    loading.undo(feeds.cast.system, "care")
    assert feeds.facts() == decided
    event = last_event(feeds.cast, "row:decided")
    assert (event["verdict"], event["reason"]) == ("allowed", "same")


@pytest.mark.parametrize("text", [TURNED, NAMELESS], ids=["own id", "no id"])
def test_load_undo_load_gives_what_was_decided_again(feeds: Feeds, text: str) -> None:
    feeds.load("care", CARE + f"3,Cleo,O'Hara-Finch,01/01/2012,,,{WORKER}\n")
    before = feeds.facts()
    feeds.load("care", text, accept_missing=True)
    decide(feeds)
    decided = feeds.facts()
    loading.undo(feeds.cast.system, "care")
    assert feeds.facts() == before
    feeds.load("care", text, accept_missing=True)
    assert feeds.facts() == decided


@pytest.mark.parametrize("later", [0, 1])
def test_taken_back_all_of_it_is_gone_and_it_is_asked_again(feeds: Feeds, later: int) -> None:
    before = feeds.facts()
    feeds.load("care", TURNED)
    decide(feeds)
    for _ in range(later):
        feeds.load("care", TURNED)
    take_back(feeds)
    assert feeds.facts() == before
    assert lines(feeds) == []
    ada = feeds.find("Ada") or ""
    assert people.look(feeds.cast.actor("social_worker"), ada).sight is Sight.OUTSIDE
    assert asked(feeds).matches[0].person.id == ada
    assert last_event(feeds.cast, "row:taken-back")["verdict"] == "allowed"
    feeds.load("care", TURNED)
    assert lines(feeds) == []
    decide(feeds)
    assert lines(feeds) == [ada]
    steward = feeds.cast.actor("steward")
    first = deciding.made(steward, "care")[-1]
    assert first.undone_at
    with pytest.raises(Conflict):
        deciding.take_back(steward, "care", first.id)


def test_none_of_these_is_not_asked_again_until_something_changed(feeds: Feeds) -> None:
    feeds.load("care", TURNED)
    steward = feeds.cast.actor("steward")
    deciding.none(steward, "care", asked(feeds).id)
    for _ in range(2):
        assert doubtful.rows(steward, "care") == []
        report = feeds.load("care", TURNED)
        assert feeds.reasons(report) == [(2, placing.REFUSED)]
    # Somebody else who is like it is a new question; who was refused is not asked about again.
    ida = people.add(
        feeds.cast.system, NewPerson("Ada", "Brooke", "2015-03-05", postcode="ZZ9 9ZZ")
    )
    feeds.load("care", TURNED)
    assert [match.person.id for match in asked(feeds).matches] == [ida]
    feeds.load("care", TURNED.replace("05/03/2015", "03/06/2015"))
    assert feeds.find("Ada") in [match.person.id for match in asked(feeds).matches]
    feeds.load("care", TURNED)
    take_back(feeds)
    feeds.load("care", TURNED)
    assert len(asked(feeds).matches) == 2


def test_a_decision_holds_while_details_change_under_the_same_id(feeds: Feeds) -> None:
    feeds.load("care", TURNED)
    decide(feeds)
    feeds.load("care", TURNED.replace("Ada,Brook", "Ada,Newname"))
    assert lines(feeds) == [feeds.find("Ada")]
    feeds.load("care", TURNED)
    assert lines(feeds) == [feeds.find("Ada")]


def test_what_stood_under_its_id_about_somebody_else_ends(feeds: Feeds) -> None:
    feeds.load("care", f"{CARE}77,Ben,Brook,04/06/2017,,,{WORKER}\n")
    assert lines(feeds) == [feeds.find("Ben")]
    feeds.load("care", TURNED.replace("Ada,Brook,05/03/2015", "Ada,Brook,03/05/2015"))
    assert lines(feeds) == [feeds.find("Ben")]  # until somebody has looked
    question = asked(feeds)
    ada = feeds.find("Ada") or ""
    deciding.same(feeds.cast.actor("steward"), "care", question.id, ada)
    assert lines(feeds) == [ada]


# --- Somebody new -------------------------------------------------------------------------------


@pytest.fixture
def by_hand(feeds: Feeds) -> Feeds:
    """Dora Brook, added by hand, whom the index may know under another spelling."""
    feeds.cast.ids["dora"] = people.add(feeds.cast.system, NewPerson("Dora", "Brook", "2017-06-04"))
    feeds.load("people", PEOPLE + DORA)
    return feeds


def test_somebody_new_is_made_once(by_hand: Feeds) -> None:
    steward = by_hand.cast.actor("steward")
    deciding.new(steward, "people", asked(by_hand, "people").id)
    dora = by_hand.find("Dora", "Brooke")
    assert dora not in (None, by_hand.cast["dora"])
    decided, counts = by_hand.facts(), by_hand.counts()
    report = by_hand.load("people", PEOPLE + DORA)
    assert (report.people, report.new, report.ended, len(report.waiting)) == (0, 0, 0, 0)
    assert (by_hand.facts(), by_hand.counts()) == (decided, counts)
    loading.undo(by_hand.cast.system, "people")
    assert by_hand.facts() == decided


def test_what_others_wrote_on_somebody_new_comes_along_when_it_is_somebody_here(
    by_hand: Feeds,
) -> None:
    steward = by_hand.cast.actor("steward")
    deciding.new(steward, "people", asked(by_hand, "people").id)
    by_hand.cast.ids["brooke"] = by_hand.find("Dora", "Brooke") or ""
    by_hand.cast.worry("outsider", "brooke", saw="At the park")
    take_back(by_hand, "people")
    assert by_hand.find("Dora", "Brooke") is None
    decide(by_hand, "people")
    assert by_hand.find("Dora", "Brooke") == by_hand.cast["dora"]
    rows = by_hand.cast.authority.store.query("SELECT identity_id FROM note_subjects")
    assert {row["identity_id"] for row in rows} == {by_hand.cast["dora"]}


def test_only_a_source_that_makes_people_makes_somebody_new(feeds: Feeds) -> None:
    feeds.load("care", TURNED)
    with pytest.raises(Invalid):
        deciding.new(feeds.cast.actor("steward"), "care", asked(feeds).id)


# --- A row that was taken for somebody else -------------------------------------------------------


def test_an_id_that_was_taken_for_somebody_else_is_parted_and_joined_again(feeds: Feeds) -> None:
    by_hand = people.add(feeds.cast.system, NewPerson("Eve", "Brook", "2014-04-04"))
    text = PEOPLE + "cms:9,Eve,Brook,04/04/2014,Female,3 Long Acre\n"
    feeds.load("people", text)
    before = feeds.facts()
    assert {row[1] for row in before["names"] if row[3] == "Eve"} == {by_hand}
    steward = feeds.cast.actor("steward")
    _, key, person = parting.taken_for(steward, "people", " cms:9 ")
    assert (key, person.id) == ("cms:9", by_hand)
    parting.part(steward, "people", key, by_hand, "Two girls of one name", is_new=True)
    parted = feeds.facts()
    ((_, other, *_),) = [row for row in parted["names"] if row[3] == "Eve"]
    assert other != by_hand
    assert not [row for rows in parted.values() for row in rows if row[1] == by_hand]
    report = feeds.load("people", text)
    assert (report.new, report.ended, len(report.waiting)) == (0, 0, 0)
    assert feeds.facts() == parted
    loading.undo(feeds.cast.system, "people")
    assert feeds.facts() == parted
    take_back(feeds, "people")
    assert feeds.facts() == before
    assert feeds.load("people", text).new == 0
    assert feeds.facts() == before


def test_who_is_parted_from_somebody_protected_is_closed_and_hidden_like_them(feeds: Feeds) -> None:
    cast = feeds.cast
    by_hand = cast.ids["eve"] = people.add(cast.system, NewPerson("Eve", "Brook", "2014-04-04"))
    feeds.load("people", PEOPLE + "cms:9,Eve,Brook,04/04/2014,Female,3 Long Acre\n")
    cast.support("social_worker", "care", "eve", lead=True)
    protections.protect(cast.actor("social_worker"), by_hand, "Her father", [cast["social_worker"]])
    conflicts.declare(cast.actor("police"), by_hand)
    parting.part(cast.actor("steward"), "people", "cms:9", by_hand, is_new=True)
    apart = {row[1] for row in feeds.facts()["names"] if row[3] == "Eve"} - {by_hand}
    cast.ids["apart"] = apart.pop()
    cast.support("health_visitor", "health", "apart")
    assert people.look(cast.actor("health_visitor"), cast["apart"]).location_hidden
    with pytest.raises(NotFound):
        people.look(cast.actor("police"), cast["apart"])


def test_parted_from_a_source_that_makes_nobody_it_is_asked_about_next_time(feeds: Feeds) -> None:
    text = f"{CARE}1,Ada,Brook,03/05/2015,,,{WORKER}\n"
    feeds.load("care", text)
    before = feeds.facts()
    ada = feeds.find("Ada") or ""
    steward = feeds.cast.actor("steward")
    with pytest.raises(Invalid):
        parting.part(steward, "care", "1", ada, is_new=True)
    parting.part(steward, "care", "1", ada, is_new=False)
    assert lines(feeds) == []
    assert feeds.reasons(feeds.load("care", text)) == [(2, placing.REFUSED)]
    assert lines(feeds) == []
    take_back(feeds)
    assert feeds.facts() == before
    feeds.load("care", text)
    assert feeds.facts() == before


def test_what_changed_meanwhile_comes_along_when_it_is_joined_again(feeds: Feeds) -> None:
    steward = feeds.cast.actor("steward")
    ada = feeds.find("Ada") or ""
    parting.part(steward, "people", "cms:1", ada, is_new=True)
    moved = PEOPLE.replace("1 Mill Lane, Westhaven, ZZ1 1AA", "9 Old Road, ZZ1 9ZZ", 1)
    feeds.load("people", moved)
    take_back(feeds, "people")
    joined = feeds.facts()
    feeds.load("people", moved)
    assert feeds.facts() == joined
    assert {row[-2] for row in joined["addresses"] if row[1] == ada} == {"9 Old Road"}


# --- Who must not be known ------------------------------------------------------------------------


def test_somebody_restricted_is_nobodys_candidate(feeds: Feeds) -> None:
    ada = feeds.find("Ada") or ""
    feeds.load("care", TURNED)
    question = asked(feeds)
    named = [feeds.cast["social_worker"], feeds.cast["steward"]]
    protections.restrict(feeds.cast.system, ada, "To be adopted", named)
    steward = feeds.cast.actor("steward")
    assert doubtful.rows(steward, "care") == []
    assert [row.reason for row in loading.waiting(steward, "care")] == [placing.NOBODY]
    with pytest.raises(NotFound):
        doubtful.look(steward, "care", question.id)
    with pytest.raises(NotFound):
        deciding.same(steward, "care", question.id, ada)
    assert feeds.reasons(feeds.load("care", TURNED)) == [(2, placing.NOBODY)]
    # Nor does the reason of any other row say that somebody is here.
    for row in (
        f"77,Zed,Other,01/01/2001,{NHS[0]},,",
        "1,Zed,Other,01/01/2001,,,",
    ):
        report = feeds.load("care", f"{CARE}{row},,\n")
        assert feeds.reasons(report) == [(2, placing.NOBODY)]


def test_own_family_of_the_steward_is_not_shown(feeds: Feeds) -> None:
    feeds.load("care", TURNED)
    question = asked(feeds)
    steward_of(feeds.cast, "care", "outsider")
    steward = feeds.cast.actor("outsider")
    assert doubtful.look(steward, "care", question.id).matches
    conflicts.declare(steward, feeds.find("Ada") or "")
    assert not doubtful.look(steward, "care", question.id).matches


def test_where_somebody_protected_lives_is_neither_shown_nor_compared(feeds: Feeds) -> None:
    ada = feeds.find("Ada") or ""
    named = [feeds.cast["social_worker"]]
    protections.protect(feeds.cast.system, ada, "Her father", named)
    with_address = TURNED.replace("05/03/2015,,,", '05/03/2015,,"1 Mill Lane, ZZ1 1AA",')
    feeds.load("care", with_address)
    (match,) = asked(feeds).matches
    assert (match.person.id, list(match.person.addresses)) == (ada, [])
    assert match.why == "Same name, day and month exchanged"


def test_what_only_a_sensitive_agency_knows_is_nobodys_candidate_outside(feeds: Feeds) -> None:
    people.add(
        feeds.cast.actor("sealed"),
        NewPerson("Gail", "Harper", "2001-02-03", address="1 Quay", postcode="ZZ5 5ZZ"),
    )
    born = ("03/02/2001", "02/03/2001")  # surely her, and probably
    for day in born:
        report = feeds.load("care", f'{CARE}5,Gail,Harper,{day},,"1 Quay, ZZ5 5ZZ",,,\n')
        assert feeds.reasons(report) == [(2, placing.NOBODY)]
    feeds.add("recovery", "".join(WORKERS_OF_HARBOUR), "harbour")
    feeds.load("recovery", f"{CARE}5,Gail,Harper,03/02/2001,,,,,\n")
    assert len(lines(feeds, "recovery")) == 1


def test_what_a_sensitive_steward_decides_alters_nothing_outside(feeds: Feeds) -> None:
    feeds.add("recovery", "".join(WORKERS_OF_HARBOUR), "harbour")
    steward_of(feeds.cast, "recovery", "sealed_supervisor")
    ada = feeds.find("Ada") or ""
    feeds.load("recovery", TURNED)
    own = feeds.cast.actor("sealed_supervisor")
    (line,) = doubtful.rows(own, "recovery")
    question = doubtful.look(own, "recovery", line.id)
    tables = ("outbox", "happenings", "search_names")
    count = {t: feeds.cast.authority.store.query(f"SELECT COUNT(*) AS n FROM {t}") for t in tables}
    deciding.same(own, "recovery", question.id, question.matches[0].person.id)
    assert lines(feeds, "recovery") == [ada]
    after = {t: feeds.cast.authority.store.query(f"SELECT COUNT(*) AS n FROM {t}") for t in tables}
    assert after == count
    assert identities.links(feeds.cast.system, ada) == []
    for who in ("steward", "administrator"):
        other = feeds.cast.actor(who, confirmed=True)
        for act in (
            lambda other=other: doubtful.rows(other, "recovery"),
            lambda other=other: deciding.made(other, "recovery"),
        ):
            with pytest.raises(NotAllowed):
                act()
    with pytest.raises(NotAllowed):
        identities.links(own, ada)


@pytest.mark.parametrize("who", ["administrator", "governance", "social_worker", "sealed"])
def test_only_its_own_steward_comes_here(feeds: Feeds, who: str) -> None:
    feeds.load("care", TURNED)
    question = asked(feeds)
    decided = question.matches[0].person.id
    actor = feeds.cast.actor(who, confirmed=True)
    acts: list[Callable[[], object]] = [
        lambda: doubtful.rows(actor, "care"),
        lambda: doubtful.look(actor, "care", question.id),
        lambda: deciding.same(actor, "care", question.id, decided),
        lambda: deciding.none(actor, "care", question.id),
        lambda: deciding.made(actor, "care"),
        lambda: deciding.take_back(actor, "care", question.id),
        lambda: parting.taken_for(actor, "people", "cms:1"),
        lambda: parting.part(actor, "people", "cms:1", decided, is_new=True),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_only_who_was_shown_can_be_chosen(feeds: Feeds) -> None:
    feeds.load("care", TURNED)
    question = asked(feeds)
    with pytest.raises(NotFound):
        deciding.same(feeds.cast.actor("steward"), "care", question.id, feeds.cast["amara"])


def test_nobody_is_said_to_be_somebody_of_another_nhs_number(feeds: Feeds) -> None:
    feeds.add("nhs", mapping.shipped("council-primary-care"), "health")
    head = "Last Name,First Name,Date of Birth,NHS No,Address\n"
    feeds.load("nhs", f"{head}Brook,Ada,03/05/2015,{NHS[0]},\n")
    feeds.load("care", TURNED.replace("05/03/2015,,", f"03/05/2015,{NHS[1]},"))
    question = asked(feeds)
    (match,) = question.matches
    assert not match.may_be
    with pytest.raises(Invalid):
        deciding.same(feeds.cast.actor("steward"), "care", question.id, match.person.id)


def test_nothing_is_decided_while_a_load_waits(feeds: Feeds) -> None:
    feeds.load("care", TURNED)
    question = asked(feeds)
    feeds.load("care", TURNED, wait=True)
    with pytest.raises(Conflict):
        deciding.none(feeds.cast.actor("steward"), "care", question.id)


def test_a_merge_and_a_decision_are_taken_back_apart(feeds: Feeds) -> None:
    feeds.load("care", TURNED)
    decide(feeds)
    ada, ben = feeds.find("Ada") or "", feeds.find("Ben") or ""
    before = feeds.facts(), lines(feeds)
    merged = identities.link(feeds.cast.system, ben, ada, "Found to be one")
    assert lines(feeds) == [ben]
    assert len(identities.links(feeds.cast.system, ben)) == 1
    identities.unlink(feeds.cast.system, merged)
    assert (feeds.facts(), lines(feeds)) == before
    take_back(feeds)
    assert lines(feeds) == []
    row = feeds.cast.authority.store.one("SELECT link_id FROM decisions")
    with pytest.raises(NotAllowed):
        identities.unlink(feeds.cast.system, (row or {})["link_id"])
