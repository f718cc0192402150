"""What another system hears: what happened to its agency's own rows, ids and no words.

Whoever goes on from the cursor of the last answer misses nothing and hears nothing twice: events have
numbers that are given after their commit, in one order. A cursor is such a number, encrypted, and good
for the tokens of one system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.store import Store, Tx
from api.store import happenings as stored
from api.store import people as stored_people
from api.store import tokens as stored_tokens
from api.store.happenings import Happening
from api.telling import cursors
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = [
    "Happening",
    "Page",
    "after",
    "in_order",
    "involvement_changed",
    "note_taken_back",
    "records_linked",
    "to_be_filed",
]

PAGE = 100


@dataclass(frozen=True)
class Page:
    """Some of what happened, in order. `cursor` goes on after it; `more` where there is more now."""

    events: Sequence[Happening]
    cursor: str
    more: bool


def involvement_changed(tx: Tx, agency_id: str, person_id: str, involvement_id: str) -> None:
    """Let an agency's systems hear that a line of theirs is new, changed, confirmed or ended."""
    stored.add(tx, agency_id, "involvement changed", person_id, involvement_id=involvement_id)


def records_linked(tx: Tx, person_id: str, *, undone: bool = False) -> None:
    """Let the systems of who supports a person hear that this record was found to be somebody who is
    here under another id too, or that this was taken back."""
    identity = stored_people.identity(tx, person_id) or person_id
    for agency in stored.supporting(tx, identity):
        stored.add(tx, agency, "records unlinked" if undone else "records linked", person_id)


def to_be_filed(tx: Tx, agency_id: str, source_id: str, filing_id: str, person_id: str) -> None:
    """Let one system hear that somebody files a note into it."""
    stored.add(
        tx, agency_id, "note to be filed", person_id, filing_id=filing_id, source_id=source_id
    )


def note_taken_back(tx: Tx, note_id: str) -> None:
    """Let the systems that were given a note hear that it was withdrawn, or is on the wrong person."""
    for one in stored.given_to(tx, note_id):
        stored.add(
            tx,
            one.agency_id,
            "filed note taken back",
            one.person_id,
            filing_id=one.filing_id,
            source_id=one.source_id,
        )


def in_order(store: Store) -> None:
    """Give what has just happened its numbers. Outside a transaction."""
    while stored.is_waiting(store):
        store.upkeep(stored.number)


def after(actor: Actor, cursor: str = "", limit: int = PAGE) -> Page:
    """Give what happened after a cursor, or from the beginning. Raises Invalid for what is no cursor
    of this system, NotAllowed."""
    in_order(actor.store)

    def looking(tx: Tx) -> Page:
        me = access.require_scope(tx, actor, "events:read", Action.EVENTS_LOOKED)
        token = stored_tokens.find(tx, actor.id)
        source = token.source_id if token else ""
        last = cursors.unseal(tx, actor.authority, source, cursor)
        found = stored.after(tx, me, source, last, limit + 1)
        shown = found[:limit]
        subjects = stored_people.identities(tx, [one.person_id for one in shown])
        audit.allowed(tx, actor, Action.EVENTS_LOOKED, subjects=subjects)
        place = cursors.seal(tx, actor.authority, source, shown[-1].number if shown else last)
        return Page(shown, place, len(found) > limit)

    return actor.store.look(looking)
