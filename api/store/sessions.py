"""Sessions, as they are kept: one row each, known by the hash of its token."""

from __future__ import annotations

from dataclasses import dataclass

from api.store.engine import Reads, Tx


@dataclass(frozen=True)
class Session:
    """A session that was neither ended nor shut out, and who it is; its times are for the caller.

    With it comes which key its browser is to seal to, which version of what staff undertake its owner
    accepted, and which record they opened in an emergency, so that no page asks for that by itself.
    """

    id: str
    enrolment_id: str
    touched_at: str
    ends_at: str
    confirmed_at: str | None
    practitioner_id: str
    name: str
    job: str
    agency_id: str
    agency: str
    agency_kind: str
    sensitive: bool
    team_id: str | None
    sealing_key_id: str | None
    undertaken: int | None
    glass_of: str | None
    glass_until: str | None
    roles: tuple[tuple[str, str, str], ...]


def add(tx: Tx, id: str, token_hash: str, enrolment_id: str, ends_at: str) -> None:
    """Write a new session."""
    tx.insert(
        "sessions",
        id=id,
        token_hash=token_hash,
        enrolment_id=enrolment_id,
        started_at=tx.now,
        touched_at=tx.now,
        ends_at=ends_at,
    )


def find(db: Reads, token_hash: str) -> Session | None:
    """Give the session with this token, while its device is approved and its owner is here."""
    rows = db.query(
        """SELECT s.id, s.enrolment_id, s.touched_at, s.ends_at, s.confirmed_at,
            e.practitioner_id, w.name, w.job, w.agency_id, a.name AS agency,
            a.kind AS agency_kind, a.sensitive, w.team_id,
            (SELECT k.id FROM sealing_keys k WHERE k.retired_at IS NULL) AS sealing_key_id,
            (SELECT MAX(u.version) FROM undertakings u WHERE u.practitioner_id = w.id)
                AS undertaken,
            g.person_id AS glass_of, g.until AS glass_until,
            r.role, r.scope, r.scope_id
        FROM sessions s JOIN enrolments e ON e.id = s.enrolment_id
        JOIN practitioners w ON w.id = e.practitioner_id
        JOIN agencies a ON a.id = w.agency_id
        LEFT JOIN glass g ON g.practitioner_id = w.id AND g.reviewed_at IS NULL
            AND g.ended_at IS NULL
        LEFT JOIN credentials c ON c.id = e.credential_id
        LEFT JOIN roles r ON r.practitioner_id = w.id AND r.ended_at IS NULL
        WHERE s.token_hash = :hash AND s.ended_at IS NULL AND e.state = 'approved'
          AND w.left_at IS NULL AND c.revoked_at IS NULL""",
        hash=token_hash,
    )
    if not rows:
        return None
    roles = [(row.pop("role"), row.pop("scope"), row.pop("scope_id")) for row in rows]
    first = {**rows[0], "sensitive": bool(rows[0]["sensitive"])}
    return Session(**first, roles=tuple(role for role in roles if role[0] is not None))


def touch(tx: Tx, session_id: str) -> None:
    """Remember that the session was used now."""
    tx.change("UPDATE sessions SET touched_at = :now WHERE id = :id", now=tx.now, id=session_id)


def confirm(tx: Tx, session_id: str) -> None:
    """Remember that the passkey was shown now."""
    tx.change("UPDATE sessions SET confirmed_at = :now WHERE id = :id", now=tx.now, id=session_id)


def end(tx: Tx, session_id: str) -> None:
    """End one session."""
    tx.change(
        "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL",
        now=tx.now,
        id=session_id,
    )


def end_on_device(tx: Tx, device_id: str) -> None:
    """End all sessions on a device: it has one browser, and someone else signs in there."""
    tx.change(
        """UPDATE sessions SET ended_at = :now WHERE ended_at IS NULL
        AND enrolment_id IN (SELECT id FROM enrolments WHERE device_id = :device)""",
        now=tx.now,
        device=device_id,
    )


def end_of_enrolment(tx: Tx, enrolment_id: str) -> None:
    """End the sessions of one enrolment."""
    tx.change(
        "UPDATE sessions SET ended_at = :now WHERE enrolment_id = :id AND ended_at IS NULL",
        now=tx.now,
        id=enrolment_id,
    )


def end_of_practitioner(tx: Tx, practitioner_id: str) -> None:
    """End all sessions of someone."""
    tx.change(
        """UPDATE sessions SET ended_at = :now WHERE ended_at IS NULL
        AND enrolment_id IN (SELECT id FROM enrolments WHERE practitioner_id = :id)""",
        now=tx.now,
        id=practitioner_id,
    )
