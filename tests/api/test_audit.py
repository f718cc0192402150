"""Nobody looks unseen: what the trail holds, and that it can only be added to."""

from __future__ import annotations

import pytest

from api.errors import NotAllowed, NotFound
from api.record import notes, people
from api.trust import audit
from tests.cast import Cast


def _actions(cast: Cast, **which: str) -> list[tuple[str, str]]:
    rows = audit.latest(cast.system, 1000, **which)
    return [(row.action, row.verdict) for row in rows]


def test_looks_changes_and_refusals_leave_rows_about_the_person(cast: Cast) -> None:
    people.look(cast.actor("pastoral"), cast["amara"])
    cast.worry("pastoral", "amara")
    with pytest.raises(NotFound):
        people.look(cast.actor("reporter"), cast["amara"])
    about = _actions(cast, about=cast["amara"])
    assert about[0] == ("person:looked", "refused")
    assert ("note:logged", "allowed") in about
    assert ("person:looked", "allowed") in about


def test_a_refused_change_leaves_its_row_and_changes_nothing(cast: Cast) -> None:
    note_id = cast.worry("pastoral", "amara").note_ids[0]
    with pytest.raises(NotFound):
        notes.withdraw(cast.actor("outsider"), note_id, "Because.")
    assert ("note:withdrawn", "refused") in _actions(cast, by=cast["outsider"])
    assert notes.read(cast.actor("pastoral"), note_id).withdrawn is None


def test_what_was_typed_is_in_the_trail_only_sealed(cast: Cast) -> None:
    people.take_on(cast.actor("duty"), cast["lily"], "canary-5521 from a neighbour")
    for table in ("audit_events", "audit_subjects", "words", "wraps", "grants"):
        for row in cast.authority.store.query(f"SELECT * FROM {table}"):
            assert not any(b"canary" in _bytes(value) for value in row.values())
    [row] = cast.authority.store.query(
        "SELECT words_id FROM audit_events WHERE action = 'person:taken-on'"
    )
    opened = cast.authority.vault.open(cast.authority.store, [row["words_id"]])
    assert opened[row["words_id"]] == "canary-5521 from a neighbour"


def test_the_trail_is_read_on_the_command_line_only_and_reading_leaves_a_row(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        audit.latest(cast.actor("administrator"), 10)
    audit.latest(cast.system, 1)
    assert _actions(cast)[0] == ("audit:looked", "allowed")


@pytest.mark.parametrize("table", ["audit_events", "audit_subjects"])
@pytest.mark.parametrize("sql", ["UPDATE {table} SET {column} = ''", "DELETE FROM {table}"])
def test_rows_can_be_added_and_never_changed(cast: Cast, table: str, sql: str) -> None:
    column = "reason" if table == "audit_events" else "person_id"
    with pytest.raises(Exception, match="append-only"):
        cast.authority.store.upkeep(lambda tx: tx.change(sql.format(table=table, column=column)))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
