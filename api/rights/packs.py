"""The pack: what is given of a person's record, signed off by two people and made when it is fetched.

It is kept nowhere. One function, `made`, makes it for the preview and for the copy that is handed over,
so that both hold the same. A pack of the main part knows of no sensitive agency; the part of one is a
pack of its own, signed off and handed over by that service.

Nobody is told by a pack that something was held back, unless whoever decided said so: to be told can be
what must not be told (Information Commissioner, guidance on the right of access, on exemptions). Every
pack says that something may have been, and how to complain.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from api import moment
from api.authority import Authority
from api.rights import blacking, held, items, saying
from api.rights.blacking import Line
from api.rights.requests import Opened
from api.store import Tx
from api.store import requests as stored


@dataclass(frozen=True)
class PackItem:
    """One item of a pack: its number there, what it is, and what it says."""

    number: int
    what: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Pack:
    """A pack as its reader sees it."""

    title: str
    about: Sequence[Line]
    controllers: Sequence[str]
    items: Sequence[PackItem]
    held_back: Sequence[str]
    rights: Sequence[str]

    def as_json(self) -> str:
        """Give the pack for machines."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)


def made(tx: Tx, authority: Authority, opened: Opened, part: str) -> Pack:
    """Make the pack of a part: the same for its preview and for the copy that is handed over."""
    kept = opened.kept
    whole = stored.items(tx, kept.id, part)
    around = held.around(tx, authority, kept, part)
    texts = held.texts(tx, authority, kept, whole, around)
    decided = items.decisions(tx, authority, whole)
    laws = {one.code: f"{one.label} ({one.law})" for one in stored.exemptions(tx)}
    given: list[PackItem] = []
    for one in whole:
        lines = items.as_read(texts[one.id], decided[one.id])
        if lines:
            given.append(PackItem(len(given) + 1, held.WHAT[one.kind], lines))
    controllers = sorted({line.text for item in given for line in item.lines[:1]})
    held_back = sorted(
        {laws[one.exemption] for one in whole if one.exemption and decided[one.id].told}
    )
    return Pack(
        title="A copy of what is kept",
        about=[
            Line("About", around.name),
            Line("Asked for on", saying.long_date(date.fromisoformat(kept.received_on))),
            Line("As it was kept on", saying.long_date(moment.day(kept.gathered_at or tx.now))),
            Line("Kept in Inkling by", ", ".join(controllers))
            if given
            else Line("In this copy", "Nothing"),
        ],
        controllers=controllers,
        items=given,
        held_back=held_back,
        rights=_rights(authority),
    )


def version(tx: Tx, authority: Authority, opened: Opened, pack: Pack) -> str:
    """Say which text a pack is: keyed, so that nobody can try out texts on what is kept of it."""
    secret = authority.vault.secret(tx, "api")
    said = f"inkling pack 1\n{opened.kept.id}\n{pack.as_json()}".encode()
    return hmac.new(secret, said, hashlib.sha256).hexdigest()


def _rights(authority: Authority) -> list[str]:
    """Say what goes with every copy (UK GDPR, Article 15(1)), in plain words."""
    settings = authority.settings
    return [
        (
            "Why it is kept: so that the people who support a child know what the others know, and can act "
            "in time to keep the child safe and well. The law asks them to work together (Children Act "
            "1989, sections 17 and 47; Children Act 2004, sections 10 and 11)."
        ),
        (
            "Who sees it: the people who support this child and family, and those who stand in for them. "
            "Each part says which agency controls it. Nobody else sees it without a reason that is written "
            "down, and nothing in it is decided by a computer."
        ),
        "How long it is kept: each agency keeps it as long as its own rules say, and then it is erased.",
        (
            "We may have left something out. The law lets us do so where something is about somebody else, "
            "where telling could cause serious harm, or where it would hinder the prevention of a crime. "
            f"Where words were taken out, it says {blacking.BLACK}."
        ),
        (
            "You can ask for what is wrong to be put right, for something to be erased, or object to its "
            f"being kept: ask the agency that controls it, or {settings.front_door}, "
            f"{settings.front_door_phone}, {settings.front_door_email}."
        ),
        (
            "If you are not content with this answer, you can complain to the Information Commissioner: "
            "ico.org.uk, or 0303 123 1113. You can also ask a court."
        ),
    ]
