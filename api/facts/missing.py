"""The row-drop alarm: what a source said of people until now, and does not say any more.

Counted is of how many people nothing of a kind is said any more, not how many facts differ: whoever
moved has an address before and after. A whole group that vanishes (everybody with one landlord) is
an alarm of its own, however small a share of the source it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.store import Reads
from api.store import loads as stored
from api.store.loads import SAYS, Fact
from api.store.scratch import Scratch
from api.store.sources import Source

# Fewer than this are what happens from day to day, whatever the share.
FEWEST_PEOPLE = 5
FEWEST_IN_A_GROUP = 10

_WORDS = {
    "names": "names",
    "particulars": "dates of birth",
    "identifiers": "numbers",
    "addresses": "addresses",
    "plans": "plans",
    "involvements": "lines of who supports whom",
    "details": "details of services",
}


def lose(scratch: Scratch, identity: str, gone: Iterable[Fact], left: Sequence[Fact]) -> None:
    """Note what of a person ends without anything of its kind in its place."""
    kinds = {kind for fact in left for kind in _kinds(fact)}
    for fact in gone:
        for kind in _kinds(fact):
            if kind not in kinds:
                scratch.lose(kind, identity)


def people(scratch: Scratch) -> int:
    """Give how many people the source speaks of no more."""
    return scratch.lost(1).get("people", 0)


def alarm(db: Reads, source: Source, scratch: Scratch) -> str:
    """Say in one sentence what is missing beyond what the source may lose; "" where nothing is."""
    lost = scratch.lost(FEWEST_PEOPLE)
    if not lost:
        return ""
    spoken = stored.spoken_of(db, source)
    over = [
        what
        for what in ("people", *SAYS)
        if lost.get(what, 0) * 100 > source.missing_share * spoken[what]
    ]
    if "people" in over:
        return (
            f"{lost['people']:,} of the {spoken['people']:,} people whom it spoke of are missing; "
            f"at most {source.missing_share} in a hundred may be."
        )
    for what in over:
        return (
            f"{_WORDS[what].capitalize()} of {lost[what]:,} people are missing, of "
            f"{spoken[what]:,}; at most {source.missing_share} in a hundred may be."
        )
    for line in stored.lines(db, source, FEWEST_IN_A_GROUP):
        if lost.get(_group(line["agency_id"], line["role"]), 0) >= line["n"]:
            return (
                f"All {line['n']:,} are missing whose line says: {line['role']}, {line['agency']}."
            )
    return ""


def _kinds(fact: Fact) -> list[str]:
    if fact.table != "involvements":
        return [fact.table]
    return [fact.table, _group(fact.get("agency_id"), fact.get("role"))]


def _group(agency_id: str, role: str) -> str:
    return f"{agency_id} {role}"
