"""Non-interference: worlds that differ only in what is sealed or restricted read the same to others
(tests/twins says how it is shown)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.twins.acts import HIDDEN, OPEN, OTHERS, SEALED, UNNAMED, seal_mark
from tests.twins.playing import Twins, play
from tests.twins.reading import Statements, compare, listen
from tests.twins.worlds import Act


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Statements:
    return listen(monkeypatch)


def acts_of(*kinds: Act) -> st.SearchStrategy[list[tuple[Act, int]]]:
    one = st.tuples(st.sampled_from(kinds), st.integers(0, 2**16))
    return st.lists(one, min_size=4, max_size=14)


# Whoever mends a leak reads the pages, not the shortest list of acts: to shrink one takes minutes.
SETTINGS = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)

# The pages on which the most comes together are opened each time.
ALWAYS = ("/", "/inbox", "/children/<uuid:person_id>", "/children/<uuid:person_id>/timeline")


@given(
    acts=acts_of(*OPEN, *SEALED, *SEALED),
    who=st.sampled_from(OTHERS),
    part=st.integers(0, 9),
)
@SETTINGS
def test_what_is_sealed_changes_nothing_for_others(
    twins: Twins, ran: Statements, acts: list[tuple[Act, int]], who: str, part: int
) -> None:
    compare(twins, ran, acts, who, lambda one: one in ALWAYS or len(one) % 10 == part)


@given(
    acts=acts_of(*OPEN, *HIDDEN, *HIDDEN),
    who=st.sampled_from(UNNAMED),
    part=st.integers(0, 9),
)
@SETTINGS
def test_what_is_restricted_changes_nothing_for_who_is_not_named(
    twins: Twins, ran: Statements, acts: list[tuple[Act, int]], who: str, part: int
) -> None:
    compare(twins, ran, acts, who, lambda one: one in ALWAYS or len(one) % 10 == part)


@pytest.mark.parametrize("who", OTHERS)
def test_every_address_reads_the_same_to_each_of_the_others(
    twins: Twins, ran: Statements, who: str
) -> None:
    """Everything that can be hidden from somebody happens, and every page is opened."""
    hidden = SEALED if who == "social_worker" else (*SEALED, *HIDDEN)
    acts = [(act, number) for number, act in enumerate((*OPEN, *hidden, *OPEN, *hidden))]
    found = compare(twins, ran, acts, who, lambda _: True)
    opened = [key for key, (text, _) in found.items() if text.startswith("200")]
    assert len(opened) > (15 if who in ("steward", "reporter", "night_duty") else 30)


def test_everything_that_is_to_be_hidden_can_happen(twins: Twins) -> None:
    """An act that is always refused would show nothing."""
    acts = [
        (act, number)
        for number, act in enumerate((*OPEN, *[seal_mark] * 9, *SEALED, *HIDDEN, *OPEN))
    ]
    with twins.copy("all") as world:
        assert play(world, acts, hidden=True) == {*OPEN, *SEALED, *HIDDEN}
