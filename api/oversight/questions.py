"""Questions about looks, and what became of them: asked, then settled, in words that are sealed.

A question is about what a practitioner did. It is for the governance leads who watch over them, and never
for the practitioner themselves: a governance lead's own looks are for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api import access
from api.errors import Checks, Conflict, NotFound
from api.oversight import looks, watching, wording
from api.oversight.looks import Look
from api.oversight.watching import Shown, Who
from api.record import asserting
from api.store import Tx
from api.store import looks as stored_looks
from api.store import people as stored_people
from api.store import questions as stored
from api.store.access import Me
from api.store.questions import Kind, Outcome, State
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

PAGE = 30
EVIDENCE = 50
OUTCOMES: tuple[Outcome, ...] = ("a proper reason", "a talk", "taken further")
STILL: tuple[State, ...] = ("open", "asked")

NO_SUCH = "There is no such question here."

REASONS: dict[Kind, str] = {
    "own surname": "They have the same last name as the person they looked at.",
    "own family": "They declared somebody of this name as their own family.",
    "own address": "The person lives at a postcode that they declared as their own, their family's or a neighbour's.",
    "no involvement": "They said why they looked, and in that shift nothing followed: no note, no asking to join, no taking on.",
    "far from the area": "The person lives in a district where their team supports nobody.",
    "many in an hour": "They opened the pages of {people} people within an hour.",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A question: whom it is about, whom they looked at, and why it is asked, in words."""

    id: str
    day: str
    state: State
    who: Who
    person: Shown | None
    reason: str


@dataclass(frozen=True)
class Listed:
    """A page of questions; `more` is where the next one begins."""

    questions: Sequence[Asked]
    more: str | None


@dataclass(frozen=True)
class Overview:
    """How many questions wait, and whether the reader watches over the whole authority."""

    waiting: int
    watches_all: bool


@dataclass(frozen=True)
class Done:
    """One thing that was done about a question."""

    state: State
    outcome: Outcome | None
    words: str
    by: str
    at: str


@dataclass(frozen=True)
class Whole:
    """A question with the looks that it is about, and what was done about it."""

    question: Asked
    looks: Sequence[Look]
    done: Sequence[Done]


def waiting(actor: Actor, before: str = "", *, settled: bool = False) -> Listed:
    """Give the questions that are open or asked, or those that were settled; newest first."""
    cursor = watching.read_before(before)

    def looking(tx: Tx) -> Listed:
        me = watching.require(tx, actor)
        states: tuple[State, ...] = ("settled",) if settled else STILL
        rows = stored.every(tx, me, states, cursor, PAGE + 1)
        more = watching.more([(row.day, row.id) for row in rows], PAGE)
        rows = rows[:PAGE]
        subjects = _subjects(tx, rows)
        audit.allowed(
            tx, actor, Action.AUDIT_LOOKED, subjects=subjects.values(), reason="questions"
        )
        return Listed(_asked(tx, me, rows, subjects), more)

    return actor.store.look(looking)


def overview(actor: Actor) -> Overview:
    """Say what a governance lead may read, and how many questions wait to be asked."""

    def looking(tx: Tx) -> Overview:
        me = watching.require(tx, actor)
        audit.allowed(tx, actor, Action.AUDIT_LOOKED, reason="questions")
        return Overview(stored.count(tx, me), access.governs_authority(me))

    return actor.store.look(looking)


def one(actor: Actor, question_id: str) -> Whole:
    """Give a question with what the practitioner did on that day. Raises NotFound."""

    def looking(tx: Tx) -> Whole:
        me = watching.require(tx, actor)
        question = _find(tx, actor, me, question_id)
        subjects = _subjects(tx, [question])
        person = subjects.get(question.person_id or "")
        rows = stored_looks.on_a_day(
            tx,
            me,
            question.practitioner_id,
            person,
            _when(question),
            (*wording.PAGES, Action.SEARCH_RUN, Action.PURPOSE_GIVEN, Action.PERSON_TAKEN_ON),
            EVIDENCE,
        )
        steps = stored.steps(tx, question_id)
        words = actor.authority.vault.open(tx, [step.words_id for step in steps])
        audit.allowed(
            tx,
            actor,
            Action.AUDIT_LOOKED,
            subjects=subjects.values(),
            reason="a question",
            object=question_id,
        )
        return Whole(
            _asked(tx, me, [question], subjects)[0],
            looks.in_words(tx, actor, me, rows),
            [
                Done(step.state, step.outcome, words.get(step.words_id, ""), step.by, step.at)
                for step in steps
            ],
        )

    return actor.store.look(looking)


def answer(actor: Actor, question_id: str, outcome: str, words: str) -> None:
    """Record that somebody was `asked`, or what came of a question (an outcome, which settles it).

    Raises NotFound, Invalid without words, and Conflict for what was settled.
    """
    chosen = next((known for known in OUTCOMES if known == outcome), None)
    with Checks() as check:
        check.that(bool(chosen) or outcome == "asked", "Choose what came of it.", "outcome")
        words = check(asserting.check_reason, words)
    state: State = "settled" if chosen else "asked"

    def change(tx: Tx) -> None:
        me = watching.require(tx, actor)
        question = _find(tx, actor, me, question_id)
        if question.state == "settled":
            raise Conflict("This question was settled already.")
        people = list(_subjects(tx, [question]).values())
        period = "" if people else actor.authority.period(tx)
        kept = actor.authority.vault.keep(tx, words, people, period=period)
        stored.step(tx, question_id, state, chosen, kept, actor.id)
        action = Action.QUESTION_SETTLED if chosen else Action.QUESTION_ASKED
        audit.allowed(tx, actor, action, subjects=people, object=question_id, reason=outcome)

    actor.store.write(change)


def _when(question: stored.Question) -> tuple[str, str]:
    """Give when a question's looks were: on its day; or, where a shift ended on it, the day before too."""
    day = date.fromisoformat(question.day)
    earlier = day - timedelta(days=1) if question.kind == "no involvement" else day
    return watching.moments(earlier)[0], watching.moments(day)[1]


def _find(tx: Tx, actor: Actor, me: Me, question_id: str) -> stored.Question:
    question = stored.find(tx, me, question_id)
    if question is None:
        audit.refused(tx, actor, Action.AUDIT_LOOKED, reason="no such question")
        raise NotFound(NO_SUCH)
    return question


def _subjects(tx: Tx, rows: Sequence[stored.Question]) -> dict[str, str]:
    """Give the identity of each person whom these questions are about, by the record's id."""
    found: dict[str, str] = {}
    for id in {row.person_id for row in rows if row.person_id}:
        identity = stored_people.identity(tx, id)
        if identity:
            found[id] = identity
    return found


def _asked(
    tx: Tx, me: Me, rows: Sequence[stored.Question], subjects: dict[str, str]
) -> list[Asked]:
    people = watching.people(tx, me, subjects.values())
    who = watching.who(tx, [row.practitioner_id for row in rows])
    return [
        Asked(
            id=row.id,
            day=row.day,
            state=row.state,
            who=who[row.practitioner_id],
            person=people.get(subjects.get(row.person_id or "", "")),
            reason=REASONS[row.kind].format(people=row.people),
        )
        for row in rows
    ]
