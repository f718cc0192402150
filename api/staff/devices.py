"""Devices: which wait, which are let in, which are shut out. Nobody approves themselves."""

from __future__ import annotations

from dataclasses import dataclass

from api import access
from api.authority import Authority
from api.errors import Conflict, Invalid, NotFound
from api.staff import guards, secrets
from api.store import Tx
from api.store import access as stored_access
from api.store import devices as stored
from api.store import passkeys as stored_passkeys
from api.store import practitioners as stored_practitioners
from api.store import sessions as stored_sessions
from api.store import subscriptions as stored_subscriptions
from api.store.devices import Enrolment
from api.store.sealing_keys import SealingKey
from api.telling import outbox
from api.trust import audit, sealing
from api.trust.actor import Actor
from api.trust.audit import Action

CHECKED_HOW = ("saw their screen", "rang the number we hold")

NO_SUCH_DEVICE = "There is no such device here."
BROUGHT_THEM = (
    "You gave them their role and invited them, so somebody else has to let them in."
    " Ask another approver."
)


@dataclass(frozen=True)
class WaitingDevice:
    """A device that asks to be let in, for those who may approve it."""

    id: str
    owner_id: str
    owner: str
    owner_job: str
    owner_phone: str
    agency: str
    kind: str
    matching_code: str
    asked_at: str
    others: int
    lost_key: bool
    # Who asks gave its owner their role and invited them, so that somebody else lets it in.
    by_another: bool


@dataclass(frozen=True)
class MyDevice:
    """A practitioner's device: waiting, approved, refused or revoked, and when it was last used."""

    id: str
    kind: str
    state: str
    asked_at: str
    decided_at: str | None
    decided_by: str | None
    checked_how: str | None
    revoked_at: str | None
    used_at: str | None
    this_one: bool


@dataclass(frozen=True)
class Asked:
    """What a waiting device may know of itself."""

    owner: str
    state: str
    matching_code: str
    lost_key: bool


@dataclass(frozen=True)
class Here:
    """What a browser is told of the enrolment it is signed in by, to seal, sign and check with.

    `shared`: several people are let in on this device. `passkey` is what the browser calls it.
    `sealing_key` is what notes are sealed to; `verify_key` checks what is signed for it to keep.
    """

    enrolment_id: str
    practitioner_id: str
    name: str
    authority_id: str
    shared: bool
    passkey: bytes | None
    delivery_key: bytes | None
    sealing_key: SealingKey
    verify_key: bytes


def waiting(actor: Actor) -> list[WaitingDevice]:
    """Give the devices that wait for someone like the actor, the longest waiting first."""

    def look(tx: Tx) -> list[WaitingDevice]:
        found = [one for one in stored.waiting(tx) if _may_approve(tx, actor, one)]
        audit.allowed(tx, actor, Action.APPROVALS_LOOKED)
        return [_waiting(tx, actor, one) for one in found]

    return actor.store.look(look)


def approve(actor: Actor, enrolment_id: str, checked_how: str) -> None:
    """Let a waiting device in, having compared the codes. Asks for the passkey. Who gave its owner their
    role and invited them leaves a new passkey to somebody else.

    Who had a device before is told, so that nobody is let in under their name unnoticed; of a first one that
    is let in by who invited them, somebody else who answers for them.
    `checked_how` says how they were compared, and is kept. Raises Invalid, NotFound, NotAllowed,
    ConfirmFirst, and Conflict where the device does not wait any more.
    """
    if checked_how not in (CHECKED_HOW if not actor.is_system else ("command line",)):
        raise Invalid("Say how you compared the codes.", "checked_how")

    def change(tx: Tx) -> None:
        enrolment = _decidable(tx, actor, enrolment_id, Action.DEVICE_APPROVED)
        if not _may_let_in(tx, actor, enrolment):
            raise access.refuse(tx, actor, Action.DEVICE_APPROVED, "brought them", BROUGHT_THEM)
        if enrolment.owner_left or not stored.approve(tx, enrolment.id, actor.id, checked_how):
            raise Conflict("This device does not wait for approval any more.")
        if _had_another(tx, enrolment):
            outbox.put(tx, actor, "device", practitioner_id=enrolment.practitioner_id)
        elif stored.invited_by(tx, enrolment) == actor.id:
            outbox.put(tx, actor, "let in alone", practitioner_id=enrolment.practitioner_id)
        audit.allowed(tx, actor, Action.DEVICE_APPROVED, reason=checked_how, object=enrolment.id)

    actor.store.write(change)


def refuse(actor: Actor, enrolment_id: str) -> None:
    """Turn a waiting device away. Asks for the passkey. Raises as `approve` does."""

    def change(tx: Tx) -> None:
        enrolment = _decidable(tx, actor, enrolment_id, Action.DEVICE_REFUSED)
        if not stored.refuse(tx, enrolment.id, actor.id):
            raise Conflict("This device does not wait for approval any more.")
        _let_go(tx, enrolment, "refused")
        audit.allowed(tx, actor, Action.DEVICE_REFUSED, object=enrolment.id)

    actor.store.write(change)


def mine(actor: Actor) -> list[MyDevice]:
    """Give the actor's own devices, newest first."""

    def look(tx: Tx) -> list[MyDevice]:
        access.who(tx, actor)
        audit.allowed(tx, actor, Action.DEVICES_LOOKED, reason="own")
        return [_mine(actor, one) for one in stored.of(tx, actor.id)]

    return actor.store.look(look)


def of(actor: Actor, practitioner_id: str) -> list[MyDevice]:
    """Give someone else's devices, to those who may revoke them. Raises NotFound, NotAllowed."""

    def look(tx: Tx) -> list[MyDevice]:
        guards.approve(tx, actor, practitioner_id, Action.DEVICES_LOOKED)
        audit.allowed(tx, actor, Action.DEVICES_LOOKED, object=practitioner_id)
        return [_mine(actor, one) for one in stored.of(tx, practitioner_id)]

    return actor.store.look(look)


def revoke(actor: Actor, enrolment_id: str) -> None:
    """Shut a device out: it is signed out at its next request, and told nothing more.

    Its owner may, and whoever may approve it. Asks for the passkey. A passkey that no other device
    of theirs holds is revoked with it. Raises NotFound, NotAllowed, ConfirmFirst, Conflict.
    """

    def change(tx: Tx) -> None:
        enrolment = _find(tx, actor, enrolment_id, Action.DEVICE_REVOKED)
        if enrolment.practitioner_id != actor.id:
            guards.approve(tx, actor, enrolment.practitioner_id, Action.DEVICE_REVOKED)
        access.require_confirmed(tx, actor, Action.DEVICE_REVOKED)
        if not stored.revoke(tx, enrolment.id, actor.id):
            raise Conflict("This device was shut out before.")
        _let_go(tx, enrolment, "revoked")
        audit.allowed(tx, actor, Action.DEVICE_REVOKED, object=enrolment.id)

    actor.store.write(change)


def asked(authority: Authority, enrolment_id: str, device_cookie: str | None) -> Asked:
    """Tell a waiting device, known by its cookie, how its asking stands. Raises NotFound.

    Light, and leaves no row: the device shows this to its owner again and again while it waits.
    """
    hashed = secrets.digest(device_cookie or "")
    found = stored.on_device(authority.store, enrolment_id, hashed)
    if found is None:
        raise NotFound(NO_SUCH_DEVICE)
    return Asked(found.owner, found.state, found.matching_code, found.lost_key)


def here(actor: Actor) -> Here:
    """Tell the actor's browser what it needs to seal and to sign. Raises NotFound without a session.

    Leaves no audit row: nothing here is about anybody but the actor.
    """

    verify_key = sealing.verify_key(actor.authority)

    def tell(tx: Tx) -> Here:
        enrolment = stored.enrolment(tx, actor.enrolment_id or "")
        if enrolment is None:
            raise NotFound(NO_SUCH_DEVICE)
        passkey = stored_passkeys.of_enrolment(tx, enrolment.id)
        key = sealing.current(actor.authority, tx)
        # It is kept for as long as this browser may seal to it.
        stored.give_sealing_key(tx, enrolment.id, key.id)
        return Here(
            enrolment_id=enrolment.id,
            practitioner_id=actor.id,
            name=actor.name,
            authority_id=actor.authority.settings.id,
            shared=stored.people_on(tx, enrolment.device_id) > 1,
            passkey=passkey.credential_id if passkey else None,
            delivery_key=enrolment.delivery_key,
            sealing_key=key,
            verify_key=verify_key,
        )

    return actor.store.upkeep(tell)


def _decidable(tx: Tx, actor: Actor, enrolment_id: str, action: Action) -> Enrolment:
    enrolment = _find(tx, actor, enrolment_id, action)
    guards.approve(tx, actor, enrolment.practitioner_id, action)
    access.require_confirmed(tx, actor, action)
    return enrolment


def _find(tx: Tx, actor: Actor, enrolment_id: str, action: Action) -> Enrolment:
    found = stored.enrolment(tx, enrolment_id)
    if found is None:
        audit.refused(tx, actor, action, reason="no such device")
        raise NotFound(NO_SUCH_DEVICE)
    return found


def _had_another(tx: Tx, enrolment: Enrolment) -> bool:
    return any(
        one.id != enrolment.id and one.state in ("approved", "revoked") and one.decided_at
        for one in stored.of(tx, enrolment.practitioner_id)
    )


def _let_go(tx: Tx, enrolment: Enrolment, why: str) -> None:
    stored_sessions.end_of_enrolment(tx, enrolment.id)
    stored_subscriptions.drop_of_enrolment(tx, enrolment.id, why)
    if enrolment.credential_id:
        stored_passkeys.revoke_unheld(tx, enrolment.credential_id)


def _may_approve(tx: Tx, actor: Actor, enrolment: Enrolment) -> bool:
    if actor.is_system:
        return True
    owner = stored_access.me(tx, enrolment.practitioner_id)
    return access.may_approve(access.who(tx, actor), owner)


def _may_let_in(tx: Tx, actor: Actor, enrolment: Enrolment) -> bool:
    if actor.is_system:
        return True
    me, owner = access.who(tx, actor), stored_access.me(tx, enrolment.practitioner_id)
    return access.may_let_in(me, owner, stored.brought_by(tx, enrolment))


def _waiting(tx: Tx, actor: Actor, enrolment: Enrolment) -> WaitingDevice:
    owner = stored_practitioners.find(tx, enrolment.practitioner_id)
    approved = [one for one in stored.of(tx, enrolment.practitioner_id) if one.state == "approved"]
    return WaitingDevice(
        id=enrolment.id,
        owner_id=enrolment.practitioner_id,
        owner=enrolment.owner,
        owner_job=enrolment.owner_job,
        owner_phone=owner.phone if owner else "",
        agency=enrolment.agency,
        kind=enrolment.device_kind,
        matching_code=enrolment.matching_code,
        asked_at=enrolment.asked_at,
        others=len(approved),
        lost_key=enrolment.lost_key,
        by_another=not _may_let_in(tx, actor, enrolment),
    )


def _mine(actor: Actor, enrolment: Enrolment) -> MyDevice:
    return MyDevice(
        id=enrolment.id,
        kind=enrolment.device_kind,
        state=enrolment.state,
        asked_at=enrolment.asked_at,
        decided_at=enrolment.decided_at,
        decided_by=enrolment.decided_by,
        checked_how=enrolment.checked_how,
        revoked_at=enrolment.revoked_at,
        used_at=enrolment.used_at,
        this_one=enrolment.id == actor.enrolment_id,
    )
