"""Every page, as everybody meets it: axe at both widths in light and dark, a narrow screen, large text.

The addresses come from the app itself: one that is added without being listed here fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser import looks, world
from tests.browser.phone import Phone, Phones
from tests.browser.site import Site

NOBODY = ""

# Whom to be, and the endpoints with their addresses as they are met.
PAGES: dict[str, dict[str, str]] = {
    NOBODY: {
        "sessions.sign_in": "/sign-in",
        "demo.choose": "/demo",
        "house.offline": "/offline",
        "notes.shell": "/offline/log",
        "enrolment.invitation": "/enrol/{token}",
        "no such invitation": "/enrol/not-an-invitation",
    },
    "social_worker": {
        "home.home": "/",
        "notes.log": "/log",
        "people.child": "/children/{amara}",
        "people.timeline_of": "/children/{amara}/timeline",
        "people.more": "/children/{amara}/more",
        "requests.take": "/children/{amara}/request",
        "asks.ask": "/children/{amara}/ask",
        "people.supporter": "/children/{amara}/supporters/{line}",
        "people.more_notes": "/children/{amara}/notes",
        "a child in a protected place": "/children/{rhea}",
        "search.find": "/search",
        "search.add": "/children/new",
        "inbox.items": "/inbox",
        "inbox.item": "/inbox/{item}",
    },
    "social_worker again": {
        "notes.note": "/notes/{mine}",
        "a note of somebody else": "/notes/{theirs}",
        "notes.revise": "/notes/{mine}/revise",
        "notes.withdraw": "/notes/{mine}/withdraw",
        "notes.wrong_person": "/notes/{mine}/wrong-person",
        "notes.staff_concern": "/staff-concern",
        "closings.restrict": "/children/{amara}/restrict",
        "closings.lift_restriction": "/children/{closed}/restrict/lift",
        "closings.protect": "/children/{jude}/protect",
        "closings.declare": "/children/{amara}/conflict",
        "me.me": "/me",
        "me.written": "/notes",
        "undertakings.undertake": "/appropriate-use",
        "undertakings.own_family": "/me/family",
        "retention.shared_notes": "/shared-notes",
        "retention.shared_note": "/shared-notes/{forgetting}/{shared}",
        "unsent.waiting": "/unsent",
        "unsent.one": "/unsent/{to_match}",
        "what could not be taken": "/unsent/{not_taken}",
        "unsent.ask_discard": "/unsent/{draft}/discard",
        "devices.mine": "/devices",
        "notifications.choose": "/notifications",
        "sessions.confirm": "/confirm",
        "no such page": "/nowhere",
        "no such child": "/children/00000000-0000-7000-8000-000000000000",
    },
    "supervisor": {
        "approvals.waiting": "/approvals",
        "staff.people": "/staff",
        "staff.join": "/staff/new",
        "staff.one": "/staff/{colleague}",
        "staff.ask_leave": "/staff/{colleague}/leave",
        "from my team": "/unsent",
        "unsent.log_theirs": "/unsent/{colleague}/{held}",
        "unsent.ask_refuse": "/unsent/{colleague}/{held}/refuse",
        "breaches.mine": "/breaches",
        "breaches.one": "/breaches/{breach}",
        "breaches.close": "/breaches/{breach}/close",
        "closings.lift_protection": "/children/{rhea}/protect/{hidden}/lift",
        "closings.declared": "/conflicts",
        "closings.end_conflict": "/conflicts/{conflict}/end",
        "emergencies.mine": "/reviews",
        "emergencies.review": "/reviews/{glass}",
        "requests.item": "/requests/{request}/items/{request_item}",
    },
    "steward": {
        "sources.every": "/sources",
        "sources.one": "/sources/people",
        "sources.describe": "/sources/people/describe",
        "sources.waiting": "/sources/people/waiting",
        "sources.row": "/sources/people/waiting/{row}",
        "a load that waits for a yes": "/sources/stopped",
        "corrections.of_source": "/sources/people/corrections",
        "doubtful.every": "/sources/turned/doubtful",
        "doubtful.one": "/sources/turned/doubtful/{doubtful}",
        "doubtful.decided": "/sources/turned/decided",
        "doubtful.taken_for": "/sources/turned/taken-for",
    },
    "administrator": {
        "deliveries.overview": "/deliveries",
        "home of nobody's lead": "/",
        "systems.every": "/systems",
        "systems.make": "/systems/new",
        "systems.one": "/systems/{system}",
        "audit.overview": "/audit",
        "audit.people": "/audit/people",
        "audit.at_person": "/audit/people/{amara}",
        "audit.practitioners": "/audit/practitioners?agency={care}",
        "audit.by_practitioner": "/audit/practitioners/{colleague}",
        "audit.purposes": "/audit/purposes",
        "audit.asked": "/audit/questions",
        "audit.question": "/audit/questions/{question}",
        "audit.numbers": "/audit/figures",
        "authority.overview": "/authority",
        "authority.contacts": "/authority/contacts",
        "authority.numbers": "/authority/numbers",
        "authority.keeping": "/authority/keeping",
        "authority.years": "/authority/keeping/other",
        "authority.entries": "/authority/exemptions",
        "authority.add": "/authority/exemptions/new",
        "agencies.every": "/agencies",
        "agencies.add": "/agencies/new",
        "agencies.one": "/agencies/{care}",
        "agencies.add_team": "/agencies/{care}/teams/new",
    },
    "administrator again": {
        "requests.mine": "/requests",
        "requests.one": "/requests/{request}",
        "requests.several": "/requests/{request}/together",
        "requests.check": "/requests/{request}/check/safety",
        "requests.extend": "/requests/{request}/extend",
        "requests.end": "/requests/{request}/end",
        "requests.pack": "/requests/{request}/main/pack",
        "closings.forsaken": "/closings",
        "closings.open_forsaken": "/closings/{forsaken}/open",
        "retention.due": "/retention",
        "retention.asked": "/retention/{forgetting}",
        "retention.keeping": "/children/{amara}/keeping",
        "retention.hold": "/children/{amara}/hold",
        "retention.lift": "/children/{amara}/hold/{hold}/lift",
        "retention.keep_on": "/children/{Ivo}/keep-on",
        "retention.forget": "/children/{amara}/forget",
    },
    "pastoral": {
        "people.universal": "/universal",
        "home": "/",
        "a long list": "/children/{noor}",
        "people.services_of": "/children/{amara}/services",
        "sheets.sheet": "/children/{amara}/sheet",
        "the sheet in Welsh": "/children/{amara}/sheet?language=cy",
        "sheets.give": "/children/{amara}/sheet/give",
        "sheets.keep_back": "/children/{amara}/sheet/keep-back",
        "sheets.statement": "/children/{amara}/statement",
        "audit.around": "/children/{amara}/looks",
        "sharing.shared": "/children/{amara}/shared",
        "sharing.share": "/children/{amara}/shared/yes",
        "sharing.do_not_share": "/children/{amara}/shared/no",
        "people.linked_to": "/children/{amara}/linked",
        "corrections.details": "/children/{amara}/details",
        "corrections.say": "/children/{amara}/wrong/involvement/{line}",
        "corrections.mine": "/corrections",
        "corrections.one": "/corrections/{correction}",
    },
    "duty": {
        "people.take_on": "/children/{amara}/take-on",
        "emergencies.break_glass": "/children/{amara}/emergency",
        "purpose": "/children/{amara}",
        "relay.calls": "/relay",
    },
    "colleague": {"people.join": "/children/{lily}/join", "asked to join": "/children/{amara}"},
    "sealed": {
        "log of a sealed service": "/log",
        "child": "/children/{amara}",
        "asks.answer": "/children/{amara}/ask/{ask}",
        "reveals.reveal": "/children/{amara}/reveal",
        "reveals.seen": "/reveals",
        "who rang through the relay": "/relay",
    },
    "reporter": {
        "home of a reporter": "/",
        "search of a reporter": "/search",
        "not open": "/staff",
    },
}
# Parts of pages, files, and what a machine asks; so is all of the API.
NO_PAGES = {
    "static", "house.static", "house.alive", "house.ready", "house.manifest", "house.service_worker",
    "inbox.unread", "sources.now", "sessions.waiting_state", "approvals.still_waiting",
    "sessions.waiting",  # looked at below, on the device that waits
    "corrections.one_of_source",  # leads on to corrections.one
    "audit.numbers_as_csv",
}  # fmt: skip


def test_every_address_is_looked_at(site: Site) -> None:
    listed = {endpoint for pages in PAGES.values() for endpoint in pages}
    rules = [rule for rule in site.app.url_map.iter_rules() if "GET" in rule.methods]
    found = {rule.endpoint for rule in rules if not rule.endpoint.startswith("api.")}
    assert found - listed - NO_PAGES == set()


def test_what_is_wrong_is_seen(phones: Phones) -> None:
    phone = phones.new("social_worker")
    phone.go("/")
    assert looks.faults(phone.page) == []
    phone.page.evaluate(
        """() => {
        const added = document.createElement("p");
        added.append("Light on light, and too wide: ", document.createElement("input"));
        Object.assign(added.style, { color: "#ddd", width: "340px", overflow: "hidden" });
        const dim = document.createElement("p");
        dim.append("Dark on dark.");
        dim.style.color = "#333";
        document.querySelector("main").append(added, dim);
        }"""
    )
    found = looks.faults(phone.page)
    for width in (390, 820):
        assert any(fault.startswith(f"{width} light: label") for fault in found)
        for scheme, words in (("light", "Light on light"), ("dark", "Dark on dark")):
            start = f"{width} {scheme}: color-contrast: "
            (fault,) = (fault for fault in found if fault.startswith(start))
            assert words in fault  # and not the other, which is well seen there
    assert any(fault.startswith("320 wide: ") for fault in found)


def words(*texts: str) -> set[str]:
    """Give the words of some texts."""
    return {word for text in texts for word in re.findall(r"\w+", text)}


@pytest.mark.parametrize("who", PAGES)
def test_pages_as_they_are_opened(phones: Phones, site: Site, who: str) -> None:
    made = world.fill(site)
    made["noor"] = site.cast["noor"]
    names = words(
        *(row["last"] for row in site.cast.authority.store.query("SELECT last FROM names"))
    )
    phone = phones.new(who.removesuffix(" again") or None)
    found = []
    for path in PAGES[who].values():
        phone.go(path.format(**made))
        found += [f"{path}: {fault}" for fault in looks.faults(phone.page)]
        # Titles stay in the browser's history.
        found += [
            f"{path}: names {name} in its title" for name in names & words(phone.page.title())
        ]
    assert not found, "\n".join(found)


# Pages that are reached by doing something: who does what, and what is then there.


def sent(phone: Phone) -> None:
    phone.go("/log")
    phone.tap(phone.page.get_by_text("Amara Okafor"))
    phone.page.get_by_label("What I saw or heard").fill("No coat.")
    phone.tap(phone.button("Send"))
    expect(phone.button("Undo")).to_be_visible()


def undone(phone: Phone) -> None:
    sent(phone)
    phone.tap(phone.button("Undo"))
    expect(phone.page.get_by_text("Nobody was told")).to_be_visible()


def refused(phone: Phone) -> None:
    phone.go("/log")
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_text("There is a problem")).to_be_visible()


def somebody_else(phone: Phone) -> None:
    phone.go("/log")
    phone.tap(phone.page.get_by_text("Someone else"))
    phone.page.get_by_label("First name").fill("Lily")
    phone.page.get_by_label("Last name").fill("Hart")
    for box, value in (("Day", "9"), ("Month", "9"), ("Year", "2015")):
        phone.page.get_by_label(box, exact=True).first.fill(value)
    phone.tap(phone.button("Find"))
    expect(phone.page.get_by_text("1 person found")).to_be_visible()


def found(phone: Phone) -> None:
    phone.go("/search")
    phone.page.get_by_label("First name").fill("Amara")
    phone.tap(phone.button("Search"))
    expect(phone.link("Amara Okafor", exact=False)).to_be_visible()


def not_found(phone: Phone) -> None:
    phone.page.get_by_label("Day", exact=True).first.fill("31")
    phone.page.get_by_label("Month", exact=True).first.fill("2")
    phone.tap(phone.button("Search"))
    expect(phone.page.get_by_text("There is a problem")).to_be_visible()


def kept(phone: Phone) -> None:
    phone.go("/log")
    phone.page.get_by_label("What I saw or heard").fill("No coat.")
    phone.site.clock.forward(minutes=16)
    phone.tap(phone.button("Send"))
    expect(phone.page.get_by_text("What you typed is kept.")).to_be_visible()


def waiting(phone: Phone) -> None:
    phone.add_authenticator()
    phone.go(f"/enrol/{world.invited(phone.site.cast, 'duty')}")
    phone.tap(phone.button("Create passkey"))
    phone.page.wait_for_url("**/sign-in/waiting/*")


def invited(phone: Phone) -> None:
    phone.go(f"/staff/{phone.site.cast['colleague']}")
    phone.tap(phone.button("Invite"))
    phone.tap(phone.button("Confirm with passkey"))
    expect(phone.page.get_by_label("Link")).to_be_visible()


def not_compared(phone: Phone) -> None:
    phone.go("/approvals")
    phone.tap(phone.button("Approve").first)
    expect(phone.page.get_by_text("Say how you compared the codes.").first).to_be_visible()


def no_purpose(phone: Phone) -> None:
    phone.go(f"/children/{phone.site.cast['amara']}")
    phone.tap(phone.button("Show who supports Amara"))
    expect(phone.page.get_by_text("There is a problem")).to_be_visible()


def directory(phone: Phone) -> None:
    phone.tap(phone.page.get_by_text("Child protection enquiry"))
    phone.tap(phone.button("Show who supports Amara"))
    expect(phone.page.get_by_text("Jo Marsh").first).to_be_visible()


Step = Callable[[Phone], None]
STEPS: dict[str, list[Step]] = {
    "social_worker": [sent, undone, refused, somebody_else, found, not_found, kept],
    "supervisor": [not_compared, invited],
    "outsider": [no_purpose, directory],
    NOBODY: [waiting],
}


@pytest.mark.parametrize("who", STEPS)
def test_pages_as_they_are_reached(phones: Phones, site: Site, who: str) -> None:
    world.fill(site)
    phone = phones.new()
    if who in ("social_worker", "supervisor"):
        phone.enrol(who)
    elif who:
        phone.be(who)
    faults = []
    for step in STEPS[who]:
        step(phone)
        faults += [f"{step.__name__}: {fault}" for fault in looks.faults(phone.page)]
    assert not faults, "\n".join(faults)
