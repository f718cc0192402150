"""The demo authority: a made-up council that enters through the same doors as real data.

Its feeds are files that are loaded, its notes are logged by the people who wrote them, six months
long, with the clock set back. The same seed gives the same council, as of the day it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api import authority as authorities
from api import store as stores
from api.authority import Authority
from api.demo import council
from api.demo.building import Builder
from api.errors import Misconfigured
from api.store import authority as stored
from api.store import demo as stored_demo

__all__ = ["Character", "actors", "characters", "load", "make"]

BROKEN_OFF = "The demo was broken off half way. Delete its database, then run: inkling demo"

Say = Callable[[str], object]


@dataclass(frozen=True)
class Character:
    """Somebody whom the demo offers to be."""

    key: str
    label: str
    name: str
    job: str
    agency: str
    practitioner_id: str


def make(database_url: str, master_key_file: Path, say: Say = lambda _: None) -> bool:
    """Found the demo authority and fill it; give False if it is there already.

    An SQLite file is made beside its place and moved there when it is whole, so that breaking off
    leaves nothing behind. Raises Misconfigured for a database that belongs to anybody else, or
    (PostgreSQL) where the demo was broken off half way.
    """
    if _is_there(database_url, master_key_file):
        return False
    folder = master_key_file.parent / "demo-feeds"
    with stored_demo.beside(database_url) as url:
        authority = authorities.found_at(url, master_key_file, council.SETTINGS, council.LISTS)
        try:
            load(authority, folder, say)
            authority.store.truncate_log()
        finally:
            authority.close()
    return True


def load(authority: Authority, folder: Path, say: Say = lambda _: None) -> None:
    """Fill a demo authority that was just founded; the feeds' files are written into `folder`.

    Raises Misconfigured for an authority that was not founded as a demo, or is not empty.
    """
    _require_demo(authority)
    if stored_demo.has_begun(authority.store):
        raise Misconfigured(BROKEN_OFF)
    Builder(authority, folder, say).build()


def actors(authority: Authority) -> dict[str, str]:
    """Give the practitioners' ids of those whom the demo offers to be, by their keys."""
    return {one.key: one.practitioner_id for one in characters(authority)}


def characters(authority: Authority) -> list[Character]:
    """Give those whom the demo offers to be, in its order."""
    _require_demo(authority)
    by_email = {row["email"]: row for row in stored_demo.staff(authority.store)}
    emails = {worker.key: worker.email for worker in council.named_staff()}
    return [
        Character(key, label, row["name"], row["job"], row["agency"], row["id"])
        for key, label in council.CHARACTERS.items()
        if (row := by_email.get(emails[key]))
    ]


def _require_demo(authority: Authority) -> None:
    if not authority.settings.demo:
        raise Misconfigured("This database was not made for the demo. Nothing was changed.")


def _is_there(database_url: str, master_key_file: Path) -> bool:
    authorities.migrate(database_url)
    store = stores.open(database_url)
    try:
        if stored.settings(store) is None:
            return False
    finally:
        store.close()
    authority = authorities.open(database_url, master_key_file)
    try:
        _require_demo(authority)
        if not stored_demo.is_done(authority.store):
            raise Misconfigured(BROKEN_OFF)
    finally:
        authority.close()
    return True
