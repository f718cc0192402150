"""Deliveries as they are posted: read strictly, and believed in nothing.

A delivery is an envelope (the text that was fixed when it was sealed), the device's clock and a
number that only goes up, all three signed by the device's delivery key; and, where several people use
the device, a passkey's answer to the hash of the envelope.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeVar

from api import moment
from api.trust import p256

T = TypeVar("T")

VERSION = 1
KINDS = ("note", "draft", "hello")
LARGEST = 64 * 1024  # bytes, of an envelope
MOST_FIELDS = 200
FURTHEST = 2**53 - 1  # the highest number that a browser counts to

# A form's fields, as they were typed: pairs of a name and a value.
Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Delivery:
    """A delivery as it was posted. A hello has no number, id, key or sealed part."""

    text: str
    origin: str
    enrolment_id: str
    author_id: str
    kind: str
    number: int
    id: str
    key_id: str
    sealed: bytes
    clock: int
    count: int
    signature: bytes
    passkey: str

    @property
    def digest(self) -> bytes:
        """What a passkey signs to say that it is its owner's."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def signed(self) -> bytes:
        """What the delivery key signs."""
        return f"{self.clock}\n{self.count}\n{self.text}".encode()


@dataclass(frozen=True)
class Contents:
    """What was sealed: the device's clock at Send in milliseconds, and the form's fields."""

    at: int
    fields: Fields


def read(posted: object) -> Delivery:
    """Read a delivery from parsed JSON. Raises ValueError for whatever is not exactly one."""
    try:
        return _read(posted)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a delivery") from error


def _read(posted: object) -> Delivery:
    given = _members(posted, {"envelope", "clock", "count", "signature"}, {"passkey"})
    text = _is(given["envelope"], str)
    # Half a character, which JSON lets through, raises as well.
    if len(text.encode()) > LARGEST:
        raise ValueError("too long")
    said = json.loads(text)
    kind = said["kind"]
    names = {"v", "origin", "enrolment", "author", "kind"}
    _members(said, names if kind == "hello" else names | {"number", "id", "key", "sealed"})
    ids = [
        said["enrolment"],
        said["author"],
        *(said[name] for name in ("id", "key") if name in said),
    ]
    if said["v"] != VERSION or kind not in KINDS or not all(map(_is_id, ids)):
        raise ValueError("not of this version")
    return Delivery(
        text=text,
        origin=_is(said["origin"], str),
        enrolment_id=said["enrolment"],
        author_id=said["author"],
        kind=kind,
        number=_counted(said.get("number", 0)),
        id=said.get("id", ""),
        key_id=said.get("key", ""),
        sealed=p256.unb64(_is(said.get("sealed", ""), str)),
        clock=_counted(given["clock"]),
        count=_counted(given["count"]),
        signature=p256.unb64(_is(given["signature"], str)),
        passkey=json.dumps(given["passkey"]) if given.get("passkey") else "",
    )


def contents(plain: bytes) -> Contents:
    """Read what was sealed. Raises ValueError for whatever holds no form's fields."""
    try:
        return _contents(plain)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a note") from error


def _contents(plain: bytes) -> Contents:
    said = _members(json.loads(plain.decode()), {"at", "fields"})
    fields = [(_is(name, str), _is(value, str)) for name, value in _is(said["fields"], list)]
    if len(fields) > MOST_FIELDS:
        raise ValueError("more than any form of ours")
    return Contents(_counted(said["at"]), fields)


def _members(value: object, wanted: Set[str], allowed: Set[str] = frozenset()) -> dict[str, Any]:
    if not isinstance(value, dict) or not wanted <= value.keys() <= wanted | allowed:
        raise ValueError("not these members")
    return value


def _is(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError("another type")
    return value


def _is_id(value: object) -> bool:
    return isinstance(value, str) and moment.is_id(value)


def _counted(value: object) -> int:
    # True is an int to Python, and 1.0 no number that anybody counts to.
    if type(value) is not int or not 0 <= value <= FURTHEST:
        raise ValueError("not a number that counts")
    return value
