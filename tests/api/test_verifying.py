"""The audit trail proves itself: whatever an administrator does to it by SQL is found, and named."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import NotAllowed
from api.moment import new_id
from api.store import chain as stored
from api.trust import audit, heads, sealer, verifying
from tests.administrator import Administrator, administrator
from tests.cast import Cast, reopen
from tests.trail import Named, SealedTrail

Tampering = Callable[[Administrator, SealedTrail], Named]


@pytest.fixture
def trail(cast: Cast, cast_url: str) -> SealedTrail:
    return SealedTrail.made(cast, cast_url)


def test_a_trail_that_nobody_touched_is_well(trail: SealedTrail) -> None:
    found, report = trail.verify()
    assert found == []
    assert report.is_well
    assert report.places == trail.end
    assert report.heads == 3
    # Looking at it leaves a row, which waits.
    assert report.waiting == 1
    assert report.oldest_waiting is not None
    assert sealer.seal(trail.cast.authority) == 1
    assert trail.named() == set()


def test_only_the_command_line_verifies(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        verifying.verify(cast.actor("governance"), None, print)
    with pytest.raises(NotAllowed):
        heads.give(cast.actor("administrator"), None)
    rows = audit.latest(cast.system, 10)
    assert ("audit:verified", "refused") in [(row.action, row.verdict) for row in rows]


# --- Rows of the trail ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2020-01-01T00:00:00.000000Z"),
        ("actor", "somebody else"),
        ("agency_id", None),
        ("enrolment_id", None),
        ("action", "home:looked"),
        ("verdict", "refused"),
        ("reason", "because"),
        ("object", "0193e6a0-0000-7000-8000-00000000beef"),
    ],
)
def test_a_changed_row_is_named(trail: SealedTrail, column: str, value: str | None) -> None:
    with administrator(trail.url) as admin:
        _, event = trail.event(admin, f"e.{column} IS NOT NULL" if value is None else "1 = 1")
        admin.run(
            f"UPDATE audit_events SET {column} = :value WHERE id = :id", value=value, id=event
        )
    assert trail.named() == {("audit_events", "changed", event)}


def test_details_put_in_the_place_of_others_are_named(trail: SealedTrail) -> None:
    with administrator(trail.url) as admin:
        _, event = trail.event(admin)
        other = admin.get(
            "SELECT words_id FROM audit_events WHERE words_id IS NOT NULL AND id <> :id", id=event
        )
        admin.run("UPDATE audit_events SET words_id = :w WHERE id = :id", w=other, id=event)
    assert trail.named() == {("audit_events", "changed", event), ("words", "changed", event)}


def test_another_id_is_a_row_missing_and_one_put_in(trail: SealedTrail) -> None:
    with administrator(trail.url) as admin:
        _, event = trail.event(admin)
        other = new_id()
        for table, column in (("audit_events", "id"), ("audit_subjects", "event_id")):
            admin.run(f"UPDATE {table} SET {column} = :o WHERE {column} = :id", o=other, id=event)
    assert trail.named() == {
        ("audit_events", "missing", event),
        ("audit_events", "inserted", other),
    }


def _details_changed(admin: Administrator, trail: SealedTrail) -> Named:
    _, event = trail.event(admin)
    of_it = "(SELECT words_id FROM audit_events WHERE id = :id)"
    sealed = bytearray(admin.get(f"SELECT sealed FROM words WHERE id = {of_it}", id=event))
    sealed[20] ^= 1
    admin.run(f"UPDATE words SET sealed = :s WHERE id = {of_it}", s=bytes(sealed), id=event)
    return {("words", "changed", event)}


def _details_removed(admin: Administrator, trail: SealedTrail) -> Named:
    _, event = trail.event(admin)
    admin.run(
        "DELETE FROM words WHERE id = (SELECT words_id FROM audit_events WHERE id = :id)", id=event
    )
    return {("words", "missing", event)}


def _row_removed(admin: Administrator, trail: SealedTrail) -> Named:
    _, event = trail.event(admin)
    admin.run("DELETE FROM audit_events WHERE id = :id", id=event)
    return {("audit_events", "missing", event)}


def _row_removed_whole(admin: Administrator, trail: SealedTrail) -> Named:
    """With everything about it, its place included."""
    number, event = trail.event(admin)
    admin.run("DELETE FROM audit_subjects WHERE event_id = :id", id=event)
    admin.run("DELETE FROM audit_events WHERE id = :id", id=event)
    admin.run("DELETE FROM audit_chain WHERE event_id = :id", id=event)
    return {("audit_chain", "missing", number)}


def _person_removed(admin: Administrator, trail: SealedTrail) -> Named:
    _, event = trail.event(admin)
    admin.run("DELETE FROM audit_subjects WHERE event_id = :id", id=event)
    return {("audit_subjects", "missing", event)}


def _person_added(admin: Administrator, trail: SealedTrail) -> Named:
    _, event = trail.event(admin)
    admin.run("INSERT INTO audit_subjects VALUES (:id, 'an innocent child')", id=event)
    return {("audit_subjects", "inserted", event)}


def _person_exchanged(admin: Administrator, trail: SealedTrail) -> Named:
    _, event = trail.event(admin)
    admin.run("UPDATE audit_subjects SET person_id = 'another' WHERE event_id = :id", id=event)
    return {("audit_subjects", "changed", event)}


def _people_of_no_row(admin: Administrator, _: SealedTrail) -> Named:
    admin.run("INSERT INTO audit_subjects VALUES ('no row', 'an innocent child')")
    return {("audit_subjects", "inserted", "no row")}


def _insert(admin: Administrator) -> str:
    event = new_id()
    admin.run(
        """INSERT INTO audit_events (id, at, actor, action, verdict, reason)
        VALUES (:id, '2026-11-01T09:00:00.000000Z', 'a rival', 'person:looked', 'allowed', '')""",
        id=event,
    )
    admin.run("DELETE FROM audit_unsealed WHERE event_id = :id", id=event)
    return event


def _row_put_in(admin: Administrator, _: SealedTrail) -> Named:
    return {("audit_events", "inserted", _insert(admin))}


def _place_of(admin: Administrator, number: int) -> stored.Link:
    return stored.Link(
        *admin.run(f"SELECT {stored._LINK} FROM audit_chain WHERE number = {number}")[0]
    )


def _forge(admin: Administrator, number: int, event: str, previous: bytes) -> bytes:
    """Give a row a place whose hash is right: it needs no key."""
    content = stored.Content(
        event, "2026-11-01T09:00:00.000000Z", "a rival", None, None, "person:looked", "allowed", "",
        None, None, None,
    )  # fmt: skip
    link = sealer.place(number, event, previous, content, [])
    columns = ", ".join(f":{name}" for name in link._fields)
    admin.run(f"INSERT INTO audit_chain ({stored._LINK}) VALUES ({columns})", **link._asdict())
    return link.hash


def _row_put_in_at_the_end(admin: Administrator, trail: SealedTrail) -> Named:
    event = _insert(admin)
    _forge(admin, trail.end + 1, event, _place_of(admin, trail.end).hash)
    return {("audit_chain", "inserted", event)}


def _row_put_in_with_a_forged_head(admin: Administrator, trail: SealedTrail) -> Named:
    event = _insert(admin)
    hash = _forge(admin, trail.end + 1, event, _place_of(admin, trail.end).hash)
    admin.run(
        "INSERT INTO audit_heads VALUES (:number, :before, 'now', :hash, :signature)",
        number=trail.end + 1, before=trail.end, hash=hash, signature=os.urandom(64),
    )  # fmt: skip
    return {("audit_heads", "changed", trail.end + 1), ("audit_chain", "inserted", event)}


def _row_exchanged_with_a_forged_place(admin: Administrator, trail: SealedTrail) -> Named:
    number, _ = trail.event(admin)
    event, old = _insert(admin), _place_of(admin, number)
    admin.run("DELETE FROM audit_chain WHERE number = :n", n=number)
    _forge(admin, number, event, old.previous)
    after = trail.rows[number + 1]
    return {("audit_chain", "broken", after), ("audit_events", "inserted", old.event_id)}


def _chain_written_anew(admin: Administrator, trail: SealedTrail) -> Named:
    """One row changed, and every place from it on made right again, as far as one can without a key."""
    number, event = trail.event(admin)
    admin.run("UPDATE audit_events SET reason = 'because' WHERE id = :id", id=event)
    previous = _place_of(admin, number).previous
    for n in range(number, trail.end + 1):
        old = _place_of(admin, n)
        link = old._replace(previous=previous)
        if n == number:
            content = stored.Content(
                *admin.run(
                    """SELECT e.id, e.at, e.actor, e.agency_id, e.enrolment_id, e.action, e.verdict,
                        e.reason, e.object, e.words_id, NULL FROM audit_events e WHERE e.id = :id""",
                    id=event,
                )[0]
            )
            link = link._replace(event_digest=sealer.row_digest(content))
        previous = sealer.place_hash(link)
        admin.run(
            """UPDATE audit_chain SET previous = :previous, event_digest = :row, hash = :hash
            WHERE number = :n""",
            previous=link.previous, row=link.event_digest, hash=previous, n=n,
        )  # fmt: skip
    head = admin.get("SELECT MIN(number) FROM audit_heads WHERE number >= :n", n=number)
    return {("audit_chain", "rewritten", head)}


@pytest.mark.parametrize("engine", ["postgres"])  # the other one keeps a table's key for good
def test_a_row_that_stands_there_twice_is_named(trail: SealedTrail) -> None:
    with administrator(trail.url) as admin:
        _, event = trail.event(admin)
        admin.run("ALTER TABLE audit_events DROP CONSTRAINT audit_events_pkey CASCADE")
        admin.run("ALTER TABLE audit_chain DROP CONSTRAINT audit_chain_pkey CASCADE")
        admin.run(f"INSERT INTO audit_events SELECT * FROM audit_events WHERE id = '{event}'")
        other = trail.rows[5]
        admin.run("ALTER TABLE audit_chain DROP CONSTRAINT audit_chain_event_id_key")
        admin.run("INSERT INTO audit_chain SELECT * FROM audit_chain WHERE number = 5")
    assert trail.named() == {
        ("audit_events", "inserted", event),
        ("audit_chain", "inserted", other),
    }


# --- The chain --------------------------------------------------------------------------------------


def _swapped_numbers(admin: Administrator, trail: SealedTrail) -> Named:
    number, event = trail.event(admin)
    other, other_event = number - 20, trail.rows[number - 20]
    _renumber(admin, {number: other, other: number})
    return {("audit_chain", "moved", event), ("audit_chain", "moved", other_event)}


def _swapped_neighbours(admin: Administrator, trail: SealedTrail) -> Named:
    number, event = trail.event(admin)
    _renumber(admin, {number: number + 1, number + 1: number})
    return {("audit_chain", "moved", event), ("audit_chain", "moved", trail.rows[number + 1])}


def _renumber(admin: Administrator, moves: dict[int, int]) -> None:
    for old in moves:
        admin.run("UPDATE audit_chain SET number = :n WHERE number = :o", n=-old, o=old)
    for old, new in moves.items():
        admin.run("UPDATE audit_chain SET number = :n WHERE number = :o", n=new, o=-old)


def _swapped_places(admin: Administrator, trail: SealedTrail) -> Named:
    """The rows at two places exchanged, and their digests with them: hashes stay where they are."""
    number, event = trail.event(admin)
    one, other = _place_of(admin, number), _place_of(admin, number - 7)
    admin.run("UPDATE audit_chain SET event_id = 'x' WHERE number = :n", n=number)
    for n, link in ((number - 7, one), (number, other)):
        admin.run(
            """UPDATE audit_chain SET event_id = :e, event_digest = :r, people = :p,
            people_digest = :q, details_digest = :d WHERE number = :n""",
            e=link.event_id, r=link.event_digest, p=link.people, q=link.people_digest,
            d=link.details_digest, n=n,
        )  # fmt: skip
    return {("audit_chain", "changed", event), ("audit_chain", "changed", other.event_id)}


def _place_before_the_first(admin: Administrator, _: SealedTrail) -> Named:
    event = _insert(admin)
    _forge(admin, 0, event, b"x" * 32)
    return {("audit_chain", "inserted", event)}


def _gone_while_it_waited(admin: Administrator, _: SealedTrail) -> Named:
    admin.run("INSERT INTO audit_unsealed (event_id) VALUES ('gone')")
    return {("audit_events", "missing", "gone")}


@pytest.mark.parametrize(
    "column",
    ["event_id", "previous", "event_digest", "people", "people_digest", "details_digest", "hash"],
)
def test_a_changed_place_is_named(trail: SealedTrail, column: str) -> None:
    value = {"event_id": "another", "people": 7}.get(column, b"x" * 32)
    with administrator(trail.url) as admin:
        number, event = trail.event(admin)
        admin.run(f"UPDATE audit_chain SET {column} = :v WHERE number = :n", v=value, n=number)
    if column == "event_id":  # the row that stood there stands nowhere now
        wanted = {("audit_chain", "changed", "another"), ("audit_events", "inserted", event)}
    else:
        wanted = {("audit_chain", "changed", event)}
    assert trail.named() == wanted


def test_a_place_moved_away_is_named_and_leaves_a_gap(trail: SealedTrail) -> None:
    with administrator(trail.url) as admin:
        number, event = trail.event(admin)
        _renumber(admin, {number: trail.end + 5})
    assert trail.named() == {
        ("audit_chain", "missing", number),
        ("audit_chain", "missing", trail.end + 1),
        ("audit_chain", "changed", event),
        ("audit_chain", "inserted", event),
    }


# --- Heads --------------------------------------------------------------------------------------------


def _head_removed(admin: Administrator, _: SealedTrail) -> Named:
    number = admin.get("SELECT MIN(number) FROM audit_heads")
    admin.run("DELETE FROM audit_heads WHERE number = :n", n=number)
    return {("audit_heads", "missing", number)}


def _head_changed(admin: Administrator, _: SealedTrail) -> Named:
    number = admin.get("SELECT MIN(number) FROM audit_heads")
    admin.run("UPDATE audit_heads SET at = '2020' WHERE number = :n", n=number)
    return {("audit_heads", "changed", number)}


def _head_forged(admin: Administrator, trail: SealedTrail) -> Named:
    """Between two that are right, over the right hash."""
    number = admin.get("SELECT MIN(number) FROM audit_heads") + 1
    admin.run(
        "INSERT INTO audit_heads VALUES (:number, :before, 'now', :hash, :signature)",
        number=number, before=number - 1, hash=_place_of(admin, number).hash, signature=b"x" * 64,
    )  # fmt: skip
    assert number < trail.end
    return {("audit_heads", "changed", number)}


def _end_cut_and_heads_left(admin: Administrator, trail: SealedTrail) -> Named:
    event = trail.rows[trail.end]
    admin.run("DELETE FROM audit_subjects WHERE event_id = :id", id=event)
    admin.run("DELETE FROM audit_events WHERE id = :id", id=event)
    admin.run("DELETE FROM audit_chain WHERE number = :n", n=trail.end)
    return {("audit_chain", "missing", trail.end)}


TAMPERINGS: list[Tampering] = [
    _details_changed, _details_removed, _row_removed, _row_removed_whole, _person_removed, _person_added,
    _person_exchanged, _people_of_no_row, _row_put_in, _row_put_in_at_the_end,
    _row_put_in_with_a_forged_head, _row_exchanged_with_a_forged_place, _chain_written_anew,
    _swapped_numbers, _swapped_neighbours, _swapped_places, _place_before_the_first,
    _gone_while_it_waited, _head_removed, _head_changed, _head_forged, _end_cut_and_heads_left,
]  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__.strip("_"))
def test_what_an_administrator_does_is_found_and_named(
    trail: SealedTrail, tamper: Tampering
) -> None:
    with administrator(trail.url) as admin:
        wanted = tamper(admin, trail)
    assert trail.named() == wanted


# --- Any of it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["sqlite"])  # a copy of a database takes long on the other one
@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_done_at_once_every_row_of_it_is_named(
    copies: Callable[[], contextlib.AbstractContextManager[SealedTrail]], data: st.DataObject
) -> None:
    """Rows changed, removed, put in and moved, up to six at once, anywhere."""
    with copies() as trail:
        numbers = data.draw(
            st.lists(st.integers(1, trail.end - 1), min_size=1, max_size=6, unique=True)
        )
        with administrator(trail.url) as admin:
            wanted = set()
            for number in numbers:
                event = trail.rows[number]
                kind = data.draw(st.sampled_from(sorted(DEEDS)))
                admin.run(DEEDS[kind], id=event, n=number)
                wanted.add((event, number))
        found, report = trail.verify()
        assert not report.is_well
        named = {one.event_id for one in found} | {one.number for one in found}
        for event, number in wanted:
            assert {event, number} & named, (event, number)
        # Nobody else is blamed: neighbours of what was done aside, and heads.
        innocent = set(trail.rows.values()) - {trail.rows[n] for n in numbers}
        beside = {trail.rows.get(n + 1) for n in numbers}
        assert not {one.event_id for one in found} & (innocent - beside)


DEEDS = {
    "change": "UPDATE audit_events SET reason = 'because' WHERE id = :id AND :n > 0",
    "remove": "DELETE FROM audit_events WHERE id = :id AND :n > 0",
    "add somebody": "INSERT INTO audit_subjects (event_id, person_id) SELECT :id, 'x' WHERE :n > 0",
    "take the place": "DELETE FROM audit_chain WHERE event_id = :id AND number = :n",
    "change the place": "UPDATE audit_chain SET people = 9 WHERE event_id = :id AND number = :n",
    "cut the hash": "UPDATE audit_chain SET hash = previous WHERE event_id = :id AND number = :n",
    "move": "UPDATE audit_chain SET number = -number WHERE event_id = :id AND number = :n",
}


@pytest.fixture
def copies(
    trail: SealedTrail, tmp_path: Path
) -> Callable[[], contextlib.AbstractContextManager[SealedTrail]]:
    """Gives copies of a trail, each to be spoilt."""
    trail.cast.authority.close()
    numbers = itertools.count()

    @contextlib.contextmanager
    def copy() -> Iterator[SealedTrail]:
        path = tmp_path / f"copy-{next(numbers)}.db"
        shutil.copy(trail.url.removeprefix("sqlite:///"), path)
        again = SealedTrail(reopen(f"sqlite:///{path}", trail.cast.ids), f"sqlite:///{path}")
        try:
            yield again
        finally:
            again.cast.authority.close()

    return copy
