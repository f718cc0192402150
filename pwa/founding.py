"""Reads the file that a real authority is founded from: its settings, and the lists it sets."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from api.authority import Lists, Settings
from api.errors import Misconfigured

# What only the service itself sets.
OWN = {"id", "founded_at", "demo"}
# Each list with the field that its entries have besides code and label, and that field's type.
LISTS: Mapping[str, tuple[str, type]] = {
    "agency_kinds": ("located", bool),
    "categories": ("seen_by", list),
    "plan_kinds": ("legal", bool),
    "purposes": ("basis", str),
}


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
    return settings


def _entries(name: str, told: object) -> list[tuple[str, str, Any]]:
    third, wanted = LISTS[name]
    if not isinstance(told, list) or not told:
        raise Misconfigured(f"The list {name} is missing: give at least one [[{name}]].")
    entries = []
    for entry in told:
        if not isinstance(entry, dict) or not entry.keys() <= {"code", "label", third}:
            raise Misconfigured(f"An entry of {name} has code, label and {third}, and no more.")
        code, label, value = entry.get("code"), entry.get("label"), entry.get(third, wanted())
        if not (isinstance(code, str) and code and isinstance(label, str) and label):
            raise Misconfigured(f"An entry of {name} has no code or no label.")
        if not isinstance(value, wanted):
            raise Misconfigured(f"In {name}, {third} of {code} must be {_kind(wanted)}.")
        entries.append((code, label, value))
    codes = [code for code, _, _ in entries]
    if len(set(codes)) < len(codes):
        raise Misconfigured(f"A code stands twice in {name}.")
    return entries


def _check_kinds(lists: Mapping[str, list[tuple[str, str, Any]]]) -> None:
    kinds = {code for code, _, _ in lists["agency_kinds"]}
    for code, _, seen_by in lists["categories"]:
        unknown = [kind for kind in seen_by if kind not in kinds]
        if unknown:
            raise Misconfigured(
                f"The category {code} names a kind that is not listed: {unknown[0]}."
            )


def _kind(wanted: type) -> str:
    return {str: "text", int: "a number", bool: "true or false", list: "a list"}[wanted]
