"""What makes two spellings the same name, a number a number, and a row of a file a person.

Only sure matches are made here: an identifier with a name that agrees, or the full name with the
date of birth, and exactly one person. Whatever is less sure waits for somebody to look at it.
"""

from __future__ import annotations

import re
import unicodedata

# Letters that no decomposition takes apart.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
    }
)
_APOSTROPHES = re.compile("['\u2018\u2019\u201a\u201b\u02bc\u02bb\u0060\u00b4\uff07]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")

# What systems write where no name is known, and where there is no first name yet.
_UNKNOWN = frozenset(("", "unknown", "not known", "nk", "n k", "none", "tbc", "tba", "null"))
_UNNAMED = frozenset(
    (
        *("baby", "baby boy", "baby girl", "baby of", "infant", "unnamed"),
        *("unborn", "unborn baby", "unborn child"),
        *("twin", "twin 1", "twin 2", "twin one", "twin two", "baby 1", "baby 2"),
    )
)

_NHS_WEIGHTS = range(10, 1, -1)
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?)\s*([0-9][A-Z]{2})\s*$")


def name_key(text: str) -> str:
    """Fold a name: case, diacritics, apostrophes, hyphens and stray spaces make no difference.

    Words stay apart, so that either part of a double surname can be looked for.
    """
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_BETWEEN_WORDS.sub(" ", _APOSTROPHES.sub("", plain)).split())


def is_named(first: str) -> bool:
    """Say whether a first name is one, and not "Baby", "Unborn" or "Unknown"."""
    return name_key(first) not in _UNKNOWN | _UNNAMED


def is_unknown(name: str) -> bool:
    """Say whether a name says only that none is known."""
    return name_key(name) in _UNKNOWN


def nhs_number(text: str) -> str | None:
    """Give the ten digits of an NHS number, or None where the text is none (modulus 11 check)."""
    digits = re.sub(r"[\s-]", "", text).removesuffix(".0")
    if not re.fullmatch(r"[0-9]{10}", digits) or len(set(digits)) == 1:
        return None
    total = sum(weight * int(digit) for weight, digit in zip(_NHS_WEIGHTS, digits[:9], strict=True))
    return digits if (11 - total % 11) % 11 == int(digits[9]) else None


def upn(text: str) -> str | None:
    """Give a pupil number (13 characters, a check letter first), or None where the text is none.

    A temporary number ends in a letter, and its check letter is not worked out the same way.
    """
    number = re.sub(r"\s", "", text).upper()
    if not re.fullmatch(rf"[{_UPN_LETTERS}][0-9]{{11}}[0-9{_UPN_LETTERS}]", number):
        return None
    if number[-1].isdigit():
        total = sum(place * int(digit) for place, digit in enumerate(number[1:], start=2))
        if _UPN_LETTERS[total % 23] != number[0]:
            return None
    return number


def postcode(text: str) -> str:
    """Give the postcode that a text is or ends in, as AB1 2CD; "" where there is none."""
    found = _POSTCODE.search(text.upper().strip(" .,;"))
    return f"{found[1]} {found[2]}" if found else ""


def district(code: str) -> str:
    """Give the outward part of a postcode, which names a district and no street."""
    return code.partition(" ")[0]
