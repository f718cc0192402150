"""How a row is known again on a later night, and what was decided of it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from api.authority import Authority
from api.facts import scoring
from api.facts.mapping import Record
from api.store import Reads
from api.store import decisions as stored
from api.store.sources import Source


@dataclass(frozen=True)
class Settled:
    """What was decided of a row: whom its facts hang on (a record, and whose that is), whether it
    says now what it said then, and who it is not."""

    person_id: str = ""
    identity_id: str = ""
    says_the_same: bool = False
    refused: frozenset[str] = frozenset()


class Decided:
    """All that was decided of a source's rows and stands: people decide, so it is not much."""

    def __init__(self, authority: Authority, db: Reads, source: Source) -> None:
        self._secret = authority.vault.secret(db, "api")
        self._source = source
        self._placed: dict[str, tuple[str | None, str]] = {}
        self._refused: dict[str, list[tuple[str | None, set[str]]]] = {}
        standing = stored.standing(db, source)
        shown = stored.shown(db, [one.id for one in standing if one.kind in ("none", "not")])
        for one in standing:
            if one.person_id:
                self._placed[one.row_key] = (one.digest, one.person_id)
            if one.kind in ("none", "not"):
                self._refused.setdefault(one.row_key, []).append((one.digest, shown[one.id]))
        people = [person for _, person in self._placed.values()]
        self._identities = stored.identities(db, people)
        self.records = frozenset(people)
        self.contested = stored.contested(db)

    def of(self, record: Record) -> Settled:
        """Give what was decided of a row."""
        if not (self._placed or self._refused):
            return _NOTHING
        digest = self.digest(record)
        key = self.row_key(record)
        then, person = self._placed.get(key, (None, ""))
        refused = [
            who for said, who in self._refused.get(key, ()) if said is None or said == digest
        ]
        return Settled(
            person, self._identities.get(person, ""), then == digest, frozenset().union(*refused)
        )

    def row_key(self, record: Record) -> str:
        """Give how a row is known again: by the source's own id, or else by what it says."""
        return own_key(record.key) if record.key else f"digest {self.digest(record)}"

    def digest(self, record: Record) -> str:
        """Give a keyed digest of what a row says of whom it is about: nobody can guess from it."""
        claim = record.claim
        home = scoring.home(record.postcode, record.address)
        said = (
            *("inkling row 1", self._source.id, claim.first_key, claim.last_key),
            *(record.born_on or "", record.expected_on or "", record.nhs, record.upn, *home),
        )
        return hmac.new(self._secret, "\n".join(said).encode(), hashlib.sha256).hexdigest()


_NOTHING = Settled()


def own_key(key: str) -> str:
    """Give how the rows are known that have this id of the source's own."""
    return f"key {key}"
