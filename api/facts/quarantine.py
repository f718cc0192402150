"""Rows that wait: corrected and released into the load that shows, or set aside with a reason.

Only a source's own data steward sees them: they hold what the source says of somebody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from api.errors import Invalid, NotFound
from api.facts import differences, loading, mapping, sources, taking
from api.store import Tx
from api.store import waiting as stored_waiting
from api.store.files import FileRow
from api.store.sources import Source
from api.store.waiting import Waiting
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

LONGEST_REASON = 500


@dataclass(frozen=True)
class HeldRow:
    """A row that waits: where it stands in its file, why it waits, and what it says."""

    id: str
    line: int
    reason: str
    values: Mapping[str, str]
    source: Source


def look(actor: Actor, source_code: str, row_id: str) -> HeldRow:
    """Give one row that waits, to the source's data steward, with headings that it should have."""

    def looking(tx: Tx) -> HeldRow:
        source, held = _held(tx, actor, source_code, row_id, Action.SOURCES_LOOKED)
        text = actor.authority.vault.open(tx, [held.words_id]).get(held.words_id, "{}")
        values: dict[str, str] = json.loads(text)
        for heading in mapping.wanting(source.mapping, list(values)):
            values[heading] = ""
        audit.allowed(tx, actor, Action.SOURCES_LOOKED, object=source.id, reason="waiting row")
        return HeldRow(held.id, held.line, held.reason, values, source)

    return actor.store.look(looking)


def release(actor: Actor, source_code: str, row_id: str, values: Mapping[str, str]) -> None:
    """Take a row as it was corrected: what it says shows at once, as part of the load that shows.

    Raises Invalid, saying why, where it still cannot be taken; Conflict while a load runs or waits.
    """
    actor.authority.prepare()

    def change(tx: Tx) -> None:
        source, held = _held(tx, actor, source_code, row_id, Action.SOURCE_LOADED)
        loading.require_still(tx, source)
        identity = taking.take_row(tx, actor, source, FileRow(held.line, dict(values)))
        stored_waiting.settle(tx, held.id, "released", actor.id)
        differences.compare_all(tx, actor, identity)
        audit.allowed(
            tx,
            actor,
            Action.SOURCE_LOADED,
            subjects=[identity],
            object=source.id,
            reason="row released",
        )

    actor.store.write(change)


def set_aside(actor: Actor, source_code: str, row_id: str, reason: str) -> None:
    """Leave a row out, and say why. It waits again if the source says the same next time."""
    reason = reason.strip()
    if not reason:
        raise Invalid("Say why the row is left out.", "reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON} characters or fewer.", "reason")
    actor.authority.prepare()

    def change(tx: Tx) -> None:
        source, held = _held(tx, actor, source_code, row_id, Action.SOURCE_LOADED)
        stored_waiting.settle(tx, held.id, "set aside", actor.id)
        audit.allowed(
            tx,
            actor,
            Action.SOURCE_LOADED,
            object=source.id,
            reason="row set aside",
            details=reason,
        )

    actor.store.write(change)


def _held(tx: Tx, actor: Actor, code: str, row_id: str, action: Action) -> tuple[Source, Waiting]:
    source = sources.require(tx, actor, code, action, administrators=False)
    held = next(iter(stored_waiting.every(tx, source, only=row_id)), None)
    if held is None:
        audit.refused(tx, actor, action, reason="no such row", object=source.id)
        raise NotFound("That row does not wait any more.")
    return source, held
