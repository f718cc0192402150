"""Webhooks: where other systems are told that there is something to fetch, and how that goes."""

from __future__ import annotations

from typing import NamedTuple

from api.moment import later
from api.store.engine import Reads, Tx


class Webhook(NamedTuple):
    """An address that is told. `place` is the number up to which it was told."""

    id: str
    source_id: str
    agency_id: str
    url: str
    place: int
    made_at: str
    next_at: str
    attempts: int
    told_at: str | None
    failing_since: str | None
    why: str | None
    stopped_at: str | None
    ended_at: str | None


_COLUMNS = """w.id, w.source_id, w.agency_id, w.url, w.place, w.made_at, w.next_at, w.attempts,
    w.told_at, w.failing_since, w.why, w.stopped_at, w.ended_at"""

# A token of the webhook's system that is good: without one there is nobody to tell.
_GOOD = """t.source_id = w.source_id AND t.revoked_at IS NULL AND t.expires_at > :now
    AND a.sensitive = 0 AND a.closed_at IS NULL
    AND (' ' || t.scopes || ' ' LIKE '% events:read %'
        OR ' ' || t.scopes || ' ' LIKE '% filings:take %')"""

_LIVE = "w.ended_at IS NULL AND w.stopped_at IS NULL"

_DUE = f"""{_LIVE} AND w.next_at <= :now
    AND EXISTS (SELECT 1 FROM happenings h WHERE h.agency_id = w.agency_id AND h.number > w.place
        AND (h.source_id IS NULL OR h.source_id = w.source_id))
    AND EXISTS (SELECT 1 FROM tokens t JOIN agencies a ON a.id = t.agency_id WHERE {_GOOD})"""


def add(tx: Tx, webhook_id: str, *, source_id: str, agency_id: str, url: str, made_by: str) -> None:
    """Write a new webhook, which is told what happens from now on."""
    tx.insert(
        "webhooks",
        id=webhook_id,
        source_id=source_id,
        agency_id=agency_id,
        url=url,
        place=last_number(tx),
        made_by=made_by,
        made_at=tx.now,
        next_at=tx.now,
        attempts=0,
    )


def every(db: Reads) -> list[Webhook]:
    """Give the webhooks that were not removed, the newest first."""
    return db.rows(
        Webhook._make,
        f"SELECT {_COLUMNS} FROM webhooks w WHERE w.ended_at IS NULL ORDER BY w.made_at DESC, w.id DESC",
    )


def find(db: Reads, webhook_id: str) -> Webhook | None:
    """Give a webhook, whether it was removed or not."""
    found = db.rows(
        Webhook._make, f"SELECT {_COLUMNS} FROM webhooks w WHERE w.id = :id", id=webhook_id
    )
    return next(iter(found), None)


def end(tx: Tx, webhook_id: str, by: str) -> None:
    """Tell an address nothing any more."""
    tx.change(
        "UPDATE webhooks SET ended_at = :now, ended_by = :by WHERE id = :id",
        now=tx.now,
        by=by,
        id=webhook_id,
    )


def start(tx: Tx, webhook_id: str) -> None:
    """Go on telling an address at once, from where it stopped."""
    tx.change(
        """UPDATE webhooks SET stopped_at = NULL, failing_since = NULL, attempts = 0, next_at = :now
        WHERE id = :id""",
        now=tx.now,
        id=webhook_id,
    )


# --- Secrets -------------------------------------------------------------------------------------


def add_secret(tx: Tx, webhook_id: str, secret_id: str) -> None:
    """Write that a webhook has a new secret. The secret itself is in the vault."""
    tx.insert("webhook_secrets", id=secret_id, webhook_id=webhook_id, made_at=tx.now)


def end_secrets(tx: Tx, webhook_id: str, until: str) -> None:
    """Let the secrets that a webhook has go on until then and no longer."""
    tx.change(
        """UPDATE webhook_secrets SET until = :until
        WHERE webhook_id = :id AND (until IS NULL OR until > :until)""",
        until=until,
        id=webhook_id,
    )


def secrets(tx: Tx, webhook_id: str) -> list[str]:
    """Give the ids of the secrets that hold now, the newest first."""
    rows = tx.query(
        """SELECT id FROM webhook_secrets WHERE webhook_id = :id AND (until IS NULL OR until > :now)
        ORDER BY made_at DESC, id DESC""",
        id=webhook_id,
        now=tx.now,
    )
    return [row["id"] for row in rows]


def spent_secrets(tx: Tx, webhook_id: str) -> list[str]:
    """Give the ids of the secrets that hold no longer."""
    rows = tx.query(
        "SELECT id FROM webhook_secrets WHERE webhook_id = :id AND until <= :now ORDER BY id",
        id=webhook_id,
        now=tx.now,
    )
    return [row["id"] for row in rows]


# --- Telling -------------------------------------------------------------------------------------


def is_any(db: Reads) -> bool:
    """Say whether any address is told at all."""
    return db.one(f"SELECT 1 AS x FROM webhooks w WHERE {_LIVE} LIMIT 1") is not None


def due(db: Reads, now: str, limit: int) -> list[str]:
    """Give the ids of webhooks with something to tell now, the longest waiting first."""
    rows = db.query(
        f"SELECT w.id FROM webhooks w WHERE {_DUE} ORDER BY w.next_at LIMIT {limit:d}", now=now
    )
    return [row["id"] for row in rows]


def claim(tx: Tx, webhook_id: str, lease_seconds: int) -> Webhook | None:
    """Take a webhook for a while, if it is still due: nobody else tells it meanwhile."""
    changed = tx.change(
        f"""UPDATE webhooks SET next_at = :until, attempts = attempts + 1
        WHERE id IN (SELECT w.id FROM webhooks w WHERE w.id = :id AND {_DUE})""",
        until=later(tx.now, seconds=lease_seconds),
        id=webhook_id,
        now=tx.now,
    )
    return find(tx, webhook_id) if changed else None


def token(tx: Tx, webhook_id: str) -> str | None:
    """Give the id of a good token of a webhook's system: one that reads events where there is one."""
    row = tx.one(
        f"""SELECT t.id FROM tokens t JOIN agencies a ON a.id = t.agency_id
        JOIN webhooks w ON w.id = :id WHERE {_GOOD}
        ORDER BY CASE WHEN ' ' || t.scopes || ' ' LIKE '% events:read %' THEN 0 ELSE 1 END,
            t.made_at DESC LIMIT 1""",
        id=webhook_id,
        now=tx.now,
    )
    return str(row["id"]) if row else None


def last_number(tx: Tx) -> int:
    """Give the number of the last thing that happened."""
    row = tx.one("SELECT COALESCE(MAX(number), 0) AS last FROM happenings")
    return int(row["last"]) if row else 0


# A claim that still stands.
_MINE = "id = :id AND next_at = :claimed AND ended_at IS NULL"


def pass_over(tx: Tx, webhook_id: str, claimed: str, place: int) -> None:
    """Go on after what is not told to this webhook."""
    tx.change(
        f"""UPDATE webhooks SET place = :place, attempts = 0, failing_since = NULL, why = NULL,
            next_at = :now WHERE {_MINE}""",
        place=place,
        now=tx.now,
        id=webhook_id,
        claimed=claimed,
    )


def told(tx: Tx, webhook_id: str, claimed: str, place: int) -> bool:
    """Write that a webhook was told up to here; False where the claim no longer stands."""
    changed = tx.change(
        f"""UPDATE webhooks SET place = :place, attempts = 0, failing_since = NULL, why = NULL,
            told_at = :now, next_at = :now WHERE {_MINE}""",
        place=place,
        now=tx.now,
        id=webhook_id,
        claimed=claimed,
    )
    return changed == 1


def put_off(tx: Tx, webhook_id: str, claimed: str, next_at: str, why: str) -> None:
    """Let a webhook wait for its next try."""
    tx.change(
        f"""UPDATE webhooks SET next_at = :next, why = :why,
            failing_since = COALESCE(failing_since, :now) WHERE {_MINE}""",
        next=next_at,
        why=why,
        now=tx.now,
        id=webhook_id,
        claimed=claimed,
    )


def stop(tx: Tx, webhook_id: str, claimed: str, why: str) -> bool:
    """Give a webhook up; False where the claim no longer stands."""
    changed = tx.change(
        f"""UPDATE webhooks SET stopped_at = :now, why = :why,
            failing_since = COALESCE(failing_since, :now) WHERE {_MINE}""",
        why=why,
        now=tx.now,
        id=webhook_id,
        claimed=claimed,
    )
    return changed == 1
