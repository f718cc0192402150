"""One run through a file: every row is matched first, then all rows of a person become facts.

What cannot be taken waits. Only what differs from the last load is written: a fact that is said again
stays as it is. At the end one row changes, and all shows; where much is missing that was said before,
that last step waits until somebody says yes.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from operator import attrgetter
from typing import TypeVar

from api import moment
from api.errors import Conflict, InklingError, Invalid
from api.facts import details, mapping, missing, placing
from api.facts.decided import Decided
from api.facts.making import Maker
from api.facts.mapping import BadRow, Mapping, Record
from api.facts.matching import Doubt
from api.facts.placing import Doubtful, People
from api.moment import new_id
from api.store import Tx
from api.store import decisions as stored_decisions
from api.store import loads as stored
from api.store import protections as stored_protections
from api.store import waiting as stored_waiting
from api.store.files import FileRow, RowFile
from api.store.loads import SAYS, Fact, Held, Load
from api.store.scratch import Scratch
from api.store.sources import Source
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

ROWS_AT_ONCE = 500
PEOPLE_AT_ONCE = 30
PEOPLE_READ = 120
FACTS_AT_ONCE = 2000
ALIVE_SECONDS = 0.5
LONGEST_WORK = 1.0

Progress = Callable[[int, int], None]
T = TypeVar("T")

_values = attrgetter(*Record.__dataclass_fields__)


@dataclass(frozen=True)
class WaitingRow:
    """A row that waits: its line, why, and (for who may see it) what it says."""

    line: int
    reason: str
    values: dict[str, str] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class LoadReport:
    """What a load did, or in a dry run would do. Lines are those of the file.

    `alarm` says what is missing beyond what may be; `stopped` whether the load waits for a yes.
    """

    source: str
    number: int | None
    dry_run: bool
    read: int
    taken: int
    waiting: Sequence[WaitingRow]
    people: int
    new: int
    ended: int
    same: int
    missing: int = 0
    alarm: str = ""
    stopped: bool = False

    def __str__(self) -> str:
        would = "would be " if self.dry_run else ""
        return (
            f"{self.read} rows read, {self.taken} taken, {len(self.waiting)} waiting; "
            f"{self.people} people {would}made; "
            f"facts: {self.new} {would}new, {self.ended} {would}ended, {self.same} the same; "
            f"{self.missing} people {would}missing."
        )


@dataclass(frozen=True)
class _Change:
    """What a file says anew of a person, and what it says no more."""

    person: str
    is_new: bool
    fresh: Sequence[Fact]
    gone: Sequence[Held]

    @property
    def is_any(self) -> bool:
        return bool(self.is_new or self.fresh or self.gone)


@dataclass(frozen=True)
class _HeldUp:
    """A row that waits, or of which something was left out while it was taken: `of` then says which of
    its facts stand as they did. `row_key`, `digest` and `candidates` of what may be about somebody."""

    row: FileRow
    reason: str
    of: str = ""
    row_key: str | None = None
    digest: str | None = None
    candidates: Sequence[str] = ()
    id: str = field(default_factory=new_id)


class Run:
    """One run through a file. Without a `load` it is a dry run, and nothing is written."""

    def __init__(
        self,
        actor: Actor,
        source: Source,
        load: Load | None,
        file: RowFile,
    ) -> None:
        self.actor, self.source, self.load, self.file = actor, source, load, file
        self.store = actor.store
        self.progress: Progress = _unseen
        self.mapping: Mapping = mapping.parse(source.mapping)
        self.maker = Maker(self.store, source, self.mapping)
        self.decided = Decided(actor.authority, self.store, source)
        self.today: date = moment.day(self.store.now())
        self.waiting: list[WaitingRow] = []
        self.candidates: list[tuple[str, Sequence[str]]] = []
        self.counts: Counter[str] = Counter()
        self.accepts = self.waits = False
        self.analyze_at = FACTS_AT_ONCE
        self.percent = 0
        self.staged_at = 0.0
        # So long it rests for each second of work.
        self.rests, self.rested_at = 0.0, time.monotonic()

    def run(self) -> LoadReport:
        """Do it all. Whatever breaks it off, nothing of it shows."""
        try:
            if self.load:
                tidy(self.actor, self.source, self.load)
            # SQLite holds a connection to the thread that made it.
            with closing(Scratch()) as self.scratch:
                return self._run()
        except BaseException as error:
            if self.load:
                _give_up(self.actor, self.load, error)
            raise

    def _run(self) -> LoadReport:
        for rows in _in_batches(self.file, ROWS_AT_ONCE):
            if not self.counts["read"]:
                # In JSON each row has its own, and may lack one that is not known.
                headings = {heading for row in rows for heading in row.values}
                mapping.check_headings(self.mapping, list(headings))
            self.counts["read"] += len(rows)
            self._match(rows)
            self._tell(min(rows[-1].line, self.file.lines))
        if not self.counts["read"]:
            raise Invalid("That file has no rows.", "file")
        self._make_facts()
        self._say_who_may_be_meant()
        self._end_what_is_gone()
        alarm = missing.alarm(self.store, self.source, self.scratch)
        self.counts["missing"] = missing.people(self.scratch)
        stopped = self.waits or bool(alarm and not self.accepts)
        self._finish(alarm if stopped else None)
        self._tell(2 * self.file.lines)
        return LoadReport(
            source=self.source.code,
            number=self.load.number if self.load else None,
            dry_run=self.load is None,
            waiting=tuple(self.waiting),
            alarm=alarm,
            stopped=stopped and self.load is not None,
            **{name: self.counts[name] for name in _COUNTED},
        )

    # --- First: whom is each row about? ---------------------------------------------------------

    def _match(self, rows: Sequence[FileRow]) -> None:
        read: list[tuple[FileRow, Record]] = []
        held_up: list[_HeldUp] = []
        for row in rows:
            try:
                read.append((row, self._read(row)))
            except BadRow as bad:
                held_up.append(_HeldUp(row, str(bad)))
        records = [record for _, record in read]
        people = People(self.store, self.source, records, self.scratch, self.decided)
        for row, record in read:
            try:
                self._place(record, people)
            except Doubtful as doubt:
                held_up.append(self._doubtful(row, record, doubt))
            except Doubt as doubt:
                held_up.append(_HeldUp(row, str(doubt)))
            else:
                self.counts["taken"] += 1
                held_up += [_HeldUp(row, doubt, of="identifiers") for doubt in record.doubts]
                held_up += [
                    _HeldUp(row, details.unread(label), of=_details(label))
                    for label in record.unread
                ]
        self._let_wait(sorted(held_up, key=lambda held: held.row.line))

    def _doubtful(self, row: FileRow, record: Record, doubt: Doubtful) -> _HeldUp:
        candidates = [one.identity_id for one in doubt.candidates]
        key, digest = self.decided.row_key(record), self.decided.digest(record)
        return _HeldUp(row, str(doubt), row_key=key, digest=digest, candidates=candidates)

    def _read(self, row: FileRow) -> Record:
        if not row.fits:
            raise BadRow("It has more or fewer fields than the headings.")
        record = mapping.read(self.mapping, row.line, row.values, self.today)
        self.maker.check(record)
        return record

    def _place(self, record: Record, people: People) -> None:
        place = people.place(record)
        # Only a source that makes people can name somebody who is nowhere but in this file.
        if self.source.makes_people:
            for kind, value in placing.pairs(record):
                self.scratch.remember(kind, value, place.identity_id)
        self.scratch.put(place.unit, place.person_id, place.is_new, record.line, _values(record))

    def _let_wait(self, held_up: Sequence[_HeldUp]) -> None:
        for held in held_up:
            self.waiting.append(WaitingRow(held.row.line, held.reason))
            if key := mapping.own_key(self.mapping, held.row.values):
                # What could not be read tonight stands as it did yesterday.
                self.scratch.keep(key, held.of)
        if not held_up:
            self._stay_alive()
            return
        vault, authority = self.actor.authority.vault, self.actor.authority

        def staging(tx: Tx, load: Load) -> None:
            for held in held_up:
                said = json.dumps(held.row.values, ensure_ascii=False)
                words = vault.keep(tx, said, period=authority.period(tx))
                line, reason = held.row.line, held.reason
                stored_waiting.add(
                    tx, load, held.id, line, reason, words, held.row_key, held.digest
                )

        self._stage(staging)
        # Whom they may be about may be new in this file, and is written later.
        self.candidates += [(held.id, held.candidates) for held in held_up if held.candidates]

    # --- Then: what do they say that was not said before? ------------------------------------------

    def _make_facts(self) -> None:
        everyone, done = self.scratch.count(), 0
        for people in self.scratch.people(PEOPLE_READ):
            changes = [change for change in self._changes(people) if change.is_any]
            for some in _in_batches(changes, PEOPLE_AT_ONCE):
                self._change(some)
            self._stay_alive()
            done += len(people)
            lines = self.file.lines
            self._tell(lines + lines * done // (everyone + 1))

    def _changes(self, people: Sequence[tuple[str, str, bool]]) -> Iterator[_Change]:
        """Say of each of some people what the file says anew of them, and what it says no more."""
        held: dict[str, list[Held]] = {unit: [] for unit, _, _ in people}
        single = self.decided.records.intersection(held)
        others = [unit for unit in held if unit not in single]
        for fact in stored.held(self.store, self.source, others, sorted(single)):
            held[fact.unit].append(fact)
        rows = self.scratch.rows_between(people[0][0], people[-1][0])
        for identity, person, is_new in people:
            said = self.maker.facts([Record(*row) for row in rows[identity]])
            was = {old.fact for old in held[identity]}
            gone = [old for old in held[identity] if old.fact not in said and not self._kept(old)]
            fresh = [fact for fact in said if fact not in was]
            if gone:
                kept = [old.fact for old in held[identity] if old not in gone]
                missing.lose(self.scratch, identity, [old.fact for old in gone], [*kept, *said])
            self.counts["same"] += len(said) - len(fresh)
            yield _Change(person, is_new, [self.maker.carry(fact, gone) for fact in fresh], gone)

    def _change(self, changes: Sequence[_Change]) -> None:
        new_people = [change.person for change in changes if change.is_new]
        new_facts = [(change.person, fact) for change in changes for fact in change.fresh]
        ended = [old for change in changes for old in change.gone]
        self.counts.update(people=len(new_people), new=len(new_facts), ended=len(ended))
        vault = self.actor.authority.vault

        def staging(tx: Tx, load: Load) -> None:
            stored.add_people(tx, new_people, self.source.id)
            vault.add_keys(tx, "person", new_people)
            stored.stage(tx, load, new_facts)
            stored.index(tx, new_facts, new_people)
            stored_protections.echo_new(tx, new_people, self.source.agency_id or "")
            for table in SAYS:
                ids = [old.id for old in ended if old.fact.table == table]
                stored.end(tx, load, table, ids)

        self._stage(staging)
        if self.load and self.counts["new"] >= self.analyze_at:
            self.store.analyze()
            self.analyze_at *= 4

    def _say_who_may_be_meant(self) -> None:
        for some in _in_batches(self.candidates, ROWS_AT_ONCE):

            def staging(
                tx: Tx, _load: Load, some: Sequence[tuple[str, Sequence[str]]] = some
            ) -> None:
                for row, people in some:
                    stored_decisions.add_candidates(tx, row, people)

            self._stage(staging)

    def _end_what_is_gone(self) -> None:
        """End what this source says of people whom the file does not speak of any more."""
        for table in SAYS:
            after = ""
            while page := stored.standing(self.store, table, self.source, after, FACTS_AT_ONCE):
                after = page[-1][0]
                silent = self.scratch.silent_about(identity for _, identity in page)
                ids = [id for id, identity in page if identity in silent]
                held = stored.facts(self.store, table, self.source, ids) if ids else []
                gone = [one for one in held if not self._kept(one)]
                for one in gone:
                    self.scratch.lose("people", one.unit)
                    missing.lose(self.scratch, one.unit, [one.fact], ())
                self._end(table, [one.id for one in gone])

    def _end(self, table: str, gone: Sequence[str]) -> None:
        self.counts["ended"] += len(gone)
        if not gone:
            self._stay_alive()
            return
        self._stage(lambda tx, load: stored.end(tx, load, table, gone))

    def _kept(self, old: Held) -> bool:
        fact = old.fact
        of = _details(fact.get("label")) if fact.table == "details" else fact.table
        return self.scratch.is_kept(fact.source_key, of)

    def _finish(self, alarm: str | None) -> None:
        """Let all of it show, or where there is an alarm let it wait."""
        if self.load is None:
            return
        load = self.load
        counts = {
            "read_rows": self.counts["read"],
            "taken_rows": self.counts["taken"],
            "waiting_rows": len(self.waiting),
            "new_people": self.counts["people"],
            "new_facts": self.counts["new"],
            "ended_facts": self.counts["ended"],
            "same_facts": self.counts["same"],
            "missing_people": self.counts["missing"],
        }

        def showing(tx: Tx) -> None:
            _still(tx, load, 100)
            if alarm is None:
                stored.show(tx, self.source.id, load.number, tx.now)
                stored.settle(tx, self.source.id, load.number, "live", **counts)
                allowed(tx, self.actor, self.source, "loaded")
                return
            stored.stop(tx, load, alarm, **counts)
            if alarm:
                outbox.put(tx, self.actor, "load stopped", source_id=self.source.id)
            allowed(tx, self.actor, self.source, "stopped" if alarm else "staged")

        self.store.write(showing)

    def _tell(self, done: int) -> None:
        self.percent = 100 * done // (2 * self.file.lines)
        self.progress(done, 2 * self.file.lines)
        # Pages that the same process answers wait for Python while a load works.
        if self.rests:
            time.sleep(self.rests * min(time.monotonic() - self.rested_at, LONGEST_WORK))
            self.rested_at = time.monotonic()

    def _stay_alive(self) -> None:
        """Say about once a second that the load is alive, where it has nothing to write."""
        if time.monotonic() > self.staged_at + ALIVE_SECONDS:
            self._stage(lambda _tx, _load: None)

    def _stage(self, change: Callable[[Tx, Load], None]) -> None:
        if self.load is None:
            return
        load = self.load
        self.staged_at = time.monotonic()

        def staging(tx: Tx) -> None:
            _still(tx, load, self.percent)
            change(tx, load)

        self.store.upkeep(staging)
        self.store.rest(time.monotonic() - self.staged_at)


_COUNTED = ("read", "taken", "people", "new", "ended", "same", "missing")


def _details(label: str) -> str:
    """Under what a row's details of this label go on standing."""
    return f"details {label}"


def _unseen(_done: int, _total: int) -> None:
    pass


def _in_batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, size)):
        yield batch


def allowed(
    tx: Tx, actor: Actor, source: Source, reason: str, action: Action = Action.SOURCE_LOADED
) -> Source:
    """Leave the row of something that is done with a source; give the source."""
    audit.allowed(tx, actor, action, object=source.id, reason=reason)
    return source


def _still(tx: Tx, load: Load, percent: int) -> None:
    if not stored.touch(tx, load, percent):
        raise Conflict("This load was given up, because nothing was heard of it for some minutes.")


def _give_up(actor: Actor, load: Load, error: BaseException) -> None:
    why = error.sentence if isinstance(error, InklingError) else ""

    def giving_up(tx: Tx) -> None:
        if stored.touch(tx, load):
            stored.settle(tx, load.source_id, load.number, "failed")
            stored.explain(tx, load, why)

    actor.store.upkeep(giving_up)


def tidy(actor: Actor, source: Source, own: Load | None = None) -> None:
    """Make what undone and broken loads left behind harmless, in short commits."""
    store = actor.store

    def tidying(table: str, after: str) -> str:
        def change(tx: Tx) -> str:
            # A load that has begun meanwhile tidied up itself; what it stages is not to be voided.
            if own is None and stored.is_running(tx, source.id):
                return ""
            return stored.tidy(tx, table, source, after, FACTS_AT_ONCE)

        return store.upkeep(change)

    for table in SAYS:
        after = tidying(table, "")
        while after:
            after = tidying(table, after)
    if own:
        while store.upkeep(lambda tx: stored_waiting.forget(tx, source, FACTS_AT_ONCE)):
            pass
