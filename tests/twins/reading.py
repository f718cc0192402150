"""What somebody reads in the twins, and what is asked of the database for it.

They open every address that has no id in it, and follow every link that they find, as often as it leads
somewhere new. They try those ids as well that they might know from elsewhere. At last they fill in and
send the forms that they found, and look what became of it. Nothing is masked: chance and time are frozen
(tests/twins/chance.py), so that answers are compared byte for byte, with their headers, and statements with
their parameters.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from api.store.engine import MANY, Tx
from api.store.postgres import PostgresStore
from api.store.sqlite import SqliteStore
from pwa import doors
from tests.twins import following
from tests.twins.chance import CHANCE
from tests.twins.following import Form
from tests.twins.playing import Twins, play
from tests.twins.worlds import CHILDREN, Act, World
from tests.web import Visitor, make_app

NOBODY = "0193e6a0-0000-7000-8000-00000000ffff"
# The pages on which the most comes together.
ALWAYS = ("/", "/inbox", "/children/<uuid:person_id>", "/children/<uuid:person_id>/timeline")
# Files are the same for everybody; whoever signs out, or sends their device away, reads nothing more.
LEFT_OUT = frozenset(
    {"", "house.static", "sessions.sign_out", "devices.revoke", "demo.sign_in", "demo.choose"}
)
# Whoever leaves hands over all that they had, what is hidden from whoever sees them off included: what is
# answered then is compared, the statements of it are not. So it comes last.
HANDED_OVER = frozenset({"staff.leave"})
# Whether anybody hears that a line is wrong is asked before that is taken down, for each of those who lead
# the person, whoever they are: a sealed one costs its statements.
ASKED_OF_EACH = frozenset({"corrections.say"})
SOUGHT = (("Amara", "Okafor", "3 5 2019"), ("Rhea", "Stone", "6 6 2016"))

Asked = tuple[str, Mapping[str, Any]]


@dataclass
class Statements:
    """The SQL statements that were run since `kept` was emptied, with their parameters."""

    kept: list[Asked] = field(default_factory=list, repr=False)


def listen(monkeypatch: pytest.MonkeyPatch) -> Statements:
    """Note every statement that is run from now on."""
    found = Statements()

    def noting(
        really: Callable[[Any], AbstractContextManager[Tx]],
    ) -> Callable[[Any], AbstractContextManager[Tx]]:
        @contextlib.contextmanager
        def opened(store: Any) -> Iterator[Tx]:
            with really(store) as tx:
                run = tx.run

                def noted(sql: str, params: Mapping[str, Any]) -> Any:
                    found.kept.append(
                        (sql, {name: _plain(name, one) for name, one in params.items()})
                    )
                    return run(sql, params)

                tx.run = noted
                yield tx

        return opened

    for store in (SqliteStore, PostgresStore):
        for way in ("_reading", "_writing"):
            monkeypatch.setattr(store, way, noting(getattr(store, way)))
    return found


def _plain(name: str, value: Any) -> Any:
    # In which order several are asked for, or written, at once says nothing: PostgreSQL gives rows as they lie.
    if name == "rows" and isinstance(value, str):
        value = json.loads(value)
    return sorted(value, key=str) if type(value) in MANY else value


@dataclass(frozen=True)
class Answer:
    """What came back for a request, all of it; and what was asked of the database for it."""

    endpoint: str
    status: int
    text: str
    asked: Sequence[Asked]


@dataclass(frozen=True)
class Reach:
    """How far somebody reads: from which addresses on, and how many of each kind."""

    chosen: Callable[[str], bool] = lambda _: True
    each: int = 6
    posts: int = 2
    most: int = 1000


class Reader:
    """Somebody in one world, who opens what they can."""

    def __init__(self, world: World, who: str, reach: Reach, ran: Statements) -> None:
        CHANCE.begin(f"{who} comes", world.cast.authority.store.clock())
        self.world, self.reach, self.ran = world, reach, ran
        self.app = _app(world)
        self.visitor = Visitor(self.app, world.cast, who)
        self.visitor.confirm()
        self.answers: dict[str, Answer] = {}
        self.forms: dict[tuple[str, ...], Form] = {}

    def read(self) -> dict[str, Answer]:
        """Give what they are answered everywhere."""
        ways = [one for one in addresses(self.app) if self.reach.chosen(one)]
        starts = [path for one in ways for path in filled(self.world, one)]
        self.follow(starts)
        for first, last, born in SOUGHT:
            typed = {"first": first, "last": last, "born_on-day": born}
            self.open("POST", "/search", typed)
        self.send(list(self.forms.values()), lambda name: name not in HANDED_OVER)
        for path in (path for one in ALWAYS for path in filled(self.world, one)):
            self.open("GET", path)
        self.send(list(self.forms.values()), lambda name: name in HANDED_OVER)
        return self.answers

    def send(self, forms: Sequence[Form], chosen: Callable[[str], bool]) -> None:
        """Send some of the forms."""
        sent: Counter[str] = Counter()
        for form in forms:
            name = following.endpoint(self.app, form.action, "POST")
            sent[name] += 1
            if name not in LEFT_OUT and chosen(name) and sent[name] <= self.reach.posts:
                self.open("POST", form.action, form.fields)

    def follow(self, starts: Sequence[str]) -> None:
        waiting = deque((path, True) for path in starts)
        seen, counts = set(starts), Counter[str]()
        while waiting and len(self.answers) < self.reach.most:
            path, is_start = waiting.popleft()
            name = following.endpoint(self.app, path)
            if name in LEFT_OUT or (not is_start and counts[name] >= self.reach.each):
                continue
            counts[name] += not is_start
            body = self.open("GET", path)
            for to in following.links(body, path):
                if to not in seen:
                    seen.add(to)
                    waiting.append((to, False))
            for form in following.forms(body, path):
                self.forms.setdefault((form.action, *form.fields), form)

    def open(self, method: str, path: str, typed: Mapping[str, str] | None = None) -> str:
        """Ask for a page, or post; give the words of a page that came."""
        key = f"{len(self.answers)} {method} {path}"
        CHANCE.begin(key, self.world.cast.authority.store.clock())
        more: dict[str, object] = {}
        if typed is not None:
            more["data"] = {**typed, "csrf_token": self.visitor.token()}
        self.ran.kept.clear()
        response = self.visitor.open(method, path, **more)
        body = response.get_data(as_text=True)
        self.answers[key] = Answer(
            following.endpoint(self.app, path, method),
            response.status_code,
            f"{response.status}\n{response.headers}\n{body}",
            list(self.ran.kept),
        )
        return body if response.mimetype == "text/html" else ""


_apps: list[Flask] = []


def _app(world: World) -> Flask:
    """One app serves one world after the other: to make one takes as long as to read twenty pages."""
    if not _apps:
        _apps.append(make_app(world.cast))
    _apps[0].extensions["authority"] = world.cast.authority
    return _apps[0]


def addresses(app: Flask) -> list[str]:
    """Every address that somebody can open."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in LEFT_OUT
        and not doors.is_by_token(rule.endpoint)
    )


KNOWN = {"agency_id": "harbour", "practitioner_id": "sealed"}
PEOPLE = (*CHILDREN, "rhea", "kemi")


def filled(world: World, address: str) -> Iterator[str]:
    """The address with the ids that somebody might know from elsewhere, or else with nobody's."""
    names = re.findall(r"<(?:uuid:)?(\w+)>", address)
    path = re.sub(r"<(?:uuid:)?(\w+)>", r"<\1>", address)
    for name, known in KNOWN.items():
        path = path.replace(f"<{name}>", world.cast[known])
    for who in PEOPLE if names == ["person_id"] else CHILDREN[:1]:
        yield re.sub(r"<\w+>", NOBODY, path.replace("<person_id>", world.cast[who]))
        if "person_id" not in names:
            break


def same(one: Mapping[str, Answer], other: Mapping[str, Answer], who: str) -> None:
    """Fail where two worlds answered differently, and say where."""
    for (key, answer), (other_key, other_answer) in zip(one.items(), other.items(), strict=False):
        assert key == other_key, f"{who} finds another way"
        if answer.text != other_answer.text:
            lines = zip(answer.text.split("\n"), other_answer.text.split("\n"), strict=False)
            differing = [pair for pair in lines if pair[0] != pair[1]]
            pytest.fail(f"{who} can tell at {key}: {differing[:3]}")
        spared = " POST " in key and answer.endpoint in HANDED_OVER | ASKED_OF_EACH
        if not spared and answer.asked != other_answer.asked:
            asked = zip(answer.asked, other_answer.asked, strict=False)
            differing_sql = next((pair for pair in asked if pair[0] != pair[1]), "more of it")
            pytest.fail(f"for {who}, other SQL at {key}: {differing_sql}")
    assert len(one) == len(other), f"{who} finds more to read"


def compare(
    twins: Twins,
    ran: Statements,
    acts: Sequence[tuple[Act, int]],
    who: str,
    reach: Reach,
) -> dict[str, Answer]:
    """Let the acts happen in two worlds, in one of them without what is hidden; let somebody read both,
    and give what they read. Fails where it is not the same."""
    answers = []
    for name, hidden in (("with", True), ("without", False)):
        with twins.copy(name) as world:
            play(world, acts, hidden)
            answers.append(Reader(world, who, reach, ran).read())
    same(answers[0], answers[1], who)
    return answers[0]
