"""Notes: revisions, subjects, marks and replies. Words come and go sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from api.moment import new_id
from api.store import access
from api.store import people as stored_people
from api.store.access import Me
from api.store.engine import Row, Tx


class Heads(NamedTuple):
    """A note without its words: what lists and rules need, in the order of the columns below."""

    id: str
    author_id: str
    agency_id: str
    kind: str
    voice: str
    made_at: str
    captured_at: str | None
    clock_off: int | None
    hidden: str | None
    author: str
    author_job: str
    author_team: str | None
    agency: str
    sensitive: int
    located: int


_COLUMNS = """n.id, n.author_id, n.agency_id, n.kind, n.voice, n.made_at, n.captured_at, n.clock_off, n.hidden,
    w.name AS author, w.job AS author_job, w.team_id AS author_team, a.name AS agency, a.sensitive,
    k.located"""

_FROM = """FROM notes n JOIN practitioners w ON w.id = n.author_id
    JOIN agencies a ON a.id = n.agency_id JOIN agency_kinds k ON k.code = a.kind"""

# The moment and the id of the last note of the page before.
Before = tuple[str, str]

_BEFORE = "(n.made_at, n.id) < (:before_at, :before)"


def add(tx: Tx, **note: Any) -> None:
    """Write a note's own row."""
    tx.insert("notes", made_at=tx.now, **note)


def add_subjects(tx: Tx, note_id: str, people: Sequence[str]) -> None:
    """Say whom a note is about."""
    # A link that moves these records at this moment must see the note, or be seen by it: on PostgreSQL
    # whichever of the two comes second runs again.
    stored_people.hold(tx, *people)
    tx.change(
        """INSERT INTO note_subjects (note_id, person_id, identity_id, made_at)
        SELECT n.id, p.id, p.identity_id, n.made_at FROM notes n, people p
        WHERE n.id = :note AND p.id IN (:people)""",
        note=note_id,
        people=people,
    )


def add_revision(tx: Tx, note_id: str, number: int, **revision: Any) -> None:
    """Write one text of a note; earlier ones stay."""
    tx.insert("note_revisions", note_id=note_id, number=number, made_at=tx.now, **revision)


def add_categories(tx: Tx, note_id: str, categories: Sequence[str]) -> None:
    """Say which categories a note falls under."""
    tx.insert_all("note_categories", ({"note_id": note_id, "category": c} for c in categories))


def add_audience(tx: Tx, note_id: str, kinds: Sequence[str]) -> None:
    """Narrow a note to these kinds of agency."""
    tx.insert_all("note_audience", ({"note_id": note_id, "agency_kind": k} for k in kinds))


def add_withdrawal(tx: Tx, note_id: str, kind: str, by: str, words_id: str | None) -> None:
    """Write that a note was taken back, and why."""
    tx.insert(
        "note_withdrawals",
        note_id=note_id,
        kind=kind,
        made_by=by,
        made_at=tx.now,
        words_id=words_id,
    )


def hide(tx: Tx, note_id: str, why: str) -> None:
    """Take a note out of everybody's sight: 'undone' or 'wrong person'."""
    tx.change("UPDATE notes SET hidden = :why WHERE id = :id", why=why, id=note_id)


def destroy_words(tx: Tx, note_id: str) -> None:
    """Make every text of a note unreadable for good."""
    tx.change(
        """DELETE FROM wraps WHERE words_id IN
        (SELECT words_id FROM note_revisions WHERE note_id = :id)""",
        id=note_id,
    )


def add_reply(tx: Tx, **reply: Any) -> str:
    """Write a reply; give its id."""
    reply_id = new_id()
    tx.insert("replies", id=reply_id, made_at=tx.now, **reply)
    return reply_id


def mark(tx: Tx, note_ids: Sequence[str], practitioner_id: str, mark: str) -> None:
    """Leave a practitioner's mark on notes; one that is there already stays as it is."""
    for note_id in note_ids:
        tx.change(
            """INSERT INTO note_marks (note_id, practitioner_id, mark, made_at)
            VALUES (:note, :who, :mark, :now) ON CONFLICT DO NOTHING""",
            note=note_id,
            who=practitioner_id,
            mark=mark,
            now=tx.now,
        )


def open_breach(tx: Tx, note_id: str, by: str, due_at: str) -> str:
    """Open a breach record for a note on the wrong person, listing who had read it; give its id."""
    breach = new_id()
    tx.insert("breaches", id=breach, note_id=note_id, opened_by=by, opened_at=tx.now, due_at=due_at)
    tx.change(
        """INSERT INTO breach_readers (breach_id, practitioner_id, read_at)
        SELECT :breach, m.practitioner_id, m.made_at FROM note_marks m
        WHERE m.note_id = :note AND m.mark = 'read'""",
        breach=breach,
        note=note_id,
    )
    return breach


def find(tx: Tx, note_id: str) -> Heads | None:
    """Give a note's own row, whoever may see it: for rules to decide on."""
    found = tx.rows(Heads._make, f"SELECT {_COLUMNS} {_FROM} WHERE n.id = :id", id=note_id)
    return next(iter(found), None)


def is_shown(tx: Tx, note_id: str, me: Me) -> bool:
    """Say whether the note's own rules (voice, narrowing, hiding, somebody in it who is closed) let
    `me` see it."""
    return (
        tx.one(
            f"""SELECT n.id FROM notes n WHERE n.id = :id
            AND {access.NOTE_SHOWN} AND {access.NOTE_OPEN}""",
            id=note_id,
            **access.params(me, tx),
        )
        is not None
    )


def about(
    tx: Tx,
    me: Me,
    identities: Sequence[str],
    *,
    before: Before | None,
    limit: int,
    own: bool = False,
) -> list[Heads]:
    """Give the notes about these people that `me` is shown, newest first.

    `own` keeps to what `me` wrote.
    """
    # The newest are chosen from the notes alone; only those that are given are joined.
    clauses = [access.NOTE_SHOWN, access.NOTE_OPEN]
    if before:
        clauses.append(_BEFORE)
    if own:
        clauses.append("n.author_id = :me")
    # For one person, which is a page's case, the index gives them in order and the limit ends it.
    which = "= :identity" if len(identities) == 1 else "IN (:identities)"
    return tx.rows(
        Heads._make,
        f"""SELECT {_COLUMNS} {_FROM} WHERE n.id IN (SELECT newest.id FROM (
            SELECT DISTINCT b.note_id AS id, b.made_at FROM note_subjects b
            JOIN notes n ON n.id = b.note_id
            WHERE b.identity_id {which} AND {" AND ".join(clauses)}
            ORDER BY b.made_at DESC, b.note_id DESC LIMIT {limit:d}) newest)
        ORDER BY n.made_at DESC, n.id DESC""",
        identities=identities,
        identity=min(identities, default=""),
        **_cursor(before),
        **access.params(me, tx),
    )


def by_author(tx: Tx, author_id: str, *, before: Before | None, limit: int) -> list[Heads]:
    """Give what a practitioner wrote, newest first, without what was undone."""
    return tx.rows(
        Heads._make,
        f"""SELECT {_COLUMNS} {_FROM} WHERE n.author_id = :author
        AND (:before = '' OR {_BEFORE})
        AND (n.hidden IS NULL OR n.hidden NOT IN ('undone', 'erased'))
        ORDER BY n.made_at DESC, n.id DESC LIMIT {limit:d}""",
        author=author_id,
        **_cursor(before),
    )


def at_once(tx: Tx, head: Heads) -> list[str]:
    """Give the ids of what the author of a note wrote in the very same moment."""
    rows = tx.query(
        "SELECT id FROM notes WHERE author_id = :author AND made_at = :at ORDER BY id",
        author=head.author_id,
        at=head.made_at,
    )
    return [row["id"] for row in rows]


def count_unread(tx: Tx, me: Me, identities: Sequence[str], since: str) -> dict[str, int]:
    """Count the notes about each person that `me` is shown, did not write and has not read."""
    rows = tx.query(
        f"""SELECT b.identity_id, COUNT(DISTINCT n.id) AS unread
        FROM note_subjects b JOIN notes n ON n.id = b.note_id
        WHERE b.identity_id IN (:identities) AND b.made_at > :since AND n.author_id <> :me
        AND {access.NOTE_SHOWN} AND {access.NOTE_OPEN} AND NOT EXISTS (SELECT 1 FROM note_marks m
            WHERE m.note_id = n.id AND m.practitioner_id = :me AND m.mark = 'read')
        GROUP BY b.identity_id""",
        identities=identities,
        since=since,
        **access.params(me, tx),
    )
    return {row["identity_id"]: row["unread"] for row in rows}


def subjects(tx: Tx, note_ids: Sequence[str]) -> list[Row]:
    """Give whom these notes are about: note_id, person_id (as written), identity_id."""
    return tx.query(
        """SELECT note_id, person_id, identity_id FROM note_subjects WHERE note_id IN (:ids)
        ORDER BY note_id, person_id""",
        ids=note_ids,
    )


def revisions(tx: Tx, note_ids: Sequence[str]) -> list[Row]:
    """Give every text of these notes, the latest first."""
    return tx.query(
        """SELECT note_id, number, words_id, worried, contact, child_seen, happened_on,
            happened_time, made_at, blacked_out FROM note_revisions WHERE note_id IN (:ids)
        ORDER BY note_id, number DESC""",
        ids=note_ids,
    )


def labels(tx: Tx, note_ids: Sequence[str]) -> list[Row]:
    """Give the categories of these notes and the kinds of agency that they were narrowed to, as
    (note_id, what, label), what being 'category' or 'narrowed'."""
    return tx.query(
        """SELECT x.note_id, 'category' AS what, c.label, c.position
        FROM note_categories x JOIN categories c ON c.code = x.category WHERE x.note_id IN (:ids)
        UNION ALL SELECT x.note_id, 'narrowed' AS what, k.label, k.position
        FROM note_audience x JOIN agency_kinds k ON k.code = x.agency_kind
        WHERE x.note_id IN (:ids) ORDER BY position""",
        ids=note_ids,
    )


def withdrawals(tx: Tx, note_ids: Sequence[str]) -> list[Row]:
    """Give how these notes were taken back."""
    return tx.query(
        """SELECT note_id, kind, words_id, made_at FROM note_withdrawals
        WHERE note_id IN (:ids) ORDER BY made_at DESC""",
        ids=note_ids,
    )


def marks(tx: Tx, note_ids: Sequence[str], me: Me) -> list[Row]:
    """Give the marks on these notes; those of a sensitive agency only to that agency."""
    return tx.query(
        f"""SELECT m.note_id, m.practitioner_id, m.mark, m.made_at, w.name, a.name AS agency,
            a.id AS agency_id, k.located
        FROM note_marks m JOIN practitioners w ON w.id = m.practitioner_id
        JOIN agencies a ON a.id = w.agency_id JOIN agency_kinds k ON k.code = a.kind
        WHERE m.note_id IN (:ids) AND {access.AGENCY_SHOWN} ORDER BY m.made_at""",
        ids=note_ids,
        my_agency=me.agency_id,
    )


def replies(tx: Tx, note_ids: Sequence[str], me: Me) -> list[Row]:
    """Give the replies to these notes, oldest first; a sensitive agency's only to that agency."""
    return tx.query(
        f"""SELECT r.id, r.note_id, r.author_id, r.differs, r.words_id, r.made_at,
            w.name AS author, a.name AS agency, a.id AS agency_id, k.located
        FROM replies r JOIN practitioners w ON w.id = r.author_id
        JOIN agencies a ON a.id = r.agency_id JOIN agency_kinds k ON k.code = a.kind
        WHERE r.note_id IN (:ids) AND {access.AGENCY_SHOWN} ORDER BY r.made_at, r.id""",
        ids=note_ids,
        my_agency=me.agency_id,
    )


def leads(tx: Tx, identities: Collection[str]) -> set[tuple[str, str]]:
    """Give the leads of these people, as (identity_id, practitioner_id)."""
    rows = tx.query(
        f"""SELECT i.identity_id, i.practitioner_id FROM live_involvements i
        WHERE i.identity_id IN (:ids) AND i.lead = 1 AND i.practitioner_id IS NOT NULL
        AND {access.OPEN}""",
        ids=identities,
        today=tx.today,
    )
    return {(row["identity_id"], row["practitioner_id"]) for row in rows}


def _cursor(before: Before | None) -> dict[str, str]:
    at, id = before or ("", "")
    return {"before_at": at, "before": id}
