"""What is left on a disk: looks for words in every byte of a browser's profile folder.

Words are looked for as UTF-8, as UTF-16 of both kinds and in base64, capitals or not, in each file as it
stands and inside of what it holds: LevelDB's logs and tables, the values that Chromium compresses in
them, SQLite's rows, and gzip, zlib and brotli. What is encrypted stays closed, as it does for a thief.
"""

from __future__ import annotations

import base64
import re
import shutil
import sqlite3
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import brotli  # type: ignore[import-untyped]

LOG_BLOCK = 32 * 1024
TABLE = bytes.fromhex("57fb808b247547db")  # the last eight bytes of a LevelDB table
CACHED = bytes.fromhex("305c72a71b6dfbfc")  # the first eight of a file of Chromium's caches
SQUEEZED = b"\xff\x11\x02"  # before a value of IndexedDB that is compressed with Snappy
LARGEST = 1 << 22


def find(folder: Path, words: Iterable[str]) -> dict[str, set[str]]:
    """Give, for each of the words that is found, in which files."""
    wanted = {word: _forms(word) for word in words}
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        for view in _views(path):
            low = view.lower()
            for word, (texts, coded) in wanted.items():
                if any(one in low for one in texts) or any(one in view for one in coded):
                    found[word].add(str(path.relative_to(folder)))
    return dict(found)


def _forms(word: str) -> tuple[list[bytes], list[bytes]]:
    texts = [word.lower().encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be")]
    # In base64 a word looks different by where it begins; its ends depend on what stands around it.
    coded = []
    for before in range(3):
        whole = base64.b64encode(b" " * before + word.encode() + b" " * 3).decode()
        inner = whole[(8 * before + 5) // 6 : (8 * (before + len(word.encode()))) // 6]
        coded += [inner.encode(), inner.replace("+", "-").replace("/", "_").encode()]
    return texts, [one for one in coded if len(one) >= 8]


def _views(path: Path) -> Iterator[bytes]:
    """Give a file's bytes, and whatever can be unpacked from them."""
    raw = path.read_bytes()
    yield raw
    yield from _unpacked(raw)
    for part in (*_log_records(raw), *_table_blocks(raw), *_rows(path, raw)):
        yield part
        yield from _unpacked(part)


def _unpacked(data: bytes) -> Iterator[bytes]:
    for begin in re.finditer(re.escape(SQUEEZED), data):
        yield _snappy(data[begin.end() :])
    for begin in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", data):
        with suppress(zlib.error):
            yield zlib.decompressobj(32 + 15).decompress(data[begin.start() :], LARGEST)
    if data.startswith(CACHED):
        key = int.from_bytes(data[12:16], "little")
        yield _brotli(data[24 + key :])


def _brotli(data: bytes) -> bytes:
    """Unpack as far as it goes: what stands behind it is none of it."""
    unpacker, out = brotli.Decompressor(), b""
    with suppress(brotli.error):
        for at in range(len(data)):
            if unpacker.is_finished():
                break
            out += unpacker.process(data[at : at + 1])
    return out


def _snappy(data: bytes) -> bytes:
    """Unpack raw Snappy as far as it goes."""
    out = bytearray()
    with suppress(IndexError):
        size, at = _varint(data, 0)
        while len(out) < min(size, LARGEST):
            tag, at = data[at], at + 1
            if tag & 3 == 0:
                length = (tag >> 2) + 1
                if length > 60:
                    wide = length - 60
                    length, at = int.from_bytes(data[at : at + wide], "little") + 1, at + wide
                out += data[at : at + length]
                at += length
                continue
            if tag & 3 == 1:
                length, back, at = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[at], at + 1
            else:
                wide = 2 if tag & 3 == 2 else 4
                back = int.from_bytes(data[at : at + wide], "little")
                length, at = (tag >> 2) + 1, at + wide
            if not 0 < back <= len(out):
                break
            for _ in range(length):
                out.append(out[-back])
    return bytes(out)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, at = data[at], at + 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _log_records(data: bytes) -> Iterator[bytes]:
    """Read a LevelDB log: records that run over blocks are put together."""
    record = b""
    for start in range(0, len(data), LOG_BLOCK):
        block, at = data[start : start + LOG_BLOCK], 0
        while at + 7 <= len(block):
            length, kind = int.from_bytes(block[at + 4 : at + 6], "little"), block[at + 6]
            if kind not in (1, 2, 3, 4) or at + 7 + length > len(block):
                break
            part = block[at + 7 : at + 7 + length]
            record = part if kind in (1, 2) else record + part
            if kind in (1, 4):
                yield record
            at += 7 + length
    if record:
        yield record


def _table_blocks(data: bytes) -> Iterator[bytes]:
    """Read the blocks of a LevelDB table."""
    if not data.endswith(TABLE):
        return
    footer = data[-48:]
    _, at = _varint(footer, 0)
    _, at = _varint(footer, at)
    index = _block(data, *_handle(footer, at))
    with suppress(IndexError):
        at, end = 0, len(index) - 4 - 4 * int.from_bytes(index[-4:], "little")
        while at < end:
            _, at = _varint(index, at)
            rest, at = _varint(index, at)
            size, at = _varint(index, at)
            yield _block(data, *_handle(index, at + rest))
            at += rest + size


def _handle(data: bytes, at: int) -> Sequence[int]:
    offset, at = _varint(data, at)
    return offset, _varint(data, at)[0]


def _block(data: bytes, offset: int, size: int) -> bytes:
    block = data[offset : offset + size]
    return _snappy(block) if data[offset + size] == 1 else block


def _rows(path: Path, raw: bytes) -> Iterator[bytes]:
    """Read all that stands in an SQLite file and in what was not written into it yet."""
    if not raw.startswith(b"SQLite format 3\0"):
        return
    with tempfile.TemporaryDirectory() as folder:
        for part in path.parent.glob(f"{path.name}*"):
            shutil.copy(part, Path(folder) / part.name)
        with (
            closing(sqlite3.connect(Path(folder) / path.name)) as database,
            suppress(sqlite3.DatabaseError),
        ):
            database.text_factory = bytes
            tables = [
                name.decode()
                for (name,) in database.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                )
            ]
            for table in tables:
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    yield b"\0".join(one for one in row if isinstance(one, bytes))
