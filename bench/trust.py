"""What encryption and the chain together cost the child page, and a note's commit.

Two worlds in turns in the same run: one as it is, with a sealer beside it in a process of its own (it
seals whatever the measured requests leave); the other with a vault that keeps words as they were typed,
without keys and wraps, and with a trail that nothing waits for and nobody seals. Then how fast the sealer
seals, and how fast `inkling audit verify` reads all of it again, in how much memory.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from api.authority import Authority
from api.moment import new_id
from api.record import notes
from api.record.notes import NewNote
from api.store import Reads
from api.store.engine import AuditRow, SealedWords, insert_trail
from api.trust import sealer
from api.trust.keys import Vault
from bench.child_page import caller
from bench.world import World, side_by_side, world
from tests.cast import MASTER, in_another_process

LIMIT = 1.3
ROWS = 60_000

SEALING = """
import sys, threading
from pathlib import Path
from api import authority
from push.sealing import Sealing
opened = authority.open(sys.argv[1], Path(sys.argv[2]))
print("sealing", flush=True)
Sealing(opened, None, 1.0).work(threading.Event())
"""

VERIFYING = """
import sys, time
from pathlib import Path
from api import authority
from api.trust import verifying
from api.trust.actor import Actor
from bench.memory import peak_megabytes
opened = authority.open(sys.argv[1], Path(sys.argv[2]))
before = peak_megabytes()
began = time.perf_counter()
report = verifying.verify(Actor.system(opened, "bench"), None, print)
spent = time.perf_counter() - began
print(f"  verify: {report.places / spent:,.0f} rows a second ({report.places:,} rows, {report.faults} wrong),"
      f" {peak_megabytes() - before:.0f} MB beside the {before:.0f} MB of the program")
"""


class Unsealed(Vault):
    """A vault as it would be if words were kept as they are typed."""

    def seal(
        self,
        db: Reads,  # noqa: ARG002
        text: str,
        people: Iterable[str] = (),  # noqa: ARG002
        period: str = "",  # noqa: ARG002
    ) -> SealedWords:
        """Keep a text as it is, under no key."""
        return SealedWords(new_id(), text.encode(), ())

    def open(self, db: Reads, words_ids: Iterable[str]) -> dict[str, str]:
        """Give texts as they are."""
        ids = list(dict.fromkeys(words_ids))
        found = db.query("SELECT id, sealed FROM words WHERE id IN (:ids)", ids=ids) if ids else []
        return {row["id"]: bytes(row["sealed"]).decode() for row in found}


def run() -> None:
    """Measure and print."""
    with world() as sealed, world("INKLING_BENCH_OTHER_DATABASE") as bare:
        _strip(bare.cast.authority)
        with _sealing(sealed):
            for what, make in (("the child page", _page), ("a note", _note)):
                ms, bare_ms = side_by_side(make(sealed), make(bare))
                print(
                    f"  {what}: {ms:.2f} ms, without encryption and chain {bare_ms:.2f} ms:"
                    f" {ms / bare_ms:.2f} times (at most {LIMIT})"
                )
        _seal_many(sealed)
        with in_another_process(VERIFYING, sealed.url, str(sealed.folder / "master.key")) as child:
            sys.stdout.write(child.stdout.read() if child.stdout else "")


def _page(made: World) -> Callable[[], object]:
    return caller(made.app, f"/children/{made.cast['amara']}", made.cookie)


def _note(made: World) -> Callable[[], object]:
    actor, lily = made.cast.actor("pastoral"), made.cast["lily"]
    said = "She came in without a coat and said that she was not cold. " * 3
    return lambda: notes.log(actor, NewNote(new_id(), "worry", [lily], saw=said))


@contextmanager
def _sealing(made: World) -> Iterator[None]:
    with in_another_process(SEALING, made.url, str(made.folder / "master.key")) as child:
        if child.stdout is None or child.stdout.readline() != "sealing\n":
            raise RuntimeError("the sealer did not begin")
        yield
        child.kill()


def _strip(authority: Authority) -> None:
    """Take encryption and chain out of a world: in the bench's own database, by its own SQL."""
    store = authority.store
    ids = [row["id"] for row in store.query("SELECT id FROM words")]
    texts = authority.vault.open(store, ids)

    def strip(tx):  # type: ignore[no-untyped-def]
        for id in ids:
            tx.change(
                "UPDATE words SET sealed = :text WHERE id = :id", id=id, text=texts[id].encode()
            )
        tx.change("DELETE FROM wraps")
        tx.change("DELETE FROM audit_unsealed")
        on = "" if store.engine == "sqlite" else " ON audit_events"
        tx.run(f"DROP TRIGGER audit_events_queued{on}", {})

    store.upkeep(strip)
    authority.vault = Unsealed(MASTER)


def _seal_many(made: World) -> None:
    """Seal many rows as they come from looks at three people, and say how fast that went."""
    authority = made.cast.authority
    people = tuple(made.cast[name] for name in ("amara", "jude", "lily"))
    sealer.seal(authority)
    for _ in range(ROWS // 1000):
        rows = [
            AuditRow(
                id=new_id(),
                actor=made.cast["social_worker"],
                agency_id=made.cast["care"],
                enrolment_id=None,
                action="home:looked",
                verdict="allowed",
                reason="in the circle",
                object=None,
                subjects=people,
                details=authority.vault.seal(authority.store, "a search", people)
                if not n % 10
                else None,
            )
            for n in range(1000)
        ]
        authority.store.upkeep(lambda tx, rows=rows: insert_trail(tx, rows))  # type: ignore[misc]
    began = time.perf_counter()
    sealed = sealer.seal(authority)
    spent = time.perf_counter() - began
    print(f"  the sealer: {sealed / spent:,.0f} rows a second, pauses for other writers included")
