"""What the audit trail holds, for tests that ask what stayed behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.record import people
from api.trust import sealer, verifying
from api.trust.verifying import Fault
from tests.administrator import Administrator, administrator
from tests.cast import Cast

# What is wrong with a trail: table, what, and which row or place.
Named = set[tuple[str, str, str | int | None]]


def last_event(cast: Cast, action: str) -> dict[str, Any]:
    """Give the newest row of this action, with the people it showed."""
    store = cast.authority.store
    rows = store.query(
        "SELECT * FROM audit_events WHERE action = :action ORDER BY at, id", action=action
    )
    subjects = store.query(
        "SELECT person_id FROM audit_subjects WHERE event_id = :id", id=rows[-1]["id"]
    )
    return {**rows[-1], "subjects": sorted(row["person_id"] for row in subjects)}


def details_of(cast: Cast, event: dict[str, Any]) -> str:
    """Open the sealed details of a row."""
    opened = cast.authority.vault.open(cast.authority.store, [event["words_id"]])
    return opened[event["words_id"]]


class SealedTrail:
    """A sealed trail: its rows by their numbers, and the number of the last."""

    def __init__(self, cast: Cast, url: str) -> None:
        self.cast, self.url = cast, url
        with administrator(url) as admin:
            self.rows = dict(admin.run("SELECT number, event_id FROM audit_chain"))
        self.end = max(self.rows, default=0)

    @classmethod
    def made(cls, cast: Cast, url: str) -> SealedTrail:
        """Let things happen, and seal them in three goes."""
        sealer.seal(cast.authority)
        for name in ("duty", "duty_supervisor"):
            people.take_on(cast.actor(name), cast["lily"], "A call.")
            cast.worry("pastoral", "amara")
            sealer.seal(cast.authority)
        return cls(cast, url)

    def event(self, admin: Administrator, where: str = "1 = 1") -> tuple[int, str]:
        """A row that showed somebody and has details, where there is one in the midst of the chain."""
        number, event = admin.run(
            f"""SELECT c.number, e.id FROM audit_events e JOIN audit_chain c ON c.event_id = e.id
            WHERE e.words_id IS NOT NULL AND {where} AND c.number < {self.end - 3}
            AND c.number NOT IN (SELECT number FROM audit_heads)
            AND EXISTS (SELECT 1 FROM audit_subjects s WHERE s.event_id = e.id)
            ORDER BY c.number DESC LIMIT 1"""
        )[0]
        return number, event

    def verify(self, folder: Path | None = None) -> tuple[list[Fault], verifying.Report]:
        found: list[Fault] = []
        return found, verifying.verify(self.cast.system, folder, found.append)

    def named(self, folder: Path | None = None) -> Named:
        found, report = self.verify(folder)
        assert report.faults == len(found)
        for fault in found:  # each is a sentence that names what it is about
            assert str(fault).endswith(".")
            named = fault.event_id or fault.number
            assert named is None or str(named) in str(fault)
        return {(one.table, one.what, one.event_id or one.number) for one in found}
