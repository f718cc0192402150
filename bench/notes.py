"""Logging a note through the core, against one bare commit of as many bytes on the same engine."""

from __future__ import annotations

import os

from api.moment import new_id
from api.record import notes
from api.record.notes import NewNote
from bench.world import side_by_side, world


def run() -> None:
    """Measure and print."""
    with world() as made:
        actor = made.cast.actor("pastoral")
        amara = made.cast["amara"]
        said = "She came in without a coat and said that she was not cold. " * 3

        def ours() -> None:
            notes.log(actor, NewNote(new_id(), "worry", [amara], saw=said))

        def bare() -> None:
            made.cast.authority.store.upkeep(
                lambda tx: tx.insert("words", id=new_id(), sealed=os.urandom(len(said)))
            )

        ms, bare_ms = side_by_side(ours, bare)
        print(f"  a note {ms:.2f} ms, a bare commit {bare_ms:.2f} ms: {ms / bare_ms:.1f} times")
