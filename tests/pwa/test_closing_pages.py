"""Break-glass and its review, what is closed and hidden, conflicts and breaches, as pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from api.errors import NotFound
from api.oversight import breaches
from api.record import conflicts, notes, protections
from api.staff import practitioners
from api.telling import outbox
from tests.cast import Cast
from tests.web import Page, Visitor, words

SignInAs = Callable[[str], Visitor]
WHY = {"reason": "Found alone on the bridge."}


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def confirmed(sign_in_as: SignInAs, who: str) -> Visitor:
    visitor = sign_in_as(who)
    visitor.confirm()
    return visitor


def offers(page: Page) -> set[str]:
    """What the page of other acts leads to."""
    return {href.rpartition("/")[2] for href in page.links().values()}


def test_in_an_emergency_the_record_opens_for_an_hour(sign_in_as: SignInAs, cast: Cast) -> None:
    child = f"/children/{cast['amara']}"
    outsider = sign_in_as("outsider")
    assert "emergency" not in outsider.get(child).text
    leads_to = outsider.get(f"{child}/more").links()
    (path,) = [href for href in leads_to.values() if href.endswith("/emergency")]
    page = outsider.get(path)
    assert "999" in page.text
    assert outsider.post(path, {"reason": ""}, 422).all("textarea", name="reason")
    assert "passkey" in outsider.post(path, WHY, 403).text
    outsider.confirm()
    outsider.post(path, WHY)
    opened = outsider.get(child)
    assert opened.heading == "Amara Okafor"
    assert "You opened a record in an emergency" in opened.text
    assert "unprinted" in opened.one("body").get("class", "")
    for other in ("/", "/search", "/inbox", "/me"):
        assert "End now" in outsider.get(other).text
    assert "emergency" not in sign_in_as("police").get("/").text
    outsider.post("/emergency/end")
    assert "You opened a record" not in outsider.get("/").text
    assert "Notes are for those who support" in outsider.get(child).text
    waits = outsider.get(path)
    assert "You cannot open another record yet" in waits.text
    assert not waits.all("textarea", name="reason")
    confirmed(sign_in_as, "outsider").post(f"/children/{cast['jude']}/emergency", WHY, 403)


def test_the_banner_goes_when_the_hour_is_over(sign_in_as: SignInAs, cast: Cast) -> None:
    confirmed(sign_in_as, "outsider").post(f"/children/{cast['amara']}/emergency", WHY)
    later(cast, minutes=61)
    assert "You opened a record" not in sign_in_as("outsider").get("/").text


@pytest.mark.parametrize("who", ["social_worker", "reporter"])
def test_who_sees_it_or_works_with_nobody_is_offered_no_glass(
    sign_in_as: SignInAs, cast: Cast, who: str
) -> None:
    status = 404 if who == "reporter" else 200
    page = sign_in_as(who).get(f"/children/{cast['amara']}/more", status)
    assert "emergency" not in offers(page)


def test_another_team_reviews_it(sign_in_as: SignInAs, cast: Cast) -> None:
    visitor = confirmed(sign_in_as, "outsider")
    visitor.post(f"/children/{cast['amara']}/emergency", WHY)
    visitor.get(f"/children/{cast['amara']}")
    reviewer = sign_in_as("duty_supervisor")
    (path,) = [href for href in reviewer.get("/reviews").links().values() if "/reviews/" in href]
    page = reviewer.get(path)
    assert "A.O. born 2019" in page.text
    assert "Found alone on the bridge." in page.text
    assert "Amara" not in page.text
    assert not page.all("button", data_prevent_double_click="true")
    later(cast, hours=2)
    reviewer = sign_in_as("duty_supervisor")
    refused = reviewer.post(path, {"outcome": "justified", "reason": ""}, 422)
    assert "Say why" in refused.text
    reviewer.post(path, {"outcome": "not justified", "reason": "The lead was there."})
    own = sign_in_as("outsider").get("/reviews").text
    assert "Reviewed: not justified. The lead was there." in own
    assert "Dora Keane" not in own
    later(cast, hours=2, minutes=1)
    outbox.fan_out(cast.authority)
    told = sign_in_as("outsider")
    (item,) = [
        href for name, href in told.get("/inbox").links().items() if "reviewed by another" in name
    ]
    assert told.open("GET", item).headers["Location"] == "/reviews"
    sign_in_as("supervisor").get(path, 404)
    sign_in_as("outsider").get(path, 403)


def test_the_lead_closes_the_record_and_opens_it_again(sign_in_as: SignInAs, cast: Cast) -> None:
    child = f"/children/{cast['amara']}"
    lead = sign_in_as("social_worker")
    assert {"restrict", "protect", "conflict"} <= offers(lead.get(f"{child}/more"))
    page = lead.get(f"{child}/restrict")
    chosen = [one.get("value") for one in page.all("input", name="named", checked="")]
    assert chosen == [cast["social_worker"]]
    assert "Sil Brook" not in page.text
    said = {"reason": "To be adopted.", "named": [cast["social_worker"], cast["pastoral"]]}
    lead.confirm()
    lead.post(f"{child}/restrict", {"reason": "", "named": []}, 422)
    lead.post(f"{child}/restrict", said)
    sign_in_as("health_visitor").get(child, 404)
    assert sign_in_as("pastoral").get(child).heading == "Amara Okafor"
    again = lead.get(f"{child}/restrict").all("input", name="named", checked="")
    assert {one.get("value") for one in again} == set(said["named"])
    more = lead.get(f"{child}/more").links()
    assert f"{child}/restrict/lift" in more.values()
    lead.post(f"{child}/restrict/lift", {"reason": ""}, 422)
    lead.post(f"{child}/restrict/lift", {"reason": "The order was refused."})
    assert sign_in_as("health_visitor").get(child).heading == "Amara Okafor"


def test_closing_asks_for_the_passkey(sign_in_as: SignInAs, cast: Cast) -> None:
    lead = sign_in_as("social_worker")
    said = {"reason": "To be adopted.", "named": cast["social_worker"]}
    page = lead.post(f"/children/{cast['amara']}/restrict", said, 403)
    assert "passkey" in page.text
    assert sign_in_as("pastoral").get(f"/children/{cast['amara']}").heading == "Amara Okafor"


@pytest.mark.parametrize("who", ["pastoral", "health_visitor", "sealed"])
def test_who_does_not_steer_closes_nothing(sign_in_as: SignInAs, cast: Cast, who: str) -> None:
    child = f"/children/{cast['amara']}"
    visitor = confirmed(sign_in_as, who)
    assert "restrict" not in offers(visitor.get(f"{child}/more"))
    assert not visitor.get(f"{child}/restrict").all("textarea")
    assert not visitor.get(f"{child}/protect").all("textarea")
    said = {"reason": "Mine.", "hidden_from": "All.", "named": cast[who]}
    visitor.post(f"{child}/restrict", said, 403)
    visitor.post(f"{child}/protect", said, 403)


def test_where_somebody_is_is_hidden_and_shown_again(sign_in_as: SignInAs, cast: Cast) -> None:
    child = f"/children/{cast['amara']}"
    lead = sign_in_as("social_worker")
    said = {"hidden_from": "her father", "named": [cast["social_worker"], cast["pastoral"]]}
    lead.post(f"{child}/protect", {**said, "hidden_from": ""}, 422)
    lead.post(f"{child}/protect", said)
    named = sign_in_as("pastoral").get(f"{child}/protect")
    assert "From her father" in named.text
    assert "Jo Marsh, Pat Osei" in named.text
    other = sign_in_as("health_visitor").get(f"{child}/protect")
    assert "you are not among those who may know it" in other.text
    assert "father" not in other.text
    (lift,) = [href for href in named.links().values() if href.endswith("/lift")]
    pastoral = confirmed(sign_in_as, "pastoral")
    assert "Show where Amara Okafor is again" in pastoral.get(lift).heading
    pastoral.post(lift, {"reason": "He is in prison."})
    assert "12 Mill Lane" in sign_in_as("health_visitor").get(child).text


def test_a_conflict_is_declared_and_ended_by_somebody_else(
    sign_in_as: SignInAs, cast: Cast
) -> None:
    child = f"/children/{cast['amara']}"
    worker = sign_in_as("social_worker")
    assert "You can still log" in worker.get(f"{child}/conflict").text
    worker.post(f"{child}/conflict", {"why": "My niece"})
    worker.get(child, 404)
    worker.get("/conflicts", 403)
    supervisor = sign_in_as("supervisor")
    page = supervisor.get("/conflicts")
    assert "Jo Marsh" in page.text
    assert "Amara" not in page.text
    (end,) = [href for href in page.links().values() if href.endswith("/end")]
    supervisor.post(end, {"reason": ""}, 422)
    supervisor.post(end, {"reason": "Another family of that name."})
    assert worker.get(child).heading == "Amara Okafor"
    supervisor.get(end, 404)


def test_a_note_on_the_wrong_person_is_dealt_with(sign_in_as: SignInAs, cast: Cast) -> None:
    note_id = cast.worry("social_worker", "amara", saw="He hit the wall.").note_ids[0]
    notes.about(cast.actor("pastoral"), cast["amara"])
    notes.wrong_person(cast.actor("social_worker"), note_id, "Another Amara.")
    supervisor = sign_in_as("supervisor")
    (path,) = [
        href for href in supervisor.get("/breaches").links().values() if "/breaches/" in href
    ]
    assert "71 hours left of 72" in supervisor.get("/breaches").text
    page = supervisor.get(path)
    for said in ("He hit the wall.", "Another Amara.", "Pat Osei", "They are being told"):
        assert said in page.text
    supervisor.post(path, {"reason": ""}, 422)
    supervisor.post(path, {"reason": "Rang the school."})
    assert "Rang the school." in supervisor.get(path).text
    supervisor.get(f"{path}/close")
    supervisor.post(f"{path}/close", {"reason": "Nobody was harmed."})
    assert "Nobody was harmed." in supervisor.get(path).text
    assert "closed" in supervisor.get("/breaches").text
    sign_in_as("duty_supervisor").get(path, 404)
    sign_in_as("pastoral").get(path, 403)
    assert breaches.mine(cast.actor("duty_supervisor")) == []


def test_each_role_is_led_to_what_is_theirs(sign_in_as: SignInAs, cast: Cast) -> None:
    def rows(who: str) -> set[str]:
        return set(sign_in_as(who).get("/me").links().values())

    assert {"/reviews", "/breaches", "/conflicts"} <= rows("supervisor")
    assert {"/reviews", "/breaches", "/conflicts"} <= rows("governance")
    assert "/reviews" in rows("pastoral")
    assert not {"/breaches", "/conflicts"} & rows("pastoral")
    assert not {"/reviews", "/breaches", "/conflicts"} & rows("reporter")


def test_a_page_about_somebody_restricted_is_no_page(sign_in_as: SignInAs, cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True), cast["amara"], "Adopted", [cast["duty"]]
    )
    unknown = "0193e6a0-0000-7000-8000-00000000dead"
    for act in ("emergency", "restrict", "protect", "conflict", "restrict/lift"):
        visitor = sign_in_as("pastoral")
        closed = visitor.get(f"/children/{cast['amara']}/{act}", 404)
        nobody = visitor.get(f"/children/{unknown}/{act}", 404)
        assert words(closed.one("main")) == words(nobody.one("main"))


# --- What nobody who is named can open any more ---------------------------------------------------------


def test_the_governance_lead_opens_what_nobody_who_is_named_can(
    sign_in_as: SignInAs, cast: Cast
) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "A witness", [cast["police"]])
    protections.protect(lead, cast["rhea"], "Her father", [cast["police"], lead.id])
    governs = ("governance lead", "authority", "authority")
    practitioners.grant(cast.system, cast["governance"], *governs)
    visitor = confirmed(sign_in_as, "governance")
    assert "/closings" in visitor.get("/me").links().values()
    assert "will be listed here" in visitor.get("/closings").text
    practitioners.leave(cast.system, cast["police"])
    page = visitor.get("/closings")
    (path,) = [href for href in page.links().values() if href.endswith("/open")]
    for shown in (page, visitor.get(path)):
        assert "Jo Marsh" in shown.text
        assert "Amara" not in shown.text
        assert cast["amara"] not in shown.response.text
    sign_in_as("pastoral").get(f"/children/{cast['amara']}", 404)
    visitor.post(path, {"reason": ""}, 422)
    visitor.post(path, {"reason": "Nobody named is left."})
    visitor.get(path, 404)
    assert sign_in_as("pastoral").get(f"/children/{cast['amara']}").heading == "Amara Okafor"


def test_only_the_authority_s_governance_lead_and_only_what_is_forsaken(
    sign_in_as: SignInAs, cast: Cast
) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    held = protections.restrict(lead, cast["amara"], "A witness", [lead.id])
    nobody = protections.protect(lead, cast["jude"], "His father", [cast["night_duty"]])
    for who in ("governance", "supervisor"):
        visitor = confirmed(sign_in_as, who)
        for id in (held, nobody):
            visitor.post(
                f"/closings/{id}/open", {"reason": "Why"}, 403 if who == "supervisor" else 404
            )
    governs = ("governance lead", "authority", "authority")
    practitioners.grant(cast.system, cast["governance"], *governs)
    visitor = confirmed(sign_in_as, "governance")
    visitor.post(f"/closings/{held}/open", {"reason": "Why"}, 404)
    with pytest.raises(NotFound):
        protections.lift_restriction(
            cast.actor("governance", confirmed=True), cast["amara"], "Let me"
        )
    conflicts.declare(cast.actor("governance"), cast["jude"])
    visitor.post(f"/closings/{nobody}/open", {"reason": "Why"}, 404)


def test_a_governance_lead_declares_whom_they_know(sign_in_as: SignInAs, cast: Cast) -> None:
    governs = ("governance lead", "authority", "authority")
    practitioners.grant(cast.system, cast["governance"], *governs)
    sign_in_as("pastoral").get(f"/children/{cast['amara']}")
    visitor = sign_in_as("governance")
    looked = f"/audit/people/{cast['amara']}"
    (path,) = [href for href in visitor.get(looked).links().values() if href.endswith("/conflict")]
    page = visitor.get(path)
    assert page.heading == "I know Amara Okafor privately"
    assert "2019-05-03" not in page.text
    visitor.post(path, {"why": ""})
    for closed in (path, looked):
        visitor.get(closed, 404)
    sign_in_as("administrator").get(path, 403)
