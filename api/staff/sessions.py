"""Sessions: rows in the database, ended by idling, by time, by signing out and by revoking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from api import access, moment
from api.authority import Authority
from api.errors import Invalid, NotFound
from api.moment import new_id
from api.staff import secrets
from api.store import Tx
from api.store import devices as stored_devices
from api.store import practitioners as stored_practitioners
from api.store import sessions as stored
from api.store import subscriptions as stored_subscriptions
from api.store.devices import Enrolment
from api.trust import audit, p256
from api.trust.actor import Actor, OpenGlass, Role
from api.trust.audit import Action

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
TOUCHED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """A session that has begun. Token and cookie are secrets, and for the browser's cookies only.

    `spent_key`: as in `passkeys.Waiting`.
    """

    session_token: str
    device_cookie: str
    practitioner_id: str
    spent_key: bool = False


def resume(authority: Authority, token: str, *, touch: bool) -> Actor | None:
    """Give who a session token belongs to, or None where the session is over.

    `touch` keeps the session alive: pass False for what the browser asks by itself.
    """
    session = stored.find(authority.store, secrets.digest(token))
    if session is None:
        return None
    now = moment.parse(authority.store.now())
    idle = now - moment.parse(session.touched_at)
    if idle > IDLE or now >= moment.parse(session.ends_at):
        return None
    if touch and idle >= TOUCHED_EVERY:
        authority.store.upkeep(lambda tx: stored.touch(tx, session.id))
    authority.prepare()
    return Actor(
        authority=authority,
        id=session.practitioner_id,
        name=session.name,
        job=session.job,
        agency_id=session.agency_id,
        agency=session.agency,
        agency_kind=session.agency_kind,
        sensitive=session.sensitive,
        team_id=session.team_id,
        roles=frozenset(Role(*role) for role in session.roles),
        session_id=session.id,
        enrolment_id=session.enrolment_id,
        confirmed_at=session.confirmed_at,
        sealing_key_id=session.sealing_key_id,
        undertaken=session.undertaken or 0,
        glass=_open_glass(session, authority.store.now()),
    )


def _open_glass(session: stored.Session, now: str) -> OpenGlass | None:
    if session.glass_of is None or session.glass_until is None or session.glass_until <= now:
        return None
    return OpenGlass(session.glass_of, session.glass_until)


def end(actor: Actor) -> None:
    """Sign out: the session ends, and this device is no longer told anything."""

    def change(tx: Tx) -> None:
        if actor.session_id and actor.enrolment_id:
            stored.end(tx, actor.session_id)
            stored_subscriptions.drop_of_enrolment(tx, actor.enrolment_id, "signed out")
        audit.allowed(tx, actor, Action.SESSION_ENDED, object=actor.session_id)

    actor.store.write(change)


def start(tx: Tx, actor: Actor, enrolment: Enrolment, reason: str) -> str:
    """Begin a session on an approved enrolment; give its token.

    A device is one browser: whoever else was signed in there is signed out, and told nothing there.
    """
    stored.end_on_device(tx, enrolment.device_id)
    stored_subscriptions.drop_of_others(
        tx, enrolment.device_id, enrolment.id, "someone else signed in"
    )
    session_id, token = new_id(), secrets.make()
    ends_at = moment.text(moment.parse(tx.now) + LONGEST)
    stored.add(tx, session_id, secrets.digest(token), enrolment.id, ends_at)
    stored_devices.used(tx, enrolment.id)
    audit.allowed(tx, actor, Action.SESSION_STARTED, reason=reason, object=session_id)
    return token


def start_demo(
    authority: Authority,
    practitioner_id: str,
    device_cookie: str | None,
    device_kind: str = "Demo",
    *,
    delivery_key: bytes | None = None,
) -> SignedIn:
    """Sign in without a passkey, in the demo authority and nowhere else. Raises NotFound, Invalid.

    The browser's delivery key takes the place of the one before, and nobody asks whether it is there:
    the demo has no secret to keep.
    """
    _require_demo(authority)
    if delivery_key is not None and not p256.is_point(delivery_key):
        raise Invalid("This browser's own key could not be read.", "delivery_key")
    authority.prepare()
    actor = Actor.system(authority, "demo")

    def change(tx: Tx) -> SignedIn:
        who = stored_practitioners.find(tx, practitioner_id)
        if who is None or who.left_at is not None:
            audit.refused(tx, actor, Action.SIGN_IN_REFUSED, reason="no such practitioner")
            raise NotFound("There is nobody of this name in the demo.")
        device_id, cookie = remember_device(tx, device_cookie, device_kind)
        enrolment = stored_devices.open_on(tx, device_id, who.id, None)
        if enrolment is None:
            enrolment = stored_devices.enrol(tx, device_id, who.id, None, "")
            stored_devices.approve(tx, enrolment.id, actor.id, "demo")
        if delivery_key is not None:
            stored_devices.keep_key(tx, enrolment.id, delivery_key)
        token = start(tx, acting(authority, enrolment), enrolment, "demo")
        return SignedIn(token, cookie, who.id)

    return authority.store.write(change)


def confirm_demo(actor: Actor) -> None:
    """Confirm without a passkey, in the demo authority and nowhere else. Raises NotFound."""
    _require_demo(actor.authority)
    actor.store.write(lambda tx: confirmed(tx, actor))


def confirmed(tx: Tx, actor: Actor) -> None:
    """Write that the actor confirmed: good for five minutes of what is dangerous."""
    if actor.session_id is None:
        raise access.refuse(tx, actor, Action.SESSION_CONFIRMED, "no session", "Sign in to go on.")
    stored.confirm(tx, actor.session_id)
    audit.allowed(tx, actor, Action.SESSION_CONFIRMED, object=actor.session_id)


def remember_device(tx: Tx, cookie: str | None, kind: str) -> tuple[str, str]:
    """Give the id of the device with this cookie, and its cookie: a new pair where it is unknown.

    A cookie that was not made here is never taken on: someone else may have put it there.
    """
    found = stored_devices.by_cookie(tx, secrets.digest(cookie)) if cookie else None
    if cookie and found:
        return found, cookie
    device_id, made = new_id(), secrets.make()
    stored_devices.add(tx, device_id, secrets.digest(made), kind[:100])
    return device_id, made


def acting(authority: Authority, enrolment: Enrolment) -> Actor:
    """Give the owner of an enrolment as an actor: for what they do with it, and for its audit row."""
    return Actor(
        authority=authority,
        id=enrolment.practitioner_id,
        name=enrolment.owner,
        job=enrolment.owner_job,
        agency_id=enrolment.agency_id,
        agency=enrolment.agency,
        agency_kind=enrolment.agency_kind,
        sensitive=enrolment.sensitive,
        team_id=enrolment.team_id,
        enrolment_id=enrolment.id,
    )


def _require_demo(authority: Authority) -> None:
    if not authority.settings.demo:
        raise NotFound("There is no demo here.")
