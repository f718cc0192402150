"""Whose word on a person comes first, stated here once.

When sources disagree both stand, and what a practitioner said or confirmed comes before what feeds say,
older or newer: a feed never overwrites it. Where a feed says otherwise the difference is shown and put
to somebody (`api.facts.differences`), and the feed's word comes first once it is confirmed. Among
practitioners the newest word comes first, and so it does among feeds: one that only repeats itself
keeps its old row. Of two of the same age, that of the source that reported last. What somebody outside
the circle says in passing (who adds again a person who is here) comes last.
"""

from __future__ import annotations


def order(f: str) -> str:
    """Give what to order by. `f` is the alias of a row of one of the live views of facts."""
    return f"""{f}.in_passing, CASE WHEN {f}.recorded_by IS NULL THEN 1 ELSE 0 END,
        {f}.recorded_at DESC, COALESCE({f}.source_reported_at, '') DESC, {f}.id DESC"""
