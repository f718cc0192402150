"""The words of a name, and the keys under which a word is found by one that is spelt otherwise.

A word is kept under what is left of it without one letter (or two, of a longer one), and under what
it sounds like. Two words that share a key may be alike; how much is for `api.facts.alike` to say.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

from jellyfish import metaphone

# A name of more words is found by its first ones.
WORDS = 4
# Slips are looked for at the beginning of a word; the rest is compared when it is found.
BEGINNING = 7
# From this length on a word may be two letters off and still be itself.
LONG = 6

_SOUNDS = (
    *(("tsch", "s"), ("sch", "s"), ("sh", "s"), ("sz", "s"), ("cz", "C"), ("ch", "C")),
    *(("ph", "f"), ("ck", "k"), ("kh", "k"), ("gh", "g"), ("dh", "d"), ("th", "t"), ("bh", "b")),
    *(("q", "k"), ("x", "ks"), ("w", "v"), ("z", "s"), ("ce", "se"), ("ci", "si"), ("cy", "sy")),
    ("c", "k"),
)
_VOWELS = frozenset("aeiouyh")


def words(key: str) -> list[str]:
    """Give the words that a folded name may be found by: each of them, and all of them as one
    (O Brien is OBrien). An initial is a word only where there is nothing else."""
    parts = key.split()[:WORDS]
    long = [part for part in parts if len(part) > 1] or parts
    return list(dict.fromkeys([*long, "".join(parts)])) if parts else []


@lru_cache(maxsize=4096)
def keys(word: str) -> frozenset[str]:
    """Give the keys of a word."""
    return frozenset((whole(word), *rests(word), *heard(word)))


def whole(word: str) -> str:
    """Give the key that nothing but this word has."""
    return f"={word}"


def rests(word: str) -> frozenset[str]:
    """Give the keys that a word shares with those that are a slip or two away from it: what is left
    of its beginning without some of its letters."""
    begins = word[:BEGINNING]
    off = 0 if len(word) < 3 else 1 if len(word) < LONG else 2
    return frozenset(
        "-" + "".join(kept)
        for n in range(off + 1)
        for kept in combinations(begins, len(begins) - n)
    )


def heard(word: str) -> frozenset[str]:
    """Give the keys that a word shares with those that sound like it."""
    return frozenset(f"~{sound}" for sound in sounds(word))


@lru_cache(maxsize=4096)
def sounds(word: str) -> frozenset[str]:
    """Give what a word sounds like, to an English ear and to one for other languages."""
    return frozenset((metaphone(word), _skeleton(word))) - {""}


def _skeleton(word: str) -> str:
    """Give the consonants of a word as they sound, with an `a` for a vowel that it begins with."""
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    begins = "a" if word[:1] in "aeiouy" else word[:1]
    rest = [letter for letter in word[1:] if letter not in _VOWELS]
    said = [begins, *rest]
    return "".join(letter for n, letter in enumerate(said) if n == 0 or letter != said[n - 1])
