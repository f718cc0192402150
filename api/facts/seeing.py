"""A line that is said to be wrong, as one actor may see it: its owner, who said so, or who sees the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.facts import lines, owners
from api.facts.lines import Line
from api.record import briefs
from api.store import Tx
from api.store import corrections as stored
from api.store import people as stored_people
from api.store.access import Me
from api.store.corrections import Kept
from api.store.engine import Row
from api.trust.actor import Actor

WHAT = (
    ("out of date", "It is out of date"),
    ("wrong person", "It is about somebody else"),
    ("wrong detail", "A number or a detail is wrong"),
    ("never was", "It was never so"),
    ("something else", "Something else"),
)


@dataclass(frozen=True)
class Saying:
    """What somebody said of a line. Who it was is told to nobody: if some were named, one whose name is
    left out would be known to work for a sensitive agency."""

    what: str
    words: str
    at: str
    mine: bool


@dataclass(frozen=True)
class Correction:
    """A line that is said to be wrong, as far as this actor may see it.

    `line` is None where it is hidden from them; `confirmed` is what somebody confirmed instead, for
    who sees both. `person_id` is given where the line stands on a page that they may open. `may`:
    "answer", and "confirm" where one of both can be confirmed.
    """

    id: str
    kind: str
    name: str
    born_on: str | None
    identity_id: str
    person_id: str | None
    line: Line | None
    confirmed: Line | None
    source: str
    source_code: str
    made_at: str
    due_on: str
    overdue: bool
    sayings: Sequence[Saying]
    answer: str
    reason: str
    answered_at: str | None
    may: frozenset[str]


def sees_line(tx: Tx, actor: Actor, verdict: Verdict, fact: Row) -> bool:
    """Whether a page of this person shows this line; a relationship stands on the pages of both."""
    identity = verdict.standing.identity_id
    plans = actor.authority.settings.directory_shows_plans
    if not lines.sees(verdict, fact, plans_in_directory=plans):
        return False
    if fact["table"] != "relationships":
        return bool(fact["identity_id"] == identity)
    ends = [id for id in (fact["person_id"], fact["other_id"]) if id]
    if identity not in stored_people.identities(tx, ends):
        return False
    both = [access.verdict(tx, verdict.standing.me, id) for id in ends]
    placed = both[0].location_hidden and lines.is_located(fact)
    return not placed and all(one.sight is not Sight.NOTHING for one in both)


def line_of(tx: Tx, actor: Actor, me: Me, table: str, fact_id: str | None) -> Line | None:
    """Give a line to who would see it on the person's page, whether it stands still or not."""
    fact = lines.find(tx, table, fact_id, me) if fact_id else None
    if fact is None:
        return None
    for person in (fact["person_id"], fact.get("other_id")):
        verdict = access.verdict(tx, me, person) if person else None
        if verdict and sees_line(tx, actor, verdict, fact):
            return lines.read(tx, fact, me, location_hidden=verdict.location_hidden)
    return None


def shown(tx: Tx, actor: Actor, me: Me, kept: Kept) -> Correction:
    """Give one as this actor may see it, whom it concerns."""
    owner = owners.may_answer(tx, me, kept)
    said = stored.says(tx, kept.id)
    sayer = any(one.practitioner_id == me.id for one in said)
    verdict = access.verdict(tx, me, kept.identity_id)
    seen = line_of(tx, actor, me, kept.fact, kept.fact_id)
    line, words_hidden = seen, False
    if owner and seen is None:
        fact = lines.find(tx, kept.fact, kept.fact_id, me)
        words_hidden = bool(fact and verdict.location_hidden and lines.is_located(fact))
        if fact and not words_hidden:
            hidden = verdict.location_hidden
            line = lines.read(tx, fact, me, location_hidden=hidden)
    other = line_of(tx, actor, me, kept.fact, kept.confirmed_id) if seen else None
    told = [one for one in said if owner or one.practitioner_id == me.id]
    ids = [one.words_id for one in told if one.words_id and not words_hidden]
    if kept.words_id and (owner or sayer):
        ids.append(kept.words_id)
    texts = actor.authority.vault.open(tx, ids)
    name, born_on = _identity(tx, verdict, kept, owner=owner)
    return Correction(
        id=kept.id,
        kind=lines.KINDS[kept.fact],
        name=name,
        born_on=born_on,
        identity_id=kept.identity_id,
        person_id=kept.identity_id if seen else None,
        line=line,
        confirmed=other,
        source=_source(kept, line, hidden=verdict.location_hidden and not owner),
        source_code=kept.source_code if kept.is_feed and owner else "",
        made_at=kept.made_at,
        due_on=kept.due_on,
        overdue=kept.answered_at is None and kept.due_on < tx.today,
        sayings=[_saying(one, me, texts) for one in told],
        answer=kept.answer or "",
        reason=texts.get(kept.words_id or "", "") if owner or sayer else "",
        answered_at=kept.answered_at,
        may=_may(kept, verdict, owner=owner, both=other is not None),
    )


def _source(kept: Kept, line: Line | None, *, hidden: bool) -> str:
    """Name who answers; a school's name is not said where that would tell where somebody is."""
    if line and (hidden or not kept.is_feed):
        return line.source
    return "Whoever it comes from" if hidden else kept.source


def _may(kept: Kept, verdict: Verdict, *, owner: bool, both: bool) -> frozenset[str]:
    acts = set()
    if owner and kept.answered_at is None:
        acts.add("answer")
    if kept.confirmed_id and kept.settled_at is None and both and verdict.sight is Sight.CIRCLE:
        acts.add("confirm")
    return frozenset(acts)


def _identity(tx: Tx, verdict: Verdict, kept: Kept, *, owner: bool) -> tuple[str, str | None]:
    if owner:
        brief = briefs.many(tx, verdict.standing.me, [kept.identity_id])[kept.identity_id]
        return brief.name, brief.born_on
    if verdict.sight is Sight.NOTHING:
        return "somebody", None
    brief = briefs.shown(tx, verdict, kept.person_id)
    return brief.name, brief.born_on


def _saying(one: stored.Say, me: Me, texts: Mapping[str, str]) -> Saying:
    return Saying(
        what=dict(WHAT).get(one.what, "Confirmed otherwise"),
        words=texts.get(one.words_id or "", ""),
        at=one.made_at,
        mine=one.practitioner_id == me.id,
    )
