"""Representative rows for each migration: what a database of that age would hold.

A new migration needs its rows here (tests/store/test_migrations.py fails without): for a new table a
row of it, for a change of an old table a row that uses the change.
"""

from __future__ import annotations

from typing import Any

AT = "2026-11-01T09:00:00.000000Z"
DAY = "2026-11-01"
PLACE = {"phone": "01632 960000", "email": "a@westhaven.example"}

Rows = list[tuple[str, dict[str, Any]]]


def _fact(id: str, **said: Any) -> dict[str, Any]:
    block = {"source_id": "feed", "source_key": f"key {id}", "since_load": 1, "recorded_at": AT}
    return {"id": id, "person_id": "child", **block, "valid_from": DAY, **said}


def _kept(id: str, **said: Any) -> dict[str, Any]:
    return {
        "id": id,
        "person_id": "child",
        "words_id": "words",
        "made_by": "w1",
        "made_at": AT,
        **said,
    }


ROWS: dict[str, Rows] = {
    "0001_authority": [
        (
            "authority",
            {
                "id": "authority", "name": "Westhaven Council", "front_door": "Front door",
                "front_door_phone": "01632 960100", "front_door_email": "f@westhaven.example",
                "switchboard": "01632 960000", "out_of_hours_phone": "01632 960999",
                "shift_hours": 10, "directory_shows_plans": 1, "demo": 0, "master_version": 1,
                "master_check": b"check", "founded_at": AT,
            },
        ),
        ("keys", {"id": "key", "kind": "person", "owner": "child", "wrapped": b"\x00\xff", "master_version": 1, "made_at": AT}),
        ("keys", {"id": "gone", "kind": "period", "owner": "2020-01", "master_version": 1, "made_at": AT, "destroyed_at": AT}),
        ("words", {"id": "words", "sealed": bytes(range(256))}),
        ("wraps", {"words_id": "words", "key_id": "key", "wrapped": b"wrapped"}),
        ("agency_kinds", {"code": "school", "label": "School", "located": 1, "position": 0}),
        ("categories", {"code": "health", "label": "Health", "position": 0}),
        ("category_kinds", {"category": "health", "agency_kind": "school"}),
        ("plan_kinds", {"code": "care order", "label": "Care order", "legal": 1, "position": 0}),
        ("purposes", {"code": "enquiry", "label": "Enquiry", "basis": "Section 47", "position": 0}),
    ],
    "0002_staff": [
        ("agencies", {"id": "agency", "name": "St Bede's", "kind": "school", "sensitive": 0, "made_at": AT, **PLACE}),
        ("teams", {"id": "team", "agency_id": "agency", "name": "Pastoral", "duty": 0, "phone": "", "made_at": AT}),
        ("practitioners", {"id": "w1", "agency_id": "agency", "team_id": "team", "name": "Pat Osei", "job": "Pastoral lead", "staff_number": "W1", "joined_at": AT, **PLACE}),
        ("practitioners", {"id": "w2", "agency_id": "agency", "name": "Ros Imrie", "job": "Head", "joined_at": AT, "left_at": AT, **PLACE}),
        ("roles", {"id": "role", "practitioner_id": "w1", "role": "practitioner", "scope": "agency", "scope_id": "agency", "granted_by": "w2", "granted_at": AT}),
        ("covers", {"id": "cover", "covered_id": "w1", "covering_id": "w2", "starts_on": DAY, "ends_on": "2026-11-08", "made_by": "w2", "made_at": AT}),
        ("invitations", {"id": "invitation", "practitioner_id": "w1", "token_hash": "hash", "made_by": "w2", "made_at": AT, "expires_at": AT}),
        ("devices", {"id": "device", "cookie_hash": "cookie", "kind": "phone", "made_at": AT}),
        ("credentials", {"id": "passkey", "practitioner_id": "w1", "credential_id": b"id", "public_key": b"key", "sign_count": 0, "transports": "internal", "backed_up": 1, "made_at": AT}),
        ("enrolments", {"id": "enrolment", "device_id": "device", "practitioner_id": "w1", "credential_id": "passkey", "state": "approved", "matching_code": "123456", "asked_at": AT, "decided_by": "w2", "decided_at": AT, "checked_how": "saw their screen"}),
        ("challenges", {"id": "challenge", "challenge": b"?", "ceremony": "confirm", "bound_to": "session", "made_at": AT, "expires_at": AT}),
        ("sessions", {"id": "session", "token_hash": "token", "enrolment_id": "enrolment", "started_at": AT, "touched_at": AT, "ends_at": AT}),
        ("push_subscriptions", {"id": "subscription", "enrolment_id": "enrolment", "endpoint": "https://push.example/1", "p256dh": "p", "auth": "a", "made_at": AT}),
        ("attempts", {"bucket": "sign in", "window_start": AT, "tries": 3}),
    ],
    "0003_sources": [
        ("sources", {"id": "feed", "code": "births", "name": "Births", "kind": "feed", "agency_id": "agency", "owner": "Registrar", "justification": "J", "legal_basis": "L", "coverage": "C", "report_every_days": 1, "makes_people": 1, "mapping": "", "current_load": 1, "reported_at": AT, "made_at": AT}),
        ("loads", {"source_id": "feed", "number": 1, "previous": 0, "file_name": "births.csv", "digest": "d", "state": "live", "read_rows": 2, "taken_rows": 1, "waiting_rows": 1, "started_at": AT, "touched_at": AT, "finished_at": AT, "made_by": "command line"}),
        ("waiting_rows", {"id": "waiting", "source_id": "feed", "load_number": 1, "line": 2, "reason": "no name", "words_id": "words", "made_at": AT}),
    ],
    "0004_people": [
        ("people", {"id": "child", "identity_id": "child", "made_at": AT, "source_id": "feed"}),
        ("people", {"id": "mother", "identity_id": "mother", "made_at": AT, "made_by": "w1", "source_id": "feed"}),
        ("people", {"id": "twice", "identity_id": "child", "made_at": AT, "source_id": "feed"}),
        ("identity_links", {"id": "link", "from_identity": "twice", "to_identity": "child", "words_id": "words", "made_by": "w1", "made_at": AT}),
        ("identity_moves", {"link_id": "link", "person_id": "twice"}),
        ("names", _fact("name", kind="full", first="Amara", last="Okafor", first_key="amara", last_key="okafor")),
        ("names", _fact("replaced", kind="full", first="Amra", last="Okafor", first_key="amra", last_key="okafor", replaced_by="name")),
        ("particulars", _fact("particular", born_on="2019-05-03", gender="female")),
        ("identifiers", _fact("identifier", scheme="nhs", value="9434765919")),
        ("addresses", _fact("address", kind="home", lines="12 Mill Lane", postcode="ZZ17 8AU")),
        ("relationships", _fact("relation", other_id="mother", kind="mother", parental_responsibility="yes")),
        ("relationships", _fact("mentioned", mentioned="Dan", kind="parent's partner", parental_responsibility="not known")),
        ("plans", _fact("plan", kind="care order", valid_to="2027-01-01")),
        ("involvements", _fact("involvement", agency_id="agency", practitioner_id="w1", kind="active", role="Pastoral lead", lead=1, asserted_by="agency", last_contact_on=DAY)),
        ("restrictions", _kept("restriction", ended_by="w1", ended_at=AT)),
        ("restriction_names", {"restriction_id": "restriction", "practitioner_id": "w1"}),
        ("protections", _kept("protection")),
        ("protection_names", {"protection_id": "protection", "practitioner_id": "w1"}),
        ("conflicts", {"id": "conflict", "practitioner_id": "w2", "person_id": "child", "declared_at": AT}),
        ("grants", {"id": "grant", "practitioner_id": "w2", "person_id": "child", "kind": "purpose", "purpose": "enquiry", "words_id": "words", "made_at": AT, "until": AT}),
    ],
    "0005_notes": [
        ("notes", {"id": "note", "author_id": "w1", "agency_id": "agency", "kind": "worry", "voice": "named", "made_at": AT}),
        ("note_subjects", {"note_id": "note", "person_id": "child", "identity_id": "child", "made_at": AT}),
        ("note_revisions", {"note_id": "note", "number": 1, "words_id": "words", "worried": 7, "happened_on": DAY, "happened_time": "08:40", "made_by": "w1", "made_at": AT}),
        ("note_revisions", {"note_id": "note", "number": 2, "words_id": "words", "contact": "visit", "child_seen": "seen alone", "happened_on": DAY, "made_by": "w1", "made_at": AT}),
        ("note_categories", {"note_id": "note", "category": "health"}),
        ("note_audience", {"note_id": "note", "agency_kind": "school"}),
        ("note_withdrawals", {"note_id": "note", "kind": "withdrawn", "words_id": "words", "made_by": "w1", "made_at": AT}),
        ("note_marks", {"note_id": "note", "practitioner_id": "w2", "mark": "noticed too", "made_at": AT}),
        ("replies", {"id": "reply", "note_id": "note", "author_id": "w2", "agency_id": "agency", "differs": 1, "words_id": "words", "made_at": AT}),
        ("breaches", {"id": "breach", "note_id": "note", "opened_by": "w1", "opened_at": AT, "due_at": AT}),
        ("breach_readers", {"breach_id": "breach", "practitioner_id": "w2", "read_at": AT}),
    ],
    "0006_audit": [
        ("audit_events", {"id": "event", "at": AT, "actor": "w1", "agency_id": "agency", "enrolment_id": "enrolment", "action": "person:looked", "verdict": "allowed", "reason": "in the circle", "words_id": "words"}),
        ("audit_subjects", {"event_id": "event", "person_id": "child"}),
    ],
    "0007_telling": [
        ("outbox", {"id": "news", "kind": "note", "actor_id": "w1", "note_id": "note", "made_at": AT, "due_at": AT}),
        ("deliveries", {"id": "delivery", "event_id": "news", "practitioner_id": "w2", "channel": "push", "state": "waiting", "attempts": 0, "next_at": AT, "made_at": AT}),
        ("push_receipts", {"delivery_id": "delivery", "subscription_id": "subscription", "sent_at": AT}),
    ],
    "0008_outbox_practitioner": [
        ("outbox", {"id": "leaving", "kind": "left", "actor_id": "w1", "practitioner_id": "w2", "made_at": AT, "due_at": AT}),
    ],
    "0009_enrolments_by_passkey": [
        ("credentials", {"id": "key on a ring", "practitioner_id": "w1", "credential_id": b"another", "public_key": b"key", "sign_count": 0, "transports": "usb", "backed_up": 0, "made_at": AT}),
        ("enrolments", {"id": "by another key", "device_id": "device", "practitioner_id": "w1", "credential_id": "key on a ring", "state": "pending", "matching_code": "654321", "asked_at": AT}),
    ],
    "0010_envelopes": [
        ("devices", {"id": "tablet", "cookie_hash": "another hash", "kind": "Android tablet", "made_at": AT}),
        ("enrolments", {"id": "on the tablet", "device_id": "tablet", "practitioner_id": "w1", "state": "approved", "matching_code": "", "asked_at": AT, "delivery_key": b"point", "signed": 12, "sealing_key_id": "sealing"}),
        ("sealing_keys", {"id": "retired", "public": b"older point", "made_at": AT, "retired_at": AT}),
        ("sealing_keys", {"id": "sealing", "public": b"point", "made_at": AT}),
        ("envelopes", {"author_id": "w1", "id": "held", "enrolment_id": "on the tablet", "kind": "note", "number": 1, "digest": "d", "state": "waiting", "reason": "revoked device", "sealing_key_id": "sealing", "sealed": b"sealed", "captured_at": AT, "clock_off": -400, "arrived_at": AT}),
        ("notes", {"id": "from the tablet", "author_id": "w1", "agency_id": "agency", "kind": "worry", "voice": "named", "made_at": AT, "captured_at": AT, "clock_off": 3}),
    ],
    "0011_lost_keys": [
        ("enrolments", {"id": "cleared", "device_id": "tablet", "practitioner_id": "w2", "state": "pending", "matching_code": "111111", "asked_at": AT, "lost_key": 1}),
    ],
    "0012_search_names": [
        ("search_names", {"last": "okafor", "first": "amara", "day": "2019-05-03", "person_id": "child"}),
        ("search_keys", {"key": "-amar", "word": "amara"}),
        ("search_backlog", {"after": "child"}),
    ],
    "0013_sources": [
        ("sources", {"id": "silent", "code": "silent", "name": "Silent", "kind": "feed", "owner": "", "justification": "", "legal_basis": "", "coverage": "", "makes_people": 0, "mapping": "", "current_load": 0, "made_at": AT, "involves": 1, "missing_share": 5, "area": "Westhaven", "ages_from": 4, "ages_to": 20, "covers_from": DAY, "covers_to": "2027-09-01"}),
        ("loads", {"source_id": "silent", "number": 1, "previous": 0, "file_name": "half.csv", "digest": "d", "state": "staging", "read_rows": 2, "taken_rows": 1, "waiting_rows": 1, "started_at": AT, "touched_at": AT, "made_by": "command line", "stopped_at": AT, "alarm": "Half is missing.", "new_people": 1, "new_facts": 2, "ended_facts": 3, "same_facts": 4, "missing_people": 5, "percent": 100}),
        ("waiting_rows", {"id": "aside", "source_id": "silent", "load_number": 1, "line": 2, "reason": "no name", "words_id": "words", "made_at": AT, "settled_at": AT, "settled_by": "w1", "outcome": "set aside"}),
        ("outbox", {"id": "stopped", "kind": "load stopped", "actor_id": "command line", "source_id": "silent", "made_at": AT, "due_at": AT}),
    ],
    "0014_tokens": [
        ("tokens", {"id": "token", "name": "Case system", "agency_id": "agency", "source_id": "feed", "scopes": "people:search people:read", "purpose": "enquiry", "secret_hash": "hash", "made_by": "command line", "made_at": AT, "expires_at": AT, "used_at": AT, "revoked_by": "w1", "revoked_at": AT}),
        ("token_looks", {"id": "token look", "token_id": "token", "person_id": "child", "purpose": "enquiry", "made_at": AT, "until": AT}),
        ("token_notes", {"token_id": "token", "key_hash": "key", "digest": "digest", "note_id": "note", "made_at": AT}),
    ],
    "0015_happenings": [
        ("happenings", {"id": "happening", "agency_id": "agency", "kind": "involvement changed", "person_id": "child", "involvement_id": "involvement", "made_at": AT, "number": 1}),
        ("said_ids", {"source_id": "feed", "source_key": "S1", "said_at": AT}),
    ],
    "0016_decisions": [
        ("people", {"id": "of a row", "identity_id": "child", "made_at": AT, "source_id": "feed", "row_of": "feed"}),
        ("waiting_rows", {"id": "doubtful", "source_id": "feed", "load_number": 1, "line": 3, "reason": "maybe", "words_id": "words", "made_at": AT, "row_key": "key 3", "digest": "digest"}),
        ("waiting_candidates", {"row_id": "doubtful", "person_id": "child"}),
        ("identity_links", {"id": "link of a row", "from_identity": "of a row", "to_identity": "child", "words_id": "words", "made_by": "w1", "made_at": AT}),
        ("decisions", {"id": "decision", "source_id": "feed", "row_key": "key 4", "digest": "digest", "kind": "same", "person_id": "of a row", "link_id": "link of a row", "line": 4, "words_id": "words", "made_by": "w1", "made_at": AT}),
        ("decisions", {"id": "refusal", "source_id": "feed", "row_key": "key 5", "kind": "not", "line": 0, "words_id": "words", "made_by": "w1", "made_at": AT, "undone_by": "w1", "undone_at": AT}),
        ("decision_people", {"decision_id": "refusal", "person_id": "child"}),
    ],
    "0017_corrections": [
        ("authority", {"id": "slower", "name": "Easthaven Council", "front_door": "F", "front_door_phone": "1", "front_door_email": "e", "switchboard": "2", "out_of_hours_phone": "3", "shift_hours": 10, "directory_shows_plans": 1, "demo": 0, "master_version": 1, "master_check": b"check", "founded_at": AT, "correction_days": 10}),
        ("corrections", {"id": "wrong", "source_id": "feed", "person_id": "child", "fact": "addresses", "fact_id": "address", "made_at": AT, "due_on": DAY, "answered_at": AT, "answered_by": "w2", "answer": "put right", "words_id": "words"}),
        ("corrections", {"id": "differs", "source_id": "feed", "asserted_by": "w1", "person_id": "child", "fact": "names", "fact_id": "name", "sealed_agency": "agency", "confirmed_id": "replaced", "load_number": 1, "made_at": AT, "due_on": DAY, "overdue_at": AT, "settled_at": AT, "settled_by": "w1"}),
        ("correction_says", {"id": "said so", "correction_id": "wrong", "practitioner_id": "w1", "what": "out of date", "words_id": "words", "made_at": AT}),
        ("outbox", {"id": "wrong line", "kind": "correction", "actor_id": "w1", "person_id": "child", "source_id": "feed", "correction_id": "wrong", "made_at": AT, "due_at": AT}),
        ("sources", {"id": "compared", "code": "compared", "name": "Compared", "kind": "feed", "owner": "", "justification": "", "legal_basis": "", "coverage": "", "makes_people": 0, "mapping": "", "current_load": 0, "made_at": AT, "compared_load": 0}),
    ],
    "0018_details": [
        ("details", _fact("detail", agency_id="agency", kind="schooling", label="Admission", value="Main provision", happened_on=DAY, place=0)),
        ("detail_kinds", {"code": "schooling", "label": "Schooling", "position": 0}),
        ("detail_kind_agencies", {"detail_kind": "schooling", "agency_kind": "school", "sight": "circle"}),
    ],
    "0019_filings": [
        ("filings", {"id": "filing", "note_id": "note", "revision": 2, "source_id": "feed", "filed_by": "w1", "filed_at": AT, "state": "filed", "digest": "digest", "fetched_at": AT, "settled_at": AT, "reference": "12345", "words_id": "words"}),
        ("filing_subjects", {"filing_id": "filing", "person_id": "child"}),
        ("happenings", {"id": "to be filed", "agency_id": "agency", "kind": "note to be filed", "person_id": "child", "made_at": AT, "number": 2, "filing_id": "filing", "source_id": "feed"}),
        ("webhooks", {"id": "webhook", "source_id": "feed", "agency_id": "agency", "url": "https://case.example/inkling", "place": 1, "made_by": "w1", "made_at": AT, "ended_by": "w1", "ended_at": AT, "next_at": AT, "attempts": 3, "told_at": AT, "failing_since": AT, "why": "it answered 500", "stopped_at": AT}),
        ("webhook_secrets", {"id": "secret", "webhook_id": "webhook", "made_at": AT, "until": AT}),
    ],
    "0021_oversight": [
        ("authority", {"id": "watchful", "name": "Northhaven Council", "front_door": "F", "front_door_phone": "1", "front_door_email": "e", "switchboard": "2", "out_of_hours_phone": "3", "shift_hours": 10, "directory_shows_plans": 1, "demo": 0, "master_version": 1, "master_check": b"check", "founded_at": AT, "many_in_an_hour": 12}),
        ("watched_days", {"day": DAY, "made_at": AT}),
        ("questions", {"id": "question", "kind": "own surname", "practitioner_id": "w1", "agency_id": "agency", "person_id": "child", "day": DAY, "people": 1, "made_at": AT, "state": "settled"}),
        ("questions", {"id": "many", "kind": "many in an hour", "practitioner_id": "w1", "agency_id": "agency", "day": DAY, "people": 40, "made_at": AT, "state": "open"}),
        ("question_steps", {"id": "asked about", "question_id": "question", "state": "asked", "words_id": "words", "made_by": "w2", "made_at": AT}),
        ("question_steps", {"id": "settled", "question_id": "question", "state": "settled", "outcome": "a proper reason", "words_id": "words", "made_by": "w2", "made_at": AT}),
        ("figures", {"month": "2026-10", "name": "notes", "part": "worry", "number": 40}),
    ],
    "0022_sealed": [
        ("bases", {"code": "court", "label": "A court ordered it", "law": "Children Act 1989 s31", "position": 9}),
        ("grants", {"id": "with its basis", "practitioner_id": "w2", "person_id": "child", "kind": "purpose", "purpose": "enquiry", "basis": "Section 47", "made_at": AT, "until": AT}),
        ("reveals", {"id": "reveal", "person_id": "child", "practitioner_id": "w1", "to_id": "w2", "basis": "court", "law": "Children Act 1989 s31", "words_id": "words", "made_at": AT, "ended_at": AT}),
        ("asks", {"id": "ask", "person_id": "child", "asked_by": "w2", "words_id": "words", "made_at": AT, "until": AT, "ended_at": AT}),
        ("answers", {"id": "answer", "ask_id": "ask", "answered_by": "w1", "voice": "relay", "words_id": "words", "made_at": AT, "shown_at": AT, "taken_back_at": AT, "reveal_id": "reveal"}),
        ("relays", {"reference": "48291307", "answer_id": "answer"}),
        ("relays", {"reference": "48291308", "note_id": "note"}),
        ("relay_calls", {"id": "call", "reference": "48291307", "words_id": "words", "passed_by": "w2", "made_at": AT}),
        ("outbox", {"id": "asked", "kind": "asked", "actor_id": "w1", "person_id": "child", "made_at": AT, "due_at": AT, "reveal_id": "reveal", "ask_id": "ask", "answer_id": "answer", "call_id": "call"}),
    ],
    "0024_family": [
        ("grounds", {"code": "court order", "label": "A court forbids it", "law": "Children Act 1989 s8", "position": 9}),
        ("authority", {"id": "reached", "name": "Northhaven Council", "front_door": "F", "front_door_phone": "1", "front_door_email": "e", "switchboard": "2", "out_of_hours_phone": "3", "shift_hours": 10, "directory_shows_plans": 1, "demo": 0, "master_version": 1, "master_check": b"check", "founded_at": AT, "complaints_phone": "4", "complaints_email": "c@e", "data_protection_phone": "5", "data_protection_email": "d@e"}),
        ("shares", {"id": "share", "person_id": "child", "shared": 1, "of_sheet": 0, "basis": "A child may come to harm", "law": "Children Act 1989 s47", "words_id": "words", "agency_id": "agency", "made_by": "w1", "made_at": AT}),
        ("sheets_given", {"id": "sheet", "person_id": "child", "language": "cy", "how": "read out", "words_id": "words", "agency_id": "agency", "made_by": "w1", "made_at": AT}),
        ("statements", {"id": "statement", "person_id": "child", "words_id": "words", "agency_id": "agency", "made_by": "w1", "made_at": AT}),
    ],
    "0025_requests": [
        ("exemptions", {"code": "local", "label": "Local", "law": "Local", "parent": 1, "position": 9}),
        ("requests", {"id": "request", "person_id": "child", "received_on": DAY, "asker": "parent", "words_id": "words", "agency_id": "agency", "made_by": "w1", "made_at": AT, "identity_asked_on": DAY, "identity_on": DAY, "extended_on": DAY, "extended_words_id": "words", "overdue_at": AT, "gathered_at": AT, "ended_at": AT, "ended_by": "w1", "outcome": "refused", "outcome_words_id": "words"}),
        ("request_checks", {"id": "check", "request_id": "request", "kind": "wish", "answer": "agrees", "words_id": "words", "made_by": "w1", "made_at": AT}),
        ("request_parts", {"request_id": "request", "part": "main", "governance_by": "w1", "governance_at": AT, "controller_by": "w2", "controller_at": AT, "handed_by": "w2", "handed_at": AT}),
        ("request_items", {"id": "item", "request_id": "request", "part": "main", "number": 1, "kind": "note", "ref": "note", "agency_id": "agency", "author_id": "w1", "note_id": "note", "day": AT, "decision": "withheld", "exemption": "local", "told": 1, "words_id": "words", "decided_by": "w2", "decided_at": AT}),
        ("outbox", {"id": "asked for", "kind": "record asked for", "actor_id": "w1", "person_id": "child", "made_at": AT, "due_at": AT, "request_id": "request"}),
    ],
    "0026_forgetting": [
        ("retention_rules", {"code": "file", "label": "Child-protection file", "plan_kind": "care order", "category": "health", "counts_from": "birth", "years": 25, "position": 0}),
        ("retention_rule_kinds", {"rule": "file", "agency_kind": "school"}),
        ("holds", {"id": "hold", "person_id": "child", "kind": "inquiry", "agency_id": "agency", "words_id": "words", "made_by": "w1", "made_at": AT, "lifted_by": "w1", "lifted_at": AT, "lifted_words_id": "words"}),
        ("keepings", {"id": "keeping", "person_id": "child", "agency_id": "agency", "until": "2030-01-01", "words_id": "words", "made_by": "w1", "made_at": AT}),
        ("forgettings", {"id": "forgetting", "person_id": "long gone", "agency_id": "agency", "words_id": "words", "asked_by": "w1", "asked_at": AT, "state": "done", "ended_by": "w2", "ended_at": AT}),
        ("forgetting_notes", {"forgetting_id": "forgetting", "note_id": "note", "revision": 1, "decision": "redact", "words_id": "words", "decided_by": "w1", "decided_at": AT}),
        ("notes", {"id": "erased", "author_id": "w1", "agency_id": "agency", "kind": "worry", "voice": "named", "made_at": AT, "hidden": "erased"}),
    ],
    "0023_closed": [
        ("glass", {"id": "glass", "practitioner_id": "w2", "agency_id": "agency", "person_id": "child", "words_id": "words", "broken_at": AT, "until": AT, "ended_at": AT, "reviewed_by": "w1", "reviewed_at": AT, "outcome": "not justified", "review_words_id": "words"}),
        ("glass_teams", {"glass_id": "glass", "team_id": "team"}),
        ("restrictions", _kept("echo of a load", person_id="mother", echo_of="child")),
        ("restriction_names", {"restriction_id": "echo of a load", "practitioner_id": "w1"}),
        ("breaches", {"id": "overdue breach", "note_id": "note", "opened_by": "w1", "opened_at": AT, "due_at": AT, "overdue_at": AT, "closed_by": "w1", "closed_at": AT, "words_id": "words"}),
        ("breach_steps", {"id": "step", "breach_id": "overdue breach", "words_id": "words", "made_by": "w1", "made_at": AT}),
    ],
    "0027_agencies": [
        ("agencies", {"id": "prepared", "name": "New service", "kind": "school", "sensitive": 0, "made_at": AT, **PLACE}),
        ("agencies", {"id": "opened", "name": "Open service", "kind": "school", "sensitive": 0, "made_at": AT, "opened_at": AT, **PLACE}),
        ("agreements", {"id": "agreement", "agency_id": "agency", "agreement": "Tier 2", "agreed_on": DAY, "review_on": "2027-11-01", "controller": "St Bede's", "controller_contact": "dpo@westhaven.example", "safeguarding_lead_id": "w1", "first_approver_id": "w1", "second_approver_id": "w2", "made_by": "w1", "made_at": AT}),
        ("undertakings", {"practitioner_id": "w1", "version": 1, "made_at": AT}),
        ("own_family", {"id": "own family", "practitioner_id": "w1", "words_id": "words", "made_at": AT}),
    ],
    "0028_retired_exemptions": [
        ("exemptions", {"code": "old", "label": "Old", "law": "A law", "parent": 0, "position": 9, "retired": 1}),
    ],
    "0029_signed_text": [
        ("request_parts", {"request_id": "request", "part": "agency", "governance_by": "w1", "governance_at": AT, "signed_text": "digest"}),
    ],
    "0031_told_of": [
        ("note_revisions", {"note_id": "note", "number": 3, "words_id": "words", "happened_on": DAY, "made_by": "w1", "made_at": AT, "blacked_out": 1}),
        ("requests", {"id": "unhandled", "person_id": "child", "received_on": DAY, "asker": "person", "words_id": "words", "agency_id": "agency", "made_by": "w1", "made_at": AT, "unhandled_at": AT}),
    ],
    "0030_retired_choices": [
        ("purposes", {"code": "old", "label": "Old", "basis": "A law", "position": 8, "retired": 1}),
        ("bases", {"code": "old", "label": "Old", "law": "A law", "position": 8, "retired": 1}),
        ("grounds", {"code": "old", "label": "Old", "law": "A law", "position": 8, "retired": 1}),
    ],
    "0020_chain": [
        ("audit_unsealed", {"event_id": "late"}),
        ("audit_chain", {"number": 1, "event_id": "event", "previous": b"authority", "event_digest": b"row", "people": 1, "people_digest": b"people", "details_digest": b"details", "hash": b"hash"}),
        ("audit_chain", {"number": 2, "event_id": "gone", "previous": b"hash", "people": 0, "people_digest": b"nobody", "hash": b"next"}),
        ("audit_heads", {"number": 2, "previous": 0, "at": AT, "hash": b"next", "signature": b"signed"}),
    ],
}  # fmt: skip
