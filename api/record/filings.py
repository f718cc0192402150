"""Filing a note into the case-management system of one's own agency, so that nobody records twice.

Somebody who may read a note files it in one tap. Their agency's system hears that there is something to
fetch, fetches it, and answers with its reference: that is the receipt. Each revision is filed once.
Access is that of who filed it, asked when they tap and again when the system fetches. A note of a
sensitive service, and one about somebody who is restricted or whose place is protected, goes into no
other system.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from api import access
from api.access import Sight
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.record import briefs, reading
from api.record.reading import InSystem, Note
from api.store import Tx
from api.store import access as stored_access
from api.store import filings as stored
from api.store import notes as stored_notes
from api.store import practitioners as stored_practitioners
from api.store import tokens as stored_tokens
from api.store.access import Me
from api.store.filings import Filing
from api.store.notes import Heads
from api.telling import cursors, events, outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["PAGE", "Content", "Page", "Receipt", "fetch", "file", "receive", "systems"]

PAGE = 20
LONGEST_REFERENCE, LONGEST_WHY = 100, 500
SCOPE = "filings:take"


@dataclass(frozen=True)
class Content:
    """A filed note as its system is given it. `replaces` is the system's reference of an earlier
    revision."""

    id: str
    note_id: str
    revision: int
    kind: str
    written_at: str
    revised_at: str
    happened_on: str
    happened_time: str | None
    described: str
    saw: str
    thinks: str
    whose: str
    worried: int | None
    contact: str | None
    child_seen: str | None
    categories: Sequence[str]
    only_for: Sequence[str]
    author: Mapping[str, Any]
    people: Sequence[Mapping[str, Any]]
    filed_by: Mapping[str, Any]
    filed_at: str
    replaces: str | None


@dataclass(frozen=True)
class Page:
    """Some of what waits, in order. `cursor` goes on after it; `more` where there is more now."""

    filings: Sequence[Content]
    cursor: str
    more: bool


@dataclass(frozen=True)
class Receipt:
    """What became of a filing: filed under a reference, or refused and why."""

    outcome: str
    reference: str = ""
    why: str = ""


# --- For people ----------------------------------------------------------------------------------


def systems(tx: Tx, actor: Actor, me: Me, note: Note) -> Sequence[InSystem]:
    """Give the systems of the reader's agency that this note can be, or was, filed into; inside a look
    at a note that they are shown."""
    taking = stored.systems(tx, me.agency_id)
    held = stored.of_note(tx, note.id, me.agency_id)
    if not taking and not held:
        return ()
    head = stored_notes.find(tx, note.id)
    may = head is not None and _may_file(tx, me, head)
    whys = actor.authority.vault.open(tx, [one.words_id for one in held if one.words_id])
    latest: dict[str, Filing] = {}
    for one in held:
        latest.setdefault(one.source_id, one)
    found = []
    for system in taking:
        filing = latest.pop(system.source_id, None)
        open_ = filing is None or filing.revision < note.now.number or _can_go_again(tx, filing)
        found.append(_place(system, filing, note, whys, may=may and open_))
    gone = [stored.System(one.source_id, one.system) for one in latest.values()]
    return [
        *found,
        *(_place(one, latest[one.source_id], note, whys, may=False) for one in gone),
    ]


def file(actor: Actor, note_id: str, system_id: str, revision: int) -> None:
    """File a note into a system of the actor's own agency; `revision` is the one that they saw.

    Filing it again does nothing, unless the system had refused it, or who had filed it may not read it
    any more. Raises NotFound, NotAllowed; Conflict where the note was corrected or taken back meanwhile.
    """

    def change(tx: Tx) -> None:
        me = access.who(tx, actor)
        head = stored_notes.find(tx, note_id)
        if head is None or not _may_read(tx, me, head):
            audit.refused(tx, actor, Action.NOTE_FILED, reason="not shown", object=note_id)
            raise NotFound("There is no such note here.")
        taking = {system.source_id for system in stored.systems(tx, me.agency_id)}
        if system_id not in taking or not _may_file(tx, me, head):
            raise _refused(tx, actor, note_id)
        if outbox.waits(tx, head.made_at):
            raise Conflict("This note can still be undone. File it in a few seconds.")
        if stored_notes.revisions(tx, [note_id])[0]["number"] != revision:
            raise Conflict("The note was corrected meanwhile. Read it again, then file it.")
        subjects = stored_notes.subjects(tx, [note_id])
        before = next(
            (
                one
                for one in stored.of_note(tx, note_id, me.agency_id)
                if (one.source_id, one.revision) == (system_id, revision)
            ),
            None,
        )
        identities = [row["identity_id"] for row in subjects]
        if before and not _can_go_again(tx, before):
            _allowed(tx, actor, Action.NOTE_FILED, identities, "again", before.id)
            return
        people = [row["person_id"] for row in subjects]
        if before:
            stored.again(tx, before.id, actor.id)
            filing = before.id
        else:
            filing = stored.add(tx, note_id, revision, system_id, actor.id, people)
        events.to_be_filed(tx, me.agency_id, system_id, filing, people[0])
        _allowed(tx, actor, Action.NOTE_FILED, identities, "export", filing)

    actor.store.write(change)


def _place(
    system: stored.System, filing: Filing | None, note: Note, whys: dict[str, str], *, may: bool
) -> InSystem:
    if filing is None:
        return InSystem(system.source_id, system.name, may)
    return InSystem(
        system.source_id,
        system.name,
        may,
        state=filing.state,
        revision=filing.revision,
        current=filing.revision == note.now.number,
        by=filing.filed_by_name,
        at=filing.settled_at or filing.filed_at,
        reference=filing.reference or "",
        why=whys.get(filing.words_id or "", ""),
    )


def _refused(tx: Tx, actor: Actor, note_id: str) -> NotAllowed:
    audit.refused(tx, actor, Action.NOTE_FILED, reason="may not be filed", object=note_id)
    return NotAllowed("This note cannot be filed there, or not by you.")


# --- The rules -----------------------------------------------------------------------------------


def _may_read(tx: Tx, me: Me, head: Heads) -> bool:
    """Whether somebody is shown a note: as its author, or from within a circle."""
    if me.left or not stored_notes.is_shown(tx, head.id, me):
        return False
    if head.author_id == me.id:
        return True
    return any(
        access.verdict(tx, me, row["person_id"]).sight is Sight.CIRCLE
        for row in stored_notes.subjects(tx, [head.id])
    )


def _may_file(tx: Tx, me: Me, head: Heads, keeper: str = "") -> bool:
    """Whether a note that somebody may read may go into another system in their name.

    `keeper` is the token that fetches it, where one does.
    """
    if head.sensitive or head.hidden or not access.works(me):
        return False
    if stored_notes.withdrawals(tx, [head.id]):
        return False
    identities = [row["identity_id"] for row in stored_notes.subjects(tx, [head.id])]
    return not stored.kept_back(tx, identities, keeper or me.id)


def _can_go_again(tx: Tx, filing: Filing) -> bool:
    """Whether a filing that stands needs somebody to file it again: it was refused, or who filed it
    may not read the note any more before the system fetched it."""
    if filing.state == "refused":
        return True
    head = stored_notes.find(tx, filing.note_id)
    who = stored_access.me(tx, filing.filed_by)
    return filing.state == "waiting" and not (head and _may_read(tx, who, head))


# --- For systems ---------------------------------------------------------------------------------


def fetch(actor: Actor, cursor: str = "", limit: int = PAGE) -> Page:
    """Give a system the notes that wait for it, after a cursor or from the beginning. Each is given to
    it again until it answered. Raises Invalid for what is no cursor of this system, NotAllowed."""
    events.in_order(actor.store)

    def change(tx: Tx) -> Page:
        me = access.require_scope(tx, actor, SCOPE, Action.FILING_FETCHED)
        source = _source(tx, actor)
        last = cursors.unseal(tx, actor.authority, source, cursor)
        found = stored.waiting(tx, me, source, last, limit + 1)
        given = []
        for one in found[:limit]:
            content = _content(tx, actor, source, one.filing_id)
            if content:
                given.append(content)
        if not given:
            audit.allowed(tx, actor, Action.FILING_FETCHED, reason="nothing waits")
        place = found[:limit][-1].number if found else last
        return Page(
            given, cursors.seal(tx, actor.authority, source, place), more=len(found) > limit
        )

    return actor.store.write(change)


def receive(actor: Actor, filing_id: str, receipt: Receipt) -> None:
    """Take a system's answer to a note that it fetched. The same answer again changes nothing.

    Raises NotFound, NotAllowed; Invalid, naming the field; Conflict where it was not fetched, or was
    answered otherwise before.
    """
    receipt = _checked(receipt)
    is_filed = receipt.outcome == "filed"

    def change(tx: Tx) -> None:
        access.require_scope(tx, actor, SCOPE, Action.FILING_SETTLED)
        filing = stored.find(tx, filing_id, _source(tx, actor))
        if filing is None:
            audit.refused(tx, actor, Action.FILING_SETTLED, reason="no such filing")
            raise NotFound("There is no such filing here.")
        if filing.fetched_at is None or (
            filing.state == "waiting" and filing.fetched_at < filing.filed_at
        ):
            raise Conflict("This was not fetched yet.")
        subjects = stored_notes.subjects(tx, [filing.note_id])
        identities = [row["identity_id"] for row in subjects]
        if filing.state != "waiting":
            _require_same(tx, actor, filing, receipt)
            _allowed(tx, actor, Action.FILING_SETTLED, identities, "again", filing.id)
            return
        people = [row["person_id"] for row in subjects]
        words = None if is_filed else actor.authority.vault.keep(tx, receipt.why, people)
        stored.settle(
            tx,
            filing.id,
            receipt.outcome,
            reference=receipt.reference if is_filed else None,
            words_id=words,
        )
        if not is_filed:
            outbox.put(
                tx,
                actor,
                "filing refused",
                note_id=filing.note_id,
                practitioner_id=filing.filed_by,
                source_id=filing.source_id,
            )
        _allowed(tx, actor, Action.FILING_SETTLED, identities, receipt.outcome, filing.id)

    actor.store.write(change)


def _checked(receipt: Receipt) -> Receipt:
    """Read an answer as it was sent. Raises Invalid, naming the field."""
    reference, why = receipt.reference.strip(), receipt.why.strip()
    if receipt.outcome not in ("filed", "refused"):
        raise Invalid("Say filed or refused.", "outcome")
    if receipt.outcome == "filed" and not reference:
        raise Invalid("Say under which reference it was filed.", "reference")
    if receipt.outcome == "refused" and not why:
        raise Invalid("Say why it was refused.", "why")
    if len(reference) > LONGEST_REFERENCE:
        raise Invalid(f"Use {LONGEST_REFERENCE} characters or fewer.", "reference")
    if len(why) > LONGEST_WHY:
        raise Invalid(f"Use {LONGEST_WHY} characters or fewer.", "why")
    return Receipt(receipt.outcome, reference, why)


def _require_same(tx: Tx, actor: Actor, filing: Filing, receipt: Receipt) -> None:
    words = filing.words_id or ""
    said = actor.authority.vault.open(tx, [words]).get(words, "") if words else ""
    is_filed = receipt.outcome == "filed"
    same = receipt.reference == filing.reference if is_filed else receipt.why == said
    if receipt.outcome != filing.state or not same:
        raise Conflict(f"This was answered before: {filing.state}.")


def _content(tx: Tx, actor: Actor, source: str, filing_id: str) -> Content | None:
    """Give a filing's note as its system is given it, by the access that who filed it has now; None
    where they may not any more. Leaves the row of the export."""
    filing = stored.find(tx, filing_id, source)
    head = stored_notes.find(tx, filing.note_id) if filing else None
    if filing is None or head is None:
        return None
    by = stored_practitioners.find(tx, filing.filed_by)
    me = stored_access.me(tx, filing.filed_by)
    if by is None or by.agency_id != actor.agency_id:
        return None
    if not (_may_read(tx, me, head) and _may_file(tx, me, head, keeper=actor.id)):
        return None
    note = reading.many(tx, actor, me, [head])[0]
    said = next(one for one in (note.now, *note.earlier) if one.number == filing.revision)
    author = stored_practitioners.find(tx, head.author_id)
    subjects = stored_notes.subjects(tx, [note.id])
    content = Content(
        id=filing.id,
        note_id=note.id,
        revision=said.number,
        kind=note.kind,
        written_at=note.made_at,
        revised_at=said.made_at,
        happened_on=said.happened_on,
        happened_time=said.happened_time,
        described=said.described,
        saw=said.saw,
        thinks=said.thinks,
        whose=said.whose,
        worried=said.worried,
        contact=said.contact,
        child_seen=said.child_seen,
        categories=note.categories,
        only_for=note.narrowed,
        author={
            "name": note.author,
            "job": note.author_job,
            "agency": note.agency,
            "staff_number": author.staff_number
            if author and author.agency_id == actor.agency_id
            else None,
        },
        people=_people(tx, me, source, [row["person_id"] for row in subjects]),
        filed_by={"name": by.name, "staff_number": by.staff_number},
        filed_at=filing.filed_at,
        replaces=_replaces(tx, filing, by.agency_id),
    )
    stored.fetched(tx, filing.id, _digest(tx, actor, content))
    identities = [row["identity_id"] for row in subjects]
    _allowed(tx, actor, Action.FILING_FETCHED, identities, "export", filing.id)
    return content


def _people(tx: Tx, me: Me, source: str, people: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for person in people:
        verdict = access.verdict(tx, me, person)
        if verdict.sight is Sight.NOTHING:
            continue
        brief = briefs.shown(tx, verdict, person)
        own = stored.own_ids(tx, source, [verdict.standing.identity_id])
        found.append(
            {
                "id": brief.id,
                "name": brief.name,
                "born_on": brief.born_on,
                "source_ids": [row["source_key"] for row in own],
            }
        )
    return found


def _replaces(tx: Tx, filing: Filing, agency_id: str) -> str | None:
    return next(
        (
            one.reference
            for one in stored.of_note(tx, filing.note_id, agency_id)
            if one.source_id == filing.source_id
            and one.revision < filing.revision
            and one.reference
        ),
        None,
    )


def _digest(tx: Tx, actor: Actor, content: Content) -> str:
    """Give what tells later what was sent and, without the authority's key, nothing of its words."""
    said = json.dumps(asdict(content), sort_keys=True)
    secret = actor.authority.vault.secret(tx, "api")
    return hmac.new(secret, f"inkling filing 1\n{said}".encode(), hashlib.sha256).hexdigest()


def _source(tx: Tx, actor: Actor) -> str:
    token = stored_tokens.find(tx, actor.id)
    return token.source_id if token else ""


def _allowed(
    tx: Tx, actor: Actor, action: Action, identities: Sequence[str], reason: str, filing: str
) -> None:
    audit.allowed(tx, actor, action, subjects=identities, reason=reason, object=filing)
