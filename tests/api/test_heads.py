"""Heads of the audit trail that are kept elsewhere: what a database administrator cuts off shows there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.errors import Misconfigured
from api.trust import heads, sealer
from tests.administrator import administrator
from tests.cast import Cast
from tests.trail import SealedTrail


@pytest.fixture
def trail(cast: Cast, cast_url: str) -> SealedTrail:
    return SealedTrail.made(cast, cast_url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "heads"


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / heads.HEADS).read_text().splitlines()]


def cut(trail: SealedTrail, until: int, *, requeue: bool = False) -> None:
    """Cut the end of the chain off with its heads, and remove the rows, or let them be sealed anew."""
    with administrator(trail.url) as admin:
        gone = [event for number, event in trail.rows.items() if number > until]
        admin.run("DELETE FROM audit_chain WHERE number > :n", n=until)
        admin.run("DELETE FROM audit_heads WHERE number > :n", n=until)
        for event in gone:
            if requeue:
                admin.run("UPDATE audit_events SET actor = 'a rival' WHERE id = :id", id=event)
                admin.run("INSERT INTO audit_unsealed (event_id) VALUES (:id)", id=event)
            else:
                admin.run("DELETE FROM audit_subjects WHERE event_id = :id", id=event)
                admin.run("DELETE FROM audit_events WHERE id = :id", id=event)


def signed(trail: SealedTrail) -> list[int]:
    rows = trail.cast.authority.store.query("SELECT number FROM audit_heads ORDER BY number")
    return [row["number"] for row in rows]


def test_a_head_is_kept_with_its_key_and_compared(trail: SealedTrail, folder: Path) -> None:
    head = heads.give(trail.cast.system, folder)
    assert head is not None
    (line,) = lines(folder)
    assert (line["number"], line["hash"]) == (head.number, head.hash.hex())
    assert line["authority"] == trail.cast.authority.id
    assert heads.kept_key(folder) == sealer.public_pem(trail.cast.authority)
    assert "PUBLIC KEY" in sealer.public_pem(trail.cast.authority)
    found, report = trail.verify(folder)
    assert (found, report.heads_kept) == ([], 1)
    assert report.last_kept_at == line["kept_at"]


def test_an_empty_trail_has_no_head_and_is_well(cast: Cast, cast_url: str, folder: Path) -> None:
    with administrator(cast_url) as admin:
        for table in ("audit_unsealed", "audit_subjects", "audit_events"):
            admin.run(f"DELETE FROM {table}")
    authority = cast.authority
    assert sealer.seal(authority) == 0
    assert not heads.keep_hourly(authority, folder)
    trail = SealedTrail(cast, cast_url)
    found, report = trail.verify()
    assert (found, report.places, report.heads) == ([], 0, 0)
    assert heads.give(cast.system, folder) is not None  # asking for it left the first rows


@pytest.mark.parametrize("requeue", [False, True], ids=["removed", "sealed anew"])
def test_an_end_that_was_cut_off_shows_in_the_heads_and_only_there(
    trail: SealedTrail, folder: Path, requeue: bool
) -> None:
    assert heads.keep_hourly(trail.cast.authority, folder)
    first, *_, last = signed(trail)
    cut(trail, first, requeue=requeue)
    if requeue:
        trail.cast.worry("pastoral", "amara")  # so that it is as long again
        sealer.seal(trail.cast.authority)
    assert trail.named() == set()
    what = "rewritten" if requeue else "missing"
    assert trail.named(folder) == {("audit_chain", what, last)}


def test_a_trail_that_was_emptied_shows_in_the_heads(trail: SealedTrail, folder: Path) -> None:
    heads.keep_hourly(trail.cast.authority, folder)
    cut(trail, 0)
    assert trail.named(folder) == {("audit_chain", "missing", trail.end)}


def test_one_line_an_hour_and_none_where_nothing_happened(trail: SealedTrail, folder: Path) -> None:
    authority = trail.cast.authority
    assert heads.keep_hourly(authority, folder)
    trail.cast.worry("pastoral", "amara")
    sealer.seal(authority)
    assert not heads.keep_hourly(authority, folder)  # there is a newer one, and no hour went by
    authority.store.clock = lambda: datetime.now(UTC) + timedelta(minutes=61)
    assert heads.keep_hourly(authority, folder)
    authority.store.clock = lambda: datetime.now(UTC) + timedelta(hours=9)
    assert not heads.keep_hourly(authority, folder)  # an hour went by, and there is no newer one
    assert [line["number"] for line in lines(folder)] == signed(trail)[-2:]


def test_a_line_that_was_cut_short_is_said_and_the_next_one_stands_alone(
    trail: SealedTrail, folder: Path
) -> None:
    heads.give(trail.cast.system, folder)
    file = folder / heads.HEADS
    file.write_bytes(file.read_bytes() + file.read_bytes()[:70])  # the power went
    assert heads.give(trail.cast.system, folder)
    found, report = trail.verify(folder)
    assert (found, report.heads_kept, report.unread) == ([], 2, [2])


def _forged(line: dict[str, object]) -> dict[str, object]:
    return {**line, "number": 1}


def _another(line: dict[str, object]) -> dict[str, object]:
    return {**line, "authority": "0193e6a0-0000-7000-8000-00000000beef"}


@pytest.mark.parametrize("change", [_forged, _another])
def test_a_head_that_the_authority_did_not_sign_is_named(
    trail: SealedTrail, folder: Path, change: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    heads.give(trail.cast.system, folder)
    changed = change(lines(folder)[0])
    (folder / heads.HEADS).write_text(json.dumps(changed) + "\n")
    assert trail.named(folder) == {("heads", "changed", changed["number"])}


def test_another_key_in_the_folder_is_named_and_nothing_is_added_to_it(
    trail: SealedTrail, folder: Path
) -> None:
    heads.give(trail.cast.system, folder)
    (folder / heads.PUBLIC_KEY).write_text("-----BEGIN PUBLIC KEY-----\n")
    assert trail.named(folder) == {("heads", "changed", None)}
    with pytest.raises(Misconfigured, match="not this authority's"):
        heads.give(trail.cast.system, folder)


def test_a_folder_without_heads_is_said(trail: SealedTrail, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="There are no heads to read"):
        trail.verify(tmp_path)


@pytest.mark.parametrize("written", [b"", b"\x00\xff\n", b"[" * 100_000, b'{"number": 1e999}'])
def test_a_file_without_a_head_that_can_be_read_is_no_proof(
    trail: SealedTrail, folder: Path, written: bytes
) -> None:
    heads.give(trail.cast.system, folder)
    (folder / heads.HEADS).write_bytes(written)
    assert trail.named(folder) == {("heads", "missing", None)}


def test_what_stands_in_a_line_that_nobody_signed_prints_on_one_line(
    trail: SealedTrail, folder: Path
) -> None:
    heads.give(trail.cast.system, folder)
    (line,) = lines(folder)
    file = folder / heads.HEADS
    file.write_text(json.dumps({**line, "kept_at": "\ud800\x1b[2J"}) + "\r\n")
    found, report = trail.verify(folder)
    assert (found, report.heads_kept) == ([], 1)
    assert report.last_kept_at == "'\\ud800\\x1b[2J'"


def test_a_head_that_somebody_forged_is_not_kept_and_keeps_no_later_one_out(
    trail: SealedTrail, folder: Path
) -> None:
    authority = trail.cast.authority
    with administrator(trail.url) as admin:
        admin.run("INSERT INTO audit_heads VALUES (:n, 0, 'now', :h, :h)", n=2**63 - 1, h=b"x" * 64)
        for keep in (
            lambda: heads.keep_hourly(authority, folder),
            lambda: heads.give(trail.cast.system, folder),
        ):
            with pytest.raises(sealer.Tampered):
                keep()
        admin.run("DELETE FROM audit_heads WHERE number = :n", n=2**63 - 1)
    assert heads.keep_hourly(authority, folder)
    assert [line["number"] for line in lines(folder)] == signed(trail)[-1:]


def test_heads_are_kept_of_a_backup_that_was_put_back_and_of_a_clock_that_was_set_back(
    trail: SealedTrail, folder: Path
) -> None:
    """Otherwise nothing is proved until it is as long, or as late, again."""
    authority = trail.cast.authority
    authority.store.clock = lambda: datetime.now(UTC) + timedelta(days=400)
    assert heads.keep_hourly(authority, folder)
    authority.store.clock = lambda: datetime.now(UTC)
    cut(trail, signed(trail)[0])
    assert heads.keep_hourly(authority, folder)
    assert not heads.keep_hourly(authority, folder)
    first, last = (line["number"] for line in lines(folder))
    assert trail.named(folder) == {("audit_chain", "missing", first)}
    assert [last] == signed(trail)
