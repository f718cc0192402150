"""This is wrong, as pages: from one line of a child's page to whoever it comes from, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.facts import corrections, differences
from api.record import people
from api.staff import practitioners
from api.telling import outbox
from tests import feeds
from tests.cast import Cast
from tests.web import Page, Visitor, words

SignInAs = Callable[[str], Visitor]


@pytest.fixture
def housing(cast: Cast) -> str:
    """A feed with Amara's address and name, whose data steward is the cast's."""
    store = cast.authority.store
    source = feeds.add_feed(store, "housing", cast["force"], name="Housing")
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", source)
    feeds.say(
        store, source, "addresses", cast["amara"], kind="home", lines="9 Quayside", postcode="ZZ2"
    )
    feeds.say(
        store, source, "names", cast["amara"], kind="full", first="Amara", last="Okoro",
        first_key="amara", last_key="okoro",
    )  # fmt: skip
    return source


def wrong(page: Page, about: str) -> str:
    """Where "This is wrong" beside a line leads."""
    return page.links()[f"This is wrong: {about}"]


def tell(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    later = cast.authority.store.clock() + timedelta(seconds=11)
    monkeypatch.setattr(cast.authority.store, "clock", lambda: later)
    outbox.fan_out(cast.authority)


def test_from_a_line_to_the_steward_and_back(
    housing: str, cast: Cast, sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = f"/children/{cast['amara']}"
    lead = sign_in_as("social_worker")
    form = lead.get(wrong(lead.get(child), "9 Quayside"))
    assert (form.heading, "9 Quayside" in form.text) == ("This is wrong", True)
    said = {"what": "out of date", "words": "They moved to Mill Lane."}
    answered = lead.post(wrong(lead.get(child), "9 Quayside"), said, 303)
    here = answered.response.headers["Location"]
    assert "answers by" in lead.get(here).text
    assert any("Said to be wrong on" in link for link in lead.get(child).links())
    assert any("Said to be wrong on" in link for link in sign_in_as("pastoral").get(child).links())

    tell(cast, monkeypatch)
    steward = sign_in_as("steward")
    (item,) = [link for words_, link in steward.get("/inbox").links().items() if "wrong" in words_]
    assert steward.get(item, 303).response.headers["Location"] == here
    assert "1 waits for an answer" in steward.get("/sources").text
    listed = steward.get("/sources/housing/corrections")
    assert "9 Quayside, ZZ2" in listed.text
    one = steward.get(here)
    for shown in ("Amara", "born 3 May 2019", "9 Quayside, ZZ2", "They moved"):
        assert shown in one.text, shown
    for hidden in ("Mill Lane, Westhaven", "St Bede", "Jo Marsh"):
        assert hidden not in one.text, hidden
    assert cast["amara"] not in one.response.text
    steward.post(here, {"answer": "", "reason": "x"}, 422)
    steward.post(here, {"answer": "put right", "reason": "The tenancy ended."}, 303)
    steward.post(here, {"answer": "right"}, 409)

    tell(cast, monkeypatch)
    (item,) = [link for words_, link in lead.get("/inbox").links().items() if "Answered" in words_]
    assert lead.get(item, 303).response.headers["Location"] == here
    shown = lead.get(here).text
    assert "Put right in the system that it comes from" in shown
    assert "The tenancy ended." in shown
    assert wrong(lead.get(child), "9 Quayside")
    assert "1 put right" in steward.get("/sources/housing").text


def test_the_form_says_what_is_missing(housing: str, cast: Cast, sign_in_as: SignInAs) -> None:
    lead = sign_in_as("social_worker")
    link = wrong(lead.get(f"/children/{cast['amara']}"), "9 Quayside")
    page = lead.post(link, {"words": "They moved."}, 422)
    assert "Choose what is wrong." in page.text
    assert page.field("words") == "They moved."


def test_where_name_and_birth_date_come_from(
    housing: str, cast: Cast, sign_in_as: SignInAs
) -> None:
    lead = sign_in_as("social_worker")
    child = lead.get(f"/children/{cast['amara']}")
    page = lead.get(child.links()["Where name and birth date come from"])
    assert [words(one) for one in page.all("strong")][:2] == ["Amara Okoro", "Amara Okafor"]
    assert "from Housing" in page.text
    lead.post(wrong(page, "Amara Okoro"), {"what": "wrong detail"}, 303)
    assert "in question" in lead.get(f"/children/{cast['amara']}").text
    assert "Said to be wrong on" in lead.get(f"/children/{cast['amara']}/details").text


def test_who_sees_no_line_is_offered_nothing(
    housing: str, cast: Cast, sign_in_as: SignInAs
) -> None:
    page = sign_in_as("outsider").get(f"/children/{cast['amara']}")
    assert not [link for link in page.links() if "wrong" in link]
    assert not [link for link in page.links() if "come from" in link]


def test_wild_addresses_are_answered_as_nothing(
    housing: str, cast: Cast, sign_in_as: SignInAs
) -> None:
    lead = sign_in_as("social_worker")
    link = wrong(lead.get(f"/children/{cast['amara']}"), "9 Quayside")
    lead.get(link.replace("/address/", "/shoes/"), 404)
    lead.get(link.replace(cast["amara"], cast["jude"]), 404)
    lead.get(f"/corrections/{cast['amara']}", 404)
    lead.post(link, {"what": "never was"}, 303)
    id = corrections.of_source(cast.actor("steward"), "housing").waiting[0].id
    steward = sign_in_as("steward")
    steward.get(f"/sources/housing/corrections/{id}", 303)
    steward.get(f"/sources/elsewhere/corrections/{id}", 404)
    for who in ("outsider", "administrator"):
        sign_in_as(who).get(f"/corrections/{id}", 404)
    lead.post(f"/corrections/{id}", {"answer": "right"}, 403)


def test_my_own_and_what_waits_for_me(housing: str, cast: Cast, sign_in_as: SignInAs) -> None:
    pastoral = sign_in_as("pastoral")
    assert "will be listed here" in pastoral.get("/corrections").text
    child = pastoral.get(f"/children/{cast['amara']}")
    right = pastoral.get(child.links()["Is this right? Jo Marsh"])
    pastoral.post(wrong(right, "Jo Marsh"), {"what": "never was"}, 303)
    assert "Amara" in words(pastoral.get("/corrections").region("What you said is wrong"))
    lead = sign_in_as("social_worker").get("/corrections")
    assert "Amara" in words(lead.region("For you to answer"))


def test_which_of_two_is_right(
    housing: str, cast: Cast, sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, child = cast.authority.store, f"/children/{cast['amara']}"
    said = {"agency_id": cast["force"], "kind": "active", "role": "Officer", "lead": 0}
    said |= {"contact_name": "Olu Ade", "asserted_by": "agency"}
    first = feeds.say(store, housing, "involvements", cast["amara"], contact_phone="1", **said)
    lead = sign_in_as("social_worker")
    line = next(
        one
        for one in people.look(cast.actor("social_worker"), cast["amara"]).circle
        if one.id == first
    )
    lead.post(f"{child}/supporters/{line.id}/confirm", {}, 303)
    for change in (
        "UPDATE sources SET current_load = 2 WHERE id = :source",
        "UPDATE involvements SET until_load = 2 WHERE source_id = :source",
    ):
        store.upkeep(lambda tx, sql=change: tx.change(sql, source=housing))  # type: ignore[misc]
    feeds.say(
        store, housing, "involvements", cast["amara"], contact_phone="2", since_load=2, **said
    )
    differences.compare_what_changed(cast.authority)
    page = lead.get(child)
    (link, *_) = [to for text, to in page.links().items() if "Another says otherwise" in text]
    both = lead.get(link)
    assert both.heading == "Which is right?"
    assert "Housing says: Olu Ade, Officer, Westhaven Police, 2" in both.text
    assert "Jo Marsh confirmed on" in both.text
    steward = sign_in_as("steward").get(link)
    assert "Westhaven Police, 2" in steward.text
    assert "Westhaven Police, 1" not in steward.text
    tell(cast, monkeypatch)
    assert any("Which is right?" in text for text in lead.get("/inbox").links())
    lead.post(f"{link}/settle", {"right": "neither"}, 422)
    sign_in_as("pastoral").post(f"{link}/settle", {"right": "source"}, 403)
    lead.post(f"{link}/settle", {"right": "source"}, 303)
    assert "It is right as it is" in lead.get(link).text
    assert not [text for text in lead.get(child).links() if "Another says" in text]
    lead.post(f"{link}/settle", {"right": "source"}, 409)
