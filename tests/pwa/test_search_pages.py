"""Search and adding a person, through the pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.record import protections
from tests.cast import Cast, years
from tests.web import Page, Visitor, words

SignIn = Callable[[str], Visitor]

AMARA = {
    "first": "Amara",
    "last": "Okafor",
    "born_on-day": "3",
    "born_on-month": "5",
    "born_on-year": "2019",
}


def results(page: Page) -> dict[str, str]:
    """The links of the list of results."""
    return {
        words(link): link.get("href", "")
        for listed in page.all("ul", aria_labelledby="found")
        for link in listed.iter("a")
    }


def test_the_form_has_its_names(sign_in_as: SignIn) -> None:
    page = sign_in_as("outsider").get("/search")
    assert page.heading == "Search"
    labels = [words(one) for one in page.all("label")]
    for label in ("First name", "Last name", "Day", "Month", "Year", "NHS number"):
        assert label in labels
    assert "Date of birth" in [words(one) for one in page.all("legend")]
    assert page.links()["Ring Westhaven front door, 01632 960100"] == "tel:01632960100"


@pytest.mark.parametrize("part", [False, True])
def test_someone_outside_finds_one_person(sign_in_as: SignIn, cast: Cast, part: bool) -> None:
    page = sign_in_as("outsider").post("/search", AMARA, 200, part=part)
    ((said, path),) = results(page).items()
    assert path == f"/children/{cast['amara']}"
    assert said.startswith("Amara Okafor born 2019 ZZ17")
    for hidden in ("3 May 2019", "Mill Lane", "St Bede", "Jo Marsh"):
        assert hidden not in page.text
    assert page.field("first") == "Amara"
    assert "Ring Westhaven front door, 01632 960100" in page.links()


def test_among_ones_own_a_name_is_enough(sign_in_as: SignIn) -> None:
    page = sign_in_as("social_worker").post("/search", {"last": "okafor"}, 200)
    assert [said.split(",")[0] for said in results(page)] == [
        f"Amara Okafor {years('amara')}",
        f"Jude Okafor {years('jude')}",
    ]
    assert "3 May 2019" in page.text


def test_a_name_alone_finds_nobody_outside_and_says_what_would(sign_in_as: SignIn) -> None:
    page = sign_in_as("outsider").post("/search", {"last": "Okafor"}, 200)
    assert not results(page)
    assert "Nobody found" in page.text
    assert "does not mean that nobody supports them" in page.text
    assert "give first and last name together with a date of birth" in page.text
    assert "Ring Westhaven front door, 01632 960100" in page.links()


@pytest.mark.parametrize(
    ("typed", "leads_to", "sentence"),
    [
        ({}, "#first", "Type a name, a date of birth or an NHS number."),
        ({"nhs": "123"}, "#nhs", "This is no NHS number"),
        ({**AMARA, "born_on-month": "13"}, "#born_on-day", "Date of birth must be a real date"),
        ({**AMARA, "born_on-day": "9" * 30}, "#born_on-day", "Date of birth must be a real date"),
        ({**AMARA, "born_on-year": ""}, "#born_on-day", "Date of birth must include a year"),
        ({"birth_year": "19"}, "#birth_year", "Enter a year of four figures."),
        ({"postcode": "nowhere"}, "#postcode", "Enter a whole postcode"),
        ({"last": "x" * 201}, "#last", "Use 200 characters or fewer."),
    ],
)
def test_a_mistake_is_named(
    sign_in_as: SignIn, typed: dict[str, str], leads_to: str, sentence: str
) -> None:
    page = sign_in_as("outsider").post("/search", typed, 422)
    (link,) = list(page.one("div", class_="govuk-error-summary").iter("a"))
    assert words(link).startswith(sentence)
    assert link.get("href") == leads_to
    for name, value in typed.items():
        assert page.field(name) == value


@pytest.mark.parametrize(
    "boxes",
    [("3", "May", "2019"), ("03", "05", "19"), ("3/5/2019", "", ""), ("2019-05-03", "", "")],
)
def test_dates_are_read_as_people_write_them(
    sign_in_as: SignIn, boxes: tuple[str, str, str]
) -> None:
    day, month, year = boxes
    typed = {**AMARA, "born_on-day": day, "born_on-month": month, "born_on-year": year}
    assert results(sign_in_as("outsider").post("/search", typed, 200))


def test_a_restricted_person_is_not_found(sign_in_as: SignIn, cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Sensitive",
        [cast["social_worker"]],
    )
    page = sign_in_as("outsider").post("/search", AMARA, 200)
    assert "Nobody found" in page.text


def test_a_reporter_finds_only_whom_they_named(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("reporter")
    assert "Nobody found" in visitor.post("/search", AMARA, 200).text
    assert "Add a new person" not in visitor.post("/search", AMARA, 200).text
    visitor.get("/children/new", 403)


def test_markup_that_is_searched_for_is_only_text(sign_in_as: SignIn) -> None:
    hostile = '"><script>alert(1)</script>'
    page = sign_in_as("outsider").post("/search", {**AMARA, "last": hostile}, 200)
    assert page.field("last") == hostile
    assert len(page.all("script")) == 1


def test_somebody_new_is_added_with_what_was_searched_for(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("outsider")
    page = visitor.post("/search", {**AMARA, "first": "Zed", "last": "Quist"}, 200)
    form = page.one("form", action="/children/new")
    carried = {one.get("name", ""): one.get("value", "") for one in form.iter("input")}
    carried.pop("csrf_token")
    asked = visitor.post("/children/new", carried, 200)
    assert (asked.field("first"), asked.field("last")) == ("Zed", "Quist")
    assert asked.field("born_on-year") == "2019"
    made = visitor.post("/children/new", {**carried, "checked": "yes"})
    assert visitor.get(made.response.headers["Location"]).heading == "Zed Quist"


def test_somebody_without_any_name_is_not_added(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("outsider")
    page = visitor.post("/children/new", {"checked": "yes", "address": "Kept"}, 422)
    assert (
        page.links()["Give a name, or for an unborn child when the birth is expected."] == "#first"
    )
    assert page.field("address") == "Kept"
    unborn = {
        "checked": "yes",
        "expected_on-day": "1",
        "expected_on-month": "6",
        "expected_on-year": "2027",
    }
    made = visitor.post("/children/new", unborn)
    assert "Unborn baby" in visitor.get(made.response.headers["Location"]).heading


def test_too_many_searches_have_to_wait(sign_in_as: SignIn) -> None:
    visitor = sign_in_as("outsider")
    for _ in range(30):
        visitor.post("/search", {"last": "Okafor"}, 200)
    assert "Wait" in visitor.post("/search", {"last": "Okafor"}, 429).text
