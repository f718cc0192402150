"""A line of a person's record in words: what it says, and who says it as of when.

For pages that show one line by itself, whatever kind it is: what is said to be wrong, what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.facts.sources import spoken
from api.record import briefs
from api.store import Tx
from api.store import corrections as stored
from api.store.access import Me
from api.store.engine import Row

# What a page calls each kind of line, by its table.
KINDS: Mapping[str, str] = {
    "involvements": "Who supports them",
    "addresses": "Address",
    "names": "Name",
    "particulars": "Birth and gender",
    "identifiers": "Number",
    "relationships": "Family",
    "plans": "Plan",
    "details": "What a service says",
}


@dataclass(frozen=True)
class Line:
    """One line: what kind, what it says, who says so, and whether it stands now."""

    id: str
    table: str
    kind: str
    text: str
    source: str
    as_of: str
    confirmed_at: str | None
    confirmed_by: str | None
    stands: bool


def is_located(fact: Row) -> bool:
    """Whether a line says where somebody is."""
    if fact["table"] == "relationships":
        return bool(fact["kind"] == "foster carer")
    # What a service says may name a place, so it counts as one.
    return bool(fact["table"] in ("addresses", "details") or fact.get("located"))


def find(tx: Tx, table: str, fact_id: str, me: Me) -> Row | None:
    """Give a line as it is kept, with its `table`; see `stored.fact`."""
    row = stored.fact(tx, table, fact_id, me)
    return {**row, "table": table} if row else None


def sees(verdict: Verdict, fact: Row, *, plans_in_directory: bool) -> bool:
    """Say whether this sight of a person shows this line of theirs, as their page does."""
    sight, table = verdict.sight, fact["table"]
    if not fact["shown"] or sight < Sight.DIRECTORY:
        return False
    if table == "involvements":
        hidden = verdict.location_hidden and (fact["located"] or sight is Sight.DIRECTORY)
        asks = fact["asserted_by"] == "self" and not access.may_admit(verdict.standing)
        return not (hidden or asks)
    if table in ("names", "particulars", "details"):  # whose sight of details is in `shown`
        return True
    if table == "plans" and plans_in_directory:
        return True
    return sight is Sight.CIRCLE and not (verdict.location_hidden and is_located(fact))


def read(tx: Tx, fact: Row, me: Me, *, location_hidden: bool) -> Line:
    """Put a line into words, for somebody who may see it."""
    return Line(
        id=fact["id"],
        table=fact["table"],
        kind=KINDS[fact["table"]],
        text=_TEXTS[fact["table"]](tx, fact, me),
        source=_source(fact, location_hidden),
        as_of=fact["as_of"],
        confirmed_at=fact.get("confirmed_at"),
        confirmed_by=fact.get("confirmer"),
        stands=bool(fact["stands"]),
    )


def _source(fact: Row, location_hidden: bool) -> str:
    if location_hidden and fact["source_located"]:
        return briefs.HIDDEN_PLACE
    if fact["recorder"] and fact["recorder_agency"]:
        return f"{fact['recorder']}, {fact['recorder_agency']}"
    return str(fact["source_name"])


def _involvement(_tx: Tx, fact: Row, _me: Me) -> str:
    who = fact["worker"] or fact["contact_name"] or ""
    phone = fact["contact_phone"] or fact["worker_phone"] or fact["agency_phone"]
    email = fact["contact_email"] or fact["worker_email"]
    return _joined(who, fact["role"], fact["agency"], phone, email, _dates(fact))


def _name(_tx: Tx, fact: Row, _me: Me) -> str:
    name = f"{fact['first']} {fact['last']}".strip()
    return name if fact["kind"] == "full" else f"{name} ({fact['kind']})"


def _particulars(_tx: Tx, fact: Row, _me: Me) -> str:
    days = (("born", "born_on"), ("expected", "expected_on"), ("died", "died_on"))
    said = [f"{word} {spoken(fact[column])}" for word, column in days if fact[column]]
    gender = fact["gender"] if fact["gender"] != "unknown" else ""
    text = _joined(*said, gender) or "gender unknown"
    return text[:1].upper() + text[1:]


def _identifier(_tx: Tx, fact: Row, _me: Me) -> str:
    schemes = {"nhs": "NHS number", "upn": "Pupil number", "local": "Number in their system"}
    return f"{schemes[fact['scheme']]} {fact['value']}"


def _address(_tx: Tx, fact: Row, _me: Me) -> str:
    kind = "" if fact["kind"] == "home" else f"({fact['kind']})"
    return " ".join(one for one in (_joined(fact["lines"], fact["postcode"]), kind) if one)


def _relationship(tx: Tx, fact: Row, me: Me) -> str:
    name = fact["mentioned"] or ""
    if fact["other_id"]:
        name = briefs.shown(tx, access.verdict(tx, me, fact["other_id"]), fact["other_id"]).name
    return _joined(name, fact["kind"], _dates(fact))


def _plan(_tx: Tx, fact: Row, _me: Me) -> str:
    return _joined(fact["label"], _dates(fact))


def _detail(_tx: Tx, fact: Row, _me: Me) -> str:
    on = spoken(fact["happened_on"]) if fact["happened_on"] else ""
    return f"{fact['agency']}: {fact['label']}, {_joined(fact['value'], on)}"


def _dates(fact: Row) -> str:
    words = (("from", "valid_from"), ("until", "valid_to"))
    return " ".join(f"{word} {spoken(fact[at])}" for word, at in words if fact[at])


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


_TEXTS: Mapping[str, Callable[[Tx, Row, Me], str]] = {
    "involvements": _involvement,
    "addresses": _address,
    "names": _name,
    "particulars": _particulars,
    "identifiers": _identifier,
    "relationships": _relationship,
    "plans": _plan,
    "details": _detail,
}
