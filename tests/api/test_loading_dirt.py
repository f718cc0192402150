"""Dirt that would take time, memory or a disk; what is read of the rest stands in test_reading.py."""

from __future__ import annotations

import gzip
import io
import json
import random
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import Invalid
from api.facts import loading
from api.record import people
from api.record.people import NewPerson
from api.store import files
from tests.api.test_loading import PEOPLE, Feeds
from tests.cast import Cast

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_million_blank_lines_take_neither_time_nor_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\n" * 500_000 + PEOPLE.encode() + b"\n" * 500_000)
    tracemalloc.start()
    start = time.process_time()
    found = list(files.open_rows(path))
    spent, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.line for row in found] == [500_002, 500_003, 500_004]
    assert peak < 20_000_000
    assert spent < 60


def test_bombs_are_refused_unopened(tmp_path: Path) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("people.csv", b"0" * 50_000_000)
    path = tmp_path / "people.csv"
    for bomb in (zipped.getvalue(), gzip.compress(b"0" * 50_000_000)):
        path.write_bytes(bomb)
        with pytest.raises(Invalid):
            files.open_rows(path)


@pytest.mark.parametrize("bomb", [b"[" * 200_000, b'{"a":' * 200_000, b"[" + b"9" * 10_000 + b"]"])
def test_json_that_is_nested_or_long_is_refused_or_waits(tmp_path: Path, bomb: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(bomb)
    try:
        rows = list(files.open_rows(path))
    except Invalid as refused:
        rows = []
        said = str(refused)
        assert said.endswith(".")
    assert not any(row.fits for row in rows)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"a": 1}, {"a": 1.10}, {"a": true}]', ["1", "1.1", "Yes"]),
        ('{"made": {"by": [1]}, "rows": [{"a": "x"}, {"a": "y"}], "next": null}', ["x", "y"]),
        ('{"a": "one", "b": [], "c": []}', ["one"]),
        ('{"a": "last"}', ["last"]),
        ('\n\n{"a": "x"}\n\n  {"a": "y"}\n', ["x", "y"]),
        ('[{"a": "first", "a": "last"}]', ["last"]),
        ('{"rows": [], "made": 1}', []),
        ('[{"a": ["1", {"b": null}]}]', ['["1", {"b": null}]']),
        (f'[{{"a": "{"x" * 70_000}"}}, {{"a": 12}}]', ["x" * 70_000, "12"]),
        (f'[{{"a": 1}}{" " * 200_000},{" " * 200_000}{{"a": 2}}]', ["1", "2"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_rows_stand_in_many_shapes_of_json(
    tmp_path: Path, content: str, said: list[str], encoding: str
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content.encode(encoding))
    assert [row.values["a"] for row in files.open_rows(path)] == said


@pytest.mark.parametrize(
    "content",
    [
        "[1,]",
        "[{}] and more",
        "[{}}",
        "[tru",
        '{"a": [1], 2: 3}',
        '{"a" 1}',
        '{"rows": [{"a": 1}',
        '{"rows": [{"a": 1}]} {"rows": []}',
        '{"a": 1}\n{"a": 2}\n{"a',
        '[{"a": 1}, {"a": ' + "9" * 10_000 + "}]",
        '[{"a": "' + "x" * 2_000_000 + '"}]',
        '{"a": 1}\n{"a": "' + "x" * 2_000_000 + '"}',
        "[" + "[" * 100_000 + "]" * 100_000 + "]",
    ],
    ids=lambda content: content[:24],
)
def test_json_that_is_broken_anywhere_is_refused_in_one_sentence(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(Invalid) as caught:
        list(files.open_rows(path))
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    "shape", ["[{}]", '{{"rows": [{}]}}', "{}"], ids=["list", "object", "lines"]
)
def test_memory_does_not_grow_with_the_rows_of_json(tmp_path: Path, shape: str) -> None:
    rows = [json.dumps({"a": n, "b": "x" * 400}) for n in range(30_000)]
    path = tmp_path / "x.json"
    path.write_text(shape.format(("\n" if shape == "{}" else ",").join(rows)))
    size = path.stat().st_size
    tracemalloc.start()
    count = sum(1 for _ in files.open_rows(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 30_000
    # Its bytes are looked through a megabyte at a time, before any row is.
    assert peak < 7_000_000 < size // 1.7


@given(JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_the_json_it_is_rows_or_refused(tmp_path: Path, value: object) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([value]))
    for row in files.open_rows(path):
        assert all(isinstance(one, str) for one in row.values.values())


def test_load_undo_load_gives_the_same_facts_through_any_dirt(cast: Cast, tmp_path: Path) -> None:
    feeds = Feeds(cast, tmp_path)
    feeds.people()
    changed = PEOPLE.replace("Ben", "Benjamin").replace("\n", "\r\n").encode("utf-16")
    feeds.load("people", changed)
    once = feeds.facts()
    loading.undo(cast.system, "people")
    assert feeds.facts() != once
    feeds.load("people", changed)
    assert feeds.facts() == once


def test_a_first_row_that_was_cut_off_stops_no_file(cast: Cast, tmp_path: Path) -> None:
    feeds = Feeds(cast, tmp_path)
    feeds.people()
    head, *rows = PEOPLE.splitlines(keepends=True)
    report = feeds.load("people", head + "cms:9\n" + "".join(rows))
    assert feeds.reasons(report) == [(2, "It has more or fewer fields than the headings.")]
    assert report.same == 12


def test_a_name_that_no_server_indexes_stops_neither_a_load_nor_who_types_it(
    cast: Cast, tmp_path: Path
) -> None:
    feeds = Feeds(cast, tmp_path)
    feeds.people()
    chance = random.Random(1)
    first, last = (
        "".join(chr(chance.randint(0x4E00, 0x9FA0)) for _ in range(490)) for _ in range(2)
    )
    rows = PEOPLE.splitlines()
    row = f'cms:9,{first},{last},03/05/2015,Female,"1 Mill Lane, Westhaven, ZZ1 1AA"'
    assert feeds.load("people", "\n".join([*rows, row]) + "\n").taken == 4
    # One letter that stands for eighteen.
    added = people.add(cast.actor("pastoral"), NewPerson("\ufdfa" * 200, "\ufdfa" * 200))
    assert people.look(cast.actor("pastoral"), added).brief.name
