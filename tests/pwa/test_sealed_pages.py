"""Pages of and around sealed services: showing oneself, the relay, asking those who support a child."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from api.record import asks, notes, revealing
from api.telling import outbox
from tests.cast import Cast
from tests.web import Visitor, words

SignIn = Callable[[str], Visitor]
BASIS = {"basis": "welfare", "reason": "She must know whom to ring."}


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def ask(cast: Cast, words: str = "Who knows her father?") -> str:
    return asks.ask(cast.actor("social_worker"), cast["amara"], words)


def more(sign_in_as: SignIn, cast: Cast, who: str) -> set[str]:
    """What else somebody is offered about Amara, by where it leads."""
    links = sign_in_as(who).get(f"/children/{cast['amara']}/more").links()
    return {href.rpartition("/")[2] for href in links.values()}


# --- Showing oneself --------------------------------------------------------------------------------


def test_only_who_has_something_to_show_is_offered_it(sign_in_as: SignIn, cast: Cast) -> None:
    for who in ("social_worker", "pastoral", "sealed_supervisor", "outsider"):
        assert "reveal" not in more(sign_in_as, cast, who)
        assert sign_in_as(who).get(f"/children/{cast['amara']}/reveal", 403).status == 403
    assert {"reveal", "ask"} <= more(sign_in_as, cast, "sealed")
    assert "ask" not in more(sign_in_as, cast, "outsider")


def test_one_shows_oneself_and_takes_it_back(sign_in_as: SignIn, cast: Cast) -> None:
    visitor, path = sign_in_as("sealed"), f"/children/{cast['amara']}/reveal"
    page = visitor.get(path)
    assert "Children Act 1989 s47; UK GDPR 6(1)(c), 9(2)(g)" in page.text
    assert {one.get("value") for one in page.all("input", name="to")} == {
        "circle",
        *(cast[who] for who in ("social_worker", "pastoral", "health_visitor")),
    }
    refused = visitor.post(path, {"to": cast["pastoral"], "reason": "Why"}, 422)
    assert refused.links()["Choose on which basis you say so."] == "#basis-0"
    visitor.post(path, {"to": cast["pastoral"], **BASIS}, 303)
    child = sign_in_as("pastoral").get(f"/children/{cast['amara']}")
    assert "Sil Brook" in child.text
    assert "They show it to you. Do not pass it on." in child.text
    line = next(one for one in child.all("li") if "Sil Brook" in words(one))
    assert "This is wrong" not in words(line)
    assert "Sil Brook" not in sign_in_as("social_worker").get(f"/children/{cast['amara']}").text
    assert "You to Pat Osei" in visitor.get(path).text
    [back] = [one for one in visitor.get(path).all("form") if "take-back" in one.get("action", "")]
    visitor.post(back.get("action", ""), {}, 303)
    assert "Sil Brook" not in sign_in_as("pastoral").get(f"/children/{cast['amara']}").text
    assert "taken back" in sign_in_as("sealed_supervisor").get("/reveals").text


def test_the_list_of_what_was_shown_is_empty_for_others(sign_in_as: SignIn, cast: Cast) -> None:
    revealing.reveal(cast.actor("sealed"), cast["amara"], revealing.CIRCLE, **BASIS)
    for who in ("social_worker", "governance", "administrator"):
        page = sign_in_as(who).get("/reveals")
        assert "Sil Brook" not in page.text
        assert "/reveals" not in sign_in_as(who).get("/me").links().values()
    assert "Sil Brook" in sign_in_as("sealed_supervisor").get("/reveals").text


def test_it_is_told_and_leads_to_the_child(sign_in_as: SignIn, cast: Cast) -> None:
    revealing.reveal(cast.actor("sealed"), cast["amara"], cast["pastoral"], **BASIS)
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    visitor = sign_in_as("pastoral")
    [item] = [href for href in visitor.get("/inbox").links().values() if "/inbox/" in href]
    assert visitor.open("GET", item).headers["Location"] == f"/children/{cast['amara']}"


# --- Voices of notes --------------------------------------------------------------------------------


def test_a_sealed_author_is_told_what_each_voice_says_of_them(
    sign_in_as: SignIn, cast: Cast
) -> None:
    page = sign_in_as("sealed").get("/log")
    assert "learns that Harbour Recovery Service knows this family" in page.text
    assert "significant harm (section 47)" in page.text
    assert "01632 960100" in page.text


@pytest.mark.parametrize("who", ["pastoral", "sealed"])
def test_a_note_through_the_relay_reads_so_on_every_page(
    sign_in_as: SignIn, cast: Cast, who: str
) -> None:
    visitor = sign_in_as(who)
    about = {"people": cast["amara"], "kind": "worry", "saw": "Two days now.", "voice": "relay"}
    page = visitor.get("/log")
    visitor.post("/log", {"id": page.field("id"), **about}, 200)
    [note] = notes.written(cast.actor(who)).notes
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    reader = sign_in_as("social_worker")
    amara = f"/children/{cast['amara']}"
    texts = [
        reader.get(path).text
        for path in (
            "/",
            amara,
            f"{amara}/timeline",
            f"{amara}/notes",
            f"/notes/{note.id}",
            "/inbox",
        )
    ]
    for text in texts:
        assert "hrough the relay" in text
    name = {"pastoral": "Pat Osei", "sealed": "Sil Brook"}[who]
    assert all(name not in text for text in (texts[0], *texts[3:]))  # the others say who supports
    shown = f"{note.reference[:4]} {note.reference[4:]}"
    assert shown in texts[1]
    assert "ring the general number, Ring the general number, 01632 960000" in texts[1]
    assert "only" in visitor.get(f"/notes/{note.id}").text


def test_a_note_about_somebody_new_is_by_name(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("pastoral")
    about = {"someone_else": "y", "first": "Ivo", "last": "Lind", "saw": "Alone.", "voice": "relay"}
    page = visitor.post(
        "/log", {"id": visitor.get("/log").field("id"), "kind": "worry", **about}, 422
    )
    assert "Write by name about somebody whom you added yourself" in page.text


# --- The relay --------------------------------------------------------------------------------------


def test_duty_passes_a_call_on_and_reads_nothing_of_whom_to(sign_in_as: SignIn, cast: Cast) -> None:
    note_id = cast.worry("sealed", "amara", voice="relay").note_ids[0]
    reference = notes.read(cast.actor("social_worker"), note_id).reference
    duty = sign_in_as("duty")
    call = {"reference": reference, "name": "Jo Marsh", "phone": "07700 900100", "words": "Please."}
    wrong = duty.post("/relay", {**call, "reference": "1"}, 422)
    assert "There is no such reference." in wrong.text
    duty.post("/relay", call, 303)
    after = duty.get("/relay").text
    for said in ("Sil Brook", "Harbour", "Amara", "Jo Marsh"):
        assert said not in after
    mine = sign_in_as("sealed").get("/relay")
    assert "Jo Marsh, about Amara Okafor" in mine.text
    assert "07700 900100" in mine.text
    assert not mine.all("input", name="reference")
    assert sign_in_as("social_worker").post("/relay", call, 403).status == 403


# --- Asking -----------------------------------------------------------------------------------------


def test_the_circle_is_asked_answers_and_is_read(sign_in_as: SignIn, cast: Cast) -> None:
    lead, path = sign_in_as("social_worker"), f"/children/{cast['amara']}/ask"
    lead.post(path, {"words": "Who knows her father?"}, 303)
    mine = lead.get(path)
    assert "You asked everyone to ring you" in mine.text
    assert not re.search(r"\d+ (people|of \d+)|not answered", mine.text)
    visitor = sign_in_as("pastoral")
    [answer] = [href for href in visitor.get(path).links().values() if href.startswith(f"{path}/")]
    assert "Who knows her father?" in visitor.get(answer).text
    assert not visitor.get(answer).all("input", name="basis")
    refused = visitor.post(answer, {"words": "I do."}, 422)
    assert refused.links()["Choose by name or through the relay."] == "#voice-0"
    visitor.post(answer, {"voice": "named", "words": "I do."}, 303)
    assert "Pat Osei, Pastoral lead" in lead.get(path).text
    [back] = [
        one for one in visitor.get(answer).all("form") if "take-back" in one.get("action", "")
    ]
    visitor.post(back.get("action", ""), {}, 303)
    assert "Pat Osei" not in lead.get(path).text
    [end] = [one for one in lead.get(path).all("form") if one.get("action", "").endswith("/end")]
    lead.post(end.get("action", ""), {}, 303)
    assert "Who knows her father?" not in visitor.get(path).text


def test_a_sealed_service_answers_by_name_on_a_basis_or_through_the_relay(
    sign_in_as: SignIn, cast: Cast
) -> None:
    path = f"/children/{cast['amara']}/ask/{ask(cast)}"
    visitor = sign_in_as("sealed")
    page = visitor.get(path)
    assert "It shows Jo Marsh that Harbour Recovery Service knows this family" in page.text
    refused = visitor.post(path, {"voice": "named"}, 422)
    assert refused.links()["Choose on which basis you say so."] == "#basis-0"
    visitor.post(path, {"voice": "relay", "words": "We should talk."}, 303)
    lead = sign_in_as("social_worker")
    assert "We should talk." not in lead.get(path.rpartition("/")[0]).text
    later(cast, hours=1)
    text = sign_in_as("social_worker").get(path.rpartition("/")[0]).text
    assert "Somebody, through the relay" in text
    assert "We should talk." in text
    assert "01632 960000" in text
    assert "Harbour" not in text
    supervisor = sign_in_as("sealed_supervisor").get(path)
    assert [one.get("value") for one in supervisor.all("input", name="voice")] == ["relay"]


def test_a_sealed_service_is_told_why_it_does_not_ask(sign_in_as: SignIn, cast: Cast) -> None:
    path = f"/children/{cast['amara']}/ask"
    page = sign_in_as("sealed").get(path)
    assert "You cannot ask from a private service" in page.text
    assert not page.all("textarea", name="words")
    sign_in_as("sealed").post(path, {"words": ""}, 403)


def test_what_was_asked_leads_there_from_the_inbox(sign_in_as: SignIn, cast: Cast) -> None:
    ask(cast)
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    visitor = sign_in_as("sealed")
    [item] = [href for href in visitor.get("/inbox").links().values() if "/inbox/" in href]
    assert visitor.open("GET", item).headers["Location"] == f"/children/{cast['amara']}/ask"


# --- Purpose ----------------------------------------------------------------------------------------


def test_beside_each_purpose_stands_its_basis_in_law_and_it_is_kept(
    sign_in_as: SignIn, cast: Cast
) -> None:
    visitor, path = sign_in_as("outsider"), f"/children/{cast['amara']}"
    page = visitor.get(path)
    labels = [words(one) for one in page.all("label")]
    assert "Child protection enquiry, Children Act 1989, section 47" in labels
    visitor.post(f"{path}/purpose", {"purpose": "enquiry", "words": ""}, 303)
    [grant] = cast.authority.store.query("SELECT purpose, basis FROM grants")
    assert grant == {"purpose": "enquiry", "basis": "Children Act 1989, section 47"}
