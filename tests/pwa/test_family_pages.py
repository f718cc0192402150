"""The sheet for a family, their own words, and share or not, through the pages."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from api.record import glass, involvements, people
from api.rights import languages
from tests.cast import Cast
from tests.web import Page, Visitor, words

SignIn = Callable[[str], Visitor]
CIRCLE = ("social_worker", "pastoral", "health_visitor", "sealed", "supervisor", "safeguarding")
GIVEN = {"safe": "yes", "to": "Her mother", "how": "read out", "language": "cy"}
DECIDED = {
    "to": "Her GP",
    "what": "Missed appointments",
    "basis": "welfare",
    "reason": "They treat her",
}


def sheet(page: Page) -> bytes:
    """The sheet as it is printed, byte for byte."""
    return ET.tostring(page.one("article", class_="sheet"))


def rows(page: Page, name: str) -> list[str]:
    return [words(one) for one in page.region(name).iter("li")]


@pytest.mark.parametrize("language", sorted(languages.every()))
def test_the_sheet_is_the_same_bytes_whoever_prints_it(
    sign_in_as: SignIn, cast: Cast, language: str
) -> None:
    address = f"/children/{cast['amara']}/sheet?language={language}"
    printed = {sheet(sign_in_as(viewer).get(address)) for viewer in CIRCLE}
    assert len(printed) == 1
    line = next(
        one
        for one in people.look(cast.actor("sealed"), cast["amara"]).circle
        if one.name == "Sil Brook"
    )
    involvements.end(cast.actor("sealed"), line.id)
    assert {sheet(sign_in_as("social_worker").get(address))} == printed


def test_the_sheet_is_in_its_own_language_with_numbers_to_tap(
    sign_in_as: SignIn, cast: Cast
) -> None:
    page = sign_in_as("pastoral").get(f"/children/{cast['amara']}/sheet?language=cy")
    paper = page.one("article", class_="sheet")
    assert (paper.get("lang"), paper.get("dir")) == ("cy", "ltr")
    assert "Ar gyfer Amara Okafor" in words(paper)
    assert "tel:07700900100" in [one.get("href") for one in paper.iter("a")]
    assert page.links()["English"].endswith("/sheet?language=en")
    assert "Amara" not in (page.root.findtext("head/title") or "")
    sign_in_as("pastoral").get(f"/children/{cast['amara']}/sheet?language=xx", 404)


def test_nothing_but_the_sheet_is_printed(sign_in_as: SignIn, cast: Cast) -> None:
    main = sign_in_as("pastoral").get(f"/children/{cast['amara']}/sheet").one("main")
    assert [one.get("class") for one in main] == ["unprinted", "sheet"]


def test_it_is_given_from_more_in_a_few_taps(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("pastoral")
    child = f"/children/{cast['amara']}"
    found = next(
        href for name, href in visitor.get(f"{child}/more").links().items() if "sheet" in name
    )
    page = visitor.get(found)
    assert "Nobody wrote down that it was given" in page.text
    form = visitor.get(page.links()["I gave it"])
    assert [
        one.get("value")
        for one in form.all("input", name="language")
        if one.get("checked") is not None
    ] == ["en"]
    visitor.post(f"{child}/sheet/give", GIVEN)
    page = sign_in_as("social_worker").get(f"{child}/sheet")
    assert "Last given just now" in page.text
    (given,) = rows(page, "Given")
    assert given.startswith(
        "Read out, or talked through, to Her mother, in Cymraeg Pat Osei, Pastoral lead"
    )


def test_where_it_is_not_safe_it_is_not_given(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("pastoral")
    child = f"/children/{cast['amara']}"
    page = visitor.post(f"{child}/sheet/give", {**GIVEN, "safe": ""}, 422)
    assert "Say whether it is safe to give." in page.text
    page = visitor.post(f"{child}/sheet/give", {**GIVEN, "safe": "no"}, 422)
    assert "Then do not give it" in page.text
    assert page.field("to") == "Her mother"
    said = {"to": "Her father", "basis": "danger", "reason": "He reads what she brings home"}
    assert (
        "Choose why not."
        in visitor.post(f"{child}/sheet/keep-back", {**said, "basis": ""}, 422).text
    )
    visitor.post(f"{child}/sheet/keep-back", said)
    other = sign_in_as("health_visitor")
    assert (
        "Not given to: Her father. It could put somebody in danger."
        in other.get(f"{child}/sheet").text
    )
    assert "Not shared with: Her father" in other.get(f"{child}/shared").text
    assert b"father" not in sheet(other.get(f"{child}/sheet"))


def test_their_own_words_are_read_by_the_circle(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("pastoral")
    address = f"/children/{cast['amara']}/statement"
    assert "Say whose words they are." in visitor.post(address, {"who": "", "said": "No"}, 422).text
    visitor.post(address, {"who": "Kemi, her mother", "said": "Ask us first."})
    (said,) = rows(sign_in_as("social_worker").get(address), "Statements")
    assert said.startswith("Kemi, her mother Ask us first. Pat Osei, Pastoral lead, St Bede's")


def test_a_decision_takes_two_taps_from_more(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("health_visitor")
    child = f"/children/{cast['amara']}"
    more = visitor.get(f"{child}/more").links()
    listed = visitor.get(
        next(href for name, href in more.items() if name.startswith("Share or not"))
    )
    yes = visitor.get(listed.links()["I shared something"])
    assert "you do not need consent" in yes.text
    assert "On which basis?" in yes.text
    no = visitor.get(listed.links()["I did not share"])
    assert "Why not?" in no.text
    assert (
        "Say why, in a few words."
        in visitor.post(f"{child}/shared/yes", {**DECIDED, "reason": ""}, 422).text
    )
    visitor.post(f"{child}/shared/yes", DECIDED)
    (decided,) = rows(sign_in_as("social_worker").get(f"{child}/shared"), "What was decided")
    assert decided.startswith("Shared with: Her GP Missed appointments")
    assert "They treat her Hana Vale, Health visitor" in decided


def test_what_a_private_service_writes_is_on_no_other_page(sign_in_as: SignIn, cast: Cast) -> None:
    child = f"/children/{cast['amara']}"
    others = {
        (viewer, path): sign_in_as(viewer).get(child + path).one("main")
        for viewer in ("social_worker", "supervisor")
        for path in ("/sheet", "/shared", "/statement", "/more")
    }
    sealed = sign_in_as("sealed")
    sealed.post(f"{child}/sheet/give", GIVEN)
    sealed.post(f"{child}/sheet/keep-back", {"to": "Dad", "basis": "danger", "reason": "Private"})
    sealed.post(f"{child}/shared/yes", DECIDED)
    sealed.post(f"{child}/statement", {"who": "Kemi", "said": "I get help"})
    assert "Only your own service sees this" in sealed.get(f"{child}/shared").text
    for (viewer, path), before in others.items():
        assert words(sign_in_as(viewer).get(child + path).one("main")) == words(before), (
            viewer,
            path,
        )


@pytest.mark.parametrize(
    "path",
    [
        "/sheet",
        "/sheet/give",
        "/sheet/keep-back",
        "/statement",
        "/shared",
        "/shared/yes",
        "/shared/no",
    ],
)
def test_outside_the_circle_none_of_it_is_there(sign_in_as: SignIn, cast: Cast, path: str) -> None:
    outsider = sign_in_as("outsider")
    outsider.get(f"/children/{cast['amara']}{path}", 403)
    more = outsider.get(f"/children/{cast['amara']}/more").text
    assert "A sheet for the family" not in more
    assert "Share or not" not in more
    sign_in_as("governance").get(f"/children/{cast['amara']}{path}", 403)


def test_in_an_emergency_the_sheet_is_not_offered(sign_in_as: SignIn, cast: Cast) -> None:
    glass.open_record(cast.actor("outsider", confirmed=True), cast["amara"], "She is missing")
    outsider = sign_in_as("outsider")
    more = outsider.get(f"/children/{cast['amara']}/more").text
    assert "Share or not" in more
    assert "A sheet for the family" not in more
    for path in ("/sheet", "/sheet/give", "/sheet/keep-back"):
        outsider.get(f"/children/{cast['amara']}{path}", 403)
