"""What takes two people is done by no one person, whichever way they go about it."""

from __future__ import annotations

import pytest

from api.errors import NotAllowed
from api.staff import devices, invitations, practitioners
from api.staff.passkeys import SignedIn, Waiting
from tests.cast import Cast
from tests.phones import Phone


def somebody_made_up(cast: Cast, who: str) -> tuple[Phone, Waiting]:
    """Let a supervisor or an administrator make somebody up, and come as far as they can as them."""
    actor = cast.actor(who, confirmed=True)
    made_up = practitioners.join(
        actor, agency_id=cast["care"], team_id=cast["north"], name="Nobody Known", job="Worker"
    )
    phone = Phone(cast)
    return phone, phone.enrol(invitations.make(actor, made_up))


@pytest.mark.parametrize("who", ["supervisor", "administrator"])
def test_nobody_comes_in_as_somebody_whom_they_made_up(cast: Cast, who: str) -> None:
    phone, asked = somebody_made_up(cast, who)
    actor = cast.actor(who, confirmed=True)
    assert [one.by_another for one in devices.waiting(actor)] == [True]
    with pytest.raises(NotAllowed, match="somebody else"):
        devices.approve(actor, asked.enrolment_id, "saw their screen")

    # Nor with that passkey from another browser, which no invitation brought.
    elsewhere = phone.another().sign_in()
    assert isinstance(elsewhere, Waiting)
    with pytest.raises(NotAllowed, match="somebody else"):
        devices.approve(actor, elsewhere.enrolment_id, "saw their screen")


def test_who_invited_them_turns_a_device_away_and_another_lets_it_in(cast: Cast) -> None:
    _, refused = somebody_made_up(cast, "supervisor")
    devices.refuse(cast.actor("supervisor", confirmed=True), refused.enrolment_id)

    phone, asked = somebody_made_up(cast, "supervisor")
    another = cast.actor("night_duty", confirmed=True)
    assert [one.by_another for one in devices.waiting(another)] == [False]
    devices.approve(another, asked.enrolment_id, "saw their screen")
    assert isinstance(phone.sign_in(), SignedIn)


def test_who_invited_them_lets_in_the_next_device_of_a_passkey_that_another_let_in(
    cast: Cast,
) -> None:
    phone, asked = somebody_made_up(cast, "supervisor")
    devices.approve(
        cast.actor("night_duty", confirmed=True), asked.enrolment_id, "saw their screen"
    )
    new = phone.another().sign_in()
    assert isinstance(new, Waiting)
    devices.approve(cast.actor("supervisor", confirmed=True), new.enrolment_id, "saw their screen")


def test_who_invited_them_lets_in_a_colleague_whom_others_gave_their_role(cast: Cast) -> None:
    supervisor = cast.actor("supervisor", confirmed=True)
    phone = Phone(cast)
    asked = phone.enrol(invitations.make(supervisor, cast["social_worker"]))
    devices.approve(supervisor, asked.enrolment_id, "saw their screen")
    assert isinstance(phone.sign_in(), SignedIn)
