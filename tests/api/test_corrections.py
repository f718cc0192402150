"""This is wrong: who may say it of which line, whom it reaches, what each of them sees, by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from api import moment
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.facts import corrections, sources
from api.facts.corrections import Correction
from api.record import conflicts, families, people, plans, protections
from api.staff import practitioners
from api.store import Tx
from api.store.corrections import Figures
from api.telling import inbox, outbox
from tests import feeds
from tests.cast import Cast
from tests.trail import details_of, last_event


@pytest.fixture
def housing(cast: Cast) -> str:
    """A feed that says where Amara lives and whom to ring, and whose data steward is the cast's."""
    store = cast.authority.store
    cast.ids["housing"] = source = feeds.add_feed(store, "housing", cast["force"], name="Housing")
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", source)
    cast.ids["address"] = feeds.say(
        store, source, "addresses", cast["amara"], kind="home", lines="9 Quayside", postcode="ZZ2"
    )
    cast.ids["name"] = feeds.say(
        store, source, "names", cast["amara"], kind="full", first="Amara", last="Okoro",
        first_key="amara", last_key="okoro",
    )  # fmt: skip
    cast.ids["plan"] = feeds.say(store, source, "plans", cast["amara"], kind="care order")
    cast.ids["line"] = feeds.say(
        store, source, "involvements", cast["amara"], agency_id=cast["force"], kind="active",
        role="Officer", lead=0, contact_name="Olu Ade", asserted_by="agency",
    )  # fmt: skip
    return source


def say(cast: Cast, who: str = "social_worker", fact: str = "address", **more: Any) -> str:
    given = {"kind": "address", "person": "amara", "what": "out of date", "words": "", **more}
    return corrections.say(
        cast.actor(who), cast[given["person"]], given["kind"], cast.ids.get(fact, fact),
        given["what"], given["words"],
    )  # fmt: skip


def waiting(cast: Cast, who: str = "steward") -> list[Correction]:
    return list(corrections.of_source(cast.actor(who), "housing").waiting)


def after(cast: Cast, monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    later = cast.authority.store.clock() + timedelta(**span)
    monkeypatch.setattr(cast.authority.store, "clock", lambda: later)


def tell(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    after(cast, monkeypatch, seconds=11)
    outbox.fan_out(cast.authority)


def told(cast: Cast, who: str) -> list[str]:
    return [item.text for item in inbox.list_items(cast.actor(who)).items]


# --- Saying it ----------------------------------------------------------------------------------


def test_the_steward_sees_who_it_is_what_their_source_said_and_what_was_written(
    cast: Cast, housing: str
) -> None:
    id = say(cast, words="They moved to Mill Lane.")
    (one,) = waiting(cast)
    assert one.id == id
    assert (one.name.split()[0], one.born_on, one.kind) == ("Amara", "2019-05-03", "Address")
    assert one.line
    assert (one.line.text, one.line.source) == ("9 Quayside, ZZ2", "Housing")
    (saying,) = one.sayings
    assert (saying.what, saying.words) == ("It is out of date", "They moved to Mill Lane.")
    assert one.confirmed is None
    assert one.may == {"answer"}


def test_saying_so_leaves_its_row_and_the_words_are_sealed(cast: Cast, housing: str) -> None:
    id = say(cast, words="They moved.")
    event = last_event(cast, "correction:said")
    assert (event["reason"], event["object"], event["subjects"]) == (
        "out of date", id, [cast["amara"]],
    )  # fmt: skip
    assert details_of(cast, event) == "They moved."
    kept = cast.authority.store.query("SELECT * FROM correction_says")
    assert "moved" not in str(kept)


def test_every_kind_of_line_can_be_said_to_be_wrong(cast: Cast, housing: str) -> None:
    store, lead = cast.authority.store, cast.actor("social_worker")
    details = feeds.say(store, housing, "particulars", cast["amara"], born_on="2019-05-04")
    number = feeds.say(
        store, housing, "identifiers", cast["amara"], scheme="nhs", value="9434765919"
    )
    for kind, fact in (
        ("name", "name"), ("details", details), ("number", number), ("plan", "plan"),
        ("involvement", "line"), ("address", "address"),
    ):  # fmt: skip
        say(cast, fact=fact, kind=kind)
    texts = {one.kind: one.line.text for one in waiting(cast) if one.line}
    assert texts["Who supports them"] == "Olu Ade, Officer, Westhaven Police, 01632 960200"
    assert texts["Birth and gender"] == "Born 4 May 2019"
    assert texts["Number"] == "NHS number 9434765919"
    assert texts["Plan"] == "Care order"
    mother = families.relate(lead, cast["amara"], kind="mother", other_id=cast["kemi"])
    of_mother = say(cast, "pastoral", fact=mother, kind="family")
    assert corrections.look(lead, of_mother).may == {"answer"}


def test_saying_it_twice_joins_the_one_that_waits(cast: Cast, housing: str) -> None:
    assert say(cast) == say(cast, "pastoral", words="Pat") == say(cast, words="Again")
    (one,) = waiting(cast)
    assert [saying.words for saying in one.sayings] == ["", "Pat", "Again"]


def test_the_due_date_is_in_working_days(cast: Cast, housing: str) -> None:
    for said, days, due in (
        ("2026-11-02", 5, "2026-11-09"),
        ("2026-11-06", 1, "2026-11-09"),
        ("2026-11-07", 1, "2026-11-09"),
        ("2026-11-08", 10, "2026-11-20"),
    ):
        assert corrections.working_day(said, days) == due
    today = moment.day(cast.authority.store.now()).isoformat()
    say(cast)
    assert waiting(cast)[0].due_on == corrections.working_day(today, 5)
    cast.authority.settings = replace(cast.authority.settings, correction_days=20)
    say(cast, fact="plan", kind="plan")
    assert waiting(cast)[1].due_on == corrections.working_day(today, 20)


@pytest.mark.parametrize(
    ("who", "kind", "fact", "person"),
    [
        ("outsider", "address", "address", "amara"),
        ("reporter", "address", "address", "amara"),
        ("steward", "address", "address", "amara"),
        ("administrator", "address", "address", "amara"),
        ("social_worker", "address", "address", "jude"),
        ("social_worker", "address", "address", "lily"),
        ("social_worker", "plan", "address", "amara"),
        ("social_worker", "shoe size", "address", "amara"),
        ("social_worker", "address", "no such fact", "amara"),
        ("police", "address", "address", "kemi"),
    ],
)
def test_only_who_sees_a_line_says_so(
    cast: Cast, housing: str, who: str, kind: str, fact: str, person: str
) -> None:
    with pytest.raises((NotFound, NotAllowed)):
        say(cast, who, fact, kind=kind, person=person)
    assert not waiting(cast)


def test_the_directory_view_sees_lines_and_not_addresses(cast: Cast, housing: str) -> None:
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    say(cast, "outsider", "line", kind="involvement")
    with pytest.raises(NotFound):
        say(cast, "outsider")


def test_a_line_that_ended_meanwhile_cannot_be_said_to_be_wrong(cast: Cast, housing: str) -> None:
    store = cast.authority.store
    store.upkeep(
        lambda tx: tx.change(
            "UPDATE addresses SET until_load = 1 WHERE id = :id", id=cast["address"]
        )
    )
    with pytest.raises(NotFound):
        say(cast)


def test_what_cannot_be_taken(cast: Cast, housing: str) -> None:
    with pytest.raises(Invalid) as error:
        say(cast, what="because")
    assert error.value.field == "what"
    with pytest.raises(Invalid) as error:
        say(cast, words="x" * 501)
    assert error.value.field == "words"
    id = say(cast)
    with pytest.raises(Invalid):
        corrections.answer(cast.actor("steward"), id, "maybe")
    with pytest.raises(Invalid):
        corrections.answer(cast.actor("steward"), id, "right", "x" * 501)


# --- Whom it reaches ----------------------------------------------------------------------------


def test_the_steward_is_told_and_nothing_personal_is_said(
    cast: Cast, housing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(cast)
    say(cast, "pastoral")
    tell(cast, monkeypatch)
    assert told(cast, "steward") == ["Said to be wrong: a line of Housing. It waits for an answer."]
    assert not told(cast, "administrator")
    (item,) = inbox.list_items(cast.actor("steward")).items
    opened = inbox.open_item(cast.actor("steward"), item.id)
    assert opened.correction == waiting(cast)[0].id


def test_without_a_steward_the_administrators_are_told_and_see_nobody(
    cast: Cast, housing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    practitioners.end_role(cast.system, cast["steward"], "data steward", "source", housing)
    id = say(cast)
    tell(cast, monkeypatch)
    (text,) = told(cast, "administrator")
    assert text.endswith("Its source has no data steward who could answer: name one.")
    (item,) = inbox.list_items(cast.actor("administrator")).items
    opened = inbox.open_item(cast.actor("administrator"), item.id)
    assert (opened.source, opened.correction) == ("housing", None)
    for who in ("administrator", "steward"):
        with pytest.raises(NotFound):
            corrections.look(cast.actor(who), id)
        with pytest.raises((NotFound, NotAllowed)):
            corrections.answer(cast.actor(who), id, "right")
        with pytest.raises(NotAllowed):
            waiting(cast, who)
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", housing)
    assert [one.id for one in waiting(cast)] == [id]


def test_what_somebody_said_by_hand_is_theirs_to_answer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plans.set(cast.actor("social_worker"), cast["amara"], "child in need")
    id = say(cast, "pastoral", plan, kind="plan")
    tell(cast, monkeypatch)
    assert "Said to be wrong: a line that was said by hand. It waits for an answer." in told(
        cast, "social_worker"
    )
    assert [one.id for one in corrections.mine(cast.actor("social_worker")).waiting] == [id]
    assert not corrections.mine(cast.actor("supervisor")).waiting
    assert [one.id for one in corrections.mine(cast.actor("pastoral")).rest] == [id]
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["social_worker"])
    assert [one.id for one in corrections.mine(cast.actor("supervisor")).waiting] == [id]
    corrections.answer(cast.actor("supervisor"), id, "put right")
    assert corrections.look(cast.actor("pastoral"), id).answer == "put right"


def test_where_nobody_said_it_the_lead_answers(cast: Cast) -> None:
    child = people.look(cast.actor("pastoral"), cast["amara"])
    line = next(line.id for line in child.circle if line.practitioner_id == cast["pastoral"])
    id = say(cast, "health_visitor", line, kind="involvement")
    assert [one.id for one in corrections.mine(cast.actor("social_worker")).waiting] == [id]
    corrections.answer(cast.actor("social_worker"), id, "right")


# --- Answers ------------------------------------------------------------------------------------


def test_everybody_who_said_so_hears_what_happened(
    cast: Cast, housing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = say(cast, words="They moved.")
    say(cast, "pastoral")
    corrections.answer(cast.actor("steward"), id, "put right", "Moved on 3 May, says the tenancy.")
    tell(cast, monkeypatch)
    for who in ("social_worker", "pastoral"):
        (text,) = told(cast, who)
        assert text.startswith("Answered: what you said is wrong about Amara")
        seen = corrections.look(cast.actor(who), id)
        assert (seen.answer, seen.reason) == ("put right", "Moved on 3 May, says the tenancy.")
        assert [saying.mine for saying in seen.sayings] == [True]
        assert "answer" not in seen.may
    assert not told(cast, "health_visitor")
    answered = corrections.of_source(cast.actor("steward"), "housing")
    assert (list(answered.waiting), [one.id for one in answered.rest]) == ([], [id])
    others = corrections.look(cast.actor("health_visitor"), id)
    assert (others.reason, list(others.sayings), others.answer) == ("", [], "put right")


def test_an_answer_is_given_once(cast: Cast, housing: str) -> None:
    id = say(cast)
    corrections.answer(cast.actor("steward"), id, "unknown")
    with pytest.raises(Conflict):
        corrections.answer(cast.actor("steward"), id, "right")
    assert say(cast) != id


def test_a_steward_who_lost_the_role_answers_nothing(cast: Cast, housing: str) -> None:
    id = say(cast)
    steward = cast.actor("steward")
    practitioners.end_role(cast.system, cast["steward"], "data steward", "source", housing)
    for ask in (
        lambda: corrections.answer(steward, id, "right"),
        lambda: corrections.look(steward, id),
        lambda: corrections.of_source(steward, "housing"),
    ):
        with pytest.raises((NotFound, NotAllowed)):
            ask()


def test_somebody_else_neither_sees_nor_answers(cast: Cast, housing: str) -> None:
    id = say(cast)
    for who in ("outsider", "administrator", "governance", "reporter", "police"):
        with pytest.raises(NotFound):
            corrections.look(cast.actor(who), id)
    for who in ("social_worker", "pastoral"):
        with pytest.raises(NotAllowed):
            corrections.answer(cast.actor(who), id, "right")


def test_what_is_overdue_is_told_once_and_stands_first(
    cast: Cast, housing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = say(cast)
    due = date.fromisoformat(waiting(cast)[0].due_on)
    after(cast, monkeypatch, days=(due - moment.day(cast.authority.store.now())).days)
    assert corrections.tell_overdue(cast.authority) == 0
    second = say(cast, fact="plan", kind="plan")
    after(cast, monkeypatch, days=1)
    assert corrections.tell_overdue(cast.authority) == 1
    assert corrections.tell_overdue(cast.authority) == 0
    tell(cast, monkeypatch)
    assert told(cast, "steward")[:1] == [
        "An answer is overdue: a line of Housing is said to be wrong"
    ]
    assert [(one.id, one.overdue) for one in waiting(cast)] == [(first, True), (second, False)]


def test_a_round_with_nothing_overdue_leaves_no_row(
    cast: Cast, housing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, id = cast.authority.store, say(cast)

    def take_back(tx: Tx) -> None:  # a difference whose load was undone since
        tx.change("UPDATE corrections SET load_number = 9 WHERE id = :id", id=id)
        tx.change("UPDATE correction_says SET what = 'differs' WHERE correction_id = :id", id=id)

    store.upkeep(take_back)
    after(cast, monkeypatch, days=30)
    assert corrections.tell_overdue(cast.authority) == 0
    assert not store.query("SELECT id FROM audit_events WHERE action = 'correction:overdue'")


# --- Hints --------------------------------------------------------------------------------------


def test_who_says_so_is_named_to_nobody_so_that_leaving_out_a_name_says_nothing(
    cast: Cast, housing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = say(cast, "sealed", words="They moved.")
    say(cast, words="They moved.")
    sealed, named = waiting(cast)[0].sayings
    assert replace(sealed, at="") == replace(named, at="")
    corrections.answer(cast.actor("steward"), id, "right")
    tell(cast, monkeypatch)
    assert len(told(cast, "sealed")) == 1
    assert "Brook" not in "".join(told(cast, "steward"))


def test_a_restricted_person_s_lines_reach_only_who_is_named(
    cast: Cast, housing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = say(cast)
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "Adopted", [cast["social_worker"]])
    tell(cast, monkeypatch)
    assert not told(cast, "steward")
    assert not told(cast, "administrator")
    assert not waiting(cast)
    for ask in (corrections.look, lambda actor, id: corrections.answer(actor, id, "right")):
        with pytest.raises(NotFound):
            ask(cast.actor("steward"), before)
    with pytest.raises(NotFound) as error:
        say(cast, fact="plan", kind="plan")
    assert error.value.sentence == corrections.NOBODY
    after(cast, monkeypatch, days=20)
    corrections.tell_overdue(cast.authority)
    tell(cast, monkeypatch)
    assert not told(cast, "steward")


def test_a_conflict_of_interest_closes_it_to_the_steward(cast: Cast, housing: str) -> None:
    practitioners.end_role(cast.system, cast["steward"], "data steward", "source", housing)
    practitioners.grant(cast.system, cast["outsider"], "data steward", "source", housing)
    id = say(cast)
    assert [one.id for one in waiting(cast, "outsider")] == [id]
    conflicts.declare(cast.actor("outsider"), cast["amara"])
    assert not waiting(cast, "outsider")
    with pytest.raises(NotFound):
        corrections.look(cast.actor("outsider"), id)


def test_a_protected_address_is_not_shown_to_a_steward_who_may_not_see_it(
    cast: Cast, housing: str
) -> None:
    say(cast, words="They are at 4 Hope Street.")
    say(cast, "pastoral", "name", kind="name", words="It is Okafor.")
    lead = cast.actor("social_worker")
    protections.protect(lead, cast["amara"], "threats", [cast["social_worker"]])
    where, name = sorted(waiting(cast), key=lambda one: one.kind)
    assert where.line is None
    assert [saying.words for saying in where.sayings] == [""]
    assert name.line
    assert (name.line.text, name.sayings[0].words) == ("Amara Okoro", "It is Okafor.")
    with pytest.raises(NotFound):
        say(cast, "pastoral", "address")


def test_a_school_is_not_named_where_a_location_is_protected(cast: Cast) -> None:
    store, lead = cast.authority.store, cast.actor("social_worker")
    school = feeds.add_feed(store, "school", cast["school"], name="St Bede's pupils")
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", school)
    name = feeds.say(
        store, school, "names", cast["amara"], kind="full", first="Amara", last="Okoro",
        first_key="amara", last_key="okoro",
    )  # fmt: skip
    protections.protect(lead, cast["amara"], "threats", [cast["social_worker"]])
    id = say(cast, "health_visitor", name, kind="name")
    for who, named in (("social_worker", True), ("health_visitor", False)):
        actor = cast.actor(who)
        shown = (
            corrections.look(actor, id),
            corrections.particulars(actor, cast["amara"]),
            corrections.subject(actor, cast["amara"], "name", name),
        )
        assert [("Bede" in str(one)) for one in shown] == [named] * 3


def test_a_sensitive_agency_s_line_is_answered_inside_it(cast: Cast, housing: str) -> None:
    store, sealed = cast.authority.store, cast.actor("sealed")
    line = feeds.say(
        store, housing, "involvements", cast["amara"], agency_id=cast["harbour"], kind="active",
        practitioner_id=cast["sealed"], role="Recovery", lead=0, asserted_by="other source",
    )  # fmt: skip
    with pytest.raises(NotFound) as error:
        say(cast, "sealed", line, kind="involvement")
    assert error.value.sentence == corrections.NOBODY
    with pytest.raises(NotFound) as error:
        say(cast, "social_worker", line, kind="involvement")
    assert error.value.sentence == corrections.NO_SUCH_LINE
    own = feeds.add_feed(store, "harbour", cast["harbour"])
    practitioners.grant(cast.system, cast["governance"], "data steward", "source", own)
    theirs = feeds.say(
        store, own, "involvements", cast["amara"], agency_id=cast["harbour"], kind="active",
        practitioner_id=cast["sealed"], role="Recovery", lead=0, asserted_by="agency",
    )  # fmt: skip
    id = say(cast, "sealed", theirs, kind="involvement")
    found = corrections.of_source(cast.actor("governance"), "harbour").waiting
    assert [one.id for one in found] == [id]
    assert corrections.look(sealed, id).sayings[0].mine
    for who in ("social_worker", "steward", "administrator"):
        with pytest.raises(NotFound):
            corrections.look(cast.actor(who), id)


def test_what_is_said_of_a_line_is_shown_to_who_sees_the_line(cast: Cast, housing: str) -> None:
    say(cast)
    say(cast, "sealed", "line", kind="involvement")
    both = {cast["address"], cast["line"]}
    for who in ("social_worker", "pastoral", "sealed"):
        assert set(people.look(cast.actor(who), cast["amara"]).wrong) == both
    outsider = cast.actor("outsider")
    assert not people.look(outsider, cast["amara"]).wrong
    people.give_purpose(outsider, cast["amara"], "enquiry")
    assert set(people.look(outsider, cast["amara"]).wrong) == {cast["line"]}
    lead = cast.actor("social_worker")
    protections.protect(lead, cast["amara"], "threats", [cast["social_worker"]])
    assert set(people.look(cast.actor("pastoral"), cast["amara"]).wrong) == {cast["line"]}


def test_a_relationship_is_said_to_be_wrong_on_both_pages(cast: Cast) -> None:
    lead = cast.actor("social_worker")
    kind = families.relate(lead, cast["jude"], kind="brother or sister", other_id=cast["rhea"])
    say(cast, "social_worker", kind, kind="family", person="rhea")
    for person in ("jude", "rhea"):
        assert set(people.look(lead, cast[person]).wrong) == {kind}
    with pytest.raises(NotFound):
        say(cast, "social_worker", kind, kind="family", person="amara")


def test_who_related_somebody_to_a_restricted_person_does_not_read_their_name(cast: Cast) -> None:
    related = families.relate(
        cast.actor("pastoral"), cast["amara"], kind="aunt or uncle", other_id=cast["jude"]
    )
    id = say(cast, "social_worker", related, kind="family")
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["jude"], "Adopted", [cast["social_worker"]])
    assert [one.id for one in corrections.mine(lead).rest] == [id]
    assert not corrections.mine(cast.actor("pastoral")).waiting
    with pytest.raises(NotFound):
        corrections.look(cast.actor("pastoral"), id)


# --- What stands on /sources --------------------------------------------------------------------


def figures(cast: Cast, who: str, code: str = "housing") -> tuple[int, int, int, int, int | None]:
    (one,) = [one for one in sources.overview(cast.actor(who)) if one.source.code == code]
    it = one.wrong
    return it.said, it.put_right, it.waiting, it.overdue, it.typical_days


def test_the_share_and_speed_of_corrections(
    cast: Cast, housing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert figures(cast, "steward") == (0, 0, 0, 0, None)
    for kind, fact in (("name", "name"), ("plan", "plan"), ("address", "address")):
        say(cast, fact=fact, kind=kind)
    say(cast, "pastoral")
    first, second, _ = waiting(cast)
    after(cast, monkeypatch, days=2)
    corrections.answer(cast.actor("steward"), first.id, "put right")
    after(cast, monkeypatch, days=2)
    corrections.answer(cast.actor("steward"), second.id, "right")
    assert figures(cast, "steward") == (3, 1, 1, 0, 3)
    after(cast, monkeypatch, days=10)
    for who in ("steward", "administrator"):
        assert figures(cast, who) == (3, 1, 1, 1, 3)
    after(cast, monkeypatch, days=360)
    assert figures(cast, "steward") == (0, 0, 1, 1, None)


def test_the_share_is_of_what_the_source_says_now() -> None:
    assert Figures().share == ""
    assert Figures(lines=0, said=1).share == ""
    assert Figures(lines=300, said=10).share == "3.3 in a hundred"
    assert Figures(lines=100_000, said=1).share == "fewer than 1 in a thousand"


def test_figures_do_not_count_who_must_not_be_known(cast: Cast, housing: str) -> None:
    say(cast)
    own = feeds.add_feed(cast.authority.store, "harbour", cast["harbour"])
    theirs = feeds.say(
        cast.authority.store, own, "involvements", cast["amara"], agency_id=cast["harbour"],
        practitioner_id=cast["sealed"], kind="active", role="R", lead=0, asserted_by="agency",
    )  # fmt: skip
    practitioners.grant(cast.system, cast["governance"], "data steward", "source", own)
    say(cast, "sealed", theirs, kind="involvement")
    assert figures(cast, "governance", "harbour")[0] == 1
    assert [one.source.code for one in sources.overview(cast.actor("administrator"))] == ["housing"]
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "Adopted", [cast["social_worker"]])
    for who in ("steward", "administrator"):
        assert figures(cast, who) == (0, 0, 0, 0, None)
