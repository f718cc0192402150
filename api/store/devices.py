"""Devices, passkeys, and enrolments (who is let in on which device), as they are kept."""

from __future__ import annotations

from dataclasses import dataclass

from api.moment import new_id
from api.store.engine import Reads, Row, Tx

# --- Devices: browsers, known by a cookie --------------------------------------------------------


def by_cookie(db: Reads, cookie_hash: str) -> str | None:
    """Give the id of the device with this cookie."""
    row = db.one("SELECT id FROM devices WHERE cookie_hash = :hash", hash=cookie_hash)
    return str(row["id"]) if row else None


def add(tx: Tx, id: str, cookie_hash: str, kind: str) -> None:
    """Write a new device."""
    tx.insert("devices", id=id, cookie_hash=cookie_hash, kind=kind, made_at=tx.now)


# --- Enrolments ------------------------------------------------------------------------------------

_SELECT = """SELECT e.id, e.device_id, d.kind AS device_kind, e.practitioner_id, w.name AS owner,
        w.job AS owner_job, w.agency_id, a.name AS agency, a.kind AS agency_kind,
        a.sensitive, w.team_id, w.left_at, e.credential_id,
        c.revoked_at AS credential_revoked_at, c.backed_up, e.state, e.matching_code, e.asked_at,
        e.decided_at, b.name AS decided_by, e.checked_how, e.revoked_at, e.used_at, e.delivery_key,
        e.lost_key
    FROM enrolments e JOIN devices d ON d.id = e.device_id
    JOIN practitioners w ON w.id = e.practitioner_id JOIN agencies a ON a.id = w.agency_id
    LEFT JOIN credentials c ON c.id = e.credential_id
    LEFT JOIN practitioners b ON b.id = e.decided_by"""


@dataclass(frozen=True)
class Enrolment:
    """One practitioner on one device. `state`: pending, approved, refused or revoked.

    `delivery_key` is the public point of the key in that browser, kept whatever becomes of the
    enrolment: what it signed is still to be known as its own. `lost_key`: its browser had the cookie
    of an enrolment, and not its key.
    """

    id: str
    device_id: str
    device_kind: str
    practitioner_id: str
    owner: str
    owner_job: str
    agency_id: str
    agency: str
    agency_kind: str
    sensitive: bool
    team_id: str | None
    owner_left: bool
    credential_id: str | None
    credential_revoked: bool
    backed_up: bool
    state: str
    matching_code: str
    asked_at: str
    decided_at: str | None
    decided_by: str | None
    checked_how: str | None
    revoked_at: str | None
    used_at: str | None
    delivery_key: bytes | None
    lost_key: bool


def enrol(
    tx: Tx,
    device_id: str,
    practitioner_id: str,
    credential_id: str | None,
    matching_code: str,
    *,
    delivery_key: bytes | None = None,
    lost_key: bool = False,
) -> Enrolment:
    """Write a waiting enrolment."""
    enrolment_id = new_id()
    tx.insert(
        "enrolments",
        id=enrolment_id,
        device_id=device_id,
        practitioner_id=practitioner_id,
        credential_id=credential_id,
        state="pending",
        matching_code=matching_code,
        asked_at=tx.now,
        delivery_key=delivery_key,
        lost_key=int(lost_key),
    )
    made = enrolment(tx, enrolment_id)
    if made is None:
        raise LookupError(enrolment_id)
    return made


def enrolment(db: Reads, enrolment_id: str) -> Enrolment | None:
    """Give one enrolment."""
    row = db.one(f"{_SELECT} WHERE e.id = :id", id=enrolment_id)
    return _enrolment(row) if row else None


def open_on(
    db: Reads, device_id: str, practitioner_id: str, credential_id: str | None
) -> Enrolment | None:
    """Give the waiting or approved enrolment of a practitioner's passkey on a device."""
    row = db.one(
        f"""{_SELECT} WHERE e.device_id = :device AND e.practitioner_id = :who
        AND COALESCE(e.credential_id, '') = :credential AND e.state IN ('pending', 'approved')""",
        device=device_id,
        who=practitioner_id,
        credential=credential_id or "",
    )
    return _enrolment(row) if row else None


def holder_of(db: Reads, delivery_key: bytes) -> str | None:
    """Give the id of the enrolment, open or not, that a delivery key belongs to."""
    row = db.one(
        "SELECT id FROM enrolments WHERE delivery_key = :key ORDER BY id LIMIT 1", key=delivery_key
    )
    return str(row["id"]) if row else None


def keep_key(tx: Tx, enrolment_id: str, delivery_key: bytes) -> None:
    """Keep the delivery key of an enrolment, in place of any that it had."""
    tx.change(
        "UPDATE enrolments SET delivery_key = :key WHERE id = :id",
        id=enrolment_id,
        key=delivery_key,
    )


def brought_by(db: Reads, enrolment: Enrolment) -> str | None:
    """Give who invited the owner of an enrolment's passkey, on whatever device that asks by now, having
    given them a role as well; None once it was let in anywhere, and where nobody did both. An invitation
    is used up at the very moment at which its passkey's first device begins to wait."""
    row = db.one(
        """SELECT i.made_by FROM enrolments e JOIN invitations i
            ON i.practitioner_id = e.practitioner_id AND i.used_at = e.asked_at
        WHERE e.credential_id = :passkey
            AND EXISTS (SELECT 1 FROM roles r
                WHERE r.practitioner_id = e.practitioner_id AND r.granted_by = i.made_by)
            AND NOT EXISTS (SELECT 1 FROM enrolments x
            WHERE x.credential_id = e.credential_id AND x.state IN ('approved', 'revoked')
            AND x.decided_at IS NOT NULL)""",
        passkey=enrolment.credential_id or "",
    )
    return str(row["made_by"]) if row else None


def invited_by(db: Reads, enrolment: Enrolment) -> str | None:
    """Give who invited the owner of an enrolment's passkey, or None where no invitation brought it."""
    row = db.one(
        """SELECT i.made_by FROM enrolments e JOIN invitations i
            ON i.practitioner_id = e.practitioner_id AND i.used_at = e.asked_at
        WHERE e.credential_id = :passkey""",
        passkey=enrolment.credential_id or "",
    )
    return str(row["made_by"]) if row else None


def of(db: Reads, practitioner_id: str) -> list[Enrolment]:
    """Give all enrolments of a practitioner, newest first."""
    rows = db.query(
        f"{_SELECT} WHERE e.practitioner_id = :who ORDER BY e.asked_at DESC, e.id DESC",
        who=practitioner_id,
    )
    return [_enrolment(row) for row in rows]


def on_device(db: Reads, enrolment_id: str, cookie_hash: str) -> Enrolment | None:
    """Give one enrolment, to the browser that it is for."""
    row = db.one(
        f"{_SELECT} WHERE e.id = :id AND d.cookie_hash = :hash", id=enrolment_id, hash=cookie_hash
    )
    return _enrolment(row) if row else None


def waiting(db: Reads) -> list[Enrolment]:
    """Give all waiting enrolments, the longest waiting first."""
    rows = db.query(f"{_SELECT} WHERE e.state = 'pending' ORDER BY e.asked_at, e.id")
    return [_enrolment(row) for row in rows]


def approve(tx: Tx, enrolment_id: str, by: str, how: str) -> bool:
    """Let a waiting device in; give False if it was not waiting."""
    return bool(
        tx.change(
            """UPDATE enrolments SET state = 'approved', decided_by = :by, decided_at = :now,
            checked_how = :how WHERE id = :id AND state = 'pending'""",
            id=enrolment_id,
            by=by,
            how=how,
            now=tx.now,
        )
    )


def refuse(tx: Tx, enrolment_id: str, by: str) -> bool:
    """Turn a waiting device away; give False if it was not waiting."""
    return bool(
        tx.change(
            """UPDATE enrolments SET state = 'refused', decided_by = :by, decided_at = :now
            WHERE id = :id AND state = 'pending'""",
            id=enrolment_id,
            by=by,
            now=tx.now,
        )
    )


def revoke(tx: Tx, enrolment_id: str, by: str) -> bool:
    """Shut a waiting or approved device out; give False if it was out already."""
    return bool(
        tx.change(
            """UPDATE enrolments SET state = 'revoked', revoked_by = :by, revoked_at = :now
            WHERE id = :id AND state IN ('pending', 'approved')""",
            id=enrolment_id,
            by=by,
            now=tx.now,
        )
    )


def revoke_all(tx: Tx, practitioner_id: str, by: str) -> None:
    """Shut out every device of someone who leaves."""
    tx.change(
        """UPDATE enrolments SET state = 'revoked', revoked_by = :by, revoked_at = :now
        WHERE practitioner_id = :id AND state IN ('pending', 'approved')""",
        id=practitioner_id,
        by=by,
        now=tx.now,
    )


def used(tx: Tx, enrolment_id: str) -> None:
    """Remember that someone signed in on this device now."""
    tx.change("UPDATE enrolments SET used_at = :now WHERE id = :id", now=tx.now, id=enrolment_id)


def count_signature(tx: Tx, enrolment_id: str, count: int) -> int | None:
    """Count a signature of this enrolment's delivery key: give None where its number is above all
    before it, and otherwise the highest there was."""
    if tx.change(
        "UPDATE enrolments SET signed = :count WHERE id = :id AND signed < :count",
        id=enrolment_id,
        count=count,
    ):
        return None
    row = tx.one("SELECT signed FROM enrolments WHERE id = :id", id=enrolment_id)
    return int(row["signed"]) if row else 0


def give_sealing_key(tx: Tx, enrolment_id: str, key_id: str) -> None:
    """Remember which key this browser was given to seal to."""
    tx.change(
        """UPDATE enrolments SET sealing_key_id = :key
        WHERE id = :id AND COALESCE(sealing_key_id, '') <> :key""",
        id=enrolment_id,
        key=key_id,
    )


def people_on(db: Reads, device_id: str) -> int:
    """Count the practitioners who were ever let in on a device, and have not left: whoever was shut out
    may still have it in their hands, and nobody makes it another's by shutting out themselves."""
    row = db.one(
        """SELECT COUNT(DISTINCT e.practitioner_id) AS n FROM enrolments e
        JOIN practitioners w ON w.id = e.practitioner_id
        WHERE e.device_id = :device AND e.state IN ('approved', 'revoked')
        AND e.decided_at IS NOT NULL AND w.left_at IS NULL""",
        device=device_id,
    )
    return int(row["n"]) if row else 0


def _enrolment(row: Row) -> Enrolment:
    return Enrolment(
        owner_left=row.pop("left_at") is not None,
        credential_revoked=row.pop("credential_revoked_at") is not None,
        backed_up=bool(row.pop("backed_up")),
        sensitive=bool(row.pop("sensitive")),
        delivery_key=bytes(key) if (key := row.pop("delivery_key")) else None,
        lost_key=bool(row.pop("lost_key")),
        **row,
    )
