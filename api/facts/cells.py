"""What stands in one cell of a file: words with stray spaces, and dates as exports write them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

# What exports write where a date is not known.
UNKNOWN_DATES = frozenset((date(1900, 1, 1), date(1970, 1, 1), date(1899, 12, 30)))
_SPREADSHEET_EPOCH = date(1899, 12, 30)
_MONTHS = {
    name: n
    for n, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
# Control characters, which are no spaces to `str.split`.
_CONTROLS = dict.fromkeys((*range(32), 127), " ")


@lru_cache(maxsize=4096)  # headings, and what columns say again and again
def folded(text: str) -> str:
    """Give the letters and figures of a heading or a word: nothing else makes a difference."""
    return re.sub(r"[\W_]+", "", text).casefold()


def tidy(text: str) -> str:
    """Take stray spaces and control characters away, and leave the rest as it was written."""
    return " ".join(text.translate(_CONTROLS).split())


def read_date(text: str, today: date) -> date | None:
    """Read a date as exports write it, day first; None where it is unknown.

    Raises ValueError for what is no date. A year of two figures lies in the past or the next year.
    """
    text = re.sub(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z| ?[AaPp][Mm])?$", "", text.strip())
    if not text or folded(text) in ("unknown", "notknown", "nk", "na", "none", "null"):
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
