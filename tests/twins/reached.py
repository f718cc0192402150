"""Which addresses are reached while the twins are read, by whom first, and which are not, and why."""

from __future__ import annotations

from collections.abc import Mapping


def _said(said: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(endpoints.split()) for name, endpoints in said.items()}


# What each of them opens, or sends, with ids that stood on their own pages. Somebody else may as well: each
# stands here once.
REACHED = _said({
    "social_worker": """
        asks.ask asks.end audit.around closings.declare closings.lift_protection
        closings.lift_restriction closings.protect closings.restrict corrections.details
        corrections.mine corrections.one corrections.say devices.mine emergencies.break_glass
        emergencies.mine home.home house.alive house.manifest house.offline house.ready
        house.service_worker inbox.item inbox.items inbox.unread me.add_cover me.end_cover me.me
        me.written notes.log notes.note notes.notice notes.reply notes.revise notes.shell
        notes.staff_concern notes.withdraw notes.wrong_person notifications.choose people.child
        people.join people.linked_to people.more people.more_notes people.purpose
        people.services_of people.supporter people.timeline_of people.universal
        relay.calls requests.mine requests.one requests.take retention.shared_notes reveals.seen
        search.add search.find sessions.confirm sessions.confirm_in_the_demo sessions.sign_in
        sharing.do_not_share sharing.share sharing.shared sheets.give sheets.keep_back
        sheets.sheet sheets.statement undertakings.own_family undertakings.undertake
        unsent.waiting
    """,
    "supervisor": """
        approvals.waiting asks.answer breaches.close breaches.mine breaches.one
        closings.declared retention.due staff.ask_leave staff.end_role staff.grant staff.invite
        staff.join staff.leave staff.one staff.people
    """,
    "governance": """
        audit.asked audit.at_person audit.by_practitioner audit.numbers audit.numbers_as_csv
        audit.overview audit.people audit.practitioners audit.purposes authority.add
        authority.contacts authority.entries authority.keeping authority.numbers authority.overview
        authority.retire authority.years
        closings.end_conflict
        closings.forsaken requests.check requests.end requests.extend retention.find
        retention.forget retention.hold retention.keep_on retention.keeping
        sources.every sources.one
    """,
    "administrator": """
        agencies.add agencies.add_team agencies.every agencies.one deliveries.overview sources.describe
        sources.undo systems.end_webhook systems.every systems.make systems.one
        systems.renew_secret systems.revoke
    """,
    "steward": """
        corrections.of_source doubtful.decided doubtful.every doubtful.taken_for sources.row
        sources.waiting
    """,
    "pastoral": """
        asks.take_back
    """,
    "duty": """
        people.take_on
    """,
})  # fmt: skip

# What nobody of them reaches there.
NOT_REACHED = _said({
    "it is the same for everybody, or ends the reading": """
        demo.choose demo.sign_in devices.revoke house.static sessions.sign_out
    """,
    "it takes a browser's own keys, or what waits on or for a device": """
        approvals.approve approvals.refuse caseload.hand_out devices.here enrolment.begin
        enrolment.finish enrolment.invitation envelopes.deliver notes.find
        notifications.turn_off notifications.turn_on sessions.begin_confirm
        sessions.begin_sign_in sessions.finish_confirm sessions.finish_sign_in
        sessions.follow_invitation sessions.waiting sessions.waiting_state unsent.ask_discard
        unsent.ask_refuse unsent.discard unsent.log_theirs unsent.one unsent.refuse
        unsent.release unsent.send
    """,
    "other systems ask it: tests/push/test_non_interference.py": """
        api.document api.events api.filings api.involvements api.person api.post_note
        api.put_involvement api.put_receipt api.search_people
    """,
    "no act leaves anything there for those who read here: tests/api/test_access_table.py": """
        agencies.open_agency audit.question authority.offer closings.open_forsaken
        corrections.answer corrections.one_of_source corrections.settle doubtful.one doubtful.part
        doubtful.take_back emergencies.end emergencies.review notes.act notes.file notes.undo
        people.change_line requests.copy requests.gather requests.item requests.pack
        requests.several requests.sign retention.asked retention.lift retention.shared_note
        retention.sign retention.take_back reveals.reveal reveals.take_back sources.accept sources.aside sources.give_up
        sources.load sources.now systems.add_webhook systems.start_webhook
    """,
})  # fmt: skip
