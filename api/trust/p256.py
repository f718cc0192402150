"""P-256 as browsers speak it: raw points, raw signatures, base64url without padding."""

from __future__ import annotations

import base64
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# The order of P-256 (FIPS 186-5). 16 bytes more than it needs leave no bias.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LENGTH = 48

_ECDSA = ec.ECDSA(SHA256())


def derive(secret: bytes, info: bytes) -> ec.EllipticCurvePrivateKey:
    """Give the key that stands for a secret and a use of it: the same one every time."""
    stretched = HKDF(SHA256(), _LENGTH, salt=None, info=info).derive(secret)
    number = int.from_bytes(stretched, "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Give a public key as its uncompressed point, 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Sign with SHA-256; give r and s, 32 bytes each, as Web Crypto does."""
    r, s = decode_dss_signature(key.sign(message, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(point: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether the holder of a point's key signed this message; False for what is malformed."""
    if len(signature) != 64 or not is_point(point):
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    try:
        key.verify(encode_dss_signature(r, s), message, _ECDSA)
    except InvalidSignature:
        return False
    return True


def is_point(point: bytes) -> bool:
    """Say whether these bytes are an uncompressed point on the curve."""
    if len(point) != 65 or point[0] != 4:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return True


def b64(value: bytes) -> str:
    """Write bytes in base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Read base64url without padding. Raises ValueError for anything else, other spellings of the
    same bytes included."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(value) != text:
        raise ValueError("not base64url as it is written")
    return value
