"""Unsent: what was written without signal and waits for its author, through the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from api import moment
from api.moment import new_id
from api.record import notes
from api.staff import devices, practitioners
from api.trust import sealing
from tests.cast import Cast
from tests.delivery import Device, Key, device_of, now
from tests.phones import Phone, approved, invited
from tests.web import ORIGIN, Page, Visitor, words

SignIn = Callable[[str], Visitor]

SAW = "The back door was off its hinges."
MINUTE = 60_000


@pytest.fixture
def deliver(cast: Cast, nobody: Visitor) -> Callable[..., str]:
    """Have somebody's device deliver something that it sealed; gives its id."""

    def give(by: Device, *fields: tuple[str, str], kind: str = "note", **more: int) -> str:
        id, ahead, ago = new_id(), more.get("ahead", 0), more.get("ago", 0)
        said = [("id", id), ("kind", "worry"), *fields]
        envelope = by.envelope(kind, said, id=id, at=now() + ahead - ago)
        posted = by.delivery(envelope, clock=now() + ahead)
        answer = nobody.open("POST", "/deliver", json=posted)
        assert answer.status_code == 200, answer.json
        return id

    return give


Deliver = Callable[..., str]


def device(cast: Cast, who: str) -> Device:
    """A device that somebody is let in on."""
    return device_of(cast, who, origin=ORIGIN)


def revoked(cast: Cast, who: str) -> Device:
    """A device of somebody that was shut out after they wrote on it."""
    made = device(cast, who)
    devices.revoke(cast.actor(who, confirmed=True), made.enrolment)
    return made


def cards(page: Page, region: str) -> list[str]:
    """What waits in a part of the page, one by one."""
    return [words(one) for one in page.region(region).iter("li")]


def filled(page: Page) -> dict[str, list[str]]:
    """What the form on a page would send, as it stands there."""
    form = next(one for one in page.all("form") if one.get("data-log") is not None)
    said: dict[str, list[str]] = {}
    for one in form.iter():
        name = one.get("name")
        off = one.get("type") in ("radio", "checkbox") and one.get("checked") is None
        if not name or name == "csrf_token" or off:
            continue
        value = one.get("value", "") if one.tag == "input" else "".join(one.itertext())
        said.setdefault(name, []).append(value.strip("\n"))
    return said


# --- Nothing, and the way there ---


def test_where_nothing_waits_it_says_what_would_be_here(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("pastoral")
    page = visitor.get("/unsent")
    assert page.heading == "Unsent"
    assert "Nothing waits for you." in words(page.region("Waiting for you"))
    assert "From your team" not in page.text
    assert "Waiting for you" not in visitor.get("/").text
    assert "/unsent" in visitor.get("/me").links().values()
    team = sign_in_as("supervisor").get("/unsent").region("From your team")
    assert "will be listed here for you to release or refuse" in words(team)


# --- To match ---


def test_whom_a_note_is_about_is_said_afterwards_under_the_same_id(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    who = ("who", "the Okafor girl, red coat")
    id = deliver(device(cast, "social_worker"), who, ("saw", SAW), ago=90 * MINUTE)
    visitor = sign_in_as("social_worker")
    home = words(visitor.get("/").region("Waiting for you"))
    assert "1 note not sent yet" in home
    page = visitor.get("/unsent")
    (card,) = cards(page, "Waiting for you")
    assert "the Okafor girl, red coat" in card
    assert SAW in card
    assert re.search(r"Written \d\d:\d\d on \d+ \w{3}, arrived \d\d:\d\d", card)
    assert page.links()["Match"] == f"/unsent/{id}"

    form = visitor.get(f"/unsent/{id}")
    assert "You wrote: the Okafor girl, red coat" in form.text
    said = filled(form)
    assert said["id"] == [id]
    assert said["saw"] == [SAW]
    assert said["someone_else"] == ["y"]
    assert form.all("form", action="/log")[0].get("data-again") is not None
    sent = visitor.post("/log", {**said, "people": [cast["amara"]]}, 200)
    assert sent.heading == "Sent"
    assert cards(visitor.get("/unsent"), "Waiting for you") == []
    note = visitor.get(f"/notes/{id}")
    assert SAW in note.text
    assert re.search(r"Written \d\d:\d\d on \d+ \w{3}, arrived", note.text)
    assert "red coat" not in sign_in_as("pastoral").get(f"/notes/{id}").text


def test_whom_it_is_about_is_said_once_though_signal_fails_then(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver, nobody: Visitor
) -> None:
    """What the page would send is sealed as it stands, and needs no matching after that."""
    by = device(cast, "social_worker")
    id = deliver(by, ("who", "the Okafor girl, red coat"), ("saw", SAW))
    visitor = sign_in_as("social_worker")
    chosen = {**filled(visitor.get(f"/unsent/{id}")), "people": [cast["amara"]]}
    fields = [(name, value) for name, values in chosen.items() for value in values if value]
    posted = by.delivery(by.envelope("note", fields, id=id))
    assert nobody.open("POST", "/deliver", json=posted).get_json()["state"] == "sent"
    assert cards(visitor.get("/unsent"), "Waiting for you") == []
    assert SAW in visitor.get(f"/notes/{id}").text


def test_what_was_said_of_somebody_beside_those_chosen_still_waits(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    """Without signal both can be said, and only the author knows who else is meant."""
    by = device(cast, "social_worker")
    id = deliver(by, ("people", cast["amara"]), ("who", "and her cousin"), ("saw", SAW))
    visitor = sign_in_as("social_worker")
    assert visitor.get("/unsent").links()["Match"] == f"/unsent/{id}"
    assert filled(visitor.get(f"/unsent/{id}"))["people"] == [cast["amara"]]


def test_nobody_else_sees_it_before(sign_in_as: SignIn, cast: Cast, deliver: Deliver) -> None:
    id = deliver(device(cast, "social_worker"), ("who", "Amara"), ("saw", SAW))
    for who in ("colleague", "supervisor", "pastoral", "administrator"):
        visitor = sign_in_as(who)
        assert SAW not in visitor.get("/unsent").text
        visitor.get(f"/unsent/{id}", 404)
        visitor.get(f"/unsent/{id}/discard", 404)
        visitor.post(f"/unsent/{id}/send", {}, 404)
        visitor.post(f"/unsent/{id}/discard", {}, 404)
        theirs = f"/unsent/{cast['social_worker']}/{id}"
        refused = 404 if who == "supervisor" else 403
        visitor.get(theirs, refused)
        visitor.get(f"{theirs}/refuse", refused)
        visitor.post(f"{theirs}/release", {}, refused)
        visitor.post(f"{theirs}/refuse", {}, refused)
    assert SAW not in sign_in_as("pastoral").get(f"/children/{cast['amara']}").text
    assert SAW in sign_in_as("social_worker").get("/unsent").text


def test_what_was_written_stays_the_same_note_through_looking_for_somebody(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    id = deliver(device(cast, "social_worker"), ("who", "Lily from St Bede's"), ("saw", SAW))
    visitor = sign_in_as("social_worker")
    said = filled(visitor.get(f"/unsent/{id}"))
    name = {"first": "Lily", "last": "Hart", "born_on-day": "9", "born_on-month": "9"}
    found = visitor.post("/log/find", {**said, **name, "born_on-year": "2015"}, 200)
    assert "1 person found" in found.text
    undecided = visitor.post("/log", filled(found), 422)
    for page in (found, undecided):
        assert "You wrote: Lily from St Bede's" in page.text
        again = filled(page)
        assert (again["id"], again["saw"]) == ([id], [SAW])
        assert page.all("form", action="/log")[0].get("data-again") is not None
    visitor.post("/log", {**filled(undecided), "found": [cast["lily"]]}, 200)
    assert SAW in visitor.get(f"/notes/{id}").text


def test_who_only_reports_names_the_person(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    id = deliver(device(cast, "reporter"), ("who", "Amara in year 3"), ("saw", SAW))
    visitor = sign_in_as("reporter")
    assert visitor.get("/unsent").links()["Match"] == f"/unsent/{id}"
    said = filled(visitor.get(f"/unsent/{id}"))
    born = {"born_on-day": "3", "born_on-month": "5", "born_on-year": "2019"}
    visitor.post("/log", {**said, "first": "Amara", "last": "Okafor", **born}, 200)
    assert SAW in sign_in_as("social_worker").get(f"/children/{cast['amara']}").text


# --- Drafts ---


def test_a_draft_comes_back_with_every_field(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    id = deliver(
        device(cast, "social_worker"),
        ("people", cast["jude"]),
        ("saw", "He was"),
        ("thinks", "Not sure.\nAfraid?"),
        ("worried", "4"),
        kind="draft",
    )
    visitor = sign_in_as("social_worker")
    page = visitor.get("/unsent")
    (card,) = cards(page, "Waiting for you")
    assert re.match(r"You were writing this at \d\d:\d\d, about Jude Okafor ", card)
    assert "He was" in card
    assert page.links()["Go on"] == f"/unsent/{id}"
    form = visitor.get(f"/unsent/{id}")
    said = filled(form)
    assert said["people"] == [cast["jude"]]
    assert (said["saw"], said["thinks"]) == (["He was"], ["Not sure.\nAfraid?"])
    assert (said["worried"], said["id"]) == (["4"], [id])
    assert "someone_else" not in said
    visitor.post("/log", {**said, "saw": "He was asleep."}, 200)
    assert "Nothing waits for you." in visitor.get("/unsent").text
    assert "Written" not in words(visitor.get(f"/notes/{id}").one("article"))


def test_what_was_begun_yesterday_happened_yesterday(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    ago = 26 * 60 * MINUTE
    id = deliver(device(cast, "social_worker"), ("saw", SAW), kind="draft", ago=ago)
    visitor = sign_in_as("social_worker")
    said = filled(visitor.get(f"/unsent/{id}"))
    then = (datetime.now(UTC) - timedelta(hours=26)).astimezone(moment.LONDON)
    assert [said[f"happened_on-{box}"] for box in ("day", "month", "year")] == [
        [str(then.day)],
        [str(then.month)],
        [str(then.year)],
    ]
    (card,) = cards(visitor.get("/unsent"), "Waiting for you")
    assert f"You were writing this on {then.day} {then:%b} at {then:%H:%M}" in card


def test_discarding_asks_once_and_says_what_goes(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    id = deliver(device(cast, "social_worker"), ("saw", SAW), kind="draft")
    visitor = sign_in_as("social_worker")
    asked = visitor.get(f"/unsent/{id}/discard")
    assert asked.heading == "Discard this?"
    assert SAW in asked.text
    assert asked.links()["Leave it"] == "/unsent"
    assert SAW in visitor.get("/unsent").text
    visitor.post(f"/unsent/{id}/discard")
    page = visitor.get("/unsent")
    assert "Discarded. Nobody was told." in page.text
    assert SAW not in page.text
    visitor.get(f"/unsent/{id}", 404)


# --- On hold ---


def test_what_could_not_be_taken_says_why_and_is_mended(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    about = ("people", cast["amara"])
    id = deliver(device(cast, "social_worker"), about, ("saw", SAW), ("happened_time", "tea"))
    visitor = sign_in_as("social_worker")
    page = visitor.get("/unsent")
    (card,) = cards(page, "Waiting for you")
    assert card.startswith("About Amara Okafor")
    assert "It could not be taken: Enter the time as hours and minutes, such as 14:30." in card
    assert page.links()["Mend and send"] == f"/unsent/{id}"
    form = visitor.get(f"/unsent/{id}")
    assert "This could not be taken: Enter the time as hours and minutes" in form.text
    said = filled(form)
    assert said["happened_time"] == ["tea"]
    visitor.post("/log", {**said, "happened_time": "16:00"}, 200)
    assert SAW in visitor.get(f"/notes/{id}").text


def test_from_a_device_that_was_shut_out_its_author_sends_it_if_it_is_theirs(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    id = deliver(revoked(cast, "social_worker"), ("people", cast["amara"]), ("saw", SAW))
    visitor = sign_in_as("social_worker")
    (card,) = cards(visitor.get("/unsent"), "Waiting for you")
    assert "on Demo" in card
    assert "It came from a device of yours that was shut out. Send it only if you wrote it." in card
    visitor.post(f"/unsent/{id}/send")
    assert "Sent. It is on the record." in visitor.get("/unsent").text
    assert SAW in sign_in_as("pastoral").get(f"/children/{cast['amara']}").text


def test_from_a_shared_tablet_without_the_passkey_its_author_says_that_it_is_theirs(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    key = Key()
    phone = approved(cast, "social_worker", key=key)
    other = Phone(cast, cookie=phone.cookie, key=Key())
    devices.approve(
        cast.system, other.enrol(invited(cast, "pastoral")).enrolment_id, "command line"
    )
    enrolment = phone.signed_in().enrolment_id or ""
    sealed_to = sealing.current(cast.authority)
    by = Device(
        enrolment, cast["social_worker"], cast.authority.id, sealed_to, key=key, origin=ORIGIN
    )
    id = deliver(by, ("people", cast["amara"]), ("saw", SAW))
    assert SAW not in sign_in_as("pastoral").get("/unsent").text
    assert SAW not in sign_in_as("supervisor").get("/unsent").text
    visitor = sign_in_as("social_worker")
    (card,) = cards(visitor.get("/unsent"), "Waiting for you")
    assert "others use too, and was not confirmed with your passkey" in card
    visitor.post(f"/unsent/{id}/send")
    assert SAW in visitor.get(f"/notes/{id}").text


def test_released_without_a_child_it_goes_on_to_be_matched(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    id = deliver(revoked(cast, "social_worker"), ("who", "Amara"), ("saw", SAW))
    visitor = sign_in_as("social_worker")
    gone_on = visitor.post(f"/unsent/{id}/send")
    assert gone_on.response.headers["Location"] == f"/unsent/{id}"
    assert visitor.get("/unsent").links()["Match"] == f"/unsent/{id}"


# --- From my team ---


def test_a_supervisor_releases_what_a_lost_device_held(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    about, thinks = ("people", cast["amara"]), ("thinks", "I am uneasy. " * 30)
    id = deliver(revoked(cast, "social_worker"), about, ("saw", SAW), thinks)
    visitor = sign_in_as("supervisor")
    assert "1 note not sent yet" in words(visitor.get("/").region("Waiting for you"))
    page = visitor.get("/unsent")
    assert "Nothing waits for you." in words(page.region("Waiting for you"))
    (card,) = cards(page, "From your team")
    assert card.startswith("Jo Marsh, about Amara Okafor")
    assert "on Demo" in card
    assert SAW in card
    assert ("I am uneasy. " * 30).strip() in card
    assert "Release puts it onto the record as Jo Marsh's note and tells the circle." in card
    visitor.post(f"/unsent/{cast['social_worker']}/{id}/release")
    page = visitor.get("/unsent")
    assert "Released. It is on the record in its author's name." in page.text
    assert cards(page, "From your team") == []
    assert "from Jo Marsh" in sign_in_as("pastoral").get(f"/notes/{id}").text


def test_a_supervisor_refuses_what_is_not_theirs(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    id = deliver(revoked(cast, "social_worker"), ("people", cast["amara"]), ("saw", SAW))
    visitor = sign_in_as("supervisor")
    at = f"/unsent/{cast['social_worker']}/{id}/refuse"
    assert visitor.get("/unsent").links()["Refuse"] == at
    asked = visitor.get(at)
    assert "What Jo Marsh wrote is destroyed for good" in asked.text
    visitor.post(at)
    assert "Refused. Its words are destroyed." in visitor.get("/unsent").text
    assert SAW not in sign_in_as("social_worker").get("/unsent").text
    assert notes.latest(cast.actor("pastoral")) == []


def test_what_cannot_be_released_says_why(sign_in_as: SignIn, cast: Cast, deliver: Deliver) -> None:
    id = deliver(revoked(cast, "social_worker"), ("people", cast["amara"]), ("saw", ""))
    visitor = sign_in_as("supervisor")
    visitor.post(f"/unsent/{cast['social_worker']}/{id}/release")
    page = visitor.get("/unsent")
    assert "It cannot be released as it is. Write what you saw or heard" in page.text
    assert len(cards(page, "From your team")) == 1


def test_a_lost_device_that_names_thousands_keeps_nobody_from_deciding(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    lost = revoked(cast, "social_worker")
    for _ in range(20):
        deliver(lost, ("saw", SAW), *(("people", new_id()) for _ in range(190)))
    page = sign_in_as("supervisor").get("/unsent")
    assert len(cards(page, "From your team")) == 20
    [row] = cast.authority.store.query(
        "SELECT COUNT(*) AS n FROM audit_events WHERE action = 'person:looked'"
    )
    assert row["n"] <= 100


def test_another_teams_supervisor_has_nothing_of_it(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    id = deliver(revoked(cast, "social_worker"), ("people", cast["amara"]), ("saw", SAW))
    for who in ("duty_supervisor", "sealed_supervisor"):
        visitor = sign_in_as(who)
        assert SAW not in visitor.get("/unsent").text
        visitor.post(f"/unsent/{cast['social_worker']}/{id}/release", {}, 404)
        visitor.post(f"/unsent/{cast['social_worker']}/{id}/refuse", {}, 404)


def test_what_somebody_left_behind_is_logged_by_their_supervisor(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    id = deliver(device(cast, "social_worker"), ("who", "Amara, Jude's sister"), ("saw", SAW))
    practitioners.leave(cast.actor("administrator", confirmed=True), cast["social_worker"])
    visitor = sign_in_as("supervisor")
    page = visitor.get("/unsent")
    (card,) = cards(page, "From your team")
    assert card.startswith("Jo Marsh (has left)")
    assert "Who it is about, in their words: Amara, Jude's sister" in card
    assert "Release" not in card
    at = page.links()["Log it yourself"]
    form = visitor.get(at)
    assert "Jo Marsh (has left) wrote this." in form.text
    said = filled(form)
    assert said["whose"] == ["Jo Marsh"]
    assert said["id"] != [id]
    visitor.post("/log", {**said, "people": [cast["amara"]]}, 200)
    read = sign_in_as("pastoral").get(f"/notes/{said['id'][0]}").text
    assert "In the words of Jo Marsh" in read
    assert "from Sam Okoro" in read
    visitor.post(f"{at}/refuse")
    assert cards(visitor.get("/unsent"), "From your team") == []


# --- What a note says of how it came ---


def test_a_clock_that_was_wrong_is_said_on_the_note(
    sign_in_as: SignIn, cast: Cast, deliver: Deliver
) -> None:
    by = device(cast, "social_worker")
    about = ("people", cast["amara"])
    wrong = deliver(by, about, ("saw", "Fast."), ahead=12 * MINUTE, ago=30 * MINUTE)
    right = deliver(by, about, ("saw", "Right."), ahead=4 * MINUTE)
    visitor = sign_in_as("pastoral")
    fast = visitor.get(f"/notes/{wrong}").text
    assert "The device's clock was 12 minutes fast." in fast
    written = (datetime.now(UTC) - timedelta(minutes=30)).astimezone(moment.LONDON)
    assert f"Written {written:%H:%M} on {written.day} {written:%b}, arrived" in fast
    assert "clock was" not in visitor.get(f"/notes/{right}").text
    listed = visitor.get(f"/children/{cast['amara']}").text
    assert listed.count("The device's clock was 12 minutes fast.") == 1
    online = cast.worry("pastoral", "amara").note_ids[0]
    assert "arrived" not in words(visitor.get(f"/notes/{online}").one("article"))
