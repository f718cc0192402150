"""Non-interference of all that leaves the building: what is sealed or restricted changes nothing of what
other systems and phones are sent, when, and in which order, nor of what is carried away or handed over
(tests/twins says how it is shown)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from tests.twins.acts import HIDDEN, OPEN, SEALED, log, seal_family, seal_note, seal_shared, tell
from tests.twins.channels import Channels, outside
from tests.twins.closing import GOVERNED, request
from tests.twins.drawing import Drawn, acts_of, each
from tests.twins.playing import Twins
from tests.twins.reading import listen

SERVICE = ("sealed", "sealed_supervisor")
NAMED = ("social_worker", "colleague")

# Each is several worlds long: where much else runs, longer than one test is given.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def channels(twins: Twins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Channels]:
    with outside(tmp_path) as sent_to:
        yield Channels(twins, sent_to, listen(monkeypatch))


SETTINGS = settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)


@example(acts=each(*OPEN, *SEALED, tell))
@given(acts=acts_of(*OPEN, *SEALED, *SEALED, most=20))
@SETTINGS
def test_what_is_sealed_changes_nothing_that_leaves(channels: Channels, acts: Drawn) -> None:
    channels.compare(acts, but=SERVICE)


@example(acts=each(*OPEN, *HIDDEN, *HIDDEN, tell))
@given(acts=acts_of(*OPEN, *HIDDEN, *HIDDEN, most=20))
@SETTINGS
def test_what_is_restricted_changes_nothing_that_leaves(channels: Channels, acts: Drawn) -> None:
    channels.compare(acts, but=NAMED)


def test_a_copy_of_a_record_is_the_same_whatever_a_sealed_service_wrote(channels: Channels) -> None:
    written = [(seal_note, 1), (seal_family, 2), (seal_shared, 3), (log, 1)]
    acts = Drawn([*written, (request, 1)])  # of Amara's record
    heard = channels.compare(acts, but=SERVICE)
    copies = [said for what, said in heard["supervisor"].lines if what == "hand over 'main'"]
    assert any("A copy of what is kept" in said for said in copies)
    files = [said for what, said in heard["supervisor"].lines if what == "file"]
    assert any("application/pdf" in said and "%PDF" in said for said in files)


def test_a_breach_about_somebody_restricted_is_governed_and_changes_nothing_for_others(
    channels: Channels,
) -> None:
    acts = Drawn([(log, 1), *((act, 2) for act in GOVERNED), (tell, 3)])
    heard = channels.compare(acts, but=(*NAMED, "governance"))
    assert any("push" in what for what, _ in heard["governance"].lines)
