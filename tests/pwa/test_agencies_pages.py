"""Agencies and their terms, how Inkling may be used, and one's own family, as pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from api.staff import agencies, practitioners, undertakings
from tests.cast import Cast
from tests.web import Visitor

SignIn = Callable[[str], Visitor]

TERMS = {
    "agreement": "Tier 2, kept by legal services",
    "agreed_on-day": "5",
    "agreed_on-month": "1",
    "agreed_on-year": "2026",
    "review_on-day": "5",
    "review_on-month": "1",
    "review_on-year": "2030",
    "controller": "Westhaven Homes",
    "controller_contact": "dpo@homes.example",
}


def confirmed(sign_in_as: SignIn, who: str) -> Visitor:
    visitor = sign_in_as(who)
    visitor.get("/")
    visitor.post("/confirm/demo", {"then": "/me"}, 303)
    return visitor


def test_an_agency_is_added_staffed_and_opened(sign_in_as: SignIn, cast: Cast) -> None:
    ada = confirmed(sign_in_as, "administrator")
    assert "Agencies" in ada.get("/me").text
    made = ada.post(
        "/agencies/new",
        {"name": "Westhaven Homes", "kind": "housing", "phone": "01632 960300"},
        303,
    )
    path = made.response.location
    agency = path.rsplit("/", 1)[1]
    assert "Not open yet" in ada.get(path).text
    assert "not open yet" in ada.get("/agencies").text
    ada.post(f"{path}/teams/new", {"name": " "}, 422)
    ada.post(f"{path}/teams/new", {"name": "Tenancies", "phone": "01632 960301"}, 303)
    assert "Tenancies 01632 960301" in ada.get(path).text
    lead = practitioners.join(cast.system, agency_id=agency, name="Gil Hurst", job="Manager")
    chosen = {
        "safeguarding_lead_id": lead,
        "approver_ids": cast["supervisor"],
        "second_approver": cast["night_duty"],
    }
    empty = ada.post(f"{path}/open", {}, 422)
    wrong = {said: to for said, to in empty.links().items() if said.startswith(("Enter", "Choose"))}
    assert wrong == {
        "Enter which agreement it is.": "#agreement",
        "Enter when it was agreed.": "#agreed_on-day",
        "Enter when it is to be reviewed.": "#review_on-day",
        "Enter the controller.": "#controller",
        "Enter how to reach the controller.": "#controller_contact",
        "Choose somebody of this agency.": "#safeguarding_lead_id",
        "Choose two different people who are approvers of this agency, or of all.": "#approver_ids",
    }
    wrong = ada.post(
        f"{path}/open", {**TERMS, **chosen, "second_approver": cast["supervisor"]}, 422
    )
    assert "Choose two different people" in wrong.text
    assert wrong.field("agreement") == "Tier 2, kept by legal services"
    ada.post(f"{path}/open", {**TERMS, **chosen}, 303)
    shown = ada.get(path).text
    for said in ("Tier 2, kept by legal services", "Gil Hurst", "Sam Okoro, Nell Frost"):
        assert said in shown
    assert "not open yet" not in ada.get("/agencies").text


def test_agencies_are_for_administrators(sign_in_as: SignIn, cast: Cast) -> None:
    for who in ("supervisor", "governance", "social_worker", "night_duty"):
        visitor = sign_in_as(who)
        visitor.get("/agencies", 403)
        visitor.get(f"/agencies/{cast['care']}", 403)
        visitor.post(f"/agencies/{cast['care']}/open", TERMS, 403)
    sign_in_as("administrator").get(f"/agencies/{cast['north']}", 404)


@pytest.fixture
def newcomer(app: Flask, cast: Cast) -> Visitor:
    """Somebody who has just been let in for the first time."""
    cast.ids["newcomer"] = practitioners.join(
        cast.system, agency_id=cast["care"], team_id=cast["north"], name="Ned Frith", job="Worker"
    )
    return Visitor(app, cast, "newcomer")


def test_a_newcomer_undertakes_before_anything_else(newcomer: Visitor, cast: Cast) -> None:
    for path in ("/", "/search", f"/children/{cast['amara']}"):
        assert newcomer.get(path, 303).response.location == "/appropriate-use"
    newcomer.get("/appropriate-use")
    newcomer.post("/log", {"saw": "x"}, 403)
    assert newcomer.post("/appropriate-use", {}, 303).response.location == "/me/family"
    newcomer.get("/me/family")
    newcomer.get("/")


def test_a_new_text_is_asked_for_and_what_was_typed_is_taken(
    sign_in_as: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    jo = sign_in_as("social_worker")
    jo.get(f"/log?about={cast['amara']}")
    monkeypatch.setattr(undertakings, "VERSION", undertakings.VERSION + 1)
    jo.post("/me/family", {"last": "Marsh"}, 303)
    sent = jo.post("/notes/0193e6a0-0000-7000-8000-000000000001/read", {}, 404)
    assert "accept it" not in sent.text
    assert jo.get("/", 303).response.location == "/appropriate-use"


def test_own_family_is_declared_and_nothing_is_said_of_them(sign_in_as: SignIn, cast: Cast) -> None:
    otis = sign_in_as("outsider")
    otis.get("/me/family")
    said = {
        "first": "Amara",
        "last": "Okafor",
        "born_on-day": "3",
        "born_on-month": "5",
        "born_on-year": "2019",
    }
    otis.post("/me/family", said, 303)
    shown = otis.get("/me/family").text
    assert "If they are here, or come later" in shown
    assert "Amara Okafor" in shown
    otis.get(f"/children/{cast['amara']}", 404)
    assert "Give a last name" in otis.post("/me/family", {"first": "Bea"}, 422).text


def test_every_agency_offers_its_own_staff_and_approvers(sign_in_as: SignIn, cast: Cast) -> None:
    page = sign_in_as("administrator").get(f"/agencies/{cast['school']}")
    leads = {one.get("value") for one in page.all("option")}
    assert {cast["safeguarding"], cast["night_duty"]} <= leads
    assert cast["police"] not in leads
    assert agencies.one(cast.actor("administrator"), cast["school"]).agreement
