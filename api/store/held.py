"""All that is held about one person, row by row with who controls it, for a request for a copy.

What a sensitive agency stands behind is told apart here, in the query: `sealed` is that agency. So is
what its author did not put their name to before others (`voice`), whatever agency they are of: if only
sensitive ones stood apart, a note that is read through the relay and is missing among the others would
prove one. What says that somebody restricted is linked with the person is left out altogether.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.store import access, precedence
from api.store.engine import Reads, Row

# In the order of a pack.
FACTS = {
    "name": "names",
    "birth": "particulars",
    "number": "identifiers",
    "address": "addresses",
    "relationship": "relationships",
    "involvement": "involvements",
    "plan": "plans",
    "detail": "details",
}
# What somebody wrote down that is neither a fact nor a note: its table, by whom, and what hides it.
WORDS = {
    "statement": ("statements", "t.made_by", "NULL", "1 = 1"),
    "share": ("shares", "t.made_by", "NULL", "1 = 1"),
    "sheet": ("sheets_given", "t.made_by", "NULL", "1 = 1"),
    "ask": ("asks", "t.asked_by", "NULL", "1 = 1"),
    "answer": ("answers", "t.answered_by", "t.voice", "t.taken_back_at IS NULL"),
}
_OWN_AGENCY = {"involvements": "f.agency_id", "details": "f.agency_id"}

# Whose existence is known to those named only.
_RESTRICTED = """EXISTS (SELECT 1 FROM restrictions x JOIN people q ON q.id = x.person_id
    WHERE q.identity_id = {identity} AND x.ended_at IS NULL)"""

_SENSITIVE = "(SELECT z.id FROM agencies z WHERE z.id = {agency} AND z.sensitive = 1)"


@dataclass(frozen=True)
class Held:
    """One row that is held: which, who controls it, and which sealed agency stands behind it."""

    kind: str
    ref: str
    agency_id: str | None
    author_id: str | None
    note_id: str | None
    at: str
    sealed: str | None


def everything(db: Reads, identities: Sequence[str]) -> list[Held]:
    """Give all that is held about these identities (a person, and records that echo them), in the order
    of a pack. A note that was undone, or that was about another person, is on nobody's record."""
    found = [
        *_facts(db, identities),
        *_notes(db, identities),
        *_replies(db, identities),
        *(row for kind in WORDS for row in _written(db, kind, identities)),
    ]
    return [Held(**row) for row in found]


def _facts(db: Reads, identities: Sequence[str]) -> list[Row]:
    return [row for kind, table in FACTS.items() for row in _of_table(db, kind, table, identities)]


def _of_table(db: Reads, kind: str, table: str, identities: Sequence[str]) -> list[Row]:
    own = _OWN_AGENCY.get(table, "NULL")
    both_ends, hidden = "", ""
    if table == "relationships":
        both_ends = "OR o.identity_id IN (:ids)"
        hidden = f"""AND NOT (p.identity_id NOT IN (:ids)
                AND {_RESTRICTED.format(identity="p.identity_id")})
            AND NOT (o.id IS NOT NULL AND o.identity_id NOT IN (:ids)
                AND {_RESTRICTED.format(identity="o.identity_id")})"""
    other = "LEFT JOIN people o ON o.id = f.other_id" if both_ends else ""
    sealed = ", ".join(
        _SENSITIVE.format(agency=agency) for agency in (own, "s.agency_id", "w.agency_id")
    )
    return db.query(
        f"""SELECT '{kind}' AS kind, f.id AS ref, COALESCE({sealed}, w.agency_id, s.agency_id) AS agency_id, w.id AS author_id, NULL AS note_id, f.recorded_at AS at,
            COALESCE({sealed}) AS sealed
        FROM {table} f JOIN people p ON p.id = f.person_id JOIN sources s ON s.id = f.source_id
        LEFT JOIN practitioners w ON w.id = f.recorded_by {other}
        WHERE (p.identity_id IN (:ids) {both_ends}) AND f.since_load <= s.current_load {hidden}
        ORDER BY f.recorded_at, f.id""",
        ids=identities,
    )


def _notes(db: Reads, identities: Sequence[str]) -> list[Row]:
    return db.query(
        """SELECT DISTINCT 'note' AS kind, n.id AS ref, n.agency_id, n.author_id, n.id AS note_id,
            n.made_at AS at,
            CASE WHEN a.sensitive = 1 OR n.voice <> 'named' THEN a.id END AS sealed
        FROM notes n JOIN note_subjects b ON b.note_id = n.id JOIN agencies a ON a.id = n.agency_id
        WHERE b.identity_id IN (:ids) AND n.hidden IS NULL ORDER BY n.made_at, n.id""",
        ids=identities,
    )


def _replies(db: Reads, identities: Sequence[str]) -> list[Row]:
    return db.query(
        """SELECT DISTINCT 'reply' AS kind, y.id AS ref, y.agency_id, y.author_id, y.note_id,
            y.made_at AS at, CASE WHEN a.sensitive = 1 THEN a.id END AS sealed
        FROM replies y JOIN notes n ON n.id = y.note_id JOIN note_subjects b ON b.note_id = n.id
        JOIN agencies a ON a.id = y.agency_id
        WHERE b.identity_id IN (:ids) AND n.hidden IS NULL ORDER BY y.made_at, y.id""",
        ids=identities,
    )


def _written(db: Reads, kind: str, identities: Sequence[str]) -> list[Row]:
    table, by, voice, stands = WORDS[kind]
    asked = "JOIN asks k ON k.id = t.ask_id" if table == "answers" else ""
    about = "k.person_id" if asked else "t.person_id"
    return db.query(
        f"""SELECT '{kind}' AS kind, t.id AS ref, a.id AS agency_id, w.id AS author_id, NULL AS note_id,
            t.made_at AS at,
            CASE WHEN a.sensitive = 1 OR {voice} = 'relay' THEN a.id END AS sealed
        FROM {table} t {asked} JOIN people p ON p.id = {about} JOIN practitioners w ON w.id = {by}
        JOIN agencies a ON a.id = w.agency_id
        WHERE p.identity_id IN (:ids) AND {stands} ORDER BY t.made_at, t.id""",
        ids=identities,
    )


def workers(db: Reads, identity_id: str) -> dict[str, str]:
    """Give who of each agency supports a person, or did: the lead or the newest first, by agency."""
    rows = db.query(
        """SELECT f.agency_id, f.practitioner_id FROM live_involvements f
        JOIN practitioners w ON w.id = f.practitioner_id AND w.agency_id = f.agency_id
        WHERE f.identity_id = :id ORDER BY CASE WHEN f.valid_to IS NULL THEN 1 ELSE 0 END, f.lead,
            f.recorded_at, f.id""",
        id=identity_id,
    )
    return {row["agency_id"]: row["practitioner_id"] for row in rows}


# --- What the rows say ---------------------------------------------------------------------------


def facts(db: Reads, kind: str, ids: Sequence[str]) -> list[Row]:
    """Give rows of facts of a kind with the names that go with them: of the source, of whoever said it,
    of the agency or the person that it names."""
    table = FACTS[kind]
    agency = _OWN_AGENCY.get(table, "NULL")
    worker = "f.practitioner_id" if table == "involvements" else "NULL"
    plan = "f.kind" if table == "plans" else "NULL"
    return db.query(
        f"""SELECT f.*, s.name AS source, w.name AS said_by, w.job AS said_by_job,
            a.name AS agency, j.located, v.name AS worker, v.job AS worker_job, k.label AS plan
        FROM {table} f JOIN sources s ON s.id = f.source_id
        LEFT JOIN practitioners w ON w.id = f.recorded_by LEFT JOIN agencies a ON a.id = {agency}
        LEFT JOIN agency_kinds j ON j.code = a.kind LEFT JOIN practitioners v ON v.id = {worker} LEFT JOIN plan_kinds k ON k.code = {plan}
        WHERE f.id IN (:ids)""",
        ids=ids,
    )


def note_rows(db: Reads, ids: Sequence[str]) -> list[Row]:
    """Give notes without their words, with who wrote them; none that has gone from the record since."""
    return db.query(
        """SELECT n.id, n.kind, n.made_at, w.name AS author, w.job AS author_job
        FROM notes n JOIN practitioners w ON w.id = n.author_id
        WHERE n.id IN (:ids) AND n.hidden IS NULL""",
        ids=ids,
    )


def revisions(db: Reads, ids: Sequence[str], until: str) -> list[Row]:
    """Give the revisions that notes had by then, the first one first."""
    return db.query(
        """SELECT r.note_id, r.number, r.words_id, r.worried, r.contact, r.child_seen, r.happened_on,
            r.happened_time, r.made_at, r.blacked_out FROM note_revisions r
        WHERE r.note_id IN (:ids) AND r.made_at <= :until ORDER BY r.note_id, r.number""",
        ids=ids,
        until=until,
    )


def withdrawals(db: Reads, ids: Sequence[str], until: str) -> list[Row]:
    """Give that notes had been taken back by then, and the words why."""
    return db.query(
        """SELECT x.note_id, x.kind, x.words_id, x.made_at FROM note_withdrawals x
        WHERE x.note_id IN (:ids) AND x.made_at <= :until ORDER BY x.note_id, x.made_at""",
        ids=ids,
        until=until,
    )


def noticed(db: Reads, ids: Sequence[str], until: str) -> list[Row]:
    """Give who had noticed too by then; nobody of a sensitive agency."""
    return db.query(
        """SELECT m.note_id, w.name, w.job FROM note_marks m
        JOIN practitioners w ON w.id = m.practitioner_id JOIN agencies a ON a.id = w.agency_id
        WHERE m.note_id IN (:ids) AND m.mark = 'noticed too' AND m.made_at <= :until
        AND a.sensitive = 0 ORDER BY m.note_id, m.made_at, w.name""",
        ids=ids,
        until=until,
    )


def reply_rows(db: Reads, ids: Sequence[str]) -> list[Row]:
    """Give replies without their words, with who wrote them; none to a note that has gone since."""
    return db.query(
        """SELECT y.id, y.note_id, y.differs, y.words_id, y.made_at, w.name AS author,
            w.job AS author_job FROM replies y JOIN practitioners w ON w.id = y.author_id
        JOIN notes n ON n.id = y.note_id WHERE y.id IN (:ids) AND n.hidden IS NULL""",
        ids=ids,
    )


def written(db: Reads, kind: str, ids: Sequence[str]) -> list[Row]:
    """Give rows of WORDS without their words, with who wrote them; of a decision to share or not, with
    its basis in law."""
    table, by, _, _ = WORDS[kind]
    more = "t.shared, t.basis, t.law" if table == "shares" else "0 AS shared"
    return db.query(
        f"""SELECT t.id, t.words_id, t.made_at, w.name AS author, w.job AS author_job, {more}
        FROM {table} t JOIN practitioners w ON w.id = {by} WHERE t.id IN (:ids)""",
        ids=ids,
    )


def subjects(db: Reads, note_ids: Sequence[str]) -> list[Row]:
    """Give whom notes are about: note_id, identity_id."""
    return db.query(
        """SELECT b.note_id, b.identity_id FROM note_subjects b WHERE b.note_id IN (:ids)
        ORDER BY b.note_id, b.person_id""",
        ids=note_ids,
    )


def identities(db: Reads, records: Sequence[str]) -> dict[str, str]:
    """Give whom these records are about now, by record."""
    rows = db.query("SELECT id, identity_id FROM people WHERE id IN (:ids)", ids=records)
    return {row["id"]: row["identity_id"] for row in rows}


# --- Who else there is ---------------------------------------------------------------------------


def relatives(db: Reads, identities: Sequence[str]) -> list[Row]:
    """Give who is related to these people (identity_id, or the name where only mentioned), without what
    a sensitive agency says."""
    sensitive = """NOT EXISTS (SELECT 1 FROM agencies a WHERE a.sensitive = 1 AND (a.id = s.agency_id
        OR a.id = (SELECT v.agency_id FROM practitioners v WHERE v.id = f.recorded_by)))"""
    return db.query(
        f"""SELECT o.identity_id, f.mentioned FROM live_relationships f
        JOIN sources s ON s.id = f.source_id LEFT JOIN people o ON o.id = f.other_id
        WHERE f.identity_id IN (:ids) AND {sensitive}
        UNION SELECT f.identity_id, NULL AS mentioned FROM live_relationships f
        JOIN sources s ON s.id = f.source_id JOIN people o ON o.id = f.other_id
        WHERE o.identity_id IN (:ids) AND {sensitive} ORDER BY 1, 2""",
        ids=identities,
    )


def names(db: Reads, identities: Sequence[str], own: str = "") -> dict[str, list[Row]]:
    """Give the names of people by whom a text may call them, by precedence: nobody's who is restricted
    but those of `own`, and none that a sensitive agency says."""
    rows = db.query(
        f"""SELECT f.identity_id, f.kind, f.first, f.last FROM live_names f
        WHERE f.identity_id IN (:ids)
        AND (f.identity_id = :own OR NOT {_RESTRICTED.format(identity="f.identity_id")})
        AND NOT EXISTS (SELECT 1 FROM sources s JOIN agencies a ON a.id = s.agency_id
            WHERE s.id = f.source_id AND a.sensitive = 1)
        AND NOT EXISTS (SELECT 1 FROM practitioners v JOIN agencies a ON a.id = v.agency_id
            WHERE v.id = f.recorded_by AND a.sensitive = 1)
        ORDER BY {precedence.order("f")}""",
        ids=identities,
        own=own,
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["identity_id"], []).append(row)
    return found


def places(db: Reads, identities: Sequence[str], own: str | None) -> list[Row]:
    """Give what says where those of these people are, and were, whose location is protected: the lines
    and postcodes of their addresses, the names of agencies that stand at a place and know them. What a
    sensitive agency says of it only where that is `own`."""
    theirs = "JOIN people p ON p.id = f.person_id WHERE p.identity_id IN (:ids)"
    protected = access.PLACE_PROTECTED
    open_to = """NOT EXISTS (SELECT 1 FROM agencies z WHERE z.sensitive = 1
        AND z.id <> COALESCE(:own, '')
        AND (z.id = (SELECT s.agency_id FROM sources s WHERE s.id = f.source_id)
            OR z.id = (SELECT v.agency_id FROM practitioners v WHERE v.id = f.recorded_by)))"""
    located = """k.located = 1 AND (a.sensitive = 0 OR a.id = COALESCE(:own, ''))"""
    named = "JOIN agency_kinds k ON k.code = a.kind"
    return db.query(
        f"""SELECT f.lines AS name, f.postcode FROM addresses f {theirs} AND {protected} AND {open_to}
        UNION SELECT a.name, '' AS postcode FROM involvements f
        JOIN agencies a ON a.id = f.agency_id {named} {theirs} AND {protected} AND {open_to}
        AND {located}
        UNION SELECT a.name, '' AS postcode FROM details f
        JOIN agencies a ON a.id = f.agency_id {named} {theirs} AND {protected} AND {open_to}
        AND {located}
        UNION SELECT a.name, '' AS postcode FROM note_subjects b JOIN notes n ON n.id = b.note_id
        JOIN agencies a ON a.id = n.agency_id {named} JOIN people p ON p.id = b.person_id
        WHERE b.identity_id IN (:ids) AND n.hidden IS NULL AND {protected} AND {located}
        ORDER BY 1, 2""",
        ids=identities,
        own=own,
    )


def is_protected(db: Reads, identity_id: str) -> bool:
    """Say whether it is protected where somebody is, by a protection of their own or of whom they live
    with."""
    return bool(
        db.query(
            f"SELECT 1 FROM people p WHERE p.id = :id AND {access.PLACE_PROTECTED}", id=identity_id
        )
    )
