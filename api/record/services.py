"""Services: what each says of a person, by source. Whom it names now and named before, what else it
says to whom that is open, what it covers, and what it means that it says nothing.

Looking here is the last of the four levels that the trail tells apart: a search that was made, results
that were shown, a person's page that was seen, and the details of services that were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api import access, moment
from api.access import Sight, Verdict
from api.facts import corrections, sources
from api.facts.corrections import Open
from api.record import absences, briefs, involvements
from api.record.absences import Absence
from api.record.briefs import Brief
from api.record.involvements import Line
from api.store import Tx
from api.store import details as stored
from api.store import sources as stored_sources
from api.store.details import Detail
from api.store.sources import Source
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

_SIGHTS = {"circle": Sight.CIRCLE, "directory": Sight.DIRECTORY}


@dataclass(frozen=True)
class Origin:
    """A source of what stands here: whom it covers, and since when it is silent, if it is."""

    name: str
    covers: str
    silent_since: str | None


@dataclass(frozen=True)
class Told:
    """What one source says of a person for one service, beside who supports them."""

    source: str
    as_of: str
    details: Sequence[Detail]


@dataclass(frozen=True)
class Service:
    """One service: whom it names now and named before, and what it says. Its `name` is
    `briefs.HIDDEN_PLACE` where it would say where the person is."""

    name: str
    now: Sequence[Line]
    before: Sequence[Line]
    told: Sequence[Told]
    origins: Sequence[Origin]


@dataclass(frozen=True)
class Services:
    """What each service says of a person, as far as this actor may see. `closed` are the kinds of
    details that are not open to the actor, of whomever they may be said; `wrong` is what is said of
    lines, by their ids."""

    brief: Brief
    sight: Sight
    services: Sequence[Service]
    absences: Sequence[Absence]
    closed: Sequence[str]
    location_hidden: bool
    wrong: Mapping[str, Open]


def of(actor: Actor, person_id: str) -> Services:
    """Give what each service says of a person: those that support them now, the lead's first; then
    those that did; then what it means that others name nobody.

    Raises NotFound where the person must not exist for this actor, NotAllowed below the directory view.
    """

    def looking(tx: Tx) -> Services:
        verdict = access.require(tx, actor, person_id, Sight.DIRECTORY, Action.DETAILS_LOOKED)
        identity = verdict.standing.identity_id
        brief = briefs.shown(tx, verdict, person_id)
        said = stored.of(tx, identity, verdict.standing.me)
        shown = sorted({detail.kind for detail in said})
        audit.allowed(
            tx,
            actor,
            Action.DETAILS_LOOKED,
            subjects=[identity],
            reason=verdict.reason,
            details=", ".join(shown),
        )
        found = _services(tx, verdict, said)
        lines = [line for service in found for line in (*service.now, *service.before)]
        shown_ids = [line.id for line in lines if not line.hidden] + [one.id for one in said]
        return Services(
            brief=brief,
            sight=verdict.sight,
            services=found,
            absences=absences.of(tx, verdict, brief),
            closed=_closed(tx, verdict),
            location_hidden=verdict.location_hidden,
            wrong=corrections.of_page(tx, verdict, shown_ids, []),
        )

    return actor.store.look(looking)


def _services(tx: Tx, verdict: Verdict, said: Sequence[Detail]) -> list[Service]:
    circle = involvements.of(tx, verdict)
    feeds = {
        one.source.id: one.source
        for one in stored_sources.naming(tx, verdict.standing.identity_id)
        if not one.sensitive
    }
    now, before = _by_service(circle.now), _by_service(circle.before)
    told: dict[str, list[Detail]] = {}
    for detail in said:
        told.setdefault(detail.agency, []).append(detail)
    found = []
    for name in dict.fromkeys((*now, *before, *told)):
        lines, details = (*now.get(name, ()), *before.get(name, ())), told.get(name, ())
        ids = dict.fromkeys([line.source_id for line in lines] + [d.source_id for d in details])
        found.append(
            Service(
                name=name,
                now=now.get(name, ()),
                before=before.get(name, ()),
                told=_told(details),
                origins=_origins(tx, feeds, ids),
            )
        )
    return sorted(found, key=lambda service: not service.now)


def _by_service(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.agency or briefs.HIDDEN_PLACE, []).append(line)
    return found


def _told(details: Sequence[Detail]) -> list[Told]:
    """Put together what each source says, each thing once."""
    found: dict[tuple[str, str], dict[tuple[str, str, str | None], Detail]] = {}
    for one in details:
        said = found.setdefault((one.source, one.as_of), {})
        said.setdefault((one.label, one.value, one.happened_on), one)
    return [Told(source, as_of, list(said.values())) for (source, as_of), said in found.items()]


def _origins(tx: Tx, feeds: Mapping[str, Source], ids: Iterable[str]) -> list[Origin]:
    today = moment.day(tx.now)
    found = []
    for source in (feeds[id] for id in ids if id in feeds):
        fresh = sources.freshness(source, today)
        silent = fresh.since if fresh.state == "silent" else None
        found.append(Origin(source.name, sources.coverage(source), silent))
    return found


def _closed(tx: Tx, verdict: Verdict) -> list[str]:
    opened: dict[tuple[str, str], dict[str, Sight]] = {}
    for row in stored.kinds(tx):
        kinds = opened.setdefault((row["code"], row["label"]), {})
        if row["sight"]:
            kinds[row["agency_kind"]] = _SIGHTS[row["sight"]]
    return [
        label
        for (_, label), kinds in opened.items()
        if not access.opens_detail(verdict.standing, kinds)
    ]
