"""`inkling keys`: made, rotated, destroyed."""

from __future__ import annotations

import os

import click

from api.trust import rotation, sealing
from api.trust.keys import MasterKey
from pwa.cli.acting import acting
from pwa.config import master_key_file, secret_key_file


@click.group()
def keys() -> None:
    """Make this machine's keys, rotate them, and destroy old ones."""


@keys.command("make")
def make_keys() -> None:
    """Make the master key, and the secret that development uses, where they are missing."""
    path = master_key_file(os.environ)
    made = MasterKey.make(path)
    click.echo(f"  {'made' if made else 'there is'} a master key at {path}")
    if made:
        click.echo("  Keep a copy apart from the database: without it, nothing can be read.")
    if not os.environ.get("INKLING_SECRET_KEY"):
        MasterKey.make(secret_key_file())


@keys.command("rotate")
@click.option("--prepare", is_flag=True, help="Only add the new version to the key file.")
def rotate_keys(prepare: bool) -> None:
    """Let a new version of the master key wrap every key, and give devices a new key to seal notes to.

    While pages are served; where it was interrupted, it goes on. With several machines: first with
    --prepare, then copy the master key to each of them, then without.
    """
    with acting() as actor:
        if prepare:
            version, added = rotation.prepare(actor)
            click.echo(
                f"  version {version} {'is added to' if added else 'waits in'} the master key"
            )
            click.echo("  Copy the file to every machine, then run: inkling keys rotate")
            return
        rotated = rotation.rotate(actor)
        went_on = " (this went on)" if rotated.went_on else ""
        click.echo(f"  version {rotated.version} of the master key wraps every key{went_on}")
        _, destroyed = sealing.rotate(actor)
    click.echo("  devices take the new key at their next contact")
    if destroyed:
        click.echo(f"  destroyed {destroyed} that no device can hold any more")
    for version in rotated.spent:
        click.echo(
            f"  nothing here needs version {version} any more: inkling keys retire {version}"
        )


@keys.command("retire")
@click.argument("version", type=int)
def retire_key(version: int) -> None:
    """Destroy VERSION of the master key on this machine, where nothing in the database needs it.

    Backups from before the rotation cannot be read afterwards: neither what was erased, nor the rest.
    """
    with acting() as actor:
        rotation.retire(actor, version)
    click.echo(f"  version {version} is destroyed here; destroy every other copy of it, too")
