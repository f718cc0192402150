"""Reading notes: what somebody is shown of them, with their words, marks and replies.

Whether they may see a note at all was decided before; here it is made of what is kept, leaving out
whom they must not know of.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from api import access, moment
from api.access import Sight, Verdict
from api.errors import Invalid
from api.record import briefs
from api.record.briefs import Brief
from api.store import Tx
from api.store import notes as stored
from api.store import people as stored_people
from api.store import relays as stored_relays
from api.store.access import Me
from api.store.engine import Row
from api.store.notes import Heads
from api.trust.actor import Actor

PAGE = 20

# What stands in the place of who wrote through the relay.
SOMEBODY, THROUGH_THE_RELAY = "somebody", "through the relay"


# Whom a look decided on before it came to the notes: the verdict, and the person as it shows them.
Decided = Mapping[str, tuple[Verdict, Brief]]


@dataclass(frozen=True)
class Subject:
    """Somebody a note is about."""

    id: str
    name: str


# Of these a page holds dozens: a NamedTuple is made in half the time of a frozen dataclass.
class Revision(NamedTuple):
    """One text of a note. `blacked_out` where it stands in the place of those before, because somebody whom
    they named was forgotten."""

    number: int
    described: str
    saw: str
    thinks: str
    whose: str
    worried: int | None
    contact: str | None
    child_seen: str | None
    happened_on: str
    happened_time: str | None
    made_at: str
    blacked_out: bool = False


@dataclass(frozen=True)
class Reply:
    """An answer to a note; `differs` where its author sees it differently."""

    author: str
    agency: str
    differs: bool
    text: str
    made_at: str


@dataclass(frozen=True)
class Withdrawal:
    """That and why a note was taken back."""

    kind: str
    reason: str
    made_at: str


@dataclass(frozen=True)
class InSystem:
    """A system of the reader's own agency, and how a note stands there (see `api.record.filings`).

    `state` is "" (never filed there), "waiting", "filed" or "refused", of the revision `revision`;
    `current` where that is what the note says now. `may` says whether the reader may file it now, `shut`
    that nothing can be given to the system now, or not this note.
    """

    id: str
    name: str
    may: bool
    shut: bool = False
    state: str = ""
    revision: int = 0
    current: bool = False
    by: str = ""
    at: str = ""
    reference: str = ""
    why: str = ""


class Note(NamedTuple):
    """A note as this actor may see it. `may` holds some of: "noticed too", "acted on", "reply",
    "revise", "withdraw", "wrong person". `captured_at` is when it was written on a device without
    signal; `clock_off` how many seconds that device's clock was ahead."""

    id: str
    kind: str
    people: Sequence[Subject]
    author: str
    author_job: str
    agency: str
    made_at: str
    captured_at: str | None
    clock_off: int | None
    now: Revision
    earlier: Sequence[Revision]
    categories: Sequence[str]
    narrowed: Sequence[str]
    voice: str
    withdrawn: Withdrawal | None
    noticed: Sequence[str]
    i_noticed: bool
    replies: Sequence[Reply]
    read_by_lead: bool
    i_lead: bool
    acted_on: bool
    mine: bool
    read: bool
    may: frozenset[str]
    # What the general number is told to reach who wrote it, where it went through the relay; `relayed`
    # where the reader is not shown who that is.
    reference: str = ""
    relayed: bool = False
    # Into which systems it can be filed; only where it was opened.
    systems: Sequence[InSystem] = ()


@dataclass(frozen=True)
class NotePage:
    """Some notes, newest first; `more` is what to pass as `before` for the next ones."""

    notes: Sequence[Note]
    more: str | None


@dataclass(frozen=True)
class Headline:
    """That there is news, about whom and from where: without the words."""

    id: str
    kind: str
    people: Sequence[Subject]
    author: str
    agency: str
    made_at: str
    mine: bool
    read: bool
    relayed: bool = False


def page_of(
    tx: Tx, actor: Actor, me: Me, heads: list[Heads], decided: Decided | None = None
) -> NotePage:
    """Make a page of these notes, newest first, of which there is one more than a page holds if
    there are more to come."""
    kept = heads[:PAGE]
    more = f"{kept[-1].made_at}~{kept[-1].id}" if len(heads) > PAGE else None
    return NotePage(many(tx, actor, me, kept, decided), more)


def cursor(before: str) -> stored.Before | None:
    """Read the `more` of a page. It holds all that it needs, so that it asks about no note."""
    if not before:
        return None
    at, _, id = before.partition("~")
    try:
        at = moment.text(moment.parse(at))
    except ValueError:
        id = ""
    if not moment.is_id(id):
        raise Invalid("There is no such page. Go back to the newest notes.")
    return at, id


def named_in(tx: Tx, notes: Iterable[Note | Headline], besides: str = "") -> list[str]:
    """Give the identities of everybody whom these notes name to the reader, `besides` somebody:
    for the trail."""
    ids = {subject.id for note in notes for subject in note.people} - {besides}
    return stored_people.identities(tx, sorted(ids)) if ids else []


def headlines(tx: Tx, me: Me, heads: list[Heads]) -> list[Headline]:
    """Make headlines of these notes: whose news there is, and no words."""
    heads = [_as_shown(me, head) for head in heads]
    ids = [head.id for head in heads]
    about = people_in(tx, me, grouped(stored.subjects(tx, ids)), {})
    read = {
        row["note_id"]
        for row in stored.marks(tx, ids, me)
        if row["mark"] == "read" and row["practitioner_id"] == me.id
    }
    return [
        Headline(
            head.id,
            head.kind,
            about.people[head.id],
            head.author,
            about.agency(head.id, head.agency_id, head.agency, head.located),
            head.made_at,
            mine=head.author_id == me.id,
            read=head.id in read or head.author_id == me.id,
            relayed=_is_relayed(me, head),
        )
        for head in heads
    ]


def many(
    tx: Tx, actor: Actor, me: Me, heads: Sequence[Heads], decided: Decided | None = None
) -> list[Note]:
    """Make these notes whole for a reader: words opened, people named as far as `me` may know them.

    `decided` is whom this look decided on already.
    """
    if not heads:
        return []
    heads = [_as_shown(me, head) for head in heads]
    ids = [head.id for head in heads]
    references = stored_relays.of_notes(tx, [head.id for head in heads if head.voice == "relay"])
    subjects = grouped(stored.subjects(tx, ids))
    about = people_in(tx, me, subjects, decided or {})
    revisions = grouped(stored.revisions(tx, ids))
    withdrawn = grouped(stored.withdrawals(tx, ids))
    replies = grouped(stored.replies(tx, ids, me))
    marks = grouped(stored.marks(tx, ids, me))
    labels = grouped(stored.labels(tx, ids))
    words = actor.authority.vault.open(
        tx,
        [
            row["words_id"]
            for rows in (revisions, withdrawn, replies)
            for group in rows.values()
            for row in group
            if row["words_id"]
        ],
    )

    def note(head: Heads) -> Note:
        id, mine, relayed = head.id, head.author_id == me.id, _is_relayed(me, head)
        # Outside the circle an author learns the outcome, not what others wrote or who they are.
        identities = about.identities[id]
        inside = not about.sighted.isdisjoint(identities)
        shows_others = inside and about.echoed.isdisjoint(identities)
        held, labelled = marks[id], labels[id]
        done = {row["mark"] for row in held if row["practitioner_id"] == me.id}
        led_by = about.led_by(identities)
        texts = [_revision(row, words) for row in revisions[id]]
        taken_back = next(iter(withdrawn[id]), None)
        return Note(
            id=id,
            kind=head.kind,
            people=about.people[id],
            author=head.author,
            author_job=head.author_job,
            agency=about.agency(id, head.agency_id, head.agency, head.located),
            made_at=head.made_at,
            captured_at=head.captured_at,
            clock_off=head.clock_off,
            now=texts[0],
            earlier=texts[1:],
            categories=[row["label"] for row in labelled if row["what"] == "category"],
            narrowed=[row["label"] for row in labelled if row["what"] == "narrowed"],
            voice=head.voice,
            withdrawn=_withdrawal(taken_back, words) if taken_back else None,
            noticed=[
                f"{row['name']}, {about.agency(id, **_place(row))}"
                for row in held
                if row["mark"] == "noticed too" and shows_others
            ],
            i_noticed="noticed too" in done,
            replies=[
                _reply(row, words, about.agency(id, **_place(row)))
                for row in replies[id]
                if shows_others or (inside and row["author_id"] == me.id)
            ],
            # Of what came through the relay its own agency learns it: nobody reads their own note, so that
            # one which the lead never reads would be the lead's.
            read_by_lead=not relayed
            and any(row["mark"] == "read" and row["practitioner_id"] in led_by for row in held),
            i_lead=me.id in led_by,
            acted_on=any(row["mark"] == "acted on" for row in held),
            mine=mine,
            read=mine or "read" in done,
            may=_may(me, head, done, inside, bool(taken_back), me.id in led_by),
            reference=references.get(id, ""),
            relayed=relayed,
        )

    return [note(head) for head in heads]


def _is_relayed(me: Me, head: Heads) -> bool:
    return not access.shows_author(me, head.author_id, head.agency_id, head.voice)


def _as_shown(me: Me, head: Heads) -> Heads:
    """Give a note without who wrote it, where that is not shown to the reader, nor by how much the clock
    of their device is off, which stands beside what they write by name too."""
    if not _is_relayed(me, head):
        return head
    return head._replace(
        author=SOMEBODY,
        author_job="",
        agency=THROUGH_THE_RELAY,
        located=0,
        captured_at=None,
        clock_off=None,
    )


def _may(
    me: Me, head: Heads, done: set[str], inside: bool, taken_back: bool, leading: bool
) -> frozenset[str]:
    """Say what the actor may do with a note that they are shown; `done` is what they did already."""
    mine = head.author_id == me.id
    acts = {"reply"} if inside else set()
    if head.hidden:
        return frozenset()
    if mine or leading or access.holds(me, "supervisor", head.author_team):
        acts.add("wrong person")
    if taken_back:
        return frozenset(acts)
    if inside and not mine:
        acts |= {"noticed too", "acted on"} - done
    if mine:
        acts |= {"revise", "withdraw"}
    return frozenset(acts)


@dataclass(frozen=True)
class About:
    """Whom some notes are about, as one reader may know them, by the note's id.

    `leads` says who leads whose circle; `sighted` are the identities whose circle the reader sees,
    `echoed` those whom the reader added and who are restricted;
    `hidden` the notes about somebody whose whereabouts the reader may not know; `shows_who` whether
    all of these people's pages say who supports them.
    """

    me: Me
    people: dict[str, list[Subject]]
    identities: dict[str, set[str]]
    leads: dict[str, Collection[str | None]]
    sighted: set[str]
    echoed: set[str]
    hidden: set[str]
    shows_who: bool

    def led_by(self, identities: Collection[str]) -> Collection[str | None]:
        """Give who leads the circle of any of these people."""
        leads = [self.leads.get(identity, ()) for identity in identities]
        return leads[0] if len(leads) == 1 else set().union(*leads)

    def agency(self, note_id: str, agency_id: str, agency: str, located: int) -> str:
        """Name an agency beside a note, unless its name would say where somebody is."""
        if located and note_id in self.hidden and agency_id != self.me.agency_id:
            return briefs.HIDDEN_PLACE
        return agency


def _place(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("agency_id", "agency", "located")}


def people_in(tx: Tx, me: Me, subjects: dict[str, list[Row]], decided: Decided) -> About:
    """Give whom notes are about, as far as `me` may know these people, each by the id that their
    own page has for this actor. `decided` is whom this look decided on already.
    """
    shown: dict[str, Subject] = {}
    verdicts: dict[str, Verdict] = {}
    for person in dict.fromkeys(row["person_id"] for rows in subjects.values() for row in rows):
        if person in decided:
            verdict, brief = decided[person]
            shown[person] = Subject(brief.id, brief.name)
        else:
            verdict = access.verdict(tx, me, person)
            if verdict.sight > Sight.NOTHING:
                brief = briefs.shown(tx, verdict, person)
                shown[person] = Subject(brief.id, brief.name)
        verdicts[person] = verdict
    return About(
        me=me,
        people={
            note_id: [shown[row["person_id"]] for row in rows if row["person_id"] in shown]
            for note_id, rows in subjects.items()
        },
        identities={id: {row["identity_id"] for row in rows} for id, rows in subjects.items()},
        leads={
            one.standing.identity_id: {tie.practitioner_id for tie in one.standing.ties if tie.lead}
            for one in verdicts.values()
        },
        sighted={
            one.standing.identity_id for one in verdicts.values() if one.sight is Sight.CIRCLE
        },
        echoed={
            one.standing.identity_id for one in verdicts.values() if access.is_echo(one.standing)
        },
        hidden={
            note_id
            for note_id, rows in subjects.items()
            if any(verdicts[row["person_id"]].location_hidden for row in rows)
        },
        shows_who=all(
            one.sight >= Sight.DIRECTORY and not one.location_hidden for one in verdicts.values()
        ),
    )


def _revision(row: Row, words: dict[str, str]) -> Revision:
    # Words are gone once the keys of everybody they were about are destroyed.
    said = json.loads(words.get(row["words_id"], '{"saw": "", "thinks": "", "whose": ""}'))
    return Revision(
        number=row["number"],
        described=said.get("described", ""),
        saw=said["saw"],
        thinks=said["thinks"],
        whose=said["whose"],
        worried=row["worried"],
        contact=row["contact"],
        child_seen=row["child_seen"],
        happened_on=row["happened_on"],
        happened_time=row["happened_time"],
        made_at=row["made_at"],
        blacked_out=bool(row["blacked_out"]),
    )


def _reply(row: Row, words: dict[str, str], agency: str) -> Reply:
    text = words.get(row["words_id"], "")
    return Reply(row["author"], agency, bool(row["differs"]), text, row["made_at"])


def _withdrawal(row: Row, words: dict[str, str]) -> Withdrawal:
    return Withdrawal(row["kind"], words.get(row["words_id"] or "", ""), row["made_at"])


def grouped(rows: list[Row]) -> defaultdict[str, list[Row]]:
    """Put rows together by the note that they belong to."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["note_id"]].append(row)
    return groups
