"""Heads of the audit trail where no database administrator can write: a folder of this machine, a share,
a disk that is written once.

`heads.jsonl` gets a line an hour and is only ever added to; `public-key.pem` is what the heads are checked
with. Whoever has the database alone cannot rewrite what a head here covers. Whoever has the database, the
master key and this folder can.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api import moment
from api.errors import Misconfigured, NotAllowed
from api.store import Tx
from api.store.chain import Head
from api.trust import audit, sealer
from api.trust.actor import Actor
from api.trust.audit import Action

if TYPE_CHECKING:
    from api.authority import Authority

HEADS, PUBLIC_KEY = "heads.jsonl", "public-key.pem"
HOURS = 1
_LONGEST_LINE = 4096


@dataclass(frozen=True)
class Kept:
    """A head as it stands in a folder."""

    line: int
    authority: str
    head: Head
    kept_at: str


def give(actor: Actor, folder: Path | None) -> Head | None:
    """Seal what waits and give the newest head, kept in the folder where there is one.

    None where the trail is empty. For the command line. Raises NotAllowed, Misconfigured, Tampered.
    """

    def looking(tx: Tx) -> None:
        if not actor.is_system:
            audit.refused(tx, actor, Action.AUDIT_HEAD_GIVEN, reason="not the command line")
            raise NotAllowed("Heads of the audit trail are given on the command line.")
        audit.allowed(tx, actor, Action.AUDIT_HEAD_GIVEN)

    actor.store.look(looking)
    sealer.seal(actor.authority)
    head = sealer.last_head(actor.authority)
    if head and folder:
        with _opened(actor.authority, folder) as file:
            _add(folder, file, actor.authority, head)
    return head


def keep_hourly(authority: Authority, folder: Path) -> bool:
    """Add the newest head to the folder if an hour went by since the last one and it is another one.

    Any number of processes may do this on one folder. Raises Misconfigured where the folder is of
    another authority, Tampered where the authority did not sign the head, OSError where the folder cannot be
    written.
    """
    with _opened(authority, folder) as file:
        last = _last(file)
        head = sealer.last_head(authority)
        # An older one, too: of a backup that was put back, or a clock that was set back.
        if head is None or (last and head == last.head):
            return False
        if last and last.kept_at <= authority.store.now() < moment.later(last.kept_at, hours=HOURS):
            return False
        _add(folder, file, authority, head)
        return True


def read(folder: Path) -> Iterator[Kept | int]:
    """Give the heads in a folder in their order; for a line that cannot be read, its number.

    Raises Misconfigured where there are none.
    """
    try:
        with (folder / HEADS).open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _read(number, line) or number
    except OSError as error:
        raise Misconfigured(
            f"There are no heads to read in {folder} ({error.strerror})."
        ) from error


def kept_key(folder: Path) -> str | None:
    """Give the public key that stands in a folder, or None."""
    try:
        return (folder / PUBLIC_KEY).read_text("ascii")
    except (OSError, ValueError):
        return None


def text(authority_id: str, head: Head, kept_at: str) -> str:
    """Write a head as one line: what its signature covers, the signature, and when it was kept."""
    return json.dumps(
        {
            "version": 1,
            "authority": authority_id,
            "number": head.number,
            "previous": head.previous,
            "at": head.at,
            "hash": head.hash.hex(),
            "signature": base64.b64encode(head.signature).decode(),
            "kept_at": kept_at,
        }
    )


@contextmanager
def _opened(authority: Authority, folder: Path) -> Iterator[int]:
    folder.mkdir(parents=True, exist_ok=True)
    _place_key(folder, sealer.public_pem(authority))
    file = os.open(folder / HEADS, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)  # one process looks when the last was kept, and adds
        yield file
    finally:
        os.close(file)


def _place_key(folder: Path, pem: str) -> None:
    held = kept_key(folder)
    if held is not None and held != pem:
        raise Misconfigured(f"The public key in {folder} is not this authority's.")
    if held is None:
        fresh = folder / f".{PUBLIC_KEY}.{os.getpid()}"
        fresh.write_text(pem, "ascii")
        fresh.replace(folder / PUBLIC_KEY)


def _add(folder: Path, file: int, authority: Authority, head: Head) -> None:
    line = text(authority.id, head, authority.store.now()) + "\n"
    end = _tail(file)
    if end and not end.endswith(b"\n"):  # a process was killed, or the power went, half way
        line = "\n" + line
    os.write(file, line.encode("ascii"))
    os.fsync(file)
    if not end:  # the folder has to know of its new file, too
        _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _last(file: int) -> Kept | None:
    lines = _tail(file).split(b"\n")
    return next((kept for line in reversed(lines) if (kept := _read(0, line))), None)


def _tail(file: int) -> bytes:
    size = os.fstat(file).st_size
    return os.pread(file, _LONGEST_LINE, max(0, size - _LONGEST_LINE))


def _read(number: int, line: bytes) -> Kept | None:
    try:
        told = json.loads(line)
        head = Head(
            int(told["number"]),
            int(told["previous"]),
            str(told["at"]),
            bytes.fromhex(told["hash"]),
            base64.b64decode(told["signature"], validate=True),
        )
        return Kept(number, str(told["authority"]), head, str(told["kept_at"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
