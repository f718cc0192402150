"""Loading what another system exports: staged in short commits, seen all at once, or not at all."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import IO

from api.errors import Conflict, InklingError
from api.facts import sources
from api.facts.runs import LoadReport, Progress, Run, WaitingRow, allowed, tidy
from api.store import Tx, files
from api.store import loads as stored
from api.store import waiting as stored_waiting
from api.store.files import RowFile
from api.store.loads import Load
from api.store.sources import Source
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = [
    "LARGEST_UPLOAD",
    "LoadReport",
    "WaitingRow",
    "accept",
    "give_up",
    "load",
    "require_still",
    "undo",
    "upload",
    "waiting",
]

LARGEST_UPLOAD = files.LARGEST_UPLOAD

log = logging.getLogger("inkling.facts")


def load(
    actor: Actor,
    source_code: str,
    path: Path,
    dry_run: bool = False,
    progress: Progress | None = None,
    *,
    accept_missing: bool = False,
    wait: bool = False,
) -> LoadReport:
    """Load a file of a source. `progress` is told how much of how much is done.

    The same file again changes nothing. With `dry_run` nothing is written but the trace of it.
    A load that much is missing from stops before it shows, unless `accept_missing`; with `wait` any
    load does. `accept` lets it show, `give_up` takes it away, and so does the source's next load.
    Raises Invalid for a file that cannot be read, Conflict while the source is being loaded.
    """
    file = files.open_rows(Path(path))
    run = _begin(actor, source_code, file, dry_run=dry_run)
    run.accepts, run.waits = accept_missing, wait
    run.progress = progress or run.progress
    return run.run()


def upload(actor: Actor, source_code: str, name: str, stream: IO[bytes]) -> threading.Thread:
    """Stage a file that was uploaded, in the background; it waits for a yes, to be looked at first.

    How far it is, and why it broke off, stands in the history of the source's loads. Nothing shows
    before the yes, so that a process that is killed meanwhile has changed nothing. Raises as `load`.
    """
    file = files.keep(name, stream)
    try:
        run = _begin(actor, source_code, file, dry_run=False)
    except BaseException:
        file.close()
        raise
    run.waits, run.rests = True, 2.0

    def working() -> None:
        try:
            run.run()
        except InklingError:
            pass  # said in the history
        except Exception:
            log.exception("A load of the source %s broke off.", source_code)
        finally:
            file.close()
            actor.store.leave()

    thread = threading.Thread(target=working, name="load", daemon=True)
    thread.start()
    return thread


def _begin(actor: Actor, source_code: str, file: RowFile, *, dry_run: bool) -> Run:
    actor.authority.prepare()

    def beginning(tx: Tx) -> tuple[Source, Load | None]:
        source = sources.require(tx, actor, source_code, Action.SOURCE_LOADED)
        if dry_run:
            return allowed(tx, actor, source, "dry run"), None
        begun = stored.begin(tx, source, file.name, file.digest, actor.id)
        if begun is None:
            raise Conflict("This source is being loaded already. Wait until that is done.")
        return allowed(tx, actor, source, "begun"), begun

    return Run(actor, *actor.store.write(beginning), file)


def undo(actor: Actor, source_code: str) -> None:
    """Take back the last load of a source: what stood before it stands again.

    Raises Conflict where there is nothing to take back, or while a load is running.
    """

    def change(tx: Tx) -> Source:
        source = sources.require(tx, actor, source_code, Action.SOURCE_LOADED)
        last = stored.find(tx, source.id, source.current_load)
        if last is None:
            raise Conflict("There is no load of this source to take back.")
        require_still(tx, source)
        before = stored.find(tx, source.id, last.previous)
        stored.settle(tx, source.id, last.number, "undone")
        stored.show(tx, source.id, last.previous, before.finished_at if before else None)
        allowed(tx, actor, source, "undone")
        return sources.require(tx, actor, source_code, Action.SOURCE_LOADED)

    source = actor.store.write(change)
    tidy(actor, source)


def accept(actor: Actor, source_code: str, number: int | None = None) -> None:
    """Let a load that waits for a yes show, whatever is missing: the one of this number, or any.

    Raises Conflict where it does not wait any more.
    """

    def change(tx: Tx) -> None:
        source, waits = _waiting_load(tx, actor, source_code, number)
        stored.go_on(tx, source.id, waits, "live")
        stored.show(tx, source.id, waits, tx.now)
        allowed(tx, actor, source, "accepted")

    actor.store.write(change)


def give_up(actor: Actor, source_code: str, number: int | None = None) -> None:
    """Take a load that waits for a yes away. Raises Conflict where it does not wait any more."""

    def change(tx: Tx) -> Source:
        source, waits = _waiting_load(tx, actor, source_code, number)
        stored.go_on(tx, source.id, waits, "failed")
        return allowed(tx, actor, source, "given up")

    tidy(actor, actor.store.write(change))


def require_still(tx: Tx, source: Source) -> None:
    """Raise Conflict while a load of this source runs, or waits for a yes; none begins meanwhile."""
    sources.hold(tx, source)
    if stored.stopped(tx, source.id):
        raise Conflict("A load of this source waits for an answer. Accept it or give it up first.")
    if stored.is_running(tx, source.id):
        raise Conflict("This source is being loaded. Wait until that is done.")


def _waiting_load(tx: Tx, actor: Actor, code: str, number: int | None) -> tuple[Source, int]:
    source = sources.require(tx, actor, code, Action.SOURCE_LOADED)
    sources.hold(tx, source)
    waits = stored.stopped(tx, source.id)
    if waits is None or number not in (None, waits):
        raise Conflict("That load does not wait any more. Look at the source again.")
    return source, waits


def waiting(actor: Actor, source_code: str, limit: int = 1_000_000) -> list[WaitingRow]:
    """Give the first rows of the last load that wait, to the source's data steward."""

    def looking(tx: Tx) -> list[WaitingRow]:
        source = sources.require(
            tx, actor, source_code, Action.SOURCES_LOOKED, administrators=False
        )
        allowed(tx, actor, source, "waiting rows", Action.SOURCES_LOOKED)
        rows = stored_waiting.every(tx, source, limit=limit)
        texts = actor.authority.vault.open(tx, [row.words_id for row in rows])
        return [
            WaitingRow(row.line, row.reason, json.loads(texts[row.words_id]), row.id)
            for row in rows
            if row.words_id in texts
        ]

    return actor.store.look(looking)
