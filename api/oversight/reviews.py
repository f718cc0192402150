"""Reviews of break-glass: another team reads why a record was opened in an emergency and what was looked
at, and says whether that was justified.

Who reviews learns the person's initials and year of birth, no more: they judge the look, not the child.
A sealed service's are reviewed within that service (`access.may_review_glass`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.access import GlassFacts, Sight, Verdict
from api.errors import Checks, Conflict, NotFound
from api.record import asserting, briefs
from api.store import Tx
from api.store import glass as stored
from api.store import people as stored_people
from api.store.glass import Glass, Looked
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

OUTCOMES = (("justified", "Justified"), ("not justified", "Not justified"))

NO_SUCH = "There is no such review here."


@dataclass(frozen=True)
class Waiting:
    """One that waits for a review; `open` while its hour runs."""

    id: str
    practitioner: str
    agency: str
    at: str
    open: bool


@dataclass(frozen=True)
class Opened:
    """One that was opened, by whom. `outcome` is empty, and `found` too, until another team reviewed it."""

    id: str
    practitioner: str
    person_id: str
    name: str
    at: str
    over_at: str
    outcome: str
    found: str


@dataclass(frozen=True)
class Reviews:
    """What waits for the actor's review, what they opened in an emergency themselves, and what was found
    about those whom they supervise."""

    waiting: Sequence[Waiting]
    own: Sequence[Opened]
    team: Sequence[Opened]


@dataclass(frozen=True)
class Review:
    """What a reviewer reads: who, why, and what was looked at. `person` is empty where they may not know
    even the initials."""

    id: str
    practitioner: str
    job: str
    agency: str
    person: str
    reason: str
    at: str
    over_at: str
    open: bool
    looked: Sequence[Looked]


def mine(actor: Actor) -> Reviews:
    """Give what the actor may review, oldest first, and their own, newest first."""

    def looking(tx: Tx) -> Reviews:
        me = access.who(tx, actor)
        own, team = stored.of(tx, me.id), stored.overseen(tx, me)
        words = actor.authority.vault.open(
            tx, [one.review_words_id for one in (*own, *team) if one.review_words_id]
        )
        shown = []
        for one in (*own, *team):
            verdict = access.verdict(tx, me, one.identity_id)
            known = verdict.sight >= Sight.OUTSIDE
            shown.append(
                Opened(
                    one.id,
                    one.practitioner,
                    one.identity_id if known else "",
                    briefs.shown(tx, verdict, one.identity_id).name if known else "",
                    one.broken_at,
                    one.over_at,
                    one.outcome or "",
                    words.get(one.review_words_id or "", "") if known else "",
                )
            )
        subjects = sorted({one.person_id for one in shown if one.person_id})
        audit.allowed(tx, actor, Action.GLASS_LOOKED, subjects=subjects, reason="list")
        waiting = [
            Waiting(one.id, one.practitioner, one.agency, one.broken_at, _is_open(tx, one))
            for one in stored.to_review(tx, me)
        ]
        return Reviews(waiting, shown[: len(own)], shown[len(own) :])

    return actor.store.look(looking)


def look(actor: Actor, glass_id: str) -> Review:
    """Give one to whoever may review it. Raises NotFound for anybody else."""

    def looking(tx: Tx) -> Review:
        glass, verdict = _require(tx, actor, glass_id, Action.GLASS_LOOKED)
        audit.allowed(tx, actor, Action.GLASS_LOOKED, subjects=[glass.identity_id], object=glass.id)
        # Words may name whom their reader must not know of: somebody restricted since.
        closed = access.is_closed(verdict.standing)
        words = {} if closed else actor.authority.vault.open(tx, [glass.words_id])
        return Review(
            id=glass.id,
            practitioner=glass.practitioner,
            job=glass.job,
            agency=glass.agency,
            person=_initials(tx, verdict),
            reason=words.get(glass.words_id, ""),
            at=glass.broken_at,
            over_at=glass.over_at,
            open=_is_open(tx, glass),
            looked=stored.looked_at(tx, glass),
        )

    return actor.store.look(looking)


def decide(actor: Actor, glass_id: str, outcome: str, words: str) -> None:
    """Write what a review found: `outcome` is one of OUTCOMES, `words` say why. Whoever opened the record
    and their supervisors are told.

    Raises NotFound for who may not review it, Conflict while it is open or once it was reviewed.
    """
    with Checks() as check:
        check.that(outcome in dict(OUTCOMES), "Say whether it was justified.", "outcome")
        reason = check(asserting.check_reason, words)

    def change(tx: Tx) -> None:
        glass, _ = _require(tx, actor, glass_id, Action.GLASS_REVIEWED)
        if glass.reviewed_at:
            raise Conflict("This was reviewed already.")
        if _is_open(tx, glass):
            raise Conflict("The record is open still. Review it once its hour is over.")
        kept = actor.authority.vault.keep(tx, reason, [glass.identity_id])
        stored.review(tx, glass.id, actor.id, outcome, kept)
        outbox.put(tx, actor, "glass reviewed", practitioner_id=glass.practitioner_id)
        audit.allowed(
            tx,
            actor,
            Action.GLASS_REVIEWED,
            subjects=[glass.identity_id],
            object=glass.id,
            reason=outcome,
            details=reason,
        )

    actor.store.write(change)


def _require(tx: Tx, actor: Actor, glass_id: str, action: Action) -> tuple[Glass, Verdict]:
    glass = stored.find(tx, glass_id)
    me = access.who(tx, actor)
    verdict = access.verdict(tx, me, glass.identity_id) if glass else None
    if not (glass and verdict and access.may_review_glass(verdict.standing, _facts(tx, glass))):
        audit.refused(tx, actor, action, reason="not theirs to review", object=glass_id)
        raise NotFound(NO_SUCH)
    return glass, verdict


def _facts(tx: Tx, glass: Glass) -> GlassFacts:
    return GlassFacts(
        glass.practitioner_id, glass.agency_id, glass.sealed, *stored.teams(tx, glass)
    )


def _is_open(tx: Tx, glass: Glass) -> bool:
    return tx.now < glass.over_at


def _initials(tx: Tx, verdict: Verdict) -> str:
    """Give initials and the year of birth; nothing of somebody who is restricted."""
    standing = verdict.standing
    if access.is_closed(standing):
        return ""
    known = stored_people.known(tx, [standing.identity_id], standing.me)[standing.identity_id]
    brief = briefs.brief_of(known, tx.today, outside=True)
    letters = [word[0] for word in brief.name.split()] if known.names else []
    return " ".join(filter(None, ("".join(f"{one}." for one in letters), brief.age)))
