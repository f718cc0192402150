"""What is checked before a request goes on: who asks, by what authority, the person's own wish, and safety.

A child has the right themself. In England and Wales no age is set: whether a child understands is asked
each time (Gillick v West Norfolk and Wisbech AHA [1986] AC 112); in Scotland twelve is presumed to be
enough (Data Protection Act 2018, section 208). A parent asks for a child only while the child does not
understand, or agrees; and never by right of being one where it would put somebody in danger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.store.requests import Check, Kept

# What is checked, and what the answers are. Those that let a request go on are in GOES_ON.
CHECKS: Mapping[str, Sequence[tuple[str, str]]] = {
    "identity": (
        ("known", "Known to us, and seen or rung back"),
        ("document", "A document was seen"),
        ("asked", "Proof was asked for: the clock waits"),
    ),
    "authority": (
        ("responsibility", "Parental responsibility: evidence was seen"),
        ("written", "Written authority of the person was seen"),
        ("court", "An order of a court was seen"),
        ("none", "There is none"),
    ),
    "wish": (
        ("agrees", "They understand, and want it"),
        ("does not agree", "They understand, and do not want it"),
        ("too young", "They do not understand enough to decide"),
    ),
    "safety": (
        ("safe", "Nothing speaks against it"),
        ("danger", "It could put somebody in danger: say what to leave out"),
    ),
}
GOES_ON = {
    "identity": ("known", "document"),
    "authority": ("responsibility", "written", "court"),
    "wish": ("agrees", "too young"),
    "safety": ("safe", "danger"),
}


@dataclass(frozen=True)
class Checked:
    """A check: what was asked, what was found, and by whom; "" where it was not made yet."""

    kind: str
    answer: str
    label: str
    words: str
    by: str
    at: str


def needed(kept: Kept) -> list[str]:
    """Give the kinds of checks that a request needs: whoever asks for themself needs no authority."""
    return [kind for kind in CHECKS if kind != "authority" or kept.asker != "person"]


def missing(kept: Kept, made: Mapping[str, Check]) -> list[str]:
    """Say what keeps a request from going on, in sentences; nothing where all is well."""
    sentences = {
        "identity": "Who asks has not been shown yet.",
        "authority": "By what authority they ask for somebody else has not been shown.",
        "wish": "The person's own wish and understanding: not asked, or they do not want it.",
        "safety": "Whether it is safe has not been said.",
    }
    return [
        sentences[kind]
        for kind in needed(kept)
        if kind not in made or made[kind].answer not in GOES_ON[kind]
    ]


def as_read(kind: str, made: Check | None, texts: Mapping[str, str]) -> Checked:
    """Give a check with its opened words, as the one who handles the request reads it."""
    if made is None:
        return Checked(kind, "", "Not checked yet", "", "", "")
    label = dict(CHECKS[kind])[made.answer]
    return Checked(
        kind, made.answer, label, texts.get(made.words_id or "", ""), made.by, made.made_at
    )
