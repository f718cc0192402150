"""Loads: staged, seen at once or not at all, repeated without effect, taken back; sure matches only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import moment
from api.access import Sight
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.facts import loading, mapping, runs, search, sources
from api.facts.loading import LoadReport
from api.facts.search import Query
from api.facts.sources import NewSource
from api.record import involvements, people
from api.record.people import NewPerson
from api.staff import practitioners
from api.store.loads import SAYS
from tests.cast import Cast
from tests.trail import last_event

PEOPLE = """id, firstName ,lastName,dateOfBirth,gender,address
cms:1,Ada,Brook,03/05/2015,Female,"1 Mill Lane, Westhaven, ZZ1 1AA"
cms:2,Ben,Brook,04/06/2017,Male,"1 Mill Lane, Westhaven, ZZ1 1AA"
cms:3,Cleo,O'Hara-Finch,02/01/2012,Female,"2 Quayside, Saltby, ZZ2 2BB"
"""

WORKERS = """
needs = ["first", "last"]
asserts = ["identifiers", "address", "death"]
key_prefix = "cms:"
[columns]
key = ["No"]
first = ["First"]
last = ["Last"]
born_on = ["Born"]
died_on = ["Died"]
nhs = ["NHS"]
address = ["Address"]
agency = ["Agency"]
contact_name = ["Worker"]
contact_email = ["Email"]
staff_number = ["Staff"]
contact_phone = ["Phone"]
service = ["Service"]
starts_on = ["From"]
ends_on = ["To"]
last_contact_on = ["Seen"]
status = ["Status"]
[involvement]
kind = "active"
role = "Social worker"
lead = true
[plans]
"CP plan" = "child protection"
"""


class Feeds:
    """Feeds of the cast's authority, and files for them."""

    def __init__(self, cast: Cast, folder: Path) -> None:
        self.cast, self.folder = cast, folder

    def add(self, code: str, text: str, agency: str | None = None, **more: Any) -> str:
        agency_id = self.cast[agency] if agency else None
        return sources.add(
            self.cast.system,
            NewSource(
                code=code, name=f"The {code} feed", mapping=text, agency_id=agency_id, **more
            ),
        )

    def people(self) -> None:
        self.add("people", mapping.shipped("people"), makes_people=True)
        self.load("people", PEOPLE)

    def workers(self, **more: Any) -> None:
        self.add("care", WORKERS, "care", **more)

    def file(self, text: str | bytes) -> Path:
        path = self.folder / "feed.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def load(self, code: str, text: str | bytes, **more: Any) -> LoadReport:
        return loading.load(self.cast.system, code, self.file(text), **more)

    def facts(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that stands and came from a feed, by what it says."""
        found = {}
        for table, columns in SAYS.items():
            rows = self.cast.authority.store.query(
                f"SELECT f.*, s.code FROM live_{table} f JOIN sources s ON s.id = f.source_id"
                " WHERE s.kind = 'feed'"
            )
            found[table] = sorted(
                (row["code"], row["person_id"], *(str(row[c]) for c in columns)) for row in rows
            )
        return found

    def counts(self) -> dict[str, int]:
        tables = [*SAYS, "people", "keys"]
        store = self.cast.authority.store
        return {
            table: store.query(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"] for table in tables
        }

    def find(self, first: str, last: str = "Brook") -> str | None:
        rows = self.cast.authority.store.query(
            "SELECT identity_id FROM live_names WHERE first = :first AND last = :last",
            first=first,
            last=last,
        )
        return rows[0]["identity_id"] if rows else None

    def reasons(self, report: LoadReport) -> list[tuple[int, str]]:
        return [(row.line, row.reason) for row in report.waiting]


@pytest.fixture
def feeds(cast: Cast, tmp_path: Path) -> Feeds:
    return Feeds(cast, tmp_path)


# --- The protocol --------------------------------------------------------------------------------


def test_a_people_file_makes_people(feeds: Feeds) -> None:
    feeds.people()
    facts = feeds.facts()
    assert [row[3:5] for row in facts["names"]].count(("Ada", "Brook")) == 1
    assert {row[-1] for row in facts["addresses"]} == {"ZZ1 1AA", "ZZ2 2BB"}
    assert {row[-2] for row in facts["addresses"]} == {
        "1 Mill Lane, Westhaven",
        "2 Quayside, Saltby",
    }
    assert {row[-1] for row in facts["identifiers"]} == {"cms:1", "cms:2", "cms:3"}
    found = search.find(
        feeds.cast.actor("outsider"), Query("cleo", "ohara finch", born_on="2012-01-02")
    )
    assert [result.name for result in found.results] == ["Cleo O'Hara-Finch"]


def test_whoever_is_made_has_a_key_for_what_is_written_about_them(feeds: Feeds) -> None:
    feeds.people()
    feeds.cast.ids["ada"] = feeds.find("Ada") or ""
    assert feeds.cast.worry("outsider", "ada").note_ids


def test_the_same_file_again_changes_nothing(feeds: Feeds) -> None:
    feeds.people()
    before, counts = feeds.facts(), feeds.counts()
    report = feeds.load("people", PEOPLE)
    assert (report.people, report.new, report.ended, report.same) == (0, 0, 0, 12)
    assert (feeds.facts(), feeds.counts()) == (before, counts)


def test_only_what_differs_is_written(feeds: Feeds) -> None:
    feeds.people()
    before = feeds.counts()
    moved = PEOPLE.replace("2 Quayside, Saltby, ZZ2 2BB", "9 Long Acre, Saltby, ZZ3 3CC")
    report = feeds.load("people", moved)
    assert (report.new, report.ended, report.same) == (1, 1, 11)
    assert feeds.counts() == {**before, "addresses": before["addresses"] + 1}
    assert {row[-1] for row in feeds.facts()["addresses"]} == {"ZZ1 1AA", "ZZ3 3CC"}


def test_whoever_is_gone_from_the_file_ends(feeds: Feeds) -> None:
    feeds.people()
    report = feeds.load("people", "\n".join(PEOPLE.split("\n")[:3]) + "\n")
    assert report.ended == 4
    assert feeds.find("Cleo", "O'Hara-Finch") is None
    assert feeds.find("Ada")


def test_undo_brings_back_what_stood_before(feeds: Feeds) -> None:
    feeds.people()
    first = feeds.facts()
    changed = PEOPLE.replace("Ben", "Benjamin") + "cms:4,Dora,Brook,05/05/2020,Female,x\n"
    feeds.load("people", changed)
    second = feeds.facts()
    loading.undo(feeds.cast.system, "people")
    assert feeds.facts() == first
    # What was made is made again as the same people, with the same facts.
    assert feeds.load("people", changed).people == 0
    assert feeds.facts() == second
    loading.undo(feeds.cast.system, "people")
    loading.undo(feeds.cast.system, "people")
    assert not any(feeds.facts().values())
    with pytest.raises(Conflict):
        loading.undo(feeds.cast.system, "people")
    feeds.load("people", PEOPLE)
    assert feeds.facts() == first


def test_nothing_shows_before_all_of_it_does(feeds: Feeds) -> None:
    feeds.people()
    before = feeds.facts()
    seen = []

    def look(_done: int, _total: int) -> None:
        if len(seen) < 3:
            seen.append(feeds.facts())

    more = PEOPLE.replace("Ada", "Adah") + "cms:4,Dora,Brook,05/05/2020,Female,x\n"
    feeds.load("people", more, progress=look)
    assert len(seen) >= 2
    assert all(facts == before for facts in seen[:2])
    assert feeds.facts() != before


def test_progress_goes_from_little_to_all(feeds: Feeds) -> None:
    feeds.add("people", mapping.shipped("people"), makes_people=True)
    told: list[tuple[int, int]] = []
    feeds.load("people", PEOPLE, progress=lambda done, total: told.append((done, total)))
    shares = [done / total for done, total in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize("stop_at", [1, 2])
def test_a_load_that_breaks_off_leaves_nothing(feeds: Feeds, stop_at: int) -> None:
    feeds.people()
    before = feeds.facts()
    told = []

    def break_off(done: int, _total: int) -> None:
        told.append(done)
        if len(told) == stop_at:
            raise KeyboardInterrupt

    changed = PEOPLE.replace("Ben", "Benjamin") + "cms:4,Dora,Brook,05/05/2020,Female,x\n"
    with pytest.raises(KeyboardInterrupt):
        feeds.load("people", changed, progress=break_off)
    assert feeds.facts() == before
    # Another file does not bring back what was staged by the one that broke off.
    feeds.load("people", PEOPLE)
    assert feeds.facts() == before


def test_one_load_of_a_source_at_a_time(feeds: Feeds) -> None:
    feeds.people()
    refused = []

    def again(_done: int, _total: int) -> None:
        if not refused:
            refused.append(True)
            with pytest.raises(Conflict):
                feeds.load("people", PEOPLE)
            with pytest.raises(Conflict):
                loading.undo(feeds.cast.system, "people")

    feeds.load("people", PEOPLE.replace("Ben", "Benjamin"), progress=again)
    assert refused
    assert feeds.find("Benjamin")


def test_a_load_that_was_killed_gives_way_after_some_minutes(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds.people()
    before = feeds.facts()

    def die(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs, "_give_up", lambda *_: None)  # a killed process tidies nothing up
        with pytest.raises(KeyboardInterrupt):
            feeds.load("people", PEOPLE.replace("Ben", "Benjamin"), progress=die)
    with pytest.raises(Conflict):
        feeds.load("people", PEOPLE)
    later = moment.system_clock() + timedelta(minutes=6)
    monkeypatch.setattr(feeds.cast.authority.store, "clock", lambda: later)
    feeds.load("people", PEOPLE)
    assert feeds.facts() == before


def test_a_dry_run_says_what_would_be_and_changes_nothing(feeds: Feeds) -> None:
    feeds.people()
    before, counts = feeds.facts(), feeds.counts()
    report = feeds.load("people", PEOPLE.replace("Ben", "Benjamin"), dry_run=True)
    assert (report.number, report.new, report.ended) == (None, 1, 1)
    assert (feeds.facts(), feeds.counts()) == (before, counts)
    assert "would be" in str(report)


def test_loads_leave_their_rows(feeds: Feeds) -> None:
    feeds.people()
    event = last_event(feeds.cast, "source:loaded")
    assert (event["verdict"], event["reason"]) == ("allowed", "loaded")
    feeds.load("people", PEOPLE, dry_run=True)
    assert last_event(feeds.cast, "source:loaded")["reason"] == "dry run"


# --- Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["outsider", "social_worker", "governance", "steward"])
def test_others_load_nothing(feeds: Feeds, who: str) -> None:
    feeds.people()
    actor = feeds.cast.actor(who)
    for refused in (
        lambda: loading.load(actor, "people", feeds.file(PEOPLE)),
        lambda: loading.undo(actor, "people"),
        lambda: loading.waiting(actor, "people"),
        lambda: loading.load(actor, "no-such", feeds.file(PEOPLE)),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert last_event(feeds.cast, "source:loaded")["verdict"] == "refused"
    with pytest.raises(NotAllowed):
        sources.add(actor, NewSource(code="x", name="X", mapping=mapping.shipped("people")))


def test_the_steward_of_a_source_loads_it_and_sees_what_waits(feeds: Feeds) -> None:
    source = feeds.add("people", mapping.shipped("people"), makes_people=True)
    practitioners.grant(feeds.cast.system, feeds.cast["steward"], "data steward", "source", source)
    steward = feeds.cast.actor("steward")
    loading.load(steward, "people", feeds.file(PEOPLE + "cms:5,Eve,Brook,31/02/2011,Female,x\n"))
    (row,) = loading.waiting(steward, "people")
    assert (row.line, row.reason) == (5, "The date of birth cannot be read.")
    assert row.values["lastName"] == "Brook"
    with pytest.raises(NotAllowed):
        sources.every(steward)


def test_the_administrator_adds_sources_and_there_is_one_of_each(feeds: Feeds) -> None:
    administrator = feeds.cast.actor("administrator", confirmed=True)
    people = NewSource(code="people", name="People", mapping=mapping.shipped("people"))
    sources.add(administrator, people)
    assert "people" in [source.code for source in sources.every(administrator)]
    with pytest.raises(Conflict):
        sources.add(administrator, people)
    with pytest.raises(NotFound):
        loading.load(administrator, "nothing", feeds.file(PEOPLE))
    with pytest.raises(NotFound):
        loading.load(administrator, sources.PRACTITIONERS, feeds.file(PEOPLE))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "Not a code"}, "code"),
        ({"name": " "}, "name"),
        ({"mapping": "not toml ="}, "mapping"),
        ({"mapping": "wrong = 1"}, "mapping"),
        ({"mapping": '[columns]\nshoe = ["Shoe"]'}, "mapping"),
        ({"mapping": '[columns]\nfirst = ["F"]\n[involvement]\nkind = "odd"'}, "mapping"),
        ({"mapping": '[columns]\nfirst = ["F"]\n[plans]\n"X" = "no such plan"'}, "mapping"),
        ({"mapping": 'needs = ["last"]\n[columns]\nfirst = ["F"]'}, "mapping"),
    ],
)
def test_a_source_that_cannot_be_used_is_refused(
    feeds: Feeds, change: dict[str, str], field: str
) -> None:
    said = {"code": "people", "name": "People", "mapping": mapping.shipped("people"), **change}
    with pytest.raises(Invalid) as caught:
        sources.add(feeds.cast.system, NewSource(**said))  # type: ignore[arg-type]
    assert caught.value.field == field


# --- Sure matches --------------------------------------------------------------------------------


NHS = ("9990000018", "9990000026", "9990000034")


@pytest.fixture
def known(feeds: Feeds) -> Feeds:
    """Ada and Ben (with NHS numbers) and Cleo, and two of the same name and birth date."""
    feeds.people()
    feeds.add("nhs", mapping.shipped("council-primary-care"), "health")
    feeds.load(
        "nhs",
        "Last Name,First Name,Date of Birth,NHS No,Address\n"
        f"Brook,Ada,03/05/2015,{NHS[0]},\nBrook,Ben,04/06/2017,{NHS[1]},\n",
    )
    for day in ("2015-01-02", "2015-01-03"):
        id = people.add(feeds.cast.system, NewPerson("Sam", "Twice", day))
        feeds.cast.ids[day] = id
    store = feeds.cast.authority.store
    store.upkeep(
        lambda tx: tx.change(
            "UPDATE particulars SET born_on = '2015-01-02' WHERE person_id = :id",
            id=feeds.cast["2015-01-03"],
        )
    )
    feeds.workers()
    return feeds


NOBODY = "Nobody here has its numbers, or its name and date of birth."
MAY_BE = "It may be about somebody who is here."


@pytest.mark.parametrize(
    ("row", "matched"),
    [
        (",Ada,Brook,03/05/2015,", "Ada"),
        (",ADA, brook ,2015-05-03,", "Ada"),
        (",Cleo,OHara Finch,02-Jan-12,", "Cleo"),
        (",Cleo,O\u2019Hara\u2013Finch,40910,", "Cleo"),
        ("1,,,,", "Ada"),
        ("1,Ada,Newname,03/05/2015,", "Ada"),
        ("1,Ada,Brook,05/03/2015,", "Ada"),
        (f",Ada,Brook,,999 000 {NHS[0][6:]}", "Ada"),
        (f",Brook,Ada,03/05/2015,{NHS[0]}", "Ada"),
        (f",Baby,Brook,03/05/2015,{NHS[0]}", "Ada"),
        (",Ada,Brook,,", MAY_BE),
        (",Ada,Brook,05/03/2015,", MAY_BE),
        (",Brook,Ada,03/05/2015,", "Ada"),
        (",Zed,Brook,03/05/2016,", NOBODY),
        (",Baby,Brook,03/05/2015,", MAY_BE),
        (f",Ada,Brook,03/05/2015,{NHS[2]}", "The person of this name and date of birth has another NHS number here."),
        (f",Ada,Brook,03/05/2015,{NHS[1]}", "Its number belongs to one person here, its name and date of birth to another."),
        (f",Zed,Other,01/01/2001,{NHS[0]}", "Its number belongs to somebody here with another name or date of birth."),
        (f",Eve,Brook,03/05/2015,{NHS[0]}", "Its number belongs to somebody here with another name or date of birth."),
        (f"2,Ada,Brook,03/05/2015,{NHS[0]}", "Its numbers belong to different people here."),
        (",Sam,Twice,02/01/2015,", "More than one person here has this name and date of birth."),
    ],
)  # fmt: skip
def test_only_the_sure_is_matched(known: Feeds, row: str, matched: str) -> None:
    report = known.load("care", f"No,First,Last,Born,NHS\n{row}\n")
    if matched in ("Ada", "Cleo"):
        assert not report.waiting
        person = known.find(matched, "Brook" if matched == "Ada" else "O'Hara-Finch")
        assert [r[1] for r in known.facts()["involvements"] if r[0] == "care"] == [person]
    else:
        assert known.reasons(report) == [(2, matched)]
        assert not [r for r in known.facts()["involvements"] if r[0] == "care"]


def test_a_number_that_fails_its_check_is_left_out_and_said(known: Feeds) -> None:
    report = known.load("care", "No,First,Last,Born,NHS\n,Ada,Brook,03/05/2015,9990000019\n")
    assert report.taken == 1
    assert [reason for _, reason in known.reasons(report)] == [
        "The NHS number fails its check. The rest of the row was taken."
    ]


def test_namesakes_in_the_people_file_are_not_mixed(feeds: Feeds) -> None:
    twins = PEOPLE + "cms:8,Eva,Brook,03/05/2015,Female,x\ncms:9,Ada,Brook,03/05/2015,Female,y\n"
    feeds.add("people", mapping.shipped("people"), makes_people=True)
    report = feeds.load("people", twins + "cms:1,Ada,Brook,03/05/2015,Female,z\n")
    assert report.people == 4
    assert feeds.reasons(report) == [
        (6, "Another row of this source has the same name and date of birth.")
    ]
    ada = feeds.find("Ada")
    assert [row[-2] for row in feeds.facts()["addresses"] if row[1] == ada] == [
        "1 Mill Lane, Westhaven",
        "z",
    ]


def test_an_id_that_means_somebody_else_now_waits(feeds: Feeds) -> None:
    feeds.people()
    report = feeds.load("people", PEOPLE.replace("Ada,Brook,03/05/2015", "Zed,Other,01/02/1999"))
    assert len(report.waiting) == 1
    assert feeds.find("Ada")  # what was said before stands until somebody has looked


def test_a_person_added_by_hand_is_met_by_the_feed(feeds: Feeds) -> None:
    by_hand = people.add(feeds.cast.actor("outsider"), NewPerson("Ada", "Brook", "2015-05-03"))
    feeds.add("people", mapping.shipped("people"), makes_people=True)
    assert feeds.load("people", PEOPLE).people == 2
    assert {row[1] for row in feeds.facts()["names"] if row[3] == "Ada"} == {by_hand}


def test_a_life_begins_and_ends(feeds: Feeds) -> None:
    feeds.add("people", mapping.shipped("people"), makes_people=True)
    today = moment.day(feeds.cast.authority.store.now())
    due = today + timedelta(days=60)
    head = "id,firstName,lastName,dateOfBirth,gender,address,Date of death\n"
    feeds.load("people", f"{head}7,Unborn,Brook,{due:%d/%m/%Y},Unknown,x,\n")
    row = feeds.facts()["particulars"][0]
    assert row[2:] == ("None", due.isoformat(), "None", "unknown")
    unborn = row[1]
    feeds.load("people", f"{head}7,Baby,Brook,{today:%d/%m/%Y},Female,x,\n")
    feeds.load("people", f"{head}7,Ivy,Brook,{today:%d/%m/%Y},Female,x,{today:%d/%m/%Y}\n")
    row = feeds.facts()["particulars"][0]
    assert row[1:] == (unborn, today.isoformat(), "None", today.isoformat(), "female")


# --- Facts ---------------------------------------------------------------------------------------


HEAD = "No,First,Last,Born,Worker,Email,Staff,Phone,Service,From,To,Seen,Status,Agency\n"


def involvements_of(feeds: Feeds, code: str = "care") -> list[dict[str, str]]:
    rows = [row for row in feeds.facts()["involvements"] if row[0] == code]
    return [dict(zip(SAYS["involvements"], row[2:], strict=True)) for row in rows]


@pytest.mark.parametrize(
    "who",
    [
        "Jo Marsh,SOCIAL_WORKER@westhaven.example,,",
        "Somebody Else,,W000,",
    ],
)
def test_a_worker_of_the_sources_agency_is_in_the_circle(feeds: Feeds, who: str) -> None:
    feeds.people()
    feeds.workers()
    feeds.load("care", f"{HEAD}1,Ada,Brook,03/05/2015,{who},,01/01/2026,,,,\n")
    (line,) = involvements_of(feeds)
    assert line["practitioner_id"] == feeds.cast["social_worker"]
    assert (line["asserted_by"], line["contact_name"]) == ("agency", "None")
    ada = feeds.find("Ada") or ""
    child = people.look(feeds.cast.actor("social_worker"), ada)
    assert child.sight is Sight.CIRCLE
    assert child.circle[0].lead
    assert people.look(feeds.cast.actor("colleague"), ada).sight is Sight.OUTSIDE


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("Pat Osei,pastoral@westhaven.example,,", "works elsewhere"),
        ("Kit Alder,colleague@westhaven.example,,", "has left"),
        ("No One,no.one@westhaven.example,,0163 960999", "is not known"),
    ],
)
def test_any_other_worker_is_only_somebody_to_ring(feeds: Feeds, who: str, why: str) -> None:
    feeds.people()
    feeds.workers()
    practitioners.leave(feeds.cast.system, feeds.cast["colleague"])
    feeds.load("care", f"{HEAD}1,Ada,Brook,03/05/2015,{who},,01/01/2026,,,,\n")
    (line,) = involvements_of(feeds)
    assert line["practitioner_id"] == "None", why
    assert line["contact_name"] == who.partition(",")[0]
    for key in ("pastoral", "colleague"):
        rows = feeds.cast.authority.store.query(
            "SELECT id FROM live_involvements WHERE practitioner_id = :id AND person_id = :ada",
            id=feeds.cast[key],
            ada=feeds.find("Ada"),
        )
        assert not rows


def test_a_row_may_name_another_agency_which_then_admits_nobody(feeds: Feeds) -> None:
    feeds.people()
    feeds.workers()
    text = (
        f"{HEAD}1,Ada,Brook,03/05/2015,,pastoral@westhaven.example,,,,,,,,st bedes primary school\n"
        "2,Ben,Brook,04/06/2017,,,,,,,,,,Nowhere School\n"
    )
    report = feeds.load("care", text)
    (line,) = involvements_of(feeds)
    assert (line["agency_id"], line["asserted_by"]) == (feeds.cast["school"], "other source")
    assert line["practitioner_id"] == "None"
    assert feeds.reasons(report) == [(3, "It speaks of an agency that is not known here.")]


def test_events_of_one_worker_are_one_involvement_and_their_plans(feeds: Feeds) -> None:
    feeds.people()
    feeds.workers()
    text = (
        f"{HEAD}1,Ada,Brook,03/05/2015,,,W000,,Assessment,01/01/2026,01/03/2026,05/01/2026,,\n"
        "1,Ada,Brook,03/05/2015,,,W000,,CP Plan,01/02/2026,,07/07/2026,,\n"
    )
    for _ in range(2):
        report = feeds.load("care", text)
        (line,) = involvements_of(feeds)
        assert (line["valid_from"], line["valid_to"]) == ("2026-01-01", "None")
        assert line["last_contact_on"] == "2026-07-07"
    assert (report.new, report.ended) == (0, 0)
    ada = feeds.find("Ada") or ""
    child = people.look(feeds.cast.actor("social_worker"), ada)
    assert [plan.kind for plan in child.plans] == ["child protection"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("01/01/2026,,,Current", ("2026-01-01", "None")),
        ("01/01/2026,01/02/2026,,Historic", ("2026-01-01", "2026-02-01")),
        ("01/01/2026,,05/01/2026,Historic", ("2026-01-01", "2026-01-05")),
        ("01/01/2026,,,None found", None),
        ("01/02/2026,01/01/2026,,Current", "The end date is before the start date."),
        (",,,Historic", "It is historic, and no date says since when."),
        ("soon,,,Current", "The start date cannot be read."),
        ("01/01/3026,,,Current", "The start date is no date of our time."),
    ],
)
def test_current_historic_and_none_found(feeds: Feeds, row: str, expected: Any) -> None:
    feeds.people()
    feeds.workers()
    report = feeds.load("care", f"{HEAD}1,Ada,Brook,03/05/2015,,,,,,{row},\n")
    lines = involvements_of(feeds)
    if isinstance(expected, str):
        assert [reason for _, reason in feeds.reasons(report)] == [expected]
    elif expected is None:
        assert not lines
    else:
        assert (lines[0]["valid_from"], lines[0]["valid_to"]) == expected


def test_what_a_practitioner_took_back_is_not_brought_back(feeds: Feeds) -> None:
    feeds.people()
    feeds.workers()
    text = f"{HEAD}1,Ada,Brook,03/05/2015,,,W000,,,01/01/2026,,,,\n"
    feeds.load("care", text)
    ada = feeds.find("Ada") or ""
    actor = feeds.cast.actor("social_worker")
    involvements.end(actor, people.look(actor, ada).circle[0].id)
    feeds.load("care", text)
    assert not people.look(feeds.cast.actor("outsider"), ada).circle
    assert people.look(feeds.cast.actor("social_worker"), ada).sight < Sight.CIRCLE


def test_a_line_stays_confirmed_when_only_its_dates_change(feeds: Feeds) -> None:
    feeds.people()
    feeds.workers()
    text = f"{HEAD}1,Ada,Brook,03/05/2015,,,W000,,,01/01/2026,,01/02/2026,,\n"
    feeds.load("care", text)
    feeds.cast.authority.store.upkeep(
        lambda tx: tx.change(
            "UPDATE involvements SET confirmed_at = :now, confirmed_by = :by WHERE lead = 1"
            " AND source_id = (SELECT id FROM sources WHERE code = 'care')",
            now=tx.now,
            by=feeds.cast["pastoral"],
        )
    )
    report = feeds.load("care", text.replace("01/02/2026", "01/03/2026"))
    assert (report.new, report.ended) == (1, 1)
    child = people.look(feeds.cast.actor("social_worker"), feeds.find("Ada") or "")
    assert child.circle[0].confirmed_by == "Pat Osei"


def test_a_row_that_waits_tonight_leaves_what_it_said_yesterday(feeds: Feeds) -> None:
    feeds.people()
    feeds.workers()
    text = f"{HEAD}1,Ada,Brook,03/05/2015,,,W000,,,01/01/2026,,,,\n"
    feeds.load("care", text)
    before = feeds.facts()
    report = feeds.load("care", text.replace("01/01/2026", "32/13/2026"))
    assert len(report.waiting) == 1
    assert feeds.facts() == before
    report = feeds.load("care", f"{HEAD}2,Ben,Brook,04/06/2017,,,W000,,,01/01/2026,,,,\n")
    assert not [row for row in feeds.facts()["involvements"] if row[1] == feeds.find("Ada")]


def test_a_sensitive_source_says_that_it_supports_and_nothing_else(feeds: Feeds) -> None:
    feeds.people()
    feeds.add("sealed", WORKERS, "harbour")
    text = f"{HEAD}1,Ada,Brook,03/05/2015,,sealed@westhaven.example,,,CP plan,01/01/2026,,,,\n"
    feeds.load("sealed", text)
    facts = feeds.facts()
    assert {table for table in facts if any(row[0] == "sealed" for row in facts[table])} == {
        "involvements"
    }
    with pytest.raises(Invalid):
        feeds.add("made", mapping.shipped("people"), "harbour", makes_people=True)


def test_formulas_and_markup_are_text(feeds: Feeds) -> None:
    feeds.people()
    feeds.workers()
    worker = '"=HYPERLINK(""http://example.invalid"")"'
    feeds.load(
        "care",
        f"{HEAD}1,Ada,Brook,03/05/2015,{worker},<b>x</b>@y,,'; DROP TABLE people --,,,,,,\n",
    )
    (line,) = involvements_of(feeds)
    assert line["contact_name"] == '=HYPERLINK("http://example.invalid")'
    assert line["contact_email"] == "<b>x</b>@y"
    assert line["contact_phone"] == "'; DROP TABLE people --"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,Ada,Brook", "It has more or fewer fields than the headings."),
        ("1,Ada,Brook,03/05/2015,,,,,,,,,,,,,x", "It has more or fewer fields than the headings."),
        ("1,01632 960123,Brook,03/05/2015,,,,,,,,,,", "There is a number where a name should be."),
        ("1,Ada,Brook,03/05/2999,,,,,,,,,,", "The date of birth is no date of our time."),
        ("1,Ada,Brook,03/05/2035,,,,,,,,,,", "The date of birth lies in the future."),
        (f"1,Ada,{'B' * 501},03/05/2015,,,,,,,,,,", "A value is too long to be what the column says."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_waits_with_line_and_reason(
    feeds: Feeds, row: str, reason: str
) -> None:
    feeds.people()
    feeds.workers()
    report = feeds.load("care", f"{HEAD}\n{row}\n")
    assert feeds.reasons(report) == [(3, reason)]
    assert report.taken == 0
    stored = feeds.cast.authority.store.query("SELECT reason, words_id FROM waiting_rows")
    assert "Ada" not in stored[0]["reason"]
    sealed = feeds.cast.authority.store.query("SELECT sealed FROM words")
    assert not any(b"Brook" in bytes(word["sealed"]) for word in sealed)
    (waiting,) = loading.waiting(feeds.cast.system, "care")
    assert waiting.values["No"] == "1"


def test_what_waited_under_earlier_loads_is_forgotten(feeds: Feeds) -> None:
    feeds.people()
    for n in range(4):
        feeds.load("people", PEOPLE + f"cms:5,Eve,Brook,3{n}/02/2011,Female,x\n")
    rows = feeds.cast.authority.store.query("SELECT load_number FROM waiting_rows")
    assert sorted({row["load_number"] for row in rows}) == [4, 5]
    assert len(loading.waiting(feeds.cast.system, "people")) == 1


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "That file is empty."),
        (b"\xef\xbb\xbf", "That file is empty."),
        (b"\n\n", "That file is empty."),
        (b"id,firstName,lastName\n", "That file has no rows."),
        (b"PK\x03\x04xxxx", "That is a spreadsheet or a zip file. Save it as CSV first."),
        (b"\x1f\x8bxxxx", "That file is compressed. Unpack it first."),
        (b"id,firstName\x00,lastName\n", "That is not a text file."),
        (b"\x81\x8d\x8f\x90", "That is not a text file."),
        (b"a" * 200_000, "That file does not begin with a row of headings."),
        (b"id,firstName,lastName\n" + b"x" * 1_100_000, "Line 2 is too long to be a row."),
        (b'id,firstName,lastName\n"' + b"x\n" * 100_000, "Line 65538 cannot be read."),
        (b"[{", "That file is not the JSON that it seems to be."),
        (b"[" * 100_000, "That file is not the JSON that it seems to be."),
        (b"a,b,c\n1,2,3\n", "That file has no column for: key, first, last."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    feeds: Feeds, content: bytes, sentence: str
) -> None:
    feeds.people()
    before = feeds.facts()
    with pytest.raises(Invalid) as caught:
        feeds.load("people", content)
    assert str(caught.value) == sentence
    assert feeds.facts() == before
    feeds.load("people", PEOPLE)


def test_a_file_that_is_not_there(feeds: Feeds, tmp_path: Path) -> None:
    feeds.people()
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Invalid):
            loading.load(feeds.cast.system, "people", path)


@pytest.mark.parametrize(
    "dirt",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode("cp1252"),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\n\n" + text.replace("\n", "\n\n\n").encode(),
        lambda text: text.replace("\n", ",,\n").encode(),
    ],
)
def test_the_same_rows_are_read_through_any_dirt(
    feeds: Feeds, dirt: Callable[[str], bytes]
) -> None:
    text = PEOPLE.replace("Cleo", "Zoë")
    feeds.add("people", mapping.shipped("people"), makes_people=True)
    report = feeds.load("people", dirt(text))
    assert (report.taken, len(report.waiting)) == (3, 0)
    assert feeds.find("Zoë", "O'Hara-Finch")
