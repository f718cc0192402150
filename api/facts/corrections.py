"""This is wrong: said of a line by whoever sees it, answered by whoever the line comes from.

One line has one correction that waits; whoever says it too joins it. Its owner (`owners` says who)
sees the person's name and birth date, the line as their own source said it, and what was written;
everybody who said so hears what became of it. `differences` puts what a source and a practitioner
say differently to both, as corrections too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api import access, moment
from api.access import Sight, Verdict
from api.authority import Authority
from api.errors import Conflict, Invalid, NotFound
from api.facts import lines, owners, sources
from api.facts.lines import Line
from api.facts.seeing import WHAT, Correction, line_of, sees_line, shown
from api.record import briefs
from api.store import Tx
from api.store import corrections as stored
from api.store import people as stored_people
from api.store.access import Me
from api.store.corrections import Kept
from api.store.engine import Row
from api.store.sources import Source
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["ANSWERS", "TABLES", "WHAT", "Correction", "Open"]

WORDS_LENGTH = 500
SHOWN = 50
AT_ONCE = 100

# What somebody says by confirming a line that a source says otherwise.
DIFFERS = "differs"
ANSWERS = (
    ("put right", "Put right in our system"),
    ("right", "It is right as it is"),
    ("unknown", "We cannot tell"),
)
# What an address calls each kind of line.
TABLES: Mapping[str, str] = {
    "involvement": "involvements",
    "address": "addresses",
    "name": "names",
    "details": "particulars",
    "number": "identifiers",
    "family": "relationships",
    "plan": "plans",
    "service": "details",
}

NO_SUCH_LINE = "There is no such line here, or it does not stand any more."
NO_SUCH = "There is no such correction here."
NOBODY = (
    "Nobody who answers for this line may know of it, so this cannot be passed on here. "
    "Ring whoever the line comes from."
)


@dataclass(frozen=True)
class Waiting:
    """What waits for an answer, overdue first, and what was answered or said lately."""

    waiting: Sequence[Correction]
    rest: Sequence[Correction]
    source: Source | None = None


@dataclass(frozen=True)
class Open:
    """What a page says beside a line: since when it is said to be wrong, by when the source answers,
    and whether the source and somebody here say different things."""

    id: str
    made_at: str
    due_on: str
    waits: bool
    differs: bool


@dataclass(frozen=True)
class Subject:
    """The line that somebody is about to say is wrong."""

    name: str
    line: Line
    already: Open | None


def subject(actor: Actor, person_id: str, kind: str, fact_id: str) -> Subject:
    """Give the line that the actor means, to be looked at before it is said to be wrong."""

    def looking(tx: Tx) -> Subject:
        verdict, fact = _require_line(tx, actor, person_id, kind, fact_id)
        me, identity = verdict.standing.me, verdict.standing.identity_id
        line = lines.read(tx, fact, me, location_hidden=verdict.location_hidden)
        rows = [row for row in stored.shown_with(tx, identity, [fact_id]) if row["waits"]]
        already = next((_open(row) for row in rows if row["fact_id"] == fact_id), None)
        action = Action.DETAILS_LOOKED if fact["table"] == "details" else Action.PERSON_LOOKED
        audit.allowed(tx, actor, action, subjects=[identity], reason="a line")
        return Subject(briefs.shown(tx, verdict, person_id).name, line, already)

    return actor.store.look(looking)


def say(actor: Actor, person_id: str, kind: str, fact_id: str, what: str, words: str = "") -> str:
    """Say that a line is wrong; give the correction's id. Who sees the line may.

    `kind` is one of TABLES, `what` of WHAT; `words` say what is right. Where it is being looked into
    already, this joins it. Raises Conflict where nobody who could answer may know of the line.
    """
    words = words.strip()
    if what not in dict(WHAT):
        raise Invalid("Choose what is wrong.", "what")
    if len(words) > WORDS_LENGTH:
        raise Invalid(f"Use {WORDS_LENGTH} characters or fewer.", "words")

    def change(tx: Tx) -> str:
        verdict, fact = _require_line(tx, actor, person_id, kind, fact_id)
        identity = verdict.standing.identity_id
        stored_people.hold(tx, identity)
        found = open_one(tx, actor.authority, fact)
        if not owners.told(tx, found.kept):
            audit.refused(tx, actor, Action.CORRECTION_SAID, subjects=[identity], reason="nobody")
            raise NotFound(NOBODY)
        kept = actor.authority.vault.keep(tx, words, [identity]) if words else None
        stored.add_say(tx, found.kept.id, actor.id, what, kept)
        if found.new:
            outbox.put(
                tx,
                actor,
                "correction",
                person_id=fact["person_id"],
                source_id=fact["source_id"],
                correction_id=found.kept.id,
            )
        audit.allowed(
            tx,
            actor,
            Action.CORRECTION_SAID,
            subjects=[identity],
            reason=what,
            object=found.kept.id,
            details=words,
        )
        return found.kept.id

    return actor.store.write(change)


@dataclass(frozen=True)
class Opened:
    """A correction that waits, and whether it was made just now."""

    kept: Kept
    new: bool


def open_one(tx: Tx, authority: Authority, fact: Row, **more: object) -> Opened:
    """Give the correction of a line that waits, or make one; `more` are columns of a new one."""
    held = stored.open_on(tx, fact["id"])
    id = held or stored.add(
        tx,
        source_id=fact["source_id"],
        asserted_by=fact["recorded_by"] if fact["source_kind"] == "practitioners" else None,
        person_id=fact["person_id"],
        fact=fact["table"],
        fact_id=fact["id"],
        sealed_agency=fact["sealed"],
        due_on=working_day(tx.today, authority.settings.correction_days),
        **more,
    )
    kept = stored.find(tx, id)
    if kept is None:
        raise LookupError(id)
    return Opened(kept, held is None)


def look(actor: Actor, correction_id: str) -> Correction:
    """Give one, to who answers for the line, who said so and who sees the line.

    Raises NotFound for anybody else.
    """

    def looking(tx: Tx) -> Correction:
        kept, me = _require(tx, actor, correction_id)
        found = shown(tx, actor, me, kept)
        _audit(tx, actor, [found], kept.id, "")
        return found

    return actor.store.look(looking)


def answer(actor: Actor, correction_id: str, answer: str, reason: str = "") -> None:
    """Answer for a line, as its owner; everybody who said so is told.

    `answer` is one of ANSWERS. Raises Conflict where it was answered already.
    """
    reason = reason.strip()
    if answer not in dict(ANSWERS):
        raise Invalid("Choose an answer.", "answer")
    if len(reason) > WORDS_LENGTH:
        raise Invalid(f"Use {WORDS_LENGTH} characters or fewer.", "reason")

    def change(tx: Tx) -> None:
        kept, me = _require(tx, actor, correction_id)
        if not owners.may_answer(tx, me, kept):
            raise access.refuse(
                tx,
                actor,
                Action.CORRECTION_ANSWERED,
                "not its owner",
                "Only who answers for this source can do this.",
            )
        words = actor.authority.vault.keep(tx, reason, [kept.identity_id]) if reason else None
        if kept.answered_at or not stored.answer(tx, kept.id, answer, actor.id, words):
            raise Conflict("This was answered already.")
        tell_answered(tx, actor, kept)
        audit.allowed(
            tx,
            actor,
            Action.CORRECTION_ANSWERED,
            subjects=[kept.identity_id],
            reason=answer,
            object=kept.id,
            details=reason,
        )

    actor.store.write(change)


def tell_answered(tx: Tx, actor: Actor, kept: Kept) -> None:
    """Let everybody who said so hear that there is an answer."""
    outbox.put(
        tx,
        actor,
        "correction answered",
        person_id=kept.person_id,
        source_id=kept.source_id,
        correction_id=kept.id,
    )


def of_source(actor: Actor, code: str) -> Waiting:
    """Give what waits for a feed's data steward, the first to be due first, and what was answered."""

    def looking(tx: Tx) -> Waiting:
        source = sources.require(tx, actor, code, Action.CORRECTIONS_LOOKED, administrators=False)
        me = access.who(tx, actor)
        found = [
            [
                shown(tx, actor, me, kept)
                for kept in stored.of_source(tx, source.id, me, waiting=waiting, limit=SHOWN)
            ]
            for waiting in (True, False)
        ]
        _audit(tx, actor, [*found[0], *found[1]], source.id, "list")
        return Waiting(found[0], found[1], source)

    return actor.store.look(looking)


def mine(actor: Actor) -> Waiting:
    """Give what waits for my answer because I said it by hand, or somebody whom I stand in for; and
    what I said is wrong."""

    def looking(tx: Tx) -> Waiting:
        me = access.who(tx, actor)
        waiting = [
            shown(tx, actor, me, kept)
            for kept in stored.of_hands(tx, me, limit=SHOWN)
            if owners.may_answer(tx, me, kept)
        ]
        said = [
            shown(tx, actor, me, kept)
            for kept in stored.said_by(tx, me, SHOWN)
            if owners.is_open_to(tx, me, kept)
        ]
        _audit(tx, actor, [*waiting, *said], None, "list")
        return Waiting(waiting, said)

    return actor.store.look(looking)


def particulars(actor: Actor, person_id: str) -> Details:
    """Give where a person's name, birth date and numbers come from, to who sees more of them than
    anybody would; numbers to the circle."""

    def looking(tx: Tx) -> Details:
        verdict = access.require(tx, actor, person_id, Sight.DIRECTORY, Action.PERSON_LOOKED)
        standing = verdict.standing
        identity = standing.identity_id
        tables = ["names", "particulars"]
        tables += ["identifiers"] if verdict.sight is Sight.CIRCLE else []
        found = []
        for table in tables:
            for row in stored.lines_of(tx, table, identity, standing.me):
                fact = lines.find(tx, table, row["id"], standing.me)
                if fact:
                    hidden = verdict.location_hidden
                    found.append(lines.read(tx, fact, standing.me, location_hidden=hidden))
        audit.allowed(
            tx, actor, Action.PERSON_LOOKED, subjects=[identity], reason="where it comes from"
        )
        said = of_page(tx, verdict, [line.id for line in found], ())
        return Details(briefs.shown(tx, verdict, person_id).name, found, said)

    return actor.store.look(looking)


@dataclass(frozen=True)
class Details:
    """A person's name, birth date and numbers, line by line, and what is said of them."""

    name: str
    lines: Sequence[Line]
    wrong: Mapping[str, Open]


def of_page(
    tx: Tx, verdict: Verdict, shown: Collection[str], relationships: Sequence[str]
) -> dict[str, Open]:
    """Give what is open about the lines that a page shows, by their ids, inside a look. What is open
    about a name or a birth date stands under "names", because a page shows one of several."""
    if verdict.sight < Sight.DIRECTORY:
        return {}
    ids, found = set(shown), dict[str, Open]()
    for row in stored.shown_with(tx, verdict.standing.identity_id, relationships):
        one = _open(row)
        for id in (row["fact_id"], row["confirmed_id"]):
            if id in ids:
                found[id] = one
        if row["fact"] in ("names", "particulars") and not row["sealed"]:
            found["names"] = one
    return found


def tell_overdue(authority: Authority) -> int:
    """Let the owners hear, once, of what they should have answered by yesterday; give how many."""
    worker = Actor.system(authority, "worker")

    def change(tx: Tx) -> int:
        found = stored.take_overdue(tx, AT_ONCE)
        for kept in found:
            outbox.put(
                tx,
                worker,
                "correction overdue",
                person_id=kept.person_id,
                source_id=kept.source_id,
                correction_id=kept.id,
            )
        audit.allowed(tx, worker, Action.CORRECTION_OVERDUE)
        return len(found)

    told = 0
    while stored.has_overdue(authority.store, _today(authority)):
        found = authority.store.write(change)
        if not found:
            break
        told += found
    return told


def working_day(day: str, days: int) -> str:
    """Give the date so many working days after a date. Saturdays and Sundays are none; bank holidays
    count, because they differ from place to place."""
    found = date.fromisoformat(day)
    while days:
        found += timedelta(days=1)
        days -= found.weekday() < 5
    return found.isoformat()


def _today(authority: Authority) -> str:
    return moment.day(authority.store.now()).isoformat()


def _require_line(
    tx: Tx, actor: Actor, person_id: str, kind: str, fact_id: str
) -> tuple[Verdict, Row]:
    """Give a line that stands and that the actor sees on this person's page."""
    verdict = access.require(tx, actor, person_id, Sight.DIRECTORY, Action.CORRECTION_SAID)
    me = verdict.standing.me
    fact = lines.find(tx, TABLES[kind], fact_id, me) if kind in TABLES else None
    if fact is None or not fact["stands"] or not sees_line(tx, actor, verdict, fact):
        audit.refused(
            tx,
            actor,
            Action.CORRECTION_SAID,
            subjects=[verdict.standing.identity_id],
            reason="no such line",
        )
        raise NotFound(NO_SUCH_LINE)
    return verdict, fact


def _require(tx: Tx, actor: Actor, correction_id: str) -> tuple[Kept, Me]:
    me = access.who(tx, actor)
    kept = stored.find(tx, correction_id)
    if kept and owners.is_open_to(tx, me, kept) and _concerns(tx, actor, me, kept):
        return kept, me
    audit.refused(tx, actor, Action.CORRECTIONS_LOOKED, reason="no such correction")
    raise NotFound(NO_SUCH)


def _concerns(tx: Tx, actor: Actor, me: Me, kept: Kept) -> bool:
    if owners.may_answer(tx, me, kept) or me.id in stored.sayers(tx, kept.id):
        return True
    return line_of(tx, actor, me, kept.fact, kept.fact_id) is not None


def _open(row: Row) -> Open:
    return Open(row["id"], row["made_at"], row["due_on"], bool(row["waits"]), bool(row["differs"]))


def _audit(
    tx: Tx, actor: Actor, found: Sequence[Correction], object: str | None, reason: str
) -> None:
    """Leave a row of these that were shown, and another where what a service says was among them. Of a
    list, whoever is closed to its reader is left out; of one, the row is not there."""
    subjects = {one.identity_id for one in found}
    told = {one.identity_id for one in found if one.line and one.line.table == "details"}
    for action, people in ((Action.CORRECTIONS_LOOKED, subjects), (Action.DETAILS_LOOKED, told)):
        if people or action is Action.CORRECTIONS_LOOKED:
            audit.allowed(tx, actor, action, subjects=sorted(people), reason=reason, object=object)
