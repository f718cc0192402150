"""Who may be meant by what was typed: a bounded number of people, those who agree best first.

Names are spelt otherwise in few ways, however many people there are: the words that are like the
typed ones are found first, then the people who have one of them in each name. Whoever was born on
the date, or on one that it may be a slip of, is looked at whatever their name is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from heapq import nlargest

from rapidfuzz import fuzz, process

from api import spelling
from api.facts import alike
from api.facts.agreeing import AGREES, AGREES_WELL, is_parent
from api.facts.asking import Asked
from api.store import Tx
from api.store import search as stored
from api.store.access import Me
from api.store.search import Entry
from api.store.search_names import DUE

# So many people are compared in full.
COMPARED = 48
# So many words are tried in the place of one that was typed.
TRIED = 30
# Who may have more people of their own than this is led to them by their names.
OWN_AT_MOST = 2000

Words = dict[str, float]


class Candidates:
    """The candidates of one search."""

    def __init__(self, tx: Tx, me: Me, asked: Asked) -> None:
        self._tx, self._me, self._asked = tx, me, asked
        self._identities: dict[str, str] = {}
        self._shown: dict[str, bool] = {}
        self._likenesses: dict[tuple[str, str], float] = {}

    def own(self) -> list[str]:
        """Give people of one's own who may be meant."""
        entries = stored.mine(self._tx, self._me, OWN_AT_MOST)
        if entries is not None:
            return self._people(self._ranked(entries)[:COMPARED])
        # Among all who may be meant there are as many of one's own as one has of everybody.
        found: list[str] = []
        everyone = self._everyone
        for at in range(0, len(everyone), COMPARED):
            people = self._people(everyone[at : at + COMPARED])
            mine = self.seen(people)
            found += [id for id in people if id in mine]
            if len(found) >= COMPARED // 2:
                break
        return found

    def seen(self, people: Sequence[str]) -> set[str]:
        """Give those of these people whose directory view is open to the actor."""
        fresh = [id for id in people if id not in self._shown]
        mine = stored.seen(self._tx, self._me, fresh) if fresh else set()
        self._shown.update((id, id in mine) for id in fresh)
        return {id for id in people if self._shown[id]}

    def others(self) -> list[str]:
        """Give anybody who may be meant."""
        return self._people(self._everyone[:COMPARED])

    def parents(self) -> list[str]:
        """Give who may be the parent who was typed."""
        parent = self._asked.parent
        if parent is None:
            return []
        firsts = like(self._tx, parent.first)
        lasts = like(self._tx, parent.last)
        if parent.first:
            entries = stored.by_names(self._tx, self._me, list(firsts), list(lasts))
        else:
            entries = stored.by_last(self._tx, self._me, list(lasts))
        scores = {
            entry.person_id: firsts.get(entry.first, 1.0) + lasts[entry.last] for entry in entries
        }
        found = self._people(_best(scores)[:PARENTS_COMPARED])
        names = stored.names(self._tx, self._me, found)
        return [
            id
            for id in found
            if any(
                is_parent(self._asked, row["first_key"], row["last_key"])
                for row in names.get(id, ())
            )
        ]

    @cached_property
    def _everyone(self) -> list[str]:
        return self._ranked(self._entries())

    @cached_property
    def _firsts(self) -> Words:
        return like(self._tx, self._asked.first)

    @cached_property
    def _lasts(self) -> Words:
        return like(self._tx, self._asked.last)

    @cached_property
    def _joined(self) -> Words:
        """The words of the only box that was filled, as one: it may be both names or one of them."""
        asked = self._asked
        parts = [] if asked.first and asked.last else (asked.first or asked.last).split()
        if len(parts) < 2:
            return {}
        joined = "".join(parts)
        return {joined: 1.0} if min(map(len, parts)) == 1 else like(self._tx, joined)

    @cached_property
    def _days(self) -> Words:
        days = (
            {day: like.value for day, like in self._asked.born.near.items()}
            if self._asked.born
            else {}
        )
        return days | {DUE + day: 0.8 for day in self._asked.expected}

    def _entries(self) -> list[Entry]:
        entries: list[Entry] = []
        if self._days:
            entries = stored.by_day(self._tx, self._me, list(self._days))
        if self._asked.has_name and not self._any_sure(entries):
            entries += self._named()
            if not any(self._likeness(entry) >= AGREES for entry in entries):
                entries += self._half_named()
        elif self._asked.birth_year and not (self._asked.has_name or self._days):
            entries += stored.by_year(self._tx, self._me, self._asked.birth_year)
        return entries

    def _any_sure(self, entries: Iterable[Entry]) -> bool:
        """Whether somebody of these names was born on this date: then nobody else was meant."""
        sure = {day for day, value in self._days.items() if value >= AGREES_WELL}
        born = [entry for entry in entries if entry.day in sure]
        return any(self._likeness(entry) >= AGREES_WELL for entry in born)

    def _named(self) -> list[Entry]:
        """Give who has names like these: those whose names are another form of the same first."""
        asked = self._asked
        if asked.first and asked.last:
            ways = [(self._firsts, self._lasts), (self._lasts, self._firsts)]
        elif self._joined:
            both = self._firsts or self._lasts
            ways = [(both, both)]
        else:
            return self._named_once(self._firsts or self._lasts)
        found = self._named_once(self._joined) if self._joined else []
        for at_least in (_OTHER_FORM, 0.0):
            for firsts, lasts in ways:
                found += stored.by_names(
                    self._tx, self._me, _from(firsts, at_least), _from(lasts, at_least)
                )
            if len(found) >= stored.CANDIDATES:
                break
        return found

    def _half_named(self) -> list[Entry]:
        """Give who has one of the two names as it was typed, where nobody has both: the other one
        may be something like it."""
        if not (self._asked.first and self._asked.last):
            return []
        ways = ((stored.by_last, self._asked.last), (stored.by_first, self._asked.first))
        return [
            entry for find, name in ways for entry in find(self._tx, self._me, spelling.words(name))
        ]

    def _named_once(self, words: Words) -> list[Entry]:
        """Give who has a name like the only one that was typed, which may be in the wrong box."""
        by = (stored.by_first, stored.by_last)
        found: list[Entry] = []
        for find in by if self._asked.first else reversed(by):
            for at_least in (_OTHER_FORM, 0.0):
                found += find(self._tx, self._me, _from(words, at_least))
                if len(found) >= stored.CANDIDATES:
                    return found
        return found

    def _ranked(self, entries: Sequence[Entry]) -> list[str]:
        scores: dict[str, float] = {}
        doubtful: dict[str, str] = {}
        asked, days = self._asked, self._days
        year = str(asked.birth_year) if asked.birth_year else ""
        for entry in entries:
            last, first, day, person = entry
            likeness = self._likeness(entry)
            if likeness < 0.5 and asked.has_name:
                doubtful[person] = f"{first} {last}"
            score = 60 * likeness + 40 * days.get(day, 0 if day else 0.3)
            if year and day.startswith(year):
                score += 10
            if score > scores.get(person, -1.0):
                scores[person] = score
        # What no key leads to may still be like it, seen as a whole.
        for _, close, id in process.extract(
            f"{self._asked.first} {self._asked.last}",
            doubtful,
            scorer=fuzz.token_sort_ratio,
            score_cutoff=65,
            limit=COMPARED,
        ):
            scores[id] = max(scores[id], scores[id] + 60 * (close / 100 - AGREES))
        return _best(scores)

    def _people(self, records: Sequence[str]) -> list[str]:
        fresh = [id for id in records if id not in self._identities]
        if fresh:
            self._identities.update(stored.identities(self._tx, fresh))
        return list(dict.fromkeys(self._identities[id] for id in records))

    def _likeness(self, entry: Entry) -> float:
        name = entry[:2]
        found = self._likenesses.get(name)
        if found is None:
            found = self._likenesses[name] = self._alike(*name)
        return found

    def _alike(self, last: str, first: str) -> float:
        firsts, lasts, asked = self._firsts, self._lasts, self._asked
        if asked.first and asked.last:
            straight = firsts.get(first, 0.0) + lasts.get(last, 0.0)
            exchanged = firsts.get(last, 0.0) + lasts.get(first, 0.0) - 0.06
            return max(straight, exchanged) / 2
        if not asked.has_name:
            return 0.0
        wanted, other = (first, last) if asked.first else (last, first)
        both, one = firsts or lasts, self._joined or firsts or lasts
        once = max(one.get(wanted, 0.0), one.get(other, 0.0) - 0.06)
        return max(once, (both.get(first, 0.0) + both.get(last, 0.0)) / 2 if self._joined else 0.0)


PARENTS_COMPARED = 200
# A nickname, or another spelling of the same name.
_OTHER_FORM = 0.93


def like(tx: Tx, key: str) -> Words:
    """Give the words that may stand in a name for those of a typed one, with how alike they are;
    the best ones first."""
    # A short word of a name says less than a long one, and less than all of them together.
    length = len(key.replace(" ", ""))
    weight = {word: 0.9 + 0.1 * len(word) / length for word in spelling.words(key)}
    found: Words = dict(weight)
    for word in alike.loose_words(key):
        for other, likeness in _like(tx, word).items():
            found[other] = max(likeness * weight[word], found.get(other, 0.0))
    best = nlargest(TRIED, found, key=lambda word: (found[word], word))
    return {word: found[word] for word in best}


def _like(tx: Tx, word: str) -> Words:
    near = set(alike.near_words(word, stored.words_like(tx, spelling.rests(word))))
    near.update(stored.words_like(tx, spelling.heard(word)))
    if len(word) >= alike.BEGINNING:
        near.update(stored.words_beginning(tx, word))
    found = {other: alike.word(word, other).value for other in near}
    others = alike.other_names(word)
    for other in stored.words_known(tx, others):
        found[other] = max(others[other].value, found.get(other, 0.0))
    return {other: value for other, value in found.items() if value >= AGREES}


def _best(scores: dict[str, float]) -> list[str]:
    return sorted(scores, key=lambda id: (-scores[id], id))


def _from(words: Words, at_least: float) -> list[str]:
    return [word for word, value in words.items() if value >= at_least]
