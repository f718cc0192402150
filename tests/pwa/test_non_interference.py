"""Non-interference: worlds that differ only in what is sealed or restricted read the same to others
(tests/twins says how it is shown)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.twins.acts import HIDDEN, OPEN, OTHERS, SEALED, UNNAMED, UNSHOWN
from tests.twins.closing import reveal
from tests.twins.drawing import Drawn, acts_of
from tests.twins.playing import Twins, play
from tests.twins.reached import NOT_REACHED, REACHED
from tests.twins.reading import ALWAYS, Reach, Statements, compare, listen
from tests.twins.worlds import Act, World
from tests.web import make_app


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Statements:
    return listen(monkeypatch)


# Whoever mends a leak reads the pages, not the shortest list of acts: to shrink one takes minutes.
SETTINGS = settings(
    max_examples=max(10, settings.default.max_examples // 20),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)


@given(
    acts=acts_of(*OPEN, *SEALED, *SEALED),
    who=st.sampled_from(OTHERS),
    part=st.integers(0, 9),
)
@SETTINGS
def test_what_is_sealed_changes_nothing_for_others(
    twins: Twins, ran: Statements, acts: Drawn, who: str, part: int
) -> None:
    compare(twins, ran, acts, who, some_of(part))


@given(
    acts=acts_of(*OPEN, *HIDDEN, *HIDDEN),
    who=st.sampled_from(UNNAMED),
    part=st.integers(0, 9),
)
@SETTINGS
def test_what_is_restricted_changes_nothing_for_who_is_not_named(
    twins: Twins, ran: Statements, acts: Drawn, who: str, part: int
) -> None:
    compare(twins, ran, acts, who, some_of(part))


def some_of(part: int) -> Reach:
    """A tenth of the addresses, and some of what they lead to."""
    return Reach(lambda one: one in ALWAYS or len(one) % 10 == part, each=2, posts=1, most=60)


@given(
    hidden=st.sampled_from((SEALED, HIDDEN)),
    who=st.sampled_from(UNNAMED),
    part=st.integers(0, 9),
    data=st.data(),
)
@settings(SETTINGS, max_examples=max(3, settings.default.max_examples // 60))
def test_nor_is_there_anything_to_tell_on_postgresql(
    twins_on: Callable[[str], Twins],
    ran: Statements,
    hidden: Sequence[Act],
    who: str,
    part: int,
    data: st.DataObject,
) -> None:
    acts = data.draw(acts_of(*OPEN, *hidden, *hidden))
    compare(twins_on("postgres"), ran, acts, who, some_of(part))


@pytest.mark.parametrize("who", OTHERS)
def test_every_address_reads_the_same_to_each_of_the_others(
    twins: Twins, ran: Statements, who: str
) -> None:
    """Everything that can be hidden from somebody happens, and every page is opened."""
    hidden = SEALED if who == "social_worker" else (*SEALED, *HIDDEN)
    acts = [(act, number) for number, act in enumerate((*OPEN, *hidden, *OPEN, *hidden))]
    found = compare(twins, ran, acts, who, Reach(each=3, posts=1), often=True)
    reached = {answer.endpoint for answer in found.values() if answer.status in (200, 302, 303)}
    assert len(reached) > 25
    assert REACHED.get(who, frozenset()) <= reached


def test_who_reveals_themselves_reveals_nothing_else_that_they_do(
    twins: Twins, ran: Statements
) -> None:
    """Nor who covers for them."""
    acts = [(act, seed) for seed, act in enumerate((reveal, *UNSHOWN, *UNSHOWN))]
    reach = Reach(lambda one: one in ALWAYS, each=2, posts=1, most=40)
    found = compare(twins, ran, acts, "social_worker", reach)
    assert any("Sil Brook" in answer.text for answer in found.values())


def test_it_is_said_of_every_address_who_reaches_it(cast: Cast) -> None:
    said = [name for each in (REACHED, NOT_REACHED) for names in each.values() for name in names]
    assert sorted(said) == sorted({rule.endpoint for rule in make_app(cast).url_map.iter_rules()})


def test_everything_that_is_to_be_hidden_can_happen(twins: Twins) -> None:
    """An act that is always refused would show nothing."""
    wanted = {*OPEN, *SEALED, *HIDDEN}
    done: set[Act] = set()
    for seed in range(30):
        if done >= wanted:
            break
        each = [*OPEN, *SEALED, *HIDDEN]
        Random(seed).shuffle(each)
        acts = [(act, seed + number) for number, act in enumerate(each)]
        with twins.copy("all", World) as world:
            done |= play(world, acts, hidden=True)
    assert done >= wanted
