"""The sheet for a family: in plain words, who supports a person, what is kept, who sees it, how long, and
what they can do about it (UK GDPR, Articles 12 to 14).

It is about one person and names no relative. It is made for nobody in particular (`make` takes no actor):
from what may be known by somebody who has no right to anything, so that it is the same sheet whoever of
the circle prints it. A sensitive agency is never on it, revealed or not. Where a location is protected, or
a record is closed to all but a few, it names nobody who supports the person and gives one number only.

Before it is given somebody is asked whether that is safe. Who gave it to whom, how and in which language is
kept; where it is not safe that is a decision not to share (`api.record.sharing`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from api import access
from api.access import Sight, Verdict
from api.authority import Authority, Settings
from api.errors import Checks, Invalid
from api.record import briefs, involvements, sharing
from api.record.briefs import Brief
from api.record.sharing import By, Decision, NewDecision
from api.rights import languages
from api.rights.languages import Language
from api.store import Tx
from api.store import access as stored_access
from api.store import involvements as stored_involvements
from api.store import people as stored_people
from api.store import retention as stored_retention
from api.store import sharing as stored
from api.store.access import NOBODY
from api.store.involvements import Involvement
from api.store.retention import Rule
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

HOWS = (
    ("handed over", "Handed over on paper"),
    ("read out", "Read out, or talked through"),
    ("shown", "Shown on a screen"),
    ("sent", "Sent"),
)
NOT_SAFE = "Then do not give it. Write down why instead: “It is not safe to give”."
BY_GLASS = "What is open in an emergency only is given to nobody."


@dataclass(frozen=True)
class Supporter:
    """Somebody, or a service, who supports the person, and how to ring them."""

    name: str
    role: str
    agency: str
    phone: str
    first: str


@dataclass(frozen=True)
class Section:
    """A part of the sheet: sentences, whom to ring, points of a list, and sentences after it."""

    heading: str
    before: Sequence[str] = ()
    supporters: Sequence[Supporter] = ()
    points: Sequence[str] = ()
    after: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """The whole sheet, in one language, as it is printed; `own` is room on paper for their own words."""

    lang: str
    dir: str
    title: str
    whom: str
    made: str
    before: Sequence[str]
    sections: Sequence[Section]
    own: Section


@dataclass(frozen=True)
class Given:
    """That the sheet was given: to whom, how, in which language, and by whom."""

    to: str
    how: str
    language: str
    by: By
    own_only: bool


@dataclass(frozen=True)
class Shown:
    """The sheet, and beside it (on no paper) when it was given or kept back, the newest first."""

    brief: Brief
    language: Language
    languages: Sequence[Language]
    sheet: Sheet
    given: Sequence[Given]
    kept_back: Sequence[Decision]


def of(actor: Actor, person_id: str, language: str = languages.FIRST) -> Shown:
    """Show the sheet about a person, in a language, to whoever may give it.

    Raises NotFound, NotAllowed; Invalid for a language that there is no file of.
    """
    spoken = _language(language)

    def looking(tx: Tx) -> Shown:
        verdict = _require(tx, actor, person_id, Action.SHEET_LOOKED)
        identity = verdict.standing.identity_id
        audit.allowed(tx, actor, Action.SHEET_LOOKED, subjects=[identity])
        decided = sharing.decisions(tx, actor.authority, verdict)
        return Shown(
            brief=briefs.shown(tx, verdict, person_id),
            language=spoken,
            languages=list(languages.every().values()),
            sheet=make(tx, actor.authority, identity, spoken),
            given=_given(tx, actor.authority, verdict),
            kept_back=[one for one in decided if one.of_sheet],
        )

    return actor.store.look(looking)


def give(actor: Actor, person_id: str, *, safe: bool, to: str, how: str, language: str) -> None:
    """Write down that the sheet was given. `safe` says that somebody asked themselves whether it was.

    Raises NotFound, NotAllowed; Invalid, naming the field.
    """
    spoken = _language(language)
    with Checks() as check:
        check.that(safe, NOT_SAFE, "safe")
        to = check(sharing.line, to, "to", "Say to whom.")
        check.that(how in dict(HOWS), "Choose how it was given.", "how")

    def change(tx: Tx) -> None:
        verdict = _require(tx, actor, person_id, Action.SHEET_GIVEN)
        identity = verdict.standing.identity_id
        made = stored.add(
            tx,
            "sheets_given",
            person_id=identity,
            language=spoken.code,
            how=how,
            words_id=actor.authority.vault.keep(tx, json.dumps({"to": to}), [identity]),
            agency_id=verdict.standing.me.agency_id,
            made_by=actor.id,
        )
        audit.allowed(tx, actor, Action.SHEET_GIVEN, subjects=[identity], reason=how, object=made)

    actor.store.write(change)


def keep_back(actor: Actor, person_id: str, to: str, ground: str, reason: str) -> None:
    """Write down that the sheet is not given to somebody, and why. Raises as `sharing.decide` does."""

    def change(tx: Tx) -> None:
        verdict = _require(tx, actor, person_id, Action.SHARING_DECIDED)
        new = NewDecision(False, to, sharing.SHEET, ground, reason)
        sharing.decide_inside(tx, actor, verdict, new, of_sheet=True)

    actor.store.write(change)


def brief(actor: Actor, person_id: str) -> Brief:
    """Give whom a form about the sheet is for, to whoever may give it."""

    def looking(tx: Tx) -> Brief:
        verdict = _require(tx, actor, person_id, Action.SHEET_LOOKED)
        identity = verdict.standing.identity_id
        audit.allowed(tx, actor, Action.SHEET_LOOKED, subjects=[identity], reason="to write")
        return briefs.shown(tx, verdict, person_id)

    return actor.store.look(looking)


def _require(tx: Tx, actor: Actor, person_id: str, action: Action) -> Verdict:
    verdict = access.require(tx, actor, person_id, Sight.CIRCLE, action)
    if not access.may_give_sheet(verdict.standing):
        raise access.refuse(tx, actor, action, verdict.reason, BY_GLASS)
    return verdict


def _language(code: str) -> Language:
    found = languages.every().get(code)
    if found is None:
        raise Invalid("Choose a language.", "language")
    return found


def _given(tx: Tx, authority: Authority, verdict: Verdict) -> list[Given]:
    found = stored.given(tx, verdict.standing.identity_id, verdict.standing.me)
    said = sharing.read(tx, authority, [one.words_id for one in found])
    spoken = languages.every()
    return [
        Given(
            to=said[one.words_id].get("to", sharing.GONE),
            how=one.how,
            language=spoken[one.language].name if one.language in spoken else one.language,
            by=sharing.by(verdict, one),
            own_only=bool(one.sensitive),
        )
        for one in found
    ]


# --- The sheet itself, for nobody in particular --------------------------------------------------


def make(tx: Tx, authority: Authority, identity: str, language: Language) -> Sheet:
    """Put the sheet about a person together. It takes no actor: nobody's rights can show on it."""
    say, settings = language.say, authority.settings
    standing = stored_access.standing(tx, NOBODY, identity)
    unnamed = standing is None or standing.location_hidden or standing.restricted
    supporters = [] if unnamed else _supporters(tx, identity)
    return Sheet(
        lang=language.lang,
        dir=language.dir,
        title=say("sheet.title"),
        whom=say("sheet.whom", name=_name(tx, identity) or say("sheet.baby")),
        made=say("sheet.from", authority=settings.name, day=language.day(tx.today)),
        before=[
            say("sheet.you"),
            say("sheet.why", authority=settings.name),
            say("sheet.no_score"),
        ],
        sections=[
            _support(language, settings, supporters, unnamed),
            Section(
                say("kept.heading"),
                points=[
                    say(f"kept.{kind}")
                    for kind in ("who", "support", "plans", "services", "notes", "looks")
                ],
                after=[say("kept.whence")],
            ),
            Section(
                say("seen.heading"),
                points=[
                    say("seen.circle"),
                    say("seen.others_plans" if settings.directory_shows_plans else "seen.others"),
                    say("seen.emergency"),
                    say("seen.watch"),
                ],
                after=[say("seen.outside"), say("seen.law")],
            ),
            _how_long(language, supporters, stored_retention.rules(tx), unnamed),
            _rights(language, settings, unnamed),
            _complain(language, settings, unnamed),
            _danger(language, settings, unnamed),
        ],
        own=Section(say("own.heading"), before=[say("own.write")]),
    )


def _name(tx: Tx, identity: str) -> str:
    names = stored_people.known(tx, [identity], NOBODY)[identity].names
    row = next((row for row in names if row["kind"] == "full"), next(iter(names), None))
    return f"{row['first']} {row['last']}".strip() if row else ""


def _supporters(tx: Tx, identity: str) -> list[Involvement]:
    """Give who supports a person openly now, whom to ring first at the top."""
    held = involvements.once_each(stored_involvements.unsealed(tx, [identity], NOBODY))
    found = [one for one in held if one.is_open(tx.today) and one.asserted_by != "self"]
    return sorted(found, key=lambda one: (-one.lead, one.kind != "active", _who(one), one.id))


def _who(one: Involvement) -> str:
    here = one.practitioner if not one.practitioner_left else None
    return here or one.contact_name or one.agency


def _phone(one: Involvement) -> str:
    own = one.practitioner_phone if not one.practitioner_left else None
    return one.contact_phone or own or one.agency_phone


def _whole(phone: str) -> str:
    """Give a number that no line breaks."""
    return phone.replace(" ", "\N{NO-BREAK SPACE}")


def _support(
    language: Language, settings: Settings, found: Sequence[Involvement], unnamed: bool
) -> Section:
    say = language.say
    if unnamed:
        before = [say("support.unnamed", phone=_whole(settings.switchboard))]
    else:
        before = [say("support.ring" if found else "support.none")]
    return Section(
        say("support.heading"),
        before=before,
        supporters=[
            Supporter(
                name=_who(one),
                role=one.role if one.role != one.agency_kind else "",
                agency=one.agency if _who(one) != one.agency else "",
                phone=_phone(one),
                first=say("support.first") if one.lead else "",
            )
            for one in found
        ],
        after=[say("support.private")],
    )


def _how_long(
    language: Language, found: Sequence[Involvement], rules: Sequence[Rule], unnamed: bool
) -> Section:
    say = language.say
    agencies = dict.fromkeys((one.agency, one.agency_kind) for one in found)
    before = [say("how_long.each")]
    if unnamed or not agencies:
        before.append(say("how_long.unnamed"))
    return Section(
        say("how_long.heading"),
        before=before,
        points=[_keeps(language, agency, kind, rules) for agency, kind in agencies],
        after=[say("how_long.held")],
    )


def _keeps(language: Language, agency: str, kind: str, rules: Sequence[Rule]) -> str:
    """Say how long an agency of this kind keeps what it writes, and the longest that it ever does. What
    of it holds for the person is not looked at: that would say what is written about them."""
    own = [rule for rule in rules if kind in rule.kinds] or [r for r in rules if not r.kinds]
    plain = [rule for rule in own if not rule.plan_kind and not rule.category]
    if not plain:
        return language.say("how_long.ask", agency=agency)
    usual = max(plain, key=lambda rule: rule.years)
    key = "how_long." + usual.counts_from.replace(" ", "_")
    said = language.say(key, agency=agency, years=language.years(usual.years))
    longest = max(rule.years for rule in own)
    if longest <= usual.years:
        return said
    return f"{said} {language.say('how_long.longer', years=language.years(longest))}"


def _rights(language: Language, settings: Settings, unnamed: bool) -> Section:
    say = language.say
    phone = settings.switchboard if unnamed else settings.front_door_phone
    return Section(
        say("rights.heading"),
        points=[say(f"rights.{what}") for what in ("copy", "wrong", "object", "own_words")],
        after=[say("rights.how", phone=_whole(phone), email=settings.front_door_email)],
    )


def _complain(language: Language, settings: Settings, unnamed: bool) -> Section:
    say = language.say

    def reach(phone: str, email: str) -> dict[str, str]:
        number = settings.switchboard if unnamed else phone or settings.front_door_phone
        return {"phone": _whole(number), "email": email or settings.front_door_email}

    return Section(
        say("complain.heading"),
        points=[
            say(
                "complain.authority",
                authority=settings.name,
                **reach(settings.complaints_phone, settings.complaints_email),
            ),
            say(
                "complain.officer",
                **reach(settings.data_protection_phone, settings.data_protection_email),
            ),
            say("complain.regulator"),
        ],
    )


def _danger(language: Language, settings: Settings, unnamed: bool) -> Section:
    say = language.say
    if unnamed:
        worried = say("danger.worried_unnamed", phone=_whole(settings.switchboard))
    else:
        worried = say(
            "danger.worried",
            front_door=settings.front_door,
            phone=_whole(settings.front_door_phone),
            out_of_hours=_whole(settings.out_of_hours_phone),
        )
    return Section(say("danger.heading"), before=[say("danger.now"), worried])
