"""A push service beside the cast, and browsers of the cast that take pushes there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.store import subscriptions
from api.trust import vapid
from tests.cast import Cast
from tests.push_service import Browser, PushService


@pytest.fixture
def service(cast: Cast) -> Iterator[PushService]:
    """A push service that knows our key. Nothing may have reached it with a wrong signature."""
    with PushService(vapid.public_key(cast.authority)) as running:
        yield running
        assert running.faults == []


@pytest.fixture
def takes_push(cast: Cast, service: PushService) -> Takes:
    """Let somebody of the cast take pushes on a new device: `takes_push("social_worker")`."""
    return Takes(cast, service)


class Takes:
    """Makes browsers, one a device."""

    def __init__(self, cast: Cast, service: PushService) -> None:
        self._cast, self._service, self._made = cast, service, 0

    def __call__(self, who: str) -> Browser:
        self._made += 1
        browser = self._service.subscribe(f"{who}-{self._made}")
        enrolment = self._cast.actor(who).enrolment_id
        assert enrolment is not None
        self._cast.authority.store.upkeep(
            lambda tx: subscriptions.add(
                tx, enrolment, browser.endpoint, browser.p256dh, browser.auth
            )
        )
        return browser
