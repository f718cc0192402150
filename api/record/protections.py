"""Closing a person's record to all but those named, and hiding where somebody is.

Closing the record, and opening again what was closed or hidden, takes the passkey; hiding where somebody
is does not, because nothing is lost by doing it too soon.

The lead or the lead's supervisor restricts; they, or a supervisor of someone in the circle, hide where
somebody is: from the lead, only the lead's supervisor does. Those named open again, or the authority's
governance lead, for when everybody named has left (`forsaken`). Nothing is deleted by either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.errors import Checks, Conflict, Invalid, NotFound
from api.record import asserting, briefs, identities, involvements, own_family
from api.record.briefs import Brief
from api.store import Tx
from api.store import people as stored_people
from api.store import practitioners as stored_practitioners
from api.store import protections as stored
from api.store.practitioners import Colleague
from api.store.protections import Closed, Table
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# A record that fewer can open is watched over by nobody, and forsaken when one person leaves.
ENOUGH = 2

NOBODY_NAMED = "Name at least one person who may know."
_SAY_WHO = "Only this person's lead, or a supervisor of someone in the circle, can do this."
_SAY_LEAD_TOO = (
    "Name this person's lead as well: only the lead, or the lead's supervisor, can hide from the lead where"
    " somebody is."
)
_SAY_LEAD = "Only this person's lead, or the lead's supervisor, can close the record."


@dataclass(frozen=True)
class Protection:
    """A protected location: whom it is hidden from and why, and who may know it."""

    id: str
    hidden_from: str
    named: Sequence[str]
    since: str


@dataclass(frozen=True)
class Closing:
    """What there is to close about a person, and is closed: who may be named (nobody, where the actor may
    close nothing): `choices`, the actor, who supports the person and the authority's governance leads, and the
    actor's other `colleagues`; whether the record is restricted, whom of those on offer that names, and the
    protections that name the actor."""

    brief: Brief
    choices: Sequence[Colleague]
    colleagues: Sequence[Colleague]
    may_restrict: bool
    restricted: bool
    named: frozenset[str]
    location_hidden: bool
    protections: Sequence[Protection]


def closing(actor: Actor, person_id: str) -> Closing:
    """Give what is closed about a person and what the actor may close, with whom they may name: who
    supports the person, as far as the actor is shown them, and their own colleagues.

    Raises NotFound or NotAllowed outside the circle's sight.
    """

    def looking(tx: Tx) -> Closing:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.PERSON_LOOKED)
        standing = verdict.standing
        audit.allowed(
            tx,
            actor,
            Action.PERSON_LOOKED,
            subjects=[standing.identity_id],
            reason="what is closed",
        )
        may_restrict, may_protect = access.may_restrict(standing), access.may_admit(standing)
        choices, colleagues = (
            _choices(tx, actor, verdict) if may_restrict or may_protect else ((), ())
        )
        return Closing(
            brief=briefs.shown(tx, verdict, person_id),
            choices=choices,
            colleagues=colleagues,
            may_restrict=may_restrict,
            restricted=standing.restricted,
            named=_named_among(tx, standing.identity_id, (*choices, *colleagues)),
            location_hidden=verdict.location_hidden,
            protections=_named_on(tx, actor, standing.identity_id),
        )

    return actor.store.look(looking)


def _named_among(tx: Tx, identity: str, offered: Sequence[Colleague]) -> frozenset[str]:
    named = {one for held in stored.of(tx, "restrictions", identity) for one in held.named}
    return frozenset(named & {one.id for one in offered})


def _choices(
    tx: Tx, actor: Actor, verdict: Verdict
) -> tuple[Sequence[Colleague], Sequence[Colleague]]:
    circle = [
        Colleague(line.practitioner_id, line.name, line.role)
        for line in involvements.of(tx, verdict).now
        if line.practitioner_id and line.practitioner_id != actor.id and not line.sealed
    ]
    here = stored_practitioners.colleagues(tx, actor.agency_id or "", actor.id)
    # Where none of them is named, nobody could deal with who asks for the person's record.
    leads = stored_practitioners.governance(tx, actor.id)
    found = {one.id: one for one in (*leads, *here, *circle)}
    near = dict.fromkeys(one.id for one in (*circle, *leads))
    rest = [one for one in here if one.id not in near]
    mine = Colleague(actor.id, f"{actor.name} (you)", actor.job)
    return [mine, *(found[id] for id in near)], rest


def restrict(actor: Actor, person_id: str, reason: str, named: Sequence[str]) -> str:
    """Close a record to all but those named; for everyone else the person no longer exists.

    Restricting again puts the new names in the place of the old ones. The actor may name
    themselves, and otherwise loses sight like everybody else.
    """
    with Checks() as check:
        reason = check(asserting.check_reason, reason)
        check.that(bool(named), NOBODY_NAMED, "named")
    return _close(actor, "restrictions", person_id, reason, named)


def lift_restriction(actor: Actor, person_id: str, reason: str) -> None:
    """Open a restricted record again to the circle and by the rules that hold for everybody."""
    reason = asserting.check_reason(reason)

    def change(tx: Tx) -> None:
        _lift(tx, actor, "restrictions", person_id, None, reason)

    actor.store.write(change)
    own_family.close_opened(actor.authority, person_id)


def protect(actor: Actor, person_id: str, hidden_from: str, named: Sequence[str]) -> str:
    """Hide where a person is (address, school, GP, placement, team, area) from all but those
    named; `hidden_from` says from whom, and why. Each protection stands by itself. Who does not decide about
    the lead names the lead too."""
    words, most = hidden_from.strip(), asserting.REASON_LENGTH
    with Checks() as check:
        check.that(bool(words), "Say whom the location is hidden from.", "hidden_from")
        check.that(len(words) <= most, f"Use {most} characters or fewer.", "hidden_from")
        check.that(bool(named), NOBODY_NAMED, "named")
    return _close(actor, "protections", person_id, words, named)


def lift_protection(actor: Actor, person_id: str, protection_id: str, reason: str) -> None:
    """Take a protection of somebody's location back."""
    reason = asserting.check_reason(reason)

    def change(tx: Tx) -> None:
        _lift(tx, actor, "protections", person_id, protection_id, reason)

    actor.store.write(change)


@dataclass(frozen=True)
class Forsaken:
    """Something closed that nobody who is named can open any more: not about whom. `is_record` where it is
    a whole record, else where somebody is."""

    id: str
    is_record: bool
    by: str
    since: str


def forsaken(actor: Actor) -> list[Forsaken]:
    """Give to the authority's governance lead what nobody who is named can open any more, the oldest
    first; nothing to anybody else."""

    def looking(tx: Tx) -> list[Forsaken]:
        me = access.who(tx, actor)
        found = stored.forsaken(tx, me) if access.governs_authority(me) else []
        subjects = sorted({one.identity_id for one in found})
        audit.allowed(tx, actor, Action.PERSON_LOOKED, subjects=subjects, reason="what is closed")
        return [
            Forsaken(one.id, one.table == "restrictions", one.made_by, one.made_at) for one in found
        ]

    return actor.store.look(looking)


def open_forsaken(actor: Actor, id: str, reason: str) -> None:
    """Open again what nobody who is named can open any more. Raises NotFound, ConfirmFirst."""
    reason = asserting.check_reason(reason)

    def change(tx: Tx) -> str:
        me = access.who(tx, actor)
        found = stored.forsaken(tx, me, only=id) if access.governs_authority(me) else []
        if not found:
            audit.refused(tx, actor, Action.PERSON_RESTRICTED, reason="may not lift")
            raise NotFound("There is nothing to open here.")
        one = found[0]
        _lift(tx, actor, one.table, one.identity_id, one.id, reason)
        return one.identity_id

    own_family.close_opened(actor.authority, actor.store.write(change))


def of(actor: Actor, person_id: str) -> list[Protection]:
    """Give the protections of somebody's location to those who are named on them."""

    def looking(tx: Tx) -> list[Protection]:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.PERSON_LOOKED)
        identity = verdict.standing.identity_id
        audit.allowed(
            tx, actor, Action.PERSON_LOOKED, subjects=[identity], reason="protected location"
        )
        return _named_on(tx, actor, identity)

    return actor.store.look(looking)


def _named_on(tx: Tx, actor: Actor, identity: str) -> list[Protection]:
    held = [one for one in stored.of(tx, "protections", identity) if actor.id in one.named]
    words = actor.authority.vault.open(tx, [one.words_id for one in held])
    return [
        Protection(
            one.id,
            words.get(one.words_id, ""),
            sorted(stored.workers(tx, list(one.named)).values()),
            one.made_at,
        )
        for one in held
    ]


def _close(actor: Actor, table: Table, person_id: str, words: str, named: Sequence[str]) -> str:
    names = sorted({*named})

    def change(tx: Tx) -> str:
        action = _ACTIONS[table]
        who = asserting.require_circle(tx, actor, person_id, action, steering=_SAY_WHO)
        _require_closing(tx, actor, table, who.identity_id, names)
        if table == "restrictions":
            for before in stored.of(tx, table, who.identity_id):
                if not before.is_echo:
                    stored.end(tx, table, before.id, actor.id)
        kept = actor.authority.vault.keep(tx, words, [who.identity_id])
        id = stored.add(tx, table, who.identity_id, kept, actor.id, names)
        if table == "restrictions":
            stored.echo_again(tx, who.identity_id, actor.id)
            if stored.openers(tx, id) < ENOUGH:
                outbox.put(tx, actor, "closed to one", person_id=who.identity_id)
        audit.allowed(
            tx,
            actor,
            action,
            subjects=[who.identity_id],
            object=id,
            reason="closed",
            details=words,
        )
        return id

    return actor.store.write(change)


def _require_closing(
    tx: Tx, actor: Actor, table: Table, identity: str, names: Sequence[str]
) -> None:
    """Go on only where the actor may close this to all but these."""
    restricts = _may_restrict(tx, actor, identity)
    if table == "restrictions":
        if not restricts:
            raise access.refuse(tx, actor, _ACTIONS[table], "not the lead's to decide", _SAY_LEAD)
        access.require_confirmed(tx, actor, _ACTIONS[table])
    stored_people.hold(tx, identity)
    working = stored.workers(tx, names)
    if len(working) != len(names):
        raise Invalid("Choose people who work here.", "named")
    if not restricts:
        # Whoever answers for somebody must know where they are.
        standing = access.verdict(tx, access.who(tx, actor), identity).standing
        if not stored.workers(tx, sorted(access.known_leads(standing))).keys() <= working.keys():
            raise Invalid(_SAY_LEAD_TOO, "named")


def _may_restrict(tx: Tx, actor: Actor, identity: str) -> bool:
    if actor.is_system:
        return True
    return access.may_restrict(access.verdict(tx, access.who(tx, actor), identity).standing)


_ACTIONS = {"restrictions": Action.PERSON_RESTRICTED, "protections": Action.PERSON_PROTECTED}


def _lift(tx: Tx, actor: Actor, table: Table, person_id: str, id: str | None, reason: str) -> None:
    identity = stored_people.identity(tx, person_id)
    held = stored.of(tx, table, identity) if identity else []
    lifted = [one for one in held if id is None or one.id == id]
    if identity is None or not _may_lift(tx, actor, identity, table, lifted):
        audit.refused(tx, actor, _ACTIONS[table], reason="may not lift")
        raise NotFound(access.NO_SUCH_PERSON)
    access.require_confirmed(tx, actor, _ACTIONS[table])
    if not lifted:
        raise Conflict("This was lifted already.")
    for one in lifted:
        stored.end(tx, table, one.id, actor.id)
    if table == "restrictions":
        for record in stored.echo_again(tx, identity, actor.id):
            identities.rejoin(tx, actor, record, identity)
    audit.allowed(
        tx,
        actor,
        _ACTIONS[table],
        subjects=[identity],
        object=lifted[0].id,
        reason="lifted",
        details=reason,
    )


def _may_lift(tx: Tx, actor: Actor, identity: str, table: Table, lifted: Sequence[Closed]) -> bool:
    if actor.is_system:
        return True
    me = access.who(tx, actor)
    named = any(actor.id in one.named for one in lifted)
    left = {one.id for one in stored.forsaken(tx, me) if one.table == table}
    forsaken = all(one.id in left or one.is_echo for one in lifted)
    return access.may_lift(access.verdict(tx, me, identity).standing, named, forsaken)
