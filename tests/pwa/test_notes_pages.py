"""Log and what happens to a note afterwards, through the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from api.moment import new_id
from api.record import involvements, notes, people, protections
from api.record.people import NewPerson
from tests.cast import Cast, years
from tests.web import Page, Visitor, words

SignIn = Callable[[str], Visitor]


def send(visitor: Visitor, cast: Cast, *about: str, status: int = 200, **said: object) -> Page:
    data = {"id": new_id(), "people": [cast[name] for name in about], "kind": "worry"}
    return visitor.post("/log", {**data, "saw": "No coat today.", **said}, status)


def note_id(page: Page) -> str:
    return page.one("form", class_="undo").get("action", "").split("/")[2]


def chips(page: Page, name: str) -> dict[str, bool]:
    """The choices of a field by their words, and whether each is chosen."""
    labels = {one.get("for"): words(one) for one in page.all("label")}
    boxes = [one for one in page.all("input", name=name) if one.get("type") != "hidden"]
    return {labels[one.get("id")]: one.get("checked") is not None for one in boxes}


def texts(visitor: Visitor, cast: Cast, person: str) -> str:
    return visitor.get(f"/children/{cast[person]}").text


# --- The form ---


def test_log_offers_my_children_with_age_and_school(sign_in_as: SignIn) -> None:
    page = sign_in_as("social_worker").get("/log")
    assert page.heading == "Log"
    offered = chips(page, "people")
    assert f"Amara Okafor, {years('amara')}, St Bede's Primary School" in offered
    assert not any(offered.values())
    assert chips(page, "someone_else") == {"Someone else": False}
    assert chips(page, "kind") == {"Worry": True, "Contact": False, "Strength": False}
    labels = [words(one) for one in page.all("label")]
    assert "What I saw or heard" in labels
    assert "What I think or feel" in labels
    assert [words(one) for one in page.all("button")].count("Send") == 1
    assert "Plain facts. Use their words if someone said it." in page.text
    assert page.links()["999"] == "tel:999"
    assert page.links()["01632 960100"] == "tel:01632960100"
    assert page.links()["Is this about a member of staff?"] == "/staff-concern"


def test_what_is_typed_is_offered_to_no_browsers_memory(sign_in_as: SignIn) -> None:
    page = sign_in_as("social_worker").get("/log")
    typed = [*page.all("textarea"), *page.all("input", type="text")]
    assert len(typed) > 8
    assert {one.get("autocomplete") for one in typed} == {"off"}


def test_from_a_childs_page_the_child_is_chosen_already(sign_in_as: SignIn, cast: Cast) -> None:
    page = sign_in_as("social_worker").get(f"/log?about={cast['jude']}")
    offered = chips(page, "people")
    assert [name for name, chosen in offered.items() if chosen] == [f"Jude Okafor, {years('jude')}"]
    assert next(iter(offered)) == f"Jude Okafor, {years('jude')}"


def test_somebody_outside_my_circles_can_be_chosen_by_address(
    sign_in_as: SignIn, cast: Cast
) -> None:
    page = sign_in_as("outsider").get(f"/log?about={cast['amara']}")
    assert chips(page, "people") == {"Amara Okafor, born 2019": True}


def test_beyond_eight_the_others_are_found_by_typing(sign_in_as: SignIn, cast: Cast) -> None:
    for n in range(12):
        child = people.add(cast.system, NewPerson(f"Child{n:02}", "Grove", "2016-01-01"))
        involvements.add(
            cast.system,
            child,
            agency_id=cast["care"],
            practitioner_id=cast["colleague"],
            role="Social worker",
        )
    page = sign_in_as("colleague").get("/log")
    (more,) = [one for one in page.all("details") if one.get("data-typeahead") is not None]
    inside = [one for one in more.iter("input") if one.get("name") == "people"]
    assert len(page.all("input", name="people")) - len(inside) == 8
    assert len(inside) == 4
    assert words(more).startswith("4 more children")


def test_whom_i_wrote_about_last_stands_first(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("social_worker")
    send(visitor, cast, "rhea")
    assert next(iter(chips(visitor.get("/log"), "people"))).startswith("Rhea Stone")


# --- Send ---


def test_send_says_whom_it_told_and_that_it_is_no_referral(sign_in_as: SignIn, cast: Cast) -> None:
    page = send(sign_in_as("pastoral"), cast, "amara")
    (status,) = [one for one in page.all("div", role="status") if one.get("class") == "told"]
    said = words(status)
    assert said.startswith("Sent Told 2 people: Hana Vale, Jo Marsh.")
    assert "This is not a referral." in said
    assert "01632 960100" in said
    assert "front.door@westhaven.example" in said
    assert "Sil Brook" not in page.text
    assert page.links()["Amara Okafor"] == f"/children/{cast['amara']}"
    assert "No coat today." in texts(sign_in_as("social_worker"), cast, "amara")


def test_everything_that_can_be_said_is_kept(sign_in_as: SignIn, cast: Cast) -> None:
    send(
        sign_in_as("social_worker"),
        cast,
        "amara",
        "jude",
        kind="contact",
        contact="visit",
        child_seen="seen alone",
        saw="He was in bed.",
        thinks="It felt too quiet.",
        whose="Jude",
        worried="6",
        categories=["neglect"],
        audience=["social care", "school"],
        **{"happened_on-day": "1", "happened_on-month": "Nov", "happened_on-year": "26"},
        happened_time="2.30pm",
    )
    page = sign_in_as("pastoral").get(f"/children/{cast['amara']}")
    note = words(page.all("article")[0])
    for said in (
        "Visit from Jo Marsh, Social worker, Westhaven Children's Social Care",
        "Also about Jude Okafor",
        "Saw or heard He was in bed. In the words of Jude",
        "Thinks or feels It felt too quiet.",
        "child seen alone",
        "Worried 6 of 10, says Jo Marsh",
        "It happened on 1 November 2026 at 14:30",
        "Neglect",
        "Only for Children's social care, School",
    ):
        assert said in note
    assert "He was in bed." not in texts(sign_in_as("health_visitor"), cast, "amara")


@pytest.mark.parametrize(
    ("wrong", "leads_to", "sentence"),
    [
        ({"people": []}, "#people-0", "Choose who it is about."),
        (
            {"saw": "", "thinks": " "},
            "#saw",
            "Write what you saw or heard, or what you think or feel.",
        ),
        ({"saw": "x" * 5001}, "#saw", "Use 5,000 characters or fewer."),
        ({"worried": "11"}, "#worried-0", "Say how worried you are from 0 to 10."),
        ({"kind": "rumour"}, "#kind-0", "Choose worry, contact or strength."),
        (
            {"happened_on-day": "31", "happened_on-month": "2", "happened_on-year": "2026"},
            "#happened_on-day",
            "When it happened must be a real date",
        ),
        ({"happened_on-day": "3"}, "#happened_on-day", "must include a month and a year"),
        (
            {"happened_on-day": "1", "happened_on-month": "1", "happened_on-year": "2099"},
            "#happened_on-day",
            "The date it happened must be today or earlier.",
        ),
        ({"happened_time": "late"}, "#happened_time", "such as 14:30"),
        ({"categories": ["gossip"]}, "#categories-0", "Choose from the list."),
        (
            {"people": ["0193e6a0-0000-7000-8000-00000000beef"]},
            "#people-0",
            "Somebody you chose cannot be found here. Choose again.",
        ),
    ],
)
@pytest.mark.parametrize("part", [False, True])
def test_a_mistake_is_named_and_what_was_typed_is_kept(
    sign_in_as: SignIn,
    cast: Cast,
    wrong: dict[str, object],
    leads_to: str,
    sentence: str,
    part: bool,
) -> None:
    id = new_id()
    data = {"id": id, "people": [cast["amara"]], "saw": "Kept.", "thinks": "Kept <too>.", **wrong}
    page = sign_in_as("pastoral").post("/log", data, 422, part=part)  # type: ignore[arg-type]
    summary = page.one("div", class_="govuk-error-summary")
    (link,) = list(summary.iter("a"))
    assert sentence in words(link)
    assert link.get("href") == leads_to
    assert [one for one in page.root.iter() if one.get("id") == leads_to[1:]]
    assert page.field("thinks") == str(data["thinks"]).strip()
    assert page.field("id") == id


def test_the_same_note_sent_twice_is_one_note(sign_in_as: SignIn, cast: Cast) -> None:
    visitor, id = sign_in_as("pastoral"), new_id()
    first = send(visitor, cast, "amara", id=id)
    second = send(visitor, cast, "amara", id=id)
    assert "had been sent already" in second.text
    assert "had been sent already" not in first.text
    child = sign_in_as("social_worker").get(f"/children/{cast['amara']}")
    assert len(child.all("article")) == 1


def test_without_a_chosen_kind_it_is_a_worry(sign_in_as: SignIn, cast: Cast) -> None:
    data = {"id": new_id(), "people": [cast["amara"]], "saw": "Thin."}
    sign_in_as("pastoral").post("/log", data, 200)
    assert "Worry from Pat Osei" in texts(sign_in_as("social_worker"), cast, "amara")


def test_markup_and_endless_words_are_only_words(sign_in_as: SignIn, cast: Cast) -> None:
    hostile = "<script>alert(1)</script> =HYPERLINK('x') " + "W" * 2000
    send(sign_in_as("pastoral"), cast, "amara", saw=hostile, thinks='"><img src=x onerror=1>')
    page = sign_in_as("social_worker").get(f"/children/{cast['amara']}")
    assert hostile in page.text
    assert not page.all("img")
    assert [one.get("src", "").startswith("/static/") for one in page.all("script")] == [True]


# --- Undo ---


def test_undo_takes_a_note_back_and_gives_the_words_back(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("pastoral")
    sent = send(visitor, cast, "amara", thinks="Two\nlines", worried="3")
    undo = sent.one("form", class_="undo")
    kept: dict[str, list[str]] = {}
    for one in undo.iter("input"):
        kept.setdefault(one.get("name", ""), []).append(one.get("value", ""))
    kept.pop("csrf_token")
    page = visitor.post(undo.get("action", ""), kept, 200)
    assert "Nobody was told." in page.text
    assert (page.field("saw"), page.field("thinks")) == ("No coat today.", "Two lines")
    assert page.field("id") != note_id(sent)
    assert chips(page, "worried")["3"]
    assert [name for name, chosen in chips(page, "people").items() if chosen] == [
        f"Amara Okafor, {years('amara')}, St Bede's Primary School"
    ]
    assert "No coat today." not in texts(sign_in_as("social_worker"), cast, "amara")


def test_undo_gives_somebody_new_back_as_they_were_typed(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("pastoral")
    new = {"someone_else": "y", "first": "Tess", "last": "Rowe", "born_on-year": "2018"}
    new |= {"born_on-day": "2", "born_on-month": "2", "people": cast["amara"], "saw": "Alone."}
    sent = visitor.post("/log", {"id": new_id(), **new}, 200)
    kept: dict[str, list[str]] = {}
    for one in sent.one("form", class_="undo").iter("input"):
        kept.setdefault(one.get("name", ""), []).append(one.get("value", ""))
    kept.pop("csrf_token")
    page = visitor.post(f"/notes/{note_id(sent)}/undo", kept, 200)
    assert (page.field("first"), page.field("last"), page.field("saw")) == (
        "Tess",
        "Rowe",
        "Alone.",
    )
    assert [name for name, chosen in chips(page, "people").items() if chosen] == [
        f"Amara Okafor, {years('amara')}, St Bede's Primary School"
    ]
    again = visitor.post("/log", {"id": page.field("id"), **new}, 200)
    assert again.text.count("Tess Rowe") == sent.text.count("Tess Rowe")
    assert len(cast.authority.store.query("SELECT 1 FROM live_names WHERE first = 'Tess'")) == 1


def test_after_ten_seconds_it_is_too_late(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("pastoral")
    id = note_id(send(visitor, cast, "amara"))
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(seconds=11)
    late = visitor.post(f"/notes/{id}/undo", {"saw": "No coat today."})
    assert late.response.headers["Location"] == f"/notes/{id}"
    assert "The ten seconds are over. You can still withdraw the note." in (
        visitor.get(f"/notes/{id}").text
    )
    assert "No coat today." in texts(sign_in_as("social_worker"), cast, "amara")


def test_nobody_undoes_anothers_note(sign_in_as: SignIn, cast: Cast) -> None:
    id = note_id(send(sign_in_as("pastoral"), cast, "amara"))
    sign_in_as("health_visitor").post(f"/notes/{id}/undo", {}, 404)
    assert "No coat today." in texts(sign_in_as("social_worker"), cast, "amara")


# --- Somebody else ---


def test_a_reporter_names_the_child(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("reporter")
    form = visitor.get("/log")
    assert chips(form, "someone_else") == {"Someone else": True}
    assert "Find" not in [words(one) for one in form.all("button")]
    page = send(
        visitor,
        cast,
        someone_else="y",
        first="Amara",
        last="Okafor",
        age="7",
        school="St Bede's, year 3",
        **{"born_on-day": "3", "born_on-month": "5", "born_on-year": "2019"},
    )
    assert "Sent" in page.heading
    assert "No coat today." in texts(sign_in_as("social_worker"), cast, "amara")
    again = visitor.get("/log")
    assert any(name.startswith("Amara Okafor") for name in chips(again, "people"))
    mine = visitor.get(f"/notes/{note_id(page)}")
    assert "about 7, St Bede's, year 3" in mine.text


def test_somebody_new_needs_a_name(sign_in_as: SignIn, cast: Cast) -> None:
    page = send(sign_in_as("reporter"), cast, someone_else="y", status=422)
    assert (
        page.links()["Give a name, or for an unborn child when the birth is expected."] == "#first"
    )
    assert page.field("saw") == "No coat today."


def test_somebody_else_is_found_without_losing_a_word(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("outsider")
    typed = {
        "id": new_id(),
        "someone_else": "y",
        "first": "Amara",
        "last": "Okafor",
        "born_on-day": "3",
        "born_on-month": "5",
        "born_on-year": "2019",
        "saw": "Kept while looking.",
        "thinks": "Also kept.",
    }
    page = visitor.post("/log/find", typed, 200, part=True)
    assert chips(page, "found") == {
        "Amara Okafor, born 2019, ZZ17": False,
        "None of these, it is about the person named above": False,
    }
    assert (page.field("saw"), page.field("thinks")) == ("Kept while looking.", "Also kept.")
    assert page.field("id") == typed["id"]
    undecided = visitor.post("/log", {**typed, "looked": "yes"}, 422)
    assert "Choose one of those found, or say that it is none of them." in undecided.text
    assert undecided.field("saw") == "Kept while looking."
    assert "Amara Okafor, born 2019, ZZ17" in chips(undecided, "found")
    wordless = {**typed, "looked": "yes", "found": cast["amara"], "saw": "", "thinks": ""}
    chosen = visitor.post("/log", wordless, 422)
    assert chips(chosen, "people") == {"Amara Okafor, born 2019": True}
    assert chips(chosen, "someone_else") == {"Someone else": False}
    visitor.post("/log", {**typed, "looked": "yes", "found": cast["amara"]}, 200)
    assert "Kept while looking." in texts(sign_in_as("social_worker"), cast, "amara")


def test_nobody_found_is_somebody_new(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("outsider")
    typed = {"id": new_id(), "someone_else": "y", "first": "Zed", "last": "Quist", "saw": "Alone."}
    page = visitor.post("/log/find", typed, 200)
    assert "Nobody found" in page.text
    assert list(chips(page, "found").values()) == [True]
    sent = visitor.post("/log", {**typed, "looked": "yes", "found": "new"}, 200)
    assert "Zed Quist" in sent.links()
    assert "Told 2 people." in sent.text


def test_looking_for_nothing_says_so(sign_in_as: SignIn) -> None:
    page = sign_in_as("outsider").post("/log/find", {"saw": "Kept."}, 422)
    assert page.links()["Type a name, a date of birth or an NHS number."] == "#first"
    assert page.field("saw") == "Kept."


def test_a_restricted_child_is_answered_as_if_new(sign_in_as: SignIn, cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Sensitive",
        [cast["social_worker"]],
    )
    visitor = sign_in_as("outsider")
    typed = {
        "someone_else": "y",
        "first": "Amara",
        "last": "Okafor",
        "born_on-day": "3",
        "born_on-month": "5",
        "born_on-year": "2019",
    }
    assert "Nobody found" in visitor.post("/log/find", typed, 200).text
    sent = send(visitor, cast, **typed)
    assert "Amara Okafor" in sent.links()
    assert "Told 2 people." in sent.text  # the duty team, as for somebody new
    assert "No coat today." in texts(sign_in_as("social_worker"), cast, "amara")


# --- Sealed ---


def test_a_sealed_author_keeps_to_their_service_unless_they_choose(
    sign_in_as: SignIn, cast: Cast
) -> None:
    visitor = sign_in_as("sealed")
    offered = chips(visitor.get("/log"), "voice")
    assert offered == {
        "Only Harbour Recovery Service": True,
        "Everyone who supports this child, by my name": False,
        "Everyone, through the relay, without my name": False,
    }
    send(visitor, cast, "amara", voice="own service", saw="Mum came to us.")
    send(visitor, cast, "amara", voice="named", saw="Please ring me.")
    seen = texts(sign_in_as("social_worker"), cast, "amara")
    assert "Mum came to us." not in seen
    assert "Please ring me." in seen
    assert chips(sign_in_as("pastoral").get("/log"), "voice") == {
        "Everyone who supports this child, by my name": True,
        "Everyone, through the relay, without my name": False,
    }


# --- A note afterwards ---


@pytest.fixture
def worry(cast: Cast) -> str:
    return cast.worry("pastoral", "amara", thinks="I am uneasy.").note_ids[0]


def test_a_note_opens_as_a_page_and_as_a_part(sign_in_as: SignIn, worry: str) -> None:
    visitor = sign_in_as("social_worker")
    page = visitor.get(f"/notes/{worry}")
    assert page.heading == "Worry about Amara Okafor"
    part = visitor.get(f"/notes/{worry}", part=True)
    assert part.root.find("body") is None
    assert part.one("article").get("id") == f"note-{worry}"
    visitor.get("/notes/0193e6a0-0000-7000-8000-00000000beef", 404)
    sign_in_as("outsider").get(f"/notes/{worry}", 404)


def test_noticed_too_and_acted_on_reach_the_author(sign_in_as: SignIn, worry: str) -> None:
    health, lead = sign_in_as("health_visitor"), sign_in_as("social_worker")
    part = health.post(f"/notes/{worry}/noticed-too", status=200, part=True)
    assert "You noticed this too" in part.text
    assert "Noticed too" not in [words(one) for one in part.all("button")]
    lead.get(f"/notes/{worry}")
    lead.post(f"/notes/{worry}/acted-on")
    became = sign_in_as("pastoral").get(f"/notes/{worry}").text
    assert "Noticed too by Hana Vale, Westhaven Health Visiting" in became
    assert "Read by the lead" in became
    assert "Acted on" in became


def test_what_differs_stands_beside_the_note(sign_in_as: SignIn, worry: str) -> None:
    health = sign_in_as("health_visitor")
    health.post(f"/notes/{worry}/replies", {"text": "She had a coat.", "differs": "y"})
    page = sign_in_as("pastoral").get(f"/notes/{worry}")
    (reply,) = page.all("li", class_="reply reply--differs")
    assert "Hana Vale, Westhaven Health Visiting sees it differently" in words(reply)
    assert "No coat again today" in page.text


def test_an_empty_reply_is_asked_for_again(sign_in_as: SignIn, worry: str) -> None:
    visitor = sign_in_as("health_visitor")
    page = visitor.post(f"/notes/{worry}/replies", {"text": " ", "differs": "y"}, 422)
    assert page.links()["Write your reply."] == f"#text-{worry}"
    assert chips(page, "differs") == {"I see it differently": True}
    part = visitor.post(f"/notes/{worry}/replies", {"text": ""}, 422, part=True)
    assert part.one("article")


def test_a_correction_leaves_what_it_said_before(sign_in_as: SignIn, cast: Cast) -> None:
    worry = cast.worry(
        "pastoral", "amara", worried=4, happened_on="2026-11-02", happened_time="09:15"
    ).note_ids[0]
    author = sign_in_as("pastoral")
    form = author.get(f"/notes/{worry}/revise")
    assert form.field("saw") == "No coat again today, and it was raining."
    assert [form.field(f"happened_on-{box}") for box in ("day", "month", "year")] == [
        "2",
        "11",
        "2026",
    ]
    assert form.field("happened_time") == "09:15"
    assert chips(form, "worried")["4"]
    author.post(f"/notes/{worry}/revise", {"saw": "No coat, but it was dry.", "worried": ""})
    page = sign_in_as("social_worker").get(f"/notes/{worry}")
    assert "No coat, but it was dry." in page.text
    earlier = page.one("details", class_="note__earlier")
    assert "Corrected 1 time" in words(earlier)
    assert "No coat again today, and it was raining." in words(earlier)
    assert "Worried 4 of 10" in words(earlier)
    again = author.post(f"/notes/{worry}/revise", {"saw": ""}, 422)
    assert "Write what you saw or heard" in again.text
    sign_in_as("social_worker").get(f"/notes/{worry}/revise", 403)


def test_a_withdrawal_says_why(sign_in_as: SignIn, worry: str) -> None:
    author = sign_in_as("pastoral")
    asked = author.post(f"/notes/{worry}/withdraw", {"reason": ""}, 422)
    assert asked.links()["Say why you withdraw this note."] == "#reason"
    author.post(f"/notes/{worry}/withdraw", {"reason": "It was another day."})
    page = sign_in_as("social_worker").get(f"/notes/{worry}")
    assert "note--withdrawn" in page.one("article").get("class", "")
    assert "Withdrawn just now: It was another day." in page.text
    assert "No coat again today" in page.text
    author.get(f"/notes/{worry}/withdraw", 403)


def test_the_wrong_person_hides_a_note(sign_in_as: SignIn, cast: Cast, worry: str) -> None:
    reader, author = sign_in_as("social_worker"), sign_in_as("pastoral")
    reader.get(f"/notes/{worry}")
    sign_in_as("health_visitor").get(f"/notes/{worry}/wrong-person", 403)
    assert "Amara Okafor" in author.get(f"/notes/{worry}/wrong-person").text
    author.post(f"/notes/{worry}/wrong-person", {"reason": ""}, 422)
    author.post(f"/notes/{worry}/wrong-person", {"reason": "It was her cousin."})
    reader.get(f"/notes/{worry}", 404)
    assert "No coat again" not in texts(reader, cast, "amara")
    written = author.get("/notes")
    assert "It was her cousin." in written.text
    assert f"/notes/{worry}" not in written.links().values()  # there is nothing more to open


def test_what_one_wrote_from_outside_shows_its_outcome_only(sign_in_as: SignIn, cast: Cast) -> None:
    id = note_id(send(sign_in_as("outsider"), cast, "amara"))
    sign_in_as("social_worker").post(f"/notes/{id}/acted-on")
    sign_in_as("social_worker").post(f"/notes/{id}/replies", {"text": "I am on my way."})
    page = sign_in_as("outsider").get(f"/notes/{id}")
    assert "Acted on" in page.text
    assert "I am on my way." not in page.text
    assert not page.all("textarea")


# --- Staff ---


def test_a_concern_about_staff_stays_off_the_childs_record(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("pastoral")
    page = visitor.get("/staff-concern")
    assert page.heading == "Is this about a member of staff?"
    for said in ("head teacher", "chair of governors", "local authority designated officer"):
        assert said in page.text
    typed = {"saw": "Mr B. <shouted> at her.", "thinks": "It scared me.", "people": [cast["amara"]]}
    taken = visitor.post("/staff-concern", typed, 200)
    assert "Mr B. <shouted> at her. It scared me." in words(taken.one("textarea"))
    assert taken.links()["Log the child's side"] == f"/log?about={cast['amara']}"
    assert "shouted" not in texts(sign_in_as("social_worker"), cast, "amara")


def test_words_outlive_a_session_that_ended(sign_in_as: SignIn, cast: Cast) -> None:
    visitor = sign_in_as("pastoral")
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(minutes=20)
    page = send(visitor, cast, "amara", status=401, saw="Typed for twenty minutes.")
    assert "What you typed is kept." in page.text
    assert notes.latest(cast.actor("social_worker")) == []
