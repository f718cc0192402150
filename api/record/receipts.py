"""What a system fetches of the notes that are filed into it (see `api.record.filings`), and its answer.

Each note is given until it was answered, by the access that who filed it has at that moment; every time
leaves its row as an export.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from api import access
from api.errors import Conflict, Invalid, NotFound
from api.record import briefs, filings, reading
from api.store import Tx
from api.store import access as stored_access
from api.store import filings as stored
from api.store import notes as stored_notes
from api.store import practitioners as stored_practitioners
from api.store import tokens as stored_tokens
from api.store.access import Me
from api.store.filings import Filing
from api.telling import cursors, events, outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

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
            filings.allowed(tx, actor, Action.FILING_SETTLED, identities, "again", filing.id)
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
        filings.allowed(tx, actor, Action.FILING_SETTLED, identities, receipt.outcome, filing.id)

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
    if not reference.isprintable():
        raise Invalid("Use letters, figures and signs that can be seen.", "reference")
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
    if not (filings.may_read(tx, me, head) and filings.may_file(tx, me, head)):
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
        only_for=stored.only_for(tx, note.id),
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
    filings.allowed(tx, actor, Action.FILING_FETCHED, identities, "export", filing.id)
    return content


def _people(tx: Tx, me: Me, source: str, people: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for person in people:
        verdict = access.verdict(tx, me, person)
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
