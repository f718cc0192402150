"""Invitations and passkeys: who is let in, on which device, and who is not."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from api.errors import ConfirmFirst, Conflict, NotAllowed, NotFound
from api.staff import ceremonies, devices, invitations, passkeys, practitioners, sessions
from api.staff.passkeys import SignedIn, Waiting
from tests.authenticator import Authenticator, Excluded
from tests.cast import Cast
from tests.phones import RP, Phone, approved, invited, refusals, wait

# --- Invitations -----------------------------------------------------------------------------------


def test_from_invitation_to_session(cast: Cast) -> None:
    token = invitations.make(cast.actor("supervisor", confirmed=True), cast["social_worker"])
    found = invitations.find(cast.authority, token)
    assert (found.practitioner, found.agency) == ("Jo Marsh", "Westhaven Children's Social Care")

    phone = Phone(cast)
    enrolled = phone.enrol(token)
    assert len(enrolled.matching_code) == 6
    assert enrolled.matching_code.isdigit()
    asked = devices.asked(cast.authority, enrolled.enrolment_id, phone.cookie)
    assert (asked.state, asked.matching_code) == ("pending", enrolled.matching_code)
    assert isinstance(phone.sign_in(), Waiting)
    assert phone.actor() is None

    supervisor = cast.actor("supervisor", confirmed=True)
    [waiting] = devices.waiting(supervisor)
    assert (waiting.owner, waiting.kind) == ("Jo Marsh", "Android phone")
    assert waiting.matching_code == enrolled.matching_code
    devices.approve(supervisor, waiting.id, "saw their screen")
    assert devices.waiting(supervisor) == []

    actor = phone.signed_in()
    assert (actor.id, actor.name) == (cast["social_worker"], "Jo Marsh")
    [mine] = devices.mine(actor)
    assert (mine.state, mine.decided_by, mine.checked_how, mine.this_one) == (
        "approved",
        "Sam Okoro",
        "saw their screen",
        True,
    )


def test_an_invitation_keeps_no_secret(cast: Cast) -> None:
    token = invited(cast, "social_worker")
    [row] = cast.authority.store.query("SELECT token_hash FROM invitations")
    assert token not in row["token_hash"]


def test_an_invitation_works_once(cast: Cast) -> None:
    token = invited(cast, "social_worker")
    Phone(cast).enrol(token)
    with pytest.raises(NotFound, match="does not work"):
        invitations.find(cast.authority, token)
    with pytest.raises(NotFound):
        Phone(cast).enrol(token)


def test_of_two_at_once_one_finishes(cast: Cast) -> None:
    token = invited(cast, "social_worker")
    first, second = Phone(cast), Phone(cast)
    answers = [
        phone.passkey.make(passkeys.begin_enrol(cast.authority, RP, token))
        for phone in (first, second)
    ]
    passkeys.finish_enrol(cast.authority, RP, token, answers[0], None, "phone")
    with pytest.raises(NotFound):
        passkeys.finish_enrol(cast.authority, RP, token, answers[1], None, "phone")
    assert len(devices.of(cast.actor("supervisor"), cast["social_worker"])) == 1


def test_looking_at_an_invitation_uses_nothing_up(cast: Cast) -> None:
    token = invited(cast, "social_worker")
    passkeys.begin_enrol(cast.authority, RP, token)
    with pytest.raises(NotAllowed):
        Phone(cast).enrol(token, origin="https://inkling.example.evil.example")
    assert Phone(cast).enrol(token).matching_code


def test_an_invitation_lasts_a_day(cast: Cast) -> None:
    token = invited(cast, "social_worker")
    wait(cast, hours=23, minutes=59)
    invitations.find(cast.authority, token)
    wait(cast, minutes=1)
    with pytest.raises(NotFound):
        invitations.find(cast.authority, token)


def test_an_invitation_that_ends_during_the_ceremony(cast: Cast) -> None:
    token = invited(cast, "social_worker")
    wait(cast, hours=23, minutes=58)
    options = passkeys.begin_enrol(cast.authority, RP, token)
    answer = Phone(cast).passkey.make(options)
    wait(cast, minutes=3)
    with pytest.raises(NotFound):
        passkeys.finish_enrol(cast.authority, RP, token, answer, None, "phone")


def test_a_new_invitation_ends_the_one_before(cast: Cast) -> None:
    first = invited(cast, "social_worker")
    second = invited(cast, "social_worker")
    with pytest.raises(NotFound):
        invitations.find(cast.authority, first)
    invitations.find(cast.authority, second)


@pytest.mark.parametrize("who", ["pastoral", "sealed_supervisor", "governance", "colleague"])
def test_who_may_not_invite(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        invitations.make(cast.actor(who, confirmed=True), cast["social_worker"])
    assert "no role for it" in refusals(cast)


def test_inviting_asks_for_the_passkey(cast: Cast) -> None:
    with pytest.raises(ConfirmFirst):
        invitations.make(cast.actor("supervisor"), cast["social_worker"])


def test_an_invitation_for_nobody(cast: Cast) -> None:
    with pytest.raises(NotFound):
        invitations.make(cast.system, "0193e6a0-0000-7000-8000-000000000009")


# --- What a ceremony refuses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"challenge": "AAAA"},
        {"origin": "https://evil.example"},
        {"origin": "http://inkling.example"},
        {"type": "webauthn.create"},
        {"signature": b"not a signature"},
        {"user_handle": b"somebody else..."},
        {"user_handle": None},
    ],
    ids=str,
)
def test_a_wrong_answer_is_refused(cast: Cast, wrong: dict[str, object]) -> None:
    phone = approved(cast, "social_worker")
    with pytest.raises(NotAllowed):
        phone.sign_in(**wrong)
    assert phone.actor() is None
    assert refusals(cast)
    assert isinstance(phone.sign_in(), SignedIn)


def test_another_site_s_passkey_is_refused(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    phone.passkey.passkeys[0].rp_id = "evil.example"
    with pytest.raises(NotAllowed):
        phone.sign_in()


def test_the_person_must_be_verified(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    phone.passkey.verifies = False
    with pytest.raises(NotAllowed):
        phone.sign_in()
    token = invited(cast, "colleague")
    with pytest.raises(NotAllowed):
        Phone(cast, Authenticator(RP.origin, verifies=False)).enrol(token)


def test_an_answer_is_good_once(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    answer = phone.passkey.sign(passkeys.begin_sign_in(cast.authority, RP))
    assert isinstance(phone.post(answer), SignedIn)
    with pytest.raises(NotAllowed, match="sent twice"):
        phone.post(answer)


def test_a_challenge_is_used_up_by_a_wrong_answer(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    options = passkeys.begin_sign_in(cast.authority, RP)
    with pytest.raises(NotAllowed):
        phone.post(phone.passkey.sign(options, origin="https://evil.example"))
    with pytest.raises(NotAllowed, match="sent twice"):
        phone.post(phone.passkey.sign(options))


def test_a_challenge_lasts_five_minutes(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    answer = phone.passkey.sign(passkeys.begin_sign_in(cast.authority, RP))
    wait(cast, minutes=5)
    with pytest.raises(NotAllowed, match="took too long"):
        phone.post(answer)


def test_a_challenge_is_for_one_thing(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    actor = phone.signed_in()
    for_confirming = passkeys.begin_confirm(actor, RP)
    with pytest.raises(NotAllowed):
        phone.post(phone.passkey.sign(for_confirming))
    for_signing_in = passkeys.begin_sign_in(cast.authority, RP)
    with pytest.raises(NotAllowed):
        passkeys.finish_confirm(actor, RP, phone.passkey.sign(for_signing_in))


def test_a_challenge_is_for_one_invitation(cast: Cast) -> None:
    mine, yours = invited(cast, "social_worker"), invited(cast, "colleague")
    answer = Phone(cast).passkey.make(passkeys.begin_enrol(cast.authority, RP, mine))
    with pytest.raises(NotAllowed):
        passkeys.finish_enrol(cast.authority, RP, yours, answer, None, "phone")


@pytest.mark.parametrize(
    "junk",
    ["", "{", "null", "[]", "{}", '"text"', '{"id": 1}', "[" * 5000, '{"id": "\\ud800"}'],
    ids=lambda junk: junk[:12],
)
def test_junk_is_refused_in_one_sentence(cast: Cast, junk: str) -> None:
    token = invited(cast, "social_worker")
    with pytest.raises(NotAllowed, match="Try again"):
        passkeys.finish_sign_in(cast.authority, RP, junk, None, "phone")
    with pytest.raises(NotAllowed, match="Try again"):
        passkeys.finish_enrol(cast.authority, RP, token, junk, None, "phone")


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
def test_an_answer_cut_half_way(cast: Cast, part: str) -> None:
    phone = approved(cast, "social_worker")
    answer = json.loads(phone.passkey.sign(passkeys.begin_sign_in(cast.authority, RP)))
    answer["response"][part] = answer["response"][part][:20]
    with pytest.raises(NotAllowed):
        phone.post(json.dumps(answer))


def test_a_passkey_that_nobody_knows(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    phone.passkey.passkeys[0].id = b"x" * 32
    with pytest.raises(NotAllowed, match="not known"):
        phone.sign_in()


def test_the_same_passkey_is_not_enrolled_twice(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    token = invited(cast, "social_worker")
    with pytest.raises(Excluded):
        phone.enrol(token)
    # A browser that ignores the list is refused here.
    stolen = phone.passkey.passkeys[0].id
    options = json.loads(passkeys.begin_enrol(cast.authority, RP, token))
    options["excludeCredentials"] = []
    answer = Authenticator(RP.origin)
    made = json.loads(answer.make(json.dumps(options)))
    raw = base64.urlsafe_b64decode(made["response"]["attestationObject"] + "==")
    forged = raw.replace(answer.passkeys[0].id, stolen)
    made["response"]["attestationObject"] = base64.urlsafe_b64encode(forged).decode().rstrip("=")
    made["id"] = made["rawId"] = base64.urlsafe_b64encode(stolen).decode().rstrip("=")
    with pytest.raises(NotAllowed):
        passkeys.finish_enrol(cast.authority, RP, token, json.dumps(made), None, "phone")
    assert "passkey known" in refusals(cast)


# --- The counter -------------------------------------------------------------------------------------


def test_a_counter_goes_forward(cast: Cast) -> None:
    phone = approved(cast, "social_worker", counts=True, synced=False)
    for _ in range(3):
        assert isinstance(phone.sign_in(), SignedIn)


@pytest.mark.parametrize("back", [0, 1])
def test_a_counter_that_does_not_is_refused(cast: Cast, back: int) -> None:
    phone = approved(cast, "social_worker", counts=True, synced=False)
    phone.signed_in()
    phone.passkey.passkeys[0].count -= 1 + back
    with pytest.raises(NotAllowed, match="copied"):
        phone.sign_in()
    assert any(reason.startswith("counter went back") for reason in refusals(cast))


def test_a_counter_that_was_kept_may_not_vanish(cast: Cast) -> None:
    phone = approved(cast, "social_worker", counts=True, synced=False)
    phone.signed_in()
    phone.passkey.counts, phone.passkey.passkeys[0].count = False, 0
    with pytest.raises(NotAllowed, match="copied"):
        phone.sign_in()


# --- Devices -------------------------------------------------------------------------------------------


def test_a_synced_passkey_on_another_phone_waits(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    phone.signed_in()
    other = phone.another()
    waiting = other.sign_in()
    assert isinstance(waiting, Waiting)
    assert other.actor() is None
    # Asking again is the same asking, with the same code.
    assert other.sign_in() == waiting
    assert phone.actor() is not None

    supervisor = cast.actor("supervisor", confirmed=True)
    [asked] = devices.waiting(supervisor)
    assert (asked.matching_code, asked.others) == (waiting.matching_code, 1)
    devices.approve(supervisor, waiting.enrolment_id, "rang the number we hold")
    other.signed_in()
    assert phone.actor() is not None


def test_an_approved_device_s_cookie_is_not_enough(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    thief = Phone(cast, cookie=phone.cookie)
    other = approved(cast, "colleague")
    thief.passkey = other.passkey
    assert isinstance(thief.sign_in(), Waiting)


def test_a_cookie_that_was_not_made_here_is_not_taken_on(cast: Cast) -> None:
    phone = Phone(cast, cookie="fixed by somebody")
    phone.enrol(invited(cast, "social_worker"))
    assert phone.cookie != "fixed by somebody"


def test_a_shared_tablet_takes_each_person_s_passkey(cast: Cast) -> None:
    tablet = approved(cast, "social_worker")
    first_token = tablet.signed_in() and tablet.token
    second = Phone(cast, cookie=tablet.cookie)
    enrolled = second.enrol(invited(cast, "colleague"))
    assert second.cookie == tablet.cookie
    devices.approve(cast.system, enrolled.enrolment_id, "command line")
    assert second.signed_in().id == cast["colleague"]
    # One browser: whoever was signed in there is not any more.
    assert sessions.resume(cast.authority, first_token or "", touch=True) is None
    assert tablet.signed_in().id == cast["social_worker"]


def test_two_passkeys_in_one_browser_are_approved_each(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    key = Phone(cast, cookie=phone.cookie)
    enrolled = key.enrol(invited(cast, "social_worker"))
    assert isinstance(key.sign_in(), Waiting)
    assert isinstance(phone.sign_in(), SignedIn)
    devices.approve(cast.system, enrolled.enrolment_id, "command line")
    assert isinstance(key.sign_in(), SignedIn)


def test_a_refused_device(cast: Cast) -> None:
    phone = Phone(cast)
    enrolled = phone.enrol(invited(cast, "social_worker"))
    devices.refuse(cast.actor("supervisor", confirmed=True), enrolled.enrolment_id)
    assert devices.asked(cast.authority, enrolled.enrolment_id, phone.cookie).state == "refused"
    with pytest.raises(NotAllowed, match="new invitation"):
        phone.sign_in()
    with pytest.raises(Conflict):
        devices.approve(
            cast.actor("supervisor", confirmed=True), enrolled.enrolment_id, "saw their screen"
        )


def test_a_refused_second_phone_leaves_the_first_alone(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    waiting = phone.another()
    asked = waiting.sign_in()
    assert isinstance(asked, Waiting)
    devices.refuse(cast.actor("supervisor", confirmed=True), asked.enrolment_id)
    again = waiting.sign_in()
    assert isinstance(again, Waiting)
    assert again.enrolment_id != asked.enrolment_id
    phone.signed_in()


def test_a_revoked_device_is_out_at_its_next_request(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    actor = phone.signed_in()
    assert actor.enrolment_id
    devices.revoke(cast.actor("supervisor", confirmed=True), actor.enrolment_id)
    assert phone.actor() is None
    with pytest.raises(NotAllowed, match="new invitation"):
        phone.sign_in()
    # A lost key is a new invitation; the browser stays the same.
    enrolled = phone.enrol(invited(cast, "social_worker"))
    devices.approve(cast.system, enrolled.enrolment_id, "command line")
    phone.signed_in()


def test_revoking_one_phone_leaves_the_other(cast: Cast) -> None:
    phone = approved(cast, "social_worker")
    other = phone.another()
    asked = other.sign_in()
    assert isinstance(asked, Waiting)
    devices.approve(cast.system, asked.enrolment_id, "command line")
    actor = other.signed_in()
    lost = phone.signed_in()
    actor = replace(actor, confirmed_at=cast.authority.store.now())
    assert lost.enrolment_id
    devices.revoke(actor, lost.enrolment_id)
    assert phone.actor() is None
    assert other.actor() is not None
    assert isinstance(phone.sign_in(), Waiting)


def test_nobody_approves_themselves(cast: Cast) -> None:
    phone = approved(cast, "supervisor")
    asked = phone.another().sign_in()
    assert isinstance(asked, Waiting)
    supervisor = cast.actor("supervisor", confirmed=True)
    assert devices.waiting(supervisor) == []
    with pytest.raises(NotAllowed, match="Nobody approves"):
        devices.approve(supervisor, asked.enrolment_id, "saw their screen")
    devices.approve(
        cast.actor("administrator", confirmed=True), asked.enrolment_id, "saw their screen"
    )


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("supervisor", True),
        ("administrator", True),
        ("duty_supervisor", False),
        ("colleague", False),
        ("sealed_supervisor", False),
        ("governance", False),
        ("pastoral", False),
        ("reporter", False),
    ],
)
def test_who_approves(cast: Cast, who: str, may: bool) -> None:
    enrolled = Phone(cast).enrol(invited(cast, "social_worker"))
    actor = cast.actor(who, confirmed=True)
    assert bool(devices.waiting(actor)) is may
    if may:
        devices.approve(actor, enrolled.enrolment_id, "saw their screen")
        return
    for act in (
        lambda: devices.approve(actor, enrolled.enrolment_id, "saw their screen"),
        lambda: devices.refuse(actor, enrolled.enrolment_id),
        lambda: devices.revoke(actor, enrolled.enrolment_id),
        lambda: devices.of(actor, cast["social_worker"]),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_an_out_of_hours_approver(cast: Cast) -> None:
    practitioners.grant(cast.system, cast["duty"], "approver", "authority", "authority")
    enrolled = Phone(cast).enrol(invited(cast, "pastoral"))
    devices.approve(
        cast.actor("duty", confirmed=True), enrolled.enrolment_id, "rang the number we hold"
    )


def test_deciding_asks_for_the_passkey(cast: Cast) -> None:
    enrolled = Phone(cast).enrol(invited(cast, "social_worker"))
    supervisor = cast.actor("supervisor")
    with pytest.raises(ConfirmFirst):
        devices.approve(supervisor, enrolled.enrolment_id, "saw their screen")
    with pytest.raises(ConfirmFirst):
        devices.refuse(supervisor, enrolled.enrolment_id)
    with pytest.raises(ConfirmFirst):
        devices.revoke(supervisor, enrolled.enrolment_id)
    assert devices.waiting(supervisor)


def test_devices_that_are_not_there(cast: Cast) -> None:
    supervisor = cast.actor("supervisor", confirmed=True)
    nobody = "0193e6a0-0000-7000-8000-000000000009"
    for act in (
        lambda: devices.approve(supervisor, nobody, "saw their screen"),
        lambda: devices.refuse(supervisor, nobody),
        lambda: devices.revoke(supervisor, nobody),
        lambda: devices.asked(cast.authority, nobody, "cookie"),
        lambda: devices.of(supervisor, nobody),
    ):
        with pytest.raises(NotFound):
            act()


def test_only_the_waiting_device_itself_asks_how_it_stands(cast: Cast) -> None:
    enrolled = Phone(cast).enrol(invited(cast, "social_worker"))
    other = Phone(cast)
    other.enrol(invited(cast, "colleague"))
    with pytest.raises(NotFound):
        devices.asked(cast.authority, enrolled.enrolment_id, other.cookie)
    with pytest.raises(NotFound):
        devices.asked(cast.authority, enrolled.enrolment_id, None)


# --- Confirming ----------------------------------------------------------------------------------------


def test_confirming_is_good_for_five_minutes(cast: Cast) -> None:
    phone = approved(cast, "supervisor")
    actor = phone.signed_in()
    with pytest.raises(ConfirmFirst):
        invitations.make(actor, cast["social_worker"])
    passkeys.finish_confirm(actor, RP, phone.passkey.sign(passkeys.begin_confirm(actor, RP)))
    confirmed = phone.actor()
    assert confirmed
    invitations.make(confirmed, cast["social_worker"])
    wait(cast, minutes=5, seconds=1)
    confirmed = phone.actor()
    assert confirmed
    with pytest.raises(ConfirmFirst):
        invitations.make(confirmed, cast["social_worker"])


def test_only_the_session_s_own_passkey_confirms(cast: Cast) -> None:
    phone, other = approved(cast, "supervisor"), approved(cast, "social_worker")
    actor = phone.signed_in()
    with pytest.raises(NotAllowed):
        passkeys.finish_confirm(actor, RP, other.passkey.sign(passkeys.begin_confirm(actor, RP)))
    unconfirmed = phone.actor()
    assert unconfirmed
    assert unconfirmed.confirmed_at is None


def test_a_confirmation_is_for_one_session(cast: Cast) -> None:
    phone = approved(cast, "supervisor")
    first = phone.signed_in()
    answer = phone.passkey.sign(passkeys.begin_confirm(first, RP))
    second = phone.signed_in()
    with pytest.raises(NotAllowed):
        passkeys.finish_confirm(second, RP, answer)


def test_confirming_in_the_demo(cast: Cast) -> None:
    actor = cast.actor("supervisor")
    with pytest.raises(NotAllowed, match="no passkey"):
        passkeys.begin_confirm(actor, RP)
    sessions.confirm_demo(actor)
    [row] = cast.authority.store.query(
        "SELECT confirmed_at FROM sessions WHERE id = :id", id=actor.session_id
    )
    assert row["confirmed_at"]


def test_a_matching_code_depends_on_key_and_challenge() -> None:
    codes = {
        ceremonies.matching_code(key, challenge)
        for key in (b"one", b"two")
        for challenge in (b"three", b"four")
    }
    assert len(codes) == 4
    assert all(len(code) == 6 and code.isdigit() for code in codes)
