"""Filing a note into one's own agency's system: who may, once, with a receipt, and as nobody else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from api import moment
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.moment import new_id
from api.record import filings, notes, protections, receipts, systems
from api.record.notes import NewNote
from api.record.reading import InSystem
from api.record.receipts import Receipt
from api.record.systems import Involvement
from api.staff import connected, practitioners, tokens
from api.telling import events, inbox, outbox
from api.trust.actor import Actor
from tests.api import systems as other
from tests.cast import Cast
from tests.trail import last_event


@pytest.fixture
def system(cast: Cast) -> Actor:
    """The school's case system."""
    return other.actor(cast)


def later(cast: Cast, **span: float) -> None:
    at = moment.parse(cast.authority.store.now()) + timedelta(**span)
    cast.authority.store.clock = lambda: at


def log(cast: Cast, author: str = "social_worker", *about: str, **said: object) -> str:
    note = cast.worry(author, *(about or ("amara",)), **said).note_ids[0]
    later(cast, seconds=11)
    return note


def where(cast: Cast, note: str, who: str = "pastoral") -> InSystem:
    (one,) = notes.read(cast.actor(who), note).systems
    return one


def file(cast: Cast, note: str, who: str = "pastoral") -> None:
    seen = notes.read(cast.actor(who), note)
    filings.file(cast.actor(who), note, seen.systems[0].id, seen.now.number)


def waiting(system: Actor) -> list[str]:
    return [one.note_id for one in receipts.fetch(system).filings]


def rows(cast: Cast, sql: str) -> list[dict[str, Any]]:
    return cast.authority.store.query(sql)


# --- In one tap, with a receipt --------------------------------------------------------------------


def test_a_note_is_filed_in_one_tap_and_its_receipt_is_read(cast: Cast, system: Actor) -> None:
    note = log(cast, thinks="He looked cold.", categories=["neglect"])
    assert where(cast, note) == InSystem(where(cast, note).id, "Case system", may=True)
    file(cast, note)
    event = last_event(cast, "note:filed")
    assert (event["actor"], event["reason"], event["subjects"]) == (
        cast["pastoral"],
        "export",
        [cast["amara"]],
    )
    one = where(cast, note)
    assert (one.state, one.may, one.by, one.current) == ("waiting", False, "Pat Osei", True)

    (filing,) = receipts.fetch(system).filings
    assert (filing.note_id, filing.revision, filing.saw, filing.thinks) == (
        note,
        1,
        "No coat again today, and it was raining.",
        "He looked cold.",
    )
    assert filing.author == {
        "name": "Jo Marsh",
        "job": "Social worker",
        "agency": "Westhaven Children's Social Care",
        "staff_number": None,
    }
    assert filing.filed_by == {"name": "Pat Osei", "staff_number": "W005"}
    (child,) = filing.people
    assert (child["name"], child["born_on"]) == ("Amara Okafor", "2019-05-03")
    event = last_event(cast, "filing:fetched")
    assert (event["actor"], event["reason"], event["object"], event["subjects"]) == (
        system.id,
        "export",
        filing.id,
        [cast["amara"]],
    )

    receipts.receive(system, filing.id, Receipt("filed", "CASE/12345"))
    one = where(cast, note)
    assert (one.state, one.may, one.reference) == ("filed", False, "CASE/12345")
    assert waiting(system) == []
    assert last_event(cast, "filing:settled")["subjects"] == [cast["amara"]]
    (kept,) = rows(cast, "SELECT digest, reference FROM filings")
    assert len(kept["digest"]) == 64
    assert rows(cast, "SELECT person_id FROM filing_subjects") == [{"person_id": cast["amara"]}]


def test_a_second_tap_files_nothing_again(cast: Cast, system: Actor) -> None:
    note = log(cast)
    for who in ("pastoral", "pastoral", "safeguarding"):
        file(cast, note, who)
    assert waiting(system) == [note]
    (filing,) = receipts.fetch(system).filings
    receipts.receive(system, filing.id, Receipt("filed", "12345"))
    file(cast, note)
    assert waiting(system) == []
    assert len(rows(cast, "SELECT id FROM filings")) == 1


def test_what_waits_comes_again_until_it_is_answered_and_in_order(
    cast: Cast, system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [log(cast) for _ in range(3)]
    for note in made:
        file(cast, note)
    first = receipts.fetch(system, limit=2)
    assert ([one.note_id for one in first.filings], first.more) == (made[:2], True)
    rest = receipts.fetch(system, first.cursor, limit=2)
    assert ([one.note_id for one in rest.filings], rest.more) == (made[2:], False)
    assert receipts.fetch(system, rest.cursor).filings == []
    receipts.receive(system, first.filings[1].id, Receipt("filed", "2"))
    assert waiting(system) == [made[0], made[2]]
    with pytest.raises(Invalid):
        receipts.fetch(other.actor(cast, "health"), first.cursor)


def test_whoever_files_at_once_nothing_is_missed_and_nothing_repeated(
    cast: Cast, system: Actor
) -> None:
    made = [cast.worry("social_worker", "amara").note_ids[0] for _ in range(16)]
    later(cast, seconds=11)
    place, who = where(cast, made[0]).id, ("pastoral", "safeguarding")
    actors = [cast.actor(name) for name in who]
    start, done = threading.Barrier(3), threading.Event()

    def write(n: int) -> None:
        start.wait()
        for note in made[n::2] + made[n::2]:  # each tap twice
            filings.file(actors[n], note, place, 1)

    def read() -> list[str]:
        found: list[str] = []
        cursor = ""
        start.wait()
        while True:
            last = done.is_set()
            page = receipts.fetch(system, cursor, 3)
            found += [one.note_id for one in page.filings]
            cursor = page.cursor
            if last and not page.more:
                return found

    with ThreadPoolExecutor(3) as pool:
        reading = pool.submit(read)
        try:
            list(pool.map(write, range(2)))
        finally:
            done.set()
        found = reading.result()
    assert sorted(found) == sorted(made)


def test_a_correction_is_filed_as_a_new_revision_that_says_what_it_replaces(
    cast: Cast, system: Actor
) -> None:
    note = log(cast)
    file(cast, note)
    (first,) = receipts.fetch(system).filings
    receipts.receive(system, first.id, Receipt("filed", "12345"))
    correct(cast, note, "It was not raining.")
    one = where(cast, note)
    assert (one.state, one.current, one.may, one.reference) == ("filed", False, True, "12345")
    with pytest.raises(Conflict):
        filings.file(cast.actor("pastoral"), note, one.id, 1)
    file(cast, note)
    (second,) = receipts.fetch(system).filings
    assert (second.revision, second.saw, second.replaces) == (2, "It was not raining.", "12345")
    assert second.id != first.id


def correct(cast: Cast, note: str, saw: str) -> None:
    notes.revise(
        cast.actor("social_worker"),
        note,
        NewNote(id=note, kind="worry", people=[cast["amara"]], saw=saw),
    )


def test_a_refusal_says_why_and_can_be_tried_again(cast: Cast, system: Actor) -> None:
    note = log(cast)
    file(cast, note)
    page = receipts.fetch(system)
    receipts.receive(
        system, page.filings[0].id, Receipt("refused", why="Nobody of this name here.")
    )
    one = where(cast, note)
    assert (one.state, one.may, one.why) == ("refused", True, "Nobody of this name here.")
    assert "Nobody" not in str(rows(cast, "SELECT * FROM filings"))
    file(cast, note)
    again = receipts.fetch(system, page.cursor)
    assert [one.id for one in again.filings] == [page.filings[0].id]
    assert where(cast, note).state == "waiting"


@pytest.mark.parametrize("who", ["pastoral", "social_worker"])
def test_who_filed_it_hears_of_a_refusal(cast: Cast, who: str) -> None:
    system = other.actor(cast, "school" if who == "pastoral" else "care")
    note = log(cast, "social_worker", "amara", "lily")  # the pastoral lead is in one circle of two
    file(cast, note, who)
    (filing,) = receipts.fetch(system).filings
    receipts.receive(system, filing.id, Receipt("refused", why="This case is closed."))
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    heard = {name: refusals(cast, name) for name in ("pastoral", "social_worker", "safeguarding")}
    assert heard.pop(who) == [
        "Case system refused the note about Amara Okafor and Lily Hart that you filed there"
    ]
    assert not any(heard.values())
    (item,) = [i for i in inbox.list_items(cast.actor(who)).items if i.kind == "filing refused"]
    assert inbox.open_item(cast.actor(who), item.id).note_id == note


def refusals(cast: Cast, who: str) -> list[str]:
    items = inbox.list_items(cast.actor(who)).items
    return [item.text for item in items if item.kind == "filing refused"]


def test_a_receipt_is_taken_once(cast: Cast, system: Actor) -> None:
    note = log(cast)
    file(cast, note)
    (filing_id,) = [row["id"] for row in rows(cast, "SELECT id FROM filings")]
    with pytest.raises(Conflict):
        receipts.receive(system, filing_id, Receipt("filed", "12345"))  # never fetched
    receipts.fetch(system)
    with pytest.raises(NotFound):
        receipts.receive(other.actor(cast, "health"), filing_id, Receipt("filed", "1"))
    for wrong, field in (
        (Receipt("lost"), "outcome"),
        (Receipt("filed", " "), "reference"),
        (Receipt("refused"), "why"),
        (Receipt("filed", "x" * 101), "reference"),
        (Receipt("refused", why="x" * 501), "why"),
    ):
        with pytest.raises(Invalid) as error:
            receipts.receive(system, filing_id, wrong)
        assert error.value.field == field
    for _ in range(2):
        receipts.receive(system, filing_id, Receipt("filed", "12345"))
    for wrong in (Receipt("filed", "54321"), Receipt("refused", why="No.")):
        with pytest.raises(Conflict):
            receipts.receive(system, filing_id, wrong)
    assert where(cast, note).reference == "12345"


# --- Who may -------------------------------------------------------------------------------------


def test_only_into_one_s_own_agency_s_system_and_only_by_who_may_read_it(
    cast: Cast, system: Actor
) -> None:
    note = log(cast)
    school = where(cast, note).id
    assert notes.read(cast.actor("health_visitor"), note).systems == ()
    with pytest.raises(NotAllowed):
        filings.file(cast.actor("health_visitor"), note, school, 1)
    with pytest.raises(NotFound):
        filings.file(cast.actor("police"), note, school, 1)
    assert last_event(cast, "note:filed")["verdict"] == "refused"
    with pytest.raises(NotFound):
        filings.file(cast.actor("pastoral"), new_id(), school, 1)
    with pytest.raises(NotAllowed):
        filings.file(cast.actor("pastoral"), note, new_id(), 1)
    assert waiting(system) == []


def test_how_a_note_stands_is_told_within_the_agency_only(cast: Cast, system: Actor) -> None:
    other.make(cast, "health", name="Health record")
    note = log(cast)
    file(cast, note)
    assert where(cast, note, "health_visitor").name == "Health record"
    assert where(cast, note, "health_visitor").state == ""
    assert waiting(other.actor(cast, "health")) == []


def test_without_a_token_that_takes_notes_nothing_is_offered(cast: Cast) -> None:
    made = other.make(cast)
    note = log(cast)
    assert where(cast, note).may
    tokens.revoke(cast.system, made.id)
    assert notes.read(cast.actor("pastoral"), note).systems == ()
    other.make(cast, scopes=["people:read", "events:read"])
    assert notes.read(cast.actor("pastoral"), note).systems == ()


def test_a_token_that_is_not_for_it_takes_nothing(cast: Cast, system: Actor) -> None:
    note = log(cast)
    file(cast, note)
    reader = other.actor(cast, scopes=["events:read"])
    with pytest.raises(NotAllowed):
        receipts.fetch(reader)
    (filing,) = receipts.fetch(system).filings
    with pytest.raises(NotAllowed):
        receipts.receive(reader, filing.id, Receipt("filed", "1"))


def test_within_the_ten_seconds_of_undo_nothing_leaves(cast: Cast, system: Actor) -> None:
    note = cast.worry("pastoral", "amara").note_ids[0]
    with pytest.raises(Conflict):
        file(cast, note)
    assert waiting(system) == []


@pytest.mark.parametrize("close", ["restrict", "protect"])
def test_who_is_closed_off_goes_into_no_other_system(cast: Cast, system: Actor, close: str) -> None:
    filed, not_filed = log(cast), log(cast)
    file(cast, filed)
    shut = protections.restrict if close == "restrict" else protections.protect
    named = [cast["social_worker"], cast["pastoral"]]
    shut(cast.actor("social_worker", confirmed=True), cast["amara"], "Her father.", named)
    assert waiting(system) == []
    assert not where(cast, not_filed).may
    with pytest.raises(NotAllowed):
        file(cast, not_filed)
    assert len(events.after(system).events) == (0 if close == "restrict" else 1)


def test_what_will_not_be_given_is_not_counted_as_waiting(cast: Cast, system: Actor) -> None:
    def counted() -> int:
        (one,) = connected.every(cast.actor("administrator"))
        return one.waiting

    first, second = log(cast), log(cast)
    for note in (first, second):
        file(cast, note)
    assert counted() == 2
    notes.withdraw(cast.actor("social_worker"), first, "Not so.")
    assert counted() == 1
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "A witness.",
        [cast["social_worker"]],
    )
    assert counted() == 0


def test_a_note_of_a_sensitive_service_goes_into_no_other_system(cast: Cast, system: Actor) -> None:
    own = log(cast, "sealed")
    with pytest.raises(NotFound):
        filings.file(cast.actor("pastoral"), own, new_id(), 1)
    named = log(cast, "sealed", "amara", voice="named")
    assert not where(cast, named).may
    with pytest.raises(NotAllowed):
        file(cast, named)


def test_a_narrowed_note_is_filed_by_whom_it_is_for(cast: Cast, system: Actor) -> None:
    made = other.make(cast, "health", name="Health record")
    health = tokens.resume(cast.authority, made.secret)
    assert health
    note = log(cast, audience=["health", "social care"])
    with pytest.raises(NotFound):
        filings.file(cast.actor("pastoral"), note, new_id(), 1)
    file(cast, note, "health_visitor")
    (filing,) = receipts.fetch(health).filings
    assert list(filing.only_for) == ["Children's social care", "Health"]
    assert waiting(system) == []


def test_access_is_asked_again_when_the_system_fetches(cast: Cast, system: Actor) -> None:
    note = log(cast, "health_visitor", "amara")
    file(cast, note)
    assert waiting(system) == [note]
    practitioners.leave(cast.system, cast["pastoral"])
    assert waiting(system) == []
    # A colleague who may read it files it in their own name.
    one = where(cast, note, "safeguarding")
    assert (one.state, one.may) == ("waiting", True)
    file(cast, note, "safeguarding")
    (filing,) = receipts.fetch(system).filings
    assert filing.filed_by["name"] == "Ros Imrie"


def test_a_note_that_was_taken_back_is_not_given_and_the_system_hears_of_one_it_had(
    cast: Cast, system: Actor
) -> None:
    before, after, wrong = (log(cast) for _ in range(3))
    for note in (before, after, wrong):
        file(cast, note)
    notes.withdraw(cast.actor("social_worker"), before, "Not so.")
    given = {one.note_id: one.id for one in receipts.fetch(system).filings}
    assert set(given) == {after, wrong}
    cursor = events.after(system).cursor
    notes.withdraw(cast.actor("social_worker"), after, "Not so.")
    notes.wrong_person(cast.actor("social_worker"), wrong, "Another Amara.")
    heard = events.after(system, cursor).events
    assert [(one.kind, one.filing_id) for one in heard] == [
        ("filed note taken back", given[after]),
        ("filed note taken back", given[wrong]),
    ]
    assert waiting(system) == []
    assert not where(cast, before).may


def test_another_system_of_the_agency_hears_nothing_of_a_filing(cast: Cast, system: Actor) -> None:
    made = other.make(cast, name="Registers")
    registers = tokens.resume(cast.authority, made.secret)
    assert registers
    note = log(cast)
    seen = notes.read(cast.actor("pastoral"), note)
    assert [one.name for one in seen.systems] == ["Case system", "Registers"]
    file(cast, note)
    assert [one.kind for one in events.after(system).events] == ["note to be filed"]
    assert events.after(registers).events == []
    assert receipts.fetch(registers).filings == []


def test_a_person_of_the_system_s_own_is_named_by_its_own_ids(cast: Cast, system: Actor) -> None:
    systems.say(
        system, "S1", Involvement(cast["amara"], "active", "Tutor", contact_name="Tam Reid")
    )
    note = log(cast)
    file(cast, note)
    (filing,) = receipts.fetch(system).filings
    assert list(filing.people[0]["source_ids"]) == ["S1"]
