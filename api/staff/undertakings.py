"""What staff undertake before they see anybody: to look only where their work needs it, and the rest of
the page that they are shown. Asked for once, and again when the text changes."""

from __future__ import annotations

from api import access
from api.store import Tx
from api.store import agreements as stored
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# Raise this with every change of what the page says: everybody is asked again.
VERSION = 1


def accept(actor: Actor) -> None:
    """Undertake to use Inkling as the page says. Doing so again changes nothing."""

    def change(tx: Tx) -> None:
        access.who(tx, actor)
        stored.undertake(tx, actor.id, VERSION)
        audit.allowed(tx, actor, Action.USE_UNDERTAKEN, reason=f"version {VERSION}")

    actor.store.write(change)
