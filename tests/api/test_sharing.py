"""Share or not: a decision with its basis and its reason, shown to the circle."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api import access
from api.errors import Invalid, NotAllowed, NotFound
from api.record import briefs, protections, sharing
from api.record.sharing import NewDecision
from api.store import access as stored_access
from api.store import sharing as stored
from tests.cast import Cast

SHARED = NewDecision(
    True, "Her GP, out of area", "Three missed appointments", "welfare", "They asked, and treat her"
)
KEPT = NewDecision(
    False, "Her football club", "The plan", "not needed", "They only wanted her shoe size"
)


def decisions(cast: Cast, viewer: str) -> list[sharing.Decision]:
    return list(sharing.of(cast.actor(viewer), cast["amara"]).decisions)


def test_a_decision_is_shown_to_the_circle_with_its_basis_and_reason(cast: Cast) -> None:
    sharing.decide(cast.actor("pastoral"), cast["amara"], SHARED)
    sharing.decide(cast.actor("health_visitor"), cast["amara"], KEPT)
    kept, shared = decisions(cast, "social_worker")
    assert (shared.shared, shared.to, shared.what, shared.reason) == (
        True, SHARED.to, SHARED.what, SHARED.reason,
    )  # fmt: skip
    assert shared.basis == "To safeguard or promote a child's welfare"
    assert "Children Act 2004 s10" in shared.law
    assert (shared.by.name, shared.by.agency) == ("Pat Osei", "St Bede's Primary School")
    assert (kept.shared, kept.basis, kept.law) == (
        False,
        "They do not need it for what they do",
        "UK GDPR 5(1)(c)",
    )


@pytest.mark.parametrize(
    ("field", "new"),
    [
        ("to", replace(SHARED, to=" ")),
        ("what", replace(SHARED, what="")),
        ("what", replace(SHARED, what="w" * 201)),
        ("reason", replace(SHARED, reason="")),
        ("reason", replace(SHARED, reason="r" * 1001)),
        ("basis", replace(SHARED, basis="danger")),
        ("basis", replace(KEPT, basis="welfare")),
        ("basis", replace(SHARED, basis="")),
    ],
)
def test_a_decision_says_with_whom_what_why_and_on_which_basis(
    cast: Cast, field: str, new: NewDecision
) -> None:
    with pytest.raises(Invalid) as error:
        sharing.decide(cast.actor("pastoral"), cast["amara"], new)
    assert error.value.field == field
    assert not decisions(cast, "pastoral")


@pytest.mark.parametrize("viewer", ["outsider", "governance", "reporter"])
def test_outside_the_circle_nothing_is_decided_or_read(cast: Cast, viewer: str) -> None:
    with pytest.raises((NotAllowed, NotFound)):
        sharing.decide(cast.actor(viewer), cast["amara"], SHARED)
    with pytest.raises((NotAllowed, NotFound)):
        sharing.of(cast.actor(viewer), cast["amara"])


def test_what_a_private_service_decides_is_shown_to_it_only(cast: Cast) -> None:
    sharing.decide(cast.actor("sealed"), cast["amara"], SHARED)
    for viewer in ("sealed", "sealed_supervisor"):
        assert [one.own_only for one in decisions(cast, viewer)] == [True]
    for viewer in ("social_worker", "pastoral", "supervisor", "safeguarding"):
        assert decisions(cast, viewer) == []


def test_the_rule_and_its_sql_say_the_same(cast: Cast) -> None:
    for author in ("sealed", "pastoral"):
        sharing.decide(cast.actor(author), cast["amara"], SHARED)
    store = cast.authority.store
    everything = store.query(
        """SELECT x.id, x.agency_id, a.sensitive FROM shares x
        JOIN agencies a ON a.id = x.agency_id"""
    )
    assert {row["sensitive"] for row in everything} == {0, 1}

    def shown(tx: object) -> None:
        for viewer in ("sealed", "sealed_supervisor", "pastoral", "social_worker", "governance"):
            me = stored_access.me(tx, cast[viewer])  # type: ignore[arg-type]
            by_sql = {one.id for one in stored.shares(tx, cast["amara"], me)}  # type: ignore[arg-type]
            by_rule = {
                row["id"]
                for row in everything
                if access.shows_act(me, row["agency_id"], bool(row["sensitive"]))
            }
            assert by_sql == by_rule, viewer

    store.upkeep(shown)


def test_where_a_location_is_protected_no_agency_says_where(cast: Cast) -> None:
    sharing.decide(cast.actor("pastoral"), cast["amara"], SHARED)
    protections.protect(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Her father",
        [cast["social_worker"]],
    )
    assert decisions(cast, "health_visitor")[0].by.agency == briefs.HIDDEN_PLACE
    assert decisions(cast, "social_worker")[0].by.agency == "St Bede's Primary School"
    assert decisions(cast, "pastoral")[0].by.agency == "St Bede's Primary School"
