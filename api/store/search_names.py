"""The index by which people are found: their names and days, and how every word of a name is spelt.

It may know more than stands: names that were put right or taken back stay in it, since a load can
bring them back. Who is found by it is compared with what stands before anybody is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api import spelling
from api.store.engine import Reads, Row, Store, Tx

# The facts that it is made of.
SAID_IN = ("names", "particulars")
PEOPLE_AT_ONCE = 500
# A date on which a birth is expected stands beside dates of birth, and is none.
DUE = "due "

Entry = tuple[str, str, str, str]


def refresh(tx: Tx, people: Sequence[str], *, new: bool = False) -> None:
    """Write the index of these records anew, from their facts. `new` ones have none yet."""
    wanted = _entries(tx, people)
    if not new:
        held = _held(tx, people)
        for last, first, day, person in held - wanted:
            tx.change(
                """DELETE FROM search_names WHERE last = :last AND first = :first
                AND day = :day AND person_id = :person""",
                last=last,
                first=first,
                day=day,
                person=person,
            )
        wanted -= held
    _insert(tx, "search_names", ("last", "first", "day", "person_id"), wanted)
    _learn(tx, {word for entry in wanted for word in entry[:2] if word})


def catch_up(store: Store) -> int:
    """Write the index of whoever was here before there was one; give how many records that were.
    It goes on where it was interrupted."""
    count = 0
    while done := store.upkeep(_catch_up):
        count += done
    return count


def _catch_up(tx: Tx) -> int:
    backlog = tx.one("SELECT after FROM search_backlog")
    if backlog is None:
        return 0
    rows = tx.query(
        f"SELECT id FROM people WHERE id > :after ORDER BY id LIMIT {PEOPLE_AT_ONCE:d}",
        after=backlog["after"],
    )
    people = [row["id"] for row in rows]
    if people:
        refresh(tx, people)
        tx.change("UPDATE search_backlog SET after = :last", last=people[-1])
    else:
        tx.change("DELETE FROM search_backlog")
    return len(people)


def _entries(tx: Tx, people: Sequence[str]) -> set[Entry]:
    names: dict[str, set[tuple[str, str]]] = {}
    for row in _of(tx, "names", "first_key, last_key", people):
        found = names.setdefault(row["person_id"], set())
        found |= _pairs(row["last_key"], row["first_key"])
    days: dict[str, set[str]] = {}
    for row in _of(tx, "particulars", "born_on, expected_on", people):
        said = (row["born_on"], DUE + row["expected_on"] if row["expected_on"] else None)
        days.setdefault(row["person_id"], set()).update(day for day in said if day)
    return {
        (last, first, day, person)
        for person in people
        if person in names or days.get(person)
        for last, first in names.get(person, _NAMELESS)
        for day in days.get(person) or ("",)
    }


_NAMELESS = {("", "")}


def _pairs(last_key: str, first_key: str) -> set[tuple[str, str]]:
    return {
        (last, first)
        for last in spelling.words(last_key) or ("",)
        for first in spelling.words(first_key) or ("",)
    }


def _of(tx: Tx, table: str, columns: str, people: Sequence[str]) -> list[Row]:
    return tx.query(
        f"SELECT person_id, {columns} FROM {table} WHERE person_id IN (:people)", people=people
    )


def _held(tx: Tx, people: Sequence[str]) -> set[Entry]:
    rows = tx.query(
        "SELECT last, first, day, person_id FROM search_names WHERE person_id IN (:people)",
        people=people,
    )
    return {(row["last"], row["first"], row["day"], row["person_id"]) for row in rows}


def _learn(tx: Tx, words: Iterable[str]) -> None:
    """Keep the spelling of the words that are new."""
    keys = {spelling.whole(word): word for word in words}
    known = tx.query("SELECT key FROM search_keys WHERE key IN (:keys)", keys=list(keys))
    for row in known:
        del keys[row["key"]]
    spelt = {(key, word) for word in keys.values() for key in spelling.keys(word)}
    _insert(tx, "search_keys", ("key", "word"), spelt)


def _insert(tx: Tx, table: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Insert what is not there yet, many rows at once. They go in order, so that two that write at
    the same time wait for each other and never in a ring."""
    said = (dict(zip(columns, row, strict=True)) for row in sorted(rows))
    tx.insert_all(table, said, known=True)


# --- Looking ------------------------------------------------------------------------------------


def words_like(db: Reads, keys: Iterable[str], limit: int) -> list[str]:
    """Give words that share one of these keys."""
    rows = db.query(
        f"SELECT DISTINCT word FROM search_keys WHERE key IN (:keys) LIMIT {limit:d}",
        keys=sorted(keys),
    )
    return [row["word"] for row in rows]


def words_beginning(db: Reads, begins: str, limit: int) -> list[str]:
    """Give words that begin so."""
    rows = db.query(
        f"""SELECT word FROM search_keys WHERE key >= :begins AND key < :beyond
        ORDER BY key LIMIT {limit:d}""",
        begins=spelling.whole(begins),
        beyond=spelling.whole(begins) + "\uffff",
    )
    return [row["word"] for row in rows]


def words_known(db: Reads, words: Iterable[str]) -> list[str]:
    """Give those of these words that are kept."""
    keys = [spelling.whole(word) for word in words]
    return [
        row["word"]
        for row in db.query("SELECT word FROM search_keys WHERE key IN (:keys)", keys=keys)
    ]
