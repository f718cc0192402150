"""The worker: everything is delivered or failed for good, whatever happens to it on the way."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.facts import corrections
from api.moment import new_id
from api.staff import practitioners, sessions
from api.telling import inbox, outbox, pushes
from api.trust.actor import Actor
from push import worker
from tests import feeds
from tests.cast import Cast, write_master_key
from tests.push.conftest import Takes
from tests.push_service import Answer, PushService


def _after(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def _until(true: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def working(cast: Cast, service: PushService, number: int = 1) -> Iterator[None]:
    """Workers beside the test, in threads of their own, until the block ends."""
    stop = threading.Event()

    def work() -> None:
        worker.run(cast.authority, stop, loopback=[service.origin], timeout=5, poll=0.05)

    workers = [threading.Thread(target=work) for _ in range(number)]
    for one in workers:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in workers:
            one.join(15)
        assert not any(one.is_alive() for one in workers)


def states(cast: Cast) -> dict[str, int]:
    """How many pushes are in which state."""
    seen = outbox.deliveries(cast.system)
    return {one.state: one.number for one in seen.counts if one.channel == "push"}


def work_until(cast: Cast, service: PushService, **wanted: int) -> None:
    """Let a worker work until the pushes are in these states."""
    with working(cast, service):
        _until(lambda: states(cast) == wanted)


def logged(cast: Cast, number: int = 1) -> None:
    for n in range(number):
        cast.worry("pastoral", "amara", saw=f"Day {n}.")
    _after(cast, seconds=11)


# --- Delivered ----------------------------------------------------------------------------------


def test_a_note_reaches_the_phones_of_the_circle(
    cast: Cast, service: PushService, takes_push: Takes
) -> None:
    for name in ("social_worker", "health_visitor", "sealed", "pastoral", "outsider"):
        takes_push(name)
    logged(cast)
    work_until(cast, service, delivered=3)
    reached = sorted(message.browser.partition("-")[0] for message in service.taken())
    assert reached == ["health_visitor", "sealed", "social_worker"]
    assert len({message.tag for message in service.taken()}) == 3


def test_nothing_is_sent_before_the_ten_seconds_are_over(
    cast: Cast, service: PushService, takes_push: Takes
) -> None:
    takes_push("social_worker")
    cast.worry("pastoral", "amara")
    with working(cast, service):
        time.sleep(0.5)
        assert service.messages == []
        _after(cast, seconds=11)
        assert len(service.wait(1)) == 1


def test_who_takes_no_push_has_it_in_the_inbox_and_nothing_has_failed(
    cast: Cast, service: PushService
) -> None:
    logged(cast)
    outbox.fan_out(cast.authority)
    assert states(cast) == {}
    assert inbox.unread(cast.actor("social_worker")) == 1


def test_two_devices_of_one_practitioner_both_show_it_once(
    cast: Cast, service: PushService, takes_push: Takes
) -> None:
    phone, tablet = takes_push("social_worker"), takes_push("social_worker")
    service.answer(tablet.name, Answer(500))
    logged(cast)
    work_until(cast, service, waiting=1)
    _after(cast, minutes=5)
    work_until(cast, service, delivered=1)
    assert sorted(message.browser for message in service.taken()) == [phone.name, tablet.name]
    assert len({message.tag for message in service.messages}) == 1


def test_what_was_opened_in_the_inbox_first_is_not_sent(
    cast: Cast, service: PushService, takes_push: Takes
) -> None:
    takes_push("social_worker")
    logged(cast)
    outbox.fan_out(cast.authority)
    actor = cast.actor("social_worker")
    inbox.open_item(actor, inbox.list_items(actor).items[0].id)
    work_until(cast, service, delivered=1)
    assert service.messages == []


def test_signing_out_before_the_sending_keeps_it_from_that_device(
    cast: Cast, service: PushService, takes_push: Takes
) -> None:
    takes_push("social_worker")
    logged(cast)
    outbox.fan_out(cast.authority)
    enrolment = cast.authority.store.query(
        "SELECT enrolment_id AS id FROM push_subscriptions WHERE dropped_at IS NULL"
    )[0]["id"]
    session = cast.authority.store.query(
        "SELECT id FROM sessions WHERE enrolment_id = :id", id=enrolment
    )[0]["id"]
    sessions.end(
        Actor(
            authority=cast.authority,
            id=cast["social_worker"],
            name="Jo Marsh",
            agency_id=cast["care"],
            session_id=session,
            enrolment_id=enrolment,
        )
    )
    work_until(cast, service, failed=1)
    assert service.messages == []


# --- Not delivered --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
def test_a_dead_subscription_is_dropped_and_the_failure_is_seen(
    cast: Cast, service: PushService, takes_push: Takes, status: int
) -> None:
    browser = takes_push("social_worker")
    service.answer(browser.name, Answer(status))
    logged(cast)
    work_until(cast, service, failed=1)
    (failure,) = outbox.deliveries(cast.actor("administrator")).failed
    assert failure.practitioner_id == cast["social_worker"]
    assert (failure.why, failure.attempts) == ("no device takes push any more", 1)
    assert inbox.unread(cast.actor("social_worker")) == 1
    cast.worry("pastoral", "amara", saw="Another day.")
    _after(cast, seconds=30)
    outbox.fan_out(cast.authority)
    assert states(cast) == {"failed": 1}
    assert len(service.messages) == 1


def test_too_many_waits_as_long_as_it_was_asked_to(
    cast: Cast, service: PushService, takes_push: Takes
) -> None:
    browser = takes_push("social_worker")
    service.answer(browser.name, Answer(429, {"Retry-After": "600"}))
    logged(cast)
    work_until(cast, service, waiting=1)
    _after(cast, seconds=600)
    assert pushes.claim(cast.authority, 10) == []
    _after(cast, seconds=800)
    work_until(cast, service, delivered=1)
    assert [message.status for message in service.messages] == [429, 201]


def test_a_service_that_fails_all_day_is_given_up_with_the_reason(
    cast: Cast, service: PushService, takes_push: Takes
) -> None:
    browser = takes_push("social_worker")
    service.answer(browser.name, *[Answer(503)] * 3)
    logged(cast)
    work_until(cast, service, waiting=1)
    _after(cast, hours=12)
    with working(cast, service):
        service.wait(2)
    _after(cast, hours=25)
    work_until(cast, service, failed=1)
    (failure,) = outbox.deliveries(cast.system).failed
    assert (failure.why, failure.attempts) == ("the push service answered 503", 3)
    assert vars(failure).keys() == {"id", "practitioner_id", "why", "attempts", "failed_on"}


def test_waits_grow_and_are_never_in_step(cast: Cast) -> None:
    later = [pushes.Outcome("a phone", "later")]
    waits = [[pushes._wait(attempt, later) for _ in range(20)] for attempt in (1, 4, 30)]
    assert max(waits[0]) <= 30 < 120 <= min(waits[1])
    assert max(waits[2]) <= pushes.LONGEST_WAIT_SECONDS
    assert len(set(waits[1])) > 10


# --- Many workers, killed workers --------------------------------------------------------------------


def test_many_workers_send_each_push_once(
    cast: Cast, service: PushService, takes_push: Takes
) -> None:
    takes_push("social_worker")
    takes_push("health_visitor")
    logged(cast, 15)
    with working(cast, service, number=4):
        _until(lambda: states(cast) == {"delivered": 30})
    assert len(service.messages) == len({message.tag for message in service.messages}) == 30


SCRIPT = """
import sys, threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from api import authority
from push import worker
from tests import feeds
url, key, origin, seconds = sys.argv[1:]
opened = authority.open(url, Path(key))
opened.store.clock = lambda: datetime.now(UTC) + timedelta(seconds=float(seconds))
worker.run(opened, threading.Event(), loopback=[origin], poll=0.05)
"""


@pytest.fixture
def process(
    cast: Cast, cast_url: str, service: PushService, tmp_path: Path
) -> Iterator[Callable[[float], subprocess.Popen[bytes]]]:
    """Starts a worker in a process of its own, its clock so many seconds ahead."""
    key = tmp_path / "master.key"
    write_master_key(key)
    started: list[subprocess.Popen[bytes]] = []

    def start(ahead: float) -> subprocess.Popen[bytes]:
        arguments = [cast_url, str(key), service.origin, str(ahead)]
        root = Path(__file__).parents[2]
        started.append(subprocess.Popen([sys.executable, "-c", SCRIPT, *arguments], cwd=root))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()


def test_a_worker_killed_while_it_sends_loses_nothing_and_the_repeat_replaces_the_first(
    cast: Cast,
    service: PushService,
    takes_push: Takes,
    process: Callable[[float], subprocess.Popen[bytes]],
) -> None:
    browser = takes_push("social_worker")
    service.answer(browser.name, Answer(hang=60))
    cast.worry("pastoral", "amara")
    killed = process(11)
    assert len(service.wait(1)) == 1
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert states(cast) == {"sending": 1}
    _after(cast, seconds=30)
    assert pushes.claim(cast.authority, 10) == []
    _after(cast, seconds=90)
    work_until(cast, service, delivered=1)
    first, second = service.messages
    assert first.tag == second.tag
    assert first.headers["Topic"] == second.headers["Topic"]


def test_workers_killed_again_and_again_deliver_everything(
    cast: Cast,
    service: PushService,
    takes_push: Takes,
    process: Callable[[float], subprocess.Popen[bytes]],
) -> None:
    browsers = [takes_push("social_worker"), takes_push("health_visitor")]
    for browser in browsers:
        service.answer(browser.name, *[Answer(hang=0.05)] * 10)
    logged(cast, 10)
    for round_ in range(3):
        before = len(service.messages)
        one = process(11 + round_ * 90)
        service.wait(before + 3, seconds=5)
        one.send_signal(signal.SIGKILL)
        one.wait()
    _after(cast, seconds=400)
    work_until(cast, service, delivered=20)
    assert len({message.tag for message in service.messages}) == 20
    for name in ("social_worker", "health_visitor", "sealed"):
        assert inbox.unread(cast.actor(name)) == 10


def test_a_claim_that_another_took_over_is_settled_by_the_other_only(
    cast: Cast, service: PushService, takes_push: Takes
) -> None:
    takes_push("social_worker")
    logged(cast)
    outbox.fan_out(cast.authority)
    (slow,) = pushes.claim(cast.authority, 10)
    _after(cast, seconds=80)
    (quick,) = pushes.claim(cast.authority, 10)
    subscription = quick.subscriptions[0].id
    pushes.settle(cast.authority, slow, [pushes.Outcome(subscription, "refused", "too slow")])
    assert states(cast) == {"sending": 1}
    pushes.settle(cast.authority, quick, [pushes.Outcome(subscription, "taken")])
    assert states(cast) == {"delivered": 1}


def test_an_idle_worker_stops_at_once(cast: Cast, service: PushService) -> None:
    with working(cast, service):
        time.sleep(0.3)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2


# --- Tidying up -----------------------------------------------------------------------------------------


def test_the_worker_removes_what_ran_out_and_leaves_what_did_not(
    cast: Cast, service: PushService
) -> None:
    signed_in = sessions.start_demo(cast.authority, cast["social_worker"], None)
    store = cast.authority.store
    store.upkeep(
        lambda tx: tx.insert(
            "challenges",
            id=new_id(),
            challenge=b"a challenge",
            ceremony="sign in",
            made_at=tx.now,
            expires_at=tx.now,
        )
    )

    def left() -> tuple[int, int]:
        return tuple(  # type: ignore[return-value]
            store.query(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"]
            for table in ("sessions", "challenges")
        )

    with working(cast, service):
        time.sleep(0.4)
    assert sessions.resume(cast.authority, signed_in.session_token, touch=False) is not None
    assert left()[1] == 1
    _after(cast, days=3)
    with working(cast, service):
        _until(lambda: left() == (0, 0))


def test_sources_are_compared_and_what_is_overdue_is_told(cast: Cast, service: PushService) -> None:
    store = cast.authority.store
    housing = feeds.add_feed(store, "housing")
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", housing)
    plan = feeds.say(store, housing, "plans", cast["amara"], kind="care order")
    corrections.say(cast.actor("social_worker"), cast["amara"], "plan", plan, "never was")
    _after(cast, days=10)

    def done() -> bool:
        told = store.query("SELECT kind FROM outbox WHERE kind = 'correction overdue'")
        compared = store.query("SELECT id FROM sources WHERE compared_load = current_load")
        return len(told) == 1 and [row["id"] for row in compared] == [housing]

    with working(cast, service):
        _until(done)
