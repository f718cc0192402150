"""Governance leads read who looked at whom and why: their own agency's people, or the authority's."""

from __future__ import annotations

import pytest

from api.errors import Invalid, NotAllowed, NotFound, TooOften
from api.facts import search
from api.facts.search import Query
from api.moment import new_id
from api.oversight import looks
from api.record import (
    conflicts,
    families,
    identities,
    involvements,
    notes,
    people,
    protections,
    services,
    timeline,
)
from api.record.notes import NewNote
from api.staff import practitioners
from api.store import erasing
from api.trust.actor import Actor
from tests.cast import Cast
from tests.trail import details_of, last_event


@pytest.fixture
def authority_lead(cast: Cast) -> Actor:
    """The authority's governance lead, a colleague of the council's."""
    return lead_of_all(cast)


def lead_of_all(cast: Cast) -> Actor:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    return cast.actor("governance", confirmed=True)


def told(page: looks.Looks) -> list[tuple[str, str]]:
    """Who did what, newest first, without what everybody does."""
    quiet = ("Signed in", "Read who looked", "Accepted appropriate use")
    return [(one.who.name, one.did) for one in page.looks if one.did not in quiet]


def test_the_four_levels_are_in_the_trail_with_who_when_and_what(
    cast: Cast, authority_lead: Actor
) -> None:
    outsider = cast.actor("outsider")
    search.find(outsider, Query("Amara", "Okafor", "2019-05-03"))
    people.give_purpose(outsider, cast["amara"], "enquiry", "a call about the family")
    people.look(outsider, cast["amara"])
    services.of(outsider, cast["amara"])
    with pytest.raises(NotAllowed):
        timeline.of(outsider, cast["amara"])
    found = looks.at_person(authority_lead, cast["amara"]).page.looks
    said = [(one.did, one.level, one.allowed, one.why, one.typed) for one in found]
    assert said == [
        ("Opened the timeline", "page", False, "gave a purpose", ""),
        ("Opened what services say", "details", True, "gave a purpose", ""),
        ("Opened the page, to see whom to ring", "page", True, "gave a purpose", ""),
        ("Said why they look", "", True, "Child protection enquiry", "a call about the family"),
        ("Searched", "search", True, "", "first: Amara; last: Okafor; born_on: 2019-05-03"),
    ]
    assert {(one.who.name, one.who.job) for one in found} == {
        ("Otis Webb", "Neighbourhood officer")
    }
    assert all(one.at.endswith("Z") for one in found)


def test_who_reads_the_trail_leaves_a_row_with_whom_it_named(
    cast: Cast, authority_lead: Actor
) -> None:
    people.look(cast.actor("pastoral"), cast["amara"])
    looks.by_practitioner(authority_lead, cast["pastoral"])
    row = last_event(cast, "audit:looked")
    assert (row["actor"], row["object"]) == (cast["governance"], cast["pastoral"])
    assert row["subjects"] == [cast["amara"]]
    looks.find(authority_lead, "Amara", "Okafor", "2019-05-03", "")
    row = last_event(cast, "audit:looked")
    assert details_of(cast, row) == "Amara Okafor 2019-05-03"
    assert row["subjects"] == [cast["amara"]]


@pytest.mark.parametrize("name", ["social_worker", "supervisor", "administrator", "reporter"])
def test_nobody_else_reads_the_trail(cast: Cast, name: str) -> None:
    actor = cast.actor(name)
    for ask in (
        lambda: looks.find(actor, "Amara", "Okafor", "2019-05-03", ""),
        lambda: looks.at_person(actor, cast["amara"]),
        lambda: looks.staff(actor),
        lambda: looks.by_practitioner(actor, cast["pastoral"]),
        lambda: looks.by_purpose(actor),
    ):
        with pytest.raises(NotAllowed, match="governance leads"):
            ask()
    assert last_event(cast, "audit:looked")["verdict"] == "refused"


def test_an_agencys_governance_lead_reads_of_their_own_people_only(cast: Cast) -> None:
    lead = cast.actor("governance")  # of children's social care
    people.look(cast.actor("social_worker"), cast["amara"])
    people.look(cast.actor("pastoral"), cast["amara"])
    people.look(cast.actor("safeguarding"), cast["lily"])
    assert told(looks.at_person(lead, cast["amara"]).page) == [("Jo Marsh", "Opened the page")]
    assert [one.name for one in looks.staff(lead).agencies] == ["Westhaven Children's Social Care"]
    with pytest.raises(NotFound):
        looks.by_practitioner(lead, cast["pastoral"])
    # Lily is there for whom somebody of theirs looked at, and nobody did.
    with pytest.raises(NotFound):
        looks.at_person(lead, cast["lily"])
    assert looks.find(lead, "Lily", "Hart", "2015-09-09", "") == []


def test_a_sealed_practitioners_looks_are_for_their_own_services_lead(
    cast: Cast, authority_lead: Actor
) -> None:
    people.look(cast.actor("sealed"), cast["amara"])
    people.look(cast.actor("sealed_supervisor"), cast["amara"])
    assert looks.find(authority_lead, "Amara", "Okafor", "2019-05-03", "") == []
    with pytest.raises(NotFound):
        looks.by_practitioner(authority_lead, cast["sealed"])
    assert "Harbour Recovery Service" not in [a.name for a in looks.staff(authority_lead).agencies]
    assert looks.staff(authority_lead, cast["harbour"]).people == ()
    practitioners.grant(
        cast.system, cast["sealed_supervisor"], "governance lead", "agency", cast["harbour"]
    )
    own = cast.actor("sealed_supervisor")
    assert told(looks.at_person(own, cast["amara"]).page) == [
        ("Sue Dale", "Opened the page"),
        ("Sil Brook", "Opened the page"),
    ]
    with pytest.raises(NotFound):
        looks.by_practitioner(own, cast["social_worker"])


def test_who_holds_a_role_over_a_sealed_service_is_sealed_with_it(
    cast: Cast, authority_lead: Actor
) -> None:
    practitioners.grant(cast.system, cast["colleague"], "supervisor", "team", cast["harbour team"])
    people.look(cast.actor("colleague"), cast["amara"])
    with pytest.raises(NotFound):
        looks.at_person(authority_lead, cast["amara"])
    with pytest.raises(NotFound):
        looks.by_practitioner(authority_lead, cast["colleague"])


def test_a_restricted_person_is_not_there_for_who_is_not_named(
    cast: Cast, authority_lead: Actor
) -> None:
    worker = cast.actor("social_worker", confirmed=True)
    people.mine(worker)
    people.look(worker, cast["rhea"])
    search.find(worker, Query("Rhea", "Stone", "2016-06-06"))
    protections.restrict(
        worker, cast["rhea"], "Her father found the refuge.", [cast["social_worker"]]
    )
    with pytest.raises(NotFound):
        people.look(cast.actor("pastoral"), cast["rhea"])
    with pytest.raises(NotFound):
        looks.at_person(authority_lead, cast["rhea"])
    assert looks.find(authority_lead, "Rhea", "Stone", "2016-06-06", "") == []
    # A list of one's own people is there without her; a page, a search and a refusal are not.
    done = looks.by_practitioner(authority_lead, cast["social_worker"]).page.looks
    assert [one.did for one in done if one.level] == ["Looked at a list of their own people"]
    [listed] = [one for one in done if one.level]
    assert sorted(one.name for one in listed.people) == ["Amara Okafor", "Jude Okafor", "Noor Khan"]
    assert listed.others == 0
    assert told(looks.by_practitioner(authority_lead, cast["pastoral"]).page) == []
    protections.lift_restriction(cast.system, cast["rhea"], "Everybody named has left.")
    assert looks.find(authority_lead, "Rhea", "Stone", "2016-06-06", "")


def test_who_was_restricted_is_not_there_when_they_are_erased_either(
    cast: Cast, authority_lead: Actor
) -> None:
    worker = cast.actor("social_worker", confirmed=True)
    protections.restrict(worker, cast["rhea"], "Found by her father.", [cast["social_worker"]])
    people.look(worker, cast["rhea"])
    with pytest.raises(NotFound):
        people.look(cast.actor("pastoral"), cast["rhea"])
    cast.authority.store.upkeep(lambda tx: erasing.erase(tx, [cast["rhea"]], [], []))
    for name in ("social_worker", "pastoral"):
        assert told(looks.by_practitioner(authority_lead, cast[name]).page) == []


def test_a_governance_leads_own_family_is_closed_to_them(cast: Cast) -> None:
    practitioners.grant(cast.system, cast["police"], "governance lead", "authority", "authority")
    lead = cast.actor("police")
    people.look(cast.actor("pastoral"), cast["amara"])
    assert looks.at_person(lead, cast["amara"]).page.looks
    conflicts.declare(lead, cast["amara"])
    with pytest.raises(NotFound):
        looks.at_person(lead, cast["amara"])
    assert told(looks.by_practitioner(lead, cast["pastoral"]).page) == []


def test_a_page_is_its_persons_whoever_else_it_names(cast: Cast, authority_lead: Actor) -> None:
    worker = cast.actor("social_worker", confirmed=True)
    families.relate(worker, cast["amara"], other_id=cast["jude"], kind="brother or sister")
    people.look(worker, cast["amara"])
    [look] = [
        one
        for one in looks.at_person(authority_lead, cast["jude"]).page.looks
        if one.level == "page"
    ]
    assert [one.name for one in look.people] == ["Amara Okafor"]
    # Jude is closed: Amara's page stays Amara's, and he is not named by it.
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["jude"],
        "Found by his father.",
        [cast["social_worker"]],
    )
    people.look(worker, cast["amara"])
    found = looks.at_person(authority_lead, cast["amara"]).page.looks
    pages = [one for one in found if one.level == "page"]
    assert len(pages) == 2
    assert {person.name for one in pages for person in one.people} == {"Amara Okafor"}


def test_names_are_all_that_is_said_of_a_person_whose_place_is_protected(
    cast: Cast, authority_lead: Actor
) -> None:
    people.look(cast.actor("pastoral"), cast["amara"])
    person = looks.at_person(authority_lead, cast["amara"]).person
    assert (person.name, person.born, person.district) == ("Amara Okafor", "born 2019", "ZZ17")
    protections.protect(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "From her father.",
        [cast["social_worker"]],
    )
    assert looks.at_person(authority_lead, cast["amara"]).person.district == ""


def test_finding_takes_a_whole_name_and_date_or_a_number_and_has_a_limit(
    cast: Cast, authority_lead: Actor
) -> None:
    for first, last, born in (("Amara", "", "2019-05-03"), ("Amara", "Okafor", None)):
        with pytest.raises(Invalid):
            looks.find(authority_lead, first, last, born, "")
    for _ in range(looks.TRIES):
        looks.find(authority_lead, "No", "Body", "2019-05-03", "")
    with pytest.raises(TooOften):
        looks.find(authority_lead, "No", "Body", "2019-05-03", "")


def test_what_was_written_is_not_told(cast: Cast, authority_lead: Actor) -> None:
    note = cast.worry("pastoral", "amara", saw="canary-8812").note_ids[0]
    notes.withdraw(cast.actor("pastoral"), note, "canary-8813")
    found = looks.at_person(authority_lead, cast["amara"]).page.looks
    assert "canary" not in str(found)
    assert [one.did for one in found if "note" in one.did] == ["Withdrew a note", "Logged a note"]


def test_who_wrote_through_the_relay_is_for_their_own_agency(
    cast: Cast, authority_lead: Actor
) -> None:
    note = NewNote(id=new_id(), kind="worry", people=[cast["amara"]], saw="Hungry.", voice="relay")
    notes.log(cast.actor("pastoral"), note)
    with pytest.raises(NotFound):
        looks.at_person(authority_lead, cast["amara"])
    assert told(looks.by_practitioner(authority_lead, cast["pastoral"]).page) == []
    practitioners.grant(
        cast.system, cast["safeguarding"], "governance lead", "agency", cast["school"]
    )
    own = looks.at_person(cast.actor("safeguarding"), cast["amara"]).page
    assert told(own) == [("Pat Osei", "Logged a note")]


def test_a_linked_record_and_its_looks_are_one_person(cast: Cast, authority_lead: Actor) -> None:
    lead = cast.actor("social_worker")
    people.look(cast.actor("safeguarding"), cast["lily"])
    people.look(lead, cast["rhea"])
    involvements.add(
        cast.system,
        cast["lily"],
        agency_id=cast["care"],
        practitioner_id=cast["social_worker"],
        role="Social worker",
        lead=True,
    )
    link = identities.link(lead, cast["lily"], cast["rhea"], "The same girl.")
    for record in ("lily", "rhea"):
        found = told(looks.at_person(authority_lead, cast[record]).page)
        assert ("Ros Imrie", "Opened the page") in found
        assert ("Jo Marsh", "Opened the page") in found
    people.look(cast.actor("supervisor"), cast["rhea"])
    identities.unlink(lead, link, "They are cousins.")
    # Parted again, each keeps her own looks; what was seen of both at once is told of both.
    of_lily, of_rhea = (
        told(looks.at_person(authority_lead, cast[name]).page) for name in ("lily", "rhea")
    )
    assert ("Jo Marsh", "Opened the page") not in of_lily
    assert ("Ros Imrie", "Opened the page") not in of_rhea
    assert ("Sam Okoro", "Opened the page") in of_lily
    assert ("Sam Okoro", "Opened the page") in of_rhea


def test_pages_go_on_where_the_last_one_ended(
    cast: Cast, authority_lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "PAGE", 2)
    worker = cast.actor("social_worker")
    for name in ("amara", "jude", "rhea", "noor"):
        people.look(worker, cast[name])
    seen: list[str] = []
    before: str | None = ""
    while before is not None:
        page = looks.by_practitioner(authority_lead, cast["social_worker"], before).page
        seen += [one.people[0].name for one in page.looks if one.did == "Opened the page"]
        before = page.more
    assert seen == ["Noor Khan", "Rhea Stone", "Jude Okafor", "Amara Okafor"]
    with pytest.raises(Invalid):
        looks.by_practitioner(authority_lead, cast["social_worker"], "nonsense")


def test_purposes_say_what_followed_in_the_shift(cast: Cast, authority_lead: Actor) -> None:
    duty, outsider = cast.actor("duty"), cast.actor("outsider")
    people.give_purpose(outsider, cast["lily"], "welfare")
    people.give_purpose(duty, cast["lily"], "enquiry")
    people.take_on(duty, cast["lily"], "A neighbour rang.")
    people.give_purpose(outsider, cast["jude"], "enquiry", "seen in town")
    cast.worry("outsider", "jude")
    involvements.ask(outsider, cast["jude"], "Neighbourhood officer")
    found = looks.by_purpose(authority_lead).given
    assert [(one.who.name, one.person.name, one.purpose, one.followed) for one in found] == [
        (
            "Otis Webb",
            "Jude Okafor",
            "Child protection enquiry",
            ["a note", "asked to join, or was let in"],
        ),
        ("Del Finch", "Lily Hart", "Child protection enquiry", ["took them on"]),
        ("Otis Webb", "Lily Hart", "Promoting a child's welfare", []),
    ]
    assert [one.typed for one in found] == ["seen in town", "", ""]
    only = looks.by_purpose(authority_lead, "welfare").given
    assert [one.person.name for one in only] == ["Lily Hart"]
    with pytest.raises(Invalid):
        looks.by_purpose(authority_lead, "curiosity")
    # Children's social care reads of its own duty team, and not of the police.
    practitioners.end_role(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    own = looks.by_purpose(cast.actor("governance")).given
    assert [one.who.name for one in own] == ["Del Finch"]
