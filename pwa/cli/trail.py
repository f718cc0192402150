"""`inkling audit`: reads the trail, keeps its heads, and proves it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from api.trust import audit, heads, sealer, verifying
from pwa.cli.acting import acting
from pwa.config import audit_heads


@click.group(name="audit")
def trail() -> None:
    """Who looked at whom, and what was changed or refused."""


@trail.command("list")
@click.option("--last", default=50, show_default=True, help="How many rows.")
@click.option("--by", default="", help="Only of the practitioner with this id.")
@click.option("--about", default="", help="Only about the person with this id.")
def list_audit(last: int, by: str, about: str) -> None:
    """List the newest rows, ids only. Reading them leaves a row as well."""
    with acting() as actor:
        for row in audit.latest(actor, last, by=by, about=about):
            click.echo(
                f"{row.at}  {row.actor}  {row.action} {row.verdict}"
                f"{f' ({row.reason})' if row.reason else ''}  people: {row.subjects}"
            )


@trail.command("heads")
@click.option("--heads", "folder", type=click.Path(path_type=Path), help="A folder to keep it in.")
def keep_head(folder: Path | None) -> None:
    """Seal the trail up to now, print its signed head and the public key, and keep both.

    They are kept in the folder given, or in INKLING_AUDIT_HEADS.
    """
    kept_in = folder or audit_heads(os.environ)
    with acting() as actor:
        head = heads.give(actor, kept_in)
        if head:
            click.echo(heads.text(actor.authority.id, head, actor.store.now()))
        click.echo(sealer.public_pem(actor.authority), nl=False)
    click.echo(f"  kept in {kept_in}" if kept_in else "  kept nowhere: keep what is printed here")


@trail.command("verify")
@click.option("--heads", "folder", type=click.Path(path_type=Path), help="Where heads are kept.")
def verify_audit(folder: Path | None) -> None:
    """Read the whole trail again and name every row that is not as it was sealed.

    It is compared with the heads in the folder given, or in INKLING_AUDIT_HEADS. Ends with 1 where
    anything is wrong.
    """
    compared_with = folder or audit_heads(os.environ)
    began = time.monotonic()
    with acting() as actor:
        report = verifying.verify(actor, compared_with, click.echo)
    seconds = time.monotonic() - began
    click.echo(f"  {report.places} rows sealed, {report.heads} heads, in {seconds:.1f} s")
    if compared_with is None:
        click.echo(
            "  no heads kept elsewhere were given: an end that was cut off would not be seen"
        )
    elif report.heads_kept is not None:
        click.echo(f"  {report.heads_kept} heads kept elsewhere, the last at {report.last_kept_at}")
    for line in report.unread:
        click.echo(f"  line {line} of the heads kept elsewhere cannot be read")
    if report.waiting:
        since = report.oldest_waiting
        click.echo(f"  {report.waiting} rows wait to be sealed, the oldest since {since}")
    if not report.is_well:
        click.echo(f"  {report.faults} things are wrong")
        raise SystemExit(1)
    click.echo("  nothing is wrong")
