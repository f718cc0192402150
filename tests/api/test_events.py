"""What another system hears: its own rows, in order, nothing twice, nothing missed, no more."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.errors import Invalid, NotAllowed
from api.moment import new_id
from api.record import identities, involvements, people, protections, systems
from api.record.people import NewPerson
from api.record.systems import Involvement
from api.staff import tokens
from api.store import happenings
from api.telling import events
from api.trust.actor import Actor
from tests.api import systems as made
from tests.cast import Cast
from tests.trail import last_event


def line(cast: Cast, person: str = "amara", role: str = "Tutor") -> Involvement:
    return Involvement(cast[person], "active", role, contact_name="Tam Reid")


def heard(actor: Actor, cursor: str = "", limit: int = events.PAGE) -> list[tuple[str, str | None]]:
    return [(one.kind, one.source_key) for one in events.after(actor, cursor, limit).events]


def test_a_system_hears_what_became_of_its_rows_whoever_did_it(cast: Cast) -> None:
    actor = made.actor(cast)
    taken = systems.say(actor, "S1", line(cast))
    systems.say(actor, "S1", line(cast))
    first = events.after(actor)
    (event,) = first.events
    assert (event.kind, event.person_id, event.involvement_id, event.source_key) == (
        "involvement changed",
        cast["amara"],
        taken.id,
        "S1",
    )
    audited = last_event(cast, "events:looked")
    assert (audited["actor"], audited["subjects"]) == (actor.id, [cast["amara"]])
    involvements.confirm(cast.actor("social_worker"), taken.id)
    pastoral = cast.authority.store.one(
        "SELECT id FROM involvements WHERE practitioner_id = :id", id=cast["pastoral"]
    )
    assert pastoral
    involvements.end(cast.actor("pastoral"), pastoral["id"])
    assert heard(actor, first.cursor) == [
        ("involvement changed", "S1"),
        ("involvement changed", None),
    ]


def test_it_hears_of_nobody_else_s_rows(cast: Cast) -> None:
    school, force = made.actor(cast), made.actor(cast, "force")
    systems.say(school, "S1", line(cast))
    sealed = cast.authority.store.one(
        "SELECT id FROM involvements WHERE practitioner_id = :id", id=cast["sealed"]
    )
    assert sealed
    involvements.end(cast.actor("sealed"), sealed["id"])
    assert heard(force) == []
    assert heard(school) == [("involvement changed", "S1")]
    rows = cast.authority.store.query("SELECT agency_id FROM happenings")
    assert {row["agency_id"] for row in rows} == {cast["school"]}


def test_it_hears_that_records_are_one_and_that_they_are_not(cast: Cast) -> None:
    school, force = made.actor(cast), made.actor(cast, "force")
    twin = people.add(cast.system, NewPerson("Lilly", "Hart", "2015-09-09"))
    link = identities.link(cast.system, cast["lily"], twin, "Spelt otherwise.")
    identities.unlink(cast.system, link)
    found = events.after(school).events
    assert [(one.kind, one.person_id) for one in found] == [
        ("records linked", twin),
        ("records unlinked", twin),
    ]
    assert heard(force) == []


def test_nothing_is_heard_of_a_restricted_person_not_even_that(cast: Cast) -> None:
    actor = made.actor(cast)
    systems.say(actor, "S1", line(cast))
    systems.say(actor, "S2", line(cast, "lily"))
    before = events.after(actor)
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "A witness.",
        [cast["social_worker"]],
    )
    assert events.after(actor, before.cursor) == events.Page([], before.cursor, more=False)
    assert heard(actor) == [("involvement changed", "S2")]
    assert last_event(cast, "events:looked")["subjects"] == [cast["lily"]]


def test_a_token_that_is_not_for_it_hears_nothing(cast: Cast) -> None:
    systems.say(made.actor(cast), "S1", line(cast))
    with pytest.raises(NotAllowed):
        events.after(made.actor(cast, scopes=["people:read"]))
    with pytest.raises(NotAllowed):
        events.after(cast.actor("pastoral"))


def test_pages_join_without_a_gap(cast: Cast) -> None:
    actor = made.actor(cast)
    for n in range(5):
        systems.say(actor, f"S{n}", line(cast))
    cursor, pages = "", []
    while True:
        page = events.after(actor, cursor, 2)
        pages.append([one.source_key for one in page.events])
        cursor = page.cursor
        if not page.more:
            break
    assert pages == [["S0", "S1"], ["S2", "S3"], ["S4"]]
    assert events.after(actor, cursor) == events.Page([], cursor, more=False)
    systems.say(actor, "S5", line(cast))
    assert heard(actor, cursor) == [("involvement changed", "S5")]


def test_however_much_waits_for_its_number_all_of_it_is_heard(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(happenings, "AT_ONCE", 2)
    actor = made.actor(cast)
    for n in range(5):
        systems.say(actor, f"S{n}", line(cast))
    assert [key for _, key in heard(actor)] == ["S0", "S1", "S2", "S3", "S4"]


def test_a_cursor_is_good_for_one_system_and_says_nothing(cast: Cast) -> None:
    school, force = made.actor(cast), made.actor(cast, "force")
    systems.say(school, "S1", line(cast))
    cursor = events.after(school).cursor
    assert heard(made.actor(cast), cursor) == []  # the next token of the same system goes on
    other = tokens.resume(cast.authority, made.make(cast, name="Another system").secret)
    assert other
    raw = base64.urlsafe_b64decode(cursor)
    flipped = [
        base64.urlsafe_b64encode(bytes([*raw[:n], raw[n] ^ 1, *raw[n + 1 :]])).decode()
        for n in range(len(raw))
    ]
    for actor, wrong in (
        (force, cursor),
        (other, cursor),
        *((school, one) for one in flipped),
        *((school, one) for one in ("x", cursor[:-4], cursor + "AAAA", "\xe9" * 48, "=" * 48)),
    ):
        with pytest.raises(Invalid) as error:
            events.after(actor, wrong)
        assert error.value.field == "cursor"
    assert (0).to_bytes(7) + b"\1" not in raw


def test_whoever_writes_at_once_nothing_is_missed_and_nothing_repeated(cast: Cast) -> None:
    actor = made.actor(cast)
    start, done = threading.Barrier(4), threading.Event()
    writers, each = 3, 8

    def write(writer: int) -> None:
        start.wait()
        for n in range(each):
            systems.say(actor, f"S{writer}-{n}", line(cast, ("amara", "lily", "noor")[writer]))

    def read() -> list[str]:
        found: list[str] = []
        cursor = ""
        start.wait()
        while True:
            last = done.is_set()
            page = events.after(actor, cursor, 5)
            found += [one.source_key or "" for one in page.events]
            cursor = page.cursor
            if last and not page.more:
                return found

    with ThreadPoolExecutor(4) as pool:
        reading = pool.submit(read)
        try:
            list(pool.map(write, range(writers)))
        finally:
            done.set()
        found = reading.result()
    assert sorted(found) == sorted(f"S{w}-{n}" for w in range(writers) for n in range(each))


def test_what_is_committed_late_comes_later_and_is_not_missed(cast: Cast) -> None:
    """Ids are made before the commit; numbers are given after it."""
    actor = made.actor(cast)
    early = new_id()
    systems.say(actor, "S1", line(cast))
    first = events.after(actor)
    cast.authority.store.upkeep(
        lambda tx: tx.insert(
            "happenings",
            id=early,
            agency_id=cast["school"],
            kind="records linked",
            person_id=cast["lily"],
            made_at=tx.now,
        )
    )
    assert [one.id for one in events.after(actor, first.cursor).events] == [early]


def test_nothing_is_kept_for_whom_nobody_hears(cast: Cast) -> None:
    with cast.authority.store._reading() as tx:
        assert cast["harbour"] in happenings.supporting(tx, cast["amara"])
    row = cast.authority.store.one(
        "SELECT id FROM involvements WHERE practitioner_id = :id", id=cast["pastoral"]
    )
    assert row
    involvements.confirm(cast.actor("social_worker"), row["id"])
    assert not cast.authority.store.query("SELECT id FROM happenings")
