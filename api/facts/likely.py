"""Who may be meant by rows of a feed that no sure rule places: found by number, names, birth date and
postcode, and compared in full. A few are looked through for each row, however many people there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from api import spelling
from api.facts import scoring
from api.facts.alike import Day
from api.facts.mapping import Record
from api.facts.matching import is_named
from api.facts.scoring import Score, Side
from api.store import Reads
from api.store import candidates as stored
from api.store.candidates import Entry
from api.store.sources import Source

ROWS_AT_ONCE = 100
# So many who share a date, names or a postcode are compared for one row.
COMPARED = 40

ANOTHER_ROW = "has another number in this system"


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be meant by a row, and how far the two agree."""

    identity_id: str
    score: Score


@dataclass
class Held:
    """What is known of somebody, as far as it may be compared and shown."""

    side: Side = field(default_factory=Side)
    names: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    own_keys: set[str] = field(default_factory=set)


def side_of(record: Record) -> Side:
    """Give what a row says of whom it is about."""
    claim = record.claim
    named = claim.first_key or claim.last_key
    lives = record.postcode or record.address
    return Side(
        names=frozenset({(claim.first_key, claim.last_key)} if named else ()),
        births=frozenset(filter(None, (record.born_on,))),
        due=frozenset(filter(None, (record.expected_on,))),
        nhs=frozenset({record.nhs} - {""}),
        upn=frozenset({record.upn} - {""}),
        keys=frozenset({record.key} - {""}),
        genders=frozenset({record.gender or ""} & {"female", "male"}),
        homes=frozenset({scoring.home(record.postcode, record.address)} if lives else ()),
    )


def find(
    db: Reads,
    source: Source,
    records: Sequence[Record],
    numbered: Mapping[int, Iterable[str]] | None = None,
) -> dict[int, list[Candidate]]:
    """Give by line whom each row may be about, the likeliest first. `numbered`: who has one of a
    row's numbers, or its name and birth date, is compared in any case."""
    found: dict[int, list[Candidate]] = {}
    for at in range(0, len(records), ROWS_AT_ONCE):
        some = _Some(db, source, records[at : at + ROWS_AT_ONCE], numbered or {})
        found |= {record.line: some.compare(record) for record in some.records}
    return found


def held(db: Reads, source: Source, identities: Iterable[str]) -> dict[str, Held]:
    """Give what may be compared of these people; who is restricted is left out."""
    said = stored.said_of(db, identities, source.agency_id or "")
    sides: dict[str, dict[str, set[object]]] = defaultdict(lambda: defaultdict(set))
    found: dict[str, Held] = defaultdict(Held)
    for row in said["names"]:
        sides[row["identity_id"]]["names"].add((row["first_key"], row["last_key"]))
        found[row["identity_id"]].names.append(f"{row['first']} {row['last']}".strip())
    for row in said["particulars"]:
        of = sides[row["identity_id"]]
        of["births"] |= {row["born_on"]} - {None}
        of["due"] |= {row["expected_on"]} - {None}
        of["genders"] |= {row["gender"]} & {"female", "male"}
    for row in said["identifiers"]:
        scheme = "keys" if row["scheme"] == "local" else str(row["scheme"])
        sides[row["identity_id"]][scheme].add(row["value"])
        if row["scheme"] == "local" and row["source_id"] == source.id:
            found[row["identity_id"]].own_keys.add(row["value"])
    for row in said["addresses"]:
        home = scoring.home(row["postcode"], row["lines"])
        sides[row["identity_id"]]["homes"].add(home)
        lives = ", ".join(filter(None, (row["lines"], row["postcode"])))
        found[row["identity_id"]].addresses.append(lives)
    for identity, of in sides.items():
        found[identity].side = Side(**{name: frozenset(said) for name, said in of.items()})  # type: ignore[arg-type]
    return dict(found)


class _Some:
    """Some rows, and everybody whom they may be about."""

    def __init__(
        self,
        db: Reads,
        source: Source,
        records: Sequence[Record],
        numbered: Mapping[int, Iterable[str]],
    ) -> None:
        self.records = records
        self._numbered = numbered
        own = source.agency_id or ""
        days = {day for record in records for day in _days(record)}
        self._by_day = _grouped(stored.by_days(db, days), lambda entry: entry.day)
        pairs = {pair for record in records for pair in _pairs(record)}
        self._by_names = _grouped(stored.by_names(db, pairs), lambda entry: entry[:2])
        self._residents: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        codes = {record.postcode for record in records if record.postcode}
        for row in stored.by_postcodes(db, codes, own) if codes else ():
            self._residents[row["postcode"]][row["identity_id"]].append(row["lines"])
        self._met = {record.line: self._meet(record) for record in records}
        everyone = {identity for met in self._met.values() for identity in met}
        self._held = held(db, source, everyone) if everyone else {}
        self._relatives = stored.relatives(db, everyone, own) if everyone else {}

    def compare(self, record: Record) -> list[Candidate]:
        """Give whom a row may be about, the likeliest first."""
        row = side_of(record)
        found = []
        for identity in self._met[record.line]:
            other = self._held.get(identity)
            if other is None:
                continue
            household = self._is_household(record, identity, other)
            score = scoring.score(row, other.side, household=household)
            if record.key and other.own_keys and record.key not in other.own_keys:
                score.against.append(ANOTHER_ROW)
            found.append(Candidate(identity, score))
        return sorted(found, key=lambda one: (-one.score.points, one.identity_id))

    def _meet(self, record: Record) -> list[str]:
        """Give who is worth comparing with a row."""
        met = dict.fromkeys(self._numbered.get(record.line, ()))
        words = _words(record)
        born = Day(date.fromisoformat(record.born_on)) if record.born_on else None
        by_names = [
            entry.identity_id
            for pair in _pairs(record)
            for entry in self._by_names.get(pair, ())
            if born is None or entry.day in born.near or not entry.day[:1].isdigit()
        ]
        by_day = [
            entry.identity_id
            for day in _days(record)
            for entry in self._by_day.get(day, ())
            if not words or _shares(entry, words)
        ]
        for some in (by_day, by_names, list(self._residents.get(record.postcode, ()))):
            met |= dict.fromkeys(list(dict.fromkeys(some))[:COMPARED])
        return list(met)

    def _is_household(self, record: Record, identity: str, other: Held) -> bool:
        """Whether others who live where the row says are related to somebody, or lived with them."""
        home = scoring.home(record.postcode, record.address)
        residents = {
            one
            for one, addresses in self._residents.get(record.postcode, {}).items()
            if one != identity
            and any(scoring.is_one_home(home, (record.postcode, _key(a))) for a in addresses)
        }
        if residents & self._relatives.get(identity, set()):
            return True
        before = {one for one in other.side.homes if not scoring.is_one_home(one, home)}
        return any(
            scoring.is_one_home(one, mine)
            for resident in residents
            if resident in self._held
            for one in self._held[resident].side.homes
            for mine in before
        )


def _key(lines: str) -> str:
    return scoring.home("", lines)[1]


def _days(record: Record) -> list[str]:
    """Give the day of birth, and that with day and month exchanged."""
    born = record.born_on
    if not born:
        return []
    turned = f"{born[:4]}-{born[8:]}-{born[5:7]}"
    return [born, turned] if turned != born and born[8:] <= "12" else [born]


def _pairs(record: Record) -> list[tuple[str, str]]:
    """Give the words of the names, last and first, either way round."""
    claim = record.claim
    firsts = spelling.words(claim.first_key) if is_named(claim.first_key) else []
    lasts = spelling.words(claim.last_key)
    return [pair for last in lasts for first in firsts for pair in ((last, first), (first, last))]


def _words(record: Record) -> set[str]:
    claim = record.claim
    firsts = spelling.words(claim.first_key) if is_named(claim.first_key) else []
    return {*firsts, *spelling.words(claim.last_key)}


def _shares(entry: Entry, words: set[str]) -> bool:
    """Whether somebody of the same birth date has one of the names, or both begin or sound alike."""
    if entry.last in words or entry.first in words:
        return True
    begins = {word[:1] for word in words}
    if entry.last[:1] in begins and entry.first[:1] in begins:
        return True
    sounds = {sound for word in words for sound in spelling.sounds(word)}
    return bool(spelling.sounds(entry.last) & sounds) and bool(
        spelling.sounds(entry.first) & sounds
    )


def _grouped(entries: Iterable[Entry], key: object) -> dict[object, list[Entry]]:
    found: dict[object, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[key(entry)].append(entry)  # type: ignore[operator]
    return found
