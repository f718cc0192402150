"""What an authority sets for itself: how it is reached, its numbers, and the lists of what it offers.

All at once from a file, on the command line; or an entry at a time, by the authority's governance lead. An
entry keeps its words for what was recorded under it: what changes is a new entry, and the old one is offered
no more. Each change is in the trail, sealed, with what it was before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from api import access
from api.errors import Checks, Invalid, Misconfigured, NotAllowed, NotFound
from api.staff import words
from api.store import Tx
from api.store import authority as stored
from api.store.authority import OFFERED, OWN, Change, Choice, Entry, Lists, Settings
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

NOT_YOURS = "This is for governance leads."
NOT_YOURS_TO_SET = "Only the authority's governance lead may change what it sets for itself."
CHANGES = 20

# The lists, each with what one entry of it is called.
LISTS: Mapping[str, str] = {
    "purposes": "purpose",
    "bases": "basis",
    "grounds": "ground",
    "exemptions": "exemption",
}
# How the authority is reached, in the words of its pages.
CONTACTS: Mapping[str, str] = {
    "front_door": "Front door",
    "front_door_phone": "Front door, phone",
    "front_door_email": "Front door, e-mail",
    "out_of_hours_phone": "At night and at weekends",
    "switchboard": "Switchboard",
    "complaints_phone": "Complaints, phone",
    "complaints_email": "Complaints, e-mail",
    "data_protection_phone": "Data protection, phone",
    "data_protection_email": "Data protection, e-mail",
}
# What each of them is for, in sentences that ask for one.
_FOR: Mapping[str, str] = {
    "front_door": "the front door",
    "out_of_hours": "nights and weekends",
    "switchboard": "the switchboard",
    "complaints": "complaints",
    "data_protection": "data protection",
}
# For these the front door answers where nothing is said.
MAY_BE_EMPTY = frozenset(name for name in CONTACTS if name.startswith(("complaints", "data")))
_REST: Mapping[str, str] = {
    "name": "Name",
    "shift_hours": "A purpose for looking holds, in hours",
    "correction_days": "Working days to answer what is said to be wrong",
    "many_in_an_hour": "People looked at within an hour that deserve a question",
    "directory_shows_plans": "The directory view shows plans",
}
# Its numbers, each with the least and the most that it may be.
NUMBERS: Mapping[str, tuple[int, int]] = {
    "shift_hours": (1, 24),
    "correction_days": (1, 60),
    "many_in_an_hour": (2, 999),
}
_PHONE = re.compile(r"[+(]?[0-9][0-9 ()-]{2,}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Changed:
    """One change: when, by whom ("" for whoever runs the service), and what, a line each."""

    at: str
    by: str
    what: Sequence[str]
    founded: bool = False


@dataclass(frozen=True)
class Standing:
    """What is in force: the settings, each list with what is offered no more, and the latest changes.
    `may` says whether the reader may change it."""

    settings: Settings
    lists: Mapping[str, Sequence[Entry]]
    changes: Sequence[Changed]
    may: bool


def look(actor: Actor, *, to_change: bool = False) -> Standing:
    """Give what is in force and how it came to be, to a governance lead; `to_change` it, only to who may.
    Raises NotAllowed."""

    def looking(tx: Tx) -> Standing:
        me = access.who(tx, actor)
        if not access.is_governance_lead(me):
            raise access.refuse(tx, actor, Action.AUTHORITY_LOOKED, "no governance lead", NOT_YOURS)
        if to_change and not access.governs_authority(me):
            raise access.refuse(
                tx, actor, Action.AUTHORITY_LOOKED, "not the authority's", NOT_YOURS_TO_SET
            )
        audit.allowed(tx, actor, Action.AUTHORITY_LOOKED)
        rows = stored.changes(tx, CHANGES)
        said = actor.authority.vault.open(tx, [row.words_id for row in rows if row.words_id])
        return Standing(
            _settings(tx, actor),
            {table: stored.entries(tx, table) for table in LISTS},
            [
                Changed(
                    row.at,
                    row.by,
                    _said(row, said),
                    row.action == Action.AUTHORITY_FOUNDED,
                )
                for row in rows
            ],
            access.governs_authority(me),
        )

    return actor.store.look(looking)


def set_all(actor: Actor, settings: Settings, lists: Lists) -> None:
    """Say anew how the authority is reached, its numbers, and its purposes, bases, grounds and exemptions.
    What is not listed any more is offered no more; a list without entries stays as it is. On the command
    line only.

    Raises Misconfigured where an entry that is here reads otherwise: what was recorded under it would then say
    what nobody said.
    """
    said: dict[str, Sequence[Choice]] = {table: getattr(lists, table) for table in LISTS}

    def change(tx: Tx) -> None:
        if not actor.is_system:
            audit.refused(tx, actor, Action.AUTHORITY_SET, reason="not the command line")
            raise NotAllowed("All of it at once is set on the command line.")
        for table, entries in said.items():
            here = {one.code: _says(table, one) for one in stored.entries(tx, table)}
            for code, *says in entries:
                if here.get(code, says) != says:
                    raise Misconfigured(
                        f"In {table}, {code} reads otherwise here. Give what it reads now a code of its own."
                    )
        _write(tx, actor, settings, {table: new for table, new in said.items() if new})

    _take_up_after(actor, change)


def set_contacts(actor: Actor, contacts: Mapping[str, str]) -> None:
    """Say anew how the authority is reached: every one of CONTACTS.

    Asks for the passkey. Raises Invalid, ConfirmFirst, NotAllowed for all but its governance lead.
    """
    with Checks() as check:
        checked = {name: check(_contact, name, contacts.get(name, "")) for name in CONTACTS}

    def change(tx: Tx) -> None:
        _require(tx, actor)
        _write(tx, actor, replace(_settings(tx, actor), **checked), {})  # type: ignore[arg-type]

    _take_up_after(actor, change)


def set_numbers(actor: Actor, numbers: Mapping[str, str], *, shows_plans: bool) -> None:
    """Say anew the authority's numbers, every one of NUMBERS, and whether the directory view shows plans.

    Asks for the passkey. Raises Invalid, ConfirmFirst, NotAllowed for all but its governance lead.
    """
    with Checks() as check:
        checked = {name: check(_number, name, numbers.get(name, "")) for name in NUMBERS}

    def change(tx: Tx) -> None:
        _require(tx, actor)
        settings = replace(
            _settings(tx, actor),
            **checked,  # type: ignore[arg-type]
            directory_shows_plans=shows_plans,
        )
        _write(tx, actor, settings, {})

    _take_up_after(actor, change)


def add(actor: Actor, table: str, label: str, law: str, *, parent: bool = False) -> None:
    """Offer something new in one of LISTS, at its end. `parent`, of an exemption: it holds only where
    somebody asks for another person.

    Asks for the passkey. Raises Invalid, NotFound, ConfirmFirst, NotAllowed for all but the authority's
    governance lead.
    """
    with Checks() as check:
        label = check(words.required, label, "label", f"what the {_one(table)} says")
        law = check(words.required, law, "law", "the law that it rests on")

    def change(tx: Tx) -> None:
        _require(tx, actor)
        entries = stored.entries(tx, table)
        alike = [one for one in entries if one.label.casefold() == label.casefold()]
        if any(not one.retired for one in alike):
            raise Invalid("That is offered already, in these words.", "label")
        if any(one.law == law and one.parent == parent for one in alike):
            raise Invalid("That was offered before: offer it again in the list.", "label")
        made = Entry(_code(label, entries), label, law, int(parent), 0)
        _write(tx, actor, _settings(tx, actor), {table: _offered(table, [*entries, made])})

    _take_up_after(actor, change)


def retire(actor: Actor, table: str, code: str) -> None:
    """Offer an entry of one of LISTS no more; it stays for what was recorded under it.

    Asks for the passkey. Raises Invalid for the last one, NotFound, ConfirmFirst, NotAllowed for all but the
    authority's governance lead.
    """
    _turn(actor, table, code, retired=1)


def offer_again(actor: Actor, table: str, code: str) -> None:
    """Offer again what was retired. Asks and raises as `retire` does."""
    _turn(actor, table, code, retired=0)


def _turn(actor: Actor, table: str, code: str, *, retired: int) -> None:
    _one(table)

    def change(tx: Tx) -> None:
        _require(tx, actor)
        entries = stored.entries(tx, table)
        if code not in {one.code for one in entries}:
            audit.refused(tx, actor, Action.AUTHORITY_SET, reason="no such entry")
            raise NotFound("There is no such entry here.")
        turned = [one._replace(retired=retired) if one.code == code else one for one in entries]
        offered = _offered(table, turned)
        if not offered:
            raise Invalid("One must be left. Add another first.")
        _write(tx, actor, _settings(tx, actor), {table: offered})

    _take_up_after(actor, change)


def _take_up_after(actor: Actor, change: Callable[[Tx], None]) -> None:
    actor.store.write(change)
    actor.authority.take_up()


def _require(tx: Tx, actor: Actor) -> None:
    if not access.governs_authority(access.who(tx, actor)):
        reason = "not the authority's governance lead"
        raise access.refuse(tx, actor, Action.AUTHORITY_SET, reason, NOT_YOURS_TO_SET)
    access.require_confirmed(tx, actor, Action.AUTHORITY_SET)


def _write(tx: Tx, actor: Actor, settings: Settings, said: Mapping[str, Sequence[Choice]]) -> None:
    """Write settings and lists, and into the trail what that changed, in words."""
    before = _settings(tx, actor)
    changes = [
        f"{CONTACTS.get(name) or _REST[name]}: {_in_words(now)} (before: {_in_words(was)})"
        for name, was, now in (
            (field.name, getattr(before, field.name), getattr(settings, field.name))
            for field in fields(Settings)
            if field.name not in OWN
        )
        if was != now
    ]
    for table, choices in said.items():
        was = {one.code: one for one in stored.entries(tx, table)}
        stored.set_choices(tx, table, choices)
        changes += _turned(LISTS[table].capitalize(), was, stored.entries(tx, table))
    stored.set_settings(tx, settings)
    audit.allowed(
        tx,
        actor,
        Action.AUTHORITY_SET,
        object=actor.authority.id,
        details="\n".join(changes) or "Nothing changed",
    )


def _turned(what: str, was: Mapping[str, Entry], now: Sequence[Entry]) -> list[str]:
    said = []
    for one in now:
        before = was.get(one.code)
        if before is None:
            said.append(f"{what} added: {one.label} ({one.law})")
        elif before.retired != one.retired:
            turn = "offered no more" if one.retired else "offered again"
            said.append(f"{what} {turn}: {one.label} ({one.law})")
    return said


def _said(row: Change, texts: Mapping[str, str]) -> Sequence[str]:
    """Give what a change was, a line each; on the command line the rules of keeping are said all at once."""
    if row.action == Action.RETENTION_SET and not row.words_id:
        return ["How long things are kept was said anew"]
    return texts.get(row.words_id or "", "").splitlines()


def _settings(tx: Tx, actor: Actor) -> Settings:
    return stored.settings(tx) or actor.authority.settings


def _offered(table: str, entries: Sequence[Entry]) -> list[Choice]:
    return [(one.code, *_says(table, one)) for one in entries if not one.retired]


def _says(table: str, entry: Entry) -> list[str | bool]:
    parent = [bool(entry.parent)] if "parent" in OFFERED[table] else []
    return [entry.label, entry.law, *parent]


def _one(table: str) -> str:
    if table not in LISTS:
        raise NotFound("There is no such list here.")
    return LISTS[table]


def _code(label: str, entries: Sequence[Entry]) -> str:
    """Make a code of what an entry says, which no other of its list has."""
    taken = {one.code for one in entries}
    plain = re.sub(r"[^a-z0-9]+", "-", label.lower())[:40].strip("-") or "entry"
    codes = (plain if n == 1 else f"{plain}-{n}" for n in range(1, len(taken) + 2))
    return next(code for code in codes if code not in taken)


def _contact(name: str, text: str) -> str:
    if name in MAY_BE_EMPTY and not text.strip():
        return ""
    what = _FOR[name.removesuffix("_phone").removesuffix("_email")]
    if name == "front_door":
        return words.required(text, name, f"the name of {what}")
    if name.endswith("email"):
        text = words.required(text, name, f"an e-mail address for {what}")
        if not _EMAIL.fullmatch(text):
            raise Invalid(f"Enter an e-mail address for {what}, such as name@example.org.", name)
        return text
    text = words.required(text, name, f"a phone number for {what}")
    if not _PHONE.fullmatch(text):
        raise Invalid(f"Enter a phone number for {what}, such as 01632 960001.", name)
    return text


def _number(name: str, text: str) -> int:
    least, most = NUMBERS[name]
    text = text.strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
    if not least <= number <= most:
        raise Invalid(f"Enter a number from {least} to {most}.", name)
    return number


def _in_words(value: str | int | bool) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value) or "nothing"
