"""Tokens of other systems, as they are kept: whose, what for, until when, and a hash of the secret."""

from __future__ import annotations

from dataclasses import dataclass

from api.moment import later, new_id
from api.store.engine import Reads, Row, Tx

_COLUMNS = """t.id, t.name, t.agency_id, a.name AS agency, a.kind AS agency_kind, t.source_id,
    t.scopes, t.purpose, t.made_by, t.made_at, t.expires_at, t.used_at, t.revoked_at,
    a.sensitive, a.closed_at"""

_FROM = "FROM tokens t JOIN agencies a ON a.id = t.agency_id"


@dataclass(frozen=True)
class Token:
    """A token as its administrator sees it: everything but the secret, which nobody keeps."""

    id: str
    name: str
    agency_id: str
    agency: str
    agency_kind: str
    source_id: str
    scopes: frozenset[str]
    purpose: str
    made_by: str
    made_at: str
    expires_at: str
    used_at: str | None
    revoked_at: str | None
    sensitive: bool
    closed_at: str | None

    def ended(self, now: str) -> str:
        """Say why it is good for nothing any more, or nothing."""
        if self.revoked_at:
            return "revoked"
        if self.expires_at <= now:
            return "expired"
        return "agency" if self.sensitive or self.closed_at else ""


@dataclass(frozen=True)
class SentNote:
    """A note that was sent under a key: what was sent, digested, and the note's id."""

    digest: str
    note_id: str


def add(tx: Tx, **row: str) -> str:
    """Write a new token; give its id."""
    token_id = new_id()
    tx.insert("tokens", id=token_id, made_at=tx.now, **row)
    return token_id


def add_source(tx: Tx, *, name: str, agency_id: str, owner: str) -> str:
    """Write the source of what a system says through the API; give its id. It stands at load 0 for
    good, so that what is said through it stands at once."""
    source_id = new_id()
    tx.insert(
        "sources",
        id=source_id,
        code=f"api-{source_id}",
        name=name,
        kind="feed",
        agency_id=agency_id,
        owner=owner,
        justification="Who of this agency supports whom, as its own system has it.",
        legal_basis="Children Act 2004, sections 10 and 11",
        coverage="Whoever this agency works with",
        makes_people=0,
        mapping="",
        current_load=0,
        made_at=tx.now,
    )
    return source_id


def source_of(db: Reads, agency_id: str, name: str) -> str | None:
    """Give the source that earlier tokens of this system had."""
    row = db.one(
        """SELECT source_id FROM tokens WHERE agency_id = :agency AND name = :name
        ORDER BY made_at DESC, id DESC LIMIT 1""",
        agency=agency_id,
        name=name,
    )
    return str(row["source_id"]) if row else None


def every(db: Reads) -> list[Token]:
    """Give all tokens, the newest first."""
    return [
        _token(row)
        for row in db.query(f"SELECT {_COLUMNS} {_FROM} ORDER BY t.made_at DESC, t.id DESC")
    ]


def find(db: Reads, token_id: str) -> Token | None:
    """Give one token."""
    row = db.one(f"SELECT {_COLUMNS} {_FROM} WHERE t.id = :id", id=token_id)
    return _token(row) if row else None


def by_secret(db: Reads, secret_hash: str) -> Token | None:
    """Give the token with this secret, whether it is still good or not."""
    row = db.one(f"SELECT {_COLUMNS} {_FROM} WHERE t.secret_hash = :hash", hash=secret_hash)
    return _token(row) if row else None


def used(tx: Tx, token_id: str) -> None:
    """Note that a token was used now."""
    tx.change("UPDATE tokens SET used_at = :now WHERE id = :id", now=tx.now, id=token_id)


def revoke(tx: Tx, token_id: str, by: str) -> bool:
    """Revoke a token; give False if it was revoked before."""
    changed = tx.change(
        """UPDATE tokens SET revoked_at = :now, revoked_by = :by
        WHERE id = :id AND revoked_at IS NULL""",
        now=tx.now,
        by=by,
        id=token_id,
    )
    return changed == 1


def add_look(tx: Tx, token_id: str, person_id: str, purpose: str, hours: int) -> None:
    """Open the directory view of a person to a token for some hours."""
    tx.insert(
        "token_looks",
        id=new_id(),
        token_id=token_id,
        person_id=person_id,
        purpose=purpose,
        made_at=tx.now,
        until=later(tx.now, hours=hours),
    )


def sent_note(tx: Tx, token_id: str, key_hash: str) -> SentNote | None:
    """Give the note that was sent under a key before."""
    row = tx.one(
        "SELECT digest, note_id FROM token_notes WHERE token_id = :token AND key_hash = :key",
        token=token_id,
        key=key_hash,
    )
    return SentNote(**row) if row else None


def add_note(tx: Tx, token_id: str, key_hash: str, digest: str, note_id: str) -> None:
    """Remember the note that was sent under a key."""
    tx.insert(
        "token_notes",
        token_id=token_id,
        key_hash=key_hash,
        digest=digest,
        note_id=note_id,
        made_at=tx.now,
    )


def _token(row: Row) -> Token:
    return Token(
        **{
            **row,
            "scopes": frozenset(row["scopes"].split()),
            "sensitive": bool(row["sensitive"]),
        }
    )
