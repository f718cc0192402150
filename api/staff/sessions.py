"""Sessions: rows in the database, ended by idling, by time, by signing out and by revoking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from api import moment
from api.authority import Authority
from api.errors import NotFound
from api.moment import new_id
from api.staff import secrets
from api.store import Tx
from api.store import devices as stored_devices
from api.store import practitioners as stored_practitioners
from api.store import sessions as stored
from api.store import subscriptions as stored_subscriptions
from api.store.devices import Enrolment
from api.trust import audit
from api.trust.actor import Actor, Role
from api.trust.audit import Action

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
TOUCHED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """A session, as its browser keeps it: both are secrets, and for cookies only."""

    session_token: str
    device_cookie: str


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
    )


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
    authority: Authority, practitioner_id: str, device_cookie: str | None, device_kind: str = "Demo"
) -> SignedIn:
    """Sign in without a passkey, in the demo authority and nowhere else. Raises NotFound."""
    _require_demo(authority)
    authority.prepare()
    cookie = device_cookie or secrets.make()
    actor = Actor.system(authority, "demo")

    def change(tx: Tx) -> str:
        who = stored_practitioners.find(tx, practitioner_id)
        if who is None or who.left_at is not None:
            audit.refused(tx, actor, Action.SIGN_IN_REFUSED, reason="no such practitioner")
            raise NotFound("There is nobody of this name in the demo.")
        device = remember_device(tx, cookie, device_kind)
        open_one = stored_devices.open_on(tx, device, who.id)
        enrolment_id = open_one.id if open_one else new_id()
        if open_one is None:
            stored_devices.enrol(
                tx,
                id=enrolment_id,
                device_id=device,
                practitioner_id=who.id,
                credential_id=None,
                matching_code="",
            )
        stored_devices.approve(tx, enrolment_id, actor.id, "demo")
        enrolment = stored_devices.enrolment(tx, enrolment_id)
        assert enrolment is not None  # noqa: S101 - written above
        return start(tx, acting(authority, enrolment), enrolment, "demo")

    return SignedIn(authority.store.write(change), cookie)


def remember_device(tx: Tx, cookie: str, kind: str) -> str:
    """Give the id of the device that holds this cookie, written down where it is new."""
    found = stored_devices.by_cookie(tx, secrets.digest(cookie))
    if found:
        return found
    device_id = new_id()
    stored_devices.add(tx, device_id, secrets.digest(cookie), kind[:100])
    return device_id


def acting(authority: Authority, enrolment: Enrolment) -> Actor:
    """Give the owner of an enrolment as an actor, for the audit row of what they do with it."""
    return Actor(
        authority=authority,
        id=enrolment.practitioner_id,
        name=enrolment.owner,
        job=enrolment.owner_job,
        agency_id=enrolment.agency_id,
        agency=enrolment.agency,
        team_id=enrolment.team_id,
        enrolment_id=enrolment.id,
    )


def _require_demo(authority: Authority) -> None:
    if not authority.settings.demo:
        raise NotFound("There is no demo here.")
