"""Home and inbox: what changed about my children, and what I was told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.record import notes, people
from api.record.people import NewPerson
from api.telling import outbox
from pwa.pages.home import greeting
from tests.cast import Cast, years
from tests.delivery import Key
from tests.phones import Phone, invited
from tests.pwa.test_security import later
from tests.web import Visitor, words

SignIn = Callable[[str], Visitor]


def tell(cast: Cast) -> None:
    """Let the ten seconds of Undo pass, and the worker tell."""
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)


def test_my_children_are_a_list_of_links(sign_in_as: SignIn, cast: Cast) -> None:
    page = sign_in_as("social_worker").get("/")
    mine = page.region("My children")
    assert mine.tag == "ul"
    links = {one.get("href"): words(one) for one in mine.iter("a")}
    assert set(links) == {f"/children/{cast[name]}" for name in ("amara", "jude", "rhea", "noor")}
    assert links[f"/children/{cast['amara']}"].startswith(f"Amara Okafor, {years('amara')}")
    assert page.links()["Log"] == "/log"


def test_news_is_counted_and_listed_without_its_words(sign_in_as: SignIn, cast: Cast) -> None:
    cast.worry("pastoral", "amara", saw="An unusual pomegranate.")
    page = sign_in_as("social_worker").get("/")
    assert "1 new" in words(page.region("My children"))
    latest = page.region("Latest")
    assert "Amara Okafor" in words(latest)
    assert "Worry from St Bede's Primary School" in words(latest)
    assert "pomegranate" not in page.response.text
    (link,) = [one for one in latest.iter("a") if one.get("hx-get")]
    assert link.get("href") == link.get("hx-get")
    assert any(one.get("id") == link.get("hx-target", "")[1:] for one in page.root.iter())


def test_a_school_has_its_pupils_on_a_list_of_their_own(sign_in_as: SignIn) -> None:
    page = sign_in_as("safeguarding").get("/")
    (line,) = [name for name, href in page.links().items() if href == "/universal"]
    assert line.startswith("3 children")
    assert "/universal" not in sign_in_as("police").get("/").links().values()


def test_an_empty_home_says_what_would_be_here(sign_in_as: SignIn) -> None:
    page = sign_in_as("outsider").get("/")
    assert "will be listed here" in page.text
    assert page.links()["Search"] == "/search"
    assert "your team" not in page.text


def test_a_supervisor_s_home_leads_to_what_their_team_needs(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("supervisor")
    page = visitor.get("/")
    assert "You can open every child whom your team supports." in page.text
    assert visitor.get(page.links()["My team"]).heading == "My team"
    assert "Waiting for you" not in page.text
    visitor.get(f"/children/{cast['amara']}")  # what the sentence says
    for _ in range(2):
        phone = Phone(cast, key=Key())
        phone.enrol(invited(cast, "social_worker"))
    waiting = words(visitor.get("/").region("Waiting for you"))
    assert "2 devices wait for approval" in waiting
    assert visitor.get("/").links()["2 devices wait for approval"] == "/approvals"
    assert "for approval" not in sign_in_as("duty_supervisor").get("/").text
    assert "for approval" not in sign_in_as("social_worker").get("/").text


@pytest.mark.parametrize("who", ["administrator", "governance", "steward", "reporter"])
def test_whose_role_opens_no_record_is_told_so(sign_in_as: SignIn, who: str) -> None:
    visitor = sign_in_as(who)
    page = visitor.get("/")
    assert "Your role opens no child's record." in page.text
    assert "will be listed here. To find one" not in page.text
    for path in ("/log", "/notes", "/me"):
        assert path in page.links().values()
        visitor.get(path)


@pytest.mark.parametrize("who", ["reporter", "administrator", "governance", "steward"])
def test_who_reads_no_records_still_has_a_home(sign_in_as: SignIn, who: str) -> None:
    sign_in_as(who).get("/")


def test_hostile_and_overlong_names_stay_text(sign_in_as: SignIn, cast: Cast) -> None:
    hostile = "<script>alert(1)</script>=cmd|' /C calc'!A0"
    person = people.add(cast.system, NewPerson(hostile, "O" * 60, "2020-01-01"))
    from api.record import involvements

    involvements.add(
        cast.system,
        person,
        agency_id=cast["care"],
        practitioner_id=cast["social_worker"],
        role="Social worker",
    )
    page = sign_in_as("social_worker").get("/")
    assert "<script>alert" not in page.response.text
    assert hostile in page.text


def test_the_bar_marks_where_one_is(sign_in_as: SignIn) -> None:
    page = sign_in_as("pastoral").get("/inbox")
    bar = page.region("Main")
    assert [words(one) for one in bar.iter("a")] == ["Home", "Search", "Log", "Inbox", "Me"]
    (here,) = [words(one) for one in bar.iter("a") if one.get("aria-current") == "page"]
    assert here == "Inbox"


def test_the_inbox_lists_what_i_was_told_and_opens_it_once(sign_in_as: SignIn, cast: Cast) -> None:
    logged = cast.worry("pastoral", "amara", saw="An unusual pomegranate.")
    tell(cast)
    visitor = sign_in_as("social_worker")
    page = visitor.get("/inbox")
    (item,) = list(page.region("What you were told").iter("a"))
    assert "Unread" in words(item)
    assert "pomegranate" not in page.response.text
    assert words(visitor.get("/inbox/unread", part=True).root) == "1 unread"
    opened = visitor.get(item.get("href", ""), 303)
    assert opened.response.location == f"/children/{cast['amara']}#note-{logged.note_ids[0]}"
    assert "Unread" not in words(visitor.get("/inbox").region("What you were told"))
    assert words(visitor.get("/inbox/unread", part=True).root) == ""


def test_who_lost_access_cannot_open_what_they_were_told(sign_in_as: SignIn, cast: Cast) -> None:
    logged = cast.worry("pastoral", "amara")
    tell(cast)
    visitor = sign_in_as("social_worker")
    (item,) = list(visitor.get("/inbox").region("What you were told").iter("a"))
    notes.wrong_person(cast.actor("pastoral"), logged.note_ids[0], "It was another child.")
    assert visitor.open("GET", item.get("href", "")).status_code in (303, 403, 404)
    assert visitor.open("GET", f"/notes/{logged.note_ids[0]}").status_code in (403, 404)


def test_a_long_inbox_comes_in_parts(sign_in_as: SignIn, cast: Cast) -> None:
    for _ in range(23):
        cast.worry("pastoral", "amara")
    tell(cast)
    visitor = sign_in_as("social_worker")
    page = visitor.get("/inbox")
    more = page.links()["Show earlier ones"]
    rest = visitor.get(more, part=True)
    ids = [one.get("href") for one in (*page.all("a"), *rest.all("a"))]
    items = [href for href in ids if href and href.startswith("/inbox/")]
    assert len(items) == len(set(items)) == 23


@pytest.mark.parametrize(
    ("hour", "said"),
    [(0, "Good morning"), (11, "Good morning"), (12, "Good afternoon"), (18, "Good evening")],
)
def test_greetings(hour: int, said: str) -> None:
    assert greeting(hour) == said
