"""Taking one row, by hand, into the load that shows."""

from __future__ import annotations

from contextlib import closing

from api import moment
from api.errors import Conflict, Invalid
from api.facts import mapping, placing
from api.facts.making import Maker
from api.facts.mapping import BadRow
from api.facts.matching import Doubt
from api.facts.placing import People
from api.moment import new_id
from api.store import Tx
from api.store import loads as stored
from api.store.files import FileRow
from api.store.loads import SAYS
from api.store.scratch import Scratch
from api.store.sources import Source
from api.trust.actor import Actor


def take_row(tx: Tx, actor: Actor, source: Source, row: FileRow) -> str:
    """Take one row into the load that shows; give whom it is about. Raises Invalid, saying why, where
    it cannot be taken."""
    read = mapping.parse(source.mapping)
    maker = Maker(tx, source, read)
    try:
        record = mapping.read(read, row.line, row.values, moment.day(tx.now))
        maker.check(record)
        with closing(Scratch()) as scratch:
            people = People(tx, source, [record], scratch)
            known = placing.sure(source, record, people)
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
