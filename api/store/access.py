"""Every access rule as one SQL predicate, for lists, counts and searches.

`api/access.py` states the same rules as functions, for one person at a time; a test holds the two
equal on random worlds. Predicates speak of a person `p` (a row of people), an involvement `i` with
its agency `a`, or a note `n`; the parameters are `:me`, `:my_agency`, `:my_agency_kind`, `:now` and
`:today` (see `params`). What must not be known is excluded here, in the query that finds candidates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from api.store import precedence
from api.store.engine import Tx

OPEN = """(i.valid_from IS NULL OR i.valid_from <= :today)
    AND (i.valid_to IS NULL OR i.valid_to > :today)"""

ADMITS = "i.asserted_by IN ('agency', 'supervisor', 'lead')"


def _role(role: str, scope: str) -> str:
    return f"""EXISTS (SELECT 1 FROM roles r WHERE r.practitioner_id = :me
        AND r.role = '{role}' AND r.ended_at IS NULL AND {scope})"""


def _involved(condition: str) -> str:
    return f"""EXISTS (SELECT 1 FROM live_involvements i
        LEFT JOIN practitioners w ON w.id = i.practitioner_id
        WHERE i.identity_id = p.identity_id AND {OPEN} AND {condition})"""


_ACTIVE = f"i.kind = 'active' AND {ADMITS} AND i.practitioner_id IS NOT NULL"

# An echo (see the migration) is no restriction for who added the record.
_BINDS = "x.ended_at IS NULL AND COALESCE(x.but_for, '') <> :me"

RESTRICTED = f"""EXISTS (SELECT 1 FROM restrictions x JOIN people q ON q.id = x.person_id
    WHERE q.identity_id = p.identity_id AND {_BINDS})"""


def closed_but_for(who: str) -> str:
    """The restrictions of a person `p` that bind whoever it is, but for who added the record."""
    return f"""SELECT 1 FROM restrictions x JOIN people q ON q.id = x.person_id
        WHERE q.identity_id = p.identity_id AND x.ended_at IS NULL
        AND (x.but_for IS NULL OR x.but_for <> COALESCE({who}, ''))"""


# Whom I added, and who is somebody restricted.
ECHOED = """EXISTS (SELECT 1 FROM restrictions x JOIN people q ON q.id = x.person_id
    WHERE q.identity_id = p.identity_id AND x.ended_at IS NULL AND x.but_for = :me)"""

NAMED = """EXISTS (SELECT 1 FROM restrictions x JOIN people q ON q.id = x.person_id
    JOIN restriction_names y ON y.restriction_id = x.id
    WHERE q.identity_id = p.identity_id AND x.ended_at IS NULL AND y.practitioner_id = :me)"""


def _conflicted(who: str) -> str:
    # Whoever knows somebody privately knows them as well where another added them anew, who may not know
    # of them. To who added it that record is somebody new.
    return f"""EXISTS (SELECT 1 FROM conflicts x JOIN people q ON q.id = x.person_id
    WHERE x.practitioner_id = {who} AND x.ended_at IS NULL AND (q.identity_id = p.identity_id
        OR EXISTS (SELECT 1 FROM people u JOIN restrictions v ON v.person_id = u.id
            JOIN people o ON o.id = v.echo_of
            WHERE u.identity_id = p.identity_id AND o.identity_id = q.identity_id
            AND v.ended_at IS NULL AND COALESCE(v.but_for, '') <> {who})))"""


CONFLICTED = _conflicted(":me")

# Of those named on a restriction, or on a protection `y`, who can open it: whoever works with families, and
# does not know the person `p` privately.
OPENS_AGAIN = f"""EXISTS (SELECT 1 FROM roles r WHERE r.practitioner_id = y.practitioner_id
    AND r.ended_at IS NULL AND r.role IN ('practitioner', 'supervisor', 'safeguarding lead'))
    AND NOT {_conflicted("y.practitioner_id")}"""

# Whose record is closed, and nobody who is named on it can read what is written there.
FORSAKEN = f"""(EXISTS (SELECT 1 FROM restrictions x JOIN people q ON q.id = x.person_id
        WHERE q.identity_id = p.identity_id AND x.ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM people q JOIN restrictions x ON x.person_id = q.id
        JOIN restriction_names y ON y.restriction_id = x.id
        WHERE q.identity_id = p.identity_id AND x.ended_at IS NULL AND {OPENS_AGAIN}))"""

# A token is good for nothing once it was revoked or has expired, nor where its agency was closed or is
# sensitive: whoever reads another system's answers must not be told by them whom that service knows.
LEFT = """(EXISTS (SELECT 1 FROM practitioners x WHERE x.id = :me AND x.left_at IS NOT NULL)
    OR EXISTS (SELECT 1 FROM tokens x JOIN agencies y ON y.id = x.agency_id
        WHERE x.id = :me AND (x.revoked_at IS NOT NULL OR x.expires_at <= :now
            OR y.closed_at IS NOT NULL OR y.sensitive = 1)))"""

WORKING = f"""({_role("practitioner", "1 = 1")} OR {_role("supervisor", "1 = 1")}
    OR {_role("safeguarding lead", "1 = 1")})"""

IN_CIRCLE = _involved(f"{_ACTIVE} AND i.practitioner_id = :me")

COVERING = _involved(
    f"""{_ACTIVE} AND i.practitioner_id IN (SELECT c.covered_id FROM covers c
        WHERE c.covering_id = :me AND c.ended_at IS NULL
        AND c.starts_on <= :today AND c.ends_on > :today)"""
)

SUPERVISING = _involved(f"{_ACTIVE} AND {_role('supervisor', 'r.scope_id = w.team_id')}")

SAFEGUARDING = _involved(f"{ADMITS} AND {_role('safeguarding lead', 'r.scope_id = i.agency_id')}")

# The || keeps SQLite from beginning with all whom the agency supports, which may be everybody.
UNIVERSAL = _involved(f"i.kind = 'universal' AND {ADMITS} AND i.agency_id || '' = :my_agency")

ASKED = _involved("i.practitioner_id = :me AND i.asserted_by = 'self'")


def _granted(kind: str) -> str:
    return f"""EXISTS (SELECT 1 FROM grants g JOIN people q ON q.id = g.person_id
        WHERE q.identity_id = p.identity_id AND g.practitioner_id = :me AND g.kind = '{kind}'
        AND g.ended_at IS NULL AND g.until > :now)"""


TAKEN_ON = _granted("taken on")

BROKEN_GLASS = """EXISTS (SELECT 1 FROM glass g JOIN people q ON q.id = g.person_id
    WHERE q.identity_id = p.identity_id AND g.practitioner_id = :me
    AND g.ended_at IS NULL AND g.until > :now)"""

PURPOSE = _granted("purpose")

WROTE = """(EXISTS (SELECT 1 FROM note_subjects b JOIN notes n ON n.id = b.note_id
        WHERE b.identity_id = p.identity_id AND n.author_id = :me)
    OR EXISTS (SELECT 1 FROM people q WHERE q.identity_id = p.identity_id AND q.made_by = :me))"""

# The rules that open, by the sight that they give.
CIRCLE_RULES = {
    "named": NAMED,
    "in the circle": IN_CIRCLE,
    "covering": COVERING,
    "supervising": SUPERVISING,
    "safeguarding": SAFEGUARDING,
    "taken on": TAKEN_ON,
    "broken glass": BROKEN_GLASS,
}
DIRECTORY_RULES = {"universal": UNIVERSAL, "asked to join": ASKED, "purpose": PURPOSE}

# What opens the directory view to the token of another system, and nothing opens more to one.
SYSTEM = "EXISTS (SELECT 1 FROM tokens x WHERE x.id = :me)"

SEARCHING = """EXISTS (SELECT 1 FROM tokens x WHERE x.id = :me
    AND ' ' || x.scopes || ' ' LIKE '% people:search %')"""

OWN_ROWS = _involved(f"{ADMITS} AND i.agency_id || '' = :my_agency")

LOOKED_UP = """EXISTS (SELECT 1 FROM token_looks g JOIN people q ON q.id = g.person_id
    WHERE q.identity_id = p.identity_id AND g.token_id = :me AND g.until > :now)"""

SYSTEM_RULES = {"own rows": OWN_ROWS, "looked up": LOOKED_UP}

# The rules that close, whatever opens.
CLOSED = f"({LEFT} OR {CONFLICTED} OR ({RESTRICTED} AND NOT {NAMED}))"

MAY_KNOW = f"NOT {CLOSED}"
CIRCLE_SIGHT = f"({MAY_KNOW} AND {WORKING} AND ({' OR '.join(CIRCLE_RULES.values())}))"
DIRECTORY_SIGHT = (
    f"({CIRCLE_SIGHT} OR ({MAY_KNOW} AND {WORKING} AND ({' OR '.join(DIRECTORY_RULES.values())})))"
)

# The directory view of a token. It stands apart, so that no list of people is ever one for a token.
SYSTEM_SIGHT = f"({SYSTEM} AND {MAY_KNOW} AND ({' OR '.join(SYSTEM_RULES.values())}))"

# Who may look for one person among those who are not their own.
MAY_SEARCH = f"({WORKING} OR {SEARCHING})"

# Whose children are mine: what Home lists.
MINE = f"({MAY_KNOW} AND {WORKING} AND ({IN_CIRCLE} OR {COVERING} OR {TAKEN_ON}))"


def protected(hides: str) -> str:
    """Whether where `p` is, is protected by a protection `x` that hides it: their own, or that of somebody
    who lives with them, since one address says where both are. Two live together who have one postcode
    now and are related, or have one address. What a sealed service says, or somebody in passing,
    decides on nothing; and a restricted person does not show in what is hidden of others."""
    return f"""(EXISTS (SELECT 1 FROM protections x JOIN people q ON q.id = x.person_id
        WHERE q.identity_id = p.identity_id AND x.ended_at IS NULL AND {hides})
    OR EXISTS (SELECT 1 FROM live_addresses f CROSS JOIN live_addresses g
        JOIN people q ON q.identity_id = g.identity_id
        JOIN protections x ON x.person_id = q.id
        WHERE f.identity_id = p.identity_id AND {hides} AND {_live_together()}))"""


def _live_together() -> str:
    return f"""g.postcode = f.postcode AND g.identity_id <> f.identity_id
        AND {_is_home("f")} AND {_is_home("g")}
        AND x.ended_at IS NULL AND {_said_openly("f")} AND {_said_openly("g")}
        AND x.id IN (SELECT x.id WHERE f.lines = g.lines OR {_related("f", "g")}
            OR {_related("g", "f")})
        AND NOT EXISTS (SELECT 1 FROM restrictions v JOIN people u ON u.id = v.person_id
            WHERE u.identity_id = g.identity_id AND v.ended_at IS NULL)"""


def _is_home(f: str) -> str:
    return f"""{f}.kind <> 'other' AND {f}.postcode <> '' AND {f}.valid_to IS NULL
        AND {f}.in_passing = 0"""


def _related(f: str, g: str) -> str:
    return f"""EXISTS (SELECT 1 FROM live_relationships h JOIN people o ON o.id = h.other_id
        WHERE h.identity_id = {f}.identity_id AND o.identity_id = {g}.identity_id
        AND h.in_passing = 0 AND {_said_openly("h")})"""


def _said_openly(f: str) -> str:
    # That it speaks of x keeps SQLite from asking this of every neighbour before there is a protection.
    return f"""NOT EXISTS (SELECT 1 FROM agencies c WHERE c.sensitive = 1 AND x.ended_at IS NULL
        AND (c.id = (SELECT s.agency_id FROM sources s WHERE s.id = {f}.source_id)
            OR c.id = (SELECT v.agency_id FROM practitioners v WHERE v.id = {f}.recorded_by)))"""


# Protected location: hidden from all but those named on the protection.
LOCATION_HIDDEN = protected(
    """NOT EXISTS (SELECT 1 FROM protection_names y
        WHERE y.protection_id = x.id AND y.practitioner_id = :me)"""
)
# Of whatever leaves the building: a device may come into other hands than of those named.
PLACE_PROTECTED = protected("1 = 1")

# The same as a list, from the protections on, that a query over many people makes once. By their records,
# so that SQLite does not walk through every address.
PROTECTED_PLACES = f"""SELECT (SELECT z.identity_id FROM people z WHERE z.id = x.person_id)
        FROM protections x WHERE x.ended_at IS NULL
    UNION SELECT f.identity_id FROM protections x CROSS JOIN people z CROSS JOIN people q
        CROSS JOIN live_addresses g CROSS JOIN live_addresses f
        WHERE z.id = x.person_id AND q.identity_id = z.identity_id
        AND g.person_id = q.id AND {_live_together()}"""

# An involvement with a sensitive agency is sealed: nobody else may know of it. `w` is its worker.
UNSEALED = f"""(a.sensitive = 0 OR i.practitioner_id = :me
    OR {_role("supervisor", "r.scope_id = w.team_id")}
    OR {_role("governance lead", "r.scope_id = i.agency_id")})"""


# Whoever supports a person again later has not revealed that: an involvement `i` had begun by then. One
# that began on the very day is known by when it was written, because days are London's.
BEGUN_BY_THEN = """(i.valid_from IS NULL OR i.valid_from <= SUBSTR(v.made_at, 1, 10)
    OR i.recorded_at <= v.made_at)"""


def _revealed(further: str = "") -> str:
    return f"""EXISTS (SELECT 1 FROM reveals v JOIN people q ON q.id = v.person_id
        JOIN people p ON p.id = i.identity_id
        WHERE q.identity_id = i.identity_id AND v.practitioner_id = i.practitioner_id
        AND v.ended_at IS NULL AND (v.to_id IS NULL OR v.to_id = :me) AND {BEGUN_BY_THEN}
        {further})"""


# Unless its worker reveals it, to the circle or to one in it, for as long as it is open. Break-glass opens
# nothing that is sealed.
_WITHOUT_GLASS = " OR ".join(sql for name, sql in CIRCLE_RULES.items() if name != "broken glass")
INVOLVEMENT_SHOWN = f"""({UNSEALED} OR ({_ACTIVE} AND {OPEN}
    AND {_revealed(f"AND {MAY_KNOW} AND {WORKING} AND ({_WITHOUT_GLASS})")}))"""

# That a worker `w` revealed themselves, and what a review of theirs found, is seen by their supervisor and
# their own governance lead.
REVEAL_OVERSEEN = f"""({_role("supervisor", "r.scope_id = w.team_id")}
    OR {_role("governance lead", "r.scope_id = w.agency_id")})"""

# What somebody whose agency `a` is sensitive did (a mark, a reply, something shared) is shown to that agency only.
AGENCY_SHOWN = "(a.sensitive = 0 OR a.id = :my_agency)"

# Who wrote a note through the relay is shown to their own agency only, whatever agency that is.
AUTHOR_SHOWN = "(n.voice <> 'relay' OR n.author_id = :me OR n.agency_id = :my_agency)"


def fact_shown(f: str) -> str:
    """What a sensitive agency (its feed, or one of its people by hand) says of a person is sealed
    like its involvement. `f` is the alias of a row of one of the live views."""
    return f"""NOT EXISTS (SELECT 1 FROM agencies a WHERE a.sensitive = 1
    AND (a.id = (SELECT s.agency_id FROM sources s WHERE s.id = {f}.source_id)
        OR a.id = (SELECT v.agency_id FROM practitioners v WHERE v.id = {f}.recorded_by))
    AND COALESCE({f}.recorded_by, '') <> :me
    AND NOT {_role("governance lead", "r.scope_id = a.id")}
    AND NOT EXISTS (SELECT 1 FROM live_involvements i
        LEFT JOIN practitioners w ON w.id = i.practitioner_id
        WHERE i.identity_id = {f}.identity_id AND i.agency_id || '' = a.id AND {OPEN}
        AND {UNSEALED}))"""


FACT_SHOWN = fact_shown("f")


def of_age(f: str) -> str:
    """The source of a fact covers people of this age; whose age is not known, it covers. `f` is the
    alias of a row of one of the live views."""
    born = f"""(SELECT z.born_on FROM live_particulars z WHERE z.identity_id = {f}.identity_id
        AND z.born_on IS NOT NULL AND {fact_shown("z")} ORDER BY {precedence.order("z")} LIMIT 1)"""
    return f"""NOT EXISTS (SELECT 1 FROM sources s WHERE s.id = {f}.source_id
        AND ((s.ages_from IS NOT NULL AND {born} > {_birthday("s.ages_from")})
            OR (s.ages_to IS NOT NULL AND {born} <= {_birthday("s.ages_to")})))"""


def _birthday(age: str) -> str:
    """The day on which somebody was born who is of this age since today."""
    today = "CAST(:today AS TEXT)"
    return f"(CAST(SUBSTR({today}, 1, 4) AS INTEGER) - {age}) || SUBSTR({today}, 5)"


# A service that only says that it is there is not shown beyond the ages that its source covers. Whoever
# is in the circle is shown whatever a source covers: nobody sees a person unseen.
SERVICE_OF_AGE = f"(({_ACTIVE}) OR {of_age('i')})"

# What a service says of somebody beside who supports them: a detail `d` of a person `p`, for the kinds
# of agency that the authority opened it to, and nowhere near a sensitive agency or a hidden place.
DETAIL_SHOWN = f"""(EXISTS (SELECT 1 FROM detail_kind_agencies o WHERE o.detail_kind = d.kind
        AND o.agency_kind = :my_agency_kind
        AND ({CIRCLE_SIGHT} OR (o.sight = 'directory' AND {DIRECTORY_SIGHT})))
    AND NOT EXISTS (SELECT 1 FROM agencies a WHERE a.sensitive = 1 AND (a.id = d.agency_id
        OR a.id = (SELECT s.agency_id FROM sources s WHERE s.id = d.source_id)
        OR a.id = (SELECT v.agency_id FROM practitioners v WHERE v.id = d.recorded_by)))
    AND NOT {LOCATION_HIDDEN} AND {of_age("d")})"""

NOTE_SHOWN = """(n.hidden IS NULL AND (n.author_id = :me OR (
    (n.voice IN ('named', 'relay') OR n.agency_id = :my_agency)
    AND (NOT EXISTS (SELECT 1 FROM note_audience x WHERE x.note_id = n.id)
        OR EXISTS (SELECT 1 FROM note_audience x
            WHERE x.note_id = n.id AND x.agency_kind = :my_agency_kind))
    AND NOT EXISTS (SELECT 1 FROM note_categories c WHERE c.note_id = n.id
        AND EXISTS (SELECT 1 FROM category_kinds k WHERE k.category = c.category)
        AND NOT EXISTS (SELECT 1 FROM category_kinds k
            WHERE k.category = c.category AND k.agency_kind = :my_agency_kind)))))"""

# The people who are closed to me, as a list that a query makes once.
# Each identity is looked up from its restriction: a join would let SQLite walk through everybody.
_THEIR_IDENTITY = "(SELECT z.identity_id FROM people z WHERE z.id = x.person_id)"


def _closed_to_me(binds: str) -> str:
    return f"""SELECT {_THEIR_IDENTITY} FROM restrictions x
        WHERE {binds} AND NOT EXISTS (
            SELECT 1 FROM restriction_names y JOIN restrictions v ON v.id = y.restriction_id
            JOIN people u ON u.id = v.person_id
            WHERE y.practitioner_id = :me AND v.ended_at IS NULL
            AND u.identity_id = {_THEIR_IDENTITY})
    UNION SELECT {_THEIR_IDENTITY} FROM conflicts x
        WHERE x.practitioner_id = :me AND x.ended_at IS NULL
    UNION SELECT u.identity_id FROM conflicts x CROSS JOIN people z CROSS JOIN people o
        CROSS JOIN restrictions v CROSS JOIN people u
        WHERE x.practitioner_id = :me AND x.ended_at IS NULL AND z.id = x.person_id
        AND o.identity_id = z.identity_id AND v.echo_of = o.id AND v.ended_at IS NULL
        AND COALESCE(v.but_for, '') <> :me AND u.id = v.person_id"""


_CLOSED_TO_ME = _closed_to_me(_BINDS)


# Break-glass: another team reviews it. `g` is the row, `a` the agency where it was done, `p` the person.
_GOVERNS = f"""((a.sensitive = 0 AND {_role("governance lead", "r.scope = 'authority'")})
    OR (a.sensitive = 1 AND {_role("governance lead", "r.scope_id = g.agency_id")}))"""
# The teams of who opened it, then and now, and of the lead then: neither their supervisors review it, nor
# who is in them and supervises another.
_TEAMS_NEAR = """(SELECT x.team_id FROM glass_teams x WHERE x.glass_id = g.id
    UNION SELECT v.team_id FROM practitioners v WHERE v.id = g.practitioner_id)"""
_NEAR = f"r.scope_id IN {_TEAMS_NEAR}"
_IS_NEAR = f"""EXISTS (SELECT 1 FROM practitioners v
    WHERE v.id = :me AND v.team_id IN {_TEAMS_NEAR})"""
_OWN = "r.scope_id IN (SELECT t.id FROM teams t WHERE t.agency_id = g.agency_id)"
_OF_ANOTHER_TEAM = f"""({_role("supervisor", "1 = 1")} AND NOT {_role("supervisor", _NEAR)} AND NOT {_IS_NEAR}
    AND (a.sensitive = 0 OR {_role("supervisor", _OWN)}))"""
REVIEWS_GLASS = f"""(g.practitioner_id <> :me AND NOT {LEFT} AND NOT {CONFLICTED}
    AND ({_GOVERNS} OR ({_OF_ANOTHER_TEAM} AND {MAY_KNOW})))"""


# A note on the wrong person: who deals with it. `n` is the note, `w` its author, `a` their agency.
def _about(closed: str) -> str:
    return f"""EXISTS (SELECT 1 FROM note_subjects b JOIN people p ON p.id = b.person_id
        WHERE b.note_id = n.id AND {closed})"""


HANDLES_BREACH = f"""(n.author_id <> :me AND NOT {LEFT} AND NOT {_about(CONFLICTED)}
    AND ({_role("governance lead", "r.scope_id = w.agency_id")}
        OR (a.sensitive = 0 AND {_role("governance lead", "r.scope = 'authority'")})
        OR ({_role("supervisor", "r.scope_id = w.team_id")}
            AND NOT {_about(f"{RESTRICTED} AND NOT {NAMED}")})))"""


def not_closed(record: str) -> str:
    """What MAY_KNOW says of a record, for whoever has not left, without looking at each person: for
    queries that go through many. `record` is what gives the record's id."""
    return f"""{record} NOT IN (SELECT z.id FROM people z
        WHERE z.identity_id IN ({_CLOSED_TO_ME}))"""


# A note about several people is closed to whoever one of them is closed to, its author aside. What others
# write on an echo is closed to who added it as well: they are those named on whom it echoes.
NOTE_OPEN = f"""(n.author_id = :me OR NOT EXISTS (SELECT 1 FROM note_subjects o
    WHERE o.note_id = n.id AND o.identity_id IN ({_closed_to_me("x.ended_at IS NULL")})))"""

# A request `k` for the record of a person `p` is watched by a governance lead: of the authority, or of
# the agency that took it. By that role alone nobody is closed off and nobody's words are open.
REQUEST_HANDLED = f"""({MAY_KNOW} AND ({_role("governance lead", "r.scope = 'authority'")}
    OR {_role("governance lead", "r.scope_id = k.agency_id")}))"""

# An item `t` of such a request is decided by the agency that controls it: the supervisor of who wrote it,
# or its safeguarding lead; where nobody supervises who wrote it, any supervisor there. A note about
# several is closed to whoever one of them is closed to.
_SUPERVISED = """EXISTS (SELECT 1 FROM practitioners v JOIN roles z ON z.scope_id = v.team_id
    JOIN practitioners u ON u.id = z.practitioner_id
    WHERE v.id = t.author_id AND v.agency_id = t.agency_id AND z.role = 'supervisor'
    AND z.ended_at IS NULL AND u.left_at IS NULL)"""
ITEM_REVIEWED = f"""({MAY_KNOW} AND t.agency_id = :my_agency
    AND ({_role("safeguarding lead", "r.scope_id = t.agency_id")}
        OR {_role("supervisor", "r.scope_id = (SELECT v.team_id FROM practitioners v WHERE v.id = t.author_id AND v.agency_id = t.agency_id)")}
        OR ({_role("supervisor", "1 = 1")} AND NOT {_SUPERVISED}))
    AND NOT EXISTS (SELECT 1 FROM note_subjects o
        WHERE o.note_id = t.note_id AND o.identity_id IN ({_CLOSED_TO_ME})))"""

# The governance lead of a sensitive agency watches over its own part, and over nothing else by it.
PART_WATCHED = f"""({MAY_KNOW} AND {_role("governance lead", "r.scope_id = g.part")})"""

# Who stands for a sensitive agency: its own people and systems, and whoever holds or held a role over it,
# over a team of it or a source.
_STANDS_FOR = """SELECT x.id AS looker, y.id AS agency_id FROM agencies y
        JOIN practitioners x ON x.agency_id = y.id WHERE y.sensitive = 1
    UNION SELECT x.id, y.id FROM agencies y JOIN tokens x ON x.agency_id = y.id WHERE y.sensitive = 1
    UNION SELECT x.practitioner_id, y.id FROM agencies y
        JOIN roles x ON x.scope_id = y.id WHERE y.sensitive = 1
    UNION SELECT x.practitioner_id, y.id FROM agencies y JOIN teams u ON u.agency_id = y.id
        JOIN roles x ON x.scope_id = u.id WHERE y.sensitive = 1
    UNION SELECT x.practitioner_id, y.id FROM agencies y JOIN sources u ON u.agency_id = y.id
        JOIN roles x ON x.scope_id = u.id WHERE y.sensitive = 1"""

SEALED_LOOKERS = f"SELECT z.looker FROM ({_STANDS_FOR}) z"


def watched(looker: str, agency: str) -> str:
    """Whom a governance lead watches over. `looker` and `agency` are columns: who left a row, and the
    agency that they acted for."""
    governed = _role("governance lead", "r.scope_id = z.agency_id")
    return f"""(NOT {LEFT} AND {agency} IS NOT NULL
    AND {looker} NOT IN (SELECT z.looker FROM ({_STANDS_FOR}) z WHERE NOT {governed})
    AND ({_role("governance lead", "r.scope_id = 'authority'")}
        OR {agency} IN (SELECT r.scope_id FROM roles r WHERE r.practitioner_id = :me
            AND r.role = 'governance lead' AND r.ended_at IS NULL)
        OR {looker} IN (SELECT z.looker FROM ({_STANDS_FOR}) z WHERE {governed})))"""


def look_shown(looker: str, identity: str) -> str:
    """A look by who stands for a sensitive agency is shown to their own service; whoever reveals that
    they support somebody does not reveal what they did."""
    return f"""({looker} NOT IN ({SEALED_LOOKERS}) OR {looker} = :me
    OR EXISTS (SELECT 1 FROM live_involvements i JOIN agencies a ON a.id = i.agency_id
        LEFT JOIN practitioners w ON w.id = i.practitioner_id
        WHERE i.identity_id = {identity} AND i.practitioner_id = {looker} AND {OPEN}
        AND {UNSEALED}))"""


def over_closed(who: str) -> str:
    """Something was written (a note `n`) about somebody whose record is closed, and nobody who is named on it
    can read it: the authority's governance lead hears that much, and opens it. `who` is such a lead."""
    return f"""(n.hidden IS NULL AND n.voice <> 'own service'
    AND NOT EXISTS (SELECT 1 FROM note_subjects b JOIN people p ON p.id = b.person_id
        WHERE b.note_id = n.id AND ({_conflicted(who)} OR NOT {FORSAKEN})))"""


OVER_CLOSED = f"""({_role("governance lead", "r.scope = 'authority'")} AND {over_closed(":me")} AND NOT {LEFT})"""

# The records of who is closed to me.
CLOSED_RECORDS = f"SELECT z.id FROM people z WHERE z.identity_id IN ({_CLOSED_TO_ME})"

# Rows that show somebody's own people, or all that is new to them: each of those is there for themselves.
_OF_MANY = (
    "('home:looked', 'inbox:looked', 'caseload:handed-out', 'unsent:looked', 'events:looked')"
)

# Lists of one's own work: each is opened whoever is in it, and its row says whom of them it showed.
_LISTS = """('corrections:looked list', 'note:looked my own', 'note:looked shared', 'retention:looked due',
    'glass:looked list', 'audit:looked questions', 'audit:looked purposes', 'reveals:looked ', 'relay:looked ')"""

# What says of itself that a record was closed: it goes on doing so when that person has been erased.
_SAYS_CLOSED = """e.action = 'person:restricted' OR e.reason = 'restricted' OR e.reason = 'named'
    OR e.reason LIKE '%, named'"""

# A row `e` of the trail is nowhere, for me, where it is about somebody who is closed to me. Whose page it
# was stands in `object`; who else was named on that page does not decide.
EVENT_OPEN = f"""(e.action IN {_OF_MANY} OR e.action || ' ' || e.reason IN {_LISTS}
    OR NOT EXISTS (SELECT 1 FROM audit_subjects o
        WHERE o.event_id = e.id AND o.person_id IN ({CLOSED_RECORDS})
        AND (o.person_id = e.object OR NOT EXISTS (SELECT 1 FROM audit_subjects m
            WHERE m.event_id = e.id AND m.person_id = e.object)))
    OR (e.action || ' ' || e.reason = 'details:looked list' AND EXISTS (SELECT 1 FROM audit_subjects o
        WHERE o.event_id = e.id AND o.person_id NOT IN ({CLOSED_RECORDS}))))
    AND NOT (({_SAYS_CLOSED}) AND EXISTS (SELECT 1 FROM audit_subjects o WHERE o.event_id = e.id
        AND NOT EXISTS (SELECT 1 FROM people z WHERE z.id = o.person_id)))"""

# What stands in the place of whatever says where somebody is, where that is hidden from the reader.
HIDDEN_PLACE = "Not shown: location protected"


@dataclass(frozen=True)
class Me:
    """A practitioner as the rules see one, in this transaction; or the token of another system, which
    has no team, no roles and no covers, and `scopes` in their place.

    `roles` are pairs of a role and the id of its scope, or "authority" for one without bounds; `sealed`
    whether their agency is a sensitive one.
    """

    id: str
    agency_id: str
    agency_kind: str
    team_id: str | None
    left: bool
    roles: frozenset[tuple[str, str]]
    covers: frozenset[str]
    sealed: bool = False
    is_token: bool = False
    scopes: frozenset[str] = frozenset()


class Tie(NamedTuple):
    """An open involvement as the rules see one."""

    practitioner_id: str | None
    team_id: str | None
    agency_id: str
    sensitive: int
    active: int
    lead: int
    asserted_by: str
    # its worker shows it to this practitioner, or to the circle
    revealed: int = 0


@dataclass(frozen=True)
class Standing:
    """All that the rules look at: one practitioner, one person, one moment."""

    me: Me
    identity_id: str
    ties: tuple[Tie, ...]
    restricted: bool
    named: bool
    conflicted: bool
    location_hidden: bool
    grants: frozenset[str]
    wrote: bool
    made_record: bool
    echoed: bool = False


# Nobody at all: for what must be the same whoever asks. The id is nobody's, and not empty: "" stands for
# facts that nobody recorded by hand.
NOBODY = Me("nobody", "nobody", "nobody", None, False, frozenset(), frozenset())


def params(me: Me, tx: Tx) -> Mapping[str, str]:
    """Give the parameters that the predicates of this module speak of."""
    return {
        "me": me.id,
        "my_agency": me.agency_id,
        "my_agency_kind": me.agency_kind,
        "now": tx.now,
        "today": tx.today,
    }


def me(tx: Tx, practitioner_id: str) -> Me:
    """Read a practitioner's roles and covers. Raises LookupError if there is no such one."""
    rows = tx.query(
        """SELECT w.agency_id, w.team_id, w.left_at, a.kind, a.sensitive, r.role,
            CASE WHEN r.scope = 'authority' THEN 'authority' ELSE r.scope_id END AS scope_id
        FROM practitioners w JOIN agencies a ON a.id = w.agency_id
        LEFT JOIN roles r ON r.practitioner_id = w.id AND r.ended_at IS NULL WHERE w.id = :id""",
        id=practitioner_id,
    )
    if not rows:
        raise LookupError(practitioner_id)
    row = rows[0]
    covers = tx.query(
        """SELECT covered_id FROM covers WHERE covering_id = :id AND ended_at IS NULL
        AND starts_on <= :today AND ends_on > :today""",
        id=practitioner_id,
        today=tx.today,
    )
    return Me(
        id=practitioner_id,
        agency_id=row["agency_id"],
        agency_kind=row["kind"],
        team_id=row["team_id"],
        left=row["left_at"] is not None,
        roles=frozenset((r["role"], r["scope_id"]) for r in rows if r["role"]),
        covers=frozenset(c["covered_id"] for c in covers),
        sealed=bool(row["sensitive"]),
    )


def token(tx: Tx, token_id: str) -> Me:
    """Read a token as the rules see one. Raises LookupError if there is no such one."""
    row = tx.one(
        f"""SELECT x.agency_id, a.kind, x.scopes, {_flag("is_over", LEFT)}
        FROM tokens x JOIN agencies a ON a.id = x.agency_id WHERE x.id = :me""",
        me=token_id,
        now=tx.now,
    )
    if row is None:
        raise LookupError(token_id)
    return Me(
        id=token_id,
        agency_id=row["agency_id"],
        agency_kind=row["kind"],
        team_id=None,
        left=bool(row["is_over"]),
        roles=frozenset(),
        covers=frozenset(),
        is_token=True,
        scopes=frozenset(row["scopes"].split()),
    )


def standing(tx: Tx, who: Me, person_id: str) -> Standing | None:
    """Read all that the rules look at for one person, or None if there is no such record."""
    flags = tx.one(
        f"""SELECT p.identity_id, p.made_by, {_flag("restricted", RESTRICTED)},
            {_flag("named", NAMED)}, {_flag("conflicted", CONFLICTED)},
            {_flag("location_hidden", LOCATION_HIDDEN)}, {_flag("taken_on", TAKEN_ON)},
            {_flag("purpose", PURPOSE)}, {_flag("broken_glass", BROKEN_GLASS)},
            {_flag("wrote", WROTE)}, {_flag("echoed", ECHOED)},
            {_flag("looked_up", LOOKED_UP) if who.is_token else "0 AS looked_up"}
        FROM people p WHERE p.id = :person""",
        person=person_id,
        **params(who, tx),
    )
    if flags is None:
        return None
    ties = tx.rows(
        Tie._make,
        f"""SELECT i.practitioner_id, w.team_id, i.agency_id, a.sensitive,
            CASE WHEN i.kind = 'active' THEN 1 ELSE 0 END AS active, i.lead, i.asserted_by,
            {_flag("revealed", f"a.sensitive = 1 AND {_revealed()}")}
        FROM live_involvements i JOIN agencies a ON a.id = i.agency_id
        LEFT JOIN practitioners w ON w.id = i.practitioner_id
        WHERE i.identity_id = :identity AND {OPEN}""",
        identity=flags["identity_id"],
        me=who.id,
        today=tx.today,
    )
    given = ("taken on", "broken glass", "purpose", "looked up")
    grants = {name: flags[name.replace(" ", "_")] for name in given}
    return Standing(
        me=who,
        identity_id=flags["identity_id"],
        ties=tuple(ties),
        restricted=bool(flags["restricted"]),
        named=bool(flags["named"]),
        conflicted=bool(flags["conflicted"]),
        location_hidden=bool(flags["location_hidden"]),
        grants=frozenset(kind for kind, held in grants.items() if held),
        wrote=bool(flags["wrote"]),
        made_record=flags["made_by"] == who.id,
        echoed=bool(flags["echoed"]),
    )


# A record that only sensitive services speak of: one of them made it, and nothing that others say, or that it
# told others itself, stands on it.
_UNHEARD_OF = f"""NOT EXISTS (SELECT 1 FROM people q JOIN sources s ON s.id = q.source_id
        LEFT JOIN practitioners v ON v.id = q.made_by
        LEFT JOIN agencies a ON a.id = COALESCE(v.agency_id, s.agency_id)
        WHERE q.identity_id = :identity AND (COALESCE(a.sensitive, 0) = 0 OR a.id = :my_agency))
    AND NOT EXISTS (SELECT 1 FROM live_names f WHERE f.identity_id = :identity AND {FACT_SHOWN})
    AND NOT EXISTS (SELECT 1 FROM live_involvements i JOIN agencies a ON a.id = i.agency_id
        WHERE i.identity_id = :identity AND {AGENCY_SHOWN})
    AND NOT EXISTS (SELECT 1 FROM people q JOIN note_subjects b ON b.person_id = q.id
        JOIN notes n ON n.id = b.note_id JOIN agencies a ON a.id = n.agency_id
        WHERE q.identity_id = :identity AND (n.voice <> 'own service' OR {AGENCY_SHOWN}))"""


def unheard_of(tx: Tx, who: Me, identity_id: str) -> bool:
    """Say whether only sensitive services that are not theirs know of a person: to them there is nobody."""
    found = tx.query(f"SELECT 1 WHERE {_UNHEARD_OF}", identity=identity_id, **params(who, tx))
    return bool(found)


class Seen(NamedTuple):
    """How much of one of several people is seen: the circle's sight, the directory view, and whether it
    is hidden where they are."""

    circle: int
    directory: int
    location_hidden: int


def seen(tx: Tx, who: Me, identities: Sequence[str]) -> dict[str, Seen]:
    """Decide on several people who may be known, each on their own, in one query."""
    rows = tx.rows(
        lambda row: (row[0], Seen(*row[1:])),
        f"""SELECT p.id, {_flag("circle", CIRCLE_SIGHT)}, {_flag("directory", DIRECTORY_SIGHT)},
            {_flag("location_hidden", LOCATION_HIDDEN)} FROM people p WHERE p.id IN (:ids)""",
        ids=identities,
        **params(who, tx),
    )
    return dict(rows)


def _flag(name: str, predicate: str) -> str:
    return f"CASE WHEN {predicate} THEN 1 ELSE 0 END AS {name}"
