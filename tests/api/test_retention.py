"""How long things are kept: rules, what falls due for whom, what holds it, and what is kept on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from api import authority as authorities
from api.errors import Conflict, Invalid, Misconfigured, NotAllowed, NotFound
from api.moment import new_id
from api.record import protections
from api.rights import holds, retention, schedules
from api.staff import practitioners
from api.store.retention import Kept, Rule
from tests.cast import LISTS, Cast
from tests.forgetting import add, end_all, lead, pass_years, second, set_rules

RULE = Rule("one", "One", frozenset({"school"}), None, None, "birth", 25)
OTHER = Rule("two", "Two", frozenset(), None, None, "last contact", 6)


def kept(**said: object) -> Kept:
    return replace(
        Kept("agency", "child", notes=1, last_on="2026-11-01", closed_on="2026-09-01"),
        **{"born_on": "2019-02-28", **said},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("rules", "said", "due"),
    [
        ([RULE, OTHER], {}, "2044-02-28"),
        ([RULE, OTHER], {"born_on": None}, "2051-11-01"),
        ([RULE], {"born_on": "2000-02-29"}, "2027-11-01"),
        ([RULE], {"born_on": "2004-02-29"}, "2029-03-01"),
        ([replace(RULE, counts_from="closure", years=100)], {}, "2126-09-01"),
        ([replace(RULE, counts_from="death", years=15), OTHER], {}, "2032-11-01"),
        ([replace(RULE, counts_from="death", years=15)], {"died_on": "2026-05-01"}, "2041-05-01"),
        ([RULE, replace(RULE, years=75, plan_kind="order")], {}, "2044-02-28"),
        ([RULE, replace(RULE, years=75, plan_kind="order")], {"plans": {"order"}}, "2094-02-28"),
        (
            [RULE, replace(RULE, years=75, category="abuse")],
            {"categories": {"abuse"}},
            "2094-02-28",
        ),
        ([OTHER], {}, "2032-11-01"),
        ([replace(RULE, kinds=frozenset({"police"}))], {}, None),
        ([RULE], {"is_open": True, "closed_on": None}, None),
        ([], {}, None),
    ],
    ids=range(14),
)
def test_the_rule_that_keeps_longest_holds(
    rules: list[Rule], said: dict[str, object], due: str | None
) -> None:
    found = schedules.day_due(kept(**said), rules, "school")
    assert (found and found[0]) == due


def test_a_leap_day_is_the_day_after_in_other_years() -> None:
    assert schedules.years_after(date(2024, 2, 29), 1) == date(2025, 3, 1)
    assert schedules.years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


def names(falls: retention.Falls) -> list[tuple[str, str]]:
    return [(one.name, one.agency) for one in falls.falling]


def test_what_falls_due_is_listed_for_who_answers_for_it(cast: Cast) -> None:
    set_rules(cast)
    second(cast)
    add(cast, "ivo", "Ivo", "Marsh", "2014-04-04")
    cast.worry("social_worker", "ivo")
    cast.worry("pastoral", "ivo")
    assert names(retention.due(lead(cast))) == []
    pass_years(cast, 10)
    # Every governance lead of the authority, and each agency's for its own.
    assert names(retention.due(lead(cast))) == []
    pass_years(cast, 30)
    care, school = "Westhaven Children's Social Care", "St Bede's Primary School"
    assert sorted(names(retention.due(lead(cast)))) == [
        ("Ivo Marsh", ""),
        ("Ivo Marsh", school),
        ("Ivo Marsh", care),
    ]
    for who in ("social_worker", "supervisor", "administrator", "pastoral"):
        with pytest.raises(NotAllowed):
            retention.due(cast.actor(who))
        with pytest.raises(NotAllowed):
            retention.of(cast.actor(who), cast["ivo"])


def test_an_agencys_lead_hears_of_its_own_notes_only(cast: Cast) -> None:
    set_rules(cast)
    add(cast, "ivo", "Ivo", "Marsh", "2014-04-04")
    cast.worry("social_worker", "ivo")
    cast.worry("pastoral", "ivo")
    cast.worry("pastoral", "lily")
    pass_years(cast, 40)
    gwen = cast.actor("governance")
    assert names(retention.due(gwen)) == [("Ivo Marsh", "Westhaven Children's Social Care")]
    assert [one.agency for one in retention.of(gwen, cast["ivo"]).standing] == [
        "Westhaven Children's Social Care"
    ]
    with pytest.raises(NotFound):
        retention.of(gwen, cast["lily"])


def test_nothing_falls_due_while_somebody_supports_them(cast: Cast) -> None:
    set_rules(cast)
    second(cast)
    cast.worry("social_worker", "jude")
    pass_years(cast, 40)
    assert "Jude Okafor" not in dict(names(retention.due(lead(cast))))
    end_all(cast, "jude")
    pass_years(cast, 42)
    assert ("Jude Okafor", "") in names(retention.due(lead(cast)))


def test_an_agencys_rule_may_end_while_anothers_goes_on(cast: Cast) -> None:
    set_rules(cast)
    second(cast)
    add(cast, "ivo", "Ivo", "Marsh", "2014-04-04")
    cast.worry("social_worker", "ivo")
    cast.worry("police", "ivo")
    pass_years(cast, 7)
    assert names(retention.due(lead(cast))) == [("Ivo Marsh", "Westhaven Police")]


def test_a_sealed_services_notes_are_its_own_and_hold_the_person(cast: Cast) -> None:
    set_rules(cast)
    second(cast)
    add(cast, "ivo", "Ivo", "Marsh", "1990-04-04")
    cast.worry("police", "ivo")
    pass_years(cast, 5)
    cast.worry("sealed", "ivo", saw="Seen at the clinic.")
    pass_years(cast, 7)
    shown = retention.due(lead(cast))
    assert names(shown) == [("Ivo Marsh", "Westhaven Police")]
    of = retention.of(lead(cast), cast["ivo"])
    assert "Harbour" not in str((shown, of))
    assert [(one.agency, one.due_on, one.is_due) for one in of.standing][-1] == ("", None, False)
    pass_years(cast, 12)
    falling = retention.due(lead(cast)).falling
    assert ("Ivo Marsh", "") in [(one.name, one.agency) for one in falling]
    # Neither since when the sealed service's notes are due, nor by which rule.
    assert {one.due_on[:4] for one in falling} == {next(iter(shown.falling)).due_on[:4]}


def test_a_hold_is_placed_with_a_reason_and_lifted_by_its_agency(cast: Cast) -> None:
    set_rules(cast)
    second(cast)
    add(cast, "ivo", "Ivo", "Marsh", "2014-04-04")
    cast.worry("social_worker", "ivo")
    placed, again = (
        holds.hold(lead(cast), cast["ivo"], "inquiry", "The inquiry wrote on Monday.")
        for _ in range(2)
    )
    assert placed == again
    (held,) = retention.of(lead(cast), cast["ivo"]).holds
    assert (held.reason, held.by) == ("The inquiry wrote on Monday.", "Gwen Hall")
    pass_years(cast, 40)
    assert [one.held for one in retention.due(lead(cast)).falling] == [True, True]
    for kind, reason in (("whim", "Why not"), ("court", " ")):
        with pytest.raises(Invalid):
            holds.hold(lead(cast), cast["ivo"], kind, reason)
    with pytest.raises(NotFound):
        holds.lift(lead(cast), cast["ivo"], "no such", "Over.")
    holds.lift(lead(cast), cast["ivo"], placed, "The inquiry ended.")
    assert retention.of(lead(cast), cast["ivo"]).holds == []


def test_which_other_agency_holds_somebody_is_said_to_nobody(cast: Cast) -> None:
    second(cast)
    for who, service in (("sealed_supervisor", "harbour"), ("police", "force")):
        practitioners.grant(cast.system, cast[who], "governance lead", "agency", cast[service])
    cast.worry("sealed", "amara", saw="Seen at the clinic.")
    cast.worry("police", "lily")
    holds.hold(cast.actor("sealed_supervisor"), cast["amara"], "court", "A court asked us.")
    holds.hold(cast.actor("police"), cast["lily"], "court", "A court asked us.")
    for child in ("amara", "lily"):
        (held,) = retention.of(lead(cast), cast[child]).holds
        assert (held.why, held.reason, held.by, held.id) == (holds.ELSEWHERE, "", "", "")
        with pytest.raises(NotFound):
            holds.lift(lead(cast), cast[child], "died", "It never did.")


def test_a_death_starts_a_hold_that_the_authority_lifts(cast: Cast) -> None:
    set_rules(cast)
    second(cast)
    add(cast, "ivo", "Ivo", "Marsh", "2014-04-04")
    cast.worry("police", "ivo")
    cast.authority.store.upkeep(
        lambda tx: tx.change(
            "UPDATE particulars SET died_on = '2026-10-10' WHERE person_id = :id", id=cast["ivo"]
        )
    )
    (held,) = retention.of(lead(cast), cast["ivo"]).holds
    assert (held.why, held.id) == (holds.DIED, "died")
    pass_years(cast, 20)
    assert all(one.held for one in retention.due(lead(cast)).falling)
    holds.lift(lead(cast), cast["ivo"], "died", "The review of the death is over.")
    assert retention.of(lead(cast), cast["ivo"]).holds == []
    assert not any(one.held for one in retention.due(lead(cast)).falling)


def test_what_is_kept_on_falls_due_again_on_its_day(cast: Cast) -> None:
    set_rules(cast)
    second(cast)
    add(cast, "ivo", "Ivo", "Marsh", "2014-04-04")
    cast.worry("police", "ivo")
    with pytest.raises(Conflict):
        retention.keep_on(lead(cast), cast["ivo"], cast["force"], "2090-01-01", "Still needed.")
    pass_years(cast, 7)
    gwen = lead(cast)
    today = cast.authority.store.now()[:10]
    for until in ("", "soon", today, "2199-01-01"):
        with pytest.raises(Invalid):
            retention.keep_on(gwen, cast["ivo"], cast["force"], until, "Still needed.")
    until = schedules.years_after(date.fromisoformat(today), 3).isoformat()
    retention.keep_on(gwen, cast["ivo"], cast["force"], until, "Still needed.")
    assert names(retention.due(gwen)) == []
    assert retention.of(gwen, cast["ivo"]).standing[0].kept_until == until
    pass_years(cast, 11)
    assert ("Ivo Marsh", "Westhaven Police") in names(retention.due(lead(cast)))


def test_who_is_closed_to_a_governance_lead_is_not_listed(cast: Cast) -> None:
    set_rules(cast)
    second(cast)
    cast.worry("social_worker", "jude")
    cast.worry("social_worker", "rhea")
    supervisor = cast.actor("supervisor", confirmed=True)
    protections.restrict(supervisor, cast["jude"], "A court order", [cast["social_worker"]])
    cast.authority.store.upkeep(
        lambda tx: tx.insert(
            "conflicts",
            id=new_id(),
            practitioner_id=cast["governance"],
            person_id=cast["rhea"],
            declared_at=tx.now,
        )
    )
    for child in ("jude", "rhea"):
        end_all(cast, child)
    pass_years(cast, 40)
    found = names(retention.due(lead(cast)))
    assert not {"Jude Okafor", "Rhea Stone"} & {name for name, _ in found}
    for child in ("jude", "rhea"):
        with pytest.raises(NotFound):
            retention.of(lead(cast), cast[child])
        with pytest.raises(NotFound):
            holds.hold(lead(cast), cast[child], "court", "A court asked.")


def test_rules_are_set_on_the_command_line_and_name_what_is_here(cast: Cast) -> None:
    rule = ("one", "One", ["school"], "", "", "birth", 25)
    with pytest.raises(NotAllowed):
        authorities.set_retention(cast.actor("administrator"), replace(LISTS, retention=[rule]))
    for wrong in (
        ("one", "One", ["ship"], "", "", "birth", 25),
        ("one", "One", [], "pirate", "", "birth", 25),
        ("one", "One", [], "", "piracy", "birth", 25),
    ):
        with pytest.raises(Misconfigured):
            authorities.set_retention(cast.system, replace(LISTS, retention=[wrong]))
    authorities.set_retention(cast.system, replace(LISTS, retention=[rule]))
    rules = cast.authority.store.query("SELECT code, years FROM retention_rules")
    assert rules == [{"code": "one", "years": 25}]
