"""Strict JSON: one object in UTF-8, no member twice, no member that nobody asked for."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from api.errors import Invalid
from api.http.schemas import Schema

DEEPEST = 8

TYPES: dict[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}


def body(schema: Schema) -> dict[str, Any]:
    """Read what was sent. Raises 415, 400 for what is no JSON, and Invalid, naming the member."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        said = json.loads(
            _sent().decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_float=_refuse,
        )
    except (ValueError, RecursionError) as error:
        raise BadRequest from error
    check(schema, said)
    return dict(said)


def _sent() -> bytes:
    """Give the bytes that were sent, none of which was lost on its way."""
    sent = request.get_data()
    if len(sent) != request.content_length:
        # The server says that its stream ends by itself, so Werkzeug does not notice.
        raise BadRequest
    return sent


def check(schema: Schema, value: object, field: str = "", depth: int = 0) -> None:
    """Hold a value against a schema. Raises Invalid, naming the member."""
    kind = schema["type"]
    if type(value) is not TYPES[kind] or depth > DEEPEST:
        raise Invalid(f"This has to be of the type {kind}.", field or None)
    if isinstance(value, dict):
        _check_members(schema, value, field, depth)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            raise Invalid("This list is too short or too long.", field)
        for item in value:
            check(schema["items"], item, field, depth + 1)
    elif isinstance(value, str):
        _check_text(schema, value, field)
    elif isinstance(value, int):
        _check_number(schema, value, field)


def matches(pattern: str, text: str) -> bool:
    """Say whether a whole text is of a pattern: `$` alone would let a line's end pass."""
    return re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text) is not None


def _check_members(schema: Schema, value: dict[str, object], field: str, depth: int) -> None:
    known = schema["properties"]
    for name in schema["required"]:
        if name not in value:
            raise Invalid("This is missing.", name)
    for name, member in value.items():
        if name not in known:
            raise Invalid("There is no such member.", name if name.isidentifier() else None)
        check(known[name], member, f"{field}.{name}" if field else name, depth + 1)


def _check_number(schema: Schema, value: int, field: str) -> None:
    if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        raise Invalid("This number is too small or too large.", field)


def _check_text(schema: Schema, value: str, field: str) -> None:
    if "\0" in value or not _is_text(value):
        raise Invalid("This holds what is no text.", field)
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        raise Invalid("This text is too short or too long.", field)
    if "enum" in schema and value not in schema["enum"]:
        raise Invalid(f"This has to be one of: {', '.join(schema['enum'])}.", field)
    if "pattern" in schema and not matches(schema["pattern"], value):
        raise Invalid("This is not of the form that it has to have.", field)
    if schema.get("format") == "date" and not _is_date(value):
        raise Invalid("This has to be a real date, such as 2019-05-03.", field)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError("a member stands twice")
    return said


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number that is asked for here")
