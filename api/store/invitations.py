"""Invitations, as they are kept: known by the hash of the token in their link."""

from __future__ import annotations

from dataclasses import dataclass

from api.store.engine import Reads, Tx


@dataclass(frozen=True)
class Invitation:
    """An invitation that can still be used, and whom it invites."""

    id: str
    practitioner_id: str
    practitioner: str
    job: str
    agency: str
    expires_at: str


def add(
    tx: Tx, id: str, practitioner_id: str, token_hash: str, made_by: str, expires_at: str
) -> None:
    """Write a new invitation."""
    tx.insert(
        "invitations",
        id=id,
        practitioner_id=practitioner_id,
        token_hash=token_hash,
        made_by=made_by,
        made_at=tx.now,
        expires_at=expires_at,
    )


def find(db: Reads, token_hash: str, now: str) -> Invitation | None:
    """Give the invitation with this token, while it can be used."""
    row = db.one(
        """SELECT i.id, i.practitioner_id, w.name AS practitioner, w.job, a.name AS agency,
            i.expires_at
        FROM invitations i JOIN practitioners w ON w.id = i.practitioner_id
        JOIN agencies a ON a.id = w.agency_id
        WHERE i.token_hash = :hash AND i.used_at IS NULL AND i.withdrawn_at IS NULL
          AND i.expires_at > :now AND w.left_at IS NULL""",
        hash=token_hash,
        now=now,
    )
    return Invitation(**row) if row else None


def use(tx: Tx, invitation_id: str) -> bool:
    """Use an invitation up; give False if it had been."""
    return bool(
        tx.change(
            """UPDATE invitations SET used_at = :now
            WHERE id = :id AND used_at IS NULL AND withdrawn_at IS NULL""",
            now=tx.now,
            id=invitation_id,
        )
    )


def withdraw_all(tx: Tx, practitioner_id: str) -> None:
    """Take back whatever invitations someone has not used."""
    tx.change(
        """UPDATE invitations SET withdrawn_at = :now
        WHERE practitioner_id = :id AND used_at IS NULL AND withdrawn_at IS NULL""",
        now=tx.now,
        id=practitioner_id,
    )
