"""From which day, how many years: when what an agency keeps about somebody falls due.

Sources: Children Act 1989 and 2004; The Care Planning, Placement and Case Review (England) Regulations
2010, reg. 50; The Disclosure of Adoption Information Regulations 2005, reg. 6; the toolkit of the
Information and Records Management Society for schools; IICSA's final report, recommendation 17. The years
are the authority's own data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from api.store.retention import Kept, Rule

# From which day a rule counts.
COUNTED = ("birth", "last contact", "closure", "death")
MOST_YEARS = 150
# Whatever the rules say, nothing falls due while somebody still had to do with the person last year.
QUIET_YEARS = 1


def day_due(kept: Kept, rules: Sequence[Rule], agency_kind: str) -> tuple[str, str] | None:
    """Give the day on which what an agency keeps falls due, and by which rule; None while the agency
    supports them, or where there is no rule. Of several rules the one that keeps longest holds."""
    if kept.is_open:
        return None
    apply = [rule for rule in rules if agency_kind in rule.kinds and _applies(rule, kept)]
    apply = apply or [rule for rule in rules if not rule.kinds and _applies(rule, kept)]
    days = [(_from(rule, kept), rule) for rule in apply]
    if not kept.last_on or not days:
        return None
    due_on, label = max(
        (years_after(date.fromisoformat(day), rule.years), rule.label) for day, rule in days
    )
    quiet = years_after(date.fromisoformat(kept.last_on), QUIET_YEARS)
    return max(due_on, quiet).isoformat(), label


def years_after(day: date, years: int) -> date:
    """Give the same day some years later; a 29 February becomes a 1 March."""
    year = min(day.year + years, date.max.year)
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _applies(rule: Rule, kept: Kept) -> bool:
    return (
        (rule.plan_kind is None or rule.plan_kind in kept.plans)
        and (rule.category is None or rule.category in kept.categories)
        and (rule.counts_from != "death" or kept.died_on is not None)
    )


def _from(rule: Rule, kept: Kept) -> str:
    """The day that a rule counts from; where that is not known, the last contact."""
    days = {
        "birth": kept.born_on,
        "closure": kept.closed_on,
        "death": kept.died_on,
        "last contact": kept.last_on,
    }
    return days[rule.counts_from] or kept.last_on
