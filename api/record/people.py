"""People: who is mine, who supports them, and what this actor may see of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api import access, moment
from api.access import Sight, Verdict
from api.errors import Checks, Invalid, NotFound
from api.facts import corrections, differences, sources
from api.facts.corrections import Open
from api.facts.matching import name_key
from api.record import (
    absences,
    asserting,
    briefs,
    families,
    identities,
    involvements,
    notes,
    own_family,
    plans,
    reading,
)
from api.record.absences import Absence
from api.record.briefs import Brief, brief_of
from api.record.families import Relative
from api.record.involvements import Line
from api.record.plans import Plan
from api.record.reading import NotePage
from api.store import Tx
from api.store import people as stored
from api.store import protections as stored_protections
from api.store import search as stored_search
from api.store.access import Me
from api.store.engine import Row
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

TAKEN_ON_HOURS = 72
UNIVERSAL_PAGE = 50
REASON_LENGTH = 500
NAME_LENGTH = 200
GENDERS = ("female", "male", "other", "unknown")
# What is said of somebody by adding them.
_ADDED = ("names", "particulars", "identifiers", "addresses")
_TYPED = ("first", "last", "nhs", "address", "postcode")


@dataclass(frozen=True)
class MyChild:
    """A person of mine, why they are mine, and what is new."""

    brief: Brief
    why: str
    unread: int
    plans: Sequence[Plan]


@dataclass(frozen=True)
class UniversalList:
    """A page of the people whom the actor's agency supports as it supports every child."""

    people: Sequence[Brief]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Address:
    """Where a person lives or lived, and who says so: each source with its as-of, newest first, and
    the id of its line."""

    kind: str
    lines: str
    postcode: str
    since: str | None
    until: str | None
    sources: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Child:
    """A person's page, as far as this actor may see it. `wrong` is what is said of its lines, by their
    ids (see `corrections.of_page`)."""

    brief: Brief
    sight: Sight
    reason: str
    plans: Sequence[Plan]
    circle: Sequence[Line]
    others: Sequence[Line]
    waiting: Sequence[Line]
    absences: Sequence[Absence]
    family: Sequence[Relative]
    addresses: Sequence[Address]
    location_hidden: bool
    notes: NotePage | None
    may: frozenset[str]
    wrong: Mapping[str, Open]

    @property
    def former(self) -> list[tuple[str, str]]:
        """The services that support the person no more, and until when the last of them did."""
        now = {line.agency for line in self.circle}
        found: dict[str, str] = {}
        for line in self.others:
            if line.agency and line.agency not in now:
                found[line.agency] = max(found.get(line.agency, ""), line.until or "")
        return sorted(found.items(), key=lambda one: one[1], reverse=True)


@dataclass(frozen=True)
class NewPerson:
    """What somebody knows of a person who is not here yet. Everything may be empty but a hint of
    who it is: a name, or for an unborn child the expected date. Dates are ISO text."""

    first: str = ""
    last: str = ""
    born_on: str | None = None
    expected_on: str | None = None
    gender: str | None = None
    nhs: str = ""
    address: str = ""
    postcode: str = ""
    mother_id: str | None = None


def mine(actor: Actor) -> list[MyChild]:
    """Give my people: those whose circle I am in, cover for, or took on; by first name."""

    def looking(tx: Tx) -> list[MyChild]:
        me = access.who(tx, actor)
        why = {row["id"]: row["why"] for row in stored.mine(tx, me)}
        known = stored.known(tx, list(why), me)
        unread = notes.count_unread(tx, me, list(why))
        held = plans.of_many(tx, list(why), me)
        audit.allowed(tx, actor, Action.HOME_LOOKED, subjects=why)
        children = [
            MyChild(brief_of(known[id], tx.today), why[id], unread.get(id, 0), held.get(id, ()))
            for id in why
        ]
        return sorted(children, key=lambda child: child.brief.name)

    return actor.store.look(looking)


def choices(actor: Actor) -> list[Brief]:
    """Give my people for choosing whom a note is about: those I last wrote about first. For who
    only reports, those whom they named before, as they named them."""

    def looking(tx: Tx) -> list[Brief]:
        me = access.who(tx, actor)
        if not access.works(me):
            return _named_before(tx, actor, me)
        ids = [row["id"] for row in stored.mine(tx, me)]
        known = stored.known(tx, ids, me)
        last = stored.last_logged(tx, me, ids)
        audit.allowed(tx, actor, Action.HOME_LOOKED, subjects=ids, reason="choosing")
        found = sorted(
            (brief_of(person, tx.today) for person in known.values()), key=lambda brief: brief.name
        )
        return sorted(found, key=lambda brief: last.get(brief.id, ""), reverse=True)

    return actor.store.look(looking)


def _named_before(tx: Tx, actor: Actor, me: Me) -> list[Brief]:
    """Give whom the actor named, the last ones first; somebody named twice is offered once."""
    rows = stored_search.typed_by(tx, me)
    subjects = [row["identity_id"] for row in rows]
    audit.allowed(tx, actor, Action.HOME_LOOKED, subjects=subjects, reason="choosing")
    found: dict[tuple[str, str | None], Brief] = {}
    for row in reversed(rows):
        brief = brief_of(stored.as_written(tx, row["id"], me), tx.today)
        found.setdefault((brief.name, brief.born_on), brief)
    return list(found.values())


def universal(actor: Actor, page: int = 1, starts_with: str = "") -> UniversalList:
    """Give the people whom the actor's agency supports as it supports every child (a school's
    pupils), a page at a time; `starts_with` is the beginning of a last name."""
    page = max(1, page)

    def looking(tx: Tx) -> UniversalList:
        me = access.who(tx, actor)
        key = name_key(starts_with)
        offset = (page - 1) * UNIVERSAL_PAGE
        ids, total = stored.universal(tx, me, key, UNIVERSAL_PAGE, offset)
        known = stored.known(tx, ids, me)
        audit.allowed(tx, actor, Action.HOME_LOOKED, subjects=ids, reason="universal")
        people = [brief_of(known[id], tx.today) for id in ids]
        return UniversalList(people, total, page, max(1, -(-total // UNIVERSAL_PAGE)))

    return actor.store.look(looking)


def brief(actor: Actor, person_id: str) -> Brief:
    """Give enough of a person to write about them. Raises NotFound where they must not exist."""

    def looking(tx: Tx) -> Brief:
        verdict = access.require(tx, actor, person_id, Sight.OUTSIDE, Action.PERSON_LOOKED)
        audit.allowed(
            tx,
            actor,
            Action.PERSON_LOOKED,
            subjects=[verdict.standing.identity_id],
            reason=f"to write, {verdict.reason}",
        )
        return briefs.shown(tx, verdict, person_id)

    return actor.store.look(looking)


def look(actor: Actor, person_id: str) -> Child:
    """Give a person's page. What it holds depends on the sight that the actor has.

    Raises NotFound where the person must not exist for this actor.
    """

    def looking(tx: Tx) -> Child:
        verdict = access.require(tx, actor, person_id, Sight.OUTSIDE, Action.PERSON_LOOKED)
        identity = verdict.standing.identity_id
        directory = verdict.sight is Sight.DIRECTORY
        action = Action.DIRECTORY_LOOKED if directory else Action.PERSON_LOOKED
        child = _child(tx, actor, verdict, person_id)
        relatives = [relative.id for relative in child.family if relative.id]
        named = reading.named_in(tx, child.notes.notes, identity) if child.notes else []
        subjects = [identity, *relatives, *named]
        audit.allowed(tx, actor, action, subjects=subjects, reason=verdict.reason, object=identity)
        return child

    child = actor.store.look(looking)
    if child.notes:
        notes.mark_read(actor, child.notes.notes)
    return child


def give_purpose(actor: Actor, person_id: str, purpose: str, words: str = "") -> None:
    """Say why one looks at a person from outside their circle; it holds for the shift.

    The lead is told. Raises Invalid for an unknown purpose.
    """
    codes = dict(actor.authority.choices.purposes)
    if purpose not in codes:
        raise Invalid("Choose why you need to see who supports this person.", "purpose")
    words = _within(words, REASON_LENGTH, "words")

    def change(tx: Tx) -> None:
        verdict = _require_working(tx, actor, person_id, Action.PURPOSE_GIVEN)
        identity = verdict.standing.identity_id
        audit.allowed(
            tx, actor, Action.PURPOSE_GIVEN, subjects=[identity], reason=purpose, details=words
        )
        if verdict.sight >= Sight.DIRECTORY:
            return
        kept = actor.authority.vault.keep(tx, words, [identity]) if words else None
        until = moment.later(tx.now, hours=actor.authority.settings.shift_hours)
        stored.add_grant(tx, "purpose", actor.id, identity, until, purpose, kept)
        outbox.put(tx, actor, "directory look", person_id=identity)

    actor.store.write(change)


def to_take_on(actor: Actor, person_id: str) -> Brief:
    """Give enough of a person to take them on. Raises NotFound, NotAllowed outside a duty team."""

    def looking(tx: Tx) -> Brief:
        verdict = _require_duty(tx, actor, person_id)
        identity = verdict.standing.identity_id
        audit.allowed(
            tx,
            actor,
            Action.PERSON_LOOKED,
            subjects=[identity],
            reason=f"to write, {verdict.reason}",
        )
        return briefs.shown(tx, verdict, person_id)

    return actor.store.look(looking)


def take_on(actor: Actor, person_id: str, reason: str) -> None:
    """Take a person on, as a member of a duty team: circle sight for 72 hours.

    The supervisor and the lead are told. Raises NotAllowed outside a duty team.
    """
    reason = _within(reason, REASON_LENGTH, "reason")
    if not reason:
        raise Invalid("Say why you take this person on.", "reason")

    def change(tx: Tx) -> None:
        verdict = _require_duty(tx, actor, person_id)
        identity = verdict.standing.identity_id
        audit.allowed(tx, actor, Action.PERSON_TAKEN_ON, subjects=[identity], details=reason)
        kept = actor.authority.vault.keep(tx, reason, [identity])
        until = moment.later(tx.now, hours=TAKEN_ON_HOURS)
        stored.add_grant(tx, "taken on", actor.id, identity, until, words_id=kept)
        outbox.put(tx, actor, "taken on", person_id=identity)

    actor.store.write(change)


def add(actor: Actor, person: NewPerson) -> str:
    """Add a person and give the id of the record.

    Somebody who is here already under the same full name and birth date, or the same NHS number, is
    linked behind the scenes, so that a note reaches their circle. From outside the circle what is
    said is said in passing: it takes the place of nothing. Whom the actor must not know of stays
    apart: the record is new to them, whatever they try, and notes reach those named and no others.
    """
    person = checked(person)
    return actor.store.write(lambda tx: add_inside(tx, actor, person))


def add_inside(tx: Tx, actor: Actor, person: NewPerson) -> str:
    """Add a person who was `checked`, inside somebody's change, as `add` says."""
    source = sources.practitioners(tx)
    by = None if actor.is_system else actor.id
    me = None if actor.is_system else access.who(tx, actor)
    same = identities.same_person(tx, me, person.first, person.last, person.born_on, person.nhs)
    inside = not (me and same.known) or access.verdict(tx, me, same.known).sight is Sight.CIRCLE
    id = stored.add(tx, source, by)
    actor.authority.vault.add_key(tx, "person", id)
    said = {"recorded_by": by, "in_passing": int(not inside)}
    if person.first or person.last:
        stored.add_fact(
            tx,
            "names",
            id,
            source,
            kind="full",
            first=person.first,
            last=person.last,
            first_key=name_key(person.first),
            last_key=name_key(person.last),
            **said,
        )
    stored.add_fact(
        tx,
        "particulars",
        id,
        source,
        born_on=person.born_on,
        expected_on=person.expected_on,
        gender=person.gender,
        **said,
    )
    if person.nhs:
        stored.add_fact(tx, "identifiers", id, source, scheme="nhs", value=person.nhs, **said)
    if person.address or person.postcode:
        stored.add_fact(
            tx,
            "addresses",
            id,
            source,
            kind="home",
            lines=person.address,
            postcode=person.postcode,
            **said,
        )
    if person.mother_id:
        if not actor.is_system:
            access.require(tx, actor, person.mother_id, Sight.OUTSIDE, Action.PERSON_ADDED)
        families.add_mother(tx, id, person.mother_id, source, by)
    if same.known:
        identities.join_identity(tx, actor, id, same.known)
        if inside:
            differences.compare(tx, actor, same.known, *_ADDED)
    elif same.restricted:
        stored_protections.add_echo(tx, id, same.restricted, actor.id)
    if me and not me.is_token:
        own_family.close_added(tx, actor)
    audit.allowed(tx, actor, Action.PERSON_ADDED, subjects=[id])
    return id


def take_back_inside(tx: Tx, actor: Actor, note_id: str) -> None:
    """Take back whom the actor added for a note that is undone, unless anything else hangs on them by
    now: nobody is left over whom only a slip brought here. The rows stay, withdrawn."""
    for person_id in stored.made_for(tx, note_id):
        stored.take_back(tx, person_id, actor.id)
        identities.leave_identity(tx, actor, person_id)


def _child(tx: Tx, actor: Actor, verdict: Verdict, person_id: str) -> Child:
    standing = verdict.standing
    identity = standing.identity_id
    circle: involvements.Circle = involvements.Circle((), (), ())
    family: Sequence[Relative] = ()
    addresses: Sequence[Address] = ()
    page: NotePage | None = None
    brief = briefs.shown(tx, verdict, person_id)
    if verdict.sight >= Sight.DIRECTORY:
        circle = involvements.of(tx, verdict)
    if verdict.sight is Sight.CIRCLE:
        family = families.of(tx, standing.me, identity)
        addresses = _addresses(stored.addresses(tx, identity, standing.me))
        page = notes.page(tx, actor, verdict, brief)
    elif not (actor.is_token or access.is_closed(standing)):
        family = families.mine(tx, standing.me, identity)
    if standing.wrote and verdict.sight is not Sight.CIRCLE:
        page = notes.page(tx, actor, verdict, brief, own=True)
    shows_plans = verdict.sight is Sight.CIRCLE or (
        verdict.sight is Sight.DIRECTORY and actor.authority.settings.directory_shows_plans
    )
    planned = plans.of(tx, identity, standing.me) if shows_plans else ()
    return Child(
        brief=brief,
        sight=verdict.sight,
        reason=verdict.reason,
        plans=planned,
        circle=circle.now,
        others=circle.before,
        waiting=circle.waiting if access.may_admit(standing) else (),
        absences=absences.of(tx, verdict, brief),
        family=family,
        addresses=addresses,
        location_hidden=verdict.location_hidden and verdict.sight >= Sight.DIRECTORY,
        notes=page,
        may=_may(tx, verdict),
        wrong=_wrong(tx, verdict, circle, planned, family, addresses),
    )


def _wrong(
    tx: Tx,
    verdict: Verdict,
    circle: involvements.Circle,
    planned: Sequence[Plan],
    family: Sequence[Relative],
    addresses: Sequence[Address],
) -> Mapping[str, Open]:
    """Give what is said of the lines that this page shows; of those that it masks, nothing."""
    lines = [line.id for line in (*circle.now, *circle.before) if not line.hidden]
    where = [id for address in addresses for _, _, id in address.sources]
    related = [relative.relationship_id for relative in family]
    shown = [*lines, *where, *related, *(plan.id for plan in planned)]
    return corrections.of_page(tx, verdict, shown, related)


def _addresses(rows: list[Row]) -> list[Address]:
    """Put what several sources say alike into one line; where they differ, both stand."""
    said: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        alike = (row["kind"], name_key(row["lines"]), row["postcode"], row["until"] or "")
        said.setdefault(alike, []).append(row)
    return [
        Address(
            kind=same[0]["kind"],
            lines=same[0]["lines"],
            postcode=same[0]["postcode"],
            since=min((row["since"] for row in same if row["since"]), default=None),
            until=same[0]["until"],
            sources=[(row["source"], row["as_of"], row["id"]) for row in same],
        )
        for same in said.values()
    ]


def _may(tx: Tx, verdict: Verdict) -> frozenset[str]:
    standing = verdict.standing
    acts = {"log"}
    if verdict.sight < Sight.CIRCLE and access.works(standing.me):
        if verdict.sight < Sight.DIRECTORY:
            acts.add("give purpose")
        if stored.is_duty(tx, standing.me):
            acts.add("take on")
        if verdict.sight is Sight.DIRECTORY and not access.has_asked_to_join(standing):
            acts.add("ask to join")
    if access.may_admit(standing):
        acts.add("accept")
    if access.may_name_lead(standing, own=False):
        acts.add("lead")
    return frozenset(acts)


def _require_duty(tx: Tx, actor: Actor, person_id: str) -> Verdict:
    verdict = _require_working(tx, actor, person_id, Action.PERSON_TAKEN_ON)
    if not stored.is_duty(tx, verdict.standing.me):
        sentence = "Only the duty team can take a person on."
        raise access.refuse(tx, actor, Action.PERSON_TAKEN_ON, "not on a duty team", sentence)
    return verdict


def _require_working(tx: Tx, actor: Actor, person_id: str, action: Action) -> Verdict:
    verdict = access.require(tx, actor, person_id, Sight.OUTSIDE, action)
    if not access.works(verdict.standing.me):
        audit.refused(tx, actor, action, reason="no working role")
        raise NotFound(access.NO_SUCH_PERSON)
    return verdict


def checked(person: NewPerson) -> NewPerson:
    """Read a person as typed. Raises Invalid, naming the field."""
    typed = {field: asserting.one_line(getattr(person, field)) for field in _TYPED}
    named = bool(typed["first"] or typed["last"] or person.expected_on)
    with Checks() as check:
        no_name = "Give a name, or for an unborn child when the birth is expected."
        check.that(named, no_name, "first")
        for field, text in typed.items():
            check(_within, text, NAME_LENGTH, field)
        known = person.gender is None or person.gender in GENDERS
        check.that(known, "Choose female, male, other or unknown.", "gender")
        born_on = check(asserting.check_day, person.born_on, "born_on")
        expected_on = check(asserting.check_day, person.expected_on, "expected_on")
    return replace(
        person,
        first=typed["first"],
        last=typed["last"],
        nhs="".join(typed["nhs"].split()),
        address=typed["address"],
        postcode=typed["postcode"].upper(),
        born_on=born_on,
        expected_on=expected_on,
    )


def _within(text: str, length: int, field: str) -> str:
    text = text.strip()
    if len(text) > length:
        raise Invalid(f"Use {length} characters or fewer.", field)
    return text
