"""Random lists of acts, as hypothesis draws them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.twins.worlds import Act


class Drawn(tuple[tuple[Act, int], ...]):
    """Acts with their seeds, in order; named shortly where a test fails."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "; ".join(f"{act.__name__} {seed}" for act, seed in self)


def acts_of(*kinds: Act, least: int = 4, most: int = 14) -> st.SearchStrategy[Drawn]:
    """Some of these acts, in any order."""
    one = st.tuples(st.sampled_from(kinds), st.integers(0, 2**16))
    return st.lists(one, min_size=least, max_size=most).map(Drawn)


def each(*kinds: Act, times: int = 1) -> Drawn:
    """Each of these acts so often, one after the other."""
    return Drawn((act, seed) for seed, act in enumerate(kinds * times))
