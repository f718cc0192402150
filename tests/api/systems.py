"""Another system in tests: a token of an agency of the cast, and the actor that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from api import moment
from api.moment import new_id
from api.record import filings, notes, receipts
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


def filed(cast: Cast, secret: str) -> str:
    """Let the school's pastoral lead file a note into the system of a token, and the system fetch it;
    give the filing's id."""
    note = cast.worry("social_worker", "amara").note_ids[0]
    at = moment.parse(cast.authority.store.now()) + timedelta(seconds=11)
    cast.authority.store.clock = lambda: at
    (place,) = notes.read(cast.actor("pastoral"), note).systems
    filings.file(cast.actor("pastoral"), note, place.id, 1)
    system = tokens.resume(cast.authority, secret)
    assert system
    return receipts.fetch(system).filings[0].id
