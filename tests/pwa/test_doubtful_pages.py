"""Rows that may be about somebody, as pages: side by side, one answer, and each can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.facts import loading
from api.record import people
from api.record.people import NewPerson
from tests.api.test_doubtful import CARE, DORA, NHS, TURNED
from tests.api.test_loading import PEOPLE, Feeds
from tests.api.test_quarantine import steward_of
from tests.cast import Cast
from tests.web import Page, Visitor

SignInAs = Callable[[str], Visitor]


@pytest.fixture
def feeds(cast: Cast, tmp_path: Path) -> Feeds:
    feeds = Feeds(cast, tmp_path)
    feeds.people()
    feeds.workers()
    for code in ("care", "people"):
        steward_of(cast, code)
    return feeds


def question(visitor: Visitor, code: str = "care") -> tuple[str, Page]:
    """Follow the links to the one row in doubt."""
    links = visitor.get(f"/sources/{code}").links()
    address = links["1 row may be about somebody here"]
    ((path, _),) = [
        (to, said)
        for said, to in visitor.get(address).links().items()
        if said.startswith(("Ada Brook Line", "Dora Brooke Line")) and to.startswith(f"{address}/")
    ]
    return path, visitor.get(path)


def rows_of(page: Page) -> list[list[str]]:
    return [
        ["".join(cell.itertext()).strip() for cell in row if cell.tag in ("th", "td")]
        for row in page.all("tr")
    ]


def test_a_row_and_whom_it_may_be_stand_side_by_side(feeds: Feeds, sign_in_as: SignInAs) -> None:
    feeds.load("care", TURNED.replace("05/03/2015,,", f"05/03/2015,{NHS[0]},"))
    visitor = sign_in_as("steward")
    path, page = question(visitor)
    assert page.heading == "Who is Ada Brook?"
    assert ["Name", "Ada Brook", "Ada Brook"] in rows_of(page)
    assert ["Born", "5 March 2015", "3 May 2015"] in rows_of(page)
    assert ["NHS number", "ends in 0018", "Not said"] in rows_of(page)
    assert "Same name, day and month exchanged." in page.text
    assert NHS[0] not in page.text
    for hidden in ("Jo Marsh", "social_worker@", "Somebody new"):
        assert hidden not in page.text
    refused = visitor.post(path, {"answer": "whatever"}, 422)
    assert "Choose an answer." in refused.text


def test_the_same_person_is_kept_and_taken_back(
    feeds: Feeds, cast: Cast, sign_in_as: SignInAs
) -> None:
    feeds.load("care", TURNED)
    visitor = sign_in_as("steward")
    path, page = question(visitor)
    (button,) = [b for b in page.all("button") if b.get("value", "").startswith("same ")]
    visitor.post(path, {"answer": button.get("value", ""), "reason": "Rang the mother"})
    assert "No row is in doubt." in visitor.get("/sources/care/doubtful").text
    assert cast.authority.store.query("SELECT 1 FROM live_involvements WHERE source_key = 'cms:77'")
    decided = visitor.get("/sources/care/decided")
    assert "Take back what was decided of Ada Brook" in decided.text
    assert "cms:77" in decided.text
    assert "Rang the mother" not in decided.text
    back = next(
        form.get("action", "")
        for form in decided.all("form")
        if form.get("action", "").endswith("/back")
    )
    visitor.post(back)
    assert "Taken back" in visitor.get("/sources/care/decided").text
    question(visitor)


def test_none_of_these(feeds: Feeds, sign_in_as: SignInAs) -> None:
    feeds.load("care", TURNED)
    visitor = sign_in_as("steward")
    path, _ = question(visitor)
    visitor.post(path, {"answer": "new"}, 422)
    visitor.post(path, {"answer": "none"})
    assert "None of those shown" in visitor.get("/sources/care/decided").text


def test_somebody_new_is_offered_where_the_source_makes_people(
    feeds: Feeds, cast: Cast, sign_in_as: SignInAs
) -> None:
    people.add(cast.system, NewPerson("Dora", "Brook", "2017-06-04"))
    feeds.load("people", PEOPLE + DORA)
    visitor = sign_in_as("steward")
    path, page = question(visitor, "people")
    assert "Somebody new" in page.text
    visitor.post(path, {"answer": "new"})
    assert "Somebody new" in visitor.get("/sources/people/decided").text


def test_a_number_that_was_taken_for_somebody_else(feeds: Feeds, sign_in_as: SignInAs) -> None:
    visitor = sign_in_as("steward")
    address = visitor.get("/sources/people/doubtful").links()[
        "A number was taken for somebody else"
    ]
    visitor.get(address)
    assert "Nobody is known here" in visitor.post(address, {"key": "cms:99"}, 422).text
    page = visitor.post(address, {"key": "cms:1"}, 200)
    assert ["Name", "Ada Brook"] in rows_of(page)
    typed = {name: page.field(name) for name in ("key", "person")}
    visitor.post(f"{address}/part", {**typed, "answer": "new", "reason": "Two girls"})
    assert "Not whom its number was taken for" in visitor.get("/sources/people/decided").text


def test_nobody_else_comes_here(feeds: Feeds, sign_in_as: SignInAs) -> None:
    feeds.load("care", f"{CARE}77,Ada,Brook,05/03/2015,,,,,\n")
    (row,) = loading.waiting(feeds.cast.system, "care")
    visitor = sign_in_as("administrator")
    assert "may be about somebody here" not in visitor.get("/sources/care").text
    for path in ("doubtful", f"doubtful/{row.id}", "decided", "taken-for"):
        visitor.get(f"/sources/care/{path}", 403)
