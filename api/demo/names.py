"""Names for made-up people. Places and surnames are partly invented, so that nobody is meant."""

from __future__ import annotations

import unicodedata


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Where a family's first names come from: girls', boys'; and the surnames that go with them.
FIRST: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        _words(
            "Ruby Poppy Evie Grace Millie Freya Lottie Ellie Daisy Rosie Isla Maisie Willow Phoebe"
            " Harriet Martha Edie Beth Connie Nell Tess Ivy Esme Orla Thea Hattie Lola Skye"
        ),
        _words(
            "Alfie Archie Finley Jack Harry Charlie Oscar Toby Reuben Jude Riley Kian Bobby Frankie"
            " Stanley Ralph Albie Tyler Callum Rory Ewan Nate Luca Ted Arlo Jenson Logan"
        ),
    ),
    (
        _words(
            "Aisha Zara Maryam Hafsa Inaya Safiya Fatima Amina Zainab Hana Noor Iqra Sumaya"
            " Khadija Mina Leila Yasmin Samira"
        ),
        _words(
            "Yusuf Ibrahim Zain Hamza Bilal Idris Omar Musa Haris Adam Rayan Ismail Tariq Imran"
            " Karim Sami Faisal Nadeem"
        ),
    ),
    (
        _words("Ama Efua Temi Zuri Nia Adaeze Chidera Imani Abena Folake Kemi Ngozi Sade"),
        _words("Kofi Kwame Tobi Emeka Jabari Femi Malachi Tendai Chidi Ade Kojo Elijah"),
    ),
    (
        _words("Zofia Maja Julia Oliwia Hania Lena Kasia Ania Ewa Iga Alicja"),
        _words("Jakub Szymon Filip Antoni Kacper Mateusz Tomasz Piotr Olek Igor"),
    ),
    (
        _words("Priya Anika Meera Diya Simran Jasleen Asha Kavya Riya Harpreet"),
        _words("Arjun Rohan Dev Kiran Jai Gurdeep Nikhil Vikram Aarav Sunil"),
    ),
)

# The surnames of each row of FIRST.
SURNAMES: tuple[tuple[str, ...], ...] = (
    _words(
        "Whitburn Brambridge Thornlow Claywood Redden Oakhurst Fenwright Marlowe Hartwell Dunmore"
        " Ashdown Pellow Tregear Holloway Kerslake Bromfield Stannard Rudge Lockley Meadows"
        " Garside Wragg Tolley Birtle Speight Haddow Coombes Larkin Pugh Treharne Maddox Nuttall"
        " Askew Fairley Yelland Winship Cobb Dacre Elwood Fallow Gedge Hebden"
    ),
    _words("Rahman Hussain Mirza Siddiq Akhtar Chaudhry Malik Yousaf Anwar Sheikh Karimi"),
    _words("Okafor Mensah Adebayo Baptiste Boateng Nwosu Campbell-Osei Asante Dlamini"),
    _words("Wieczorek Nowicki Zielony Kaczmarek Lisowski Borowska Mazurek Duda-Nowak"),
    _words("Sandhu Raval Deshmukh Bhatti Kapoor Chandra Gill-Sandhu Solanki"),
)

LAST: tuple[str, ...] = tuple(name for group in SURNAMES for name in group)

STREETS: tuple[str, ...] = (
    *("Manor Court", "Meadow Avenue", "Grove Court", "Mill Lane", "Harbour Road"),
    *("Quayside", "Beacon Rise", "Chapel Street", "Orchard Close", "Priory Walk"),
    *("Saltmarsh Road", "Lighthouse Terrace", "Foundry Yard", "Ropewalk", "Heron Way"),
    *("Kestrel Drive", "Linnet Close", "Station Parade", "Park View", "Long Acre"),
    *("Cooper's Hill", "St Anne's Road", "Victoria Terrace", "Tannery Lane", "Windmill Rise"),
)

PLACES = ("Westhaven", "Eastmoor", "Saltby", "Northquay")


def plain(name: str) -> str:
    """Give a name in small letters of ASCII, as an e-mail address has it."""
    letters = unicodedata.normalize("NFKD", name.lower().replace("ł", "l"))
    return "".join(c for c in letters if c.isascii() and (c.isalpha() or c in " -"))
