"""Rotating the master key: another version wraps every key, and the old one can be destroyed.

In this order, each step safe while pages are served, and each safe to run again:

1. `prepare`: the key file gets a version of one more. Nothing uses it yet, so that the file can be copied
   to every other machine first.
2. `rotate`: the database takes the newest version for whatever is new, then every key is wrapped by it,
   some at a time. Where it was interrupted, it goes on. Processes that meet the version for the first time
   read their file again.
3. `retire`: the old version goes out of the file, once nothing in the database needs it. What was erased
   before is then unreadable in older backups, too, and so is all else that is typed in them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from api.errors import Conflict, Misconfigured, NotAllowed
from api.store import Tx
from api.store import authority as stored_authority
from api.store import keys as stored
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action
from api.trust.keys import MasterKey

AT_ONCE = 500


@dataclass(frozen=True)
class Rotated:
    """What a rotation came to: the version that wraps now, and those that nothing needs any more."""

    version: int
    went_on: bool
    spent: tuple[int, ...]


def prepare(actor: Actor) -> tuple[int, bool]:
    """Add a version to this machine's key file, unless one waits in it that nothing uses; give the
    version, and whether it was added. Raises NotAllowed, Misconfigured, OSError."""
    _on_command_line(actor)
    master, in_use = _master(actor)
    if master.current > in_use:
        return master.current, False
    return master.with_new_version().current, True


def rotate(actor: Actor) -> Rotated:
    """Let the newest version of the key file wrap every key, or go on where that was interrupted.

    Where no version waits in the file, one is added: on SQLite, which is one machine. Raises Misconfigured
    on PostgreSQL then, because other machines would lack it; NotAllowed, OSError.
    """
    _on_command_line(actor)
    master, in_use = _master(actor)
    went_on = master.current == in_use and bool(stored.under_earlier(actor.store, in_use, "", 1))
    if master.current == in_use and not went_on:
        if actor.store.engine != "sqlite":
            raise Misconfigured(
                "Other machines may use this database. Run: inkling keys rotate --prepare, copy the "
                "master key to each of them, then run this again."
            )
        master = master.with_new_version()
    master = actor.authority.vault.master()
    version = master.current

    def begin(tx: Tx) -> None:
        # Another machine may just have begun with a version of its own.
        _check(master, *stored_authority.master_check(tx))
        stored.use_version(tx, version, master.check())
        reason = f"version {version}{' goes on' if went_on else ''}"
        audit.allowed(tx, actor, Action.MASTER_KEY_ROTATED, reason=reason)

    actor.store.write(begin)
    after: str | None = ""
    while after is not None:
        began = time.monotonic()
        step = partial(actor.authority.vault.rewrap, version=version, after=after, limit=AT_ONCE)
        after = actor.store.upkeep(step)
        actor.store.rest(time.monotonic() - began)
    actor.store.truncate_log()  # it holds keys as the old version wrapped them
    return Rotated(version, went_on, tuple(sorted(n for n in master.versions if n < version)))


def retire(actor: Actor, version: int) -> None:
    """Destroy a version of the master key on this machine.

    Raises Conflict while anything needs it, Misconfigured where the file does not hold it, NotAllowed,
    OSError.
    """
    _on_command_line(actor)
    master, _ = _master(actor)
    if version not in master.versions:
        raise Misconfigured(f"There is no version {version} in the master key of this machine.")

    def retiring(tx: Tx) -> None:
        in_use = stored.version_in_use(tx)
        if in_use is None or version >= in_use[0]:
            raise Conflict(
                f"Version {version} is in use, or will be. Run first: inkling keys rotate"
            )
        if needing := stored.needing(tx, version):
            raise Conflict(
                f"{needing} keys still need version {version}. Run first: inkling keys rotate"
            )
        reason = f"version {version}"
        audit.allowed(tx, actor, Action.MASTER_KEY_RETIRED, reason=reason)

    actor.store.write(retiring)
    master.without(version)
    actor.authority.vault.master()


def _master(actor: Actor) -> tuple[MasterKey, int]:
    """Give this machine's key file as it is now, and the version in use. Raises Misconfigured where the
    file is not the one of this database."""
    in_use, check = stored_authority.master_check(actor.store)
    master = actor.authority.vault.master()
    _check(master, in_use, check)
    return master, in_use


def _check(master: MasterKey, in_use: int, check: bytes) -> None:
    if in_use not in master.versions:
        raise Misconfigured(
            f"The master key of this machine has no version {in_use}, which the database uses. Copy the "
            "file from where it was rotated; where that was here, at this moment, run it again."
        )
    if not master.matches(in_use, check):
        raise Misconfigured("The master key of this machine is not the one of this database.")


def _on_command_line(actor: Actor) -> None:
    if actor.is_system:
        return

    def refusing(tx: Tx) -> None:
        reason = "not the command line"
        audit.refused(tx, actor, Action.MASTER_KEY_ROTATED, reason=reason)
        raise NotAllowed("The master key is rotated on the command line.")

    actor.store.write(refusing)
