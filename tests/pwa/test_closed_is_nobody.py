"""Somebody whose record is closed to the actor is, at every address that there is, nobody at all: the
same status, the same words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from api.access import Sight
from api.moment import new_id
from api.record import notes, people, protections
from api.record.notes import NewNote
from api.record.people import NewPerson
from pwa import doors
from tests.cast import STAFF, Cast
from tests.web import Visitor

SignIn = Callable[[str], Visitor]

NOBODY = "0193e6a0-0000-7000-8000-00000000ffff"
CHANCE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"
    r'|(?<=csrf-token" content=")[^"]+|(?<=csrf_token" value=")[^"]+|(?<=carried" value=")[^"]+'
)


def about_somebody(app: Flask) -> Iterator[tuple[str, str]]:
    """Each method of each address about somebody."""
    for rule in app.url_map.iter_rules():
        if "<uuid:person_id>" in rule.rule and not doors.is_by_token(rule.endpoint):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, rule.rule


def path_of(address: str, person: str) -> str:
    return re.sub(r"<[^>]+>", NOBODY, address.replace("<uuid:person_id>", person))


def ask(visitor: Visitor, method: str, path: str) -> tuple[int, str]:
    data = {"csrf_token": visitor.token()} if method == "POST" else None
    response = visitor.open(method, path, data=data)
    text = f"{response.location} {response.get_data(as_text=True)}"
    names: dict[str, str] = {}
    return response.status_code, CHANCE.sub(
        lambda found: names.setdefault(found[0], f"#{len(names)}"), text
    )


@pytest.mark.parametrize("who", [who for who in STAFF if who != "social_worker"])
def test_whose_record_is_closed_is_nobody_at_every_address(
    app: Flask, sign_in_as: SignIn, cast: Cast, who: str
) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "A witness", [lead.id])
    visitor = sign_in_as(who)
    asked = [*about_somebody(app)]
    assert len(asked) > 40
    for method, address in asked:
        closed = ask(visitor, method, path_of(address, cast["amara"]))
        nobody = ask(visitor, method, path_of(address, NOBODY))
        assert closed == nobody, (method, address)


def test_whom_only_a_sealed_service_knows_is_nobody_at_every_address(
    app: Flask, sign_in_as: SignIn, cast: Cast
) -> None:
    hers = people.add(cast.actor("sealed"), NewPerson("Wanda", "Kept", "1990-01-02"))
    visitor = sign_in_as("outsider")
    for method, address in about_somebody(app):
        kept = ask(visitor, method, path_of(address, hers))
        nobody = ask(visitor, method, path_of(address, NOBODY))
        assert kept == nobody, (method, address)
    # In her own service she is somebody; and to all, once they are told of her.
    assert people.look(cast.actor("sealed_supervisor"), hers).sight is Sight.OUTSIDE
    told = NewNote(
        id=new_id(), kind="worry", people=[hers], saw="She slept in her car.", voice="named"
    )
    notes.log(cast.actor("sealed"), told)
    assert people.look(cast.actor("duty"), hers).sight is Sight.OUTSIDE
