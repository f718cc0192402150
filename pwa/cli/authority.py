"""`inkling found`, `settings`, `details`, `retention` and `demo`: an authority, and what it decides."""

from __future__ import annotations

import os
from pathlib import Path

import click

from api import authority as authorities
from api.staff import setting
from pwa import founding
from pwa.cli.acting import acting
from pwa.config import database_url, master_key_file


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def found(file: Path) -> None:
    """Found the authority that FILE describes (see docs/authority.example.toml)."""
    settings, lists = founding.read(file)
    authority = authorities.found_at(
        database_url(os.environ), master_key_file(os.environ), settings, lists
    )
    authority.close()
    click.echo(f"  founded {settings.name}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def settings(file: Path) -> None:
    """Say anew, as in FILE, how the authority is reached, its numbers, purposes, bases, grounds and exemptions."""
    said, lists = founding.read(file)
    with acting() as actor:
        setting.set_all(actor, said, lists)
    for what, entries in (
        ("purposes", lists.purposes),
        ("bases", lists.bases),
        ("grounds", lists.grounds),
        ("exemptions", lists.exemptions),
    ):
        click.echo(f"  {len(entries)} {what} are offered" if entries else f"  the {what} stay")
    click.echo("  the service takes it up within a minute")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def details(file: Path) -> None:
    """Say anew, as in FILE, which kinds of agency see which details of services."""
    _, lists = founding.read(file)
    with acting() as actor:
        authorities.open_details(actor, lists)
    kinds = ", ".join(code for code, *_ in lists.detail_kinds)
    click.echo(f"  somebody sees: {kinds or 'nothing'}")
    click.echo("  services' next loads bring what is open now, and take the rest away")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def retention(file: Path) -> None:
    """Say anew, as in FILE, how long agencies keep what they wrote."""
    _, lists = founding.read(file)
    with acting() as actor:
        authorities.set_retention(actor, lists)
    for _, label, _, _, _, counts_from, years in lists.retention:
        click.echo(f"  {label}: {years} years from {counts_from}")
    if not lists.retention:
        click.echo("  nothing falls due")


@click.command()
def demo() -> None:
    """Make the demo authority in an empty database, once."""
    from api.demo import make

    made = make(database_url(os.environ), master_key_file(os.environ), click.echo)
    click.echo("  the demo authority is ready" if made else "  the demo authority is there already")
