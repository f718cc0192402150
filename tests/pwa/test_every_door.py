"""Every address, every kind of actor: made from the app's own map and from what its doors declare.

Who is not let in is refused at every address and method that there is, and somebody whose record is
closed to the actor is, at every address, nobody at all: the same status, the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from api.record import protections
from pwa import doors
from tests.cast import STAFF, Cast
from tests.web import Visitor

SignIn = Callable[[str], Visitor]

NOBODY = "0193e6a0-0000-7000-8000-00000000ffff"
CHANCE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"
    r'|(?<=csrf-token" content=")[^"]+|(?<=csrf_token" value=")[^"]+|(?<=carried" value=")[^"]+'
)


def every(app: Flask) -> Iterator[tuple[str, str, doors.Door]]:
    """Each method of each address behind a door, with its door."""
    for rule in app.url_map.iter_rules():
        door = doors.door_of(rule.endpoint, app.view_functions[rule.endpoint])
        if door is None or doors.is_by_token(rule.endpoint):
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield method, rule.rule, door


def path_of(address: str, person: str = NOBODY) -> str:
    return re.sub(r"<[^>]+>", NOBODY, address.replace("<uuid:person_id>", person))


def ask(visitor: Visitor, method: str, path: str) -> tuple[int, str]:
    data = {"csrf_token": visitor.token()} if method == "POST" else None
    response = visitor.open(method, path, data=data)
    text = f"{response.location} {response.get_data(as_text=True)}"
    names: dict[str, str] = {}
    return response.status_code, CHANCE.sub(
        lambda found: names.setdefault(found[0], f"#{len(names)}"), text
    )


@pytest.mark.parametrize("who", STAFF)
def test_who_is_not_let_in_is_refused_everywhere(
    app: Flask, sign_in_as: SignIn, cast: Cast, who: str
) -> None:
    visitor, actor = sign_in_as(who), cast.actor(who)
    shut = [(method, address) for method, address, door in every(app) if not door.admits(actor)]
    assert shut or who == "everybody"
    for method, address in shut:
        status, _ = ask(visitor, method, path_of(address, cast["amara"]))
        assert status == 403, (method, address)


def test_without_a_session_every_address_asks_for_one(app: Flask, nobody: Visitor) -> None:
    for method, address, _ in every(app):
        status, said = ask(nobody, method, path_of(address))
        assert status in (303, 401), (method, address, status)
        assert "Amara" not in said


@pytest.mark.parametrize("who", [who for who in STAFF if who != "social_worker"])
def test_whose_record_is_closed_is_nobody_at_every_address(
    app: Flask, sign_in_as: SignIn, cast: Cast, who: str
) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "A witness", [lead.id])
    visitor = sign_in_as(who)
    asked = [(method, one) for method, one, _ in every(app) if "<uuid:person_id>" in one]
    assert len(asked) > 40
    for method, address in asked:
        closed = ask(visitor, method, path_of(address, cast["amara"]))
        nobody = ask(visitor, method, path_of(address))
        assert closed == nobody, (method, address)
