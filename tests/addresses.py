"""What every address asks of who comes, and how it is asked for by a test.

The doors say themselves which roles they admit (`pwa.doors`), and an operation of the API its scope; what
more an address needs is said here, once for each: how much of Amara one must see, or what one must be
to her, in the words of the table (tests/table.py). `tests/pwa/test_every_cell.py` holds that no
address is missing here and none is left over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from api.access import Sight
from api.moment import new_id
from tests.cast import STAFF, Cast
from tests.table import ALL, Row

NOTHING = "0193e6a0-0000-7000-8000-00000000ffff"
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


class Outcome(StrEnum):
    """How an address answers."""

    MAY = "may"
    PURPOSE = "is asked why first"
    CONFIRM = "is asked for the passkey"
    REFUSED = "is refused"
    ABSENT = "finds nothing"
    LATE = "comes too late"
    WRONG = "is asked to mend what was sent"
    SIGN_IN = "is asked to sign in"


MAY, PURPOSE, CONFIRM, REFUSED, ABSENT, LATE, WRONG, SIGN_IN = Outcome

Need = Callable[[Row], Outcome]


# --- What is needed -------------------------------------------------------------------------------


def sees(needed: Sight, otherwise: Outcome = REFUSED) -> Need:
    """So much of her must be seen; for whom she does not exist, nothing does."""

    def need(row: Row) -> Outcome:
        if row.sight is Sight.NOTHING:
            return ABSENT
        return MAY if row.sight >= needed else otherwise

    return need


def stands(*words: str, needed: Sight = Sight.NOTHING, otherwise: Outcome = ABSENT) -> Need:
    """They must be one of these to her (`Row.stands`), and see so much."""

    def need(row: Row) -> Outcome:
        if needed and row.sight is Sight.NOTHING:
            return ABSENT
        held = row.sight >= needed and not {*words}.isdisjoint(row.stands.split())
        return MAY if held else otherwise

    return need


def but(need: Need, *exceptions: tuple[Callable[[Row], bool], Outcome]) -> Need:
    """As `need` says, but for these, the first that holds; who may not, is not excepted."""

    def but_for(row: Row) -> Outcome:
        found = need(row)
        if found is MAY:
            return next((outcome for holds, outcome in exceptions if holds(row)), MAY)
        return found

    return but_for


def is_(*words: str) -> Callable[[Row], bool]:
    """Whether they are one of these to her."""
    return lambda row: not {*words}.isdisjoint(row.stands.split())


def viewer(*names: str) -> Callable[[Row], bool]:
    """Whether it is one of these of the cast: what is theirs stays theirs."""
    return lambda row: row.viewer in names


def own(name: str) -> Need:
    """It is this one's own, whatever was closed to them since; for others it is not there."""
    return lambda row: MAY if row.viewer == name else ABSENT


def directory(row: Row) -> bool:
    return row.sight is not Sight.CIRCLE


def hidden(row: Row) -> bool:
    return "hidden" in row.but.split()


def sealed(row: Row) -> bool:
    """Whether they are of a sensitive service."""
    return STAFF[row.viewer][0] == "harbour"


def child(row: Row) -> Outcome:
    """Her page. Whoever works with families and sees less than the directory is asked why first."""
    if row.sight is Sight.NOTHING:
        return ABSENT
    return PURPOSE if row.works and row.sight < Sight.DIRECTORY else MAY


def reads(row: Row) -> Outcome:
    """The lead's note, which all may read who see her notes; its author always may."""
    return MAY if ALL in row.sees or row.viewer == "social_worker" else ABSENT


def acts_on_note(row: Row) -> Outcome:
    """The note, and the circle's sight."""
    return MAY if ALL in row.sees and row.sight is Sight.CIRCLE else ABSENT


def writes(row: Row) -> Outcome:
    """Who may know of her writes about her; a conflict closes what is read, not what is said."""
    if not row.works:
        return WRONG if row.person == "amara" else MAY
    return WRONG if row.sight is Sight.NOTHING and not is_("conflicted")(row) else MAY


def line(row: Row) -> Outcome:
    """A line of her page that says where she lives."""
    if row.sight is Sight.NOTHING:
        return ABSENT
    if row.sight < Sight.DIRECTORY:
        return REFUSED
    return ABSENT if directory(row) or hidden(row) else MAY


def correction(row: Row) -> Outcome:
    """What was said of that line: whoever sees it, who said so, and whose line it is."""
    if row.viewer == "steward" or line(row) is MAY:
        return MAY
    return MAY if row.viewer == "pastoral" and row.sight >= Sight.DIRECTORY else ABSENT


def told(row: Row) -> Outcome:
    """An item of the pastoral lead's inbox, about a note: as long as they may read it."""
    if row.viewer != "pastoral" or row.sight is Sight.NOTHING:
        return ABSENT
    return MAY if row.sight is Sight.CIRCLE else REFUSED


def always(outcome: Outcome) -> Need:
    """The same for whom the door admits."""
    return lambda _: outcome


circle, outside = sees(Sight.CIRCLE), sees(Sight.OUTSIDE)
seen, known = sees(Sight.DIRECTORY), sees(Sight.OWN)
steers = stands("lead", needed=Sight.CIRCLE, otherwise=REFUSED)
author = own("social_worker")
takes_out = but(circle, (is_("glass"), REFUSED))
decides = stands("decides", "decides-part", "governs")
concerned = stands("took", "governs", "decides", "in-part")
handles = but(concerned, (lambda row: not is_("governs")(row), REFUSED))

# By method and endpoint. Those that stand under both methods need the same for either.
NEEDS: Mapping[str, Need] = {
    # Her page and what belongs to it
    "GET people.child": child,
    "GET people.more_notes": known,
    "GET people.timeline_of": circle,
    "GET people.services_of": seen,
    # Outside the circle it lists what one has said oneself.
    "GET people.linked_to": outside,
    "GET people.more": outside,
    "GET people.supporter": sees(Sight.DIRECTORY, otherwise=ABSENT),
    "GET audit.around": circle,
    "GET corrections.details": seen,
    "GET corrections.say": line,
    # Where all who could answer may not know of her, there is nobody to ask.
    "POST corrections.say": but(line, (is_("named"), ABSENT)),
    # Coming closer
    "POST people.purpose": outside,
    "people.take_on": stands("duty", needed=Sight.OUTSIDE, otherwise=REFUSED),
    "GET people.join": outside,
    "POST people.join": but(seen, (lambda row: not directory(row), LATE), (is_("asked"), LATE)),
    "GET emergencies.break_glass": outside,
    "POST emergencies.break_glass": but(
        outside, (is_("unreviewed"), REFUSED), (lambda row: not directory(row), LATE)
    ),
    # Who supports her: the acts on a line follow below, as `LINE_ACTS`
    "POST people.change_line accept": but(steers, (is_("lead"), LATE)),
    "POST people.change_line decline": but(steers, (is_("lead"), LATE)),
    "POST people.change_line lead": steers,
    "POST people.change_line end": steers,
    # A sealed service confirms nothing: who confirmed it is shown. Nor does whoever broke glass.
    "POST people.change_line confirm": but(circle, (sealed, REFUSED), (is_("glass"), REFUSED)),
    # What the circle does
    "GET asks.ask": circle,
    "POST asks.ask": but(circle, (sealed, REFUSED), (viewer("pastoral"), LATE)),
    # What was asked by somebody who may not know of her any more is not asked any more.
    "GET asks.answer": but(circle, (viewer("pastoral"), ABSENT), (is_("named"), ABSENT)),
    "POST asks.answer": but(
        circle, (viewer("pastoral"), REFUSED), (is_("named"), ABSENT), (viewer("sealed"), LATE)
    ),
    "POST asks.end": own("pastoral"),
    "POST asks.take_back": own("sealed"),
    "GET sharing.shared": circle,
    "sharing.share": circle,
    "sharing.do_not_share": circle,
    "sheets.statement": circle,
    # What is seen by break-glass only is not taken out.
    "GET sheets.sheet": takes_out,
    "sheets.give": takes_out,
    "sheets.keep_back": takes_out,
    "GET reveals.reveal": stands("seals", needed=Sight.CIRCLE, otherwise=REFUSED),
    "POST reveals.reveal": but(
        stands("seals", needed=Sight.CIRCLE, otherwise=REFUSED), (is_("revealed"), LATE)
    ),
    "POST reveals.take_back": stands("revealed"),
    # Closing
    "GET closings.restrict": circle,
    "POST closings.restrict": steers,
    "GET closings.lift_restriction": but(circle, (lambda row: not is_("named")(row), ABSENT)),
    "POST closings.lift_restriction": stands("named"),
    "GET closings.protect": circle,
    "POST closings.protect": steers,
    "GET closings.lift_protection": but(circle, (lambda row: not is_("placed")(row), ABSENT)),
    "POST closings.lift_protection": stands("placed"),
    # Who reads who looked at her says so too, where she is their own family.
    "closings.declare": lambda row: MAY if is_("governs", "keeps")(row) else outside(row),
    "closings.open_forsaken": stands("opens"),
    "closings.end_conflict": stands("over-friend", "governs"),
    # Notes
    "POST notes.log": writes,
    "GET notes.note": reads,
    "POST notes.act": acts_on_note,
    "POST notes.notice": but(acts_on_note, (viewer("social_worker"), WRONG)),
    "POST notes.reply": acts_on_note,
    "notes.revise": but(reads, (lambda row: author(row) is ABSENT, REFUSED)),
    "GET notes.withdraw": but(reads, (lambda row: author(row) is ABSENT, REFUSED)),
    "POST notes.withdraw": author,
    "POST notes.undo": author,
    "notes.wrong_person": but(
        reads, (lambda row: not is_("lead")(row) and author(row) is ABSENT, REFUSED)
    ),
    "GET inbox.item": told,
    "GET corrections.one": correction,
    "POST corrections.answer": but(correction, (lambda row: row.viewer != "steward", REFUSED)),
    # Watching over
    "emergencies.review": stands("reviews"),
    "breaches.one": stands("breach"),
    "breaches.close": stands("breach"),
    # A copy of her record
    "requests.take": outside,
    "GET requests.one": concerned,
    "requests.check": handles,
    "requests.extend": handles,
    "requests.end": handles,
    "POST requests.gather": but(handles, (is_("governs"), LATE)),
    "requests.item": stands("decides-note"),
    "GET requests.several": decides,
    # Nothing was ticked.
    "POST requests.several": but(decides, (lambda row: True, WRONG)),
    # Not everything is decided yet.
    "GET requests.pack": but(stands("decides"), (is_("decides"), LATE)),
    "POST requests.copy": but(stands("decides"), (is_("decides"), LATE)),
    "POST requests.sign": but(stands("decides", "governs"), (is_("decides", "governs"), LATE)),
    # Keeping
    "GET retention.keeping": stands("keeps"),
    "retention.hold": stands("keeps"),
    "retention.lift": stands("governs"),
    # Whether a person is kept is for the authority's governance lead, once it is due.
    "GET retention.keep_on": stands("keeps-people"),
    "POST retention.keep_on": but(stands("keeps-people"), (is_("keeps-people"), LATE)),
    "GET retention.forget": stands("keeps-people"),
    "POST retention.forget": but(stands("keeps-people"), (is_("keeps-people"), LATE)),
    # By a further role, behind the door
    "GET audit.numbers": stands("governs-all", otherwise=REFUSED),
    "GET audit.numbers_as_csv": stands("governs-all", otherwise=REFUSED),
    "GET audit.by_practitioner": stands("governs-all"),
    **{
        f"authority.{name}": stands("governs-all", otherwise=REFUSED)
        for name in ("contacts", "numbers", "add", "retire", "offer")
    },
    # No rule says how long anything is kept.
    "authority.years": but(stands("governs-all", otherwise=REFUSED), (is_("governs-all"), ABSENT)),
    "GET sources.every": but(always(MAY), (is_("agencys"), REFUSED)),
    "GET sources.one": but(always(MAY), (is_("agencys"), REFUSED)),
    "GET sources.now": but(always(MAY), (is_("agencys"), REFUSED)),
    "POST relay.calls": lambda row: WRONG if is_("duty")(row) else REFUSED,
    **{
        f"{method} staff.{name}": lambda row: MAY if row.viewer == "administrator" else REFUSED
        for method, name in (
            ("GET", "one"),
            ("GET", "ask_leave"),
            ("POST", "leave"),
            ("POST", "invite"),
            ("POST", "end_role"),
        )
    },
    "POST staff.grant": lambda row: WRONG if row.viewer == "administrator" else REFUSED,
    # None of it waits unsent, or for somebody who is forgotten, or in a system's file
    **{
        key: always(ABSENT)
        for key in (
            *("unsent.one", "unsent.send", "unsent.ask_discard", "unsent.discard"),
            *("unsent.log_theirs", "unsent.ask_refuse", "unsent.refuse", "unsent.release"),
            "retention.shared_note",
        )
    },
    "POST notes.file": but(reads, (lambda _: True, REFUSED)),
    "GET corrections.one_of_source": always(MAY),
    "POST corrections.settle": always(WRONG),
    # The demo has no passkey to ask for.
    "POST sessions.begin_confirm": always(CONFIRM),
    "POST sessions.finish_confirm": always(CONFIRM),
}

# What is dangerous asks for the passkey first, of whoever may do it.
CONFIRMED = frozenset(
    {
        "closings.restrict",
        "closings.lift_restriction",
        "closings.lift_protection",
        "closings.open_forsaken",
        "emergencies.break_glass",
        "staff.leave",
        "staff.invite",
        "authority.contacts",
        "authority.numbers",
        "authority.add",
        "authority.retire",
        "authority.offer",
    }
)

# The acts of `api.record.acts`, which her page offers to whoever may do them, by their addresses.
ACTS = {
    "reveal": "reveals.reveal",
    "give the sheet": "sheets.give",
    "take a request": "requests.take",
    "close the record": "closings.restrict",
    "open the record": "closings.lift_restriction",
    "declare": "closings.declare",
    "break glass": "emergencies.break_glass",
}

# Which of the marks (tests/table.py) each page shows to whoever sees that fact; no other page of hers
# is held to show any.
PAGES = {
    "people.child": "name circle numbers plans family addresses sealed service relative replied all narrow own",
    "people.more_notes": "service replied all narrow own",
    "people.timeline_of": "circle sealed service all narrow",
    "people.services_of": "circle numbers sealed",
    "people.linked_to": "family relative",
    "asks.ask": "asked",
    "audit.around": "looker",
    "sharing.shared": "shared",
    "sheets.statement": "said",
}


# --- Asking ----------------------------------------------------------------------------------------

HER = {"first": "Amara", "last": "Okafor", "born_on-day": "3", "born_on-month": "5", "born_on-year": "2019"}  # fmt: skip

# What is typed into each form, so that who may is let in: `*me*` and `*her*` are ids.
FORMS: Mapping[str, Mapping[str, str]] = {
    "people.purpose": {"purpose": "enquiry"},
    "people.take_on": {"reason": "They rang."},
    "people.join": {"role": "Officer"},
    "asks.ask": {"words": "Who knows more?"},
    "asks.answer": {"voice": "relay", "words": "I do."},
    "closings.restrict": {"reason": "A witness", "named": "*me*"},
    "closings.lift_restriction": {"reason": "It is over."},
    "closings.protect": {"hidden_from": "Her father", "named": "*me*"},
    "closings.lift_protection": {"reason": "It is over."},
    "closings.open_forsaken": {"reason": "Nobody is left."},
    "closings.declare": {"why": "A friend"},
    "closings.end_conflict": {"reason": "They moved."},
    "emergencies.break_glass": {"reason": "Missing"},
    "emergencies.review": {"outcome": "justified", "reason": "It was."},
    "requests.take": {
        "received_on-day": f"{YESTERDAY.day}",
        "received_on-month": f"{YESTERDAY.month}",
        "received_on-year": f"{YESTERDAY.year}",
        "asker": "parent",
        "who": "Kemi",
        "contact": "At home",
    },
    "requests.check": {"answer": "known", "words": "Seen."},
    "requests.extend": {"why": "It is much."},
    "requests.end": {"outcome": "withdrawn", "why": "They said so."},
    "requests.item": {"decision": "given"},
    "reveals.reveal": {"to": "circle", "basis": "welfare", "reason": "To be rung"},
    "sharing.share": {"to": "Her GP", "what": "A test", "basis": "welfare", "reason": "To help"},
    "sharing.do_not_share": {"to": "Her GP", "what": "It", "basis": "danger", "reason": "Him"},
    "sheets.give": {"safe": "yes", "to": "Kemi", "how": "read out", "language": "cy"},
    "sheets.keep_back": {"to": "Kemi", "basis": "danger", "reason": "Him"},
    "sheets.statement": {"who": "Kemi", "said": "I am well."},
    "retention.hold": {"kind": "inquiry", "reason": "A letter"},
    "retention.lift": {"reason": "It is over."},
    "retention.keep_on": {
        "until-day": "1",
        "until-month": "1",
        "until-year": "2040",
        "reason": "For her",
    },
    "retention.forget": {"reason": "It is due."},
    "retention.find": HER,
    "audit.people": HER,
    "search.find": HER,
    "search.add": {"first": "New", "last": "One", "checked": "1"},
    "notes.log": {"kind": "worry", "saw": "No coat", "people": "*her*", "id": "*new*"},
    "notes.find": HER,
    "notes.reply": {"text": "I saw it too."},
    "notes.revise": {"kind": "worry", "saw": "No coat"},
    "notes.withdraw": {"reason": "A slip"},
    "notes.wrong_person": {"reason": "A slip"},
    "corrections.say": {"what": "out of date"},
    "corrections.answer": {"answer": "right"},
    "breaches.one": {"reason": "We rang."},
    "breaches.close": {"reason": "All is well."},
    "authority.contacts": {
        "front_door": "The front door",
        "front_door_phone": "01632 960001",
        "front_door_email": "door@westhaven.example",
        "out_of_hours_phone": "01632 960002",
        "switchboard": "01632 960003",
    },
    "authority.numbers": {"shift_hours": "9", "correction_days": "4", "many_in_an_hour": "30"},
    "authority.years": {"years": "30"},
    "authority.add": {"label": "New", "law": "A law"},
    "authority.retire": {"code": "enquiry"},
    "authority.offer": {"code": "enquiry"},
    "agencies.add": {"name": "New Agency", "kind": "police"},
    "undertakings.own_family": {"first": "Zed", "last": "Zee", "born_on-year": "2011"},
    "relay.calls": {"reference": "1234 5678", "name": "Zed", "phone": "1"},
}

LINE_ACTS = ("accept", "decline", "lead", "confirm", "end")

# Whose name in the cast's ids stands for which part of an address. What has one of these is about her;
# the rest (a device, a system, a row of a feed) is of nothing here, and has rules and tests of its own.
HERS = {
    "person_id": "",
    "note_id": "note",
    "ask_id": "ask",
    "answer_id": "answer",
    "line_id": "line",
    "fact_id": "address",
    "held_id": "protection",
    "reveal_id": "reveal",
    "conflict_id": "conflict",
    "glass_id": "glass",
    "breach_id": "breach",
    "request_id": "request",
    "correction_id": "correction",
    "hold_id": "hold",
}
OTHERS = {"practitioner_id": "health_visitor", "agency_id": "school"}
WORDS = {"code": "register", "part": "main", "kind": "address", "table": "purposes"}


def is_hers(rule: Rule) -> bool:
    """Whether an address is about her: so it must stand in NEEDS."""
    return not rule.arguments.isdisjoint({*HERS, "item_id"})


@dataclass(frozen=True)
class Cell:
    """One address and method, filled in for a row of the table."""

    method: str
    endpoint: str
    path: str
    data: Mapping[str, str]
    act: str = ""

    @property
    def need(self) -> Need | None:
        """What it needs behind its door, where it needs more."""
        named = f"{self.method} {self.endpoint}"
        return NEEDS.get(f"{named} {self.act}".strip()) or NEEDS.get(self.endpoint)

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} {self.act}".strip()


def cells(rule: Rule, cast: Cast, row: Row) -> Iterator[Cell]:
    """Fill an address in: a cell for each method of it, and each act."""
    names = {"*me*": cast[row.viewer], "*her*": cast[row.person], "*new*": new_id()}
    typed = {k: names.get(v, v) for k, v in FORMS.get(rule.endpoint, {}).items()}
    path = rule.rule
    for name in rule.arguments - {"act"}:
        path = re.sub(rf"<(\w+:)?{name}>", _part(rule.endpoint, name, cast, row), path)
    for method in sorted((rule.methods or set()) & {"GET", "POST"}):
        if "act" in rule.arguments:
            for act in LINE_ACTS:
                yield Cell(method, rule.endpoint, path.replace("<act>", act), typed, act)
        else:
            yield Cell(method, rule.endpoint, path, typed)


def _part(endpoint: str, name: str, cast: Cast, row: Row) -> str:
    if name in ("person_id", "looked_at"):
        return cast[row.person]
    if name == "item_id":
        return cast["item" if endpoint == "inbox.item" else "request item"]
    if endpoint == "requests.check" and name == "kind":
        return "identity"
    return cast.ids.get({**HERS, **OTHERS}.get(name, ""), WORDS.get(name, NOTHING))


def outcome(answer: TestResponse) -> Outcome:
    """Say how an address answered."""
    status, text = answer.status_code, answer.get_data(as_text=True)
    if status == 401 or (status == 303 and (answer.location or "").startswith("/sign-in?")):
        return SIGN_IN
    if status == 403:
        return CONFIRM if "passkey" in text else REFUSED
    if status in (200, 204, 303):
        asked = status == 200 and re.search(r'action="/children/[^/"]+/purpose"', text)
        return PURPOSE if asked else MAY
    return {404: ABSENT, 409: LATE, 422: WRONG}[status]
