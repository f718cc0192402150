"""Looks that deserve a question: found by rule, asked and settled, never about oneself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from api import moment
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.oversight import finding, questions
from api.record import own_family, people, protections
from api.record.own_family import Relative
from api.record.people import NewPerson
from api.staff import practitioners
from api.trust.actor import Actor
from tests.cast import Cast
from tests.trail import last_event


@pytest.fixture
def lead(cast: Cast) -> Actor:
    """The authority's governance lead."""
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    return cast.actor("governance")


def after(cast: Cast, **span: float) -> None:
    """Let time go by."""
    then = moment.parse(cast.authority.store.now()) + timedelta(**span)
    cast.authority.store.clock = lambda: then


def found(cast: Cast, reader: Actor | None = None) -> list[tuple[str, str, str]]:
    """Go through the day, and give the questions: who, at whom, of which kind of reason."""
    after(cast, days=1)
    finding.find(cast.authority)
    actor = reader or cast.actor("governance")
    by_reason = {reason: kind for kind, reason in questions.REASONS.items()}
    return [
        (one.who.name, one.person.name if one.person else "", by_reason.get(one.reason, one.reason))
        for one in questions.waiting(actor).questions
    ]


def outside_look(cast: Cast, who: str, person: str) -> None:
    actor = cast.actor(who)
    people.give_purpose(actor, cast[person], "enquiry")
    people.look(actor, cast[person])
    cast.worry(who, person)  # something followed


def join(cast: Cast, name: str, agency: str = "force", **more: object) -> str:
    return practitioners.join(
        cast.system,
        agency_id=cast[agency],
        name=name,
        job="Officer",
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.usefixtures("lead")
def test_somebody_of_the_same_last_name(cast: Cast) -> None:
    cast.ids["okafor"] = join(cast, "Ben Okafor")
    cast.ids["hyphen"] = join(cast, "Tess Vale Okafor")
    outside_look(cast, "okafor", "amara")
    outside_look(cast, "hyphen", "amara")
    outside_look(cast, "outsider", "amara")
    assert sorted(found(cast)) == [
        ("Ben Okafor", "Amara Okafor", "own surname"),
        ("Tess Vale Okafor", "Amara Okafor", "own surname"),
    ]


@pytest.mark.usefixtures("lead")
def test_who_supports_somebody_of_their_own_name_is_not_asked(cast: Cast) -> None:
    cast.ids["okafor"] = join(cast, "Ben Okafor")
    cast.support("okafor", "force", "jude")
    people.look(cast.actor("okafor"), cast["jude"])
    assert found(cast) == []


@pytest.mark.usefixtures("lead")
def test_somebody_of_a_declared_family_or_at_a_declared_postcode(cast: Cast) -> None:
    police = cast.actor("police")
    own_family.declare(police, Relative("Lily", "Hart"))
    own_family.declare(cast.actor("outsider"), Relative(postcode="zz17 8au"))
    outside_look(cast, "police", "lily")
    outside_look(cast, "outsider", "lily")
    assert sorted(found(cast)) == [
        ("Otis Webb", "Lily Hart", "own address"),
        ("Paul Quill", "Lily Hart", "own family"),
    ]


@pytest.mark.usefixtures("lead")
def test_nothing_that_says_where_somebody_is_whose_place_is_protected(cast: Cast) -> None:
    own_family.declare(cast.actor("outsider"), Relative(postcode="ZZ17 8AU"))
    outside_look(cast, "outsider", "rhea")
    protections.protect(
        cast.actor("social_worker", confirmed=True),
        cast["rhea"],
        "From her father.",
        [cast["social_worker"]],
    )
    assert found(cast) == []


@pytest.mark.usefixtures("lead")
def test_a_purpose_after_which_nothing_followed(cast: Cast) -> None:
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    people.give_purpose(cast.actor("police"), cast["amara"], "enquiry")
    cast.worry("police", "amara")
    after(cast, hours=12)
    assert ("Otis Webb", "Amara Okafor", "no involvement") in found(cast) + found(cast)
    assert "Paul Quill" not in str(found(cast))


@pytest.mark.usefixtures("lead")
def test_somebody_who_lives_where_the_team_supports_nobody(cast: Cast) -> None:
    cast.ids["far"] = people.add(
        cast.system,
        NewPerson("Faye", "Away", "2014-04-04", address="1 High Street", postcode="YY1 1AA"),
    )
    outside_look(cast, "duty", "far")
    assert found(cast) == []  # nobody knows what is usual for so few
    cast.ids["near"] = cast["lily"]
    for n in range(finding.USUAL_FROM):
        name = f"usual {n}"
        cast.ids[name] = people.add(
            cast.system,
            NewPerson(
                f"Ursa{n}", "Usual", "2013-03-03", address=f"{n} Mill Lane", postcode="ZZ17 8AU"
            ),
        )
        cast.support("duty", "care", name)
    outside_look(cast, "duty", "far")
    outside_look(cast, "duty", "near")
    assert found(cast) == [("Del Finch", "Faye Away", "far from the area")]


@pytest.mark.usefixtures("lead")
def test_many_people_within_an_hour(cast: Cast) -> None:
    cast.authority.settings = replace(cast.authority.settings, many_in_an_hour=4)
    worker = cast.actor("social_worker")
    for name in ("amara", "jude", "rhea", "noor", "amara"):
        people.look(worker, cast[name])
    slow = cast.actor("health_visitor")
    people.look(slow, cast["amara"])
    after(cast, minutes=61)
    people.look(slow, cast["noor"])
    assert found(cast) == [("Jo Marsh", "", "They opened the pages of 4 people within an hour.")]


def test_the_busiest_hour_counts_each_person_once_and_forgets_the_hour_before() -> None:
    at = [moment.later("2026-11-01T10:00:00.000000Z", minutes=n) for n in (0, 10, 20, 59, 60, 70)]
    pages = list(zip(at, ["a", "b", "a", "c", "d", "e"], strict=True))
    assert finding._most_in_an_hour(pages) == 4
    assert finding._most_in_an_hour([]) == 0


def test_a_question_is_found_once_and_days_that_were_missed_are_made_up(
    cast: Cast, lead: Actor
) -> None:
    cast.ids["okafor"] = join(cast, "Ben Okafor")
    outside_look(cast, "okafor", "amara")
    after(cast, days=4)
    assert finding.find(cast.authority) == 1
    assert finding.find(cast.authority) == 0
    assert questions.overview(lead).waiting == 1


def test_asked_then_settled_in_sealed_words(cast: Cast, lead: Actor) -> None:
    cast.ids["okafor"] = join(cast, "Ben Okafor")
    outside_look(cast, "okafor", "amara")
    found(cast)
    [one] = questions.waiting(lead).questions
    whole = questions.one(lead, one.id)
    assert [look.did for look in whole.looks] == [
        "Opened the page, to see whom to ring",
        "Said why they look",
    ]
    with pytest.raises(Invalid):
        questions.answer(lead, one.id, "a proper reason", " ")
    with pytest.raises(Invalid):
        questions.answer(lead, one.id, "nothing", "canary-7171")
    questions.answer(lead, one.id, "asked", "canary-7171, by telephone")
    assert questions.waiting(lead).questions[0].state == "asked"
    assert questions.overview(lead).waiting == 0
    questions.answer(lead, one.id, "a proper reason", "canary-7172: on duty that day")
    row = last_event(cast, "question:settled")
    assert (row["object"], row["subjects"]) == (one.id, [cast["amara"]])
    assert questions.waiting(lead).questions == []
    [settled] = questions.waiting(lead, settled=True).questions
    assert settled.id == one.id
    assert [(d.state, d.outcome, d.words, d.by) for d in questions.one(lead, one.id).done] == [
        ("asked", None, "canary-7171, by telephone", "Gwen Hall"),
        ("settled", "a proper reason", "canary-7172: on duty that day", "Gwen Hall"),
    ]
    with pytest.raises(Conflict):
        questions.answer(lead, one.id, "asked", "Again.")
    for table in ("questions", "question_steps", "audit_events"):
        assert "canary" not in str(cast.authority.store.query(f"SELECT * FROM {table}"))


def test_nobody_asks_about_themselves(cast: Cast, lead: Actor) -> None:
    cast.ids["okafor"] = join(cast, "Ben Okafor")
    outside_look(cast, "okafor", "amara")
    practitioners.grant(cast.system, cast["okafor"], "governance lead", "authority", "authority")
    assert found(cast, lead) == [("Ben Okafor", "Amara Okafor", "own surname")]
    [one] = questions.waiting(lead).questions
    himself = cast.actor("okafor")
    assert questions.waiting(himself).questions == []
    assert questions.overview(himself).waiting == 0
    with pytest.raises(NotFound):
        questions.one(himself, one.id)
    with pytest.raises(NotFound):
        questions.answer(himself, one.id, "a proper reason", "It was me.")


def test_a_sealed_practitioners_questions_are_for_their_own_services_lead(
    cast: Cast, lead: Actor
) -> None:
    cast.ids["dale"] = join(cast, "Ivy Okafor", "harbour", team_id=cast["harbour team"])
    outside_look(cast, "dale", "jude")
    assert found(cast, lead) == []
    assert questions.overview(lead).waiting == 0
    practitioners.grant(
        cast.system, cast["sealed_supervisor"], "governance lead", "agency", cast["harbour"]
    )
    own = cast.actor("sealed_supervisor")
    [one] = questions.waiting(own).questions
    assert one.who.name == "Ivy Okafor"
    with pytest.raises(NotFound):
        questions.one(lead, one.id)


def test_a_restricted_persons_questions_are_nobodys_who_is_not_named(
    cast: Cast, lead: Actor
) -> None:
    cast.ids["stone"] = join(cast, "Max Stone")
    outside_look(cast, "stone", "rhea")
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["rhea"],
        "Found by her father.",
        [cast["social_worker"]],
    )
    assert found(cast, lead) == []
    assert questions.overview(lead).waiting == 0


def test_who_leads_on_nothing_asks_nothing(cast: Cast) -> None:
    for ask in (questions.waiting, questions.overview):
        with pytest.raises(NotAllowed):
            ask(cast.actor("supervisor"))
