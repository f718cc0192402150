"""Loads of a source: staged under a number, seen once the source's current load is that number.

A fact stands while since_load <= current_load < until_load. So nothing that is staged shows, and
lowering the number takes it all back. `tidy` makes numbers that were given up harmless for later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from api.moment import later, new_id
from api.store import search_names
from api.store.engine import Reads, Row, Tx
from api.store.sources import Source, hold

# What a fact of each kind says. Who says it, since when and by which load is another matter.
SAYS: Mapping[str, tuple[str, ...]] = {
    "names": ("kind", "first", "last", "first_key", "last_key"),
    "particulars": ("born_on", "expected_on", "died_on", "gender"),
    "identifiers": ("scheme", "value"),
    "addresses": ("kind", "lines", "postcode"),
    "plans": ("kind", "valid_from", "valid_to"),
    "involvements": (
        *("agency_id", "practitioner_id", "kind", "role"),
        *("contact_name", "contact_phone", "contact_email", "last_contact_on"),
        *("asserted_by", "valid_from", "valid_to"),
    ),
    "details": ("agency_id", "kind", "label", "value", "happened_on", "place"),
}

EXTRA: Mapping[str, tuple[str, ...]] = {"involvements": ("lead", "confirmed_at", "confirmed_by")}

DEAD_AFTER_MINUTES = 5


@dataclass(frozen=True)
class Fact:
    """What a file says: a table, and the values of its columns in SAYS, in their order.

    `extra` are columns that the file does not decide alone: who leads, and what was confirmed.
    """

    table: str
    says: tuple[Any, ...]
    source_key: str | None = field(default=None, compare=False)
    extra: Row = field(default_factory=dict, compare=False)

    def get(self, column: str) -> Any:
        """Give the value of one column."""
        return self.says[SAYS[self.table].index(column)]


@dataclass(frozen=True)
class Held:
    """A fact of this source that stands. `unit`: whom a load takes for one, which is an identity, or
    the record that stands for one row. `replaced`: a practitioner said it anew, by hand."""

    id: str
    unit: str
    fact: Fact
    replaced: bool


@dataclass(frozen=True)
class Load:
    """One load of a source."""

    source_id: str
    number: int
    previous: int
    state: str
    digest: str
    finished_at: str | None


@dataclass(frozen=True)
class LoadLine:
    """One load in the history of its source: what it did, or would do. `stopped_at` while it is
    staged: it waits for somebody's yes, because of the `alarm` or because it was asked to."""

    number: int
    state: str
    file_name: str
    started_at: str
    touched_at: str
    finished_at: str | None
    stopped_at: str | None
    alarm: str
    made_by: str
    by_name: str | None
    percent: int
    read_rows: int
    taken_rows: int
    waiting_rows: int
    new_people: int
    new_facts: int
    ended_facts: int
    same_facts: int
    missing_people: int


# --- Beginning and ending ----------------------------------------------------------------------


def begin(tx: Tx, source: Source, file_name: str, digest: str, made_by: str) -> Load | None:
    """Begin a load, or give None while another one of this source is running."""
    hold(tx, source.id)
    running = tx.one(
        """SELECT number, touched_at, stopped_at FROM loads
        WHERE source_id = :id AND state = 'staging'""",
        id=source.id,
    )
    if running:
        # What waits for a yes gives way to what the source says now.
        if (
            running["stopped_at"] is None
            and later(running["touched_at"], minutes=DEAD_AFTER_MINUTES) > tx.now
        ):
            return None
        settle(tx, source.id, running["number"], "failed")
    last = tx.one("SELECT MAX(number) AS number FROM loads WHERE source_id = :id", id=source.id)
    now = tx.one("SELECT current_load FROM sources WHERE id = :id", id=source.id)
    number = (last["number"] or 0) + 1 if last else 1
    previous = now["current_load"] if now else 0
    tx.insert(
        "loads",
        source_id=source.id,
        number=number,
        previous=previous,
        file_name=file_name,
        digest=digest,
        state="staging",
        read_rows=0,
        taken_rows=0,
        waiting_rows=0,
        started_at=tx.now,
        touched_at=tx.now,
        made_by=made_by,
    )
    return Load(source.id, number, previous, "staging", digest, None)


def touch(tx: Tx, load: Load, percent: int = 0) -> bool:
    """Say that a load is alive, and how far; give False if it was given up meanwhile."""
    changed = tx.change(
        """UPDATE loads SET touched_at = :now, percent = :percent
        WHERE source_id = :source AND number = :number AND state = 'staging'
        AND stopped_at IS NULL""",
        now=tx.now,
        percent=percent,
        source=load.source_id,
        number=load.number,
    )
    return changed == 1


def settle(tx: Tx, source_id: str, number: int, state: str, **counts: int) -> None:
    """Write how a load ended."""
    counted = "".join(f", {name} = :{name}" for name in counts)
    tx.change(
        f"""UPDATE loads SET state = :state, finished_at = :now{counted}
        WHERE source_id = :source AND number = :number""",
        state=state,
        now=tx.now,
        source=source_id,
        number=number,
        **counts,
    )


def stop(tx: Tx, load: Load, alarm: str, **counts: int) -> None:
    """Let a load that is staged to the end wait for somebody's yes."""
    counted = "".join(f", {name} = :{name}" for name in counts)
    tx.change(
        f"""UPDATE loads SET stopped_at = :now, alarm = :alarm{counted}
        WHERE source_id = :source AND number = :number""",
        now=tx.now,
        alarm=alarm,
        source=load.source_id,
        number=load.number,
        **counts,
    )


def explain(tx: Tx, load: Load, why: str) -> None:
    """Say why a load broke off."""
    tx.change(
        "UPDATE loads SET alarm = :why WHERE source_id = :source AND number = :number",
        why=why,
        source=load.source_id,
        number=load.number,
    )


def go_on(tx: Tx, source_id: str, number: int, state: str) -> bool:
    """Let a load that waits show ('live') or be given up ('failed'); False if it does not wait."""
    changed = tx.change(
        """UPDATE loads SET state = :state, finished_at = :now
        WHERE source_id = :source AND number = :number AND state = 'staging'
        AND stopped_at IS NOT NULL""",
        state=state,
        now=tx.now,
        source=source_id,
        number=number,
    )
    return changed == 1


def stopped(db: Reads, source_id: str) -> int | None:
    """Give the number of the load of a source that waits for a yes, or None."""
    row = db.one(
        """SELECT number FROM loads WHERE source_id = :id AND state = 'staging'
        AND stopped_at IS NOT NULL""",
        id=source_id,
    )
    return row["number"] if row else None


def history(db: Reads, source_id: str, limit: int) -> list[LoadLine]:
    """Give the loads of a source, the newest first."""
    columns = ", ".join(f"l.{name}" for name in LoadLine.__dataclass_fields__ if name != "by_name")
    rows = db.query(
        f"""SELECT {columns}, w.name AS by_name FROM loads l
        LEFT JOIN practitioners w ON w.id = l.made_by
        WHERE l.source_id = :id ORDER BY l.number DESC LIMIT {limit:d}""",
        id=source_id,
    )
    return [LoadLine(**row) for row in rows]


def show(tx: Tx, source_id: str, number: int, reported_at: str | None) -> None:
    """Let a source stand at this load: the one row that makes everything appear."""
    tx.change(
        "UPDATE sources SET current_load = :number, reported_at = :at WHERE id = :id",
        number=number,
        at=reported_at,
        id=source_id,
    )


def find(db: Reads, source_id: str, number: int) -> Load | None:
    """Give one load of a source."""
    row = db.one(
        """SELECT source_id, number, previous, state, digest, finished_at FROM loads
        WHERE source_id = :source AND number = :number""",
        source=source_id,
        number=number,
    )
    return Load(**row) if row else None


def is_running(db: Reads, source_id: str) -> bool:
    """Say whether a load of this source is being staged, or waits for a yes."""
    return bool(
        db.one("SELECT 1 AS x FROM loads WHERE source_id = :id AND state = 'staging'", id=source_id)
    )


def has_died(load: LoadLine, now: str) -> bool:
    """Say whether nothing was heard of a load that runs for so long that it is given up."""
    runs = load.state == "staging" and load.stopped_at is None
    return runs and later(load.touched_at, minutes=DEAD_AFTER_MINUTES) <= now


# What a source says of people that stands, taken back or said anew by hand or not.
_STANDING = """FROM {table} f JOIN people q ON q.id = f.person_id
    WHERE f.source_id = :source AND f.since_load <= :current
    AND (f.until_load IS NULL OR f.until_load > :current)"""


def spoken_of(db: Reads, source: Source) -> dict[str, int]:
    """Give of how many people a source says something, by table, and of "people" in all."""
    of = {"source": source.id, "current": source.current_load}
    found = {}
    for table in SAYS:
        standing = _STANDING.format(table=table)
        sql = f"SELECT COUNT(DISTINCT q.identity_id) AS n {standing}"
        found[table] = db.query(sql, **of)[0]["n"]
    each = " UNION ".join(f"SELECT q.identity_id {_STANDING.format(table=t)}" for t in SAYS)
    found["people"] = db.query(f"SELECT COUNT(*) AS n FROM ({each}) AS said", **of)[0]["n"]
    return found


def lines(db: Reads, source: Source, fewest: int) -> list[Row]:
    """Give what a source says alike of at least so many people's support: agency_id, agency,
    role, n."""
    standing = _STANDING.format(table="involvements")
    return db.query(
        f"""SELECT f.agency_id, (SELECT a.name FROM agencies a WHERE a.id = f.agency_id) AS agency,
            f.role, COUNT(DISTINCT q.identity_id) AS n {standing}
        GROUP BY f.agency_id, f.role HAVING COUNT(DISTINCT q.identity_id) >= :fewest""",
        source=source.id,
        current=source.current_load,
        fewest=fewest,
    )


def tidy(tx: Tx, table: str, source: Source, after: str, limit: int) -> str:
    """Void what was staged beyond the current load, and reopen what it would have ended.

    Takes the facts that follow the id `after`; gives the last id, or "" at the end.
    """
    rows = tx.query(
        f"""SELECT id FROM {table} WHERE source_id = :source AND id > :after
            AND (since_load > :current OR until_load > :current)
        ORDER BY id LIMIT :limit""",
        source=source.id,
        current=source.current_load,
        after=after,
        limit=limit,
    )
    ids = [row["id"] for row in rows]
    for settled, which in (("since_load", ">"), ("NULL", "<=")):
        tx.change(
            f"""UPDATE {table} SET until_load = {settled}
            WHERE id IN (:ids) AND since_load {which} :current""",
            ids=ids,
            current=source.current_load,
        )
    return ids[-1] if ids else ""


# --- Staging ------------------------------------------------------------------------------------


def add_people(tx: Tx, people: Sequence[str], source_id: str) -> None:
    """Write the records of people whom a load brings; their facts come with it."""
    said = {"made_at": tx.now, "source_id": source_id}
    tx.insert_all("people", ({"id": id, "identity_id": id, **said} for id in people))


def stage(tx: Tx, load: Load, facts: Sequence[tuple[str, Fact]]) -> None:
    """Write facts, each with whom it is about, that will stand from this load on."""
    said = {"source_id": load.source_id, "since_load": load.number, "recorded_at": tx.now}
    for table, columns in SAYS.items():
        tx.insert_all(
            table,
            (
                {
                    "id": new_id(),
                    "person_id": person,
                    "source_key": fact.source_key,
                    **said,
                    **dict(zip(columns, fact.says, strict=True)),
                    **{column: fact.extra.get(column) for column in EXTRA.get(table, ())},
                }
                for person, fact in facts
                if fact.table == table
            ),
        )


def index(tx: Tx, staged: Sequence[tuple[str, Fact]], new_people: Iterable[str]) -> None:
    """Let the people of whom names or days were staged be found by them."""
    people = {person for person, fact in staged if fact.table in search_names.SAID_IN}
    new = people.intersection(new_people)
    search_names.refresh(tx, sorted(new), new=True)
    search_names.refresh(tx, sorted(people - new))


def end(tx: Tx, load: Load, table: str, ids: Sequence[str]) -> None:
    """Let facts stand until this load."""
    if not ids:
        return
    tx.change(
        f"UPDATE {table} SET until_load = :number WHERE id IN (:ids)",
        number=load.number,
        ids=list(ids),
    )


def stand_again(tx: Tx, table: str, ids: Sequence[str]) -> None:
    """Let facts that were ended stand again; what belongs to a load that was taken back does not."""
    tx.change(
        f"UPDATE {table} SET until_load = NULL WHERE id IN (:ids) AND until_load > since_load",
        ids=list(ids),
    )


# What a decision about a row took back is as if the source had never said it.
_UNDECIDED = """(f.withdrawn_by IS NULL OR f.withdrawn_by NOT IN (
    SELECT d.id FROM decisions d WHERE d.source_id = :source))"""

# What a source says of a row that somebody decided about hangs on that row's record, apart from what
# else it says of the same person.
_UNIT = "CASE WHEN q.row_of = :source THEN q.id ELSE q.identity_id END"


def held(
    db: Reads, source: Source, identities: Sequence[str], records: Sequence[str] = ()
) -> list[Held]:
    """Give the facts of a source that stand about these people, and on these records of single rows;
    taken back ones too: a source that repeats what a practitioner took back does not bring it back."""
    found: list[Held] = []
    wanted = [("q.identity_id IN (:ids) AND COALESCE(q.row_of, '') <> :source", identities)]
    if records:
        wanted.append(("q.id IN (:ids) AND q.row_of = :source", records))
    for whose, ids in wanted:
        for table in SAYS:
            found += db.rows(
                partial(_held, table),
                f"""SELECT {_held_columns(table)} FROM {table} f JOIN people q ON q.id = f.person_id
                WHERE {whose} AND f.source_id = :source AND {_UNDECIDED}
                    AND f.since_load <= :current AND f.until_load IS NULL""",
                ids=list(ids),
                source=source.id,
                current=source.current_load,
            )
    return found


def held_by_key(db: Reads, source: Source, source_key: str) -> list[Held]:
    """Give the facts of a source that stand and come from the rows with this id of its own."""
    found: list[Held] = []
    for table in SAYS:
        found += db.rows(
            partial(_held, table),
            f"""SELECT {_held_columns(table)} FROM {table} f JOIN people q ON q.id = f.person_id
            WHERE f.source_id = :source AND f.source_key = :key AND {_UNDECIDED}
                AND f.since_load <= :current AND f.until_load IS NULL ORDER BY f.id""",
            source=source.id,
            key=source_key,
            current=source.current_load,
        )
    return found


def standing(
    db: Reads, table: str, source: Source, after: str, limit: int
) -> list[tuple[str, str]]:
    """Give the facts of a source that stand, in one table, that follow the id `after`: each with whom
    a load takes for one."""
    return db.rows(
        lambda row: (row[0], row[1]),
        f"""SELECT f.id, {_UNIT} FROM {table} f JOIN people q ON q.id = f.person_id
        WHERE f.source_id = :source AND f.since_load <= :current AND f.until_load IS NULL
            AND {_UNDECIDED} AND f.id > :after ORDER BY f.id LIMIT {limit:d}""",
        source=source.id,
        current=source.current_load,
        after=after,
    )


def facts(db: Reads, table: str, source: Source, ids: Sequence[str]) -> list[Held]:
    """Give these facts of one table."""
    return db.rows(
        partial(_held, table),
        f"""SELECT {_held_columns(table)} FROM {table} f JOIN people q ON q.id = f.person_id
        WHERE f.id IN (:ids) ORDER BY f.id""",
        ids=list(ids),
        source=source.id,
    )


def agencies(db: Reads) -> list[Row]:
    """Give all open agencies: id and name."""
    return db.query("SELECT id, name FROM agencies WHERE closed_at IS NULL ORDER BY id")


def staff(db: Reads, agency_id: str | None) -> list[Row]:
    """Give who works for an agency: id, email, staff_number."""
    return db.query(
        """SELECT id, email, staff_number FROM practitioners
        WHERE agency_id = :agency AND left_at IS NULL ORDER BY id""",
        agency=agency_id,
    )


def _held_columns(table: str) -> str:
    said = ", ".join(f"f.{column}" for column in (*SAYS[table], *EXTRA.get(table, ())))
    return f"f.id, {_UNIT}, f.source_key, f.replaced_by, {said}"


def _held(table: str, row: Sequence[Any]) -> Held:
    id, unit, key, replaced, *said = row
    size = len(SAYS[table])
    extra = dict(zip(EXTRA.get(table, ()), said[size:], strict=True))
    return Held(id, unit, Fact(table, tuple(said[:size]), key, extra), replaced is not None)
