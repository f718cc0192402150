"""Everything that somebody can type about a person, typed with words that are nowhere else.

Zephyrine Quillfeather has a circle, a family, feeds that know her, and a note for every box there is.
Of each word that was typed the tests know whether it is about her, or about others.
"""

from __future__ import annotations

from pathlib import Path

from api.facts import corrections, deciding, doubtful, loading, quarantine, search, sources
from api.facts.search import Query
from api.moment import new_id
from api.oversight import breaches, reviews
from api.record import (
    asks,
    conflicts,
    families,
    glass,
    identities,
    notes,
    people,
    plans,
    protections,
    relay,
    revealing,
    sharing,
)
from api.record.notes import NewNote
from api.record.sharing import NewDecision
from api.rights import handling, holds, requests, sheets, statements
from api.rights.requests import NewRequest
from api.store import Store
from tests import feeds
from tests.api.test_loading import PEOPLE, Feeds
from tests.api.test_quarantine import steward_of
from tests.cast import Cast
from tests.forgetting import add, second

# What is in every word that is typed, and what says whom it is about.
CANARY = "zanzibar7741"
HERS, OTHERS = f"{CANARY}her", f"{CANARY}oth"

BORN, NHS, POSTCODE = "2001-07-09", "9434765919", "ZX98 7QJ"
FIRST, LAST, STREET = "Zephyrine", "Quillfeather", "Canaryhouse"
# By what she could be known, as it is written anywhere.
# A man whom somebody named as hers: a name is a fact, and stands in clear like hers.
MENTIONED = "Danforth Quibbleworth"
NAMED = (
    MENTIONED,
    FIRST,
    LAST,
    BORN,
    "09/07/2001",
    NHS,
    STREET,
    POSTCODE,
    POSTCODE.replace(" ", ""),
)

ROW = f'cms:77,{FIRST},{LAST},09/07/2001,Female,"77 {STREET} Row, Saltby, {POSTCODE}"\n'
# Rows of another source: one is hers, two may be (day and month exchanged), one nobody can read.
ROWS = f"""No,First,Last,Born,NHS,Address,Worker,Email,From
77,{FIRST},{LAST},07/09/2001,,,Jo Marsh,social_worker@westhaven.example,01/02/2020
78,{FIRST},{LAST},07/09/2001,,"5 New Row, Saltby, ZX1 1AA",Jo Marsh,social_worker@westhaven.example,01/02/2020
80,{FIRST},{LAST},07/09/2001,,"6 New Row, Saltby, ZX1 1AA",Jo Marsh,social_worker@westhaven.example,01/02/2020
79,{FIRST},{LAST},9th of July,,,Jo Marsh,social_worker@westhaven.example,01/02/2020
"""


class Typed:
    """Words that were typed: each once, and found again."""

    def __init__(self) -> None:
        self.hers: list[str] = []
        self.others: list[str] = []

    def her(self, what: str) -> str:
        """Type something about her."""
        self.hers.append(f"{HERS}{what} {FIRST}")
        return self.hers[-1]

    def other(self, what: str) -> str:
        """Type something about others only."""
        self.others.append(f"{OTHERS}{what}")
        return self.others[-1]


def type_everything(cast: Cast, folder: Path) -> Typed:
    """Let the cast type into every box about her, and about Jude."""
    said = Typed()
    second(cast)
    _arrives(cast, folder)
    _is_supported(cast)
    _is_linked(cast, said)
    _is_written_about(cast, said)
    _is_asked_about(cast, said)
    _is_told_and_heard(cast, said)
    _is_looked_up(cast, said)
    _is_said_of(cast, said)
    _is_decided_about(cast, said)
    _is_kept(cast, said)
    return said


def her_family(cast: Cast) -> None:
    """Let her family be known: the lines are on the pages of others too."""
    families.relate(
        cast.actor("social_worker"), cast["jude"], kind="other", other_id=cast["zephyrine"]
    )


def _arrives(cast: Cast, folder: Path) -> None:
    """A feed that makes people names her, and a row of it may be her; so may one of another."""
    files = Feeds(cast, folder)
    files.people()
    files.load("people", PEOPLE + ROW)
    cast.ids["zephyrine"] = cast.authority.store.query(
        "SELECT person_id FROM names WHERE first = :first", first=FIRST
    )[0]["person_id"]
    steward_of(cast, "people")
    source = sources.look(cast.system, "people").source.id
    files.workers()
    steward_of(cast, "care")
    files.load("care", ROWS)
    feeds.say(
        cast.authority.store, source, "identifiers", cast["zephyrine"], scheme="nhs", value=NHS
    )


def _is_supported(cast: Cast) -> None:
    for who, agency, lead in (
        ("social_worker", "care", True),
        ("pastoral", "school", False),
    ):
        cast.support(who, agency, "zephyrine", lead=lead)
    her_family(cast)


def _is_linked(cast: Cast, said: Typed) -> None:
    her = cast["zephyrine"]
    # Somebody who is not here, added with a note: another record, which turns out to be her.
    add(cast, "twice", FIRST, "Quillfether", BORN)
    cast.worry("police", "twice", saw=said.her("twice"))
    identities.link(
        cast.actor("social_worker", confirmed=True), her, cast["twice"], said.her("link")
    )
    link = identities.link(
        cast.actor("social_worker", confirmed=True), her, cast["jude"], said.her("wronglink")
    )
    identities.unlink(cast.actor("social_worker", confirmed=True), link, said.her("unlink"))
    # What a sealed service knows of somebody can be linked to nobody any more.
    cast.support("sealed", "harbour", "zephyrine")
    cast.worry("sealed", "zephyrine", saw=said.her("sealed"))


def _is_written_about(cast: Cast, said: Typed) -> None:
    worker, pastoral = cast.actor("social_worker"), cast.actor("pastoral")
    her = cast["zephyrine"]

    def note(*about: str, **text: str) -> str:
        new = NewNote(id=new_id(), kind="worry", people=[cast[one] for one in about], **text)
        return notes.log(worker, new).note_ids[0]

    whole = note(
        "zephyrine",
        saw=said.her("saw"),
        thinks=said.her("thinks"),
        whose=said.her("whose"),
        described=said.her("described"),
    )
    notes.revise(worker, whole, NewNote(whole, "worry", [her], saw=said.her("revised")))
    notes.reply(pastoral, whole, said.her("reply"))
    notes.withdraw(worker, whole, said.her("withdrawn"))
    undone = note("zephyrine", saw=said.her("undone"))
    notes.undo(worker, undone)
    wrong = note("zephyrine", saw=said.her("wrong"))
    notes.wrong_person(worker, wrong, said.her("wrongperson"))
    (breach,) = breaches.mine(cast.actor("supervisor"))
    breaches.note_step(cast.actor("supervisor"), breach.id, said.her("step"))
    breaches.close(cast.actor("supervisor", confirmed=True), breach.id, said.her("closed"))
    cast.ids["redacted"] = note("zephyrine", "jude", saw=said.her("shared"))
    notes.reply(pastoral, cast["redacted"], said.her("sharedreply"))
    cast.ids["kept"] = note("zephyrine", "jude", saw=said.other("shared"))
    notes.reply(worker, cast["kept"], said.other("sharedreply"))
    cast.ids["judes"] = note("jude", saw=said.other("jude"))


def _is_asked_about(cast: Cast, said: Typed) -> None:
    """The circle is asked; a sealed service answers, shows itself, and somebody rings through the relay."""
    her, sealed = cast["zephyrine"], cast.actor("sealed")
    asked = asks.ask(cast.actor("pastoral"), her, said.her("asks"))
    asks.answer(sealed, asked, "relay", said.her("answers"))
    revealing.reveal(sealed, her, cast["pastoral"], "harm", said.her("reveals"))
    relayed = NewNote(new_id(), "worry", [her], saw=said.her("relayed"), voice="relay")
    notes.log(cast.actor("pastoral"), relayed)
    (reference,) = cast.authority.store.query(
        "SELECT reference FROM relays WHERE note_id = :id", id=relayed.id
    )
    relay.pass_on(
        cast.actor("duty"), reference["reference"], said.her("rings")[:80], "1", said.her("call")
    )
    new = NewRequest(
        cast.authority.store.now()[:10],
        "parent",
        said.her("who")[:80],
        said.her("contact")[:80],
        said.her("wanted"),
    )
    request = requests.take(cast.actor("social_worker"), her, new)
    handling.check(cast.actor("governance"), request, "identity", "known", said.her("checked"))
    handling.check(cast.actor("governance"), request, "authority", "written", said.her("mandate"))
    handling.extend(cast.actor("governance"), request, said.her("extended"))
    handling.end(cast.actor("governance", confirmed=True), request, "withdrawn", said.her("ended"))


def _is_told_and_heard(cast: Cast, said: Typed) -> None:
    """The family has its sheet and its say; something is shared outside."""
    pastoral, her = cast.actor("pastoral"), cast["zephyrine"]
    sheets.give(pastoral, her, safe=True, to=said.her("given"), how="read out", language="cy")
    sheets.keep_back(pastoral, her, said.her("notto"), "danger", said.her("notsafe"))
    shared = NewDecision(True, said.her("with"), said.her("what"), "harm", said.her("why"))
    sharing.decide(pastoral, her, shared)
    statements.take_down(pastoral, her, said.her("whosaid"), said.her("statement"))


def _is_looked_up(cast: Cast, said: Typed) -> None:
    outsider, her = cast.actor("outsider"), cast["zephyrine"]
    search.find(outsider, Query(first=FIRST, last=LAST, born_on=BORN, parent=said.her("parent")))
    # Nobody is found, so that it is sealed for the month and for nobody.
    search.find(outsider, Query(first=FIRST, last=LAST, born_on="2011-11-11"))
    search.find(outsider, Query(first="Nobody", last="Atall", nhs=NHS[:9] + "0"))
    search.find(outsider, Query(first="Jonquil", last=said.other("search"), born_on="2010-10-10"))
    people.give_purpose(outsider, her, "welfare", said.her("purpose"))
    people.take_on(cast.actor("duty"), her, said.her("takeon"))
    opened = glass.open_record(cast.actor("health_visitor", confirmed=True), her, said.her("glass"))
    glass.end(cast.actor("health_visitor"))
    reviews.decide(
        cast.actor("duty_supervisor", confirmed=True), opened, "justified", said.her("review")
    )


def _is_said_of(cast: Cast, said: Typed) -> None:
    worker, her = cast.actor("social_worker"), cast["zephyrine"]
    said_by_hand = families.relate(worker, her, kind="carer", mentioned=MENTIONED)
    families.withdraw(worker, said_by_hand, said.her("unrelated"))
    plan = plans.set(worker, her, "child in need")
    plans.withdraw(worker, plan, said.her("noplan"))
    declared = conflicts.declare(cast.actor("pastoral"), her, said.her("conflict"))
    conflicts.end(cast.actor("governance", confirmed=True), declared, said.her("noconflict"))
    lead = cast.actor("supervisor", confirmed=True)
    hidden = protections.protect(worker, her, said.her("hidden"), [cast["social_worker"]])
    protections.lift_protection(
        cast.actor("social_worker", confirmed=True), her, hidden, said.her("found")
    )
    named = [cast["social_worker"], cast["supervisor"]]
    protections.restrict(lead, her, said.her("restricted"), named)
    protections.lift_restriction(lead, her, said.her("opened"))
    (address,) = cast.authority.store.query(
        "SELECT id FROM live_addresses WHERE person_id = :id", id=her
    )
    wrong = corrections.say(worker, her, "address", address["id"], "out of date", said.her("says"))
    corrections.answer(cast.actor("steward"), wrong, "right", said.her("answer"))


def _is_decided_about(cast: Cast, said: Typed) -> None:
    """A row that may be her is decided; the next one waits."""
    steward = cast.actor("steward")
    turned, waits = doubtful.rows(steward, "care")
    deciding.none(steward, "care", turned.id, said.her("decided"))
    assert waits.line == 4
    (unread,) = [row for row in loading.waiting(steward, "care") if row.line == 5]
    whole = f"{said.her('aside')} {LAST}"
    quarantine.set_aside(steward, "care", unread.id, whole)


def _is_kept(cast: Cast, said: Typed) -> None:
    lead, her = cast.actor("governance"), cast["zephyrine"]
    held = holds.hold(lead, her, "inquiry", said.her("hold"))
    holds.lift(lead, her, held, said.her("lifted"))


# --- What is in the files ------------------------------------------------------------------------


def everything_kept(store: Store) -> bytes:
    """Give all bytes of a stolen database: of SQLite the file and what stands beside it; of a server,
    every value of every table."""
    if store.engine == "sqlite":
        path = Path(str(vars(store)["path"]))
        parts = (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")))
        return b"".join(part.read_bytes() for part in parts if part.exists())
    tables = store.query(
        """SELECT table_name AS name FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"""
    )
    values = (
        value
        for table in tables
        for row in store.query(f"SELECT * FROM {table['name']}")
        for value in row.values()
    )
    return b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for value in values
    )


def everything_opened(cast: Cast) -> str:
    """Give all that the master key opens."""
    store = cast.authority.store
    ids = [row["id"] for row in store.query("SELECT id FROM words")]
    return "\n".join(cast.authority.vault.open(store, ids).values())
