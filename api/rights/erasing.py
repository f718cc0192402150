"""Erasing: a person, or an agency's notes about one. Who may, and that two said so, is for `forgetting`.

What is done to each table stands in the register (api/store/register.py). The person's keys are
destroyed, and with them every word that only they open, here at once and in backups when the version of
the master key goes that they need. The trail stays, and says that something was erased, not what.

Somebody who was erased and whom a source still names comes back with its next load as somebody new, of
whom nothing is known but what that source says: whoever is to stay away is taken out of the source first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from api import moment
from api.authority import Authority
from api.errors import Conflict
from api.facts.matching import name_key
from api.rights.schedules import day_due
from api.store import Tx, erasing
from api.store import forgetting as stored
from api.store import people as stored_people
from api.store import retention as stored_retention
from api.store.engine import Reads
from api.store.forgetting import Written
from api.telling import outbox
from api.trust import deliveries, sealing
from api.trust.actor import Actor

# How many words that were typed about nobody are opened at once.
OPENED = 500
LOAD_MINUTES = 10

NOT_DUE = "This is not due any more: it is still kept. Take it back."
HELD = "A legal hold stands. Nothing about this person is forgotten until it is lifted."


@dataclass(frozen=True)
class Said:
    """By what a text would name somebody: whole names in folded words, dates of birth, numbers."""

    names: frozenset[tuple[str, str]]
    days: frozenset[str]
    numbers: frozenset[str]

    def is_in(self, text: str) -> bool:
        """Say whether a text names them: by both names, by one and the date of birth, or by a number
        of theirs."""
        told = set(name_key(text).split())
        digits = re.sub(r"\D", "", text)
        packed = re.sub(r"\s", "", text).casefold()
        if any(_number_in(number, packed, digits) for number in self.numbers):
            return True
        dated = any(spelt in text for day in self.days for spelt in _spellings(day))
        for first, last in self.names:
            has_first = bool(first) and set(first.split()) <= told
            has_last = bool(last) and set(last.split()) <= told
            if (has_first and has_last) or (dated and (has_first or has_last)):
                return True
        return False


@dataclass(frozen=True)
class Notes:
    """The notes about somebody: those about nobody else (or hidden from everybody already), and those
    that others share."""

    alone: Sequence[Written]
    shared: Sequence[Written]
    # Whether this is about one agency's notes: it knows of its own.
    of_agency: bool

    @property
    def looked_at(self) -> list[Written]:
        """The shared ones that somebody looks at first. Where the whole person goes, a sealed service's
        are not among them, and stay as they are for the others: nobody outside may know of them. The
        service redacts them when it forgets its own notes."""
        return [note for note in self.shared if self.of_agency or not note.sensitive]

    @property
    def undecided(self) -> list[Written]:
        """Those that somebody must still look at."""
        return [note for note in self.looked_at if note.decision is None]


def notes_about(
    db: Reads, people: Sequence[str], agency_id: str | None, forgetting_id: str = ""
) -> Notes:
    """Sort the notes about these records: an agency's, or all."""
    found = stored.written(db, people, agency_id, forgetting_id)
    # What was undone, or put on the wrong person, is read by nobody: there is nothing to keep of it.
    shared = [note for note in found if note.others and not note.hidden]
    alone = [note for note in found if not note.others or note.hidden]
    return Notes(alone, shared, agency_id is not None)


def erase_notes(
    tx: Tx, actor: Actor, people: Sequence[str], agency_id: str, forgetting_id: str
) -> None:
    """Forget what an agency wrote about somebody, inside a change. Raises Conflict where it is kept still."""
    _require_all_due(tx, people, agency_id)
    notes = _decided(tx, actor, people, agency_id, forgetting_id)
    erasing.erase(tx, [], [note.id for note in notes.alone], [])


def erase_person(
    tx: Tx, actor: Actor, people: Sequence[str], forgetting_id: str, mentions: Mentions
) -> None:
    """Erase a person, inside a change. `mentions` are those of `look_for_mentions`; what was typed since
    is looked through here.

    Raises Conflict while a load is read, or something waits unsent that names them.
    """
    if stored.is_loading(tx, moment.later(tx.now, minutes=-LOAD_MINUTES)):
        raise Conflict("A source is being loaded at this moment. Try again when it has ended.")
    _require_all_due(tx, people)
    authority, said = actor.authority, _said(tx, people)
    _require_nothing_unsent(tx, authority, said, people)
    found = [*mentions.words, *_mentions(tx, authority, said, mentions.up_to).words]
    notes = _decided(tx, actor, people, None, forgetting_id)
    erasing.erase(tx, people, [note.id for note in notes.alone], found)


@dataclass(frozen=True)
class Mentions:
    """Words typed about nobody in particular that name somebody, found up to the id `up_to`."""

    words: Sequence[str]
    up_to: str


def look_for_mentions(authority: Authority, people: Sequence[str]) -> Mentions:
    """Look through what was typed about nobody in particular (searches that found no one, rows that
    nobody could read) for somebody, outside any change: there may be much of it."""
    if not people:
        return Mentions([], "")
    return _mentions(authority.store, authority, _said(authority.store, people), "")


def _mentions(db: Reads, authority: Authority, said: Said, after: str) -> Mentions:
    found: list[str] = []
    while some := erasing.typed_about_nobody(db, after, OPENED):
        texts = authority.vault.open(db, some)
        found += [id for id, text in texts.items() if said.is_in(_plain(text))]
        after = some[-1]
    return Mentions(found, after)


def _plain(text: str) -> str:
    """Give a text as it was typed: a row of a file is kept as JSON."""
    try:
        values = json.loads(text)
    except ValueError:
        return text
    return " ; ".join(_values(values))


def _values(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _values(one)]
    if isinstance(value, list):
        return [text for one in value for text in _values(one)]
    return [str(value)]


def _decided(
    tx: Tx, actor: Actor, people: Sequence[str], agency_id: str | None, forgetting_id: str
) -> Notes:
    """Do what was decided about notes that others share, and let their readers know where words were taken
    out. Raises Conflict where something was not decided.

    A note about somebody restricted too was open to those named only, and to the others' circles after: it
    does not say then that there was more, and nobody is told.
    """
    notes = notes_about(tx, people, agency_id, forgetting_id)
    if notes.undecided:
        raise Conflict("There are notes about others too. Their authors must look at them first.")
    restricted = stored.is_restricted(tx, people)
    for note in notes.shared:
        if note.decision == "redact":
            stored.redact(tx, note, marked=not restricted)
            if not restricted:
                outbox.put(tx, actor, "blacked out", note_id=note.id)
        elif restricted:
            # What a sealed service wrote of both nobody could be asked about.
            stored.keep_to_service(tx, note.id)
        stored.part(tx, note, people)
    return notes


def _require_all_due(tx: Tx, people: Sequence[str], agency_id: str | None = None) -> None:
    """What somebody added anew of a restricted person is theirs too, and may be newer, or held: all of it, or
    what an agency keeps."""
    rules, agencies = stored_retention.rules(tx), stored_retention.agencies(tx)
    for identity in stored_people.identities(tx, people):
        require_unheld(tx, identity)
        for kept in stored_retention.kept(tx, agency_id=agency_id, identity_id=identity):
            falls = day_due(kept, rules, agencies[kept.agency_id]["kind"])
            if falls is None or falls[0] > tx.today:
                raise Conflict(NOT_DUE)


def require_unheld(tx: Tx, identity: str) -> None:
    """Raise Conflict while a hold stands, or somebody waits for a copy of the record: to erase then what
    they asked for is an offence (Data Protection Act 2018, section 173)."""
    if stored_retention.held(tx, [identity]):
        raise Conflict(HELD)
    if stored.is_asked_for(tx, identity):
        raise Conflict("Somebody asked for a copy of this record. They are answered first.")


def _require_nothing_unsent(
    tx: Tx, authority: Authority, said: Said, people: Sequence[str]
) -> None:
    for author, id, kind, key, sealed in stored.unsent(tx):
        bound = sealing.info(authority.id, key, author, id, kind)
        try:
            plain = sealing.unseal(authority, tx, key, sealed, bound)
            fields = deliveries.contents(plain).fields
        except (sealing.Unopened, ValueError):
            continue  # what nobody can open names nobody
        values = [value for _, value in fields]
        if set(people).intersection(values) or said.is_in(" ; ".join(values)):
            raise Conflict(
                "Somebody wrote about this person and has not sent it. It must be sent, or destroyed,"
                " first."
            )


def _said(db: Reads, people: Sequence[str]) -> Said:
    found = stored.said_of(db, people)
    return Said(
        frozenset((first, last) for first, _, last in (n.partition("|") for n in found["names"])),
        frozenset(found["days"]),
        frozenset("".join(number.split()).casefold() for number in found["numbers"]),
    )


def _number_in(number: str, packed: str, digits: str) -> bool:
    return len(number) >= 6 and (number in packed or (number.isdigit() and number in digits))


def _spellings(day: str) -> list[str]:
    year, month, date = day.split("-")
    return [
        day,
        f"{date}/{month}/{year}",
        f"{date}.{month}.{year}",
        f"{date}-{month}-{year}",
        f"{int(date)}/{int(month)}/{year}",
    ]
