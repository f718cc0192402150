"""What was shared with somebody outside or was not, sheets that were given, and statements taken down."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from api.moment import new_id
from api.store import access
from api.store.access import Me
from api.store.engine import Tx

Table = Literal["shares", "sheets_given", "statements"]


class Share(NamedTuple):
    """A decision to share something or not to, with who made it."""

    id: str
    words_id: str
    made_at: str
    agency_id: str
    by: str
    job: str
    agency: str
    located: int
    sensitive: int
    shared: int
    of_sheet: int
    basis: str
    law: str


class Given(NamedTuple):
    """That somebody was given the sheet, with who gave it."""

    id: str
    words_id: str
    made_at: str
    agency_id: str
    by: str
    job: str
    agency: str
    located: int
    sensitive: int
    language: str
    how: str


class Statement(NamedTuple):
    """Somebody's own words, with who took them down."""

    id: str
    words_id: str
    made_at: str
    agency_id: str
    by: str
    job: str
    agency: str
    located: int
    sensitive: int


_WHO = """x.id, x.words_id, x.made_at, x.agency_id, w.name, w.job, a.name, k.located, a.sensitive"""


def _of(table: Table) -> str:
    return f"""FROM {table} x JOIN people q ON q.id = x.person_id
        JOIN practitioners w ON w.id = x.made_by JOIN agencies a ON a.id = x.agency_id
        JOIN agency_kinds k ON k.code = a.kind
        WHERE q.identity_id = :id AND {access.AGENCY_SHOWN} ORDER BY x.made_at DESC, x.id DESC"""


def add(tx: Tx, table: Table, **columns: Any) -> str:
    """Write a row of one of these tables; give its id."""
    id = new_id()
    tx.insert(table, id=id, made_at=tx.now, **columns)
    return id


def shares(tx: Tx, identity: str, me: Me) -> list[Share]:
    """Give what was decided about a person and `me` may know of, the newest first."""
    sql = f"SELECT {_WHO}, x.shared, x.of_sheet, x.basis, x.law {_of('shares')}"
    return tx.rows(Share._make, sql, id=identity, my_agency=me.agency_id)


def given(tx: Tx, identity: str, me: Me) -> list[Given]:
    """Give to whom the sheet about a person was given, as far as `me` may know, the newest first."""
    sql = f"SELECT {_WHO}, x.language, x.how {_of('sheets_given')}"
    return tx.rows(Given._make, sql, id=identity, my_agency=me.agency_id)


def statements(tx: Tx, identity: str, me: Me) -> list[Statement]:
    """Give the statements about a person that `me` may know of, the newest first."""
    sql = f"SELECT {_WHO} {_of('statements')}"
    return tx.rows(Statement._make, sql, id=identity, my_agency=me.agency_id)
