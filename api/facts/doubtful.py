"""Rows that may be about somebody who is here, each beside those whom it may be about.

Only the source's own data steward comes here, and sees identities and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from api.errors import NotFound
from api.facts import likely, mapping, placing, sources, taking
from api.facts.decided import Decided
from api.facts.likely import Candidate, Held
from api.facts.mapping import Record
from api.facts.placing import People
from api.store import Tx
from api.store import candidates as stored_candidates
from api.store import decisions as stored
from api.store.decisions import Doubtful
from api.store.files import FileRow
from api.store.scratch import Scratch
from api.store.sources import Source
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action


@dataclass(frozen=True)
class Person:
    """Who somebody is, and nothing else: names, births, the ends of numbers, addresses unless they
    are protected."""

    id: str
    names: Sequence[str]
    births: Sequence[str]
    expected: Sequence[str]
    nhs: Sequence[str]
    upn: Sequence[str]
    addresses: Sequence[str]


@dataclass(frozen=True)
class Match:
    """Somebody whom a row may be about: how alike the two are (of a hundred), in words why, and what
    speaks against it. `may_be`: whether a steward may say that it is them."""

    person: Person
    value: int
    why: str
    against: Sequence[str]
    may_be: bool


@dataclass(frozen=True)
class Question:
    """A row, and whom it may be about, the likeliest first."""

    id: str
    line: int
    reason: str
    source: Source
    row: Person
    matches: Sequence[Match]


@dataclass(frozen=True)
class Line:
    """A row in the list of those that may be about somebody."""

    id: str
    line: int
    name: str
    reason: str


def rows(actor: Actor, source_code: str, limit: int = 50) -> list[Line]:
    """List the rows that may be about somebody, to the source's data steward."""

    def looking(tx: Tx) -> list[Line]:
        source = require(tx, actor, source_code, Action.ROW_LOOKED)
        found = stored.doubtful(tx, source, limit=limit)
        texts = actor.authority.vault.open(tx, [row.words_id for row in found])
        audit.allowed(tx, actor, Action.ROW_LOOKED, object=source.id, reason="doubtful rows")
        return [
            Line(row.id, row.line, name_of(source, json.loads(texts[row.words_id])), row.reason)
            for row in found
            if row.words_id in texts
        ]

    return actor.store.look(looking)


def look(actor: Actor, source_code: str, row_id: str) -> Question:
    """Give a row and whom it may be about. Raises NotFound where it does not wait any more."""

    def looking(tx: Tx) -> Question:
        source, row = find(tx, actor, source_code, row_id, Action.ROW_LOOKED)
        (record, *_) = records(tx, actor, source, [row])
        matches = matches_of(tx, actor, source, record)
        audit.allowed(
            tx,
            actor,
            Action.ROW_LOOKED,
            subjects=[match.person.id for match in matches],
            object=source.id,
            reason="doubtful row",
            details=spoken(matches),
        )
        return Question(row.id, row.line, row.reason, source, _said(record), matches)

    return actor.store.look(looking)


def matches_of(tx: Tx, actor: Actor, source: Source, record: Record) -> list[Match]:
    """Compare a row with whoever it may be about now, whom this steward may know of."""
    decided = Decided(actor.authority, tx, source)
    with closing(Scratch()) as scratch:
        related = People(tx, source, [record], scratch, decided).related(record)
    candidates = likely.find(tx, source, [record], {record.line: related})[record.line]
    refused = decided.of(record).refused
    refused |= stored_candidates.conflicted(tx, [c.identity_id for c in candidates], actor.id)
    near = [
        one
        for one in candidates
        if (one.score.is_doubtful or one.identity_id in related) and one.identity_id not in refused
    ]
    held = likely.held(tx, source, [one.identity_id for one in near])
    return [
        _match(record, one, held[one.identity_id])
        for one in near[: placing.SHOWN]
        if one.identity_id in held
    ]


def _match(record: Record, candidate: Candidate, held: Held) -> Match:
    score, side = candidate.score, held.side
    return Match(
        person=person_of(candidate.identity_id, held),
        value=score.value,
        why=score.why,
        against=tuple(score.against),
        may_be=not (record.nhs and side.nhs and record.nhs not in side.nhs),
    )


def person_of(identity: str, held: Held) -> Person:
    """Give who somebody is, as far as a steward may see it."""
    side = held.side
    return Person(
        id=identity,
        names=tuple(dict.fromkeys(held.names)),
        births=sorted(side.births),
        expected=sorted(side.due) if not side.births else (),
        nhs=sorted(number[-4:] for number in side.nhs),
        upn=sorted(number[-4:] for number in side.upn),
        addresses=tuple(dict.fromkeys(held.addresses)),
    )


def _said(record: Record) -> Person:
    lives = ", ".join(filter(None, (record.address, record.postcode)))
    return Person(
        id="",
        names=[f"{record.first} {record.last}".strip()],
        births=[record.born_on] if record.born_on else [],
        expected=[record.expected_on] if record.expected_on else [],
        nhs=[record.nhs[-4:]] if record.nhs else [],
        upn=[record.upn[-4:]] if record.upn else [],
        addresses=[lives] if lives else [],
    )


def require(tx: Tx, actor: Actor, code: str, action: Action) -> Source:
    """Give a source to its own data steward. Raises NotAllowed for anybody else."""
    return sources.require(tx, actor, code, action, administrators=False)


def find(tx: Tx, actor: Actor, code: str, row_id: str, action: Action) -> tuple[Source, Doubtful]:
    """Give a row in doubt to the source's own data steward. Raises NotFound where it is in doubt no more."""
    source = require(tx, actor, code, action)
    row = next(iter(stored.doubtful(tx, source, only=row_id)), None)
    if row is None:
        audit.refused(tx, actor, action, reason="no such row", object=source.id)
        raise NotFound("That row does not wait any more.")
    return source, row


def values(tx: Tx, actor: Actor, found: Sequence[Doubtful]) -> list[dict[str, str]]:
    """Give what rows say, as their file had it."""
    texts = actor.authority.vault.open(tx, [row.words_id for row in found])
    return [json.loads(texts.get(row.words_id, "{}")) for row in found]


def records(tx: Tx, actor: Actor, source: Source, found: Sequence[Doubtful]) -> list[Record]:
    """Give what rows say, read."""
    return [
        taking.read(tx, source, FileRow(row.line, said))
        for row, said in zip(found, values(tx, actor, found), strict=True)
    ]


def spoken(matches: Sequence[Match]) -> str:
    """Say what was shown of a comparison, for the trail."""
    return "; ".join(f"{match.value} of 100: {match.why}" for match in matches)


def name_of(source: Source, said: Mapping[str, str]) -> str:
    """Give the name in a row."""
    return mapping.name_of(mapping.parse(source.mapping), said)
