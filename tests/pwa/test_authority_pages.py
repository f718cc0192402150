"""What the authority sets for itself, as pages: seen by governance leads, changed by the authority's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from api import authority as authorities
from api.staff import practitioners, setting
from tests.cast import LISTS, Cast
from tests.web import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def engine() -> str:
    return "sqlite"


def test_the_authoritys_governance_lead_says_anew_what_is_offered(
    sign_in_as: SignIn, cast: Cast
) -> None:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    gwen = sign_in_as("governance")
    assert "What the authority sets" in gwen.get("/me").text
    said = {"label": "A court asked me", "law": "A law of courts"}
    assert "passkey" in gwen.post("/authority/purposes/new", said, 403).text
    gwen.post("/confirm/demo", {"then": "/me"}, 303)
    wrong = gwen.post("/authority/purposes/new", {"label": "A court asked me"}, 422)
    assert wrong.field("label") == "A court asked me"
    gwen.post("/authority/purposes/new", said, 303)
    gwen.post("/authority/purposes/retire", {"code": "enquiry"}, 303)
    page = gwen.get("/authority/purposes").text
    said_of_old = page.index("What was recorded under these keeps their words.")
    assert page.index("A court asked me") < said_of_old < page.index("Child protection enquiry")
    asked = sign_in_as("outsider").get(f"/children/{cast['amara']}").text
    assert "A court asked me" in asked
    assert "Child protection enquiry" not in asked

    form = gwen.get("/authority/contacts")
    reached = {name: form.field(name) for name in setting.CONTACTS}
    refused = gwen.post("/authority/contacts", {**reached, "front_door_phone": "ring us"}, 422)
    assert "Enter a phone number for the front door, such as" in refused.text
    gwen.post("/authority/contacts", {**reached, "front_door_phone": "01632 960009"}, 303)
    shown = gwen.get("/authority").text
    assert "Front door, phone: 01632 960009 (before:" in shown
    assert "Purpose added: A court asked me (A law of courts)" in shown
    assert "01632 960009" in sign_in_as("social_worker").get("/log").text

    said = {"shift_hours": "8", "correction_days": "a few", "many_in_an_hour": "30"}
    assert "Enter a number from 1 to 60." in gwen.post("/authority/numbers", said, 422).text
    gwen.post("/authority/numbers", {**said, "correction_days": "3"}, 303)
    assert "3 working days" in gwen.get("/authority").text
    assert "nothing falls due" in gwen.get("/authority/keeping").text
    rule = ("other", "What others write", [], "", "", "last contact", 6)
    authorities.set_retention(cast.system, replace(LISTS, retention=[rule]))
    links = gwen.get("/authority/keeping").links()
    (where,) = [to for name, to in links.items() if name.startswith("What others write")]
    change = gwen.get(where)
    assert change.field("years") == "6"
    gwen.post("/authority/keeping/other", {"years": "10"}, 303)
    assert "10 years after the last contact" in gwen.get("/authority/keeping").text


def test_another_governance_lead_reads_it_only(sign_in_as: SignIn) -> None:
    gwen = sign_in_as("governance")
    for path in ("/authority", "/authority/bases"):
        page = gwen.get(path)
        assert not [
            to for to in page.links().values() if to.endswith(("/new", "/contacts", "/numbers"))
        ]
        assert not page.all("button")
    for path in ("/authority/contacts", "/authority/numbers", "/authority/bases/new"):
        gwen.get(path, 403)
    gwen.get("/authority/practitioners", 404)
