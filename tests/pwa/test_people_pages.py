"""A child's page and the ways to come closer, through the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from api import moment
from api.record import families, involvements, people, plans, protections
from api.record.people import NewPerson
from api.staff import covers
from pwa import wording
from tests.cast import Cast, years
from tests.feeds import add_feed, say
from tests.web import Page, Visitor, words

SignIn = Callable[[str], Visitor]
CARE = "Westhaven Children's Social Care"


def lines(page: Page, name: str = "Amara") -> list[str]:
    """The lines of who supports a child, in their order."""
    circle = page.region(f"Who supports {name}")
    return [words(one) for one in circle.iter("li") if one.get("class") == "line"]


def act(page: Page, label: str) -> str:
    """Where the button with this label posts to."""
    for button in page.all("button"):
        if words(button) == label:
            return button.get("formaction", "")
    raise AssertionError(f"no button {label}")


def line_page(visitor: Visitor, page: Page, name: str) -> Page:
    """Follow "Is this right?" of somebody's line."""
    return visitor.get(page.links()[f"Is this right? {name}"])


def add_supporter(cast: Cast, person: str, agency: str, role: str, **more: object) -> str:
    return involvements.add(
        cast.system,
        cast[person],
        agency_id=cast[agency],
        role=role,
        **more,  # type: ignore[arg-type]
    )


# --- The page ---


def test_a_childs_page_opens_on_who_to_ring(sign_in_as: SignIn, cast: Cast) -> None:
    page = sign_in_as("pastoral").get(f"/children/{cast['amara']}")
    assert page.heading == "Amara Okafor"
    assert f"{years('amara')}, born 3 May 2019 · St Bede's Primary School" in page.text
    lead, *others = lines(page)
    assert lead.startswith("Jo Marsh Lead Social worker, Westhaven Children's Social Care")
    assert len(others) == 3
    circle = page.region("Who supports Amara")
    numbers = [one.get("href") for one in circle.iter("a")]
    assert "tel:07700900100" in numbers
    assert "mailto:social_worker@westhaven.example" in numbers
    assert page.links()["Log"] == f"/log?about={cast['amara']}"
    assert page.region("Notes") is not None
    assert "Sil Brook" not in page.text


def test_a_line_says_how_far_to_trust_it(sign_in_as: SignIn, cast: Cast) -> None:
    add_supporter(cast, "amara", "force", "Neighbourhood team", last_contact_on="2026-01-02")
    today = moment.day(cast.authority.store.now())
    week = timedelta(days=7)
    covers.add(
        cast.actor("administrator"),
        cast["pastoral"],
        cast["safeguarding"],
        (today - week).isoformat(),
        (today + week).isoformat(),
    )
    visitor = sign_in_as("social_worker")
    first = visitor.get(f"/children/{cast['amara']}")
    said = next(line for line in lines(first) if line.startswith("Westhaven Police"))
    assert "Last contact" in said
    assert "not in the circle, so told of nothing" in said
    assert any("Covered today by Ros Imrie" in line for line in lines(first))
    one = line_page(visitor, first, "Hana Vale")
    assert "This is wrong: Hana Vale" not in first.links()  # one link a line leads to both
    wrong = visitor.get(one.links()["This is wrong: Hana Vale"])
    assert (wrong.heading, "Hana Vale" in wrong.text) == ("This is wrong", True)
    visitor.post(act(one, "Yes, as of today"))
    after = visitor.get(f"/children/{cast['amara']}")
    hana = next(line for line in lines(after) if line.startswith("Hana Vale"))
    assert "confirmed just now by Jo Marsh" in hana


def test_plans_family_and_address_say_whose_word_they_are(sign_in_as: SignIn, cast: Cast) -> None:
    lead = cast.actor("social_worker")
    plans.set(lead, cast["amara"], "child protection", "2026-01-02")
    families.relate(
        lead, cast["amara"], kind="mother", other_id=cast["kemi"], parental_responsibility="yes"
    )
    families.relate(lead, cast["amara"], kind="father", mentioned="Dayo")
    page = sign_in_as("pastoral").get(f"/children/{cast['amara']}")
    assert "Child protection plan, since 2 January 2026 · Jo Marsh" in page.text
    family = words(page.region("Family"))
    assert "Kemi Okafor, born 1990 Mother · Has parental responsibility" in family
    assert "Dayo Father · Only mentioned" in family
    assert page.links()["Kemi Okafor"] == f"/children/{cast['kemi']}"
    assert "12 Mill Lane, Westhaven, ZZ17 8AU" in words(page.region("Where Amara lives"))


def test_absence_is_never_shown_as_an_answer(sign_in_as: SignIn, cast: Cast) -> None:
    added = people.add(cast.actor("duty"), NewPerson("Zed", "Quist", "2020-01-01"))
    people.take_on(cast.actor("duty"), added, "Nobody knows him.")
    page = sign_in_as("duty").get(f"/children/{added}")
    circle = words(page.region("Who supports Zed"))
    assert (
        "No source names anybody who supports Zed. That does not mean that nobody does." in circle
    )
    assert "That does not mean that nothing happened." in words(page.region("Notes"))
    assert "No source says who Zed's family are." in page.text
    assert "No source gives an address." in page.text


def test_who_is_sealed_shows_only_to_their_own(sign_in_as: SignIn, cast: Cast) -> None:
    page = sign_in_as("sealed").get(f"/children/{cast['amara']}")
    (own,) = [line for line in lines(page) if line.startswith("Sil Brook")]
    assert "Only your service sees this line" in own
    asked = [link for link in page.links() if link.startswith("Is this right?")]
    assert asked == ["Is this right? Sil Brook"]
    for other in ("social_worker", "pastoral", "health_visitor", "supervisor"):
        assert "Harbour" not in sign_in_as(other).get(f"/children/{cast['amara']}").text


def test_a_protected_place_is_not_on_the_page(sign_in_as: SignIn, cast: Cast) -> None:
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father", [cast["social_worker"]]
    )
    page = sign_in_as("health_visitor").get(f"/children/{cast['amara']}")
    assert "Where Amara is, is protected." in page.text
    assert page.links()["01632 960000"] == "tel:01632960000"
    for place in ("Mill Lane", "ZZ17", "St Bede"):
        assert place not in page.text
    assert "Mill Lane" in sign_in_as("social_worker").get(f"/children/{cast['amara']}").text


def test_notes_come_twenty_at_a_time(sign_in_as: SignIn, cast: Cast) -> None:
    for n in range(23):
        cast.worry("pastoral", "amara", saw=f"Observation {n:02}.")
    visitor = sign_in_as("social_worker")
    page = visitor.get(f"/children/{cast['amara']}")
    assert len(page.all("article")) == 20
    assert "Observation 22." in words(page.all("article")[0])
    more = page.links()["Earlier notes"]
    part = visitor.get(more, part=True)
    assert len(part.all("article")) == 3
    assert "Observation 00." in words(part.all("article")[-1])
    assert "Earlier notes" not in part.links()
    assert visitor.get(more).heading == "Earlier notes"


def test_the_timeline_is_for_the_circle(sign_in_as: SignIn, cast: Cast) -> None:
    for n in range(32):
        cast.worry("pastoral", "amara", saw=f"Observation {n:02}.")
    visitor = sign_in_as("social_worker")
    page = visitor.get(f"/children/{cast['amara']}/timeline")
    assert page.heading == "Timeline Amara Okafor"
    entries = page.all("li", class_="entry entry--worry")
    assert "Pat Osei, St Bede's Primary School" in words(entries[0])
    assert "Thinks or feels" not in page.text
    cast.worry("pastoral", "amara", saw="", thinks="Something is wrong.")
    felt = visitor.get(f"/children/{cast['amara']}/timeline").text
    assert "Thinks or feels Something is wrong." in felt
    part = visitor.get(page.links()["Earlier"], part=True)
    assert "Born" in part.text
    visitor.get(f"/children/{cast['amara']}/timeline?before=nonsense", 422)
    sign_in_as("outsider").get(f"/children/{cast['amara']}/timeline", 403)


# --- From outside ---


def test_an_outsider_sees_the_directory_only_after_a_purpose_and_no_notes(
    sign_in_as: SignIn, cast: Cast
) -> None:
    cast.worry("pastoral", "amara", saw="Not for the police.")
    visitor, path = sign_in_as("outsider"), f"/children/{cast['amara']}"
    before = visitor.get(path)
    for hidden in ("Jo Marsh", "3 May 2019", "Mill Lane", "St Bede", "Not for the police."):
        assert hidden not in before.text
    nothing = visitor.post(f"{path}/purpose", {"words": "Kept."}, 422)
    assert nothing.links()["Choose why you need to see who supports this person."] == "#purpose-0"
    assert nothing.field("words") == "Kept."
    visitor.post(f"{path}/purpose", {"purpose": "nosiness"}, 422)
    visitor.post(f"{path}/purpose", {"purpose": "enquiry", "words": "Section 47."})
    after = visitor.get(path)
    assert lines(after)[0].startswith("Jo Marsh Lead")
    assert "tel:07700900100" in [one.get("href") for one in after.all("a")]
    for hidden in ("Not for the police.", "Mill Lane", "Harbour"):
        assert hidden not in after.text
    assert "Notes are for those who support Amara." in words(after.region("Notes"))
    assert not visitor.get(f"{path}/notes").all("article")


@pytest.mark.parametrize("who", ["reporter", "governance", "administrator", "steward"])
def test_other_roles_have_no_childs_page(sign_in_as: SignIn, cast: Cast, who: str) -> None:
    sign_in_as(who).get(f"/children/{cast['amara']}", 404)
    sign_in_as(who).post(f"/children/{cast['amara']}/purpose", {"purpose": "enquiry"}, 403)


def test_who_must_not_exist_is_like_who_does_not(sign_in_as: SignIn, cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Sensitive",
        [cast["social_worker"]],
    )
    visitor = sign_in_as("outsider")
    restricted = visitor.get(f"/children/{cast['amara']}", 404)
    unknown = visitor.get("/children/0193e6a0-0000-7000-8000-00000000beef", 404)
    assert restricted.text == unknown.text
    visitor.get("/children/not-an-id", 404)


def test_duty_takes_a_child_on(sign_in_as: SignIn, cast: Cast) -> None:
    visitor, path = sign_in_as("duty"), f"/children/{cast['lily']}"
    assert visitor.get(path).links()["Take on"] == f"{path}/take-on"
    assert visitor.get(f"{path}/take-on").heading == "Take on Lily Hart"
    nothing = visitor.post(f"{path}/take-on", {"reason": " "}, 422)
    assert nothing.links()["Say why you take this person on."] == "#reason"
    visitor.post(f"{path}/take-on", {"reason": "A call from a neighbour."})
    assert "Mill Lane" in visitor.get(path).text
    sign_in_as("outsider").post(f"{path}/take-on", {"reason": "Curious."}, 403)


def test_asking_to_join_and_being_let_in(sign_in_as: SignIn, cast: Cast) -> None:
    visitor, path = sign_in_as("outsider"), f"/children/{cast['amara']}"
    visitor.post(f"{path}/purpose", {"purpose": "welfare"})
    assert visitor.get(path).links()["I work with Amara"] == f"{path}/join"
    nothing = visitor.post(f"{path}/join", {"role": ""}, 422)
    assert nothing.links()["Say what you do for this person."] == "#role"
    visitor.post(f"{path}/join", {"role": "Early help officer"})
    assert "I work with Amara" not in visitor.get(path).links()
    assert "Asks to join" not in sign_in_as("health_visitor").get(path).text
    lead = sign_in_as("social_worker")
    page = lead.get(path)
    lead.post(act(page, "Accept: Otis Webb"))
    assert any(line.startswith("Otis Webb Early help officer") for line in lines(lead.get(path)))
    visitor.get(f"{path}/notes")
    assert lead.post(act(page, "Accept: Otis Webb"), status=404)


def test_declining_who_asks(sign_in_as: SignIn, cast: Cast) -> None:
    visitor, path = sign_in_as("outsider"), f"/children/{cast['amara']}"
    visitor.post(f"{path}/purpose", {"purpose": "welfare"})
    visitor.post(f"{path}/join", {"role": "Early help officer"})
    lead = sign_in_as("social_worker")
    lead.post(act(lead.get(path), "Decline: Otis Webb"))
    assert "Otis Webb" not in lead.get(path).text


def test_the_lead_is_passed_on_and_lines_end(sign_in_as: SignIn, cast: Cast) -> None:
    visitor, path = sign_in_as("social_worker"), f"/children/{cast['amara']}"
    visitor.post(act(line_page(visitor, visitor.get(path), "Hana Vale"), "Make lead"))
    page = visitor.get(path)
    assert lines(page)[0].startswith("Hana Vale Lead")
    with pytest.raises(AssertionError, match="no button"):
        act(line_page(visitor, page, "Hana Vale"), "Ended today")
    visitor.post(act(line_page(visitor, page, "Jo Marsh"), "Ended today"))
    health = sign_in_as("health_visitor").get(path)
    said = words(sign_in_as("health_visitor").get(f"{path}/services").region(f"{CARE} Ended"))
    assert "Jo Marsh Social worker" in said
    assert "1 service ended" in health.text
    pastoral = sign_in_as("pastoral")
    page = line_page(pastoral, pastoral.get(path), "Hana Vale")
    with pytest.raises(AssertionError, match="no button"):
        act(page, "Make lead")
    line = act(page, "Yes, as of today").removesuffix("confirm")
    pastoral.post(f"{line}lead", status=403)
    pastoral.post(f"{line}nonsense", status=404)
    pastoral.get(f"{path}/supporters/{cast['amara']}", status=404)


# --- Every child of a school ---


def test_every_child_of_a_school_has_their_own_list(sign_in_as: SignIn, cast: Cast) -> None:
    for n in range(60):
        child = people.add(cast.system, NewPerson(f"Pupil{n:02}", "Yarrow", "2016-01-01"))
        involvements.add(
            cast.system, child, agency_id=cast["school"], role="School", kind="universal"
        )
    visitor = sign_in_as("pastoral")
    page = visitor.get("/universal")
    assert "63 children, page 1 of 2" in page.text
    assert f"Lily Hart, {years('lily')}" in page.links()
    second = visitor.get(page.links()["Next"])
    assert "page 2 of 2" in second.text
    found = visitor.get("/universal?name=yar", part=True)
    assert "60 children whose last name begins with “yar”" in found.text
    nobody = visitor.get("/universal?name=<b>q")
    assert "Nobody on this list has a last name that begins like this." in nobody.text
    for wrong in ("x", "-1", "²", "9" * 30):
        visitor.get(f"/universal?page={wrong}", 404)
    assert "Pupil00 Yarrow" not in visitor.get("/").text
    sign_in_as("reporter").get("/universal", 403)


def test_a_source_that_names_nobody_says_what_that_means(
    cast: Cast, sign_in_as: Callable[[str], Visitor]
) -> None:
    store = cast.authority.store
    at = moment.later(store.now(), days=-20)
    reported = {"involves": True, "reported_at": at}
    add_feed(store, "adults", cast["care"], involves=True, ages_from=16)
    add_feed(store, "housing", cast["care"], **reported)
    add_feed(store, "recovery", cast["harbour"], **reported)
    text = sign_in_as("social_worker").get(f"/children/{cast['amara']}").text
    assert "3 sources name nobody here" in text
    assert "The adults feed Not covered (under 16)" in text
    assert f"The housing feed Silent since {wording.day(at)}" in text
    assert "The recovery feed Not shown here" in text


# --- What each service says, and linked people ---


def test_what_each_service_says_stands_by_service(
    cast: Cast, sign_in_as: Callable[[str], Visitor]
) -> None:
    store = cast.authority.store
    at = moment.later(store.now(), days=-20)
    feed = add_feed(store, "police", cast["force"], involves=True, reported_at=at, area="Westhaven")
    line = {"kind": "active", "lead": 0, "asserted_by": "other source", "agency_id": cast["force"]}
    for name, until in (("Hal Roe", None), ("Una <b>Old</b>", "2024-03-02")):
        say(
            store, feed, "involvements", cast["amara"],
            role="Contact", contact_name=name, valid_to=until, **line,
        )  # fmt: skip
    for n, (label, value, on) in enumerate(
        (("Safeguarding offences", "Yes", None), ("Offence", "Robbery, suspect", "2021-02-04"))
    ):
        say(
            store, feed, "details", cast["amara"],
            agency_id=cast["force"], kind="offences", label=label, value=value, happened_on=on,
            place=n,
        )  # fmt: skip
    visitor, path = sign_in_as("social_worker"), f"/children/{cast['amara']}"
    page = visitor.get(path)
    assert "Robbery" not in page.text
    page = visitor.get(page.links()["What each service says"])
    assert page.heading == "What each service says Amara Okafor"
    police = words(page.region("Westhaven Police"))
    assert f"silent since {wording.day(at)}" in police
    assert "Hal Roe Contact" in police
    assert "Safeguarding offences Yes · This is wrong" in police
    assert "Offence Robbery, suspect, 4 February 2021 · This is wrong" in police
    wrong = visitor.get(page.links()["This is wrong: Offence"])
    assert "Westhaven Police: Offence, Robbery, suspect, 4 February 2021" in wrong.text
    assert "1 earlier line Una <b>Old</b> Contact Until 2 March 2024" in police
    assert "The police feed covers Everybody; Westhaven" in police
    assert "Not open to" in page.text
    other = sign_in_as("pastoral").get(f"{path}/services").text
    assert "Hal Roe" in other
    assert "Robbery" not in other
    assert "whether or not there is any: Arrears and eviction; Safeguarding offences" in other
    assert "Harbour" not in other
    outsider = sign_in_as("outsider")
    outsider.get(f"{path}/services", 403)
    outsider.post(f"{path}/purpose", {"purpose": "welfare"})
    assert "from outside the circle" in outsider.get(f"{path}/services").text
    sign_in_as("reporter").get(f"{path}/services", 403)


def test_linked_people_lead_from_page_to_page(cast: Cast, sign_in_as: SignIn) -> None:
    lead = cast.actor("social_worker")
    families.relate(lead, cast["amara"], kind="mother", other_id=cast["kemi"])
    families.relate(lead, cast["amara"], kind="father", mentioned="Dayo")
    visitor, path = sign_in_as("social_worker"), f"/children/{cast['amara']}"
    page = visitor.get(visitor.get(path).links()["Who else lives there, and who knows them"])
    assert "Kemi Okafor Born 1990 Mother" in page.text
    assert "Dayo, father" in page.text
    assert "Jude Okafor" in page.text
    assert "Not said to be family. Same address" in page.text
    assert "Known to Westhaven Children's Social Care" in page.text
    mother = visitor.get(page.links()["Kemi Okafor"])
    assert f"Amara Okafor, {years('amara')} Child" in words(mother.region("Family"))
    found = visitor.get(mother.links()["Who knows them"])
    assert "Only those whom you support are listed." in found.text
    assert found.links()["Amara Okafor"] == path
    assert "Jude Okafor" not in found.text
    sign_in_as("outsider").get(f"/children/{cast['kemi']}")
    assert "Amara" not in sign_in_as("outsider").get(f"/children/{cast['kemi']}/linked").text
    sign_in_as("administrator").get(f"{path}/linked", 403)
