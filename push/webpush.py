"""Web Push: one message to one browser, through its vendor's push service.

A message is encrypted for that browser (RFC 8291) and signed by us (RFC 8292). A failure says
whether it is for good. Only listed hosts at public addresses are sent to, and no redirect is followed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import aiohttp
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from api.authority import Authority
from api.telling.pushes import Outcome, Subscription
from api.trust import push_services, vapid
from push import wording
from push.outgoing import TIMEOUT_SECONDS, NotPublic, open_session, origin_of, read_wait

IN_FLIGHT = 20
SIGNATURE_HOURS = 12
# A signature is renewed before it runs out, by more than any clock is wrong.
RENEW_SECONDS = 600


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


def _outcome(subscription_id: str, status: int, retry_after: str | None) -> Outcome:
    why = f"the push service answered {status}"
    if 200 <= status < 300:
        return Outcome(subscription_id, "taken")
    if status in (404, 410):
        return Outcome(subscription_id, "gone", why)
    if status in (408, 425, 429) or status >= 500:
        return Outcome(subscription_id, "later", why, read_wait(retry_after))
    return Outcome(subscription_id, "refused", why)
