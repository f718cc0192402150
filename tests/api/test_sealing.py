"""Sealing is RFC 9180, and not something like it: the published vector opens with what opens notes."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric import ec

from api.trust import p256, sealing
from tests import rfc9180

SCALAR = int.from_bytes(rfc9180.PRIVATE, "big")
PRIVATE = ec.derive_private_key(SCALAR, ec.SECP256R1())


def test_the_published_message_opens() -> None:
    """What the RFC's authors sealed, as it stands there, additional data and all.

    The public call has no additional data; the one beneath it, which `cryptography` keeps for this, has.
    """
    opened = openssl.hpke._decrypt_with_aad
    aad, sealed = rfc9180.MESSAGES[0]
    assert p256.point(PRIVATE.public_key()) == rfc9180.PUBLIC
    given = opened(sealing.SUITE, rfc9180.ENC + sealed, PRIVATE, rfc9180.INFO, aad)
    assert given == rfc9180.PLAIN
    # The next message of the same context is no note's, and does not open as one.
    aad, sealed = rfc9180.MESSAGES[1]
    with pytest.raises(InvalidTag):
        opened(sealing.SUITE, rfc9180.ENC + sealed, PRIVATE, rfc9180.INFO, aad)


def test_the_published_key_and_nonce_are_what_notes_are_opened_with() -> None:
    """The same call that opens notes comes from the published secrets to the published key."""
    sealed = rfc9180.as_a_note()
    assert sealing.SUITE.decrypt(sealed, PRIVATE, rfc9180.INFO) == rfc9180.PLAIN
    for wrong in (sealed[:-1], sealed[:64] + bytes([sealed[64] ^ 1]) + sealed[65:]):
        with pytest.raises((InvalidTag, ValueError)):
            sealing.SUITE.decrypt(wrong, PRIVATE, rfc9180.INFO)
    with pytest.raises(InvalidTag):
        sealing.SUITE.decrypt(sealed, PRIVATE, rfc9180.INFO + b".")
