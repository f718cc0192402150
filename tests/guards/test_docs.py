"""What is not written down is not there: every setting and every command stands in the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pwa.cli import main

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "README.md").read_text("utf-8") + (ROOT / "docs/operations.md").read_text("utf-8")
SETTINGS = sorted(
    set(re.findall(r"INKLING_[A-Z_]+|\bPORT\b", (ROOT / "pwa/config.py").read_text("utf-8")))
)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_documented(setting: str) -> None:
    assert f"`{setting}`" in DOCS


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_documented_and_says_what_it_does(command: str) -> None:
    assert f"inkling {command}" in DOCS
    assert main.commands[command].help


def test_nothing_is_documented_that_is_not_there() -> None:
    assert set(re.findall(r"`(INKLING_[A-Z_]+)`", DOCS)) <= set(SETTINGS)
    assert set(re.findall(r"inkling ([a-z]+)", DOCS)) <= set(main.commands)
    for path in re.findall(r"`((?:api|pwa|push|tests|docs|bench)/[\w./-]+)`", DOCS):
        assert (ROOT / path).exists(), path


def test_the_threat_model_names_tests_that_are_there() -> None:
    text = (ROOT / "docs/threat-model.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 30
    for path, test in named:
        assert re.search(
            rf"^\s*(async )?def {test}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE
        ), test
