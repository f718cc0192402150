"""What is readable, and by whose key.

The master key (a file on each machine) wraps a key for each person and each period. Words have a
key of their own, wrapped once for every person they are about: destroying a person's key makes the
words about them unreadable. AES-256-GCM throughout; what a text belongs to is bound to it.
"""

from __future__ import annotations

import base64
import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.errors import Misconfigured, Unavailable
from api.moment import new_id
from api.store import Reads, Tx
from api.store import keys as stored
from api.store.engine import SealedWords, insert_words

_CHECK = b"inkling master key"


@dataclass(frozen=True, repr=False)
class MasterKey:
    """The versions of the master key that this machine holds. Which of them wraps what is new, the
    database says; at the founding it is the highest."""

    versions: dict[int, bytes]
    path: Path | None = field(default=None, compare=False)

    @classmethod
    def read(cls, path: Path) -> MasterKey:
        """Read a key file: lines of a version number and 32 bytes in base64.

        Raises Misconfigured, with one sentence, where there is no such file or it is not one.
        """
        try:
            lines = path.read_text(encoding="ascii").split("\n")
            pairs = [line.split() for line in lines if line.strip()]
            versions = {int(number): base64.b64decode(key, validate=True) for number, key in pairs}
        except FileNotFoundError as error:
            raise Misconfigured(
                f"There is no master key at {path}. Run: inkling keys make"
            ) from error
        except (OSError, ValueError) as error:
            raise Misconfigured(f"The master key at {path} cannot be read.") from error
        if not versions or any(len(key) != 32 for key in versions.values()):
            raise Misconfigured(f"The master key at {path} is not a key file.")
        return cls(versions, path)

    @classmethod
    def make(cls, path: Path) -> bool:
        """Make a key file that only its owner can read; give False if there was one already."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"1 {base64.b64encode(os.urandom(32)).decode()}\n")
        return True

    def read_again(self) -> MasterKey:
        """Read the file anew: it may hold more versions, or fewer, than when it was read.

        Raises Misconfigured where it is not there any more, or holds another key of the same number.
        """
        if self.path is None:
            return self
        fresh = MasterKey.read(self.path)
        if any(fresh.versions.get(n, key) != key for n, key in self.versions.items()):
            raise Misconfigured(f"The master key at {self.path} is not the one that it was.")
        return fresh

    def with_new_version(self) -> MasterKey:
        """Add a version of one more to the file; give the key as it is then."""
        return self._rewritten(self.versions | {self.current + 1: os.urandom(32)})

    def without(self, version: int) -> MasterKey:
        """Take a version out of the file, and overwrite the file that held it, as far as disks do that."""
        kept = {n: key for n, key in self.versions.items() if n != version}
        return self._rewritten(kept, spoil=True)

    def _rewritten(self, versions: dict[int, bytes], *, spoil: bool = False) -> MasterKey:
        if self.path is None:
            raise Misconfigured("This master key is in no file.")
        path = self.path.resolve()  # it may be a link, and what it leads to is replaced
        with _held(path.parent):
            # Of two that do this at once, one would lose a version that the other begins to use.
            if MasterKey.read(path).versions != self.versions:
                raise Misconfigured(
                    f"The master key at {self.path} has just changed. Run it again."
                )
            self._replace(path, versions, spoil)
        return MasterKey(versions, self.path)

    def _replace(self, path: Path, versions: dict[int, bytes], spoil: bool) -> None:
        fresh = path.with_name(f".{path.name}.new")
        lines = "".join(f"{n} {base64.b64encode(versions[n]).decode()}\n" for n in sorted(versions))
        with path.open("r+b") as old:
            is_now = os.fstat(old.fileno())
            fresh.unlink(missing_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(handle, "w", encoding="ascii") as file:
                    file.write(lines)
                    file.flush()
                    # Whoever could read it can go on reading it: the service may run as another user.
                    os.fchown(handle, is_now.st_uid, is_now.st_gid)
                    os.fchmod(handle, is_now.st_mode & 0o660)
                    os.fsync(handle)
                fresh.replace(path)
            finally:
                fresh.unlink(missing_ok=True)
            _sync(path.parent)
            if spoil:
                old.write(b"\0" * is_now.st_size)
                old.flush()
                os.fsync(old.fileno())

    @property
    def current(self) -> int:
        """The highest version."""
        return max(self.versions)

    def check(self) -> bytes:
        """Make the value that tells later whether a machine holds the right key."""
        return _encrypt(self.versions[self.current], _CHECK, b"check")

    def matches(self, version: int, check: bytes) -> bool:
        """Say whether this is the key that made `check`."""
        if version not in self.versions:
            return False
        try:
            return _decrypt(self.versions[version], check, b"check") == _CHECK
        except InvalidTag:
            return False


class Vault:
    """Seals and opens words. Holds the master key and nothing else.

    A version that it does not know makes it read the file again, so that a rotation needs no restart.
    """

    def __init__(self, master: MasterKey) -> None:
        self._master = master

    def master(self) -> MasterKey:
        """Give the master key as its file is now. Raises Misconfigured as `MasterKey.read_again` does."""
        self._master = self._master.read_again()
        return self._master

    def add_key(self, tx: Tx, kind: str, owner: str) -> str:
        """Make the key of a person, a period or a part of the system; give its id.

        The same owner again gives the key that it has.
        """
        return self.add_keys(tx, kind, [owner])[owner]

    def add_keys(self, tx: Tx, kind: str, owners: Sequence[str]) -> dict[str, str]:
        """Make the keys of many owners, as `add_key` does; give their ids, by owner."""
        found = {key.owner: key.id for key in stored.find(tx, kind, owners)}
        new = [owner for owner in dict.fromkeys(owners) if owner not in found]
        if not new:
            return found
        version = self._version_in_use(tx)
        made = [self._made(kind, owner, version) for owner in new]
        stored.add(tx, made)
        return found | {key.owner: key.id for key in made}

    def _version_in_use(self, tx: Tx) -> int:
        """Give the version that wraps what is new. Raises Unavailable where this machine holds another
        key of that number: nobody else could ever open what that wraps."""
        in_use = stored.version_in_use(tx)
        if in_use is None:
            return self._master.current
        version, check = in_use
        self._version(version)
        if not self._master.matches(version, check):
            raise Unavailable("This machine's master key is not the one of this database.")
        return version

    def _made(self, kind: str, owner: str, version: int) -> stored.Key:
        key_id = new_id()
        wrapped = _encrypt(self._version(version), os.urandom(32), key_id.encode())
        return stored.Key(key_id, kind, owner, wrapped, version)

    def rewrap(self, tx: Tx, version: int, after: str, limit: int) -> str | None:
        """Let a version of the master key wrap some keys that earlier ones wrap, in the order of their ids;
        give the id of the last, or None where there were none after `after`."""
        keys = stored.under_earlier(tx, version, after, limit)
        for key in keys:
            own = self._unwrap(key.id, key.wrapped, key.master_version)
            wrapped = _encrypt(self._version(version), own, key.id.encode())
            stored.rewrap(tx, key.id, wrapped, version)
        return keys[-1].id if keys else None

    def seal(
        self, db: Reads, text: str, people: Iterable[str] = (), period: str = ""
    ) -> SealedWords:
        """Encrypt a text under a new key, wrapped for each of these people.

        A text about nobody (a search that found no one) is wrapped for a period instead, such as
        "2026-11". Raises LookupError where a key is missing or destroyed: nothing is ever sealed
        that nobody could open.
        """
        people = list(dict.fromkeys(people))
        keys = stored.find(db, "person", people) if people else stored.find(db, "period", [period])
        if len(keys) != max(1, len(people)):
            raise LookupError("a key is missing")
        words_id, own = new_id(), os.urandom(32)
        wraps = tuple(
            (
                key.id,
                _encrypt(
                    self._unwrap(key.id, key.wrapped, key.master_version),
                    own,
                    f"{words_id} {key.id}".encode(),
                ),
            )
            for key in keys
        )
        return SealedWords(
            words_id, _encrypt(own, text.encode(errors="replace"), words_id.encode()), wraps
        )

    def keep(self, tx: Tx, text: str, people: Iterable[str] = (), period: str = "") -> str:
        """Seal a text and write it in this transaction; give the id of its words."""
        words = self.seal(tx, text, people, period)
        insert_words(tx, words)
        return words.id

    def open(self, db: Reads, words_ids: Iterable[str]) -> dict[str, str]:
        """Decrypt words; those whose every key was destroyed are left out."""
        texts: dict[str, str] = {}
        keys: dict[str, AESGCM] = {}  # a page of notes about one person needs one key
        for kept in stored.kept_words(db, list(dict.fromkeys(words_ids))):
            if kept.words_id in texts:
                continue
            key = keys.get(kept.key_id)
            if key is None:
                unwrapped = self._unwrap(kept.key_id, kept.key_wrapped, kept.master_version)
                key = keys[kept.key_id] = AESGCM(unwrapped)
            own = _open(key, kept.wrap, f"{kept.words_id} {kept.key_id}".encode())
            texts[kept.words_id] = _decrypt(own, kept.sealed, kept.words_id.encode()).decode()
        return texts

    def secret(self, db: Reads, owner: str) -> bytes:
        """Give 32 secret bytes of a part of the system (see `add_key` with kind 'system').

        Raises LookupError where there are none, or none any more.
        """
        key = stored.find(db, "system", [owner])[0]
        return self._unwrap(key.id, key.wrapped, key.master_version)

    def _unwrap(self, key_id: str, wrapped: bytes, version: int) -> bytes:
        return _decrypt(self._version(version), wrapped, key_id.encode())

    def _version(self, version: int) -> bytes:
        if version not in self._master.versions:
            try:
                self.master()
            except Misconfigured as error:
                raise Unavailable(error.sentence) from error
        if version not in self._master.versions:
            raise Unavailable(
                f"This machine's master key has no version {version}. Copy the file from the machine "
                "where it was rotated."
            )
        return self._master.versions[version]


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Let no other process hold this folder meanwhile."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    """Let the disk have what a folder lists."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _encrypt(key: bytes, text: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, text, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    return _open(AESGCM(key), sealed, bound)


def _open(key: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    return key.decrypt(sealed[:12], sealed[12:], bound)
