"""Envelopes: notes and drafts that were sealed on a device without signal, or without a session.

A delivery needs no session. The signature of the delivery key of an approved enrolment lets a note in
and gives no right to read anything. What cannot become a note yet waits, sealed as it came, until its
author or their supervisor has decided (`unsent.py`).

The signature is checked before anything is opened. Author and id stay as a tombstone, so that what
arrives twice is taken once, however long ago the first time was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from api import access, moment
from api.authority import Authority
from api.errors import Invalid, Refused
from api.record import notes
from api.record.notes import NewNote
from api.record.people import NewPerson
from api.staff import ceremonies, sessions
from api.staff.ceremonies import RelyingParty
from api.store import Tx
from api.store import devices as stored_devices
from api.store import envelopes as stored
from api.store import notes as stored_notes
from api.store.devices import Enrolment
from api.store.sealing_keys import SealingKey
from api.trust import audit, deliveries, p256, sealing
from api.trust.actor import Actor
from api.trust.audit import Action
from api.trust.deliveries import Contents, Delivery, Fields

__all__ = ["Fields", "NotTaken", "Reads", "Taken", "Typed", "is_to_match", "take"]

# What may wait from one device: more is refused, and stays on the device.
HELD, HELD_BYTES = 250, 4 * 1024 * 1024
# How far the numbers of a key may run ahead of the time: clocks are wrong, and nobody who gets hold of a
# key for a moment may use its numbers up.
AHEAD = timedelta(days=365_000)


@dataclass(frozen=True)
class Typed:
    """What a form's fields say. `who` is whom it is about in words, where nobody could be chosen;
    `searched` says that `someone` was looked for and not found."""

    note: NewNote
    someone: NewPerson | None = None
    searched: bool = False
    who: str = ""


# Reads the fields of the page's own form. Raises Invalid.
Reads = Callable[[Fields], Typed]


class NotTaken(Refused):
    """A delivery is refused, and stays on its device. `reason` is one word or two for the device;
    `count` is the highest number that its key signed, where that is what was wrong."""

    def __init__(self, reason: str, sentence: str, count: int | None = None) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.count = count


@dataclass(frozen=True)
class Taken:
    """What became of a delivery, and what its device must know.

    `state`: "sent", "waiting" (on the server, for its author), "gone" (a draft whose note was sent
    or discarded before), or "hello". `shared`: several people use the device. `revoked`: it was shut
    out, and must wipe what it holds of this author.
    """

    state: str
    reason: str | None
    shared: bool
    revoked: bool
    key: SealingKey


@dataclass(frozen=True)
class _Said:
    """What a note's fields came to: read, and checked where it says whom it is about; or the sentence
    that says what is wrong with them."""

    typed: Typed | None = None
    checked: tuple[NewNote, NewPerson | None] | None = None
    sentence: str = ""


def take(authority: Authority, rp: RelyingParty, posted: object, reads: Reads) -> Taken:
    """Take a delivery, as a device posted it: JSON, already parsed.

    The same again has the same answer and no further effect. Raises NotTaken.
    """
    delivery = _read(authority, posted)
    enrolment = _signed(authority, rp, delivery)
    author = sessions.acting(authority, enrolment)
    if delivery.kind == "hello":

        def greet(tx: Tx) -> Taken:
            _count(tx, author, delivery)
            return _answer(tx, authority, _now(tx, enrolment), "hello")

        try:
            return authority.store.upkeep(greet)
        except NotTaken as refused:
            _refusal(author, refused.reason, refused.sentence, enrolment.id)
            raise
    opened = _open(authority, author, delivery)
    said = _said(author, delivery.id, opened, reads) if delivery.kind == "note" else _Said()

    def change(tx: Tx, said: _Said = said) -> Taken:
        _count(tx, author, delivery)
        held = _now(tx, enrolment)
        answer = _before(tx, author, delivery)
        if answer is None:
            answer = _file(tx, author, rp, held, delivery, opened, said)
        audit.allowed(
            tx, author, Action.ENVELOPE_TAKEN, reason=" ".join(answer), object=delivery.id
        )
        return _answer(tx, authority, held, *answer)

    try:
        return authority.store.write(change)
    except NotTaken:
        raise
    except (Refused, Invalid) as error:
        # It came as it should and the record did not take it: that is its author's to mend.
        mend = _Said(sentence=error.sentence)
        return authority.store.write(lambda tx: change(tx, mend))


def _read(authority: Authority, posted: object) -> Delivery:
    """Read a delivery. Nothing of it is believed before its signature was checked."""
    try:
        return deliveries.read(posted)
    except ValueError:
        actor = Actor.system(authority, "delivery")
        raise _refusal(actor, "unreadable", "This note cannot be read.") from None


def _signed(authority: Authority, rp: RelyingParty, delivery: Delivery) -> Enrolment:
    """Give the enrolment whose key signed a delivery that is meant for us."""
    system = Actor.system(authority, "delivery")
    enrolment = stored_devices.enrolment(authority.store, delivery.enrolment_id)
    if (
        enrolment is None
        or enrolment.delivery_key is None
        or enrolment.state not in ("approved", "revoked")
    ):
        raise _refusal(system, "unknown device", "This device is not approved here.")
    if not p256.verify(enrolment.delivery_key, delivery.signature, delivery.signed):
        raise _refusal(
            system, "signature", "This note was not signed by the device it names.", enrolment.id
        )
    author = sessions.acting(authority, enrolment)
    if delivery.author_id != author.id:
        raise _refusal(author, "author", "This note is not its device's owner's.", enrolment.id)
    if delivery.origin != rp.origin:
        raise _refusal(author, "origin", "This note was meant for another service.", enrolment.id)
    furthest = moment.parse(authority.store.now()) + AHEAD
    if delivery.count / 1000 > furthest.timestamp():
        raise _refusal(author, "unreadable", "This device's clock is too far ahead.", enrolment.id)
    return enrolment


def _now(tx: Tx, enrolment: Enrolment) -> Enrolment:
    """Give an enrolment as it is by now: it may have been shut out since its signature was checked."""
    return stored_devices.enrolment(tx, enrolment.id) or enrolment


def _open(authority: Authority, author: Actor, delivery: Delivery) -> Contents:
    bound = sealing.info(authority.id, delivery.key_id, author.id, delivery.id, delivery.kind)
    try:
        plain = sealing.unseal(authority, authority.store, delivery.key_id, delivery.sealed, bound)
        return deliveries.contents(plain)
    except (sealing.Unopened, ValueError):
        raise _refusal(
            author,
            "sealing",
            "This note cannot be opened. It was sealed to another key, or damaged.",
        ) from None


def _count(tx: Tx, author: Actor, delivery: Delivery) -> None:
    """Let a signature count once: whoever copied a delivery cannot post it again."""
    highest = stored_devices.count_signature(tx, delivery.enrolment_id, delivery.count)
    if highest is not None:
        audit.refused(
            tx, author, Action.ENVELOPE_TAKEN, reason="replayed", object=delivery.enrolment_id
        )
        raise NotTaken("replayed", "This was delivered before.", highest)


def _before(tx: Tx, author: Actor, delivery: Delivery) -> tuple[str, ...] | None:
    """Give what became of this already, or None for something new."""
    before = stored.find(tx, author.id, delivery.id)
    if delivery.kind == "draft":
        if before is None:
            return ("gone",) if stored_notes.find(tx, delivery.id) else None
        if before.kind == "note" or before.state == "sent":
            return ("gone",)
        if delivery.number > before.number or delivery.enrolment_id != before.enrolment_id:
            return None  # typed on since
        return ("waiting", "draft") if before.state == "waiting" else ("gone",)
    if before is None or (before.kind == "draft" and before.state != "sent"):
        return None
    if before.state != "waiting":
        return ("sent",) if before.state == "sent" else ("gone",)
    if before.digest == delivery.digest.hex():
        return ("waiting", before.reason or "")
    if delivery.number < before.number and delivery.enrolment_id == before.enrolment_id:
        return ("gone",)  # a later text of the same note came first
    return None  # its author went on with it, and sealed it again


def _file(
    tx: Tx,
    author: Actor,
    rp: RelyingParty,
    enrolment: Enrolment,
    delivery: Delivery,
    opened: Contents,
    said: _Said,
) -> tuple[str, ...]:
    """Put what is new where it belongs: onto the record, or among what waits and why."""
    if delivery.kind == "draft":
        reason = "draft"
    elif enrolment.state == "revoked":
        reason = "revoked device"
    elif not _is_confirmed(tx, rp, enrolment, delivery):
        reason = "not confirmed"
    elif said.typed is None:
        reason = "not taken"
    else:
        reason = "to match" if is_to_match(tx, author, said.typed) else ""
    shut_out = enrolment.state == "revoked"
    if (shut_out or reason == "not confirmed") and stored.has_other(
        tx, author.id, delivery.id, enrolment.id
    ):
        # Nobody can tell that its author wrote this, so it takes the place of nothing: neither of a
        # note, nor of a draft that was gone on with elsewhere.
        audit.refused(tx, author, Action.ENVELOPE_TAKEN, reason="another text", object=delivery.id)
        raise NotTaken("replayed", "Another text waits under this note's id already.")
    if reason:
        held, size = stored.held_from(tx, enrolment.id)
        if held >= HELD or size + len(delivery.sealed) > HELD_BYTES:
            audit.refused(tx, author, Action.ENVELOPE_TAKEN, reason="full", object=delivery.id)
            raise NotTaken("full", "Too much waits for you already. Sign in and send it first.")
    _keep(tx, author, delivery, opened, reason or None, said.sentence or None)
    if reason or said.checked is None:
        return ("waiting", reason)
    notes.log_inside(tx, author, *said.checked)
    return ("sent",)


def _said(author: Actor, id: str, opened: Contents, reads: Reads) -> _Said:
    try:
        typed = reads(opened.fields)
        # The envelope says which note it is: the id inside is the form's own, and nobody's proof.
        note = replace(typed.note, id=id)
        ready = None if typed.who else notes.checked(author, note, typed.someone)
    except Invalid as error:
        return _Said(sentence=error.sentence)
    return _Said(typed, ready)


def _keep(
    tx: Tx,
    author: Actor,
    delivery: Delivery,
    opened: Contents,
    reason: str | None,
    sentence: str | None,
) -> None:
    arrived = moment.parse(tx.now)
    ahead = delivery.clock / 1000 - arrived.timestamp()
    oldest = arrived - timedelta(days=sealing.KEPT_FOR_DAYS)
    captured = oldest.timestamp(), opened.at / 1000 - ahead
    captured_at = datetime.fromtimestamp(min(max(captured), arrived.timestamp()), UTC)
    stored.put(
        tx,
        author_id=author.id,
        id=delivery.id,
        enrolment_id=delivery.enrolment_id,
        kind=delivery.kind,
        number=delivery.number,
        digest=delivery.digest.hex(),
        reason=reason,
        sentence=sentence,
        sealing_key_id=delivery.key_id,
        sealed=delivery.sealed,
        captured_at=moment.text(captured_at),
        clock_off=round(ahead),
    )


def _is_confirmed(tx: Tx, rp: RelyingParty, enrolment: Enrolment, delivery: Delivery) -> bool:
    """Where several people use a device, only the passkey says which of them pressed Send. In the
    demo there is none."""
    if enrolment.credential_id is None or stored_devices.people_on(tx, enrolment.device_id) < 2:
        return True
    return ceremonies.is_signed_by(
        tx, rp, enrolment.practitioner_id, delivery.digest, delivery.passkey
    )


def is_to_match(tx: Tx, author: Actor, typed: Typed) -> bool:
    """Whether it must still be said whom a note is about. Who only reports has nobody to choose
    from, and names whom they mean."""
    named = typed.someone is not None and not typed.searched
    return bool(typed.who) or (named and access.works(access.who(tx, author)))


def _answer(
    tx: Tx, authority: Authority, enrolment: Enrolment, state: str, reason: str | None = None
) -> Taken:
    key = sealing.current(authority, tx)
    stored_devices.give_sealing_key(tx, enrolment.id, key.id)
    return Taken(
        state,
        reason,
        shared=stored_devices.people_on(tx, enrolment.device_id) > 1,
        revoked=enrolment.state == "revoked",
        key=key,
    )


def _refusal(actor: Actor, reason: str, sentence: str, object: str | None = None) -> NotTaken:
    """Leave a refusal's row, outside a transaction; give what to raise."""

    def leave(tx: Tx) -> None:
        audit.refused(tx, actor, Action.ENVELOPE_TAKEN, reason=reason, object=object)

    actor.store.write(leave)
    return NotTaken(reason, sentence)
