"""The made-up people: about 1,200 in 300 families, always the same for the same day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from api.demo.names import FIRST, PLACES, STREETS, SURNAMES

FAMILIES = 300
PUPILS = 400
PARENTS = ("mother", "father")


@dataclass
class Person:
    """Somebody made up. `number` is their id in the council's case system, `is_` their place in
    the household: child, mother, father, grandparent, step-parent."""

    number: int
    first: str
    last: str
    is_: str
    born: date | None = None
    expected: date | None = None
    died: date | None = None
    gender: str = "unknown"
    nhs: str = ""
    upn: str = ""
    school: str = ""
    address: str = ""
    postcode: str = ""
    key: str = ""

    def age(self, today: date) -> int:
        """Give the age in years; an unborn child is -1."""
        if self.born is None:
            return -1
        had = (today.month, today.day) >= (self.born.month, self.born.day)
        return today.year - self.born.year - (not had)

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.first} {self.last}"


@dataclass
class Household:
    """A family: adults and children, most of them at one address."""

    number: int
    people: list[Person] = field(default_factory=list)
    key: str = ""

    def those(self, *places: str) -> list[Person]:
        """Give those who are this in the family."""
        return [person for person in self.people if person.is_ in places]

    @property
    def children(self) -> list[Person]:
        """The children of the family, born or not."""
        return self.those("child")


@dataclass
class World:
    """Everybody, as of one day."""

    today: date
    households: list[Household]

    @property
    def people(self) -> list[Person]:
        """Everybody, by number."""
        return [person for household in self.households for person in household.people]

    def one(self, key: str) -> Person:
        """Give somebody whom the stories speak of."""
        return next(person for person in self.people if person.key == key)

    def family(self, person: Person) -> Household:
        """Give the family of a person."""
        return next(h for h in self.households if person in h.people)


# Families that the stories speak of. A person is: key, first, last, place, gender, born this many
# years and days ago (or due in so many days).
_Told = tuple[str, str, str, str, str, int, int]
TOLD: Sequence[tuple[str, Sequence[_Told]]] = (
    (
        "okafor",
        (
            ("kemi", "Kemi", "Okafor", "mother", "female", 33, 100),
            ("grace", "Grace", "Okafor", "grandparent", "female", 61, 40),
            ("amara", "Amara", "Okafor", "child", "female", 7, 203),
            ("jude", "Jude", "Okafor", "child", "male", 4, 31),
        ),
    ),
    (
        "hart",
        (
            ("rachel", "Rachel", "Hart", "mother", "female", 37, 12),
            ("steven", "Steven", "Hart", "father", "male", 39, 201),
            ("lily", "Lily", "Hart", "child", "female", 11, 74),
            ("noah", "Noah", "Hart", "child", "male", 9, 20),
        ),
    ),
    (
        "thornlow",
        (
            ("gemma", "Gemma", "Thornlow", "mother", "female", 28, 300),
            ("isla", "Isla", "Thornlow", "child", "female", 5, 150),
            ("ivy", "Ivy", "Thornlow", "child", "female", 5, 150),
        ),
    ),
    (
        "baptiste",
        (
            ("shanice", "Shanice", "Baptiste", "mother", "female", 26, 4),
            ("malachi", "Malachi", "Baptiste", "child", "male", 3, 66),
            ("unborn", "Unborn", "Baptiste", "child", "unknown", 0, -75),
        ),
    ),
    (
        "rahman",
        (
            ("samira", "Samira", "Rahman", "mother", "female", 35, 215),
            ("noor", "Noor", "Rahman", "child", "female", 8, 90),
            ("idris", "Idris", "Rahman", "child", "male", 6, 18),
        ),
    ),
    (
        "whitlock",
        (
            ("dawn", "Dawn", "Whitlock", "mother", "female", 31, 77),
            ("mark", "Mark", "Whitlock", "father", "male", 34, 130),
            ("poppy", "Poppy", "Whitlock", "child", "female", 6, 240),
            ("theo", "Theo", "Whitlock", "child", "male", 2, 10),
        ),
    ),
    (
        "brien",
        (
            ("siobhan", "Siobhán", "O'Brien-Łukasz", "mother", "female", 40, 55),
            ("daithi", "Dáithí", "O'Brien-Łukasz", "child", "male", 10, 333),
        ),
    ),
    (
        "long",
        (
            ("wilhelmina", "Wilhelmina", "Featherstonehaugh-Brambridge", "mother", "female", 36, 9),
            (
                "maximiliana",
                "Maximiliana Alexandrina Theodora",
                "Featherstonehaugh-Brambridge",
                "child",
                "female",
                12,
                145,
            ),
        ),
    ),
    (
        "hussain",
        (
            ("nadia", "Nadia", "Hussain", "mother", "female", 32, 12),
            ("tariq", "Tariq", "Hussain", "father", "male", 35, 88),
            ("zain", "Zain", "Hussain", "child", "male", 8, 12),
        ),
    ),
    (
        "bromfield",
        (
            ("lorraine", "Lorraine", "Bromfield", "mother", "female", 38, 70),
            ("tyler", "Tyler", "Bromfield", "child", "male", 13, 99),
        ),
    ),
    (
        "wieczorek",
        (
            ("zofia", "Zofia", "Wieczorek", "mother", "female", 24, 31),
            ("baby", "Baby", "Wieczorek", "child", "female", 0, 9),
        ),
    ),
    (
        "hale",
        (
            ("ines", "Ines", "Lindqvist-Hale", "mother", "female", 30, 18),
            ("rosa", "Rosa", "Lindqvist-Hale", "child", "female", 6, 61),
        ),
    ),
)


def make(random: Random, today: date) -> World:
    """Make everybody, as of a day."""
    numbers = iter(range(2, 10_000))
    households = [_told(random, today, n, key, told, numbers) for n, (key, told) in _numbered()]
    while len(households) < FAMILIES:
        households.append(_household(random, today, len(households) + 1, numbers))
    world = World(today, households)
    _namesakes(random, world)
    _give_schools(random, world)
    _give_numbers(random, world)
    world.one("theo").died = today - timedelta(days=121)
    old = [p for h in world.households if not h.key for p in h.those("grandparent")]
    random.choice(old).died = today - timedelta(days=70)
    return world


def _numbered() -> Iterator[tuple[int, tuple[str, Sequence[_Told]]]]:
    return enumerate(TOLD, start=1)


def _told(
    random: Random,
    today: date,
    number: int,
    key: str,
    told: Sequence[_Told],
    numbers: Iterator[int],
) -> Household:
    address, postcode = _address(random)
    household = Household(number, key=key)
    for name, first, last, place, gender, years, days in told:
        born = today - timedelta(days=round(years * 365.25) + days)
        expected = born if born > today else None
        household.people.append(
            Person(
                next(numbers),
                first,
                last,
                place,
                born=None if expected else born,
                expected=expected,
                gender=gender,
                address=address,
                postcode=postcode,
                key=name,
            )
        )
    for person in household.those("grandparent"):
        person.address, person.postcode = _address(random)
    return household


def _household(random: Random, today: date, number: int, numbers: Iterator[int]) -> Household:
    group = random.choices(range(len(FIRST)), (62, 14, 9, 8, 7))[0]
    girls, boys = FIRST[group]
    surname = random.choice(SURNAMES[group])
    address, postcode = _address(random)
    household = Household(number)

    def add(place: str, gender: str, born: date, last: str = surname, away: bool = False) -> Person:
        taken = {person.first for person in household.people}
        choices = [name for name in (girls if gender == "female" else boys) if name not in taken]
        where = _address(random) if away else (address, postcode)
        person = Person(
            next(numbers),
            random.choice(choices),
            last,
            place,
            born=born,
            gender=gender,
            address=where[0],
            postcode=where[1],
        )
        household.people.append(person)
        return person

    eldest = random.randint(0, 17 * 365)
    mother_born = today - timedelta(days=eldest + random.randint(17 * 365, 38 * 365))
    other = random.choice(SURNAMES[group])
    add("mother", "female", mother_born, last=other if random.random() < 0.3 else surname)
    if random.random() < 0.62:
        born = mother_born - timedelta(days=random.randint(-1500, 3000))
        add("father", "male", born, away=random.random() < 0.25)
    elif random.random() < 0.2:
        born = mother_born - timedelta(days=random.randint(-1500, 2500))
        add("step-parent", "male", born, last=random.choice(SURNAMES[0]))
    if random.random() < 0.1:
        born = mother_born - timedelta(days=random.randint(7000, 13000))
        add("grandparent", random.choice(("female", "male")), born, away=random.random() < 0.6)
    days = eldest
    for n in range(random.choices((1, 2, 3, 4, 5), (24, 38, 25, 9, 4))[0]):
        gender = random.choice(("female", "male"))
        born = today - timedelta(days=days)
        add("child", gender, born)
        if n == 0 and random.random() < 0.02:
            add("child", gender, born)  # twins
        days -= random.randint(380, 1250)
        if days < 3:
            break
    return household


def _namesakes(random: Random, world: World) -> None:
    """Two children who share name and date of birth and nothing else: it happens."""
    families = [h for h in world.households if not h.key]
    one, other = random.sample(families, 2)
    born = world.today - timedelta(days=9 * 365 + 40)
    for household in (one, other):
        child = household.children[0]
        child.first, child.last, child.born, child.gender = "Mohammed", "Malik", born, "male"


def _give_schools(random: Random, world: World) -> None:
    """Fill St Bede's, which takes all ages; the rest goes to the academy, the small to nursery."""
    told = {"amara", "lily", "noah", "isla", "ivy", "noor", "idris", "poppy", "daithi", "zain"}
    told |= {"maximiliana", "rosa"}
    school_age = [p for h in world.households for p in h.children if 4 <= p.age(world.today) <= 16]
    others = [p for p in school_age if p.key not in told and p.key not in ("tyler", "jude")]
    random.shuffle(others)
    pupils = [p for p in school_age if p.key in told]
    for n, person in enumerate(pupils + others):
        person.school = "bedes" if n < PUPILS else "harbour"
    world.one("tyler").school = "harbour"
    for household in world.households:
        for child in household.children:
            if 2 <= child.age(world.today) <= 3 and random.random() < 0.4:
                child.school = "acorns"
    world.one("jude").school = "acorns"
    world.one("malachi").school = "acorns"


def _give_numbers(random: Random, world: World) -> None:
    for n, person in enumerate(world.people, start=1):
        if person.born:
            person.nhs = _nhs(n, random)
        if person.school in ("bedes", "harbour"):
            person.upn = _upn(n)


def _nhs(n: int, random: Random) -> str:
    """Make a number that begins with 999, which is never given to anybody."""
    while True:
        digits = f"999{n:04}{random.randint(0, 99):02}"
        check = 11 - sum((10 - i) * int(digit) for i, digit in enumerate(digits)) % 11
        if check != 10:
            return f"{digits}{check % 11}"


def _upn(n: int) -> str:
    digits = f"99920{n:07}"
    total = sum(place * int(digit) for place, digit in enumerate(digits, start=2))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23] + digits


def _address(random: Random) -> tuple[str, str]:
    """Make an address. No postcode begins with ZZ."""
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    street, place = random.choice(STREETS), random.choices(PLACES, (60, 20, 10, 10))[0]
    flat = f"Flat {random.randint(1, 24)}, " if random.random() < 0.25 else ""
    code = f"ZZ{random.randint(1, 29)} {random.randint(1, 9)}{random.choice(letters)}"
    return f"{flat}{random.randint(1, 140)} {street}, {place}", code + random.choice(letters)
