"""Sources, as pages: how fresh they are, a file looked at before it shows, and rows that wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from api import moment
from api.facts import loading, mapping, sources
from api.facts.sources import Description, NewSource
from api.staff import practitioners
from tests.api.test_loading import PEOPLE
from tests.cast import Cast
from tests.web import Page, Visitor, words

SignInAs = Callable[[str], Visitor]

BAD = PEOPLE + "cms:5,Eve,Brook,31/02/2011,Female,=HYPERLINK(1)\n"


@pytest.fixture
def people(cast: Cast, tmp_path: Path) -> str:
    """A source with a load of three people, whose data steward is the cast's."""
    source = sources.add(
        cast.system,
        NewSource(
            code="people",
            name="People index",
            mapping=mapping.shipped("people"),
            makes_people=True,
            owner="Stu Lark",
            legal_basis="Children Act 2004",
            area="Westhaven",
            ages_to=20,
            report_every_days=1,
        ),
    )
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", source)
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    loading.load(cast.system, "people", path)
    return source


def upload(visitor: Visitor, text: str | bytes, name: str = "night.csv", status: int = 303) -> None:
    response = posted(visitor, text if isinstance(text, bytes) else text.encode(), name)
    assert response.status_code == status, response.text


def posted(visitor: Visitor, content: bytes, name: str = "x.csv") -> TestResponse:
    """Post a file, and wait until its load is done. The client would keep a file of its own."""
    parts = (
        f'name="csrf_token"\r\n\r\n{visitor.token()}'.encode(),
        f'name="file"; filename="{name}"\r\n\r\n'.encode() + content,
    )
    body = b"".join(
        b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts
    )
    response = visitor.open(
        "POST",
        "/sources/people/load",
        data=body + b"--edge--\r\n",
        content_type="multipart/form-data; boundary=edge",
    )
    for thread in threading.enumerate():
        if thread.name == "load":
            thread.join(30)
    return response


def button(page: Page, said: str) -> str:
    (found,) = [one for one in page.all("button") if words(one) == said]
    return found.get("formaction", "")


def names(cast: Cast) -> int:
    return len(cast.authority.store.query("SELECT id FROM live_names"))


def test_a_source_says_whose_it_is_what_it_covers_and_how_fresh(
    people: str, sign_in_as: SignInAs
) -> None:
    for who in ("steward", "administrator"):
        page = sign_in_as(who).get("/sources")
        for said in (
            "Fresh",
            "Stu Lark",
            "Children Act 2004",
            "Westhaven; ages until 20",
            "every day",
            "3 people new",
        ):
            assert said in page.text, said
        assert "Brook" not in page.text
    assert "Brook" not in sign_in_as("steward").get("/sources/people").text


def test_late_then_silent(
    people: str, cast: Cast, sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, now = sign_in_as("administrator"), cast.authority.store.clock()
    reported = moment.day(moment.text(now)).strftime("%B %Y")
    for days, said in ((1, "Fresh"), (2, "Late"), (3, "Late"), (4, "Silent since")):
        later = now + timedelta(days=days)
        monkeypatch.setattr(cast.authority.store, "clock", lambda at=later: at)
        visitor = sign_in_as("administrator")
        page = visitor.get("/sources")
        assert said in page.text
        assert reported in page.text


def test_a_file_is_looked_at_before_it_shows(people: str, cast: Cast, sign_in_as: SignInAs) -> None:
    before = names(cast)
    visitor = sign_in_as("steward")
    upload(visitor, BAD + "cms:4,Dora,Brook,05/05/2020,Female,x\n")
    page = visitor.get("/sources/people")
    assert "What night.csv would change" in page.text
    assert "5 rows read, 4 taken, 1 would wait. 1 person would be new" in page.text
    assert names(cast) == before
    number = page.field("number")
    visitor.post(button(page, "Load it"), {"number": number})
    assert names(cast) == before + 1
    visitor.post("/sources/people/accept", {"number": number}, 409)
    visitor.post("/sources/people/undo")
    assert names(cast) == before


def test_what_was_looked_at_can_be_taken_away(
    people: str, cast: Cast, sign_in_as: SignInAs
) -> None:
    visitor = sign_in_as("steward")
    upload(visitor, PEOPLE.replace("Ada", "Adah"))
    page = visitor.get("/sources/people")
    visitor.post(button(page, "Take it away"), {"number": page.field("number")})
    assert "Given up: night.csv" in visitor.get("/sources/people").text
    assert "Adah" not in str(cast.authority.store.query("SELECT first FROM live_names"))


def test_a_load_that_runs_says_how_far_it_is(
    people: str, cast: Cast, sign_in_as: SignInAs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = sign_in_as("steward")
    seen: list[Page] = []

    def look(_done: int, _total: int) -> None:
        if not seen:
            seen.append(visitor.get("/sources/people/now", part=True))
            seen.append(visitor.get("/sources/people"))

    path = tmp_path / "night.csv"
    path.write_text(PEOPLE)
    loading.load(cast.system, "people", path, progress=look)
    part, page = seen
    assert part.one("div", id="now").get("hx-trigger") == "every 1s"
    assert page.one("progress").get("max") == "100"
    assert "Look again" in page.text
    assert visitor.get("/sources/people/now", part=True).one("div", id="now").get("hx-get") is None


def test_a_load_that_died_is_said_to_have_changed_nothing(
    people: str, cast: Cast, sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.authority.store.upkeep(
        lambda tx: tx.change("UPDATE loads SET state = 'staging', finished_at = NULL")
    )
    later = cast.authority.store.clock() + timedelta(minutes=6)
    monkeypatch.setattr(cast.authority.store, "clock", lambda: later)
    page = sign_in_as("steward").get("/sources/people")
    assert "The last load broke off, and changed nothing." in page.text
    assert not page.all("progress")


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "That file is empty."),
        (b"PK\x03\x04" + b"x" * 100, 422, "That is a spreadsheet or a zip file. Save it as CSV"),
        (b"a,b\n1,2\n", 303, "That file has no column for: "),
        (b"\n" * 50_000, 422, "That file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_said(
    people: str, cast: Cast, sign_in_as: SignInAs, content: bytes, status: int, said: str
) -> None:
    before = names(cast)
    visitor = sign_in_as("steward")
    response = posted(visitor, content)
    assert response.status_code == status
    page = response.text if status == 422 else visitor.get("/sources/people").text
    assert said in page
    assert names(cast) == before


def test_more_than_the_largest_file_is_refused(
    people: str, sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwa.security.LARGEST_UPLOAD", 1000)
    visitor = sign_in_as("steward")
    upload(visitor, b"x" * 2_000_000, status=413)
    monkeypatch.setattr("api.store.files.LARGEST_UPLOAD", 1000)
    upload(visitor, b"x" * 5_000, status=422)


def test_more_than_a_page_may_be_posted_here_and_nowhere_else(
    people: str, sign_in_as: SignInAs
) -> None:
    visitor = sign_in_as("steward")
    upload(visitor, PEOPLE + "\n" * 2_000_000)
    assert "3 rows read" in visitor.get("/sources/people").text
    page = visitor.open("POST", "/sources/people/undo", data={"x": "y" * 2_000_000})
    assert page.status_code == 413


def test_a_row_that_waits_is_corrected_and_released(
    people: str, cast: Cast, sign_in_as: SignInAs, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    loading.load(cast.system, "people", path)
    visitor = sign_in_as("steward")
    assert visitor.get("/sources").links()["1 row waits"] == "/sources/people/waiting"
    links = visitor.get("/sources/people/waiting").links()
    ((said, path_of),) = [(k, v) for k, v in links.items() if k.startswith("Line 5")]
    assert "The date of birth cannot be read." in said
    page = visitor.get(path_of)
    typed = {f"value-{n}": page.field(f"value-{n}") for n in range(6)}
    assert typed["value-5"] == "=HYPERLINK(1)"
    again = visitor.post(path_of, {**typed, "value-3": "32/02/2011"}, 422)
    assert "It still cannot be taken. The date of birth cannot be read." in again.text
    assert again.field("value-3") == "32/02/2011"
    visitor.post(path_of, {**typed, "value-3": "03/02/2011"})
    assert "No row waits." in visitor.get("/sources/people/waiting").text
    assert cast.authority.store.query("SELECT 1 FROM live_names WHERE first = 'Eve'")


def test_a_row_is_left_out_with_a_reason(
    people: str, cast: Cast, sign_in_as: SignInAs, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    loading.load(cast.system, "people", path)
    visitor = sign_in_as("steward")
    (row,) = loading.waiting(cast.system, "people")
    aside = f"/sources/people/waiting/{row.id}/aside"
    assert "Say why the row is left out." in visitor.post(aside, {"reason": ""}, 422).text
    visitor.post(aside, {"reason": "A test entry"})
    visitor.get(f"/sources/people/waiting/{row.id}", 404)


def test_only_its_own_steward_sees_what_waits(
    people: str, cast: Cast, sign_in_as: SignInAs, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    loading.load(cast.system, "people", path)
    visitor = sign_in_as("administrator")
    page = visitor.get("/sources/people")
    assert "1 row waits for its data steward" in page.text
    visitor.get("/sources/people/waiting", 403)
    for who in ("social_worker", "supervisor", "reporter"):
        sign_in_as(who).get("/sources", 403)


def test_a_source_is_described_anew(people: str, cast: Cast, sign_in_as: SignInAs) -> None:
    visitor = sign_in_as("steward")
    page = visitor.get("/sources/people/describe")
    assert page.field("ages_to") == "20"
    typed = {
        "name": "People index",
        "owner": "Somebody else",
        "ages_from": "4",
        "ages_to": "3",
        "covers_from-day": "1",
        "covers_from-month": "9",
        "covers_from-year": "2015",
        "report_every_days": "7",
        "missing_share": "5",
    }
    refused = visitor.post("/sources/people/describe", typed, 422)
    assert "The ages must end after they begin." in refused.text
    visitor.post("/sources/people/describe", {**typed, "ages_to": "many"}, 422)
    visitor.post("/sources/people/describe", {**typed, "ages_to": "19 or so"}, 422)
    visitor.post("/sources/people/describe", {**typed, "ages_to": "19"})
    page = visitor.get("/sources/people")
    assert "ages from 4 until 19; from 1 September 2015" in page.text
    assert "every 7 days" in page.text
    source = sources.look(cast.system, "people").source
    assert (source.missing_share, source.owner) == (5, "Somebody else")
    assert source.mapping == mapping.shipped("people")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"report_every_days": 0}, "report_every_days"),
        ({"missing_share": 101}, "missing_share"),
        ({"ages_from": 131}, "ages_from"),
        ({"covers_from": "2015-02-30"}, "covers_from"),
        ({"covers_from": "2015-02-02", "covers_to": "2015-02-02"}, "covers_to"),
    ],
)
def test_what_no_source_can_be_is_refused(
    people: str, cast: Cast, said: dict[str, object], field: str
) -> None:
    from api.errors import Invalid

    with pytest.raises(Invalid) as caught:
        sources.change(
            cast.system,
            "people",
            Description(**{"name": "People", **said}),  # type: ignore[arg-type]
        )
    assert caught.value.field == field
