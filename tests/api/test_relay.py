"""The relay: words without whose they are, in every place where a note is read or told of."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from api.errors import Invalid, NotAllowed, NotFound
from api.moment import new_id
from api.record import filings, notes, people, protections, relay, timeline
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.staff import practitioners
from api.telling import inbox, outbox
from tests.cast import Cast
from tests.trail import last_event

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
REFERENCE = re.compile(r"\b\d{8}\b")
CARE, SOMEBODY = "social_worker", ("somebody", "", "through the relay")


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def tell(cast: Cast, seconds: float = 11) -> None:
    later(cast, seconds=seconds)
    outbox.fan_out(cast.authority)


def relayed(cast: Cast, who: str, **said: object) -> str:
    return cast.worry(who, "amara", voice="relay", **said).note_ids[0]


def told(cast: Cast, who: str) -> list[str]:
    return [item.text for item in inbox.list_items(cast.actor(who)).items]


def without_ids(shown: object) -> str:
    """What is shown, but for what is of one note alone: its id, its moment, its reference."""
    text = ID.sub("ID", repr(shown))
    return REFERENCE.sub("REFERENCE", MOMENT.sub("MOMENT", text))


def everywhere(cast: Cast, who: str, note_id: str) -> str:
    """Every place where somebody reads a note, or of it."""
    actor = cast.actor(who)
    return without_ids(
        [
            [one for one in notes.latest(actor) if one.id == note_id],
            [one for one in notes.about(actor, cast["amara"]).notes if one.id == note_id],
            notes.read(actor, note_id),
            [one for one in timeline.of(actor, cast["amara"]).entries if one.note_id == note_id],
            people.look(actor, cast["amara"]).circle,
        ]
    )


@pytest.mark.parametrize("who", ["pastoral", "health_visitor", "outsider", "sealed"])
def test_the_circle_reads_the_words_and_not_whose_they_are(cast: Cast, who: str) -> None:
    note_id = relayed(cast, who, saw="The same words.")
    note = notes.read(cast.actor(CARE), note_id)
    assert (note.author, note.author_job, note.agency) == SOMEBODY
    assert note.relayed
    assert note.now.saw == "The same words."
    assert re.fullmatch(r"\d{8}", note.reference)
    assert "The same words." in everywhere(cast, CARE, note_id)
    assert cast[who] not in repr(notes.about(cast.actor(CARE), cast["amara"]))


def test_a_sealed_service_s_note_and_a_school_s_read_alike_to_everybody(cast: Cast) -> None:
    """Notes of one text: whom they are read by, told to and counted for does not tell them apart."""
    ids = {who: relayed(cast, who, saw="The same words.") for who in ("pastoral", "sealed")}
    tell(cast)
    for viewer in ("social_worker", "health_visitor", "supervisor"):
        notes.about(cast.actor(viewer), cast["amara"])  # both are read
        by_school, by_sealed = (everywhere(cast, viewer, ids[who]) for who in ids)
        assert by_school == by_sealed
        assert len(told(cast, viewer)) in (0, 2)
        assert len(set(told(cast, viewer))) <= 1
    assert told(cast, CARE)[0] == "New worry about Amara Okafor, through the relay"


def test_their_own_agency_knows_who_wrote(cast: Cast) -> None:
    sealed, school = relayed(cast, "sealed"), relayed(cast, "pastoral")
    assert notes.read(cast.actor("sealed_supervisor"), sealed).author == "Sil Brook"
    assert notes.read(cast.actor("safeguarding"), school).author == "Pat Osei"
    assert notes.read(cast.actor("sealed_supervisor"), school).author == "somebody"
    mine = notes.read(cast.actor("sealed"), sealed)
    assert (mine.author, mine.relayed, mine.mine) == ("Sil Brook", False, True)


def test_a_contact_through_the_relay_is_nobody_s_last_contact(cast: Cast) -> None:
    notes.log(
        cast.actor("health_visitor"),
        NewNote(new_id(), "contact", [cast["amara"]], contact="visit", saw="Seen.", voice="relay"),
    )
    for who, day in (("pastoral", False), ("health_visitor", True)):
        lines = people.look(cast.actor(who), cast["amara"]).circle
        [line] = [line for line in lines if line.name == "Hana Vale"]
        assert bool(line.last_contact_on) is day


@pytest.mark.parametrize("who", ["pastoral", "sealed"])
def test_what_becomes_of_it_names_nobody(cast: Cast, who: str) -> None:
    note_id = relayed(cast, who)
    author = cast.actor(who)
    tell(cast)
    notes.revise(author, note_id, NewNote(note_id, "worry", [cast["amara"]], saw="Two days now."))
    notes.mark(cast.actor("health_visitor"), note_id, "noticed too")
    notes.reply(cast.actor("health_visitor"), note_id, "Which days?")
    tell(cast, 40)
    assert (
        "Reply to your note about Amara Okafor, by Hana Vale (Westhaven Health Visiting)"
        in told(cast, who)
    )
    assert told(cast, CARE)[0] == "Correction to a worry about Amara Okafor, through the relay"
    notes.withdraw(author, note_id, "Another child.")
    notes.wrong_person(cast.actor(CARE), note_id, "This was another Amara.")
    tell(cast, 80)
    for viewer in (CARE, "health_visitor", "supervisor"):
        assert "Pat Osei" not in repr(told(cast, viewer))
        assert "Sil Brook" not in repr(told(cast, viewer))


@pytest.mark.parametrize("who", ["pastoral", "sealed", "health_visitor"])
def test_it_is_filed_in_no_other_agency(cast: Cast, who: str) -> None:
    note_id = relayed(cast, who)

    def asked(tx: object) -> bool:
        from api.store import access as stored_access
        from api.store import notes as stored

        head = stored.find(tx, note_id)  # type: ignore[arg-type]
        assert head
        return filings.may_file(tx, stored_access.me(tx, cast[CARE]), head)  # type: ignore[arg-type]

    assert cast.authority.store.look(lambda tx: (_row(cast, tx), asked(tx))[1]) is False


def _row(cast: Cast, tx: object) -> None:
    from api.trust import audit
    from api.trust.audit import Action

    audit.allowed(tx, cast.system, Action.AUDIT_LOOKED)  # type: ignore[arg-type]


def test_about_somebody_whom_one_added_one_writes_by_name(cast: Cast) -> None:
    new = NewNote(new_id(), "worry", [], saw="Alone.", voice="relay")
    for who in ("pastoral", "sealed"):
        with pytest.raises(Invalid) as error:
            notes.log(cast.actor(who), new, NewPerson("Ivo", "Lind"))
        assert error.value.field == "voice"
        added = people.add(cast.actor(who), NewPerson("Ivo", "Lind"))
        with pytest.raises(Invalid):
            notes.log(cast.actor(who), NewNote(new_id(), "worry", [added], saw="A", voice="relay"))


# --- The general number ---------------------------------------------------------------------------


def reference(cast: Cast, note_id: str) -> str:
    return notes.read(cast.actor(CARE), note_id).reference


@pytest.mark.parametrize("who", ["pastoral", "sealed"])
def test_a_ring_reaches_who_wrote_and_says_nothing_on_the_way(cast: Cast, who: str) -> None:
    figures = reference(cast, relayed(cast, who))
    duty = cast.actor("duty")
    said = f"{figures[:4]} {figures[4:]}"
    assert relay.pass_on(duty, said, "Jo Marsh", "07700 900100", "Please ring.") is None  # type: ignore[func-returns-value]
    assert relay.calls(duty).calls == []
    event = last_event(cast, "relay:passed-on")
    assert (event["reason"], event["subjects"]) == ("", [])
    tell(cast)
    assert told(cast, who) == [
        "Somebody rang you through the relay about Amara Okafor. Read who it was."
    ]
    item = inbox.list_items(cast.actor(who)).items[0]
    assert inbox.open_item(cast.actor(who), item.id).is_call
    [call] = relay.calls(cast.actor(who)).calls
    assert (call.name, call.phone, call.words) == ("Jo Marsh", "07700 900100", "Please ring.")
    assert (call.about, call.reference) == ("Amara Okafor", figures)
    words = cast.authority.store.query("SELECT sealed FROM words")
    assert not any(b"07700" in bytes(word["sealed"]) for word in words)


def test_only_duty_takes_its_calls_and_only_for_a_reference_that_stands(cast: Cast) -> None:
    note_id = relayed(cast, "sealed")
    figures = reference(cast, note_id)
    for who in (CARE, "administrator", "governance", "reporter", "sealed_supervisor"):
        with pytest.raises(NotAllowed):
            relay.pass_on(cast.actor(who), figures, "Jo", "1")
    duty = cast.actor("duty")
    for wrong in ("", "0", figures[:-1], f"{figures}0"):
        with pytest.raises(Invalid) as error:
            relay.pass_on(duty, wrong, "Jo", "1")
        assert error.value.field == "reference"
    for field, left in (("name", ("", "1")), ("phone", ("Jo", " "))):
        with pytest.raises(Invalid) as error:
            relay.pass_on(duty, figures, *left)
        assert error.value.field == field
    notes.undo(cast.actor("sealed"), note_id)
    with pytest.raises(Invalid):
        relay.pass_on(duty, figures, "Jo", "1")


def test_who_wrote_and_left_is_reached_by_their_supervisor(cast: Cast) -> None:
    figures = reference(cast, relayed(cast, "sealed"))
    supervisor = cast.actor("sealed_supervisor", confirmed=True)
    practitioners.leave(supervisor, cast["sealed"])
    relay.pass_on(cast.actor("duty"), figures, "Jo Marsh", "07700 900100")
    tell(cast)
    assert [call.name for call in relay.calls(cast.actor("sealed_supervisor")).calls] == [
        "Jo Marsh"
    ]
    assert "Somebody rang you" in told(cast, "sealed_supervisor")[0]


def test_whether_the_lead_has_read_it_is_told_to_its_author_and_does_not_tell_whose_it_is(
    cast: Cast,
) -> None:
    ids = [relayed(cast, who) for who in (CARE, "pastoral")]
    notes.about(cast.actor(CARE), cast["amara"])
    seen = notes.about(cast.actor("health_visitor"), cast["amara"]).notes
    assert {one.id: one.read_by_lead for one in seen} == dict.fromkeys(ids, False)
    assert notes.read(cast.actor("pastoral"), ids[1]).read_by_lead


def test_what_a_caller_says_of_somebody_closed_since_is_read_by_nobody_it_is_closed_to(
    cast: Cast,
) -> None:
    left, own = (reference(cast, relayed(cast, who)) for who in ("sealed", "pastoral"))
    practitioners.leave(cast.actor("sealed_supervisor", confirmed=True), cast["sealed"])
    for figures in (left, own):
        relay.pass_on(cast.actor("duty"), figures, "Ann", "07700 900100", "She is Mia Smith now.")
    protections.restrict(cast.actor(CARE, confirmed=True), cast["amara"], "Adopted", [cast[CARE]])
    assert relay.calls(cast.actor("sealed_supervisor")).calls == []
    (call,) = relay.calls(cast.actor("pastoral")).calls
    assert (call.about, call.name, call.words) == ("", "Ann", "")


def test_a_reference_is_of_one_note_and_says_nothing_of_when(cast: Cast) -> None:
    found = [reference(cast, relayed(cast, "pastoral")) for _ in range(5)]
    assert len(set(found)) == 5
    assert found != sorted(found)


def test_nobody_outside_reads_it(cast: Cast) -> None:
    note_id = relayed(cast, "sealed")
    for who in ("outsider", "duty", "administrator"):
        with pytest.raises(NotFound):
            notes.read(cast.actor(who), note_id)
