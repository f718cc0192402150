"""What a browser does with notes, in software: it seals them, signs them and makes deliveries.

Nothing here is the service's own code, so that the two agree on what the other browsers do as well:
HPKE and ECDSA come from `cryptography`, base64url from `webauthn`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from api.moment import new_id
from api.staff import sessions
from api.trust import sealing
from tests.authenticator import Authenticator
from tests.cast import Cast

ORIGIN = "https://inkling.example"
BLOCK = 512
SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class SealingKey(Protocol):
    """The authority's public key that notes are sealed to."""

    @property
    def id(self) -> str:
        """What it is called."""

    @property
    def public(self) -> bytes:
        """The point, uncompressed."""


class Key:
    """A delivery key: what a browser keeps for one enrolment, and never gives away."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.private = private or ec.generate_private_key(ec.SECP256R1())

    @property
    def point(self) -> bytes:
        """The public half, as the server keeps it."""
        return point(self.private)

    def sign(self, message: bytes) -> bytes:
        """Sign as WebCrypto does: r and s side by side."""
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def member(self, options_json: str) -> dict[str, str]:
        """Give what a ceremony's answer carries: the key, and the proof that it is here."""
        challenge = base64url_to_bytes(json.loads(options_json)["challenge"])
        return {
            "key": bytes_to_base64url(self.point),
            "proof": bytes_to_base64url(self.sign(challenge)),
        }


@dataclass
class Device:
    """One enrolment in one browser: whose it is, what it seals to, and where its counters stand."""

    enrolment: str
    author: str
    authority: str
    sealing: SealingKey
    key: Key = field(default_factory=Key)
    origin: str = ORIGIN
    number: int = 0
    count: int = 0

    def envelope(
        self,
        kind: str = "note",
        fields: Sequence[tuple[str, str]] = (),
        *,
        id: str | None = None,
        at: int | None = None,
        number: int | None = None,
        **wrong: Any,
    ) -> str:
        """Seal a note or a draft, or say hello; give the envelope's text.

        `at` is the device's clock at Send, in milliseconds. `wrong` replaces members afterwards.
        """
        made: dict[str, Any] = {
            "v": 1,
            "origin": self.origin,
            "enrolment": self.enrolment,
            "author": self.author,
            "kind": kind,
        }
        if kind != "hello":
            self.number = self.number + 1 if number is None else number
            made |= {"number": self.number, "id": id or new_id(), "key": self.sealing.id}
            made["sealed"] = self.seal(kind, made["id"], plaintext(fields, at))
        return written(made | wrong)

    def seal(self, kind: str, id: str, plain: bytes) -> str:
        """Seal bytes to the authority's key, bound to whose they are and what they are."""
        bound = ["inkling envelope 1", self.authority, self.sealing.id, self.author, id, kind]
        curve = ec.SECP256R1()
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve, self.sealing.public)
        return bytes_to_base64url(SUITE.encrypt(plain, public, info="\n".join(bound).encode()))

    def delivery(
        self,
        envelope: str,
        clock: int | None = None,
        count: int | None = None,
        passkey: Authenticator | None = None,
        **wrong: Any,
    ) -> dict[str, Any]:
        """Sign an envelope for posting to /deliver. `passkey` confirms it as well.

        `clock` is the device's at this moment, in milliseconds. `wrong` replaces members afterwards.
        """
        self.count = max(self.count + 1, now()) if count is None else count
        clock = now() if clock is None else clock
        signature = self.key.sign(f"{clock}\n{self.count}\n{envelope}".encode())
        made: dict[str, Any] = {
            "envelope": envelope,
            "clock": clock,
            "count": self.count,
            "signature": bytes_to_base64url(signature),
        }
        if passkey:
            made["passkey"] = confirmed(envelope, passkey)
        return made | wrong


def device_of(cast: Cast, who: str, cookie: str | None = None, *, origin: str = ORIGIN) -> Device:
    """Give the device of a member of the cast: let in, with its delivery key, as the demo does."""
    made = Device("", cast[who], cast.authority.id, sealing.current(cast.authority), origin=origin)
    signed_in = sessions.start_demo(cast.authority, cast[who], cookie, delivery_key=made.key.point)
    actor = sessions.resume(cast.authority, signed_in.session_token, touch=True)
    assert actor is not None
    made.enrolment = actor.enrolment_id or ""
    return made


def confirmed(envelope: str, passkey: Authenticator) -> dict[str, Any]:
    """Give a passkey's answer to an envelope, whose hash stands in for a challenge."""
    challenge = bytes_to_base64url(hashlib.sha256(envelope.encode()).digest())
    options = {"challenge": challenge, "userVerification": "required"}
    answer = json.loads(passkey.sign(json.dumps(options)))
    return {name: answer[name] for name in ("id", "rawId", "type", "response")}


def plaintext(fields: Sequence[tuple[str, str]], at: int | None = None) -> bytes:
    """Give what is sealed, filled up so that its length says little."""
    said = {"at": now() if at is None else at, "fields": [list(one) for one in fields]}
    text = written(said).encode()
    return text + b" " * (-len(text) % BLOCK)


def written(value: object) -> str:
    """Write JSON as browsers do."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def point(private: ec.EllipticCurvePrivateKey) -> bytes:
    """Give a private key's public point, uncompressed."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def now() -> int:
    """Give this machine's time in milliseconds."""
    return time.time_ns() // 1_000_000
