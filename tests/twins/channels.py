"""What leaves the building in the twins beside pages: what other systems are answered and told, what phones
are sent and when, what a device carries away, and what is handed over.

Whoever hears of any of it compares what they heard before: so what chance makes (ids, cursors, tags) is
counted over all that one listener hears, in the order in which they hear it. Two things that are the same
in one world are the same in the other.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.errors import InklingError
from api.http import PREFIX
from api.rights import requests, signing
from api.store import deliveries, telling
from api.store import webhooks as stored_webhooks
from api.telling import events, inbox
from api.trust import vapid
from push.webhooks import Messenger
from push.webpush import Sender
from push.worker import Worker
from tests.push_service import PushService
from tests.twins import furniture
from tests.twins.acts import OTHERS
from tests.twins.furniture import PHONES, SYSTEMS, TOLD
from tests.twins.playing import Twins, play
from tests.twins.reading import Statements, alike
from tests.twins.worlds import CHILDREN, Act, World, at
from tests.web import Visitor, make_app
from tests.webhook_service import Receiver

# Ids, references of the relay, and what is signed or sealed: cursors, tags, signatures.
CHANCE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b\d{4} \d{4}\b|\b\d{8}\b"
    r'|(?<=cursor=)[\w-]+=*|(?<="cursor":")[\w-]+=*|(?<="signature":")[\w-]+=*|(?<=tag )[\w-]+'
)

# Somebody to look for: known to all, restricted, known to a sealed service only.
QUERIES = (
    {"first": "Amara", "last": "Okafor", "born_on": "2019-05-03"},
    {"first": "Rhea", "last": "Stone", "born_on": "2016-06-06"},
    {"first": "Hana", "last": "Hidden", "born_on": "2017-07-07"},
    {"first": "Una", "last": "Known", "born_on": "2017-07-07"},
    {"first": "Jude", "last": "Okafor", "born_on": "2022-01-20"},
)
# In whose name each agency's system sends notes.
STAFF_NUMBERS = {"school": "W005", "care": "W000", "health": "W007"}
# Of the machine's own clock; made of what is heard here anyway, and of ids.
UNHEARD = ("Date", "ETag", "Content-Security-Policy", "Permissions-Policy")
# When the worker goes round after everything has happened, in steps.
AFTERWARDS = (1, 2, 30, 300)


@dataclass
class Heard:
    """All that one listener hears, in order: what it was, and what of it is the same in both worlds."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)

    def hear(self, what: str, said: str) -> None:
        """Take something down, with all that chance made counted, as it was first heard."""
        self.lines.append((CHANCE.sub(self._name, what), CHANCE.sub(self._name, said)))

    def _name(self, found: re.Match[str]) -> str:
        return self._names.setdefault(found[0], f"#{len(self._names)}")


@dataclass
class Outside:
    """What is sent to: a push service, and the systems that are told."""

    service: PushService
    receivers: Mapping[str, Receiver]

    def begin(self, world: World) -> None:
        """Let phones of the cast take pushes here, and the systems be told here."""
        cast = world.cast
        self.service.public_key = vapid.public_key(cast.authority)
        for who in PHONES:
            enrolment = world.here[who].enrolment_id
            assert enrolment
            browser = self.service.browsers.get(who) or self.service.subscribe(who)
            furniture.takes_push(cast, enrolment, browser)
        for agency, receiver in self.receivers.items():
            receiver.secret = cast[f"webhook secret {agency}"]
            furniture.told_at(cast, agency, receiver.url)

    def round(self, world: World) -> Iterator[tuple[str, str, str]]:
        """Let the worker do what is due now, and what comes of that; give who was sent what by it."""
        begun = len(self.service.messages)
        told = {agency: len(one.told) for agency, one in self.receivers.items()}
        self._go_round(world)
        while self._is_due(world):
            self._go_round(world)
        for message in sorted(self.service.messages[begun:], key=lambda one: one.browser):
            sent = {name: message.headers[name] for name in ("TTL", "Urgency", "Content-Length")}
            yield message.browser, "push", f"{message.text} {sent} tag {message.tag}"
        for agency, receiver in self.receivers.items():
            for one in receiver.told[told[agency] :]:
                yield f"{agency} system", "webhook", f"{one.id} {one.body.decode()}"

    def _is_due(self, world: World) -> bool:
        store = world.cast.authority.store
        events.in_order(store)
        now = store.now()
        hooks = stored_webhooks.due(store, now, 1)
        return bool(hooks or telling.has_due(store, now) or deliveries.has_due(store, now))

    def _go_round(self, world: World) -> None:
        authority = world.cast.authority
        sender = Sender(authority, loopback=[self.service.origin], timeout=5)
        origins = [one.origin for one in self.receivers.values()]
        messenger = Messenger([".case.example"], loopback=origins, timeout=5)
        stop = threading.Event()
        stop.set()  # one round, with all that is in flight
        asyncio.run(Worker(authority, sender, messenger).work(stop))


class Listened(World):
    """A world in which everything that leaves the building is heard."""

    def listen(self, outside: Outside) -> None:
        """Hear from now on."""
        self.outside = outside
        self.heard: dict[str, Heard] = defaultdict(Heard)
        self.rounds = 0

    def begin(self) -> None:
        """Let phones and systems be told."""
        self.outside.begin(self)

    def tell(self) -> None:
        """A round of the worker, at this moment; then everybody sees how much is new."""
        self.rounds += 1
        for who, what, said in self.outside.round(self):
            self.heard[who].hear(f"{self.rounds} {what}", said)
        for who in PHONES:
            self.heard[who].hear(f"{self.rounds} unread", str(inbox.unread(self.actor(who))))


def ask_api(app: Flask, world: World, agency: str, heard: Heard, ran: Statements) -> None:
    """Let another system ask all that it can ask, and say what it can say."""
    client = app.test_client(use_cookies=False)
    token = {"Authorization": f"Bearer {world.cast[f'secret {agency}']}"}

    def ask(method: str, path: str, said: object = None, key: str = "") -> TestResponse:
        ran.kept.clear()
        response = client.open(
            PREFIX + path,
            method=method,
            base_url="http://localhost:8000",
            headers={**token, "Idempotency-Key": key} if key else token,
            json=said,
            buffered=True,
        )
        headers = {name: value for name, value in response.headers.items() if name not in UNHEARD}
        heard.hear(f"{method} {path}", f"{response.status_code} {headers} {response.text}")
        heard.hear(f"SQL for {method} {path}", _statements(ran))
        return response

    def follow(path: str) -> list[Any]:
        found, cursor, more = [], "", True
        while more:
            response = ask("GET", f"{path}?cursor={cursor}" if cursor else path)
            assert response.status_code == 200, response.text
            page = response.get_json()
            found += page[path.removeprefix("/")]
            cursor, more = page["cursor"], page["more"]
        return found

    for query in QUERIES:
        ask("POST", "/people/search", query)
    for who in (*CHILDREN, "rhea", "lily", "kemi"):
        ask("GET", f"/people/{world.cast[who]}")
        ask("GET", f"/people/{world.cast[who]}/involvements")
    follow("/events")
    for filing in follow("/filings"):
        ask("PUT", f"/filings/{filing['id']}/receipt", {"outcome": "filed", "reference": "R9"})
    for who in (*CHILDREN, "rhea"):
        line = {"person_id": world.cast[who], "kind": "active", "role": "Tutor"}
        ask("PUT", f"/involvements/L-{who}", {**line, "contact_name": "Al Fox"})
        note = {"staff_number": STAFF_NUMBERS[agency], "people": [world.cast[who]]}
        ask("POST", "/notes", {**note, "kind": "worry", "saw": "No coat."}, key=f"A-{who}")
    follow("/events")


# What the order in which things happened makes, and how the words of all names are spelt.
UNCOMPARED = ("n", "number", "words", "firsts", "lasts")


def _statements(ran: Statements, endpoint: str = "") -> str:
    """What was asked of the database, with what it was asked for."""
    asked = (
        [_short(sql), {name: value for name, value in params.items() if name not in UNCOMPARED}]
        for sql, params in alike(endpoint, ran.kept)
    )
    return json.dumps(list(asked), default=str)


@cache
def _short(sql: str) -> str:
    """How a statement begins, and which it is: to look for what chance made in all of it takes long."""
    return f"{' '.join(sql.split())[:80]} of s{sha256(sql.encode()).hexdigest()}"


def carry_away(app: Flask, world: World, who: str, heard: Heard, ran: Statements) -> None:
    """Let somebody's device ask for what it carries away."""
    visitor = Visitor(app, world.cast, who)
    ran.kept.clear()
    headers = {"X-CSRFToken": visitor.token()}
    response = visitor.open("POST", "/caseload", json={}, headers=headers)
    heard.hear("caseload", f"{response.status_code} {response.text}")
    heard.hear("SQL for caseload", _statements(ran))


def hand_over(app: Flask, world: World, who: str, heard: Heard, ran: Statements) -> None:
    """Let somebody see, sign off and hand over every copy of a record that waits for them."""
    actor = world.actor(who)
    for listed in requests.mine(actor):
        for view in signing.parts(actor, listed.id)[1]:
            heard.hear(f"part {view.part!r}", repr(view))
            version = ""
            for act in ("read", "sign", "hand over"):
                ran.kept.clear()
                try:
                    if act == "read":
                        read = signing.read(actor, listed.id, view.part)
                        said, version = repr(read), read.version
                    elif act == "sign":
                        signing.sign(actor, listed.id, view.part, version)
                        said = "done"
                    else:
                        said = signing.hand_over(actor, listed.id, view.part).as_json()
                        heard.hear("file", _file(app, world, who, f"{listed.id}/{view.part}"))
                except InklingError as error:
                    said = f"{type(error).__name__} {error.sentence}"
                heard.hear(f"{act} {view.part!r}", said)
                heard.hear(f"SQL for {act} {view.part!r}", _statements(ran, "requests.copy"))


def _file(app: Flask, world: World, who: str, part: str) -> str:
    """The file for people, byte for byte, with all that is said of it."""
    visitor = Visitor(app, world.cast, who)
    visitor.confirm()
    typed = {"as": "pdf", "csrf_token": visitor.token()}
    response = visitor.open("POST", f"/requests/{part}/copy", data=typed)
    headers = {name: value for name, value in response.headers.items() if name not in UNHEARD}
    return f"{response.status_code} {headers} {response.get_data().decode('latin-1')}"


class Channels:
    """Plays acts with and without what is hidden, and listens to all that leaves the building."""

    def __init__(self, twins: Twins, outside: Outside, ran: Statements) -> None:
        self.twins, self.outside, self.ran = twins, outside, ran

    def play(self, acts: Sequence[tuple[Act, int]], *, hidden: bool) -> dict[str, Heard]:
        """What each listener heard in one of the two worlds."""
        with self.twins.copy("with" if hidden else "without", Listened) as world:
            world.listen(self.outside)
            play(world, acts, hidden=hidden)
            for steps in AFTERWARDS:
                at(world.cast, len(acts) + 300 + steps)
                world.tell()
            app = make_app(world.cast)
            for n, agency in enumerate(SYSTEMS, start=len(acts) + 601):
                at(world.cast, n)
                ask_api(app, world, agency, world.heard[f"{agency} system"], self.ran)
            at(world.cast, len(acts) + 700)
            world.tell()
            for n, who in enumerate(OTHERS, start=len(acts) + 701):
                at(world.cast, n)
                carry_away(app, world, who, world.heard[who], self.ran)
            for who in ("governance", "supervisor", "safeguarding", "governance"):
                hand_over(app, world, who, world.heard[who], self.ran)
            return world.heard

    def compare(self, acts: Sequence[tuple[Act, int]], *, but: Sequence[str]) -> dict[str, Heard]:
        """Everybody but these hears the same in both worlds; give what was heard where it all happened."""
        told, other = (self.play(acts, hidden=hidden) for hidden in (True, False))
        for who in sorted({*told, *other} - {*but}):
            same(who, told[who].lines, other[who].lines)
        return told


def same(who: str, one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> None:
    """Fail where somebody heard something else, at the first thing that they heard."""
    for heard, instead in zip(one, other, strict=False):
        if heard != instead:
            place = (
                next(
                    n
                    for n, pair in enumerate(zip(heard[1] + " ", instead[1], strict=False))
                    if pair[0] != pair[1]
                )
                if heard[0] == instead[0]
                else 0
            )
            near = slice(max(0, place - 300), place + 300)
            pytest.fail(f"{who} can tell at {heard[0]}:\n{heard[1][near]}\n{instead[1][near]}")
    assert len(one) == len(other), f"{who} heard {len(one)} and {len(other)} things"


@contextmanager
def outside(folder: Path) -> Iterator[Outside]:
    """A push service and systems on this machine."""
    with ExitStack() as stack:
        service = stack.enter_context(PushService(""))
        told = {agency: stack.enter_context(Receiver(folder)) for agency in TOLD}
        yield Outside(service, told)
        assert service.faults == []
        assert [fault for one in told.values() for fault in one.faults] == []
