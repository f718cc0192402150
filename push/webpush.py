"""Web Push: one message to one browser, through its vendor's push service.

A message is encrypted for that browser (RFC 8291) and signed by us (RFC 8292). A failure says
whether it is for good. Only listed hosts at public addresses are sent to, and no redirect is followed.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from api.authority import Authority
from api.telling.pushes import Outcome, Subscription
from api.trust import push_services, vapid
from push import wording

IN_FLIGHT = 20
TIMEOUT_SECONDS = 10.0
SIGNATURE_HOURS = 12
# A signature is renewed before it runs out, by more than any clock is wrong.
RENEW_SECONDS = 600

# How an IPv6-only network writes the IPv4 addresses of others (RFC 6052).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotPublic(OSError):
    """A listed name led to an address inside somebody's network."""


class Sender:
    """Sends messages for one authority. Used as `async with Sender(authority) as sender`.

    `hosts` are the push services that may be sent to (see `api.trust.push_services`). `loopback`
    holds origins on this machine, such as http://127.0.0.1:9000, for tests and measurements only.
    """

    def __init__(
        self,
        authority: Authority,
        *,
        hosts: Sequence[str] = push_services.HOSTS,
        loopback: Sequence[str] = (),
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._signer = Vapid02(vapid.private_key(authority))
        self._contact = f"mailto:{authority.settings.front_door_email}"
        self._hosts = hosts
        self._loopback = frozenset(loopback)
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._signatures: dict[str, tuple[float, dict[str, str]]] = {}

    async def __aenter__(self) -> Self:
        self._session = open_session(IN_FLIGHT, self._timeout, loopback=bool(self._loopback))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def send(self, to: Subscription, tag: str, ttl: int) -> Outcome:
        """Send the one sentence to one browser and say what came of it."""
        origin = origin_of(to.endpoint)
        if origin not in self._loopback and not push_services.is_listed(to.endpoint, self._hosts):
            return Outcome(to.id, "refused", "its address is not one of a listed push service")
        try:
            body = WebPusher(
                {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}}
            ).encode(wording.message(tag))["body"]
        except (WebPushException, ValueError, IndexError):
            return Outcome(to.id, "gone", "its keys cannot be used")
        headers = {
            **self._signed(origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl),
            "Urgency": "normal",
            "Topic": tag,
        }
        try:
            async with self._session.post(
                to.endpoint, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.content.read(1024)
                return _outcome(to.id, answer.status, answer.headers.get("Retry-After"))
        except TimeoutError:
            return Outcome(to.id, "later", "the push service did not answer in time")
        except NotPublic:
            return Outcome(to.id, "refused", "its address is inside a network")
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error.__cause__, NotPublic):
                return Outcome(to.id, "refused", "its address is inside a network")
            return Outcome(to.id, "later", "the push service cannot be reached")

    def _signed(self, origin: str) -> dict[str, str]:
        """Sign for a push service, once in half a day."""
        until, headers = self._signatures.get(origin, (0.0, {}))
        now = time.time()
        if now > until - RENEW_SECONDS:
            until = now + SIGNATURE_HOURS * 3600
            # The claims are made anew: the signer writes into what it is given.
            claims = {"aud": origin, "exp": int(until), "sub": self._contact}
            headers = dict(self._signer.sign(claims))
            self._signatures[origin] = (until, headers)
        return headers


class PublicResolver(AbstractResolver):
    """Resolves names, and refuses what leads into a network. The connection is made to exactly the
    addresses that were checked, so that a name cannot change its mind in between."""

    def __init__(self, loopback: bool = False) -> None:
        self._loopback = loopback
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the addresses of a host. Raises NotPublic if any of them is not a public one."""
        found = await self._resolver.resolve(host, port, family)
        for result in found:
            address = ipaddress.ip_address(result["host"].partition("%")[0])
            if not (is_public(address) or (self._loopback and address.is_loopback)):
                raise NotPublic("not a public address")
        return found

    async def close(self) -> None:
        """Nothing to let go of."""
        await self._resolver.close()


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Say whether an address belongs to the public network, whichever way it is written."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def open_session(
    limit: int, timeout: aiohttp.ClientTimeout, *, loopback: bool
) -> aiohttp.ClientSession:
    """Open what all that leaves the building goes through: to public addresses only (and this machine,
    with `loopback`), over up to `limit` connections; inside a running event loop."""
    connector = aiohttp.TCPConnector(limit=limit, resolver=PublicResolver(loopback))
    # No cookies, no proxy from the environment: nothing goes along that is not meant to.
    return aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    )


def origin_of(endpoint: str) -> str:
    """Give the scheme and host of an address, or nothing."""
    try:
        address = urlsplit(endpoint)
    except ValueError:
        return ""
    return f"{address.scheme}://{address.netloc}"


def _outcome(subscription_id: str, status: int, retry_after: str | None) -> Outcome:
    why = f"the push service answered {status}"
    if 200 <= status < 300:
        return Outcome(subscription_id, "taken")
    if status in (404, 410):
        return Outcome(subscription_id, "gone", why)
    if status in (408, 425, 429) or status >= 500:
        return Outcome(subscription_id, "later", why, read_wait(retry_after))
    return Outcome(subscription_id, "refused", why)


def read_wait(retry_after: str | None) -> float | None:
    """Read Retry-After, which is seconds or a date."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
