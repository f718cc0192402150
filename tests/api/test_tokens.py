"""Tokens: who makes them, what opens to them, and that nothing else does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from api import access, moment
from api.access import Sight
from api.errors import (
    ConfirmFirst,
    Conflict,
    InklingError,
    Invalid,
    NotAllowed,
    NotFound,
    TooOften,
)
from api.facts import loading, search, sources
from api.facts.search import Query
from api.moment import new_id
from api.record import conflicts, involvements, notes, people, protections, systems
from api.record.systems import Involvement
from api.staff import tokens
from api.store import Store
from api.store import access as stored
from api.telling import inbox, outbox
from api.trust.actor import Actor
from tests.api import systems as other
from tests.cast import Cast
from tests.phones import refusals
from tests.trail import last_event
from tests.worlds import World, build, prepare, worlds

NOBODY = "0193e6a0-0000-7000-8000-000000000009"
AMARA = Query("Amara", "Okafor", born_on="2019-05-03")
LILY = Query("Lily", "Hart", born_on="2015-09-09")


def later(cast: Cast, **span: float) -> None:
    at = moment.parse(cast.authority.store.now()) + timedelta(**span)
    cast.authority.store.clock = lambda: at


def lines(actor: Actor, person: str) -> dict[str, str]:
    return {line.name: line.role for line in systems.look(actor, person).circle}


# --- Making, revoking, listing -------------------------------------------------------------------


def test_an_administrator_makes_a_token_with_the_passkey(cast: Cast) -> None:
    wanted = {
        "agency_id": cast["school"],
        "name": " Case  system ",
        "scopes": ["people:read", "people:search"],
        "purpose": "enquiry",
        "days": 30,
    }
    with pytest.raises(ConfirmFirst):
        tokens.make(cast.actor("administrator"), **wanted)  # type: ignore[arg-type]
    made = tokens.make(cast.actor("administrator", confirmed=True), **wanted)  # type: ignore[arg-type]
    (listed,) = tokens.every(cast.actor("administrator"))
    assert (listed.id, listed.name, listed.agency_id) == (made.id, "Case system", cast["school"])
    assert listed.scopes == {"people:search", "people:read"}
    assert last_event(cast, "token:changed")["object"] == made.id
    actor = tokens.resume(cast.authority, made.secret)
    assert actor
    assert (actor.id, actor.agency_id, actor.is_system) == (made.id, cast["school"], False)


@pytest.mark.parametrize("who", ["supervisor", "social_worker", "governance", "reporter"])
def test_nobody_else_does_anything_with_tokens(cast: Cast, who: str) -> None:
    made = other.make(cast)
    actor = cast.actor(who, confirmed=True)
    with pytest.raises(NotAllowed):
        tokens.make(
            actor,
            agency_id=cast["school"],
            name="x",
            scopes=["people:read"],
            purpose="enquiry",
            days=1,
        )
    with pytest.raises(NotAllowed):
        tokens.every(actor)
    with pytest.raises(NotAllowed):
        tokens.revoke(actor, made.id)
    assert tokens.resume(cast.authority, made.secret)


def test_the_secret_is_kept_nowhere(cast: Cast) -> None:
    made = other.make(cast)
    for table in ("tokens", "audit_events", "sources"):
        rows = cast.authority.store.query(f"SELECT * FROM {table}")
        assert rows
        assert made.secret not in str(rows)
        assert made.secret.removeprefix(tokens.PREFIX) not in str(rows)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("name", {"name": " "}),
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["people:read", "everything"]}),
        ("purpose", {"purpose": "curiosity"}),
        ("days", {"days": 0}),
        ("days", {"days": 367}),
        ("agency_id", {"agency_id": "harbour"}),
    ],
)
def test_what_is_no_token_is_refused(cast: Cast, field: str, said: dict[str, object]) -> None:
    wanted: dict[str, object] = {
        "agency_id": cast["school"],
        "name": "Case system",
        "scopes": ["people:read"],
        "purpose": "enquiry",
        "days": 30,
    }
    if "agency_id" in said:  # a sensitive service: its rows come by feed
        said = {"agency_id": cast["harbour"]}
    with pytest.raises(Invalid) as error:
        tokens.make(cast.system, **{**wanted, **said})  # type: ignore[arg-type]
    assert error.value.field == field
    with pytest.raises(NotFound):
        tokens.make(cast.system, **{**wanted, "agency_id": NOBODY})  # type: ignore[arg-type]


def test_what_is_over_opens_nothing_and_leaves_a_row(cast: Cast) -> None:
    revoked, expiring = other.make(cast), other.make(cast, days=1)
    before = tokens.resume(cast.authority, revoked.secret)
    assert before
    tokens.revoke(cast.system, revoked.id)
    assert tokens.resume(cast.authority, revoked.secret) is None
    assert last_event(cast, "token:refused")["reason"] == "revoked"
    with pytest.raises(Conflict):
        tokens.revoke(cast.system, revoked.id)
    with pytest.raises(NotFound):
        tokens.revoke(cast.system, NOBODY)
    # A request that was let in before the moment of revoking sees nothing after it.
    with pytest.raises(NotFound):
        systems.look(before, cast["amara"])
    with pytest.raises(NotFound):
        search.find(before, AMARA)
    before = tokens.resume(cast.authority, expiring.secret)
    assert before
    later(cast, hours=24)
    with pytest.raises(NotFound):
        systems.look(before, cast["amara"])
    assert tokens.resume(cast.authority, expiring.secret) is None
    assert last_event(cast, "token:refused")["reason"] == "expired"


def test_what_is_over_does_not_fill_the_trail(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "OVER_TRIES", 2)
    made = other.make(cast)
    tokens.revoke(cast.system, made.id)
    for _ in range(2):
        assert tokens.resume(cast.authority, made.secret) is None
    with pytest.raises(TooOften):
        tokens.resume(cast.authority, made.secret)
    assert refusals(cast) == ["revoked", "revoked"]


@pytest.mark.parametrize("secret", ["", "inkling_", "x" * 5000, "\ud800", "inkling_\0"])
def test_what_is_no_secret_is_nobody(cast: Cast, secret: str) -> None:
    other.make(cast)
    assert tokens.resume(cast.authority, secret) is None


def test_a_service_that_becomes_sensitive_loses_its_tokens(cast: Cast) -> None:
    made = other.make(cast)
    cast.authority.store.upkeep(
        lambda tx: tx.change("UPDATE agencies SET sensitive = 1 WHERE id = :id", id=cast["school"])
    )
    assert tokens.resume(cast.authority, made.secret) is None


# --- The rules, as functions and as SQL ------------------------------------------------------------


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(world=worlds())
def test_the_rules_agree_for_a_token_of_every_agency(
    shared: tuple[Store, dict[tuple[str, int], str]], world: World
) -> None:
    store, ids = shared
    build(store, ids, world)
    agencies = sorted({world["agency", worker.agency] for worker in world.workers})
    person = [world["person", n] for n in range(len(world.people))]
    made = []
    for n, agency in enumerate(agencies):
        token = new_id()
        made.append(token)
        store.upkeep(
            lambda tx, token=token, agency=agency, n=n: _insert_token(  # type: ignore[misc]
                tx, token, agency, person[n % len(person)]
            )
        )
    for token in made:
        with store._reading() as tx:
            me = stored.token(tx, token)
            flags = ", ".join(
                f"CASE WHEN {sql} THEN 1 ELSE 0 END AS r{n}"
                for n, sql in enumerate(
                    (
                        stored.MAY_KNOW,
                        stored.CIRCLE_SIGHT,
                        stored.SYSTEM_SIGHT,
                        stored.DIRECTORY_SIGHT,
                        stored.OWN_ROWS,
                        stored.LOOKED_UP,
                        stored.MAY_SEARCH,
                    )
                )
            )
            rows = tx.query(
                f"SELECT p.id, {flags} FROM people p WHERE p.id IN (:ids)",
                ids=person,
                **stored.params(me, tx),
            )
            for row in rows:
                verdict = access.verdict(tx, me, row["id"])
                s = verdict.standing
                assert [bool(row[f"r{n}"]) for n in range(7)] == [
                    not any(closes(s) for closes in access.CLOSING_RULES.values()),
                    False,
                    verdict.sight is Sight.DIRECTORY,
                    False,
                    access.has_own_rows(s),
                    access.has_looked_up(s),
                    access.may_search(me),
                ]
                assert verdict.sight in (Sight.NOTHING, Sight.DIRECTORY)
                assert not (s.restricted and verdict.sight is not Sight.NOTHING)


@pytest.fixture
def shared(store: Store) -> tuple[Store, dict[tuple[str, int], str]]:
    return store, prepare(store)


def _insert_token(tx: stored.Tx, token: str, agency: str, looked_up: str) -> None:
    source = tx.one("SELECT id FROM sources LIMIT 1")
    purpose = tx.one("SELECT code FROM purposes LIMIT 1")
    if purpose is None:
        tx.insert("purposes", code="enquiry", label="Enquiry", basis="", position=0)
        purpose = {"code": "enquiry"}
    assert source
    tx.insert(
        "tokens",
        id=token,
        name="System",
        agency_id=agency,
        source_id=source["id"],
        scopes="people:search people:read",
        purpose=purpose["code"],
        secret_hash=token,
        made_by="command line",
        made_at=tx.now,
        expires_at="2100-01-01T00:00:00.000000Z",
    )
    tx.insert(
        "token_looks",
        id=new_id(),
        token_id=token,
        person_id=looked_up,
        purpose=purpose["code"],
        made_at=tx.now,
        until="2100-01-01T00:00:00.000000Z",
    )


def test_every_rule_for_systems_has_its_function_and_its_sql() -> None:
    assert list(access.SYSTEM_RULES) == list(stored.SYSTEM_RULES)


# --- Looking -------------------------------------------------------------------------------------


def test_a_token_finds_by_the_rules_of_outsiders_its_own_people_too(cast: Cast) -> None:
    actor = other.actor(cast)
    found = search.find(actor, AMARA)
    assert [(r.name, r.born, r.school, r.mine) for r in found.results] == [
        ("Amara Okafor", "2019", "", False)
    ]
    event = last_event(cast, "search:run")
    assert (event["actor"], event["agency_id"], event["verdict"]) == (
        actor.id,
        cast["school"],
        "allowed",
    )
    assert event["subjects"] == [cast["amara"]]
    assert not search.find(actor, Query("Amara", "Okafor")).results
    assert not search.find(actor, Query(postcode="ZZ17 8AU")).results
    assert last_event(cast, "search:run")["verdict"] == "refused"


def test_a_token_that_is_not_for_it_finds_nobody(cast: Cast) -> None:
    assert not search.find(other.actor(cast, scopes=["people:read"]), AMARA).results
    assert last_event(cast, "search:run")["verdict"] == "refused"


def test_its_own_people_are_open_to_a_token_and_each_look_leaves_its_row(cast: Cast) -> None:
    actor = other.actor(cast)
    child = systems.look(actor, cast["amara"])
    assert (child.sight, child.reason) == (Sight.DIRECTORY, "own rows")
    assert {line.name for line in child.circle} == {
        "Jo Marsh",
        "Pat Osei",
        "Hana Vale",
        "St Bede's Primary School",
    }
    assert (child.notes, list(child.family), list(child.addresses)) == (None, [], [])
    event = last_event(cast, "directory:looked")
    assert (event["actor"], event["subjects"]) == (actor.id, [cast["amara"]])


def test_whom_it_looks_up_it_sees_for_the_shift_and_the_lead_hears_of_it_once(cast: Cast) -> None:
    actor = other.actor(cast, "force")
    assert systems.look(actor, cast["jude"]).reason == "looked up"
    systems.look(actor, cast["jude"])
    given = last_event(cast, "purpose:given")
    assert (given["actor"], given["reason"], given["subjects"]) == (
        actor.id,
        "enquiry",
        [cast["jude"]],
    )
    rows = cast.authority.store.query("SELECT id FROM outbox WHERE kind = 'directory look'")
    assert len(rows) == 1
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    assert inbox.list_items(cast.actor("social_worker")).items[0].text == (
        "Looked up from outside the circle: Jude Okafor, by Case system (Westhaven Police)"
    )
    later(cast, hours=10)
    systems.look(actor, cast["jude"])
    rows = cast.authority.store.query("SELECT id FROM outbox WHERE kind = 'directory look'")
    assert len(rows) == 2


def test_a_token_that_is_not_for_it_looks_nobody_up(cast: Cast) -> None:
    actor = other.actor(cast, scopes=["people:search", "involvements:write"])
    for person in ("amara", "jude"):
        with pytest.raises(NotAllowed):
            systems.look(actor, cast[person])
    with pytest.raises(NotAllowed):
        systems.look(cast.actor("social_worker"), cast["amara"])
    assert not cast.authority.store.query("SELECT id FROM token_looks")


def test_nobody_is_looked_up_in_bulk(cast: Cast) -> None:
    actor = other.actor(cast, "force")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(systems, "LOOKED_UP", 2)
        systems.look(actor, cast["jude"])
        systems.look(actor, cast["rhea"])
        with pytest.raises(TooOften):
            systems.look(actor, cast["noor"])
        systems.look(actor, cast["rhea"])


def restrict(cast: Cast, person: str) -> None:
    named = [cast["social_worker"], cast["pastoral"]]
    protections.restrict(
        cast.actor("social_worker", confirmed=True), cast[person], "A witness.", named
    )


def test_a_restricted_person_does_not_exist_for_a_token(cast: Cast) -> None:
    school, force = other.actor(cast), other.actor(cast, "force")
    systems.look(force, cast["amara"])
    systems.say(school, "S1", Involvement(cast["amara"], "active", "Tutor"))
    restrict(cast, "amara")
    for actor in (school, force):
        assert not search.find(actor, AMARA).results
        for ask in (
            lambda person, actor=actor: systems.look(actor, person),
            lambda person, actor=actor: systems.say(
                actor, "S1", Involvement(person, "active", "Tutor")
            ),
            lambda person, actor=actor: systems.send_note(
                actor, "K", "W005", replace(other.worry(cast, "amara"), people=[person])
            ),
        ):
            said = []
            for person in (cast["amara"], NOBODY):
                with pytest.raises(NotFound) as error:
                    ask(person)  # type: ignore[no-untyped-call]
                said.append(error.value.sentence)
            assert said[0] == said[1]
    assert not notes.about(cast.actor("social_worker"), cast["amara"]).notes


def test_a_sealed_involvement_and_what_hangs_on_it_is_not_hinted_at(cast: Cast) -> None:
    actor = other.actor(cast)
    with_it = systems.look(actor, cast["amara"])
    row = cast.authority.store.one(
        "SELECT id FROM involvements WHERE practitioner_id = :id", id=cast["sealed"]
    )
    assert row
    involvements.end(cast.actor("sealed"), row["id"])
    assert systems.look(actor, cast["amara"]) == with_it
    assert "Harbour" not in str(with_it)


def test_a_protected_place_is_hidden_from_every_token(cast: Cast) -> None:
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father.", [cast["social_worker"]]
    )
    for agency in ("school", "force"):
        actor = other.actor(cast, agency)
        child = systems.look(actor, cast["amara"])
        assert child.location_hidden
        assert child.brief.school == ""
        assert {line.name for line in child.circle} == {access_hidden()}
        assert not [line for line in child.circle if line.phone or line.agency]
        (result,) = search.find(actor, AMARA).results
        assert result.district == ""


def access_hidden() -> str:
    return stored.HIDDEN_PLACE


def test_notes_and_everything_for_practitioners_is_closed_to_a_token(cast: Cast) -> None:
    (note_id,) = cast.worry("pastoral", "amara").note_ids
    actor = other.actor(cast)
    systems.look(actor, cast["amara"])
    row = cast.authority.store.one(
        "SELECT id FROM involvements WHERE practitioner_id = :id", id=cast["pastoral"]
    )
    assert row
    for ask in (
        lambda: notes.read(actor, note_id),
        lambda: notes.about(actor, cast["amara"]),
        lambda: notes.log(actor, other.worry(cast, "amara")),
        lambda: notes.mark(actor, note_id, "noticed too"),
        lambda: notes.reply(actor, note_id, "Me too."),
        lambda: notes.withdraw(actor, note_id, "Mine."),
        lambda: notes.wrong_person(actor, note_id, "Wrong."),
        lambda: people.give_purpose(actor, cast["amara"], "enquiry"),
        lambda: people.take_on(actor, cast["amara"], "Mine."),
        lambda: people.brief(actor, cast["jude"]),
        lambda: involvements.add(actor, cast["amara"], agency_id=cast["school"], role="Tutor"),
        lambda: involvements.ask(actor, cast["amara"], "Tutor"),
        lambda: involvements.end(actor, row["id"]),
        lambda: involvements.confirm(actor, row["id"]),
        lambda: conflicts.declare(actor, cast["amara"]),
        lambda: protections.restrict(actor, cast["amara"], "Mine.", [cast["pastoral"]]),
        lambda: tokens.every(actor),
    ):
        with pytest.raises(InklingError) as error:
            ask()
        assert isinstance(error.value, NotAllowed | NotFound)
    assert (people.mine(actor), notes.latest(actor)) == ([], [])
    assert people.universal(actor).total == 0


# --- Saying --------------------------------------------------------------------------------------


def said(cast: Cast, **changes: object) -> Involvement:
    involvement = Involvement(
        cast["amara"], "active", "Tutor", contact_name="Tam Reid", contact_phone="01632 960555"
    )
    return replace(involvement, **changes)  # type: ignore[arg-type]


def test_an_involvement_is_the_same_however_often_it_is_said(cast: Cast) -> None:
    actor = other.actor(cast)
    first = systems.say(actor, "S1", said(cast))
    again = systems.say(actor, "S1", said(cast))
    assert (first.new, again) == (True, systems.Taken(first.id, new=False, same=True))
    assert lines(actor, cast["amara"])["Tam Reid"] == "Tutor"
    event = last_event(cast, "involvement:said")
    assert (event["actor"], event["reason"], event["subjects"]) == (
        actor.id,
        "again",
        [cast["amara"]],
    )
    (source,) = cast.authority.store.query("SELECT reported_at FROM sources WHERE kind = 'feed'")
    assert source["reported_at"]
    changed = systems.say(actor, "S1", said(cast, role="Mentor"))
    assert (changed.new, changed.same) == (False, False)
    assert lines(actor, cast["amara"])["Tam Reid"] == "Mentor"
    ended = systems.say(
        actor, "S1", said(cast, role="Mentor", starts_on="2026-01-01", ends_on="2026-02-01")
    )
    assert "Tam Reid" not in lines(actor, cast["amara"])
    assert systems.say(actor, "S1", said(cast)).id != ended.id


def test_the_next_token_of_a_system_goes_on_where_the_last_one_ended(cast: Cast) -> None:
    first = systems.say(other.actor(cast), "S1", said(cast))
    assert systems.say(other.actor(cast), "S1", said(cast)) == systems.Taken(first.id, False, True)
    stranger = tokens.resume(cast.authority, other.make(cast, name="Another system").secret)
    assert stranger
    assert systems.say(stranger, "S1", said(cast)).new


def test_no_file_is_loaded_for_what_speaks_through_the_api(cast: Cast, tmp_path: Path) -> None:
    actor = other.actor(cast)
    systems.say(actor, "S1", said(cast))
    (source,) = [one for one in sources.every(cast.system) if one.kind == "feed"]
    file = tmp_path / "rows.csv"
    file.write_text("id,name\n1,x\n")
    with pytest.raises(Conflict):
        loading.load(cast.system, source.code, file)
    assert "Tam Reid" in lines(actor, cast["amara"])


def test_said_at_once_by_many_it_stands_once(cast: Cast) -> None:
    actor = other.actor(cast)
    start = threading.Barrier(4)

    def ask(_: int) -> systems.Taken:
        start.wait()
        return systems.say(actor, "S1", said(cast))

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(ask, range(4)))
    assert len({one.id for one in taken}) == 1
    assert sorted(one.new for one in taken) == [False, False, False, True]


def test_said_at_once_of_several_people_an_id_is_one_person_s(cast: Cast) -> None:
    actor = other.actor(cast)
    start = threading.Barrier(3)

    def ask(person: str) -> bool:
        start.wait()
        try:
            return systems.say(actor, "S1", said(cast, person_id=cast[person])).new
        except Conflict:
            return False

    with ThreadPoolExecutor(3) as pool:
        taken = list(pool.map(ask, ("amara", "lily", "noor")))
    assert sorted(taken) == [False, False, True]
    rows = cast.authority.store.query("SELECT id FROM involvements WHERE source_key = 'S1'")
    assert len(rows) == 1


def test_who_is_named_by_staff_number_is_in_the_circle_and_the_lead_is_told(cast: Cast) -> None:
    actor = other.actor(cast, "force")
    systems.look(actor, cast["jude"])
    involvement = Involvement(cast["jude"], "active", "Officer", staff_number="W009")
    systems.say(actor, "S1", involvement)
    systems.say(actor, "S1", replace(involvement, role="Lead officer"))
    assert people.look(cast.actor("outsider"), cast["jude"]).sight is Sight.CIRCLE
    rows = cast.authority.store.query("SELECT practitioner_id FROM outbox WHERE kind = 'joined'")
    assert [row["practitioner_id"] for row in rows] == [cast["outsider"]]
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    texts = [item.text for item in inbox.list_items(cast.actor("social_worker")).items]
    assert "Now in the circle of Jude Okafor: Otis Webb (Westhaven Police)" in texts


def test_what_a_practitioner_took_back_or_said_since_is_not_undone_by_repeating(cast: Cast) -> None:
    actor = other.actor(cast)
    taken = systems.say(actor, "S1", said(cast))
    involvements.end(cast.actor("social_worker"), taken.id)
    assert systems.say(actor, "S1", said(cast)).same
    assert "Tam Reid" not in lines(actor, cast["amara"])


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("kind", {"kind": "lead"}),
        ("role", {"role": " "}),
        ("role", {"role": "x" * 101}),
        ("contact_name", {"contact_name": "x" * 201}),
        ("staff_number", {"staff_number": "W000"}),  # somebody of another agency
        ("staff_number", {"staff_number": "nobody"}),
        ("starts_on", {"starts_on": "yesterday"}),
        ("ends_on", {"starts_on": "2026-02-01", "ends_on": "2026-01-01"}),
    ],
)
def test_what_is_no_involvement_is_refused(
    cast: Cast, field: str, changes: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as error:
        systems.say(other.actor(cast), "S1", said(cast, **changes))
    assert error.value.field == field


def test_a_token_says_nothing_of_whom_it_does_not_see_nor_what_it_is_not_for(cast: Cast) -> None:
    with pytest.raises(NotFound):
        systems.say(other.actor(cast), "S1", said(cast, person_id=cast["jude"]))
    reader = other.actor(cast, scopes=["people:read"])
    with pytest.raises(NotAllowed):
        systems.say(reader, "S1", said(cast))
    with pytest.raises(NotAllowed):
        systems.send_note(reader, "K1", "W005", other.worry(cast, "amara"))
    actor = other.actor(cast)
    systems.say(actor, "S1", said(cast))
    with pytest.raises(Conflict):
        systems.say(actor, "S1", said(cast, person_id=cast["lily"]))


# --- Notes ---------------------------------------------------------------------------------------


def test_a_note_is_taken_in_the_name_of_its_author_once(cast: Cast) -> None:
    actor = other.actor(cast)
    sent = systems.send_note(actor, "K1", "W005", other.worry(cast, "amara"))
    assert systems.send_note(actor, "K1", "W005", other.worry(cast, "amara")) == systems.Sent(
        sent.id, again=True
    )
    (note,) = notes.about(cast.actor("social_worker"), cast["amara"]).notes
    assert (note.id, note.author) == (sent.id, "Pat Osei")
    logged, through = last_event(cast, "note:logged"), last_event(cast, "note:sent")
    assert (logged["actor"], through["actor"]) == (cast["pastoral"], actor.id)
    assert through["subjects"] == [cast["amara"]]


def test_another_note_under_the_same_key_is_refused(cast: Cast) -> None:
    actor = other.actor(cast)
    systems.send_note(actor, "K1", "W005", other.worry(cast, "amara"))
    for staff, note in (
        ("W005", replace(other.worry(cast, "amara"), saw="Something else.")),
        ("W006", other.worry(cast, "amara")),
        ("W005", other.worry(cast, "lily")),
    ):
        with pytest.raises(Invalid) as error:
            systems.send_note(actor, "K1", staff, note)
        assert error.value.field == "Idempotency-Key"
    other_actor = other.actor(cast)
    assert not systems.send_note(other_actor, "K1", "W005", other.worry(cast, "amara")).again


def test_sent_at_once_by_many_a_note_is_one_note(cast: Cast) -> None:
    actor = other.actor(cast)
    start = threading.Barrier(4)

    def ask(_: int) -> systems.Sent:
        start.wait()
        return systems.send_note(actor, "K1", "W005", other.worry(cast, "amara"))

    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(ask, range(4)))
    assert sorted(one.again for one in sent) == [False, True, True, True]
    assert len(notes.about(cast.actor("social_worker"), cast["amara"]).notes) == 1


def test_no_note_is_taken_for_who_is_of_another_agency_or_nobody(cast: Cast) -> None:
    actor = other.actor(cast)
    for staff in ("W000", "nobody", ""):
        with pytest.raises(Invalid) as error:
            systems.send_note(actor, "K1", staff, other.worry(cast, "amara"))
        assert error.value.field == "staff_number"
    with pytest.raises(NotFound):
        systems.send_note(actor, "K1", "W005", other.worry(cast, "jude"))


def test_who_declared_a_conflict_may_still_say_what_they_saw(cast: Cast) -> None:
    conflicts.declare(cast.actor("pastoral"), cast["amara"])
    systems.send_note(other.actor(cast), "K1", "W005", other.worry(cast, "amara"))
    (kept,) = cast.authority.store.query("SELECT author_id FROM notes")
    assert kept["author_id"] == cast["pastoral"]
    with pytest.raises(NotFound):
        people.look(cast.actor("pastoral"), cast["amara"])


def test_the_words_of_a_note_are_kept_sealed(cast: Cast) -> None:
    actor = other.actor(cast)
    systems.send_note(actor, "K1", "W005", other.worry(cast, "amara"))
    (row,) = cast.authority.store.query("SELECT * FROM token_notes")
    assert "coat" not in str(row)
    assert "K1" not in row.values()
