"""How pages say dates, numbers of things and telephone numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pwa.wording import ago, clock, clock_wrong, counted, day, full, tel, when, written
from tests.web import parse

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-22T15:30:00.000000Z", "just now"),
        ("2026-11-22T15:31:00.000000Z", "just now"),  # a clock that runs ahead a little
        ("2026-11-22T15:29:00.000000Z", "1 minute ago"),
        ("2026-11-22T15:10:00.000000Z", "20 minutes ago"),
        ("2026-11-22T14:30:00.000000Z", "1 hour ago"),
        ("2026-11-22T00:30:00.000000Z", "15 hours ago"),
        ("2026-11-21T23:30:00.000000Z", "yesterday"),
        ("2026-11-19T09:00:00.000000Z", "3 days ago"),
        ("2026-11-22", "today"),
        ("2026-11-21", "yesterday"),
        ("2026-11-23", "tomorrow"),
        ("2026-12-02", "in 10 days"),
        ("2026-11-09", "13 days ago"),
        ("2026-11-01", "3 weeks ago"),
        ("2026-06-22", "5 months ago"),
        ("2019-05-03", "7 years ago"),
        ("", ""),
        (None, ""),
    ],
)
def test_how_long_ago(moment: str | None, said: str) -> None:
    assert ago(moment, NOW) == said


def test_days_are_london_days() -> None:
    # Half past eleven in the evening in UTC is tomorrow in London, in summer.
    late = datetime(2026, 7, 1, 23, 45, tzinfo=UTC)
    assert ago("2026-07-01T22:30:00.000000Z", late) == "yesterday"
    assert day("2026-07-01T23:30:00.000000Z") == "2 July 2026"
    assert full("2026-07-01T23:30:00.000000Z") == "Thursday 2 July 2026, 00:30"


def test_dates_in_full() -> None:
    assert day("2019-05-03") == "3 May 2019"
    assert full("2026-11-19") == "Thursday 19 November 2026"
    assert day(None) == full(None) == ""


def test_the_full_date_is_one_tap_away() -> None:
    shown = parse(str(when("2026-11-19", NOW)), part=True)
    (time,) = shown.iter("time")
    assert time.get("datetime") == "2026-11-19"
    assert next(shown.iter("summary"))
    assert "Thursday 19 November 2026" in "".join(shown.itertext())
    assert when(None, NOW) == ""


def test_numbers_of_things() -> None:
    assert [counted(n, "worry", "worries") for n in (0, 1, 4)] == [
        "0 worries",
        "1 worry",
        "4 worries",
    ]
    assert counted(2, "reply", "replies") == "2 replies"
    assert counted(2, "note") == "2 notes"


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("01632 960 100", "01632960100"),
        ("+44 (0)1632 960100", "+441632960100"),
        ("07700-900-123", "07700900123"),
    ],
)
def test_a_number_can_be_tapped(number: str, dialled: str) -> None:
    (link,) = parse(str(tel(number, "Pat <Osei>")), part=True).iter("a")
    assert link.get("href") == f"tel:{dialled}"
    assert "".join(link.itertext()) == f"Ring Pat <Osei>, {number}"
    assert tel("") == ""


def test_what_is_no_number_is_text() -> None:
    assert tel("<script>x</script>") == "&lt;script&gt;x&lt;/script&gt;"


def test_when_something_was_written_without_signal() -> None:
    then = "2026-11-21T14:10:30.000000Z"
    assert written(then, "2026-11-21T16:02:00.000000Z") == "Written 14:10 on 21 Nov, arrived 16:02"
    assert written(then, "2026-11-22T08:00:00.000000Z") == (
        "Written 14:10 on 21 Nov, arrived 08:00 on 22 Nov"
    )
    # The day is London's: in summer its clocks are an hour ahead.
    assert written("2026-06-30T23:30:00.000000Z", "2026-07-01T00:05:00.000000Z") == (
        "Written 00:30 on 1 Jul, arrived 01:05"
    )


def test_at_what_time_something_was_begun() -> None:
    assert clock("2026-11-22T14:32:59.000000Z", NOW) == "at 14:32"
    assert clock("2026-11-21T23:59:00.000000Z", NOW) == "on 21 Nov at 23:59"


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (None, ""),
        (0, ""),
        (300, ""),
        (-300, ""),
        (301, "The device's clock was 5 minutes fast."),
        (720, "The device's clock was 12 minutes fast."),
        (-720, "The device's clock was 12 minutes slow."),
        (7500, "The device's clock was 2 hours fast."),
        (-31536000, "The device's clock was 365 days slow."),
    ],
)
def test_a_clock_that_was_wrong_by_more_than_five_minutes(ahead: int | None, said: str) -> None:
    assert clock_wrong(ahead) == said
