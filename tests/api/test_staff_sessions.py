"""Sessions, rate limits and push subscriptions."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from api.errors import Invalid, NotAllowed, NotFound, TooOften
from api.staff import attempts, devices, practitioners, sessions, subscriptions
from api.staff.passkeys import Waiting
from api.trust.actor import Actor, Role
from tests.cast import Cast
from tests.phones import Phone, approved, wait

ENDPOINT = "https://push.example/send/1"


def touched(cast: Cast, actor: Actor) -> str:
    [row] = cast.authority.store.query(
        "SELECT touched_at FROM sessions WHERE id = :id", id=actor.session_id
    )
    return str(row["touched_at"])


def live(cast: Cast) -> list[str]:
    rows = cast.authority.store.query(
        "SELECT endpoint FROM push_subscriptions WHERE dropped_at IS NULL ORDER BY endpoint"
    )
    return [row["endpoint"] for row in rows]


# --- Sessions --------------------------------------------------------------------------------------


def test_a_session_knows_who_it_is(cast: Cast) -> None:
    actor = cast.actor("supervisor")
    assert (actor.name, actor.job) == ("Sam Okoro", "Team manager")
    assert (actor.agency_id, actor.agency_kind, actor.sensitive) == (
        cast["care"],
        "social care",
        False,
    )
    assert Role("supervisor", "team", cast["north"]) in actor.roles
    assert cast.actor("sealed").sensitive


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "\x00", "é"])
def test_no_such_session(cast: Cast, token: str) -> None:
    assert sessions.resume(cast.authority, token, touch=True) is None


def test_a_session_keeps_no_secret(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    phone.signed_in()
    assert phone.token
    assert phone.cookie
    store = cast.authority.store
    kept = str(store.query("SELECT * FROM sessions")) + str(store.query("SELECT * FROM devices"))
    assert phone.token not in kept
    assert phone.cookie not in kept


def test_fifteen_idle_minutes_end_a_session(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    phone.signed_in()
    wait(cast, minutes=14, seconds=59)
    assert phone.actor()
    wait(cast, minutes=14, seconds=59)
    assert phone.actor()
    wait(cast, minutes=15, seconds=1)
    assert phone.actor() is None
    assert phone.actor() is None
    phone.signed_in()


def test_twelve_hours_end_a_session(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    phone.signed_in()
    for _ in range(71):
        wait(cast, minutes=10)
        assert phone.actor()
    wait(cast, minutes=10)
    assert phone.actor() is None


def test_polling_keeps_nothing_alive(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    phone.signed_in()
    for _ in range(15):
        assert phone.actor(touch=False)
        wait(cast, minutes=1)
    wait(cast, seconds=1)
    assert phone.actor(touch=False) is None


def test_a_session_is_touched_once_a_minute_at_most(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    actor = phone.signed_in()
    start = touched(cast, actor)
    wait(cast, seconds=50)
    phone.actor()
    assert touched(cast, actor) == start
    wait(cast, seconds=15)
    phone.actor()
    assert touched(cast, actor) > start


def test_signing_out(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    actor = phone.signed_in()
    subscriptions.subscribe(actor, ENDPOINT, "key", "secret")
    sessions.end(actor)
    assert phone.actor() is None
    assert live(cast) == []
    phone.signed_in()


def test_signing_in_again_ends_the_session_before(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    phone.signed_in()
    before = phone.token
    phone.signed_in()
    assert sessions.resume(cast.authority, before or "", touch=True) is None


def test_roles_are_read_at_every_request(cast: Cast) -> None:
    phone = approved(cast, "supervisor")
    assert phone.signed_in().has("supervisor")
    practitioners.end_role(cast.system, cast["supervisor"], "supervisor", "team", cast["north"])
    now = phone.actor()
    assert now
    assert not now.has("supervisor")


# --- The demo's door ---------------------------------------------------------------------------------


def test_the_demo_s_door_is_shut_elsewhere(cast: Cast) -> None:
    authority = cast.authority
    actor = cast.actor("supervisor")
    authority.settings = replace(authority.settings, demo=False)
    with pytest.raises(NotFound):
        sessions.start_demo(authority, cast["social_worker"], None)
    with pytest.raises(NotFound):
        sessions.confirm_demo(actor)


def test_the_demo_knows_its_own_only(cast: Cast) -> None:
    with pytest.raises(NotFound):
        sessions.start_demo(cast.authority, "nobody", None)


def test_the_demo_signs_in_again_on_the_same_device(cast: Cast) -> None:
    first = sessions.start_demo(cast.authority, cast["social_worker"], None)
    again = sessions.start_demo(cast.authority, cast["social_worker"], first.device_cookie)
    assert again.device_cookie == first.device_cookie
    enrolments = cast.authority.store.query("SELECT id FROM enrolments")
    assert len(enrolments) == 1


# --- Rate limits -------------------------------------------------------------------------------------


def test_a_limit(cast: Cast) -> None:
    for _ in range(3):
        attempts.count(cast.authority, "sign-in 192.0.2.7", 3, 600)
    with pytest.raises(TooOften) as refused:
        attempts.count(cast.authority, "sign-in 192.0.2.7", 3, 600)
    assert 0 < refused.value.wait <= 600
    attempts.count(cast.authority, "sign-in 192.0.2.8", 3, 600)
    wait(cast, seconds=600)
    attempts.count(cast.authority, "sign-in 192.0.2.7", 3, 600)


def test_buckets_are_hashed_and_forgotten(cast: Cast) -> None:
    attempts.count(cast.authority, "sign-in 192.0.2.7", 3, 600)
    wait(cast, days=2)
    attempts.count(cast.authority, "sign-in 192.0.2.8", 3, 600)
    [row] = cast.authority.store.query("SELECT bucket FROM attempts")
    assert re.fullmatch("[0-9a-f]{64}", row["bucket"])


# --- Push subscriptions --------------------------------------------------------------------------------


def test_a_browser_has_one_subscription(cast: Cast) -> None:
    actor = approved(cast, "social_worker").signed_in()
    subscriptions.subscribe(actor, ENDPOINT, "key", "secret")
    subscriptions.subscribe(actor, ENDPOINT, "key", "secret")
    assert live(cast) == [ENDPOINT]
    subscriptions.subscribe(actor, f"{ENDPOINT}2", "key", "secret")
    assert live(cast) == [f"{ENDPOINT}2"]
    subscriptions.unsubscribe(actor)
    assert live(cast) == []


def test_a_shared_tablet_tells_whoever_signed_in_last(cast: Cast) -> None:
    tablet = approved(cast, "social_worker")
    subscriptions.subscribe(tablet.signed_in(), ENDPOINT, "key", "secret")
    second = Phone(cast, approved(cast, "colleague").passkey, cookie=tablet.cookie)
    asked = second.sign_in()
    assert isinstance(asked, Waiting)
    assert live(cast) == [ENDPOINT]
    devices.approve(cast.system, asked.enrolment_id, "command line")
    second.signed_in()
    assert live(cast) == []


@pytest.mark.parametrize(
    ("endpoint", "key"), [("http://push.example", "k"), ("", "k"), (ENDPOINT, ""), (ENDPOINT + "x" * 3000, "k")]
)  # fmt: skip
def test_a_subscription_that_cannot_be_taken(cast: Cast, endpoint: str, key: str) -> None:
    with pytest.raises(Invalid):
        subscriptions.subscribe(cast.actor("social_worker"), endpoint, key, "secret")


def test_a_part_of_the_system_has_no_device(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        subscriptions.subscribe(cast.system, ENDPOINT, "key", "secret")
