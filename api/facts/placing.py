"""Whom a row is about: whoever it may be about is fetched at once for many rows."""

from __future__ import annotations

from collections.abc import Sequence

from api.facts import matching
from api.facts.mapping import Record
from api.facts.matching import Doubt, Known
from api.store import Reads
from api.store import loads as stored
from api.store.scratch import Scratch
from api.store.sources import Source


def sure(source: Source, record: Record, people: People) -> Known | None:
    """Give whom a row is surely about, or None for somebody new. Raises Doubt."""
    by_number, by_name = people.of(record)
    makes = source.makes_people
    known = matching.sure(record.claim, by_number, by_name, makes_people=makes)
    if known is None and not (makes and (record.first or record.last)):
        raise Doubt("Nobody here has its numbers, or its name and date of birth.")
    return known


class People:
    """Whoever a batch of rows may be about, fetched at once."""

    def __init__(
        self, db: Reads, source: Source, records: Sequence[Record], scratch: Scratch
    ) -> None:
        self._db, self._source, self._scratch = db, source, scratch
        self._found: dict[tuple[str, str], dict[str, str]] = {}
        for scheme in ("local", "nhs", "upn"):
            values = {value for r in records for kind, value in numbers(r) if kind == scheme}
            for row in stored.by_number(db, scheme, values):
                self._add((scheme, row["value"]), row["identity_id"], row["person_id"])
        for row in stored.by_own_key(db, source.id, {r.key for r in records if r.key}):
            self._add(("local", row["value"]), row["identity_id"], row["person_id"])
        asked = {
            (claim.last_key, claim.first_key, claim.born_on or "")
            for claim in (record.claim for record in records)
            if claim.is_full
        }
        for row in stored.by_name_and_birth(db, sorted(asked)):
            name = f"{row['last_key']}|{row['first_key']}|{row['born_on']}"
            self._add(("name", name), row["identity_id"], row["person_id"])
        self._known = self._read_known()

    def of(self, record: Record) -> tuple[list[Known], list[Known]]:
        """Give who has one of a row's identifiers, and who has its full name and birth date."""
        held = numbers(record)
        names = [pair for pair in pairs(record) if pair not in held]
        return self._all(held), self._all(names)

    def _all(self, pairs: Sequence[tuple[str, str]]) -> list[Known]:
        found = {id: self._known[id] for pair in pairs for id in self._found.get(pair, ())}
        for identity in self._scratch.find(pairs):
            found.setdefault(identity, self._in_file(identity, self._known.get(identity)))
        return list(found.values())

    def _in_file(self, identity: str, known: Known | None) -> Known:
        """Give what the file itself said so far of somebody."""
        found = known or Known(identity, identity)
        for row in self._scratch.rows(identity):
            claim = Record(*row).claim
            found.names.add((claim.first_key, claim.last_key))
            found.births |= {claim.born_on} if claim.born_on else set()
            found.nhs |= {claim.nhs} - {""}
            found.keys |= {claim.key} - {""}
        return found

    def _add(self, pair: tuple[str, str], identity: str, person: str) -> None:
        self._found.setdefault(pair, {}).setdefault(identity, person)

    def _read_known(self) -> dict[str, Known]:
        known = {
            identity: Known(identity, person)
            for found in self._found.values()
            for identity, person in found.items()
        }
        said = stored.said_of(self._db, known)
        for row in said["names"]:
            known[row["identity_id"]].names.add((row["first_key"], row["last_key"]))
        for row in said["particulars"]:
            known[row["identity_id"]].births |= {row["born_on"]} - {None}
        for row in said["identifiers"]:
            one = known[row["identity_id"]]
            if row["scheme"] == "nhs":
                one.nhs.add(row["value"])
            elif row["scheme"] == "local" and row["source_id"] == self._source.id:
                one.keys.add(row["value"])
        return known


def numbers(record: Record) -> list[tuple[str, str]]:
    said = (("local", record.key), ("nhs", record.nhs), ("upn", record.upn))
    return [pair for pair in said if pair[1]]


def pairs(record: Record) -> list[tuple[str, str]]:
    claim = record.claim
    name = f"{claim.last_key}|{claim.first_key}|{claim.born_on}"
    return numbers(record) + ([("name", name)] if claim.is_full else [])
