"""Rows that may be about somebody who is here: looked at side by side, decided, and taken back.

Only the source's own data steward comes here, and sees identities and nothing else. A decision holds
for later loads. What the row says hangs on a record of its own, which a link makes the person's: so
taking the decision back takes back all that hung on it, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from api.errors import Conflict, Invalid, NotFound
from api.facts import likely, loading, mapping, placing, sources, taking
from api.facts.deciding import Decided, own_key
from api.facts.likely import Candidate, Held
from api.facts.mapping import Record
from api.facts.placing import People, Place
from api.moment import new_id
from api.record import identities
from api.store import Tx
from api.store import candidates as stored_candidates
from api.store import decisions as stored
from api.store import loads as stored_loads
from api.store import people as stored_people
from api.store import protections as stored_protections
from api.store.decisions import Decision, Doubtful
from api.store.files import FileRow
from api.store.scratch import Scratch
from api.store.sources import Source
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

LONGEST_REASON = 500
DECISIONS_SHOWN = 100

SAME, NEW, NONE, NOT = "same", "new", "none", "not"


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


@dataclass(frozen=True)
class Made:
    """A decision in the list of them: about which line, when, by whom; `name` as the row had it."""

    id: str
    kind: str
    line: int
    name: str
    key: str
    made_at: str
    by: str
    undone_at: str | None


# --- Looking ------------------------------------------------------------------------------------


def rows(actor: Actor, source_code: str, limit: int = 50) -> list[Line]:
    """List the rows that may be about somebody, to the source's data steward."""

    def looking(tx: Tx) -> list[Line]:
        source = _require(tx, actor, source_code, Action.ROW_LOOKED)
        found = stored.doubtful(tx, source, limit=limit)
        texts = actor.authority.vault.open(tx, [row.words_id for row in found])
        audit.allowed(tx, actor, Action.ROW_LOOKED, object=source.id, reason="doubtful rows")
        return [
            Line(row.id, row.line, _name(source, json.loads(texts[row.words_id])), row.reason)
            for row in found
            if row.words_id in texts
        ]

    return actor.store.look(looking)


def look(actor: Actor, source_code: str, row_id: str) -> Question:
    """Give a row and whom it may be about. Raises NotFound where it does not wait any more."""

    def looking(tx: Tx) -> Question:
        source, row = _doubtful(tx, actor, source_code, row_id, Action.ROW_LOOKED)
        (record, *_) = _records(tx, actor, source, [row])
        matches = _matches(tx, actor, source, record)
        audit.allowed(
            tx,
            actor,
            Action.ROW_LOOKED,
            subjects=[match.person.id for match in matches],
            object=source.id,
            reason="doubtful row",
            details=_shown(matches),
        )
        return Question(row.id, row.line, row.reason, source, _said(record), matches)

    return actor.store.look(looking)


def _matches(tx: Tx, actor: Actor, source: Source, record: Record) -> list[Match]:
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
        person=_person(candidate.identity_id, held),
        value=score.value,
        why=score.why,
        against=tuple(score.against),
        may_be=not (record.nhs and side.nhs and record.nhs not in side.nhs),
    )


def _person(identity: str, held: Held) -> Person:
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


# --- Deciding -----------------------------------------------------------------------------------


def same(actor: Actor, source_code: str, row_id: str, person_id: str, reason: str = "") -> None:
    """Say that a row is about somebody who is here. What it says shows at once.

    Raises Invalid where the two have different NHS numbers, Conflict while a load runs or waits.
    """
    _decide(actor, source_code, row_id, SAME, person_id, reason)


def new(actor: Actor, source_code: str, row_id: str, reason: str = "") -> None:
    """Say that a row is about somebody new, where the source makes people."""
    _decide(actor, source_code, row_id, NEW, "", reason)


def none(actor: Actor, source_code: str, row_id: str, reason: str = "") -> None:
    """Say that a row is about none of those who are like it. It is asked again only when something
    changed: what the row says, or who is like it."""
    _decide(actor, source_code, row_id, NONE, "", reason)


def _decide(
    actor: Actor, source_code: str, row_id: str, kind: str, person_id: str, reason: str
) -> None:
    reason = _check_reason(reason)
    actor.authority.prepare()

    def change(tx: Tx) -> None:
        source, row = _doubtful(tx, actor, source_code, row_id, Action.ROW_DECIDED)
        loading.require_still(tx, source)
        taking.showing(tx, source)
        together = stored.alike(tx, source, row)
        records = _records(tx, actor, source, together)
        matches = _matches(tx, actor, source, records[0])
        identity = _chosen(tx, actor, source, kind, person_id, matches)
        _supersede(tx, actor, source, row.row_key)
        place, link = None, None
        if kind in (SAME, NEW):
            place, link = _make_place(tx, actor, source, row.row_key, identity, reason)
        _end_elsewhere(tx, source, records[0], place)
        if place:
            taking.take(tx, source, records, place, whole=True)
        outcome = "released" if place else "set aside"
        for one in together:
            stored_loads.settle_waiting(tx, one.id, outcome, actor.id)
        _keep(
            tx,
            actor,
            source,
            kind,
            row.row_key,
            row.digest,
            place=place,
            link=link,
            line=row.line,
            said={"rows": _values(tx, actor, together), "reason": reason},
            shown=[match.person.id for match in matches],
            details="; ".join(filter(None, (_shown(matches), reason))),
        )

    actor.store.write(change)


def _chosen(
    tx: Tx, actor: Actor, source: Source, kind: str, person_id: str, matches: Sequence[Match]
) -> str:
    """Give whom a row was said to be about; "" for somebody new, or for none."""
    if kind == NEW and not source.makes_people:
        raise Invalid("This source does not say who exists, so it makes nobody new.")
    if kind != SAME:
        return ""
    match = next((one for one in matches if one.person.id == person_id), None)
    if match is None:
        audit.refused(tx, actor, Action.ROW_DECIDED, reason="not shown", object=source.id)
        raise NotFound("That person is not among those who are shown. Look at the row again.")
    if not match.may_be:
        raise Invalid(
            "The two have different NHS numbers. Correct the number at the source, or in the row that"
            " waits, first."
        )
    stored_people.hold(tx, match.person.id)
    return match.person.id


def _make_place(
    tx: Tx, actor: Actor, source: Source, row_key: str, identity: str, reason: str
) -> tuple[Place, str | None]:
    """Give the record that stands for a row, which is that of an earlier decision about it: what
    others wrote on it meanwhile comes along."""
    record = stored.record_of(tx, source, row_key)
    if record is None:
        record = new_id()
        stored.add_record(tx, source, record)
        actor.authority.vault.add_key(tx, "person", record)
    if not identity:
        return Place(record, record, record), None
    why = reason or "Decided by the data steward of a source"
    link = identities.join_row(tx, actor, record, identity, why)
    return Place(record, record, identity), link


def _end_elsewhere(tx: Tx, source: Source, record: Record, place: Place | None) -> None:
    """End what the rows of the same id said of somebody else until now."""
    if not record.key:
        return
    load = taking.showing(tx, source)
    for old in stored_loads.held_by_key(tx, source, record.key):
        if place is None or old.unit != place.unit:
            stored_loads.end(tx, load, old.fact.table, [old.id])


def _keep(
    tx: Tx,
    actor: Actor,
    source: Source,
    kind: str,
    row_key: str,
    digest: str | None,
    *,
    place: Place | None,
    link: str | None,
    line: int,
    said: Mapping[str, Any],
    shown: Sequence[str],
    details: str,
    id: str | None = None,
) -> None:
    authority = actor.authority
    about = [place.person_id] if place else []
    text = json.dumps(said, ensure_ascii=False)
    words = authority.vault.keep(tx, text, about, period=authority.period(tx))
    decision = stored.add(
        tx,
        source,
        kind,
        row_key,
        digest,
        person_id=place.person_id if place else None,
        link_id=link,
        line=line,
        words_id=words,
        made_by=actor.id,
        shown=shown,
        id=id,
    )
    audit.allowed(
        tx,
        actor,
        Action.ROW_DECIDED,
        subjects=shown,
        object=decision,
        reason=kind,
        details=details,
    )


# --- A row that was taken for somebody else -----------------------------------------------------


def taken_for(actor: Actor, source_code: str, key: str) -> tuple[Source, str, Person]:
    """Give whom the rows are taken for that have this id of the source's own, and that id in full.
    Raises NotFound where they are taken for nobody whom this steward may know of."""

    def looking(tx: Tx) -> tuple[Source, str, Person]:
        source = _require(tx, actor, source_code, Action.ROW_LOOKED)
        whole, person = _taken_for(tx, actor, source, key, Action.ROW_LOOKED)
        audit.allowed(
            tx,
            actor,
            Action.ROW_LOOKED,
            subjects=[person.id],
            object=source.id,
            reason="own number",
            details=whole,
        )
        return source, whole, person

    return actor.store.look(looking)


def part(
    actor: Actor, source_code: str, key: str, person_id: str, reason: str = "", *, is_new: bool
) -> None:
    """Say that the rows of this id are not about whom they were taken for. What they said goes to
    somebody new, where the source makes people and `is_new`; or stands no more, and the rows are
    compared with others when the source says them next."""
    reason = _check_reason(reason)
    actor.authority.prepare()

    def change(tx: Tx) -> None:
        source = _require(tx, actor, source_code, Action.ROW_DECIDED)
        loading.require_still(tx, source)
        taking.showing(tx, source)
        whole, person = _taken_for(tx, actor, source, key, Action.ROW_DECIDED)
        if person.id != person_id:
            raise Conflict("These rows are taken for somebody else by now. Look again.")
        if is_new and not source.makes_people:
            raise Invalid("This source does not say who exists, so it makes nobody new.")
        row_key = own_key(whole)
        if any(one.person_id for one in stored.standing(tx, source, row_key)):
            raise Conflict("Somebody decided about these rows. Take that decision back instead.")
        stored_people.hold(tx, person.id)
        place = _make_place(tx, actor, source, row_key, "", reason)[0] if is_new else None
        id = new_id()
        stored_loads.part(tx, source, whole, person.id, id, place.person_id if place else None)
        _keep(
            tx,
            actor,
            source,
            NOT,
            row_key,
            None,
            place=place,
            link=None,
            line=0,
            said={"rows": [], "reason": reason, "name": next(iter(person.names), "")},
            shown=[person.id],
            details="; ".join(filter(None, (whole, reason))),
            id=id,
        )

    actor.store.write(change)


def _taken_for(
    tx: Tx, actor: Actor, source: Source, key: str, action: Action
) -> tuple[str, Person]:
    prefix = mapping.parse(source.mapping).key_prefix
    key = key.strip()
    whole = key if key.startswith(prefix) else prefix + key
    units = [one.unit for one in stored_loads.held_by_key(tx, source, whole)] if key else []
    whose = stored.identities(tx, list(dict.fromkeys(units)))
    closed = stored_candidates.conflicted(tx, whose.values(), actor.id)
    held = likely.held(tx, source, set(whose.values()) - closed)
    if len(held) != 1:
        audit.refused(tx, actor, action, reason="no such number", object=source.id)
        raise NotFound("Nobody is known here by that number of the source's own.")
    ((identity, known),) = held.items()
    return whole, _person(identity, known)


# --- Taking back --------------------------------------------------------------------------------


def made(actor: Actor, source_code: str) -> list[Made]:
    """List what was decided of a source's rows, the newest first, to its data steward."""

    def looking(tx: Tx) -> list[Made]:
        source = _require(tx, actor, source_code, Action.ROW_LOOKED)
        found = stored.every(tx, source, DECISIONS_SHOWN)
        texts = actor.authority.vault.open(tx, [one.words_id for one in found])
        names = stored_protections.workers(tx, [one.made_by for one in found])
        audit.allowed(tx, actor, Action.ROW_LOOKED, object=source.id, reason="decisions")
        return [
            Made(
                one.id,
                one.kind,
                one.line,
                _name_then(source, json.loads(texts.get(one.words_id, "{}"))),
                one.row_key.removeprefix("key ") if one.row_key.startswith("key ") else "",
                one.made_at,
                names.get(one.made_by, ""),
                one.undone_at,
            )
            for one in found
        ]

    return actor.store.look(looking)


def take_back(actor: Actor, source_code: str, decision_id: str) -> None:
    """Take a decision back: what hung on it stands no more, and the row waits again.

    Raises Conflict where it was taken back already, and while a load runs or waits.
    """
    actor.authority.prepare()

    def change(tx: Tx) -> None:
        source = _require(tx, actor, source_code, Action.ROW_TAKEN_BACK)
        decision = stored.find(tx, source, decision_id)
        if decision is None:
            audit.refused(
                tx, actor, Action.ROW_TAKEN_BACK, reason="no such decision", object=source.id
            )
            raise NotFound("There is no such decision here.")
        if decision.undone_at:
            raise Conflict("This decision was taken back already.")
        loading.require_still(tx, source)
        shown = stored.shown(tx, [decision.id])[decision.id]
        said = _undo(tx, actor, source, decision)
        if decision.kind != NOT:
            _wait_again(tx, actor, source, decision, shown, said=said)
        audit.allowed(tx, actor, Action.ROW_TAKEN_BACK, subjects=sorted(shown), object=decision.id)

    actor.store.write(change)


def _supersede(tx: Tx, actor: Actor, source: Source, row_key: str) -> None:
    """Take back where these rows were placed before: they say something else now."""
    for one in stored.standing(tx, source, row_key):
        if one.person_id:
            _undo(tx, actor, source, one)


def _undo(tx: Tx, actor: Actor, source: Source, decision: Decision) -> bool:
    """Undo a decision; give whether the rows that it is about still said something."""
    stored.undo(tx, decision.id, actor.id)
    record = decision.person_id
    standing = stored_loads.held(tx, source, [], [record]) if record else []
    if decision.kind == NOT:
        _join_again(tx, source, decision, [one.fact for one in standing])
    if record:
        stored_loads.void(tx, source, record)
    if decision.link_id:
        identities.part_row(tx, actor, decision.link_id)
    return bool(standing)


def _join_again(
    tx: Tx, source: Source, decision: Decision, said: Sequence[stored_loads.Fact]
) -> None:
    """Let rows be about whom they were taken for before, with what they said since."""
    stored_loads.join_again(tx, decision.id)
    shown = sorted(stored.shown(tx, [decision.id])[decision.id])
    if not (said and shown):
        return
    load, standing = taking.showing(tx, source), stored_loads.held(tx, source, shown)
    key = decision.row_key.removeprefix(own_key(""))
    for old in standing:
        if old.fact.source_key == key and old.fact not in said:
            stored_loads.end(tx, load, old.fact.table, [old.id])
    here = {one.fact for one in standing}
    staged = [(shown[0], fact) for fact in said if fact not in here]
    stored_loads.stage(tx, load, staged)
    stored_loads.index(tx, staged, ())


def _wait_again(
    tx: Tx, actor: Actor, source: Source, decision: Decision, shown: set[str], *, said: bool
) -> None:
    if stored_loads.reopen_waiting(tx, source, decision.row_key, decision.digest) or not said:
        return
    authority = actor.authority
    texts = authority.vault.open(tx, [decision.words_id])
    load = taking.showing(tx, source)
    for values in json.loads(texts.get(decision.words_id, "{}")).get("rows", []):
        text = json.dumps(values, ensure_ascii=False)
        words = authority.vault.keep(tx, text, period=authority.period(tx))
        key, digest, id = decision.row_key, decision.digest, new_id()
        line, why = decision.line, placing.MAY_BE
        stored_loads.add_waiting(tx, load, id, line, why, words, key, digest)
        stored.add_candidates(tx, id, shown)


# --- Parts --------------------------------------------------------------------------------------


def _require(tx: Tx, actor: Actor, code: str, action: Action) -> Source:
    return sources.require(tx, actor, code, action, administrators=False)


def _doubtful(
    tx: Tx, actor: Actor, code: str, row_id: str, action: Action
) -> tuple[Source, Doubtful]:
    source = _require(tx, actor, code, action)
    row = next(iter(stored.doubtful(tx, source, only=row_id)), None)
    if row is None:
        audit.refused(tx, actor, action, reason="no such row", object=source.id)
        raise NotFound("That row does not wait any more.")
    return source, row


def _values(tx: Tx, actor: Actor, found: Sequence[Doubtful]) -> list[dict[str, str]]:
    texts = actor.authority.vault.open(tx, [row.words_id for row in found])
    return [json.loads(texts.get(row.words_id, "{}")) for row in found]


def _records(tx: Tx, actor: Actor, source: Source, found: Sequence[Doubtful]) -> list[Record]:
    return [
        taking.read(tx, source, FileRow(row.line, values))
        for row, values in zip(found, _values(tx, actor, found), strict=True)
    ]


def _shown(matches: Sequence[Match]) -> str:
    return "; ".join(f"{match.value} of 100: {match.why}" for match in matches)


def _check_reason(reason: str) -> str:
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON} characters or fewer.", "reason")
    return reason


def _name(source: Source, values: Mapping[str, str]) -> str:
    return mapping.name_of(mapping.parse(source.mapping), values)


def _name_then(source: Source, said: Mapping[str, Any]) -> str:
    rows = said.get("rows") or []
    return _name(source, rows[0]) if rows else str(said.get("name", ""))
