"""What is logged of an error that nobody foresaw: its type and its place, whoever logs it."""

from __future__ import annotations

import io
import logging
import sys
import threading

import pytest

from api.store import Store
from pwa import logs

NAME = "Zebedee Quillfeather"


@pytest.fixture
def engine() -> str:
    return "postgres"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What goes to standard error, as a process of ours sets it up."""
    text = io.StringIO()
    root = logging.getLogger()
    for one, name in ((sys, "excepthook"), (threading, "excepthook"), (root, "handlers")):
        monkeypatch.setattr(one, name, getattr(one, name))
    monkeypatch.setattr(sys, "stderr", text)
    level = root.level
    logs.begin()
    root.setLevel(level)
    return text


def test_what_a_database_says_of_a_row_is_not_logged(store: Store, logged: io.StringIO) -> None:
    try:
        # Not all that a person needs: a server quotes the whole row that it did not take.
        store.upkeep(lambda tx: tx.insert("names", id="1", first=NAME, last=NAME))
    except Exception:
        logging.getLogger("inkling.worker").exception("A round of the worker failed.")
    assert "A round of the worker failed." in logged.getvalue()
    assert "NotNullViolation: " in logged.getvalue()
    assert "test_logs.py" in logged.getvalue()
    assert NAME not in logged.getvalue()


def test_what_ends_a_thread_and_what_it_came_of_is_not_quoted(logged: io.StringIO) -> None:
    def fails() -> None:
        try:
            raise ValueError(NAME)
        except ValueError as error:
            raise RuntimeError(NAME) from error

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    assert "RuntimeError: test_logs.py" in logged.getvalue()
    assert ", of ValueError: test_logs.py" in logged.getvalue()
    assert NAME not in logged.getvalue()
