"""The authority, opened: its store, its keys, and what it set for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from api import store as stores
from api.errors import Misconfigured, NotAllowed
from api.moment import new_id
from api.store import Store, Tx, migrations
from api.store import authority as stored
from api.store import sealing_keys as stored_sealing_keys
from api.store import search_names as stored_search_names
from api.store.authority import OWN, Lists, Settings
from api.trust import audit, sealing
from api.trust.actor import Actor
from api.trust.audit import Action
from api.trust.keys import MasterKey, Vault

__all__ = [
    "OWN",
    "Authority",
    "Choices",
    "Lists",
    "Settings",
    "found",
    "found_at",
    "migrate",
    "open",
    "open_details",
    "set_retention",
]

# The system's own 32 secret bytes in the vault, by name.
SYSTEM_SECRETS = ("vapid", "caseload", "api", "audit")


# What one process sets, the others have taken up after so long.
TAKEN_UP_WITHIN = timedelta(minutes=1)

LISTED = ("agency_kinds", "categories", "plan_kinds", "purposes", "bases", "grounds")


@dataclass(frozen=True)
class Choices:
    """What an authority offers in its lists: each entry a (code, label) pair, in order. `laws` says on which
    law each of the purposes, bases and grounds rests, by list and code."""

    agency_kinds: Sequence[tuple[str, str]]
    categories: Sequence[tuple[str, str]]
    plan_kinds: Sequence[tuple[str, str]]
    purposes: Sequence[tuple[str, str]]
    bases: Sequence[tuple[str, str]]
    grounds: Sequence[tuple[str, str]]
    laws: Mapping[str, Mapping[str, str]]


class Authority:
    """One database is one authority. Thread-safe; a process opens it once."""

    def __init__(self, store: Store, vault: Vault, settings: Settings) -> None:
        self.store = store
        self.vault = vault
        self.settings = settings
        self._periods: set[str] = set()
        self._taken_up_at = store.clock()

    @property
    def id(self) -> str:
        """The authority's UUID, which stands in everything that leaves the building."""
        return self.settings.id

    @cached_property
    def choices(self) -> Choices:
        """The lists for forms, as they were when they were taken up."""
        return Choices(
            **{
                table: [(row["code"], row["label"]) for row in stored.offered(self.store, table)]
                for table in LISTED
            },
            laws=stored.laws(self.store),
        )

    def keep_up(self) -> None:
        """Take up what was set elsewhere, where that was not done for a minute. Before every request."""
        if self.store.clock() - self._taken_up_at >= TAKEN_UP_WITHIN:
            self.take_up()

    def take_up(self) -> None:
        """Read anew what the authority set for itself."""
        self._taken_up_at = self.store.clock()
        self.settings = stored.settings(self.store) or self.settings
        vars(self).pop("choices", None)

    def prepare(self) -> None:
        """Have a key ready for what is typed about nobody this month. Outside a transaction."""
        period = self.store.now()[:7]
        if period not in self._periods:
            self.store.upkeep(lambda tx: self.vault.add_key(tx, "period", period))
            self._periods.add(period)

    def period(self, tx: Tx) -> str:
        """Give the period whose key seals what is about nobody: the month, such as 2026-11."""
        return tx.now[:7]

    def check(self) -> None:
        """Ask whether the database takes a write. Raises Unavailable where it does not."""
        self.store.upkeep(lambda _: None)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def found(store: Store, master: MasterKey, settings: Settings, lists: Lists) -> Authority:
    """Found an authority in an empty, migrated database, with the lists that it sets.

    `settings.id` may be empty: a new one is made. Raises Misconfigured if there is one already.
    """
    if stored.settings(store):
        raise Misconfigured("There is an authority in this database already.")
    vault = Vault(master)
    settings = settings.with_id(settings.id or new_id())

    def founding(tx: Tx) -> None:
        stored.add(tx, settings, master.current, master.check())
        stored.add_lists(tx, lists)
        _make_keys(tx, vault)
        actor = Actor(authority=authority, id="command line", name="command line")
        audit.allowed(tx, actor, Action.AUTHORITY_FOUNDED, object=settings.id)

    authority = Authority(store, vault, settings)
    store.write(founding)
    authority.prepare()
    return authority


def found_at(
    database_url: str, master_key_file: Path, settings: Settings, lists: Lists
) -> Authority:
    """Found an authority at this address, migrating the database first. Raises as `found` does."""
    master = MasterKey.read(master_key_file)
    store = stores.open(database_url)
    try:
        store.migrate()
        return found(store, master, settings, lists)
    except BaseException:
        store.close()
        raise


def open_details(actor: Actor, lists: Lists) -> None:
    """Say anew which kinds of agency see which details of services: what is not listed is seen by nobody
    from now on. On the command line only. Raises Misconfigured for a kind of agency that is not here."""
    authority = actor.authority
    here = dict(authority.choices.agency_kinds)

    def change(tx: Tx) -> None:
        if not actor.is_system:
            audit.refused(tx, actor, Action.DETAILS_OPENED, reason="not the command line")
            raise NotAllowed("Who sees details of services is set on the command line.")
        stored.set_detail_kinds(tx, lists)
        audit.allowed(tx, actor, Action.DETAILS_OPENED, object=authority.id)

    for code, _, *seen_by in lists.detail_kinds:
        for kind in (kind for kinds in seen_by for kind in kinds):
            if kind not in here:
                raise Misconfigured(f"The kind of details {code} names {kind}, which is not here.")
    authority.store.write(change)


def set_retention(actor: Actor, lists: Lists) -> None:
    """Say anew how long agencies keep what they wrote. On the command line only. Raises Misconfigured
    where a rule names what is not here."""
    authority = actor.authority
    here = {
        "kind of agency": dict(authority.choices.agency_kinds),
        "kind of plan": dict(authority.choices.plan_kinds),
        "category": dict(authority.choices.categories),
    }

    def change(tx: Tx) -> None:
        if not actor.is_system:
            audit.refused(tx, actor, Action.RETENTION_SET, reason="not the command line")
            raise NotAllowed("How long things are kept is set on the command line.")
        stored.set_retention(tx, lists)
        audit.allowed(tx, actor, Action.RETENTION_SET, object=authority.id)

    for code, _, kinds, plan, category, *_ in lists.retention:
        named = [*(("kind of agency", kind) for kind in kinds)]
        named += [
            (what, one) for what, one in (("kind of plan", plan), ("category", category)) if one
        ]
        for what, one in named:
            if one not in here[what]:
                raise Misconfigured(f"The rule {code} names the {what} {one}, which is not here.")
    authority.store.write(change)


def migrate(database_url: str) -> list[str]:
    """Bring a database's schema up to date, and what is made of its data; give the names of the
    migrations that ran."""
    store = stores.open(database_url)
    try:
        ran = store.migrate()
        stored_search_names.catch_up(store)
        return ran
    finally:
        store.close()


def open(database_url: str, master_key_file: Path) -> Authority:
    """Open the authority of this database with this machine's master key.

    Raises Misconfigured where the key is missing or wrong, the schema is not up to date or no
    authority was founded; Unavailable where the database does not answer.
    """
    master = MasterKey.read(master_key_file)
    store = stores.open(database_url)
    try:
        missing = migrations.missing(store)
        if missing:
            raise Misconfigured("The database is not up to date. Run: inkling migrate")
        settings = stored.settings(store)
        if settings is None:
            raise Misconfigured("No authority was founded in this database. Run: inkling found")
        version, check = stored.master_check(store)
        if version not in master.versions:
            raise Misconfigured(
                f"The master key at {master_key_file} has no version {version}, which this database "
                "needs. Copy the file from a machine that has it."
            )
        if not master.matches(version, check):
            raise Misconfigured(
                f"The master key at {master_key_file} is not the one of this database."
            )
    except BaseException:
        store.close()
        raise
    authority = Authority(store, Vault(master), settings)
    # Where `inkling migrate` was interrupted, people would be here whom nobody finds.
    stored_search_names.catch_up(store)
    # What a later version of Inkling needs beside what was made at the founding.
    store.upkeep(lambda tx: _make_keys(tx, authority.vault))
    authority.prepare()
    return authority


def _make_keys(tx: Tx, vault: Vault) -> None:
    for secret in SYSTEM_SECRETS:
        vault.add_key(tx, "system", secret)
    if stored_sealing_keys.current(tx) is None:
        sealing.make(tx, vault)
