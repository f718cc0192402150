"""Notes on the wrong person: who deals with them, by when, and what is kept of that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.errors import Conflict, Invalid, NotFound
from api.oversight import breaches
from api.record import conflicts, notes, protections
from api.staff import practitioners
from api.telling import inbox, outbox
from tests.cast import Cast

ALL = (
    *("supervisor", "duty_supervisor", "social_worker", "pastoral", "safeguarding", "outsider"),
    *("sealed", "sealed_supervisor", "governance", "administrator", "steward", "health_visitor"),
)


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def wrong(cast: Cast, author: str = "social_worker", *read_by: str, **said: object) -> str:
    """Let somebody log about Amara, others read it, and the author say that it was somebody else."""
    note_id = cast.worry(author, "amara", saw="He hit the wall.", **said).note_ids[0]
    for reader in read_by:
        notes.about(cast.actor(reader), cast["amara"])
    notes.wrong_person(cast.actor(author), note_id, "This was another Amara.")
    row = cast.authority.store.one("SELECT id FROM breaches WHERE note_id = :id", id=note_id)
    assert row
    return str(row["id"])


def dealing(cast: Cast) -> set[str]:
    return {who for who in ALL if breaches.mine(cast.actor(who))}


def govern(cast: Cast, who: str, scope: str, of: str) -> None:
    practitioners.grant(cast.system, cast[who], "governance lead", scope, cast.ids.get(of, of))


def test_its_author_s_supervisor_and_governance_leads_deal_with_it(cast: Cast) -> None:
    id = wrong(cast)
    assert dealing(cast) == {"supervisor", "governance"}
    for who in set(ALL) - {"supervisor", "governance"}:
        for act in (
            lambda who=who: breaches.look(cast.actor(who), id),
            lambda who=who: breaches.note_step(cast.actor(who), id, "Nothing."),
            lambda who=who: breaches.close(cast.actor(who), id, "Nothing."),
        ):
            with pytest.raises(NotFound):
                act()


def test_about_somebody_restricted_nobody_hears_of_it_who_does_not_deal_with_it(cast: Cast) -> None:
    lead = cast.actor("social_worker", confirmed=True)
    protections.restrict(lead, cast["amara"], "A witness", [lead.id])
    wrong(cast)
    later(cast, seconds=30)
    outbox.fan_out(cast.authority)
    heard = {who for who in ALL if inbox.list_items(cast.actor(who)).items}
    assert heard == dealing(cast) == {"governance"}


def test_another_agency_s_is_for_the_authority_s_governance_lead(cast: Cast) -> None:
    wrong(cast, "health_visitor")
    assert dealing(cast) == set()
    govern(cast, "governance", "authority", "authority")
    assert dealing(cast) == {"governance"}


def test_nobody_deals_with_their_own(cast: Cast) -> None:
    cast.support("supervisor", "care", "amara")
    wrong(cast, "supervisor")
    assert dealing(cast) == {"governance"}


def test_it_says_who_had_read_it_what_was_said_and_that_they_were_told(cast: Cast) -> None:
    id = wrong(cast, "social_worker", "pastoral", "health_visitor")
    found = breaches.look(cast.actor("supervisor"), id)
    assert sorted((one.name, one.agency) for one in found.readers) == [
        ("Hana Vale", "Westhaven Health Visiting"),
        ("Pat Osei", "St Bede's Primary School"),
    ]
    assert (found.saw, found.reason) == ("He hit the wall.", "This was another Amara.")
    assert (found.about, found.line.author) == (["Amara Okafor"], "Jo Marsh")
    assert found.told_at is None
    later(cast, seconds=11)
    outbox.fan_out(cast.authority)
    assert breaches.look(cast.actor("supervisor"), id).told_at
    # The governance lead deals with it and has no record of anybody.
    seen = breaches.look(cast.actor("governance"), id)
    assert (seen.about, seen.saw) == ([], "He hit the wall.")


def test_a_sealed_reader_is_named_to_their_own_service_only(cast: Cast) -> None:
    id = wrong(cast, "social_worker", "sealed", "pastoral")
    shown = repr(breaches.look(cast.actor("supervisor"), id))
    assert "Sil Brook" not in shown
    assert "Harbour" not in shown
    assert [one.name for one in breaches.look(cast.actor("governance"), id).readers] == ["Pat Osei"]


def test_a_reader_s_school_does_not_say_where_a_protected_child_is(cast: Cast) -> None:
    protections.protect(
        cast.actor("social_worker"), cast["amara"], "Her father", [cast["social_worker"]]
    )
    id = wrong(cast, "social_worker", "pastoral")
    assert "St Bede's" not in repr(breaches.look(cast.actor("supervisor"), id))


@pytest.mark.parametrize("voice", ["named", "own service"])
def test_a_sealed_author_s_stays_within_their_service(cast: Cast, voice: str) -> None:
    govern(cast, "governance", "authority", "authority")
    wrong(cast, "sealed", voice=voice)
    assert dealing(cast) == {"sealed_supervisor"}
    govern(cast, "outsider", "agency", "harbour")
    assert dealing(cast) == {"sealed_supervisor", "outsider"}


def test_what_is_closed_to_who_deals_with_it_stays_closed(cast: Cast) -> None:
    id = wrong(cast)
    breaches.note_step(cast.actor("supervisor"), id, "Rang the mother of Amara Okafor.")
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Adopted",
        [cast["social_worker"]],
    )
    assert dealing(cast) == {"governance"}
    seen = breaches.look(cast.actor("governance"), id)
    assert (seen.about, seen.saw, seen.thinks, seen.reason) == ([], "", "", "")
    assert [step.text for step in seen.steps] == [""]


def test_who_has_a_conflict_does_not_deal_with_it(cast: Cast) -> None:
    id = wrong(cast)
    conflicts.declare(cast.actor("supervisor"), cast["amara"])
    assert dealing(cast) == {"governance"}
    with pytest.raises(NotFound):
        breaches.look(cast.actor("supervisor"), id)


def test_what_was_done_is_kept_sealed_and_it_is_closed_once(cast: Cast) -> None:
    id = wrong(cast)
    breaches.note_step(cast.actor("supervisor"), id, "Rang the other family.")
    breaches.note_step(cast.actor("governance"), id, "Wrote to the regulator.")
    breaches.close(cast.actor("supervisor"), id, "Nobody was harmed.")
    found = breaches.look(cast.actor("governance"), id)
    assert [(step.who, step.text) for step in found.steps] == [
        ("Sam Okoro", "Rang the other family."),
        ("Gwen Hall", "Wrote to the regulator."),
    ]
    assert found.found == "Nobody was harmed."
    assert found.line.closed_at
    for act in (breaches.note_step, breaches.close):
        with pytest.raises(Conflict):
            act(cast.actor("supervisor"), id, "Again.")
        with pytest.raises(Invalid):
            act(cast.actor("supervisor"), id, " ")
    kept = repr(
        cast.authority.store.query("SELECT * FROM breach_steps")
        + cast.authority.store.query("SELECT * FROM breaches")
    )
    assert "Rang" not in kept
    assert "harmed" not in kept


def test_the_clock_runs_and_being_overdue_is_told_once(cast: Cast) -> None:
    id = wrong(cast)
    (line,) = breaches.mine(cast.actor("supervisor"))
    assert (line.hours_left, line.closed_at) == (71, None)
    later(cast, hours=71)
    assert breaches.tell_overdue(cast.authority) == 0
    later(cast, hours=73)
    assert breaches.mine(cast.actor("supervisor"))[0].hours_left == -2
    assert breaches.tell_overdue(cast.authority) == 1
    assert breaches.tell_overdue(cast.authority) == 0
    later(cast, hours=74)
    outbox.fan_out(cast.authority)
    for who in ("supervisor", "governance"):
        items = [
            one for one in inbox.list_items(cast.actor(who)).items if one.kind == "breach overdue"
        ]
        assert len(items) == 1, who
        assert "72 hours" in inbox.open_item(cast.actor(who), items[0].id).text
    assert inbox.list_items(cast.actor("pastoral")).items == []
    breaches.close(cast.actor("supervisor"), id, "Late, and nobody was harmed.")


def test_one_that_was_closed_in_time_is_never_overdue(cast: Cast) -> None:
    breaches.close(cast.actor("supervisor"), wrong(cast), "Nobody had read it.")
    later(cast, hours=80)
    assert breaches.tell_overdue(cast.authority) == 0
