"""Taking rows one by one, by hand, into the load that shows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from api import moment
from api.errors import Conflict, Invalid
from api.facts import mapping
from api.facts.decided import Decided
from api.facts.making import Maker
from api.facts.mapping import BadRow, Record
from api.facts.matching import Doubt
from api.facts.placing import People, Place
from api.store import Tx
from api.store import loads as stored
from api.store import protections as stored_protections
from api.store.files import FileRow
from api.store.loads import SAYS, Load
from api.store.scratch import Scratch
from api.store.sources import Source
from api.trust.actor import Actor


def take_row(tx: Tx, actor: Actor, source: Source, row: FileRow) -> str:
    """Take one row into the load that shows; give whom it is about. Raises Invalid, saying why, where
    it cannot be taken."""
    try:
        record = read(tx, source, row)
        decided = Decided(actor.authority, tx, source)
        with closing(Scratch()) as scratch:
            place = People(tx, source, [record], scratch, decided).place(record)
    except Doubt as error:
        raise Invalid(str(error)) from error
    if place.is_new:
        stored.add_people(tx, [place.person_id], source.id)
        actor.authority.vault.add_key(tx, "person", place.person_id)
    take(tx, source, [record], place, whole=place.unit in decided.records)
    return place.identity_id


def read(tx: Tx, source: Source, row: FileRow) -> Record:
    """Read a row as a load would. Raises Invalid, saying why, where it cannot be taken."""
    mapped = mapping.parse(source.mapping)
    try:
        record = mapping.read(mapped, row.line, row.values, moment.day(tx.now))
        Maker(tx, source, mapped).check(record)
    except BadRow as error:
        raise Invalid(str(error)) from error
    return record


def showing(tx: Tx, source: Source) -> Load:
    """Give the load that shows. Raises Conflict where all loads were taken back."""
    load = stored.find(tx, source.id, source.current_load)
    if load is None:
        raise Conflict("The load that this row belongs to was taken back.")
    return load


def take(
    tx: Tx,
    source: Source,
    records: Sequence[Record],
    place: Place,
    *,
    whole: bool = False,
) -> None:
    """Let what rows say of one person show, as part of the load that shows. What the same rows said
    before ends; with `whole` all that hangs on their record and is not said any more."""
    load = showing(tx, source)
    maker = Maker(tx, source, mapping.parse(source.mapping))
    units: tuple[list[str], list[str]] = ([], [place.unit]) if whole else ([place.unit], [])
    held = [] if place.is_new else stored.held(tx, source, *units)
    said = maker.facts(records)
    fresh = [fact for fact in said if fact not in {old.fact for old in held}]
    gone = [
        old
        for old in held
        if old.fact not in said and (whole or any(maker.replaces(fact, old) for fact in said))
    ]
    staged = [(place.person_id, maker.carry(fact, gone)) for fact in fresh]
    stored.stage(tx, load, staged)
    stored.index(tx, staged, [place.person_id] if place.is_new else [])
    if place.is_new or (whole and place.person_id == place.identity_id):
        stored_protections.echo_new(tx, [place.person_id], source.agency_id or "")
    for table in SAYS:
        stored.end(tx, load, table, [old.id for old in gone if old.fact.table == table])
