"""The reader with dirt made up by the machine: whatever comes, rows or one sentence."""

from __future__ import annotations

import codecs
import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import Invalid
from api.facts import cells, mapping, matching
from api.facts.mapping import BadRow, Mapping, Record
from api.store import files

TODAY = date(2026, 11, 22)

# What stands in a cell: anything but what no text file holds.
CELLS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\u2028\u2029\x85"),
    max_size=20,
)
LINES = st.lists(CELLS, min_size=3, max_size=3).filter(lambda row: any(c.strip() for c in row))
LATIN = st.text("abc ÀÉîöüß\u2019\u2013ŠŽ=+-@<>&\"';,|", max_size=12)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "file"


def read(path: Path, content: bytes) -> list[dict[str, str]]:
    path.write_bytes(content)
    return [row.values for row in files.open_rows(path)]


def rows_or_sentence(path: Path, content: bytes) -> tuple[list[dict[str, str]], str]:
    try:
        return read(path, content), ""
    except Invalid as refusal:
        return [], str(refusal)


def separated(rows: list[list[str]], delimiter: str, end: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(["one", "two", "three"])
    writer.writerows(rows)
    return text.getvalue()


def named(rows: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(("one", "two", "three"), row, strict=True)) for row in rows]


@given(
    rows=st.lists(LINES, min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(("\n", "\r\n")),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16")),
)
def test_what_was_written_is_read(
    path: Path, rows: list[list[str]], delimiter: str, end: str, encoding: str
) -> None:
    content = separated(rows, delimiter, end).encode(encoding)
    assert read(path, content) == named(rows)


@given(rows=st.lists(st.lists(LATIN, min_size=3, max_size=3), min_size=1, max_size=5))
def test_windows_1252_is_read(path: Path, rows: list[list[str]]) -> None:
    rows = [["É", *row[1:]] for row in rows]
    assert read(path, separated(rows, ";", "\r\n").encode("cp1252")) == named(rows)


@given(rows=st.lists(LINES, min_size=1, max_size=8), around=st.sampled_from(("list", "object")))
def test_json_is_read(path: Path, rows: list[list[str]], around: str) -> None:
    said = named(rows)
    content = json.dumps(said if around == "list" else {"people": said})
    assert read(path, content.encode()) == said
    lines = "\n".join(json.dumps(row) for row in said)
    assert read(path, lines.encode()) == said


@given(
    start=st.sampled_from((b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"one,two\n", b"[", b"{")),
    content=st.binary(max_size=300),
)
def test_anything_else_is_rows_or_one_sentence(path: Path, start: bytes, content: bytes) -> None:
    rows, sentence = rows_or_sentence(path, start + content)
    assert len(sentence) < 100
    assert all(isinstance(value, str) for row in rows for value in row.values())


@given(rows=st.lists(LINES, min_size=3, max_size=3), cut=st.integers(1, 200))
def test_a_file_that_was_cut_off_gives_only_rows_that_were_in_it(
    path: Path, rows: list[list[str]], cut: int
) -> None:
    content = separated(rows, ",", "\n").encode()
    try:
        path.write_bytes(content[: max(15, len(content) - cut)])
        whole = [row.values for row in files.open_rows(path) if row.fits]
    except Invalid:
        return
    # The last row may be cut within its last cell, where nothing tells that there was more.
    assert whole[:-1] == named(rows)[: len(whole[:-1])]


def test_a_million_blank_lines(path: Path) -> None:
    assert read(path, b"one,two\n" + b"\n" * 1_000_000 + b"1,2\n") == [{"one": "1", "two": "2"}]


def test_three_hundred_columns(path: Path) -> None:
    head = ",".join(f"column {n}" for n in range(300))
    (row,) = read(path, f"{head}\n{','.join('x' * 300)}\n".encode())
    assert len(row) == 300


HEADINGS = st.sampled_from(
    (
        *("CMS No", "Last Name", "First Name", "Date of Birth", "NHS No", "Address", "Email"),
        *("Keyworker", "Service Event Desc", "Service Event Start", "Service Event End"),
        *("Date of death", "Service involvement", "Date current as of", "School name"),
    )
)
DIRTY = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        (
            *("01/01/1900", "1970-01-01", "31/02/2015", "12-Aug-19", "44000", "03/25/2018"),
            *("Baby", "N/K", "=1+1", "<b>", "999 000 0018", "9990000019", "0", "99999999", "²"),
            *("2018-05-03T00:00:00", "Historic", "None found"),
        )
    ),
)


def record_or_reason(shape: Mapping, values: dict[str, str]) -> tuple[Record | None, str]:
    try:
        return mapping.read(shape, 7, values, TODAY), ""
    except BadRow as bad:
        return None, str(bad)


@given(values=st.dictionaries(HEADINGS, DIRTY))
def test_any_row_is_taken_or_waits(values: dict[str, str]) -> None:
    for name in mapping.shipped_names():
        shape = mapping.parse(mapping.shipped(name))
        record, reason = record_or_reason(shape, values)
        assert record or reason.endswith(".")
        days = (record.born_on, record.starts_on, record.ends_on, record.died_on) if record else ()
        assert all(day is None or date.fromisoformat(day) for day in days)
        assert not record or record.nhs in ("", matching.nhs_number(record.nhs))
        mapping.own_key(shape, values)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("03/05/2019", "2019-05-03"),
        ("3/5/2019", "2019-05-03"),
        ("03.05.2019", "2019-05-03"),
        ("2019-05-03", "2019-05-03"),
        ("2019-05-03 00:00:00", "2019-05-03"),
        ("2019-05-03T00:00:00Z", "2019-05-03"),
        ("03/05/2019 00:00", "2019-05-03"),
        ("03-May-19", "2019-05-03"),
        ("3 May 2019", "2019-05-03"),
        ("03-MAY-2019", "2019-05-03"),
        ("03-May-65", "1965-05-03"),
        ("03/05/27", "2027-05-03"),
        ("43588", "2019-05-03"),
        ("43588.0", "2019-05-03"),
        ("01/01/1900", None),
        ("1900-01-01", None),
        ("01/01/1970", None),
        ("", None),
        ("Not known", None),
        ("n/k", None),
    ],
)
def test_dates_as_exports_write_them(text: str, day: str | None) -> None:
    found = cells.read_date(text, TODAY)
    assert (found.isoformat() if found else None) == day


@pytest.mark.parametrize("text", ["31/02/2019", "05/25/2019", "soon", "1", "2019"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller says it in a sentence
        cells.read_date(text, TODAY)


@given(day=st.dates(date(1901, 1, 1), date(2026, 12, 31)))
def test_a_date_is_read_however_it_is_written(day: date) -> None:
    wanted = None if day in cells.UNKNOWN_DATES else day
    number = (day - date(1899, 12, 30)).days
    for text in (f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", f"{day:%d-%b-%Y}"):
        assert cells.read_date(text, TODAY) == wanted
    if number >= 10_000:
        assert cells.read_date(str(number), TODAY) == wanted


# --- Names and numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O'Brien", "obrien"),
        ("O\u2019Brien", "O\u02bcBRIEN"),
        ("Zoë", "ZOE"),
        ("Łukasz", "lukasz"),
        ("Søren", "Soren"),
        ("Straße", "STRASSE"),
        ("Smith-Jones", "smith  jones"),
        ("Smith\u2013Jones", "Smith Jones "),
        ("Nuñez", "Nun\u0303ez"),
        ("\uff21\uff4d\uff59", "Amy"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert matching.name_key(one) == matching.name_key(other) != ""


@given(text=st.text())
def test_a_key_of_a_key_is_itself(text: str) -> None:
    key = matching.name_key(text)
    assert matching.name_key(key) == key
    assert "%" not in key
    assert "_" not in key


@given(digits=st.integers(0, 999_999_999))
def test_one_wrong_digit_is_never_an_nhs_number(digits: int) -> None:
    numbers = [f"{digits:09}{last}" for last in range(10)]
    valid = [number for number in numbers if matching.nhs_number(number)]
    assert len(valid) <= 1
    for number in valid:
        wrong = number[:4] + str((int(number[4]) + 1) % 10) + number[5:]
        assert matching.nhs_number(wrong) is None
        assert matching.nhs_number(f" {number[:3]} {number[3:6]}-{number[6:]} ") == number


@pytest.mark.parametrize("text", ["", "1111111111", "0000000000", "999000001", "99900000180", "x"])
def test_what_is_no_nhs_number(text: str) -> None:
    assert matching.nhs_number(text) is None


@pytest.mark.parametrize(
    ("text", "valid"),
    [("A999200000001", False), ("H801200001001", True), ("h801200001001", True), ("H80120000100A", True)],
)  # fmt: skip
def test_pupil_numbers(text: str, valid: bool) -> None:
    assert (matching.upn(text) is not None) is valid


@pytest.mark.parametrize(
    ("text", "lines", "code"),
    [
        ("1 Mill Lane, Westhaven, ZZ17 8AU", "1 Mill Lane, Westhaven", "ZZ17 8AU"),
        ("1 Mill Lane zz178au.", "1 Mill Lane", "ZZ17 8AU"),
        ("ZZ1 1AA", "", "ZZ1 1AA"),
        ("1 Mill Lane", "1 Mill Lane", ""),
        ("", "", ""),
    ],
)
def test_addresses_and_their_postcodes(text: str, lines: str, code: str) -> None:
    assert matching.split_address(text) == (lines, code)
