"""Whom a row is about: what was decided of it, what is surely so, and what is likely enough.

Whoever rows may be about is fetched at once for many of them; only where no sure rule says who it is
are others looked for and compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.facts import likely, matching, scoring
from api.facts.decided import Decided, Settled
from api.facts.likely import Candidate
from api.facts.mapping import Record
from api.facts.matching import Divided, Doubt, Known, Namesakes
from api.facts.scoring import Score
from api.moment import new_id
from api.store import Reads
from api.store import candidates as stored_candidates
from api.store import finding as stored
from api.store import waiting as stored_waiting
from api.store.scratch import Scratch
from api.store.sources import Source

NOBODY = stored_waiting.NOBODY
MAY_BE = "It may be about somebody who is here."
ONLY_A_YEAR = "It has a name and 1 January in common with somebody: that may only be a year."
REFUSED = "It is none of those who are like it: somebody looked."

# As many are shown to whoever looks.
SHOWN = 5


class Doubtful(Doubt):
    """A row that may be about one of these people: somebody has to look."""

    def __init__(self, reason: str, candidates: Sequence[Candidate]) -> None:
        super().__init__(reason)
        self.candidates = tuple(candidates)


class Contested(Namesakes):
    """A row that has only name and date of birth in common with somebody, who may not be the only one."""


@dataclass(frozen=True)
class Place:
    """Where the facts of a row belong. `unit`: with which other rows they are taken together, those of
    a person or those that one decision is about; `person_id`: the record that they hang on."""

    unit: str
    person_id: str
    identity_id: str
    is_new: bool = False


class People:
    """Whoever a batch of rows may be about, fetched at once."""

    def __init__(
        self,
        db: Reads,
        source: Source,
        records: Sequence[Record],
        scratch: Scratch,
        decided: Decided,
    ) -> None:
        self._db, self._source, self._scratch = db, source, scratch
        self._decided = decided
        own = source.agency_id or ""
        self._found: dict[tuple[str, str], dict[str, str]] = {}
        for scheme in ("local", "nhs", "upn"):
            values = {value for r in records for kind, value in numbers(r) if kind == scheme}
            for row in stored.by_number(db, source.id, scheme, values, own):
                self._add((scheme, row["value"]), row["identity_id"], row["person_id"])
        settled = {record.line: decided.of(record) for record in records}
        # What a source means by an id that somebody decided about is what was decided.
        free = {r.key for r in records if r.key and not settled[r.line].person_id}
        for row in stored.by_own_key(db, source.id, free):
            self._add(("local", row["value"]), row["identity_id"], row["person_id"])
        for record in records:
            if record.key and (identity := settled[record.line].identity_id):
                self._add(("local", record.key), identity, identity)
        self._settled = settled
        asked = {
            (claim.last_key, claim.first_key, claim.born_on or "")
            for claim in (record.claim for record in records)
            if claim.is_full
        }
        for row in stored.by_name_and_birth(db, source.id, sorted(asked), own):
            name = f"{row['last_key']}|{row['first_key']}|{row['born_on']}"
            self._add(("name", name), row["identity_id"], row["person_id"])
        self._known = self._read_known()
        self._surely: dict[int, Known] = {}
        self._likely = self._find_likely(records)

    def place(self, record: Record) -> Place:
        """Say where a row belongs. Raises Doubtful where somebody has to look, Doubt for what waits
        otherwise."""
        settled = self._settled[record.line]
        if settled.person_id and settled.says_the_same:
            return Place(settled.person_id, settled.person_id, settled.identity_id)
        doubt: Doubt | None = None
        try:
            known = self._surely.get(record.line) or self._sure(record, settled)
        except Doubt as raised:
            doubt, known = raised, None
        if known is None and (doubt is None or isinstance(doubt, (Namesakes, Divided))):
            known = self._best(record, settled, doubt)
        if known is None:
            return self._unplaced(record, settled, doubt)
        if settled.person_id and settled.identity_id == known.identity_id:
            return Place(settled.person_id, settled.person_id, known.identity_id)
        return Place(known.identity_id, known.person_id, known.identity_id)

    def related(self, record: Record) -> set[str]:
        """Give who has one of a row's numbers, or its name and date of birth."""
        return {known.identity_id for some in self.of(record) for known in some}

    def _sure(self, record: Record, settled: Settled, *, in_file: bool = True) -> Known | None:
        """Give whom a row is surely about, `in_file` or not with who is new in this very file."""
        by_number, by_name = (
            [known for known in some if known.identity_id not in settled.refused]
            for some in self.of(record, in_file=in_file)
        )
        makes = self._source.makes_people
        known = matching.sure(record.claim, by_number, by_name, makes_people=makes)
        if known and not by_number and known.identity_id in self._decided.contested:
            raise Contested("Somebody else may have this name and date of birth: a row waits.")
        if known and not by_number and (record.born_on or "").endswith("-01-01"):
            raise Contested(ONLY_A_YEAR)
        return known

    def _best(self, record: Record, settled: Settled, doubt: Doubt | None) -> Known | None:
        scores = {one.identity_id: one.score for one in self._likely_ones(record, settled)}
        found = scoring.best(list(scores.items()))
        if found is None:
            return None
        same = set(scores[found].same)
        if isinstance(doubt, Contested) and not same & {"address", "postcode"}:
            return None
        if isinstance(doubt, Divided):
            # Somebody else was given this person's NHS number, and has nothing else in common.
            others = [one for id, one in scores.items() if id != found and scoring.NHS in one.same]
            elsewhere = {scoring.ANOTHER_SYSTEM, scoring.UPN}
            apart = not any(one.is_doubtful for one in others) and not any(
                elsewhere.intersection(one.same) for id, one in scores.items() if id != found
            )
            if not (scoring.NHS in same and apart):
                return None
        return Known(found, found)

    def _unplaced(self, record: Record, settled: Settled, doubt: Doubt | None) -> Place:
        makes = self._source.makes_people
        candidates = self._likely_ones(record, settled)
        if doubt is None:
            near = [one for one in candidates if one.score.is_doubtful]
            if makes:  # a source that says who exists has two numbers for two people
                near = [one for one in near if likely.ANOTHER_ROW not in one.score.against]
        else:
            related = self.related(record)
            if stored_candidates.restricted(self._db, sorted(related)):
                # Why it waits may not say that somebody is here who must not be known.
                doubt = Doubt(NOBODY)
            near = [
                one for one in candidates if one.score.is_doubtful or one.identity_id in related
            ]
            # Who is new in this very file is nobody's candidate yet, and is compared when it shows.
            near += [Candidate(id, Score()) for id in sorted(related - self._known.keys())]
        if near:
            raise Doubtful(str(doubt or MAY_BE), near[:SHOWN])
        if doubt:
            raise doubt
        if settled.refused:
            raise Doubt(REFUSED)
        if not (makes and (record.first or record.last)):
            raise Doubt(NOBODY)
        new = new_id()
        return Place(new, new, new, is_new=True)

    def _likely_ones(self, record: Record, settled: Settled) -> list[Candidate]:
        return [
            one
            for one in self._likely.get(record.line, ())
            if one.identity_id not in settled.refused
        ]

    def _find_likely(self, records: Sequence[Record]) -> dict[int, list[Candidate]]:
        """Compare the rows that no sure rule places with whoever is like them."""
        numbered: dict[int, set[str]] = {}
        unsure = []
        for record in records:
            met = {id for pair in pairs(record) for id in self._found.get(pair, ())}
            if not (met and self._is_sure(record)):
                numbered[record.line] = met
                unsure.append(record)
        return likely.find(self._db, self._source, unsure, numbered) if unsure else {}

    def _is_sure(self, record: Record) -> bool:
        settled = self._settled[record.line]
        if settled.person_id and settled.says_the_same:
            return True
        try:
            known = self._sure(record, settled, in_file=False)
        except Doubt:
            return False
        if known and not self._source.makes_people:  # no file of it brings anybody
            self._surely[record.line] = known
        return known is not None

    def of(self, record: Record, *, in_file: bool = True) -> tuple[list[Known], list[Known]]:
        """Give who has one of a row's identifiers, and who has its full name and birth date."""
        every, held = pairs(record), numbers(record)
        return self._all(held, in_file), self._all(every[len(held) :], in_file)

    def _all(self, pairs: Sequence[tuple[str, str]], in_file: bool) -> list[Known]:
        found = {id: self._known[id] for pair in pairs for id in self._found.get(pair, ())}
        for identity in self._scratch.find(pairs) if in_file else ():
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
        said = stored.said_of(self._db, known, self._source.agency_id or "")
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
