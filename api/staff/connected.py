"""The systems that use the API, for administrators: tokens, webhooks and filings; nobody's record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.errors import NotFound
from api.staff import guards
from api.store import Tx
from api.store import filings as stored_filings
from api.store import tokens as stored_tokens
from api.store import webhooks as stored_webhooks
from api.store.tokens import Token
from api.store.webhooks import Webhook
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["System", "Token", "Webhook", "every", "one"]


@dataclass(frozen=True)
class System:
    """A system of an agency: its tokens, the newest first, where it is told, and what waits for it.

    `good` are the tokens that open something now, `over` those that do not. `waiting` notes are to be
    filed, the oldest since `waiting_since`; `refused` were refused by it and not tried again.
    """

    id: str
    name: str
    agency: str
    good: Sequence[Token]
    over: Sequence[Token]
    webhooks: Sequence[Webhook]
    waiting: int
    waiting_since: str
    refused: int

    @property
    def used_at(self) -> str | None:
        """When it last asked for anything, to the minute."""
        return max((one.used_at for one in (*self.good, *self.over) if one.used_at), default=None)


def every(actor: Actor) -> list[System]:
    """Give all systems by name: those whose token is good first. Raises NotAllowed."""

    def looking(tx: Tx) -> list[System]:
        guards.run_agencies(tx, actor, Action.SYSTEMS_LOOKED)
        audit.allowed(tx, actor, Action.SYSTEMS_LOOKED)
        return _systems(tx)

    return actor.store.look(looking)


def one(actor: Actor, system_id: str) -> System:
    """Give one system. Raises NotFound, NotAllowed."""

    def looking(tx: Tx) -> System:
        guards.run_agencies(tx, actor, Action.SYSTEMS_LOOKED)
        found = next((system for system in _systems(tx) if system.id == system_id), None)
        if found is None:
            audit.refused(tx, actor, Action.SYSTEMS_LOOKED, reason="no such system")
            raise NotFound("There is no such system here.")
        audit.allowed(tx, actor, Action.SYSTEMS_LOOKED, object=system_id)
        return found

    return actor.store.look(looking)


def _systems(tx: Tx) -> list[System]:
    tokens: dict[str, list[Token]] = {}
    for token in stored_tokens.every(tx):
        tokens.setdefault(token.source_id, []).append(token)
    webhooks = stored_webhooks.every(tx)
    counted = {(row["source_id"], row["state"]): row for row in stored_filings.counts(tx)}
    found = []
    for source_id, held in tokens.items():
        waiting = counted.get((source_id, "waiting"), {})
        good = [token for token in held if not token.ended(tx.now)]
        found.append(
            System(
                source_id,
                held[0].name,
                held[0].agency,
                good,
                [token for token in held if token not in good],
                [webhook for webhook in webhooks if webhook.source_id == source_id],
                waiting.get("number", 0),
                waiting.get("since", ""),
                counted.get((source_id, "refused"), {}).get("number", 0),
            )
        )
    return sorted(found, key=lambda system: (not system.good, system.name, system.id))
