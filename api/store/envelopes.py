"""What arrived sealed from devices: what waits, and the tombstone of what does not any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.store.engine import Reads, Row, Tx

_SELECT = """SELECT v.author_id, v.id, v.enrolment_id, v.kind, v.number, v.digest, v.state, v.reason,
        v.sentence, v.sealing_key_id, v.sealed, v.captured_at, v.clock_off, v.arrived_at,
        w.name AS author, w.job AS author_job, w.left_at, d.kind AS device_kind,
        e.state AS enrolment_state
    FROM envelopes v JOIN practitioners w ON w.id = v.author_id
    JOIN enrolments e ON e.id = v.enrolment_id JOIN devices d ON d.id = e.device_id"""

# Held until somebody says that the author wrote them: what a supervisor decides about as well.
_HELD = """v.state = 'waiting' AND v.kind = 'note'
    AND (v.reason = 'revoked device' OR w.left_at IS NOT NULL)"""


@dataclass(frozen=True)
class Kept:
    """An envelope as it is kept. `sealed` is None once it is settled."""

    author_id: str
    id: str
    enrolment_id: str
    kind: str
    number: int
    digest: str
    state: str
    reason: str | None
    sentence: str | None
    sealing_key_id: str
    sealed: bytes | None
    captured_at: str
    clock_off: int
    arrived_at: str
    author: str
    author_job: str
    author_left: bool
    device_kind: str
    device_revoked: bool


def find(db: Reads, author_id: str, id: str) -> Kept | None:
    """Give what arrived from this author under this id."""
    row = db.one(f"{_SELECT} WHERE v.author_id = :author AND v.id = :id", author=author_id, id=id)
    return _kept(row) if row else None


def has_other(db: Reads, author_id: str, id: str, enrolment_id: str) -> bool:
    """Say whether something waits from this author under this id that is more than a draft from this
    same device."""
    row = db.one(
        """SELECT 1 AS found FROM envelopes WHERE author_id = :author AND id = :id
        AND (kind = 'note' OR enrolment_id <> :enrolment) AND state = 'waiting'""",
        author=author_id,
        id=id,
        enrolment=enrolment_id,
    )
    return row is not None


def put(
    tx: Tx,
    *,
    author_id: str,
    id: str,
    enrolment_id: str,
    kind: str,
    number: int,
    digest: str,
    reason: str | None,
    sentence: str | None,
    sealing_key_id: str,
    sealed: bytes,
    captured_at: str,
    clock_off: int,
) -> None:
    """Keep what arrived, waiting; in place of what the same author sent under this id before."""
    tx.change(
        """INSERT INTO envelopes (author_id, id, enrolment_id, kind, number, digest, state, reason,
            sentence, sealing_key_id, sealed, captured_at, clock_off, arrived_at)
        VALUES (:author_id, :id, :enrolment_id, :kind, :number, :digest, 'waiting', :reason,
            :sentence, :sealing_key_id, :sealed, :captured_at, :clock_off, :now)
        ON CONFLICT (author_id, id) DO UPDATE SET enrolment_id = :enrolment_id, kind = :kind,
            number = :number, digest = :digest, state = 'waiting', reason = :reason,
            sentence = :sentence, sealing_key_id = :sealing_key_id, sealed = :sealed,
            captured_at = :captured_at, clock_off = :clock_off, arrived_at = :now,
            settled_at = NULL, settled_by = NULL""",
        author_id=author_id,
        id=id,
        enrolment_id=enrolment_id,
        kind=kind,
        number=number,
        digest=digest,
        reason=reason,
        sentence=sentence,
        sealing_key_id=sealing_key_id,
        sealed=sealed,
        captured_at=captured_at,
        clock_off=clock_off,
        now=tx.now,
    )


def give_reason(tx: Tx, author_id: str, id: str, reason: str) -> None:
    """Write another reason why something waits."""
    tx.change(
        "UPDATE envelopes SET reason = :reason WHERE author_id = :author AND id = :id",
        reason=reason,
        author=author_id,
        id=id,
    )


def settle(tx: Tx, author_id: str, id: str, state: str, by: str) -> bool:
    """Write what became of what waited ('sent' or 'discarded'), and destroy its words; give False
    where nothing waited."""
    return bool(
        tx.change(
            """UPDATE envelopes SET state = :state, sealed = NULL, settled_at = :now, settled_by = :by
            WHERE author_id = :author AND id = :id AND state = 'waiting'""",
            state=state,
            author=author_id,
            id=id,
            by=by,
            now=tx.now,
        )
    )


def of(db: Reads, author_id: str) -> list[Kept]:
    """Give what waits for its author, in the order in which it was written."""
    rows = db.query(
        f"""{_SELECT} WHERE v.author_id = :author AND v.state = 'waiting'
        ORDER BY v.captured_at, v.number""",
        author=author_id,
    )
    return [_kept(row) for row in rows]


def of_teams(db: Reads, teams: Sequence[str], but: str) -> list[Kept]:
    """Give what the people of these teams wrote and somebody must vouch for; not `but`'s own."""
    rows = db.query(
        f"""{_SELECT} WHERE w.team_id IN (:teams) AND w.id <> :but AND {_HELD}
        ORDER BY v.captured_at, v.number""",
        teams=teams,
        but=but,
    )
    return [_kept(row) for row in rows]


def count(db: Reads, author_id: str, teams: Sequence[str]) -> int:
    """Count what waits for its author, and what somebody must vouch for in these teams."""
    row = db.one(
        f"""SELECT (SELECT COUNT(*) FROM envelopes v
                WHERE v.author_id = :author AND v.state = 'waiting')
            + (SELECT COUNT(*) FROM envelopes v JOIN practitioners w ON w.id = v.author_id
                WHERE w.team_id IN (:teams) AND w.id <> :author AND {_HELD}) AS n""",
        author=author_id,
        teams=teams,
    )
    return int(row["n"]) if row else 0


def held_from(db: Reads, enrolment_id: str) -> tuple[int, int]:
    """Give how many from a device wait, and how many bytes they take."""
    row = db.one(
        """SELECT COUNT(*) AS n, COALESCE(SUM(LENGTH(sealed)), 0) AS size FROM envelopes
        WHERE enrolment_id = :enrolment AND state = 'waiting'""",
        enrolment=enrolment_id,
    )
    return (int(row["n"]), int(row["size"])) if row else (0, 0)


def _kept(row: Row) -> Kept:
    sealed = row.pop("sealed")
    return Kept(
        sealed=None if sealed is None else bytes(sealed),
        author_left=row.pop("left_at") is not None,
        device_revoked=row.pop("enrolment_state") == "revoked",
        **row,
    )
