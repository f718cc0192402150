"""Rows of a file that another system exports, read with sqlite-utils as they come.

CSV with any delimiter, TSV and JSON, in UTF-8 (with or without a mark), UTF-16 or Windows-1252. A
value is text and nothing else: what looks like a formula or like markup stays what was written.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, BinaryIO, cast

from sqlite_utils.utils import Format, rows_from_file

from api.errors import Invalid
from api.store.json_rows import json_rows, plain

DELIMITERS = ",;\t|"
LONGEST_LINE = 1_000_000
LONGEST_HEADER = 100_000
LARGEST_UPLOAD = 100_000_000
_CHUNK = 1 << 20
# Where DictReader puts what goes beyond the header: a name that no column can have.
_BEYOND = "\x00"

_BINARY = {
    b"PK": "That is a spreadsheet or a zip file. Save it as CSV first.",
    b"\xd0\xcf\x11\xe0": "That is a spreadsheet. Save it as CSV first.",
    b"\x1f\x8b": "That file is compressed. Unpack it first.",
    b"%PDF": "That is a PDF. Rows cannot be read from it.",
}


@dataclass(frozen=True)
class FileRow:
    """One row: its line, its values by the header's names, and whether it fits the header.

    Values that are missing are left out.
    """

    line: int
    values: dict[str, str]
    fits: bool = True


@dataclass(frozen=True)
class RowFile:
    """A file that can be read: how its text is written, how many lines, and its SHA-256."""

    name: str
    open: Callable[[], BinaryIO]
    encoding: str
    lines: int
    digest: str
    is_json: bool
    # Lets go of a file that was kept for its rows.
    close: Callable[[], None] = lambda: None

    def __iter__(self) -> Iterator[FileRow]:
        return self._json() if self.is_json else self._separated()

    def _separated(self) -> Iterator[FileRow]:
        dialect = _dialect(self._header())
        with self.open() as raw:
            lines = _Lines(raw, self.encoding)
            rows, _ = rows_from_file(
                cast(BinaryIO, lines),
                format=Format.CSV,
                dialect=dialect,
                encoding="utf-8",
                extras_key=_BEYOND,
            )
            try:
                for row in rows:
                    beyond = cast(list[str], row.pop(_BEYOND, []))
                    whole = None not in row.values() and not any(beyond)
                    values = {
                        name: "" if value is None else str(value) for name, value in row.items()
                    }
                    if any(value.strip() for value in values.values()):
                        yield FileRow(lines.count, values, whole)
            except csv.Error as error:
                raise Invalid(f"Line {lines.count} cannot be read.", "file") from error

    def _header(self) -> str:
        with self._text() as text:
            for line in iter(lambda: text.readline(LONGEST_LINE), ""):
                if len(line) > LONGEST_HEADER:
                    raise Invalid("That file does not begin with a row of headings.", "file")
                if line.strip():
                    return line
        raise Invalid("That file is empty.", "file")

    def _json(self) -> Iterator[FileRow]:
        for line, row in enumerate(json_rows(self._text), start=1):
            if not isinstance(row, dict):
                yield FileRow(line, {"row": plain(row)}, fits=False)
                continue
            values = {str(name): plain(value) for name, value in row.items() if value is not None}
            if any(value.strip() for value in values.values()):
                yield FileRow(line, values)

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self.open(), self.encoding, errors="replace", newline=None)


def open_rows(path: Path) -> RowFile:
    """Look at a file and say how it can be read. Raises Invalid, in one sentence, if it cannot."""
    try:
        return _look_at(path.name, lambda: path.open("rb"))
    except FileNotFoundError as error:
        raise Invalid(f"There is no file {path.name}.", "file") from error
    except OSError as error:
        raise Invalid(f"The file {path.name} cannot be opened.", "file") from error


def keep(name: str, stream: IO[bytes]) -> RowFile:
    """Keep what was uploaded in a file without a name, which is gone when nobody holds it any more,
    even if the process is killed. Raises Invalid as `open_rows` does, and for what is too large."""
    kept = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - held by the rows
    try:
        size = 0
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            size += len(chunk)
            if size > LARGEST_UPLOAD:
                raise Invalid(f"That file is larger than {LARGEST_UPLOAD // 1_000_000} MB.", "file")
            kept.write(chunk)
        kept.flush()
        return replace(_look_at(name, lambda: _reopened(kept)), close=kept.close)
    except BaseException:
        kept.close()
        raise


def _reopened(file: BinaryIO) -> BinaryIO:
    again = os.fdopen(os.dup(file.fileno()), "rb")
    again.seek(0)  # the two share their place: one reads at a time
    return again


def _look_at(name: str, opened: Callable[[], BinaryIO]) -> RowFile:
    with opened() as file:
        start = file.read(4096)
        for mark, sentence in _BINARY.items():
            if start.startswith(mark):
                raise Invalid(sentence, "file")
        encoding, lines, digest = _read_through(file, start)
    with io.TextIOWrapper(opened(), encoding=encoding, errors="replace") as text:
        first = next(
            (part for some in iter(lambda: text.read(4096), "") if (part := some.lstrip())), ""
        )
    if not first:
        raise Invalid("That file is empty.", "file")
    return RowFile(name, opened, encoding, lines, digest, first[0] in "[{")


def _read_through(file: BinaryIO, start: bytes) -> tuple[str, int, str]:
    """Try the encodings on the whole file; count its lines and work out its digest on the way."""
    marked = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        file.seek(0)
        # A file that was cut off may end in half a character: it is read with errors="replace".
        decoder = codecs.getincrementaldecoder(encoding)()
        newlines = io.IncrementalNewlineDecoder(None, translate=True)
        digest, lines = hashlib.sha256(), 1
        try:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                digest.update(chunk)
                text = decoder.decode(chunk)
                if "\x00" in text:
                    raise Invalid("That is not a text file.", "file")
                lines += newlines.decode(text).count("\n")
        except UnicodeError:
            continue
        return encoding, lines, digest.hexdigest()
    raise Invalid("That is not a text file.", "file")


def _dialect(header: str) -> type[csv.Dialect]:
    """Take the delimiter that makes most of the header. (csv.Sniffer trips over addresses.)"""

    def columns(delimiter: str) -> int:
        return len(next(csv.reader([header], delimiter=delimiter)))

    class Found(csv.excel):
        delimiter = max(DELIMITERS, key=columns)

    return Found


class _Lines(io.BufferedIOBase):
    """Gives a file one line at a time, in UTF-8, so that `count` is the line a row ends on."""

    def __init__(self, raw: BinaryIO, encoding: str) -> None:
        self._text = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline=None)
        self.count, self._begun = 0, False

    def readable(self) -> bool:
        return True

    def read1(self, _size: int = -1, /) -> bytes:
        line = self._line()
        while line.isspace() and not self._begun:  # the header is the first line that says anything
            line = self._line()
        self._begun = True
        return line.encode()

    def read(self, size: int | None = -1, /) -> bytes:
        return self.read1(size or -1)

    def _line(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise Invalid(f"Line {self.count + 1} is too long to be a row.", "file")
        self.count += bool(line)
        return line
