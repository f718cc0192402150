"""Break-glass: whose record was opened in an emergency, by whom, until when, and what its review found."""

from __future__ import annotations

from dataclasses import dataclass

from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Reads, Row, Tx
from api.store.telling import LEADS


@dataclass(frozen=True)
class Glass:
    """One record that somebody opened in an emergency. `identity_id` is whose it is now."""

    id: str
    practitioner_id: str
    practitioner: str
    job: str
    agency_id: str
    agency: str
    sealed: bool
    identity_id: str
    words_id: str
    broken_at: str
    until: str
    ended_at: str | None
    reviewed_at: str | None
    outcome: str | None
    review_words_id: str | None

    @property
    def over_at(self) -> str:
        """When it closes, or closed."""
        return min(self.ended_at or self.until, self.until)


@dataclass(frozen=True)
class Looked:
    """What was looked at through it: how often, and when last."""

    action: str
    times: int
    last_at: str


_SELECT = """SELECT g.id, g.practitioner_id, w.name AS practitioner, w.job, g.agency_id,
    a.name AS agency, a.sensitive AS sealed, p.id AS identity_id, g.words_id, g.broken_at, g.until,
    g.ended_at, g.reviewed_at, g.outcome, g.review_words_id
    FROM glass g JOIN practitioners w ON w.id = g.practitioner_id
    JOIN agencies a ON a.id = g.agency_id JOIN people q ON q.id = g.person_id
    JOIN people p ON p.id = q.identity_id"""


def add(
    tx: Tx,
    practitioner_id: str,
    agency_id: str,
    person_id: str,
    words_id: str,
    until: str,
) -> str:
    """Write that somebody opens a record, and whose supervisors do not review it: of theirs and of the
    leads' teams. Give the id."""
    id = new_id()
    tx.insert(
        "glass",
        id=id,
        practitioner_id=practitioner_id,
        agency_id=agency_id,
        person_id=person_id,
        words_id=words_id,
        broken_at=tx.now,
        until=until,
    )
    # In one statement: one for each lead would take longer for a sealed one.
    tx.change(
        f"""INSERT INTO glass_teams (glass_id, team_id)
        SELECT DISTINCT :id, w.team_id FROM practitioners w
        WHERE w.team_id IS NOT NULL AND (w.id = :by OR w.id IN ({LEADS}))""",
        id=id,
        by=practitioner_id,
        person=person_id,
        today=tx.today,
    )
    return id


def is_outstanding(db: Reads, practitioner_id: str) -> bool:
    """Whether somebody's last one waits for its review still."""
    return bool(
        db.query(
            "SELECT 1 FROM glass WHERE practitioner_id = :id AND reviewed_at IS NULL",
            id=practitioner_id,
        )
    )


def end(tx: Tx, practitioner_id: str) -> list[Row]:
    """End whatever somebody has open; give it: id, person_id."""
    return tx.query(
        """UPDATE glass SET ended_at = :now WHERE practitioner_id = :id AND ended_at IS NULL
        AND until > :now RETURNING id, person_id""",
        now=tx.now,
        id=practitioner_id,
    )


def find(db: Reads, glass_id: str) -> Glass | None:
    """Give one of them, whoever asks: for a rule to decide on."""
    row = db.one(f"{_SELECT} WHERE g.id = :id", id=glass_id)
    return _glass(row) if row else None


def teams(db: Reads, glass: Glass) -> tuple[frozenset[str], frozenset[str]]:
    """Give the teams of whom nobody reviews it, and the teams of the agency it was done in."""
    near = db.query(
        """SELECT team_id FROM glass_teams WHERE glass_id = :id
        UNION SELECT team_id FROM practitioners WHERE id = :by AND team_id IS NOT NULL""",
        id=glass.id,
        by=glass.practitioner_id,
    )
    own = db.query("SELECT id FROM teams WHERE agency_id = :id", id=glass.agency_id)
    return frozenset(row["team_id"] for row in near), frozenset(row["id"] for row in own)


def to_review(tx: Tx, me: Me) -> list[Glass]:
    """Give what waits for a review and `me` may review, oldest first."""
    rows = tx.query(
        f"""{_SELECT} WHERE g.reviewed_at IS NULL AND {access.REVIEWS_GLASS}
        ORDER BY g.broken_at, g.id""",
        **access.params(me, tx),
    )
    return [_glass(row) for row in rows]


def overseen(tx: Tx, me: Me) -> list[Glass]:
    """Give what was reviewed of those whom `me` supervises or governs, the newest fifty, newest first."""
    rows = tx.query(
        f"""{_SELECT} WHERE g.reviewed_at IS NOT NULL AND g.practitioner_id <> :me
        AND {access.REVEAL_OVERSEEN} AND {access.MAY_KNOW} AND NOT {access.CONFLICTED}
        ORDER BY g.broken_at DESC, g.id DESC LIMIT 50""",
        **access.params(me, tx),
    )
    return [_glass(row) for row in rows]


def of(tx: Tx, practitioner_id: str) -> list[Glass]:
    """Give somebody's own, newest first."""
    rows = tx.query(
        f"{_SELECT} WHERE g.practitioner_id = :id ORDER BY g.broken_at DESC, g.id DESC",
        id=practitioner_id,
    )
    return [_glass(row) for row in rows]


def looked_at(tx: Tx, glass: Glass) -> list[Looked]:
    """Give what was looked at of the person while it was open, by what the trail says."""
    rows = tx.query(
        """SELECT e.action, COUNT(*) AS times, MAX(e.at) AS last_at FROM audit_events e
        WHERE e.actor = :who AND e.at >= :since AND e.at <= :until AND e.verdict = 'allowed'
        AND EXISTS (SELECT 1 FROM audit_subjects s JOIN people q ON q.id = s.person_id
            WHERE s.event_id = e.id AND q.identity_id = :person)
        GROUP BY e.action ORDER BY MAX(e.at), e.action""",
        who=glass.practitioner_id,
        since=glass.broken_at,
        until=glass.over_at,
        person=glass.identity_id,
    )
    return [Looked(**row) for row in rows]


def review(tx: Tx, glass_id: str, by: str, outcome: str, words_id: str) -> None:
    """Write what a review found."""
    tx.change(
        """UPDATE glass SET reviewed_by = :by, reviewed_at = :now, outcome = :outcome,
            review_words_id = :words WHERE id = :id AND reviewed_at IS NULL""",
        by=by,
        now=tx.now,
        outcome=outcome,
        words=words_id,
        id=glass_id,
    )


def _glass(row: Row) -> Glass:
    return Glass(**{**row, "sealed": bool(row["sealed"])})
