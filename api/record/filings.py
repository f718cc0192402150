"""Filing a note into the case-management system of one's own agency, so that nobody records twice.

Somebody who may read a note files it in one tap. Their agency's system hears that there is something to
fetch, fetches it, and answers with its reference: that is the receipt. Each revision is filed once.
Access is that of who filed it, asked when they tap and again when the system fetches. A note of a
sensitive service, one that came through the relay from another agency, one about somebody who is
restricted or whose place is protected, and one that is open to its reader in an emergency only, goes into
no other system. What somebody wrote about a person whom they added themselves goes there as about anybody
new: they must not be told by it that this is somebody restricted.
"""

from __future__ import annotations

from collections.abc import Sequence

from api import access
from api.access import Sight
from api.errors import Conflict, NotAllowed, NotFound
from api.record.reading import InSystem, Note
from api.store import Tx
from api.store import access as stored_access
from api.store import filings as stored
from api.store import notes as stored_notes
from api.store.access import Me
from api.store.filings import Filing
from api.store.notes import Heads
from api.telling import events, outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action


def systems(tx: Tx, actor: Actor, me: Me, note: Note) -> Sequence[InSystem]:
    """Give the systems of the reader's agency that this note can be, or was, filed into; inside a look
    at a note that they are shown."""
    taking = stored.systems(tx, me.agency_id)
    held = stored.of_note(tx, note.id, me.agency_id)
    if not taking and not held:
        return ()
    head = stored_notes.find(tx, note.id)
    may = head is not None and may_file(tx, me, head)
    identities = [row["identity_id"] for row in stored_notes.subjects(tx, [note.id])]
    shut = bool(held) and stored.kept_back(tx, identities, me)
    whys = actor.authority.vault.open(tx, [one.words_id for one in held if one.words_id])
    latest: dict[str, Filing] = {}
    for one in held:
        latest.setdefault(one.source_id, one)
    found = []
    for system in taking:
        filing = latest.pop(system.source_id, None)
        open_ = filing is None or filing.revision < note.now.number or _can_go_again(tx, filing)
        found.append(_place(system, filing, note, whys, may=may and open_, shut=shut))
    gone = [stored.System(one.source_id, one.system) for one in latest.values()]
    return [
        *found,
        *(_place(one, latest[one.source_id], note, whys, may=False, shut=True) for one in gone),
    ]


def file(actor: Actor, note_id: str, system_id: str, revision: int) -> None:
    """File a note into a system of the actor's own agency; `revision` is the one that they saw.

    Filing it again does nothing, unless the system had refused it, or who had filed it may not do so
    any more. Raises NotFound, NotAllowed; Conflict where the note was corrected or taken back meanwhile.
    """

    def change(tx: Tx) -> None:
        me = access.who(tx, actor)
        head = stored_notes.find(tx, note_id)
        if head is None or not may_read(tx, me, head):
            audit.refused(tx, actor, Action.NOTE_FILED, reason="not shown", object=note_id)
            raise NotFound("There is no such note here.")
        taking = {system.source_id for system in stored.systems(tx, me.agency_id)}
        if system_id not in taking or not may_file(tx, me, head):
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
            allowed(tx, actor, Action.NOTE_FILED, identities, "again", before.id)
            return
        people = [row["person_id"] for row in subjects]
        if before:
            stored.again(tx, before.id, actor.id)
            filing = before.id
        else:
            filing = stored.add(tx, note_id, revision, system_id, actor.id, people)
        events.to_be_filed(tx, me.agency_id, system_id, filing, people[0])
        allowed(tx, actor, Action.NOTE_FILED, identities, "export", filing)

    actor.store.write(change)


def _place(
    system: stored.System,
    filing: Filing | None,
    note: Note,
    whys: dict[str, str],
    *,
    may: bool,
    shut: bool,
) -> InSystem:
    if filing is None:
        return InSystem(system.source_id, system.name, may)
    return InSystem(
        system.source_id,
        system.name,
        may,
        shut=shut,
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


def may_read(tx: Tx, me: Me, head: Heads) -> bool:
    """Whether somebody is shown a note: as its author, or from within a circle."""
    if me.left or not stored_notes.is_shown(tx, head.id, me):
        return False
    if head.author_id == me.id:
        return True
    return any(
        access.verdict(tx, me, row["person_id"]).sight is Sight.CIRCLE
        for row in stored_notes.subjects(tx, [head.id])
    )


def may_file(tx: Tx, me: Me, head: Heads) -> bool:
    """Whether a note that somebody may read may go into another system in their name."""
    if head.sensitive or head.hidden or not access.works(me):
        return False
    # From a sealed service or not: nobody must tell by what can be filed where it came from.
    if not access.shows_author(me, head.author_id, head.agency_id, head.voice):
        return False
    if stored_notes.withdrawals(tx, [head.id]):
        return False
    subjects = stored_notes.subjects(tx, [head.id])
    verdicts = [access.verdict(tx, me, row["person_id"]) for row in subjects]
    # Its author still reads it who must not know of somebody any more; their system is told of nobody.
    if any(one.sight is Sight.NOTHING for one in verdicts):
        return False
    if head.author_id != me.id and not any(
        one.sight is Sight.CIRCLE and access.may_take_out(one.standing) for one in verdicts
    ):
        return False
    return not stored.kept_back(tx, [row["identity_id"] for row in subjects], me)


def _can_go_again(tx: Tx, filing: Filing) -> bool:
    """Whether a filing that stands needs somebody to file it again: it was refused, or who filed it
    may not do so any more before the system answered."""
    if filing.state == "refused":
        return True
    head = stored_notes.find(tx, filing.note_id)
    who = stored_access.me(tx, filing.filed_by)
    may = head and may_read(tx, who, head) and may_file(tx, who, head)
    return filing.state == "waiting" and not may


def allowed(
    tx: Tx, actor: Actor, action: Action, identities: Sequence[str], reason: str, filing: str
) -> None:
    """Leave the row of something that was done with a filing."""
    audit.allowed(tx, actor, action, subjects=identities, reason=reason, object=filing)
