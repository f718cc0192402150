"""Text that is written from the right, made ready to be set: the library draws signs one by one from the left.

Arabic letters are joined, by Unicode's presentation forms, and what runs from the right is put in the order
in which it is seen (Unicode Standard Annex 9, without explicit embeddings: the signs for them are taken out of a pack's texts).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from functools import cache

# Where Unicode's presentation forms of the letters of Arabic stand.
LETTERS = range(0xFE80, 0xFEFD)
RIGHT = ("R", "AL")
NUMBERS = ("EN", "AN")
MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def is_from_right(text: str) -> bool:
    """Say whether a paragraph is written from the right: whether its first letter is."""
    return next((way in RIGHT for way in map(_way, text) if way in ("L", *RIGHT)), False)


def has_any(text: str) -> bool:
    """Say whether anything in a text runs from the right."""
    return not text.isascii() and any(_way(sign) in RIGHT for sign in text)


def joined(text: str, drawn: Collection[int]) -> str:
    """Give a text with its Arabic letters joined, as far as these signs can be drawn (their code points)."""
    signs = list(text)
    letters = [n for n, sign in enumerate(signs) if not _is_mark(sign)]
    reached = False  # whether the letter before reaches on to this one
    for here, after in zip(letters, [*letters[1:], None], strict=True):
        following = text[after] if after is not None else ""
        pair = _forms().get(text[here] + following)
        shapes = _forms().get(text[here], {})
        reaches = "initial" in shapes and "final" in _forms().get(following, {})
        ends = reached and "final" in shapes
        if pair and after == here + 1:  # lam and alef are one
            shape = pair["final" if ends else "isolated"]
            if ord(shape) in drawn:
                signs[here], signs[after] = shape, ""
        elif signs[here]:
            form = ("medial" if ends else "initial") if reaches else "final" if ends else "isolated"
            shape = shapes.get(form, text[here])
            if ord(shape) in drawn:
                signs[here] = shape
        reached = reaches
    return "".join(signs)


def spoken(text: str) -> str:
    """Give a text whose letters were joined as it was written."""
    return text.translate(_letters())


def seen(line: str, from_right: bool) -> str:
    """Give a line in the order in which its signs are seen, from the left."""
    clusters = list(_clusters(line))
    levels = _levels([cluster[0] for cluster in clusters], int(from_right))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(clusters):
            end = start
            while end < len(clusters) and levels[end] >= level:
                end += 1
            clusters[start:end] = reversed(clusters[start:end])
            levels[start:end] = reversed(levels[start:end])
            start = end + 1
    return "".join(
        cluster.translate(MIRRORED) if level % 2 else cluster
        for cluster, level in zip(clusters, levels, strict=True)
    )


def _levels(signs: list[str], base: int) -> list[int]:
    """Give how deep each sign is embedded: odd numbers run from the right."""
    ways = [_way(sign) for sign in signs]
    strong = "R" if base else "L"
    for n, way in enumerate(ways):  # W2, W7: a number is of what stands before it
        if way in ("L", *RIGHT):
            strong = way
        elif way == "EN" and strong == "AL":
            ways[n] = "AN"
        elif way == "EN" and strong == "L":
            ways[n] = "L"
    for n, way in enumerate(ways):  # W4, W5: what parts numbers, and goes with them
        near = ways[n - 1] if n else "", ways[n + 1] if n + 1 < len(ways) else ""
        if way in ("CS", "ES") and near[0] == near[1] and near[0] in NUMBERS:
            ways[n] = near[0]
        elif way == "ET" and "EN" in near:
            ways[n] = "EN"
    ways = ["R" if way in RIGHT else way if way in ("L", *NUMBERS) else "N" for way in ways]
    edge = "R" if base else "L"
    _pair_brackets(signs, ways, edge)
    start = 0
    while start < len(ways):  # N1, N2: signs without a way take that of both sides
        end = start
        while end < len(ways) and ways[end] == "N":
            end += 1
        before = ways[start - 1] if start else edge
        after = ways[end] if end < len(ways) else edge
        both = {"R" if way in NUMBERS else way for way in (before, after)}
        ways[start:end] = [both.pop() if len(both) == 1 else edge] * (end - start)
        start = end + 1
    deeper = {"L": 2 * base, "R": 1, "EN": 2, "AN": 2}
    return [deeper[way] for way in ways]


def _pair_brackets(signs: list[str], ways: list[str], edge: str) -> None:
    """Let both brackets of a pair go the way of what stands in it, or before it (N0)."""
    strong = {"R": "R", "L": "L", "EN": "R", "AN": "R"}
    opened, pairs = list[int](), list[tuple[int, int]]()
    for n, sign in enumerate(signs):
        if sign in "([{":
            opened.append(n)
        elif sign in ")]}" and opened and signs[opened[-1]] == sign.translate(MIRRORED):
            pairs.append((opened.pop(), n))
    for start, end in sorted(pairs):
        inside = {strong[way] for way in ways[start + 1 : end] if way in strong}
        before = next((strong[way] for way in reversed(ways[:start]) if way in strong), edge)
        if inside:
            ways[start] = ways[end] = edge if edge in inside else before


def _clusters(line: str) -> Iterator[str]:
    cluster = ""
    for sign in line:
        if cluster and not _is_mark(sign):
            yield cluster
            cluster = ""
        cluster += sign
    if cluster:
        yield cluster


def _way(sign: str) -> str:
    return unicodedata.bidirectional(sign)


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign) == "Mn"


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Give the shapes of each Arabic letter, and of lam with an alef: isolated, initial, medial, final."""
    found: dict[str, dict[str, str]] = {}
    for place in (*range(0xFB50, 0xFBB2), *range(0xFBD3, 0xFBEA), *range(0xFBFC, 0xFC00), *LETTERS):
        form, *letters = unicodedata.decomposition(chr(place)).split() or [""]
        if letters:
            written = "".join(chr(int(letter, 16)) for letter in letters)
            found.setdefault(written, {})[form.strip("<>")] = chr(place)
    return found


@cache
def _letters() -> dict[int, str]:
    return {ord(shape): letter for letter, shapes in _forms().items() for shape in shapes.values()}
