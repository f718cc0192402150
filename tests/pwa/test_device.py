"""What a page's scripts are told of the device that they run on."""

from __future__ import annotations

from collections.abc import Callable

from webauthn.helpers import bytes_to_base64url

from api.staff import devices
from api.trust import sealing
from tests.cast import Cast
from tests.delivery import Key
from tests.phones import invited
from tests.pwa.test_security import later
from tests.pwa.test_staff_pages import Handset
from tests.web import ORIGIN, Visitor

SignInAs = Callable[[str], Visitor]


def ask(visitor: Visitor, status: int = 200) -> dict[str, object]:
    headers = {"X-CSRFToken": visitor.token()}
    answer = visitor.open("POST", "/device", json={}, headers=headers)
    assert answer.status_code == status
    said: dict[str, object] = answer.get_json()
    return said


def test_a_browser_is_told_whose_it_is(cast: Cast, nobody: Visitor) -> None:
    handset = Handset(nobody, key=Key())
    assert handset.make(f"/enrol/{invited(cast, 'social_worker')}")["spent"] is False
    [waiting] = devices.waiting(cast.system)
    devices.approve(cast.system, waiting.id, "command line")
    assert handset.show("/sign-in") == {"go": None, "kept": False, "spent": False}
    assert handset.key
    sealing_key = sealing.current(cast.authority)
    assert ask(nobody) == {
        "enrolment": waiting.id,
        "author": cast["social_worker"],
        "name": "Jo Marsh",
        "authority": cast.authority.id,
        "origin": ORIGIN,
        "shared": False,
        "credential": bytes_to_base64url(handset.passkey.passkeys[0].id),
        "deliveryKey": bytes_to_base64url(handset.key.point),
        "key": {"id": sealing_key.id, "public": bytes_to_base64url(sealing_key.public)},
        "verify": bytes_to_base64url(sealing.verify_key(cast.authority)),
    }


def test_a_lost_key_is_said_on_both_screens(
    cast: Cast, nobody: Visitor, sign_in_as: SignInAs
) -> None:
    handset = Handset(nobody, key=Key())
    handset.make(f"/enrol/{invited(cast, 'social_worker')}")
    handset.key = Key()
    shown = nobody.get(str(handset.show("/sign-in")["go"])).text
    assert "This browser lost its key, so it must be approved again." in shown
    shown = sign_in_as("supervisor").get("/approvals").text
    assert shown.count("lost its key") == 1


def test_the_demo_s_devices_have_no_passkey(sign_in_as: SignInAs) -> None:
    said = ask(sign_in_as("pastoral"))
    assert (said["name"], said["credential"], said["deliveryKey"]) == ("Pat Osei", None, None)


def test_without_a_session_nothing_is_told(nobody: Visitor, sign_in_as: SignInAs) -> None:
    assert "Sign in" in str(ask(nobody, 401))
    visitor = sign_in_as("social_worker")
    assert visitor.open("POST", "/device", json={}).status_code == 400  # from another site's page


def test_asking_keeps_no_session_alive(sign_in_as: SignInAs, cast: Cast) -> None:
    visitor = sign_in_as("social_worker")
    for _ in range(3):
        later(cast, minutes=4)
        ask(visitor)
    later(cast, minutes=4)
    ask(visitor, 401)


def test_signed_in_pages_say_which_device_and_key(
    cast: Cast, nobody: Visitor, sign_in_as: SignInAs
) -> None:
    assert nobody.get("/sign-in").all("meta", name="enrolment") == []
    visitor = sign_in_as("social_worker")
    said = ask(visitor)
    first = sealing.current(cast.authority).id
    assert visitor.get("/").one("meta", name="enrolment").get("content") == (
        f"{said['enrolment']} {first}"
    )
    second, _ = sealing.rotate(cast.system)
    assert visitor.get("/me").one("meta", name="enrolment").get("content") == (
        f"{said['enrolment']} {second}"
    )
