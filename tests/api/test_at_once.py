"""Two who act on one person of the staff at the same moment: each sees what the other did."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from api.errors import InklingError
from api.record import involvements
from api.staff import practitioners
from tests.cast import Cast

TRIES = 6  # without a lock most of them go wrong


def at_once(*acts: Callable[[], object]) -> None:
    """Let them begin together; who is refused is refused."""
    together = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        together.wait()
        with contextlib.suppress(InklingError):
            act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_two_administrators_who_dismiss_each_other_one_is_left(cast: Cast) -> None:
    role = ("administrator", "authority", "authority")
    both = ("administrator", "governance")
    for _ in range(TRIES):
        for name in both:
            practitioners.grant(cast.system, cast[name], *role)
        one, other = (cast.actor(name, confirmed=True) for name in both)
        at_once(
            lambda one=one, other=other: practitioners.end_role(one, other.id, *role),  # type: ignore[misc]
            lambda one=one, other=other: practitioners.end_role(other, one.id, *role),  # type: ignore[misc]
        )
        left = [cast.actor(name).has("administrator") for name in both]
        assert sorted(left) == [False, True]


def test_who_leaves_is_left_with_nobody_whom_they_were_given_meanwhile(cast: Cast) -> None:
    administrator = cast.actor("administrator", confirmed=True)
    supervisor = cast.actor("supervisor")
    for number in range(TRIES):
        leaver = practitioners.join(
            cast.system, agency_id=cast["care"], team_id=cast["north"], name=f"N {number}", job="SW"
        )

        def give(leaver: str = leaver) -> None:
            involvements.add(
                supervisor,
                cast["jude"],
                agency_id=cast["care"],
                practitioner_id=leaver,
                role="Worker",
            )

        def leave(leaver: str = leaver) -> None:
            practitioners.leave(administrator, leaver)

        at_once(give, leave)
        assert not cast.authority.store.query(
            "SELECT id FROM live_involvements WHERE practitioner_id = :id", id=leaver
        )
