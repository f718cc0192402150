"""Rows of a JSON file as they come: a list, one object a line, or an object around one list.

However long the file, no more of it is held than one row. sqlite-utils reads the lines; it would hold
the rest whole, and ijson's C takes the process with it where a number or a nest is long enough, so
that Python's own decoder goes through the rest, row by row.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, TextIO, cast

from sqlite_utils.utils import Format, rows_from_file

from api.errors import Invalid

LONGEST_ROW = 1_000_000
_CHUNK = 1 << 16
_SIGN = re.compile(r"[^ \t\n\r]")
_DECODER = json.JSONDecoder()


def json_rows(opened: Callable[[], TextIO]) -> Iterator[object]:
    """Give the rows of a text, one at a time. It is opened anew for each time it is gone through.

    Raises Invalid for what is no JSON, even where that shows only at the end, and for a row that is
    too long to be one.
    """
    try:
        with opened() as text:
            is_lines = _is_lines(text)
        with opened() as text:
            if is_lines:
                yield from _lines(text)
                return
            begins = _Reader(text).next()
        if begins == "[":
            with opened() as text:
                yield from _whole_list(_Reader(text))
            return
        with opened() as text:
            lists = _lists(_Reader(text))
        with opened() as text:
            yield from _around(_Reader(text), lists)
    except (ValueError, RecursionError) as error:
        raise Invalid("That file is not the JSON that it seems to be.", "file") from error


def plain(value: object) -> str:
    """Write a value of a row as text."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")  # JSON can escape half a character


# --- One object a line ----------------------------------------------------------------------------


def _is_lines(text: TextIO) -> bool:
    """Say whether the first line that says anything is an object, and not the only line."""
    first = next(
        (line for line in iter(lambda: text.readline(LONGEST_ROW), "") if line.strip()), ""
    )
    try:
        is_object = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False
    return is_object and any(some.strip() for some in iter(lambda: text.read(_CHUNK), ""))


def _lines(text: TextIO) -> Iterator[object]:
    rows, _ = rows_from_file(cast(BinaryIO, _Lines(text)), format=Format.NL)
    yield from rows


class _Lines(io.BufferedIOBase):
    """A text as lines of bytes, none of them longer than a row may be."""

    def __init__(self, text: TextIO) -> None:
        self._text, self._row = text, 1

    def readline(self, _size: int | None = -1, /) -> bytes:
        line = self._text.readline(LONGEST_ROW)
        if len(line) == LONGEST_ROW:
            raise Invalid(f"Row {self._row} is too long to be a row.", "file")
        self._row += 1
        return line.encode("utf-8", "replace")


# --- A list, or an object around one --------------------------------------------------------------


class _Reader:
    """Goes through a text, value by value."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._held, self._at, self._row = "", 0, 0

    def next(self) -> str:
        """Give the next sign that is no space, or "" at the end, without taking it."""
        while not (found := _SIGN.search(self._held, self._at)):
            self._at = len(self._held)
            if not self._more():
                return ""
        self._at = found.start()
        return found[0]

    def take(self, signs: str) -> str:
        """Take the next sign. Raises ValueError where it is none of these."""
        sign = self.next()
        if not sign or sign not in signs:
            raise ValueError(sign)
        self._at += 1
        return sign

    def value(self) -> object:
        """Take the next value."""
        self.next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError:
                if not self._more():
                    raise
                continue
            # A number may go on beyond what is held.
            if end < len(self._held) or not self._more():
                self._at = end
                return value

    def items(self) -> Iterator[object]:
        """Take a list, item by item."""
        self.take("[")
        if self.next() == "]":
            self.take("]")
            return
        sign = ","
        while sign == ",":
            self._row += 1
            yield self.value()
            sign = self.take(",]")

    def members(self) -> Iterator[str]:
        """Take an object, name by name; whoever asks takes the value after each."""
        self.take("{")
        if self.next() == "}":
            self.take("}")
            return
        sign = ","
        while sign == ",":
            if self.next() != '"':
                raise ValueError("a name")
            name = self.value()
            self.take(":")
            yield str(name)
            sign = self.take(",}")

    def end(self) -> None:
        """Raise ValueError where there is more."""
        if self.next():
            raise ValueError("more")

    def _more(self) -> bool:
        self._held, self._at = self._held[self._at :], 0
        if len(self._held) > LONGEST_ROW:
            raise Invalid(f"Row {self._row} is no JSON, or too long to be a row.", "file")
        # What is read doubles, so that a long row is not tried again and again.
        some = self._text.read(max(_CHUNK, len(self._held)))
        self._held += some
        return bool(some)


def _whole_list(reader: _Reader) -> Iterator[object]:
    yield from reader.items()
    reader.end()


def _lists(reader: _Reader) -> int:
    """Give how many members of an object are lists."""
    lists = 0
    for _ in reader.members():
        if reader.next() == "[":
            lists += 1
            for _ in reader.items():
                pass
        else:
            reader.value()
    reader.end()
    return lists


def _around(reader: _Reader, lists: int) -> Iterator[object]:
    """Give the items of an object's only list; or else the object, as the only row."""
    if lists != 1:
        yield reader.value()
        return
    for _ in reader.members():
        if reader.next() == "[":
            yield from reader.items()
        else:
            reader.value()
