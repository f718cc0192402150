"""Share or not: a decision to tell somebody outside something about a person, or not to, and why.

Information sharing: advice for practitioners providing safeguarding services (Department for Education,
2024): write down the decision and its reasons either way. A decision says with whom, what, on which basis
or ground (the authority's lists) and why; what was typed is sealed. It is shown to the circle, and one of
somebody in a sensitive agency to that agency only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.authority import Authority
from api.errors import Checks, Invalid
from api.record import asserting, briefs
from api.record.briefs import Brief
from api.store import Tx
from api.store import authority as stored_authority
from api.store import sharing as stored
from api.store.engine import Row
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

LINE_LENGTH = 200
REASON_LENGTH = 1000
# What is shared or not, where that is the family's own sheet (`api.rights.sheets`).
SHEET = "The sheet for the family"
GONE = "These words were erased."


@dataclass(frozen=True)
class NewDecision:
    """A decision as somebody writes it down. `basis` is a code of the authority's bases where something
    was shared, and of its grounds where it was not."""

    shared: bool
    to: str
    what: str
    basis: str
    reason: str


@dataclass(frozen=True)
class By:
    """Who wrote something down, and when; no agency that would say where a protected person is."""

    name: str
    job: str
    agency: str
    at: str


@dataclass(frozen=True)
class Decision:
    """A decision as its readers see it. `own_only` where nobody outside the actor's agency does."""

    id: str
    shared: bool
    of_sheet: bool
    to: str
    what: str
    basis: str
    law: str
    reason: str
    by: By
    own_only: bool


@dataclass(frozen=True)
class Shared:
    """Whom this is about, and what was decided, the newest first."""

    brief: Brief
    decisions: Sequence[Decision]


def of(actor: Actor, person_id: str) -> Shared:
    """Give what was shared about a person with somebody outside, or was not, to the circle."""

    def looking(tx: Tx) -> Shared:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.SHARING_LOOKED)
        identity = verdict.standing.identity_id
        audit.allowed(tx, actor, Action.SHARING_LOOKED, subjects=[identity])
        return Shared(briefs.shown(tx, verdict, person_id), decisions(tx, actor.authority, verdict))

    return actor.store.look(looking)


def decide(actor: Actor, person_id: str, new: NewDecision) -> str:
    """Write down that something was shared with somebody outside, or was not; give the decision's id.

    Raises NotAllowed, NotFound outside the circle; Invalid, naming the field.
    """

    def change(tx: Tx) -> str:
        verdict = access.require(tx, actor, person_id, Sight.CIRCLE, Action.SHARING_DECIDED)
        return decide_inside(tx, actor, verdict, new)

    return actor.store.write(change)


def decide_inside(
    tx: Tx, actor: Actor, verdict: Verdict, new: NewDecision, *, of_sheet: bool = False
) -> str:
    """Write a decision inside somebody's change; who may was decided."""
    with Checks() as check:
        to = check(line, new.to, "to", "Say with whom.")
        what = check(line, new.what, "what", "Say what, in a few words.")
        basis = check(_basis, tx, new)
        said = {"to": to, "what": what, "reason": check(_reason, new.reason)}
    identity = verdict.standing.identity_id
    made = stored.add(
        tx,
        "shares",
        person_id=identity,
        shared=int(new.shared),
        of_sheet=int(of_sheet),
        basis=basis["label"],
        law=basis["law"],
        words_id=actor.authority.vault.keep(tx, json.dumps(said), [identity]),
        agency_id=verdict.standing.me.agency_id,
        made_by=actor.id,
    )
    audit.allowed(
        tx,
        actor,
        Action.SHARING_DECIDED,
        subjects=[identity],
        reason="shared" if new.shared else "not shared",
        object=made,
    )
    return made


def _basis(tx: Tx, new: NewDecision) -> Row:
    basis = stored_authority.why(tx, new.shared, new.basis)
    if basis is None:
        sentence = "Choose on which basis you shared it." if new.shared else "Choose why not."
        raise Invalid(sentence, "basis")
    return basis


def decisions(tx: Tx, authority: Authority, verdict: Verdict) -> list[Decision]:
    """Give the decisions about a person, inside a look that the circle's sight allowed."""
    found = stored.shares(tx, verdict.standing.identity_id, verdict.standing.me)
    said = read(tx, authority, [one.words_id for one in found])
    return [
        Decision(
            id=one.id,
            shared=bool(one.shared),
            of_sheet=bool(one.of_sheet),
            to=said[one.words_id].get("to", ""),
            what=said[one.words_id].get("what", ""),
            basis=one.basis,
            law=one.law,
            reason=said[one.words_id].get("reason", GONE),
            by=by(verdict, one),
            own_only=bool(one.sensitive),
        )
        for one in found
    ]


# --- For what families are told and say (api.rights) ---------------------------------------------


def by(verdict: Verdict, one: stored.Share | stored.Given | stored.Statement) -> By:
    """Say who wrote something down, as this sight shows it."""
    hidden = verdict.location_hidden and one.located
    hidden = hidden and one.agency_id != verdict.standing.me.agency_id
    return By(one.by, one.job, briefs.HIDDEN_PLACE if hidden else one.agency, one.made_at)


def read(tx: Tx, authority: Authority, words_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Open words that were kept as several fields; those that are gone give none."""
    opened = authority.vault.open(tx, words_ids)
    return {id: json.loads(opened.get(id, "{}")) for id in words_ids}


def line(text: str, field: str, missing: str) -> str:
    """Give one line as it was typed. Raises Invalid where there is none, or too much."""
    text = asserting.one_line(text)
    if not text:
        raise Invalid(missing, field)
    if len(text) > LINE_LENGTH:
        raise Invalid(f"Use {LINE_LENGTH} characters or fewer.", field)
    return text


def _reason(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Invalid("Say why, in a few words.", "reason")
    if len(text) > REASON_LENGTH:
        raise Invalid(f"Use {REASON_LENGTH:,} characters or fewer.", "reason")
    return text
