"""Who may see what: each row of the table (tests/table.py) as a small world, held against the core."""

from __future__ import annotations

import pytest

from api.access import Sight
from api.errors import NotAllowed, NotFound
from api.record import notes, people, timeline
from api.trust.actor import Actor
from tests.cast import Cast
from tests.table import OWN, TABLE, Row, known, leave, report


@pytest.fixture
def amara(cast: Cast) -> Cast:
    known(cast)
    return cast


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.who.replace(" ", "-"))
def test_a_row_of_the_table(amara: Cast, row: Row) -> None:
    viewer = amara.actor(row.viewer)
    row.given(amara)
    lists_no_more_than_the_page(amara, viewer, row)
    if row.sight is Sight.NOTHING:
        for look in (people.look, notes.about, timeline.of):
            with pytest.raises(NotFound):
                look(viewer, amara[row.person])
        return
    child = people.look(viewer, amara[row.person])
    assert child.sight is row.sight
    texts = [note.now.saw for note in child.notes.notes] if child.notes else []
    assert sorted(texts) == sorted(row.sees)
    parts = set(row.but.split())
    assert bool(child.circle) is ("circle" in parts)
    assert bool(child.family) is ("family" in parts)
    assert bool(child.plans) is ("plans" in parts)
    assert bool(child.addresses) is ("addresses" in parts)
    sealed = [line for line in child.circle if line.practitioner_id == amara["sealed"]]
    assert bool(sealed) is ("sealed" in parts)
    if "timeline" in parts:
        assert timeline.of(viewer, amara[row.person]).entries
        assert notes.about(viewer, amara[row.person]).notes
    else:
        with pytest.raises(NotAllowed):
            timeline.of(viewer, amara[row.person])


def lists_no_more_than_the_page(amara: Cast, viewer: Actor, row: Row) -> None:
    """Home and latest show no child and no note that the child's own page would not."""
    mine = [child.brief.id for child in people.mine(viewer)]
    assert (amara["amara"] in mine) <= (row.sight is Sight.CIRCLE)
    latest = notes.latest(viewer)
    about_amara = [line for line in latest if amara["amara"] in [one.id for one in line.people]]
    assert len(about_amara) <= len(row.sees)


@pytest.mark.parametrize(
    "who", ["social_worker", "outsider", "duty", "sealed", "governance", "reporter"]
)
def test_someone_who_left_has_no_session_and_no_sight(amara: Cast, who: str) -> None:
    viewer = amara.actor(who)
    leave(who)(amara)
    with pytest.raises(NotFound):
        people.look(viewer, amara["amara"])
    with pytest.raises(NotFound):
        timeline.of(viewer, amara["amara"])


def test_a_reporter_s_own_note_comes_back_to_them_alone(amara: Cast) -> None:
    reporter = amara.actor("reporter")
    report(amara)
    assert [note.now.saw for note in notes.written(reporter).notes] == [OWN]
    child = people.look(reporter, amara["as typed"])
    assert child.sight is Sight.OWN
    assert child.notes
    assert [note.now.saw for note in child.notes.notes] == [OWN]
    assert not any((child.circle, child.plans, child.family, child.addresses))
    reached = people.look(amara.actor("pastoral"), amara["amara"]).notes
    assert reached
    assert OWN in [note.now.saw for note in reached.notes]


def test_nothing_hints_at_a_sealed_involvement(amara: Cast) -> None:
    """A child with and one without a sealed practitioner read the same to everybody else."""
    with_sealed = {
        viewer: people.look(amara.actor(viewer), amara["amara"])
        for viewer in ("social_worker", "pastoral", "supervisor", "safeguarding")
    }
    for viewer, child in with_sealed.items():
        names = [line.name for line in (*child.circle, *child.others, *child.waiting)]
        assert "Sil Brook" not in names, viewer
        assert "Harbour" not in str(child), viewer
        assert amara["harbour"] not in str(child), viewer
        assert amara["sealed"] not in str(child), viewer
    trail = str(timeline.of(amara.actor("social_worker"), amara["amara"]))
    assert "Sil Brook" not in trail
    assert "Harbour" not in trail
