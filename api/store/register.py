"""What erasing a person, or notes, does to each table of the schema, and why: one line a table.

`api.store.erasing` does what stands here, from the top down, so that a row goes before what it refers
to. tests/guards/test_register.py walks the real schema on both engines, and fails for a table or a
column that nobody decided about. Whoever adds a table adds its line, above the tables it refers to.

The SQL speaks of a row of the table as `t`. It may use the records of the person who is erased
(`:people`, all that were found to be that person), the notes that go (`:notes`: what is about nobody
else) and the rows that wait and may be about them (`:rows`). For an agency's notes alone there are only
notes.

    deleted     the rows that `where` finds are deleted; what they say in words becomes unreadable
    blanked     of the rows that `where` finds, `blank` is overwritten; the other columns stay
    by hand     `api.store.erasing` has a function of its own for it
    kept        nothing is done, because it says nothing about anybody who is erased

`words` holds the columns with the ids of sealed words of a row, or a SELECT that gives such ids, where
more becomes unreadable than what is deleted. `stays` holds the columns that stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Trace:
    """What erasure does to one table, and why."""

    does: str
    why: str
    where: str = ""
    words: str = ""
    blank: str = ""
    stays: str = ""


def _deleted(why: str, where: str, words: str = "") -> Trace:
    return Trace("deleted", why, where, words)


def _fact(why: str) -> Trace:
    return _deleted(why, _OF_THEM)


def _kept(why: str, stays: str) -> Trace:
    return Trace("kept", why, stays=stays)


_OF_THEM = "t.person_id IN (:people)"
_OF_NOTES = "t.note_id IN (:notes)"


def _in(column: str, table: str, condition: str, key: str = "id") -> str:
    """A row that refers to rows of another table which go."""
    return f"t.{column} IN (SELECT x.{key} FROM {table} x WHERE {condition.replace('t.', 'x.')})"


_CORRECTION = _in("correction_id", "corrections", _OF_THEM)
_REQUEST = _in("request_id", "requests", _OF_THEM)
_QUESTION = _in("question_id", "questions", _OF_THEM)
_FILING = _in("filing_id", "filings", _OF_NOTES)
_REVEAL = _in("reveal_id", "reveals", _OF_THEM)
_ASK = _in("ask_id", "asks", _OF_THEM)
_ANSWER = _in("answer_id", "answers", _ASK)
_RELAY = f"({_OF_NOTES} OR {_ANSWER})"
_CALL = _in("reference", "relays", _RELAY, "reference")
_NEWS = f"""({_OF_THEM} OR {_OF_NOTES} OR {_CORRECTION} OR {_REQUEST} OR {_REVEAL} OR {_ASK}
    OR {_ANSWER} OR {_in("call_id", "relay_calls", _CALL)})"""
_DELIVERY = _in("event_id", "outbox", _NEWS)
_LINK = "(t.from_identity IN (:people) OR t.to_identity IN (:people))"
# A decision about a row that was taken for nobody, where they were among those shown.
_DECISION = f"""({_OF_THEM} OR {_in("link_id", "identity_links", _LINK)}
    OR (t.person_id IS NULL AND EXISTS (SELECT 1 FROM decision_people y
        WHERE y.decision_id = t.id AND y.person_id IN (:people))))"""
_TO_BECOME = f"({_OF_NOTES} OR {_in('forgetting_id', 'forgettings', _OF_THEM)})"
_RESTRICTION = "(t.person_id IN (:people) OR t.echo_of IN (:people))"

REGISTER: Mapping[str, Trace] = {
    # --- Telling ---------------------------------------------------------------------------------
    "push_receipts": _deleted(
        "goes with its delivery", _in("delivery_id", "deliveries", _DELIVERY)
    ),
    "deliveries": _deleted("who was told of something about them", _DELIVERY),
    "outbox": _deleted("that there was news about them", _NEWS),
    "happenings": _deleted(
        "what their agency's system was to hear about them",
        f"({_OF_THEM} OR {_in('involvement_id', 'involvements', _OF_THEM)} OR {_FILING})",
    ),
    # --- Notes -----------------------------------------------------------------------------------
    "filing_subjects": _deleted("whom a filed note was about", f"({_OF_THEM} OR {_FILING})"),
    "filings": _deleted("that a note about them went to a system", _OF_NOTES, "words_id"),
    "token_notes": Trace(
        "blanked",
        "the key stays, so that what is sent again is refused and not taken anew",
        _OF_NOTES,
        blank="digest = ''",
        stays="token_id key_hash note_id made_at",
    ),
    "replies": _deleted("an answer to a note", _OF_NOTES, "words_id"),
    "note_marks": _deleted("who had read a note, or noticed the same", _OF_NOTES),
    "note_withdrawals": _deleted("why a note was taken back", _OF_NOTES, "words_id"),
    "note_audience": _deleted("to whom a note was narrowed", _OF_NOTES),
    "note_categories": _deleted("what a note was about", _OF_NOTES),
    "note_revisions": _deleted("the texts of a note", _OF_NOTES, "words_id"),
    "note_subjects": _deleted(
        "that a note is about them; one that others share stays theirs",
        f"({_OF_THEM} OR {_OF_NOTES})",
    ),
    "breach_readers": _kept(
        "who had read a note that was put on the wrong person: ids of staff, for the regulator",
        "breach_id practitioner_id read_at",
    ),
    "breach_steps": _deleted(
        "what was done about a note on the wrong person",
        _in("breach_id", "breaches", _OF_NOTES),
        "words_id",
    ),
    "breaches": Trace(
        "blanked",
        "that there was a breach stays, ids and times, for the regulator",
        _OF_NOTES,
        "words_id",
        blank="words_id = NULL",
        stays="id note_id opened_by opened_at due_at closed_by closed_at overdue_at",
    ),
    "notes": Trace(
        "blanked",
        "author and id stay, so that a delivery that comes late does not bring the note back",
        "t.id IN (:notes)",
        blank="hidden = 'erased', captured_at = NULL, clock_off = NULL",
        stays="id author_id agency_id kind voice made_at",
    ),
    "envelopes": Trace(
        "by hand",
        "what waits and names them is opened, found and destroyed; author and id stay",
        stays="author_id id enrolment_id kind number digest sealing_key_id captured_at clock_off"
        " arrived_at",
        blank="state reason sentence sealed settled_at settled_by",
    ),
    # --- Sealed services: reveals, and asking the circle ------------------------------------------
    "relay_calls": _deleted("who rang about what came through the relay", _CALL, "words_id"),
    "relays": _deleted("how to reach who wrote through the relay", _RELAY),
    "answers": _deleted("who said that they support them", f"({_ASK} OR {_REVEAL})", "words_id"),
    "asks": _deleted("who asked for others around them", _OF_THEM, "words_id"),
    "reveals": _deleted("to whom a sealed service showed itself", _OF_THEM, "words_id"),
    # --- Keeping and forgetting -------------------------------------------------------------------
    "forgetting_notes": _deleted("what was to become of a note", _TO_BECOME, "words_id"),
    "forgettings": _kept(
        "that something was forgotten, by whom and when: ids; its reason opens no more",
        "id person_id agency_id words_id asked_by asked_at state ended_by ended_at",
    ),
    "keepings": _deleted("why they were kept on", _OF_THEM, "words_id"),
    "holds": _deleted("what held them", _OF_THEM, "words_id lifted_words_id"),
    # --- What families are told and say, and what is shared outside --------------------------------
    "shares": _deleted("what was told to whom outside, and why", _OF_THEM, "words_id"),
    "sheets_given": _deleted("who was given the sheet about them", _OF_THEM, "words_id"),
    "statements": _deleted("what they or their family said themselves", _OF_THEM, "words_id"),
    # --- Watching over looks ---------------------------------------------------------------------
    "question_steps": _deleted("what came of a look at them", _QUESTION, "words_id"),
    "questions": _deleted("a look at them that deserved a question", _OF_THEM),
    # --- What families asked ---------------------------------------------------------------------
    "request_items": _deleted("what was looked through for them", _REQUEST, "words_id"),
    "request_parts": _deleted("who signed what was given to them", _REQUEST),
    "request_checks": _deleted("what was checked of who asked", _REQUEST, "words_id"),
    "requests": _deleted(
        "that somebody asked for what is kept about them",
        _OF_THEM,
        "words_id extended_words_id outcome_words_id",
    ),
    # --- What is doubted and decided -------------------------------------------------------------
    "correction_says": _deleted("who said that a line was wrong", _CORRECTION, "words_id"),
    "corrections": _deleted("that a line about them was said to be wrong", _OF_THEM, "words_id"),
    "decision_people": _deleted(
        "that they were shown for a row; what was said of a row that is another's is not kept",
        f"({_OF_THEM} OR {_in('decision_id', 'decisions', _DECISION)})",
        "SELECT d.words_id AS id FROM decisions d JOIN decision_people x ON x.decision_id = d.id"
        " WHERE x.person_id IN (:people)",
    ),
    "decisions": _deleted("that a row of a source was about them", _DECISION, "words_id"),
    "waiting_candidates": _deleted(
        "that a row may be about them", f"({_OF_THEM} OR t.row_id IN (:rows))"
    ),
    "waiting_rows": _deleted(
        "a row that may be about them: the source's next load brings it again if it is not",
        "t.id IN (:rows)",
        "words_id",
    ),
    # --- Who is who ------------------------------------------------------------------------------
    "identity_moves": _deleted(
        "that their records are one person",
        f"({_OF_THEM} OR {_in('link_id', 'identity_links', _LINK)})",
    ),
    "identity_links": _deleted("why their records are one person", _LINK, "words_id"),
    # --- What is closed, opened and declared -----------------------------------------------------
    "restriction_names": _deleted(
        "to whom their record was open", _in("restriction_id", "restrictions", _RESTRICTION)
    ),
    "restrictions": _deleted("that their record was closed, and why", _RESTRICTION, "words_id"),
    "protection_names": _deleted(
        "who might know where they are", _in("protection_id", "protections", _OF_THEM)
    ),
    "protections": _deleted("from whom their place was hidden", _OF_THEM, "words_id"),
    "glass_teams": _deleted("who does not review it", _in("glass_id", "glass", _OF_THEM)),
    "glass": _deleted(
        "who opened their record in an emergency, and why", _OF_THEM, "words_id review_words_id"
    ),
    "conflicts": _deleted("who is of their family, or near them", _OF_THEM),
    "grants": _deleted("who looked them up or took them on, and why", _OF_THEM, "words_id"),
    "token_looks": _deleted("that a system looked them up", _OF_THEM),
    # --- Facts -----------------------------------------------------------------------------------
    "said_ids": _deleted(
        "a system's own id of an involvement with them",
        "EXISTS (SELECT 1 FROM involvements x WHERE x.source_id = t.source_id"
        " AND x.source_key = t.source_key AND x.person_id IN (:people))",
    ),
    "involvements": _fact("who supported them"),
    "plans": _fact("which plans they were on"),
    "details": _fact("what services said of them"),
    "relationships": _deleted(
        "who their family is: the lines on the pages of the others are cut as well",
        "(t.person_id IN (:people) OR t.other_id IN (:people))",
    ),
    "addresses": _fact("where they lived"),
    "identifiers": _fact("their numbers"),
    "particulars": _fact("birth, death and gender"),
    "names": _fact("their names"),
    "search_names": _fact("by what they were found"),
    "search_keys": Trace(
        "by hand",
        "how a name is spelt, where nobody else who is here has it",
        stays="",
        blank="key word",
    ),
    "search_backlog": _kept("an id: how far the index has come", "after"),
    "people": _deleted("that there was a record", "t.id IN (:people)"),
    # --- Words and keys --------------------------------------------------------------------------
    "wraps": Trace("by hand", "what opens the words about them", blank="words_id key_id wrapped"),
    "words": Trace(
        "by hand",
        "what was sealed for them is overwritten; what the audit trail hashed stays, and opens no more",
        blank="sealed",
        stays="id",
    ),
    "keys": Trace(
        "by hand",
        "their keys are destroyed; that there was one stays, by the record's id",
        blank="wrapped destroyed_at",
        stays="id kind owner master_version made_at",
    ),
    # --- The trail -------------------------------------------------------------------------------
    "audit_subjects": _kept("ids: the trail cannot be changed", "event_id person_id"),
    "audit_events": _kept(
        "ids, times and fixed words: the trail cannot be changed; its details open no more",
        "id at actor agency_id enrolment_id action verdict reason object words_id",
    ),
    "audit_unsealed": _kept("ids of rows of the trail", "event_id"),
    "audit_chain": _kept(
        "hashes of the trail: of details what was sealed, which stays as it was",
        "number event_id previous event_digest people people_digest details_digest hash",
    ),
    "audit_heads": _kept("hashes, signed", "number previous at hash signature"),
    # --- Sources ---------------------------------------------------------------------------------
    "loads": _kept(
        "counts of a file's rows",
        "source_id number previous file_name digest state read_rows taken_rows waiting_rows started_at"
        " touched_at finished_at made_by stopped_at alarm new_people new_facts ended_facts same_facts"
        " missing_people percent",
    ),
    "sources": _kept(
        "what a source is",
        "id code name kind agency_id owner justification legal_basis coverage report_every_days"
        " makes_people mapping current_load reported_at made_at missing_share involves area ages_from"
        " ages_to covers_from covers_to compared_load",
    ),
    "tokens": _kept(
        "another system's token",
        "id name agency_id source_id scopes purpose secret_hash made_by made_at expires_at used_at"
        " revoked_by revoked_at",
    ),
    "webhook_secrets": _kept("an id", "id webhook_id made_at until"),
    "webhooks": _kept(
        "another system's address",
        "id source_id agency_id url place made_by made_at ended_by ended_at next_at attempts told_at"
        " failing_since why stopped_at",
    ),
    # --- Staff and devices -----------------------------------------------------------------------
    "own_family": _kept(
        "what somebody who works here said of their own family: theirs, and gone when they leave",
        "id practitioner_id words_id made_at",
    ),
    "undertakings": _kept("what staff undertook", "practitioner_id version made_at"),
    "agreements": _kept(
        "what an agency agreed to",
        "id agency_id agreement agreed_on review_on controller controller_contact safeguarding_lead_id"
        " first_approver_id second_approver_id made_by made_at",
    ),
    "push_subscriptions": _kept(
        "a device of staff", "id enrolment_id endpoint p256dh auth made_at dropped_at dropped_why"
    ),
    "sessions": _kept(
        "of staff", "id token_hash enrolment_id started_at touched_at ends_at confirmed_at ended_at"
    ),
    "challenges": _kept("of staff", "id challenge ceremony bound_to made_at expires_at used_at"),
    "enrolments": _kept(
        "of staff",
        "id device_id practitioner_id credential_id state matching_code asked_at decided_by decided_at"
        " checked_how revoked_by revoked_at used_at delivery_key signed sealing_key_id lost_key",
    ),
    "credentials": _kept(
        "of staff",
        "id practitioner_id credential_id public_key sign_count transports backed_up made_at used_at"
        " revoked_at",
    ),
    "devices": _kept("of staff", "id cookie_hash kind made_at"),
    "sealing_keys": _kept("what devices seal to", "id public made_at retired_at destroyed_at"),
    "invitations": _kept(
        "of staff",
        "id practitioner_id token_hash made_by made_at expires_at used_at withdrawn_at",
    ),
    "covers": _kept(
        "who covers for whom",
        "id covered_id covering_id starts_on ends_on made_by made_at ended_at",
    ),
    "roles": _kept(
        "of staff", "id practitioner_id role scope scope_id granted_by granted_at ended_at"
    ),
    "practitioners": _kept(
        "who works here",
        "id agency_id team_id name job phone email staff_number joined_at left_at",
    ),
    "teams": _kept("a part of an agency", "id agency_id name duty phone made_at"),
    "agencies": _kept(
        "an organisation", "id name kind sensitive phone email made_at closed_at opened_at"
    ),
    "attempts": _kept(
        "how often something was tried, by ids of staff", "bucket window_start tries"
    ),
    # --- What the authority set for itself -------------------------------------------------------
    "retention_rule_kinds": _kept("a list", "rule agency_kind"),
    "retention_rules": _kept("a list", "code label plan_kind category counts_from years position"),
    "detail_kind_agencies": _kept("a list", "detail_kind agency_kind sight"),
    "detail_kinds": _kept("a list", "code label position"),
    "bases": _kept("a list", "code label law position retired"),
    "grounds": _kept("a list", "code label law position retired"),
    "exemptions": _kept("a list", "code label law parent position retired"),
    "purposes": _kept("a list", "code label basis position retired"),
    "plan_kinds": _kept("a list", "code label legal position"),
    "category_kinds": _kept("a list", "category agency_kind"),
    "categories": _kept("a list", "code label position"),
    "agency_kinds": _kept("a list", "code label located position"),
    "authority": _kept(
        "the authority itself",
        "id name front_door front_door_phone front_door_email switchboard out_of_hours_phone shift_hours"
        " directory_shows_plans demo master_version master_check founded_at correction_days"
        " complaints_phone complaints_email data_protection_phone data_protection_email"
        " many_in_an_hour",
    ),
    "watched_days": _kept("which days' looks were gone through", "day made_at"),
    "figures": _kept("numbers of a month, about nobody", "month name part number"),
    "migrations": _kept("which migrations were had", "name applied_at"),
}
