"""What strangers may post in place of a delivery: values of every kind that JSON has, and some more."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

# Text as no keyboard makes it, halves of a surrogate pair and NUL with it.
short = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["\0", "\ud800", "\udfff x", "\uff19" * 5, "²", "-1", "1e400", "NaN", "\u202e"]
)
# More digits than Python reads as a number; more letters than a field holds.
texts = short | st.sampled_from(["9" * 4400, "x" * 5_001])
numbers = st.integers() | st.floats() | st.sampled_from([2**53, 2**64, -1, 10**400])
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(short, inner, max_size=3),
    max_leaves=8,
)

# The members of a delivery, and those of the envelope in it.
MEMBERS = ("envelope", "clock", "count", "signature", "passkey")
SAID = ("v", "origin", "enrolment", "author", "kind", "number", "id", "key", "sealed")
