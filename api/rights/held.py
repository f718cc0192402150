"""What an item of a request says, line by line: the same for whoever reads it.

One function, `texts`, puts every item into words, for its reviewer, for the preview and for the pack.
Nothing here depends on who looks. Where somebody is whose location is protected is blacked out here
already, so that it is on no reviewer's page and in no pack, whoever asks.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.authority import Authority
from api.rights import blacking, fact_lines, saying
from api.rights.blacking import Line
from api.store import Tx
from api.store import held as stored
from api.store import protections as stored_protections
from api.store.engine import Row
from api.store.held import Held
from api.store.requests import MAIN, Item, Kept

WHAT = {
    "name": "A name",
    "birth": "Birth, death and gender",
    "number": "A number",
    "address": "An address",
    "relationship": "Family",
    "involvement": "Who gave support",
    "plan": "A plan",
    "detail": "What a service said",
    "note": "A note",
    "reply": "An answer to a note",
    "statement": "What the family says",
    "share": "What was told to somebody outside, or not",
    "sheet": "That the family was given its sheet",
    "ask": "What everyone who supports the person was asked",
    "answer": "An answer to what was asked",
}
# Facts about a person themself: in nobody's own words, and of nobody's family but theirs.
PLAIN = frozenset({"name", "birth", "number", "address", "involvement", "plan"})
NOTES = {"worry": "Worry", "contact": "Contact", "strength": "Strength"}
# A part of an address that is this short or only a number is no place.
_SHORTEST = 4


@dataclass(frozen=True)
class Other:
    """Somebody else whom texts may name, and the words by which they may do so."""

    name: str
    words: Sequence[str]


@dataclass(frozen=True)
class Around:
    """Who else may be named in a person's items, and what would say where somebody protected is; `protected`
    whether it is the person themself. `here` is what is held of them in this part now: kind and row."""

    name: str
    others: Sequence[Other]
    places: Sequence[str]
    protected: bool
    here: frozenset[tuple[str, str]]


def around(tx: Tx, authority: Authority, request: Kept, part: str) -> Around:
    """Give the person's name, the people whom texts about them may name, and the places that stay out.

    Nobody who is restricted is among them, and in the main part nothing that a sensitive agency says."""
    identity = request.identity_id
    found = everything(tx, identity)
    notes = [one.note_id for one in found if one.note_id and (one.sealed or MAIN) in (MAIN, part)]
    related = stored.relatives(tx, [identity])
    others = {row["identity_id"] for row in related if row["identity_id"]}
    others |= {row["identity_id"] for row in stored.subjects(tx, notes)}
    names = stored.names(tx, sorted(others | {identity}), identity)
    own = {word.casefold() for row in names.get(identity, ()) for word in saying.full(row).split()}
    known = [
        Other(saying.name(names[one]), _called([saying.full(row) for row in names[one]], own))
        for one in sorted(others - {identity})
        if one in names
    ]
    mentioned = [row["mentioned"] for row in related if row["mentioned"]]
    known += [Other(name, _called([name], own | _small(name))) for name in mentioned]
    places = stored.places(tx, sorted(others | {identity}), None if part == MAIN else part)
    return Around(
        name=saying.name_of(names.get(identity, ())),
        others=known,
        places=_places(places, authority.settings.name),
        protected=stored.is_protected(tx, identity),
        here=frozenset((one.kind, one.ref) for one in found if (one.sealed or MAIN) == part),
    )


def everything(tx: Tx, identity: str) -> list[Held]:
    """Give all that is held about a person, on records that echo theirs too."""
    return stored.everything(tx, [identity, *stored_protections.echoes(tx, [identity])])


def texts(
    tx: Tx, authority: Authority, request: Kept, items: Sequence[Item], whole: Around
) -> dict[str, list[Line]]:
    """Put items into words: lines by the id of the item, without protected places. What is not held of the
    person in this part any more (a note on the wrong person, a record that is somebody else's after all) has
    none."""
    until = request.gathered_at or tx.now
    by_kind = defaultdict[str, list[Item]](list)
    for item in items:
        by_kind[item.kind].append(item)
    said: dict[str, list[Line]] = {}
    for kind, some in by_kind.items():
        refs = [one.ref for one in some]
        if kind == "note":
            found = _notes(tx, authority, refs, until, request.identity_id)
        elif kind == "reply":
            found = _replies(tx, authority, refs)
        elif kind in stored.WORDS:
            found = _written(tx, authority, kind, refs)
        else:
            found = fact_lines.of(tx, kind, refs, request.identity_id, whole.protected)
        for one in some:
            # A school's or a surgery's name says where a child is.
            hidden = whole.protected and one.located
            name = blacking.BLACK if hidden else one.agency or authority.settings.name
            controlled = Line("Agency that controls this", name)
            stands = one.ref in found and (one.kind, one.ref) in whole.here
            said[one.id] = [controlled, *found[one.ref]] if stands else []
    return {
        id: blacking.lines(
            [Line(line.label, blacking.clean(line.text)) for line in lines if line.text],
            whole.places,
        )
        for id, lines in said.items()
    }


def _notes(
    tx: Tx, authority: Authority, ids: Sequence[str], until: str, identity: str
) -> dict[str, list[Line]]:
    revisions = _grouped(stored.revisions(tx, ids, until))
    withdrawn = _grouped(stored.withdrawals(tx, ids, until))
    noticed = _grouped(stored.noticed(tx, ids, until))
    about = _grouped(stored.subjects(tx, ids))
    names = stored.names(
        tx, sorted({row["identity_id"] for rows in about.values() for row in rows})
    )
    words = authority.vault.open(
        tx,
        [
            row["words_id"]
            for rows in (*revisions.values(), *withdrawn.values())
            for row in rows
            if row["words_id"]
        ],
    )
    found = {}
    for note in stored.note_rows(tx, ids):
        id = note["id"]
        also = [
            saying.name(names[row["identity_id"]])
            for row in about[id]
            if row["identity_id"] != identity and row["identity_id"] in names
        ]
        texts = revisions[id]
        lines = [
            Line("Kind", NOTES[note["kind"]]),
            Line("Written by", f"{note['author']}, {note['author_job']}"),
            Line("Written on", saying.at(note["made_at"])),
            Line("Also about", " and ".join(also)),
        ]
        for n, row in enumerate(reversed(texts)):
            lines += _revision(row, words, earlier=n > 0)
        for row in withdrawn[id]:
            why = words.get(row["words_id"] or "", "")
            lines.append(
                Line(f"Taken back on {saying.at(row['made_at'])}", why or "No reason is kept.")
            )
        seen = ", ".join(f"{row['name']}, {row['job']}" for row in noticed[id])
        found[id] = [*lines, Line("Noticed too by", seen)]
    return found


def _revision(row: Row, words: Mapping[str, str], *, earlier: bool) -> list[Line]:
    # Words are gone once the keys of everybody they were about are destroyed.
    said = json.loads(words.get(row["words_id"], "null")) or {"saw": saying.GONE}
    happened = " ".join(
        part for part in (saying.on(row["happened_on"]), row["happened_time"]) if part
    )
    worried = "" if row["worried"] is None else f"{row['worried']} of 10"
    lines = [
        Line("Happened on", happened),
        Line("What was seen or heard", said.get("saw", "")),
        Line("What was thought or felt", said.get("thinks", "")),
        Line("Whose words", said.get("whose", "")),
        Line("Whom it was thought to be about", said.get("described", "")),
        Line("How worried", worried),
        Line("Contact", row["contact"] or ""),
        Line("Was the child seen", row["child_seen"] or ""),
        Line("Words were taken out on", saying.at(row["made_at"]) if row["blacked_out"] else ""),
    ]
    if not earlier:
        return lines
    before = f"Before it was corrected ({saying.at(row['made_at'])}): "
    return [Line(before + line.label[0].lower() + line.label[1:], line.text) for line in lines]


def _replies(tx: Tx, authority: Authority, ids: Sequence[str]) -> dict[str, list[Line]]:
    rows = stored.reply_rows(tx, ids)
    words = authority.vault.open(tx, [row["words_id"] for row in rows])
    return {
        row["id"]: [
            Line("Written by", f"{row['author']}, {row['author_job']}"),
            Line("Written on", saying.at(row["made_at"])),
            Line("Sees it differently", "Yes" if row["differs"] else ""),
            Line("What it says", words.get(row["words_id"], saying.GONE)),
        ]
        for row in rows
    }


def _written(tx: Tx, authority: Authority, kind: str, ids: Sequence[str]) -> dict[str, list[Line]]:
    rows = stored.written(tx, kind, ids)
    texts = authority.vault.open(tx, [row["words_id"] for row in rows if row["words_id"]])
    found = {}
    for row in rows:
        text = texts.get(row["words_id"] or "", saying.GONE if row["words_id"] else "")
        found[row["id"]] = [
            *_SAID[kind](row, {"said": text} if kind in ("ask", "answer") else _read(text)),
            Line("Written down by", f"{row['author']}, {row['author_job']}"),
            Line("Written on", saying.at(row["made_at"])),
        ]
    return found


def _read(text: str) -> Mapping[str, str]:
    """Read words that are kept as several; what was erased is `said`."""
    return {"said": saying.GONE} if text == saying.GONE else dict(json.loads(text))


_SAID: Mapping[str, Callable[[Row, Mapping[str, str]], list[Line]]] = {
    "statement": lambda _, said: [
        Line("Whose words", said.get("who", "")),
        Line("What they say", said.get("said", "")),
    ],
    "share": lambda row, said: [
        Line("Was it shared", "Yes" if row["shared"] else "No"),
        Line("With whom", said.get("to", "")),
        Line("What", said.get("what", said.get("said", ""))),
        Line("Why", said.get("reason", "")),
        Line("On which basis", f"{row['basis']} ({row['law']})"),
    ],
    "sheet": lambda _, said: [Line("Given to", said.get("to", said.get("said", "")))],
    "ask": lambda _, said: [
        Line("What was asked", said.get("said") or "Would anyone else who supports them ring me?")
    ],
    "answer": lambda _, said: [Line("The answer", said.get("said") or "Yes")],
}


def _grouped(rows: Iterable[Row]) -> defaultdict[str, list[Row]]:
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["note_id"]].append(row)
    return groups


def _called(names: Sequence[str], besides: set[str]) -> list[str]:
    """Give by what somebody of these names may be called: all of one, and each word of it `besides` some,
    such as the person's own name."""
    words = [word for name in names for word in name.split() if word.casefold() not in besides]
    return list(dict.fromkeys(one for one in (*names, *words) if one))


def _small(mentioned: str) -> set[str]:
    """Give the words of what somebody wrote in a name's place that are no names: "Ann from church"."""
    return {word.casefold() for word in mentioned.split() if word[0].islower()}


def _places(rows: Sequence[Row], authority: str) -> list[str]:
    """Give what of an address or an agency's name would say where somebody is: all of it, each of its
    parts, and a street without its number; not the name of the authority's own area."""
    found = dict[str, None]()
    for row in rows:
        parts = [part.strip() for part in re.split(r"[,\n]", row["name"])]
        streets = [re.sub(r"^\W*\d+\w?\s+", "", part) for part in parts]
        code = row["postcode"].strip()
        for one in (" ".join(row["name"].split()), *parts, *streets, code, "".join(code.split())):
            bare = one.strip(" .,;")
            if len(bare) >= _SHORTEST and bare.casefold() not in authority.casefold():
                found[bare] = None
    return list(found)
