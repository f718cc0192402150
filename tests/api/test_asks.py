"""Asking the circle: whom it reaches, who answers how, and that who asked learns of no sealed service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.record import asks, conflicts, involvements, people, protections, relay, revealing
from api.record.asks import Ask
from api.telling import inbox, outbox
from tests.api.test_relay import without_ids
from tests.api.test_revealing import OTHERS, sees, shown
from tests.cast import Cast
from tests.trail import last_event

LEAD = "social_worker"
# Tomorrow's, so that it is after the cast was founded.
NOON = datetime.now(UTC).replace(hour=12, minute=20, second=0, microsecond=0) + timedelta(days=1)
BASIS = {"basis": "welfare", "reason": "She asked who else is there."}


def at(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: NOON + timedelta(**span)


def asked(cast: Cast, who: str = LEAD, words: str = "Who knows her father?") -> str:
    return asks.ask(cast.actor(who), cast["amara"], words)


def mine(cast: Cast, who: str = LEAD) -> Ask:
    [ask] = [one for one in asks.of(cast.actor(who), cast["amara"]).asks if one.mine]
    return ask


def told(cast: Cast, who: str) -> list[str]:
    return [item.text for item in inbox.list_items(cast.actor(who)).items]


@pytest.fixture
def noon(cast: Cast) -> Cast:
    """The cast twenty minutes after noon."""
    at(cast)
    return cast


def test_everybody_in_the_circle_is_asked_the_sealed_too_and_nobody_else(noon: Cast) -> None:
    asked(noon)
    at(noon, seconds=11)
    outbox.fan_out(noon.authority)
    sentence = (
        "You are asked to ring about Amara Okafor, by Jo Marsh (Westhaven Children's Social Care)"
    )
    for who in ("pastoral", "health_visitor", "sealed"):
        assert told(noon, who) == [sentence]
        item = inbox.list_items(noon.actor(who)).items[0]
        assert inbox.open_item(noon.actor(who), item.id).ask
    assert not any(told(noon, who) for who in OTHERS if who not in ("pastoral", "health_visitor"))


def test_the_ask_says_who_asks_and_how_to_reach_them(noon: Cast) -> None:
    asked(noon)
    [ask] = asks.of(noon.actor("sealed"), noon["amara"]).asks
    assert (ask.name, ask.phone, ask.words) == ("Jo Marsh", "07700 900100", "Who knows her father?")
    words = noon.authority.store.query("SELECT sealed FROM words")
    assert not any(b"her father" in bytes(word["sealed"]) for word in words)
    assert last_event(noon, "circle:asked")["subjects"] == [noon["amara"]]


# --- Whether or not a sealed service is there -------------------------------------------------------


def test_who_asks_reads_the_same_whether_or_not_a_sealed_service_is_there(noon: Cast) -> None:
    """Asked with one in the circle, told, read and left unanswered; and asked with none."""
    found = []
    for sealed in (True, False):
        if not sealed:
            lines = people.look(noon.actor("sealed"), noon["amara"]).circle
            own = next(line for line in lines if line.name == "Sil Brook")
            involvements.end(noon.actor("sealed"), own.id)
        ask_id = asked(noon)
        outbox.fan_out(noon.authority)
        if sealed:
            asks.of(noon.actor("sealed"), noon["amara"])
        at(noon, hours=2)
        found.append({who: without_ids(shown(noon, who)["asks"]) for who in OTHERS})
        asks.end(noon.actor(LEAD), ask_id)
        at(noon)
    assert found[0] == found[1]
    assert "Jo Marsh" in found[0][LEAD]


@pytest.mark.parametrize("words", ["", "I know him well."])
def test_an_answer_through_the_relay_reads_the_same_whoever_gave_it(noon: Cast, words: str) -> None:
    found = []
    for who in ("pastoral", "sealed", "sealed_supervisor", "health_visitor"):
        ask_id = asked(noon)
        made = asks.answer(noon.actor(who), ask_id, "relay", words)
        at(noon, hours=1)
        outbox.fan_out(noon.authority)
        [answer] = mine(noon).answers
        assert (answer.named, answer.name, answer.phone) == (False, "", "")
        assert answer.at == NOON.date().isoformat()
        others = [one for one in OTHERS if one != who]
        found.append(
            {one: without_ids((shown(noon, one)["asks"], told(noon, one)[:1])) for one in others}
        )
        asks.take_back(noon.actor(who), made)
        asks.end(noon.actor(LEAD), ask_id)
        at(noon)
    for one in OTHERS:
        assert len({by[one] for by in found if one in by}) == 1


def test_through_the_relay_it_is_passed_on_at_the_full_hour(noon: Cast) -> None:
    ask_id = asked(noon)
    asks.answer(noon.actor("sealed"), ask_id, "relay")
    asks.answer(noon.actor("pastoral"), ask_id, "named", "Ring me after three.")
    at(noon, minutes=39)
    outbox.fan_out(noon.authority)
    assert [one.named for one in mine(noon).answers] == [True]
    answered = "Answered: what you asked everyone who supports Amara Okafor"
    assert told(noon, LEAD) == [answered]
    at(noon, minutes=40)
    outbox.fan_out(noon.authority)
    assert sorted(one.named for one in mine(noon).answers) == [False, True]
    assert told(noon, LEAD) == [answered, answered]


def test_the_general_number_reaches_who_answered_through_the_relay(noon: Cast) -> None:
    asks.answer(noon.actor("sealed"), asked(noon), "relay")
    at(noon, hours=1)
    [answer] = mine(noon).answers
    relay.pass_on(noon.actor("duty"), answer.reference, "Jo Marsh", "07700 900100")
    [call] = relay.calls(noon.actor("sealed")).calls
    assert (call.name, call.about) == ("Jo Marsh", "Amara Okafor")


# --- By name ----------------------------------------------------------------------------------------


def test_by_name_who_asked_reads_who_and_nobody_else_does(noon: Cast) -> None:
    ask_id = asked(noon)
    asks.answer(noon.actor("pastoral"), ask_id, "named", "Ring me after three.")
    [answer] = mine(noon).answers
    assert (answer.name, answer.words) == ("Pat Osei", "Ring me after three.")
    for who in ("health_visitor", "supervisor", "sealed"):
        assert "after three" not in repr(shown(noon, who))


def test_by_name_from_a_sealed_service_it_reveals_them_to_who_asked_on_a_basis(noon: Cast) -> None:
    ask_id, worker = asked(noon), noon.actor("sealed")
    for field in ("basis", "reason"):
        with pytest.raises(Invalid) as error:
            asks.answer(worker, ask_id, "named", **{**BASIS, field: ""})
        assert error.value.field == field
    made = asks.answer(worker, ask_id, "named", "Ring me.", **BASIS)
    assert mine(noon).answers[0].name == "Sil Brook"
    assert [who for who in ("social_worker", "pastoral", "supervisor") if sees(noon, who)] == [LEAD]
    asks.take_back(worker, made)
    assert mine(noon).answers == []
    assert not sees(noon, LEAD)


@pytest.mark.parametrize("back", ["answer", "reveal"])
def test_taken_back_a_sealed_answer_by_name_leaves_no_trace(noon: Cast, back: str) -> None:
    ask_id, worker = asked(noon), noon.actor("sealed")
    at(noon, seconds=11)
    outbox.fan_out(noon.authority)
    for who in OTHERS:
        shown(noon, who)
    before = {who: shown(noon, who) for who in OTHERS}
    made = asks.answer(worker, ask_id, "named", **BASIS)
    at(noon, seconds=30)
    outbox.fan_out(noon.authority)
    assert len(told(noon, LEAD)) == 1
    if back == "answer":
        asks.take_back(worker, made)
    else:
        [reveal] = revealing.of(worker, noon["amara"]).standing
        revealing.take_back(worker, reveal.id)
    for who in OTHERS:
        assert shown(noon, who) == before[who]


def test_taking_an_answer_back_leaves_what_was_revealed_before(noon: Cast) -> None:
    worker = noon.actor("sealed")
    revealing.reveal(worker, noon["amara"], revealing.CIRCLE, **BASIS)
    at(noon, seconds=5)
    made = asks.answer(worker, asked(noon), "named")
    asks.take_back(worker, made)
    assert sees(noon, LEAD)


def test_a_sealed_supervisor_answers_unnamed_only(noon: Cast) -> None:
    ask_id = asked(noon)
    with pytest.raises(NotAllowed):
        asks.answer(noon.actor("sealed_supervisor"), ask_id, "named", **BASIS)
    assert asks.answer(noon.actor("sealed_supervisor"), ask_id, "relay")


# --- Who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["outsider", "duty", "sealed", "sealed_supervisor"])
def test_neither_who_is_outside_nor_a_sealed_service_asks(noon: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        asked(noon, who)


@pytest.mark.parametrize("who", ["outsider", "duty", "administrator", "governance"])
def test_who_is_outside_neither_reads_nor_answers(noon: Cast, who: str) -> None:
    ask_id = asked(noon)
    with pytest.raises((NotAllowed, NotFound)):
        asks.of(noon.actor(who), noon["amara"])
    with pytest.raises((NotAllowed, NotFound)):
        asks.answer(noon.actor(who), ask_id, "relay")


def test_one_asks_once_at_a_time_and_answers_once(noon: Cast) -> None:
    ask_id = asked(noon)
    with pytest.raises(Conflict):
        asked(noon)
    with pytest.raises(NotAllowed):
        asks.answer(noon.actor(LEAD), ask_id, "named")
    asks.answer(noon.actor("pastoral"), ask_id, "relay")
    with pytest.raises(Conflict):
        asks.answer(noon.actor("pastoral"), ask_id, "named")
    assert asked(noon, "health_visitor")


@pytest.mark.parametrize("how", ["ended", "four weeks", "left the circle"])
def test_what_is_not_asked_any_more_is_shown_and_answered_by_nobody(noon: Cast, how: str) -> None:
    ask_id = asked(noon, "health_visitor")
    asks.answer(noon.actor("pastoral"), ask_id, "named")
    at(noon, seconds=11)
    outbox.fan_out(noon.authority)
    if how == "ended":
        with pytest.raises(NotFound):
            asks.end(noon.actor("pastoral"), ask_id)
        asks.end(noon.actor("health_visitor"), ask_id)
    elif how == "four weeks":
        at(noon, days=28)
    else:
        lines = people.look(noon.actor(LEAD), noon["amara"]).circle
        own = next(line for line in lines if line.name == "Hana Vale")
        involvements.end(noon.actor(LEAD), own.id)
    assert asks.of(noon.actor("sealed"), noon["amara"]).asks == []
    with pytest.raises(NotFound):
        asks.answer(noon.actor("sealed"), ask_id, "relay")
    if how != "left the circle":
        assert told(noon, "sealed") == []


def test_only_who_answered_takes_it_back(noon: Cast) -> None:
    made = asks.answer(noon.actor("pastoral"), asked(noon), "named")
    for who in (LEAD, "sealed", "safeguarding"):
        with pytest.raises(NotFound):
            asks.take_back(noon.actor(who), made)
    assert mine(noon).answers


def test_where_a_child_is_stays_hidden(noon: Cast) -> None:
    asked(noon, "pastoral")
    ask_id = asked(noon)
    asks.answer(noon.actor("pastoral"), ask_id, "named")
    asks.end(noon.actor(LEAD), ask_id)
    again = asked(noon, "health_visitor")
    asks.answer(noon.actor("pastoral"), again, "named")
    protections.protect(noon.actor(LEAD), noon["amara"], "Her father", [noon[LEAD]])
    found = asks.of(noon.actor("health_visitor"), noon["amara"])
    assert "St Bede's" not in repr(found)
    assert "01632 960000" in repr(found)
    assert "St Bede's" in repr(asks.of(noon.actor(LEAD), noon["amara"]))


def test_a_conflict_of_interest_closes_it(noon: Cast) -> None:
    ask_id = asked(noon)
    conflicts.declare(noon.actor("pastoral"), noon["amara"])
    with pytest.raises(NotFound):
        asks.answer(noon.actor("pastoral"), ask_id, "relay")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("voice", {"voice": "own service"}),
        ("voice", {"voice": ""}),
        ("words", {"words": "x" * 501}),
    ],
)
def test_what_cannot_be_taken_names_its_field(noon: Cast, field: str, said: dict[str, str]) -> None:
    ask_id = asked(noon)
    with pytest.raises(Invalid) as error:
        asks.answer(noon.actor("pastoral"), ask_id, **{"voice": "named", **said})
    assert error.value.field == field
