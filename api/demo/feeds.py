"""The made-up council's feeds: files in the published shapes, with ordinary dirt in them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from api.demo import said as services
from api.demo.cases import Cases, Event, known_on
from api.demo.council import AGENCIES
from api.demo.households import Person, World
from api.facts import mapping


class Row(dict[str, str]):
    """One row of a feed, by its headings. `about` is the number of whom it is really about: it stands
    in no file, so that matching can be measured against it."""

    def __init__(self, said: Mapping[str, str], about: int) -> None:
        super().__init__(said)
        self.about = about


# How long before the demo's day the feeds reported; housing has been silent for a while.
FIRST, SPRING, WEEK, LAST, SILENT = 186, 60, 8, 1, 20
ALL = (FIRST, SPRING, WEEK, LAST)
TWICE = (FIRST, LAST)


# Whom a feed covers, by age: from, and until. The others cover everybody.
AGES: dict[str, tuple[int | None, int | None]] = {
    "st-bedes": (4, 20),
    "harbour-academy": (4, 20),
    "little-acorns": (0, 5),
    "health-visiting": (0, 6),
    "housing": (16, None),
    "adult-social-care": (16, None),
    "police": (18, None),
    "recovery": (18, None),
}


@dataclass(frozen=True)
class Feed:
    """A feed: whose it is, how its columns are read, and on which nights it reported."""

    code: str
    name: str
    agency: str | None
    mapping: str
    file: str
    nights: Sequence[int]
    rows: Callable[[Snapshot], list[Row]]
    write: Callable[[list[Row]], bytes]
    makes_people: bool = False


@dataclass
class Snapshot:
    """What the systems held on one night, and how dirty they are."""

    world: World
    cases: Cases
    day: date
    random: Random

    def people(self) -> list[Person]:
        """Give everybody who was known by then."""
        return [person for person in self.world.people if self.knows(person)]

    def knows(self, person: Person) -> bool:
        """Say whether a person was born by then, or expected."""
        since = person.born or (person.expected or self.day) - timedelta(days=196)
        return since <= self.day

    def events(self, system: str) -> list[Event]:
        """Give the lines of a system as they stood that night."""
        return [e for e in known_on(self.cases.events[system], self.day) if self.knows(e.person)]

    def is_dirty(self, person: Person, share: float) -> bool:
        """Decide whether dirt falls on a row. Those whom the stories tell of stay clean."""
        return not person.key and self.random.random() < share


def all_feeds() -> list[Feed]:
    """Give every feed of the council, in the order they are first loaded in."""
    extract = mapping.shipped("council-adult-social-care")
    community = mapping.shipped("council-community")
    caseload = extract.replace("Adult social care", "Health visitor")
    early = extract.replace('role = "Adult social care"', 'role = "Family support"\nlead = true')
    early += '\n[plans]\n"Early help plan" = "early-help"\n'
    universal = community.replace('"active"', '"universal"\nrole = "Health visiting"')
    recovery = extract.replace("Adult social care", "Recovery worker")
    school = mapping.shipped("school")
    return [
        Feed(
            "people",
            "People index",
            None,
            mapping.shipped("people"),
            "people.csv",
            ALL,
            _people,
            _csv(),
            makes_people=True,
        ),
        Feed(
            "childrens-social-care",
            "Children's social care system",
            "care",
            mapping.shipped("council-childrens-social-care"),
            "Childrens Social Care.csv",
            ALL,
            _care,
            _csv(bom=True),
        ),
        Feed(
            "gp",
            "GP register",
            "surgery",
            mapping.shipped("council-primary-care"),
            "Primary Care.csv",
            TWICE,
            _doctors,
            _csv(),
        ),
        Feed(
            "st-bedes",
            "St Bede's pupil system",
            "bedes",
            school,
            "School.tsv",
            TWICE,
            _pupils("bedes"),
            _csv("\t"),
        ),
        Feed(
            "harbour-academy",
            "Harbour Academy pupil system",
            "harbour",
            school,
            "School.json",
            TWICE,
            _pupils("harbour"),
            _json,
        ),
        Feed(
            "little-acorns",
            "Little Acorns register",
            "acorns",
            school,
            "Nursery.csv",
            TWICE,
            _pupils("acorns"),
            _csv(";", bom=True),
        ),
        Feed(
            "health-visiting",
            "Community health system",
            "health",
            universal,
            "Community.csv",
            TWICE,
            _small,
            _csv(),
        ),
        Feed(
            "health-caseload",
            "Health visitors' caseloads",
            "health",
            caseload,
            "Community caseload.csv",
            ALL,
            _caseload,
            _csv(),
        ),
        Feed(
            "early-help",
            "Early help system",
            "early",
            early,
            "Early Help.csv",
            TWICE,
            _early,
            _csv(";"),
        ),
        Feed(
            "housing",
            "Westhaven Homes tenancies",
            "homes",
            mapping.shipped("council-housing") + _details("housing"),
            "Housing.csv",
            (FIRST, SILENT),
            _housing,
            _csv(encoding="cp1252"),
        ),
        Feed(
            "adult-social-care",
            "Adult social care system",
            "adults",
            mapping.shipped("adult-social-care"),
            "Adult Social Care.csv",
            TWICE,
            _adults,
            _csv(),
        ),
        Feed(
            "police",
            "Police contact system",
            "police",
            mapping.shipped("police"),
            "Police.csv",
            TWICE,
            _police,
            _csv(encoding="cp1252"),
        ),
        Feed(
            "recovery",
            "Harbour Recovery caseload",
            "recovery",
            recovery,
            "Recovery.csv",
            TWICE,
            _recovery,
            _csv(),
        ),
    ]


def _details(shape: str) -> str:
    """The details of a shape: an authority puts its own mapping together from what its system sends."""
    return "\n" + "".join(mapping.shipped(shape).partition("[[details]]")[1:])


def write_night(folder: Path, feed: Feed, night: Snapshot) -> Path:
    """Write what a feed reported on a night; give the file."""
    path = folder / night.day.isoformat() / feed.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(feed.write(feed.rows(night)))
    return path


# --- Rows, feed by feed ---------------------------------------------------------------------------


def _people(night: Snapshot) -> list[Row]:
    rows = []
    for person in night.people():
        day = person.born or person.expected
        said = {
            " id": f"cms:{person.number}",
            "firstName ": person.first,
            " lastName": person.last,
            "dateOfBirth": f"{day:%d/%m/%Y}" if day else "",
            "gender ": person.gender.capitalize(),
            "address": _whole_address(person),
        }
        row = Row(said, person.number)
        if night.is_dirty(person, 0.004):
            row["dateOfBirth"] = night.random.choice(("01/01/1900", "01/01/1970", "31/02/2015"))
        if night.is_dirty(person, 0.004):
            row["address"] = f"<b>{person.address}</b>, {person.postcode}"
        rows.append(row)
        if night.is_dirty(person, 0.003):
            rows.append(Row(row, person.number))  # the same person twice
    return rows


def _care(night: Snapshot) -> list[Row]:
    rows = []
    for event in night.events("care"):
        row = _extract(night, event, f"{event.starts:%d/%m/%Y}", "%d/%m/%Y")
        if night.is_dirty(event.person, 0.02):
            row["Service Event Start"], row["Service Event End"] = "01/06/2026", "01/05/2026"
        row |= services.caring(event.person)
        rows.append(row)
    return rows


def _caseload(night: Snapshot) -> list[Row]:
    return [
        _extract(night, e, f"{e.starts:%Y-%m-%d}", "%Y-%m-%d") for e in night.events("caseload")
    ]


def _early(night: Snapshot) -> list[Row]:
    """A spreadsheet that keeps its dates as numbers."""
    rows = []
    for event in night.events("early"):
        days = (event.starts - date(1899, 12, 30)).days
        row = _extract(night, event, str(days), "%d-%b-%y")
        row["Comment"] = '=HYPERLINK("http://example.invalid","open")'
        rows.append(row)
    return rows


def _recovery(night: Snapshot) -> list[Row]:
    return [
        _extract(night, e, f"{e.starts:%d/%m/%Y}", "%d/%m/%Y") for e in night.events("recovery")
    ]


def _extract(night: Snapshot, event: Event, starts: str, dates: str) -> Row:
    """The columns of the councils' extracts that have a key worker."""
    person, worker = event.person, event.worker
    row = _basics(night, person, dates)
    row["CMS No"] = str(person.number)
    row["Keyworker"], row["Email"] = worker.name, worker.email
    if night.is_dirty(person, 0.05):
        row["Keyworker"], row["Email"] = "A. Former (left)", "a.former@care.westhaven.example"
    row["Service Event Desc"] = event.service
    row["Service Event Start"] = starts
    row["Service Event End"] = f"{event.ends.strftime(dates)}" if event.ends else ""
    return row


def _doctors(night: Snapshot) -> list[Row]:
    rows = []
    for person in night.people():
        if person.born and (doctor := night.cases.role(person, "gp")):
            row = _basics(night, person, "%d-%b-%y")
            row["Name of GP"] = f"Dr {doctor.name}"
            row["Contact number"] = "01632 960250"
            row["Date registered"] = f"{person.born + timedelta(days=20):%d/%m/%Y}"
            rows.append(row)
    return rows


def _small(night: Snapshot) -> list[Row]:
    rows = []
    for event in night.events("health"):
        row = _basics(night, event.person, "%d/%m/%Y")
        row["Service/Event Desc"] = event.service
        row["Service/Event Start"] = f"{event.starts:%d/%m/%Y}"
        row["Service/Event End"] = f"{event.ends:%d/%m/%Y}" if event.ends else ""
        rows.append(row)
    return rows


def _housing(night: Snapshot) -> list[Row]:
    rows = []
    for event in night.events("homes"):
        person = event.person
        row = _basics(night, person, "%d-%b-%y")
        row["CMS No"] = str(person.number) if night.random.random() < 0.6 else ""
        row["Name of housing officer"] = event.worker.name
        if night.is_dirty(person, 0.05):
            row["Name of housing officer"] = "01632 960271"
        row["Supported housing"], row["Social housing"] = "N", "Y"
        row["Name of housing provider"] = "Westhaven Homes"
        if night.is_dirty(person, 0.02):
            row["Name of housing provider"] = "=1+1"
        row["Service/Event Desc"] = event.service
        row["Service/Event Start"] = f"{event.starts:%d-%b-%y}"
        row["Service/Event End"] = ""
        row |= services.tenancy(person)
        rows.append(row)
    return rows


def _adults(night: Snapshot) -> list[Row]:
    rows = []
    for event in night.events("adults"):
        row = _common(night, event.person, event.ends)
        row["Local authority organisation"] = "Westhaven Council"
        row["Contact name"], row["Contact role"] = event.worker.name, event.worker.job
        row["Contact number"], row["Contact e-mail"] = event.worker.phone, event.worker.email
        row["Start date of last involvement"] = f"{event.starts:%d/%m/%Y}"
        row["Date of most recent interaction"] = f"{event.ends or night.day:%d/%m/%Y}"
        rows.append(row)
    return rows


def _police(night: Snapshot) -> list[Row]:
    rows = []
    for event in night.events("police"):
        row = _common(night, event.person, event.ends)
        row["Police area"] = "Westhaven"
        row["Contact name"], row["Contact role"] = event.worker.name, event.worker.job
        row["Contact number"] = "01632 960260"
        row |= services.offences(event.person, night.world.today)
        rows.append(row)
    return rows


def _pupils(school: str) -> Callable[[Snapshot], list[Row]]:
    named = next(agency for agency in AGENCIES if agency.key == school)

    def rows(night: Snapshot) -> list[Row]:
        found = []
        for person in night.people():
            if person.school == school and person.died is None:
                row = _common(night, person, None)
                row["UPN"] = person.upn
                row["School name"], row["Contact number"] = named.name, named.phone
                row |= services.admission(person)
                found.append(row)
        return found

    return rows


def _common(night: Snapshot, person: Person, ends: date | None) -> Row:
    """The columns of the Common Data Model that every service has."""
    first, last = _names(night, person)
    said = {
        "First Name": first,
        "Family Name ": last,
        "Date of Birth": _birth(night, person, "%d/%m/%Y"),
        "Gender": person.gender.capitalize(),
        "Address": _whole_address(person),
        "Service involvement": "Historic" if ends else "Current",
        "Date current as of": f"{night.day:%d/%m/%Y}",
        "Coverage start date": "01/01/2015",
        "Coverage end date": f"{night.day:%d/%m/%Y}",
        "Coverage geographic area": "Westhaven",
        "personId": f"cms:{person.number}" if not night.is_dirty(person, 0.1) else "",
    }
    return Row(said, person.number)


def _basics(night: Snapshot, person: Person, dates: str) -> Row:
    """The columns that every extract of the councils has."""
    first, last = _names(night, person)
    said = {
        "Last Name": last,
        " First Name": first,
        "Date of Birth": _birth(night, person, dates),
        "Age": str(max(0, person.age(night.day))),
        "NHS No": _spaced(person.nhs),
        "Address": _whole_address(person),
        "Date of death": f"{person.died:%d/%m/%Y}"
        if person.died and person.died <= night.day
        else "",
    }
    row = Row(said, person.number)
    if night.is_dirty(person, 0.01) and person.nhs:
        row["NHS No"] = person.nhs[:-1] + str((int(person.nhs[-1]) + 1) % 10)
    elif night.is_dirty(person, 0.004):
        row["NHS No"] = _spaced(night.random.choice(night.world.people).nhs)  # somebody else's
    return row


# --- Dirt ------------------------------------------------------------------------------------------


def _names(night: Snapshot, person: Person) -> tuple[str, str]:
    first, last = person.first, person.last
    if night.is_dirty(person, 0.008):
        return last, first
    if night.is_dirty(person, 0.01):
        return f"{first} {night.random.choice(('Ann', 'Lee', 'Rose', 'James'))}", last
    if night.is_dirty(person, 0.3):
        last = last.replace("-", " ")
    if night.is_dirty(person, 0.006):
        last = f"{last}s"
    return (first.upper(), last.upper()) if night.is_dirty(person, 0.03) else (first, last)


def _birth(night: Snapshot, person: Person, dates: str) -> str:
    day = person.born or person.expected
    if day is None:
        return ""
    if night.is_dirty(person, 0.006) and day.day <= 12:
        day = date(day.year, day.day, day.month)
    if night.is_dirty(person, 0.004):
        return "1900-01-01"
    return day.strftime(dates)


def _spaced(nhs: str) -> str:
    return f"{nhs[:3]} {nhs[3:6]} {nhs[6:]}" if nhs else ""


def _whole_address(person: Person) -> str:
    return f"{person.address}, {person.postcode}"


# --- Files -----------------------------------------------------------------------------------------


def _csv(
    delimiter: str = ",", *, bom: bool = False, encoding: str = "utf-8"
) -> Callable[[list[Row]], bytes]:
    def written(rows: list[Row]) -> bytes:
        text = io.StringIO()
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.DictWriter(text, names, delimiter=delimiter, restval="")
        writer.writeheader()
        writer.writerows(rows)
        said = text.getvalue().encode(encoding, "replace")
        return b"\xef\xbb\xbf" + said if bom else said

    return written


def _json(rows: list[Row]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()
