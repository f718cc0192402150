"""What every command stands on: the opened authority, and the system as the one who acts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import click

from api import authority as authorities
from api.authority import Authority
from api.errors import InklingError, Misconfigured
from api.moment import is_id
from api.staff import practitioners
from api.trust.actor import Actor
from pwa.config import Config, database_url, master_key_file


class Plain(click.Group):
    """Says what went wrong in one line, and ends with 1. No stack trace for what was foreseen."""

    def invoke(self, context: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(context)
        except InklingError as error:
            sentence = error.sentence
        except OSError as error:
            sentence = f"{error.strerror or error}: {error.filename or 'a file'}."
        click.echo(f"inkling: {sentence}", err=True)
        raise SystemExit(1)


@contextlib.contextmanager
def opened() -> Iterator[Authority]:
    authority = authorities.open(database_url(os.environ), master_key_file(os.environ))
    try:
        yield authority
    finally:
        authority.close()


@contextlib.contextmanager
def acting() -> Iterator[Actor]:
    with opened() as authority:
        yield Actor.system(authority, "command line")


def warn(config: Config) -> None:
    for sentence in config.warnings:
        click.echo(f"inkling: {sentence}", err=True)


def checked_id(text: str) -> str:
    if not is_id(text):
        raise Misconfigured(f"{text} is not an id. Run: inkling staff list")
    return text


def practitioner_id_of(actor: Actor, who: str) -> str:
    """Give the id of a practitioner whom somebody named by id or by e-mail address."""
    return who if is_id(who) else practitioners.by_email(actor, who)
