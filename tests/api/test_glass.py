"""Break-glass: one person, one hour, with a reason; told at once and reviewed by another team."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from api import access
from api.access import Sight
from api.errors import ConfirmFirst, Conflict, Invalid, NotAllowed, NotFound
from api.oversight import reviews
from api.record import (
    caseload,
    conflicts,
    families,
    glass,
    involvements,
    notes,
    people,
    protections,
    services,
    timeline,
)
from api.staff import practitioners
from api.store import Tx
from api.telling import inbox, outbox
from tests.cast import Cast
from tests.trail import last_event

WHY = "Found alone on the bridge; nobody answers the phone"


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def break_glass(cast: Cast, who: str = "outsider", person: str = "amara") -> str:
    return glass.open_record(cast.actor(who, confirmed=True), cast[person], WHY)


def look(cast: Cast, who: str, person: str = "amara") -> Sight:
    return people.look(cast.actor(who), cast[person]).sight


def told(cast: Cast, kind: str = "glass broken") -> set[str]:
    """Tell what is due by now; give who was told of this."""
    outbox.fan_out(cast.authority)
    names = {id: name for name, id in cast.ids.items()}
    rows = cast.authority.store.query(
        """SELECT d.practitioner_id AS id FROM deliveries d JOIN outbox e ON e.id = d.event_id
        WHERE e.kind = :kind AND d.channel = 'inbox'""",
        kind=kind,
    )
    return {names[row["id"]] for row in rows}


def review(cast: Cast, who: str, id: str, outcome: str = "justified") -> None:
    reviews.decide(cast.actor(who), id, outcome, "Nobody could be reached.")


def waiting(cast: Cast, who: str) -> list[str]:
    return [one.id for one in reviews.mine(cast.actor(who)).waiting]


# --- What it opens ----------------------------------------------------------------------------------


def test_one_record_is_open_for_one_hour(cast: Cast) -> None:
    cast.worry("pastoral", "amara")
    break_glass(cast)
    child = people.look(cast.actor("outsider"), cast["amara"])
    assert (child.sight, child.reason) == (Sight.CIRCLE, "broken glass")
    assert child.notes
    assert len(child.notes.notes) == 1
    assert look(cast, "outsider", "jude") is Sight.OUTSIDE
    later(cast, minutes=59)
    assert look(cast, "outsider") is Sight.CIRCLE
    later(cast, minutes=61)
    assert look(cast, "outsider") is Sight.OUTSIDE


def test_it_ends_when_its_owner_says_so(cast: Cast) -> None:
    break_glass(cast)
    glass.end(cast.actor("outsider"))
    assert look(cast, "outsider") is Sight.OUTSIDE
    assert last_event(cast, "glass:ended")["subjects"] == [cast["amara"]]
    glass.end(cast.actor("outsider"))  # twice is once


def test_it_takes_a_reason_and_the_passkey(cast: Cast) -> None:
    for words in ("", "  ", "x" * 501):
        with pytest.raises(Invalid):
            glass.open_record(cast.actor("outsider", confirmed=True), cast["amara"], words)
    with pytest.raises(ConfirmFirst):
        glass.open_record(cast.actor("outsider"), cast["amara"], WHY)
    actor = cast.actor("outsider", confirmed=True)
    later(cast, minutes=6)
    with pytest.raises(ConfirmFirst):
        glass.open_record(actor, cast["amara"], WHY)
    assert look(cast, "outsider") is Sight.OUTSIDE


@pytest.mark.parametrize("who", ["reporter", "governance", "administrator", "steward"])
def test_only_who_works_with_families_may(cast: Cast, who: str) -> None:
    with pytest.raises(NotFound):
        break_glass(cast, who)
    with pytest.raises(NotFound):
        people.look(cast.actor(who), cast["amara"])


def test_a_reporter_who_wrote_about_somebody_may_not_either(cast: Cast) -> None:
    added = people.add(cast.actor("reporter"), people.NewPerson("Amara", "Okafor", "2019-05-03"))
    with pytest.raises(NotAllowed):
        glass.open_record(cast.actor("reporter", confirmed=True), added, WHY)


def test_who_sees_the_record_has_nothing_to_break(cast: Cast) -> None:
    with pytest.raises(Conflict):
        break_glass(cast, "pastoral")


def test_the_reason_is_sealed(cast: Cast) -> None:
    break_glass(cast)
    row = cast.authority.store.one("SELECT * FROM glass")
    assert row
    assert "bridge" not in repr(dict(row))
    assert cast.authority.vault.open(cast.authority.store, [row["words_id"]]) == {
        row["words_id"]: WHY
    }


# --- What it never opens ------------------------------------------------------------------------------


def test_it_opens_nothing_restricted_and_nothing_that_a_conflict_closes(cast: Cast) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    conflicts.declare(cast.actor("outsider"), cast["jude"])
    protections.restrict(lead, cast["rhea"], "Adopted", [cast["social_worker"]])
    for person in ("jude", "rhea"):
        with pytest.raises(NotFound) as closed:
            break_glass(cast, person=person)
        with pytest.raises(NotFound) as nobody:
            glass.open_record(
                cast.actor("outsider", confirmed=True), "0193e6a0-0000-7000-8000-00000000dead", WHY
            )
        assert str(closed.value) == str(nobody.value)


def test_a_restriction_or_a_conflict_closes_what_was_open(cast: Cast) -> None:
    break_glass(cast)
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "Adopted", [cast["social_worker"]])
    with pytest.raises(NotFound):
        look(cast, "outsider")
    protections.lift_restriction(lead, cast["amara"], "Over")
    assert look(cast, "outsider") is Sight.CIRCLE
    conflicts.declare(cast.actor("outsider"), cast["amara"])
    with pytest.raises(NotFound):
        look(cast, "outsider")


def test_sealed_involvements_and_notes_stay_sealed(cast: Cast) -> None:
    cast.worry("sealed", "amara", saw="In the waiting room.", voice="own service")
    cast.worry("health_visitor", "amara", saw="For health alone.", audience=["health"])
    break_glass(cast)
    viewer = cast.actor("outsider")
    seen = (
        people.look(viewer, cast["amara"]),
        timeline.of(viewer, cast["amara"]),
        notes.about(viewer, cast["amara"]),
        services.of(viewer, cast["amara"]),
    )
    for said in ("Harbour", "Sil Brook", cast["sealed"], "waiting room", "For health alone"):
        assert said not in repr(seen)


def test_a_protected_place_stays_hidden(cast: Cast) -> None:
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father", [cast["social_worker"]]
    )
    break_glass(cast)
    child = people.look(cast.actor("outsider"), cast["amara"])
    assert child.location_hidden
    assert not child.addresses
    assert "St Bede's" not in repr(child)


def test_it_changes_nothing_about_who_leads_and_who_supports(cast: Cast) -> None:
    break_glass(cast)
    viewer = cast.actor("outsider", confirmed=True)
    child = people.look(viewer, cast["amara"])
    assert not child.may & {"accept", "lead"}
    for act in (
        lambda: protections.restrict(viewer, cast["amara"], "Mine", [cast["outsider"]]),
        lambda: protections.protect(viewer, cast["amara"], "Mine", [cast["outsider"]]),
        lambda: involvements.make_lead(viewer, child.circle[1].id),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_what_is_seen_so_leaves_in_no_export(cast: Cast) -> None:
    families.relate(
        cast.actor("social_worker"), cast["amara"], kind="mother", other_id=cast["kemi"]
    )
    break_glass(cast)
    viewer, member = cast.actor("outsider"), cast.actor("pastoral")
    assert people.mine(viewer) == []
    assert "Okafor" not in repr(caseload.hand_out(viewer))

    def asking(tx: Tx) -> list[bool]:
        verdicts = [
            access.verdict(tx, access.who(tx, one), cast["amara"]) for one in (viewer, member)
        ]
        return [access.may_take_out(verdict.standing) for verdict in verdicts]

    assert cast.authority.store.upkeep(asking) == [False, True]


def test_who_is_in_the_circle_as_well_takes_out_what_the_circle_may(cast: Cast) -> None:
    break_glass(cast)
    cast.support("outsider", "force", "amara")
    child = people.look(cast.actor("outsider"), cast["amara"])
    assert child.reason == "in the circle"
    assert child.brief.id in [one.brief.id for one in people.mine(cast.actor("outsider"))]


# --- One at a time, and reviewed ------------------------------------------------------------------


def test_there_is_no_second_one_until_the_first_is_reviewed(cast: Cast) -> None:
    first = break_glass(cast)
    with pytest.raises(NotAllowed):
        break_glass(cast, person="jude")
    later(cast, hours=5)
    with pytest.raises(NotAllowed) as refused:
        break_glass(cast, person="jude")
    assert "not been reviewed" in str(refused.value)
    assert last_event(cast, "glass:broken")["reason"] == "not reviewed yet"
    review(cast, "duty_supervisor", first)
    break_glass(cast, person="jude")
    assert look(cast, "outsider", "jude") is Sight.CIRCLE


def test_two_at_once_open_one(cast: Cast) -> None:
    actor = cast.actor("outsider", confirmed=True)

    def attempt(person: str) -> str:
        try:
            glass.open_record(actor, cast[person], WHY)
        except NotAllowed as error:
            return str(error)
        return "open"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(attempt, ["amara", "jude"]))
    assert answers[0].startswith("Your last one")
    assert answers[1] == "open"


def test_it_is_reviewed_once_and_not_while_it_is_open(cast: Cast) -> None:
    id = break_glass(cast)
    assert reviews.look(cast.actor("duty_supervisor"), id).open
    with pytest.raises(Conflict):
        review(cast, "duty_supervisor", id)
    glass.end(cast.actor("outsider"))
    for outcome, words in (("maybe", "Why"), ("justified", " ")):
        with pytest.raises(Invalid):
            reviews.decide(cast.actor("duty_supervisor"), id, outcome, words)
    review(cast, "duty_supervisor", id, "not justified")
    assert waiting(cast, "duty_supervisor") == []
    with pytest.raises(Conflict):
        review(cast, "duty_supervisor", id)
    (own,) = reviews.mine(cast.actor("outsider")).own
    assert (own.outcome, own.found) == ("not justified", "Nobody could be reached.")
    assert last_event(cast, "glass:reviewed")["reason"] == "not justified"


@pytest.mark.parametrize(
    ("actor", "reviewers"),
    [
        # Sam Okoro supervises the lead's team, Dora Keane another one.
        ("outsider", {"duty_supervisor", "sealed_supervisor"}),
        ("duty", {"sealed_supervisor"}),
        ("duty_supervisor", {"sealed_supervisor"}),
    ],
)
def test_another_team_reviews_it(cast: Cast, actor: str, reviewers: set[str]) -> None:
    id = break_glass(cast, actor)
    everyone = [name for name in cast.ids if name in ("governance", *reviewers, *STAFF)]
    assert {name for name in everyone if id in waiting(cast, name)} == reviewers
    for name in set(everyone) - reviewers:
        with pytest.raises(NotFound):
            reviews.look(cast.actor(name), id)
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    assert waiting(cast, "governance") == [id]


STAFF = (
    *("supervisor", "duty_supervisor", "duty", "social_worker", "police", "outsider"),
    *("safeguarding", "health_visitor", "sealed", "sealed_supervisor", "administrator"),
)


def test_who_reviews_reads_why_and_what_was_looked_at_and_not_who_it_is(cast: Cast) -> None:
    id = break_glass(cast)
    viewer = cast.actor("outsider")
    people.look(viewer, cast["amara"])
    people.look(viewer, cast["amara"])
    timeline.of(viewer, cast["amara"])
    people.brief(viewer, cast["jude"])
    shown = reviews.look(cast.actor("duty_supervisor"), id)
    assert (shown.practitioner, shown.person, shown.reason) == ("Otis Webb", "A.O. born 2019", WHY)
    assert {one.action: one.times for one in shown.looked} == {
        "glass:broken": 1,
        "person:looked": 2,
        "timeline:looked": 1,
    }
    for said in ("Amara", "Okafor", cast["amara"], "05-03"):
        assert said not in repr(shown)
    with pytest.raises(NotFound):
        reviews.look(cast.actor("supervisor"), id)


def test_who_has_a_conflict_does_not_review_and_somebody_restricted_is_nobody(cast: Cast) -> None:
    id = break_glass(cast)
    conflicts.declare(cast.actor("duty_supervisor"), cast["amara"])
    assert waiting(cast, "duty_supervisor") == []
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "Adopted", [cast["social_worker"]])
    assert waiting(cast, "sealed_supervisor") == []
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    seen = reviews.look(cast.actor("governance"), id)
    assert (seen.person, seen.reason) == ("", "")
    later(cast, hours=2)
    review(cast, "governance", id)


# --- Who is told, at once -----------------------------------------------------------------------------


def test_the_lead_and_both_supervisors_are_told_at_once(cast: Cast) -> None:
    break_glass(cast, "duty")
    assert told(cast) == {"social_worker", "supervisor", "duty_supervisor"}
    for name in ("social_worker", "duty_supervisor"):
        (item,) = inbox.list_items(cast.actor(name)).items
        assert "emergency" in item.text
        assert "Amara Okafor" in item.text
        assert "Del Finch" in item.text
        assert inbox.open_item(cast.actor(name), item.id).person_id == cast["amara"]


def test_a_governance_lead_is_told_in_the_place_of_a_missing_supervisor(cast: Cast) -> None:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    break_glass(cast)  # the police have no supervisor here
    assert told(cast) == {"social_worker", "supervisor", "governance"}
    (item,) = inbox.list_items(cast.actor("governance")).items
    assert "Amara" not in item.text
    assert "Otis Webb" in item.text


def test_where_the_lead_has_no_supervisor_a_governance_lead_is_told(cast: Cast) -> None:
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    practitioners.end_role(cast.system, cast["supervisor"], "supervisor", "team", cast["north"])
    break_glass(cast, "duty")
    assert told(cast) == {"social_worker", "duty_supervisor", "governance"}


def test_neither_their_new_team_nor_anybody_in_their_own_reviews_it(cast: Cast) -> None:
    store = cast.authority.store
    practitioners.grant(cast.system, cast["colleague"], "supervisor", "team", cast["visitors"])
    practitioners.grant(cast.system, cast["police"], "supervisor", "team", cast["visitors"])
    id = break_glass(cast, "duty")
    # In the lead's team, though they supervise another.
    assert waiting(cast, "colleague") == []
    assert waiting(cast, "police") == waiting(cast, "sealed_supervisor") == [id]
    move = "UPDATE practitioners SET team_id = :team WHERE id = :id"
    store.upkeep(lambda tx: tx.change(move, team=cast["visitors"], id=cast["duty"]))
    assert waiting(cast, "police") == []
    for who in ("colleague", "police"):
        with pytest.raises(NotFound):
            reviews.look(cast.actor(who), id)


def test_where_nobody_leads_duty_is_told(cast: Cast) -> None:
    break_glass(cast, "police", "lily")
    assert {"duty", "duty_supervisor"} <= told(cast)


def test_whoever_opened_it_and_their_supervisor_hear_what_the_review_found(cast: Cast) -> None:
    id = break_glass(cast, "duty")
    later(cast, hours=2)
    review(cast, "sealed_supervisor", id)
    later(cast, hours=3)
    assert told(cast, "glass reviewed") == {"duty", "duty_supervisor"}
    (found,) = reviews.mine(cast.actor("duty_supervisor")).team
    assert (found.practitioner, found.outcome) == (cast.actor("duty").name, "justified")
    assert found.found
    for name in ("duty", "supervisor", "sealed_supervisor", "social_worker"):
        assert not reviews.mine(cast.actor(name)).team
    for name in ("duty", "duty_supervisor"):
        items = inbox.list_items(cast.actor(name)).items
        assert "Sue Dale" not in repr(items)
        assert "Harbour" not in repr(items)
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "Adopted", [cast["social_worker"]])
    assert not reviews.mine(cast.actor("duty_supervisor")).team


# --- A sealed service's ---------------------------------------------------------------------------------


def test_a_sealed_service_s_is_told_and_reviewed_within_it_only(cast: Cast) -> None:
    practitioners.grant(cast.system, cast["outsider"], "governance lead", "agency", cast["harbour"])
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    id = break_glass(cast, "sealed", "jude")
    assert told(cast) == {"sealed_supervisor"}
    for name in ("supervisor", "duty_supervisor", "governance", "sealed_supervisor"):
        assert waiting(cast, name) == []
        with pytest.raises(NotFound):
            reviews.look(cast.actor(name), id)
    assert waiting(cast, "outsider") == [id]  # their governance lead: there is no other team
    later(cast, hours=2)
    review(cast, "outsider", id)


# --- The banner -----------------------------------------------------------------------------------------


def test_every_session_of_theirs_knows_that_it_is_open(cast: Cast) -> None:
    def open_now() -> str | None:
        found = cast.actor("outsider").glass
        return found.person_id if found else None

    break_glass(cast, "police")
    assert open_now() is None
    break_glass(cast)
    assert open_now() == cast["amara"]
    later(cast, minutes=61)
    assert open_now() is None
    later(cast, minutes=5)
    glass.end(cast.actor("outsider"))
    assert open_now() is None
