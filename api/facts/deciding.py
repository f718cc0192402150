"""Whom a row in doubt is about, said by a data steward: it holds for later loads, and is taken back.

What the row says hangs on a record of its own, which a link makes the person's: so taking a decision
back takes back all that hung on it, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.errors import Conflict, Invalid, NotFound
from api.facts import differences, doubtful, loading, mapping, placing, taking
from api.facts.decided import own_key
from api.facts.doubtful import Match
from api.facts.mapping import Record
from api.facts.placing import Place
from api.moment import new_id
from api.record import identities
from api.store import Tx
from api.store import candidates as stored_candidates
from api.store import decisions as stored
from api.store import loads as stored_loads
from api.store import people as stored_people
from api.store import protections as stored_protections
from api.store import waiting as stored_waiting
from api.store.decisions import Decision
from api.store.sources import Source
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

LONGEST_REASON = 500
DECISIONS_SHOWN = 100

SAME, NEW, NONE, NOT = "same", "new", "none", "not"


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
    reason = check_reason(reason)
    actor.authority.prepare()

    def change(tx: Tx) -> None:
        source, row = doubtful.find(tx, actor, source_code, row_id, Action.ROW_DECIDED)
        loading.require_still(tx, source)
        taking.showing(tx, source)
        together = stored.alike(tx, source, row)
        records = doubtful.records(tx, actor, source, together)
        matches = doubtful.matches_of(tx, actor, source, records[0])
        identity = _chosen(tx, actor, source, kind, person_id, matches)
        _supersede(tx, actor, source, row.row_key)
        place, link = None, None
        if kind in (SAME, NEW):
            place, link = make_place(tx, actor, source, row.row_key, identity, reason)
        ended = _end_elsewhere(tx, source, records[0], place)
        if place:
            taking.take(tx, source, records, place, whole=True)
            differences.compare_all(tx, actor, place.identity_id)
        outcome = "released" if place else "set aside"
        for one in together:
            stored_waiting.settle(tx, one.id, outcome, actor.id)
        keep(
            tx,
            actor,
            source,
            kind,
            row.row_key,
            row.digest,
            place=place,
            link=link,
            line=row.line,
            said={
                "rows": doubtful.values(tx, actor, together),
                "reason": reason,
                "ended": ended,
            },
            shown=[match.person.id for match in matches],
            details="; ".join(filter(None, (doubtful.spoken(matches), reason))),
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


def make_place(
    tx: Tx, actor: Actor, source: Source, row_key: str, identity: str, reason: str
) -> tuple[Place, str | None]:
    """Give the record that stands for a row, which is that of an earlier decision about it: what
    others wrote on it meanwhile comes along. Who was restricted since is joined to nobody."""
    record = stored.record_of(tx, source, row_key)
    if record is None or (identity and _is_restricted(tx, record)):
        record = new_id()
        stored.add_record(tx, source, record)
        actor.authority.vault.add_key(tx, "person", record)
    if not identity:
        return Place(record, record, record), None
    why = reason or "Decided by the data steward of a source"
    link = identities.join_row(tx, actor, record, identity, why)
    return Place(record, record, identity), link


def _is_restricted(tx: Tx, record: str) -> bool:
    whose = stored.identities(tx, [record])
    return bool(stored_candidates.restricted(tx, list(whose.values())))


def _end_elsewhere(
    tx: Tx, source: Source, record: Record, place: Place | None
) -> dict[str, list[str]]:
    """End what the rows of the same id said of somebody else until now; give it, by table."""
    ended: dict[str, list[str]] = {}
    if not record.key:
        return ended
    load = taking.showing(tx, source)
    for old in stored_loads.held_by_key(tx, source, record.key):
        if place is None or old.unit != place.unit:
            ended.setdefault(old.fact.table, []).append(old.id)
    for table, ids in ended.items():
        stored_loads.end(tx, load, table, ids)
    return ended


def keep(
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
    """Write a decision with its audit row: what the rows said is sealed with it, and why."""
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


# --- Taking back --------------------------------------------------------------------------------


def made(actor: Actor, source_code: str) -> list[Made]:
    """List what was decided of a source's rows, the newest first, to its data steward."""

    def looking(tx: Tx) -> list[Made]:
        source = doubtful.require(tx, actor, source_code, Action.ROW_LOOKED)
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
        source = doubtful.require(tx, actor, source_code, Action.ROW_TAKEN_BACK)
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
        record = [decision.person_id] if decision.person_id else []
        known = shown.union(stored.identities(tx, record).values())
        differences.compare_all(tx, actor, *sorted(known))
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
        stored.void(tx, source, record)
    if decision.link_id:
        identities.part_row(tx, actor, decision.link_id)
    _stand_again(tx, actor, source, decision, said=bool(standing))
    return bool(standing)


def _stand_again(tx: Tx, actor: Actor, source: Source, decision: Decision, *, said: bool) -> None:
    """Let what a number said before the decision stand again, as it does while a row waits; but not
    what the source says no more, nor where it says something of somebody by now."""
    vault, key = actor.authority.vault, decision.row_key.removeprefix(own_key(""))
    text = vault.open(tx, [decision.words_id]).get(decision.words_id, "{}")
    ended = json.loads(text).get("ended")
    if not ended or stored_loads.held_by_key(tx, source, key):
        return
    if said or _still_waits(tx, actor, source, decision.row_key):
        for table, ids in ended.items():
            stored_loads.stand_again(tx, table, ids)


def _still_waits(tx: Tx, actor: Actor, source: Source, row_key: str) -> bool:
    """Whether the load that shows has a row of this key that was taken for nobody."""
    if stored_waiting.has(tx, source, row_key):
        return True
    mapped = mapping.parse(source.mapping)
    refused = [
        row.words_id for row in stored_waiting.every(tx, source) if row.reason == placing.REFUSED
    ]
    texts = actor.authority.vault.open(tx, refused)
    return any(
        own_key(mapping.own_key(mapped, json.loads(text)) or "") == row_key
        for text in texts.values()
    )


def _join_again(
    tx: Tx, source: Source, decision: Decision, said: Sequence[stored_loads.Fact]
) -> None:
    """Let rows be about whom they were taken for before, with what they said since."""
    stored.join_again(tx, decision.id)
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
    if stored_waiting.reopen(tx, source, decision.row_key, decision.digest) or not said:
        return
    authority = actor.authority
    texts = authority.vault.open(tx, [decision.words_id])
    load = taking.showing(tx, source)
    for values in json.loads(texts.get(decision.words_id, "{}")).get("rows", []):
        text = json.dumps(values, ensure_ascii=False)
        words = authority.vault.keep(tx, text, period=authority.period(tx))
        key, digest, id = decision.row_key, decision.digest, new_id()
        line, why = decision.line, placing.MAY_BE
        stored_waiting.add(tx, load, id, line, why, words, key, digest)
        stored.add_candidates(tx, id, shown)


def check_reason(reason: str) -> str:
    """Give what somebody typed as a reason, which may be nothing. Raises Invalid where it is too long."""
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON} characters or fewer.", "reason")
    return reason


def _name_then(source: Source, said: Mapping[str, Any]) -> str:
    rows = said.get("rows") or []
    return doubtful.name_of(source, rows[0]) if rows else str(said.get("name", ""))
