"""Whom news may concern, and who of them may hear it: access, asked for each.

The same question is asked three times: at Send (to say who will be told), when the worker tells,
and when somebody opens what they were told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from api import access
from api.access import NoteFacts, Sight, Verdict
from api.facts import owners
from api.store import Tx
from api.store import access as standings
from api.store import corrections as stored_corrections
from api.store import requests as stored_requests
from api.store import telling as stored
from api.store.access import Me, Standing
from api.store.telling import Candidate, Event, Kind

# What is about somebody's own devices is told to them alone.
OWN_DEVICES = ("device", "released", "discarded")
# What is about a line that is said to be wrong names nobody who said so.
CORRECTIONS = ("correction", "correction answered", "correction overdue", "difference")
# What is about a request for a copy of a record names nobody who took it.
REQUESTS = ("record asked for", "items to decide", "items decided", "request overdue")
# The voice of a note says itself who may know its author; of the rest, what somebody from a
# sensitive agency does is told within that agency only.
SAID_TO_ALL = (
    *("note", "wrong person", "identity linked", "left", "load stopped", "webhook stopped"),
    *("glass reviewed", "breach overdue"),
    *OWN_DEVICES,
    *CORRECTIONS,
    *REQUESTS,
    # What names nobody who did it.
    *("request unhandled", "handler missing", "blacked out", "governance missing"),
    # About staff: `_around_let_in` says who hears of a sealed service's.
    "let in alone",
    # What somebody in a sensitive service says to whom they choose, and what names nobody.
    *("revealed", "asked", "answered", "rung"),
)


@dataclass(frozen=True)
class News:
    """An event as the rules look at it."""

    kind: Kind
    actor_id: str | None
    note_id: str | None
    people: tuple[str, ...]
    practitioner_id: str | None
    note: NoteFacts | None
    note_sensitive: bool
    led: bool
    at: str
    source_id: str | None = None
    correction_id: str | None = None
    request_id: str | None = None
    # Whether it was not taken back since.
    stands: bool = True
    # Who asks who will hear of it, where it is not told: they learn of nobody whom they may not know of.
    asked_by: str = ""


def look_at(
    tx: Tx,
    kind: Kind,
    *,
    actor_id: str | None,
    note_id: str | None,
    person_id: str | None,
    practitioner_id: str | None,
    at: str | None = None,
    source_id: str | None = None,
    correction_id: str | None = None,
    request_id: str | None = None,
) -> News:
    """Read what the rules must know about an event that happened `at` a moment, or just now."""
    note = stored.note(tx, note_id) if note_id else None
    people = stored.subjects(tx, note_id) if note_id else [person_id] if person_id else []
    children = [person for person in people if not stored.is_adult(tx, person)] or people
    return News(
        kind=kind,
        actor_id=actor_id,
        note_id=note_id,
        people=tuple(people),
        practitioner_id=practitioner_id,
        note=_facts(note) if note else None,
        note_sensitive=bool(note and note.sensitive),
        led=all(stored.has_lead(tx, person) for person in children),
        at=at or tx.now,
        source_id=source_id,
        correction_id=correction_id,
        request_id=request_id,
    )


def _facts(note: stored.ToldNote) -> NoteFacts:
    return NoteFacts(note.author_id, note.agency_id, note.voice, note.hidden, note.narrowed)


def news_of(tx: Tx, event: Event) -> News:
    """Read what the rules must know about an event of the outbox."""
    found = look_at(
        tx,
        event.kind,
        actor_id=event.actor_id,
        note_id=event.note_id,
        person_id=event.person_id,
        practitioner_id=event.practitioner_id,
        at=event.made_at,
        source_id=event.source_id,
        correction_id=event.correction_id,
        request_id=event.request_id,
    )
    return replace(found, stands=stored.stands(tx, event.id))


def listeners(tx: Tx, news: News) -> list[Candidate]:
    """Give who is to be told of this now, by name: never who did it."""
    service = stored.sensitive_agency(tx, news.actor_id) if news.kind not in SAID_TO_ALL else None
    if service and news.kind == "directory look":
        return []
    return [
        one
        for one in stored.candidates(tx, _concerned(tx, news) - {news.actor_id or ""})
        if service in (None, one.agency_id) and may_hear(tx, one, news)
    ]


def front_door(tx: Tx, actor_id: str, note_id: str) -> list[Candidate]:
    """Give who would hear of a note if it were about somebody new: duty, without its author."""
    note = stored.note(tx, note_id)
    everyone = stored.candidates(tx, stored.duty(tx) - {actor_id})
    mes = {one.id: standings.me(tx, one.id) for one in everyone}
    return [
        one
        for one in everyone
        if note and access.shows_note(mes[one.id], _facts(note)) and access.works(mes[one.id])
    ]


def may_hear(tx: Tx, one: Candidate, news: News) -> bool:
    """Ask the access rules whether this practitioner may be told, or open what was told before."""
    me = standings.me(tx, one.id)
    if news.kind in ("left", "wrong person", "glass reviewed", "rung", *OWN_DEVICES):
        return not me.left
    if news.kind in REQUESTS:
        return _hears_of_request(tx, me, news)
    if news.kind == "load stopped":
        return one.id in stored.stewards(tx, news.source_id)
    if news.kind in ("webhook stopped", "handler missing", "governance missing"):
        return access.may_run_agencies(me)
    if news.kind in (*CORRECTIONS, "breach overdue", "closed to one", "let in alone"):
        return one.id in _AROUND[news.kind](tx, news)
    verdicts = [access.verdict(tx, me, person) for person in news.people]
    if not news.stands or _is_hidden(me, news, verdicts):
        return one.id in _over_closed(tx, news)
    if news.kind in _OF_STANDING:
        return _OF_STANDING[news.kind]([verdict.standing for verdict in verdicts])
    needed = _needed(tx, one, news)
    if needed is not None:
        return bool(verdicts) and all(verdict.sight >= needed for verdict in verdicts)
    # Who wrote a note, or files their own, may stand outside the circle.
    own = news.kind == "filing refused" or (
        news.kind == "blacked out" and news.note is not None and news.note.author_id == one.id
    )
    if _is_within(verdicts, Sight.OWN if own else Sight.CIRCLE):
        return True
    on_duty = news.kind == "note" and not news.led and stored.is_duty(tx, one.team_id)
    on_duty = on_duty and all(verdict.sight >= Sight.OUTSIDE for verdict in verdicts)
    return on_duty or one.id in _over_closed(tx, news)


def _may_find_handler(standing: Standing) -> bool:
    """Say whether somebody can name a governance lead: on a closed record, whoever is named there."""
    if access.is_closed(standing) or access.is_echo(standing):
        return False
    return standing.named or access.may_restrict(standing)


_OF_STANDING: Mapping[str, Callable[[Sequence[Standing]], bool]] = {
    # A supervisor or governance lead may stand outside the circle.
    "glass broken": lambda people: not any(access.is_closed(one) for one in people),
    "request unhandled": lambda people: any(_may_find_handler(one) for one in people),
}

# The sight that an event needs. Without one here: in the circle of one of the people, closed off
# from none of them. Someone outside, a reporter too, hears what became of their own note: no more.
_NEEDED: Mapping[Kind, Sight] = {
    "acted on": Sight.OWN,
    "directory look": Sight.CIRCLE,
    "identity linked": Sight.CIRCLE,
    "joined": Sight.CIRCLE,
    "revealed": Sight.CIRCLE,
    "asked": Sight.CIRCLE,
    "answered": Sight.CIRCLE,
    "taken on": Sight.OUTSIDE,
    "asked to join": Sight.OUTSIDE,
}


def _needed(tx: Tx, one: Candidate, news: News) -> Sight | None:
    if news.kind in ("directory look", "joined") and one.id in _in_place_of_lead(tx, news):
        return Sight.OUTSIDE
    return _NEEDED.get(news.kind)


def _is_hidden(me: Me, news: News, verdicts: Sequence[Verdict]) -> bool:
    """Say whether a note is not for these eyes, or what those named did about somebody restricted is not
    for who added them anew."""
    if news.note_id and not (news.note and access.shows_note(me, news.note)):
        return True
    return news.kind not in ("acted on", "filing refused") and any(
        access.is_echo(verdict.standing) for verdict in verdicts
    )


def _is_within(verdicts: Sequence[Verdict], needed: Sight) -> bool:
    closed = any(
        closes(verdict.standing) for verdict in verdicts for closes in access.CLOSING_RULES.values()
    )
    return not closed and any(verdict.sight >= needed for verdict in verdicts)


def _concerned(tx: Tx, news: News) -> set[str]:
    """Give everyone whom an event may concern; the rules are asked about each of them after."""
    if news.kind in REQUESTS:
        return stored_requests.concerned(tx, news.request_id) if news.request_id else set()
    if news.kind in _AROUND:
        return _AROUND[news.kind](tx, news)
    match news.kind:
        case "note":
            circles = (stored.circle(tx, person, news.asked_by) for person in news.people)
            return _union(circles) | _duty(tx, news) | _over_closed(tx, news)
        case "directory look":
            return _leads(tx, news) | _in_place_of_lead(tx, news)
        case "identity linked":
            return _leads(tx, news) - {news.practitioner_id or ""}
        case "joined":
            leads = _leads(tx, news) - {news.practitioner_id or ""}
            # What another system says nobody here let happen: where nobody leads, the front door hears.
            said = stored.is_token(tx, news.actor_id)
            return leads | (_in_place_of_lead(tx, news) if said else set())
        case "taken on":
            return _leads(tx, news) | stored.supervisors(tx, news.actor_id)
        case "asked to join":
            asked = _leads(tx, news) | _duty(tx, news)
            return asked | stored.supervisors(tx, news.actor_id)
        case "load stopped" | "webhook stopped" | "handler missing" | "governance missing":
            # All but a load are nobody's but the administrators'.
            return stored.stewards(tx, news.source_id if news.kind == "load stopped" else None)
        case _:  # left
            return stored.supervisors(tx, news.practitioner_id)


def _around_note(tx: Tx, news: News) -> set[str]:
    note, note_id = news.note, news.note_id
    if note is None or note_id is None:
        return set()
    if news.kind == "reply":
        return {note.author_id} | stored.repliers(tx, note_id, news.at)
    if news.kind == "wrong person":
        return stored.readers(tx, note_id) | _breach_handlers(tx, news)
    return {note.author_id}


def _around_blacked_out(tx: Tx, news: News) -> set[str]:
    """Give who read the note, who wrote it (who supervises them, where they left) and the leads."""
    if news.note is None or news.note_id is None:
        return set()
    author = {news.note.author_id}
    wrote = {one.id for one in stored.candidates(tx, author)}
    return (
        stored.readers(tx, news.note_id)
        | (wrote or stored.supervisors(tx, news.note.author_id))
        | _leads(tx, news)
    )


def _who_may_find_handler(tx: Tx, news: News) -> set[str]:
    leads = _leads(tx, news)
    circles = _union(stored.circle(tx, person) for person in news.people)
    return leads | circles | _union(stored.supervisors(tx, one) for one in leads)


def _around_correction(tx: Tx, news: News) -> set[str]:
    """Give who may hear of a line that is said to be wrong: its owner, who said so, or who is asked
    which of two is right."""
    kept = stored_corrections.find(tx, news.correction_id) if news.correction_id else None
    if kept is None:
        return set()
    if news.kind == "difference":
        return owners.asked(tx, kept, news.practitioner_id)
    if news.kind != "correction answered":
        return owners.told(tx, kept)
    here = stored.candidates(tx, stored_corrections.sayers(tx, kept.id))
    return {one.id for one in here if owners.is_open_to(tx, standings.me(tx, one.id), kept)}


def _around_glass(tx: Tx, news: News) -> set[str]:
    """Give the lead, or duty where there is none, with the lead's supervisors and the actor's; in the
    place of a supervisor whom one of them does not have, a governance lead."""
    service = stored.sensitive_agency(tx, news.actor_id)
    leads = _leads(tx, news)
    near = stored.candidates(tx, leads | {news.actor_id or ""})

    def above(one: Candidate) -> set[str]:
        here = {id for id in stored.supervisors(tx, one.id) if stored.candidates(tx, [id])}
        return here - {news.actor_id or ""} or stored.governance(
            tx, one.agency_id, authority=service is None
        )

    return (
        leads
        | _union(above(one) for one in near)
        | _duty(tx, news)
        # A sealed service's is told within it only: its governance lead hears as well.
        | (stored.governance(tx, service, authority=False) if service else set())
    )


def _around_review(tx: Tx, news: News) -> set[str]:
    return _them(tx, news) | stored.supervisors(tx, news.practitioner_id)


def _them(_: Tx, news: News) -> set[str]:
    """Give whom the news is about, and nobody else."""
    return {news.practitioner_id} if news.practitioner_id else set()


def _circle_or_one(tx: Tx, news: News) -> set[str]:
    """Give the circle, or to whom alone somebody reveals themselves."""
    return _them(tx, news) or _union(stored.circle(tx, person) for person in news.people)


def _around_closed(tx: Tx, news: News) -> set[str]:
    """Give who opens again what is forsaken, when one person alone can open a record any more."""
    service = stored.sensitive_agency(tx, news.actor_id)
    return stored.governance(tx, service or "", authority=service is None)


def _around_let_in(tx: Tx, news: News) -> set[str]:
    """Give who hears that somebody's first device was let in by who invited them: who else supervises them,
    the governance and the safeguarding leads of their agency; where nobody of these works here, who
    governs the authority, and where nobody does, its administrators."""
    one = standings.me(tx, news.practitioner_id or "")
    near = (
        stored.supervisors(tx, one.id)
        | stored.governance(tx, one.agency_id, authority=False)
        | stored.safeguarding(tx, one.agency_id)
    )
    for some in (near, stored.governance(tx, "", authority=True), stored.stewards(tx, None)):
        here = {w.id for w in stored.candidates(tx, some)} - {one.id, news.actor_id or ""}
        if here:
            return here
    return set()


def waits_for_governance(tx: Tx, news: News) -> bool:
    """Say whether nobody can be told of this before the authority has a governance lead, who opens what is
    forsaken: a worry that nobody reads is not lost, it waits."""
    if stored.is_governed(tx):
        return False
    if news.kind == "closed to one":
        return stored.sensitive_agency(tx, news.actor_id) is None
    return news.kind == "note" and bool(news.note_id) and stored.is_forsaken(tx, news.note_id or "")


def _whom_it_rang_for(tx: Tx, news: News) -> set[str]:
    """Give who wrote what came through the relay, or who supervises them, where they have left."""
    here = {one.id for one in stored.candidates(tx, _them(tx, news))}
    return here or stored.supervisors(tx, news.practitioner_id)


def _breach_handlers(tx: Tx, news: News) -> set[str]:
    """Give who deals with a note on the wrong person: its author's supervisors and governance leads."""
    if news.note is None:
        return set()
    author = standings.me(tx, news.note.author_id)
    near = stored.supervisors(tx, author.id)
    near |= stored.governance(tx, author.agency_id, authority=not news.note_sensitive)
    found = set()
    for one in stored.candidates(tx, near):
        me = standings.me(tx, one.id)
        about = [access.verdict(tx, me, person).standing for person in news.people]
        if access.may_handle_breach(about, me, author, news.note_sensitive):
            found.add(one.id)
    return found


_AROUND: Mapping[str, Callable[[Tx, News], set[str]]] = {
    **dict.fromkeys((*OWN_DEVICES, "filing refused", "answered"), _them),
    **dict.fromkeys(CORRECTIONS, _around_correction),
    **dict.fromkeys(("reply", "noticed too", "acted on", "wrong person"), _around_note),
    **dict.fromkeys(("asked", "revealed"), _circle_or_one),
    "rung": _whom_it_rang_for,
    "blacked out": _around_blacked_out,
    "request unhandled": _who_may_find_handler,
    "glass broken": _around_glass,
    "glass reviewed": _around_review,
    "breach overdue": _breach_handlers,
    "closed to one": _around_closed,
    "let in alone": _around_let_in,
}


def _hears_of_request(tx: Tx, me: Me, news: News) -> bool:
    """Say whether somebody handles a request, or still has to decide about one of its items."""
    handled = stored_requests.is_handled_by(tx, me, news.request_id or "")
    if news.kind in ("record asked for", "items decided"):
        return handled
    waits = stored_requests.waits_for(tx, me, news.request_id or "")
    return waits or (handled and news.kind == "request overdue")


def _in_place_of_lead(tx: Tx, news: News) -> set[str]:
    """Give who hears that somebody looked at a child whom nobody leads: the duty team; of a look by one of
    them, who supervises them. Adults whom nobody leads are many, and are watched by the trail."""
    if news.led or all(stored.is_adult(tx, person) for person in news.people):
        return set()
    duty, actor = stored.duty(tx), news.actor_id or ""
    above = stored.supervisors(tx, actor) - {actor} if actor in duty else set()
    return above or duty


def _over_closed(tx: Tx, news: News) -> set[str]:
    """Give who hears that there is a note on a closed record which nobody who is named on it can read, and
    nothing else of it: the authority's governance leads, who can open that record."""
    asked = news.kind == "note" and news.note_id
    return stored.over_closed(tx, asked) if asked else set()


def _leads(tx: Tx, news: News) -> set[str]:
    return _union(stored.leads(tx, person) for person in news.people)


def _duty(tx: Tx, news: News) -> set[str]:
    return set() if news.led else stored.duty(tx)


def _union(sets: Iterable[set[str]]) -> set[str]:
    return set[str]().union(*sets)
