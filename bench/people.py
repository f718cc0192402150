"""Made-up people and what somebody types to find them, slips and all: always the same for a seed.

The names, the nicknames and the ways of spelling by ear are written out here, and are not those that
Inkling's own search goes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import NamedTuple


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words(
    """Adaeze Adam Adriana Agata Alasdair Aleksy Alfie Alice Alina Amandeep Amber Ameera Anastasia
Andrew Anika Anthony Antonia Anya Archie Arlo Arthur Asha Astrid Aurelia Ayaan Bartosz Beatrice Benjamin
Bethany Bilal Blessing Bogdan Bridget Bronagh Caitlin Callum Cameron Caroline Catherine Cecily Charlotte
Chiara Chidi Chinedu Christina Christopher Clara Conrad Cordelia Cosmin Damian Daniel Daria Deborah
Delphine Diego Dominic Duncan Ebony Edward Eilidh Eleanor Elif Elizabeth Eloise Emmanuel Ephraim Esme
Ewan Fadumo Farhan Fatima Felicity Fergus Fernando Finlay Florence Frederick Funmilayo Gareth Genevieve
Geoffrey Gethin Gideon Grace Gregory Gulsen Gwendolen Haleema Hamza Harriet Harvey Hector Heidi Henrietta
Hermione Hugo Ibrahim Ifeoma Ignacy Imogen Ines Ingrid Iqra Isaac Ismail Ivana Jacob Jacqueline Jada
Jasmine Jennifer Jeremy Jerome Jessica Joachim Jonathan Josephine Joshua Judith Julian Kacper Kamran
Katarzyna Kathryn Kayleigh Kenneth Kwabena Lachlan Laila Laszlo Laurence Leonard Leopold Leticia Lorenzo
Lorraine Louisa Lucinda Ludmila Luka Maahnoor Magnus Malachi Malgorzata Marcelina Marcus Margaret
Marguerite Martha Matilda Matthew Maximilian Melissa Meredith Michael Mirela Mohammed Muhammad Nathaniel
Nicholas Nkechi Obadiah Oliver Oluwaseun Ophelia Osman Pamela Patrick Penelope Percival Philippa Phoebe
Prakash Priyanka Przemyslaw Rachel Radoslaw Rajinder Raphael Raymond Rebecca Reginald Rhiannon Richard
Robert Roderick Ronald Rosalind Rosemary Rupert Ruth Sabine Saffron Samantha Samir Samuel Sandeep
Santiago Saoirse Sebastian Seraphina Shaniqua Sharmila Siegfried Simone Solomon Stanislaw Stephanie
Suresh Susannah Svetlana Sylvester Tabitha Tamsin Tariq Tatiana Teodora Terence Thaddeus Theodore
Theresa Thomas Timothy Tobias Tolulope Tristan Ulrika Umaymah Valentina Veronica Victoria Vincent
Violeta Waleed Wilhelmina William Winifred Xanthe Yasmin Yewande Yolanda Yusra Zachary Zainab Zeynep
Zofia"""
)

LAST = _words(
    """Abernathy Abiodun Achterberg Adeyemi Ainsworth Akhtar Albrecht Alderton Antonescu Appiah Arbuthnot
Ashcroft Atherton Babatunde Bagshaw Bannister Baranowski Barraclough Battersby Begum Bellingham Bianchi
Blackwood Bogdanov Boothroyd Bradshaw Braithwaite Brzezinski Bukowski Cadwallader Calderbank Callaghan
Carmichael Cartwright Castellanos Chatterjee Chaudhry Chukwu Cockburn Coleridge Constantinou Copperfield
Crowther Cunningham Dabrowska Dalgleish Danquah Delacroix Dimitrov Drinkwater Dubois Earnshaw Eccleston
Edmondson Ekwueme Elphinstone Entwistle Esposito Fairbrother Farquharson Fazakerley Fernandez Fitzgerald
Forsyth Fotheringham Fowler Gallagher Georgiou Ghosh Gilchrist Goldsmith Gonzalez Greenhalgh Grzybowski
Gustafsson Haddad Halliwell Hargreaves Hathaway Heathcote Henderson Higginbotham Hollingsworth Horvath
Huddleston Hussain Ibekwe Iftikhar Ionescu Jablonski Jankowska Jayawardena Jephson Kalinowski Kavanagh
Khatun Kirkpatrick Koroma Kovacs Kucharski Lancaster Langstaff Lawandowska Leadbetter Lindqvist
Llewellyn Longbottom Lockwood Maddox Mainwaring Makinde Malinowski Manickam Marchbanks Marszalek
Mbeki McAllister McCafferty McGillicuddy Mensah Middleton Montgomery Mukherjee Musgrave Nakamura
Nasrallah Ndlovu Nethercott Nightingale Nkrumah Norrington Nwachukwu Oakeshott Obuya Odukoya Ogunleye
Okonkwo Oldroyd Onyango Osborne Otieno Ottolenghi Owusu Paderewski Papadopoulos Pargeter Parvez
Pemberton Pendlebury Petrenko Pickersgill Popescu Postlethwaite Prendergast Quaye Quinlivan Radcliffe
Rajaratnam Ramsbottom Ravenscroft Rigby Rodrigues Rosenthal Rutherford Rzepka Saltmarsh Satterthwaite
Scarborough Schofield Sengupta Shackleton Shuttleworth Siddiqui Sidebottom Sivakumar Smethurst Sokolowski
Somerville Stavropoulos Stephenson Sutcliffe Swarbrick Szymanski Tattersall Thackeray Threlfall Tomaszewski
Townsend Trelawney Tremblay Turnbull Ugochukwu Underhill Uttley Vanderbilt Vasquez Venkatesan Villiers
Wadsworth Wainwright Warsame Weatherill Wesolowski Whitehouse Wigglesworth Winstanley Wolstenholme Wozniak
Yamamoto Yeboah Zakrzewski Zielinski"""
)
BEGINS = _words(
    """Ack Ald Arn Ash Bald Barn Beck Bent Birk Black Bold Bracken Brad Brim Brock Bur Cald Cals
Chad Chal Clough Cold Crag Crick Dar Ded Dun Eccles El Ember Fal Fern Flax Fox Gar Gold Gor Grim Had Hal
Harl Hart Hazel Heb Hol Horn Hunting Ing Kel Kettle Kil Kirk Lang Lath Lin Long Mal Marsh Mel Mid Mill
Morn Nether New Nor Oak Old Or Otter Pen Pick Pond Rad Raven Ring Ros Rush Sal Scar Sed Shef Skel Snel
Stan Stock Sud Tad Thack Thorn Till Tod Uls Under Wal Warr Wet Whin Wick Win Wood Wrag Yel"""
)
ENDS = _words(
    """acre bank beck berry bourne bridge brook burn bury by cliffe combe cote croft dale den don ell
ers ett field fold ford gate greave ham hay head holme hope house hurst ing ington land leigh ley low man
mere mond mont more mouth ney over pole rick ridge row scough sett shall shaw side son stall stead sted
stone stow thorpe ton tree wade water way well wick with wood worth wright yard"""
)

NICKNAMES = {
    "Andrew": "Andy", "Anthony": "Tony", "Benjamin": "Ben", "Caroline": "Carrie", "Catherine": "Cathy",
    "Christina": "Tina", "Christopher": "Chris", "Daniel": "Danny", "Deborah": "Debbie",
    "Edward": "Eddie", "Eleanor": "Ellie", "Elizabeth": "Beth", "Frederick": "Freddie",
    "Geoffrey": "Geoff", "Gregory": "Greg", "Jacqueline": "Jackie", "Jennifer": "Jen",
    "Jessica": "Jess", "Jonathan": "Jon", "Joshua": "Josh", "Katarzyna": "Kasia", "Kathryn": "Kate",
    "Kenneth": "Ken", "Laurence": "Larry", "Leonard": "Len", "Margaret": "Peggy", "Matilda": "Tilly",
    "Matthew": "Matt", "Michael": "Mike", "Nathaniel": "Nat", "Nicholas": "Nick", "Pamela": "Pam",
    "Patrick": "Paddy", "Penelope": "Penny", "Rebecca": "Becky", "Richard": "Rick", "Robert": "Bob",
    "Ronald": "Ron", "Samantha": "Sammy", "Samuel": "Sam", "Stephanie": "Steph", "Terence": "Terry",
    "Theodore": "Teddy", "Theresa": "Tess", "Thomas": "Tom", "Timothy": "Tim", "Victoria": "Vicky",
    "William": "Bill", "Winifred": "Winnie", "Zachary": "Zac",
}  # fmt: skip
SPELLINGS = {
    "Catherine": "Katharine", "Kathryn": "Catherine", "Mohammed": "Muhammad", "Muhammad": "Mohamed",
    "Ibrahim": "Ebrahim", "Zainab": "Zaynab", "Hussain": "Hossein", "Chaudhry": "Choudhury",
    "Stephenson": "Stevenson", "Rachel": "Rachael", "Geoffrey": "Jeffrey", "Fatima": "Fatimah",
    "Theresa": "Teresa", "Siddiqui": "Siddiqi", "Isaac": "Izaac", "Finlay": "Findlay",
    "Philippa": "Phillipa", "Yasmin": "Yasmeen", "Jonathan": "Johnathan", "Lorraine": "Loraine",
}  # fmt: skip
BY_EAR = [
    ("ph", "f"), ("ck", "k"), ("ough", "uff"), ("ei", "ie"), ("ie", "ei"), ("ea", "ee"), ("ee", "ea"),
    ("ai", "ay"), ("wr", "r"), ("kn", "n"), ("gh", "g"), ("th", "t"), ("ll", "l"), ("tt", "t"),
    ("ss", "s"), ("mm", "m"), ("nn", "n"), ("cc", "c"), ("z", "s"), ("y", "i"), ("c", "k"), ("w", "v"),
]  # fmt: skip
ACCENTS = {"e": "é", "a": "á", "o": "ö", "z": "ż", "s": "ś", "n": "ñ", "c": "ç", "l": "ł"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Someone(NamedTuple):
    """Somebody made up."""

    first: str
    last: str
    born: str
    nhs: str


@dataclass(frozen=True)
class Typed:
    """What somebody types to find `whom` (the place in the list), and what went wrong on the way."""

    kind: str
    whom: int
    first: str
    last: str
    born: str | None
    nhs: str = ""


def people(count: int, seed: int = 4) -> Iterator[Someone]:
    """Make people: some names are common and most are rare, a third of everybody is a child."""
    chance = Random(seed)
    common = LAST * 8 + [begins + ends for begins in BEGINS[::7] for ends in ENDS[::6]]
    for n in range(count):
        yield Someone(_first(chance), _last(chance, common), _born(chance), nhs(n))


def nhs(n: int) -> str:
    """Make the n-th NHS number, far from its neighbours. Where that has no check digit, one from far
    beyond takes its place."""
    stem = f"9{n * 7919 % 100_000_000:08d}"
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), stem, strict=True))
    check = (11 - total % 11) % 11
    return f"{stem}{check}" if check < 10 else nhs(n + 10_000_000)


def queries(everybody: list[Someone], each: int, seed: int = 5) -> Iterator[Typed]:
    """Make what is typed: `each` of every kind, and of every two kinds that can come together."""
    chance = Random(seed)
    for kind in KINDS:
        yield from _some(chance, everybody, each, kind)
    for kind in PAIRS:
        yield from _some(chance, everybody, max(4, each // 3), *kind)


def _some(chance: Random, everybody: list[Someone], each: int, *kinds: str) -> Iterator[Typed]:
    """Make `each` queries that have all of these kinds of slip."""
    made = tries = 0
    while made < each and tries < each * 400:
        tries += 1
        whom = chance.randrange(len(everybody))
        one = everybody[whom]
        typed = Typed(" + ".join(kinds), whom, one.first, one.last, one.born)
        for kind in kinds:
            changed = KINDS[kind](chance, typed, one)
            if changed is None or (changed == typed and kind != "exact"):
                break
            typed = changed
        else:
            made += 1
            yield typed


# --- People -------------------------------------------------------------------------------------


def _first(chance: Random) -> str:
    name = FIRST[int(len(FIRST) * chance.random() ** 1.6)]
    if chance.random() < 0.06:
        name = _accent(chance, name)
    if chance.random() < 0.12:
        name += chance.choice((" ", "-")) + chance.choice(FIRST)
    return name


def _last(chance: Random, common: list[str]) -> str:
    name = chance.choice(common)
    if chance.random() < 0.55:
        name = chance.choice(BEGINS) + chance.choice(ENDS)
    if chance.random() < 0.03:
        name = chance.choice(("O'", "D'", "Mc", "De ")) + name
    if chance.random() < 0.04:
        name = _accent(chance, name)
    if chance.random() < 0.06:
        name += chance.choice("- ") + chance.choice(LAST)
    return name


def _accent(chance: Random, name: str) -> str:
    at = [n for n, letter in enumerate(name) if n and letter in ACCENTS]
    if not at:
        return name
    n = chance.choice(at)
    return name[:n] + ACCENTS[name[n]] + name[n + 1 :]


def _born(chance: Random) -> str:
    years = 18 if chance.random() < 0.35 else 90
    return (date(2026, 10, 31) - timedelta(days=chance.randrange(years * 365))).isoformat()


# --- What goes wrong ----------------------------------------------------------------------------

Slip = Callable[[Random, Typed, Someone], Typed | None]


def _slip(chance: Random, text: str) -> str:
    """Insert, leave out or replace a letter, or exchange two."""
    n = chance.randrange(len(text))
    what = chance.randrange(4)
    if what == 0:
        return text[:n] + chance.choice(LETTERS) + text[n:]
    if what == 1 and len(text) > 3:
        return text[:n] + text[n + 1 :]
    if what == 2 and n + 1 < len(text):
        return text[:n] + text[n + 1] + text[n] + text[n + 2 :]
    return text[:n] + chance.choice(LETTERS) + text[n + 1 :]


def _by_ear(chance: Random, text: str) -> str | None:
    ways = [(said, heard) for said, heard in BY_EAR if said in text[1:]]
    if not ways or len(text) < 5:
        return None
    said, heard = chance.choice(ways)
    return text[0] + text[1:].replace(said, heard, 1)


def _ear(chance: Random, typed: Typed, _: Someone) -> Typed | None:
    if chance.random() < 0.5:
        heard = _by_ear(chance, typed.first)
        return replace(typed, first=heard) if heard else None
    heard = _by_ear(chance, typed.last)
    return replace(typed, last=heard) if heard else None


def _spelt(_: Random, typed: Typed, one: Someone) -> Typed | None:
    if typed.first in SPELLINGS:
        return replace(typed, first=SPELLINGS[typed.first])
    return replace(typed, last=SPELLINGS[typed.last]) if one.last in SPELLINGS else None


def _nickname(_: Random, typed: Typed, __: Someone) -> Typed | None:
    return replace(typed, first=NICKNAMES[typed.first]) if typed.first in NICKNAMES else None


def _plain(_: Random, typed: Typed, __: Someone) -> Typed | None:
    back = str.maketrans({accented: plain for plain, accented in ACCENTS.items()})
    return replace(typed, first=typed.first.translate(back), last=typed.last.translate(back))


def _apostrophe(chance: Random, typed: Typed, _: Someone) -> Typed | None:
    if "'" not in typed.last:
        return None
    return replace(typed, last=typed.last.replace("'", chance.choice(("\u2019", "", " ", "`"))))


def _double(chance: Random, typed: Typed, one: Someone) -> Typed | None:
    between = "-" if "-" in one.last else " "
    begins, found, ends = typed.last.partition(between)
    if not found or len(begins) < 3:
        return None
    ways = (begins, ends, f"{begins} {ends}", f"{begins}-{ends}", begins + ends)
    return replace(typed, last=chance.choice(ways))


def _one_first(_: Random, typed: Typed, __: Someone) -> Typed | None:
    parts = typed.first.replace("-", " ").split()
    return replace(typed, first=parts[0]) if len(parts) > 1 else None


def _one_box(chance: Random, typed: Typed, _: Someone) -> Typed:
    if chance.random() < 0.5:
        return replace(typed, first="", last=f"{typed.first} {typed.last}")
    return replace(typed, first=f"{typed.first} {typed.last}", last="")


def _turned(_: Random, typed: Typed, __: Someone) -> Typed | None:
    if not typed.born or int(typed.born[8:]) > 12:
        return None
    return replace(typed, born=f"{typed.born[:4]}-{typed.born[8:]}-{typed.born[5:7]}")


def _digit(chance: Random, typed: Typed, _: Someone) -> Typed | None:
    if not typed.born:
        return None
    n = chance.choice((2, 3, 5, 6, 8, 9))
    born = typed.born[:n] + chance.choice("0123456789") + typed.born[n + 1 :]
    try:
        date.fromisoformat(born)
    except ValueError:
        return None
    return replace(typed, born=born) if born[:4] <= "2026" else None


def _year(chance: Random, typed: Typed, _: Someone) -> Typed | None:
    if not typed.born or typed.born.endswith("02-29"):
        return None
    return replace(typed, born=f"{int(typed.born[:4]) + chance.choice((-1, 1))}{typed.born[4:]}")


KINDS: dict[str, Slip] = {
    "exact": lambda _, typed, __: typed,
    "slip in first": lambda c, t, _: replace(t, first=_slip(c, t.first)) if len(t.first) > 3 else None,
    "slip in last": lambda c, t, _: replace(t, last=_slip(c, t.last)) if len(t.last) > 3 else None,
    "by ear": _ear,
    "other spelling": _spelt,
    "nickname": _nickname,
    "accents left out": _plain,
    "apostrophe": _apostrophe,
    "double surname": _double,
    "one first name": _one_first,
    "names exchanged": lambda _, t, __: replace(t, first=t.last, last=t.first),
    "one box": _one_box,
    "day and month exchanged": _turned,
    "digit of the date": _digit,
    "a year off": _year,
    "no date": lambda _, t, __: replace(t, born=None),
    "number with spaces": lambda _, t, one: replace(
        t, first="", last="", born=None, nhs=f"{one.nhs[:3]} {one.nhs[3:6]} {one.nhs[6:]}"
    ),
    "number with a slip": lambda c, t, one: replace(
        t, first="", last="", born=None, nhs=_wrong_number(c, one.nhs)
    ),
}  # fmt: skip


def _wrong_number(chance: Random, number: str) -> str:
    n = chance.randrange(3, 10)
    return number[:n] + str((int(number[n]) + chance.randrange(1, 10)) % 10) + number[n + 1 :]


_NAMES = ("slip in first", "slip in last", "by ear", "nickname", "other spelling", "double surname")
_WAYS = ("slip in last", "names exchanged", "one box", "one first name", "accents left out")
_DATES = ("day and month exchanged", "digit of the date", "a year off", "no date")
PAIRS = [
    *((one, other) for one in _NAMES for other in _WAYS if one != other),
    *((one, other) for one in (*_NAMES, "names exchanged") for other in _DATES),
    ("slip in first", "slip in first"),
    ("slip in last", "slip in last"),
]
