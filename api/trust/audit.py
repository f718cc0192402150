"""Nobody looks unseen: every look, search, refusal and change leaves a row before it is answered.

Actions are `noun:past-tense`. A row says who, what, when, the verdict and its reason, and lists the
people that were shown. What was typed goes along as sealed details.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from api.errors import NotAllowed
from api.moment import is_id, new_id
from api.store import Tx
from api.store import audit as stored
from api.store.audit import Event
from api.store.engine import AuditRow
from api.trust.actor import Actor


class Action(StrEnum):
    """Everything that leaves a row."""

    HOME_LOOKED = "home:looked"
    PERSON_LOOKED = "person:looked"
    DIRECTORY_LOOKED = "directory:looked"
    DETAILS_LOOKED = "details:looked"
    AUTHORITY_LOOKED = "authority:looked"
    AUTHORITY_SET = "authority:set"
    DETAILS_OPENED = "details:opened"
    TIMELINE_LOOKED = "timeline:looked"
    NOTE_LOOKED = "note:looked"
    EVENTS_LOOKED = "events:looked"
    INBOX_LOOKED = "inbox:looked"
    INBOX_OPENED = "inbox:opened"
    SEARCH_RUN = "search:run"
    PURPOSE_GIVEN = "purpose:given"
    PERSON_TAKEN_ON = "person:taken-on"
    CASELOAD_HANDED_OUT = "caseload:handed-out"
    PERSON_ADDED = "person:added"
    PERSON_CHANGED = "person:changed"
    PERSON_RESTRICTED = "person:restricted"
    PERSON_PROTECTED = "person:protected"
    GLASS_BROKEN = "glass:broken"
    GLASS_ENDED = "glass:ended"
    GLASS_LOOKED = "glass:looked"
    GLASS_REVIEWED = "glass:reviewed"
    BREACHES_LOOKED = "breaches:looked"
    BREACH_HANDLED = "breach:handled"
    BREACH_CLOSED = "breach:closed"
    BREACH_OVERDUE = "breach:overdue"
    IDENTITY_LINKED = "identity:linked"
    IDENTITY_UNLINKED = "identity:unlinked"
    FAMILY_CHANGED = "family:changed"
    PLAN_CHANGED = "plan:changed"
    INVOLVEMENT_ASKED = "involvement:asked"
    INVOLVEMENT_CHANGED = "involvement:changed"
    INVOLVEMENT_SAID = "involvement:said"
    NOTE_LOGGED = "note:logged"
    NOTE_SENT = "note:sent"
    NOTE_UNDONE = "note:undone"
    NOTE_REVISED = "note:revised"
    NOTE_WITHDRAWN = "note:withdrawn"
    NOTE_WRONG_PERSON = "note:wrong-person"
    NOTE_MARKED = "note:marked"
    NOTE_REPLIED = "note:replied"
    NOTE_FILED = "note:filed"
    FILING_FETCHED = "filing:fetched"
    FILING_SETTLED = "filing:settled"
    REVEAL_MADE = "reveal:made"
    REVEAL_TAKEN_BACK = "reveal:taken-back"
    REVEALS_LOOKED = "reveals:looked"
    CIRCLE_ASKED = "circle:asked"
    ASK_ANSWERED = "ask:answered"
    ASK_ENDED = "ask:ended"
    ASKS_LOOKED = "asks:looked"
    ANSWER_TAKEN_BACK = "answer:taken-back"
    RELAY_PASSED_ON = "relay:passed-on"
    RELAY_LOOKED = "relay:looked"
    AGENCY_CHANGED = "agency:changed"
    PRACTITIONER_CHANGED = "practitioner:changed"
    PRACTITIONER_LEFT = "practitioner:left"
    ROLE_CHANGED = "role:changed"
    COVER_CHANGED = "cover:changed"
    USE_UNDERTAKEN = "use:undertaken"
    CONFLICT_DECLARED = "conflict:declared"
    INVITATION_MADE = "invitation:made"
    INVITATION_USED = "invitation:used"
    DEVICE_ENROLLED = "device:enrolled"
    DEVICE_APPROVED = "device:approved"
    DEVICE_REFUSED = "device:refused"
    DEVICE_REVOKED = "device:revoked"
    DEVICES_LOOKED = "devices:looked"
    APPROVALS_LOOKED = "approvals:looked"
    STAFF_LOOKED = "staff:looked"
    SESSION_STARTED = "session:started"
    SESSION_ENDED = "session:ended"
    SESSION_CONFIRMED = "session:confirmed"
    SIGN_IN_REFUSED = "sign-in:refused"
    TOKEN_CHANGED = "token:changed"  # noqa: S105 - an action
    TOKENS_LOOKED = "tokens:looked"
    TOKEN_REFUSED = "token:refused"  # noqa: S105 - an action
    SYSTEMS_LOOKED = "systems:looked"
    WEBHOOK_CHANGED = "webhook:changed"
    PUSH_SUBSCRIBED = "push:subscribed"
    SOURCE_CHANGED = "source:changed"
    SOURCE_LOADED = "source:loaded"
    SOURCES_LOOKED = "sources:looked"
    ROW_LOOKED = "row:looked"
    ROW_DECIDED = "row:decided"
    ROW_TAKEN_BACK = "row:taken-back"
    REQUESTS_LOOKED = "requests:looked"
    SHEET_LOOKED = "sheet:looked"
    SHEET_GIVEN = "sheet:given"
    STATEMENTS_LOOKED = "statements:looked"
    STATEMENT_TAKEN = "statement:taken"
    SHARING_LOOKED = "sharing:looked"
    SHARING_DECIDED = "sharing:decided"
    REQUEST_TAKEN = "request:taken"
    REQUEST_CHECKED = "request:checked"
    REQUEST_EXTENDED = "request:extended"
    REQUEST_ENDED = "request:ended"
    REQUEST_OVERDUE = "request:overdue"
    REQUEST_GATHERED = "request:gathered"
    REQUEST_ITEM_LOOKED = "request:item-looked"
    REQUEST_ITEM_DECIDED = "request:item-decided"
    REQUEST_PACK_LOOKED = "request:pack-looked"
    REQUEST_SIGNED = "request:signed"
    REQUEST_EXPORTED = "request:exported"
    CORRECTIONS_LOOKED = "corrections:looked"
    CORRECTION_SAID = "correction:said"
    CORRECTION_ANSWERED = "correction:answered"
    CORRECTION_OVERDUE = "correction:overdue"
    CORRECTION_SETTLED = "correction:settled"
    DELIVERIES_LOOKED = "deliveries:looked"
    DELIVERY_FANNED_OUT = "delivery:fanned-out"
    ENVELOPE_TAKEN = "envelope:taken"
    ENVELOPE_SETTLED = "envelope:settled"
    UNSENT_LOOKED = "unsent:looked"
    SEALING_KEY_ROTATED = "sealing-key:rotated"
    RETENTION_SET = "retention:set"
    RETENTION_LOOKED = "retention:looked"
    RETENTION_DECIDED = "retention:decided"
    HOLD_CHANGED = "hold:changed"
    FORGETTING_ASKED = "forgetting:asked"
    FORGETTING_TAKEN_BACK = "forgetting:taken-back"
    SHARED_NOTE_DECIDED = "shared-note:decided"
    PERSON_FORGOTTEN = "person:forgotten"
    NOTES_FORGOTTEN = "notes:forgotten"
    AUDIT_LOOKED = "audit:looked"
    QUESTIONS_FOUND = "questions:found"
    QUESTION_ASKED = "question:asked"
    QUESTION_SETTLED = "question:settled"
    FIGURES_COUNTED = "figures:counted"
    AUDIT_VERIFIED = "audit:verified"
    AUDIT_HEAD_GIVEN = "audit:head-given"
    MASTER_KEY_ROTATED = "master-key:rotated"
    MASTER_KEY_RETIRED = "master-key:retired"
    AUTHORITY_FOUNDED = "authority:founded"


def allowed(
    tx: Tx,
    actor: Actor,
    action: Action,
    *,
    subjects: Iterable[str] = (),
    reason: str = "",
    object: str | None = None,
    details: str = "",
) -> None:
    """Leave a row for something that is done: it is committed together with it.

    `subjects` are the ids of the people shown or changed, `object` the id of what was acted on; where
    a page names several people, of the one whose page it is.
    `details` (what was typed) is sealed under the subjects' keys, or the month's without subjects.
    """
    _leave(tx, actor, action, "allowed", reason, tuple(subjects), object, details)


def refused(
    tx: Tx,
    actor: Actor,
    action: Action,
    *,
    subjects: Iterable[str] = (),
    reason: str,
    object: str | None = None,
    details: str = "",
) -> None:
    """Leave a row for something that is refused; raise `Refused` right after."""
    _leave(tx, actor, action, "refused", reason, tuple(subjects), object, details)


def latest(actor: Actor, limit: int, *, by: str = "", about: str = "") -> list[Event]:
    """Give the newest rows of the trail, ids only: of one practitioner, about one person, or all.

    For a part of the system only (`inkling audit list`); governance leads get a page of their own.
    """

    def looking(tx: Tx) -> list[Event]:
        if not actor.is_system:
            refused(tx, actor, Action.AUDIT_LOOKED, reason="not the command line")
            raise NotAllowed("The audit trail is read on the command line.")
        allowed(tx, actor, Action.AUDIT_LOOKED)
        return stored.latest(tx, limit, by, about)

    return actor.store.look(looking)


def _leave(
    tx: Tx,
    actor: Actor,
    action: Action,
    verdict: str,
    reason: str,
    subjects: tuple[str, ...],
    object: str | None,
    details: str,
) -> None:
    sealed = None
    if details:
        sealed = actor.authority.vault.seal(
            tx, details, subjects, period=actor.authority.period(tx)
        )
    tx.trail.append(
        AuditRow(
            id=new_id(),
            actor=actor.id,
            agency_id=actor.agency_id,
            enrolment_id=actor.enrolment_id,
            action=action.value,
            verdict=verdict,
            reason=reason,
            # Whatever somebody typed in the place of an id is not kept in clear.
            object=object if object and is_id(object) else None,
            subjects=subjects,
            details=sealed,
        )
    )
