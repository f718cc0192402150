"""The pages of a request, from the day it is taken to the copy that is handed over."""

from __future__ import annotations

import json
import re
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader

from api.rights.blacking import BLACK
from api.staff import practitioners
from tests.addresses import YESTERDAY
from tests.api.test_request_items import gathered, mine
from tests.cast import Cast
from tests.web import Visitor, words

SECRET = "Dilys"
ASKED = {
    "received_on-day": f"{YESTERDAY.day}",
    "received_on-month": f"{YESTERDAY.month}",
    "received_on-year": f"{YESTERDAY.year}",
    "asker": "parent",
    "who": "Šárka Llŷr, her mother",
    "contact": "01632 960111",
    "wanted": "All of it",
}


def visit(app: Flask, cast: Cast, name: str, *, confirmed: bool = False) -> Visitor:
    visitor = Visitor(app, cast, name)
    if confirmed:
        visitor.confirm()
    return visitor


def taken(app: Flask, cast: Cast) -> str:
    answer = visit(app, cast, "social_worker").post(f"/children/{cast['amara']}/request", ASKED)
    return answer.response.location.rpartition("/")[2]


def checked(app: Flask, cast: Cast, request_id: str) -> None:
    governance = visit(app, cast, "governance")
    for kind, answer in (
        ("identity", "document"),
        ("authority", "responsibility"),
        ("wish", "too young"),
        ("safety", "safe"),
    ):
        governance.post(f"/requests/{request_id}/check/{kind}", {"answer": answer, "words": "seen"})
    governance.post(f"/requests/{request_id}/gather")


def decide_all(app: Flask, cast: Cast, request_id: str, *who: str) -> None:
    """Give everything, one after another, as the pages lead; the words of the secret are blacked out."""
    for one in who:
        visitor = visit(app, cast, one)
        page = visitor.get(f"/requests/{request_id}")
        onward: str | None = next(
            (link for name, link in page.links().items() if name.startswith("Decide")), None
        )
        while onward and "/items/" in onward:
            said = {"decision": "given"}
            if SECRET in visitor.get(onward).text:
                said = {
                    "decision": "blacked out",
                    "passages": SECRET,
                    "people": "Jude",
                    "exemption": "third party",
                    "reason": "a neighbour",
                }
            onward = visitor.post(onward, said).response.location


@pytest.fixture
def said(cast: Cast) -> Cast:
    cast.worry("social_worker", "amara", "jude", saw=f"{SECRET} said that Jude and Ŵyn were out.")
    cast.worry("pastoral", "amara", saw="No lunch again.")
    cast.worry("sealed", "amara", saw="Kemi relapsed.")
    return cast


@pytest.fixture
def signed(app: Flask, said: Cast) -> str:
    request_id = taken(app, said)
    checked(app, said, request_id)
    decide_all(app, said, request_id, "governance", "supervisor", "safeguarding")
    for who in ("governance", "safeguarding"):
        sign(visit(app, said, who, confirmed=True), request_id)
    return request_id


def sign(visitor: Visitor, request_id: str, part: str = "main") -> None:
    """Read a part, and sign off what was read; or sign it off unread, who may not read it."""
    where = f"/requests/{request_id}/{part}"
    if "sign it off" not in visitor.get(f"/requests/{request_id}").text:
        visitor.post(f"{where}/sign")
        return
    visitor.post(f"{where}/sign", status=409)
    visitor.post(f"{where}/sign", {"version": visitor.get(f"{where}/pack").field("version")})


def copy(app: Flask, cast: Cast, request_id: str, kind: str = "pdf") -> bytes:
    visitor = visit(app, cast, "safeguarding", confirmed=True)
    token = visitor.token()
    answer = visitor.open(
        "POST", f"/requests/{request_id}/main/copy", data={"as": kind, "csrf_token": token}
    )
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r'attachment; filename="copy\.\w+"', answer.headers["Content-Disposition"])
    return answer.data


# --- Taking and watching ----------------------------------------------------------------------------


def test_it_is_taken_from_the_childs_page_and_watched(app: Flask, cast: Cast) -> None:
    worker = visit(app, cast, "social_worker")
    more = worker.get(f"/children/{cast['amara']}/more")
    (where,) = [link for name, link in more.links().items() if name.startswith("Somebody asks")]
    form = worker.get(where)
    assert form.field("received_on-year")
    request_id = taken(app, cast)
    assert "Amara Okafor" in worker.get(f"/requests/{request_id}").text
    assert "Amara" not in (worker.get(f"/requests/{request_id}").root.findtext("head/title") or "")
    governance = visit(app, cast, "governance")
    assert "Requests for a record" in governance.get("/me").text
    row = next(one for one in governance.get("/requests").all("a") if "Amara" in words(one))
    assert re.search(r"\d+ days? left|overdue", words(row))
    page = governance.get(f"/requests/{request_id}")
    assert "Šárka Llŷr" in page.text
    assert "Not checked yet" in page.text


def test_what_is_missing_stands_beside_its_field(app: Flask, cast: Cast) -> None:
    worker = visit(app, cast, "social_worker")
    page = worker.post(f"/children/{cast['amara']}/request", {**ASKED, "who": ""}, 422)
    assert "Say who asks." in page.text
    assert page.field("contact") == "01632 960111"
    request_id = taken(app, cast)
    governance = visit(app, cast, "governance")
    for path in (
        "check/identity",
        "check/authority",
        "check/wish",
        "check/safety",
        "extend",
        "end",
    ):
        assert governance.get(f"/requests/{request_id}/{path}").status == 200
        assert governance.post(f"/requests/{request_id}/{path}", {}, 422).all("h2")
    governance.get(f"/requests/{request_id}/check/colour", 404)
    governance.post(f"/requests/{request_id}/gather", status=409)


def test_the_doors(app: Flask, said: Cast) -> None:
    request_id = taken(app, said)
    checked(app, said, request_id)
    item = next(one for one in mine(said, "supervisor", request_id))
    paths = [f"/requests/{request_id}", f"/requests/{request_id}/items/{item.entry.id}"]
    # As if there were none, for whoever has nothing to do with it.
    for who in ("pastoral", "outsider", "duty_supervisor", "sealed"):
        for path in paths:
            visit(app, said, who).get(path, 404)
        assert "Amara" not in visit(app, said, who).get("/requests").text
    for who in ("administrator", "steward", "reporter"):
        for path in (*paths, "/requests"):
            visit(app, said, who).get(path, 403)
    visit(app, said, "social_worker").get(paths[0])
    visit(app, said, "social_worker").get(paths[1], 404)


# --- Deciding ---------------------------------------------------------------------------------------


def test_an_item_is_seen_as_the_reader_will_before_it_is_decided(app: Flask, said: Cast) -> None:
    request_id = taken(app, said)
    checked(app, said, request_id)
    item = next(
        one
        for one in mine(said, "supervisor", request_id)
        if SECRET in " ".join(line.text for line in one.lines)
    )
    path = f"/requests/{request_id}/items/{item.entry.id}"
    supervisor = visit(app, said, "supervisor")
    page = supervisor.get(path)
    # Whom it names is offered; the exemptions are the authority's list.
    assert [one.get("value") for one in page.all("input", name="people")] == ["Jude Okafor", "Jude"]
    decision = {
        "decision": "blacked out",
        "people": ["Jude", "Jude Okafor"],
        "passages": SECRET.lower(),
        "exemption": "third party",
        "reason": "a neighbour",
    }
    tried = supervisor.post(path, {**decision, "try": "yes"}, 200)
    shown = words(tried.region("As the reader will see it (not decided yet)"))
    assert f"{BLACK} said that {BLACK} and Ŵyn were out." in shown
    assert SECRET not in shown
    # Nothing was decided by trying.
    assert supervisor.get(path).field("reason") == ""
    wrong = supervisor.post(path, {**decision, "passages": "not in it"}, 422)
    assert "These words do not stand in it" in wrong.text
    supervisor.post(path, decision)
    again = supervisor.get(path)
    assert words(again.region("As the reader will see it")) == shown.replace(
        " (not decided yet)", ""
    )
    assert again.field("passages") == SECRET.lower()


# --- The pack ---------------------------------------------------------------------------------------


def test_what_is_about_the_person_alone_is_decided_at_once(app: Flask, said: Cast) -> None:
    request_id = taken(app, said)
    checked(app, said, request_id)
    governance = visit(app, said, "governance")
    where = governance.get(f"/requests/{request_id}").links()["Decide several at once"]
    page = governance.get(where)
    assert "1. Name: Amara Okafor" in page.text
    assert "Who: Pat Osei, Pastoral lead" in page.text
    boxes = page.all("input", name="which")
    (every, *_) = [one for one in boxes if " " in one.get("value", "")]
    ids = every.get("value", "").split()
    # What is wrong is told beside its field, and what was ticked stays so.
    again = governance.post(where, {"which": [every.get("value", "")], "decision": ""}, 422)
    assert "Choose what to do with them." in again.text
    (kept,) = [one for one in again.all("input", name="which") if one.get("checked") is not None]
    assert kept.get("value") == every.get("value")
    assert "Tick what you decide about." in governance.post(where, {"decision": "given"}, 422).text
    governance.post(where, {"which": [every.get("value", "")], "decision": "given"}, 303)
    shown = governance.get(f"/requests/{request_id}")
    assert f"Decided: {len(ids)} items." in shown.text
    assert shown.text.count(". Given") == len(ids)


def test_two_people_sign_and_one_of_them_reads_it(app: Flask, said: Cast) -> None:
    request_id = taken(app, said)
    checked(app, said, request_id)
    visit(app, said, "safeguarding").get(f"/requests/{request_id}/main/pack", 409)
    decide_all(app, said, request_id, "governance", "supervisor", "safeguarding")
    # A governance lead reads no words, and makes no copy.
    governance = visit(app, said, "governance", confirmed=True)
    governance.get(f"/requests/{request_id}/main/pack", 404)
    governance.post(f"/requests/{request_id}/main/copy", {"as": "pdf"}, 404)
    governance.post(f"/requests/{request_id}/main/sign")
    governance.post(f"/requests/{request_id}/main/sign", status=409)
    # One signature is not enough.
    supervisor = visit(app, said, "supervisor", confirmed=True)
    supervisor.post(f"/requests/{request_id}/main/copy", {"as": "pdf"}, 409)
    sign(supervisor, request_id)
    assert "Sam Okoro" in supervisor.get(f"/requests/{request_id}").text
    # A new decision takes both back.
    item = mine(said, "supervisor", request_id)[0].entry.id
    supervisor.post(f"/requests/{request_id}/items/{item}", {"decision": "given"})
    supervisor.post(f"/requests/{request_id}/main/copy", {"as": "pdf"}, 409)


def test_signing_and_copying_ask_for_the_passkey(app: Flask, said: Cast, signed: str) -> None:
    visitor = visit(app, said, "safeguarding")
    page = visitor.post(f"/requests/{signed}/main/copy", {"as": "pdf"}, 403)
    assert page.heading == "Confirm that it is you"
    trail = said.authority.store.query(
        "SELECT verdict, reason FROM audit_events WHERE action = 'request:exported'"
    )
    assert [(row["verdict"], row["reason"]) for row in trail] == [("refused", "not confirmed")]


def test_the_copy_holds_what_was_shown_and_not_what_was_blacked_out(
    app: Flask, said: Cast, signed: str
) -> None:
    page = visit(app, said, "safeguarding").get(f"/requests/{signed}/main/pack")
    assert page.heading == "As the reader will see it"
    pack = json.loads(copy(app, said, signed, "json"))
    lines = [*pack["about"], *(line for item in pack["items"] for line in item["lines"])]
    shown = [(words(a), words(b)) for a, b in zip(page.all("dt"), page.all("dd"), strict=True)]
    assert shown == [(line["label"], " ".join(line["text"].split())) for line in lines]
    pdf = copy(app, said, signed)
    reader = PdfReader(BytesIO(pdf))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for line in lines:
        assert " ".join(line["text"].split()) in text
    for sentence in pack["rights"]:
        assert sentence in text
    assert f"{BLACK} said that {BLACK} and Ŵyn were out." in text
    # Gone from text, structure, metadata and every stream of the file.
    whole = [pdf, repr(reader.metadata).encode()]
    for number in range(1, len(reader.xref[0]) + 1):
        found = reader.get_object(number)
        if hasattr(found, "get_data"):
            whole.append(found.get_data())
        whole.append(repr(found).encode())
    for secret in (SECRET, "Jude", "relapsed", "Harbour"):
        assert secret not in text
        assert all(secret.encode() not in part for part in whole)
        assert all(secret.encode("utf-16-be") not in part for part in whole)
    assert "Amara" not in repr(reader.metadata)
    event = said.authority.store.query(
        "SELECT a.person_id FROM audit_events e JOIN audit_subjects a ON a.event_id = e.id"
        " WHERE e.action = 'request:exported' AND e.verdict = 'allowed'"
    )
    assert {row["person_id"] for row in event} == {said["amara"]}


def test_the_copy_is_tagged_with_its_letters_in_it(app: Flask, said: Cast, signed: str) -> None:
    reader = PdfReader(BytesIO(copy(app, said, signed)))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    tags = [one.get_object() for one in root["/StructTreeRoot"]["/K"].get_object()["/K"]]
    kinds = [one["/S"] for one in tags]
    assert kinds[0] == "/H1"
    assert kinds.count("/H2") > 3
    # Each mark of each page belongs to a tag.
    numbers = root["/StructTreeRoot"]["/ParentTree"].get_object()["/Nums"]
    for place, page in enumerate(reader.pages):
        marks = page.get_contents().get_data().count(b"/MCID")
        assert len(numbers[2 * place + 1]) == marks
        for font in page["/Resources"]["/Font"].values():
            assert font.get_object()["/FontDescriptor"]["/FontFile2"]


def test_what_is_signed_is_one_text(app: Flask, said: Cast, signed: str) -> None:
    """What is kept changes after both signed: nothing is handed over until both sign what it says now."""
    where, store = f"/requests/{signed}", said.authority.store
    safeguarding = visit(app, said, "safeguarding", confirmed=True)
    governance = visit(app, said, "governance", confirmed=True)
    read = {"version": "0" * 64}
    store.upkeep(
        lambda tx: tx.change(
            "UPDATE practitioners SET job = 'Social worker, duty' WHERE id = :id",
            id=said["social_worker"],
        )
    )
    for visitor in (safeguarding, governance):
        page = visitor.get(where).text
        assert "has changed since it was signed off" in page
        assert "Signed off by a governance lead: not yet" in page
    safeguarding.post(f"{where}/main/copy", {"as": "pdf"}, 409)
    safeguarding.post(f"{where}/main/sign", read, 409)
    sign(safeguarding, signed)
    # The governance lead's signature went with the text that it was for.
    safeguarding.post(f"{where}/main/copy", {"as": "pdf"}, 409)
    sign(governance, signed)
    assert b"%PDF" in copy(app, said, signed)[:8]


def test_a_sealed_service_signs_and_hands_over_its_own_part(app: Flask, said: Cast) -> None:
    practitioners.grant(said.system, said["sealed"], "governance lead", "agency", said["harbour"])
    request_id = gathered(said)
    supervisor = visit(app, said, "sealed_supervisor", confirmed=True)
    page = supervisor.get(f"/requests/{request_id}")
    assert "What Harbour Recovery Service alone knows of" in page.text
    assert "No lunch" not in page.text
    decide_all(app, said, request_id, "sealed_supervisor")
    part = said["harbour"]
    sign(supervisor, request_id, part)
    sign(visit(app, said, "sealed", confirmed=True), request_id, part)
    shown = supervisor.get(f"/requests/{request_id}/{part}/pack")
    assert "Kemi relapsed." in shown.text
    assert "No lunch" not in shown.text
    # Nobody else learns that there is such a part: as with any other name.
    for who in ("governance", "supervisor", "safeguarding"):
        other = visit(app, said, who, confirmed=True)
        assert "Harbour" not in other.get(f"/requests/{request_id}").text
        for name in (part, said["force"], "elsewhere"):
            answers = {
                other.get(f"/requests/{request_id}/{name}/pack", 404).text,
                other.post(f"/requests/{request_id}/{name}/sign", status=404).text,
            }
            assert all("no such pack" in answer for answer in answers)
    supervisor.get(f"/requests/{request_id}/main/pack", 404)


# --- Wild inputs ------------------------------------------------------------------------------------

WILD = [
    "<b>not bold</b>", "\u202e gnorw", "\x00NUL\x00", "\ud800", "\uffff\u200b", "{{ 7 * 7 }}", "\\",
    "(", "[", "x" * 3000, "ŵ" * 999, "\n" * 50, "مرحبا 你好 🧒🏽", "'; DROP TABLE requests; --",
]  # fmt: skip


@pytest.mark.parametrize("text", WILD, ids=range(len(WILD)))
def test_wild_words_go_all_the_way_into_the_copy(app: Flask, said: Cast, text: str) -> None:
    said.worry("social_worker", "amara", saw=f"It says {text} here.")
    worker = visit(app, said, "social_worker")
    path = f"/children/{said['amara']}/request"
    answer = worker.client.post(
        path,
        data={
            **ASKED,
            "wanted": text.encode(errors="replace").decode()[:900],
            "csrf_token": worker.token(),
        },
        base_url=worker.origin,
    )
    assert answer.status_code == 303
    request_id = answer.location.rpartition("/")[2]
    checked(app, said, request_id)
    supervisor = visit(app, said, "supervisor")
    for one in mine(said, "supervisor", request_id):
        page = supervisor.get(f"/requests/{request_id}/items/{one.entry.id}")
        assert not page.root.findall(".//b")
        # Whatever is named to be blacked out is taken, or refused beside its field.
        tried = supervisor.client.post(
            f"/requests/{request_id}/items/{one.entry.id}",
            data={
                "decision": "blacked out",
                "passages": text.encode(errors="replace").decode(),
                "exemption": "third party",
                "reason": "why",
                "csrf_token": supervisor.token(),
            },
            base_url=supervisor.origin,
        )
        assert tried.status_code in (303, 422)
    decide_all(app, said, request_id, "governance", "supervisor", "safeguarding")
    for who in ("governance", "safeguarding"):
        sign(visit(app, said, who, confirmed=True), request_id)
    assert PdfReader(BytesIO(copy(app, said, request_id))).pages
    assert json.loads(copy(app, said, request_id, "json"))["items"]


@pytest.mark.parametrize("part", ["main", "", "..", "MAIN", "main%00", "%F0%9F%A7%92", "x" * 500])
def test_wild_addresses_lead_nowhere(app: Flask, said: Cast, part: str) -> None:
    request_id = taken(app, said)
    supervisor = visit(app, said, "supervisor", confirmed=True)
    assert supervisor.open("GET", f"/requests/{request_id}/{part}/pack").status_code == 404
    assert supervisor.open("GET", "/requests/1").status_code == 404
