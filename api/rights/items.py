"""The items of a request: put together, and decided one by one (or, some, `together`) by the agency
that controls each.

An item is given, given with words blacked out, or withheld by an exemption with a reason (`exemptions`
is the authority's list, with the law beside each: Data Protection Act 2018, Schedules 2 and 3). A
professional's name is not blacked out as a rule (Schedule 2, paragraph 17). What a sensitive agency
stands behind is in a part of its own, with numbers of its own: the main part is the same without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from api import access
from api.access import ItemFacts
from api.authority import Authority
from api.errors import Conflict, Invalid, NotFound
from api.rights import blacking, checks, held, requests
from api.rights.blacking import Line
from api.rights.held import Around
from api.rights.requests import Opened
from api.store import Tx
from api.store import held as stored_held
from api.store import requests as stored
from api.store.access import HIDDEN_PLACE
from api.store.requests import MAIN, Exemption, Item, Kept
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

PASSAGES = 60
PASSAGE_LENGTH = 2000

DECISIONS = (
    ("given", "Give it"),
    ("blacked out", "Give it with words blacked out"),
    ("withheld", "Hold it back"),
)

NO_SUCH = "There is no such item for you to decide here."


@dataclass(frozen=True)
class Decision:
    """What is decided of an item. `passages` are blacked out wherever they stand in it; `told` says
    whether the reader is told that it is held back, and by which exemption."""

    decision: str
    exemption: str = ""
    reason: str = ""
    passages: Sequence[str] = ()
    told: bool = False


@dataclass(frozen=True)
class Entry:
    """An item in a list, without its words: what it is, who controls it, what was decided and why; `plain`
    where it may be decided together with others (see `together`)."""

    id: str
    number: int
    what: str
    agency: str
    day: str
    decision: str
    exemption: str
    reason: str
    mine: bool
    plain: bool


@dataclass(frozen=True)
class Found:
    """Somebody whom an item names, and the words by which it does."""

    name: str
    words: Sequence[str]


@dataclass(frozen=True)
class Review:
    """An item before whoever decides about it: what it says, whom it names, what was decided, and how
    the reader will see it (None while nothing was decided)."""

    request: requests.Request
    entry: Entry
    part: str
    lines: Sequence[Line]
    named: Sequence[Found]
    has_places: bool
    decided: Decision
    as_read: Sequence[Line] | None
    exemptions: Sequence[Exemption]
    before: str | None
    after: str | None


def gather(actor: Actor, request_id: str) -> None:
    """Put together all that is held about the person now; whoever decides about it is told.

    Raises Conflict while something is not checked, or where it was done already.
    """

    def change(tx: Tx) -> None:
        kept = requests.require_handling(tx, actor, request_id, Action.REQUEST_GATHERED).kept
        if kept.gathered_at:
            raise Conflict("What is held was put together already.")
        lacking = checks.missing(kept, stored.checks(tx, request_id))
        if lacking:
            raise Conflict(" ".join(lacking))
        workers = stored_held.workers(tx, kept.identity_id)
        parts: dict[str, list[dict[str, object]]] = {MAIN: []}
        for one in held.everything(tx, kept.identity_id):
            parts.setdefault(one.sealed or MAIN, []).append(
                {
                    "kind": one.kind,
                    "ref": one.ref,
                    "agency_id": one.agency_id,
                    "author_id": one.author_id or workers.get(one.agency_id or ""),
                    "note_id": one.note_id,
                    "day": one.at,
                }
            )
        for part, rows in parts.items():
            stored.add_items(tx, request_id, part, rows)
        stored.change(tx, request_id, gathered_at=tx.now)
        outbox.put(tx, actor, "items to decide", person_id=kept.person_id, request_id=request_id)
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_GATHERED,
            subjects=[kept.identity_id],
            object=request_id,
        )

    actor.store.write(change)


def review(actor: Actor, request_id: str, item_id: str, trial: Decision | None = None) -> Review:
    """Give an item to whoever decides about it, with its words; `trial` is a decision that is only
    tried, to see it as the reader will.

    Raises NotFound for anybody else, Invalid for a trial that could not be taken.
    """

    def looking(tx: Tx) -> Review:
        opened, item = _require(tx, actor, request_id, item_id, Action.REQUEST_ITEM_LOOKED)
        kept, authority = opened.kept, actor.authority
        whole = held.around(tx, authority, kept, item.part)
        lines = held.texts(tx, authority, kept, [item], whole)[item.id]
        decided = trial or decision_of(tx, authority, item)
        exemptions = stored.exemptions(tx)
        if trial:
            check(lines, kept, trial, exemptions)
        mine = stored.decided_by_me(tx, opened.me, request_id)
        before, after = _beside(mine, item)
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_ITEM_LOOKED,
            subjects=[kept.identity_id],
            object=item.id,
        )
        return Review(
            request=requests.shown(tx, authority, opened),
            entry=entries(tx, authority, opened, [item], {item.id})[0],
            part=item.part,
            lines=lines,
            named=named(lines, whole),
            has_places=any(blacking.BLACK in line.text for line in lines),
            decided=decided,
            as_read=as_read(lines, decided) if decided.decision else None,
            exemptions=[one for one in exemptions if is_offered(one, kept)],
            before=before,
            after=after,
        )

    return actor.store.look(looking)


def decide(actor: Actor, request_id: str, item_id: str, decision: Decision) -> str | None:
    """Decide about an item that the actor's agency controls; give the next one that waits for them.

    Whoever signed its part off has to again. Raises NotFound for anybody else, Invalid for what cannot
    be taken, Conflict once the part was handed over or the request has ended.
    """
    decision = tidy(decision)

    def change(tx: Tx) -> str | None:
        opened, item = _require(tx, actor, request_id, item_id, Action.REQUEST_ITEM_DECIDED)
        kept = opened.kept
        requests.hold(tx, kept)
        if stored.parts(tx, request_id)[item.part].handed_at:
            raise Conflict("It was handed over already.")
        whole = held.around(tx, actor.authority, kept, item.part)
        lines = held.texts(tx, actor.authority, kept, [item], whole)[item.id]
        check(lines, kept, decision, stored.exemptions(tx))
        settle(tx, actor, kept, [item], decision)
        waiting = [
            one for one in stored.decided_by_me(tx, opened.me, request_id) if not one.decision
        ]
        return waiting[0].id if waiting else None

    return actor.store.write(change)


def settle(tx: Tx, actor: Actor, kept: Kept, decided: Sequence[Item], decision: Decision) -> None:
    """Keep what was decided of items of one part, each with its reason and in the trail, inside a change."""
    said = json.dumps({"reason": decision.reason, "passages": list(decision.passages)})
    for item in decided:
        stored.decide(
            tx,
            item.id,
            decision=decision.decision,
            exemption=decision.exemption or None,
            told=int(decision.told),
            words_id=actor.authority.vault.keep(tx, said, [kept.identity_id]),
            decided_by=actor.id,
            decided_at=tx.now,
        )
        audit.allowed(
            tx,
            actor,
            Action.REQUEST_ITEM_DECIDED,
            subjects=[kept.identity_id],
            reason=decision.exemption or decision.decision,
            object=item.id,
            details=decision.reason,
        )
    part = decided[0].part
    requests.unsign(tx, kept.id, part)
    if part == MAIN and all(one.decision for one in stored.items(tx, kept.id, MAIN)):
        outbox.put(tx, actor, "items decided", person_id=kept.person_id, request_id=kept.id)


# --- For the pack --------------------------------------------------------------------------------


def as_read(lines: Sequence[Line], decision: Decision) -> list[Line]:
    """Give an item's lines as the reader will see them: the preview and the pack are both made here."""
    if decision.decision == "withheld":
        return []
    return blacking.lines(lines, decision.passages if decision.decision == "blacked out" else ())


def decision_of(tx: Tx, authority: Authority, item: Item) -> Decision:
    """Give what was decided of an item; of one that waits, a decision of nothing."""
    return decisions(tx, authority, [item])[item.id]


def decisions(tx: Tx, authority: Authority, items: Sequence[Item]) -> dict[str, Decision]:
    """Give what was decided of items, by their ids."""
    texts = authority.vault.open(tx, [one.words_id for one in items if one.words_id])
    found = {}
    for one in items:
        said = json.loads(texts.get(one.words_id or "", '{"reason": "", "passages": []}'))
        # What was to be blacked out and cannot be read any more, is not given.
        lost = one.decision == "blacked out" and not said["passages"]
        found[one.id] = Decision(
            decision="withheld" if lost else one.decision or "",
            exemption=one.exemption or "",
            reason=said["reason"],
            passages=said["passages"],
            told=bool(one.told),
        )
    return found


def names_agencies(authority: Authority, opened: Opened) -> Callable[[Item], str]:
    """Give what names the agency that controls an item to this reader: a school's or a surgery's name
    says where a child is, and is left out where that is hidden from them."""
    hidden, own = opened.standing.location_hidden, opened.me.agency_id

    def named(item: Item) -> str:
        if hidden and item.located and item.agency_id != own:
            return HIDDEN_PLACE
        return item.agency or authority.settings.name

    return named


def entries(
    tx: Tx, authority: Authority, opened: Opened, items: Sequence[Item], mine: set[str]
) -> list[Entry]:
    """Give items for a list, without their words. `mine` are those that the reader decides about."""
    named = names_agencies(authority, opened)
    labels = {one.code: one.label for one in stored.exemptions(tx)}
    decided = decisions(tx, authority, items)
    return [
        Entry(
            id=one.id,
            number=one.number,
            what=held.WHAT[one.kind],
            agency=named(one),
            day=one.day,
            decision=one.decision or "",
            exemption=labels.get(one.exemption or "", ""),
            reason=decided[one.id].reason,
            mine=one.id in mine,
            plain=one.kind in held.PLAIN,
        )
        for one in items
    ]


def facts_of(tx: Tx, item: Item) -> ItemFacts:
    """Give what the rules look at in an item."""
    return ItemFacts(item.agency_id, item.author_team, stored.is_supervised(tx, item))


def _require(
    tx: Tx, actor: Actor, request_id: str, item_id: str, action: Action
) -> tuple[Opened, Item]:
    opened = requests.require(tx, actor, request_id, action)
    if requests.is_over(opened.kept):
        raise Conflict(requests.ENDED)
    for item in stored.decided_by_me(tx, opened.me, request_id):
        if item.id == item_id and may_decide(tx, opened, item):
            return opened, item
    audit.refused(
        tx,
        actor,
        action,
        subjects=[opened.kept.identity_id],
        reason="not theirs to decide",
        object=item_id,
    )
    raise NotFound(NO_SUCH)


def may_decide(tx: Tx, opened: Opened, item: Item) -> bool:
    """Say whether an item is somebody's to decide."""
    if item.agency_id is None:  # what the authority itself keeps is nobody's words
        return opened.handles
    about = stored_held.subjects(tx, [item.note_id]) if item.note_id else []
    others = [access.verdict(tx, opened.me, row["identity_id"]).standing for row in about]
    return access.may_review(opened.standing, facts_of(tx, item), others)


def check(
    lines: Sequence[Line], kept: Kept, decision: Decision, exemptions: Sequence[Exemption]
) -> None:
    """Raise Invalid for a decision that cannot be taken, naming the field."""
    if decision.decision not in dict(DECISIONS):
        raise Invalid("Choose what to do with it.", "decision")
    if decision.decision == "given":
        if decision.passages:
            raise Invalid(
                "You named words to black out. Choose to give it with words blacked out, or empty "
                "the box.",
                "decision",
            )
        return
    known = {one.code: one for one in exemptions}
    chosen = known.get(decision.exemption)
    if chosen is None or chosen.retired:
        raise Invalid("Choose the exemption that lets you.", "exemption")
    if chosen.parent and kept.asker == "person":
        raise Invalid("This exemption holds only where somebody else asks.", "exemption")
    if not decision.reason:
        raise Invalid("Say why, without repeating the words.", "reason")
    if decision.decision == "blacked out":
        if not decision.passages:
            raise Invalid("Name the words to black out.", "passages")
        lost = [one for one in decision.passages if not blacking.stands_in(lines, one)]
        if lost:
            raise Invalid(f"These words do not stand in it: {lost[0][:80]}", "passages")


def is_offered(exemption: Exemption, kept: Kept) -> bool:
    """Say whether an exemption may be chosen where this one asks."""
    return not exemption.retired and (kept.asker != "person" or not exemption.parent)


def tidy(decision: Decision) -> Decision:
    """Give a decision as it is kept. Raises Invalid for what is too long."""
    passages = list(
        dict.fromkeys(
            passage
            for passage in (" ".join(blacking.clean(one).split()) for one in decision.passages)
            if passage
        )
    )
    if len(passages) > PASSAGES or any(len(one) > PASSAGE_LENGTH for one in passages):
        raise Invalid(f"Name {PASSAGES} passages or fewer, each on a line of its own.", "passages")
    withheld = decision.decision == "withheld"
    given = decision.decision == "given"
    return replace(
        decision,
        exemption="" if given else decision.exemption,
        reason=requests.words(decision.reason, "reason"),
        passages=[] if withheld else passages,
        told=decision.told and withheld,
    )


def named(lines: Sequence[Line], whole: Around) -> list[Found]:
    """Give whom these lines name, of those who are known, each with the words by which they do."""
    found = []
    for other in whole.others:
        words = [word for word in other.words if blacking.stands_in(lines, word)]
        if words:
            found.append(Found(other.name, words))
    return found


def _beside(mine: Sequence[Item], item: Item) -> tuple[str | None, str | None]:
    ids = [one.id for one in mine]
    place = ids.index(item.id)
    return (
        ids[place - 1] if place else None,
        ids[place + 1] if place + 1 < len(ids) else None,
    )
