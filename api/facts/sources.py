"""Where facts come from: the feeds of other systems, and practitioners themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api import access, moment
from api.errors import Conflict, Invalid, NotFound
from api.facts import mapping
from api.moment import new_id
from api.staff import guards
from api.store import Tx
from api.store import corrections as stored_corrections
from api.store import decisions as stored_decisions
from api.store import loads as stored_loads
from api.store import sources as stored
from api.store import waiting as stored_waiting
from api.store.access import Me
from api.store.corrections import Figures
from api.store.loads import LoadLine
from api.store.sources import Source
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

PRACTITIONERS = "practitioners"

# Who has not reported for so many of its intervals is not late any more: it is silent.
SILENT_AFTER = 3
OLDEST = 130
HISTORY = 50


@dataclass(frozen=True, kw_only=True)
class Description:
    """What can be said anew about a source. Ages and dates are half-open, as of `Source`."""

    name: str
    owner: str = ""
    justification: str = ""
    legal_basis: str = ""
    coverage: str = ""
    report_every_days: int | None = None
    missing_share: int = 20
    area: str = ""
    ages_from: int | None = None
    ages_to: int | None = None
    covers_from: str | None = None
    covers_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewSource(Description):
    """A feed from another system. `mapping` is the text of a mapping (`mapping.shipped(name)`).

    `agency_id` is whose system it is: only an agency's own feed admits its staff to a circle.
    `makes_people` trusts the source to say that a person exists.
    """

    code: str
    mapping: str
    agency_id: str | None = None
    makes_people: bool = False


@dataclass(frozen=True)
class Freshness:
    """How fresh a source is now: "fresh", "late", "silent", "new" (it has never reported), or "" where
    nothing says how often it reports. `since` is the day on which it last reported."""

    state: str
    since: str | None


@dataclass(frozen=True)
class Overview:
    """A source as its steward, an administrator or a governance lead sees it: nobody's data."""

    source: Source
    agency: str
    sensitive: bool
    steward: bool
    freshness: Freshness
    last: LoadLine | None
    waiting: int
    doubtful: int
    may_load: bool
    died: bool
    wrong: Figures
    history: Sequence[LoadLine] = ()

    @property
    def covers(self) -> str:
        """Whom the source covers, in one line."""
        return coverage(self.source)

    @property
    def pending(self) -> LoadLine | None:
        """The load that runs now, or waits for a yes."""
        return self.last if self.last and self.last.state == "staging" else None


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
    _check(source)
    read = mapping.parse(source.mapping)
    plans = set(read.plans.values())

    def change(tx: Tx) -> str:
        guards.run_agencies(tx, actor, Action.SOURCE_CHANGED)
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
            involves=read.involvement is not None,
            **vars(source),
        )
        stored.add(tx, new)
        audit.allowed(tx, actor, Action.SOURCE_CHANGED, object=new.id, reason="added")
        return new.id

    return actor.store.write(change)


def change(actor: Actor, code: str, said: Description) -> None:
    """Describe a feed anew: whose it is, what it covers, how often it reports. Its data steward may,
    an administrator where it is not sensitive, and the command line. Raises Invalid."""
    _check(said)

    def changing(tx: Tx) -> None:
        source = require(tx, actor, code, Action.SOURCE_CHANGED)
        stored.change(tx, source, vars(said))
        audit.allowed(tx, actor, Action.SOURCE_CHANGED, object=source.id, reason="described")

    actor.store.write(changing)


def freshness(source: Source, today: date) -> Freshness:
    """Say how fresh a source is today."""
    if source.reported_at is None:
        return Freshness("new", None)
    since = moment.day(source.reported_at)
    state = "fresh" if source.report_every_days else ""
    days = (today - since).days
    if source.report_every_days and days > source.report_every_days:
        state = "late" if days <= SILENT_AFTER * source.report_every_days else "silent"
    return Freshness(state, since.isoformat())


def coverage(source: Source) -> str:
    """Say whom a source covers, in one line."""
    said = [source.coverage, source.area, ages(source), dates(source)]
    return "; ".join(one for one in said if one)


def ages(source: Source) -> str:
    """Say which ages a source covers: "from 4, until 20"; "" where it says nothing of them."""
    return _span(source.ages_from, source.ages_to, "from {}", "until {}", "ages ")


def dates(source: Source) -> str:
    """Say from which day until which a source covers what happened; "" where it does not say."""
    days = [spoken(day) if day else None for day in (source.covers_from, source.covers_to)]
    return _span(days[0], days[1], "from {}", "until {}", "")


def _span(start: object, end: object, first: str, last: str, what: str) -> str:
    said = [form.format(one) for form, one in ((first, start), (last, end)) if one is not None]
    return what + " ".join(said) if said else ""


def spoken(day: str) -> str:
    """Say an ISO date as people do: "2 November 2026"."""
    found = date.fromisoformat(day)
    return f"{found.day} {found:%B %Y}"


def overview(actor: Actor) -> list[Overview]:
    """Give the feeds by name: a data steward's own; all that are not sensitive to an administrator
    or a governance lead. Raises NotAllowed for anybody else."""

    def looking(tx: Tx) -> list[Overview]:
        me = _require_sight(tx, actor)
        audit.allowed(tx, actor, Action.SOURCES_LOOKED)
        return [one for one in _overviews(tx, me) if _shown(me, one)]

    return actor.store.look(looking)


def look(actor: Actor, code: str) -> Overview:
    """Give one feed with the history of its loads. Raises NotFound for what the actor must not see."""

    def looking(tx: Tx) -> Overview:
        me = _require_sight(tx, actor)
        found = [one for one in _overviews(tx, me, code) if _shown(me, one)]
        if not found:
            audit.refused(tx, actor, Action.SOURCES_LOOKED, reason="no such source")
            raise NotFound("There is no such source here.")
        audit.allowed(tx, actor, Action.SOURCES_LOOKED, object=found[0].source.id)
        return found[0]

    return actor.store.look(looking)


def _require_sight(tx: Tx, actor: Actor) -> Me | None:
    if actor.is_system:
        return None
    me = access.who(tx, actor)
    if not (access.may_see_sources(me) or any(role == "data steward" for role, _ in me.roles)):
        raise access.refuse(
            tx,
            actor,
            Action.SOURCES_LOOKED,
            "neither steward nor administrator",
            "Only data stewards, administrators and governance leads see the sources.",
        )
    return me


def _overviews(tx: Tx, me: Me | None, code: str = "") -> list[Overview]:
    today = moment.day(tx.now)
    waiting, doubtful = stored_waiting.count(tx), stored_decisions.count(tx)
    agencies = stored.agencies(tx)
    found = []
    every = stored.every(tx)
    wrong = stored_corrections.figures(tx, me, [source.id for source in every])
    for source in every:
        if source.kind != "feed" or (code and source.code != code):
            continue
        history = stored_loads.history(tx, source.id, HISTORY if code else 1)
        agency, sensitive = agencies.get(source.agency_id or "", ("", False))
        found.append(
            Overview(
                source=source,
                agency=agency,
                sensitive=sensitive,
                steward=me is None or access.holds(me, "data steward", source.id),
                freshness=freshness(source, today),
                last=history[0] if history else None,
                waiting=waiting.get(source.id, 0),
                doubtful=doubtful.get(source.id, 0),
                may_load=_may_load(me, source, sensitive),
                died=bool(history) and stored_loads.has_died(history[0], tx.now),
                wrong=wrong[source.id],
                history=history if code else (),
            )
        )
    return found


def _may_load(me: Me | None, source: Source, sensitive: bool) -> bool:
    if me is None or access.holds(me, "data steward", source.id):
        return True
    return not sensitive and access.may_run_agencies(me)


def _shown(me: Me | None, one: Overview) -> bool:
    return one.steward or (not one.sensitive and me is not None and access.may_see_sources(me))


def _check(said: Description) -> None:
    """Raise Invalid, naming the field, for what a source cannot be."""
    if not said.name.strip():
        raise Invalid("Give the source a name.", "name")
    days, share = said.report_every_days, said.missing_share
    if days is not None and not 1 <= days <= 366:
        raise Invalid(
            "Say after how many days it reports again, from 1 to 366.", "report_every_days"
        )
    if not 0 <= share <= 100:
        raise Invalid("Give a share of a hundred, from 0 to 100.", "missing_share")
    _check_coverage(said)


def _check_coverage(said: Description) -> None:
    for field in ("ages_from", "ages_to"):
        age = getattr(said, field)
        if age is not None and not 0 <= age <= OLDEST:
            raise Invalid(f"Give an age from 0 to {OLDEST}.", field)
    if said.ages_from is not None and said.ages_to is not None and said.ages_to <= said.ages_from:
        raise Invalid("The ages must end after they begin.", "ages_to")
    for field in ("covers_from", "covers_to"):
        moment.read_day(getattr(said, field), field)
    if said.covers_from and said.covers_to and said.covers_to <= said.covers_from:
        raise Invalid("The dates must end after they begin.", "covers_to")


def every(actor: Actor) -> list[Source]:
    """Give all sources by name, to an administrator, a governance lead or the command line."""

    def looking(tx: Tx) -> list[Source]:
        if not actor.is_system:
            me = access.who(tx, actor)
            if not access.may_see_sources(me):
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
    """Give a feed to who may load it: its data steward, the command line, or an administrator where
    it is not sensitive. Without `administrators`, who see nobody's record, to who may read its rows.
    Raises Conflict for a load of what says everything through the API."""
    source = stored.by_code(tx, code)
    if not actor.is_system:
        me = access.who(tx, actor)
        steward = source is not None and access.holds(me, "data steward", source.id)
        sealed = source is not None and stored.is_sensitive(tx, source.agency_id)
        runs = administrators and not sealed and access.may_run_agencies(me)
        if not (steward or runs):
            raise access.refuse(
                tx, actor, action, "not its data steward", "Only its data steward may do this."
            )
    if source is None or source.kind != "feed":
        audit.refused(tx, actor, action, reason="no such source")
        raise NotFound(f"There is no feed {code}.")
    if not source.mapping and action is Action.SOURCE_LOADED:
        # A load would end all that it does not repeat.
        raise Conflict("This system speaks through the API, so no file of it is loaded.")
    return source


def hold(tx: Tx, source: Source) -> None:
    """Let what changes a source, and a load that begins, follow one another."""
    stored.hold(tx, source.id)
