"""Passkeys and the challenges that they answer, as they are kept."""

from __future__ import annotations

from dataclasses import dataclass

from api.moment import later
from api.store.engine import Reads, Row, Tx

# --- Challenges: each is answered once, in time, for what it was made for -------------------------


def add_challenge(
    tx: Tx, id: str, challenge: bytes, ceremony: str, bound_to: str | None, expires_at: str
) -> None:
    """Keep a challenge, and forget those of yesterday."""
    tx.change(
        "DELETE FROM challenges WHERE expires_at < :yesterday", yesterday=later(tx.now, days=-1)
    )
    tx.insert(
        "challenges",
        id=id,
        challenge=challenge,
        ceremony=ceremony,
        bound_to=bound_to,
        made_at=tx.now,
        expires_at=expires_at,
    )


def take_challenge(tx: Tx, id: str, ceremony: str, bound_to: str | None) -> bool:
    """Use a challenge up; give False if it is unknown, used, expired or for something else."""
    return bool(
        tx.change(
            """UPDATE challenges SET used_at = :now WHERE id = :id AND ceremony = :ceremony
            AND COALESCE(bound_to, '') = :bound_to AND used_at IS NULL AND expires_at > :now""",
            now=tx.now,
            id=id,
            ceremony=ceremony,
            bound_to=bound_to or "",
        )
    )


# --- Credentials: the public halves of passkeys ----------------------------------------------------

_SELECT = """SELECT c.id, c.practitioner_id, w.left_at, c.credential_id, c.public_key,
        c.sign_count, c.transports, c.revoked_at
    FROM credentials c JOIN practitioners w ON w.id = c.practitioner_id"""


@dataclass(frozen=True)
class Credential:
    """A passkey as the server knows it, and whether it and its owner may still sign in."""

    id: str
    practitioner_id: str
    owner_left: bool
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    revoked: bool


def add(
    tx: Tx,
    *,
    id: str,
    practitioner_id: str,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    transports: tuple[str, ...],
    backed_up: bool,
) -> None:
    """Keep a new passkey's public half."""
    tx.insert(
        "credentials",
        id=id,
        practitioner_id=practitioner_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        transports=" ".join(transports),
        backed_up=int(backed_up),
        made_at=tx.now,
    )


def find(db: Reads, credential_id: bytes) -> Credential | None:
    """Give the passkey that a browser calls by this id."""
    row = db.one(f"{_SELECT} WHERE c.credential_id = :id", id=credential_id)
    return _credential(row) if row else None


def of_enrolment(db: Reads, enrolment_id: str) -> Credential | None:
    """Give the passkey of an enrolment."""
    row = db.one(
        f"{_SELECT} JOIN enrolments e ON e.credential_id = c.id WHERE e.id = :id", id=enrolment_id
    )
    return _credential(row) if row else None


def of(db: Reads, practitioner_id: str) -> list[Credential]:
    """Give someone's passkeys that were not revoked."""
    rows = db.query(
        f"{_SELECT} WHERE c.practitioner_id = :id AND c.revoked_at IS NULL ORDER BY c.made_at",
        id=practitioner_id,
    )
    return [_credential(row) for row in rows]


def used(tx: Tx, id: str, sign_count: int, backed_up: bool) -> None:
    """Remember how often a passkey says that it was used, and whether it is copied elsewhere."""
    tx.change(
        """UPDATE credentials SET sign_count = :count, backed_up = :backed_up, used_at = :now
        WHERE id = :id""",
        count=sign_count,
        backed_up=int(backed_up),
        now=tx.now,
        id=id,
    )


def revoke_unheld(tx: Tx, credential_id: str) -> None:
    """Revoke a passkey that no waiting or approved device holds any more."""
    tx.change(
        """UPDATE credentials SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM enrolments e WHERE e.credential_id = credentials.id
            AND e.state IN ('pending', 'approved'))""",
        now=tx.now,
        id=credential_id,
    )


def revoke_all(tx: Tx, practitioner_id: str) -> None:
    """Revoke all passkeys of someone who leaves."""
    tx.change(
        """UPDATE credentials SET revoked_at = :now
        WHERE practitioner_id = :id AND revoked_at IS NULL""",
        now=tx.now,
        id=practitioner_id,
    )


def _credential(row: Row) -> Credential:
    return Credential(
        owner_left=row.pop("left_at") is not None,
        revoked=row.pop("revoked_at") is not None,
        credential_id=bytes(row.pop("credential_id")),
        public_key=bytes(row.pop("public_key")),
        transports=tuple(row.pop("transports").split()),
        **row,
    )
