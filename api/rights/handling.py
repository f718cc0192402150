"""What the governance lead who handles a request does: checks who asks, extends it, or ends it."""

from __future__ import annotations

from api import access
from api.errors import Checks, Conflict, Invalid, NotFound
from api.rights import checks, requests
from api.rights import clock as clocks
from api.rights.requests import NO_SUCH, NOT_YOURS, Request, require, require_handling, words
from api.store import Tx
from api.store import requests as stored
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

ENDS = (("refused", "Refused"), ("withdrawn", "Taken back by whoever asked"))


def to_handle(actor: Actor, request_id: str, kind: str = "") -> Request:
    """Give a request to the governance lead who handles it, to check something of `kind`, extend it or
    end it. Raises NotFound for a check that it does not need."""

    def looking(tx: Tx) -> Request:
        opened = require(tx, actor, request_id, Action.REQUESTS_LOOKED)
        kept = opened.kept
        if not opened.handles:
            raise access.refuse(tx, actor, Action.REQUESTS_LOOKED, "does not handle it", NOT_YOURS)
        if kind and kind not in checks.needed(kept):
            audit.refused(tx, actor, Action.REQUESTS_LOOKED, reason="no such check")
            raise NotFound(NO_SUCH)
        audit.allowed(
            tx,
            actor,
            Action.REQUESTS_LOOKED,
            subjects=[kept.identity_id],
            object=request_id,
        )
        return requests.shown(tx, actor.authority, opened)

    return actor.store.look(looking)


def check(actor: Actor, request_id: str, kind: str, answer: str, said: str = "") -> None:
    """Write down what was found when something of `checks.CHECKS` was checked, with how it was seen.

    Raises NotAllowed for anybody but a governance lead who handles it, Invalid for an answer that is
    none, Conflict once the request has ended.
    """
    answers = kind in checks.CHECKS and answer in dict(checks.CHECKS[kind])
    with Checks() as check:
        check.that(answers, "Choose an answer.", "answer")
        said = check(words, said, "words")
        known = bool(said) or answer in ("asked", "safe")
        check.that(known, "Say how you know, in a few words.", "words")

    def change(tx: Tx) -> None:
        opened = require_handling(tx, actor, request_id, Action.REQUEST_CHECKED)
        kept = opened.kept
        if kind == "authority" and kept.asker == "person":
            raise Invalid("The person asks themself: no authority is needed.", "answer")
        about = actor.authority.vault.keep(tx, said, [kept.identity_id]) if said else None
        stored.add_check(tx, request_id, kind, answer, actor.id, about)
        if kind == "identity" and answer == "asked" and clocks.may_wait(kept, tx.today):
            stored.change(tx, request_id, identity_asked_on=tx.today)
        if kind == "identity" and answer != "asked" and not kept.identity_on:
            stored.change(tx, request_id, identity_on=tx.today)
        stored.unsign(tx, kept.id)
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_CHECKED,
            subjects=[kept.identity_id],
            reason=f"{kind}: {answer}",
            object=request_id,
            details=said,
        )

    actor.store.write(change)


def extend(actor: Actor, request_id: str, why: str) -> None:
    """Write down that the asker was told, within the month, that it takes up to two months more.

    UK GDPR, Article 12A(4): where it is necessary because of the complexity of requests or their
    number, and the asker is told why. Raises Conflict after that month, or the second time.
    """
    why = words(why, "why")
    if not why:
        raise Invalid("Say why it takes longer, as you told whoever asks.", "why")

    def change(tx: Tx) -> None:
        kept = require_handling(tx, actor, request_id, Action.REQUEST_EXTENDED).kept
        time = clocks.of(kept, tx.today)
        if kept.extended_on:
            raise Conflict("It was extended already: it can be once.")
        if time.first_due_on is None:
            raise Conflict("The clock waits for proof of who asks. There is nothing to extend yet.")
        if tx.today > time.first_due_on:
            raise Conflict(
                "The month has passed: whoever asks had to be told of it within the month."
            )
        about = actor.authority.vault.keep(tx, why, [kept.identity_id])
        stored.change(
            tx, request_id, extended_on=tx.today, extended_words_id=about, overdue_at=None
        )
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_EXTENDED,
            subjects=[kept.identity_id],
            object=request_id,
            details=why,
        )

    actor.store.write(change)


def end(actor: Actor, request_id: str, outcome: str, why: str) -> None:
    """End a request that is refused or was taken back, with the reason. Whoever is refused must be told
    why, and that they may complain to the Information Commissioner (UK GDPR, Article 12(4))."""
    with Checks() as check:
        check.that(outcome in dict(ENDS), "Choose how it ends.", "outcome")
        why = check(words, why, "why")
        check.that(bool(why), "Say why, in a few words.", "why")

    def change(tx: Tx) -> None:
        kept = require_handling(tx, actor, request_id, Action.REQUEST_ENDED).kept
        requests.close(
            tx, actor, kept, outcome, actor.authority.vault.keep(tx, why, [kept.identity_id])
        )
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_ENDED,
            subjects=[kept.identity_id],
            reason=outcome,
            object=request_id,
            details=why,
        )

    actor.store.write(change)
