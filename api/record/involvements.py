"""Involvements: who supports a person, who says so, and who admits them to the circle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from api import access
from api.access import Sight, Verdict
from api.errors import Conflict, Invalid, NotFound
from api.facts import differences, sources
from api.record import asserting, briefs
from api.store import Tx
from api.store import access as stored_access
from api.store import agencies as stored_agencies
from api.store import assertions as stored_assertions
from api.store import involvements as stored
from api.store import people as stored_people
from api.store import practitioners as stored_practitioners
from api.store.access import Me, Tie
from api.store.involvements import Involvement
from api.telling import events, outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

KINDS = ("active", "universal")

# What `_changed` lets happen: the transaction, the involvement, and by what right it is changed.
_Change = Callable[[Tx, Involvement, str], None]


class Line(NamedTuple):
    """One line of who supports a person: whom to ring, and how much to trust the line."""

    id: str
    practitioner_id: str | None
    name: str
    role: str
    agency: str
    agency_kind: str
    phone: str
    email: str
    lead: bool
    active: bool
    joined: bool
    sealed: bool
    hidden: bool
    last_contact_on: str | None
    source_id: str
    source: str
    as_of: str
    confirmed_at: str | None
    confirmed_by: str | None
    covered_by: str
    covering_phone: str
    since: str | None
    until: str | None
    # A sealed line that its worker shows to the reader: whom to ring, and nothing else of that service.
    revealed: bool = False


@dataclass(frozen=True)
class Circle:
    """Who supports a person now, who did before, and who asks to join."""

    now: Sequence[Line]
    before: Sequence[Line]
    waiting: Sequence[Line]


def of(tx: Tx, verdict: Verdict) -> Circle:
    """Give who supports a person, the lead first, then by the last contact; inside a look."""
    me, identity = verdict.standing.me, verdict.standing.identity_id
    located = verdict.location_hidden
    held = once_each(stored.of(tx, identity, me, location_hidden=located))
    contacts = stored.contacts(tx, identity, me) if verdict.sight is Sight.CIRCLE else {}
    covers = stored.covered_by(tx, [i.practitioner_id for i in held if i.practitioner_id])

    def line(i: Involvement) -> Line:
        mask = located and bool(i.located or verdict.sight is Sight.DIRECTORY)
        unsaid = mask or (located and i.source_located)
        revealed = bool(i.sensitive) and not access.is_unsealed(me, _tie(i))
        cover = covers.get(i.practitioner_id or "", {}) if not revealed else {}
        logged = contacts.get(i.practitioner_id or "", "")
        return Line(
            id=i.id,
            practitioner_id=None if mask else i.practitioner_id,
            name=briefs.HIDDEN_PLACE if mask else name_of(i),
            role="" if mask else i.role,
            agency="" if mask else i.agency,
            agency_kind="" if mask else i.agency_kind,
            phone="" if mask else i.contact_phone or i.practitioner_phone or i.agency_phone,
            email="" if mask else i.contact_email or i.practitioner_email or i.agency_email,
            lead=bool(i.lead),
            active=i.kind == "active",
            joined=i.asserted_by in access.ADMITTING and i.practitioner_id is not None,
            sealed=bool(i.sensitive),
            hidden=mask,
            last_contact_on=max(i.last_contact_on or "", logged) or None,
            source_id="" if unsaid else i.source_id,
            source="" if unsaid else i.source,
            as_of=i.as_of,
            confirmed_at=i.confirmed_at,
            confirmed_by=None if mask else i.confirmed_by,
            covered_by="" if mask else cover.get("name", ""),
            covering_phone="" if mask else cover.get("phone", ""),
            since=i.valid_from,
            until=i.valid_to,
            revealed=revealed,
        )

    today = tx.today
    now = [i for i in held if i.is_open(today)]
    lines = [line(i) for i in now if i.asserted_by != "self"]
    lines.sort(key=lambda x: (x.lead, x.active, x.last_contact_on or ""), reverse=True)
    return Circle(
        now=lines,
        before=[line(i) for i in held if i.asserted_by != "self" and not i.is_open(today)],
        waiting=[line(i) for i in now if i.asserted_by == "self"],
    )


def add(
    actor: Actor,
    person_id: str,
    *,
    agency_id: str,
    role: str,
    practitioner_id: str | None = None,
    kind: str = "active",
    lead: bool = False,
    last_contact_on: str | None = None,
    starts_on: str | None = None,
) -> str:
    """Say that a practitioner or a service supports a person; give the involvement's id.

    The person's lead may, a supervisor of someone in the circle, and the practitioner's own
    supervisor; nobody lets themselves in, and the lead is told. Who leads is for `access.may_name_lead`. Raises NotAllowed
    for everyone else, Invalid for what is no involvement.
    """
    role = _role(role)
    if kind not in KINDS:
        raise Invalid("Choose active or universal.", "kind")
    if lead and not (practitioner_id and kind == "active"):
        raise Invalid("The lead must be a practitioner with an active involvement.", "lead")
    last_contact_on = asserting.check_day(last_contact_on, "last_contact_on")
    starts_on = asserting.check_day(starts_on, "starts_on")

    def change(tx: Tx) -> str:
        identity = stored_people.identity(tx, person_id)
        sealed = _check_place(tx, agency_id, practitioner_id)
        if actor.is_system:
            asserted_by = "agency"
        else:
            asserted_by = _admitted_by(tx, actor, person_id, practitioner_id)
            if lead:
                _require_may_name_lead(tx, actor, person_id, practitioner_id, sealed)
        if identity is None:
            raise NotFound(access.NO_SUCH_PERSON)
        stored_people.hold(tx, identity)
        if lead and not sealed:
            _unlead(tx, actor, identity)
        added = stored_people.add_fact(
            tx,
            "involvements",
            identity,
            sources.practitioners(tx),
            agency_id=agency_id,
            practitioner_id=practitioner_id,
            kind=kind,
            role=role,
            lead=int(lead),
            last_contact_on=last_contact_on,
            asserted_by=asserted_by,
            valid_from=starts_on or tx.today,
            recorded_by=None if actor.is_system else actor.id,
        )
        events.involvement_changed(tx, agency_id, identity, added)
        differences.compare(tx, actor, identity, "involvements")
        if practitioner_id and not (sealed or actor.is_system):
            outbox.put(tx, actor, "joined", person_id=identity, practitioner_id=practitioner_id)
        audit.allowed(
            tx, actor, Action.INVOLVEMENT_CHANGED, subjects=[identity], reason="added", object=added
        )
        return added

    return actor.store.write(change)


def ask(actor: Actor, person_id: str, role: str) -> None:
    """Say "I am working with this child": the lead or a supervisor is asked to accept it."""
    role = _role(role)

    def change(tx: Tx) -> None:
        verdict = access.require(tx, actor, person_id, Sight.DIRECTORY, Action.INVOLVEMENT_ASKED)
        stored_people.hold(tx, verdict.standing.identity_id)
        if verdict.sight is Sight.CIRCLE or access.has_asked_to_join(verdict.standing):
            raise Conflict("You are in this circle already, or waiting to be.")
        identity = verdict.standing.identity_id
        stored_people.add_fact(
            tx,
            "involvements",
            identity,
            sources.practitioners(tx),
            agency_id=verdict.standing.me.agency_id,
            practitioner_id=actor.id,
            kind="active",
            role=role,
            lead=0,
            asserted_by="self",
            valid_from=tx.today,
            recorded_by=actor.id,
        )
        outbox.put(tx, actor, "asked to join", person_id=identity)
        audit.allowed(tx, actor, Action.INVOLVEMENT_ASKED, subjects=[identity])

    actor.store.write(change)


def accept(actor: Actor, involvement_id: str) -> None:
    """Let somebody who asked into the circle. Nobody lets themselves in."""

    def change(tx: Tx, held: Involvement, asserted_by: str) -> None:
        stored_practitioners.hold(tx, held.practitioner_id or "")
        _require_asked(tx, held)
        if held.practitioner_id == actor.id:
            raise access.refuse(
                tx, actor, Action.INVOLVEMENT_CHANGED, "oneself", "Nobody lets themselves in."
            )
        _replace(tx, actor, held, asserted_by=asserted_by)
        if not held.sensitive:
            outbox.put(
                tx,
                actor,
                "joined",
                person_id=held.identity_id,
                practitioner_id=held.practitioner_id,
            )

    _changed(actor, involvement_id, "accepted", change)


def decline(actor: Actor, involvement_id: str) -> None:
    """Do not let somebody who asked into the circle."""

    def change(tx: Tx, held: Involvement, _: str) -> None:
        _require_asked(tx, held)
        stored.withdraw(tx, held.id, actor.id)

    _changed(actor, involvement_id, "declined", change)


def make_lead(actor: Actor, involvement_id: str) -> None:
    """Make this the one everyone rings first. The lead may, the lead's supervisor, and where nobody
    leads whoever may admit."""

    def change(tx: Tx, held: Involvement, _: str) -> None:
        if held.practitioner_id is None or held.asserted_by not in access.ADMITTING:
            raise Invalid("The lead must be a practitioner in the circle.")
        if not held.is_open(tx.today):
            raise Conflict("That involvement has ended.")
        stored_practitioners.hold(tx, held.practitioner_id)
        _require_may_name_lead(
            tx, actor, held.identity_id, held.practitioner_id, bool(held.sensitive)
        )
        _unlead(tx, actor, held.identity_id)
        _replace(tx, actor, held, lead=1)

    _changed(actor, involvement_id, "made lead", change)


def end(actor: Actor, involvement_id: str) -> None:
    """End an involvement today. Those who may admit may, and whoever it is about; the lead's only
    the lead and the lead's supervisor."""

    def change(tx: Tx, held: Involvement, _: str) -> None:
        if not held.is_open(tx.today):
            raise Conflict("That involvement has ended already.")
        if held.lead and held.practitioner_id != actor.id and not held.sensitive:
            _require_may_name_lead(tx, actor, held.identity_id, None, sealed=False)
        _replace(tx, actor, held, valid_to=tx.today, lead=0)

    _changed(actor, involvement_id, "ended", change, or_self=True)


def confirm(actor: Actor, involvement_id: str) -> None:
    """Say that a line is right as it stands today. Anyone in the circle may, but who must not be
    known to be in it: the line would say who confirmed it."""

    def change(tx: Tx, held: Involvement, _: str) -> None:
        if actor.sensitive and held.agency_id != actor.agency_id:
            raise access.refuse(
                tx,
                actor,
                Action.INVOLVEMENT_CHANGED,
                "sealed",
                "Others would see that your service confirmed this, so it cannot be done.",
            )
        _replace(
            tx,
            actor,
            held,
            confirmed_at=tx.now,
            confirmed_by=actor.id,
        )

    _changed(actor, involvement_id, "confirmed", change, or_circle=True)


def take_word(actor: Actor, involvement_id: str, said_id: str) -> None:
    """Take a source's word on a line (`said_id`) instead of what was confirmed of it: it is confirmed
    now. Those who may end the line may."""

    def change(tx: Tx, held: Involvement, _: str) -> None:
        said = stored.find(tx, said_id, access.who(tx, actor))
        if said is None or said.identity_id != held.identity_id:
            raise Conflict("That line is not said any more.")
        if held.lead and held.practitioner_id != actor.id and not said.is_open(tx.today):
            _require_may_name_lead(tx, actor, held.identity_id, None, sealed=bool(held.sensitive))
        lead = int(bool(held.lead) and said.is_open(tx.today))
        now = {"confirmed_at": tx.now, "confirmed_by": actor.id, "lead": lead}
        new = stored.replace(tx, said.id, sources.practitioners(tx), actor.id, **now)
        stored_assertions.replace(tx, "involvements", held.id, new)

    _changed(actor, involvement_id, "confirmed", change, or_self=True)


def hand_over(tx: Tx, actor: Actor, practitioner_id: str, to: str | None) -> list[str]:
    """Pass what somebody who leaves held in circles to their supervisor; give the people's ids.

    Without a supervisor it stays with the agency, led by nobody, so that duty hears of the child.
    What only the leaver or another source said passes to nobody: it admitted to no circle.
    """
    source = sources.practitioners(tx)
    me = stored_access.me(tx, practitioner_id)
    passed: dict[str, None] = {}
    for held_id in stored.held_by(tx, practitioner_id):
        held = stored.find(tx, held_id, me)
        if held is None or held.asserted_by not in access.ADMITTING:
            continue
        changes: dict[str, Any] = {"practitioner_id": to}
        if to is None:
            changes["lead"] = 0
        else:
            changes |= {
                "agency_id": stored_access.me(tx, to).agency_id,
                "asserted_by": "supervisor",
            }
        stored.replace(
            tx,
            held.id,
            source,
            actor.id,
            contact_name=None,
            contact_phone=None,
            contact_email=None,
            confirmed_at=None,
            confirmed_by=None,
            **changes,
        )
        events.involvement_changed(tx, held.agency_id, held.identity_id, held.id)
        passed[held.identity_id] = None
    return list(passed)


def _changed(
    actor: Actor,
    involvement_id: str,
    what: str,
    change: _Change,
    *,
    or_self: bool = False,
    or_circle: bool = False,
) -> None:
    def changing(tx: Tx) -> None:
        me = access.who(tx, actor)
        held = stored.find(tx, involvement_id, me)
        if held is None or access.verdict(tx, me, held.identity_id).sight is Sight.NOTHING:
            audit.refused(
                tx, actor, Action.INVOLVEMENT_CHANGED, reason="no such line", object=involvement_id
            )
            raise NotFound("There is no such line here.")
        needed = Sight.DIRECTORY
        verdict = access.require(tx, actor, held.identity_id, needed, Action.INVOLVEMENT_CHANGED)
        own = or_self and held.practitioner_id == me.id
        near = verdict.sight is Sight.CIRCLE and access.may_take_out(verdict.standing)
        seen = or_circle and near
        supervises = held.team_id is not None and access.holds(me, "supervisor", held.team_id)
        if not (own or seen or supervises or access.may_admit(verdict.standing)):
            raise access.refuse(
                tx,
                actor,
                Action.INVOLVEMENT_CHANGED,
                "neither lead nor supervisor",
                "Only the lead or a supervisor can do this.",
            )
        stored_people.hold(tx, held.identity_id)
        change(tx, held, "lead" if access.is_lead(verdict.standing) else "supervisor")
        events.involvement_changed(tx, held.agency_id, held.identity_id, held.id)
        differences.compare(tx, actor, held.identity_id, "involvements")
        audit.allowed(
            tx,
            actor,
            Action.INVOLVEMENT_CHANGED,
            subjects=[held.identity_id],
            reason=what,
            object=held.id,
        )

    actor.store.write(changing)


def _admitted_by(tx: Tx, actor: Actor, person_id: str, practitioner_id: str | None) -> str:
    """Say by what right the actor adds this practitioner; leave the refusal and raise if by none."""
    verdict = access.require(tx, actor, person_id, Sight.OUTSIDE, Action.INVOLVEMENT_CHANGED)
    me: Me = verdict.standing.me
    if practitioner_id and practitioner_id != me.id:
        other = stored_access.me(tx, practitioner_id)
        if access.holds(me, "supervisor", other.team_id):
            return "supervisor"
    if access.may_admit(verdict.standing):
        return "lead" if access.is_lead(verdict.standing) else "supervisor"
    raise access.refuse(
        tx,
        actor,
        Action.INVOLVEMENT_CHANGED,
        "neither lead nor supervisor",
        "Only the lead or a supervisor can add someone to the circle.",
    )


def _check_place(tx: Tx, agency_id: str, practitioner_id: str | None) -> bool:
    """Whether this agency is sensitive. Raises Invalid for none, or for somebody not of it."""
    agency = stored_agencies.find(tx, agency_id)
    if agency is None:
        raise Invalid("Choose an agency from the list.", "agency_id")
    if practitioner_id:
        stored_practitioners.hold(tx, practitioner_id)
        worker = stored_practitioners.find(tx, practitioner_id)
        if worker is None or worker.left_at or worker.agency_id != agency_id:
            raise Invalid("Choose somebody who works for this agency.", "practitioner_id")
    return agency.sensitive


def _require_may_name_lead(
    tx: Tx, actor: Actor, person_id: str, practitioner_id: str | None, sealed: bool
) -> None:
    standing = access.verdict(tx, access.who(tx, actor), person_id).standing
    worker = stored_practitioners.find(tx, practitioner_id) if practitioner_id else None
    own = worker is not None and access.holds(standing.me, "supervisor", worker.team_id)
    if sealed:
        raise Invalid("The lead must be somebody whom everyone may ring.", "lead")
    if not access.may_name_lead(standing, own):
        raise access.refuse(
            tx,
            actor,
            Action.INVOLVEMENT_CHANGED,
            "neither lead nor the lead's supervisor",
            "Only the lead, or the lead's supervisor, can say who leads.",
        )


def _require_asked(tx: Tx, held: Involvement) -> None:
    if held.asserted_by != "self" or not held.is_open(tx.today):
        raise Conflict("That was decided already.")


def _unlead(tx: Tx, actor: Actor, identity: str) -> None:
    for held in stored.leads(tx, identity):
        stored.replace(tx, held, sources.practitioners(tx), actor.id, lead=0)


def _replace(tx: Tx, actor: Actor, held: Involvement, **changes: object) -> None:
    stored.replace(tx, held.id, sources.practitioners(tx), actor.id, **changes)


_SAID_ALIKE = ("valid_to", "contact_name", "contact_phone", "contact_email")


def once_each(held: list[Involvement]) -> list[Involvement]:
    """Keep the newest of several assertions that name the same practitioner in the same role. What
    somebody said by hand is not lost for a feed's newer word: where the feed only repeats it, the line
    stays confirmed; where they differ in whom to ring or whether it has ended, both are shown."""
    kept: list[Involvement] = []
    places: dict[tuple[str, str], int] = {}
    for i in held:
        place = places.setdefault((i.practitioner_id or i.id, i.role), len(kept))
        if place == len(kept):
            kept.append(i)
            continue
        newest = kept[place]
        if newest.by_hand or not i.by_hand:
            continue
        if all(getattr(newest, said) == getattr(i, said) for said in _SAID_ALIKE):
            if i.confirmed_at:
                newest = newest._replace(confirmed_at=i.confirmed_at, confirmed_by=i.confirmed_by)
        else:
            kept.append(i)
        kept[place] = newest._replace(by_hand=1)
    return kept


def _tie(i: Involvement) -> Tie:
    active = int(i.kind == "active")
    return Tie(
        i.practitioner_id, i.team_id, i.agency_id, i.sensitive, active, i.lead, i.asserted_by
    )


def name_of(i: Involvement) -> str:
    """Say whom an involvement rings: its practitioner, or whom its source names in their place."""
    if i.practitioner and not i.practitioner_left:
        return i.practitioner
    return i.contact_name or (f"{i.practitioner} (has left)" if i.practitioner else i.agency)


def _role(role: str) -> str:
    role = asserting.one_line(role)
    if not role:
        raise Invalid("Say what you do for this person.", "role")
    if len(role) > 100:
        raise Invalid("Use 100 characters or fewer.", "role")
    return role
