"""One message to one browser: encrypted, signed, of one length, and only to where it may go."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from api.store.deliveries import Subscription
from api.telling.pushes import Outcome
from api.trust import push_services
from push import wording
from push.outgoing import is_public
from push.webpush import Sender
from tests.cast import Cast
from tests.push_service import Answer, Browser, PushService

# How a message looks does not depend on where rows are kept.
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def _to(browser: Browser) -> Subscription:
    return Subscription(browser.name, browser.endpoint, browser.p256dh, browser.auth)


def _send(
    cast: Cast,
    service: PushService,
    *to: Subscription,
    hosts: tuple[str, ...] = push_services.HOSTS,
    timeout: float = 5.0,
) -> list[Outcome]:
    async def sending() -> list[Outcome]:
        sender = Sender(cast.authority, hosts=hosts, loopback=[service.origin], timeout=timeout)
        async with sender:
            return [await sender.send(one, wording.tag(one.id), 3600) for one in to]

    return asyncio.run(sending())


def test_a_message_says_that_there_is_news_and_no_more(cast: Cast, service: PushService) -> None:
    browser = service.subscribe("phone")
    assert _send(cast, service, _to(browser)) == [Outcome("phone", "taken")]
    (message,) = service.messages
    assert json.loads(message.raw) == {
        "text": "Something new about a child you support",
        "tag": wording.tag("phone"),
    }


def test_messages_have_one_length_a_lifetime_and_a_topic(cast: Cast, service: PushService) -> None:
    _send(cast, service, _to(service.subscribe("phone")), _to(service.subscribe("tablet")))
    first, second = service.messages
    assert first.length == second.length
    assert len(first.raw) == wording.LENGTH
    assert (first.headers["TTL"], first.headers["Urgency"]) == ("3600", "normal")
    assert first.headers["Topic"] == first.tag != second.tag
    assert len(first.tag) <= 32
    assert first.headers["Content-Encoding"] == "aes128gcm"


def test_one_signature_serves_a_push_service_for_half_a_day(
    cast: Cast, service: PushService
) -> None:
    _send(cast, service, _to(service.subscribe("phone")), _to(service.subscribe("tablet")))
    first, second = service.messages
    assert first.headers["Authorization"] == second.headers["Authorization"]


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, "taken"),
        (404, "gone"),
        (410, "gone"),
        (500, "later"),
        (503, "later"),
        (400, "refused"),
        (413, "refused"),
    ],
)
def test_what_came_of_it(cast: Cast, service: PushService, status: int, result: str) -> None:
    service.answer("phone", Answer(status))
    (outcome,) = _send(cast, service, _to(service.subscribe("phone")))
    assert outcome.result == result
    assert result == "taken" or str(status) in outcome.why


def test_too_many_says_when_to_come_back(cast: Cast, service: PushService) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    for said in ("90", date, "soon"):
        service.answer("phone", Answer(429, {"Retry-After": said}))
    to = _to(service.subscribe("phone"))
    first, second, third = _send(cast, service, to, to, to)
    assert (first.result, first.wait) == ("later", 90)
    assert second.wait is not None
    assert 95 < second.wait <= 100
    assert (third.result, third.wait) == ("later", None)


def test_a_redirect_is_not_followed(cast: Cast, service: PushService) -> None:
    other = service.subscribe("other")
    service.answer("phone", Answer(307, {"Location": other.endpoint}))
    (outcome,) = _send(cast, service, _to(service.subscribe("phone")))
    assert outcome.result == "refused"
    assert [message.browser for message in service.messages] == ["phone"]


def test_a_service_that_hangs_is_left_alone_after_a_while(cast: Cast, service: PushService) -> None:
    service.answer("phone", Answer(hang=30))
    (outcome,) = _send(cast, service, _to(service.subscribe("phone")), timeout=0.3)
    assert (outcome.result, outcome.why) == ("later", "the push service did not answer in time")


def test_a_service_that_is_not_there_is_tried_later(cast: Cast, service: PushService) -> None:
    with PushService(service.public_key) as gone:
        browser = gone.subscribe("phone")
    (outcome,) = _send(cast, gone, _to(browser))
    assert (outcome.result, outcome.why) == ("later", "the push service cannot be reached")


@pytest.mark.parametrize("key", ["", "AAAA", "no key at all", "BA" * 40])
def test_keys_that_no_browser_made_end_the_subscription(
    cast: Cast, service: PushService, key: str
) -> None:
    browser = service.subscribe("phone")
    (outcome,) = _send(cast, service, Subscription("phone", browser.endpoint, key, browser.auth))
    assert outcome.result == "gone"
    assert service.messages == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://push.example.com/x",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com@push.example.com/x",
        "https://push.example.com/https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.example.com/x",
        "https://evilpush.apple.com.example/x",
        "https://push.apple.com.:443/x",
        "https://127.0.0.1%2f.push.apple.com/x",
        "https://push.example.com\\.push.apple.com/x",
        "https://.push.apple.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::1/x",
        "file:///etc/passwd",
        "https://web.push.apple.com/" + "x" * 3000,
        "https://web.push.apple.com/\r\nHost: x",
        "",
    ],
)
def test_only_listed_push_services_are_sent_to(
    cast: Cast, service: PushService, endpoint: str
) -> None:
    browser = service.subscribe("phone")
    to = Subscription("phone", endpoint, browser.p256dh, browser.auth)
    (outcome,) = _send(cast, service, to)
    assert outcome.result == "refused"
    assert "not one of a listed push service" in outcome.why


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://web.push.apple.com/QGx",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://wns2-par02p.notify.windows.com/w/?token=BQ%3d",
        "https://FCM.googleapis.com:443/x",
    ],
)
def test_the_browser_vendors_are_listed(engine: str, endpoint: str) -> None:
    assert push_services.is_listed(endpoint)


def test_a_listed_name_that_leads_into_a_network_is_refused(
    cast: Cast, service: PushService
) -> None:
    browser = service.subscribe("phone")
    to = Subscription("phone", "https://localhost/x", browser.p256dh, browser.auth)

    async def sending() -> Outcome:
        async with Sender(cast.authority, hosts=["localhost"]) as sender:
            return await sender.send(to, "tag", 60)

    outcome = asyncio.run(sending())
    assert (outcome.result, outcome.why) == ("refused", "its address is inside a network")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("142.250.74.10", True),
        ("2a00:1450:4009:80b::200a", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::8efa:4a0a", True),
        ("64:ff9b:1::a00:1", False),
        ("::7f00:1", False),
        ("::ffff:0:a00:1", False),
        ("fec0::1", False),
    ],
)
def test_which_addresses_are_public(engine: str, address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public
