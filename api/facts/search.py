"""Finding one person, never browsing. Whom to ring stands on every answer, found or not.

Among one's own people any one field is enough. Beyond them it takes both names and a near date (or a
birth year and postcode, a parent's name, an expected date), or an NHS number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

from api import access
from api.errors import Invalid
from api.facts import matching
from api.record import briefs
from api.record.briefs import Brief
from api.staff import attempts
from api.store import Tx
from api.store import people as stored_people
from api.store import search as stored
from api.store.access import Me
from api.store.engine import Row
from api.store.search import Facts, NameKeys
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

OUTSIDE_AT_MOST = 5
INSIDE_AT_MOST = 20
LONGEST = 200
# So often may somebody search in a minute; nobody who looks for one child does.
TRIES, SECONDS = 30, 60
DAYS_NEAR = 3
# An expected date is an estimate, and is revised.
DAYS_NEAR_EXPECTED = 21

_TOO_LITTLE = "This looked only among the people you work with."
_ENOUGH = (
    "To look further, give first and last name together with a date of birth, a birth year and "
    "postcode, a parent's name or the date a birth is expected; or give an NHS number."
)


@dataclass(frozen=True)
class Query:
    """What somebody typed. Dates are ISO text."""

    first: str = ""
    last: str = ""
    born_on: str | None = None
    birth_year: int | None = None
    postcode: str = ""
    nhs: str = ""
    parent: str = ""
    expected_on: str | None = None


@dataclass(frozen=True)
class Result:
    """Somebody found. `mine` where the actor's own sight opens the directory or more: then `born`
    is the date and there is a school; else `born` is a year. `why` says what agreed."""

    person_id: str
    name: str
    born: str
    age: str
    district: str
    school: str
    mine: bool
    why: str


@dataclass(frozen=True)
class WhomToRing:
    """Who answers when nobody is found, or nobody picks up."""

    name: str
    phone: str
    email: str
    out_of_hours_phone: str


@dataclass(frozen=True)
class Found:
    """The answer to a search. `more` where others agreed too; `advice` says what would be enough
    to look beyond one's own people, where what was typed was too little for that."""

    results: Sequence[Result]
    more: bool
    advice: Sequence[str]
    whom_to_ring: WhomToRing


def find(actor: Actor, query: Query) -> Found:
    """Look for one person. Leaves what was typed and whom it showed.

    Raises Invalid for what cannot be looked for, TooOften for somebody who goes on and on.
    """
    asked = _Asked.read(query)
    attempts.count(actor.authority, f"search {actor.id}", TRIES, SECONDS)

    def looking(tx: Tx) -> Found:
        me = access.who(tx, actor)
        works = access.works(me)
        inside = _inside(tx, me, asked) if works else []
        own = _typed_by_me(tx, me, asked)
        outside = _outside(tx, me, asked) if works and asked.is_enough else []
        hits = _once_each([*inside[:INSIDE_AT_MOST], *own, *outside])
        shown = [hit for hit in hits if hit.own or hit.inside]
        others = [hit for hit in hits if not (hit.own or hit.inside)]
        more = len(inside) > INSIDE_AT_MOST or len(others) > OUTSIDE_AT_MOST
        shown += others[:OUTSIDE_AT_MOST]
        _leave_trace(tx, actor, asked, shown, works)
        return Found(
            results=[_result(tx, me, hit) for hit in shown],
            more=more,
            advice=() if asked.is_enough else (_TOO_LITTLE, _ENOUGH),
            whom_to_ring=whom_to_ring(actor),
        )

    return actor.store.look(looking)


def whom_to_ring(actor: Actor) -> WhomToRing:
    """Give the authority's front door."""
    settings = actor.authority.settings
    return WhomToRing(
        settings.front_door,
        settings.front_door_phone,
        settings.front_door_email,
        settings.out_of_hours_phone,
    )


@dataclass(frozen=True)
class _Asked:
    """A query, read: keys for names, days for dates."""

    typed: str
    name: NameKeys
    born_on: date | None
    birth_year: int | None
    postcode: str
    nhs: str
    parent: NameKeys | None
    expected_on: date | None

    @classmethod
    def read(cls, query: Query) -> _Asked:
        said = {
            field.name: str(getattr(query, field.name) or "").strip() for field in fields(query)
        }
        for name, text in said.items():
            if len(text) > LONGEST:
                raise Invalid(f"Use {LONGEST} characters or fewer.", name)
        if not any(said.values()):
            raise Invalid("Type a name, a date of birth or an NHS number.", "first")
        nhs = matching.nhs_number(said["nhs"]) if said["nhs"] else ""
        if nhs is None:
            raise Invalid(
                "This is no NHS number: it has ten digits, and the last is a check.", "nhs"
            )
        code = matching.postcode(said["postcode"])
        if said["postcode"] and not code:
            raise Invalid("Enter a whole postcode, such as ZZ17 8AU.", "postcode")
        year = query.birth_year
        if year is not None and not 1850 <= year <= 2100:
            raise Invalid("Enter a year of four figures.", "birth_year")
        asked = cls(
            typed="; ".join(f"{name}: {text}" for name, text in said.items() if text),
            name=NameKeys(matching.name_key(said["first"]), matching.name_key(said["last"])),
            born_on=_day(said["born_on"], "born_on"),
            birth_year=year,
            postcode=code,
            nhs=nhs,
            parent=_parent(said["parent"]),
            expected_on=_day(said["expected_on"], "expected_on"),
        )
        if not asked.says_anything:
            raise Invalid("Type a name in letters.", "first")
        return asked

    @property
    def says_anything(self) -> bool:
        """Whether there is anything to look for: a name of signs alone is none."""
        dated = self.born_on or self.birth_year or self.expected_on
        return bool(self.has_name or dated or self.postcode or self.nhs or self.parent)

    @property
    def has_name(self) -> bool:
        """Whether any name was typed."""
        return bool(self.name.first or self.name.last)

    @property
    def is_near(self) -> bool:
        """Whether something beside the names says who is meant."""
        placed = self.birth_year and self.postcode
        return bool(self.born_on or placed or self.parent or self.expected_on)

    @property
    def is_enough(self) -> bool:
        """Whether it is enough to look beyond one's own people."""
        names = self.name.first and self.name.last
        unnamed = self.parent and (self.expected_on or self.born_on)
        return bool(self.nhs or (names and self.is_near) or unnamed)


@dataclass(frozen=True)
class _Hit:
    """A candidate that agrees. `own` is a record that the actor added and sees as they typed it."""

    person_id: str
    identity_id: str
    score: int
    why: str
    inside: bool = False
    own: bool = False


def _inside(tx: Tx, me: Me, asked: _Asked) -> list[_Hit]:
    """Look among one's own: any one field is enough; names come before what is near."""
    ways: list[list[str]] = []
    if asked.nhs:
        ways.append(stored.numbered(tx, me, "nhs", asked.nhs, inside=True))
    if asked.has_name:
        ways.append(stored.named(tx, me, asked.name, inside=True))
    elif asked.born_on:
        ways.append(stored.born(tx, me, "born_on", _near(asked.born_on), inside=True))
    elif asked.postcode:
        ways.append(stored.living_at(tx, me, asked.postcode))
    elif asked.birth_year:
        ways.append(stored.born_in(tx, me, asked.birth_year))
    elif asked.expected_on:
        days = _near(asked.expected_on, DAYS_NEAR_EXPECTED)
        ways.append(stored.born(tx, me, "expected_on", days, inside=True))
    if asked.parent:
        ways.append(stored.children_of(tx, me, asked.parent, inside=True))
    numbered = set(ways[0]) if asked.nhs else set()
    children = set(ways[-1]) if asked.parent else set()
    ids = list(dict.fromkeys(id for way in ways for id in way))
    facts = stored.facts(tx, me, ids)
    return _sorted(
        _Hit(id, id, *_agreement(asked, facts, id, numbered, children), inside=True) for id in ids
    )


def _outside(tx: Tx, me: Me, asked: _Asked) -> list[_Hit]:
    """Look beyond one's own people, for what was enough to mean one person."""
    numbered: set[str] = set()
    if asked.nhs:
        numbered = set(stored.numbered(tx, me, "nhs", asked.nhs, inside=False))
    children: set[str] = set()
    if asked.parent:
        children = set(stored.children_of(tx, me, asked.parent, inside=False))
    named: set[str] = set()
    if asked.name.first and asked.name.last and asked.is_near:
        named = set(_with_that_name(tx, me, asked))
    facts = stored.facts(tx, me, [*numbered, *named, *children])
    unnamed = {id for id in children if _is_unnamed(facts, id) and _date_agrees(asked, facts, id)}
    named = {id for id in named if _is_meant(asked, facts, id, children)}
    return _sorted(
        _Hit(id, id, *_agreement(asked, facts, id, numbered, children))
        for id in numbered | named | unnamed
    )


def _with_that_name(tx: Tx, me: Me, asked: _Asked) -> list[str]:
    """Give who has that name. Where only a date of birth is near, begin with the few born then."""
    if asked.parent or asked.expected_on or asked.birth_year or not asked.born_on:
        return stored.named(tx, me, asked.name, inside=False)
    born = stored.born(tx, me, "born_on", _near(asked.born_on), inside=False)
    names = stored.facts(tx, me, born).names
    return [
        id
        for id in born
        if any(_names_agree(asked.name, n["first_key"], n["last_key"]) for n in names.get(id, ()))
    ]


def _typed_by_me(tx: Tx, me: Me, asked: _Asked) -> list[_Hit]:
    """Look through the records that the actor added, as they were typed."""
    return [
        _Hit(row["id"], row["identity_id"], 0, "You added this record", own=True)
        for row in stored.typed_by(tx, me)
        if _typed_agrees(asked, row)
    ]


def _typed_agrees(asked: _Asked, row: Row) -> bool:
    if asked.nhs and row["nhs"] == asked.nhs:
        return True
    if asked.has_name:
        first, last = row["first_key"] or "", row["last_key"] or ""
        return _names_agree(asked.name, first, last)
    days = [_near(asked.born_on), [row["born_on"]]] if asked.born_on else [[], []]
    due = asked.expected_on and row["expected_on"] in _near(asked.expected_on, DAYS_NEAR_EXPECTED)
    year = asked.birth_year and (row["born_on"] or "").startswith(str(asked.birth_year))
    placed = asked.postcode and row["postcode"] == asked.postcode
    return bool(set(days[0]) & set(days[1]) or due or year or placed)


def _is_meant(asked: _Asked, facts: Facts, id: str, children: set[str]) -> bool:
    """Whether something beside the names agrees."""
    if _date_agrees(asked, facts, id) or id in children or _mentions(asked, facts, id):
        return True
    return bool(asked.birth_year and asked.postcode) and _year_and_place_agree(asked, facts, id)


def _agreement(
    asked: _Asked, facts: Facts, id: str, numbered: set[str], children: set[str]
) -> tuple[int, str]:
    """Weigh what agrees, and say it in words."""
    weighed = [
        (100, "the NHS number", id in numbered),
        *_names_weighed(asked, facts, id),
        *_dates_weighed(asked, facts, id),
        (10, "the birth year", _year_agrees(asked, facts, id)),
        (20, "the postcode", _place_agrees(asked, facts, id)),
        (30, "a parent's name", id in children or _mentions(asked, facts, id)),
    ]
    agreed = [(weight, words) for weight, words, agrees in weighed if agrees]
    words = [said for _, said in agreed]
    listed = ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
    return sum(weight for weight, _ in agreed), f"Same: {listed}" if words else ""


def _names_weighed(asked: _Asked, facts: Facts, id: str) -> list[tuple[int, str, bool]]:
    keys = [(row["first_key"], row["last_key"]) for row in facts.names.get(id, ())]
    whole = (asked.name.first, asked.name.last) in keys
    part = asked.has_name and any(_names_agree(asked.name, first, last) for first, last in keys)
    return [(20, "the name", whole), (10, "part of the name", part and not whole)]


def _dates_weighed(asked: _Asked, facts: Facts, id: str) -> list[tuple[int, str, bool]]:
    days = {row["born_on"] for row in facts.births.get(id, ())}
    day = asked.born_on
    exact = day is not None and day.isoformat() in days
    turned = day is not None and not exact and bool(_exchanged(day) & days)
    almost = day is not None and not (exact or turned) and bool(set(_near(day)) & days)
    return [
        (50, "the date of birth", exact),
        (30, "the date of birth with day and month exchanged", turned),
        (25, "almost the date of birth", almost),
        (40, "the expected date", _expected_agrees(asked, facts, id)),
    ]


def _date_agrees(asked: _Asked, facts: Facts, id: str) -> bool:
    days = {row["born_on"] for row in facts.births.get(id, ())}
    if asked.born_on and set(_near(asked.born_on)) & days:
        return True
    return _expected_agrees(asked, facts, id)


def _expected_agrees(asked: _Asked, facts: Facts, id: str) -> bool:
    due = {row["expected_on"] for row in facts.births.get(id, ())}
    return bool(asked.expected_on and set(_near(asked.expected_on, DAYS_NEAR_EXPECTED)) & due)


def _year_and_place_agree(asked: _Asked, facts: Facts, id: str) -> bool:
    return _year_agrees(asked, facts, id) and _place_agrees(asked, facts, id)


def _year_agrees(asked: _Asked, facts: Facts, id: str) -> bool:
    births = facts.births.get(id, ()) if asked.birth_year else ()
    return any((row["born_on"] or "").startswith(str(asked.birth_year)) for row in births)


def _place_agrees(asked: _Asked, facts: Facts, id: str) -> bool:
    addresses = facts.addresses.get(id, ()) if asked.postcode else ()
    return any(row["postcode"] == asked.postcode for row in addresses)


def _mentions(asked: _Asked, facts: Facts, id: str) -> bool:
    """Whether a parent who is only mentioned has this name."""
    if asked.parent is None:
        return False
    for row in facts.mentioned.get(id, ()):
        keys = _parent(row["mentioned"])
        if keys and _names_agree(asked.parent, keys.first, keys.last):
            return True
    return False


def _is_unnamed(facts: Facts, id: str) -> bool:
    return not any(matching.is_named(row["first_key"]) for row in facts.names.get(id, ()))


def _names_agree(asked: NameKeys, first: str, last: str) -> bool:
    """Compare names as the store does: first words, and any part of a double surname."""
    firsts = not asked.first or asked.first.split()[0] == first.partition(" ")[0]
    parts = {last, *last.split()}
    lasts = not asked.last or bool({asked.last, *asked.last.split()} & parts)
    return firsts and lasts


def _parent(text: str) -> NameKeys | None:
    """Read a parent's name as one writes it: first name first, or only one name."""
    words = matching.name_key(text).split()
    if not words:
        return None
    return NameKeys(words[0] if len(words) > 1 else "", words[-1])


def _near(day: date, days: int = DAYS_NEAR) -> list[str]:
    around = {day + timedelta(days=n) for n in range(-days, days + 1)}
    return sorted({on.isoformat() for on in around} | _exchanged(day))


def _exchanged(day: date) -> set[str]:
    if day.day > 12 or day.day == day.month:
        return set()
    return {date(day.year, day.day, day.month).isoformat()}


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("Enter a real date.", field) from None
    if not 1850 <= day.year <= 2100:
        raise Invalid("Enter a year of four figures.", field)
    return day


def _sorted(hits: Iterable[_Hit]) -> list[_Hit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.person_id))


def _once_each(hits: Sequence[_Hit]) -> list[_Hit]:
    """Keep the first of several hits on one identity."""
    kept: dict[str, _Hit] = {}
    for hit in hits:
        kept.setdefault(hit.identity_id, hit)
    return list(kept.values())


def _result(tx: Tx, me: Me, hit: _Hit) -> Result:
    brief = _brief(tx, me, hit)
    district = ""
    if not hit.own:
        addresses = stored.facts(tx, me, [hit.identity_id]).addresses.get(hit.identity_id, ())
        standing = [row for row in addresses if not row["valid_to"] or row["valid_to"] > tx.today]
        district = matching.district(standing[0]["postcode"]) if standing else ""
    born = brief.born_on or brief.age.removeprefix("born ")
    return Result(
        person_id=hit.person_id,
        name=brief.name,
        born=born if born[:4].isdigit() else "",
        age=brief.age,
        district=district,
        school=brief.school,
        mine=hit.inside,
        why=hit.why,
    )


def _brief(tx: Tx, me: Me, hit: _Hit) -> Brief:
    if hit.own:
        return briefs.brief_of(stored_people.as_written(tx, hit.person_id, me), tx.today)
    known = stored_people.known(tx, [hit.identity_id], me)[hit.identity_id]
    return briefs.brief_of(known, tx.today, outside=not hit.inside)


def _leave_trace(tx: Tx, actor: Actor, asked: _Asked, shown: Sequence[_Hit], works: bool) -> None:
    subjects = [hit.identity_id for hit in shown]
    if works and (asked.is_enough or shown):
        reason = "" if asked.is_enough else "own people only"
        audit.allowed(
            tx, actor, Action.SEARCH_RUN, subjects=subjects, reason=reason, details=asked.typed
        )
    elif shown:
        audit.allowed(
            tx,
            actor,
            Action.SEARCH_RUN,
            subjects=subjects,
            reason="own records only",
            details=asked.typed,
        )
    else:
        reason = "too little" if works else "no working role"
        audit.refused(tx, actor, Action.SEARCH_RUN, reason=reason, details=asked.typed)
