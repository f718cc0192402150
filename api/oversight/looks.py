"""Who looked at whom and why, for governance leads: by person, by practitioner, by purpose.

They see who, when, how much and for what reason; never what was written in a note. Reading it leaves a
row of its own. Whoever is restricted is not there for a governance lead who is not named on the record,
and who stands for a sensitive agency is there for that agency's own governance lead only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.errors import Invalid, NotFound
from api.facts import matching
from api.oversight import watching, wording
from api.oversight.watching import Shown, Who
from api.oversight.wording import Level
from api.record import asserting
from api.staff import attempts
from api.store import Tx
from api.store import looks as stored
from api.store import people as stored_people
from api.store.access import Me
from api.store.looks import Agency, Colleague, Event
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

PAGE = 50
STAFF_PAGE = 100
# So many of those whom one row showed are named; the others are counted.
NAMED = 6
TRIES, SECONDS = 30, 60

NOBODY = "Nobody whom you watch over has looked at such a person."
NO_SUCH = "There is no such page here."


@dataclass(frozen=True)
class Look:
    """One row of the trail in words. `people` are those whom it is about, as far as the reader may
    know them, the first of them by name and the `others` as a number: of a page, whose page it was.
    `typed` is what was searched for, or said of why."""

    at: str
    who: Who
    did: str
    level: Level
    allowed: bool
    why: str
    typed: str
    people: Sequence[Shown]
    others: int


@dataclass(frozen=True)
class Looks:
    """A page of rows; `more` is where the next one begins."""

    looks: Sequence[Look]
    more: str | None


@dataclass(frozen=True)
class AtPerson:
    """Who looked at one person."""

    person: Shown
    page: Looks


@dataclass(frozen=True)
class ByPractitioner:
    """What one practitioner did."""

    who: Who
    left: bool
    page: Looks


@dataclass(frozen=True)
class Staff:
    """Whom the reader watches over: their agencies, and a page of one of them."""

    agencies: Sequence[Agency]
    agency: Agency | None
    people: Sequence[Colleague]
    page: int
    pages: int


@dataclass(frozen=True)
class PurposeGiven:
    """A purpose that somebody gave for looking at a person, and what followed within the shift."""

    at: str
    who: Who
    person: Shown
    purpose: str
    typed: str
    followed: Sequence[str]


@dataclass(frozen=True)
class Purposes:
    """A page of purposes; `more` is where the next one begins. `listed`: every purpose by its code, also
    those that are offered no more."""

    given: Sequence[PurposeGiven]
    more: str | None
    listed: Mapping[str, str]


def find(actor: Actor, first: str, last: str, born_on: str | None, nhs: str) -> list[Shown]:
    """Find one person at whom somebody looked whom the reader watches over: by full name and birth
    date, or by NHS number. Nobody else is found: this is no way to learn who is here.

    Raises Invalid where too little was given, TooOften for somebody who goes on and on.
    """
    names = matching.name_key(first), matching.name_key(last)
    born = asserting.check_day(born_on, "born_on")
    number = "".join(nhs.split())
    if not number and not (all(names) and born):
        raise Invalid("Enter the full name and the date of birth, or the NHS number.", "first")
    attempts.count(actor.authority, f"audit search {actor.id}", TRIES, SECONDS)
    typed = " ".join(part for part in (first, last, born or "", number) if part)[:300]

    def looking(tx: Tx) -> list[Shown]:
        me = watching.require(tx, actor)
        if number:
            found = stored.numbered_so(tx, me, number)
        else:
            found = stored.named_so(tx, me, *names, born or "")
        ids = [one for one in found if _rows_about(tx, me, one, None, 1)]
        audit.allowed(
            tx, actor, Action.AUDIT_LOOKED, subjects=ids, reason="finding a person", details=typed
        )
        return list(watching.people(tx, me, ids).values())

    return actor.store.look(looking)


def at_person(actor: Actor, person_id: str, before: str = "") -> AtPerson:
    """Give who looked at one person, newest first.

    Raises NotFound where nobody did whom the reader watches over, as for somebody who is not here.
    """
    cursor = watching.read_before(before)

    def looking(tx: Tx) -> AtPerson:
        me = watching.require(tx, actor)
        identity = stored_people.identity(tx, person_id)
        shown = watching.people(tx, me, [identity]) if identity else {}
        rows = _rows_about(tx, me, identity, cursor, PAGE + 1) if identity else []
        if identity is None or not (rows or cursor):
            audit.refused(tx, actor, Action.AUDIT_LOOKED, reason="no such person")
            raise NotFound(NO_SUCH)
        audit.allowed(tx, actor, Action.AUDIT_LOOKED, subjects=[identity], reason="a person")
        return AtPerson(shown[identity], _page(tx, actor, me, rows))

    return actor.store.look(looking)


def staff(actor: Actor, agency_id: str = "", page: int = 1) -> Staff:
    """Give whom the reader watches over: the agencies, and a page of the people of one."""
    page = max(1, page)

    def looking(tx: Tx) -> Staff:
        me = watching.require(tx, actor)
        agencies = stored.watched_agencies(tx, me)
        audit.allowed(tx, actor, Action.AUDIT_LOOKED, reason="staff")
        agency = next((one for one in agencies if one.id == agency_id), None)
        if agency is None:
            return Staff(agencies, None, (), 1, 1)
        after = (page - 1) * STAFF_PAGE
        people = stored.watched_staff(tx, me, agency_id, after, STAFF_PAGE)
        return Staff(agencies, agency, people, page, max(1, -(-agency.people // STAFF_PAGE)))

    return actor.store.look(looking)


def by_practitioner(actor: Actor, practitioner_id: str, before: str = "") -> ByPractitioner:
    """Give what one practitioner did, newest first.

    Raises NotFound for whom the reader does not watch over, as for somebody who does not exist.
    """
    cursor = watching.read_before(before)

    def looking(tx: Tx) -> ByPractitioner:
        me = watching.require(tx, actor)
        one = stored.watched_one(tx, me, practitioner_id)
        if one is None:
            audit.refused(tx, actor, Action.AUDIT_LOOKED, reason="no such practitioner")
            raise NotFound(NO_SUCH)
        rows = stored.by_practitioner(tx, me, one.id, cursor, PAGE + 1)
        shown = sorted({person for _, person in stored.shown_in(tx, me, [r.id for r in rows])})
        audit.allowed(
            tx,
            actor,
            Action.AUDIT_LOOKED,
            subjects=shown,
            reason="a practitioner",
            object=practitioner_id,
        )
        page = _page(tx, actor, me, rows)
        return ByPractitioner(watching.who(tx, [one.id])[one.id], one.left_at is not None, page)

    return actor.store.look(looking)


def by_purpose(actor: Actor, purpose: str = "", before: str = "") -> Purposes:
    """Give the purposes that were given, newest first: all, or one of the authority's list."""
    cursor = watching.read_before(before)

    def looking(tx: Tx) -> Purposes:
        me = watching.require(tx, actor)
        labels = watching.purposes(tx)
        if purpose and purpose not in labels:
            raise Invalid("Choose a purpose from the list.", "purpose")
        rows = stored.purposes(tx, me, purpose, cursor, PAGE + 1)
        more = watching.more([(row.at, row.id) for row in rows], PAGE)
        rows = rows[:PAGE]
        people = watching.people(tx, me, [row.identity_id for row in rows])
        who = watching.who(tx, [row.practitioner_id for row in rows])
        words = actor.authority.vault.open(tx, [row.words_id for row in rows if row.words_id])
        audit.allowed(tx, actor, Action.AUDIT_LOOKED, subjects=sorted(people), reason="purposes")
        given = [
            PurposeGiven(
                at=row.at,
                who=who[row.practitioner_id],
                person=people[row.identity_id],
                purpose=labels.get(row.purpose, row.purpose),
                typed=words.get(row.words_id or "", ""),
                followed=followed(row),
            )
            for row in rows
        ]
        return Purposes(given, more, labels)

    return actor.store.look(looking)


def followed(row: stored.Purpose) -> list[str]:
    """Say what followed a purpose within its shift."""
    said = (
        (row.noted, "a note"),
        (row.joined, "asked to join, or was let in"),
        (row.taken_on, "took them on"),
    )
    return [words for happened, words in said if happened]


def in_words(tx: Tx, actor: Actor, me: Me, rows: Sequence[Event]) -> list[Look]:
    """Put rows of the trail into words, for a governance lead who may read them."""
    purposes = watching.purposes(tx)
    shown: dict[str, list[str]] = {}
    for event, person in stored.shown_in(tx, me, [row.id for row in rows]):
        shown.setdefault(event, []).append(person)
    named = {row.id: _main_first(row, shown.get(row.id, [])) for row in rows}
    people = watching.people(tx, me, [id for ids in named.values() for id in ids[:NAMED]])
    who = watching.who(tx, [row.actor for row in rows])
    told = [row.words_id for row in rows if row.words_id and row.action in wording.TOLD]
    typed = actor.authority.vault.open(tx, told)
    return [
        Look(
            at=row.at,
            who=who.get(row.actor, Who(row.actor, "Somebody", "", "")),
            did=wording.did(row.action),
            level=wording.level(row.action),
            allowed=row.verdict == "allowed",
            why=wording.why(row.action, row.verdict, row.reason, purposes),
            typed=typed.get(row.words_id or "", ""),
            people=[people[id] for id in named[row.id][:NAMED]],
            others=max(0, len(named[row.id]) - NAMED),
        )
        for row in rows
    ]


def _rows_about(
    tx: Tx, me: Me, identity: str, before: stored.Before | None, limit: int
) -> list[Event]:
    if stored.closed(tx, me, [identity]):
        return []
    return stored.by_person(tx, me, identity, before, limit)


def _page(tx: Tx, actor: Actor, me: Me, rows: Sequence[Event]) -> Looks:
    more = watching.more([(row.at, row.id) for row in rows], PAGE)
    return Looks(in_words(tx, actor, me, rows[:PAGE]), more)


def _main_first(row: Event, shown: Sequence[str]) -> list[str]:
    """Put first whose page it was; who else was named on it is not whom somebody looked at."""
    return [row.object] if row.object and row.object in shown else list(shown)
