"""The one cast of all tests: a small authority with everybody whom a rule speaks of.

Amara Okafor has a circle: her social worker (the lead), the pastoral lead of her school, a
health visitor and, sealed, a substance-misuse worker. Otis Webb of the police is in nobody's circle.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from api import authority as authorities
from api import moment
from api import store as stores
from api.authority import Authority
from api.moment import new_id
from api.record import involvements, notes, people
from api.record.notes import Logged, NewNote
from api.record.people import NewPerson
from api.staff import agencies, practitioners, sessions, undertakings
from api.staff.agencies import Terms
from api.store.authority import Lists, Settings
from api.trust.actor import Actor
from api.trust.keys import MasterKey

ROOT = Path(__file__).parents[1]

# The days on which the children were born; how old they are goes by the day on which the tests are run.
BORN = {
    "amara": "2019-05-03",
    "jude": "2022-01-20",
    "lily": "2015-09-09",
    "rhea": "2016-06-06",
    "noor": "2018-08-18",
}
MASTER = MasterKey({1: b"a master key of thirty-two bytes"})

SETTINGS = Settings(
    id="0193e6a0-0000-7000-8000-000000000001",
    name="Westhaven Council",
    front_door="Westhaven front door",
    front_door_phone="01632 960100",
    front_door_email="front.door@westhaven.example",
    switchboard="01632 960000",
    out_of_hours_phone="01632 960999",
    demo=True,
)

LISTS = Lists(
    agency_kinds=[
        ("social care", "Children's social care", False),
        ("school", "School", True),
        ("health", "Health", False),
        ("police", "Police", False),
        ("housing", "Housing", False),
        ("substance misuse", "Substance misuse", False),
    ],
    categories=[
        ("neglect", "Neglect", []),
        ("emotional", "Emotional harm", []),
        ("health", "Health", ["social care", "health"]),
    ],
    plan_kinds=[
        ("child in need", "Child in need plan", False),
        ("child protection", "Child protection plan", False),
        ("care order", "Care order", True),
    ],
    purposes=[
        ("enquiry", "Child protection enquiry", "Children Act 1989, section 47"),
        ("welfare", "Promoting a child's welfare", "Children Act 2004, section 11"),
    ],
    detail_kinds=[
        ("schooling", "Schooling", ["school"], ["social care", "police"]),
        ("tenancy-risk", "Arrears and eviction", ["social care", "housing"], []),
        ("offences", "Safeguarding offences", ["social care", "police"], []),
        ("condition", "Presenting condition", [], []),
    ],
)

AGENCIES = {
    "Westhaven Children's Social Care": "care",
    "St Bede's Primary School": "school",
    "Westhaven Health Visiting": "health",
    "Westhaven Police": "force",
    "Harbour Recovery Service": "harbour",
}
AGENCY_KINDS = {
    "care": ("social care", False),
    "school": ("school", False),
    "health": ("health", False),
    "force": ("police", False),
    "harbour": ("substance misuse", True),
}
TEAMS = {
    "North team": "north",
    "Front door": "front door",
    "Pastoral team": "pastoral team",
    "Health visitors": "visitors",
    "Harbour team": "harbour team",
}
TEAM_PLACES = {
    "north": ("care", False),
    "front door": ("care", True),
    "pastoral team": ("school", False),
    "visitors": ("health", False),
    "harbour team": ("harbour", False),
}

# Who leads on safeguarding in each agency; the devices of all are approved by two of the council.
LEADS = {
    "care": "supervisor",
    "school": "safeguarding",
    "health": "health_visitor",
    "force": "police",
    "harbour": "sealed_supervisor",
}
OUT_OF_HOURS = ("supervisor", "night_duty")

# Everybody with agency, team, job and roles.
STAFF = {
    "social_worker": ("care", "north", "Social worker", ["practitioner"]),
    "colleague": ("care", "north", "Social worker", ["practitioner"]),
    "supervisor": ("care", "north", "Team manager", ["practitioner", "supervisor", "approver"]),
    "duty": ("care", "front door", "Duty social worker", ["practitioner"]),
    "duty_supervisor": ("care", "front door", "Duty manager", ["practitioner", "supervisor"]),
    "pastoral": ("school", "pastoral team", "Pastoral lead", ["practitioner"]),
    "safeguarding": (
        "school",
        "pastoral team",
        "Designated safeguarding lead",
        ["safeguarding lead"],
    ),
    "health_visitor": ("health", "visitors", "Health visitor", ["practitioner"]),
    "police": ("force", None, "Police constable", ["practitioner"]),
    "outsider": ("force", None, "Neighbourhood officer", ["practitioner"]),
    "sealed": ("harbour", "harbour team", "Recovery worker", ["practitioner"]),
    "sealed_supervisor": (
        "harbour",
        "harbour team",
        "Service manager",
        ["practitioner", "supervisor"],
    ),
    "reporter": ("school", None, "Lunchtime assistant", ["reporter"]),
    "governance": ("care", None, "Information governance lead", ["governance lead"]),
    "administrator": ("care", None, "Systems administrator", ["administrator"]),
    "steward": ("care", None, "Data steward", ["data steward"]),
    "night_duty": ("care", None, "Out-of-hours manager", ["approver"]),
}

NAMES = {
    "social_worker": "Jo Marsh",
    "colleague": "Kit Alder",
    "supervisor": "Sam Okoro",
    "duty": "Del Finch",
    "duty_supervisor": "Dora Keane",
    "pastoral": "Pat Osei",
    "safeguarding": "Ros Imrie",
    "health_visitor": "Hana Vale",
    "police": "Paul Quill",
    "outsider": "Otis Webb",
    "sealed": "Sil Brook",
    "sealed_supervisor": "Sue Dale",
    "reporter": "Rex Poole",
    "governance": "Gwen Hall",
    "administrator": "Ada Minns",
    "steward": "Stu Lark",
    "night_duty": "Nell Frost",
}


@dataclass
class Cast:
    """The authority with its cast, found by name: `cast.actor("pastoral")`, `cast["amara"]`."""

    authority: Authority
    ids: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.ids[name]

    def actor(self, name: str, *, confirmed: bool = False) -> Actor:
        """Sign a member of the cast in, on a new device; `confirmed` just now with the passkey."""
        signed_in = sessions.start_demo(self.authority, self.ids[name], None)
        actor = sessions.resume(self.authority, signed_in.session_token, touch=True)
        assert actor is not None
        return replace(actor, confirmed_at=self.authority.store.now()) if confirmed else actor

    @property
    def system(self) -> Actor:
        """The command line."""
        return Actor.system(self.authority, "command line")

    def undertakes(self, practitioner_id: str, agency_id: str) -> None:
        """Let somebody accept how Inkling may be used, as they would on their first visit."""
        who = Actor(self.authority, practitioner_id, "", agency_id=agency_id)
        undertakings.accept(who)

    def worry(self, author: str, *about: str, **said: object) -> Logged:
        """Let somebody log a worry about somebody."""
        note = NewNote(id=new_id(), kind="worry", people=[self.ids[name] for name in about])
        said = {"saw": "No coat again today, and it was raining.", **said}
        return notes.log(self.actor(author), replace(note, **said))  # type: ignore[arg-type]

    def support(self, who: str, agency: str, person: str, *, lead: bool = False) -> None:
        """Let somebody of an agency support somebody from now on."""
        involvements.add(
            self.system,
            self[person],
            agency_id=self[agency],
            practitioner_id=self[who],
            role="Worker",
            lead=lead,
        )


def found(url: str) -> Cast:
    """Found the authority in a migrated database and let the cast enter through the front door."""
    store = stores.open(url)
    cast = Cast(authorities.found(store, MASTER, SETTINGS, LISTS))
    system = cast.system
    ids = cast.ids
    for name, key in AGENCIES.items():
        kind, sensitive = AGENCY_KINDS[key]
        ids[key] = agencies.add(system, name, kind, phone="01632 960200", sensitive=sensitive)
    for name, key in TEAMS.items():
        agency, duty = TEAM_PLACES[key]
        ids[key] = agencies.add_team(system, ids[agency], name, duty=duty)
    for n, (key, (agency, team, job, roles)) in enumerate(STAFF.items()):
        ids[key] = practitioners.join(
            system,
            agency_id=ids[agency],
            team_id=ids[team] if team else None,
            name=NAMES[key],
            job=job,
            phone=f"07700 9001{n:02}",
            email=f"{key}@westhaven.example",
            staff_number=f"W{n:03}",
            roles=roles,
        )
    for key in OUT_OF_HOURS:
        practitioners.grant(system, ids[key], "approver", "authority", "authority")
    for key in LEADS:
        agencies.open_agency(system, ids[key], terms(ids, key))
    for key, (agency, *_) in STAFF.items():
        cast.undertakes(ids[key], ids[agency])
    ids["kemi"] = people.add(system, NewPerson("Kemi", "Okafor", "1990-02-11", gender="female"))
    for key, first, last in (
        ("amara", "Amara", "Okafor"),
        ("jude", "Jude", "Okafor"),
        ("lily", "Lily", "Hart"),
        ("rhea", "Rhea", "Stone"),
        ("noor", "Noor", "Khan"),
    ):
        home = {"address": "12 Mill Lane, Westhaven", "postcode": "ZZ17 8AU"}
        ids[key] = people.add(system, NewPerson(first, last, BORN[key], **home))
    for person, who, role, lead in (
        ("amara", "social_worker", "Social worker", True),
        ("amara", "pastoral", "Pastoral lead", False),
        ("amara", "health_visitor", "Health visitor", False),
        ("amara", "sealed", "Recovery worker for a parent", False),
        ("jude", "social_worker", "Social worker", True),
        ("rhea", "social_worker", "Social worker", True),
        ("noor", "social_worker", "Social worker", True),
        ("noor", "health_visitor", "Health visitor", False),
    ):
        involvements.add(
            system,
            ids[person],
            agency_id=ids[STAFF[who][0]],
            practitioner_id=ids[who],
            role=role,
            lead=lead,
        )
    for pupil in ("amara", "lily", "noor"):
        involvements.add(
            system, ids[pupil], agency_id=ids["school"], role="School", kind="universal"
        )
    return cast


def years(child: str) -> str:
    """How old one of the children is today, in London."""
    today, born = moment.day(moment.text(moment.system_clock())), date.fromisoformat(BORN[child])
    before_birthday = (today.month, today.day) < (born.month, born.day)
    return f"{today.year - born.year - before_birthday} years"


def terms(ids: dict[str, str], agency: str, **said: object) -> Terms:
    """On which terms an agency of the cast takes part."""
    agreed = Terms(
        agreement="Westhaven sharing agreement",
        agreed_on="2026-01-05",
        review_on="2090-01-05",
        controller=next(name for name, key in AGENCIES.items() if key == agency),
        controller_contact="data.protection@westhaven.example",
        safeguarding_lead_id=ids[LEADS[agency]],
        approver_ids=[ids[one] for one in OUT_OF_HOURS],
    )
    return replace(agreed, **said)  # type: ignore[arg-type]


def in_another_process(code: str, *said: str) -> subprocess.Popen[str]:
    """Start Python code with these words as its arguments, and give it, to be listened to and killed."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *said],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def reopen(url: str, ids: dict[str, str]) -> Cast:
    """Open a copy of the cast's database."""
    store = stores.open(url)
    from api.store import authority as stored
    from api.trust.keys import Vault

    settings = stored.settings(store)
    assert settings is not None
    opened = Authority(store, Vault(MASTER), settings)
    opened.prepare()
    return Cast(opened, dict(ids))


def find_ids(store: stores.Store) -> dict[str, str]:
    """Find the ids of the cast again in a database that `found` filled."""
    ids = {row["email"].partition("@")[0]: row["id"] for row in _all(store, "practitioners")}
    ids |= {row["first"].lower(): row["person_id"] for row in _all(store, "names")}
    ids |= {AGENCIES[row["name"]]: row["id"] for row in _all(store, "agencies")}
    return ids | {TEAMS[row["name"]]: row["id"] for row in _all(store, "teams")}


def _all(store: stores.Store, table: str) -> list[dict[str, str]]:
    return store.query(f"SELECT * FROM {table}")


def write_master_key(path: Path) -> None:
    """Write the cast's master key as a machine would hold it."""
    path.write_text(f"1 {base64.b64encode(MASTER.versions[1]).decode()}\n", encoding="ascii")
    path.chmod(0o600)
