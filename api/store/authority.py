"""The authority's own row, and the lists that it sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from api.store.engine import Reads, Row, Tx


@dataclass(frozen=True)
class Settings:
    """What an authority set for itself. Phone numbers are shown on every page that needs them."""

    name: str
    front_door: str
    front_door_phone: str
    front_door_email: str
    switchboard: str
    out_of_hours_phone: str
    shift_hours: int = 10
    correction_days: int = 5
    many_in_an_hour: int = 20
    # For families; "" where the front door answers.
    complaints_phone: str = ""
    complaints_email: str = ""
    data_protection_phone: str = ""
    data_protection_email: str = ""
    directory_shows_plans: bool = True
    demo: bool = False
    id: str = ""
    founded_at: str = ""

    def with_id(self, id: str) -> Settings:
        """Give the same settings with an id."""
        return replace(self, id=id)


@dataclass(frozen=True)
class Lists:
    """The lists of an authority, as it founds itself; each entry in its order.

    agency_kinds: code, label, located. categories: code, label, the agency kinds that see it (empty:
    all). plan_kinds: code, label, legal. purposes: code, label, legal basis.
    detail_kinds: code, label, the agency kinds whose people see it in the circle's sight, and those
    who do in the directory view as well (in neither: nobody sees it). bases: code, label, the law; none:
    those that a new database has; grounds the same, for not sharing. exemptions the same, by which something
    is held back from a copy of a record: code, label, law, whether only from who asks for another. retention: code, label, the agency
    kinds it holds for (empty: where no other does), plan kind, category ("" for either: whatever), from
    which day it counts, years.
    """

    agency_kinds: Sequence[tuple[str, str, bool]]
    categories: Sequence[tuple[str, str, Sequence[str]]]
    plan_kinds: Sequence[tuple[str, str, bool]]
    purposes: Sequence[tuple[str, str, str]]
    detail_kinds: Sequence[tuple[str, str, Sequence[str], Sequence[str]]] = ()
    bases: Sequence[tuple[str, str, str]] = ()
    grounds: Sequence[tuple[str, str, str]] = ()
    exemptions: Sequence[tuple[str, str, str, bool]] = ()
    retention: Sequence[tuple[str, str, Sequence[str], str, str, str, int]] = ()


# An entry of a list: its code, and what else it says.
Choice = tuple[str, *tuple[str | bool, ...]]


class Entry(NamedTuple):
    """An entry of one of OFFERED; `parent` where it holds only when somebody asks for another."""

    code: str
    label: str
    law: str
    parent: int
    retired: int


class Change(NamedTuple):
    """When the authority set something for itself, or was founded, and who did."""

    at: str
    by: str
    action: str
    words_id: str | None


# What only the service itself sets.
OWN = ("id", "founded_at", "demo")
# The lists whose entries are offered or not, with what an entry says besides its code.
OFFERED = {
    "purposes": ("label", "basis"),
    "bases": ("label", "law"),
    "grounds": ("label", "law"),
    "exemptions": ("label", "law", "parent"),
}


def add(tx: Tx, settings: Settings, master_version: int, master_check: bytes) -> None:
    """Write the authority's row."""
    row = dict(vars(settings))
    row.update(
        directory_shows_plans=int(settings.directory_shows_plans),
        demo=int(settings.demo),
        founded_at=tx.now,
    )
    tx.insert("authority", **row, master_version=master_version, master_check=master_check)


def set_settings(tx: Tx, settings: Settings) -> None:
    """Write the authority's settings anew; what only the service sets stays."""
    row = dict(vars(settings))
    for own in OWN:
        del row[own]
    row["directory_shows_plans"] = int(settings.directory_shows_plans)
    tx.change(f"UPDATE authority SET {', '.join(f'{name} = :{name}' for name in row)}", **row)


def set_choices(tx: Tx, table: str, entries: Sequence[Choice]) -> None:
    """Offer these entries of one of OFFERED (a code and what else it says), in this order, and none of the
    others. Those stay, for what was recorded under them."""
    tx.change(f"UPDATE {table} SET retired = 1")
    for n, (code, *said) in enumerate(entries):
        known = tx.change(
            f"UPDATE {table} SET retired = 0, position = :n WHERE code = :code", n=n, code=code
        )
        if not known:
            row = dict(zip(OFFERED[table], map(_kept, said), strict=True))
            tx.insert(table, code=code, position=n, **row)


def _kept(value: str | bool) -> str | int:
    return int(value) if isinstance(value, bool) else value


def add_lists(tx: Tx, lists: Lists) -> None:
    """Write the authority's lists."""
    for n, (code, label, located) in enumerate(lists.agency_kinds):
        tx.insert("agency_kinds", code=code, label=label, located=int(located), position=n)
    for n, (code, label, kinds) in enumerate(lists.categories):
        tx.insert("categories", code=code, label=label, position=n)
        for kind in kinds:
            tx.insert("category_kinds", category=code, agency_kind=kind)
    set_detail_kinds(tx, lists)
    for n, (code, label, legal) in enumerate(lists.plan_kinds):
        tx.insert("plan_kinds", code=code, label=label, legal=int(legal), position=n)
    for n, (code, label, basis) in enumerate(lists.purposes):
        tx.insert("purposes", code=code, label=label, basis=basis, position=n)
    begun: Mapping[str, Sequence[Choice]] = {
        "bases": lists.bases,
        "grounds": lists.grounds,
        "exemptions": lists.exemptions,
    }
    for table, choices in begun.items():
        if choices:
            tx.change(f"DELETE FROM {table}")
            set_choices(tx, table, choices)
    set_retention(tx, lists)


def set_detail_kinds(tx: Tx, lists: Lists) -> None:
    """Write which kinds of agency see which details of services, in the place of what was said."""
    tx.change("DELETE FROM detail_kind_agencies")
    tx.change("DELETE FROM detail_kinds")
    for n, (code, label, in_circle, in_directory) in enumerate(lists.detail_kinds):
        tx.insert("detail_kinds", code=code, label=label, position=n)
        seen = dict.fromkeys(in_circle, "circle") | dict.fromkeys(in_directory, "directory")
        for kind, sight in seen.items():
            tx.insert("detail_kind_agencies", detail_kind=code, agency_kind=kind, sight=sight)


def set_retention(tx: Tx, lists: Lists) -> None:
    """Write how long agencies keep what they wrote, in the place of what was said."""
    tx.change("DELETE FROM retention_rule_kinds")
    tx.change("DELETE FROM retention_rules")
    for n, (code, label, kinds, plan, category, counts_from, years) in enumerate(lists.retention):
        tx.insert(
            "retention_rules",
            code=code,
            label=label,
            plan_kind=plan or None,
            category=category or None,
            counts_from=counts_from,
            years=years,
            position=n,
        )
        for kind in kinds:
            tx.insert("retention_rule_kinds", rule=code, agency_kind=kind)


def opened_details(db: Reads) -> set[str]:
    """Give the kinds of details that somebody may see."""
    rows = db.query("SELECT DISTINCT detail_kind FROM detail_kind_agencies")
    return {row["detail_kind"] for row in rows}


def law(db: Reads, basis: str) -> str | None:
    """Give the law of a basis on the authority's list, or None for none such."""
    row = db.one("SELECT law FROM bases WHERE code = :code AND retired = 0", code=basis)
    return row["law"] if row else None


def why(db: Reads, shared: bool, code: str) -> Row | None:
    """Give label and law of a basis for sharing something, or of a ground for not sharing it, that is
    offered."""
    table = "bases" if shared else "grounds"
    return db.one(f"SELECT label, law FROM {table} WHERE code = :code AND retired = 0", code=code)


def laws(db: Reads) -> dict[str, dict[str, str]]:
    """Give the law on which each purpose, basis and ground rests, by list and code."""
    rows = db.query(
        """SELECT 'purposes' AS list, code, basis AS law FROM purposes
        UNION ALL SELECT 'bases' AS list, code, law FROM bases
        UNION ALL SELECT 'grounds' AS list, code, law FROM grounds"""
    )
    found: dict[str, dict[str, str]] = {"purposes": {}, "bases": {}, "grounds": {}}
    for row in rows:
        found[row["list"]][row["code"]] = row["law"]
    return found


def settings(db: Reads) -> Settings | None:
    """Give the authority's settings, or None in a database without one."""
    row = db.one(
        """SELECT id, name, front_door, front_door_phone, front_door_email, switchboard,
            out_of_hours_phone, shift_hours, correction_days, many_in_an_hour, complaints_phone,
            complaints_email, data_protection_phone, data_protection_email, directory_shows_plans,
            demo, founded_at
        FROM authority"""
    )
    if row is None:
        return None
    row["demo"] = bool(row["demo"])
    row["directory_shows_plans"] = bool(row["directory_shows_plans"])
    return Settings(**row)


def master_check(db: Reads) -> tuple[int, bytes]:
    """Give the version of the master key in use, and the value that it made."""
    rows = db.query("SELECT master_version, master_check FROM authority")
    return rows[0]["master_version"], bytes(rows[0]["master_check"])


def choices(db: Reads, table: str) -> list[Row]:
    """Give one of the authority's lists in its order, with what is offered no more."""
    return db.query(f"SELECT code, label FROM {table} ORDER BY position, code")


def offered(db: Reads, table: str) -> list[Row]:
    """Give what is offered of one of the authority's lists, in its order."""
    still = "WHERE retired = 0" if table in OFFERED else ""
    return db.query(f"SELECT code, label FROM {table} {still} ORDER BY position")


def entries(db: Reads, table: str) -> list[Entry]:
    """Give one of OFFERED in its order, with what is offered no more."""
    law = OFFERED[table][1]
    parent = "parent" if "parent" in OFFERED[table] else "0 AS parent"
    return db.rows(
        Entry._make,
        f"SELECT code, label, {law}, {parent}, retired FROM {table} ORDER BY position, code",
    )


def changes(db: Reads, limit: int) -> list[Change]:
    """Give when the authority set something for itself, newest first."""
    return db.rows(
        Change._make,
        f"""SELECT e.at, COALESCE(p.name, ''), e.action, e.words_id
        FROM audit_events e LEFT JOIN practitioners p ON p.id = e.actor
        WHERE e.action IN ('authority:set', 'authority:founded', 'retention:set') AND e.verdict = 'allowed'
        ORDER BY e.at DESC, e.id DESC LIMIT {limit:d}""",
    )
