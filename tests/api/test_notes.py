"""Notes through the core: what is logged, who sees it, and what can be taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.access import Sight
from api.errors import Conflict, Invalid, NotFound
from api.moment import new_id
from api.record import notes, people
from api.record.notes import NewNote
from tests.cast import Cast


def _note(cast: Cast, *about: str, **said: object) -> NewNote:
    given = {"id": new_id(), "kind": "worry", "people": [cast[name] for name in about]}
    return NewNote(**{"saw": "He said he had no breakfast.", **given, **said})  # type: ignore[arg-type]


def _later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def _seen(cast: Cast, viewer: str, person: str) -> list[str]:
    page = notes.about(cast.actor(viewer), cast[person])
    return [note.now.saw for note in page.notes]


def test_everybody_in_the_circle_sees_fact_and_feeling_apart(cast: Cast) -> None:
    told = cast.worry("pastoral", "amara", saw="Same jumper all week.", thinks="I feel uneasy.")
    note = notes.read(cast.actor("social_worker"), told.note_ids[0])
    assert (note.now.saw, note.now.thinks) == ("Same jumper all week.", "I feel uneasy.")
    assert (note.author, note.agency) == ("Pat Osei", "St Bede's Primary School")
    assert note.people[0].name == "Amara Okafor"


def test_who_is_told_is_counted_without_the_sealed_and_without_the_author(cast: Cast) -> None:
    told = cast.worry("pastoral", "amara")
    assert told.told_names == ["Hana Vale", "Jo Marsh"]
    assert told.told == 2


def test_the_same_id_again_is_the_same_note(cast: Cast) -> None:
    note = _note(cast, "amara")
    first = notes.log(cast.actor("pastoral"), note)
    second = notes.log(cast.actor("pastoral"), note)
    assert (first.again, second.again) == (False, True)
    assert (first.note_ids, first.told) == (second.note_ids, second.told)
    assert _seen(cast, "social_worker", "amara") == ["He said he had no breakfast."]


def test_another_persons_note_id_is_refused(cast: Cast) -> None:
    note = _note(cast, "amara")
    notes.log(cast.actor("pastoral"), note)
    with pytest.raises(NotFound):
        notes.log(cast.actor("health_visitor"), note)


def test_an_outsider_may_write_and_sees_only_what_they_wrote(cast: Cast) -> None:
    cast.worry("pastoral", "amara", saw="Not for the police.")
    cast.worry("outsider", "amara", saw="Shouting heard from the flat.")
    child = people.look(cast.actor("outsider"), cast["amara"])
    assert child.notes is not None
    assert [note.now.saw for note in child.notes.notes] == ["Shouting heard from the flat."]
    assert not child.circle
    assert "Shouting heard from the flat." in _seen(cast, "social_worker", "amara")


def test_a_reporter_reads_nothing_but_their_own_and_its_outcome(cast: Cast) -> None:
    reporter = cast.actor("reporter")
    with pytest.raises(NotFound):
        people.look(reporter, cast["amara"])
    added = people.add(reporter, people.NewPerson("Amara", "Okafor", "2019-05-03"))
    logged = notes.log(reporter, NewNote(new_id(), "worry", [added], saw="Crying at lunch."))
    assert "Crying at lunch." in _seen(cast, "social_worker", "amara")
    notes.mark(cast.actor("social_worker"), logged.note_ids[0], "acted on")
    notes.reply(cast.actor("social_worker"), logged.note_ids[0], "I will visit today.")
    outcome = notes.written(cast.actor("reporter")).notes[0]
    assert (outcome.read_by_lead, outcome.acted_on) == (True, True)
    assert outcome.replies == []
    assert outcome.people[0].name == "Amara Okafor"


def test_undo_within_ten_seconds_leaves_nothing_to_read(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara", saw="canary-7291").note_ids[0]
    notes.undo(cast.actor("pastoral"), note_id)
    assert _seen(cast, "social_worker", "amara") == []
    assert notes.written(cast.actor("pastoral")).notes == []
    left = cast.authority.store.query(
        """SELECT r.words_id FROM note_revisions r JOIN wraps w ON w.words_id = r.words_id
        WHERE r.note_id = :id""",
        id=note_id,
    )
    assert left == []


def _standing(cast: Cast, person_id: str) -> list[str]:
    """Give the names that stand on a record."""
    rows = cast.authority.store.query(
        "SELECT first FROM live_names WHERE person_id = :id", id=person_id
    )
    return [row["first"] for row in rows]


def test_undo_takes_back_whom_the_note_alone_brought_here(cast: Cast) -> None:
    actor, tess = cast.actor("outsider"), people.NewPerson("Tess", "Rowe", "2018-02-02")
    slip = NewNote(new_id(), "worry", [cast["jude"]], saw="Alone at the bus stop.")
    logged = notes.log(actor, slip, tess)
    (added,) = (one.id for one in logged.people if one.name == "Tess Rowe")
    assert _standing(cast, added) == ["Tess"]
    for note_id in logged.note_ids:
        notes.undo(actor, note_id)
    assert _standing(cast, added) == []
    assert _standing(cast, cast["jude"]) == ["Jude"]
    again = notes.log(actor, NewNote(new_id(), "worry", [], saw="Alone at the bus stop."), tess)
    assert [one.name for one in again.people] == ["Tess Rowe"]
    assert again.people[0].id != added


def test_undo_leaves_somebody_on_whom_more_hangs(cast: Cast) -> None:
    actor, tess = cast.actor("outsider"), people.NewPerson("Tess", "Rowe", "2018-02-02")
    first = notes.log(actor, NewNote(new_id(), "worry", [], saw="Alone."), tess)
    added = first.people[0].id
    second = notes.log(actor, NewNote(new_id(), "worry", [added], saw="Still alone."))
    notes.undo(actor, first.note_ids[0])
    assert _standing(cast, added) == ["Tess"]
    notes.undo(actor, second.note_ids[0])
    assert _standing(cast, added) == ["Tess"]


def test_undo_leaves_no_tie_to_whom_the_name_meant(cast: Cast) -> None:
    """Who was here already is joined with what was typed; afterwards they are as before."""
    actor, amara = cast.actor("outsider"), people.NewPerson("Amara", "Okafor", "2019-05-03")
    logged = notes.log(actor, NewNote(new_id(), "worry", [], saw="Alone."), amara)
    assert people.look(actor, cast["amara"]).sight is Sight.OWN
    notes.undo(actor, logged.note_ids[0])
    assert people.look(actor, cast["amara"]).sight is Sight.OUTSIDE
    assert people.look(cast.actor("social_worker"), cast["amara"]).brief.name == "Amara Okafor"
    held = cast.authority.store.query(
        "SELECT id FROM people WHERE identity_id = :id", id=cast["amara"]
    )
    assert [row["id"] for row in held] == [cast["amara"]]


def test_undo_after_it_was_told_is_a_conflict(cast: Cast) -> None:
    from api.telling import outbox

    note_id = cast.worry("pastoral", "amara").note_ids[0]
    _later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    with pytest.raises(Conflict):
        notes.undo(cast.actor("pastoral"), note_id)


def test_a_revision_stands_first_and_the_old_text_stays(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara", saw="Bruise on the left arm.").note_ids[0]
    notes.revise(cast.actor("pastoral"), note_id, _note(cast, "amara", saw="On the right arm."))
    note = notes.read(cast.actor("social_worker"), note_id)
    assert note.now.saw == "On the right arm."
    assert [earlier.saw for earlier in note.earlier] == ["Bruise on the left arm."]


def test_only_the_author_revises_and_withdraws(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    with pytest.raises(NotFound):
        notes.revise(cast.actor("social_worker"), note_id, _note(cast, "amara"))
    with pytest.raises(NotFound):
        notes.withdraw(cast.actor("social_worker"), note_id, "I do not like it.")


def test_a_withdrawn_note_stays_with_its_reason(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    notes.withdraw(cast.actor("pastoral"), note_id, "I mixed up two mornings.")
    note = notes.read(cast.actor("social_worker"), note_id)
    assert note.withdrawn is not None
    assert note.withdrawn.reason == "I mixed up two mornings."
    with pytest.raises(Conflict):
        notes.withdraw(cast.actor("pastoral"), note_id, "Again.")


def test_the_wrong_person_is_hidden_and_opens_a_breach_with_its_readers(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    notes.read(cast.actor("health_visitor"), note_id)
    notes.wrong_person(cast.actor("social_worker"), note_id, "This was another Amara.")
    assert _seen(cast, "health_visitor", "amara") == []
    with pytest.raises(NotFound):
        notes.read(cast.actor("social_worker"), note_id)
    [breach] = cast.authority.store.query("SELECT id, opened_at, due_at FROM breaches")
    readers = cast.authority.store.query("SELECT practitioner_id FROM breach_readers")
    assert [row["practitioner_id"] for row in readers] == [cast["health_visitor"]]
    assert breach["opened_at"] < breach["due_at"]


def test_a_narrowed_note_is_for_those_kinds_only(cast: Cast) -> None:
    cast.worry("health_visitor", "amara", saw="For health.", audience=["health", "social care"])
    assert _seen(cast, "social_worker", "amara") == ["For health."]
    assert _seen(cast, "pastoral", "amara") == []
    assert people.look(cast.actor("pastoral"), cast["amara"]).notes.notes == []  # type: ignore[union-attr]


def test_a_category_that_the_authority_narrowed_starts_narrow(cast: Cast) -> None:
    cast.worry("health_visitor", "amara", saw="A health matter.", categories=["health"])
    assert _seen(cast, "pastoral", "amara") == []
    assert _seen(cast, "social_worker", "amara") == ["A health matter."]


def test_a_sealed_authors_note_stays_in_their_own_service_unless_named(cast: Cast) -> None:
    cast.worry("sealed", "amara", saw="Kept in the service.")
    assert _seen(cast, "social_worker", "amara") == []
    assert _seen(cast, "sealed_supervisor", "amara") == ["Kept in the service."]
    cast.worry("sealed", "amara", saw="Said by name.", voice="named")
    assert _seen(cast, "social_worker", "amara") == ["Said by name."]


def test_noticed_too_counts_once_and_a_sealed_one_is_not_shown_to_others(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    for _ in range(2):
        notes.mark(cast.actor("health_visitor"), note_id, "noticed too")
    notes.mark(cast.actor("sealed"), note_id, "noticed too")
    seen = notes.read(cast.actor("social_worker"), note_id)
    assert seen.noticed == ["Hana Vale, Westhaven Health Visiting"]
    assert notes.read(cast.actor("sealed"), note_id).i_noticed


def test_contradicting_replies_stand_beside_the_note(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    notes.reply(cast.actor("health_visitor"), note_id, "She had a coat on.", differs=True)
    [reply] = notes.read(cast.actor("social_worker"), note_id).replies
    assert (reply.author, reply.differs, reply.text) == ("Hana Vale", True, "She had a coat on.")


def test_one_note_about_siblings_reaches_both_circles(cast: Cast) -> None:
    cast.worry("social_worker", "amara", "jude", saw="Both were quiet.")
    assert _seen(cast, "social_worker", "jude") == ["Both were quiet."]
    assert _seen(cast, "health_visitor", "amara") == ["Both were quiet."]


def test_home_says_whose_news_there_is_and_counts_what_is_unread(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    worker = cast.actor("social_worker")
    [headline] = notes.latest(worker)
    assert (headline.people[0].name, headline.read) == ("Amara Okafor", False)
    unread = {child.brief.name: child.unread for child in people.mine(worker)}
    assert unread["Amara Okafor"] == 1
    people.look(worker, cast["amara"])
    assert {child.brief.name: child.unread for child in people.mine(worker)}["Amara Okafor"] == 0


def test_twenty_at_a_time_and_none_twice(cast: Cast) -> None:
    for n in range(45):
        cast.worry("social_worker", "jude", saw=f"Note {n}.")
    actor = cast.actor("social_worker")
    seen, before = [], ""
    for size in (20, 20, 5):
        page = notes.about(actor, cast["jude"], before)
        assert len(page.notes) == size
        seen += [note.now.saw for note in page.notes]
        before = page.more or ""
    assert seen == [f"Note {n}." for n in reversed(range(45))]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("saw", {"saw": " \n "}),
        ("saw", {"saw": "x" * 5001}),
        ("people", {"people": []}),
        ("kind", {"kind": "tweet"}),
        ("worried", {"worried": 11}),
        ("happened_on", {"happened_on": "2026-02-30"}),
        ("happened_on", {"happened_on": "2999-01-01"}),
        ("happened_time", {"happened_time": "25:00"}),
        ("categories", {"categories": ["made up"]}),
        ("audience", {"audience": ["everybody"]}),
        ("voice", {"voice": "anonymous"}),
        ("id", {"id": "1"}),
    ],
)
def test_what_cannot_be_taken_names_its_field(
    cast: Cast, field: str, said: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as error:
        notes.log(cast.actor("pastoral"), _note(cast, "amara", **said))
    assert error.value.field == field


def test_hostile_text_comes_back_as_it_was_typed(cast: Cast) -> None:
    text = "<script>alert(1)</script> =cmd|' /C calc'!A0 \u202eRTL 😀 ' OR 1=1 --"
    note_id = cast.worry("pastoral", "amara", saw=text).note_ids[0]
    assert notes.read(cast.actor("social_worker"), note_id).now.saw == text


def test_somebody_who_is_not_here_yet_is_added_with_the_note_and_only_once(cast: Cast) -> None:
    note = NewNote(new_id(), "worry", [], described="about 7, red hair", saw="Walking home alone.")
    someone = people.NewPerson("Amara", "Okafor", "2019-05-03")
    first = notes.log(cast.actor("reporter"), note, someone)
    second = notes.log(cast.actor("reporter"), note, someone)
    assert (first.people, first.note_ids) == (second.people, second.note_ids)
    assert [subject.name for subject in first.people] == ["Amara Okafor"]
    assert "Walking home alone." in _seen(cast, "social_worker", "amara")
    assert notes.read(cast.actor("reporter"), note.id).now.described == "about 7, red hair"


def test_what_may_be_done_with_a_note_is_said_with_it(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    colleague = notes.read(cast.actor("health_visitor"), note_id).may
    assert colleague == {"noticed too", "acted on", "reply"}
    notes.mark(cast.actor("health_visitor"), note_id, "noticed too")
    assert notes.read(cast.actor("health_visitor"), note_id).may == {"acted on", "reply"}
    lead = notes.read(cast.actor("social_worker"), note_id).may
    assert lead == {"noticed too", "acted on", "reply", "wrong person"}
    author = notes.read(cast.actor("pastoral"), note_id).may
    assert author == {"reply", "revise", "withdraw", "wrong person"}
    notes.withdraw(cast.actor("pastoral"), note_id, "It was another child's coat.")
    assert notes.read(cast.actor("pastoral"), note_id).may == {"reply", "wrong person"}


def test_a_note_about_two_is_closed_to_whoever_one_of_them_is_closed_to(cast: Cast) -> None:
    from api.record import conflicts

    note_id = cast.worry("social_worker", "amara", "jude", saw="Both were quiet.").note_ids[0]
    assert _seen(cast, "health_visitor", "amara") == ["Both were quiet."]
    conflicts.declare(cast.actor("health_visitor"), cast["jude"])
    assert _seen(cast, "health_visitor", "amara") == []
    with pytest.raises(NotFound):
        notes.read(cast.actor("health_visitor"), note_id)
    unread = {child.brief.id: child.unread for child in people.mine(cast.actor("health_visitor"))}
    assert unread[cast["amara"]] == 0


def test_who_adds_somebody_restricted_is_answered_as_if_that_were_new(cast: Cast) -> None:
    from api.record import protections

    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "High profile", [cast["social_worker"]])
    answers = []
    for name in ("Amara", "Nobody"):
        note = NewNote(new_id(), "worry", [], saw="Heard crying.")
        known = people.NewPerson(name, "Okafor", "2019-05-03")
        logged = notes.log(cast.actor("outsider"), note, known)
        answers.append((logged.told, logged.told_names, logged.again))
    assert answers[0] == answers[1]
    assert "Heard crying." in _seen(cast, "social_worker", "amara")
