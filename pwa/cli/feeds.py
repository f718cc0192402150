"""`inkling feed`: what other systems say."""

from __future__ import annotations

from pathlib import Path

import click

from api.facts import loading, sources
from api.facts import mapping as mappings
from pwa.cli.acting import acting, checked_id


@click.group()
def feed() -> None:
    """What other systems say."""


@feed.command("list")
def list_feeds() -> None:
    """List the feeds, and when each last reported."""
    with acting() as actor:
        for source in sources.every(actor):
            if source.kind == "feed":
                reported = source.reported_at or "never"
                click.echo(f"{source.code}  {source.name}, last reported {reported}")


@feed.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--mapping", required=True, help="A mapping that comes with Inkling, or a TOML file.")
@click.option(
    "--agency", "agency_id", default=None, help="The id of the agency whose system it is."
)
@click.option("--owner", default="", help="Who answers for it.")
@click.option("--why", default="", help="Why its data is needed.")
@click.option("--basis", default="", help="On which basis in law.")
@click.option("--covers", default="", help="Whom it covers, in words.")
@click.option("--area", default="", help="Which area it covers.")
@click.option("--ages-from", type=int, default=None, help="From which age it covers somebody.")
@click.option("--ages-to", type=int, default=None, help="Until which birthday.")
@click.option("--from", "covers_from", default=None, help="From which day, such as 2015-09-01.")
@click.option("--until", "covers_to", default=None, help="Until which day.")
@click.option(
    "--may-miss", type=int, default=20, show_default=True, help="Of a hundred, before a load waits."
)
@click.option("--every", "days", type=int, default=None, help="Every how many days it reports.")
@click.option("--makes-people", is_flag=True, help="It is trusted to say that a person exists.")
def add_feed(
    code: str,
    name: str,
    mapping: str,
    agency_id: str | None,
    owner: str,
    why: str,
    basis: str,
    covers: str,
    area: str,
    ages_from: int | None,
    ages_to: int | None,
    covers_from: str | None,
    covers_to: str | None,
    may_miss: int,
    days: int | None,
    makes_people: bool,
) -> None:
    """Add the feed CODE."""
    path = Path(mapping)
    text = path.read_text(encoding="utf-8") if path.is_file() else mappings.shipped(mapping)
    new = sources.NewSource(
        code=code,
        name=name,
        mapping=text,
        agency_id=checked_id(agency_id) if agency_id else None,
        owner=owner,
        justification=why,
        legal_basis=basis,
        coverage=covers,
        area=area,
        ages_from=ages_from,
        ages_to=ages_to,
        covers_from=covers_from,
        covers_to=covers_to,
        missing_share=may_miss,
        report_every_days=days,
        makes_people=makes_people,
    )
    with acting() as actor:
        sources.add(actor, new)
    click.echo(f"  added {code}")


@feed.command("load")
@click.argument("source")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--accept-missing", is_flag=True, help="Load it, however much is missing.")
def load(source: str, file: Path, dry_run: bool, accept_missing: bool) -> None:
    """Load FILE as SOURCE's newest word.

    Where much is missing that it said before, nothing shows until somebody says yes; this ends with
    the exit code 3 then.
    """
    with acting() as actor, click.progressbar(length=100, label=f"  {source}") as bar:

        def progress(done: int, total: int) -> None:
            bar.update(100 * done // total - bar.pos)

        report = loading.load(
            actor,
            source,
            file,
            dry_run=dry_run,
            progress=progress,
            accept_missing=accept_missing,
        )
    click.echo(f"  {report}")
    for row in report.waiting:
        click.echo(f"  line {row.line} waits: {row.reason}")
    if report.alarm:
        click.echo(f"  {report.alarm}")
    if report.stopped:
        click.echo("  Nothing of it shows yet. To let it show: inkling feed accept " + source)
        click.echo("  To take it away: inkling feed give-up " + source)
        raise SystemExit(3)


@feed.command("accept")
@click.argument("source")
def accept(source: str) -> None:
    """Let the load of SOURCE show that stopped because much is missing."""
    with acting() as actor:
        loading.accept(actor, source)
    click.echo(f"  the load of {source} shows")


@feed.command("give-up")
@click.argument("source")
def give_up(source: str) -> None:
    """Take the load of SOURCE away that stopped because much is missing."""
    with acting() as actor:
        loading.give_up(actor, source)
    click.echo(f"  the load of {source} is taken away")


@feed.command("waiting")
@click.argument("source")
def list_waiting(source: str) -> None:
    """List the rows of SOURCE's last load that wait: the line in its file, and why. Never a name."""
    with acting() as actor:
        rows = loading.waiting(actor, source)
    for row in rows:
        click.echo(f"  line {row.line}: {row.reason}")
    if not rows:
        click.echo("  no row is waiting")


@feed.command("undo")
@click.argument("source")
def undo(source: str) -> None:
    """Take back SOURCE's last load: what stood before it stands again."""
    with acting() as actor:
        loading.undo(actor, source)
    click.echo(f"  the last load of {source} is taken back")
