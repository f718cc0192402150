"""Telling through the core: who hears of what, when, and what an inbox still shows."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from api.errors import Conflict, NotAllowed, NotFound
from api.moment import new_id
from api.record import conflicts, identities, involvements, notes, people, protections
from api.record.notes import Logged, NewNote
from api.record.people import NewPerson
from api.staff import covers, practitioners
from api.telling import inbox, outbox
from tests.cast import STAFF, Cast


def _after(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def tell(cast: Cast) -> int:
    """Let the ten seconds pass, and the worker do its round."""
    _after(cast, seconds=11)
    return outbox.fan_out(cast.authority)


def told(cast: Cast, name: str) -> list[str]:
    return [item.text for item in inbox.list_items(cast.actor(name)).items]


def who_was_told(cast: Cast) -> set[str]:
    """Everyone with anything in their inbox, whoever they are."""
    rows = cast.authority.store.query(
        "SELECT DISTINCT practitioner_id AS id FROM deliveries WHERE channel = 'inbox'"
    )
    names = {id: name for name, id in cast.ids.items()}
    return {names[row["id"]] for row in rows}


def _line(cast: Cast, person: str, who: str) -> str:
    child = people.look(cast.actor("social_worker"), cast[person])
    return next(line.id for line in child.circle if line.practitioner_id == cast[who])


def _trail(cast: Cast, action: str, verdict: str = "allowed") -> list[dict[str, str]]:
    return cast.authority.store.query(
        "SELECT * FROM audit_events WHERE action = :action AND verdict = :verdict",
        action=action,
        verdict=verdict,
    )


def _today(cast: Cast, days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


# --- Who hears of a note ------------------------------------------------------------------------


def test_the_circle_hears_of_a_note_after_ten_seconds_and_nobody_else_does(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    _after(cast, seconds=9)
    assert outbox.fan_out(cast.authority) == 0
    assert who_was_told(cast) == set()
    assert tell(cast) == 1
    assert who_was_told(cast) == {"social_worker", "health_visitor", "sealed"}
    assert told(cast, "social_worker") == [
        "New worry about Amara Okafor, by Pat Osei (St Bede's Primary School)"
    ]


def test_telling_leaves_a_row_of_the_worker(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    tell(cast)
    rows = _trail(cast, "delivery:fanned-out")
    assert [(row["actor"], row["reason"]) for row in rows] == [("worker", "note")]


def test_a_second_round_tells_nothing_twice(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    assert [tell(cast), tell(cast)] == [1, 0]
    assert len(told(cast, "social_worker")) == 1


def test_a_note_that_was_undone_is_told_to_nobody(cast: Cast) -> None:
    logged = cast.worry("pastoral", "amara")
    notes.undo(cast.actor("pastoral"), logged.note_ids[0])
    assert tell(cast) == 0
    assert who_was_told(cast) == set()


@pytest.mark.parametrize("since", ["a reply", "a correction"])
def test_what_was_told_can_not_be_undone_by_newer_news_about_it(cast: Cast, since: str) -> None:
    note = NewNote(new_id(), "worry", [cast["amara"]], saw="No coat.")
    notes.log(cast.actor("pastoral"), note)
    tell(cast)
    if since == "a reply":
        notes.reply(cast.actor("social_worker"), note.id, "I will visit.")
    else:
        notes.revise(cast.actor("pastoral"), note.id, NewNote(**{**vars(note), "saw": "No hat."}))
    with pytest.raises(Conflict):
        notes.undo(cast.actor("pastoral"), note.id)
    assert notes.read(cast.actor("social_worker"), note.id).now.saw


def test_a_correction_is_told_as_one(cast: Cast) -> None:
    note = NewNote(new_id(), "worry", [cast["amara"]], saw="No coat.")
    notes.log(cast.actor("pastoral"), note)
    tell(cast)
    notes.revise(cast.actor("pastoral"), note.id, NewNote(**{**vars(note), "saw": "No hat."}))
    _after(cast, seconds=30)
    outbox.fan_out(cast.authority)
    assert told(cast, "social_worker")[0].startswith("Correction to a worry about Amara Okafor")


def test_who_left_the_circle_before_the_telling_is_not_told(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    involvements.end(cast.actor("social_worker"), _line(cast, "amara", "health_visitor"))
    tell(cast)
    assert "health_visitor" not in who_was_told(cast)


def test_who_declared_a_conflict_before_the_telling_is_not_told(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    conflicts.declare(cast.actor("health_visitor"), cast["amara"])
    tell(cast)
    assert "health_visitor" not in who_was_told(cast)


def test_a_note_about_two_is_not_told_to_whom_one_of_them_is_closed(cast: Cast) -> None:
    conflicts.declare(cast.actor("health_visitor"), cast["jude"])
    cast.worry("pastoral", "amara", "jude")
    tell(cast)
    assert who_was_told(cast) == {"social_worker", "sealed"}


def test_who_covers_is_told_until_the_cover_ends(cast: Cast) -> None:
    covers.add(
        cast.actor("supervisor"),
        cast["social_worker"],
        cast["colleague"],
        _today(cast),
        _today(cast, 2),
    )
    cast.worry("pastoral", "amara")
    tell(cast)
    assert "colleague" in who_was_told(cast)
    _after(cast, days=2, seconds=0)
    cast.worry("pastoral", "amara", saw="Again no coat.")
    _after(cast, days=2, seconds=11)
    outbox.fan_out(cast.authority)
    assert len(told(cast, "colleague")) == 1
    assert len(told(cast, "social_worker")) == 2


def test_who_took_a_person_on_is_told(cast: Cast) -> None:
    people.take_on(cast.actor("duty"), cast["amara"], "A neighbour rang.")
    cast.worry("pastoral", "amara")
    tell(cast)
    assert any("New worry" in text for text in told(cast, "duty"))


def test_duty_hears_of_a_child_without_a_lead(cast: Cast) -> None:
    cast.worry("pastoral", "lily")
    tell(cast)
    assert who_was_told(cast) == {"duty", "duty_supervisor"}
    item = inbox.list_items(cast.actor("duty")).items[0]
    opened = inbox.open_item(cast.actor("duty"), item.id)
    # Not the note: duty sees that after taking the child on.
    assert (opened.person_id, opened.note_id) == (cast["lily"], None)


def test_a_sealed_lead_does_not_keep_duty_from_hearing(cast: Cast) -> None:
    involvements.add(
        cast.system,
        cast["lily"],
        agency_id=cast["harbour"],
        practitioner_id=cast["sealed"],
        role="Recovery worker",
        lead=True,
    )
    logged = cast.worry("pastoral", "lily")
    tell(cast)
    assert who_was_told(cast) == {"duty", "duty_supervisor", "sealed"}
    assert logged.told_names == ["Del Finch", "Dora Keane"]


def test_a_parent_named_beside_a_child_with_a_lead_does_not_call_duty(cast: Cast) -> None:
    cast.worry("pastoral", "amara", "kemi")
    tell(cast)
    assert who_was_told(cast) == {"social_worker", "health_visitor", "sealed"}


def test_a_restricted_person_is_told_of_to_those_named_only(cast: Cast) -> None:
    protections.restrict(
        cast.actor("supervisor", confirmed=True),
        cast["amara"],
        "Known to a member of staff.",
        [cast["social_worker"]],
    )
    cast.worry("social_worker", "amara")
    added = people.add(cast.actor("outsider"), NewPerson("Amara", "Okafor", "2019-05-03"))
    notes.log(cast.actor("outsider"), NewNote(new_id(), "worry", [added], saw="Shouting."))
    tell(cast)
    assert who_was_told(cast) <= {"social_worker", "supervisor"}
    assert len(told(cast, "social_worker")) == 1


def test_a_narrowed_note_is_told_to_those_kinds_of_agency(cast: Cast) -> None:
    cast.worry("social_worker", "amara", categories=["health"])
    cast.worry("health_visitor", "amara", audience=["social care", "health"])
    tell(cast)
    assert who_was_told(cast) == {"social_worker", "health_visitor"}


# --- Sealed ---------------------------------------------------------------------------------------


def test_what_a_sealed_author_keeps_to_their_service_is_told_nobody_else(cast: Cast) -> None:
    involvements.add(
        cast.system,
        cast["amara"],
        agency_id=cast["harbour"],
        practitioner_id=cast["sealed_supervisor"],
        role="Second worker",
    )
    cast.worry("sealed", "amara", voice="own service")
    tell(cast)
    assert who_was_told(cast) == {"sealed_supervisor"}


def test_a_sealed_mark_or_reply_is_told_within_the_service_only(cast: Cast) -> None:
    logged = cast.worry("pastoral", "amara")
    sealed = cast.actor("sealed")
    notes.mark(sealed, logged.note_ids[0], "noticed too")
    notes.mark(sealed, logged.note_ids[0], "acted on")
    notes.reply(sealed, logged.note_ids[0], "We saw this as well.")
    tell(cast)
    assert told(cast, "pastoral") == []
    assert len(told(cast, "social_worker")) == 1


def test_a_sealed_mark_stays_sealed_when_its_maker_leaves(cast: Cast) -> None:
    logged = cast.worry("pastoral", "amara")
    notes.mark(cast.actor("sealed"), logged.note_ids[0], "noticed too")
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["sealed"])
    tell(cast)
    assert told(cast, "pastoral") == []


def test_a_reply_reaches_the_sealed_who_replied_before(cast: Cast) -> None:
    logged = cast.worry("pastoral", "amara")
    notes.reply(cast.actor("sealed"), logged.note_ids[0], "We saw this as well.")
    notes.reply(cast.actor("social_worker"), logged.note_ids[0], "I will visit.")
    tell(cast)
    assert "Reply to a note about Amara Okafor, by Jo Marsh" in told(cast, "sealed")[0]


def test_a_look_from_a_sensitive_agency_is_told_to_nobody(cast: Cast) -> None:
    people.give_purpose(cast.actor("sealed_supervisor"), cast["jude"], "welfare")
    involvements.add(
        cast.system,
        cast["lily"],
        agency_id=cast["harbour"],
        practitioner_id=cast["sealed_supervisor"],
        role="Recovery worker for a parent",
        lead=True,
    )
    people.give_purpose(cast.actor("sealed"), cast["lily"], "welfare")
    assert tell(cast) == 2
    assert who_was_told(cast) == set()


def test_who_asks_to_join_from_a_sensitive_agency_is_named_to_their_service_only(
    cast: Cast,
) -> None:
    people.give_purpose(cast.actor("sealed"), cast["jude"], "welfare")
    involvements.ask(cast.actor("sealed"), cast["jude"], "Recovery worker for a parent")
    tell(cast)
    assert who_was_told(cast) == {"sealed_supervisor"}


# --- Hearing back ---------------------------------------------------------------------------------


def test_a_reply_reaches_the_author_and_who_replied_before(cast: Cast) -> None:
    logged = cast.worry("pastoral", "amara")
    tell(cast)
    notes.reply(cast.actor("health_visitor"), logged.note_ids[0], "Clinic saw this too.")
    notes.reply(cast.actor("social_worker"), logged.note_ids[0], "I will visit.", differs=True)
    _after(cast, seconds=30)
    outbox.fan_out(cast.authority)
    assert [text.partition(" about")[0] for text in told(cast, "pastoral")] == [
        "Reply to your note",
        "Reply to your note",
    ]
    assert told(cast, "health_visitor")[0].startswith("Reply to a note about Amara Okafor, by Jo")
    assert len(told(cast, "social_worker")) == 1


def test_a_reporter_hears_that_their_note_was_acted_on_and_not_by_whom(cast: Cast) -> None:
    added = people.add(cast.actor("reporter"), NewPerson("Amara", "Okafor", "2019-05-03"))
    note = NewNote(new_id(), "worry", [added], saw="Crying at lunch.")
    notes.log(cast.actor("reporter"), note)
    for mark in ("noticed too", "acted on"):
        notes.mark(cast.actor("social_worker"), note.id, mark)
    notes.reply(cast.actor("social_worker"), note.id, "I will visit.")
    tell(cast)
    assert told(cast, "reporter") == ["Acted on: your note about Amara Okafor"]
    item = inbox.list_items(cast.actor("reporter")).items[0]
    opened = inbox.open_item(cast.actor("reporter"), item.id)
    assert opened.note_id == note.id


# --- Other news ------------------------------------------------------------------------------------


def test_the_lead_hears_who_looked_from_outside(cast: Cast) -> None:
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    tell(cast)
    assert who_was_told(cast) == {"social_worker"}
    assert told(cast, "social_worker") == [
        "Looked up from outside the circle: Amara Okafor, by Otis Webb (Westhaven Police)"
    ]


def test_taking_on_is_told_to_the_lead_and_the_takers_supervisor(cast: Cast) -> None:
    people.take_on(cast.actor("duty"), cast["amara"], "A neighbour rang.")
    tell(cast)
    assert who_was_told(cast) == {"social_worker", "duty_supervisor"}


def test_asking_to_join_is_told_to_the_lead_and_the_supervisor(cast: Cast) -> None:
    people.give_purpose(cast.actor("colleague"), cast["amara"], "welfare")
    involvements.ask(cast.actor("colleague"), cast["amara"], "Family support")
    tell(cast)
    assert told(cast, "supervisor") == [
        "Asked to join the circle of Amara Okafor, by Kit Alder (Westhaven Children's Social Care)"
    ]
    assert any(text.startswith("Asked to join") for text in told(cast, "social_worker"))


def test_asking_to_join_where_there_is_no_lead_is_told_to_duty(cast: Cast) -> None:
    people.give_purpose(cast.actor("outsider"), cast["lily"], "welfare")
    involvements.ask(cast.actor("outsider"), cast["lily"], "Neighbourhood officer")
    tell(cast)
    assert who_was_told(cast) == {"duty", "duty_supervisor"}


def test_joining_two_records_is_told_to_both_leads(cast: Cast) -> None:
    involvements.add(
        cast.system,
        cast["lily"],
        agency_id=cast["care"],
        practitioner_id=cast["colleague"],
        role="Social worker",
        lead=True,
    )
    identities.link(cast.system, cast["noor"], cast["lily"], "The same girl under two names.")
    tell(cast)
    assert who_was_told(cast) == {"social_worker", "colleague"}


def test_who_leaves_is_told_to_the_supervisor(cast: Cast) -> None:
    store = cast.authority.store
    store.upkeep(
        lambda tx: outbox.put(tx, cast.system, "left", practitioner_id=cast["social_worker"])
    )
    tell(cast)
    assert who_was_told(cast) == {"supervisor"}
    assert "Jo Marsh" in told(cast, "supervisor")[0]


def test_the_wrong_person_is_told_to_who_had_read_it_and_the_note_is_gone(cast: Cast) -> None:
    logged = cast.worry("social_worker", "amara")
    tell(cast)
    notes.read(cast.actor("health_visitor"), logged.note_ids[0])
    notes.wrong_person(cast.actor("social_worker"), logged.note_ids[0], "I meant another Amara.")
    _after(cast, seconds=30)
    outbox.fan_out(cast.authority)
    # Pat Osei was told of the note and had not read it; the others read it, supervise or govern.
    listed = {name for name in STAFF if told(cast, name)}
    assert listed == {"health_visitor", "supervisor", "governance"}
    (text,) = told(cast, "health_visitor")
    assert "wrong person" in text
    assert "Amara" not in text
    item = inbox.list_items(cast.actor("health_visitor")).items[0]
    opened = inbox.open_item(cast.actor("health_visitor"), item.id)
    assert (opened.person_id, opened.note_id) == (None, None)


def test_the_wrong_person_in_a_note_of_a_sealed_service_stays_within_it(cast: Cast) -> None:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    logged = cast.worry("sealed", "amara", voice="own service")
    notes.wrong_person(cast.actor("sealed"), logged.note_ids[0], "I meant another Amara.")
    tell(cast)
    assert who_was_told(cast) == {"sealed_supervisor"}


# --- The inbox --------------------------------------------------------------------------------------


def _item(cast: Cast, name: str) -> str:
    return inbox.list_items(cast.actor(name)).items[0].id


def test_opening_leads_to_the_note_and_marks_it_as_read(cast: Cast) -> None:
    logged = cast.worry("pastoral", "amara")
    tell(cast)
    social_worker = cast.actor("social_worker")
    assert inbox.unread(social_worker) == 1
    opened = inbox.open_item(social_worker, _item(cast, "social_worker"))
    assert (opened.person_id, opened.note_id) == (cast["amara"], logged.note_ids[0])
    assert inbox.unread(social_worker) == 0
    assert inbox.list_items(social_worker).items[0].read


def test_reading_the_note_elsewhere_is_reading_it(cast: Cast) -> None:
    logged = cast.worry("pastoral", "amara")
    tell(cast)
    notes.read(cast.actor("social_worker"), logged.note_ids[0])
    assert inbox.unread(cast.actor("social_worker")) == 0
    assert inbox.list_items(cast.actor("social_worker")).items[0].read


def test_looks_at_the_inbox_leave_a_row_and_counting_leaves_none(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    tell(cast)
    actor = cast.actor("social_worker")
    before = cast.authority.store.query("SELECT COUNT(*) AS n FROM audit_events")
    inbox.unread(actor)
    assert cast.authority.store.query("SELECT COUNT(*) AS n FROM audit_events") == before
    inbox.list_items(actor)
    row = _trail(cast, "inbox:looked")[-1]
    shown = cast.authority.store.query(
        "SELECT person_id FROM audit_subjects WHERE event_id = :id", id=row["id"]
    )
    assert [one["person_id"] for one in shown] == [cast["amara"]]


def test_who_left_the_circle_reads_that_it_is_closed_and_the_refusal_stays(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    tell(cast)
    item = _item(cast, "health_visitor")
    involvements.end(cast.actor("social_worker"), _line(cast, "amara", "health_visitor"))
    with pytest.raises(NotAllowed, match="no longer have access"):
        inbox.open_item(cast.actor("health_visitor"), item)
    assert len(_trail(cast, "inbox:opened", "refused")) == 1


def test_whom_one_must_not_know_of_is_gone_from_list_and_count(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    cast.worry("social_worker", "noor")
    tell(cast)
    visitor = cast.actor("health_visitor")
    texts = {item.text.partition(",")[0]: item.id for item in inbox.list_items(visitor).items}
    assert inbox.unread(visitor) == 2
    conflicts.declare(visitor, cast["amara"])
    assert [text.partition(",")[0] for text in told(cast, "health_visitor")] == [
        "New worry about Noor Khan"
    ]
    assert inbox.unread(visitor) == 1
    with pytest.raises(NotFound):
        inbox.open_item(visitor, texts["New worry about Amara Okafor"])


def test_nobody_opens_anothers_item_and_no_item_is_no_item(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    tell(cast)
    item = _item(cast, "social_worker")
    for strange in (item, new_id(), "not an id"):
        with pytest.raises(NotFound):
            inbox.open_item(cast.actor("health_visitor"), strange)
    assert len(_trail(cast, "inbox:opened", "refused")) == 3
    assert inbox.unread(cast.actor("social_worker")) == 1


def test_the_inbox_goes_on_by_pages(cast: Cast) -> None:
    for number in range(23):
        cast.worry("pastoral", "amara", saw=f"Day {number}.")
    tell(cast)
    actor = cast.actor("social_worker")
    first = inbox.list_items(actor)
    second = inbox.list_items(actor, before=first.more)
    assert [len(first.items), len(second.items), second.more] == [20, 3, None]
    assert len({item.id for item in (*first.items, *second.items)}) == 23
    assert inbox.unread(actor) == 23


def test_a_school_is_not_named_where_a_location_is_hidden(cast: Cast) -> None:
    protections.protect(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Her father.",
        [cast["social_worker"]],
    )
    cast.worry("pastoral", "amara")
    tell(cast)
    assert told(cast, "health_visitor") == ["New worry about Amara Okafor, by Pat Osei"]
    assert "St Bede's" in told(cast, "social_worker")[0]


# --- Many workers, and faults ------------------------------------------------------------------------


def _busy(cast: Cast, number: int) -> list[Logged]:
    return [cast.worry("pastoral", "amara", saw=f"Day {n}.") for n in range(number)]


def test_many_workers_at_once_tell_everything_once(cast: Cast) -> None:
    _busy(cast, 20)
    _after(cast, seconds=11)
    counts: list[int] = []

    def round_of_one() -> None:
        counts.append(outbox.fan_out(cast.authority))

    workers = [threading.Thread(target=round_of_one) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while more := outbox.fan_out(cast.authority):
        counts.append(more)
    assert sum(counts) == 20
    for name in ("social_worker", "health_visitor", "sealed"):
        assert inbox.unread(cast.actor(name)) == 20
    assert len(_trail(cast, "delivery:fanned-out")) == 20


REFUSE = {
    "sqlite": [
        """CREATE TRIGGER stuck BEFORE INSERT ON deliveries
        WHEN new.event_id IN (SELECT id FROM outbox WHERE note_id = '{note}')
        BEGIN SELECT RAISE(ABORT, 'stuck'); END"""
    ],
    "postgres": [
        """CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF new.event_id IN (SELECT id FROM outbox WHERE note_id = '{note}')
        THEN RAISE EXCEPTION 'stuck'; END IF; RETURN new; END $$""",
        "CREATE TRIGGER stuck BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION stuck()",
    ],
}


def test_an_event_that_cannot_be_told_holds_up_no_other_and_is_not_lost(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    store = cast.authority.store
    stuck = _busy(cast, 3)[0].note_ids[0]
    for sql in REFUSE[store.engine]:
        store.upkeep(lambda tx, sql=sql: tx.run(sql.format(note=stuck), {}))
    tell(cast)
    assert len(told(cast, "social_worker")) == 2
    assert "could not be told" in caplog.text
    drop = "DROP TRIGGER stuck" + (" ON deliveries" if store.engine == "postgres" else "")
    store.upkeep(lambda tx: tx.run(drop, {}))
    _after(cast, seconds=90)
    assert outbox.fan_out(cast.authority) == 1
    assert len(told(cast, "social_worker")) == 3


# --- What an administrator sees -----------------------------------------------------------------------


def test_an_administrator_sees_numbers_and_nothing_of_any_child(cast: Cast) -> None:
    _busy(cast, 2)
    tell(cast)
    cast.worry("pastoral", "noor")
    seen = outbox.deliveries(cast.actor("administrator"))
    assert [(one.channel, one.state, one.number) for one in seen.counts] == [
        ("inbox", "delivered", 4)  # not what the sealed worker was told
    ]
    assert [one.number for one in outbox.deliveries(cast.system).counts] == [6]
    assert (seen.waiting_events, seen.failed) == (1, [])
    assert seen.waiting_since is not None


def test_an_administrator_does_not_count_what_is_told_about_somebody_restricted(cast: Cast) -> None:
    administrator = cast.actor("administrator")
    lead = cast.actor("social_worker", confirmed=True)
    named = [cast["social_worker"], cast["colleague"]]
    protections.restrict(lead, cast["rhea"], "A witness", named)
    cast.worry("social_worker", "rhea")
    assert (outbox.deliveries(administrator).waiting_events, told(cast, "colleague")) == (0, [])
    assert outbox.deliveries(cast.system).waiting_events == 1
    tell(cast)
    assert len(told(cast, "colleague")) == 1
    assert outbox.deliveries(administrator).counts == []
    assert [one.number for one in outbox.deliveries(cast.system).counts] == [1]


def test_nobody_else_sees_deliveries(cast: Cast) -> None:
    for name in ("supervisor", "governance", "social_worker"):
        with pytest.raises(NotAllowed):
            outbox.deliveries(cast.actor(name))
    assert outbox.deliveries(cast.system).waiting_events == 0
