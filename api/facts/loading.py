"""Loading what another system exports: staged in short commits, seen all at once, or not at all.

A load goes through the file twice. First every row is read and matched to a person; what cannot be
taken waits. Then all rows of a person together become facts, and only what differs from the last
load is written: a fact that is said again stays as it is. At the end one row changes, and all
shows. Where much is missing that was said before, that last step waits until somebody says yes.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import IO, TypeVar

from api import moment
from api.errors import Conflict, InklingError, Invalid
from api.facts import mapping, matching, missing, sources
from api.facts.making import Maker
from api.facts.mapping import BadRow, Mapping, Record
from api.facts.matching import Doubt, Known
from api.moment import new_id
from api.store import Reads, Tx, files
from api.store import loads as stored
from api.store.files import FileRow, RowFile
from api.store.loads import SAYS, Fact, Held, Load
from api.store.scratch import Scratch
from api.store.sources import Source
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

ROWS_AT_ONCE = 500
PEOPLE_AT_ONCE = 60
FACTS_AT_ONCE = 2000
ALIVE_SECONDS = 0.5
LARGEST_UPLOAD = files.LARGEST_UPLOAD

log = logging.getLogger("inkling.facts")

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


def load(
    actor: Actor,
    source_code: str,
    path: Path,
    dry_run: bool = False,
    progress: Progress | None = None,
    *,
    accept_missing: bool = False,
    wait: bool = False,
) -> LoadReport:
    """Load a file of a source. `progress` is told how much of how much is done.

    The same file again changes nothing. With `dry_run` nothing is written but the trace of it.
    A load that much is missing from stops before it shows, unless `accept_missing`; with `wait` any
    load does. `accept` lets it show, `give_up` takes it away, and so does the source's next load.
    Raises Invalid for a file that cannot be read, Conflict while the source is being loaded.
    """
    file = files.open_rows(Path(path))
    run = _begin(actor, source_code, file, dry_run=dry_run)
    run.accepts, run.waits, run.progress = accept_missing, wait, progress or _unseen
    return run.run()


def upload(actor: Actor, source_code: str, name: str, stream: IO[bytes]) -> threading.Thread:
    """Stage a file that was uploaded, in the background; it waits for a yes, to be looked at first.

    How far it is, and why it broke off, stands in the history of the source's loads. Nothing shows
    before the yes, so that a process that is killed meanwhile has changed nothing. Raises as `load`.
    """
    file = files.keep(name, stream)
    try:
        run = _begin(actor, source_code, file, dry_run=False)
    except BaseException:
        file.close()
        raise
    run.waits = True

    def working() -> None:
        try:
            run.run()
        except InklingError:
            pass  # said in the history
        except Exception:
            log.exception("A load of the source %s broke off.", source_code)
        finally:
            file.close()
            actor.store.leave()

    thread = threading.Thread(target=working, name="load", daemon=True)
    thread.start()
    return thread


def _begin(actor: Actor, source_code: str, file: RowFile, *, dry_run: bool) -> _Loading:
    actor.authority.prepare()

    def beginning(tx: Tx) -> tuple[Source, Load | None]:
        source = sources.require(tx, actor, source_code, Action.SOURCE_LOADED)
        if dry_run:
            return _allowed(tx, actor, source, "dry run"), None
        begun = stored.begin(tx, source, file.name, file.digest, actor.id)
        if begun is None:
            raise Conflict("This source is being loaded already. Wait until that is done.")
        return _allowed(tx, actor, source, "begun"), begun

    return _Loading(actor, *actor.store.write(beginning), file)


def undo(actor: Actor, source_code: str) -> None:
    """Take back the last load of a source: what stood before it stands again.

    Raises Conflict where there is nothing to take back, or while a load is running.
    """

    def change(tx: Tx) -> Source:
        source = sources.require(tx, actor, source_code, Action.SOURCE_LOADED)
        last = stored.find(tx, source.id, source.current_load)
        if last is None:
            raise Conflict("There is no load of this source to take back.")
        require_still(tx, source)
        before = stored.find(tx, source.id, last.previous)
        stored.settle(tx, source.id, last.number, "undone")
        stored.show(tx, source.id, last.previous, before.finished_at if before else None)
        _allowed(tx, actor, source, "undone")
        return sources.require(tx, actor, source_code, Action.SOURCE_LOADED)

    source = actor.store.write(change)
    _tidy(actor, source)


def accept(actor: Actor, source_code: str, number: int | None = None) -> None:
    """Let a load that waits for a yes show, whatever is missing: the one of this number, or any.

    Raises Conflict where it does not wait any more.
    """

    def change(tx: Tx) -> None:
        source, waits = _waiting_load(tx, actor, source_code, number)
        stored.go_on(tx, source.id, waits, "live")
        stored.show(tx, source.id, waits, tx.now)
        _allowed(tx, actor, source, "accepted")

    actor.store.write(change)


def give_up(actor: Actor, source_code: str, number: int | None = None) -> None:
    """Take a load that waits for a yes away. Raises Conflict where it does not wait any more."""

    def change(tx: Tx) -> Source:
        source, waits = _waiting_load(tx, actor, source_code, number)
        stored.go_on(tx, source.id, waits, "failed")
        return _allowed(tx, actor, source, "given up")

    _tidy(actor, actor.store.write(change))


def require_still(tx: Tx, source: Source) -> None:
    """Raise Conflict while a load of this source runs, or waits for a yes; none begins meanwhile."""
    sources.hold(tx, source)
    if stored.stopped(tx, source.id):
        raise Conflict("A load of this source waits for an answer. Accept it or give it up first.")
    if stored.is_running(tx, source.id):
        raise Conflict("This source is being loaded. Wait until that is done.")


def _waiting_load(tx: Tx, actor: Actor, code: str, number: int | None) -> tuple[Source, int]:
    source = sources.require(tx, actor, code, Action.SOURCE_LOADED)
    sources.hold(tx, source)
    waits = stored.stopped(tx, source.id)
    if waits is None or number not in (None, waits):
        raise Conflict("That load does not wait any more. Look at the source again.")
    return source, waits


def waiting(actor: Actor, source_code: str, limit: int = 1_000_000) -> list[WaitingRow]:
    """Give the first rows of the last load that wait, to the source's data steward."""

    def looking(tx: Tx) -> list[WaitingRow]:
        source = sources.require(
            tx, actor, source_code, Action.SOURCES_LOOKED, administrators=False
        )
        _allowed(tx, actor, source, "waiting rows", Action.SOURCES_LOOKED)
        rows = stored.waiting(tx, source, limit=limit)
        texts = actor.authority.vault.open(tx, [row.words_id for row in rows])
        return [
            WaitingRow(row.line, row.reason, json.loads(texts[row.words_id]), row.id)
            for row in rows
            if row.words_id in texts
        ]

    return actor.store.look(looking)


def take_row(tx: Tx, actor: Actor, source: Source, row: FileRow) -> str:
    """Take one row into the load that shows; give whom it is about. Raises Invalid, saying why, where
    it cannot be taken."""
    read = mapping.parse(source.mapping)
    maker = Maker(tx, source, read)
    try:
        record = mapping.read(read, row.line, row.values, moment.day(tx.now))
        maker.check(record)
        with closing(Scratch()) as scratch:
            people = _People(tx, source, [record], scratch)
            known = _sure(source, record, people)
    except (BadRow, Doubt) as error:
        raise Invalid(str(error)) from error
    load = stored.find(tx, source.id, source.current_load)
    if load is None:
        raise Conflict("The load that this row belongs to was taken back.")
    new = [] if known else [new_id()]
    person = known.person_id if known else new[0]
    stored.add_people(tx, new, source.id)
    for made in new:
        actor.authority.vault.add_key(tx, "person", made)
    held = stored.held(tx, source, [known.identity_id] if known else [])
    said = maker.facts([record])
    fresh = [fact for fact in said if fact not in {old.fact for old in held}]
    gone = [
        old
        for old in held
        if old.fact not in said and any(maker.replaces(fact, old) for fact in said)
    ]
    staged = [(person, maker.carry(fact, gone)) for fact in fresh]
    stored.stage(tx, load, staged)
    stored.index(tx, staged, new)
    for table in SAYS:
        stored.end(tx, load, table, [old.id for old in gone if old.fact.table == table])
    return known.identity_id if known else person


def _sure(source: Source, record: Record, people: _People) -> Known | None:
    """Give whom a row is surely about, or None for somebody new. Raises Doubt."""
    by_number, by_name = people.of(record)
    makes = source.makes_people
    known = matching.sure(record.claim, by_number, by_name, makes_people=makes)
    if known is None and not (makes and (record.first or record.last)):
        raise Doubt("Nobody here has its numbers, or its name and date of birth.")
    return known


class _Loading:
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
        self.today: date = moment.day(self.store.now())
        self.waiting: list[WaitingRow] = []
        self.counts: Counter[str] = Counter()
        self.accepts = self.waits = False
        self.percent = 0
        self.staged_at = 0.0

    def run(self) -> LoadReport:
        """Do it all. Whatever breaks it off, nothing of it shows."""
        try:
            if self.load:
                _tidy(self.actor, self.source, self.load)
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
        held_up: list[tuple[FileRow, str, bool]] = []
        for row in rows:
            try:
                read.append((row, self._read(row)))
            except BadRow as bad:
                held_up.append((row, str(bad), False))
        people = _People(self.store, self.source, [record for _, record in read], self.scratch)
        for row, record in read:
            try:
                self._place(record, people)
            except Doubt as doubt:
                held_up.append((row, str(doubt), False))
            else:
                self.counts["taken"] += 1
                held_up += [(row, doubt, True) for doubt in record.doubts]
        self._let_wait(sorted(held_up, key=lambda held: held[0].line))

    def _read(self, row: FileRow) -> Record:
        if not row.fits:
            raise BadRow("It has more or fewer fields than the headings.")
        record = mapping.read(self.mapping, row.line, row.values, self.today)
        self.maker.check(record)
        return record

    def _place(self, record: Record, people: _People) -> None:
        known = _sure(self.source, record, people)
        makes, is_new = self.source.makes_people, known is None
        if known is None:
            person = new_id()
            known = Known(person, person)
        # Only a source that makes people can name somebody who is nowhere but in this file.
        if makes:
            for kind, value in _pairs(record):
                self.scratch.remember(kind, value, known.identity_id)
        self.scratch.put(known.identity_id, known.person_id, is_new, record.line, _values(record))

    def _let_wait(self, held_up: Sequence[tuple[FileRow, str, bool]]) -> None:
        for row, reason, taken in held_up:
            self.waiting.append(WaitingRow(row.line, reason))
            if key := mapping.own_key(self.mapping, row.values):
                # What could not be read tonight stands as it did yesterday.
                self.scratch.keep(key, "identifiers" if taken else "")
        if not held_up:
            self._stay_alive()
            return
        vault, authority = self.actor.authority.vault, self.actor.authority

        def staging(tx: Tx, load: Load) -> None:
            for row, reason, _ in held_up:
                said = json.dumps(row.values, ensure_ascii=False)
                words = vault.keep(tx, said, period=authority.period(tx))
                stored.add_waiting(tx, load, row.line, reason, words)

        self._stage(staging)

    # --- Then: what do they say that was not said before? ------------------------------------------

    def _make_facts(self) -> None:
        everyone, done = self.scratch.count(), 0
        for people in self.scratch.people(PEOPLE_AT_ONCE):
            self._make_facts_of(people)
            done += len(people)
            lines = self.file.lines
            self._tell(lines + lines * done // (everyone + 1))

    def _make_facts_of(self, people: Sequence[tuple[str, str, bool]]) -> None:
        held: dict[str, list[Held]] = {identity: [] for identity, _, _ in people}
        for fact in stored.held(self.store, self.source, list(held)):
            held[fact.identity_id].append(fact)
        new_people = [person for _, person, is_new in people if is_new]
        new_facts: list[tuple[str, Fact]] = []
        ended: list[Held] = []
        rows = self.scratch.rows_between(people[0][0], people[-1][0])
        for identity, person, _ in people:
            records = [Record(*row) for row in rows[identity]]
            said = self.maker.facts(records)
            was = {old.fact for old in held[identity]}
            gone = [old for old in held[identity] if old.fact not in said and not self._kept(old)]
            fresh = [fact for fact in said if fact not in was]
            new_facts += [(person, self.maker.carry(fact, gone)) for fact in fresh]
            ended += gone
            if gone:
                kept = [old.fact for old in held[identity] if old not in gone]
                missing.lose(self.scratch, identity, [old.fact for old in gone], [*kept, *said])
            self.counts["same"] += len(said) - len(fresh)
        self.counts.update(people=len(new_people), new=len(new_facts), ended=len(ended))
        if not (new_people or new_facts or ended):
            self._stay_alive()
            return
        vault = self.actor.authority.vault

        def staging(tx: Tx, load: Load) -> None:
            stored.add_people(tx, new_people, self.source.id)
            for person in new_people:
                vault.add_key(tx, "person", person)
            stored.stage(tx, load, new_facts)
            stored.index(tx, new_facts, new_people)
            for table in SAYS:
                ids = [old.id for old in ended if old.fact.table == table]
                stored.end(tx, load, table, ids)

        self._stage(staging)

    def _end_what_is_gone(self) -> None:
        """End what this source says of people whom the file does not speak of any more."""
        for table in SAYS:
            after = ""
            while page := stored.standing(self.store, table, self.source, after, FACTS_AT_ONCE):
                after = page[-1][0]
                silent = self.scratch.silent_about(identity for _, identity in page)
                ids = [id for id, identity in page if identity in silent]
                held = stored.facts(self.store, table, ids) if ids else []
                gone = [one for one in held if not self._kept(one)]
                for one in gone:
                    self.scratch.lose("people", one.identity_id)
                    missing.lose(self.scratch, one.identity_id, [one.fact], ())
                self._end(table, [one.id for one in gone])

    def _end(self, table: str, gone: Sequence[str]) -> None:
        self.counts["ended"] += len(gone)
        if not gone:
            self._stay_alive()
            return
        self._stage(lambda tx, load: stored.end(tx, load, table, gone))

    def _kept(self, old: Held) -> bool:
        return self.scratch.is_kept(old.fact.source_key, old.fact.table)

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
                _allowed(tx, self.actor, self.source, "loaded")
                return
            stored.stop(tx, load, alarm, **counts)
            if alarm:
                outbox.put(tx, self.actor, "load stopped", source_id=self.source.id)
            _allowed(tx, self.actor, self.source, "stopped" if alarm else "staged")

        self.store.write(showing)

    def _tell(self, done: int) -> None:
        self.percent = 100 * done // (2 * self.file.lines)
        self.progress(done, 2 * self.file.lines)

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


_COUNTED = ("read", "taken", "people", "new", "ended", "same", "missing")


class _People:
    """Whoever a batch of rows may be about, fetched at once."""

    def __init__(
        self, db: Reads, source: Source, records: Sequence[Record], scratch: Scratch
    ) -> None:
        self._db, self._source, self._scratch = db, source, scratch
        self._found: dict[tuple[str, str], dict[str, str]] = {}
        for scheme in ("local", "nhs", "upn"):
            values = {value for r in records for kind, value in _numbers(r) if kind == scheme}
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
        numbers = _numbers(record)
        names = [pair for pair in _pairs(record) if pair not in numbers]
        return self._all(numbers), self._all(names)

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


def _numbers(record: Record) -> list[tuple[str, str]]:
    said = (("local", record.key), ("nhs", record.nhs), ("upn", record.upn))
    return [pair for pair in said if pair[1]]


def _pairs(record: Record) -> list[tuple[str, str]]:
    claim = record.claim
    name = f"{claim.last_key}|{claim.first_key}|{claim.born_on}"
    return _numbers(record) + ([("name", name)] if claim.is_full else [])


def _unseen(_done: int, _total: int) -> None:
    pass


def _in_batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, size)):
        yield batch


def _allowed(
    tx: Tx, actor: Actor, source: Source, reason: str, action: Action = Action.SOURCE_LOADED
) -> Source:
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


def _tidy(actor: Actor, source: Source, own: Load | None = None) -> None:
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
        while store.upkeep(lambda tx: stored.forget_waiting(tx, source, FACTS_AT_ONCE)):
            pass
