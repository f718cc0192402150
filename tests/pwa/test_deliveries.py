"""How telling goes, for administrators: what failed for good is seen, and whom it was about is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from api.telling import outbox
from tests.cast import Cast
from tests.web import Visitor

SignIn = Callable[[str], Visitor]


def test_an_administrator_sees_numbers_and_nobodys_name(sign_in_as: SignIn, cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    visitor = sign_in_as("administrator")
    assert "Waiting to be told" in visitor.get("/deliveries").text
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(seconds=11)
    outbox.fan_out(cast.authority)
    text = visitor.get("/deliveries").text
    assert "Inbox: delivered" in text
    for name in ("Amara", "Okafor", "Marsh", "Osei"):
        assert name not in text


def test_nobody_else_comes_in(sign_in_as: SignIn) -> None:
    for name in ("social_worker", "supervisor", "governance"):
        assert "failed for good" not in sign_in_as(name).get("/deliveries", status=403).text
