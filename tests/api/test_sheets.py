"""The sheet for families: the same whoever prints it, in every language, and what it never says."""

from __future__ import annotations

import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

from api.access import Sight
from api.errors import Invalid, NotAllowed, NotFound
from api.record import glass, involvements, people, protections, revealing, sharing
from api.record.people import NewPerson
from api.rights import languages, sheets, statements
from api.rights.sheets import Section, Sheet
from api.store.authority import set_retention
from tests.cast import LISTS, Cast
from tests.feeds import add_feed, say

CIRCLE = ("social_worker", "pastoral", "health_visitor", "sealed", "supervisor", "safeguarding")
PUBLIC_NAMES = ("Jo Marsh", "Pat Osei", "Hana Vale")


def sheet(
    cast: Cast, viewer: str = "social_worker", language: str = "en", person: str = "amara"
) -> Sheet:
    return sheets.of(cast.actor(viewer), cast[person], language).sheet


def text(found: Sheet) -> str:
    """All that stands on a sheet; numbers with the spaces that people type."""
    parts = [
        found.title,
        found.whom,
        found.made,
        *found.before,
        *map(_text, [*found.sections, found.own]),
    ]
    return "\n".join(parts).replace("\N{NO-BREAK SPACE}", " ")


def _text(one: Section) -> str:
    who = [f"{s.name} {s.role} {s.agency} {s.phone} {s.first}" for s in one.supporters]
    return "\n".join([one.heading, *one.before, *who, *one.points, *one.after])


def keep(cast: Cast, *rules: tuple[str, str, list[str], str, str, str, int]) -> None:
    lists = replace(LISTS, retention=list(rules))
    cast.authority.store.upkeep(lambda tx: set_retention(tx, lists))


# --- Languages -----------------------------------------------------------------------------------


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", sorted(languages.every()))
def test_every_language_says_every_sentence_with_the_same_places(code: str) -> None:
    first, other = languages.every()[languages.FIRST], languages.every()[code]
    assert first.sentences.keys() == other.sentences.keys()
    for key, sentence in other.sentences.items():
        assert sentence.strip() == sentence != "", key
        assert places(sentence) == places(first.sentences[key]), key
        assert code == languages.FIRST or sentence != first.sentences[key], key
    assert len(set(other.months)) == 12
    assert places(other.date) == {"day", "month", "year"}
    assert places(other.numbers["other"]) == {"years"}
    told = tomllib.loads((languages.FOLDER / f"{code}.toml").read_text("utf-8"))
    assert told["lang"].split("-")[0] == code
    assert other.dir == ("rtl" if code in ("ar", "fa", "he", "ku", "ps", "ur") else "ltr")


def test_a_file_more_is_a_language_more(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in languages.FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    first = (tmp_path / "en.toml").read_text("utf-8")
    polish = first.replace('"English"', '"Polski"').replace('"en-GB"', '"pl"')
    (tmp_path / "pl.toml").write_text(polish, "utf-8")
    urdu = first.replace('"English"', '"اردو"').replace('"en-GB"', '"ur"')
    (tmp_path / "ur.toml").write_text(urdu.replace('dir = "ltr"', 'dir = "rtl"'), "utf-8")
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    languages.every.cache_clear()
    try:
        shown = sheets.of(cast.actor("social_worker"), cast["amara"], "pl")
        other = sheets.of(cast.actor("social_worker"), cast["amara"], "ur").sheet
    finally:
        languages.every.cache_clear()
    assert [one.name for one in shown.languages] == ["English", "Cymraeg", "Polski", "اردو"]
    assert (shown.sheet.lang, shown.sheet.dir) == ("pl", "ltr")
    # Written from the right: a name and a number from the left keep their order within it.
    assert (other.lang, other.dir) == ("ur", "rtl")
    assert other.whom == "For \u2068Amara Okafor\u2069"
    assert "\u2068" not in repr(shown.sheet)


def test_english_and_welsh_say_dates_and_years_in_their_own_way() -> None:
    english, welsh = (languages.every()[code] for code in ("en", "cy"))
    assert (english.day("2026-05-03"), welsh.day("2026-05-03")) == ("3 May 2026", "3 Mai 2026")
    assert [english.years(n) for n in (1, 2, 25)] == ["1 year", "2 years", "25 years"]
    assert [welsh.years(n) for n in (1, 2, 3, 6, 25)] == [
        "1 flwyddyn", "2 flynedd", "3 blynedd", "6 blynedd", "25 mlynedd",
    ]  # fmt: skip


# --- What is on it -------------------------------------------------------------------------------


def test_it_says_who_supports_the_person_and_how_to_ring_them(cast: Cast) -> None:
    found = sheet(cast)
    first, *others = found.sections[0].supporters
    assert (first.name, first.role, first.agency) == (
        "Jo Marsh", "Social worker", "Westhaven Children's Social Care",
    )  # fmt: skip
    assert (first.phone, first.first) == ("07700 900100", "ring first")
    assert [one.name for one in others] == ["Hana Vale", "Pat Osei", "St Bede's Primary School"]
    assert found.whom == "For Amara Okafor"
    assert found.lang == "en-GB"
    said = text(found)
    assert "01632 960100" in said
    assert "0303 123 1113" in said
    assert not re.search(r"[{}]", said)


def test_in_welsh_it_says_the_same_people(cast: Cast) -> None:
    english, welsh = sheet(cast), sheet(cast, language="cy")
    assert welsh.lang == "cy"
    assert welsh.whom == "Ar gyfer Amara Okafor"
    assert [(one.name, one.phone) for one in welsh.sections[0].supporters] == [
        (one.name, one.phone) for one in english.sections[0].supporters
    ]
    assert "ffoniwch yn gyntaf" in text(welsh)
    assert not {"the", "you", "your"} & set(re.findall(r"\w+", text(welsh)))
    with pytest.raises(Invalid):
        sheet(cast, language="xx")


def test_how_long_is_what_the_authority_set_for_each_kind_of_agency(cast: Cast) -> None:
    keep(
        cast,
        ("school", "File", ["school"], "", "", "birth", 25),
        ("abuse", "Abuse", ["school", "social care"], "", "neglect", "last contact", 75),
        ("other", "Other", [], "", "", "last contact", 1),
    )
    kept = next(one for one in sheet(cast).sections if one.heading == "How long it is kept")
    assert (
        "St Bede's Primary School: for 25 years after you were born. In some cases for longer: up to 75 years."
        in kept.points
    )
    assert "Westhaven Health Visiting: for 1 year after the last contact with you." in kept.points
    # Only a narrow rule: the others of this kind are not known.
    assert "Westhaven Children's Social Care: ask them, and they will tell you." in kept.points
    welsh = next(one for one in sheet(cast, language="cy").sections if "Am faint" in one.heading)
    assert (
        "Westhaven Health Visiting: am 1 flwyddyn ar ôl y cysylltiad diwethaf â chi."
        in welsh.points
    )


def test_a_family_without_anybody_reads_that_nobody_is_listed(cast: Cast) -> None:
    baby = people.add(cast.system, NewPerson(expected_on="2027-03-01"))
    cast.ids["baby"] = baby
    cast.support("sealed", "harbour", "baby")
    found = sheet(cast, "sealed", person="baby")
    assert found.whom == "For your baby"
    assert not found.sections[0].supporters
    assert found.sections[0].before == [
        "Nobody is listed today. That does not mean that nobody supports you."
    ]


# --- What is never on it -------------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(languages.every()))
def test_it_is_the_same_sheet_whoever_of_the_circle_prints_it(cast: Cast, language: str) -> None:
    printed = {text(sheet(cast, viewer, language)) for viewer in CIRCLE}
    assert len(printed) == 1
    (said,) = printed
    assert not re.search("Sil Brook|Harbour|Recovery", said)
    assert all(name in said for name in PUBLIC_NAMES)


def test_whoever_reveals_themselves_is_not_on_it(cast: Cast) -> None:
    before = text(sheet(cast))
    revealing.reveal(
        cast.actor("sealed"), cast["amara"], revealing.CIRCLE, "harm", "They should know"
    )
    assert "Sil Brook" in [
        line.name for line in people.look(cast.actor("pastoral"), cast["amara"]).circle
    ]
    assert {text(sheet(cast, viewer)) for viewer in CIRCLE} == {before}


def test_it_is_the_same_with_and_without_a_private_service(cast: Cast) -> None:
    with_it = text(sheet(cast))
    line = next(
        one for one in people.look(cast.actor("sealed"), cast["amara"]).circle
        if one.name == "Sil Brook"
    )  # fmt: skip
    involvements.end(cast.actor("sealed"), line.id)
    assert text(sheet(cast)) == with_it


def test_a_name_that_only_a_private_service_says_is_not_on_it(cast: Cast) -> None:
    store = cast.authority.store
    feed = add_feed(store, "harbour", cast["harbour"])
    said = {
        "kind": "full",
        "first": "Secret",
        "last": "Okafor",
        "first_key": "secret",
        "last_key": "okafor",
    }
    say(store, feed, "names", cast["amara"], **said)
    say(store, feed, "names", cast["amara"], **said, recorded_by=cast["sealed"])
    assert {sheet(cast, viewer).whom for viewer in CIRCLE} == {"For Amara Okafor"}


def test_where_a_location_is_protected_it_names_nobody_and_one_number(cast: Cast) -> None:
    protections.protect(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "Her father",
        [cast["social_worker"]],
    )
    for viewer in ("social_worker", "pastoral"):
        for language in languages.every():
            said = text(sheet(cast, viewer, language))
            for hidden in (
                *PUBLIC_NAMES,
                "St Bede",
                "Mill Lane",
                "Health Visiting",
                "Social Care",
                "front door",
            ):
                assert hidden not in said
            assert set(re.findall(r"\b0[\d ]{9,}\d", said)) == {"01632 960000", "0303 123 1113"}


def test_where_a_record_is_closed_it_names_nobody(cast: Cast) -> None:
    protections.restrict(
        cast.actor("social_worker", confirmed=True),
        cast["amara"],
        "An adoption",
        [cast["social_worker"]],
    )
    said = text(sheet(cast))
    assert not any(name in said for name in PUBLIC_NAMES)
    with pytest.raises(NotFound):
        sheet(cast, "pastoral")


def test_it_names_no_relative(cast: Cast) -> None:
    assert not re.search("Jude|Kemi", text(sheet(cast)))


# --- Who may, and giving it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "viewer", ["outsider", "governance", "administrator", "reporter", "colleague"]
)
def test_only_the_circle_gives_it(cast: Cast, viewer: str) -> None:
    actor = cast.actor(viewer)
    with pytest.raises((NotAllowed, NotFound)):
        sheets.of(actor, cast["amara"])
    with pytest.raises((NotAllowed, NotFound)):
        sheets.give(actor, cast["amara"], safe=True, to="Her mother", how="shown", language="en")
    with pytest.raises((NotAllowed, NotFound)):
        sheets.keep_back(actor, cast["amara"], "Her father", "danger", "Not safe")


def test_what_is_open_in_an_emergency_only_is_given_to_nobody(cast: Cast) -> None:
    glass.open_record(cast.actor("outsider", confirmed=True), cast["amara"], "She is missing")
    actor = cast.actor("outsider")
    assert people.look(actor, cast["amara"]).sight is Sight.CIRCLE
    with pytest.raises(NotAllowed):
        sheets.of(actor, cast["amara"])
    with pytest.raises(NotAllowed):
        sheets.give(actor, cast["amara"], safe=True, to="Her mother", how="shown", language="en")


def test_who_was_given_it_when_how_and_in_which_language_is_kept(cast: Cast) -> None:
    sheets.give(
        cast.actor("pastoral"),
        cast["amara"],
        safe=True,
        to=" Her  mother, Kemi ",
        how="read out",
        language="cy",
    )
    (given,) = sheets.of(cast.actor("social_worker"), cast["amara"]).given
    assert (given.to, given.how, given.language, given.own_only) == (
        "Her mother, Kemi",
        "read out",
        "Cymraeg",
        False,
    )
    assert (given.by.name, given.by.agency) == ("Pat Osei", "St Bede's Primary School")


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("safe", {"safe": False}),
        ("to", {"to": "  "}),
        ("how", {"how": "thrown"}),
        ("language", {"language": "xx"}),
    ],
)
def test_it_is_not_given_without_asking_whether_that_is_safe(
    cast: Cast, field: str, changed: dict[str, object]
) -> None:
    said = {"safe": True, "to": "Her mother", "how": "shown", "language": "en", **changed}
    with pytest.raises(Invalid) as error:
        sheets.give(cast.actor("pastoral"), cast["amara"], **said)  # type: ignore[arg-type]
    assert error.value.field == field
    assert not sheets.of(cast.actor("pastoral"), cast["amara"]).given


def test_where_it_is_not_safe_that_is_a_decision_not_to_share(cast: Cast) -> None:
    sheets.keep_back(
        cast.actor("pastoral"), cast["amara"], "Her father", "danger", "He reads her post"
    )
    (kept,) = sheets.of(cast.actor("social_worker"), cast["amara"]).kept_back
    assert (kept.to, kept.reason, kept.by.name) == ("Her father", "He reads her post", "Pat Osei")
    (decided,) = sharing.of(cast.actor("social_worker"), cast["amara"]).decisions
    assert (decided.shared, decided.of_sheet, decided.what) == (False, True, sharing.SHEET)


def test_what_a_private_service_gives_or_keeps_back_is_its_own(cast: Cast) -> None:
    sealed = cast.actor("sealed")
    sheets.give(sealed, cast["amara"], safe=True, to="Her mother", how="shown", language="en")
    sheets.keep_back(sealed, cast["amara"], "Her father", "danger", "He must not know")
    own = sheets.of(sealed, cast["amara"])
    assert (own.given[0].own_only, own.kept_back[0].own_only) == (True, True)
    for viewer in ("social_worker", "pastoral", "supervisor"):
        shown = sheets.of(cast.actor(viewer), cast["amara"])
        assert (list(shown.given), list(shown.kept_back)) == ([], [])
    assert len(sheets.of(cast.actor("sealed_supervisor"), cast["amara"]).given) == 1


# --- Their own words -----------------------------------------------------------------------------


def test_a_statement_is_read_by_the_circle_and_never_changed(cast: Cast) -> None:
    said = "Nobody asked us.\nWe want the same worker as before."
    statements.take_down(cast.actor("pastoral"), cast["amara"], "Kemi, her mother", said)
    statements.take_down(cast.actor("social_worker"), cast["amara"], "Amara", "I like Pat.")
    later, first = statements.of(cast.actor("health_visitor"), cast["amara"]).statements
    assert (first.who, first.said, first.by.name) == ("Kemi, her mother", said, "Pat Osei")
    assert later.said == "I like Pat."
    with pytest.raises(NotAllowed):
        statements.of(cast.actor("outsider"), cast["amara"])
    with pytest.raises(NotAllowed):
        statements.take_down(cast.actor("outsider"), cast["amara"], "Kemi", "No")


@pytest.mark.parametrize(
    ("who", "said", "field"),
    [
        ("", "Words", "who"),
        ("Kemi", " \n", "said"),
        ("K" * 201, "Words", "who"),
        ("Kemi", "w" * 5001, "said"),
    ],
)
def test_a_statement_has_words_and_somebody_who_said_them(
    cast: Cast, who: str, said: str, field: str
) -> None:
    with pytest.raises(Invalid) as error:
        statements.take_down(cast.actor("pastoral"), cast["amara"], who, said)
    assert error.value.field == field


def test_what_a_private_service_took_down_is_read_there(cast: Cast) -> None:
    statements.take_down(cast.actor("sealed"), cast["amara"], "Kemi", "I am getting help.")
    assert statements.of(cast.actor("sealed_supervisor"), cast["amara"]).statements[0].own_only
    assert not statements.of(cast.actor("social_worker"), cast["amara"]).statements
