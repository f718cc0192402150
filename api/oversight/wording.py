"""The trail in plain words: what somebody did, how much of a person it showed, and why.

An action or a reason that has no words of its own here is said as it stands in the trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from api.trust.audit import Action

# How much was seen of a person; "" for what is no look.
Level = Literal["search", "page", "details", "list", ""]

LEVELS: Mapping[Level, str] = {
    "search": "in a search",
    "page": "their page",
    "details": "what services say",
    "list": "in a list",
    "": "",
}

_DID: Mapping[str, str] = {
    Action.HOME_LOOKED: "Looked at a list of their own people",
    Action.PERSON_LOOKED: "Opened the page",
    Action.DIRECTORY_LOOKED: "Opened the page, to see whom to ring",
    Action.DETAILS_LOOKED: "Opened what services say",
    Action.AUTHORITY_LOOKED: "Read what the authority sets for itself",
    Action.AUTHORITY_SET: "Changed what the authority sets for itself",
    Action.DETAILS_OPENED: "Changed which details are open",
    Action.TIMELINE_LOOKED: "Opened the timeline",
    Action.NOTE_LOOKED: "Opened notes",
    Action.EVENTS_LOOKED: "Asked what is new",
    Action.INBOX_LOOKED: "Opened the inbox",
    Action.INBOX_OPENED: "Opened something in the inbox",
    Action.RETENTION_SET: "Set how long things are kept",
    Action.RETENTION_LOOKED: "Looked how long something is kept",
    Action.RETENTION_DECIDED: "Kept on what was due",
    Action.HOLD_CHANGED: "Placed or lifted a legal hold",
    Action.FORGETTING_ASKED: "Asked that something be forgotten",
    Action.FORGETTING_TAKEN_BACK: "Took back that something be forgotten",
    Action.SHARED_NOTE_DECIDED: "Said what stays of a note for others",
    Action.PERSON_FORGOTTEN: "Had a person forgotten",
    Action.NOTES_FORGOTTEN: "Had an agency's notes forgotten",
    Action.SHEET_LOOKED: "Opened the sheet for the family",
    Action.SHEET_GIVEN: "Gave the family its sheet",
    Action.STATEMENTS_LOOKED: "Opened what the family says itself",
    Action.STATEMENT_TAKEN: "Took down what the family says itself",
    Action.SHARING_LOOKED: "Opened what was shared outside",
    Action.SHARING_DECIDED: "Wrote down what was shared outside, or was not",
    Action.SEARCH_RUN: "Searched",
    Action.PURPOSE_GIVEN: "Said why they look",
    Action.PERSON_TAKEN_ON: "Took somebody on",
    Action.CASELOAD_HANDED_OUT: "Took names and numbers along on a device",
    Action.PERSON_ADDED: "Added somebody",
    Action.PERSON_CHANGED: "Changed what is recorded of somebody",
    Action.PERSON_RESTRICTED: "Closed or opened a record",
    Action.PERSON_PROTECTED: "Hid or showed where somebody is",
    Action.IDENTITY_LINKED: "Said that two records are one person",
    Action.IDENTITY_UNLINKED: "Took back that two records are one person",
    Action.FAMILY_CHANGED: "Changed who is family",
    Action.PLAN_CHANGED: "Changed a plan",
    Action.INVOLVEMENT_ASKED: "Asked to join",
    Action.INVOLVEMENT_CHANGED: "Changed who supports somebody",
    Action.INVOLVEMENT_SAID: "Said who supports somebody",
    Action.NOTE_LOGGED: "Logged a note",
    Action.NOTE_SENT: "Sent a note",
    Action.NOTE_UNDONE: "Undid a note",
    Action.NOTE_REVISED: "Added to a note",
    Action.NOTE_WITHDRAWN: "Withdrew a note",
    Action.NOTE_WRONG_PERSON: "Said that a note was about the wrong person",
    Action.NOTE_MARKED: "Marked a note",
    Action.NOTE_REPLIED: "Replied to a note",
    Action.NOTE_FILED: "Filed a note in another system",
    Action.FILING_FETCHED: "Fetched notes to be filed",
    Action.FILING_SETTLED: "Said what became of a filed note",
    Action.AGENCY_CHANGED: "Changed an agency",
    Action.PRACTITIONER_CHANGED: "Changed who works here",
    Action.PRACTITIONER_LEFT: "Recorded that somebody left",
    Action.ROLE_CHANGED: "Changed a role",
    Action.COVER_CHANGED: "Changed who covers",
    Action.CONFLICT_DECLARED: "Declared, or ended, a conflict of interest",
    Action.INVITATION_MADE: "Made an invitation",
    Action.INVITATION_USED: "Used an invitation",
    Action.DEVICE_ENROLLED: "Enrolled a device",
    Action.DEVICE_APPROVED: "Approved a device",
    Action.DEVICE_REFUSED: "Refused a device",
    Action.DEVICE_REVOKED: "Revoked a device",
    Action.DEVICES_LOOKED: "Looked at devices",
    Action.APPROVALS_LOOKED: "Looked at devices that wait",
    Action.STAFF_LOOKED: "Looked at staff",
    Action.SESSION_STARTED: "Signed in",
    Action.SESSION_ENDED: "Signed out",
    Action.SESSION_CONFIRMED: "Confirmed with the passkey",
    Action.SIGN_IN_REFUSED: "Was not let in",
    Action.SOURCES_LOOKED: "Looked at sources",
    Action.SOURCE_CHANGED: "Changed a source",
    Action.SOURCE_LOADED: "Loaded a source",
    Action.ROW_LOOKED: "Looked at rows in doubt",
    Action.ROW_DECIDED: "Decided whom a row is about",
    Action.ROW_TAKEN_BACK: "Took back whom a row is about",
    Action.CORRECTIONS_LOOKED: "Looked at what is said to be wrong",
    Action.CORRECTION_SAID: "Said that a line is wrong",
    Action.CORRECTION_ANSWERED: "Answered what was said to be wrong",
    Action.PUSH_SUBSCRIBED: "Changed notifications",
    Action.UNSENT_LOOKED: "Looked at what is unsent",
    Action.ENVELOPE_TAKEN: "Handed in what was written without signal",
    Action.ENVELOPE_SETTLED: "Settled what was unsent",
    Action.AUDIT_LOOKED: "Read who looked",
    Action.QUESTION_ASKED: "Asked about a look",
    Action.QUESTION_SETTLED: "Settled a question about a look",
    "glass:broken": "Opened a record in an emergency",
    "glass:ended": "Ended an emergency look",
    "glass:looked": "Looked at emergency looks",
    "glass:reviewed": "Reviewed an emergency look",
    "breaches:looked": "Looked at notes on the wrong person",
    "breach:handled": "Dealt with a note on the wrong person",
    "breach:closed": "Closed the matter of a note on the wrong person",
    "reveal:made": "Showed that they support somebody",
    "reveal:taken-back": "Took back that they support somebody",
    "reveals:looked": "Looked at who showed themselves",
    "circle:asked": "Asked the circle",
    "ask:answered": "Answered the circle",
    "ask:ended": "Ended asking the circle",
    "asks:looked": "Looked at what the circle is asked",
    "answer:taken-back": "Took back an answer to the circle",
    "relay:passed-on": "Passed on a call",
    "relay:looked": "Looked at the relay",
    "use:undertaken": "Accepted appropriate use",
    "token:changed": "Changed a token",
    "tokens:looked": "Looked at tokens",
    "systems:looked": "Looked at other systems",
    "webhook:changed": "Changed where a system is told",
    "requests:looked": "Looked at requests for a copy",
    "request:taken": "Took a request for a copy",
    "request:checked": "Checked who asks for a copy",
    "request:extended": "Gave a request more time",
    "request:ended": "Ended a request for a copy",
    "request:gathered": "Gathered a copy of a record",
    "request:item-looked": "Looked at an item of a copy",
    "request:item-decided": "Decided on an item of a copy",
    "request:pack-looked": "Looked at a copy of a record",
    "request:signed": "Signed off a copy of a record",
    "request:exported": "Took out a copy of a record",
    "deliveries:looked": "Looked at deliveries",
    "retention:set": "Set how long is kept",
    "retention:looked": "Looked at what is due to be forgotten",
    "retention:decided": "Decided how long is kept",
    "hold:changed": "Changed a hold",
    "forgetting:asked": "Asked to forget",
    "forgetting:taken-back": "Took back asking to forget",
    "shared-note:decided": "Decided on a shared note",
    "person:forgotten": "Erased somebody",
    "notes:forgotten": "Erased notes",
    "sheet:looked": "Opened the sheet for a family",
    "sheet:given": "Gave a family its sheet",
}

# Reasons of the access rules and of pages, as the trail keeps them.
_WHY: Mapping[str, str] = {
    "named": "named on the record",
    "in the circle": "supports them",
    "covering": "covers for somebody who supports them",
    "supervising": "supervises somebody who supports them",
    "safeguarding": "leads on safeguarding for them",
    "taken on": "took them on",
    "universal": "their agency supports every child",
    "asked to join": "asked to join",
    "purpose": "gave a purpose",
    "own rows": "their agency supports them",
    "looked up": "looked them up for its purpose",
    "wrote": "wrote about them",
    "broken glass": "an emergency",
    "outside": "outside the circle",
    "restricted": "closed",
    "conflict of interest": "a conflict of interest was declared",
    "no working role": "no role that works with families",
    "left": "had left",
    "no such person": "nobody is there",
    "not confirmed": "not confirmed with the passkey",
    "own people only": "among their own people",
    "own records only": "among records that they added",
    "too little": "said too little to mean one person",
    "choosing": "to choose whom to write about",
    "universal list": "whom their agency supports as every child",
    "latest": "what is new",
    "what to do": "to see what may be done",
    "what is closed": "to see what is closed",
    "my own": "their own notes",
    "list": "all that concerns them",
    "linked people": "who is linked",
    "to write": "to write about them",
    "links": "which records are one person",
    "protected location": "where they are, which is protected",
    "who looked": "who looked at them",
    "a person": "who looked at one person",
    "a practitioner": "what one practitioner did",
    "a question": "a question about a look",
    "finding a person": "to find one person",
    "purposes": "why people looked",
    "questions": "looks that deserve a question",
    "figures": "the figures",
    "figures exported": "the figures, as a file",
    "staff": "whom they watch over",
}

# Reasons that say which page it was, and not why it was opened.
WHICH = frozenset(
    {
        "what is closed",
        "what to do",
        "my own",
        "linked people",
        "to write",
        "links",
        "who looked",
        "list",
    }
)

# What opens something of one person: a page of theirs, or what services say of them.
DETAILS = frozenset({Action.DETAILS_LOOKED})
PAGES = frozenset(
    {
        Action.PERSON_LOOKED,
        Action.DIRECTORY_LOOKED,
        Action.TIMELINE_LOOKED,
        Action.NOTE_LOOKED,
        Action.SHEET_LOOKED,
        Action.STATEMENTS_LOOKED,
        Action.SHARING_LOOKED,
        *DETAILS,
    }
)
# What shows several of one's own people, each with little more than a name.
_LISTS = frozenset(
    {
        Action.HOME_LOOKED,
        Action.INBOX_LOOKED,
        Action.INBOX_OPENED,
        Action.UNSENT_LOOKED,
        Action.EVENTS_LOOKED,
        Action.CASELOAD_HANDED_OUT,
        Action.CORRECTIONS_LOOKED,
        Action.ROW_LOOKED,
    }
)
# What a circle is told that others did: that somebody is in a list of one's own people is no look.
TOLD_TO_CIRCLE = (
    *PAGES,
    Action.SEARCH_RUN,
    Action.PURPOSE_GIVEN,
    Action.PERSON_TAKEN_ON,
    Action.GLASS_BROKEN,
    Action.CASELOAD_HANDED_OUT,
    Action.AUDIT_LOOKED,
)

# What was typed of why somebody looked. What else was typed, a governance lead does not read.
TOLD = frozenset(
    {
        Action.SEARCH_RUN,
        Action.PURPOSE_GIVEN,
        Action.PERSON_TAKEN_ON,
        Action.GLASS_BROKEN,
    }
)


def level(action: str) -> Level:
    """Say how much of a person an action shows."""
    if action == Action.SEARCH_RUN:
        return "search"
    if action in PAGES:
        return "details" if action in DETAILS else "page"
    return "list" if action in _LISTS else ""


def did(action: str) -> str:
    """Say in plain words what somebody did."""
    return _DID.get(action) or action.replace(":", ", ").replace("-", " ").capitalize()


def why(action: str, verdict: str, reason: str, purposes: Mapping[str, str]) -> str:
    """Say in plain words why somebody looked, or was refused; "" for what else they did, whose reason
    says what it was. `purposes` are the authority's own, by code."""
    if action == Action.PURPOSE_GIVEN and reason in purposes:
        return purposes[reason]
    if verdict == "allowed" and not level(action) and action != Action.AUDIT_LOOKED:
        return ""
    first, _, rest = reason.partition(", ")
    return _WHY.get(reason) or ", ".join(_WHY.get(part, part) for part in (first, rest) if part)
