"""Verifies the audit trail: reads all of it again, and names every row that is not as it was sealed.

What it finds, and by what: a place in the chain proves itself (its hash covers its number, its row's id
and digests, and the place before), so that one changed place puts no blame on its neighbours; digests tell
a changed row from changed people or changed details; heads, signed, tell a chain that was written anew;
heads in a folder (`api.trust.heads`) tell that the end was cut off. Rows are read a page at a time.

What it cannot find is said in docs/operations.md: rows that were changed before they were sealed, and
what was done since the last head that was kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.errors import InklingError, NotAllowed
from api.store import Tx
from api.store import chain as stored
from api.store.chain import Content, Head, Link
from api.trust import audit, heads, sealer
from api.trust.actor import Actor
from api.trust.audit import Action

PAGE = 1000
PAGE_OF_IDS = 20_000
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

    def looking(tx: Tx) -> None:
        if not actor.is_system:
            audit.refused(tx, actor, Action.AUDIT_VERIFIED, reason="not the command line")
            raise NotAllowed("The audit trail is verified on the command line.")
        audit.allowed(tx, actor, Action.AUDIT_VERIFIED)

    actor.store.look(looking)
    reading = _Reading(actor, say)
    reading.chain()
    if folder:
        reading.kept(folder)
    reading.rows_without_place()
    reading.people_without_row()
    report = reading.report
    report.waiting, report.oldest_waiting = stored.queue(actor.store)
    return report


class _Reading:
    def __init__(self, actor: Actor, say: Callable[[Fault], None]) -> None:
        self._authority, self._store = actor.authority, actor.store
        self._key = sealer.public_key(actor.authority)
        self._say = say
        self.report = Report()
        self._ends = stored.ends(self._store)
        # Places that do not prove themselves, with what else is wrong there.
        self._broken: list[tuple[Link, list[Fault]]] = []
        self._signed_until = 0
        self._is_rewritten = False
        self._heads_left = self._heads()
        self._next_head = next(self._heads_left, None)
        # What the next head may say that it comes after: the last one, and forged ones since.
        self._heads_before = [0]

    # --- The chain, its rows and its heads ---

    def chain(self) -> None:
        """Read every place, the row that stands there, and the heads beside them."""
        last: Link | None = None
        before: Link | None = None  # the last that stands where it may
        proved = True  # whether that one proves itself
        while page := stored.links(self._store, last, self._ends.chain, PAGE):
            contents, shown = self._rows([link.event_id for link in page])
            for link in page:
                faults = list(_compared(link, contents.get(link.event_id, []), shown))
                was_proved, proved = proved, sealer.place_hash(link) == link.hash
                if proved:
                    self._tell(faults)
                elif len(self._broken) < BROKEN_AT_MOST:
                    self._broken.append((link, faults))
                else:
                    self._tell([_changed_place(link)])
                if self._stands_in_order(before, link, was_proved and proved):
                    before = link
                else:
                    proved = was_proved
                while (head := self._next_head) and head.number <= link.number:
                    self._head(head, link.hash if proved and head.number == link.number else None)
                if link.number > self._ends.heads:
                    self._tell([_unsigned(link)])
                last = link
                self.report.places += 1
        self._moved()
        while head := self._next_head:
            self._head(head, None)
            self._tell([_cut(head, "a head in the database")])
        after: str | None = None
        while gone := stored.gone_before(self._store, after, PAGE):
            self._tell([_gone(event) for event in gone])
            after = gone[-1]

    def _rows(
        self, event_ids: Sequence[str]
    ) -> tuple[dict[str, list[Content | None]], dict[str, list[str]]]:
        """Give rows, and whom they showed, by their ids: more than one row where an id stands there
        twice, and None for one that cannot be read (bytes that are no text, which nothing of ours
        wrote)."""
        found: dict[str, list[Content | None]] = {}
        try:
            for one in stored.contents(self._store, event_ids):
                found.setdefault(one.id, []).append(one)
            return found, stored.shown(self._store, event_ids)
        except InklingError:
            raise
        except Exception:
            if len(event_ids) == 1:
                return {event_ids[0]: [None]}, {}
        shown: dict[str, list[str]] = {}
        for event in event_ids:
            rows, people = self._rows([event])
            found |= rows
            shown |= people
        return found, shown

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

    def _heads(self) -> Iterator[Head]:
        after = -(2**63)
        while page := stored.heads(self._store, after, self._ends.heads, PAGE):
            yield from page
            after = page[-1].number

    def _head(self, head: Head, hash: bytes | None) -> None:
        """Check the next head, against the hash of its place where that proves itself."""
        self._next_head = next(self._heads_left, None)
        self.report.heads += 1
        if not sealer.is_signed(head, self._authority.id, self._key):
            self._heads_before.append(head.number)
            self._tell([_unsigned_head(head)])
            return
        if head.previous not in self._heads_before:
            self._tell([_missing_heads(head, self._heads_before[0])])
        self._heads_before = [head.number]
        if hash is not None:
            self._compare(head, hash, "a head in the database")

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
            self.report.last_kept_at = kept.kept_at
            head = kept.head
            if kept.authority != self._authority.id or not sealer.is_signed(
                head, self._authority.id, self._key
            ):
                self._tell([_foreign_head(kept)])
                continue
            link = stored.link(self._store, head.number)
            if link:
                self._compare(head, link.hash, f"line {kept.line} of the heads kept elsewhere")
            elif cut is None or head.number > cut.number:
                cut = head
        if cut:
            self._tell([_cut(cut, "the heads kept elsewhere", self._ends.chain)])

    # --- The trail, the other way round ---

    def rows_without_place(self) -> None:
        """Find rows of the trail that stand nowhere in the chain and wait for no place."""
        for after, until in self._pages("audit_events"):
            for event in stored.without_place(self._store, after, until):
                self._tell([_without_place(event)])

    def people_without_row(self) -> None:
        """Find people shown by rows that never were."""
        for after, until in self._pages("audit_subjects"):
            for event in stored.without_row(self._store, after, until):
                self._tell([_without_row(event)])

    def _pages(self, table: str) -> Iterator[tuple[str | None, str]]:
        after: str | None = None
        while (until := stored.page_end(self._store, table, after, PAGE_OF_IDS)) is not None:
            yield after, until
            after = until

    def _tell(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            self.report.faults += 1
            self._say(fault)


def _compared(
    link: Link, contents: Sequence[Content | None], shown: dict[str, list[str]]
) -> Iterator[Fault]:
    """Compare what is there now with the digests of its place."""
    event, number = link.event_id, link.number
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
    content = contents[0]
    if content is None:
        sentence = f"{where} was changed: it cannot be read."
        yield Fault("audit_events", "changed", sentence, event, number)
        return
    if sealer.row_digest(content) != link.event_digest:
        yield Fault("audit_events", "changed", f"{where} was changed.", event, number)
    people = shown.get(event, [])
    if sealer.people_digest(event, people) != link.people_digest:
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
    if sealer.details_digest(content) != link.details_digest:
        what = "missing" if content.sealed is None else "changed"
        sentence = f"The details of row {event} (number {number}) are {what}."
        yield Fault("words", what, sentence, event, number)


def _changed_place(link: Link) -> Fault:
    sentence = f"Place {link.number} of the chain (row {link.event_id}) was changed."
    return Fault("audit_chain", "changed", sentence, link.event_id, link.number)


def _moved_place(link: Link, was: int) -> Fault:
    sentence = f"Row {link.event_id} stands at place {link.number}; it was sealed at place {was}."
    return Fault("audit_chain", "moved", sentence, link.event_id, link.number)


def _put_in(link: Link) -> Fault:
    sentence = f"Place {link.number} of the chain (row {link.event_id}) was put in."
    return Fault("audit_chain", "inserted", sentence, link.event_id, link.number)


def _unsigned(link: Link) -> Fault:
    sentence = (
        f"Place {link.number} of the chain (row {link.event_id}) was put in: no head signs it."
    )
    return Fault("audit_chain", "inserted", sentence, link.event_id, link.number)


def _missing_places(first: int, last: int) -> Fault:
    which = f"Place {first} is" if first == last else f"Places {first} to {last} are"
    return Fault("audit_chain", "missing", f"{which} missing from the chain.", None, first)


def _broken_between(last: Link | None, link: Link) -> Fault:
    before = f"place {last.number} (row {last.event_id})" if last else "its beginning"
    sentence = (
        f"The chain is broken between {before} and place {link.number} (row {link.event_id}): "
        "one of them was changed or put in, or what stood between them was taken out."
    )
    return Fault("audit_chain", "broken", sentence, link.event_id, link.number)


def _rewritten(head: Head, since: int, where: str) -> Fault:
    sentence = (
        f"Places {since + 1} to {head.number} of the chain are not what was signed at {head.at} "
        f"({where}): one of them was changed, put in, moved or taken out."
    )
    return Fault("audit_chain", "rewritten", sentence, None, head.number)


def _cut(head: Head, where: str, end: int | None = None) -> Fault:
    ends = "" if end is None else f", and the chain ends at place {end}"
    sentence = (
        f"Place {head.number} of the chain, signed at {head.at} ({where}), is missing{ends}: "
        "the end of the trail was cut off."
    )
    return Fault("audit_chain", "missing", sentence, None, head.number)


def _gone(event: str) -> Fault:
    sentence = f"Row {event} waits to be sealed and is missing."
    return Fault("audit_events", "missing", sentence, event)


def _unsigned_head(head: Head) -> Fault:
    sentence = f"The head of place {head.number} was not signed by this authority, or was changed."
    return Fault("audit_heads", "changed", sentence, None, head.number)


def _missing_heads(head: Head, before: int) -> Fault:
    sentence = (
        f"Heads are missing between places {before} and {head.number}: the head of place "
        f"{head.number} comes after that of place {head.previous}."
    )
    return Fault("audit_heads", "missing", sentence, None, head.number)


def _foreign_head(kept: heads.Kept) -> Fault:
    sentence = (
        f"Line {kept.line} of the heads kept elsewhere (of place {kept.head.number}) was not signed by "
        "this authority, or was changed."
    )
    return Fault("heads", "changed", sentence, None, kept.head.number)


def _other_key(folder: Path) -> Fault:
    return Fault("heads", "changed", f"The public key in {folder} is not this authority's.")


def _without_place(event: str) -> Fault:
    sentence = f"Row {event} has no place in the chain: it was put in, or its place was taken out."
    return Fault("audit_events", "inserted", sentence, event)


def _without_row(event: str) -> Fault:
    sentence = f"People stand in audit_subjects for row {event}, which never was."
    return Fault("audit_subjects", "inserted", sentence, event)
