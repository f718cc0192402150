"""What a service says of somebody beside who supports them: an admission, arrears, an offence.

In a mapping each is a table of its own, as many as it takes:

[[details]]
kind = "tenancy-risk"               # by this the authority says which kinds of agency see it
label = "Rent arrears"              # what a page calls it
says = ["Rent arrears"]             # the headings it goes by
also = ["Rent arrears case"]        # a second column that belongs to it: "Yes, case open"
on = ["Rent arrears date"]          # the day it speaks of
one_of = ["Yes", "No", "Case open"] # what it may say; anything else is left out, and said so
date = true                         # what it says is a day
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.errors import Invalid
from api.facts.cells import folded, read_date

LONGEST = 200
_KEYS = {"kind", "label", "says", "also", "on", "one_of", "date"}
# Some systems write one letter for what others write out.
_SHORT = {"y": "yes", "n": "no"}

# What one row says: kind, label, value, the day it speaks of as ISO text, and its place in the mapping.
Said = tuple[str, str, str, str | None, int]


@dataclass(frozen=True)
class Detail:
    """One detail of a mapping. Headings, and what it may say, are folded."""

    kind: str
    label: str
    says: frozenset[str]
    also: frozenset[str]
    on: frozenset[str]
    one_of: Map[str, str]
    is_date: bool


def parse(told: list[Map[str, Any]]) -> tuple[Detail, ...]:
    """Read the details of a mapping. Raises Invalid, saying what is wrong with them."""
    return tuple(_parse(one) for one in told)


def read(
    details: tuple[Detail, ...], cells: Map[str, str], today: date
) -> tuple[list[Said], list[str]]:
    """Read what one row says, `cells` by their folded headings; and give a sentence for each that is
    left out, which holds nothing about a person."""
    said: list[Said] = []
    unread = []
    for place, detail in enumerate(details):
        try:
            value = ", ".join(_parts(detail, cells, today))
            day = read_date(_cell(detail.on, cells), today) if value and detail.on else None
        except (ValueError, OverflowError):
            unread.append(
                f"What it says under {detail.label} cannot be read. The rest of the row was taken."
            )
            continue
        if value:
            on = day.isoformat() if day else None
            said.append((detail.kind, detail.label, value, on, place))
    return said, unread


def _parse(one: Map[str, Any]) -> Detail:
    if not isinstance(one, dict):
        raise Invalid("Each detail of the mapping is a [[details]] of its own.", "mapping")
    label, kind = one.get("label", ""), one.get("kind", "")
    unknown = set(one) - _KEYS
    if unknown:
        raise Invalid(f"A detail of the mapping speaks of {', '.join(sorted(unknown))}.", "mapping")
    if not (label and one.get("says") and re.fullmatch(r"[a-z0-9-]{1,40}", kind)):
        raise Invalid("A detail has a kind (small letters), a label and what it says.", "mapping")
    return Detail(
        kind=kind,
        label=label,
        says=_folded(one, "says"),
        also=_folded(one, "also"),
        on=_folded(one, "on"),
        one_of={folded(value): value for value in one.get("one_of", ())},
        is_date=bool(one.get("date", False)),
    )


def _folded(one: Map[str, Any], key: str) -> frozenset[str]:
    return frozenset(map(folded, one.get(key, ())))


def _parts(detail: Detail, cells: Map[str, str], today: date) -> list[str]:
    said = [
        _value(detail, _cell(headings, cells), today) for headings in (detail.says, detail.also)
    ]
    first, *others = [part for part in said if part] or [""]
    # The second goes on in the middle of a sentence, unless it is a name or an abbreviation.
    return [
        first,
        *(part[:1].lower() + part[1:] if part[1:2].islower() else part for part in others),
    ]


def _value(detail: Detail, text: str, today: date) -> str:
    if not text:
        return ""
    if len(text) > LONGEST:
        raise ValueError(detail.label)
    if detail.is_date:
        day = read_date(text, today)
        return day.isoformat() if day else ""
    if not detail.one_of:
        return text
    key = folded(text)
    known = detail.one_of.get(key) or detail.one_of.get(_SHORT.get(key, ""))
    if known is None:
        raise ValueError(detail.label)
    return known


def _cell(headings: frozenset[str], cells: Map[str, str]) -> str:
    return next((cells[heading] for heading in headings if cells.get(heading)), "")
