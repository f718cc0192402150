"""A stolen database file holds no words; after an erasure not even with the master key at hand.

The file is searched byte by byte, with what stands beside it. On a server every value is.
"""

from __future__ import annotations

import threading
from pathlib import Path

from api import moment
from api.record import notes
from api.rights import forgetting, retention
from api.store import Tx
from api.trust import audit, sealer, verifying
from api.trust.audit import Action
from tests.api.test_loading import PEOPLE, Feeds
from tests.canaries import (
    CANARY,
    HERS,
    NAMED,
    ROW,
    ROWS,
    Typed,
    everything_kept,
    everything_opened,
    type_everything,
)
from tests.cast import Cast
from tests.forgetting import end_all, lead, other, pass_years, set_rules
from tests.trail import last_event


def test_a_stolen_file_holds_no_words(cast: Cast, tmp_path: Path) -> None:
    said = type_everything(cast, tmp_path)
    kept = everything_kept(cast.authority.store).lower()
    assert kept.count(b"quillfeather") > 0, "the search finds what is there"
    assert CANARY.encode() not in kept
    opened = everything_opened(cast)
    lost = {one for one in (*said.hers, *said.others) if one not in opened}
    # What was undone within ten seconds is gone already.
    assert {one for one in lost if "undone" not in one} == set()


def test_after_an_erasure_not_even_the_master_key_opens_anything(
    cast: Cast, tmp_path: Path
) -> None:
    set_rules(cast)
    said = type_everything(cast, tmp_path)
    sealer.seal(cast.authority)
    forget_her(cast, said, tmp_path)
    store = cast.authority.store
    if store.engine == "sqlite":
        assert Path(f"{vars(store)['path']}-wal").stat().st_size == 0
    kept, opened = everything_kept(store).lower(), everything_opened(cast)
    for name in NAMED:
        assert name.lower().encode() not in kept, name
        assert name not in opened, name
    assert HERS not in opened
    assert CANARY.encode() not in kept
    for one in said.others:
        assert one in opened, one
    worker = cast.actor("social_worker")
    assert notes.read(worker, cast["kept"]).now.saw == said.others[0]
    assert notes.read(worker, cast["redacted"]).now.saw == "Jude was cold."
    event = last_event(cast, "person:forgotten")
    assert (event["reason"], event["words_id"]) == ("", None)
    # The trail was hashed over what was sealed: it verifies still.
    sealer.seal(cast.authority)
    faults: list[object] = []
    report = verifying.verify(cast.system, None, faults.append)
    assert (report.faults, faults) == (0, [])


def forget_her(cast: Cast, said: Typed, folder: Path) -> None:
    """Let the years pass, nobody name her any more, and two people forget her."""
    end_all(cast, "zephyrine")
    pass_years(cast, 30)
    files = Feeds(cast, folder)
    files.load("people", PEOPLE, accept_missing=True)
    header = ROWS.splitlines()[0]
    files.load("care", f"{header}\n1,Ada,Brook,03/05/2015,,,,,\n", accept_missing=True)
    tomorrow = moment.later(cast.authority.store.now(), days=1)[:10]
    retention.keep_on(lead(cast), cast["zephyrine"], None, tomorrow, said.her("keepon"))
    pass_years(cast, 31)
    asked = forgetting.ask(lead(cast), cast["zephyrine"], None, said.her("ask"))
    for shared in forgetting.to_look_at(cast.actor("social_worker")):
        redact = shared.note_id == cast["redacted"]
        forgetting.decide(
            cast.actor("social_worker"),
            asked,
            shared.note_id,
            "redact" if redact else "keep",
            "Jude was cold." if redact else "",
        )
    assert forgetting.sign(other(cast), asked)


def test_who_is_named_by_a_feed_again_comes_back_as_somebody_new(
    cast: Cast, tmp_path: Path
) -> None:
    set_rules(cast)
    said = type_everything(cast, tmp_path)
    forget_her(cast, said, tmp_path)
    Feeds(cast, tmp_path).load("people", PEOPLE + ROW)
    rows = cast.authority.store.query("SELECT person_id FROM live_names WHERE first = 'Zephyrine'")
    assert len(rows) == 1
    assert rows[0]["person_id"] != cast["zephyrine"]
    assert notes.about(cast.actor("social_worker"), cast["jude"]).notes


def test_while_somebody_reads_the_log_waits(cast: Cast) -> None:
    store = cast.authority.store
    if store.engine != "sqlite":
        assert store.truncate_log()  # the server's own log is its operator's to expire
        return
    reads, done = threading.Event(), threading.Event()

    def read(tx: Tx) -> None:
        tx.query("SELECT id FROM people")
        reads.set()
        done.wait(10)
        audit.allowed(tx, cast.system, Action.HOME_LOOKED)

    reader = threading.Thread(target=lambda: store.look(read))
    reader.start()
    reads.wait(10)
    cast.worry("pastoral", "amara")
    impatient = vars(store)["_local"].database.conn
    impatient.execute("PRAGMA busy_timeout = 0")
    assert not store.truncate_log()
    done.set()
    reader.join()
    assert store.truncate_log()
    assert Path(f"{vars(store)['path']}-wal").stat().st_size == 0
