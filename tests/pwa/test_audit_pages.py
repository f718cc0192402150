"""The pages of governance leads, and who looked, on a person's own page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from api import moment
from api.facts import search
from api.facts.search import Query
from api.oversight import figures, finding
from api.record import people, protections
from api.staff import practitioners
from tests.cast import Cast
from tests.web import Visitor, make_app, words


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def app(cast: Cast) -> Flask:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    return make_app(cast)


@pytest.fixture
def lead(app: Flask, cast: Cast) -> Visitor:
    return Visitor(app, cast, "governance")


def outside_look(cast: Cast) -> None:
    outsider = cast.actor("outsider")
    search.find(outsider, Query("Amara", "Okafor", "2019-05-03"))
    people.give_purpose(outsider, cast["amara"], "enquiry", "seen in <town>")
    people.look(outsider, cast["amara"])


def later(cast: Cast, **span: float) -> None:
    then = moment.parse(cast.authority.store.now()) + timedelta(**span)
    cast.authority.store.clock = lambda: then
    cast.authority.prepare()


def test_the_way_from_me_to_who_looked_at_one_person(lead: Visitor, cast: Cast) -> None:
    outside_look(cast)
    assert lead.get("/me").links()["Who looked at whom and why, questions, figures"] == "/audit"
    assert "Who looked at somebody by person" in lead.get("/audit").links()
    found = lead.post(
        "/audit/people",
        {
            "first": "amara",
            "last": "okafor",
            "born_on-day": "3",
            "born_on-month": "5",
            "born_on-year": "2019",
        },
        200,
    )
    assert found.links()["Amara Okafor born 2019, ZZ17"] == f"/audit/people/{cast['amara']}"
    page = lead.get(f"/audit/people/{cast['amara']}")
    assert "Amara" not in (page.root.findtext("head/title") or "")
    text = words(page.region("Looks, newest first"))
    assert "Opened the page, to see whom to ring" in text
    assert "Typed: seen in <town>" in text
    assert "Why: Child protection enquiry" in text
    assert "12 Mill Lane" not in page.text
    assert "2019-05-03" in text  # as it was typed into the search, and nowhere else


def test_nobody_of_that_name_and_too_little_to_mean_one(lead: Visitor) -> None:
    named = {"first": "No", "last": "Body", "born_on-day": "3 5 2019"}
    assert "Nobody whom you watch over" in lead.post("/audit/people", named, 200).text
    assert "Enter the full name" in lead.post("/audit/people", {"first": "Amara"}, 422).text


def test_what_a_practitioner_did_from_the_list_of_an_agency(lead: Visitor, cast: Cast) -> None:
    outside_look(cast)
    page = lead.get(f"/audit/practitioners?agency={cast['force']}")
    path = page.links()["Otis Webb Neighbourhood officer"]
    text = lead.get(path).text
    assert "Searched: Amara Okafor" in text
    lead.get(f"/audit/practitioners/{cast['sealed']}", 404)
    assert "Harbour" not in lead.get("/audit/practitioners").text
    assert "Sil Brook" not in lead.get(f"/audit/practitioners?agency={cast['harbour']}").text


def test_purposes_and_what_followed(lead: Visitor, cast: Cast) -> None:
    outside_look(cast)
    text = lead.get("/audit/purposes").text
    assert "Child protection enquiry: Amara Okafor" in text
    assert "Nothing followed in that shift" in text
    assert "Amara" not in lead.get("/audit/purposes?purpose=welfare").text
    lead.get("/audit/purposes?purpose=curiosity", 422)


def test_a_question_is_asked_and_settled(lead: Visitor, cast: Cast) -> None:
    outside_look(cast)
    later(cast, days=2)  # a purpose given in the evening holds into the next day
    finding.find(cast.authority)
    lead.sign_in("governance")
    assert "1 to be asked" in lead.get("/audit").text
    page = lead.get("/audit/questions")
    [path] = {link for name, link in page.links().items() if name.startswith("Otis Webb")}
    question = lead.get(path)
    assert "nothing followed: no note" in question.text
    assert "Otis" not in (question.root.findtext("head/title") or "")
    assert "Choose what came of it" in lead.post(path, {"reason": "On duty."}, 422).text
    lead.post(path, {"outcome": "asked", "reason": "Rang him on Monday."})
    assert "Rang him on Monday." in lead.get(path).text
    lead.post(path, {"outcome": "a proper reason", "reason": "He was on duty."})
    assert "There was a proper reason" in lead.get(path).text
    assert "No look waits" in lead.get("/audit/questions").text
    assert "Otis Webb" in lead.get("/audit/questions?settled").text


def test_the_figures_of_a_month_and_the_file_of_all(lead: Visitor, cast: Cast) -> None:
    assert "counted when it has ended" in lead.get("/audit/figures").text
    later(cast, days=32)
    figures.count(cast.authority)
    lead.sign_in("governance")
    page = lead.get("/audit/figures")
    assert "fewer than 5" in page.text
    file = lead.open("GET", "/audit/figures.csv")
    assert file.mimetype == "text/csv"
    assert file.text.startswith("month,figure,part,number")
    assert "attachment" in file.headers["Content-Disposition"]


def test_one_agencys_lead_has_no_figures(cast: Cast) -> None:
    lead = Visitor(make_app(cast), cast, "governance")
    assert "Figures" not in lead.get("/audit").text
    lead.get("/audit/figures", 403)
    lead.get("/audit/figures.csv", 403)


def test_the_circle_reads_who_looked_from_a_page_about_the_person(app: Flask, cast: Cast) -> None:
    outside_look(cast)
    worker = Visitor(app, cast, "social_worker")
    more = worker.get(f"/children/{cast['amara']}/more").links()
    path = more["Who looked on which day, how much and why"]
    page = worker.get(path)
    line = words(page.region("Who looked, newest first"))
    assert "Otis Webb Neighbourhood officer, Westhaven Police" in line
    assert "(3 times)" in line
    assert "/audit" not in str(page.links())
    outsider = Visitor(app, cast, "outsider")
    assert "Who looked" not in outsider.get(f"/children/{cast['amara']}/more").text
    outsider.get(path, 403)


def test_who_must_not_be_known_is_answered_as_nobody_is(lead: Visitor, cast: Cast) -> None:
    people.look(cast.actor("sealed"), cast["lily"])
    people.look(cast.actor("social_worker"), cast["rhea"])
    named = cast.actor("social_worker", confirmed=True)
    protections.restrict(named, cast["rhea"], "Found by her father.", [cast["social_worker"]])
    nobody = "0193e6a0-0000-7000-8000-00000000beef"
    for path, hidden in (
        ("/audit/practitioners/{}", cast["sealed"]),
        ("/audit/practitioners?agency={}", cast["harbour"]),
        ("/audit/people/{}", cast["rhea"]),
        ("/audit/people/{}", cast["lily"]),
        ("/audit/questions/{}", cast["rhea"]),
    ):
        answers = [lead.open("GET", path.format(id)) for id in (hidden, nobody)]
        bodies = [re.sub('name="csrf-token" content="[^"]*"', "", one.text) for one in answers]
        assert answers[0].status_code == answers[1].status_code
        assert bodies[0] == bodies[1], path


@pytest.mark.parametrize("name", ["social_worker", "supervisor", "administrator"])
def test_the_door_is_for_governance_leads(app: Flask, cast: Cast, name: str) -> None:
    Visitor(app, cast, name).get("/audit", 403)
