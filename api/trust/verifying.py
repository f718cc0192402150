"""Verifies the audit trail: reads all of it again, and names every row that is not as it was sealed.

What it finds, and by what: a place in the chain proves itself (its hash covers its number, its row's id
and digests, and the place before), so that one changed place puts no blame on its neighbours; digests tell
a changed row from changed people or changed details; heads, signed, tell a chain that was written anew;
heads in a folder (`api.trust.heads`) tell that the end was cut off. All is read as it is at one moment, some
rows at a time; what holds no value, or one of another type, where none of ours does is odd, and named too.

What it cannot find is said in docs/operations.md: rows that were changed before they were sealed, and
what was done since the last head that was kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path

from api.errors import InklingError, NotAllowed
from api.store import Tx
from api.store import chain as stored
from api.store.chain import Content, Head, Link, Odd
from api.trust import audit, heads, sealer
from api.trust.actor import Actor
from api.trust.audit import Action

PAGE = 1000
# So much is printed of what stands where an id does.
LONGEST = 80
# So many places that do not prove themselves are kept, to find out which stand in each other's.
BROKEN_AT_MOST = 200


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which table (or 'heads', a folder), what, and of which row."""

    table: str
    what: str
    sentence: str
    event_id: str | None = None
    number: int | None = None

    def __str__(self) -> str:
        return self.sentence


@dataclass
class Report:
    """What was read. `heads_kept` counts those in the folder, None where none was given."""

    places: int = 0
    heads: int = 0
    heads_kept: int | None = None
    last_kept_at: str | None = None
    faults: int = 0
    unread: list[int] = field(default_factory=list)
    waiting: int = 0
    oldest_waiting: str | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return self.faults == 0


def verify(actor: Actor, folder: Path | None, say: Callable[[Fault], None]) -> Report:
    """Read the whole trail, compare it with its chain and heads, and `say` each fault as it is found.

    Serving goes on meanwhile: what is committed after the beginning is left for the next time. It leaves
    a row of its own. For the command line. Raises NotAllowed; Misconfigured where the folder has no heads.
    """

    def refusing(tx: Tx) -> None:
        audit.refused(tx, actor, Action.AUDIT_VERIFIED, reason="not the command line")
        raise NotAllowed("The audit trail is verified on the command line.")

    if not actor.is_system:
        actor.store.look(refusing)
    reading = _Reading(actor, say)
    if reading.tables():
        reading.leave_a_row(actor)
        with actor.store.snapshot() as db:
            reading.trail(db)
        if folder:
            reading.kept(folder)
    return reading.report


class _Reading:
    def __init__(self, actor: Actor, say: Callable[[Fault], None]) -> None:
        self._authority, self._store = actor.authority, actor.store
        self._key = sealer.public_key(actor.authority)
        self._say = say
        self.report = Report()
        # Places that do not prove themselves, with what else is wrong there.
        self._broken: list[tuple[Link, list[Fault]]] = []
        self._signed_until = 0
        self._is_rewritten = False
        # What the next head may say that it comes after: the last one, and forged ones since.
        self._heads_before = [0]
        self._end = 0

    def tables(self) -> bool:
        """Look at the tables; say whether they can be read."""
        with self._store.snapshot() as db:
            remade = stored.remade(db)
        self._tell([_remade(table, can_be_read) for table, can_be_read in remade.items()])
        return all(remade.values())

    def leave_a_row(self, actor: Actor) -> None:
        """Leave a row of one's own, or say that none can be: that keeps nobody from reading on."""
        try:
            actor.store.look(lambda tx: audit.allowed(tx, actor, Action.AUDIT_VERIFIED))
        except InklingError:
            raise
        except Exception:  # whatever a trigger, or a table that refers to this one, was made to say
            self._tell([_closed()])

    def trail(self, db: Tx) -> None:
        """Read the chain, and then the trail the other way round."""
        self._chain(db)
        self._queue(db)
        for event in stored.without_place(db):
            self._tell([_without_place(_plain(event))])
        # Several people may stand for one.
        for event, _ in groupby(stored.without_row(db)):
            self._tell([_without_row(_plain(event))])

    # --- The chain, its rows and its heads ---

    def _chain(self, db: Tx) -> None:
        """Read every place, the row that stands there, and the heads beside them."""
        before: Link | None = None  # the last that stands where it may
        proved = True  # whether that one proves itself
        signed_until = 0
        heads_left = self._heads(db)
        next_head = next(heads_left, None)
        places = stored.links(db)
        while page := list(islice(places, PAGE)):
            contents, shown = _rows(db, [one.event_id for one in page if isinstance(one, Link)])
            for one in page:
                self.report.places += 1
                link = one if isinstance(one, Link) else self._odd_place(one)
                if link is None:
                    continue
                was_proved, proved = proved, sealer.place_hash(link) == link.hash
                if isinstance(one, Link):
                    faults = list(_compared(link, contents.get(link.event_id, []), shown))
                    self._place(link, faults, proved)
                if self._stands_in_order(before, link, was_proved and proved):
                    before = link
                else:
                    proved = was_proved
                while next_head and next_head.number <= link.number:
                    if proved and next_head.number == link.number:
                        self._compare(next_head, link.hash, "a head in the database")
                    signed_until = next_head.number
                    next_head = next(heads_left, None)
                if next_head is None and link.number > signed_until:
                    self._tell([_unsigned(link)])
        self._moved()
        while next_head:
            self._tell([_cut(next_head, "a head in the database")])
            next_head = next(heads_left, None)
        self._end = before.number if before else 0

    def _odd_place(self, odd: Odd) -> Link | None:
        """Say that a place is odd, and give one that proves nothing to stand for it, if it has a number."""
        number, event = odd.values[:2]
        if type(number) is not int:
            self._tell(
                [_odd("audit_chain", f"Place {_plain(number)} (row {_plain(event)})", event)]
            )
            return None
        self._tell([_odd("audit_chain", f"Place {number} (row {_plain(event)})", event, number)])
        return Link(number, _plain(event), b"", None, 0, b"", None, b"")

    def _place(self, link: Link, faults: list[Fault], proved: bool) -> None:
        if proved:
            self._tell(faults)
        elif len(self._broken) < BROKEN_AT_MOST:
            self._broken.append((link, faults))
        else:
            self._tell([_changed_place(link)])

    def _stands_in_order(self, last: Link | None, link: Link, both_proved: bool) -> bool:
        """Compare a place with the one before it; say whether it may stand there at all."""
        before = last.number if last else 0
        if link.number <= before:
            self._tell([_put_in(link)])
            return False
        if link.number > before + 1:
            self._tell([_missing_places(before + 1, link.number - 1)])
        elif both_proved:
            expected = last.hash if last else sealer.beginning(self._authority.id)
            if link.previous != expected:
                self._tell([_broken_between(last, link)])
        return True

    def _moved(self) -> None:
        """Say of places that do not prove themselves which were moved, and which were changed."""
        numbers = [link.number for link, _ in self._broken]
        for link, faults in self._broken:
            was = next((n for n in numbers if sealer.place_hash(link, n) == link.hash), None)
            self._tell(
                [_changed_place(link)] if was is None else [_moved_place(link, was), *faults]
            )

    def _heads(self, db: Tx) -> Iterator[Head]:
        """Give the heads that the authority signed, and say which are not."""
        for head in stored.heads(db):
            self.report.heads += 1
            if isinstance(head, Odd):
                number = head.values[0]
                named = number if type(number) is int else None
                self._tell(
                    [_odd("audit_heads", f"The head of place {_plain(number)}", None, named)]
                )
                self._heads_before.append(named or 0)
            elif not sealer.is_signed(head, self._authority.id, self._key):
                self._tell([_unsigned_head(head)])
                self._heads_before.append(head.number)
            else:
                if head.number in self._heads_before:
                    self._tell([_twice(head)])
                elif head.previous not in self._heads_before:
                    self._tell([_missing_heads(head)])
                self._heads_before = [head.number]
                yield head

    def _compare(self, head: Head, hash: bytes, where: str) -> None:
        """Compare a signed head with its place; of many that differ in a row, say the first."""
        if head.hash == hash:
            self._signed_until, self._is_rewritten = head.number, False
        elif not self._is_rewritten:
            self._is_rewritten = True
            self._tell([_rewritten(head, self._signed_until, where)])

    # --- Heads that are kept elsewhere ---

    def kept(self, folder: Path) -> None:
        """Compare the chain with the heads in a folder."""
        if heads.kept_key(folder) != sealer.public_pem(self._authority):
            self._tell([_other_key(folder)])
        self.report.heads_kept, self._signed_until, self._is_rewritten = 0, 0, False
        cut: Head | None = None
        for kept in heads.read(folder):
            if isinstance(kept, int):
                self.report.unread.append(kept)
                continue
            self.report.heads_kept += 1
            self.report.last_kept_at = _plain(kept.kept_at)
            head = kept.head
            if kept.authority != self._authority.id or not sealer.is_signed(
                head, self._authority.id, self._key
            ):
                self._tell([_foreign_head(kept)])
                continue
            link = stored.link(self._store, head.number)
            if isinstance(link, Link):
                self._compare(head, link.hash, f"line {kept.line} of the heads kept elsewhere")
            elif link is None and (cut is None or head.number > cut.number):
                cut = head
        if cut:
            self._tell([_cut(cut, "the heads kept elsewhere", self._end)])
        if self.report.places and not self.report.heads_kept:
            self._tell([_none_kept(folder)])

    # --- The trail, the other way round ---

    def _queue(self, db: Tx) -> None:
        """Read what waits to be sealed."""
        waiting = stored.queue(db)
        while page := list(islice(waiting, PAGE)):
            ids = [event for event, is_there in page if is_there and type(event) is str]
            contents, shown = _rows(db, ids)
            for event, is_there in page:
                where = f"Row {_plain(event)}, which waits to be sealed,"
                if not is_there:
                    self._tell([_gone(_plain(event))])
                    continue
                self.report.waiting += 1
                rows = contents.get(event, []) if type(event) is str else []
                odd = not rows or any(isinstance(one, Odd) for one in rows)
                if odd:
                    self._tell([_odd("audit_events", where, event)])
                if any(isinstance(one, Odd) for one in shown.get(event, [])):
                    self._tell(
                        [_odd("audit_subjects", f"Somebody whom row {_plain(event)} showed", event)]
                    )
                for one in rows:
                    if isinstance(one, Content):
                        oldest = self.report.oldest_waiting
                        self.report.oldest_waiting = min(oldest or one.at, one.at)

    def _tell(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            self.report.faults += 1
            self._say(fault)


def _rows(
    db: Tx, event_ids: Sequence[str]
) -> tuple[dict[str, list[Content | Odd]], dict[str, list[str | Odd]]]:
    """Give rows, and whom they showed, by their ids: more than one row where an id stands there twice."""
    found: dict[str, list[Content | Odd]] = {}
    for one in stored.contents(db, event_ids):
        found.setdefault(one.values[0] if isinstance(one, Odd) else one.id, []).append(one)
    return found, stored.shown(db, event_ids)


def _compared(
    link: Link, contents: Sequence[Content | Odd], shown: dict[str, list[str | Odd]]
) -> Iterator[Fault]:
    """Compare what is there now with the digests of its place."""
    event, number = _plain(link.event_id), link.number
    where = f"Row {event} (number {number})"
    if link.event_digest is None:
        yield Fault(
            "audit_events", "missing", f"{where} was gone before it was sealed.", event, number
        )
        return
    if not contents:
        yield Fault("audit_events", "missing", f"{where} is missing.", event, number)
        return
    if len(contents) > 1:
        yield Fault("audit_events", "inserted", f"{where} stands there twice.", event, number)
    people = shown.get(link.event_id, [])
    plain = [one for one in people if isinstance(one, str)]
    if len(plain) < len(people) or sealer.people_digest(link.event_id, plain) != link.people_digest:
        what = "changed"
        if len(people) != link.people:
            what = "inserted" if len(people) > link.people else "missing"
        yield Fault(
            "audit_subjects",
            what,
            f"The people that row {event} (number {number}) showed were changed: "
            f"{len(people)} now, {link.people} when it was sealed.",
            event,
            number,
        )
    content = contents[0]
    if isinstance(content, Odd):
        # The last value is the ciphertext of its details.
        table = "words" if content.is_odd_only_at_its_end else "audit_events"
        yield _odd(table, where, event, number)
        return
    if sealer.row_digest(content) != link.event_digest:
        yield Fault("audit_events", "changed", f"{where} was changed.", event, number)
    if sealer.details_digest(content) != link.details_digest:
        what = "missing" if content.sealed is None else "changed"
        sentence = f"The details of row {event} (number {number}) are {what}."
        yield Fault("words", what, sentence, event, number)


def _plain(value: object) -> str:
    """Write what stands where an id does so that it can be printed on one line, whatever it is."""
    if isinstance(value, str) and value.isascii() and value.isprintable() and value:
        return value[:LONGEST]
    return ascii(value[:LONGEST] if isinstance(value, str | bytes) else value)


def _odd(table: str, where: str, event: object = None, number: int | None = None) -> Fault:
    sentence = f"{where} holds what is not of its type: Inkling did not write that."
    return Fault(table, "odd", sentence, None if event is None else _plain(event), number)


def _closed() -> Fault:
    sentence = "The table audit_events takes no row: what is bound to it was made anew."
    return Fault("audit_events", "remade", sentence)


def _remade(table: str, can_be_read: bool) -> Fault:
    sentence = f"The table {table} was made anew: it is not as Inkling makes it"
    return Fault(
        table, "remade", f"{sentence}." if can_be_read else f"{sentence}, and cannot be read."
    )


def _changed_place(link: Link) -> Fault:
    sentence = f"Place {link.number} of the chain (row {_plain(link.event_id)}) was changed."
    return Fault("audit_chain", "changed", sentence, _plain(link.event_id), link.number)


def _moved_place(link: Link, was: int) -> Fault:
    sentence = (
        f"Row {_plain(link.event_id)} stands at place {link.number}; it was sealed at place {was}."
    )
    return Fault("audit_chain", "moved", sentence, _plain(link.event_id), link.number)


def _put_in(link: Link) -> Fault:
    sentence = f"Place {link.number} of the chain (row {_plain(link.event_id)}) was put in."
    return Fault("audit_chain", "inserted", sentence, _plain(link.event_id), link.number)


def _unsigned(link: Link) -> Fault:
    sentence = f"Place {link.number} of the chain (row {_plain(link.event_id)}) was put in: no head signs it."
    return Fault("audit_chain", "inserted", sentence, _plain(link.event_id), link.number)


def _missing_places(first: int, last: int) -> Fault:
    which = f"Place {first} is" if first == last else f"Places {first} to {last} are"
    return Fault("audit_chain", "missing", f"{which} missing from the chain.", None, first)


def _broken_between(last: Link | None, link: Link) -> Fault:
    before = f"place {last.number} (row {_plain(last.event_id)})" if last else "its beginning"
    sentence = (
        f"The chain is broken between {before} and place {link.number} (row {_plain(link.event_id)}): "
        "one of them was changed or put in, or what stood between them was taken out."
    )
    return Fault("audit_chain", "broken", sentence, _plain(link.event_id), link.number)


def _rewritten(head: Head, since: int, where: str) -> Fault:
    sentence = (
        f"Places {since + 1} to {head.number} of the chain are not what was signed at {_plain(head.at)} "
        f"({where}): one of them was changed, put in, moved or taken out."
    )
    return Fault("audit_chain", "rewritten", sentence, None, head.number)


def _cut(head: Head, where: str, end: int | None = None) -> Fault:
    ends = "" if end is None else f", and the chain ends at place {end}"
    sentence = (
        f"Place {head.number} of the chain, signed at {_plain(head.at)} ({where}), is missing{ends}: "
        "the end of the trail was cut off."
    )
    return Fault("audit_chain", "missing", sentence, None, head.number)


def _gone(event: str) -> Fault:
    sentence = f"Row {event} waits to be sealed and is missing."
    return Fault("audit_events", "missing", sentence, event)


def _unsigned_head(head: Head) -> Fault:
    sentence = f"The head of place {head.number} was not signed by this authority, or was changed."
    return Fault("audit_heads", "changed", sentence, None, head.number)


def _twice(head: Head) -> Fault:
    sentence = f"The head of place {head.number} stands there twice."
    return Fault("audit_heads", "inserted", sentence, None, head.number)


def _missing_heads(head: Head) -> Fault:
    if not head.previous:
        sentence = f"The head of place {head.number} is the first, and others stand before it."
        return Fault("audit_heads", "inserted", sentence, None, head.number)
    sentence = (
        f"The head of place {head.previous} is missing: that of place {head.number} comes after it."
    )
    return Fault("audit_heads", "missing", sentence, None, head.previous)


def _foreign_head(kept: heads.Kept) -> Fault:
    sentence = (
        f"Line {kept.line} of the heads kept elsewhere (of place {_plain(kept.head.number)}) was not signed by "
        "this authority, or was changed."
    )
    return Fault("heads", "changed", sentence, None, kept.head.number)


def _other_key(folder: Path) -> Fault:
    return Fault("heads", "changed", f"The public key in {folder} is not this authority's.")


def _none_kept(folder: Path) -> Fault:
    sentence = f"No head can be read in {folder}: an end that was cut off would not be seen."
    return Fault("heads", "missing", sentence)


def _without_place(event: str) -> Fault:
    sentence = f"Row {event} has no place in the chain: it was put in, or its place was taken out."
    return Fault("audit_events", "inserted", sentence, event)


def _without_row(event: str) -> Fault:
    sentence = f"People stand in audit_subjects for row {event}, which never was."
    return Fault("audit_subjects", "inserted", sentence, event)
