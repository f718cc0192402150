"""What another system may do here, by its token: look one person up, say whom its agency supports,
and send the notes of the agency's own practitioners.

It meets no restricted person, no sealed involvement, no protected place and nobody's notes: that is
decided in `api.access`, where a token is never more than somebody with the directory view.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from dataclasses import asdict, dataclass, replace
from typing import Any

from api import access, moment
from api.access import Sight, Verdict
from api.errors import Conflict, Invalid, NotFound
from api.facts import differences
from api.record import asserting, notes, people
from api.record.notes import NewNote
from api.record.people import Child
from api.staff import attempts
from api.store import Tx
from api.store import people as stored_people
from api.store import practitioners as stored_practitioners
from api.store import said as stored
from api.store import tokens as stored_tokens
from api.telling import events, outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

# So many people may a token look up anew in an hour: whoever looks for one child at a time does not.
LOOKED_UP, SECONDS = 120, 3600

_SAYS_AT_MOST = {"role": 100, "contact_name": 200, "contact_phone": 50, "contact_email": 200}


@dataclass(frozen=True)
class Involvement:
    """What a system says of one of its agency's involvements. Dates are ISO text, half-open.

    `staff_number` names a practitioner of the agency, who is in the person's circle by it where the
    involvement is active; contacts are for who has no account here.
    """

    person_id: str
    kind: str
    role: str
    staff_number: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    last_contact_on: str | None = None
    starts_on: str | None = None
    ends_on: str | None = None


@dataclass(frozen=True)
class Taken:
    """What became of an involvement that was said: its id here, and whether it was new or the same."""

    id: str
    new: bool
    same: bool


@dataclass(frozen=True)
class Sent:
    """What became of a note: its id here, and whether it had been sent before."""

    id: str
    again: bool


def look(actor: Actor, person_id: str) -> Child:
    """Give the directory view of a person: one of the agency's own, or one who is looked up for the
    token's purpose, which the lead hears of and which holds for the shift.

    Raises NotFound where the person must not exist for this token, NotAllowed, TooOften.
    """
    if _must_look_up(actor, person_id):
        attempts.count(actor.authority, f"look up {actor.id}", LOOKED_UP, SECONDS)
        actor.store.write(lambda tx: _look_up(tx, actor, person_id))
    return people.look(actor, person_id)


def _must_look_up(actor: Actor, person_id: str) -> bool:
    """Whether it takes the purpose; nothing is shown by asking."""

    def asking(tx: Tx) -> bool:
        me = access.require_scope(tx, actor, "people:read", Action.PERSON_LOOKED)
        verdict = access.verdict(tx, me, person_id)
        raise _Answer(verdict.sight < Sight.DIRECTORY and access.may_look_up(verdict.standing))

    try:
        return actor.store.look(asking)
    except _Answer as answer:
        return answer.yes


class _Answer(Exception):
    """Ends a transaction in which nothing was shown or changed: there is nothing to audit."""

    def __init__(self, yes: bool) -> None:
        super().__init__()
        self.yes = yes


def _look_up(tx: Tx, actor: Actor, person_id: str) -> None:
    me = access.require_scope(tx, actor, "people:read", Action.PURPOSE_GIVEN)
    verdict = access.verdict(tx, me, person_id)
    if not access.may_look_up(verdict.standing):
        audit.refused(tx, actor, Action.PURPOSE_GIVEN, reason=verdict.reason)
        raise NotFound(access.NO_SUCH_PERSON)
    identity = verdict.standing.identity_id
    token = stored_tokens.find(tx, actor.id)
    purpose = token.purpose if token else ""
    audit.allowed(tx, actor, Action.PURPOSE_GIVEN, subjects=[identity], reason=purpose)
    if verdict.sight < Sight.DIRECTORY:
        hours = actor.authority.settings.shift_hours
        stored_tokens.add_look(tx, actor.id, identity, purpose, hours)
        outbox.put(tx, actor, "directory look", person_id=identity)


def say(actor: Actor, source_key: str, involvement: Involvement) -> Taken:
    """Take what a system says of one of its involvements, under its own id for it; said again, it
    changes nothing. What practitioners said of the line since stands beside it.

    The person must be one whom the token sees. Raises NotFound, NotAllowed; Invalid, naming the field;
    Conflict where the id was another person's.
    """
    says = _read(involvement)

    def change(tx: Tx) -> Taken:
        access.require_scope(tx, actor, "involvements:write", Action.INVOLVEMENT_SAID)
        verdict = _require_seen(tx, actor, involvement.person_id, Action.INVOLVEMENT_SAID)
        token = stored_tokens.find(tx, actor.id)
        if token is None:
            raise LookupError(actor.id)
        stored.hold(tx, token.source_id, source_key)
        says["practitioner_id"] = _practitioner(tx, actor, involvement.staff_number)
        stored_practitioners.hold(tx, says["practitioner_id"] or "")
        identity = verdict.standing.identity_id
        before = stored.last(tx, token.source_id, source_key)
        if before and before.identity_id != identity:
            raise Conflict("This id was given to somebody else before. Use a new one.")
        same = before is not None and before.says == says
        if before and same:
            said = before.id
        else:
            stored_people.hold(tx, identity)
            instead_of = before.id if before and before.stands else None
            said = stored.add(
                tx, token.source_id, source_key, identity, token.agency_id, says, instead_of
            )
            events.involvement_changed(tx, token.agency_id, identity, said)
            _tell(tx, actor, identity, says, before)
            differences.compare(tx, actor, identity, "involvements")
        audit.allowed(
            tx,
            actor,
            Action.INVOLVEMENT_SAID,
            subjects=[identity],
            reason="again" if same else "changed" if before else "new",
            object=said,
        )
        return Taken(said, new=before is None, same=same)

    taken = actor.store.write(change)
    actor.store.upkeep(lambda tx: _reported(tx, actor))
    return taken


def _reported(tx: Tx, actor: Actor) -> None:
    """Note, once a minute, that the system reported: by itself, so that nothing waits for it."""
    if token := stored_tokens.find(tx, actor.id):
        stored.touch_source(tx, token.source_id, moment.later(tx.now, minutes=-1))


def _tell(
    tx: Tx, actor: Actor, identity: str, says: dict[str, Any], before: stored.Said | None
) -> None:
    """Let the lead hear who is in the circle by this, once."""
    who = says["practitioner_id"]
    if who and says["kind"] == "active" and not (before and before.says["practitioner_id"] == who):
        outbox.put(tx, actor, "joined", person_id=identity, practitioner_id=who)


def send_note(actor: Actor, key: str, staff_number: str, note: NewNote) -> Sent:
    """Take a note that a practitioner of the token's agency wrote in their own system, as theirs.

    `key` is the sender's own for this note: sent again under it, it is the same note. `note.id` is not
    looked at. Each person must be one whom the token sees and whom the practitioner may write about.
    Raises NotFound, NotAllowed; Invalid, naming the field, also for another note under the same key.
    """
    key_hash = hashlib.sha256(key.encode(errors="replace")).hexdigest()
    note = replace(note, id=str(uuid.uuid5(uuid.UUID(actor.id), key_hash)))
    note, _ = notes.checked(actor, note)
    digest = _digest(actor, staff_number, note)

    def change(tx: Tx) -> Sent:
        access.require_scope(tx, actor, "notes:write", Action.NOTE_SENT)
        subjects = [
            _require_seen(tx, actor, person, Action.NOTE_SENT).standing.identity_id
            for person in note.people
        ]
        author = _practitioner(tx, actor, staff_number)
        if author is None:
            raise Invalid("Say whose note it is, by their staff number.", "staff_number")
        sent = stored_tokens.sent_note(tx, actor.id, key_hash)
        if sent and not hmac.compare_digest(sent.digest, digest):
            raise Invalid("Another note was sent under this Idempotency-Key.", "Idempotency-Key")
        reason = "again" if sent else "as a practitioner"
        audit.allowed(tx, actor, Action.NOTE_SENT, subjects=subjects, reason=reason, object=note.id)
        if sent is None:
            notes.log_inside(tx, _as_author(tx, actor, author), note, None)
            stored_tokens.add_note(tx, actor.id, key_hash, digest, note.id)
        return Sent(note.id, again=sent is not None)

    return actor.store.write(change)


def _as_author(tx: Tx, actor: Actor, practitioner_id: str) -> Actor:
    """Give the practitioner in whose name a note is taken: by their own access, as if they sent it."""
    who = stored_practitioners.find(tx, practitioner_id)
    if who is None:
        raise LookupError(practitioner_id)
    return Actor(
        authority=actor.authority,
        id=who.id,
        name=who.name,
        agency_id=who.agency_id,
        agency=who.agency,
        agency_kind=who.agency_kind,
        sensitive=who.sensitive,
        team_id=who.team_id,
    )


def _require_seen(tx: Tx, actor: Actor, person_id: str, action: Action) -> Verdict:
    return access.require(tx, actor, person_id, Sight.DIRECTORY, action)


def _practitioner(tx: Tx, actor: Actor, staff_number: str) -> str | None:
    """Give who of the token's agency has this staff number and is still here."""
    if not staff_number:
        return None
    found = stored_practitioners.by_staff_number(tx, actor.agency_id or "", staff_number)
    who = stored_practitioners.find(tx, found) if found else None
    if who is None or who.left_at:
        raise Invalid("Nobody of this agency has this staff number.", "staff_number")
    return who.id


def _read(involvement: Involvement) -> dict[str, Any]:
    """Read what is said, as it is kept. Raises Invalid, naming the field."""
    if involvement.kind not in ("active", "universal"):
        raise Invalid("Choose active or universal.", "kind")
    said: dict[str, Any] = {}
    for field, longest in _SAYS_AT_MOST.items():
        said[field] = asserting.one_line(getattr(involvement, field)) or None
        if said[field] and len(said[field]) > longest:
            raise Invalid(f"Use {longest} characters or fewer.", field)
    if not said["role"]:
        raise Invalid("Say what they do for this person.", "role")
    since = asserting.check_day(involvement.starts_on, "starts_on")
    until = asserting.check_day(involvement.ends_on, "ends_on")
    asserting.check_order(since, until)
    return {
        **said,
        "kind": involvement.kind,
        "last_contact_on": asserting.check_day(involvement.last_contact_on, "last_contact_on"),
        "valid_from": since,
        "valid_to": until,
        "practitioner_id": None,
    }


def _digest(actor: Actor, staff_number: str, note: NewNote) -> str:
    """Give what tells one note from another and, without the authority's key, nothing of its words."""
    secret = actor.authority.vault.secret(actor.store, "api")
    said = json.dumps([staff_number, asdict(note)], sort_keys=True)
    return hmac.new(secret, f"inkling note 1\n{said}".encode(), hashlib.sha256).hexdigest()
