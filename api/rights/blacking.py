"""Blacking out: words that a reader must not have are taken out of a text, not covered up.

What stands in their place is always the same, so that it does not tell how long they were.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BLACK = "[blacked out]"
# A telephone types some of these where a keyboard types others: the one of O'Brien is curved.
ALIKE = ("'\u2018\u2019\u02bc\u2032`\u00b4", "-\u2010\u2011\u2012\u2013\u2014\u2212")


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
    """Give a text without these passages: wherever one stands as whole words, however it is spaced,
    whether in capitals or not, and whichever apostrophe or hyphen was typed."""
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
    words = ["".join(map(_sign, word)) for word in clean(passage).split()]
    if not words:
        return []
    found = re.compile(r"\s+".join(words), re.IGNORECASE)
    return [
        match.span()
        for match in found.finditer(text)
        if not _within_word(text, match.start(), match.start() - 1)
        and not _within_word(text, match.end() - 1, match.end())
    ]


def _sign(sign: str) -> str:
    """Give the pattern of one sign of a passage."""
    return next((f"[{re.escape(all)}]" for all in ALIKE if sign in all), re.escape(sign))


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
