"""Erasing: what stands in the register, done. Who may, and when, was decided before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from api import spelling
from api.store.engine import Reads, Tx
from api.store.register import REGISTER, Trace

AT_ONCE = 500


def records(db: Reads, identity_id: str) -> list[str]:
    """Give the records that were found to be this person, with the echoes of a restricted one (what
    somebody added anew who may not know of them), and whom such an echo stands for."""
    whole = {identity_id}
    while True:
        rows = db.query(
            """SELECT p.id FROM people p WHERE p.identity_id IN (:whole)
            UNION SELECT p.id FROM people p JOIN people q ON q.identity_id = p.identity_id
                WHERE q.id IN (:whole)
            UNION SELECT x.person_id FROM restrictions x WHERE x.echo_of IN (:whole)
            UNION SELECT x.echo_of FROM restrictions x
                WHERE x.person_id IN (:whole) AND x.echo_of IS NOT NULL""",
            whole=sorted(whole),
        )
        found = whole | {row["id"] for row in rows}
        if found == whole:
            return sorted(
                row["id"]
                for row in db.query(
                    "SELECT id FROM people WHERE id IN (:whole)", whole=sorted(whole)
                )
            )
        whole = found


def erase(tx: Tx, people: Sequence[str], notes: Sequence[str], mentions: Collection[str]) -> None:
    """Erase these records, and these notes, which are about nobody else; `mentions` are words about
    nobody in particular that name the person (see `typed_about_nobody`)."""
    rows = _waiting_rows(tx, people, mentions)
    about = {"people": list(people), "notes": list(notes), "rows": rows}
    names = _names(tx, people)
    words = set(mentions)
    for table, trace in REGISTER.items():
        for sql in _words_of(table, trace):
            words.update(row["id"] for row in tx.query(sql, **_used(sql, about)) if row["id"])
    words.update(_of_the_trail(tx, people))
    for table, trace in REGISTER.items():
        change = {
            "deleted": f"DELETE FROM {table} AS t WHERE {trace.where}",
            "blanked": f"UPDATE {table} AS t SET {trace.blank} WHERE {trace.where}",
        }.get(trace.does)
        if change:
            tx.change(change, **_used(change, about))
    _forget_spelling(tx, names)
    close_words(tx, words)
    destroy_keys(tx, people)


def close_words(tx: Tx, words: Iterable[str]) -> None:
    """Make words unreadable for good, whoever they are sealed for. What the trail refers to keeps its
    sealed bytes, over which the trail is hashed; all else is overwritten."""
    for some in _batches(sorted(words)):
        tx.change("DELETE FROM wraps WHERE words_id IN (:ids)", ids=some)
        tx.change(
            """UPDATE words SET sealed = :nothing WHERE id IN (:ids)
            AND id NOT IN (SELECT e.words_id FROM audit_events e WHERE e.words_id IN (:ids))""",
            nothing=b"",
            ids=some,
        )


def unwrap_for(tx: Tx, words: Collection[str], people: Sequence[str]) -> None:
    """Take these people's keys off words that others share."""
    for some in _batches(sorted(words)):
        tx.change(
            """DELETE FROM wraps WHERE words_id IN (:ids) AND key_id IN
            (SELECT id FROM keys WHERE kind = 'person' AND owner IN (:people))""",
            ids=some,
            people=people,
        )


def destroy_keys(tx: Tx, people: Sequence[str]) -> None:
    """Destroy the keys of these records, and with them all that only they open."""
    only = tx.query(
        """SELECT DISTINCT w.words_id AS id FROM wraps w JOIN keys k ON k.id = w.key_id
        WHERE k.kind = 'person' AND k.owner IN (:people) AND NOT EXISTS (
            SELECT 1 FROM wraps v JOIN keys l ON l.id = v.key_id WHERE v.words_id = w.words_id
            AND NOT (l.kind = 'person' AND l.owner IN (:people)))""",
        people=people,
    )
    close_words(tx, [row["id"] for row in only])
    tx.change(
        """DELETE FROM wraps WHERE key_id IN
        (SELECT id FROM keys WHERE kind = 'person' AND owner IN (:people))""",
        people=people,
    )
    tx.change(
        """UPDATE keys SET wrapped = NULL, destroyed_at = :now
        WHERE kind = 'person' AND owner IN (:people)""",
        people=people,
        now=tx.now,
    )


def typed_about_nobody(db: Reads, after: str, limit: int) -> list[str]:
    """Give words that are sealed for a month and for nobody (a search that found no one, a row that could
    not be read), by id, `limit` from `after` on: they may name somebody. What staff said of their own
    family is theirs."""
    rows = db.query(
        f"""SELECT w.words_id AS id FROM wraps w JOIN keys k ON k.id = w.key_id
        WHERE k.kind = 'period' AND k.wrapped IS NOT NULL AND w.words_id > :after
        AND w.words_id NOT IN (SELECT f.words_id FROM own_family f)
        ORDER BY w.words_id LIMIT {limit:d}""",
        after=after,
    )
    return [row["id"] for row in rows]


def _of_the_trail(tx: Tx, people: Sequence[str]) -> set[str]:
    """What was typed when they were looked at, with others too: it may name them."""
    rows = tx.query(
        """SELECT e.words_id AS id FROM audit_events e JOIN audit_subjects s ON s.event_id = e.id
        WHERE s.person_id IN (:people) AND e.words_id IS NOT NULL""",
        people=people,
    )
    return {row["id"] for row in rows}


def _waiting_rows(tx: Tx, people: Sequence[str], mentions: Collection[str]) -> list[str]:
    found = tx.query(
        """SELECT row_id AS id FROM waiting_candidates WHERE person_id IN (:people)
        UNION SELECT id FROM waiting_rows WHERE words_id IN (:mentions)""",
        people=people,
        mentions=sorted(mentions),
    )
    return [row["id"] for row in found]


def _names(tx: Tx, people: Sequence[str]) -> set[str]:
    rows = tx.query(
        "SELECT last, first FROM search_names WHERE person_id IN (:people)", people=people
    )
    return {row[part] for row in rows for part in ("last", "first")} - {""}


def _forget_spelling(tx: Tx, names: set[str]) -> None:
    """Take the spelling of names away that nobody has any more."""
    rows = tx.query(
        """SELECT last AS word FROM search_names WHERE last IN (:names)
        UNION SELECT first FROM search_names WHERE first IN (:names)""",
        names=sorted(names),
    )
    for word in names - {row["word"] for row in rows}:
        # The key comes first in the table, so that the word is found by its keys.
        tx.change(
            "DELETE FROM search_keys WHERE key IN (:keys) AND word = :word",
            keys=sorted(spelling.keys(word)),
            word=word,
        )


def _words_of(table: str, trace: Trace) -> list[str]:
    if trace.words.startswith("SELECT"):
        return [trace.words]
    return [
        f"SELECT t.{column} AS id FROM {table} t WHERE {trace.where}"
        for column in trace.words.split()
    ]


def _used(sql: str, about: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: ids for name, ids in about.items() if f"(:{name})" in sql}


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[n : n + AT_ONCE] for n in range(0, len(ids), AT_ONCE))
