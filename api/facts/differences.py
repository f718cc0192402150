"""What a feed and a practitioner say differently of one thing: both stand, and both are asked.

Compared are lines that somebody said by hand or confirmed with what feeds say of the same person in the
same place: their name, birth date, number, home, one kind of plan, one line of who supports them. (No
feed says who is related to whom.) A difference is a correction of the source's, which its data steward
answers; where the source said so after it was confirmed, whoever confirmed it is asked which is right,
or the lead where they left. It is settled by confirming one of both (`settling`), and gone once they
agree or the load is taken back. The worker compares a source whenever it shows another load; a change
by hand compares at once, but never what a sealed service's lines differ in, unless it is that service's:
what somebody does must not show in the trail as more where there is one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from api import moment
from api.authority import Authority
from api.facts import corrections, lines
from api.facts.matching import name_key
from api.store import Reads, Tx
from api.store import access as stored_access
from api.store import corrections as stored_corrections
from api.store import differences as stored
from api.store import people as stored_people
from api.store.differences import SAYS, Fed, Hand, Known
from api.telling import outbox
from api.trust import audit
from api.trust.actor import Actor
from api.trust.audit import Action

__all__ = ["compare", "compare_all", "compare_what_changed"]

PEOPLE_AT_ONCE = 100

# Where a feed that falls silent says something: that somebody no longer lives or is supported there.
_ENDING = ("involvements", "addresses", "plans")


@dataclass(frozen=True)
class Difference:
    """A line by hand, and the feed's word against it: what it says instead, or (where `ended`) what it
    said and says no more. `newer` where it said so after the line was confirmed."""

    hand: Hand
    fed: Fed
    ended: bool
    newer: bool

    @property
    def load(self) -> int:
        """The load from which on the feed says so."""
        return self.fed.until_load or 0 if self.ended else self.fed.since_load


def compare_what_changed(authority: Authority) -> int:
    """Compare every source that shows another load than it was compared at; give how many."""
    done = stored.to_compare(authority.store)
    for source, load in done:
        everyone = stored.spoken_of(authority.store)
        for n in range(0, len(everyone), PEOPLE_AT_ONCE):
            _compare_some(authority, everyone[n : n + PEOPLE_AT_ONCE], source)
        authority.store.upkeep(
            lambda tx, source=source, load=load: stored.compared(tx, source, load)  # type: ignore[misc]
        )
    return len(done)


def _compare_some(authority: Authority, identities: Sequence[str], source: str) -> None:
    today = moment.day(authority.store.now()).isoformat()
    found = {
        table: changes
        for table in SAYS
        if (changes := _Changes.of(authority.store, table, identities, source, today))
    }
    if not found:
        return
    worker = Actor.system(authority, "worker")

    def change(tx: Tx) -> None:
        for table in found:
            _apply(tx, worker, _Changes.of(tx, table, identities, source, tx.today))
        audit.allowed(tx, worker, Action.CORRECTION_SETTLED, reason="compared", object=source)

    authority.store.write(change)


def compare(tx: Tx, actor: Actor, identity_id: str, *tables: str) -> None:
    """Compare what is said of a person in these tables, in the transaction that changed it."""
    whose = stored.sensitive(tx, actor.agency_id)
    for table in tables:
        changes = _Changes.of(tx, table, [identity_id], None, tx.today)
        _apply(tx, actor, changes.of_only(whose))


def compare_all(tx: Tx, actor: Actor, *identities: str) -> None:
    """Compare all that is said of people whose records were joined or parted, or took a source's row:
    what is not the actor's to compare, the worker does."""
    for identity in identities:
        compare(tx, actor, identity, *SAYS)
    stored.compare_again(tx, stored.sensitive(tx, actor.agency_id))


@dataclass(frozen=True)
class _Changes:
    """What is to be written: differences that are new, and what became of known ones."""

    new: Sequence[Difference]
    settled: Sequence[tuple[Known, str]]
    gone: Sequence[tuple[Known, str]]

    def __bool__(self) -> bool:
        return bool(self.new or self.settled or self.gone)

    def of_only(self, sealed: str | None) -> _Changes:
        """Only those between lines of one sealed service, or only those that are nobody's secret."""
        return _Changes(
            [one for one in self.new if one.hand.sealed == sealed],
            [each for each in self.settled if each[0].sealed == sealed],
            [each for each in self.gone if each[0].sealed == sealed],
        )

    @classmethod
    def of(
        cls,
        db: Reads,
        table: str,
        identities: Collection[str],
        source_id: str | None,
        today: str,
    ) -> _Changes:
        hands = stored.by_hand(db, table, identities)
        before = stored.known(db, table, identities, source_id)
        # What a request asks for must not say that a sealed service said something by hand: only the worker
        # spares itself the rest.
        if source_id and not (hands or before):
            return cls((), (), ())
        fed = stored.by_feeds(db, table, identities, source_id)
        instead = stored.replacements(db, table, identities)
        found = list(_differences(hands, fed, instead, today))
        # Where several by hand differ from one line, the newest is held against it.
        newest = {one.fed.id: one for one in reversed(found)}
        by_lines = {(one.fed.id, one.hand.id): one for one in newest.values()}
        known = {(one.fact_id, _last(one.confirmed_id, instead)): one for one in before}
        here = {one.id: one for one in hands}
        return cls(
            new=[one for lines_, one in by_lines.items() if _is_new(one, known.get(lines_))],
            settled=[
                (one, now)
                for (fact, now), one in known.items()
                if (fact, now) in by_lines and now != one.confirmed_id
            ],
            gone=[
                (one, _why_gone(one, here.get(now), fed, today))
                for (fact, now), one in known.items()
                if (fact, now) not in by_lines and not (one.answered and one.settled)
            ],
        )


def _is_new(one: Difference, before: Known | None) -> bool:
    """Whether it is to be put to anybody: for the first time, or because the feed says so again after
    the load that said it was taken back."""
    return before is None or (before.settled and one.load > before.load)


def _apply(tx: Tx, actor: Actor, changes: _Changes) -> None:
    for one in changes.new:
        _open(tx, actor, one)
    for known, confirmed_id in changes.settled:
        stored.settle(tx, known.id, actor.id, confirmed_id)
    for known, why in changes.gone:
        stored.settle(tx, known.id, actor.id)
        if known.answered or not stored.is_only_a_difference(tx, known.id):
            continue
        kept = stored_corrections.find(tx, known.id)
        if kept and stored_corrections.answer(tx, known.id, why, actor.id) and why == "put right":
            corrections.tell_answered(tx, actor, kept)


def _open(tx: Tx, actor: Actor, one: Difference) -> None:
    """Put a difference to the source's owner, and to who is to say which is right."""
    stored_people.hold(tx, one.hand.identity_id)
    me = stored_access.me(tx, one.hand.by)
    fact = lines.find(tx, one.fed.table, one.fed.id, me)
    if fact is None:
        return
    opened = corrections.open_one(tx, actor.authority, fact)
    stored.add_confirmed(tx, opened.kept.id, one.hand.id, one.load)
    stored_corrections.add_say(tx, opened.kept.id, one.hand.by, corrections.DIFFERS, None)
    about = {"person_id": one.hand.person_id, "source_id": one.fed.source_id}
    if opened.new:
        outbox.put(tx, actor, "correction", correction_id=opened.kept.id, **about)
    if one.newer:
        outbox.put(
            tx,
            actor,
            "difference",
            practitioner_id=one.hand.by,
            correction_id=opened.kept.id,
            **about,
        )
    subjects = [one.hand.identity_id]
    audit.allowed(
        tx,
        actor,
        Action.CORRECTION_SAID,
        subjects=subjects,
        reason="differs",
        object=opened.kept.id,
    )


# --- What differs -------------------------------------------------------------------------------


def _differences(
    hands: Iterable[Hand], fed: Sequence[Fed], instead: Mapping[str, str], today: str
) -> Iterator[Difference]:
    origins: dict[str, list[Fed]] = {}
    for one in fed:
        if one.replaced_by:
            origins.setdefault(_last(one.replaced_by, instead), []).append(one)
    for hand in hands:
        near = [one for one in fed if one.identity_id == hand.identity_id and _meets(hand, one)]
        for source in dict.fromkeys(one.source_id for one in (*near, *origins.get(hand.id, ()))):
            of_it = [one for one in near if one.source_id == source]
            from_it = [one for one in origins.get(hand.id, ()) if one.source_id == source]
            found = _difference(hand, of_it, from_it, today)
            if found:
                yield found


def _difference(
    hand: Hand, near: Sequence[Fed], origins: Sequence[Fed], today: str
) -> Difference | None:
    """Compare one line by hand with what one feed says in the same place, the newest first."""
    says = [one for one in near if one.stands and _open_to_each_other(hand, one)]
    strict = bool(origins)
    if any(_agree(hand, one, today, strict=strict) for one in says):
        return None
    if says:
        return Difference(hand, says[0], ended=False, newer=says[0].at > hand.at)
    if hand.table not in _ENDING or not _is_open(hand.says, today):
        return None
    same = [one for one in near if _agree(hand, one, today, strict=strict)]
    for one in (*origins, *same):
        if not one.stands and _open_to_each_other(hand, one) and (one.ended_at or "") > hand.at:
            return Difference(hand, one, ended=True, newer=True)
    return None


def _open_to_each_other(hand: Hand, fed: Fed) -> bool:
    """Whether who may know of one line may know of the other: what a sensitive agency says is held
    against its own word only, and never put to anybody else."""
    if fed.table == "involvements" and fed.sealed and fed.sealed != fed.source_agency:
        return False
    return hand.sealed == fed.sealed


def _meets(hand: Hand, fed: Fed) -> bool:
    """Whether two lines speak of the same thing, of which one only can be right."""
    one, other = hand.says, fed.says
    match hand.table:
        case "names" | "addresses":
            return bool(one["kind"] == other["kind"])
        case "particulars":
            return True
        case "identifiers":
            return bool(one["scheme"] == other["scheme"] != "local")
        case "plans":
            return bool(one["kind"] == other["kind"]) and _overlap(one, other)
        case _:
            who = "practitioner_id" if one["practitioner_id"] else "contact_name"
            places = ("agency_id", "kind", who)
            return bool(one[who]) and all(one[place] == other[place] for place in places)


def _agree(hand: Hand, fed: Fed, today: str, *, strict: bool) -> bool:
    """Whether two lines say the same. `strict` where the line by hand was the feed's own word once."""
    one, other = hand.says, fed.says
    match hand.table:
        case "names":
            return all(one[key] == other[key] for key in ("first_key", "last_key"))
        case "particulars":
            known = ("born_on", "died_on", "gender")
            return not any(
                one[key] and other[key] and one[key] != other[key]
                for key in known
                if "unknown" not in (one[key], other[key])
            )
        case "identifiers":
            return bool(one["value"] == other["value"])
        case "addresses":
            return _place(one) == _place(other) and _is_open(one, today) == _is_open(other, today)
        case "plans":
            return _is_open(one, today) == _is_open(other, today)
        case _:
            said = ("role", "contact_phone", "contact_email") if strict else ()
            return _is_open(one, today) == _is_open(other, today) and (
                not _is_open(one, today) or all(one[key] == other[key] for key in said)
            )


def _place(says: Mapping[str, str | None]) -> tuple[str, str]:
    return name_key(says["lines"] or ""), (says["postcode"] or "").replace(" ", "").upper()


def _is_open(says: Mapping[str, str | None], today: str) -> bool:
    until = says["valid_to"]
    return until is None or until > today


def _overlap(one: Mapping[str, str | None], other: Mapping[str, str | None]) -> bool:
    begins, ends = (one["valid_from"], other["valid_from"]), (other["valid_to"], one["valid_to"])
    return all(
        begin is None or end is None or begin < end for begin, end in zip(begins, ends, strict=True)
    )


def _last(line: str, instead: Mapping[str, str]) -> str:
    """Follow what took the place of a line to what stands now."""
    while line in instead:
        line = instead[line]
    return line


def _why_gone(known: Known, hand: Hand | None, fed: Sequence[Fed], today: str) -> str:
    """Say why there is no difference any more: the source was right, it was put right there, or its
    word was taken back."""
    said = next((one for one in fed if one.id == known.fact_id), None)
    if said is None or hand is None:
        return "gone"
    ended = known.load != said.since_load
    if said.stands:
        return "gone" if ended else "right"
    if ended and not _is_open(hand.says, today):
        return "right"
    agree = any(
        one.stands and _meets(hand, one) and _agree(hand, one, today, strict=True) for one in fed
    )
    return "put right" if agree else "gone"
