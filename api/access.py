"""Who may see what, and why: every rule, one function each. Closed unless a rule opens.

A rule looks at a `Standing` (one practitioner, one person, one moment) and says yes or no.
`sight` asks the closing rules first, then the opening ones in order; the first that holds gives
the sight and the reason, which the audit row keeps and a page can show. The same rules stand as SQL
in `api/store/access.py`, for lists and searches.

    sight       what it opens
    circle      notes, circle, plans, family, timeline
    directory   who supports this person and how to reach them; plans where the authority allows
    own         what the actor wrote, and what became of it
    outside     nothing, until a purpose is given
    nothing     the person does not exist for this actor

The token of another system sees the directory view or nothing: its agency's own people, and whoever it
looked up for its purpose. It is named on no restriction and no protection, so it meets none of either.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum

from api import moment
from api.errors import ConfirmFirst, NotAllowed, NotFound
from api.store import Tx
from api.store import access as stored
from api.store.access import Me, Standing, Tie
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# Only the agency's own source, the person's supervisor or the lead admit someone to a circle.
ADMITTING = ("agency", "supervisor", "lead")

# Roles that work with families. A reporter, an approver, a data steward, a governance lead or an
# administrator has no sight of anybody's record by that role alone.
WORKING = ("practitioner", "supervisor", "safeguarding lead")

# All that the token of another system may do with a person; the rest takes a practitioner.
OPEN_TO_TOKENS = (Action.PERSON_LOOKED, Action.INVOLVEMENT_SAID, Action.NOTE_SENT)

CONFIRMED_FOR = timedelta(minutes=5)

NO_SUCH_PERSON = "There is no such person here."


class Sight(IntEnum):
    """How much of a person an actor sees; each level includes those below it."""

    NOTHING = 0
    OUTSIDE = 1
    OWN = 2
    DIRECTORY = 3
    CIRCLE = 4


@dataclass(frozen=True)
class Verdict:
    """What an actor may see of a person, and by which rule."""

    sight: Sight
    reason: str
    standing: Standing

    @property
    def location_hidden(self) -> bool:
        """Whether this person's address, school, GP and area are hidden from the actor."""
        return self.standing.location_hidden


# --- Rules that close --------------------------------------------------------------------------


def has_left(s: Standing) -> bool:
    """Someone who left sees nothing, at once."""
    return s.me.left


def is_conflicted(s: Standing) -> bool:
    """A declared conflict of interest (own family, a neighbour) closes the record."""
    return s.conflicted


def is_restricted(s: Standing) -> bool:
    """A restricted person exists only for those named on the record."""
    return s.restricted and not s.named


def is_echo(s: Standing) -> bool:
    """Somebody whom the actor added, and who is restricted: to the actor they are new, with nothing on
    their record but what the actor wrote."""
    return s.echoed and not s.named


# --- Rules that open the circle's sight --------------------------------------------------------


def is_named(s: Standing) -> bool:
    """Named on a restricted person's record."""
    return s.named


def in_the_circle(s: Standing) -> bool:
    """An open active involvement, tied to this practitioner by someone who may admit."""
    return any(_is_member(tie) and tie.practitioner_id == s.me.id for tie in s.ties)


def is_covering(s: Standing) -> bool:
    """Covers for someone in the circle, until the cover's end date."""
    return any(_is_member(tie) and tie.practitioner_id in s.me.covers for tie in s.ties)


def is_supervising(s: Standing) -> bool:
    """Supervises the team of someone in the circle."""
    return _supervises(s, _is_member)


def is_safeguarding(s: Standing) -> bool:
    """A school's safeguarding lead or deputy sees what is shared about its pupils."""
    return any(
        tie.asserted_by in ADMITTING and holds(s.me, "safeguarding lead", tie.agency_id)
        for tie in s.ties
    )


def has_taken_on(s: Standing) -> bool:
    """A member of a duty team took the person on in the last 72 hours."""
    return "taken on" in s.grants


def has_broken_glass(s: Standing) -> bool:
    """Opened this one record in an emergency, in the last hour: told at once, reviewed afterwards."""
    return "broken glass" in s.grants


# --- Rules that open the directory view --------------------------------------------------------


def is_universal(s: Standing) -> bool:
    """The actor's agency is one that every child has: their school, their GP."""
    return any(
        not tie.active and tie.asserted_by in ADMITTING and tie.agency_id == s.me.agency_id
        for tie in s.ties
    )


def has_asked_to_join(s: Standing) -> bool:
    """Said "I am working with this child" and waits for the lead or a supervisor."""
    return any(tie.practitioner_id == s.me.id and tie.asserted_by == "self" for tie in s.ties)


def is_lead(s: Standing) -> bool:
    """The one everyone rings first."""
    return any(tie.lead and _is_member(tie) and tie.practitioner_id == s.me.id for tie in s.ties)


def may_admit(s: Standing) -> bool:
    """The lead, or a supervisor of someone in the circle, accepts and ends involvements. A sealed
    service decides about its own only: what it did would be seen, by nobody who may be known."""
    return sight(s)[0] is Sight.CIRCLE and (is_lead(s) or _supervises(s, _is_known_member))


def may_name_lead(s: Standing, own: bool) -> bool:
    """The lead and the lead's supervisor say who leads; where nobody does, whoever may admit, and
    the supervisor of who is to lead (`own`)."""
    leads = [tie for tie in s.ties if tie.lead and _is_known_member(tie)]
    if not leads:
        return own or may_admit(s)
    return may_admit(s) and (is_lead(s) or _supervises(s, leads.__contains__))


def known_leads(s: Standing) -> set[str]:
    """Give who leads, as far as others may know of them."""
    return {tie.practitioner_id or "" for tie in s.ties if tie.lead and _is_known_member(tie)}


def may_restrict(s: Standing) -> bool:
    """Who names the lead closes the record: whoever else supports the person cannot shut them out."""
    return may_name_lead(s, own=False)


def has_purpose(s: Standing) -> bool:
    """Gave a purpose for this person in this shift."""
    return "purpose" in s.grants


# --- Rules that open the directory view to the token of another system ---------------------------


def has_own_rows(s: Standing) -> bool:
    """The token's agency says itself that it supports the person."""
    return any(tie.asserted_by in ADMITTING and tie.agency_id == s.me.agency_id for tie in s.ties)


def has_looked_up(s: Standing) -> bool:
    """The token looked the person up for its purpose, in this shift; the lead was told."""
    return "looked up" in s.grants


def wrote(s: Standing) -> bool:
    """Wrote a note about the person, or added the record."""
    return s.wrote


Rule = Callable[[Standing], bool]

CLOSING_RULES: dict[str, Rule] = {
    "left": has_left,
    "conflict of interest": is_conflicted,
    "restricted": is_restricted,
}
CIRCLE_RULES: dict[str, Rule] = {
    "named": is_named,
    "in the circle": in_the_circle,
    "covering": is_covering,
    "supervising": is_supervising,
    "safeguarding": is_safeguarding,
    "taken on": has_taken_on,
    # The last: it is the reason only where nothing else opens the record.
    "broken glass": has_broken_glass,
}
DIRECTORY_RULES: dict[str, Rule] = {
    "universal": is_universal,
    "asked to join": has_asked_to_join,
    "purpose": has_purpose,
}
SYSTEM_RULES: dict[str, Rule] = {
    "own rows": has_own_rows,
    "looked up": has_looked_up,
}


def is_closed(s: Standing) -> bool:
    """Whether any closing rule holds, whatever opens."""
    return any(closes(s) for closes in CLOSING_RULES.values())


def sight(s: Standing) -> tuple[Sight, str]:
    """Decide how much this practitioner sees of this person, and by which rule."""
    for reason, closes in CLOSING_RULES.items():
        if closes(s):
            # Whoever added a record goes on seeing their own words, as with any new record: the
            # answer must not tell them that it matched someone restricted.
            own = s.made_record and reason == "restricted"
            return (Sight.OWN, "wrote") if own else (Sight.NOTHING, reason)
    if s.me.is_token:  # the directory view or nothing, whatever else would open
        reasons = (reason for reason, opens in SYSTEM_RULES.items() if opens(s))
        reason = next(reasons, "")
        return (Sight.DIRECTORY, reason) if reason else (Sight.NOTHING, "not looked up")
    if works(s.me):
        for level, rules in ((Sight.CIRCLE, CIRCLE_RULES), (Sight.DIRECTORY, DIRECTORY_RULES)):
            for reason, opens in rules.items():
                if opens(s):
                    return level, reason
        return (Sight.OWN, "wrote") if wrote(s) else (Sight.OUTSIDE, "outside")
    return (Sight.OWN, "wrote") if wrote(s) else (Sight.NOTHING, "no working role")


def may_write(s: Standing) -> bool:
    """Whoever may know of somebody may write about them. A declared conflict of interest closes what
    can be read, not what can be said: a danger to a child of one's own family must reach the circle."""
    return sight(replace(s, conflicted=False))[0] >= Sight.OUTSIDE


# --- What is shown within a sight --------------------------------------------------------------


def shows_involvement(s: Standing, tie: Tie) -> bool:
    """A sensitive agency's involvement is sealed, unless its worker reveals it: to the circle, or to one
    practitioner while they have the circle's sight. It shows the line and nothing else of the agency.
    Break-glass opens nothing that is sealed."""
    level, reason = sight(s)
    sees = level is Sight.CIRCLE and reason != "broken glass"
    return is_unsealed(s.me, tie) or (bool(tie.revealed) and _is_member(tie) and sees)


def is_unsealed(me: Me, tie: Tie) -> bool:
    """A sealed involvement is known to its worker, their supervisor and their governance lead."""
    return (
        not tie.sensitive
        or tie.practitioner_id == me.id
        or holds(me, "supervisor", tie.team_id)
        or holds(me, "governance lead", tie.agency_id)
    )


def may_reveal(s: Standing) -> bool:
    """Who supports a person from a sensitive agency says so themselves; nobody says it for them."""
    return sight(s)[0] is Sight.CIRCLE and any(
        tie.sensitive and _is_member(tie) and tie.practitioner_id == s.me.id for tie in s.ties
    )


def may_oversee_reveals(me: Me, agency_id: str, team_id: str | None) -> bool:
    """Their supervisor and their own service's governance lead see that somebody revealed themselves."""
    return holds(me, "supervisor", team_id) or holds(me, "governance lead", agency_id)


def may_ask_circle(s: Standing) -> bool:
    """Whoever has the circle's sight asks it. An ask says who asks, so nobody of a sealed service does."""
    return sight(s)[0] is Sight.CIRCLE and not s.me.sealed


def may_answer(s: Standing, asked_by: str) -> bool:
    """Whoever has the circle's sight answers what somebody else asked it."""
    return sight(s)[0] is Sight.CIRCLE and s.me.id != asked_by


@dataclass(frozen=True)
class Origin:
    """Where a fact about a person comes from. `sealed` holds the sensitive agencies behind it: the
    owner of the feed, the agency of whoever recorded it by hand."""

    recorded_by: str | None
    sealed: frozenset[str]


def shows_fact(s: Standing, origin: Origin) -> bool:
    """What a sensitive agency says of a person is shown to whom its involvement is shown."""
    return origin.recorded_by == s.me.id or all(
        holds(s.me, "governance lead", agency)
        or any(tie.agency_id == agency and is_unsealed(s.me, tie) for tie in s.ties)
        for agency in origin.sealed
    )


def not_of_age(born_on: str | None, today: str, ages_from: int | None, ages_to: int | None) -> str:
    """Say why a source does not cover somebody of this age ("under 16"), or "" where it does. Whose
    age is not known, it covers."""
    if born_on is None:
        return ""
    born, day = date.fromisoformat(born_on), date.fromisoformat(today)
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    if ages_from is not None and age < ages_from:
        return f"under {ages_from}"
    return f"{ages_to} or over" if ages_to is not None and age >= ages_to else ""


@dataclass(frozen=True)
class DetailFacts:
    """What the rules look at in a detail of a service. `opened` says with which sight each kind of
    agency sees its kind of detail; `sealed` whether a sensitive agency stands anywhere behind it;
    `covered` whether its source covers people of this age."""

    opened: Mapping[str, Sight]
    sealed: bool
    covered: bool


def opens_detail(s: Standing, opened: Mapping[str, Sight]) -> bool:
    """A kind of detail is open to the kinds of agency that the authority names, from the sight on
    that it names; to nobody else, to no token, and not where the person's location is hidden."""
    needed = opened.get(s.me.agency_kind)
    if needed is None or s.me.is_token or s.location_hidden:
        return False
    return sight(s)[0] >= needed


def shows_detail(s: Standing, detail: DetailFacts) -> bool:
    """A detail is shown to whom its kind is open, where its source covers the person; a sensitive
    agency's to nobody."""
    return not detail.sealed and detail.covered and opens_detail(s, detail.opened)


def shows_act(me: Me, agency_id: str, sensitive: bool) -> bool:
    """What somebody of a sensitive agency did about a person beside notes (shared something outside, gave
    the family its sheet, took a statement down) is shown to that agency only."""
    return not sensitive or agency_id == me.agency_id


@dataclass(frozen=True)
class NoteFacts:
    """What the rules look at in a note. `narrowed` holds, per narrowing, the kinds that may see."""

    author_id: str
    agency_id: str
    voice: str
    hidden: bool
    narrowed: tuple[frozenset[str], ...]


def shows_note(me: Me, note: NoteFacts) -> bool:
    """A note is shown to its author, and to whom its voice and every narrowing let see it."""
    if note.hidden:
        return False
    if note.author_id == me.id:
        return True
    heard = note.voice in ("named", "relay") or note.agency_id == me.agency_id
    return heard and all(me.agency_kind in kinds for kinds in note.narrowed)


def shows_author(me: Me, author_id: str, agency_id: str, voice: str) -> bool:
    """Who wrote through the relay is shown to their own agency only. Everybody may write so, not only
    a sealed service: that a note came through the relay must prove nothing."""
    return voice != "relay" or author_id == me.id or agency_id == me.agency_id


def opens_note(me: Me, note: NoteFacts, standings: Sequence[Standing]) -> bool:
    """A note about several people is closed to whoever one of them is closed to, its author aside."""
    return note.author_id == me.id or not any(
        is_conflicted(s) or is_restricted(s) or is_echo(s) for s in standings
    )


# --- Break-glass ---------------------------------------------------------------------------------


def may_break_glass(s: Standing) -> bool:
    """Whoever works with families opens the record of one person in an emergency, if that person may be
    known to them and nothing opens it to them already. What holds only what they wrote themselves is no
    record to open: of somebody whom they added and whom nobody supports, restricted or new."""
    supported = any(not tie.sensitive and tie.asserted_by in ADMITTING for tie in s.ties)
    if is_restricted(s) or is_echo(s) or (s.made_record and not supported):
        return False
    return works(s.me) and Sight.OUTSIDE <= sight(s)[0] < Sight.CIRCLE


def may_take_out(s: Standing) -> bool:
    """What is seen only because glass was broken leaves in no export, no print and no copy; and nobody
    changes by it what is said of the person."""
    return sight(s)[1] != "broken glass"


@dataclass(frozen=True)
class GlassFacts:
    """What the rules look at in a break-glass: whose it was, of which agency (`sealed` where that is a
    sensitive one, with its teams `own_teams`), and `teams`: theirs, then and now, and the lead's then."""

    practitioner_id: str
    agency_id: str
    sealed: bool
    teams: frozenset[str]
    own_teams: frozenset[str]


def may_review_glass(s: Standing, glass: GlassFacts) -> bool:
    """A supervisor of another team than the actor's and the lead's, who is in neither of them, or the authority's governance lead,
    who stands over all teams. A sealed service's is reviewed within it: by the supervisor of another of
    its teams, or its governance lead. Never by who did it, nor against a conflict of interest; only a
    governance lead reviews where the person was restricted since, and learns nothing of who it is."""
    if has_left(s) or is_conflicted(s) or s.me.id == glass.practitioner_id:
        return False
    if holds(s.me, "governance lead", glass.agency_id if glass.sealed else "authority"):
        return True
    teams = {scope for role, scope in s.me.roles if role == "supervisor"}
    if is_restricted(s) or not teams or {*teams, s.me.team_id} & glass.teams:
        return False
    return not glass.sealed or bool(teams & glass.own_teams)


def may_handle_breach(standings: Sequence[Standing], me: Me, author: Me, sealed: bool) -> bool:
    """A note on the wrong person is dealt with by the supervisor of its author, or by a governance lead:
    of the author's agency or, unless that is a sensitive one, of the authority. Never by the author."""
    if me.left or me.id == author.id or any(is_conflicted(s) for s in standings):
        return False
    if holds(me, "governance lead", author.agency_id):
        return True
    if not sealed and holds(me, "governance lead", "authority"):
        return True
    return holds(me, "supervisor", author.team_id) and not any(is_restricted(s) for s in standings)


# --- Changing who is who, who is closed off, and where somebody may be known -------------------


def may_link(me: Me, standings: Sequence[Standing], sources: Collection[str]) -> bool:
    """The lead of either person, or the data steward of a source that knows one of them, links
    records. Neither may where a conflict or a restriction closes either person to them."""
    if any(closes(s) for s in standings for closes in CLOSING_RULES.values()):
        return False
    return may_link_by_role(me, sources) or any(
        is_lead(s) and sight(s)[0] is Sight.CIRCLE for s in standings
    )


def may_link_by_role(me: Me, sources: Collection[str]) -> bool:
    """The data steward of a source that knows one of two people says whether they are one."""
    return any(holds(me, "data steward", scope) for scope in (*sources, "authority"))


def may_end_conflict(me: Me, other: Me) -> bool:
    """A declared conflict is ended by the supervisor or governance lead of who declared it; of somebody
    of a sensitive agency by their own, because that they know a family is theirs to say."""
    return (
        me.id != other.id
        and not me.left
        and (
            holds(me, "supervisor", other.team_id)
            or holds(me, "governance lead", other.agency_id)
            or (holds(me, "governance lead", "authority") and not other.sealed)
        )
    )


def may_lift(s: Standing, named: bool, forsaken: bool = False) -> bool:
    """Who is named on a restriction or a protection lifts it; so does the authority's governance lead where
    it is `forsaken`: nobody named works with families here any more. Never against a declared conflict of
    interest."""
    if has_left(s) or is_conflicted(s):
        return False
    return (forsaken and governs_authority(s.me)) or (named and sight(s)[0] is Sight.CIRCLE)


def may_declare(s: Standing) -> bool:
    """Whoever may know of somebody says that they know them privately; so do governance leads, who read
    who looked at them. A token is nobody who could know anybody."""
    if s.me.is_token:
        return False
    return sight(s)[0] >= Sight.OUTSIDE or (is_governance_lead(s.me) and not is_closed(s))


# --- The sheet for families -----------------------------------------------------------------------


def may_give_sheet(s: Standing) -> bool:
    """Whoever has the circle's sight gives a family the sheet about a person, but not by break-glass."""
    return sight(s)[0] is Sight.CIRCLE and may_take_out(s)


# --- Requests for a copy of a record ------------------------------------------------------------


@dataclass(frozen=True)
class ItemFacts:
    """What the rules look at in an item of a request: the agency that controls it (None for what the
    authority itself keeps), the team of who wrote it there, and whether anybody supervises that team."""

    agency_id: str | None
    author_team: str | None
    supervised: bool


def may_take_request(s: Standing) -> bool:
    """Whoever works with families and may know of somebody writes down that their record is asked for:
    a request may be made to anybody, and its month begins that day."""
    return works(s.me) and sight(s)[0] >= Sight.OUTSIDE


def may_handle_request(s: Standing, taken_by: str) -> bool:
    """A governance lead, of the authority or of the agency that took it, checks who asks and watches the
    clock. Who a person is closed to, handles nothing about them."""
    return not is_closed(s) and (
        holds(s.me, "governance lead", "authority") or holds(s.me, "governance lead", taken_by)
    )


def may_review(s: Standing, item: ItemFacts, others: Sequence[Standing] = ()) -> bool:
    """An item is decided by the agency that controls it: by the supervisor of who wrote it or the
    agency's safeguarding lead; where nobody supervises who wrote it, by any supervisor there. It rests
    on no sight, so that break-glass opens none. `others` are whom a note is about too."""
    me = s.me
    if item.agency_id != me.agency_id or any(is_closed(one) for one in (s, *others)):
        return False
    supervises = not item.supervised and any(role == "supervisor" for role, _ in me.roles)
    return (
        supervises
        or holds(me, "supervisor", item.author_team)
        or holds(me, "safeguarding lead", item.agency_id)
    )


def may_sign_for_controllers(
    me: Me, controlling: Collection[str], supporting: Collection[str]
) -> bool:
    """Of those who decide about items, who signs a pack off for its controllers, and so reads what the
    others give: of an agency that supports or supported the person, if any that controls an item did."""
    return me.agency_id in (set(controlling) & set(supporting) or set(controlling))


def may_watch_part(s: Standing, agency_id: str) -> bool:
    """The part of a sensitive agency is watched over by its own governance lead, and by nobody else."""
    return not is_closed(s) and holds(s.me, "governance lead", agency_id)


# --- Watching over looks -----------------------------------------------------------------------


@dataclass(frozen=True)
class Looker:
    """Who left a row in the trail: the agency that they acted for, and the sensitive agencies that they
    stand for, by working there or by a role over one that they hold or held."""

    id: str
    agency_id: str
    sealed: frozenset[str]


def may_watch(me: Me, looker: Looker) -> bool:
    """An agency's governance lead watches over its own people, the authority's over everybody; but
    whoever stands for a sensitive agency is watched over by that agency's own, and nobody else's."""
    if me.left or not all(holds(me, "governance lead", agency) for agency in looker.sealed):
        return False
    scopes = (looker.agency_id, *looker.sealed, "authority")
    return any(holds(me, "governance lead", scope) for scope in scopes)


def shows_look(s: Standing, looker: Looker) -> bool:
    """Who is in the circle sees who looked; not that somebody did who stands for a sensitive agency,
    unless it is of their own service. Who reveals themselves does not reveal what they did."""
    return (
        not looker.sealed
        or looker.id == s.me.id
        or any(tie.practitioner_id == looker.id and is_unsealed(s.me, tie) for tie in s.ties)
    )


# --- Keeping and forgetting ----------------------------------------------------------------------


def is_governance_lead(me: Me) -> bool:
    """A governance lead, of whatever agency or of the authority."""
    return not me.left and any(role == "governance lead" for role, _ in me.roles)


def governs_authority(me: Me) -> bool:
    """The authority's governance lead, who watches over every agency that is not sensitive, and decides
    how long a person is kept once no agency keeps anything about them any longer."""
    return not me.left and holds(me, "governance lead", "authority")


def answers_for(me: Me, agency_id: str, sensitive: bool) -> bool:
    """An agency's governance lead decides how long its notes are kept; so does the authority's, but for
    a sensitive agency's, which nobody else may know of."""
    if me.left:
        return False
    return holds(me, "governance lead", agency_id) or (
        not sensitive and holds(me, "governance lead", "authority")
    )


def may_lift_hold(me: Me, agency_id: str | None) -> bool:
    """A hold is read and lifted by a governance lead of the agency that placed it, and by the authority's
    who work there: to work there is not enough, nor is another agency's governance."""
    if me.left:
        return False
    return holds(me, "governance lead", agency_id) or (
        governs_authority(me) and agency_id == me.agency_id
    )


def may_sign_forgetting(me: Me, asked_by: str, agency_id: str | None, sensitive: bool) -> bool:
    """Two people forget. The second of an agency's notes is another who answers for them, or a
    supervisor or safeguarding lead of that agency; of a person, any other governance lead."""
    if me.left or me.id == asked_by:
        return False
    if agency_id is None:
        return is_governance_lead(me)
    second = any(role in ("supervisor", "safeguarding lead") for role, _ in me.roles)
    return answers_for(me, agency_id, sensitive) or (second and me.agency_id == agency_id)


def may_redact(me: Me, author: Me) -> bool:
    """What becomes of a note that others share is its author's to say; who supervises them says it where
    the author has left."""
    if me.left:
        return False
    return me.id == author.id or (author.left and holds(me, "supervisor", author.team_id))


# --- Staff and devices -------------------------------------------------------------------------


def may_run_agencies(me: Me) -> bool:
    """The authority's administrator keeps agencies, teams and sources in order."""
    return holds(me, "administrator", "authority")


def may_see_sources(me: Me) -> bool:
    """The authority's administrator and its governance lead see what the sources are, and nobody's
    data; a sensitive agency's only its own data steward."""
    return may_run_agencies(me) or holds(me, "governance lead", "authority")


def may_run_agency(me: Me, agency_id: str) -> bool:
    """An administrator, the authority's or this agency's, keeps its staff in order."""
    return may_run_agencies(me) or holds(me, "administrator", agency_id)


def may_hire(me: Me, agency_id: str, team_id: str | None) -> bool:
    """An administrator adds to an agency's staff, a supervisor to their team."""
    return may_run_agency(me, agency_id) or holds(me, "supervisor", team_id)


def may_run_staff(me: Me, other: Me) -> bool:
    """An administrator, or the other's supervisor, grants roles and records leaving."""
    return may_hire(me, other.agency_id, other.team_id)


def may_invite(me: Me, other: Me) -> bool:
    """Whoever runs the other's staff invites them; but whoever invites could pass for them, so who
    holds a role over the whole authority is invited by its administrator."""
    wide = any(scope == "authority" for _, scope in other.roles)
    return may_run_agencies(me) or (may_run_staff(me, other) and not wide)


# What a supervisor may make of somebody in the team; the rest is for the authority's administrator.
GRANTED_BY_SUPERVISORS = ("practitioner", "reporter")


def may_grant(me: Me, other: Me, role: str) -> bool:
    """Nobody gives what opens more than they may decide about, and nobody anything to themselves."""
    return me.id != other.id and (
        may_run_agencies(me) or (may_run_staff(me, other) and role in GRANTED_BY_SUPERVISORS)
    )


def may_approve(me: Me, other: Me) -> bool:
    """An approver of the agency (or of the authority, out of hours), the other's supervisor, or an
    administrator may approve or revoke. Nobody approves themselves."""
    if me.id == other.id or me.left:
        return False
    return may_run_staff(me, other) or is_approver(me, other.agency_id)


def may_let_in(me: Me, other: Me, brought_by: str | None) -> bool:
    """Who gave somebody their roles and invited them (`brought_by`, while nobody has let that passkey in)
    does not let them in too. Else one person could make somebody up, and come in as them."""
    return may_approve(me, other) and me.id != brought_by


def is_approver(me: Me, agency_id: str) -> bool:
    """An approver of this agency or, out of hours, of the whole authority."""
    return not me.left and (holds(me, "approver", agency_id) or holds(me, "approver", "authority"))


def may_settle(me: Me, author: Me, *, held: bool) -> bool:
    """What arrived sealed and waits is its author's to read, send and discard. What came from a device
    that was shut out, or whose author left, is their supervisor's as well."""
    return not me.left and (
        me.id == author.id or (held and holds(me, "supervisor", author.team_id))
    )


def works(me: Me) -> bool:
    """Say whether a practitioner works with families: the other roles see nobody by themselves."""
    return any(role in WORKING for role, _ in me.roles)


def may_search(me: Me) -> bool:
    """Say whether somebody may look for one person: who works with families, and a token for it."""
    return works(me) or (me.is_token and "people:search" in me.scopes)


def may_look_up(s: Standing) -> bool:
    """A token for it may look up, for its purpose, whoever is not closed to it."""
    return (
        s.me.is_token and "people:read" in s.me.scopes and bool(s.identity_id) and not is_closed(s)
    )


def holds(me: Me, role: str, scope_id: str | None) -> bool:
    """Say whether a role is held for exactly this agency, team, source, or "authority"."""
    return scope_id is not None and (role, scope_id) in me.roles


# --- Asking, from inside a transaction ---------------------------------------------------------


def who(tx: Tx, actor: Actor) -> Me:
    """Read the actor as the rules see them, now. Raises NotFound for somebody who has left since
    their request began: for them nothing is here any more."""
    me = stored.token(tx, actor.id) if actor.is_token else stored.me(tx, actor.id)
    if me.left:
        audit.refused(tx, actor, Action.SIGN_IN_REFUSED, reason="left")
        raise NotFound("There is nothing here for you any more.")
    return me


def verdict(tx: Tx, me: Me, person_id: str) -> Verdict:
    """Decide on one person without leaving a trace: for fan-out and for composing answers.

    Gives sight NOTHING for a record that does not exist, and for one from outside which only a sensitive
    service knows: whoever has its id anyhow learns nothing by it.
    """
    standing = stored.standing(tx, me, person_id)
    level, reason = sight(standing) if standing else (Sight.NOTHING, "no such person")
    is_outside = standing is not None and level is Sight.OUTSIDE
    if standing is None or (is_outside and stored.unheard_of(tx, me, standing.identity_id)):
        nobody = Standing(me, "", (), False, False, False, False, frozenset(), False, False)
        return Verdict(Sight.NOTHING, "no such person", nobody)
    return Verdict(level, reason, standing)


def require(tx: Tx, actor: Actor, person_id: str, needed: Sight, action: Action) -> Verdict:
    """Decide on one person; leave the refusal's row and raise where the sight is not enough.

    Raises NotFound where the person must not exist for this actor, NotAllowed otherwise.
    """
    if actor.is_token and action not in OPEN_TO_TOKENS:
        raise refuse(tx, actor, action, "a token", "This is not for another system.")
    given = verdict(tx, who(tx, actor), person_id)
    if given.sight >= needed:
        return given
    identity = given.standing.identity_id
    subjects = [identity] if identity else []
    audit.refused(tx, actor, action, subjects=subjects, reason=given.reason)
    if given.sight is Sight.NOTHING:
        raise NotFound(NO_SUCH_PERSON)
    raise NotAllowed("You are not in this person's circle.")


def require_writing(tx: Tx, actor: Actor, person_id: str, action: Action) -> Verdict:
    """Decide whether an actor may write about one person; the verdict says what they see of them,
    which may be nothing. Raises NotFound where the person must not exist for this actor."""
    if not actor.is_token:
        given = verdict(tx, who(tx, actor), person_id)
        if given.standing.conflicted and may_write(given.standing):
            return given
    return require(tx, actor, person_id, Sight.OUTSIDE, action)


def refuse(tx: Tx, actor: Actor, action: Action, reason: str, sentence: str) -> NotAllowed:
    """Leave a refusal's row and give the error to raise."""
    audit.refused(tx, actor, action, reason=reason)
    return NotAllowed(sentence)


def require_scope(tx: Tx, actor: Actor, scope: str, action: Action) -> Me:
    """Give a token that has this scope, as the rules see it; refuse anybody and anything else."""
    if actor.is_token:
        me = who(tx, actor)
        if scope in me.scopes:
            return me
    raise refuse(tx, actor, action, f"no {scope}", f"This token is not for {scope}.")


def require_confirmed(tx: Tx, actor: Actor, action: Action) -> None:
    """Ask for a passkey confirmation within the last five minutes, for what is dangerous.

    Raises ConfirmFirst. A part of the system (the command line) is not asked.
    """
    if actor.is_system:
        return
    if actor.confirmed_at is None or (
        moment.parse(tx.now) - moment.parse(actor.confirmed_at) > CONFIRMED_FOR
    ):
        audit.refused(tx, actor, action, reason="not confirmed")
        raise ConfirmFirst


def _is_member(tie: Tie) -> bool:
    return bool(tie.active) and tie.asserted_by in ADMITTING and tie.practitioner_id is not None


def _is_known_member(tie: Tie) -> bool:
    return _is_member(tie) and not tie.sensitive


def _supervises(s: Standing, among: Callable[[Tie], bool]) -> bool:
    return any(among(tie) and holds(s.me, "supervisor", tie.team_id) for tie in s.ties)
