"""The demo authority, built once: who is in it, what they see, and that it is always the same."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from api import authority as authorities
from api import demo, moment
from api.access import Sight
from api.authority import Authority
from api.demo import building, cases, council, feeds, households, writing
from api.errors import Misconfigured, NotFound
from api.facts import loading, search, sources
from api.facts.search import Query
from api.record import notes, people
from api.staff import sessions
from api.trust.actor import Actor
from api.trust.keys import MasterKey
from tests import cast

DAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key and the demo's database, made once, by the first worker that asks."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo-made"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "inkling.db").exists():
            MasterKey.make(folder / "master.key")
            assert demo.make(f"sqlite:///{folder / 'inkling.db'}", folder / "master.key")
    return folder


@pytest.fixture
def town(made: Path, tmp_path: Path) -> Iterator[Authority]:
    """A copy of the demo authority, opened."""
    shutil.copy(made / "inkling.db", tmp_path / "inkling.db")
    authority = authorities.open(f"sqlite:///{tmp_path / 'inkling.db'}", made / "master.key")
    yield authority
    authority.close()


def be(town: Authority, key: str) -> Actor:
    signed_in = sessions.start_demo(town, demo.actors(town)[key], None)
    actor = sessions.resume(town, signed_in.session_token, touch=True)
    assert actor
    return actor


def count(town: Authority, table: str) -> int:
    return int(town.store.query(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"])


# --- Who is there ---------------------------------------------------------------------------------


def test_it_is_as_large_as_a_small_town(town: Authority) -> None:
    assert 1_100 <= count(town, "people") <= 1_300
    assert 140 <= count(town, "practitioners") <= 160
    assert count(town, "agencies") == 12
    assert 700 <= count(town, "notes") <= 1_600
    sensitive = town.store.query("SELECT name FROM agencies WHERE sensitive = 1")
    assert len(sensitive) == 2


def test_one_can_be_everybody_whom_it_promises(town: Authority) -> None:
    assert list(demo.actors(town)) == [
        *("social-worker", "school-pastoral", "health-visitor", "supervisor", "substance-misuse"),
        *("duty", "governance", "administrator", "data-steward", "reporter", "outsider"),
    ]
    for one in demo.characters(town):
        assert be(town, one.key).id == one.practitioner_id
        assert one.name
        assert one.job
        assert one.agency


def test_the_first_child_has_the_circle_that_is_promised(town: Authority) -> None:
    mine = people.mine(be(town, "social-worker"))
    assert 10 <= len(mine) <= 16
    first = mine[0].brief
    assert first.name == "Amara Okafor"
    for key in ("social-worker", "school-pastoral", "health-visitor", "substance-misuse"):
        look = people.look(be(town, key), first.id)
        assert (look.sight, look.reason) == (Sight.CIRCLE, "in the circle"), key
    assert people.look(be(town, "supervisor"), first.id).sight is Sight.CIRCLE
    outside = people.look(be(town, "outsider"), first.id)
    assert (outside.sight, outside.notes) == (Sight.OUTSIDE, None)
    for key in ("governance", "administrator", "data-steward"):
        with pytest.raises(NotFound):
            people.look(be(town, key), first.id)


def test_the_sealed_service_is_seen_by_itself_only(town: Authority) -> None:
    first = people.mine(be(town, "social-worker"))[0].brief.id
    theirs = {line.name for line in people.look(be(town, "substance-misuse"), first).circle}
    for key in ("social-worker", "school-pastoral", "supervisor"):
        seen = {line.name for line in people.look(be(town, key), first).circle}
        assert theirs - seen == {"Sil Brook"}


def test_the_lead_stands_first_with_a_number_to_ring(town: Authority) -> None:
    look = people.look(be(town, "outsider"), people.mine(be(town, "social-worker"))[0].brief.id)
    assert not look.circle
    look = people.look(
        be(town, "social-worker"), people.mine(be(town, "social-worker"))[0].brief.id
    )
    assert (look.circle[0].name, look.circle[0].lead) == ("Jo Marsh", True)
    assert all(line.phone for line in look.circle)
    assert len(look.family) >= 4
    assert [plan.kind for plan in look.plans] == ["child-in-need"]


def test_the_school_has_its_pupils_and_the_pastoral_lead_her_own(town: Authority) -> None:
    pastoral = be(town, "school-pastoral")
    assert 390 <= people.universal(pastoral).total <= 400
    assert 7 <= len(people.mine(pastoral)) <= 10


def test_everybody_has_something_to_do(town: Authority) -> None:
    assert len(people.mine(be(town, "health-visitor"))) >= 5
    assert [child.why for child in people.mine(be(town, "duty"))] == ["taken on"]
    assert notes.written(be(town, "reporter")).notes
    assert "covering" in {child.why for child in people.mine(be(town, "social-worker"))}
    assert sources.every(be(town, "governance"))
    assert loading.waiting(be(town, "data-steward"), "gp")


def test_the_edges_of_life_are_there(town: Authority) -> None:
    mine = {child.brief.name: child.brief for child in people.mine(be(town, "social-worker"))}
    assert mine["Unborn Baptiste"].expected_on
    assert mine["Isla Thornlow"].born_on == mine["Ivy Thornlow"].born_on
    assert "Baby Wieczorek" in {c.brief.name for c in people.mine(be(town, "health-visitor"))}
    theo = town.store.query("SELECT identity_id FROM live_names WHERE first = 'Theo'")[0]
    died = town.store.query(
        "SELECT died_on FROM live_particulars WHERE identity_id = :id AND died_on IS NOT NULL",
        id=theo["identity_id"],
    )
    assert died
    noor = mine["Noor Rahman"].id
    assert people.look(be(town, "school-pastoral"), noor).location_hidden
    assert not people.look(be(town, "social-worker"), noor).location_hidden
    tyler = town.store.query(
        "SELECT identity_id FROM live_names WHERE first = 'Tyler' AND last = 'Bromfield'"
    )[0]["identity_id"]
    plans = town.store.query("SELECT kind FROM live_plans WHERE identity_id = :id", id=tyler)
    assert {"looked-after", "care-order"} <= {plan["kind"] for plan in plans}


def test_the_restricted_child_is_nowhere(town: Authority) -> None:
    rosa = town.store.query(
        "SELECT * FROM live_names WHERE first = 'Rosa' AND last_key LIKE '%hale'"
    )
    born = town.store.query(
        "SELECT born_on FROM live_particulars WHERE identity_id = :id", id=rosa[0]["identity_id"]
    )[0]["born_on"]
    asked = Query("Rosa", "Lindqvist-Hale", born_on=born)
    for key in ("social-worker", "school-pastoral", "supervisor", "duty", "outsider"):
        assert not search.find(be(town, key), asked).results
        with pytest.raises(NotFound):
            people.look(be(town, key), rosa[0]["identity_id"])


# --- What was written, and loaded -----------------------------------------------------------------


def test_notes_run_through_six_months_and_nobody_is_told_of_old_ones(town: Authority) -> None:
    rows = town.store.query("SELECT made_at FROM notes ORDER BY made_at")
    months = Counter(row["made_at"][:7] for row in rows)
    assert len(months) >= 6
    assert min(months.values()) >= 1
    now = town.store.now()
    assert rows[-1]["made_at"] <= now
    deliveries = town.store.query(
        "SELECT MIN(made_at) AS first, MAX(made_at) AS last FROM deliveries"
    )
    assert deliveries[0]["first"] > rows[len(rows) // 2]["made_at"]
    assert town.store.query("SELECT id FROM deliveries WHERE state <> 'delivered'") == []


def test_hostile_and_overlong_text_is_among_the_notes(town: Authority) -> None:
    child = next(
        child.brief.id
        for child in people.mine(be(town, "social-worker"))
        if child.brief.name.startswith("Maximiliana")
    )
    said = []
    page = notes.about(be(town, "social-worker"), child)
    said += page.notes
    while page.more:
        page = notes.about(be(town, "social-worker"), child, page.more)
        said += page.notes
    texts = [note.now.saw + note.now.thinks for note in said]
    for part in ("<script>", "=HYPERLINK", "DROP TABLE", "\u202e", "🏳", "{{ 7 * 7 }}", "A" * 300):
        assert any(part in text for text in texts), part
    assert max(len(note.now.saw) for note in said) > 4_900


def test_nobody_real_can_be_rung_or_written_to(town: Authority) -> None:
    phone = re.compile(r"01632 960\d{3}|07700 900\d{3}")
    mail = re.compile(r"\S+@\S+\.(example|example\.(org|net|com))")
    for table in ("agencies", "practitioners"):
        for row in town.store.query(f"SELECT phone, email FROM {table}"):
            assert phone.fullmatch(row["phone"])
            assert mail.fullmatch(row["email"])
    for row in town.store.query("SELECT DISTINCT postcode FROM addresses WHERE postcode <> ''"):
        assert row["postcode"].startswith("ZZ")
    for row in town.store.query("SELECT DISTINCT value FROM identifiers WHERE scheme = 'nhs'"):
        assert row["value"].startswith("999")


def test_its_feeds_are_files_with_ordinary_dirt(made: Path, town: Authority) -> None:
    files = sorted(path.name for path in (made / "demo-feeds").rglob("*") if path.is_file())
    assert {"people.csv", "Housing.csv", "Primary Care.csv", "School.json", "School.tsv"} <= set(
        files
    )
    reasons = Counter(row["reason"] for row in town.store.query("SELECT reason FROM waiting_rows"))
    assert len(reasons) >= 4
    assert sum(reasons.values()) < 0.1 * count(town, "people")


def test_last_nights_file_again_changes_nothing(made: Path, town: Authority) -> None:
    system = Actor.system(town, "command line")
    night = max(path for path in (made / "demo-feeds").iterdir())
    for code, name in (
        ("people", "people.csv"),
        ("childrens-social-care", "Childrens Social Care.csv"),
    ):
        report = loading.load(system, code, night / name)
        assert (report.people, report.new, report.ended) == (0, 0, 0), code


def test_the_clock_is_set_right_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MasterKey.make(tmp_path / "master.key")
    url = f"sqlite:///{tmp_path / 'inkling.db'}"
    authority = authorities.found_at(url, tmp_path / "master.key", council.SETTINGS, council.LISTS)
    monkeypatch.setattr(building.Builder, "_plan", lambda _: None)
    demo.load(authority, tmp_path)
    assert moment.system_clock() - moment.parse(authority.store.now()) < timedelta(minutes=1)
    with pytest.raises(Misconfigured):
        demo.load(authority, tmp_path)  # it is not empty any more
    authority.close()


# --- Making it --------------------------------------------------------------------------------------


def test_it_is_made_once(made: Path) -> None:
    url = f"sqlite:///{made / 'inkling.db'}"
    before = (made / "inkling.db").stat().st_size
    assert not demo.make(url, made / "master.key")
    assert (made / "inkling.db").stat().st_size == before
    assert not list(made.glob("*.making*"))


def test_it_refuses_a_database_of_anybody_else(tmp_path: Path) -> None:
    MasterKey.make(tmp_path / "master.key")
    url = f"sqlite:///{tmp_path / 'real.db'}"
    settings = replace(cast.SETTINGS, demo=False)
    authority = authorities.found_at(url, tmp_path / "master.key", settings, cast.LISTS)
    for attempt in (
        lambda: demo.make(url, tmp_path / "master.key"),
        lambda: demo.load(authority, tmp_path),
        lambda: demo.characters(authority),
    ):
        with pytest.raises(Misconfigured):
            attempt()
    assert count(authority, "agencies") == 0
    authority.close()


def test_breaking_off_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    MasterKey.make(tmp_path / "master.key")
    url = f"sqlite:///{tmp_path / 'inkling.db'}"

    def break_off(_self: building.Builder) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(building.Builder, "_plan", break_off)
        with pytest.raises(KeyboardInterrupt):
            demo.make(url, tmp_path / "master.key")
    assert not list(tmp_path.glob("*.making*"))
    with pytest.raises(Misconfigured):
        authorities.open(url, tmp_path / "master.key")  # nothing was founded


def test_a_demo_that_was_broken_off_says_so(tmp_path: Path) -> None:
    MasterKey.make(tmp_path / "master.key")
    url = f"sqlite:///{tmp_path / 'inkling.db'}"
    authority = authorities.found_at(url, tmp_path / "master.key", council.SETTINGS, council.LISTS)
    authority.close()
    with pytest.raises(Misconfigured, match="broken off"):
        demo.make(url, tmp_path / "master.key")


def world(seed: int) -> tuple[households.World, list[council.Worker], cases.Cases, Random]:
    random = Random(seed)
    town = households.make(random, DAY)
    staff = council.staff(random)
    return town, staff, cases.make(random, town, staff), random


def test_the_same_seed_gives_the_same_council(tmp_path: Path) -> None:
    said = []
    for n in range(2):
        town, staff, held, random = world(building.SEED)
        notes_written = [repr(one) for one in writing.written(random, town, held)]
        files = {}
        for feed in feeds.all_feeds():
            night = feeds.Snapshot(town, held, DAY, Random(feed.code))
            files[feed.code] = feeds.write_night(tmp_path / str(n), feed, night).read_bytes()
        said.append((repr(town.people), repr(staff), notes_written, files))
    assert said[0] == said[1]
    assert repr(world(1)[0].people) != said[0][0]


def test_a_text_holds_no_mark_that_was_not_filled() -> None:
    town, _, held, random = world(building.SEED)
    for one in writing.written(random, town, held):
        if one.people[0].key != "maximiliana":
            assert "{" not in one.step.saw + one.step.thinks + one.step.whose
            assert all("{" not in what for _, what in one.then)
