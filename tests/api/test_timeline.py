"""The timeline: every kind of thing by its day, and nothing that may not be known."""

from __future__ import annotations

import pytest

from api.access import Sight
from api.errors import Invalid, NotAllowed, NotFound
from api.record import involvements, notes, people, plans, protections, timeline
from api.record.timeline import Entry
from tests.cast import Cast
from tests.feeds import add_feed, say

LEAD = "social_worker"


def entries(cast: Cast, viewer: str = LEAD, person: str = "jude") -> list[Entry]:
    """The whole timeline, page after page."""
    actor, before = cast.actor(viewer), None
    found: list[Entry] = []
    while True:
        page = timeline.of(actor, cast[person], before)
        found += page.entries
        if page.more is None:
            return found
        before = page.more


def shown(cast: Cast, viewer: str = LEAD, person: str = "jude") -> list[tuple[str, str, str]]:
    return [(one.day, one.kind, one.what) for one in entries(cast, viewer, person)]


def support(cast: Cast, who: str, agency: str, person: str = "jude", **said: object) -> None:
    given = {"role": "Worker", "starts_on": "2025-01-01", **said}
    involvements.add(
        cast.system, cast[person], agency_id=cast[agency], practitioner_id=cast[who], **given  # type: ignore[arg-type]
    )  # fmt: skip


def test_every_kind_stands_by_its_day_newest_first(cast: Cast) -> None:
    store = cast.authority.store
    support(cast, "health_visitor", "health", role="Health visitor", starts_on="2023-02-01")
    plan = plans.set(cast.actor(LEAD), cast["jude"], "child in need", "2024-05-01")
    plans.end(cast.actor(LEAD), plan, "2025-05-01")
    feed = add_feed(store, "housing")
    say(
        store, feed, "addresses", cast["jude"],
        kind="home", lines="9 Quay Row", postcode="ZZ17 1AA", valid_from="2025-01-15",
    )  # fmt: skip
    say(store, feed, "particulars", cast["jude"], died_on="2026-06-01")
    cast.worry(
        LEAD, "jude", saw="Very quiet today", happened_on="2026-05-20", happened_time="15:10"
    )
    assert [entry for entry in shown(cast) if entry[0] < "2026-11-01"] == [
        ("2026-06-01", "died", "Died"),
        ("2026-05-20", "worry", "Worry"),
        ("2025-05-01", "plan ended", "Child in need plan ended"),
        ("2025-01-15", "moved", "Moved to 9 Quay Row, ZZ17 1AA"),
        ("2024-05-01", "plan begun", "Child in need plan began"),
        ("2023-02-01", "involvement begun", "Health visitor began"),
        ("2022-01-20", "born", "Born"),
    ]
    by_kind = {entry.kind: entry for entry in entries(cast)}
    worry = by_kind["worry"]
    assert (worry.who, worry.agency) == ("Jo Marsh", "Westhaven Children's Social Care")
    assert (worry.text, worry.time) == ("Very quiet today", "15:10")
    assert worry.note_id
    assert by_kind["moved"].source == "The housing feed"
    assert by_kind["involvement begun"].who == "Hana Vale"


def test_a_note_stands_on_the_day_and_with_the_text_of_its_last_revision(cast: Cast) -> None:
    (id,) = cast.worry(LEAD, "jude", saw="First", happened_on="2026-05-20").note_ids
    now = notes.read(cast.actor(LEAD), id).now
    assert now.saw == "First"
    author = cast.actor(LEAD)
    notes.revise(
        author, id,
        notes.NewNote(id=id, kind="worry", people=[cast["jude"]], saw="Second", happened_on="2026-05-19"),
    )  # fmt: skip
    (worry,) = [entry for entry in entries(cast) if entry.note_id]
    assert (worry.day, worry.text) == ("2026-05-19", "Second")


def test_a_withdrawn_note_says_that_it_was_and_no_more(cast: Cast) -> None:
    (id,) = cast.worry(LEAD, "jude", saw="Seen in town").note_ids
    notes.withdraw(cast.actor(LEAD), id, "It was his cousin")
    (worry,) = [entry for entry in entries(cast) if entry.note_id]
    assert (worry.withdrawn, worry.text) == (True, "")


def test_a_long_note_is_cut_at_a_word(cast: Cast) -> None:
    cast.worry(LEAD, "jude", saw="word " * 400)
    (worry,) = [entry for entry in entries(cast) if entry.note_id]
    assert len(worry.text) <= timeline.TEXT_LENGTH + 1
    assert worry.text.endswith("word…")


def test_what_is_thought_is_told_where_nothing_was_seen(cast: Cast) -> None:
    cast.worry(LEAD, "jude", saw="", thinks="Something is not right")
    assert [one.text for one in entries(cast) if one.note_id] == ["Something is not right"]


def test_a_page_begins_where_the_one_before_it_ended(cast: Cast) -> None:
    for n in range(timeline.PAGE + 5):
        cast.worry(LEAD, "jude", saw=f"Note {n}", happened_on=f"2026-03-{n % 9 + 1:02}")
    first = timeline.of(cast.actor(LEAD), cast["jude"])
    assert len(first.entries) == timeline.PAGE
    assert first.more
    whole = entries(cast)
    assert len({one.text for one in whole if one.note_id}) == timeline.PAGE + 5
    order = [(one.day, one.as_of) for one in whole if one.note_id]
    assert order == sorted(order, reverse=True)


@pytest.mark.parametrize("cursor", ["nonsense", "a~b", "~~", "~~~~"])
def test_what_is_no_cursor_is_said_to_be_none(cast: Cast, cursor: str) -> None:
    with pytest.raises(Invalid):
        timeline.of(cast.actor(LEAD), cast["jude"], cursor)


def test_a_cursor_of_nothing_real_gives_what_comes_after_it(cast: Cast) -> None:
    assert timeline.of(cast.actor(LEAD), cast["jude"], "0001-01-01~x~y~z").entries == []


def test_sealed_work_is_on_nobody_else_s_timeline(cast: Cast) -> None:
    store = cast.authority.store
    before = shown(cast, person="amara")
    support(cast, "sealed", "harbour", person="amara", role="Recovery worker")
    feed = add_feed(store, "recovery", cast["harbour"])
    say(store, feed, "plans", cast["amara"], kind="child in need", valid_from="2025-01-01")
    say(store, feed, "particulars", cast["amara"], born_on="2019-05-04")
    say(
        store, feed, "addresses", cast["amara"],
        kind="home", lines="1 Hidden Row", postcode="ZZ1 1ZZ", valid_from="2025-01-01",
    )  # fmt: skip
    for viewer in (LEAD, "pastoral", "supervisor", "safeguarding"):
        assert shown(cast, viewer, "amara") == before
    assert len(shown(cast, "sealed", "amara")) == len(before) + 5


def test_a_note_that_is_hidden_or_narrowed_is_not_there(cast: Cast) -> None:
    (undone,) = cast.worry(LEAD, "amara", saw="Undone").note_ids
    notes.undo(cast.actor(LEAD), undone)
    cast.worry(LEAD, "amara", saw="For some", audience=["social care", "health"])
    (wrong,) = cast.worry("pastoral", "amara", saw="Of another child").note_ids
    notes.wrong_person(cast.actor("pastoral"), wrong, "A namesake")

    def texts(viewer: str) -> list[str]:
        return [one.text for one in entries(cast, viewer, "amara") if one.note_id]

    assert texts("pastoral") == []
    assert texts("health_visitor") == ["For some"]
    assert texts(LEAD) == ["For some"]


def test_a_protected_location_leaves_no_move_no_school_and_no_agency(cast: Cast) -> None:
    store = cast.authority.store
    say(
        store, add_feed(store, "housing"), "addresses", cast["amara"],
        kind="home", lines="9 Quay Row", postcode="ZZ17 1AA", valid_from="2025-01-15",
    )  # fmt: skip
    support(cast, "pastoral", "school", "amara", role="Attendance lead", starts_on="2025-09-01")
    cast.worry("pastoral", "amara", saw="Late again")
    located = shown(cast, "health_visitor", "amara")
    protections.protect(cast.actor(LEAD), cast["amara"], "Her father", [cast[LEAD]])
    hidden = entries(cast, "health_visitor", "amara")
    missing = {(day, kind) for day, kind, _ in located} - {(e.day, e.kind) for e in hidden}
    assert missing >= {("2025-01-15", "moved"), ("2025-09-01", "involvement begun")}
    told = " ".join(f"{e.what} {e.agency} {e.text}" for e in hidden)
    assert "Quay" not in told
    assert "Bede" not in told
    assert shown(cast, LEAD, "amara") == located


def test_somebody_who_asks_to_join_has_not_begun(cast: Cast) -> None:
    people.give_purpose(cast.actor("outsider"), cast["jude"], "enquiry")
    before = shown(cast)
    involvements.ask(cast.actor("outsider"), cast["jude"], "Officer")
    assert shown(cast) == before


def test_two_sources_that_say_the_same_are_one_entry(cast: Cast) -> None:
    store = cast.authority.store
    for code in ("births", "gp"):
        say(store, add_feed(store, code), "particulars", cast["jude"], born_on="2022-01-20")
    assert [entry[1] for entry in shown(cast)].count("born") == 1


def test_the_timeline_is_the_circle_s(cast: Cast) -> None:
    people.give_purpose(cast.actor("outsider"), cast["jude"], "enquiry")
    with pytest.raises(NotAllowed):
        timeline.of(cast.actor("outsider"), cast["jude"])
    for blind in ("reporter", "governance", "administrator"):
        with pytest.raises(NotFound):
            timeline.of(cast.actor(blind), cast["jude"])
    with pytest.raises(NotFound):
        timeline.of(cast.actor(LEAD), "nobody")
    people.take_on(cast.actor("duty"), cast["jude"], "Rang the front door")
    assert timeline.of(cast.actor("duty"), cast["jude"]).brief.name == "Jude Okafor"


def test_looking_leaves_its_row_and_its_read_marks(cast: Cast) -> None:
    cast.worry(LEAD, "amara", saw="Late again")
    viewer = cast.actor("pastoral")
    timeline.of(viewer, cast["amara"])
    with pytest.raises(NotAllowed):
        timeline.of(cast.actor("outsider"), cast["amara"])
    rows = cast.authority.store.query(
        """SELECT e.actor, e.verdict, s.person_id FROM audit_events e
        JOIN audit_subjects s ON s.event_id = e.id
        WHERE e.action = 'timeline:looked' ORDER BY e.at"""
    )
    assert [tuple(row.values()) for row in rows] == [
        (cast["pastoral"], "allowed", cast["amara"]),
        (cast["outsider"], "refused", cast["amara"]),
    ]
    (note,) = people.look(viewer, cast["amara"]).notes.notes  # type: ignore[union-attr]
    assert note.read
    assert people.look(viewer, cast["amara"]).sight is Sight.CIRCLE
