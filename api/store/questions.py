"""Looks that deserve a question: what is looked through for them, and what became of each.

What is found is found for whoever may read it later: who somebody is, and where they live, is taken from
sources and people that are not sensitive, unless the practitioner's own agency is the sensitive one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from api import moment
from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Reads, Tx
from api.store.looks import NOTHING_FOLLOWED

Kind = Literal[
    "own surname",
    "own family",
    "own address",
    "no involvement",
    "far from the area",
    "many in an hour",
]
State = Literal["open", "asked", "settled"]
Outcome = Literal["a proper reason", "a talk", "taken further"]

Moments = tuple[str, str]


class Pair(NamedTuple):
    """That a practitioner saw a person on a day. `outside` where neither they, nor their team, nor a
    service that every child has ties them to that person; `stranger` where at most the last does."""

    practitioner_id: str
    agency_id: str
    team_id: str | None
    identity_id: str
    outside: int
    stranger: int


class Opened(NamedTuple):
    """That a practitioner opened a person's page, and when."""

    practitioner_id: str
    agency_id: str
    at: str
    identity_id: str


class Found(NamedTuple):
    """A look that deserves a question; `people` how many it is about."""

    kind: Kind
    practitioner_id: str
    agency_id: str
    identity_id: str | None
    people: int = 1


@dataclass(frozen=True)
class Question:
    """A question about what a practitioner did on a day."""

    id: str
    kind: Kind
    practitioner_id: str
    agency_id: str
    person_id: str | None
    day: str
    people: int
    state: State


class Step(NamedTuple):
    """What was done about a question."""

    state: State
    outcome: Outcome | None
    words_id: str
    by: str
    at: str


# --- Looking through a day -------------------------------------------------------------------------

# Of a page that names several people, whose page it was; of a search, everybody whom it showed.
_SEEN = """FROM audit_events e JOIN practitioners w ON w.id = e.actor
    JOIN audit_subjects s ON s.event_id = e.id
    JOIN people p ON p.id = s.person_id
    WHERE e.at >= :from AND e.at < :until AND e.verdict = 'allowed' AND e.action IN (:actions)
    AND (e.object IS NULL OR e.object = s.person_id OR NOT EXISTS (SELECT 1 FROM audit_subjects m
        WHERE m.event_id = e.id AND m.person_id = e.object))"""

_TIED = f"""EXISTS (SELECT 1 FROM involvements i JOIN people q ON q.id = i.person_id
    LEFT JOIN practitioners v ON v.id = i.practitioner_id
    WHERE q.identity_id = p.identity_id AND {access.ADMITS} AND i.withdrawn_at IS NULL
    AND (i.practitioner_id = w.id OR v.team_id = w.team_id))"""

_SERVED = f"""EXISTS (SELECT 1 FROM involvements i JOIN people q ON q.id = i.person_id
    WHERE q.identity_id = p.identity_id AND {access.ADMITS} AND i.withdrawn_at IS NULL
    AND i.kind = 'universal' AND i.agency_id = w.agency_id)"""


def last_day(db: Reads) -> str | None:
    """Give the last day that was gone through."""
    row = db.one("SELECT MAX(day) AS day FROM watched_days")
    return row["day"] if row else None


def first_moment(db: Reads) -> str | None:
    """Give when the trail begins."""
    row = db.one("SELECT MIN(at) AS at FROM audit_events")
    return row["at"] if row else None


def gone_through(tx: Tx, day: str) -> bool:
    """Write that a day is gone through; False where another worker just did it."""
    if tx.one("SELECT day FROM watched_days WHERE day = :day", day=day):
        return False
    tx.insert("watched_days", day=day, made_at=tx.now)
    return True


def pairs(tx: Tx, day: Moments, actions: Sequence[str]) -> list[Pair]:
    """Give who saw whom on a day by one of these actions, where they are not tied to each other."""
    return tx.rows(
        Pair._make,
        f"""SELECT d.* FROM (SELECT DISTINCT w.id, w.agency_id, w.team_id, p.identity_id,
            CASE WHEN {_TIED} OR {_SERVED} THEN 0 ELSE 1 END AS outside,
            CASE WHEN {_TIED} THEN 0 ELSE 1 END AS stranger {_SEEN}) d WHERE d.stranger = 1""",
        actions=actions,
        **_between(day),
    )


def opened(tx: Tx, day: Moments, actions: Sequence[str]) -> list[Opened]:
    """Give whose pages were opened on a day, by whom and when; not those of who is restricted."""
    return tx.rows(
        Opened._make,
        f"""SELECT DISTINCT w.id, w.agency_id, e.at, p.identity_id {_SEEN}
        AND p.identity_id NOT IN (SELECT q.identity_id FROM restrictions x
            JOIN people q ON q.id = x.person_id WHERE x.ended_at IS NULL)""",
        actions=actions,
        **_between(day),
    )


def for_nothing(tx: Tx, day: Moments) -> list[Found]:
    """Give the purposes whose shift ended on a day, and nothing had followed."""
    return tx.rows(
        lambda row: Found("no involvement", *row),
        f"""SELECT DISTINCT w.id, w.agency_id, q.identity_id FROM grants g
        JOIN practitioners w ON w.id = g.practitioner_id JOIN people q ON q.id = g.person_id
        WHERE g.kind = 'purpose' AND g.made_at >= :earlier AND g.until >= :from AND g.until < :until
        AND {NOTHING_FOLLOWED}""",
        earlier=moment.later(day[0], days=-2),
        **_between(day),
    )


def names(db: Reads, ids: Sequence[str]) -> dict[str, str]:
    """Give the names of practitioners, by id."""
    rows = db.query("SELECT id, name FROM practitioners WHERE id IN (:ids)", ids=ids)
    return {row["id"]: row["name"] for row in rows}


def last_names(
    db: Reads, identities: Sequence[str], agency_id: str
) -> dict[str, set[tuple[str, str]]]:
    """Give the names, folded, first and last, that people are known by to an agency."""
    rows = db.query(
        f"""SELECT f.identity_id, f.first_key, f.last_key FROM live_names f
        WHERE f.identity_id IN (:ids) AND {_known_to("f")}""",
        ids=identities,
        agency=agency_id,
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["identity_id"], set()).add((row["first_key"], row["last_key"]))
    return found


def postcodes(
    db: Reads, identities: Sequence[str], agency_id: str, today: str
) -> dict[str, set[str]]:
    """Give where people live, as an agency knows it; not of those whose location is protected."""
    rows = db.query(
        f"""SELECT f.identity_id, f.postcode FROM live_addresses f
        WHERE f.identity_id IN (:ids) AND f.postcode <> '' AND f.kind = 'home'
        AND (f.valid_to IS NULL OR f.valid_to > :today) AND {_known_to("f")} AND {_PLACED}""",
        ids=identities,
        agency=agency_id,
        today=today,
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["identity_id"], set()).add(row["postcode"])
    return found


def team_postcodes(
    db: Reads, team_id: str | None, agency_id: str, today: str
) -> list[tuple[str, str]]:
    """Give where those live whom a team supports, or without a team an agency: person and postcode.
    Nobody whose location is protected, and nobody restricted."""
    place = "w.team_id = :place" if team_id else "w.agency_id = :place"
    rows = db.query(
        f"""SELECT DISTINCT f.identity_id, f.postcode FROM practitioners w
        JOIN involvements j ON j.practitioner_id = w.id
        JOIN live_involvements i ON i.id = j.id
        JOIN live_addresses f ON f.identity_id = i.identity_id
        WHERE {place} AND i.kind = 'active' AND {access.ADMITS} AND {access.OPEN}
        AND f.postcode <> '' AND f.kind = 'home' AND (f.valid_to IS NULL OR f.valid_to > :today)
        AND {_known_to("f")} AND {_PLACED}
        AND f.identity_id NOT IN (SELECT q.identity_id FROM restrictions x
            JOIN people q ON q.id = x.person_id WHERE x.ended_at IS NULL)""",
        place=team_id or agency_id,
        agency=agency_id,
        today=today,
    )
    return [(row["identity_id"], row["postcode"]) for row in rows]


_PLACED = """f.identity_id NOT IN (SELECT q.identity_id FROM protections x
    JOIN people q ON q.id = x.person_id WHERE x.ended_at IS NULL)"""


def _known_to(f: str) -> str:
    return f"""NOT EXISTS (SELECT 1 FROM agencies a WHERE a.sensitive = 1 AND a.id <> :agency
        AND (a.id = (SELECT s.agency_id FROM sources s WHERE s.id = {f}.source_id)
            OR a.id = (SELECT v.agency_id FROM practitioners v WHERE v.id = {f}.recorded_by)))"""


def add(tx: Tx, day: str, found: Sequence[Found]) -> int:
    """Write the questions of a day that are not there yet; give how many are new."""
    held = {
        (row["practitioner_id"], row["kind"], row["person_id"])
        for row in tx.query(
            "SELECT practitioner_id, kind, person_id FROM questions WHERE day = :day", day=day
        )
    }
    new = {
        (one.practitioner_id, one.kind, one.identity_id): one
        for one in found
        if (one.practitioner_id, one.kind, one.identity_id) not in held
    }
    for one in new.values():
        tx.insert(
            "questions",
            id=new_id(),
            kind=one.kind,
            practitioner_id=one.practitioner_id,
            agency_id=one.agency_id,
            person_id=one.identity_id,
            day=day,
            people=one.people,
            made_at=tx.now,
            state="open",
        )
    return len(new)


# --- What became of them ----------------------------------------------------------------------------

_COLUMNS = "t.id, t.kind, t.practitioner_id, t.agency_id, t.person_id, t.day, t.people, t.state"

# Nobody reads a question about themselves, nor one about somebody who is closed to them.
_MINE = f"""t.practitioner_id <> :me AND {access.watched("t.practitioner_id", "t.agency_id")}
    AND (t.person_id IS NULL OR {access.not_closed("t.person_id")})"""


def every(
    tx: Tx, me: Me, states: Sequence[State], before: tuple[str, str] | None, limit: int
) -> list[Question]:
    """Give the questions in these states that are `me`'s to ask, newest first."""
    day, id = before or ("9", "")
    return [
        Question(**row)
        for row in tx.query(
            f"""SELECT {_COLUMNS} FROM questions t WHERE t.state IN (:states)
            AND (t.day < :day OR (t.day = :day AND t.id < :id)) AND {_MINE}
            ORDER BY t.day DESC, t.id DESC LIMIT {limit:d}""",
            states=list(states),
            day=day,
            id=id,
            **access.params(me, tx),
        )
    ]


def count(tx: Tx, me: Me) -> int:
    """Count the questions that are open and `me`'s to ask."""
    row = tx.one(
        f"SELECT COUNT(*) AS number FROM questions t WHERE t.state = 'open' AND {_MINE}",
        **access.params(me, tx),
    )
    return int(row["number"]) if row else 0


def find(tx: Tx, me: Me, question_id: str) -> Question | None:
    """Give a question that is `me`'s to ask, or None."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM questions t WHERE t.id = :id AND {_MINE}",
        id=question_id,
        **access.params(me, tx),
    )
    return Question(**row) if row else None


def steps(tx: Tx, question_id: str) -> list[Step]:
    """Give what was done about a question, oldest first."""
    return tx.rows(
        Step._make,
        """SELECT s.state, s.outcome, s.words_id, w.name, s.made_at FROM question_steps s
        JOIN practitioners w ON w.id = s.made_by
        WHERE s.question_id = :id ORDER BY s.made_at, s.id""",
        id=question_id,
    )


def step(
    tx: Tx, question_id: str, state: State, outcome: Outcome | None, words_id: str, by: str
) -> None:
    """Write what was done about a question, and where it stands now."""
    tx.insert(
        "question_steps",
        id=new_id(),
        question_id=question_id,
        state=state,
        outcome=outcome,
        words_id=words_id,
        made_by=by,
        made_at=tx.now,
    )
    tx.change("UPDATE questions SET state = :state WHERE id = :id", state=state, id=question_id)


def _between(day: Moments) -> Mapping[str, str]:
    return {"from": day[0], "until": day[1]}
