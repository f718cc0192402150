"""Another system in tests: a token of an agency of the cast, and the actor that it stands for."""

from __future__ import annotations

from collections.abc import Sequence

from api.moment import new_id
from api.record.notes import NewNote
from api.staff import tokens
from api.trust.actor import Actor
from tests.cast import Cast


def make(
    cast: Cast,
    agency: str = "school",
    scopes: Sequence[str] = tuple(tokens.SCOPES),
    *,
    name: str = "Case system",
    days: int = 30,
) -> tokens.Made:
    """Make a token on the command line."""
    return tokens.make(
        cast.system,
        agency_id=cast[agency],
        name=name,
        scopes=scopes,
        purpose="enquiry",
        days=days,
    )


def actor(
    cast: Cast, agency: str = "school", scopes: Sequence[str] = tuple(tokens.SCOPES)
) -> Actor:
    """Sign a system in."""
    found = tokens.resume(cast.authority, make(cast, agency, scopes).secret)
    assert found
    return found


def worry(cast: Cast, *about: str) -> NewNote:
    """A note as a system sends one."""
    saw = "No coat again today, and it was raining."
    return NewNote(id=new_id(), kind="worry", people=[cast[name] for name in about], saw=saw)
