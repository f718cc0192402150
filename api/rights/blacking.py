"""Blacking out: words that a reader must not have are taken out of a text, not covered up.

What stands in their place is always the same, so that it does not tell how long they were.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.facts.matching import LETTERS

BLACK = "[blacked out]"
# A telephone types some of these where a keyboard types others: the one of O'Brien is curved.
ALIKE = dict.fromkeys("\u2018\u2019\u02bc\u2032`\u00b4", "'") | dict.fromkeys(
    "\u2010\u2011\u2012\u2013\u2014\u2212", "-"
)
# Between words, and between the parts of a name: O'Brien is written O Brien and OBrien, too.
SEPARATORS = r"[\s'`-]"


@dataclass(frozen=True)
class Line:
    """One line of an item: what it is, and what it says."""

    label: str
    text: str


def clean(text: str) -> str:
    """Give a text in the one spelling in which texts are compared: composed letters, no signs that are
    not seen, none that are no letters at all."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return "".join(sign for sign in text if sign == "\n" or _is_seen(sign))


def _is_seen(sign: str) -> bool:
    place = ord(sign)
    never = place & 0xFFFE == 0xFFFE or 0xFDD0 <= place <= 0xFDEF  # Unicode's noncharacters
    return not never and unicodedata.category(sign) not in ("Cc", "Cf", "Cs")


def out(text: str, passages: Iterable[str]) -> str:
    """Give a text without these passages: wherever one stands as whole words, however it is spaced, with
    or without accents and capitals, whichever apostrophe or hyphen was typed, or none, and where a line ends
    in the midst of a word."""
    spans = sorted(span for passage in passages for span in _spans(text, passage))
    kept, end = list[str](), 0
    for start, stop in _merged(text, spans):
        kept += [text[end:start], BLACK]
        end = stop
    return "".join(kept) + text[end:]


def stands_in(lines: Sequence[Line], passage: str) -> bool:
    """Say whether a passage stands anywhere in these lines."""
    return any(_spans(line.text, passage) for line in lines)


def lines(whole: Sequence[Line], passages: Sequence[str]) -> list[Line]:
    """Give lines without these passages, as the reader will see them."""
    return [Line(line.label, out(line.text, passages)) for line in whole]


def _spans(text: str, passage: str) -> list[tuple[int, int]]:
    words = re.split(SEPARATORS, _fold(clean(passage))[0])
    # A word may be broken at the end of a line.
    broken = ["(?:-\\s*\\n\\s*)?".join(map(re.escape, word)) for word in words if word]
    if not broken:
        return []
    folded, places = _fold(text)
    spans = []
    for match in re.finditer(f"{SEPARATORS}*".join(broken), folded):
        start, stop = match.span()
        if _within_word(folded, start, start - 1) or _within_word(folded, stop - 1, stop):
            continue
        end = places[stop - 1] + 1
        while end < len(text) and _is_mark(text[end]):
            end += 1
        spans.append((places[start], end))
    return spans


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Give a text as it is compared, and from which place of it each sign of that comes: without accents
    and capitals, ligatures and wide letters as their letters, one apostrophe and one hyphen."""
    if text.isascii():
        return text.lower(), range(len(text))
    folded, places = list[str](), list[int]()
    for place, sign in enumerate(text):
        small = unicodedata.normalize("NFKD", ALIKE.get(sign, sign)).casefold()
        # What is made small may be in parts again.
        parts = unicodedata.normalize("NFKD", small).translate(LETTERS)
        letters = [one for one in parts if not _is_mark(one)]
        folded += letters
        places += [place] * len(letters)
    return "".join(folded), places


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign).startswith("M")


def _within_word(text: str, inner: int, outer: int) -> bool:
    """Whether a match ends in the middle of a word: between these two places stands no edge."""
    return 0 <= outer < len(text) and text[inner].isalnum() and text[outer].isalnum()


def _merged(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give spans that overlap, or that only spaces part, as one: how many there were is not told."""
    merged: list[tuple[int, int]] = []
    for start, stop in spans:
        if merged and (start <= merged[-1][1] or not text[merged[-1][1] : start].strip()):
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
