"""What a service says of somebody beside who supports them: an admission, arrears, an offence.

In a mapping each is a table of its own, as many as it takes:

[[details]]
kind = "tenancy-risk"               # by this the authority says which kinds of agency see it
label = "Rent arrears"              # what a page calls it
says = ["Rent arrears"]             # the headings it goes by
also = ["Rent arrears case"]        # a second column that belongs to it: "Yes, case open"
on = ["Rent arrears date"]          # the day it speaks of
one_of = ["Yes", "No", "Case open"] # what it may say; anything else is left out, and said so
date = true                         # it is a day, and says nothing else
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

# What one row says: kind, label, value (empty for a mere day), the day it speaks of as ISO text, and its
# place in the mapping.
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
    """Read what one row says, `cells` by their folded headings; and give the labels of what cannot be
    read and is left out."""
    said: list[Said] = []
    left_out = []
    for place, detail in enumerate(details):
        try:
            value = _value(detail, cells)
            day = read_date(_cell(detail.on, cells), today) if detail.on else None
        except (ValueError, OverflowError):
            left_out.append(detail.label)
            continue
        if value or (detail.is_date and day):
            said.append((detail.kind, detail.label, value, day.isoformat() if day else None, place))
    return said, left_out


def unread(label: str) -> str:
    """Say why a detail was left out, without anything about a person."""
    return f"What it says under {label} cannot be read. The rest of the row was taken."


def _parse(one: Map[str, Any]) -> Detail:
    if not isinstance(one, dict):
        raise Invalid("Each detail of the mapping is a [[details]] of its own.", "mapping")
    label, kind = one.get("label", ""), one.get("kind", "")
    unknown = set(one) - _KEYS
    if unknown:
        raise Invalid(f"A detail of the mapping speaks of {', '.join(sorted(unknown))}.", "mapping")
    if not (label and one.get("says") and re.fullmatch(r"[a-z0-9-]{1,40}", kind)):
        raise Invalid("A detail has a kind (small letters), a label and what it says.", "mapping")
    is_date = bool(one.get("date", False))
    return Detail(
        kind=kind,
        label=label,
        says=frozenset() if is_date else _folded(one, "says"),
        also=_folded(one, "also"),
        on=_folded(one, "says" if is_date else "on"),
        one_of={folded(value): value for value in one.get("one_of", ())},
        is_date=is_date,
    )


def _folded(one: Map[str, Any], key: str) -> frozenset[str]:
    return frozenset(map(folded, one.get(key, ())))


def _value(detail: Detail, cells: Map[str, str]) -> str:
    first, second = (_part(detail, _cell(said, cells)) for said in (detail.says, detail.also))
    if not (first and second):
        return first or second
    # It goes on in the middle of a sentence.
    return f"{first}, {second[:1].lower()}{second[1:]}"


def _part(detail: Detail, text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(detail.label)
    if not (text and detail.one_of):
        return text
    key = folded(text)
    known = detail.one_of.get(key) or detail.one_of.get(_SHORT.get(key, ""))
    if known is None:
        raise ValueError(detail.label)
    return known


def _cell(headings: frozenset[str], cells: Map[str, str]) -> str:
    return next((cells[heading] for heading in headings if cells.get(heading)), "")
