"""Passkeys: enrolling, signing in without a username, and confirming what is dangerous.

Each ceremony has two halves. The first hands out a challenge, which is kept; the second uses that
challenge up before it looks at anything else, so that no answer is good twice. A passkey says who
somebody is; only an approved enrolment lets them in, and only on that device.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import webauthn
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from api import access
from api.authority import Authority
from api.errors import NotAllowed, NotFound
from api.moment import new_id
from api.staff import ceremonies, invitations, secrets, sessions
from api.staff.ceremonies import Assertion, Ceremony, Passkey, RelyingParty
from api.staff.sessions import SignedIn
from api.store import Tx
from api.store import devices as stored_devices
from api.store import invitations as stored_invitations
from api.store import passkeys as stored
from api.store.devices import Enrolment
from api.store.passkeys import Credential
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = [
    "RelyingParty",
    "SignedIn",
    "Waiting",
    "begin_confirm",
    "begin_enrol",
    "begin_sign_in",
    "can_confirm",
    "finish_confirm",
    "finish_enrol",
    "finish_sign_in",
]

UNKNOWN = "This passkey is not known here. Ask your supervisor for an invitation."
REVOKED = "This passkey does not work any more. Ask your supervisor for a new invitation."
NO_PASSKEY = "There is no passkey to confirm with on this device."


@dataclass(frozen=True)
class Waiting:
    """A good passkey, new or known, on a device that nobody approved for its owner: no session. It waits,
    showing the matching code.

    `spent_key`: the delivery key was not kept, because another enrolment has it. The browser makes a
    new one for its next sign-in.
    """

    enrolment_id: str
    matching_code: str
    device_cookie: str
    spent_key: bool


# --- Enrolling -----------------------------------------------------------------------------------


def begin_enrol(authority: Authority, rp: RelyingParty, token: str) -> str:
    """Give the options, as JSON, for making a passkey with this invitation. Raises NotFound."""
    invitation = invitations.find(authority, token)
    known = stored.of(authority.store, invitation.practitioner_id)
    options = webauthn.generate_registration_options(
        rp_id=rp.id,
        rp_name=rp.name,
        user_id=UUID(invitation.practitioner_id).bytes,
        user_name=invitation.practitioner,
        user_display_name=invitation.practitioner,
        challenge=ceremonies.challenge(authority, "enrol", invitation.id),
        timeout=ceremonies.MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(credential) for credential in known],
    )
    return webauthn.options_to_json(options)


def finish_enrol(
    authority: Authority,
    rp: RelyingParty,
    token: str,
    response_json: str,
    device_cookie: str | None,
    device_kind: str,
) -> Waiting:
    """Keep the passkey that the browser made, and let its device wait for approval.

    Only this uses the invitation up. Raises NotFound for an invitation that does not work,
    NotAllowed for an answer that is not right.
    """
    actor, action = Actor.system(authority, "enrolment"), Action.INVITATION_USED
    invitation = invitations.find(authority, token)
    ceremony = Ceremony(actor, rp, "enrol", action, invitation.id)
    made = ceremonies.registration(ceremony, response_json)
    code = ceremonies.matching_code(made.public_key, made.challenge)

    def change(tx: Tx) -> Waiting:
        # Used, withdrawn or expired meanwhile, or its owner left: one answer for all of them.
        still = stored_invitations.find(tx, secrets.digest(token), tx.now)
        if still is None:
            audit.refused(tx, actor, action, reason="does not work any more")
            raise NotFound(invitations.NO_SUCH_INVITATION)
        if stored.find(tx, made.credential_id):
            raise access.refuse(tx, actor, action, "passkey known", ceremonies.NOT_TAKEN)
        key = ceremonies.delivery_key(tx, ceremony, made)
        stored_invitations.use(tx, still.id)
        credential_id = _keep(tx, still.practitioner_id, made)
        device_id, cookie = sessions.remember_device(tx, device_cookie, device_kind)
        fresh = _fresh(tx, key)
        enrolment = stored_devices.enrol(
            tx, device_id, still.practitioner_id, credential_id, code, delivery_key=fresh
        )
        owner = sessions.acting(authority, enrolment)
        audit.allowed(tx, owner, action, object=still.id)
        audit.allowed(tx, owner, Action.DEVICE_ENROLLED, reason="invited", object=enrolment.id)
        return Waiting(enrolment.id, code, cookie, spent_key=fresh != key)

    return authority.store.write(change)


# --- Signing in ------------------------------------------------------------------------------------


def begin_sign_in(authority: Authority, rp: RelyingParty) -> str:
    """Give the options, as JSON, for signing in with whichever passkey the person chooses."""
    options = webauthn.generate_authentication_options(
        rp_id=rp.id,
        challenge=ceremonies.challenge(authority, "sign in"),
        timeout=ceremonies.MILLISECONDS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def finish_sign_in(
    authority: Authority,
    rp: RelyingParty,
    response_json: str,
    device_cookie: str | None,
    device_kind: str,
) -> SignedIn | Waiting:
    """Start a session where this passkey is approved on this device; otherwise the device waits.

    Raises NotAllowed for an answer that is not right, and for a passkey that is unknown or revoked.
    """
    actor = Actor.system(authority, "sign-in")
    ceremony = Ceremony(actor, rp, "sign in", Action.SIGN_IN_REFUSED)
    given = ceremonies.assertion(ceremony, response_json)

    def change(tx: Tx) -> SignedIn | Waiting:
        credential = _owned(tx, ceremony, given)
        owner_id = credential.practitioner_id
        key = ceremonies.delivery_key(tx, ceremony, given)
        device_id, cookie = sessions.remember_device(tx, device_cookie, device_kind)
        enrolment = stored_devices.open_on(tx, device_id, owner_id, credential.id)
        lost = enrolment is not None and enrolment.delivery_key not in (None, key)
        if lost:
            # The cookie alone may be a copy: whoever has it without the key is somewhere new, and
            # what is approved where the key is stays as it is.
            device_id, cookie = sessions.remember_device(tx, None, device_kind)
            enrolment = None
        fresh = _fresh(tx, key, enrolment)
        if enrolment is None:
            code = ceremonies.matching_code(credential.public_key, given.challenge)
            enrolment = stored_devices.enrol(
                tx, device_id, owner_id, credential.id, code, delivery_key=fresh, lost_key=lost
            )
            reason = "known passkey without its key" if lost else "known passkey on another device"
            owner = sessions.acting(authority, enrolment)
            audit.allowed(tx, owner, Action.DEVICE_ENROLLED, reason=reason, object=enrolment.id)
        owner = sessions.acting(authority, enrolment)
        if fresh and enrolment.delivery_key is None:
            stored_devices.keep_key(tx, enrolment.id, fresh)
            reason = "delivery key"
            audit.allowed(tx, owner, Action.DEVICE_ENROLLED, reason=reason, object=enrolment.id)
        if enrolment.state == "approved":
            token = sessions.start(tx, owner, enrolment, "passkey")
            return SignedIn(token, cookie, owner.id, spent_key=fresh != key)
        reason = "device waits for approval"
        audit.refused(tx, owner, ceremony.action, reason=reason, object=enrolment.id)
        return Waiting(enrolment.id, enrolment.matching_code, cookie, spent_key=fresh != key)

    return authority.store.write(change)


# --- Confirming ----------------------------------------------------------------------------------


def can_confirm(actor: Actor) -> bool:
    """Say whether the actor's session began with a passkey. In the demo, a button confirms."""
    return stored.of_enrolment(actor.store, actor.enrolment_id or "") is not None


def begin_confirm(actor: Actor, rp: RelyingParty) -> str:
    """Give the options, as JSON, for showing the session's own passkey again. Raises NotAllowed."""
    ceremony = _confirming(actor, rp)
    credential = stored.of_enrolment(actor.store, actor.enrolment_id or "")
    if credential is None:
        ceremony.refuse("no passkey", NO_PASSKEY)
    options = webauthn.generate_authentication_options(
        rp_id=rp.id,
        challenge=ceremonies.challenge(actor.authority, "confirm", actor.session_id),
        timeout=ceremonies.MILLISECONDS,
        allow_credentials=[_descriptor(credential)],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def finish_confirm(actor: Actor, rp: RelyingParty, response_json: str) -> None:
    """Take the answer: for five minutes the actor may do what is dangerous. Raises NotAllowed."""
    ceremony = _confirming(actor, rp)
    given = ceremonies.assertion(ceremony, response_json)

    def change(tx: Tx) -> None:
        credential = stored.of_enrolment(tx, actor.enrolment_id or "")
        if credential is None or credential.credential_id != given.credential.raw_id:
            raise access.refuse(tx, actor, ceremony.action, "another passkey", ceremonies.NOT_TAKEN)
        ceremonies.verify(tx, ceremony, given, credential)
        sessions.confirmed(tx, actor)

    actor.store.write(change)


def _confirming(actor: Actor, rp: RelyingParty) -> Ceremony:
    # Without a session there is nothing to bind to, and nobody holds a challenge bound to "none".
    return Ceremony(actor, rp, "confirm", Action.SESSION_CONFIRMED, actor.session_id or "none")


def _owned(tx: Tx, ceremony: Ceremony, given: Assertion) -> Credential:
    """Give the passkey that answered, verified and its owner's; leave the refusal's row if not."""

    def refusal(reason: str, sentence: str) -> NotAllowed:
        return access.refuse(tx, ceremony.actor, ceremony.action, reason, sentence)

    credential = stored.find(tx, given.credential.raw_id)
    if credential is None:
        raise refusal("unknown passkey", UNKNOWN)
    ceremonies.verify(tx, ceremony, given, credential)
    if given.credential.response.user_handle != UUID(credential.practitioner_id).bytes:
        raise refusal(f"foreign user handle: {credential.id}", ceremonies.NOT_TAKEN)
    if credential.revoked or credential.owner_left:
        reason = "owner left" if credential.owner_left else "revoked passkey"
        raise refusal(f"{reason}: {credential.id}", REVOKED)
    return credential


def _fresh(tx: Tx, key: bytes | None, enrolment: Enrolment | None = None) -> bytes | None:
    """Give a delivery key, or None where it belongs to another enrolment, open or not.

    A key is one enrolment's for ever: what was shut out does not come back under another name.
    """
    holder = stored_devices.holder_of(tx, key) if key else None
    return key if holder in (None, enrolment.id if enrolment else None) else None


def _keep(tx: Tx, practitioner_id: str, made: Passkey) -> str:
    credential_id = new_id()
    stored.add(
        tx,
        id=credential_id,
        practitioner_id=practitioner_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        transports=made.transports,
        backed_up=made.backed_up,
    )
    return credential_id


def _descriptor(credential: Credential) -> PublicKeyCredentialDescriptor:
    known = [AuthenticatorTransport(one) for one in credential.transports]
    return PublicKeyCredentialDescriptor(id=credential.credential_id, transports=known or None)
