"""What somebody asked to be forgotten, and what becomes of notes that others share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.moment import new_id
from api.store import erasing
from api.store.engine import Reads, Tx


@dataclass(frozen=True)
class Forgetting:
    """Something that was asked to be forgotten: a person, or an agency's notes about one."""

    id: str
    person_id: str
    agency_id: str | None
    words_id: str
    asked_by: str
    asked_by_name: str
    asked_at: str
    state: str


@dataclass(frozen=True)
class Written:
    """A note about somebody who is to be forgotten. `others`: the records that share it; `revision`:
    the number of its newest text; `decision` about that text, where there is one."""

    id: str
    agency_id: str
    sensitive: int
    voice: str
    hidden: str | None
    author_id: str
    author: str
    author_team: str | None
    author_left: bool
    revision: int
    others: tuple[str, ...] = ()
    decision: str | None = None
    words_id: str | None = None


_SELECT = """SELECT f.id, f.person_id, f.agency_id, f.words_id, f.asked_by,
        COALESCE(w.name, f.asked_by) AS asked_by_name, f.asked_at, f.state
    FROM forgettings f LEFT JOIN practitioners w ON w.id = f.asked_by"""


def ask(tx: Tx, person_id: str, agency_id: str | None, words_id: str, by: str) -> str:
    """Write that something is to be forgotten; give its id."""
    id = new_id()
    tx.insert(
        "forgettings",
        id=id,
        person_id=person_id,
        agency_id=agency_id,
        words_id=words_id,
        asked_by=by,
        asked_at=tx.now,
        state="asked",
    )
    return id


def find(db: Reads, forgetting_id: str) -> Forgetting | None:
    """Give what was asked, as it stands."""
    row = db.one(f"{_SELECT} WHERE f.id = :id", id=forgetting_id)
    return Forgetting(**row) if row else None


def waiting(db: Reads) -> list[Forgetting]:
    """Give all that was asked and waits, the oldest first."""
    rows = db.query(f"{_SELECT} WHERE f.state = 'asked' ORDER BY f.asked_at, f.id")
    return [Forgetting(**row) for row in rows]


def end(tx: Tx, forgetting_id: str, state: str, by: str) -> None:
    """Write that it was done, or taken back; what was written for it alone is destroyed."""
    rows = tx.query(
        "SELECT words_id FROM forgetting_notes WHERE forgetting_id = :id AND words_id IS NOT NULL",
        id=forgetting_id,
    )
    erasing.close_words(tx, [row["words_id"] for row in rows])
    tx.change("DELETE FROM forgetting_notes WHERE forgetting_id = :id", id=forgetting_id)
    tx.change(
        "UPDATE forgettings SET state = :state, ended_by = :by, ended_at = :now WHERE id = :id",
        id=forgetting_id,
        state=state,
        by=by,
        now=tx.now,
    )


def decide(
    tx: Tx, forgetting_id: str, note: Written, decision: str, words_id: str | None, by: str
) -> None:
    """Write what becomes of a shared note, in the place of what was decided before."""
    if note.words_id:
        erasing.close_words(tx, [note.words_id])
    tx.change(
        "DELETE FROM forgetting_notes WHERE forgetting_id = :id AND note_id = :note",
        id=forgetting_id,
        note=note.id,
    )
    tx.insert(
        "forgetting_notes",
        forgetting_id=forgetting_id,
        note_id=note.id,
        revision=note.revision,
        decision=decision,
        words_id=words_id,
        decided_by=by,
        decided_at=tx.now,
    )


def written(
    db: Reads, people: Sequence[str], agency_id: str | None, forgetting_id: str = ""
) -> list[Written]:
    """Give the notes about these records (an agency's, or all), with what was decided of them. A
    decision about an older text of a note does not count."""
    rows = db.query(
        """SELECT n.id, n.agency_id, a.sensitive, n.voice, n.hidden, n.author_id, w.name AS author,
            w.team_id AS author_team, w.left_at,
            (SELECT MAX(r.number) FROM note_revisions r WHERE r.note_id = n.id) AS revision,
            d.decision, d.words_id, d.revision AS decided
        FROM notes n JOIN agencies a ON a.id = n.agency_id JOIN practitioners w ON w.id = n.author_id
        LEFT JOIN forgetting_notes d ON d.note_id = n.id AND d.forgetting_id = :forgetting
        WHERE n.id IN (SELECT b.note_id FROM note_subjects b WHERE b.person_id IN (:people))
        AND n.agency_id = COALESCE(:agency, n.agency_id) ORDER BY n.made_at, n.id""",
        people=people,
        agency=agency_id,
        forgetting=forgetting_id,
    )
    others: dict[str, list[str]] = {}
    for row in db.query(
        "SELECT note_id, person_id FROM note_subjects WHERE note_id IN (:ids) ORDER BY person_id",
        ids=[row["id"] for row in rows],
    ):
        if row["person_id"] not in people:
            others.setdefault(row["note_id"], []).append(row["person_id"])
    found = []
    for row in rows:
        stale = row.pop("decided") != row["revision"]
        if stale:
            row["decision"] = None
        left = row.pop("left_at") is not None
        found.append(Written(**row, author_left=left, others=tuple(others.get(row["id"], ()))))
    return found


def is_restricted(db: Reads, people: Sequence[str]) -> bool:
    """Whether one of these records is closed to all but those named."""
    row = db.one(
        "SELECT id FROM restrictions WHERE person_id IN (:people) AND ended_at IS NULL",
        people=people,
    )
    return row is not None


def keep_to_service(tx: Tx, note_id: str) -> None:
    """Let a note be read in its author's own service only."""
    tx.change("UPDATE notes SET voice = 'own service' WHERE id = :id", id=note_id)


def redact(tx: Tx, note: Written, *, marked: bool) -> None:
    """Put what was written for the others in the place of every text of a note; answers to it go, and
    so does why it was taken back. `marked`: it says that words were taken out."""
    newest = tx.one(
        """SELECT worried, contact, child_seen, happened_on, happened_time FROM note_revisions
        WHERE note_id = :id AND number = :number""",
        id=note.id,
        number=note.revision,
    )
    decided = tx.one(
        "SELECT decided_by FROM forgetting_notes WHERE note_id = :id AND words_id = :words",
        id=note.id,
        words=note.words_id,
    )
    if newest is None or decided is None:
        raise LookupError(note.id)
    old = tx.query(
        """SELECT words_id FROM note_revisions WHERE note_id = :id
        UNION SELECT words_id FROM replies WHERE note_id = :id
        UNION SELECT words_id FROM note_withdrawals WHERE note_id = :id AND words_id IS NOT NULL
        UNION SELECT words_id FROM filings WHERE note_id = :id AND words_id IS NOT NULL
        UNION SELECT words_id FROM forgetting_notes WHERE note_id = :id AND words_id <> :words""",
        id=note.id,
        words=note.words_id,
    )
    erasing.close_words(tx, [row["words_id"] for row in old])
    for sql in (
        "DELETE FROM note_revisions WHERE note_id = :id",
        "DELETE FROM replies WHERE note_id = :id",
        "UPDATE note_withdrawals SET words_id = NULL WHERE note_id = :id",
        "UPDATE filings SET words_id = NULL, digest = NULL WHERE note_id = :id",
        "DELETE FROM forgetting_notes WHERE note_id = :id",
    ):
        tx.change(sql, id=note.id)
    tx.insert(
        "note_revisions",
        note_id=note.id,
        number=note.revision + 1,
        words_id=note.words_id,
        made_by=decided["decided_by"],
        made_at=tx.now,
        blacked_out=int(marked),
        **newest,
    )


def part(tx: Tx, note: Written, people: Sequence[str]) -> None:
    """Let a note be about its other subjects only: these people's keys do not open it any more."""
    words = tx.query(
        """SELECT words_id FROM note_revisions WHERE note_id = :id
        UNION SELECT words_id FROM replies WHERE note_id = :id
        UNION SELECT words_id FROM note_withdrawals WHERE note_id = :id AND words_id IS NOT NULL
        UNION SELECT words_id FROM filings WHERE note_id = :id AND words_id IS NOT NULL""",
        id=note.id,
    )
    erasing.unwrap_for(tx, [row["words_id"] for row in words], people)
    tx.change(
        "DELETE FROM note_subjects WHERE note_id = :id AND person_id IN (:people)",
        id=note.id,
        people=people,
    )
    tx.change(
        """DELETE FROM filing_subjects WHERE person_id IN (:people)
        AND filing_id IN (SELECT f.id FROM filings f WHERE f.note_id = :id)""",
        id=note.id,
        people=people,
    )


def is_asked_for(db: Reads, identity_id: str) -> bool:
    """Whether somebody asked for a copy of this person's record and has no answer yet."""
    row = db.one(
        """SELECT r.id FROM requests r JOIN people p ON p.id = r.person_id
        WHERE p.identity_id = :id AND r.ended_at IS NULL""",
        id=identity_id,
    )
    return row is not None


def is_loading(db: Reads, since: str) -> bool:
    """Whether a load is being read at this moment: what it found may be somebody who is forgotten."""
    row = db.one(
        """SELECT number FROM loads WHERE state = 'staging' AND stopped_at IS NULL
        AND touched_at > :since""",
        since=since,
    )
    return row is not None


def said_of(db: Reads, people: Sequence[str]) -> dict[str, set[str]]:
    """Give by what a text would name these records: first, last (folded names, in pairs joined by a
    bar), days and numbers."""
    asked = {"people": people}
    names = db.query("SELECT first_key, last_key FROM names WHERE person_id IN (:people)", **asked)
    days = db.query(
        """SELECT born_on AS day FROM particulars
        WHERE person_id IN (:people) AND born_on IS NOT NULL""",
        **asked,
    )
    numbers = db.query("SELECT value FROM identifiers WHERE person_id IN (:people)", **asked)
    return {
        "names": {f"{row['first_key']}|{row['last_key']}" for row in names},
        "days": {row["day"] for row in days},
        "numbers": {row["value"] for row in numbers},
    }


def unsent(db: Reads) -> list[tuple[str, str, str, str, bytes]]:
    """Give what arrived sealed and waits: author, id, kind, the key it is sealed to, and what is sealed."""
    rows = db.query(
        """SELECT author_id, id, kind, sealing_key_id, sealed FROM envelopes
        WHERE state = 'waiting' AND sealed IS NOT NULL"""
    )
    return [
        (r["author_id"], r["id"], r["kind"], r["sealing_key_id"], bytes(r["sealed"])) for r in rows
    ]
