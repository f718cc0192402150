"""What makes two spellings the same name, a number a number, and a row of a file a person.

Sure without looking further is an identifier with a name that agrees, or the full name with the date
of birth, and exactly one person. Whatever is less sure is compared in full (`api.facts.scoring`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache

# Letters that no decomposition takes apart.
LETTERS = str.maketrans(
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


# In bytes; two of them and more stand in one index, which takes 2,704.
LONGEST_KEY = 800


@lru_cache(maxsize=4096)
def name_key(text: str) -> str:
    """Fold a name: case, diacritics, apostrophes, hyphens and stray spaces make no difference.

    Words stay apart, so that either part of a double surname can be looked for. Of more than any name has,
    the beginning is kept: a server refuses to index what is too long, and with it all that came along.
    """
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(LETTERS)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    key = " ".join(_BETWEEN_WORDS.sub(" ", _APOSTROPHES.sub("", plain)).split())
    if len(key) <= LONGEST_KEY // 4:  # no letter takes more than four bytes
        return key
    return key.encode()[:LONGEST_KEY].decode(errors="ignore").rstrip()


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


def split_address(text: str) -> tuple[str, str]:
    """Give an address without the postcode that it ends in, and the postcode; "" for none."""
    code = postcode(text)
    if not code:
        return text, ""
    found = _POSTCODE.search(text.upper().strip(" .,;"))
    return (text.strip(" .,;")[: found.start()].strip(" .,;") if found else text), code


def district(code: str) -> str:
    """Give the outward part of a postcode, which names a district and no street."""
    return code.partition(" ")[0]


# Born so many years apart, two of one name are father and son.
GENERATION = 12


class Doubt(Exception):
    """A row that may be about somebody, or somebody else; the reason names nobody."""


class Namesakes(Doubt):
    """A row whose full name and date of birth more than one person here has."""


class Divided(Doubt):
    """A row whose numbers belong to different people here."""


@dataclass(frozen=True)
class Claim:
    """What a row says of whom it is about."""

    first_key: str = ""
    last_key: str = ""
    born_on: str | None = None
    nhs: str = ""
    key: str = ""

    @property
    def is_full(self) -> bool:
        """Whether there is a full name and a date of birth."""
        return bool(self.last_key and self.born_on) and is_named(self.first_key)


@dataclass
class Known:
    """What is known already of somebody whom a row may be about. `keys` are the ids that the
    same source uses for them."""

    identity_id: str
    person_id: str
    names: set[tuple[str, str]] = field(default_factory=set)
    births: set[str] = field(default_factory=set)
    nhs: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def is_named(self, claim: Claim) -> bool:
        """Whether full name and date of birth are those of the claim."""
        return (
            claim.is_full
            and (claim.first_key, claim.last_key) in self.names
            and claim.born_on in self.births
        )


def sure(
    claim: Claim,
    by_number: Sequence[Known],
    by_name: Sequence[Known],
    *,
    makes_people: bool = False,
) -> Known | None:
    """Give the one person a row is surely about, or None where nobody here has its numbers, or its
    name and date of birth. Raises Doubt where it could be told only by looking.

    `by_number` has one of its identifiers, `by_name` its full name and date of birth. A source that
    makes people keeps two of the same name and birth date apart if their NHS numbers differ.
    """
    if len(by_number) > 1:
        raise Divided("Its numbers belong to different people here.")
    if by_number:
        return _numbered(claim, by_number[0], by_name)
    if len(by_name) > 1:
        raise Namesakes("More than one person here has this name and date of birth.")
    if not by_name:
        return None
    (named,) = by_name
    other_number = bool(claim.nhs and named.nhs and claim.nhs not in named.nhs)
    if makes_people and claim.key and named.keys:
        if other_number:
            return None
        raise Doubt("Another row of this source has the same name and date of birth.")
    if other_number:
        raise Doubt("The person of this name and date of birth has another NHS number here.")
    return named


DAYS_APART = 31
ALIKE = 0.7


def may_be_one(one: Known, other: Known) -> bool:
    """Say whether it is plausible that two records are one person, for somebody who looked: two of
    first name, last name and birth date are alike, and the birth dates do not speak against it."""
    births = [
        _days_apart(mine, theirs) <= DAYS_APART or _turned(mine) == theirs
        for mine in one.births
        for theirs in other.births
    ]
    firsts = _alike(
        [first for first, _ in one.names if is_named(first)],
        [first for first, _ in other.names if is_named(first)],
    )
    lasts = _alike([last for _, last in one.names], [last for _, last in other.names])
    return any(births or [True]) and [any(births), firsts, lasts].count(True) >= 2


def _days_apart(one: str, other: str) -> int:
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days)


def _turned(day: str) -> str:
    """Give a date with day and month exchanged."""
    return f"{day[:4]}-{day[8:]}-{day[5:7]}"


def _alike(some: Sequence[str], others: Sequence[str]) -> bool:
    return any(
        SequenceMatcher(None, one, other).ratio() >= ALIKE
        for one in some
        for other in others
        if one and other
    )


def _numbered(claim: Claim, numbered: Known, by_name: Sequence[Known]) -> Known:
    if by_name and numbered.identity_id not in {named.identity_id for named in by_name}:
        raise Doubt("Its number belongs to one person here, its name and date of birth to another.")
    is_own = claim.key in numbered.keys
    if not _agrees(claim, numbered, is_own=is_own):
        raise Doubt("Its number belongs to somebody here with another name or date of birth.")
    return numbered


def _agrees(claim: Claim, known: Known, *, is_own: bool) -> bool:
    """Say whether an identifier is to be believed.

    The id that the same source used before is, unless nothing agrees any more, or nothing but the
    surname: names change and are put right, and ids pass to a sister. Any other is not where the
    first name differs, or two of name and birth; nor where somebody without a first name yet was born
    on another day, or somebody of the same name a generation apart.
    """
    first = _compare_first(claim, known)
    last = _compare(set(claim.last_key.split()), {w for _, key in known.names for w in key.split()})
    birth = _compare({claim.born_on} - {None}, set(known.births))
    if (claim.last_key, claim.first_key) in known.names:  # exchanged
        first = last = True
    differ, agree = (first, last, birth).count(False), (first, last, birth).count(True)
    if is_own:
        return not (first is birth is False) and (agree >= 1 or differ == 0)
    if birth is False and (first is None or _is_a_generation_apart(claim, known)):
        return False
    return first is not False and (differ == 0 or (differ == 1 and agree >= 1))


def _is_a_generation_apart(claim: Claim, known: Known) -> bool:
    year = int((claim.born_on or "0")[:4])
    return all(abs(year - int(born[:4])) >= GENERATION for born in known.births)


def _compare_first(claim: Claim, known: Known) -> bool | None:
    firsts = {first.split()[0] for first, _ in known.names if is_named(first)}
    return _compare({claim.first_key.split()[0]} if is_named(claim.first_key) else set(), firsts)


def _compare(said: set[str | None] | set[str], known: set[str]) -> bool | None:
    """None where either side says nothing."""
    return bool(said & known) if said and known else None
