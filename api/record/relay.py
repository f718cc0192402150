"""The relay: reaching who wrote or answered without learning who it is.

What goes through the relay carries a reference of eight figures. Whoever wants to reach its writer rings
the authority's general number and says it. The front door's duty team, who take that number's calls, put
the reference in with the caller's name and number; the writer is told, reads who rang, and rings back.
Nobody on the way learns who that is, or of which agency: the page says "Passed on", and says it of
anybody's reference. A reference is worked out from what it stands for, so that neither its figures nor
their order say when something was written or how much there is.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from api import access
from api.access import Sight
from api.authority import Authority
from api.errors import Checks, Invalid
from api.record import briefs
from api.store import Tx
from api.store import notes as stored_notes
from api.store import people as stored_people
from api.store import relays as stored
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

FIGURES = 8
SHOWN = 50
LENGTHS = {"name": 200, "phone": 50, "words": 500}
NO_SUCH_REFERENCE = "There is no such reference. Ask the caller to read it out again."


@dataclass(frozen=True)
class Call:
    """Somebody who rang for the actor, about whom, and what they left. Empty once it was erased."""

    about: str
    reference: str
    name: str
    phone: str
    words: str
    made_at: str


@dataclass(frozen=True)
class Calls:
    """Who rang for the actor, newest first; `passes_on` whether they take the general number's calls."""

    calls: Sequence[Call]
    passes_on: bool


def refer(
    tx: Tx, authority: Authority, *, note_id: str | None = None, answer_id: str | None = None
) -> str:
    """Give a note or an answer its reference, inside the change that writes it."""
    secret = authority.vault.secret(tx, "api")
    for attempt in count():
        said = f"inkling relay 1\n{note_id or answer_id}\n{attempt}"
        digest = hmac.new(secret, said.encode(), hashlib.sha256).digest()
        reference = f"{int.from_bytes(digest) % 10**FIGURES:0{FIGURES}}"
        if stored.add(tx, reference, note_id=note_id, answer_id=answer_id):
            return reference
    raise AssertionError("there is always another attempt")


def pass_on(actor: Actor, reference: str, name: str, phone: str, words: str = "") -> None:
    """Pass on that somebody rang the general number with a reference. Raises NotAllowed outside the duty
    team, Invalid for a reference that stands for nothing (any more)."""
    figures = "".join(filter(str.isdigit, reference))
    left = {"name": name.strip(), "phone": phone.strip(), "words": words.strip()}
    with Checks() as check:
        check.that(bool(figures), NO_SUCH_REFERENCE, "reference")
        check.that(bool(left["name"]), "Say who rings.", "name")
        check.that(bool(left["phone"]), "Give the number that they can be reached on.", "phone")
        for field, text in left.items():
            fits = len(text) <= LENGTHS[field]
            check.that(fits, f"Use {LENGTHS[field]} characters or fewer.", field)

    def change(tx: Tx) -> bool:
        me = access.who(tx, actor)
        if not (access.works(me) and stored_people.is_duty(tx, me)):
            sentence = "Only the duty team takes the general number's calls."
            raise access.refuse(tx, actor, Action.RELAY_PASSED_ON, "not on a duty team", sentence)
        writer = stored.writer(tx, figures)
        if writer is None:
            audit.refused(tx, actor, Action.RELAY_PASSED_ON, reason="no such reference")
            return False
        people = [row["person_id"] for row in stored_notes.subjects(tx, [writer.note_id or ""])]
        people = people or [writer.person_id or ""]
        kept = actor.authority.vault.keep(tx, json.dumps(left), people)
        call = stored.add_call(tx, figures, kept, actor.id)
        outbox.put(
            tx,
            actor,
            "rung",
            person_id=people[0],
            practitioner_id=writer.practitioner_id,
            call_id=call,
        )
        audit.allowed(tx, actor, Action.RELAY_PASSED_ON, object=call)
        return True

    if not actor.store.write(change):
        raise Invalid(NO_SUCH_REFERENCE, "reference")


def calls(actor: Actor) -> Calls:
    """Give who rang for the actor through the relay, and for those who left their team."""

    def looking(tx: Tx) -> Calls:
        me = access.who(tx, actor)
        held = stored.calls(tx, me.id, SHOWN)
        left = actor.authority.vault.open(tx, [one.words_id for one in held])
        found, subjects = [], []
        for one in held:
            verdict = access.verdict(tx, me, one.person_id)
            noted = stored_notes.subjects(tx, [one.note_id]) if one.note_id else []
            others = [access.verdict(tx, me, row["person_id"]) for row in noted]
            closed = any(access.is_closed(each.standing) for each in (verdict, *others))
            if closed and not one.own:
                continue
            said = json.loads(left.get(one.words_id, "{}"))
            about = ""
            if verdict.sight > Sight.NOTHING:
                about = briefs.shown(tx, verdict, one.person_id).name
                subjects.append(verdict.standing.identity_id)
            found.append(
                Call(
                    about=about,
                    reference=one.reference,
                    name=said.get("name", ""),
                    phone=said.get("phone", ""),
                    # Words may name whom their reader must not know of; whoever rings is rung back.
                    words="" if closed else said.get("words", ""),
                    made_at=one.made_at,
                )
            )
        audit.allowed(tx, actor, Action.RELAY_LOOKED, subjects=sorted(set(subjects)))
        return Calls(found, access.works(me) and stored_people.is_duty(tx, me))

    return actor.store.look(looking)
