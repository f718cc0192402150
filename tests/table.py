"""Who may see what: the table of the design as data, a row a kind of actor.

A row says who looks at Amara, after what, and what they see of her. The same rows are held against the
core (tests/api/test_access_table.py) and against every address (tests/pwa/test_every_cell.py). Where
the design says nothing, what was decided stands beside the row, with its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from api import moment
from api.access import WORKING, Sight
from api.facts import corrections
from api.moment import LONDON
from api.oversight import breaches
from api.record import (
    asks,
    conflicts,
    families,
    glass,
    involvements,
    notes,
    own_family,
    people,
    plans,
    protections,
    revealing,
    sharing,
)
from api.record.own_family import Relative
from api.record.people import NewPerson
from api.record.sharing import NewDecision
from api.rights import handling, holds, items, requests, signing, statements
from api.rights.requests import NewRequest
from api.staff import covers, practitioners
from api.telling import inbox, outbox
from tests.cast import STAFF, Cast
from tests.feeds import add_feed, say

ALL = "a worry for all"
NARROW = "for social care and health"
OWN = "what I wrote myself"

Setup = Callable[[Cast], object]


@dataclass(frozen=True)
class Row:
    """One line of the table: who looks at Amara after what, and what they see.

    `sees` are the notes by their text; `but` what else there is to see: circle, family, plans,
    addresses, timeline, sealed (the line of the sensitive agency). `stands` says what else they are to
    her, by which acts are open to them: lead (they lead, or supervise who does, and so admit others and
    say who leads), named (on her closed record), duty, glass (they see her by break-glass), seals (they
    support her from a sealed service)... (tests/addresses.py asks for them). `person` is the record by
    which they know her. `again` is the same kind of actor at another moment, or in other clothes.
    """

    who: str
    viewer: str
    sight: Sight
    sees: tuple[str, ...] = ()
    but: str = ""
    given: Setup = lambda cast: None
    stands: str = ""
    person: str = "amara"
    again: bool = False

    @property
    def works(self) -> bool:
        """Whether they work with families."""
        return any(role in WORKING for role in STAFF[self.viewer][3])


CIRCLE = "circle family plans addresses timeline"
DIRECTORY = "circle plans"


def later(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: datetime.now(UTC) + timedelta(**span)


def day(cast: Cast, days: int) -> str:
    today = cast.authority.store.clock().astimezone(LONDON).date()
    return (today + timedelta(days=days)).isoformat()


def cover(cast: Cast) -> None:
    covers.add(cast.system, cast["social_worker"], cast["colleague"], day(cast, 0), day(cast, 2))


def purpose(cast: Cast) -> None:
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")


def take_on(cast: Cast) -> None:
    people.take_on(cast.actor("duty"), cast["amara"], "Rang the front door")


def break_glass(who: str) -> Setup:
    return lambda cast: glass.open_record(
        cast.actor(who, confirmed=True), cast["amara"], "Missing since last night"
    )


def end_glass(who: str) -> Setup:
    return lambda cast: glass.end(cast.actor(who))


def after(setup: Setup, **span: float) -> Setup:
    return both(setup, lambda cast: later(cast, **span))


def both(first: Setup, second: Setup) -> Setup:
    def one_by_one(cast: Cast) -> None:
        first(cast)
        second(cast)

    return one_by_one


def grant(who: str, role: str, scope: str, of: str) -> Setup:
    return lambda cast: practitioners.grant(
        cast.system, cast[who], role, scope, cast.ids.get(of, of)
    )


def leave(who: str) -> Setup:
    return lambda cast: practitioners.leave(cast.system, cast[who])


def restrict(*named: str) -> Setup:
    return lambda cast: protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Adopted",
        [cast[name] for name in named],
    )


def forsake(cast: Cast) -> None:
    """Let her record be closed to all but one, who leaves."""
    lead = cast.actor("social_worker", confirmed=True)
    cast.ids["protection"] = protections.restrict(
        lead, cast["amara"], "Adopted", [cast["colleague"]]
    )
    practitioners.leave(cast.system, cast["colleague"])


def declare(who: str) -> Setup:
    return lambda cast: conflicts.declare(cast.actor(who), cast["amara"])


def reveal(to: str) -> Setup:
    def show(cast: Cast) -> None:
        cast.ids["reveal"] = revealing.reveal(
            cast.actor("sealed"), cast["amara"], cast.ids.get(to, to), "welfare", "To be rung"
        )

    return show


def take_back(cast: Cast) -> None:
    [held] = revealing.of(cast.actor("sealed"), cast["amara"]).standing
    revealing.take_back(cast.actor("sealed"), held.id)


def own(who: str) -> Setup:
    """Let somebody declare Amara as their own family by name, as everybody is asked to."""
    relative = Relative("Amara", "Okafor", "2019-05-03")
    return lambda cast: own_family.declare(cast.actor(who), relative)


def protect(*named: str) -> Setup:
    """Let it be hidden where Amara is, from all but these."""

    def hide(cast: Cast) -> None:
        cast.ids["protection"] = protections.protect(
            cast.actor("social_worker"), cast["amara"], "Her father", [cast[one] for one in named]
        )

    return hide


def report(cast: Cast) -> None:
    """Let the reporter name Amara themselves, and write about her."""
    new = NewPerson("Amara", "Okafor", "2019-05-03")
    cast.ids["as typed"] = people.add(cast.actor("reporter"), new)
    note = cast.worry("reporter", "as typed", saw=OWN).note_ids[0]
    notes.reply(cast.actor("social_worker"), note, MARKS["replied"])


def write(who: str) -> Setup:
    """Let somebody write about her, and the lead answer it."""

    def said(cast: Cast) -> None:
        note = cast.worry(who, "amara", saw=OWN).note_ids[0]
        notes.reply(cast.actor("social_worker"), note, MARKS["replied"])

    return said


def end_work(who: str) -> Setup:
    def end(cast: Cast) -> None:
        circle = people.look(cast.actor("social_worker"), cast["amara"]).circle
        (line,) = [line for line in circle if line.practitioner_id == cast[who] and line.active]
        involvements.end(cast.actor("social_worker"), line.id)

    return end


def ask(cast: Cast) -> None:
    purpose(cast)
    involvements.ask(cast.actor("outsider"), cast["amara"], "Officer")


def accepted(cast: Cast) -> None:
    ask(cast)
    (line,) = people.look(cast.actor("social_worker"), cast["amara"]).waiting
    involvements.accept(cast.actor("social_worker"), line.id)


def said_by_another(cast: Cast) -> None:
    """Another agency's feed says that the officer is involved: directory information, no more."""
    involvements.add(
        cast.system, cast["amara"], agency_id=cast["force"], practitioner_id=cast["outsider"], role="Officer"
    )  # fmt: skip
    store = cast.authority.store
    store.upkeep(
        lambda tx: tx.change(
            "UPDATE involvements SET asserted_by = 'other source' WHERE practitioner_id = :id",
            id=cast["outsider"],
        )
    )


def known(cast: Cast) -> None:
    """Let there be something to see of Amara: plans, family, notes, addresses, a sealed worker."""
    lead = cast.actor("social_worker")
    plans.set(lead, cast["amara"], "child protection")
    families.relate(lead, cast["amara"], kind="mother", other_id=cast["kemi"])
    cast.worry("social_worker", "amara", saw=ALL)
    cast.worry("health_visitor", "amara", saw=NARROW, audience=["social care", "health"])


# --- All that there is to see and to do about her ------------------------------------------------

# A word for each kind of fact, which stands nowhere else.
MARKS = {
    "circle": "Zither link worker",
    "numbers": "07700 900777",
    "plans": "Child protection plan",
    "family": "Danforth Quibbleworth",
    "addresses": "Canaryhouse",
    "sealed": "Recovery worker for a parent",
    "service": "only for the service that wrote this",
    "relative": "Rhea Stone",
    "said": "what her mother says herself",
    "shared": "why it was told to her GP",
    "asked": "would anybody ring me about Tuesdays",
    "answered": "ring the clinic on a Monday",
    "replied": "the teacher saw it in June as well",
    "requested": "all that was ever written of her",
    "emergency": "nobody was at home in the night",
    "breach": "this was another Amara altogether",
    "held": "an inquiry asks for everything",
    "wrong": "her mother has moved since",
    "conflict": "she is my neighbour over the road",
    "looker": "Ned Fry",
    "withdrawn": "a slip of the pen, take it back",
    "name": "Amara",
    "place": "07700 900105",
    "all": ALL,
    "narrow": NARROW,
    "own": OWN,
}


# What is checked of a request, and what was found.
CHECKED = {
    "identity": "document",
    "authority": "responsibility",
    "wish": "too young",
    "safety": "safe",
}


def everything(cast: Cast) -> None:
    """Let there be something of every kind about Amara, and something to do at every address.

    A friend of the lead's team has opened her record in an emergency, and declared her as a neighbour
    since. Rhea, her sister, is restricted to the lead. A sealed worker says and does what they can.
    """
    known(cast)
    amara, lead, ids = cast["amara"], cast.actor("social_worker", confirmed=True), cast.ids
    for key, name, agency, team, phone in (
        ("friend", MARKS["looker"], "care", "front door", "07700 900778"),
        ("linker", "Wren Ashby", "health", "visitors", MARKS["numbers"]),
    ):
        ids[key] = practitioners.join(
            cast.system,
            agency_id=cast[agency],
            team_id=cast[team],
            name=name,
            job="Worker",
            phone=phone,
            email=f"{key}@westhaven.example",
            staff_number=key,
            roles=["practitioner"],
        )
        cast.undertakes(cast[key], cast[agency])
    involvements.add(
        cast.system,
        amara,
        agency_id=cast["health"],
        practitioner_id=cast["linker"],
        role=MARKS["circle"],
    )
    lines = people.look(lead, amara).circle
    ids["line"] = next(one.id for one in lines if one.practitioner_id == cast["linker"])
    families.relate(lead, amara, kind="father", mentioned=MARKS["family"])
    families.relate(lead, amara, kind="brother or sister", other_id=cast["rhea"])
    protections.restrict(lead, cast["rhea"], "A witness", [lead.id])
    feed = add_feed(cast.authority.store, "register", cast["care"])
    ids["address"] = say(
        cast.authority.store,
        feed,
        "addresses",
        amara,
        kind="home",
        lines=f"77 {MARKS['addresses']} Row",
        postcode="ZX98 7QJ",
    )
    practitioners.grant(cast.system, cast["steward"], "data steward", "source", feed)
    pastoral = cast.actor("pastoral")
    cast.worry("sealed", "amara", saw=MARKS["service"], voice="own service")
    ids["note"] = notes.about(lead, amara).notes[-1].id
    ids["ask"] = asks.ask(pastoral, amara, MARKS["asked"])
    ids["answer"] = asks.answer(cast.actor("sealed"), cast["ask"], "relay", MARKS["answered"])
    notes.reply(cast.actor("health_visitor"), cast["note"], MARKS["replied"])
    sharing.decide(
        pastoral, amara, NewDecision(True, "Her GP", "A test", "welfare", MARKS["shared"])
    )
    statements.take_down(pastoral, amara, "Her mother", MARKS["said"])
    correction = corrections.say(
        pastoral, amara, "address", cast["address"], "out of date", MARKS["wrong"]
    )
    ids["correction"] = correction
    today = cast.authority.store.now()[:10]
    asked = NewRequest(today, "parent", "Her mother", "At home", MARKS["requested"])
    ids["request"] = requests.take(lead, amara, asked)
    governs = cast.actor("governance")
    for kind, found in CHECKED.items():
        handling.check(governs, cast["request"], kind, found, "Seen.")
    items.gather(governs, cast["request"])
    decides = cast.actor("supervisor")
    mine = next(
        one
        for part in signing.parts(decides, cast["request"])[1]
        for one in part.entries
        if one.mine
    )
    ids["request item"] = mine.id
    ids["hold"] = holds.hold(governs, amara, "inquiry", MARKS["held"])
    friend = cast.actor("friend", confirmed=True)
    ids["glass"] = glass.open_record(friend, amara, MARKS["emergency"])
    glass.end(friend)
    ids["conflict"] = conflicts.declare(friend, amara, MARKS["conflict"])
    wrong = cast.worry("social_worker", "amara", saw=MARKS["breach"]).note_ids[0]
    notes.wrong_person(lead, wrong, MARKS["withdrawn"])
    later(cast, seconds=30)  # what was sent can be undone for ten seconds
    outbox.fan_out(cast.authority)
    cast.authority.store.clock = moment.system_clock
    (breach,) = breaches.mine(cast.actor("supervisor"))
    ids["breach"] = breach.id
    ids["item"] = inbox.list_items(pastoral).items[0].id


# --- The table ----------------------------------------------------------------------------------

TABLE = [
    Row("the lead", "social_worker", Sight.CIRCLE, (ALL, NARROW), CIRCLE, stands="lead took"),
    Row("in the circle", "health_visitor", Sight.CIRCLE, (ALL, NARROW), CIRCLE),
    Row("in the circle, a kind of agency that a narrowing leaves out", "pastoral", Sight.CIRCLE, (ALL,), CIRCLE),
    Row("accepted into the circle", "outsider", Sight.CIRCLE, (ALL,), CIRCLE, accepted, again=True),
    Row("whose involvement has ended, but for what they wrote", "health_visitor", Sight.OWN, (NARROW,), "", end_work("health_visitor")),
    Row("whose involvement another source asserts", "outsider", Sight.OUTSIDE, (), "", said_by_another, again=True),
    Row("covering", "colleague", Sight.CIRCLE, (ALL, NARROW), CIRCLE, cover),
    Row("covering, on the last day", "colleague", Sight.CIRCLE, (ALL, NARROW), CIRCLE, after(cover, days=1), again=True),
    Row("who covered, on the cover's end date", "colleague", Sight.OUTSIDE, (), "", after(cover, days=2)),
    Row("a colleague in the same team", "colleague", Sight.OUTSIDE),
    Row("the supervisor of someone in the circle", "supervisor", Sight.CIRCLE, (ALL, NARROW), CIRCLE, stands="lead breach decides decides-note"),
    Row("the supervisor of another team", "duty_supervisor", Sight.OUTSIDE, stands="duty over-friend"),
    Row("a supervisor of that agency, not of that team", "colleague", Sight.OUTSIDE, (), "", grant("colleague", "supervisor", "team", "front door"), stands="over-friend role"),
    Row("a school's safeguarding lead for its pupil", "safeguarding", Sight.CIRCLE, (ALL,), CIRCLE, stands="decides"),
    Row("universal involvement only", "pastoral", Sight.DIRECTORY, (), DIRECTORY, end_work("pastoral")),
    Row("universal involvement only, and a note of one's own", "pastoral", Sight.DIRECTORY, (OWN,), DIRECTORY, both(write("pastoral"), end_work("pastoral")), again=True),
    Row("duty, before taking on", "duty", Sight.OUTSIDE, stands="duty"),
    Row("duty, having taken on", "duty", Sight.CIRCLE, (ALL, NARROW), CIRCLE, take_on, stands="duty"),
    Row("duty, after 72 hours", "duty", Sight.OUTSIDE, (), "", after(take_on, hours=72), stands="duty"),
    Row("duty, just before 72 hours", "duty", Sight.CIRCLE, (ALL, NARROW), CIRCLE, after(take_on, hours=71.9), stands="duty", again=True),
    Row("anyone else", "outsider", Sight.OUTSIDE),
    Row("anyone else, with a purpose", "outsider", Sight.DIRECTORY, (), DIRECTORY, purpose),
    Row("anyone else, after the shift", "outsider", Sight.OUTSIDE, (), "", after(purpose, hours=10)),
    Row("who says: I am working with this child", "outsider", Sight.DIRECTORY, (), DIRECTORY, ask, stands="asked"),
    Row("who says so, after the shift", "outsider", Sight.DIRECTORY, (), DIRECTORY, after(ask, hours=10), stands="asked", again=True),
    Row("anyone else who wrote", "outsider", Sight.OWN, (OWN,), "", write("outsider")),
    Row("break-glass", "outsider", Sight.CIRCLE, (ALL,), CIRCLE, break_glass("outsider"), stands="glass"),
    Row("break-glass, by a kind of agency that a narrowing lets in", "duty", Sight.CIRCLE, (ALL, NARROW), CIRCLE, break_glass("duty"), stands="duty glass", again=True),
    Row("break-glass, after the hour", "outsider", Sight.OUTSIDE, (), "", after(break_glass("outsider"), hours=1), stands="unreviewed"),
    Row("break-glass, just before the hour", "outsider", Sight.CIRCLE, (ALL,), CIRCLE, after(break_glass("outsider"), hours=0.98), stands="glass", again=True),
    Row("break-glass, ended", "outsider", Sight.OUTSIDE, (), "", both(break_glass("outsider"), end_glass("outsider")), stands="unreviewed"),
    Row("break-glass, of somebody restricted since", "outsider", Sight.NOTHING, (), "", both(break_glass("outsider"), restrict("social_worker"))),
    Row("break-glass, and a conflict of interest", "outsider", Sight.NOTHING, (), "", both(break_glass("outsider"), declare("outsider")), stands="conflicted"),
    Row("a colleague of who broke glass", "police", Sight.OUTSIDE, (), "", break_glass("outsider"), again=True),
    Row("a reporter", "reporter", Sight.NOTHING),
    Row("a reporter, of the record that they wrote", "reporter", Sight.OWN, (OWN,), "", report, person="as typed"),
    Row("a reporter who wrote, once she is restricted", "reporter", Sight.OWN, (OWN,), "", both(report, restrict("social_worker")), person="as typed"),
    Row("a sealed practitioner", "sealed", Sight.CIRCLE, (ALL,), f"{CIRCLE} sealed", stands="seals"),
    Row("their own service's supervisor", "sealed_supervisor", Sight.CIRCLE, (ALL,), f"{CIRCLE} sealed", stands="reviews in-part decides-part"),
    Row("a sealed practitioner who shows it", "sealed", Sight.CIRCLE, (ALL,), f"{CIRCLE} sealed", reveal("circle"), stands="seals revealed"),
    Row("a restricted person's circle", "pastoral", Sight.NOTHING, (), "", restrict("social_worker")),
    Row("a restricted person's supervisor", "supervisor", Sight.NOTHING, (), "", restrict("social_worker")),
    Row("a sealed practitioner of a restricted person", "sealed", Sight.NOTHING, (), "", restrict("social_worker")),
    Row("who wrote about somebody restricted since", "outsider", Sight.NOTHING, (), "", both(write("outsider"), restrict("social_worker")), stands="wrote"),
    Row("duty who took on somebody restricted since", "duty", Sight.NOTHING, (), "", both(take_on, restrict("social_worker")), stands="duty"),
    Row("named on a restricted record", "social_worker", Sight.CIRCLE, (ALL, NARROW), CIRCLE, restrict("social_worker"), stands="lead named took"),
    Row("named, from outside the circle", "outsider", Sight.CIRCLE, (ALL,), CIRCLE, restrict("outsider"), stands="named"),
    Row("who declared a conflict of interest", "pastoral", Sight.NOTHING, (), "", declare("pastoral"), stands="conflicted"),
    Row("own family, declared by name", "pastoral", Sight.NOTHING, (), "", own("pastoral"), stands="conflicted own-family"),
    Row("a conflicted lead", "social_worker", Sight.NOTHING, (), "", declare("social_worker"), stands="conflicted"),
    Row("named and conflicted", "outsider", Sight.NOTHING, (), "", both(declare("outsider"), restrict("outsider")), stands="conflicted"),
    Row("conflicted, having written", "outsider", Sight.NOTHING, (), "", both(write("outsider"), declare("outsider")), stands="conflicted wrote"),
    Row("named on where she is", "social_worker", Sight.CIRCLE, (ALL, NARROW), CIRCLE, protect("social_worker"), stands="lead took placed"),
    Row("in the circle, not named on where she is", "health_visitor", Sight.CIRCLE, (ALL, NARROW), "circle family plans timeline hidden", protect("social_worker")),
    Row("with a purpose, where it is hidden where she is", "outsider", Sight.DIRECTORY, (), f"{DIRECTORY} hidden", both(purpose, protect("social_worker"))),
    Row("a data steward", "steward", Sight.NOTHING),
    Row("the governance lead", "governance", Sight.NOTHING, stands="governs breach keeps agencys"),
    Row("the governance lead of the authority", "governance", Sight.NOTHING, (), "", grant("governance", "governance lead", "authority", "authority"), stands="governs governs-all breach keeps keeps-people reviews role"),
    Row("the governance lead of the authority, of somebody restricted", "governance", Sight.NOTHING, (), "", both(grant("governance", "governance lead", "authority", "authority"), restrict("social_worker")), stands="governs-all reviews breach over-friend"),
    Row("the governance lead of the authority, where nobody named is left", "governance", Sight.NOTHING, (), "", both(grant("governance", "governance lead", "authority", "authority"), forsake), stands="governs-all reviews breach over-friend opens"),
    Row("the governance lead, of their own family", "governance", Sight.NOTHING, (), "", own("governance"), stands="conflicted own-family over-friend agencys"),
    Row("an approver", "night_duty", Sight.NOTHING),
    Row("the governance lead of a sealed service", "night_duty", Sight.NOTHING, (), "", grant("night_duty", "governance lead", "agency", "harbour"), stands="in-part keeps agencys role"),
    Row("an administrator", "administrator", Sight.NOTHING),
    Row("whom a sealed practitioner shows it, with the circle", "health_visitor", Sight.CIRCLE, (ALL, NARROW), f"{CIRCLE} sealed", reveal("circle")),
    Row("a supervisor, where it is shown to the circle", "supervisor", Sight.CIRCLE, (ALL, NARROW), f"{CIRCLE} sealed", reveal("circle"), stands="lead breach decides decides-note"),
    Row("whom alone a sealed practitioner shows it", "health_visitor", Sight.CIRCLE, (ALL, NARROW), f"{CIRCLE} sealed", reveal("health_visitor"), again=True),
    Row("in the circle, where it is shown to another", "pastoral", Sight.CIRCLE, (ALL,), CIRCLE, reveal("health_visitor")),
    Row("in the circle, once it was taken back", "health_visitor", Sight.CIRCLE, (ALL, NARROW), CIRCLE, both(reveal("circle"), take_back)),
    Row("with a purpose, where it is shown to the circle", "outsider", Sight.DIRECTORY, (), DIRECTORY, both(purpose, reveal("circle")), again=True),
    Row("universal involvement only, where it is shown to the circle", "pastoral", Sight.DIRECTORY, (), DIRECTORY, both(reveal("circle"), end_work("pastoral")), again=True),
    Row("a practitioner who is governance lead of a sealed service too", "outsider", Sight.DIRECTORY, (), f"{DIRECTORY} sealed", both(purpose, grant("outsider", "governance lead", "agency", "harbour")), stands="in-part keeps agencys role"),
]  # fmt: skip


# Where the design says nothing. Own words stay their author's, whatever was closed to them since: they
# wrote them, and may have to take them back. What asks for a review, a request, a hold and a breach is
# read by whoever decides about that, and by nobody else; why somebody declared a conflict, by nobody.
# An answer to the circle is kept back until the next full hour, so that its moment says nothing.


def facts(row: Row) -> set[str]:
    """Which facts a row sees of her, by their marks."""
    but, stands, who = {*row.but.split()}, {*row.stands.split()}, row.viewer
    inside, exists = row.sight is Sight.CIRCLE, row.sight is not Sight.NOTHING
    columns = {
        "plans": "plans" in but,
        "family": "family" in but,
        "sealed": "sealed" in but,
        # One switchboard number for whoever is not in the circle, where it is hidden where she is.
        "circle": "circle" in but and (inside or "hidden" not in but),
        "numbers": "circle" in but and (inside or "hidden" not in but),
        # The data steward of a source: the identities that its loads must match.
        "addresses": "addresses" in but or who == "steward",
        "said": inside,
        "shared": inside,
        "replied": inside,
        "asked": inside and "named" not in stands,
        "answered": who == "sealed" and inside,
        "service": who == "sealed" or (who == "sealed_supervisor" and inside),
        # Rhea is restricted to the lead.
        "relative": who == "social_worker",
        "wrong": who == "steward" or (who == "pastoral" and exists),
        "requested": not stands.isdisjoint({"took", "governs", "decides", "in-part"}),
        "emergency": not stands.isdisjoint({"reviews", "governs"}),
        "held": "governs" in stands,
        "breach": who == "social_worker" or "breach" in stands,
        "withdrawn": who == "social_worker" or "breach" in stands,
        "conflict": False,
        # Who looked at her. Of a colleague one reads the name elsewhere too.
        "looker": inside or STAFF[who][0] == "care" or "reviews" in stands,
        # Her school's pastoral lead: the number says where she is.
        "place": ("circle" in but and "hidden" not in but) or STAFF[who][0] == "school",
        # Whoever declared her by name reads what they typed.
        "name": exists
        or who == "steward"
        or not stands.isdisjoint({"governs", "own-family", "keeps"}),
        "all": ALL in row.sees or who == "social_worker",
        "narrow": NARROW in row.sees or who == "health_visitor",
        "own": OWN in row.sees or "wrote" in stands,
    }
    return {mark for mark, sees in columns.items() if sees}


# --- Systems -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SystemRow:
    """Another system: whose it is, after what, and how much of her its token sees. It is told what the
    directory view tells, however it came to it, and no more."""

    who: str
    agency: str
    sight: Sight
    but: str = ""
    staff: str = ""
    given: Setup = lambda cast: None


SYSTEMS = [
    SystemRow("of an agency that supports her", "school", Sight.DIRECTORY, DIRECTORY, "W005"),
    SystemRow("of another agency, for its purpose", "force", Sight.DIRECTORY, DIRECTORY, "W008"),
    SystemRow("where a sealed service shows itself", "school", Sight.DIRECTORY, DIRECTORY, "W005", reveal("circle")),
    SystemRow("where it is hidden where she is", "school", Sight.DIRECTORY, "plans hidden", "W005", protect("social_worker")),
    SystemRow("of her circle, once she is restricted", "school", Sight.NOTHING, "", "W005", restrict("social_worker")),
    SystemRow("of another agency, once she is restricted", "force", Sight.NOTHING, "", "W008", restrict("social_worker")),
]  # fmt: skip


def told(row: SystemRow) -> set[str]:
    """Which facts a system is told, by their marks."""
    seen = {"circle", "numbers", "place"} if "circle" in row.but.split() else set()
    return (
        seen
        | ({"plans"} if "plans" in row.but.split() else set())
        | ({"name"} if row.sight is not Sight.NOTHING else set())
    )
