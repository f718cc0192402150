"""What a fact on a record says, line by line: a name, an address, a relationship, a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from api.rights import blacking, saying
from api.rights.blacking import Line
from api.store import Tx
from api.store import held as stored
from api.store.engine import Row


def of(
    tx: Tx, kind: str, ids: Sequence[str], identity: str, protected: bool
) -> dict[str, list[Line]]:
    """Put facts of a kind into words, by their ids; where somebody is who is `protected`, nothing of it."""
    rows = stored.facts(tx, kind, ids)
    people = _related(tx, rows, identity) if kind == "relationship" else {}
    hidden = [Line("What it says", blacking.BLACK)]
    return {
        row["id"]: hidden
        if protected and _says_where(kind, row)
        else [
            *_SAYS[kind](row),
            *_family(row, people, identity),
            Line("From", saying.on(row["valid_from"])),
            Line("Until", saying.on(row["valid_to"])),
            Line("Said by", f"{row['said_by']}, {row['said_by_job']}" if row["said_by"] else ""),
            Line("Source", row["source"]),
            Line("Written on", saying.at(row["recorded_at"])),
            Line("Taken back on", saying.at(row["withdrawn_at"])),
            Line("Replaced", "Yes, by something newer" if row["replaced_by"] else ""),
        ]
        for row in rows
    }


def _says_where(kind: str, row: Row) -> bool:
    """Whether a fact as such says where somebody is: an address, a placement, what a school says."""
    return (
        kind == "address"
        or bool(row["located"])
        or (kind == "relationship" and row["kind"] == "foster carer")
    )


def _related(tx: Tx, rows: Sequence[Row], own: str) -> dict[str, tuple[str, str]]:
    """Give the identity and the name of everybody whom relationships name, by their records."""
    records = {row[end] for row in rows for end in ("person_id", "other_id") if row[end]}
    found = stored.identities(tx, sorted(records))
    names = stored.names(tx, sorted(set(found.values())), own)
    return {
        record: (identity, saying.name(names[identity]) if identity in names else saying.NOBODY)
        for record, identity in found.items()
    }


def _family(row: Row, people: Mapping[str, tuple[str, str]], identity: str) -> list[Line]:
    """Say a relationship from the end of the person who is asked about: "other is the kind of person"."""
    if "other_id" not in row:
        return []
    holder = people.get(row["person_id"], ("", saying.NOBODY))
    other = people.get(row["other_id"] or "", ("", row["mentioned"] or saying.NOBODY))
    responsible = Line("Has parental responsibility", row["parental_responsibility"])
    if holder[0] == identity:
        return [Line(row["kind"].capitalize(), other[1]), responsible]
    return [Line(f"Is the {row['kind']} of", holder[1]), responsible]


_SAYS: Mapping[str, Callable[[Row], list[Line]]] = {
    "name": lambda row: [
        Line("Name", f"{row['first']} {row['last']}".strip()),
        Line("Kind of name", row["kind"]),
    ],
    "birth": lambda row: [
        Line("Born on", saying.on(row["born_on"])),
        Line("Expected on", saying.on(row["expected_on"])),
        Line("Died on", saying.on(row["died_on"])),
        Line("Gender", row["gender"] or ""),
    ],
    "number": lambda row: [
        Line(
            {"nhs": "NHS number", "upn": "Unique pupil number"}.get(row["scheme"], "Number"),
            row["value"],
        )
    ],
    "address": lambda row: [
        Line("Address", ", ".join(part for part in (row["lines"], row["postcode"]) if part)),
        Line("Kind of address", row["kind"]),
    ],
    "relationship": lambda _: [],
    "involvement": lambda row: [
        Line("Agency", row["agency"]),
        Line("As", row["role"]),
        Line(
            "Who",
            f"{row['worker']}, {row['worker_job']}" if row["worker"] else row["contact_name"] or "",
        ),
        Line("Last contact on", saying.on(row["last_contact_on"])),
    ],
    "plan": lambda row: [Line("Plan", row["plan"])],
    "detail": lambda row: [
        Line(row["label"], row["value"] or "Yes"),
        Line("Agency that it is about", row["agency"]),
        Line("Happened on", saying.on(row["happened_on"])),
    ],
}
