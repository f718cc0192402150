"""How long a page takes with and without what is hidden from its reader: timing must not tell either.

Two worlds in turns in the same run. In one of them a sealed service supports the child, with five people, 60
notes of its own, marks on half of what others wrote and a reply to each tenth; and a brother, restricted to
others, has 60 notes. Last of each line: how far the page is from itself, measured in the same way.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from api.moment import new_id
from api.record import families, notes, people, protections
from api.record.notes import NewNote
from api.staff import practitioners, sessions
from bench.child_page import caller
from bench.world import World, world
from pwa.security import cookie_name
from tests.cast import Cast

WARM, RUNS = 10, 300
NOTES = 60
STAFF = 5
PAGES = (
    ("the child page, to the lead", "social_worker", "/children/{child}"),
    ("the timeline, to the lead", "social_worker", "/children/{child}/timeline"),
    ("who looked, to the lead", "social_worker", "/children/{child}/looks"),
    ("Home, to the lead", "social_worker", "/"),
    ("the inbox, to a school", "pastoral", "/inbox"),
    ("linked people, to a school", "pastoral", "/children/{child}/linked"),
    ("the oversight of looks, to a governance lead", "governance", "/audit"),
)


def run() -> None:
    """Measure and print."""
    with world() as hiding, world("INKLING_BENCH_OTHER_DATABASE") as bare:
        for made in (hiding, bare):
            practitioners.grant(
                made.cast.system, made.cast["governance"], *("governance lead", *["authority"] * 2)
            )
        _hide(hiding.cast)
        for what, who, path in PAGES:
            ours, others = _page(hiding, who, path), _page(bare, who, path)
            ms, bare_ms, again_ms, bare_again_ms = _in_turns(ours, others, ours, others)
            noise = max(abs(ms / again_ms - 1), abs(bare_ms / bare_again_ms - 1))
            print(
                f"  {what}: {ms:.2f} ms, without what is hidden {bare_ms:.2f} ms:"
                f" {100 * (ms / bare_ms - 1):+.1f} % (either from itself up to {100 * noise:.1f} %)",
                flush=True,
            )


def _in_turns(*acts: Callable[[], object]) -> list[float]:
    """Give the median of each, in milliseconds of the processor's time, request by request in turns: what
    else the machine does is in none of them."""
    spent: list[list[float]] = [[] for _ in acts]
    for n in range(WARM + RUNS):
        for act, times in zip(acts, spent, strict=True):
            start = time.thread_time()
            act()
            if n >= WARM:
                times.append(time.thread_time() - start)
    return [statistics.median(times) * 1000 for times in spent]


def _page(made: World, who: str, path: str) -> Callable[[], object]:
    token = sessions.start_demo(made.cast.authority, made.cast[who], None).session_token
    cookie = f"{cookie_name('', secure=False)}={token}"
    return caller(made.app, path.format(child=made.cast["amara"]), cookie)


def _hide(cast: Cast) -> None:
    sealed = [cast.actor("sealed")]
    for n in range(STAFF - 1):
        name = f"sealed {n}"
        cast.ids[name] = practitioners.join(
            cast.system,
            agency_id=cast["harbour"],
            name=f"Sil Example {n}",
            job="Recovery worker",
            email=f"sil{n}@westhaven.example",
        )
        cast.undertakes(cast[name], cast["harbour"])
        cast.support(name, "harbour", "amara")
        sealed.append(cast.actor(name))
    known = [note.id for note in notes.about(cast.actor("pastoral"), cast["amara"]).notes]
    for n, note in enumerate(known):
        notes.read(sealed[0], note)
        if n % 2:
            notes.mark(sealed[n % STAFF], note, "noticed too")
        if n % 10 == 0:
            notes.reply(sealed[n % STAFF], note, "We know of this.")
    for n in range(NOTES):
        said = NewNote(new_id(), "worry", [cast["amara"]], saw=f"Seen {n}.", voice="own service")
        notes.log(sealed[n % STAFF], said)
    for n in range(NOTES):
        people.look(sealed[n % STAFF], cast["amara"])
    lead = cast.actor("supervisor", confirmed=True)
    protections.restrict(
        cast.actor("social_worker", confirmed=True), cast["rhea"], "A witness", [lead.id]
    )
    families.relate(lead, cast["amara"], kind="brother or sister", other_id=cast["rhea"])
    for n in range(NOTES):
        notes.log(lead, NewNote(new_id(), "worry", [cast["rhea"]], saw=f"Seen {n}."))
