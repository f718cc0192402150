"""Pages are tested on SQLite over the cast; both engines have their tests in core and store."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.cast import Cast
from tests.web import Visitor, make_app


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def app(cast: Cast) -> Flask:
    """The web app over the cast, in development, with the demo on."""
    return make_app(cast)


@pytest.fixture
def nobody(app: Flask) -> Visitor:
    """A browser without a session."""
    return Visitor(app)


@pytest.fixture
def sign_in_as(app: Flask, cast: Cast) -> Callable[[str], Visitor]:
    """Make a browser in which a member of the cast is signed in: `sign_in_as("pastoral")`."""
    return lambda name: Visitor(app, cast, name)
