"""Two casts that differ in what is sealed or restricted give whoever must not know equal answers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.errors import Refused
from api.facts import corrections, search
from api.facts.search import Query
from api.moment import new_id
from api.oversight import circle, figures, finding, looks, questions
from api.record import (
    asks,
    involvements,
    notes,
    own_family,
    people,
    protections,
    revealing,
    services,
    timeline,
)
from api.record.notes import NewNote
from api.record.own_family import Relative
from api.record.people import NewPerson
from api.staff import practitioners
from api.trust.actor import Actor
from tests.cast import Cast, reopen

BEGIN = datetime(2031, 3, 10, 9, tzinfo=UTC)
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")

Origin = Callable[[str], tuple[str, dict[str, str]]]


@pytest.fixture
def twins(cast_origin: Origin, tmp_path: Path) -> Iterator[tuple[Cast, Cast]]:
    """Two copies of one cast, at one moment."""
    url, ids = cast_origin("sqlite")
    made = []
    for name in ("plain", "secret"):
        path = tmp_path / f"{name}.db"
        shutil.copy(url.removeprefix("sqlite:///"), path)
        made.append(reopen(f"sqlite:///{path}", ids))
    yield made[0], made[1]
    for one in made:
        one.authority.close()


def at(cast: Cast, **span: float) -> None:
    cast.authority.store.clock = lambda: BEGIN + timedelta(**span)


Actors = dict[str, Actor]
NAMES = ("social_worker", "pastoral", "police", "governance", "health_visitor", "supervisor")


def open_days(cast: Cast) -> Actors:
    """What everybody may know: a morning's work, and looks that deserve a question. Gives those who
    signed in for it."""
    at(cast)
    practitioners.grant(
        cast.system, cast["governance"], "governance lead", "authority", "authority"
    )
    actors = {name: cast.actor(name, confirmed=True) for name in NAMES}
    own_family.declare(actors["police"], Relative("Lily", "Hart"))
    marsh = actors["social_worker"]
    people.mine(marsh)
    say_it_is_wrong(marsh, cast["amara"])
    log(marsh, cast["amara"])
    search.find(actors["police"], Query("Lily", "Hart", "2015-09-09"))
    people.give_purpose(actors["police"], cast["lily"], "enquiry", "a call")
    people.look(actors["police"], cast["lily"])
    services.of(actors["pastoral"], cast["amara"])
    log(actors["pastoral"], cast["amara"])
    asks.ask(actors["social_worker"], cast["amara"], "Would anyone else ring me?")
    return actors


def say_it_is_wrong(actor: Actor, person_id: str) -> None:
    line = people.look(actor, person_id).circle[0]
    corrections.say(actor, person_id, "involvement", line.id, "out of date", "She has left.")


def open_lists(actor: Actor) -> None:
    """Open lists of one's own work, whoever is in them."""
    people.mine(actor)
    corrections.mine(actor)
    notes.written(actor)


def log(actor: Actor, person_id: str, voice: str = "named") -> None:
    note = NewNote(
        id=new_id(), kind="worry", people=[person_id], saw="No coat, canary-3113.", voice=voice
    )
    notes.log(actor, note)


def sealed_days(cast: Cast) -> None:
    """What a sealed service did, all day long, and who stands for it elsewhere."""
    at(cast, minutes=1)
    own_family.declare(cast.actor("sealed"), Relative("Lily", "Hart"))
    [asked] = cast.authority.store.query("SELECT id FROM asks")
    for name in ("sealed", "sealed_supervisor"):
        actor = cast.actor(name)
        people.look(actor, cast["amara"])
        timeline.of(actor, cast["amara"])
        circle.around(actor, cast["amara"])
        search.find(actor, Query("Lily", "Hart", "2015-09-09"))
        people.give_purpose(actor, cast["lily"], "enquiry", "harbour-canary")
        people.look(actor, cast["lily"])
        people.give_purpose(actor, cast["rhea"], "welfare")
        log(actor, cast["amara"])
        log(actor, cast["amara"], voice="relay")
        asks.answer(actor, asked["id"], "relay", "Ring me.")
    involvements.add(
        cast.system,
        cast["lily"],
        agency_id=cast["harbour"],
        practitioner_id=cast["sealed"],
        role="Recovery worker",
    )
    revealing.reveal(
        cast.actor("sealed"), cast["amara"], revealing.CIRCLE, "welfare", "They agreed."
    )
    practitioners.grant(
        cast.system, cast["sealed_supervisor"], "governance lead", "agency", cast["harbour"]
    )
    looks.by_practitioner(cast.actor("sealed_supervisor"), cast["sealed"])


def restricted_days(cast: Cast, actors: Actors) -> None:
    """Somebody whom the social worker alone knows of, and those who tried to look."""
    at(cast, minutes=1)
    named = actors["social_worker"]
    hidden = people.add(named, NewPerson("Hana", "Hidden", "2017-07-07", postcode="YY9 9YY"))
    involvements.add(
        cast.system,
        hidden,
        agency_id=cast["care"],
        practitioner_id=cast["social_worker"],
        role="Social worker",
        lead=True,
    )
    people.give_purpose(actors["police"], hidden, "enquiry")
    people.look(actors["police"], hidden)
    people.look(actors["supervisor"], hidden)
    protections.restrict(named, hidden, "Found by her father.", [cast["social_worker"]])
    for name in ("police", "governance"):
        with pytest.raises(Refused):
            people.look(actors[name], hidden)
    say_it_is_wrong(named, hidden)
    search.find(named, Query("Hana", "Hidden", "2017-07-07"))
    circle.around(named, hidden)
    log(named, hidden)
    open_lists(named)


def answers(cast: Cast, actors: Actors) -> list[str]:
    """Everything that the authority's governance lead, the circle and a supervisor read afterwards."""
    at(cast, days=1)
    finding.find(cast.authority)
    at(cast, days=30)
    cast.authority.prepare()
    figures.count(cast.authority)
    lead = actors["governance"]
    said: list[object] = [
        looks.staff(lead),
        looks.by_purpose(lead),
        *(looks.staff(lead, cast[key]) for key in ("care", "school", "force", "harbour")),
        questions.overview(lead),
        questions.waiting(lead),
        questions.waiting(lead, settled=True),
        *(questions.one(lead, one.id) for one in questions.waiting(lead).questions),
        figures.shown(lead),
        figures.export(lead),
    ]
    for ask, names in (
        (looks.at_person, ("amara", "lily", "rhea", "jude", "noor")),
        (looks.by_practitioner, ("social_worker", "pastoral", "police", "sealed", "governance")),
    ):
        said += [_asked(lambda a=ask, n=name: a(lead, cast[n])) for name in names]
    for first, last, born in (
        ("Amara", "Okafor", "2019-05-03"),
        ("Lily", "Hart", "2015-09-09"),
        ("Rhea", "Stone", "2016-06-06"),
        ("Hana", "Hidden", "2017-07-07"),
    ):
        said.append(looks.find(lead, first, last, born, ""))
    for name in ("pastoral", "health_visitor", "supervisor"):
        said += [
            _asked(lambda n=name, p=p: circle.around(actors[n], cast[p])) for p in ("amara", "noor")
        ]
    return [ID.sub(_known(cast), str(one)) for one in said]


def _asked(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except Refused as error:
        return type(error), error.sentence


def _known(cast: Cast) -> Callable[[re.Match[str]], str]:
    """Leave the ids that both casts began with; whatever was made since has another in each."""
    known = set(cast.ids.values())
    return lambda found: found[0] if found[0] in known else "an id"


def test_a_sealed_service_changes_nothing_that_others_read(twins: tuple[Cast, Cast]) -> None:
    plain, secret = twins
    plain_actors, actors = (open_days(cast) for cast in twins)
    sealed_days(secret)
    found = answers(secret, actors)
    assert answers(plain, plain_actors) == found
    assert "Paul Quill" in str(found)
    assert "They declared somebody of this name" in str(found)
    assert "canary" not in str(found)
    # There was something to leave out: the sealed worker looked at their own family, too.
    rows = secret.authority.store.query("SELECT practitioner_id FROM questions")
    assert secret["sealed"] in {row["practitioner_id"] for row in rows}


def test_a_restricted_person_changes_nothing_that_others_read(twins: tuple[Cast, Cast]) -> None:
    plain, secret = twins
    plain_actors, actors = (open_days(cast) for cast in twins)
    at(plain, minutes=1)
    open_lists(plain_actors["social_worker"])  # in both, with her or without
    restricted_days(secret, actors)
    found = answers(secret, actors)
    assert answers(plain, plain_actors) == found
    assert "Hidden" not in str(found)
