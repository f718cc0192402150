"""Ids: one spelling, in the order they were made, never twice."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from api.moment import is_id, new_id


def test_ids_are_uuids_of_version_seven_in_one_spelling() -> None:
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert is_id(str(made))
    assert not is_id(str(made).upper())


def test_ids_sort_as_they_were_made_also_within_a_millisecond() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)


def test_threads_never_make_the_same_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(), range(20_000)))
    assert len(set(made)) == len(made)
    assert len({id[19:] for id in made}) == len(made)
