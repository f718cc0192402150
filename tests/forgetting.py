"""What tests of keeping and forgetting share: rules, years that pass, and two governance leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from api import authority as authorities
from api.record import families, involvements, people
from api.record.people import NewPerson
from api.rights import forgetting
from api.staff import practitioners
from api.store import Store, erasing
from api.trust.actor import Actor
from tests.cast import LISTS, Cast

RULES = [
    ("school", "Child protection file", ["school"], "", "", "birth", 25),
    ("care", "Social care record", ["social care"], "", "", "birth", 25),
    ("order", "Care order", ["social care"], "care order", "", "birth", 75),
    ("neglect", "Record of neglect", ["school"], "", "neglect", "last contact", 75),
    ("adopted", "Adoption record", ["health"], "child in need", "", "closure", 100),
    ("dead", "Record of a death", ["police"], "", "", "death", 15),
    ("other", "What others write", [], "", "", "last contact", 6),
]


def set_rules(cast: Cast) -> None:
    """Let the authority say how long things are kept. Kemi is kept as Amara's mother."""
    worker = cast.actor("social_worker")
    families.relate(worker, cast["amara"], kind="mother", other_id=cast["kemi"])
    authorities.set_retention(cast.system, replace(LISTS, retention=RULES))


def pass_years(cast: Cast, years: int) -> None:
    """Let years pass."""
    later = datetime.now(UTC) + timedelta(days=365.25 * years + 1)
    cast.authority.store.clock = lambda: later
    cast.authority.prepare()


def second(cast: Cast) -> str:
    """Let the governance lead answer for the authority, and hire another; give the other's id."""
    for who in (cast["governance"], cast["steward"]):
        _over_all(cast, who)
    return cast["steward"]


def _over_all(cast: Cast, who: str) -> None:
    practitioners.grant(cast.system, who, "governance lead", "authority", "authority")


def add(cast: Cast, key: str, first: str, last: str, born: str, **said: str) -> str:
    """Add a person whom nobody supports, and let the cast know them by this key."""
    cast.ids[key] = people.add(cast.system, NewPerson(first, last, born, **said))
    return cast.ids[key]


def end_all(cast: Cast, person: str) -> None:
    """Let everybody who supports somebody end that."""
    names = {id: name for name, id in cast.ids.items()}
    rows = cast.authority.store.query(
        """SELECT id, practitioner_id AS who FROM live_involvements
        WHERE person_id = :id AND practitioner_id IS NOT NULL AND valid_to IS NULL""",
        id=cast[person],
    )
    for row in rows:
        involvements.end(cast.actor(names[row["who"]]), row["id"])


def forget(cast: Cast, person: str, agency: str | None = None) -> str:
    """Let one ask that somebody be forgotten (or an agency's notes about them), another sign."""
    asked = forgetting.ask(
        lead(cast), cast[person], agency and cast[agency], "It is no longer needed."
    )
    forgetting.sign(other(cast), asked)
    return asked


def lead(cast: Cast) -> Actor:
    """The authority's governance lead, who has just confirmed."""
    return cast.actor("governance", confirmed=True)


def other(cast: Cast) -> Actor:
    """Another one."""
    return cast.actor("steward", confirmed=True)


def records(store: Store, person: str) -> list[str]:
    """All records that are somebody."""
    return erasing.records(store, person)
