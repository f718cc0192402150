"""What must be told: events, and whom each may concern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from api.moment import later, new_id
from api.store.access import ADMITS, AGENCY_SHOWN, CLOSED_RECORDS, OPEN, not_closed
from api.store.access import over_closed as over_closed_sql
from api.store.engine import Reads, Tx

# Telling waits, so that Undo is silent.
WAIT_SECONDS = 10

# What cannot be undone and must be known now is told at once.
TOLD_AT_ONCE = ("glass broken",)

# Who runs this: counts everything, whoever it is about.
EVERYBODY: Mapping[str, str] = {"me": "", "my_agency": ""}

# News `e` is about nobody who is closed to me.
NEWS_OPEN = f"""({not_closed("COALESCE(e.person_id, '')")} AND NOT EXISTS (SELECT 1 FROM note_subjects b
    WHERE b.note_id = e.note_id AND b.person_id IN ({CLOSED_RECORDS})))"""

# Rows that another worker holds are passed over. SQLite has one writer at a time, so none are held.
PASS_OVER = {"sqlite": "", "postgres": "FOR UPDATE SKIP LOCKED"}

Kind = Literal[
    "note",
    "reply",
    "noticed too",
    "acted on",
    "wrong person",
    "directory look",
    "taken on",
    "asked to join",
    "identity linked",
    "joined",
    "device",
    "released",
    "discarded",
    "left",
    "load stopped",
    "correction",
    "correction answered",
    "correction overdue",
    "difference",
    "webhook stopped",
    "filing refused",
    "record asked for",
    "items to decide",
    "items decided",
    "request overdue",
    "request unhandled",
    "handler missing",
    "blacked out",
    "revealed",
    "asked",
    "answered",
    "rung",
    "glass broken",
    "glass reviewed",
    "breach overdue",
    "closed to one",
    "let in alone",
    "governance missing",
]


@dataclass(frozen=True)
class Event:
    """Something that happened and must be told."""

    id: str
    kind: Kind
    actor_id: str | None
    note_id: str | None
    person_id: str | None
    practitioner_id: str | None
    made_at: str
    source_id: str | None = None
    correction_id: str | None = None
    request_id: str | None = None
    reveal_id: str | None = None
    ask_id: str | None = None
    answer_id: str | None = None
    call_id: str | None = None


@dataclass(frozen=True)
class Candidate:
    """A practitioner who may have to be told, and what of them decides on it."""

    id: str
    name: str
    agency_id: str
    sensitive: bool
    team_id: str | None


@dataclass(frozen=True)
class ToldNote:
    """A note as far as telling must know it: never its words.

    `narrowed` holds, for each narrowing, the kinds of agency that may still see the note.
    """

    author_id: str
    agency_id: str
    sensitive: bool
    kind: str
    voice: str
    hidden: bool
    narrowed: tuple[frozenset[str], ...]


# --- Events ------------------------------------------------------------------------------------


def add_event(
    tx: Tx,
    kind: str,
    *,
    actor_id: str,
    note_id: str | None,
    person_id: str | None,
    practitioner_id: str | None,
    source_id: str | None = None,
    correction_id: str | None = None,
    due_at: str | None = None,
    **about: str | None,
) -> str:
    """Write an event that is due once the time for Undo has passed, or at `due_at`; give its id.

    `about` holds any of reveal_id, ask_id, answer_id and call_id.
    """
    event_id = new_id()
    tx.insert(
        "outbox",
        id=event_id,
        kind=kind,
        actor_id=actor_id,
        note_id=note_id,
        person_id=person_id,
        practitioner_id=practitioner_id,
        source_id=source_id,
        correction_id=correction_id,
        made_at=tx.now,
        due_at=due_at or (tx.now if kind in TOLD_AT_ONCE else later(tx.now, seconds=WAIT_SECONDS)),
        **about,
    )
    return event_id


def cancel_note(tx: Tx, note_id: str) -> bool:
    """Cancel what has not been told about a note; say whether the note itself had not been."""
    cancelled = tx.query(
        """UPDATE outbox SET cancelled_at = :now
        WHERE note_id = :note AND fanned_at IS NULL AND cancelled_at IS NULL RETURNING kind""",
        now=tx.now,
        note=note_id,
    )
    told = tx.query(
        "SELECT 1 FROM outbox WHERE note_id = :note AND kind = 'note' AND fanned_at IS NOT NULL",
        note=note_id,
    )
    return any(row["kind"] == "note" for row in cancelled) and not told


def has_due(db: Reads, now: str) -> bool:
    """Say whether an event is due."""
    return bool(
        db.query(
            """SELECT 1 FROM outbox WHERE due_at <= :now AND fanned_at IS NULL
            AND cancelled_at IS NULL LIMIT 1""",
            now=now,
        )
    )


def take_event(tx: Tx, engine: str) -> Event | None:
    """Take the event that is due longest, as told in this transaction; None if there is none.

    What another worker holds is passed over.
    """
    rows = tx.query(
        f"""WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE due_at <= :now
            AND fanned_at IS NULL AND cancelled_at IS NULL
            ORDER BY due_at, id LIMIT 1 {PASS_OVER[engine]})
        UPDATE outbox SET fanned_at = :now WHERE id IN (SELECT id FROM due)
        RETURNING id, kind, actor_id, note_id, person_id, practitioner_id, source_id,
            correction_id, request_id, made_at, reveal_id, ask_id, answer_id, call_id""",
        now=tx.now,
    )
    return Event(**rows[0]) if rows else None


def put_off(tx: Tx, event_id: str, seconds: float) -> None:
    """Let an event wait a while longer."""
    tx.change(
        "UPDATE outbox SET due_at = :due WHERE id = :id AND fanned_at IS NULL",
        due=later(tx.now, seconds=seconds),
        id=event_id,
    )


def hold_back(tx: Tx, event_id: str, seconds: float) -> None:
    """Let an event that was taken to be told wait after all, because nobody could hear of it."""
    tx.change(
        "UPDATE outbox SET fanned_at = NULL, due_at = :due WHERE id = :id",
        due=later(tx.now, seconds=seconds),
        id=event_id,
    )


def told_since(db: Reads, kind: Kind, since: str) -> bool:
    """Say whether anything of this kind happened since a moment."""
    return bool(
        db.query(
            "SELECT 1 FROM outbox WHERE kind = :kind AND made_at >= :since", kind=kind, since=since
        )
    )


def waiting_events(tx: Tx, who: Mapping[str, str]) -> tuple[int, str | None]:
    """Give how many events wait to be told within seconds, and since when the oldest is due, as somebody
    may know (`who` as of `access.params`, or EVERYBODY for who runs this): nothing that a sensitive service
    did, nothing about somebody who is closed to them, and nothing that waits for the full hour."""
    rows = tx.query(
        f"""SELECT COUNT(*) AS number, MIN(e.due_at) AS since FROM outbox e
        WHERE e.fanned_at IS NULL AND e.cancelled_at IS NULL AND e.due_at <= :soon
        AND (:me = '' OR ({NEWS_OPEN} AND NOT EXISTS (SELECT 1 FROM practitioners w
            JOIN agencies a ON a.id = w.agency_id
            WHERE w.id = e.actor_id AND NOT {AGENCY_SHOWN})))""",
        soon=later(tx.now, seconds=WAIT_SECONDS),
        **who,
    )
    return rows[0]["number"], rows[0]["since"]


# --- Who an event may concern ------------------------------------------------------------------

_OF_PERSON = "(SELECT p.identity_id FROM people p WHERE p.id = :person)"

_MEMBERS = f"""SELECT i.practitioner_id AS id, i.lead FROM live_involvements i
    WHERE i.identity_id = {_OF_PERSON} AND i.kind = 'active' AND {ADMITS}
    AND i.practitioner_id IS NOT NULL AND {OPEN}"""

_WITH_COVERS = """SELECT m.id FROM members m
    UNION SELECT c.covering_id FROM covers c JOIN members m ON m.id = c.covered_id
    WHERE c.ended_at IS NULL AND c.starts_on <= :today AND c.ends_on > :today"""


def circle(tx: Tx, person_id: str, known_to: str = "") -> set[str]:
    """Give the circle of a person, who covers for it, who took the person on and who is named; of those in
    a sensitive service, only who is of the same one as `known_to`, where that is somebody.

    Who of these may be told is for the rules to say, one by one.
    """
    rows = tx.query(
        f"""WITH members AS ({_MEMBERS}), found AS ({_WITH_COVERS}
        UNION SELECT g.practitioner_id FROM grants g JOIN people q ON q.id = g.person_id
        WHERE q.identity_id = {_OF_PERSON} AND g.kind = 'taken on'
        AND g.ended_at IS NULL AND g.until > :now
        UNION SELECT y.practitioner_id FROM restriction_names y
        JOIN restrictions x ON x.id = y.restriction_id JOIN people q ON q.id = x.person_id
        WHERE q.identity_id = {_OF_PERSON} AND x.ended_at IS NULL)
        SELECT f.id FROM found f JOIN practitioners w ON w.id = f.id JOIN agencies a ON a.id = w.agency_id
        WHERE :known_to = '' OR a.sensitive = 0
            OR a.id = (SELECT k.agency_id FROM practitioners k WHERE k.id = :known_to)""",
        person=person_id,
        today=tx.today,
        now=tx.now,
        known_to=known_to,
    )
    return {row["id"] for row in rows}


# Those who lead `:person`, and who covers for them.
LEADS = f"WITH members AS ({_MEMBERS} AND i.lead = 1) {_WITH_COVERS}"


def leads(tx: Tx, person_id: str) -> set[str]:
    """Give the leads of a person (several after records were linked), and who covers for them."""
    return {row["id"] for row in tx.query(LEADS, person=person_id, today=tx.today)}


def open_leads(tx: Tx, person_id: str, agency_id: str | None) -> set[str]:
    """Give the leads of a person whom others may know of, and of a sealed service those of this one; and
    who covers for them."""
    rows = tx.query(
        f"""SELECT w.id FROM practitioners w JOIN agencies a ON a.id = w.agency_id
        WHERE w.id IN ({LEADS}) AND (a.sensitive = 0 OR a.id = :agency)""",
        person=person_id,
        today=tx.today,
        agency=agency_id,
    )
    return {row["id"] for row in rows}


def has_lead(tx: Tx, person_id: str) -> bool:
    """Say whether a person has a lead whom others may know of, and who hears of them.

    A sealed lead does not count: who else is told must not hint at one. Nor does one who declared a
    conflict of interest, or works with families no more: what is said would reach nobody.
    """
    return bool(
        tx.query(
            f"""WITH members AS ({_MEMBERS} AND i.lead = 1)
            SELECT 1 FROM members m JOIN practitioners w ON w.id = m.id
            JOIN agencies a ON a.id = w.agency_id
            WHERE w.left_at IS NULL AND a.sensitive = 0
            AND EXISTS (SELECT 1 FROM roles r WHERE r.practitioner_id = w.id AND r.ended_at IS NULL
                AND r.role IN ('practitioner', 'supervisor', 'safeguarding lead'))
            AND NOT EXISTS (SELECT 1 FROM conflicts x JOIN people q ON q.id = x.person_id
                WHERE q.identity_id = {_OF_PERSON} AND x.practitioner_id = w.id
                AND x.ended_at IS NULL)""",
            person=person_id,
            today=tx.today,
        )
    )


def is_adult(tx: Tx, person_id: str) -> bool:
    """Say whether a person is known to be eighteen or older."""
    rows = tx.query(
        f"""SELECT f.born_on FROM live_particulars f
        WHERE f.identity_id = {_OF_PERSON} AND f.born_on IS NOT NULL""",
        person=person_id,
    )
    grown_up = f"{int(tx.today[:4]) - 18}{tx.today[4:]}"
    return bool(rows) and all(row["born_on"] <= grown_up for row in rows)


def duty(tx: Tx) -> set[str]:
    """Give everyone on a duty team."""
    rows = tx.query(
        """SELECT w.id FROM practitioners w JOIN teams t ON t.id = w.team_id
        WHERE t.duty = 1 AND w.left_at IS NULL"""
    )
    return {row["id"] for row in rows}


def supervisors(tx: Tx, practitioner_id: str | None) -> set[str]:
    """Give who supervises this practitioner's team."""
    rows = tx.query(
        """SELECT r.practitioner_id AS id FROM roles r
        JOIN practitioners w ON w.team_id = r.scope_id
        WHERE w.id = :id AND r.role = 'supervisor' AND r.ended_at IS NULL""",
        id=practitioner_id,
    )
    return {row["id"] for row in rows}


def is_governed(db: Reads) -> bool:
    """Say whether the authority has a governance lead of its own: of an agency's there may be many."""
    return bool(
        db.query(
            """SELECT 1 FROM roles r JOIN practitioners w ON w.id = r.practitioner_id
            WHERE r.role = 'governance lead' AND r.scope = 'authority' AND r.ended_at IS NULL
            AND w.left_at IS NULL"""
        )
    )


def is_forsaken(tx: Tx, note_id: str) -> bool:
    """Say whether a note is on a closed record that nobody who is named on it can read."""
    # Nobody in particular: whoever will govern the authority is not known yet.
    return bool(
        tx.query(
            f"SELECT 1 FROM notes n WHERE n.id = :note AND {over_closed_sql(':nobody')}",
            note=note_id,
            nobody="",
        )
    )


def safeguarding(tx: Tx, agency_id: str) -> set[str]:
    """Give the safeguarding leads of an agency."""
    rows = tx.query(
        """SELECT r.practitioner_id AS id FROM roles r WHERE r.role = 'safeguarding lead'
        AND r.ended_at IS NULL AND r.scope_id = :agency""",
        agency=agency_id,
    )
    return {row["id"] for row in rows}


def is_token(tx: Tx, id: str | None) -> bool:
    """Say whether what happened was done by another system."""
    return bool(tx.query("SELECT 1 FROM tokens WHERE id = :id", id=id))


def governance(tx: Tx, agency_id: str, *, authority: bool) -> set[str]:
    """Give the governance leads of an agency, and with `authority` those of all agencies."""
    rows = tx.query(
        """SELECT r.practitioner_id AS id FROM roles r
        WHERE r.role = 'governance lead' AND r.ended_at IS NULL
        AND (r.scope_id = :agency OR (r.scope = 'authority' AND :authority = 1))""",
        agency=agency_id,
        authority=int(authority),
    )
    return {row["id"] for row in rows}


def over_closed(tx: Tx, note_id: str) -> set[str]:
    """Give the authority's governance leads, where a note was written on a closed record that nobody who is
    named on it can read."""
    rows = tx.query(
        f"""SELECT g.practitioner_id AS id FROM roles g JOIN practitioners w ON w.id = g.practitioner_id
        JOIN notes n ON n.id = :note
        WHERE g.role = 'governance lead' AND g.scope = 'authority' AND g.ended_at IS NULL
        AND w.left_at IS NULL AND {over_closed_sql("g.practitioner_id")}""",
        note=note_id,
    )
    return {row["id"] for row in rows}


def stewards(tx: Tx, source_id: str | None) -> set[str]:
    """Give the data stewards of a source; where it has none, the authority's administrators, who
    hear nothing of a sensitive one."""
    rows = tx.query(
        """SELECT r.practitioner_id AS id, r.role FROM roles r
        JOIN practitioners w ON w.id = r.practitioner_id
        WHERE r.ended_at IS NULL AND w.left_at IS NULL AND (
            (r.role = 'data steward' AND r.scope = 'source' AND r.scope_id = :source)
            OR (r.role = 'administrator' AND r.scope = 'authority' AND NOT EXISTS (
                SELECT 1 FROM sources s JOIN agencies a ON a.id = s.agency_id
                WHERE s.id = :source AND a.sensitive = 1)))""",
        source=source_id,
    )
    own = {row["id"] for row in rows if row["role"] == "data steward"}
    return own or {row["id"] for row in rows}


# What was revealed, asked or answered, and stands: who took it back leaves no trace of it.
STANDS = """NOT EXISTS (SELECT 1 FROM reveals v WHERE v.id = e.reveal_id AND v.ended_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM asks x WHERE x.id = e.ask_id
        AND (x.ended_at IS NOT NULL OR x.until <= :now))
    AND NOT EXISTS (SELECT 1 FROM answers z WHERE z.id = e.answer_id AND z.taken_back_at IS NOT NULL)"""


def stands(tx: Tx, event_id: str) -> bool:
    """Say whether what an event tells was not taken back."""
    found = tx.query(
        f"SELECT 1 FROM outbox e WHERE e.id = :id AND {STANDS}", id=event_id, now=tx.now
    )
    return bool(found)


def subjects(tx: Tx, note_id: str) -> list[str]:
    """Give the people that a note is about."""
    rows = tx.query(
        "SELECT person_id FROM note_subjects WHERE note_id = :note ORDER BY person_id", note=note_id
    )
    return [row["person_id"] for row in rows]


def note(tx: Tx, note_id: str) -> ToldNote | None:
    """Give what the rules look at in a note, or None if there is no such note."""
    row = tx.one(
        """SELECT n.author_id, n.agency_id, n.kind, n.voice, n.hidden, a.sensitive FROM notes n
        JOIN agencies a ON a.id = n.agency_id WHERE n.id = :note""",
        note=note_id,
    )
    if row is None:
        return None
    row.update(hidden=row["hidden"] is not None, sensitive=bool(row["sensitive"]))
    return ToldNote(**row, narrowed=_narrowings(tx, note_id))


def _narrowings(tx: Tx, note_id: str) -> tuple[frozenset[str], ...]:
    """Give, for each narrowing of a note, the kinds of agency that may still see it."""
    rows = tx.query(
        """SELECT '' AS by_what, x.agency_kind FROM note_audience x WHERE x.note_id = :note
        UNION ALL SELECT c.category, k.agency_kind FROM note_categories c
        JOIN category_kinds k ON k.category = c.category WHERE c.note_id = :note""",
        note=note_id,
    )
    kinds: dict[str, set[str]] = {}
    for row in rows:
        kinds.setdefault(row["by_what"], set()).add(row["agency_kind"])
    return tuple(frozenset(some) for some in kinds.values())


def readers(tx: Tx, note_id: str) -> set[str]:
    """Give who has read a note's words."""
    rows = tx.query(
        "SELECT practitioner_id AS id FROM note_marks WHERE note_id = :note AND mark = 'read'",
        note=note_id,
    )
    return {row["id"] for row in rows}


def repliers(tx: Tx, note_id: str, until: str) -> set[str]:
    """Give who had replied to a note by then."""
    rows = tx.query(
        "SELECT author_id AS id FROM replies WHERE note_id = :note AND made_at <= :until",
        note=note_id,
        until=until,
    )
    return {row["id"] for row in rows}


def candidates(db: Reads, ids: Iterable[str]) -> list[Candidate]:
    """Give these practitioners by name, without those who left."""
    rows = db.query(
        """SELECT w.id, w.name, w.agency_id, w.team_id, a.sensitive FROM practitioners w
        JOIN agencies a ON a.id = w.agency_id
        WHERE w.id IN (:ids) AND w.left_at IS NULL ORDER BY w.name, w.id""",
        ids=sorted(ids),
    )
    return [Candidate(**{**row, "sensitive": bool(row["sensitive"])}) for row in rows]


def sensitive_agency(tx: Tx, practitioner_id: str | None) -> str | None:
    """Give a practitioner's agency if it is a sensitive one; of who has left, too."""
    row = tx.one(
        """SELECT a.id FROM practitioners w JOIN agencies a ON a.id = w.agency_id
        WHERE w.id = :id AND a.sensitive = 1""",
        id=practitioner_id,
    )
    return row["id"] if row else None


def is_duty(tx: Tx, team_id: str | None) -> bool:
    """Say whether a team is a duty team."""
    return bool(tx.query("SELECT 1 FROM teams WHERE id = :id AND duty = 1", id=team_id))
