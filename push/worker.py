"""The worker: tells what is due, sends pushes, seals the audit trail, tidies up. Any number may run.

It may be killed at any moment: what it told is committed, what it had claimed is taken up again by
another, and nothing is ever forgotten because nothing is held in memory only.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from api import moment
from api.authority import Authority
from api.errors import Unavailable
from api.facts import corrections, differences
from api.oversight import breaches, figures, finding
from api.record import own_family
from api.rights import clock
from api.staff import expired, governors
from api.telling import outbox, pushes, webhooks
from api.telling.pushes import Claim, Outcome, Subscription
from api.trust import push_services
from push import wording
from push.outgoing import TIMEOUT_SECONDS
from push.sealing import Sealing
from push.webhooks import AT_ONCE, Messenger
from push.webpush import IN_FLIGHT, Sender

POLL_SECONDS = 1.0
TIDY_SECONDS = 3600.0
COMPARE_SECONDS = 30.0
# Who came today may be of the staff's own family.
CLOSE_SECONDS = 86_400.0
# So long is one system told one thing after another, before others have their turn.
TURN_SECONDS = 10.0
# What is older than this is in the inbox, and no news to a phone.
SHORTEST_TTL_SECONDS = 60

T = TypeVar("T")

log = logging.getLogger("inkling.push")


def run(
    authority: Authority,
    stop: threading.Event,
    *,
    hosts: Sequence[str] = push_services.HOSTS,
    webhook_hosts: Sequence[str] = (),
    loopback: Sequence[str] = (),
    timeout: float = TIMEOUT_SECONDS,
    poll: float = POLL_SECONDS,
    audit_heads: Path | None = None,
) -> None:
    """Work until `stop` is set; then let what is in flight end, and return.

    `hosts` are the push services that may be sent to, `webhook_hosts` the other systems, `audit_heads`
    the folder that heads of the audit trail are kept in; `loopback` adds origins on this machine, for
    tests and measurements only.
    """
    sender = Sender(authority, hosts=hosts, loopback=loopback, timeout=timeout)
    messenger = Messenger(webhook_hosts, loopback=loopback, timeout=timeout)
    sealing = threading.Thread(
        target=Sealing(authority, audit_heads, poll).work, args=[stop], name="sealer"
    )
    sealing.start()
    try:
        asyncio.run(Worker(authority, sender, messenger, poll).work(stop))
    finally:
        stop.set()
        sealing.join()


class Worker:
    """One worker. The store is used from one thread beside the loop that sends."""

    def __init__(
        self,
        authority: Authority,
        sender: Sender,
        messenger: Messenger,
        poll: float = POLL_SECONDS,
    ) -> None:
        self._authority = authority
        self._sender = sender
        self._messenger = messenger
        self._poll = poll
        self._sending: set[asyncio.Task[None]] = set()
        self._webhooks: set[asyncio.Task[None]] = set()
        self._next_telling = 0.0
        self._next_tidying = 0.0
        self._next_comparing = 0.0
        self._next_closing = 0.0
        self._well = True

    async def work(self, stop: threading.Event) -> None:
        """Go round until `stop` is set."""
        stopped = self._stopped = asyncio.create_task(_wait_for(stop))
        with ThreadPoolExecutor(1, "store") as self._store_thread:
            async with self._sender, self._messenger:
                while not stopped.done():
                    more = await self._round()
                    full = len(self._sending) >= IN_FLIGHT
                    await asyncio.wait(
                        {stopped, *self._sending} if full else {stopped},
                        timeout=0 if more and not full else self._poll,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                if self._sending or self._webhooks:
                    await asyncio.wait(self._sending | self._webhooks)

    async def _round(self) -> bool:
        """Tell and send what is due; say whether there is more to tell at once."""
        try:
            more = await self._tell()
            room = IN_FLIGHT - len(self._sending)
            claims = await self._ask(lambda: pushes.claim(self._authority, room)) if room else []
            for claim in claims:
                task = asyncio.create_task(self._send(claim))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            room = AT_ONCE - len(self._webhooks)
            to_tell = await self._ask(lambda: webhooks.claim(self._authority, room)) if room else []
            for one in to_tell:
                task = asyncio.create_task(self._tell_system(one))
                self._webhooks.add(task)
                task.add_done_callback(self._webhooks.discard)
            self._is_well()
            return more
        except Unavailable as error:
            self._is_ill(error.sentence)
        except Exception:
            # A fault of ours must not end the telling of everything else.
            log.exception("A round of the worker failed.")
        return False

    async def _tell(self) -> bool:
        now = time.monotonic()
        if now < self._next_telling:
            return False
        told = await self._ask(lambda: outbox.fan_out(self._authority))
        if now >= self._next_tidying:
            self._next_tidying = now + TIDY_SECONDS
            await self._ask(self._authority.take_up)
            await self._ask(lambda: expired.clear(self._authority))
            # What was forgotten while somebody was reading stands in the log until then.
            await self._ask(self._authority.store.truncate_log)
            await self._ask(lambda: corrections.tell_overdue(self._authority))
            await self._ask(lambda: clock.tell_unhandled(self._authority))
            await self._ask(lambda: clock.tell_overdue(self._authority))
            await self._ask(lambda: governors.tell_missing(self._authority))
            await self._ask(lambda: breaches.tell_overdue(self._authority))
            await self._ask(lambda: finding.find(self._authority))
            await self._ask(lambda: figures.count(self._authority))
        if now >= self._next_closing:
            self._next_closing = now + CLOSE_SECONDS
            await self._ask(lambda: own_family.close_all(self._authority))
        if now >= self._next_comparing:
            self._next_comparing = now + COMPARE_SECONDS
            await self._ask(lambda: differences.compare_what_changed(self._authority))
        more = told == outbox.AT_ONCE
        self._next_telling = 0.0 if more else now + self._poll * 0.9
        return more

    async def _send(self, claim: Claim) -> None:
        """Send one message to every browser of its reader that has not had it, and settle it."""
        ttl, tag = self._seconds_left(claim), wording.tag(claim.id)
        outcomes = await asyncio.gather(
            *(self._send_to(claim, to, tag, ttl) for to in claim.subscriptions)
        )
        try:
            await self._ask(lambda: pushes.settle(self._authority, claim, outcomes))
        except Unavailable as error:
            # The claim runs out, and the message is sent again under the same tag.
            self._is_ill(error.sentence)
        except Exception:
            log.exception("Delivery %s could not be settled.", claim.id)

    async def _send_to(self, claim: Claim, to: Subscription, tag: str, ttl: int) -> Outcome:
        try:
            return await self._sender.send(to, tag, ttl)
        except Exception:
            # A fault of ours: this one is tried again for a day, and holds up no other.
            log.exception("Delivery %s could not be sent.", claim.id)
            return Outcome(to.id, "later", "it could not be sent")

    async def _tell_system(self, claim: webhooks.Claim) -> None:
        """Tell a system what it may hear, one thing after another, for its turn."""
        todo: webhooks.Claim | None = claim
        until = time.monotonic() + TURN_SECONDS
        try:
            while todo:
                outcome = await self._send_message(todo)
                settle = partial(
                    webhooks.settle,
                    self._authority,
                    todo,
                    outcome,
                    go_on=time.monotonic() < until and not self._stopped.done(),
                )
                todo = await self._ask(settle)
        except Unavailable as error:
            # The claim runs out, and the same is told again under the same id.
            self._is_ill(error.sentence)
        except Exception:
            log.exception("Webhook %s could not be told.", claim.id)

    async def _send_message(self, claim: webhooks.Claim) -> webhooks.Outcome:
        try:
            return await self._messenger.send(claim)
        except Exception:
            # A fault of ours, or an address that nobody can be reached at: it is given up in time, too.
            log.exception("Webhook %s could not be told.", claim.id)
            return webhooks.Outcome("later", "it cannot be sent to")

    def _seconds_left(self, claim: Claim) -> int:
        until = moment.parse(moment.later(claim.made_at, hours=pushes.GIVE_UP_HOURS))
        left = (until - self._authority.store.clock()).total_seconds()
        return max(SHORTEST_TTL_SECONDS, int(left))

    async def _ask(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._store_thread, question)

    def _is_ill(self, sentence: str) -> None:
        if self._well:
            log.error("Telling waits. %s", sentence)
        self._well = False

    def _is_well(self) -> None:
        if not self._well:
            log.info("Telling goes on.")
        self._well = True


async def _wait_for(stop: threading.Event) -> None:
    """End when a thread's event is set, without asking for it again and again."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def waiting() -> None:
        stop.wait()
        if not loop.is_closed():
            loop.call_soon_threadsafe(stopped.set)

    threading.Thread(target=waiting, daemon=True, name="stop").start()
    await stopped.wait()
