"""Reads the file that a real authority is founded from: its settings, and the lists it sets."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from api.authority import OWN, Lists, Settings
from api.errors import Misconfigured
from api.rights.schedules import COUNTED, MOST_YEARS

# Each list with the fields that its entries have besides code and label, and their types.
LISTS: Mapping[str, Mapping[str, type]] = {
    "agency_kinds": {"located": bool},
    "categories": {"seen_by": list},
    "plan_kinds": {"legal": bool},
    "purposes": {"basis": str},
    "detail_kinds": {"seen_by": list, "in_directory": list},
    "bases": {"law": str},
    "grounds": {"law": str},
    "exemptions": {"law": str, "parent": bool},
    "retention": {
        "agency_kinds": list,
        "plan_kind": str,
        "category": str,
        "counts_from": str,
        "years": int,
    },
}
# A detail that is not listed is shown to nobody; bases, grounds and exemptions there are to begin with.
# Without a rule nothing falls due.
MAY_BE_MISSING = {"detail_kinds", "bases", "grounds", "exemptions", "retention"}


def read(path: Path) -> tuple[Settings, Lists]:
    """Read and check a file. Raises Misconfigured, with one sentence, at the first fault."""
    try:
        with path.open("rb") as file:
            told = tomllib.load(file)
    except FileNotFoundError as error:
        raise Misconfigured(f"There is no file {path}.") from error
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}.") from error
    lists = {name: _entries(name, told.pop(name, None)) for name in LISTS}
    _check_kinds(lists)
    _check_retention(lists)
    return _settings(told), Lists(**lists)


def _settings(told: dict[str, Any]) -> Settings:
    known = {field.name: field for field in fields(Settings) if field.name not in OWN}
    for name, value in told.items():
        if name not in known:
            raise Misconfigured(f"There is no setting {name} for an authority.")
        wanted = {"str": str, "int": int, "bool": bool}[str(known[name].type)]
        if type(value) is not wanted:
            raise Misconfigured(f"The setting {name} must be {_kind(wanted)}.")
        if not str(value).strip():
            raise Misconfigured(f"The setting {name} is empty.")
    for name, field in known.items():
        if name not in told and str(field.type) == "str":
            raise Misconfigured(f"The setting {name} is missing.")
    settings = Settings(**told)
    if not 1 <= settings.shift_hours <= 24:
        raise Misconfigured("The setting shift_hours must be from 1 to 24.")
    if not 1 <= settings.correction_days <= 60:
        raise Misconfigured("The setting correction_days must be from 1 to 60.")
    if settings.many_in_an_hour < 2:
        raise Misconfigured("The setting many_in_an_hour must be 2 or more.")
    return settings


def _entries(name: str, told: object) -> list[tuple[Any, ...]]:
    if told is None and name in MAY_BE_MISSING:
        return []
    if not isinstance(told, list) or not told:
        raise Misconfigured(f"The list {name} is missing: give at least one [[{name}]].")
    more = LISTS[name]
    entries = []
    for entry in told:
        if not isinstance(entry, dict) or not entry.keys() <= {"code", "label", *more}:
            known = " and ".join(("label", *more))
            raise Misconfigured(f"An entry of {name} has code, {known}, and no more.")
        code, label = entry.get("code"), entry.get("label")
        if not (isinstance(code, str) and code and isinstance(label, str) and label):
            raise Misconfigured(f"An entry of {name} has no code or no label.")
        values = [entry.get(field, wanted()) for field, wanted in more.items()]
        for (field, wanted), value in zip(more.items(), values, strict=True):
            if not isinstance(value, wanted):
                raise Misconfigured(f"In {name}, {field} of {code} must be {_kind(wanted)}.")
        entries.append((code, label, *values))
    codes = [entry[0] for entry in entries]
    if len(set(codes)) < len(codes):
        raise Misconfigured(f"A code stands twice in {name}.")
    return entries


def _check_kinds(lists: Mapping[str, list[tuple[Any, ...]]]) -> None:
    kinds = {entry[0] for entry in lists["agency_kinds"]}
    for name, what in (("categories", "category"), ("detail_kinds", "kind of details")):
        for code, _, *seen_by in lists[name]:
            unknown = [kind for some in seen_by for kind in some if kind not in kinds]
            if unknown:
                raise Misconfigured(
                    f"The {what} {code} names a kind that is not listed: {unknown[0]}."
                )


def _check_retention(lists: Mapping[str, list[tuple[Any, ...]]]) -> None:
    known = {name: {entry[0] for entry in entries} for name, entries in lists.items()}
    for code, _, kinds, plan_kind, category, counts_from, years in lists["retention"]:
        for kind in kinds:
            if kind not in known["agency_kinds"]:
                raise Misconfigured(f"The rule {code} names a kind that is not listed: {kind}.")
        if plan_kind and plan_kind not in known["plan_kinds"]:
            raise Misconfigured(f"The rule {code} names a plan that is not listed: {plan_kind}.")
        if category and category not in known["categories"]:
            raise Misconfigured(f"The rule {code} names a category that is not listed: {category}.")
        if counts_from not in COUNTED:
            raise Misconfigured(f"The rule {code} must count from one of: {', '.join(COUNTED)}.")
        if not 1 <= years <= MOST_YEARS:
            raise Misconfigured(f"The rule {code} must keep for 1 to {MOST_YEARS} years.")


def _kind(wanted: type) -> str:
    return {str: "text", int: "a number", bool: "true or false", list: "a list"}[wanted]
