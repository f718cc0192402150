"""Names and contact details as people type them, checked."""

from __future__ import annotations

from api.errors import Invalid

LONGEST = 200


def required(text: str, field: str, what: str) -> str:
    """Give the text without its margins. Raises Invalid where nothing or too much is left."""
    text = optional(text, field, what)
    if not text:
        raise Invalid(f"Enter {what}.", field)
    return text


def optional(text: str, field: str, what: str) -> str:
    """Give the text on one line, without its margins. Raises Invalid where it is too long."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise Invalid(f"Shorten {what} to {LONGEST} characters.", field)
    if not text.isprintable():
        raise Invalid(f"Leave out the unprintable characters in {what}.", field)
    return text
