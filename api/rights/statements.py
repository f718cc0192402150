"""What a person or their family says themselves, in their own words, as somebody took it down.

Nothing changes a statement or takes it away while the record is kept: who sees it otherwise by now says so
in another. It is read by the circle; one that somebody of a sensitive agency took down, by that agency only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.access import Sight
from api.errors import Checks
from api.record import briefs, sharing
from api.record.briefs import Brief
from api.record.sharing import By
from api.store import Tx
from api.store import sharing as stored
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

LENGTH = 5000


@dataclass(frozen=True)
class Statement:
    """Whose words, the words, and who took them down. `own_only` where only the actor's agency reads it."""

    id: str
    who: str
    said: str
    by: By
    own_only: bool


@dataclass(frozen=True)
class Statements:
    """Whom the statements are about, and the statements, the newest first."""

    brief: Brief
    statements: Sequence[Statement]


def of(actor: Actor, person_id: str) -> Statements:
    """Give the statements about a person to the circle. Raises NotFound, NotAllowed."""

    def looking(tx: Tx) -> Statements:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.STATEMENTS_LOOKED)
        identity = verdict.standing.identity_id
        audit.allowed(tx, actor, Action.STATEMENTS_LOOKED, subjects=[identity])
        found = stored.statements(tx, identity, verdict.standing.me)
        read = sharing.read(tx, actor.authority, [one.words_id for one in found])
        return Statements(
            briefs.shown(tx, verdict, person_id),
            [
                Statement(
                    id=one.id,
                    who=read[one.words_id].get("who", ""),
                    said=read[one.words_id].get("said", sharing.GONE),
                    by=sharing.by(verdict, one),
                    own_only=bool(one.sensitive),
                )
                for one in found
            ],
        )

    return actor.store.look(looking)


def take_down(actor: Actor, person_id: str, who: str, said: str) -> str:
    """Take down what somebody says, in their words; give the statement's id.

    Raises NotFound, NotAllowed; Invalid, naming the field.
    """
    said = said.replace("\r\n", "\n").replace("\x00", "").strip()
    with Checks() as check:
        who = check(sharing.line, who, "who", "Say whose words they are.")
        check.that(bool(said), "Write down what they say.", "said")
        check.that(len(said) <= LENGTH, f"Use {LENGTH:,} characters or fewer.", "said")

    def change(tx: Tx) -> str:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.STATEMENT_TAKEN)
        identity = verdict.standing.identity_id
        words = json.dumps({"who": who, "said": said})
        made = stored.add(
            tx,
            "statements",
            person_id=identity,
            words_id=actor.authority.vault.keep(tx, words, [identity]),
            agency_id=verdict.standing.me.agency_id,
            made_by=actor.id,
        )
        audit.allowed(tx, actor, Action.STATEMENT_TAKEN, subjects=[identity], object=made)
        return made

    return actor.store.write(change)
