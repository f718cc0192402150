"""Webhooks: who lets a system be told, what is told, in which order, and when it stops."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import moment
from api.errors import ConfirmFirst, Conflict, Invalid, NotAllowed, NotFound
from api.moment import new_id
from api.record import filings, notes, protections, receipts, systems
from api.record.systems import Involvement
from api.staff import connected, tokens
from api.telling import events, inbox, outbox, webhooks
from api.telling.webhooks import Claim, Made, Outcome
from api.trust.actor import Actor
from push.webhooks import signed
from tests.api import systems as other
from tests.cast import Cast
from tests.trail import last_event
from tests.webhook_service import verifies

HOSTS = ["case.example"]
URL = "https://case.example/inkling"
TAKEN, LATER = Outcome("taken"), Outcome("later", "it answered 500")


@pytest.fixture
def system(cast: Cast) -> Actor:
    """The school's case system."""
    return other.actor(cast)


def source(cast: Cast, system: Actor) -> str:
    return next(one.source_id for one in tokens.every(cast.system) if one.id == system.id)


def hook(cast: Cast, system: Actor) -> Made:
    return webhooks.add(cast.system, source(cast, system), URL, HOSTS)


def later(cast: Cast, **span: float) -> None:
    at = moment.parse(cast.authority.store.now()) + timedelta(**span)
    cast.authority.store.clock = lambda: at


def happen(system: Actor, cast: Cast, key: str, person: str = "amara") -> None:
    said = Involvement(cast[person], "active", "Tutor", contact_name="Tam Reid")
    systems.say(system, key, said)


def claim(cast: Cast) -> Claim:
    (one,) = webhooks.claim(cast.authority, 10)
    return one


def claims(cast: Cast) -> list[Claim]:
    return webhooks.claim(cast.authority, 10)


# --- Who lets it ---------------------------------------------------------------------------------


def test_an_administrator_adds_one_with_the_passkey(cast: Cast, system: Actor) -> None:
    where = source(cast, system)
    with pytest.raises(ConfirmFirst):
        webhooks.add(cast.actor("administrator"), where, URL, HOSTS)
    made = webhooks.add(cast.actor("administrator", confirmed=True), where, URL, HOSTS)
    assert last_event(cast, "webhook:changed")["object"] == made.id
    (held,) = connected.one(cast.actor("administrator"), where).webhooks
    assert (held.id, held.url, held.failing_since) == (made.id, URL, None)
    assert len(base64.b64decode(made.secret.removeprefix("whsec_"))) == 32
    for table in ("webhooks", "webhook_secrets", "keys", "audit_events"):
        assert made.secret.removeprefix("whsec_") not in str(
            cast.authority.store.query(f"SELECT * FROM {table}")
        )


@pytest.mark.parametrize("who", ["supervisor", "social_worker", "governance", "pastoral"])
def test_nobody_else_does_anything_with_webhooks(cast: Cast, system: Actor, who: str) -> None:
    made, actor = hook(cast, system), cast.actor(who, confirmed=True)
    with pytest.raises(NotAllowed):
        webhooks.add(actor, source(cast, system), URL, HOSTS)
    for act in (webhooks.renew, webhooks.end, webhooks.start):
        with pytest.raises(NotAllowed):
            act(actor, made.id)
    with pytest.raises(NotAllowed):
        connected.every(actor)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://case.example/x",
        "https://elsewhere.example/x",
        "https://case.example:8443/x",
        "https://case.example@elsewhere.example/x",
        "https://127.0.0.1/x",
        "https://case.example.elsewhere.example/x",
        "ftp://case.example/x",
    ],
)
def test_only_listed_hosts_are_told(cast: Cast, system: Actor, url: str) -> None:
    with pytest.raises(Invalid) as error:
        webhooks.add(cast.system, source(cast, system), url, HOSTS)
    assert error.value.field == "url"
    with pytest.raises(Invalid):
        webhooks.add(cast.system, source(cast, system), URL, [])


def test_what_is_not_there_is_not_found(cast: Cast, system: Actor) -> None:
    with pytest.raises(NotFound):
        webhooks.add(cast.system, new_id(), URL, HOSTS)
    made = hook(cast, system)
    webhooks.end(cast.system, made.id)
    for act in (webhooks.renew, webhooks.end, webhooks.start):
        for id in (made.id, new_id()):
            with pytest.raises(NotFound):
                act(cast.system, id)


# --- What is told --------------------------------------------------------------------------------


def test_what_is_told_names_nobody_and_leads_to_what_happened(cast: Cast, system: Actor) -> None:
    happen(system, cast, "before")
    made = hook(cast, system)
    assert claims(cast) == []
    happen(system, cast, "S1")
    one = claim(cast)
    said = json.loads(one.body)
    assert set(said) == {"type", "timestamp", "data"}
    assert said["type"] == "involvement.changed"
    assert set(said["data"]) == {"fetch"}
    for known in (cast["amara"], "S1", "Amara", "Okafor", "Tam Reid", cast["school"]):
        assert known not in one.body.decode()
    path, _, cursor = said["data"]["fetch"].partition("?cursor=")
    (event,) = events.after(system, cursor).events
    assert (path, event.id, event.source_key) == ("/api/v1/events", one.message_id, "S1")
    headers = signed(one)
    assert verifies(made.secret, headers, one.body)
    assert not verifies(made.secret, headers, one.body + b" ")
    assert not verifies(made.secret, {**headers, "webhook-id": new_id()}, one.body)
    assert not verifies(made.secret, {**headers, "webhook-timestamp": "1"}, one.body)


def test_the_page_for_people_shows_how_to_verify(cast: Cast, system: Actor) -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    (shown,) = [one for one in page.split("```") if "def verifies" in one]
    names: dict[str, Any] = {}
    exec(shown.removeprefix("python"), names)
    made = hook(cast, system)
    happen(system, cast, "S1")
    one = claim(cast)
    assert names["verifies"](made.secret, signed(one), one.body)
    assert not names["verifies"](made.secret, signed(one), one.body + b" ")


def test_one_thing_after_another_and_the_same_until_it_is_taken(cast: Cast, system: Actor) -> None:
    hook(cast, system)
    for key in ("S1", "S2", "S3"):
        happen(system, cast, key)
    first = claim(cast)
    assert claims(cast) == []  # it is on its way
    assert webhooks.settle(cast.authority, first, LATER) is None
    assert claims(cast) == []  # not yet
    later(cast, hours=1)
    again = claim(cast)
    assert (again.message_id, again.body) == (first.message_id, first.body)
    told, one = [again.message_id], webhooks.settle(cast.authority, again, TAKEN)
    while one:
        told.append(one.message_id)
        one = webhooks.settle(cast.authority, one, TAKEN)
    assert told == [event.id for event in events.after(system).events]
    assert claims(cast) == []


def test_a_worker_that_died_loses_its_claim(cast: Cast, system: Actor) -> None:
    hook(cast, system)
    happen(system, cast, "S1")
    dead = claim(cast)
    later(cast, seconds=webhooks.LEASE_SECONDS + 1)
    alive = claim(cast)
    assert alive.message_id == dead.message_id
    assert webhooks.settle(cast.authority, dead, TAKEN) is None
    webhooks.settle(cast.authority, dead, Outcome("gone", "it answered 410"))
    assert webhooks.settle(cast.authority, alive, TAKEN) is None
    (held,) = connected.one(cast.system, source(cast, system)).webhooks
    assert (held.stopped_at, held.failing_since, bool(held.told_at)) == (None, None, True)


def test_a_new_secret_and_the_old_one_both_hold_for_a_day(cast: Cast, system: Actor) -> None:
    old = hook(cast, system)
    new = webhooks.renew(cast.system, old.id)
    assert new.secret != old.secret
    happen(system, cast, "S1")
    one = claim(cast)
    for made in (old, new):
        assert verifies(made.secret, signed(one), one.body)
    webhooks.settle(cast.authority, one, LATER)
    later(cast, hours=webhooks.OVERLAP_HOURS, minutes=1)
    one = claim(cast)
    assert verifies(new.secret, signed(one), one.body)
    assert not verifies(old.secret, signed(one), one.body)
    newest = webhooks.renew(cast.system, old.id)
    assert newest.secret not in (old.secret, new.secret)
    gone = "SELECT COUNT(*) AS n FROM keys WHERE owner LIKE 'webhook %' AND wrapped IS NULL"
    assert cast.authority.store.query(gone) == [{"n": 1}]


# --- To whom, asked again --------------------------------------------------------------------------


def test_only_what_the_system_may_hear_of_now_is_told(cast: Cast, system: Actor) -> None:
    hook(cast, system)
    happen(system, cast, "S1")
    happen(system, cast, "S2", "lily")
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "A witness.",
        [cast["social_worker"]],
    )
    one = claim(cast)
    assert webhooks.settle(cast.authority, one, TAKEN) is None
    assert [event.id for event in events.after(system).events] == [one.message_id]


def test_where_to_fetch_from_does_not_say_that_something_else_happened_before(
    cast: Cast, system: Actor
) -> None:
    hook(cast, system)
    happen(system, cast, "S1")
    first = claim(cast)
    place = events.after(system).cursor
    webhooks.settle(cast.authority, first, Outcome("taken"))
    # Somebody whom the system must not know of, and another agency's.
    happen(system, cast, "S2", "lily")
    protections.restrict(cast.system, cast["lily"], "A witness", [cast["social_worker"]])
    happen(other.actor(cast, "health"), cast, "H1")
    happen(system, cast, "S3")
    fetch = json.loads(claim(cast).body)["data"]["fetch"]
    assert fetch == f"/api/v1/events?cursor={place}"


def test_what_is_revoked_or_ended_is_told_nothing_at_once(cast: Cast, system: Actor) -> None:
    made = hook(cast, system)
    for key in ("S1", "S2"):
        happen(system, cast, key)
    one = claim(cast)
    tokens.revoke(cast.system, system.id)
    assert webhooks.settle(cast.authority, one, TAKEN) is None
    assert claims(cast) == []
    other.make(cast)  # the system's next token
    one = claim(cast)
    webhooks.end(cast.system, made.id)
    assert webhooks.settle(cast.authority, one, TAKEN) is None
    assert claims(cast) == []


def test_a_token_that_reads_no_events_hears_of_notes_to_be_filed_only(cast: Cast) -> None:
    system = other.actor(cast, scopes=["filings:take", "involvements:write"])
    hook(cast, system)
    happen(system, cast, "S1")
    note = cast.worry("social_worker", "amara").note_ids[0]
    later(cast, seconds=11)
    (place,) = notes.read(cast.actor("pastoral"), note).systems
    filings.file(cast.actor("pastoral"), note, place.id, 1)
    one = claim(cast)
    said = json.loads(one.body)
    path, _, cursor = said["data"]["fetch"].partition("?cursor=")
    assert (said["type"], path) == ("note.to_be_filed", "/api/v1/filings")
    assert note not in one.body.decode()
    assert [filing.note_id for filing in receipts.fetch(system, cursor).filings] == [note]
    assert webhooks.settle(cast.authority, one, TAKEN) is None


def test_another_system_of_the_agency_is_not_told_of_a_filing(cast: Cast, system: Actor) -> None:
    registers = tokens.resume(cast.authority, other.make(cast, name="Registers").secret)
    assert registers
    hook(cast, registers)
    note = cast.worry("social_worker", "amara").note_ids[0]
    later(cast, seconds=11)
    place = notes.read(cast.actor("pastoral"), note).systems[0]
    assert place.name == "Case system"
    filings.file(cast.actor("pastoral"), note, place.id, 1)
    assert claims(cast) == []


# --- Giving up -----------------------------------------------------------------------------------


def test_after_three_days_it_stops_and_the_administrator_is_told(cast: Cast, system: Actor) -> None:
    made = hook(cast, system)
    happen(system, cast, "S1")
    where = source(cast, system)
    tries = 0
    while True:
        (held,) = connected.one(cast.system, where).webhooks
        if held.stopped_at:
            break
        webhooks.settle(cast.authority, claim(cast), LATER)
        tries += 1
        later(cast, hours=2)
    assert 30 < tries < 40
    assert held.why == "it answered 500"
    assert claims(cast) == []
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    (item,) = inbox.list_items(cast.actor("administrator")).items
    assert item.text.startswith("Case system is told nothing any more")
    assert inbox.open_item(cast.actor("administrator"), item.id).system == where
    assert not inbox.list_items(cast.actor("pastoral")).items

    happen(system, cast, "S2")
    webhooks.start(cast.actor("administrator"), made.id)
    with pytest.raises(Conflict):
        webhooks.start(cast.system, made.id)
    one = claim(cast)
    two = webhooks.settle(cast.authority, one, TAKEN)
    assert two
    assert [one.message_id, two.message_id] == [e.id for e in events.after(system).events]


def test_an_address_that_wants_nothing_any_more_stops_at_once(cast: Cast, system: Actor) -> None:
    hook(cast, system)
    happen(system, cast, "S1")
    webhooks.settle(cast.authority, claim(cast), Outcome("gone", "it answered 410"))
    (held,) = connected.one(cast.system, source(cast, system)).webhooks
    assert held.stopped_at
    assert last_event(cast, "webhook:changed")["reason"] == "given up"


def test_what_cannot_be_told_any_more_fails_no_longer(cast: Cast, system: Actor) -> None:
    hook(cast, system)
    happen(system, cast, "S1")
    webhooks.settle(cast.authority, claim(cast), LATER)
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "A witness.", [cast["social_worker"]])
    later(cast, hours=1)
    assert claims(cast) == []
    (held,) = connected.one(cast.system, source(cast, system)).webhooks
    assert (held.failing_since, held.why) == (None, None)


def test_a_silence_of_ours_gives_nobody_up(cast: Cast, system: Actor) -> None:
    hook(cast, system)
    happen(system, cast, "S1")
    webhooks.settle(cast.authority, claim(cast), LATER)
    later(cast, days=4)  # no worker ran, or no token was good
    webhooks.settle(cast.authority, claim(cast), LATER)
    (held,) = connected.one(cast.system, source(cast, system)).webhooks
    assert not held.stopped_at


def test_one_that_answers_slowly_lets_others_have_a_turn(cast: Cast, system: Actor) -> None:
    hook(cast, system)
    for key in ("S1", "S2"):
        happen(system, cast, key)
    one = claim(cast)
    assert webhooks.settle(cast.authority, one, TAKEN, go_on=False) is None
    assert claim(cast).message_id == events.after(system).events[1].id
