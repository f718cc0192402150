"""Envelopes: what was sealed on a device arrives once, in order, as its author's, or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.errors import Conflict, NotFound
from api.moment import new_id
from api.record import envelopes, notes, unsent
from api.record.envelopes import Fields, NotTaken, Taken, Typed
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.record.protections import restrict
from api.staff import devices, practitioners
from api.store import devices as stored_devices
from api.telling import inbox, outbox
from api.trust import sealing
from tests.cast import Cast
from tests.delivery import Device, device_of, now, written
from tests.phones import RP, Phone, approved, refusals, wait
from tests.trail import last_event

SAW = "The back door was off its hinges."


def reads(fields: Fields) -> Typed:
    """Read fields as plainly as can be."""
    said = dict(fields)
    first = said.get("first", "")
    note = NewNote(
        id="",
        kind=said.get("kind", "worry"),
        people=[value for name, value in fields if name == "people"],
        saw=said.get("saw", ""),
        voice=said.get("voice", ""),
    )
    someone = NewPerson(first, said.get("last", "")) if first else None
    return Typed(note, someone, "looked" in said, said.get("who", ""))


def device(cast: Cast, who: str = "social_worker") -> Device:
    return device_of(cast, who)


def take(cast: Cast, posted: object) -> Taken:
    return envelopes.take(cast.authority, RP, posted, reads)


def about(cast: Cast, *people: str, saw: str = SAW) -> list[tuple[str, str]]:
    return [*(("people", cast[name]) for name in people), ("saw", saw)]


def send(cast: Cast, by: Device, fields: Sequence[tuple[str, str]], **how: Any) -> Taken:
    return take(cast, by.delivery(by.envelope("note", fields, **how)))


def texts(cast: Cast, who: str, child: str) -> list[str]:
    return [note.now.saw for note in notes.about(cast.actor(who), cast[child]).notes]


def shut_out(cast: Cast, lost: Device) -> None:
    devices.revoke(cast.actor("supervisor", confirmed=True), lost.enrolment)


# --- Taken -------------------------------------------------------------------------------------------


def test_a_note_arrives_as_its_author_s(cast: Cast) -> None:
    phone = device(cast)
    note_id = new_id()
    taken = send(cast, phone, about(cast, "amara"), id=note_id)
    assert (taken.state, taken.reason, taken.shared, taken.revoked) == ("sent", None, False, False)
    note = notes.read(cast.actor("pastoral"), note_id)
    assert (note.now.saw, note.author) == (SAW, "Jo Marsh")
    event = last_event(cast, "envelope:taken")
    assert (event["actor"], event["enrolment_id"]) == (cast["social_worker"], phone.enrolment)
    assert last_event(cast, "note:logged")["subjects"] == [cast["amara"]]
    assert unsent.count(cast.actor("social_worker")) == 0


def test_the_same_again_is_the_same_note(cast: Cast) -> None:
    phone = device(cast)
    envelope = phone.envelope("note", about(cast, "amara"))
    answers = [take(cast, phone.delivery(envelope)).state for _ in range(3)]
    assert answers == ["sent", "sent", "sent"]
    assert texts(cast, "pastoral", "amara") == [SAW]


def test_a_note_that_was_sent_with_a_session_and_had_no_answer(cast: Cast) -> None:
    phone, note_id = device(cast), new_id()
    actor = cast.actor("social_worker")
    notes.log(actor, NewNote(note_id, "worry", [cast["amara"]], saw=SAW))
    assert send(cast, phone, about(cast, "amara"), id=note_id).state == "sent"
    assert texts(cast, "pastoral", "amara") == [SAW]


def test_a_copied_delivery_cannot_be_posted_again(cast: Cast) -> None:
    phone = device(cast)
    posted = phone.delivery(phone.envelope("note", about(cast, "amara")))
    take(cast, posted)
    with pytest.raises(NotTaken) as refused:
        take(cast, posted)
    assert (refused.value.reason, refused.value.count) == ("replayed", posted["count"])
    assert refusals(cast)[-1] == "replayed"
    late = phone.delivery(phone.envelope("note", about(cast, "jude")), count=posted["count"] - 1)
    with pytest.raises(NotTaken, match="before"):
        take(cast, late)
    assert texts(cast, "social_worker", "jude") == []


def test_the_numbers_of_a_key_cannot_be_used_up(cast: Cast) -> None:
    """Whoever gets hold of a key for a moment does not silence its owner."""
    phone = device(cast)
    for count in (2**53 - 1, now() + 365_001 * 86_400_000):
        with pytest.raises(NotTaken, match="clock"):
            take(cast, phone.delivery(phone.envelope("hello"), count=count))
    phone.count = now() + 364_999 * 86_400_000  # a clock that is wrong by a thousand years
    assert take(cast, phone.delivery(phone.envelope("hello"))).state == "hello"
    assert send(cast, phone, about(cast, "amara")).state == "sent"


def test_delivered_by_page_and_worker_at_once(cast: Cast) -> None:
    """Both may run: whichever signature counts, the note is there once."""
    phone = device(cast)
    envelope = phone.envelope("note", about(cast, "amara"))
    posted = [phone.delivery(envelope) for _ in range(4)]

    def deliver(one: dict[str, Any]) -> str:
        try:
            return take(cast, one).state
        except NotTaken as refused:
            return refused.reason

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(deliver, posted))
    assert "sent" in answers
    assert answers <= {"sent", "replayed"}
    assert texts(cast, "pastoral", "amara") == [SAW]


def test_what_was_undone_does_not_come_back(cast: Cast) -> None:
    phone, note_id = device(cast), new_id()
    envelope = phone.envelope("note", about(cast, "amara"), id=note_id)
    take(cast, phone.delivery(envelope))
    notes.undo(cast.actor("social_worker"), note_id)
    assert take(cast, phone.delivery(envelope)).state == "sent"
    assert texts(cast, "pastoral", "amara") == []


def test_a_refused_one_does_not_block_the_next(cast: Cast) -> None:
    phone = device(cast)
    bad = phone.envelope("note", about(cast, "amara"), key=new_id())
    good = phone.envelope("note", about(cast, "amara"))
    with pytest.raises(NotTaken):
        take(cast, phone.delivery(bad))
    assert take(cast, phone.delivery(good)).state == "sent"


def test_when_it_was_written_and_when_it_came(cast: Cast) -> None:
    phone, note_id = device(cast), new_id()
    fast = 12 * 60_000  # this phone's clock is twelve minutes ahead
    written_at = now() + fast - 26 * 3600_000
    envelope = phone.envelope("note", about(cast, "amara"), id=note_id, at=written_at)
    take(cast, phone.delivery(envelope, clock=now() + fast))
    note = notes.read(cast.actor("pastoral"), note_id)
    captured = moment_ms(note.captured_at or "")
    assert abs(captured - (now() - 26 * 3600_000)) < 5_000
    assert abs((note.clock_off or 0) - 720) <= 3
    assert note.made_at > (note.captured_at or "")
    assert note.now.happened_on == (note.captured_at or "")[:10]


@pytest.mark.parametrize("at", [0, 2**53 - 1])
def test_a_clock_that_is_out_of_this_world(cast: Cast, at: int) -> None:
    phone, note_id = device(cast), new_id()
    take(cast, phone.delivery(phone.envelope("note", about(cast, "amara"), id=note_id, at=at)))
    note = notes.read(cast.actor("pastoral"), note_id)
    assert note.captured_at
    assert note.captured_at <= note.made_at
    assert int(note.made_at[:4]) - int(note.captured_at[:4]) <= 2


def moment_ms(text: str) -> int:
    from api import moment

    return int(moment.parse(text).timestamp() * 1000)


def test_a_sealed_author_stays_sealed(cast: Cast) -> None:
    phone, note_id = device(cast, "sealed"), new_id()
    assert send(cast, phone, about(cast, "amara"), id=note_id).state == "sent"
    assert notes.read(cast.actor("sealed"), note_id).voice == "own service"
    with pytest.raises(NotFound):
        notes.read(cast.actor("social_worker"), note_id)


def test_a_note_through_the_relay_arrives_without_its_author(cast: Cast) -> None:
    phone, note_id = device(cast, "sealed"), new_id()
    fields = [*about(cast, "amara"), ("voice", "relay")]
    assert send(cast, phone, fields, id=note_id).state == "sent"
    read = notes.read(cast.actor("social_worker"), note_id)
    assert (read.author, read.agency, len(read.reference)) == ("somebody", "through the relay", 8)


def test_about_several_of_whom_one_is_restricted(cast: Cast) -> None:
    restrict(
        cast.actor("social_worker", confirmed=True),
        cast["rhea"],
        "threats",
        [cast["social_worker"]],
    )
    phone = device(cast)
    envelope = phone.envelope("note", about(cast, "amara", "rhea"))
    assert take(cast, phone.delivery(envelope)).state == "sent"
    assert take(cast, phone.delivery(envelope)).state == "sent"
    assert texts(cast, "social_worker", "amara") == [SAW]
    assert texts(cast, "social_worker", "rhea") == [SAW]


def test_who_only_reports_names_whom_they_mean(cast: Cast) -> None:
    phone = device(cast, "reporter")
    fields = [("first", "Mira"), ("last", "Lane"), ("saw", SAW)]
    assert send(cast, phone, fields).state == "sent"
    assert [note.now.saw for note in notes.written(cast.actor("reporter")).notes] == [SAW]


# --- Refused -----------------------------------------------------------------------------------------


def changed(text: str, at: int = 40) -> str:
    """Change one character of what was sealed."""
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"v": 2}, "unreadable"),
        ({"kind": "letter"}, "unreadable"),
        ({"number": -1}, "unreadable"),
        ({"number": True}, "unreadable"),
        ({"number": "1"}, "unreadable"),
        ({"id": "not an id"}, "unreadable"),
        ({"id": None}, "unreadable"),
        ({"sealed": "not base64url!"}, "unreadable"),
        ({"sealed": "AAAA"}, "sealing"),
        ({"sealed": ""}, "sealing"),
        ({"more": "than there is"}, "unreadable"),
        ({"origin": "https://other.example"}, "origin"),
        ({"key": "0193e6a0-0000-7000-8000-00000000dead"}, "sealing"),
        ({"id": "0193e6a0-0000-7000-8000-00000000beef"}, "sealing"),
        ({"kind": "draft"}, "sealing"),
        ({"enrolment": "0193e6a0-0000-7000-8000-00000000dead"}, "unknown device"),
    ],
)
def test_a_wrong_envelope_is_refused(cast: Cast, wrong: dict[str, Any], reason: str) -> None:
    phone = device(cast)
    envelope = phone.envelope("note", about(cast, "amara"))
    envelope = written(json.loads(envelope) | wrong)
    with pytest.raises(NotTaken) as refused:
        take(cast, phone.delivery(envelope))
    assert refused.value.reason == reason
    assert refusals(cast)[-1] == reason
    assert texts(cast, "pastoral", "amara") == []
    assert unsent.count(cast.actor("social_worker")) == 0


def test_a_changed_or_shortened_one_is_refused(cast: Cast) -> None:
    phone = device(cast)
    sealed = json.loads(phone.envelope("note", about(cast, "amara")))["sealed"]
    for bad in (changed(sealed), changed(sealed, len(sealed) - 3), sealed[:-8], sealed[:80]):
        envelope = phone.envelope("note", about(cast, "amara"), sealed=bad)
        with pytest.raises(NotTaken, match=r"cannot be (opened|read)"):
            take(cast, phone.delivery(envelope))
    # changed after it was signed
    posted = phone.delivery(phone.envelope("note", about(cast, "amara")))
    for member, value in (
        ("envelope", phone.envelope("note", about(cast, "jude"))),
        ("clock", posted["clock"] + 1),
        ("count", posted["count"] + 1),
        ("signature", changed(posted["signature"])),
        ("signature", ""),
    ):
        with pytest.raises(NotTaken) as refused:
            take(cast, posted | {member: value})
        assert refused.value.reason == "signature"
    assert take(cast, posted).state == "sent"


def test_another_device_s_signature_is_refused(cast: Cast) -> None:
    mine, other = device(cast), device(cast, "pastoral")
    mine.key, other.key = other.key, mine.key
    with pytest.raises(NotTaken) as refused:
        send(cast, mine, about(cast, "amara"))
    assert refused.value.reason == "signature"
    # signed by the pastoral lead's own device, in the social worker's name
    other.key, mine.key = mine.key, other.key
    envelope = other.envelope("note", about(cast, "amara"), author=cast["social_worker"])
    with pytest.raises(NotTaken) as refused:
        take(cast, other.delivery(envelope))
    assert refused.value.reason == "author"


def test_what_was_sealed_for_another_authority(cast: Cast) -> None:
    phone = device(cast)
    phone.authority = new_id()
    with pytest.raises(NotTaken, match="cannot be opened"):
        send(cast, phone, about(cast, "amara"))


def test_a_device_that_was_never_let_in(cast: Cast) -> None:
    waiting = device(cast)
    cast.authority.store.upkeep(
        lambda tx: tx.change(
            "UPDATE enrolments SET state = 'pending' WHERE id = :id", id=waiting.enrolment
        )
    )
    with pytest.raises(NotTaken) as refused:
        send(cast, waiting, about(cast, "amara"))
    assert refused.value.reason == "unknown device"


@pytest.mark.parametrize(
    "posted",
    [
        None,
        [],
        "text",
        {},
        {"envelope": 1, "clock": 1, "count": 1, "signature": ""},
        {"envelope": "[" * 20_000, "clock": 1, "count": 1, "signature": ""},
        {"envelope": "[]", "clock": 1, "count": 1, "signature": ""},
        {"envelope": '{"kind": "note"}', "clock": 1, "count": 1, "signature": ""},
        {"envelope": "x" * 70_000, "clock": 1, "count": 1, "signature": ""},
        {"envelope": '{"kind": []}', "clock": 1, "count": 1, "signature": ""},
    ],
)
def test_junk_is_refused_in_one_sentence(cast: Cast, posted: object) -> None:
    with pytest.raises(NotTaken, match="cannot be read") as refused:
        take(cast, posted)
    assert refused.value.reason == "unreadable"


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        b"not json",
        b"[]",
        b'{"at": 1}',
        b'{"at": "now", "fields": []}',
        b'{"at": 1, "fields": {"saw": "x"}}',
        b'{"at": 1, "fields": [["saw"]]}',
        b'{"at": 1, "fields": [["saw", 1]]}',
        b'{"at": 1.5, "fields": []}',
        b"\xff\xfe",
        written({"at": 1, "fields": [["people", "x"]] * 201}).encode(),
    ],
    ids=range(11),
)
def test_what_holds_no_note_is_refused(cast: Cast, plain: bytes) -> None:
    phone, id = device(cast), new_id()
    envelope = phone.envelope("note", id=id, sealed=phone.seal("note", id, plain))
    with pytest.raises(NotTaken) as refused:
        take(cast, phone.delivery(envelope))
    assert refused.value.reason == "sealing"


# --- Waiting for its author --------------------------------------------------------------------------


def test_to_match(cast: Cast) -> None:
    phone, note_id = device(cast), new_id()
    fields = [("who", "the boy with the red coat, Lily's brother?"), ("saw", SAW)]
    taken = send(cast, phone, fields, id=note_id)
    assert (taken.state, taken.reason) == ("waiting", "to match")
    author = cast.actor("social_worker")
    [held] = unsent.waiting(author)
    assert (held.reason, held.mine, dict(held.fields)["saw"]) == ("to match", True, SAW)
    assert unsent.read(author, author.id, note_id) == held
    for other in ("colleague", "supervisor", "pastoral", "governance", "administrator"):
        actor = cast.actor(other)
        assert unsent.waiting(actor) == []
        with pytest.raises(NotFound):
            unsent.read(actor, author.id, note_id)
        with pytest.raises(NotFound):
            unsent.discard(actor, author.id, note_id)
    # the author picks the person, and sends it as any other note
    notes.log(author, NewNote(note_id, "worry", [cast["amara"]], saw=SAW))
    assert unsent.waiting(author) == []
    note = notes.read(author, note_id)
    assert note.captured_at
    assert kept(cast, note_id)["sealed"] is None


def test_gone_on_with_and_sealed_again(cast: Cast) -> None:
    """Signal fails again while its author says whom it is about: what was sealed last counts."""
    phone, note_id = device(cast), new_id()
    first = phone.envelope("note", [("who", "Amara"), ("saw", "The door")], id=note_id)
    take(cast, phone.delivery(first))
    tablet = device(cast)
    assert send(cast, tablet, about(cast, "amara"), id=note_id).state == "sent"
    assert texts(cast, "pastoral", "amara") == [SAW]
    assert take(cast, phone.delivery(first)).state == "sent"
    # on one device the later text stays, whichever comes first
    other = new_id()
    early = phone.envelope("note", [("who", "Jude"), ("saw", "early")], id=other)
    late = phone.envelope("note", [("who", "Jude"), ("saw", "late")], id=other)
    assert take(cast, phone.delivery(late)).state == "waiting"
    assert take(cast, phone.delivery(early)).state == "gone"
    [held] = unsent.waiting(cast.actor("social_worker"))
    assert dict(held.fields)["saw"] == "late"


def test_a_device_that_is_shut_out_replaces_nothing(cast: Cast) -> None:
    phone, lost, note_id = device(cast), device(cast), new_id()
    send(cast, phone, [("who", "Amara"), ("saw", SAW)], id=note_id)
    shut_out(cast, lost)
    with pytest.raises(NotTaken, match="Another text"):
        send(cast, lost, about(cast, "amara", saw="nothing to worry about"), id=note_id)
    [held] = unsent.waiting(cast.actor("social_worker"))
    assert dict(held.fields)["saw"] == SAW


def test_nor_a_draft_that_was_gone_on_with_elsewhere(cast: Cast) -> None:
    phone, lost, note_id = device(cast), device(cast), new_id()
    draft(cast, lost, note_id, "He")
    draft(cast, phone, note_id)
    shut_out(cast, lost)
    for kind in ("draft", "note"):
        envelope = lost.envelope(kind, about(cast, "amara", saw="nothing"), id=note_id)
        with pytest.raises(NotTaken, match="Another text"):
            take(cast, lost.delivery(envelope))
    [held] = unsent.waiting(cast.actor("social_worker"))
    assert dict(held.fields)["saw"] == SAW


def test_a_name_that_nobody_looked_for_is_to_match(cast: Cast) -> None:
    phone = device(cast)
    named = [("first", "Amara"), ("last", "Okafor"), ("saw", SAW)]
    assert send(cast, phone, named).reason == "to match"
    looked = [*named, ("looked", "yes")]
    assert send(cast, phone, looked).state == "sent"


def test_what_the_record_does_not_take_waits_with_its_reason(cast: Cast) -> None:
    phone = device(cast)
    restrict(cast.actor("supervisor", confirmed=True), cast["amara"], "threats", [cast["duty"]])
    for fields, sentence in (
        (about(cast, "amara"), "There is no such person here."),
        (about(cast, "jude", saw=""), "Write what you saw"),
        ([*about(cast, "jude"), ("kind", "rumour")], "Choose worry"),
        ([("people", "nobody"), ("saw", SAW)], "There is no such person here."),
    ):
        taken = send(cast, phone, fields)
        assert (taken.state, taken.reason) == ("waiting", "not taken")
        assert sentence in (unsent.waiting(cast.actor("social_worker"))[-1].sentence or "")
    assert texts(cast, "social_worker", "jude") == []


def test_discarding_destroys_the_words_and_keeps_the_tombstone(cast: Cast) -> None:
    phone, note_id = device(cast), new_id()
    envelope = phone.envelope("note", [("who", "Amara"), ("saw", SAW)], id=note_id)
    take(cast, phone.delivery(envelope))
    unsent.discard(cast.actor("social_worker"), cast["social_worker"], note_id)
    assert kept(cast, note_id)["sealed"] is None
    assert last_event(cast, "envelope:settled")["reason"] == "discarded, to match"
    assert take(cast, phone.delivery(envelope)).state == "gone"
    assert unsent.count(cast.actor("social_worker")) == 0


def test_looking_at_what_waits_leaves_a_row(cast: Cast) -> None:
    phone = device(cast)
    send(cast, phone, [*about(cast, "amara"), ("who", "and her cousin")])
    unsent.waiting(cast.actor("social_worker"))
    assert last_event(cast, "unsent:looked")["subjects"] == [cast["amara"]]


def kept(cast: Cast, id: str) -> dict[str, Any]:
    [row] = cast.authority.store.query("SELECT * FROM envelopes WHERE id = :id", id=id)
    return row


# --- Drafts ------------------------------------------------------------------------------------------


def draft(cast: Cast, by: Device, id: str, saw: str = SAW, **how: Any) -> Taken:
    return take(
        cast, by.delivery(by.envelope("draft", about(cast, "amara", saw=saw), id=id, **how))
    )


def test_a_draft_comes_back_to_its_author_and_becomes_the_note(cast: Cast) -> None:
    phone, id = device(cast), new_id()
    assert draft(cast, phone, id, "The back").reason == "draft"
    older = phone.number
    assert draft(cast, phone, id, "The back door").reason == "draft"
    assert draft(cast, phone, id, "The", number=older).state == "waiting"
    author = cast.actor("social_worker")
    [held] = unsent.waiting(author)
    assert (held.reason, dict(held.fields)["saw"]) == ("draft", "The back door")
    assert texts(cast, "pastoral", "amara") == []
    notes.log(author, NewNote(id, "worry", [cast["amara"]], saw=SAW))
    assert unsent.waiting(author) == []
    assert notes.read(author, id).captured_at is None
    assert draft(cast, phone, id).state == "gone"


def test_a_draft_whose_note_came_first_or_later(cast: Cast) -> None:
    phone, id = device(cast), new_id()
    notes.log(cast.actor("social_worker"), NewNote(id, "worry", [cast["amara"]], saw=SAW))
    assert draft(cast, phone, id).state == "gone"
    later = new_id()
    draft(cast, phone, later)
    assert send(cast, phone, about(cast, "amara"), id=later).state == "sent"
    assert unsent.count(cast.actor("social_worker")) == 0
    assert draft(cast, phone, later).state == "gone"


def test_a_discarded_draft_can_still_be_typed_on(cast: Cast) -> None:
    phone, id = device(cast), new_id()
    first = phone.envelope("draft", about(cast, "amara"), id=id)
    take(cast, phone.delivery(first))
    unsent.discard(cast.actor("social_worker"), cast["social_worker"], id)
    assert take(cast, phone.delivery(first)).state == "gone"
    assert draft(cast, phone, id, "and more").state == "waiting"
    assert send(cast, phone, about(cast, "amara"), id=id).state == "sent"


# --- Several people on one device ------------------------------------------------------------------


def own(cast: Cast, phone: Phone, who: str) -> Device:
    """Give the device that a phone's enrolment is."""
    actor = phone.signed_in()
    made = Device(
        actor.enrolment_id or "", cast[who], cast.authority.id, sealing.current(cast.authority)
    )
    cast.authority.store.upkeep(
        lambda tx: stored_devices.keep_key(tx, made.enrolment, made.key.point)
    )
    return made


def tablet(cast: Cast) -> tuple[Phone, Device, Phone]:
    """Give a tablet that two people use: one of them with the device, and the other's phone."""
    mine = approved(cast, "pastoral")
    by = own(cast, mine, "pastoral")
    other = approved(cast, "safeguarding")
    cast.authority.store.upkeep(
        lambda tx: tx.change(
            """UPDATE enrolments SET device_id = (SELECT device_id FROM enrolments WHERE id = :mine)
            WHERE practitioner_id = :other""",
            mine=by.enrolment,
            other=cast["safeguarding"],
        )
    )
    return mine, by, other


def test_on_a_shared_tablet_the_passkey_says_who_it_was(cast: Cast) -> None:
    mine, by, _ = tablet(cast)
    envelope = by.envelope("note", about(cast, "amara"))
    taken = take(cast, by.delivery(envelope, passkey=mine.passkey))
    assert (taken.state, taken.shared) == ("sent", True)


def test_without_it_the_note_waits_for_its_author(cast: Cast) -> None:
    mine, by, other = tablet(cast)
    answers = [None, other.passkey]
    for passkey in answers:
        envelope = by.envelope("note", about(cast, "amara"))
        taken = take(cast, by.delivery(envelope, passkey=passkey))
        assert (taken.state, taken.reason) == ("waiting", "not confirmed")
    # the author's own passkey, for another envelope
    first, second = (by.envelope("note", about(cast, "amara")) for _ in range(2))
    borrowed = by.delivery(first, passkey=mine.passkey)["passkey"]
    assert take(cast, by.delivery(second, passkey=None) | {"passkey": borrowed}).state == "waiting"
    assert take(cast, by.delivery(first) | {"passkey": {"id": "junk"}}).state == "waiting"
    assert texts(cast, "social_worker", "amara") == []
    author = cast.actor("pastoral")
    for held in unsent.waiting(author):
        assert unsent.release(author, author.id, held.id, reads) == "sent"
    assert texts(cast, "social_worker", "amara") == [SAW] * 4
    assert unsent.waiting(cast.actor("safeguarding")) == []


def test_who_was_shut_out_of_a_device_may_still_hold_it(cast: Cast) -> None:
    """Nobody gets rid of the question by shutting out themselves."""
    _, by, _ = tablet(cast)
    [theirs] = stored_devices.of(cast.authority.store, cast["safeguarding"])
    devices.revoke(cast.actor("safeguarding", confirmed=True), theirs.id)
    taken = send(cast, by, about(cast, "amara"))
    assert (taken.state, taken.reason, taken.shared) == ("waiting", "not confirmed", True)


def test_alone_on_a_device_nobody_is_asked(cast: Cast) -> None:
    by = own(cast, approved(cast, "pastoral"), "pastoral")
    assert send(cast, by, about(cast, "amara")).state == "sent"


# --- Shut out ----------------------------------------------------------------------------------------


def test_a_revoked_device_delivers_to_the_hold(cast: Cast) -> None:
    phone = device(cast)
    envelope = phone.envelope("note", about(cast, "amara"), id=new_id())
    shut_out(cast, phone)
    taken = take(cast, phone.delivery(envelope))
    assert (taken.state, taken.reason, taken.revoked) == ("waiting", "revoked device", True)
    assert texts(cast, "pastoral", "amara") == []
    supervisor = cast.actor("supervisor")
    [held] = unsent.waiting(supervisor)
    assert (held.author, held.mine, dict(held.fields)["saw"]) == ("Jo Marsh", False, SAW)
    for other in ("colleague", "duty_supervisor", "pastoral", "sealed_supervisor"):
        with pytest.raises(NotFound):
            unsent.release(cast.actor(other), held.author_id, held.id, reads)
    assert unsent.release(supervisor, held.author_id, held.id, reads) == "sent"
    note = notes.read(cast.actor("pastoral"), held.id)
    assert (note.author, note.now.saw) == ("Jo Marsh", SAW)
    event = last_event(cast, "envelope:settled")
    assert (event["actor"], event["reason"]) == (cast["supervisor"], "released, sent")
    assert last_event(cast, "note:logged")["actor"] == cast["social_worker"]
    with pytest.raises(NotFound):
        unsent.release(supervisor, held.author_id, held.id, reads)


def test_shut_out_while_it_delivers(cast: Cast) -> None:
    phone = device(cast)

    def slowly(fields: Fields) -> Typed:
        shut_out(cast, phone)
        return reads(fields)

    delivery = phone.delivery(phone.envelope("note", about(cast, "amara")))
    taken = envelopes.take(cast.authority, RP, delivery, slowly)
    assert (taken.reason, taken.revoked) == ("revoked device", True)
    assert texts(cast, "pastoral", "amara") == []


def test_a_supervisor_is_shown_nobody_who_must_not_exist_for_them(cast: Cast) -> None:
    phone, supervisor = device(cast), cast.actor("supervisor")
    shut_out(cast, phone)
    send(cast, phone, about(cast, "amara", "lily"))
    send(cast, phone, about(cast, "lily", saw="He was early."))
    assert unsent.count(supervisor) == 2
    author = cast.actor("social_worker", confirmed=True)
    restrict(author, cast["amara"], "Adopted", [author.id])
    assert [dict(one.fields)["saw"] for one in unsent.waiting(supervisor)] == ["He was early."]
    assert unsent.count(supervisor) == 1
    held = next(one for one in unsent.waiting(author) if dict(one.fields)["saw"] == SAW)
    with pytest.raises(NotFound):
        unsent.read(supervisor, author.id, held.id)
    with pytest.raises(NotFound):
        unsent.release(supervisor, author.id, held.id, reads)
    with pytest.raises(NotFound):
        unsent.discard(supervisor, author.id, held.id)
    assert unsent.release(author, author.id, held.id, reads) == "sent"


def test_who_released_it_is_kept(cast: Cast) -> None:
    phone, note_id = device(cast), new_id()
    shut_out(cast, phone)
    send(cast, phone, about(cast, "amara"), id=note_id)
    unsent.release(cast.actor("supervisor"), cast["social_worker"], note_id, reads)
    row = kept(cast, note_id)
    assert (row["state"], row["settled_by"]) == ("sent", cast["supervisor"])


def test_the_author_hears_what_was_done_in_their_name(cast: Cast) -> None:
    phone = device(cast)
    shut_out(cast, phone)
    for _ in range(2):
        send(cast, phone, about(cast, "amara"))
    supervisor = cast.actor("supervisor")
    first, second = unsent.waiting(supervisor)
    unsent.release(supervisor, first.author_id, first.id, reads)
    unsent.discard(supervisor, second.author_id, second.id)
    wait(cast, seconds=11)
    outbox.fan_out(cast.authority)
    told = [item.text for item in inbox.list_items(cast.actor("social_worker")).items]
    assert any("put a note on the record" in text for text in told)
    assert any("refused a note" in text for text in told)
    for other in ("pastoral", "colleague"):
        others = [item.text for item in inbox.list_items(cast.actor(other)).items]
        assert not any("device" in text for text in others)


def test_its_author_or_supervisor_may_refuse_it(cast: Cast) -> None:
    phone = device(cast)
    shut_out(cast, phone)
    for who in ("supervisor", "social_worker"):
        envelope = phone.envelope("note", about(cast, "amara"))
        take(cast, phone.delivery(envelope))
        actor = cast.actor(who)
        [held] = unsent.waiting(actor)
        unsent.discard(actor, held.author_id, held.id)
        assert take(cast, phone.delivery(envelope)).state == "gone"
    assert texts(cast, "pastoral", "amara") == []


def test_held_and_still_to_match(cast: Cast) -> None:
    phone = device(cast)
    shut_out(cast, phone)
    send(cast, phone, [("who", "a girl in blue"), ("saw", SAW)])
    supervisor = cast.actor("supervisor")
    [held] = unsent.waiting(supervisor)
    assert unsent.release(supervisor, held.author_id, held.id, reads) == "to match"
    assert unsent.waiting(supervisor) == []
    [mine] = unsent.waiting(cast.actor("social_worker"))
    assert mine.reason == "to match"
    with pytest.raises(Conflict):
        unsent.release(cast.actor("social_worker"), mine.author_id, mine.id, reads)


def test_the_hold_is_capped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelopes, "HELD", 2)
    phone = device(cast)
    shut_out(cast, phone)
    for _ in range(2):
        assert send(cast, phone, about(cast, "amara")).state == "waiting"
    with pytest.raises(NotTaken) as refused:
        send(cast, phone, about(cast, "amara"))
    assert refused.value.reason == "full"
    monkeypatch.setattr(envelopes, "HELD", 250)
    monkeypatch.setattr(envelopes, "HELD_BYTES", 2_000)
    with pytest.raises(NotTaken):
        send(cast, phone, about(cast, "amara", saw="x" * 1_000))


def test_what_someone_wrote_before_they_left(cast: Cast) -> None:
    phone = device(cast)
    send(cast, phone, [("who", "the twins"), ("saw", SAW)])
    draft(cast, phone, new_id())
    practitioners.leave(cast.actor("supervisor", confirmed=True), cast["social_worker"])
    late = send(cast, phone, about(cast, "amara"))
    assert (late.state, late.revoked) == ("waiting", True)
    supervisor = cast.actor("supervisor")
    held = unsent.waiting(supervisor)
    assert {one.reason for one in held} == {"to match", "revoked device"}  # not the draft
    assert all(one.author_left for one in held)
    for one in held:
        with pytest.raises(Conflict):
            unsent.release(supervisor, one.author_id, one.id, reads)
        unsent.discard(supervisor, one.author_id, one.id)
    assert texts(cast, "pastoral", "amara") == []


# --- Keys --------------------------------------------------------------------------------------------


def test_an_old_key_opens_what_was_sealed_to_it(cast: Cast) -> None:
    phone = device(cast)
    first = phone.sealing
    envelope = phone.envelope("note", about(cast, "amara"))
    made, destroyed = sealing.rotate(cast.system)
    assert destroyed == 0
    taken = take(cast, phone.delivery(envelope))
    assert taken.state == "sent"
    assert taken.key.id == made != first.id
    phone.sealing = taken.key
    assert send(cast, phone, about(cast, "amara")).state == "sent"
    assert last_event(cast, "sealing-key:rotated")["object"] == made


def test_a_key_is_destroyed_when_no_device_can_hold_it(cast: Cast) -> None:
    phone, other = device(cast), device(cast, "pastoral")
    take(cast, phone.delivery(phone.envelope("hello")))
    take(cast, other.delivery(other.envelope("hello")))
    envelope = phone.envelope("note", about(cast, "amara"))
    sealing.rotate(cast.system)
    wait(cast, days=367)
    assert sealing.rotate(cast.system)[1] == 0  # two browsers were last given it
    take(cast, phone.delivery(phone.envelope("hello")))
    assert sealing.rotate(cast.system)[1] == 0  # one still is
    devices.revoke(cast.actor("administrator", confirmed=True), other.enrolment)
    assert sealing.rotate(cast.system)[1] == 1
    with pytest.raises(NotTaken, match="cannot be opened"):
        take(cast, phone.delivery(envelope))


def test_hello_says_how_things_stand(cast: Cast) -> None:
    phone = device(cast)
    said = take(cast, phone.delivery(phone.envelope("hello")))
    assert (said.state, said.revoked) == ("hello", False)
    assert said.key == sealing.current(cast.authority)
    shut_out(cast, phone)
    assert take(cast, phone.delivery(phone.envelope("hello"))).revoked
    with pytest.raises(NotTaken):
        take(cast, phone.delivery(phone.envelope("hello"), count=1))
    assert refusals(cast)[-1] == "replayed"


def test_a_delivery_gives_no_right_to_read(cast: Cast) -> None:
    """What a delivery answers holds nothing about anybody."""
    phone = device(cast)
    taken = send(cast, phone, about(cast, "amara"))
    assert taken.__dict__.keys() == {"state", "reason", "shared", "revoked", "key"}
