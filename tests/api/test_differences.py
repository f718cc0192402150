"""A feed never overwrites what a practitioner confirmed: both stand, and the difference is put to both."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.facts import corrections, differences, loading, settling
from api.facts.corrections import Correction
from api.record import identities, involvements, people, plans, protections
from api.record.people import NewPerson
from api.staff import practitioners
from api.store import corrections as stored_corrections
from api.telling import inbox, outbox
from tests import feeds
from tests.api.test_loading import Feeds
from tests.cast import Cast
from tests.twins import furniture

MAPPING = """
needs = ["first", "last"]
asserts = ["identifiers", "address"]
key_prefix = "cms:"
[columns]
key = ["No"]
first = ["First"]
last = ["Last"]
born_on = ["Born"]
address = ["Address"]
contact_name = ["Worker"]
contact_phone = ["Phone"]
staff_number = ["Staff"]
ends_on = ["To"]
last_contact_on = ["Seen"]
service = ["Service"]
[involvement]
kind = "active"
role = "Housing officer"
[plans]
"CP plan" = "child protection"
"""
HEADINGS = "No,First,Last,Born,Address,Worker,Phone,Staff,To,Seen,Service\n"


class World:
    """A feed about Amara, what it says tonight, and what the worker makes of it."""

    def __init__(self, cast: Cast, folder: Path) -> None:
        self.cast, self.feeds = cast, Feeds(cast, folder)
        source = self.feeds.add("housing", MAPPING, "force")
        self.source = source
        practitioners.grant(cast.system, cast["steward"], "data steward", "source", source)

    def says(self, **said: str) -> None:
        """Load what the feed says of Amara, or with nothing that it does not speak of her."""
        told = {"No": "1", "First": "Amara", "Last": "Okafor", "Born": "03/05/2019", **said}
        values = [told.get(name, "") for name in HEADINGS.strip().split(",")]
        other = "2,Jude,Okafor,20/01/2022" + "," * 7 + "\n"
        text = HEADINGS + other + (",".join(f'"{value}"' for value in values) if said else "")
        self.feeds.load("housing", text, accept_missing=True)
        self.compare()

    def compare(self) -> None:
        differences.compare_what_changed(self.cast.authority)

    def line(self, name: str) -> str:
        child = people.look(self.cast.actor("social_worker"), self.cast["amara"])
        (found,) = [line.id for line in child.circle if line.name == name]
        return found

    def waiting(self) -> list[Correction]:
        return list(corrections.of_source(self.cast.actor("steward"), "housing").waiting)

    def one(self, who: str = "social_worker") -> Correction:
        (kept,) = self.waiting()
        return corrections.look(self.cast.actor(who), kept.id)

    def state(self) -> tuple[str, bool]:
        """The answer to the newest correction, and whether it is settled."""
        rows = self.cast.authority.store.query("SELECT * FROM corrections ORDER BY made_at, id")
        return rows[-1]["answer"] or "", rows[-1]["settled_at"] is not None


@pytest.fixture
def world(cast: Cast, tmp_path: Path) -> World:
    return World(cast, tmp_path)


def tell(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    later = cast.authority.store.clock() + timedelta(seconds=11)
    monkeypatch.setattr(cast.authority.store, "clock", lambda: later)
    outbox.fan_out(cast.authority)


def told(cast: Cast, who: str) -> list[str]:
    return [item.text for item in inbox.list_items(cast.actor(who)).items]


QUESTION = "A source says otherwise than what was confirmed about Amara Okafor. Which is right?"


# --- Who supports somebody ----------------------------------------------------------------------


def confirmed(world: World, **said: str) -> str:
    """Let the feed say so, and the pastoral lead confirm it; give the line."""
    world.says(Worker="Olu Ade", Phone="01632 960301", **said)
    involvements.confirm(world.cast.actor("pastoral"), world.line("Olu Ade"))
    return world.line("Olu Ade")


def test_a_feed_that_repeats_itself_differs_from_nothing(world: World) -> None:
    line = confirmed(world, Seen="01/10/2026")
    world.says(Worker="Olu Ade", Phone="01632 960301", Seen="02/11/2026")
    world.says(Worker="Olu Ade", Phone="01632 960301", Seen="02/11/2026")
    assert not world.waiting()
    child = people.look(world.cast.actor("social_worker"), world.cast["amara"])
    assert line in [one.id for one in child.circle]


def test_a_worker_s_line_that_is_repeated_with_a_new_date_stays_confirmed(world: World) -> None:
    world.says(Staff="W009", Seen="01/10/2026")
    involvements.confirm(world.cast.actor("pastoral"), world.line("Otis Webb"))
    world.says(Staff="W009", Seen="02/11/2026")
    child = people.look(world.cast.actor("social_worker"), world.cast["amara"])
    (line,) = [line for line in child.circle if line.name == "Otis Webb"]
    assert (line.confirmed_by, line.last_contact_on) == ("Pat Osei", "2026-11-02")
    assert not world.waiting()


def test_a_feed_that_changes_a_confirmed_line_stands_beside_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = world.cast
    confirmed(world)
    world.says(Worker="Olu Ade", Phone="01632 960999")
    child = people.look(cast.actor("social_worker"), cast["amara"])
    both = [line for line in child.circle if line.name == "Olu Ade"]
    assert {line.phone for line in both} == {"01632 960301", "01632 960999"}
    assert all(child.wrong[line.id].differs for line in both)
    one = world.one()
    assert one.line
    assert one.confirmed
    assert ("960999" in one.line.text, "960301" in one.confirmed.text) == (True, True)
    assert one.confirmed.confirmed_by == "Pat Osei"
    assert one.may == {"confirm"}
    tell(cast, monkeypatch)
    assert told(cast, "pastoral") == [QUESTION]
    assert told(cast, "steward") == [
        "Said to be wrong: a line of The housing feed. It waits for an answer."
    ]
    assert not told(cast, "social_worker")


def test_the_steward_sees_what_their_source_said_and_not_what_was_confirmed(world: World) -> None:
    confirmed(world)
    world.says(Worker="Olu Ade", Phone="01632 960999")
    one = world.one("steward")
    assert one.line
    assert "960999" in one.line.text
    assert one.confirmed is None
    assert one.may == {"answer"}
    assert [said.what for said in one.sayings] == ["Confirmed otherwise"]


def test_a_feed_that_ends_a_confirmed_line_takes_nothing_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = world.cast
    line = confirmed(world)
    world.says()
    child = people.look(cast.actor("social_worker"), cast["amara"])
    assert line in [one.id for one in child.circle]
    assert child.wrong[line].differs
    one = world.one()
    assert one.line
    assert not one.line.stands
    tell(cast, monkeypatch)
    assert told(cast, "pastoral") == [QUESTION]
    settling.settle(cast.actor("social_worker"), one.id, settling.SOURCE)
    child = people.look(cast.actor("social_worker"), cast["amara"])
    assert "Olu Ade" not in [one.name for one in child.circle]
    assert world.state() == ("right", True)


def test_an_end_date_in_the_feed_does_not_hide_who_is_confirmed(world: World) -> None:
    cast = world.cast
    world.says(Staff="W009")
    involvements.confirm(cast.actor("pastoral"), world.line("Otis Webb"))
    world.says(Staff="W009", To="01/11/2026")
    child = people.look(cast.actor("social_worker"), cast["amara"])
    assert "Otis Webb" in [line.name for line in child.circle]
    assert "Otis Webb" in [line.name for line in child.others]
    settling.settle(cast.actor("social_worker"), world.one().id, settling.SOURCE)
    child = people.look(cast.actor("social_worker"), cast["amara"])
    assert "Otis Webb" not in [line.name for line in child.circle]
    assert world.state() == ("right", True)


def test_confirming_again_settles_it_and_the_source_still_answers(world: World) -> None:
    cast = world.cast
    confirmed(world)
    world.says(Worker="Olu Ade", Phone="01632 960999")
    one = world.one()
    settling.settle(cast.actor("pastoral"), one.id, settling.CONFIRMED)
    assert world.state() == ("", True)
    assert "confirm" not in world.one().may
    with pytest.raises(Conflict):
        settling.settle(cast.actor("pastoral"), one.id, settling.CONFIRMED)
    world.says(Worker="Olu Ade", Phone="01632 960301")
    assert world.state() == ("put right", True)


def test_taking_the_source_s_word_settles_it_and_answers_it(world: World) -> None:
    cast = world.cast
    confirmed(world)
    world.says(Worker="Olu Ade", Phone="01632 960999")
    settling.settle(cast.actor("social_worker"), world.one().id, settling.SOURCE)
    assert not world.waiting()
    child = people.look(cast.actor("social_worker"), cast["amara"])
    (line,) = [line for line in child.circle if line.name == "Olu Ade"]
    assert (line.phone, line.confirmed_by) == ("01632 960999", "Jo Marsh")
    assert world.state() == ("right", True)


def test_a_load_that_is_undone_takes_its_difference_along(world: World) -> None:
    cast = world.cast
    line = confirmed(world)
    for said in ({"Worker": "Olu Ade", "Phone": "01632 960999"}, {}):
        world.says(**said)
        assert world.waiting()
        loading.undo(cast.system, "housing")
        assert not world.waiting()  # at once, before the worker comes round
        child = people.look(cast.actor("social_worker"), cast["amara"])
        assert line not in child.wrong
        world.compare()
        assert world.state() == ("gone", True)


def test_what_a_feed_says_again_after_undo_is_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = world.cast
    line = confirmed(world)
    for said in ({}, {"Worker": "Olu Ade", "Phone": "01632 960999"}):
        for _ in range(2):
            world.says(**said)
            assert [one.name for one in world.waiting()] == ["Amara Okafor"]
            child = people.look(cast.actor("social_worker"), cast["amara"])
            assert child.wrong[line].differs
            loading.undo(cast.system, "housing")
            world.compare()
            assert not world.waiting()


def test_what_somebody_said_is_wrong_waits_though_a_load_that_differs_is_undone(
    world: World,
) -> None:
    cast = world.cast
    confirmed(world)
    world.says()
    differs = world.one()
    cast.authority.store.upkeep(
        lambda tx: stored_corrections.add_say(tx, differs.id, cast["social_worker"], "other", None)
    )
    loading.undo(cast.system, "housing")
    for _ in range(2):
        assert [one.id for one in world.waiting()] == [differs.id]
        world.compare()


def test_a_line_that_was_ended_by_hand_is_not_begun_again_by_the_feed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = world.cast
    world.says(Staff="W009", Seen="01/10/2026")
    involvements.end(cast.actor("social_worker"), world.line("Otis Webb"))
    (one,) = (
        world.waiting()
    )  # the feed is older than the end: its steward is asked, and nobody else
    assert one.line
    tell(cast, monkeypatch)
    assert not told(cast, "social_worker")
    world.says(Staff="W009", Seen="02/11/2026")
    child = people.look(cast.actor("social_worker"), cast["amara"])
    assert "Otis Webb" in [line.name for line in child.others]
    tell(cast, monkeypatch)
    assert QUESTION in told(cast, "social_worker")


def test_who_left_is_not_asked_but_the_lead(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = world.cast
    confirmed(world)
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["pastoral"])
    world.says(Worker="Olu Ade", Phone="01632 960999")
    tell(cast, monkeypatch)
    assert QUESTION in told(cast, "social_worker")


# --- Every other kind of line -------------------------------------------------------------------


def again(cast: Cast, who: str = "social_worker", **more: str) -> None:
    """Let somebody in the circle add Amara again, with what they know."""
    said = {"first": "Amara", "last": "Okafor", "born_on": "2019-05-03", **more}
    people.add(cast.actor(who), NewPerson(**said))


def addresses(cast: Cast) -> list[str]:
    return [one.lines for one in people.look(cast.actor("pastoral"), cast["amara"]).addresses]


def test_a_newer_feed_s_address_stands_after_what_was_said_by_hand(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = world.cast
    again(cast, address="4 Hope Street", postcode="ZZ1 1AA")
    world.says(Address="9 Quayside, ZZ2 2BB")
    assert addresses(cast)[0] == "4 Hope Street"
    assert "9 Quayside" in addresses(cast)
    tell(cast, monkeypatch)
    assert QUESTION in told(cast, "social_worker")
    settling.settle(cast.actor("pastoral"), world.one().id, settling.SOURCE)
    assert addresses(cast)[0] == "9 Quayside"
    assert "4 Hope Street" not in addresses(cast)
    assert world.state() == ("right", True)


def test_an_older_feed_s_address_is_put_to_its_steward_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = world.cast
    world.says(Address="9 Quayside, ZZ2 2BB")
    again(cast, address="4 Hope Street", postcode="ZZ1 1AA")
    assert addresses(cast)[0] == "4 Hope Street"
    assert [one.kind for one in world.waiting()] == ["Address"]
    tell(cast, monkeypatch)
    assert QUESTION not in told(cast, "social_worker")
    world.says(Address="4 Hope Street, ZZ1 1AA")
    assert world.state() == ("put right", True)
    tell(cast, monkeypatch)
    assert "Answered: what you said is wrong about Amara Okafor" in told(cast, "social_worker")


@pytest.mark.parametrize(
    ("table", "says", "shown"),
    [
        (
            "names",
            {
                "kind": "full",
                "first": "Ama",
                "last": "Okoro",
                "first_key": "ama",
                "last_key": "okoro",
            },
            "Ama Okoro",
        ),
        ("particulars", {"born_on": "2019-05-04"}, "Born 4 May 2019"),
        ("identifiers", {"scheme": "nhs", "value": "9434765919"}, "NHS number 9434765919"),
    ],
)
def test_who_somebody_is_stays_as_it_was_said_by_hand(
    world: World, monkeypatch: pytest.MonkeyPatch, table: str, says: dict[str, str], shown: str
) -> None:
    cast = world.cast
    again(cast, nhs="9434765870")
    world.says(Address="9 Quayside, ZZ2 2BB")
    feeds.say(cast.authority.store, world.source, table, cast["amara"], **says)
    cast.authority.store.upkeep(lambda tx: tx.change("UPDATE sources SET compared_load = NULL"))
    world.compare()
    brief = people.look(cast.actor("pastoral"), cast["amara"]).brief
    assert (brief.name, brief.born_on) == ("Amara Okafor", "2019-05-03")
    one = world.one()
    assert one.line
    assert one.line.text == shown
    assert one.may == {"confirm"}
    tell(cast, monkeypatch)
    assert QUESTION in told(cast, "social_worker")
    settling.settle(cast.actor("pastoral"), one.id, settling.SOURCE)
    assert world.state() == ("right", True)
    found = corrections.particulars(cast.actor("pastoral"), cast["amara"]).lines
    kind = [line for line in found if line.table == table]
    assert (kind[0].text, kind[0].source) == (
        shown, "Pat Osei, St Bede's Primary School",
    )  # fmt: skip


def test_a_plan_that_the_feed_ends_is_shown_with_the_feed_s_word(world: World) -> None:
    cast = world.cast
    plan = plans.set(cast.actor("social_worker"), cast["amara"], "child protection", "2026-01-05")
    world.says(Service="CP plan", To="01/06/2026")
    shown = people.look(cast.actor("pastoral"), cast["amara"])
    assert [(one.ended, one.id == plan) for one in shown.plans] == [(False, True), (True, False)]
    assert all(shown.wrong[one.id].differs for one in shown.plans)
    with pytest.raises(NotAllowed):
        settling.settle(cast.actor("pastoral"), world.one().id, settling.SOURCE)
    settling.settle(cast.actor("social_worker"), world.one().id, settling.SOURCE)
    assert not people.look(cast.actor("pastoral"), cast["amara"]).plans
    assert world.state() == ("right", True)


def test_what_a_sensitive_service_says_by_hand_is_put_to_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = world.cast
    again(cast, "sealed", address="4 Hope Street", postcode="ZZ1 1AA")
    world.says(Address="9 Quayside, ZZ2 2BB")
    assert not world.waiting()
    tell(cast, monkeypatch)
    assert not told(cast, "steward")
    assert not told(cast, "sealed")


def test_what_a_sensitive_service_s_feed_differs_in_is_compared_by_nobody_else(cast: Cast) -> None:
    furniture.furnish(cast)
    worker, lead = cast.actor("sealed"), cast.actor("social_worker")
    for sealed in [one for one in people.look(worker, cast["amara"]).circle if one.sealed]:
        involvements.confirm(worker, sealed.id)
    furniture.load(cast.system, "harbour", furniture.HEAD + "2,Jude,Okafor,20/01/2022,,,,,\n")
    circle = people.look(lead, cast["amara"]).circle
    involvements.end(lead, next(one.id for one in circle if one.name == "Pat Osei"))

    def said() -> list[str]:
        rows = cast.authority.store.query(
            "SELECT actor FROM audit_events WHERE action = 'correction:said'"
        )
        return [row["actor"] for row in rows]

    assert not said()
    differences.compare_what_changed(cast.authority)
    assert said() == ["worker"]


def test_a_restricted_person_s_difference_is_put_to_who_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = world.cast
    world.says(Address="4 Hope Street, ZZ1 1AA")
    again(cast, address="4 Hope Street", postcode="ZZ1 1AA")
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "Adopted", [cast["social_worker"]])
    world.says(Address="9 Quayside, ZZ2 2BB")
    assert not world.waiting()
    tell(cast, monkeypatch)
    assert not told(cast, "steward")
    assert QUESTION in told(cast, "social_worker")


def test_records_that_are_found_to_be_one_are_compared(world: World) -> None:
    cast = world.cast
    world.says()
    home = {"kind": "home", "lines": "9 Quayside", "postcode": "ZZ2 2BB"}
    feeds.say(cast.authority.store, world.source, "addresses", cast["rhea"], **home)
    known = {"first": "Rhea", "last": "Marsh", "born_on": "2016-06-06"}
    other = people.add(
        cast.actor("social_worker"), NewPerson(**known, address="4 Hope Street", postcode="ZZ1 1AA")
    )
    assert not world.waiting()
    link = identities.link(cast.system, cast["rhea"], other, "One child")
    assert [one.kind for one in world.waiting()] == ["Address"]
    identities.unlink(cast.system, link)
    assert not world.waiting()
    assert world.state() == ("gone", True)


def test_what_cannot_be_settled(world: World) -> None:
    cast = world.cast
    confirmed(world)
    world.says(Worker="Olu Ade", Phone="01632 960999")
    one = world.one()
    with pytest.raises(Invalid):
        settling.settle(cast.actor("pastoral"), one.id, "both")
    with pytest.raises(NotFound):
        settling.settle(cast.actor("outsider"), one.id, settling.SOURCE)
    with pytest.raises(Conflict):
        settling.settle(cast.actor("steward"), one.id, settling.SOURCE)
    with pytest.raises(NotAllowed):
        settling.settle(cast.actor("health_visitor"), one.id, settling.SOURCE)
    with pytest.raises(NotAllowed):
        settling.settle(cast.actor("sealed"), one.id, settling.CONFIRMED)


def test_comparing_again_finds_nothing_new(world: World) -> None:
    cast = world.cast
    confirmed(world)
    world.says(Worker="Olu Ade", Phone="01632 960999")
    before = cast.authority.store.query("SELECT COUNT(*) AS n FROM audit_events")
    assert differences.compare_what_changed(cast.authority) == 0
    cast.authority.store.upkeep(lambda tx: tx.change("UPDATE sources SET compared_load = NULL"))
    assert differences.compare_what_changed(cast.authority) == 1
    assert cast.authority.store.query("SELECT COUNT(*) AS n FROM audit_events") == before
    assert len(world.one("steward").sayings) == 1
