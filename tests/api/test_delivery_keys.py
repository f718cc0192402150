"""A browser's delivery key: bound when it enrols, proved at each sign-in, and no other's ever."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from api.errors import Invalid, NotAllowed, NotFound
from api.staff import devices, passkeys, practitioners, sessions
from api.staff.passkeys import SignedIn, Waiting
from api.trust import sealing
from api.trust.actor import Actor
from tests.cast import Cast
from tests.delivery import Key
from tests.phones import RP, Phone, approved, invited, refusals


def let_in(cast: Cast, phone: Phone) -> Actor:
    """Approve what a phone waits for, and sign in on it."""
    waiting = phone.sign_in()
    assert isinstance(waiting, Waiting)
    devices.approve(cast.system, waiting.enrolment_id, "command line")
    return phone.signed_in()


def kept(cast: Cast, enrolment_id: str | None) -> bytes | None:
    """Give the key that stands in an enrolment's row."""
    [row] = cast.authority.store.query(
        "SELECT delivery_key FROM enrolments WHERE id = :id", id=enrolment_id
    )
    return row["delivery_key"] and bytes(row["delivery_key"])


# --- Bound and proved --------------------------------------------------------------------------------


def test_enrolling_binds_the_key_and_signing_in_proves_it(cast: Cast) -> None:
    phone = approved(cast, "social_worker", key=Key())
    cookie = phone.cookie
    actor = phone.signed_in()
    assert phone.key
    assert devices.here(actor).delivery_key == phone.key.point
    assert phone.cookie == cookie
    phone.signed_in()
    assert phone.cookie == cookie


def test_no_key_is_as_it_was_before_there_were_any(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    cookie = phone.cookie
    assert devices.here(phone.signed_in()).delivery_key is None
    assert phone.cookie == cookie


@pytest.mark.parametrize("key", [None, Key()], ids=["none", "another"])
def test_the_cookie_without_its_key_is_a_new_device(cast: Cast, key: Key | None) -> None:
    phone = approved(cast, "social_worker", key=Key())
    first = phone.signed_in()
    copied = replace(phone, key=key, kind="Windows computer", token=None)
    waiting = copied.sign_in()
    assert isinstance(waiting, Waiting)
    assert not waiting.spent_key
    assert copied.cookie != phone.cookie
    assert waiting.enrolment_id != first.enrolment_id
    # Asking again is the same asking, with the same code.
    assert copied.sign_in() == waiting

    # Whoever approves it, and whoever waits, reads what it is and why.
    [asked] = devices.waiting(cast.actor("supervisor"))
    assert (asked.kind, asked.lost_key, asked.others) == ("Windows computer", True, 1)
    assert devices.asked(cast.authority, waiting.enrolment_id, copied.cookie).lost_key

    # Where the key is, nothing has changed, and nobody was signed out.
    assert phone.actor() == first
    assert phone.signed_in().enrolment_id == first.enrolment_id

    devices.approve(cast.system, waiting.enrolment_id, "command line")
    again = copied.signed_in()
    assert devices.here(again).delivery_key == (key.point if key else None)
    assert phone.signed_in().enrolment_id == first.enrolment_id


def test_a_waiting_device_s_key_is_asked_for_too(cast: Cast) -> None:
    phone = Phone(cast, key=Key())
    enrolled = phone.enrol(invited(cast, "social_worker"))
    copied = replace(phone, key=None)
    waiting = copied.sign_in()
    assert isinstance(waiting, Waiting)
    assert waiting.enrolment_id != enrolled.enrolment_id
    mine = phone.sign_in()
    assert isinstance(mine, Waiting)
    assert mine.enrolment_id == enrolled.enrolment_id


def test_a_new_device_with_a_synced_passkey_has_lost_nothing(cast: Cast) -> None:
    phone = approved(cast, "social_worker", key=Key())
    other = phone.another()
    other.key = Key()
    waiting = other.sign_in()
    assert isinstance(waiting, Waiting)
    assert not devices.asked(cast.authority, waiting.enrolment_id, other.cookie).lost_key
    assert kept(cast, waiting.enrolment_id) == other.key.point


def test_an_enrolment_without_a_key_takes_the_first_that_is_proved(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    before = phone.signed_in()
    phone.key = Key()
    actor = phone.signed_in()
    assert actor.enrolment_id == before.enrolment_id
    assert kept(cast, actor.enrolment_id) == phone.key.point
    assert isinstance(replace(phone, key=Key()).sign_in(), Waiting)
    assert isinstance(replace(phone, key=None).sign_in(), Waiting)


# --- Not proved ----------------------------------------------------------------------------------------


def _der(key: Key, challenge: bytes) -> bytes:
    return key.private.sign(challenge, ec.ECDSA(SHA256()))


def _compressed(key: Key) -> bytes:
    return key.private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


Member = Callable[[Key, bytes], Any]

UNREADABLE: dict[str, Member] = {
    "null": lambda key, challenge: None,
    "a list": lambda key, challenge: [key.point.hex(), ""],
    "nothing in it": lambda key, challenge: {},
    "no proof": lambda key, challenge: {"key": bytes_to_base64url(key.point)},
    "no text": lambda key, challenge: {"key": 4, "proof": None},
    "something more": lambda key, challenge: {**_member(key, challenge), "more": ""},
    "padding": lambda key, challenge: _member(key, challenge, pad="="),
    "not base64url": lambda key, challenge: _member(key, challenge, pad="+/"),
}
NOT_PROVED: dict[str, Member] = {
    "empty": lambda key, challenge: {"key": "", "proof": ""},
    "another key's": lambda key, challenge: _member(key, challenge, proof=Key().sign(challenge)),
    "over something else": lambda key, challenge: _member(key, os.urandom(32)),
    "over the challenge's text": lambda key, challenge: _member(
        key, bytes_to_base64url(challenge).encode()
    ),
    "der": lambda key, challenge: _member(key, challenge, proof=_der(key, challenge)),
    "nought": lambda key, challenge: _member(key, challenge, proof=bytes(64)),
    "cut": lambda key, challenge: _member(key, challenge, proof=key.sign(challenge)[:-1]),
    "compressed": lambda key, challenge: _member(key, challenge, point=_compressed(key)),
    "off the curve": lambda key, challenge: _member(key, challenge, point=b"\4" + bytes(64)),
    "infinity": lambda key, challenge: _member(key, challenge, point=b"\0"),
}


def _member(
    key: Key,
    challenge: bytes,
    *,
    point: bytes | None = None,
    proof: bytes | None = None,
    pad: str = "",
) -> dict[str, str]:
    return {
        "key": bytes_to_base64url(point or key.point) + pad,
        "proof": bytes_to_base64url(proof or key.sign(challenge)),
    }


def _beside(options: str, answer: str, make: Member) -> str:
    challenge = base64url_to_bytes(json.loads(options)["challenge"])
    return json.dumps({**json.loads(answer), "delivery": make(Key(), challenge)})


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        *((make, "unreadable") for make in UNREADABLE.values()),
        *((make, "delivery key not proved") for make in NOT_PROVED.values()),
    ],
    ids=[*UNREADABLE, *NOT_PROVED],
)
def test_what_is_no_key_with_its_proof_is_refused(cast: Cast, make: Member, reason: str) -> None:
    phone = Phone(cast)
    token = invited(cast, "social_worker")
    options = passkeys.begin_enrol(cast.authority, RP, token)
    answer = _beside(options, phone.passkey.make(options), make)
    with pytest.raises(NotAllowed):
        passkeys.finish_enrol(cast.authority, RP, token, answer, None, "phone")
    assert refusals(cast) == [reason]
    assert devices.waiting(cast.system) == []

    # The invitation is not used up.
    devices.approve(cast.system, phone.enrol(token).enrolment_id, "command line")
    before = phone.cookie
    options = passkeys.begin_sign_in(cast.authority, RP)
    with pytest.raises(NotAllowed):
        phone.post(_beside(options, phone.passkey.sign(options), make))
    assert refusals(cast) == [reason, reason]
    assert devices.waiting(cast.system) == []
    assert kept(cast, phone.signed_in().enrolment_id) is None
    assert phone.cookie == before


def test_a_proof_is_good_for_one_ceremony(cast: Cast) -> None:
    phone = approved(cast, "social_worker", key=Key())
    first, second = (passkeys.begin_sign_in(cast.authority, RP) for _ in range(2))
    answer = json.loads(phone.proved(first, phone.passkey.sign(first)))
    replayed = {**json.loads(phone.passkey.sign(second)), "delivery": answer["delivery"]}
    with pytest.raises(NotAllowed, match="own key"):
        phone.post(json.dumps(replayed))
    assert isinstance(phone.post(json.dumps(answer)), SignedIn)


# --- Whose a key is --------------------------------------------------------------------------------------


def test_two_people_on_one_tablet_have_a_key_each(cast: Cast) -> None:
    jo = approved(cast, "social_worker", key=Key())
    assert not devices.here(jo.signed_in()).shared
    kit = Phone(cast, cookie=jo.cookie, key=Key())
    enrolled = kit.enrol(invited(cast, "colleague"))
    assert not devices.here(jo.signed_in()).shared
    devices.approve(cast.system, enrolled.enrolment_id, "command line")

    for one in (jo, kit, jo):
        here = devices.here(one.signed_in())
        assert one.key
        assert (here.delivery_key, here.shared) == (one.key.point, True)
    assert jo.cookie == kit.cookie

    # A colleague's key opens nothing of mine.
    waiting = replace(jo, key=kit.key).sign_in()
    assert isinstance(waiting, Waiting)
    assert waiting.spent_key
    # A colleague who is shut out there may still have it in their hands, until they leave.
    devices.revoke(cast.system, enrolled.enrolment_id)
    assert devices.here(jo.signed_in()).shared
    practitioners.leave(cast.system, cast["colleague"])
    assert not devices.here(jo.signed_in()).shared
    # Nor may it be enrolled for anybody else.
    again = Phone(cast, key=kit.key).enrol(invited(cast, "duty"))
    assert again.spent_key
    assert kept(cast, again.enrolment_id) is None


def test_a_tablet_that_was_cleared_takes_each_person_again(cast: Cast) -> None:
    jo = approved(cast, "social_worker", key=Key())
    kit = Phone(cast, cookie=jo.cookie, key=Key())
    devices.approve(cast.system, kit.enrol(invited(cast, "colleague")).enrolment_id, "command line")
    # All keys are gone, and the cookie is not.
    jo.key, kit.key = Key(), Key()
    let_in(cast, jo)
    kit.cookie = jo.cookie  # what the browser was given in its place
    let_in(cast, kit)
    assert kit.cookie == jo.cookie
    assert devices.here(jo.signed_in()).shared


def test_two_passkeys_of_one_person_in_one_browser_have_a_key_each(cast: Cast) -> None:
    phone = approved(cast, "social_worker", key=Key())
    ring = Phone(cast, cookie=phone.cookie, key=Key())
    enrolled = ring.enrol(invited(cast, "social_worker"))
    devices.approve(cast.system, enrolled.enrolment_id, "command line")
    for one in (phone, ring, phone):
        here = devices.here(one.signed_in())
        assert one.key
        assert (here.delivery_key, here.shared) == (one.key.point, False)


def test_a_key_that_was_shut_out_does_not_come_back(cast: Cast) -> None:
    phone = approved(cast, "social_worker", key=Key())
    shut_out = phone.signed_in().enrolment_id
    let_in(cast, phone.another())  # so that the passkey stays good
    assert shut_out
    devices.revoke(cast.system, shut_out)

    waiting = phone.sign_in()
    assert isinstance(waiting, Waiting)
    assert waiting.spent_key
    assert kept(cast, waiting.enrolment_id) is None
    phone.key = Key()
    let_in(cast, phone)
    assert kept(cast, waiting.enrolment_id) == phone.key.point


def test_a_key_without_its_cookie_is_a_new_device(cast: Cast) -> None:
    phone = approved(cast, "social_worker", key=Key())
    first = phone.signed_in()
    phone.cookie = None
    waiting = phone.sign_in()
    assert isinstance(waiting, Waiting)
    assert waiting.spent_key
    assert waiting.enrolment_id != first.enrolment_id
    # Signed in with it all the same, a browser hears again that it needs another.
    devices.approve(cast.system, waiting.enrolment_id, "command line")
    done = phone.sign_in()
    assert isinstance(done, SignedIn)
    assert done.spent_key
    # What it wrote before is still known as its own.
    assert phone.key
    assert kept(cast, first.enrolment_id) == phone.key.point


def test_enrolling_again_after_revocation(cast: Cast) -> None:
    phone = approved(cast, "social_worker", key=Key())
    before, first = phone.cookie, phone.signed_in().enrolment_id
    assert first
    devices.revoke(cast.system, first)
    old, phone.key = phone.key, Key()
    enrolled = phone.enrol(invited(cast, "social_worker"))
    assert not enrolled.spent_key
    devices.approve(cast.system, enrolled.enrolment_id, "command line")
    assert phone.signed_in().enrolment_id == enrolled.enrolment_id
    assert phone.cookie == before
    assert old
    assert kept(cast, first) == old.point


def test_whoever_is_shut_out_keeps_the_key_in_the_row(cast: Cast) -> None:
    jo, kit = (approved(cast, who, key=Key()) for who in ("social_worker", "colleague"))
    revoked, left = jo.signed_in().enrolment_id, kit.signed_in().enrolment_id
    refused = Phone(cast, key=Key()).enrol(invited(cast, "duty")).enrolment_id
    assert revoked
    devices.revoke(cast.actor("supervisor", confirmed=True), revoked)
    devices.refuse(cast.system, refused)
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["colleague"])
    assert jo.key
    assert kit.key
    assert kept(cast, revoked) == jo.key.point
    assert kept(cast, left) == kit.key.point
    assert kept(cast, refused)


# --- The demo --------------------------------------------------------------------------------------------


def test_the_demo_keeps_the_latest_key(cast: Cast) -> None:
    def start(cookie: str | None, key: Key | None) -> SignedIn:
        return sessions.start_demo(
            cast.authority,
            cast["social_worker"],
            cookie,
            delivery_key=key.point if key else None,
        )

    def here(signed_in: SignedIn) -> devices.Here:
        actor = sessions.resume(cast.authority, signed_in.session_token, touch=False)
        assert actor
        return devices.here(actor)

    first = start(None, None)
    assert here(first).delivery_key is None
    one, another = Key(), Key()
    for given, stands in ((one, one), (None, one), (another, another)):
        signed_in = start(first.device_cookie, given)
        assert signed_in.device_cookie == first.device_cookie
        assert here(signed_in).delivery_key == stands.point


@pytest.mark.parametrize("key", [b"", b"\4" + bytes(64), b"\2" + bytes(32)])
def test_the_demo_takes_no_other_bytes(cast: Cast, key: bytes) -> None:
    with pytest.raises(Invalid):
        sessions.start_demo(cast.authority, cast["social_worker"], None, delivery_key=key)


# --- What a browser is told ----------------------------------------------------------------------------


def test_what_a_browser_is_told_of_itself(cast: Cast) -> None:
    phone = approved(cast, "social_worker", key=Key())
    actor = phone.signed_in()
    here = devices.here(actor)
    assert here.enrolment_id == actor.enrolment_id
    assert (here.practitioner_id, here.name) == (cast["social_worker"], "Jo Marsh")
    assert here.authority_id == cast.authority.id
    assert here.passkey == phone.passkey.passkeys[0].id
    assert here.sealing_key == sealing.current(cast.authority)
    assert here.verify_key == sealing.verify_key(cast.authority)
    assert not here.shared
    assert devices.here(cast.actor("colleague")).passkey is None
    with pytest.raises(NotFound):
        devices.here(cast.system)


def test_a_browser_that_was_told_of_a_sealing_key_may_hold_it(cast: Cast) -> None:
    actor = cast.actor("social_worker")
    old = devices.here(actor).sealing_key.id
    new, _ = sealing.rotate(cast.system)
    assert cast.actor("colleague").sealing_key_id == new
    [row] = cast.authority.store.query(
        "SELECT sealing_key_id FROM enrolments WHERE id = :id", id=actor.enrolment_id
    )
    assert row["sealing_key_id"] == old
    assert devices.here(actor).sealing_key.id == new
