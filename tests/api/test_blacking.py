"""Blacking out: the words are gone, whole words only, and nothing tells how many there were."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rights import blacking
from api.rights.blacking import BLACK, Line

TEXT = st.text(st.characters(exclude_characters="[]", exclude_categories=["Cs"]), max_size=80)


@pytest.mark.parametrize(
    ("text", "passages", "left"),
    [
        ("Kemi said no.", ["Kemi"], f"{BLACK} said no."),
        ("kemi's and KEMI", ["Kemi"], f"{BLACK}'s and {BLACK}"),
        ("Kemily is another", ["Kemi"], "Kemily is another"),
        ("Mrs  Okafor\nrang", ["mrs okafor"], f"{BLACK}\nrang"),
        # Next to each other or overlapping: one place, so that nobody counts.
        ("Kemi Okafor rang", ["Kemi", "Okafor"], f"{BLACK} rang"),
        ("a b c d", ["a b c", "b c d"], BLACK),
        ("Šárka a Llŷr", ["šárka"], f"{BLACK} a Llŷr"),
        ("9 (Quay) Side.", ["(Quay)"], f"9 {BLACK} Side."),
        # A note from a phone, decided about at a desk.
        ("O'Brien, O\u2019Brien rang", ["O'Brien"], f"{BLACK}, {BLACK} rang"),
        ("Mary\u2011Ann rang", ["mary-ann"], f"{BLACK} rang"),
        # However somebody else spells it.
        ("Siân and Sian rang", ["Sian"], f"{BLACK} and {BLACK} rang"),
        ("Sian rang", ["Siân"], f"{BLACK} rang"),
        ("O Brien, OBrien, O-Brien", ["O'Brien"], f"{BLACK}, {BLACK}, {BLACK}"),
        ("Fi\ufb01 and Fifi", ["Fifi"], f"{BLACK} and {BLACK}"),
        ("Herr Strasse, Herr Straße", ["straße"], f"Herr {BLACK}, Herr {BLACK}"),
        ("\uff2b\uff45\uff4d\uff49 rang", ["Kemi"], f"{BLACK} rang"),
        ("Mrs Wil-\nliams rang", ["Williams"], f"Mrs {BLACK} rang"),
        ("Lukasz, Łukasz", ["łukasz"], f"{BLACK}, {BLACK}"),
        ("Søren and Soren", ["Soren"], f"{BLACK} and {BLACK}"),
        ("Kemila, a Kem", ["Kemi"], "Kemila, a Kem"),
        ("nothing", ["-", "'"], "nothing"),
        ("nothing", [], "nothing"),
        ("nothing", ["", "  "], "nothing"),
    ],
)
def test_out(text: str, passages: list[str], left: str) -> None:
    assert blacking.out(text, passages) == left


def test_how_it_was_typed_does_not_matter() -> None:
    decomposed = unicodedata.normalize("NFD", "Šárka rang")
    assert blacking.out(blacking.clean(decomposed), ["Šárka"]) == f"{BLACK} rang"
    assert blacking.out("Šárka rang", [unicodedata.normalize("NFD", "ŠÁRKA")]) == f"{BLACK} rang"
    # What is not seen parts no words.
    assert blacking.clean("Ke\u200bmi\u00ad\uffff") == "Kemi"


@given(before=TEXT, secret=st.text("abcdefŵŷš", min_size=3, max_size=12), after=TEXT)
def test_what_is_blacked_out_does_not_stand_as_a_word(before: str, secret: str, after: str) -> None:
    text = blacking.clean(f"{before} {secret} {after}")
    left = blacking.out(text, [secret])
    assert BLACK in left
    assert not blacking.stands_in([Line("", left)], secret)
    # Doing it again changes nothing.
    assert blacking.out(left, [secret]) == left


@given(text=TEXT, passages=st.lists(TEXT, max_size=4))
def test_nothing_is_added_but_the_mark(text: str, passages: list[str]) -> None:
    left = iter(text)
    assert all(sign in left for sign in blacking.out(text, passages).replace(BLACK, ""))
