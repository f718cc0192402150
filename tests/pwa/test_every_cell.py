"""Every cell of the table: each kind of actor at each address and method, on both engines.

The answers that are expected are made from the table (tests/table.py) and from what each address needs
(its door in the code, and tests/addresses.py), and held against what the front door answers. Whatever
is posted is done to its end and taken back, so that no cell changes what the next one finds.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any, TypeVar

import pytest
from flask import Flask

from api.access import Sight
from api.http import house
from api.record import acts
from api.staff import tokens
from api.store import Store, Tx, postgres
from pwa import doors
from tests import table
from tests.addresses import (
    ABSENT,
    ACTS,
    CONFIRM,
    CONFIRMED,
    FORMS,
    LATE,
    MAY,
    NEEDS,
    NOTHING,
    PAGES,
    PURPOSE,
    REFUSED,
    SIGN_IN,
    WRONG,
    Cell,
    Outcome,
    cells,
    is_hers,
    outcome,
)
from tests.api import systems
from tests.cast import Cast
from tests.http_systems import System
from tests.table import MARKS, SYSTEMS, TABLE, Row, SystemRow, everything, leave
from tests.web import Visitor, make_app

T = TypeVar("T")

# Rows by which somebody is asked for what is about nobody: the first of each, and those with a role more.
FIRST = {row.viewer: row for row in reversed(TABLE)}
# A moment more of a kind of actor is held against the core alone.
ROWS = [row for row in TABLE if not row.again]
PARTS = 3


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    return "postgres" if "server" in request.node.name else "sqlite"


class _TakenBack(Exception):
    pass


def take_back_from_now_on(store: Store) -> None:
    """Let every change be made to its end, and then be taken back in place of being committed."""

    def upkeep(fn: Callable[[Tx], T]) -> T:
        answer: list[T] = []
        try:
            with store._writing() as tx:
                answer.append(fn(tx))
                raise _TakenBack
        except _TakenBack:
            return answer[0]

    store.upkeep = upkeep  # type: ignore[method-assign]


def every(app: Flask, cast: Cast, row: Row) -> Iterator[Cell]:
    """Every cell of a row, signing out last."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint == "sessions.sign_out")
    for rule in rules:
        if rule.endpoint not in doors.PUBLIC and not doors.is_by_token(rule.endpoint):
            yield from cells(rule, cast, row)


@cache
def token_of(visitor: Visitor) -> str:
    """Make a session's token once."""
    return visitor.token()


def ask(visitor: Visitor, cell: Cell, *, part: bool = False) -> tuple[Outcome, str]:
    """Ask for a cell; where a refusal is expected, as htmx does, so that less is drawn around it."""
    data = {**cell.data, "csrf_token": token_of(visitor)} if cell.method == "POST" else None
    answer = visitor.open(cell.method, cell.path, data=data, part=part)
    return outcome(answer), html.unescape(answer.get_data(as_text=True))


def expected(app: Flask, cell: Cell, row: Row, actor: object) -> set[Outcome]:
    door = doors.door_of(cell.endpoint, app.view_functions[cell.endpoint])
    assert door
    if not door.admits(actor):  # type: ignore[arg-type]
        return {REFUSED}
    return {cell.need(row)} if cell.need else {MAY, ABSENT, LATE, WRONG}


@contextmanager
def one_transaction(store: Store) -> Iterator[None]:
    """Let all that a server's store does stand in one transaction, which is taken back at the end. What
    was planned for one row is planned for the next, which takes longer than to run it."""
    pool: Any = vars(store)["_pool"]
    with pool.connection() as connection, pytest.MonkeyPatch.context() as patch:
        held = type("Held", (), {"connection": lambda _: nullcontext(connection)})()
        patch.setitem(vars(store), "_pool", held)
        patch.setattr(postgres, "_all_or_nothing", lambda held: held.transaction())
        with connection.transaction(force_rollback=True):
            yield


def faults(app: Flask, cast: Cast, row: Row, asked: Callable[[int, Cell], bool]) -> Iterator[str]:
    """Say where an address answers otherwise than the table has it, of the cells that are asked."""
    row.given(cast)
    visitor, unsure = Visitor(app, cast, row.viewer), Visitor(app, cast, row.viewer)
    visitor.confirm()
    actor = cast.actor(row.viewer)
    may: dict[str, Outcome] = {}
    offered = frozenset[str]()
    if row.sight >= Sight.OUTSIDE:
        offered = acts.of(actor, cast[row.person]).may
    take_back_from_now_on(cast.authority.store)
    for number, cell in enumerate(every(app, cast, row)):
        if not asked(number, cell):
            continue
        wanted = expected(app, cell, row, actor)
        found, text = ask(visitor, cell, part=wanted.isdisjoint({MAY, PURPOSE}))
        if found not in wanted:
            yield f"{cell}: {found}, not {' or '.join(sorted(wanted))}"
        if cell.method == "POST":
            may[cell.endpoint] = found
            again = ask(unsure, cell)[0] if cell.endpoint in CONFIRMED and found is MAY else CONFIRM
            if again is not CONFIRM:
                yield f"{cell} without the passkey: {again}"
        yield from misread(cell, found, text, row, cast["amara"])
    for act, endpoint in ACTS.items():
        if row.sight < Sight.OUTSIDE or endpoint not in may:
            continue
        # What one opened waits for its review: that is said once a reason was typed.
        opens = may[endpoint] is MAY or (act == "reveal" and may[endpoint] is LATE)
        if (act in offered) is not opens and "unreviewed" not in row.stands:
            yield f"{act} is {'' if act in offered else 'not '}offered: {may[endpoint]}"


def misread(cell: Cell, found: Outcome, text: str, row: Row, her: str) -> Iterator[str]:
    """Say what an answer shows of her (`her` is her id) that the table does not have, or does not show."""
    facts, typed = table.facts(row), " ".join(cell.data.values())
    if cell.endpoint == "requests.several" and "governs" in row.stands.split():
        facts.add("circle")  # of a copy: who gave support is the authority's to decide
    marks = {mark for mark, said in MARKS.items() if said in text and said not in typed}
    page = PAGES.get(cell.endpoint, "") if cell.method == "GET" else ""
    here = {*page.split()} & facts if found in (MAY, PURPOSE) else set()
    yield from (f"{cell} shows {mark}" for mark in sorted(marks - facts))
    yield from (f"{cell} does not show {mark}" for mark in sorted(here - marks))
    finds = row.works and row.sight is not Sight.NOTHING
    watches = not {"governs", "governs-all", "keeps"}.isdisjoint(row.stands.split())
    if str(cell) == "POST search.find" and (f"/children/{her}" in text) is not finds:
        yield f"the search {'does not find' if finds else 'finds'} her"
    elif not (finds or watches) and her not in cell.path + typed and her in text:
        yield f"{cell} has her id"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.who.replace(" ", "-"))
def test_a_kind_of_actor_at_every_address(cast: Cast, row: Row) -> None:
    everything(cast)
    # What is about nobody is the same to whoever has the same roles.
    all_of_it = row is FIRST[row.viewer] or "role" in row.stands.split()
    found = [*faults(make_app(cast), cast, row, lambda _, cell: bool(cell.need) or all_of_it)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("part", range(PARTS))
def test_the_same_on_a_server(cast: Cast, part: int, request: pytest.FixtureRequest) -> None:
    """Each kind of actor at her page and every fifth address about her, each address by every fifth of
    them: a server takes five times as long over it. All of it with `--hypothesis-profile=deep`."""
    deep = request.config.getoption("--hypothesis-profile") == "deep"
    everything(cast)
    app, store = make_app(cast), cast.authority.store
    clock, upkeep, ids, found = store.clock, store.upkeep, dict(cast.ids), []
    for nth, row in [*enumerate(ROWS)][part::PARTS]:

        def asked(number: int, cell: Cell, nth: int = nth) -> bool:
            its_turn = deep or (number + nth) % 5 == 0 or cell.endpoint == "people.child"
            return bool(cell.need) and its_turn

        with one_transaction(store):
            found += [f"{row.who}: {fault}" for fault in faults(app, cast, row, asked)]
        store.clock, store.upkeep = clock, upkeep  # type: ignore[method-assign]
        cast.ids = dict(ids)
    assert not found, "\n".join(found)


def test_every_address_about_her_says_what_it_needs(cast: Cast) -> None:
    app = make_app(cast)
    row = TABLE[0]
    everything_there_is = [
        (rule, cell)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in doors.PUBLIC and not doors.is_by_token(rule.endpoint)
        for cell in cells(
            rule, Cast(cast.authority, {**cast.ids, "item": "", "request item": ""}), row
        )
    ]
    assert not [str(cell) for rule, cell in everything_there_is if is_hers(rule) and not cell.need]
    known = {name for _, cell in everything_there_is for name in (str(cell), cell.endpoint)}
    assert not {*NEEDS, *PAGES, *FORMS, *CONFIRMED, *ACTS.values()} - known
    assert ACTS.keys() == acts.RULES.keys()


@pytest.mark.parametrize("who", ["social_worker", "governance", "nobody"])
def test_who_left_and_nobody_is_asked_to_sign_in_everywhere(cast: Cast, who: str) -> None:
    row = FIRST.get(who, TABLE[0])
    everything(cast)
    app = make_app(cast)
    visitor = Visitor(app, cast, None if who == "nobody" else who)
    if who != "nobody":
        leave(who)(cast)
    take_back_from_now_on(cast.authority.store)
    for cell in every(app, cast, row):
        found, text = ask(visitor, cell)
        assert found is SIGN_IN, cell
        assert not [mark for mark, said in MARKS.items() if said in text], cell


# --- Other systems ---------------------------------------------------------------------------------


def requests_of(cast: Cast, row: SystemRow) -> dict[str, tuple[str, str, object]]:
    """What a system can ask for, by the operation's name."""
    her = cast["amara"]
    searched = {"first": "Amara", "last": "Okafor", "born_on": "2019-05-03"}
    said = {"person_id": her, "kind": "active", "role": "Tutor", "contact_name": "Tam Reid"}
    noted = {"staff_number": row.staff, "people": [her], "kind": "worry", "saw": "No coat."}
    return {
        "person": ("GET", f"/people/{her}", None),
        "involvements": ("GET", f"/people/{her}/involvements", None),
        "search_people": ("POST", "/people/search", searched),
        "events": ("GET", "/events", None),
        "filings": ("GET", "/filings", None),
        "put_receipt": (
            "PUT",
            f"/filings/{NOTHING}/receipt",
            {"outcome": "filed", "reference": "R1"},
        ),
        "put_involvement": ("PUT", "/involvements/S1", said),
        "post_note": ("POST", "/notes", noted),
    }


# What each asks for: a person who may be known, or one's own things.
OF_HER = ("person", "involvements", "put_involvement", "post_note")


@pytest.mark.parametrize("where", ["file", "server"])
@pytest.mark.parametrize("row", SYSTEMS, ids=lambda row: row.who.replace(" ", "-"))
def test_another_system_at_every_operation(cast: Cast, row: SystemRow, where: str) -> None:
    everything(cast)
    row.given(cast)
    app = make_app(cast)
    system = System(app, systems.make(cast, row.agency).secret)
    asked = requests_of(cast, row)
    assert asked.keys() == {one.name for one in house.operations}
    found = []
    for name, (method, path, sent) in asked.items():
        answer = system.ask(method, path, sent, headers={"Idempotency-Key": "K1"})
        exists = name not in OF_HER or row.sight >= Sight.DIRECTORY
        wanted = {404} if name == "put_receipt" or not exists else {200, 201}
        if answer.status_code not in wanted:
            found.append(f"{name}: {answer.status_code} {answer.text}")
        marks = {mark for mark, words in MARKS.items() if words in answer.text}
        facts = table.told(row) if name != "events" else set()
        found += [f"{name} shows {mark}" for mark in sorted(marks - facts)]
        shows = {
            "search_people": {"name"},
            "person": {"name", "plans"},
            "involvements": {"circle", "numbers", "place"},
        }
        missing = (shows.get(name, set()) & facts) - marks
        found += [f"{name} does not show {mark}" for mark in sorted(missing)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scope", tokens.SCOPES)
def test_a_system_is_let_in_for_its_scope_and_nothing_else(cast: Cast, scope: str) -> None:
    app = make_app(cast)
    made = systems.make(cast, "school", [scope])
    system = System(app, made.secret)
    scopes = {one.name: one.scope for one in house.operations}
    asked = requests_of(cast, SYSTEMS[0])
    for name, (method, path, sent) in asked.items():
        answer = system.ask(method, path, sent, headers={"Idempotency-Key": "K1"})
        assert (answer.status_code == 403) is (scopes[name] != scope), name
    tokens.revoke(cast.system, made.id)
    assert {system.ask(*one).status_code for one in asked.values()} == {401}
    assert {System(app).ask(*one).status_code for one in asked.values()} == {401}
