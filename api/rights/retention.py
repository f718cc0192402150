"""How long agencies keep what they wrote, what falls due, and what holds it.

A rule counts some years from a day (birth, last contact, closure, death). Then somebody looks and
decides: nothing is ever forgotten by itself. Each agency's notes are its own: they fall due by its
rules, for its governance lead. The person falls due once nothing is kept by anybody any more, for the
governance lead of the authority. While a hold stands, nothing about the person is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from api import access
from api.access import Verdict
from api.errors import Checks, Conflict, Invalid, NotFound
from api.record import briefs
from api.rights import governing, holds
from api.rights.holds import Held
from api.rights.schedules import day_due, years_after
from api.store import Tx
from api.store import forgetting as stored_forgetting
from api.store import people as stored_people
from api.store import retention as stored
from api.store.access import Me
from api.store.retention import Kept, Rule
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# How many are listed at once, the longest due first.
LISTED = 50
FURTHEST_YEARS = 100
NO_DAY = "Enter the day until which it is kept."


@dataclass(frozen=True)
class Falling:
    """What fell due: an agency's notes about somebody or, without an agency, all about the person.

    `rule` says why it was kept until `due_on`; `notes` counts the agency's notes.
    """

    person_id: str
    name: str
    born_on: str | None
    agency_id: str | None
    agency: str
    rule: str
    due_on: str
    notes: int
    held: bool


@dataclass(frozen=True)
class Falls:
    """What is due now, the longest first; `more` where there is more than is listed."""

    falling: Sequence[Falling]
    more: bool


@dataclass(frozen=True)
class Standing:
    """How long one agency keeps its notes about somebody, or (without an agency) how long the person
    is kept. `due_on` is None while somebody supports them or the day is not known, or is not said."""

    agency_id: str | None
    agency: str
    rule: str
    due_on: str | None
    notes: int
    kept_until: str | None
    is_due: bool


@dataclass(frozen=True)
class Keeping:
    """How long what is kept about one person is kept, as far as the actor answers for it."""

    person_id: str
    name: str
    born_on: str | None
    standing: Sequence[Standing]
    holds: Sequence[Held]


def due(actor: Actor) -> Falls:
    """List what fell due and is to be decided, to governance leads: each agency's to its own, people
    to the authority's."""

    def looking(tx: Tx) -> Falls:
        me = governing.require(tx, actor, Action.RETENTION_LOOKED)
        rules = stored.rules(tx)
        agencies = stored.agencies(tx)
        found = sorted(
            (
                (one.due_on or "", identity, one)
                for identity, one in _everything(tx, me, rules)
                if one.is_due
            ),
            key=lambda each: each[:2],
        )
        # What was asked to be forgotten (all of somebody, or an agency's notes) waits for a second person.
        asked = {
            (stored_people.identity(tx, one.person_id), one.agency_id)
            for one in stored_forgetting.waiting(tx)
        }
        found = [
            each for each in found if not asked & {(each[1], None), (each[1], each[2].agency_id)}
        ]
        known = stored.open_to(tx, me, sorted({identity for _, identity, _ in found}))
        found = [each for each in found if each[1] in known]
        listed = found[:LISTED]
        identities = sorted({identity for _, identity, _ in listed})
        held = stored.held(tx, identities)
        shown = briefs.many(tx, me, identities)
        audit.allowed(tx, actor, Action.RETENTION_LOOKED, subjects=identities, reason="due")
        return Falls(
            [
                Falling(
                    person_id=identity,
                    name=shown[identity].name,
                    born_on=shown[identity].born_on,
                    agency_id=one.agency_id,
                    agency=agencies[one.agency_id]["name"] if one.agency_id else "",
                    rule=one.rule,
                    due_on=one.due_on or "",
                    notes=one.notes,
                    held=identity in held,
                )
                for _, identity, one in listed
            ],
            more=len(found) > len(listed),
        )

    return actor.store.look(looking)


def of(actor: Actor, person_id: str) -> Keeping:
    """Give how long what is kept about a person is kept, to a governance lead who answers for some of
    it. Raises NotFound."""

    def looking(tx: Tx) -> Keeping:
        verdict = governing.require_person(tx, actor, person_id, Action.RETENTION_LOOKED)
        identity = verdict.standing.identity_id
        brief = briefs.many(tx, verdict.standing.me, [identity])[identity]
        audit.allowed(tx, actor, Action.RETENTION_LOOKED, subjects=[identity], reason="a person")
        return Keeping(
            person_id=identity,
            name=brief.name,
            born_on=brief.born_on,
            standing=standing(tx, verdict.standing.me, identity),
            holds=holds.standing(tx, actor, verdict.standing.me, identity),
        )

    return actor.store.look(looking)


def keep_on(actor: Actor, person_id: str, agency_id: str | None, until: str, reason: str) -> None:
    """Keep what fell due until another day: an agency's notes about somebody or, without an agency,
    the person. Raises Invalid, Conflict for what is not due."""
    with Checks() as check:
        check.that(bool(until), NO_DAY, "until")
        reason = check(governing.check_reason, reason)

    def change(tx: Tx) -> None:
        verdict = governing.require_person(tx, actor, person_id, Action.RETENTION_DECIDED)
        identity = verdict.standing.identity_id
        stored_people.hold(tx, identity)
        require_due(tx, actor, verdict, agency_id, Action.RETENTION_DECIDED)
        today = date.fromisoformat(tx.today)
        try:
            day = date.fromisoformat(until)
        except ValueError:
            raise Invalid(NO_DAY, "until") from None
        if not today < day <= years_after(today, FURTHEST_YEARS):
            raise Invalid("The day must be after today, and no further than 100 years.", "until")
        words = actor.authority.vault.keep(tx, reason, [identity])
        stored.keep_on(tx, identity, agency_id, day.isoformat(), words, actor.id)
        audit.allowed(tx, actor, Action.RETENTION_DECIDED, subjects=[identity], reason="kept on")

    actor.store.write(change)


# --- What is kept ----------------------------------------------------------------------------------


def standing(tx: Tx, me: Me, identity: str) -> list[Standing]:
    """Give how long each thing about a person is kept that `me` answers for."""
    return [
        one for _, one in _everything(tx, me, stored.rules(tx), identity) if _has_substance(one)
    ]


def _has_substance(one: Standing) -> bool:
    return one.agency_id is None or one.notes > 0


def _everything(
    tx: Tx, me: Me, rules: Sequence[Rule], identity: str | None = None
) -> Iterable[tuple[str, Standing]]:
    """Give how long each thing is kept that `me` answers for, about one person or everybody."""
    agencies = stored.agencies(tx)
    kept = stored.kept(tx, identity_id=identity)
    until = stored.kept_until(tx, identity)
    by_person: dict[str, list[tuple[Kept, tuple[str, str] | None]]] = {}
    for one in kept:
        falls = day_due(one, rules, agencies[one.agency_id]["kind"])
        by_person.setdefault(one.identity_id, []).append((one, falls))
    for person, all_kept in by_person.items():
        shown: list[tuple[str, str]] = []
        for one, falls in all_kept:
            agency = agencies[one.agency_id]
            sensitive = bool(agency["sensitive"])
            if falls and not sensitive:
                shown.append(falls)
            if one.notes and access.answers_for(me, one.agency_id, sensitive):
                on = until.get((person, one.agency_id))
                yield person, _standing(tx, one.agency_id, agency["name"], falls, one.notes, on)
        if access.governs_authority(me):
            # The person is kept as long as anybody keeps something, and until what was kept on ends. Of
            # which agency that is, and until when, nothing is said: it may be a sealed one.
            days = [falls for _, falls in all_kept]
            last = None if None in days else max(day for day in days if day)
            ends = [on for (who, _), on in until.items() if who == person]
            whole = _standing(tx, None, "", last, 0, max(ends, default=None))
            due_on, rule = max(shown) if whole.is_due and shown else (None, "")
            on = until.get((person, None))
            yield person, replace(whole, due_on=due_on, rule=rule, kept_until=on)
    if access.governs_authority(me):
        for nobodys in stored.of_nobody(tx, identity):
            person = nobodys.identity_id
            on = until.get((person, None))
            yield person, _standing(tx, None, "", day_due(nobodys, rules, ""), 0, on)


def _standing(
    tx: Tx,
    agency_id: str | None,
    agency: str,
    falls: tuple[str, str] | None,
    notes: int,
    kept_until: str | None,
) -> Standing:
    due_on, rule = falls or (None, "")
    is_due = due_on is not None and due_on <= tx.today and (kept_until or "") <= tx.today
    return Standing(agency_id, agency, rule, due_on, notes, kept_until, is_due)


def require_due(
    tx: Tx, actor: Actor, verdict: Verdict, agency_id: str | None, action: Action
) -> None:
    """Go on only where this is the actor's to decide and fell due. Raises NotFound, Conflict."""
    me, identity = verdict.standing.me, verdict.standing.identity_id
    found = [one for one in standing(tx, me, identity) if one.agency_id == agency_id]
    if not found:
        audit.refused(tx, actor, action, subjects=[identity], reason="not theirs")
        raise NotFound(access.NO_SUCH_PERSON)
    if not found[0].is_due:
        raise Conflict("This is not due: it is still kept.")
