"""A pack as a PDF: its letters, what is written from the right, long words, nothing, and very much."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from api.rights.blacking import Line
from api.rights.packs import Pack, PackItem
from pwa import rightward, typeset
from pwa.pages.house import BUILT


def pack(*texts: str) -> Pack:
    items = [
        PackItem(n, "Note", [Line("What was seen or heard", text)])
        for n, text in enumerate(texts, 1)
    ]
    return Pack("A copy of what is kept", [Line("About", "Zoë")], [], items, [], ["Ask us."])


def printed(*texts: str) -> PdfReader:
    return PdfReader(BytesIO(typeset.pdf(pack(*texts), BUILT)))


def shown(*texts: str) -> str:
    """What the pages show, with no spaces: a word that is too long is broken."""
    return "".join("".join(page.extract_text() for page in printed(*texts).pages).split())


def said(*texts: str) -> list[str]:
    """What stands beside lines that are drawn from the right."""
    code = b"".join(page.get_contents().get_data() for page in printed(*texts).pages)
    found = re.findall(rb"/ActualText <([0-9A-F]+)>", code)
    return [bytes.fromhex(one.decode()).decode("utf-16-be").strip("\ufeff ") for one in found]


# As a browser draws them, from the left. In escapes, because an editor turns them round.
@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("\u05e9\u05dc\u05d5\u05dd, \u05d3\u05e0\u05d4 2026", "2026 \u05d4\u05e0\u05d3 ,\u05dd\u05d5\u05dc\u05e9"),
        ("Said \u05d3\u05e0\u05d4 (\u05db\u05df), and left.", "Said (\u05df\u05db) \u05d4\u05e0\u05d3, and left."),
        ("\u05d3\u05e0\u05d4 (Dana) 12/5", "12/5 (Dana) \u05d4\u05e0\u05d3"),
        ("50% \u05db\u05df", "\u05df\u05db 50%"),
        # Joined: beh, yeh, teh; seen, and lam with alef, meem; a mark stays with its letter.
        ("\u0628\u064a\u062a", "\ufe96\ufef4\ufe91"),
        ("\u0633\u0644\u0627\u0645", "\ufee1\ufefc\ufeb3"),
        ("\u0634\u064e\u0643", "\ufeda\ufeb7\u064e"),
        ("\u0644\u064e\u0627", "\ufe8e\ufedf\u064e"),
    ],
)  # fmt: skip
def test_what_is_written_from_the_right(text: str, drawn: str) -> None:
    joined = rightward.joined(text, range(0xFFFF))
    assert rightward.spoken(joined) == text
    assert rightward.seen(joined, rightward.is_from_right(text)) == drawn


def test_what_is_drawn_from_the_right_says_what_it_says() -> None:
    text = "\u0627\u0633\u0645\u0647\u0627 \u0641\u0627\u0637\u0645\u0629 (Fatima), 12"
    assert said(text, "Nothing from the right.") == [text]
    assert said(f"{text} " * 9) != []
    assert " ".join(said(f"{text} " * 9)) == " ".join([text] * 9)


def test_letters_that_are_not_there_are_owned_up_to() -> None:
    for text in (
        "Łódź, Nguyễn, Ọláṣẹ́, ŵyn, Оксана, \u0645\u0631\u062d\u0628\u0627\n",
        "So\u00a0it was.",
    ):
        assert "showasboxes" not in shown(text)
    for text in ("\u4f60\u597d", "\u09ac\u09be\u0982\u09b2\u09be"):
        assert "showasboxes" in shown("Well.", text)


def test_a_long_word_is_broken_and_whole() -> None:
    word = "abcdefghij" * 300
    assert word in shown(f"Before {word} after")


def test_nothing_and_very_much() -> None:
    assert "Aboutthiscopy" in shown()
    pages = printed(*(f"Note {n}. " + "He was late again. " * 30 for n in range(300))).pages
    text = "".join(page.extract_text() for page in (pages[0], *pages[-3:]))
    assert "Note 0. " in text
    assert "Note 299. " in text


def test_what_the_file_says_of_itself_names_nobody() -> None:
    reader = printed("Zoë was late.")
    assert reader.metadata is not None
    told = {value for value in reader.metadata.values() if not value.startswith("D:")}
    assert told == {"A copy of what is kept", "Inkling", "", "/False"}
    assert "Zo" not in repr(reader.metadata)
    assert reader.xmp_metadata is None
    assert not reader.attachments
