"""Where facts come from: the feeds of other systems, and practitioners themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from api import access
from api.errors import Conflict, Invalid, NotFound
from api.facts import mapping
from api.moment import new_id
from api.store import Tx
from api.store import sources as stored
from api.store.sources import Source
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["NewSource", "Source", "add", "every", "practitioners", "require"]

PRACTITIONERS = "practitioners"


@dataclass(frozen=True)
class NewSource:
    """A feed from another system. `mapping` is the text of a mapping (`mapping.shipped(name)`).

    `agency_id` is whose system it is: only an agency's own feed admits its staff to a circle.
    `makes_people` trusts the source to say that a person exists.
    """

    code: str
    name: str
    mapping: str
    agency_id: str | None = None
    owner: str = ""
    justification: str = ""
    legal_basis: str = ""
    coverage: str = ""
    report_every_days: int | None = None
    makes_people: bool = False


def practitioners(tx: Tx) -> str:
    """Give the id of the source of everything that is asserted by hand; make it the first time.

    Its load is 0 for good, so that what a practitioner says stands at once (since_load 0).
    """
    found = stored.by_code(tx, PRACTITIONERS)
    if found:
        return found.id
    source = Source(
        id=new_id(),
        code=PRACTITIONERS,
        name="Practitioners",
        kind="practitioners",
        agency_id=None,
        owner="The authority",
        justification="What practitioners know and say about the people they work with.",
        legal_basis="Children Act 2004, sections 10 and 11",
        coverage="Whoever a practitioner works with",
        report_every_days=None,
        makes_people=True,
        mapping="",
        current_load=0,
        reported_at=None,
        made_at=tx.now,
    )
    stored.add(tx, source)
    return source.id


def add(actor: Actor, source: NewSource) -> str:
    """Add a feed and give its id. An administrator may, and the command line.

    Raises Invalid for a mapping that cannot be used, Conflict for a code that is taken.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", source.code):
        raise Invalid("A code is small letters, figures and hyphens.", "code")
    if not source.name.strip():
        raise Invalid("Give the source a name.", "name")
    plans = set(mapping.parse(source.mapping).plans.values())

    def change(tx: Tx) -> str:
        _require_administrator(tx, actor)
        unknown = plans - stored.plan_kinds(tx)
        if unknown:
            kinds = ", ".join(sorted(unknown))
            raise Invalid(
                f"The mapping speaks of plans that are not kept here: {kinds}.", "mapping"
            )
        if stored.by_code(tx, source.code):
            raise Conflict(f"There is a source {source.code} already.")
        if source.makes_people and stored.is_sensitive(tx, source.agency_id):
            raise Invalid("A sensitive agency's source does not say who exists.", "makes_people")
        new = Source(
            id=new_id(),
            kind="feed",
            current_load=0,
            reported_at=None,
            made_at=tx.now,
            **vars(source),
        )
        stored.add(tx, new)
        audit.allowed(tx, actor, Action.SOURCE_CHANGED, object=new.id, reason="added")
        return new.id

    return actor.store.write(change)


def every(actor: Actor) -> list[Source]:
    """Give all sources by name, to an administrator, a governance lead or the command line."""

    def looking(tx: Tx) -> list[Source]:
        if not actor.is_system:
            me = access.who(tx, actor)
            if not (
                access.may_run_agencies(me) or access.holds(me, "governance lead", "authority")
            ):
                raise access.refuse(
                    tx,
                    actor,
                    Action.SOURCES_LOOKED,
                    "no administrator",
                    "Only an administrator or a governance lead sees the sources.",
                )
        audit.allowed(tx, actor, Action.SOURCES_LOOKED)
        return stored.every(tx)

    return actor.store.look(looking)


def require(
    tx: Tx, actor: Actor, code: str, action: Action, *, administrators: bool = True
) -> Source:
    """Give a feed to who may load it: its data steward, an administrator, or the command line.
    Without `administrators`, who see nobody's record, to who may read its rows."""
    source = stored.by_code(tx, code)
    if not actor.is_system:
        me = access.who(tx, actor)
        steward = source is not None and access.holds(me, "data steward", source.id)
        if not (steward or (administrators and access.may_run_agencies(me))):
            raise access.refuse(
                tx, actor, action, "not its data steward", "Only its data steward may do this."
            )
    if source is None or source.kind != "feed":
        audit.refused(tx, actor, action, reason="no such source")
        raise NotFound(f"There is no feed {code}.")
    return source


def _require_administrator(tx: Tx, actor: Actor) -> None:
    if not actor.is_system and not access.may_run_agencies(access.who(tx, actor)):
        raise access.refuse(
            tx,
            actor,
            Action.SOURCE_CHANGED,
            "no administrator",
            "Only an administrator can add a source.",
        )
