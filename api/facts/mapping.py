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
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

from api.errors import Invalid
from api.facts import matching
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

# What exports write where a date is not known.
UNKNOWN_DATES = frozenset((date(1900, 1, 1), date(1970, 1, 1), date(1899, 12, 30)))
LONGEST_VALUE = 500
_SPREADSHEET_EPOCH = date(1899, 12, 30)
_MONTHS = {
    name: n
    for n, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
_GENDERS = {"f": "female", "female": "female", "m": "male", "male": "male", "other": "other"}
_STATUSES = {"current": "current", "historic": "historic", "nonefound": "none", "none": "none"}
# Control characters, which are no spaces to `str.split`.
_CONTROLS = dict.fromkeys((*range(32), 127), " ")
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


@dataclass(frozen=True)
class Record:
    """One row as we understand it. Dates are ISO text; what the row does not say is None or "".

    `doubts` are values that were left out, each with a reason, while the rest of the row is taken.
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


FIELDS = {"provider", "status", "service", "as_of"} | {
    name
    for name in Record.__dataclass_fields__
    if name not in ("line", "involved", "plan", "doubts")
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
    unknown = set(said) - {"needs", "asserts", "key_prefix", "columns", "involvement", "plans"}
    columns = said.get("columns", {})
    unknown |= set(columns) - FIELDS | set(said.get("asserts", ())) - ASSERTS
    unknown |= set(said.get("needs", ())) - set(columns)
    if unknown:
        raise Invalid(f"The mapping speaks of {', '.join(sorted(unknown))}.", "mapping")
    involvement = said.get("involvement", {})
    if involvement and involvement.get("kind") not in ("active", "universal"):
        raise Invalid("An involvement is active or universal.", "mapping")
    return Mapping(
        columns={name: frozenset(map(_folded, headings)) for name, headings in columns.items()},
        needs=tuple(said.get("needs", ())),
        asserts=frozenset(said.get("asserts", ())),
        key_prefix=said.get("key_prefix", ""),
        involvement=involvement.get("kind"),
        role=involvement.get("role", ""),
        lead=bool(involvement.get("lead", False)),
        plans={matching.name_key(said): code for said, code in said.get("plans", {}).items()},
    )


def check_headings(mapping: Mapping, headings: list[str]) -> None:
    """Raise Invalid where a file does not have the columns that this mapping needs."""
    folded = {_folded(heading) for heading in headings}
    missing = [name for name in mapping.needs if not mapping.columns[name] & folded]
    if missing:
        said = ", ".join(_SAID.get(name, name) for name in missing)
        raise Invalid(f"That file has no column for: {said}.", "file")


def wanting(text: str, headings: list[str]) -> list[str]:
    """Give a heading for each column that a mapping needs and these headings do not have."""
    said = tomllib.loads(text)
    folded = {_folded(heading) for heading in headings}
    return [
        said["columns"][name][0]
        for name in said.get("needs", ())
        if not folded & {_folded(heading) for heading in said["columns"][name]}
    ]


def read(mapping: Mapping, line: int, values: Map[str, str], today: date) -> Record:
    """Read one row. Raises BadRow, with the reason, where it cannot be taken."""
    said = _fields(mapping, values)
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
    role = said.get("role") or mapping.role or said.get("service", "")
    return Record(
        line=line,
        key=_key(mapping, said),
        first="" if matching.is_unknown(said.get("first", "")) else said.get("first", ""),
        last="" if matching.is_unknown(said.get("last", "")) else said.get("last", ""),
        born_on=_iso(born),
        expected_on=_iso(expected),
        died_on=_iso(dates.get("died_on")),
        gender=_GENDERS.get(_folded(said["gender"]), "unknown") if said.get("gender") else None,
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
        involved=_STATUSES.get(_folded(said.get("status", ""))) != "none",
        plan=mapping.plans.get(matching.name_key(said.get("service", "")), ""),
        doubts=tuple(doubts),
    )


def own_key(mapping: Mapping, values: Map[str, str]) -> str | None:
    """Give how the source knows a row again, whatever else is wrong with it."""
    try:
        said = _fields(mapping, values)
    except BadRow:
        return None
    return _key(mapping, said) or matching.nhs_number(said.get("nhs", ""))


def read_date(text: str, today: date) -> date | None:
    """Read a date as exports write it, day first; None where it is unknown.

    Raises ValueError for what is no date. A year of two figures lies in the past or the next year.
    """
    text = re.sub(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z| ?[AaPp][Mm])?$", "", text.strip())
    if not text or _folded(text) in ("unknown", "notknown", "nk", "na", "none", "null"):
        return None
    day = _written(text, today)
    return None if day in UNKNOWN_DATES else day


def _written(text: str, today: date) -> date:
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})", text):
        return _day(found[1], int(found[2]), found[3], today)
    if found := re.fullmatch(r"(\d{1,2})[ -]([A-Za-z]{3})[A-Za-z]*[ -](\d{4}|\d{2})", text):
        return _day(found[1], _MONTHS.get(found[2].lower(), 0), found[3], today)
    if found := re.fullmatch(r"(\d{5})(\.\d+)?", text):
        return _SPREADSHEET_EPOCH + timedelta(days=int(found[1]))
    raise ValueError(text)


def _day(day: str, month: int, year: str, today: date) -> date:
    if len(year) == 4:
        return date(int(year), month, int(day))
    recent = date(today.year // 100 * 100 + int(year), month, int(day))
    return recent if recent.year <= today.year + 1 else recent.replace(year=recent.year - 100)


def _fields(mapping: Mapping, values: Map[str, str]) -> dict[str, str]:
    folded: dict[str, str] = {}
    for heading, value in values.items():
        key = _folded(heading)
        folded[key] = folded.get(key) or _tidy(value)
    said = {}
    for name, headings in mapping.columns.items():
        found = [folded[heading] for heading in headings if folded.get(heading)]
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
    if _STATUSES.get(_folded(status)) == "historic" and ends is None:
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


@lru_cache(maxsize=4096)  # headings, and what columns say again and again
def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _tidy(text: str) -> str:
    """Take stray spaces and control characters away, and leave the rest as it was written."""
    return " ".join(text.translate(_CONTROLS).split())


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
