"""Somebody asks for a copy of a record: who takes it, who watches it, by when, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from api import access, moment
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.record import conflicts, people, protections
from api.record.people import NewPerson
from api.rights import clock, days, handling, items, requests, signing
from api.rights.requests import NewRequest, Request
from api.staff import practitioners
from api.store import Tx, held
from api.store import requests as stored
from api.telling import inbox, outbox
from api.trust.actor import Actor
from tests.cast import NAMES, Cast
from tests.trail import details_of, last_event

SECRET = "Kemi asks for it herself"


def new(cast: Cast, **said: str) -> NewRequest:
    asked = NewRequest(
        received_on=moment.day(cast.authority.store.now()).isoformat(),
        asker="parent",
        who="Kemi Okafor, her mother",
        contact="12 Mill Lane",
        wanted=SECRET,
    )
    return replace(asked, **said)


def take(cast: Cast, by: str = "social_worker", person: str = "amara", **said: str) -> str:
    return requests.take(cast.actor(by), cast[person], new(cast, **said))


def look(cast: Cast, request_id: str, who: str = "governance") -> Request:
    return signing.parts(cast.actor(who), request_id)[0]


def check_all(cast: Cast, request_id: str, who: str = "governance", **answers: str) -> None:
    given = {
        "identity": "document",
        "authority": "responsibility",
        "wish": "too young",
        "safety": "safe",
        **answers,
    }
    for kind, answer in given.items():
        handling.check(cast.actor(who), request_id, kind, answer, "seen")


def after(cast: Cast, monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    later = cast.authority.store.clock() + timedelta(**span)
    monkeypatch.setattr(cast.authority.store, "clock", lambda: later)


def told(cast: Cast, who: str) -> list[str]:
    outbox.fan_out(cast.authority)
    return [item.kind for item in inbox.list_items(cast.actor(who)).items]


# --- Taking it --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["social_worker", "pastoral", "duty", "outsider", "sealed"])
def test_whoever_works_with_families_takes_a_request(cast: Cast, who: str) -> None:
    request_id = take(cast, who)
    assert last_event(cast, "request:taken")["subjects"] == [cast["amara"]]
    seen = look(cast, request_id, who)
    assert (seen.name, seen.who, seen.wanted) == (
        "Amara Okafor",
        "Kemi Okafor, her mother",
        SECRET,
    )
    assert not seen.handles
    assert [one.id for one in requests.mine(cast.actor(who))] == [request_id]


def test_what_is_sent_twice_is_one_request(cast: Cast) -> None:
    first = take(cast)
    assert take(cast) == first
    others = {take(cast, who="Chidi Okafor, her father"), take(cast, by="pastoral")}
    assert len({first, *others}) == 3
    handling.end(cast.actor("governance"), first, "withdrawn", "she rang")
    assert take(cast) != first


@pytest.mark.parametrize("who", ["governance", "administrator", "steward", "reporter"])
def test_other_roles_take_none(cast: Cast, who: str) -> None:
    with pytest.raises((NotFound, NotAllowed)):
        take(cast, who)
    assert cast.authority.store.query("SELECT id FROM requests") == []


def test_what_was_said_is_sealed(cast: Cast) -> None:
    request_id = take(cast)
    check_all(cast, request_id)
    rows = cast.authority.store.query("SELECT * FROM requests")
    assert SECRET not in repr(rows)
    assert "Mill Lane" not in repr(rows)
    assert details_of(cast, last_event(cast, "request:checked")) == "seen"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("received_on", ""),
        ("received_on", "2026-13-01"),
        ("received_on", "2000-01-01"),
        ("received_on", "2099-01-01"),
        ("asker", "neighbour"),
        ("who", " \n"),
        ("who", "x" * 201),
        ("contact", ""),
        ("wanted", "x" * 1001),
    ],
)
def test_what_cannot_be_taken(cast: Cast, field: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        take(cast, **{field: said})
    assert refused.value.field == field


def test_a_restricted_person_can_be_asked_for_by_who_is_named_only(cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "her aunt works for the council",
        [cast["social_worker"], cast["supervisor"]],
    )
    with pytest.raises(NotFound):
        take(cast, "pastoral")
    request_id = take(cast)
    assert look(cast, request_id, "social_worker").name == "Amara Okafor"
    # For the governance lead who is not named there is none: not in the list, not told, not by its id.
    assert requests.mine(cast.actor("governance")) == []
    assert told(cast, "governance") == []
    with pytest.raises(NotFound) as none:
        look(cast, request_id)
    with pytest.raises(NotFound) as nothing:
        look(cast, "0193e6a0-0000-7000-8000-00000000ffff")
    assert str(none.value) == str(nothing.value)


def heard(cast: Cast, who: str, kind: str) -> list[str]:
    outbox.fan_out(cast.authority)
    items = inbox.list_items(cast.actor(who)).items
    return [item.text for item in items if item.kind == kind]


def test_administrators_see_to_a_governance_lead_where_all_who_could_know_the_person(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(cast)
    conflicts.declare(cast.actor("governance"), cast["amara"])
    assert clock.tell_unhandled(cast.authority) == 1
    after(cast, monkeypatch, seconds=11)
    [said] = heard(cast, "administrator", "handler missing")
    assert "Amara" not in said
    item = inbox.list_items(cast.actor("administrator")).items[0]
    opened = inbox.open_item(cast.actor("administrator"), item.id)
    assert (opened.person_id, opened.request) == (None, None)


def test_what_no_governance_lead_may_deal_with_is_known_and_watched(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To who may know of the person, and to nobody else."""
    worker = cast.actor("social_worker", confirmed=True)
    named = [cast["social_worker"], cast["supervisor"]]
    taken = take(cast)
    assert clock.tell_unhandled(cast.authority) == 0
    assert not look(cast, taken, "social_worker").unhandled
    protections.restrict(worker, cast["amara"], "her aunt works for the council", named)
    assert look(cast, taken, "social_worker").unhandled
    assert clock.tell_unhandled(cast.authority) == 1
    assert clock.tell_unhandled(cast.authority) == 0
    assert [one.state for one in requests.mine(worker)] == ["nobody may deal with it"]
    after(cast, monkeypatch, seconds=11)
    for who in ("social_worker", "supervisor"):
        [said] = heard(cast, who, "request unhandled")
        assert "of Amara Okafor is asked for" in said
    # Nobody else, nor the administrators: it would say that a record is closed.
    others = ("governance", "pastoral", "duty", "outsider", "colleague", "sealed", "steward")
    for who in (*others, "administrator"):
        assert not heard(cast, who, "request unhandled")
        assert not heard(cast, who, "handler missing")
    # Its month is watched all the same.
    after(cast, monkeypatch, days=40)
    assert clock.tell_overdue(cast.authority) == 1
    after(cast, monkeypatch, seconds=11)
    assert len(heard(cast, "social_worker", "request unhandled")) == 2
    assert not heard(cast, "administrator", "handler missing")
    # The authority's stand among those who may be named, and hear of it once they are.
    practitioners.grant(cast.system, cast["police"], "governance lead", "authority", "authority")
    assert clock.tell_unhandled(cast.authority) == 0
    worker = cast.actor("social_worker", confirmed=True)
    offered = protections.closing(worker, cast["amara"]).choices
    assert cast["police"] in {one.id for one in offered}
    protections.restrict(worker, cast["amara"], "her aunt", [*named, cast["police"]])
    assert clock.tell_unhandled(cast.authority) == 1
    after(cast, monkeypatch, seconds=11)
    assert heard(cast, "police", "record asked for")
    assert look(cast, taken, "police").handles


def test_a_declared_conflict_closes_it(cast: Cast) -> None:
    request_id = take(cast)
    practitioners.grant(cast.system, cast["governance"], "practitioner", "agency", cast["care"])
    assert look(cast, request_id).handles
    conflicts.declare(cast.actor("governance"), cast["amara"])
    assert requests.mine(cast.actor("governance")) == []
    with pytest.raises(NotFound):
        look(cast, request_id)


# --- Watching it ------------------------------------------------------------------------------------


def test_governance_leads_are_told_and_nobody_else(cast: Cast) -> None:
    practitioners.grant(cast.system, cast["police"], "governance lead", "authority", "authority")
    practitioners.grant(cast.system, cast["pastoral"], "governance lead", "agency", cast["school"])
    take(cast)
    outbox.fan_out(cast.authority)
    monkey = cast.authority.store
    monkey.upkeep(lambda tx: tx.change("UPDATE outbox SET due_at = made_at"))
    assert told(cast, "governance") == ["record asked for"]
    assert told(cast, "police") == ["record asked for"]
    # Of another agency, or in the circle: not by that.
    for who in ("pastoral", "supervisor", "social_worker", "administrator", "sealed_supervisor"):
        assert "record asked for" not in told(cast, who)
    item = inbox.list_items(cast.actor("governance")).items[0]
    assert "Amara" not in item.text
    assert "Marsh" not in item.text
    assert inbox.open_item(cast.actor("governance"), item.id).request


@pytest.mark.parametrize("who", ["social_worker", "supervisor", "pastoral", "outsider"])
def test_nobody_else_checks_extends_or_ends_it(cast: Cast, who: str) -> None:
    request_id = take(cast)
    actor = cast.actor(who)
    for attempt in (
        lambda: handling.check(actor, request_id, "identity", "document", "passport"),
        lambda: handling.extend(actor, request_id, "long"),
        lambda: handling.end(actor, request_id, "withdrawn", "rang us"),
        lambda: items.gather(actor, request_id),
    ):
        with pytest.raises((NotAllowed, NotFound)):
            attempt()
    assert look(cast, request_id).missing


def test_checks_are_kept_and_the_newest_stands(cast: Cast) -> None:
    request_id = take(cast)
    assert len(look(cast, request_id).missing) == 4
    check_all(cast, request_id, wish="does not agree")
    assert [one.answer for one in look(cast, request_id).checks] == [
        "document", "responsibility", "does not agree", "safe",
    ]  # fmt: skip
    # A child who understands and does not want it: it goes to no parent.
    with pytest.raises(Conflict):
        items.gather(cast.actor("governance"), request_id)
    handling.check(cast.actor("governance"), request_id, "wish", "agrees", "she rang again")
    seen = look(cast, request_id)
    assert seen.missing == []
    wish = next(one for one in seen.checks if one.kind == "wish")
    assert (wish.answer, wish.words, wish.by) == ("agrees", "she rang again", NAMES["governance"])


def test_who_asks_for_themself_needs_no_authority(cast: Cast) -> None:
    request_id = take(cast, asker="person")
    assert [one.kind for one in look(cast, request_id).checks] == ["identity", "wish", "safety"]
    with pytest.raises(Invalid):
        handling.check(cast.actor("governance"), request_id, "authority", "court", "seen")


@pytest.mark.parametrize(
    ("kind", "answer", "said"),
    [
        ("identity", "", "seen"),
        ("identity", "responsibility", "seen"),
        ("colour", "blue", "seen"),
        ("identity", "document", " "),
        ("safety", "danger", ""),
        ("safety", "danger", "x" * 1001),
    ],
)
def test_what_is_no_check(cast: Cast, kind: str, answer: str, said: str) -> None:
    request_id = take(cast)
    with pytest.raises(Invalid):
        handling.check(cast.actor("governance"), request_id, kind, answer, said)


# --- The clock --------------------------------------------------------------------------------------


def test_the_month_runs_from_the_day_it_was_received(cast: Cast) -> None:
    received = moment.day(cast.authority.store.now()) - timedelta(days=20)
    seen = look(cast, take(cast, received_on=received.isoformat()))
    assert seen.clock.due_on == days.due(received).isoformat()
    assert seen.clock.runs_from == received.isoformat()


def test_it_waits_for_proof_of_who_asks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id = take(cast)
    first = look(cast, request_id).clock.due_on
    handling.check(cast.actor("governance"), request_id, "identity", "asked")
    assert look(cast, request_id).clock.due_on is None
    after(cast, monkeypatch, days=70)
    assert clock.tell_overdue(cast.authority) == 0
    handling.check(cast.actor("governance"), request_id, "identity", "document", "passport")
    seen = look(cast, request_id)
    assert seen.clock.due_on is not None
    assert first is not None
    assert seen.clock.due_on > first
    assert seen.clock.runs_from == moment.day(cast.authority.store.now()).isoformat()
    # Asked again once it was seen: the clock goes on.
    handling.check(cast.actor("governance"), request_id, "identity", "asked")
    assert look(cast, request_id).clock.due_on == seen.clock.due_on


def test_nothing_stops_the_clock_once_who_asks_was_known_or_the_month_is_over(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, late = take(cast), take(cast, who="Chidi Okafor")
    first = look(cast, known).clock
    for answer in ("known", "asked"):
        after(cast, monkeypatch, days=5)
        handling.check(cast.actor("governance"), known, "identity", answer, "rang back")
    assert look(cast, known).clock.due_on == first.due_on
    after(cast, monkeypatch, days=40)
    handling.check(cast.actor("governance"), late, "identity", "asked")
    assert look(cast, late).clock.due_on == first.due_on
    assert clock.tell_overdue(cast.authority) == 2


def test_it_is_extended_once_and_within_the_month(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id, late = take(cast), take(cast, who="Chidi Okafor")
    governance = cast.actor("governance")
    with pytest.raises(Invalid):
        handling.extend(governance, request_id, " ")
    handling.extend(governance, request_id, "three agencies, nine years")
    seen = look(cast, request_id)
    assert seen.extended_why == "three agencies, nine years"
    assert seen.clock.due_on is not None
    assert seen.clock.first_due_on is not None
    assert seen.clock.due_on > seen.clock.first_due_on
    with pytest.raises(Conflict):
        handling.extend(governance, request_id, "again")
    after(cast, monkeypatch, days=40)
    with pytest.raises(Conflict):
        handling.extend(cast.actor("governance"), late, "too late")


def test_what_is_overdue_is_told_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id, ended = take(cast), take(cast, who="Chidi Okafor")
    handling.end(cast.actor("governance"), ended, "withdrawn", "rang and took it back")
    assert clock.tell_overdue(cast.authority) == 0
    after(cast, monkeypatch, days=40)
    assert clock.tell_overdue(cast.authority) == 1
    assert clock.tell_overdue(cast.authority) == 0
    after(cast, monkeypatch, minutes=1)
    assert told(cast, "governance").count("request overdue") == 1
    left = look(cast, request_id).clock.days_left
    assert left is not None
    assert left < 0


def test_what_has_ended_changes_no_more(cast: Cast) -> None:
    request_id = take(cast)
    governance = cast.actor("governance")
    for outcome, why in (("given", "x"), ("refused", " ")):
        with pytest.raises(Invalid):
            handling.end(governance, request_id, outcome, why)
    handling.end(governance, request_id, "refused", "no parental responsibility")
    assert look(cast, request_id).outcome_why == "no parental responsibility"
    for attempt in (
        lambda: check_all(cast, request_id),
        lambda: handling.extend(governance, request_id, "long"),
        lambda: handling.end(governance, request_id, "withdrawn", "x"),
        lambda: items.gather(governance, request_id),
    ):
        with pytest.raises(Conflict):
            attempt()


# --- A sealed taker ---------------------------------------------------------------------------------


def test_who_took_it_is_told_to_nobody(cast: Cast) -> None:
    """A request that a recovery worker takes looks like any other to a governance lead."""
    practitioners.grant(cast.system, cast["police"], "governance lead", "authority", "authority")
    ids = [take(cast, who) for who in ("sealed", "social_worker")]
    seen = [look(cast, id, "police") for id in ids]
    assert replace(seen[0], id="", taken_at="") == replace(seen[1], id="", taken_at="")
    # The council's own lead handles what the council took; Harbour's is not theirs.
    with pytest.raises(NotFound):
        look(cast, ids[0], "governance")


# --- Somebody whom who added them may not know -------------------------------------------------------


def test_who_added_somebody_restricted_again_asks_for_what_they_wrote(cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "her aunt works for the council",
        [cast["social_worker"]],
    )
    again = people.add(cast.actor("outsider"), NewPerson("Amara", "Okafor", "2019-05-03"))
    request_id = requests.take(cast.actor("outsider"), again, new(cast))
    seen = look(cast, request_id, "outsider")
    assert seen.name
    assert not seen.unhandled
    clock.tell_unhandled(cast.authority)
    assert [one.state for one in requests.mine(cast.actor("outsider"))] == ["being checked"]
    assert [one.id for one in requests.mine(cast.actor("outsider"))] == [request_id]


# --- The rules, as functions and as SQL -------------------------------------------------------------


def test_rules_and_queries_agree(cast: Cast) -> None:
    practitioners.grant(cast.system, cast["police"], "governance lead", "authority", "authority")
    cast.worry("social_worker", "amara", "jude")
    cast.worry("pastoral", "amara")
    cast.worry("police", "amara")
    cast.worry("sealed", "amara", voice="own service")
    cast.worry("duty", "rhea")
    asked = [take(cast, "social_worker", one) for one in ("amara", "rhea")]
    for one in asked:
        check_all(cast, one)
        items.gather(cast.actor("governance"), one)
    conflicts.declare(cast.actor("safeguarding"), cast["jude"])
    conflicts.declare(cast.actor("supervisor"), cast["jude"])
    practitioners.grant(cast.system, cast["health_visitor"], "supervisor", "team", cast["visitors"])
    agreed = {True: 0, False: 0}

    def compare(tx: Tx, actor: Actor, request_id: str) -> None:
        me, kept = access.who(tx, actor), stored.find(tx, request_id)
        assert kept
        standing = access.verdict(tx, me, kept.person_id).standing
        handles = access.may_handle_request(standing, kept.agency_id)
        assert stored.is_handled_by(tx, me, request_id) == handles
        mine = {one.id for one in stored.decided_by_me(tx, me, request_id)}
        for part in stored.parts(tx, request_id):
            for one in stored.items(tx, request_id, part):
                about = held.subjects(tx, [one.note_id]) if one.note_id else []
                others = [access.verdict(tx, me, row["identity_id"]).standing for row in about]
                may = (
                    handles
                    if one.agency_id is None
                    else access.may_review(standing, items.facts_of(tx, one), others)
                )
                assert (one.id in mine) == may, (actor.name, one)
                agreed[may] += 1

    for who in NAMES:
        if cast.ids.get(who):
            actor = cast.actor(who)
            for one in asked:
                cast.authority.store.upkeep(partial(compare, actor=actor, request_id=one))
    assert min(agreed.values()) > 10
