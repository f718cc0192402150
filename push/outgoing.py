"""The way out: what both web pushes and webhooks go through.

To public addresses only, and to exactly those that were checked; without cookies, without a proxy.
"""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

TIMEOUT_SECONDS = 10.0

# How an IPv6-only network writes the IPv4 addresses of others (RFC 6052).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# All that is given to the public network so far (RFC 4291). Beside it stand ways of writing an IPv4 address
# that lead inside where somebody translates them, such as 64:ff9b:1::/48 (RFC 8215) or ::/96.
GIVEN = ipaddress.IPv6Network("2000::/3")


class NotPublic(OSError):
    """A listed name led to an address inside somebody's network."""


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
        if address not in GIVEN:
            return False
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
