"""What every passkey ceremony rests on: challenges that are good once, and answers that are checked.

An answer comes from a stranger until it is verified, so whatever goes wrong in reading one is a
refusal with one sentence and a row, and never a fault of ours.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

import webauthn
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import AuthenticationCredential

from api import access, moment
from api.authority import Authority
from api.store import Reads, Tx
from api.store import passkeys as stored
from api.store.passkeys import Credential
from api.trust import p256
from api.trust.actor import Actor
from api.trust.audit import Action

CHALLENGE_LASTS = timedelta(minutes=5)
MILLISECONDS = int(CHALLENGE_LASTS.total_seconds() * 1000)

NOT_TAKEN = "The passkey could not be checked. Try again."
TOO_LATE = "That took too long, or was sent twice. Try again."
KEY_NOT_TAKEN = "This browser's own key could not be checked. Load the page again, and try again."
COPIED = "This passkey may have been copied, so it was refused. Ask your supervisor."


@dataclass(frozen=True)
class RelyingParty:
    """The site as browsers and passkeys know it."""

    id: str
    name: str
    origin: str


@dataclass(frozen=True)
class Ceremony:
    """What a challenge is for ('enrol', 'sign in', 'confirm'), and what it is bound to.

    `action` is what a refusal is called in the audit trail, and `actor` whose refusal it is.
    """

    actor: Actor
    rp: RelyingParty
    name: str
    action: Action
    bound_to: str | None = None

    def refuse(self, reason: str, sentence: str = NOT_TAKEN) -> NoReturn:
        """Leave a refusal's row and raise NotAllowed: outside a transaction."""

        def refusal(tx: Tx) -> None:
            raise access.refuse(tx, self.actor, self.action, reason, sentence)

        self.actor.store.look(refusal)
        raise AssertionError


@dataclass(frozen=True)
class Passkey:
    """A new passkey's public half, verified, and the challenge that it answered.

    `delivery` is the browser's own key with its proof, if they came. Not verified yet.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    backed_up: bool
    challenge: bytes
    delivery: tuple[bytes, bytes] | None


@dataclass(frozen=True)
class Assertion:
    """A passkey's answer that came in time and once. Not verified yet: see `verify`.

    Nor is `delivery`, the browser's own key with its proof, if they came: see `delivery_key`.
    """

    credential: AuthenticationCredential
    challenge: bytes
    delivery: tuple[bytes, bytes] | None = None


def challenge(authority: Authority, name: str, bound_to: str | None = None) -> bytes:
    """Make a challenge, and keep it until it is answered or five minutes have gone by."""
    made = webauthn.helpers.generate_challenge()

    def keep(tx: Tx) -> None:
        expires_at = moment.text(moment.parse(tx.now) + CHALLENGE_LASTS)
        stored.add_challenge(tx, _id(made), made, name, bound_to, expires_at)

    authority.store.upkeep(keep)
    return made


def registration(ceremony: Ceremony, response_json: str) -> Passkey:
    """Read and verify a new passkey, using its challenge up. Raises NotAllowed."""
    try:
        answer = parse_registration_credential_json(response_json)
        answered = parse_client_data_json(answer.response.client_data_json).challenge
        delivery = _delivery(response_json)
    except Exception:
        ceremony.refuse("unreadable")
    _take(ceremony, answered)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=answered,
            expected_rp_id=ceremony.rp.id,
            expected_origin=ceremony.rp.origin,
            require_user_verification=True,
        )
    except Exception as error:
        ceremony.refuse(f"not verified: {type(error).__name__}")
    return Passkey(
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=tuple(one.value for one in answer.response.transports or ()),
        backed_up=made.credential_backed_up,
        challenge=answered,
        delivery=delivery,
    )


def assertion(ceremony: Ceremony, response_json: str) -> Assertion:
    """Read a passkey's answer, using its challenge up. Raises NotAllowed."""
    try:
        answer = parse_authentication_credential_json(response_json)
        answered = parse_client_data_json(answer.response.client_data_json).challenge
        delivery = _delivery(response_json)
    except Exception:
        ceremony.refuse("unreadable")
    _take(ceremony, answered)
    return Assertion(answer, answered, delivery)


def verify(tx: Tx, ceremony: Ceremony, given: Assertion, credential: Credential) -> None:
    """Verify a passkey's answer against its public half, and count this use.

    Raises NotAllowed where the signature, the site or the person's check is wrong, and where the
    counter did not go forward: then two authenticators hold the same key.
    """
    try:
        verified = webauthn.verify_authentication_response(
            credential=given.credential,
            expected_challenge=given.challenge,
            expected_rp_id=ceremony.rp.id,
            expected_origin=ceremony.rp.origin,
            credential_public_key=credential.public_key,
            credential_current_sign_count=0,  # compared below, so that its refusal says what it is
            require_user_verification=True,
        )
    except Exception as error:
        reason = f"not verified: {type(error).__name__}"
        raise access.refuse(tx, ceremony.actor, ceremony.action, reason, NOT_TAKEN) from error
    count = verified.new_sign_count
    if max(count, credential.sign_count) > 0 and count <= credential.sign_count:
        reason = f"counter went back: {credential.id}"
        raise access.refuse(tx, ceremony.actor, ceremony.action, reason, COPIED)
    stored.used(tx, credential.id, count, verified.credential_backed_up)


def delivery_key(tx: Tx, ceremony: Ceremony, given: Passkey | Assertion) -> bytes | None:
    """Give the browser's delivery key that came with a passkey's answer, or None where none came.

    The browser has it, and proves that by signing the ceremony's challenge. Raises NotAllowed where
    something else was signed, or what came is no key.
    """
    if given.delivery is None:
        return None
    key, proof = given.delivery
    if not p256.verify(key, proof, given.challenge):
        reason = "delivery key not proved"
        raise access.refuse(tx, ceremony.actor, ceremony.action, reason, KEY_NOT_TAKEN)
    return key


def is_signed_by(
    db: Reads, rp: RelyingParty, practitioner_id: str, challenge: bytes, response_json: str
) -> bool:
    """Say whether a passkey of this practitioner answered a challenge that a browser made itself,
    without signal: the hash of what it stands for.

    Its counter is not compared: what was signed first may arrive last. What it stands for is taken
    once, so that the answer cannot be used again.
    """
    try:
        answer = parse_authentication_credential_json(response_json)
        credential = stored.find(db, answer.raw_id)
        if credential is None or credential.revoked:
            return False
        webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=rp.id,
            expected_origin=rp.origin,
            credential_public_key=credential.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # it comes from a stranger until it is verified
        return False
    return credential.practitioner_id == practitioner_id


def matching_code(public_key: bytes, challenge: bytes) -> str:
    """Give the six digits that both screens show."""
    digest = hashlib.sha256(public_key + challenge).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06}"


def _delivery(response_json: str) -> tuple[bytes, bytes] | None:
    """Read the delivery key and its proof beside a passkey's answer. Raises ValueError."""
    body = json.loads(response_json)
    if "delivery" not in body:
        return None
    match body["delivery"]:
        case {"key": str(key), "proof": str(proof), **others} if not others:
            return p256.unb64(key), p256.unb64(proof)
    raise ValueError("not a key with its proof")


def _take(ceremony: Ceremony, answered: bytes) -> None:
    # In its own transaction: the challenge stays used whatever comes of the answer.
    taken = ceremony.actor.store.upkeep(
        lambda tx: stored.take_challenge(tx, _id(answered), ceremony.name, ceremony.bound_to)
    )
    if not taken:
        ceremony.refuse("challenge unknown, used or expired", TOO_LATE)


def _id(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()
