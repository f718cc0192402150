"""The made-up council: what it set for itself, its agencies, and who works there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from api.demo.names import FIRST, LAST, plain
from api.store.authority import Lists, Settings

SETTINGS = Settings(
    name="Westhaven Council",
    front_door="Westhaven Children's Front Door",
    front_door_phone="01632 960100",
    front_door_email="front.door@westhaven.example",
    switchboard="01632 960000",
    out_of_hours_phone="01632 960999",
    complaints_phone="01632 960110",
    complaints_email="complaints@westhaven.example",
    data_protection_phone="01632 960120",
    data_protection_email="data.protection@westhaven.example",
    demo=True,
)

LISTS = Lists(
    agency_kinds=[
        ("social-care", "Children's social care", False),
        ("school", "School", True),
        ("nursery", "Nursery or childminder", True),
        ("health-visiting", "Health visiting", True),
        ("gp", "GP practice", True),
        ("early-help", "Early help and youth work", False),
        ("police", "Police", False),
        ("youth-justice", "Youth justice", False),
        ("housing", "Housing", False),
        ("adult-social-care", "Adult social care", False),
        ("substance-misuse", "Substance misuse", False),
        ("domestic-abuse", "Domestic abuse support", False),
    ],
    categories=[
        ("neglect", "Neglect", []),
        ("physical", "Physical harm", []),
        ("emotional", "Emotional harm", []),
        ("sexual", "Sexual harm", []),
        ("domestic-abuse", "Domestic abuse at home", []),
        ("exploitation", "Exploitation", []),
        ("missing", "Missing from home or care", []),
        ("school", "School and attendance", []),
        ("home", "Home and money", []),
        ("health", "Health", ["social-care", "health-visiting", "gp"]),
        ("sex-life", "Sex life", ["social-care", "health-visiting", "gp"]),
        ("offences", "Offences", ["social-care", "police", "youth-justice"]),
    ],
    detail_kinds=[
        ("schooling", "Schooling", ["school", "nursery", "health-visiting"], ["social-care"]),
        # Social care looks at whole families: at a parent from outside the circle, after saying why.
        ("caring", "Care and caring", ["adult-social-care", "health-visiting"], ["social-care"]),
        ("tenancy", "Tenancy", ["housing", "health-visiting", "early-help"], ["social-care"]),
        (
            "tenancy-risk",
            "Arrears, eviction and anti-social behaviour",
            ["housing"],
            ["social-care"],
        ),
        ("offences", "Safeguarding offences", ["police", "youth-justice"], ["social-care"]),
        ("other-offences", "Other offences", ["police", "youth-justice"], []),
    ],
    plan_kinds=[
        ("early-help", "Early help", False),
        ("child-in-need", "Child in need plan", False),
        ("child-protection", "Child protection plan", False),
        ("looked-after", "Looked after", True),
        ("care-order", "Care order", True),
        ("supervision-order", "Supervision order", True),
        ("ehcp", "Education, health and care plan", True),
    ],
    purposes=[
        ("worry", "I have a worry about them", "Children Act 2004 s11; UK GDPR 6(1)(e), 9(2)(g)"),
        (
            "new-work",
            "I am about to work with them",
            "Children Act 2004 s10; UK GDPR 6(1)(e), 9(2)(g)",
        ),
        (
            "assessment",
            "I am assessing need or harm",
            "Children Act 1989 s17, s47; UK GDPR 6(1)(c), 9(2)(g)",
        ),
        (
            "found",
            "They came to me, and I need to reach who supports them",
            "Children Act 2004 s11; UK GDPR 6(1)(e), 9(2)(g)",
        ),
    ],
    retention=[
        ("school", "Child protection file", ["school", "nursery"], "", "", "birth", 25),
        ("social-care", "Children's social care record", ["social-care"], "", "", "birth", 25),
        (
            "protected",
            "Child protection plan",
            ["social-care"],
            "child-protection",
            "",
            "birth",
            40,
        ),
        ("looked-after", "Looked after", ["social-care"], "looked-after", "", "birth", 75),
        (
            "abuse",
            "Child sexual abuse",
            ["school", "social-care"],
            "",
            "sexual",
            "last contact",
            75,
        ),
        ("health", "Child health record", ["health-visiting", "gp"], "", "", "birth", 25),
        ("other", "What other agencies write", [], "", "", "last contact", 6),
    ],
)


@dataclass(frozen=True)
class Team:
    """A team, how many work in it beside those named, and what they do."""

    key: str
    name: str
    staff: int
    job: str
    duty: bool = False


@dataclass(frozen=True)
class Agency:
    """An agency with its teams. `domain` is where its e-mail goes, all of it reserved."""

    key: str
    name: str
    kind: str
    phone: str
    domain: str
    teams: Sequence[Team]
    sensitive: bool = False


@dataclass(frozen=True)
class Worker:
    """Somebody who works for an agency. `key` names those whom stories or the demo speak of."""

    key: str
    agency: str
    team: str
    name: str
    job: str
    phone: str
    email: str
    staff_number: str
    roles: tuple[str, ...]


AGENCIES: Sequence[Agency] = (
    Agency(
        "care",
        "Westhaven Children's Social Care",
        "social-care",
        "01632 960101",
        "care.westhaven.example",
        (
            Team("north", "North team", 9, "Social worker"),
            Team("south", "South team", 9, "Social worker"),
            Team("after", "Looked after children team", 6, "Social worker"),
            Team("front", "Front door", 6, "Duty social worker", duty=True),
            Team("practice", "Practice and systems", 1, "Performance officer"),
        ),
    ),
    Agency(
        "bedes",
        "St Bede's School",
        "school",
        "01632 960210",
        "stbedes.example",
        (
            Team("pastoral", "Pastoral team", 5, "Pastoral worker"),
            Team("teachers", "Teachers", 9, "Class teacher"),
            Team("support", "Support staff", 3, "Teaching assistant"),
        ),
    ),
    Agency(
        "harbour",
        "Harbour Academy",
        "school",
        "01632 960220",
        "harbouracademy.example",
        (Team("tutors", "Tutors", 9, "Form tutor"), Team("inclusion", "Inclusion", 3, "Mentor")),
    ),
    Agency(
        "acorns",
        "Little Acorns Nursery",
        "nursery",
        "01632 960230",
        "littleacorns.example",
        (Team("rooms", "Nursery rooms", 6, "Key person"),),
    ),
    Agency(
        "health",
        "Westhaven Health Visiting",
        "health-visiting",
        "01632 960240",
        "health.example.org",
        (
            Team("visitors", "Health visitors", 9, "Health visitor"),
            Team("nurses", "School nurses", 4, "School nurse"),
        ),
    ),
    Agency(
        "surgery",
        "Mill Lane Surgery",
        "gp",
        "01632 960250",
        "milllane.example",
        (Team("doctors", "Doctors", 5, "GP"),),
    ),
    Agency(
        "police",
        "Westhaven Police",
        "police",
        "01632 960260",
        "police.example.org",
        (
            Team("streets", "Neighbourhood officers", 6, "Police constable"),
            Team("protecting", "Public protection", 5, "Detective constable"),
        ),
    ),
    Agency(
        "homes",
        "Westhaven Homes",
        "housing",
        "01632 960270",
        "homes.example.net",
        (Team("estates", "Estates", 8, "Housing officer"),),
    ),
    Agency(
        "adults",
        "Westhaven Adult Social Care",
        "adult-social-care",
        "01632 960280",
        "adults.westhaven.example",
        (Team("community", "Community team", 6, "Adult social worker"),),
    ),
    Agency(
        "early",
        "Westhaven Early Help",
        "early-help",
        "01632 960290",
        "earlyhelp.westhaven.example",
        (
            Team("families", "Family support", 5, "Family support worker"),
            Team("youth", "Youth work", 4, "Youth worker"),
        ),
    ),
    Agency(
        "recovery",
        "Harbour Recovery Service",
        "substance-misuse",
        "01632 960310",
        "recovery.example.org",
        (Team("recoverers", "Recovery workers", 4, "Recovery worker"),),
        sensitive=True,
    ),
    Agency(
        "haven",
        "Haven Domestic Abuse Support",
        "domestic-abuse",
        "01632 960320",
        "haven.example.org",
        (Team("advisers", "Independent advisers", 3, "Independent domestic violence adviser"),),
        sensitive=True,
    ),
)

# Whom the demo can be, in the order it offers them: what it is called there, and the worker.
CHARACTERS: Mapping[str, str] = {
    "social-worker": "Social worker",
    "school-pastoral": "School pastoral lead",
    "health-visitor": "Health visitor",
    "supervisor": "Supervisor",
    "substance-misuse": "Substance misuse worker (sealed)",
    "duty": "Duty social worker",
    "governance": "Governance lead",
    "administrator": "Administrator",
    "data-steward": "Data steward",
    "reporter": "Reporter",
    "outsider": "Someone in nobody's circle",
}

# Who approves devices anywhere, by night too, and who leads on safeguarding in each agency.
OUT_OF_HOURS = ("duty-manager", "after-manager")
SAFEGUARDING_LEADS: Mapping[str, str] = {
    "care": "supervisor",
    "bedes": "safeguarding",
    "harbour": "harbour-safeguarding",
    "acorns": "nursery-manager",
    "health": "health-manager",
    "surgery": "doctors-1",
    "police": "sergeant",
    "homes": "homes-manager",
    "adults": "community-1",
    "early": "early-manager",
    "recovery": "recovery-manager",
    "haven": "haven-manager",
}

# key, agency, team, name, job, roles
_Named = tuple[str, str, str, str, str, tuple[str, ...]]
_NAMED: Sequence[_Named] = (
    ("social-worker", "care", "north", "Jo Marsh", "Social worker", ("practitioner",)),
    (
        "supervisor",
        "care",
        "north",
        "Sam Okoro",
        "Team manager",
        ("practitioner", "supervisor", "approver"),
    ),
    ("colleague", "care", "north", "Kit Alder", "Social worker", ("practitioner",)),
    (
        "south-manager",
        "care",
        "south",
        "Nadia Fenn",
        "Team manager",
        ("practitioner", "supervisor"),
    ),
    ("after-manager", "care", "after", "Tom Ashby", "Team manager", ("practitioner", "supervisor")),
    ("after-worker", "care", "after", "Lena Brandt", "Social worker", ("practitioner",)),
    ("duty", "care", "front", "Del Finch", "Duty social worker", ("practitioner",)),
    ("duty-manager", "care", "front", "Dora Keane", "Duty manager", ("practitioner", "supervisor")),
    ("governance", "care", "practice", "Gwen Hall", "Information governance lead", ()),
    ("administrator", "care", "practice", "Ada Minns", "Systems administrator", ("administrator",)),
    ("data-steward", "care", "practice", "Stu Lark", "Data steward", ()),
    (
        "school-pastoral",
        "bedes",
        "pastoral",
        "Priya Osei",
        "Pastoral lead",
        ("practitioner",),
    ),
    (
        "safeguarding",
        "bedes",
        "pastoral",
        "Ros Imrie",
        "Designated safeguarding lead",
        ("safeguarding lead", "supervisor", "approver"),
    ),
    ("reporter", "bedes", "support", "Rex Poole", "Lunchtime supervisor", ("reporter",)),
    (
        "harbour-safeguarding",
        "harbour",
        "inclusion",
        "Moira Pell",
        "Designated safeguarding lead",
        ("safeguarding lead", "supervisor"),
    ),
    (
        "nursery-manager",
        "acorns",
        "rooms",
        "Femi Adeyinka",
        "Nursery manager",
        ("practitioner", "supervisor", "safeguarding lead"),
    ),
    ("health-visitor", "health", "visitors", "Hana Vale", "Health visitor", ("practitioner",)),
    (
        "health-manager",
        "health",
        "visitors",
        "Bronwen Teague",
        "Team leader",
        ("practitioner", "supervisor"),
    ),
    ("outsider", "police", "streets", "Otis Webb", "Police constable", ("practitioner",)),
    ("sergeant", "police", "streets", "Isla Crane", "Sergeant", ("practitioner", "supervisor")),
    ("homes-manager", "homes", "estates", "Gil Hurst", "Manager", ("practitioner", "supervisor")),
    (
        "early-manager",
        "early",
        "families",
        "Ruth Abara",
        "Team leader",
        ("practitioner", "supervisor"),
    ),
    (
        "substance-misuse",
        "recovery",
        "recoverers",
        "Sil Brook",
        "Recovery worker",
        ("practitioner",),
    ),
    (
        "recovery-manager",
        "recovery",
        "recoverers",
        "Sue Dale",
        "Service manager",
        ("practitioner", "supervisor"),
    ),
    (
        "haven-manager",
        "haven",
        "advisers",
        "Amina Yusuf",
        "Service manager",
        ("practitioner", "supervisor"),
    ),
)


def staff(random: Random) -> list[Worker]:
    """Give everyone who works in the council's agencies: those with a name above come first."""
    people = list(_NAMED)
    taken = {name for _, _, _, name, _, _ in _NAMED}
    for agency in AGENCIES:
        for team in agency.teams:
            for n in range(team.staff):
                name = _new_name(random, taken)
                key = f"{team.key}-{n + 1}"
                people.append((key, agency.key, team.key, name, team.job, ("practitioner",)))
    return _workers(people)


def named_staff() -> list[Worker]:
    """Give those who have a name above, without the rest."""
    return _workers(_NAMED)


def _workers(people: Sequence[_Named]) -> list[Worker]:
    domains = {agency.key: agency.domain for agency in AGENCIES}
    return [
        Worker(
            key=key,
            agency=agency,
            team=team,
            name=name,
            job=job,
            # Ofcom keeps these numbers for stories: nobody has them.
            phone=f"07700 900{n:03}",
            email=f"{plain(name).replace(' ', '.')}@{domains[agency]}",
            staff_number=f"W{1000 + n}",
            roles=roles,
        )
        for n, (key, agency, team, name, job, roles) in enumerate(people, start=1)
    ]


def _new_name(random: Random, taken: set[str]) -> str:
    while True:
        name = f"{random.choice(random.choice(FIRST)[1])} {random.choice(LAST)}"
        if name not in taken:
            taken.add(name)
            return name
