"""Deliveries are read strictly: what is not exactly one is refused in one way, whatever it is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from api.moment import new_id
from api.trust import deliveries, p256
from tests.delivery import Device, Key, plaintext, written
from tests.wild import MEMBERS, SAID, texts, values

KEY = Key(ec.derive_private_key(7, ec.SECP256R1()))
IDS = [new_id() for _ in range(4)]


class Sealing:
    """A key to seal to that nobody opens."""

    id = IDS[0]
    public = KEY.point


def good() -> dict[str, Any]:
    device = Device(IDS[1], IDS[2], IDS[3], Sealing(), KEY)
    return device.delivery(device.envelope("note", [("saw", "The back door was open.")]))


def test_a_good_one_is_read() -> None:
    posted = good()
    delivery = deliveries.read(posted)
    assert (delivery.enrolment_id, delivery.author_id, delivery.number) == (IDS[1], IDS[2], 1)
    assert p256.verify(KEY.point, delivery.signature, delivery.signed)
    assert deliveries.contents(plaintext([("saw", "x")], 5)) == deliveries.Contents(
        5, [("saw", "x")]
    )


@given(posted=values | st.dictionaries(st.sampled_from(MEMBERS), values))
def test_any_json_is_refused(posted: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        deliveries.read(posted)


@given(
    outside=st.dictionaries(st.sampled_from(MEMBERS), values, max_size=2),
    inside=st.dictionaries(st.sampled_from([*SAID, "more"]), values, max_size=2),
    left_out=st.sets(st.sampled_from(SAID), max_size=1),
)
def test_one_with_something_else_in_it_is_read_or_refused(
    outside: dict[str, Any], inside: dict[str, Any], left_out: set[str]
) -> None:
    posted = good()
    said = {**json.loads(posted["envelope"]), **inside}
    posted["envelope"] = json.dumps({n: one for n, one in said.items() if n not in left_out})
    try:
        delivery = deliveries.read(posted | outside)
    except ValueError:
        return
    # What was read can be used: hashed, signed for, and looked up.
    assert len(delivery.digest) == 32
    assert delivery.signed.endswith(delivery.text.encode())
    assert not p256.verify(KEY.point, delivery.signature, b"something else")
    assert not left_out or delivery.kind == "hello"


@pytest.mark.parametrize("open_", ["[", '{"kind":', '[{"envelope":'])
def test_one_that_is_nested_too_deeply(open_: str) -> None:
    posted = good() | {"envelope": open_ * 6_000}
    with pytest.raises(ValueError):  # noqa: PT011
        deliveries.read(posted)
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    with pytest.raises(ValueError):  # noqa: PT011
        deliveries.read(good() | {"passkey": deep})
    with pytest.raises(ValueError):  # noqa: PT011
        deliveries.contents((open_ * 200_000).encode())


@given(plain=st.binary() | values.map(lambda one: json.dumps(one).encode()))
def test_what_holds_no_fields_is_refused(plain: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        deliveries.contents(plain)


@given(at=values, fields=values | st.lists(st.lists(texts | values, max_size=3), max_size=3))
def test_contents_are_read_or_refused(at: Any, fields: Any) -> None:
    try:
        read = deliveries.contents(json.dumps({"at": at, "fields": fields}).encode())
    except ValueError:
        return
    assert 0 <= read.at <= deliveries.FURTHEST
    assert {type(part) for field in read.fields for part in field} <= {str}


@given(text=texts | st.text("AZaz09-_=+/\n", max_size=12))
def test_base64url_has_one_spelling(text: str) -> None:
    try:
        value = p256.unb64(text)
    except ValueError:
        return
    assert p256.b64(value) == text


@given(value=st.binary(max_size=80))
def test_base64url_comes_back(value: bytes) -> None:
    assert p256.b64(value) == base64.urlsafe_b64encode(value).decode().rstrip("=")
    assert p256.unb64(p256.b64(value)) == value


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
wholes = st.sampled_from([0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1]).map(
    lambda number: number.to_bytes(32, "big")
)


@given(
    point=st.just(KEY.point)
    | st.binary(max_size=70)
    | st.binary(min_size=64, max_size=64).map(lambda rest: b"\4" + rest)
    | st.sampled_from([b"\0", b"\2" + KEY.point[1:33], KEY.point + b"\0", b"\4" + bytes(64)]),
    signature=st.binary(max_size=70)
    | st.binary(min_size=64, max_size=64)
    | st.tuples(wholes, wholes).map(b"".join),
    message=st.binary(max_size=10),
)
def test_a_forged_signature_is_no_error(point: bytes, signature: bytes, message: bytes) -> None:
    assert p256.verify(point, signature, message) is False


def test_a_signature_is_for_its_key_and_its_words() -> None:
    signature = KEY.sign(written({"v": 1}).encode())
    assert p256.verify(KEY.point, signature, b'{"v":1}')
    assert not p256.verify(KEY.point, signature, b'{"v":2}')
    assert not p256.verify(KEY.point, signature + b"\0", b'{"v":1}')
    assert not p256.verify(Key().point, signature, b'{"v":1}')
