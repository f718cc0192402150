"""Families: who belongs to whom, read from both ends, and never more than may be known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api import access
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.record import conflicts, families, people, protections
from api.record.families import Relative
from tests.cast import Cast
from tests.feeds import add_feed, say

SOCIAL_WORKER = "social_worker"


def family(cast: Cast, viewer: str, person: str) -> list[Relative]:
    """What a viewer's page shows of a person's family."""
    return list(people.look(cast.actor(viewer), cast[person]).family)


def kinds(relatives: list[Relative]) -> set[tuple[str, str]]:
    return {(relative.name, relative.kind) for relative in relatives}


def relate(cast: Cast, by: str, person: str, kind: str, other: str, **said: str) -> str:
    return families.relate(cast.actor(by), cast[person], kind=kind, other_id=cast[other], **said)


def test_a_mother_is_the_mother_of_her_child_and_the_child_is_hers(cast: Cast) -> None:
    relate(
        cast, SOCIAL_WORKER, "amara", "mother", "kemi",
        parental_responsibility="yes", starts_on="2019-05-03",
    )  # fmt: skip
    (mother,) = family(cast, SOCIAL_WORKER, "amara")
    assert mother.id == cast["kemi"]
    assert (mother.name, mother.kind) == ("Kemi Okafor", "mother")
    assert mother.parental_responsibility == "yes"
    assert mother.since == "2019-05-03"
    assert mother.source == "Jo Marsh, Westhaven Children's Social Care"
    assert mother.linked

    cast.support(SOCIAL_WORKER, "care", "kemi")
    (child,) = family(cast, SOCIAL_WORKER, "kemi")
    assert (child.id, child.name, child.kind) == (cast["amara"], "Amara Okafor", "child")
    assert child.parental_responsibility == "yes"


@pytest.mark.parametrize(
    ("kind", "turned"),
    [
        ("father", "child"),
        ("step-parent", "stepchild"),
        ("parent's partner", "partner's child"),
        ("grandparent", "grandchild"),
        ("aunt or uncle", "niece or nephew"),
        ("foster carer", "foster child"),
        ("brother or sister", "brother or sister"),
        ("other", "other"),
    ],
)
def test_every_kind_reads_right_from_both_ends(cast: Cast, kind: str, turned: str) -> None:
    relate(cast, SOCIAL_WORKER, "amara", kind, "jude")
    assert kinds(family(cast, SOCIAL_WORKER, "amara")) == {("Jude Okafor", kind)}
    assert kinds(family(cast, SOCIAL_WORKER, "jude")) == {("Amara Okafor", turned)}


def test_siblings_said_from_both_ends_stand_once(cast: Cast) -> None:
    relate(cast, SOCIAL_WORKER, "amara", "brother or sister", "jude")
    relate(cast, SOCIAL_WORKER, "jude", "brother or sister", "amara")
    assert kinds(family(cast, SOCIAL_WORKER, "amara")) == {("Jude Okafor", "brother or sister")}
    assert kinds(family(cast, SOCIAL_WORKER, "jude")) == {("Amara Okafor", "brother or sister")}


def test_an_adult_may_be_only_mentioned(cast: Cast) -> None:
    families.relate(
        cast.actor("pastoral"),
        cast["amara"],
        kind="parent's partner",
        mentioned="  Dan \n (Danny) ",
    )
    (dan,) = family(cast, SOCIAL_WORKER, "amara")
    assert (dan.id, dan.name, dan.kind, dan.linked) == (
        None, "Dan (Danny)", "parent's partner", False,
    )  # fmt: skip


def test_parents_come_first_and_what_has_ended_last(cast: Cast) -> None:
    relate(cast, SOCIAL_WORKER, "amara", "brother or sister", "jude")
    partner = families.relate(
        cast.actor(SOCIAL_WORKER), cast["amara"], kind="step-parent", mentioned="Al",
        starts_on="2020-01-01",
    )  # fmt: skip
    relate(cast, SOCIAL_WORKER, "amara", "mother", "kemi")
    families.end(cast.actor("pastoral"), partner, "2024-06-01")
    shown = family(cast, SOCIAL_WORKER, "amara")
    assert [(one.kind, one.ended) for one in shown] == [
        ("mother", False),
        ("brother or sister", False),
        ("step-parent", True),
    ]
    assert (shown[-1].since, shown[-1].until) == ("2020-01-01", "2024-06-01")


def test_only_the_circle_says_who_belongs_to_whom(cast: Cast) -> None:
    for outside in ("outsider", "colleague"):
        with pytest.raises(NotAllowed):
            relate(cast, outside, "amara", "mother", "kemi")
    for blind in ("reporter", "governance", "administrator", "steward"):
        with pytest.raises(NotFound):
            relate(cast, blind, "amara", "mother", "kemi")
    assert family(cast, SOCIAL_WORKER, "amara") == []


def test_the_directory_view_shows_no_family(cast: Cast) -> None:
    relate(cast, SOCIAL_WORKER, "amara", "mother", "kemi")
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    assert family(cast, "outsider", "amara") == []


def test_a_relative_who_must_not_be_known_of_is_not_there(cast: Cast) -> None:
    relate(cast, SOCIAL_WORKER, "amara", "brother or sister", "jude")
    relate(cast, SOCIAL_WORKER, "amara", "mother", "kemi")
    protections.restrict(
        cast.actor(SOCIAL_WORKER, confirmed=True),
        cast["jude"],
        "An adoption",
        [cast[SOCIAL_WORKER]],
    )
    assert kinds(family(cast, "pastoral", "amara")) == {("Kemi Okafor", "mother")}
    assert len(family(cast, SOCIAL_WORKER, "amara")) == 2

    conflicts.declare(cast.actor("pastoral"), cast["kemi"])
    assert family(cast, "pastoral", "amara") == []


def test_a_relative_s_page_decides_by_its_own_access(cast: Cast) -> None:
    relate(cast, SOCIAL_WORKER, "noor", "brother or sister", "rhea")
    (relative,) = family(cast, "health_visitor", "noor")
    assert relative.id
    child = people.look(cast.actor("health_visitor"), relative.id)
    assert child.sight is access.Sight.OUTSIDE
    # What stands on the page of the child whom she supports, and nothing else.
    assert [one.id for one in child.family] == [cast["noor"]]
    assert people.look(cast.actor("outsider"), relative.id).family == []


def test_a_link_to_somebody_who_must_not_be_known_is_refused_as_if_nobody_were_there(
    cast: Cast,
) -> None:
    protections.restrict(
        cast.actor(SOCIAL_WORKER, confirmed=True),
        cast["jude"],
        "An adoption",
        [cast[SOCIAL_WORKER]],
    )
    with pytest.raises(NotFound) as closed:
        relate(cast, "pastoral", "amara", "brother or sister", "jude")
    with pytest.raises(NotFound) as nobody:
        families.relate(
            cast.actor("pastoral"), cast["amara"], kind="other", other_id="0193e6a0-dead"
        )
    assert str(closed.value) == str(nobody.value)


def test_sources_that_disagree_both_stand_and_the_later_word_of_a_practitioner_comes_first(
    cast: Cast,
) -> None:
    store = cast.authority.store
    feed = add_feed(store, "births")
    say(
        store, feed, "relationships", cast["amara"],
        kind="father", mentioned="Ade Okafor", parental_responsibility="no",
    )  # fmt: skip
    families.relate(
        cast.actor(SOCIAL_WORKER), cast["amara"], kind="father", mentioned="Ade Okafor",
        parental_responsibility="yes",
    )  # fmt: skip
    first, second = family(cast, "pastoral", "amara")
    assert (first.parental_responsibility, first.source[:8]) == ("yes", "Jo Marsh")
    assert (second.parental_responsibility, second.source) == ("no", "The births feed")


def test_a_source_that_does_not_know_adds_nothing_to_one_that_does(cast: Cast) -> None:
    store = cast.authority.store
    feed = add_feed(store, "births")
    relate(cast, SOCIAL_WORKER, "amara", "mother", "kemi", parental_responsibility="yes")
    say(
        store, feed, "relationships", cast["amara"],
        kind="mother", other_id=cast["kemi"], parental_responsibility="not known",
    )  # fmt: skip
    (mother,) = family(cast, SOCIAL_WORKER, "amara")
    assert mother.parental_responsibility == "yes"


def test_saying_it_again_takes_the_place_of_what_was_said_by_hand(cast: Cast) -> None:
    first = relate(cast, SOCIAL_WORKER, "amara", "mother", "kemi")
    relate(cast, "pastoral", "amara", "mother", "kemi", parental_responsibility="yes")
    (mother,) = family(cast, SOCIAL_WORKER, "amara")
    assert (mother.parental_responsibility, mother.source[:8]) == ("yes", "Pat Osei")
    kept = cast.authority.store.one(
        "SELECT replaced_by, parental_responsibility FROM relationships WHERE id = :id", id=first
    )
    assert kept == {
        "replaced_by": mother.relationship_id,
        "parental_responsibility": "not known",
    }


def test_what_a_sensitive_agency_says_of_a_family_is_sealed_like_its_involvement(
    cast: Cast,
) -> None:
    families.relate(cast.actor("sealed"), cast["amara"], kind="parent's partner", mentioned="Dan")
    feed = add_feed(cast.authority.store, "recovery", cast["harbour"])
    say(
        cast.authority.store, feed, "relationships", cast["amara"],
        kind="father", mentioned="Ade", parental_responsibility="yes",
    )  # fmt: skip
    for viewer in (SOCIAL_WORKER, "pastoral", "supervisor", "health_visitor"):
        assert family(cast, viewer, "amara") == []
    for viewer in ("sealed", "sealed_supervisor"):
        assert len(family(cast, viewer, "amara")) == 2
    said = cast.authority.store.one("SELECT id FROM relationships WHERE mentioned = 'Dan'")
    assert said
    with pytest.raises(NotFound):
        families.withdraw(cast.actor(SOCIAL_WORKER), said["id"], "Not so")


def test_a_feed_s_word_stays_beside_its_end(cast: Cast) -> None:
    store = cast.authority.store
    feed = add_feed(store, "births")
    said = say(
        store, feed, "relationships", cast["amara"],
        kind="foster carer", mentioned="Bo Lund", parental_responsibility="no",
        valid_from="2023-01-01",
    )  # fmt: skip
    ended = families.end(cast.actor(SOCIAL_WORKER), said, "2025-01-01")
    (carer,) = family(cast, "pastoral", "amara")
    assert (carer.relationship_id, carer.until, carer.ended) == (ended, "2025-01-01", True)
    with pytest.raises(Conflict):
        families.withdraw(cast.actor(SOCIAL_WORKER), said, "Wrong child")
    with pytest.raises(Conflict):
        families.end(cast.actor(SOCIAL_WORKER), ended)


def test_what_was_recorded_by_mistake_is_taken_back_and_kept(cast: Cast) -> None:
    said = relate(cast, SOCIAL_WORKER, "amara", "mother", "kemi")
    families.withdraw(cast.actor("pastoral"), said, "Her aunt, not her mother")
    assert family(cast, SOCIAL_WORKER, "amara") == []
    kept = cast.authority.store.one(
        "SELECT withdrawn_by FROM relationships WHERE id = :id", id=said
    )
    assert kept == {"withdrawn_by": cast["pastoral"]}
    with pytest.raises(NotFound):
        families.withdraw(cast.actor("pastoral"), said, "Again")


def test_either_end_s_circle_may_put_a_relationship_right(cast: Cast) -> None:
    said = relate(cast, SOCIAL_WORKER, "rhea", "brother or sister", "jude")
    cast.support("pastoral", "school", "jude")
    with pytest.raises(NotAllowed):
        families.end(cast.actor("outsider"), said)
    families.end(cast.actor("pastoral"), said, "2026-12-31")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("kind", {"kind": "cousin", "mentioned": "Bo"}),
        (
            "parental_responsibility",
            {"kind": "other", "mentioned": "Bo", "parental_responsibility": ""},
        ),
        ("mentioned", {"kind": "other"}),
        ("mentioned", {"kind": "other", "mentioned": "   "}),
        ("mentioned", {"kind": "other", "mentioned": "Bo", "other_id": "x"}),
        ("mentioned", {"kind": "other", "mentioned": "B" * 201}),
        ("starts_on", {"kind": "other", "mentioned": "Bo", "starts_on": "2025-02-30"}),
        ("starts_on", {"kind": "other", "mentioned": "Bo", "starts_on": "0001-01-01"}),
    ],
)
def test_what_is_no_relationship_is_said_to_be_none(
    cast: Cast, field: str, said: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        families.relate(cast.actor(SOCIAL_WORKER), cast["amara"], **said)
    assert refused.value.field == field


def test_nobody_is_their_own_relative(cast: Cast) -> None:
    with pytest.raises(Invalid):
        relate(cast, SOCIAL_WORKER, "amara", "other", "amara")


def test_an_end_comes_after_its_beginning(cast: Cast) -> None:
    said = relate(cast, SOCIAL_WORKER, "amara", "mother", "kemi", starts_on="2024-01-01")
    with pytest.raises(Invalid):
        families.end(cast.actor(SOCIAL_WORKER), said, "2024-01-01")


def test_every_change_and_refusal_leaves_its_row(cast: Cast) -> None:
    said = relate(cast, SOCIAL_WORKER, "amara", "mother", "kemi")
    with pytest.raises(NotAllowed):
        families.end(cast.actor("outsider"), said)
    rows = cast.authority.store.query(
        """SELECT e.actor, e.verdict, e.reason, s.person_id FROM audit_events e
        LEFT JOIN audit_subjects s ON s.event_id = e.id
        WHERE e.action = 'family:changed' ORDER BY e.at, s.person_id"""
    )
    assert {(row["actor"], row["verdict"]) for row in rows} == {
        (cast[SOCIAL_WORKER], "allowed"),
        (cast["outsider"], "refused"),
    }
    allowed = {row["person_id"] for row in rows if row["verdict"] == "allowed"}
    assert allowed == {cast["amara"], cast["kemi"]}


def test_the_word_of_a_feed_that_changed_its_mind_comes_before_an_older_one_by_hand(
    cast: Cast,
) -> None:
    store = cast.authority.store
    families.relate(
        cast.actor(SOCIAL_WORKER), cast["amara"], kind="father", mentioned="Ade",
        parental_responsibility="no",
    )  # fmt: skip
    feed = add_feed(store, "births")
    viewer = cast.actor("pastoral")
    store.clock = lambda: datetime(2030, 1, 1, tzinfo=UTC)
    say(
        store, feed, "relationships", cast["amara"],
        kind="father", mentioned="Ade", parental_responsibility="yes",
    )  # fmt: skip
    shown = people.look(viewer, cast["amara"]).family
    assert [one.parental_responsibility for one in shown] == ["yes", "no"]
