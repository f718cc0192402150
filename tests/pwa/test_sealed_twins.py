"""Two copies of the cast that differ only in what a sealed service does: every page that anybody else
opens is the same in both, byte for byte, but for ids and tokens that chance makes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.moment import new_id
from api.record import asks, families, involvements, notes, people, revealing, sharing
from api.record.notes import NewNote
from api.record.sharing import NewDecision
from api.rights import sheets, statements
from api.staff import covers, practitioners
from api.telling import outbox
from tests.cast import Cast, reopen
from tests.web import Visitor, make_app

# Tomorrow's, so that it is after the cast was founded.
START = datetime.now(UTC).replace(hour=9, minute=20, second=0, microsecond=0) + timedelta(days=1)
BASIS = {"basis": "welfare", "reason": "They must know whom to ring."}

# What chance makes: ids, tokens, references of the relay, and places in a list.
CHANCE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b\d{4} \d{4}\b|\b\d{8}\b"
    r'|(?<=content=")[^"]{20,}|(?<=value=")[\w.-]{40,}|(?<=name="carried" value=")[^"]+'
)
WHO = ("social_worker", "supervisor", "outsider", "governance", "administrator")
PAGES = (
    *("/", "/inbox", "/inbox/unread", "/notes", "/relay", "/reveals"),
    *("/children/{amara}", "/children/{amara}/notes", "/children/{amara}/timeline"),
    *("/children/{amara}/services", "/children/{amara}/linked", "/children/{amara}/more"),
    *("/children/{amara}/ask", "/children/{amara}/reveal", "/children/{amara}/details"),
    *("/children/{amara}/looks", "/children/{amara}/protect", "/notes/{note}", "/notes/{relayed}"),
    *("/children/{amara}/sheet", "/children/{amara}/sheet?language=cy"),
    *("/children/{amara}/sheet/give", "/children/{amara}/sheet/keep-back"),
    *("/children/{amara}/shared", "/children/{amara}/shared/no", "/children/{amara}/statement"),
    *("/deliveries", "/sources", "/audit", "/audit/people/{amara}", "/breaches", "/reviews"),
    *("/audit/practitioners", "/audit/purposes", "/audit/questions", "/audit/figures"),
)


def at(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: START + timedelta(**span)


@pytest.fixture
def twins(
    cast_origin: Callable[[str], tuple[str, dict[str, str]]], tmp_path: Path
) -> Iterator[tuple[Cast, Cast]]:
    """The cast twice over."""
    url, ids = cast_origin("sqlite")
    made = []
    for name in ("with", "without"):
        shutil.copy(url.removeprefix("sqlite:///"), tmp_path / f"{name}.db")
        made.append(reopen(f"sqlite:///{tmp_path / name}.db", ids))
    yield made[0], made[1]
    for one in made:
        one.authority.close()


def what_all_see(cast: Cast) -> dict[str, str]:
    """What others do about Amara, in both."""
    at(cast)
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    made = {"note": cast.worry("pastoral", "amara").note_ids[0]}
    at(cast, seconds=1)
    made["relayed"] = cast.worry("health_visitor", "amara", voice="relay").note_ids[0]
    at(cast, seconds=2)
    made["ask"] = asks.ask(cast.actor("social_worker"), cast["amara"], "Who knows her father?")
    people.give_purpose(cast.actor("outsider"), cast["amara"], "enquiry")
    return made


def what_the_sealed_do(cast: Cast, made: dict[str, str]) -> None:
    """All that a sealed service can do, but for what it chooses that others shall know."""
    worker, supervisor, amara = cast.actor("sealed"), cast.actor("sealed_supervisor"), cast["amara"]
    people.look(worker, amara)
    for note_id in (made["note"], made["relayed"]):
        notes.read(worker, note_id)
        notes.mark(worker, note_id, "noticed too")
        notes.mark(worker, note_id, "acted on")
        notes.reply(worker, note_id, "We know of this.", differs=True)
    own = NewNote(new_id(), "contact", [amara], contact="visit", saw="Seen.")
    notes.log(worker, own)
    notes.revise(worker, own.id, own)
    notes.withdraw(worker, own.id, "Another child.")
    undone = cast.worry("sealed", "amara", voice="relay").note_ids[0]
    notes.undo(worker, undone)
    families.relate(worker, amara, kind="father", mentioned="A father")
    asks.of(worker, amara)
    answer = asks.answer(worker, made["ask"], "relay", "We should talk.")
    asks.take_back(worker, answer)
    named = asks.answer(worker, made["ask"], "named", "Ring me.", **BASIS)
    asks.take_back(worker, named)
    shown = revealing.reveal(worker, amara, revealing.CIRCLE, **BASIS)
    outbox.fan_out(cast.authority)
    revealing.take_back(worker, shown)
    today = START.date()
    until = today + timedelta(days=8)
    covers.add(
        supervisor,
        cast["sealed"],
        cast["sealed_supervisor"],
        today.isoformat(),
        until.isoformat(),
    )
    people.give_purpose(worker, cast["jude"], "welfare", "A parent is with us.")
    sheets.give(worker, amara, safe=True, to="Her mother", how="read out", language="cy")
    sheets.keep_back(worker, amara, "Her father", "danger", "He must not know of us.")
    sharing.decide(
        worker, amara, NewDecision(True, "Her GP", "A test", "welfare", "They treat her.")
    )
    statements.take_down(worker, amara, "Her mother", "I am getting help.")


def pages(cast: Cast, made: dict[str, str]) -> dict[tuple[str, str], str]:
    """Every page as everybody else opens it."""
    app, found = make_app(cast), {}
    for who in WHO:
        visitor = Visitor(app, cast, who)
        for path in PAGES:
            response = visitor.open("GET", path.format(**cast.ids, **made))
            text = f"{response.status_code} {response.get_data(as_text=True)}"
            found[who, path] = CHANCE.sub("", text)
    return found


def test_every_page_is_the_same_whatever_a_sealed_service_does(twins: tuple[Cast, Cast]) -> None:
    found = []
    for cast, is_there in zip(twins, (True, False), strict=True):
        made = what_all_see(cast)
        if is_there:
            at(cast, seconds=3)
            what_the_sealed_do(cast, made)
        else:
            lines = people.look(cast.actor("sealed"), cast["amara"]).circle
            line = next(line for line in lines if line.name == "Sil Brook")
            involvements.end(cast.actor("sealed"), line.id)
        at(cast, seconds=30)
        people.look(cast.actor("social_worker"), cast["amara"])
        outbox.fan_out(cast.authority)
        at(cast, hours=1)
        found.append(pages(cast, made))
    for key, page in found[0].items():
        assert page == found[1][key], key
    opened = [key for key, page in found[0].items() if page.startswith("200")]
    assert len(opened) > 60
    about = [page for (_, path), page in found[0].items() if path.startswith("/children")]
    assert not any("Sil Brook" in page or "Harbour" in page for page in about)
