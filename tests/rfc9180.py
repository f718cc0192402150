"""The vector that RFC 9180 publishes for what Inkling seals with: base mode, DHKEM(P-256, HKDF-SHA256),
HKDF-SHA256, AES-256-GCM (mode 0, kem_id 16, kdf_id 1, aead_id 2 of the RFC's test-vectors.json).

Of its 257 messages the first two: a sealed note is the first message of its context. The published ones
carry additional data ("Count-0"), which sealed notes do not have; what a note would be under the same
key and nonce is made here from the published key and nonce with AES-GCM alone.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
PRIVATE = bytes.fromhex(  # skRm
    "317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2"
)
PUBLIC = bytes.fromhex(  # pkRm
    "04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f"
    "853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c021238f9e2073d2356c"
)
ENC = bytes.fromhex(  # enc: the sender's point
    "04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e"
    "0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0"
)
KEY = bytes.fromhex("ee16802a936d5f544771131900ee6973d0551de9e852ece2ef34bf0d5f9e1d1d")
BASE_NONCE = bytes.fromhex("9bc50980832a7b4b58c40161")
PLAIN = bytes.fromhex("4265617574792069732074727574682c20747275746820626561757479")

# Additional data, ciphertext: numbers 0 and 1.
MESSAGES = [
    (
        b"Count-0",
        bytes.fromhex(
            "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d2"
            "91742465e902cd216f8908da49f8f96f"
        ),
    ),
    (
        b"Count-1",
        bytes.fromhex(
            "b4e7c90d1dd62cb563694956eb517ab55d5e7d1f6366a0066c04ababaa"
            "444dbaf60a30d7bb7d3e91b969762dee"
        ),
    ),
]


def as_a_note(plain: bytes = PLAIN) -> bytes:
    """Give what a note under the published key is: without additional data."""
    return ENC + AESGCM(KEY).encrypt(BASE_NONCE, plain, None)
