"""What was written without signal, arrived, and is on no record yet: it waits, sealed as it came.

Its author finishes it, sends it or destroys it. What came from a device that was shut out, or is left
of somebody who has left, their supervisor settles too. `envelopes.py` takes what arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api import access
from api.authority import Authority
from api.errors import Conflict, NotFound
from api.record import notes
from api.record.envelopes import Reads, is_to_match
from api.staff import sessions
from api.store import Tx
from api.store import access as stored_access
from api.store import devices as stored_devices
from api.store import envelopes as stored
from api.store import people as stored_people
from api.store.access import Me
from api.store.envelopes import Kept
from api.telling import outbox
from api.trust import audit, deliveries, sealing
from api.trust.actor import Actor
from api.trust.audit import Action
from api.trust.deliveries import Contents, Fields

NO_SUCH_ENVELOPE = "There is nothing here that waits for you."


@dataclass(frozen=True)
class Unsent:
    """Something that arrived and waits, opened for who may read it.

    `reason`: "draft", "to match", "not confirmed", "revoked device" or "not taken", with the
    `sentence` that says what to mend. `mine` where the reader wrote it. Times are UTC ISO text;
    `clock_off` is in seconds that the device's clock was ahead.
    """

    author_id: str
    author: str
    author_left: bool
    mine: bool
    id: str
    reason: str
    sentence: str | None
    device_kind: str
    captured_at: str
    clock_off: int
    arrived_at: str
    fields: Fields


def waiting(actor: Actor) -> list[Unsent]:
    """Give what the actor wrote and is not sent, in the order in which it was written; then what
    the actor's teams wrote on devices that were shut out, or before they left."""

    def looking(tx: Tx) -> list[Unsent]:
        me = access.who(tx, actor)
        return _shown(tx, actor, [*stored.of(tx, actor.id), *_of_teams(tx, actor, me)])

    return actor.store.look(looking)


def read(actor: Actor, author_id: str, id: str) -> Unsent:
    """Give one of them. Raises NotFound."""
    return actor.store.look(
        lambda tx: _shown(tx, actor, [_find(tx, actor, author_id, id, Action.UNSENT_LOOKED)])[0]
    )


def count(actor: Actor) -> int:
    """Count what `waiting` gives: no look, and a plain query where nothing is held in a team."""
    mine = stored.count(actor.store, actor.id, [])
    teams = [held.scope_id for held in actor.roles if held.role == "supervisor"]
    if stored.count(actor.store, actor.id, teams) == mine:
        return mine
    return mine + actor.store.upkeep(
        lambda tx: len(_of_teams(tx, actor, stored_access.me(tx, actor.id)))
    )


def release(actor: Actor, author_id: str, id: str, reads: Reads) -> str:
    """Let in what waited because of its device: it goes onto the record as its author's.

    Its author may, and who supervises the author. Gives "sent", or "to match" where its author must
    first say whom it is about. Raises NotFound; Conflict for what its author has to finish, and where
    the author has left; Invalid, Refused as `notes.log` does.
    """

    def change(tx: Tx) -> str:
        kept = _find(tx, actor, author_id, id, Action.ENVELOPE_SETTLED)
        if kept.reason not in ("revoked device", "not confirmed"):
            raise Conflict("This is not finished yet. Its author has to finish it.")
        enrolment = stored_devices.enrolment(tx, kept.enrolment_id)
        if kept.author_left or enrolment is None:
            raise Conflict(
                f"{kept.author} has left. Log it yourself, and say whose words they are."
            )
        author = actor if actor.id == author_id else sessions.acting(actor.authority, enrolment)
        typed = reads(_unsealed(tx, actor.authority, kept).fields)
        state = "to match" if is_to_match(tx, author, typed) else "sent"
        if state == "sent":
            stored.settle(tx, author_id, id, "sent", actor.id)
            note = replace(typed.note, id=id)
            notes.log_inside(tx, author, *notes.checked(author, note, typed.someone))
        else:
            stored.give_reason(tx, author_id, id, state)
        if actor.id != author_id:
            outbox.put(tx, actor, "released", practitioner_id=author_id)
        audit.allowed(tx, actor, Action.ENVELOPE_SETTLED, reason=f"released, {state}", object=id)
        return state

    return actor.store.write(change)


def discard(actor: Actor, author_id: str, id: str) -> None:
    """Destroy what waits. Its author may; who supervises them, where they may release it, and then
    the author hears of it. Raises NotFound.
    """

    def change(tx: Tx) -> None:
        kept = _find(tx, actor, author_id, id, Action.ENVELOPE_SETTLED)
        stored.settle(tx, author_id, id, "discarded", actor.id)
        if actor.id != author_id:
            outbox.put(tx, actor, "discarded", practitioner_id=author_id)
        audit.allowed(
            tx, actor, Action.ENVELOPE_SETTLED, reason=f"discarded, {kept.reason}", object=id
        )

    actor.store.write(change)


def _find(tx: Tx, actor: Actor, author_id: str, id: str, action: Action) -> Kept:
    me = access.who(tx, actor)
    kept = stored.find(tx, author_id, id)
    if kept and kept.state == "waiting":
        held = kept.kind == "note" and (kept.reason == "revoked device" or kept.author_left)
        may = access.may_settle(me, stored_access.me(tx, author_id), held=held)
        if may and (kept.author_id == me.id or _known(tx, actor, me, [kept])):
            return kept
    audit.refused(tx, actor, action, reason="not theirs", object=id)
    raise NotFound(NO_SUCH_ENVELOPE)


def _of_teams(tx: Tx, actor: Actor, me: Me) -> list[Kept]:
    """Give what the actor's teams wrote that the actor may settle and know of."""
    teams = [scope for role, scope in me.roles if role == "supervisor" and scope]
    return _known(tx, actor, me, stored.of_teams(tx, teams, actor.id))


def _known(tx: Tx, actor: Actor, me: Me, found: Sequence[Kept]) -> list[Kept]:
    """Leave out what is about somebody who must not exist for the actor, whoever wrote it."""
    named = [_named(_unsealed(tx, actor.authority, kept).fields) for kept in found]
    people = stored_people.identities(tx, sorted({person for people in named for person in people}))
    closed = {
        identity
        for identity in people
        if access.verdict(tx, me, identity).sight is access.Sight.NOTHING
    }
    return [
        kept
        for kept, people in zip(found, named, strict=True)
        if not closed.intersection(stored_people.identities(tx, people))
    ]


def _named(fields: Fields) -> list[str]:
    """Give whom the fields of a note name, as many as a note may have."""
    found = dict.fromkeys(value for name, value in fields if name == "people")
    return list(found)[: notes.PEOPLE_AT_ONCE]


def _shown(tx: Tx, actor: Actor, found: Sequence[Kept]) -> list[Unsent]:
    shown = [
        Unsent(
            author_id=kept.author_id,
            author=kept.author,
            author_left=kept.author_left,
            mine=kept.author_id == actor.id,
            id=kept.id,
            reason=kept.reason or "",
            sentence=kept.sentence,
            device_kind=kept.device_kind,
            captured_at=kept.captured_at,
            clock_off=kept.clock_off,
            arrived_at=kept.arrived_at,
            fields=_unsealed(tx, actor.authority, kept).fields,
        )
        for kept in found
    ]
    named = {value for one in shown for value in _named(one.fields)}
    subjects = stored_people.identities(tx, sorted(named))
    audit.allowed(tx, actor, Action.UNSENT_LOOKED, subjects=subjects)
    return shown


def _unsealed(tx: Tx, authority: Authority, kept: Kept) -> Contents:
    bound = sealing.info(authority.id, kept.sealing_key_id, kept.author_id, kept.id, kept.kind)
    return deliveries.contents(
        sealing.unseal(authority, tx, kept.sealing_key_id, kept.sealed or b"", bound)
    )
