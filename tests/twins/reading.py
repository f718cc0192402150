"""What somebody reads in the twins, and what is asked of the database for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from api.store import sqlite
from pwa import doors
from tests.twins.acts import CHILDREN
from tests.twins.playing import Twins, play
from tests.twins.worlds import Act, World
from tests.web import Visitor, make_app

NOBODY = "0193e6a0-0000-7000-8000-00000000ffff"
CHANCE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b\d{4} \d{4}\b|\b\d{8}\b"
    r'|(?<=csrf-token" content=")[^"]+|(?<=csrf_token" value=")[^"]+'
)


def addresses(app: Flask) -> list[str]:
    """Every address that somebody who is signed in can open."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in doors.PUBLIC
        and not doors.is_by_token(rule.endpoint)
    )


def filled(world: World, address: str) -> Iterator[str]:
    """The address with each of the people, and with the notes and asks that everybody may know of."""
    if "<uuid:person_id>" in address:
        for who in (*CHILDREN, "rhea", "kemi"):
            yield from filled(world, address.replace("<uuid:person_id>", world.cast[who]))
    elif "<uuid:note_id>" in address:
        for note in world.notes[:4]:
            yield from filled(world, address.replace("<uuid:note_id>", note))
    elif "<uuid:ask_id>" in address:
        for ask in world.asks[:2]:
            yield from filled(world, address.replace("<uuid:ask_id>", ask))
    elif "<uuid:agency_id>" in address:
        yield from filled(world, address.replace("<uuid:agency_id>", world.cast["harbour"]))
    elif "<uuid:practitioner_id>" in address:
        yield from filled(world, address.replace("<uuid:practitioner_id>", world.cast["sealed"]))
    else:
        yield re.sub(r"<[^>]+>", NOBODY, address)


@dataclass
class Statements:
    """The SQL statements that were run since `kept` was emptied."""

    kept: list[str] = field(default_factory=list)


def listen(monkeypatch: pytest.MonkeyPatch) -> Statements:
    """Note every statement that is run from now on."""
    found, really = Statements(), sqlite._run

    def listening(connection: Any) -> Callable[[str, Mapping[str, Any]], Any]:
        run = really(connection)

        def noted(sql: str, params: Mapping[str, Any]) -> Any:
            found.kept.append(sql)
            return run(sql, params)

        return noted

    monkeypatch.setattr(sqlite, "_run", listening)
    return found


def read(world: World, who: str, chosen: Callable[[str], bool], ran: Statements) -> dict[str, Any]:
    """What somebody is answered at the chosen addresses and by a search, and what was asked for it."""
    app = make_app(world.cast)
    visitor, found = Visitor(app, world.cast, who), {}

    def ask(number: int, method: str, path: str, **more: object) -> None:
        ran.kept.clear()
        response = visitor.open(method, path, **more)
        text = f"{response.status_code} {response.location} {response.get_data(as_text=True)}"
        found[f"{number} {method} {path}"] = (counted(text), list(ran.kept))

    paths = [path for one in addresses(app) if chosen(one) for path in filled(world, one)]
    for number, path in enumerate(paths):
        ask(number, "GET", path)
    for first, last, born in (("Amara", "Okafor", "3 5 2019"), ("Rhea", "Stone", "6 6 2016")):
        typed = {"first": first, "last": last, "born_on-day": born, "csrf_token": visitor.token()}
        ask(len(paths), "POST", "/search", data=typed)
    return {
        counted_path: answer
        for (_, answer), counted_path in zip(
            found.items(), (CHANCE.sub("#", key) for key in found), strict=True
        )
    }


def counted(text: str) -> str:
    """The text with everything that chance made counted, in the order in which it is named."""
    names: dict[str, str] = {}
    return CHANCE.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), text)


def same(one: dict[str, Any], other: dict[str, Any], who: str) -> None:
    assert one.keys() == other.keys()
    for key, (text, asked) in one.items():
        if text != other[key][0]:
            differing = [
                pair
                for pair in zip(text.split("\n"), other[key][0].split("\n"), strict=False)
                if pair[0] != pair[1]
            ]
            pytest.fail(f"{who} can tell at {key}: {differing[:3]}")
        assert asked == other[key][1], f"for {who}, other SQL at {key}"


def compare(
    twins: Twins,
    ran: Statements,
    acts: Sequence[tuple[Act, int]],
    who: str,
    chosen: Callable[[str], bool],
) -> dict[str, Any]:
    answers = []
    for name, hidden in (("with", True), ("without", False)):
        with twins.copy(name) as world:
            play(world, acts, hidden)
            answers.append(read(world, who, chosen, ran))
    same(answers[0], answers[1], who)
    return answers[0]
