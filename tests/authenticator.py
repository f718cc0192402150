"""A passkey authenticator in software: it makes keys and signs as a phone does, and can misbehave.

It takes the options that a browser is given, as JSON, and gives the JSON that a browser posts, so that
the real verification runs. A synced passkey is the same key in a copy: `phone.copy()`.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


class Excluded(Exception):
    """The authenticator holds one of the passkeys that the site asked not to make again."""


@dataclass
class Passkey:
    """A discoverable credential: it knows whose it is."""

    id: bytes
    key: ec.EllipticCurvePrivateKey
    rp_id: str
    user_handle: bytes
    count: int = 0


@dataclass
class Authenticator:
    """A phone, or a security key. `counts` is for those that keep a counter; synced ones do not."""

    origin: str
    counts: bool = False
    synced: bool = True
    verifies: bool = True
    passkeys: list[Passkey] = field(default_factory=list)

    def copy(self) -> Authenticator:
        """Give another phone with the same passkeys, as a cloud account makes one."""
        return copy.copy(self)

    def make(self, options_json: str, **wrong: Any) -> str:
        """Answer `navigator.credentials.create`. `wrong` replaces parts: see `_client_data`."""
        options = json.loads(options_json)
        assert options["authenticatorSelection"]["residentKey"] == "required"
        assert options["authenticatorSelection"]["userVerification"] == "required"
        excluded = {one["id"] for one in options.get("excludeCredentials", [])}
        if excluded & {bytes_to_base64url(one.id) for one in self.passkeys}:
            raise Excluded
        passkey = Passkey(
            id=os.urandom(32),
            key=ec.generate_private_key(ec.SECP256R1()),
            rp_id=options["rp"]["id"],
            user_handle=base64url_to_bytes(options["user"]["id"]),
        )
        # As a real one does: a new passkey for the same user takes the old one's place.
        self.passkeys[:] = [
            one for one in self.passkeys if one.user_handle != passkey.user_handle
        ] + [passkey]
        attested = bytes(16) + len(passkey.id).to_bytes(2, "big") + passkey.id + _cose(passkey.key)
        data = self._data(passkey, ATTESTED) + attested
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        return _response(
            passkey,
            clientDataJSON=self._client_data("webauthn.create", options, wrong),
            attestationObject=encode_cbor(attestation),
            transports=["internal", "hybrid"],
        )

    def sign(self, options_json: str, which: int = -1, **wrong: Any) -> str:
        """Answer `navigator.credentials.get` with one of the passkeys, the newest if none is said."""
        options = json.loads(options_json)
        assert options["userVerification"] == "required"
        passkey = self.passkeys[which]
        data = self._data(passkey, 0)
        client = self._client_data("webauthn.get", options, wrong)
        signature = passkey.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return _response(
            passkey,
            clientDataJSON=client,
            authenticatorData=data,
            signature=wrong.get("signature", signature),
            userHandle=wrong.get("user_handle", passkey.user_handle),
        )

    def _data(self, passkey: Passkey, flags: int) -> bytes:
        if self.counts:
            passkey.count += 1
        flags |= USER_PRESENT
        flags |= USER_VERIFIED if self.verifies else 0
        flags |= BACKUP_ELIGIBLE | BACKED_UP if self.synced else 0
        rp = hashlib.sha256(passkey.rp_id.encode()).digest()
        return rp + bytes([flags]) + passkey.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any], wrong: dict[str, Any]) -> bytes:
        return json.dumps(
            {
                "type": wrong.get("type", kind),
                "challenge": wrong.get("challenge", options["challenge"]),
                "origin": wrong.get("origin", self.origin),
                "crossOrigin": False,
            }
        ).encode()


def _cose(key: ec.EllipticCurvePrivateKey) -> bytes:
    public = key.public_key().public_numbers()
    return encode_cbor(
        {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
    )


def _response(passkey: Passkey, **parts: Any) -> str:
    name = bytes_to_base64url(passkey.id)
    return json.dumps(
        {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                key: bytes_to_base64url(value) if isinstance(value, bytes) else value
                for key, value in parts.items()
            },
        }
    )
