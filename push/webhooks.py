"""Webhooks: one signed message to one address of another system.

Signed as Standard Webhooks 1.0.0 has it. Only listed hosts at public addresses are sent to, the
connection goes to exactly the address that was checked, no redirect is followed, and neither the time
nor the size of an answer is without bound.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import aiohttp

from api.telling.webhooks import Claim, Outcome
from api.trust import push_services
from push.outgoing import TIMEOUT_SECONDS, NotPublic, open_session, origin_of, read_wait

AT_ONCE = 10
ANSWER_BYTES = 1024


class Messenger:
    """Tells other systems. Used as `async with Messenger(hosts) as messenger`.

    `loopback` holds origins on this machine, such as https://127.0.0.1:9000, for tests only.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        *,
        loopback: Sequence[str] = (),
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._hosts = hosts
        self._loopback = frozenset(loopback)
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def __aenter__(self) -> Self:
        self._session = open_session(AT_ONCE, self._timeout, loopback=bool(self._loopback))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def send(self, claim: Claim) -> Outcome:
        """Send one message and say what came of it."""
        if origin_of(claim.url) not in self._loopback and not push_services.is_listed(
            claim.url, self._hosts
        ):
            return Outcome("later", "its host is not listed any more")
        try:
            async with self._session.post(
                claim.url, data=claim.body, headers=signed(claim), allow_redirects=False
            ) as answer:
                await answer.content.read(ANSWER_BYTES)
                _hang_up(answer)
                return _outcome(answer.status, answer.headers.get("Retry-After"))
        except TimeoutError:
            return Outcome("later", "it did not answer in time")
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, NotPublic) or isinstance(error.__cause__, NotPublic):
                return Outcome("later", "its address is inside a network")
            if isinstance(error, aiohttp.ClientSSLError):
                return Outcome("later", "its certificate is not to be trusted")
            return Outcome("later", "it cannot be reached")


def _hang_up(answer: aiohttp.ClientResponse) -> None:
    """Let go at once of whoever goes on talking: closing a connection politely reads to the end."""
    held = answer.connection
    if not answer.content.at_eof() and held and held.transport:
        held.transport.abort()


def signed(claim: Claim) -> dict[str, str]:
    """Give the headers of a message, signed now with every secret that holds."""
    at = str(int(time.time()))
    content = f"{claim.message_id}.{at}.".encode() + claim.body
    signatures = (
        base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
        for secret in claim.secrets
    )
    return {
        "Content-Type": "application/json",
        "User-Agent": "Inkling",
        "webhook-id": claim.message_id,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }


def _outcome(status: int, retry_after: str | None) -> Outcome:
    if 200 <= status < 300:
        return Outcome("taken")
    if status == 410:
        return Outcome("gone", "it answered 410: it wants to be told nothing any more")
    return Outcome("later", f"it answered {status}", read_wait(retry_after))
