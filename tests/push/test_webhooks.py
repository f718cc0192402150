"""Webhooks on their way: a system on this machine, over https, that verifies what comes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from api.errors import InklingError
from api.record import systems
from api.record.systems import Involvement
from api.staff import connected, tokens
from api.telling import events, pushes, webhooks
from api.telling.webhooks import Claim, Made, Outcome
from api.trust.actor import Actor
from push import worker
from push.webhooks import Messenger
from tests.api import systems as other
from tests.cast import Cast
from tests.webhook_service import Answer, Receiver


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """A system that is told. Nothing may have reached it with a wrong signature."""
    with Receiver(tmp_path) as running:
        yield running
        assert running.faults == []


@pytest.fixture
def system(cast: Cast) -> Actor:
    return other.actor(cast)


def source(cast: Cast) -> str:
    return tokens.every(cast.system)[0].source_id


def hook(cast: Cast, receiver: Receiver) -> Made:
    """Let the school's system be told on this machine, which is never listed."""
    made = webhooks.add(cast.system, source(cast), "https://case.example/x", ["case.example"])
    cast.authority.store.upkeep(
        lambda tx: tx.change(
            "UPDATE webhooks SET url = :url WHERE id = :id", url=receiver.url, id=made.id
        )
    )
    receiver.secret = made.secret
    return made


def happen(system: Actor, cast: Cast, *keys: str) -> None:
    for key in keys:
        said = Involvement(cast["amara"], "active", "Tutor", contact_name="Tam Reid")
        systems.say(system, key, said)


@contextmanager
def working(cast: Cast, *receivers: Receiver, number: int = 1) -> Iterator[None]:
    stop = threading.Event()
    origins, hosts = [one.origin for one in receivers], [".case.example"]

    def work() -> None:
        worker.run(
            cast.authority, stop, webhook_hosts=hosts, loopback=origins, timeout=5, poll=0.05
        )

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


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


# --- The worker ------------------------------------------------------------------------------------


def test_a_system_is_told_in_order_and_each_thing_once(
    cast: Cast, system: Actor, receiver: Receiver
) -> None:
    hook(cast, receiver)
    keys = [f"S{n}" for n in range(12)]
    happen(system, cast, *keys[:6])
    with working(cast, receiver, number=2):
        happen(system, cast, *keys[6:])
        told = receiver.wait(12)
    page = events.after(system)
    assert [one.id for one in told] == [event.id for event in page.events]
    assert [event.source_key for event in page.events] == keys
    assert {one.headers["Content-Type"] for one in told} == {"application/json"}
    assert not any("Cookie" in one.headers or "Authorization" in one.headers for one in told)


def test_what_was_refused_comes_again_before_what_comes_after(
    cast: Cast, system: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushes, "FIRST_WAIT_SECONDS", 0.1)
    receiver.answer(Answer(500), Answer(400), Answer(302, {"Location": receiver.url}))
    hook(cast, receiver)
    happen(system, cast, "S1", "S2")
    with working(cast, receiver):
        told = receiver.wait(5)
    first, second = [event.id for event in events.after(system).events]
    assert [one.id for one in told] == [first] * 4 + [second]


def test_a_token_that_is_revoked_meanwhile_is_told_nothing_more(
    cast: Cast, system: Actor, receiver: Receiver
) -> None:
    hook(cast, receiver)
    happen(system, cast, "S1", "S2", "S3")

    def revoke() -> None:
        try:
            tokens.revoke(cast.system, system.id)
        except InklingError as error:
            receiver.faults.append(error.sentence)

    receiver.when_told = revoke
    with working(cast, receiver):
        receiver.wait(1)
        until(lambda: held(cast).told_at)
        time.sleep(0.3)
    assert len(receiver.told) == 1


def test_410_stops_it(cast: Cast, system: Actor, receiver: Receiver) -> None:
    receiver.answer(Answer(410))
    hook(cast, receiver)
    happen(system, cast, "S1")
    with working(cast, receiver):
        until(lambda: held(cast).stopped_at)


def test_a_fault_with_one_message_is_tried_again_later_and_can_be_given_up(
    cast: Cast, system: Actor
) -> None:
    url = f"https://{'a' * 70}.case.example/x"  # no name on any network is that long
    webhooks.add(cast.system, source(cast), url, [".case.example"])
    happen(system, cast, "S1")
    with working(cast):
        until(lambda: held(cast).failing_since)
    assert held(cast).why == "it cannot be sent to"


def held(cast: Cast) -> webhooks.Webhook:
    return connected.one(cast.system, source(cast)).webhooks[0]


def test_nobody_waits_until_another_has_heard_everything(
    cast: Cast,
    system: Actor,
    receiver: Receiver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "AT_ONCE", 1)
    monkeypatch.setattr(worker, "TURN_SECONDS", 0.0)
    told: list[str] = []
    with Receiver(tmp_path) as second:
        for one, name in ((receiver, "one"), (second, "two")):
            hook(cast, one)
            one.when_told = partial(told.append, name)
        happen(system, cast, "S1", "S2", "S3")
        with working(cast, receiver, second):
            until(lambda: len(told) == 6)
        assert second.faults == []
    assert sorted(told[:2]) == sorted(told[2:4]) == sorted(told[4:]) == ["one", "two"]


# --- One message -----------------------------------------------------------------------------------


def send(
    cast: Cast, receiver: Receiver, url: str = "", linger: float = 0.0, **options: object
) -> Outcome:
    """Send the one thing that is due, perhaps to another address; go on for a while, as the worker does,
    where a connection is still to be closed."""
    (claim,) = webhooks.claim(cast.authority, 1)
    there = Claim(**{**vars(claim), "url": url or claim.url})
    given = {"hosts": [], "loopback": [receiver.origin], **options}

    async def sending() -> Outcome:
        async with Messenger(**given) as messenger:  # type: ignore[arg-type]
            outcome = await messenger.send(there)
            await asyncio.sleep(linger)
            return outcome

    return asyncio.run(sending())


@pytest.fixture
def due(cast: Cast, system: Actor, receiver: Receiver) -> Receiver:
    """Something is due to be told."""
    hook(cast, receiver)
    happen(system, cast, "S1")
    return receiver


@pytest.mark.parametrize(
    ("status", "result"),
    [(200, "taken"), (204, "taken"), (410, "gone"), (404, "later"), (401, "later"), (503, "later")],
)
def test_what_came_of_it(cast: Cast, due: Receiver, status: int, result: str) -> None:
    due.answer(Answer(status, {"Retry-After": "90"}))
    outcome = send(cast, due)
    assert outcome.result == result
    assert outcome.wait == (90 if result == "later" else None)


@pytest.mark.parametrize("wait", ["9" * 400, "Mon, 1 Jan 2024 00:00:00 +999999999999999", "soon"])
def test_a_wait_that_makes_no_sense_is_a_try_later(cast: Cast, due: Receiver, wait: str) -> None:
    due.answer(Answer(503, {"Retry-After": wait}))
    assert send(cast, due).result == "later"


def test_a_redirect_is_not_followed(cast: Cast, due: Receiver) -> None:
    due.answer(Answer(307, {"Location": due.url}))
    assert send(cast, due) == Outcome("later", "it answered 307")
    assert len(due.told) == 1


def test_who_hangs_is_left_alone_after_a_while(cast: Cast, due: Receiver) -> None:
    due.answer(Answer(hang=0.7))
    assert send(cast, due, linger=1.0, timeout=0.2) == Outcome("later", "it did not answer in time")


def test_a_long_answer_is_not_read_to_its_end(cast: Cast, due: Receiver) -> None:
    due.answer(Answer(200, body=b"x" * 50_000_000))
    begun = time.monotonic()
    assert send(cast, due).result == "taken"
    assert time.monotonic() - begun < 3


def test_whoever_has_no_good_certificate_is_told_nothing(
    cast: Cast, due: Receiver, tmp_path: Path
) -> None:
    with Receiver(tmp_path, trusted=False) as stranger:
        outcome = send(cast, due, stranger.url, loopback=[stranger.origin])
        assert outcome == Outcome("later", "its certificate is not to be trusted")
        assert stranger.told == []


@pytest.mark.parametrize(
    ("url", "hosts", "why"),
    [
        ("https://elsewhere.example/x", ["case.example"], "its host is not listed any more"),
        ("http://case.example/x", ["case.example"], "its host is not listed any more"),
        ("https://localhost/x", ["localhost"], "its address is inside a network"),
        ("https://127.0.0.1/x", [], "its host is not listed any more"),
    ],
)
def test_only_listed_hosts_at_public_addresses_are_sent_to(
    cast: Cast, due: Receiver, url: str, hosts: list[str], why: str
) -> None:
    assert send(cast, due, url, hosts=hosts, loopback=[]) == Outcome("later", why)
    assert due.told == []
