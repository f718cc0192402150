"""Signing in, enrolling, approvals, devices, me and staff, as pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask import Flask

from api.moment import new_id
from api.record import notes, people
from api.record.notes import NewNote
from api.staff import attempts
from tests.authenticator import Authenticator
from tests.cast import Cast
from tests.delivery import Key
from tests.phones import invited, wait
from tests.web import ORIGIN, Page, Visitor, words

SignInAs = Callable[[str], Visitor]

ANDROID = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"


@dataclass
class Handset:
    """A visitor's browser with passkeys, doing what passkeys.js does."""

    visitor: Visitor
    passkey: Authenticator = field(default_factory=lambda: Authenticator(ORIGIN))
    key: Key | None = None

    def make(self, path: str) -> dict[str, object]:
        return self._finish(path, self.passkey.make)

    def show(self, path: str) -> dict[str, object]:
        return self._finish(path, self.passkey.sign)

    def _finish(self, path: str, answer: Callable[[str], str]) -> dict[str, object]:
        options = json.dumps(self.post(f"{path}/begin", {}))
        delivery = {"delivery": self.key.member(options)} if self.key else {}
        return self.post(f"{path}/finish", {**json.loads(answer(options)), **delivery})

    def post(self, path: str, body: object, status: int = 200) -> dict[str, object]:
        response = self.visitor.open(
            "POST",
            path,
            json=body,
            headers={"X-CSRFToken": self.visitor.token(), "User-Agent": ANDROID},
        )
        assert response.status_code == status, response.text
        assert response.is_json
        said: dict[str, object] = response.get_json()
        return said


def code(page: Page) -> str:
    found = words(page.one("span", class_="code"))
    assert re.fullmatch(r"\d{6}", found)
    return found


def waiting_id(page: Page) -> str:
    [action] = [
        one.get("action", "") for one in page.all("form") if "/approve" in one.get("action", "")
    ]
    return action.split("/")[2]


@pytest.fixture
def handset(nobody: Visitor) -> Handset:
    return Handset(nobody)


# --- From invitation to session, and what goes wrong on the way --------------------------------------


def test_from_invitation_to_session(cast: Cast, handset: Handset, sign_in_as: SignInAs) -> None:
    supervisor, phone = sign_in_as("supervisor"), handset.visitor
    supervisor.confirm()
    shown = supervisor.post(f"/staff/{cast['social_worker']}/invite", status=200)
    link = shown.one("input", id="link").get("value", "")
    assert link.startswith(f"{ORIGIN}/enrol/")
    path = link.removeprefix(ORIGIN)

    page = phone.get(path)
    assert page.heading == "Welcome, Jo Marsh"
    assert "Create passkey" in [words(one) for one in page.all("button")]
    at = str(handset.make(path)["go"])
    page = phone.get(at)
    shown_code = code(page)
    assert "Jo Marsh, show this code" in page.text
    assert phone.open("GET", f"{at}/state", part=True).status_code == 204
    assert handset.show("/sign-in")["go"] == at

    page = supervisor.get("/approvals")
    assert code(page) == shown_code
    for said in ("Jo Marsh", "Android phone, Chrome", "just now"):
        assert said in page.text
    assert [words(one) for one in page.all("button")] == ["Approve", "Refuse"]
    approve = f"/approvals/{waiting_id(page)}/approve"
    page = supervisor.post(approve, status=422)
    assert "Say how you compared the codes." in page.text
    supervisor.post(approve, {"checked_how": "saw their screen"})
    assert "Approved" in supervisor.get("/approvals").text

    assert "Sign in with passkey" in phone.get(f"{at}/state", part=True).text
    phone.get("/", 303)
    assert handset.show("/sign-in") == {"go": None, "kept": False, "spent": False}
    assert phone.get("/me").heading == "Jo Marsh"
    page = phone.get("/devices")
    assert "this one" in page.text
    assert "by Sam Okoro" in page.text

    device = page.all("form", method="post")[0].get("action", "")
    handset.post("/confirm/begin", {})
    assert handset.show("/confirm")["kept"]
    response = phone.post(device).response
    assert response.headers["Location"] == "/sign-in"
    phone.get("/", 303)
    assert "does not work any more" in str(handset.post("/sign-in/finish", _signed(handset), 403))


def _signed(handset: Handset) -> object:
    options = handset.post("/sign-in/begin", {})
    return json.loads(handset.passkey.sign(json.dumps(options)))


def test_an_invitation_that_does_not_work(cast: Cast, handset: Handset) -> None:
    page = handset.visitor.get("/enrol/nothing", 404)
    assert "used, or it is older than 24 hours" in page.text
    token = invited(cast, "social_worker")
    handset.make(f"/enrol/{token}")
    handset.visitor.get(f"/enrol/{token}", 404)
    assert "used" in str(handset.post(f"/enrol/{token}/begin", {}, 404)["error"])


def test_an_invitation_that_is_pasted(cast: Cast, nobody: Visitor) -> None:
    token = invited(cast, "social_worker")
    page = nobody.post("/sign-in/invitation", {"link": f" {ORIGIN}/enrol/{token} "})
    assert page.response.headers["Location"] == f"/enrol/{token}"
    for link in ("", "https://evil.example", f"{ORIGIN}/enrol/../me"):
        nobody.post("/sign-in/invitation", {"link": link}, 404)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"id": 1}'])
def test_junk_is_answered_with_one_sentence(cast: Cast, handset: Handset, body: bytes) -> None:
    token = invited(cast, "social_worker")
    for path in ("/sign-in/finish", f"/enrol/{token}/finish"):
        response = handset.visitor.open(
            "POST",
            path,
            data=body,
            headers={"X-CSRFToken": handset.visitor.token(), "Content-Type": "application/json"},
        )
        assert response.status_code == 403
        assert response.get_json()["error"].endswith("Try again.")


def test_ceremonies_need_their_token(cast: Cast, nobody: Visitor) -> None:
    token = invited(cast, "social_worker")
    for path in ("/sign-in/begin", "/sign-in/finish", f"/enrol/{token}/begin"):
        assert nobody.open("POST", path, json={}).status_code == 400


def test_sign_in_is_limited(cast: Cast, handset: Handset) -> None:
    for _ in range(599):
        attempts.count(cast.authority, "sign in 127.0.0.1", 600, 600)
    handset.post("/sign-in/begin", {})
    assert "too often" in str(handset.post("/sign-in/finish", {}, 429))


def test_a_waiting_device_is_shown_to_itself_only(cast: Cast, app: Flask, handset: Handset) -> None:
    at = str(handset.make(f"/enrol/{invited(cast, 'social_worker')}")["go"])
    Visitor(app).get(at, 404)
    Visitor(app).get(f"{at}/state", 404)


def test_waiting_keeps_nobody_signed_in(cast: Cast, app: Flask, handset: Handset) -> None:
    at = str(handset.make(f"/enrol/{invited(cast, 'social_worker')}")["go"])
    handset.visitor.cast = cast
    handset.visitor.sign_in("colleague")
    for _ in range(15):
        wait(cast, minutes=1)
        handset.visitor.open("GET", f"{at}/state", part=True)
    wait(cast, seconds=1)
    handset.visitor.get("/me", 303)


def test_a_refused_device_is_told(cast: Cast, handset: Handset, sign_in_as: SignInAs) -> None:
    at = str(handset.make(f"/enrol/{invited(cast, 'social_worker')}")["go"])
    supervisor = sign_in_as("supervisor")
    supervisor.confirm()
    supervisor.post(f"/approvals/{waiting_id(supervisor.get('/approvals'))}/refuse")
    assert "Refused" in supervisor.get("/approvals").text
    assert "was refused" in handset.visitor.get(f"{at}/state", part=True).text


# --- Confirming ----------------------------------------------------------------------------------------


def test_what_needs_the_passkey_is_held_and_then_done(cast: Cast, sign_in_as: SignInAs) -> None:
    supervisor = sign_in_as("supervisor")
    page = supervisor.post(f"/staff/{cast['social_worker']}/invite", status=403)
    assert page.heading == "Confirm that it is you"
    held = {name: page.one("input", name=name).get("value", "") for name in ("then", "held")}
    page = supervisor.post("/confirm/demo", held, 200)
    form = page.one("form", id="carried")
    fields = {one.get("name", ""): one.get("value", "") for one in form.iter("input")}
    page = supervisor.post(form.get("action", ""), fields, 200)
    assert "/enrol/" in page.one("input", id="link").get("value", "")


def test_confirming_without_anything_held(sign_in_as: SignInAs) -> None:
    supervisor = sign_in_as("supervisor")
    page = supervisor.get("/confirm?next=/approvals")
    then = page.one("input", name="then").get("value", "")
    response = supervisor.post("/confirm/demo", {"then": then}).response
    assert response.headers["Location"] == "/approvals"
    response = supervisor.post("/confirm/demo", {"then": "https://evil.example"}).response
    assert response.headers["Location"] == "/"


# --- Me ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "opens"),
    [
        ("social_worker", set()),
        ("reporter", set()),
        ("supervisor", {"/approvals", "/staff"}),
        ("administrator", {"/approvals", "/staff", "/deliveries"}),
    ],
)
def test_me_leads_where_a_role_may_go(sign_in_as: SignInAs, who: str, opens: set[str]) -> None:
    visitor = sign_in_as(who)
    listed = visitor.get("/me").one("nav", aria_label="What is yours")
    links = {one.get("href", "") for one in listed.iter("a")}
    assert links & {"/approvals", "/staff", "/deliveries"} == opens
    assert "/devices" in links
    for link in links:
        visitor.get(link)


def test_a_cover_is_arranged_and_ended(cast: Cast, sign_in_as: SignInAs) -> None:
    visitor = sign_in_as("social_worker")
    page = visitor.post("/me/covers", {"covering_id": "", "starts_on-day": "1"}, 422)
    assert "First day must include a month and a year" in page.text
    days = {
        f"{name}-{part}": value
        for name in ("starts_on", "ends_on")
        for part, value in (("day", "24"), ("month", "12"), ("year", "2030"))
    }
    empty = visitor.post("/me/covers", {"covering_id": ""}, 422)
    for said in ("Choose who covers.", "Enter the first day,", "Enter the last day,"):
        assert said in empty.text
    page = visitor.post(
        "/me/covers", {"covering_id": cast["colleague"], **days, "starts_on-year": "2031"}, 422
    )
    assert "The cover must end after it starts." in page.text
    last = {"ends_on-day": "31", "ends_on-month": "12", "ends_on-year": "9999"}
    page = visitor.post("/me/covers", {"covering_id": cast["colleague"], **days, **last}, 422)
    assert "A cover lasts a year at most." in page.text
    visitor.post("/me/covers", {"covering_id": cast["colleague"], **days})
    page = visitor.get("/me")
    assert "Kit Alder covers for you" in page.text
    assert "until the end of 24 December 2030" in page.text
    [end] = [one.get("action", "") for one in page.all("form") if "/end" in one.get("action", "")]
    sign_in_as("pastoral").post(end, status=404)
    visitor.post(end)
    assert "covers for you" not in visitor.get("/me").text


def test_what_i_wrote_and_what_became_of_it(cast: Cast, sign_in_as: SignInAs) -> None:
    visitor = sign_in_as("social_worker")
    assert "will be listed here" in visitor.get("/notes").text
    for n in range(22):
        cast.worry("social_worker", "amara", saw=f"Number {n} of what I saw.")
    cast.worry("pastoral", "amara", saw="What somebody else saw.")
    page = visitor.get("/notes")
    assert "Number 21 of" in page.text
    assert "somebody else" not in page.text
    # Jo Marsh leads herself: whether she has read it says nothing.
    assert "Not yet read" not in page.text
    assert "Not yet read by the lead" in sign_in_as("pastoral").get("/notes").text
    [earlier] = [one.get("href", "") for one in page.all("a") if words(one) == "Earlier notes"]
    assert "Number 1 of" in visitor.get(earlier, part=True).text


def test_a_reporter_reads_their_own_words(cast: Cast, sign_in_as: SignInAs) -> None:
    reporter = cast.actor("reporter")
    child = people.add(reporter, people.NewPerson("Amara", "Okafor", "2019-05-03"))
    notes.log(reporter, NewNote(new_id(), "worry", [child], saw="Crying at lunch."))
    assert "Crying at lunch." in sign_in_as("reporter").get("/notes").text


def test_signing_out(sign_in_as: SignInAs) -> None:
    visitor = sign_in_as("social_worker")
    visitor.post("/sign-out")
    visitor.get("/me", 303)


# --- Staff ---------------------------------------------------------------------------------------------


def test_a_supervisor_adds_and_records_leaving(cast: Cast, sign_in_as: SignInAs) -> None:
    supervisor = sign_in_as("supervisor")
    assert "Kit Alder" in supervisor.get("/staff").links().__str__()
    supervisor.get("/staff/new")
    page = supervisor.post("/staff/new", {"name": "", "job": "Student"}, 422)
    assert "Enter their name." in page.text
    made = supervisor.post(
        "/staff/new", {"name": "Nia Poe", "job": "Student", "team_id": cast["north"]}
    ).response.headers["Location"]
    page = supervisor.get(made)
    assert page.heading == "Nia Poe"
    assert "Record that Nia Poe left" in supervisor.get(f"{made}/leave").heading
    supervisor.post(f"{made}/leave", status=403)
    supervisor.confirm()
    supervisor.post(f"{made}/leave")
    assert "Nia Poe" not in supervisor.get("/staff").links()
    assert "Left" in supervisor.get(made).text


def test_an_administrator_sees_every_agency(cast: Cast, sign_in_as: SignInAs) -> None:
    administrator = sign_in_as("administrator")
    assert "Jo Marsh" in administrator.get("/staff").text
    page = administrator.get(f"/staff?agency={cast['school']}")
    assert "Pat Osei" in page.text
    assert "Jo Marsh" not in page.text
    administrator.get("/staff?agency=junk")


def test_roles_are_given_and_taken_away(cast: Cast, sign_in_as: SignInAs) -> None:
    administrator = sign_in_as("administrator")
    administrator.confirm()
    duty = f"/staff/{cast['duty']}"
    administrator.post(f"{duty}/roles", {"role": "", "scope": "agency"}, 422)
    administrator.post(f"{duty}/roles", {"role": "supervisor", "scope": "agency"}, 422)
    administrator.post(f"{duty}/roles", {"role": "approver", "scope": "authority"})
    assert "Approver for the whole authority" in administrator.get(duty).text
    administrator.post(
        f"{duty}/roles/end",
        {"role": "approver", "scope": "authority", "scope_id": "authority"},
    )
    assert "Approver for" not in administrator.get(duty).text


def test_staff_are_not_for_everybody(cast: Cast, sign_in_as: SignInAs) -> None:
    sign_in_as("social_worker").get("/staff", 403)
    other = sign_in_as("duty_supervisor")
    other.get(f"/staff/{cast['social_worker']}", 403)
    other.post(f"/staff/{cast['social_worker']}/invite", status=403)
    other.get("/staff/0193e6a0-0000-7000-8000-00000000beef", 404)
