"""A note delivered sealed against the same note sent from the page: what each costs the server.

Both through WSGI in this process, about a child whom 30 people hear of, each one a new note. The
device's own work (sealing and signing) is done before the clock starts.
"""

from __future__ import annotations

from typing import Any

from api.moment import new_id
from bench.world import RUNS, side_by_side, world
from tests.delivery import device_of
from tests.web import ORIGIN, Visitor

SAID = "She came in without a coat and said that she was not cold. " * 3
TIMES = 40


def run() -> None:
    """Measure and print."""
    with world() as made:
        app: Any = made.app
        by = device_of(made.cast, "social_worker", origin=ORIGIN)
        amara = made.cast["amara"]
        visitor = Visitor(app, made.cast, "social_worker")
        client = visitor.client

        def fields() -> dict[str, str]:
            return {"id": new_id(), "people": amara, "kind": "worry", "saw": SAID}

        def sealed() -> dict[str, Any]:
            said = fields()
            return by.delivery(by.envelope("note", list(said.items()), id=said["id"]))

        deliveries = iter([sealed() for _ in range((TIMES * RUNS) + 1)])

        def delivered() -> None:
            answer = client.post("/deliver", json=next(deliveries), base_url=ORIGIN)
            if answer.status_code != 200 or answer.get_json()["state"] != "sent":
                raise RuntimeError(answer.text)

        token = visitor.get("/log").field("csrf_token")

        def online() -> None:
            data = fields() | {"csrf_token": token}
            headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
            answer = client.post("/log", data=data, headers=headers, base_url=ORIGIN)
            if answer.status_code != 200 or "Sent" not in answer.text:
                raise RuntimeError(answer.text)

        ms, online_ms = side_by_side(delivered, online)
        print(
            f"  sealed {ms:.2f} ms, from the page {online_ms:.2f} ms:"
            f" {ms / online_ms:.2f} times (at most 1.5)"
        )
