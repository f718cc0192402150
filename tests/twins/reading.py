"""What somebody reads in the twins, and what is asked of the database for it.

They open every address that has no id in it, and follow every link that they find, as often as it leads
somewhere new. They try those ids as well that they might know from elsewhere: of whom everybody knows, and
of what is in one of the worlds only. At last they fill in and send the forms that they found, and look what
became of it. Nothing is masked: chance and time are frozen
(tests/twins/chance.py), so that answers are compared byte for byte, with their headers, and statements with
their parameters. Only where they differ are ids counted, in the order in which they are read: what is made
in one transaction with something hidden gets another id for it, of which nobody learns anything
(`api.moment.new_id`).
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
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
from tests.twins.playing import Twins
from tests.twins.worlds import CHILDREN, Act, World
from tests.web import Visitor, make_app

# The pages on which the most comes together.
ALWAYS = ("/", "/inbox", "/children/<uuid:person_id>", "/children/<uuid:person_id>/timeline")
# Files are the same for everybody; whoever signs out, or sends their device away, reads nothing more.
LEFT_OUT = frozenset(
    {"", "house.static", "sessions.sign_out", "devices.revoke", "demo.sign_in", "demo.choose"}
)
# Whoever leaves hands over all that they had, what is hidden from whoever sees them off included, and more
# stands on others' pages afterwards. So it comes last.
HANDED_OVER = frozenset({"staff.leave"})
# What leaving asks for each line that passes to somebody else stands between these two. Of how many and of
# whom is not compared, nor who the row in the trail is about: it says whose lines passed.
PASSED_ON = ("WHERE i.practitioner_id = :id AND i.kind = 'active'", "UPDATE enrolments SET state")
PASSED_ABOUT = "INSERT INTO audit_subjects"
COPIES = ("requests.one", "requests.item", "requests.several", "requests.pack", "requests.sign")
# What alone is asked for otherwise in either world, though nothing of it is answered: at which addresses,
# which parameter, of which statement.
OTHERWISE = (
    # A record that is opened again is compared with everybody's own family, whichever service they work for.
    (
        ("closings.lift_restriction", "closings.open_forsaken"),
        "words_ids",
        "SELECT w.id AS words_id",
    ),
    # A relative whose location is protected, whoever they are closed to: where they are is taken out of a
    # copy, and they are named in none.
    ((*COPIES, "requests.copy"), "ids", "SELECT f.identity_id, f.kind, f.first, f.last"),
    ((*COPIES, "requests.copy"), "ids", "SELECT f.lines AS name, f.postcode FROM addresses f"),
    # Whoever leaves takes the own family that they declared with them.
    (("staff.leave",), "words", "DELETE FROM w"),
)
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

    def __init__(
        self, world: World, who: str, reach: Reach, ran: Statements, heard_of: Mapping[str, str]
    ) -> None:
        CHANCE.begin(f"{who} comes", world.cast.authority.store.clock())
        self.world, self.reach, self.ran = world, reach, ran
        self.heard_of = heard_of
        self.app = _app(world)
        self.visitor = Visitor(self.app, world.cast, who)
        self.visitor.confirm()
        self.answers: dict[str, Answer] = {}
        self.forms: dict[tuple[str, ...], Form] = {}

    def read(self) -> dict[str, Answer]:
        """Give what they are answered everywhere."""
        ways = [one for one in addresses(self.app, "GET") if self.reach.chosen(one)]
        self.follow([path for one in ways for path in filled(self.world, one)])
        for method in ("GET", "POST"):
            for one in addresses(self.app, method):
                if self.reach.chosen(one) and (path := self.elsewhere(one)):
                    self.open(method, path, {} if method == "POST" else None, is_compared=False)
        for first, last, born in SOUGHT:
            typed = {"first": first, "last": last, "born_on-day": born}
            self.open("POST", "/search", typed)
        self.send(list(self.forms.values()), lambda name: name not in HANDED_OVER)
        for path in (path for one in ALWAYS for path in filled(self.world, one)):
            self.open("GET", path)
        self.send(list(self.forms.values()), lambda name: name in HANDED_OVER)
        return self.answers

    def elsewhere(self, address: str) -> str:
        """The address of something that is in one of the worlds only, whose id they still have; none for
        addresses of other things."""
        said = {**self.heard_of, **known(self.world)}
        names = re.findall(r"<(?:\w+:)?(\w+)>", address)
        if not {*names} & {*self.heard_of} or not {*names} <= {*said, "person_id"}:
            return ""
        said.setdefault("person_id", self.world.cast["amara"])
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: said[found[1]], address)

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

    def open(
        self,
        method: str,
        path: str,
        typed: Mapping[str, str] | None = None,
        *,
        is_compared: bool = True,
    ) -> str:
        """Ask for a page, or post; give the words of a page that came. What is in one world only is looked
        up there, to say that it may not be seen: its statements are not compared."""
        key = f"{len(self.answers)} {method} {path}"
        CHANCE.begin(len(self.answers), self.world.cast.authority.store.clock())
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
            list(self.ran.kept) if is_compared else [],
        )
        return body if response.mimetype == "text/html" else ""


_apps: list[Flask] = []


def _app(world: World) -> Flask:
    """One app serves one world after the other: to make one takes as long as to read twenty pages."""
    if not _apps:
        _apps.append(make_app(world.cast))
    _apps[0].extensions["authority"] = world.cast.authority
    return _apps[0]


def addresses(app: Flask, method: str) -> list[str]:
    """Every address that somebody can open, or post to."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ())
        and rule.endpoint not in LEFT_OUT
        and not doors.is_by_token(rule.endpoint)
    )


PEOPLE = (*CHILDREN, "rhea", "kemi")


def known(world: World) -> dict[str, str]:
    """What somebody might know from elsewhere, and is in both worlds: by its name in addresses."""
    of_service = {"agency_id": world.cast["harbour"], "practitioner_id": world.cast["sealed"]}
    return {**of_service, "code": "harbour", "kind": "involvement", "part": "main"}


def filled(world: World, address: str) -> Iterator[str]:
    """The address with the ids that somebody might know from elsewhere; none for addresses of other
    things."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", address)
    said = known(world)
    if not {*names} <= {*said, "person_id"}:
        return
    for who in PEOPLE if "person_id" in names else PEOPLE[:1]:
        said["person_id"] = world.cast[who]
        yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: said[found[1]], address)


# Where those things stand that addresses name.
HELD = {
    "note_id": "notes",
    "line_id": "involvements",
    "fact_id": "involvements",
    "ask_id": "asks",
    "answer_id": "answers",
    "reveal_id": "reveals",
    "correction_id": "corrections",
    "request_id": "requests",
    "row_id": "waiting_rows",
    "decision_id": "decisions",
    "hold_id": "holds",
    "held_id": "protections",
    "conflict_id": "conflicts",
    "glass_id": "glass",
    "breach_id": "breaches",
    "cover_id": "covers",
}


def in_one_only(one: World, other: World, who: str) -> dict[str, str]:
    """The newest of each that is in one of two worlds only, by its name in addresses."""

    def ids(world: World, table: str) -> set[str]:
        return {row["id"] for row in world.cast.authority.store.query(f"SELECT id FROM {table}")}

    found = {name: ids(one, table) - ids(other, table) for name, table in HELD.items()}
    if who == "administrator":
        del found["cover_id"]  # they may end anybody's
    hidden = {"person_id": one.cast["hana"]} if "hana" in one.cast.ids else {}
    return {name: max(some) for name, some in found.items() if some} | hidden


def compared(answer: Answer) -> Answer:
    """An answer with those of its statements that are the same in both worlds."""
    return replace(answer, asked=alike(answer.endpoint, answer.asked))


def alike(endpoint: str, asked: Sequence[Asked]) -> list[Asked]:
    """What is asked at an address, without what alone may be asked otherwise there."""
    if endpoint in HANDED_OVER:
        places = [
            next((n for n, (sql, _) in enumerate(asked) if part in sql), None) for part in PASSED_ON
        ]
        if (begun := places[0]) is not None and places[1] is not None:
            asked = [*asked[: begun + 1], *asked[places[1] :]]
        asked = [one for one in asked if not one[0].startswith(PASSED_ABOUT)]
    left = [(name, sql) for where, name, sql in OTHERWISE if endpoint in where]
    return [
        (
            sql,
            {
                name: value
                for name, value in params.items()
                if not any(name == one and sql.startswith(begins) for one, begins in left)
            },
        )
        for sql, params in asked
    ]


ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def counted(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers with their ids counted, in the order in which they are read."""
    names: dict[str, str] = {}

    def count(text: str) -> str:
        return ID.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), text)

    return {
        count(key): replace(
            one,
            text=count(one.text),
            asked=[
                (sql, {"all": count(json.dumps(params, default=str))}) for sql, params in one.asked
            ],
        )
        for key, one in answers.items()
    }


def same(one: Mapping[str, Answer], other: Mapping[str, Answer], who: str) -> None:
    """Fail where two worlds answered differently, and say where."""
    one, other = ({key: compared(answer) for key, answer in each.items()} for each in (one, other))
    if one != other:
        one, other = counted(one), counted(other)
    for (key, answer), (other_key, other_answer) in zip(one.items(), other.items(), strict=False):
        assert key == other_key, f"{who} finds another way"
        if answer.text != other_answer.text:
            lines = zip(answer.text.split("\n"), other_answer.text.split("\n"), strict=False)
            differing = [pair for pair in lines if pair[0] != pair[1]]
            pytest.fail(f"{who} can tell at {key}: {differing[:3]}")
        if answer.asked != other_answer.asked:
            pairs = zip(answer.asked, other_answer.asked, strict=False)
            differing_sql = next((pair for pair in pairs if pair[0] != pair[1]), "more of it")
            pytest.fail(f"for {who}, other SQL at {key}: {differing_sql}")
    assert len(one) == len(other), f"{who} finds more to read"


def compare(
    twins: Twins,
    ran: Statements,
    acts: Sequence[tuple[Act, int]],
    who: str,
    reach: Reach,
    *,
    often: bool = False,
) -> dict[str, Answer]:
    """Let the acts happen in two worlds, in one of them without what is hidden; let somebody read both,
    and give what they read. Fails where it is not the same."""
    with (
        twins.played("with", acts, hidden=True, often=often) as one,
        twins.played("without", acts, hidden=False, often=often) as other,
    ):
        heard_of = in_one_only(one, other, who)
        answers = [Reader(world, who, reach, ran, heard_of).read() for world in (one, other)]
    same(answers[0], answers[1], who)
    return answers[0]
