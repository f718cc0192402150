"""The items of a request: what is held, who decides about each, and what the reader sees of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import pytest

from api.errors import Conflict, Invalid, NotFound
from api.record import (
    asks,
    families,
    glass,
    identities,
    involvements,
    notes,
    people,
    plans,
    protections,
    sharing,
)
from api.record.people import NewPerson
from api.record.sharing import NewDecision
from api.rights import handling, items, signing, statements, together
from api.rights.blacking import BLACK
from api.rights.items import Decision, Review
from api.rights.signing import PartView
from api.staff import practitioners
from tests import feeds
from tests.api.test_requests import check_all, take, told
from tests.cast import Cast
from tests.trail import last_event

RINGS = count(100)
REVIEWERS = ("governance", "supervisor", "safeguarding", "health_visitor")
GIVEN = Decision("given")
HELD_BACK = Decision("withheld", "third party", "It is about her aunt.")


@pytest.fixture
def said(cast: Cast) -> Cast:
    """What four agencies and a sealed one said about Amara."""
    cast.ids["worry"] = cast.worry(
        "social_worker", "amara", "jude", saw="Kemi Okafor said that Jude was at Dilys's."
    ).note_ids[0]
    cast.ids["school worry"] = cast.worry("pastoral", "amara", saw="No lunch again.").note_ids[0]
    cast.ids["health worry"] = cast.worry(
        "health_visitor", "amara", saw="Weight is fine.", categories=["health"]
    ).note_ids[0]
    cast.ids["sealed worry"] = cast.worry("sealed", "amara", saw="Kemi relapsed.").note_ids[0]
    notes.reply(cast.actor("pastoral"), cast["worry"], "I saw Jude there too.")
    practitioners.grant(cast.system, cast["health_visitor"], "supervisor", "team", cast["visitors"])
    return cast


def gathered(cast: Cast, **asked: str) -> str:
    # What is sent twice is one request: each has its own number to ring.
    request_id = take(cast, **{"contact": f"07700 900{next(RINGS)}", **asked})
    check_all(cast, request_id) if asked.get("asker") != "person" else None
    if asked.get("asker") == "person":
        for kind, answer in (("identity", "known"), ("wish", "agrees"), ("safety", "safe")):
            handling.check(cast.actor("governance"), request_id, kind, answer, "seen")
    items.gather(cast.actor("governance"), request_id)
    return request_id


def parts(cast: Cast, who: str, request_id: str) -> Sequence[PartView]:
    return signing.parts(cast.actor(who), request_id)[1]


def mine(cast: Cast, who: str, request_id: str) -> list[Review]:
    actor = cast.actor(who)
    return [
        items.review(actor, request_id, entry.id)
        for part in signing.parts(actor, request_id)[1]
        for entry in part.entries
        if entry.mine
    ]


def texts(found: Sequence[Review]) -> str:
    return "\n".join(line.text for one in found for line in one.lines)


def item(cast: Cast, who: str, request_id: str, words: str) -> Review:
    return next(one for one in mine(cast, who, request_id) if words in texts([one]))


def decide_all(cast: Cast, request_id: str, *who: str, decision: Decision = GIVEN) -> None:
    for one in who:
        for found in mine(cast, one, request_id):
            if not found.entry.decision:
                items.decide(cast.actor(one), request_id, found.entry.id, decision)


def mother_of(cast: Cast) -> None:
    families.relate(
        cast.system,
        cast["amara"],
        kind="mother",
        other_id=cast["kemi"],
        parental_responsibility="yes",
    )


# --- What is held -----------------------------------------------------------------------------------


def test_everything_that_is_held_is_an_item_with_who_controls_it(said: Cast) -> None:
    notes.revise(
        said.actor("pastoral"), said["school worry"], _revised(said, "No lunch on Friday.")
    )
    plans.set(said.actor("social_worker"), said["amara"], "child in need", "2026-01-05")
    mother_of(said)
    request_id = gathered(said)
    found = [
        (entry.what, entry.agency) for part in parts(said, "governance", request_id)
        for entry in part.entries
    ]  # fmt: skip
    for one in (
        ("A note", "Westhaven Children's Social Care"),
        ("A note", "St Bede's Primary School"),
        ("A note", "Westhaven Health Visiting"),
        ("An answer to a note", "St Bede's Primary School"),
        ("A plan", "Westhaven Children's Social Care"),
        ("Family", "Westhaven Council"),
        ("An address", "Westhaven Council"),
        ("A name", "Westhaven Council"),
        ("Birth, death and gender", "Westhaven Council"),
        ("Who gave support", "Westhaven Council"),
    ):
        assert one in found, one
    school = texts(mine(said, "safeguarding", request_id))
    # All revisions, and who wrote it; the newest first.
    assert "No lunch on Friday." in school
    assert "No lunch again." in school
    assert "Pat Osei, Pastoral lead" in school
    # What came after is not part of it.
    notes.reply(said.actor("pastoral"), said["school worry"], "And today.")
    assert "And today." not in texts(mine(said, "safeguarding", request_id))


def _revised(cast: Cast, saw: str) -> notes.NewNote:
    return notes.NewNote(id=cast["school worry"], kind="worry", people=[cast["amara"]], saw=saw)


def test_what_was_asked_shared_and_said_by_the_family_is_held_too(said: Cast) -> None:
    worker, amara = said.actor("social_worker"), said["amara"]
    statements.take_down(worker, amara, "Kemi", "We were never asked.")
    sharing.decide(
        worker, amara, NewDecision(True, "The housing office", "That they moved", "welfare", "Rent")
    )
    asked = asks.ask(worker, amara, '{"Who": "takes her swimming?"}')
    asks.answer(said.actor("pastoral"), asked, "named", "I do, on Mondays.")
    asks.answer(said.actor("health_visitor"), asked, "relay", "Ring me.")
    request_id = gathered(said)
    found = texts(mine(said, "supervisor", request_id))
    for words in (
        "We were never asked.",
        "The housing office",
        "That they moved",
        '{"Who": "takes',
    ):
        assert words in found, words
    assert "I do, on Mondays." in texts(mine(said, "safeguarding", request_id))
    # Who answered through the relay stands apart, with their own service.
    own = parts(said, "health_visitor", request_id)
    relayed = next(part for part in own if part.part == said["health"])
    assert [entry.what for entry in relayed.entries] == ["An answer to what was asked"]
    main = next(part for part in parts(said, "governance", request_id) if part.part == "main")
    assert [entry.what for entry in main.entries].count("An answer to what was asked") == 1


def test_what_is_on_nobodys_record_is_no_item(said: Cast) -> None:
    undone = said.worry("social_worker", "amara", saw="Typed in haste.").note_ids[0]
    wrong = said.worry("social_worker", "amara", saw="It was about another child.").note_ids[0]
    notes.undo(said.actor("social_worker"), undone)
    notes.wrong_person(said.actor("social_worker"), wrong, "another child")
    found = texts(mine(said, "supervisor", gathered(said)))
    assert "Dilys" in found
    assert "haste" not in found
    assert "another child" not in found


def test_what_turns_out_to_be_about_another_goes_into_no_pack(said: Cast) -> None:
    request_id = gathered(said)
    note = item(said, "supervisor", request_id, "Dilys").entry.id
    notes.wrong_person(said.actor("social_worker"), said["worry"], "another child")
    seen = items.review(said.actor("supervisor"), request_id, note)
    assert seen.lines == []
    decide_all(said, request_id, "governance", "supervisor", "safeguarding", "health_visitor")
    pack = signing.read(said.actor("safeguarding"), request_id, "main").pack.as_json()
    assert "No lunch" in pack
    assert "Dilys" not in pack
    assert "I saw Jude there too." not in pack


def test_what_is_of_somebody_else_after_all_goes_into_no_pack(said: Cast) -> None:
    """Two records were taken for one person while it was put together, and are parted since."""
    twin = people.add(said.system, NewPerson("Amara", "Oakfield", "2019-05-03"))
    said.ids["twin"] = twin
    said.worry("social_worker", "twin", saw="Her house burnt down.")
    worker, supervisor = said.actor("social_worker", confirmed=True), said.actor("supervisor")
    link = identities.link(worker, said["amara"], twin, "One.")
    request_id = gathered(said)
    theirs = item(said, "supervisor", request_id, "burnt").entry.id
    name = item(said, "governance", request_id, "Oakfield").entry.id
    identities.unlink(worker, link, "They are two.")
    assert items.review(supervisor, request_id, theirs).lines == []
    assert items.review(said.actor("governance"), request_id, name).lines == []
    decide_all(said, request_id, "governance", "supervisor", "safeguarding", "health_visitor")
    pack = signing.read(said.actor("safeguarding"), request_id, "main").pack.as_json()
    assert "No lunch" in pack
    assert "burnt" not in pack
    assert "Oakfield" not in pack


def test_what_a_service_keeps_to_itself_since_goes_into_no_main_pack(said: Cast) -> None:
    request_id = gathered(said)
    note = item(said, "safeguarding", request_id, "No lunch").entry.id
    change = "UPDATE notes SET voice = 'own service' WHERE id = :id"
    said.authority.store.upkeep(lambda tx: tx.change(change, id=said["school worry"]))
    assert items.review(said.actor("safeguarding"), request_id, note).lines == []


# --- Who decides ------------------------------------------------------------------------------------


def test_each_agency_decides_about_its_own_only(said: Cast) -> None:
    request_id = gathered(said)
    words = {
        who: texts(mine(said, who, request_id))
        for who in ("supervisor", "safeguarding", "health_visitor", "sealed_supervisor")
    }
    assert "Dilys" in words["supervisor"]
    assert "No lunch" in words["safeguarding"]
    assert "I saw Jude there too." in words["safeguarding"]
    # A narrow note of its own agency is decided there, whoever it is narrowed to.
    assert "Weight is fine." in words["health_visitor"]
    assert "relapsed" in words["sealed_supervisor"]
    for who, text in words.items():
        seen = [key for key in ("Dilys", "No lunch", "Weight", "relapsed") if key in text]
        assert len(seen) == 1, who


@pytest.mark.parametrize(
    "who",
    ["social_worker", "colleague", "duty_supervisor", "pastoral", "outsider", "sealed", "governance",
     "administrator"],
)  # fmt: skip
def test_nobody_else_reads_or_decides_about_a_note(said: Cast, who: str) -> None:
    request_id = gathered(said)
    note = item(said, "supervisor", request_id, "Dilys").entry.id
    for attempt in (
        lambda: items.review(said.actor(who), request_id, note),
        lambda: items.decide(said.actor(who), request_id, note, GIVEN),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert item(said, "supervisor", request_id, "Dilys").entry.decision == ""


@pytest.mark.parametrize("outcome", ["refused", "withdrawn"])
def test_what_was_refused_or_taken_back_opens_no_words_any_more(said: Cast, outcome: str) -> None:
    request_id = gathered(said)
    one = mine(said, "supervisor", request_id)[0].entry.id
    handling.end(said.actor("governance"), request_id, outcome, "They rang.")
    for act in (
        lambda: items.review(said.actor("supervisor"), request_id, one),
        lambda: items.decide(said.actor("supervisor"), request_id, one, GIVEN),
    ):
        with pytest.raises(Conflict, match="has ended"):
            act()


def test_who_broke_the_glass_decides_about_nothing_and_takes_nothing_out(said: Cast) -> None:
    request_id = gathered(said)
    note = item(said, "supervisor", request_id, "Dilys").entry.id
    practitioners.grant(said.system, said["outsider"], "supervisor", "team", said["front door"])
    glass.open_record(said.actor("outsider", confirmed=True), said["amara"], "found in the street")
    for attempt in (
        lambda: signing.parts(said.actor("outsider"), request_id),
        lambda: items.review(said.actor("outsider"), request_id, note),
        lambda: signing.read(said.actor("outsider"), request_id, "main"),
        lambda: signing.hand_over(said.actor("outsider", confirmed=True), request_id, "main"),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_an_agency_that_never_supported_the_child_reads_no_pack(said: Cast) -> None:
    """An officer who only passed something on: their agency decides about that, and reads no more."""
    said.worry("police", "amara", saw="Seen in town.")
    practitioners.grant(said.system, said["outsider"], "safeguarding lead", "agency", said["force"])
    request_id = gathered(said)
    everybody = ("governance", "supervisor", "safeguarding", "health_visitor", "outsider")
    decide_all(said, request_id, *everybody)
    for act in (signing.read, signing.hand_over, signing.sign):
        with pytest.raises(NotFound):
            act(said.actor("outsider", confirmed=True), request_id, "main")
    assert (
        "Seen in town."
        in signing.read(said.actor("safeguarding"), request_id, "main").pack.as_json()
    )


def test_a_governance_lead_sees_no_words_of_a_note(said: Cast) -> None:
    request_id = gathered(said)
    note = item(said, "supervisor", request_id, "Dilys").entry.id
    items.decide(said.actor("supervisor"), request_id, note, HELD_BACK)
    seen = repr(signing.parts(said.actor("governance"), request_id))
    assert "Dilys" not in seen
    assert "It is about her aunt." in seen
    assert not {"Dilys", "No lunch", "Weight"} & set(texts(mine(said, "governance", request_id)))


def test_who_decides_is_told_once_it_is_put_together(said: Cast) -> None:
    request_id = take(said)
    store = said.authority.store
    store.upkeep(lambda tx: tx.change("UPDATE outbox SET due_at = made_at"))
    assert "items to decide" not in told(said, "supervisor")
    check_all(said, request_id)
    items.gather(said.actor("governance"), request_id)
    store.upkeep(lambda tx: tx.change("UPDATE outbox SET due_at = made_at"))
    for who in ("supervisor", "safeguarding", "health_visitor", "sealed_supervisor"):
        assert "items to decide" in told(said, who), who
    for who in ("social_worker", "pastoral", "sealed", "duty_supervisor", "administrator"):
        assert "items to decide" not in told(said, who), who
    with pytest.raises(Conflict):
        items.gather(said.actor("governance"), request_id)


def test_where_nobody_supervises_the_writer_another_supervisor_decides(cast: Cast) -> None:
    cast.worry("police", "noor", saw="Seen in town.")
    request_id = gathered(cast, person="noor")
    view = parts(cast, "governance", request_id)[0]
    assert view.nobody == ["Westhaven Police"]
    practitioners.grant(cast.system, cast["outsider"], "safeguarding lead", "agency", cast["force"])
    assert "Seen in town." in texts(mine(cast, "outsider", request_id))
    assert parts(cast, "governance", request_id)[0].nobody == []


def test_what_a_feed_says_is_decided_near_the_child(said: Cast) -> None:
    """Of two supervisors of one agency the one whose team supports the child decides, and is told."""
    store = said.authority.store
    source = feeds.add_feed(store, "plans", said["care"], name="Plans")
    feeds.say(store, source, "plans", said["amara"], kind="care order")
    feeds.say(store, source, "plans", said["lily"], kind="care order")
    said.worry("pastoral", "lily", saw="No coat.")
    amara, lily = gathered(said), gathered(said, person="lily")
    assert "Care order" in texts(mine(said, "supervisor", amara))
    with pytest.raises(NotFound):
        mine(said, "duty_supervisor", amara)
    # Nobody there supports Lily: either may decide, and reads no pack for it.
    for who in ("supervisor", "duty_supervisor"):
        assert "Care order" in texts(mine(said, who, lily))
    decide_all(said, lily, "governance", "duty_supervisor", "safeguarding")
    with pytest.raises(NotFound):
        signing.read(said.actor("duty_supervisor"), lily, "main")
    assert "Care order" in signing.read(said.actor("safeguarding"), lily, "main").pack.as_json()


# --- Deciding ---------------------------------------------------------------------------------------


def test_what_is_decided_stands_with_its_reason(said: Cast) -> None:
    request_id = gathered(said)
    first = item(said, "supervisor", request_id, "Dilys")
    assert first.decided.decision == ""
    assert first.as_read is None
    items.decide(said.actor("supervisor"), request_id, first.entry.id, HELD_BACK)
    event = last_event(said, "request:item-decided")
    assert (event["reason"], event["object"]) == ("third party", first.entry.id)
    seen = item(said, "supervisor", request_id, "Dilys")
    assert (seen.entry.decision, seen.entry.reason) == ("withheld", "It is about her aunt.")
    assert seen.as_read == []
    # Nothing of it is kept in clear.
    assert "aunt" not in repr(said.authority.store.query("SELECT * FROM request_items"))


def test_words_are_blacked_out_wherever_they_stand(said: Cast) -> None:
    request_id = gathered(said)
    first = item(said, "supervisor", request_id, "Dilys")
    # Whom the texts name is shown, with the words by which they do; the person's own name is not.
    assert [(one.name, list(one.words)) for one in first.named] == [
        ("Jude Okafor", ["Jude Okafor", "Jude"])
    ]
    decision = Decision(
        "blacked out", "third party", "Her brother and a friend", ["jude", "Dilys's", "Jude Okafor"]
    )
    tried = items.review(said.actor("supervisor"), request_id, first.entry.id, decision)
    items.decide(said.actor("supervisor"), request_id, first.entry.id, decision)
    seen = item(said, "supervisor", request_id, "Dilys")
    assert tried.as_read == seen.as_read
    assert seen.as_read is not None
    read = " ".join(line.text for line in seen.as_read)
    assert f"Kemi Okafor said that {BLACK} was at {BLACK}." in read
    assert "Jude" not in read
    assert "Dilys" not in read


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision(""), "decision"),
        (Decision("burnt"), "decision"),
        (Decision("given", passages=["Dilys's"]), "decision"),
        (Decision("withheld", "", "why"), "exemption"),
        (Decision("withheld", "no such", "why"), "exemption"),
        (Decision("withheld", "third party", " "), "reason"),
        (Decision("withheld", "third party", "x" * 1001), "reason"),
        (Decision("blacked out", "third party", "why"), "passages"),
        (Decision("blacked out", "third party", "why", ["not there"]), "passages"),
        (Decision("blacked out", "third party", "why", ["Dil"]), "passages"),
        (Decision("blacked out", "third party", "why", [f"w{n}" for n in range(61)]), "passages"),
        (Decision("blacked out", "third party", "why", ["x" * 2001]), "passages"),
    ],
)
def test_what_cannot_be_decided(said: Cast, decision: Decision, field: str) -> None:
    request_id = gathered(said)
    note = item(said, "supervisor", request_id, "Dilys").entry.id
    with pytest.raises(Invalid) as refused:
        items.decide(said.actor("supervisor"), request_id, note, decision)
    assert refused.value.field == field


@pytest.mark.parametrize("code", ["child abuse", "wishes"])
def test_some_exemptions_hold_only_where_another_asks(said: Cast, code: str) -> None:
    decision = Decision("withheld", code, "why")
    own = gathered(said, asker="person")
    note = item(said, "supervisor", own, "Dilys")
    assert code not in [one.code for one in note.exemptions]
    with pytest.raises(Invalid):
        items.decide(said.actor("supervisor"), own, note.entry.id, decision)
    parents = gathered(said)
    note = item(said, "supervisor", parents, "Dilys")
    items.decide(said.actor("supervisor"), parents, note.entry.id, decision)


# --- Where somebody is ------------------------------------------------------------------------------


def test_facts_about_the_person_alone_are_decided_together(said: Cast) -> None:
    mother_of(said)
    source = feeds.add_feed(said.authority.store, "tenants", said["care"], name="Tenants")
    at = {"kind": "home", "lines": "With Kemi Okafor, 1 Quayside", "postcode": "ZZ2"}
    feeds.say(said.authority.store, source, "addresses", said["amara"], **at)
    plans.set(said.actor("social_worker"), said["amara"], "child in need", "2026-01-05")
    request_id = gathered(said)
    governance = said.actor("governance")
    found = together.look(governance, request_id)
    kinds = {one.entry.what for one in found.simple}
    assert {"A name", "Birth, death and gender", "An address"} <= kinds
    # Family is about others, a note is in somebody's words, and an address may name somebody.
    assert "Family" not in kinds
    theirs = together.look(said.actor("supervisor"), request_id)
    assert "Quayside" in texts(mine(said, "supervisor", request_id))
    assert {one.entry.what for one in theirs.simple} == {"A plan"}
    assert all(len(one.lines) > 1 for one in found.simple)
    ids = [one.entry.id for one in found.simple]
    assert together.decide(governance, request_id, ids, GIVEN) == len(ids)
    (part,) = parts(said, "governance", request_id)
    assert {one.id for one in part.entries if one.decision == "given"} == set(ids)
    # Each stands in the trail by itself.
    events = said.authority.store.query(
        "SELECT object FROM audit_events WHERE action = 'request:item-decided'"
    )
    assert sorted(event["object"] for event in events) == sorted(ids)
    # Nobody decides about them together again, nor about what is another's.
    with pytest.raises(Conflict):
        together.decide(governance, request_id, ids[:1], GIVEN)
    note = item(said, "supervisor", request_id, "Dilys").entry.id
    for who in ("supervisor", "governance"):
        with pytest.raises(Conflict):
            together.decide(said.actor(who), request_id, [note], GIVEN)
    with pytest.raises(NotFound):
        together.look(said.actor("social_worker"), request_id)


def test_nothing_is_decided_together_where_somebody_could_be_in_danger(said: Cast) -> None:
    request_id = gathered(said)
    governance = said.actor("governance")
    ids = [one.entry.id for one in together.look(governance, request_id).simple]
    for chosen, decision, field in (
        ([], GIVEN, "which"),
        (ids, Decision("blacked out", "third party", "why", ["Amara"]), "decision"),
        (ids, Decision("withheld", "third party", " "), "reason"),
        (ids, Decision("withheld", "no such", "why"), "exemption"),
    ):
        with pytest.raises(Invalid) as refused:
            together.decide(governance, request_id, chosen, decision)
        assert refused.value.field == field
    handling.check(governance, request_id, "safety", "danger", "He waits at the school.")
    assert not together.look(governance, request_id).simple
    with pytest.raises(Conflict):
        together.decide(governance, request_id, ids, GIVEN)
    assert not any(
        one.decision for part in parts(said, "governance", request_id) for one in part.entries
    )


def test_a_protected_place_is_shown_to_nobody_who_decides(said: Cast) -> None:
    said.worry("pastoral", "amara", saw="She went home to 12 Mill Lane, ZZ178AU, from St Bede's.")
    said.worry("social_worker", "amara", saw="Mill  lane again. Not at St Bede's Primary School.")
    protections.protect(
        said.actor("social_worker", confirmed=True),
        said["amara"],
        "her father",
        [said["social_worker"], said["supervisor"]],
    )
    request_id = gathered(said)
    for who in ("supervisor", "safeguarding", "governance"):
        text = texts(mine(said, who, request_id)).casefold()
        for place in ("mill lane", "zz17", "st bede's primary"):
            assert place not in text, (who, place)
    # Nor in what is listed of it, but for who may know where she is and for the school itself.
    named = {who: "St Bede's" in repr(parts(said, who, request_id)) for who in REVIEWERS}
    assert named == {
        "governance": False,
        "supervisor": True,
        "safeguarding": True,
        "health_visitor": False,
    }


def test_who_lives_with_somebody_in_hiding_is_hidden_with_them(said: Cast) -> None:
    """Noor and Amara have one address: what is protected of hers is not told by Noor's pack."""
    said.worry("social_worker", "noor", saw="Back at 12 Mill Lane, after St Bede's Primary School.")
    before = texts(mine(said, "supervisor", gathered(said, person="noor")))
    assert "12 Mill Lane" in before
    protections.protect(
        said.actor("social_worker", confirmed=True),
        said["amara"],
        "her father",
        [said["social_worker"], said["supervisor"]],
    )
    after = texts(mine(said, "supervisor", gathered(said, person="noor")))
    assert "Back at" in after
    assert "Mill Lane" not in after
    assert "St Bede" not in after


def test_the_place_of_a_mother_in_hiding_is_in_no_item_of_her_child(cast: Cast) -> None:
    worker = cast.actor("social_worker", confirmed=True)
    cast.ids["kemi"] = people.add(
        cast.system,
        NewPerson(
            "Kemi", "Okafor", "1990-02-12", address="The Old Mill, 4 Weir Row", postcode="ZZ9 9ZZ"
        ),
    )
    mother_of(cast)
    cast.worry("social_worker", "amara", saw="Kemi is at 4 Weir Row (ZZ99ZZ) now.")
    before = texts(mine(cast, "supervisor", gathered(cast)))
    assert "Weir Row" in before
    practitioners.grant(cast.system, cast["social_worker"], "supervisor", "team", cast["north"])
    cast.support("social_worker", "care", "kemi", lead=True)
    protections.protect(worker, cast["kemi"], "her husband", [cast["social_worker"]])
    # Whoever decides, and whoever may know where she is.
    for who in ("supervisor", "social_worker"):
        after = texts(mine(cast, who, gathered(cast)))
        assert f"Kemi is at {BLACK}" in after
        assert "Weir" not in after
        assert "ZZ9" not in after


# --- Sealed -----------------------------------------------------------------------------------------


def test_the_main_part_is_the_same_without_a_sealed_service(cast: Cast) -> None:
    """One world has a recovery worker's notes and involvement, the other has not: everybody else reads
    the same of a request, number by number."""
    cast.worry("social_worker", "amara", saw="Dilys was there.")
    cast.worry("pastoral", "amara", saw="No lunch again, says Lily Hart.")
    others = ("governance", "supervisor", "safeguarding", "social_worker")
    without = gathered(cast)
    before = [_as_seen(cast, who, without) for who in others]
    # Whoever else a sealed note is about is nobody whom others' notes may name.
    cast.worry("sealed", "amara", "lily", saw="Kemi relapsed.")
    cast.worry("sealed", "amara", saw="She said so.", voice="named")
    notes.reply(cast.actor("sealed"), _note(cast), "I know of this.")
    notes.mark(cast.actor("sealed"), _note(cast), "noticed too")
    involvements.add(
        cast.system, cast["amara"], agency_id=cast["harbour"], practitioner_id=cast["sealed_supervisor"],
        role="Manager",
    )  # fmt: skip
    with_sealed = gathered(cast)
    for request_id in (without, with_sealed):
        assert [_as_seen(cast, who, request_id) for who in others] == before
    own = parts(cast, "sealed_supervisor", with_sealed)
    assert [part.name for part in own] == ["Harbour Recovery Service"]
    assert [entry.number for entry in own[0].entries] == list(range(1, len(own[0].entries) + 1))
    assert "relapsed" in texts(mine(cast, "sealed_supervisor", with_sealed))
    grant = practitioners.grant
    grant(cast.system, cast["governance"], "governance lead", "authority", "authority")
    assert "Harbour" not in repr(parts(cast, "governance", with_sealed))


def _note(cast: Cast) -> str:
    return notes.written(cast.actor("social_worker")).notes[0].id


def _as_seen(cast: Cast, who: str, request_id: str) -> str:
    request, views = signing.parts(cast.actor(who), request_id)
    found = repr((request, views)) + "".join(
        repr((one.lines, one.named, one.entry.number)) for one in mine(cast, who, request_id)
    )
    for view in views:
        for entry in view.entries:
            found = found.replace(entry.id, f"item {entry.number}")
    for moment in (
        request.id,
        request.taken_at,
        request.contact,
        request.gathered_at or "",
        *(check.at for check in request.checks),
    ):
        found = found.replace(moment, "x")
    return found


def test_whoever_is_restricted_is_named_in_no_item(said: Cast) -> None:
    worker = said.actor("social_worker", confirmed=True)
    mother_of(said)
    said.worry("pastoral", "amara", saw="Jude Okafor had no lunch either.")
    request_id = gathered(said)
    assert "Kemi Okafor" in [
        other.name for one in mine(said, "supervisor", request_id) for other in one.named
    ]
    assert "Jude" in repr([one.named for one in mine(said, "safeguarding", request_id)])
    protections.restrict(worker, said["jude"], "why", [said["social_worker"]])
    again = gathered(said)
    # The note is about Jude too: whom he is closed to cannot open it, and nothing else names him.
    with pytest.raises(NotFound):
        mine(said, "supervisor", again)
    assert "Jude" not in repr([one.named for one in mine(said, "safeguarding", again)])


def test_who_handles_a_closed_record_is_told_where_nobody_who_is_named_decides(cast: Cast) -> None:
    cast.worry("social_worker", "amara")
    named = [cast["social_worker"], cast["governance"]]
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "why", named)
    request_id = gathered(cast)
    assert parts(cast, "governance", request_id)[0].nobody[0] == "Westhaven Children's Social Care"
    protections.restrict(lead, cast["amara"], "why", [*named, cast["supervisor"]])
    again = parts(cast, "governance", request_id)[0].nobody
    assert "Westhaven Children's Social Care" not in again
