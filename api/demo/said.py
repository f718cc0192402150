"""What the made-up services say of people beside who supports them: the same every night, some of it
dirty. Those whom the stories tell of have their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from api.demo.households import Person

_OFFENCES = ("Violence without injury", "Violence with injury", "Robbery", "Possession of weapons")
_RISKS = (
    ("Anti-social behaviour", 0.06),
    ("Eviction", 0.03),
    ("Notice seeking possession", 0.05),
    ("Rent arrears", 0.15),
)
_TOLD: Mapping[str, Mapping[str, str]] = {
    "kemi": {"Rent arrears": "Yes", "Rent arrears case": "Case open"},
    "rachel": {"Notice seeking possession": "Yes", "Notice seeking possession case": "Case closed"},
}
# Whose record the police tell of, and how many days ago.
_OFFENDED = {"steven": ((1460, "Violence without injury", "Suspect"),)}


def admission(person: Person) -> dict[str, str]:
    """What a school says of a pupil."""
    chance = _chance(person, "school")
    others = ("Secondary provision", "Off site provision", "main provision ", "Dual")
    kind = (
        "Main provision"
        if person.key
        else chance.choices(("Main provision", *others), (92, 3, 2, 2, 1))[0]
    )
    return {"Admission type": kind}


def caring(person: Person) -> dict[str, str]:
    """What social care says of who cares for others."""
    cares = not person.key and _chance(person, "care").random() < 0.06
    return {"Is a Carer": "Y" if cares else "N", "No of Carers": "1" if cares else ""}


def tenancy(person: Person) -> dict[str, str]:
    """What a landlord says of a tenant. Now and then something that is no answer."""
    chance = _chance(person, "housing")
    row = {}
    for risk, share in _RISKS:
        is_so = chance.random() < share and not person.key
        row[risk] = "Yes" if is_so else "No"
        row[f"{risk} case"] = (
            chance.choice(("Case open", "Case closed")) if is_so else "No records found"
        )
    if not person.key and chance.random() < 0.01:
        row["Rent arrears"] = "see notes"
    return {**row, **_TOLD.get(person.key, {})}


def offences(person: Person, today: date) -> dict[str, str]:
    """What the police say of an adult."""
    chance = _chance(person, "police")
    told: Sequence[tuple[int, str, str]] = _OFFENDED.get(person.key, ())
    if not person.key and chance.random() < 0.4:
        told = [
            (
                chance.randint(300, 3000),
                chance.choice(_OFFENCES),
                chance.choice(("Convict", "Suspect")),
            )
            for _ in range(chance.randint(1, 3))
        ]
    row = {"Safeguarding offences": "Yes" if told else "No"}
    for n, (days, kind, nature) in enumerate(told, start=1):
        row[f"Date of offence {n}"] = f"{today - timedelta(days=days):%d/%m/%Y}"
        row[f"Type of offence {n}"], row[f"Nature of involvement {n}"] = kind, nature
    row["Non-safeguarding offences"] = chance.choice(("Yes", "No", "No"))
    return row


def _chance(person: Person, service: str) -> Random:
    return Random(f"{person.number} {service}")  # noqa: S311 - made up, and always the same
