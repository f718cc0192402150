"""How a file's columns are read: a small TOML file for each shape, without code.

needs = ["first", "last"]           # without these columns it is not this file
asserts = ["names", "address"]      # what the source is asked about people (see ASSERTS)
key_prefix = "cms:"                 # makes the source's own ids unlike another system's

[columns]                           # our field = the headings it goes by
first = ["First Name", "firstName"] # (case, spaces and punctuation make no difference)

[involvement]                       # left out: the file says nothing of who supports
kind = "active"                     # or "universal"
role = "Social worker"
lead = true                         # whoever is named is the one everyone rings first

[plans]                             # what the column `service` says = the plan it means
"Child in need" = "child-in-need"

[[details]]                         # what else the service says of somebody (see api/facts/details.py)
kind = "schooling"
label = "Admission"
says = ["Admission type"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from api.errors import Invalid
from api.facts import details, matching
from api.facts.cells import folded, read_date, tidy
from api.facts.details import Detail, Said
from api.facts.matching import Claim

FOLDER = Path(__file__).parent / "mappings"

ASSERTS = frozenset(("names", "particulars", "death", "identifiers", "address"))
_DATES = ("born_on", "expected_on", "died_on", "starts_on", "ends_on", "last_contact_on", "as_of")
_SAID = {
    "born_on": "date of birth",
    "expected_on": "expected date",
    "died_on": "date of death",
    "starts_on": "start date",
    "ends_on": "end date",
    "last_contact_on": "date of last contact",
    "as_of": "date",
}

LONGEST_VALUE = 500
_GENDERS = {"f": "female", "female": "female", "m": "male", "male": "male", "other": "other"}
_STATUSES = {"current": "current", "historic": "historic", "nonefound": "none", "none": "none"}
_UNBORN = ("unborn", "unborn baby", "unborn child")


class BadRow(Exception):
    """A row that cannot be taken; the reason says why and holds nothing about a person."""


@dataclass(frozen=True)
class Mapping:
    """A mapping, read and checked."""

    columns: Map[str, frozenset[str]]
    needs: tuple[str, ...]
    asserts: frozenset[str]
    key_prefix: str = ""
    involvement: str | None = None
    role: str = ""
    lead: bool = False
    plans: Map[str, str] = field(default_factory=dict)
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True)
class Record:
    """One row as we understand it. Dates are ISO text; what the row does not say is None or "".

    `doubts` are values that were left out, each with a reason, while the rest of the row is taken;
    `unread` are the labels of `details` that were.
    """

    line: int
    key: str = ""
    first: str = ""
    last: str = ""
    born_on: str | None = None
    expected_on: str | None = None
    died_on: str | None = None
    gender: str | None = None
    nhs: str = ""
    upn: str = ""
    address: str = ""
    postcode: str = ""
    agency: str = ""
    role: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    staff_number: str = ""
    starts_on: str | None = None
    ends_on: str | None = None
    last_contact_on: str | None = None
    involved: bool = True
    plan: str = ""
    doubts: tuple[str, ...] = ()
    details: tuple[Said, ...] = ()
    unread: tuple[str, ...] = ()

    @cached_property
    def claim(self) -> Claim:
        """What the row says of whom it is about."""
        return Claim(
            first_key=matching.name_key(self.first),
            last_key=matching.name_key(self.last),
            born_on=self.born_on,
            nhs=self.nhs,
            key=self.key,
        )

    @property
    def source_key(self) -> str | None:
        """How the source knows this row again: its own id, or else the NHS number."""
        return self.key or self.nhs or None


_KEYS = {"needs", "asserts", "key_prefix", "columns", "involvement", "plans", "details"}
FIELDS = {"provider", "status", "service", "as_of"} | {
    name
    for name in Record.__dataclass_fields__
    if name not in ("line", "involved", "plan", "doubts", "details", "unread")
}


def shipped(name: str) -> str:
    """Give the text of a mapping that comes with Inkling. Raises Invalid if there is none."""
    if name not in shipped_names():
        known = ", ".join(shipped_names())
        raise Invalid(f"There is no mapping {name}. There are: {known}.", "mapping")
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def shipped_names() -> list[str]:
    """Give the names of the mappings that come with Inkling."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def parse(text: str) -> Mapping:
    """Read a mapping. Raises Invalid, saying what is wrong with it."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"The mapping is not TOML: {error}.", "mapping") from error
    unknown = set(said) - _KEYS
    columns = said.get("columns", {})
    unknown |= set(columns) - FIELDS | set(said.get("asserts", ())) - ASSERTS
    unknown |= set(said.get("needs", ())) - set(columns)
    if unknown:
        raise Invalid(f"The mapping speaks of {', '.join(sorted(unknown))}.", "mapping")
    involvement = said.get("involvement", {})
    if involvement and involvement.get("kind") not in ("active", "universal"):
        raise Invalid("An involvement is active or universal.", "mapping")
    if said.get("details") and not involvement:
        raise Invalid("Only who supports somebody has details to say of them.", "mapping")
    return Mapping(
        columns={name: frozenset(map(folded, headings)) for name, headings in columns.items()},
        needs=tuple(said.get("needs", ())),
        asserts=frozenset(said.get("asserts", ())),
        key_prefix=said.get("key_prefix", ""),
        involvement=involvement.get("kind"),
        role=involvement.get("role", ""),
        lead=bool(involvement.get("lead", False)),
        plans={matching.name_key(said): code for said, code in said.get("plans", {}).items()},
        details=details.parse(said.get("details", [])),
    )


def check_headings(mapping: Mapping, headings: list[str]) -> None:
    """Raise Invalid where a file does not have the columns that this mapping needs."""
    given = {folded(heading) for heading in headings}
    missing = [name for name in mapping.needs if not mapping.columns[name] & given]
    if missing:
        said = ", ".join(_SAID.get(name, name) for name in missing)
        raise Invalid(f"That file has no column for: {said}.", "file")


def wanting(text: str, headings: list[str]) -> list[str]:
    """Give a heading for each column that a mapping needs and these headings do not have."""
    said = tomllib.loads(text)
    given = {folded(heading) for heading in headings}
    return [
        said["columns"][name][0]
        for name in said.get("needs", ())
        if not given & {folded(heading) for heading in said["columns"][name]}
    ]


def read(mapping: Mapping, line: int, values: Map[str, str], today: date) -> Record:
    """Read one row. Raises BadRow, with the reason, where it cannot be taken."""
    cells = _cells(values)
    said = _fields(mapping, cells)
    dates = {name: _date(said[name], name, today) for name in _DATES if said.get(name)}
    if _many_digits(said.get("first", "")) or _many_digits(said.get("last", "")):
        raise BadRow("There is a number where a name should be.")
    starts, ends = _span(said.get("status", ""), dates)
    born, expected = _birth(said.get("first", ""), dates, today)
    doubts: list[str] = []
    nhs = matching.nhs_number(said.get("nhs", "")) or ""
    if said.get("nhs") and not nhs:
        doubts.append("The NHS number fails its check. The rest of the row was taken.")
    upn = matching.upn(said.get("upn", "")) or ""
    if said.get("upn") and not upn:
        doubts.append("The pupil number fails its check. The rest of the row was taken.")
    address, code = matching.split_address(said.get("address", ""))
    more, unread = details.read(mapping.details, cells, today)
    role = said.get("role") or mapping.role or said.get("service", "")
    return Record(
        line=line,
        key=_key(mapping, said),
        first="" if matching.is_unknown(said.get("first", "")) else said.get("first", ""),
        last="" if matching.is_unknown(said.get("last", "")) else said.get("last", ""),
        born_on=_iso(born),
        expected_on=_iso(expected),
        died_on=_iso(dates.get("died_on")),
        gender=_GENDERS.get(folded(said["gender"]), "unknown") if said.get("gender") else None,
        nhs=nhs,
        upn=upn,
        address=address,
        postcode=matching.postcode(said.get("postcode", "")) or code,
        agency=said.get("agency", ""),
        role=f"{role}, {said['provider']}" if said.get("provider") else role,
        contact_name=said.get("contact_name", ""),
        contact_phone=said.get("contact_phone", ""),
        contact_email=said.get("contact_email", ""),
        staff_number=said.get("staff_number", ""),
        starts_on=_iso(starts),
        ends_on=_iso(ends),
        last_contact_on=_iso(dates.get("last_contact_on")),
        involved=_STATUSES.get(folded(said.get("status", ""))) != "none",
        plan=mapping.plans.get(matching.name_key(said.get("service", "")), ""),
        doubts=tuple(doubts),
        details=tuple(more),
        unread=tuple(unread),
    )


def name_of(mapping: Mapping, values: Map[str, str]) -> str:
    """Give the name in a row, whatever else is wrong with it; "" where it has none."""
    try:
        said = _fields(mapping, _cells(values))
    except BadRow:
        return ""
    return " ".join(filter(None, (said.get("first", ""), said.get("last", ""))))


def own_key(mapping: Mapping, values: Map[str, str]) -> str | None:
    """Give how the source knows a row again, whatever else is wrong with it."""
    try:
        said = _fields(mapping, _cells(values))
    except BadRow:
        return None
    return _key(mapping, said) or matching.nhs_number(said.get("nhs", ""))


def _cells(values: Map[str, str]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for heading, value in values.items():
        key = folded(heading)
        cells[key] = cells.get(key) or tidy(value)
    return cells


def _fields(mapping: Mapping, cells: Map[str, str]) -> dict[str, str]:
    said = {}
    for name, headings in mapping.columns.items():
        found = [cells[heading] for heading in headings if cells.get(heading)]
        if found:
            said[name] = found[0]
            if len(found[0]) > LONGEST_VALUE:
                raise BadRow("A value is too long to be what the column says.")
    return said


def _key(mapping: Mapping, said: Map[str, str]) -> str:
    key = said.get("key", "")
    return key if not key or key.startswith(mapping.key_prefix) else mapping.key_prefix + key


def _date(text: str, name: str, today: date) -> date | None:
    try:
        found = read_date(text, today)
    except (ValueError, OverflowError):
        raise BadRow(f"The {_SAID[name]} cannot be read.") from None
    if found and not 1850 <= found.year <= today.year + 20:
        raise BadRow(f"The {_SAID[name]} is no date of our time.")
    return found


def _span(status: str, dates: Map[str, date | None]) -> tuple[date | None, date | None]:
    starts, ends = dates.get("starts_on"), dates.get("ends_on")
    if _STATUSES.get(folded(status)) == "historic" and ends is None:
        # It is over, and the file does not say since when: since it was last heard of.
        ends = dates.get("last_contact_on") or starts or dates.get("as_of")
        if ends is None:
            raise BadRow("It is historic, and no date says since when.")
    if starts and ends and ends < starts:
        raise BadRow("The end date is before the start date.")
    return starts, ends


def _birth(
    first: str, dates: Map[str, date | None], today: date
) -> tuple[date | None, date | None]:
    """Systems keep the expected date of an unborn child where the birth date belongs."""
    born, expected = dates.get("born_on"), dates.get("expected_on")
    if born and (born > today or matching.name_key(first) in _UNBORN):
        if born > today + timedelta(days=300):
            raise BadRow("The date of birth lies in the future.")
        return None, expected or born
    return born, expected


def _many_digits(name: str) -> bool:
    return sum(letter.isdigit() for letter in name) > 4


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
