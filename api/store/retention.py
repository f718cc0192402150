"""How long what is kept about somebody is kept: the authority's rules, what they look at, and holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from api.moment import new_id
from api.store import access
from api.store.engine import Reads, Row, Tx

# A death holds by itself, until somebody lifts that.
_DIED = """(EXISTS (SELECT 1 FROM live_particulars d
        WHERE d.identity_id = p.identity_id AND d.died_on IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM holds h JOIN people q ON q.id = h.person_id
        WHERE q.identity_id = p.identity_id AND h.kind = 'died' AND h.lifted_at IS NOT NULL))"""

HELD = f"""({_DIED} OR EXISTS (SELECT 1 FROM holds h JOIN people q ON q.id = h.person_id
    WHERE q.identity_id = p.identity_id AND h.lifted_at IS NULL))"""


@dataclass(frozen=True)
class Rule:
    """From which day, how many years. `kinds` of agency: none for one that holds where no other does."""

    code: str
    label: str
    kinds: frozenset[str]
    plan_kind: str | None
    category: str | None
    counts_from: str
    years: int


@dataclass
class Kept:
    """What an agency keeps about somebody, as the rules look at it. Days are ISO text.

    `last_on`: when the agency last had to do with them; `closed_on`: when its last involvement ended,
    None while one is open or where there was none.
    """

    agency_id: str
    identity_id: str
    notes: int = 0
    is_open: bool = False
    last_on: str = ""
    closed_on: str | None = None
    born_on: str | None = None
    died_on: str | None = None
    plans: set[str] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Hold:
    """A legal hold on somebody, which stands."""

    id: str
    kind: str
    agency_id: str | None
    agency: str | None
    words_id: str | None
    by: str
    made_at: str


def rules(db: Reads) -> list[Rule]:
    """Give the authority's rules in their order."""
    kinds: dict[str, set[str]] = {}
    for row in db.query("SELECT rule, agency_kind FROM retention_rule_kinds"):
        kinds.setdefault(row["rule"], set()).add(row["agency_kind"])
    return [
        Rule(kinds=frozenset(kinds.get(row["code"], ())), **row)
        for row in db.query(
            """SELECT code, label, plan_kind, category, counts_from, years FROM retention_rules
            ORDER BY position"""
        )
    ]


def set_years(tx: Tx, code: str, years: int) -> None:
    """Say anew how many years a rule keeps."""
    tx.change(
        "UPDATE retention_rules SET years = :years WHERE code = :code", years=years, code=code
    )


def kept(tx: Tx, *, agency_id: str | None = None, identity_id: str | None = None) -> list[Kept]:
    """Give what agencies keep: one agency's or every one's, about one person or everybody."""
    found: dict[tuple[str, str], Kept] = {}
    asked = {"agency": agency_id, "identity": identity_id}
    for row in tx.query(
        """SELECT n.agency_id, b.identity_id, COUNT(DISTINCT n.id) AS notes,
            SUBSTR(MAX(n.made_at), 1, 10) AS last_on
        FROM note_subjects b JOIN notes n ON n.id = b.note_id
        WHERE COALESCE(n.hidden, '') NOT IN ('undone', 'erased')
        AND n.agency_id = COALESCE(:agency, n.agency_id)
        AND b.identity_id = COALESCE(:identity, b.identity_id)
        GROUP BY n.agency_id, b.identity_id""",
        **asked,
    ):
        one = _of(found, row)
        one.notes, one.last_on = row["notes"], row["last_on"]
    for row in tx.query(
        """SELECT i.agency_id, p.identity_id,
            MAX(CASE WHEN i.replaced_by IS NULL AND i.withdrawn_at IS NULL
                AND (i.until_load IS NULL OR i.until_load > s.current_load)
                AND (i.valid_to IS NULL OR i.valid_to > :today) THEN 1 ELSE 0 END) AS is_open,
            MAX(COALESCE(i.last_contact_on, SUBSTR(i.recorded_at, 1, 10))) AS last_on,
            MAX(COALESCE(i.valid_to, SUBSTR(i.withdrawn_at, 1, 10), i.last_contact_on,
                SUBSTR(i.recorded_at, 1, 10))) AS closed_on
        FROM involvements i JOIN people p ON p.id = i.person_id
        JOIN sources s ON s.id = i.source_id AND i.since_load <= s.current_load
        WHERE i.agency_id = COALESCE(:agency, i.agency_id)
        AND p.identity_id = COALESCE(:identity, p.identity_id)
        GROUP BY i.agency_id, p.identity_id""",
        today=tx.today,
        **asked,
    ):
        one = _of(found, row)
        one.is_open = bool(row["is_open"])
        one.last_on = max(one.last_on, row["last_on"])
        one.closed_on = None if one.is_open else row["closed_on"]
    _add_what_rules_ask(tx, found, identity_id)
    return list(found.values())


def _of(found: dict[tuple[str, str], Kept], row: Row) -> Kept:
    key = (row["agency_id"], row["identity_id"])
    return found.setdefault(key, Kept(*key))


def _add_what_rules_ask(
    tx: Tx, found: dict[tuple[str, str], Kept], identity_id: str | None
) -> None:
    by_person: dict[str, list[Kept]] = {}
    for one in found.values():
        by_person.setdefault(one.identity_id, []).append(one)
    for row in tx.query(
        """SELECT identity_id, MAX(COALESCE(born_on, expected_on)) AS born_on,
            MAX(died_on) AS died_on FROM live_particulars
        WHERE identity_id = COALESCE(:identity, identity_id) GROUP BY identity_id""",
        identity=identity_id,
    ):
        for one in by_person.get(row["identity_id"], ()):
            one.born_on, one.died_on = row["born_on"], row["died_on"]
    for row in tx.query(
        """SELECT DISTINCT p.identity_id, f.kind FROM plans f JOIN people p ON p.id = f.person_id
        WHERE p.identity_id = COALESCE(:identity, p.identity_id)""",
        identity=identity_id,
    ):
        for one in by_person.get(row["identity_id"], ()):
            one.plans.add(row["kind"])
    for row in tx.query(
        """SELECT DISTINCT n.agency_id, b.identity_id, c.category
        FROM note_categories c JOIN notes n ON n.id = c.note_id
        JOIN note_subjects b ON b.note_id = n.id
        WHERE b.identity_id = COALESCE(:identity, b.identity_id)""",
        identity=identity_id,
    ):
        if here := found.get((row["agency_id"], row["identity_id"])):
            here.categories.add(row["category"])


def of_nobody(tx: Tx, identity_id: str | None = None) -> list[Kept]:
    """Give the people about whom no agency keeps anything, with the day on which something was said of
    them last; but not whom a feed still names, and nobody whose family is kept."""
    has_kept = """(EXISTS (SELECT 1 FROM note_subjects b JOIN notes n ON n.id = b.note_id
            WHERE b.identity_id = {0} AND COALESCE(n.hidden, '') NOT IN ('undone', 'erased'))
        OR EXISTS (SELECT 1 FROM involvements i JOIN people q ON q.id = i.person_id
            WHERE q.identity_id = {0}))"""
    rows = tx.query(
        f"""SELECT p.identity_id, SUBSTR(MAX(f.recorded_at), 1, 10) AS last_on
        FROM people p JOIN names f ON f.person_id = p.id
        WHERE p.identity_id = COALESCE(:identity, p.identity_id)
        AND NOT {has_kept.format("p.identity_id")}
        AND NOT EXISTS (SELECT 1 FROM live_names l JOIN sources s ON s.id = l.source_id
            WHERE l.identity_id = p.identity_id AND s.kind = 'feed')
        AND NOT EXISTS (SELECT 1 FROM live_relationships r JOIN people o ON o.id = r.other_id
            WHERE (r.identity_id = p.identity_id AND {has_kept.format("o.identity_id")})
            OR (o.identity_id = p.identity_id AND {has_kept.format("r.identity_id")}))
        GROUP BY p.identity_id""",
        identity=identity_id,
    )
    return [Kept("", row["identity_id"], last_on=row["last_on"]) for row in rows]


def agencies(db: Reads) -> dict[str, Row]:
    """Give every agency: name, kind, sensitive, by its id."""
    rows = db.query("SELECT id, name, kind, sensitive FROM agencies")
    return {row["id"]: row for row in rows}


def open_to(tx: Tx, me: access.Me, identities: Sequence[str]) -> set[str]:
    """Give those of these people who are not closed to `me`."""
    rows = tx.query(
        f"SELECT p.id FROM people p WHERE p.id IN (:ids) AND {access.MAY_KNOW}",
        ids=identities,
        **access.params(me, tx),
    )
    return {row["id"] for row in rows}


def named(tx: Tx, me: access.Me, first_key: str, last_key: str, born_on: str) -> list[str]:
    """Give the people of exactly this name and date of birth, as `me` may know them."""
    rows = tx.query(
        f"""SELECT DISTINCT f.identity_id AS id FROM live_names f
        JOIN people p ON p.id = f.identity_id
        WHERE f.last_key = :last AND f.first_key = :first AND {access.FACT_SHOWN}
        AND {access.MAY_KNOW} AND EXISTS (SELECT 1 FROM live_particulars z
            WHERE z.identity_id = f.identity_id AND z.born_on = :born
            AND {access.fact_shown("z")})
        ORDER BY f.identity_id""",
        first=first_key,
        last=last_key,
        born=born_on,
        **access.params(me, tx),
    )
    return [row["id"] for row in rows]


# --- Holds ---------------------------------------------------------------------------------------


def held(db: Reads, identities: Sequence[str]) -> set[str]:
    """Give those of these people about whom nothing may be forgotten."""
    rows = db.query(
        f"SELECT DISTINCT p.identity_id FROM people p WHERE p.identity_id IN (:ids) AND {HELD}",
        ids=identities,
    )
    return {row["identity_id"] for row in rows}


def died(db: Reads, identity_id: str) -> bool:
    """Whether a death holds somebody by itself."""
    sql = f"SELECT p.id FROM people p WHERE p.identity_id = :id AND {_DIED}"
    return db.one(sql, id=identity_id) is not None


def holds(db: Reads, identity_id: str) -> list[Hold]:
    """Give the holds on somebody that people placed and that stand, the oldest first."""
    rows = db.query(
        """SELECT h.id, h.kind, h.agency_id, a.name AS agency, h.words_id,
            COALESCE(w.name, h.made_by) AS "by", h.made_at
        FROM holds h JOIN people q ON q.id = h.person_id
        LEFT JOIN agencies a ON a.id = h.agency_id LEFT JOIN practitioners w ON w.id = h.made_by
        WHERE q.identity_id = :id AND h.lifted_at IS NULL ORDER BY h.made_at, h.id""",
        id=identity_id,
    )
    return [Hold(**row) for row in rows]


def add_hold(
    tx: Tx, person_id: str, kind: str, agency_id: str | None, words_id: str, by: str
) -> str:
    """Place a hold; give its id."""
    hold = new_id()
    tx.insert(
        "holds",
        id=hold,
        person_id=person_id,
        kind=kind,
        agency_id=agency_id,
        words_id=words_id,
        made_by=by,
        made_at=tx.now,
    )
    return hold


def lift_hold(tx: Tx, hold_id: str, words_id: str, by: str) -> None:
    """Lift a hold."""
    tx.change(
        """UPDATE holds SET lifted_by = :by, lifted_at = :now, lifted_words_id = :words
        WHERE id = :id AND lifted_at IS NULL""",
        id=hold_id,
        words=words_id,
        by=by,
        now=tx.now,
    )


def lift_death(tx: Tx, person_id: str, words_id: str, by: str) -> str:
    """Lift the hold that a death is by itself; give the id of the row that says so."""
    hold = new_id()
    tx.insert(
        "holds",
        id=hold,
        person_id=person_id,
        kind="died",
        made_by="the death",
        made_at=tx.now,
        lifted_by=by,
        lifted_at=tx.now,
        lifted_words_id=words_id,
    )
    return hold


# --- Kept on -------------------------------------------------------------------------------------


def keep_on(
    tx: Tx, person_id: str, agency_id: str | None, until: str, words_id: str, by: str
) -> None:
    """Write that what fell due is kept on."""
    tx.insert(
        "keepings",
        id=new_id(),
        person_id=person_id,
        agency_id=agency_id,
        until=until,
        words_id=words_id,
        made_by=by,
        made_at=tx.now,
    )


def kept_until(db: Reads, identity_id: str | None = None) -> dict[tuple[str, str | None], str]:
    """Give until when somebody is kept on, or everybody is, by identity and agency: as it was said last."""
    rows = db.query(
        """SELECT q.identity_id, k.agency_id, k.until FROM keepings k
        JOIN people q ON q.id = k.person_id
        WHERE q.identity_id = COALESCE(:identity, q.identity_id)
        ORDER BY k.made_at, k.id""",
        identity=identity_id,
    )
    return {(row["identity_id"], row["agency_id"]): row["until"] for row in rows}
