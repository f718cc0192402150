"""Two records, one person: linked with a reason, taken back without a trace of loss."""

from __future__ import annotations

import pytest

from api.access import Sight
from api.errors import Conflict, Invalid, NotAllowed
from api.moment import new_id
from api.record import conflicts, families, identities, notes, people, plans
from api.record import protections as closing
from api.record.people import NewPerson
from api.store import people as stored_people
from api.telling import outbox
from tests.cast import Cast
from tests.feeds import add_feed, say

WHY = "Same mother, same school, the surname was misspelt"


@pytest.fixture
def twice(cast: Cast) -> Cast:
    """Jude a second time, under another name, with a circle of his own: the health visitor leads."""
    cast.ids["juda"] = people.add(cast.system, NewPerson("Juda", "Okafour", "2022-01-21"))
    cast.support("health_visitor", "health", "juda", lead=True)
    return cast


def sight(cast: Cast, viewer: str, person: str) -> Sight:
    return people.look(cast.actor(viewer), cast[person]).sight


def link(cast: Cast, by: str = "social_worker", kept: str = "jude", joined: str = "juda") -> str:
    return identities.link(cast.actor(by), cast[kept], cast[joined], WHY)


def world(cast: Cast) -> dict[str, list[tuple[object, ...]]]:
    """All rows that belong to a person, each with the record it hangs on and whose it is."""
    tables = [
        "names", "particulars", "identifiers", "addresses", "relationships", "plans",
        "involvements", "restrictions", "protections", "conflicts", "grants", "note_subjects",
    ]  # fmt: skip
    rows = {
        table: cast.authority.store.query(
            f"""SELECT x.person_id, q.identity_id, x.* FROM {table} x
            JOIN people q ON q.id = x.person_id ORDER BY 1, 2, 3"""
        )
        for table in tables
    }
    return {
        table: sorted(tuple(map(str, row.values())) for row in found)
        for table, found in rows.items()
    }


def test_a_link_makes_one_person_of_two_records(twice: Cast) -> None:
    twice.worry("health_visitor", "juda", saw="New words at the door")
    assert sight(twice, "health_visitor", "jude") is Sight.OUTSIDE
    link(twice)
    for viewer in ("social_worker", "health_visitor"):
        for record in ("jude", "juda"):
            child = people.look(twice.actor(viewer), twice[record])
            assert child.sight is Sight.CIRCLE
            assert child.brief.id == twice["jude"]
            assert {line.name for line in child.circle} == {"Jo Marsh", "Hana Vale"}
            assert child.notes
            assert [note.now.saw for note in child.notes.notes] == ["New words at the door"]
    mine = [child.brief.id for child in people.mine(twice.actor("health_visitor"))]
    assert mine.count(twice["jude"]) == 1
    assert twice["juda"] not in mine


def test_taking_a_link_back_gives_each_record_back_what_hung_on_it(twice: Cast) -> None:
    lead, visitor = twice.actor("social_worker"), twice.actor("health_visitor")
    twice.worry("health_visitor", "juda", saw="About Juda")
    twice.worry("social_worker", "jude", saw="About Jude")
    plans.set(lead, twice["jude"], "child in need")
    plans.set(visitor, twice["juda"], "child protection")
    families.relate(visitor, twice["juda"], kind="father", mentioned="Ade")
    closing.protect(visitor, twice["juda"], "His father", [twice["health_visitor"]])
    conflicts.declare(twice.actor("outsider"), twice["juda"])
    before = world(twice)

    made = link(twice)
    assert world(twice) != before
    linked = people.look(lead, twice["jude"])
    assert linked.notes
    assert len(linked.notes.notes) == 2
    assert linked.location_hidden
    assert {plan.kind for plan in linked.plans} == {"child in need", "child protection"}

    identities.unlink(visitor, made)
    assert world(twice) == before
    apart = people.look(lead, twice["jude"])
    assert apart.notes
    assert [note.now.saw for note in apart.notes.notes] == ["About Jude"]
    assert not apart.location_hidden
    assert apart.family == []
    assert sight(twice, "social_worker", "juda") is Sight.OUTSIDE
    assert sight(twice, "outsider", "jude") is Sight.OUTSIDE


def test_the_link_itself_is_kept_with_who_took_it_back(twice: Cast) -> None:
    made = link(twice)
    identities.unlink(twice.actor("social_worker"), made)
    row = twice.authority.store.one("SELECT * FROM identity_links WHERE id = :id", id=made)
    assert row
    assert (row["from_identity"], row["to_identity"]) == (twice["juda"], twice["jude"])
    assert row["undone_by"] == twice["social_worker"]
    assert row["undone_at"]


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 0, 1)]
)
def test_links_upon_links_come_apart_in_any_order(twice: Cast, order: tuple[int, ...]) -> None:
    ids = [
        people.add(twice.system, NewPerson("Child", f"Number {n}", f"2020-01-0{n + 1}"))
        for n in range(4)
    ]

    def identity(person: str) -> str | None:
        return stored_people.identity(twice.authority.store, person)

    def join(kept: int, joined: int) -> str:
        return identities.link(twice.system, ids[kept], ids[joined], WHY)

    made = [join(1, 0), join(3, 2), join(2, 1)]
    assert {identity(id) for id in ids} == {ids[3]}
    # The third link joined the first two to whom the third record was then: the fourth.
    to = {0: 1, 2: 3, 1: 3}
    for n in order:
        identities.unlink(twice.system, made[n])
        del to[(0, 2, 1)[n]]
        for record in range(4):
            whose = record
            while whose in to:
                whose = to[whose]
            assert identity(ids[record]) == ids[whose]
    assert [identity(id) for id in ids] == ids


def test_both_leads_are_told_and_not_the_one_who_linked(twice: Cast) -> None:
    link(twice)
    event = twice.authority.store.one(
        "SELECT actor_id, person_id FROM outbox WHERE kind = 'identity linked'"
    )
    assert event == {"actor_id": twice["social_worker"], "person_id": twice["jude"]}
    told = twice.authority.store.upkeep(
        lambda tx: outbox.audience(
            tx, "identity linked", actor_id=twice["steward"], person_id=twice["jude"]
        )
    )
    assert {one.name for one in told} == {"Jo Marsh", "Hana Vale"}


def test_the_lead_of_either_links_and_a_steward_of_a_source_that_knows_one(twice: Cast) -> None:
    for nobody in ("pastoral", "outsider", "supervisor", "reporter", "governance", "steward"):
        with pytest.raises(NotAllowed):
            link(twice, nobody)
    made = link(twice, "health_visitor")
    with pytest.raises(NotAllowed):
        identities.unlink(twice.actor("supervisor"), made)
    identities.unlink(twice.actor("social_worker"), made)

    feed = add_feed(twice.authority.store, "births")
    role = {"role": "data steward", "scope": "source", "granted_by": "x", "granted_at": "x"}
    twice.authority.store.upkeep(
        lambda tx: tx.insert(
            "roles", id=new_id(), practitioner_id=twice["steward"], scope_id=feed, **role
        )
    )
    with pytest.raises(NotAllowed):
        link(twice, "steward")
    say(
        twice.authority.store, feed, "names", twice["juda"],
        kind="full", first="Juda", last="Okafor", first_key="juda", last_key="okafor",
    )  # fmt: skip
    identities.unlink(twice.actor("steward"), link(twice, "steward"))


def test_no_answer_hints_at_what_is_restricted_or_sealed(twice: Cast) -> None:
    """A restricted record, a sealed involvement, a number that differs, a record that is not
    there and one that is none of mine: one sentence, and one reason in the audit."""
    lead = "social_worker"
    restricted, numbered = twice["rhea"], twice["noor"]
    twice.support("sealed", "harbour", "juda")
    closing.restrict(twice.actor(lead, confirmed=True), restricted, "An adoption", [twice[lead]])
    for person, number in ((numbered, "9434765919"), (twice["lily"], "9434765870")):
        say(
            twice.authority.store, add_feed(twice.authority.store, new_id()), "identifiers",
            person, scheme="nhs", value=number,
        )  # fmt: skip
    attempts = [
        (lead, twice["jude"], twice["juda"]),
        (lead, twice["juda"], twice["jude"]),
        (lead, twice["jude"], twice["amara"]),
        (lead, restricted, twice["jude"]),
        ("health_visitor", twice["juda"], restricted),
        ("health_visitor", twice["juda"], "nobody"),
        ("outsider", twice["jude"], twice["juda"]),
        (lead, numbered, twice["lily"]),
    ]
    answers = set()
    for by, kept, joined in attempts:
        with pytest.raises(NotAllowed) as refused:
            identities.link(twice.actor(by), kept, joined, WHY)
        answers.add(str(refused.value))
    assert answers == {identities.CANNOT}
    rows = twice.authority.store.query(
        """SELECT e.reason, e.object, s.person_id FROM audit_events e
        LEFT JOIN audit_subjects s ON s.event_id = e.id
        WHERE e.action = 'identity:linked' AND e.verdict = 'refused'"""
    )
    assert len(rows) == len(attempts)
    assert {tuple(row.values()) for row in rows} == {("cannot be linked", None, None)}
    assert not twice.authority.store.query("SELECT id FROM identity_links")


def test_whoever_adds_a_child_again_and_links_the_two_learns_of_no_sealed_service(
    twice: Cast,
) -> None:
    """Noor has none, Jude has one."""
    twice.support("sealed", "harbour", "jude")
    lead = twice.actor("social_worker")
    for person, last in (("noor", "Khan"), ("jude", "Okafor")):
        again = people.add(lead, NewPerson(person.capitalize(), last))
        identities.unlink(lead, identities.link(lead, twice[person], again, WHY))
        identities.link(lead, again, twice[person], WHY)


def test_who_may_know_of_a_sealed_involvement_is_not_kept_from_linking(twice: Cast) -> None:
    twice.support("sealed", "harbour", "juda", lead=True)
    made = link(twice, "sealed")
    identities.unlink(twice.actor("sealed"), made)


def test_one_number_in_common_is_enough(twice: Cast) -> None:
    store = twice.authority.store
    for person, number in (("jude", "9434765919"), ("jude", "9434765870"), ("juda", "9434765919")):
        say(
            store,
            add_feed(store, new_id()),
            "identifiers",
            twice[person],
            scheme="nhs",
            value=number,
        )
    link(twice)


def test_whoever_is_too_close_to_one_of_the_two_cannot_link(twice: Cast) -> None:
    conflicts.declare(twice.actor("social_worker"), twice["juda"])
    with pytest.raises(NotAllowed):
        link(twice)


def test_a_record_restricted_after_the_link_is_not_let_out_by_taking_it_back(twice: Cast) -> None:
    made = link(twice)
    worker = twice.actor("social_worker", confirmed=True)
    closing.restrict(worker, twice["jude"], "Adopted", [twice["social_worker"]])
    with pytest.raises(NotAllowed):
        identities.unlink(twice.actor("health_visitor"), made)
    identities.unlink(twice.actor("social_worker"), made)


def test_what_is_linked_already_or_taken_back_already_is_a_conflict(twice: Cast) -> None:
    made = link(twice)
    with pytest.raises(Conflict):
        link(twice)
    with pytest.raises(Conflict):
        link(twice, kept="juda", joined="jude")
    with pytest.raises(Conflict):
        identities.link(twice.actor("social_worker"), twice["jude"], twice["jude"], WHY)
    identities.unlink(twice.actor("social_worker"), made)
    with pytest.raises(Conflict):
        identities.unlink(twice.actor("social_worker"), made)
    link(twice)


def test_a_link_needs_its_reason(twice: Cast) -> None:
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(Invalid):
            identities.link(twice.actor("social_worker"), twice["jude"], twice["juda"], reason)


def test_who_may_take_a_link_back_sees_what_it_joined_and_why(twice: Cast) -> None:
    made = link(twice)
    (shown,) = identities.links(twice.actor("health_visitor"), twice["juda"])
    assert (shown.id, shown.kept_id, shown.joined_id) == (made, twice["jude"], twice["juda"])
    assert shown.reason == WHY
    with pytest.raises(NotAllowed):
        identities.links(twice.actor("supervisor"), twice["jude"])


def test_unknown_links_are_refused_like_others(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        identities.unlink(cast.actor("social_worker"), new_id())
    with pytest.raises(NotAllowed):
        identities.links(cast.actor("social_worker"), "nobody")


# --- Somebody added who is here already ------------------------------------------------------------


def same(cast: Cast, first: str, last: str, born_on: str | None, nhs: str = "") -> str | None:
    return cast.authority.store.upkeep(
        lambda tx: identities.same_person(tx, None, first, last, born_on, nhs).known
    )


def test_a_full_name_with_the_birth_date_is_the_same_person(cast: Cast) -> None:
    assert same(cast, " jude", "OKAFOR", "2022-01-20") == cast["jude"]
    assert same(cast, "Jude", "Okafor", "2022-01-21") is None
    assert same(cast, "Jude", "Okafor", None) is None
    assert same(cast, "Jude", "", "2022-01-20") is None
    assert same(cast, "", "Okafor", "2022-01-20") is None


def test_a_baby_without_a_name_is_nobody_s_double(cast: Cast) -> None:
    people.add(cast.system, NewPerson("Baby", "Stone", "2026-01-01"))
    assert same(cast, "Baby", "Stone", "2026-01-01") is None


def test_two_of_one_name_and_day_are_not_told_apart_by_guessing(cast: Cast) -> None:
    store = cast.authority.store
    feed = add_feed(store, "births")
    other = people.add(cast.system, NewPerson("J", "Okafor", "2022-01-20"))
    say(
        store, feed, "names", other,
        kind="known as", first="Jude", last="Okafor", first_key="jude", last_key="okafor",
    )  # fmt: skip
    assert same(cast, "Jude", "Okafor", "2022-01-20") is None


def test_a_number_is_the_same_person_unless_the_birth_date_speaks_against_it(cast: Cast) -> None:
    store = cast.authority.store
    say(store, add_feed(store, "gp"), "identifiers", cast["jude"], scheme="nhs", value="9434765919")
    assert same(cast, "J", "O", "2022-01-20", "943 476 5919") == cast["jude"]
    assert same(cast, "J", "O", None, "9434765919") == cast["jude"]
    assert same(cast, "J", "O", "1999-01-01", "9434765919") is None
    assert same(cast, "J", "O", None, "9434765918") is None  # no such number: its check digit


def test_adding_somebody_who_is_restricted_reads_as_if_they_were_new(cast: Cast) -> None:
    worker = cast.actor("social_worker", confirmed=True)
    closing.restrict(worker, cast["jude"], "Adopted", [cast["social_worker"]])
    adder = cast.actor("outsider")
    again = people.add(adder, NewPerson("Jude", "Okafor", "2022-01-20"))
    new = people.add(adder, NewPerson("Una", "Brandnew", "2022-01-20"))
    seen, other = people.look(adder, again), people.look(adder, new)
    assert (seen.sight, seen.reason, seen.may) == (other.sight, other.reason, other.may)
    assert seen.circle == other.circle == ()
    assert seen.brief.name == "Jude Okafor"

    cast.ids["again"] = again
    cast.worry("outsider", "again", saw="Seen alone at the harbour")
    reached = notes.about(cast.actor("social_worker"), cast["jude"])
    assert [note.now.saw for note in reached.notes] == ["Seen alone at the harbour"]
