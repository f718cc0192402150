"""Plans: dated statuses, from practitioners and feeds, shown by precedence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.moment import LONDON
from api.record import people, plans
from api.record.plans import Plan
from tests.cast import Cast
from tests.feeds import add_feed, report, say

LEAD = "social_worker"


def shown(cast: Cast, viewer: str, person: str = "amara") -> list[Plan]:
    return list(people.look(cast.actor(viewer), cast[person]).plans)


def start(cast: Cast, by: str, kind: str, person: str = "amara", **dates: str | None) -> str:
    return plans.set(cast.actor(by), cast[person], kind, **dates)


def today(cast: Cast) -> date:
    return cast.authority.store.clock().astimezone(LONDON).date()


def test_a_plan_is_shown_with_its_source_and_dates(cast: Cast) -> None:
    start(cast, LEAD, "child protection", starts_on="2025-03-04")
    (plan,) = shown(cast, "pastoral")
    assert (plan.kind, plan.label) == ("child protection", "Child protection plan")
    assert (plan.since, plan.until, plan.legal) == ("2025-03-04", None, False)
    assert (plan.future, plan.ended) == (False, False)
    assert plan.source == "Jo Marsh, Westhaven Children's Social Care"


def test_a_legal_status_is_marked_as_one(cast: Cast) -> None:
    start(cast, LEAD, "care order", starts_on="2025-03-04")
    assert [plan.legal for plan in shown(cast, LEAD)] == [True]


def test_plans_stand_in_the_authority_s_order(cast: Cast) -> None:
    start(cast, LEAD, "care order")
    start(cast, LEAD, "child in need")
    assert [plan.kind for plan in shown(cast, LEAD)] == ["child in need", "care order"]
    mine = {child.brief.name: child for child in people.mine(cast.actor(LEAD))}
    assert [plan.kind for plan in mine["Amara Okafor"].plans] == ["child in need", "care order"]


def test_the_lead_and_a_circle_s_supervisor_set_plans_and_nobody_else(cast: Cast) -> None:
    start(cast, "supervisor", "child in need")
    for member in ("pastoral", "health_visitor", "sealed", "safeguarding"):
        with pytest.raises(NotAllowed):
            start(cast, member, "care order")
    with pytest.raises(NotAllowed):
        start(cast, "outsider", "care order")
    with pytest.raises(NotFound):
        start(cast, "governance", "care order")
    plans.set(cast.system, cast["amara"], "care order")
    with pytest.raises(NotFound):
        plans.set(cast.system, "nobody", "care order")
    assert len(shown(cast, LEAD)) == 2


def test_a_plan_to_come_is_marked_as_one_and_a_past_one_is_not_shown(cast: Cast) -> None:
    start(cast, LEAD, "care order", starts_on="2019-01-01", ends_on="2020-01-01")
    tomorrow = (today(cast) + timedelta(days=1)).isoformat()
    start(cast, LEAD, "child in need", starts_on=tomorrow)
    (plan,) = shown(cast, LEAD)
    assert (plan.kind, plan.since, plan.future) == ("child in need", tomorrow, True)


def test_the_day_it_ends_on_is_the_first_that_it_does_not_hold(cast: Cast) -> None:
    now = today(cast)
    start(cast, LEAD, "child in need", starts_on="2020-01-01", ends_on=now.isoformat())
    assert shown(cast, LEAD) == []
    tomorrow = (now + timedelta(days=1)).isoformat()
    start(cast, LEAD, "care order", starts_on="2020-01-01", ends_on=tomorrow)
    assert [plan.until for plan in shown(cast, LEAD)] == [tomorrow]


def test_ending_a_plan_keeps_what_was_said_before(cast: Cast) -> None:
    plan = start(cast, LEAD, "child in need", starts_on="2020-01-01")
    new = plans.end(cast.actor("supervisor"), plan)
    assert shown(cast, LEAD) == []
    kept = cast.authority.store.one(
        "SELECT valid_to, replaced_by FROM plans WHERE id = :id", id=plan
    )
    assert kept == {"valid_to": None, "replaced_by": new}
    with pytest.raises(Conflict):
        plans.end(cast.actor(LEAD), new)
    with pytest.raises(NotFound):
        plans.end(cast.actor(LEAD), plan)


def test_a_feed_s_plan_ended_by_hand_stands_beside_the_end(cast: Cast) -> None:
    store = cast.authority.store
    feed = add_feed(store, "care")
    said = say(
        store, feed, "plans", cast["amara"], kind="child protection", valid_from="2024-05-01"
    )
    plans.end(cast.actor(LEAD), said, "2026-01-05")
    ended, open_ = shown(cast, "pastoral")
    assert (ended.ended, ended.until, ended.source[:8]) == (True, "2026-01-05", "Jo Marsh")
    assert (open_.ended, open_.until, open_.source) == (False, None, "The care feed")

    report(store, feed)  # the same again is no news
    assert [plan.ended for plan in shown(cast, "pastoral")] == [True, False]


def test_a_feed_that_agrees_afterwards_settles_it(cast: Cast) -> None:
    store = cast.authority.store
    feed = add_feed(store, "care")
    said = say(store, feed, "plans", cast["amara"], kind="care order", valid_from="2024-05-01")
    plans.end(cast.actor(LEAD), said, "2026-01-05")
    store.upkeep(lambda tx: tx.change("UPDATE plans SET until_load = 1 WHERE id = :id", id=said))
    say(
        store, feed, "plans", cast["amara"],
        kind="care order", valid_from="2024-05-01", valid_to="2026-01-05",
    )  # fmt: skip
    assert shown(cast, "pastoral") == []


def test_two_sources_that_agree_are_shown_once(cast: Cast) -> None:
    store = cast.authority.store
    for code in ("care", "early help"):
        say(
            store, add_feed(store, code), "plans", cast["amara"],
            kind="child in need", valid_from="2024-05-01",
        )  # fmt: skip
    assert [plan.source for plan in shown(cast, LEAD)] == ["The early help feed"]


def test_an_older_time_under_the_same_plan_is_no_contradiction(cast: Cast) -> None:
    store = cast.authority.store
    feed = add_feed(store, "care")
    say(store, feed, "plans", cast["amara"], kind="child in need", valid_from="2024-05-01")
    start(cast, LEAD, "child in need", starts_on="2019-01-01", ends_on="2020-01-01")
    assert [plan.since for plan in shown(cast, LEAD)] == ["2024-05-01"]


def test_the_same_plan_twice_at_one_time_is_refused(cast: Cast) -> None:
    start(cast, LEAD, "child in need", starts_on="2025-01-01", ends_on="2025-06-01")
    for since, until in (
        ("2025-05-31", None),
        (None, None),
        (None, "2025-01-02"),
        ("2025-02-01", "2025-03-01"),
    ):
        with pytest.raises(Conflict):
            start(cast, LEAD, "child in need", starts_on=since, ends_on=until)
    start(cast, LEAD, "child in need", starts_on="2025-06-01")
    start(cast, LEAD, "child in need", starts_on="2024-01-01", ends_on="2025-01-01")


def test_a_plan_set_by_mistake_is_taken_back_with_a_reason(cast: Cast) -> None:
    plan = start(cast, LEAD, "care order")
    with pytest.raises(Invalid):
        plans.withdraw(cast.actor(LEAD), plan, " ")
    with pytest.raises(NotAllowed):
        plans.withdraw(cast.actor("pastoral"), plan, "I disagree")
    plans.withdraw(cast.actor(LEAD), plan, "The order was refused")
    assert shown(cast, LEAD) == []
    with pytest.raises(NotFound):
        plans.withdraw(cast.actor(LEAD), plan, "Again")


def test_a_feed_s_plan_is_put_right_at_its_source(cast: Cast) -> None:
    store = cast.authority.store
    said = say(store, add_feed(store, "care"), "plans", cast["amara"], kind="care order")
    with pytest.raises(Conflict):
        plans.withdraw(cast.actor(LEAD), said, "Wrong child")


@pytest.mark.parametrize("shows", [True, False])
def test_the_directory_shows_plans_where_the_authority_lets_it(cast: Cast, shows: bool) -> None:
    start(cast, LEAD, "child protection")
    cast.authority.settings = replace(cast.authority.settings, directory_shows_plans=shows)
    assert shown(cast, "outsider") == []
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    assert bool(shown(cast, "outsider")) is shows
    assert shown(cast, "pastoral")


def test_a_sensitive_source_s_plan_is_shown_to_whom_its_involvement_is_shown(cast: Cast) -> None:
    store = cast.authority.store
    feed = add_feed(store, "recovery", cast["harbour"])
    said = say(store, feed, "plans", cast["amara"], kind="child in need")
    for viewer in (LEAD, "supervisor", "pastoral"):
        assert shown(cast, viewer) == []
    assert people.mine(cast.actor(LEAD))[0].plans == ()
    for viewer in ("sealed", "sealed_supervisor"):
        assert [plan.id for plan in shown(cast, viewer)] == [said]
    with pytest.raises(NotFound):
        plans.end(cast.actor(LEAD), said)
    start(cast, LEAD, "child in need")  # and nothing contradicts that


@pytest.mark.parametrize(
    ("field", "kind", "since", "until"),
    [
        ("kind", "no such plan", None, None),
        ("starts_on", "care order", "2025-13-01", None),
        ("ends_on", "care order", None, "yesterday"),
        ("ends_on", "care order", "2025-02-01", "2025-02-01"),
        ("ends_on", "care order", "2025-02-01", "2025-01-01"),
    ],
)
def test_what_is_no_plan_is_said_to_be_none(
    cast: Cast, field: str, kind: str, since: str | None, until: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        start(cast, LEAD, kind, starts_on=since, ends_on=until)
    assert refused.value.field == field


def test_every_change_to_a_plan_leaves_its_row(cast: Cast) -> None:
    plan = start(cast, LEAD, "care order", starts_on="2025-01-01")
    ended = plans.end(cast.actor(LEAD), plan)
    plans.withdraw(cast.actor(LEAD), ended, "Wrong child")
    rows = cast.authority.store.query(
        """SELECT e.reason, s.person_id FROM audit_events e
        JOIN audit_subjects s ON s.event_id = e.id
        WHERE e.action = 'plan:changed' AND e.actor = :lead ORDER BY e.at""",
        lead=cast[LEAD],
    )
    assert [row["reason"] for row in rows] == ["set", "ended", "withdrawn"]
    assert {row["person_id"] for row in rows} == {cast["amara"]}
